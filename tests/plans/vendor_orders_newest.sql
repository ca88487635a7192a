-- now: 2026-11-21T12:00:00+00:00
SELECT PurchaseOrderNumber, PurchaseOrderDate FROM VendorOrders
WHERE PurchaseOrderDate >= CURRENT_DATE - INTERVAL 6 DAY ORDER BY PurchaseOrderDate DESC LIMIT 5
---
1 Fetch: Table=VendorOrders; AccessPath=vendorOrders.getPurchaseOrders; Parameters=createdAfter=2026-11-15T00:00:00Z, sortOrder=DESC, limit=100; Rows=71; Requests=1; Seconds=0.3; Basis=estimate
2 Engine: Residual=SELECT PurchaseOrderNumber, PurchaseOrderDate FROM "VendorOrders" WHERE PurchaseOrderDate >= CAST('2026-11-21' AS DATE) - INTERVAL '6' DAY ORDER BY PurchaseOrderDate DESC LIMIT 5; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=estimate
mode: engine
