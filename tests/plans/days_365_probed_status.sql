-- now: 2026-11-21T12:00:00+00:00
-- probe: 40000
SELECT AmazonOrderId, PurchaseDate FROM Orders WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 365 DAY AND OrderStatus = 'Shipped'
---
1 Fetch: Table=Orders; AccessPath=ordersV0.getOrders; Parameters=OrderStatuses=Shipped, MarketplaceIds=ATVPDKIKX0DER, CreatedAfter=2025-11-21T00:00:00Z, MaxResultsPerPage=100; Rows=10000; Requests=100; Seconds=4790.7; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=100; Seconds=4790.7; Basis=estimate
mode: page
