"""SQL for Amazon's Selling Partner API: a DB-API 2.0 driver (PEP 249).

    import amzsql

    with amzsql.connect("Simulator=True") as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT AmazonOrderId, OrderTotalAmount FROM Orders LIMIT 5")
        print(cursor.fetchall())

Importing this module loads neither the engine nor a network client: they come with the first statement.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from amzsql.errors import (
    AccessDenied,
    ApiError,
    AuthError,
    BadRequest,
    BudgetExceeded,
    Cancelled,
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    ResultWarning,
    ServerError,
    Throttled,
    Warning,
)
from amzsql.types import (
    BINARY,
    DATETIME,
    NUMBER,
    ROWID,
    STRING,
    Binary,
    Date,
    DateFromTicks,
    Time,
    TimeFromTicks,
    Timestamp,
    TimestampFromTicks,
)

if TYPE_CHECKING:
    from amzsql import metadata
    from amzsql.connection import Connection
    from amzsql.cursor import Cursor
    from amzsql.execute.scratch_space import ScratchSpace
    from amzsql.partitions import Partitions, Task, read
    from amzsql.settings import format_string, url_properties

__version__ = "0.1.0"

apilevel = "2.0"
threadsafety = 2
paramstyle = "qmark"

__all__ = [
    "BINARY",
    "DATETIME",
    "NUMBER",
    "ROWID",
    "STRING",
    "AccessDenied",
    "ApiError",
    "AuthError",
    "BadRequest",
    "Binary",
    "BudgetExceeded",
    "Cancelled",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "Partitions",
    "ProgrammingError",
    "ResultWarning",
    "ScratchSpace",
    "ServerError",
    "Task",
    "Throttled",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "Warning",
    "apilevel",
    "connect",
    "format_string",
    "metadata",
    "paramstyle",
    "read",
    "threadsafety",
    "url_properties",
]


def connect(
    connection_string: str = "",
    *,
    scratch: ScratchSpace | None = None,
    defaults: Mapping[str, Any] | None = None,
    **properties: Any,
) -> Connection:
    """Open a connection; nothing is asked of Amazon before the first statement.

    `connection_string` is ``Name=Value;Name=Value`` or an ``amzsql://`` URL; keywords win over it. The properties are
    listed in docs/connection.md. What the user should know of them (an obsolete or misspelt one) is told as
    `ResultWarning` and stands in `messages`. `scratch` holds the tables of schema Temp: connections that are given the
    same `amzsql.ScratchSpace()` share them, without one a connection has its own. `defaults` are properties that hold
    where nothing else gives them: for tools that know better than we do what suits them.

    Raises:
        ProgrammingError: an unknown property (the message names the nearest) or a value that it does not take.
        NotSupportedError: a property that does nothing yet.
    """
    from amzsql.connection import open_connection
    from amzsql.settings import Given

    # What holds secrets in clear leaves this frame before anything can raise: tools print the variables of tracebacks.
    given = Given(connection_string, properties, defaults=defaults or {})
    del connection_string, properties
    return open_connection(given, scratch)


def __getattr__(name: str) -> Any:
    if name == "Connection":
        from amzsql.connection import Connection

        return Connection
    if name == "Cursor":
        from amzsql.cursor import Cursor

        return Cursor
    if name == "ScratchSpace":
        from amzsql.execute.scratch_space import ScratchSpace

        return ScratchSpace
    if name in ("Partitions", "Task", "read"):
        from amzsql import partitions

        return getattr(partitions, name)
    if name == "sqlglot_dialect":
        from amzsql.sql.dialect import Amzsql

        return Amzsql
    if name in ("url_properties", "format_string"):
        from amzsql import settings

        return getattr(settings, name)
    if name == "metadata":
        return importlib.import_module("amzsql.metadata")
    raise AttributeError(f"module 'amzsql' has no attribute {name!r}")
