"""JSON pages -> one RecordBatch of the asked columns.

Owns the paths of a body and their two readers. The fast one is compiled: msgspec structs that hold the asked fields
only, read out column by column. A page that breaks the types it was promised (Amazon's own samples do) is read again by
the tolerant one, value by value, with the same result; a field that broke its promise once is then read loosely by the
fast one too. Knows nothing of requests, tables or engines.

A path is absolute: ``payload.Orders[].OrderTotal.Amount``. ``[]`` stands where the row path has it too; below the row
``[0]`` and ``[type=ITEM]`` take the first element (that matches), a trailing ``[]`` means the array itself, and
``orders[]#`` is the element's number in its array, from 0.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, compress, repeat
from operator import attrgetter, is_
from typing import Any, TypeAlias

import msgspec
import pyarrow as pa
from msgspec.structs import astuple

from amzsql import errors, types
from amzsql.execute import columns as arrow
from amzsql.types import SqlType

Raw = msgspec.Raw
Pick: TypeAlias = int | tuple[str, str]
EACH = "[]"
Step: TypeAlias = str | Pick
_TOKEN = re.compile(r"(?P<name>[^.\[\]#]+)|\[(?P<pick>[^\]]*)\]|(?P<dot>\.)")


@dataclass(frozen=True, slots=True)
class Output:
    """One column: its name, where its value stands, its type, and other spellings of its values."""

    name: str
    path: str
    type: SqlType
    values: tuple[tuple[str, str], ...] = ()


class Decoder:
    """Reads pages of one operation into batches of one schema. Thread-safe."""

    def __init__(self, row_path: str, outputs: Sequence[Output], table: str = "") -> None:
        self._outputs = tuple(outputs)
        self._shared = _shared(row_path, self._outputs)
        self._kinds = [o.type for o in outputs]
        self._where = [f"{table}.{o.name}" if table else o.name for o in outputs]
        self._arrow = arrow.Builder(self._where, self._kinds)
        self._fixed = [(i, o) for i, o in enumerate(outputs) if not o.path]
        self._spellings = [(i, dict(o.values)) for i, o in enumerate(outputs) if o.values]
        self._table = table
        self.schema = pa.schema([pa.field(o.name, o.type.arrow) for o in outputs])

    def decode(self, pages: Sequence[bytes], constants: Mapping[str, object] = {}) -> pa.RecordBatch:
        """Return the rows of the pages, in order.

        `constants` gives the columns without a path, by name; one that is missing is null. Raises OperationalError for
        a page that is not JSON, DataError for a value that its column cannot hold.
        """
        try:
            rows, found = self._read(pages)
        except msgspec.ValidationError as broken:
            self._shared.learn(broken)
            if len(pages) > 1:
                return _joined(self.schema, [self.decode([page], constants) for page in pages])
            rows, found = self._read_tolerantly(pages)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
            raise self._not_json(broken) from broken
        for number, spelling in self._spellings:
            if number in found:
                found[number] = list(map(spelling.get, found[number], found[number]))
        arrays = self._arrow.build(found, rows)
        for number, output in self._fixed:
            arrays[number] = _constant(output.type, constants.get(output.name), rows)
        return _batch(self.schema, arrays, rows)

    def _read(self, pages: Sequence[bytes]) -> tuple[int, dict[int, Any]]:
        plan = self._shared.plan
        if plan is None:
            return self._read_tolerantly(pages)
        rows, found = plan.read(pages)
        for number in plan.loose:
            if number in found:
                found[number] = self._loosely(number, found[number])
        return rows, found

    def _read_tolerantly(self, pages: Sequence[bytes]) -> tuple[int, dict[int, Any]]:
        try:
            values = [row for page in pages for row in self._shared.tree.rows(page)]
            found = {
                number: self._loosely(number, [row.get(number) for row in values])
                for number, output in enumerate(self._outputs)
                if output.path
            }
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
            raise self._not_json(broken) from broken
        return len(values), found

    def _loosely(self, number: int, values: Sequence[Any]) -> list[Any]:
        """Convert raw JSON values, or ordinals, to the Python form of the column."""
        kind, where = self._kinds[number], self._where[number]
        if kind.name == types.JSON.name:
            return arrow.json_texts(values)
        texts = (arrow.text(v) if isinstance(v, Raw) else v for v in values)
        return [arrow.loosely(where, kind, v) if isinstance(v, str) else v for v in texts]

    def _not_json(self, broken: Exception) -> errors.OperationalError:
        of = f" for {self._table}" if self._table else ""
        return errors.OperationalError(f"Amazon's answer{of} is not JSON: {broken}; ask again")


def _constant(kind: SqlType, value: object, rows: int) -> pa.Array:
    if value is None:
        return pa.nulls(rows, kind.arrow)
    return pa.repeat(pa.scalar(value, kind.arrow), rows)


def _batch(schema: pa.Schema, arrays: Sequence[pa.Array], rows: int) -> pa.RecordBatch:
    if arrays:
        return pa.RecordBatch.from_arrays(arrays, schema=schema)
    # Without columns only a struct array knows how many rows there are.
    return pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))


def _joined(schema: pa.Schema, batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    if not len(schema):
        return _batch(schema, [], sum(b.num_rows for b in batches))
    whole = pa.Table.from_batches(batches, schema).combine_chunks().to_batches()
    return whole[0] if whole else batches[0]


# --- paths -----------------------------------------------------------------------------------------------------------


def parse(path: str) -> tuple[Step, ...]:
    """Split a path into names, ``[]`` (as EACH) and picks."""
    steps: list[Step] = []
    at = 0
    while at < len(path):
        if not (token := _TOKEN.match(path, at)):
            raise errors.InternalError(f"the path {path!r} cannot be read at {path[at:]!r}")
        at = token.end()
        if name := token["name"]:
            steps.append(name)
        elif (pick := token["pick"]) is not None:
            steps.append(_pick(pick))
    return tuple(steps)


def _pick(inside: str) -> Step:
    if not inside:
        return EACH
    if inside.isdecimal():
        return int(inside)
    name, _, value = inside.partition("=")
    return (name, value)


@dataclass(slots=True, eq=False)
class Node:
    """One place in a body: what is asked of it and of what is below it.

    `spine` is set where a level ends: the array whose elements are the next level, or the object that is the row.
    """

    path: str = "$"
    leaves: list[int] = field(default_factory=list)
    fields: dict[str, Node] = field(default_factory=dict)
    picks: dict[Pick, set[int]] = field(default_factory=dict)
    element: Node | None = None
    each: Node | None = None
    spine: bool = False

    def child(self, name: str) -> Node:
        """Return the node of a field, made if need be."""
        return self.fields.setdefault(name, Node(f"{self.path}.{name}"))

    def items(self) -> Node:
        """Return the node of the elements that picks choose from."""
        if self.element is None:
            self.element = Node(f"{self.path}[]")
        return self.element

    def facets(self) -> int:
        """Return how many ways the value is looked at: as text, as an object, as an array."""
        return bool(self.leaves) + bool(self.fields) + (self.element is not None) + (self.each is not None)


class Tree:
    """All paths of a decoder as one tree, and the tolerant reader."""

    def __init__(self, row_path: str, outputs: Sequence[Output]) -> None:
        self.root = Node()
        self.levels = [self.root]
        self.ordinals: dict[int, list[int]] = {}
        self.row = parse(row_path)
        node = self.root
        for step in self.row:
            node = self._along(node, step)
        node.spine = True
        for number, output in enumerate(outputs):
            if output.path:
                self._add(number, output.path)

    def _along(self, node: Node, step: Step) -> Node:
        if step != EACH:
            if not isinstance(step, str):
                raise errors.InternalError(f"a row path cannot pick an element: {step!r}")
            return node.child(step)
        node.spine = True
        node.each = Node(f"{node.path}[]")
        self.levels.append(node.each)
        return node.each

    def _add(self, number: int, path: str) -> None:
        steps = parse(path.removesuffix("#"))
        if path.endswith("#"):
            if steps[-1:] != (EACH,) or steps != self.row[: len(steps)]:
                raise errors.InternalError(f"{path!r} numbers no array of the row path")
            self.ordinals.setdefault(steps.count(EACH), []).append(number)
            return
        node, shared = self.root, True
        for at, step in enumerate(steps):
            shared = shared and self.row[at : at + 1] == (step,)
            node = self._below(node, step, number, shared, at == len(steps) - 1)
        node.leaves.append(number)

    def _below(self, node: Node, step: Step, number: int, shared: bool, last: bool) -> Node:
        if not isinstance(step, str):
            node.picks.setdefault(step, set()).add(number)
            if isinstance(step, tuple):
                node.items().child(step[0])
            return node.items()
        if step != EACH:
            return node.child(step)
        if shared and node.each is not None:
            return node.each
        if not last:
            raise errors.InternalError(f"{node.path}[] is not in the row path: pick one element, or take the array")
        return node

    def rows(self, page: bytes) -> Iterator[dict[int, Any]]:
        """Read a page value by value: for each row its raw values and ordinals by the number of the output."""
        yield from self._rows(msgspec.json.decode(page, type=Raw), 0, {})

    def _rows(self, raw: Raw, depth: int, above: dict[int, Any]) -> Iterator[dict[int, Any]]:
        values = dict(above)
        end = _collect(raw, self.levels[depth], values)
        if end is None:
            return
        if depth == len(self.levels) - 1:
            yield values
            return
        for ordinal, element in enumerate(_elements(end)):
            if bytes(element) != arrow.NULL:
                values.update(dict.fromkeys(self.ordinals.get(depth + 1, ()), ordinal))
                yield from self._rows(element, depth + 1, values)


_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_ARRAY = msgspec.json.Decoder(list[Raw])


def _members(raw: Raw) -> dict[str, Raw]:
    return _OBJECT.decode(raw) if bytes(memoryview(raw)[:1]) == b"{" else {}


def _elements(raw: Raw) -> list[Raw]:
    return _ARRAY.decode(raw) if bytes(memoryview(raw)[:1]) == b"[" else []


def _collect(raw: Raw, node: Node, values: dict[int, Any]) -> Raw | None:
    """Put the values below a node into `values` and return the value where the level ends, if it does below here."""
    if bytes(raw) == arrow.NULL:
        return None
    values.update(dict.fromkeys(node.leaves, raw))
    end = raw if node.spine else None
    members = _members(raw) if node.fields else {}
    for name, child in node.fields.items():
        if name in members:
            below = _collect(members[name], child, values)
            end = end if below is None else below
    if node.element is not None:
        elements = _elements(raw)
        for pick, own in node.picks.items():
            chosen: dict[int, Any] = {}
            if (element := _chosen(elements, pick)) is not None:
                _collect(element, node.element, chosen)
            values.update((k, v) for k, v in chosen.items() if k in own)
    return end


def _chosen(elements: Sequence[Raw], pick: Pick) -> Raw | None:
    if isinstance(pick, int):
        return elements[pick] if pick < len(elements) else None
    name, wanted = pick
    for element in elements:
        value = _members(element).get(name)
        if value is not None and arrow.text(value) == wanted:
            return element
    return None


# --- the compiled reader ---------------------------------------------------------------------------------------------


class _Unfit(Exception):
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


_FEW = 12


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
        self.readers = list(readers.values())
        self.leaves = self._leaves()
        # Few columns are taken in one go; of many, whole objects at a time are cheaper.
        few = self.leaves is not None and 2 <= len(self.leaves) <= _FEW
        self._get = attrgetter(*(way for way, _ in self.leaves)) if few and self.leaves else None

    def _leaves(self) -> list[tuple[str, _Leaf]] | None:
        """Return the leaves with the attributes that lead there; None if something other stands between."""
        found: list[tuple[str, _Leaf]] = []
        for name, reader in zip(self.names.values(), self.readers, strict=True):
            if isinstance(reader, _Leaf):
                found.append((name, reader))
            elif isinstance(reader, _Object) and reader.leaves is not None:
                found += [(f"{name}.{way}", leaf) for way, leaf in reader.leaves]
            elif not isinstance(reader, _Spine):
                return None
        return found

    def spread(self, column: Sequence[Any], found: dict[int, Any]) -> None:
        # Most optional objects are absent on a whole page: then their columns stay unmade.
        if column[0] is self.default and all(map(is_, column, repeat(self.default))):
            return
        if self._get and self.leaves:
            try:
                together = zip(*map(self._get, column), strict=False)
            except AttributeError:
                pass  # a null in the place of an object
            else:
                for (_, leaf), values in zip(self.leaves, together, strict=True):
                    leaf.spread(values, found)
                return
        try:
            records = list(map(astuple, column))
        except TypeError:  # a null among them
            column = [self.default if value is None else value for value in column]
            records = list(map(astuple, column))
        for reader, values in zip(self.readers, zip(*records, strict=False), strict=True):
            reader.spread(values, found)


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


def _place(broken: msgspec.ValidationError) -> str:
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
            raise msgspec.ValidationError(f"{_PLACE}{self.path}{_place(broken).removeprefix('$')}`") from broken
        self.inner.spread(values, found)


_PYTHON: Mapping[str, Any] = {types.BOOLEAN.name: bool, types.BIGINT.name: int, types.DOUBLE.name: float, "JSON": Raw}


class _Plan:
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
        self._read_from = [any(below.leaves for below in _below(node)) for node in tree.levels]

    def _compile(self, node: Node) -> Any:
        reader = self._reader(node)
        self._readers[id(node)] = reader
        return reader

    def _reader(self, node: Node) -> Any:
        if node.facets() > 1:
            return self._mixed(node)
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
            raise _Unfit
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
            raise _Unfit
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


def _below(node: Node) -> Iterator[Node]:
    """Yield a node and all below it that belong to its level."""
    yield node
    for child in [*node.fields.values(), *([node.element] if node.element else [])]:
        yield from _below(child)


class _Shared:
    """What decoders of the same paths share: the tree, the compiled plan, and which fields broke their promise."""

    def __init__(self, row_path: str, outputs: tuple[Output, ...]) -> None:
        self.tree = Tree(row_path, outputs)
        self._outputs = outputs
        self._leaves = {node.path for level in self.tree.levels for node in _below(level) if not node.fields}
        self._loose: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        self.plan = self._compiled()

    def learn(self, broken: msgspec.ValidationError) -> None:
        """Read the field that a validation error names loosely from now on."""
        path = _place(broken)
        with self._lock:
            if path in self._leaves and path not in self._loose:
                self._loose |= {path}
                self.plan = self._compiled()

    def _compiled(self) -> _Plan | None:
        try:
            return _Plan(self.tree, self._outputs, self._loose)
        except _Unfit:
            return None


@lru_cache(maxsize=256)
def _shared(row_path: str, outputs: tuple[Output, ...]) -> _Shared:
    return _Shared(row_path, outputs)
