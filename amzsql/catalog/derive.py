"""What a declaration need not say: a parameter narrows the column of its name, a child's rows carry their parent's key.

Must not know of SQL or plans; whatever is declared wins over what is derived.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from amzsql import spapi
from amzsql.catalog.columns import Leaf, leaves, pascal, renaming
from amzsql.catalog.model import (
    AccessPath,
    Branch,
    Column,
    Default,
    Entry,
    Operator,
    Parent,
    Part,
    Pushdown,
    Table,
    TableBranch,
    TablePath,
)
from amzsql.spapi.bodies import ROOT
from amzsql.spapi.model import Operation, Parameter
from amzsql.types import JSON, TIMESTAMP

_PLACE = re.compile(r"(?i)marketplace_?ids?$")
_SELLER = re.compile(r"(?i)(?:^|\.)sellerid$")
_BOUNDS: Mapping[str, Operator] = {"After": ">=", "Since": ">=", "Before": "<", "Until": "<"}
_ENDS = ("", "date", "time", "datetime", "at", "on", "timestamp")
# They order the answer and choose nothing.
_SORTING = re.compile(r"(?i)^(body\.)?sort(by|order|field)?$|^body\.sort\.")

_EXAMPLE = re.compile(r"SELECT .*? FROM (?P<table>\w+)(?P<rest>| WHERE .*?)(?: (?:GROUP|ORDER) BY .*)?")
_WAY = re.compile(r"^body(\[\])?\.(\w+\[\]\.)?")


def singular(name: str) -> str:
    """Return a list's name as that of one of its elements."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith(("sses", "uses")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def completed(declared: AccessPath, operation: Operation, columns: Mapping[str, Column]) -> AccessPath:
    """Return a path with a pushdown for each parameter that it says nothing of.

    `columns`: the path's own by name. A parameter narrows the column of its name (``After`` and ``Since``, ``Before``
    and ``Until`` are the ends of a time); where the rows have none, it is a pseudo-column: what was asked for.
    """
    said = {name for name, _ in declared.from_parameters}
    by_lower = {name.lower(): column for name, column in columns.items() if name not in said}
    named = dict(declared.parameters)
    asked = {name for _, name in declared.from_parameters}
    found, sources = list(declared.pushdowns), list(declared.from_parameters)
    for parameter in _free(declared, operation):
        column = named[parameter.name] if parameter.name in named else _plain(parameter)
        if column is None:
            continue
        pushdown = _pushdown(parameter, column, by_lower, declared, operation)
        found.append(pushdown)
        if pushdown.column.lower() not in by_lower and parameter.name not in asked:
            sources.append((pushdown.column, parameter.name))
    by_key = declared.by_key or (
        operation.row_kind == "object" and any(p.location == "path" for p in operation.parameters)
    )
    one = declared.one_row_per_key and "[]" not in (declared.row_path or "")
    return replace(
        declared,
        pushdowns=tuple(found),
        from_parameters=tuple(sources),
        by_key=by_key,
        one_row_per_key=one if by_key else declared.one_row_per_key,
    )


def _free(declared: AccessPath, operation: Operation) -> Iterator[Parameter]:
    """Yield the parameters that a path says nothing of and that are no machinery of pages or order."""
    said = {name for name, _ in declared.fixed} | {declared.projection_parameter}
    for pushdown in declared.pushdowns:
        said |= {pushdown.parameter, *pushdown.also, *(name for name, _ in pushdown.extras)}
    if paging := operation.paging:
        said |= {paging.token_parameter, paging.size_parameter}
    start = (declared.batch or "").rpartition("[]")[0]
    said |= {p.name for p in operation.parameters if p.location == "body"}
    named = {name for name, _ in declared.parameters}
    for parameter in (*operation.parameters, *operation.body_fields):
        if parameter.name in said or _SORTING.search(parameter.name):
            continue
        if parameter.name not in named and not _is_plain(parameter, declared, start):
            continue
        yield parameter


def _is_plain(parameter: Parameter, declared: AccessPath, start: str) -> bool:
    """Tell whether a parameter narrows though nobody named it: no header does, of a body's fields those of the way."""
    if parameter.location == "body":
        return _is_way(parameter.name, declared, start)
    return parameter.location != "header"


def required_fields(declared: AccessPath, operation: Operation) -> list[str]:
    """Return what a path cannot be asked without beside Amazon's required parameters: its body's fields, its needs."""
    paging, start = operation.paging, (declared.batch or "").rpartition("[]")[0]
    machinery = {paging.token_parameter, paging.size_parameter} if paging else set()
    fields = (p.name for p in operation.body_fields if p.required and p.name not in machinery)
    return [*(name for name in fields if _is_way(name, declared, start)), *declared.needs]


def _is_way(name: str, declared: AccessPath, start: str) -> bool:
    """Tell whether a body is asked by this field: with a batch by its elements' fields, else by whole lists."""
    each = "[]" in name[:-2]
    if declared.batch is None:
        return not each and name != ROOT
    return name.startswith(f"{start}[]") if each else name != start


def _plain(parameter: Parameter) -> str:
    """Return the column's name of a parameter: of a list one element's, of a body's field without the way to it."""
    name = _WAY.sub("", parameter.name)
    if _PLACE.search(name):
        return "MarketplaceId"
    plain = pascal(name)
    return singular(plain) if parameter.type == "array" and name == parameter.name else plain


def _pushdown(
    parameter: Parameter, column: str, by_lower: Mapping[str, Column], declared: AccessPath, operation: Operation
) -> Pushdown:
    if bound := _bound(parameter, column, by_lower, operation):
        return bound
    listed = _listed(parameter, column, by_lower)
    known = by_lower.get((listed or column).lower())
    name = known.name if known else column
    batch = declared.batch == parameter.name
    is_list = parameter.type == "array"
    return Pushdown(
        name,
        "=",
        parameter.name,
        exact=known is None or parameter.location == "path" or _same_values(parameter, known),
        default=_default(parameter, declared),
        longest=1 if is_list and not batch and (known is None or "[]" in parameter.name[:-2]) else None,
    )


def _default(parameter: Parameter, declared: AccessPath) -> Default | None:
    """Return what fills a parameter that the statement says nothing of: the connection's, where Amazon must have it."""
    if not parameter.required and parameter.name not in declared.needs:
        return None
    return "marketplaces" if _PLACE.search(parameter.name) else "seller" if _SELLER.search(parameter.name) else None


def _listed(parameter: Parameter, column: str, by_lower: Mapping[str, Column]) -> str | None:
    """Return the column of a list parameter's own name, if the rows have no other of its elements'."""
    whole = pascal(parameter.name)
    if _PLACE.search(parameter.name):
        return None
    return whole if column.lower() not in by_lower and whole.lower() in by_lower else None


def _same_values(parameter: Parameter, column: Column) -> bool:
    return (
        bool(parameter.enum)
        and column.type != JSON
        and {e.lower() for e in parameter.enum} == {e.lower() for e in column.enum}
    )


def _bound(parameter: Parameter, column: str, by_lower: Mapping[str, Column], operation: Operation) -> Pushdown | None:
    """Return the pushdown of a time's lower or upper bound; None if the parameter is none."""
    word = next((w for w in _BOUNDS if parameter.name.endswith(w)), None)
    if parameter.format != "date-time" or word is None:
        return None
    stem = column.removesuffix(word).lower()
    names = (f"{start}{stem}{end}" for start in ("", "last") for end in _ENDS)
    time = next((by_lower[n] for n in names if n in by_lower and by_lower[n].type == TIMESTAMP), None)
    name = column if time is None else time.name
    lower = _BOUNDS[word] == ">="
    window = next((w for w in operation.windows if parameter.name in (w.after, w.before)), None)
    # Only the first pair of times is asked for where a statement says nothing: the others would choose among rows.
    reach = lower and window is not None and window.horizon is not None and window == operation.windows[0]
    default: Default | None = "horizon" if reach else "now" if parameter.required and not lower else None
    return Pushdown(name, _BOUNDS[word], parameter.name, default=default)


# -- parts -----------------------------------------------------------------------------------------------------------


def parts(entry: Entry) -> Iterator[Entry]:
    """Yield the entries of an entry's parts and of theirs; `part_of` says what they are read from."""
    for part in entry.parts:
        made = Entry(
            part.name,
            part.doc,
            paths=(),
            key=(),
            kind=entry.kind,
            schemas=entry.schemas,
            parts=part.parts,
            writes=part.writes,
            part=part,
            whole=entry,
            example=part.example or _example(part.name, entry),
        )
        yield made
        yield from parts(made)


def _example(name: str, whole: Entry) -> str:
    """Return a part's example: its whole's with all columns, whose filters are on what both have."""
    found = _EXAMPLE.fullmatch(whole.example)
    return f"SELECT * FROM {name}{found['rest'] if found and found['table'] == whole.name else ''}"


class _Array(NamedTuple):
    """An array of a part's: where in the whole it stands, the path of its elements, and their columns."""

    whole: TableBranch
    array: str
    row: str
    leaves: tuple[Leaf, ...]


class _Found(NamedTuple):
    """A path of the whole's that has elements of a part: their arrays, and the names of their columns."""

    path: TablePath
    arrays: list[_Array]
    own: list[str]


def part_of(entry: Entry, whole: Table) -> Entry:
    """Return a part's entry with all that it has from the whole: paths, key, and the columns that it carries."""
    part, owner = entry.part, whole.entry
    assert part is not None  # only entries with a part come here
    found = ((path, arrays, _own(part, arrays)) for path in whole.paths if (arrays := _arrays(part, path)))
    kept = [_Found(*each) for each in found if each[2]]
    carried = _carried(part, whole, kept)
    own = part.key or tuple(name for name in (part.list, part.number) if name)
    return replace(
        entry,
        paths=tuple(_part_path(part, found, carried) for found in kept),
        key=(*owner.key, *own),
        first=tuple(dict.fromkeys((*owner.key, *own, *part.first))),
        types=(*part.types, *((c, whole.by_lower[c.lower()].type) for c in carried)),
        hidden=(*part.hidden, *(c for c in carried if c not in (*owner.key, *part.first))),
        parent=Parent(owner.key, owner.name, inherits=carried),
        time_column=owner.time_column if owner.time_column in carried else None,
        typical_rows=max(1, round(owner.typical_rows * part.rows)),
        typical_days=owner.typical_days,
        account_unique=owner.account_unique,
    )


def _carried(part: Part, whole: Table, kept: list[_Found]) -> tuple[str, ...]:
    """Return the whole's columns that its parts have as well: its key, its time, and whatever narrows it.

    Not those that the elements have themselves under the same name.
    """
    time = (whole.entry.time_column,) if whole.entry.time_column else ()
    pushed = (p.column for each in kept for p in each.path.declared.pushdowns)
    given = whole.entry.part.gives if whole.entry.part is not None else ()
    own = {*(name for name, _ in part.extra), *(name for found in kept for name in found.own)}
    found = dict.fromkeys((*whole.entry.key, *given, *time, *pushed))
    return tuple(c for c in found if c not in own and any(c in each.path.sources for each in kept))


def _own(part: Part, arrays: list[_Array]) -> list[str]:
    """Return the names of the columns of the arrays' elements; none where the path's answer has no such array."""
    rename = renaming(part.names)
    found = (rename(leaf, name) for each in arrays for leaf, name, _, _ in each.leaves)
    return [column for column in found if column is not None]


def _arrays(part: Part, path: TablePath) -> list[_Array]:
    """Return the part's arrays in each array of the whole's, as far as the path's answer has them."""
    operation = spapi.operation(path.operation)
    each = ((whole, array) for whole in path.branches for array in (part.array, *part.others))
    found = ((whole, array, _row(whole, array)) for whole, array in each)
    return [_Array(*one, below) for one in found if (below := leaves(operation, one[2]))]


def _row(whole: TableBranch, array: str) -> str:
    each = array if array.endswith("{}") else f"{array}[]"
    return f"{whole.row_path}.{each}" if whole.row_path else each


def _part_path(part: Part, found: _Found, carried: tuple[str, ...]) -> AccessPath:
    path, declared = found.path, found.path.declared
    taken = [c for c in carried if c in path.sources]
    arrays = tuple(_part_branch(part, each, taken) for each in found.arrays)
    single = len(arrays) == 1 and not arrays[0].constants
    sources = [path.sources[c] for c in taken]
    asked = tuple(value for value, starts in declared.projections if _starts(part.array, starts))
    return replace(
        declared,
        row_path=arrays[0].row_path if single else None,
        names=arrays[0].names if single else (),
        extra=arrays[0].extra if single else (),
        constants=(),
        branches=() if single else arrays,
        from_parameters=tuple((s.column, s.parameter) for s in sources if s.parameter),
        parameters=(*declared.parameters, *((p.parameter, None) for p in declared.pushdowns if p.column not in taken)),
        pushdowns=tuple(p for p in declared.pushdowns if p.column in taken),
        values=(*part.values, *((s.column, s.values) for s in sources if s.values)),
        always=tuple(dict.fromkeys((*declared.always, *asked))),
        one_row_per_key=False,
        rows_per_key=declared.rows_per_key * part.rows,
        rows_per_parent=declared.rows_per_parent * part.rows,
        masked=part.masked,
        withheld=tuple(c for c in declared.withheld if c in taken),
        sorts=tuple(s for s in declared.sorts if s.column in taken),
    )


def _part_branch(part: Part, found: _Array, taken: Sequence[str]) -> Branch:
    """Return where the elements of one array of the part's stand, with what they have of the whole's row."""
    whole, row = found.whole, found.row
    sources = [whole.sources[c] for c in taken if c in whole.sources]
    number = ((part.number, f"{row}#"),) if part.number else ()
    extra = ((name, f"{row}.{at}") for name, at in part.extra)
    return Branch(
        row,
        names=part.names,
        extra=(*((s.column, s.path) for s in sources if s.path), *number, *extra),
        constants=(
            *((s.column, s.constant) for s in sources if s.constant),
            *(((part.list, found.array),) if part.list else ()),
        ),
    )


def _starts(array: str, starts: tuple[str, ...]) -> bool:
    return any(array == s or array.startswith((f"{s}.", f"{s}[]")) for s in starts)
