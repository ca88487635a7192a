-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
WITH recent AS (SELECT * FROM Orders WHERE PurchaseDate >= '2026-11-01')
SELECT count(*) FROM recent a JOIN recent b ON a.AmazonOrderId = b.AmazonOrderId WHERE a.MarketplaceId = 'ATVPDKIKX0DER'
---
1 Fetch: Table=Orders; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8, createdAfter=2026-11-01T00:00:00Z, maxResultsPerPage=100, includedData=BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS; Rows=562; Requests=6; Seconds=1.8; Basis=estimate
2 Engine: Residual=WITH recent AS MATERIALIZED (SELECT * FROM "Orders" WHERE PurchaseDate >= '2026-11-01') SELECT COUNT(*) FROM recent AS a JOIN recent AS b ON a.AmazonOrderId = b.AmazonOrderId WHERE a.MarketplaceId = 'ATVPDKIKX0DER'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=6; Seconds=1.8; Basis=estimate
mode: engine
