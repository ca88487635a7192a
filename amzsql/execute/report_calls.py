"""The calls of the reports API that one fetch sends, and how their answers read.

Owns the shape of these requests. Must not know which report serves whom, nor remember anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from amzsql import spapi
from amzsql.clock import Event, utc
from amzsql.errors import AccessDenied, Cancelled
from amzsql.execute.context import Context
from amzsql.execute.restricted import admitted
from amzsql.spapi.document_types import report_types
from amzsql.transport import Request, Response, next_parameters
from amzsql.transport.download import Address
from amzsql.transport.watch import Watch

API = "reports_2021-06-30"
OPEN, DONE, CANCELLED, FATAL = ("IN_QUEUE", "IN_PROGRESS"), "DONE", "CANCELLED", "FATAL"
_PAGE = 100
# Amazon lists nothing that is older than ninety days, and may refuse to be asked.
_KEPT = 90 * 86400.0 - 3600


@dataclass(frozen=True, slots=True)
class Listed:
    """A report as Amazon tells of it."""

    id: str
    type: str
    state: str
    created: datetime
    marketplaces: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    document: str | None = None

    @property
    def made(self) -> float:
        """When it was made, or ordered if it is not, in seconds since the epoch."""
        return (self.ended or self.created).timestamp()


class Calls:
    """Sends for one fetch: `stop` ends it, and so do the statement's cancel() and its deadline."""

    def __init__(self, context: Context, stop: Event | None = None) -> None:
        self.context = context
        self._stop = stop

    def check(self) -> None:
        """Raise if the fetch or the statement is over."""
        if self._stop is not None and self._stop.is_set():
            raise Cancelled("The statement was cancelled.")
        self.context.check()

    def wait(self, until: float | None, event: Event | None = None) -> None:
        """Wait until a time or an event; raise if the fetch or the statement ends before."""
        context = self.context
        self.check()
        deadline = context.deadline
        if deadline is not None:
            until = deadline if until is None else min(until, deadline)
        events = (context.cancelled, *(e for e in (self._stop, event) if e is not None))
        context.clock.wait(until, *events)
        self.check()

    def watch(self, what: str) -> Watch:
        """Return what bounds the waits of a download."""
        return self.context.watch(what, self._stop)

    def create(self, body: Mapping[str, object]) -> str:
        """Order a report and return its id."""
        return str(self._send("createReport", {"body": dict(body)})["reportId"])

    def get(self, report_id: str, *, again: bool = False) -> Listed:
        """Return how far a report is. To look `again` costs nothing of the budget: nobody knows how often it takes."""
        return _listed(self._send("getReport", {"reportId": report_id}, free=again))

    def list(
        self,
        report_type: str,
        marketplaces: Sequence[str],
        *,
        since: float | None = None,
        states: Sequence[str] = (*OPEN, DONE),
    ) -> Iterator[Listed]:
        """Yield the reports of a type, the latest first, page by page; `since` they were created."""
        operation = spapi.operation(f"{API}.getReports")
        following: dict[str, Any] | None = {
            "reportTypes": (report_type,),
            "processingStatuses": tuple(states),
            "pageSize": _PAGE,
            # No more than ten can be named: of more, those of the account all come and are told apart here.
            **({"marketplaceIds": tuple(marketplaces)} if 0 < len(marketplaces) <= 10 else {}),
            **({} if since is None else {"createdSince": utc(int(max(since, self.context.clock.now() - _KEPT)))}),
        }
        while following is not None:
            answer = self._answer("getReports", following)
            for row in answer.json().get("reports") or ():
                yield _listed(row)
            following = next_parameters(operation, following, answer.body)

    def address(self, document: str, report_type: str) -> Address:
        """Return where a document is: one with personal data is asked for with a token of its own, if that may be.

        Raises:
            AccessDenied: it holds personal data, and the connection does not ask for any or lacks the role.
        """
        kind = report_types().get(report_type)
        personal = kind is not None and kind.restricted
        request = Request(spapi.operation(f"{API}.getReportDocument"), {"reportDocumentId": document})
        try:
            if personal and self.context.rules.restricted:
                request = admitted(request, self._exchange)
            answer = self._exchange(request).json()
        except AccessDenied as error:
            if personal and not self.context.rules.restricted:
                error.hint = (
                    f"Documents of {report_type} hold personal data, which Amazon gives only for a restricted data "
                    "token: connect with IncludeRestrictedData=True to have one asked for."
                )
            raise
        return Address(str(answer.get("url") or ""), str(answer.get("compressionAlgorithm") or ""))

    def _send(self, operation_id: str, parameters: Mapping[str, Any], *, free: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = self._answer(operation_id, parameters, free=free).json()
        return found

    def _answer(self, operation_id: str, parameters: Mapping[str, Any], *, free: bool = False) -> Response:
        return self._exchange(Request(spapi.operation(f"{API}.{operation_id}"), parameters), free=free)

    def _exchange(self, request: Request, *, free: bool = False) -> Response:
        return self.context.send(request, stop=self._stop, counts=not free)


def _listed(row: Mapping[str, Any]) -> Listed:
    return Listed(
        id=str(row["reportId"]),
        type=str(row["reportType"]),
        state=str(row["processingStatus"]),
        created=time_of(row.get("createdTime")) or datetime.fromtimestamp(0, UTC),
        marketplaces=tuple(row.get("marketplaceIds") or ()),
        start=time_of(row.get("dataStartTime")),
        end=time_of(row.get("dataEndTime")),
        started=time_of(row.get("processingStartTime")),
        ended=time_of(row.get("processingEndTime")),
        document=row.get("reportDocumentId"),
    )


def time_of(text: str | None) -> datetime | None:
    """Return a time as Amazon writes it; None for none."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
