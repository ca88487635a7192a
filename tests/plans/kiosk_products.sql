-- now: 2026-11-21T10:00:00Z
-- marketplaces: US
SELECT Sku, SalesUnitsOrdered, TrafficSessions
FROM SalesAndTrafficByAsin
WHERE StartDate = '2026-10-01' AND EndDate = '2026-10-31' AND TrafficSessions > 100

---
1 Query: Table=SalesAndTrafficByAsin; AccessPath=dataKiosk_2023-11-15.createQuery; Parameters=query=analytics_salesAndTraffic_2024_04_24.salesAndTrafficByAsin, startDate=2026-10-01, endDate=2026-10-31, aggregateBy=SKU, marketplaceIds=ATVPDKIKX0DER, fields=marketplaceId,startDate,endDate,sku,sales.unitsOrdered,traffic.sessions; getQueries 1, createQuery 1, getQuery 1, getDocument 1 (and at most 8 polls each); Residual=TrafficSessions; Rows=500; Requests=4; Seconds=121.2; Basis=estimate
2 Page by page: Residual=SELECT Sku, SalesUnitsOrdered, TrafficSessions FROM "SalesAndTrafficByAsin" WHERE StartDate = '2026-10-01' AND EndDate = '2026-10-31' AND TrafficSessions > 100; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=121.2; Basis=estimate
mode: page
