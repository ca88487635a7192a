-- now: 2026-11-21T12:00:00+00:00
SELECT * FROM OrderItems WHERE AmazonOrderId IN (SELECT AmazonOrderId FROM Orders LIMIT 3)
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER, createdAfter=2024-11-21T12:05:00Z, maxResultsPerPage=3; Rows=20000; Requests=1; Seconds=0.3; Basis=exact
2 Stage: Table=subquery; Residual=SELECT AmazonOrderId FROM "Orders" LIMIT 3; Rows=3; Requests=0; Seconds=0.0; Basis=at most
3 Bind join: Table=OrderItems; AccessPath=orders_2026-01-01.getOrder; Parameters=orderId=<subquery.amazonorderid>, includedData=PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,TAX; Rows=5; Requests=3; Seconds=0.3; Basis=at most
4 Engine: Residual=SELECT * FROM "OrderItems" WHERE AmazonOrderId IN (SELECT * FROM subquery); Requests=0; Seconds=0.0; Basis=exact
5 Total: Requests=4; Seconds=0.6; Basis=at most
mode: engine
