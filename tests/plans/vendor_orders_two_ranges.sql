-- now: 2026-11-21T12:00:00+00:00
SELECT PurchaseOrderNumber FROM VendorOrders
WHERE PurchaseOrderDate >= CURRENT_DATE - INTERVAL 10 DAY AND PurchaseOrderChangedDate >= CURRENT_DATE - INTERVAL 8 DAY
---
1 Fetch: Table=VendorOrders; AccessPath=vendorOrders.getPurchaseOrders; Parameters=createdAfter=2026-11-18T00:00:00Z, changedAfter=2026-11-20T00:00:00Z, limit=100 … ×4; Rows=115; Requests=4; Seconds=0.3; Basis=estimate
2 Page by page: Residual=SELECT PurchaseOrderNumber FROM "VendorOrders" WHERE PurchaseOrderDate >= CAST('2026-11-21' AS DATE) - INTERVAL '10' DAY AND PurchaseOrderChangedDate >= CAST('2026-11-21' AS DATE) - INTERVAL '8' DAY; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=0.3; Basis=estimate
mode: page
