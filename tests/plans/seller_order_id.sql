-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT AmazonOrderId, SellerOrderId FROM Orders WHERE SellerOrderId = 'A-17'
---
1 Fetch: Table=Orders; AccessPath=ordersV0.getOrders; Parameters=SellerOrderId=A-17, MarketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, CreatedAfter=2024-11-21T12:05:00Z, MaxResultsPerPage=100; Rows=20; Requests=1; Seconds=0.3; Basis=estimate
2 Page by page: Residual=SELECT AmazonOrderId, SellerOrderId FROM "Orders" WHERE SellerOrderId = 'A-17'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=estimate
mode: page
