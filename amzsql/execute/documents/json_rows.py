"""JSON documents of any size -> record batches: the rows of one array, a few thousand at a time.

Owns finding the array and cutting it between its elements, which is done on the structure's signs alone; what the
elements hold is read by the decoder of pages, and by their texts where a value is spelt otherwise than its type. Knows
nothing of packing and charsets: it is given UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import numpy as np
import pyarrow as pa

from amzsql import types
from amzsql.errors import DataError, OperationalError
from amzsql.execute.decode import Decoder, Output

from .model import Expected, Found, Notes, batch_of, wrong
from .nested import Columns, Unknown, leaves, more

_FIRST, _WINDOW = 1 << 18, 2 << 20
# One element, or one key, larger than this is not one.
_LONGEST = 64 << 20
_LOOKED_AT = 100
_SPACE = b" \t\r\n"
_KEY = re.compile(rb'\s*(?:,\s*)?(?:"((?:[^"\\]|\\.)*)"\s*:\s*(?=\S)|(\}))', re.DOTALL)
_SCALAR = re.compile(rb'(?:"(?:[^"\\]|\\.)*"|[^\s,\]}"]+(?=[\s,\]}]))', re.DOTALL)
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_SIGNS = np.zeros(256, np.int8)
_QUOTE = 3
_SIGNS[0x22] = _QUOTE
_SIGNS[[0x5B, 0x7B]] = 1
_SIGNS[[0x5D, 0x7D]] = -1


def batches(pieces: Iterator[bytes], expected: Expected, notes: Notes) -> Iterator[pa.RecordBatch]:
    """Yield the rows of the expected array; afterwards read the document to its end."""
    parser = _Parser(expected, notes)
    document = Document(pieces, expected)
    wanted, seen = expected.array.partition("[]")[0], list[str]()
    for name in document.arrays():
        if name == wanted or (not wanted and document.holds_objects()):
            for elements in document.elements():
                yield from parser.parse(elements)
            wanted = name
        seen.append(name)
    if expected.array and wanted not in seen:
        has = f"but {', '.join(seen)}" if seen else "nor any other"
        notes.warn(f"{expected.report_type}: the document has no array {wanted}, {has}: it has no rows.")


def lines(pieces: Iterator[bytes], expected: Expected, notes: Notes) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a document with one object on each line."""
    parser, rest, size = _Parser(expected, notes), b"", _FIRST
    for piece in pieces:
        rest += piece
        if len(rest) >= size and b"\n" in rest:
            whole, rest = rest[: rest.rfind(b"\n")], rest[rest.rfind(b"\n") + 1 :]
            yield from parser.parse(_joined(whole))
            size = _WINDOW
    yield from parser.parse(_joined(rest))


def _joined(whole: bytes) -> bytes:
    """Return lines of objects as elements: a line break inside a text is always escaped."""
    return b",".join(line for line in whole.split(b"\n") if line.strip())


def headers(pieces: Iterator[bytes], expected: Expected, most: int) -> tuple[Found, ...]:
    """Return the paths of each top array of objects, by the rows within its first `most` bytes."""
    document = Document(pieces, expected)
    found: list[Found] = []
    for name in document.arrays():
        paths: dict[str, None] = {}
        read = 0
        for elements in document.elements():
            if read < most:
                for row in _decoded(elements, expected):
                    paths.update((path, None) for path, _ in leaves(row))
            read += len(elements)
        if paths:
            found.append(Found(f"{name}[]" if name else "", tuple(paths)))
    return tuple(found)


def _decoded(elements: bytes, expected: Expected) -> list[dict[str, object]]:
    try:
        rows = msgspec.json.decode(b"[" + elements + b"]")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _no_json(expected, str(error)) from error
    return [row for row in rows if isinstance(row, dict)]


def _no_json(expected: Expected, how: str) -> DataError:
    return wrong(expected, f"the document is not the JSON that it should be: {how}")


def _cut_short(expected: Expected) -> OperationalError:
    return OperationalError(
        f"{expected.report_type}: the document ends in the middle. Run the statement again to download it anew."
    )


class Document:
    """A JSON document that is read from its beginning to its end, once."""

    def __init__(self, pieces: Iterator[bytes], expected: Expected) -> None:
        self._pieces = pieces
        self._expected = expected
        self._rest = b""
        self._at = 0
        self._open = False

    def arrays(self) -> Iterator[str]:
        """Yield the path of each array that is in no other; what is left of it when the next is asked for is skipped.

        Raises OperationalError for a document that ends too early, DataError for one that is no JSON.
        """
        self._skip_space()
        first = self._rest[self._at : self._at + 1]
        self._at += 1
        if first == b"[":
            yield from self._array("")
        elif first == b"{":
            yield from self._members()
        else:
            raise self._misplaced(self._at - 1) if first else _cut_short(self._expected)
        # Read to its end: only then is it known to be whole.
        for _ in self._pieces:
            pass

    def _array(self, path: str) -> Iterator[str]:
        self._open = True
        yield path
        for _ in self.elements():
            pass

    def _members(self) -> Iterator[str]:
        path: list[str] = []
        while True:
            key = self._match(_KEY, b'",}')
            if key[2]:
                if not path:
                    return
                path.pop()
                continue
            name = msgspec.json.decode(b'"' + key[1] + b'"')
            first = self._rest[self._at : self._at + 1]
            if first in (b"[", b"{"):
                self._at += 1
            if first == b"[":
                yield from self._array(".".join((*path, name)))
            elif first == b"{":
                path.append(name)
            else:
                self._match(_SCALAR, first)

    def elements(self) -> Iterator[bytes]:
        """Yield what is left of the array that is being read: some elements at a time, parted by commas."""
        size = _FIRST
        while self._open:
            whole = not self._fill(size)
            end, closed = _cut(self._rest, self._at)
            elements = self._rest[self._at : end].strip(_SPACE + b",")
            if elements or closed:
                self._at = end + closed
                self._open = not closed
                size = _WINDOW
                if elements:
                    yield elements
            elif whole:
                raise _cut_short(self._expected)
            else:
                size = self._longer()

    def holds_objects(self) -> bool:
        """Tell whether the array that has begun has objects in it."""
        self._skip_space()
        return self._rest[self._at : self._at + 1] == b"{"

    def _longer(self) -> int:
        """Return twice of what is at hand, to be read for one element; DataError if that is no element."""
        have = len(self._rest) - self._at
        if have > _LONGEST:
            raise _no_json(self._expected, f"one row is larger than {_LONGEST >> 20} MB")
        return 2 * have + 64

    def _match(self, pattern: re.Pattern[bytes], starts: bytes) -> re.Match[bytes]:
        """Return what a pattern finds here, and go behind it; `starts`: the signs that it may begin with."""
        self._skip_space()
        whole = False
        while True:
            found = pattern.match(self._rest, self._at)
            # What ends at the end of what is at hand may go on.
            if found is not None and (whole or found.end() < len(self._rest)):
                self._at = found.end()
                return found
            begins = self._rest[self._at : self._at + 1]
            if begins and begins not in starts:
                raise self._misplaced(self._at)
            if whole:
                raise _cut_short(self._expected)
            whole = not self._fill(self._longer())

    def _misplaced(self, at: int) -> DataError:
        shown = self._rest[at : at + 40].decode("utf-8", "replace")
        return _no_json(self._expected, f"{shown!r} stands where something else belongs")

    def _fill(self, size: int) -> bool:
        """Read until there are so many bytes from here on; False if the document ends before."""
        parts, have = [self._rest[self._at :]], len(self._rest) - self._at
        if have >= size:
            return True
        while have < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            parts.append(piece)
            have += len(piece)
        self._rest, self._at = b"".join(parts), 0
        return have >= size

    def _skip_space(self) -> None:
        while not self._rest[self._at : self._at + 64].strip() and self._fill(len(self._rest) - self._at + 64):
            pass
        self._at = len(self._rest) - len(self._rest[self._at :].lstrip())


def _cut(text: bytes, at: int) -> tuple[int, bool]:
    """Return where the last whole element of an array ends, from a place between elements on, and if it is the last."""
    window = text[at:]
    if b"\\" in window:
        window = _ESCAPED.sub(b"__", window)
    signs = _SIGNS[np.frombuffer(window, np.uint8)]
    places = np.flatnonzero(signs)
    found = signs[places]
    quotes = found == _QUOTE
    outside = (np.cumsum(quotes) % 2 == 0) & ~quotes
    places, depth = places[outside], np.cumsum(found[outside], dtype=np.int32)
    closing = np.flatnonzero(depth < 0)
    if len(closing):
        return at + int(places[closing[0]]), True
    ends = places[depth == 0]
    return (at + int(ends[-1]) + 1 if len(ends) else at), False


class _Parser:
    """Makes batches of elements of the array."""

    def __init__(self, expected: Expected, notes: Notes) -> None:
        self._expected = expected
        # An element of the top array is a row, or its own arrays hold the rows.
        below = expected.array.removesuffix("[]").partition("[]")[2]
        self._row = f"[]{below}[]" if below else "[]"
        self._unknown = None if below else Unknown(expected, notes)
        self._columns = Columns(expected)
        # Arrow makes money of texts in a tenth of the time that it takes of JSON's numbers one by one.
        self._texts = {n for n, c in enumerate(expected.columns) if c.type == types.MONEY}
        self._decoder = self._made()
        self._number = 1

    def _made(self) -> Decoder:
        """Return the decoder of all columns; those that spell their values otherwise are read as texts."""
        outputs = (
            Output(c.name, _absolute(self._row, c.source), types.VARCHAR if n in self._texts else c.type)
            for n, c in enumerate(self._expected.columns)
        )
        return Decoder(self._row, tuple(outputs), self._expected.report_type)

    def parse(self, elements: bytes) -> Iterator[pa.RecordBatch]:
        """Yield the rows of some elements, if there are any."""
        page = b"[" + elements + b"]"
        try:
            batch = self._decoder.decode([page])
        except DataError:
            columns = self._expected.columns
            self._texts = {n for n, c in enumerate(columns) if c.type not in (types.VARCHAR, types.JSON)}
            self._decoder = self._made()
            batch = self._decoder.decode([page])
        rows = batch.num_rows
        arrays = self._columns.arrays(batch.columns, self._number)
        if self._expected.more is not None:
            arrays.append(self._more(elements, rows))
        elif self._number == 1 and self._unknown is not None:
            # What is new is in the first rows too: to look for it in all would cost more than reading them.
            for row in _decoded(elements, self._expected)[:_LOOKED_AT]:
                self._unknown.of(row)
        self._number += rows
        if rows:
            yield batch_of(self._expected.schema, arrays, rows)

    def _more(self, elements: bytes, rows: int) -> pa.Array:
        if self._unknown is None:
            return pa.nulls(rows, types.JSON.arrow)
        return more([self._unknown.of(row) for row in _decoded(elements, self._expected)])


def _absolute(row: str, source: str) -> str:
    """Return a column's path from the top: each ``../`` leads to the elements around."""
    while source.startswith("../"):
        source = source.removeprefix("../")
        row = row.removesuffix("[]").rpartition("[]")[0] + "[]"
    return f"{row}.{source}"
