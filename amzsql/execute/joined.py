"""A statement that runs page by page: the scans of the driver's own pages, and those that its keys bind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from amzsql.execute.binding_keys import keys_of
from amzsql.execute.fetches import Fetches
from amzsql.execute.pages import Page
from amzsql.execute.rows import Seen, empty, grouped
from amzsql.execute.scan import WORKERS, FetchRun, Key, Tasks, bound_parameters
from amzsql.plan.nodes import FetchPlan


class Joined:
    """The scans of a page-by-page plan: those of the driver's own pages, and those that its keys bind."""

    def __init__(self, run: Fetches, driver: int) -> None:
        self._run = run
        self._driver = driver
        plan = run.plan
        self._same = [n for n, s in enumerate(plan.scans) if s.fetch == plan.scans[driver].fetch]
        self._bound = [n for f in plan.fetches if f.bind is not None for n in f.scans]
        self._pages_seen = {n: Seen(run.rows[n].table, run.context.warn) for n in self._same}
        self._seen: dict[int, dict[Key, None]] = {n: {} for n in self._bound}
        self._kept: dict[int, list[pa.RecordBatch]] = {n: [] for n in self._bound}

    def tables(self, pages: list[Page]) -> Iterator[dict[int, pa.RecordBatch]]:
        """Yield each scan's rows for some pages of the driver; an unseen driver's are looked up few by few."""
        run = self._run
        read = {n: run.rows[n].read(pages, run.context, self._pages_seen[n]) for n in self._same}
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
        new = [k for k in keys_of(found[bind.scan], bind) if k not in self._seen[number]]
        self._seen[number].update(dict.fromkeys(new))
        fresh = list(self._fetched(number, fetch, new)) if new else []
        if scan.expanded_for is None and not run.plan.scans[self._driver].hidden:
            self._kept[number] += fresh
            fresh = self._kept[number]
        table = pa.Table.from_batches(fresh, run.rows[number].schema).combine_chunks()
        return table.to_batches()[0] if table.num_rows else empty(run.rows[number].schema)

    def _fetched(self, number: int, fetch: FetchPlan, keys: list[Key]) -> Iterator[pa.RecordBatch]:
        bind = fetch.bind
        assert bind is not None

        def tasks(_: FetchRun) -> Tasks:
            chains = [keys[i : i + bind.chunk] for i in range(0, len(keys), bind.chunk)]
            yield from enumerate(p for chunk in chains for p in bound_parameters(fetch, chunk))

        inner = self._run.plain_run(fetch, 1, tasks)
        inner.start()
        reader, seen = inner.readers[0], Seen(self._run.rows[number].table, self._run.context.warn)
        try:
            for pages in grouped(reader):
                batch = self._run.rows[number].read(pages, self._run.context, seen)
                self._run.context.stats.read(batch.num_rows)
                yield batch
        finally:
            reader.close()
            if self._run.context.clock.virtual:
                inner.join()
