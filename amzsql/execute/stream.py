"""Plan -> record batches: page by page where each page's result depends on it alone, through the engine otherwise.

Of a group's statement the accounts' rows are read as they come, whoever's. An account that fails before any of its
rows was handed on is left out whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pyarrow as pa

from amzsql.catalog.scratch import ScratchTable
from amzsql.errors import AccessDenied, DatabaseError, DataError
from amzsql.execute.absent import of_account
from amzsql.execute.binding_keys import distinct
from amzsql.execute.context import Context, Spent
from amzsql.execute.engine import Engine, Engines
from amzsql.execute.feeds import Feeds
from amzsql.execute.fetches import Fetches
from amzsql.execute.joined import Joined
from amzsql.execute.pages import Page
from amzsql.execute.rows import BatchSource, ScanSource, as_they_come, empty, grouped, schema_of
from amzsql.execute.scan import FetchRun, Key, Reader
from amzsql.execute.spool import Spool
from amzsql.plan import reports
from amzsql.plan.nodes import Bind, Plan, ScanPlan, StagePlan

Local = Callable[[str, Sequence[str]], pa.RecordBatch]
"""(table name, columns) -> the rows of a table that no call is needed for."""

ROWS_OUT = 8192


def is_refused_report(error: DatabaseError, plan: Plan) -> bool:
    """Tell whether Amazon refuses the reports that were to answer for tables: these may be read otherwise."""
    return isinstance(error, AccessDenied) and error.operation in reports.CALLS and bool(standing_in(plan))


def standing_in(plan: Plan) -> tuple[str, ...]:
    """Return the types of the reports that a plan reads in place of tables' own paths."""
    paths = (s.path.declared for s in plan.every_scan() if s.path is not None)
    return tuple(dict.fromkeys(p.report for p in paths if p.alike is not None))


class Run:
    """A statement at run time: its fetches, and its result as batches. Belongs to one thread.

    `contexts`: those of a group's accounts, by their names.
    """

    def __init__(
        self,
        plan: Plan,
        context: Context,
        engines: Engines,
        local: Local,
        timezone: str = "UTC",
        contexts: Mapping[str, Context] | None = None,
    ) -> None:
        self.plan = plan
        self.context = context
        self._engines = engines
        self._local = local
        self._timezone = timezone
        self._contexts = contexts or {}
        self._stack = ExitStack()
        # Held while the engine is interrupted, so that it is not lent to another statement meanwhile.
        self._guard = threading.Lock()
        self._engine: Engine | None = None
        self._stages: list[_Staged] = []
        # Every account's plan has the same scans of the statement's own.
        self._scans = plan.each[0].scans
        self._own = {n: _own_rows(s) for n, s in enumerate(self._scans) if isinstance(s.ref.table, ScratchTable)}
        with ExitStack() as undo:
            # The engine that describes the result is kept for running it, but not if it refuses.
            undo.callback(self._stack.close)
            for stage in plan.stages:
                self._stages.append(_Staged(stage, self._part(stage.plan)))
                undo.callback(self._stages[-1].run.close)
            feeds, cuts = Feeds(plan, context), not self._is_pure()
            self.fetches = [Fetches(p, c, plan.mode, self._stages, feeds, cuts=cuts) for p, c in self._told()]
            feeds.fetches = self.fetches
            self.schema = self._schema()
            undo.pop_all()

    def _told(self) -> Iterator[tuple[Plan, Context]]:
        """Yield the plan of each account with its context."""
        for account in self.plan.accounts:
            yield account.plan, self._contexts[account.account]
        if not self.plan.accounts:
            yield self.plan, self.context

    # -- making ------------------------------------------------------------------------------------------------------

    def _part(self, plan: Plan) -> Run:
        """Return the run of a part of the statement; what its fetches spend is noted apart."""
        contexts = {name: replace(c, spent={}) for name, c in self._contexts.items()}
        return Run(plan, replace(self.context, spent={}), self._engines, self._local, self._timezone, contexts)

    def _schema(self) -> pa.Schema:
        shape = self.plan.bound.shape
        if self._is_pure() and shape.pure is not None:
            by_name = {c.name: c for c in self._scans[0].ref.columns}
            return pa.schema([pa.field(name, by_name[column].type.arrow) for name, column in shape.pure])
        tables = {s.ref.name: schema_of(s.ref.columns) for s in self._scans if not s.hidden}
        tables |= {s.name: s.run.schema for s in self._stages}
        return _in_utc(self._lent().describe(self.plan.bound.sql, tables, self._spoken()))

    def _spoken(self) -> Mapping[str, str]:
        """Return what the scans are called in the statement, for the engine's messages."""
        return {s.ref.name: s.ref.alias for s in self._scans} | {s.name: s.alias for s in self._stages}

    def _is_pure(self) -> bool:
        """Tell whether pages are the result as they are: chosen columns, no condition left."""
        return self.plan.mode == "page" and self.plan.bound.shape.pure is not None and not self.plan.residual

    def _lent(self) -> Engine:
        if self._engine is None:
            # Several threads of the engine would pull pages beyond what a LIMIT needs.
            few = self.plan.bound.shape.limit is not None or any(
                f.wanted is not None for p in self.plan.each for f in p.fetches
            )
            limited = few or self.context.clock.virtual
            lent = self._engines.lend(threads=1 if limited else None, timezone=self._timezone)
            self._engine = self._stack.enter_context(lent)
        return self._engine

    # -- running -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the fetches that feed on nobody and wait for the first page of each.

        Of a group's also those that others' keys bind, so that an account which is refused there is left out whole.
        """
        begun = list(self._first_fetches())
        for _, run in begun:
            run.start()
        for fetches, run in begun:
            if run.readers and not self._is_absent(fetches):
                try:
                    run.readers[0].first()
                except DatabaseError as error:
                    self._leave_out(fetches, error)

    def _first_fetches(self) -> Iterator[tuple[Fetches, FetchRun]]:
        for stage in self._stages:
            yield from stage.run._first_fetches()
        for fetches in self.fetches:
            yield from ((fetches, run) for run in fetches.roots())
        if self.plan.accounts and self.plan.mode == "engine" and not self._stages:
            for fetches in self.fetches:
                yield from ((fetches, run) for run in fetches.runs if run.plan.bind is not None)

    def _is_absent(self, fetches: Fetches) -> bool:
        absent = self.context.absent
        return absent is not None and fetches.account in absent

    def _leave_out(self, fetches: Fetches, error: DatabaseError) -> None:
        """Go on without an account, or raise: where there is no group, or some of its rows have been handed on."""
        absent = self.context.absent
        if absent is None:
            raise error
        if is_refused_report(error, fetches.plan):
            absent.refused.add(fetches.account)
            raise error
        if fetches.given:
            raise of_account(error, fetches.account, whole=False)
        absent.leave_out(fetches.account, error)
        fetches.stop()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the result, cut to LIMIT and OFFSET where the engine does not do it."""
        try:
            if self.plan.mode == "page":
                yield from self._cut(self._by_page())
            else:
                yield from self._by_engine()
        finally:
            self.close()

    def census(self) -> dict[str, dict[str, int]]:
        """Return, by account, the rows of the tables whose fetch was read to its end, as the planner counts them."""
        found: dict[str, dict[str, int]] = {}
        for stage in self._stages:
            found |= stage.run.census()
        for fetches in self.fetches:
            found[fetches.account] = found.get(fetches.account, {}) | fetches.census()
        return found

    def spent(self) -> Iterator[tuple[str, Spent]]:
        """Yield what each fetch of the plan has given with its account, in EXPLAIN's order."""
        for stage in self._stages:
            yield from stage.run.spent()
        for fetches in self.fetches:
            yield from ((fetches.account, spent) for spent in fetches.spent())

    def close(self) -> None:
        """Stop the fetches and give the engine back."""
        for stage in self._stages:
            stage.run.close()
        for fetches in self.fetches:
            fetches.stop()
        for fetches in self.fetches:
            fetches.close()
        with self._guard:
            self._engine = None
        self._stack.close()

    def stop(self) -> None:
        """Stop the fetches and interrupt the engine; from any thread."""
        for stage in self._stages:
            stage.run.stop()
        for fetches in self.fetches:
            fetches.stop()
        with self._guard:
            if self._engine is not None:
                self._engine.interrupt()

    def _cut(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        shape = self.plan.bound.shape
        skip, left = shape.offset, shape.limit
        if left == 0:
            return
        for whole in batches:
            batch = whole
            if skip:
                passed = min(skip, batch.num_rows)
                skip, batch = skip - passed, batch.slice(passed)
            if left is not None and batch.num_rows >= left:
                yield batch.slice(0, left)
                return
            if batch.num_rows:
                left = None if left is None else left - batch.num_rows
                yield batch

    # -- page by page ------------------------------------------------------------------------------------------------

    def _by_page(self) -> Iterator[pa.RecordBatch]:
        drivers = {f: driver for f in self.fetches if (driver := f.driver()) is not None}
        joined = {f: Joined(f, driver) for f, driver in drivers.items()}
        for fetches, pages in self._pages({f: f.reader(driver) for f, driver in drivers.items()}):
            for tables in joined[fetches].tables(pages):
                fetches.given = True
                if self._is_pure():
                    yield self._chosen(tables[0])
                else:
                    yield from self._select(tables)

    def _pages(self, readers: dict[Fetches, Reader]) -> Iterator[tuple[Fetches, list[Page]]]:
        """Yield the pages of some readers as they come, with whose they are."""
        each = {f: grouped(reader) for f, reader in readers.items()}
        for fetches in as_they_come(readers, self.context, eager=self._is_eager()):
            try:
                pages = None if self._is_absent(fetches) else next(each[fetches], None)
            except DatabaseError as error:
                self._leave_out(fetches, error)
                pages = None
            if pages is None:
                del readers[fetches]
            else:
                yield fetches, pages

    def _is_eager(self) -> bool:
        """Tell whether all rows are wanted."""
        return self.plan.bound.shape.limit is None

    def _chosen(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        pure = self.plan.bound.shape.pure or ()
        return pa.RecordBatch.from_arrays([batch.column(column) for _, column in pure], schema=self.schema)

    def _select(self, tables: Mapping[int, pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        sources = {
            self._scans[n].ref.name: BatchSource(batch.schema, [batch])
            for n, batch in tables.items()
            if not self._scans[n].hidden
        }
        yield from self._computed(self.plan.bound.page_sql, sources)

    # -- through the engine ------------------------------------------------------------------------------------------

    def _by_engine(self) -> Iterator[pa.RecordBatch]:
        sources: dict[str, Any] = {}
        for stage in self._stages:
            sources[stage.name] = stage.read()
        for number, scan in enumerate(self._scans):
            if not scan.hidden:
                sources[scan.ref.name] = self._source(number, scan)
        for fetches in self.fetches:
            for run in fetches.runs if not self._is_absent(fetches) else ():
                run.start()
        yield from self._computed(self.plan.bound.sql, sources)

    def _computed(self, sql: str, sources: Mapping[str, Any]) -> Iterator[pa.RecordBatch]:
        engine = self._lent()
        stream = self.context.interruptible(lambda: engine.stream(sql, sources, ROWS_OUT), self.stop)
        while (batch := self.context.interruptible(lambda: next(stream, None), self.stop)) is not None:
            self._tell_mixed(engine)
            yield batch if batch.schema == self.schema else _retyped(batch, self.schema)
        self._tell_mixed(engine)

    def _tell_mixed(self, engine: Engine) -> None:
        """Warn of sums over several currencies, or raise DataError, as the connection wants it (MixedCurrency)."""
        for text in engine.currencies.news():
            if self.context.mixed_currency == "Error":
                raise DataError(text)
            self.context.warn(text)

    def _source(self, number: int, scan: ScanPlan) -> ScanSource | BatchSource:
        if number in self._own:
            return self._own[number]
        schema = schema_of(scan.ref.columns)
        if scan.ref.table.is_local:
            return BatchSource(schema, [self._local(scan.ref.table.name, schema.names)])
        reading = [f for f in self.fetches if f.reads(number)]
        if not reading:
            return BatchSource(schema, [empty(schema)])
        return ScanSource(schema, self._rows(number, reading), self.context, keep=scan.ref.repeated)

    def _rows(self, number: int, reading: Sequence[Fetches]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a scan as they come, whoever's; those in Amazon's order when all that is needed has."""
        ordered: dict[Fetches, list[Page]] = {f: [] for f in reading if f.is_ordered(number)}
        for fetches, pages in self._pages({f: f.reader(number) for f in ordered}):
            ordered[fetches] += pages
        readers = {f: f.reader(number) for f in reading if f not in ordered}
        each = {f: f.batches(number) for f in readers}
        for fetches in as_they_come(readers, self.context, eager=self._is_eager()):
            batch = self._next(fetches, each[fetches])
            if batch is None:
                del readers[fetches]
            else:
                yield batch
        for fetches, pages in ordered.items():
            rows = fetches.ordered(number, pages)
            yield from iter(lambda f=fetches, r=rows: self._next(f, r), None)  # type: ignore[misc]

    def _next(self, fetches: Fetches, rows: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
        """Return some more rows of an account; None at their end, or if it is left out."""
        try:
            batch = None if self._is_absent(fetches) else next(rows, None)
        except DatabaseError as error:
            self._leave_out(fetches, error)
            return None
        fetches.given |= batch is not None and batch.num_rows > 0
        return batch


def _own_rows(scan: ScanPlan) -> BatchSource:
    """Return the rows of a table of the connection's own as they are now: later statements may change them."""
    table, schema = scan.ref.table, schema_of(scan.ref.columns)
    assert isinstance(table, ScratchTable)
    return BatchSource(schema, table.read(schema.names).to_batches())


class _Staged:
    """A block that is run first: its result is read once and kept for whoever reads it, as rows or for its keys."""

    def __init__(self, made: StagePlan, run: Run) -> None:
        self.name = made.stage.name
        self.alias = made.stage.alias
        self.run = run
        self._columns = made.stage.columns
        self._kept = Spool(run.context.spool_bytes)

    def read(self) -> BatchSource:
        """Run the block to its end and return its rows."""
        for batch in self.run.batches():
            self._kept.append(batch)
        return BatchSource(self.run.schema, self._kept)

    def keys(self, bind: Bind) -> Iterator[list[Key]]:
        """Yield the keys of its rows; it has been read."""
        places = [self._columns.index(c) for c in bind.columns]
        for batch in self._kept:
            yield distinct([batch.column(place) for place in places], bind)


def _in_utc(schema: pa.Schema) -> pa.Schema:
    """Return the schema with its times in UTC: the engine labels them with the session's zone."""
    zoned = [pa.types.is_timestamp(f.type) and f.type.tz is not None for f in schema]
    fields = zip(schema, zoned, strict=True)
    return pa.schema([f.with_type(pa.timestamp(f.type.unit, "UTC")) if z else f for f, z in fields])


def _retyped(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(batch.columns, schema, strict=True)
    return pa.RecordBatch.from_arrays([c if c.type == f.type else c.cast(f.type) for c, f in columns], schema=schema)
