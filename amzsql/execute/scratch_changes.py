"""Statements that change scratch tables -> what the tables are told, and how many rows that was.

Owns how the rows of such a statement come about: values are taken as they are, everything else is a SELECT that runs
like any other, so that Amazon's tables may stand in it. Sends nothing itself.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

import pyarrow as pa

from amzsql import types
from amzsql.catalog.scratch import ROW, SCHEMA, is_own
from amzsql.errors import ProgrammingError, nearest
from amzsql.execute.context import Context
from amzsql.execute.engine import StreamSource
from amzsql.execute.rows import BatchSource
from amzsql.execute.scratch import Scratch
from amzsql.execute.written import Written
from amzsql.sql.change import Change
from amzsql.sql.definition import CommentChange, IndexChange, definition
from amzsql.sql.statement import Statement, filled, parameter_values
from amzsql.sql.touched import column_of, columns_of, selection, values_query

T = TypeVar("T")
Sets = Sequence[Any]
"""The parameters of a statement, once for each time that it is run."""


class ScratchChanges:
    """Carries out the changes of one connection's scratch tables.

    `read` runs a SELECT to its end: all of its rows, whatever a result may have at most.
    """

    def __init__(self, scratch: Scratch, read: Callable[[Statement, Context], StreamSource]) -> None:
        self._scratch = scratch
        self._read = read

    def run(self, change: Change, sets: Sets, context: Context) -> Written:
        """Carry out a statement once for each set of parameters.

        Raises:
            ProgrammingError: a table or column is not there, or there already. IntegrityError: a constraint is not
            kept. DataError: a value does not fit.
        """
        steps: Mapping[str, Callable[[Change, Any, Context], Written]] = {
            "update": self._update,
            "delete": self._delete,
            "create": self._create,
            "drop": self._drop,
        }
        with self._scratch.statement():
            if change.verb == "insert":
                return self._insert(change, sets, context)
            return _total([steps[change.verb](change, each, context) for each in sets])

    def define(self, change: IndexChange | CommentChange) -> Written:
        """Make an index, or drop one, or say what a table or a column holds."""
        if change.schema.lower() not in ("", SCHEMA.lower()):
            raise ProgrammingError(f"Indexes and comments are of tables in schema {SCHEMA}: Amazon's take none.")
        if isinstance(change, CommentChange):
            table = self._known(change.table)
            if change.column:
                self._check(table, [change.column], [d.name for d in self._scratch.columns(table)])
            self._scratch.comment(table, change.column, change.text)
        elif change.table:
            self._known(change.table)
            self._scratch.make_index(change.name, change.table, change.columns, change.unique, change.exists)
        else:
            self._scratch.drop_index(change.name, change.exists)
        return Written(-1)

    def _known(self, name: str) -> str:
        """Return a table's name as it was made. ProgrammingError if there is none."""
        found = self._scratch.spelt(name)
        if found is None:
            known = [*self._scratch.names(), *self._scratch.own_names()]
            raise ProgrammingError(f"There is no table {name}{_where(name)}.{nearest(name, known)}")
        return found

    # -- tables --------------------------------------------------------------------------------------------------------

    def _create(self, change: Change, parameters: Any, context: Context) -> Written:
        there = self._scratch.spelt(change.name)
        if there is not None and change.exists:
            return Written(-1)
        if there is not None and not change.renewed:
            raise ProgrammingError(f"There is a table {there}{_where(there)} already.")
        rows = None
        if change.query is not None:
            values = parameter_values(change.tree, parameters)
            rows = self._read(replace(change.query, tree=filled(change.query.tree, values)), context)
        if there is not None:
            self._scratch.drop(there)
        if rows is None:
            made = definition(change)
            if any(r.acts for r in made.references):
                context.warn(f"{change.name}: foreign keys are told to tools; nothing is kept or done by them.")
            self._scratch.create(change.name, made)
            return Written(-1)
        named = _renamed(rows, change.columns)
        return Written(self._engine(context, lambda: self._scratch.create_as(change.name, named)))

    def _drop(self, change: Change, _parameters: Any, _context: Context) -> Written:
        if not change.exists or self._scratch.spelt(change.name) is not None:
            self._scratch.drop(self._known(change.name))
        return Written(-1)

    # -- rows ----------------------------------------------------------------------------------------------------------

    def _insert(self, change: Change, sets: Sets, context: Context) -> Written:
        if not is_own(change.name) or self._scratch.spelt(change.name) is not None:
            self._known(change.name)
        change = _without_defaults(change)
        if change.rows and not change.rows[0]:
            return _total([self._default(change, context) for _ in sets for _ in change.rows])
        cells = _cells(change, sets) if change.rows else None
        if cells is not None:
            return self._put(change, cells, context)
        return _total([self._put(change, self._read(s, context), context) for s in _queries(change, sets)])

    def _default(self, change: Change, context: Context) -> Written:
        """Add a row of nothing but defaults."""
        counting = next((d.name for d in self._scratch.columns(change.name) if d.generated), "")
        return Written(*self._engine(context, lambda: self._scratch.insert(change.name, (), None, counting)))

    def _put(self, change: Change, rows: StreamSource, context: Context) -> Written:
        """Add rows, whose columns are those of the statement by their place, or by their name where it says so."""
        known = self._scratch.columns(change.name)
        names = [d.name for d in known]
        listed = list(change.columns) or (rows.schema.names if change.tree.args.get("by_name") or not known else names)
        if not known and not change.columns and change.rows:
            raise ProgrammingError(f"The first INSERT INTO {change.name} names its columns: (a, b) VALUES (…).")
        if len(rows.schema) > len(listed) or (change.columns and len(rows.schema) < len(listed)):
            raise ProgrammingError(
                f"INSERT INTO {change.name}: {len(rows.schema)} values for {len(listed)} columns ({', '.join(listed)})."
            )
        rows = _renamed(rows, listed[: len(rows.schema)])
        if is_own(change.name) and not any(d.generated or not d.nullable for d in known):
            return Written(self._engine(context, lambda: self._scratch.append(change.name, rows)))
        self._check(change.name, rows.schema.names, names)
        self._not_always(change.name, rows.schema.names)
        counting = next((d.name for d in known if d.generated), "")
        names = rows.schema.names
        return Written(*self._engine(context, lambda: self._scratch.insert(change.name, names, rows, counting)))

    def _engine(self, context: Context, work: Callable[[], T]) -> T:
        """Let the engine change something, so that it can be interrupted."""
        return context.interruptible(work, self._scratch.interrupt)

    def _check(self, table: str, columns: Sequence[str], known: Sequence[str]) -> None:
        lower = {n.lower() for n in known}
        for column in columns:
            if column.lower() not in lower:
                raise ProgrammingError(f"There is no column {column} in {table}.{nearest(column, known)}")

    def _not_always(self, table: str, columns: Sequence[str]) -> None:
        """Raise ProgrammingError if one of some columns always counts by itself."""
        always = {c.name.lower() for c in self._scratch.counters(table) if c.always}
        for column in columns:
            if column.lower() in always:
                raise ProgrammingError(f"{table}.{column} is GENERATED ALWAYS: it takes no value, so leave it out.")

    def _update(self, change: Change, parameters: Any, context: Context) -> Written:
        name = self._known(change.name)
        columns = [column for column, _ in change.assignments]
        self._check(name, columns, [d.name for d in self._scratch.columns(name)])
        self._not_always(name, columns)
        outputs = [(f"c{n}", value) for n, (_, value) in enumerate(change.assignments)]
        rows = self._touched(change, outputs, parameters, context)
        return Written(self._engine(context, lambda: self._scratch.update(name, columns, rows)))

    def _delete(self, change: Change, parameters: Any, context: Context) -> Written:
        name, rows = self._known(change.name), self._touched(change, [], parameters, context)
        return Written(self._engine(context, lambda: self._scratch.delete(name, rows)))

    def _touched(
        self, change: Change, outputs: list[tuple[str, Any]], parameters: Any, context: Context
    ) -> StreamSource:
        """Return the numbers of the rows that a statement is about, and what it sets in each."""
        values = parameter_values(change.tree, parameters)
        return self._read(selection(change, [(ROW, column_of(change, ROW)), *outputs], values), context)


def _where(name: str) -> str:
    return "" if is_own(name) else f" in schema {SCHEMA}"


def _total(done: Sequence[Written]) -> Written:
    """Return what several runs of one statement have changed together."""
    if not done or any(d.rows < 0 for d in done):
        return Written(0 if not done else -1, done[-1].identity if done else None)
    return Written(sum(d.rows for d in done), done[-1].identity)


def _renamed(rows: StreamSource, names: Sequence[str]) -> StreamSource:
    """Return rows under other names for their columns."""
    if not names or list(names) == rows.schema.names:
        return rows
    if len(names) != len(rows.schema):
        raise ProgrammingError(f"The query gives {len(rows.schema)} columns, and {len(names)} are named.")
    return _Renamed(rows, pa.schema([f.with_name(n) for f, n in zip(rows.schema, names, strict=True)]))


@dataclass(frozen=True, slots=True)
class _Renamed:
    """Rows under the names of a schema."""

    rows: StreamSource
    schema: pa.Schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows."""
        for batch in self.rows.batches():
            yield pa.RecordBatch.from_arrays(batch.columns, schema=self.schema)


# -- values ------------------------------------------------------------------------------------------------------------


def _without_defaults(change: Change) -> Change:
    """Return an INSERT without the columns for which every row says DEFAULT."""
    defaults = [[_is_default(cell) for cell in row] for row in change.rows]
    places = [n for n in range(len(defaults[0]) if defaults else 0) if any(row[n] for row in defaults)]
    if not places:
        return change
    if not change.columns or not all(row[n] for row in defaults for n in places):
        raise ProgrammingError(
            "DEFAULT stands for a whole column: name the columns, and leave out those with defaults."
        )
    kept = [n for n in range(len(change.columns)) if n not in places]
    rows = tuple(tuple(row[n] for n in kept) for row in change.rows)
    return replace(change, columns=tuple(change.columns[n] for n in kept), rows=rows)


def _is_default(cell: Any) -> bool:
    return bool(cell.key == "var" and cell.name.upper() == "DEFAULT")


def _queries(change: Change, sets: Sets) -> Iterator[Statement]:
    """Yield the SELECT that gives the rows, once for each set of parameters."""
    for parameters in sets:
        values = parameter_values(change.tree, parameters)
        if change.query is not None:
            yield replace(change.query, tree=filled(change.query.tree, values))
        else:
            yield values_query(change, values)


def _cells(change: Change, sets: Sets) -> StreamSource | None:
    """Return the rows of VALUES as they are written; None if one must be worked out."""
    found = columns_of(change, sets)
    if found is None:
        return None
    names = change.columns or tuple(f"c{n}" for n in range(len(found)))
    arrays = [array_of(values, name) for values, name in zip(found, names, strict=True)]
    batch = pa.RecordBatch.from_arrays(arrays, names=list(names))
    return BatchSource(batch.schema, [batch])


_BOUND = (str, bool, int, float, Decimal, bytes, dt.date, dt.time, dt.timedelta, list, tuple)


def array_of(values: Sequence[Any], name: str) -> pa.Array:
    """Return Python's values as an array; those of several types as text, as the column that takes them reads it.

    Raises:
        ProgrammingError: a value of a type that no column has.
    """
    kept = [_kept(types.parameter(value), name) for value in values]
    kinds = {type(value) for value in kept if value is not None}
    zoned = {v.tzinfo is not None for v in kept if isinstance(v, dt.datetime)}
    if len(zoned) < 2 and (kinds <= {int, float} or kinds <= {int, Decimal} or len(kinds) == 1):
        try:
            return pa.array(kept)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            pass  # integers beyond 64 bits, times with zones and without, lists of several types
    return pa.array([None if value is None else _text(value) for value in kept], pa.string())


def _kept(value: Any, name: str) -> Any:
    """Return a value without numpy's or uuid's clothes; objects become JSON text."""
    if isinstance(value, dict) or (isinstance(value, list | tuple) and any(isinstance(v, dict) for v in value)):
        return json.dumps(value, ensure_ascii=False, default=str)
    if value is None or type(value) in _BOUND or isinstance(value, dt.datetime):
        return value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    scalar = getattr(value, "item", None)
    if callable(scalar) and not getattr(value, "shape", ()):
        return scalar()
    plain_type = next((kind for kind in _BOUND if isinstance(value, kind)), None)
    if plain_type is None:
        raise ProgrammingError(
            f"The value for {name} is of type {type(value).__name__}, which cannot be bound: give text, a number, a"
            " date, a time, bytes, None, or a list of these."
        )
    return str.__str__(value) if plain_type is str else int(value) if plain_type is int else value


def _text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
