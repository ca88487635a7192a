"""Tables whose rows are asked by two keys that come together, for tests: plans, their shipments, boxes and items."""

from __future__ import annotations

from dataclasses import replace

from amzsql.catalog import registry
from amzsql.catalog.model import AccessPath, Entry, Parent, Pushdown, Table
from amzsql.connection import Connection
from amzsql.execute.context import Context
from amzsql.plan.nodes import Situation
from amzsql.sql.binding import Bound

API = "fulfillmentInbound_2024-03-20"
BOTH = ("InboundPlanId", "ShipmentId")
ASKED = (("InboundPlanId", "inboundPlanId"), ("ShipmentId", "shipmentId"))
PUSHED = tuple(Pushdown(column, "=", parameter, exact=True) for column, parameter in ASKED)

PLANS = Entry(
    "ToyPlans",
    "Plans of what is sent to Amazon.",
    (
        AccessPath(
            f"{API}.listInboundPlans",
            names=(("status", "PlanStatus"),),
            pushdowns=(Pushdown("PlanStatus", "=", "status", exact=True),),
        ),
    ),
    ("InboundPlanId",),
    typical_rows=14,
)
SHIPMENTS = Entry(
    "ToyShipments",
    "Shipments of plans.",
    (
        AccessPath(
            f"{API}.getInboundPlan",
            row_path="shipments[]",
            extra=(("InboundPlanId", "inboundPlanId"), ("PlanStatus", "status")),
            pushdowns=PUSHED[:1],
            by_key=True,
            rows_per_key=2,
        ),
    ),
    BOTH,
    parent=Parent("InboundPlanId", "ToyPlans", inherits=("PlanStatus",)),
    typical_rows=28,
)
BOXES = Entry(
    "ToyBoxes",
    "Boxes of shipments.",
    (AccessPath(f"{API}.listShipmentBoxes", from_parameters=ASKED, pushdowns=PUSHED, rows_per_key=2),),
    (*BOTH, "PackageId"),
    parent=Parent(BOTH, "ToyShipments"),
    typical_rows=56,
)
ITEMS = Entry(
    "ToyItems",
    "Items of shipments.",
    (AccessPath(f"{API}.listShipmentItems", from_parameters=ASKED, pushdowns=PUSHED, rows_per_key=3),),
    (*BOTH, "Msku"),
    parent=Parent(BOTH, "ToyShipments"),
    typical_rows=84,
)
# As the boxes, but without a parent: what is required can only come from the statement.
ORPHANS = Entry(
    "ToyOrphans",
    "Boxes of shipments whose keys nobody gives.",
    BOXES.paths,
    BOXES.key,
    typical_rows=56,
    example="SELECT * FROM ToyOrphans WHERE InboundPlanId = 'wf1' AND ShipmentId = 'sh1'",
)
TABLES = {e.name.lower(): registry.resolve(e, "SellingPartner") for e in (PLANS, SHIPMENTS, BOXES, ITEMS, ORPHANS)}


def find(schema: str, name: str) -> Table | None:
    """Return one of these tables, or a real one."""
    return TABLES.get(name.lower()) or registry.find(schema or "SellingPartner", name)


class Inbound(Connection):
    """A connection that knows these tables."""

    def find(self, schema: str, name: str) -> Table | None:
        return TABLES.get(name.lower()) or super().find(schema, name)


class Whole(Inbound):
    """One whose plans leave to the engine all that Amazon does not demand."""

    def situation(self, bound: Bound, context: Context | None) -> Situation:
        return replace(super().situation(bound, context), pushdown=False)
