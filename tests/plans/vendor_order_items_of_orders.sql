-- now: 2026-11-21T12:00:00+00:00
SELECT o.PurchaseOrderState, i.VendorProductIdentifier FROM VendorOrders o
JOIN VendorOrderItems i ON i.PurchaseOrderNumber = o.PurchaseOrderNumber
WHERE o.PurchaseOrderDate >= CURRENT_DATE - INTERVAL 6 DAY
---
1 Shared fetch: Table=VendorOrders, VendorOrderItems; AccessPath=vendorOrders.getPurchaseOrders; Parameters=createdAfter=2026-11-15T00:00:00Z, limit=100; Rows=71; Requests=1; Seconds=0.3; Basis=estimate
2 Page by page: Residual=SELECT o.PurchaseOrderState, i.VendorProductIdentifier FROM o JOIN i ON i.PurchaseOrderNumber = o.PurchaseOrderNumber WHERE o.PurchaseOrderDate >= CAST('2026-11-21' AS DATE) - INTERVAL '6' DAY; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=estimate
mode: page
