-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT * FROM Orders LIMIT 10
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, createdAfter=2024-11-21T12:05:00Z, maxResultsPerPage=10, includedData=BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS; Rows=20000; Requests=1; Seconds=0.3; Basis=exact
2 Page by page: Rows=10; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=1; Seconds=0.3; Basis=exact
mode: page
