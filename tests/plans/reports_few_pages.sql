-- now: 2026-11-21T12:00:00+00:00
-- use_reports: True
SELECT AmazonOrderId, OrderStatus FROM Orders WHERE PurchaseDate >= CURRENT_DATE - 7 AND PurchaseDate < CURRENT_DATE
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER, createdAfter=2026-11-14T00:00:00Z, createdBefore=2026-11-21T00:00:00Z, maxResultsPerPage=100, includedData=FULFILLMENT; Rows=192; Requests=2; Seconds=0.6; Basis=estimate
2 Remark: Table=Orders; Parameters=With GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL the statement would take 121 s and 4 requests; this way 1 s and 2 requests.; Requests=0; Seconds=0.0; Basis=exact
3 Page by page: Residual=SELECT AmazonOrderId, OrderStatus FROM "Orders" WHERE PurchaseDate >= CAST('2026-11-21' AS DATE) - 7 AND PurchaseDate < CAST('2026-11-21' AS DATE); Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=2; Seconds=0.6; Basis=estimate
mode: page
