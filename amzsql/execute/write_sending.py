"""The calls of a statement's rows, sent one after the other, and what each answer says of its row.

A call is sent again only where that does no harm; after any other fault its row is unknown. What Amazon only takes at
first is followed until it is done. Must not know of statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from amzsql import spapi
from amzsql.catalog import writes
from amzsql.catalog.model import Outcome, Table
from amzsql.errors import AccessDenied, ApiError, ServerError, Throttled
from amzsql.execute import bulk
from amzsql.execute.context import Context
from amzsql.execute.procedure import has_key, stands
from amzsql.execute.report_calls import API as REPORTS
from amzsql.execute.report_life import Reports
from amzsql.execute.write_outcomes import Book
from amzsql.execute.write_rows import RowCall
from amzsql.transport import Request, Response
from amzsql.transport.retry import HINTS_BY_STATUS, api_error, is_not_found, read_problem, status_of

_FIRST, _GROWS, _LONGEST = 2.0, 1.6, 30.0
ORDERS_REPORT = f"{REPORTS}.createReport"
_STATES = frozenset(("replace", "merge", "delete"))


def is_repeatable(call: RowCall) -> bool:
    """Tell whether to send a row's call twice is as good as once: it sets a state, or takes something away."""
    request = call.request
    if call.call.procedure.repeatable or request.operation.method == "DELETE":
        return True
    if has_key(call.call.procedure, request):
        return True
    if call.call.mapping.patch and isinstance(request.body, Mapping):
        return all(patch.get("op") in _STATES for patch in request.body.get("patches", ()))
    return False


class Sender:
    """Sends a statement's rows one by one. `go_on`: a row that fails ends nothing; `wait`: for what is only taken."""

    def __init__(self, table: Table, book: Book, context: Context, *, go_on: bool, wait: bool) -> None:
        self._table = table
        self._book = book
        self._context = context
        self._go_on = go_on
        self._wait = wait
        self._waiting: list[tuple[int, Outcome, str]] = []
        self._admission = context.admission(context.send)

    def run(self) -> None:
        """Send the rows and wait for what becomes of them; the book tells how it went.

        Raises:
            OperationalError: what ends the statement, whatever is done about rows that fail.
        """
        for place, call in enumerate(self._book.calls):
            self._context.check()
            if not self._send(place, call) and not self._go_on:
                break
        for place, outcome, told in self._waiting:
            self._follow(place, outcome, told)

    def _send(self, place: int, call: RowCall) -> bool:
        """Send one row; False if it fails."""
        context, request = self._context, call.request
        if self._stands(place, request):
            return True
        if bulk.fits(request):
            # One may have begun since the statement did.
            bulk.settle([str(request.parameters["sku"])], context)
        try:
            send = partial(context.send, sending=partial(self._under_way, place))
            always = request.operation.restricted == "always"
            response = self._admission.sent(request, send) if always else send(request)
        except ApiError as error:
            return self._failed(place, call, error)
        return self._answered(place, call, response)

    def _under_way(self, place: int, out: bool) -> None:
        self._book.tell([place], "sending" if out else "not sent")

    def _stands(self, place: int, request: Request) -> bool:
        """Tell whether a report is there already that Amazon would cancel for being asked for too soon."""
        if request.operation.name != ORDERS_REPORT or not isinstance(request.body, Mapping):
            return False
        standing = Reports(self._context).standing(request.body)
        if standing is None:
            return False
        self._book.learn(place, {"ReportId": standing[0]})
        self._book.tell([place], "done", "", [{"message": stands(*standing)}])
        return True

    def _failed(self, place: int, call: RowCall, error: ApiError) -> bool:
        """Note a fault; raise it if the other rows would have the same."""
        book = self._book
        if error.hint == HINTS_BY_STATUS[400]:
            error.hint = ""
        if call.call.mapping.kind != "insert" and is_not_found(error):
            # What was sent twice may have been taken away by the first.
            if book.tries[place] > 1 and call.call.mapping.kind == "delete":
                book.tell([place], "done", error.request_id or "")
            else:
                book.gone(place)
            return True
        if isinstance(error, ServerError):
            error.hint = error.hint if error.unsent else ""
            book.explain([place], str(error))
            if error.unsent or not self._go_on:
                raise error
            return False
        if isinstance(error, Throttled):
            book.explain([place], str(error))
            raise error
        book.tell([place], "refused", error.request_id or "")
        book.explain([place], str(error))
        if isinstance(error, AccessDenied):
            raise error
        return False

    def _answered(self, place: int, call: RowCall, response: Response) -> bool:
        """Note what an answer says; False if it says that the row was refused."""
        book, told, request_id = self._book, response.json(), response.request_id or ""
        complaints = list(_complaints(told))
        if complaints and all(not value for name, value in told.items() if name != "errors"):
            status = status_of(read_problem(response.body))
            return self._failed(
                place, call, api_error(status, response.body, call.request.operation.name, response.request_id)
            )
        self._learn(place, call, told)
        outcome = call.call.mapping.outcome
        if outcome is not None and outcome.operation:
            followed = next(values_at(told, outcome.told), None)
            if followed is not None and self._wait:
                book.tell([place], "sent", str(followed), complaints)
                self._waiting.append((place, outcome, str(followed)))
                return True
        elif outcome is not None:
            return self._judge(place, outcome, told, request_id)
        book.tell([place], "done", request_id, complaints)
        return True

    def _learn(self, place: int, call: RowCall, told: Any) -> None:
        """Keep what the answer to an INSERT tells of the new row's key."""
        if call.call.mapping.kind == "insert":
            named = writes.result(self._table, call.call.mapping)
            said = {column: next(values_at(told, output.path), None) for column, output in named.items()}
            self._book.learn(place, {column: value for column, value in said.items() if value is not None})
        if call.request.operation.name == ORDERS_REPORT and isinstance(call.request.body, Mapping):
            Reports(self._context).adopt(call.request.body, next(values_at(told, "reportId"), None))

    def _judge(self, place: int, outcome: Outcome, told: Any, request_id: str) -> bool:
        status = next(values_at(told, outcome.status), None)
        issues = [i for i in values_at(told, outcome.issues) if isinstance(i, Mapping)] if outcome.issues else []
        if status in outcome.failed:
            self._book.tell([place], "refused", request_id, issues or [{"message": f"Amazon says {status}"}])
            return self._book.states[place] != "refused"
        self._book.tell([place], "done", request_id, issues)
        return True

    def _follow(self, place: int, outcome: Outcome, told: str) -> None:
        """Ask what has become of a row until it is known."""
        context, pause = self._context, _FIRST
        request = Request(spapi.operation(outcome.operation), {outcome.parameter: told})
        while True:
            answer = context.send(request).json()
            status = next(values_at(answer, outcome.status), None)
            if status in outcome.done or status in outcome.failed:
                self._judge(place, outcome, answer, told)
                return
            if context.progress is not None:
                context.progress(f"Amazon works on {self._book.name(place)}")
            later = context.clock.now() + pause
            context.clock.wait(later if context.deadline is None else min(later, context.deadline), context.cancelled)
            context.check()
            pause = min(_LONGEST, pause * _GROWS)


def values_at(told: Any, path: str) -> Iterator[Any]:
    """Yield what stands at a path of an answer, such as ``payload.items[].id``; nothing where it is absent."""
    found: Sequence[Any] = [told]
    for step in path.split(".") if path else ():
        name, listed = step.removesuffix("[]"), step.endswith("[]")
        inner = [f.get(name) if name else f for f in found if isinstance(f, Mapping) or not name]
        found = [item for f in inner if f is not None for item in (f if listed and isinstance(f, list) else [f])]
    yield from found


def _complaints(told: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the errors that an answer of success names."""
    if isinstance(told, dict):
        payload = told.get("payload")
        inner = payload.get("errors") if isinstance(payload, dict) else None
        yield from (each for each in (*(told.get("errors") or ()), *(inner or ())) if isinstance(each, dict))
