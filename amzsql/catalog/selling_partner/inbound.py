"""Plans of what is sent to Amazon's warehouses, and their shipments: Fulfillment Inbound 2024-03-20, eligibility v1."""

from amzsql.catalog.model import AccessPath, Entry, Outcome, Parent, Part, Sort, WriteKind, WriteMapping
from amzsql.types import BIGINT

API = "fulfillmentInbound_2024-03-20"
NEW = ("SellerCentral",)
# What the examples ask for, as the simulator has it: Amazon refuses shorter ids by their length.
A_PLAN = "wf384bf371-e094-4dcf-8de7-416e6e562abb"
A_SHIP = "sh5fe97dfb-2094-48eb-9b72-1d2c5a4f8a78"
A_PACK = "pge5fe8f92-ec61-4117-8702-6d3b02adb83f"
PLAN = ("InboundPlanId",)
SHIPMENT = ("InboundPlanId", "ShipmentId")
GROUP = ("InboundPlanId", "PackingGroupId")
OF_PLAN = Parent(PLAN, "InboundPlan")
OF_GROUP = Parent(GROUP, "InboundPackingGroups")
OF_SHIPMENT = Parent(SHIPMENT, "InboundPlanShipments")
OF_SKU = Parent((("Msku", "SellerSKU"),), "InventorySupply", assumed=True)
# One SKU may stand in several lines, by when it expires and by its lot, which not all have.
LINE = ("Msku", "LineNumber")
ITEM = (*LINE, "Quantity", "Asin", "Fnsku", "Expiration", "ManufacturingLotCode")
CONTENT = ("Msku", "Quantity", "Asin", "Fnsku")
BOX = ("PackageId", "BoxId", "Quantity", "WeightValue", "WeightUnit")
PALLET = ("PackageId", "Quantity", "Stackability", "WeightValue", "WeightUnit")
PRICE = ("Type", "Target", "ValueAmount", "ValueCode")

# What Amazon takes for a plan it does some time later, and tells by the id that it answers.
DONE = Outcome(
    "operationStatus",
    done=("SUCCESS",),
    failed=("FAILED",),
    issues="operationProblems[]",
    operation=f"{API}.getInboundOperationStatus",
    parameter="operationId",
    told="operationId",
)


def way(kind: WriteKind, operation: str, **more: object) -> WriteMapping:
    """Return a write whose outcome Amazon tells later."""
    return WriteMapping(kind, f"{API}.{operation}", outcome=DONE, **more)  # type: ignore[arg-type]


def preps(name: str) -> Part:
    """Return the table of what is to be done to items."""
    doc = "One row per preparation that an item needs: which, by whom, and what Amazon takes for it."
    return Part(name, doc, "prepInstructions", number="PrepNumber", first=("PrepType", "PrepOwner"), rows=1.0)


def lines(operation: str, *of: str, rows: float) -> tuple[AccessPath, ...]:
    """Return the path to lines of items; a line is told by its SKU and its number among those of the same SKU."""
    shared = ",".join(("msku", *(f"{{{parameter}}}" for parameter in of)))
    return (AccessPath(f"{API}.{operation}", extra=(("LineNumber", f"items[]#{shared}"),), rows_per_key=rows),)


def contents(name: str) -> Part:
    """Return the table of what boxes hold."""
    return Part(name, "One row per line of what a box holds.", "items", number="ItemNumber", first=CONTENT, rows=3.0)


def fees(name: str) -> Part:
    """Return the table of an option's fees."""
    return Part(name, "One row per fee that an option costs.", "fees", number="FeeNumber", first=PRICE)


def discounts(name: str) -> Part:
    """Return the table of an option's discounts."""
    return Part(name, "One row per discount of an option.", "discounts", number="DiscountNumber", first=PRICE, rows=0.5)


INBOUND_PLAN = Entry(
    "InboundPlan",
    "One row per plan to send products to Amazon's warehouses.",
    kind="table",
    schemas=NEW,
    key=PLAN,
    first=(*PLAN, "CreatedAt", "LastUpdatedAt", "Name", "Status"),
    paths=(
        AccessPath(
            f"{API}.listInboundPlans",
            sorts=(
                Sort(
                    "LastUpdatedAt",
                    (("sortBy", "LAST_UPDATED_TIME"), ("sortOrder", "ASC")),
                    (("sortBy", "LAST_UPDATED_TIME"), ("sortOrder", "DESC")),
                ),
                Sort(
                    "CreatedAt",
                    (("sortBy", "CREATION_TIME"), ("sortOrder", "ASC")),
                    (("sortBy", "CREATION_TIME"), ("sortOrder", "DESC")),
                ),
            ),
        ),
        AccessPath(f"{API}.getInboundPlan"),
    ),
    parent=Parent(PLAN, "InboundPlan", inherits=("Status",)),
    time_column="CreatedAt",
    typical_rows=100,
    account_unique=True,
    example="SELECT InboundPlanId, Name, CreatedAt FROM InboundPlan WHERE Status = 'ACTIVE'",
    writes=(
        way("insert", "createInboundPlan", inputs=(("MarketplaceIds", "DestinationMarketplaces"),)),
        WriteMapping("update", f"{API}.updateInboundPlanName", direct=True),
        way("delete", "cancelInboundPlan", sets=(("Status", "VOIDED"),), direct=True),
    ),
    parts=(
        Part(
            "InboundPlanShipments",
            "One row per shipment of a plan: its id and its state, without a call for each. More of it is in "
            "InboundShipments.",
            "shipments",
            key=("ShipmentId",),
            first=("Status",),
            example=f"SELECT ShipmentId, Status FROM InboundPlanShipments WHERE InboundPlanId = '{A_PLAN}'",
        ),
    ),
)

PLAN_ITEMS = Entry(
    "InboundPlanItems",
    "One row per line of a plan: a SKU, how many of it, and who labels and prepares it. LineNumber counts the lines of "
    "one SKU.",
    schemas=NEW,
    key=(*PLAN, *LINE),
    first=(*PLAN, *ITEM),
    paths=lines("listInboundPlanItems", "inboundPlanId", rows=20.0),
    parent=OF_PLAN,
    typical_rows=2000,
    account_unique=True,
    example=f"SELECT Msku, Quantity, LabelOwner FROM InboundPlanItems WHERE InboundPlanId = '{A_PLAN}'",
    parts=(preps("InboundPlanItemPreparations"),),
)

PLAN_BOXES = Entry(
    "InboundPlanBoxes",
    "One row per box of a plan, with its size, weight and contents.",
    schemas=NEW,
    key=(*PLAN, "PackageId"),
    first=(*PLAN, *BOX),
    paths=(AccessPath(f"{API}.listInboundPlanBoxes", rows_per_key=10.0),),
    parent=OF_PLAN,
    account_unique=True,
    example=f"SELECT BoxId, WeightValue, WeightUnit FROM InboundPlanBoxes WHERE InboundPlanId = '{A_PLAN}'",
    parts=(contents("InboundPlanBoxItems"),),
)

PLAN_PALLETS = Entry(
    "InboundPlanPallets",
    "One row per pallet of a plan.",
    schemas=NEW,
    key=(*PLAN, "PackageId"),
    first=(*PLAN, *PALLET),
    paths=(AccessPath(f"{API}.listInboundPlanPallets", rows_per_key=2.0),),
    parent=OF_PLAN,
    typical_rows=200,
    account_unique=True,
    example=f"SELECT PackageId, Stackability FROM InboundPlanPallets WHERE InboundPlanId = '{A_PLAN}'",
)

PACKING_OPTIONS = Entry(
    "InboundPackingOptions",
    "One row per way to pack a plan's products that Amazon offers, with its fees and groups.",
    kind="table",
    schemas=NEW,
    key=(*PLAN, "PackingOptionId"),
    first=(*PLAN, "PackingOptionId", "Status", "Expiration"),
    paths=(AccessPath(f"{API}.listPackingOptions", rows_per_key=2.0),),
    parent=OF_PLAN,
    typical_rows=200,
    account_unique=True,
    example="SELECT PackingOptionId, Status, PackingGroups FROM InboundPackingOptions WHERE InboundPlanId = "
    f"'{A_PLAN}'",
    writes=(
        way("insert", "generatePackingOptions", note="Amazon makes the rows: only the plan is given."),
        way("update", "confirmPackingOption", sets=(("Status", "ACCEPTED"),), direct=True),
    ),
    parts=(
        fees("InboundPackingOptionFees"),
        discounts("InboundPackingOptionDiscounts"),
        Part(
            "InboundPackingOptionConfigurations",
            "One row per way of packing boxes that an option allows, with the weight that a box may have.",
            "supportedConfigurations",
            number="ConfigurationNumber",
            rows=1.0,
        ),
    ),
)

PACKING_GROUPS = Entry(
    "InboundPackingGroups",
    "One row per group of products that are packed together, of each way to pack.",
    schemas=NEW,
    key=(*PLAN, "PackingOptionId", "PackingGroupId"),
    paths=(
        AccessPath(
            f"{API}.listPackingOptions",
            row_path="packingOptions[].packingGroups[]",
            extra=(
                ("PackingOptionId", "packingOptions[].packingOptionId"),
                ("PackingGroupId", "packingOptions[].packingGroups[]"),
                ("Status", "packingOptions[].status"),
            ),
            rows_per_key=4.0,
        ),
    ),
    parent=OF_PLAN,
    typical_rows=400,
    account_unique=True,
    example=f"SELECT PackingGroupId FROM InboundPackingGroups WHERE InboundPlanId = '{A_PLAN}' AND Status = 'ACCEPTED'",
    writes=(
        way(
            "update",
            "setPackingInformation",
            element="packageGroupings[]",
            note="The boxes of a group are given together; InboundPackingGroupBoxes shows them.",
        ),
    ),
)

GROUP_ITEMS = Entry(
    "InboundPackingGroupItems",
    "One row per line of what a packing group holds. LineNumber counts the lines of one SKU.",
    schemas=NEW,
    key=(*GROUP, *LINE),
    first=(*GROUP, *ITEM),
    paths=lines("listPackingGroupItems", "inboundPlanId", "packingGroupId", rows=10.0),
    parent=OF_GROUP,
    typical_rows=4000,
    account_unique=True,
    example=f"SELECT Msku, Quantity FROM InboundPackingGroupItems WHERE InboundPlanId = '{A_PLAN}' AND PackingGroupId "
    f"= '{A_PACK}'",
    parts=(preps("InboundPackingGroupItemPreparations"),),
)

GROUP_BOXES = Entry(
    "InboundPackingGroupBoxes",
    "One row per box of a packing group.",
    schemas=NEW,
    key=(*GROUP, "PackageId"),
    first=(*GROUP, *BOX),
    paths=(AccessPath(f"{API}.listPackingGroupBoxes", rows_per_key=5.0),),
    parent=OF_GROUP,
    typical_rows=2000,
    account_unique=True,
    example=f"SELECT PackageId, WeightValue FROM InboundPackingGroupBoxes WHERE InboundPlanId = '{A_PLAN}' AND "
    f"PackingGroupId = '{A_PACK}'",
    parts=(contents("InboundPackingGroupBoxItems"),),
)

PLACEMENT_OPTIONS = Entry(
    "InboundPlacementOptions",
    "One row per choice of warehouses for a plan that Amazon offers, with its fees and the shipments it would make.",
    kind="table",
    schemas=NEW,
    key=(*PLAN, "PlacementOptionId"),
    first=(*PLAN, "PlacementOptionId", "Status", "Expiration"),
    paths=(AccessPath(f"{API}.listPlacementOptions", rows_per_key=3.0),),
    parent=OF_PLAN,
    typical_rows=300,
    account_unique=True,
    example="SELECT PlacementOptionId, Status, ShipmentIds FROM InboundPlacementOptions WHERE InboundPlanId = "
    f"'{A_PLAN}'",
    writes=(
        way("insert", "generatePlacementOptions", note="Amazon makes the rows: only the plan is given."),
        way("update", "confirmPlacementOption", sets=(("Status", "ACCEPTED"),), direct=True),
    ),
    parts=(fees("InboundPlacementOptionFees"), discounts("InboundPlacementOptionDiscounts")),
)

TRANSPORTATION_OPTIONS = Entry(
    "InboundTransportationOptions",
    "One row per carrier and way of transport that Amazon offers for a shipment, with its quote. Amazon wants the "
    "placement option or the shipment beside the plan.",
    schemas=NEW,
    key=(*SHIPMENT, "TransportationOptionId"),
    first=(*SHIPMENT, "TransportationOptionId", "CarrierName", "ShippingMode", "QuoteCostAmount", "QuoteCostCode"),
    paths=(AccessPath(f"{API}.listTransportationOptions", rows_per_key=6.0),),
    parent=Parent((*PLAN, "PlacementOptionId"), "InboundPlacementOptions"),
    typical_rows=2000,
    account_unique=True,
    example="SELECT CarrierName, ShippingMode, QuoteCostAmount FROM InboundTransportationOptions WHERE InboundPlanId = "
    f"'{A_PLAN}' AND ShipmentId = '{A_SHIP}'",
    writes=(way("insert", "generateTransportationOptions", element="shipmentTransportationConfigurations[]"),),
)

SHIPMENTS = Entry(
    "InboundShipments",
    "One row per shipment of a plan: from where to where, when, by which carrier and how far it is. What Amazon has "
    "received of it is in SellingPartner.InboundShipmentItems, by ShipmentConfirmationId.",
    schemas=NEW,
    key=SHIPMENT,
    first=(*SHIPMENT, "ShipmentConfirmationId", "Name", "Status", "DestinationWarehouseId"),
    paths=(AccessPath(f"{API}.getShipment"),),
    parent=OF_SHIPMENT,
    typical_rows=200,
    account_unique=True,
    example=f"SELECT ShipmentId, Status, ShipmentConfirmationId FROM InboundShipments WHERE InboundPlanId = '{A_PLAN}'",
    writes=(
        WriteMapping("update", f"{API}.updateShipmentName", direct=True),
        way("update", "updateShipmentSourceAddress", inputs=(("SourceAddress*", "Address*"),), whole=True),
        way("update", "updateShipmentTrackingDetails", direct=True),
        way(
            "update",
            "confirmDeliveryWindowOptions",
            inputs=(("SelectedDeliveryWindowDeliveryWindowOptionId", "DeliveryWindowOptionId"),),
            on=("SelectedDeliveryWindowDeliveryWindowOptionId",),
            direct=True,
        ),
        way(
            "update",
            "confirmTransportationOptions",
            element="transportationSelections[]",
            inputs=(("SelectedTransportationOptionId", "TransportationOptionId"),),
            on=("SelectedTransportationOptionId",),
            note="Amazon wants the options of all shipments of a plan at once: of several they are confirmed by EXEC "
            "ConfirmTransportationOptions.",
        ),
    ),
    parts=(
        Part(
            "InboundShipmentTracking",
            "One row per box of a shipment by parcel, with the carrier's tracking number.",
            "trackingDetails.spdTrackingDetail.spdTrackingItems",
            key=("BoxId",),
            rows=5.0,
        ),
        Part(
            "InboundShipmentAppointments",
            "One row per appointment to bring a shipment that the seller delivers himself.",
            "selfShipAppointmentDetails",
            number="AppointmentNumber",
            types=(("AppointmentId", BIGINT),),
            rows=0.2,
            writes=(
                WriteMapping("insert", f"{API}.scheduleSelfShipAppointment"),
                way("delete", "cancelSelfShipAppointment", sets=(("AppointmentStatus", "CANCELLED"),)),
            ),
        ),
    ),
)

SHIPMENT_ITEMS = Entry(
    "InboundShipmentItems",
    "One row per line of what a shipment holds. LineNumber counts the lines of one SKU.",
    schemas=NEW,
    key=(*SHIPMENT, *LINE),
    first=(*SHIPMENT, *ITEM),
    paths=lines("listShipmentItems", "inboundPlanId", "shipmentId", rows=20.0),
    parent=OF_SHIPMENT,
    typical_rows=4000,
    account_unique=True,
    example=f"SELECT Msku, Quantity FROM InboundShipmentItems WHERE InboundPlanId = '{A_PLAN}' AND ShipmentId = "
    f"'{A_SHIP}'",
    parts=(preps("InboundShipmentItemPreparations"),),
)

SHIPMENT_BOXES = Entry(
    "InboundShipmentBoxes",
    "One row per box of a shipment.",
    schemas=NEW,
    key=(*SHIPMENT, "PackageId"),
    first=(*SHIPMENT, *BOX),
    paths=(AccessPath(f"{API}.listShipmentBoxes", rows_per_key=5.0),),
    parent=OF_SHIPMENT,
    account_unique=True,
    example=f"SELECT BoxId, WeightValue FROM InboundShipmentBoxes WHERE InboundPlanId = '{A_PLAN}' AND ShipmentId = "
    f"'{A_SHIP}'",
    parts=(contents("InboundShipmentBoxItems"),),
)

SHIPMENT_PALLETS = Entry(
    "InboundShipmentPallets",
    "One row per pallet of a shipment.",
    schemas=NEW,
    key=(*SHIPMENT, "PackageId"),
    first=(*SHIPMENT, *PALLET),
    paths=(AccessPath(f"{API}.listShipmentPallets", rows_per_key=2.0),),
    parent=OF_SHIPMENT,
    typical_rows=200,
    account_unique=True,
    example=f"SELECT PackageId, Stackability FROM InboundShipmentPallets WHERE InboundPlanId = '{A_PLAN}' AND "
    f"ShipmentId = '{A_SHIP}'",
)

DELIVERY_WINDOWS = Entry(
    "InboundDeliveryWindowOptions",
    "One row per span of days in which a shipment may arrive.",
    kind="table",
    schemas=NEW,
    key=(*SHIPMENT, "DeliveryWindowOptionId"),
    first=(*SHIPMENT, "DeliveryWindowOptionId", "StartDate", "EndDate", "ValidUntil", "AvailabilityType"),
    paths=(AccessPath(f"{API}.listDeliveryWindowOptions", rows_per_key=10.0),),
    parent=OF_SHIPMENT,
    typical_rows=2000,
    account_unique=True,
    example=f"SELECT StartDate, EndDate FROM InboundDeliveryWindowOptions WHERE InboundPlanId = '{A_PLAN}' AND "
    f"ShipmentId = '{A_SHIP}'",
    writes=(way("insert", "generateDeliveryWindowOptions", note="Amazon makes the rows: only the shipment is given."),),
    parts=(discounts("InboundDeliveryWindowDiscounts"),),
)

APPOINTMENT_SLOTS = Entry(
    "InboundSelfShipAppointmentSlots",
    "One row per hour at which the seller may bring a shipment himself; Slots is the page's list of them as Amazon "
    "gives it.",
    kind="table",
    schemas=NEW,
    key=(*SHIPMENT, "SlotId"),
    first=(*SHIPMENT, "SlotId", "SlotTimeStartTime", "SlotTimeEndTime", "ExpiresAt"),
    hidden=("Slots",),
    paths=(
        AccessPath(
            f"{API}.getSelfShipAppointmentSlots",
            extra=(
                ("ExpiresAt", "selfShipAppointmentSlotsAvailability.expiresAt"),
                ("Slots", "selfShipAppointmentSlotsAvailability.slots"),
            ),
            rows_per_key=10.0,
        ),
    ),
    parent=OF_SHIPMENT,
    typical_rows=2000,
    account_unique=True,
    example=f"SELECT SlotId, SlotTimeStartTime FROM InboundSelfShipAppointmentSlots WHERE InboundPlanId = '{A_PLAN}' "
    f"AND ShipmentId = '{A_SHIP}'",
    writes=(
        way("insert", "generateSelfShipAppointmentSlots", note="Amazon makes the rows: only the shipment is given."),
    ),
)

CONTENT_PREVIEWS = Entry(
    "InboundShipmentContentUpdatePreview",
    "One row per change of a shipment's contents that was asked for and is not confirmed, with what its transport "
    "would cost then.",
    kind="table",
    schemas=NEW,
    key=(*SHIPMENT, "ContentUpdatePreviewId"),
    first=(*SHIPMENT, "ContentUpdatePreviewId", "Expiration"),
    paths=(
        AccessPath(f"{API}.listShipmentContentUpdatePreviews"),
        AccessPath(f"{API}.getShipmentContentUpdatePreview"),
    ),
    parent=OF_SHIPMENT,
    typical_rows=20,
    account_unique=True,
    example="SELECT ContentUpdatePreviewId, TransportationOptionQuoteCostAmount FROM "
    f"InboundShipmentContentUpdatePreview WHERE InboundPlanId = '{A_PLAN}' AND ShipmentId = '{A_SHIP}'",
    writes=(way("insert", "generateShipmentContentUpdatePreviews"),),
    parts=(
        Part(
            "InboundShipmentContentUpdateBoxes",
            "One row per box as it would be after a change of a shipment's contents.",
            "requestedUpdates.boxes",
            number="BoxNumber",
            rows=5.0,
        ),
        Part(
            "InboundShipmentContentUpdateItems",
            "One row per item as it would be after a change of a shipment's contents.",
            "requestedUpdates.items",
            number="ItemNumber",
            rows=5.0,
        ),
    ),
)

DELIVERY_CHALLAN = Entry(
    "InboundDeliveryChallanDocument",
    "One row per shipment whose carrier is Amazon's partner in India: where its delivery challan is to be had.",
    schemas=NEW,
    key=SHIPMENT,
    first=(*SHIPMENT, "Uri", "DownloadType", "Expiration"),
    paths=(AccessPath(f"{API}.getDeliveryChallanDocument"),),
    typical_rows=1,
    account_unique=True,
    example=f"SELECT Uri FROM InboundDeliveryChallanDocument WHERE InboundPlanId = '{A_PLAN}' AND ShipmentId = "
    f"'{A_SHIP}'",
)

COMPLIANCE = Entry(
    "InboundItemComplianceDetails",
    "One row per SKU with what its customs and taxes need, in India. Without a filter on Msku all SKUs of the stock "
    "are asked for.",
    kind="table",
    schemas=NEW,
    key=("Msku", "MarketplaceId"),
    first=("Msku", "MarketplaceId", "Asin", "Fnsku"),
    paths=(AccessPath(f"{API}.listItemComplianceDetails"),),
    parent=OF_SKU,
    example="SELECT Msku, TaxDetailsHsnCode FROM InboundItemComplianceDetails WHERE Msku IN ('CAN-00000', 'EXE-00004')",
    writes=(way("update", "updateItemComplianceDetails", whole=True),),
    parts=(
        Part(
            "InboundItemTaxRates",
            "One row per tax and SKU.",
            "taxDetails.taxRates",
            number="TaxRateNumber",
            first=("TaxType", "GstRate", "CessRate"),
            rows=1.0,
        ),
    ),
)

PREP_DETAILS = Entry(
    "InboundPrepDetails",
    "One row per SKU: how it must be prepared and labelled, and by whom. Without a filter on Msku all SKUs of the "
    "stock are asked for.",
    key=("Msku", "MarketplaceId"),
    first=("Msku", "MarketplaceId", "PrepCategory", "PrepTypes"),
    paths=(AccessPath(f"{API}.listPrepDetails"),),
    parent=OF_SKU,
    example="SELECT Msku, PrepCategory, PrepTypes FROM InboundPrepDetails WHERE Msku IN ('CAN-00000', 'EXE-00004')",
    writes=(way("update", "setPrepDetails", element="mskuPrepDetails[]", whole=True),),
)

OPERATION_STATUS = Entry(
    "InboundOperationStatus",
    "One row: how far something is that was asked of an inbound plan, by the id that Amazon answered.",
    schemas=NEW,
    key=("OperationId",),
    first=("OperationId", "Operation", "OperationStatus"),
    paths=(AccessPath(f"{API}.getInboundOperationStatus"),),
    typical_rows=1,
    account_unique=True,
    example="SELECT OperationStatus FROM InboundOperationStatus WHERE OperationId = "
    "'1234abcd-1234-abcd-5678-1234abcd5678'",
    parts=(
        Part(
            "InboundOperationProblems",
            "One row per problem that something asked of an inbound plan has met.",
            "operationProblems",
            number="ProblemNumber",
            first=("Severity", "Code", "Message"),
            rows=0.5,
        ),
    ),
)

ELIGIBILITY = Entry(
    "InboundItemEligibilityPreview",
    "One row: whether a product may be sent to Amazon's warehouses (Program INBOUND) or stored together with other "
    "sellers' (COMMINGLING), and if not, why.",
    key=("ASIN", "MarketplaceId", "Program"),
    first=("ASIN", "MarketplaceId", "Program", "IsEligibleForProgram", "IneligibilityReasonList"),
    paths=(
        AccessPath(
            # Amazon wants the marketplace with INBOUND.
            "fbaInbound.getItemEligibilityPreview",
            names=(("asin", "ASIN"),),
            needs=("marketplaceIds",),
            by_key=True,
        ),
    ),
    typical_rows=1,
    example="SELECT IsEligibleForProgram, IneligibilityReasonList FROM InboundItemEligibilityPreview WHERE ASIN = "
    "'B00000I18C' AND Program = 'INBOUND'",
)

TABLES = (
    INBOUND_PLAN,
    PLAN_ITEMS,
    PLAN_BOXES,
    PLAN_PALLETS,
    PACKING_OPTIONS,
    PACKING_GROUPS,
    GROUP_ITEMS,
    GROUP_BOXES,
    PLACEMENT_OPTIONS,
    TRANSPORTATION_OPTIONS,
    SHIPMENTS,
    SHIPMENT_ITEMS,
    SHIPMENT_BOXES,
    SHIPMENT_PALLETS,
    DELIVERY_WINDOWS,
    APPOINTMENT_SLOTS,
    CONTENT_PREVIEWS,
    DELIVERY_CHALLAN,
    COMPLIANCE,
    PREP_DETAILS,
    OPERATION_STATUS,
    ELIGIBILITY,
)
