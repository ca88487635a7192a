"""The reference connector's names: its tables, schemas, columns and filters are ours too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from amzsql.catalog import registry

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "connector.json"
pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="the reference's facts are not beside the checkout")

_ASIN = "the product's ASIN, which is the column ASIN"
_FIELDS = "an object: its fields are columns"
_FILTER = "ProcessingDirectiveEventFilter"
# Columns of the reference that are not there under its name, documented ones and those drawn from answers, and why.
ELSEWHERE: Mapping[tuple[str, str], str] = {
    ("CompetitivePricing", "ProductIdentifiersMarketplaceASINASIN"): _ASIN,
    ("ProductPricing", "ProductIdentifiersMarketplaceASINASIN"): _ASIN,
    ("FeesEstimate", "FeesEstimateIdentifierMarketplaceId"): "documented as MarketplaceId",
    ("FeesEstimate", "FeesEstimateIdentifierPriceToEstimateFeesPointsPointsMonetaryValue"): _FIELDS,
    ("Subscriptions", f"{_FILTER}AggregationSettingsAggregationTimePeriod"): "documented as AggregationTimePeriod",
    ("Subscriptions", f"{_FILTER}EventFilterType"): "documented as EventFilterType",
    ("Subscriptions", f"{_FILTER}MarketplaceIds"): "documented as MarketplaceIds",
    ("Subscriptions", f"{_FILTER}OrderChangeTypes"): "documented as OrderChangeTypes",
    ("Subscriptions", f"{_FILTER}TrackingIdentifierCarrierTracking"): _FIELDS,
    ("Subscriptions", "ProcessingDirectiveFilterExpression"): "documented as FilterExpression",
    ("VendorOrders", "SellingPartyPartyId"): "documented as SellerPartyId",
}


# Which of our types the reference's are, by how it writes them; what it drew from answers as text may be told better.
_MORE = {"DECIMAL(18,4)", "TIMESTAMP WITH TIME ZONE", "BIGINT", "BOOLEAN"}
FITS: Mapping[str, set[str]] = {
    "string": {"VARCHAR", "JSON"},
    "bool": {"BOOLEAN"},
    "boolean": {"BOOLEAN"},
    "date": {"DATE"},
    "datetime": {"TIMESTAMP WITH TIME ZONE"},
    "decimal": {"DECIMAL(18,4)", "DOUBLE"},
    "int": {"BIGINT"},
    "integer": {"BIGINT"},
}
# Documented columns of another type than the reference's, and why.
OTHERWISE: Mapping[tuple[str, str], str] = {
    ("InventorySupply", "UID"): "a number that the driver gives",
    ("VendorOrderItems", "OrderedQuantityAmount"): "Amazon counts whole units",
}


def every_entity() -> list[dict[str, Any]]:
    """Return the reference's entities, by schemas and name."""
    found: list[dict[str, Any]] = json.loads(REFERENCE.read_text("utf-8"))["entities"] if REFERENCE.exists() else []
    return found


def entities() -> list[dict[str, Any]]:
    """Return the reference's entities that we have, outside of its legacy schema."""
    return [
        e
        for e in every_entity()
        if "Marketplace" not in e["schemas"] and any(registry.find(s, e["name"]) for s in e["schemas"])
    ]


@pytest.mark.parametrize("entity", entities(), ids=lambda e: e["name"])
def test_schemas(entity: dict[str, Any]) -> None:
    """A table is in the schemas in which the reference lists it; SellingPartner has those of the newer ones as well."""
    listed = {schema for other in entities() if other["name"] == entity["name"] for schema in other["schemas"]}
    for schema in ("SellingPartner", "SellerCentral", "VendorCentral"):
        there = registry.find(schema, entity["name"]) is not None
        assert there or schema not in listed
        assert not there or schema in listed or schema == "SellingPartner"


@pytest.mark.parametrize("entity", entities(), ids=lambda e: e["name"])
def test_columns(entity: dict[str, Any]) -> None:
    """Documented columns, filters and those that are drawn from answers are there, but for those that are excepted."""
    table = registry.table(next(s for s in registry.SCHEMAS if s in entity["schemas"]), entity["name"])
    names = [c["name"] for c in entity["columns"]] + [f["column"] for f in entity["filters"]]
    # What is documented of VendorOrders shows that its columns are not called by all of their path.
    start = "OrderDetails" if table.name == "VendorOrders" else ""
    drawn = [c["name"].removeprefix(start) for c in entity["columns_inferred"]]
    missing = {(table.name, n) for n in (*names, *drawn) if table.column(n) is None}
    assert missing == {where for where in ELSEWHERE if where[0] == table.name}


def test_kinds_in_every_schema() -> None:
    """Each entity is in its schemas, as a table or a view as in the newest version, with columns of its types."""
    newest: dict[tuple[str, str], tuple[int, str]] = {}
    wrong, other = [], set()
    for entity in every_entity():
        for schema, versions in entity["schemas"].items():
            table = registry.table(schema, entity["name"])
            place = schema, table.name
            newest[place] = max(newest.get(place, (0, "")), (max(map(int, versions)), entity["kind"]))
            for column in (*entity["columns"], *entity["columns_inferred"]):
                ours = table.column(column["name"])
                kinds = FITS[column["type"].partition(" ")[0].lower()] if ours is not None else set()
                told = kinds | (_MORE if column not in entity["columns"] and "VARCHAR" in kinds else set())
                if ours is not None and ours.type.name not in told:
                    named = (table.name, ours.name)
                    (other.add if named in OTHERWISE else wrong.append)(named)
    assert wrong == []
    assert other == OTHERWISE.keys()
    kinds_now = {place: registry.table(*place).entry.kind for place in newest}
    assert kinds_now == {place: kind for place, (_, kind) in newest.items()}
    assert len(every_entity()) == 76
    assert len({e["name"] for e in every_entity()}) == 67


def test_an_excepted_column_is_told_of() -> None:
    for (name, column), reason in ELSEWHERE.items():
        _, documented, instead = reason.partition("documented as ")
        table = registry.table("SellingPartner", name)
        assert table.column(instead if documented else "ASIN") is not None or reason == _FIELDS, column
        assert reason != _FIELDS or any(c.name.startswith(column) for c in table.columns)


def test_all_are_compared() -> None:
    """The reference lists nearly all of our tables."""
    assert len(entities()) >= 14
