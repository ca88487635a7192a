"""Lines of cells, with tabs or commas, quoted or not -> record batches.

Owns cutting a text into blocks of whole lines, and which of two readers takes a block: Arrow's, which is fast, or the
one here (`cells`), for what Arrow does not read: it reads it right or names the line. Blocks are parsed by two threads
of the reader's own while the next ones come. Knows nothing of packing; how values are spelt is `spelling`'s.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from amzsql import types

from . import charsets
from .cells import LONGEST, Cells, is_sound, sound_end
from .headers import Header, header_of
from .model import Expected, Found, Notes, Wanted, batch_of, empty, misfit, wrong
from .spelling import Misfit, Speller

_FIRST, _BLOCK = 1 << 18, 1 << 20
_THREADS = 2
_TRUE = ["true", "True", "TRUE", "1", "Y", "y", "Yes", "YES", "yes"]
_FALSE = ["false", "False", "FALSE", "0", "N", "n", "No", "NO", "no"]


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole lines as UTF-8; `line` is the number of the first. `sound`: every quote is where one may be."""

    text: bytes
    line: int
    lines: int
    sound: bool


@dataclass(frozen=True, slots=True)
class Parsed:
    """A block and its columns by their place: of the wanted type, or texts still."""

    block: Block
    columns: dict[int, pa.Array]


def batches(pieces: Iterator[bytes], media_type: str, expected: Expected, notes: Notes) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a flat file. OperationalError for one that is empty: one without rows has its headers."""
    lines = Lines(pieces, media_type, expected, notes)
    first = lines.head()
    if first is None:
        raise empty(expected, "even a line of headers")
    parser = Parser(expected, lines.cells, header_of(first, expected, notes))
    blocks = lines.blocks()
    for block in blocks:
        yield from _rows(parser.finish(parser.parse(block)))
        break
    # What fits one block needs no threads.
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="amzsql-report")
    waiting: deque[Future[Parsed]] = deque()
    try:
        for block in blocks:
            waiting.append(pool.submit(parser.parse, block))
            if len(waiting) > _THREADS:
                yield from _rows(parser.finish(waiting.popleft().result()))
        while waiting:
            yield from _rows(parser.finish(waiting.popleft().result()))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def headers(pieces: Iterator[bytes], media_type: str, expected: Expected, notes: Notes) -> tuple[Found, ...]:
    """Return the headers of a flat file; none if it is empty."""
    first = Lines(pieces, media_type, expected, notes).head()
    if first is None:
        return ()
    found = header_of(first, expected, notes)
    return (Found("", tuple(name for name in found.names if name)),)


def _rows(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    if batch.num_rows:
        yield batch


class Lines:
    """Cuts a text into blocks of whole lines; decides how it is encoded, parted and quoted."""

    def __init__(self, pieces: Iterator[bytes], media_type: str, expected: Expected, notes: Notes) -> None:
        self._expected = expected
        self._notes = notes
        self._label = charsets.told(media_type, expected, notes)
        self._charset = ""
        self._rest = b""
        self._line = 1
        self._pieces = self._unmarked(pieces)
        self.cells = Cells(b"\t", False, expected)

    def _unmarked(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces without a mark at the start; what cannot be cut into lines as it is, is recoded first."""
        start = b""
        for piece in pieces:
            start += piece
            if len(start) >= 4:
                break
        charset, length = charsets.marked(start)
        wide = charset or self._label
        if charsets.is_wide(wide):
            self._charset = charsets.UTF8
            told = f"text/plain; charset={wide}"
            yield from charsets.as_utf8(_chained(start[length:], pieces), told, self._expected, self._notes)
            return
        self._charset = charset
        yield from _chained(start[length:], pieces)

    def head(self) -> list[str] | None:
        """Return the cells of the first line, None if the document is empty."""
        while b"\n" not in self._rest and self._fill(len(self._rest) + 1):
            if len(self._rest) > LONGEST:
                raise wrong(self._expected, "the first line does not end: the document is no table", line=1)
        if not self._rest.strip():
            return None
        line = self._rest[: self._rest.find(b"\n") + 1] or self._rest
        # The header alone may be ASCII, or too short to tell a charset by.
        self._fill(_FIRST)
        self.cells = _style(line, self._expected)
        end = self._end(self._rest) or len(self._rest)
        self._recode(self._rest[:end], 1)
        text = self._recode(line, 1)
        self._rest, self._line = self._rest[len(line) :], 2
        return next(self.cells.records(text, 1)).cells

    def blocks(self) -> Iterator[Block]:
        """Yield the rest, a block at a time."""
        size = _FIRST
        while True:
            if not self._fill(size):
                if self._rest:
                    yield self._block(len(self._rest))
                return
            end = self._end(self._rest)
            if end:
                yield self._block(end)
                size = _BLOCK
            else:
                # One line, or one quoted cell, longer than a block.
                size = 2 * len(self._rest)
                self._check_length()

    def _check_length(self) -> None:
        if len(self._rest) > LONGEST:
            next(self.cells.records(self._rest, self._line, final=True), None)
            raise wrong(self._expected, f"the line is longer than {LONGEST >> 20} MB", line=self._line)

    def _block(self, end: int) -> Block:
        raw, self._rest = self._rest[:end], self._rest[end:]
        count = raw.count(b"\n") + (not raw.endswith(b"\n"))
        text = self._recode(raw, self._line)
        block = Block(text, self._line, count, not self.cells.quoted or is_sound(text, self.cells.sign))
        self._line += count
        return block

    def _end(self, text: bytes) -> int:
        """Return where the last whole record ends; 0 if none does."""
        if not self.cells.quoted:
            return text.rfind(b"\n") + 1
        end, sound = sound_end(text, self.cells.sign)
        return end if sound else self.cells.end(text, self._line)

    def _fill(self, size: int) -> bool:
        """Read until there are so many bytes; False if the document ends before."""
        parts, have = [self._rest], len(self._rest)
        while have < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            parts.append(piece)
            have += len(piece)
        self._rest = b"".join(parts)
        return have >= size

    def _recode(self, raw: bytes, line: int) -> bytes:
        """Return whole lines as UTF-8; their charset is decided where something but ASCII comes first."""
        if raw.isascii():
            self._notes.charset = self._notes.charset or charsets.UTF8
            return raw
        if not self._charset:
            self._charset = charsets.decided(raw, self._label, self._expected, self._notes)
            self._charset = self._charset or self._label or charsets.UTF8
        self._notes.charset = self._charset
        if self._charset == charsets.UTF8:
            return raw  # Arrow proves it
        return charsets.readable(raw, self._charset, line, self.cells.sign, self._expected).encode()


def _chained(start: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield start
    yield from pieces


def _style(line: bytes, expected: Expected) -> Cells:
    """Return how cells are parted and quoted: by the format, unless the first line shows otherwise.

    Where every header is quoted, the values are; a TSV whose headers are not has quotes that mean themselves.
    """
    tabs, commas = line.count(b"\t"), line.count(b",")
    sign = b"\t" if expected.format == "TSV" else b","
    if sign == b"," and tabs and not commas:
        sign = b"\t"
    elif sign == b"\t" and not tabs and commas and len(expected.known) != 1:
        sign = b","
    cells = line.strip().split(sign)
    quoted = sign == b"," or all(len(c) > 1 and c[:1] == c[-1:] == b'"' for c in cells)
    return Cells(sign, quoted, expected)


class Parser:
    """Parses the blocks of one document: any thread may call `parse`; `finish` takes the blocks in order."""

    def __init__(self, expected: Expected, cells: Cells, header: Header) -> None:
        self._expected = expected
        self._cells = cells
        self._cells.width = len(header.names)
        self._schema = expected.schema
        self._names = [str(n) for n in range(len(header.names))]
        self._places = [header.place(c.source) for c in expected.columns]
        self._new = [(n, header.names[n]) for n in header.new] if expected.more is not None else []
        self._spellers = [Speller(c.type, expected.country, expected.report_type) for c in expected.columns]
        self._asked = list(dict.fromkeys([*(p for p in self._places if p is not None), *(n for n, _ in self._new)]))

    def parse(self, block: Block) -> Parsed:
        """Return a block's columns, as values where Arrow reads them. Raises DataError for lines that are no rows."""
        if block.sound and _breaks_are_whole(block.text):
            for typed in (True, False):
                try:
                    return Parsed(block, self._read(block, typed=typed))
                except pa.ArrowException:
                    continue
        charsets.readable(block.text, charsets.UTF8, block.line, self._cells.sign, self._expected)
        rows = [record.cells for record in self._cells.records(block.text, block.line, final=True)]
        return Parsed(block, {p: pa.array([row[p] or None for row in rows], pa.string()) for p in self._asked or [0]})

    def _read(self, block: Block, *, typed: bool) -> dict[int, pa.Array]:
        """Return the columns by their place, read by Arrow; those of a column that spells its own way are texts."""
        from pyarrow import csv  # late: only documents need it

        placed = zip(self._places, self._spellers, strict=True)
        kinds = {str(p): s.kind.arrow for p, s in placed if typed and p is not None and not s.loose}
        places = self._asked or [0]
        table = csv.read_csv(
            pa.py_buffer(block.text),
            csv.ReadOptions(use_threads=False, block_size=len(block.text) + 1, column_names=self._names),
            csv.ParseOptions(
                delimiter=self._cells.sign.decode(),
                quote_char='"' if self._cells.quoted else False,
                newlines_in_values=self._cells.quoted,
                ignore_empty_lines=len(self._names) > 1,
            ),
            csv.ConvertOptions(
                column_types={str(p): pa.string() for p in places} | kinds,
                include_columns=[str(p) for p in places],
                null_values=[""],
                strings_can_be_null=True,
                true_values=_TRUE,
                false_values=_FALSE,
            ),
        ).combine_chunks()
        batch = table.to_batches()[0] if table.num_rows else None
        return {p: batch.column(n) if batch else pa.nulls(0, pa.string()) for n, p in enumerate(places)}

    def finish(self, parsed: Parsed) -> pa.RecordBatch:
        """Return the rows of a block. Raises DataError for a value that does not fit."""
        block, columns = parsed.block, parsed.columns
        rows = len(next(iter(columns.values())))
        arrays = []
        for wanted, place, speller in zip(self._expected.columns, self._places, self._spellers, strict=True):
            if place is None:
                arrays.append(pa.nulls(rows, wanted.type.arrow))
                continue
            if speller.loose and columns[place].type != pa.string():
                # An earlier block has shown meanwhile that the column spells its own way.
                columns |= self._read(block, typed=False)
            array = columns[place]
            arrays.append(array if array.type == wanted.type.arrow else self._spelt(block, array, wanted, speller))
        if self._expected.more is not None:
            arrays.append(_more({name: columns[place] for place, name in self._new}, rows))
        return batch_of(self._schema, arrays, rows)

    def _spelt(self, block: Block, texts: pa.Array, wanted: Wanted, speller: Speller) -> pa.Array:
        try:
            return speller.convert(texts)
        except Misfit as error:
            records = self._cells.records(block.text, block.line, final=True)
            line = next((r.line for n, r in enumerate(records) if n == error.row), block.line)
            raise misfit(self._expected, wanted, error.text, f"line {line:,}") from None


def _breaks_are_whole(text: bytes) -> bool:
    """Tell whether every carriage return belongs to a line break: Arrow would break the line at any."""
    return b"\r" not in text or text.count(b"\r") == text.count(b"\r\n")


def _more(columns: dict[str, pa.Array], rows: int) -> pa.Array:
    """Return what the unknown columns hold as JSON texts, null where they hold nothing."""
    if not columns:
        return pa.nulls(rows, types.JSON.arrow)
    texts = []
    for row in zip(*(column.to_pylist() for column in columns.values()), strict=True):
        held = {name: value for name, value in zip(columns, row, strict=True) if value is not None}
        texts.append(msgspec.json.encode(held).decode() if held else None)
    return pa.array(texts, types.JSON.arrow)
