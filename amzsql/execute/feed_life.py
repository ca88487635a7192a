"""The life of a feed: its document uploaded, the feed created, waited for, and its processing report read.

Must not know what a feed says nor who sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amzsql import spapi
from amzsql.errors import BudgetExceeded, Cancelled, ServerError
from amzsql.execute.context import Context
from amzsql.execute.documents.unpack import unpacked
from amzsql.transport import Request
from amzsql.transport.download import Address, download
from amzsql.transport.upload import upload

API = "feeds_2021-06-30"
OVER = ("DONE", "CANCELLED", "FATAL")
# The first look, and how the time between looks grows up to the longest. (s)
_FIRST, _GROWS, _LONGEST = 15.0, 1.5, 60.0
_UNKNOWN = "Whether Amazon has taken the feed is not known: look at the table Feeds before you send it again."


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it is sent."""

    type: str
    marketplaces: tuple[str, ...]
    content_type: str
    body: bytes

    def request(self, document: str) -> Request:
        """Return the call that creates it."""
        told = {"feedType": self.type, "marketplaceIds": list(self.marketplaces), "inputFeedDocumentId": document}
        return Request(spapi.operation(f"{API}.createFeed"), {}, told)


@dataclass(frozen=True, slots=True)
class State:
    """What Amazon says of a feed."""

    id: str
    type: str
    status: str
    created: datetime | None
    report: str = ""


class Feeds:
    """Sends feeds for one statement: its cancel() and deadline end each wait."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def upload(self, feed: Feed) -> str:
        """Upload what a feed says and return the document's id; nothing is changed by it yet."""
        made = self._ask("createFeedDocument", body={"contentType": feed.content_type}, repeatable=True)
        watch = self._context.watch(feed.type)
        upload(self._context.session, Address(made["url"]), feed.body, feed.content_type, watch)
        return str(made["feedDocumentId"])

    def create(self, feed: Feed, document: str, sending: Callable[[bool], None] | None = None) -> str:
        """Have an uploaded feed processed; return its id. Never sent twice; `sending` is called as the session's is."""
        try:
            return str(self._sent(feed.request(document), sending)["feedId"])
        except ServerError as error:
            error.hint = _UNKNOWN
            raise

    def state(self, feed_id: str) -> State:
        """Ask what has become of a feed."""
        told = self._ask("getFeed", {"feedId": feed_id})
        created = told.get("createdTime")
        return State(
            feed_id,
            str(told.get("feedType", "")),
            str(told.get("processingStatus", "")),
            datetime.fromisoformat(created) if created else None,
            str(told.get("resultFeedDocumentId") or ""),
        )

    def wait(self, feed_id: str, *, touches: str = "") -> State:
        """Look at a feed until Amazon is done with it; at once if an earlier statement sent it.

        `touches`: what such a feed works on, which the statement is to change.
        """
        context, pause = self._context, _FIRST
        try:
            if touches and (found := self.state(feed_id)).status in OVER:
                return found
            while True:
                context.clock.wait(self._until(pause), context.cancelled)
                context.check()
                found = self.state(feed_id)
                if found.status in OVER:
                    return found
                pause = min(_LONGEST, pause * _GROWS)
        except (BudgetExceeded, Cancelled) as error:
            fate = f"Feed {feed_id} was sent, and Amazon goes on with it."
            if touches:
                fate = (
                    f"It waited for feed {feed_id}, which an earlier statement sent and which works on {touches!r}: "
                    "nothing of this statement was sent."
                )
            error.args = (f"{error.args[0]} {fate}",)
            raise

    def _until(self, pause: float) -> float:
        deadline, later = self._context.deadline, self._context.clock.now() + pause
        return later if deadline is None else min(deadline, later)

    def report(self, state: State) -> bytes:
        """Return the processing report of a feed, empty if there is none."""
        if not state.report:
            return b""
        context = self._context

        def locate(_: bool) -> Address:
            told = self._ask("getFeedDocument", {"feedDocumentId": state.report})
            return Address(told["url"], str(told.get("compressionAlgorithm") or ""))

        with download(context.session, locate, self._context.watch(state.type), context.rules.caps) as found:
            return b"".join(unpacked(found, state.type))

    def _ask(
        self,
        operation: str,
        parameters: Mapping[str, object] | None = None,
        *,
        body: object = None,
        repeatable: bool = False,
    ) -> dict[str, Any]:
        return self._sent(Request(spapi.operation(f"{API}.{operation}"), parameters or {}, body, repeatable))

    def _sent(self, request: Request, sending: Callable[[bool], None] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self._context.send(request, sending=sending).json() or {}
        return found
