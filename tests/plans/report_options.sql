-- now: 2026-11-21T12:00:00Z
-- marketplaces: US
SELECT ParentAsin, Sku, SalesByAsinUnitsOrdered FROM REPORT_GET_SALES_AND_TRAFFIC_REPORT_SalesAndTrafficByAsin WHERE DataStartTime >= '2026-10-01' AND DataEndTime < '2026-11-01' AND AsinGranularity IN ('SKU', 'CHILD')
---
1 Report: Table=REPORT_GET_SALES_AND_TRAFFIC_REPORT_SalesAndTrafficByAsin; AccessPath=reports_2021-06-30.createReport; Parameters=reportType=GET_SALES_AND_TRAFFIC_REPORT, marketplaceIds=ATVPDKIKX0DER, dataStartTime=2026-10-01T00:00:00Z, dataEndTime=2026-10-31T23:59:59Z, reportOptions.asinGranularity=CHILD,SKU … ×2; order: createReport 2, getReport 2 (and at most 8 polls each in 120 s), getReportDocument 2; Rows=20000; Requests=6; Seconds=1021.2; Basis=estimate
2 Page by page: Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=6; Seconds=1021.2; Basis=estimate
mode: page
