-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US
SELECT o.OrderStatus, count(*) FROM Orders o JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId GROUP BY 1 LIMIT 0
---
1 Nothing: Table=Orders; Requests=0; Seconds=0.0; Basis=exact
2 Nothing: Table=OrderItems; Requests=0; Seconds=0.0; Basis=exact
3 Engine: Residual=SELECT o.OrderStatus, COUNT(*) FROM o JOIN i ON i.AmazonOrderId = o.AmazonOrderId GROUP BY 1 LIMIT 0; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=0; Seconds=0.0; Basis=exact
mode: local
