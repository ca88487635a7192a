"""Writes of many listings: feeds instead of a call each, every row's outcome told, and none overtaken by another."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from driving import asked, rows, simulated

from amzsql.connection import Connection
from amzsql.errors import BudgetExceeded, DatabaseError, IntegrityError, ResultWarning
from amzsql.simulator import Fault, Simulator

FEEDS = "feeds_2021-06-30."
PRICES = "UPDATE ListingsItems SET Price = ? WHERE SKU = ?"


def seller(*faults: Fault, **properties: Any) -> tuple[Connection, Simulator]:
    # One listing for ten orders.
    return simulated(*faults, orders=600, SellerId="A3SIMULATEDSELL", **properties)


def skus(connection: Connection) -> list[str]:
    return [sku for (sku,) in rows(connection, "SELECT SKU FROM ListingsItems ORDER BY SKU")]


def prices(connection: Connection) -> dict[str, Decimal]:
    return dict(rows(connection, "SELECT SKU, Price FROM ListingsItems"))


def requests(simulator: Simulator, *names: str) -> list[int]:
    return [len(asked(simulator, name)) for name in names]


def test_prices_go_as_one_feed_and_what_is_not_there_counts_for_nothing() -> None:
    connection, simulator = seller()
    known = skus(connection)
    new = [(Decimal(number) + Decimal("0.25"), sku) for number, sku in enumerate(known, 10)]
    before = prices(connection)
    cursor = connection.cursor()
    with pytest.warns(ResultWarning, match=r"row 40 .*NONE.* was not there"):
        cursor.executemany(PRICES, [*new[:40], (Decimal(1), "NONE"), *new[40:50]])
    assert cursor.rowcount == 50
    assert requests(simulator, "createFeed", "patchListingsItem", "getFeedDocument") == [1, 0, 1]
    assert prices(connection) == {**before, **{sku: price for price, sku in new[:50]}}


def test_new_listings_go_as_one_feed_and_each_row_is_told() -> None:
    connection, simulator = seller()
    cursor = connection.cursor()
    with pytest.raises(IntegrityError, match=r"Row 3 .* was refused: 90220: .*Done: rows 0 to 2, 4 to 34") as refused:
        cursor.execute(
            "INSERT INTO ListingsItems (SKU, ProductType, Attributes) SELECT SKU || ' new', ProductType, "
            "CASE WHEN row_number() OVER (ORDER BY SKU) = 4 THEN '{}' ELSE Attributes END "
            "FROM (SELECT SKU, ProductType, Attributes FROM ListingsItems ORDER BY SKU LIMIT 35) ORDER BY SKU"
        )
    told = refused.value.outcomes
    assert [o.state for o in told] == ["done"] * 3 + ["refused"] + ["done"] * 31
    assert requests(simulator, "createFeed", "putListingsItem") == [1, 0]
    made = rows(connection, "SELECT SKU FROM ListingsItems WHERE SKU LIKE '% new'")
    assert {sku for (sku,) in made} == {o.key["SKU"] for o in told if o.state == "done"}


def test_of_many_refused_rows_the_error_names_some_and_counts_the_others() -> None:
    connection, _ = seller()
    given = [(f"NEW {number}",) for number in range(2000)]
    with pytest.raises(IntegrityError, match=r"Row 4 \('NEW 4'\) .*And 1995 more") as refused:
        connection.cursor().executemany(
            "INSERT INTO ListingsItems (SKU, ProductType, Attributes) VALUES (?, 'LUGGAGE', '{}')", given
        )
    assert [o.key["SKU"] for o in refused.value.outcomes] == [sku for (sku,) in given]
    assert len(str(refused.value)) < 2_000


def test_many_prices_cost_ten_calls_at_most_beside_the_polls() -> None:
    connection, simulator = seller()
    given = [(Decimal(5), f"SKU {number}") for number in range(10_000)]
    cursor = connection.cursor()
    with pytest.warns(ResultWarning):  # the simulator's account has none of them
        cursor.executemany(PRICES, given)
    assert cursor.rowcount == 0
    # Some rows are told of, and how many more there are.
    assert len(cursor.messages) == 21
    assert sum(len(str(text)) for _, text in cursor.messages) < 10_000
    assert requests(simulator, "createFeed", "createFeedDocument", "getFeedDocument") == [1, 1, 1]
    assert cursor.stats.requests - cursor.stats.sources[f"{FEEDS}getFeed"] <= 10


def test_rows_that_other_tables_name_are_not_read_first() -> None:
    connection, simulator = seller()
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE wanted AS SELECT SKU, Price + 1 AS Price FROM ListingsItems WHERE Price IS NOT NULL")
    made = rows(connection, "SELECT count(*) FROM wanted")[0][0]
    searched = len(asked(simulator, "searchListingsItems"))
    before = prices(connection)
    searched = len(asked(simulator, "searchListingsItems"))
    cursor.execute("UPDATE ListingsItems AS l SET Price = w.Price FROM wanted w WHERE l.SKU = w.SKU AND w.Price > 0")
    assert cursor.rowcount == made
    assert requests(simulator, "searchListingsItems", "createFeed") == [searched, 1]
    assert prices(connection) == {sku: price and price + 1 for sku, price in before.items()}


def test_what_must_be_read_is_read_by_few_requests() -> None:
    connection, simulator = seller()
    known = skus(connection)[:45]
    searched = len(asked(simulator, "searchListingsItems"))
    cursor = connection.cursor()
    named = [(f"Name {number}", sku) for number, sku in enumerate(known)]
    cursor.executemany("UPDATE ListingsItems SET ItemName = ? WHERE SKU = ?", [*named, ("x", "NONE")])
    assert cursor.rowcount == 45
    assert len(asked(simulator, "searchListingsItems")) == searched + math.ceil(46 / 20)
    assert dict(rows(connection, "SELECT SKU, ItemName FROM ListingsItems WHERE ItemName LIKE 'Name %'")) == {
        sku: name for name, sku in named
    }


def test_explain_shows_the_feed_and_a_limit_refuses_it() -> None:
    connection, simulator = seller()
    values = ", ".join(f"'{sku}'" for sku in skus(connection)[:30])
    sent = len(simulator.log)
    steps = rows(connection, f"EXPLAIN UPDATE ListingsItems SET Quantity = 3 WHERE SKU IN ({values})")
    called = [step[3] for step in steps if step[1] == "Call"]
    assert called == [f"{FEEDS}{n}" for n in ("createFeedDocument", "createFeed", "getFeed", "getFeedDocument")]
    assert steps[-1][-3] == 4
    assert [step[3] for step in steps if step[4]] == ["", f"{FEEDS}createFeed"]
    sources = {
        f"UPDATE ListingsItems SET Quantity = 3 WHERE SKU IN ({values})": "PRODUCT, which Amazon takes for a listing",
        f"UPDATE ListingsItems SET ItemName = 'x' WHERE SKU IN ({values})": "read with the rows",
        f"UPDATE ListingsItems SET ItemName = 'x', ProductType = 'MUG' WHERE SKU IN ({values})": "as the statement",
        "UPDATE ListingsItems SET ItemName = 'x' WHERE SKU = 'a' AND ProductType = 'MUG'": "as the statement",
        "INSERT INTO ListingsItems (SKU, ProductType, Price) VALUES ('a', 'MUG', 1)": "as the statement says",
    }
    for sql, source in sources.items():
        [told] = [step[4] for step in rows(connection, f"EXPLAIN {sql}") if step[1] == "Product type"]
        assert told.startswith(source)
    assert len(simulator.log) == sent
    poor, simulator = seller(MaxRequests=3)
    with pytest.raises(BudgetExceeded, match="30 rows need 4 requests"):
        poor.cursor().execute(f"UPDATE ListingsItems SET Quantity = 3 WHERE SKU IN ({values})")
    assert not asked(simulator, "createFeedDocument")


def test_few_rows_and_feed_rows_0_are_calls() -> None:
    connection, simulator = seller(FeedRows=0)
    known = skus(connection)[:31]
    connection.cursor().executemany(PRICES, [(3, sku) for sku in known])
    assert requests(simulator, "createFeed", "patchListingsItem") == [0, 31]


def test_a_later_write_waits_for_the_feed_that_has_its_sku() -> None:
    connection, simulator = seller(WaitForOutcome=False)
    known = skus(connection)[:30]
    cursor = connection.cursor()
    cursor.executemany(PRICES, [(3, sku) for sku in known])
    assert requests(simulator, "createFeed", "getFeed") == [1, 0]
    other = connection.cursor()
    other.execute("UPDATE ListingsItems SET Price = 4 WHERE SKU = ?", [known[0]])
    assert other.stats.sources[f"{FEEDS}getFeed"] >= 1
    clock = connection.runtime.clock
    clock.wait(clock.now() + 60)  # what a call changes is seen a little later
    assert prices(connection)[known[0]] == 4
    looked = len(asked(simulator, "getFeed"))
    other.execute("UPDATE ListingsItems SET Price = 5 WHERE SKU = ?", [known[0]])
    assert len(asked(simulator, "getFeed")) == looked


def test_a_call_waits_for_that_feed_too_and_says_so_if_it_cannot() -> None:
    connection, simulator = seller(WaitForOutcome=False)
    (first, second, *_) = known = skus(connection)[:30]
    connection.cursor().executemany(PRICES, [(3, sku) for sku in known])
    said: list[str] = []
    cursor = connection.cursor()
    cursor.progress = said.append
    cursor.execute("EXEC DeleteListingsItem Sku = ?", [first])
    assert [f"which an earlier statement sent, still works on {first!r}" in line for line in said] == [True]
    order = [r.operation.rpartition(".")[2] for r in simulator.log]
    assert order.index("createFeed") < order.index("getFeed") < order.index("deleteListingsItem")
    clock = connection.runtime.clock
    clock.wait(clock.now() + 60)
    assert first not in prices(connection)
    connection.cursor().executemany(PRICES, [(4, sku) for sku in known[1:]] + [(4, "NONE")])
    hasty = Connection(replace(connection.settings, statement_timeout=5.0), connection.runtime)
    told = rf"It waited for feed \d+, .* works on {second!r}: nothing of this statement was sent\."
    for sql in ("UPDATE ListingsItems SET Price = 5 WHERE SKU = ?", "EXEC DeleteListingsItem Sku = ?"):
        with pytest.raises(BudgetExceeded, match=told) as caught:
            hasty.cursor().execute(sql, [second])
        assert {o.state for o in caught.value.outcomes} <= {"not sent"}


def test_calls_under_way_wait_for_a_feed_that_begins_meanwhile() -> None:
    connection, simulator = seller(WaitForOutcome=False, RateShare=0.05)
    known = skus(connection)[:40]
    calls, feed = connection.cursor(), connection.cursor()

    said: list[str] = []

    def begin(text: str) -> None:
        said.append(text)
        if len(said) == 1:
            feed.executemany(PRICES, [(8, sku) for sku in known])

    calls.progress = begin
    calls.executemany(PRICES, [(7, sku) for sku in known[:10]])
    order = [r.operation.rpartition(".")[2] for r in simulator.log if r.operation.startswith((FEEDS, "listings"))]
    made = order.index("createFeed")
    assert "patchListingsItem" in order[:made]
    # The one that was waiting for its bucket goes, those after it wait.
    waited = order.index("getFeed", made)
    assert order[made:waited] == ["createFeed", "patchListingsItem"]
    clock = connection.runtime.clock
    clock.wait(clock.now() + 60)
    found = prices(connection)
    before = order[:waited].count("patchListingsItem")
    assert [found[sku] for sku in known] == [8] * before + [7] * (10 - before) + [8] * 30


@pytest.mark.parametrize(
    ("fault", "states", "feeds"),
    [
        (Fault(f"{FEEDS}createFeed", "lost"), {"unknown"}, 1),
        (Fault(f"{FEEDS}createFeed", "status", status=500, done=True), {"unknown"}, 1),
        (Fault(f"{FEEDS}createFeed", "status", status=400, code="InvalidInput"), {"not sent"}, 1),
        (Fault(f"{FEEDS}createFeedDocument", "status", status=403, code="Unauthorized"), {"not sent"}, 0),
        (Fault(f"{FEEDS}*", "fatal"), {"refused"}, 1),
    ],
)
def test_a_fault_is_never_a_second_feed(fault: Fault, states: set[str], feeds: int) -> None:
    connection, simulator = seller(fault)
    known = skus(connection)[:30]
    with pytest.raises(DatabaseError) as failed:
        connection.cursor().executemany(PRICES, [(3, sku) for sku in known])
    assert {o.state for o in failed.value.outcomes} == states
    if "unknown" in states:
        told = "Rows 0 to 29 are unknown: Whether Amazon has carried them out is not known: look before you write them"
        assert told in str(failed.value)
        assert {"createFeed" in o.detail for o in failed.value.outcomes} == {True}
        assert "Try again later" not in str(failed.value)
    assert len(asked(simulator, "createFeed")) == feeds
    assert {state for (state,) in rows(connection, "SELECT State FROM sys_writes")} == states


def test_a_throttled_feed_is_sent_again() -> None:
    connection, simulator = seller(Fault(f"{FEEDS}createFeed", "status", status=429, code="QuotaExceeded"))
    cursor = connection.cursor()
    cursor.executemany(PRICES, [(3, sku) for sku in skus(connection)[:30]])
    assert (cursor.rowcount, asked(simulator, "createFeed")) == (30, [429, 202])


def test_no_more_than_five_feeds_in_five_minutes() -> None:
    connection, simulator = seller(WaitForOutcome=False)
    known = skus(connection)
    cursor = connection.cursor()
    for number in range(7):
        cursor.executemany(PRICES, [(6, f"{sku} {number}") for sku in known[:30]])
    times = [r.time for r in simulator.log if r.operation == f"{FEEDS}createFeed"]
    assert len(times) == 7
    assert all(later - first > 300 for first, later in zip(times, times[5:], strict=False))
    assert asked(simulator, "createFeed") == [202] * 7
