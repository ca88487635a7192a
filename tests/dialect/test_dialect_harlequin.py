"""Harlequin's adapter: the catalog without a call, rows up to the limit, errors as Harlequin shows them."""

from __future__ import annotations

from typing import Any

import pytest

import amzsql

pytest.importorskip("harlequin", reason="harlequin is installed by nox -s tools")
from harlequin.exception import HarlequinConfigError, HarlequinConnectionError, HarlequinQueryError

from amzsql_dialect.harlequin import AmzsqlAdapter, short

TEXT = "Simulator=orders=2000,today=2026-11-21;Marketplace=US;SellerId=A3SIMULATEDSELL"


def pages(connection: Any) -> int:
    """Return how many calls the simulator has had."""
    return len(connection.driver.runtime.simulator.log)


@pytest.fixture
def connection() -> Any:
    made = AmzsqlAdapter((TEXT,)).connect()
    yield made
    made.close()


def test_the_catalog_asks_nothing(connection: Any) -> None:
    before = pages(connection)
    connection.execute("CREATE TABLE mine (a INTEGER)")
    schemas = {item.label: item for item in connection.get_catalog().items}
    assert [*schemas] == [*amzsql.metadata.schemas(), "Temp"]
    (orders,) = [item for item in schemas["SellingPartner"].children if item.label == "Orders"]
    columns = {c.label: (c.type_label, c.type_name) for c in orders.fetch_children()}
    assert columns["OrderTotalAmount"] == ("#.#", "DECIMAL(18,4)")
    assert columns["PurchaseDate"] == ("tz", "TIMESTAMP WITH TIME ZONE")
    assert [c.label for c in schemas["Temp"].children[0].fetch_children()] == ["a"]
    assert pages(connection) == before
    assert connection.execute(f"SELECT {orders.fetch_children()[0].query_name} FROM {orders.query_name} LIMIT 1")


def test_rows_are_fetched_up_to_the_limit(connection: Any) -> None:
    before = pages(connection)
    cursor = connection.execute("SELECT AmazonOrderId, OrderTotalAmount FROM Orders").set_limit(10)
    assert len(cursor.fetchall()) == 10
    assert cursor.columns() == [("AmazonOrderId", "s"), ("OrderTotalAmount", "#.#")]
    # The lookahead asks one page more, a new simulator a token.
    assert pages(connection) - before <= 3
    assert connection.execute("SELECT AmazonOrderId FROM Orders WHERE AmazonOrderId = '1'").fetchall() is None
    assert connection.execute("CREATE TABLE other (a INTEGER)") is None


def test_errors_are_those_that_harlequin_shows(connection: Any) -> None:
    with pytest.raises(HarlequinQueryError, match="no table Nowhere") as raised:
        connection.execute("SELECT * FROM Nowhere")
    assert raised.value.title == "ProgrammingError"
    late = connection.execute("SELECT AmazonOrderId::INTEGER FROM Orders")
    with pytest.raises(HarlequinQueryError, match="Could not convert"):
        late.fetchall()
    running = connection.execute("SELECT AmazonOrderId FROM Orders")
    connection.cancel()
    with pytest.raises(HarlequinQueryError, match="cancelled"):
        running.fetchall()
    with pytest.raises(HarlequinConnectionError, match=r"connections\.toml"):
        AmzsqlAdapter(("nowhere",)).connect()
    with pytest.raises(HarlequinConfigError, match="one connection"):
        AmzsqlAdapter((TEXT, TEXT))


def test_read_only_is_the_drivers() -> None:
    connection = AmzsqlAdapter((TEXT,), read_only=True, unknown=1).connect()
    with pytest.raises(HarlequinQueryError, match="Readonly"):
        connection.execute("DELETE FROM Destinations WHERE TRUE")


def test_every_type_of_the_catalog_has_letters() -> None:
    kinds = {
        c.type
        for name in amzsql.metadata.tables("SellingPartner")[:60]
        for c in amzsql.metadata.table("SellingPartner", name).columns
    }
    assert {short(kind) for kind in kinds} <= {"s", "{}", "t/f", "#", "##", "#.#", "d", "tz"}
