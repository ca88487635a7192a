-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM Orders WHERE AmazonOrderId = '113-0000001-0000007'
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.getOrder; Parameters=orderId=113-0000001-0000007, includedData=PROCEEDS,FULFILLMENT; Rows=1; Requests=1; Seconds=0.3; Basis=exact
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=exact
mode: page
