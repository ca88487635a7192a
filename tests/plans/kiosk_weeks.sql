-- now: 2026-11-21T10:00:00Z
-- marketplaces: US
SELECT StartDate, EndDate, TrafficSessions
FROM SalesAndTrafficByDate
WHERE AggregateBy = 'WEEK' AND StartDate >= '2026-10-04' AND EndDate <= '2026-10-31'
ORDER BY TrafficSessions DESC LIMIT 2

---
1 Query: Table=SalesAndTrafficByDate; AccessPath=dataKiosk_2023-11-15.createQuery; Parameters=query=analytics_salesAndTraffic_2024_04_24.salesAndTrafficByDate, aggregateBy=WEEK, startDate=2026-10-04, endDate=2026-10-31, marketplaceIds=ATVPDKIKX0DER, fields=marketplaceId,startDate,endDate,traffic.sessions; getQueries 1, createQuery 1, getQuery 1, getDocument 1 (and at most 8 polls each); Rows=4; Requests=4; Seconds=121.2; Basis=estimate
2 Engine: Residual=SELECT StartDate, EndDate, TrafficSessions FROM "SalesAndTrafficByDate" WHERE LOWER(AggregateBy) = 'week' AND StartDate >= '2026-10-04' AND EndDate <= '2026-10-31' ORDER BY TrafficSessions DESC LIMIT 2; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=121.2; Basis=estimate
mode: engine
