-- now: 2026-11-21T12:00:00Z
-- marketplaces: US, CA, MX
SELECT * FROM REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL WHERE DataStartTime >= CURRENT_DATE - INTERVAL 7 DAY AND Quantity > 1
---
1 Report: Table=REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL; AccessPath=reports_2021-06-30.createReport; Parameters=reportType=GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL, marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, dataStartTime=2026-11-14T00:00:00Z, dataEndTime=now; order: getReports 1, createReport 1, getReport 1 (and at most 8 polls each in 120 s), getReportDocument 1; Residual=Quantity; Rows=10000; Requests=4; Seconds=121.5; Basis=estimate
2 Page by page: Residual=SELECT * EXCLUDE (REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL."DataStartTime") FROM "REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL" WHERE DataStartTime >= CAST('2026-11-21' AS DATE) - INTERVAL '7' DAY AND Quantity > 1; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=121.5; Basis=estimate
mode: page
