-- now: 2026-04-10T12:00:00+00:00
-- marketplaces: DE, GB
SELECT AmazonOrderId, PurchaseDate FROM Orders WHERE MARKETPLACE_DATE(PurchaseDate, 'UK') >= DATE '2026-03-29' LIMIT 10
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=A1PA6795UKMFR9,A1F83G8C2ARO7P, createdAfter=2026-03-29T00:00:00Z, maxResultsPerPage=10; Rows=342; Requests=1; Seconds=0.3; Basis=exact
2 Page by page: Rows=10; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=exact
mode: page
