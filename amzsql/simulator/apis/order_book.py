"""The seller's orders at a moment: the world's, and what the seller did with some of them.

Owns the records of kind "order", by the order's number: packages that were confirmed, pick-ups, verifications. The
world itself never changes; an order that was written to stands over it. Whoever reads orders reads them here; where
nothing was written that costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from amzsql.simulator.store import Store
from amzsql.simulator.world import CANCELED, PARTIAL, SHIPPED, Head, Item, World

KIND = "order"


@dataclass(frozen=True, slots=True)
class Package:
    """A package that the seller confirmed. `contents` are (order item's number, quantity)."""

    reference: str
    carrier: str
    service: str
    tracking: str
    shipped: int
    confirmed: int
    contents: tuple[tuple[int, int], ...]


class Book:
    """The orders of an account as they stand."""

    __slots__ = ("_records", "world")

    def __init__(self, world: World, store: Store) -> None:
        self.world = world
        self._records = store.records(KIND)

    @classmethod
    def of(cls, source: Any) -> Book:
        """Return the orders that a call or a maker of documents sees."""
        return cls(source.world, source.store)

    def head(self, index: int) -> Head:
        """Return an order without its items."""
        head = self.world.head(index)
        return self._current(head) if self._records else head

    def heads(self, first: int, last: int) -> Iterator[Head]:
        """Yield the orders of the indexes [first, last) without their items."""
        return map(self.head if self._records else self.world.head, range(first, last))

    def find(self, order_id: str) -> Head | None:
        """Return the order of that id, or None."""
        head = self.world.find_order(order_id)
        return head if head is None or not self._records else self._current(head)

    def items(self, head: Head) -> list[Item]:
        """Return the lines of an order with their money."""
        if not self._records or str(head.number) not in self._records:
            return self.world.items(head)
        sent = self._sent(head.number)
        items = self.world.items(self.world.head(head.number))
        done = self._record(head.number).get("pickup") == "PickedUp"
        return [
            i._replace(shipped=i.quantity if done else min(i.quantity, i.shipped + sent.get(i.number, 0)))
            for i in items
        ]

    def written(self) -> Iterator[Head]:
        """Yield the orders that were written to."""
        for number in self._records:
            yield self.head(int(number))

    def is_written(self, number: int) -> bool:
        """Tell whether an order was written to."""
        return bool(self._records) and str(number) in self._records

    def packages(self, number: int) -> tuple[Package, ...]:
        """Return the packages that the seller confirmed of an order."""
        return tuple(self._record(number).get("packages", {}).values()) if self._records else ()

    def verification(self, number: int) -> Mapping[str, Any]:
        """Return what the seller found of a regulated order; empty if he has not looked."""
        found: Mapping[str, Any] = self._record(number).get("verification", {})
        return found

    def confirm(self, number: int, package: Package, now: float) -> None:
        """Keep a confirmed package; one of the same reference is replaced."""
        self._write(number, now).setdefault("packages", {})[package.reference] = package

    def pick_up(self, number: int, status: str, now: float) -> None:
        """Keep how far the pick-up in a store has come."""
        self._write(number, now)["pickup"] = status

    def verify(self, number: int, given: Mapping[str, Any], now: float) -> None:
        """Keep what the seller found of a regulated order."""
        self._write(number, now).setdefault("verification", {}).update(given)

    def _record(self, number: int) -> Mapping[str, Any]:
        return self._records.get(str(number), {})

    def _write(self, number: int, now: float) -> dict[str, Any]:
        record = self._records.setdefault(str(number), {})
        record["updated"] = int(now)
        return record

    def _sent(self, number: int) -> dict[int, int]:
        sent: dict[int, int] = {}
        for package in self.packages(number):
            for item, quantity in package.contents:
                sent[item] = sent.get(item, 0) + quantity
        return sent

    def _current(self, head: Head) -> Head:
        record = self._records.get(str(head.number))
        if record is None:
            return head
        status, shipped, pickup = head.status, head.shipped, record.get("pickup")
        packages = self.packages(head.number)
        if packages:
            left = any(i.shipped < i.quantity for i in self.items(head))
            status, shipped = (PARTIAL if left else SHIPPED), shipped or min(p.shipped for p in packages)
        if pickup == "PickedUp":
            status, shipped = SHIPPED, shipped or record["updated"]
        elif pickup == "RefusedPickup":
            status = CANCELED
        return head._replace(status=status, shipped=shipped, updated=record["updated"])
