"""Shipments to Amazon's warehouses as Fulfillment Inbound v0 still tells of them, and what it once told."""

from amzsql.catalog.model import Column, Entry
from amzsql.types import BOOLEAN, DATE, JSON, VARCHAR

V0 = ("SellingPartner",)

GUIDANCE = Entry(
    "InboundItemsGuidance",
    "What Amazon advised about sending products in. Amazon has removed it.",
    schemas=V0,
    removed="InboundItemEligibilityPreview says whether a product may be sent in, and InboundPrepDetails how.",
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
    removed="Preorders of shipments have no successor; SellerCentral.InboundDeliveryWindowOptions says when a shipment "
    "may arrive.",
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
    removed="SellerCentral.InboundTransportationOptions has the carriers and their quotes, and "
    "SellerCentral.InboundShipments the tracking numbers and the option that was chosen.",
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

TABLES = (GUIDANCE, PREORDERS, TRANSPORT)
