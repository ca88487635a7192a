-- now: 2026-11-21T12:00:00Z
-- marketplaces: US
SELECT * FROM REPORT_GET_SALES_AND_TRAFFIC_REPORT WHERE DataStartTime >= '2024-01-01' AND DataEndTime < '2026-11-01'
---
1 Report: Table=REPORT_GET_SALES_AND_TRAFFIC_REPORT; AccessPath=reports_2021-06-30.createReport; Parameters=reportType=GET_SALES_AND_TRAFFIC_REPORT, marketplaceIds=ATVPDKIKX0DER, dataStartTime=2024-11-21T00:00:00Z, dataEndTime=2026-10-31T23:59:59Z; order: createReport 1, getReport 1 (and at most 8 polls each in 120 s), getReportDocument 1; Rows=10000; Requests=3; Seconds=121.2; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=3; Seconds=121.2; Basis=estimate
mode: page
warning: GET_SALES_AND_TRAFFIC_REPORT reaches 731 days back: what lies before 2024-11-21 00:00 UTC is not given.
