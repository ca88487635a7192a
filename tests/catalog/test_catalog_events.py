"""Financial events through the driver: every list of an answer, keys over pages, one fetch for all that ask alike."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from catalog_bodies import filled

from amzsql import spapi
from amzsql.catalog import modules, registry
from amzsql.clock import VirtualClock
from amzsql.connection import Connection, Runtime
from amzsql.settings import read
from amzsql.simulator import Simulator

LOGIN = {"OAuthClientId": "app", "OAuthClientSecret": "secret", "OAuthRefreshToken": "Atzr|x", "Marketplace": "US"}
EVENTS = "financesV0.listFinancialEvents"
TABLES = [n for n in modules.MODULES["finances_v0"] if n != "FinancialEventGroups"]
UNDATED = ("ServiceProviderCredit", "ServiceFee", "DebtRecovery", "LoanServicing")
SINCE = "2026-11-01"


class Amazon:
    """The simulator, but for events: of each kind it has two, and the same two again on a second page."""

    def __init__(self, clock: VirtualClock) -> None:
        self._simulator = Simulator(clock, orders=100)
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as a WSGI application."""
        path = environ["PATH_INFO"]
        if not path.endswith("/financialEvents"):
            return self._simulator(environ, start)
        self.asked.append(path)
        start("200 OK", [("Content-Type", "application/json")])
        return [events(None if "NextToken=" in environ["QUERY_STRING"] else "second")]


@functools.cache
def events(token: str | None) -> bytes:
    """Return a page of events with a token for the next."""
    page = json.loads(filled(EVENTS))
    return json.dumps({"payload": {**page["payload"], "NextToken": token}}).encode()


@pytest.fixture(scope="module")
def amazon() -> Amazon:
    return Amazon(VirtualClock(1_795_000_000.0))


@pytest.fixture(scope="module")
def connection(amazon: Amazon) -> Iterator[Connection]:
    settings = read("", **LOGIN)
    with Connection(settings, Runtime(settings, app=amazon, clock=VirtualClock(1_795_000_000.0))) as made:
        yield made


def rows(connection: Connection, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement."""
    return list(connection.cursor().execute(sql).fetchall())


@pytest.mark.parametrize("name", TABLES)
def test_a_key_is_of_one_row(connection: Connection, name: str) -> None:
    """Equal events of two pages are two rows, and their numbers tell them and all that is in them apart."""
    table = registry.table("SellingPartner", name)
    time = table.entry.time_column
    keys = list(table.entry.key)
    found = rows(connection, f"SELECT {', '.join(keys)} FROM {name} WHERE {time} >= '{SINCE}'")
    assert len(found) >= 4
    assert len(found) == len(set(found))
    number = keys.index("EventNumber")
    assert {row[number] for row in found} == ({0, 1} if "PostedDate" in keys else {0, 1, 2, 3})


def test_the_view_has_all_events(connection: Connection) -> None:
    """By the time that was asked for all are found; by PostedDate those that have one."""
    counted = f"SELECT EventType, count(*) FROM FinancialEvents WHERE {{}} >= '{SINCE}' GROUP BY 1"
    every = dict(rows(connection, counted.format("PostedAfter")))
    assert len(every) == len(spapi.operation(EVENTS).multi_rows) == 34
    assert set(every.values()) == {4}
    dated = dict(rows(connection, counted.format("PostedDate")))
    assert every.keys() - dated.keys() == set(UNDATED)


def test_an_event_of_the_view_is_that_of_its_table(connection: Connection) -> None:
    """The view's amount is the event's own; its JSON is the whole event."""
    since = f"PostedDate >= '{SINCE}'"
    own = rows(connection, f"SELECT PostedDate, EventNumber, AdjustmentAmount FROM AdjustmentEvents WHERE {since}")
    read = "SELECT PostedDate, EventNumber, Amount FROM FinancialEvents"
    assert sorted(rows(connection, f"{read} WHERE {since} AND EventType = 'Adjustment'")) == sorted(own)
    ((event, amount),) = set(
        rows(connection, f"SELECT Event, Amount FROM FinancialEvents WHERE EventType = 'Refund' AND {since} LIMIT 1")
    )
    assert amount is None
    assert {"AmazonOrderId", "ShipmentItemAdjustmentList"} <= json.loads(event).keys()


def test_pages_are_asked_once(connection: Connection, amazon: Amazon) -> None:
    """Tables of one answer share it, with a time of their own or the time that was asked for, joined or in a union."""
    for sql in (
        f"SELECT count(*) FROM ShipmentEvents WHERE PostedDate >= '{SINCE}' UNION ALL "
        f"SELECT count(*) FROM ServiceFeeEvents WHERE PostedAfter >= '{SINCE}'",
        "SELECT count(*) FROM RefundEvents JOIN RefundEventItems USING (AmazonOrderId, PostedDate, EventNumber) "
        "JOIN RefundEventItemFees USING (AmazonOrderId, PostedDate, EventNumber, ItemList, ItemNumber) "
        f"WHERE PostedDate >= '{SINCE}'",
    ):
        amazon.asked.clear()
        rows(connection, sql)
        assert amazon.asked == ["/finances/v0/financialEvents"] * 2


def test_parts_belong_to_their_events(connection: Connection) -> None:
    """Joined by the whole key, each event has its own items of both lists, and each item its fees."""
    joined = (
        "SELECT e.AmazonOrderId, e.EventNumber, ItemList, ItemNumber, count(*) FROM ShipmentEvents e "
        "JOIN ShipmentEventItems i USING (AmazonOrderId, PostedDate, EventNumber) "
        "JOIN ShipmentEventItemFees f USING (AmazonOrderId, PostedDate, EventNumber, ItemList, ItemNumber) "
        f"WHERE e.PostedDate >= '{SINCE}' GROUP BY ALL"
    )
    found = rows(connection, joined)
    assert len(found) == 4 * 2 * 2
    assert {row[4] for row in found} == {4}


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        ("AmazonOrderId = 'text 0'", "/finances/v0/orders/text 0/financialEvents"),
        ("FinancialEventGroupId = 'g'", "/finances/v0/financialEventGroups/g/financialEvents"),
    ],
)
def test_events_of_an_order_and_of_a_settlement(
    connection: Connection, amazon: Amazon, condition: str, path: str
) -> None:
    amazon.asked.clear()
    found = rows(connection, f"SELECT EventNumber FROM ChargebackEvents WHERE {condition}")
    assert {row[0] for row in found} == {0, 1}
    assert amazon.asked == [path] * 2


def test_what_was_asked_is_the_upper_bound_too(connection: Connection) -> None:
    """An upper bound of a pseudo-column lies within the range itself, or at what Amazon takes, and loses no row."""
    asked = "SELECT DISTINCT PostedAfter::TEXT, PostedBefore::TEXT FROM LoanServicingEvents WHERE PostedAfter >= '{}'"
    for last, sent in (
        ("<= '2026-11-10'", "2026-11-10 00:00:00+00"),
        ("< '2026-11-10'", "2026-11-09 23:59:59+00"),
        ("<= '2030-01-01'", "2026-11-18 11:"),
    ):
        found = rows(connection, asked.format(SINCE) + f" AND PostedBefore {last}")
        assert [row[0] for row in found] == ["2026-11-01 00:00:00+00"]
        assert found[0][1].startswith(sent)


@pytest.mark.parametrize(
    ("condition", "warned"),
    [
        (f"PostedDate >= '{SINCE}'", True),
        (f"PostedDate >= '{SINCE}' AND EventType = 'Refund'", False),
        (f"PostedAfter >= '{SINCE}'", False),
    ],
)
def test_events_without_a_time_are_said_to_be_missing(connection: Connection, condition: str, warned: bool) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SELECT count(*) FROM FinancialEvents WHERE {condition}").fetchall()
    texts = [text for _, text in cursor.messages]
    expected = (
        f"FinancialEvents: {', '.join(UNDATED)} have no PostedDate, and a condition on it leaves them out. Filter by "
        "PostedAfter and PostedBefore instead."
    )
    assert texts == ([expected] if warned else [])
