"""Any WHERE, any join: the same rows with pushdown and without, and the same as plain DuckDB over whole tables.

`AMZSQL_PROPERTY_EXAMPLES` sets the number of statements (`nox -s property` asks for a thousand).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import duckdb
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from statements import ITEMS, ORDERS, Values, plain_limits, statements

from amzsql import ScratchSpace
from amzsql.clock import utc
from amzsql.connection import Connection
from amzsql.errors import ProgrammingError
from amzsql.execute.context import Context
from amzsql.execute.rows import BatchSource
from amzsql.plan.nodes import Situation
from amzsql.settings import read
from amzsql.sql.binding import Bound

EXAMPLES = int(os.environ.get("AMZSQL_PROPERTY_EXAMPLES", "40"))
TODAY = os.environ.get("AMZSQL_TEST_TODAY", "2026-11-21")
WORLD = f"seed=7,orders=60,today={TODAY}"
STATUSES = ("PendingAvailability", "Pending", "Unshipped", "PartiallyShipped", "Shipped", "Canceled", "Unfulfillable")
ENUMS = {e.lower(): e for e in (*STATUSES, "AFN", "MFN")}

# Different page sizes and access paths of the same world; each must give the same rows.
VARIANTS: tuple[dict[str, object], ...] = (
    {},
    {"Pagesize": 7},
    {"OrdersApi": "2026"},
    {"OrdersApi": "v0", "Pagesize": 11},
)

MENTION = re.compile(r"(\b(?:FROM|JOIN) |, )(Orders|OrderItems)\b(?= AS | |$|\))")

THOROUGH = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class WithoutPushdown(Connection):
    """A connection whose plans ask for whole tables and leave every condition to the engine."""

    def situation(self, bound: Bound, context: Context | None) -> Situation:
        return replace(super().situation(bound, context), pushdown=False)


def connected(kind: type[Connection] = Connection, **properties: object) -> Connection:
    return kind(read("", Simulator=WORLD, Marketplace="US,CA,MX", **properties))


def table(connection: Connection, sql: str) -> pa.Table:
    cursor = connection.cursor()
    cursor.execute(sql)
    return cursor.fetch_arrow_table()


@lru_cache(maxsize=1)
def oracle() -> duckdb.DuckDBPyConnection:
    """Return plain DuckDB with both tables, read whole."""
    con = duckdb.connect()
    con.execute("SET timezone='UTC'")
    connection = connected(WithoutPushdown)
    for name, columns in (("Orders", ORDERS), ("OrderItems", ITEMS)):
        con.register(name, table(connection, f"SELECT {', '.join(columns)} FROM {name}"))
    return con


@lru_cache(maxsize=1)
def values() -> Values:
    """Return constants that hit, miss and straddle what the world holds."""

    def column(sql: str) -> list[str]:
        return [row[0] for row in oracle().execute(sql).fetchall()]

    ids = column("SELECT AmazonOrderId FROM Orders ORDER BY 1")
    times = column("SELECT strftime(PurchaseDate, '%Y-%m-%d %H:%M:%S') FROM Orders ORDER BY 1")[::6]
    times += column("SELECT strftime(LastUpdateDate, '%Y-%m-%dT%H:%M:%SZ') FROM Orders ORDER BY 1")[::9]
    written = [f"'{t}'" for t in times]
    written += [f"TIMESTAMP '{times[1]}'", f"TIMESTAMPTZ '{times[2]}+02'", f"CAST('{times[3]}' AS DATE)"]
    written += [
        f"'{times[4]}.5'",
        f"CAST('{times[5]}' AS TIMESTAMP) - INTERVAL 3 DAY",
        "'2019-01-01'",
        "'9999-12-31 23:59:59'",
    ]
    written += ["CURRENT_DATE - INTERVAL 10 DAY", "NOW()", "CURRENT_TIMESTAMP - INTERVAL '5 days'", "CURRENT_DATE"]
    days = sorted({t[:10] for t in times})[::3]
    return Values(
        {
            "id": [f"'{i}'" for i in ids[::5]] + ["'111-0000000-0000000'", "''", "'x'"],
            "item": [f"'{i}'" for i in column("SELECT OrderItemId FROM OrderItems ORDER BY 1")[::9]] + ["'nothing'"],
            "sku": [quoted(s) for s in column("SELECT DISTINCT SellerSKU FROM OrderItems ORDER BY 1")[::7]] + ["'é'"],
            "time": written,
            "status": ["'Shipped'", "'Shipped'", "'Canceled'", "'Pending'", "'Unshipped'"],
            "channel": ["'AFN'", "'MFN'"],
            "market": ["'ATVPDKIKX0DER'", "'A2EUQ1WTGCTBG2'", "'A1AM78C64UM0Y8'", "'A2Q3Y263D00KWC'", "'nowhere'"],
            "money": ["0", "25", "60.86", "(-1)", "1e2", "CAST(40 AS DOUBLE)"],
            "number": ["0", "1", "2", "1.5", "(1 + 1)"],
            "text": ["'Amazon.com'", "'Amazon.ca'", "'Seattle'", "'Montréal'", "''"],
        },
        [f"DATE '{d}'" for d in days] + [f"'{days[0]}'", "CURRENT_DATE - 7", "DATE '9999-12-31'", "DATE '0001-01-01'"],
    )


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def as_spelt(sql: str) -> str:
    """Return a statement with its enum values in their own spelling, as plain DuckDB must be asked."""
    return re.sub(r"'(\w+)'", lambda m: f"'{ENUMS.get(m[1].lower(), m[1])}'", sql)


def expected(
    sql: str, connection: Connection, plain: Callable[[], duckdb.DuckDBPyConnection] | None = None
) -> pa.Table | None:
    """Return what plain DuckDB answers at the connection's present time; None if the statement is not one."""
    now = utc(connection.runtime.clock.now())
    text = as_spelt(sql).replace("CURRENT_DATE", f"DATE '{now.date()}'")
    for name in ("NOW()", "CURRENT_TIMESTAMP"):
        text = text.replace(name, f"TIMESTAMPTZ '{now}'")
    try:
        return (plain or oracle)().sql(text).to_arrow_table()
    except duckdb.Error:
        return None


def multiset(found: pa.Table) -> Counter:
    return Counter(zip(*(c.to_pylist() for c in found.columns), strict=True))


def given_rows(connection: Connection, sql: str) -> pa.Table | None:
    """Return the driver's answer; None if no access path of the chosen API has all the columns."""
    try:
        return table(connection, sql)
    except ProgrammingError as error:
        if "No single access path" in str(error) and connection.settings.orders_api == "v0":
            return None
        raise


def assert_same(found: pa.Table, wanted: pa.Table) -> None:
    assert [f.type for f in found.schema] == [f.type for f in wanted.schema]
    assert [n.lower() for n in found.column_names] == [n.lower() for n in wanted.column_names]
    one, two = multiset(found), multiset(wanted)
    assert one == two, f"too many: {one - two}\nmissing: {two - one}"


@lru_cache(maxsize=1)
def copies() -> ScratchSpace:
    """Return a space in which schema Temp has both tables, under their own names."""
    space = ScratchSpace()
    connection = Connection(read("", Simulator=WORLD), scratch=space)
    for name in ("Orders", "OrderItems"):
        connection.scratch.create_as(name, BatchSource(oracle().table(name).to_arrow_table().schema, batches(name)))
    connection.commit()
    return space


def batches(name: str) -> list[pa.RecordBatch]:
    found: list[pa.RecordBatch] = oracle().table(name).to_arrow_table().to_batches()
    return found


def variants() -> st.SearchStrategy[dict[str, object]]:
    usable = [v for v in VARIANTS if v.get("OrdersApi") != "v0" or TODAY < "2027-03-01"]
    return st.sampled_from(usable)


@given(st.data())
@THOROUGH
def test_the_same_rows_with_pushdown_and_without(data: st.DataObject) -> None:
    sql = data.draw(statements(values()), label="statement")
    properties = data.draw(variants(), label="properties")
    for kind in (Connection, WithoutPushdown):
        connection = connected(kind, **properties)
        wanted = expected(sql, connection)
        found = given_rows(connection, sql) if wanted is not None else None
        if found is not None and wanted is not None:
            assert_same(found, wanted)


@given(st.data())
@settings(THOROUGH, max_examples=EXAMPLES // 2)
def test_an_early_limit_gives_rows_of_the_whole_result(data: st.DataObject) -> None:
    sql, limit, offset = data.draw(plain_limits(values()), label="statement")
    connection = connected(**data.draw(variants(), label="properties"))
    wanted = expected(sql, connection)
    if wanted is None:
        return
    found = given_rows(connection, f"{sql} LIMIT {limit} OFFSET {offset}")
    if found is None:
        return
    assert found.num_rows == max(0, min(limit, wanted.num_rows - offset))
    assert not multiset(found) - multiset(wanted)


@given(st.data())
@settings(THOROUGH, max_examples=EXAMPLES // 2)
def test_some_tables_may_be_scratch_tables(data: st.DataObject) -> None:
    """Copies of tables in schema Temp give the same rows, and bind the keys of those that are Amazon's."""
    sql = as_spelt(data.draw(statements(values()), label="statement"))
    mixed = MENTION.sub(lambda m: f"{m[1]}Temp.{m[2]}" if data.draw(st.booleans()) else m[0], sql)
    connection = Connection(read("", Simulator=WORLD, Marketplace="US,CA,MX"), scratch=copies())
    wanted = expected(sql, connection)
    if wanted is not None:
        assert_same(table(connection, mixed), wanted)


def test_most_statements_are_ones() -> None:
    """The generator would prove nothing if plain DuckDB refused what it writes, or answered nothing."""
    tally: Counter[str] = Counter()

    @given(statements(values()))
    @settings(THOROUGH, max_examples=100)
    def count(sql: str) -> None:
        wanted = expected(sql, connected())
        tally["refused" if wanted is None else "rows" if wanted.num_rows else "empty"] += 1

    count()
    assert tally["refused"] <= 10
    assert tally["rows"] >= 40
