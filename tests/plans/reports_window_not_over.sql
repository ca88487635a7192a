-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
-- use_reports: True
SELECT AmazonOrderId, OrderStatus FROM Orders WHERE PurchaseDate >= CURRENT_DATE - 90
---
1 Fetch: Table=Orders; AccessPath=ordersV0.getOrders; Parameters=MarketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, CreatedAfter=2026-08-23T00:00:00Z, MaxResultsPerPage=100; Rows=2479; Requests=25; Seconds=299.7; Basis=estimate
2 Remark: Table=Orders; Parameters=GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL needs both ends of a window: PurchaseDate >= … AND PurchaseDate < …, with constants.; Requests=0; Seconds=0.0; Basis=exact
3 Page by page: Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=25; Seconds=299.7; Basis=estimate
mode: page
