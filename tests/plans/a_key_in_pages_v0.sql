-- now: 2026-11-21T12:00:00+00:00
-- orders_api: v0
-- counts 1: 120
SELECT ASIN FROM OrderItems WHERE AmazonOrderId = '111-0000001-0000001'
---
1 Fetch: Table=OrderItems; AccessPath=ordersV0.getOrderItems; Parameters=orderId=111-0000001-0000001; Rows=120; Requests=2; Seconds=0.6; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=2; Seconds=0.6; Basis=estimate
mode: page
