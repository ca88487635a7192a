"""Amazon's own answers through the whole driver: the request is valid by the facts, the rows are those of the body.

Every access path of every table is asked for all of its columns, once for each recorded answer of its operation, and
once for an answer that is made of the declared paths. The recorded ones break Amazon's own enums and required fields.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from asking import BEFORE_REMOVALS, body_field
from conformance_reader import Counts, comparable, invented, result, table_rows
from conformance_replay import SHARED, Case, Replay, recorded
from filters import condition, plain_value, required, spelt
from naming import Case as Looked

from amzsql import spapi
from amzsql.catalog import modules, registry
from amzsql.catalog.model import Pushdown, Table, TablePath
from amzsql.clock import VirtualClock
from amzsql.connection import Connection, Runtime
from amzsql.execute.context import Context
from amzsql.plan.nodes import Situation
from amzsql.settings import read
from amzsql.sql.binding import Bound

TODAY = dt.datetime.fromisoformat(os.environ.get("AMZSQL_TEST_TODAY", "2026-11-21")).replace(hour=12, tzinfo=dt.UTC)
SELLER = "A3SELLER"
US = "ATVPDKIKX0DER"
SECRETS = {"OAuthClientId": "app", "OAuthClientSecret": "secret", "OAuthRefreshToken": "Atzr|x"}

MADE = "made of the paths"
Filters = dict[Pushdown, list[Any]]
# Answers that no statement can be made to give, and why.
EXCEPTIONS: Mapping[tuple[str, str], str] = {}


@dataclass(frozen=True)
class Run:
    """One statement to prove: the path that it must take, and the answer that it gets."""

    table: Table
    path: TablePath
    number: int
    case: Case

    def __str__(self) -> str:
        return f"{self.table.name} {self.number}: {self.case.operation}, {self.case.source}"


def runs() -> Iterator[Run]:
    """Yield every path of every table with each answer of its operation that it can give."""
    answers = recorded() if SHARED.is_dir() else {}
    for module in modules.MODULES:
        for entry in registry.declared(module).values():
            table = registry.table(entry.schemas[0], entry.name)
            for number, path in enumerate(table.paths):
                made = Case(path.operation, MADE, {}, None)
                for case in (*answers.get(path.operation, ()), made):
                    run = Run(table, path, number, case)
                    if not _by_the_other_key(run) and (path.operation, case.source) not in EXCEPTIONS:
                        yield run


def _by_the_other_key(run: Run) -> bool:
    """Tell whether a price list was recorded by SKU while the path asks by ASIN, or the other way round."""
    pushed = run.path.declared.pushdowns
    extras = pushed[0].extras if pushed else ()
    return any(run.case.request.get(name, value) != value for name, value in extras)


RUNS = list(runs())


def _made(pushed: Pushdown, path: TablePath) -> Any:
    """Return a value of which an address can be read back: in one, a slash is not told from its own."""
    value = plain_value(pushed, path)
    return value.replace("/", "-") if isinstance(value, str) and "{" + pushed.parameter in path_of(path) else value


def path_of(path: TablePath) -> str:
    return spapi.operation(path.operation).path


def with_body(run: Run) -> Run:
    """Return a run with an answer, made of the declared paths if none was recorded."""
    if run.case.source != MADE:
        return run
    asked = {p.column: _made(p, run.path) for p in required(run.path)}
    return replace(run, case=replace(run.case, body=invented(run.table, run.path, asked)))


class Chosen(Connection):
    """A connection that takes the access path it is told to, where a statement could take several."""

    operation = ""

    def situation(self, bound: Bound, context: Context | None) -> Situation:
        return replace(super().situation(bound, context), choice=(self.operation,))


def connect(app: Replay, clock: VirtualClock, operation: str) -> Chosen:
    settings = read(
        "", environment={}, Endpoint="https://replayed.invalid", Marketplace="US", SellerId=SELLER, **SECRETS
    )
    connection = Chosen(settings, Runtime(settings, app=app, clock=clock))
    connection.operation = operation
    return connection


def where(run: Run) -> Filters:
    """Return the values that the statement filters on: the body's own, else the recorded request's, else a sweep's."""
    bodies = table_rows(run.table, run.path, run.case.body, {})
    made = run.case.source == MADE and bool(spapi.operation(run.path.operation).any_of)
    # An answer that was made was made for the parameters that are asked first of those of which one will do.
    pushed = required(run.path) if made else required(run.path, lambda p, _: _values(run, p, bodies)[0])
    return {p: _values(run, p, bodies) for p in pushed}


def _values(run: Run, pushed: Pushdown, bodies: list[dict[str, Any]]) -> list[Any]:
    source = run.path.sources[pushed.column]
    held = (row[pushed.column] for row in bodies)
    values = list(dict.fromkeys(v for v in held if isinstance(v, str | int | Decimal | dt.datetime) and v != ""))
    if source.path and pushed.operator != "=":
        values = sorted(values)
    asked = body_field(run.case.request.get("body"), pushed.parameter)
    asked = run.case.request.get(pushed.parameter) if asked is None else asked
    # Of a time that the answer does not hold the recorded one would be years of windows ago.
    if not values and asked is not None and not source.path and pushed.operator == "=":
        values = [spelt(asked, pushed, run.path)]
    one = run.path.declared.by_key or not source.path
    return (values[:1] if one else values) or [_made(pushed, run.path)]


def _compared(pushed: Pushdown, values: list[Any]) -> tuple[str, Any]:
    """Return a condition's operator and value: a range holds all of the answer's rows."""
    if pushed.operator == "=":
        return "=", values
    return (">=", values[0]) if pushed.operator == ">=" else ("<=", values[-1])


def statement(run: Run, filters: Filters) -> str:
    conditions = " AND ".join(condition(run.table, p.column, *_compared(p, values)) for p, values in filters.items())
    columns = ", ".join(f'"{c.name}"' for c in run.table.columns if c.name in run.path.sources)
    return f"SELECT {columns} FROM {run.table.schema}.{run.table.name}" + (f" WHERE {conditions}" if conditions else "")


@pytest.mark.parametrize("operation", sorted({run.path.operation for run in RUNS}))
def test_an_answer_becomes_its_rows(operation: str) -> None:
    for run in RUNS:
        if run.path.operation == operation:
            with Looked(run):
                becomes_its_rows(with_body(run))


def becomes_its_rows(run: Run) -> None:
    filters = where(run)
    gone = spapi.operation(run.path.operation).is_removed(TODAY.date())
    clock = VirtualClock(BEFORE_REMOVALS if gone else TODAY.timestamp())
    app = Replay(run.case, clock)
    cursor = connect(app, clock, run.path.operation).cursor()
    cursor.execute(statement(run, filters))
    kinds = {c.name: c.type.name for c in run.table.columns}
    names = [d[0] for d in cursor.description or ()]
    got = [{n: result(kinds[n], v) for n, v in zip(names, row, strict=True)} for row in cursor.fetchall()]
    assert app.problems == []
    assert app.logins >= 1
    assert {a.operation.name for a in app.asked} == {run.path.operation}
    wanted = expected(run, filters, [a.given for a in app.asked if not a.with_token])
    if len(run.path.branches) > 1 or len(app.asked) > 1:
        # Of several arrays, or requests side by side, the rows come in no order that matters, nor do their numbers.
        got, wanted = (sorted((_of_the_answer(run, row) for row in found), key=repr) for found in (got, wanted))
    assert got == wanted


def _of_the_answer(run: Run, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without what it was asked by and without its number."""
    sources = run.path.sources
    return {c: v for c, v in row.items() if sources[c].constant or (sources[c].path and "#" not in sources[c].path)}


def expected(run: Run, filters: Filters, asked: list[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return the rows of a statement: each request is answered with the body, a key that comes again is one row."""
    paged = spapi.operation(run.path.operation).paging is not None
    rows: dict[Any, dict[str, Any]] = {}
    counts = Counts()
    said = {p.column for p in filters if run.table.is_asked(p.column)}
    for number, given in enumerate(asked):
        for place, row in enumerate(table_rows(run.table, run.path, run.case.body, given, counts)):
            key = tuple(row.get(column) for column in run.table.entry.key)
            if _kept(run, filters, row):
                once = (*key, *(row[c] for c in said)) if paged and None not in key else (number, place, ...)
                rows.setdefault(once, row)
    return list(rows.values())


def _kept(run: Run, filters: Filters, row: Mapping[str, Any]) -> bool:
    """Tell whether a row passes the statement's conditions; what is asked exactly is Amazon's to see to.

    Not where only some of the arrays in an answer have the column.
    """
    kinds = {c.name: c.type.name for c in run.table.columns}
    for pushed, values in filters.items():
        everywhere = all(pushed.column in branch.sources for branch in run.path.branches)
        if run.path.sources[pushed.column].path and not (pushed.exact and everywhere):
            value, first = row[pushed.column], comparable(kinds[pushed.column], values[0])
            last = comparable(kinds[pushed.column], values[-1])
            if value is None or (pushed.operator == "=" and value not in values):
                return False
            if (pushed.operator == ">=" and value < first) or (pushed.operator == "<" and value > last):
                return False
    return True


def _has_rows(run: Run) -> bool:
    return bool(table_rows(run.table, run.path, run.case.body, {}))


def test_every_path_of_every_table_is_proved() -> None:
    proved = {(r.table.schema, r.table.name, r.number) for r in RUNS}
    every = {
        (entry.schemas[0], name, number)
        for module in modules.MODULES
        for name, entry in registry.declared(module).items()
        for number in range(len(registry.table(entry.schemas[0], name).paths))
    }
    assert proved == every


def test_no_case_is_left_out() -> None:
    """Each recorded answer of an operation that the catalog reads runs through each of its paths, or is excepted."""
    if not SHARED.is_dir():
        pytest.skip(f"Amazon's recorded answers are not here ({SHARED.name} beside the checkout)")
    run = {(r.case.operation, r.case.source) for r in RUNS}
    every = {(c.operation, c.source) for cases in recorded().values() for c in cases}
    covered = {r.path.operation for r in RUNS}
    assert {c for c in every if c[0] in covered} - run == set(EXCEPTIONS)
    assert sum(_has_rows(r) for r in RUNS if r.case.source != MADE) >= len(RUNS) / 4
