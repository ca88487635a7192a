"""ReportTypes: facts as a table, read without a call and joined like any other."""

from __future__ import annotations

from typing import Any

import amzsql
from amzsql.spapi.document_types import report_types

OPTIONS = {"Simulator": "orders=50,throttle=off,today=2026-11-21", "Marketplace": "US", "SellerId": "A3SIMULATEDSELL"}
TYPE = "GET_MERCHANT_LISTINGS_ALL_DATA"


def run(sql: str) -> tuple[list[tuple[Any, ...]], int]:
    """Return a statement's rows, and how many requests they took."""
    with amzsql.connect(**OPTIONS) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall(), cursor.stats.requests


def test_every_type_is_a_row_and_no_call_is_made() -> None:
    rows, requests = run("SELECT ReportType, CanBeScheduled FROM ReportTypes")
    assert {name for name, _ in rows} == set(report_types())
    assert {name for name, scheduled in rows if scheduled} == {
        name for name, kind in report_types().items() if "schedule" in kind.by
    }
    assert requests == 0


def test_explain_says_that_nothing_is_asked() -> None:
    rows, _ = run("EXPLAIN SELECT * FROM VendorCentral.ReportTypes")
    assert rows[0][1:3] == ("Metadata", "ReportTypes")
    assert rows[-1][7] == 0


def test_it_joins() -> None:
    rows, requests = run(
        "SELECT DISTINCT l.ReportType, t.Format FROM ReportList l JOIN ReportTypes t ON t.ReportType = l.ReportType "
        f"WHERE l.ReportType = '{TYPE}'"
    )
    assert rows == [(TYPE, report_types()[TYPE].format)]
    assert requests == 1
