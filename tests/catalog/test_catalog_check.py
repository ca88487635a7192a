"""The catalog is sound, and the proof of it notices what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from catalog_bodies import MODULES, entries, tables
from naming import Case

from amzsql.catalog import modules, registry
from amzsql.catalog.check import problems
from amzsql.catalog.model import AccessPath, Entry, Pushdown, Sort
from amzsql.types import BIGINT

SOUND = registry.table("SellingPartner", "ListingsItems").entry
SEARCH = SOUND.paths[0]
ORDERS = registry.table("SellingPartner", "Orders").entry


@pytest.mark.parametrize("module", MODULES)
def test_every_entry_is_sound(module: str) -> None:
    """The facts know all that the catalog says."""
    for entry in entries(module):
        with Case(entry.name):
            assert problems(entry) == []


def with_path(**changes: Any) -> Entry:
    """Return the listings with their search changed."""
    return replace(SOUND, paths=(replace(SEARCH, **changes), *SOUND.paths[1:]))


def pushing(*more: Pushdown) -> Entry:
    """Return the listings with more pushdowns."""
    return with_path(pushdowns=(*SEARCH.pushdowns, *more))


def without(column: str) -> Entry:
    """Return the listings without a column's pushdowns, their parameters never sent."""
    gone = tuple((p.parameter, None) for p in SEARCH.pushdowns if p.column == column)
    return with_path(pushdowns=tuple(p for p in SEARCH.pushdowns if p.column != column), parameters=gone)


BROKEN: list[tuple[Entry, str]] = [
    (with_path(operation="listingsItems_2021-08-01.searchListing"), "searchListing"),
    (with_path(row_path="rows[]"), "nothing at row path"),
    (with_path(names=(("skuu", "SKU"),)), "no field skuu"),
    (with_path(extra=(("X", "items[].nothing"),)), "no field items[].nothing"),
    (with_path(extra=(("X", "items[].issues[level=ERROR].code"),)), "have no field level"),
    (with_path(extra=(("X", "items[].issues[severity=FATAL].code"),)), "severity of items[].issues is never FATAL"),
    (with_path(extra=(("X", "items[].issues[].code"),)), "pick an element"),
    (with_path(extra=(("X", "items[].issues[]#"),)), "not on the way to a row"),
    (with_path(from_parameters=(("X", "color"),)), "no parameter color"),
    (with_path(projection_parameter="include"), "no parameter include"),
    (pushing(Pushdown("SKU", "=", "skus")), "no parameter skus"),
    (pushing(Pushdown("SKU", "=", "identifiers", extras=(("kind", "SKU"),))), "no parameter kind"),
    (pushing(Pushdown("SKU", "=", "identifiers", extras=(("identifiersType", "CODE"),))), "never CODE"),
    (pushing(Pushdown("SKU", "=", "identifiers", longest=21)), "takes 20 values, not 21"),
    (pushing(Pushdown("Colour", "=", "identifiers")), "Colour is pushed and not among"),
    (pushing(Pushdown("CreatedDate", ">=", "identifiers")), "no bound of a range"),
    (pushing(Pushdown("SKU", ">=", "createdAfter")), "needs a time"),
    (pushing(Pushdown("CreatedDate", ">=", "createdAfter", default="horizon")), "no window of createdAfter"),
    (pushing(Pushdown("SKU", "=", "variationParentSku", default="seller")), "connection's seller"),
    (without("SellerId"), "required parameter sellerId cannot be given"),
    (without("MarketplaceId"), "MarketplaceId is the parameter marketplaceIds, and no pushdown sets it"),
    (
        with_path(pushdowns=tuple(replace(p, longest=None) for p in SEARCH.pushdowns)),
        "MarketplaceId is the list marketplaceIds: it must be asked with one value",
    ),
    (with_path(projections=(*SEARCH.projections, ("colours", ("colours",)))), "colours gives colours"),
    (with_path(projections=SEARCH.projections[1:]), "declared are attributes"),
    (with_path(always=("everything",)), "everything is always asked for and no projection"),
    (with_path(fixed=(("sortBy", "colour"),)), "sortBy is never colour"),
    (with_path(sliced=("createdSince", "createdBefore")), "no parameter createdSince"),
    (with_path(parameters=(("colour", None),)), "no parameter colour"),
    (with_path(batch="body.requests[].asin"), "no parameter body.requests[].asin"),
    (with_path(sliced=("sortBy", "createdBefore")), "sliced by sortBy, which is no time"),
    (with_path(sorts=(Sort("SKU", (("sortBy", "sku"),)),)), "SKU is sorted by and neither a time nor a number"),
    (with_path(sorts=(Sort("Colour", (("sortBy", "sku"),)),)), "Colour is sorted by and no field"),
    (with_path(sorts=(Sort("IssueLocale", (("sortBy", "sku"),)),)), "IssueLocale is sorted by and no field"),
    (with_path(sorts=(Sort("CreatedDate"),)), "in no direction"),
    (with_path(sorts=(Sort("CreatedDate", (("sort", "x"),)),)), "no parameter sort"),
    (with_path(sorts=(Sort("CreatedDate", (("sortBy", "date"),)),)), "sortBy is never date"),
    (with_path(sorts=(Sort("CreatedDate", (("createdAfter", "x"),)),)), "and is set otherwise too"),
    (replace(SOUND, paths=(SEARCH, replace(SOUND.paths[1], sorts=(Sort("CreatedDate"),)))), "has no pages"),
    (with_path(values=(("SKU", (("a", "B"), ("b", "b"))),)), "two of its values have one spelling"),
    (with_path(values=(("Colour", ()),)), "Colour has spellings and is no column"),
    (with_path(masked=(("Colour", "buyer"),)), "masked names Colour"),
    (with_path(masked=(("SKU", "buyer"),)), "personal data of the kind buyer, of which the facts know no roles"),
    (with_path(withheld=("Colour",)), "withheld names Colour"),
    (with_path(extra=(*SEARCH.extra, ("Title", "items[].summaries[0].itemName"))), "are the same field"),
    (with_path(extra=(*SEARCH.extra, ("sku", "items[].attributes"))), "two columns are called sku"),
    (replace(SOUND, key=("SKU",)), "MarketplaceId is asked for and neither"),
    (replace(SOUND, key=()), "it has no key"),
    (replace(SOUND, key=("SKU", "MarketplaceId", "WithStatus")), "getListingsItem does not fill WithStatus"),
    (replace(SOUND, first=("Colour",)), "first names Colour"),
    (replace(SOUND, hidden=("Colour",)), "hidden names Colour"),
    (replace(SOUND, types=(("Colour", BIGINT),)), "types names Colour"),
    (replace(SOUND, docs=(("Colour", "Its colour."),)), "docs names Colour"),
    (replace(SOUND, time_column="Colour"), "time_column names Colour"),
    (replace(SOUND, example=""), "it has no example"),
    (
        replace(ORDERS, paths=(replace(ORDERS.paths[0], values=(("OrderStatus", (("SENT", "Shipped"),)),)),)),
        "OrderStatus is never SENT",
    ),
    (
        Entry(
            "T",
            "",
            key=("ASIN",),
            paths=(
                AccessPath(
                    "productPricingV0.getCompetitivePricing",
                    pushdowns=(Pushdown("ASIN", "=", "Asins"),),
                    parameters=(("ItemType", None),),
                ),
            ),
            example="x",
        ),
        "required parameter ItemType cannot be given",
    ),
]


@pytest.mark.parametrize(("entry", "problem"), BROKEN, ids=[p for _, p in BROKEN])
def test_what_is_wrong_is_named(entry: Entry, problem: str) -> None:
    """Each break of an entry is told in words that name it."""
    found = problems(entry)
    assert any(problem in each for each in found), found
    assert all(each.startswith(f"{entry.name}: ") for each in found)


def test_modules_declare_what_the_registry_says() -> None:
    """A table's module holds its entry, and no other than the registry lists."""
    for module, names in modules.MODULES.items():
        assert tuple(registry.declared(module)) == names


def test_names_are_found_without_case() -> None:
    """SQL's names know no case; unknown ones name the nearest."""
    assert registry.table("SellingPartner", "listingsitems").name == "ListingsItems"
    assert registry.find("VendorCentral", "Transactions") is None
    assert registry.find("SellingPartner", "Nothing") is None


def test_later_columns_stand_behind_the_others() -> None:
    """A column that Amazon puts into the middle of a model does not move those behind it."""
    known = [c.name for c in registry.resolve(SOUND, "SellingPartner").columns]
    late = replace(SOUND, last=("FNSKU",))
    moved = [c.name for c in registry.resolve(replace(late, first=()), "SellingPartner").columns]
    assert moved[-4:] == ["FNSKU", *(c.name for c in registry.COMMON)]
    assert sorted(moved) == sorted(known)
    assert problems(replace(SOUND, last=("Nowhere",))) == ["ListingsItems: last names Nowhere, which is no column."]


def test_pseudo_columns_stay_out_of_star() -> None:
    """`*` shows what Amazon answered, not what was asked."""
    for table in tables():
        entry, listed = table.entry, [c.name for c in table.listed()]
        first = [c for c in entry.first if c not in entry.hidden and table.by_lower[c.lower()].hidden is False]
        assert [name for name in listed if name in first] == first
        assert not {"Account", "_Source", "_AsOf", "Keywords", "EAN", "WithStatus"} & set(listed)
