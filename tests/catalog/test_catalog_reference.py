"""The reference connector's names: its tables, schemas, columns and filters are ours too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from amzsql.catalog import registry

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "connector.json"
pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="the reference's facts are not beside the checkout")

# Columns of the reference that Amazon's present API does not give, or gives twice.
GONE = {
    ("InventorySupply", "UID"),
    ("CompetitivePricing", "ProductIdentifiersMarketplaceASINASIN"),
    ("ProductPricing", "ProductIdentifiersMarketplaceASINASIN"),
}


def entities() -> list[dict[str, Any]]:
    """Return the reference's entities that we have, outside of its legacy schema."""
    if not REFERENCE.exists():
        return []
    known = set(registry.names("SellingPartner"))
    found = json.loads(REFERENCE.read_text("utf-8"))["entities"]
    return [e for e in found if e["name"] in known and "Marketplace" not in e["schemas"]]


@pytest.mark.parametrize("entity", entities(), ids=lambda e: e["name"])
def test_schemas(entity: dict[str, Any]) -> None:
    """A table is in the schemas in which the reference lists it."""
    for schema in ("SellingPartner", "SellerCentral", "VendorCentral"):
        assert (registry.find(schema, entity["name"]) is not None) == (schema in entity["schemas"])


@pytest.mark.parametrize("entity", entities(), ids=lambda e: e["name"])
def test_columns(entity: dict[str, Any]) -> None:
    """Documented columns, filters and the names drawn from Amazon's schema answer by name."""
    table = registry.table("SellingPartner", entity["name"])
    names = [c["name"] for c in (*entity["columns"], *entity["columns_inferred"])]
    names += [f["column"] for f in entity["filters"]]
    missing = {(table.name, n) for n in names if table.column(n) is None}
    assert missing <= GONE


def test_all_are_compared() -> None:
    """The reference lists nearly all of our tables."""
    assert len(entities()) >= 14
