-- now: 2026-11-21T12:00:00+00:00
-- orders_api: v0
SELECT o.AmazonOrderId, (SELECT count(*) FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId) FROM Orders o WHERE o.PurchaseDate >= CURRENT_DATE - INTERVAL 7 DAY ORDER BY o.PurchaseDate DESC LIMIT 3
---
1 Fetch: Table=Orders; AccessPath=ordersV0.getOrders; Parameters=MarketplaceIds=ATVPDKIKX0DER, CreatedAfter=2026-11-14T00:00:00Z, MaxResultsPerPage=100; Rows=205; Requests=3; Seconds=0.9; Basis=estimate
2 Stage: Table=o; Residual=SELECT "AmazonOrderId", "PurchaseDate" FROM o WHERE o.PurchaseDate >= CAST('2026-11-21' AS DATE) - INTERVAL '7' DAY ORDER BY o.PurchaseDate DESC LIMIT 3; Rows=3; Requests=0; Seconds=0.0; Basis=at most
3 Bind join: Table=OrderItems; AccessPath=ordersV0.getOrderItems; Parameters=orderId=<o.amazonorderid>; Rows=5; Requests=3; Seconds=0.3; Basis=estimate
4 Engine: Residual=SELECT o.AmazonOrderId, (SELECT COUNT(*) FROM i WHERE i.AmazonOrderId = o.AmazonOrderId) AS "(SELECT COUNT(*) FROM OrderItems AS i WHERE i.AmazonOrderId = o.AmazonOrderId)" FROM (SELECT * FROM o) AS "o" ORDER BY o.PurchaseDate DESC LIMIT 3; Requests=0; Seconds=0.0; Basis=exact
5 Total: Requests=6; Seconds=1.2; Basis=estimate
mode: engine
