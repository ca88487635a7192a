"""The compiled reader of pages: msgspec structs that hold the asked fields only, read out column by column.

It trusts the types that a body promises; who breaks the promise gets msgspec's ValidationError. Knows nothing of Arrow
arrays, requests or tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, compress, repeat
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import astuple

from amzsql import types
from amzsql.execute import columns as arrow
from amzsql.execute.paths import Node, Output, Raw, Tree, below


class Unfit(Exception):
    """The paths look at one value in ways that no struct can hold."""


class _Leaf:
    """A value that is a column's, or several columns'."""

    def __init__(self, node: Node, kind: Any) -> None:
        self.type = kind | None if kind is not Raw else Raw
        self.default: Any = None
        self.numbers = node.leaves

    def spread(self, column: Sequence[Any], found: dict[int, Any]) -> None:
        if column[0] is None and column.count(None) == len(column):
            return  # a column that is not made is null
        for number in self.numbers:
            found[number] = column


Columns = Callable[[Sequence[Any]], list[Any]]
_FEW = 5


def _fields_of(names: Sequence[str]) -> Columns:
    """Return what turns objects into one sequence of values a field."""
    if len(names) > _FEW:
        return _turned
    # Few columns are cheaper one by one, many by turning the objects into rows. Written out, as the fields' names are
    # the compiler's own, Python learns each field's place in the object: half the time of an attrgetter.
    lists = ", ".join(f"[each.{name} for each in objects]" for name in names)
    columns: Columns = eval(f"lambda objects: [{lists}]")
    return columns


def _turned(objects: Sequence[Any]) -> list[Any]:
    return list(zip(*map(astuple, objects), strict=False))


class _Object:
    """An object of which some fields are asked."""

    def __init__(self, readers: Mapping[str, Any], spine: frozenset[str]) -> None:
        self.names = {name: f"f{i}" for i, name in enumerate(readers)}
        fields = [
            (self.names[name], reader.type, None if name in spine else reader.default)
            for name, reader in readers.items()
        ]
        rename = {short: name for name, short in self.names.items()}
        cls = msgspec.defstruct("Page", fields, rename=rename, frozen=True, gc=False, eq=False)
        self.type = cls | None
        self.default: Any = cls()
        self._fields_of = _fields_of(list(rename))
        self._simple = [isinstance(reader, _Leaf) and len(reader.numbers) == 1 for reader in readers.values()]
        self._numbers = [reader.numbers[0] for reader in compress(readers.values(), self._simple)]
        self._others = [(at, r) for at, r in enumerate(readers.values()) if not (self._simple[at] or type(r) is _Spine)]

    def spread(self, column: Sequence[Any], found: dict[int, Any]) -> None:
        # Most optional objects are absent on a whole page: then their columns stay unmade.
        if column[0] is self.default and column.count(self.default) == len(column):
            return
        columns = self._columns(column)
        # As `_Leaf.spread` does, without a call for each of a hundred fields.
        for number, values in zip(self._numbers, compress(columns, self._simple), strict=True):
            if values[0] is not None or values.count(None) < len(values):
                found[number] = values
        for at, reader in self._others:
            reader.spread(columns[at], found)

    def _columns(self, column: Sequence[Any]) -> list[Sequence[Any]]:
        try:
            return self._fields_of(column)
        except (AttributeError, TypeError):  # a null among them
            return self._columns([self.default if value is None else value for value in column])


class _Spine:
    """An array whose elements are the next level: nothing of it is read here."""

    def __init__(self, element: Any) -> None:
        self.type = list[element.type] | None
        self.default = None

    def spread(self, column: Sequence[Any], found: dict[int, Any]) -> None:
        """Do nothing: the next level reads the elements."""


class _Picks:
    """An array from which single elements are taken."""

    def __init__(self, node: Node, element: Any) -> None:
        self.type = list[element.type] | None
        self.default = None
        self.element = element
        self.first = [(pick, own) for pick, own in node.picks.items() if isinstance(pick, int)]
        self.by_field: dict[str, list[tuple[str, set[int]]]] = {}
        for pick, own in node.picks.items():
            if isinstance(pick, tuple):
                self.by_field.setdefault(pick[0], []).append((pick[1], own))

    def spread(self, column: Sequence[Any], found: dict[int, Any]) -> None:
        missing = self.element.default
        for index, own in self.first:
            self._take([a[index] if a is not None and len(a) > index else missing for a in column], own, found)
        for name, wanted in self.by_field.items():
            key = attrgetter(self.element.names[name])
            # Backwards, so that the first of several elements with one key stays.
            known = [{_key(key(e)): e for e in reversed(a) if e is not None} if a else {} for a in column]
            for value, own in wanted:
                self._take([k.get(value, missing) for k in known], own, found)

    def _take(self, elements: list[Any], own: set[int], found: dict[int, Any]) -> None:
        chosen: dict[int, Any] = {}
        self.element.spread(elements, chosen)
        found.update((k, v) for k, v in chosen.items() if k in own)


_PLACE = " - at `"


def place(broken: msgspec.ValidationError) -> str:
    """Return the path of the value that was not as promised."""
    return re.sub(r"\[(\d+|\.\.\.)\]", "[]", str(broken).rpartition(_PLACE)[2].removesuffix("`"))


def _key(value: Any) -> str | None:
    return arrow.text(value) if isinstance(value, Raw) else value


class _Mixed:
    """A value that is asked as text and also looked into: kept raw, and read a second time."""

    type: Any = Raw
    default: Any = None

    def __init__(self, node: Node, inner: Any) -> None:
        self.path = node.path
        self.numbers = node.leaves
        self.inner = inner
        self.decoder = msgspec.json.Decoder(inner.type)

    def spread(self, column: Sequence[Any], found: dict[int, Any]) -> None:
        for number in self.numbers:
            found[number] = column
        try:
            values = [self.inner.default if raw is None else self.decoder.decode(raw) for raw in column]
        except msgspec.ValidationError as broken:
            raise msgspec.ValidationError(f"{_PLACE}{self.path}{place(broken).removeprefix('$')}`") from broken
        self.inner.spread(values, found)


_PYTHON: Mapping[str, Any] = {types.BOOLEAN.name: bool, types.BIGINT.name: int, types.DOUBLE.name: float, "JSON": Raw}


class Plan:
    """The compiled reader of one tree. `loose` are the outputs whose values it leaves raw."""

    def __init__(self, tree: Tree, outputs: Sequence[Output], loose: frozenset[str]) -> None:
        self._outputs = outputs
        self._loose = loose
        self.loose: list[int] = []
        self._ordinals = tree.ordinals
        self._readers: dict[int, Any] = {}
        root = self._compile(tree.root)
        self._decoder = msgspec.json.Decoder(root.type)
        self._levels = [self._level(node) for node in tree.levels]
        self._read_from = [any(below.leaves for below in below(node)) for node in tree.levels]

    def _compile(self, node: Node) -> Any:
        reader = self._reader(node)
        self._readers[id(node)] = reader
        return reader

    def _reader(self, node: Node) -> Any:
        if node.facets() > 1:
            return self._mixed(node)
        if node.by_name:
            raise Unfit
        if node.each is not None:
            return _Spine(self._compile(node.each))
        if node.element is not None:
            return self._picks(node, node.element)
        if node.fields or (node.spine and not node.leaves):
            return self._object(node)
        return self._leaf(node)

    def _picks(self, node: Node, element: Node) -> _Picks:
        reader = self._compile(element)
        if not isinstance(reader, _Object) and any(isinstance(pick, tuple) for pick in node.picks):
            raise Unfit
        return _Picks(node, reader)

    def _object(self, node: Node) -> _Object:
        readers = {name: self._compile(child) for name, child in node.fields.items()}
        return _Object(readers, frozenset(name for name, child in node.fields.items() if _on_spine(child)))

    def _leaf(self, node: Node) -> _Leaf:
        kinds = {_PYTHON.get(self._outputs[number].type.name, str) for number in node.leaves} or {str}
        kind = kinds.pop() if len(kinds) == 1 and node.path not in self._loose else Raw
        if kind is Raw:
            self.loose += node.leaves
        return _Leaf(node, kind)

    def _mixed(self, node: Node) -> _Mixed:
        if node.each is not None or node.facets() > 2 or not node.leaves or any(map(_on_spine, node.fields.values())):
            raise Unfit
        inner = Node(node.path, [], node.fields, node.picks, node.element, None, node.spine)
        self.loose += node.leaves
        return _Mixed(node, self._reader(inner))

    def _level(self, node: Node) -> tuple[Any, list[str], bool]:
        """Return a level's reader, the attributes from its objects to its end, and whether it ends in an array."""
        reader, way, at = self._readers[id(node)], [], node
        while not at.spine:
            name, child = next((n, c) for n, c in at.fields.items() if _on_spine(c))
            way.append(self._readers[id(at)].names[name])
            at = child
        return reader, way, at.each is not None

    def read(self, pages: Sequence[bytes]) -> tuple[int, dict[int, Any]]:
        """Return the number of rows and each output's values. Raises msgspec.ValidationError for an unexpected type."""
        # Columns of one length: the objects of each level by its depth, and ordinals by the number of the output.
        objects: dict[int, list[Any]] = {0: [self._decoder.decode(page) for page in pages]}
        found: dict[int, Any] = {}
        for depth, (_, way, explodes) in enumerate(self._levels):
            ends = _follow(objects[depth], way)
            if None in ends or (ends and type(ends[0]) is Raw):
                keep = [end is not None and not (type(end) is Raw and bytes(end) == arrow.NULL) for end in ends]
                ends = list(compress(ends, keep))
                objects = {d: list(compress(values, keep)) for d, values in objects.items()}
                found = {n: list(compress(values, keep)) for n, values in found.items()}
            if explodes:
                objects, found = self._explode(depth, objects, found, ends)
        rows = len(objects[len(self._levels) - 1])
        if rows:
            for depth, values in objects.items():
                self._levels[depth][0].spread(values, found)
        return rows, found

    def _explode(
        self, depth: int, objects: dict[int, list[Any]], found: dict[int, list[Any]], arrays: list[list[Any]]
    ) -> tuple[dict[int, list[Any]], dict[int, Any]]:
        """Replace each object of a level by the elements of its array, the levels above repeated beside them."""
        counts = list(map(len, arrays))
        objects = {d: _repeated(values, counts) for d, values in objects.items() if self._read_from[d]}
        objects[depth + 1] = list(chain.from_iterable(arrays))
        found = {n: _repeated(values, counts) for n, values in found.items()}
        for number in self._ordinals.get(depth + 1, ()):
            found[number] = list(chain.from_iterable(map(range, counts)))
        return objects, found


def _repeated(values: Sequence[Any], counts: Sequence[int]) -> list[Any]:
    return list(chain.from_iterable(map(repeat, values, counts)))


def _follow(column: list[Any], way: Sequence[str]) -> list[Any]:
    for name in way:
        get = attrgetter(name)
        column = [None if value is None else get(value) for value in column]
    return column


def _on_spine(node: Node) -> bool:
    return node.spine or any(_on_spine(child) for child in node.fields.values())
