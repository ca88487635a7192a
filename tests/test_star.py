# ruff: noqa: E501 - statements are read best on one line
"""What stands for several columns (`*`, NATURAL JOIN, a row as a struct) beside columns that `*` does not show.

A hidden column that some other part of a statement names must neither join, nor be shown, nor be asked without need.
"""

from __future__ import annotations

import os

import pytest

import amzsql
from amzsql.catalog import registry
from amzsql.connection import Connection

TODAY = os.environ.get("AMZSQL_TEST_TODAY", "2026-11-21")
NAMED = "(SELECT AmazonOrderId, 'none' AS OrderStatus FROM Orders) AS o"


@pytest.fixture(scope="module")
def connection() -> Connection:
    """A small world; the tests look at rows and names only."""
    return amzsql.connect(Simulator=f"seed=5,orders=60,today={TODAY}", Marketplace="US,CA,MX")


def ask(connection: Connection, sql: str) -> tuple[list[str], list[tuple]]:
    """Return the names and rows of a statement's result."""
    cursor = connection.cursor()
    cursor.execute(sql)
    found = cursor.fetchall()
    return [d[0] for d in cursor.description or []], found


def listed(table: str) -> list[str]:
    """Return the columns that `*` shows."""
    return [c.name for c in registry.table("SellingPartner", table).listed()]


# -- NATURAL JOIN ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ("AmazonOrderId, SellerSKU", ""),
        ("AmazonOrderId, SellerSKU, i.OrderStatus", ""),
        ("AmazonOrderId, SellerSKU, o.OrderStatus, i.OrderStatus, i.Account, i._Source", ""),
        ("AmazonOrderId, SellerSKU", "WHERE i.OrderStatus IS NOT NULL"),
        ("AmazonOrderId, SellerSKU", "WHERE i.OrderStatus IS NOT NULL ORDER BY i.PurchaseDate"),
    ],
)
@pytest.mark.parametrize("side", ["", "LEFT", "INNER"])
def test_a_hidden_column_that_is_named_joins_nothing(connection: Connection, asked: str, where: str, side: str) -> None:
    _, items = ask(connection, "SELECT AmazonOrderId, SellerSKU FROM OrderItems")
    _, found = ask(connection, f"SELECT {asked} FROM {NAMED} NATURAL {side} JOIN OrderItems AS i {where}")
    assert len(items) > 60
    assert sorted(row[:2] for row in found) == sorted(items)


def test_a_natural_join_shows_its_columns_once_and_no_hidden_one(connection: Connection) -> None:
    names, found = ask(
        connection, f"SELECT * FROM {NAMED} NATURAL JOIN OrderItems AS i WHERE i.OrderStatus = 'Shipped'"
    )
    assert names == ["AmazonOrderId", "OrderStatus", *listed("OrderItems")[1:]]
    assert {row[1] for row in found} == {"none"}


def test_a_hidden_column_means_its_own_table_beside_one_that_shows_it(connection: Connection) -> None:
    _, found = ask(connection, f"SELECT OrderStatus, i.OrderStatus FROM {NAMED} NATURAL JOIN OrderItems AS i")
    assert {row[0] for row in found} == {"none"}
    assert "Shipped" in {row[1] for row in found}


@pytest.mark.parametrize("asked", ["OrderStatus, count(*)", "Orders.OrderStatus, count(*)"])
def test_what_one_table_shows_is_meant_beside_another_that_hides_it(connection: Connection, asked: str) -> None:
    joined = "FROM Orders JOIN OrderItems AS i USING (AmazonOrderId)"
    sql = f"SELECT {asked} {joined} WHERE i.OrderStatus = 'Shipped' AND OrderStatus <> 'Canceled' GROUP BY OrderStatus ORDER BY OrderStatus"
    _, items = ask(connection, "SELECT count(*) FROM OrderItems WHERE OrderStatus = 'Shipped'")
    assert ask(connection, sql)[1] == [("Shipped", items[0][0])]


def test_what_all_tables_hide_must_be_told_apart(connection: Connection) -> None:
    joined = "FROM Orders AS o JOIN OrderItems AS i USING (AmazonOrderId)"
    with pytest.raises(amzsql.ProgrammingError, match="Ambiguous"):
        ask(connection, f"SELECT Account {joined}")
    assert set(ask(connection, f"SELECT i.Account {joined}")[1]) == {("simulator",)}


def test_a_natural_join_of_three_tables(connection: Connection) -> None:
    ids = "(SELECT AmazonOrderId, MarketplaceId FROM Orders) AS m"
    sql = (
        f"SELECT AmazonOrderId, m.MarketplaceId, SellerSKU FROM {NAMED} NATURAL JOIN {ids} NATURAL JOIN OrderItems AS i"
    )
    plain = "SELECT AmazonOrderId, MarketplaceId, SellerSKU FROM OrderItems"
    assert sorted(ask(connection, sql)[1]) == sorted(ask(connection, plain)[1])


def test_a_natural_join_on_nothing_says_so(connection: Connection) -> None:
    with pytest.raises(amzsql.ProgrammingError, match="no column is on both sides"):
        ask(connection, "SELECT 1 FROM (SELECT 1 AS nothing) AS n NATURAL JOIN OrderItems AS i WHERE i.Account <> ''")


# -- a row as a struct -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "end",
    ["", "WHERE o.Account IS NOT NULL", "ORDER BY o._AsOf", "WHERE o._Source <> '' ORDER BY Account"],
)
@pytest.mark.parametrize("asked", ["o", "o, o.Account", "o, _Source", "unnest([o])".replace("[o]", "list_value(o)")])
def test_a_row_holds_what_a_star_shows(connection: Connection, asked: str, end: str) -> None:
    names, found = ask(connection, f"SELECT {asked} FROM Orders AS o {end} LIMIT 3")
    assert [list(row[0]) for row in found] == [listed("Orders")] * 3
    if asked == "o":
        assert names == ["o"]


def test_a_row_equals_the_star(connection: Connection) -> None:
    _, rows = ask(connection, "SELECT i FROM OrderItems AS i WHERE i.OrderStatus = 'Shipped' ORDER BY i.OrderItemId")
    _, plain = ask(connection, "SELECT * FROM OrderItems AS i WHERE i.OrderStatus = 'Shipped' ORDER BY i.OrderItemId")
    assert [tuple(row[0].values()) for row in rows] == plain
    assert plain


def test_a_row_keeps_its_name_in_a_block_around_it(connection: Connection) -> None:
    inner = "SELECT i FROM OrderItems AS i WHERE i.OrderStatus IS NOT NULL LIMIT 1"
    names, found = ask(connection, f"SELECT * FROM ({inner})")
    assert (names, list(found[0][0])) == (["i"], listed("OrderItems"))
    names, _ = ask(connection, f"SELECT q.i.AmazonOrderId, i.SellerSKU FROM ({inner}) AS q")
    assert names == ["AmazonOrderId", "SellerSKU"]


def test_rows_of_a_join(connection: Connection) -> None:
    sql = "SELECT o, i FROM Orders AS o JOIN OrderItems AS i USING (AmazonOrderId) WHERE i.PurchaseDate IS NOT NULL AND o.Account <> ''"
    _, found = ask(connection, sql)
    assert all(list(o) == listed("Orders") and list(i) == listed("OrderItems") for o, i in found)
    assert all(o["AmazonOrderId"] == i["AmazonOrderId"] for o, i in found)
    assert len(found) > 60


@pytest.mark.parametrize("end", ["ORDER BY Orders", "ORDER BY orders DESC", "ORDER BY OrderStatus, Orders"])
def test_an_alias_in_order_by_is_not_the_row_of_its_table(connection: Connection, end: str) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SELECT OrderStatus, count(*) AS Orders FROM Orders GROUP BY OrderStatus {end}")
    assert sum(row[1] for row in cursor.fetchall()) == 60
    assert cursor.messages == []  # the whole row would hold personal data, which is warned of
