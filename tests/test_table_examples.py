"""The example on each table's page runs as the page shows it, on a connection that names no schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from naming import Case

import amzsql
from amzsql.catalog import modules, registry
from amzsql.errors import OperationalError

PAGES = sorted(p for p in (Path(__file__).parents[1] / "docs" / "tables").glob("*.md") if p.name != "index.md")
WORLD = "orders=150,throttle=off,today=2026-11-21"
_RESTRICTED = "Amazon wants a token for personal data, which the driver does not ask for"
_NO_ID = "Amazon refuses what is no id; a real one is sealed for an hour and cannot be written down"
_SHIPS = "only of an order that is still to be shipped, and the example's was"
# Page -> the status with which its example is refused, and why. What merely names nothing is no error, but no rows.
REFUSED: Mapping[str, tuple[int, str]] = {
    "additionalsellerinputs": (400, _SHIPS),
    "datakioskdocuments": (400, _NO_ID),
    "eligibleshippingservices": (400, _SHIPS),
    "feeddocuments": (400, _NO_ID),
    "merchantfulfillmentshipmentitems": (403, _RESTRICTED),
    "merchantfulfillmentshipments": (403, _RESTRICTED),
    "orderregulatedinfo": (403, _RESTRICTED),
    "rejectedshippingservices": (400, _SHIPS),
    "reportdocuments": (400, _NO_ID),
    "shipmentinvoicingdetails": (403, _RESTRICTED),
    "shipmentinvoicingitems": (403, _RESTRICTED),
    "shippingadditionalinputs": (400, "a request's token comes with its rates"),
    "unacceptedshippingcarriers": (400, _SHIPS),
    "unavailableshippingcarriers": (400, _SHIPS),
    "vendorcustomerinvoices": (403, _RESTRICTED),
    "vendordirectfulfillmentorderitems": (403, _RESTRICTED),
    "vendordirectfulfillmentorderitemtaxes": (403, _RESTRICTED),
    "vendordirectfulfillmentorders": (403, _RESTRICTED),
    "vendordirectfulfillmentordertaxes": (403, _RESTRICTED),
    "vendorpackingslips": (403, _RESTRICTED),
    "vendorshippinglabeldata": (403, _RESTRICTED),
    "vendorshippinglabels": (403, _RESTRICTED),
}
# Page -> what the driver says: there is a table, and on this day no operation that gives its rows.
GONE = {"catalogcategories": "CatalogCategories has no access path left on 2026-11-21."}
GAVE: dict[str, bool] = {}


@cache
def connection(vendor: bool) -> Any:
    """Return a connection to the simulated seller, or vendor."""
    world = f"{WORLD},account=vendor" if vendor else WORLD
    return amzsql.connect(Simulator=world, SellerId="A3SIMULATEDSELL", Marketplace="US")


def example(page: Path) -> tuple[str, tuple[str, ...]]:
    """Return the statement that a page shows, of a removed table one that reads it, and the table's schemas."""
    text = page.read_text()
    listed = re.search(r"^(?:A (?:table|view) of the schemas|Schemas:) ([A-Za-z, ]+)\.", text, re.MULTILINE)
    name = re.search(r"^# (\w+)$", text, re.MULTILINE)
    assert listed is not None, page
    assert name is not None, page
    schemas = tuple(listed[1].split(", "))
    shown = re.search(r"^```sql\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    return (shown[1] if shown is not None else f"SELECT * FROM {schemas[0]}.{name[1]}"), schemas


def test_every_table_has_a_page() -> None:
    declared = [e for module in (*modules.MODULES, *modules.DRAWN) for e in registry.declared(module).values()]
    assert len(PAGES) == len(declared) > 390
    assert {*REFUSED, *GONE} <= {page.stem for page in PAGES}


@pytest.mark.parametrize("letter", sorted({page.stem[0] for page in PAGES}))
def test_the_examples_run(letter: str) -> None:
    for page in PAGES:
        if page.stem.startswith(letter):
            with Case(page.stem):
                runs(page)


def runs(page: Path) -> None:
    sql, schemas = example(page)
    with connection("VendorCentral" in schemas and "SellerCentral" not in schemas).cursor() as cursor:
        if page.stem in GONE or "```sql" not in page.read_text():
            with pytest.raises(amzsql.ProgrammingError) as gone:
                cursor.execute(sql)
            assert GONE.get(page.stem, " cannot be read. ") in str(gone.value)
        elif page.stem in REFUSED:
            with pytest.raises((amzsql.ProgrammingError, OperationalError)) as refused:
                cursor.execute(sql).fetchall()
            assert getattr(refused.value, "status", None) == REFUSED[page.stem][0]
        else:
            GAVE[page.stem] = bool(cursor.execute(sql).fetchmany(100))


def test_most_examples_give_rows() -> None:
    read = [p.stem for p in PAGES if p.stem not in {*REFUSED, *GONE} and "```sql" in p.read_text()]
    if GAVE.keys() == set(read):
        assert sum(GAVE.values()) >= 0.5 * len(read)
