-- now: 2026-11-21T12:00:00Z
-- marketplaces: US
SELECT AmazonOrderId, Sku, ItemPrice FROM REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL WHERE DataStartTime >= '2026-08-01' AND DataEndTime < '2026-11-01'
---
1 Report: Table=REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL; AccessPath=reports_2021-06-30.createReport; Parameters=reportType=GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL, marketplaceIds=ATVPDKIKX0DER, dataStartTime=2026-08-01T00:00:00Z, dataEndTime=2026-11-01T00:00:00Z … ×4; order: getReports 1, createReport 4, getReport 4 (and at most 8 polls each in 120 s), getReportDocument 4; Rows=40000; Requests=13; Seconds=121.5; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=13; Seconds=121.5; Basis=estimate
mode: page
