-- now: 2027-04-01T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT AmazonOrderId, SellerOrderId FROM Orders WHERE SellerOrderId = 'A-17'
---
ProgrammingError: No single access path of Orders has all the asked columns: orders_2026-01-01.searchOrders lacks SellerOrderId; orders_2026-01-01.getOrder lacks SellerOrderId. ordersV0.getOrders had them until Amazon removed it on 2027-03-27; ordersV0.getOrder had them until Amazon removed it on 2027-03-27.
