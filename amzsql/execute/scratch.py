"""The tables that are not Amazon's: schema Temp, and tables NAME#TEMP, as one connection sees them.

Owns where they are (an engine instance of their own), the transaction on them and what is in them. Knows nothing of
statements: it is told tables, columns and rows, and the SQL that reaches the instance is written here.
"""

from __future__ import annotations

import copy
import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from amzsql import errors
from amzsql.catalog.model import Column, Entry
from amzsql.catalog.scratch import ROW, SCHEMA, SUFFIX, ScratchTable, is_own
from amzsql.errors import OperationalError
from amzsql.execute.engine import StreamSource, inherited, quoted, translated
from amzsql.execute.scratch_space import CATALOG, ScratchSpace
from amzsql.sql.definition import Counting, Reference, TableDefinition, identifier, listed
from amzsql.types import BIGINT, SqlType, of_arrow

if TYPE_CHECKING:
    import duckdb

_ROWS = "amzsql_rows"
# Without them a sequence that counts down could not begin above zero.
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
# Statements that change rows, and no table.
_KEEPING = ("INSERT", "UPDATE", "DELETE", "SELECT")
_ENDED = "An error has ended the transaction on schema Temp: call rollback() before the next statement there."
_UNDONE = "This has ended the transaction on schema Temp, so that nothing was committed."


def qualified(name: str) -> str:
    """Return the engine's name of a table, with its catalog: ``Temp.x`` alone could mean two things."""
    place = "temp.main" if is_own(name) else f'{CATALOG}."{SCHEMA}"'
    return f"{place}.{identifier(name)}"


def _close(cursor: duckdb.DuckDBPyConnection, pid: int) -> None:
    if pid == os.getpid():
        cursor.close()


@dataclass(frozen=True, slots=True)
class Described:
    """A column of a scratch table: its name, its type in the engine, whether it may be null, its default, its comment.

    The default is SQL.
    """

    name: str
    type: str
    nullable: bool
    default: str | None
    comment: str | None

    @property
    def shown(self) -> str:
        """Its type as descriptions show it."""
        return _type_name(self.type)

    @property
    def generated(self) -> bool:
        """Whether a value that is not given is the next number."""
        return self.default is not None and self.default.startswith("nextval(")


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of a scratch table: what it is called, its kind and columns.

    Kinds are ``PRIMARY KEY``, ``UNIQUE``, ``FOREIGN KEY`` and ``CHECK``. `table` and `table_columns` are what a foreign
    key refers to, `text` what a check says.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    table: str = ""
    table_columns: tuple[str, ...] = ()
    text: str = ""


class _Told(msgspec.Struct, frozen=True):
    """What a table's definition says beyond what the engine keeps."""

    references: tuple[Reference, ...] = ()
    names: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    identities: tuple[tuple[str, bool], ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Counter:
    """A column that was declared as an identity: how it counts, and whether it takes no value."""

    name: str
    start: int
    step: int
    lowest: int
    highest: int
    cycle: bool
    always: bool


@dataclass(frozen=True, slots=True)
class Index:
    """An index of a scratch table."""

    name: str
    columns: tuple[str, ...]
    unique: bool


class Scratch:
    """The scratch tables of one connection: those of schema Temp in its transaction, and its own NAME#TEMP.

    Threads may share it. `autocommit`: each statement is a transaction of its own.
    """

    def __init__(self, space: ScratchSpace | None = None, zone: str = "UTC") -> None:
        self._owned = space is None
        self._space = space or ScratchSpace()
        self._zone = zone
        self._lock = threading.RLock()
        self._autocommit = False
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._end: weakref.finalize[..., Scratch] | None = None
        self._open = False
        # The error that has ended the transaction.
        self._failed: BaseException | None = None
        self._told: dict[tuple[object, ...], list[tuple[Any, ...]]] = {}

    # -- the transaction ---------------------------------------------------------------------------------------------

    @property
    def autocommit(self) -> bool:
        """Whether each statement is a transaction of its own; turning it on commits what is open."""
        return self._autocommit

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        if value:
            self.commit()
        self._autocommit = value

    def commit(self) -> None:
        """Keep what the transaction changed. An error that has ended it is raised once more: then nothing is kept."""
        with self._lock:
            failed = self._failed
            if failed is not None:
                self.rollback()
                # Of two errors tools show this one: pandas commits whatever has happened.
                raise _again(failed) from failed
            self._finish("COMMIT")

    def rollback(self) -> None:
        """Undo what the transaction changed."""
        with self._lock:
            self._finish("ROLLBACK")

    def _finish(self, word: str) -> None:
        if self._open and self._cursor is not None and self._pid == os.getpid():
            # A commit that fails has ended the transaction as well.
            self._open, self._failed = False, None
            with translated():
                self._cursor.execute(word)
                self._cursor.unregister(_ROWS)

    @contextmanager
    def statement(self) -> Iterator[None]:
        """Make one transaction of what a statement reads and writes; an error undoes it."""
        alone = self._autocommit and not self._open
        with ExitStack() as undo:
            if alone:
                undo.callback(self.rollback)
            self._in_transaction()
            yield
            if alone:
                self.commit()

    def _in_transaction(self) -> None:
        with self._lock, translated():
            self._check_whole()
            if not self._open:
                self._connected().execute("BEGIN TRANSACTION")
                self._open = True
                self._told.clear()

    def _connected(self) -> duckdb.DuckDBPyConnection:
        if self._pid != os.getpid():
            inherited.append(self._cursor)
            self._begin()
        if self._cursor is None:
            self._cursor = self._space.cursor()
            self._cursor.execute(f"SET timezone={quoted(self._zone)}")
            self._end = weakref.finalize(self, _close, self._cursor, self._pid)
        return self._cursor

    def interrupt(self) -> None:
        """Stop what the instance computes for this connection; callable from any thread."""
        if self._cursor is not None and self._pid == os.getpid():
            self._cursor.interrupt()

    def close(self) -> None:
        """Undo what is not committed, and forget the connection's own tables."""
        with self._lock:
            if self._end is not None and self._pid == os.getpid():
                self._end()
            if self._owned:
                self._space.close()
            self._begin()

    def forget_own(self) -> None:
        """Drop the tables NAME#TEMP: the connection goes to somebody else."""
        with self._lock:
            self.rollback()
            names = self.own_names() if self._cursor is not None else []
            for name in names:
                self.drop(name)
            if names:
                self.commit()

    # -- what is there -----------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Return the names of the tables of schema Temp, sorted."""
        return self._names(CATALOG, SCHEMA)

    def own_names(self) -> list[str]:
        """Return the names of the connection's own tables, sorted."""
        return self._names("temp", "main")

    def _names(self, catalog: str, schema: str) -> list[str]:
        sql = "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = ? ORDER BY 1"
        return [row[0] for row in self._looked(sql, (catalog, schema))]

    def spelt(self, name: str) -> str | None:
        """Return a table's name as it was made, compared without case; None if there is none."""
        known = self.own_names() if is_own(name) else self.names()
        return next((n for n in known if n.lower() == name.lower()), None)

    def columns(self, name: str) -> list[Described]:
        """Return a table's columns; none for a table that does not exist."""
        sql = (
            "SELECT column_name, data_type, is_nullable, column_default, comment FROM duckdb_columns() "
            "WHERE database_name = ? AND schema_name = ? AND lower(table_name) = lower(?) ORDER BY column_index"
        )
        return [Described(*row) for row in self._looked(sql, (*_place(name), name))]

    def constraints(self, name: str) -> list[Constraint]:
        """Return a table's constraints but for NOT NULL: the engine's, and the foreign keys that were declared."""
        sql = (
            "SELECT constraint_type, constraint_column_names, constraint_name, expression FROM duckdb_constraints() "
            "WHERE database_name = ? AND schema_name = ? AND lower(table_name) = lower(?) "
            "AND constraint_type <> 'NOT NULL' ORDER BY constraint_index"
        )
        rows, told = self._looked(sql, (*_place(name), name)), self._told_of(name)
        names = {(kind, columns): given for kind, columns, given in told.names}
        found: list[Constraint] = []
        for kind, columns, own, text in rows:
            place = (str(sum(f.kind == "CHECK" for f in found)),) if kind == "CHECK" else tuple(columns)
            found.append(Constraint(names.get((kind, place), own), kind, tuple(columns or ()), text=text or ""))
        for each in told.references:
            others = each.table_columns or self.key(each.table)
            given = each.name or f"{name}_{'_'.join(each.columns)}_fkey"
            found.append(Constraint(given, "FOREIGN KEY", each.columns, self.spelt(each.table) or each.table, others))
        return found

    def _told_of(self, name: str) -> _Told:
        """Return what a table's definition says beyond what the engine keeps."""
        sql = (
            "SELECT comment FROM duckdb_tables() WHERE database_name = ? AND schema_name = ? "
            "AND lower(table_name) = lower(?)"
        )
        comments = [row[0] for row in self._looked(sql, (*_place(name), name)) if row[0]]
        return msgspec.json.decode(comments[0], type=_Told) if comments else _Told()

    def said_of(self, name: str) -> str:
        """Return what a table holds as COMMENT ON says it; "" if nothing does."""
        return self._told_of(name).comment

    def counters(self, name: str) -> list[Counter]:
        """Return the columns of a table that were declared as identities."""
        found = []
        for column, always in self._told_of(name).identities:
            sql = (
                "SELECT start_value, increment_by, min_value, max_value, cycle FROM duckdb_sequences() "
                "WHERE database_name = ? AND schema_name = ? AND sequence_name = ?"
            )
            for start, step, lowest, highest, cycle in self._looked(sql, (*_place(name), _sequence(name, column))):
                found.append(Counter(column, start, step, lowest, highest, cycle, always))
        return found

    def key(self, name: str) -> tuple[str, ...]:
        """Return a table's primary key."""
        sql = (
            "SELECT constraint_column_names FROM duckdb_constraints() WHERE database_name = ? AND schema_name = ? "
            "AND lower(table_name) = lower(?) AND constraint_type = 'PRIMARY KEY'"
        )
        return next((tuple(row[0]) for row in self._looked(sql, (*_place(name), name))), ())

    def indexes(self, name: str) -> list[Index]:
        """Return a table's indexes."""
        sql = (
            "SELECT index_name, expressions, is_unique FROM duckdb_indexes() "
            "WHERE database_name = ? AND schema_name = ? AND lower(table_name) = lower(?) ORDER BY index_name"
        )
        rows = self._looked(sql, (*_place(name), name))
        return [Index(n, tuple(_unquoted(c) for c in e.strip("[]").split(", ")), u) for n, e, u in rows]

    def _looked(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Ask the instance about itself; this begins no transaction."""
        with self._lock:
            if self._cursor is None and self._space.is_empty:
                return []
            self._check_whole()
            # Within a transaction nobody else's changes are seen.
            place = (sql, tuple(values))
            found = self._told.get(place) if self._open else None
            if found is None:
                with translated():
                    found = self._connected().execute(sql, list(values)).fetchall()
            if self._open:
                self._told[place] = found
            return found

    def table(self, name: str) -> ScratchTable | None:
        """Return a table as statements are bound to it, with its rows as they are when they are first read."""
        described = self.columns(name)
        spelt = self.spelt(name) if described else None
        if spelt is None:
            return None
        fields = self._schema(spelt, described)
        columns = [Column(d.name, SqlType(d.shown, f.type)) for d, f in zip(described, fields, strict=True)]
        if not any(d.name.lower() == ROW for d in described):
            columns.append(Column(ROW, BIGINT, hidden=True))
        entry = Entry(spelt, "", (), self.key(spelt), kind="table", schemas=(SCHEMA,))
        by_lower = {c.name.lower(): c for c in columns}
        read = partial(self._read, spelt, tuple(columns))
        nullable = frozenset(d.name for d in described if d.nullable)
        counting = frozenset(d.name for d in described if d.generated)
        return ScratchTable(
            SCHEMA, entry, tuple(columns), (), by_lower, read=read, nullable=nullable, counting=counting
        )

    def _schema(self, name: str, described: Sequence[Described]) -> pa.Schema:
        """Return how a table's columns come out of the instance."""
        shown = ", ".join(_shown(d.name, d.type) for d in described)
        with self._lock, translated():
            return _in_utc(
                self._connected().sql(f"SELECT {shown} FROM {qualified(name)} LIMIT 0").to_arrow_table()
            ).schema

    def _read(self, name: str, columns: tuple[Column, ...], wanted: Sequence[str]) -> pa.Table:
        """Return some columns of all rows of a table."""
        kinds = {c.name: c.type.name for c in columns}
        shown = ", ".join(_shown(c, kinds[c]) for c in wanted)
        return _in_utc(self._select(f"SELECT {shown} FROM {qualified(name)}"))

    def rows(self, name: str) -> list[dict[str, Any]] | None:
        """Return the rows of NAME#TEMP by column, without what is NULL in them; None if there is no such table."""
        table = self.table(name + SUFFIX)
        if table is None:
            return None
        return [_without_nulls(row) for row in table.read([c.name for c in table.listed()]).to_pylist()]

    # -- changing ----------------------------------------------------------------------------------------------------

    def create(self, name: str, made: TableDefinition) -> None:
        """Make a table."""
        own = "TEMP " if is_own(name) else ""
        with self.statement():
            parts = []
            for each in made.columns:
                default = ""
                if each.counting is not None:
                    sequence = qualified(_sequence(name, each.name))
                    self._run(f"CREATE {own}SEQUENCE {sequence} {_steps(each.counting)}")
                    default = f" DEFAULT nextval({_text(sequence)})"
                parts.append(f"{identifier(each.name)} {each.type}{default} {each.constraints}")
            self._run(f"CREATE {own}TABLE {qualified(name)} ({', '.join([*parts, *made.constraints])})")
            identities = tuple((c.name, c.counting.always) for c in made.columns if c.counting and c.counting.identity)
            if made.references or made.names or identities:
                self._tell(name, _Told(made.references, made.names, identities))
            for each in made.columns:
                if each.comment:
                    self.comment(name, each.name, each.comment)

    def _tell(self, name: str, told: _Told) -> None:
        """Keep in a table's comment what the engine has no place for."""
        self._run(f"COMMENT ON TABLE {qualified(name)} IS {_text(msgspec.json.encode(told).decode())}")

    def comment(self, name: str, column: str, text: str) -> None:
        """Say what a table holds, or a column of it; "" takes back what was said."""
        if column:
            said = _text(text) if text else "NULL"
            self._run(f"COMMENT ON COLUMN {qualified(name)}.{identifier(column)} IS {said}")
        else:
            self._tell(name, msgspec.structs.replace(self._told_of(name), comment=text))

    def create_as(self, name: str, rows: StreamSource) -> int:
        """Make a table of some rows; return how many."""
        own = "TEMP " if is_own(name) else ""
        return int(self._run(f"CREATE {own}TABLE {qualified(name)} AS SELECT * FROM {_ROWS}", rows)[0])

    def drop(self, name: str) -> None:
        """Drop a table that is there."""
        with self.statement():
            counting = [d.name for d in self.columns(name) if d.generated]
            self._run(f"DROP TABLE {qualified(name)}")
            for column in counting:
                self._run(f"DROP SEQUENCE IF EXISTS {qualified(_sequence(name, column))}")

    def make_index(self, name: str, table: str, columns: Sequence[str], unique: bool, exists: bool) -> None:
        """Make an index of a table's columns."""
        kind, there = "UNIQUE INDEX" if unique else "INDEX", "IF NOT EXISTS " if exists else ""
        self._run(f"CREATE {kind} {there}{identifier(name)} ON {qualified(table)} ({listed(columns)})")

    def drop_index(self, name: str, exists: bool) -> None:
        """Drop an index."""
        self._run(f"DROP INDEX {'IF EXISTS ' if exists else ''}{qualified(name)}")

    def insert(
        self, name: str, columns: Sequence[str], rows: StreamSource | None, returning: str = ""
    ) -> tuple[int, Any]:
        """Add rows, whose columns stand in the order of `columns`; return how many, and a column of the last one.

        Without columns one row of defaults is added.

        Raises:
            IntegrityError: a constraint is not kept. DataError: a value does not fit its column.
        """
        source = f"({listed(columns)}) SELECT * FROM {_ROWS}" if columns else "DEFAULT VALUES"
        sql = f"INSERT INTO {qualified(name)} {source}"
        if not returning:
            return self._run(sql, rows)[0], None
        found = self._run(f"{sql} RETURNING {identifier(returning)}", rows)
        return len(found), found[-1] if found else None

    def update(self, name: str, columns: Sequence[str], rows: StreamSource) -> int:
        """Set columns of the rows whose numbers stand first in `rows`, the values behind them; return how many."""
        row, *values = rows.schema.names
        each = ", ".join(f"{identifier(c)} = s.{identifier(v)}" for c, v in zip(columns, values, strict=True))
        once = f"SELECT DISTINCT ON ({identifier(row)}) * FROM {_ROWS}"
        sql = f"UPDATE {qualified(name)} AS t SET {each} FROM ({once}) AS s WHERE t.{ROW} = s.{identifier(row)}"
        return int(self._run(sql, rows)[0])

    def delete(self, name: str, rows: StreamSource) -> int:
        """Delete the rows of which `rows` has the numbers; return how many."""
        row = identifier(rows.schema.names[0])
        return int(self._run(f"DELETE FROM {qualified(name)} WHERE {ROW} IN (SELECT {row} FROM {_ROWS})", rows)[0])

    def append(self, name: str, rows: StreamSource) -> int:
        """Add rows to a table NAME#TEMP, which is made by the first, and takes up new columns; return how many."""
        with self.statement():
            known, place = {d.name: d.type for d in self.columns(name)}, qualified(name)
            if not known:
                # Of the connection's own catalog: the name needs no place before it.
                return int(self._run(f"CREATE TEMP TABLE {identifier(name)} AS SELECT * FROM {_ROWS}", rows)[0])
            old = {column.lower(): kind for column, kind in known.items()}
            new = {f.name.lower(): _engine_name(f.type) for f in rows.schema}
            if all(old.get(column) == kind for column, kind in new.items()):
                return int(self._run(f"INSERT INTO {place} BY NAME SELECT * FROM {_ROWS}", rows)[0])
            before = int(self._run(f"SELECT count(*) FROM {place}")[0])
            apart = {column for column, kind in new.items() if not _fit(old.get(column, _NULL), kind)}
            mine, theirs = _chosen(list(known), apart), _chosen(rows.schema.names, apart)
            both = f"SELECT {mine} FROM {place} UNION ALL BY NAME SELECT {theirs} FROM {_ROWS}"
            made = f"CREATE OR REPLACE TEMP TABLE {identifier(self.spelt(name) or name)} AS {both}"
            return int(self._run(made, rows)[0]) - before

    def _run(self, sql: str, rows: StreamSource | None = None) -> list[Any]:
        """Change something in the transaction; return the first column of what the engine tells of it."""
        with self.statement(), self._lock, ExitStack() as undo:
            cursor = self._connected()
            # Whatever goes wrong in a transaction ends it.
            undo.push(self._fail)
            if not sql.startswith(_KEEPING):
                self._told.clear()
            with translated({_ROWS: "the rows"}):
                if rows is not None:
                    cursor.register(_ROWS, pa.RecordBatchReader.from_batches(rows.schema, rows.batches()))
                found = [row[0] for row in cursor.execute(sql).fetchall()]
            if rows is not None:
                cursor.unregister(_ROWS)
            undo.pop_all()
        return found

    def _select(self, sql: str) -> pa.Table:
        """Read something in the transaction."""
        with self.statement(), self._lock, ExitStack() as undo:
            undo.push(self._fail)
            with translated():
                found = self._connected().sql(sql).to_arrow_table()
            undo.pop_all()
        return found

    def _fail(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Keep what has ended the transaction; not where it came from, which would hold what the caller holds."""
        del kind, trace
        if error is not None:
            self._failed = copy.copy(error)
            self._failed.__cause__ = error.__cause__

    def _check_whole(self) -> None:
        if self._failed is not None:
            raise OperationalError(f"{_ENDED} It was: {self._failed}") from self._failed


def _again(error: BaseException) -> errors.Error:
    """Return an error of the same class and text that tells of the transaction as well."""
    if not isinstance(error, errors.Error):  # Ctrl-C
        return OperationalError(f"{type(error).__name__}. {_UNDONE}")
    found = copy.copy(error)
    found.args = (f"{str(error.args[0]).rstrip(' .')}. {_UNDONE}", *error.args[1:])
    return found


def _text(value: str) -> str:
    """Return a text as the engine's literal."""
    return "'" + value.replace("'", "''") + "'"


def _sequence(table: str, column: str) -> str:
    """Return the name of what counts a column; it lives where its table does."""
    return f"{table.removesuffix(SUFFIX)}_{column}_seq{SUFFIX if is_own(table) else ''}"


def _steps(counting: Counting) -> str:
    """Return how a sequence counts, as the engine's SQL."""
    lowest = _LOWEST if counting.lowest is None else counting.lowest
    highest = _HIGHEST if counting.highest is None else counting.highest
    cycle = " CYCLE" if counting.cycle else ""
    return f"START {counting.start} INCREMENT {counting.step} MINVALUE {lowest} MAXVALUE {highest}{cycle}"


def _place(name: str) -> tuple[str, str]:
    """Return the catalog and the schema that a table is in."""
    return ("temp", "main") if is_own(name) else (CATALOG, SCHEMA)


def _unquoted(name: str) -> str:
    """Return a name of an index's list: in single quotes if it stands in double ones."""
    name = name[1:-1] if name.startswith("'") else name
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


# Types that Arrow, or whoever reads it, has no equal of: they are read as text.
_AS_TEXT = ("ENUM", "UUID", "BIT", '"NULL"', "TIME WITH TIME ZONE", "TIME_NS", "VARIANT", "BIGNUM")


def _shown(column: str, kind: str) -> str:
    name = identifier(column)
    return f"CAST({name} AS VARCHAR) AS {name}" if kind.startswith(_AS_TEXT) else name


def _type_name(kind: str) -> str:
    """Return a type's name as descriptions show it."""
    return "VARCHAR" if kind.startswith(_AS_TEXT) else kind


def _in_utc(table: pa.Table) -> pa.Table:
    """Return a table with its times in UTC: the engine labels them with the session's zone."""
    zoned = [pa.types.is_timestamp(f.type) and f.type.tz is not None for f in table.schema]
    if not any(zoned):
        return table
    fields = [
        f.with_type(pa.timestamp(f.type.unit, "UTC")) if z else f for f, z in zip(table.schema, zoned, strict=True)
    ]
    return table.cast(pa.schema(fields))


def _without_nulls(value: Any) -> Any:
    """Return a value of a row without what is NULL in it, at any depth."""
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return [_without_nulls(v) for v in value] if isinstance(value, list) else value


# -- types of tables that take up what comes ---------------------------------------------------------------------------

_NULL = '"NULL"'
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
_TIMES = ("DATE", "TIMESTAMP")


def _engine_name(kind: pa.DataType) -> str:
    """Return what the engine calls an Arrow type."""
    return _NULL if pa.types.is_null(kind) else of_arrow(kind)


def _fit(one: str, two: str) -> bool:
    """Tell whether a column can take the values of two types and keep what they are."""
    groups = [next((g for g in (_NUMBERS, _TIMES) if kind.startswith(g)), (kind,)) for kind in (one, two)]
    return _NULL in (one, two) or groups[0] == groups[1]


def _chosen(columns: Sequence[str], as_text: set[str]) -> str:
    """Return a list of columns of which some are read as text."""
    each = ((identifier(c), c.lower() in as_text) for c in columns)
    return ", ".join(f"CAST({name} AS VARCHAR) AS {name}" if text else name for name, text in each)
