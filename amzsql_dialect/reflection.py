"""What an Inspector asks: schemas, tables, columns, keys and comments, out of the driver's catalog and schema Temp.

Nothing here touches the network: Superset and pandas reflect before nearly every statement.

Every name stands in exactly one of two lists. SQLAlchemy's tools take a *table* for what has a primary key (automap
maps nothing else, and neither it nor a plain ``MetaData.reflect()`` looks at views), so the tables are what has one;
the views are what has none. What stands in schema Temp is always a table.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import exc

import amzsql

from . import types

T = TypeVar("T")
Row = dict[str, Any]
SCRATCH = "Temp"


def _cached(function: Callable[..., T]) -> Callable[..., T]:
    """Keep what a method has found as long as its Inspector lives; SQLAlchemy 1.4's own cannot read annotations."""

    @functools.wraps(function)
    def found(self: Any, connection: Any, *args: Any, **kw: Any) -> T:
        kept = kw.get("info_cache")
        if kept is None:
            return function(self, connection, *args, **kw)
        told = tuple((name, value) for name, value in kw.items() if name not in ("info_cache", "unreflectable"))
        key = (function.__name__, args, told)
        if key not in kept:
            kept[key] = function(self, connection, *args, **kw)
        value: T = kept[key]
        return value

    return found


class Reflection:
    """The reflection half of the dialect. Without a schema a name is the connection's, or else one of Temp."""

    def get_schema_names(self, connection: Any, **kw: Any) -> list[str]:
        """Return the schemas that hold anything, or of them those of the property BrowsableSchemas."""
        browsable = {s.lower() for s in driver_of(connection).settings.browsable_schemas}
        return [s for s in _schemas() if not browsable or s.lower() in browsable]

    def has_schema(self, connection: Any, schema_name: str, **kw: Any) -> bool:
        """Tell whether there is such a schema."""
        return schema_name.lower() in {s.lower() for s in _schemas()}

    @_cached
    def get_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Return what has a primary key, or of them those of the property Tables, and all that Temp has."""
        driver = driver_of(connection)
        listed = {n.lower() for n in driver.settings.tables}
        keyed = [t.name for t in self._catalog(driver, schema) if t.primary_key]
        return [n for n in keyed if not listed or n.lower() in listed] + _own(driver, schema)

    @_cached
    def get_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Return what has no primary key, or of them those of the property Views."""
        driver = driver_of(connection)
        listed = {n.lower() for n in driver.settings.views}
        keyless = [t.name for t in self._catalog(driver, schema) if not t.primary_key]
        return [n for n in keyless if not listed or n.lower() in listed]

    def get_materialized_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Return nothing: nothing is stored."""
        return []

    def get_temp_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Return the connection's own tables, NAME#TEMP."""
        names: list[str] = driver_of(connection).own_tables()
        return names

    def get_temp_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Return nothing: there are no temporary views."""
        return []

    def get_sequence_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Return nothing: there are no sequences."""
        return []

    def has_sequence(self, connection: Any, sequence_name: str, schema: str | None = None, **kw: Any) -> bool:
        """Return False: there are no sequences."""
        return False

    @_cached
    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        """Tell whether there is such a table or view; pandas asks this of whole statements."""
        return driver_of(connection).describe(schema or "", table_name) is not None

    @_cached
    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Row]:
        """Return the columns that ``*`` shows."""
        return [_column(column) for column in self._table(connection, table_name, schema, **kw).columns]

    @_cached
    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Row:
        """Return the key within an account."""
        table = self._table(connection, table_name, schema, **kw)
        return {"constrained_columns": list(table.primary_key), "name": table.key_name}

    @_cached
    def get_foreign_keys(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Row]:
        """Return the references to parents."""
        return [
            {
                "name": key.name,
                "constrained_columns": list(key.columns),
                "referred_schema": schema,
                "referred_table": key.table,
                "referred_columns": list(key.table_columns),
                "options": {},
            }
            for key in sorted(self._table(connection, table_name, schema, **kw).foreign_keys, key=_by_name)
        ]

    @_cached
    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Row]:
        """Return the indexes of a table of Temp: no other has any."""
        return [
            {"name": r.name, "column_names": list(r.columns), "unique": r.unique, "dialect_options": {}}
            for r in sorted(self._table(connection, table_name, schema, **kw).rules, key=_by_name)
            if r.kind == "index"
        ]

    @_cached
    def get_unique_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Row]:
        """Return what a table of Temp has of them: no other has any beside the key."""
        return [
            {"name": r.name, "column_names": list(r.columns)}
            for r in sorted(self._table(connection, table_name, schema, **kw).rules, key=_by_name)
            if r.kind == "unique"
        ]

    @_cached
    def get_check_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Row]:
        """Return what a table of Temp has of them: Amazon breaks its own enums."""
        return [
            {"name": r.name, "sqltext": r.text}
            for r in sorted(self._table(connection, table_name, schema, **kw).rules, key=_by_name)
            if r.kind == "check"
        ]

    @_cached
    def get_table_comment(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Row:
        """Return what the table holds."""
        return {"text": self._table(connection, table_name, schema, **kw).doc or None}

    def get_table_options(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Row:
        """Return nothing: tables have no options."""
        self._table(connection, table_name, schema, **kw)
        return {}

    def get_view_definition(self, connection: Any, view_name: str, schema: str | None = None, **kw: Any) -> None:
        """Return nothing: views are Amazon's operations, not statements."""
        self._table(connection, view_name, schema, **kw)

    # -- the catalog -------------------------------------------------------------------------------------------------

    def _catalog(self, driver: Any, schema: str | None) -> list[amzsql.metadata.TableInfo]:
        """Return what a schema has of Amazon's; behind it are listed the tables of Temp, which nobody need look at."""
        where, names = schema or "", driver.tables(schema or "")
        found = (driver.describe(where, name) for name in names[: len(names) - len(_own(driver, schema))])
        return [t for t in found if t is not None]

    def _table(self, connection: Any, name: str, schema: str | None, **kw: Any) -> amzsql.metadata.TableInfo:
        """Return a table, looked up once for all that an Inspector asks of it."""
        kept = kw.get("info_cache", {})
        found: amzsql.metadata.TableInfo | None = kept.get(("_table", schema, name))
        if found is None:
            found = kept["_table", schema, name] = driver_of(connection).describe(schema or "", name)
        if found is None:
            raise exc.NoSuchTableError(f"{schema}.{name}" if schema else name)
        return found


def _own(driver: Any, schema: str | None) -> list[str]:
    """Return the tables of Temp that a schema's list ends with."""
    names: list[str] = driver.tables(SCRATCH) if not schema or schema.lower() == SCRATCH.lower() else []
    return names


def _schemas() -> tuple[str, ...]:
    """Return all schemas: Temp is one whether it has a table or not."""
    return (*amzsql.metadata.schemas(), SCRATCH)


def _by_name(said: amzsql.metadata.Rule | amzsql.metadata.ForeignKey) -> str:
    return said.name or ""


def _column(column: amzsql.metadata.ColumnInfo) -> Row:
    found = {
        "name": column.name,
        "type": types.of_name(column.type),
        "nullable": column.nullable,
        "default": column.default,
        "autoincrement": column.counting,
        "comment": _comment(column),
    }
    if column.identity is not None:
        found["identity"] = dataclasses.asdict(column.identity)
    return found


def _comment(column: amzsql.metadata.ColumnInfo) -> str | None:
    values = f"One of {', '.join(column.values)}." if column.values else ""
    return " ".join(part for part in (column.doc, values) if part) or None


def driver_of(connection: Any) -> Any:
    """Return the driver's connection behind one of SQLAlchemy."""
    # While 1.4 initialises, there is no pool between it and the driver.
    pooled = connection.connection
    return getattr(pooled, "dbapi_connection", pooled)
