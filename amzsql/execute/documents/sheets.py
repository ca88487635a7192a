"""Workbooks (XLSX) -> record batches: the first sheet, row by row, its first line the header.

A workbook can only be read when it is there as a whole: it goes to a temporary file. Cells become texts in the form of
programs, and are read like those of other files. Needs the extra `xlsx`.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import IO, Any

import pyarrow as pa

from amzsql import types
from amzsql.errors import NotSupportedError, OperationalError

from .headers import Header, header_of
from .model import Expected, Found, Notes, batch_of, empty, wrong
from .nested import Columns, more

_ROWS = 8192
_IN_MEMORY = 8 << 20
# Unpacked, and how many times what it was packed to.
_LARGEST, _RATIO = 4 << 30, 200


def batches(pieces: Iterator[bytes], expected: Expected, notes: Notes) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a workbook. Raises NotSupportedError where the extra is missing."""
    with _sheet(pieces, expected) as lines:
        number, head = next(lines, (0, []))
        if not head:
            raise empty(expected, "even a line of headers")
        header = header_of([cell or "" for cell in head], expected, notes)
        maker = _Maker(expected, header)
        for number, cells in lines:
            yield from maker.add(number, cells)
        yield from maker.rest()


def headers(pieces: Iterator[bytes], expected: Expected, notes: Notes) -> tuple[Found, ...]:
    """Return the headers of a workbook's first sheet."""
    with _sheet(pieces, expected) as lines:
        _, head = next(lines, (0, []))
        if not head:
            return ()
        names = header_of([cell or "" for cell in head], expected, notes).names
        return (Found("", tuple(name for name in names if name)),)


@contextmanager
def _sheet(pieces: Iterator[bytes], expected: Expected) -> Iterator[Iterator[tuple[int, list[str | None]]]]:
    try:
        import openpyxl
    except ImportError:
        raise NotSupportedError(
            f"{expected.report_type} is a workbook; to read it, install its extra: pip install amzsql[xlsx]"
        ) from None
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        for piece in pieces:
            file.write(piece)
        _check(file, expected)
        with closing(openpyxl.load_workbook(file, read_only=True, data_only=True)) as book:
            yield _lines(book)


def _check(file: IO[bytes], expected: Expected) -> None:
    """Raise for what is no whole workbook, or one that is far larger than it looks."""
    packed = file.tell()
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise OperationalError(
            f"{expected.report_type}: the workbook is damaged or ends too early. Run the statement again to download "
            "it anew."
        ) from error
    if unpacked > min(_LARGEST, max(_IN_MEMORY, packed * _RATIO)):
        raise wrong(expected, f"the workbook grows from {packed:,} to {unpacked:,} bytes; it is not read")
    file.seek(0)


def _lines(book: Any) -> Iterator[tuple[int, list[str | None]]]:
    """Yield the number and the texts of each line that has any."""
    for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
        texts = [_text(cell) for cell in cells]
        if any(text is not None for text in texts):
            yield number, texts


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ") if value.time() != dt.time() else value.date().isoformat()
    return str(value)


class _Maker:
    """Makes batches of lines of cells."""

    def __init__(self, expected: Expected, header: Header) -> None:
        self._expected = expected
        self._places = [header.place(c.source) for c in expected.columns]
        self._new = [(place, header.names[place]) for place in header.new]
        self._columns = Columns(expected)
        self._rows: list[list[str | None]] = []
        self._numbers: list[int] = []

    def add(self, number: int, cells: list[str | None]) -> Iterator[pa.RecordBatch]:
        """Add a line; yield a batch if there are enough."""
        self._rows.append(cells)
        self._numbers.append(number)
        if len(self._rows) >= _ROWS:
            yield from self.rest()

    def rest(self) -> Iterator[pa.RecordBatch]:
        """Yield what was added since the last batch, if there is anything."""
        rows = len(self._rows)
        if not rows:
            return
        texts = [pa.array([_cell(row, place) for row in self._rows], pa.string()) for place in self._places]
        arrays = self._columns.arrays(texts, [f"line {number:,}" for number in self._numbers])
        if self._expected.more is not None:
            arrays.append(more([self._unknown(row) for row in self._rows]) if self._new else _nothing(rows))
        self._rows, self._numbers = [], []
        yield batch_of(self._expected.schema, arrays, rows)

    def _unknown(self, row: list[str | None]) -> dict[str, str]:
        return {name: text for place, name in self._new if (text := _cell(row, place)) is not None}


def _nothing(rows: int) -> pa.Array:
    return pa.nulls(rows, types.JSON.arrow)


def _cell(row: list[str | None], place: int | None) -> str | None:
    return row[place] if place is not None and place < len(row) else None
