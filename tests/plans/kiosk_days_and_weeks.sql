-- now: 2026-11-21T10:00:00Z
-- marketplaces: US
SELECT AggregateBy, StartDate, SalesUnitsOrdered
FROM SalesAndTrafficByDate
WHERE AggregateBy IN ('DAY', 'WEEK') AND StartDate >= '2026-10-04' AND EndDate <= '2026-10-31'

---
1 Query: Table=SalesAndTrafficByDate; AccessPath=dataKiosk_2023-11-15.createQuery; Parameters=query=analytics_salesAndTraffic_2024_04_24.salesAndTrafficByDate, aggregateBy=DAY, startDate=2026-10-04, endDate=2026-10-31, marketplaceIds=ATVPDKIKX0DER, fields=marketplaceId,startDate,endDate,sales.unitsOrdered … ×2; getQueries 1, createQuery 2, getQuery 2, getDocument 2 (and at most 8 polls each); Rows=32; Requests=7; Seconds=121.2; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=7; Seconds=121.2; Basis=estimate
mode: page
