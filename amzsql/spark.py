"""A data source of PySpark 4: `spark.dataSource.register(AmzsqlDataSource)`, then `spark.read.format("amzsql")`.

Owns how Spark's options and filters become a statement. Must not know how a statement is cut into tasks; needs the
extra `amzsql[spark]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import amzsql
from amzsql.settings import lookup

try:
    from pyspark.sql import datasource as spark
    from pyspark.sql.pandas.types import from_arrow_schema
except ImportError as error:
    raise ImportError("amzsql.spark needs PySpark 4.1 or newer: pip install 'amzsql[spark]'") from error

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import StructType

_OWN = ("dbtable", "query", "columns", "bymarketplace", "days")
_COMPARED = {
    spark.EqualTo: "=",
    spark.GreaterThan: ">",
    spark.GreaterThanOrEqual: ">=",
    spark.LessThan: "<",
    spark.LessThanOrEqual: "<=",
}


class AmzsqlDataSource(spark.DataSource):
    """Rows of a table (option `dbtable`) or of a SELECT (option `query`) of the Selling Partner API.

    `columns`: of the table only these, separated by commas. `byMarketplace` (true) and `days` cut it further than its
    requests do. Every other option is a property of the connection; those that are secret are refused.
    """

    @classmethod
    def name(cls) -> str:
        """Return the format's name."""
        return "amzsql"

    def schema(self) -> StructType:
        """Return the columns; nothing is asked of Amazon."""
        _cut_by(self.options)  # what is wrong with them is told at once
        with _connected(self.options) as connection:
            return from_arrow_schema(connection.schema(_statement(self.options)))

    def reader(self, schema: StructType) -> AmzsqlReader:
        """Return the reader of the rows."""
        del schema
        return AmzsqlReader(dict(self.options))


class AmzsqlReader(spark.DataSourceReader):
    """Reads a task of `Connection.partitions` in each of Spark's."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self.options = {name.lower(): value for name, value in options.items()}
        self.conditions: list[tuple[str, list[Any]]] = []

    def pushFilters(self, filters: list[spark.Filter]) -> Iterator[spark.Filter]:  # noqa: N802 - Spark's name
        """Take over what narrows a table, and leave all to Spark as well: its comparisons are its own."""
        if "dbtable" in self.options:
            self.conditions = [c for c in map(_condition, filters) if c is not None]
        yield from filters

    def partitions(self) -> Sequence[spark.InputPartition]:
        """Return the tasks; this may ask once for the account's marketplaces."""
        options = self.options
        where = " AND ".join(text for text, _ in self.conditions)
        values = [value for _, each in self.conditions for value in each]
        by, days = _cut_by(options)
        with _connected(options) as connection:
            statement = _statement(options) + (f" WHERE {where}" if where else "")
            found = connection.partitions(statement, values or None, by_marketplace=by, days=days)
            return [spark.InputPartition(task) for task in found]

    def read(self, partition: spark.InputPartition) -> Iterator[pa.RecordBatch]:
        """Yield a task's record batches, with the secrets of the executor's own named connection or environment."""
        yield from amzsql.read(partition.value)


def _cut_by(options: Mapping[str, str]) -> tuple[bool, float | None]:
    """Return the options byMarketplace and days."""
    given = {name.lower(): value.strip() for name, value in options.items()}
    by, days = given.get("bymarketplace", "false").lower(), given.get("days")
    if by not in ("true", "false"):
        raise amzsql.ProgrammingError(f"The option byMarketplace is true or false, not {by!r}.")
    try:
        return by == "true", None if days is None else float(days)
    except ValueError:
        raise amzsql.ProgrammingError(f"The option days is a number of days, such as 30, not {days!r}.") from None


def _connected(options: Mapping[str, str]) -> amzsql.Connection:
    """Open the connection that the options tell."""
    given: dict[str, Any] = {name: value for name, value in options.items() if name.lower() not in _OWN}
    for name in given:
        if lookup(name, "Spark's options").secret:
            raise amzsql.ProgrammingError(
                f"{name} is a secret, and Spark shows options and sends them about: put it into a named connection"
                f" (option connection) or into the environment (AMZSQL_{name.upper()}) of driver and executors."
            )
    return amzsql.connect(**given)


def _statement(options: Mapping[str, str]) -> str:
    table, query = options.get("dbtable"), options.get("query")
    if (table is None) == (query is None):
        raise amzsql.ProgrammingError("Give the option dbtable (a table's name) or query (a SELECT), one of them.")
    if query is not None or table is None:
        return str(query)
    columns = [_quoted(c) for c in options.get("columns", "").split(",") if c.strip()]
    return f"SELECT {', '.join(columns) or '*'} FROM {'.'.join(map(_quoted, table.split('.')))}"


def _quoted(name: str) -> str:
    return '"' + name.strip().strip('"`').replace('"', '""') + '"'


def _condition(given: spark.Filter) -> tuple[str, list[Any]] | None:
    """Return a filter as SQL with its values; None for one that is left to Spark alone."""
    attribute: tuple[str, ...] = getattr(given, "attribute", ())
    if len(attribute) != 1:
        return None
    column = _quoted(attribute[0])
    if isinstance(given, spark.In):
        return f"{column} IN ({', '.join('?' for _ in given.value)})", list(given.value)
    if isinstance(given, spark.IsNull | spark.IsNotNull):
        return f"{column} IS {'NOT ' if isinstance(given, spark.IsNotNull) else ''}NULL", []
    operator = _COMPARED.get(type(given))
    return None if operator is None else (f"{column} {operator} ?", [getattr(given, "value")])  # noqa: B009
