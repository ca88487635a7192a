-- now: 2026-11-21T12:00:00Z
-- marketplaces: US
SELECT a.Sku FROM REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL a JOIN REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL b ON a.Sku = b.Sku WHERE a.DataStartTime >= '2026-10-01' AND a.DataEndTime < '2026-10-15' AND b.DataStartTime >= '2026-10-01' AND b.DataEndTime < '2026-10-15'
---
1 Report: Table=REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL; AccessPath=reports_2021-06-30.createReport; Parameters=reportType=GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL, marketplaceIds=ATVPDKIKX0DER, dataStartTime=2026-10-01T00:00:00Z, dataEndTime=2026-10-15T00:00:00Z; order: getReports 1, createReport 1, getReport 1 (and at most 8 polls each in 120 s), getReportDocument 1; Rows=10000; Requests=4; Seconds=121.5; Basis=estimate
2 Engine: Residual=SELECT a.Sku FROM a JOIN b ON a.Sku = b.Sku WHERE a.DataStartTime >= '2026-10-01' AND a.DataEndTime < '2026-10-15' AND b.DataStartTime >= '2026-10-01' AND b.DataEndTime < '2026-10-15'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=121.5; Basis=estimate
mode: engine
