-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
-- probe: 40000
SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM Orders WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 90 DAY
---
1 Fetch: Table=Orders; AccessPath=ordersV0.getOrders; Parameters=MarketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, CreatedAfter=2026-08-23T00:00:00Z, MaxResultsPerPage=100; Rows=40000; Requests=400; Seconds=22754.8; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=400; Seconds=22754.8; Basis=estimate
mode: page
