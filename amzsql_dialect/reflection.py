"""What an Inspector asks: schemas, tables, columns, keys and comments, out of the driver's packaged catalog.

Nothing here touches the network: Superset and pandas reflect before nearly every statement.

Every name stands in exactly one of two lists. SQLAlchemy's tools take a *table* for what has a primary key (automap
maps nothing else, and neither it nor a plain ``MetaData.reflect()`` looks at views), so the tables are what has one;
the views are what has none.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import exc

import amzsql

from . import types

Row = dict[str, Any]


class Reflection:
    """The reflection half of the dialect; `default_schema_name` comes from the other half."""

    default_schema_name: str | None

    def get_schema_names(self, connection: Any, **kw: Any) -> list[str]:
        """Return the schemas that hold anything, or of them those of the property BrowsableSchemas."""
        browsable = {s.lower() for s in driver_of(connection).settings.browsable_schemas}
        return [s for s in amzsql.metadata.schemas() if not browsable or s.lower() in browsable]

    def has_schema(self, connection: Any, schema_name: str, **kw: Any) -> bool:
        """Tell whether there is such a schema."""
        return schema_name.lower() in {s.lower() for s in amzsql.metadata.schemas()}

    def get_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Return what has a primary key, or of them those of the property Tables."""
        listed = {n.lower() for n in driver_of(connection).settings.tables}
        return [
            t.name for t in self._all(connection, schema) if t.primary_key and (not listed or t.name.lower() in listed)
        ]

    def get_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Return what has no primary key, or of them those of the property Views."""
        listed = {n.lower() for n in driver_of(connection).settings.views}
        return [
            t.name
            for t in self._all(connection, schema)
            if not t.primary_key and (not listed or t.name.lower() in listed)
        ]

    def get_materialized_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Return nothing: nothing is stored."""
        return []

    def get_temp_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Return nothing: temporary tables are never listed."""
        return []

    def get_temp_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Return nothing: there are no temporary views."""
        return []

    def get_sequence_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """Return nothing: there are no sequences."""
        return []

    def has_sequence(self, connection: Any, sequence_name: str, schema: str | None = None, **kw: Any) -> bool:
        """Return False: there are no sequences."""
        return False

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        """Tell whether there is such a table or view; pandas asks this of whole statements."""
        return amzsql.metadata.exists(schema or self._schema(), table_name)

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Row]:
        """Return the columns that ``*`` shows; any but the key's may be null, as Amazon leaves out what it likes."""
        table = self._table(connection, table_name, schema)
        return [
            {
                "name": column.name,
                "type": types.of_name(column.type),
                "nullable": column.name not in table.primary_key,
                "default": None,
                "autoincrement": False,
                "comment": _comment(column),
            }
            for column in table.columns
        ]

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Row:
        """Return the key within an account."""
        return {"constrained_columns": list(self._table(connection, table_name, schema).primary_key), "name": None}

    def get_foreign_keys(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Row]:
        """Return the references to parents."""
        return [
            {
                "name": None,
                "constrained_columns": list(key.columns),
                "referred_schema": schema,
                "referred_table": key.table,
                "referred_columns": list(key.table_columns),
                "options": {},
            }
            for key in self._table(connection, table_name, schema).foreign_keys
        ]

    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Row]:
        """Return nothing: there are no indexes."""
        return self._none_of(connection, table_name, schema)

    def get_unique_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Row]:
        """Return nothing: there are none beside the key."""
        return self._none_of(connection, table_name, schema)

    def get_check_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Row]:
        """Return nothing: Amazon breaks its own enums."""
        return self._none_of(connection, table_name, schema)

    def get_table_comment(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Row:
        """Return what the table holds."""
        return {"text": self._table(connection, table_name, schema).doc or None}

    def get_table_options(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Row:
        """Return nothing: tables have no options."""
        self._table(connection, table_name, schema)
        return {}

    def get_view_definition(self, connection: Any, view_name: str, schema: str | None = None, **kw: Any) -> None:
        """Return nothing: views are Amazon's operations, not statements."""
        self._table(connection, view_name, schema)

    # -- the catalog -------------------------------------------------------------------------------------------------

    def _schema(self) -> str:
        return self.default_schema_name or amzsql.metadata.schemas()[0]

    def _all(self, connection: Any, schema: str | None) -> list[amzsql.metadata.TableInfo]:
        where, driver = schema or self._schema(), driver_of(connection)
        names = amzsql.metadata.tables(where, reports=driver.settings.include_reports)
        return [t for t in (driver.describe(where, name) for name in names) if t is not None]

    def _table(self, connection: Any, name: str, schema: str | None) -> amzsql.metadata.TableInfo:
        found: amzsql.metadata.TableInfo | None = driver_of(connection).describe(schema or self._schema(), name)
        if found is None:
            raise exc.NoSuchTableError(f"{schema}.{name}" if schema else name)
        return found

    def _none_of(self, connection: Any, name: str, schema: str | None) -> list[Row]:
        self._table(connection, name, schema)
        return []


def _comment(column: amzsql.metadata.ColumnInfo) -> str | None:
    values = f"One of {', '.join(column.values)}." if column.values else ""
    return " ".join(part for part in (column.doc, values) if part) or None


def driver_of(connection: Any) -> Any:
    """Return the driver's connection behind one of SQLAlchemy."""
    # While 1.4 initialises, there is no pool between it and the driver.
    pooled = connection.connection
    return getattr(pooled, "dbapi_connection", pooled)
