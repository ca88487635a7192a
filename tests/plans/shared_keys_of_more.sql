-- now: 2026-11-20 12:00:00+00:00
-- orders_api: v0
-- read: SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-10-01'
SELECT i.SellerSKU FROM Orders o JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId WHERE o.PurchaseDate >= '2026-11-01'
---
1 Fetch: Table=Orders; AccessPath=ordersV0.getOrders; Parameters=MarketplaceIds=ATVPDKIKX0DER, CreatedAfter=2026-11-01T00:00:00Z, MaxResultsPerPage=100; Rows=534; Requests=6; Seconds=1.8; Basis=estimate
2 Bind join: Table=OrderItems; AccessPath=ordersV0.getOrderItems; Parameters=orderId=<Orders.AmazonOrderId>; Residual=PurchaseDate; Rows=908; Requests=535; Seconds=1010.3; Basis=estimate
3 Engine: Residual=SELECT i.SellerSKU FROM o JOIN i ON i.AmazonOrderId = o.AmazonOrderId WHERE o.PurchaseDate >= '2026-11-01'; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=541; Seconds=1010.3; Basis=estimate
mode: engine
