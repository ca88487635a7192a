"""Fields out of the facts -> columns: their names, types, enums, and where a path takes each from.

Must not know of tables: how columns of several paths become one table's is the registry's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from amzsql.catalog.model import AccessPath, Column, ColumnSource
from amzsql.spapi.model import Field, Operation, Parameter
from amzsql.types import BIGINT, BOOLEAN, DATE, DOUBLE, JSON, MONEY, TIMESTAMP, VARCHAR, SqlType

Sourced = tuple[ColumnSource, Column]
_BY_FIELD = {"integer": BIGINT, "boolean": BOOLEAN, "number": DOUBLE, "object": JSON, "array": JSON}
_AMOUNTS = {"amount": "currencycode", "currencyamount": "currencycode"}


def pascal(path: str) -> str:
    """Return a field path as a column name: ``shipByWindow.earliestDateTime`` is ShipByWindowEarliestDateTime."""
    parts = (re.sub(r"\[.*?\]", "", part) for part in path.split("."))
    return "".join(p[:1].upper() + re.sub(r"\W", "", p[1:]) for p in parts if p)


def row_path(declared: AccessPath, operation: Operation) -> str:
    """Return the absolute path of a path's rows."""
    return operation.row_path if declared.row_path is None else declared.row_path


def of_path(declared: AccessPath, operation: Operation) -> list[Sourced]:
    """Return a path's columns: the fields below its rows, then what is declared beside them."""
    absolute = row_path(declared, operation)
    renamed, spelt = dict(declared.names), dict(declared.values)
    found: dict[str, Sourced] = {}
    for leaf, name, kind, enum in leaves(below(operation, absolute)):
        column = renamed.get(leaf, name)
        if column is not None and column not in found:
            path = f"{absolute}.{leaf}" if absolute and leaf else absolute + leaf
            found[column] = _source(column, path, kind, enum, spelt.get(column, ()))
    for column, path in declared.extra:
        kind, enum = type_at(operation, path)
        found[column] = _source(column, path, kind, enum, spelt.get(column, ()))
    for column, parameter in declared.from_parameters:
        if column not in found:
            given = operation.parameter(parameter)
            source = ColumnSource(
                column, parameter=parameter, values=spelt.get(column, ()), given=_beside(declared, column, parameter)
            )
            enum = _spelt(given.enum, spelt.get(column, ()))
            doc = f"What was asked for, by the request's parameter {parameter.removeprefix('body.')}."
            found[column] = (source, Column(column, asked_type(given), enum=enum, doc=doc))
    return list(found.values())


def asked_type(parameter: Parameter) -> SqlType:
    """Return the type of a column whose value is what was asked for."""
    if parameter.format == "date-time":
        return TIMESTAMP
    kind = parameter.item_type if parameter.type == "array" else parameter.type
    return DATE if parameter.format == "date" else _BY_FIELD.get(kind or "", VARCHAR)


def _beside(declared: AccessPath, column: str, parameter: str) -> tuple[tuple[str, str], ...]:
    """Return the parameters that tell this column from others which the same parameter narrows."""
    pushdowns = (p for p in declared.pushdowns if (p.column, p.parameter) == (column, parameter))
    return next((p.extras for p in pushdowns), ())


def _source(
    column: str, path: str, kind: SqlType, enum: tuple[str, ...], values: tuple[tuple[str, str], ...]
) -> Sourced:
    return ColumnSource(column, path, values=values), Column(column, kind, enum=_spelt(enum, values))


def _spelt(enum: tuple[str, ...], values: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    spelling = dict(values)
    return tuple(dict.fromkeys(spelling.get(e, e) for e in enum)) or tuple(sql for _, sql in values)


def all_fields(operation: Operation) -> dict[str, Field]:
    """Return an operation's fields by their absolute path in the body."""
    prefix = operation.row_path
    known = {f"{prefix}.{f.path}" if prefix and f.path else prefix + f.path: f for f in operation.fields}
    known |= {f.path: f for f in operation.root_fields if f.path not in known}
    return known


def below(operation: Operation, absolute: str) -> dict[str, Field]:
    """Return the fields below a row path, by their path relative to it; a plain value's own is empty."""
    start = absolute + "." if absolute else ""
    fields = all_fields(operation)
    found = {path[len(start) :]: f for path, f in fields.items() if path.startswith(start)}
    return found or ({"": fields[absolute]} if absolute in fields else {})


def leaves(fields: Mapping[str, Field]) -> list[tuple[str, str, SqlType, tuple[str, ...]]]:
    """Return (path, column name, type, enum) of each column below a row; an array is one column of JSON text."""
    found: dict[str, tuple[str, str, SqlType, tuple[str, ...]]] = {}
    lower = {path.lower() for path in fields}
    for path, fact in fields.items():
        leaf, is_array = (path[: path.index("[]")], True) if "[]" in path else (path, False)
        if leaf and leaf not in found:
            kind = JSON if is_array else _type_of(fact, _has_currency(leaf.lower(), lower))
            found[leaf] = (leaf, pascal(leaf), kind, () if is_array else fact.enum)
    return list(found.values())


def _has_currency(path: str, known: set[str]) -> bool:
    parent, _, name = path.rpartition(".")
    currency = _AMOUNTS.get(name)
    return currency is not None and (f"{parent}.{currency}" if parent else currency) in known


def _type_of(fact: Field, money: bool) -> SqlType:
    if money:
        return MONEY
    if fact.format == "date-time":
        return TIMESTAMP
    if fact.format == "date":
        return DATE
    return _BY_FIELD.get(fact.type, VARCHAR)


def any_element(path: str) -> str:
    """Return a path with its selectors (``[0]``, ``[type=ITEM]``) as ``[]``, as the facts write it."""
    return re.sub(r"\[[^\]]*\]", "[]", path)


def type_at(operation: Operation, path: str) -> tuple[SqlType, tuple[str, ...]]:
    """Return type and enum of an absolute path; LookupError if the operation has no such field."""
    if path.endswith("#"):
        return BIGINT, ()
    plain = any_element(path)
    known = all_fields(operation)
    if plain in known:
        return _type_of(known[plain], _has_currency(plain.lower(), {p.lower() for p in known})), known[plain].enum
    if any(p.startswith((plain + ".", plain + "[]")) for p in known):
        return JSON, ()
    raise LookupError(f"{operation.name} has no field {path}")


def with_elements(column: Column, sources: list[tuple[Operation, str]]) -> Column:
    """Return a column of JSON text as a list of plain texts, with their enum, if it is one on every path."""
    facts = [all_fields(operation).get(any_element(at) + "[]") for operation, at in sources]
    if not all(fact is not None and fact.type == "string" for fact in facts):
        return column
    enum = tuple(dict.fromkeys(value for fact in facts if fact is not None for value in fact.enum))
    return replace(column, enum=enum, elements=True)


def currency_of(amounts: Iterable[tuple[ColumnSource, Iterable[ColumnSource]]]) -> str:
    """Return the column of an amount's currency, which lies beside it on every path; "" if there is no such.

    `amounts`: where each path takes the amount from, and all that it has.
    """
    found: set[str] = set()
    for amount, sources in amounts:
        parent, _, name = amount.path.lower().rpartition(".")
        wanted = f"{parent}.{_AMOUNTS.get(name, '')}".lstrip(".")
        found.add(next((s.column for s in sources if s.path.lower() == wanted), ""))
    return found.pop() if len(found) == 1 else ""
