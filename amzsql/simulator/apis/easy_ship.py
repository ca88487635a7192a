"""Easy Ship: packages that Amazon's carrier collects from the seller at a time of his choice.

The seller's orders ship when their package is picked up. Every marketplace of an account has it, which is more than
Amazon offers.
"""

from __future__ import annotations

import functools

from amzsql.simulator.call import Call, CallError, Handler, dump, iso, not_found
from amzsql.simulator.resources import Record, given
from amzsql.simulator.world import AFN, DAY, PARTIAL, UNSHIPPED, Head

from . import labels
from .order_book import Book, Package

_KIND, _SIZES = "easy-ship-package", "easy-ship-size"
_ROAD = ((0.0, "PickedUp"), (1.0, "AtOriginFC"), (2.0, "AtDestinationFC"), (2.8, "OutForDelivery"), (3.2, "Delivered"))
_SIZE = {"length": 30.0, "width": 20.0, "height": 10.0, "unit": "cm"}
_WEIGHT = {"value": 500.0, "unit": "g"}


def _refused(code: str, message: str) -> CallError:
    return CallError(400, code, message)


def _head(call: Call, order_id: str, marketplace_id: str) -> Head:
    """Return an order that the seller has to ship himself, in a marketplace."""
    market = call.market("marketplaceId", marketplace_id)
    head = Book.of(call).find(order_id)
    if head is None or head.market != market:
        raise not_found(f"order {order_id} in this marketplace")
    if head.channel == AFN or head.status not in (UNSHIPPED, PARTIAL):
        raise _refused("InvalidOrderState", f"The seller has nothing to ship of order {order_id}.")
    return head


def _body(call: Call) -> Record:
    """Return the body; the facts let it be absent, nothing can be done without it."""
    if call.body is None:
        raise _refused("InvalidInput", "The body is missing.")
    body: Record = call.body
    return body


def slots(call: Call) -> bytes:
    """Answer listHandoverSlots: three days, two hours each."""
    body = _body(call)
    _head(call, body["amazonOrderId"], body["marketplaceId"])
    size = {"packageDimensions": body["packageDimensions"], "packageWeight": body["packageWeight"]}
    call.store.records(_SIZES)[body["amazonOrderId"]] = size
    first = int(call.now) // DAY * DAY + DAY
    rows = [_slot(first + day * DAY + hour * 3600) for day in range(3) for hour in (10, 15)]
    return dump({"amazonOrderId": body["amazonOrderId"], "timeSlots": rows})


def _slot(start: int) -> Record:
    times = {"startTime": iso(start), "endTime": iso(start + 2 * 3600)}
    return {"slotId": f"slot-{start}", **times, "handoverMethod": "PICKUP"}


def _start(call: Call, slot: Record) -> int:
    """Return when a slot begins; refuse one that was not offered or is over."""
    digits = slot["slotId"].removeprefix("slot-")
    hours = (10 * 3600, 15 * 3600)
    if not digits.isdecimal() or int(digits) % DAY not in hours:
        raise _refused("InvalidTimeSlotId", f"There is no time slot {slot['slotId']}.")
    if not call.now < int(digits) < call.now + 5 * DAY:
        raise _refused("TimeSlotNotAvailable", f"The time slot {slot['slotId']} is not available.")
    return int(digits)


def create(call: Call) -> bytes:
    """Answer createScheduledPackage."""
    body = call.body
    made = _schedule(call, body["amazonOrderId"], body["marketplaceId"], body["packageDetails"])
    return dump(_shown(call, made))


def _schedule(call: Call, order_id: str, marketplace_id: str, details: Record) -> Record:
    head = _head(call, order_id, marketplace_id)
    if order_id in call.store.records(_KIND):
        raise _refused("ScheduledPackageAlreadyExists", f"Order {order_id} has a scheduled package.")
    start = _start(call, details["packageTimeSlot"])
    size = call.store.records(_SIZES).get(order_id, {"packageDimensions": _SIZE, "packageWeight": _WEIGHT})
    items = details.get("packageItems") or [{"orderItemId": f"{i.number:014}"} for i in Book.of(call).items(head)]
    made = {
        "order": order_id, "id": call.store.uuid(_KIND), "start": start, "size": size, "items": items,
        "identifier": details.get("packageIdentifier"), "market": marketplace_id, "number": head.number,
        "tracking": str(10**11 + int(call.store.text("easy-ship-tracking", 9), 16)),
    }  # fmt: skip
    call.store.records(_KIND)[order_id] = made
    call.store.later(start + 2 * 3600, functools.partial(_pick_up, Book.of(call), made, start))
    return made


def _pick_up(book: Book, package: Record, start: int) -> None:
    """Ship the order, unless the package was given another time meanwhile."""
    if package["start"] != start:
        return
    at = start + 2 * 3600
    contents = tuple((i.number, i.quantity - i.shipped) for i in book.items(book.head(package["number"])))
    sent = Package(package["id"], "Amazon Transportation", "Easy Ship", package["tracking"], at, at, contents)
    book.confirm(package["number"], sent, at)


def create_bulk(call: Call) -> bytes:
    """Answer createScheduledPackageBulk: each order by itself; one without a time gets the first there is."""
    taken: list[Record] = []
    refused: list[Record] = []
    first = _slot(int(call.now) // DAY * DAY + DAY + 10 * 3600)
    for asked in call.body["orderScheduleDetailsList"]:
        details = asked.get("packageDetails") or {"packageTimeSlot": first}
        try:
            taken.append(_schedule(call, asked["amazonOrderId"], call.body["marketplaceId"], details))
        except CallError as error:
            why = {"code": error.code, "message": error.message}
            refused.append({"amazonOrderId": asked["amazonOrderId"], "error": why})
    url = labels.url(call, "; ".join(p["tracking"] for p in taken)) if taken else None
    rows = [_shown(call, p) for p in taken]
    return dump({"scheduledPackages": rows, "rejectedOrders": refused, **given(printableDocumentsUrl=url)})


def get(call: Call) -> bytes:
    """Answer getScheduledPackage."""
    return dump(_shown(call, _found(call, call.get("amazonOrderId"), call.get("marketplaceId"))))


def _found(call: Call, order_id: str, marketplace_id: str) -> Record:
    found = call.store.records(_KIND).get(order_id)
    if found is None or found["market"] != marketplace_id:
        raise not_found(f"scheduled package of order {order_id}")
    return found


def update(call: Call) -> bytes:
    """Answer updateScheduledPackages: another time, while the package has not been picked up."""
    rows, body = [], _body(call)
    for asked in body["updatePackageDetailsList"]:
        found = _found(call, asked["scheduledPackageId"]["amazonOrderId"], body["marketplaceId"])
        if _status(call, found) != "ReadyForPickup":
            raise _refused("OrderNotEligibleForRescheduling", "The package has been picked up.")
        found["start"] = _start(call, asked["packageTimeSlot"])
        again = functools.partial(_pick_up, Book.of(call), found, found["start"])
        call.store.later(found["start"] + 2 * 3600, again)
        rows.append(_shown(call, found))
    return dump({"packages": rows})


def _status(call: Call, package: Record) -> str:
    days = (call.now - package["start"] - 2 * 3600) / DAY
    return ["ReadyForPickup", *(name for after, name in _ROAD if days >= after)][-1]


def _shown(call: Call, package: Record) -> Record:
    return {
        "scheduledPackageId": {"amazonOrderId": package["order"], "packageId": package["id"]},
        **package["size"],
        "packageItems": package["items"],
        "packageTimeSlot": _slot(package["start"]),
        **given(packageIdentifier=package["identifier"]),
        "packageStatus": _status(call, package),
        "trackingDetails": {"trackingId": package["tracking"]},
    }


HANDLERS: dict[str, Handler] = {
    "easyShip_2022-03-23.listHandoverSlots": slots,
    "easyShip_2022-03-23.createScheduledPackage": create,
    "easyShip_2022-03-23.createScheduledPackageBulk": create_bulk,
    "easyShip_2022-03-23.getScheduledPackage": get,
    "easyShip_2022-03-23.updateScheduledPackages": update,
}
