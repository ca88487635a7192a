# ruff: noqa: E501 - statements are read best on one line
"""ORDER BY … LIMIT where Amazon sorts: few calls, the same rows as from all of them, whatever Amazon answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from driving import NOW, asked, over, simulated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amzsql.catalog import registry
from amzsql.catalog.check import problems
from amzsql.catalog.model import AccessPath, Entry, Pushdown, Sort, Table
from amzsql.clock import VirtualClock
from amzsql.connection import Connection
from amzsql.plan.nodes import Situation
from amzsql.settings import read
from amzsql.simulator import Simulator

SEARCH = "searchListingsItems"
SELLER = "A3SIMULATEDSELL"
MARKETS = "US,CA,MX"


def rows(connection: Connection, sql: str) -> list[tuple[Any, ...]]:
    return connection.cursor().execute(sql).fetchall()


def explained(connection: Connection, sql: str) -> tuple[int, str]:
    """Return the requests that EXPLAIN announces, and on what the figure rests."""
    return rows(connection, f"EXPLAIN {sql}")[-1][7::2]


def selling(marketplaces: str = MARKETS, **properties: Any) -> tuple[Connection, Simulator]:
    connection, simulator = simulated(Marketplace=marketplaces, SellerId=SELLER, **properties)
    rows(connection, "SELECT * FROM MarketplaceParticipations")
    return connection, simulator


# -- what it saves -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "calls", "basis"),
    [
        ("SELECT SKU FROM ListingsItems ORDER BY CreatedDate LIMIT 5", 3, "exact"),
        ("SELECT SKU FROM ListingsItems ORDER BY LastUpdatedDate DESC LIMIT 5 OFFSET 3", 3, "exact"),
        ("SELECT SKU, CreatedDate AS d FROM ListingsItems ORDER BY d DESC LIMIT 5", 3, "exact"),
        ("SELECT SKU, CreatedDate FROM ListingsItems ORDER BY 2 DESC NULLS FIRST LIMIT 5", 3, "exact"),
        ("SELECT TOP 5 * FROM ListingsItems ORDER BY CreatedDate", 3, "exact"),
        ("SELECT SKU FROM ListingsItems WHERE MarketplaceId = 'ATVPDKIKX0DER' ORDER BY CreatedDate LIMIT 5", 1, "exact"),
        ("SELECT upper(SKU) FROM ListingsItemsSummaries ORDER BY CreatedDate LIMIT 5", 3, "estimate"),
        ("SELECT count(*) FROM (SELECT SKU FROM ListingsItems ORDER BY CreatedDate LIMIT 5)", 3, "exact"),
        ("SELECT SKU FROM (SELECT * FROM ListingsItems) AS virtual_table ORDER BY CreatedDate DESC LIMIT 5", 3, "exact"),
        ("SELECT d FROM (SELECT CreatedDate AS d FROM (SELECT * FROM ListingsItems) a) b ORDER BY d DESC LIMIT 5", 3, "exact"),
        ("WITH t AS (SELECT SKU, CreatedDate FROM ListingsItems) SELECT SKU FROM t ORDER BY t.CreatedDate LIMIT 5", 3, "exact"),
        ("SELECT SKU FROM ListingsItems WHERE CreatedDate < '2025-10-20' ORDER BY CreatedDate DESC LIMIT 5", 3, "estimate"),
        ("SELECT SKU FROM ListingsItems ORDER BY CreatedDate, SKU LIMIT 5", 3, "estimate"),
    ],
)  # fmt: skip
def test_the_first_rows_of_an_order_take_a_page_of_each_marketplace(sql: str, calls: int, basis: str) -> None:
    connection, simulator = selling()
    assert explained(connection, sql) == (calls, basis)
    found = rows(connection, sql)
    assert len(asked(simulator, SEARCH)) == calls
    sent = [r.query for r in simulator.log if r.operation.endswith(SEARCH)]
    assert {(q["sortBy"], q["sortOrder"]) for q in sent} <= {
        ("createdDate", "ASC"),
        ("createdDate", "DESC"),
        ("lastUpdatedDate", "DESC"),
    }
    assert len(found) == (1 if "count" in sql else 5)


def test_several_pages_are_read_where_one_marketplace_has_the_first_rows() -> None:
    connection, simulator = selling()
    sql = "SELECT SKU FROM ListingsItems ORDER BY CreatedDate LIMIT 50"
    assert explained(connection, sql) == (9, "at most")
    assert len(rows(connection, sql)) == 50
    assert 3 < len(asked(simulator, SEARCH)) < 9


def test_rows_that_are_equal_to_the_last_are_read_where_another_column_chooses_among_them() -> None:
    sql = "SELECT CreatedDate, SKU FROM ListingsItems ORDER BY CreatedDate DESC, SKU DESC"
    connection, simulator = selling("US")
    every = rows(connection, sql)
    asked_before = len(asked(simulator, SEARCH))
    assert len({d for d, _ in every}) < len(every)
    for limit in range(1, 60, 7):
        assert rows(connection, f"{sql} LIMIT {limit}") == every[:limit]
    assert len(asked(simulator, SEARCH)) - asked_before < 9 * asked_before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT SKU FROM ListingsItems ORDER BY SKU LIMIT 5",
        "SELECT SKU FROM ListingsItems ORDER BY CreatedDate",
        "SELECT DISTINCT CreatedDate FROM ListingsItems ORDER BY CreatedDate LIMIT 5",
        "SELECT SKU, row_number() OVER () FROM ListingsItems ORDER BY CreatedDate LIMIT 5",
        "SELECT CreatedDate, count(*) FROM ListingsItems GROUP BY 1 ORDER BY 1 LIMIT 5",
        "SELECT SKU FROM ListingsItems WHERE Status LIKE '%BUYABLE%' ORDER BY CreatedDate LIMIT 5",
        "SELECT SKU FROM ListingsItems WHERE ASIN <> 'X' ORDER BY CreatedDate LIMIT 5",
        "SELECT SKU FROM ListingsItems ORDER BY date_trunc('day', CreatedDate) LIMIT 5",
        "SELECT SKU AS CreatedDate FROM ListingsItems ORDER BY CreatedDate LIMIT 5",
        "SELECT SKU FROM ListingsItems ORDER BY CreatedDate LIMIT 5 PERCENT",
        "SELECT SKU FROM ListingsItems ORDER BY CreatedDate LIMIT 995 OFFSET 10",
        "SELECT SKU FROM (SELECT * FROM ListingsItems) x WHERE SKU LIKE '%0%' ORDER BY CreatedDate LIMIT 5",
        "SELECT * REPLACE (SKU AS CreatedDate) FROM ListingsItems ORDER BY CreatedDate LIMIT 5",
        "SELECT x.SKU FROM (SELECT * REPLACE (SKU AS CreatedDate) FROM ListingsItems) x ORDER BY x.CreatedDate LIMIT 5",
        "SELECT SKU FROM (SELECT DISTINCT SKU, CreatedDate FROM ListingsItems) x ORDER BY CreatedDate LIMIT 5",
        "SELECT SKU FROM (SELECT * FROM ListingsItems LIMIT 90) x ORDER BY CreatedDate LIMIT 5",
        "SELECT d FROM (SELECT CreatedDate + INTERVAL 1 DAY AS d FROM ListingsItems) x ORDER BY d LIMIT 5",
        "SELECT d FROM (SELECT SKU AS CreatedDate, CreatedDate AS d FROM ListingsItems) x ORDER BY CreatedDate LIMIT 5",
        "WITH t AS (SELECT SKU, CreatedDate FROM ListingsItems) SELECT SKU FROM t WHERE SKU > (SELECT min(SKU) FROM t) ORDER BY CreatedDate LIMIT 5",
        "SELECT SKU FROM (SELECT * FROM ListingsItems UNION ALL SELECT * FROM ListingsItems) x ORDER BY CreatedDate LIMIT 5",
        "SELECT a.SKU FROM ListingsItems a JOIN ListingsItems b ON a.ASIN = b.ASIN ORDER BY a.CreatedDate LIMIT 5",
    ],
)
def test_other_orders_are_not_left_to_amazon(sql: str) -> None:
    connection, simulator = selling("US")
    assert rows(connection, sql)
    assert not [r for r in simulator.log if "sortBy" in r.query]
    assert len(asked(simulator, SEARCH)) > 1


# -- the same rows -----------------------------------------------------------------------------------------------------


class WithoutPushdown(Connection):
    """A connection whose plans ask for whole tables and leave every condition to the engine."""

    def situation(self, *given: Any) -> Situation:
        return replace(super().situation(*given), pushdown=False)


def small(kind: type[Connection]) -> Connection:
    return kind(read("", Simulator="seed=7,orders=20,today=2026-11-21", Marketplace=MARKETS))


@st.composite
def tops(draw: st.DrawFn) -> str:
    column = draw(st.sampled_from(["CreatedDate", "LastUpdatedDate"]))
    days = draw(st.integers(-5, 900))
    conditions = draw(
        st.lists(
            st.sampled_from(
                [
                    "MarketplaceId <> 'A1AM78C64UM0Y8'",
                    "MarketplaceId IN ('ATVPDKIKX0DER', 'A2EUQ1WTGCTBG2')",
                    f"{column} < CURRENT_DATE - INTERVAL {days} DAY",
                    f"{column} >= CURRENT_DATE - INTERVAL {days + 90} DAY",
                    f"LastUpdatedDate > NOW() - INTERVAL {days + 30} DAY",
                    "WithIssueSeverity = 'ERROR'",
                ]
            ),
            max_size=2,
            unique=True,
        )
    )
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    order = f"{column}{draw(st.sampled_from(['', ' DESC', ' NULLS FIRST', ' DESC NULLS FIRST']))}"
    cut = f"LIMIT {draw(st.integers(1, 70))} OFFSET {draw(st.sampled_from([0, 0, 3, 25]))}"
    # With the whole key behind it the order is one; without, rows of one time may be any of them.
    tie = draw(st.sampled_from(["", ", SKU, MarketplaceId"]))
    shown = f"{column}, SKU, MarketplaceId" if tie else column
    table = draw(st.sampled_from(["ListingsItems", "ListingsItemsSummaries"]))
    source = draw(
        st.sampled_from(
            [
                f"{table}{where}",
                f"(SELECT * FROM {table}{where}) x",
                f"(SELECT *, WithIssueSeverity FROM {table}) x{where}",
            ]
        )
    )
    return f"SELECT {shown} FROM {source} ORDER BY {order}{tie} {cut}"


@given(tops())
@settings(max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_the_same_rows_sorted_by_amazon_and_here(sql: str) -> None:
    assert rows(small(Connection), sql) == rows(small(WithoutPushdown), sql)


# -- what Amazon may answer --------------------------------------------------------------------------------------------


class Changing:
    """A simulator whose answers to searches are changed before they go out."""

    def __init__(self, simulator: Simulator, change: Callable[[dict[str, Any], str], None]) -> None:
        self._simulator, self._change = simulator, change

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        heads: list[Any] = []
        body = b"".join(self._simulator(environ, lambda *given: heads.extend(given)))
        if "/listings/2021-08-01/items/" in environ["PATH_INFO"] and heads[0].startswith("200"):
            answer = json.loads(body)
            self._change(answer, environ["QUERY_STRING"])
            body = json.dumps(answer).encode()
            heads[1] = [(n, v) for n, v in heads[1] if n.lower() not in ("content-length", "content-encoding")]
        start(*heads)
        return [body]


def changing(change: Callable[[dict[str, Any], str], None], **properties: Any) -> tuple[Connection, Simulator]:
    """Connect to a simulator whose answers to searches are changed."""
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=50)
    given = {"Marketplace": MARKETS, "SellerId": SELLER} | properties
    return over(Changing(simulator, change), clock, **given), simulator


def warnings(cursor: Any) -> list[str]:
    return [str(text) for _, text in cursor.messages]


def backward(answer: dict[str, Any], query: str) -> None:
    """Give the rows of each page from the last to the first."""
    answer["items"].reverse()


@pytest.mark.parametrize("marketplaces", ["US", MARKETS])
def test_an_answer_that_is_not_in_order_is_read_whole_and_sorted_here(marketplaces: str) -> None:
    sql = "SELECT CreatedDate, SKU, MarketplaceId FROM ListingsItems ORDER BY CreatedDate DESC, 2, 3"
    connection, simulator = changing(backward, Marketplace=marketplaces)
    every = rows(connection, sql)
    assert not [r for r in simulator.log if "sortBy" in r.query]
    calls = len(asked(simulator, SEARCH))
    cursor = connection.cursor().execute(f"{sql} LIMIT 7")
    assert cursor.fetchall() == every[:7]
    assert [w for w in warnings(cursor) if "not in the order that it was asked for" in w]
    searches = [r.query for r in simulator.log if r.operation.endswith(SEARCH)][calls:]
    assert len([q for q in searches if "sortBy" not in q]) == calls
    assert {q["pageSize"] for q in searches if "sortBy" not in q} == {"20"}
    assert 0 < len([q for q in searches if "sortBy" in q]) <= 2 * len(marketplaces.split(","))


def test_a_row_without_the_time_is_not_counted_among_the_first() -> None:
    def timeless(answer: dict[str, Any], query: str) -> None:
        for item in answer["items"]:
            if sum(map(ord, item["sku"])) % 2:
                item["summaries"] = []

    sql = "SELECT CreatedDate FROM ListingsItems ORDER BY CreatedDate"
    connection, simulator = changing(timeless, Marketplace="US")
    every = rows(connection, sql)
    calls = len(asked(simulator, SEARCH))
    cursor = connection.cursor().execute(f"{sql} LIMIT 15")
    assert cursor.fetchall() == every[:15]
    assert (None,) not in every[:15]
    assert len(asked(simulator, SEARCH)) - calls < calls
    assert not warnings(cursor)
    cursor = connection.cursor().execute(f"{sql} NULLS FIRST LIMIT 15")
    assert cursor.fetchall() == [(None,)] * 15
    assert warnings(cursor)


def test_a_row_that_comes_again_on_the_next_page_is_counted_once() -> None:
    last: dict[str, Any] = {}

    def again(answer: dict[str, Any], query: str) -> None:
        items = answer["items"]
        kept = dict(last)
        last.update(item=items[-1])
        if "pageToken" in query:
            items.insert(0, kept["item"])
            items.pop()

    sql = "SELECT CreatedDate, SKU FROM ListingsItems ORDER BY CreatedDate DESC LIMIT 60"
    connection, simulator = changing(again, Marketplace="US")
    found = rows(connection, sql)
    assert len(set(found)) == 60
    assert len(asked(simulator, SEARCH)) == 4


def test_a_search_that_amazon_ends_too_early_is_asked_in_parts() -> None:
    """The rows that do not count stand before the others, more than Amazon gives out of a search."""

    def huge(answer: dict[str, Any], query: str) -> None:
        if "sortBy" in query:
            answer["numberOfResults"] = 5000
            answer.pop("pagination", None)

    sql = "SELECT CreatedDate, SKU FROM ListingsItems ORDER BY CreatedDate, SKU"
    connection, _ = changing(huge, Marketplace="US")
    every = rows(connection, sql)
    cursor = connection.cursor().execute(f"{sql} LIMIT 50")
    assert cursor.fetchall() == every[:50]
    assert not warnings(cursor)


def test_a_statement_whose_answer_is_not_in_order_can_be_left_half_read() -> None:
    connection, _ = changing(backward)
    cursor = connection.cursor().execute("SELECT SKU FROM ListingsItems ORDER BY CreatedDate LIMIT 30")
    assert cursor.fetchone() is not None
    cursor.close()
    assert len(rows(connection, "SELECT SKU FROM ListingsItems ORDER BY CreatedDate LIMIT 30")) == 30


# -- windows of the time that is sorted by -----------------------------------------------------------------------------

PURCHASES = Entry(
    "Purchases",
    "A vendor's purchase orders; Amazon answers a week of their creation at most.",
    schemas=("SellingPartner",),
    key=("PurchaseOrderNumber",),
    account_unique=True,
    paths=(
        AccessPath(
            "vendorOrders.getPurchaseOrders",
            names=(("orderDetails.purchaseOrderDate", "PurchaseOrderDate"),),
            pushdowns=(
                Pushdown("PurchaseOrderDate", ">=", "createdAfter", exact=True),
                Pushdown("PurchaseOrderDate", "<", "createdBefore", exact=True),
            ),
            sorts=(
                Sort("PurchaseOrderDate", (("sortOrder", "ASC"),), (("sortOrder", "DESC"),), nulls=False),
            ),
        ),
    ),
    example="SELECT * FROM Purchases",
)  # fmt: skip


class Vendor(Connection):
    """A connection that knows one table more."""

    def find(self, schema: str, name: str) -> Table | None:
        return registry.resolve(PURCHASES, "SellingPartner") if name == "Purchases" else super().find(schema, name)


def test_the_table_of_windows_is_sound() -> None:
    assert problems(PURCHASES) == []


@pytest.mark.parametrize("direction", ["", " DESC"])
@pytest.mark.parametrize("tie", ["", ", PurchaseOrderNumber"])
def test_of_windows_only_those_with_the_first_rows_are_asked(direction: str, tie: str) -> None:
    connection = Vendor(read("", Simulator="seed=7,orders=400,today=2026-11-21,account=vendor", Marketplace="US"))
    column = "PurchaseOrderDate, PurchaseOrderNumber" if tie else "PurchaseOrderDate"
    sql = f"SELECT {column} FROM Purchases WHERE PurchaseOrderDate >= '2026-07-01' ORDER BY 1{direction}{tie}"
    every = rows(connection, sql)
    simulator = connection.runtime.simulator
    calls = len(asked(simulator, "getPurchaseOrders"))
    assert calls >= 20
    assert len(every) > 20
    assert rows(connection, f"{sql} LIMIT 3") == every[:3]
    sent = [r.query for r in simulator.log if r.operation.endswith("getPurchaseOrders")][calls:]
    assert 0 < len(sent) <= 3
    assert {q["sortOrder"] for q in sent} == {"DESC" if direction else "ASC"}
