"""What a vendor sends to Amazon's warehouses, and the labels for it: Vendor Shipments v1."""

from amzsql.catalog.model import AccessPath, Entry, Part, Sort, WriteMapping
from amzsql.catalog.selling_partner.vendor_orders import DONE, VENDORS
from amzsql.types import DOUBLE

TIMES = tuple(
    (f"{start}{end}", column)
    for start, column in (
        ("created", "ShipmentCreateDate"),
        ("shipmentConfirmed", "ShipmentConfirmDate"),
        ("packageLabelCreated", "PackageLabelCreateDate"),
    )
    for end in ("After", "Before")
)
BY_LABEL = Sort("LabelCreateDateTime", (("sortOrder", "ASC"),), (("sortOrder", "DESC"),))

SHIPMENTS = Entry(
    "VendorShipments",
    "One row per shipment that the vendor has announced to Amazon: who carries it, when it comes, what it weighs.",
    schemas=VENDORS,
    key=("VendorShipmentIdentifier",),
    first=("VendorShipmentIdentifier", "CurrentShipmentStatus", "ShipmentCreateDate", "ShippedDate"),
    types=tuple(
        (f"{name}Value", DOUBLE) for name in ("ShipmentWeight", "ShipmentVolume", "ImportDetailsBillableWeight")
    ),
    paths=(
        AccessPath(
            "vendorShipments.GetShipmentDetails",
            names=(
                ("transportationDetails.", ""),
                ("collectFreightPickupDetails.", ""),
                ("shipmentMeasurements.", ""),
                ("currentshipmentStatusDate", "CurrentShipmentStatusDate"),
            ),
            parameters=(
                *TIMES,
                ("buyerWarehouseCode", "ShipToPartyPartyId"),
            ),
        ),
    ),
    time_column="ShipmentCreateDate",
    typical_rows=1000,
    account_unique=True,
    example="SELECT VendorShipmentIdentifier, CurrentShipmentStatus, EstimatedDeliveryDate FROM VendorShipments "
    "WHERE ShipmentCreateDate >= CURRENT_DATE - INTERVAL 7 DAY",
    writes=(WriteMapping("insert", "vendorShipments.SubmitShipments", element="shipments[]", outcome=DONE),),
    parts=(
        Part(
            "VendorShipmentStatuses",
            "One row per status that a shipment has come to.",
            "shipmentStatusDetails",
            number="StatusNumber",
        ),
        Part(
            "VendorShipmentOrders",
            "One row per purchase order of which a shipment brings something.",
            "purchaseOrders",
            key=("PurchaseOrderNumber",),
            rows=1.0,
            parts=(
                Part(
                    "VendorShipmentItems",
                    "One row per line of a purchase order that a shipment brings.",
                    "items",
                    key=("ItemSequenceNumber",),
                    rows=5.0,
                ),
            ),
        ),
        Part(
            "VendorShipmentContainers",
            "One row per carton or pallet of a shipment.",
            "containers",
            number="ContainerNumber",
            first=("ContainerType", "ContainerSequenceNumber", "TrackingNumber"),
            types=tuple(
                (name, DOUBLE) for name in ("WeightValue", "DimensionsLength", "DimensionsWidth", "DimensionsHeight")
            ),
            parts=(
                Part(
                    "VendorShipmentContainerIdentifiers",
                    "One row per code that a carton or pallet bears.",
                    "containerIdentifiers",
                    number="IdentifierNumber",
                    rows=1.0,
                ),
                Part(
                    "VendorShipmentContainerItems",
                    "One row per product in a carton or on a pallet.",
                    "packedItems",
                    number="PackedItemNumber",
                    names=(("itemDetails.", ""),),
                    rows=2.0,
                ),
            ),
        ),
        Part(
            "VendorShipmentStops",
            "One row per stop of a shipment from abroad.",
            "importDetails.route.stops",
            number="StopNumber",
            rows=0.2,
        ),
    ),
)

LABELS = Entry(
    "VendorShipmentLabels",
    "One row per answer with labels that Amazon's carrier gave for a shipment of small parcels.",
    schemas=VENDORS,
    key=("VendorShipmentIdentifier", "LabelCreateDateTime"),
    first=("VendorShipmentIdentifier", "LabelCreateDateTime", "BuyerReferenceNumber", "MasterTrackingId"),
    paths=(
        AccessPath(
            "vendorShipments.GetShipmentLabels",
            names=(("shipmentInformation.", ""), ("shipmentInformation.vendorDetails.", "")),
            parameters=(
                ("labelCreatedAfter", "LabelCreateDateTime"),
                ("labelCreatedBefore", "LabelCreateDateTime"),
            ),
            sorts=(BY_LABEL,),
        ),
    ),
    time_column="LabelCreateDateTime",
    typical_rows=500,
    account_unique=True,
    example="SELECT VendorShipmentIdentifier, MasterTrackingId, TotalLabelCount FROM VendorShipmentLabels",
    parts=(
        Part(
            "VendorShipmentLabelData",
            "One row per label: its tracking number, and the label itself in Base64.",
            "labelData",
            number="LabelNumber",
            first=("TrackingId", "LabelFormat"),
        ),
    ),
)

TABLES = (SHIPMENTS, LABELS)
