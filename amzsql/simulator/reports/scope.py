"""What one report is asked for, and what its rows are: the vocabulary of sources, fields and writers.

Knows nothing of formats and of single report types.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from amzsql.simulator.apis.assortment import Shop
from amzsql.simulator.apis.order_book import Book
from amzsql.simulator.call import parse_time
from amzsql.simulator.documents import Partner
from amzsql.simulator.world import AFN, DAY, MARKET_OF_ID, MARKETS, MFN, PENDING, Head, Item, Market, Sku, World

NOTHING: Mapping[str, object] = MappingProxyType({})
NO_SKU = Sku(0, "", "", "", "", "", "", "", "", 0, MFN, 0, 0, 0, -1)
NO_HEAD = Head(0, 0, 0, 0, 0, AFN, PENDING, (0,) * 16)
NO_ITEM = Item(0, NO_SKU, 0, 0, 0, 0, 0, 0, 0, 0)


class Absent:
    """The value of what a row does not have, not even empty."""


ABSENT = Absent()


class Cents(int):
    """Hundredths of a currency."""


class Moment(int):
    """Seconds since the epoch."""


class Row(NamedTuple):
    """One row of a report, whatever it is about: what does not apply is one of the empty values above.

    `number` and `draws` are what made-up values follow from. `values` are those that its source knows, by the name of
    the column without case and punctuation.
    """

    number: int
    at: int
    market: int
    draws: tuple[int, ...]
    sku: Sku = NO_SKU
    head: Head = NO_HEAD
    item: Item = NO_ITEM
    position: int = 0
    order_id: str = ""
    price: int = 0
    values: Mapping[str, object] = NOTHING

    def pick(self, name: str, limit: int) -> int:
        """Return a number below `limit` that follows from the row and a name."""
        salt = zlib.crc32(name.encode())
        return ((self.draws[salt & 15] >> (salt >> 4 & 7)) + salt % 97 + self.number * 31) % limit


@dataclass(frozen=True, slots=True)
class Scope:
    """A report: for whom, of what window [start, end) in seconds, made at `made`; `options` by name.

    `market` is the number of the first marketplace that was asked for, the account's own one without any.
    """

    partner: Partner
    report: Mapping[str, Any]
    made: int
    start: int
    end: int
    market: int
    options: Mapping[str, str]

    @property
    def world(self) -> World:
        """The account's world."""
        return self.partner.world

    @property
    def place(self) -> Market:
        """The marketplace that was asked for."""
        return MARKETS[self.market]

    @property
    def book(self) -> Book:
        """The account's orders, with what the seller did to them."""
        return Book(self.partner.world, self.partner.store)

    @property
    def shop(self) -> Shop:
        """What was on offer when the report was made."""
        return Shop(self.partner.world, self.partner.store, float(self.made))

    @property
    def language(self) -> str:
        """The language of the header: that of the account, or the one that was asked for."""
        wanted = self.options.get("preferredReportDocumentLocale") or self.partner.account.home.language
        return wanted[:2]

    @property
    def zone(self) -> ZoneInfo:
        """The marketplace's zone."""
        return ZoneInfo(self.place.place.timezone)

    def day(self, at: int) -> date:
        """Return the day of a moment in the marketplace."""
        return datetime.fromtimestamp(at, self.zone).date()

    def midnight(self, day: date) -> int:
        """Return when a day begins in the marketplace."""
        return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp())


Source = Callable[[Scope], Iterator[Row]]
Field = Callable[[Scope, Row], object]
Fields = Mapping[str, Field]


def scope_of(partner: Partner, report: Mapping[str, Any], lag: int) -> Scope:
    """Return what a report asks for; Amazon knows of nothing younger than `lag` seconds."""
    made = _seconds(report.get("processingEndTime") or report.get("createdTime"), partner.now)
    end = min(_seconds(report.get("dataEndTime"), made), made - lag)
    start = _seconds(report.get("dataStartTime"), end - DAY)
    own = partner.world.markets
    asked = [MARKET_OF_ID.get(i, -1) for i in report.get("marketplaceIds") or ()]
    market = next((m for m in asked if m in own), own[0])
    options = {str(k): str(v) for k, v in (report.get("reportOptions") or {}).items()}
    return Scope(partner, report, made, start, end, market, options)


def _seconds(text: str | None, default: float) -> int:
    return int(parse_time(text)) if text else int(default)


def utc_day(at: int) -> str:
    """Return the day of a moment in UTC."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def plain(name: str) -> str:
    """Return a column's name without case and punctuation: what fields are found by."""
    return "".join(c for c in name.lower() if c.isalnum() or c == "+")
