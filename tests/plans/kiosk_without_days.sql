-- now: 2026-11-21T10:00:00Z
-- marketplaces: US
SELECT * FROM SalesAndTrafficByAsin LIMIT 10

---
ProgrammingError: SalesAndTrafficByAsin needs a filter on StartDate. For example: SELECT Sku, SalesUnitsOrdered, TrafficSessions FROM SalesAndTrafficByAsin WHERE StartDate >= CURRENT_DATE - 30 AND EndDate <= CURRENT_DATE - 3
