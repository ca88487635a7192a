"""Services: how much capacity a resource has, by its schedule less what is reserved.

A resource without a schedule works on weekdays from nine to five, UTC. Of a schedule that was given its first span
counts each day until its recurrence ends; which days of the week or month it names is not looked at.
"""

from __future__ import annotations

from typing import Any

from amzsql.simulator.call import Call, Handler, dump, invalid, iso, parse_time
from amzsql.simulator.resources import cut, given
from amzsql.simulator.world import DAY

from .services import RESERVATION, SCHEDULE

_HOUR = 3600
_OPENS, _CLOSES = 9 * _HOUR, 17 * _HOUR
_LONGEST = 90 * DAY
_PAGE = 100
Counts = dict[str, int]


def _window(call: Call) -> tuple[float, float]:
    first, last = parse_time(call.body["startDateTime"]), parse_time(call.body["endDateTime"])
    if last < first or last - first > _LONGEST:
        raise invalid("endDateTime must follow startDateTime by 90 days at most.")
    return first, last


def _is_scheduled(call: Call, start: float, end: float) -> bool:
    """Tell whether the resource works all of the time between."""
    kept = call.store.records(SCHEDULE).get(call.path["resourceId"])
    if kept is None:
        # The epoch began on a Thursday.
        weekday = (int(start // DAY) + 3) % 7
        return weekday < 5 and start % DAY >= _OPENS and start % DAY + (end - start) <= _CLOSES
    return any(_covers(schedule, start, end) for schedule in kept["schedules"])


def _covers(schedule: dict[str, Any], start: float, end: float) -> bool:
    """Tell whether a schedule's span, or one of its days' repetitions, holds all of the time between."""
    first, last = parse_time(schedule["startTime"]), parse_time(schedule["endTime"])
    recurrence = schedule.get("recurrence")
    days = (start - first) // DAY if recurrence and start > first else 0
    if recurrence and first + days * DAY > parse_time(recurrence["endTime"]):
        return False
    return first + days * DAY <= start and end <= last + days * DAY


def _counts(call: Call, start: float, end: float) -> Counts:
    """Return the capacities of one slot, by their type."""
    scheduled = int(_is_scheduled(call, start, end))
    reserved = sum(
        1
        for r in call.store.records(RESERVATION).values()
        if r["resource"] == call.path["resourceId"] and _overlaps(r["shown"]["availability"], start, end)
    )
    reserved = min(scheduled, reserved)
    return {
        "SCHEDULED_CAPACITY": scheduled,
        "AVAILABLE_CAPACITY": scheduled - reserved,
        "ENCUMBERED_CAPACITY": 0,
        "RESERVED_CAPACITY": reserved,
    }


def _overlaps(span: dict[str, Any], start: float, end: float) -> bool:
    return parse_time(span["startTime"]) < end and start < parse_time(span["endTime"])


def _starts(call: Call, length: int) -> range:
    """Return when the slots of a length begin that lie within the window asked for."""
    first, last = _window(call)
    return range(int(first), int(last) - length + 1, length)


def get_fixed(call: Call) -> bytes:
    """Answer getFixedSlotCapacity: slots of one length, in minutes."""
    minutes = int(call.body.get("slotDuration") or 60)
    if not 1 <= minutes <= 24 * 60:
        raise invalid("slotDuration must be between 1 and 1440.")
    wanted = call.body.get("capacityTypes") or ["SCHEDULED_CAPACITY", "AVAILABLE_CAPACITY"]
    page, token = cut(call, _starts(call, minutes * 60), _PAGE)
    rows = [{"startDateTime": iso(a), **_shown(_counts(call, a, a + minutes * 60), wanted)} for a in page]
    shown = {"resourceId": call.path["resourceId"], "slotDuration": minutes, "capacities": rows}
    return dump({**shown, **given(nextPageToken=token)})


def _shown(counts: Counts, wanted: list[str]) -> Counts:
    """Return the capacities of a slot under the names that they have there: scheduledCapacity."""
    return {f"{kind.partition('_')[0].lower()}Capacity": n for kind, n in counts.items() if kind in wanted}


def get_range(call: Call) -> bytes:
    """Answer getRangeSlotCapacity: spans of equal capacity, for each type."""
    slots = [(at, at + _HOUR, _counts(call, at, at + _HOUR)) for at in _starts(call, _HOUR)]
    kinds = call.body.get("capacityTypes") or ["SCHEDULED_CAPACITY", "AVAILABLE_CAPACITY"]
    rows = [{"capacityType": k, "slots": _merged(slots, k)} for k in dict.fromkeys(kinds)]
    return dump({"resourceId": call.path["resourceId"], "capacities": rows})


def _merged(slots: list[tuple[int, int, Counts]], kind: str) -> list[dict[str, Any]]:
    """Return slots with their neighbours of the same capacity in one."""
    merged: list[dict[str, Any]] = []
    for start, end, counts in slots:
        if merged and merged[-1]["capacity"] == counts[kind]:
            merged[-1]["endDateTime"] = iso(end)
        else:
            merged.append({"startDateTime": iso(start), "endDateTime": iso(end), "capacity": counts[kind]})
    return merged


HANDLERS: dict[str, Handler] = {
    "services.getFixedSlotCapacity": get_fixed,
    "services.getRangeSlotCapacity": get_range,
}
