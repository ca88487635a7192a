"""EXPLAIN equals what happens, once it knows the rows that there were; what it tells before is held to the figures.

The rows are counted without the driver: a plain client asks an unthrottled simulator of the same seller for every page
of every partition, and the keys of a bind join are read from what the simulator was asked.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from amzsql.clock import VirtualClock
from amzsql.connection import Connection
from amzsql.cursor import Cursor
from amzsql.execute.statement import parsed
from amzsql.plan.nodes import FetchPlan, Plan
from amzsql.plan.planner import plan as make_plan
from amzsql.plan.shared import Known
from amzsql.simulator import Simulator
from benchmarks.calls import connected, parameters
from benchmarks.questions import QUESTIONS, Question

LOGIN = {"grant_type": "refresh_token", "refresh_token": "any", "client_id": "any", "client_secret": "any"}


def _asked(question: Question) -> Any:
    return pytest.param(question, id=question.name)


class Counting:
    """A plain client of a simulator without throttle: how many rows has a partition?"""

    def __init__(self, question: Question, now: float) -> None:
        simulator = Simulator(VirtualClock(now), seed=1, orders=question.orders, throttle="off")
        self._http = httpx.Client(transport=httpx.WSGITransport(app=simulator), base_url="https://simulator.test")
        token = self._http.post("/auth/o2/token", data=LOGIN).json()["access_token"]
        self._http.headers["x-amz-access-token"] = token

    def rows(self, fetch: FetchPlan, given: Mapping[str, Any]) -> int:
        """Return the rows of the operation's own kind that all pages of a partition hold."""
        paging, operation = fetch.operation.paging, fetch.operation
        query = {name: _text(value) for name, value in given.items()}
        path = operation.path
        for name in [n for n in query if "{" + n + "}" in path]:
            path = path.replace("{" + name + "}", quote(query.pop(name)))
        if paging is not None and paging.size is not None:
            query[paging.size] = str(paging.size_max or paging.size_default)
        found = 0
        while True:
            answer = self._http.get(path, params=query)
            assert answer.status_code == 200, answer.text
            body = answer.json()
            found += _count(body, operation.row_path)
            token = _at(body, paging.token_out) if paging is not None else None
            if token is None or paging is None:
                return found
            query = {**({} if paging.alone else query), paging.token_in: token}


def _text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return ",".join(map(_text, value)) if isinstance(value, tuple) else str(value)


def _at(body: Any, path: str) -> Any:
    for name in path.split("."):
        body = (body or {}).get(name)
    return body


def _count(body: Any, row_path: str) -> int:
    rows = _at(body, row_path.partition("[]")[0])
    return len(rows or []) if "[]" in row_path else int(rows is not None)


def run(question: Question) -> tuple[Connection, Cursor, Plan]:
    """Ask a question to its last row, and return the plan that it ran with."""
    connection = connected(question)
    cursor = connection.cursor()
    cursor.execute(question.sql, parameters(question, connection))
    assert cursor._result is not None
    plan = cursor._result.plan
    cursor.fetch_arrow_table()
    return connection, cursor, plan


def sent(connection: Connection) -> Counter[str]:
    """Return the calls that the simulator was asked, by operation; logins are not counted."""
    log = connection.runtime.simulator.log
    assert {r.status for r in log} <= {200, 404}
    return Counter(r.operation for r in log if r.path != "/auth/o2/token")


def truth(question: Question, plan: Plan, connection: Connection, now: float) -> tuple[dict[str, Any], dict[str, int]]:
    """Return (rows of each fetch by its partitions, distinct keys of each bind join), by the fetches' signatures."""
    counts: dict[str, Any] = {}
    keys: dict[str, int] = {}
    client = Counting(question, now)
    for fetch in plan.fetches:
        if fetch.bind is not None:
            keys[fetch.signature] = len(asked_keys(fetch, connection))
        elif not fetch.by_key:
            counts[fetch.signature] = tuple(client.rows(fetch, dict(p.parameters)) for p in fetch.partitions)
    return counts, keys


def asked_keys(fetch: FetchPlan, connection: Connection) -> set[str]:
    """Return the distinct keys that a bind join asked for."""
    assert fetch.bind is not None
    found: list[str] = []
    for record in connection.runtime.simulator.log:
        if record.operation == fetch.operation.name:
            listed = record.query.get(fetch.bind.keys[0].parameter)
            found += listed.split(",") if listed is not None else [record.path]
    assert len(found) == len(set(found)) * max(1, len(fetch.partitions)), "a key was asked twice"
    return set(found)


@pytest.mark.parametrize("question", [_asked(q) for q in QUESTIONS])
def test_a_plan_with_the_true_counts_is_what_happened(question: Question) -> None:
    connection, cursor, first = run(question)
    start = dt.datetime.fromisoformat(question.today).replace(hour=12, tzinfo=dt.UTC)
    context = connection._context(connection.runtime.clock.event(), None, type(cursor.stats)())
    bound = connection._statements.bound(parsed(question.sql), parameters(question, connection), context)
    counts, keys = truth(question, first, connection, start.timestamp())
    # Nothing had been read by another statement.
    told = replace(connection.situation(bound, None), now=start, tokens={}, rates={}, shared=Known(60.0))
    situation = replace(told, counts=counts, keys=keys, probed=True)
    forecast = make_plan(first.bound, situation)
    happened = sent(connection)
    probes = happened.pop("sales.getOrderMetrics", 0)
    assert Counter({f.operation.name: 0 for f in forecast.fetches}).keys() == happened.keys()
    assert {f.operation.name: f.requests for f in forecast.fetches} == dict(happened), json.dumps(dict(happened))
    assert forecast.requests + probes == cursor.stats.requests
