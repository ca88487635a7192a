-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-11-01' AND OrderStatus = 'Shipped'
UNION ALL SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-11-10' AND OrderStatus = 'Shipped'
---
1 Shared fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=fulfillmentStatuses=SHIPPED, marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, createdAfter=2026-11-01T00:00:00Z, maxResultsPerPage=100, includedData=FULFILLMENT; Rows=140; Requests=2; Seconds=0.6; Basis=estimate
2 Engine: Residual=SELECT AmazonOrderId FROM "Orders" WHERE PurchaseDate >= '2026-11-01' AND LOWER(OrderStatus) = 'shipped' UNION ALL SELECT AmazonOrderId FROM "Orders" WHERE PurchaseDate >= '2026-11-10' AND LOWER(OrderStatus) = 'shipped'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=2; Seconds=0.6; Basis=estimate
mode: engine
