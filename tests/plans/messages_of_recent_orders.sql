-- now: 2026-11-21T12:00:00+00:00
SELECT m.AmazonOrderId, m.ActionName FROM Orders o JOIN MessagingActions m ON m.AmazonOrderId = o.AmazonOrderId
AND m.MarketplaceId = o.MarketplaceId WHERE o.PurchaseDate >= CURRENT_DATE - INTERVAL 2 DAY
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER, createdAfter=2026-11-19T00:00:00Z, maxResultsPerPage=100; Rows=68; Requests=1; Seconds=0.3; Basis=estimate
2 Bind join: Table=MessagingActions; AccessPath=messaging.getMessagingActionsForOrder; Parameters=amazonOrderId=<Orders.AmazonOrderId>, marketplaceIds=ATVPDKIKX0DER; Rows=68; Requests=69; Seconds=64.3; Basis=estimate
3 Engine: Residual=SELECT m.AmazonOrderId, m.ActionName FROM o JOIN m ON m.AmazonOrderId = o.AmazonOrderId AND m.MarketplaceId = o.MarketplaceId WHERE o.PurchaseDate >= CAST('2026-11-21' AS DATE) - INTERVAL '2' DAY; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=70; Seconds=64.3; Basis=estimate
mode: engine
