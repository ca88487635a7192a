"""Which operation an INSERT, UPDATE or DELETE calls, and which column is which of its inputs.

Owns the way from a table's columns to the inputs of a call: a `Call` is the operation's procedure with its inputs named
as the table's columns are, so that a row's values are its arguments. Must not know of statements, nor of how a call is
sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from amzsql import spapi
from amzsql.catalog import listing_attributes, procedures, registry
from amzsql.catalog.model import Column, Table, TablePath, WriteKind, WriteMapping
from amzsql.catalog.procedures import Input, Output, Procedure
from amzsql.catalog.spelling import pairs_of
from amzsql.errors import ProgrammingError, nearest
from amzsql.spapi.bodies import ROOT
from amzsql.types import JSON, VARCHAR

UNKNOWN = object()
"""What stands for an assigned value that is not known before a row is read."""
TYPE = "ProductType"
_VERBS: Mapping[WriteKind, str] = {"insert": "INSERT INTO", "update": "UPDATE", "delete": "DELETE FROM"}
_ALL = "*"
_REMOVED = "Amazon has removed"
# What stands behind the name of an object given whole, where a column has its name.
_WHOLE = "Object"
_COMMON = frozenset(c.name for c in registry.COMMON)


@dataclass(frozen=True, slots=True)
class Call:
    """A write as a call: what a statement may give to it, by the columns' names or its own.

    `procedure` is the operation's, its inputs under the names that a statement uses; `request_of` takes the arguments
    that `arguments` makes of a row. `columns` are the inputs that are columns, by the column's name as the table spells
    it; `others` those that are none, and answer in INSERT and UPDATE only. An input without targets is a part of a
    listing's attributes.
    """

    mapping: WriteMapping
    procedure: Procedure
    columns: Mapping[str, Input]
    others: Mapping[str, Input]


def mapping(table: Table, kind: WriteKind, assigned: Iterable[str] | Mapping[str, Any] = ()) -> WriteMapping:
    """Return what carries out a write on a table that gives the named columns and inputs a value.

    `assigned`: the columns of an INSERT or UPDATE in any case; of an update with their values where they are known,
    since some operations set a column to one value only.

    Raises:
        ProgrammingError: the table takes no such write, or a column cannot be written by it; the message names it.
    """
    known = [m for m in table.writes if m.kind == kind]
    if not known:
        raise ProgrammingError(f"{table.name} takes no {kind.upper()}.{_instead(table)}")
    values = dict(assigned) if isinstance(assigned, Mapping) else dict.fromkeys(assigned, UNKNOWN)
    named = {_spelt(table, known, name): value for name, value in values.items()}
    fitting = [m for m in known if _fits(table, m, named)]
    if not fitting:
        raise ProgrammingError(_why_none(table, kind, known, named))
    return max(fitting, key=lambda m: len(m.sets))


def call(table: Table, chosen: WriteMapping) -> Call:
    """Return a write as a call."""
    return _call(table.schema, table.name, chosen)


def inputs(table: Table, chosen: WriteMapping) -> dict[str, Input]:
    """Return what a statement may give to a write, by name: the columns that it writes, then what is no column."""
    found = call(table, chosen)
    return {**found.columns, **found.others}


def required(table: Table, chosen: WriteMapping) -> tuple[str, ...]:
    """Return the columns and inputs that a write cannot do without; not those that a connection gives."""
    return tuple(n for n, i in inputs(table, chosen).items() if i.required and i.default is None)


def missing(table: Table, chosen: WriteMapping, given: Iterable[str]) -> tuple[str, ...]:
    """Return what a write cannot do without and is not given, by itself or within an object given whole."""
    known = inputs(table, chosen)
    names = {name.lower() for name in given}
    wholes = [f"{i.targets[0]}." for n, i in known.items() if i.whole and n.lower() in names]
    lacking = (n for n in required(table, chosen) if n.lower() not in names)
    return tuple(n for n in lacking if not any(t.startswith(w) for w in wholes for t in known[n].targets))


def keys(table: Table, chosen: WriteMapping) -> tuple[str, ...]:
    """Return the columns by which an update or delete names a row to Amazon: of the key, and what the address needs."""
    return _keys(table.schema, table.name, chosen)


@cache
def _keys(schema: str, name: str, chosen: WriteMapping) -> tuple[str, ...]:
    table = registry.table(schema, name)
    found = call(table, chosen)
    operation = spapi.operation(chosen.operation)
    addressed = (n for n, i in found.columns.items() if any(procedures.parameter_of(operation, t) for t in i.targets))
    needed = [n for n in addressed if found.columns[n].required and n not in chosen.on]
    return tuple(dict.fromkeys((*(k for k in table.entry.key if k in found.columns), *needed)))


def read(table: Table, chosen: WriteMapping, assigned: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the columns of a row that an update or delete needs: its keys, and what it sends as it was read."""
    given, found = {name.lower() for name in assigned}, call(table, chosen)
    kept = [n for n, i in found.columns.items() if i.targets and (i.required or chosen.whole)]
    if not listing_attributes.needed(chosen.patch, chosen.kind, frozenset(assigned)):
        kept.remove(TYPE)
    return tuple(dict.fromkeys((*keys(table, chosen), *(n for n in kept if n.lower() not in given))))


def result(table: Table, chosen: WriteMapping) -> dict[str, Output]:
    """Return where the answer of an insert tells key columns that the row did not give."""
    outputs = {o.name: o for o in call(table, chosen).procedure.sets[0].columns}
    said = dict(chosen.result)
    named = ((column, said.get(column, column)) for column in table.entry.key)
    return {column: outputs[name] for column, name in named if name in outputs}


def arguments(
    table: Table, chosen: WriteMapping, row: Mapping[str, Any], places: Callable[[], Sequence[str]]
) -> tuple[tuple[str | None, Any], ...]:
    """Return the arguments of a row's call, for `request_of`: values as Amazon spells them, and what goes with them.

    `row` has the row's values by the names that `inputs` gives, in any case; `places` are the marketplaces where the
    row says none.

    Raises:
        ProgrammingError: a value that is part of a listing's attributes does not fit.
    """
    found = call(table, chosen)
    known = {name.lower(): name for name in (*found.columns, *found.others)}
    given = {known[n.lower()]: value for n, value in row.items() if n.lower() in known}
    if chosen.patch:
        given = _patched(chosen, found, given, places)
    sent = ((name, _amazons(table, chosen, found, name, value)) for name, value in given.items())
    return (*sent, *chosen.fixed)


def is_written(table: Table, column: str) -> bool:
    """Tell whether INSERT or UPDATE gives a column a value."""
    writes = (m for m in table.writes if m.kind != "delete")
    return any(_sets(table, m, column) or (m.kind == "insert" and column in call(table, m).columns) for m in writes)


def settable(table: Table, chosen: WriteMapping) -> tuple[str, ...]:
    """Return what an insert or update may give a value: of an update not what names the row."""
    if chosen.kind == "insert":
        return tuple(inputs(table, chosen))
    fixed = dict.fromkeys(column for column, _ in chosen.sets)
    named = {*table.entry.key, *keys(table, chosen), *_kept(table, chosen)} - set(chosen.on)
    return tuple(n for n in (*fixed, *inputs(table, chosen)) if n not in named)


def _kept(table: Table, chosen: WriteMapping) -> set[str]:
    """Return the columns that are sent as they were read, and are Amazon's: an insert does not take them."""
    new = [m for m in table.writes if m.kind == "insert"]
    return (
        set(call(table, chosen).columns) - {n for m in new for n in inputs(table, m)} if chosen.whole and new else set()
    )


def example(table: Table, chosen: WriteMapping) -> str:
    """Return a statement that asks for a write: the declared one, else one with a parameter for each value."""
    if chosen.example:
        return chosen.example
    schema = "" if table.entry.schemas[0] == registry.SCHEMAS[0] else f"{table.entry.schemas[0]}."
    what = f"{_VERBS[chosen.kind]} {schema}{table.name}"
    needed = required(table, chosen)
    if chosen.kind == "insert":
        names = needed or settable(table, chosen)[:2]
        return f"{what} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    where = " AND ".join(f"{name} = ?" for name in keys(table, chosen))
    if chosen.kind == "delete":
        return f"{what} WHERE {where}"
    fixed = [f"{column} = '{value}'" for column, value in chosen.sets]
    read_too = read(table, chosen)
    asked = [n for n in needed if n not in read_too] or ([] if fixed else [*chosen.on])
    if not asked and not fixed:
        free = [n for n in settable(table, chosen) if len(_updates(table, n)) == 1]
        asked = [next((n for n in free if not n.endswith("Id")), free[0])]
    return f"{what} SET {', '.join((*fixed, *(f'{name} = ?' for name in asked)))} WHERE {where}"


def _updates(table: Table, name: str) -> list[WriteMapping]:
    return [m for m in table.writes if m.kind == "update" and name in settable(table, m)]


# -- which one ---------------------------------------------------------------------------------------------------------


def _sets(table: Table, chosen: WriteMapping, name: str) -> bool:
    return name in settable(table, chosen)


def _fits(table: Table, chosen: WriteMapping, named: Mapping[str, Any]) -> bool:
    """Tell whether a write sets all that is assigned, and is the one for it."""
    if chosen.kind == "delete":
        return True
    if not set(named) <= set(settable(table, chosen)):
        return False
    if chosen.on and not set(chosen.on) & set(named):
        return False
    return all(column in named and _same(named[column], value) for column, value in chosen.sets)


def _same(value: Any, fixed: str) -> bool:
    return isinstance(value, str) and value.lower() == fixed.lower()


def _spelt(table: Table, known: Sequence[WriteMapping], name: str) -> str:
    """Return a name as the table or one of its writes spells it."""
    column = table.column(name)
    if column is not None:
        return column.name
    others = {other.lower(): other for m in known for other in call(table, m).others}
    if name.lower() not in others:
        listed = [*(c.name for c in table.columns), *others.values()]
        raise ProgrammingError(f"{table.name} has no column {name}.{nearest(name, listed)}")
    return others[name.lower()]


def _why_none(table: Table, kind: WriteKind, known: Sequence[WriteMapping], named: Mapping[str, Any]) -> str:
    """Return why no write of a kind sets what is assigned."""
    able = {name: [m for m in known if name in settable(table, m)] for name in named}
    what = f"{_VERBS[kind]} {table.name}"
    for name, ways in able.items():
        if not ways:
            key = kind == "update" and name in table.entry.key
            why = "is part of the key, which names the row" if key else "is read only"
            taken = dict.fromkeys(n for m in known for n in settable(table, m))
            return f"{what}: {name} {why}. It takes {_listed(list(taken))}."
    fixed = {name: {v: None for m in ways for c, v in m.sets if c == name} for name, ways in able.items()}
    for name, words in fixed.items():
        if words and not any(_same(named[name], word) for word in words) and all(m.sets for m in able[name]):
            return f"{what}: {name} can be set to {_or([repr(w) for w in words])} only, written out."
    for m in known:
        if set(named) <= set(settable(table, m)):
            beside = [*(f"{c} = '{v}'" for c, v in m.sets), *m.on]
            return f"{what}: {_and(list(named))} goes with {_or(beside)}; assign that too."
    apart = [f"{name} by {spapi.operation(ways[0].operation).operation_id}" for name, ways in able.items()]
    return f"{what}: {_and(apart)} are set by different calls of Amazon's. Write a statement for each."


def _instead(table: Table) -> str:
    if table.entry.removed:
        known = table.entry.removed.startswith(_REMOVED)
        return f" {table.entry.removed}" if known else f" {_REMOVED} its operations. {table.entry.removed}"
    if table.entry.instead:
        return f" {table.entry.instead}"
    kinds = dict.fromkeys(m.kind.upper() for m in table.writes)
    return f" It takes {_and(list(kinds))}." if kinds else " It is read only."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:12])}, … ({len(names)})"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


# -- columns and inputs ------------------------------------------------------------------------------------------------


@cache
def _call(schema: str, name: str, chosen: WriteMapping) -> Call:
    table = registry.table(schema, name)
    own = procedures.of_operation(schema, chosen.operation, chosen.element)
    own = replace(own, inputs=_joined(chosen, own.inputs))
    paired = _paired(table, chosen, own.inputs)
    called = {each.name: column for column, each in paired.items()}
    kept = {n for n, _ in chosen.fixed} | _unnamed(chosen)
    called |= {i.name: _called(chosen, i.name) for i in own.inputs if i.name not in {*called, *kept}}
    twice = {i.name for i in own.inputs if i.name in paired and paired[i.name].name != i.name}
    called |= {name: f"{name}{_WHOLE}" for name in twice}
    parts = listing_attributes.inputs(chosen.patch, chosen.kind)
    spared = listing_attributes.spared(chosen.patch, chosen.kind)
    made = tuple(
        replace(i, name=called.get(i.name, i.name), required=i.required and i.name not in spared) for i in own.inputs
    )
    procedure = replace(own, name=f"{_VERBS[chosen.kind]} {table.name}", inputs=made)
    known = {i.name: i for i in made}
    columns = {column: known[column] for column in paired}
    columns |= {i.name: i for i in parts if table.column(i.name) is not None}
    others = {n: i for n, i in known.items() if n not in columns and n not in kept}
    others |= {i.name: i for i in parts if table.column(i.name) is None}
    return Call(chosen, procedure, {n: i for n, i in columns.items() if n not in kept or not i.targets}, others)


def _unnamed(chosen: WriteMapping) -> set[str]:
    """Return the inputs that a statement does not give."""
    return {name for column, name in chosen.inputs if not column and name} | listing_attributes.replaced(chosen.patch)


def _joined(chosen: WriteMapping, known: tuple[Input, ...]) -> tuple[Input, ...]:
    """Return the inputs, those that one column is declared to be together as one."""
    groups: dict[str, list[str]] = {}
    for column, name in chosen.inputs:
        if name is not None and not column.endswith(_ALL):
            groups.setdefault(column, []).append(name)
    targets = {i.name: i.targets for i in known}
    more = {first: rest for first, *rest in groups.values()}
    gone = {name for rest in more.values() for name in rest}
    return tuple(
        replace(i, targets=(*i.targets, *(t for name in more.get(i.name, ()) for t in targets[name])))
        for i in known
        if i.name not in gone
    )


def _paired(table: Table, chosen: WriteMapping, known: Sequence[Input]) -> dict[str, Input]:
    """Return the input that each column is: as it is declared, by its name, or by the path that it is read from."""
    by_name = {i.name.lower(): i for i in known}
    by_target = {t: i for i in known for t in i.targets}
    fixed = {n for n, _ in chosen.fixed} | _unnamed(chosen)
    free = [c for c in table.columns if c.name not in _COMMON and not _is_set(chosen, c.name)]
    found: dict[str, Input] = {}
    taken: set[str] = set(fixed)

    def take(column: Column, each: Input | None) -> None:
        if each is None or column.name in found or each.name in taken:
            return
        if not each.whole or column.type == JSON:  # an amount has often the name of the object that it is in
            found[column.name] = each
            taken.add(each.name)

    said = dict(reversed(chosen.inputs))
    for column in free:
        if said.get(column.name):
            take(column, by_name.get(str(said[column.name]).lower()))
    free = [c for c in free if c.name not in said]
    for column in free:
        take(column, by_name.get(_beginning(chosen, column.name).lower()))
    for column in free:
        take(column, by_name.get(column.name.lower()))
    for column in free:
        for target in _targets(table, chosen, column.name):
            take(column, by_target.get(target))
    for column in free:
        plural = by_name.get(f"{column.name.lower()}s")
        take(column, plural if plural is not None and plural.is_list else None)
    return {c.name: found[c.name] for c in table.columns if c.name in found}


def _is_set(chosen: WriteMapping, column: str) -> bool:
    return chosen.kind == "update" and any(column == c for c, _ in chosen.sets)


def _beginning(chosen: WriteMapping, column: str) -> str:
    """Return the input that a column is by what its name begins with, "" where nothing is said of that."""
    for start, instead in chosen.inputs:
        if start.endswith(_ALL) and instead is not None and column.startswith(start[:-1]):
            return instead[:-1] + column.removeprefix(start[:-1])
    return ""


def _called(chosen: WriteMapping, name: str) -> str:
    """Return what a statement calls an input that is no column."""
    for own, instead in chosen.inputs:
        if instead == name and own:
            return own
        if own.endswith(_ALL) and instead is not None and name.startswith(instead[:-1]) and name != instead[:-1]:
            return own[:-1] + name.removeprefix(instead[:-1])
    return name


def _targets(table: Table, chosen: WriteMapping, column: str) -> Iterator[str]:
    """Yield where a column's value would go in a request: the parameter that asks for it, the field of its path."""
    root = f"{ROOT}.{chosen.element}" if chosen.element else ROOT
    for path in table.paths:
        source = path.sources.get(column)
        if source is None:
            continue
        if source.parameter is not None:
            yield source.parameter
        elif (leaf := _leaf(path, column)) is not None:
            yield f"{root}.{leaf}"


def _leaf(path: TablePath, column: str) -> str | None:
    source = path.sources[column].path
    row = f"{path.row_path}." if path.row_path else ""
    return source.removeprefix(row) if source.startswith(row) and "#" not in source else None


# -- values ------------------------------------------------------------------------------------------------------------


def _amazons(table: Table, chosen: WriteMapping, found: Call, name: str, value: Any) -> Any:
    """Return a value as the operation spells it: a column may have another spelling than Amazon's."""
    each = found.columns.get(name)
    if each is None or not isinstance(value, str) or each.type != VARCHAR:
        return value
    if any(e.lower() == value.lower() for e in each.enum):
        return value
    api = spapi.operation(chosen.operation).api
    for path in table.paths:
        if spapi.operation(path.operation).api == api and name in path.sources:
            for amazons, ours in pairs_of(path.sources[name].values):
                if ours.lower() == value.lower():
                    return amazons
    return value


def _patched(
    chosen: WriteMapping, found: Call, given: dict[str, Any], places: Callable[[], Sequence[str]]
) -> dict[str, Any]:
    """Return a row's values with those that are parts of a listing's attributes as one input."""
    known = {**found.columns, **found.others}
    rest = {name: value for name, value in given.items() if known[name].targets}
    own = given.get("MarketplaceId")
    where = [str(own)] if own is not None else list(places())
    try:
        return rest | listing_attributes.made(chosen.patch, chosen.kind, given, where)
    except ValueError as error:
        raise ProgrammingError(f"{found.procedure.name}: {error}.") from None
