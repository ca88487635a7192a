-- now: 2026-11-21T12:00:00+00:00
SELECT PurchaseOrderNumber FROM VendorOrders WHERE PurchaseOrderState IN ('New', 'Closed')
---
1 Fetch: Table=VendorOrders; AccessPath=vendorOrders.getPurchaseOrders; Parameters=createdAfter=2026-11-20T12:05:00Z, limit=100 … ×27; Residual=PurchaseOrderState; Rows=2000; Requests=27; Seconds=2.1; Basis=estimate
2 Page by page: Residual=SELECT PurchaseOrderNumber FROM "VendorOrders" WHERE LOWER(PurchaseOrderState) IN ('new', 'closed'); Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=27; Seconds=2.1; Basis=estimate
mode: page
