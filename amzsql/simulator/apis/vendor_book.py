"""What Amazon orders from a vendor: purchase orders as pure functions of (seed, index), and what became of them.

Owns the records of kind "vendor-acknowledgement", by the purchase order's number. Who acknowledges what was new when
history ended is the client: such an order waits for it. Receiving follows the acknowledgement, as the clock moves.
Knows nothing of how Amazon spells a body.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from amzsql.simulator.call import Call
from amzsql.simulator.store import Store
from amzsql.simulator.world import DAY, MARKETS, Sku, World, local_price

KIND = "vendor-acknowledgement"
ORDERS = 400
_SPAN = 190 * DAY
_HOUR = 3600
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SPACE = 36**7
# Country -> (vendor codes, Amazon's warehouses).
_PLACES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "US": (("HALDN", "HALDX"), ("PHX7", "ONT8", "BFI4", "MDW2", "CLT2")),
    "CA": (("HALDC",), ("YYZ1", "YVR3")),
}
KINDS = ("RegularOrder", "RegularOrder", "RegularOrder", "RushOrder", "NewProductIntroduction", "ConsignedOrder")
NEW, ACKNOWLEDGED, CLOSED = "New", "Acknowledged", "Closed"


class Line(NamedTuple):
    """A line of a purchase order. `changed` is the quantity since Amazon changed it, None if it did not."""

    sequence: str
    sku: Sku
    quantity: int
    changed: int | None
    net: int
    price: int
    backorder: bool
    # What the vendor of the history accepts, and how much of that arrives.
    accepts: int
    arrives: int


class Order(NamedTuple):
    """A purchase order as Amazon placed it. `acknowledged` is 0 where the history ends before it is."""

    place: int
    number: str
    created: int
    changed: int
    acknowledged: int
    travel: int
    market: int
    vendor: str
    warehouse: str
    kind: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """A line at a moment: quantities in units."""

    line: Line
    ordered: int
    accepted: int
    rejected: int
    received: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A purchase order at a moment. Times are seconds since the epoch, 0 for what has not happened."""

    order: Order
    changed: int
    acknowledged: int
    received: int
    lines: tuple[Progress, ...]

    @property
    def state(self) -> str:
        """New, Acknowledged or Closed; what was rejected as a whole is closed at once."""
        if not self.acknowledged:
            return NEW
        return CLOSED if self.received or not any(p.accepted for p in self.lines) else ACKNOWLEDGED

    @property
    def state_changed(self) -> int:
        """When the state became what it is."""
        return self.received or self.acknowledged or self.order.created

    @property
    def updated(self) -> int:
        """When anything last happened to it."""
        return max(self.order.created, self.changed, self.acknowledged, self.received)


class Book:
    """The purchase orders of an account at a moment."""

    def __init__(self, world: World, store: Store, now: float) -> None:
        self._world, self._written, self._now = world, store.records(KIND), now

    @classmethod
    def of(cls, call: Call) -> Book:
        """Return the purchase orders that a call sees."""
        return cls(call.world, call.store, call.now)

    def all(self) -> Iterator[Standing]:
        """Yield the purchase orders that exist, the oldest first."""
        return (self._standing(o) for o in orders(self._world).values() if o.created <= self._now)

    def find(self, number: str) -> Standing | None:
        """Return the purchase order of that number, or None."""
        order = orders(self._world).get(number)
        return None if order is None or order.created > self._now else self._standing(order)

    def _standing(self, order: Order) -> Standing:
        written = self._written.get(order.number)
        acknowledged = written["at"] if written is not None else order.acknowledged
        acknowledged = acknowledged if acknowledged <= self._now else 0
        arrival = acknowledged + order.travel
        received = arrival if acknowledged and arrival <= self._now else 0
        changed = order.changed if order.changed <= self._now else 0
        lines = tuple(_progress(n, changed, acknowledged, received, written) for n in order.lines)
        return Standing(order, changed, acknowledged, received if any(n.accepted for n in lines) else 0, lines)


def _progress(
    line: Line, changed: int, acknowledged: int, received: int, written: Mapping[str, Any] | None
) -> Progress:
    """Return how far a line has come."""
    ordered = line.changed if changed and line.changed is not None else line.quantity
    accepted, rejected = min(line.accepts, ordered), ordered - min(line.accepts, ordered)
    if written is not None:
        accepted, rejected = written["items"].get(line.sequence, (0, 0))
    if not acknowledged:
        accepted, rejected = 0, 0
    short = line.quantity - line.arrives
    return Progress(line, ordered, accepted, rejected, max(0, accepted - short) if received else 0)


@functools.lru_cache(maxsize=8)
def orders(world: World) -> Mapping[str, Order]:
    """Return every purchase order of a world by its number, the oldest first."""
    return {o.number: o for o in (_order(world, n) for n in range(ORDERS))}


def _order(world: World, index: int) -> Order:
    r = world.draws("po", index)
    created = world.end - _SPAN + (index * 1000 + r[0] % 1000) * (_SPAN - 2 * _HOUR) // (ORDERS * 1000)
    market = world.markets[0 if r[1] % 10 else -1]
    vendors, warehouses = _PLACES.get(MARKETS[market].place.country, _PLACES["US"])
    acknowledged = created + 6 * _HOUR + r[2] % (44 * _HOUR)
    changes = r[3] % 8 == 0
    return Order(
        index,
        code(index, r[4]),
        created,
        created + 2 * _HOUR if changes else 0,
        acknowledged if acknowledged <= world.end else 0,
        6 * DAY + r[5] % (6 * DAY),
        market,
        vendors[r[6] % len(vendors)],
        warehouses[r[7] % len(warehouses)],
        KINDS[r[8] % len(KINDS)],
        tuple(_line(world, index, market, n, changes and n == 0) for n in range(1 + r[9] % 4)),
    )


def _line(world: World, index: int, market: int, position: int, changes: bool) -> Line:
    r = world.draws("pl", index * 8 + position)
    sku = world.sku((index * 31 + position * 7 + r[0] % 7) % world.sku_count)
    quantity, price = 6 * (1 + r[1] % 40), local_price(sku, market)
    accepts = (quantity, quantity, quantity, quantity, quantity, quantity // 2, 0)[r[2] % 7]
    arrives = quantity - 1 if r[3] % 12 == 0 else quantity
    changed = (0 if r[4] % 2 else quantity // 2) if changes else None
    net = MARKETS[market].round(price * (50 + r[5] % 15) // 100)
    return Line(str(position + 1), sku, quantity, changed, net, price, r[6] % 3 == 0, accepts, arrives)


def code(index: int, draw: int) -> str:
    """Return eight characters that no other index has."""
    number = (index * 36**4 + draw % 36**4) % _SPACE
    digits = ""
    for _ in range(7):
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return "7" + digits


def page(call: Call, rows: list[Any], most: int = 100) -> tuple[list[Any], dict[str, str]]:
    """Return a page of what was found, in ascending order, and the pagination that goes with it."""
    if call.get("sortOrder") == "DESC":
        rows = rows[::-1]
    start = call.position or 0
    end = start + int(call.get("limit") or most)
    return rows[start:end], {"nextToken": call.pages.token(call, end)} if len(rows) > end else {}


def within(call: Call, at: float, name: str) -> bool:
    """Tell whether a time lies in the window of the parameters `name`After (inclusive) and `name`Before."""
    after, before = call.time(f"{name}After"), call.time(f"{name}Before")
    if after is None and before is None:
        return True
    return bool(at) and (after is None or at >= after) and (before is None or at < before)
