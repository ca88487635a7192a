-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
-- use_reports: True
SELECT AmazonOrderId, OrderItemId FROM OrderItems WHERE PurchaseDate >= CURRENT_DATE - 90 AND PurchaseDate < CURRENT_DATE
---
1 Fetch: Table=OrderItems; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, createdAfter=2026-08-23T00:00:00Z, createdBefore=2026-11-21T00:00:00Z, maxResultsPerPage=100; Rows=2466; Requests=25; Seconds=893.2; Basis=estimate
2 Remark: Table=OrderItems; Parameters=GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL has no OrderItemId, or counts it otherwise.; Requests=0; Seconds=0.0; Basis=exact
3 Page by page: Residual=SELECT AmazonOrderId, OrderItemId FROM "OrderItems" WHERE PurchaseDate >= CAST('2026-11-21' AS DATE) - 90 AND PurchaseDate < CAST('2026-11-21' AS DATE); Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=25; Seconds=893.2; Basis=estimate
mode: page
