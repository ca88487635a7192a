-- now: 2026-11-20 12:00:00+00:00
-- read: SELECT OrderStatus FROM Orders WHERE PurchaseDate >= '2026-10-01'
SELECT o.AmazonOrderId, i.SellerSKU FROM Orders o JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId
WHERE o.PurchaseDate >= '2026-11-01' AND o.OrderStatus = 'Shipped'
---
1 Shared fetch: Table=Orders, OrderItems; AccessPath=orders_2026-01-01.searchOrders; Parameters=fulfillmentStatuses=SHIPPED, marketplaceIds=ATVPDKIKX0DER, createdAfter=2026-11-01T00:00:00Z, maxResultsPerPage=100, includedData=PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS; Rows=134; Requests=0; Seconds=0.0; Basis=exact
2 Remark: Table=Orders, OrderItems; Parameters=what was read 30 s ago serves it (ShareScans); Requests=0; Seconds=0.0; Basis=exact
3 Page by page: Residual=SELECT o.AmazonOrderId, i.SellerSKU FROM o JOIN i ON i.AmazonOrderId = o.AmazonOrderId WHERE o.PurchaseDate >= '2026-11-01' AND LOWER(o.OrderStatus) = 'shipped'; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=0; Seconds=0.0; Basis=exact
mode: page
