"""Data frames: pandas, polars and DuckDB read what Amazon has and write what it takes, and into schema Temp."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlalchemy as sa

import amzsql

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

STATEMENT = "SELECT AmazonOrderId, OrderTotalAmount, PurchaseDate FROM Orders ORDER BY AmazonOrderId LIMIT 25"
EVERY = "SELECT AmazonOrderId, OrderTotalAmount FROM Orders"
PLACE = "orders=300,today=2026-11-21,seed=7"
QUEUE = "arn:aws:sqs:us-east-2:123456789012:"
CREATED = "notifications.createDestination"


@pytest.fixture
def shop() -> Iterator[sa.engine.Engine]:
    """An engine of a seller who may be written to, and has no destinations yet."""
    engine = sa.create_engine(f"amzsql://?Simulator={PLACE}&SellerId=A3SIMULATEDSELL&Marketplace=US")
    yield engine
    with engine.connect() as connection:
        connection.execute(sa.text("DELETE FROM Destinations WHERE TRUE"))
    engine.dispose()


@pytest.fixture
def calls(shop: sa.engine.Engine) -> Callable[[], list[str]]:
    """Return the operations that were asked for since the test began."""
    raw = shop.raw_connection()
    log = raw.dbapi_connection.runtime.simulator.log  # type: ignore[union-attr]
    raw.close()
    before = len(log)
    return lambda: [r.operation for r in log[before:]]


def destinations(*names: str) -> Any:
    """Return a frame of new destinations, each with a queue of its own."""
    return pd.DataFrame({"Name": list(names), "ResourceSqsArn": [QUEUE + name for name in names]})


# -- reading with pandas ---------------------------------------------------------------------------------------------


def test_pandas(engine: sa.engine.Engine) -> None:
    frame = pd.read_sql(STATEMENT, engine)
    assert list(frame.columns) == ["AmazonOrderId", "OrderTotalAmount", "PurchaseDate"]
    assert len(frame) == 25
    assert str(frame["PurchaseDate"].dt.tz) == "UTC"
    assert frame["OrderTotalAmount"].dtype == "float64"
    kept = pd.read_sql(STATEMENT, engine, coerce_float=False)["OrderTotalAmount"].dropna()
    assert {type(value) for value in kept} == {Decimal}
    with engine.connect() as connection:
        query = sa.text("SELECT AmazonOrderId FROM Orders WHERE OrderStatus = :status LIMIT 3")
        assert len(pd.read_sql(query, connection, params={"status": "Shipped"})) == 3
    marked = "SELECT count(*) AS n FROM Orders WHERE AmazonOrderId LIKE '11%' AND OrderStatus = ?"
    assert pd.read_sql(marked, engine, params=("Shipped",))["n"][0] > 0


def test_a_warning_names_the_line_that_asked() -> None:
    engine = sa.create_engine(f"amzsql://?Simulator={PLACE}&MaxRows=2")
    with pytest.warns(amzsql.ResultWarning, match="cut at 2 rows") as told:
        pd.read_sql("SELECT AmazonOrderId FROM Orders", engine)
    assert {w.filename for w in told if w.category is amzsql.ResultWarning} == {__file__}
    with pytest.warns(amzsql.ResultWarning, match="does nothing") as told:
        amzsql.connect(Simulator=PLACE, Latency="Interactive")
    assert {w.filename for w in told if w.category is amzsql.ResultWarning} == {__file__}


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_pandas_with_types_that_hold_nulls(engine: sa.engine.Engine, backend: str) -> None:
    columns = "PurchaseDate, IsPrime, NumberOfItemsShipped"
    sql = f"SELECT {columns} FROM Orders WHERE OrderStatus = 'Shipped' LIMIT 9"
    frame = pd.read_sql(sql, engine, dtype_backend=backend)
    assert frame["IsPrime"].dtype == ("bool[pyarrow]" if backend == "pyarrow" else "boolean")
    assert frame["NumberOfItemsShipped"].dtype == ("int64[pyarrow]" if backend == "pyarrow" else "Int64")
    assert frame["PurchaseDate"].notna().all()


def test_pandas_reads_a_table(engine: sa.engine.Engine) -> None:
    frame = pd.read_sql_table("MarketplaceParticipations", engine)
    assert "MarketplaceId" in frame.columns
    assert len(frame) > 1
    some = pd.read_sql_table("Orders", engine, schema="SellingPartner", columns=["AmazonOrderId", "PurchaseDate"])
    assert some.shape == (300, 2)


def test_pandas_in_chunks(engine: sa.engine.Engine) -> None:
    whole = pd.read_sql(STATEMENT, engine)
    chunks = list(pd.read_sql(STATEMENT, engine, chunksize=10))
    assert [len(chunk) for chunk in chunks] == [10, 10, 5]
    assert pd.concat(chunks, ignore_index=True).equals(whole)


def test_a_chunk_asks_for_no_more_than_it_needs(engine: sa.engine.Engine, asked: Any) -> None:
    every = "SELECT AmazonOrderId FROM Orders"
    with engine.connect().execution_options(stream_results=True) as connection:
        first = next(pd.read_sql(sa.text(every), connection, chunksize=10))
    # A probe may come first, as the bucket's fill has it: pages of orders are what is counted.
    part = sum(r.operation.endswith("Orders") for r in asked())
    assert len(first) == 10
    pd.read_sql(every, engine)
    assert 0 < part < sum(r.operation.endswith("Orders") for r in asked()) - part


# -- writing with pandas ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{}, {"method": "multi"}, {"chunksize": 1}, {"schema": "SellingPartner"}], ids=str)
def test_a_frame_is_appended_to_a_table_of_amazon_s(
    shop: sa.engine.Engine, calls: Callable[[], list[str]], how: dict[str, Any]
) -> None:
    frame = destinations("orders", "stock")
    assert frame.to_sql("Destinations", shop, if_exists="append", index=False, **how) in (2, -2)
    back = pd.read_sql("SELECT Name, ResourceSqsArn FROM Destinations ORDER BY Name", shop)
    assert back.to_dict("list") == frame.to_dict("list")
    assert calls().count(CREATED) == 2


def test_what_amazon_refuses_of_a_frame_is_told_row_by_row(shop: sa.engine.Engine) -> None:
    frame = pd.concat([destinations("orders"), destinations("orders").assign(Name="again"), destinations("late")])
    with pytest.raises(Exception, match=r"Row 1 was refused.*Not sent: row 2") as raised:
        frame.to_sql("Destinations", shop, if_exists="append", index=False)
    told: Any = raised.value
    while not isinstance(told, amzsql.Error):
        told = getattr(told, "orig", None) or told.__cause__
    assert [outcome.state for outcome in told.outcomes] == ["done", "refused", "not sent"]


def test_what_cannot_be_written_is_refused_before_any_call(
    shop: sa.engine.Engine, calls: Callable[[], list[str]]
) -> None:
    frame = destinations("orders")
    wrong = {
        "Orders takes no INSERT": lambda: frame.to_sql("Orders", shop, if_exists="append", index=False),
        "no column Nam. Did you mean Name": lambda: frame.rename(columns={"Name": "Nam"}).to_sql(
            "Destinations", shop, if_exists="append", index=False
        ),
        "cannot be dropped": lambda: frame.to_sql("Destinations", shop, if_exists="replace", index=False),
        "already exists": lambda: frame.to_sql("Destinations", shop, index=False),
        "can be made in schema Temp": lambda: frame.to_sql("Mine", shop, schema="SellingPartner", index=False),
    }
    for text, write in wrong.items():
        with pytest.raises(Exception, match=text):
            write()
    assert set(calls()) <= {"lwa.token"}


def test_a_frame_goes_into_temp_and_comes_back(shop: sa.engine.Engine) -> None:
    frame = pd.DataFrame(
        {
            "text": ["x", None, "é"],
            "whole": [1, 2, 2**62],
            "part": [1.5, None, -0.25],
            "money": [Decimal("1.10"), None, Decimal("2.20")],
            "day": [dt.date(2026, 1, 1), None, dt.date(2026, 1, 2)],
            "at": pd.to_datetime(["2026-01-01T12:00:00.000001", None, "2026-01-02"], format="ISO8601"),
            "moment": pd.to_datetime(["2026-01-01T12:00:00.000001", None, "2026-01-02"], format="ISO8601", utc=True),
            "yes": [True, False, True],
        }
    )
    types = {"money": sa.Numeric(10, 2), "day": sa.Date()}
    frame.to_sql("mine", shop, index=False, dtype=types)
    back = pd.read_sql("SELECT * FROM mine", shop, coerce_float=False)
    given, found = (f.astype(object).where(f.notna(), None).to_dict("list") for f in (frame, back))
    assert found == given
    assert str(back["moment"].dt.tz) == "UTC"
    frame.to_sql("mine", shop, schema="Temp", if_exists="append", index=False)
    assert len(pd.read_sql_table("mine", shop)) == 6
    frame.to_sql("mine", shop, if_exists="replace", index=False, dtype=types)
    assert len(pd.read_sql_table("mine", shop, schema="Temp")) == 3


@pytest.mark.parametrize(
    ("frame", "table", "kind", "told"),
    [
        (pd.DataFrame({"a": ["x"]}), "num", sa.exc.DataError, "Could not convert string 'x'"),
        (pd.DataFrame({"a": [10**30]}, dtype=object), "num", sa.exc.DataError, "Could not convert string '1000"),
        (pd.DataFrame({"a": [1]}), "keyed", sa.exc.IntegrityError, "[Dd]uplicate key"),
        (pd.DataFrame([[1, 2]], columns=["a", "A"]), "fresh", sa.exc.ProgrammingError, 'name "A" already exists'),
    ],
)
def test_what_temp_does_not_take_is_told(
    shop: sa.engine.Engine, frame: Any, table: str, kind: type[Exception], told: str
) -> None:
    """pandas commits even what has failed: its user must see the error, and not that the commit failed too."""
    with shop.begin() as connection:
        connection.execute(sa.text("CREATE TABLE num (a BIGINT)"))
        connection.execute(sa.text("CREATE TABLE keyed (a BIGINT PRIMARY KEY)"))
        connection.execute(sa.text("INSERT INTO keyed VALUES (1)"))
    with pytest.raises(kind, match=f"{told}.* nothing was committed") as error:
        frame.to_sql(table, shop, if_exists="append", index=False)
    assert re.search(told, str(error.value.orig.__cause__))  # type: ignore[attr-defined]
    if table == "num" and pd.__version__ >= "2.2":
        with pytest.raises(kind, match=told):
            pl.from_pandas(frame.astype(str)).write_database(table, shop, if_table_exists="append")
    with shop.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM num")).scalar() == 0


def test_what_pandas_calls_missing_is_null(shop: sa.engine.Engine) -> None:
    raw = shop.raw_connection()
    cursor = raw.cursor()
    cursor.execute("SELECT ? IS NULL, ? IS NULL", (pd.NaT, pd.NA))
    assert cursor.fetchall() == [(True, True)]
    cursor.execute("SELECT isnan(@n), 1 IN @list", {"n": float("nan"), "list": [pd.NA, 1]})
    assert cursor.fetchall() == [(True, True)]
    cursor.execute("CREATE TABLE gaps (a TIMESTAMPTZ, b BIGINT, c DOUBLE)")
    moment = pd.Timestamp("2026-11-21 08:00", tz="UTC")
    nan = float("nan")
    cursor.executemany("INSERT INTO gaps VALUES (?, ?, ?)", [(moment, 1, 1.5), (pd.NaT, pd.NA, nan)])
    cursor.execute("INSERT INTO gaps SELECT ?, ?, 2.5", (pd.NaT, pd.NA))
    cursor.execute("SELECT * EXCLUDE c FROM gaps")
    assert cursor.fetchall() == [(moment, 1), (None, None), (None, None)]
    raw.commit()
    pd.DataFrame({"a": [pd.NaT], "b": [pd.NA], "c": [nan]}).to_sql("gaps", shop, if_exists="append", index=False)
    cursor.execute("SELECT list(c) FROM gaps WHERE c IS NULL OR isnan(c)")
    assert [value is None for value in cursor.fetchone()[0]] == [False, True]
    raw.close()


def test_keys_of_a_frame_are_what_amazon_is_asked_for(shop: sa.engine.Engine, calls: Callable[[], list[str]]) -> None:
    picked = pd.read_sql("SELECT AmazonOrderId FROM Orders LIMIT 3", shop)
    before = len(calls())
    picked.to_sql("picked", shop, index=False)
    items = pd.read_sql("SELECT AmazonOrderId, OrderItemId FROM OrderItems JOIN picked USING (AmazonOrderId)", shop)
    assert set(items["AmazonOrderId"]) == set(picked["AmazonOrderId"])
    assert len(calls()) - before == 3


def test_pandas_is_told_that_it_writes_through_an_engine() -> None:
    raw = amzsql.connect(f"Simulator={PLACE}")
    with pytest.warns(UserWarning, match="SQLAlchemy"), pytest.raises(Exception, match="give the tool an engine"):
        pd.DataFrame({"a": [1]}).to_sql("mine", raw, index=False)


# -- polars ----------------------------------------------------------------------------------------------------------


def test_polars_reads_from_an_engine_and_from_the_driver(engine: sa.engine.Engine) -> None:
    frame = pl.read_database(STATEMENT, engine)
    assert frame.schema["OrderTotalAmount"] == pl.Decimal(18, 4)
    assert frame.schema["PurchaseDate"] == pl.Datetime("us", "UTC")
    driver = amzsql.connect(f"Simulator={PLACE}")
    direct = pl.read_database(STATEMENT, driver)
    assert direct.equals(frame)
    assert pl.DataFrame(driver.cursor().execute(STATEMENT)).equals(frame)
    parts = list(pl.read_database(STATEMENT, driver, iter_batches=True, batch_size=10))
    assert [part.height for part in parts] == [10, 10, 5]
    assert pl.concat(parts).equals(frame)
    marked = "SELECT AmazonOrderId FROM Orders WHERE OrderStatus = ? LIMIT 3"
    assert pl.read_database(marked, driver, execute_options={"parameters": ["Shipped"]}).height == 3


def test_an_empty_polars_frame_has_its_types(engine: sa.engine.Engine) -> None:
    columns = "AmazonOrderId, OrderTotalAmount, PurchaseDate, NumberOfItemsShipped"
    sql = f"SELECT {columns} FROM Orders WHERE AmazonOrderId = '1'"
    by_rows = pl.read_database(sql, engine).schema
    # Of a time with a zone polars cannot read the zone out of the name of the type.
    assert list(by_rows.values()) == [pl.String, pl.Decimal(18, 4), pl.Null, pl.Int64]
    by_arrow = amzsql.connect(f"Simulator={PLACE}").cursor().execute(sql).fetch_polars().schema
    assert list(by_arrow.values()) == [pl.String, pl.Decimal(18, 4), pl.Datetime("us", "UTC"), pl.Int64]


def test_polars_writes(shop: sa.engine.Engine) -> None:
    frame = pl.DataFrame({"Name": ["orders", "stock"], "ResourceSqsArn": [QUEUE + "orders", QUEUE + "stock"]})
    frame.write_database("Destinations", shop, if_table_exists="append")
    assert pl.read_database("SELECT Name, ResourceSqsArn FROM Destinations", shop).sort("Name").equals(frame)
    frame.write_database("mine", shop)
    assert pl.read_database("SELECT * FROM mine", shop).equals(frame)


# -- Arrow's stream, and DuckDB over it --------------------------------------------------------------------------------


def test_a_stream_gives_the_rows_that_are_left(engine: sa.engine.Engine) -> None:
    with engine.connect() as connection:
        result: Any = connection.execute(sa.text(STATEMENT))
        first = result.cursor.fetchone()
        rest = pa.table(result.cursor)
    assert [first[0], *rest["AmazonOrderId"].to_pylist()] == pd.read_sql(STATEMENT, engine)["AmazonOrderId"].to_list()
    assert rest.schema.field("OrderTotalAmount").type == pa.decimal128(18, 4)


def test_duckdb_reads_pages_as_it_needs_them() -> None:
    driver = amzsql.connect(f"Simulator={PLACE.replace('300', '3000')}", Marketplace="US")
    assert driver.runtime.simulator is not None
    log = driver.runtime.simulator.log
    # The engine finds these by their names.
    source = driver.cursor().execute(EVERY)  # noqa: F841
    assert len(duckdb.sql("FROM source LIMIT 5").fetchall()) == 5
    # The lookahead asks one page more.
    assert sum(r.operation.endswith("Orders") for r in log) <= 2
    whole = driver.cursor().execute(EVERY)  # noqa: F841
    expected = driver.cursor().execute(f"SELECT count(*), sum(OrderTotalAmount) FROM ({EVERY})").fetchall()
    own = duckdb.connect()
    own.execute("CREATE TABLE kept AS FROM whole")
    assert own.sql("SELECT count(*), sum(OrderTotalAmount) FROM kept").fetchall() == expected
    # A stream is read once: what is left of it is nothing.
    assert own.sql("SELECT count(*) FROM whole").fetchall() == [(0,)]


def test_an_error_within_the_stream_reaches_the_reader() -> None:
    source = amzsql.connect(f"Simulator={PLACE}").cursor().execute("SELECT AmazonOrderId::INTEGER AS n FROM Orders")
    with pytest.raises(duckdb.Error, match="Could not convert string"):
        duckdb.sql("SELECT max(n) FROM source").fetchall()
    with pytest.raises(amzsql.DataError, match="Could not convert string"):
        source.fetchall()
