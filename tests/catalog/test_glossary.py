"""What columns hold: whole names before ends, nothing that a name says itself, no term without a column."""

from __future__ import annotations

from amzsql.catalog import registry, system
from amzsql.catalog.glossary import TERMS, description


def test_a_whole_name_is_told_before_its_end() -> None:
    assert description("SellerSKU") == TERMS["SellerSKU"]
    assert description("ShippingAddressCounty") == TERMS["County"]
    assert description("shippingaddresscounty") == ""
    assert description("ParentASIN") != description("ASIN")


def test_what_says_it_itself_is_not_described() -> None:
    assert description("Title") == ""
    # An end is whole words.
    assert description("Basin") == ""


def test_every_term_is_some_column_s() -> None:
    names = {
        column.name
        for schema in system.SCHEMAS
        for name in registry.names(schema)
        for column in registry.table(schema, name).columns
    }
    told = {description(name) for name in names}
    assert {term for term, text in TERMS.items() if text not in told} == set()


def test_tables_show_it() -> None:
    """A declared description wins; else the glossary's is the column's."""
    orders = registry.table("SellingPartner", "Orders")
    assert orders.by_lower["fulfillmentchannel"].doc == TERMS["FulfillmentChannel"]
    assert orders.by_lower["_asof"].doc.startswith("When Amazon gave")


def test_the_amount_of_events_says_when_there_is_none() -> None:
    """The kinds that it names are those in whose rows the column is never filled."""
    table = registry.table("SellingPartner", "FinancialEvents")
    (path, *_) = table.paths
    without = {str(b.sources["EventType"].constant) for b in path.branches if "Amount" not in b.sources}
    told = table.by_lower["amount"].doc.rpartition(": ")[2].rstrip(".").split(", ")
    assert set(told) == without
    assert "Shipment" in without
    assert len(without) < len(path.branches)
