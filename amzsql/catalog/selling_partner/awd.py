"""What is sent to, kept in and sent on from Amazon's bulk storage: Amazon Warehousing and Distribution 2024-05-09."""

from amzsql.catalog.model import AccessPath, Entry, Parent, Part, Sort, WriteMapping

API = "awd_2024-05-09"
ORDER, SHIPMENT = ("OrderId",), ("ShipmentId",)
CONTENTS = "distributionPackage.contents"


def sort(column: str, by: str) -> Sort:
    """Return the order by a time of the shipments."""
    fields = (("sortBy", by),)
    return Sort(column, (*fields, ("sortOrder", "ASCENDING")), (*fields, ("sortOrder", "DESCENDING")))


def packages(name: str, array: str, *others: str) -> Part:
    """Return the table of packages, and of the products in each."""
    products = Part(
        f"{name.removesuffix('s')}Products",
        "One row per SKU in a package.",
        f"{CONTENTS}.products",
        number="ProductNumber",
        first=("Sku", "Quantity", "Expiration"),
    )
    return Part(
        name,
        "One row per sort of package, with its size, weight and contents, and how many of it.",
        array,
        others=others,
        list="List" if others else None,
        number="PackageNumber",
        first=("Count", "DistributionPackageType"),
        parts=(products,),
    )


def products(name: str, array: str, *others: str) -> Part:
    """Return the table of the products of an order, as they are asked for, eligible and shipped."""
    return Part(
        name,
        "One row per SKU and list: what was asked for, what of it may be sent, and what was.",
        array,
        others=others,
        list="List",
        number="ProductNumber",
        first=("Sku", "Quantity"),
    )


INBOUND_SHIPMENTS = Entry(
    "AwdInboundShipments",
    "One row per shipment to Amazon's bulk storage. Its addresses and what it holds are asked for one by one.",
    key=SHIPMENT,
    first=(*SHIPMENT, "OrderId", "CreatedAt", "UpdatedAt", "ShipmentStatus"),
    paths=(
        AccessPath(
            f"{API}.listInboundShipments", sorts=(sort("UpdatedAt", "UPDATED_AT"), sort("CreatedAt", "CREATED_AT"))
        ),
        AccessPath(
            f"{API}.getInboundShipment",
            projection_parameter="skuQuantities",
            projections=(("SHOW", ("shipmentSkuQuantities",)), ("HIDE", ())),
        ),
    ),
    parent=Parent("ShipmentId", "AwdInboundShipments", inherits=("ShipmentStatus", "UpdatedAt")),
    time_column="UpdatedAt",
    typical_rows=200,
    account_unique=True,
    example="SELECT ShipmentId, ShipmentStatus, UpdatedAt FROM AwdInboundShipments",
    writes=(
        WriteMapping(
            "update", f"{API}.updateInboundShipmentTransportDetails", direct=True, note="TrackingId shows it."
        ),
    ),
    parts=(
        Part(
            "AwdInboundShipmentQuantities",
            "One row per SKU of a shipment: how many of it are expected, and how many have come.",
            "shipmentSkuQuantities",
            key=("Sku",),
            first=("ExpectedQuantityQuantity", "ReceivedQuantityQuantity"),
        ),
        packages("AwdInboundShipmentPackages", "shipmentContainerQuantities"),
    ),
)

INBOUND_ORDERS = Entry(
    "AwdInboundOrders",
    "One row per order to store products. Amazon does not list them: without a filter on OrderId those of the "
    "shipments are read, which leaves out what has no shipment yet.",
    key=ORDER,
    first=(*ORDER, "CreatedAt", "UpdatedAt", "OrderStatus"),
    paths=(AccessPath(f"{API}.getInbound"),),
    parent=Parent("OrderId", "AwdInboundShipments"),
    typical_rows=200,
    account_unique=True,
    example="SELECT OrderId, OrderStatus, DestinationDetailsShipmentId FROM AwdInboundOrders",
    writes=(
        WriteMapping("insert", f"{API}.createInbound"),
        WriteMapping("update", f"{API}.updateInbound", whole=True),
        WriteMapping("update", f"{API}.confirmInbound", sets=(("OrderStatus", "CONFIRMED"),), direct=True),
        WriteMapping("delete", f"{API}.cancelInbound", sets=(("OrderStatus", "CANCELLED"),), direct=True),
    ),
    parts=(packages("AwdInboundOrderPackages", "packagesToInbound"),),
)

SHIPMENT_LABELS = Entry(
    "AwdInboundShipmentLabels",
    "One row per shipment to Amazon's bulk storage: where its labels are to be had, or that they are not ready.",
    key=SHIPMENT,
    first=(*SHIPMENT, "LabelStatus", "LabelDownloadURL"),
    paths=(AccessPath(f"{API}.getInboundShipmentLabels"),),
    parent=Parent("ShipmentId", "AwdInboundShipments"),
    typical_rows=200,
    account_unique=True,
    example="SELECT LabelStatus, LabelDownloadURL FROM AwdInboundShipmentLabels",
)

PAGE_TYPES = Entry(
    "AwdLabelPageTypes",
    "One row per sort of paper that a shipment's labels can be had for.",
    key=(*SHIPMENT, "PageType"),
    paths=(
        AccessPath(
            f"{API}.getLabelPageTypes",
            extra=(("PageType", "pageTypes[]"), ("LabelStatus", "labelStatus")),
            rows_per_key=5.0,
        ),
    ),
    parent=Parent("ShipmentId", "AwdInboundShipments"),
    account_unique=True,
    example="SELECT ShipmentId, PageType FROM AwdLabelPageTypes",
)

INVENTORY = Entry(
    "AwdInventory",
    "One row per SKU in Amazon's bulk storage: what is there and what is on its way.",
    key=("Sku",),
    first=("Sku", "TotalOnhandQuantity", "TotalInboundQuantity"),
    paths=(
        AccessPath(
            f"{API}.listInventory",
            projection_parameter="details",
            projections=(("SHOW", ("inventoryDetails", "expirationDetails")), ("HIDE", ())),
        ),
    ),
    typical_rows=500,
    account_unique=True,
    example="SELECT Sku, TotalOnhandQuantity, InventoryDetailsAvailableDistributableQuantity FROM AwdInventory",
    parts=(
        Part(
            "AwdInventoryExpirations",
            "One row per SKU and day on which units of it expire.",
            "expirationDetails",
            key=("Expiration",),
            first=("OnhandQuantity",),
            rows=1.0,
        ),
    ),
)

OUTBOUND_ORDERS = Entry(
    "AwdOutboundOrders",
    "One row per order to send products on from Amazon's bulk storage.",
    key=ORDER,
    first=(*ORDER, "CreatedAt", "UpdatedAt", "ConfirmedOn", "OrderStatus"),
    paths=(AccessPath(f"{API}.listOutbounds"), AccessPath(f"{API}.getOutbound")),
    time_column="UpdatedAt",
    typical_rows=100,
    account_unique=True,
    example="SELECT OrderId, OrderStatus FROM AwdOutboundOrders WHERE UpdatedAt >= CURRENT_DATE - INTERVAL 90 DAY",
    writes=(
        WriteMapping("insert", f"{API}.createOutbound"),
        WriteMapping("update", f"{API}.updateOutbound", whole=True),
        WriteMapping("update", f"{API}.confirmOutbound", sets=(("OrderStatus", "CONFIRMED"),), direct=True),
    ),
    parts=(
        products(
            "AwdOutboundOrderProducts", "productsToOutbound", "eligibleProductsToOutbound", "shippedOutboundProducts"
        ),
        packages(
            "AwdOutboundOrderPackages", "packagesToOutbound", "eligiblePackagesToOutbound", "shippedOutboundPackages"
        ),
        Part(
            "AwdOutboundShipments",
            "One row per shipment of an order from Amazon's bulk storage.",
            "outboundShipments",
            names=(("orderId", None),),
            key=SHIPMENT,
            first=("ShipmentStatus", "CreatedAt", "UpdatedAt"),
            rows=1.0,
        ),
        Part(
            "AwdOutboundOrderErrors",
            "One row per SKU of an order that could not be sent on, and why.",
            "executionErrors",
            number="ErrorNumber",
            first=("Sku", "FailureCode", "FailureReasons"),
            rows=0.1,
        ),
    ),
)

REPLENISHMENT_ORDERS = Entry(
    "AwdReplenishmentOrders",
    "One row per order to fill up Amazon's warehouses from its bulk storage.",
    key=ORDER,
    first=(*ORDER, "CreatedAt", "UpdatedAt", "ConfirmedOn", "Status"),
    paths=(AccessPath(f"{API}.listReplenishmentOrders"), AccessPath(f"{API}.getReplenishmentOrder")),
    time_column="UpdatedAt",
    typical_rows=200,
    account_unique=True,
    example="SELECT OrderId, Status FROM AwdReplenishmentOrders WHERE UpdatedAt >= CURRENT_DATE - INTERVAL 90 DAY",
    writes=(
        WriteMapping("insert", f"{API}.createReplenishmentOrder"),
        WriteMapping("update", f"{API}.confirmReplenishmentOrder", sets=(("Status", "CONFIRMED"),), direct=True),
    ),
    parts=(
        products("AwdReplenishmentOrderProducts", "products", "eligibleProducts", "shippedProducts"),
        Part(
            "AwdReplenishmentShipments",
            "One row per shipment of an order that fills up Amazon's warehouses.",
            "outboundShipments",
            names=(("orderId", None),),
            key=SHIPMENT,
            first=("ShipmentStatus", "CreatedAt", "UpdatedAt"),
            rows=1.0,
        ),
        Part(
            "AwdReplenishmentIneligibilities",
            "One row per SKU of an order that may not be sent, and why.",
            "distributionIneligibleReasons",
            number="ReasonNumber",
            first=("Sku", "FailureCode", "FailureReasons"),
            rows=0.1,
        ),
    ),
)

TABLES = (
    INBOUND_SHIPMENTS,
    INBOUND_ORDERS,
    SHIPMENT_LABELS,
    PAGE_TYPES,
    INVENTORY,
    OUTBOUND_ORDERS,
    REPLENISHMENT_ORDERS,
)
