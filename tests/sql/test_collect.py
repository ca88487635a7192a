# ruff: noqa: E501 - statements are read best on one line
"""What a statement says of each scan: what is pushed where, and what must not be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from amzsql.catalog import registry
from amzsql.errors import ProgrammingError
from amzsql.execute.engine import Engines
from amzsql.sql.binding import Bound, bind
from amzsql.sql.predicate import Domain
from amzsql.sql.statement import parse

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
SHIPPED = Domain.of("Shipped")


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    engines = Engines()
    yield engines
    engines.close()


def bound(engines: Engines, sql: str, zone: str = "UTC") -> Bound:
    def evaluate(expressions: object) -> list[object]:
        with engines.lend(threads=1, timezone=zone) as engine:
            return list(engine.values(expressions))

    return bind(
        parse(sql),
        (),
        resolver=lambda schema, name: registry.find(schema or "SellingPartner", name),
        known=lambda schema: list(registry.names(schema or "SellingPartner")),
        evaluator=evaluate,
        now=NOW,
        zone=ZoneInfo(zone),
    )


def status(found: Bound) -> list[frozenset[str] | None]:
    """Return what is said of each scan's OrderStatus, in the order of mention."""
    scans = sorted(found.scans, key=lambda s: s.alias)
    return [s.domains["OrderStatus"].values if "OrderStatus" in s.domains else None for s in scans]


S = frozenset({"Shipped"})


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1 FROM Orders a WHERE a.OrderStatus = 'shipped'", [S]),
        ("SELECT 1 FROM Orders a WHERE 'SHIPPED' = a.OrderStatus", [S]),
        ("SELECT 1 FROM Orders a WHERE a.OrderStatus IS NOT DISTINCT FROM 'shipped'", [S]),
        ("SELECT 1 FROM Orders a WHERE OrderStatus = 'Shipped' OR OrderStatus = 'Canceled'", [S | {"Canceled"}]),
        ("SELECT 1 FROM Orders a WHERE OrderStatus = 'Shipped' OR PurchaseDate > '2026-01-01'", [None]),
        ("SELECT 1 FROM Orders a WHERE NOT OrderStatus = 'Shipped'", [None]),
        ("SELECT 1 FROM Orders a JOIN Orders b ON a.AmazonOrderId = b.AmazonOrderId AND a.OrderStatus = 'Shipped'", [S, None]),
        ("SELECT 1 FROM Orders a LEFT JOIN Orders b ON a.AmazonOrderId = b.AmazonOrderId AND b.OrderStatus = 'Shipped'", [None, S]),
        ("SELECT 1 FROM Orders a LEFT JOIN Orders b ON a.AmazonOrderId = b.AmazonOrderId AND a.OrderStatus = 'Shipped'", [None, None]),
        ("SELECT 1 FROM Orders a LEFT JOIN Orders b ON a.AmazonOrderId = b.AmazonOrderId WHERE b.OrderStatus = 'Shipped'", [None, S]),
        ("SELECT 1 FROM Orders a RIGHT JOIN Orders b ON a.AmazonOrderId = b.AmazonOrderId AND b.OrderStatus = 'Shipped'", [None, None]),
        ("SELECT 1 FROM Orders a FULL JOIN Orders b ON a.AmazonOrderId = b.AmazonOrderId WHERE a.OrderStatus = 'Shipped'", [None, None]),
        ("SELECT 1 FROM Orders a SEMI JOIN Orders b ON a.AmazonOrderId = b.AmazonOrderId AND b.OrderStatus = 'Shipped'", [None, S]),
        ("SELECT 1 FROM Orders a ANTI JOIN Orders b ON a.AmazonOrderId = b.AmazonOrderId AND a.OrderStatus = 'Shipped'", [None, None]),
        ("SELECT 1 FROM (SELECT OrderStatus AS s FROM Orders a) t WHERE s = 'shipped'", [S]),
        ("SELECT 1 FROM (SELECT OrderStatus AS s FROM Orders a LIMIT 5) t WHERE s = 'shipped'", [None]),
        ("SELECT 1 FROM (SELECT DISTINCT ON (MarketplaceId) * FROM Orders a) t WHERE OrderStatus = 'shipped'", [None]),
        ("SELECT 1 FROM (SELECT DISTINCT OrderStatus FROM Orders a) t WHERE OrderStatus = 'shipped'", [S]),
        ("SELECT 1 FROM (SELECT OrderStatus, count(*) OVER () FROM Orders a) t WHERE OrderStatus = 'shipped'", [None]),
        ("SELECT 1 FROM (SELECT OrderStatus, count(*) FROM Orders a GROUP BY 1) t WHERE OrderStatus = 'shipped'", [S]),
        ("SELECT 1 FROM (SELECT max(OrderStatus) AS OrderStatus FROM Orders a) t WHERE OrderStatus = 'shipped'", [None]),
        ("SELECT OrderStatus FROM Orders a GROUP BY 1 HAVING OrderStatus = 'shipped' AND count(*) > 1", [S]),
        ("SELECT OrderStatus FROM Orders a GROUP BY 1 HAVING OrderStatus = 'shipped' OR count(*) > 1", [None]),
        ("SELECT OrderStatus FROM Orders a GROUP BY ROLLUP (OrderStatus) HAVING OrderStatus = 'shipped'", [None]),
        ("WITH c AS (SELECT * FROM Orders a) SELECT 1 FROM c x, c y WHERE x.OrderStatus = 'Shipped'", [None]),
        ("WITH c AS (SELECT * FROM Orders a) SELECT 1 FROM c x, c y WHERE x.OrderStatus = 'Shipped' AND y.OrderStatus = 'Canceled'", [S | {"Canceled"}]),
        ("SELECT 1 FROM (SELECT OrderStatus FROM Orders a UNION ALL SELECT OrderStatus FROM Orders b) t WHERE OrderStatus = 'Shipped'", [S, S]),
        ("SELECT 1 FROM (SELECT OrderStatus, 1 AS n FROM Orders a UNION BY NAME SELECT 2 AS n, OrderStatus FROM Orders b) t WHERE OrderStatus = 'Shipped'", [None, None]),
        ("SELECT 1 FROM Orders a WHERE AmazonOrderId IN (SELECT AmazonOrderId FROM Orders b WHERE OrderStatus = 'Shipped')", [None, S]),
        ("SELECT 1 FROM Orders a WHERE a.OrderStatus = 'Shipped' AND EXISTS (SELECT 1 FROM Orders b WHERE b.OrderStatus = a.OrderStatus)", [S, S]),
    ],
)  # fmt: skip
def test_what_is_pushed_where(engines: Engines, sql: str, said: list[frozenset[str] | None]) -> None:
    assert status(bound(engines, sql)) == said


def test_is_null_above_an_outer_join_narrows_nothing(engines: Engines) -> None:
    sql = (
        "SELECT * FROM (SELECT a.AmazonOrderId x, b.AmazonOrderId y FROM Orders a LEFT JOIN OrderItems b "
        "ON a.AmazonOrderId = b.AmazonOrderId) t WHERE y IS NULL"
    )
    assert not any(d.is_empty for scan in bound(engines, sql).scans for d in scan.domains.values())


@pytest.mark.parametrize(
    ("zone", "hour"), [("UTC", 0), ("America/Los_Angeles", 7), ("Europe/Berlin", 22), ("Asia/Tokyo", 15)]
)
def test_a_day_is_one_of_the_zone(engines: Engines, zone: str, hour: int) -> None:
    sql = "SELECT 1 FROM Orders WHERE CAST(PurchaseDate AS DATE) = '2026-10-10'"
    domain = bound(engines, sql, zone).scans[0].domains["PurchaseDate"]
    start = dt.datetime(2026, 10, 10 if hour < 12 else 9, hour, tzinfo=dt.UTC)
    assert domain == Domain(low=start, high=start + dt.timedelta(days=1), high_open=True)


@pytest.mark.parametrize(
    "condition",
    [
        "PurchaseDate >= CAST('2026-10-10 13:00:00' AS DATE)",
        "PurchaseDate >= '2026-10-10'",
        "PurchaseDate >= DATE '2026-10-10'",
        "PurchaseDate >= TIMESTAMP '2026-10-10'",
        "PurchaseDate >= '2026-10-10T02:00:00+02:00'",
        "PurchaseDate >= DATE '2026-10-20' - INTERVAL 10 DAY",
        "PurchaseDate >= CURRENT_DATE - 42",
        "PurchaseDate >= DATEADD(day, -42, CURRENT_DATE)",
    ],
)
def test_constants_are_times(engines: Engines, condition: str) -> None:
    domain = bound(engines, f"SELECT 1 FROM Orders WHERE {condition}").scans[0].domains["PurchaseDate"]
    assert domain == Domain(low=dt.datetime(2026, 10, 10, tzinfo=dt.UTC))


@pytest.mark.parametrize("text", ["9999-12-31", "9999-12-31 23:59:59"])
def test_the_end_of_days_is_no_error(engines: Engines, text: str) -> None:
    for condition in (f"PurchaseDate <= '{text}'", f"CAST(PurchaseDate AS DATE) <= '{text}'"):
        assert bound(engines, f"SELECT 1 FROM Orders WHERE {condition}").scans


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT Foo FROM Orders", "no column Foo in Orders"),
        ("SELECT o.PurchaseDat FROM Orders o", "Did you mean PurchaseDate"),
        ("SELECT x.PurchaseDate FROM Orders o", "no table or alias x"),
        ("SELECT x.* FROM Orders o", "no table or alias x"),
        ("SELECT t.b FROM (SELECT AmazonOrderId AS a FROM Orders) t", "no column b"),
        ("SELECT 1 FROM Orders o WHERE EXISTS (SELECT 1 FROM OrderItems i WHERE i.Foo = o.AmazonOrderId)", "no column Foo"),
        ("SELECT 1 FROM Orders o JOIN Orders o ON TRUE", "Two tables are called o"),
    ],
)  # fmt: skip
def test_unknown_names(engines: Engines, sql: str, message: str) -> None:
    with pytest.raises(ProgrammingError, match=message):
        bound(engines, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT AmazonOrderId FROM Orders JOIN OrderItems USING (AmazonOrderId) WHERE AmazonOrderId = 'x'",
        "SELECT AmazonOrderId FROM Orders SEMI JOIN OrderItems USING (AmazonOrderId) WHERE AmazonOrderId = 'x'",
        "SELECT AmazonOrderId FROM Orders LEFT JOIN OrderItems USING (AmazonOrderId) WHERE AmazonOrderId = 'x'",
    ],
)
def test_a_column_of_using_is_said_of_both(engines: Engines, sql: str) -> None:
    found = bound(engines, sql)
    assert [s.domains["AmazonOrderId"].values for s in found.scans] == [frozenset({"x"})] * 2


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM (SELECT OrderStatus AS s FROM Orders) WHERE s = 'shipped'",
        "SELECT unnamed_subquery.s FROM (SELECT OrderStatus AS s FROM Orders) WHERE s = 'shipped'",
        "SELECT * FROM (SELECT OrderStatus AS s FROM Orders) JOIN (SELECT 'Shipped' AS t) ON s = t WHERE s = 'shipped'",
        "SELECT * FROM (SELECT OrderStatus AS s FROM Orders UNION ALL SELECT OrderStatus FROM Orders) WHERE s = 'shipped'",
        "SELECT * FROM (SELECT 1 AS unnamed_subquery) AS unnamed_subquery, (SELECT OrderStatus AS s FROM Orders) WHERE s = 'shipped'",
    ],
)
def test_a_derived_table_needs_no_alias(engines: Engines, sql: str) -> None:
    found = bound(engines, sql)
    assert [s.domains["OrderStatus"] for s in found.scans] == [SHIPPED] * len(found.scans)
    assert "'shipped'" in found.sql
    assert "LOWER" in found.sql
