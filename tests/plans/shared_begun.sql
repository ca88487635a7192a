-- now: 2026-11-20 12:00:00+00:00
-- orders_api: 2026
-- begun: SELECT OrderStatus FROM Orders LIMIT 100
SELECT AmazonOrderId FROM Orders LIMIT 250
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER, createdAfter=2024-11-20T12:05:00Z, maxResultsPerPage=100, includedData=PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS; Rows=20000; Requests=2; Seconds=0.6; Basis=estimate
2 Remark: Table=Orders; Parameters=what was read 30 s ago serves it (ShareScans), and is gone on with; Requests=0; Seconds=0.0; Basis=exact
3 Page by page: Rows=250; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=2; Seconds=0.6; Basis=estimate
mode: page
