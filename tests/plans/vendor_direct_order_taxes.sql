-- now: 2026-11-21T12:00:00+00:00
SELECT * FROM VendorDirectFulfillmentOrderItemTaxes WHERE OrderDate >= CURRENT_DATE - INTERVAL 30 DAY
---
1 Fetch: Table=VendorDirectFulfillmentOrderItemTaxes; AccessPath=vendorDirectFulfillmentOrders_2021-12-28.getOrders; Parameters=createdAfter=2026-10-22T00:00:00Z, createdBefore=2026-11-21T12:00:00Z, limit=100; Rows=209; Requests=3; Seconds=0.9; Basis=estimate
2 Page by page: Residual=SELECT * EXCLUDE (VendorDirectFulfillmentOrderItemTaxes."OrderDate") FROM "VendorDirectFulfillmentOrderItemTaxes" WHERE OrderDate >= CAST('2026-11-21' AS DATE) - INTERVAL '30' DAY; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=3; Seconds=0.9; Basis=estimate
mode: page
