-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: unknown
SELECT * FROM Orders LIMIT 10
---
1 Account: Table=MarketplaceParticipations; AccessPath=sellers.getMarketplaceParticipations; Requests=1; Seconds=0.3; Basis=estimate
2 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=, createdAfter=2024-11-21T12:05:00Z, maxResultsPerPage=10, includedData=BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS; Rows=20000; Requests=1; Seconds=0.3; Basis=exact
3 Page by page: Rows=10; Requests=0; Seconds=0.0; Basis=exact
4 Total: Requests=2; Seconds=0.6; Basis=estimate
mode: page
