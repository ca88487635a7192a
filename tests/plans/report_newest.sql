-- now: 2026-11-21T12:00:00Z
-- marketplaces: US
SELECT count(*) FROM REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL
---
1 Report: Table=REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL; AccessPath=reports_2021-06-30.createReport; Parameters=reportType=GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL, marketplaceIds=ATVPDKIKX0DER; newest: getReports 1, getReportDocument 1, an error if there is none; Rows=10000; Requests=2; Seconds=0.9; Basis=estimate
2 Engine: Residual=SELECT COUNT(*) FROM "REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=2; Seconds=0.9; Basis=estimate
mode: engine
