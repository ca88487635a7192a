"""Conditions without a column: what holds of no row asks nothing, what holds of every row costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import amzsql

OPTIONS = {"Simulator": "orders=300,throttle=off,today=2026-11-21", "Marketplace": "US"}


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    with amzsql.connect(**OPTIONS) as made:
        yield made


@pytest.fixture(scope="module")
def apart() -> Iterator[Any]:
    """A connection of which no statement is answered from what another has read."""
    with amzsql.connect(**OPTIONS, ShareScans=0) as made:
        yield made


def run(connection: Any, sql: str, parameters: Any = None) -> tuple[list[tuple[Any, ...]], int]:
    """Return a statement's rows, and how many requests they took."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall(), cursor.stats.requests


@pytest.mark.parametrize(
    "condition",
    [
        "1 = 0",
        "FALSE",
        "NULL",
        "AmazonOrderId IN ()",
        "AmazonOrderId IN () AND OrderStatus = 'Shipped'",
        "(1 = 0 OR AmazonOrderId IN ())",
        "AmazonOrderId IN (SELECT AmazonOrderId FROM Orders WHERE 1 = 0)",
    ],
)
def test_nothing_is_asked(connection: Any, condition: str) -> None:
    assert run(connection, f"SELECT AmazonOrderId FROM Orders WHERE {condition}") == ([], 0)


def test_nothing_is_asked_for_a_false_parameter(connection: Any) -> None:
    assert run(connection, "SELECT AmazonOrderId FROM Orders WHERE ? = ?", [1, 2]) == ([], 0)


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("SELECT * FROM (SELECT AmazonOrderId FROM Orders) t WHERE 1 = 0", []),
        ("SELECT * FROM (SELECT * FROM (SELECT * FROM Orders LIMIT 9) u) t WHERE 1 <> 1 LIMIT 100", []),
        ("SELECT * FROM (SELECT OrderStatus, count(*) FROM Orders GROUP BY 1) t WHERE 1 = 0 OR FALSE", []),
        ("SELECT * FROM (SELECT OrderStatus, count(*) FROM Orders GROUP BY 1) t LIMIT 0", []),
        ("SELECT * FROM (SELECT * FROM Orders JOIN OrderItems USING (AmazonOrderId)) t WHERE 1 = 0 AND 1 = 1", []),
        ("SELECT * FROM (SELECT OrderStatus FROM Orders UNION SELECT OrderStatus FROM Orders) t WHERE NULL", []),
        ("SELECT * FROM (SELECT count(*) AS n FROM Orders) t FULL JOIN Orders ON n = 1 WHERE 1 = 0", []),
        ("WITH t AS (SELECT AmazonOrderId FROM Orders), u AS (FROM t) SELECT * FROM t JOIN u ON 1 = 0", []),
        ("SELECT count(*), max(n) FROM (SELECT count(*) AS n FROM Orders) t WHERE 1 = 0", [(0, None)]),
        ("SELECT * FROM (SELECT AmazonOrderId, (SELECT count(*) FROM OrderItems) FROM Orders) t WHERE 1 = 0", []),
    ],
)
def test_a_probe_around_a_query_asks_nothing(apart: Any, statement: str, rows: list[Any]) -> None:
    """Tools ask so for the columns of a statement of their user's."""
    assert run(apart, statement) == (rows, 0)


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("WITH t AS (FROM Orders) SELECT (SELECT count(*) FROM t WHERE 1 = 0) + (SELECT count(*) FROM t)", 1),
        ("SELECT count(*) FROM (FROM Orders) t LEFT JOIN (SELECT OrderItemId FROM OrderItems) i ON 1 = 0", 1),
        ("SELECT count(*) FROM (FROM Orders) t ANTI JOIN (SELECT OrderItemId FROM OrderItems) i ON 1 = 0", 1),
        ("SELECT count(*) FROM (FROM Orders) t FULL JOIN (SELECT 1 FROM Orders LIMIT 0) i ON 1 = 0", 1),
        ("SELECT count(*) FROM (FROM Orders WHERE 1 = 0 UNION ALL FROM Orders) t", 1),
        ("SELECT count(*) FROM (FROM Orders) t WHERE NOT EXISTS (SELECT 1 FROM (FROM OrderItems) u WHERE 1 = 0)", 1),
        ("SELECT count(*) + (SELECT count(*) FROM Orders) FROM Orders WHERE 1 = 0", 1),
        ("SELECT count(*) FROM (FROM Orders) t FULL JOIN (FROM Orders) u ON 1 = 0", 2),
    ],
)
def test_what_another_part_reads_is_asked_for(apart: Any, statement: str, value: int) -> None:
    whole = run(apart, "SELECT count(*) FROM Orders")[0][0][0]
    assert run(apart, statement)[0] == [(value * whole,)]


@pytest.mark.parametrize("condition", ["1 = 1", "TRUE", "1 = 1 AND 2 > 1"])
def test_a_limit_reaches_amazon_through_it(connection: Any, condition: str) -> None:
    """No filter is left, so that the page is as small as the LIMIT."""
    rows, requests = run(connection, f"EXPLAIN SELECT AmazonOrderId FROM Orders WHERE {condition} LIMIT 3")
    assert "maxResultsPerPage=3" in rows[0][4]
    assert requests == 0


def test_what_is_in_no_list_is_every_row(connection: Any) -> None:
    everything = run(connection, "SELECT count(*) FROM Orders")[0]
    assert run(connection, "SELECT count(*) FROM Orders WHERE AmazonOrderId NOT IN ()")[0] == everything
    one = "(SELECT min(AmazonOrderId) FROM Orders)"
    assert len(run(connection, f"SELECT 1 FROM Orders WHERE AmazonOrderId IN () OR AmazonOrderId = {one}")[0]) == 1


def test_ten_thousand_ids_go_in_chunks() -> None:
    """Fifty a request; where the table is known to be small, it is read whole instead."""
    ids = ", ".join(f"'111-{number:07d}-1234567'" for number in range(10_000))
    statement = f"SELECT AmazonOrderId, OrderStatus FROM Orders WHERE AmazonOrderId IN ({ids})"
    with amzsql.connect(**OPTIONS | {"Simulator": "orders=299,throttle=off,today=2026-11-21"}) as fresh:
        assert run(fresh, statement) == ([], 200)
        run(fresh, "SELECT count(*) FROM Orders")
        assert run(fresh, f"{statement} AND OrderStatus <> 'x'") == ([], 3)
