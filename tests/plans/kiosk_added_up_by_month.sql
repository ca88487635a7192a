-- now: 2026-11-21T10:00:00Z
-- marketplaces: US
SELECT Msku, DATE_TRUNC('month', StartDate) AS Month, SUM(SalesUnitsOrdered) AS Units
FROM Economics
WHERE StartDate >= '2026-08-01' AND EndDate <= '2026-10-31'
GROUP BY ALL

---
1 Query: Table=Economics; AccessPath=dataKiosk_2023-11-15.createQuery; Parameters=query=analytics_economics_2024_03_15.economics, aggregateBy.date=MONTH, startDate=2026-08-01, endDate=2026-10-31, aggregateBy.productId=MSKU, marketplaceIds=ATVPDKIKX0DER, fields=marketplaceId,startDate,endDate,msku,sales.unitsOrdered; getQueries 1, createQuery 1, getQuery 1, getDocument 1 (and at most 8 polls each); Rows=300; Requests=4; Seconds=121.2; Basis=estimate
2 Engine: Residual=SELECT Msku, DATE_TRUNC('MONTH', StartDate) AS Month, SUM(SalesUnitsOrdered) AS Units FROM "Economics" WHERE StartDate >= '2026-08-01' AND EndDate <= '2026-10-31' GROUP BY ALL; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=121.2; Basis=estimate
mode: engine
