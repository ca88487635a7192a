"""What customers order from Amazon and a vendor ships: the vendor's own orders of the world, and what became of them.

Such an order is one of the world's that the partner ships itself. Owns the records of kind "direct-order", by the
purchase order's number: what was acknowledged, labelled and shipped. Both versions of the APIs read here. Knows nothing
of how Amazon spells a body.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from amzsql.simulator.call import Call
from amzsql.simulator.store import Store
from amzsql.simulator.world import CANCELED, DAY, MFN, PARTIAL, SHIPPED, Head, World

KIND = "direct-order"
NEW, ACCEPTED, DELIVERED, CANCELLED = "NEW", "ACCEPTED", "SHIPPED", "CANCELLED"
VENDOR = "HALDN"
WAREHOUSES = ("HALW1", "HALW2")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SPACE = 36**8
_FACTOR, _SHIFT = 1_299_709_000_027, 982_451_653
_INVERSE = pow(_FACTOR, -1, _SPACE)
# A label is made so long after its order came.
_LABELLED = 3600
# No order is shipped later than this after it came.
_SLOWEST = 4 * DAY


@dataclass(frozen=True, slots=True)
class Order:
    """An order at a moment. `labelled` and `shipped` are seconds since the epoch, 0 for what has not happened.

    `containers` are those that the vendor packed, as it told them; empty where it told none.
    """

    head: Head
    number: str
    status: str
    labelled: int
    shipped: int
    containers: tuple[dict[str, Any], ...]

    @property
    def warehouse(self) -> str:
        """The vendor's warehouse that ships it."""
        return WAREHOUSES[(self.head.draws[14] >> 9) % len(WAREHOUSES)]


class Book:
    """The orders that a vendor ships to customers, as they stand."""

    def __init__(self, world: World, store: Store) -> None:
        self._world, self._written = world, store.records(KIND)

    @classmethod
    def of(cls, call: Call) -> Book:
        """Return the orders that a call sees."""
        return cls(call.world, call.store)

    def find(self, number: str) -> Order | None:
        """Return the order of a purchase order's number, or None."""
        index = _index(number)
        if index is None or index >= self._world.orders:
            return None
        head = self._world.head(index)
        return self._order(head) if head.channel == MFN else None

    def between(
        self, after: float, before: float, *, descending: bool = False, start: int | None = None
    ) -> Iterator[Order]:
        """Yield the orders created within [after, before), the oldest first, from the world's order `start` on."""
        first, last = self._world.first_created(after), self._world.first_created(before)
        if descending:
            indexes = range(last - 1 if start is None else start, first - 1, -1)
        else:
            indexes = range(first if start is None else start, last)
        for index in indexes:
            head = self._world.head(index)
            if head.channel == MFN:
                yield self._order(head)

    def labelled(self, after: float, before: float) -> list[Order]:
        """Return the orders whose labels were made within [after, before), by that time."""
        found = {o.number: o for o in self.between(after - _LABELLED, before)}
        found.update({o.number: o for o in self._touched()})
        return sorted((o for o in found.values() if after <= o.labelled < before), key=lambda o: o.labelled)

    def shipped(self, after: float, before: float) -> list[Order]:
        """Return the orders that were shipped within [after, before), by that time."""
        found = {o.number: o for o in self.between(after - _SLOWEST, before)}
        found.update({o.number: o for o in self._touched()})
        return sorted((o for o in found.values() if o.shipped and after <= o.shipped < before), key=lambda o: o.shipped)

    def write(self, order: Order, **changes: Any) -> None:
        """Keep what the vendor did with an order."""
        self._written.setdefault(order.number, {}).update(changes)

    def _touched(self) -> Iterator[Order]:
        return (o for o in map(self.find, list(self._written)) if o is not None)

    def _order(self, head: Head) -> Order:
        number = number_of(head.number)
        status = _status(head)
        ready = status in (ACCEPTED, DELIVERED)
        written = self._written.get(number, {})
        return Order(
            head,
            number,
            written.get("status", status),
            written.get("labelled", head.created + _LABELLED if ready else 0),
            written.get("shipped", head.shipped if status == DELIVERED else 0),
            tuple(written.get("containers", ())),
        )


def _status(head: Head) -> str:
    """Return how far the vendor of the history has come with an order."""
    if head.status == CANCELED:
        return CANCELLED
    if head.status in (SHIPPED, PARTIAL):
        return DELIVERED
    return ACCEPTED if (head.draws[14] >> 5) & 1 else NEW


def number_of(index: int) -> str:
    """Return the number of the purchase order for an order of the world: a letter and eight others."""
    number = (index * _FACTOR + _SHIFT) % _SPACE
    digits = ""
    for _ in range(8):
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return "D" + digits


def _index(number: str) -> int | None:
    """Return the order of the world that a purchase order is for, None if its number does not look like one."""
    if len(number) != 9 or number[0] != "D" or not set(number[1:]) <= set(_DIGITS):
        return None
    return (int(number[1:], 36) - _SHIFT) * _INVERSE % _SPACE
