"""Reports 2021-06-30: orders, schedules, states on the clock, and the addresses of documents.

A report becomes what its document says: without data it is CANCELLED. Before anything was ordered there is a history of
past reports, drawn from the seed. What a document holds is the business of `simulator.reports`.
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
from collections.abc import Mapping
from typing import Any

from amzsql.simulator.call import Call, Handler, denied, dump, iso, not_found, parse_time
from amzsql.simulator.documents import Maker, Partner, url
from amzsql.simulator.http import Answer
from amzsql.simulator.reports import Document, document
from amzsql.simulator.store import Store
from amzsql.simulator.world import DAY, MARKETS, World
from amzsql.spapi.document_types import report_types

from . import finances
from .order_book import Book
from .queued import (
    CANCELLED,
    DONE,
    FATAL,
    MADE,
    Record,
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
from .report_calendar import calendar_reports
from .report_orders import (
    DOCUMENT,
    KIND,
    after,
    check_markets,
    check_options,
    check_type,
    complaint,
    enqueue,
    may_read,
    repeated,
    upcoming,
    window,
)

_SCHEDULE = "report-schedule"
# The same document, told to be unpacked by whoever downloads it.
_UNPACKED = "report-document-encoded"
_CALENDAR = "report-calendar"
_SHELF = "report-shelf"
# Documents of so many bytes are kept as they are handed out; the oldest give way, and are made again if asked for.
_KEPT = 64 << 20
_HISTORY = 60
_TYPES = {
    "seller": (
        "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
        "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
        "GET_MERCHANT_LISTINGS_ALL_DATA",
        "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA",
        "GET_FBA_REIMBURSEMENTS_DATA",
        "GET_SALES_AND_TRAFFIC_REPORT",
        "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA",
        "GET_LEDGER_DETAIL_VIEW_DATA",
    ),
    "vendor": (
        "GET_VENDOR_SALES_REPORT",
        "GET_VENDOR_INVENTORY_REPORT",
        "GET_VENDOR_TRAFFIC_REPORT",
        "GET_VENDOR_FORECASTING_REPORT",
    ),
}
# These tell what is there, not what happened: they have data at any time.
_SNAPSHOTS = (
    "GET_MERCHANT_LISTINGS_ALL_DATA",
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA",
    "GET_VENDOR_FORECASTING_REPORT",
)
_SETTLEMENTS = (
    "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
    "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE",
    "GET_V2_SETTLEMENT_REPORT_DATA_XML",
)
# 2026-11-11: the older two are made no more.
_REMOVED = 1_794_355_200
# Seconds that a settlement takes when its last transaction is known.
_CLOSING = 3600
_STATES = (DONE, DONE, DONE, DONE, CANCELLED, FATAL)


# Reports


def create_report(call: Call) -> bytes:
    """Answer createReport."""
    body = call.body
    kind = check_type(call, body["reportType"], "request")
    options = body.get("reportOptions") or {}
    check_markets(call, body["marketplaceIds"])
    check_options(call, kind, options)
    start, end, outcome = window(call, kind, body)
    partner, now = _partner(call), int(call.now)
    given = (body.get("dataStartTime"), body.get("dataEndTime"))
    key = (kind.name, sorted(body["marketplaceIds"]), sorted(options.items()), given)
    if not outcome and repeated(partner, kind, key, call.now):
        outcome = CANCELLED
    details = {
        "marketplaceIds": list(body["marketplaceIds"]),
        "dataStartTime": iso(start),
        "dataEndTime": iso(end),
        "reportOptions": dict(options),
        "key": key,
    }
    report_id = enqueue(partner, kind, details, now, outcome)
    record = call.store.records(KIND)[report_id]
    record["complaint"] = complaint(kind, options, start, end, call.now)
    # What is on offer at the end counts, not at the moment when somebody looks.
    call.store.later(record["ends"], lambda: _decide(partner, record))
    return dump({"reportId": report_id})


def get_reports(call: Call) -> bytes:
    """Answer getReports."""
    partner = _partner(call)
    records = [r for r in _records(call).values() if may_read(call.account, report_types()[r["reportType"]])]
    found, token = page(call, records, of_kind(call, "report", "reportType"), lambda r: _state(partner, r))
    answer: dict[str, object] = {"reports": [_shown(partner, r) for r in found]}
    return dump(answer | ({"nextToken": token} if token else {}))


def get_report(call: Call) -> bytes:
    """Answer getReport."""
    return dump(_shown(_partner(call), find(_records(call), "reportId", call.path["reportId"])))


def cancel_report(call: Call) -> bytes:
    """Answer cancelReport: only what is still in the queue can be cancelled."""
    record = find(_records(call), "reportId", call.path["reportId"])
    _state(_partner(call), record)
    stop(record, call.now)
    return b""


def get_report_document(call: Call) -> bytes:
    """Answer getReportDocument; documents of restricted types only with a restricted data token."""
    partner, key = _partner(call), call.path["reportDocumentId"]
    record = find_document(_documents(partner), "reportDocumentId", key, MADE)
    if _state(partner, record) not in (DONE, FATAL):
        raise not_found(f"reportDocumentId {key}")
    kind = report_types()[record["reportType"]]
    if not may_read(call.account, kind) or (kind.restricted and call.pii is None):
        raise denied()
    found = _content(partner, record)
    unpacked = found.gzip and call.flag("enableContentEncodingUrlHeader")
    answer = {"reportDocumentId": key, "url": url(call, _UNPACKED if unpacked else DOCUMENT, key)}
    return dump(answer | ({"compressionAlgorithm": "GZIP"} if found.gzip else {}))


def _partner(call: Call) -> Partner:
    return Partner(call.account, call.world, call.store, call.now)


def _records(source: Call | Partner) -> dict[str, dict[str, Any]]:
    """Return every report by id, in the order of creation."""
    last = int(source.now - finances.LATE - _CLOSING) // finances.PERIOD
    settled = _paid(source, _settlements(source.world, last))
    return {**_history(source.world), **settled, **_calendar(source), **source.store.records(KIND)}


def _calendar(source: Call | Partner) -> dict[str, dict[str, Any]]:
    """Return reports of months, quarters and years; what became of each is found out when it is looked at."""
    kept, made = source.store.records(_CALENDAR), calendar_reports(source.world, int(source.now) // DAY)
    return {key: kept.setdefault(key, dict(record)) for key, record in made.items()}


def _paid(source: Call | Partner, made: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return reports of settlements; those are there too that hold nothing but what the seller shipped meanwhile."""
    book = Book.of(source)
    if next(book.written(), None) is None:
        return made
    empty = [r for r in made.values() if r["outcome"] == CANCELLED]
    late = [r for r in empty if finances.Ledger(book, r["ends"]).settled(*r["period"])]
    return {**made, **{r["reportId"]: {**r, "outcome": DONE} for r in late}}


def _documents(partner: Partner) -> dict[str, dict[str, Any]]:
    """Return every report by the id of its document."""
    return {r["document"]: r for r in _records(partner).values()}


def _shown(partner: Partner, record: Record) -> dict[str, Any]:
    """Return a report as Amazon shows it."""
    now_state = _state(partner, record)
    names = ("marketplaceIds", "reportId", "reportType", "dataStartTime", "dataEndTime", "reportScheduleId")
    row = {n: record[n] for n in names if n in record}
    row |= progress(record, partner.now)
    if now_state in (DONE, FATAL):
        row["reportDocumentId"] = record["document"]
    return row


def _state(partner: Partner, record: Record) -> str:
    if partner.now >= record["ends"]:
        _decide(partner, record)
    return state(record, partner.now)


def _decide(partner: Partner, record: Any) -> None:
    """Find out what became of a report that has ended: without data it is CANCELLED."""
    if record["outcome"] is not None or record["stopped"] is not None:
        return
    if record["complaint"]:
        record["outcome"] = FATAL
        return
    found = document(_then(partner, record), record)
    record["outcome"] = CANCELLED if found is None else DONE
    if found is not None:
        _keep(partner.store, record["document"], _packed(found))


def _then(partner: Partner, record: Record) -> Partner:
    """Return the partner as it stood when a report was made."""
    return Partner(partner.account, partner.world, partner.store, min(partner.now, record["ends"]))


def _packed(found: Document) -> Document:
    """Return a document with the body that is handed out."""
    return dataclasses.replace(found, body=gzip.compress(found.body, 6, mtime=0)) if found.gzip else found


def _keep(store: Store, key: str, found: Document) -> None:
    shelf = store.records(_SHELF)
    shelf[key] = {"document": found}
    while sum(len(kept["document"].body) for kept in shelf.values()) > _KEPT:
        del shelf[next(iter(shelf))]


def _content(partner: Partner, record: Record) -> Document:
    """Return the document of a report that has ended, as it is handed out; that of a FATAL one says why."""
    if record["outcome"] == FATAL:
        why = record["complaint"] or "The report could not be made."
        return Document(dump({"errorDetails": why}), "application/json", False, "UTF-8")
    kept = partner.store.records(_SHELF).get(record["document"])
    if kept is not None:
        found: Document = kept["document"]
        return found
    made = _packed(document(_then(partner, record), record) or Document(b"", "text/plain", False, "UTF-8"))
    _keep(partner.store, record["document"], made)
    return made


def _download(partner: Partner, key: str, *, unpacked: bool = False) -> Answer | None:
    record = _documents(partner).get(key)
    if record is None or _state(partner, record) not in (DONE, FATAL):
        return None
    found = _content(partner, record)
    headers = (("Content-Encoding", "gzip"),) if unpacked and found.gzip else ()
    return Answer(200, found.body, headers, content_type=_media_type(found))


def _media_type(found: Document) -> str:
    return f"{found.content_type};charset={found.charset}" if found.charset else found.content_type


# Schedules


def create_report_schedule(call: Call) -> bytes:
    """Answer createReportSchedule: it takes the place of the one for the same type and marketplaces."""
    body = call.body
    kind = check_type(call, body["reportType"], "schedule")
    check_markets(call, body["marketplaceIds"])
    check_options(call, kind, body.get("reportOptions") or {})
    schedules, now = call.store.records(_SCHEDULE), int(call.now)
    for other in schedules.values():
        same = sorted(other["marketplaceIds"]) == sorted(body["marketplaceIds"])
        other["active"] &= not (same and _alike(other["reportType"], kind.name))
    given = body.get("nextReportCreationTime")
    first = next(upcoming(int(parse_time(given)) if given else now, body["period"], call.now))
    schedule_id = call.account.id_of(60_000_010_000 + call.store.count(_SCHEDULE) * 3 + call.world.seed)
    schedule = {
        "reportScheduleId": schedule_id,
        "reportType": kind.name,
        "marketplaceIds": list(body["marketplaceIds"]),
        "reportOptions": dict(body.get("reportOptions") or {}),
        "period": body["period"],
        "next": first,
        "last": now,
        "active": True,
    }
    schedules[schedule_id] = schedule
    call.store.later(first, functools.partial(_make, _partner(call), schedule))
    return dump({"reportScheduleId": schedule_id})


def _alike(one: str, other: str) -> bool:
    """Tell whether two types share a schedule: of an order report as XML and as a flat file there is only one."""
    return one.replace("GET_FLAT_FILE_", "GET_") == other.replace("GET_FLAT_FILE_", "GET_")


def _make(partner: Partner, schedule: dict[str, Any]) -> None:
    """Make the report that a schedule has come to, and wait for the next one."""
    if not schedule["active"]:
        return
    at = schedule["next"]
    details = {
        "marketplaceIds": schedule["marketplaceIds"],
        "dataStartTime": iso(min(schedule["last"], at)),
        "dataEndTime": iso(at),
        "reportOptions": schedule["reportOptions"],
        "reportScheduleId": schedule["reportScheduleId"],
    }
    enqueue(partner, report_types()[schedule["reportType"]], details, at)
    schedule["last"], schedule["next"] = at, after(at, schedule["period"])
    partner.store.later(schedule["next"], functools.partial(_make, partner, schedule))


def get_report_schedules(call: Call) -> bytes:
    """Answer getReportSchedules."""
    types = call.many("reportTypes")
    active = [s for s in call.store.records(_SCHEDULE).values() if s["active"]]
    return dump({"reportSchedules": [_schedule(s) for s in active if s["reportType"] in types]})


def get_report_schedule(call: Call) -> bytes:
    """Answer getReportSchedule."""
    return dump(_schedule(_active(call)))


def cancel_report_schedule(call: Call) -> bytes:
    """Answer cancelReportSchedule: what it made stays."""
    _active(call)["active"] = False
    return b""


def _active(call: Call) -> dict[str, Any]:
    key = call.path["reportScheduleId"]
    schedule = find(call.store.records(_SCHEDULE), "reportScheduleId", key)
    if not schedule["active"]:
        raise not_found(f"reportScheduleId {key}")
    return schedule


def _schedule(schedule: Mapping[str, Any]) -> dict[str, Any]:
    names = ("reportScheduleId", "reportType", "marketplaceIds", "reportOptions", "period")
    return {n: schedule[n] for n in names} | {"nextReportCreationTime": iso(schedule["next"])}


# What there was before


@functools.lru_cache(maxsize=8)
def _history(world: World) -> dict[str, dict[str, Any]]:
    """Return the past reports by id, in the order of their creation."""
    rows = (_past(world, n) for n in reversed(range(_HISTORY)))
    return {r["reportId"]: r for r in rows}


def _past(world: World, number: int) -> dict[str, Any]:
    r, types = world.draws("r", number), _TYPES[world.account.kind]
    known = past(world, r, number * 2 * DAY)
    created = known["created"]
    kind = report_types()[types[r[1] % len(types)]]
    outcome = _STATES[r[2] % 6] if number else DONE
    if outcome == DONE and kind.name not in _SNAPSHOTS and created < world.start + 3 * DAY:
        outcome = CANCELLED
    return {
        **known,
        "marketplaceIds": [MARKETS[world.markets[0 if r[3] % 4 else 1]].place.id],
        "reportId": world.account.id_of(50_000_020_000 + (_HISTORY - number) * 7 + world.seed),
        "reportType": kind.name,
        "dataStartTime": iso(created - 30 * DAY),
        "dataEndTime": iso(created),
        "reportOptions": {o.name: o.values[0] for o in kind.options if o.required},
        # The latest is still being made.
        "ends": known["ends"] if number else world.end + 900,
        "outcome": outcome,
        "complaint": "",
        "document": document_id(MADE, world.account, r[6:]),
    }


@functools.lru_cache(maxsize=8)
def _settlements(world: World, last: int) -> dict[str, dict[str, Any]]:
    """Return what Amazon makes by itself: reports of every settlement period that ended before the `last` one begins.

    They come when the last transactions of the period show.
    """
    if world.account.kind != "seller":
        return {}
    ended = [p for p in finances.periods(world, last * finances.PERIOD).values() if p[1] < last * finances.PERIOD]
    rows = (_settlement(world, *period, n) for period in ended for n in range(len(_SETTLEMENTS)))
    return {r["reportId"]: r for r in rows if r["created"] < _REMOVED or r["reportType"] == _SETTLEMENTS[0]}


def _settlement(world: World, market: int, start: int, number: int) -> dict[str, Any]:
    end = start + finances.PERIOD
    created = end + finances.LATE + _CLOSING
    key = (start // finances.PERIOD * len(MARKETS) + market) * len(_SETTLEMENTS) + number
    r = world.draws("sr", key)
    entries = finances.posted_between(world, start - finances.DEFERRED, end)
    return {
        "marketplaceIds": [MARKETS[market].place.id],
        "reportId": world.account.id_of(51_000_000_000 + key * 7 + world.seed % 7),
        "reportType": _SETTLEMENTS[number],
        "dataStartTime": iso(start),
        "dataEndTime": iso(end),
        "reportOptions": {},
        "created": created,
        "starts": created,
        "ends": created,
        "outcome": DONE if any(e.market == market and start <= e.settled < end for e in entries) else CANCELLED,
        "complaint": "",
        "stopped": None,
        "document": document_id(MADE, world.account, r),
        "period": (market, start),
    }


HANDLERS: dict[str, Handler] = {
    "reports_2021-06-30.createReport": create_report,
    "reports_2021-06-30.getReports": get_reports,
    "reports_2021-06-30.getReport": get_report,
    "reports_2021-06-30.cancelReport": cancel_report,
    "reports_2021-06-30.getReportDocument": get_report_document,
    "reports_2021-06-30.createReportSchedule": create_report_schedule,
    "reports_2021-06-30.getReportSchedules": get_report_schedules,
    "reports_2021-06-30.getReportSchedule": get_report_schedule,
    "reports_2021-06-30.cancelReportSchedule": cancel_report_schedule,
}
DOCUMENTS: dict[str, Maker] = {DOCUMENT: _download, _UNPACKED: functools.partial(_download, unpacked=True)}
