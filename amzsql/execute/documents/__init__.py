"""Documents of reports as record batches: what was downloaded goes in piece by piece, rows of the wanted columns come out.

Owns what a reader of a document is given and gives; the formats are modules beside this one. Must not know of requests,
plans, tables or clocks: a download is an iterator of bytes, a column a name, a place and a type.

    with reports.open(report) as download:
        reader = documents.read(download, expected, warn)
        for batch in reader: ...

Nothing is read ahead of what is asked for but a block or two, and leaving the loop early leaves the rest undownloaded
(`close()`, or the garbage collector, ends the reader's thread).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pyarrow as pa

from amzsql.transport.download import Download
from amzsql.types import SqlType

__all__ = ["Expected", "Found", "Reader", "Wanted", "header", "read"]

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column to read.

    `source` is its header, or its path below the row (``salesByDate.unitsOrdered``; of JSON an array without index is
    its text); of PDF and ZIP ``name`` or ``content``. `kind` is that of the facts: date, time, int, num, percent, …;
    only the type decides what comes out.
    """

    name: str
    source: str
    type: SqlType
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of a document before it is read.

    `format` is TSV, CSV, JSON, JSONL, XML, XLSX, PDF or ZIP. `array` is the path of the rows: of JSON the array
    (``dataByAsin``, with or without ``[]``; empty: the document itself is the array, or has just one), of XML the
    repeated element below a record that is a row of its own (``OrderItem``; empty: each record is a row).
    `country`: of the marketplace, for spellings and charset. `known`: every header or path that the type is known to
    have, in order; empty if none is. `words`: language -> English header -> localized. `more` names the column that
    gets the values of unknown headers as JSON text. `name`: what a file in one piece is called.
    """

    report_type: str
    format: str
    columns: tuple[Wanted, ...]
    array: str = ""
    country: str = ""
    known: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    more: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a document has: the headers of its columns, or the paths below a row of the array `array`, in order.

    Localized headers are told in English where the word is known.
    """

    array: str
    names: tuple[str, ...]


class Reader:
    """A document that is being read; iterate it once.

    Attributes:
        schema: the wanted columns in their order, `more` last.
        charset: how the text is encoded, once the first batch is there; empty for binary files.
        new: headers or paths so far that are not among the known ones, if any are known.
    """

    schema: pa.Schema
    charset: str
    new: tuple[str, ...]

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, some thousands a batch.

        Raises DataError for what does not fit its column or is no document of that kind (type, column and line are
        told), OperationalError for a document that ends too early, NotSupportedError for a missing extra.
        """
        raise StopIteration

    def close(self) -> None:
        """Stop reading; idempotent."""


def read(download: Download, expected: Expected, warn: Warn = lambda _: None) -> Reader:
    """Return the reader of a document; nothing is read yet. `warn` is told of guesses and of missing columns."""
    raise StopIteration(download, expected, warn)


def header(download: Download, expected: Expected, warn: Warn = lambda _: None) -> tuple[Found, ...]:
    """Return what columns a document has, reading as little of it as tells: of flat files the first line.

    Of JSON and XML it is the union of the first rows of each array, so far as they begin in the first few MB.
    """
    raise StopIteration(download, expected, warn)
