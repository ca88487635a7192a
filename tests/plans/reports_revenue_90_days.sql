-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
-- use_reports: True
SELECT SellerSKU, CAST(PurchaseDate AS DATE) AS Day, ItemPriceCurrencyCode, SUM(ItemPriceAmount) AS Revenue FROM OrderItems WHERE PurchaseDate >= CURRENT_DATE - 90 AND PurchaseDate < CURRENT_DATE GROUP BY 1, 2, 3
---
1 Report: Table=OrderItems; AccessPath=reports_2021-06-30.createReport; Parameters=reportType=GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL, marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, dataStartTime=2026-08-23T00:00:00Z, dataEndTime=2026-11-21T00:00:00Z … ×3; order: getReports 1, createReport 3, getReport 3 (and at most 8 polls each in 120 s), getReportDocument 3; Rows=4192; Requests=10; Seconds=121.5; Basis=estimate
2 Engine: Residual=SELECT SellerSKU, CAST(PurchaseDate AS DATE) AS Day, ItemPriceCurrencyCode, SUM(ItemPriceAmount) AS Revenue FROM "OrderItems" WHERE PurchaseDate >= CAST('2026-11-21' AS DATE) - 90 AND PurchaseDate < CAST('2026-11-21' AS DATE) GROUP BY 1, 2, 3; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=10; Seconds=121.5; Basis=estimate
mode: engine
