"""Many writes of listings as few feeds: requests of one row each become the messages of JSON_LISTINGS_FEEDs.

Owns how the rows are shared out over feeds, and what became of each. A message does what the request of its row would
have done, so that nothing else has to know which way the rows went. Must not know of tables nor of SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import msgspec

from amzsql.errors import ApiError, ServerError
from amzsql.execute.context import Context
from amzsql.execute.feed_contents import MOST_BYTES, MOST_MESSAGES
from amzsql.execute.feed_contents import issues as issues_of
from amzsql.execute.feed_life import API, Feed, Feeds
from amzsql.execute.feed_running import Running
from amzsql.transport import Request

FEED = "JSON_LISTINGS_FEED"
_API = "listingsItems_2021-08-01"
_ENCODER = msgspec.json.Encoder(decimal_format="number")
# What stands around the messages, at most.
_FRAME = 1024

RowState = Literal["not sent", "sending", "sent", "done", "refused"]
Told = Callable[[Sequence[int], RowState, str, Sequence[Mapping[str, Any]]], None]
"""What hears of rows, by their places: their state, the id of their feed ("" while it has none), and Amazon's issues.

Rows of which it hears nothing were not sent.
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """A feed that is ready to be sent. `rows` are the places of its messages' requests, `skus` what they touch."""

    feed: Feed
    rows: tuple[int, ...]
    skus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wave:
    """Feeds that may run side by side: no two of them touch one SKU."""

    batches: tuple[Batch, ...]


def fits(request: Request) -> bool:
    """Tell whether a request can go as a message of a feed."""
    return request.operation.name in OPERATIONS and "mode" not in request.parameters


def waves(requests: Sequence[Request]) -> list[Wave]:
    """Return the feeds of some requests that `fits`; a SKU's second request goes in a feed after its first one's."""
    groups: dict[int, dict[tuple[str, tuple[str, ...]], list[int]]] = {}
    seen: dict[tuple[str, str], int] = {}
    for row, request in enumerate(requests):
        seller, sku, places = _of(request)
        turn = seen[seller, sku] = seen.get((seller, sku), -1) + 1
        groups.setdefault(turn, {}).setdefault((seller, places), []).append(row)
    return [
        Wave(
            tuple(
                batch for (seller, places), rows in group.items() for batch in _batches(requests, rows, seller, places)
            )
        )
        for group in groups.values()
    ]


def _of(request: Request) -> tuple[str, str, tuple[str, ...]]:
    given = request.parameters
    places = given.get("marketplaceIds") or ()
    assert isinstance(places, tuple | list)  # Amazon's type of it
    return str(given["sellerId"]), str(given["sku"]), tuple(str(p) for p in places)


def _batches(requests: Sequence[Request], rows: Sequence[int], seller: str, places: tuple[str, ...]) -> Iterator[Batch]:
    """Yield the feeds of rows of one seller and marketplaces, each as full as Amazon takes it."""
    header = _ENCODER.encode({"sellerId": seller, "version": "2.0"})
    messages: list[bytes] = []
    taken: list[int] = []
    size = _FRAME + len(header)
    for row in rows:
        message = _message(requests[row], len(messages) + 1)
        if messages and (len(messages) >= MOST_MESSAGES or size + len(message) + 1 > MOST_BYTES):
            yield _batch(requests, taken, places, header, messages)
            messages, taken, size = [], [], _FRAME + len(header)
            message = _message(requests[row], 1)
        messages.append(message)
        taken.append(row)
        size += len(message) + 1
    yield _batch(requests, taken, places, header, messages)


def _batch(
    requests: Sequence[Request], rows: Sequence[int], places: tuple[str, ...], header: bytes, messages: Sequence[bytes]
) -> Batch:
    body = b'{"header":' + header + b',"messages":[' + b",".join(messages) + b"]}"
    feed = Feed(FEED, places, "application/json; charset=UTF-8", body)
    return Batch(feed, tuple(rows), tuple(str(requests[row].parameters["sku"]) for row in rows))


def _message(request: Request, number: int) -> bytes:
    told = request.body if isinstance(request.body, Mapping) else {}
    kept, operation = _MESSAGES[request.operation.name]
    fields = {name: told[name] for name in kept if name in told}
    return _ENCODER.encode(
        {"messageId": number, "sku": str(request.parameters["sku"]), "operationType": operation, **fields}
    )


_MESSAGES: Mapping[str, tuple[tuple[str, ...], str]] = {
    f"{_API}.putListingsItem": (("productType", "requirements", "attributes"), "UPDATE"),
    f"{_API}.patchListingsItem": (("productType", "patches"), "PATCH"),
    f"{_API}.deleteListingsItem": ((), "DELETE"),
}
OPERATIONS = frozenset(_MESSAGES)
"""What a message can do instead."""


def submit(found: Sequence[Wave], context: Context, tell: Told, *, wait: bool = True) -> None:
    """Send feeds and wait until Amazon is done with each; `tell` hears what becomes of the rows.

    Without `wait` what Amazon has taken counts as done.

    Raises:
        ApiError, Cancelled, BudgetExceeded: the rows of which `tell` last heard "sending" may have been taken or not,
            those that were "sent" are in Amazon's hands, and the others were not sent.
    """
    feeds, running = Feeds(context), Running(context)
    for number, wave in enumerate(found):
        sent = [(batch, _sent(batch, feeds, running, tell)) for batch in wave.batches]
        for batch, feed in sent:
            if wait or number + 1 < len(found):
                _over(batch, feed, feeds, running, tell)
            else:
                tell(batch.rows, "done", feed, ())


def settle(skus: Sequence[str], context: Context) -> None:
    """Wait until no feed of ours works on any of some SKUs."""
    feeds, running = Feeds(context), Running(context)
    for feed, sku in running.touching(skus).items():
        if context.progress is not None:
            context.progress(f"feed {feed}, which an earlier statement sent, still works on {sku!r}")
        state = feeds.wait(feed, touches=sku)
        running.end(feed)
        if state.status != "DONE":
            context.warn(
                f"Feed {feed}, which an earlier statement sent, ended {state.status}: its rows were not written."
            )


def _sent(batch: Batch, feeds: Feeds, running: Running, tell: Told) -> str:
    """Send one feed and return its id."""
    document = feeds.upload(batch.feed)

    def sending(out: bool) -> None:
        tell(batch.rows, "sending" if out else "not sent", "", ())

    try:
        feed = running.send(batch.feed.type, partial(feeds.create, batch.feed, document, sending))
    except ApiError as error:
        if not isinstance(error, ServerError) or error.unsent:
            tell(batch.rows, "not sent", "", ())
        raise
    tell(batch.rows, "sent", feed, ())
    running.begin(feed, batch.skus)
    return feed


def _over(batch: Batch, feed: str, feeds: Feeds, running: Running, tell: Told) -> None:
    """Wait for a feed and tell what its processing report says of each row."""
    state = feeds.wait(feed)
    running.end(feed)
    issues = issues_of(batch.feed.type, feeds.report(state))
    if state.status != "DONE":
        whole = issues.get(0) or [
            {"code": state.status, "severity": "ERROR", "message": f"The feed ended {state.status}."}
        ]
        tell(batch.rows, "refused", feed, whole)
        return
    silent = [row for number, row in enumerate(batch.rows, 1) if number not in issues]
    tell(silent, "done", feed, ())
    for number, row in enumerate(batch.rows, 1):
        if number in issues:
            wrong = any(str(issue.get("severity")).upper() == "ERROR" for issue in issues[number])
            tell([row], "refused" if wrong else "done", feed, issues[number])


def cost(found: Sequence[Wave], context: Context) -> tuple[int, float]:
    """Return the requests and seconds that feeds take, at least: each its document, itself, a look and its report."""
    feeds = sum(len(wave.batches) for wave in found)
    turn = Running(context).turn(FEED)
    return feeds * len(ASKED), turn + len(found) * SECONDS


CREATE = f"{API}.createFeed"
ASKED = (f"{API}.createFeedDocument", CREATE, f"{API}.getFeed", f"{API}.getFeedDocument")
"""What a feed asks, each at least once."""
SECONDS = 120.0
"""How long Amazon usually works on a feed."""
