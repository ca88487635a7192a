"""Orders, their items and their figures: Orders 2026-01-01, Orders v0 while it lives, Sales v1."""

from amzsql.catalog import report_paths
from amzsql.catalog.model import AccessPath, Entry, Parent, Part, Probe, Pushdown, WriteMapping
from amzsql.types import BIGINT, BOOLEAN, MONEY, TIMESTAMP

STATUS = (
    ("PENDING_AVAILABILITY", "PendingAvailability"),
    ("PENDING", "Pending"),
    ("UNSHIPPED", "Unshipped"),
    ("PARTIALLY_SHIPPED", "PartiallyShipped"),
    ("SHIPPED", "Shipped"),
    ("CANCELLED", "Canceled"),
    ("UNFULFILLABLE", "Unfulfillable"),
)
CHANNEL = (("AMAZON", "AFN"), ("MERCHANT", "MFN"))
SPELLINGS = (("OrderStatus", STATUS), ("FulfillmentChannel", CHANNEL))

# What Orders 2026-01-01 calls the columns of v0.
ORDER_NAMES = (
    ("orderId", "AmazonOrderId"),
    ("createdTime", "PurchaseDate"),
    ("lastUpdatedTime", "LastUpdateDate"),
    ("salesChannel.channelName", "SalesChannelName"),
    ("salesChannel.marketplaceId", "MarketplaceId"),
    ("salesChannel.marketplaceName", "SalesChannel"),
    ("buyer.buyerName", "BuyerInfoBuyerName"),
    ("buyer.buyerEmail", "BuyerInfoBuyerEmail"),
    ("buyer.buyerCompanyName", "BuyerTaxInformationBuyerLegalCompanyName"),
    ("buyer.buyerPurchaseOrderNumber", "BuyerInfoPurchaseOrderNumber"),
    ("recipient.deliveryAddress.name", "ShippingAddressName"),
    ("recipient.deliveryAddress.companyName", "ShippingAddressCompanyName"),
    ("recipient.deliveryAddress.addressLine1", "ShippingAddressAddressLine1"),
    ("recipient.deliveryAddress.addressLine2", "ShippingAddressAddressLine2"),
    ("recipient.deliveryAddress.addressLine3", "ShippingAddressAddressLine3"),
    ("recipient.deliveryAddress.city", "ShippingAddressCity"),
    ("recipient.deliveryAddress.districtOrCounty", "ShippingAddressCounty"),
    ("recipient.deliveryAddress.stateOrRegion", "ShippingAddressStateOrRegion"),
    ("recipient.deliveryAddress.municipality", "ShippingAddressMunicipality"),
    ("recipient.deliveryAddress.postalCode", "ShippingAddressPostalCode"),
    ("recipient.deliveryAddress.countryCode", "ShippingAddressCountryCode"),
    ("recipient.deliveryAddress.phone", "ShippingAddressPhone"),
    ("recipient.deliveryAddress.extendedFields.streetName", "ShippingAddressExtendedFieldsStreetName"),
    ("recipient.deliveryAddress.extendedFields.streetNumber", "ShippingAddressExtendedFieldsStreetNumber"),
    ("recipient.deliveryAddress.extendedFields.complement", "ShippingAddressExtendedFieldsComplement"),
    ("recipient.deliveryAddress.extendedFields.neighborhood", "ShippingAddressExtendedFieldsNeighborhood"),
    ("recipient.deliveryAddress.addressType", "ShippingAddressAddressType"),
    ("proceeds.grandTotal.amount", "OrderTotalAmount"),
    ("proceeds.grandTotal.currencyCode", "OrderTotalCurrencyCode"),
    ("payment.paymentExecutions", "PaymentExecutionDetail"),
    ("tax.taxInvoicing.buyerInvoicePreference", "BuyerInvoicePreference"),
    ("tax.taxInvoicing.invoiceStatus", "ElectronicInvoiceStatus"),
    ("fulfillment.fulfillmentStatus", "OrderStatus"),
    ("fulfillment.fulfilledBy", "FulfillmentChannel"),
    ("fulfillment.fulfillmentServiceLevel", "ShipmentServiceLevelCategory"),
    ("fulfillment.shipByWindow.earliestDateTime", "EarliestShipDate"),
    ("fulfillment.shipByWindow.latestDateTime", "LatestShipDate"),
    ("fulfillment.deliverByWindow.earliestDateTime", "EarliestDeliveryDate"),
    ("fulfillment.deliverByWindow.latestDateTime", "LatestDeliveryDate"),
    ("orderItems", "OrderItems"),
)

INCLUDED = (
    ("BUYER", ("buyer",)),
    ("RECIPIENT", ("recipient",)),
    ("PROCEEDS", ("proceeds", "orderItems[].proceeds")),
    ("EXPENSE", ("orderItems[].expense",)),
    ("PROMOTION", ("orderItems[].promotion",)),
    ("CANCELLATION", ("orderItems[].cancellation",)),
    ("FULFILLMENT", ("fulfillment", "orderItems[].fulfillment")),
    ("PACKAGES", ("packages",)),
    ("TAX", ("tax", "orderItems[].tax")),
    ("PAYMENT", ("payment",)),
    ("FULFILLMENT_ORDERS", ("fulfillmentOrders",)),
)

MASKED_ADDRESS = tuple(
    (f"ShippingAddress{name}", "recipient")
    for name in (
        "Name",
        "AddressLine1",
        "AddressLine2",
        "AddressLine3",
        "Phone",
        "ExtendedFieldsStreetName",
        "ExtendedFieldsStreetNumber",
        "ExtendedFieldsComplement",
        "ExtendedFieldsNeighborhood",
    )
)
MASKED_ORDER = (
    ("BuyerInfoBuyerName", "buyer"),
    ("BuyerInfoBuyerEmail", "buyer"),
    ("BuyerTaxInformationBuyerLegalCompanyName", "buyer"),
    *MASKED_ADDRESS,
)
# The newer version hides the postal code too, which v0 shows to everybody.
MASKED_ORDER_2026 = (*MASKED_ORDER, ("ShippingAddressPostalCode", "recipient"))
MASKED_ITEM = (
    ("BuyerInfoGiftMessageText", "recipient"),
    ("BuyerInfoBuyerCustomizedInfoCustomizedURL", "recipient"),
)

# Amazon's upper bounds include the time itself, hence no exact pushdown of them.
SEARCH = (
    Pushdown("PurchaseDate", ">=", "createdAfter", exact=True, default="horizon"),
    Pushdown("PurchaseDate", "<", "createdBefore"),
    Pushdown("LastUpdateDate", ">=", "lastUpdatedAfter", exact=True),
    Pushdown("LastUpdateDate", "<", "lastUpdatedBefore"),
    Pushdown("OrderStatus", "=", "fulfillmentStatuses", exact=True),
    Pushdown("FulfillmentChannel", "=", "fulfilledBy", exact=True),
    Pushdown("MarketplaceId", "=", "marketplaceIds", exact=True, default="marketplaces"),
)

V0_DATES = (
    "PurchaseDate",
    "LastUpdateDate",
    "EarliestShipDate",
    "LatestShipDate",
    "EarliestDeliveryDate",
    "LatestDeliveryDate",
    "PromiseResponseDueDate",
)

V0_ORDERS = (
    Pushdown("PurchaseDate", ">=", "CreatedAfter", exact=True, default="horizon"),
    Pushdown("PurchaseDate", "<", "CreatedBefore"),
    Pushdown("LastUpdateDate", ">=", "LastUpdatedAfter", exact=True),
    Pushdown("LastUpdateDate", "<", "LastUpdatedBefore"),
    Pushdown("OrderStatus", "=", "OrderStatuses", exact=True),
    Pushdown("FulfillmentChannel", "=", "FulfillmentChannels", exact=True),
    Pushdown("PaymentMethod", "=", "PaymentMethods"),
    Pushdown("BuyerInfoBuyerEmail", "=", "BuyerEmail"),
    Pushdown("BuyerEmail", "=", "BuyerEmail", exact=True),
    Pushdown("SellerOrderId", "=", "SellerOrderId"),
    Pushdown("AmazonOrderId", "=", "AmazonOrderIds", exact=True),
    Pushdown("EasyShipShipmentStatus", "=", "EasyShipShipmentStatuses"),
    Pushdown("ElectronicInvoiceStatus", "=", "ElectronicInvoiceStatuses"),
    Pushdown("IsISPU", "=", "IsISPU"),
    Pushdown("StoreChainStoreId", "=", "StoreChainStoreId", exact=True),
    Pushdown("EarliestDeliveryDate", ">=", "EarliestDeliveryDateAfter"),
    Pushdown("EarliestDeliveryDate", "<", "EarliestDeliveryDateBefore"),
    Pushdown("LatestDeliveryDate", ">=", "LatestDeliveryDateAfter"),
    Pushdown("LatestDeliveryDate", "<", "LatestDeliveryDateBefore"),
    Pushdown("MarketplaceId", "=", "MarketplaceIds", exact=True, default="marketplaces"),
)

ORDERS = Entry(
    "Orders",
    "One row per order.",
    key=("AmazonOrderId",),
    first=(
        "AmazonOrderId",
        "PurchaseDate",
        "LastUpdateDate",
        "OrderStatus",
        "OrderTotalAmount",
        "OrderTotalCurrencyCode",
        "FulfillmentChannel",
        "SalesChannel",
        "MarketplaceId",
    ),
    types=(*((name, TIMESTAMP) for name in V0_DATES), ("IsReplacementOrder", BOOLEAN), ("OrderTotalAmount", MONEY)),
    paths=(
        AccessPath(
            "orders_2026-01-01.searchOrders",
            names=ORDER_NAMES,
            values=SPELLINGS,
            pushdowns=SEARCH,
            projection_parameter="includedData",
            projections=INCLUDED,
            masked=MASKED_ORDER_2026,
        ),
        AccessPath(
            "orders_2026-01-01.getOrder",
            names=ORDER_NAMES,
            values=SPELLINGS,
            pushdowns=(Pushdown("AmazonOrderId", "=", "orderId", exact=True),),
            projection_parameter="includedData",
            projections=INCLUDED,
            by_key=True,
            masked=MASKED_ORDER_2026,
        ),
        AccessPath(
            "ordersV0.getOrders",
            from_parameters=(("BuyerEmail", "BuyerEmail"), ("StoreChainStoreId", "StoreChainStoreId")),
            pushdowns=V0_ORDERS,
            masked=MASKED_ORDER,
        ),
        AccessPath(
            "ordersV0.getOrder",
            pushdowns=(Pushdown("AmazonOrderId", "=", "orderId", exact=True),),
            by_key=True,
            masked=MASKED_ORDER,
        ),
    ),
    reports=report_paths.ORDERS,
    time_column="PurchaseDate",
    typical_rows=20_000,
    account_unique=True,
    probe=Probe(
        "sales.getOrderMetrics",
        field="payload[].orderCount",
        column="PurchaseDate",
        interval="interval",
        marketplaces="marketplaceIds",
        fixed=(("granularity", "Total"),),
    ),
    example="SELECT * FROM Orders WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 30 DAY",
    parts=(
        Part(
            "OrderPackages",
            "One row per package of an order that the seller ships, with its tracking number.",
            "packages",
            key=("PackageReferenceId",),
            rows=0.6,
            example="SELECT AmazonOrderId, TrackingNumber FROM OrderPackages WHERE PurchaseDate >= CURRENT_DATE - 7",
            writes=(
                WriteMapping(
                    "insert",
                    "ordersV0.confirmShipment",
                    inputs=(
                        ("AmazonOrderId", "OrderId"),
                        ("Carrier", "PackageDetailCarrierName"),
                        ("ShipTime", "PackageDetailShipDate"),
                        ("ShippingService", "PackageDetailShippingMethod"),
                        ("PackageItems", "PackageDetailOrderItems"),
                        ("*", "PackageDetail*"),
                    ),
                ),
            ),
        ),
        Part(
            "OrderPayments",
            "One row per means of payment of an order.",
            "payment.paymentExecutions",
            number="PaymentNumber",
            rows=0.1,
            example="SELECT AmazonOrderId, PaymentMethod FROM OrderPayments WHERE PurchaseDate >= CURRENT_DATE - 7",
        ),
        Part(
            "OrderProceeds",
            "One row per kind of money in an order's proceeds.",
            "proceeds.breakdowns",
            key=("Type",),
            first=("Type", "SubtotalAmount", "SubtotalCurrencyCode"),
            rows=3.0,
            example="SELECT Type, SUM(SubtotalAmount) FROM OrderProceeds WHERE PurchaseDate >= CURRENT_DATE - 7 "
            "GROUP BY Type, SubtotalCurrencyCode",
        ),
    ),
)

# The order's columns that an item carries, so that a filter on the order reaches its items.
CARRIED = (
    ("AmazonOrderId", "orderId"),
    ("PurchaseDate", "createdTime"),
    ("LastUpdateDate", "lastUpdatedTime"),
    ("OrderStatus", "fulfillment.fulfillmentStatus"),
    ("FulfillmentChannel", "fulfillment.fulfilledBy"),
    ("MarketplaceId", "salesChannel.marketplaceId"),
)
INHERITED = tuple(name for name, _ in CARRIED)

ITEM = "proceeds.breakdowns[type={}].subtotal.{}"


def _proceeds(row: str) -> tuple[tuple[str, str], ...]:
    """Return the item's money by v0's names: its proceeds by type."""
    types = (
        ("ItemPrice", "ITEM"),
        ("ShippingPrice", "SHIPPING"),
        ("ItemTax", "TAX"),
        ("PromotionDiscount", "DISCOUNT"),
    )
    return tuple(
        (f"{name}{part[0].upper()}{part[1:]}", f"{row}.{ITEM.format(kind, part)}")
        for name, kind in types
        for part in ("amount", "currencyCode")
    )


ITEM_NAMES = (
    ("product.asin", "ASIN"),
    ("product.sellerSku", "SellerSKU"),
    ("product.title", "Title"),
    ("product.condition.conditionType", "ConditionId"),
    ("product.condition.conditionSubtype", "ConditionSubtypeId"),
    ("product.condition.conditionNote", "ConditionNote"),
    ("product.price.unitPrice.amount", "UnitPriceAmount"),
    ("product.price.unitPrice.currencyCode", "UnitPriceCurrencyCode"),
    ("product.price.priceDesignation", "PriceDesignation"),
    ("product.serialNumbers", "SerialNumbers"),
    ("product.customization.customizedUrl", "BuyerInfoBuyerCustomizedInfoCustomizedURL"),
    ("measurement.unit", "MeasurementUnit"),
    ("measurement.value", "MeasurementValue"),
    ("associatedOrderItems", "AssociatedItems"),
    ("fulfillment.quantityFulfilled", "QuantityShipped"),
    ("fulfillment.packing.giftOption.giftMessage", "BuyerInfoGiftMessageText"),
    ("fulfillment.packing.giftOption.giftWrapLevel", "BuyerInfoGiftWrapLevel"),
    ("fulfillment.shipping.scheduledDeliveryWindow.earliestDateTime", "ScheduledDeliveryStartDate"),
    ("fulfillment.shipping.scheduledDeliveryWindow.latestDateTime", "ScheduledDeliveryEndDate"),
    ("fulfillment.shipping.internationalShipping.iossNumber", "IossNumber"),
    ("expense.pointsCost.pointsGranted.pointsNumber", "PointsGrantedPointsNumber"),
    ("expense.pointsCost.pointsGranted.pointsMonetaryValue.amount", "PointsGrantedPointsMonetaryValueAmount"),
    (
        "expense.pointsCost.pointsGranted.pointsMonetaryValue.currencyCode",
        "PointsGrantedPointsMonetaryValueCurrencyCode",
    ),
    ("promotion.breakdowns", "PromotionIds"),
)

ORDER_ITEMS = Entry(
    "OrderItems",
    "One row per line of an order.",
    key=("AmazonOrderId", "OrderItemId"),
    first=(
        "AmazonOrderId",
        "OrderItemId",
        "ASIN",
        "SellerSKU",
        "Title",
        "QuantityOrdered",
        "QuantityShipped",
        "ItemPriceAmount",
        "ItemPriceCurrencyCode",
    ),
    hidden=("PurchaseDate", "LastUpdateDate", "OrderStatus", "FulfillmentChannel", "MarketplaceId"),
    types=(
        ("ScheduledDeliveryStartDate", TIMESTAMP),
        ("ScheduledDeliveryEndDate", TIMESTAMP),
        ("IsGift", BOOLEAN),
        ("ProductInfoNumberOfItems", BIGINT),
    ),
    paths=(
        AccessPath(
            "orders_2026-01-01.searchOrders",
            row_path="orders[].orderItems[]",
            names=ITEM_NAMES,
            extra=(*((c, f"orders[].{p}") for c, p in CARRIED), *_proceeds("orders[].orderItems[]")),
            values=SPELLINGS,
            pushdowns=SEARCH,
            projection_parameter="includedData",
            projections=INCLUDED,
            rows_per_parent=1.7,
            masked=MASKED_ITEM,
        ),
        AccessPath(
            "orders_2026-01-01.getOrder",
            row_path="order.orderItems[]",
            names=ITEM_NAMES,
            extra=(*((c, f"order.{p}") for c, p in CARRIED), *_proceeds("order.orderItems[]")),
            values=SPELLINGS,
            pushdowns=(Pushdown("AmazonOrderId", "=", "orderId", exact=True),),
            projection_parameter="includedData",
            projections=INCLUDED,
            by_key=True,
            one_row_per_key=False,
            rows_per_key=1.7,
            masked=MASKED_ITEM,
        ),
        AccessPath(
            "ordersV0.getOrderItems",
            from_parameters=(("AmazonOrderId", "orderId"),),
            pushdowns=(Pushdown("AmazonOrderId", "=", "orderId", exact=True),),
            by_key=True,
            one_row_per_key=False,
            rows_per_key=1.7,
            masked=MASKED_ITEM,
        ),
    ),
    parent=Parent("AmazonOrderId", "Orders", inherits=INHERITED),
    reports=report_paths.ORDER_ITEMS,
    time_column="PurchaseDate",
    typical_rows=34_000,
    account_unique=True,
    example="SELECT * FROM OrderItems WHERE AmazonOrderId = '114-6722448-0446194'",
    parts=(
        Part(
            "OrderItemProceeds",
            "One row per kind of money in the proceeds of an order's line.",
            "proceeds.breakdowns",
            key=("Type",),
            first=("Type", "SubtotalAmount", "SubtotalCurrencyCode"),
            rows=3.0,
            example="SELECT OrderItemId, Type, SubtotalAmount FROM OrderItemProceeds "
            "WHERE AmazonOrderId = '114-6722448-0446194'",
        ),
    ),
)

ORDER_METRICS = Entry(
    "OrderMetrics",
    "Sales figures of a time range, by hour, day, week, month, year or in total; Amazon counts them differently "
    "from Orders.",
    schemas=("SellingPartner", "SellerCentral"),
    key=("MarketplaceId", "Interval"),
    first=("Interval", "OrderCount", "OrderItemCount", "UnitCount", "TotalSalesAmount", "TotalSalesCurrencyCode"),
    paths=(
        AccessPath(
            "sales.getOrderMetrics",
            from_parameters=(
                ("MarketplaceId", "marketplaceIds"),
                ("Granularity", "granularity"),
                ("GranularityTimeZone", "granularityTimeZone"),
                ("BuyerType", "buyerType"),
                ("FulfillmentNetwork", "fulfillmentNetwork"),
                ("FirstDayOfWeek", "firstDayOfWeek"),
                ("ASIN", "asin"),
                ("SKU", "sku"),
                ("RequestedInterval", "interval"),
            ),
            pushdowns=(
                Pushdown("MarketplaceId", "=", "marketplaceIds", exact=True, default="marketplaces", longest=1),
                Pushdown("RequestedInterval", "=", "interval", exact=True),
                Pushdown("Granularity", "=", "granularity", exact=True),
                Pushdown("GranularityTimeZone", "=", "granularityTimeZone", exact=True),
                Pushdown("BuyerType", "=", "buyerType", exact=True),
                Pushdown("FulfillmentNetwork", "=", "fulfillmentNetwork", exact=True),
                Pushdown("FirstDayOfWeek", "=", "firstDayOfWeek", exact=True),
                Pushdown("ASIN", "=", "asin", exact=True),
                Pushdown("SKU", "=", "sku", exact=True),
            ),
        ),
    ),
    typical_rows=30,
    example="SELECT * FROM OrderMetrics WHERE RequestedInterval = "
    "'2026-11-01T00:00:00Z--2026-11-08T00:00:00Z' AND Granularity = 'Day' AND GranularityTimeZone = 'UTC'",
)

TABLES = (ORDERS, ORDER_ITEMS, ORDER_METRICS)
