-- now: 2026-11-21T12:00:00+00:00
SELECT o.AmazonOrderId, i.ASIN FROM (SELECT * FROM Orders WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 30 DAY ORDER BY OrderTotalAmount LIMIT 500) o JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId
---
1 Shared fetch: Table=Orders, OrderItems; AccessPath=orders_2026-01-01.searchOrders; Parameters=marketplaceIds=ATVPDKIKX0DER, createdAfter=2026-10-22T00:00:00Z, maxResultsPerPage=100, includedData=BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS; Rows=836; Requests=9; Seconds=2.7; Basis=estimate
2 Engine: Residual=SELECT o.AmazonOrderId, i.ASIN FROM (SELECT * FROM "Orders" WHERE PurchaseDate >= CAST('2026-11-21' AS DATE) - INTERVAL '30' DAY ORDER BY OrderTotalAmount LIMIT 500) AS o JOIN i ON i.AmazonOrderId = o.AmazonOrderId; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=9; Seconds=2.7; Basis=estimate
mode: engine
