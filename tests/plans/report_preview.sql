-- now: 2026-11-21T12:00:00Z
-- marketplaces: US
SELECT * FROM REPORT_GET_MERCHANT_LISTINGS_ALL_DATA LIMIT 100
---
1 Report: Table=REPORT_GET_MERCHANT_LISTINGS_ALL_DATA; AccessPath=reports_2021-06-30.createReport; Parameters=reportType=GET_MERCHANT_LISTINGS_ALL_DATA, marketplaceIds=ATVPDKIKX0DER; newest: getReports 1, getReportDocument 1, an error if there is none; Rows=10000; Requests=2; Seconds=0.9; Basis=estimate
2 Page by page: Rows=100; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=2; Seconds=0.9; Basis=estimate
mode: page
