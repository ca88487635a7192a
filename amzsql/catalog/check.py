"""Proves a declaration against the facts: whatever it names exists, and whatever Amazon demands can be given.

Must not know of SQL, plans or answers: that an example runs, and that a path decodes, is for tests to show.

python -m amzsql.catalog.check                        what is wrong with any entry
python -m amzsql.catalog.check OLD_FACTS NEW_FACTS    what tables gain and lose between two folders of facts
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from amzsql import spapi
from amzsql.catalog import check_writes, columns, derive, fixed, modules, registry
from amzsql.catalog.model import AccessPath, Branch, Entry, Pushdown, TablePath
from amzsql.catalog.spelling import pairs_of, rule_of
from amzsql.spapi.model import Operation, Parameter
from amzsql.types import BIGINT, BOOLEAN, DOUBLE, JSON, MONEY, VARCHAR, SqlType

_DEFAULTS = {"marketplaces": "marketplace", "seller": "seller"}


def problems(entry: Entry) -> list[str]:
    """Return what is wrong with an entry, each as one sentence; nothing if it is sound."""
    if entry.whole is not None:
        # A part's paths are made from its whole's.
        if whole := problems(entry.whole):
            return whole
        entry = registry.resolve(entry, entry.schemas[0]).entry
    found = [problem for path in entry.paths for problem in _unknown(path)]
    if found:
        return [f"{entry.name}: {problem}" for problem in found]
    found = [*_removed(entry)] if entry.removed else [*_table(entry), *_read(entry)]
    for path in registry.resolve(entry, entry.schemas[0]).paths:
        where = f"{path.operation}: "
        checks = [_columns(path), _pushdowns(entry, path), _parameters(path), _values(path), _projections(path)]
        checks += [_branches(path), _masked(path), _sorts(entry, path)]
        found += [where + problem for check in checks for problem in check]
    found += check_writes.problems(registry.resolve(entry, entry.schemas[0]))
    return [f"{entry.name}: {problem}" for problem in found]


# -- names that must exist -----------------------------------------------------------------------------------------


def _unknown(path: AccessPath) -> Iterator[str]:
    """Yield the names of a path that the facts do not know: without them nothing else can be said."""
    try:
        operation = spapi.operation(path.operation)
    except LookupError as error:
        yield str(error.args[0])
        return
    for branch in columns.branches(path, operation):
        yield from _unknown_fields(operation, branch)
    given = (name for p in path.pushdowns for name in (p.parameter, *p.also, *(n for n, _ in p.extras)))
    named = (*(name for _, name in path.from_parameters), *(name for name, _ in path.fixed), *given)
    named = (
        *named,
        *(path.sliced or ()),
        *(name for name, _ in path.parameters),
        *((path.batch,) if path.batch else ()),
        *(name for sort in path.sorts for name, _ in (*sort.ascending, *sort.descending)),
    )
    for name in dict.fromkeys((*named, *((path.projection_parameter,) if path.projection_parameter else ()))):
        if name is not None and not operation.has_parameter(name):
            yield f"{operation.name} has no parameter {name}."


def _unknown_fields(operation: Operation, branch: Branch) -> Iterator[str]:
    row = branch.row_path
    below = columns.below(operation, row)
    if not below:
        yield f"{operation.name} has nothing at row path {row!r}."
    for leaf, _ in branch.names:
        at = leaf.removesuffix(".")
        if not any(p == leaf or p.startswith((at + "[]", at + ".")) for p in below):
            yield f"{operation.name} has no field {leaf} below a row."
    for column, extra in branch.extra:
        yield from _unknown_extra(operation, row, column, extra)


def _unknown_extra(operation: Operation, row: str, column: str, path: str) -> Iterator[str]:
    array, counts, shared = path.partition("#")
    if counts:
        if not row.startswith(array):
            yield f"{column} counts {array}, which is not on the way to a row."
        if shared and array.count("[]") != 1:
            yield f"{column} counts {array} over all pages, and a page has several of them."
        for name in shared.split(",") if shared not in ("", "*") else ():
            if name.startswith("{") and not operation.has_parameter(name[1:-1]):
                yield f"{column}: {operation.name} has no parameter {name[1:-1]}."
            if not name.startswith("{") and name not in columns.below(operation, array):
                yield f"{column}: the elements of {array} share no field {name}."
        return
    try:
        columns.type_at(operation, path)
    except LookupError as error:
        yield f"{column}: {error.args[0]}."
    for array, _, rest in (path[: i + 1].rpartition("[") for i, c in enumerate(path) if c == "]"):
        selector, equals, value = rest[:-1].partition("=")
        if not selector and path != array + "[]" and not row.startswith(array + "[]"):
            yield f"{column}: {array}[] is no array on the way to a row; pick an element."
        if equals:
            yield from _unknown_selector(operation, column, array, selector, value)


def _unknown_selector(operation: Operation, column: str, array: str, selector: str, value: str) -> Iterator[str]:
    fields = columns.all_fields(operation)
    field = fields.get(f"{columns.any_element(array)}[].{selector}")
    if field is None:
        yield f"{column}: the elements of {array} have no field {selector}."
    elif field.enum and value not in field.enum:
        yield f"{column}: {selector} of {array} is never {value}."


# -- the table as a whole ------------------------------------------------------------------------------------------


def _removed(entry: Entry) -> Iterator[str]:
    """A table that Amazon has taken away is a name, perhaps with columns, and never asked."""
    if entry.paths or entry.parts or entry.parent or entry.example:
        yield "it is removed, and has paths, parts, a parent or an example."
    yield from _table(entry)


def _read(entry: Entry) -> Iterator[str]:
    """Whatever a table needs that is read."""
    if not entry.paths and fixed.rows(entry.name) is None:
        yield "it has no path and does not say what replaces it."
    if entry.paths and entry.columns:
        yield "its columns are declared, though its paths' facts tell them."
    if not entry.key:
        yield "it has no key."
    if not entry.example:
        yield "it has no example."


def _table(entry: Entry) -> Iterator[str]:
    table = registry.resolve(entry, entry.schemas[0])
    known = {c.name for c in table.columns}
    lower = [c.name.lower() for c in table.columns]
    for twice in sorted({name for name in lower if lower.count(name) > 1}):
        yield f"two columns are called {twice}."
    listed = {"key": entry.key, "first": entry.first, "hidden": entry.hidden, "types": tuple(n for n, _ in entry.types)}
    listed["last"] = entry.last
    listed["docs"] = tuple(n for n, _ in entry.docs)
    listed["time_column"] = (entry.time_column,) if entry.time_column else ()
    listed["masked"] = tuple(name for path in entry.paths for name, _ in path.masked)
    listed["withheld"] = tuple(name for path in entry.paths for name in path.withheld)
    for what, names in listed.items():
        for name in dict.fromkeys(names):
            if name not in known:
                yield f"{what} names {name}, which is no column."
    for path in table.paths:
        for name in entry.key:
            if name not in path.sources:
                yield f"{path.operation} does not fill {name} of the key."
    yield from _parent(entry, known)
    yield from _by_marketplace(entry)
    for column in table.columns:
        if column.type == DOUBLE and column.name.lower().endswith("amount"):
            yield f"{column.name} looks like money and is {DOUBLE}, not {MONEY}."


def _parent(entry: Entry, known: set[str]) -> Iterator[str]:
    """Whatever columns an entry shares with its parent, both have them."""
    parent = entry.parent
    table = registry.find(entry.schemas[0], parent.table) if parent is not None else None
    if parent is not None and table is None:
        yield f"its parent {parent.table} is no table."
    if parent is None or table is None:
        return
    theirs = {c.name for c in table.columns}
    shared = (*parent.pairs, *((c, c) for c in parent.inherits))
    for own, other in shared:
        if own not in known:
            yield f"{own} is its parent's {other} and no column."
        if other not in theirs:
            yield f"its parent {table.name} has no column {other}."


def _by_marketplace(entry: Entry) -> Iterator[str]:
    """Where an operation is asked by marketplace, only a key without it may be unique in the account."""
    asked = {p.column for path in entry.paths for p in path.pushdowns if p.default == "marketplaces"}
    if asked and not entry.account_unique and not asked & set(entry.key):
        columns = ", ".join(sorted(asked))
        yield f"{columns} is asked for and neither part of the key nor is the key unique in the account."


# -- one path ------------------------------------------------------------------------------------------------------


def _columns(path: TablePath) -> Iterator[str]:
    operation = spapi.operation(path.operation)
    taken: dict[tuple[object, ...], str] = {}
    for name, source in path.sources.items():
        key = (source.path, source.parameter, source.given or source.constant, source.values)
        if key in taken:
            yield f"{name} and {taken[key]} are the same field."
        taken[key] = name
        if source.parameter is None:
            continue
        parameter = operation.parameter(source.parameter)
        pushed = [p for p in path.declared.pushdowns if p.column == name and p.parameter == source.parameter]
        if not pushed:
            yield f"{name} is the parameter {source.parameter}, and no pushdown sets it."
        for pushdown in pushed:
            if parameter.type == "array" and _longest(pushdown, parameter) != 1:
                yield f"{name} is the list {source.parameter}: it must be asked with one value (longest=1)."


def _branches(path: TablePath) -> Iterator[str]:
    """A column is of one type in all branches, and constants tell the branches apart."""
    operation = spapi.operation(path.operation)
    types: dict[str, SqlType] = {}
    for branch in columns.branches(path.declared, operation):
        for name, (_, column) in columns.of_branch(branch, path.declared, operation).items():
            if types.setdefault(name, column.type) != column.type:
                yield f"{name} is {column.type} in {branch.row_path} and {types[name]} before it."
    told = [branch.constants for branch in path.declared.branches]
    if len(told) != len(set(told)):
        yield "two of its branches have the same constants."


def _longest(pushdown: Pushdown, parameter: Parameter) -> int | None:
    return 1 if pushdown.also else pushdown.longest or parameter.max_items


def _masked(path: TablePath) -> Iterator[str]:
    known = dict(spapi.operation(path.operation).personal)
    for kind in dict.fromkeys(kind for _, kind in path.declared.masked):
        if kind not in known:
            yield f"it masks personal data of the kind {kind}, of which the facts know no roles."


def _pushdowns(entry: Entry, path: TablePath) -> Iterator[str]:
    operation = spapi.operation(path.operation)
    windows = {name for w in operation.windows for name in (w.after, w.before)}
    types = {c.name: c.type for c in registry.resolve(entry, entry.schemas[0]).columns}
    for pushdown in path.declared.pushdowns:
        column, parameter = pushdown.column, operation.parameter(pushdown.parameter)
        if column not in path.sources:
            yield f"{column} is pushed and not among the path's columns."
            continue
        if pushdown.operator != "=" and parameter.type == "array":
            yield f"{column}: the list {parameter.name} is no bound of a range."
        if pushdown.operator != "=" and str(types[column]) != "TIMESTAMP WITH TIME ZONE":
            yield f"{column}: a range of {parameter.name} needs a time."
        if pushdown.longest and parameter.max_items and pushdown.longest > parameter.max_items:
            yield f"{column}: {parameter.name} takes {parameter.max_items} values, not {pushdown.longest}."
        if pushdown.default == "horizon" and parameter.name not in windows:
            yield f"{column}: the facts know no window of {parameter.name}."
        if (word := _DEFAULTS.get(pushdown.default or "")) and word not in parameter.name.lower():
            yield f"{column}: {parameter.name} is filled with the connection's {pushdown.default}."
        for name, value in pushdown.extras:
            enum = operation.parameter(name).enum
            if enum and value not in enum:
                yield f"{column}: {name} is never {value}."
        yield from _one_to_one(pushdown, path, types[column] == BIGINT)


def _one_to_one(pushdown: Pushdown, path: TablePath, whole: bool) -> Iterator[str]:
    """An exact pushdown promises equality: no two of Amazon's values may be one of ours."""
    spelt = [sql.lower() for _, sql in pairs_of(path.sources[pushdown.column].values)]
    if pushdown.exact and len(spelt) != len(set(spelt)):
        yield f"{pushdown.column} is exact and two of its values have one spelling."
    if pushdown.exact and "#" in path.sources[pushdown.column].path:
        yield f"{pushdown.column} is a row's place: nothing can be pushed to it."
    if pushdown.operator != "=" and whole:
        yield f"{pushdown.column} is a number and pushed as a time."


def _parameters(path: TablePath) -> Iterator[str]:
    """Whatever Amazon demands can be given: by a filter, a default, a fixed value or beside another one."""
    operation = spapi.operation(path.operation)
    reach = {name for name, _ in path.declared.fixed}
    if path.declared.always and path.declared.projection_parameter:
        reach.add(path.declared.projection_parameter)
    for pushdown in path.declared.pushdowns:
        reach |= {pushdown.parameter, *pushdown.also, *(name for name, _ in pushdown.extras)}
    for name in path.declared.sliced or ():
        if operation.parameter(name).format != "date-time":
            yield f"it is sliced by {name}, which is no time."
    required = [p.name for p in operation.parameters if p.required and p.location != "body"]
    for name in (*required, *derive.required_fields(path.declared, operation)):
        if name not in reach:
            yield f"the required parameter {name} cannot be given."
    for group in operation.any_of:
        if not reach & set(group):
            yield f"one of {', '.join(group)} is required and none can be given."
    for name, other in operation.needs:
        if name in reach and other not in reach:
            yield f"{name} needs {other}, which cannot be given."
    for name, value in path.declared.fixed:
        enum = operation.parameter(name).enum
        for each in value if isinstance(value, tuple) else (value,):
            if enum and each not in enum:
                yield f"{name} is never {each}."


def _values(path: TablePath) -> Iterator[str]:
    operation = spapi.operation(path.operation)
    fields = columns.all_fields(operation)
    for column, spellings in path.declared.values:
        source = path.sources.get(column)
        if source is None:
            yield f"{column} has spellings and is no column of the path."
            continue
        field = fields.get(columns.any_element(source.path))
        enum = operation.parameter(source.parameter).enum if source.parameter else field.enum if field else ()
        if rule_of(spellings) is not None and source.parameter:
            yield f"{column} has the rule of a field and is what was asked for."
        for amazons, _ in pairs_of(spellings):
            if enum and amazons not in enum:
                yield f"{column} is never {amazons}."


def _sorts(entry: Entry, path: TablePath) -> Iterator[str]:
    """An order of times or numbers, which are the same everywhere; texts are sorted otherwise by everybody."""
    operation = spapi.operation(path.operation)
    types = {c.name: c.type for c in registry.resolve(entry, entry.schemas[0]).columns}
    set_otherwise = {name for name, _ in path.declared.fixed} | {p.parameter for p in path.declared.pushdowns}
    for sort in path.declared.sorts:
        source = path.sources.get(sort.column)
        if source is None or not source.path or source.path.endswith("#"):
            yield f"{sort.column} is sorted by and no field of the answer."
        elif types[sort.column] in (VARCHAR, JSON, BOOLEAN):
            yield f"{sort.column} is sorted by and neither a time nor a number."
        if not sort.ascending and not sort.descending:
            yield f"{sort.column} is sorted by in no direction."
        if operation.paging is None:
            yield f"{sort.column} is sorted by and the answer has no pages: nothing is saved."
        for name, value in (*sort.ascending, *sort.descending):
            enum = operation.parameter(name).enum
            if enum and value not in enum:
                yield f"{name} is never {value}."
            if name in set_otherwise:
                yield f"{name} sorts by {sort.column} and is set otherwise too."


def _projections(path: TablePath) -> Iterator[str]:
    declared, operation = path.declared, spapi.operation(path.operation)
    if declared.projection_parameter is None:
        if declared.projections or declared.always:
            yield "it has projections and no parameter that takes them."
        return
    enum = operation.parameter(declared.projection_parameter).enum
    known = tuple(value for value, _ in declared.projections)
    if enum and set(known) != set(enum):
        yield f"{declared.projection_parameter} takes {', '.join(enum)}; declared are {', '.join(known)}."
    for value in declared.always:
        if value not in known:
            yield f"{value} is always asked for and no projection."
    yield from _unknown_prefixes(declared.projections, columns.all_fields(operation), operation.row_path)


def _unknown_prefixes(
    projections: tuple[tuple[str, tuple[str, ...]], ...], fields: Mapping[str, object], row: str
) -> Iterator[str]:
    for value, starts in projections:
        for start in starts:
            whole = f"{row}.{start}" if row else start
            if not any(p == whole or p.startswith((whole + ".", whole + "[]")) for p in fields):
                yield f"{value} gives {start}, which is no field."


def main(arguments: list[str]) -> int:
    """Print what is wrong, or what differs between two folders of facts; return 1 if there is anything."""
    from amzsql.catalog import compare  # it needs what is above

    if arguments[:1] == ["--snapshot"]:
        spapi.read_from(Path(arguments[1]))
        print(json.dumps(compare.snapshot(arguments[2:])))
        return 0
    if arguments and len(arguments) != 2:
        print("usage: python -m amzsql.catalog.check [OLD_FACTS NEW_FACTS]", file=sys.stderr)
        return 2
    if arguments:
        folders = [Path(folder) for folder in arguments]
        apis = compare.changed_apis(folders[0], folders[1])
        old, new = (compare.of_facts(folder, apis) for folder in folders)
        found = list(compare.differences(old, new))
    else:
        found = [p for module in modules.MODULES for e in registry.declared(module).values() for p in problems(e)]
    print("\n".join(found) if found else "Nothing.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
