"""The adapter for Harlequin, a SQL client in the terminal: `harlequin -a amzsql shop`.

Imported by Harlequin alone, which finds it by its entry point. The catalog is the packaged one, so that browsing asks
nothing of Amazon; columns are looked up when a table is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harlequin import HarlequinAdapter, HarlequinConnection, HarlequinCursor
from harlequin.catalog import Catalog, CatalogItem, InteractiveCatalogItem
from harlequin.exception import HarlequinConfigError, HarlequinConnectionError, HarlequinQueryError

import amzsql

_SHORT = {
    "VARCHAR": "s",
    "JSON": "{}",
    "BOOLEAN": "t/f",
    "INTEGER": "#",
    "BIGINT": "##",
    "DOUBLE": "#.#",
    "DATE": "d",
    "TIMESTAMP": "ts",
    "TIMESTAMP WITH TIME ZONE": "tz",
}


def short(name: str) -> str:
    """Return the one to three letters that stand for a SQL type."""
    return "#.#" if name.startswith("DECIMAL") else _SHORT.get(name, "?")


class AmzsqlCursor(HarlequinCursor):  # type: ignore[misc]
    """A statement's rows, of which pages are fetched up to the limit."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        # Harlequin asks for them after it has read the rows.
        self._columns = [(column[0], short(column[1])) for column in cursor.description]
        self._limit: int | None = None

    def columns(self) -> list[tuple[str, str]]:
        """Return each column's name and the letters of its type."""
        return self._columns

    def set_limit(self, limit: int) -> AmzsqlCursor:
        """Give no more than so many rows."""
        self._limit = limit
        return self

    def fetchall(self) -> list[tuple[Any, ...]] | None:
        """Return the rows up to the limit; None if there are none."""
        try:
            rows = self._cursor.fetchall() if self._limit is None else self._cursor.fetchmany(self._limit)
        except amzsql.Error as error:
            raise HarlequinQueryError(str(error), title=type(error).__name__) from error
        self._cursor.close()
        return rows or None


@dataclass
class TableItem(InteractiveCatalogItem):  # type: ignore[misc]
    """A table or view, whose columns are looked up when it is opened."""

    schema: str = ""

    def fetch_children(self) -> list[CatalogItem]:
        """Return the columns that `*` shows."""
        driver = self.connection.driver
        found = driver.describe(self.schema, self.label)
        columns = found.columns if found is not None else ()
        return [
            CatalogItem(
                f'{self.qualified_identifier}."{c.name}"', f'"{c.name}"', c.name, short(c.type), type_name=c.type
            )
            for c in columns
        ]


class AmzsqlConnection(HarlequinConnection):  # type: ignore[misc]
    """A connection of the driver, with the cursors that may still run."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.init_message = "Connected: nothing was asked of Amazon."
        self._running: list[Any] = []

    def execute(self, query: str) -> AmzsqlCursor | None:
        """Run a statement; None if it has no rows."""
        cursor = self.driver.cursor()
        self._running = [*self._running[-20:], cursor]
        try:
            cursor.execute(query)
        except amzsql.Error as error:
            raise HarlequinQueryError(str(error), title=type(error).__name__) from error
        return AmzsqlCursor(cursor) if cursor.description is not None else None

    def cancel(self) -> None:
        """End what runs."""
        for cursor in self._running:
            cursor.cancel()

    def get_catalog(self) -> Catalog:
        """Return the schemas with their tables."""
        schemas = [s for s in (*amzsql.metadata.schemas(), "Temp") if self.driver.tables(s)]
        return Catalog(items=[self._schema(name) for name in schemas])

    def _schema(self, name: str) -> CatalogItem:
        tables = [
            TableItem(f'"{name}"."{table}"', f'"{name}"."{table}"', table, "t", connection=self, schema=name)
            for table in self.driver.tables(name)
        ]
        return CatalogItem(f'"{name}"', f'"{name}"', name, "s", children=list(tables))

    def close(self) -> None:
        """Close the driver's connection."""
        self.driver.close()


class AmzsqlAdapter(HarlequinAdapter):  # type: ignore[misc]
    """Opens a named connection, `harlequin -a amzsql shop`, or one of properties, `"Simulator=True;Marketplace=US"`."""

    ADAPTER_OPTIONS: list[Any] = []
    IMPLEMENTS_CANCEL = True
    IMPLEMENTS_READ_ONLY = True
    ADAPTER_DETAILS = "SQL over Amazon's Selling Partner API."

    def __init__(self, conn_str: Sequence[str], read_only: bool = False, **options: Any) -> None:
        if len(conn_str) > 1:
            raise HarlequinConfigError("amzsql opens one connection: name one, or give its properties as one text.")
        text = conn_str[0] if conn_str else ""
        self._text = text if not text or "=" in text else f"Connection={text}"
        self._properties: dict[str, Any] = {"Readonly": True} if read_only else {}

    def connect(self) -> AmzsqlConnection:
        """Open the connection; nothing is asked of Amazon."""
        try:
            return AmzsqlConnection(amzsql.connect(self._text, **self._properties))
        except amzsql.Error as error:
            raise HarlequinConnectionError(str(error), title="amzsql could not connect") from error

    @property
    def connection_id(self) -> str:
        """Return nothing: the text may hold a secret, and there is no catalog worth keeping."""
        return ""
