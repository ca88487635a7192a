"""Whose keys bind: only rows that can be in the result, and each key once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from driving import asked, rows, simulated

from amzsql.execute.binding_keys import passes
from amzsql.sql.predicate import Domain

DEAR = "o.OrderTotalAmount > 60 AND o.PurchaseDate >= '2026-10-10'"
FORMS = [
    "SELECT o.AmazonOrderId, i.OrderItemId FROM Orders o JOIN OrderItems i USING (AmazonOrderId) WHERE {}",
    "SELECT o.AmazonOrderId, i.OrderItemId FROM Orders o LEFT JOIN OrderItems i USING (AmazonOrderId) WHERE {}",
    "SELECT AmazonOrderId, OrderItemId FROM OrderItems WHERE AmazonOrderId IN (SELECT AmazonOrderId FROM Orders o"
    " WHERE {})",
    "SELECT o.AmazonOrderId, i.OrderItemId FROM Orders o JOIN OrderItems i USING (AmazonOrderId) WHERE {} LIMIT 400",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0, 60])
def test_amazon_is_asked_for_what_belongs_to_rows_that_pass(form: str, share: int) -> None:
    connection, simulator = simulated(orders=120, throttle="off", OrdersApi="v0", ShareScans=share)
    keys = {row[0] for row in rows(connection, f"SELECT AmazonOrderId FROM Orders o WHERE {DEAR}")}
    found = rows(connection, form.format(DEAR))
    assert {row[0] for row in found} == keys
    assert len(asked(simulator, "getOrderItems")) == len(keys) < 60
    # What follows reads more than what there is now.
    everything = rows(connection, form.format("o.PurchaseDate >= '2026-10-10'"))
    alone = simulated(orders=120, throttle="off", OrdersApi="v0", ShareScans=0)[0]
    assert sorted(everything) == sorted(rows(alone, form.format("o.PurchaseDate >= '2026-10-10'")))
    assert len(everything) > len(found) > 0


def test_rows_that_two_branches_read_differently_bind_what_either_leaves() -> None:
    """Both branches take the items of one fetch, the second those of orders that it reads unseen."""
    connection = simulated(orders=120, throttle="off", OrdersApi="v0")[0]
    shipped = (
        "SELECT i.OrderItemId FROM OrderItems i JOIN Orders o USING (AmazonOrderId) WHERE o.OrderStatus = 'Shipped'"
    )
    every = "SELECT i.OrderItemId FROM OrderItems i"
    one, two = rows(connection, shipped), rows(connection, every)
    assert 0 < len(one) < len(two)
    assert sorted(rows(connection, f"{shipped} UNION ALL {every}")) == sorted([*one, *two])


def test_a_condition_of_the_side_that_may_be_missing_takes_no_row_away() -> None:
    connection = simulated(orders=60, throttle="off", OrdersApi="v0")[0]
    statement = (
        "SELECT o.AmazonOrderId, count(i.OrderItemId) FROM Orders o LEFT JOIN OrderItems i ON i.AmazonOrderId ="
        " o.AmazonOrderId AND o.OrderTotalAmount > 60 GROUP BY 1"
    )
    found = rows(connection, statement)
    assert len(found) == rows(connection, "SELECT count(*) FROM Orders")[0][0]
    assert 0 < sum(count > 0 for _, count in found) < len(found)


AT = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("values", "kind", "domain", "found"),
    [
        (["a", "b", None], pa.string(), Domain.of("a"), [True, False, False]),
        (["a", "b", None], pa.string(), Domain(frozenset({"b"}), null=True), [False, True, True]),
        ([1, 2, 3], pa.int64(), Domain(low=1, low_open=True, high=3), [False, True, True]),
        ([1, 2, 3], pa.int64(), Domain(high=2, high_open=True), [True, False, False]),
        ([Decimal("1.5"), None], pa.decimal128(18, 4), Domain(low=1), [True, False]),
        ([True, False], pa.bool_(), Domain.of(True), [True, False]),
        ([AT, AT + dt.timedelta(1)], pa.timestamp("us", "UTC"), Domain(low=AT, low_open=True), [False, True]),
        # What the engine would compare otherwise than Arrow is left to it: other kinds, rounded values, lists.
        ([1], pa.int64(), Domain.of("1"), None),
        ([1], pa.int64(), Domain(low=Decimal("1.5")), None),
        ([Decimal(1)], pa.decimal128(18, 2), Domain(low=1.5), None),
        ([Decimal(1)], pa.decimal128(18, 2), Domain(high=Decimal("0.999")), None),
        ([AT], pa.timestamp("us", "UTC"), Domain(low=dt.datetime(2026, 1, 1)), None),
        ([dt.date(2026, 1, 1)], pa.date32(), Domain(high=dt.datetime(2026, 1, 1, 12), high_open=True), None),
        ([["a"]], pa.list_(pa.string()), Domain(frozenset({"a"}), some=True), None),
        ([1.5], pa.float64(), Domain(low=1), None),
    ],
)
def test_values_are_compared_as_the_engine_does(values: list[Any], kind: Any, domain: Domain, found: Any) -> None:
    told = passes(pa.array(values, type=kind), domain)
    assert (None if told is None else told.to_pylist()) == found
