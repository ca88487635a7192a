"""Record batches -> stdout or a file, as a table, CSV, JSON, Parquet or Arrow, batch by batch.

Must not know where the batches come from.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pyarrow as pa

from amzsql.cli.formats import Format
from amzsql.cli.running import printable
from amzsql.execute.encode import as_json

TABLE_ROWS = 1000
_WIDE = 12


class Writer(Protocol):
    """Takes the batches of one result."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch's rows."""

    def close(self) -> None:
        """Write what ends the result."""


def write(batches: Iterator[pa.RecordBatch], schema: pa.Schema, form: Format, output: Path | None) -> int:
    """Write all batches and return the number of rows. A file appears only when it is complete."""
    rows = 0
    with destination(output) as stream:
        writer = WRITERS[form](stream, schema)
        for batch in batches:
            writer.write(batch)
            rows += batch.num_rows
        writer.close()
    return rows


@contextmanager
def destination(output: Path | None) -> Iterator[BinaryIO]:
    """Lend the stream to write to; a file takes its name when it is complete; until then an old one stays."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif output.exists() and not output.is_file():
        with output.open("wb") as stream:
            yield stream
    else:
        part = output.with_name(f".{output.name}.{os.getpid()}.part")
        try:
            with _created(part, output) as stream:
                yield stream
            part.replace(output)
        finally:
            part.unlink(missing_ok=True)


def _created(part: Path, output: Path) -> BinaryIO:
    """Open the file that becomes the output; an error names the output, which is what the user wrote."""
    if not output.parent.is_dir():
        raise FileNotFoundError(f"The folder {output.parent} of {output} does not exist.")
    try:
        return part.open("xb")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(output)) from None


class CsvWriter:
    """A header and lines as in RFC 4180; NULL is an empty field, times are ISO 8601."""

    def __init__(self, stream: BinaryIO, schema: pa.Schema) -> None:
        self._stream = stream
        self._lines([schema.names])

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a line for each row."""
        self._lines(zip(*([plain(v) for v in column.to_pylist()] for column in batch.columns), strict=True))

    def _lines(self, rows: Any) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._stream.write(text.getvalue().encode())

    def close(self) -> None:
        """Do nothing: every line is written."""


class JsonWriter:
    """One object a row: in an array, or one a line. Decimals are written digit by digit, never through a float."""

    def __init__(self, stream: BinaryIO, schema: pa.Schema, *, lines: bool = False) -> None:
        self._stream = stream
        self._names = distinct(schema.names)
        self._encode = as_json
        self._open, self._between, self._end = (b"", b"\n", b"\n") if lines else (b"[\n", b",\n", b"\n]\n")
        self._any = False

    def write(self, batch: pa.RecordBatch) -> None:
        """Write an object for each row."""
        columns = (column.to_pylist() for column in batch.columns)
        rows = [self._encode(dict(zip(self._names, row, strict=True))) for row in zip(*columns, strict=True)]
        if rows:
            self._stream.write((self._between if self._any else self._open) + self._between.join(rows))
            self._any = True

    def close(self) -> None:
        """Write the end of the array."""
        empty = b"" if self._open == b"" else b"[]\n"
        self._stream.write(self._end if self._any else empty)


class ParquetWriter:
    """A Parquet file, a row group a batch."""

    def __init__(self, stream: BinaryIO, schema: pa.Schema) -> None:
        from pyarrow import parquet

        self._writer = parquet.ParquetWriter(pa.PythonFile(stream, "w"), schema, compression="zstd")

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a row group."""
        self._writer.write_batch(batch)

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


class ArrowWriter:
    """An Arrow IPC stream."""

    def __init__(self, stream: BinaryIO, schema: pa.Schema) -> None:
        self._writer = pa.ipc.new_stream(pa.PythonFile(stream, "w"), schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a message of the stream."""
        self._writer.write_batch(batch)

    def close(self) -> None:
        """Write the end of the stream."""
        self._writer.close()


class TableWriter:
    """Tables of up to a thousand rows for people; rows too wide for the terminal are written one column a line."""

    def __init__(self, stream: BinaryIO, schema: pa.Schema) -> None:
        from rich.console import Console

        terminal = stream is getattr(sys.stdout, "buffer", None) and sys.stdout.isatty()
        # In a pipe or file nothing is cut to a width that nobody has.
        self._console = Console(width=None if terminal else 100_000, soft_wrap=False, highlight=False)
        self._stream = None if terminal else stream
        self._names = list(schema.names)
        self._right = [_is_number(f.type) for f in schema]
        self._records = terminal and sum(min(len(n), _WIDE) + 3 for n in self._names) > self._console.width
        self._rows: list[tuple[Any, ...]] = []
        self._count = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Keep the rows, and write them by the thousand."""
        self._rows += zip(*(column.to_pylist() for column in batch.columns), strict=True)
        while len(self._rows) >= TABLE_ROWS:
            self._flush(TABLE_ROWS)

    def close(self) -> None:
        """Write the rows that are left and their number."""
        if self._rows or not self._count:
            self._flush(len(self._rows))
        self._print(f"{self._count:,} row{'' if self._count == 1 else 's'}")

    def _flush(self, size: int) -> None:
        rows, self._rows = self._rows[:size], self._rows[size:]
        if self._records:
            for number, row in enumerate(rows, self._count + 1):
                self._print(record(number, self._names, row))
        elif self._stream is not None:
            self._stream.write(laid_out(self._names, self._right, rows).encode())
        else:
            self._print(table(self._names, self._right, rows))
        self._count += len(rows)

    def _print(self, what: Any) -> None:
        if self._stream is None:
            self._console.print(what)
            return
        with self._console.capture() as captured:
            self._console.print(what)
        self._stream.write("".join(f"{x.rstrip()}\n" for x in captured.get().splitlines()).encode())


WRITERS: dict[Format, Callable[[BinaryIO, pa.Schema], Writer]] = {
    Format.table: TableWriter,
    Format.csv: CsvWriter,
    Format.json: JsonWriter,
    Format.jsonl: lambda stream, schema: JsonWriter(stream, schema, lines=True),
    Format.parquet: ParquetWriter,
    Format.arrow: ArrowWriter,
}


def table(names: Sequence[str], right: Sequence[bool], rows: Sequence[Sequence[Any]]) -> Any:
    """Return rows as a rich table; numbers stand to the right."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    found = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name, is_right in zip(names, right, strict=True):
        found.add_column(Text(printable(name)), justify="right" if is_right else "left", overflow="fold")
    for row in rows:
        found.add_row(*(Text("–", style="dim") if v is None else Text(shown(v)) for v in row))
    return found


def laid_out(names: Sequence[str], right: Sequence[bool], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as `table` shows them where no line is folded: rich takes seconds for a thousand wide rows."""
    from rich.cells import cell_len

    lines = [[printable(name) for name in names], *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]

    def line(cells: Sequence[str]) -> str:
        found = []
        for text, width, is_right in zip(cells, widths, right, strict=True):
            room = " " * (width - cell_len(text))
            found.append(room + text if is_right else text + room)
        return f" {'   '.join(found)}".rstrip()

    rule = " " + "─" * (sum(widths) + 3 * (len(widths) - 1))
    return "\n".join(["", line(lines[0]), rule, *map(line, lines[1:]), "", ""])


def _cell(value: Any) -> str:
    return "–" if value is None else shown(value)


def record(number: int, names: Sequence[str], row: Sequence[Any]) -> Any:
    """Return one wide row as lines of name and value; columns without a value are left out."""
    from rich.table import Table
    from rich.text import Text

    found = Table(box=None, show_header=False, pad_edge=False, title=f"row {number}", title_justify="left")
    found.add_column(style="bold", no_wrap=True)
    found.add_column(overflow="fold")
    for name, value in zip(names, row, strict=True):
        if value is not None:
            found.add_row(Text(printable(name)), Text(shown(value)))
    return found


def plain(value: Any) -> Any:
    """Return a value as CSV takes it."""
    if value is None or (isinstance(value, str | int | Decimal) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | dict):
        return json.dumps(value, default=str, ensure_ascii=False)
    return value


def shown(value: Any) -> str:
    """Return a value as a table for people shows it: money without the zeros that DECIMAL(18,4) adds."""
    if isinstance(value, Decimal):
        places = -int(value.as_tuple().exponent)
        digits = f"{value:f}"
        while places > 2 and digits.endswith("0"):
            digits, places = digits[:-1], places - 1
        return digits
    if isinstance(value, dt.datetime):
        text = value.isoformat(sep=" ", timespec="seconds")
        return text.replace("+00:00", "Z")
    return printable(str(plain(value)))


def distinct(names: Sequence[str]) -> list[str]:
    """Return names of which none is twice: a JSON object would lose one of them."""
    found: list[str] = []
    for name in names:
        new, number = name, 2
        while new in found:
            new, number = f"{name}_{number}", number + 1
        found.append(new)
    return found


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind))
