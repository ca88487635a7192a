"""The lists of past reports and feeds: what was asked for in the last months, not the documents themselves."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, iso, not_found
from amzsql.simulator.world import DAY, MARKETS, World

_REPORTS = 60
_FEEDS = 20
_REPORT_TYPES = (
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
    "GET_MERCHANT_LISTINGS_ALL_DATA",
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA",
    "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
    "GET_SALES_AND_TRAFFIC_REPORT",
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA",
    "GET_LEDGER_DETAIL_VIEW_DATA",
)
_FEED_TYPES = ("JSON_LISTINGS_FEED", "POST_FLAT_FILE_FULFILLMENT_DATA", "UPLOAD_VAT_INVOICE")
Row = Mapping[str, Any]


@functools.lru_cache(maxsize=4)
def _reports(world: World) -> tuple[Row, ...]:
    """Every report, the latest first."""
    return tuple(_report(world, n) for n in range(_REPORTS))


def _report(world: World, number: int) -> Row:
    r = world.draws("r", number)
    created = world.end - 300 - number * 2 * DAY + r[0] % DAY - DAY
    kind = _REPORT_TYPES[r[1] % len(_REPORT_TYPES)]
    status = "IN_PROGRESS" if number == 0 else ("DONE", "DONE", "DONE", "DONE", "CANCELLED", "FATAL")[r[2] % 6]
    market = MARKETS[0 if r[3] % 4 else 1].place
    row: dict[str, Any] = {
        "marketplaceIds": [market.id],
        "reportId": str(50_000_020_000 + (_REPORTS - number) * 7 + world.seed),
        "reportType": kind,
        "dataStartTime": iso(created - 30 * DAY),
        "dataEndTime": iso(created),
    }
    return {**row, **_progress(created, status, r, "reportDocumentId")}


def _progress(created: int, status: str, r: tuple[int, ...], document: str) -> dict[str, Any]:
    row = {
        "createdTime": iso(created),
        "processingStatus": status,
        "processingStartTime": iso(created + 20 + r[4] % 60),
    }
    if status != "IN_PROGRESS":
        row["processingEndTime"] = iso(created + 100 + r[5] % 90)
    if status in ("DONE", "FATAL"):
        row[document] = f"amzn1.spdoc.1.4.na.{r[6]:08x}-{r[7]:08x}-{r[8]:08x}"
    return row


@functools.lru_cache(maxsize=4)
def _feeds(world: World) -> tuple[Row, ...]:
    """Every feed, the latest first."""
    return tuple(_feed(world, n) for n in range(_FEEDS))


def _feed(world: World, number: int) -> Row:
    r = world.draws("f", number)
    created = world.end - 300 - number * 4 * DAY + r[0] % DAY - DAY
    status = ("DONE", "DONE", "DONE", "FATAL", "CANCELLED")[r[2] % 5]
    row: dict[str, Any] = {
        "feedId": str(70_000_010_000 + (_FEEDS - number) * 11 + world.seed),
        "feedType": _FEED_TYPES[r[1] % len(_FEED_TYPES)],
        "marketplaceIds": [MARKETS[0].place.id],
    }
    return {**row, **_progress(created, status, r, "resultFeedDocumentId")}


def _list(call: Call, rows: tuple[Row, ...], kind: str, name: str) -> bytes:
    """Answer a list with the filters that both have. Rows older than 90 days are not shown."""
    since = max(call.time("createdSince") or 0.0, call.now - 90 * DAY)
    until = call.time("createdUntil") or call.now
    types, statuses = call.many(f"{kind}Types"), call.many("processingStatuses")
    markets = set(call.many("marketplaceIds"))
    found = [
        r
        for r in rows
        if (not types or r[f"{kind}Type"] in types)
        and (not statuses or r["processingStatus"] in statuses)
        and (not markets or markets & set(r["marketplaceIds"]))
        and iso(int(since)) <= r["createdTime"] <= iso(int(until))
    ]
    size, start = int(call.get("pageSize") or 10), call.position or 0
    answer: dict[str, object] = {name: found[start : start + size]}
    if len(found) > start + size:
        answer["nextToken"] = call.pages.token(call, start + size)
    return dump(answer)


def _one(rows: tuple[Row, ...], key: str, value: str) -> bytes:
    row = next((r for r in rows if r[key] == value), None)
    if row is None:
        raise not_found(f"{key} {value}")
    return dump(row)


def get_reports(call: Call) -> bytes:
    """Answer getReports."""
    return _list(call, _reports(call.world), "report", "reports")


def get_report(call: Call) -> bytes:
    """Answer getReport."""
    return _one(_reports(call.world), "reportId", call.path["reportId"])


def get_feeds(call: Call) -> bytes:
    """Answer getFeeds."""
    return _list(call, _feeds(call.world), "feed", "feeds")


def get_feed(call: Call) -> bytes:
    """Answer getFeed."""
    return _one(_feeds(call.world), "feedId", call.path["feedId"])


HANDLERS: dict[str, Handler] = {
    "reports_2021-06-30.getReports": get_reports,
    "reports_2021-06-30.getReport": get_report,
    "feeds_2021-06-30.getFeeds": get_feeds,
    "feeds_2021-06-30.getFeed": get_feed,
}
