"""What reports, feeds and queries have in common: work that waits, is processed and ends, as the clock moves.

A record holds `created`, `starts` and `ends` (seconds since the epoch), its `outcome` once that is known, and `stopped`
if it was cancelled in time. Its state follows from these and the time alone. Knows nothing of what is processed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from amzsql.simulator.call import Call, CallError, invalid, iso, not_found
from amzsql.simulator.world import DAY

Record = Mapping[str, Any]
# Nothing is shown that was created before.
RETENTION = 90 * DAY
QUEUED, RUNNING, DONE, FATAL, CANCELLED = "IN_QUEUE", "IN_PROGRESS", "DONE", "FATAL", "CANCELLED"


def state(record: Record, now: float) -> str:
    """Return the processing status at a time. After its end a record must know its outcome."""
    if record.get("stopped") is not None:
        return CANCELLED
    if now < record["starts"]:
        return QUEUED
    return RUNNING if now < record["ends"] else str(record["outcome"])


def progress(record: Record, now: float) -> dict[str, str]:
    """Return the properties that tell how far a record has come, as Amazon spells them."""
    shown = {"createdTime": iso(record["created"]), "processingStatus": state(record, now)}
    stopped = record.get("stopped")
    if now >= record["starts"] and (stopped is None or stopped >= record["starts"]):
        shown["processingStartTime"] = iso(record["starts"])
    if shown["processingStatus"] not in (QUEUED, RUNNING):
        shown["processingEndTime"] = iso(int(stopped) if stopped is not None else record["ends"])
    return shown


def stop(record: dict[str, Any], now: float, *, running: bool = False) -> None:
    """Cancel what is still in the queue, or with `running` what is not yet done; refuse anything else."""
    current = state(record, now)
    if current != QUEUED and not (running and current == RUNNING):
        raise invalid(f"It cannot be cancelled: it is {current}.")
    record["stopped"] = now


def page(
    call: Call, records: Iterable[Record], wanted: Callable[[Record], bool], settled: Callable[[Record], str]
) -> tuple[list[Record], str | None]:
    """Return a page of the records that are asked for, the latest first, and the token of the next one.

    `records` come in the order of their creation. `wanted` judges by what only this kind of record has; `settled`
    returns a record's state. What is created after the first page was read is on no page of that scan.
    """
    first, start = call.position or (call.now, 0)
    since = max(call.time("createdSince") or 0.0, call.now - RETENTION)
    until = min(call.time("createdUntil") or first, first)
    states = call.many("processingStatuses")
    found = [
        r
        for r in sorted(records, key=lambda r: r["created"])[::-1]
        if since <= r["created"] <= until and wanted(r) and (not states or settled(r) in states)
    ]
    end = start + int(call.get("pageSize") or 10)
    return found[start:end], call.pages.token(call, [first, end]) if len(found) > end else None


def of_kind(call: Call, kind: str, key: str) -> Callable[[Record], bool]:
    """Return the filter by type and marketplaces: `kind` is report or feed, `key` where a record has its type."""
    types, markets = call.many(f"{kind}Types"), set(call.many("marketplaceIds"))
    return lambda r: (not types or r[key] in types) and (not markets or bool(markets & set(r["marketplaceIds"])))


def find(records: Mapping[str, dict[str, Any]], name: str, key: str) -> dict[str, Any]:
    """Return the record of a numeric id; refuse what is no number, and what names nothing."""
    if not key.isdecimal():
        raise invalid(f"{name}: {key} is no id.")
    if key not in records:
        raise not_found(f"{name} {key}")
    return records[key]


def find_document(records: Mapping[str, dict[str, Any]], name: str, key: str, prefix: str) -> dict[str, Any]:
    """Return the record of a document's id; refuse what does not look like one, and what names nothing."""
    if not key.startswith(prefix):
        raise invalid(f"{name}: {key} is no id.")
    if key not in records:
        raise not_found(f"{name} {key}")
    return records[key]


def check_quota(call: Call, kind: str, most: int, seconds: float) -> None:
    """Refuse a call with 429 when there were `most` of its kind within the last `seconds`."""
    times = call.store.records("quota").setdefault(kind, {"times": []})["times"]
    times[:] = [t for t in times if t > call.now - seconds]
    if call.throttled and len(times) >= most:
        raise CallError(429, "QuotaExceeded", f"You exceeded your quota for {kind}.")
    times.append(call.now)
