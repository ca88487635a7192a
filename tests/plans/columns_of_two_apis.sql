-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT SellerOrderId, Programs FROM Orders LIMIT 5
---
ProgrammingError: No single access path of Orders has all the asked columns: orders_2026-01-01.searchOrders lacks SellerOrderId; orders_2026-01-01.getOrder lacks SellerOrderId; ordersV0.getOrders lacks Programs; ordersV0.getOrder lacks Programs. Ask for them in two statements.
