"""The dialect: how SQLAlchemy opens the driver, and what it may expect of it.

No method here asks Amazon anything: connecting, initialising, pinging, rolling back and reflecting are local, since
tools such as Superset open a new engine and a new connection for nearly every click.
"""

from __future__ import annotations

import functools
from typing import Any

from sqlalchemy import event, exc, pool
from sqlalchemy.engine import default
from sqlalchemy.engine.result import result_tuple
from sqlalchemy.engine.url import URL

import amzsql

from .compiler import AmzsqlCompiler, AmzsqlDDLCompiler, AmzsqlIdentifierPreparer
from .reflection import Reflection, driver_of
from .types import SPECIAL, AmzsqlTypeCompiler

_OF_1_4 = not hasattr(default.DefaultDialect, "get_isolation_level_values")


class AmzsqlExecutionContext(default.DefaultExecutionContext):
    """One statement: what its INSERT says of the new key."""

    cursor: Any
    compiled: Any

    def post_exec(self) -> None:
        """Take a key that Amazon made from the cursor: SQLAlchemy asks for it only where a key counts by itself."""
        made, compiled = self.cursor.lastrowid, self.compiled
        if compiled is None or not self.isinsert or self.executemany or made is None:
            return
        # Of the rows of a query, or of several, nobody asks for one key.
        if compiled.statement.select is not None or compiled.statement._multi_values:
            return
        key = [*compiled.statement.table.primary_key]
        given = self.compiled_parameters[0] if self.compiled_parameters else {}
        if len(key) == 1 and given.get(key[0].key) is None:
            self.inserted_primary_key_rows = [result_tuple([key[0].key])((made,))]


class AmzsqlDialect(Reflection, default.DefaultDialect):  # type: ignore[misc]
    """SQLAlchemy's dialect ``amzsql``, for SQLAlchemy 1.4, 2.0 and 2.1."""

    name = "amzsql"
    driver = "amzsql"
    default_paramstyle = "qmark"

    execution_ctx_cls = AmzsqlExecutionContext
    statement_compiler = AmzsqlCompiler
    ddl_compiler = AmzsqlDDLCompiler
    preparer = AmzsqlIdentifierPreparer
    # 1.4 and 2.0 know the first name, 2.x the second.
    type_compiler = AmzsqlTypeCompiler
    type_compiler_cls = AmzsqlTypeCompiler
    colspecs = SPECIAL

    supports_statement_cache = True
    supports_native_boolean = True
    supports_native_decimal = True
    supports_native_enum = False
    supports_native_uuid = True
    supports_unicode_statements = True
    supports_unicode_binds = True
    supports_sane_rowcount = True
    supports_sane_multi_rowcount = True
    supports_multivalues_insert = True
    supports_default_values = True
    supports_default_metavalue = False
    supports_empty_insert = False
    supports_sequences = False
    supports_identity_columns = True
    supports_alter = False
    supports_comments = True
    inline_comments = False
    supports_is_distinct_from = True
    supports_simple_order_by_label = True
    postfetch_lastrowid = True
    implicit_returning = False
    # `/` divides integers exactly here.
    div_is_floordiv = False
    max_identifier_length = 255
    default_schema_name = "SellingPartner"

    def __init__(
        self,
        json_serializer: Any = None,
        json_deserializer: Any = None,
        isolation_level: str | None = None,
        **keywords: Any,
    ) -> None:
        """Take what `create_engine` is given for dialects; None is the json module, and the usual level."""
        if not _OF_1_4 and isolation_level is not None:
            keywords["isolation_level"] = isolation_level
        super().__init__(**keywords)
        self._first_level = isolation_level if _OF_1_4 else None
        self._json_serializer = json_serializer
        self._json_deserializer = json_deserializer

    @classmethod
    def import_dbapi(cls) -> Any:
        """Return the driver."""
        return amzsql

    @classmethod
    def dbapi(cls) -> Any:  # type: ignore[override]
        """Return the driver, for SQLAlchemy 1.4."""
        return amzsql

    def create_connect_args(self, url: URL) -> tuple[list[Any], dict[str, Any]]:
        """Return the URL as a connection string, over which ``connect_args`` win.

        Raises:
            ArgumentError: an unknown property, or a secret behind the question mark.
        """
        found = _connection_string(url)
        # The query may hold a secret, which is then refused: no variable of ours shows it.
        del url
        if isinstance(found, amzsql.Error):
            raise exc.ArgumentError(str(found))
        # One for the engine, whatever connections its pool makes: they share the tables of Temp.
        return [found], {"scratch": self.scratch}

    @functools.cached_property
    def scratch(self) -> amzsql.ScratchSpace:
        """What holds the tables of schema Temp for all connections of an engine."""
        return amzsql.ScratchSpace()

    @classmethod
    def engine_created(cls, engine: Any) -> None:
        """See that tables NAME#TEMP end with their use of a connection: the pool gives it to somebody else then.

        Who asks for one connection for everything keeps them.
        """
        if not isinstance(engine.pool, pool.StaticPool):
            event.listen(engine, "checkin", _forget_own)

    # -- connections ---------------------------------------------------------------------------------------------------

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Tell whether the connection is open; Amazon is not asked."""
        try:
            dbapi_connection.check_open()
        except amzsql.InterfaceError:
            return False
        return True

    def is_disconnect(self, e: BaseException, connection: Any, cursor: Any) -> bool:
        """Tell whether the connection was closed: the only way to lose one that holds no socket."""
        return isinstance(e, amzsql.InterfaceError) and "connection is closed" in str(e)

    def get_isolation_level_values(self, dbapi_connection: Any) -> Any:
        """Return the levels that tables of Temp know; what Amazon did is done in either."""
        return ["REPEATABLE READ", "AUTOCOMMIT"]

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        """Return the level."""
        return "AUTOCOMMIT" if _driver(dbapi_connection).autocommit else "REPEATABLE READ"

    def detect_autocommit_setting(self, dbapi_conn: Any) -> bool:
        """Tell whether each statement is a transaction of its own, so that nothing is there to be rolled back."""
        return bool(_driver(dbapi_conn).autocommit)

    def get_default_isolation_level(self, dbapi_conn: Any) -> Any:
        """Return the level of a new connection."""
        return "REPEATABLE READ"

    def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
        """Set the level; ArgumentError for one that there is not."""
        known = self.get_isolation_level_values(dbapi_connection)
        if level.replace("_", " ") not in known:  # 1.4 looks at none
            raise exc.ArgumentError(
                f"Invalid value {level!r} for isolation_level. Valid isolation levels for {self.name!r} are "
                f"{', '.join(known)}"
            )
        _driver(dbapi_connection).autocommit = level == "AUTOCOMMIT"

    def on_connect(self) -> Any:
        """Return what sets the level of `create_engine` in SQLAlchemy 1.4; later ones do that themselves."""
        level = self._first_level
        return None if level is None else lambda connection: self.set_isolation_level(connection, level)

    def reset_isolation_level(self, dbapi_connection: Any) -> None:
        """Set the level that a connection began with."""
        if self._first_level is None:
            super().reset_isolation_level(dbapi_connection)  # type: ignore[no-untyped-call, unused-ignore]
        else:
            self.set_isolation_level(dbapi_connection, self._first_level)

    def _get_server_version_info(self, connection: Any) -> tuple[int, ...]:
        return tuple(int(part) for part in amzsql.__version__.split(".") if part.isdigit())

    def _get_default_schema_name(self, connection: Any) -> str:
        schema: str = driver_of(connection).settings.schema
        return schema

    # 1.4 would run a SELECT for each of these.
    def _check_unicode_returns(self, connection: Any, additional_tests: Any = None) -> Any:
        return True

    def _check_unicode_description(self, connection: Any) -> bool:
        return True

    def _check_max_identifier_length(self, connection: Any) -> None:
        return None


def _driver(dbapi_connection: Any) -> Any:
    """Return the driver's connection: 1.4 may hand over what the pool wraps around it."""
    return getattr(dbapi_connection, "dbapi_connection", dbapi_connection)


def _forget_own(dbapi_connection: Any, record: Any) -> None:
    """Drop the tables that belonged to the use of a connection that is over."""
    if dbapi_connection is not None:
        dbapi_connection.forget_own_tables()


def _connection_string(url: URL) -> str | amzsql.Error:
    """Return a URL's connection string, or why there is none."""
    pairs = [(name, v) for name, value in url.query.items() for v in ([value] if isinstance(value, str) else value)]
    try:
        properties = amzsql.url_properties(
            username=url.username,
            password=str(url.password) if url.password is not None else None,
            host=url.host,
            port=url.port,
            database=url.database,
            query=pairs,
        )
    except amzsql.Error as error:
        return error.with_traceback(None)
    return amzsql.format_string(properties)
