"""Finances 2024-06-19: one transaction for each shipment, and one for each refund, fee of the account and lost unit.

A transaction shows two days after it was posted, and one shipment in five is deferred for a week: both go by the clock,
so that the lists grow and change while nothing is done. Two of Amazon's traps are here: a window of more than 180 days
is answered empty, and with a marketplace id the transactions of US orders that the seller ships himself are missing.
What is posted, what it brings and when it is settled, finances v0, transfers, fees and settlement reports read here.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from amzsql.simulator.call import Call, Handler, dump, invalid, iso
from amzsql.simulator.world import AFN, DAY, MARKETS, MFN, Head, Item, World

from .order_book import Book
from .orders_v0 import CHANNEL

ACCOUNT_TYPE = "STANDARD_ORDERS"
LATE = 2 * DAY
PERIOD = 14 * DAY
DEFERRED = 7 * DAY
# Seconds between a shipment and its transaction.
_POSTS = 3600
_PAGE = 100
_LATEST = 20 * DAY


class Entry(NamedTuple):
    """A transaction: when it was posted, of which order, whether it is its refund, and what filters look at.

    `status` is its state at the end of history; `state` tells that of a moment. `part` counts an order's shipments.
    """

    posted: int
    order: int
    refund: bool
    market: int
    channel: int
    status: str
    part: int = 0

    def state(self, now: float) -> str:
        """Return RELEASED, DEFERRED or, when a deferred one was released, DEFERRED_RELEASED."""
        if self.status == "RELEASED":
            return self.status
        return "DEFERRED" if now < self.posted + DEFERRED else "DEFERRED_RELEASED"

    @property
    def shipment(self) -> str:
        """The id of the shipment."""
        return f"S{self.order:09}" + (f"-{self.part}" if self.part else "")

    @property
    def settled(self) -> int:
        """When the money counts: at once, or when a deferred transaction is released."""
        return self.posted if self.status == "RELEASED" else self.posted + DEFERRED


class Charge(NamedTuple):
    """Money that is no order's: the fee of a service, or what Amazon pays for stock that it lost (a SKU's number)."""

    posted: int
    market: int
    kind: str
    cents: int
    sku: int = -1

    @property
    def channel(self) -> int:
        """No sale of the seller's own shipping, which Amazon hides from some questions."""
        return AFN

    def state(self, _: float) -> str:
        """Return RELEASED: nothing of this kind is deferred."""
        return "RELEASED"


SERVICE_FEE, ADJUSTMENT = "ServiceFee", "Adjustment"
_SUBSCRIPTION, _LOST = 1999, 1250


class Ledger:
    """The transactions of an account that show at a moment."""

    def __init__(self, book: Book, now: float) -> None:
        self.book, self.now, self.world = book, now, book.world

    @classmethod
    def of(cls, source: Call) -> Ledger:
        """Return the transactions that a call sees."""
        return cls(Book.of(source), source.now)

    def between(self, after: float, before: float) -> list[Entry]:
        """Return the transactions posted in [after, before), by time."""
        before = min(before, self.now - LATE)
        entries = posted_between(self.world, after, before)
        if not any(True for _ in self.book.written()):
            return entries
        changed = [e for h in self.book.written() for e in self.entries(h) if after <= e.posted < before]
        return sorted([e for e in entries if not self.book.is_written(e.order)] + changed)

    def of_order(self, head: Head) -> list[Entry]:
        """Return the transactions of an order that show."""
        return [e for e in self.entries(head) if e.posted < self.now - LATE]

    def entries(self, head: Head) -> tuple[Entry, ...]:
        """Return the transactions of an order, those that do not show yet among them."""
        shipments = self._shipments(head)
        if not shipments:
            return of_order(self.world, head)
        first, *rest = of_order(self.world, head._replace(shipped=shipments[0][0]))
        more = (first._replace(posted=at + _POSTS, part=n) for n, (at, _) in enumerate(shipments[1:], 1))
        return (first, *more, *rest)

    def _shipments(self, head: Head) -> list[tuple[int, frozenset[int]]]:
        """Return the shipments of an order that the seller wrote to: when, and the lines that are paid with each.

        Nothing is posted before the seller speaks, whatever day he names: settlements that ended do not grow. A line
        that is sent in parts is paid with the first one.
        """
        if not self.book.is_written(head.number):
            return []
        own = self.world.head(head.number)
        found = [(own.shipped, frozenset(i.number for i in self.world.items(own) if i.shipped))] if own.shipped else []
        for package in sorted(self.book.packages(head.number), key=lambda p: p.confirmed):
            new = {number for number, _ in package.contents}.difference(*(lines for _, lines in found))
            if new:
                found.append((max(package.shipped, package.confirmed - _POSTS), frozenset(new)))
        return found

    def lines(self, entry: Entry) -> list[Item]:
        """Return the lines that a transaction is about; a refund is that of the first shipment."""
        head = self.book.head(entry.order)
        items = [i for i in self.book.items(head) if i.shipped]
        shipments = self._shipments(head)
        if len(shipments) < 2:
            return items
        others = frozenset().union(*(lines for n, (_, lines) in enumerate(shipments) if n != entry.part))
        return [i for i in items if i.number not in others]

    def settled(self, market: int, start: int) -> list[Entry]:
        """Return what counts into a settlement period of a marketplace."""
        found = self.between(start - DEFERRED, start + PERIOD)
        inside = (e for e in found if e.market == market and start <= e.settled < start + PERIOD)
        return [e for e in inside if e.state(self.now) != "DEFERRED"]

    def charges(self, after: float, before: float, markets: Iterable[int] | None = None) -> list[Charge]:
        """Return the money that is no order's, posted in [after, before) and showing, by time."""
        before, chosen = min(before, self.now - LATE), self.world.markets if markets is None else markets
        first = max(int(after), self.world.start) // PERIOD
        periods = range(first, int(max(before, 0)) // PERIOD + 1)
        found = (c for n in periods for market in chosen for c in _charges(self.world, market, n))
        return sorted(c for c in found if max(after, self.world.start) <= c.posted < before)

    def posted(self, after: float, before: float) -> list[Entry | Charge]:
        """Return all that was posted in [after, before), by time."""
        found: list[Entry | Charge] = [*self.between(after, before), *self.charges(after, before)]
        return sorted(found, key=lambda e: e.posted)

    def in_settlement(self, period: tuple[int, int] | None) -> list[Entry | Charge]:
        """Return all that counts into a (market, start) of settlement, by time."""
        if period is None:
            return []
        market, start = period
        found: list[Entry | Charge] = [*self.settled(market, start)]
        found += self.charges(start, start + PERIOD, (market,))
        return sorted(found, key=lambda e: e.posted)

    def total(self, market: int, start: int) -> int:
        """Return what a settlement period of a marketplace brings, in hundredths of its currency."""
        charged = sum(c.cents for c in self.charges(start, start + PERIOD, (market,)))
        return self.net(self.settled(market, start)) + charged

    def net(self, entries: Iterable[Entry]) -> int:
        """Return what transactions bring, in hundredths of their currency."""
        total = 0
        for entry in entries:
            head = self.book.head(entry.order)
            total += sum(net(i, head, entry.refund) for i in self.lines(entry))
        return total


def _charges(world: World, market: int, period: int) -> Iterator[Charge]:
    """Yield a settlement period's money that is no order's: a fee, and for every second one a lost unit."""
    place, start = MARKETS[market], period * PERIOD
    yield Charge(start + 2 * DAY + 3600, market, SERVICE_FEE, -place.round(_SUBSCRIPTION * place.price // 100))
    if (period + market) % 2 == 0:
        number = (period * 7 + market) % world.sku_count
        yield Charge(start + 9 * DAY, market, ADJUSTMENT, place.round(_LOST * place.price // 100), number)


def list_transactions(call: Call) -> bytes:
    """Answer listTransactions."""
    # The window's end moves with the clock: a scan keeps that of its first page.
    start, end = call.position or (0, call.now)
    ledger = Ledger(Book.of(call), end)
    entries = [e for e in _candidates(call, ledger) if _wanted(call, ledger, e)]
    page = entries[start : start + _PAGE]
    rows = [_transaction(ledger, e) if isinstance(e, Entry) else _charge(ledger, e) for e in page]
    payload: dict[str, object] = {"transactions": rows}
    if len(entries) > start + _PAGE:
        payload["nextToken"] = call.pages.token(call, (start + _PAGE, end))
    return dump({"payload": payload})


def _candidates(call: Call, ledger: Ledger) -> list[Entry | Charge]:
    """Return the transactions of the window, order or settlement that is asked for, by time."""
    name, value = call.get("relatedIdentifierName"), call.get("relatedIdentifierValue")
    before = call.time("postedBefore") or ledger.now
    after = call.time("postedAfter")
    if after is not None and before - after > 180 * DAY:
        return []
    if name == "ORDER_ID":
        head = ledger.book.find(value)
        found = ledger.of_order(head) if head else []
        return [e for e in found if (after or 0) <= e.posted < before]
    if name == "FINANCIAL_EVENT_GROUP_ID":
        period = periods(ledger.world, ledger.now).get(value)
        return [e for e in ledger.in_settlement(period) if (after or 0) <= e.posted < before]
    if name:
        raise invalid(f"relatedIdentifierName: {name} is no filter.")
    return ledger.posted(after or 0.0, before)


def _wanted(call: Call, ledger: Ledger, entry: Entry | Charge) -> bool:
    status, marketplace = call.get("transactionStatus"), call.get("marketplaceId")
    if status and entry.state(ledger.now) != status:
        return False
    hidden = entry.market == 0 and entry.channel == MFN
    return not marketplace or (MARKETS[entry.market].place.id == marketplace and not hidden)


def of_order(world: World, head: Head) -> tuple[Entry, ...]:
    """Return an order's transactions: its shipment, and the refund of one order in fifty."""
    if not head.shipped:
        return ()
    posted = head.shipped + _POSTS
    refunded = head.shipped + 3 * DAY + head.draws[14] % (12 * DAY)
    # One shipment in five is deferred for a week.
    status = "RELEASED"
    if head.draws[14] % 5 == 0:
        status = "DEFERRED" if world.end - posted < DEFERRED else "DEFERRED_RELEASED"
    shipment = Entry(posted, head.number, False, head.market, head.channel, status)
    if (head.draws[13] >> 8) % 50 == 0:
        return shipment, Entry(refunded, head.number, True, head.market, head.channel, "RELEASED")
    return (shipment,)


def posted_between(world: World, after: float, before: float) -> list[Entry]:
    """Return the transactions posted in [after, before), by time: of the world's orders, as they stand in it."""
    return _posted(world, after, min(before, world.end + _LATEST))


@functools.lru_cache(maxsize=4)
def _posted(world: World, after: float, before: float) -> list[Entry]:
    """Kept, since every page asks again."""
    orders = range(world.first_created(after - _LATEST), world.first_created(before))
    found = [e for n in orders for e in of_order(world, world.head(n)) if after <= e.posted < before]
    return sorted(found)


def periods(world: World, now: float) -> dict[str, tuple[int, int]]:
    """Return (market, start) of every settlement period that has begun, by its id; the latest last."""
    return _periods(world, int(now) // PERIOD)


@functools.lru_cache(maxsize=4)
def _periods(world: World, last: int) -> dict[str, tuple[int, int]]:
    return {
        group_id(world, market, period * PERIOD): (market, period * PERIOD)
        for period in range(world.start // PERIOD, last + 1)
        for market in world.markets
    }


def group_id(world: World, market: int, at: int) -> str:
    """Return the id of the settlement period of a time."""
    text = f"group {world.seed} {market} {at // PERIOD}"
    return hashlib.sha256(text.encode()).hexdigest()[:43].upper()


def settlement_id(group: str) -> str:
    """Return the number by which settlement reports and payouts call a period."""
    return str(int(group[:10], 16))


def _money(currency: str, cents: int) -> dict[str, object]:
    return {"currencyCode": currency, "currencyAmount": cents / 100}


class Part(NamedTuple):
    """A breakdown: a kind of charge, its hundredths of the currency, and what it consists of."""

    kind: str
    cents: int
    parts: tuple[Part, ...] = ()

    def body(self, currency: str) -> dict[str, object]:
        """Return the breakdown as Amazon spells it."""
        parts = [p.body(currency) for p in self.parts]
        return {"breakdownType": self.kind, "breakdownAmount": _money(currency, self.cents), "breakdowns": parts}


def fees(price: int, quantity: int, channel: int, market: int) -> tuple[int, int]:
    """Return (commission, fulfilment fee) of a sale, both as what the seller pays."""
    place = MARKETS[market]
    return place.round(price * 15 // 100), place.round(350 * place.price // 100) * quantity if channel == AFN else 0


def _fees(line: Item, head: Head) -> tuple[int, int]:
    return fees(line.price, line.quantity, head.channel, head.market)


def net(line: Item, head: Head, refund: bool) -> int:
    """Return what a line brings the seller: the price less promotions and fees; a refund takes back all but a fee."""
    commission, fulfilment = _fees(line, head)
    gross = line.price - line.discount + line.shipping
    return -gross + commission if refund else gross - commission - fulfilment


def breakdowns(line: Item, head: Head, refund: bool) -> tuple[Part, ...]:
    """Return what a line's amount consists of; the tax is collected and withheld at once."""
    commission, fulfilment = _fees(line, head)
    sign = -1 if refund else 1
    sales = [Part("OurPricePrincipal", sign * line.price)]
    if line.shipping:
        sales.append(Part("ShippingPrincipal", sign * line.shipping))
    if line.discount:
        sales.append(Part("Promotions", -sign * line.discount))
    tax = sign * (line.tax + line.shipping_tax)
    fees = [_fee("Commission", -sign * commission)]
    if fulfilment and not refund:
        fees.append(_fee("FBAPerUnitFulfillmentFee", -fulfilment))
    charged = sum(f.cents for f in fees)
    return (
        Part("Sales", sum(p.cents for p in sales), tuple(sales)),
        Part("Tax", 0, (Part("TaxCollected", tax), Part("TaxWithheld", -tax))),
        Part("Expenses", charged, (Part("AmazonFees", charged, tuple(fees)),)),
    )


def _fee(kind: str, cents: int) -> Part:
    return Part(kind, cents, (Part("Base", cents),))


def _transaction(ledger: Ledger, entry: Entry) -> dict[str, object]:
    world, book, status = ledger.world, ledger.book, entry.state(ledger.now)
    head = book.head(entry.order)
    market = MARKETS[head.market].place
    lines = ledger.lines(entry)
    kind = "Refund" if entry.refund else "Shipment"
    row: dict[str, object] = {
        "sellingPartnerMetadata": {
            "sellingPartnerId": world.seller_id,
            "accountType": "PAYABLE",
            "marketplaceId": market.id,
        },
        "relatedIdentifiers": _related(world, head, entry, status),
        "transactionType": kind,
        "transactionId": hashlib.sha256(f"{world.seed} {entry[:3]}".encode()).hexdigest()[:40],
        "transactionStatus": status,
        "description": "Refund Order" if entry.refund else "Order Payment",
        "postedDate": iso(entry.posted),
        "totalAmount": _money(market.currency, sum(net(i, head, entry.refund) for i in lines)),
        "marketplaceDetails": {"marketplaceId": market.id, "marketplaceName": market.sales_channel},
        "items": [_line(head, i, entry.refund) for i in lines],
        "contexts": [],
        "breakdowns": _sum([breakdowns(i, head, entry.refund) for i in lines], market.currency),
    }
    if status != "RELEASED":
        matures = {
            "contextType": "DeferredContext",
            "deferralReason": "DD7",
            "maturityDate": iso(entry.settled),
        }
        row["contexts"] = [matures]
    return row


def charge_parts(charge: Charge) -> tuple[Part, ...]:
    """Return what money that is no order's consists of."""
    if charge.kind == SERVICE_FEE:
        parts = (_fee("Subscription", charge.cents),)
        return (Part("Expenses", charge.cents, (Part("AmazonFees", charge.cents, parts),)),)
    return (Part("Reimbursements", charge.cents, (Part("FBAInventoryReimbursement", charge.cents),)),)


def _charge(ledger: Ledger, charge: Charge) -> dict[str, object]:
    """Return the transaction of money that is no order's."""
    world, place = ledger.world, MARKETS[charge.market].place
    group = group_id(world, charge.market, charge.posted)
    names = (("FINANCIAL_EVENT_GROUP_ID", group), ("SETTLEMENT_ID", settlement_id(group)))
    return {
        "sellingPartnerMetadata": {
            "sellingPartnerId": world.seller_id,
            "accountType": "PAYABLE",
            "marketplaceId": place.id,
        },
        "relatedIdentifiers": [{"relatedIdentifierName": n, "relatedIdentifierValue": v} for n, v in names],
        "transactionType": charge.kind,
        "transactionId": hashlib.sha256(f"{world.seed} {tuple(charge)}".encode()).hexdigest()[:40],
        "transactionStatus": "RELEASED",
        "description": "Subscription" if charge.kind == SERVICE_FEE else "FBA Inventory Reimbursement",
        "postedDate": iso(charge.posted),
        "totalAmount": _money(place.currency, charge.cents),
        "marketplaceDetails": {"marketplaceId": place.id, "marketplaceName": place.sales_channel},
        "items": [],
        "contexts": [],
        "breakdowns": _sum([charge_parts(charge)], place.currency),
    }


def _related(world: World, head: Head, entry: Entry, status: str) -> list[dict[str, object]]:
    names = [("ORDER_ID", world.order_id(head)), ("SHIPMENT_ID", entry.shipment)]
    if entry.refund:
        names[1] = ("REFUND_ID", f"R{head.number:09}")
    if status != "DEFERRED":
        group = group_id(world, head.market, entry.settled)
        names += [("FINANCIAL_EVENT_GROUP_ID", group), ("SETTLEMENT_ID", settlement_id(group))]
    return [{"relatedIdentifierName": n, "relatedIdentifierValue": v} for n, v in names]


def _line(head: Head, line: Item, refund: bool) -> dict[str, object]:
    currency = MARKETS[head.market].place.currency
    context = {
        "contextType": "ProductContext",
        "asin": line.sku.asin,
        "sku": line.sku.code,
        "quantityShipped": line.shipped,
        "fulfillmentNetwork": CHANNEL[head.channel],
    }
    related = {
        "itemRelatedIdentifierName": "ORDER_ADJUSTMENT_ITEM_ID",
        "itemRelatedIdentifierValue": f"{line.number:014}",
    }
    return {
        "description": line.sku.title,
        "relatedIdentifiers": [related],
        "totalAmount": _money(currency, net(line, head, refund)),
        "breakdowns": [p.body(currency) for p in breakdowns(line, head, refund)],
        "contexts": [context],
    }


def _sum(lines: list[tuple[Part, ...]], currency: str) -> list[dict[str, object]]:
    """Add up the lines' breakdowns by kind, one level deep."""
    totals: dict[str, int] = {}
    for part in itertools.chain.from_iterable(lines):
        totals[part.kind] = totals.get(part.kind, 0) + part.cents
    return [Part(kind, cents).body(currency) for kind, cents in totals.items()]


def list_balances(call: Call) -> bytes:
    """Answer listBalances: of each marketplace what can be paid out, and what is deferred."""
    now = call.time("asOfDate") or call.now
    ledger = Ledger(Book.of(call), min(now, call.now))
    rows = [r for m in _markets(call) for r in _balances(call, ledger, m)]
    return dump({"balances": rows})


def _markets(call: Call) -> tuple[int, ...]:
    """Return the marketplaces asked for; all of the account's without any, none for an account type it lacks."""
    if call.get("accountType") not in ("", ACCOUNT_TYPE):
        return ()
    return tuple(sorted(call.markets("marketplaceIds"))) or call.world.markets


def balance(ledger: Ledger, market: int) -> tuple[int, int]:
    """Return (available, deferred) of a marketplace, in hundredths of its currency."""
    available = ledger.total(market, int(ledger.now) // PERIOD * PERIOD)
    recent = ledger.between(ledger.now - LATE - DEFERRED, ledger.now)
    held = [e for e in recent if e.market == market and e.state(ledger.now) == "DEFERRED"]
    return available, ledger.net(held)


def _balances(call: Call, ledger: Ledger, market: int) -> Iterator[dict[str, object]]:
    currency = MARKETS[market].place.currency
    available, held = balance(ledger, market)
    reserve = _balance("ACCOUNT_LEVEL_RESERVE", _money(currency, 0))
    deferred = _balance("DEFERRED", _money(currency, held))
    free = _balance("AVAILABLE", _money(currency, available))
    reserved = _balance("RESERVED", _money(currency, held), [deferred, reserve])
    whole = _balance("TOTAL", _money(currency, available + held), [free, reserved])
    known = {str(b["balanceType"]): b for b in (whole, free, reserved, deferred, reserve)}
    asked = call.get("balanceType") or "TOTAL"
    if asked not in known:
        raise invalid(f"balanceType: {asked} is no type of balance.")
    head = {"partnerMetadata": partner(call, market), "asOfDate": iso(int(ledger.now))[:10]}
    yield {**head, **known[asked], "lastUpdatedTime": iso(int(ledger.now) // 3600 * 3600)}


def _balance(kind: str, amount: dict[str, object], parts: list[dict[str, object]] | None = None) -> dict[str, object]:
    return {"balanceType": kind, "amount": amount} | ({"balances": parts} if parts else {})


def partner(call: Call, market: int) -> dict[str, str]:
    """Return whose money it is."""
    place = MARKETS[market].place
    return {"partnerId": call.world.seller_id, "accountType": ACCOUNT_TYPE, "marketplaceId": place.id}


def list_summary(call: Call) -> bytes:
    """Answer listSummary: the sums of each marketplace over days, or over one settlement."""
    start, end = _summary_bounds(call)
    ledger, only = Ledger.of(call), None
    if call.get("relatedIdentifierName") == "SETTLEMENT_ID":
        numbers = {settlement_id(group): period for group, period in periods(call.world, call.now).items()}
        only = numbers.get(call.get("relatedIdentifierValue"), (-1, 0))
    rows = []
    for market in _markets(call):
        if only is None:
            entries = [e for e in ledger.posted(start, end) if e.market == market]
        else:
            entries = ledger.in_settlement(only) if only[0] == market else []
        if only is None or only[0] == market:
            bounds = (start, end) if only is None else (only[1], only[1] + PERIOD)
            related = _settlement(call, market, only)
            rows.append(_summary(call, ledger, market, entries, bounds) | related)
    return dump({"summaries": rows})


def _settlement(call: Call, market: int, period: tuple[int, int] | None) -> dict[str, object]:
    """Return what a summary says of the settlement that it is the sum of."""
    if period is None:
        return {}
    number = settlement_id(group_id(call.world, market, period[1]))
    return {"relatedIdentifiers": [{"relatedIdentifierName": "SETTLEMENT_ID", "relatedIdentifierValue": number}]}


def _summary_bounds(call: Call) -> tuple[int, int]:
    """Return the first moment and the one after the last; without days, the last thirty."""
    today = datetime.fromtimestamp(call.now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = call.time("periodStart"), call.time("periodEnd")
    first = int(start if start is not None else (today - timedelta(days=30)).timestamp())
    last = int(end if end is not None else today.timestamp()) + DAY
    if last <= first:
        raise invalid("periodEnd must not lie before periodStart.")
    return first, last


def _summary(
    call: Call, ledger: Ledger, market: int, entries: list[Entry | Charge], bounds: tuple[int, int]
) -> dict[str, object]:
    currency, lines = MARKETS[market].place.currency, []
    for entry in entries:
        if isinstance(entry, Charge):
            lines.append(charge_parts(entry))
            continue
        head = ledger.book.head(entry.order)
        lines += [breakdowns(i, head, entry.refund) for i in ledger.lines(entry)]
    return {
        "partnerMetadata": partner(call, market),
        "netProceeds": _money(currency, sum(p.cents for parts in lines for p in parts)),
        "breakdowns": _sum(lines, currency),
        "periodStart": iso(bounds[0])[:10],
        "periodEnd": iso(bounds[1] - DAY)[:10],
    }


HANDLERS: dict[str, Handler] = {
    "finances_2024-06-19.listTransactions": list_transactions,
    "finances_2024-06-19.listBalances": list_balances,
    "finances_2024-06-19.listSummary": list_summary,
}
