"""The simulated seller: SKUs, orders and what follows from them, as pure functions of (seed, index).

Nothing is stored: order `i` is computed when it is asked for, so that a million orders cost no memory. Creation times
rise with the index, so a window of time is a range of indexes. Amounts are integers in hundredths of the currency.
Knows nothing of HTTP or of how Amazon spells a body.
"""

from __future__ import annotations

import bisect
import functools
import hashlib
import itertools
import math
import struct
from collections.abc import Iterator
from typing import NamedTuple

from amzsql.marketplaces import Marketplace

from .accounts import DEFAULT, PLACES, Account

DAY = 86_400
_DRAWS = struct.Struct("<16I")
_SPAN = 1 << 32
_ID_SPACE = 10**14
_ITEM_SLOTS = 4
# Of the orders, Amazon fulfils those whose draw lies below.
_BY_AMAZON = _SPAN * 7 // 10
# An order's last update follows its creation by at most 64 hours and five days.
_LONGEST = 8 * DAY

PENDING, UNSHIPPED, PARTIAL, SHIPPED, CANCELED = range(5)
STATUSES = (PENDING, UNSHIPPED, PARTIAL, SHIPPED, CANCELED)
MFN, AFN = range(2)


class Market(NamedTuple):
    """A marketplace: its tax in hundredths of a percent, its prices in percent of the US price.

    `unit` is the smallest amount in hundredths: 100 where the currency has no smaller coin.
    """

    place: Marketplace
    tax: int
    price: int
    addresses: tuple[tuple[str, str, str], ...]
    unit: int = 1

    def round(self, cents: int) -> int:
        """Return an amount without what the currency cannot express."""
        return cents // self.unit * self.unit


class Sku(NamedTuple):
    """A product on offer. `price` is the US price; `channel` says who ships it."""

    number: int
    code: str
    asin: str
    fnsku: str
    title: str
    brand: str
    product_type: str
    color: str
    ean: str
    price: int
    channel: int
    stock: int
    created: int
    updated: int
    issue: int


class Item(NamedTuple):
    """A line of an order; every amount is that of the whole line."""

    number: int
    sku: Sku
    quantity: int
    shipped: int
    unit: int
    price: int
    tax: int
    shipping: int
    shipping_tax: int
    discount: int

    @property
    def total(self) -> int:
        """What the buyer pays for the line."""
        return self.price + self.tax + self.shipping + self.shipping_tax - self.discount


class Head(NamedTuple):
    """What of an order can be known without its items. Times are seconds since the epoch; `shipped` 0 if it is not."""

    number: int
    created: int
    updated: int
    shipped: int
    market: int
    channel: int
    status: int
    draws: tuple[int, ...]

    @property
    def business(self) -> bool:
        """Whether a business bought it."""
        return (self.draws[15] >> 10) & 15 == 0

    @property
    def prime(self) -> bool:
        """Whether it ships with Prime."""
        return self.channel == AFN and (self.draws[15] >> 8) & 3 != 0


_US = (
    ("Seattle", "WA", "98109"), ("Portland", "OR", "97205"), ("San Jose", "CA", "95112"), ("Austin", "TX", "78701"),
    ("Denver", "CO", "80202"), ("Chicago", "IL", "60607"), ("Columbus", "OH", "43215"), ("Atlanta", "GA", "30303"),
    ("Miami", "FL", "33130"), ("Boston", "MA", "02108"), ("Brooklyn", "NY", "11201"), ("Newark", "NJ", "07102"),
    ("Phoenix", "AZ", "85004"), ("St. Paul", "MN", "55102"), ("Raleigh", "NC", "27601"), ("Boise", "ID", "83702"),
)  # fmt: skip
_CA = (("Toronto", "ON", "M5V 2T6"), ("Montréal", "QC", "H2Y 1C6"), ("Vancouver", "BC", "V6B 1A1"))
_MX = (("Ciudad de México", "CDMX", "06600"), ("Monterrey", "Nuevo León", "64000"), ("Mérida", "Yucatán", "97000"))
_DE = (("Berlin", "BE", "10115"), ("Hamburg", "HH", "20457"), ("München", "BY", "80331"), ("Köln", "NW", "50667"))
_GB = (("London", "", "SW1A 1AA"), ("Leeds", "", "LS1 4AP"), ("Bristol", "", "BS1 4DJ"))
_FR = (("Paris", "", "75011"), ("Lyon", "", "69003"), ("Nîmes", "", "30000"))
_JP = (("千代田区", "東京都", "100-0001"), ("大阪市", "大阪府", "530-0001"), ("札幌市", "北海道", "060-0001"))
# The order is that of the numbers by which the simulator knows them.
MARKETS = (
    Market(PLACES["US"], 825, 100, _US),
    Market(PLACES["CA"], 1300, 135, _CA),
    Market(PLACES["MX"], 1600, 1800, _MX),
    Market(PLACES["BR"], 1700, 540, (("São Paulo", "SP", "01310-100"),)),
    Market(PLACES["DE"], 1900, 95, _DE),
    Market(PLACES["GB"], 2000, 82, _GB),
    Market(PLACES["FR"], 2000, 97, _FR),
    Market(PLACES["IT"], 2200, 96, (("Milano", "MI", "20121"), ("Forlì", "FC", "47121"))),
    Market(PLACES["ES"], 2100, 96, (("Madrid", "", "28001"), ("La Coruña", "", "15001"))),
    Market(PLACES["NL"], 2100, 95, (("Utrecht", "", "3511 AB"),)),
    Market(PLACES["PL"], 2300, 410, (("Łódź", "", "90-001"),)),
    Market(PLACES["SE"], 2500, 1080, (("Malmö", "", "211 19"),)),
    Market(PLACES["JP"], 1000, 15_000, _JP, 100),
    Market(PLACES["AU"], 1000, 152, (("Sydney", "NSW", "2000"), ("Perth", "WA", "6000"))),
    Market(PLACES["SG"], 900, 134, (("Singapore", "", "018956"),)),
)
MARKET_OF_ID = {m.place.id: n for n, m in enumerate(MARKETS)}
_MARKET_OF_COUNTRY = {m.place.country: n for n, m in enumerate(MARKETS)}
# In the first marketplace everything is sold, in the others every n-th SKU; odd, since every fourth ships itself.
_EVERY = (1, 3, 5, 7, 9)

# How many orders a world keeps as they were drawn.
_HEADS = 10_000

_BRANDS = ("Northlake", "Tern & Co", "Halden", "Brightleaf", "Osprey Home", "Kupfer")
_PRODUCTS = (
    ("Mug", "MUG", 1299), ("Desk Lamp", "LAMP", 3450), ("Yoga Mat", "EXERCISE_MAT", 2799),
    ("Water Bottle", "BOTTLE", 1995), ("Notebook", "NOTEBOOK", 899), ("Tea Towel", "TOWEL", 749),
    ("Chef Knife", "KITCHEN_KNIFE", 5999), ("Backpack", "BACKPACK", 6450), ("Phone Stand", "STAND", 1149),
    ("Wall Clock", "CLOCK", 4299), ("Candle", "CANDLE", 1675), ("Cutting Board", "CUTTING_BOARD", 2325),
)  # fmt: skip
PRODUCT_TYPES = tuple(kind for _, kind, _ in _PRODUCTS)
_COLORS = ("Red", "Blue", "Sage", "Charcoal", "Ivory", "Café")


class World:
    """A seller with `orders` orders whose history ends at `end` (seconds since the epoch)."""

    def __init__(self, end: int, *, seed: int = 1, orders: int = 2000, account: Account = DEFAULT) -> None:
        self.end = end
        self.account = account
        # The last moment at which anything happens: Amazon shows nothing of the last two minutes.
        self.latest = end - 180
        self.seed = seed
        self.orders = orders
        self.seller_id = account.partner_id
        self.markets = tuple(_MARKET_OF_COUNTRY[country] for country, _ in account.markets)
        self._every = {m: _EVERY[n] for n, m in enumerate(self.markets)}
        self._shares = tuple(s * _SPAN for s in itertools.accumulate(share for _, share in account.markets))[:-1]
        # Half a day short, so that a question over 30 days asked a little later still sees all of the default world.
        self.days = max(30, min(730, orders // 66))
        self.start = end - self.days * DAY + DAY // 2
        whose = "" if account is DEFAULT else f" {account.name}"
        self._key = hashlib.blake2b(f"amzsql simulator {seed}{whose}".encode(), digest_size=32).digest()
        # All draws of a kind begin alike: that beginning is hashed once.
        self._begun: dict[str, hashlib.blake2b] = {}
        self._span, self._slots = self.end - 300 - self.start, orders * _SPAN
        numbers = struct.unpack("<4Q", self._key)
        self._order_factor = numbers[0] % (_ID_SPACE // 10) * 10 + 3
        self._order_shift = numbers[1] % _ID_SPACE
        self._item_factor = numbers[2] % (_ID_SPACE // 10) * 10 + 7
        self._item_shift = numbers[3] % _ID_SPACE
        self._order_inverse = pow(self._order_factor, -1, _ID_SPACE)
        self.sku_count = max(200, min(20_000, orders // 10))
        self._skus: dict[int, Sku] = {}
        self._heads: dict[int, Head] = {}
        self._pools = self._make_pools()

    def draws(self, kind: str, index: int) -> tuple[int, ...]:
        """Return the sixteen 32-bit random numbers of one thing."""
        begun = self._begun.get(kind)
        if begun is None:
            begun = self._begun[kind] = hashlib.blake2b(kind.encode(), key=self._key, digest_size=64)
        drawn = begun.copy()
        drawn.update(b"%d" % index)
        return _DRAWS.unpack(drawn.digest())

    # Orders

    def created(self, index: int) -> int:
        """Return an order's creation time; it rises with the index."""
        return self.head(index).created

    def head(self, index: int) -> Head:
        """Return an order without its items."""
        found = self._heads.get(index)
        if found is None:
            found = self._head(index)
            # Every page of every list goes over the orders again; of a large world the first ones are kept.
            if len(self._heads) < _HEADS:
                self._heads[index] = found
        return found

    def _head(self, index: int) -> Head:
        r = self.draws("o", index)
        created = self.start + (index * _SPAN + r[0]) * self._span // self._slots
        market = self.markets[bisect.bisect_right(self._shares, r[1])]
        status, updated, shipped = self._progress(created, r)
        return Head(index, created, updated, shipped, market, AFN if r[2] < _BY_AMAZON else MFN, status, r)

    def _progress(self, created: int, r: tuple[int, ...]) -> tuple[int, int, int]:
        """Return how far an order has come by the end of history: (status, updated, shipped)."""
        latest = self.latest
        if r[3] % 25 == 0:
            return CANCELED, min(latest, created + 600 + r[14] % DAY), 0
        ships = created + 4 * 3600 + r[13] % (60 * 3600)
        if self.end - ships >= 2 * DAY:
            return SHIPPED, min(latest, ships + r[14] % (5 * DAY)), ships
        paid = created + (1800 if r[3] & 0x300 else 1800 + r[14] % DAY)
        if self.end < paid and self.end < ships:
            return PENDING, min(latest, created + 60), 0
        if self.end < ships:
            return UNSHIPPED, min(latest, max(paid, created + 60)), 0
        if (r[13] >> 20) % 4 == 0 and r[4] >= _SPAN * 7 // 10:
            return PARTIAL, min(latest, ships), ships
        return SHIPPED, min(latest, ships + r[14] % (5 * DAY)), ships

    def lines(self, head: Head) -> list[tuple[int, int]]:
        """Return (SKU number, quantity) of an order's lines, one to four."""
        r = head.draws
        share = r[4] / _SPAN
        count = 1 if share < 0.7 else 2 if share < 0.9 else 3 if share < 0.97 else 4
        pool = self._pools[head.market][head.channel]
        size = len(pool)
        lines = []
        for k in range(count):
            u = r[5 + k] / _SPAN
            v = r[9 + k]
            lines.append((pool[int(u * u * size)], 1 if v & 7 < 6 else 2 + (v >> 3) % 4))
        return lines

    def items(self, head: Head) -> list[Item]:
        """Return the lines of an order with their money."""
        index, _, _, _, market, channel, status, draws = head
        items = []
        for k, (number, quantity) in enumerate(self.lines(head)):
            sku = self._skus.get(number) or self.sku(number)
            money = _charges(sku.price, market, quantity, (draws[9 + k] >> 6) & 7 == 0, channel == MFN and k == 0)
            shipped = quantity if status == SHIPPED or (status == PARTIAL and k == 0) else 0
            line = ((index * _ITEM_SLOTS + k) * self._item_factor + self._item_shift) % _ID_SPACE
            items.append(Item._make((line, sku, quantity, shipped, *money)))
        return items

    def order_id(self, head: Head) -> str:
        """Return an order's id, such as 111-1234567-1234567."""
        number = (head.number * self._order_factor + self._order_shift) % _ID_SPACE
        return f"{self.account.order_prefixes[head.draws[15] % 4]}-{number // 10_000_000:07}-{number % 10_000_000:07}"

    def find_order(self, order_id: str) -> Head | None:
        """Return the order of that id, or None."""
        digits = order_id.replace("-", "")
        if len(digits) != 17 or not digits.isdecimal():
            return None
        index = (int(digits[3:]) - self._order_shift) * self._order_inverse % _ID_SPACE
        if index >= self.orders:
            return None
        head = self.head(index)
        return head if self.order_id(head) == order_id else None

    def first_created(self, at: float) -> int:
        """Return the index of the first order created at or after the time."""
        if at <= self.start or not self.orders:
            return 0
        if at >= self.start + self._span:
            return self.orders
        # Each order has its own slice of the time: only the one that holds the moment can lie on either side.
        index = (math.ceil(at) - self.start) * self.orders // self._span
        return index if index >= self.orders or self.created(index) >= at else index + 1

    def updated_between(self, after: float, before: float) -> Iterator[tuple[int, int]]:
        """Yield (updated, number) of the orders updated within [after, before), sorted, looking at a day at a time."""
        first, last = self.first_created(after - _LONGEST), self.first_created(before)
        size = max(1, self.orders // self.days)
        waiting: list[tuple[int, int]] = []
        for start in range(first, last, size):
            end = min(start + size, last)
            heads = map(self.head, range(start, end))
            waiting += [(h.updated, h.number) for h in heads if after <= h.updated < before]
            waiting.sort()
            # Whatever is created later is updated later.
            ready = bisect.bisect_left(waiting, (self.created(end), 0)) if end < last else len(waiting)
            yield from waiting[:ready]
            del waiting[:ready]

    # Products

    def _make_pools(self) -> dict[int, tuple[tuple[int, ...], ...]]:
        """For each market and channel the SKUs that are sold there."""
        return {
            market: tuple(
                tuple(s for s in range(self.sku_count) if self._channel(s) == channel and self.sold_in(s, market))
                for channel in (MFN, AFN)
            )
            for market in self.markets
        }

    @staticmethod
    def _channel(sku: int) -> int:
        return MFN if sku % 4 == 1 else AFN

    def sold_in(self, sku: int, market: int) -> bool:
        """Tell whether a SKU is listed in a market: the first has all of them, the others every n-th."""
        every = self._every.get(market)
        return every is not None and sku % every == 0

    @property
    def shown(self) -> tuple[int, ...]:
        """The numbers of the marketplaces that the account takes part in, and then of those where it is idle."""
        return (*self.markets, *(_MARKET_OF_COUNTRY[c] for c in self.account.shown))

    def skus(self) -> Iterator[Sku]:
        """Yield every SKU in the order of its index."""
        return map(self.sku, range(self.sku_count))

    def sku(self, index: int) -> Sku:
        """Return one SKU."""
        found = self._skus.get(index)
        if found is None:
            found = self._skus[index] = self._make_sku(index)
        return found

    def _make_sku(self, index: int) -> Sku:
        r = self.draws("s", index)
        noun, product_type, base = _PRODUCTS[r[0] % len(_PRODUCTS)]
        color, brand = _COLORS[r[1] % len(_COLORS)], _BRANDS[r[2] % len(_BRANDS)]
        # SKUs are free text: some hold what a URL or a CSV list must escape.
        odd = ("", "/EU", " 2-pack", "+", "%20", "", "", "")[r[3] % 8]
        code = f"{product_type[:3]}-{index:05}{odd}"
        title = f'{brand} {noun} {8 + r[4] % 40}" - {color}, model {r[5] % 900 + 100}'
        age = (400 + r[6] % 400) * DAY
        channel = self._channel(index)
        return Sku(
            index, code, f"B0{_base36(index * 7919 % 36**4, 4)}{_base36(r[7], 4)}",
            f"X00{_base36(index, 4)}{_base36(r[8], 3)}" if channel == AFN else "", title, brand, product_type, color,
            f"40{index:05}{r[9] % 100000:05}{r[9] % 7}", base * (80 + r[10] % 60) // 100, channel, r[11] % 400,
            self.end - age, self.end - r[12] % (90 * DAY), r[13] % 33,
        )  # fmt: skip

    @functools.cached_property
    def sku_by_code(self) -> dict[str, Sku]:
        """Every SKU by its code."""
        return {s.code: s for s in self.skus()}

    @functools.cached_property
    def sku_by_asin(self) -> dict[str, Sku]:
        """Every SKU by its ASIN."""
        return {s.asin: s for s in self.skus()}


@functools.lru_cache(maxsize=50_000)
def _charges(us_price: int, market: int, quantity: int, discounted: bool, with_shipping: bool) -> tuple[int, ...]:
    """Return a line's (unit, price, tax, shipping, shipping tax, discount); few products cost the same to the cent."""
    place = MARKETS[market]
    unit = place.round(us_price * place.price // 100)
    price = unit * quantity
    discount = place.round(price // 10) if discounted else 0
    shipping = place.round(499 * place.price // 100) if with_shipping else 0
    tax = place.round((price - discount) * place.tax // 10_000)
    return unit, price, tax, shipping, place.round(shipping * place.tax // 10_000), discount


def local_price(sku: Sku, market: int) -> int:
    """Return a SKU's price in hundredths of the market's currency."""
    return MARKETS[market].round(sku.price * MARKETS[market].price // 100)


_PAIRS = tuple(a + b for a, b in itertools.product("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", repeat=2))


def _base36(number: int, width: int) -> str:
    """Return the last digits of a number, at most four."""
    return (_PAIRS[number // 1296 % 1296] + _PAIRS[number % 1296])[4 - width :]
