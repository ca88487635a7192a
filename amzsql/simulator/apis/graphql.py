"""The part of GraphQL that Data Kiosk takes: one query with arguments, nested fields and aliases; and its judgement.

Fragments, variables, directives and mutations are refused, as there is nothing in the schemas that needs them. Knows
schemas, nothing of data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from amzsql.spapi.data_kiosk import SCALARS, Dataset, KioskField, datasets, is_list, is_required, named

_TOKEN = re.compile(
    r'(?P<skip>[\s,\ufeff]+|#[^\n]*)|(?P<string>"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*")'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[_A-Za-z]\w*)|(?P<sign>\.\.\.|[{}()\[\]:!=$@|&])"
)
_DEEPEST = 20


class Enum(str):
    """A value written without quotes."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A field that is asked for; `key` is its alias, or its name."""

    name: str
    key: str
    arguments: Mapping[str, Any]
    fields: tuple[Selection, ...]


def compact(text: str) -> str:
    """Return a query without the white space and comments that say nothing: how Amazon counts its characters."""
    out: list[str] = []
    for kind, token in _tokens(text):
        if kind != "sign" and out and re.fullmatch(r"[\w\"]", out[-1][-1]):
            out.append(" ")
        out.append(token)
    return "".join(out)


def parse(text: str) -> Selection:
    """Return the dataset that a query asks for, with what it asks of it; ValueError if it cannot be read."""
    tokens = list(_tokens(text))
    reader = _Reader(tokens)
    if reader.take("query") and reader.kind == "name":
        reader.name()
    fields = reader.selection(0)
    if reader.token is not None:
        raise ValueError(f"nothing may follow the query, but {reader.token} does")
    if len(fields) != 1:
        raise ValueError("a query asks for one dataset")
    return fields[0]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"{text[at : at + 10]!r} at character {at + 1} cannot be read")
        if found.lastgroup != "skip":
            yield str(found.lastgroup), found.group()
        at = found.end()


class _Reader:
    """Reads the tokens of a query."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at = tokens, 0

    @property
    def kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    @property
    def token(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def take(self, token: str) -> bool:
        if self.token != token:
            return False
        self._at += 1
        return True

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise ValueError(f"{token} is expected, not {self.token or 'the end'}")

    def name(self) -> str:
        if self.kind != "name":
            raise ValueError(f"a name is expected, not {self.token or 'the end'}")
        self._at += 1
        return self._tokens[self._at - 1][1]

    def selection(self, depth: int) -> tuple[Selection, ...]:
        if depth > _DEEPEST:
            raise ValueError("the query is nested too deeply")
        self.expect("{")
        fields = []
        while not self.take("}"):
            fields.append(self._field(depth))
        if not fields:
            raise ValueError("a selection must not be empty")
        return tuple(fields)

    def _field(self, depth: int) -> Selection:
        key = name = self.name()
        if self.take(":"):
            name = self.name()
        arguments: dict[str, Any] = {}
        if self.take("("):
            while not self.take(")"):
                argument = self.name()
                self.expect(":")
                arguments[argument] = self._value(depth)
        return Selection(name, key, arguments, self.selection(depth + 1) if self.token == "{" else ())

    def _value(self, depth: int) -> Any:
        kind, token = self.kind, self.token or "the end"
        if depth > _DEEPEST or kind not in ("string", "number", "name", "sign"):
            raise ValueError(f"a value is expected, not {token}")
        self._at += 1
        if kind == "string":
            return token.strip('"') if token.startswith('"""') else re.sub(r"\\(.)", r"\1", token[1:-1])
        if kind == "number":
            return int(token) if re.fullmatch(r"-?\d+", token) else float(token)
        if kind == "name":
            return {"true": True, "false": False, "null": None}.get(token, Enum(token))
        if token == "[":
            return self._list(depth)
        if token == "{":
            return self._object(depth)
        raise ValueError(f"a value is expected, not {token}")

    def _list(self, depth: int) -> list[Any]:
        values = []
        while not self.take("]"):
            values.append(self._value(depth + 1))
        return values

    def _object(self, depth: int) -> dict[str, Any]:
        values = {}
        while not self.take("}"):
            name = self.name()
            self.expect(":")
            values[name] = self._value(depth + 1)
        return values


def judge(root: Selection) -> Iterator[str]:
    """Yield what the schemas have against a query."""
    dataset = datasets().get(root.name)
    if dataset is None:
        yield f"there is no dataset {root.name}; there are {', '.join(datasets())}"
        return
    if len(root.fields) != 1:
        yield f"{root.name} is asked one query at a time"
    for query in root.fields:
        yield from _field(dataset, root.name, dataset.queries, query)


def _field(dataset: Dataset, of: str, known: Mapping[str, KioskField], asked: Selection) -> Iterator[str]:
    field = known.get(asked.name)
    if field is None:
        yield f"{of} has no field {asked.name}"
        return
    for name in asked.arguments:
        if name not in field.arguments:
            yield f"{asked.name} has no argument {name}"
    for name, kind in field.arguments.items():
        yield from _value(dataset, f"{asked.name}.{name}", kind, asked.arguments.get(name))
    inner = dataset.types.get(named(field.type))
    if inner is None and asked.fields:
        yield f"{asked.name} has no fields"
    if inner is not None and not asked.fields:
        yield f"{asked.name} needs a selection of its fields"
    for child in asked.fields if inner is not None else ():
        yield from _field(dataset, named(field.type), inner or {}, child)


def _value(dataset: Dataset, path: str, kind: str, value: Any) -> Iterator[str]:
    """Yield what is wrong with an argument, or with a part of one."""
    if value is None:
        if is_required(kind):
            yield f"{path} is missing"
        return
    if is_list(kind):
        inner = kind.removesuffix("!")[1:-1]
        # A single value stands for a list of one.
        for item in value if isinstance(value, list) else [value]:
            yield from _value(dataset, path, inner, item)
        return
    name = named(kind)
    if name in dataset.inputs:
        if not isinstance(value, dict):
            yield f"{path} must be an object"
            return
        for child in value:
            if child not in dataset.inputs[name]:
                yield f"{path} has no {child}"
        for child, of in dataset.inputs[name].items():
            yield from _value(dataset, f"{path}.{child}", of, value.get(child))
    elif name in dataset.enums:
        if not isinstance(value, Enum) or value not in dataset.enums[name]:
            yield f"{path} is one of {', '.join(dataset.enums[name])}"
    elif name in SCALARS and not _is(name, value):
        yield f"{path} must be of type {name}"


def _is(name: str, value: Any) -> bool:
    if name == "Date":
        return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None and _is_day(value)
    if name == "Boolean" or isinstance(value, bool):
        return name == "Boolean" and isinstance(value, bool)
    if name in ("Int", "Long"):
        return isinstance(value, int)
    if name == "Float":
        return isinstance(value, int | float)
    return isinstance(value, str) and not isinstance(value, Enum)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
