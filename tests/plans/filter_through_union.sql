-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT * FROM (SELECT AmazonOrderId, PurchaseDate FROM Orders UNION ALL SELECT AmazonOrderId, LastUpdateDate FROM Orders) u
WHERE PurchaseDate >= '2026-11-10'
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, createdAfter=2026-11-10T00:00:00Z, maxResultsPerPage=100; Rows=315; Requests=4; Seconds=1.2; Basis=estimate
2 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, lastUpdatedAfter=2026-11-10T00:00:00Z, maxResultsPerPage=100; Rows=315; Requests=4; Seconds=1.2; Basis=estimate
3 Engine: Residual=SELECT * FROM (SELECT AmazonOrderId, PurchaseDate FROM "Orders" UNION ALL SELECT AmazonOrderId, LastUpdateDate FROM "Orders") AS u WHERE PurchaseDate >= '2026-11-10'; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=8; Seconds=1.2; Basis=estimate
mode: engine
