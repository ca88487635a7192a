"""What reports, feeds and queries have in common: work that waits, is processed and ends, as the clock moves.

A record holds `created`, `starts` and `ends` (seconds since the epoch), its `outcome` once that is known, and `stopped`
if it was cancelled in time. Its state follows from these and the time alone. Knows nothing of what is processed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from amzsql.simulator.accounts import Account
from amzsql.simulator.call import Call, CallError, invalid, iso, not_found
from amzsql.simulator.world import DAY, World

Record = Mapping[str, Any]
# Nothing is shown that was created before.
RETENTION = 90 * DAY
# How the ids of documents begin that Amazon makes by itself or was sent (and of what it answers to that), and go on.
MADE, SENT = "amzn1.spdoc.", "amzn1.tortuga."
_FORMS = {MADE: "1.4", SENT: "4"}
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


def past(world: World, draws: Sequence[int], age: int) -> dict[str, Any]:
    """Return what a record holds that was created some `age` before the end of history; its outcome is still open."""
    created = world.end - 300 - age + draws[0] % DAY - DAY
    return {
        "created": created,
        "starts": created + 20 + draws[4] % 60,
        "ends": created + 100 + draws[5] % 90,
        "outcome": None,
        "stopped": None,
    }


def document_id(prefix: str, account: Account, key: str | Sequence[int]) -> str:
    """Return the id of a document of an account: MADE or SENT, and a key of its own or three draws for one."""
    text = key if isinstance(key, str) else "-".join(f"{draw:08x}" for draw in key[:3])
    return f"{prefix}{_FORMS[prefix]}.{account.region.lower()}.{text}"


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
