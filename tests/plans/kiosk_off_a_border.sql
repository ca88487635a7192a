-- now: 2026-11-21T10:00:00Z
-- marketplaces: US
SELECT StartDate, SalesUnitsOrdered
FROM SalesAndTrafficByDate
WHERE AggregateBy = 'MONTH' AND StartDate >= '2026-09-15' AND StartDate < '2026-11-01'

---
ProgrammingError: SalesAndTrafficByDate: months are asked for whole, and StartDate >= '2026-09-15' lies within one. The nearest borders are StartDate >= '2026-09-01' and StartDate >= '2026-10-01'; or ask for days, AggregateBy = 'DAY'.
