-- now: 2026-11-21T10:00:00Z
-- marketplaces: DE
SELECT Asin, StartDate, ShippedOrdersShippedUnitsWithRevenueUnits
FROM VendorAnalyticsManufacturing
WHERE AggregateBy = 'MONTH' AND StartDate = '2026-10-01' AND CurrencyCode = 'EUR'

---
1 Query: Table=VendorAnalyticsManufacturing; AccessPath=dataKiosk_2023-11-15.createQuery; Parameters=query=analytics_vendorAnalytics_2024_09_30.manufacturingView, aggregateBy=MONTH, startDate=2026-10-01, endDate=2026-10-31, currencyCode=EUR, fields=metrics.groupByKey.asin,startDate,metrics.metrics.shippedOrders.shippedUnitsWithRevenue.units; getQueries 1, createQuery 1, getQuery 1, getDocument 1 (and at most 8 polls each); Rows=100; Requests=4; Seconds=121.2; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=121.2; Basis=estimate
mode: page
