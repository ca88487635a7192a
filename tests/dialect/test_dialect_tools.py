"""What stands on SQLAlchemy: the ORM, automap, pandas and polars."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext.automap import automap_base

import amzsql

STATEMENT = "SELECT AmazonOrderId, OrderTotalAmount, PurchaseDate FROM Orders ORDER BY AmazonOrderId LIMIT 25"


def test_a_mapped_class(engine: sa.engine.Engine) -> None:
    base: Any = orm.declarative_base()

    class Order(base):  # type: ignore[misc]
        __tablename__ = "Orders"
        id = sa.Column("AmazonOrderId", sa.String, primary_key=True)
        total = sa.Column("OrderTotalAmount", sa.Numeric(18, 4))
        bought = sa.Column("PurchaseDate", sa.DateTime(timezone=True))

    with orm.Session(engine) as session:
        statement = sa.select(Order).where(Order.bought >= dt.datetime(2026, 11, 1, tzinfo=dt.UTC)).limit(5)
        found = session.scalars(statement).all()
        assert len(found) == 5
        assert all(isinstance(order.total, Decimal | None) for order in found)
        session.expunge_all()
        assert session.get(Order, found[0].id).bought == found[0].bought


def test_automap_follows_the_parent(engine: sa.engine.Engine) -> None:
    base = automap_base()
    base.prepare(autoload_with=engine)
    order = base.classes.Orders
    assert set(base.classes.keys()) == set(sa.inspect(engine).get_table_names())
    with orm.Session(engine) as session:
        item = session.scalars(sa.select(base.classes.OrderItems).limit(1)).one()
        assert isinstance(item.orders, order)
        assert item.orders.AmazonOrderId == item.AmazonOrderId


def test_pandas(engine: sa.engine.Engine, asked: Any) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.read_sql(STATEMENT, engine)
    assert list(frame.columns) == ["AmazonOrderId", "OrderTotalAmount", "PurchaseDate"]
    assert len(frame) == 25
    assert str(frame["PurchaseDate"].dt.tz) == "UTC"
    assert frame["OrderTotalAmount"].dtype == "float64"
    with engine.connect() as connection:
        query = sa.text("SELECT AmazonOrderId FROM Orders WHERE OrderStatus = :status LIMIT 3")
        assert len(pd.read_sql(query, connection, params={"status": "Shipped"})) == 3
    marked = "SELECT count(*) AS n FROM Orders WHERE AmazonOrderId LIKE '11%' AND OrderStatus = ?"
    assert pd.read_sql(marked, engine, params=("Shipped",))["n"][0] > 0


def test_pandas_reads_a_table(engine: sa.engine.Engine) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.read_sql_table("MarketplaceParticipations", engine)
    assert "MarketplaceId" in frame.columns
    assert len(frame) > 1
    some = pd.read_sql_table("Orders", engine, schema="SellingPartner", columns=["AmazonOrderId", "PurchaseDate"])
    assert some.shape == (300, 2)


def test_pandas_in_chunks(engine: sa.engine.Engine) -> None:
    pd = pytest.importorskip("pandas")
    whole = pd.read_sql(STATEMENT, engine)
    chunks = list(pd.read_sql(STATEMENT, engine, chunksize=10))
    assert [len(chunk) for chunk in chunks] == [10, 10, 5]
    assert pd.concat(chunks, ignore_index=True).equals(whole)


def test_a_chunk_asks_for_no_more_than_it_needs(engine: sa.engine.Engine, asked: Any) -> None:
    pd = pytest.importorskip("pandas")
    every = "SELECT AmazonOrderId FROM Orders"
    with engine.connect().execution_options(stream_results=True) as connection:
        first = next(pd.read_sql(sa.text(every), connection, chunksize=10))
    # A probe may come first, as the bucket's fill has it: pages of orders are what is counted.
    part = sum(r.operation.endswith("Orders") for r in asked())
    assert len(first) == 10
    pd.read_sql(every, engine)
    assert 0 < part < sum(r.operation.endswith("Orders") for r in asked()) - part


def test_polars_reads_from_an_engine_and_from_the_driver(engine: sa.engine.Engine) -> None:
    pl = pytest.importorskip("polars")
    frame = pl.read_database(STATEMENT, engine)
    assert frame.shape == (25, 3)
    direct = pl.read_database(STATEMENT, amzsql.connect("Simulator=orders=300,today=2026-11-21,seed=7"))
    assert direct["AmazonOrderId"].to_list() == frame["AmazonOrderId"].to_list()
    assert direct["OrderTotalAmount"].to_list() == frame["OrderTotalAmount"].to_list()
    assert isinstance(direct["OrderTotalAmount"][0], Decimal)
