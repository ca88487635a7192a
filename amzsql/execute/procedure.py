"""One call of a procedure: refused, shown, explained, or sent once, and its answer as results.

Owns what Readonly and DryRun mean for it and what is said where it is not known whether Amazon has carried it out.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import msgspec
import pyarrow as pa

from amzsql import spapi
from amzsql.catalog import masking
from amzsql.catalog.procedures import FEED, IDEMPOTENCY, PREVIEW, Procedure, ResultSet
from amzsql.catalog.procedures_declared import ROTATION
from amzsql.clock import utc
from amzsql.errors import ApiError, BudgetExceeded, Cancelled, ProgrammingError, ServerError
from amzsql.execute.arguments import Home, matched, request_of
from amzsql.execute.context import Context
from amzsql.execute.decode import Decoder
from amzsql.execute.masking import Masks
from amzsql.execute.paths import Output
from amzsql.execute.report_calls import API, Listed
from amzsql.execute.report_checks import check_order, report_type_of
from amzsql.execute.report_life import Reports
from amzsql.execute.report_memo import may_be_kept
from amzsql.execute.report_order import Report
from amzsql.execute.report_saving import place_of, report_of, save
from amzsql.settings.values import Secret
from amzsql.sql.call import Arguments, Call, bound_arguments
from amzsql.transport import Request, Response
from amzsql.transport.request import encode
from amzsql.transport.retry import HINTS_BY_STATUS, api_error, read_problem, redact, status_of
from amzsql.types import BOOLEAN, JSON, VARCHAR, SqlType

Row = tuple[Any, ...]
DOWNLOAD, SAVE = "download", "SaveAs"
# How the names of what runs on the connection's own credentials begin.
CREDENTIALS = "credentials."
SAVED = (("ReportId", "VARCHAR"), ("File", "VARCHAR"), ("Bytes", "BIGINT"))
SHOWN = (
    ("Operation", VARCHAR), ("Method", VARCHAR), ("Path", VARCHAR), ("Parameters", JSON), ("Body", JSON),
)  # fmt: skip
_FEED_CALLS, _FEED_SECONDS = 7, 120.0
_TOKEN_CALL = "createRestrictedDataToken"
_UNKNOWN = "Whether Amazon has carried it out is not known: look before you call it again."
_VALUES = "Check the values that the call was given."
_SECRET = re.compile(r"(?i)token|secret|password|signature|credential|accountnumber$|accountattributes$|encrypted")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a connection allows: `readonly` refuses what may change something, `dry_run` shows it instead.

    `folder` is where documents may be saved. `go_on`: a row that Amazon refuses does not end the statement; `wait`: for
    the outcome of what Amazon only takes at first. From `feed_rows` rows on listings are written by feeds; 0: never.
    """

    readonly: bool = False
    dry_run: bool = False
    folder: str = ""
    go_on: bool = False
    wait: bool = True
    feed_rows: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """One result of a call: its schema, its rows, and the places of columns that hold JSON."""

    batch: pa.RecordBatch
    json: frozenset[int]


@dataclass(frozen=True, slots=True)
class Saved:
    """A document that was written: the report's id, the file, its bytes."""

    row: tuple[str, str, int]


class Caller(Protocol):
    """What a call asks of its connection."""

    def procedure(self, schema: str, name: str) -> Procedure:
        """Return a procedure by schema ("": the connection's) and name; ProgrammingError if there is none."""

    def home(self, context: Context | None) -> Home:
        """Return what the connection gives to a call; without a context nothing is asked."""

    def credentials_call(self, own: str, given: Mapping[str, Secret], context: Context) -> Sequence[Row]:
        """Run a procedure on the connection's own credentials and return its rows; AuthError if they are not good."""

    def settle(self, procedure: Procedure, context: Context, report: str = "") -> None:
        """Give the context the session of the account's region, and refuse what is of other accounts.

        `report`: the type of the report that the call orders.
        """


class Calls:
    """Runs the calls of one connection. `seconds`: what a statement may take (None: as long as it likes)."""

    def __init__(self, caller: Caller, rules: Rules, seconds: float | None) -> None:
        self._caller = caller
        self._rules = rules
        self._seconds = seconds

    def run(self, call: Call, parameters: Any, context: Context) -> list[Answer]:
        """Run a call to its end and return its results, at least one.

        Raises:
            ProgrammingError: it is refused, or an argument does not fit; nothing was sent. ApiError: Amazon refused it.
        """
        procedure = self._prepared(call, context)
        if procedure.own.startswith(CREDENTIALS):
            return [self._of_credentials(procedure, bound_arguments(call, parameters), context)]
        if procedure.own == FEED:
            return self._submitted(procedure, bound_arguments(call, parameters), context)
        request = request_of(procedure, bound_arguments(call, parameters), self._caller.home(context))
        if self._rules.dry_run and procedure.writes:
            if not procedure.preview:
                return [shown([request])]
            request = replace(request, parameters={**request.parameters, PREVIEW[0]: PREVIEW[1]})
        request = replace(request, repeatable=procedure.repeatable or has_key(procedure, request))
        report = report_type_of(request.operation.name, request.body)
        self._caller.settle(procedure, context, report)
        if report and isinstance(request.body, Mapping):
            check_order(procedure.name, request.operation.name, request.body, utc(context.clock.now()))
        self._refuse(request, context)
        if request.operation.name == ROTATION:
            context.warn(
                "Amazon sends the new client secret to the queue that is registered for the application, never here,"
                " and ends the present one after seven days: amzsql applications secret takes the new one."
            )
        ordered = request.body if request.operation.name == f"{API}.createReport" else None
        if isinstance(ordered, Mapping) and (standing := Reports(context).standing(ordered)) is not None:
            return [_stood(procedure, *standing, context)]
        if procedure.writes:
            from amzsql.execute import bulk  # nearly no statement needs it

            if bulk.fits(request):
                bulk.settle([str(request.parameters["sku"])], context)
        answer = self._send(procedure, request, context)
        if isinstance(ordered, Mapping):
            Reports(context).adopt(ordered, answer.json().get("reportId"))
        return _results(procedure, answer, context)

    def download(self, call: Call, parameters: Any, context: Context) -> Saved | Report | Listed | None:
        """Return the report that DownloadReport is to read, or what it saved; None for the call of another procedure.

        Raises what `run` raises.
        """
        procedure = self._prepared(call, context)
        if procedure.own != DOWNLOAD:
            return None
        arguments = bound_arguments(call, parameters)
        request_of(procedure, arguments, self._caller.home(context))
        given = {each.name: str(value) for each, value in matched(procedure, arguments).items()}
        place = place_of(self._rules.folder, given[SAVE]) if SAVE in given else None
        self._caller.settle(procedure, context)
        with context.ledger.counting(context.stats):
            found = report_of(given["ReportId"], context)
            if place is None or isinstance(found, Listed):
                return found
            if context.masks is not None and not may_be_kept(found.type, found.marketplaces):
                raise ProgrammingError(
                    f"Documents of {found.type} may hold personal data, and under MaskPII they are not saved as they "
                    "are: leave SaveAs out to have their rows."
                )
            return Saved((found.id, str(place), save(found, place, context)))

    def _of_credentials(self, procedure: Procedure, arguments: Arguments, context: Context) -> Answer:
        """Return the rows of a procedure on the connection's own credentials; its arguments may be secrets."""
        given = {each.name: Secret(str(value)) for each, value in matched(procedure, arguments).items()}
        rows = self._caller.credentials_call(procedure.own, given, context)
        return cells([(c.name, c.type) for c in procedure.sets[0].columns], rows)

    def _submitted(self, procedure: Procedure, arguments: Arguments, context: Context) -> list[Answer]:
        from amzsql.execute.feed_procedures import submission, submit  # nearly no statement needs it

        found = submission(procedure, arguments, self._caller.home(context))
        if self._rules.dry_run:
            return [shown([found.feed.request("…")], found.feed.body.decode())]
        self._caller.settle(procedure, context)
        self._refuse(found.feed.request(""), context)
        results = zip(procedure.sets, submit(found, context), strict=True)
        return [cells([(c.name, c.type) for c in each.columns], told) for each, told in results]

    def explain(self, call: Call, parameters: Any, context: Context) -> list[Row]:
        """Return the steps of a call as EXPLAIN shows them, without asking anything."""
        procedure, arguments = self._found(call), bound_arguments(call, parameters)
        if procedure.own.startswith(CREDENTIALS):
            return [(1, "Call", procedure.name, "lwa.token", "", "", None, 0, 0.0, "exact")]
        home = self._caller.home(None)
        if procedure.own == FEED:
            from amzsql.execute.feed_procedures import submission

            request = submission(procedure, arguments, home).feed.request("…")
        else:
            request = request_of(procedure, arguments, home)
        operation, fill = request.operation, context.session.fill(request.operation)
        wait = wait_of(fill.tokens, fill.rate)
        # Of a feed: its document, itself, some looks until it is processed, and the report.
        calls, seconds = (_FEED_CALLS, wait + _FEED_SECONDS) if procedure.own == FEED else (1, wait)
        basis = "estimate" if procedure.own == FEED else "exact"
        given = json.dumps(masked(told_by(request)), ensure_ascii=False, default=str)
        told = f"{fill.rate:g} a second, {fill.burst} at once, {fill.tokens:.1f} now"
        bucket = told if operation.rate.known else f"{told} (guessed: Amazon states none)"
        return [
            (1, "Call", procedure.name, operation.name, given, "", None, calls, round(seconds, 1), basis),
            (2, "Bucket", "", operation.name, bucket, "", None, 0, 0.0, "estimate"),
            (3, "Total", "", "", "", "", None, calls, round(seconds, 1), basis),
        ]

    def _prepared(self, call: Call, context: Context) -> Procedure:
        """Return the procedure of a call that may be made."""
        if call.kind == "analyze":
            raise ProgrammingError("EXPLAIN ANALYZE would make the call: write EXPLAIN, or the call itself.")
        procedure = self._found(call)
        if context.masks is not None and (procedure.own.startswith(CREDENTIALS) or _TOKEN_CALL in procedure.operation):
            raise ProgrammingError(
                f"{procedure.name} gives tokens, by which personal data can be read at Amazon: it is not to be had "
                "under MaskPII."
            )
        if procedure.writes and self._rules.readonly:
            raise ProgrammingError(
                f"{procedure.name} may change something at Amazon, and the connection is Readonly: nothing was sent."
            )
        if procedure.own.startswith(CREDENTIALS):
            return procedure
        operation = spapi.operation(procedure.operation)
        today = dt.datetime.fromtimestamp(context.clock.now(), dt.UTC).date()
        if operation.is_removed(today):
            raise ProgrammingError(f"Amazon removed {operation.name} on {operation.removed}, which {call.name} calls.")
        return procedure

    def _found(self, call: Call) -> Procedure:
        procedure = self._caller.procedure(call.schema, call.name)
        if procedure.removed:
            raise ProgrammingError(f"Amazon no longer has what {procedure.name} called. {procedure.removed}")
        return procedure

    def _refuse(self, request: Request, context: Context) -> None:
        """Raise BudgetExceeded if the operation's bucket has no token within the time of the statement."""
        fill = context.session.fill(request.operation)
        seconds = wait_of(fill.tokens, fill.rate)
        context.stats.planned_requests = context.stats.requests + 1
        context.stats.planned_seconds = seconds
        if self._seconds is not None and seconds > self._seconds:
            raise BudgetExceeded.beforehand(
                1,
                seconds,
                f"{request.operation.name} has its next token in {seconds:.0f} s, and a statement may take"
                f" {self._seconds:g} s (StatementTimeout): nothing was sent.",
            )

    def _send(self, procedure: Procedure, request: Request, context: Context) -> Response:
        spent = context.budget.spent
        try:
            always = request.operation.restricted == "always"
            return context.admission(context.send).sent(request, context.send) if always else context.send(request)
        except ServerError as error:
            if procedure.writes:
                error.hint = _UNKNOWN
            raise
        except ApiError as error:
            if error.hint == HINTS_BY_STATUS[400]:
                error.hint = _VALUES
            raise
        except (Cancelled, BudgetExceeded) as error:
            if procedure.writes and context.budget.spent > spent:
                error.args = (f"{error.args[0]} It may have been sent. {_UNKNOWN}",)
            raise


def has_key(procedure: Procedure, request: Request) -> bool:
    """Tell whether Amazon takes a repetition of the request for the same."""
    key = procedure.input(IDEMPOTENCY)
    return key is not None and request.parameters.get(key.targets[0]) is not None


def wait_of(tokens: float, rate: float) -> float:
    """Return the seconds until a bucket has a token."""
    return 0.0 if tokens >= 1 else (1 - tokens) / rate


# -- what would be sent ------------------------------------------------------------------------------------------------


def told_by(request: Request) -> dict[str, Any]:
    """Return all that a request says, by name."""
    fields = request.body if isinstance(request.body, dict) else {}
    return {**request.parameters, **fields}


def masked(value: Any, name: str = "") -> Any:
    """Return a value without what is a secret by its name or by its looks."""
    if _SECRET.search(name):
        return "***"
    if isinstance(value, Mapping):
        return {n: masked(v, n) for n, v in value.items()}
    if isinstance(value, list | tuple):
        return [masked(v, name) for v in value]
    return redact(value) if isinstance(value, str) else value


def shown(requests: Sequence[Request], document: str | None = None) -> Answer:
    """Return requests that are not sent, as rows; of a feed with its document in the body's place."""
    return cells(SHOWN, [_as_row(request, document) for request in requests])


def _as_row(request: Request, document: str | None) -> Row:
    operation = request.operation
    path = encode(request).target.partition("?")[0]
    named = {n: v for n, v in request.parameters.items() if operation.parameter(n).location != "path"}
    texts = [_json(masked(named)), None if request.body is None else _json(masked(request.body))]
    if document is not None:
        texts = [texts[1], document]
    return (operation.name, operation.method, path, *texts)


def cells(columns: Sequence[tuple[str, SqlType]], rows: Sequence[Row]) -> Answer:
    """Return rows of Python's values as a result."""
    arrays = [pa.array([row[n] for row in rows], kind.arrow) for n, (_, kind) in enumerate(columns)]
    batch = pa.RecordBatch.from_arrays(arrays, names=[name for name, _ in columns])
    return Answer(batch, frozenset(n for n, (_, kind) in enumerate(columns) if kind == JSON))


def _json(value: Any) -> str:
    return msgspec.json.Encoder(decimal_format="number").encode(value).decode()


def stands(report_id: str, passed: float) -> str:
    """Return what is said where a report of before stands in place of a new one."""
    return (
        f"the same report was asked for {passed / 60:.0f} min ago ({report_id}), and Amazon does not make it again so "
        "soon: that one is returned, and nothing was sent."
    )


def _stood(procedure: Procedure, report_id: str, passed: float, context: Context) -> Answer:
    """Return the report of before, in place of one that Amazon would cancel for being asked for too soon."""
    context.warn(f"{procedure.name}: {stands(report_id, passed)}")
    return cells([(c.name, c.type) for c in procedure.sets[0].columns], [(report_id,)])


# -- what came back ----------------------------------------------------------------------------------------------------


def _results(procedure: Procedure, response: Response, context: Context) -> list[Answer]:
    """Return the results of an answer; what Amazon says beside them becomes warnings."""
    body = response.body or b"{}"
    told = response.json()
    complaints = list(complaints_of(told))
    if complaints and all(not value for name, value in told.items() if name != "errors"):
        operation = procedure.operation.partition(" ")[0]
        raise api_error(status_of(read_problem(body)), body, operation, response.request_id)
    for complaint in complaints:
        context.warn(f"{procedure.name}: {redact(complaint)}")
    return [_read(procedure, each, body, context.masks) for each in procedure.sets]


def complaints_of(told: Any) -> Iterator[str]:
    """Yield what Amazon found wrong with a request that it answered: errors, and the issues of an invalid listing."""
    if not isinstance(told, dict):
        return
    payload = told.get("payload")
    inner = payload.get("errors") if isinstance(payload, dict) else None
    issues = told.get("issues") if told.get("status") == "INVALID" else None
    for each in (*(told.get("errors") or ()), *(inner or ()), *(issues or ())):
        if isinstance(each, dict):
            yield f"{each.get('code', '')}: {each.get('message', '')}".strip(": ")
    if told.get("status") == "INVALID" and not issues:
        yield "Amazon did not accept it (INVALID)"


def _read(procedure: Procedure, each: ResultSet, body: bytes, masks: Masks | None) -> Answer:
    outputs = [Output(c.name, c.path, c.type) for c in each.columns]
    done = {c.name: True for c in each.columns if not c.path and c.type == BOOLEAN}
    row_path = each.row_path if any(c.path for c in each.columns) else ""
    batch = Decoder(row_path, outputs, procedure.name).decode([body], done)
    if masks is not None:
        batch = masks.applied(batch, masking.outputs(each, spapi.operation(procedure.operation)))
    return Answer(batch, frozenset(n for n, c in enumerate(each.columns) if c.type == JSON))
