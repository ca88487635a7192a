"""The figures of a question that reports answer: revenue by SKU and day, over 90 days."""

from __future__ import annotations

from collections import Counter

import pytest

from amzsql.connection import Connection, Runtime
from amzsql.settings import read
from amzsql.simulator import Record
from benchmarks.calls import LOGIN, calculator
from benchmarks.questions import REVENUE

WITHIN = 0.15


@pytest.fixture(scope="module")
def connection() -> Connection:
    settings = read("", environment={}, Simulator="seed=1,orders=20000,today=2026-11-21", UseReports=True)
    return Connection(settings, Runtime(settings))


def asked(connection: Connection) -> tuple[list[Record], float, int]:
    """Ask the question; return the calls, the seconds and the rows."""
    runtime = connection.runtime
    before, start = len(runtime.simulator.log), runtime.clock.now()
    found = connection.cursor().execute(REVENUE).fetch_arrow_table().num_rows
    log = [r for r in runtime.simulator.log[before:] if r.path != LOGIN and r.operation.startswith("reports_")]
    return log, runtime.clock.now() - start, found


def test_revenue_by_sku_and_day(connection: Connection) -> None:
    log, seconds, rows = asked(connection)
    calls = Counter(r.operation.partition(".")[2] for r in log)
    polls = Counter(r.path for r in log if r.operation.endswith(".getReport"))
    assert rows > 1000
    assert {r.status for r in log} <= {200, 202}
    assert calls["createReport"] == 3
    assert sum(calls.values()) - calls["getReport"] <= 10
    assert len(polls) == 3
    assert max(polls.values()) <= 8
    model = calculator()
    if model is not None:
        best = model.report(3, 0.0, t=120.0)
        assert abs(seconds - best) <= WITHIN * best, (seconds, best)
    else:
        assert seconds <= 140

    again, seconds, same = asked(connection)
    assert same == rows
    assert len(again) <= 2
    assert seconds < 5
