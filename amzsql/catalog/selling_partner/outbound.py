"""What Amazon ships for the seller's other channels: Fulfillment Outbound 2020-07-01 and 2026-07-04.

The older version stands first here: it is not deprecated, and only it knows marketplaces, prices and returns.
"""

from amzsql.catalog.model import AccessPath, Entry, Parent, Part, Pushdown, WriteMapping
from amzsql.types import BIGINT

V2020 = "fulfillmentOutbound_2020-07-01"
V2026 = "fulfillmentOutbound_2026-07-04"
ID = "SellerFulfillmentOrderId"
Names = tuple[tuple[str, str | None], ...]
Extra = tuple[tuple[str, str], ...]

TIERS = (
    ("STANDARD", "Standard"),
    ("EXPEDITED", "Expedited"),
    ("PRIORITY", "Priority"),
    ("SCHEDULED", "ScheduledDelivery"),
)
STATUS = (
    ("PROCESSING", "Processing"),
    ("COMPLETE", "Complete"),
    ("COMPLETE_PARTIAL", "CompletePartialled"),
    ("CANCELLED", "Cancelled"),
    ("UNFULFILLABLE", "Unfulfillable"),
    ("INVALID", "Invalid"),
)
SHIPMENT_STATUS = (
    ("PENDING", "Pending"),
    ("PROCESSING", "Processing"),
    ("SHIPPED", "Shipped"),
    ("CANCELLED", "CancelledByFulfiller"),
)
SPELLINGS = (
    ("FulfillmentOrderStatus", STATUS),
    ("ShippingSpeedCategory", TIERS),
    ("FulfillmentAction", (("SHIP", "Ship"), ("HOLD", "Hold"))),
    (
        "FulfillmentPolicy",
        (("FILL_OR_KILL", "FillOrKill"), ("FILL_ALL", "FillAll"), ("FILL_ALL_AVAILABLE", "FillAllAvailable")),
    ),
)

# What the newer version calls the columns of the older one.
ORDER_NAMES: Names = (
    ("orderId", ID),
    ("receiveTime", "ReceivedDate"),
    ("status", "FulfillmentOrderStatus"),
    ("statusUpdateTime", "StatusUpdatedDate"),
    ("fulfillmentConfiguration.serviceLevel.serviceTiers", "ServiceTiers"),
    ("fulfillmentConfiguration.serviceLevel.deliveryInterval.startTime", "DeliveryWindowStartDate"),
    ("fulfillmentConfiguration.serviceLevel.deliveryInterval.endTime", "DeliveryWindowEndDate"),
    ("fulfillmentConfiguration.action", "FulfillmentAction"),
    ("fulfillmentConfiguration.policy", "FulfillmentPolicy"),
    *(
        (f"destination.deliveryAddress.{field}", f"DestinationAddress{field[0].upper()}{field[1:]}")
        for field in (
            *("name", "addressLine1", "addressLine2", "addressLine3", "city", "districtOrCounty"),
            *("stateOrRegion", "postalCode", "countryCode", "phone", "email"),
        )
    ),
)
ITEM_NAMES: Names = (
    ("lineItemId", "SellerFulfillmentOrderItemId"),
    ("product.productIdentifier.amazonSku", "SellerSku"),
    ("product.perUnitDeclaredValue.currencyCode", "PerUnitDeclaredValueCurrencyCode"),
    ("product.perUnitDeclaredValue.amount", "PerUnitDeclaredValueValue"),
    ("amount.value", "Quantity"),
    ("amount.unit", "QuantityUnit"),
    ("cancelledAmount.value", "CancelledQuantity"),
    ("cancelledAmount.unit", None),
    ("unfulfillableAmount.value", "UnfulfillableQuantity"),
    ("unfulfillableAmount.unit", None),
)
SHIPMENT_NAMES: Names = (
    ("amazonFacility.facilityId", "FulfillmentCenterId"),
    ("status", "FulfillmentShipmentStatus"),
    ("shipTime", "ShippingDate"),
    ("deliveryTime", "EstimatedArrivalDate"),
)
SHIPMENT_ITEM_NAMES: Names = (
    ("productIdentifier.amazonSku", "SellerSku"),
    ("lineItemId", "SellerFulfillmentOrderItemId"),
    ("amount.value", "Quantity"),
    ("amount.unit", "QuantityUnit"),
)
PACKAGE_NAMES: Names = (
    ("deliveryTime", "EstimatedArrivalDate"),
    ("tracking.carrier.carrierCode", "CarrierCode"),
    ("tracking.carrier.trackingNumber", "TrackingNumber"),
    ("tracking.amazon.trackingNumber", "AmazonFulfillmentTrackingNumber"),
)


def since(parameter: str) -> tuple[Pushdown, ...]:
    """Return the pushdowns of a listing's only filter: whatever was received later has changed later too."""
    return (
        Pushdown("StatusUpdatedDate", ">=", parameter, default="horizon"),
        Pushdown("ReceivedDate", ">=", parameter),
    )


ORDERS = Entry(
    "OutboundFulfillmentOrders",
    "One row per order of another channel that Amazon ships from the seller's stock (multi-channel fulfillment). The "
    "newer version of the API calls an order that is received or planned Processing.",
    kind="table",
    key=(ID,),
    first=(ID, "ReceivedDate", "StatusUpdatedDate", "FulfillmentOrderStatus", "MarketplaceId"),
    paths=(
        AccessPath(f"{V2020}.listAllFulfillmentOrders", pushdowns=since("queryStartDate")),
        AccessPath(
            f"{V2020}.getFulfillmentOrder",
            row_path="payload.fulfillmentOrder",
            extra=(("PaymentInformation", "payload.paymentInformation"),),
        ),
        AccessPath(
            f"{V2026}.listOrders",
            names=ORDER_NAMES,
            extra=(("ShippingSpeedCategory", "orders[].fulfillmentConfiguration.serviceLevel.serviceTiers[0]"),),
            values=SPELLINGS,
            parameters=(("shipments", None),),
            pushdowns=since("updatedAfter"),
        ),
        AccessPath(
            f"{V2026}.getOrder",
            names=ORDER_NAMES,
            extra=(("ShippingSpeedCategory", "order.fulfillmentConfiguration.serviceLevel.serviceTiers[0]"),),
            values=SPELLINGS,
            parameters=(("shipments", None), ("orderId", ID)),
        ),
    ),
    time_column="ReceivedDate",
    typical_rows=2000,
    account_unique=True,
    example="SELECT SellerFulfillmentOrderId, FulfillmentOrderStatus FROM OutboundFulfillmentOrders "
    "WHERE StatusUpdatedDate >= CURRENT_DATE - INTERVAL 7 DAY",
    writes=(
        WriteMapping("insert", f"{V2020}.createFulfillmentOrder"),
        WriteMapping(
            "update",
            f"{V2020}.updateFulfillmentOrder",
            direct=True,
            example="UPDATE OutboundFulfillmentOrders SET FulfillmentAction = 'Ship' "
            "WHERE SellerFulfillmentOrderId = ?",
        ),
        WriteMapping(
            "update",
            f"{V2020}.submitFulfillmentOrderStatusUpdate",
            on=("FulfillmentOrderStatus",),
            note="Amazon has it in its sandbox only.",
        ),
        WriteMapping(
            "delete", f"{V2020}.cancelFulfillmentOrder", sets=(("FulfillmentOrderStatus", "Cancelled"),), direct=True
        ),
    ),
)


def listed(newer: str, older: str, names: Names, *more: tuple[str, str]) -> tuple[AccessPath, ...]:
    """Return the paths of an array of an order: in the older version's answer, in the newer one's list and answer.

    `more`: further columns, each with its path below an order of the newer version, and of both where an older one
    follows behind a bar.
    """
    extra = [(column, *path.split("|")) for column, path in more]
    new: Extra = ((ID, "orderId"), ("StatusUpdatedDate", "statusUpdateTime"), *((c, paths[0]) for c, *paths in extra))
    old = (
        (ID, "fulfillmentOrder.sellerFulfillmentOrderId"),
        ("StatusUpdatedDate", "fulfillmentOrder.statusUpdatedDate"),
        *((c, paths[1]) for c, *paths in extra if len(paths) > 1),
    )
    spelt = (("FulfillmentShipmentStatus", SHIPMENT_STATUS),) if newer == "shipments[]" else ()
    return (
        AccessPath(
            f"{V2020}.getFulfillmentOrder",
            row_path=f"payload.{older}",
            extra=tuple((column, f"payload.{path}") for column, path in old),
        ),
        AccessPath(
            f"{V2026}.listOrders",
            row_path=f"orders[].{newer}",
            names=names,
            extra=tuple((column, f"orders[].{path}") for column, path in new),
            values=spelt,
            parameters=(("shipments", None),),
            pushdowns=since("updatedAfter")[:1],
            rows_per_parent=1.5,
        ),
        AccessPath(
            f"{V2026}.getOrder",
            row_path=f"order.{newer}",
            names=names,
            extra=tuple((column, f"order.{path}") for column, path in new),
            values=spelt,
            parameters=(("shipments", None), ("orderId", ID)),
        ),
    )


ORDER = Parent(ID, "OutboundFulfillmentOrders", inherits=("StatusUpdatedDate",))
SHIPMENT = ("AmazonShipmentId", "shipments[].amazonShipmentId|fulfillmentShipments[].amazonShipmentId")

ITEMS = Entry(
    "OutboundFulfillmentOrderItems",
    "One row per item of a multi-channel order.",
    key=(ID, "SellerFulfillmentOrderItemId"),
    first=(ID, "SellerFulfillmentOrderItemId", "SellerSku", "Quantity"),
    paths=listed("lineItems[]", "fulfillmentOrderItems[]", ITEM_NAMES),
    parent=ORDER,
    typical_rows=3000,
    account_unique=True,
    example="SELECT SellerFulfillmentOrderId, SellerSku, Quantity FROM OutboundFulfillmentOrderItems",
)

SHIPMENTS = Entry(
    "OutboundShipments",
    "One row per shipment of a multi-channel order.",
    key=(ID, "AmazonShipmentId"),
    first=(ID, "AmazonShipmentId", "FulfillmentShipmentStatus", "ShippingDate", "EstimatedArrivalDate"),
    paths=listed("shipments[]", "fulfillmentShipments[]", SHIPMENT_NAMES),
    parent=ORDER,
    typical_rows=2000,
    account_unique=True,
    example="SELECT AmazonShipmentId, FulfillmentShipmentStatus FROM OutboundShipments",
)

SHIPMENT_ITEMS = Entry(
    "OutboundShipmentItems",
    "One row per item in a shipment of a multi-channel order, by its place there.",
    key=(ID, "AmazonShipmentId", "ItemNumber"),
    first=(ID, "AmazonShipmentId", "ItemNumber", "SellerSku", "Quantity"),
    paths=listed(
        "shipments[].items[]",
        "fulfillmentShipments[].fulfillmentShipmentItem[]",
        SHIPMENT_ITEM_NAMES,
        SHIPMENT,
        ("ItemNumber", "shipments[].items[]#|fulfillmentShipments[].fulfillmentShipmentItem[]#"),
    ),
    parent=ORDER,
    typical_rows=3000,
    account_unique=True,
    example="SELECT AmazonShipmentId, SellerSku, Quantity FROM OutboundShipmentItems",
)

PACKAGES = Entry(
    "OutboundPackages",
    "One row per package of a multi-channel order, by its place in its shipment. PackageNumber is what "
    "OutboundPackageTracking is asked by; the newer version of the API has a PackageId and a Status.",
    key=(ID, "AmazonShipmentId", "PackageIndex"),
    first=(ID, "AmazonShipmentId", "PackageIndex", "PackageNumber", "CarrierCode", "TrackingNumber"),
    paths=listed(
        "shipments[].packages[]",
        "fulfillmentShipments[].fulfillmentShipmentPackage[]",
        PACKAGE_NAMES,
        SHIPMENT,
        ("PackageIndex", "shipments[].packages[]#|fulfillmentShipments[].fulfillmentShipmentPackage[]#"),
    ),
    parent=ORDER,
    typical_rows=2000,
    account_unique=True,
    example="SELECT SellerFulfillmentOrderId, TrackingNumber, EstimatedArrivalDate FROM OutboundPackages",
    writes=(WriteMapping("update", f"{V2026}.updatePackage", inputs=(("SellerFulfillmentOrderId", "OrderId"),)),),
)


def of_return(table: str, doc: str, array: str, key: str, *first: str, writes: tuple[WriteMapping, ...] = ()) -> Entry:
    """Return a table of an array that only the older version's answer has."""
    return Entry(
        table,
        doc,
        key=(ID, key),
        first=(ID, key, *first),
        paths=listed("lineItems[]", array, ())[:1],
        parent=ORDER,
        typical_rows=50,
        account_unique=True,
        example=f"SELECT * FROM {table} WHERE SellerFulfillmentOrderId = 'MCF-1'",
        writes=writes,
    )


RETURNS = of_return(
    "OutboundReturnItems",
    "One row per item of a multi-channel order that comes or came back.",
    "returnItems[]",
    "SellerReturnItemId",
    "Status",
    "StatusChangedDate",
    writes=(
        WriteMapping(
            "insert",
            f"{V2020}.createFulfillmentReturn",
            element="items[]",
            inputs=(("SellerReturnReasonCode", "ReturnReasonCode"),),
        ),
    ),
)
AUTHORIZATIONS = of_return(
    "OutboundReturnAuthorizations",
    "One row per authorisation to send items of a multi-channel order back, and where to.",
    "returnAuthorizations[]",
    "ReturnAuthorizationId",
)

REASONS = Entry(
    "OutboundReturnReasons",
    "One row per reason for which a product may be sent back. Without a filter on SellerSku those of all that "
    "Amazon has in stock for the seller.",
    key=("SellerSku", "MarketplaceId", "ReturnReasonCode"),
    paths=(AccessPath(f"{V2020}.listReturnReasonCodes", needs=("marketplaceId",)),),
    parent=Parent((("SellerSku", "SellerSKU"),), "InventorySupply", assumed=True),
    typical_rows=5000,
    example="SELECT ReturnReasonCode, Description FROM OutboundReturnReasons WHERE SellerSku = 'CAN-00000'",
)

TRACKING = Entry(
    "OutboundPackageTracking",
    "One row per package of a multi-channel order: where it is.",
    key=("PackageNumber",),
    first=("PackageNumber", "TrackingNumber", "CurrentStatus", "ShipDate", "EstimatedArrivalDate"),
    paths=(AccessPath(f"{V2020}.getPackageTrackingDetails", by_key=True),),
    parent=Parent("PackageNumber", "OutboundPackages"),
    typical_rows=2000,
    account_unique=True,
    example="SELECT CurrentStatus, EstimatedArrivalDate FROM OutboundPackageTracking WHERE PackageNumber = 1",
    parts=(
        Part(
            "OutboundPackageTrackingEvents",
            "One row per event on a package's way.",
            "trackingEvents",
            number="EventNumber",
            first=("EventDate", "EventCode", "EventDescription"),
            rows=4.0,
        ),
    ),
)

FEATURES = Entry(
    "OutboundFeatures",
    "One row per feature of multi-channel fulfillment in a marketplace, and whether the seller may use it.",
    key=("FeatureName", "MarketplaceId"),
    paths=(AccessPath(f"{V2020}.getFeatures"),),
    typical_rows=5,
    example="SELECT FeatureName, SellerEligible FROM OutboundFeatures",
)

INVENTORY = Entry(
    "OutboundFeatureInventory",
    "One row per SKU that can be sent with a feature. Asked by SellerSku as well, a row says why a SKU cannot.",
    key=("FeatureName", "MarketplaceId", "SellerSku"),
    first=("FeatureName", "MarketplaceId", "SellerSku", "Asin", "SkuCount"),
    types=(("SkuCount", BIGINT),),
    paths=(
        AccessPath(f"{V2020}.getFeatureInventory", parameters=(("queryStartDate", "UpdatedSince"),)),
        AccessPath(f"{V2020}.getFeatureSKU"),
    ),
    parent=Parent(("FeatureName", "MarketplaceId"), "OutboundFeatures"),
    typical_rows=500,
    example="SELECT SellerSku, SkuCount FROM OutboundFeatureInventory WHERE FeatureName = 'BLANK_BOX'",
)

TO = (
    "AddressName = 'A. Buyer' AND AddressAddressLine1 = '1 Main Street' AND AddressPostalCode = '98101' AND "
    "AddressCountryCode = 'US'"
)
PREVIEW = Entry(
    "OutboundFulfillmentsPreview",
    "One row per shipping speed: whether and when Amazon could ship some items to an address, and for how much. The "
    "address and Items, as JSON, are filters.",
    key=("MarketplaceId", "Items", "ShippingSpeedCategory"),
    first=("MarketplaceId", "ShippingSpeedCategory", "IsFulfillable"),
    hidden=("Items",),
    paths=(
        AccessPath(
            f"{V2020}.getFulfillmentPreview",
            parameters=(
                ("body.shippingSpeedCategories[]", "ShippingSpeedCategory"),
                ("body.featureConstraints", "RequestedFeatureConstraints"),
            ),
            needs=("body.marketplaceId",),
        ),
    ),
    typical_rows=3,
    example="SELECT ShippingSpeedCategory, IsFulfillable FROM OutboundFulfillmentsPreview WHERE Items = "
    """'[{"sellerSku": "CAN-00000", "quantity": 1, "sellerFulfillmentOrderItemId": "1"}]' """
    f"AND {TO}",
    parts=(
        Part(
            "OutboundPreviewFees",
            "One row per fee of a previewed order.",
            "estimatedFees",
            number="FeeNumber",
            first=("Name", "AmountValue", "AmountCurrencyCode"),
        ),
        Part(
            "OutboundPreviewShipments",
            "One row per shipment that Amazon would make of a previewed order.",
            "fulfillmentPreviewShipments",
            number="ShipmentNumber",
            parts=(
                Part(
                    "OutboundPreviewShipmentItems",
                    "One row per item in a shipment of a previewed order.",
                    "fulfillmentPreviewItems",
                    key=("SellerFulfillmentOrderItemId",),
                ),
            ),
        ),
        Part(
            "OutboundPreviewUnfulfillableItems",
            "One row per item of a previewed order that Amazon could not ship, and why.",
            "unfulfillablePreviewItems",
            key=("SellerFulfillmentOrderItemId",),
        ),
    ),
)

TIMES: Names = (
    ("fulfillmentConfiguration.serviceLevel.serviceTier", "ServiceTier"),
    ("fulfillmentConfiguration.serviceLevel.deliveryInterval.startTime", "DeliveryIntervalStartTime"),
    ("fulfillmentConfiguration.serviceLevel.deliveryInterval.endTime", "DeliveryIntervalEndTime"),
)
ASKED = (
    "DestinationDeliveryAddressName = 'A. Buyer' AND DestinationDeliveryAddressAddressLine1 = '1 Main Street' AND "
    "DestinationDeliveryAddressPostalCode = '98101' AND DestinationDeliveryAddressCountryCode = 'US' AND LineItems = "
    """'[{"product": {"productIdentifier": {"amazonSku": "CAN-00000"}}, "amount": {"unit": "EACHES", "value": "1"}}]'"""
)


def previewed(table: str, doc: str, array: str, *extra: tuple[str, str], names: Names = ()) -> Entry:
    """Return a table of an array in the newer version's preview of an order, with what it has of those around it."""
    asked = (("body.fulfillmentConfiguration.serviceLevel.serviceTiers[]", "ServiceTier"),)
    return Entry(
        table,
        f"{doc} The address, with DestinationDeliveryAddress before each name, and LineItems, as JSON, are filters.",
        key=("LineItems", *(column for column, path in extra if path.endswith("#"))),
        hidden=("LineItems",),
        paths=(AccessPath(f"{V2026}.getOrderPreview", row_path=array, names=names, extra=extra, parameters=asked),),
        typical_rows=3,
        account_unique=True,
        example=f"SELECT * FROM {table} WHERE {ASKED}",
    )


OFFERED = previewed(
    "OutboundPreviewOffers",
    "One row per planned shipment of an order and service tier that it could go by, with price and times.",
    "plannedShipments[].offers[]",
    ("PlannedItems", "plannedShipments[].items"),
    ("EstimatedShippingWeightUnit", "plannedShipments[].estimatedShippingWeight.unit"),
    ("EstimatedShippingWeightValue", "plannedShipments[].estimatedShippingWeight.value"),
    ("PlannedShipmentNumber", "plannedShipments[]#"),
    ("OfferNumber", "plannedShipments[].offers[]#"),
    names=(
        *TIMES,
        ("fulfillmentConfiguration.serviceLevel.shipInterval.startTime", "ShipIntervalStartTime"),
        ("fulfillmentConfiguration.serviceLevel.shipInterval.endTime", "ShipIntervalEndTime"),
        ("estimatedPrice.totalPrice.amount", "TotalPriceAmount"),
        ("estimatedPrice.totalPrice.currencyCode", "TotalPriceCurrencyCode"),
        ("estimatedPrice.rollupPrices", "RollupPrices"),
    ),
)
REFUSED = previewed(
    "OutboundPreviewConstraints",
    "One row per reason for which Amazon could not ship a part of an order.",
    "constraints[]",
    ("ConstraintNumber", "constraints[]#"),
)

DELIVERY = Entry(
    "OutboundDeliveryOffers",
    "One row per SKU: how it could be shipped, before there is an order. A filter on SellerSku and one on "
    "OriginCountryCode are needed; many SKUs go into one request.",
    key=("OriginCountryCode", "SellerSku"),
    first=("OriginCountryCode", "SellerSku", "Offers", "Constraints"),
    paths=(
        AccessPath(
            f"{V2026}.getOffers",
            names=(("item.productIdentifier.amazonSku", "SellerSku"),),
            parameters=(
                ("body.items[].productIdentifier.amazonSku", "SellerSku"),
                ("body.fulfillmentConfiguration.serviceLevel.serviceTiers[]", "RequestedServiceTier"),
            ),
            needs=("body.origin.countryCode", "body.items[].productIdentifier.amazonSku"),
            batch="body.items[].productIdentifier.amazonSku",
        ),
    ),
    typical_rows=10,
    account_unique=True,
    example="SELECT SellerSku, Offers FROM OutboundDeliveryOffers WHERE OriginCountryCode = 'US' AND "
    "SellerSku IN ('CAN-00000', 'EXE-00004')",
    parts=(
        Part(
            "OutboundDeliveryOfferOptions",
            "One row per service tier by which a SKU could be shipped, with the time of its arrival.",
            "offers",
            number="OfferNumber",
            names=TIMES,
        ),
    ),
)

TABLES = (
    *(ORDERS, ITEMS, SHIPMENTS, SHIPMENT_ITEMS, PACKAGES, RETURNS, AUTHORIZATIONS, REASONS, TRACKING),
    *(FEATURES, INVENTORY, PREVIEW, OFFERED, REFUSED, DELIVERY),
)
