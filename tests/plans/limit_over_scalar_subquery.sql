-- now: 2026-11-21T12:00:00+00:00
SELECT o.AmazonOrderId, (SELECT count(*) FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId) FROM Orders o LIMIT 3 OFFSET 2
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER, createdAfter=2024-11-21T12:05:00Z, maxResultsPerPage=5; Rows=20000; Requests=1; Seconds=0.3; Basis=exact
2 Stage: Table=o; Residual=SELECT "AmazonOrderId" FROM o LIMIT 3 OFFSET 2; Rows=3; Requests=0; Seconds=0.0; Basis=at most
3 Bind join: Table=OrderItems; AccessPath=orders_2026-01-01.getOrder; Parameters=orderId=<o.amazonorderid>; Rows=5; Requests=3; Seconds=0.3; Basis=at most
4 Engine: Residual=SELECT o.AmazonOrderId, (SELECT COUNT(*) FROM i WHERE i.AmazonOrderId = o.AmazonOrderId) AS "(SELECT COUNT(*) FROM OrderItems AS i WHERE i.AmazonOrderId = o.AmazonOrderId)" FROM (SELECT * FROM o) AS "o" LIMIT 3; Requests=0; Seconds=0.0; Basis=exact
5 Total: Requests=4; Seconds=0.6; Basis=at most
mode: engine
