"""What one statement has read serves others for a while: a dashboard asks Amazon once, and no row is another's."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from driving import NOW, asked, over, rows, simulated, workers_end
from grouping import joined, written
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from test_pushdown_property import EXAMPLES, STATUSES, THOROUGH, VARIANTS, assert_same, connected, expected, given_rows

from amzsql import spapi
from amzsql.catalog import live, registry
from amzsql.clock import RealClock, VirtualClock
from amzsql.connection import Connection, Runtime
from amzsql.errors import ApiError, BudgetExceeded
from amzsql.execute.shared_pages import Answer, Share, SharedPages
from amzsql.plan.shared import Asked
from amzsql.settings import read
from amzsql.simulator import Fault, Simulator
from benchmarks.dashboard import SINCE, TILES, side_by_side

SHARED = {"ShareScans": 60}
PLACES = ("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8")


def calls(simulator: Simulator) -> int:
    """Return how many answers there were, but for tokens."""
    return sum(not r.path.startswith("/auth") for r in simulator.log)


def connect(options: str, **properties: Any) -> Connection:
    """Connect to a simulated seller of its own kind, whose account is known."""
    given = read("", environment={}, Simulator=options, Marketplace="US", **properties)
    return Connection(given, Runtime(given))


def spent(connection: Connection, statement: str) -> tuple[list[Any], Any]:
    """Return a statement's rows and what it cost."""
    cursor = connection.cursor().execute(statement)
    return cursor.fetchall(), cursor.stats


@pytest.mark.parametrize("real", [True, False])
def test_a_dashboard_costs_one_plan_and_then_nothing(real: bool) -> None:
    clock = RealClock() if real else VirtualClock(NOW)
    simulator = Simulator(clock, orders=500, throttle="off")
    first = over(simulator, clock, **SHARED)
    alone = [rows(over(Simulator(clock, orders=500, throttle="off"), clock, ShareScans=0), t) for t in TILES]
    # One plan: that of the tile that reads both tables.
    single = Simulator(clock, orders=500, throttle="off")
    rows(over(single, clock, ShareScans=0), TILES[6])

    def another() -> Connection:
        return Connection(first.settings, first.runtime)

    assert side_by_side(TILES, another) == alone
    assert calls(simulator) == calls(single) > 3
    for _ in range(2):
        assert side_by_side(TILES, another) == alone
    assert calls(simulator) == calls(single)
    assert workers_end()


def test_where_the_account_sells_is_asked_once_too() -> None:
    clock = RealClock()
    simulator = Simulator(clock, orders=500, throttle="off")
    first = over(simulator, clock, Marketplace="", OrdersApi="2026", Endpoint="https://simulator.test", **SHARED)
    found = side_by_side(["SELECT count(*) FROM Orders"] * 8, lambda: Connection(first.settings, first.runtime))
    assert found == [[(500,)]] * 8
    assert len(asked(simulator, "getMarketplaceParticipations")) == 1
    assert len(asked(simulator, "searchOrders")) == 5


MONTH = "SELECT AmazonOrderId, OrderStatus FROM Orders WHERE PurchaseDate >= '2026-10-01'"


@pytest.mark.parametrize(
    ("earlier", "later", "left"),
    [
        (MONTH, MONTH, 0),
        (MONTH, f"{MONTH} AND OrderStatus = 'Shipped'", 0),
        (MONTH, "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate BETWEEN '2026-10-05' AND '2026-10-20'", 0),
        (MONTH, f"{MONTH} AND FulfillmentChannel = 'MFN' LIMIT 3", 0),
        # What was asked for has no rows from before.
        (MONTH, "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-09-01'", 3),
        (f"{MONTH} AND PurchaseDate < '2026-11-01'", MONTH, 3),
        (f"{MONTH} AND OrderStatus = 'Shipped'", MONTH, 3),
        # Of these there is more than two hundred: the first pages do, or are gone on with.
        ("SELECT AmazonOrderId FROM Orders LIMIT 150", "SELECT AmazonOrderId FROM Orders LIMIT 120", 0),
        ("SELECT AmazonOrderId FROM Orders LIMIT 150", "SELECT AmazonOrderId FROM Orders", 1),
        ("SELECT AmazonOrderId FROM Orders LIMIT 10", "SELECT AmazonOrderId FROM Orders", 3),
        # Personal data is asked for only where it is read.
        (MONTH, MONTH.replace("SELECT", "SELECT BuyerInfoBuyerEmail,"), 3),
        (MONTH.replace("SELECT", "SELECT BuyerInfoBuyerEmail,"), MONTH, 0),
    ],
)
def test_a_later_statement_asks_for_what_is_not_there(earlier: str, later: str, left: int) -> None:
    connection, simulator = simulated(OrdersApi="2026", **SHARED)
    expected = rows(simulated(OrdersApi="2026", ShareScans=0)[0], later)
    rows(connection, earlier)
    before = calls(simulator)
    total = rows(connection, f"EXPLAIN {later}")[-1]
    found, stats = spent(connection, later)
    assert sorted(found) == sorted(expected)
    assert (calls(simulator) - before, stats.requests) == (left, left)
    # How many rows there are is not known; that none is asked for is.
    assert (total[7] == 0) == (left == 0)
    assert (stats.shared > 0) == (left < 3)


def test_times_told_from_now_move_and_are_served_all_the_same() -> None:
    connection, simulator = simulated(**SHARED)
    statement = "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= now() - INTERVAL 30 DAY"
    rows(connection, statement)
    connection.runtime.clock.wait(NOW + 20)
    before = calls(simulator)
    joined = f"SELECT count(*) FROM OrderItems WHERE AmazonOrderId IN ({statement})"
    assert spent(connection, joined)[1].requests == calls(simulator) - before == 0


@pytest.mark.parametrize("table", ["FinancialEventGroups", "Transactions", "InboundShipmentItems"])
def test_windows_that_nobody_said_are_told_apart(table: str) -> None:
    """The oldest and newest time are assumed, but each window between them has rows of its own."""
    connection = connect("orders=40,throttle=off", **SHARED)
    first, spent_first = spent(connection, f"SELECT * FROM {table}")
    again, _ = spent(connection, f"SELECT * FROM {table}")
    assert first
    assert spent_first.requests >= 1
    assert sorted(map(repr, again)) == sorted(map(repr, first))


@pytest.mark.parametrize("table", ["FinancialEvents", "ServiceFeeEvents"])
def test_a_bound_that_rows_repeat_is_its_own(table: str) -> None:
    """An earlier bound serves where the rows' own times cut what is too much; here they have none, or another."""
    connection, alone = simulated(**SHARED)[0], simulated(ShareScans=0)[0]
    ((first,),) = rows(alone, "SELECT min(PostedDate) FROM ShipmentEvents")
    for seconds in (0, 6, 59):
        since = (first + dt.timedelta(seconds=seconds)).isoformat()
        statement = f"SELECT * FROM {table} WHERE PostedAfter >= '{since}'"
        assert sorted(map(repr, rows(connection, statement))) == sorted(map(repr, rows(alone, statement)))


def test_the_age_is_told_and_bounded() -> None:
    connection, simulator = simulated(**SHARED)
    clock, counted = connection.runtime.clock, f"SELECT count(*), min(_AsOf), max(_AsOf) FROM Orders WHERE {SINCE}"
    (first,), own = spent(connection, counted)
    ended = clock.now()
    clock.wait(ended + 50)
    (again,), stats = spent(connection, counted)
    assert again == first
    assert NOW <= stats.as_of <= ended
    assert (stats.requests, stats.pages, stats.shared, own.shared) == (0, own.pages, own.pages, 0)
    explained = rows(connection, f"EXPLAIN ANALYZE {counted}")
    names = [column[0] for column in connection.cursor().execute(f"EXPLAIN ANALYZE {counted}").description]
    step = dict(zip(names, explained[0], strict=True))
    assert (step["Requests"], step["ActualRequests"], step["SharedPages"]) == (0, 0, own.pages)
    assert 50 <= step["Age"] <= 60
    assert any(row[1] == "Remark" and "51 s ago" in row[4] for row in rows(connection, f"EXPLAIN {counted}"))
    clock.wait(ended + 60)
    before = calls(simulator)
    assert spent(connection, counted)[1].requests == calls(simulator) - before == own.requests
    assert spent(connection, counted)[1].as_of > ended + 59


def test_without_sharing_each_statement_asks() -> None:
    connection, simulator = simulated(ShareScans=0)
    for _ in range(2):
        rows(connection, MONTH)
    assert len(asked(simulator, "searchOrders")) == 6
    assert len(connection.runtime.pages) == 0
    included = [r.query["includedData"] for r in simulator.log if r.operation.endswith("searchOrders")]
    assert included == ["FULFILLMENT"] * 6


def test_items_of_orders_cost_nothing_once_they_were_read() -> None:
    connection, _ = simulated(OrdersApi="v0", **SHARED, orders=100)
    statement = "SELECT o.AmazonOrderId, SellerSKU FROM Orders o JOIN OrderItems i USING (AmazonOrderId) ORDER BY 1, 2"
    found, own = spent(connection, statement)
    assert own.requests > 40
    # The orders were read more than a minute before the last of their items.
    assert connection.runtime.clock.now() > NOW + 61
    assert rows(connection, f"EXPLAIN {statement}")[-1][7] == 0
    again, stats = spent(connection, statement)
    assert (again, stats.requests, stats.shared) == (found, 0, own.pages)


def test_a_write_is_seen_by_the_next_statement_of_any_connection() -> None:
    connection = connect("orders=250,seed=3", **SHARED)
    other, simulator = Connection(connection.settings, connection.runtime), connection.runtime.simulator
    (sku,) = rows(connection, "SELECT SKU FROM ListingsItems LIMIT 1")[0]
    names, price = "SELECT Name FROM Destinations", f"SELECT Price FROM ListingsItems WHERE SKU = '{sku}'"
    for statement in (MONTH, names, price):
        rows(connection, statement)
        assert spent(other, statement)[1].requests == 0
    before = calls(simulator)
    made = "INSERT INTO Destinations (Name, ResourceSqsArn) VALUES (?, ?)"
    connection.cursor().execute(made, ["a queue", "arn:aws:sqs:us-east-2:444455556666:queue"])
    assert ("a queue",) in rows(other, names)
    # What tells where notifications go changes no order, nor does a report that is ordered.
    connection.cursor().execute("EXEC RequestReport @ReportType = 'GET_MERCHANT_LISTINGS_ALL_DATA'")
    assert calls(simulator) > before + 2
    assert spent(other, MONTH)[1].requests == 0
    before = calls(simulator)
    assert connection.cursor().execute(f"UPDATE ListingsItems SET Price = Price + 1 WHERE SKU = '{sku}'").rowcount == 1
    # What is written rests on what was read for it, not on what somebody had read.
    assert calls(simulator) > before + 1
    for statement in (MONTH, names, price):
        assert spent(other, statement)[1].shared == 0


@pytest.mark.parametrize("name", sorted(live.LIVE))
def test_what_is_polled_or_offered_for_a_moment_is_asked_each_time(name: str) -> None:
    assert live.is_live(spapi.operation(name))


def test_all_that_tells_what_became_of_a_write_is_live() -> None:
    tables = [registry.table(s, n) for s in registry.SCHEMAS for n in registry.names(s)]
    followed = {w.outcome.operation for t in tables for w in t.entry.writes if w.outcome and w.outcome.operation}
    assert followed
    assert all(live.is_live(spapi.operation(name)) for name in followed)
    assert {o.api for o in spapi.all_operations()} >= live.LIVE_APIS | live.APART | live.NOTHING
    connection, simulator = simulated(**SHARED)
    for _ in range(2):
        rows(connection, "SELECT * FROM ReportList WHERE ReportType = 'GET_MERCHANT_LISTINGS_ALL_DATA'")
    assert len(asked(simulator, "getReports")) == 2


def test_an_error_is_not_shared_and_a_chain_that_broke_is_gone_on_with() -> None:
    connection, simulator = simulated(Fault("*.searchOrders", "status", 2), MaxRetries=0, OrdersApi="2026", **SHARED)
    with pytest.raises(ApiError):
        rows(connection, "SELECT AmazonOrderId FROM Orders")
    found, stats = spent(connection, "SELECT AmazonOrderId FROM Orders")
    assert (len(found), stats.shared) == (202, 1)
    assert asked(simulator, "searchOrders") == [200, 500, 200, 200]


def test_a_token_that_is_over_is_not_gone_on_with() -> None:
    connection, _ = simulated(**SHARED)
    statement = "SELECT SellerSKU FROM InventorySupply"
    cursor = connection.cursor().execute(f"{statement} LIMIT 1")
    cursor.fetchone()
    connection.runtime.clock.wait(connection.runtime.clock.now() + 31)
    whole, stats = spent(connection, statement)
    assert stats.shared == 0
    assert whole == rows(simulated(ShareScans=0)[0], statement)


def test_who_joins_reads_on_where_another_leaves() -> None:
    connection, simulator = simulated(orders=600, OrdersApi="2026", **SHARED)
    statement = "SELECT AmazonOrderId FROM Orders"
    whole = len(rows(simulated(orders=600, ShareScans=0)[0], statement))
    one = connection.cursor().execute(statement)
    one.fetchmany(150)
    two = connection.cursor().execute(statement)
    two.fetchmany(120)
    one.close()
    assert len(two.fetchall()) == whole - 120
    # What was on its way when it left was given up, and asked again.
    assert len(asked(simulator, "searchOrders")) == 6
    assert (one.stats.requests, two.stats.requests, two.stats.shared) == (2, 3, 2)


def test_a_limit_of_requests_counts_what_is_asked() -> None:
    connection, _ = simulated(**SHARED, orders=450)
    limited = Connection(replace(connection.settings, max_requests=1), connection.runtime)
    with pytest.raises(BudgetExceeded):
        rows(limited, f"SELECT count(*) FROM Orders WHERE {SINCE}")
    rows(connection, f"SELECT count(*) FROM Orders WHERE {SINCE}")
    assert rows(limited, f"SELECT count(*) FROM Orders WHERE {SINCE}")


def test_marketplaces_of_the_connection_are_no_condition_that_cuts() -> None:
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=250)
    both = over(simulator, clock, Marketplace="US,CA", OrdersApi="2026", **SHARED)
    one = over(simulator, clock, Marketplace="US", OrdersApi="2026", **SHARED)
    one.runtime.pages = both.runtime.pages
    statement = "SELECT DISTINCT MarketplaceId FROM Orders"
    assert len(rows(both, statement)) == 2
    assert len(rows(one, statement)) == 1
    named = f"{statement} WHERE MarketplaceId IN ('ATVPDKIKX0DER', 'nowhere')"
    assert (len(rows(both, named)), spent(both, named)[1].requests) == (1, 0)


def test_restricted_pages_serve_only_who_asks_with_a_token() -> None:
    connection, simulator = simulated(OrdersApi="v0", orders=50, IncludeRestrictedData=True, **SHARED)
    plain = Connection(replace(connection.settings, include_restricted_data=False), connection.runtime)
    statement = "SELECT AmazonOrderId, BuyerInfoBuyerEmail FROM Orders"
    shown = rows(connection, statement)
    assert any(email for _, email in shown)
    hidden, stats = spent(plain, statement)
    assert stats.shared == 0
    assert not any(email for _, email in hidden)
    assert rows(connection, statement) == shown
    assert len(asked(simulator, "getOrders")) == 2


def test_accounts_of_a_group_have_pages_of_their_own(tmp_path: Path) -> None:
    connection = joined(written(tmp_path, {"a": "na-1", "b": "na-2", "c": "eu"}), **SHARED)
    statement = "SELECT Account, count(*), min(AmazonOrderId) FROM Orders GROUP BY ALL ORDER BY 1"
    found = rows(connection, statement)
    assert len({row[2] for row in found}) == 3
    again, stats = spent(connection, statement)
    assert (again, stats.requests) == (found, 0)
    assert rows(connection, f"EXPLAIN {statement}")[-1][7] == 0
    assert len({id(m.runtime.pages) for m in connection.members}) == 3
    assert all(len(m.runtime.pages) for m in connection.members)


# -- what is kept ----------------------------------------------------------------------------------------------------

OPERATION = spapi.operation("orders_2026-01-01.searchOrders")


class Stepping:
    """A clock that is no virtual one: a thread runs when it is told to, and a wait takes no time."""

    virtual = False

    def __init__(self) -> None:
        self.time = NOW
        self.threads: list[Callable[[], None]] = []

    def now(self) -> float:
        return self.time

    def event(self) -> threading.Event:
        return threading.Event()

    def wait(self, until: float | None, *_: Any) -> bool:
        assert until is not None
        self.time = max(self.time, until)
        return False

    def thread(self, target: Callable[[], None], name: str) -> None:
        assert name
        self.threads.append(target)


def kept(pages: SharedPages, share: Share, number: int, body: bytes) -> None:
    """Keep a chain of one page."""
    asked_for = Asked(OPERATION, ({"marketplaceIds": (str(number),)},), same=True)
    with closing(pages.open("a", asked_for, share, whole=True, bound=False)) as link:
        assert link.next(lambda _: None) is None
        link.add(Answer(body, share.clock.now()))
        link.end()


def test_what_is_kept_is_packed_and_bounded_and_dropped_at_its_time() -> None:
    clock = Stepping()
    pages = SharedPages(clock, limit=10_000)
    share = Share.of(pages, clock, 60.0)
    assert share is not None
    for number in range(40):
        kept(pages, share, number, random.Random(number).randbytes(1000))
        assert pages.bytes <= 10_000
    assert 8 <= len(pages) <= 10
    kept(pages, share, 99, b"{}" * 50_000)
    assert len(pages) >= 8
    assert "99" in repr(pages.known("a", [OPERATION], 60.0).chains[-1].parameters)
    assert not pages.known("b", [OPERATION], 60.0).chains
    (sweep,) = clock.threads
    sweep()
    assert (len(pages), pages.bytes) == (0, 0)
    assert NOW + 60 <= clock.now() <= NOW + 62


def test_a_page_larger_than_the_bound_is_kept_for_nobody() -> None:
    clock = Stepping()
    pages = SharedPages(clock, limit=100)
    share = Share.of(pages, clock, 60.0)
    assert share is not None
    kept(pages, share, 1, random.Random(1).randbytes(1000))
    assert (len(pages), pages.bytes) == (0, 0)


@st.composite
def asked_at_random(draw: st.DrawFn) -> str:
    """Return a statement whose requests may contain another's: of some days, statuses and marketplaces."""
    days = st.sampled_from(("2026-09-01", "2026-10-10", "2026-10-25", "2026-11-15"))
    conditions = [f"PurchaseDate >= '{draw(days)}'"] if draw(st.integers(0, 3)) else []
    conditions += [f"PurchaseDate < '{draw(days)}'"] if draw(st.integers(0, 4)) == 0 else []
    for column, known in (("OrderStatus", STATUSES[1:6]), ("MarketplaceId", PLACES)):
        if draw(st.booleans()):
            some = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
            conditions.append(f"{column} IN ({', '.join(repr(v) for v in some)})")
    columns = draw(st.sampled_from(("AmazonOrderId", "AmazonOrderId, OrderStatus, MarketplaceId", "count(*) AS n")))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {columns} FROM {draw(st.sampled_from(('Orders', 'Orders', 'OrderItems')))}{where}"


@settings(THOROUGH, max_examples=EXAMPLES, phases=(Phase.generate,))
@given(st.sampled_from(VARIANTS), st.lists(st.tuples(asked_at_random(), st.booleans()), min_size=2, max_size=4))
def test_any_statements_have_the_rows_that_each_has_alone(
    variant: dict[str, object], asked_for: list[tuple[str, bool]]
) -> None:
    connection = connected(**SHARED, **variant)
    connection.runtime.pages.forget()
    for sql, whole in asked_for:
        if whole or "count" in sql:
            wanted = expected(sql, connection)
            assert wanted is not None
            if (found := given_rows(connection, sql)) is not None:
                assert_same(found, wanted)
        elif variant.get("OrdersApi") != "v0" or "OrderItems" not in sql:
            # A chain of which only the beginning is there.
            connection.cursor().execute(sql).fetchmany(5)
