-- now: 2026-11-21T12:00:00+00:00
SELECT PurchaseOrderNumber, TrackingNumber FROM VendorShippingLabelData
WHERE CreatedDate > TIMESTAMP '2026-10-30' AND CreatedDate <= TIMESTAMP '2026-11-15'
---
1 Fetch: Table=VendorShippingLabelData; AccessPath=vendorDirectFulfillmentShipping_2021-12-28.getShippingLabels; Parameters=createdAfter=2026-11-13T00:00:01Z, createdBefore=2026-11-15T00:00:00Z, limit=100 … ×3; Rows=110; Requests=3; Seconds=0.3; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=3; Seconds=0.3; Basis=estimate
mode: page
