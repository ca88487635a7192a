"""What a reader of a document is told and tells: what is wanted, what is expected, what was found.

Knows nothing of formats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pyarrow as pa

from amzsql.errors import DataError, OperationalError
from amzsql.types import JSON, SqlType

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column to read.

    `source` is its header, or its path below the row (``salesByDate.unitsOrdered``; of JSON an array is its text); of
    PDF and ZIP ``name`` or ``content``. `kind` is that of the facts: date, time, int, num, percent, …; only the type
    decides what comes out.
    """

    name: str
    source: str
    type: SqlType
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of a document before it is read.

    `format` is TSV, CSV, JSON, JSONL, XML, XLSX, PDF or ZIP. `array` is the path of the rows: of JSON the array
    (``dataByAsin``, with or without ``[]``; empty: the document itself is the array, or its first array of objects is
    meant), of XML the repeated element below a record that is a row of its own (``OrderItem``; empty: each record is a
    row). `country`: of the marketplace, for spellings and charset. `known`: every header or path that the type is known
    to have, in order; empty if none is. `words`: language -> English header -> localized. `more` names the column that
    gets the values of unknown headers as JSON text. `name`: what a file in one piece is called. `by_position`: columns
    are known by their place alone, so that nothing need be said where headers are taken so.
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
    by_position: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The schema of the batches: the wanted columns in their order, `more` last."""
        more = [] if self.more is None else [pa.field(self.more, JSON.arrow)]
        return pa.schema([*(pa.field(c.name, c.type.arrow) for c in self.columns), *more])


@dataclass(frozen=True, slots=True)
class Found:
    """What a document has: the headers of its columns, or the paths below a row of the array `array`, in order.

    Localized headers are told in English where the word is known.
    """

    array: str
    names: tuple[str, ...]


@dataclass(slots=True)
class Notes:
    """What is noticed while a document is read: its charset, and headers or paths that were not known."""

    warn: Warn
    charset: str = ""
    new: tuple[str, ...] = ()


def batch_of(schema: pa.Schema, arrays: list[pa.Array], rows: int) -> pa.RecordBatch:
    """Return a batch of the arrays; without any column it still has its rows."""
    if arrays:
        return pa.RecordBatch.from_arrays(arrays, schema=schema)
    return pa.RecordBatch.from_struct_array(pa.StructArray.from_buffers(pa.struct([]), rows, [None]))


def wrong(expected: Expected, what: str, *, column: str = "", line: int | None = None) -> DataError:
    """Return the error of a place in a document."""
    where = "".join((f", line {line:,}" if line is not None else "", f", column {column}" if column else ""))
    return DataError(f"{expected.report_type}{where}: {what}")


def empty(expected: Expected, without: str) -> OperationalError:
    """Return the error of a document with nothing in it, where even one without rows has something."""
    return OperationalError(
        f"{expected.report_type}: the document is empty, without {without}. Run the statement again to download it "
        "anew."
    )


def misfit(expected: Expected, wanted: Wanted, value: str, place: str) -> DataError:
    """Return the error of a value that does not fit its column; `place` is ``line 7`` or ``row 7``."""
    shown = repr(value) if len(repr(value)) <= 80 else repr(value)[:77] + "..."
    return DataError(
        f"{expected.report_type}, {place}, column {wanted.source}: Amazon's value {shown} does not fit {wanted.type}; "
        "leave the column out of the statement to read the others."
    )
