"""Pages -> record batches of one scan: which field is which column, and what the request itself says of a row."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import pyarrow as pa

from amzsql import spapi
from amzsql.catalog.model import Column
from amzsql.errors import InternalError
from amzsql.execute.branches import BranchRows
from amzsql.execute.context import Context
from amzsql.execute.document_rows import DocumentRows
from amzsql.execute.masking import NOTHING, Masks
from amzsql.execute.numbers import is_numbered
from amzsql.execute.pages import Page
from amzsql.execute.scan import Reader
from amzsql.execute.spool import Spool
from amzsql.plan.nodes import ScanPlan
from amzsql.plan.remarks import masked

GROUP_PAGES = 5


class Rows:
    """Decodes the pages of a fetch for one scan; `counts`: its rows stand for the fetch's in EXPLAIN ANALYZE.

    `oldest`: the time of the oldest row so far, if the scan reads the table's time. `masks` take the place of values
    that the table does not show.
    """

    def __init__(self, scan: ScanPlan, account: str, *, counts: bool = False, masks: Masks | None = None) -> None:
        assert scan.path is not None  # a scan without a path reads no pages
        self.table = scan.ref.table.name
        self.oldest: dt.datetime | None = None
        time = scan.ref.table.entry.time_column
        self._time = time if any(c.name == time for c in scan.ref.columns) else None
        self._fetch = scan.fetch if counts else None
        self._sources = scan.path.sources
        self._columns = scan.ref.columns
        self._asked = [c for c in scan.pushed if scan.ref.table.is_asked(c)]
        self._key = self._key_of(scan)
        self._masked = masked(scan)
        self._masks = masks or NOTHING
        table = scan.ref.table
        self._unshown = {c.name: c.name in table.hashed for c in self._columns if c.name in table.masked}
        wanted = [*self._columns, *(c for c in self._key if c not in self._columns)]
        self._documents = DocumentRows(scan.path, wanted, account) if scan.path.declared.report else None
        branches = scan.path.branches if self._documents is None else ()
        self._branches = [BranchRows(branch, wanted, self.table, account) for branch in branches]
        self._decoded = schema_of(wanted)
        self.schema = schema_of(self._columns)

    def _key_of(self, scan: ScanPlan) -> list[Column]:
        """Return the key's columns if the answer has pages, over whose edges a row may come twice; else nothing.

        A number among equals tells no row that comes twice from an equal one.
        """
        assert scan.path is not None
        if spapi.operation(scan.path.operation).paging is None:
            return []
        names = (*scan.ref.table.entry.key, *self._asked)
        columns = [scan.ref.table.column(name) for name in names if name != "Account"]
        known = [c for c in columns if c is not None and c.name in self._sources]
        if any(is_numbered(self._sources[c.name].path) for c in known):
            return []
        return known if len(known) == len(columns) else []

    def decode(self, pages: Sequence[Page], seen: Seen | None = None) -> pa.RecordBatch:
        """Return the rows of some pages as one batch; with `seen`, without those that it has seen before."""
        batch = self._read(pages, seen)
        return self._masks.applied(batch, self._unshown) if self._unshown else batch

    def _read(self, pages: Sequence[Page], seen: Seen | None) -> pa.RecordBatch:
        if self._documents is not None:
            return self._documents.decode(pages)
        batch = self._decode([(p, p.body) for p in pages if p.body is not None])
        if seen is not None and self._key and batch.num_rows:
            keys = list(zip(*(batch.column(c.name).to_pylist() for c in self._key), strict=True))
            fresh = seen.fresh(keys, self._asked)
            if fresh is not None:
                batch = batch.take(pa.array(fresh, pa.int64()))
        return batch if len(self._decoded) == len(self.schema) else batch.select(self.schema.names)

    def read(self, pages: Sequence[Page], context: Context, seen: Seen | None = None) -> pa.RecordBatch:
        """Return the rows of some pages as `decode` does, and count them for their fetch."""
        batch = self.decode(pages, seen)
        if self._time is not None and batch.num_rows:
            self._note_oldest(batch.column(self._time))
        if self._masked:
            self._tell_of_masked(batch, context)
        if self._fetch is not None:
            context.decoded(self._fetch, batch.num_rows)
        return batch

    def _tell_of_masked(self, batch: pa.RecordBatch, context: Context) -> None:
        """Warn once of each kind of personal data of which a row lacks some."""
        lacking = [(c, w) for c, w in self._masked if any(batch.column(n).null_count for n in c)]
        for _, warning in lacking:
            context.warn(warning)
        self._masked = [each for each in self._masked if each not in lacking]

    def _note_oldest(self, times: pa.Array) -> None:
        import pyarrow.compute as pc  # late: a process pays for it with its first page, not with its first statement

        found = [t for t in (self.oldest, pc.min(times).as_py()) if t is not None]
        self.oldest = min(found, default=None)

    def _decode(self, bodies: list[tuple[Page, bytes]]) -> pa.RecordBatch:
        if not bodies:
            return empty(self._decoded)
        first, *others = self._branches
        constants = [first.constants(page) for page, _ in bodies]
        if not others and not first.numbered and all(c == constants[0] for c in constants):
            return first.decode([body for _, body in bodies], constants[0])
        parts = [b.of_page(page, body) for page, body in bodies for b in self._branches]
        table = pa.Table.from_batches(parts, self._decoded).combine_chunks()
        return table.to_batches()[0] if table.num_rows else empty(self._decoded)


class Seen:
    """The keys of the rows that a scan read last: Amazon's pages move while they are read, and a row comes twice.

    It can only come again a few pages later, so that no more need be remembered. `warn` is told, once, that rows were
    left out, or that one comes for each of several values that it was asked by.
    """

    def __init__(self, table: str, warn: Callable[[str], None], keys: int = 20_000) -> None:
        self._table = table
        self._warn = warn
        self._most = keys
        self._keys: dict[tuple[Any, ...], None] = {}
        self._asked: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def fresh(self, keys: Sequence[tuple[Any, ...]], asked: Sequence[str] = ()) -> list[int] | None:
        """Return which of the rows are new, by their keys; None if all are. A key with a NULL is no key.

        `asked` names the columns at the end of each key whose value is what was asked for.
        """
        if asked:
            self._compare(keys, asked)
        found: list[int] = []
        for number, key in enumerate(keys):
            if None in key:
                found.append(number)
            elif key not in self._keys:
                self._keys[key] = None
                found.append(number)
        for old in list(itertools.islice(self._keys, max(0, len(self._keys) - self._most))):
            del self._keys[old]
        if len(found) == len(keys):
            return None
        self._warn(
            f"{self._table}: Amazon gave rows again on a later page, as its data moved while it was read; "
            "each key is given once, as it came first."
        )
        return found

    def _compare(self, keys: Sequence[tuple[Any, ...]], asked: Sequence[str]) -> None:
        """Say so if a row came for another value before."""
        for key in keys:
            row, values = key[: -len(asked)], key[-len(asked) :]
            if self._asked.setdefault(row, values) != values:
                self._warn(
                    f"{self._table}: a row comes once for each value of {', '.join(asked)} that it was asked by, so "
                    "that some come several times."
                )
                return
        for old in list(itertools.islice(self._asked, max(0, len(self._asked) - self._most))):
            del self._asked[old]


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Return the Arrow schema of a scan's columns."""
    return pa.schema([pa.field(c.name, c.type.arrow) for c in columns])


def empty(schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch of no rows."""
    return pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in schema], schema=schema)


def grouped(reader: Reader) -> Iterator[list[Page]]:
    """Yield the first page alone, then as many of the following as have come, a few at once."""
    page, first = reader.next(), True
    while page is not None:
        pages = [page]
        while not first and len(pages) < GROUP_PAGES and reader.ready():
            following = reader.next()
            if following is None:
                break
            pages.append(following)
        first = False
        yield pages
        page = reader.next()


def fetched(rows: Rows, reader: Reader, context: Context) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a reader's pages, each key once."""
    seen = Seen(rows.table, context.warn)
    for pages in grouped(reader):
        batch = rows.read(pages, context, seen)
        context.stats.read(batch.num_rows)
        yield batch


K = TypeVar("K")


def as_they_come(readers: Mapping[K, Reader], context: Context, *, eager: bool = True) -> Iterator[K]:
    """Yield, again and again, whose reader answers without waiting; whoever reads takes out those that are read.

    `eager`: every page will be wanted, so that all fetch side by side; else no further one while some are there.
    """
    while readers:
        context.check()
        waiting = {key: reader for key, reader in readers.items() if not reader.ready()}
        if eager or len(waiting) == len(readers):
            waiting = {key: reader for key, reader in waiting.items() if not reader.ask()}
        if len(waiting) == len(readers):
            context.wait(*(reader.changed for reader in waiting.values()))
        yield from [key for key in readers if key not in waiting]


class ScanSource:
    """A scan as the engine reads it: a schema, and batches that are fetched when they are pulled.

    The engine reads a scan once, but for one inside a recursive CTE, which it reads again for each round and may leave
    before its end: that one keeps its batches (`keep`), and whichever reading gets further fetches the next.
    """

    def __init__(self, schema: pa.Schema, fresh: Iterator[pa.RecordBatch], context: Context, *, keep: bool) -> None:
        self.schema = schema
        self._fresh = fresh
        self._kept = Spool(context.spool_bytes) if keep else None
        self._lock = context.clock.lock()
        self._read = False

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the scan's rows."""
        if self._kept is not None:
            yield from self._replayed(self._kept)
        elif self._read:
            raise InternalError("A scan would be read from Amazon twice by one statement.")
        else:
            self._read = True
            yield from self._fresh

    def _replayed(self, kept: Spool) -> Iterator[pa.RecordBatch]:
        for number in itertools.count():
            with self._lock:
                batch = kept.batch(number)
                if batch is None:
                    batch = next(self._fresh, None)
                    if batch is None:
                        return
                    kept.append(batch)
            yield batch


class BatchSource:
    """Batches that are at hand, as the engine reads them."""

    def __init__(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        self.schema = schema
        self._batches = batches

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches."""
        yield from self._batches
