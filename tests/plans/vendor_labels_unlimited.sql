-- now: 2026-11-21T12:00:00+00:00
SELECT PurchaseOrderNumber FROM VendorShippingLabels
---
ProgrammingError: VendorShippingLabels needs a filter on CreatedDate, or PurchaseOrderNumber. For example: SELECT PurchaseOrderNumber, LabelFormat FROM VendorShippingLabels WHERE CreatedDate >= CURRENT_DATE - INTERVAL 14 DAY
