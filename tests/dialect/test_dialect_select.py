"""Statements of SQLAlchemy's expression language, run against the simulator, and the SQL that they become."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import func, select

from amzsql_dialect.base import AmzsqlDialect

RECENT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
SA14 = sa.__version__.startswith("1.4")


def sql(statement: Any) -> str:
    """Return the SQL of a statement on one line."""
    return " ".join(str(statement.compile(dialect=AmzsqlDialect())).split())


@pytest.fixture
def column(orders: sa.Table) -> Any:
    return orders.c


@pytest.fixture(scope="session")
def items(engine: sa.engine.Engine, orders: sa.Table) -> sa.Table:
    return sa.Table("OrderItems", orders.metadata, autoload_with=engine)


@pytest.fixture
def everything(rows: Any, orders: sa.Table) -> list[Any]:
    """(id, status, channel, total, purchase date) of every order, by id: what the other tests count in Python."""
    c = orders.c
    return rows(
        select(c.AmazonOrderId, c.OrderStatus, c.FulfillmentChannel, c.OrderTotalAmount, c.PurchaseDate).order_by(
            c.AmazonOrderId
        )
    )


def test_limit_and_offset(rows: Any, column: Any, everything: list[Any]) -> None:
    ids = [row[0] for row in everything]
    ordered = select(column.AmazonOrderId).order_by(column.AmazonOrderId)
    assert [r[0] for r in rows(ordered.limit(3))] == ids[:3]
    assert [r[0] for r in rows(ordered.limit(3).offset(2))] == ids[2:5]
    assert [r[0] for r in rows(ordered.offset(290))] == ids[290:]
    assert [r[0] for r in rows(ordered.slice(4, 6))] == ids[4:6]
    assert [r[0] for r in rows(ordered.fetch(2))] == ids[:2]
    assert [r[0] for r in rows(ordered.offset(5).fetch(2))] == ids[5:7]
    assert len(rows(select(column.AmazonOrderId).limit(0))) == 0


def test_limits_are_bound() -> None:
    table = sa.table("t", sa.column("x"))
    assert sql(select(table.c.x).limit(3).offset(2)) == "SELECT t.x FROM t LIMIT ? OFFSET ?"
    assert sql(select(table.c.x).offset(2)) == "SELECT t.x FROM t OFFSET ?"
    assert sql(select(table.c.x).fetch(2)) == "SELECT t.x FROM t LIMIT ?"
    with pytest.raises(sa.exc.CompileError, match="WITH TIES"):
        sql(select(table.c.x).fetch(2, with_ties=True))


def test_a_small_limit_asks_for_one_page(rows: Any, column: Any, asked: Any) -> None:
    rows(select(column.AmazonOrderId).limit(3))
    assert len([r for r in asked() if "orders" in str(r).lower()]) == 1


def test_in_lists(rows: Any, column: Any, everything: list[Any]) -> None:
    def count(where: Any) -> int:
        return rows(select(func.count(column.AmazonOrderId)).where(where))[0][0]

    shipped = sum(row[1] == "Shipped" for row in everything)
    either = sum(row[1] in ("Shipped", "Canceled") for row in everything)
    pairs = sum((row[1], row[2]) == ("Shipped", "AFN") for row in everything)
    assert 0 < shipped < either < len(everything)
    assert count(column.OrderStatus.in_(["Shipped"])) == shipped
    assert count(column.OrderStatus.in_(["Shipped", "Canceled"])) == either
    assert count(column.OrderStatus.notin_(["Shipped", "Canceled"])) == len(everything) - either
    assert count(column.OrderStatus.in_([])) == 0
    assert count(column.OrderStatus.notin_([])) == len(everything)
    assert count(sa.tuple_(column.OrderStatus, column.FulfillmentChannel).in_([("Shipped", "AFN")])) == pairs
    literal = sa.bindparam("s", ["Shipped", "a'%?:b"], expanding=True, literal_execute=True)
    assert count(column.OrderStatus.in_(literal)) == shipped


def test_patterns(rows: Any, column: Any, everything: list[Any]) -> None:
    def count(where: Any) -> int:
        return rows(select(func.count(column.AmazonOrderId)).where(where))[0][0]

    begun = sum(row[0].startswith("114") for row in everything)
    assert 0 < begun < len(everything)
    assert count(column.AmazonOrderId.like("114%")) == begun
    assert count(column.AmazonOrderId.startswith("114")) == begun
    assert count(column.AmazonOrderId.notlike("114%")) == len(everything) - begun
    assert count(column.AmazonOrderId.contains("%", autoescape=True)) == 0
    assert count(column.AmazonOrderId.ilike("114%")) == begun
    assert count(column.AmazonOrderId.regexp_match("^114")) == begun
    assert count(~column.AmazonOrderId.regexp_match("^114")) == len(everything) - begun
    replaced = select(column.AmazonOrderId.regexp_replace("^1", "x")).limit(1)
    assert rows(replaced)[0][0].startswith("x1")
    assert rows(select(sa.literal("aXa").regexp_replace("x", "-", flags="gi"))) == [("a-a",)]


def test_comparisons(rows: Any, column: Any, everything: list[Any]) -> None:
    def count(where: Any) -> int:
        return rows(select(func.count(column.AmazonOrderId)).where(where))[0][0]

    assert count(column.PurchaseDate >= RECENT) == sum(row[4] >= RECENT for row in everything)
    assert count(column.PurchaseDate >= dt.date(2026, 11, 1)) == count(column.PurchaseDate >= RECENT)
    until = dt.datetime(2026, 11, 10, tzinfo=dt.UTC)
    assert count(column.PurchaseDate.between(RECENT, until)) == sum(RECENT <= row[4] <= until for row in everything)
    dear = sum(row[3] is not None and row[3] > Decimal("50.5") for row in everything)
    assert count(column.OrderTotalAmount > Decimal("50.5")) == dear
    assert count(column.OrderTotalAmount.is_(None)) == sum(row[3] is None for row in everything)
    assert count(column.OrderStatus.is_distinct_from("Shipped")) == sum(row[1] != "Shipped" for row in everything)


def test_booleans(rows: Any, column: Any, everything: list[Any]) -> None:
    shipped = sa.case((column.OrderStatus == "Shipped", True), else_=False)
    yes = sum(row[1] == "Shipped" for row in everything)
    for where, expected in (
        (shipped, yes),
        (~shipped, len(everything) - yes),
        (shipped.is_(True), yes),
        (shipped == sa.false(), len(everything) - yes),
        (sa.and_(sa.true(), shipped), yes),
    ):
        assert rows(select(func.count(column.AmazonOrderId)).where(where)) == [(expected,)]


def test_labels_and_quoting(rows: Any, column: Any, engine: sa.engine.Engine) -> None:
    odd = 'odd %" (label) [x] :y `z`'
    with engine.connect() as connection:
        result = connection.execute(select(column.AmazonOrderId.label(odd)).limit(1))
        assert list(result.keys()) == [odd]
    quoted = sa.table("T", sa.column("lower"), sa.column("Mixed"), sa.column("select"), sa.column("qualify"))
    assert sql(select(quoted)) == 'SELECT "T".lower, "T"."Mixed", "T"."select", "T"."qualify" FROM "T"'


def test_schemas_in_any_case(rows: Any, engine: sa.engine.Engine) -> None:
    lower = sa.Table("orders", sa.MetaData(), schema="sellingpartner", autoload_with=engine)
    assert sql(select(lower.c.AmazonOrderId)).endswith("FROM sellingpartner.orders")
    assert len(rows(select(lower.c.AmazonOrderId).limit(2))) == 2
    assert rows(sa.text("SELECT 1 FROM sellingpartner.Orders LIMIT :n"), {"n": 1}) == [(1,)]


def test_joins(rows: Any, orders: sa.Table, items: sa.Table) -> None:
    recent = orders.c.PurchaseDate >= RECENT
    joined = rows(select(orders.c.AmazonOrderId, items.c.AmazonOrderId).select_from(orders.join(items)).where(recent))
    assert joined
    assert all(a == b for a, b in joined)
    ids = rows(select(orders.c.AmazonOrderId).where(recent))
    left = rows(select(orders.c.AmazonOrderId).distinct().select_from(orders.outerjoin(items)).where(recent))
    assert sorted(left) == sorted(ids)
    within = items.c.AmazonOrderId.in_(select(orders.c.AmazonOrderId).where(recent))
    assert rows(select(func.count(items.c.OrderItemId)).where(within)) == [(len(joined),)]
    having = sa.exists().where(items.c.AmazonOrderId == orders.c.AmazonOrderId)
    with_items = rows(select(orders.c.AmazonOrderId).where(recent, having))
    assert sorted(with_items) == sorted({(a,) for a, _ in joined})


def test_subqueries_ctes_and_windows(rows: Any, column: Any, everything: list[Any]) -> None:
    shipped = [row for row in everything if row[1] == "Shipped"]
    cte = select(column.OrderTotalAmount.label("amt")).where(column.OrderStatus == "Shipped").cte("the shipped")
    assert rows(select(func.count(), func.sum(cte.c.amt))) == [(len(shipped), sum(row[3] for row in shipped))]
    by_status = select(column.OrderStatus, func.count().label("n")).group_by(column.OrderStatus).subquery()
    top = rows(select(by_status.c.OrderStatus, by_status.c.n).order_by(by_status.c.n.desc()).limit(1))
    assert top == [("Shipped", len(shipped))]
    average = select(func.avg(column.OrderTotalAmount)).scalar_subquery()
    totals = [row[3] for row in everything if row[3] is not None]
    above = sum(total > sum(totals) / len(totals) for total in totals)
    assert rows(select(func.count(column.AmazonOrderId)).where(column.OrderTotalAmount > average)) == [(above,)]
    number = func.row_number().over(partition_by=column.OrderStatus, order_by=column.AmazonOrderId).label("rn")
    numbered = select(column.OrderStatus, column.AmazonOrderId, number).subquery()
    firsts = rows(select(numbered.c.OrderStatus, numbered.c.AmazonOrderId).where(numbered.c.rn == 1))
    assert dict(firsts) == {row[1]: row[0] for row in reversed(everything)}


def test_grouping(rows: Any, column: Any, everything: list[Any]) -> None:
    kind = sa.case((column.OrderStatus == "Shipped", "yes"), else_="no")
    yes = sum(row[1] == "Shipped" for row in everything)
    expected = {"yes": yes, "no": len(everything) - yes}
    assert dict(rows(select(kind, func.count()).group_by(kind))) == expected
    assert dict(rows(select(kind.label("k"), func.count()).group_by("k"))) == expected
    assert dict(rows(select(kind.label("k"), func.count()).group_by("k").having(func.count() > yes - 1))) == {
        "yes": yes
    }
    month = func.date_trunc("month", column.PurchaseDate)
    months = rows(select(month, func.count()).group_by(month))
    assert sum(n for _, n in months) == len(everything)
    assert rows(select(func.count(sa.distinct(column.OrderStatus)))) == [(len({row[1] for row in everything}),)]
    assert rows(select(func.count().filter(column.OrderStatus == "Shipped")).select_from(column.OrderStatus.table)) == [
        (yes,)
    ]


def test_set_operations(rows: Any, column: Any, everything: list[Any]) -> None:
    status, channel = select(column.OrderStatus.label("x")), select(column.FulfillmentChannel)
    statuses = {(row[1],) for row in everything}
    assert set(rows(sa.union(status, channel).order_by("x"))) == statuses | {(row[2],) for row in everything}
    assert len(rows(sa.union_all(status, channel))) == 2 * len(everything)
    assert len(rows(sa.union_all(status, channel).limit(3))) == 3
    shipped = status.where(column.OrderStatus == "Shipped")
    assert set(rows(sa.except_(status, shipped))) == statuses - {("Shipped",)}
    assert rows(sa.intersect(status, shipped)) == [("Shipped",)]


def test_casts(rows: Any) -> None:
    dozen = sa.literal("12")
    assert rows(
        select(
            sa.cast(dozen, sa.Integer),
            sa.cast(dozen, sa.Numeric(10, 1)),
            sa.cast(dozen, sa.Numeric),
            sa.cast(sa.literal("0.1"), sa.Float),
            sa.cast(sa.literal(5), sa.String),
            sa.cast(sa.literal("2026-01-02"), sa.Date),
            sa.cast(sa.literal("2026-01-02 03:04:05"), sa.DateTime),
            sa.cast(sa.literal("2026-01-02 03:04:05"), sa.DateTime(timezone=True)),
            sa.cast(sa.literal("true"), sa.Boolean),
        )
    ) == [
        (
            12,
            Decimal("12.0"),
            Decimal(12),
            0.1,
            "5",
            dt.date(2026, 1, 2),
            dt.datetime(2026, 1, 2, 3, 4, 5),
            dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
            True,
        )
    ]


def test_values_come_back_as_they_went(rows: Any) -> None:
    values = (
        1,
        2**40,
        1.5,
        "a'b%?:c",
        "",
        True,
        None,
        Decimal("1.2500"),
        dt.date(2026, 1, 2),
        dt.datetime(2026, 1, 2, 3, 4, 5, 6),
        RECENT,
        b"\x00ab",
    )
    assert rows(select(*(sa.literal(v) for v in values))) == [values]


def test_arithmetic(rows: Any) -> None:
    assert rows(select(sa.literal(7) % sa.literal(4), sa.literal(2) + sa.literal(3))) == [(3, 5)]
    if not SA14:
        assert rows(select(sa.literal(5) / sa.literal(2), sa.literal(5) // sa.literal(2))) == [(2.5, 2)]
        assert rows(select(sa.try_cast(sa.literal("x"), sa.Integer))) == [(None,)]
        aggregated = select(func.aggregate_strings(sa.column("a"), "-")).select_from(
            sa.values(sa.column("a", sa.String), name="v").data([("x",), ("y",)])
        )
        assert rows(aggregated) == [("x-y",)]


def test_json_is_text_unless_it_is_asked_for(rows: Any, column: Any) -> None:
    ((text,),) = rows(select(column.Programs).limit(1))
    ((value,),) = rows(select(sa.type_coerce(column.Programs, sa.JSON)).limit(1))
    assert isinstance(text, str)
    assert isinstance(value, list)


def test_time_functions(rows: Any) -> None:
    ((now, today, year),) = rows(select(func.now(), func.current_date(), sa.extract("year", func.now())))
    assert (now.date(), today, year) == (dt.date(2026, 11, 21), dt.date(2026, 11, 21), 2026)


def test_for_update_is_left_out(column: Any) -> None:
    assert "FOR UPDATE" not in sql(select(column.AmazonOrderId).with_for_update())


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (sa.Float(), "DOUBLE"),
        (sa.Float(24), "FLOAT"),
        (sa.REAL(), "DOUBLE"),
        (sa.Numeric(), "DECIMAL(38, 10)"),
        (sa.Numeric(12, 2), "DECIMAL(12, 2)"),
        (sa.Numeric(12), "DECIMAL(12, 0)"),
        (sa.DateTime(), "TIMESTAMP"),
        (sa.TIMESTAMP(timezone=True), "TIMESTAMP WITH TIME ZONE"),
        (sa.Unicode(5), "VARCHAR(5)"),
        (sa.NVARCHAR(5), "VARCHAR"),
        (sa.Text(), "TEXT"),
        (sa.LargeBinary(), "BLOB"),
        (sa.BINARY(3), "BLOB"),
        (sa.JSON(), "JSON"),
        (sa.BigInteger(), "BIGINT"),
        (sa.Enum("a", "b"), "VARCHAR(1)"),
    ],
)
def test_type_names(kind: Any, text: str) -> None:
    assert kind.compile(dialect=AmzsqlDialect()) == text
