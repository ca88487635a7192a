-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM Orders WHERE MarketplaceId IN ('ATVPDKIKX0DER', 'A1PA6795UKMFR9') AND PurchaseDate >= '2026-11-01'
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER, createdAfter=2026-11-01T00:00:00Z, maxResultsPerPage=100, includedData=PROCEEDS,FULFILLMENT; Rows=562; Requests=6; Seconds=1.8; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=6; Seconds=1.8; Basis=estimate
mode: page
warning: Orders: A1PA6795UKMFR9 is not among the connection's marketplaces (ATVPDKIKX0DER, A2EUQ1WTGCTBG2, A1AM78C64UM0Y8), so nothing was asked for it. Set the property Marketplace.
