"""What a statement reads of one account: its fetches at run time, who reads them, and whose keys bind whom.

Of a group's statement each account has its own, all with the same numbers of scans. Knows nothing of the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Protocol

import pyarrow as pa

from amzsql.clock import utc
from amzsql.execute.binding_keys import keys_of
from amzsql.execute.context import Context, Spent
from amzsql.execute.document_run import DocumentRun
from amzsql.execute.ordered import Firsts, ordered
from amzsql.execute.pages import Page
from amzsql.execute.rows import Rows, fetched, grouped
from amzsql.execute.scan import FetchRun, Key, Reader, Tasks, bound_parameters
from amzsql.plan import data_kiosk
from amzsql.plan.nodes import Bind, FetchPlan, Mode, Plan
from amzsql.plan.served import included
from amzsql.plan.shared import bound_name
from amzsql.plan.volume import days_of

_NEARLY_ALL = 1.1


class Keys(Protocol):
    """A block that was run first, for the keys of its rows."""

    def keys(self, bind: Bind) -> Iterator[list[Key]]:
        """Yield the keys of its rows."""


Bound = tuple[int, tuple[str, ...]]
"""A scan, and those of its columns that are keys."""


class Feeds(Protocol):
    """The keys of all accounts' rows. `wanted`: of which scans, by which columns."""

    @property
    def wanted(self) -> Sequence[Bound]: ...

    def keys(self, bind: Bind) -> Iterator[list[Key]]:
        """Yield the keys that a bind takes, whoever's rows they are of, as they come."""


class Fetches:
    """The fetches of a plan. `mode`: how the statement runs; `stages`: its blocks that are run first; `feeds`: the keys
    of all accounts' rows; `cuts`: rows beyond those that are asked for are cut.

    Attributes:
        account: the account's name.
        given: some of its rows have been handed on.
    """

    def __init__(
        self, plan: Plan, context: Context, mode: Mode, stages: Sequence[Keys], feeds: Feeds, *, cuts: bool
    ) -> None:
        self.plan = plan
        self.context = context
        self.account = context.account
        self.given = False
        self._by_page = mode == "page"
        self._cuts = cuts
        self._stages = stages
        self._feeds = feeds
        self._lent: dict[Bound, Reader] = {}
        self._stack = ExitStack()
        self._counted = _counted(plan)
        self.rows = {
            n: Rows(s, context.account, counts=n in self._counted, masks=context.masks)
            for n, s in enumerate(plan.scans)
            if s.fetch is not None
        }
        self._readers: dict[int, Reader] = {}
        self._binders: dict[int, Reader] = {}
        self._firsts: dict[int, Firsts] = {}
        self._share()
        if not context.restricted:
            context.restricted = tuple((f.operation, f.elements) for f in plan.every_fetch() if f.restricted)
        self.runs = [self._fetch_run(f) for f in plan.fetches]

    def _share(self) -> None:
        """Have documents downloaded once of which several fetches of the statement read all rows."""
        known = [f.documents.kind for f in self.plan.every_fetch() if f.documents is not None and f.wanted is None]
        types = frozenset(kind for kind in known if known.count(kind) > 1)
        if types and self.context.shared is None:
            from amzsql.execute.report_shared import SharedDocuments  # late: few statements read reports

            self.context.shared = SharedDocuments(types, self.context.spool_bytes)
            self._stack.callback(self.context.shared.close)

    # -- making ------------------------------------------------------------------------------------------------------

    def _fetch_run(self, fetch: FetchPlan) -> FetchRun:
        """Make a fetch's run with a reader for each visible scan and for each fetch that its keys bind."""
        by_page = self._by_page
        if by_page and fetch.bind is not None:
            return FetchRun(fetch, self.context, 0, lambda _: iter(()))
        scans = [n for n in fetch.scans if not self.plan.scans[n].hidden]
        bound = [(f.number, f.bind) for f in self.plan.fetches if f.bind is not None and f.bind.scan in fetch.scans]
        binders = [number for number, bind in bound if not bind.across]
        lent = [key for key in self._feeds.wanted if key[0] in fetch.scans]
        count = 1 if by_page else len(scans) + len(binders) + len(lent)
        run = self._ordered_run(fetch) if fetch.order is not None else self.plain_run(fetch, count)
        if by_page:
            self._readers.update(dict.fromkeys(fetch.scans, run.readers[0]))
        else:
            self._readers.update(zip(scans, run.readers, strict=False))
            others = run.readers[len(scans) :]
            self._binders.update(zip(binders, others, strict=False))
            self._lent.update(zip(lent, others[len(binders) :], strict=True))
        return run

    def plain_run(self, fetch: FetchPlan, count: int, tasks: Callable[[FetchRun], Tasks] | None = None) -> FetchRun:
        """Make the run of a fetch; `tasks` are the chains of a bound one, if not those of all its driver's keys."""
        if tasks is None and fetch.bind is not None:
            tasks = self._bound_tasks(fetch)
        if fetch.documents is not None:
            return self._document_run(fetch, count, tasks)
        if data_kiosk.is_query(fetch):
            from amzsql.execute.kiosk_run import KioskRun  # late: few statements ask queries

            return KioskRun(fetch, self.context, count, tasks)
        return FetchRun(fetch, self.context, count, tasks, cuts=self._cuts)

    def _document_run(self, fetch: FetchPlan, count: int, tasks: Callable[[FetchRun], Tasks] | None) -> FetchRun:
        """Make the run of a fetch of documents, which are read for the columns of all its scans and their keys."""
        from amzsql.execute.report_source import ReportSource  # late: few statements read reports

        first = self.plan.scans[fetch.scans[0]]
        columns = [c for n in fetch.scans for c in self.plan.scans[n].ref.columns]
        keyed = [f.bind.columns for f in self.plan.fetches if f.bind is not None and f.bind.scan in fetch.scans]
        keyed += [names for scan, names in self._feeds.wanted if scan in fetch.scans]
        columns += [c for names in keyed for c in map(first.ref.table.column, names) if c is not None]
        source = partial(ReportSource, fetch, first.ref.table, tuple(dict.fromkeys(columns)), path=first.path)
        return DocumentRun(fetch, self.context, count, source, tasks)

    def _ordered_run(self, fetch: FetchPlan) -> FetchRun:
        """Make the run of a fetch that ends with the first rows of an order; it has one reader."""
        assert fetch.order is not None  # asked for such fetches only
        firsts = Firsts(fetch, fetch.order, self.plan.scans[fetch.scans[0]], self.context.account)
        self._firsts[fetch.number] = firsts
        return FetchRun(fetch, self.context, 1, lambda _: firsts.tasks(), firsts, cuts=self._cuts)

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

    # -- running -----------------------------------------------------------------------------------------------------

    def reads(self, scan: int) -> bool:
        """Tell whether Amazon is asked for a scan."""
        return self.plan.scans[scan].fetch is not None

    def reader(self, scan: int) -> Reader:
        """Return who reads a scan's pages."""
        return self._readers[scan]

    def driver(self) -> int | None:
        """Return the first scan of the fetch that feeds on nobody; None if nothing is read."""
        fetch = next((f.number for f in self.plan.fetches if f.bind is None), None)
        return None if fetch is None else next(n for n, s in enumerate(self.plan.scans) if s.fetch == fetch)

    def is_ordered(self, scan: int) -> bool:
        """Tell whether a scan is read in Amazon's order, and only as far as is needed."""
        return self.plan.scans[scan].fetch in self._firsts

    def ordered(self, scan: int, pages: Sequence[Page]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a scan that is read in Amazon's order, all of whose pages have come."""
        fetch = self.plan.scans[scan].fetch
        assert fetch is not None  # it is read
        return ordered(self.rows[scan], pages, self._firsts[fetch], self.context, partial(self._whole, fetch))

    def batches(self, scan: int) -> Iterator[pa.RecordBatch]:
        """Yield a scan's rows as they come."""
        return fetched(self.rows[scan], self._readers[scan], self.context)

    def roots(self) -> Iterator[FetchRun]:
        """Yield the fetches that feed on nobody."""
        yield from (r for r in self.runs if r.plan.bind is None)

    def census(self) -> dict[str, int]:
        """Return the rows of the tables whose fetch was read to its end, as the planner counts them."""
        found: dict[str, int] = {}
        for run in self.runs:
            if run.complete and run.is_own and run.plan.census is not None:
                name, factor = run.plan.census
                found[name] = round(run.rows * factor)
                found[days_of(name)] = self._days(run.plan, factor)
        return found

    def _days(self, fetch: FetchPlan, factor: float) -> int:
        """Return over how many days the rows of a fetch lie: of one that asked for all, as its oldest row tells."""
        oldest = [r.oldest for n, r in self.rows.items() if self.plan.scans[n].fetch == fetch.number and r.oldest]
        typical = self.plan.scans[fetch.scans[0]].ref.table.entry.typical_days
        if factor > _NEARLY_ALL or not oldest:
            return typical
        return max(1, (utc(self.context.clock.now()) - min(oldest)).days + 1)

    def spent(self) -> Iterator[Spent]:
        """Yield what each fetch has given, in EXPLAIN's order."""
        for fetch in self.plan.fetches:
            yield self.context.spent.get(fetch.number) or Spent()

    def stop(self) -> None:
        """Stop the fetches; from any thread."""
        for run in self.runs:
            run.stop()

    def _note_bound(self) -> None:
        """Tell later plans which bound fetches were read to their end, for the keys of which chains."""
        share = self.context.share
        by_number = {run.plan.number: run for run in self.runs}
        for run in self.runs:
            bind, sharing = run.plan.bind, run.plan.sharing
            if share is None or sharing is None or bind is None or bind.scan < 0 or not run.complete or bind.across:
                continue
            driver = by_number.get(self.plan.scans[bind.scan].fetch or 0)
            if driver is not None and driver.complete and driver.chains:
                name = bound_name(run.plan.signature, bind.where, included(run.plan.projection), sharing.kind)
                share.pages.note_bound(name, frozenset(driver.chains), tuple(run.chains))

    def close(self) -> None:
        """Stop the fetches and wait for what has to end."""
        self._note_bound()
        with self.context.clock.actor():
            for reader in (*self._readers.values(), *self._binders.values(), *self._lent.values()):
                if not reader.closed:
                    reader.close()
            self.stop()
            if self.context.clock.virtual:
                # On a virtual clock threads only go on while a statement is inside the driver.
                for run in self.runs:
                    run.join()
        self._stack.close()

    # -- keys --------------------------------------------------------------------------------------------------------

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
        for keys in self._keys(fetch, bind):
            waiting += [k for k in keys if k not in seen]
            seen.update(dict.fromkeys(keys))
            run.keys = len(seen)
            while len(waiting) >= bind.chunk:
                yield waiting[: bind.chunk]
                waiting = waiting[bind.chunk :]
        if waiting:
            yield waiting

    def _keys(self, fetch: FetchPlan, bind: Bind) -> Iterator[list[Key]]:
        """Yield the keys that a fetch takes, as they come."""
        if bind.scan < 0:
            return self._stages[-1 - bind.scan].keys(bind)
        return self._feeds.keys(bind) if bind.across else self._scanned(self._binders[fetch.number], bind)

    def lent(self, key: Bound) -> Reader | None:
        """Return who reads a scan for the keys of its rows, which all accounts take; None if it is not read."""
        return self._lent.get(key)

    def keys_of(self, key: Bound, bind: Bind) -> Iterator[list[Key]]:
        """Yield the keys of the account's rows that all accounts take, as its pages come."""
        return self._scanned(self._lent[key], bind)

    def _scanned(self, reader: Reader, bind: Bind) -> Iterator[list[Key]]:
        """Yield the keys of another scan's rows, as its pages come."""
        scan = self.plan.scans[bind.scan]
        names = dict.fromkeys((*bind.columns, *(column for column, _ in bind.where)))
        columns = tuple(c for c in map(scan.ref.table.column, names) if c is not None)
        # A visible scan counts its own rows; a hidden one is read here only.
        counts = scan.hidden and bind.scan in self._counted
        ref = replace(scan.ref, columns=columns)
        driver = Rows(replace(scan, ref=ref), self.context.account, counts=counts, masks=self.context.masks)
        for pages in grouped(reader):
            batch = driver.read(pages, self.context)
            yield keys_of(batch, bind)


def _counted(plan: Plan) -> frozenset[int]:
    """Return one scan of each table that a fetch is read for, a visible one if there is any."""
    found: dict[tuple[int | None, str], int] = {}
    for number, scan in enumerate(plan.scans):
        place = scan.fetch, scan.ref.table.name
        if place not in found or (plan.scans[found[place]].hidden and not scan.hidden):
            found[place] = number
    return frozenset(found.values())
