-- now: 2026-11-20 12:00:00+00:00
-- orders_api: 2026
-- begun: SELECT OrderStatus FROM Orders LIMIT 100
SELECT count(*) FROM Orders WHERE PurchaseDate >= '2026-11-01'
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER, createdAfter=2026-11-01T00:00:00Z, maxResultsPerPage=100, includedData=PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS; Rows=534; Requests=6; Seconds=1.8; Basis=estimate
2 Engine: Residual=SELECT COUNT(*) FROM "Orders" WHERE PurchaseDate >= '2026-11-01'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=6; Seconds=1.8; Basis=estimate
mode: engine
