"""Documents of reports as record batches: downloaded pieces go in, rows of the wanted columns come out.

Owns which format is read by what; the formats are modules beside this one. Must not know of requests, plans, tables or
clocks: a download is an iterator of bytes, a column a name, a place and a type.

    with reports.open(report) as download:
        for batch in documents.read(download, expected, warn): ...

Nothing is read ahead of what is asked for but a block or two, and leaving the loop early leaves the rest undownloaded
(`close()`, or the garbage collector, ends the reader's threads).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pyarrow as pa

from amzsql.transport.download import Download

from . import charsets, flat, json_rows, sheets, whole, xml_rows
from .model import Expected, Found, Notes, Wanted, Warn
from .unpack import unpacked

__all__ = ["Expected", "Found", "Reader", "Wanted", "header", "read"]

# So many bytes of an array tell what its rows have.
_LOOKED_AT = 4 << 20
_TEXTS = {"JSON": json_rows.batches, "JSONL": json_rows.lines, "XML": xml_rows.batches}
_BLANK = b"\xef\xbb\xbf \t\r\n"


class Reader:
    """A document that is being read; iterate it once.

    Attributes:
        schema: the wanted columns in their order, `more` last.
    """

    def __init__(self, batches: Iterator[pa.RecordBatch], expected: Expected, notes: Notes) -> None:
        self.schema = expected.schema
        self._batches = batches
        self._notes = notes

    @property
    def charset(self) -> str:
        """How the text is encoded, as far as it is known by now; empty for binary files."""
        return self._notes.charset

    @property
    def new(self) -> tuple[str, ...]:
        """Headers or paths so far that are not among the known ones, if any are known."""
        return self._notes.new

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, some thousands a batch.

        Raises DataError for what does not fit its column or is no document of that kind (type, column and line are
        told), OperationalError for a document that ends too early, NotSupportedError for a missing extra.
        """
        return self._batches

    def close(self) -> None:
        """Stop reading; idempotent."""
        close = getattr(self._batches, "close", None)
        if close is not None:
            close()


def read(download: Download, expected: Expected, warn: Warn = lambda _: None) -> Reader:
    """Return the reader of a document; nothing is read yet. `warn` is told of guesses and of missing columns."""
    notes = Notes(warn)
    return Reader(_batches(download, expected, notes), expected, notes)


def _batches(download: Download, expected: Expected, notes: Notes) -> Iterator[pa.RecordBatch]:
    pieces = unpacked(download, expected.report_type)
    kind, pieces = _kind(pieces, expected)
    if kind in ("TSV", "CSV"):
        yield from flat.batches(pieces, download.media_type, expected, notes)
    elif kind in ("PDF", "ZIP"):
        yield from whole.batches(pieces, expected)
    elif kind == "XLSX":
        yield from sheets.batches(pieces, expected, notes)
    else:
        text = charsets.as_utf8(pieces, download.media_type, expected, notes)
        yield from _TEXTS[kind](text, expected, notes)


def header(download: Download, expected: Expected, warn: Warn = lambda _: None) -> tuple[Found, ...]:
    """Return what columns a document has, reading as little of it as tells: of flat files the first line.

    Of JSON and XML it is the union of the first rows of each array, of some MB of them.
    """
    notes = Notes(warn)
    kind, pieces = _kind(unpacked(download, expected.report_type), expected)
    if kind in ("TSV", "CSV"):
        return flat.headers(pieces, download.media_type, expected, notes)
    if kind == "XLSX":
        return sheets.headers(pieces, expected, notes)
    if kind in ("PDF", "ZIP"):
        return (Found("", ("name", "content")),)
    text = charsets.as_utf8(pieces, download.media_type, expected, notes)
    look = xml_rows.headers if kind == "XML" else json_rows.headers
    return look(text, expected, _LOOKED_AT)


def _kind(pieces: Iterator[bytes], expected: Expected) -> tuple[str, Iterator[bytes]]:
    """Return which format a document has: the expected one, but for tables that turn out to be JSON."""
    first = next(pieces, b"")
    kind = expected.format
    if kind in ("TSV", "CSV") and first.lstrip(_BLANK)[:1] in (b"{", b"["):
        kind = "JSON"
    return kind, itertools.chain((first,), pieces) if first else pieces
