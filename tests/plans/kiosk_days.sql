-- now: 2026-11-21T10:00:00Z
-- marketplaces: US,CA
SELECT StartDate, SalesUnitsOrdered, SalesOrderedProductSalesAmount
FROM SalesAndTrafficByDate
WHERE StartDate >= '2026-10-01' AND StartDate < '2026-11-01'

---
1 Query: Table=SalesAndTrafficByDate; AccessPath=dataKiosk_2023-11-15.createQuery; Parameters=query=analytics_salesAndTraffic_2024_04_24.salesAndTrafficByDate, aggregateBy=DAY, startDate=2026-10-01, endDate=2026-10-31, marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2, fields=marketplaceId,startDate,sales.orderedProductSales.amount,sales.unitsOrdered; getQueries 1, createQuery 1, getQuery 1, getDocument 1 (and at most 8 polls each); Rows=62; Requests=4; Seconds=121.2; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=121.2; Basis=estimate
mode: page
