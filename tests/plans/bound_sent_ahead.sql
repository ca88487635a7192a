-- now: 2026-11-21T12:00:00+00:00
SELECT StartDateTime FROM ServiceFixedSlotCapacities WHERE ResourceId = '1' AND StartDateTime = '2026-11-23T10:00:00Z'
---
1 Fetch: Table=ServiceFixedSlotCapacities; AccessPath=services.getFixedSlotCapacity; Parameters=resourceId=1, marketplaceIds=ATVPDKIKX0DER, body.startDateTime=2026-11-23T10:00:00Z, body.endDateTime=2026-11-24T10:00:01Z; Rows=1; Requests=1; Seconds=0.3; Basis=estimate
2 Page by page: Residual=SELECT StartDateTime FROM "ServiceFixedSlotCapacities" WHERE ResourceId = '1' AND StartDateTime = '2026-11-23T10:00:00Z'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=estimate
mode: page
