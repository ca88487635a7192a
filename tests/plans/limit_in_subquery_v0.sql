-- now: 2026-11-21T12:00:00+00:00
-- orders_api: v0
SELECT ASIN FROM OrderItems WHERE AmazonOrderId IN (SELECT AmazonOrderId FROM Orders LIMIT 3)
---
1 Fetch: Table=Orders; AccessPath=ordersV0.getOrders; Parameters=MarketplaceIds=ATVPDKIKX0DER, CreatedAfter=2024-11-21T12:05:00Z, MaxResultsPerPage=3; Rows=20000; Requests=1; Seconds=0.3; Basis=exact
2 Stage: Table=subquery; Residual=SELECT AmazonOrderId FROM "Orders" LIMIT 3; Rows=3; Requests=0; Seconds=0.0; Basis=at most
3 Bind join: Table=OrderItems; AccessPath=ordersV0.getOrderItems; Parameters=orderId=<subquery.amazonorderid>; Rows=5; Requests=3; Seconds=0.3; Basis=estimate
4 Engine: Residual=SELECT ASIN FROM "OrderItems" WHERE AmazonOrderId IN (SELECT * FROM subquery); Requests=0; Seconds=0.0; Basis=exact
5 Total: Requests=4; Seconds=0.6; Basis=estimate
mode: engine
