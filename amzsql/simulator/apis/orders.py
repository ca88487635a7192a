"""Which orders a search finds, page by page; shared by both versions of the Orders API."""

from __future__ import annotations

import functools
import itertools
import math
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from amzsql.simulator.call import Call, invalid
from amzsql.simulator.world import CANCELED, DAY, MARKETS, PENDING, SHIPPED, Head, Item, World

from .order_book import Book

Wanted = Callable[[Head], bool]


@dataclass(frozen=True, slots=True)
class Search:
    """A search for orders. `before` is exclusive; `updated` says which of the two times is meant."""

    updated: bool
    after: float
    before: float
    markets: frozenset[int]
    statuses: frozenset[int]
    channels: frozenset[int]

    def wants(self, head: Head) -> bool:
        """Tell whether an order passes the filters other than time."""
        return (
            (not self.markets or head.market in self.markets)
            and (not self.statuses or head.status in self.statuses)
            and (not self.channels or head.channel in self.channels)
        )


def bounds(call: Call, names: tuple[str, str, str, str], inclusive: bool) -> tuple[bool, float, float]:
    """Return (updated, after, before) of a search by its four time parameters; `before` is exclusive.

    Without an upper bound Amazon takes two minutes ago.
    """
    updated = bool(call.get(names[2]))
    after, before = call.time(names[2 if updated else 0]), call.time(names[3 if updated else 1])
    if after is None:
        raise invalid(f"One of {names[0]} and {names[2]} is required.")
    if before is None:
        before = call.now - 120
    elif before < after:
        raise invalid(f"{names[3 if updated else 1]} must not lie before {names[2 if updated else 0]}.")
    elif before > call.now - 120:
        raise invalid(f"{names[3 if updated else 1]} must lie at least two minutes before now.")
    return updated, max(after, call.now - 730 * DAY), math.floor(before) + 1.0 if inclusive else before


def page(book: Book, search: Search, wanted: Wanted | None, start: Any, size: int) -> tuple[list[Head], Any]:
    """Return the orders of a page and the position of the next one, None after the last."""
    found: list[Head] = []
    for position, head in _walk(book, search, start):
        if search.wants(head) and (wanted is None or wanted(head)):
            if len(found) == size:
                return found, position
            found.append(head)
    return found, None


def _walk(book: Book, search: Search, start: int | None) -> Iterator[tuple[int, Head]]:
    """Yield (position, order) of a window in the order of its time, from a position on."""
    world = book.world
    if not search.updated:
        first = world.first_created(search.after) if start is None else start
        last = world.first_created(search.before)
        yield from zip(range(first, last), book.heads(first, last), strict=True)
        return
    start = start or 0
    # Nothing happens by itself after the end of history: cut there, the window of every page is the same.
    entries = _updated(world, max(search.after, float(world.start)), min(search.before, world.latest + 1.0))
    for position, number in enumerate(entries.since(start), start):
        if not book.is_written(number):
            yield position, world.head(number)
    # What the seller did came last.
    count = len(entries)
    later = sorted((h.updated, h) for h in book.written() if search.after <= h.updated < search.before)
    for position in range(max(0, start - count), len(later)):
        yield count + position, later[position][1]


class _Updated:
    """The indexes of the orders updated in a window, by time: as many as pages have asked for, or all for its length.

    The account's lock is held by whoever reads it.
    """

    def __init__(self, world: World, after: float, before: float) -> None:
        self._known = array("L")
        self._rest = (number for _, number in world.updated_between(after, before))

    def since(self, start: int) -> Iterator[int]:
        """Yield the indexes from a position on."""
        self._known.extend(itertools.islice(self._rest, max(0, start - len(self._known))))
        for position in range(start, len(self._known)):
            yield self._known[position]
        for number in self._rest:
            self._known.append(number)
            yield number

    def __len__(self) -> int:
        self._known.extend(self._rest)
        return len(self._known)


# Kept, since every page asks again.
_updated = functools.lru_cache(maxsize=4)(_Updated)


def page_size(call: Call, name: str, default: int = 100) -> int:
    """Return the size of a page that was asked for."""
    size = int(call.get(name) or default)
    if not 1 <= size <= 100:
        raise invalid(f"{name} must lie between 1 and 100.")
    return size


def total(items: Iterable[Item]) -> int:
    """What the buyer pays for an order."""
    return sum([i.total for i in items])


def priced(head: Head) -> bool:
    """Whether Amazon shows an order's money: not before it is paid."""
    return head.status != PENDING


def level(head: Head) -> int:
    """Return an order's service level: 0 standard, 1 expedited, 2 next day."""
    return (0, 0, 0, 1, 0, 0, 2, 0)[(head.draws[15] >> 20) & 7]


def ship_window(head: Head) -> tuple[int, int]:
    """Return the times between which an order is to be shipped."""
    return windows(head.created // DAY, 0)[:2]


def delivery_window(head: Head) -> tuple[int, int]:
    """Return the times between which an order is to be delivered."""
    return windows(head.created // DAY, level(head))[2:]


def windows(day: int, speed: int) -> tuple[int, int, int, int]:
    """Return (ship from, ship by, deliver from, deliver by) of an order of a day, counted since 1970, and a level."""
    start = day * DAY
    deliver_from, deliver_by = start + (3 - speed) * DAY, start + (7 - 2 * speed) * DAY - 1
    return start + DAY, start + 3 * DAY - 1, deliver_from, deliver_by


def premium(head: Head) -> bool:
    """Whether an order has premium shipping."""
    return level(head) == 2


def gift(head: Head, position: int) -> bool:
    """Whether a line is a gift."""
    return (head.draws[15] >> 24) & 31 == 0 and position == 0


def replacement(head: Head) -> int | None:
    """Return the index of the order that this one replaces, or None."""
    return head.number - 1 if head.draws[14] % 64 == 0 and head.number else None


def unshipped(head: Head, items: Iterable[Item]) -> int:
    """Return how many units are still to be shipped."""
    return 0 if head.status in (CANCELED, SHIPPED) else sum(i.quantity - i.shipped for i in items)


GIFT_MESSAGE = "Happy birthday!"
_FIRST = ("Ana", "Ben", "Chloé", "Diego", "Eve", "Farid", "Grace", "Hiro", "Ida", "Jon", "Kim", "Léa")
_LAST = ("Adams", "Baker", "Castro", "Dubois", "Evans", "Fischer", "Gómez", "Hughes", "Ito", "Jones")


def buyer_name(head: Head) -> str:
    """Return the buyer's name, personal data."""
    r = head.draws[12]
    return f"{_FIRST[r % len(_FIRST)]} {_LAST[(r >> 8) % len(_LAST)]}"


def buyer_email(head: Head) -> str:
    """Return the buyer's address at Amazon's relay, personal data."""
    return f"b{head.draws[12]:08x}@marketplace.{MARKETS[head.market].place.sales_channel.lower()}"


def company(head: Head) -> str:
    """Return the name of the company that bought an order, personal data; empty for a person."""
    return f"{_LAST[(head.draws[12] >> 8) % len(_LAST)]} Supplies" if head.business else ""


def purchase_number(head: Head) -> str:
    """Return a business's own number of its order, empty for a person."""
    return f"PO-{head.draws[12] % 100_000:05}" if head.business else ""


def regulated(head: Head) -> bool:
    """Whether an order holds what needs a prescription."""
    return (head.draws[14] >> 7) % 48 == 0


def street(head: Head) -> str:
    """Return the first line of the buyer's address, personal data."""
    return f"{1 + head.draws[11] % 9000} {('Maple', 'Oak', 'Lake', 'Hill')[head.draws[11] % 4]} Street"


def phone(head: Head) -> str:
    """Return the buyer's telephone number, personal data."""
    return f"+1 206-555-{head.draws[11] % 10_000:04}"


def city(head: Head) -> tuple[str, str, str]:
    """Return the (city, state, postal code) that an order goes to."""
    places = MARKETS[head.market].addresses
    return places[head.draws[15] % len(places)]
