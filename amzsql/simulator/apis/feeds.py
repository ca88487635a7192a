"""Feeds 2021-06-30: documents that are uploaded, feeds that are processed as the clock moves, and their reports.

A feed of listings changes the listings when its processing begins, one of shipments ships the orders. Before any feed
was sent there is a history of past ones, drawn from the seed. What a feed says is read by `feed_contents` and
`feed_shipments`.
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
import html
import json
from typing import Any

from amzsql import spapi
from amzsql.clock import utc
from amzsql.simulator.call import Call, CallError, Handler, denied, dump, invalid
from amzsql.simulator.documents import Maker, Partner, url
from amzsql.simulator.http import Answer
from amzsql.simulator.world import DAY, MARKETS, World
from amzsql.spapi.document_types import FeedType, feed_types

from . import feed_shipments, listings
from .feed_contents import Malformed, Result, flat_report, listings_report, process, xml_report
from .queued import (
    CANCELLED,
    DONE,
    FATAL,
    MADE,
    SENT,
    Record,
    check_quota,
    document_id,
    find,
    find_document,
    of_kind,
    page,
    past,
    progress,
    state,
    stop,
)

_FEED = "feed"
_DOCUMENT = "feed-document"
# The same document, told to be unpacked by whoever downloads it.
_UNPACKED = "feed-document-encoded"
# Processing reports are kept for so long.
_RESULTS = 28 * DAY
_HISTORY = 20
_TYPES = {
    "seller": ("JSON_LISTINGS_FEED", "POST_FLAT_FILE_FULFILLMENT_DATA", "UPLOAD_VAT_INVOICE"),
    "vendor": ("JSON_LISTINGS_FEED",),
}
_GET_ITEM = "listingsItems_2021-08-01.getListingsItem"


def create_feed_document(call: Call) -> bytes:
    """Answer createFeedDocument: the address must be filled with the content type that is said here."""
    content_type = call.body["contentType"]
    if "/" not in content_type:
        raise invalid(f"contentType: {content_type} is no media type.")
    key = document_id(SENT, call.account, call.store.uuid(_DOCUMENT))
    call.store.records(_DOCUMENT)[key] = {}
    target = url(call, _DOCUMENT, key, method="PUT", content_type=content_type)
    return dump({"feedDocumentId": key, "url": target})


def create_feed(call: Call) -> bytes:
    """Answer createFeed. A type that is no longer processed is taken, and ends FATAL."""
    body, world = call.body, call.world
    kind = feed_types().get(body["feedType"])
    if kind is None:
        raise invalid(f"feedType: {body['feedType']} is not known.")
    if call.account.kind not in kind.partners:
        raise denied()
    markets = tuple(call.market("marketplaceIds", m) for m in body["marketplaceIds"])
    document = call.store.records(_DOCUMENT).get(body["inputFeedDocumentId"])
    if document is None:
        raise invalid(f"inputFeedDocumentId: there is no document {body['inputFeedDocumentId']}.")
    if kind.quota is not None:
        check_quota(call, kind.name, *kind.quota)
    number, now = call.store.count(_FEED), int(call.now)
    r = world.draws("feed ", number)
    starts = now + 10 + r[0] % 30
    messages = document.get("body", b"").count(b'"messageId"')
    record: dict[str, Any] = {
        "feedId": world.account.id_of(70_000_030_000 + number * 11 + world.seed),
        "feedType": kind.name,
        "marketplaceIds": list(body["marketplaceIds"]),
        "created": now,
        "starts": starts,
        # Longer than it takes until a listing shows what was submitted: the report tells of the listings.
        "ends": starts + 65 + r[1] % 60 + messages // 20,
        "outcome": None,
        "stopped": None,
        "document": document_id(SENT, call.account, call.store.uuid(_DOCUMENT)),
    }
    call.store.records(_FEED)[record["feedId"]] = record
    call.store.later(starts, functools.partial(_process, call, kind, record, markets, document))
    return dump({"feedId": record["feedId"]})


def _process(call: Call, kind: FeedType, record: dict[str, Any], markets: tuple[int, ...], document: Record) -> None:
    """Do what a feed says at the moment when it leaves the queue, and write its report when that shows."""
    if record["stopped"] is not None:
        return
    partner = Partner(call.account, call.world, call.store, record["starts"])
    try:
        if kind.removed is not None and utc(record["starts"]).date() >= kind.removed:
            raise Malformed("Feeds of this type are no longer processed.")
        body = document.get("body", b"")
        if kind.name in feed_shipments.FEEDS:
            result = feed_shipments.process(partner, kind.format, body)
        else:
            result = process(partner, kind.format, markets, body)
        record["outcome"] = DONE
    except Malformed as error:
        result = Result(issues=[{"code": "90000", "severity": "ERROR", "message": str(error)}])
        record["outcome"] = FATAL
    call.store.later(record["ends"], lambda: _keep(call, record, _report(call, kind, record, result)))


def _report(call: Call, kind: FeedType, record: Record, result: Result) -> tuple[bytes, str]:
    """Return the processing report of a feed and its media type."""
    if kind.format == "JSON":
        items = [i for i in (_item(call, record, sku, result) for sku in result.accepted) if i]
        return listings_report(call.world.seller_id, record["feedId"], result, items), "application/json;charset=UTF-8"
    if kind.format == "XML":
        escaped = dataclasses.replace(
            result, issues=[{**i, "message": html.escape(i["message"])} for i in result.issues]
        )
        return xml_report(record["feedId"], escaped), "text/xml;charset=UTF-8"
    return flat_report(result), "text/tab-separated-values;charset=UTF-8"


def _item(call: Call, record: Record, sku: str, result: Result) -> dict[str, Any] | None:
    """Return what the listings API tells of a SKU, as far as the feed asked to be told."""
    if result.included is None:
        return None
    asked = dataclasses.replace(
        call,
        operation=spapi.operation(_GET_ITEM),
        path={"sellerId": call.world.seller_id, "sku": sku},
        query={
            "marketplaceIds": ",".join(record["marketplaceIds"]),
            "includedData": ",".join(result.included.get("includedData", ())),
        },
        body=None,
        now=record["ends"],
    )
    try:
        found: dict[str, Any] = json.loads(listings.get_item(asked))
    except CallError:
        return None  # it was deleted by a later message
    return found


def _keep(call: Call, record: Record, report: tuple[bytes, str]) -> None:
    body, content_type = report
    kept = {"body": body, "content_type": content_type, "packed": True, "until": record["ends"] + _RESULTS}
    call.store.records(_DOCUMENT)[record["document"]] = kept


def get_feeds(call: Call) -> bytes:
    """Answer getFeeds."""
    found, token = page(call, _records(call).values(), of_kind(call, "feed", "feedType"), lambda r: state(r, call.now))
    answer: dict[str, object] = {"feeds": [_shown(r, call.now) for r in found]}
    return dump(answer | ({"nextToken": token} if token else {}))


def get_feed(call: Call) -> bytes:
    """Answer getFeed."""
    return dump(_shown(find(_records(call), "feedId", call.path["feedId"]), call.now))


def cancel_feed(call: Call) -> bytes:
    """Answer cancelFeed: only what is still in the queue can be cancelled."""
    stop(find(_records(call), "feedId", call.path["feedId"]), call.now)
    return b""


def get_feed_document(call: Call) -> bytes:
    """Answer getFeedDocument, for what was uploaded and for processing reports."""
    key = call.path["feedDocumentId"]
    prefix = MADE if key.startswith(MADE) else SENT
    documents = {**_past_documents(call.world), **call.store.records(_DOCUMENT)}
    alive = {k: d for k, d in documents.items() if call.now < d.get("until", call.now + 1)}
    found = find_document(alive, "feedDocumentId", key, prefix)
    packed = bool(found.get("packed"))
    unpacked = packed and call.flag("enableContentEncodingUrlHeader")
    answer = {"feedDocumentId": key, "url": url(call, _UNPACKED if unpacked else _DOCUMENT, key)}
    return dump(answer | ({"compressionAlgorithm": "GZIP"} if packed else {}))


def _records(call: Call) -> dict[str, dict[str, Any]]:
    """Return every feed by id, in the order of creation."""
    return {**_history(call.world), **call.store.records(_FEED)}


def _shown(record: Record, now: float) -> dict[str, Any]:
    row = {n: record[n] for n in ("feedId", "feedType", "marketplaceIds")} | progress(record, now)
    if row["processingStatus"] in (DONE, FATAL):
        row["resultFeedDocumentId"] = record["document"]
    return row


def _download(partner: Partner, key: str, *, unpacked: bool = False) -> Answer | None:
    found = partner.store.records(_DOCUMENT).get(key) or _past_documents(partner.world).get(key)
    if found is None or "body" not in found:
        return None
    body = gzip.compress(found["body"], 6, mtime=0) if found.get("packed") else found["body"]
    headers = (("Content-Encoding", "gzip"),) if unpacked else ()
    return Answer(200, body, headers, content_type=found["content_type"] or "application/octet-stream")


# What there was before


@functools.lru_cache(maxsize=8)
def _history(world: World) -> dict[str, dict[str, Any]]:
    """Return the past feeds by id, in the order of their creation."""
    rows = (_past(world, n) for n in reversed(range(_HISTORY)))
    return {r["feedId"]: r for r in rows}


def _past(world: World, number: int) -> dict[str, Any]:
    r, types = world.draws("f", number), _TYPES[world.account.kind]
    return {
        **past(world, r, number * 4 * DAY),
        "feedId": world.account.id_of(70_000_010_000 + (_HISTORY - number) * 11 + world.seed),
        "feedType": types[r[1] % len(types)],
        "marketplaceIds": [MARKETS[world.markets[0]].place.id],
        "outcome": (DONE, DONE, DONE, FATAL, CANCELLED)[r[2] % 5],
        "document": document_id(MADE, world.account, r[6:]),
    }


@functools.lru_cache(maxsize=8)
def _past_documents(world: World) -> dict[str, dict[str, Any]]:
    """Return the processing reports of the past feeds, by id."""
    found = {}
    for record in _history(world).values():
        failed = record["outcome"] == FATAL
        flaw = {"code": "90000", "severity": "ERROR", "message": "The feed could not be read."}
        result = Result(0 if failed else 1 + record["created"] % 40, issues=[flaw] if failed else [])
        listing = record["feedType"] == "JSON_LISTINGS_FEED"
        body = listings_report(world.seller_id, record["feedId"], result, ()) if listing else flat_report(result)
        kind = "application/json" if listing else "text/tab-separated-values"
        found[record["document"]] = {
            "body": body,
            "content_type": f"{kind};charset=UTF-8",
            "packed": True,
            "until": record["ends"] + _RESULTS,
        }
    return found


HANDLERS: dict[str, Handler] = {
    "feeds_2021-06-30.createFeedDocument": create_feed_document,
    "feeds_2021-06-30.createFeed": create_feed,
    "feeds_2021-06-30.getFeeds": get_feeds,
    "feeds_2021-06-30.getFeed": get_feed,
    "feeds_2021-06-30.cancelFeed": cancel_feed,
    "feeds_2021-06-30.getFeedDocument": get_feed_document,
}
DOCUMENTS: dict[str, Maker] = {_DOCUMENT: _download, _UNPACKED: functools.partial(_download, unpacked=True)}
