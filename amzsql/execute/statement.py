"""Text -> result: parse, bind, plan, refuse, probe, run. What a cursor's `execute` does, without PEP 249's clothes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa

from amzsql.catalog import registry
from amzsql.catalog.model import Table
from amzsql.catalog.scratch import SCHEMA as SCRATCH
from amzsql.catalog.scratch import ScratchTable, is_own
from amzsql.clock import utc
from amzsql.errors import (
    AccessDenied,
    BudgetExceeded,
    DatabaseError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    nearest,
)
from amzsql.execute.analyze import analyzed, rows_result
from amzsql.execute.context import Context
from amzsql.execute.discovery import Guesses, discover, is_blank, unknown
from amzsql.execute.engine import Engines
from amzsql.execute.group import Account, Group, needs_marketplaces, probed
from amzsql.execute.limits import Limits
from amzsql.execute.masked import compared_masks, masked_columns, refuse_masked
from amzsql.execute.procedure import SAVED, Caller, Calls, Rules, Saved
from amzsql.execute.result import Result
from amzsql.execute.rows import BatchSource
from amzsql.execute.scratch import Scratch
from amzsql.execute.scratch_changes import ScratchChanges
from amzsql.execute.spool import Spool
from amzsql.execute.stream import Run, is_refused_report, standing_in
from amzsql.execute.write import Writes
from amzsql.execute.written import Written
from amzsql.plan import explain
from amzsql.plan.nodes import Plan
from amzsql.plan.parts import ONE_CHAIN, By, Part, cut, has_own_rows, only, variants, why_whole
from amzsql.plan.planner import plan as make_plan
from amzsql.plan.remarks import masked
from amzsql.sql.binding import Bound, bind, marketplaces_of
from amzsql.sql.call import Call, parse_call
from amzsql.sql.change import Change, parse_change
from amzsql.sql.definition import parse_definition
from amzsql.sql.local import Places, zones_of
from amzsql.sql.names import Resolver
from amzsql.sql.narrowed import narrowed
from amzsql.sql.statement import Statement, parse
from amzsql.sql.touched import tell_session
from amzsql.sql.whose import account_of_call, account_of_change, others_of


class World(Caller, Account, Protocol):
    """What a statement asks of its connection. `scratch`: the tables of its own."""

    scratch: Scratch

    @property
    def accounts(self) -> Sequence[Account]:
        """The accounts of a group; none of a connection that is one account's."""

    def of_account(self, name: str, context: Context) -> tuple[Statements, Context]:
        """Return what runs statements of one account of the group, and the context in which it does.

        Raises:
            ProgrammingError: there is no such account, or it cannot be asked.
        """

    @property
    def default_schema(self) -> str:
        """Where tables are looked for that no schema is written before."""

    def find(self, schema: str, name: str) -> Table | None:
        """Return a table by schema ("": the connection's) and name, or None."""

    def known(self, schema: str) -> list[str]:
        """Return the names of a schema's tables."""

    def places(self, context: Context | None) -> Places:
        """Return where rows may come from; without a context nothing is asked."""

    def local(self, name: str, columns: Sequence[str]) -> pa.RecordBatch:
        """Return some columns of a metadata table."""


UTC = ZoneInfo("UTC")
_ALL_ALLOWED = Rules()


@lru_cache(maxsize=256)
def parsed(text: str) -> Statement:
    """Return a parsed statement; the last ones are kept."""
    return parse(text)


@lru_cache(maxsize=256)
def called(text: str) -> Call | None:
    """Return a statement as the call of a procedure, None if it is none; the last ones are kept."""
    return parse_call(text)


@lru_cache(maxsize=256)
def changed(text: str) -> Change | None:
    """Return a statement as the change that it makes, None if it makes none; the last ones are kept."""
    return parse_change(text)


class Statements:
    """Runs the statements of one connection. `zone` is that of times without one; None: the marketplace's."""

    def __init__(
        self, world: World, engines: Engines, zone: ZoneInfo | None, limits: Limits, rules: Rules = _ALL_ALLOWED
    ) -> None:
        self._world = world
        self._engines = engines
        self._zone = zone
        self._limits = limits
        self._calls = Calls(world, rules, limits.seconds)
        self._writes = Writes(world, self, rules, limits.requests, limits.seconds)
        self._scratch = ScratchChanges(world.scratch, self._spooled)
        self._group = Group(world, self._limits.exceeded)
        # The key that Amazon, or a scratch table, gave the last new row: SCOPE_IDENTITY().
        self._identity: Any = None

    def run(
        self, text: str, parameters: Sequence[Any] | Mapping[str, Any] | None, context: Context
    ) -> Result | Written:
        """Run a statement until the first page of each scan has come; one that writes to its end."""
        if self._limits.seconds is not None:
            context.deadline = context.clock.now() + self._limits.seconds
        with context.inside():
            return self._run(text, parameters, context)

    def run_many(self, text: str, sets: Sequence[Any], context: Context) -> Written | Result | None:
        """Run a statement that changes something once, with all sets of parameters; None for a call or a definition.

        Raises:
            ProgrammingError: it is a statement that reads.
        """
        if called(text) is not None or parse_definition(text) is not None:
            return None
        change = changed(text)
        if change is None:
            parsed(text)  # what is wrong with it comes first
            raise ProgrammingError("executemany() is for statements that write: a SELECT gives rows, use execute().")
        if not sets:
            return Written(0)
        if self._limits.seconds is not None:
            context.deadline = context.clock.now() + self._limits.seconds
        with context.inside():
            return self._changed(change, sets, context)

    def _run(
        self, text: str, parameters: Sequence[Any] | Mapping[str, Any] | None, context: Context
    ) -> Result | Written:
        call = called(text)
        if call is not None:
            return self._called(call, parameters, context)
        defined = parse_definition(text)
        if defined is not None:
            return self._scratch.define(defined)
        change = changed(text)
        if change is not None:
            return self._changed(change, [parameters], context)
        return self._queried(parsed(text), parameters, context)

    def _queried(self, statement: Statement, parameters: Any, context: Context) -> Result:
        statement = self._told(statement)
        bound = self.bound(statement, parameters, context)
        if statement.kind == "explain":
            return self._explained(bound, context)
        plan, result = self._planned(bound, context, self._limits.rows)
        return analyzed(result, plan, self._world.name, context) if statement.kind == "analyze" else result

    # -- in parts ----------------------------------------------------------------------------------------------------

    def schema(self, text: str, parameters: Any, context: Context) -> pa.Schema:
        """Return the columns of a query's result, asking nothing."""
        context.share = None
        bound = self.bound(replace(self._query(text), kind="explain"), parameters, context)
        run = Run(make_plan(bound, self._world.situation(bound, None)), context, self._engines, self._world.local)
        with closing(run):
            return run.schema

    def parts(self, text: str, parameters: Any, context: Context, by: By) -> tuple[list[Part], str]:
        """Return a query in parts that can be run one without the others, and why it is one part if it is."""
        if self._world.accounts:
            raise NotSupportedError("partitions: a group is not cut into tasks; cut the statement of each connection.")
        context.share = None
        with context.inside():
            statement, now = self._query(text), utc(context.clock.now())
            bound = self.bound(statement, parameters, context, now)
            situation = replace(self._world.situation(bound, context), now=now)
            plan = make_plan(bound, situation)
            if context.masks is not None and context.masks.hashes and (names := masked_columns(bound)):
                raise NotSupportedError(
                    f"partitions: {', '.join(names)} is hashed (MaskPII) by a key of this state folder, which tasks "
                    "of another computer have not: their hashes would be others. MaskPII=Null has none."
                )
            if has_own_rows(plan):
                raise NotSupportedError(
                    "partitions: tables of schema Temp and #TEMP are the connection's own, which no task can read."
                )
            why = why_whole(plan)
            if why:
                return [Part(now, plan.choice, situation.marketplaces)], why
            situation, found = replace(situation, choice=plan.choice), []
            for conditions in variants(plan, situation, by):
                strict = [replace(condition, or_null=False) for condition in conditions]
                bound = self.bound(narrowed(statement, strict), parameters, context, now)
                found += cut(make_plan(bound, situation), situation, conditions)
            return found, "" if len(found) > 1 else ONE_CHAIN

    def part(self, text: str, parameters: Any, part: Part, context: Context) -> Result:
        """Run a part of a query until its first page has come."""
        if self._limits.seconds is not None:
            context.deadline = context.clock.now() + self._limits.seconds
        # Of which parameter sets it is the part stands in no condition: others' rows would not be cut.
        context.share = None
        with context.inside():
            bound = self.bound(narrowed(self._query(text), part.conditions), parameters, context, part.now)
            situation = self._world.situation(bound, context)
            places = part.marketplaces or situation.marketplaces
            plan = make_plan(bound, replace(situation, now=part.now, choice=part.choice, marketplaces=places))
            drivers = [f.operation.name for f in plan.fetches if f.bind is None]
            if plan.choice != part.choice or (part.operation and drivers != [part.operation]):
                raise OperationalError(
                    f"The task reads by {', '.join(part.choice)}, and here the statement would go by"
                    f" {', '.join(plan.choice)}: make the tasks again, with this version and these properties."
                )
            plan = only(plan, part)
            for warning in plan.warnings:
                context.warn(warning)
            self._limits.check(plan, context)
            return self._started(bound, plan, context, None)

    def _told(self, statement: Statement) -> Statement:
        """Return a statement with what it asks of the connection."""
        return tell_session(statement, self._identity, self._world.default_schema, self._world.name)

    def _query(self, text: str) -> Statement:
        """Return a text as a query; ProgrammingError if it is another statement."""
        if called(text) is None and parse_definition(text) is None and changed(text) is None:
            statement = parsed(text)
            if statement.kind == "select":
                return self._told(statement)
        raise ProgrammingError("Only a SELECT has a schema before it runs, and can be cut into partitions.")

    def _planned(self, bound: Bound, context: Context, most: int | None) -> tuple[Plan, Result]:
        """Plan a statement and start it; where Amazon refuses the reports that were to answer, once more without.

        Its result has `most` rows; None: as many as there are.
        """
        plan = self.plan(bound, context)
        for warning in (*plan.warnings, *compared_masks(bound)):
            context.warn(warning)
        self._limits.check(plan, context)
        try:
            return plan, self._started(bound, plan, context, most)
        except AccessDenied as error:
            if not is_refused_report(error, plan):
                raise
            refused = context.absent.refused if context.absent is not None else ()
            each = [(a.plan, context.accounts[a.account]) for a in plan.accounts if a.account in refused]
            types = [(name, own.book) for part, own in each or [(plan, context)] for name in standing_in(part)]
            for name, book in types:
                if book is None:
                    raise
                book.deny(name)
            names = ", ".join(dict.fromkeys(name for name, _ in types))
            context.warn(
                f"Amazon refuses the reports that were to answer ({names}): {error.operation} {error.status}. Pages are"
                " read instead, and for an hour no such report is asked for."
            )
        return self._planned(bound, context, most)

    def _is_scratch(self, change: Change) -> bool:
        """Tell whether a statement changes a table of the connection's own, by its name or as no other has the name."""
        if change.scratch:
            return True
        found = self._world.find(change.schema, change.name)
        return isinstance(found, ScratchTable) or (change.verb == "drop" and found is None)

    def _changed(self, change: Change, sets: Sequence[Any], context: Context) -> Result | Written:
        if self._is_scratch(change):
            if change.kind != "select":
                raise ProgrammingError("EXPLAIN is of no use here: explain the SELECT that changes the scratch table.")
            if change.verb == "create" and not (change.schema or is_own(change.name)):
                self._tell_apart(change, context)
            found = self._scratch.run(change, sets, context)
            self._identity = self._identity if found.identity is None else found.identity
            return found
        table = self._world.find(change.schema, change.name)
        if table is None:
            where = f" in schema {change.schema}" if change.schema else ""
            hint = registry.elsewhere(change.name) or nearest(change.name, self._world.known(change.schema))
            raise ProgrammingError(f"There is no table {change.name}{where}.{hint}")
        if change.verb == "drop":
            mine = self._world.scratch.spelt(change.name)
            told = f" Your own of this name is dropped by DROP TABLE {SCRATCH}.{mine}." if mine else ""
            raise ProgrammingError(f"{table.name} is one of Amazon's tables, which cannot be dropped.{told}")
        if change.rows == ((),):
            raise ProgrammingError(f"DEFAULT VALUES is not available: {table.name} has no row without values.")
        if self._world.accounts:
            return self._changed_in_account(change, sets, context)
        if change.kind == "explain":
            return rows_result(self._writes.explain(change, table, sets[0], context), explain.COLUMNS, context, None)
        try:
            written = self._writes.run(change, table, sets, context)
        except DatabaseError as error:
            self._identity = self._identity if error.lastrowid is None else error.lastrowid
            raise
        if isinstance(written, Written):
            self._identity = self._identity if written.identity is None else written.identity
            return written
        return Result(written.batch.schema, (b for b in [written.batch]), context, None, None, written.json)

    def _changed_in_account(self, change: Change, sets: Sequence[Any], context: Context) -> Result | Written:
        """Carry out a statement on a group, within the one account that it names.

        Whatever else it reads would be read within that account too, and so not as a SELECT on the group reads it:
        rows of Amazon's other tables are refused.
        """
        name, own = account_of_change(change, sets)
        for schema, table in others_of(change):
            found = self._world.find(schema, table)
            if found is not None and found.paths and not isinstance(found, ScratchTable):
                raise ProgrammingError(
                    f"On a group, a statement that changes something reads no further rows of Amazon's, here"
                    f" {found.name}: first CREATE TABLE rows AS SELECT … FROM {found.name} …, then name that table."
                )
        statements, context = self._world.of_account(name, context)
        try:
            changed = statements._changed(own, sets, context)
        except DatabaseError as error:
            self._identity = self._identity if error.lastrowid is None else error.lastrowid
            raise
        if isinstance(changed, Written) and changed.identity is not None:
            self._identity = changed.identity
        return changed

    def _tell_apart(self, change: Change, context: Context) -> None:
        """Warn of a new table that has the name of one of Amazon's, which the name alone goes on to mean."""
        found = self._world.find("", change.name)
        if found is not None and not isinstance(found, ScratchTable):
            context.warn(
                f"{change.name} is one of Amazon's tables too, and the name alone means that one: write {SCRATCH}."
                f"{change.name} for the one that is made."
            )

    # -- what a statement that writes asks (execute.write.Reader) ----------------------------------------------------

    def read(self, statement: Statement, context: Context) -> pa.Table:
        """Run a query whose parameters are filled in, and return all of its rows."""
        with context.alone():
            found = self._spooled(statement, context, written=True)
        return pa.Table.from_batches(list(found.batches()), found.schema)

    def _spooled(self, statement: Statement, context: Context, *, written: bool = False) -> BatchSource:
        """Run a query whose parameters are filled in to its end, and keep all of its rows, whatever MaxRows says.

        `written`: they are written to Amazon, which must not get what stands in the place of personal data.
        """
        bound = self.bound(self._told(statement), None, context)
        if written:
            refuse_masked(bound)
        kept = Spool(context.spool_bytes)
        with closing(self._planned(bound, context, None)[1]) as result:
            for batch in iter(result.next_batch, None):
                kept.append(batch)
        return BatchSource(result.schema, kept)

    def outline(self, statement: Statement, context: Context) -> Plan:
        """Return a query's plan, asking nothing."""
        statement = replace(self._told(statement), kind="explain")
        with context.alone():
            return self._outlined(self.bound(statement, None, context), context)[0]

    # -- calls -------------------------------------------------------------------------------------------------------

    def call(self, call: Call, context: Context) -> Result:
        """Call a procedure whose arguments are values."""
        if self._limits.seconds is not None:
            context.deadline = context.clock.now() + self._limits.seconds
        with context.inside():
            return self._called(call, None, context)

    def _called(self, call: Call, parameters: Any, context: Context) -> Result:
        if self._world.accounts:
            name, call = account_of_call(call, parameters)
            statements, context = self._world.of_account(name, context)
            return statements._called(call, None, context)
        if call.kind == "explain":
            return rows_result(self._calls.explain(call, parameters, context), explain.COLUMNS, context, None)
        found = self._calls.download(call, parameters, context)
        if isinstance(found, Saved):
            return rows_result([found.row], SAVED, context, None)
        if found is not None:
            text = f'SELECT * FROM SellingPartner."REPORT_{found.type}" WHERE ReportId = ?'
            return self._queried(parsed(text), [found.id], context)
        following: Result | None = None
        for answer in reversed(self._calls.run(call, parameters, context)):
            batches = (b for b in [answer.batch])
            following = Result(answer.batch.schema, batches, context, None, None, answer.json, following)
        assert following is not None  # a procedure has one result at least
        return following

    def bound(self, statement: Statement, parameters: Any, context: Context, now: dt.datetime | None = None) -> Bound:
        """Bind a statement to the catalog as of now, or of another time."""
        now = now or utc(context.clock.now())
        # Each table is looked up once: one of the connection's own may be another one a moment later.
        find = cache(self._world.find)
        guesses = Guesses(find)
        found = self._bound(statement, parameters, context, now, guesses.any)
        if not guesses.tables:
            return found
        if statement.kind == "explain":
            context.warn(unknown(list(guesses.tables.values())))
            return self._bound(statement, parameters, context, now, guesses.named)
        situation = self._world.situation(found, context)
        blank = {(r.table.schema, r.table.name): r for r in reversed(found.scans) if is_blank(r.table)}
        names = [discover(ref, situation, context) for ref in blank.values()]
        # Those are looked up again: they have columns by now.
        seen = partial(_seen, find, self._world.find, blank.keys())
        return self._bound(statement, parameters, context, now, seen if all(names) else guesses.named)

    def _bound(
        self, statement: Statement, parameters: Any, context: Context, now: dt.datetime, find: Resolver
    ) -> Bound:
        asks = self._zone is None and statement.kind != "explain" and statement.reads(partial(_is_local, find))
        places = self._world.places(context if asks else None)
        zone = self._zone or self._zone_of(statement, parameters, places, now, find)
        return bind(
            statement,
            parameters,
            resolver=find,
            known=self._world.known,
            evaluator=partial(self._evaluate, zone or UTC),
            now=now,
            zone=zone or UTC,
            places=places,
            watch_currencies=context.mixed_currency != "Off",
            locally=zone is None,
        )

    def _zone_of(
        self, statement: Statement, parameters: Any, places: Places, now: dt.datetime, find: Resolver
    ) -> ZoneInfo | None:
        """Return the one zone of the marketplaces that a statement may see; None if they lie in several."""
        zones = places.asked()
        if len(zones) > 1:
            kept = marketplaces_of(
                statement,
                parameters,
                resolver=find,
                known=self._world.known,
                evaluator=partial(self._evaluate, UTC),
                now=now,
            )
            zones = zones if kept is None else zones_of(kept)
        return ZoneInfo(next(iter(zones))) if len(zones) == 1 else None

    def plan(self, bound: Bound, context: Context) -> Plan:
        """Plan a statement, asking the probe first if the plan depends on it."""
        if self._world.accounts:
            self._refuse_many(bound, context)
            return self._group.plan(bound, context)
        situation = self._world.situation(bound, context)
        plan = make_plan(bound, situation)
        if plan.probe is not None and (plan.undecided or self._may_exceed(plan, context)):
            told = {(plan.probe.table, plan.probe.span): probed(plan.probe, context, self._world.count)}
            plan = make_plan(bound, replace(situation, metered=told, probed=True))
        context.stats.planned_requests = plan.requests + context.stats.requests
        context.stats.planned_seconds = plan.seconds
        return plan

    def _evaluate(self, zone: ZoneInfo, expressions: Sequence[str]) -> list[Any]:
        with self._engines.lend(threads=1, timezone=zone.key) as engine:
            return list(engine.values(expressions))

    # -- running -----------------------------------------------------------------------------------------------------

    def _started(self, bound: Bound, plan: Plan, context: Context, most: int | None) -> Result:
        run = Run(plan, context, self._engines, self._world.local, bound.zone, context.accounts)
        with ExitStack() as undo:
            for account, _ in self._asked(plan):
                undo.callback(account.forget, bound)
            undo.callback(run.close)
            run.start()
            undo.pop_all()
        for account, own in self._asked(plan):
            account.remember(bound, own)
        return Result(run.schema, self._counted(run, context, most), context, run, plan, bound.shape.json)

    def _asked(self, plan: Plan) -> list[tuple[Account, Plan]]:
        """Return each account that a plan asks, with its own plan."""
        by_name = {a.name: a for a in self._world.accounts}
        return [(by_name[a.account], a.plan) for a in plan.accounts] or [(self._world, plan)]

    def _counted(self, run: Run, context: Context, most: int | None) -> Generator[pa.RecordBatch, None, None]:
        """Yield the batches up to MaxRows, if the statement has no LIMIT of its own; what is cut is said."""
        left = most if run.plan.bound.shape.limit is None else None
        batches = run.batches()
        for batch in batches:
            if left is not None and batch.num_rows > left:
                context.warn(f"The result was cut at {self._limits.rows} rows (MaxRows).")
                if left:
                    yield batch.slice(0, left)
                run.close()
                return
            left = None if left is None else left - batch.num_rows
            yield batch
        census = run.census()
        for account, _ in self._asked(run.plan):
            account.count(census.get(account.name, {}))

    # -- refusing ----------------------------------------------------------------------------------------------------

    def _may_exceed(self, plan: Plan, context: Context) -> bool:
        """Tell whether a plan costs more than the statement may, if its estimates are right."""
        return plan.basis == "estimate" and self._limits.exceeded(plan, context)

    def _refuse_many(self, bound: Bound, context: Context) -> None:
        """Raise BudgetExceeded if a group has more accounts to ask than the statement may send requests."""
        most = self._limits.requests
        if most is None:
            return
        plan, unknown = self._group.outline(bound, context)
        asked = sum(1 for account in plan.accounts if account.plan.fetches)
        if asked + len(unknown) + context.stats.requests > most:
            raise BudgetExceeded.beforehand(
                plan.requests + len(unknown),
                plan.seconds,
                f"The statement asks {asked} accounts, {len(unknown)} of them for their marketplaces first; it may use"
                f" {most} requests (MaxRequests). Name the accounts (WHERE Account IN ('…')), or raise the limit.",
            )

    # -- EXPLAIN -----------------------------------------------------------------------------------------------------

    def _explained(self, bound: Bound, context: Context) -> Result:
        plan, unknown = self._outlined(bound, context)
        for warning in (*plan.warnings, *(text for scan in plan.every_scan() for _, text in masked(scan))):
            context.warn(warning)
        if plan.accounts:
            return rows_result(explain.group_rows(plan, unknown=unknown), explain.GROUP_COLUMNS, context, plan)
        return rows_result(explain.rows(plan, participations=bool(unknown)), explain.COLUMNS, context, plan)

    def _outlined(self, bound: Bound, context: Context) -> tuple[Plan, frozenset[str]]:
        """Return a statement's plan, asking nothing, and the accounts whose marketplaces have to be asked for."""
        if self._world.accounts:
            return self._group.outline(bound, context)
        situation = self._world.situation(bound, None)
        if context.share is None:
            situation = replace(situation, shared=None)
        plan = make_plan(bound, situation)
        unknown = situation.marketplaces is None and needs_marketplaces(plan)
        return plan, frozenset({situation.account} if unknown else ())


def _is_local(find: Resolver, schema: str, name: str) -> bool:
    """Tell whether a table's rows are there without a call."""
    if name.lower().startswith("sys_"):
        return True
    found = find(schema, name)
    return found is not None and found.is_local


def _seen(
    find: Resolver, anew: Resolver, discovered: Collection[tuple[str, str]], schema: str, name: str
) -> Table | None:
    """Return a table as it was found for the statement, but one with columns discovered since as it is."""
    known = find(schema, name)
    return anew(schema, name) if known is not None and (known.schema, known.name) in discovered else known


def choice_key(account: str, bound: Bound) -> str:
    """Return the key of a statement with its values and account, for choices that must not change within a day."""
    return json.dumps([account, bound.sql, [(s.table.schema, s.table.name) for s in bound.scans]])
