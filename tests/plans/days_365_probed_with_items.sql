-- now: 2026-11-21T12:00:00+00:00
-- probe: 500000
SELECT o.AmazonOrderId, i.ASIN FROM Orders o JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId WHERE o.PurchaseDate >= CURRENT_DATE - INTERVAL 365 DAY
---
1 Shared fetch: Table=Orders, OrderItems; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER, createdAfter=2025-11-21T00:00:00Z, maxResultsPerPage=100; Rows=500000; Requests=5000; Seconds=889286.0; Basis=estimate
2 Page by page: Residual=SELECT o.AmazonOrderId, i.ASIN FROM o JOIN i ON i.AmazonOrderId = o.AmazonOrderId WHERE o.PurchaseDate >= CAST('2026-11-21' AS DATE) - INTERVAL '365' DAY; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=5000; Seconds=889286.0; Basis=estimate
mode: page
