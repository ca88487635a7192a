-- now: 2026-11-21T12:00:00+00:00
SELECT ReturnId FROM ExternalFulfillmentReturns WHERE LastUpdatedDateTime >= '2026-11-01'
---
1 Fetch: Table=ExternalFulfillmentReturns; AccessPath=externalFulfillmentReturns_2024-09-11.listReturns; Parameters=maxResults=100; Residual=LastUpdatedDateTime; Rows=500; Requests=5; Seconds=4.3; Basis=estimate
2 Page by page: Residual=SELECT ReturnId FROM "ExternalFulfillmentReturns" WHERE LastUpdatedDateTime >= '2026-11-01'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=5; Seconds=4.3; Basis=estimate
mode: page
