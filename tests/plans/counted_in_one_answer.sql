-- now: 2026-11-21T12:00:00+00:00
-- counts 1: 250
SELECT CollectionFormId FROM ShippingCollectionForms
---
1 Fetch: Table=ShippingCollectionForms; AccessPath=shippingV2.getCollectionFormHistory; Rows=250; Requests=1; Seconds=0.3; Basis=exact
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=exact
mode: page
