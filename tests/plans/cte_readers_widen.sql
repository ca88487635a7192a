-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
WITH o AS (SELECT AmazonOrderId, PurchaseDate, OrderStatus FROM Orders)
SELECT (SELECT count(*) FROM o WHERE PurchaseDate >= '2026-11-01'), (SELECT count(*) FROM o WHERE PurchaseDate >= '2026-11-10' AND OrderStatus = 'Shipped')
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, createdAfter=2026-11-01T00:00:00Z, maxResultsPerPage=100, includedData=FULFILLMENT; Rows=562; Requests=6; Seconds=1.8; Basis=estimate
2 Engine: Residual=WITH o AS MATERIALIZED (SELECT AmazonOrderId, PurchaseDate, OrderStatus FROM "Orders") SELECT (SELECT COUNT(*) FROM o WHERE PurchaseDate >= '2026-11-01') AS "(SELECT COUNT(*) FROM o WHERE PurchaseDate >= '2026-11-01')", (SELECT COUNT(*) FROM o WHERE PurchaseDate >= '2026-11-10' AND LOWER(OrderStatus) = 'shipped') AS "(SELECT COUNT(*) FROM o WHERE PurchaseDate >= '2026-11-10' AND OrderStatus = 'Shipped')"; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=6; Seconds=1.8; Basis=estimate
mode: engine
