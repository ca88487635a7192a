"""What vendors read: in windows of seven days, the newest alone where they are wanted, parts counted as wholes."""

from __future__ import annotations

from typing import Any

import pytest
from driving import simulated

from amzsql.catalog import registry
from amzsql.connection import Connection


def vendor() -> Connection:
    """Connect to a small simulated vendor, of whom nothing has been read yet."""
    secrets = {"OAuthRefreshToken": "Atzr|simulator-vendor", "SellingPartner": "Vendor"}
    return simulated(orders=300, throttle="off", **secrets)[0]


@pytest.fixture(scope="module")
def connection() -> Connection:
    """The connection of the tests that do not care what was read before."""
    return vendor()


def read(connection: Connection, sql: str) -> tuple[list[tuple[Any, ...]], int]:
    """Return the rows of a statement and how many requests it took."""
    with connection.cursor() as cursor:
        return cursor.execute(sql).fetchall(), cursor.stats.requests


def test_orders_come_in_weeks_and_all_of_them(connection: Connection) -> None:
    """Six months are 27 windows; what is asked for in windows is what one week says of itself."""
    found, requests = read(connection, "SELECT PurchaseOrderNumber, PurchaseOrderDate FROM VendorOrders")
    assert (len({n for n, _ in found}), requests) == (len(found), 27)
    week = "PurchaseOrderDate >= '2026-11-05' AND PurchaseOrderDate < '2026-11-12'"
    own, once = read(connection, f"SELECT PurchaseOrderNumber, PurchaseOrderDate FROM VendorOrders WHERE {week}")
    inside = [row for row in found if "2026-11-05" <= row[1].isoformat() < "2026-11-12"]
    assert (sorted(own), once) == (sorted(inside), 1)
    assert own


@pytest.mark.parametrize(
    "where",
    [
        "PurchaseOrderChangedDate >= '2026-11-01'",
        "PurchaseOrderChangedDate >= '2026-10-20' AND PurchaseOrderDate BETWEEN '2026-10-15' AND '2026-11-05'",
        "PurchaseOrderState = 'Closed' AND PurchaseOrderDate >= '2026-10-15'",
        "SellerPartyId = 'HALDN' AND PurchaseOrderDate >= '2026-10-15'",
    ],
)
def test_what_amazon_filters_is_what_the_rows_say(connection: Connection, where: str) -> None:
    """The same condition, hidden from pushdown, gives the same orders out of all."""
    asked, fewer = read(connection, f"SELECT PurchaseOrderNumber FROM VendorOrders WHERE {where} ORDER BY 1")
    every = "SELECT * FROM VendorOrders LIMIT 1000000"
    checked, more = read(connection, f"SELECT PurchaseOrderNumber FROM ({every}) WHERE {where} ORDER BY 1")
    assert asked == checked != []
    assert fewer < more


def test_two_states_take_no_more_than_all(connection: Connection) -> None:
    """Each state alone is a chain for every window; both together are read out of all, and are the same orders."""
    some = "SELECT PurchaseOrderNumber FROM VendorOrders WHERE PurchaseOrderState "
    both, requests = read(connection, f"{some} IN ('New', 'Closed')")
    apart = [row for state in ("New", "Closed") for row in read(connection, f"{some} = '{state}'")[0]]
    assert requests == 27
    assert sorted(both) == sorted(apart) != []


def test_the_newest_order_takes_one_request(connection: Connection) -> None:
    newest, requests = read(
        connection, "SELECT PurchaseOrderDate FROM VendorOrders ORDER BY PurchaseOrderDate DESC LIMIT 1"
    )
    assert requests == 1
    assert newest == read(connection, "SELECT max(PurchaseOrderDate) FROM VendorOrders")[0]


def test_a_flag_is_a_truth_value(connection: Connection) -> None:
    changed, _ = read(connection, "SELECT PurchaseOrderChangedDate FROM VendorOrders WHERE IsPOChanged")
    assert changed
    assert all(date is not None for (date,) in changed)


TABLES = ("VendorOrderStatus", "VendorOrderStatusItems", "VendorOrderStatusQuantities")


def estimates(connection: Connection) -> list[tuple[Any, ...]]:
    """Return the estimated rows and requests of each table of one answer, over a range of two months."""
    plans = [read(connection, f"EXPLAIN SELECT * FROM {t} WHERE PurchaseOrderDate >= '2026-09-20'")[0] for t in TABLES]
    return [plan[0][6:8] for plan in plans]


@pytest.mark.parametrize("first", TABLES)
def test_a_page_is_counted_as_what_it_holds(first: str) -> None:
    """Whichever of an answer's tables is read: the estimate of each rests on the number of orders in it."""
    fresh = vendor()
    before = estimates(fresh)
    read(fresh, f"SELECT * FROM {first}")
    (known,) = set(estimates(fresh))
    assert known not in before
    read(fresh, "SELECT * FROM VendorOrderStatus")
    assert set(estimates(fresh)) == {known}


def test_errors_of_both_versions_are_rows_of_one_table() -> None:
    """Version 2021-12-28 has its list of errors inside of another."""
    table = registry.table("VendorCentral", "VendorDirectFulfillmentTransactionErrors")
    assert [path.row_path for path in table.paths] == [
        "transactionStatus.errors.errors[]",
        "payload.transactionStatus.errors[]",
    ]


def test_a_group_of_fields_gives_its_name_to_no_column() -> None:
    table = registry.table("VendorCentral", "VendorOrders")
    assert not [c.name for c in table.columns if c.name.startswith("OrderDetails")]
    assert table.column("SellerPartyId") is not None
    assert table.column("SellingPartyAddressCity") is not None
