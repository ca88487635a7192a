-- now: 2026-11-21T12:00:00Z
-- marketplaces: US
SELECT sum(Amount) FROM REPORT_GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2 WHERE DataStartTime >= '2026-10-01' AND DataEndTime < '2026-11-01'
---
1 Report: Table=REPORT_GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2; AccessPath=reports_2021-06-30.createReport; Parameters=reportType=GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2, marketplaceIds=ATVPDKIKX0DER, dataStartTime=2026-10-01T00:00:00Z, dataEndTime=2026-11-01T00:00:00Z; lookup: getReports 1, getReportDocument 3; Rows=10000; Requests=4; Seconds=0.9; Basis=estimate
2 Engine: Residual=SELECT SUM(Amount) FROM "REPORT_GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2" WHERE DataStartTime >= '2026-10-01' AND DataEndTime < '2026-11-01'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=0.9; Basis=estimate
mode: engine
