-- now: 2026-11-21T10:00:00Z
-- marketplaces: US
SELECT i.ASIN, t.StartDate, t.SalesUnitsOrdered
FROM InventorySupply i JOIN SalesAndTrafficTrends t ON t.ChildAsin = i.ASIN
WHERE t.StartDate >= '2026-11-01' AND t.EndDate <= '2026-11-07'

---
1 Fetch: Table=InventorySupply; AccessPath=fbaInventory.getInventorySummaries; Parameters=granularityType=Marketplace, marketplaceIds=ATVPDKIKX0DER, granularityId=ATVPDKIKX0DER; Rows=2000; Requests=40; Seconds=19.3; Basis=estimate
2 Query: Table=SalesAndTrafficTrends; AccessPath=dataKiosk_2023-11-15.createQuery; Parameters=asins=<InventorySupply.ASIN> (30 each), query=analytics_salesAndTraffic_2024_04_24.salesAndTrafficTrends, dateAggregation=DAY, startDate=2026-11-01, endDate=2026-11-07, asinAggregation=CHILD, marketplaceIds=ATVPDKIKX0DER, fields=marketplaceId,startDate,endDate,childAsin,sales.unitsOrdered; getQueries 1, createQuery 67, getQuery 67, getDocument 67 (and at most 8 polls each); Rows=14000; Requests=202; Seconds=3254.3; Basis=estimate
3 Engine: Residual=SELECT i.ASIN, t.StartDate, t.SalesUnitsOrdered FROM i JOIN t ON t.ChildAsin = i.ASIN WHERE t.StartDate >= '2026-11-01' AND t.EndDate <= '2026-11-07'; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=242; Seconds=3254.3; Basis=estimate
mode: engine
