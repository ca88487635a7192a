-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT AmazonOrderId, SellerSKU, QuantityOrdered FROM OrderItems WHERE AmazonOrderId IN ('113-0000001-0000007', '113-0000002-0000014')
---
1 Fetch: Table=OrderItems; AccessPath=orders_2026-01-01.getOrder; Parameters=orderId=113-0000001-0000007 … ×2; Rows=3; Requests=2; Seconds=0.3; Basis=exact
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=2; Seconds=0.3; Basis=exact
mode: page
