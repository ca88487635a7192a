-- now: 2026-11-21T10:00:00Z
-- marketplaces: US
SELECT e.Msku, e.SalesUnitsOrdered, f.FeeTypeName, f.TotalAmount
FROM Economics e JOIN EconomicsFees f ON f.Msku = e.Msku AND f.StartDate = e.StartDate
WHERE e.StartDate = '2026-11-01' AND f.StartDate = '2026-11-01'

---
1 Query: Table=Economics, EconomicsFees; AccessPath=dataKiosk_2023-11-15.createQuery; Parameters=query=analytics_economics_2024_03_15.economics, aggregateBy.date=DAY, startDate=2026-11-01, endDate=2026-11-01, aggregateBy.productId=MSKU, marketplaceIds=ATVPDKIKX0DER, fields=marketplaceId,startDate,msku,sales.unitsOrdered,fees.charges.identifier,fees.feeTypeName,fees.charges.aggregatedDetail.totalAmount.amount; getQueries 1, createQuery 1, getQuery 1, getDocument 1 (and at most 8 polls each); Rows=100; Requests=4; Seconds=121.2; Basis=estimate
2 Engine: Residual=SELECT e.Msku, e.SalesUnitsOrdered, f.FeeTypeName, f.TotalAmount FROM e JOIN f ON f.Msku = e.Msku AND f.StartDate = e.StartDate WHERE e.StartDate = '2026-11-01' AND f.StartDate = '2026-11-01'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=121.2; Basis=estimate
mode: engine
