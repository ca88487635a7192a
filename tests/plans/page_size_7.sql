-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
-- page_size: 7
-- counts 1: 21
SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM Orders WHERE PurchaseDate >= '2026-11-01'
---
1 Fetch: Table=Orders; AccessPath=ordersV0.getOrders; Parameters=MarketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, CreatedAfter=2026-11-01T00:00:00Z, MaxResultsPerPage=7; Rows=21; Requests=3; Seconds=0.9; Basis=exact
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=3; Seconds=0.9; Basis=exact
mode: page
