"""Orders that the seller's own warehouses ship for Amazon: External Fulfillment Shipments and Returns 2024-09-11."""

from amzsql.catalog.model import AccessPath, Entry, Parent, Part, Pushdown, WriteMapping
from amzsql.types import TIMESTAMP

SHIPMENTS_API = "externalFulfillmentShipments_2024-09-11"
RETURNS_API = "externalFulfillmentReturns_2024-09-11"

NAMES = (
    ("id", "ShipmentId"),
    ("marketplaceAttributes.marketplaceId", "MarketplaceId"),
    ("marketplaceAttributes.channelName", "ChannelName"),
)
TIMES = ("CreationDateTime", "LastUpdatedDateTime", "EarliestPackDateTime", "InvoiceInfoCreationDateTime")
CHARGED = ("ChargeType", "TotalChargeNetAmountValue", "TotalChargeNetAmountCurrencyCode")

SHIPMENTS = Entry(
    "ExternalFulfillmentShipments",
    "One row per shipment that a warehouse of the seller's is to make for Amazon. Amazon lists one Status a request: "
    "without a filter on it there is a request for each.",
    key=("ShipmentId",),
    first=("ShipmentId", "Status", "LocationId", "MarketplaceId", "CreationDateTime", "LastUpdatedDateTime"),
    types=tuple((name, TIMESTAMP) for name in TIMES),
    paths=(
        AccessPath(
            f"{SHIPMENTS_API}.getShipments",
            names=NAMES,
            pushdowns=(Pushdown("Status", "=", "status", exact=True, default="each"),),
        ),
        AccessPath(f"{SHIPMENTS_API}.getShipment", names=NAMES),
    ),
    time_column="CreationDateTime",
    change_column="LastUpdatedDateTime",
    typical_rows=2000,
    account_unique=True,
    example="SELECT ShipmentId, LocationId FROM ExternalFulfillmentShipments WHERE Status = 'ACCEPTED'",
    writes=(
        WriteMapping("insert", f"{SHIPMENTS_API}.createSandboxShipment", note="Amazon has it in its sandbox only."),
        WriteMapping(
            "update",
            f"{SHIPMENTS_API}.processShipment",
            inputs=(("LineItems", None),),
            fixed=(("Operation", "CONFIRM"),),
            sets=(("Status", "CONFIRMED"),),
        ),
        WriteMapping(
            "update",
            f"{SHIPMENTS_API}.processShipment",
            inputs=(("LineItems", None),),
            fixed=(("Operation", "REJECT"),),
            sets=(("Status", "CANCELLED"),),
        ),
    ),
    parts=(
        Part(
            "ExternalFulfillmentShipmentItems",
            "One row per line of a shipment.",
            "lineItems",
            key=("ShipmentLineItemId",),
            first=("MerchantSku", "NumberOfUnits"),
            parts=(
                Part(
                    "ExternalFulfillmentShipmentItemCharges",
                    "One row per charge of a shipment's line.",
                    "charges",
                    number="ChargeNumber",
                    first=CHARGED,
                ),
            ),
        ),
        Part(
            "ExternalFulfillmentShipmentCharges",
            "One row per charge of a shipment.",
            "charges",
            number="ChargeNumber",
            first=CHARGED,
        ),
        Part(
            "ExternalFulfillmentShipmentParties",
            "One row per party to a shipment, such as who sells and who buys.",
            "partyInfoList",
            number="PartyNumber",
            first=("PartyType", "PartyId"),
        ),
        Part(
            "ExternalFulfillmentPackages",
            "One row per package of a shipment.",
            "packages",
            key=("PackageId",),
            names=(("id", "PackageId"), ("status", "PackageStatus")),
            rows=1.0,
            parts=(
                Part(
                    "ExternalFulfillmentPackageItems",
                    "One row per line of a shipment in a package.",
                    "packageLineItems",
                    key=("PackageLineItemId",),
                ),
            ),
            writes=(
                WriteMapping(
                    "insert",
                    f"{SHIPMENTS_API}.createPackages",
                    element="packages[]",
                    inputs=(("PackageId", "Id"), ("PackageStatus", "Status"), ("Status", None)),
                ),
                WriteMapping(
                    "update",
                    f"{SHIPMENTS_API}.updatePackage",
                    whole=True,
                    inputs=(("PackageId", "PackageId"), ("PackageId", "Id"), ("", "Status"), ("Status", None)),
                ),
                WriteMapping(
                    "update",
                    f"{SHIPMENTS_API}.generateShipLabels",
                    inputs=(("PackageId", "PackageIds"),),
                    fixed=(("Operation", "GENERATE"),),
                    sets=(("PackageStatus", "SHIPLABEL_GENERATED"),),
                ),
                WriteMapping(
                    "update",
                    f"{SHIPMENTS_API}.updatePackageStatus",
                    fixed=(("StatusParameter", "SHIPPED"), ("Status", "SHIPPED")),
                    sets=(("PackageStatus", "SHIPPED"),),
                ),
            ),
        ),
    ),
)

OPTIONS = Entry(
    "ExternalFulfillmentShippingOptions",
    "One row per way in which a package can be handed over. Filters on ShipmentId and PackageId are needed: Amazon "
    "refuses packages that are on their way.",
    key=("ShipmentId", "PackageId", "ShippingOptionId"),
    first=("ShipmentId", "PackageId", "ShippingOptionId", "CarrierName", "RecommendedShippingOptionId"),
    paths=(
        AccessPath(
            f"{SHIPMENTS_API}.retrieveShippingOptions",
            row_path="shippingOptions[]",
            extra=(("RecommendedShippingOptionId", "recommendedShippingOption.shippingOptionId"),),
        ),
    ),
    typical_rows=3,
    account_unique=True,
    example="SELECT ShippingOptionId, CarrierName FROM ExternalFulfillmentShippingOptions WHERE ShipmentId = '1' AND "
    "PackageId = '1'",
)

INVOICES = Entry(
    "ExternalFulfillmentInvoices",
    "One row per shipment that has an invoice: the document, as Base64.",
    key=("ShipmentId",),
    paths=(AccessPath(f"{SHIPMENTS_API}.retrieveInvoice"),),
    parent=Parent("ShipmentId", "ExternalFulfillmentShipments"),
    typical_rows=2000,
    account_unique=True,
    example="SELECT Format, Content FROM ExternalFulfillmentInvoices WHERE ShipmentId = '1'",
    writes=(WriteMapping("insert", f"{SHIPMENTS_API}.generateInvoice"),),
)

RETURN_NAMES = (
    ("id", "ReturnId"),
    ("returnMetadata.rmaId", "RmaId"),
    ("returnShippingInfo.reverseTrackingInfo.trackingId", "ReverseTrackingId"),
)
RETURN_TIMES = (
    *("CreationDateTime", "LastUpdatedDateTime"),
    *("ReturnShippingInfoDeliveryDateTime", "ReturnShippingInfoPickupDateTime"),
)
RETURNS = Entry(
    "ExternalFulfillmentReturns",
    "One row per unit or shipment that comes back to a warehouse of the seller's. By LastUpdatedDateTime Amazon lists "
    "only together with ReturnLocationId and Status.",
    key=("ReturnId",),
    first=("ReturnId", "Status", "MerchantSku", "NumberOfUnits", "CreationDateTime", "LastUpdatedDateTime"),
    types=tuple((name, TIMESTAMP) for name in RETURN_TIMES),
    paths=(
        AccessPath(
            f"{RETURNS_API}.listReturns",
            names=RETURN_NAMES,
            parameters=(("lastUpdatedAfter", None), ("lastUpdatedBefore", None)),
            pushdowns=(
                Pushdown("CreationDateTime", ">=", "createdSince"),
                Pushdown("CreationDateTime", "<", "createdUntil"),
            ),
        ),
        AccessPath(f"{RETURNS_API}.getReturn", names=RETURN_NAMES),
    ),
    time_column="CreationDateTime",
    change_column="LastUpdatedDateTime",
    typical_rows=500,
    account_unique=True,
    example="SELECT ReturnId, Status, MerchantSku FROM ExternalFulfillmentReturns WHERE Status = 'DELIVERED'",
)

TABLES = (SHIPMENTS, OPTIONS, INVOICES, RETURNS)
