"""Pages -> record batches of one scan: which field is which column, and what the request itself says of a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from amzsql.catalog.model import Column
from amzsql.clock import utc
from amzsql.errors import InternalError
from amzsql.execute.context import Context
from amzsql.execute.decode import Decoder, Output
from amzsql.execute.scan import Page, Reader
from amzsql.plan.nodes import ScanPlan

GROUP_PAGES = 5


class Rows:
    """Decodes the pages of a fetch for one scan."""

    def __init__(self, scan: ScanPlan, account: str) -> None:
        assert scan.path is not None  # a scan without a path reads no pages
        self._account = account
        self.table = scan.ref.table.name
        self._sources = scan.path.sources
        self._columns = scan.ref.columns
        outputs = [self._output(column) for column in self._columns]
        self._decoder = Decoder(scan.path.row_path, outputs, scan.ref.table.name)
        self._given = [c for c in self._columns if not self._path(c)]
        self.schema = schema_of(self._columns)

    def _path(self, column: Column) -> str:
        source = self._sources.get(column.name)
        return source.path if source is not None else ""

    def _output(self, column: Column) -> Output:
        source = self._sources.get(column.name)
        return Output(column.name, self._path(column), column.type, source.values if source else ())

    def decode(self, pages: Sequence[Page]) -> pa.RecordBatch:
        """Return the rows of some pages as one batch."""
        bodies = [(p, self._constants(p)) for p in pages if p.body is not None]
        if not bodies:
            return empty(self.schema)
        if not self._given or all(c == bodies[0][1] for _, c in bodies):
            return self._decoder.decode([p.body for p, _ in bodies if p.body is not None], bodies[0][1])
        parts = [self._decoder.decode([p.body], constants) for p, constants in bodies if p.body is not None]
        table = pa.Table.from_batches(parts, self.schema).combine_chunks()
        return table.to_batches()[0] if table.num_rows else empty(self.schema)

    def _constants(self, page: Page) -> dict[str, Any]:
        """Return the values of the columns that the answer does not hold."""
        return {c.name: self._constant(c, page) for c in self._given}

    def _constant(self, column: Column, page: Page) -> Any:
        if column.name == "Account":
            return self._account
        if column.name == "_Source":
            return page.operation
        if column.name == "_AsOf":
            return utc(page.as_of)
        source = self._sources.get(column.name)
        value = page.parameters.get(source.parameter) if source is not None and source.parameter else None
        if source is not None and any(page.parameters.get(name) != other for name, other in source.given):
            return None
        if isinstance(value, tuple):
            value = value[0] if len(value) == 1 else None
        if isinstance(value, dt.datetime) or source is None:
            return value
        return dict(source.values).get(str(value), value)


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Return the Arrow schema of a scan's columns."""
    return pa.schema([pa.field(c.name, c.type.arrow) for c in columns])


def empty(schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch of no rows."""
    return pa.RecordBatch.from_arrays([pa.array([], f.type) for f in schema], schema=schema)


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


class ScanSource:
    """A scan as the engine reads it: a schema, and batches that are fetched when they are pulled.

    The engine reads a scan once, but for one inside a recursive CTE: that one keeps its batches (`keep`).
    """

    def __init__(self, rows: Rows, reader: Reader, context: Context, *, keep: bool) -> None:
        self.schema = rows.schema
        self._rows = rows
        self._reader = reader
        self._context = context
        self._keep = keep
        self._kept: list[pa.RecordBatch] = []
        self._read = False

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the scan's rows."""
        if self._read and not self._keep:
            raise InternalError(f"{self._rows.table} would be read from Amazon twice by one statement.")
        if self._read:
            yield from self._kept
            return
        self._read = True
        for pages in grouped(self._reader):
            batch = self._rows.decode(pages)
            self._context.stats.page(batch.num_rows)
            if self._keep:
                self._kept.append(batch)
            yield batch


class BatchSource:
    """Batches that are at hand, as the engine reads them."""

    def __init__(self, schema: pa.Schema, batches: Sequence[pa.RecordBatch]) -> None:
        self.schema = schema
        self._batches = batches

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches."""
        yield from self._batches
