"""Multi-channel orders that Amazon ships for the seller: what was asked for, and how far it has come at a moment.

Both versions of the API show the same orders. An order is received, planned, processed and shipped as the clock moves;
one on hold waits. Knows nothing of requests and of how a version spells a body. Times are seconds since the epoch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from amzsql.simulator.accounts import Account
from amzsql.simulator.resources import seeded
from amzsql.simulator.store import Records, Store
from amzsql.simulator.world import AFN, DAY, MARKETS, World

Record = dict[str, Any]
KIND = "outbound-order"
RECEIVED, PLANNING, PROCESSING, COMPLETE = "Received", "Planning", "Processing", "Complete"
PARTIAL, CANCELLED, UNFULFILLABLE = "CompletePartialled", "Cancelled", "Unfulfillable"
OPEN = (RECEIVED, PLANNING)
# Speed -> (days until it ships, days until it is there).
SPEEDS = {"Standard": (1, 5), "Expedited": (1, 3), "Priority": (0, 2), "ScheduledDelivery": (2, 7)}
_PLANNED, _PROCESSED = 60, 600
_HISTORY = 24
# Share of the way -> (status of a package, event, what it says).
_ROAD = (
    (0.0, ("IN_TRANSIT", "EVENT_202", "Departed from the fulfillment center")),
    (0.8, ("OUT_FOR_DELIVERY", "EVENT_302", "Out for delivery")),
    (1.0, ("DELIVERED", "EVENT_301", "Delivered")),
)


def orders(store: Store, world: World, account: Account) -> Records:
    """Return the account's orders by the seller's ids, those of the past among them."""
    return seeded(store, KIND, lambda: _history(store, world, account))


def add(store: Store, order: Record, now: float, free: Callable[[str], int]) -> Record:
    """Keep an order and plan its only shipment: of each line what is in stock, nothing if all or none was asked for.

    `free` tells how much of a SKU can be promised.
    """
    made = {
        **order, "received": int(now), "released": None if order["action"] == "Hold" else int(now), "cancelled": None,
        "changed": int(now), "returns": [], "shipment": store.text("outbound-shipment", 9).upper(),
        "package": 900_000_000 + store.count("outbound-package"),
        "tracking": "TBA" + str(310_000_000_000 + int(store.text("outbound-tracking", 9), 16)),
    }  # fmt: skip
    plan(made, free)
    store.records(KIND)[order["id"]] = made
    return made


def plan(order: Record, free: Callable[[str], int]) -> None:
    """Set what of each line can be sent; what the order had before can be promised again."""
    for line in order["lines"]:
        line["filled"] = 0
    left = {code: free(code) for code in {line["sku"] for line in order["lines"]}}
    for line in order["lines"]:
        line["filled"] = min(line["quantity"], left[line["sku"]])
        left[line["sku"]] -= line["filled"]
    short = any(line["filled"] < line["quantity"] for line in order["lines"])
    if short and order["policy"] != "FillAllAvailable":
        for line in order["lines"]:
            line["filled"] = 0


def status(order: Record, now: float) -> str:
    """Return an order's status, in the words of the older version."""
    return history(order, now)[-1][1]


def updated(order: Record, now: float) -> int:
    """Return when the status of an order, or the order, was last changed."""
    return int(max(history(order, now)[-1][0], order["changed"]))


def history(order: Record, now: float) -> list[tuple[int, str]]:
    """Return (time, status) of all that an order has been."""
    found, begun = [(order["received"], RECEIVED)], order["released"]
    if begun is not None:
        found.append((begun + _PLANNED, PLANNING))
        filled, wanted = (sum(line[n] for line in order["lines"]) for n in ("filled", "quantity"))
        if not filled:
            found.append((begun + _PROCESSED, UNFULFILLABLE))
        else:
            found.append((begun + _PROCESSED, PROCESSING))
            found.append((shipped(order), COMPLETE if filled == wanted else PARTIAL))
    if order["cancelled"] is not None:
        found = [f for f in found if f[0] < order["cancelled"]] or found[:1]
        found.append((order["cancelled"], CANCELLED))
    if "set" in order:
        # The sandbox was told what the order is; from then on the clock does not change it.
        found = [*(f for f in found if f[0] < order["set"][0]), order["set"]]
    return [f for f in found if f[0] <= now] or found[:1]


def shipped(order: Record) -> int:
    """Return when an order that was released leaves."""
    if "set" in order and order["set"][1] in (COMPLETE, PARTIAL):
        return int(order["set"][0])
    return _begun(order) + SPEEDS[order["speed"]][0] * DAY + 6 * 3600


def arrives(order: Record) -> int:
    """Return when an order that was released is delivered."""
    return max(_begun(order) + SPEEDS[order["speed"]][1] * DAY, shipped(order))


def _begun(order: Record) -> int:
    """Return when an order was released; one that waits could only be sent on from when it was received."""
    return int(order["received"] if order["released"] is None else order["released"])


def is_sent(order: Record, now: float) -> bool:
    """Tell whether an order has left."""
    return status(order, now) in (COMPLETE, PARTIAL)


def package_id(order: Record) -> str:
    """Return the id that the newer version gives an order's package."""
    return f"PKG-{order['package']}"


def has_shipment(order: Record, now: float) -> bool:
    """Tell whether there is a shipment to be shown."""
    return status(order, now) in (PROCESSING, COMPLETE, PARTIAL)


def events(order: Record, now: float) -> list[tuple[int, str, str, str]]:
    """Return (time, package's status, event, text) of what happened to an order's package, the first first."""
    if not is_sent(order, now):
        return []
    left, whole = shipped(order), arrives(order) - shipped(order)
    road = [(left + math.floor(part * whole), what) for part, what in _ROAD]
    return [(at, state, event, text) for at, (state, event, text) in road if at <= now]


def by_package(kept: Records, number: int, now: float) -> Record | None:
    """Return the order whose package has a number, None if it has not left."""
    return next((o for o in kept.values() if o["package"] == number and is_sent(o, now)), None)


def returned(item: Record, now: float) -> str:
    """Return the status of a returned item: Amazon has it after a week."""
    return "Processed" if now >= item["asked"] + 7 * DAY else "New"


def sort(rows: Iterable[Record]) -> list[Record]:
    """Return orders, the latest first."""
    return sorted(rows, key=lambda o: (-o["received"], o["id"]))


def _history(store: Store, world: World, account: Account) -> None:
    """Make the orders of the last two months."""
    market = world.markets[0]
    skus = [s for s in world.skus() if s.channel == AFN and world.sold_in(s.number, market) and s.stock > 9]
    place = MARKETS[market]
    for n in range(_HISTORY):
        r = world.draws("outbound", n)
        city, state, postcode = place.addresses[r[1] % len(place.addresses)]
        address = {
            "name": "Robin Marsh", "addressLine1": f"{1 + r[2] % 900} Mill Lane", "city": city, "postalCode": postcode,
            "countryCode": account.home.country, **({"stateOrRegion": state} if state else {}),
        }  # fmt: skip
        lines = [
            {"id": f"line-{k + 1}", "sku": skus[(n * 5 + k) % len(skus)].code, "quantity": 1 + r[3 + k] % 3, "more": {}}
            for k in range(1 + r[8] % 2)
        ]
        made = world.end - (_HISTORY - n) * 5 * DAY // 2 - r[0] % DAY
        key = f"SHOP-{1001 + n}"
        order = add(store, {
            "id": key, "market": market, "speed": list(SPEEDS)[r[9] % 3], "action": "Ship", "policy": "FillOrKill",
            "address": address, "display": key, "dated": made, "comment": "Thank you for your order.", "lines": lines,
            "channel": "OWN_SHOP", "more": {},
        }, made, lambda code: world.sku_by_code[code].stock)  # fmt: skip
        if n % 9 == 4:
            order["cancelled"] = made + 300
