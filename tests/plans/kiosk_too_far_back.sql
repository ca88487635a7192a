-- now: 2026-11-21T10:00:00Z
-- marketplaces: US
SELECT StartDate, SalesUnitsOrdered
FROM SalesAndTrafficByDate
WHERE StartDate >= '2022-01-01' AND StartDate < '2025-01-01'

---
1 Query: Table=SalesAndTrafficByDate; AccessPath=dataKiosk_2023-11-15.createQuery; Parameters=query=analytics_salesAndTraffic_2024_04_24.salesAndTrafficByDate, aggregateBy=DAY, startDate=2024-11-21, endDate=2024-12-31, marketplaceIds=ATVPDKIKX0DER, fields=marketplaceId,startDate,sales.unitsOrdered; getQueries 1, createQuery 1, getQuery 1, getDocument 1 (and at most 8 polls each); Rows=41; Requests=4; Seconds=121.2; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=121.2; Basis=estimate
mode: page
warning: SalesAndTrafficByDate: Amazon gives no days before 2024-11-21: rows from 2022-01-01 to 2024-11-20 are missing.
