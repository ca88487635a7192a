-- now: 2026-11-21T12:00:00+00:00
-- orders_api: v0
SELECT o.AmazonOrderId, i.ASIN FROM (SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 30 DAY ORDER BY OrderTotalAmount DESC LIMIT 3) o JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId
---
1 Fetch: Table=Orders; AccessPath=ordersV0.getOrders; Parameters=MarketplaceIds=ATVPDKIKX0DER, CreatedAfter=2026-10-22T00:00:00Z, MaxResultsPerPage=100; Rows=836; Requests=9; Seconds=2.7; Basis=estimate
2 Stage: Table=o; Residual=SELECT AmazonOrderId FROM "Orders" WHERE PurchaseDate >= CAST('2026-11-21' AS DATE) - INTERVAL '30' DAY ORDER BY OrderTotalAmount DESC LIMIT 3; Rows=3; Requests=0; Seconds=0.0; Basis=at most
3 Bind join: Table=OrderItems; AccessPath=ordersV0.getOrderItems; Parameters=orderId=<o.amazonorderid>; Rows=5; Requests=3; Seconds=0.3; Basis=estimate
4 Engine: Residual=SELECT o.AmazonOrderId, i.ASIN FROM (SELECT * FROM o) AS o JOIN i ON i.AmazonOrderId = o.AmazonOrderId; Requests=0; Seconds=0.0; Basis=exact
5 Total: Requests=12; Seconds=3.0; Basis=estimate
mode: engine
