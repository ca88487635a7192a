"""How Superset talks to amzsql: the engine spec, named by the entry point `superset.db_engine_specs`.

Owns what Superset must be told: its form, the SQL it writes itself, time-outs that are shorter than its own, what a
statement will cost, how it is cancelled and what its errors mean. Nothing here asks Amazon anything.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from importlib.resources import files
from typing import Any, ClassVar

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from celery import current_task
from flask import current_app, has_app_context
from marshmallow import Schema, ValidationError, fields
from sqlalchemy import exc
from sqlalchemy.engine.url import URL, make_url
from superset.common.db_query_status import QueryStatus
from superset.constants import PASSWORD_MASK
from superset.db_engine_specs.base import BaseEngineSpec, DatabaseCategory
from superset.db_engine_specs.exceptions import (
    SupersetDBAPIDatabaseError,
    SupersetDBAPIOperationalError,
    SupersetDBAPIProgrammingError,
)
from superset.errors import ErrorLevel, SupersetError, SupersetErrorType
from superset.exceptions import SupersetParseError
from superset.sql.parse import SQLGLOT_DIALECTS, SQLScript
from superset.utils.core import GenericDataType, QuerySource

import amzsql
from amzsql_dialect import types
from amzsql_dialect.superset import form, messages, sql

_log = logging.getLogger(__name__)
_LOGO = base64.b64encode(files(__package__).joinpath("logo.svg").read_bytes()).decode()
ENGINE = "amzsql"
# Superset reads and rewrites every statement, and counts those that write, with it.
SQLGLOT_DIALECTS[ENGINE] = amzsql.sqlglot_dialect
# What Superset itself needs of its own time-outs, in seconds.
_SPARE = 5
_SPARE_OF_WORKER = 60
# What SQL Lab runs in this thread, filled in.
_shown: ContextVar[str | None] = ContextVar("_shown", default=None)


class AmzsqlParameters(Schema):  # type: ignore[misc]
    """The fields of the form, by names that Superset's page knows."""

    account = fields.String(
        required=False, metadata={"description": "A named connection (amzsql connections), which keeps all secrets"}
    )
    username = fields.String(required=False, metadata={"description": "The application's client id"})
    password = fields.String(required=False, metadata={"description": "The application's client secret"})
    access_token = fields.String(
        required=False,
        metadata={
            "description": "The refresh token (Atzr|…) of the account. Username and Password are the application's"
            " client id and secret. A named connection in Account needs none of them."
        },
    )
    default_schema = fields.String(required=False, metadata={"description": "The schema; SellingPartner without one"})
    query = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(),
        metadata={"description": "Other properties: Marketplace=Germany&TimeZone=Europe/Berlin"},
    )


class AmzsqlEngineSpec(BaseEngineSpec):  # type: ignore[misc]
    """Amazon's Selling Partner API as a database of Superset."""

    engine = ENGINE
    engine_name = "Amazon SP-API (amzsql)"
    drivers: ClassVar[dict[str, str]] = {ENGINE: "amzsql, SQL over Amazon's Selling Partner API"}
    default_driver = ENGINE
    sqlalchemy_uri_placeholder = "amzsql://connection/SellingPartner?Marketplace=Germany"
    metadata: ClassVar[dict[str, Any]] = {
        "description": "SQL over an Amazon seller's or vendor's account, by the Selling Partner API. Every row comes"
        " from Amazon when it is asked for.",
        "logo": f"data:image/svg+xml;base64,{_LOGO}",
        "categories": [DatabaseCategory.QUERY_ENGINES, DatabaseCategory.OPEN_SOURCE],
        "pypi_packages": ["amzsql"],
        "connection_string": "amzsql://connection",
        "connection_examples": [
            {"description": "A named connection, made by `amzsql authorize`", "connection_string": "amzsql://shop"},
            {
                "description": "The simulator, without an account",
                "connection_string": "amzsql://?Simulator=True",
            },
        ],
        "notes": "Secrets belong into a named connection or into the encrypted extra (connect_args), never into the"
        " URL's query.",
    }

    _time_grain_expressions: ClassVar[dict[str | None, str]] = dict(sql.GRAINS)
    custom_errors: ClassVar[dict[Any, tuple[str, SupersetErrorType, dict[str, Any]]]] = {
        message.pattern: (message.text, SupersetErrorType[message.kind], {}) for message in messages.MESSAGES
    }
    column_type_mappings: ClassVar[tuple[Any, ...]] = tuple(
        (pattern, types.of_name(name), GenericDataType.NUMERIC if number else GenericDataType.STRING)
        for pattern, name, number in sql.MORE_TYPES
    )
    # The names of properties are read in any spelling: so all are masked.
    encrypted_extra_sensitive_fields: ClassVar[dict[str, str]] = {"$.connect_args.*": "A property of the connection"}

    supports_file_upload = False
    disable_ssh_tunneling = True
    supports_dynamic_schema = True
    supports_multivalues_insert = True
    allows_hidden_cc_in_orderby = True

    parameters_schema = AmzsqlParameters()

    # -- SQL -----------------------------------------------------------------------------------------------------------

    @classmethod
    def epoch_to_dttm(cls) -> str:
        """Return seconds since 1970 as a time."""
        return sql.EPOCH

    @classmethod
    def epoch_ms_to_dttm(cls) -> str:
        """Return milliseconds since 1970 as a time."""
        return sql.EPOCH_MS

    @classmethod
    def convert_dttm(cls, target_type: str, dttm: datetime, db_extra: dict[str, Any] | None = None) -> str | None:
        """Return a moment as SQL."""
        return sql.literal(target_type, dttm)

    @classmethod
    def get_column_description_limit_size(cls) -> int:
        """Return how many rows of a virtual dataset are read for its columns: of none, Amazon is not asked."""
        return 0

    @classmethod
    def get_function_names(cls, database: Any) -> list[str]:
        """Return what SQL Lab completes."""
        return list(amzsql.metadata.functions())

    @classmethod
    def get_schema_names(cls, inspector: Any) -> set[str]:
        """Return the schemas but Temp: its tables live as long as an engine, and Superset makes one for each click."""
        return {name for name in inspector.get_schema_names() if name != "Temp"}

    # -- the connection ------------------------------------------------------------------------------------------------

    @classmethod
    def adjust_engine_params(
        cls, uri: URL, connect_args: dict[str, Any], catalog: str | None = None, schema: str | None = None
    ) -> tuple[URL, dict[str, Any]]:
        """Return the URL with the schema that was picked, and without the form's token, which is a property."""
        url, token = form.apart(uri)
        # Superset 6.1 goes on with this dictionary, whatever is returned.
        connect_args.update(token)
        return (url.set(database=schema) if schema else url), connect_args

    @classmethod
    def get_schema_from_engine_params(cls, sqlalchemy_uri: URL, connect_args: dict[str, Any]) -> str | None:
        """Return the schema of the URL."""
        return sqlalchemy_uri.database or None

    @staticmethod
    def get_extra_params(database: Any, source: Any = None) -> dict[str, Any]:
        """Return a database's extra; estimating asks Amazon nothing, so it is on unless it was turned off.

        Here alone a spec is told that a connection is SQL Lab's.
        """
        extra: dict[str, Any] = BaseEngineSpec.get_extra_params(database, source)
        extra.setdefault("cost_estimate_enabled", True)
        if source == QuerySource.SQL_LAB:
            args = extra.setdefault("engine_params", {}).setdefault("connect_args", {})
            args["defaults"] = {**suiting_properties(in_lab=True), **args.get("defaults", {})}
        return extra

    @staticmethod
    def update_params_from_encrypted_extra(database: Any, params: dict[str, Any]) -> None:
        """Add what is kept encrypted, and what suits Superset where the connection says nothing else."""
        encrypted = json.loads(database.encrypted_extra or "{}")
        args = {**params.get("connect_args", {}), **(encrypted.pop("connect_args", None) or {})}
        suiting = {**suiting_properties(in_lab=False), "Readonly": not database.allow_dml}
        params.update(encrypted)
        params["connect_args"] = {**args, "defaults": {**suiting, **args.get("defaults", {})}}

    @staticmethod
    def mutate_db_for_connection_test(database: Any) -> None:
        """Raise what a token is missing, since a test that opens a connection would not see it; Amazon is not asked.

        What a named connection and the accounts of a group have is theirs, and is read when it is needed.
        """
        with database.get_raw_connection() as opened:
            connection = opened.dbapi_connection
            if not connection.settings.connection and not connection.accounts:
                connection.settings.check_credentials()

    # -- the form ------------------------------------------------------------------------------------------------------

    @classmethod
    def build_sqlalchemy_uri(cls, parameters: dict[str, Any], encrypted_extra: dict[str, Any] | None = None) -> str:
        """Return the URL of the form's fields."""
        try:
            url = form.url_of(parameters, cls.engine, PASSWORD_MASK)
        except form.MixedSecretsError as error:
            raise ValidationError([str(error)]) from error
        return str(url.render_as_string(hide_password=False))

    @classmethod
    def get_parameters_from_uri(cls, uri: str, encrypted_extra: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the form's fields of a URL."""
        return form.parameters_of(make_url(uri), PASSWORD_MASK)

    @classmethod
    def validate_parameters(cls, properties: dict[str, Any]) -> list[SupersetError]:
        """Return what is wrong with the form as far as it is filled; Amazon is not asked."""
        parameters = properties.get("parameters") or {}
        secret = json.loads(properties.get("masked_encrypted_extra") or "{}").get("connect_args") or {}
        try:
            url, token = form.apart(form.url_of(parameters, cls.engine, PASSWORD_MASK))
            _check(url, {**token, **secret})
        except form.MixedSecretsError as error:
            return [_invalid(str(error), ["password", "access_token"])]
        except amzsql.Error as error:
            missing = [name for name in ("username", "password", "access_token") if not parameters.get(name)]
            if missing and str(error).startswith("credentials"):
                return [_missing(str(error), missing)]
            return [_invalid(str(error), ["account" if str(error).startswith("Connection") else "query_input"])]
        return []

    @classmethod
    def parameters_json_schema(cls) -> Any:
        """Return the form's fields as OpenAPI."""
        spec = APISpec(title="Form", version="1.0.0", openapi_version="3.0.0", plugins=[MarshmallowPlugin()])
        spec.components.schema(cls.__name__, schema=cls.parameters_schema)
        return spec.to_dict()["components"]["schemas"][cls.__name__]

    # -- statements ----------------------------------------------------------------------------------------------------

    @classmethod
    def get_allow_cost_estimate(cls, extra: dict[str, Any]) -> bool:
        """Return True: the driver plans without asking Amazon."""
        return True

    @classmethod
    def estimate_statement_cost(cls, database: Any, statement: str, cursor: Any) -> dict[str, Any]:
        """Return the calls and seconds that a statement will take, by EXPLAIN."""
        cursor.execute(sql.ESTIMATE + statement)
        names = [column[0] for column in cursor.description]
        settings = cursor.connection.settings
        return {
            **sql.cost(names, cursor.fetchall()),
            "limit": settings.statement_timeout or None,
            "interactive": settings.latency == "Interactive",
        }

    @classmethod
    def query_cost_formatter(cls, raw_cost: list[dict[str, Any]]) -> list[dict[str, str]]:
        """Return costs in words."""
        return [sql.shown(cost, cost["limit"], interactive=cost["interactive"]) for cost in raw_cost]

    @classmethod
    def get_limit_from_sql(cls, sql: str) -> int | None:
        """Return a statement's own LIMIT; Superset shows a statement here, once its template is filled in."""
        _shown.set(sql)
        found: int | None = super().get_limit_from_sql(sql)
        return found

    @classmethod
    def execute_with_cursor(cls, cursor: Any, sql: str, query: Any) -> None:
        """Run a statement of SQL Lab, with the LIMIT that it has itself; what it waits for is shown beside it."""
        cursor.progress = _progress(query.id)
        query.executed_sql = _with_own_limit(sql, _filled_in(query.sql), query.limit)
        super().execute_with_cursor(cursor, query.executed_sql, query)

    @classmethod
    def fetch_data(cls, cursor: Any, limit: int | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a statement: none of one that only changes something, which has been done by then."""
        if cursor.description is None:
            return []
        found: list[tuple[Any, ...]] = super().fetch_data(cursor, limit)
        return found

    @classmethod
    def get_cancel_query_id(cls, cursor: Any, query: Any) -> str | None:
        """Return what names the statement to every process that shares the state folder."""
        return str(cursor.statement_id)

    @classmethod
    def prepare_cancel_query(cls, query: Any) -> None:
        """Note that a query is stopped before it is: it ends sooner than Superset would have noted it."""
        from superset import db

        query.status = QueryStatus.STOPPED
        db.session.commit()

    @classmethod
    def cancel_query(cls, cursor: Any, query: Any, cancel_query_id: str) -> bool:
        """Cancel a statement, wherever it runs on this machine; one that is over needs no cancelling."""
        cursor.connection.cancel_statement(cancel_query_id)
        return True

    @classmethod
    def _extract_error_message(cls, ex: Exception) -> str:
        """Return what the driver said, without what SQLAlchemy and Superset's test of a connection put around it."""
        return messages.plain(str(super()._extract_error_message(ex)))

    @classmethod
    def get_dbapi_exception_mapping(cls) -> dict[type[Exception], type[Exception]]:
        """Return what Superset calls the driver's errors."""
        wrong = (amzsql.ProgrammingError, amzsql.NotSupportedError, amzsql.BadRequest)
        world = (
            amzsql.OperationalError,
            amzsql.BudgetExceeded,
            amzsql.AuthError,
            amzsql.AccessDenied,
            amzsql.Throttled,
        )
        return {
            **dict.fromkeys(wrong, SupersetDBAPIProgrammingError),
            **dict.fromkeys((*world, amzsql.ServerError, amzsql.Cancelled), SupersetDBAPIOperationalError),
            **dict.fromkeys((amzsql.DataError, amzsql.IntegrityError), SupersetDBAPIDatabaseError),
        }


def suiting_properties(*, in_lab: bool) -> dict[str, Any]:
    """Return the properties that suit whoever waits: a page does not wait for a report, a worker does.

    Superset ends a statement of SQL Lab after SQLLAB_TIMEOUT and a chart after SUPERSET_WEBSERVER_TIMEOUT, without a
    word of what happened; the driver does so earlier, and says what to do.
    """
    config = current_app.config if has_app_context() else {}
    task = current_task
    if task and not task.request.called_directly:
        limit = config.get("SQLLAB_ASYNC_TIME_LIMIT_SEC", 6 * 3600)
        return {"Latency": "Batch", "StatementTimeout": max(limit - _SPARE_OF_WORKER, limit / 2)}
    page = config.get("SUPERSET_WEBSERVER_TIMEOUT", 60)
    lab = config.get("SQLLAB_TIMEOUT", 30)
    limit = min(lab, page) if in_lab else page
    return {"Latency": "Interactive", "StatementTimeout": max(limit - _SPARE, limit / 2)}


def _progress(query_id: int) -> Callable[[str], None]:
    """Return what writes a line beside a running statement of SQL Lab; any thread may call it."""
    from superset import db
    from superset.models.sql_lab import Query

    app = current_app._get_current_object()  # the driver's threads have no context

    def tell(text: str) -> None:
        # A session of its own: the statement's is in use, and waits for us.
        with app.app_context():
            try:
                query = db.session.get(Query, query_id)
                if query is not None:
                    query.set_extra_json_key("progress", text)
                    db.session.commit()
            except exc.SQLAlchemyError as error:
                _log.warning("the progress of query %s could not be noted: %s", query_id, error)

    return tell


def _filled_in(written: str) -> str:
    """Return the statements of SQL Lab that are run now with their template filled in; `written` if they are not known.

    Superset keeps what was written only. A worker is given the other; a page's thread was shown it before.
    """
    task = current_task
    if task and not task.request.called_directly:
        given: tuple[str, ...] = tuple(task.request.args or ())
        return given[1] if len(given) > 1 else written
    return _shown.get() or written


def _with_own_limit(executed: str, written: str, limit: int | None) -> str:
    """Return a statement with the LIMIT that it was written with, where that is lower than Superset's `limit`.

    Superset 6.1 writes its own over it (the session in which it noted the lower one is another's), and a page of a
    hundred orders becomes eleven.
    """
    if not limit:
        return executed
    try:
        statements = SQLScript(written, ENGINE).statements
    except SupersetParseError:
        # A template that was not filled in.
        return executed
    for statement in statements:
        own, plain = statement.get_limit_value(), statement.format()
        statement.set_limit_value(limit + 1)
        if own is not None and own <= limit and statement.format() == executed:
            return str(plain)
    return executed


def _check(url: URL, args: dict[str, Any]) -> None:
    """Raise what is wrong with the properties of a connection; it is opened, which asks nothing."""
    # What was not changed is masked: that there is something is enough.
    query = [(name, str(value)) for name, value in url.query.items()]
    properties = amzsql.url_properties(
        username=url.username,
        password=str(url.password) if url.password else None,
        host=url.host,
        database=url.database,
        query=query,
    )
    if url.password == PASSWORD_MASK:
        args = {"OAuthRefreshToken": PASSWORD_MASK, **args}
    with amzsql.connect(amzsql.format_string(properties), **args) as connection:
        connection.settings.check_credentials()


def _missing(text: str, names: list[str]) -> SupersetError:
    return SupersetError(
        message=text,
        error_type=SupersetErrorType.CONNECTION_MISSING_PARAMETERS_ERROR,
        level=ErrorLevel.WARNING,
        extra={"missing": names},
    )


def _invalid(text: str, names: list[str]) -> SupersetError:
    return SupersetError(
        message=text,
        error_type=SupersetErrorType.CONNECTION_UNKNOWN_DATABASE_ERROR,
        level=ErrorLevel.ERROR,
        extra={"invalid": names},
    )
