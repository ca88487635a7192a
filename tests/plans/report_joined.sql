-- now: 2026-11-21T12:00:00Z
-- marketplaces: US
SELECT r.Sku, i.TotalQuantity FROM REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL r JOIN InventorySupply i ON i.SellerSku = r.Sku WHERE r.DataStartTime >= '2026-10-01' AND r.DataEndTime < '2026-11-01'
---
1 Report: Table=REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL; AccessPath=reports_2021-06-30.createReport; Parameters=reportType=GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL, marketplaceIds=ATVPDKIKX0DER, dataStartTime=2026-10-01T00:00:00Z, dataEndTime=2026-11-01T00:00:00Z … ×2; order: getReports 1, createReport 2, getReport 2 (and at most 8 polls each in 120 s), getReportDocument 2; Rows=20000; Requests=7; Seconds=121.5; Basis=estimate
2 Fetch: Table=InventorySupply; AccessPath=fbaInventory.getInventorySummaries; Parameters=granularityType=Marketplace, marketplaceIds=ATVPDKIKX0DER, granularityId=ATVPDKIKX0DER; Rows=2000; Requests=40; Seconds=19.3; Basis=estimate
3 Engine: Residual=SELECT r.Sku, i.TotalQuantity FROM r JOIN i ON i.SellerSku = r.Sku WHERE r.DataStartTime >= '2026-10-01' AND r.DataEndTime < '2026-11-01'; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=47; Seconds=121.5; Basis=estimate
mode: engine
