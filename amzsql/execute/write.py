"""One statement that writes to a table of Amazon's: refused, shown, explained, or its rows sent and accounted for.

Owns the order of things: all rows are there and judged, and what they cost is allowed, before the first is sent.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, cast

import msgspec
import pyarrow as pa

from amzsql import spapi
from amzsql.catalog import writes
from amzsql.catalog.listing_attributes import ANY_TYPE
from amzsql.catalog.model import Table, WriteMapping
from amzsql.catalog.procedures import PREVIEW
from amzsql.clock import utc
from amzsql.errors import BadRequest, BudgetExceeded, DatabaseError, ProgrammingError
from amzsql.execute import bulk, journal, listing_types
from amzsql.execute.context import Context
from amzsql.execute.feed_contents import MOST_MESSAGES
from amzsql.execute.procedure import Answer, Caller, Row, Rules, cells, masked, shown, told_by
from amzsql.execute.report_checks import check_order, report_type_of
from amzsql.execute.write_outcomes import Book
from amzsql.execute.write_rows import Builder, Kind, RowCall, Way, check, foreign_place, ways
from amzsql.execute.write_sending import ORDERS_REPORT, Sender, is_repeatable, values_at
from amzsql.execute.written import Written
from amzsql.plan import explain
from amzsql.plan.nodes import LATENCY, Plan
from amzsql.plan.remarks import not_asked
from amzsql.sql.change import Change
from amzsql.sql.statement import Statement
from amzsql.state import StateFolder
from amzsql.types import BIGINT, JSON, VARCHAR

PREVIEWED = (("RowNumber", BIGINT), ("RowKey", JSON), ("Status", VARCHAR), ("Issues", JSON))
# Of a request, in a warning.
_MOST_SHOWN = 500


class Reader(Protocol):
    """What a statement that writes asks of those that read."""

    def read(self, statement: Statement, context: Context) -> pa.Table:
        """Run a query whose parameters are filled in, and return all of its rows."""

    def outline(self, statement: Statement, context: Context) -> Plan:
        """Return a query's plan, asking nothing."""


class Writes:
    """Runs the statements of one connection that write. `requests`, `seconds`: what one may take, None for no end."""

    def __init__(
        self, caller: Caller, reader: Reader, rules: Rules, requests: int | None, seconds: float | None
    ) -> None:
        self._caller = caller
        self._reader = reader
        self._rules = rules
        self._requests = requests
        self._seconds = seconds

    def run(self, change: Change, table: Table, sets: Sequence[Any], context: Context) -> Written | Answer:
        """Run a statement with one or several sets of parameters; with DryRun, show what it would send.

        Raises:
            ProgrammingError, BudgetExceeded: it is refused, and nothing was sent. IntegrityError: Amazon refused rows.
            OperationalError: it ended in the middle. The error's `outcomes` tell of each row.
        """
        if change.kind == "analyze":
            raise ProgrammingError("EXPLAIN ANALYZE would write: use EXPLAIN, or the statement itself.")
        calls = self._calls(change, table, sets, context)
        listing_types.check(calls, context)
        if self._rules.dry_run:
            return self._tried(calls, context)
        if not calls:
            return Written(0)
        waves = self._waves(calls)
        self._refuse(calls, waves, context)
        book = self._book(change, table, calls, waves, context)
        try:
            self._send(table, book, waves, context)
            if book.failed:
                raise book.error()
        except DatabaseError as error:
            error.lastrowid = _identity(table, book)
            raise
        return Written(book.done, _identity(table, book))

    def _calls(self, change: Change, table: Table, sets: Sequence[Any], context: Context) -> list[RowCall]:
        """Return the calls of all rows, each judged."""
        verb = cast(Kind, change.verb)
        ways = self._ways(change, table, sets, context)
        if ways:
            check(table, ways[0], self._caller.home(None))
        for chosen in dict.fromkeys(each.chosen for each in ways):
            self._settle(table, chosen, context)
        reader = partial(self._reader.read, context=context)
        builder = Builder(table, verb, self._caller.home(context), reader)
        for each in ways:
            builder.add(each)
        if builder.foreign:
            context.warn(not_asked(table.name, sorted(builder.foreign), self._caller.home(context).marketplaces()))
        return [replace(call, request=replace(call.request, repeatable=is_repeatable(call))) for call in builder.calls]

    def _ways(self, change: Change, table: Table, sets: Sequence[Any], context: Context | None) -> list[Way]:
        """Return how the rows are written; without a context nothing is asked."""
        if self._rules.readonly and context is not None:
            what = f"{change.verb.upper()} changes {table.name} at Amazon"
            raise ProgrammingError(f"{what}, and the connection is Readonly: nothing was sent.")
        return ways(change, table, sets, lambda: len(self._caller.home(context).marketplaces()) != 1)

    def _settle(self, table: Table, chosen: WriteMapping, context: Context) -> None:
        """Refuse what Amazon no longer has or has for others, and find the account's region."""
        operation = spapi.operation(chosen.operation)
        today = dt.datetime.fromtimestamp(context.clock.now(), dt.UTC).date()
        if operation.is_removed(today):
            raise ProgrammingError(
                f"Amazon removed {operation.name} on {operation.removed}, by which {table.name} was written."
            )
        self._caller.settle(writes.call(table, chosen).procedure, context)

    def _waves(self, calls: Sequence[RowCall]) -> list[bulk.Wave]:
        """Return the feeds that carry the calls; none if they go one by one."""
        if self._in_bulk(calls[0].call.mapping, len(calls)) and all(bulk.fits(call.request) for call in calls):
            return bulk.waves([call.request for call in calls])
        return []

    def _in_bulk(self, chosen: WriteMapping, rows: int) -> bool:
        least = self._rules.feed_rows
        return bool(least) and rows >= least and chosen.operation in bulk.OPERATIONS

    def _refuse(self, calls: Sequence[RowCall], waves: Sequence[bulk.Wave], context: Context) -> None:
        """Raise BudgetExceeded if the calls cost more than the statement may still take."""
        for call in calls:
            if call.request.operation.name == ORDERS_REPORT and isinstance(call.request.body, Mapping):
                kind = report_type_of(call.request.operation.name, call.request.body)
                self._caller.settle(call.call.procedure, context, kind)
                name, now = call.call.procedure.name, utc(context.clock.now())
                try:
                    check_order(name, call.request.operation.name, call.request.body, now)
                except ProgrammingError as error:
                    raise ProgrammingError(
                        f"{error} This is row {call.row} (the first is 0); nothing was sent."
                    ) from error
        requests, seconds = bulk.cost(waves, context) if waves else self._cost(calls, context)
        spent = context.stats.requests
        context.stats.planned_requests = spent + requests
        context.stats.planned_seconds = (context.stats.planned_seconds or 0.0) + seconds
        left = None if context.deadline is None else context.deadline - context.clock.now()
        if (self._requests is None or spent + requests <= self._requests) and (left is None or seconds <= left):
            return
        limits = []
        if self._requests is not None:
            limits.append(f"{self._requests} requests (MaxRequests), of which {spent} are spent")
        if self._seconds is not None:
            limits.append(f"{self._seconds:g} s (StatementTimeout)")
        raise BudgetExceeded.beforehand(
            requests,
            seconds,
            f"{len(calls)} rows need {requests} requests and {seconds:.0f} s on Amazon's clock; the statement may use "
            f"{' and '.join(limits)}: nothing was written. Write fewer rows at once, or raise the limit.",
        )

    def _cost(self, calls: Sequence[RowCall], context: Context) -> tuple[int, float]:
        """Return the requests and seconds that rows take, at least."""
        counts: dict[str, int] = {}
        for call in calls:
            for name in self._asked(call.call.mapping):
                counts[name] = counts.get(name, 0) + 1
        waits = [_seconds(number, name, context) for name, number in counts.items()]
        return sum(counts.values()), max(waits, default=0.0)

    def _asked(self, chosen: WriteMapping) -> list[str]:
        """Return the operations that a row asks, at least."""
        found = [chosen.operation]
        if chosen.outcome is not None and chosen.outcome.operation and self._rules.wait:
            found.append(chosen.outcome.operation)
        return found

    def _book(
        self, change: Change, table: Table, calls: Sequence[RowCall], waves: Sequence[bulk.Wave], context: Context
    ) -> Book:
        """Return the book of a statement's rows, its journal begun."""
        state = context.book.state if context.book is not None else StateFolder(None)
        kept = journal.begin(
            state,
            account=context.account,
            verb=change.verb.upper(),
            schema=table.schema,
            table=table.name,
            keys=[call.key for call in calls],
            at=context.clock.now(),
            mark=self._caller.home(None).key(),
        )
        return Book(calls[0].call.procedure.name, calls, kept, context, "feed" if waves else "")

    def _send(self, table: Table, book: Book, waves: Sequence[bulk.Wave], context: Context) -> None:
        """Send the rows; the book tells how it went."""
        try:
            skus = [str(call.request.parameters["sku"]) for call in book.calls if bulk.fits(call.request)]
            bulk.settle(skus, context)
            if waves:
                bulk.submit(waves, context, book.tell, wait=self._rules.wait)
            else:
                Sender(table, book, context, go_on=self._rules.go_on, wait=self._rules.wait).run()
        except DatabaseError as error:
            book.tell_in(error)
            raise
        finally:
            book.close()

    # -- showing -----------------------------------------------------------------------------------------------------

    def _tried(self, calls: Sequence[RowCall], context: Context) -> Answer:
        """Return what Amazon says of requests that it only looks at; else the requests.

        A warning tells of them as well: who writes a data frame never sees the rows.
        """
        if not calls or not all(call.call.procedure.preview for call in calls):
            found = shown([call.request for call in calls])
            for first in found.batch.slice(0, 1).to_pylist():
                request = " ".join(str(first[name]) for name in ("Method", "Path", "Body") if first[name])
                request = request if len(request) <= _MOST_SHOWN else f"{request[:_MOST_SHOWN]} …"
                context.warn(f"DryRun: nothing was sent. {len(calls)} requests would be, the first {request}")
            return found
        self._refuse(calls, (), context)
        rows = [self._previewed(call, context) for call in calls]
        each = ", ".join(f"{n} {status}" for status, n in Counter(str(row[2]) for row in rows).items())
        context.warn(f"DryRun: nothing was changed. Amazon's preview of the rows says: {each}.")
        return cells(PREVIEWED, rows)

    def _previewed(self, call: RowCall, context: Context) -> Row:
        parameters = {**call.request.parameters, PREVIEW[0]: PREVIEW[1]}
        request = replace(call.request, parameters=parameters, repeatable=True)
        try:
            told = context.send(request).json()
        except BadRequest as error:
            told = {"status": "INVALID", "issues": [{"code": error.code, "message": str(error)}]}
        issues = list(values_at(told, "issues[]"))
        return (call.row, json.dumps(dict(call.key), default=str), told.get("status"), _json(issues))

    def explain(self, change: Change, table: Table, parameters: Any, context: Context) -> list[Row]:
        """Return the steps of a statement as EXPLAIN shows them: the reading of its rows, then the calls."""
        (found,) = self._ways(change, table, [parameters], None)
        steps: list[Row] = []
        if found.rows is not None or found.query is None:
            rows, requests, seconds, basis = len(self._own(found, table)), 0, 0.0, "exact"
        else:
            plan = self._reader.outline(found.query, context)
            steps = [row[1:] for row in explain.rows(plan)[:-1]]
            rows, requests, seconds = _expected(plan, change, table), plan.requests, plan.seconds
            basis = "estimate" if plan.fetches else "exact"
        if found.chosen.patch:
            steps.append(("Product type", table.name, "", _type_source(found), "", rows, 0, 0.0, basis))
        for name, calls, each in self._steps(found.chosen, rows, context):
            given = self._given(found, table) if name in (found.chosen.operation, bulk.CREATE) else ""
            steps.append(("Call", table.name, name, given, "", rows, calls, round(each, 1), basis))
            requests, seconds = requests + calls, seconds + each
        steps.append(("Total", "", "", "", "", None, requests, round(seconds, 1), basis))
        return [(number, *step) for number, step in enumerate(steps, 1)]

    def _own(self, found: Way, table: Table) -> list[Mapping[str, Any]]:
        """Return the rows that are named and not of other marketplaces, as far as those are known."""
        places = self._caller.home(None).marketplaces()
        kind = found.chosen.kind
        return [r for r in found.rows or () if not (places and foreign_place(table, kind, r, lambda: places))]

    def _steps(self, chosen: WriteMapping, rows: int, context: Context) -> list[tuple[str, int, float]]:
        """Return the operations that rows ask, with their calls and seconds."""
        if not self._in_bulk(chosen, rows):
            return [(name, rows, _seconds(rows, name, context)) for name in self._asked(chosen)]
        feeds = math.ceil(rows / MOST_MESSAGES)
        waits = {bulk.ASKED[1]: bulk.SECONDS}
        return [(name, feeds, _seconds(feeds, name, context) + waits.get(name, 0.0)) for name in bulk.ASKED]

    def _given(self, found: Way, table: Table) -> str:
        """Return what the calls say, as far as all of them say the same."""
        if found.rows is None or len(found.rows) != 1:
            first, *others = found.rows or (found.constants,)
            shared = {n: v for n, v in first.items() if n in found.assigned and all(o.get(n) == v for o in others)}
            return json.dumps(masked(shared), default=str) if shared else ""
        home = self._caller.home(None)
        told = replace(home, marketplaces=lambda: home.marketplaces() or ("…",))
        call = Builder(table, found.chosen.kind, told, lambda _: pa.table({}))
        call.add(found)
        if not call.calls:
            return ""
        return json.dumps(masked(told_by(call.calls[0].request)), ensure_ascii=False, default=str)


def _type_source(found: Way) -> str:
    """Return where the product types of listings come from."""
    told = {*found.assigned, *(found.rows[0] if found.rows else ())}
    if writes.TYPE in told:
        return "as the statement says"
    if writes.TYPE in found.columns:
        return "read with the rows"
    return f"{ANY_TYPE}, which Amazon takes for a listing of any type"


def _expected(plan: Plan, change: Change, table: Table) -> int:
    """Return how many rows a plan is expected to give to a statement."""
    if change.rows:
        return len(change.rows)
    fed = {s.fetch for s in plan.scans if change.verb == "insert" or s.ref.table.is_like(table)}
    return round(max((f.rows for f in plan.fetches if f.number in fed), default=1))


def _seconds(calls: int, name: str, context: Context) -> float:
    """Return the seconds until the last of some calls one after the other."""
    if not calls:
        return 0.0
    fill = context.session.fill(spapi.operation(name))
    return max(max(0.0, calls - fill.tokens) / fill.rate + LATENCY, calls * LATENCY)


def _identity(table: Table, book: Book) -> Any:
    """Return the key of the last row that is new: what Amazon told, else what the statement gave; None without one."""
    added = [row for row, state in enumerate(book.states) if state == "done"]
    if not added or book.calls[0].call.mapping.kind != "insert":
        return None
    last = added[-1]
    told = [c for c in writes.result(table, book.calls[last].call.mapping) if c in book.keys[last]]
    names = told or list(table.entry.key)
    return next((book.keys[last][name] for name in names if name in book.keys[last]), None)


def _json(value: Any) -> str:
    return msgspec.json.Encoder(decimal_format="number").encode(value).decode()
