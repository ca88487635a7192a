"""Sellers and vendors: whose tables a connection asks, and where a vendor sells."""

from __future__ import annotations

from typing import Any

import pytest
from driving import NOW, Regions, asked, over, rows, simulated

import amzsql
from amzsql import spapi
from amzsql.catalog import registry
from amzsql.clock import VirtualClock
from amzsql.connection import Connection
from amzsql.errors import OperationalError, ProgrammingError

SIMULATED = "orders=100,throttle=off,today=2026-11-21"
VENDOR = "Atzr|simulator-vendor"
PURCHASE_ORDERS = "SELECT count(*) FROM VendorOrders"
CATALOG = "SELECT * FROM CatalogItems WHERE Keywords = 'a'"


def listed(connection: Connection) -> set[str]:
    """Return the tables that the metadata name."""
    return {name for (name,) in rows(connection, "SELECT TableName FROM sys_tables WHERE SchemaName <> 'sys'")}


@pytest.mark.parametrize(
    ("properties", "statement", "owner"),
    [
        ({"SellingPartner": "Seller"}, PURCHASE_ORDERS, "vendor"),
        ({"SellingPartner": "Seller"}, "SELECT * FROM VendorCentral.VendorOrderItems LIMIT 1", "vendor"),
        ({"SellingPartner": "Seller"}, "EXPLAIN SELECT * FROM VendorShipments", "vendor"),
        ({"Schema": "SellerCentral"}, "SELECT * FROM VendorCentral.VendorOrders", "vendor"),
        ({"SellingPartner": "Vendor"}, "SELECT * FROM OrderItems", "seller"),
        ({"Schema": "VendorCentral"}, "SELECT * FROM SellerCentral.Orders", "seller"),
    ],
)
def test_a_table_of_the_other_kind_is_refused_before_any_call(
    properties: dict[str, Any], statement: str, owner: str
) -> None:
    connection, simulator = simulated(**properties)
    with pytest.raises(ProgrammingError, match=f"is a table of {owner}s.*SellingPartner={owner.capitalize()}"):
        rows(connection, statement)
    assert simulator.log == []


def test_the_simulated_account_is_of_its_kind() -> None:
    with amzsql.connect(Simulator=SIMULATED) as seller, pytest.raises(ProgrammingError, match="a table of vendors"):
        rows(seller, PURCHASE_ORDERS)
    with amzsql.connect(Simulator=f"{SIMULATED},account=vendor") as vendor:
        assert rows(vendor, PURCHASE_ORDERS)[0][0] > 0
        with pytest.raises(ProgrammingError, match="a table of sellers"):
            rows(vendor, "SELECT * FROM Orders")


def test_who_takes_part_somewhere_is_a_seller() -> None:
    """Of an account that nothing is said of, its marketplaces tell; before they are known Amazon is asked."""
    connection, simulator = simulated(Marketplace="")
    kinds = [connection.kind]
    rows(connection)
    before = len(simulator.log)
    with pytest.raises(ProgrammingError, match="a table of vendors"):
        rows(connection, PURCHASE_ORDERS)
    kinds.append(connection.kind)
    assert (kinds, len(simulator.log)) == ([None, "seller"], before)


def test_the_property_narrows_what_is_listed() -> None:
    both, sellers, vendors = (listed(simulated(SellingPartner=kind)[0]) for kind in ("All", "Seller", "Vendor"))
    assert sellers | vendors == both
    assert {"Orders", "InventorySupply"} <= sellers - vendors
    assert {"VendorOrders", "VendorShippingLabels"} <= vendors - sellers
    assert {"CatalogItems", "ReportList"} <= sellers & vendors


def test_no_table_of_the_other_kind_is_suggested() -> None:
    connection, _ = simulated(SellingPartner="Seller")
    with pytest.raises(ProgrammingError) as told:
        rows(connection, "SELECT * FROM VendorOrder")
    assert "VendorOrders" not in str(told.value)


def test_a_vendors_marketplaces_are_the_connections() -> None:
    connection, simulator = simulated(OAuthRefreshToken=VENDOR, SellingPartner="Vendor", Marketplace="US,CA")
    ids = set(rows(connection, "SELECT DISTINCT MarketplaceId FROM CatalogItems WHERE Keywords = 'a'"))
    assert ids == {("ATVPDKIKX0DER",), ("A2EUQ1WTGCTBG2",)}
    assert asked(simulator, "getMarketplaceParticipations") == []
    assert connection.test() == ("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2")
    assert asked(simulator, "getPurchaseOrders") == [200]


def test_a_simulated_vendor_sells_where_the_simulator_says() -> None:
    with amzsql.connect(Simulator=f"{SIMULATED},account=vendor") as connection:
        assert connection.test() == ("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2")
        assert rows(connection, "SELECT ASIN FROM CatalogItems WHERE Keywords = 'a' LIMIT 1")


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("Vendor", PURCHASE_ORDERS),
        ("Vendor", "SELECT * FROM CatalogItems WHERE Keywords = 'a'"),
        ("All", PURCHASE_ORDERS),
    ],
)
def test_a_vendor_says_where_he_sells(kind: str, statement: str) -> None:
    """Nothing that Amazon answers tells a vendor's region: it is wanted before any call."""
    clock = VirtualClock(NOW)
    amazon = Regions(clock)
    connection = over(amazon, clock, Marketplace="", OAuthRefreshToken=VENDOR, SellingPartner=kind)
    assert rows(connection, f"EXPLAIN {statement}")
    with pytest.raises(ProgrammingError, match="The property Marketplace is needed"):
        rows(connection, statement)
    assert amazon.hosts == []


def test_an_account_without_participations_may_be_a_vendors() -> None:
    clock = VirtualClock(NOW)
    connection = over(Regions(clock), clock, Marketplace="", OAuthRefreshToken=VENDOR)
    with pytest.raises(OperationalError, match="set SellingPartner=Vendor"):
        rows(connection, CATALOG)


def test_no_path_of_a_table_is_of_another_kind() -> None:
    """A table is refused as a whole, so all of its paths are for the same accounts, and its schemas are theirs."""
    for schema in registry.SCHEMAS:
        for name in registry.names(schema):
            table = registry.table(schema, name)
            kinds = {spapi.api(spapi.operation(p.operation).api).partner for p in table.paths}
            assert len(kinds) <= 1, name
            assert (schema, *kinds) not in (("VendorCentral", "seller"), ("SellerCentral", "vendor")), name
