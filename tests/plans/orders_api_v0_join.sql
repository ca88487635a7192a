-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
-- orders_api: v0
-- counts 1: 40
SELECT o.AmazonOrderId, o.PurchaseDate, i.SellerSKU, i.QuantityOrdered
FROM Orders o JOIN OrderItems i ON o.AmazonOrderId = i.AmazonOrderId
WHERE o.PurchaseDate >= CURRENT_DATE - INTERVAL 30 DAY
---
1 Fetch: Table=Orders; AccessPath=ordersV0.getOrders; Parameters=MarketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, CreatedAfter=2026-10-22T00:00:00Z, MaxResultsPerPage=100; Rows=40; Requests=1; Seconds=0.3; Basis=exact
2 Bind join: Table=OrderItems; AccessPath=ordersV0.getOrderItems; Parameters=orderId=<Orders.AmazonOrderId>; Residual=PurchaseDate; Rows=68; Requests=40; Seconds=20.3; Basis=estimate
3 Engine: Residual=SELECT o.AmazonOrderId, o.PurchaseDate, i.SellerSKU, i.QuantityOrdered FROM o JOIN i ON o.AmazonOrderId = i.AmazonOrderId WHERE o.PurchaseDate >= CAST('2026-11-21' AS DATE) - INTERVAL '30' DAY; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=41; Seconds=20.3; Basis=estimate
mode: engine
