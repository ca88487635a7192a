-- now: 2026-11-21T12:00:00+00:00
-- marketplaces: US, CA, MX
SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM Orders WHERE OrderStatus = 'Delivered'
---
1 Nothing: Table=Orders; Requests=0; Seconds=0.0; Basis=exact
2 Engine: Residual=SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM "Orders" WHERE LOWER(OrderStatus) = 'delivered'; Requests=0; Seconds=0.0; Basis=exact
3 Total: Requests=0; Seconds=0.0; Basis=exact
mode: local
warning: Orders.OrderStatus never holds 'Delivered', so nothing was asked for it; it holds PendingAvailability, Pending, Unshipped, PartiallyShipped, Shipped, Canceled, Unfulfillable, InvoiceUnconfirmed.
