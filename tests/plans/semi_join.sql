-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT AmazonOrderId, PurchaseDate FROM Orders o
WHERE PurchaseDate >= '2026-11-01' AND EXISTS (SELECT 1 FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId AND i.QuantityOrdered > 1)
---
1 Shared fetch: Table=OrderItems, Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, createdAfter=2026-11-01T00:00:00Z, maxResultsPerPage=100; Residual=QuantityOrdered; Rows=562; Requests=6; Seconds=1.8; Basis=estimate
2 Engine: Residual=SELECT AmazonOrderId, PurchaseDate FROM o WHERE PurchaseDate >= '2026-11-01' AND EXISTS(SELECT 1 FROM i WHERE i.AmazonOrderId = o.AmazonOrderId AND i.QuantityOrdered > 1); Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=6; Seconds=1.8; Basis=estimate
mode: engine
