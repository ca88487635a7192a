"""A report's rows -> those of another table: which of them are the table's, and what their values are called there.

Batch by batch; of rows that stand several times only their keys are kept. Knows nothing of documents and requests.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from amzsql.catalog.model import Alike, Column, Table, TablePath
from amzsql.catalog.report_paths import MARKETPLACE
from amzsql.catalog.spelling import pairs_of
from amzsql.types import VARCHAR

Window = tuple[dt.datetime | None, dt.datetime | None]


class AlikeRows:
    """The rows of one fetch's reports that are a table's; several documents may be read at once.

    `markets`: the marketplaces whose rows are wanted; None: all.
    """

    def __init__(self, table: Table, path: TablePath, alike: Alike, markets: tuple[str, ...] | None) -> None:
        self._alike = alike
        self._spelt = {n: dict(pairs_of(s.values)) for n, s in path.sources.items() if s.values}
        self._key = [c for c in table.entry.key if c in path.sources and path.sources[c].path]
        self._markets = markets
        self._seen: set[tuple[Any, ...]] = set()
        self._lock = threading.Lock()

    def needed(self, columns: Iterable[Column], table: Table) -> list[Column]:
        """Return the columns with those that tell which rows are the table's."""
        names = [*(self._key if self._alike.once else ()), self._alike.window]
        names += [MARKETPLACE] if self._alike.channel else []
        more = (table.column(n) for n in names if n)
        return list(dict.fromkeys([*columns, *(c for c in more if c is not None)]))

    def taken(self, batch: pa.RecordBatch, window: Window, place: str) -> pa.RecordBatch:
        """Return the rows of a batch that are the table's; `place` is the report's marketplace where that is one."""
        batch = self._called(batch)
        batch = batch.filter(self._inside(batch, window))
        if self._alike.once and batch.num_rows:
            batch = batch.filter(self._first(batch, "" if self._alike.channel else place))
        return batch

    def _called(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the rows with their values spelt as the table spells them."""
        for number, field in enumerate(batch.schema):
            pairs = self._spelt.get(field.name)
            if pairs is not None:
                named = spelt(batch.column(number), pairs, known_only=field.name == MARKETPLACE)
                batch = batch.set_column(number, field, named)
        return batch

    def _inside(self, batch: pa.RecordBatch, window: Window) -> pa.Array:
        found = pa.array([True] * batch.num_rows, pa.bool_())
        if self._alike.channel:
            sold = batch.column(MARKETPLACE)
            known = sold.is_valid() if self._markets is None else pc.is_in(sold, pa.array(self._markets, pa.string()))
            found = pc.and_(found, known)
        if self._alike.window:
            times = batch.column(self._alike.window)
            start, end = (pa.scalar(w, times.type) if w is not None else None for w in window)
            if start is not None:
                found = pc.and_(found, pc.greater_equal(times, start))
            if end is not None:
                found = pc.and_(found, pc.less(times, end))
        return pc.fill_null(found, False)

    def _first(self, batch: pa.RecordBatch, place: str) -> pa.Array:
        """Return which rows are the first of their key in any of the documents."""
        keys = zip(*(batch.column(n).to_pylist() for n in self._key), strict=True)
        with self._lock:
            return pa.array([self._is_first((*key, place)) for key in keys], pa.bool_())

    def _is_first(self, key: tuple[Any, ...]) -> bool:
        known = key in self._seen
        self._seen.add(key)
        return not known


def spelt(values: pa.Array, pairs: Mapping[str, str], *, known_only: bool) -> pa.Array:
    """Return texts by their other names; one that has none is as it is, or null with `known_only`."""
    coded = values.dictionary_encode() if not isinstance(values, pa.DictionaryArray) else values
    words = coded.dictionary.to_pylist()
    named = [pairs.get(w, None if known_only else w) for w in words]
    return pa.array(named, VARCHAR.arrow).take(coded.indices)
