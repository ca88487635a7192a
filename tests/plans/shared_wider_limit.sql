-- now: 2026-11-20 12:00:00+00:00
-- orders_api: 2026
-- read: SELECT OrderStatus FROM Orders
SELECT AmazonOrderId FROM Orders WHERE OrderStatus = 'Shipped' LIMIT 10
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=fulfillmentStatuses=SHIPPED, marketplaceIds=ATVPDKIKX0DER, createdAfter=2024-11-20T12:05:00Z, maxResultsPerPage=10, includedData=PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS; Rows=5000; Requests=0; Seconds=0.0; Basis=exact
2 Remark: Table=Orders; Parameters=what was read 30 s ago serves it (ShareScans); Requests=0; Seconds=0.0; Basis=exact
3 Page by page: Residual=SELECT AmazonOrderId FROM "Orders" WHERE LOWER(OrderStatus) = 'shipped' LIMIT 10; Rows=10; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=0; Seconds=0.0; Basis=exact
mode: page
