-- now: 2026-04-10T12:00:00+00:00
-- marketplaces: DE
SELECT AmazonOrderId, PurchaseDate FROM Orders WHERE MARKETPLACE_DATE(PurchaseDate, MarketplaceId) = DATE '2026-03-29'
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=A1PA6795UKMFR9, createdAfter=2026-03-28T23:00:00Z, createdBefore=2026-03-29T22:00:00Z, maxResultsPerPage=100; Rows=26; Requests=1; Seconds=0.3; Basis=estimate
2 Page by page: Residual=SELECT AmazonOrderId, PurchaseDate FROM "Orders" WHERE MARKETPLACE_DATE(PurchaseDate, MarketplaceId) = CAST('2026-03-29' AS DATE); Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=estimate
mode: page
