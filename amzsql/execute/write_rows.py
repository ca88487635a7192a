"""INSERT, UPDATE or DELETE -> one call of Amazon's for each row, all judged before any is sent.

Owns which rows a statement means and what each row's call says. Sends nothing itself: rows that have to be found first
are read by whoever asks.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

import pyarrow as pa

from amzsql.catalog import listing_attributes, writes
from amzsql.catalog.listing_attributes import BESIDE
from amzsql.catalog.model import Table, WriteMapping
from amzsql.errors import IntegrityError, ProgrammingError
from amzsql.execute.arguments import Home, check_given, request_of
from amzsql.plan.remarks import asks_marketplaces
from amzsql.sql.change import Change
from amzsql.sql.local import MARKETPLACE_ID
from amzsql.sql.statement import Statement, parameter_values
from amzsql.sql.touched import (
    COMPUTED,
    column_of,
    is_foreign,
    keyed_elsewhere,
    mentions,
    named_values,
    naming,
    output_names,
    plain,
    selection,
    values_query,
    with_values,
)
from amzsql.transport import Request

Kind = Literal["insert", "update", "delete"]
# What stands before the name of a column as it was read, where a row may be given another value.
_WAS = "was "
_WORDS = {"update": "UPDATE", "delete": "DELETE FROM"}
Read = Callable[[Statement], pa.Table]
"""Run a query and return its rows."""


@dataclass(frozen=True, slots=True)
class RowCall:
    """One row's call: its number in the statement from 0, the columns of its key, and the request."""

    row: int
    key: Mapping[str, Any] = field(hash=False)
    call: writes.Call
    request: Request


@dataclass(frozen=True, slots=True)
class Way:
    """How the rows of a statement with one set of parameters are written, and how they are found.

    `rows` where they are known without reading; else those of `query`, whose columns are `columns`, each with the
    `constants` besides. `named`: the values by column that the statement lets rows have, if it says nothing else of
    them, so that the rows of many such can be read at once. `relative`: what is assigned is worked out of the row, so
    that to do it twice is not as good as once.
    """

    chosen: WriteMapping
    rows: tuple[Mapping[str, Any], ...] | None = field(default=None, hash=False)
    query: Statement | None = None
    columns: tuple[str, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict, hash=False)
    assigned: tuple[str, ...] = ()
    named: Mapping[str, Sequence[Any]] | None = field(default=None, hash=False)
    relative: bool = False


def ways(change: Change, table: Table, sets: Sequence[Any], apart: Callable[[], bool]) -> list[Way]:
    """Return how a statement's rows are written for several sets of parameters.

    Where each set does nothing but name rows that have to be read, they are read by one query. `apart` tells whether
    the connection has, or may have, several marketplaces, so that a key without one may name several rows.

    Raises:
        ProgrammingError: the table takes no such write, or not of such columns; there is no WHERE.
    """
    found = [_way(change, table, parameter_values(change.tree, parameters), apart) for parameters in sets]
    wanted: dict[tuple[str, ...], dict[str, dict[str, None]]] = {}
    for each in found:
        for name, values in (each.named or {}).items():
            wanted.setdefault(each.columns, {}).setdefault(name, {}).update(dict.fromkeys(values))
    queries = {columns: _query(change, columns, named) for columns, named in wanted.items()}
    return [each if each.named is None else replace(each, query=queries[each.columns]) for each in found]


def _query(change: Change, columns: Sequence[str], named: Mapping[str, Iterable[str]]) -> Statement:
    """Return what reads columns of the rows that keys name."""
    outputs = [(f"{number}", column_of(change, name.removeprefix(_WAS))) for number, name in enumerate(columns)]
    return selection(naming(change, {name: list(values) for name, values in named.items()}), outputs, {})


def _way(change: Change, table: Table, values: Mapping[str, Any], apart: Callable[[], bool]) -> Way:
    """Return how a statement's rows are written; where they are `named`, without the query that reads them."""
    if change.verb == "insert":
        return _insert(change, table, values)
    if change.where is None:
        raise ProgrammingError(
            f"{_WORDS[change.verb]} {table.name} has no WHERE, so that it would change every row: write WHERE TRUE if "
            "that is meant."
        )
    given = {name: plain(node, values) for name, node in change.assignments}
    known = {name: writes.UNKNOWN if value is COMPUTED else value for name, value in given.items()}
    chosen = writes.mapping(table, cast(Kind, change.verb), known)
    if chosen.direct and MARKETPLACE_ID in table.entry.key and not mentions(change, MARKETPLACE_ID) and apart():
        chosen = replace(chosen, direct=False)
    for name, value in given.items():
        if value is None:
            _check_cleared(table, chosen, name)
    needed = writes.read(table, chosen, given)
    computed = [(name, node) for name, node in change.assignments if given[name] is COMPUTED]
    constants = {name: value for name, value in given.items() if value is not COMPUTED}
    if chosen.direct and not computed:
        found = _named_rows(change, table, chosen, needed, values)
        if found is not None:
            return Way(chosen, tuple({**row, **constants} for row in found), assigned=tuple(given))
    judged = listing_attributes.judged(chosen.patch, chosen.kind, given)
    outputs = [*((name, column_of(change, name)) for name in needed), *computed]
    outputs += [(f"{_WAS}{name}", column_of(change, name)) for name in judged]
    columns = tuple(name for name, _ in outputs)
    relative = any(not is_foreign(node, change.alias) for _, node in computed)
    named = None if computed else _names(change, writes.keys(table, chosen), values)
    if named is not None:
        return Way(chosen, None, None, columns, constants, tuple(given), named)
    elsewhere = _keyed_elsewhere(change, table, chosen, needed, computed) if chosen.direct else None
    if elsewhere is not None:
        outputs, change = elsewhere
        columns = tuple(name for name, _ in outputs)
    query = selection(change, [(f"{number}", node) for number, (_, node) in enumerate(outputs)], values)
    return Way(chosen, None, query, columns, constants, tuple(given), relative=relative)


def _keyed_elsewhere(
    change: Change, table: Table, chosen: WriteMapping, needed: Sequence[str], computed: Sequence[tuple[str, Any]]
) -> tuple[list[tuple[str, Any]], Change] | None:
    """Return what of other tables names the rows and their values, and the statement without its target.

    None where the rows cannot be told without reading the target.
    """
    found = keyed_elsewhere(change, [node for _, node in computed])
    if found is None:
        return None
    equal, rest = found
    inputs = writes.inputs(table, chosen)
    spelt = {name.lower(): name for name in (*needed, *(n for n in (writes.TYPE,) if n in inputs))}
    if not equal.keys() <= spelt.keys():
        return None
    if any(name.lower() not in equal and inputs[name].default is None for name in needed):
        return None
    return [*((spelt[name], node) for name, node in equal.items()), *computed], rest


def _names(change: Change, keys: Sequence[str], values: Mapping[str, Any]) -> dict[str, list[Any]] | None:
    """Return the texts of key columns that WHERE names, if it does nothing else; None if it does."""
    found = named_values(change, values)
    spelt = {name.lower(): name for name in keys}
    if not found or not found.keys() <= spelt.keys():
        return None
    if not all(each and all(isinstance(value, str) for value in each) for each in found.values()):
        return None
    return {spelt[name]: each for name, each in found.items()}


def check(table: Table, found: Way, home: Home) -> None:
    """Raise ProgrammingError if a value that all rows of an update share does not fit: before they are looked for."""
    given = {name: value for name, value in found.constants.items() if value is not None}
    if found.chosen.patch and len(found.constants) < len(found.assigned):  # some go with others, not known yet
        given = {name: value for name, value in given.items() if name not in BESIDE}
    if found.rows is not None or not given or found.chosen.patch == "attribute":
        return
    if found.chosen.patch and len(given) < len(found.assigned) and {n.lower() for n in given} == {writes.TYPE.lower()}:
        return  # what it goes with is not known yet, or is taken away
    arguments = writes.arguments(table, found.chosen, given, lambda: home.marketplaces() or ("",))
    check_given(writes.call(table, found.chosen).procedure, tuple(arguments), home)


def _insert(change: Change, table: Table, values: Mapping[str, Any]) -> Way:
    if change.query is not None:
        return _inserted_query(change, table, values)
    if not change.columns:
        raise ProgrammingError(
            f"INSERT INTO {table.name} names no columns: write INSERT INTO {table.name} (column, …) VALUES (…)."
        )
    cells = [[plain(node, values) for node in row] for row in change.rows]
    # Mappers of objects name every column of a table: one that is NULL throughout is as if it were not named.
    blank = {name for name, *own in zip(change.columns, *cells, strict=True) if own == [None] * len(own)}
    named = [name for name in change.columns if name not in blank or table.column(name) is None]
    chosen = writes.mapping(table, "insert", named)
    if any(cell is COMPUTED for row in cells for cell in row):
        return Way(chosen, None, values_query(change, values), change.columns, assigned=change.columns)
    rows = tuple(dict(zip(change.columns, row, strict=True)) for row in cells)
    return Way(chosen, rows, assigned=change.columns)


def _inserted_query(change: Change, table: Table, values: Mapping[str, Any]) -> Way:
    assert change.query is not None
    columns = change.columns or output_names(change.query)
    # Without names the rows tell them: they are looked at once they are there.
    chosen = writes.mapping(table, "insert", columns)
    return Way(chosen, None, with_values(change.query, values), columns, assigned=columns)


def _check_cleared(table: Table, chosen: WriteMapping, name: str) -> None:
    """Raise ProgrammingError if an update cannot take a value away."""
    known = writes.inputs(table, chosen)
    spelt = next((n for n in known if n.lower() == name.lower()), name)
    if chosen.whole and not (spelt in known and known[spelt].required):
        return
    if chosen.patch and spelt in known and not known[spelt].targets:
        found = writes.arguments(table, chosen, {spelt: None}, lambda: ("",))
        if any(value for name, value in found if name == "Patches"):
            return
    raise ProgrammingError(f"UPDATE {table.name}: {spelt} cannot be set to NULL: Amazon keeps what is not given.")


def _named_rows(
    change: Change, table: Table, chosen: WriteMapping, needed: Sequence[str], values: Mapping[str, Any]
) -> list[dict[str, Any]] | None:
    """Return what WHERE says of rows, if it does nothing but name them and all that is needed of them; else None."""
    found = named_values(change, values)
    if found is None:
        return None
    inputs = writes.inputs(table, chosen)
    named = dict.fromkeys((*needed, *(n for n in (writes.TYPE,) if n in inputs)))
    spelt = {name.lower(): name for name in named}
    if not found.keys() <= spelt.keys():
        return None
    if any(name.lower() not in found and inputs[name].default is None for name in needed):
        return None
    return [dict(zip((spelt[n] for n in found), each, strict=True)) for each in itertools.product(*found.values())]


# -- rows to calls -----------------------------------------------------------------------------------------------------


class Builder:
    """Makes the calls of a statement's rows, one set of parameters after the other."""

    def __init__(self, table: Table, verb: Kind, home: Home, read: Read) -> None:
        self._table = table
        self._verb = verb
        self._home = home
        self._read = read
        self._seen: dict[tuple[Any, ...], tuple[int, int, Mapping[str, Any]]] = {}
        self._sets = 0
        self._last: tuple[Statement | None, pa.Table] = (None, pa.table({}))
        self._index: tuple[pa.Table | None, dict[tuple[str, ...], list[tuple[Any, ...]]]] = (None, {})
        self._new: dict[tuple[str, ...], int] = {}
        self.calls: list[RowCall] = []
        self.foreign: dict[str, None] = {}

    def add(self, found: Way) -> None:
        """Add the rows of a set of parameters.

        Raises:
            ProgrammingError: a row's values do not fit, or two say different things of one row.
            IntegrityError: two new rows have one key, or a row that was read is none that can have its values.
        """
        self._sets += 1
        call = writes.call(self._table, found.chosen)
        for row in found.rows if found.rows is not None else self._rows(found):
            if self._is_nothing(found, row) or self._is_foreign(row) or self._is_repeated(found, row):
                continue
            if self._verb == "insert":
                self._refuse_twice(found, row)
            self._refuse_misfit(found, row)
            self.calls.append(self._call(call, found, row))

    def _rows(self, found: Way) -> Iterator[Mapping[str, Any]]:
        assert found.query is not None
        if found.query is not self._last[0]:
            self._last = (found.query, self._read(found.query))
        table = self._last[1]
        names = found.columns or tuple(table.schema.names)
        if not found.columns:
            found = Way(writes.mapping(self._table, "insert", names), columns=names)
        if len(names) != table.num_columns:
            raise ProgrammingError(
                f"INSERT INTO {self._table.name} names {len(names)} columns, and its query gives {table.num_columns}."
            )
        for cells in self._chosen(found, names, table):
            yield {**dict(zip(names, cells, strict=True)), **found.constants}

    def _chosen(self, found: Way, names: Sequence[str], table: pa.Table) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of what was read that a set of parameters names: others may be read with them."""
        if found.named is None:
            yield from zip(*(column.to_pylist() for column in table.columns), strict=True)
            return
        if self._index[0] is not table:
            places = [names.index(name) for name in found.named]
            rows: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
            for cells in zip(*(column.to_pylist() for column in table.columns), strict=True):
                rows.setdefault(tuple(str(cells[place]) for place in places), []).append(cells)
            self._index = (table, rows)
        for key in itertools.product(*found.named.values()):
            yield from self._index[1].get(tuple(str(value) for value in key), ())

    def _is_nothing(self, found: Way, row: Mapping[str, Any]) -> bool:
        """Tell whether a row has no key, as another table may say: then nothing is equal to it."""
        return self._verb != "insert" and any(row.get(n, "") is None for n in writes.keys(self._table, found.chosen))

    def _is_foreign(self, row: Mapping[str, Any]) -> bool:
        """Note whether a row is of a marketplace that the connection does not ask: no read would find it."""
        foreign = foreign_place(self._table, self._verb, row, self._home.marketplaces)
        self.foreign |= dict.fromkeys([foreign] if foreign else [])
        return bool(foreign)

    def _refuse_twice(self, found: Way, row: Mapping[str, Any]) -> None:
        """Raise IntegrityError if a new row has the key of one before it, as far as the statement gives keys."""
        number = len(self.calls)
        for key in self._new_keys(found, row):
            before = self._new.setdefault(key, number)
            if before != number:
                said = told_key(self._apart(found, row))
                raise IntegrityError(
                    f"INSERT INTO {self._table.name}: duplicate key {said}: rows {before} and {number} (the first is 0)"
                    " have it. Nothing was sent: write each key once."
                )

    def _refuse_misfit(self, found: Way, row: Mapping[str, Any]) -> None:
        """Raise IntegrityError if a row that was read shows that it cannot have what it is given."""
        before = {name.removeprefix(_WAS): value for name, value in row.items() if name.startswith(_WAS)}
        why = listing_attributes.misfit({name.lower(): value for name, value in row.items()}, before) if before else ""
        if why:
            named = f"row {len(self.calls)} ({told_key(self._key(found, row))}; the first is 0)"
            raise IntegrityError(f"UPDATE {self._table.name}: {named}: {why}. Nothing was sent.")

    def _new_keys(self, found: Way, row: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
        """Yield a new row's keys: one for each marketplace if it names none; nothing if Amazon makes the key."""
        given, inputs = self._apart(found, row), writes.inputs(self._table, found.chosen)
        parts: list[Sequence[str]] = []
        for name in found.chosen.apart or self._table.entry.key:
            default = inputs[name].default if name in inputs else None
            if name in given:
                parts.append((str(given[name]),))
            elif default == "marketplaces":
                parts.append(self._home.marketplaces())
            elif default == "seller":
                parts.append(("",))
            else:
                return
        yield from itertools.product(*parts) if given else ()

    def _is_repeated(self, found: Way, row: Mapping[str, Any]) -> bool:
        """Tell whether a row to be changed has come before, as a join gives it; an error if it was to be another."""
        if self._verb == "insert":
            return False
        key = tuple(str(row.get(name)) for name in writes.keys(self._table, found.chosen))
        said = {name: row.get(name) for name in found.assigned}
        number, first, before = self._seen.setdefault(key, (len(self.calls), self._sets, said))
        if number == len(self.calls):
            return False
        what = f"UPDATE {self._table.name} gives the row {told_key(self._key(found, row))}"
        if found.relative and first != self._sets:
            raise ProgrammingError(
                f"{what} values twice that are worked out of it: by the sets of parameters {first - 1} and "
                f"{self._sets - 1} (the first is 0). It is read once: name it once, or execute them one by one."
            )
        for name, value in said.items():
            if before.get(name) != value:
                raise ProgrammingError(
                    f"{what} two values of {name}: {before.get(name)!r} and {value!r}. Make the join, or the list of "
                    "parameters, name it once."
                )
        return True

    def _apart(self, found: Way, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return what tells a new row from others, as far as the statement gives it."""
        names = {name.lower() for name in found.chosen.apart}
        return {n: v for n, v in row.items() if n.lower() in names and v is not None} or self._key(found, row)

    def _key(self, found: Way, row: Mapping[str, Any]) -> dict[str, Any]:
        by_lower = {name.lower(): value for name, value in row.items()}
        names = self._table.entry.key or writes.keys(self._table, found.chosen)
        return {name: by_lower[name.lower()] for name in names if by_lower.get(name.lower()) is not None}

    def _call(self, call: writes.Call, found: Way, row: Mapping[str, Any]) -> RowCall:
        number = len(self.calls)
        try:
            arguments = writes.arguments(self._table, found.chosen, row, self._home.marketplaces)
            request = request_of(call.procedure, tuple(arguments), self._home)
        except ProgrammingError as error:
            raise ProgrammingError(f"{error} This is row {number} (the first is 0); nothing was sent.") from error
        return RowCall(number, self._key(found, row), call, request)


def foreign_place(table: Table, verb: Kind, row: Mapping[str, Any], places: Callable[[], Sequence[str]]) -> str:
    """Return the marketplace of a row to be changed, if it is none of the connection's; else ""."""
    if verb == "insert" or MARKETPLACE_ID not in table.entry.key or not any(map(asks_marketplaces, table.paths)):
        return ""
    own = row.get(MARKETPLACE_ID)
    return "" if own is None or str(own) in places() else str(own)


def told_key(key: Mapping[str, Any]) -> str:
    """Return a key for a reader: its values, with names where there are several."""
    if len(key) == 1:
        return repr(next(iter(key.values())))
    return ", ".join(f"{name}={value!r}" for name, value in key.items())
