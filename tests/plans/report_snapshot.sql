-- now: 2026-11-21T12:00:00Z
-- marketplaces: US, CA
SELECT SellerSku, Price FROM REPORT_GET_MERCHANT_LISTINGS_ALL_DATA WHERE Price > 10
---
1 Report: Table=REPORT_GET_MERCHANT_LISTINGS_ALL_DATA; AccessPath=reports_2021-06-30.createReport; Parameters=reportType=GET_MERCHANT_LISTINGS_ALL_DATA, marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2 … ×2; newest: getReports 2, getReportDocument 2, a new one if there is none (getReports, createReport and getReport once more each); Residual=Price; Rows=20000; Requests=4; Seconds=0.9; Basis=estimate
2 Page by page: Residual=SELECT SellerSku, Price FROM "REPORT_GET_MERCHANT_LISTINGS_ALL_DATA" WHERE Price > 10; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=4; Seconds=0.9; Basis=estimate
mode: page
