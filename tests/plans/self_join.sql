-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT a.AmazonOrderId, b.OrderStatus
FROM Orders a JOIN Orders b ON a.AmazonOrderId = b.AmazonOrderId
WHERE a.PurchaseDate >= '2026-11-01'
---
1 Shared fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, createdAfter=2026-11-01T00:00:00Z, maxResultsPerPage=100, includedData=FULFILLMENT; Rows=562; Requests=6; Seconds=1.8; Basis=estimate
2 Engine: Residual=SELECT a.AmazonOrderId, b.OrderStatus FROM a JOIN b ON a.AmazonOrderId = b.AmazonOrderId WHERE a.PurchaseDate >= '2026-11-01'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=6; Seconds=1.8; Basis=estimate
mode: engine
