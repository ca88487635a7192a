-- now: 2026-11-21T10:00:00Z
-- marketplaces: US
SELECT FeeTypeName, SUM(TotalAmount) AS Fees
FROM EconomicsFees
WHERE StartDate >= '2026-08-01' AND EndDate <= '2026-10-31'
GROUP BY FeeTypeName ORDER BY Fees DESC

---
1 Query: Table=EconomicsFees; AccessPath=dataKiosk_2023-11-15.createQuery; Parameters=query=analytics_economics_2024_03_15.economics, aggregateBy.date=RANGE, startDate=2026-08-01, endDate=2026-10-31, aggregateBy.productId=PARENT_ASIN, marketplaceIds=ATVPDKIKX0DER, fields=fees.charges.identifier,startDate,endDate,fees.feeTypeName,fees.charges.aggregatedDetail.totalAmount.amount; getQueries 1, createQuery 1, getQuery 1, getDocument 1 (and at most 8 polls each); Rows=300; Requests=4; Seconds=121.2; Basis=estimate
2 Engine: Residual=SELECT FeeTypeName, SUM(TotalAmount) AS Fees FROM "EconomicsFees" WHERE StartDate >= '2026-08-01' AND EndDate <= '2026-10-31' GROUP BY FeeTypeName ORDER BY Fees DESC; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=121.2; Basis=estimate
mode: engine
