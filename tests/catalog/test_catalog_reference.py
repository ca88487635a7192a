"""The reference connector's names: its tables, schemas, columns and filters are ours too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from amzsql.catalog import registry

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "connector.json"
pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="the reference's facts are not beside the checkout")

# Of the columns that are not documented so many must be there: answers have changed since they were drawn.
MOSTLY = 0.5

# Columns of the reference that Amazon's present API does not give, or gives twice.
GONE = {
    ("InventorySupply", "UID"),
    ("CompetitivePricing", "ProductIdentifiersMarketplaceASINASIN"),
    ("ProductPricing", "ProductIdentifiersMarketplaceASINASIN"),
    # What an INSERT takes: labels are read without the containers that they were asked for.
    ("VendorShippingLabels", "Containers"),
}


def entities() -> list[dict[str, Any]]:
    """Return the reference's entities that we have, outside of its legacy schema."""
    if not REFERENCE.exists():
        return []
    found = json.loads(REFERENCE.read_text("utf-8"))["entities"]
    return [
        e for e in found if "Marketplace" not in e["schemas"] and any(registry.find(s, e["name"]) for s in e["schemas"])
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
    """Documented columns and filters answer by name, and most of those that are drawn from Amazon's older schema."""
    table = registry.table(next(s for s in registry.SCHEMAS if s in entity["schemas"]), entity["name"])
    names = [c["name"] for c in entity["columns"]] + [f["column"] for f in entity["filters"]]
    missing = {(table.name, n) for n in names if table.column(n) is None}
    assert missing <= GONE
    # What is documented of VendorOrders shows that its columns are not called by all of their path.
    start = "OrderDetails" if table.name == "VendorOrders" else ""
    drawn = [c["name"].removeprefix(start) for c in entity["columns_inferred"]]
    there = [name for name in drawn if table.column(name) is not None]
    assert len(there) >= MOSTLY * len(drawn), sorted({*drawn} - {*there})


def test_all_are_compared() -> None:
    """The reference lists nearly all of our tables."""
    assert len(entities()) >= 14
