"""The cursor: PEP 249's rows and their Arrow forms are the same rows, each given out once."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from driving import ALL_ORDERS, rows, simulated

import amzsql
from amzsql.connection import Connection
from amzsql.errors import DataError, InterfaceError, ProgrammingError

SOME = "SELECT AmazonOrderId, PurchaseDate, OrderTotalAmount FROM Orders WHERE PurchaseDate >= '2026-01-01'"


@pytest.fixture(scope="module")
def connection() -> Connection:
    return simulated(throttle="off")[0]


@pytest.fixture(scope="module")
def expected(connection: Connection) -> list[Any]:
    return rows(connection, SOME)


@pytest.mark.parametrize(
    ("sql", "types"),
    [
        ("SELECT OrderItems, AmazonOrderId FROM Orders LIMIT 1", ["JSON", "VARCHAR"]),
        ("SELECT AmazonOrderId, OrderItems AS items FROM Orders ORDER BY 1", ["VARCHAR", "JSON"]),
        ("WITH o AS (SELECT OrderItems i FROM Orders) SELECT max(i), i FROM o GROUP BY i", ["VARCHAR", "JSON"]),
        ("SELECT OrderItems FROM Orders UNION ALL SELECT OrderItems FROM Orders", ["JSON"]),
        ("SELECT upper(OrderItems), json_array_length(OrderItems) FROM Orders LIMIT 1", ["VARCHAR", "UBIGINT"]),
        ("EXPLAIN SELECT OrderItems, Programs FROM Orders", None),
        ("EXPLAIN ANALYZE SELECT OrderItems, Programs FROM Orders LIMIT 1", None),
    ],
)
def test_json_is_described_as_such_where_it_is_the_table_s(
    connection: Connection, sql: str, types: list[str] | None
) -> None:
    """As reflection tells it; it is text all the same."""
    cursor = connection.cursor().execute(sql)
    found = [d[1] for d in cursor.description or ()]
    assert found == types if types else "JSON" not in found
    assert all(kind == amzsql.STRING for kind in found if kind in ("JSON", "VARCHAR"))


def test_description(connection: Connection) -> None:
    cursor = connection.cursor().execute(
        "SELECT AmazonOrderId, PurchaseDate, OrderTotalAmount, 1 AS n, true AS b, 1.5::DOUBLE AS d, DATE '2026-01-01' "
        "FROM Orders LIMIT 1"
    )
    assert cursor.description is not None
    names = [d[0] for d in cursor.description]
    types = [d[1] for d in cursor.description]
    assert names[:6] == ["AmazonOrderId", "PurchaseDate", "OrderTotalAmount", "n", "b", "d"]
    assert types == ["VARCHAR", "TIMESTAMP WITH TIME ZONE", "DECIMAL(18,4)", "INTEGER", "BOOLEAN", "DOUBLE", "DATE"]
    groups = [amzsql.STRING, amzsql.DATETIME, *[amzsql.NUMBER] * 4, amzsql.DATETIME]
    assert all(t == g for t, g in zip(types, groups, strict=True))
    assert cursor.description[2][4:6] == (18, 4)
    assert all(len(d) == 7 for d in cursor.description)


def test_types_are_told_as_sql_has_them(connection: Connection) -> None:
    cursor = connection.cursor().execute(
        """SELECT 1::UTINYINT, 1::USMALLINT, {'a': 1, 'B c': list_value(1)}, map(list_value('x'), list_value(1)),
        array_value(1, 2), 'x'::ENUM('x'), union_value(q := 1)"""
    )
    assert [d[1] for d in cursor.description or ()] == [
        *("UTINYINT", "USMALLINT", 'STRUCT(a INTEGER, "B c" INTEGER[])', "MAP(VARCHAR, INTEGER)"),
        *("INTEGER[2]", "VARCHAR", "UNION(q INTEGER)"),
    ]


def test_values(connection: Connection) -> None:
    number, date, money = rows(connection, SOME + " AND OrderTotalAmount > 0")[0]
    assert isinstance(number, str)
    assert date.utcoffset() == dt.timedelta(0)
    assert isinstance(money, Decimal)
    assert money.as_tuple().exponent == -4


def test_duplicate_names_stay(connection: Connection) -> None:
    cursor = connection.cursor().execute("SELECT 1 AS a, 2 AS a, 3 AS A")
    assert [d[0] for d in cursor.description or ()] == ["a", "a", "A"]
    assert cursor.fetchall() == [(1, 2, 3)]


def test_fetching_piece_by_piece(connection: Connection, expected: list[Any]) -> None:
    cursor = connection.cursor().execute(SOME)
    assert cursor.rowcount == -1
    assert cursor.rownumber == 0
    found = [cursor.fetchone(), *cursor.fetchmany(), *cursor.fetchmany(150)]
    assert cursor.rownumber == 152
    cursor.arraysize = 7
    found += cursor.fetchmany()
    assert len(found) == 159
    found += list(cursor)
    assert found == expected
    assert cursor.fetchone() is None
    assert cursor.fetchmany(5) == cursor.fetchall() == []
    assert cursor.fetchmany(0) == []


def test_arrow_forms_are_the_same_rows(connection: Connection, expected: list[Any]) -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")

    def cursor() -> Any:
        return connection.cursor().execute(SOME)

    tables = {
        "fetch_arrow_table": cursor().fetch_arrow_table(),
        "fetchallarrow": cursor().fetchallarrow(),
        "fetch_record_batch": cursor().fetch_record_batch().read_all(),
        "fetch_arrow": pa.table(cursor().fetch_arrow()),
        "stream": pa.table(cursor()),
        "polars": polars.DataFrame(cursor()).to_arrow().cast(cursor().fetch_arrow_table().schema),
        "fetch_polars": cursor().fetch_polars().to_arrow().cast(cursor().fetch_arrow_table().schema),
    }
    for name, table in tables.items():
        assert list(zip(*(c.to_pylist() for c in table.columns), strict=True)) == expected, name
    assert len(cursor().fetch_df()) == len(expected)
    if hasattr(pandas.DataFrame, "from_arrow"):
        assert len(pandas.DataFrame.from_arrow(cursor())) == len(expected)
    source = cursor()  # noqa: F841 - the engine finds it by its name
    assert duckdb.sql("SELECT count(*) FROM source").fetchall() == [(len(expected),)]


def test_rows_then_arrow_lose_none(connection: Connection, expected: list[Any]) -> None:
    for statement in (SOME, SOME + " ORDER BY PurchaseDate DESC, AmazonOrderId"):
        cursor = connection.cursor().execute(statement)
        found = [cursor.fetchone(), *cursor.fetchmany(3)]
        reader = cursor.fetch_record_batch()
        found += list(zip(*(c.to_pylist() for c in reader.read_next_batch().columns), strict=True))
        rest = cursor.fetch_arrow_table()
        found += list(zip(*(c.to_pylist() for c in rest.columns), strict=True))
        assert sorted(found) == sorted(expected)


def test_what_is_left_of_a_batch_keeps_its_values(connection: Connection) -> None:
    """Rows count a month as thirty days, and the widest integer has more digits than its Arrow type tells."""
    widest = 2**127 - 1
    text = f"SELECT n, INTERVAL 1 MONTH AS span, {widest}::HUGEINT AS wide FROM range(3) t(n) ORDER BY n"
    cursor = connection.cursor().execute(text)
    assert cursor.fetchone() == (0, dt.timedelta(days=30), Decimal(widest))
    left = cursor.fetch_arrow_table()
    assert left["n"].to_pylist() == [1, 2]
    assert left["span"].to_pylist() == [pa.MonthDayNano((1, 0, 0))] * 2
    assert left["wide"].to_pylist() == [Decimal(widest)] * 2
    assert cursor.fetchone() is None


def test_lengths_of_time_are_durations_in_polars(connection: Connection) -> None:
    pytest.importorskip("polars")
    frame = connection.cursor().execute("SELECT INTERVAL 1 MONTH AS a FROM range(2)").fetch_polars()
    assert frame["a"].to_list() == [dt.timedelta(days=30)] * 2
    for value in ("list_value(INTERVAL 1 MONTH)", "union_value(q := 1)"):
        with pytest.raises(DataError, match=r"[Cc]ast \w+( \w+)? to VARCHAR"):
            connection.cursor().execute(f"SELECT {value}").fetch_polars()


@pytest.mark.parametrize(
    "value", ["TIMETZ '10:00:00+02'", "struct_pack(t := TIMETZ '10:00:00+02')", "'101'::BIT", "1::BIGNUM"]
)
def test_what_arrow_would_change_without_a_word_is_refused(connection: Connection, value: str) -> None:
    cursor = connection.cursor()
    with pytest.raises(ProgrammingError, match=r"^odd: .*cast it to VARCHAR"):
        cursor.execute(f"SELECT AmazonOrderId, {value} AS odd FROM Orders")
    assert cursor.stats is not None
    assert cursor.stats.requests == 0
    assert rows(connection, f"SELECT CAST({value} AS VARCHAR) <> ''") == [(True,)]


def test_a_library_that_is_missing_is_named_with_its_extra() -> None:
    text = """
import sys
sys.modules["polars"] = sys.modules["pandas"] = None  # as if they were not installed
import amzsql
cursor = amzsql.connect(Simulator="orders=5").cursor()
for name in ("fetch_df", "fetch_polars"):
    cursor.execute("SELECT 1")
    try:
        getattr(cursor, name)()
    except ImportError as error:
        print(error)
    print(cursor.fetchall())
"""
    said = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == [
        "fetch_df() needs pandas: pip install 'amzsql[pandas]'",
        "[(1,)]",
        "fetch_polars() needs polars: pip install 'amzsql[polars]'",
        "[(1,)]",
    ]


def test_an_empty_result_has_its_columns(connection: Connection) -> None:
    cursor = connection.cursor().execute(SOME + " AND AmazonOrderId = 'nothing'")
    table = cursor.fetch_arrow_table()
    assert table.num_rows == 0
    assert table.column_names == ["AmazonOrderId", "PurchaseDate", "OrderTotalAmount"]
    assert cursor.fetchone() is None


def test_the_first_row_costs_one_page() -> None:
    connection, simulator = simulated()
    cursor = connection.cursor().execute(ALL_ORDERS)
    assert cursor.fetchone()
    assert [r.operation for r in simulator.log] == ["lwa.token", "orders_2026-01-01.searchOrders"]


def test_stats(expected: list[Any]) -> None:
    connection, simulator = simulated()
    cursor = connection.cursor()
    assert cursor.stats is None
    cursor.execute(ALL_ORDERS).fetchall()
    stats, calls = cursor.stats, simulator.log[1:]
    assert stats is not None
    assert (stats.requests, stats.pages, stats.rows) == (3, 3, 202)
    assert stats.bytes == sum(r.size for r in calls)
    assert stats.sources == {"orders_2026-01-01.searchOrders": 3}
    assert stats.as_of == calls[0].time
    assert stats.throttled == stats.waited == 0
    assert stats.seconds == pytest.approx(0.9)


def test_misuse(connection: Connection) -> None:
    cursor = connection.cursor()
    for fetch in (cursor.fetchone, cursor.fetchmany, cursor.fetchall, cursor.fetch_arrow_table):
        with pytest.raises(ProgrammingError, match="execute"):
            fetch()
    assert cursor.description is None
    with pytest.raises(ProgrammingError, match="no procedure GetThings"):
        cursor.callproc("GetThings")
    for reading in (SOME, "SELECT ?", "EXPLAIN SELECT ?"):
        with pytest.raises(ProgrammingError, match="executemany"):
            cursor.executemany(reading, [(1,), (2,)])
        assert cursor.stats is not None
        assert cursor.stats.requests == 0
    with pytest.raises(ProgrammingError, match="Syntax error"):
        cursor.executemany("SELECT FROM WHERE", [(1,)])
    with pytest.raises(ProgrammingError):
        cursor.execute("SELECT FROM WHERE")
    with pytest.raises(ProgrammingError, match="execute"):
        cursor.fetchone()
    cursor.close()
    cursor.close()
    for use in (lambda: cursor.execute("SELECT 1"), cursor.fetchone, cursor.nextset):
        with pytest.raises(InterfaceError, match="closed"):
            use()


@pytest.mark.parametrize("operation", [None, b"SELECT 1", 1])
def test_a_statement_is_text(connection: Connection, operation: Any) -> None:
    with pytest.raises(ProgrammingError, match=f"not as {type(operation).__name__}"):
        connection.cursor().execute(operation)


def test_fetchmany_takes_no_negative_number(connection: Connection) -> None:
    cursor = connection.cursor().execute("SELECT 1")
    with pytest.raises(ProgrammingError, match="not -1"):
        cursor.fetchmany(-1)
    assert cursor.fetchall() == [(1,)]


@pytest.mark.parametrize(
    "value", ["DATE '10000-01-01'", "TIMESTAMPTZ 'infinity'", "list_value(TIMESTAMP '-infinity')", "DATE '-infinity'"]
)
def test_a_value_that_python_cannot_hold_names_its_column(connection: Connection, value: str) -> None:
    cursor = connection.cursor().execute(f"SELECT 1 AS one, {value} AS far")
    for fetch in (cursor.fetchone, cursor.fetchall):
        with pytest.raises(DataError, match=r"^far: .*fetch_arrow_table"):
            fetch()
    table = cursor.fetch_arrow_table()
    assert (table.num_rows, table.column_names) == (1, ["one", "far"])
    assert rows(connection, f"SELECT ({value})::VARCHAR")[0][0]


def test_a_value_that_pandas_cannot_hold_is_an_error_of_the_driver(connection: Connection) -> None:
    pytest.importorskip("pandas")
    with pytest.raises(DataError, match="beyond what pandas holds"):
        connection.cursor().execute("SELECT DATE '10000-01-01'").fetch_df()


def test_messages_are_those_of_the_last_statement() -> None:
    connection, _ = simulated(MaxRows=1)
    cursor = connection.cursor()
    cursor.execute(SOME).fetchall()
    assert [kind for kind, _ in cursor.messages] == [amzsql.Warning]
    cursor.execute(SOME).fetchall()
    assert len(connection.messages) == 1
    cursor.execute("SELECT 1").fetchall()
    assert cursor.messages == []


def test_a_cursor_closes_with_its_block(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SOME)
    with pytest.raises(InterfaceError):
        cursor.fetchone()


def test_warnings_are_told_on_the_callers_thread() -> None:
    connection, _ = simulated()
    with pytest.warns(amzsql.ResultWarning, match="BuyerInfoBuyerName may be NULL.*role") as told:
        connection.cursor().execute("SELECT BuyerInfoBuyerName FROM Orders LIMIT 1").fetchall()
    assert {warning.filename for warning in told} == {__file__}
    unseen = connection.cursor().execute("SELECT BuyerInfoBuyerName FROM Orders WHERE AmazonOrderId = '111-0-0'")
    assert unseen.fetchall() == []
    assert unseen.messages == []


def test_a_warning_that_comes_with_the_rows_is_told() -> None:
    connection, _ = simulated(MaxRows=2)
    cursor = connection.cursor().execute("SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-01-01'")
    with pytest.warns(amzsql.ResultWarning, match="cut at 2 rows") as told:
        assert len(cursor.fetchall()) == 2
    assert {warning.filename for warning in told} == {__file__}
