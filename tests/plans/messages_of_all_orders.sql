-- now: 2026-11-21T12:00:00+00:00
SELECT AmazonOrderId, ActionName FROM MessagingActions LIMIT 20
---
1 Parent: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER, createdAfter=2024-11-21T12:05:00Z, maxResultsPerPage=100; Rows=20000; Requests=1; Seconds=0.3; Basis=estimate
2 Bind join: Table=MessagingActions; AccessPath=messaging.getMessagingActionsForOrder; Parameters=amazonOrderId=<Orders.AmazonOrderId>, marketplaceIds=ATVPDKIKX0DER; Rows=20000; Requests=20; Seconds=15.3; Basis=estimate
3 Page by page: Residual=SELECT AmazonOrderId, ActionName FROM "MessagingActions" LIMIT 20; Rows=20; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=21; Seconds=15.3; Basis=estimate
mode: page
