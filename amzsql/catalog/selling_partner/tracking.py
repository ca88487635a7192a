"""Where freight is: Tracking 2026-01-30."""

from amzsql.catalog.model import AccessPath, Entry, Part, Pushdown
from amzsql.types import TIMESTAMP

API = "tracking_2026-01-30"
NUMBERS = ("id", "acsin", "aftn", "containerNumber", "houseBillOfLadingNumber")
CARRIER = (("carrierTracking.trackingNumber", "TrackingNumber"), ("carrierTracking.carrierCode", "CarrierCode"))
COLUMNS = (*((name, name[0].upper() + name[1:]) for name in NUMBERS), *CARRIER)


def path(number: str, *carrier: tuple[str, str]) -> AccessPath:
    """Return the path that asks by one of the numbers: Amazon takes no two."""
    asked = (number, *dict(carrier))
    other = tuple((name, None) for name in (*NUMBERS, *dict(CARRIER)) if name not in asked)
    withheld = tuple(column for name, column in COLUMNS if name not in asked)
    return AccessPath(
        f"{API}.getShipmentTracking",
        names=tuple((f"identifier.{name}", column) for name, column in COLUMNS),
        parameters=(*other, *carrier[1:], ("Accept-Language", "Language")),
        pushdowns=(Pushdown(dict(COLUMNS)[number], "=", number, exact=True),),
        needs=(number,),
        by_key=True,
        withheld=withheld,
    )


SHIPMENTS = Entry(
    "ShipmentTracking",
    "One row per shipment of freight: where it is and when it is expected. A filter on one of its numbers is needed: "
    "Id, Acsin, Aftn, ContainerNumber, HouseBillOfLadingNumber, or TrackingNumber, perhaps with CarrierCode.",
    schemas=("SellingPartner", "SellerCentral", "VendorCentral"),
    key=("Id", "Acsin", "Aftn", "ContainerNumber", "HouseBillOfLadingNumber", "TrackingNumber"),
    first=("LatestMilestoneOccurredAt", "LatestMilestoneStatusCode", "LatestMilestoneStatusDescription", "TrackingUrl"),
    types=(("LatestMilestoneOccurredAt", TIMESTAMP),),
    paths=(*map(path, NUMBERS), path(CARRIER[0][0], *CARRIER)),
    typical_rows=1,
    account_unique=True,
    example="SELECT LatestMilestoneStatusCode, LatestMilestoneOccurredAt FROM ShipmentTracking WHERE "
    "ContainerNumber = 'MSCU1234567'",
    parts=(
        Part(
            "ShipmentTrackingMilestones",
            "One row per milestone that a shipment of freight has passed.",
            "milestoneHistory",
            number="MilestoneNumber",
            first=("OccurredAt", "StatusCode", "StatusDescription"),
            types=(("OccurredAt", TIMESTAMP),),
            rows=5.0,
        ),
        Part(
            "ShipmentTrackingEstimates",
            "One row per estimate of when a shipment of freight will arrive.",
            "trackingEstimates",
            number="EstimateNumber",
            types=tuple(
                (name, TIMESTAMP)
                for name in ("EstimatedIntervalStartTime", "EstimatedIntervalEndTime", "LastUpdatedTime")
            ),
            rows=1.0,
        ),
    ),
)

TABLES = (SHIPMENTS,)
