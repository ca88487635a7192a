"""Any SELECT on a group: the same rows as plain DuckDB over the tables of all its accounts, and as each by itself.

`AMZSQL_PROPERTY_EXAMPLES` sets the number of statements (`nox -s property` asks for a thousand).
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa
from grouping import alone, joined, written
from hypothesis import given, settings
from hypothesis import strategies as st
from statements import ITEMS, ORDERS, Values, plain_limits, statements
from test_pushdown_property import EXAMPLES, THOROUGH, TODAY, assert_same, expected, multiset, table, values

from amzsql.connection import Connection

ACCOUNTS = {"a": "na", "b": "na-1", "c": "eu"}
WORLD = f"orders=60,today={TODAY}"
VARIANTS: tuple[dict[str, object], ...] = ({}, {"Pagesize": 7}, {"OrdersApi": "2026"})


@lru_cache(maxsize=1)
def folder() -> Path:
    return written(Path(tempfile.mkdtemp()), ACCOUNTS, WORLD)


def whole(connection: Connection, name: str) -> pa.Table:
    columns = ORDERS if name == "Orders" else ITEMS
    return table(connection, f"SELECT Account, {', '.join(columns)} FROM {name}")


@lru_cache(maxsize=1)
def oracle() -> duckdb.DuckDBPyConnection:
    """Return plain DuckDB with what each account's own connection gives of both tables."""
    con = duckdb.connect()
    con.execute("SET timezone='UTC'")
    for name in ("Orders", "OrderItems"):
        con.register(name, pa.concat_tables([whole(alone(folder(), account), name) for account in ACCOUNTS]))
    return con


@lru_cache(maxsize=1)
def constants() -> Values:
    """Return the constants of the other property tests, and ids of this world."""
    ids = [f"'{row[0]}'" for row in oracle().execute("SELECT AmazonOrderId FROM Orders ORDER BY 1").fetchall()]
    return replace(values(), of={**values().of, "id": [*ids[::9], "'x'"]})


@given(st.data())
@settings(THOROUGH, max_examples=EXAMPLES // 4)
def test_a_group_gives_the_rows_of_all_its_accounts(data: st.DataObject) -> None:
    sql = data.draw(statements(constants()), label="statement")
    connection = joined(folder(), **data.draw(st.sampled_from(VARIANTS), label="properties"))
    wanted = expected(sql, connection, oracle)
    if wanted is not None:
        assert_same(table(connection, sql), wanted)


@given(st.data())
@settings(THOROUGH, max_examples=EXAMPLES // 8)
def test_an_early_limit_gives_rows_of_all_accounts(data: st.DataObject) -> None:
    sql, limit, offset = data.draw(plain_limits(constants()), label="statement")
    connection = joined(folder())
    wanted = expected(sql, connection, oracle)
    if wanted is None:
        return
    found = table(connection, f"{sql} LIMIT {limit} OFFSET {offset}")
    assert found.num_rows == max(0, min(limit, wanted.num_rows - offset))
    assert not multiset(found) - multiset(wanted)
