"""Sales API: order metrics, added up from the orders themselves, by rules that are not those of the Orders API.

- An order counts where it was bought, at the moment when it was bought, and never moves: neither its shipment nor a
  refund changes a figure. Orders are filtered by their last update too, metrics are not.
- Pending orders count with their prices, which v0 withholds; cancelled ones do not count, though getOrders shows them.
  One that is cancelled later, as by a buyer who refuses it in the store, is taken out of its day afterwards.
- Sales are prices times ordered quantities: no tax, no shipping, no promotions, so less or more than OrderTotal adds
  up to. What of it was shipped makes no difference.
- An order item is a line, whatever its quantity; with a SKU or an ASIN only its lines count, and the orders with one.
- Multi-channel and removal orders, which reports of orders hold, do not count.
- The rows of an interval share no order and leave none out: each is half open, in the zone that was asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from amzsql.simulator.call import Call, Handler, amount, dump, invalid, parse_time
from amzsql.simulator.world import AFN, CANCELED, DAY, MARKETS, MFN, Head, Market, World, local_price

from .order_book import Book


def get_order_metrics(call: Call) -> bytes:
    """Answer getOrderMetrics."""
    markets = call.markets("marketplaceIds")
    if len(markets) != 1:
        raise invalid("marketplaceIds must name one marketplace.")
    if call.get("asin") and call.get("sku"):
        raise invalid("asin and sku exclude one another.")
    start, end = _interval(call)
    market = next(iter(markets))
    rows = []
    for after, before in _buckets(call, start, end):
        sums = _sum(call, market, int(after.timestamp()), int(before.timestamp()))
        rows.append(_row(f"{_text(after)}--{_text(before)}", sums, MARKETS[market]))
    return dump({"payload": rows})


def _interval(call: Call) -> tuple[datetime, datetime]:
    """Return the bounds of the interval, in its own zone."""
    parts = call.get("interval").split("--")
    if len(parts) != 2 or any(datetime_of(p).tzinfo is None for p in parts):
        raise invalid("interval must be two times with their offsets, joined by two hyphens.")
    zone: tzinfo | None = None
    if call.get("granularityTimeZone"):
        try:
            zone = ZoneInfo(call.get("granularityTimeZone"))
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: longer than a file's name
            raise invalid("granularityTimeZone is no time zone.") from error
    elif call.get("granularity") not in ("Hour", "Total"):
        raise invalid("granularityTimeZone is required for a granularity greater than Hour.")
    start, end = (datetime_of(p) for p in parts)
    if end <= start:
        raise invalid("interval must end after it begins.")
    horizon = 30 * DAY if call.get("granularity") == "Hour" else 2 * 366 * DAY
    if start.timestamp() < call.now - horizon - DAY:
        raise invalid("interval reaches back too far.")
    if zone is None:
        return start, end
    if any(t.utcoffset() != t.astimezone(zone).utcoffset() for t in (start, end)):
        raise invalid("granularityTimeZone does not have the offset of the interval.")
    return start.astimezone(zone), end.astimezone(zone)


def datetime_of(text: str) -> datetime:
    """Return an ISO 8601 time with the offset that it has."""
    parse_time(text)
    return datetime.fromisoformat(text)


def _buckets(call: Call, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the bounds of each row."""
    while start < end:
        following = min(end, _next(call, start)) if call.get("granularity") != "Total" else end
        yield start, following
        start = following


def _next(call: Call, at: datetime) -> datetime:
    """Return when the hour, day, week, month or year of a time ends, in its zone."""
    granularity = call.get("granularity")
    if granularity == "Hour":
        # Hours are counted in UTC: a local hour occurs twice when the clock is set back.
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return hour.astimezone(at.tzinfo)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if granularity == "Day":
        return day + timedelta(days=1)
    if granularity == "Week":
        first = 6 if call.get("firstDayOfWeek") == "Sunday" else 0
        return day + timedelta(days=7 - (day.weekday() - first) % 7)
    if granularity == "Month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day.replace(year=day.year + 1, month=1, day=1)


def _text(at: datetime) -> str:
    text = at.isoformat(timespec="minutes")
    return text.replace("+00:00", "Z")


Sums = tuple[int, int, int, int]


def _sum(call: Call, market: int, after: int, before: int) -> Sums:
    """Add up (orders, lines, units, cents) of a window, whole days from memory."""
    only = None
    if call.get("asin") or call.get("sku"):
        by_asin, by_code = call.world.sku_by_asin, call.world.sku_by_code
        sku = by_asin.get(call.get("asin")) if call.get("asin") else by_code.get(call.get("sku"))
        only = sku.number if sku else -1
    kind = call.get("buyerType", "All")
    network = {"AFN": AFN, "MFN": MFN}.get(call.get("fulfillmentNetwork"), -1)
    total = list(_undone(call, market, (after, before), kind, network, only))
    while after < before:
        until = min(before, (after // DAY + 1) * DAY)
        for n, value in enumerate(_part(call.world, after, until, kind, network, only).get(market, (0, 0, 0, 0))):
            total[n] += value
        after = until
    return total[0], total[1], total[2], total[3]


def _undone(call: Call, market: int, window: tuple[int, int], kind: str, network: int, only: int | None) -> Sums:
    """Return what the orders count, less than nothing, that were cancelled after the world was made."""
    world, total = call.world, [0, 0, 0, 0]
    for head in Book.of(call).written():
        if head.status != CANCELED or head.market != market or not window[0] <= head.created < window[1]:
            continue
        if _wanted(head, kind, network) and world.head(head.number).status != CANCELED:
            total = [a - b for a, b in zip(total, _worth(world, head, only), strict=True)]
    return total[0], total[1], total[2], total[3]


def _worth(world: World, head: Head, only: int | None) -> Sums:
    """Return what an order counts: (orders, lines, units, cents) of the SKU, or of all of them."""
    lines = [line for line in world.lines(head) if only in (None, line[0])]
    cents = sum(local_price(world.sku(number), head.market) * quantity for number, quantity in lines)
    return int(bool(lines)), len(lines), sum(quantity for _, quantity in lines), cents


@functools.lru_cache(maxsize=20_000)
def _part(world: World, after: int, before: int, kind: str, network: int, only: int | None) -> dict[int, Sums]:
    """Add up the orders of a part of a day, by market."""
    sums: dict[int, list[int]] = {}
    if before <= world.start or after >= world.end:
        return {}
    for head in map(world.head, range(world.first_created(after), world.first_created(before))):
        if head.status == CANCELED or not _wanted(head, kind, network):
            continue
        worth = _worth(world, head, only)
        if worth[0]:
            row = sums.setdefault(head.market, [0, 0, 0, 0])
            row[:] = (a + b for a, b in zip(row, worth, strict=True))
    return {market: (r[0], r[1], r[2], r[3]) for market, r in sums.items()}


def _wanted(head: Head, kind: str, network: int) -> bool:
    return (network < 0 or head.channel == network) and (kind == "All" or head.business == (kind == "B2B"))


def _row(interval: str, sums: Sums, market: Market) -> dict[str, object]:
    orders, lines, units, cents = sums
    average = round(cents / units / market.unit) * market.unit if units else 0
    currency = market.place.currency
    return {
        "interval": interval,
        "unitCount": units,
        "orderItemCount": lines,
        "orderCount": orders,
        "averageUnitPrice": {"currencyCode": currency, "amount": amount(average)},
        "totalSales": {"currencyCode": currency, "amount": amount(cents)},
    }


HANDLERS: dict[str, Handler] = {"sales.getOrderMetrics": get_order_metrics}
