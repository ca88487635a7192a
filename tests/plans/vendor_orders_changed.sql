-- now: 2026-11-21T12:00:00+00:00
SELECT PurchaseOrderNumber, PurchaseOrderChangedDate FROM VendorOrders WHERE PurchaseOrderChangedDate >= CURRENT_DATE - INTERVAL 10 DAY
---
1 Fetch: Table=VendorOrders; AccessPath=vendorOrders.getPurchaseOrders; Parameters=changedAfter=2026-11-18T00:00:00Z, limit=100 … ×2; Rows=115; Requests=2; Seconds=0.3; Basis=estimate
2 Page by page: Residual=SELECT PurchaseOrderNumber, PurchaseOrderChangedDate FROM "VendorOrders" WHERE PurchaseOrderChangedDate >= CAST('2026-11-21' AS DATE) - INTERVAL '10' DAY; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=2; Seconds=0.3; Basis=estimate
mode: page
