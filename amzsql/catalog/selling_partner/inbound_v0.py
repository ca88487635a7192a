"""Shipments to Amazon's warehouses as Fulfillment Inbound v0 still tells of them, and what it once told."""

from amzsql.catalog.model import AccessPath, Branch, Column, Entry, Parent, Part, Pushdown
from amzsql.types import BOOLEAN, DATE, JSON, VARCHAR

V0 = ("SellingPartner",)

BOTH = ("SellingPartner", "SellerCentral")
API = "fulfillmentInboundV0"
SINCE = ("LastUpdatedDate", "LastUpdatedAfter")
# Neither shipments nor items say when they changed: it is what was asked for.
CHANGED = (
    Pushdown("LastUpdatedDate", ">=", "LastUpdatedAfter", exact=True),
    Pushdown("LastUpdatedDate", "<", "LastUpdatedBefore", default="now"),
)
BY_DATE = ("LastUpdatedAfter", "LastUpdatedBefore")

SHIPMENTS = Entry(
    "InboundShipments",
    "One row per shipment to Amazon's warehouses, by the id that its labels show. A filter on LastUpdatedDate finds "
    "those that changed in a time; Amazon tells of the time no more.",
    kind="table",
    schemas=V0,
    key=("ShipmentId",),
    first=("ShipmentId", "ShipmentName", "ShipmentStatus", "DestinationFulfillmentCenterId"),
    paths=(
        AccessPath(
            f"{API}.getShipments",
            fixed=(("QueryType", "SHIPMENT"),),
            pushdowns=(
                Pushdown("ShipmentId", "=", "ShipmentIdList", exact=True),
                Pushdown("ShipmentStatus", "=", "ShipmentStatusList", default="each"),
            ),
            parameters=tuple((name, None) for name in BY_DATE),
            page_rows=50,
        ),
        AccessPath(
            f"{API}.getShipments",
            fixed=(("QueryType", "DATE_RANGE"),),
            from_parameters=(SINCE,),
            pushdowns=CHANGED,
            parameters=(("ShipmentIdList", None), ("ShipmentStatusList", None)),
            needs=BY_DATE,
            page_rows=50,
        ),
    ),
    typical_rows=300,
    account_unique=True,
    example="SELECT ShipmentId, ShipmentName, ShipmentStatus FROM InboundShipments WHERE ShipmentStatus = 'RECEIVING'",
    instead="Amazon has removed the operations that wrote it. INSERT INTO SellerCentral.InboundPlan makes a plan, "
    "InboundPlacementOptions of the same schema its shipments, and UPDATE SellerCentral.InboundShipments changes them.",
)

SHIPMENT_ITEMS = Entry(
    "InboundShipmentItems",
    "One row per SKU of a shipment: how many were sent, and how many Amazon has received.",
    schemas=V0,
    key=("ShipmentId", "SellerSKU"),
    first=("ShipmentId", "SellerSKU", "FulfillmentNetworkSKU", "QuantityShipped", "QuantityReceived"),
    hidden=("MarketplaceId",),
    paths=(
        AccessPath(
            f"{API}.getShipmentItemsByShipmentId",
            # Further pages are asked for with the shipment's marketplace.
            from_parameters=(("MarketplaceId", "MarketplaceId"),),
            pushdowns=(Pushdown("MarketplaceId", "=", "MarketplaceId", exact=True),),
            needs=("MarketplaceId",),
            page_rows=50,
            rows_per_key=10.0,
        ),
        AccessPath(
            f"{API}.getShipmentItems",
            fixed=(("QueryType", "DATE_RANGE"),),
            from_parameters=(SINCE,),
            pushdowns=CHANGED,
            needs=BY_DATE,
            page_rows=50,
        ),
    ),
    parent=Parent(("ShipmentId", "MarketplaceId"), "InboundShipments"),
    typical_rows=3000,
    account_unique=True,
    example="SELECT SellerSKU, QuantityShipped, QuantityReceived FROM InboundShipmentItems WHERE ShipmentId = "
    "'FBA1234ABCD'",
)


def instructions(kind: str, key: str, other: str) -> tuple[AccessPath, ...]:
    """Return the path to what Amazon says of products by SKU or by ASIN; those that it does not know stand apart."""
    return (
        AccessPath(
            f"{API}.getPrepInstructions",
            branches=(
                Branch(f"payload.{kind}PrepInstructionsList[]", constants=(("Status", "Known"),)),
                Branch(f"payload.Invalid{kind}List[]", constants=(("Status", "Unknown"),)),
            ),
            from_parameters=(("ShipToCountryCode", "ShipToCountryCode"),),
            parameters=((f"{key}List", key), (other, None)),
            needs=(f"{key}List",),
        ),
    )


INSTRUCTIONS = Entry(
    "InboundPreparationInstructions",
    "One row per SKU with how it is to be labelled and prepared for Amazon's warehouses in a country, or why it is "
    "unknown there. A filter on ShipToCountryCode is needed; without one on SellerSKU all SKUs of the stock are asked "
    "for.",
    schemas=V0,
    key=("ShipToCountryCode", "SellerSKU"),
    first=("ShipToCountryCode", "SellerSKU", "Status", "PrepGuidance", "PrepInstructionList", "ErrorReason"),
    paths=instructions("SKU", "SellerSKU", "ASINList"),
    parent=Parent("SellerSKU", "InventorySupply", assumed=True),
    account_unique=True,
    example="SELECT SellerSKU, PrepGuidance, PrepInstructionList FROM InboundPreparationInstructions WHERE "
    "SellerSKU IN ('CAN-00000', 'EXE-00004') AND ShipToCountryCode = 'US'",
    parts=(
        Part(
            "InboundPreparationFees",
            "One row per preparation of a SKU that Amazon does for a fee.",
            "AmazonPrepFeesDetailsList",
            key=("PrepInstruction",),
            first=("FeePerUnitValue", "FeePerUnitCurrencyCode"),
            rows=0.5,
        ),
    ),
)

INSTRUCTIONS_BY_ASIN = Entry(
    "InboundPreparationInstructionsByAsin",
    "One row per product with how it is to be labelled and prepared for Amazon's warehouses in a country, or why it "
    "is unknown there. Filters on ASIN and ShipToCountryCode are needed.",
    schemas=V0,
    key=("ShipToCountryCode", "ASIN"),
    first=("ShipToCountryCode", "ASIN", "Status", "PrepGuidance", "PrepInstructionList", "ErrorReason"),
    paths=instructions("ASIN", "ASIN", "SellerSKUList"),
    account_unique=True,
    example="SELECT ASIN, PrepGuidance, PrepInstructionList FROM InboundPreparationInstructionsByAsin WHERE ASIN = "
    "'B00000I18C' AND ShipToCountryCode = 'US'",
)

LABELS = Entry(
    "InboundShipmentLabels",
    "One row: where the labels of a shipment's boxes or pallets are to be had, for a while. ShipmentId is the id that "
    "the labels show; filters on PageType and LabelType are needed too, and NumberOfPallets for those of pallets.",
    schemas=BOTH,
    key=("ShipmentId", "PageType", "LabelType"),
    first=("DownloadURL",),
    paths=(AccessPath(f"{API}.getLabels"),),
    typical_rows=1,
    account_unique=True,
    example="SELECT DownloadURL FROM InboundShipmentLabels WHERE ShipmentId = 'FBA1234ABCD' AND PageType = "
    "'PackageLabel_Plain_Paper' AND LabelType = 'BARCODE_2D'",
)

BILL_OF_LADING = Entry(
    "InboundBillOfLading",
    "One row: where the bill of lading of a shipment by freight with Amazon's partner is to be had, for a while. "
    "ShipmentId is the id that the labels show.",
    schemas=BOTH,
    key=("ShipmentId",),
    first=("DownloadURL",),
    paths=(AccessPath(f"{API}.getBillOfLading"),),
    typical_rows=1,
    account_unique=True,
    example="SELECT DownloadURL FROM InboundBillOfLading WHERE ShipmentId = 'FBA1234ABCD'",
)

GUIDANCE = Entry(
    "InboundItemsGuidance",
    "What Amazon advised about sending products in. Amazon has removed it.",
    schemas=V0,
    removed="Amazon has removed its operation: InboundItemEligibilityPreview says whether a product may be sent in, "
    "and InboundPrepDetails how.",
    columns=(
        Column("SellerSKU", VARCHAR),
        Column("ASIN", VARCHAR),
        Column("InboundGuidance", VARCHAR),
        Column("GuidanceReasonList", JSON),
    ),
)

PREORDERS = Entry(
    "InboundShipmentPreorders",
    "By when a shipment had to arrive to be sold before its release. Amazon has removed it.",
    schemas=V0,
    removed="Amazon has removed its operation. Preorders have no successor; "
    "SellerCentral.InboundDeliveryWindowOptions says when a shipment may arrive.",
    columns=(
        Column("ShipmentId", VARCHAR),
        Column("ShipmentContainsPreorderableItems", BOOLEAN),
        Column("ShipmentConfirmedForPreorder", BOOLEAN),
        Column("NeedByDate", DATE),
        Column("ConfirmedFulfillableDate", DATE),
    ),
)

TRANSPORT = Entry(
    "InboundShipmentTransportDetails",
    "How a shipment travelled and what its transport cost. Amazon has removed it.",
    kind="table",
    schemas=V0,
    removed="Amazon has removed its operations: SellerCentral.InboundTransportationOptions has the carriers and "
    "quotes, and SellerCentral.InboundShipments the tracking numbers and the option that was chosen.",
    columns=(
        Column("ShipmentId", VARCHAR),
        Column("SellerId", VARCHAR),
        Column("IsPartnered", BOOLEAN),
        Column("ShipmentType", VARCHAR),
        Column("TransportDetails", JSON),
        Column("TransportStatus", VARCHAR),
        Column("ErrorCode", VARCHAR),
        Column("ErrorDescription", VARCHAR),
    ),
)

TABLES = (
    SHIPMENTS,
    SHIPMENT_ITEMS,
    INSTRUCTIONS,
    INSTRUCTIONS_BY_ASIN,
    LABELS,
    BILL_OF_LADING,
    GUIDANCE,
    PREORDERS,
    TRANSPORT,
)
