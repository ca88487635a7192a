"""XML documents of any size -> record batches: each record, or each of its repeated elements, is a row.

Owns finding the records and what of an element is a value: the text of one without children, an attribute, or, beside
attributes, the text by the name ``value`` or ``text``. The parser is hardened: no document type, hence no entities and
nothing external; depth and size of a record are limited. Knows nothing of packing and charsets: it is given UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

import msgspec
import pyarrow as pa

from amzsql import types
from amzsql.errors import DataError, OperationalError

from .headers import plain
from .model import Expected, Found, Notes, batch_of, wrong
from .nested import Columns, Unknown, leaves, more

_ROWS = 8192
_LOOKED_AT = 100
_DEEPEST, _LONGEST = 64, 32 << 20
_TOO_DEEP = f"elements are nested more than {_DEEPEST} deep"
_TEXT = ("value", "text")


class Element:
    """An element of a record, or an attribute: `children` by their plain names, each with those of that name."""

    __slots__ = ("children", "name", "text")

    def __init__(self, name: str, text: str = "") -> None:
        self.name = name
        self.text = text
        self.children: dict[str, list[Element]] = {}

    def json(self) -> Any:
        """Return what JSON would have in its place: a text, an object, and arrays of what is repeated."""
        text = self.text.strip()
        if not self.children:
            return text or None
        found: dict[str, Any] = {}
        for values in self.children.values():
            inner = [value.json() for value in values]
            found[values[0].name] = inner if len(inner) > 1 else inner[0]
        if text:
            found["text" if "value" in found else "value"] = text
        return found


def batches(pieces: Iterator[bytes], expected: Expected, notes: Notes) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a document."""
    maker = _Maker(expected, notes)
    reader = _Records(expected)
    for piece in pieces:
        for record, line in reader.feed(piece):
            yield from maker.add(record, line)
    reader.parse(b"", final=True)
    yield from maker.rest()


def headers(pieces: Iterator[bytes], expected: Expected, most: int) -> tuple[Found, ...]:
    """Return the paths below a record, by the records within the first `most` bytes.

    Where no column is known, records are what the document repeats: the elements nearest to its root that do not stand
    alone and have elements in them; else those that hold most.
    """
    kept, size = [], 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size > most:
            break
    places = _Places(expected)
    for piece in kept:
        places.parse(piece)
    if size <= most:
        places.parse(b"", final=True)
    paths: dict[str, None] = {}
    reader = _Records(expected, () if _firsts(expected) else places.likely())
    for piece in kept:
        for record, _ in reader.feed(piece):
            value = record.json()
            if isinstance(value, dict):
                paths.update((path, None) for path, _ in leaves(value))
    return (Found("", tuple(paths)),) if paths else ()


class _Parser:
    """A hardened parser; what it finds is told to `_start`, `_end` and `_characters`."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._path: list[str] = []
        parser = self._parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def _start(self, tag: str, _: Sequence[str]) -> None:
        self._path.append(tag.rpartition(":")[2])
        if len(self._path) > _DEEPEST:
            raise self._wrong(_TOO_DEEP)

    def _end(self, _: str) -> None:
        self._path.pop()

    def _characters(self, text: str) -> None:
        pass

    def _refuse(self, *_: object) -> None:
        raise self._wrong("the document declares a type or entities, which no report does; it is not read")

    def _wrong(self, how: str) -> DataError:
        return wrong(self._expected, how, line=self._parser.CurrentLineNumber)

    def parse(self, piece: bytes, *, final: bool = False) -> None:
        """Parse a piece. Raises DataError; OperationalError for a document that is cut short."""
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError as error:
            if final:
                raise OperationalError(
                    f"{self._expected.report_type}: the document ends in the middle. Run the statement again to "
                    "download it anew."
                ) from error
            what = f"the document is not the XML that it should be: {expat.ErrorString(error.code)}"
            raise wrong(self._expected, what, line=error.lineno) from error


class _Places(_Parser):
    """Counts elements by their path, and those below them."""

    def __init__(self, expected: Expected) -> None:
        super().__init__(expected)
        self._counts: dict[tuple[str, ...], int] = {}
        self._held: dict[tuple[str, ...], int] = {}

    def _start(self, tag: str, attributes: Sequence[str]) -> None:
        super()._start(tag, attributes)
        path = tuple(self._path)
        self._counts[path] = self._counts.get(path, 0) + 1
        for depth in range(2, len(path)):
            self._held[path[:depth]] = self._held.get(path[:depth], 0) + 1

    def likely(self) -> list[str]:
        """Return the path of the records, empty if there are none."""
        repeated = [path for path in self._held if self._counts[path] > 1]
        if repeated:
            return list(sorted(repeated, key=len)[0])
        fullest = sorted(self._held, key=lambda path: (self._held[path], len(path)))
        return list(fullest[-1]) if fullest else []


class _Records(_Parser):
    """Gives a document's records as they end.

    `record` is their path; if it is empty, they are the elements around the first one whose name begins a known path.
    """

    def __init__(self, expected: Expected, record: Sequence[str] = ()) -> None:
        super().__init__(expected)
        self._firsts = _firsts(expected)
        self._record = list(record)
        self._open: list[Element] = []
        self._lines: list[int] = []
        self._names: dict[str, tuple[str, str]] = {}
        self._line = self._size = 0
        self._done: list[tuple[Element, int]] = []

    def feed(self, piece: bytes) -> list[tuple[Element, int]]:
        """Return the records that end in a piece, and the lines that they begin in."""
        self.parse(piece)
        done, self._done = self._done, []
        return done

    def _start(self, tag: str, attributes: Sequence[str]) -> None:
        opened = self._open
        if len(opened) > _DEEPEST:
            raise self._wrong(_TOO_DEEP)
        if not opened:
            super()._start(tag, attributes)
            if self._record and self._path != self._record:
                return
            self._size = 0
        name, key = self._names.get(tag) or self._named(tag)
        element = Element(name)
        for at in range(0, len(attributes), 2):
            shown, plain_ = self._names.get(attributes[at]) or self._named(attributes[at])
            element.children[plain_] = [Element(shown, attributes[at + 1])]
            self._grow(len(attributes[at + 1]))
        if opened:
            children = opened[-1].children
            if key in children:
                children[key].append(element)
            else:
                children[key] = [element]
        opened.append(element)
        if not self._record:
            self._look(key)
        elif len(opened) == 1:
            self._line = self._parser.CurrentLineNumber

    def _named(self, tag: str) -> tuple[str, str]:
        """Return a name as it is shown, without a prefix, and as it is compared."""
        name = tag.rpartition(":")[2]
        self._names[tag] = found = (name, plain(name))
        return found

    def _look(self, key: str) -> None:
        """Settle which elements are records where the first known column begins; until then everything is kept."""
        opened = self._open
        self._lines.append(self._parser.CurrentLineNumber)
        if len(opened) > 1 and key in self._firsts:
            self._record = [element.name for element in opened[:-1]]
            self._path = list(self._record)
            self._line = self._lines[-2]
            del opened[:-2]

    def _end(self, _: str) -> None:
        opened = self._open
        if not opened:
            self._path.pop()
            return
        element = opened.pop()
        if not self._record:
            self._lines.pop()
        if not opened:
            self._path.pop()
            if self._record:
                self._done.append((element, self._line))

    def _characters(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text
            self._grow(len(text))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > _LONGEST:
            raise self._wrong(f"one record is larger than {_LONGEST >> 20} MB, or none has a column of the type")


def _firsts(expected: Expected) -> set[str]:
    """Return the names of a record's own children, as far as they are known."""
    depth = expected.array.count("[]") or int(bool(expected.array))
    sources = (*expected.known, *(c.source for c in expected.columns))
    own = [source.removeprefix("../" * depth) for source in sources if source.count("../") == depth]
    return {plain(path.partition(".")[0].removesuffix("[]")) for path in (*own, expected.array) if path}


@dataclass(slots=True)
class _Column:
    """Where a column stands: `up` elements above the row, then down a path of plain names."""

    up: int
    path: tuple[str, ...]
    listed: bool


class _Maker:
    """Makes batches of records."""

    def __init__(self, expected: Expected, notes: Notes) -> None:
        self._expected = expected
        arrays = expected.array.removesuffix("[]").split("[]") if expected.array else []
        self._arrays = [_names(a.strip(".")) for a in arrays]
        self._places = [_place(c.source, c.type == types.JSON) for c in expected.columns]
        self._columns = Columns(expected)
        self._unknown = None if arrays else Unknown(expected, notes)
        self._looked_at = 0
        self._texts: list[list[str | None]] = [[] for _ in expected.columns]
        self._lines: list[int] = []
        self._more: list[Mapping[str, Any]] = []

    def add(self, record: Element, line: int) -> Iterator[pa.RecordBatch]:
        """Add the rows of a record; yield a batch if there are enough."""
        for row in self._rows((record,), self._arrays):
            for texts, place in zip(self._texts, self._places, strict=True):
                texts.append(self._text(row, place))
            self._lines.append(line)
        # What is new is in the first records too: to look for it in all takes longer than reading them.
        if self._unknown is not None and (self._expected.more is not None or self._looked_at < _LOOKED_AT):
            value = record.json()
            self._more.append(self._unknown.of(value) if isinstance(value, dict) else {})
            self._looked_at += 1
        if len(self._lines) >= _ROWS:
            yield from self.rest()

    def rest(self) -> Iterator[pa.RecordBatch]:
        """Yield what was added since the last batch, if there is anything."""
        rows = len(self._lines)
        if not rows:
            return
        texts = [pa.array(column, pa.string()) for column in self._texts]
        arrays = self._columns.arrays(texts, [f"line {line:,}" for line in self._lines])
        if self._expected.more is not None:
            arrays.append(more(self._more) if self._unknown is not None else pa.nulls(rows, types.JSON.arrow))
        self._texts, self._lines, self._more = [[] for _ in self._texts], [], []
        yield batch_of(self._expected.schema, arrays, rows)

    def _rows(self, row: tuple[Element, ...], arrays: Sequence[Sequence[str]]) -> Iterator[tuple[Element, ...]]:
        """Yield the elements that are rows, each with those around it: the record first."""
        if not arrays:
            yield row
            return
        for inner in _found(row[-1], arrays[0]):
            yield from self._rows((*row, inner), arrays[1:])

    def _text(self, row: tuple[Element, ...], place: _Column) -> str | None:
        if place.up >= len(row):
            return None
        found = _found(row[-1 - place.up], place.path)
        if not found:
            return None
        values = [one.json() for one in found]
        if place.listed:
            return _listed(values)
        if len(values) > 1 or not isinstance(values[0], str | None):
            return msgspec.json.encode(values if len(values) > 1 else values[0]).decode()
        return values[0] or None


def _found(element: Element, path: Sequence[str]) -> Sequence[Element]:
    """Return what stands at a path, several where something on the way is repeated."""
    found: Sequence[Element] = (element,)
    for number, name in enumerate(path):
        if len(found) == 1:
            inner = found[0].children.get(name, ())
        else:
            inner = [child for one in found for child in one.children.get(name, ())]
        if not inner and number == len(path) - 1 and name in _TEXT:
            inner = [Element(name, one.text) for one in found if one.text]
        found = inner
    return found


def _listed(values: list[Any]) -> str | None:
    """Return a list as JSON text; what is there once is a list of one."""
    return None if values == [None] else msgspec.json.encode(values).decode()


def _names(path: str) -> tuple[str, ...]:
    return tuple(plain(part) for part in path.replace("[]", "").split("."))


def _place(source: str, listed: bool) -> _Column:
    up = source.count("../")
    return _Column(up, _names(source.removeprefix("../" * up)), listed)
