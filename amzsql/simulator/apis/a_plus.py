"""A+ Content: documents, the ASINs they are about, their review, and what of them is published.

Owns the records of kind "a-plus", by the document's key. A review takes a day of the clock; it approves what has the
content that its modules announce. Some documents are there from the start.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, invalid, iso
from amzsql.simulator.resources import Record, find, listed, seeded
from amzsql.simulator.world import DAY, MARKETS

KIND = "a-plus"
DRAFT, SUBMITTED, APPROVED, REJECTED = "DRAFT", "SUBMITTED", "APPROVED", "REJECTED"
_REVIEW = DAY
_SEEDED = 4


def _records(call: Call) -> dict[str, Record]:
    """Return the documents by their keys, those of the start first."""
    return seeded(call.store, KIND, lambda: _seed(call))


def _seed(call: Call) -> None:
    for market in call.world.markets:
        for number in range(_SEEDED):
            r = call.world.draws("ap", market * _SEEDED + number)
            key = str(uuid.UUID(int=(r[0] << 96) | (r[1] << 64) | (r[2] << 32) | r[3], version=4))
            skus = [s for s in call.world.skus() if call.world.sold_in(s.number, market)][number * 3 : number * 3 + 3]
            at = call.world.end - 60 * DAY + r[4] % (50 * DAY)
            text = {"body": {"textList": [{"value": f"About {skus[0].title}", "decoratorSet": []}]}}
            document = {
                "name": f"About {skus[0].brand}",
                "contentType": "EMC",
                "locale": MARKETS[market].place.language.replace("_", "-"),
                "contentModuleList": [{"contentModuleType": "STANDARD_TEXT", "standardText": text}],
            }
            _keep(call, key, market, document, at)
            record = call.store.records(KIND)[key]
            record["asins"] = [s.asin for s in skus]
            if number:
                record.update({"submitted": at + 60, "updated": at + 60 + _REVIEW})


def _keep(call: Call, key: str, market: int, document: Mapping[str, Any], at: float) -> None:
    call.store.records(KIND)[key] = {
        "key": key,
        "market": market,
        "document": document,
        "asins": [],
        "updated": int(at),
        "submitted": None,
        "suspended": False,
    }


def _status(record: Record, now: float) -> str:
    if record["submitted"] is None or record["suspended"]:
        return DRAFT
    if now < record["submitted"] + _REVIEW:
        return SUBMITTED
    return REJECTED if any(_missing(record["document"])) else APPROVED


def _missing(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a document announces and does not have: the content of its modules."""
    for position, module in enumerate(document["contentModuleList"], 1):
        first, *rest = module["contentModuleType"].lower().split("_")
        name = first + "".join(part.capitalize() for part in rest)
        if not module.get(name):
            yield f"Module {position} has no {name}."


def _market(call: Call) -> int:
    return call.market("marketplaceId", call.get("marketplaceId"))


def _document(call: Call) -> Record:
    """Return the document of a path; refuse one that is not there, or is of another marketplace."""
    market, key = _market(call), call.path["contentReferenceKey"]
    here = {k: r for k, r in _records(call).items() if r["market"] == market}
    return find(here, "content document", key)


def search(call: Call) -> bytes:
    """Answer searchContentDocuments."""
    market = _market(call)
    rows = [r for r in _records(call).values() if r["market"] == market]
    return listed(call, rows, lambda r: {"contentReferenceKey": r["key"], "contentMetadata": _metadata(r, call.now)})


def _metadata(record: Record, now: float) -> Record:
    submitted = record["submitted"]
    reviewed = submitted is not None and now >= submitted + _REVIEW
    return {
        "name": record["document"]["name"],
        "marketplaceId": MARKETS[record["market"]].place.id,
        "status": _status(record, now),
        "badgeSet": ["STANDARD"],
        "updateTime": iso(max(record["updated"], submitted + _REVIEW) if reviewed else record["updated"]),
    }


def create(call: Call) -> bytes:
    """Answer createContentDocument."""
    market, key = _market(call), call.store.uuid(KIND)
    _records(call)
    _keep(call, key, market, call.body["contentDocument"], call.now)
    return dump({"contentReferenceKey": key})


def update(call: Call) -> bytes:
    """Answer updateContentDocument: a document becomes a draft again, unless it is being reviewed."""
    record = _document(call)
    if _status(record, call.now) == SUBMITTED:
        raise invalid(f"Content document {record['key']} is {SUBMITTED}.")
    changed = {"document": call.body["contentDocument"], "submitted": None, "suspended": False}
    record.update(changed, updated=int(call.now))
    return dump({"contentReferenceKey": record["key"]})


def get(call: Call) -> bytes:
    """Answer getContentDocument, with what is asked for of it."""
    record, wanted = _document(call), call.many("includedDataSet")
    shown: Record = {"contentReferenceKey": record["key"]}
    if "METADATA" in wanted:
        shown["contentMetadata"] = _metadata(record, call.now)
    if "CONTENTS" in wanted:
        shown["contentDocument"] = record["document"]
    return dump({"contentRecord": shown})


def list_asins(call: Call) -> bytes:
    """Answer listContentDocumentAsinRelations."""
    record, only = _document(call), call.many("asinSet")
    details = "METADATA" in call.many("includedDataSet")
    rows = [a for a in record["asins"] if not only or a in only]
    return listed(call, rows, lambda a: {"asin": a, **(_about(call, record, a) if details else {})})


def _about(call: Call, record: Record, asin: str) -> Record:
    sku = call.world.sku_by_asin.get(asin)
    if sku is None:
        return {"badgeSet": ["CATALOG_NOT_FOUND"]}
    published = _status(record, call.now) == APPROVED
    keys = [r["key"] for r in _records(call).values() if r["market"] == record["market"] and asin in r["asins"]]
    badge = "CONTENT_PUBLISHED" if published else "CONTENT_NOT_PUBLISHED"
    return {"badgeSet": [badge], "title": sku.title, "contentReferenceKeySet": keys}


def relate(call: Call) -> bytes:
    """Answer postContentDocumentAsinRelations: what is given replaces what was; unknown ASINs are warned of."""
    record = _document(call)
    if _status(record, call.now) == SUBMITTED:
        raise invalid(f"Content document {record['key']} is {SUBMITTED}.")
    asins = list(dict.fromkeys(call.body["asinSet"]))
    record.update(asins=asins, updated=int(call.now))
    return dump({"warnings": [_error(m) for m in _unknown(call, asins)]})


def _unknown(call: Call, asins: list[str]) -> Iterator[str]:
    return (f"ASIN {a} is not in the catalog." for a in asins if a not in call.world.sku_by_asin)


def _error(message: str) -> Record:
    return {"code": "InvalidInput", "message": message, "details": message}


def validate(call: Call) -> bytes:
    """Answer validateContentDocumentAsinRelations: everything that a review would find."""
    _market(call)
    messages = [*_missing(call.body["contentDocument"]), *_unknown(call, list(call.many("asinSet")))]
    return dump({"warnings": [], "errors": [_error(m) for m in messages]})


def published(call: Call) -> bytes:
    """Answer searchContentPublishRecords: the approved documents about an ASIN."""
    market, asin = _market(call), call.get("asin")
    rows = [
        r
        for r in _records(call).values()
        if r["market"] == market and asin in r["asins"] and _status(r, call.now) == APPROVED
    ]
    return listed(call, rows, lambda r: _publication(r, asin))


def _publication(record: Record, asin: str) -> Record:
    document = record["document"]
    shown = {"marketplaceId": MARKETS[record["market"]].place.id, "locale": document["locale"], "asin": asin}
    kinds = {k: document[k] for k in ("contentType", "contentSubType") if k in document}
    return {**shown, **kinds, "contentReferenceKey": record["key"]}


def submit(call: Call) -> bytes:
    """Answer postContentDocumentApprovalSubmission: for what is about an ASIN, and not reviewed already."""
    record = _document(call)
    status = _status(record, call.now)
    if status in (SUBMITTED, APPROVED):
        raise invalid(f"Content document {record['key']} is {status}.")
    if not record["asins"]:
        raise invalid(f"Content document {record['key']} is about no ASIN.")
    record.update(submitted=int(call.now), updated=int(call.now), suspended=False)
    return dump({"warnings": []})


def suspend(call: Call) -> bytes:
    """Answer postContentDocumentSuspendSubmission: what was published is not any more; its ASINs stay."""
    record = _document(call)
    status = _status(record, call.now)
    if status != APPROVED:
        raise invalid(f"Content document {record['key']} is {status}.")
    record.update(suspended=True, updated=int(call.now))
    return dump({"warnings": []})


HANDLERS: dict[str, Handler] = {
    f"aplusContent_2020-11-01.{name}": handler
    for name, handler in (
        ("searchContentDocuments", search),
        ("createContentDocument", create),
        ("updateContentDocument", update),
        ("getContentDocument", get),
        ("listContentDocumentAsinRelations", list_asins),
        ("postContentDocumentAsinRelations", relate),
        ("validateContentDocumentAsinRelations", validate),
        ("searchContentPublishRecords", published),
        ("postContentDocumentApprovalSubmission", submit),
        ("postContentDocumentSuspendSubmission", suspend),
    )
}
