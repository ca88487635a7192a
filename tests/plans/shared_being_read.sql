-- now: 2026-11-20 12:00:00+00:00
-- reading: SELECT OrderStatus FROM Orders WHERE PurchaseDate >= '2026-10-01'
SELECT count(*) FROM OrderItems WHERE PurchaseDate >= '2026-11-01'
---
1 Fetch: Table=OrderItems; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER, createdAfter=2026-11-01T00:00:00Z, maxResultsPerPage=100, includedData=PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS; Rows=534; Requests=0; Seconds=1.8; Basis=estimate
2 Remark: Table=OrderItems; Parameters=what was read 30 s ago serves it (ShareScans); Requests=0; Seconds=0.0; Basis=exact
3 Engine: Residual=SELECT COUNT(*) FROM "OrderItems" WHERE PurchaseDate >= '2026-11-01'; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=0; Seconds=1.8; Basis=estimate
mode: engine
