-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM Orders WHERE PurchaseDate >= '2020-01-01'
---
1 Fetch: Table=Orders; AccessPath=ordersV0.getOrders; Parameters=MarketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, CreatedAfter=2024-11-21T12:05:00Z, MaxResultsPerPage=100; Rows=20000; Requests=200; Seconds=10778.7; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=200; Seconds=10778.7; Basis=estimate
mode: page
warning: ordersV0.getOrders reaches 730 days back: rows with PurchaseDate before 2024-11-21 12:05 UTC are not given by Amazon.
