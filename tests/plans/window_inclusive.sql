-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM Orders WHERE PurchaseDate BETWEEN '2026-11-01' AND '2026-11-08 12:30:00.5'
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, createdAfter=2026-11-01T00:00:00Z, createdBefore=2026-11-08T12:30:01Z, maxResultsPerPage=100, includedData=PROCEEDS,FULFILLMENT; Rows=206; Requests=3; Seconds=0.9; Basis=estimate
2 Page by page: Residual=SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM "Orders" WHERE PurchaseDate BETWEEN '2026-11-01' AND '2026-11-08 12:30:00.5'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=3; Seconds=0.9; Basis=estimate
mode: page
