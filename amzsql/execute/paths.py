"""The paths of a body: where the columns' values stand in a page, as one tree, and the tolerant reader of it.

The tolerant reader takes a page value by value and believes no promise of a type. Knows nothing of Arrow arrays,
requests or tables.

A path is absolute: ``payload.Orders[].OrderTotal.Amount``. ``[]`` stands where the row path has it too; below the row
``[0]`` and ``[type=ITEM]`` take the first element (that matches), a trailing ``[]`` means the array itself, and
``orders[]#`` is the element's number in its array, from 0. ``{}`` in a row path stands for each value of a map, and
``{}#`` is its name there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias

import msgspec

from amzsql import errors
from amzsql.catalog.spelling import Spelling
from amzsql.execute import columns as arrow
from amzsql.types import SqlType

Raw = msgspec.Raw
Pick: TypeAlias = int | tuple[str, str]
EACH = "[]"
VALUES = "{}"
Step: TypeAlias = str | Pick
_TOKEN = re.compile(r"(?P<name>[^.\[\]#]+)|\[(?P<pick>[^\]]*)\]|(?P<dot>\.)")


@dataclass(frozen=True, slots=True)
class Output:
    """One column: its name, where its value stands, its type, and other spellings of its values."""

    name: str
    path: str
    type: SqlType
    values: Spelling = ()


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

    `spine` is set where a level ends: the array or the map (`by_name`) whose elements are the next level, or the object
    that is the row.
    """

    path: str = "$"
    leaves: list[int] = field(default_factory=list)
    fields: dict[str, Node] = field(default_factory=dict)
    picks: dict[Pick, set[int]] = field(default_factory=dict)
    element: Node | None = None
    each: Node | None = None
    spine: bool = False
    by_name: bool = False

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


def below(node: Node) -> Iterator[Node]:
    """Yield a node and all below it that belong to its level."""
    yield node
    for child in [*node.fields.values(), *([node.element] if node.element else [])]:
        yield from below(child)


class Tree:
    """All paths of a decoder as one tree, and the tolerant reader."""

    def __init__(self, row_path: str, outputs: Sequence[Output]) -> None:
        self.root = Node()
        self.levels = [self.root]
        self.by_name: list[bool] = []
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
        if step not in (EACH, VALUES):
            if not isinstance(step, str):
                raise errors.InternalError(f"a row path cannot pick an element: {step!r}")
            return node.child(step)
        node.spine, node.by_name = True, step == VALUES
        node.each = Node(f"{node.path}[]")
        self.by_name.append(node.by_name)
        self.levels.append(node.each)
        return node.each

    def _add(self, number: int, path: str) -> None:
        steps = parse(path.removesuffix("#"))
        if path.endswith("#"):
            if steps[-1:] not in ((EACH,), (VALUES,)) or steps != self.row[: len(steps)]:
                raise errors.InternalError(f"{path!r} numbers no array of the row path")
            self.ordinals.setdefault(steps.count(EACH) + steps.count(VALUES), []).append(number)
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
        if step not in (EACH, VALUES):
            return node.child(step)
        if shared and node.each is not None:
            return node.each
        if not last:
            raise errors.InternalError(f"{node.path}[] is not in the row path: pick one element, or take the array")
        return node

    def arrange(self, page: bytes) -> None:
        """Put the fields of each node into the order that they have in a page. Raises msgspec.DecodeError."""
        _arrange(self.root, [msgspec.json.decode(page, type=Raw)])

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
        below = _members(end).items() if self.by_name[depth] else enumerate(_elements(end))
        for ordinal, element in below:
            if bytes(element) != arrow.NULL:
                values.update(dict.fromkeys(self.ordinals.get(depth + 1, ()), ordinal))
                yield from self._rows(element, depth + 1, values)


_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_ARRAY = msgspec.json.Decoder(list[Raw])


def _members(raw: Raw) -> dict[str, Raw]:
    return _OBJECT.decode(raw) if bytes(memoryview(raw)[:1]) == b"{" else {}


def _elements(raw: Raw) -> list[Raw]:
    return _ARRAY.decode(raw) if bytes(memoryview(raw)[:1]) == b"[" else []


def _arrange(node: Node, values: Sequence[Raw]) -> None:
    if node.fields:
        objects = sorted((_members(value) for value in values), key=lambda members: -len(members))
        # The fullest first: what the others have beside stands anywhere.
        order = dict.fromkeys(chain.from_iterable(objects))
        names = dict.fromkeys([*(name for name in order if name in node.fields), *node.fields])
        # A new dict, as another thread may be reading the old one.
        node.fields = {name: node.fields[name] for name in names}
        for name, child in node.fields.items():
            _arrange(child, [members[name] for members in objects if name in members])
    for inner in (node.each, node.element):
        if inner is not None and not node.by_name:
            _arrange(inner, [element for value in values for element in _elements(value)])


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
