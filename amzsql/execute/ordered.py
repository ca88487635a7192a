"""A fetch that Amazon answers in order, read as far as its first rows reach.

Owns when a chain of pages is read no further, and that the answer is seen to be in order: if it is not, or Amazon ends
it too early, all rows are read after all. The engine sorts and cuts what is read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from amzsql.execute.context import Context
from amzsql.execute.pages import Page
from amzsql.execute.rows import GROUP_PAGES, Rows, Seen, fetched
from amzsql.execute.scan import Reader, Tasks, parameters_of
from amzsql.plan.nodes import FetchPlan, Order, Partition, ScanPlan


class Firsts:
    """The best values of an order's column that have come, and whether they came in order. Thread-safe.

    `is_disordered`: they did not; `is_cut`: Amazon gave out its last row before enough had come.
    """

    def __init__(self, fetch: FetchPlan, order: Order, scan: ScanPlan, account: str) -> None:
        column = scan.ref.table.column(order.column)
        assert column is not None  # a plan sorts by columns that are there
        self.is_disordered = False
        self.is_cut = False
        self._fetch, self._order = fetch, order
        self._rows = Rows(replace(scan, ref=replace(scan.ref, columns=(column,))), account)
        self._seen = Seen(scan.ref.table.name, lambda _: None)
        self._best: list[Any] = []
        self._last: dict[int, Any] = {}
        self._lock = threading.Lock()

    @property
    def failed(self) -> bool:
        """Whether all rows must be read after all."""
        return self.is_disordered or self.is_cut

    def tasks(self) -> Tasks:
        """Yield the chains, best first, but for those that have none of the first rows."""
        for number, partition in self._best_first():
            if self._may_have(partition):
                yield number, parameters_of(self._fetch, partition)

    def _best_first(self) -> list[tuple[int, Partition]]:
        numbered = list(enumerate(self._fetch.partitions))
        open_ended = [(n, p) for n, p in numbered if self._edge(p) is None]
        others = [(n, p) for n, p in numbered if self._edge(p) is not None]
        return open_ended + sorted(others, key=lambda one: self._edge(one[1]), reverse=self._order.descending)

    def _edge(self, partition: Partition) -> Any:
        """Return the best value that a partition may have; None if any."""
        bounds = self._order.bounds
        return None if bounds is None else partition.get(bounds[1] if self._order.descending else bounds[0])

    def _may_have(self, partition: Partition) -> bool:
        edge = self._edge(partition)
        with self._lock:
            return edge is None or not self._is_behind(edge)

    def goes_on(self, page: Page, *, last: bool, cut: bool) -> bool:
        """Note a page's values and tell whether the next page of its chain may have some of the first rows."""
        with self._lock:
            values = self._rows.decode([page], self._seen).column(self._order.column).to_pylist()
            self._note(values, page.partition)
            place = self._last.get(page.partition)
            settled = place is not None and self._is_behind(place)
            # A search that ends before its last row is asked in parts where all rows are read.
            self.is_cut = self.is_cut or (last and cut and not settled)
            return not (settled or self.failed)

    def _note(self, values: Sequence[Any], chain: int) -> None:
        order = self._order
        for value in values:
            if value is None:
                self.is_disordered = self.is_disordered or order.nulls_first
                continue
            before = self._last.get(chain, value)
            self.is_disordered = self.is_disordered or (value > before if order.descending else value < before)
            self._last[chain] = value
        counted = [v for v in values if v is not None and order.within.holds(v)]
        self._best = sorted([*self._best, *counted], reverse=order.descending)[: order.rows]

    def _is_behind(self, value: Any) -> bool:
        """Tell whether what comes from a value on is not among the first rows, which have all come."""
        if len(self._best) < self._order.rows:
            return False
        worst = self._best[-1]
        if value == worst:
            return not self._order.ties
        return bool(value < worst) if self._order.descending else bool(value > worst)


def ordered(
    rows: Rows, pages: Sequence[Page], firsts: Firsts, context: Context, whole: Callable[[], Reader]
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of the pages that were read of such a fetch, now that it is known whether these are enough.

    `whole` begins a fetch of all rows and returns its reader.
    """
    if firsts.is_disordered:
        context.warn(
            f"{rows.table}: Amazon's answer is not in the order that it was asked for, so that all rows are read."
        )
    if firsts.failed:
        yield from fetched(rows, whole(), context)
        return
    seen = Seen(rows.table, context.warn)
    for start in range(0, len(pages), GROUP_PAGES):
        batch = rows.read(pages[start : start + GROUP_PAGES], context, seen)
        context.stats.read(batch.num_rows)
        yield batch
