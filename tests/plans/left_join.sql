-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT o.AmazonOrderId, i.SellerSKU
FROM Orders o LEFT JOIN OrderItems i ON o.AmazonOrderId = i.AmazonOrderId
WHERE o.PurchaseDate >= '2026-11-01' AND i.QuantityOrdered > 1
---
1 Shared fetch: Table=Orders, OrderItems; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, createdAfter=2026-11-01T00:00:00Z, maxResultsPerPage=100; Residual=QuantityOrdered; Rows=562; Requests=6; Seconds=1.8; Basis=estimate
2 Page by page: Residual=SELECT o.AmazonOrderId, i.SellerSKU FROM o LEFT JOIN i ON o.AmazonOrderId = i.AmazonOrderId WHERE o.PurchaseDate >= '2026-11-01' AND i.QuantityOrdered > 1; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=6; Seconds=1.8; Basis=estimate
mode: page
