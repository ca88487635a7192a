"""Answers to decode, and a plain reading of them that shares no code with the driver's decoder."""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from asking import SELLER, world

from amzsql import spapi
from amzsql.catalog import modules, registry
from amzsql.catalog.model import Entry, Pushdown, Table, TablePath
from amzsql.spapi.model import Operation

US = "ATVPDKIKX0DER"
# What is given only to those who may see it.
TOO_MUCH = ("FULFILLMENT_ORDERS",)
# What the simulated seller has none of.
UNMADE = ("getShipmentContentUpdatePreview",)
__all__ = ["MODULES", "SELLER", "US", "as_sql", "entries", "page", "places", "read", "steps", "tables", "value_at"]
# What is said of all tables is one test for each module of the catalog.
MODULES = tuple(modules.MODULES)


@functools.cache
def tables(*only: str) -> tuple[Table, ...]:
    """Return every table of some modules of the catalog, else of all, once, in the first schema that has it."""
    found = (entry for module in only or MODULES for entry in registry.declared(module).values())
    return tuple(registry.table(entry.schemas[0], entry.name) for entry in found)


def entries(*only: str) -> list[Entry]:
    """Return every entry of some modules of the catalog, else of all."""
    return [table.entry for table in tables(*only)]


_PAGES: dict[int, tuple[TablePath, bytes]] = {}


def page(path: TablePath) -> bytes:
    """Return a page of a path's operation, asked as its table asks it, with all that can be included; asked once."""
    if id(path) not in _PAGES:
        _PAGES[id(path)] = path, _page(path)
    return _PAGES[id(path)][1]


def _page(path: TablePath) -> bytes:
    operation, declared = spapi.operation(path.operation), path.declared
    known = operation.key in world().sweep.answers and world().sweep.answers[operation.key].is_success
    if operation.multi_rows or operation.operation_id in UNMADE or not known:
        return filled(operation.name)
    given: dict[str, Any] = {name: value for name, value in declared.fixed if not name.startswith("body")}
    given |= {name: world().value(operation, name) for name in declared.needs if not name.startswith("body")}
    first = declared.pushdowns[0] if declared.pushdowns else None
    if first is not None and first.extras:
        # Prices by SKU or by ASIN: one operation, and what it is asked by tells its paths apart.
        given |= {
            name: None
            for group in (*operation.any_of, *operation.exclusive)
            if first.parameter in group
            for name in group
        }
        given |= {**dict(first.extras), first.parameter: _value(operation, first)}
    never = [name for name, column in declared.parameters if column is None and not name.startswith("body")]
    asked = [name for name in declared.needs if never and not name.startswith("body")]
    if asked:
        # One of several numbers of a thing: the path says which.
        given |= dict.fromkeys(never) | {name: str(world().value(operation, name)) for name in asked}
    if not given and operation.row_kind == "object":
        # One thing, which may have changed since the sweep: then Amazon tells of it no more.
        return world().asked(operation).answer
    if declared.projection_parameter:
        given[declared.projection_parameter] = ",".join(
            value for value, starts in declared.projections if starts and value not in TOO_MUCH
        )
    return world().page(operation, given)


def _value(operation: Operation, pushdown: Pushdown) -> str:
    """Return a key of the kind that a pushdown's column names, such as a SKU."""
    found = world().sweep.pool.candidates(operation.api, pushdown.column)
    return found[0] if found else str(world().value(operation, pushdown.parameter))


@functools.cache
def filled(name: str) -> bytes:
    """Return an operation's answer as the facts draw it, with every field, and two elements in each list."""
    operation = spapi.operation(name)
    types = spapi.api(operation.api).types

    def value(shape: spapi.Shape, number: int) -> Any:
        shape = types.resolve(shape)
        if shape.type == "array" and shape.items is not None:
            return [value(shape.items, n) for n in range(2)]
        if shape.properties:
            return {name: value(inner, number) for name, inner in shape.properties}
        if shape.format == "date-time":
            return f"2026-11-0{number + 1}T00:00:00Z"
        return {"integer": number, "number": number + 0.25, "boolean": True}.get(shape.type, f"text {number}")

    assert operation.response_type is not None
    return json.dumps(value(types[operation.response_type], 0)).encode()


# -- a plain reading -----------------------------------------------------------------------------------------------


@functools.cache
def steps(path: str) -> list[str]:
    """Split a path into names and brackets."""
    return re.findall(r"\[[^\]]*\]|[^.\[\]#]+", path)


def places(value: Any, way: list[str]) -> Iterator[tuple[int, ...]]:
    """Yield the indices on the way to each row."""
    if not way:
        yield ()
    elif way[0] in ("[]", "{}"):
        for index, element in enumerate((value or {}).values() if way[0] == "{}" else value or []):
            if element is not None:
                yield from ((index, *rest) for rest in places(element, way[1:]))
    elif isinstance(value, dict) and value.get(way[0]) is not None:
        yield from places(value[way[0]], way[1:])


def value_at(body: Any, path: str, row_path: str, row: tuple[int, ...]) -> Any:
    """Return what a column's path means for a row."""
    path, counts, _ = path.partition("#")
    way, along, indices = steps(path), steps(row_path), list(row)
    if counts and way[-1] != "{}":
        return row[way.count("[]") + way.count("{}") - 1]
    for number, step in enumerate(way):
        if body is None:
            return None
        shared = along[: number + 1] == way[: number + 1]
        if step == "{}":
            named = list(body.items())[indices.pop(0)]
            # Asked for by its place in a map, it is told by its name there.
            body = named[0] if counts and number == len(way) - 1 else named[1]
        elif step == "[]":
            if shared and indices:
                body = body[indices.pop(0)]
        elif step.startswith("["):
            name, equals, wanted = step[1:-1].partition("=")
            if equals:
                body = next((e for e in body if e.get(name) == wanted), None)
            else:
                body = body[int(name)] if int(name) < len(body) else None
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body


def as_sql(value: Any, kind: str) -> Any:
    """Return a JSON value as a column of the SQL type shows it."""
    if value is None or (value == "" and kind not in ("VARCHAR", "JSON")):
        return None
    if kind == "TIMESTAMP WITH TIME ZONE":
        if isinstance(value, int):
            return dt.datetime.fromtimestamp(value // 1000, dt.UTC).replace(microsecond=value % 1000 * 1000)
        moment = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    if kind == "DATE":
        return dt.date.fromisoformat(value[:10])
    if kind == "VARCHAR":
        return value if isinstance(value, str) else json.dumps(value, default=str)
    if kind == "BOOLEAN":
        return str(value).lower() == "true"
    makers: dict[str, Any] = {
        "BIGINT": lambda v: int(Decimal(str(v))),
        "DOUBLE": float,
        "DECIMAL(18,4)": lambda v: Decimal(str(v)),
    }
    return makers[kind](value) if kind in makers else value


def read(body: bytes) -> Any:
    """Parse a body with exact numbers."""
    return json.loads(body, parse_float=Decimal)
