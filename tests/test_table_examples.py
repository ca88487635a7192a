"""The example on each table's page runs, in every schema that has the table."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

import amzsql
from amzsql.catalog import registry
from amzsql.catalog.model import Entry
from amzsql.errors import OperationalError

WORLD = "orders=150,throttle=off,today=2026-11-21"
ENTRIES = [entry for module in registry.MODULES for entry in registry.declared(module).values()]
# What an example asks for is made up, and Amazon may have nothing of that name.
UNKNOWN = (400, 403, 404)


@cache
def connection(schema: str, vendor: bool) -> Any:
    """Return a connection to the simulated seller, or vendor, in a schema."""
    world = f"{WORLD},account=vendor" if vendor else WORLD
    return amzsql.connect(Simulator=world, SellerId="A3SIMULATEDSELL", Marketplace="US", Schema=schema)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e.schemas[0]}.{e.name}")
def test_an_example_runs(entry: Entry) -> None:
    vendor = "VendorCentral" in entry.schemas and "SellerCentral" not in entry.schemas
    sql = entry.example or f"SELECT * FROM {entry.name}"
    with connection(entry.schemas[0], vendor).cursor() as cursor:
        if entry.removed or entry.name == "CatalogCategories":
            with pytest.raises(amzsql.ProgrammingError):
                cursor.execute(sql)
            return
        try:
            cursor.execute(sql).fetchmany(100)
        except (amzsql.ProgrammingError, OperationalError) as error:
            if getattr(error, "status", None) not in UNKNOWN:
                raise
