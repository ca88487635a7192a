"""Data Kiosk 2023-11-15: queries that are judged, wait, run as the clock moves, and leave a document of JSON lines.

What cannot be read is refused at once; what cannot be answered ends FATAL with a document that says why. Without rows a
query is DONE and has no document. Before any query there is a history of past ones. Knows nothing of what rows hold.
"""

from __future__ import annotations

import functools
import gzip
import itertools
from typing import Any

from amzsql.simulator.call import Call, Handler, denied, dump, invalid, iso
from amzsql.simulator.documents import Maker, Partner, url
from amzsql.simulator.http import Answer
from amzsql.simulator.world import DAY, MARKETS, World

from .graphql import Selection, compact, judge, parse
from .kiosk_rows import complaint, rows
from .queued import (
    CANCELLED,
    DONE,
    FATAL,
    QUEUED,
    RUNNING,
    SENT,
    Record,
    document_id,
    find,
    find_document,
    page,
    past,
    progress,
    state,
    stop,
)

_QUERY = "query"
_DOCUMENT = "query-document"
_MOST_CHARACTERS = 8000
_RETENTION = 30 * DAY
# So many rows are in one document; the rest is asked for with the token of the query.
ROWS = 1000
_HISTORY = 8
_VENDORS = "analytics_vendorAnalytics"


def create_query(call: Call) -> bytes:
    """Answer createQuery."""
    text = call.body["query"]
    root, short = _read(text)
    if call.account.kind != ("vendor" if root.name.startswith(_VENDORS) else "seller"):
        raise denied()
    offset = _offset(call, short)
    for other in call.store.records(_QUERY).values():
        if (other["short"], other["offset"]) == (short, offset) and state(other, call.now) in (QUEUED, RUNNING):
            raise invalid(f"query: the same query is being processed as {other['queryId']}.")
    number, now = call.store.count(_QUERY), int(call.now)
    r = call.world.draws("query ", number)
    starts = now + 5 + r[0] % 25
    record: dict[str, Any] = {
        **_known(call.world, number, text, root, short),
        "queryId": call.account.id_of(80_000_030_000 + number * 13 + call.world.seed),
        "offset": offset,
        "created": now,
        "starts": starts,
        "ends": starts + 30 + r[1] % 120,
    }
    call.store.records(_QUERY)[record["queryId"]] = record
    partner = Partner(call.account, call.world, call.store, record["ends"])
    call.store.later(record["ends"], lambda: _answer(partner, record))
    return dump({"queryId": record["queryId"]})


def _read(text: str) -> tuple[Selection, str]:
    """Return what a query asks for, and its text as Amazon counts it."""
    try:
        root, short = parse(text), compact(text)
    except ValueError as error:
        raise invalid(f"query: {error}.") from error
    problems = list(judge(root))
    if problems:
        raise invalid(f"query: {'; '.join(problems)}.")
    if len(short) > _MOST_CHARACTERS:
        raise invalid(f"query: it has more than {_MOST_CHARACTERS} characters.")
    return root, short


def _known(world: World, number: int, text: str, root: Selection, short: str) -> dict[str, Any]:
    """Return what a record holds from the beginning."""
    r = world.draws("query document ", number)
    document = document_id(SENT, world.account, r)
    return {"query": text, "root": root, "short": short, "outcome": None, "stopped": None, "document": document}


def _offset(call: Call, short: str) -> int:
    """Return the number of the first row that is wanted: a token goes with the query that it was given for."""
    token = call.body.get("paginationToken")
    if not token:
        return 0
    content = call.signer.open(token)
    if not isinstance(content, list) or content[:2] != [_QUERY, short]:
        raise invalid("paginationToken: it was not given for this query.")
    return int(content[2])


def _answer(partner: Partner, record: dict[str, Any]) -> None:
    """Find the rows of a query that has come to its end."""
    if record["outcome"] is not None or record["stopped"] is not None:
        return
    why = complaint(partner, record["root"])
    if why:
        record |= {"outcome": FATAL, "body": dump({"errors": [{"message": why}]})}
        return
    found = itertools.islice(rows(partner, record["root"]), record["offset"], None)
    lines = [dump(row) for row in itertools.islice(found, ROWS)]
    record |= {"outcome": DONE, "body": b"".join(line + b"\n" for line in lines), "more": next(found, None) is not None}


def get_queries(call: Call) -> bytes:
    """Answer getQueries."""
    found, token = page(call, _records(call).values(), lambda _: True, lambda r: state(r, call.now))
    answer: dict[str, object] = {"queries": [_shown(call, r) for r in found]}
    return dump(answer | ({"pagination": {"nextToken": token}} if token else {}))


def get_query(call: Call) -> bytes:
    """Answer getQuery."""
    return dump(_shown(call, find(_records(call), "queryId", call.path["queryId"])))


def cancel_query(call: Call) -> bytes:
    """Answer cancelQuery: what is not done yet can be cancelled; once more does nothing."""
    record = find(_records(call), "queryId", call.path["queryId"])
    if state(record, call.now) != CANCELLED:
        stop(record, call.now, running=True)
    return b""


def get_document(call: Call) -> bytes:
    """Answer getDocument."""
    key = call.path["documentId"]
    found = {r["document"]: r for r in _records(call).values() if _document(r, call.now)}
    find_document(found, "documentId", key, SENT)
    return dump({"documentId": key, "documentUrl": url(call, _DOCUMENT, key)})


def _records(source: Call | Partner) -> dict[str, dict[str, Any]]:
    """Return every query that is kept by id, in the order of creation."""
    found = {**_history(source.world), **source.store.records(_QUERY)}
    for record in found.values():
        if record["outcome"] is None and source.now >= record["ends"]:
            _answer(Partner(source.account, source.world, source.store, record["ends"]), record)
    return {k: r for k, r in found.items() if r["created"] >= source.now - _RETENTION}


def _document(record: Record, now: float) -> bool:
    """Tell whether there is a document: of an answer with rows, or of an error."""
    return state(record, now) in (DONE, FATAL) and bool(record["body"])


def _shown(call: Call, record: Record) -> dict[str, Any]:
    row = {"queryId": record["queryId"], "query": record["query"], **progress(record, call.now)}
    if _document(record, call.now):
        row["dataDocumentId" if record["outcome"] == DONE else "errorDocumentId"] = record["document"]
    if row["processingStatus"] == DONE and record["more"]:
        token = call.signer.seal([_QUERY, record["short"], record["offset"] + ROWS])
        row["pagination"] = {"nextToken": token}
    return row


def _download(partner: Partner, key: str) -> Answer | None:
    record = next((r for r in _records(partner).values() if r["document"] == key), None)
    if record is None or not _document(record, partner.now):
        return None
    kind = "application/jsonl" if record["outcome"] == DONE else "application/json"
    packed = gzip.compress(record["body"], 6, mtime=0)
    return Answer(200, packed, (("Content-Encoding", "gzip"),), content_type=f"{kind}; charset=UTF-8")


# What there was before


@functools.lru_cache(maxsize=8)
def _history(world: World) -> dict[str, dict[str, Any]]:
    """Return the past queries by id, in the order of their creation."""
    found = (_past(world, n) for n in reversed(range(_HISTORY)))
    return {r["queryId"]: r for r in found}


def _past(world: World, number: int) -> dict[str, Any]:
    known = past(world, world.draws("q", number), number * 4 * DAY)
    created = known["created"]
    start, end = iso(created - 8 * DAY)[:10], iso(created - 2 * DAY)[:10]
    market = MARKETS[world.markets[0]].place.id
    text = (
        "query { analytics_salesAndTraffic_2024_04_24 { salesAndTrafficByDate(aggregateBy: DAY "
        f'startDate: "{start}" endDate: "{end}" marketplaceIds: ["{market}"]) '
        "{ startDate endDate marketplaceId sales { unitsOrdered orderedProductSales { amount currencyCode } } } } }"
    )
    if world.account.kind == "vendor":
        text = (
            f'query {{ analytics_vendorAnalytics_2024_09_30 {{ manufacturingView(aggregateBy: DAY startDate: "{start}" '
            f'endDate: "{end}") {{ startDate endDate totals {{ traffic {{ glanceViews }} }} }} }} }}'
        )
    root, short = _read(text)
    return {
        **known,
        **_known(world, -1 - number, text, root, short),
        "queryId": world.account.id_of(80_000_010_000 + (_HISTORY - number) * 13 + world.seed),
        "offset": 0,
    }


HANDLERS: dict[str, Handler] = {
    "dataKiosk_2023-11-15.createQuery": create_query,
    "dataKiosk_2023-11-15.getQueries": get_queries,
    "dataKiosk_2023-11-15.getQuery": get_query,
    "dataKiosk_2023-11-15.cancelQuery": cancel_query,
    "dataKiosk_2023-11-15.getDocument": get_document,
}
DOCUMENTS: dict[str, Maker] = {_DOCUMENT: _download}
