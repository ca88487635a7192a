-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM Orders WHERE PurchaseDate >= '2025-01-01' AND LastUpdateDate >= '2026-11-19'
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, lastUpdatedAfter=2026-11-19T00:00:00Z, maxResultsPerPage=100, includedData=PROCEEDS,FULFILLMENT; Residual=PurchaseDate; Rows=68; Requests=1; Seconds=0.3; Basis=estimate
2 Page by page: Residual=SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM "Orders" WHERE PurchaseDate >= '2025-01-01' AND LastUpdateDate >= '2026-11-19'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=estimate
mode: page
