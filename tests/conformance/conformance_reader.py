"""A plain reading of a body: what rows it has, and what stands in each column. Shares no code with the decoder.

It walks the parsed JSON by the declared paths, one value at a time. `invented` goes the other way: a body in which
every declared path holds something.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from amzsql import spapi
from amzsql.catalog.model import Column, ColumnSource, Table, TablePath

Level = tuple[str, Any, Any]
"""(path, value, place in its array or name in its map) of one thing that holds a row."""


def rows(body: Any, row_path: str) -> Iterator[list[Level]]:
    """Yield each row as the chain of what holds it, the row itself last."""

    def below(levels: list[Level], rest: str) -> Iterator[list[Level]]:
        if not rest:
            yield levels
            return
        found = re.match(r"(.*?)(\[\]|\.\{\}|$)", rest)
        assert found is not None  # the end of the path always fits
        head, each, tail = found[1].strip("."), found[2], rest[found.end() :]
        path, value, _ = levels[-1]
        for name in filter(None, head.split(".")):
            value = value.get(name) if isinstance(value, dict) else None
        here = ".".join(filter(None, (path, head))) + each
        if not each:
            if isinstance(value, dict):
                yield [*levels, (here, value, 0)]
            return
        for place, element in _elements(value, each):
            if element is not None:
                yield from below([*levels, (here, element, place)], tail)

    yield from below([("", body, 0)], row_path)


def _elements(value: Any, each: str) -> Iterator[tuple[Any, Any]]:
    """Yield (place, element) of an array, or (name, value) of a map."""
    if each == "[]":
        yield from enumerate(value if isinstance(value, list) else [])
    else:
        yield from (value if isinstance(value, dict) else {}).items()


def at(levels: list[Level], path: str) -> Any:
    """Return what a column's path holds for a row; None where it is absent."""
    # Each level lies within those before it, and the first is the body.
    here, value = next((h, v) for h, v, _ in reversed(levels) if not h or path == h or path.startswith(f"{h}."))
    for name, pick in _steps(path[len(here) :]):
        value = value.get(name) if isinstance(value, dict) else None
        if pick:
            value = _picked(value, pick)
    return value


@functools.cache
def _steps(path: str) -> tuple[tuple[str, str], ...]:
    """Return (name, element that is picked or nothing) of each step of a path."""
    found = (step.removesuffix("]").partition("[") for step in re.findall(r"[^.\[\]]+(?:\[[^\]]*\])?", path))
    return tuple((name, pick) for name, _, pick in found)


class Counts:
    """How many elements of each kind there were, on this page and on those before: what tells equal ones apart."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._next: Counter[str] = Counter()
        self.page = 0

    def number(self, levels: list[Level], array: str, alike: str) -> int:
        """Return an element's place in its array, or, where fields are named, among all that share them."""
        depth, place = next((n, place) for n, (here, _, place) in enumerate(levels) if here == array)
        if not alike:
            return place
        element = levels[: depth + 1]
        kind = repr((array, alike, [at(element, f"{array}.{f}") for f in alike.split(",") if f != "*"]))
        which = (self.page, kind, tuple(number for _, _, number in element))
        if which not in self._numbers:
            self._numbers[which] = self._next[kind]
            self._next[kind] += 1
        return self._numbers[which]


def _picked(value: Any, pick: str) -> Any:
    elements = value if isinstance(value, list) else []
    if pick.isdecimal():
        return elements[int(pick)] if int(pick) < len(elements) else None
    name, _, wanted = pick.partition("=")
    return next((e for e in elements if isinstance(e, dict) and str(e.get(name)) == wanted), None)


def table_rows(
    table: Table, path: TablePath, body: Any, given: Mapping[str, str], counts: Counts | None = None
) -> list[dict[str, Any]]:
    """Return the rows of a table out of a body, each a mapping of column to comparable value.

    `given` are the parameters of the request that the body answers; `counts` those of the bodies before it.
    """
    counts = counts or Counts()
    counts.page += 1
    known = [c for c in table.columns if c.name in path.sources]
    return [
        {
            c.name: _value(c, branch.sources[c.name], levels, given, counts) if c.name in branch.sources else None
            for c in known
        }
        for branch in path.branches
        for levels in rows(body, branch.row_path)
    ]


def _value(column: Column, source: ColumnSource, levels: list[Level], given: Mapping[str, str], counts: Counts) -> Any:
    if source.constant is not None:
        return source.constant
    if "#" in source.path:
        return counts.number(levels, *source.path.split("#"))
    if source.path:
        value = at(levels, source.path)
    elif any(given.get(name) != wanted for name, wanted in source.given):
        value = None
    else:
        value = given.get(source.parameter or "")
    return comparable(column.type.name, _spelt(source.values, value))


def _spelt(values: Any, value: Any) -> Any:
    """Return a value as the catalog spells it: by pairs, or by one of its rules, each told here anew."""
    if values == "mws":
        return None if value is None else f"_{value}_"
    if values == "given":
        return value is not None
    if values == "availability":
        return None if value is None else "Immediately" if int(value) > 0 else "Unknown"
    return dict(values).get(value, value) if isinstance(value, str) else value


def comparable(kind: str, value: Any) -> Any:
    """Return a value of JSON, or of a result, in the one form that both have."""
    if value is None or (value == "" and kind not in ("VARCHAR", "JSON")):
        return None
    if kind.startswith("DECIMAL"):
        return Decimal(str(value)).quantize(Decimal("0.0001"))
    if kind == "DOUBLE":
        return float(value)
    if kind == "BIGINT":
        return int(Decimal(str(value)))
    if kind == "BOOLEAN":
        return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
    if kind == "DATE":
        return dt.date.fromisoformat(str(value)[:10])
    if kind.startswith("TIMESTAMP"):
        time = value if isinstance(value, dt.datetime) else _time(value)
        return (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    return _text(kind, value)


def _time(text: str | int) -> dt.datetime:
    """Return a time in ISO form, in the words of Amazon's fees, or in the milliseconds of a carrier's forms."""
    if isinstance(text, int):
        return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(milliseconds=text)
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return dt.datetime.strptime(text, "%a %b %d %H:%M:%S UTC %Y").replace(tzinfo=dt.UTC)


def _text(kind: str, value: Any) -> Any:
    """Return what text stands for: arrays, objects and all of a JSON column by value."""
    if not isinstance(value, str):
        return value if kind == "JSON" or isinstance(value, dict | list) else json.dumps(value)
    return value


def result(kind: str, value: Any) -> Any:
    """Return a value of a result as `comparable` returns that of the body."""
    if isinstance(value, str) and (kind == "JSON" or value[:2] in ('{"', '["', "[{", "[]", "{}")):
        return json.loads(value)
    return comparable(kind, value)


# -- the other way -----------------------------------------------------------------------------------------------------

_VALUES: Mapping[str, Any] = {
    "BOOLEAN": True,
    "BIGINT": 7,
    "DOUBLE": 2.5,
    "DECIMAL(18,4)": "19.90",
    "DATE": "2026-11-03",
    "TIMESTAMP WITH TIME ZONE": "2026-11-03T04:05:06.789+02:00",
}


def invented(table: Table, path: TablePath, asked: Mapping[str, Any]) -> Any:
    """Return a body with two rows at each level: the first holds every column, the second odd values and nulls.

    The columns that are `asked` by, and keys, are never null; those that are asked by exactly have that value.
    """
    exact = {p.column for p in path.declared.pushdowns if p.exact} & set(asked)
    operation = spapi.operation(path.operation)
    # What a value may become a parameter of is as long as that wants it.
    least = {p.column: operation.parameter(p.parameter).min_length or 0 for p in path.declared.pushdowns}
    root: dict[str, Any] = {}
    columns = {c.name: c for c in table.columns}
    for branch in path.branches:
        sources = [(columns[name], s.path) for name, s in branch.sources.items() if s.path and "#" not in s.path]
        levels = branch.row_path.count("[]")
        for number in range(2**levels):
            places = [number >> bit & 1 for bit in reversed(range(levels))]
            for column, where in sorted(sources, key=lambda pair: -len(pair[1])):
                key = column.name in table.entry.key or column.name in asked
                value = _invented(column, "".join(map(str, places)), odd=any(places) and not key)
                if isinstance(value, str) and len(value) < least.get(column.name, 0):
                    value = value.replace(" ", "").ljust(least[column.name], "0")
                value = asked[column.name] if column.name in exact and isinstance(value, str) else value
                _put(root, where.removesuffix("[]"), list(places), value, branch.row_path)
    return root


def _invented(column: Column, number: str, *, odd: bool) -> Any:
    kind = column.type.name
    if kind == "JSON":
        return [] if odd else [{"name": 'ä"\\', "amount": 1.25, "empty": None}, {"name": "b"}]
    if odd:
        return f"UNHEARD_OF_{number}" if kind == "VARCHAR" and column.enum else None
    if column.name == "MarketplaceId":
        return "ATVPDKIKX0DER"
    return _VALUES.get(kind, column.enum[0] if column.enum else f"{column.name} {number}".ljust(10, "0"))


def _put(node: Any, path: str, places: list[int], value: Any, row_path: str) -> None:
    """Set a value in a body; arrays of the row path take the row's places, those below it a matching element."""
    done = ""
    # A map has one value, by some name.
    path, row_path = path.replace("{}", "some"), row_path.replace("{}", "some")
    steps = re.findall(r"([^.\[\]]+)(?:\[([^\]]*)\])?", path)
    marked = [m.group(0).endswith("]") for m in re.finditer(r"[^.\[\]]+(?:\[[^\]]*\])?", path)]
    for number, (name, pick) in enumerate(steps):
        last = number == len(steps) - 1
        done = f"{done}.{name}".lstrip(".") + ("[]" if marked[number] else "")
        if not marked[number]:
            if last:
                node.setdefault(name, value)
                return
            node = node.setdefault(name, {}) if node.get(name) is not None else _fresh(node, name)
            if not isinstance(node, dict):
                return
        else:
            on_row = not pick and row_path.startswith(done)
            node = _element(node.setdefault(name, []), pick, places.pop(0) if on_row else 0)


def _fresh(node: dict[str, Any], name: str) -> dict[str, Any]:
    node[name] = {}
    return node[name]


def _element(array: list[Any], pick: str, place: int) -> Any:
    name, equals, wanted = pick.partition("=")
    if equals:
        found = next((e for e in array if isinstance(e, dict) and e.get(name) == wanted), None)
        if found is None:
            array.append(found := {name: wanted})
        return found
    place = int(pick) if pick else place
    while len(array) <= place:
        array.append({})
    return array[place]
