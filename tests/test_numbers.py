"""Numbers that can be trusted, at the wire: sums of several currencies, local days, whose zone a time is told in."""

from __future__ import annotations

import datetime as dt
import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from driving import over_socket, served
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import amzsql
from amzsql.clock import RealClock
from amzsql.connection import Connection
from amzsql.errors import DataError, ProgrammingError
from amzsql.execute.context import Context
from amzsql.marketplaces import MARKETPLACES, by_id, find
from amzsql.plan.nodes import Situation
from amzsql.settings import read
from amzsql.simulator import Simulator
from amzsql.sql.binding import Bound

TODAY = os.environ.get("AMZSQL_TEST_TODAY", "2026-11-21")
RECENT = f"PurchaseDate >= DATE '{TODAY}' - 20"
ORDERS = f"FROM Orders WHERE {RECENT}"
LOCAL_DAY = "MARKETPLACE_DATE(PurchaseDate, MarketplaceId)"
SINCE = f"{LOCAL_DAY} >= DATE '{TODAY}' - 20"
REMEDY = "The sum adds them as they are: group by the currency column, or keep one currency by a filter."


class WithoutPushdown(Connection):
    """A connection whose plans ask for whole tables and leave every condition to the engine."""

    def situation(self, bound: Bound, context: Context | None) -> Situation:
        return replace(super().situation(bound, context), pushdown=False)


def connected(
    kind: type[Connection] = Connection, *, today: str = TODAY, account: str = "eu", **more: Any
) -> Connection:
    world = f"seed=3,orders=400,throttle=off,today={today},account={account}"
    return kind(read("", **{"Simulator": world, "StateLocation": "memory://", **more}))


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with connected() as made:
        yield made


def read_all(
    connection: Connection, sql: str, parameters: Any = None
) -> tuple[pa.Table, list[str], amzsql.cursor.Cursor]:
    """Return a statement's result, the warnings of mixed currencies, and its cursor."""
    cursor = connection.cursor()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cursor.execute(sql, parameters)
        table = cursor.fetch_arrow_table()
    return table, [text for _, text in cursor.messages if "mixed currencies" in text], cursor


def asked(connection: Connection, sql: str) -> str:
    """Return the parameters of the requests that EXPLAIN tells of a statement."""
    rows = connection.cursor().execute(f"EXPLAIN {sql}").fetchall()
    return "; ".join(row[4] for row in rows if row[1] == "Fetch")


# -- currencies ------------------------------------------------------------------------------------------------------

EUR_GBP = "Orders.OrderTotalAmount: mixed currencies: EUR, GBP."
MIXED = [
    f"SELECT sum(OrderTotalAmount) {ORDERS}",
    f"SELECT avg(OrderTotalAmount) AS a {ORDERS}",
    f"SELECT mean(OrderTotalAmount), kahan_sum(OrderTotalAmount) {ORDERS}",
    f"SELECT round(sum(OrderTotalAmount * 2 + 1), 2) / count(*) {ORDERS}",
    f"SELECT sum(CASE WHEN OrderStatus = 'Shipped' THEN OrderTotalAmount ELSE 0 END) AS s {ORDERS}",
    f"SELECT sum(DISTINCT OrderTotalAmount) {ORDERS}",
    f"SELECT sum(OrderTotalAmount ORDER BY PurchaseDate) {ORDERS}",
    f"SELECT sum(OrderTotalAmount) FILTER (WHERE OrderTotalAmount > 1) {ORDERS}",
    f"SELECT OrderStatus, sum(OrderTotalAmount) AS s {ORDERS} GROUP BY ALL ORDER BY s DESC",
    f"SELECT OrderStatus {ORDERS} GROUP BY 1 HAVING sum(OrderTotalAmount) > 0 ORDER BY 1",
    f"SELECT count(*) {ORDERS} ORDER BY sum(OrderTotalAmount)",
    f"SELECT AmazonOrderId, sum(OrderTotalAmount) OVER (ORDER BY PurchaseDate, AmazonOrderId) {ORDERS}",
    f"SELECT AmazonOrderId, avg(OrderTotalAmount) OVER w {ORDERS} WINDOW w AS (PARTITION BY OrderStatus) ORDER BY 1",
    f"SELECT sum(sum(OrderTotalAmount)) OVER () {ORDERS} GROUP BY MarketplaceId",
    f"SELECT sum(t.a) FROM (SELECT OrderTotalAmount AS a {ORDERS}) AS t",
    f"SELECT sum(a) FROM (SELECT * FROM (SELECT OrderTotalAmount AS a, 1 AS b {ORDERS}))",
    f"SELECT sum(OrderTotalAmount) FROM (SELECT * {ORDERS} ORDER BY PurchaseDate, AmazonOrderId LIMIT 300)",
    f"WITH c AS (SELECT OrderTotalAmount * 2 AS x {ORDERS}) SELECT (SELECT sum(x) FROM c), count(*) FROM c",
    f"WITH c(x) AS (SELECT OrderTotalAmount {ORDERS}), d AS (SELECT * FROM c) SELECT sum(x) FROM d",
    f"WITH d AS (SELECT OrderTotalCurrencyCode AS c, sum(OrderTotalAmount) AS s {ORDERS} GROUP BY 1)"
    " SELECT sum(s) FROM d",
    f"SELECT sum(a) FROM (SELECT OrderTotalAmount AS a {ORDERS} UNION ALL SELECT 1)",
    "SELECT o.OrderStatus, sum(o.OrderTotalAmount) FROM Orders o JOIN OrderItems i USING (AmazonOrderId)"
    f" WHERE o.{RECENT} GROUP BY 1 ORDER BY 1",
]
PURE = [
    f"SELECT OrderTotalCurrencyCode, sum(OrderTotalAmount) {ORDERS} GROUP BY 1 ORDER BY 1",
    f"SELECT MarketplaceId, sum(OrderTotalAmount) {ORDERS} GROUP BY 1 ORDER BY 1",
    f"SELECT AmazonOrderId, sum(OrderTotalAmount) {ORDERS} GROUP BY 1 ORDER BY 1",
    f"SELECT sum(OrderTotalAmount) {ORDERS} AND OrderTotalCurrencyCode = 'EUR'",
    f"SELECT sum(OrderTotalAmount) {ORDERS} AND MarketplaceId = 'A1F83G8C2ARO7P'",
    f"SELECT sum(OrderTotalAmount) FILTER (WHERE OrderTotalCurrencyCode = 'GBP') {ORDERS}",
    f"SELECT sum(CASE WHEN OrderTotalCurrencyCode = 'EUR' THEN OrderTotalAmount END) {ORDERS}",
    f"SELECT sum(OrderTotalAmount) OVER (PARTITION BY OrderTotalCurrencyCode) {ORDERS} ORDER BY 1",
    f"SELECT sum(CASE WHEN OrderTotalAmount > 50 THEN 1 ELSE 0 END), count(OrderTotalAmount) {ORDERS}",
    f"SELECT round(avg(ItemTaxAmount / ItemPriceAmount), 6) FROM OrderItems WHERE {RECENT}",
    f"SELECT max(OrderTotalAmount), min(OrderTotalAmount) {ORDERS}",
    f"SELECT sum(QuantityOrdered) FROM OrderItems WHERE {RECENT}",
    f"SELECT sum(OrderTotalAmount) {ORDERS} AND false",
    f"WITH d AS (SELECT OrderTotalCurrencyCode AS c, sum(OrderTotalAmount) AS s {ORDERS} GROUP BY 1)"
    " SELECT c, sum(s) FROM d GROUP BY c ORDER BY c",
    "SELECT sum(x) FROM (VALUES (1), (2)) AS t(x)",
]


@pytest.mark.parametrize("sql", MIXED)
def test_a_sum_of_several_currencies_warns(sql: str, connection: Connection) -> None:
    _, told, _ = read_all(connection, sql)
    assert told == [f"{EUR_GBP} {REMEDY}"]


@pytest.mark.parametrize("sql", PURE)
def test_a_sum_of_one_currency_does_not(sql: str, connection: Connection) -> None:
    _, told, _ = read_all(connection, sql)
    assert told == []


@pytest.mark.parametrize("sql", MIXED + PURE)
def test_watching_changes_neither_numbers_nor_names_nor_calls(sql: str) -> None:
    with connected() as watching, connected(MixedCurrency="Off") as plain:
        one, _, watched = read_all(watching, sql)
        two, told, unwatched = read_all(plain, sql)
    assert told == []
    assert one.equals(two)
    assert watched.stats.sources == unwatched.stats.sources


def test_all_currencies_are_named_however_many() -> None:
    with connected(account="na") as connection:
        _, told, _ = read_all(connection, f"SELECT sum(OrderTotalAmount) {ORDERS}")
    assert told == [f"Orders.OrderTotalAmount: mixed currencies: CAD, MXN, USD. {REMEDY}"]


def test_each_column_is_named(connection: Connection) -> None:
    sql = f"SELECT sum(ItemPriceAmount + ShippingPriceAmount), sum(ItemTaxAmount) FROM OrderItems WHERE {RECENT}"
    _, told, _ = read_all(connection, sql)
    assert [text.split(":")[0] for text in told] == [
        "OrderItems.ItemPriceAmount and OrderItems.ShippingPriceAmount",
        "OrderItems.ItemTaxAmount",
    ]


def test_an_error_ends_the_statement_and_the_connection_goes_on() -> None:
    with connected(MixedCurrency="Error") as connection:
        with pytest.raises(DataError, match=r"Orders\.OrderTotalAmount: mixed currencies: EUR, GBP\."):
            read_all(connection, MIXED[0])
        for sql in PURE[:4]:
            assert read_all(connection, sql)[1] == []
        with pytest.raises(DataError, match="mixed currencies"):
            read_all(connection, MIXED[8])


def test_a_statement_does_not_hear_of_the_one_before(connection: Connection) -> None:
    assert read_all(connection, MIXED[0])[1]
    assert not read_all(connection, PURE[0])[1]
    assert read_all(connection, MIXED[0])[1]


def test_what_cannot_be_followed_is_left_as_it_is(connection: Connection) -> None:
    for sql in (
        f"SELECT sum(x) FROM (SELECT DISTINCT OrderTotalAmount AS x {ORDERS})",
        f"SELECT sum(x) FROM (SELECT OrderTotalAmount AS x {ORDERS} UNION SELECT 1)",
    ):
        table, told, _ = read_all(connection, sql)
        assert table.num_rows == 1
        assert told == []


def test_sums_are_watched_by_the_engines_own_threads_too() -> None:
    """On the real clock the engine computes in threads of its own, several at once."""
    with served(Simulator(RealClock(), orders=300, throttle="off")) as url:
        connection = over_socket(url, Marketplace="US,CA,MX")
        for _ in range(3):
            table, told, _ = read_all(connection, "SELECT sum(OrderTotalAmount) AS s FROM Orders")
            assert table.num_rows == 1
            assert told == [f"Orders.OrderTotalAmount: mixed currencies: CAD, MXN, USD. {REMEDY}"]


def test_the_engines_own_function_is_nobodys(connection: Connection) -> None:
    with pytest.raises(ProgrammingError, match="not available"):
        connection.cursor().execute("SELECT amzsql_mixed('a', 'b', 'c', 1)")


# -- local days ------------------------------------------------------------------------------------------------------


def bounds(zones: Iterator[str] | list[str], first: dt.date, last: dt.date) -> tuple[str, str]:
    """Return the union of some zones' windows, from the first day's midnight to that after the last day."""

    def at(day: dt.date, zone: str) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)

    each = [(at(first, z), at(last + dt.timedelta(days=1), z)) for z in zones]
    low, high = min(a for a, _ in each), max(b for _, b in each)
    return f"createdAfter={low:%Y-%m-%dT%H:%M:%SZ}", f"createdBefore={high:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    ("account", "places", "day", "today"),
    [
        ("eu", "DE", "2026-03-29", "2026-04-10"),
        ("eu", "DE,GB,IT", "2026-03-29", "2026-04-10"),
        ("eu", "DE,GB", "2026-10-25", "2026-11-10"),
        ("na", "US,MX", "2026-03-08", "2026-04-10"),
        ("na", "US", "2026-11-01", "2026-11-21"),
        ("na", "BR", "2026-03-08", "2026-04-10"),
        ("fe", "JP", "2026-03-29", "2026-04-10"),
        ("fe", "JP,AU", "2026-04-05", "2026-04-10"),
    ],
)
def test_a_local_day_is_asked_as_the_union_of_the_windows(account: str, places: str, day: str, today: str) -> None:
    zones = [find(p).timezone for p in places.split(",")]
    low, high = bounds(zones, dt.date.fromisoformat(day), dt.date.fromisoformat(day))
    sql = f"SELECT * FROM Orders WHERE MARKETPLACE_DATE(PurchaseDate, MarketplaceId) = DATE '{day}'"
    with connected(account=account, Marketplace=places, today=today) as connection:
        told = asked(connection, sql)
    assert low in told
    assert high in told


@pytest.mark.parametrize(
    ("condition", "zones", "first", "last"),
    [
        (
            "MARKETPLACE_DATE(PurchaseDate, MarketplaceId) = '2026-03-29' AND MarketplaceId = 'A1F83G8C2ARO7P'",
            "GB",
            29,
            29,
        ),
        (
            "MarketplaceId IN ('A1F83G8C2ARO7P', 'A1PA6795UKMFR9')"
            " AND MARKETPLACE_DATE(PurchaseDate, MarketplaceId) BETWEEN '2026-03-27' AND '2026-03-29'",
            "GB,DE",
            27,
            29,
        ),
        ("MARKETPLACE_DATE(PurchaseDate, 'UK') = '2026-03-29'", "GB", 29, 29),
        ("MARKETPLACE_DATE(PurchaseDate, 'Germany') IN ('2026-03-28', '2026-03-30')", "DE", 28, 30),
        ("MARKETPLACE_TRUNC('month', PurchaseDate, MarketplaceId) = '2026-03-01'", "DE,GB,FR,IT,ES", 1, 31),
        ("MARKETPLACE_TRUNC(week, PurchaseDate, 'DE') = DATE '2026-03-23'", "DE", 23, 29),
        (
            "MARKETPLACE_DATE(PurchaseDate, MarketplaceId) = MARKETPLACE_DATE(TIMESTAMPTZ '2026-03-29 23:30+00',"
            " MarketplaceId) - 1 AND MarketplaceId IN ('A1F83G8C2ARO7P', 'A1PA6795UKMFR9')",
            "GB,DE",
            28,
            29,
        ),
        ("DATE '2026-03-29' = MARKETPLACE_DATE(PurchaseDate, 'DE')", "DE", 29, 29),
        ("CAST(PurchaseDate AS DATE) IN ('2026-03-28', '2026-03-30')", "UTC", 28, 30),
        ("date_trunc('month', PurchaseDate) = '2026-03-01'", "UTC", 1, 31),
    ],
)
def test_which_zones_a_condition_asks_for(condition: str, zones: str, first: int, last: int) -> None:
    names = ["UTC"] if zones == "UTC" else [find(p).timezone for p in zones.split(",")]
    low, high = bounds(names, dt.date(2026, 3, first), dt.date(2026, 3, last))
    if "- 1" in condition:
        # 23:30 is another day in Germany than in Britain, which has summer time by then as well: both are the 30th.
        low, high = bounds(names, dt.date(2026, 3, 29), dt.date(2026, 3, 29))
    with connected(today="2026-04-10", Marketplace="DE,GB,FR,IT,ES") as connection:
        told = asked(connection, f"SELECT * FROM Orders WHERE {condition}")
    assert low in told
    assert high in told


# Days around the changes of the clock, in worlds that end soon after them.
WORLDS = [
    ("eu", "2026-04-02", "2026-03-29"),
    ("eu", "2026-10-30", "2026-10-25"),
    ("na", "2026-03-12", "2026-03-08"),
    ("na", "2026-11-05", "2026-11-01"),
    ("fe", "2026-04-09", "2026-04-05"),
]


def conditions(day: str) -> list[str]:
    local = "MARKETPLACE_DATE(PurchaseDate, MarketplaceId)"
    return [
        f"{local} = DATE '{day}'",
        f"{local} = '{day}'",
        f"{local} > DATE '{day}' - 1 AND {local} <= DATE '{day}' + 1",
        f"{local} BETWEEN DATE '{day}' - 2 AND '{day}'",
        f"{local} IN (DATE '{day}', DATE '{day}' - 2)",
        f"NOT {local} >= DATE '{day}' - 3",
        f"{local} < TIMESTAMP '{day} 12:00'",
        f"{local} = MARKETPLACE_DATE(now(), MarketplaceId) - 4",
        f"MARKETPLACE_TRUNC('hour', PurchaseDate, MarketplaceId) = TIMESTAMP '{day} 02:00'",
        f"MARKETPLACE_TRUNC('hour', PurchaseDate, MarketplaceId) >= TIMESTAMP '{day} 02:30'",
        f"MARKETPLACE_TRUNC('minute', PurchaseDate, MarketplaceId) < TIMESTAMP '{day} 02:30'",
        f"MARKETPLACE_TRUNC('month', PurchaseDate, MarketplaceId) = date_trunc('month', DATE '{day}')",
        f"MARKETPLACE_TRUNC('week', PurchaseDate, MarketplaceId) > '{day}'",
        f"({local} = '{day}' OR {local} = DATE '{day}' + 1) AND OrderStatus <> 'Canceled'",
        f"CAST(PurchaseDate AS DATE) < TIMESTAMP '{day} 12:00'",
        f"date_trunc('week', PurchaseDate) <= '{day}'",
    ]


@pytest.mark.parametrize(("account", "today", "day"), WORLDS)
def test_pushed_or_not_the_rows_are_the_same(account: str, today: str, day: str) -> None:
    shown = "SELECT AmazonOrderId, MarketplaceId, PurchaseDate, MARKETPLACE_DATE(PurchaseDate, MarketplaceId) AS d"
    more = {"account": account, "today": today, "TimeZone": "Europe/Paris"}
    with connected(**more) as pushing, connected(WithoutPushdown, **more) as plain:
        everything = read_all(plain, f"{shown} FROM Orders ORDER BY 1")[0].to_pylist()
        assert len(everything) > 300
        for row in everything:
            there = by_id(row["MarketplaceId"])
            assert there is not None
            assert row["d"] == row["PurchaseDate"].astimezone(ZoneInfo(there.timezone)).date()
        held = ", ".join(f"({condition}) AS c{number}" for number, condition in enumerate(conditions(day)))
        told = read_all(plain, f"SELECT {held} FROM Orders ORDER BY AmazonOrderId")[0].to_pylist()
        for number, condition in enumerate(conditions(day)):
            found = read_all(pushing, f"{shown} FROM Orders WHERE {condition} ORDER BY 1")[0].to_pylist()
            assert found == [row for row, holds in zip(everything, told, strict=True) if holds[f"c{number}"]], condition


@pytest.mark.parametrize(
    ("account", "today", "day"), [("eu", "2026-10-30", "2026-10-25"), ("na", "2026-11-05", "2026-11-01")]
)
def test_a_text_that_names_two_moments_is_pushed_as_the_engine_reads_it(account: str, today: str, day: str) -> None:
    zone = "Europe/Berlin" if account == "eu" else "America/Los_Angeles"
    more = {"account": account, "today": today, "TimeZone": zone}
    hours = ("00:30", "01:00", "01:30", "02:00", "02:30", "03:00")
    with connected(**more) as pushing, connected(WithoutPushdown, **more) as plain:
        for hour in hours:
            for sign in ("<", ">=", "="):
                sql = f"SELECT AmazonOrderId FROM Orders WHERE PurchaseDate {sign} '{day} {hour}' ORDER BY 1"
                assert read_all(pushing, sql)[0].equals(read_all(plain, sql)[0]), (sign, hour)
        told = asked(pushing, f"SELECT * FROM Orders WHERE PurchaseDate < '{day} {hours[1 if account == 'na' else 3]}'")
        late = dt.datetime.fromisoformat(day) + dt.timedelta(hours=9 if account == "na" else 1)
        assert f"createdBefore={late:%Y-%m-%dT%H:%M:%SZ}" in told


AMONG = st.sampled_from


@st.composite
def local_conditions(draw: st.DrawFn) -> str:
    """Draw a condition on local days around the end of Europe's summer time."""
    times = draw(
        AMONG(["2026-10-24", "2026-10-25", "2026-10-26", "2026-10-25 02:30", "2026-10-25 01:00", "2026-10-01"])
    )
    place = draw(AMONG(["MarketplaceId", "MarketplaceId", "'DE'", "'GB'"]))
    part = draw(AMONG(["second", "hour", "day", "week", "month"]))
    day = f"MARKETPLACE_DATE(PurchaseDate, {place})"
    cut = draw(AMONG([day, f"MARKETPLACE_TRUNC('{part}', PurchaseDate, {place})"]))
    constant = draw(AMONG([f"'{times}'", f"TIMESTAMP '{times}'", f"CAST('{times}' AS DATE)"]))
    if cut == day and draw(st.booleans()):
        constant = f"MARKETPLACE_DATE(TIMESTAMPTZ '2026-10-25 23:30+00', {place}) - {draw(AMONG([0, 1, 2]))}"
    term = f"{cut} {draw(AMONG(['=', '<', '<=', '>', '>=']))} {constant}"
    kept = draw(AMONG(["", "", "MarketplaceId = 'A1F83G8C2ARO7P'", "MarketplaceId IN ('A1PA6795UKMFR9', 'x')"]))
    joined = draw(AMONG(["AND", "AND", "OR"]))
    return f"({term}) {joined} {kept}" if kept else draw(AMONG(["", "NOT "])) + f"({term})"


@settings(max_examples=int(os.environ.get("AMZSQL_PROPERTY_EXAMPLES", "40")), deadline=None, derandomize=True,
          database=None, suppress_health_check=list(HealthCheck))  # fmt: skip
@given(condition=local_conditions())
def test_any_condition_on_local_days_gives_the_same_rows(condition: str) -> None:
    pushing, plain = pair()
    sql = f"SELECT AmazonOrderId, PurchaseDate FROM Orders WHERE {condition} ORDER BY 1"
    assert read_all(pushing, sql)[0].equals(read_all(plain, sql)[0])


@lru_cache(maxsize=1)
def pair() -> tuple[Connection, Connection]:
    """Return a connection that pushes conditions down and one that does not, to the same world."""
    return connected(today="2026-10-30"), connected(WithoutPushdown, today="2026-10-30")


def test_local_days_can_stand_anywhere(connection: Connection) -> None:
    sql = (
        "SELECT d, count(*) FROM (SELECT MARKETPLACE_DATE(PurchaseDate, MarketplaceId) AS d, MARKETPLACE_TRUNC('day',"
        f" PurchaseDate, MarketplaceId) AS t {ORDERS}) WHERE d = t GROUP BY 1 ORDER BY 1"
    )
    table, _, _ = read_all(connection, sql)
    assert sum(table.column(1).to_pylist()) == read_all(connection, f"SELECT * {ORDERS}")[0].num_rows


def test_a_marketplace_that_is_not_known_has_no_local_day(connection: Connection) -> None:
    names = "(VALUES ('nowhere'), (NULL)) AS t(x)"
    sql = f"SELECT MARKETPLACE_DATE(now(), x) AS d, MARKETPLACE_TRUNC('day', now(), x) AS t FROM {names}"
    assert read_all(connection, sql)[0].to_pylist() == [{"d": None, "t": None}] * 2


@pytest.mark.parametrize("place", MARKETPLACES, ids=lambda m: m.country)
def test_every_marketplace_has_its_own_midnight(place: Any, connection: Connection) -> None:
    moment = "TIMESTAMPTZ '2026-07-01 23:30:00+00'"
    for named in (place.id, place.country, place.name):
        sql = f"SELECT MARKETPLACE_DATE({moment}, '{named}') AS d, MARKETPLACE_TRUNC(hour, {moment}, '{named}') AS t"
        (row,) = read_all(connection, sql)[0].to_pylist()
        local = dt.datetime(2026, 7, 1, 23, 30, tzinfo=dt.UTC).astimezone(ZoneInfo(place.timezone))
        assert row == {"d": local.date(), "t": local.replace(minute=0, tzinfo=None)}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("MARKETPLACE_DATE(PurchaseDate)", "takes a time and a marketplace"),
        ("MARKETPLACE_DATE(PurchaseDate, 'Atlantis')", "there is none called 'Atlantis'"),
        ("MARKETPLACE_TRUNC('month', PurchaseDate)", "takes a part, a time and a marketplace"),
        ("MARKETPLACE_TRUNC('fortnight', PurchaseDate, 'DE')", "is no part of a time"),
        ("MARKETPLACE_TRUNC(OrderStatus || '', PurchaseDate, 'DE')", "is no part of a time"),
    ],
)
def test_wrong_arguments_say_what_is_right(expression: str, message: str, connection: Connection) -> None:
    with pytest.raises(ProgrammingError, match=message):
        connection.cursor().execute(f"SELECT {expression} FROM Orders")


# -- TimeZone=Marketplace ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def local() -> Iterator[Connection]:
    with connected(TimeZone="Marketplace") as made:
        yield made


@pytest.mark.parametrize(
    ("plain", "spelt"),
    [
        (
            f"SELECT PurchaseDate::DATE AS d, count(*) AS n FROM Orders WHERE PurchaseDate >= '{TODAY}'::DATE - 20"
            " GROUP BY 1",
            f"SELECT {LOCAL_DAY} AS d, count(*) AS n FROM Orders WHERE"
            f" MARKETPLACE_TRUNC('second', PurchaseDate, MarketplaceId) >= '{TODAY}'::DATE - 20 GROUP BY 1",
        ),
        (
            f"SELECT extract(hour FROM PurchaseDate) AS d, count(*) AS n {ORDERS} GROUP BY 1",
            "SELECT extract(hour FROM MARKETPLACE_TRUNC('hour', PurchaseDate, MarketplaceId)) AS d, count(*) AS n"
            " FROM Orders"
            f" WHERE {SINCE} GROUP BY 1",
        ),
        (
            f"SELECT date_trunc('week', o.PurchaseDate) AS d, count(*) AS n FROM Orders o"
            f" WHERE o.{RECENT} GROUP BY ALL",
            "SELECT MARKETPLACE_TRUNC('week', PurchaseDate, MarketplaceId) AS d, count(*) AS n FROM Orders WHERE"
            f" {SINCE} GROUP BY 1",
        ),
        (
            "SELECT strftime(PurchaseDate, '%H') AS d, count(*) AS n FROM Orders"
            " WHERE PurchaseDate::DATE = CURRENT_DATE - 2 GROUP BY 1",
            "SELECT strftime(MARKETPLACE_TRUNC('hour', PurchaseDate, MarketplaceId), '%H') AS d, count(*) AS n"
            " FROM Orders"
            f" WHERE {LOCAL_DAY} = MARKETPLACE_DATE(now(), MarketplaceId) - 2 GROUP BY 1",
        ),
        (
            f"SELECT x.t::DATE AS d, count(*) AS n FROM (SELECT PurchaseDate AS t, MarketplaceId AS m {ORDERS}) x"
            " GROUP BY 1",
            f"SELECT {LOCAL_DAY} AS d, count(*) AS n FROM Orders WHERE {SINCE} GROUP BY 1",
        ),
    ],
)
def test_each_row_is_told_in_its_own_zone(plain: str, spelt: str, local: Connection, connection: Connection) -> None:
    one = read_all(local, f"SELECT * FROM ({plain}) ORDER BY 1")[0]
    two = read_all(connection, f"SELECT * FROM ({spelt}) ORDER BY 1")[0]
    assert one.num_rows > 0
    assert one.to_pylist() == two.to_pylist()


def test_one_zone_is_the_sessions(local: Connection) -> None:
    """With one marketplace, or where the statement keeps one, everything is as if its zone were named."""
    sql = f"SELECT date_trunc('day', PurchaseDate) AS d, count(*) AS n, CURRENT_DATE AS t {ORDERS}"
    kept = f"{sql} AND MarketplaceId = 'A1F83G8C2ARO7P' GROUP BY 1 ORDER BY 1"
    with connected(TimeZone="Europe/London") as named, connected(TimeZone="marketplace", Marketplace="GB") as only:
        due = read_all(named, kept)[0]
        assert due.num_rows > 3
        assert read_all(local, kept)[0].equals(due)
        assert read_all(only, f"{sql} GROUP BY 1 ORDER BY 1")[0].equals(due)


def test_times_with_a_zone_are_left_as_they_are(local: Connection, connection: Connection) -> None:
    for condition in (
        f"PurchaseDate >= '{TODAY}T00:00:00Z'::TIMESTAMPTZ - INTERVAL 3 DAY",
        "PurchaseDate >= now() - INTERVAL 3 DAY",
    ):
        sql = f"SELECT AmazonOrderId, PurchaseDate FROM Orders WHERE {condition} ORDER BY 1"
        assert read_all(local, sql)[0].equals(read_all(connection, sql)[0])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT CreatedTime::DATE FROM Feeds",
        "SELECT CURRENT_DATE",
        "SELECT t::DATE FROM (SELECT PurchaseDate AS t FROM Orders)",
        "SELECT * FROM Orders WHERE PurchaseDate BETWEEN '2026-11-01' AND now()",
        "SELECT TIMESTAMPTZ '2026-11-01' FROM Orders",
        "SELECT CURRENT_DATE FROM Orders o JOIN Transactions t ON t.MarketplaceId = o.MarketplaceId",
    ],
)
def test_what_is_ambiguous_is_refused(sql: str, local: Connection) -> None:
    with pytest.raises(ProgrammingError, match="the marketplaces lie in several zones"):
        local.cursor().execute(sql)


def test_a_naive_parameter_is_local_and_pushed(local: Connection) -> None:
    cursor = local.cursor()
    cursor.execute("EXPLAIN SELECT * FROM Orders WHERE PurchaseDate >= ?", [dt.datetime(2026, 11, 1)])
    assert "createdAfter=2026-10-31T" in cursor.fetchall()[0][4]
