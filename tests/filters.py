"""What a statement must filter on to be answered by one access path, and valid values for it.

Made from the path's declaration and from what the operation was asked by in a sweep: no table needs a line of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from asking import world
from simulator.sweeping import QUERIES

from amzsql import spapi
from amzsql.catalog.derive import required_fields
from amzsql.catalog.model import Pushdown, Table, TablePath
from amzsql.catalog.spelling import to_sql
from amzsql.spapi.model import Operation

# The marketplace that connections are asked for.
HOME = "ATVPDKIKX0DER"


def required(
    path: TablePath,
    value: Callable[[Pushdown, TablePath], Any] | None = None,
    already: Sequence[Pushdown] = (),
) -> list[Pushdown]:
    """Return the pushdowns without which a path cannot be asked, one for each thing that Amazon demands.

    `value` tells what each will be given, where that decides what else is demanded; `already` are given anyway.
    """
    operation, declared = spapi.operation(path.operation), path.declared
    given = {name for name, _ in declared.fixed}
    for pushdown in declared.pushdowns:
        if pushdown.default is not None:
            given |= {pushdown.parameter, *pushdown.also}
    if declared.projection_parameter:
        given.add(declared.projection_parameter)
    chosen = list(already)
    given |= {name for pushdown in already for name in _set_by(pushdown)}
    for name, other in operation.needs:
        if name in given and other not in given:
            chosen.append(_one_of((other,), path, operation))
            given |= _set_by(chosen[-1])
    for group in _demanded(path, operation):
        clash = {n for pair in operation.exclusive if given & set(pair) for n in pair}
        if not given & set(group) and not set(group) <= clash:
            pushdown = _one_of(group, path, operation)
            chosen.append(pushdown)
            given |= _set_by(pushdown)
    told = [(p.parameter, (value or plain_value)(p, path)) for p in chosen]
    sent = given | {f"{name}={value}" for p in chosen for name, value in p.extras} | {f"{n}={v}" for n, v in told}
    also = [other for name, other in operation.needs if name in sent and other not in given]
    chosen += [_one_of((other,), path, operation) for other in also]
    return [p for p in dict.fromkeys(chosen) if p not in already]


def _demanded(path: TablePath, operation: Operation) -> Iterator[tuple[str, ...]]:
    """Yield each thing that Amazon demands: parameters of which one will do."""
    yield from ((p.name,) for p in operation.parameters if p.required and p.location != "body")
    yield from ((name,) for name in required_fields(path.declared, operation))
    yield from operation.any_of
    # What goes together beyond the facts, the sweep has found out.
    taken = {name for pushdown in path.declared.pushdowns for name in _set_by(pushdown)}
    asked = [p.name for p in operation.body_fields if world().asked(operation).value(p.name) is not None]
    yield from ((name,) for name in (*QUERIES.get(operation.name, ()), *asked) if name in taken)


def _one_of(group: tuple[str, ...], path: TablePath, operation: Operation) -> Pushdown:
    """Return the pushdown that gives one of some parameters: the first of which the sweep has a value."""
    fitting = [p for p in path.declared.pushdowns if _set_by(p) & set(group)]
    assert fitting, f"{path.operation}: nothing sets {group}"
    asked = world().asked(operation)
    known = (p for p in fitting if asked.value(p.parameter) is not None and not _is_otherwise(p, path))
    return next(known, fitting[0])


def _is_otherwise(pushdown: Pushdown, path: TablePath) -> bool:
    """Tell whether the sweep's parameter had another meaning: a SKU where a pushdown gives an ASIN."""
    asked = world().asked(spapi.operation(path.operation))
    return any(str(asked.value(name)) != wanted for name, wanted in pushdown.extras)


def _set_by(pushdown: Pushdown) -> set[str]:
    return {pushdown.parameter, *pushdown.also, *(name for name, _ in pushdown.extras)}


def plain_value(pushdown: Pushdown, path: TablePath) -> Any:
    """Return a value of a pushdown's column in SQL's spelling: what the sweep asked the operation with."""
    operation = spapi.operation(path.operation)
    parameter = operation.parameter(pushdown.parameter)
    asked = world().asked(operation)
    value = asked.value(parameter.name)
    if _is_otherwise(pushdown, path):
        value = None
    if pushdown.default == "marketplaces":
        return HOME
    if value is None:
        seen = world().sweep.pool.candidates(operation.api, pushdown.column)
        value = (
            seen[0]
            if seen
            and not parameter.enum
            and pushdown.operator == "="
            and (parameter.pattern is None or re.search(parameter.pattern, str(seen[0])))
            else world().value(operation, parameter.name)
        )
    return spelt(value, pushdown, path)


def spelt(value: Any, pushdown: Pushdown, path: TablePath) -> Any:
    """Return a parameter's value as SQL has it: one of a list, the key in an address, in SQL's spelling."""
    operation = spapi.operation(path.operation)
    parameter = operation.parameter(pushdown.parameter)
    if isinstance(value, str) and parameter.type == "array":
        value = value.split(",")[0]
    if isinstance(value, list):
        value = json.dumps(value) if value and isinstance(value[0], dict) else value[0] if value else None
    if pushdown.template:
        found = re.fullmatch(re.escape(pushdown.template).replace(r"\{\}", "(.*)"), str(value))
        value = unquote(found[1]) if found else value
    source = path.sources.get(pushdown.column)
    return to_sql(source.values)([value])[0] if source is not None and isinstance(value, str) else value


def condition(table: Table, column: str, operator: str, value: Any) -> str:
    """Return a condition on a column; a list of values is an IN."""
    if isinstance(value, (list, tuple)) and operator == "=":
        return f'"{column}" IN ({", ".join(literal(table, column, v) for v in value)})'
    return f'"{column}" {operator} {literal(table, column, value)}'


def literal(table: Table, column: str, value: Any) -> str:
    """Return a value as a literal of a column's type."""
    kind = table.by_lower[column.lower()].type.name
    if isinstance(value, (dict, list)):
        value = json.dumps(value)
    if kind == "BOOLEAN":
        return str(value).upper()
    if kind in ("BIGINT", "DOUBLE") or kind.startswith("DECIMAL"):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
