-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
-- use_reports: True
SELECT o.AmazonOrderId, o.SalesChannel, i.SellerSKU, i.ItemPriceAmount FROM Orders o JOIN OrderItems i USING (AmazonOrderId) WHERE o.LastUpdateDate >= CURRENT_DATE - 60 AND o.LastUpdateDate < CURRENT_DATE
---
1 Probe: AccessPath=sales.getOrderMetrics; Parameters=granularity=Total, interval=2024-11-21T13:00:00Z--2026-11-21T12:00:00Z, marketplaceIds=ATVPDKIKX0DER; Requests=3; Seconds=0.3; Basis=exact
2 Shared fetch: Table=Orders, OrderItems; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, lastUpdatedAfter=2026-09-22T00:00:00Z, lastUpdatedBefore=2026-11-21T00:00:00Z, maxResultsPerPage=100, includedData=PROCEEDS; Rows=1644; Requests=17; Seconds=5.1; Basis=estimate
3 Remark: Table=Orders, OrderItems; Parameters=With GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL the statement would take 121 s and 14 requests; this way 5 s and 17 requests.; Requests=0; Seconds=0.0; Basis=exact
4 Page by page: Residual=SELECT o.AmazonOrderId, o.SalesChannel, i.SellerSKU, i.ItemPriceAmount FROM o JOIN i USING (AmazonOrderId) WHERE o.LastUpdateDate >= CAST('2026-11-21' AS DATE) - 60 AND o.LastUpdateDate < CAST('2026-11-21' AS DATE); Requests=0; Seconds=0.0; Basis=exact
5 Total: Requests=20; Seconds=5.4; Basis=estimate
mode: page
