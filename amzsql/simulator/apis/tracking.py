"""Tracking: where freight is, by any of the numbers that it goes by.

A shipment follows from its number alone; its milestones pass as the clock moves. That a number was ever given out is
not asked: Amazon's numbers come from carriers, which are not here.
"""

from __future__ import annotations

import hashlib
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, invalid, iso
from amzsql.simulator.world import DAY, MARKETS

_KEYS = ("id", "acsin", "aftn", "containerNumber", "houseBillOfLadingNumber")
_NUMBER, _CARRIER = "carrierTracking.trackingNumber", "carrierTracking.carrierCode"
# Milestone, what it means, days after the booking.
_STEPS = (
    ("BOOKING_RECEIVED", "The booking was received", 0),
    ("BOOKING_CONFIRMED", "The booking was confirmed", 1),
    ("PICKED_UP", "The freight was picked up", 3),
    ("DEPARTED", "The freight left", 5),
    ("ARRIVED", "The freight arrived", 19),
    ("CUSTOMS_CLEARED", "The customs let it pass", 21),
    ("DELIVERED", "The freight was delivered", 24),
)


def get_tracking(call: Call) -> bytes:
    """Answer getShipmentTracking: by exactly one number; a carrier's number comes with the carrier or without."""
    given = [n for n in (*_KEYS, _NUMBER) if call.get(n)]
    if len(given) != 1:
        raise invalid(f"Exactly one of {', '.join((*_KEYS, _NUMBER))} is wanted.")
    number = call.get(given[0])
    digest = hashlib.blake2b(f"{call.world.seed} {number}".encode(), digest_size=8).digest()
    # Whatever is asked for is under way, or was lately.
    booked = call.world.end - (2 + digest[0] % 30) * DAY + digest[1] * 60
    passed = [_milestone(call, step, booked) for step in _STEPS if booked + step[2] * DAY <= call.now]
    detail: dict[str, Any] = {
        "identifier": _identifier(call, given[0], number),
        "trackingEstimates": [_estimate(booked + _STEPS[-1][2] * DAY, booked)],
        "milestoneHistory": passed,
    }
    if passed:
        detail["latestMilestone"] = passed[-1]
    return dump({"trackingDetail": detail})


def _identifier(call: Call, name: str, number: str) -> dict[str, Any]:
    if name != _NUMBER:
        return {name: number}
    carrier = {"carrierCode": call.get(_CARRIER)} if call.get(_CARRIER) else {}
    return {"carrierTracking": {"trackingNumber": number, **carrier}}


def _milestone(call: Call, step: tuple[str, str, int], booked: int) -> dict[str, Any]:
    code, description, days = step
    place = MARKETS[call.world.markets[0]]
    city, region, _ = place.addresses[0]
    where = {"city": city, "region": region, "countryCode": place.place.country}
    status = {"code": code, "description": description}
    return {"status": status, "location": {"address": where}, "occurredAt": iso(booked + days * DAY)}


def _estimate(at: int, updated: int) -> dict[str, Any]:
    interval = {"startTime": iso(at - DAY), "endTime": iso(at + DAY)}
    return {"type": "ESTIMATED_DELIVERY_DATE", "estimatedInterval": interval, "lastUpdatedTime": iso(updated)}


HANDLERS: dict[str, Handler] = {"tracking_2026-01-30.getShipmentTracking": get_tracking}
