-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
-- counts 1: 2000
SELECT o.AmazonOrderId, o.PurchaseDate, i.SellerSKU, i.QuantityOrdered
FROM Orders o JOIN OrderItems i ON o.AmazonOrderId = i.AmazonOrderId
WHERE o.PurchaseDate >= CURRENT_DATE - INTERVAL 30 DAY
---
1 Shared fetch: Table=Orders, OrderItems; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, createdAfter=2026-10-22T00:00:00Z, maxResultsPerPage=100; Rows=2000; Requests=20; Seconds=6.0; Basis=exact
2 Page by page: Residual=SELECT o.AmazonOrderId, o.PurchaseDate, i.SellerSKU, i.QuantityOrdered FROM o JOIN i ON o.AmazonOrderId = i.AmazonOrderId WHERE o.PurchaseDate >= CAST('2026-11-21' AS DATE) - INTERVAL '30' DAY; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=20; Seconds=6.0; Basis=exact
mode: page
