"""Each SELECT of selects.txt through the driver: the same columns and rows as plain DuckDB gives over whole tables."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import sqlglot

import amzsql
from amzsql.connection import Connection

TODAY = os.environ.get("AMZSQL_TEST_TODAY", "2026-11-21")
WORLD = {"Simulator": f"seed=7,orders=60,today={TODAY}", "Marketplace": "US,CA,MX"}
LINES = [
    line
    for line in Path(__file__).with_name("selects.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
NEWER = int(sqlglot.__version__.split(".")[0]) >= 30
LINES = [line.removeprefix("30 ") for line in LINES if NEWER or not line.startswith("30 ")]


@pytest.fixture(scope="module")
def connection() -> Connection:
    """A small world that the statements share."""
    return amzsql.connect(**WORLD)


@pytest.fixture(scope="module")
def plain(connection: Connection) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with all rows of both tables, as ``*`` shows them."""
    with duckdb.connect() as con:
        con.execute("SET timezone = 'UTC'; SET lambda_syntax = 'ENABLE_SINGLE_ARROW'")
        for name in ("Orders", "OrderItems"):
            con.register("rows", answer(connection, f"SELECT * FROM {name}"))
            con.execute(f"CREATE TABLE {name} AS FROM rows")
        yield con


def answer(connection: Connection, sql: str) -> pa.Table:
    return connection.cursor().execute(sql).fetch_arrow_table()


def multiset(found: pa.Table) -> Counter[tuple[str, ...]]:
    return Counter(tuple(map(repr, row)) for row in zip(*(c.to_pylist() for c in found.columns), strict=True))


@pytest.mark.parametrize("line", LINES)
def test_the_same_as_plain_duckdb(connection: Connection, plain: duckdb.DuckDBPyConnection, line: str) -> None:
    sql, _, spelt = line.removeprefix("~ ").partition(" ## ")
    wanted = plain.sql(re.sub(r";[^']*$", "", spelt or sql)).to_arrow_table()
    found = answer(connection, sql)
    if not line.startswith("~ "):
        assert [n.lower() for n in found.column_names] == [n.lower() for n in wanted.column_names]
    assert [f.type for f in found.schema] == [f.type for f in wanted.schema]
    assert multiset(found) == multiset(wanted)


def test_most_have_rows(plain: duckdb.DuckDBPyConnection) -> None:
    """The statements would prove little if they gave nothing."""
    empty = [
        line
        for line in LINES
        if not plain.sql(re.sub(r";[^']*$", "", line.removeprefix("~ ").split(" ## ")[-1])).to_arrow_table().num_rows
    ]
    assert len(empty) < len(LINES) / 20


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("PIVOT Orders ON FulfillmentChannel USING count(*)", "IN list"),
        ("PIVOT Orders ON FulfillmentChannel IN ('AFN'), OrderStatus USING count(*)", "IN list"),
        ("PIVOT Orders ON FulfillmentChannel IN (SELECT 'AFN') USING count(*)", "IN list"),
        ("SELECT * FROM (PIVOT Orders ON FulfillmentChannel USING count(*))", "IN list"),
        ("WITH p AS (PIVOT Orders ON OrderStatus USING count(*)) FROM p", "IN list"),
        ("SELECT AmazonOrderId FROM Orders ORDER BY 1 FETCH FIRST 2 ROWS WITH TIES", "WITH TIES"),
        ("SELECT TOP 2 WITH TIES AmazonOrderId FROM Orders ORDER BY 1", "WITH TIES"),
        ("SELECT to_char(1, '9')", "no equal"),
        ("SELECT 0x1F", "decimal"),
        ("SELECT 5 !", "Syntax error"),
        ("SELECT x'41'", "Syntax error"),
        ("FROM Orders WHERE OrderStatus = 'Shipped' SELECT AmazonOrderId", "Syntax error"),
        ("SELECT AmazonOrderId FROM Orders o, (SELECT x.Foo FROM OrderItems i) y", "no table or alias x"),
        ("SELECT s.b FROM (SELECT {'a': 1} AS s) t", "b"),
    ],
)
def test_what_does_not_run_says_so(connection: Connection, sql: str, message: str) -> None:
    with pytest.raises(amzsql.ProgrammingError, match=message):
        connection.cursor().execute(sql)


def test_enum_values_of_a_list_are_compared_exactly(connection: Connection) -> None:
    count = "SELECT count(*) FROM Orders WHERE OrderStatus = ANY (list_value('{}'))"
    assert connection.cursor().execute(count.format("shipped")).fetchall() == [(0,)]
    assert connection.cursor().execute(count.format("Shipped")).fetchall() != [(0,)]


def test_a_percentage_is_no_number_of_rows(connection: Connection) -> None:
    for limit in ("50%", "50 PERCENT"):
        assert len(connection.cursor().execute(f"SELECT AmazonOrderId FROM Orders LIMIT {limit}").fetchall()) == 30
