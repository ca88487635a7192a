"""One page -> the rows of one array in it: fields, what the request says, constants, and numbers among equals.

Knows which source fills a column; nothing of fetches or of the other arrays that feed the same table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from amzsql.catalog.model import Column, ColumnSource, TableBranch
from amzsql.catalog.spelling import pairs_of
from amzsql.clock import utc
from amzsql.execute.decode import Decoder, Output
from amzsql.execute.numbers import Numbers, is_numbered, numbered, place_of
from amzsql.execute.pages import Page


class BranchRows:
    """Decodes the pages of a scan for one array; `numbered`: a column counts over the pages, which come one by one."""

    def __init__(self, branch: TableBranch, columns: Sequence[Column], table: str, account: str) -> None:
        self._sources = branch.sources
        self._account = account
        counted = {c.name: p for c in columns if is_numbered(p := self._path(c))}
        self._numbers = {name: Numbers(path) for name, path in counted.items()}
        self.numbered = bool(counted)
        self._decoder = Decoder(branch.row_path, [self._output(c) for c in columns], table)
        self._given = [c for c in columns if not self._path(c)]

    def _path(self, column: Column) -> str:
        source = self._sources.get(column.name)
        return source.path if source is not None else ""

    def _output(self, column: Column) -> Output:
        source = self._sources.get(column.name)
        return Output(column.name, place_of(self._path(column)), column.type, source.values if source else ())

    def decode(self, bodies: Sequence[bytes], constants: Mapping[str, Any]) -> pa.RecordBatch:
        """Return the rows of some pages that have the same constants, if no column is numbered."""
        return self._decoder.decode(bodies, constants)

    def of_page(self, page: Page, body: bytes) -> pa.RecordBatch:
        """Return the rows of one page, numbered."""
        batch = self._decoder.decode([body], self.constants(page))
        for name, numbers in self._numbers.items():
            batch = numbered(batch, name, numbers.of(body, page.parameters))
        return batch

    def constants(self, page: Page) -> dict[str, Any]:
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
        if source is None or source.parameter is None:
            return source and source.constant
        return _asked(source, page.parameters)


def _asked(source: ColumnSource, parameters: Mapping[str, Any]) -> Any:
    """Return the value that the request had for a column."""
    value = parameters.get(source.parameter) if source.parameter else None
    if any(parameters.get(name) != other for name, other in source.given):
        return None
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else None
    if isinstance(value, dt.datetime):
        return value
    return dict(pairs_of(source.values)).get(str(value), value)
