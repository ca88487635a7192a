# ruff: noqa: E501 - statements are read best on one line
"""Which blocks of a statement may be run first, and what is left of the statement then."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from amzsql.catalog import registry
from amzsql.sql.binding import Bound, bind
from amzsql.sql.statement import parse

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
ITEMS = "SELECT i.ASIN FROM OrderItems i WHERE i.AmazonOrderId IN"


def bound(sql: str) -> Bound:
    return bind(
        parse(sql),
        (),
        resolver=lambda schema, name: registry.find(schema or "SellingPartner", name),
        known=lambda schema: list(registry.names(schema or "SellingPartner")),
        evaluator=lambda expressions: [None for _ in expressions],
        now=NOW,
        zone=ZoneInfo("UTC"),
    )


@pytest.mark.parametrize(
    ("sql", "stages", "left"),
    [
        (f"{ITEMS} (SELECT AmazonOrderId FROM Orders LIMIT 3)", ["subquery"], ["OrderItems"]),
        (f"{ITEMS} (SELECT TOP 3 AmazonOrderId FROM Orders ORDER BY PurchaseDate)", ["subquery"], ["OrderItems"]),
        (f"{ITEMS} (SELECT AmazonOrderId FROM Orders UNION SELECT AmazonOrderId FROM OrderItems LIMIT 3)", ["subquery"], ["OrderItems"]),
        (f"{ITEMS} (SELECT k FROM (SELECT AmazonOrderId AS k FROM Orders LIMIT 3) o WHERE k > '1')", ["o"], ["OrderItems"]),
        ("SELECT 1 FROM (SELECT AmazonOrderId FROM Orders LIMIT 3) o JOIN OrderItems i USING (AmazonOrderId)", ["o"], ["OrderItems"]),
        ("SELECT 1 FROM (SELECT AmazonOrderId FROM Orders LIMIT 3) o(k) LEFT JOIN OrderItems i ON i.AmazonOrderId = k", ["o"], ["OrderItems"]),
        ("WITH a AS (SELECT * FROM Orders), b AS (SELECT * FROM a LIMIT 2) SELECT 1 FROM b JOIN OrderItems i USING (AmazonOrderId)", ["b"], ["OrderItems"]),
        ("WITH b AS (SELECT * FROM Orders LIMIT 2) SELECT 1 FROM b JOIN b c USING (AmazonOrderId) JOIN OrderItems i USING (AmazonOrderId)", ["b"], ["OrderItems"]),
        ("SELECT (SELECT count(*) FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId) FROM Orders o ORDER BY o.PurchaseDate LIMIT 3", ["o"], ["OrderItems"]),
    ],
)  # fmt: skip
def test_what_limit_picks_is_run_first(sql: str, stages: list[str], left: list[str]) -> None:
    staged = bound(sql).staged
    assert staged is not None
    assert [s.alias for s in staged.stages] == stages
    assert [s.table.name for s in staged.scans] == left
    assert {k.scan for s in staged.scans for k in s.domains["AmazonOrderId"].keys} == {-1}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT AmazonOrderId FROM Orders LIMIT 3",
        f"{ITEMS} (SELECT AmazonOrderId FROM Orders)",
        "SELECT 1 FROM (SELECT AmazonOrderId AS k FROM Orders LIMIT 3) o JOIN OrderItems i ON i.ASIN < k",
        "SELECT 1 FROM Orders o, LATERAL (SELECT ASIN, AmazonOrderId FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId LIMIT 1) x",
        "SELECT (SELECT ASIN FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId LIMIT 1) FROM Orders o",
        "WITH RECURSIVE r(k) AS (SELECT max(AmazonOrderId) FROM Orders UNION ALL SELECT i.AmazonOrderId FROM r JOIN (SELECT AmazonOrderId FROM Orders LIMIT 2) o ON k = o.AmazonOrderId JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId) SELECT * FROM r",
        # LIMIT comes after what follows: an aggregate, a window, a row for each element, an alias of the list.
        "SELECT (SELECT max(o.PurchaseDate) FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId) FROM Orders o LIMIT 3",
        "SELECT rank() OVER (ORDER BY o.PurchaseDate), (SELECT count(*) FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId) FROM Orders o LIMIT 3",
        "SELECT unnest(list_value(1, 2)), (SELECT count(*) FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId) FROM Orders o LIMIT 3",
        "SELECT (SELECT count(*) FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId) AS PurchaseDate FROM Orders o ORDER BY PurchaseDate LIMIT 3",
        "SELECT DISTINCT (SELECT count(*) FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId) FROM Orders o LIMIT 3",
        "SELECT (SELECT count(*) FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId) FROM Orders o ORDER BY 1 LIMIT 3",
        "SELECT (SELECT count(*) FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId) FROM Orders o WHERE EXISTS (SELECT 1 FROM OrderItems j WHERE j.AmazonOrderId = o.AmazonOrderId) LIMIT 3",
    ],
)  # fmt: skip
def test_other_statements_have_one_form(sql: str) -> None:
    assert bound(sql).staged is None


def test_a_stage_inside_a_stage_is_its_own() -> None:
    inner = "SELECT j.AmazonOrderId FROM OrderItems j WHERE j.AmazonOrderId IN (SELECT AmazonOrderId FROM Orders LIMIT 5) LIMIT 2"
    staged = bound(f"{ITEMS} ({inner})").staged
    assert staged is not None
    (outer,) = staged.stages
    assert outer.rows == 2
    assert outer.bound.staged is not None
    assert [s.rows for s in outer.bound.staged.stages] == [5]


def test_what_is_left_reads_the_stage_in_the_block_s_place() -> None:
    sql = "WITH a AS (SELECT * FROM Orders), b AS (SELECT AmazonOrderId FROM a LIMIT 2) SELECT i.ASIN FROM b JOIN OrderItems i USING (AmazonOrderId)"
    staged = bound(sql).staged
    assert staged is not None
    assert (
        staged.sql
        == 'WITH b AS (SELECT * FROM "stage_0") SELECT i.ASIN FROM b JOIN "scan_0" AS i USING (AmazonOrderId)'
    )
    assert (
        staged.stages[0].bound.sql
        == 'WITH a AS (SELECT * FROM "scan_0" AS "Orders") SELECT AmazonOrderId FROM a LIMIT 2'
    )
