"""Plan -> record batches: page by page where each page's result depends on it alone, through the engine otherwise."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import pyarrow as pa

from amzsql.catalog.scratch import ScratchTable
from amzsql.clock import utc
from amzsql.errors import DataError
from amzsql.execute.context import Context, Spent
from amzsql.execute.document_run import DocumentRun
from amzsql.execute.engine import Engine, Engines
from amzsql.execute.ordered import Firsts, OrderedSource
from amzsql.execute.pages import Page
from amzsql.execute.rows import BatchSource, Rows, ScanSource, Seen, empty, grouped, schema_of
from amzsql.execute.scan import WORKERS, FetchRun, Key, Reader, Tasks, bound_parameters
from amzsql.execute.spool import Spool
from amzsql.plan import data_kiosk
from amzsql.plan.nodes import Bind, FetchPlan, Plan, ScanPlan, StagePlan
from amzsql.plan.volume import days_of

T = TypeVar("T")
Local = Callable[[str, Sequence[str]], pa.RecordBatch]
"""(table name, columns) -> the rows of a table that no call is needed for."""

ROWS_OUT = 8192
_NEARLY_ALL = 1.1


class Run:
    """A statement at run time: its fetches, and its result as batches. Belongs to one thread."""

    def __init__(self, plan: Plan, context: Context, engines: Engines, local: Local, timezone: str = "UTC") -> None:
        self.plan = plan
        self.context = context
        self._engines = engines
        self._local = local
        self._timezone = timezone
        self._stack = ExitStack()
        # Held while the engine is interrupted, so that it is not lent to another statement meanwhile.
        self._guard = threading.Lock()
        self._engine: Engine | None = None
        self._counted = _counted(plan)
        self._rows = {
            n: Rows(s, context.account, counts=n in self._counted, masks=context.masks)
            for n, s in enumerate(plan.scans)
            if s.fetch is not None
        }
        self._readers: dict[int, Reader] = {}
        self._binders: dict[int, Reader] = {}
        self._firsts: dict[int, Firsts] = {}
        self._stages: list[_Staged] = []
        self._own = {n: _own_rows(s) for n, s in enumerate(plan.scans) if isinstance(s.ref.table, ScratchTable)}
        self._share()
        self.runs = [self._fetch_run(f) for f in plan.fetches]
        with ExitStack() as undo:
            # The engine that describes the result is kept for running it, but not if it refuses.
            undo.callback(self._stack.close)
            for stage in plan.stages:
                self._stages.append(_Staged(stage, self._part(stage.plan)))
                undo.callback(self._stages[-1].run.close)
            self.schema = self._schema()
            undo.pop_all()

    def _share(self) -> None:
        """Have documents downloaded once of which several fetches of the statement read all rows."""
        known = [f.documents.kind for f in self.plan.every_fetch() if f.documents is not None and f.wanted is None]
        types = frozenset(kind for kind in known if known.count(kind) > 1)
        if types and self.context.shared is None:
            from amzsql.execute.report_shared import SharedDocuments  # late: few statements read reports

            self.context.shared = SharedDocuments(types, self.context.spool_bytes)
            self._stack.callback(self.context.shared.close)

    # -- making ------------------------------------------------------------------------------------------------------

    def _part(self, plan: Plan) -> Run:
        """Return the run of a part of the statement; what its fetches spend is noted apart."""
        return Run(plan, replace(self.context, spent={}), self._engines, self._local, self._timezone)

    def _fetch_run(self, fetch: FetchPlan) -> FetchRun:
        """Make a fetch's run with a reader for each visible scan and for each fetch that its keys bind."""
        by_page = self.plan.mode == "page"
        if by_page and fetch.bind is not None:
            return FetchRun(fetch, self.context, 0, lambda _: iter(()))
        scans = [n for n in fetch.scans if not self.plan.scans[n].hidden]
        binders = [f.number for f in self.plan.fetches if f.bind is not None and f.bind.scan in fetch.scans]
        count = 1 if by_page else len(scans) + len(binders)
        run = self._ordered_run(fetch) if fetch.order is not None else self._plain_run(fetch, count)
        if by_page:
            self._readers.update(dict.fromkeys(fetch.scans, run.readers[0]))
        else:
            self._readers.update(zip(scans, run.readers, strict=False))
            self._binders.update(zip(binders, run.readers[len(scans) :], strict=True))
        return run

    def _plain_run(self, fetch: FetchPlan, count: int, tasks: Callable[[FetchRun], Tasks] | None = None) -> FetchRun:
        """Make the run of a fetch; `tasks` are the chains of a bound one, if not those of all its driver's keys."""
        if tasks is None and fetch.bind is not None:
            tasks = self._bound_tasks(fetch)
        if fetch.documents is not None:
            return self._document_run(fetch, count, tasks)
        if data_kiosk.is_query(fetch):
            from amzsql.execute.kiosk_run import KioskRun  # late: few statements ask queries

            return KioskRun(fetch, self.context, count, tasks)
        return FetchRun(fetch, self.context, count, tasks)

    def _document_run(self, fetch: FetchPlan, count: int, tasks: Callable[[FetchRun], Tasks] | None) -> FetchRun:
        """Make the run of a fetch of documents, which are read for the columns of all its scans and their keys."""
        from amzsql.execute.report_source import ReportSource  # late: few statements read reports

        first = self.plan.scans[fetch.scans[0]]
        columns = [c for n in fetch.scans for c in self.plan.scans[n].ref.columns]
        for other in (f.bind for f in self.plan.fetches if f.bind is not None and f.bind.scan in fetch.scans):
            columns += [c for c in map(first.ref.table.column, other.columns) if c is not None]
        source = partial(ReportSource, fetch, first.ref.table, tuple(dict.fromkeys(columns)), path=first.path)
        return DocumentRun(fetch, self.context, count, source, tasks)

    def _ordered_run(self, fetch: FetchPlan) -> FetchRun:
        """Make the run of a fetch that ends with the first rows of an order; it has one reader."""
        assert fetch.order is not None  # asked for such fetches only
        firsts = Firsts(fetch, fetch.order, self.plan.scans[fetch.scans[0]], self.context.account)
        self._firsts[fetch.number] = firsts
        return FetchRun(fetch, self.context, 1, lambda _: firsts.tasks(), firsts)

    def _whole(self, number: int) -> Reader:
        """Begin to read all rows of a fetch whose answer was not in order; return the reader of its one scan."""
        fetch = self.plan.fetches[number]
        assert fetch.order is not None  # asked for such fetches only
        self._readers[fetch.scans[0]].close()
        run = FetchRun(replace(fetch, order=None, page_size=fetch.order.page_size), self.context, 1)
        self.runs.append(run)
        self._readers[fetch.scans[0]] = run.readers[0]
        run.start()
        return run.readers[0]

    def _schema(self) -> pa.Schema:
        shape = self.plan.bound.shape
        if self._is_pure() and shape.pure is not None:
            by_name = {c.name: c for c in self.plan.scans[0].ref.columns}
            return pa.schema([pa.field(name, by_name[column].type.arrow) for name, column in shape.pure])
        tables = {s.ref.name: schema_of(s.ref.columns) for s in self.plan.scans if not s.hidden}
        tables |= {s.name: s.run.schema for s in self._stages}
        return _in_utc(self._lent().describe(self.plan.bound.sql, tables, self._spoken()))

    def _spoken(self) -> Mapping[str, str]:
        """Return what the scans are called in the statement, for the engine's messages."""
        return {s.ref.name: s.ref.alias for s in self.plan.scans} | {s.name: s.alias for s in self._stages}

    def _is_pure(self) -> bool:
        """Tell whether pages are the result as they are: chosen columns, no condition left."""
        return self.plan.mode == "page" and self.plan.bound.shape.pure is not None and not self.plan.residual

    def _lent(self) -> Engine:
        if self._engine is None:
            # Several threads of the engine would pull pages beyond what a LIMIT needs.
            few = self.plan.bound.shape.limit is not None or any(f.wanted is not None for f in self.plan.fetches)
            limited = few or self.context.clock.virtual
            lent = self._engines.lend(threads=1 if limited else None, timezone=self._timezone)
            self._engine = self._stack.enter_context(lent)
        return self._engine

    # -- running -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the fetches that feed on nobody and wait for the first page of each."""
        roots = list(self._roots())
        for run in roots:
            run.start()
        for run in roots:
            if run.readers:
                run.readers[0].first()

    def _roots(self) -> Iterator[FetchRun]:
        for stage in self._stages:
            yield from stage.run._roots()
        yield from (r for r in self.runs if r.plan.bind is None)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the result, cut to LIMIT and OFFSET where the engine does not do it."""
        try:
            if self.plan.mode == "page":
                yield from self._cut(self._by_page())
            else:
                yield from self._by_engine()
        finally:
            self.close()

    def census(self) -> dict[str, int]:
        """Return the rows of the tables whose fetch was read to its end, as the planner counts them."""
        found: dict[str, int] = {}
        for stage in self._stages:
            found |= stage.run.census()
        for run in self.runs:
            if run.complete and run.plan.census is not None:
                name, factor = run.plan.census
                found[name] = round(run.rows * factor)
                found[days_of(name)] = self._days(run.plan, factor)
        return found

    def _days(self, fetch: FetchPlan, factor: float) -> int:
        """Return over how many days the rows of a fetch lie: of one that asked for all, as its oldest row tells."""
        oldest = [r.oldest for n, r in self._rows.items() if self.plan.scans[n].fetch == fetch.number and r.oldest]
        typical = self.plan.scans[fetch.scans[0]].ref.table.entry.typical_days
        if factor > _NEARLY_ALL or not oldest:
            return typical
        return max(1, (utc(self.context.clock.now()) - min(oldest)).days + 1)

    def spent(self) -> Iterator[Spent]:
        """Yield what each fetch of the plan has given, in EXPLAIN's order."""
        for stage in self._stages:
            yield from stage.run.spent()
        for fetch in self.plan.fetches:
            yield self.context.spent.get(fetch.number) or Spent()

    def close(self) -> None:
        """Stop the fetches and give the engine back."""
        for stage in self._stages:
            stage.run.close()
        with self.context.clock.actor():
            for reader in (*self._readers.values(), *self._binders.values()):
                if not reader.closed:
                    reader.close()
            for run in self.runs:
                run.stop()
            if self.context.clock.virtual:
                # On a virtual clock threads only go on while a statement is inside the driver.
                for run in self.runs:
                    run.join()
        with self._guard:
            self._engine = None
        self._stack.close()

    def stop(self) -> None:
        """Stop the fetches and interrupt the engine; from any thread."""
        for stage in self._stages:
            stage.run.stop()
        for run in self.runs:
            run.stop()
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
        driver = next(n for n, s in enumerate(self.plan.scans) if s.fetch == self._driving())
        joined = _Joined(self, driver)
        for pages in grouped(self._readers[driver]):
            for tables in joined.tables(pages):
                if self._is_pure():
                    yield self._chosen(tables[0])
                else:
                    yield from self._select(tables)

    def _driving(self) -> int:
        return next(f.number for f in self.plan.fetches if f.bind is None)

    def _chosen(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        pure = self.plan.bound.shape.pure or ()
        return pa.RecordBatch.from_arrays([batch.column(column) for _, column in pure], schema=self.schema)

    def _select(self, tables: Mapping[int, pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        sources = {
            self.plan.scans[n].ref.name: BatchSource(batch.schema, [batch])
            for n, batch in tables.items()
            if not self.plan.scans[n].hidden
        }
        yield from self._computed(self.plan.bound.page_sql, sources)

    # -- through the engine ------------------------------------------------------------------------------------------

    def _by_engine(self) -> Iterator[pa.RecordBatch]:
        sources: dict[str, Any] = {}
        for stage in self._stages:
            sources[stage.name] = stage.read()
        for number, scan in enumerate(self.plan.scans):
            if not scan.hidden:
                sources[scan.ref.name] = self._source(number, scan)
        for run in self.runs:
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

    def _source(self, number: int, scan: ScanPlan) -> ScanSource | OrderedSource | BatchSource:
        if scan.fetch is not None:
            firsts = self._firsts.get(scan.fetch)
            if firsts is not None:
                whole = partial(self._whole, scan.fetch)
                return OrderedSource(self._rows[number], self._readers[number], firsts, self.context, whole)
            return ScanSource(self._rows[number], self._readers[number], self.context, keep=scan.ref.repeated)
        if number in self._own:
            return self._own[number]
        schema = schema_of(scan.ref.columns)
        if scan.ref.table.is_local:
            return BatchSource(schema, [self._local(scan.ref.table.name, schema.names)])
        return BatchSource(schema, [empty(schema)])

    def _bound_tasks(self, fetch: FetchPlan) -> Callable[[FetchRun], Tasks]:
        """Return the chains of a bound fetch: the driver's distinct keys, in full chunks, as they come."""
        bind = fetch.bind
        assert bind is not None  # called for bound fetches only

        def tasks(run: FetchRun) -> Tasks:
            number = 0
            for chunk in self._key_chunks(run, fetch):
                for parameters in bound_parameters(fetch, chunk):
                    yield number, parameters
                    number += 1

        return tasks

    def _key_chunks(self, run: FetchRun, fetch: FetchPlan) -> Iterator[list[Key]]:
        bind = fetch.bind
        assert bind is not None
        seen: dict[Key, None] = {}
        waiting: list[Key] = []
        for keys in self._stages[-1 - bind.scan].keys(bind) if bind.scan < 0 else self._scanned(fetch, bind):
            waiting += [k for k in keys if k not in seen]
            seen.update(dict.fromkeys(keys))
            run.keys = len(seen)
            while len(waiting) >= bind.chunk:
                yield waiting[: bind.chunk]
                waiting = waiting[bind.chunk :]
        if waiting:
            yield waiting

    def _scanned(self, fetch: FetchPlan, bind: Bind) -> Iterator[list[Key]]:
        """Yield the keys of another scan's rows, as its pages come."""
        scan = self.plan.scans[bind.scan]
        columns = tuple(c for c in map(scan.ref.table.column, dict.fromkeys(bind.columns)) if c is not None)
        # A visible scan counts its own rows; a hidden one is read here only.
        counts = scan.hidden and bind.scan in self._counted
        ref = replace(scan.ref, columns=columns)
        driver = Rows(replace(scan, ref=ref), self.context.account, counts=counts, masks=self.context.masks)
        for pages in grouped(self._binders[fetch.number]):
            batch = driver.read(pages, self.context)
            yield keys_of([batch.column(c) for c in bind.columns], bind)


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
            yield keys_of([batch.column(place) for place in places], bind)


def _counted(plan: Plan) -> frozenset[int]:
    """Return one scan of each table that a fetch is read for, a visible one if there is any."""
    found: dict[tuple[int | None, str], int] = {}
    for number, scan in enumerate(plan.scans):
        place = scan.fetch, scan.ref.table.name
        if place not in found or (plan.scans[found[place]].hidden and not scan.hidden):
            found[place] = number
    return frozenset(found.values())


def _in_utc(schema: pa.Schema) -> pa.Schema:
    """Return the schema with its times in UTC: the engine labels them with the session's zone."""
    zoned = [pa.types.is_timestamp(f.type) and f.type.tz is not None for f in schema]
    fields = zip(schema, zoned, strict=True)
    return pa.schema([f.with_type(pa.timestamp(f.type.unit, "UTC")) if z else f for f, z in fields])


def _retyped(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(batch.columns, schema, strict=True)
    return pa.RecordBatch.from_arrays([c if c.type == f.type else c.cast(f.type) for c, f in columns], schema=schema)


def keys_of(columns: Sequence[pa.Array], bind: Bind) -> list[Key]:
    """Return the distinct rows of some columns, in their order, without those that hold a NULL: it binds nothing."""
    if len(columns) == 1:
        columns = [columns[0].unique()]
    rows: Iterable[Key] = zip(*(c.to_pylist() for c in columns), strict=True)
    for place, key in enumerate(bind.keys):
        rows = [r for r in rows if r[place] is not None and (key.among is None or r[place] in key.among)]
    return list(dict.fromkeys(rows))


class _Joined:
    """The scans of a page-by-page plan: those of the driver's own pages, and those that its keys bind."""

    def __init__(self, run: Run, driver: int) -> None:
        self._run = run
        self._driver = driver
        plan = run.plan
        self._same = [n for n, s in enumerate(plan.scans) if s.fetch == plan.scans[driver].fetch]
        self._bound = [n for f in plan.fetches if f.bind is not None for n in f.scans]
        self._pages_seen = {n: Seen(run._rows[n].table, run.context.warn) for n in self._same}
        self._seen: dict[int, dict[Key, None]] = {n: {} for n in self._bound}
        self._kept: dict[int, list[pa.RecordBatch]] = {n: [] for n in self._bound}

    def tables(self, pages: list[Page]) -> Iterator[dict[int, pa.RecordBatch]]:
        """Yield each scan's rows for some pages of the driver; an unseen driver's are looked up few by few."""
        run = self._run
        read = {n: run._rows[n].read(pages, run.context, self._pages_seen[n]) for n in self._same}
        run.context.stats.read(read[self._driver].num_rows)
        for part in self._parts(read):
            found = dict(part)
            for number in self._bound:
                found[number] = self._lookup(number, found)
            yield {n: b for n, b in found.items() if not run.plan.scans[n].hidden}

    def _parts(self, read: dict[int, pa.RecordBatch]) -> Iterator[dict[int, pa.RecordBatch]]:
        """Yield the driver's rows: a parent's in growing parts, since a LIMIT may need few of its children."""
        rows, plan = read[self._driver], self._run.plan
        if not plan.scans[self._driver].hidden or len(read) > 1:
            yield read
            return
        chunk = next((f.bind.chunk for f in plan.fetches if f.bind is not None and f.bind.scan == self._driver), 1)
        start, size = 0, WORKERS * chunk
        while start < rows.num_rows:
            yield {self._driver: rows.slice(start, size)}
            start, size = start + size, size * 2

    def _lookup(self, number: int, found: Mapping[int, pa.RecordBatch]) -> pa.RecordBatch:
        """Return a bound scan's rows: of all keys so far, since a later page may name an earlier key again."""
        run, scan = self._run, self._run.plan.scans[number]
        fetch = run.plan.fetches[scan.fetch or 0]
        bind = fetch.bind
        assert bind is not None  # a scan that is not of the driver's fetch is bound
        columns = [found[bind.scan].column(c) for c in bind.columns]
        new = [k for k in keys_of(columns, bind) if k not in self._seen[number]]
        self._seen[number].update(dict.fromkeys(new))
        fresh = list(self._fetched(number, fetch, new)) if new else []
        if scan.expanded_for is None and not run.plan.scans[self._driver].hidden:
            self._kept[number] += fresh
            fresh = self._kept[number]
        table = pa.Table.from_batches(fresh, run._rows[number].schema).combine_chunks()
        return table.to_batches()[0] if table.num_rows else empty(run._rows[number].schema)

    def _fetched(self, number: int, fetch: FetchPlan, keys: list[Key]) -> Iterator[pa.RecordBatch]:
        bind = fetch.bind
        assert bind is not None

        def tasks(_: FetchRun) -> Tasks:
            chains = [keys[i : i + bind.chunk] for i in range(0, len(keys), bind.chunk)]
            yield from enumerate(p for chunk in chains for p in bound_parameters(fetch, chunk))

        inner = self._run._plain_run(fetch, 1, tasks)
        inner.start()
        reader, seen = inner.readers[0], Seen(self._run._rows[number].table, self._run.context.warn)
        try:
            for pages in grouped(reader):
                batch = self._run._rows[number].read(pages, self._run.context, seen)
                self._run.context.stats.read(batch.num_rows)
                yield batch
        finally:
            reader.close()
            if self._run.context.clock.virtual:
                inner.join()
