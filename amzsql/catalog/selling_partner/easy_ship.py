"""Orders that Amazon fetches from the seller: Easy Ship 2022-03-23, and what helped its older procedures."""

from amzsql.catalog.model import AccessPath, Column, Entry, Parent, Part, WriteMapping
from amzsql.types import TIMESTAMP, VARCHAR

API = "easyShip_2022-03-23"
SIZES = (
    *(f"packageDimensions.{name}" for name in ("length", "width", "height", "unit")),
    *("packageWeight.value", "packageWeight.unit"),
)

SLOTS = Entry(
    "EasyShipHandoverSlots",
    "One row per time at which an order can be handed to the carrier. Filters on AmazonOrderId "
    "and on the package's size and weight are needed.",
    key=("AmazonOrderId", "MarketplaceId", "SlotId"),
    first=("AmazonOrderId", "MarketplaceId", "SlotId", "StartTime", "EndTime", "HandoverMethod"),
    paths=(
        AccessPath(
            f"{API}.listHandoverSlots",
            extra=(("AmazonOrderId", "amazonOrderId"),),
            needs=tuple(f"body.{size}" for size in SIZES),
            by_key=True,
            one_row_per_key=False,
            rows_per_key=10.0,
        ),
    ),
    typical_rows=10,
    example="SELECT SlotId, StartTime FROM EasyShipHandoverSlots WHERE AmazonOrderId = '114-6722448-0446194' AND "
    "PackageDimensionsLength = 10 AND PackageDimensionsWidth = 10 AND PackageDimensionsHeight = 10 AND "
    "PackageDimensionsUnit = 'cm' AND PackageWeightValue = 500 AND PackageWeightUnit = 'g'",
)

PACKAGES = Entry(
    "EasyShipPackages",
    "One row per order whose handover is scheduled: its package. Without a filter on AmazonOrderId each order is asked "
    "for, one a second.",
    key=("AmazonOrderId", "MarketplaceId"),
    first=("AmazonOrderId", "MarketplaceId", "PackageId", "PackageStatus", "TrackingDetailsTrackingId"),
    paths=(
        AccessPath(
            f"{API}.getScheduledPackage",
            names=(
                ("scheduledPackageId.amazonOrderId", "AmazonOrderId"),
                ("scheduledPackageId.packageId", "PackageId"),
            ),
            by_key=True,
        ),
    ),
    parent=Parent(("AmazonOrderId", "MarketplaceId"), "Orders"),
    typical_rows=500,
    example="SELECT PackageId, PackageStatus FROM EasyShipPackages WHERE AmazonOrderId = '114-6722448-0446194'",
    writes=(
        WriteMapping("insert", "easyShip_2022-03-23.createScheduledPackage", inputs=(("*", "PackageDetails*"),)),
        WriteMapping(
            "update",
            "easyShip_2022-03-23.updateScheduledPackages",
            element="updatePackageDetailsList[]",
            example="UPDATE EasyShipPackages SET PackageTimeSlotSlotId = ? WHERE AmazonOrderId = ?",
        ),
    ),
    parts=(
        Part(
            "EasyShipPackageItems",
            "One row per item in a scheduled package.",
            "packageItems",
            key=("OrderItemId",),
        ),
    ),
)


SLOT = ("SlotId", "StartTime", "EndTime", "HandoverMethod")


def helper(table: str, doc: str, *columns: str) -> Entry:
    """Return a view that only described the arguments of a procedure: its columns were their fields."""
    return Entry(
        table,
        f"{doc} There is nothing of Amazon's behind it.",
        schemas=("SellingPartner",),
        columns=tuple(Column(name, TIMESTAMP if name.endswith("Time") else VARCHAR) for name in columns),
        removed="It never had rows: it described an argument of a procedure. EasyShipPackages and "
        "EasyShipHandoverSlots say what is scheduled and what could be.",
    )


HELPERS = (
    helper(
        "OrderScheduleDetailsListInternal",
        "How the orders of a bulk scheduling were given.",
        "AmazonOrderId",
        "PackageDetailsPackageItems",
        "PackageDetailsPackageIdentifier",
        *(f"PackageDetailsPackageTimeSlot{name}" for name in SLOT),
    ),
    helper(
        "PackageItemsInternal",
        "How the items of a package were given.",
        "OrderItemId",
        "OrderItemSerialNumbers",
    ),
    helper(
        "UpdatePackageDetailsListInternal",
        "How the packages of an update were given.",
        "ScheduledPackageIdAmazonOrderId",
        "ScheduledPackageIdPackageId",
        *(f"PackageTimeSlot{name}" for name in SLOT),
    ),
)

TABLES = (SLOTS, PACKAGES, *HELPERS)
