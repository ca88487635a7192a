"""What the seller's doing makes of the stock at Amazon: multi-channel orders take from it, inbound shipments add to it.
In the sandbox the seller adds to it himself: records of kind ADDED, by SKU.

Orders and shipments from before the end of history are in the world's figures already. Knows nothing of requests and of
the shapes of answers. One stock serves all marketplaces of an account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from amzsql.simulator.store import Store
from amzsql.simulator.world import AFN, World

from . import inbound_plans, outbound_orders

ADDED = "sandbox-stock"


class Moved(NamedTuple):
    """How the stock of a SKU differs from the world's, in units, and when it last changed (seconds since the epoch).

    `free` may be sold, `reserved` is kept for orders, and `working`, `shipped` and `receiving` are on their way.
    """

    free: int = 0
    reserved: int = 0
    working: int = 0
    shipped: int = 0
    receiving: int = 0
    changed: int = 0

    def plus(self, other: Moved) -> Moved:
        """Return both together."""
        sums = Moved(*(a + b for a, b in zip(self, other, strict=True)))
        return sums._replace(changed=max(self.changed, other.changed))


STILL = Moved()
_NONE: Mapping[str, Moved] = MappingProxyType({})


def moved(store: Store, world: World, now: float) -> Mapping[str, Moved]:
    """Return what has moved at a moment, by SKU."""
    if not any(store.records(kind) for kind in (outbound_orders.KIND, inbound_plans.KIND, ADDED)):
        return _NONE
    found: dict[str, Moved] = {code: Moved(a["units"], changed=a["at"]) for code, a in store.records(ADDED).items()}
    for moves in (_outbound(store, world, now), _inbound(store, world, now)):
        for code, one in moves:
            found[code] = found.get(code, STILL).plus(one)
    return found


def free(store: Store, world: World, now: float) -> Callable[[str], int]:
    """Return the function that tells how much of a SKU can be promised at a moment."""

    def of(code: str) -> int:
        sku = world.sku_by_code.get(code)
        held = sku.stock if sku is not None and sku.channel == AFN else 0
        return max(0, held + moved(store, world, now).get(code, STILL).free)

    return of


def _outbound(store: Store, world: World, now: float) -> Iterator[tuple[str, Moved]]:
    for order in store.records(outbound_orders.KIND).values():
        if order["received"] < world.end:
            continue
        state = outbound_orders.status(order, now)
        if state in (outbound_orders.CANCELLED, outbound_orders.UNFULFILLABLE):
            continue
        kept = state in (*outbound_orders.OPEN, outbound_orders.PROCESSING)
        changed = outbound_orders.updated(order, now)
        for line in order["lines"]:
            yield line["sku"], Moved(-line["filled"], line["filled"] if kept else 0, changed=changed)


def _inbound(store: Store, world: World, now: float) -> Iterator[tuple[str, Moved]]:
    for plan, shipment in inbound_plans.shipments(store.records(inbound_plans.KIND)):
        if shipment["dated"] < world.end:
            continue
        state = inbound_plans.shipment_status(plan, shipment, now)
        changed = inbound_plans.updated(plan, shipment, now)
        for line in shipment["lines"]:
            yield line["msku"], _sent(line["quantity"], state)._replace(changed=changed)


def _sent(quantity: int, state: str) -> Moved:
    """Return where the units of a shipment are."""
    if state in ("WORKING", "READY_TO_SHIP"):
        return Moved(working=quantity)
    if state in ("SHIPPED", "IN_TRANSIT"):
        return Moved(shipped=quantity)
    if state in ("DELIVERED", "CHECKED_IN", "RECEIVING", "CLOSED"):
        there = inbound_plans.received(quantity, state)
        return Moved(there, receiving=quantity - there)
    return STILL
