-- now: 2026-11-21T12:00:00+00:00
-- orders_api: v0
SELECT i.ASIN FROM OrderItems i WHERE i.AmazonOrderId IN (SELECT j.AmazonOrderId FROM OrderItems j WHERE j.AmazonOrderId IN (SELECT AmazonOrderId FROM Orders LIMIT 5) LIMIT 2)
---
1 Fetch: Table=Orders; AccessPath=ordersV0.getOrders; Parameters=MarketplaceIds=ATVPDKIKX0DER, CreatedAfter=2024-11-21T12:05:00Z, MaxResultsPerPage=5; Rows=20000; Requests=1; Seconds=0.3; Basis=exact
2 Stage: Table=subquery; Residual=SELECT AmazonOrderId FROM "Orders" LIMIT 5; Rows=5; Requests=0; Seconds=0.0; Basis=at most
3 Bind join: Table=OrderItems; AccessPath=ordersV0.getOrderItems; Parameters=orderId=<subquery.amazonorderid>; Rows=8; Requests=5; Seconds=0.6; Basis=estimate
4 Stage: Table=subquery; Residual=SELECT j.AmazonOrderId FROM j WHERE j.AmazonOrderId IN (SELECT * FROM subquery) LIMIT 2; Rows=2; Requests=0; Seconds=0.0; Basis=at most
5 Bind join: Table=OrderItems; AccessPath=ordersV0.getOrderItems; Parameters=orderId=<subquery.amazonorderid>; Rows=3; Requests=2; Seconds=0.3; Basis=estimate
6 Engine: Residual=SELECT i.ASIN FROM i WHERE i.AmazonOrderId IN (SELECT * FROM subquery); Requests=0; Seconds=0.0; Basis=exact
7 Total: Requests=8; Seconds=1.2; Basis=estimate
mode: engine
