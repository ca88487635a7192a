"""What stands on SQLAlchemy: the ORM and automap."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext.automap import automap_base


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
