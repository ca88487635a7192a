-- now: 2026-11-21T12:00:00Z
-- marketplaces: US
SELECT * FROM REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL WHERE ReportId IN ('50000030008', '50000030015')
---
1 Report: Table=REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL; AccessPath=reports_2021-06-30.createReport; Parameters=reportType=GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL, reportId=50000030008,50000030015 … ×2; named: getReport 2, getReportDocument 2; Rows=20000; Requests=4; Seconds=0.9; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=0.9; Basis=estimate
mode: page
