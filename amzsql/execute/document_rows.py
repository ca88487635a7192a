"""Pages of a document -> rows of a scan: its columns out of the batch, others out of what is known of the document.

Knows nothing of formats: a page's batch has the document's columns typed already, those of every scan that reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from amzsql.catalog.model import Column, TablePath
from amzsql.clock import utc
from amzsql.execute.columns import constant
from amzsql.execute.pages import Page


class DocumentRows:
    """Reads the columns of one scan."""

    def __init__(self, path: TablePath, columns: Sequence[Column], account: str) -> None:
        self._columns = tuple(columns)
        self._parameters = {c.name: s.parameter for c in columns if (s := path.sources.get(c.name)) and s.parameter}
        self._account = account
        self._schema = pa.schema([pa.field(c.name, c.type.arrow) for c in columns])

    def decode(self, pages: Sequence[Page]) -> pa.RecordBatch:
        """Return the rows of some pages as one batch."""
        batches = [self._read(page, page.batch) for page in pages if page.batch is not None]
        if len(batches) == 1:
            return batches[0]
        table = pa.Table.from_batches(batches, self._schema).combine_chunks()
        if table.num_rows:
            return table.to_batches()[0]
        return pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in self._schema], schema=self._schema)

    def _read(self, page: Page, batch: pa.RecordBatch) -> pa.RecordBatch:
        names = set(batch.schema.names)
        arrays = [
            batch.column(c.name) if c.name in names else constant(c.type.name, self._told(c, page), batch.num_rows)
            for c in self._columns
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _told(self, column: Column, page: Page) -> Any:
        """Return what all rows of a page have in a column that is none of the document's."""
        if column.name == "Account":
            return self._account
        if column.name == "_Source":
            return page.operation
        if column.name == "_AsOf":
            return utc(page.as_of)
        value = page.parameters.get(self._parameters.get(column.name, ""))
        if isinstance(value, tuple):
            return value[0] if len(value) == 1 else None
        return value
