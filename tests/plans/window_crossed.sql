-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM Orders WHERE PurchaseDate >= '2026-11-08' AND PurchaseDate < '2026-11-01'
---
1 Nothing: Table=Orders; Requests=0; Seconds=0.0; Basis=exact
2 Engine: Residual=SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM "Orders" WHERE PurchaseDate >= '2026-11-08' AND PurchaseDate < '2026-11-01'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=0; Seconds=0.0; Basis=exact
mode: local
