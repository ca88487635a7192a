"""Finances 2024-06-19: one transaction for each shipment, and one for each refund.

Two of Amazon's traps are here: a window of more than 180 days is answered empty, and with a marketplace id the
transactions of US orders that the seller ships himself are missing.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
from typing import NamedTuple

from amzsql.simulator.call import Call, Handler, dump, invalid, iso
from amzsql.simulator.world import AFN, DAY, MARKETS, MFN, Head, Item, World

from .orders_v0 import CHANNEL

_PAGE = 100
_PERIOD = 14 * DAY
_LATEST = 20 * DAY


class Entry(NamedTuple):
    """A transaction: when it was posted, of which order, whether it is its refund, and what filters look at."""

    posted: int
    order: int
    refund: bool
    market: int
    channel: int
    status: str


def list_transactions(call: Call) -> bytes:
    """Answer listTransactions."""
    entries = [e for e in _candidates(call) if _wanted(call, e)]
    start = call.position or 0
    payload: dict[str, object] = {"transactions": [_transaction(call.world, e) for e in entries[start : start + _PAGE]]}
    if len(entries) > start + _PAGE:
        payload["nextToken"] = call.pages.token(call, start + _PAGE)
    return dump({"payload": payload})


def _candidates(call: Call) -> list[Entry]:
    """Return the transactions of the window, order or settlement that is asked for, by time."""
    world, name, value = call.world, call.get("relatedIdentifierName"), call.get("relatedIdentifierValue")
    before = call.time("postedBefore") or call.now - 120
    after = call.time("postedAfter")
    if after is not None and before - after > 180 * DAY:
        return []
    if name == "ORDER_ID":
        head = world.find_order(value)
        found = of_order(world, head) if head else ()
        return [e for e in found if (after or 0) <= e.posted < before]
    if name == "FINANCIAL_EVENT_GROUP_ID":
        period = _periods(world).get(value)
        if period is None:
            return []
        entries = posted_between(world, max(period[1], after or 0), min(period[1] + _PERIOD, before))
        return [e for e in entries if e.market == period[0] and e.status != "DEFERRED"]
    if name:
        raise invalid(f"relatedIdentifierName: {name} is no filter.")
    # Nothing is posted after the end of history: cut there, the window of every page is the same.
    return posted_between(world, after or 0.0, min(before, world.latest + 1.0))


def _wanted(call: Call, entry: Entry) -> bool:
    status, marketplace = call.get("transactionStatus"), call.get("marketplaceId")
    if status and entry.status != status:
        return False
    hidden = entry.market == 0 and entry.channel == MFN
    return not marketplace or (MARKETS[entry.market].place.id == marketplace and not hidden)


def of_order(world: World, head: Head) -> tuple[Entry, ...]:
    """Return an order's transactions: its shipment, and the refund of one order in fifty."""
    if not head.shipped:
        return ()
    latest = world.latest
    posted = min(head.shipped + 3600, latest)
    refunded = head.shipped + 3 * DAY + head.draws[14] % (12 * DAY)
    # One shipment in five is deferred for a week.
    status = "RELEASED"
    if head.draws[14] % 5 == 0:
        status = "DEFERRED" if world.end - posted < 7 * DAY else "DEFERRED_RELEASED"
    shipment = Entry(posted, head.number, False, head.market, head.channel, status)
    if (head.draws[13] >> 8) % 50 == 0 and refunded < latest:
        return shipment, Entry(refunded, head.number, True, head.market, head.channel, "RELEASED")
    return (shipment,)


@functools.lru_cache(maxsize=4)
def posted_between(world: World, after: float, before: float) -> list[Entry]:
    """Return the transactions posted in [after, before), by time; kept, since every page asks again."""
    orders = range(world.first_created(after - _LATEST), world.first_created(before))
    found = [e for n in orders for e in of_order(world, world.head(n)) if after <= e.posted < before]
    return sorted(found)


@functools.lru_cache(maxsize=4)
def _periods(world: World) -> dict[str, tuple[int, int]]:
    """Return (market, start) of every settlement period by its id."""
    first = world.start // _PERIOD
    last = world.end // _PERIOD
    return {
        group_id(world, market, period * _PERIOD): (market, period * _PERIOD)
        for market in world.markets
        for period in range(first, last + 1)
    }


def group_id(world: World, market: int, at: int) -> str:
    """Return the id of the settlement period of a time."""
    text = f"group {world.seed} {market} {at // _PERIOD}"
    return hashlib.sha256(text.encode()).hexdigest()[:43].upper()


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


def _fees(line: Item, channel: int, rate: int) -> tuple[int, int]:
    """Return a line's (commission, fulfilment fee), both as what the seller pays."""
    return line.price * 15 // 100, 350 * rate // 100 * line.quantity if channel == AFN else 0


def net(line: Item, head: Head, refund: bool) -> int:
    """Return what a line brings the seller: the price less promotions and fees; a refund takes back all but a fee."""
    commission, fulfilment = _fees(line, head.channel, MARKETS[head.market].price)
    gross = line.price - line.discount + line.shipping
    return -gross + commission if refund else gross - commission - fulfilment


def _breakdowns(line: Item, head: Head, refund: bool) -> tuple[Part, ...]:
    """Return what a line's amount consists of; the tax is collected and withheld at once."""
    commission, fulfilment = _fees(line, head.channel, MARKETS[head.market].price)
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


def _transaction(world: World, entry: Entry) -> dict[str, object]:
    head = world.head(entry.order)
    market = MARKETS[head.market].place
    lines = [i for i in world.items(head) if i.shipped]
    kind = "Refund" if entry.refund else "Shipment"
    row: dict[str, object] = {
        "sellingPartnerMetadata": {
            "sellingPartnerId": world.seller_id,
            "accountType": "PAYABLE",
            "marketplaceId": market.id,
        },
        "relatedIdentifiers": _related(world, head, entry),
        "transactionType": kind,
        "transactionId": hashlib.sha256(f"{world.seed} {entry[:3]}".encode()).hexdigest()[:40],
        "transactionStatus": entry.status,
        "description": "Refund Order" if entry.refund else "Order Payment",
        "postedDate": iso(entry.posted),
        "totalAmount": _money(market.currency, sum(net(i, head, entry.refund) for i in lines)),
        "marketplaceDetails": {"marketplaceId": market.id, "marketplaceName": market.sales_channel},
        "items": [_line(head, i, entry.refund) for i in lines],
        "contexts": [],
        "breakdowns": _sum([_breakdowns(i, head, entry.refund) for i in lines], market.currency),
    }
    if entry.status != "RELEASED":
        matures = {
            "contextType": "DeferredContext",
            "deferralReason": "DD7",
            "maturityDate": iso(entry.posted + 7 * DAY),
        }
        row["contexts"] = [matures]
    return row


def _related(world: World, head: Head, entry: Entry) -> list[dict[str, object]]:
    names = [("ORDER_ID", world.order_id(head)), ("SHIPMENT_ID", f"S{head.number:09}")]
    if entry.refund:
        names[1] = ("REFUND_ID", f"R{head.number:09}")
    if entry.status != "DEFERRED":
        group = group_id(world, head.market, entry.posted)
        names += [("FINANCIAL_EVENT_GROUP_ID", group), ("SETTLEMENT_ID", str(int(group[:10], 16)))]
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
        "breakdowns": [p.body(currency) for p in _breakdowns(line, head, refund)],
        "contexts": [context],
    }


def _sum(lines: list[tuple[Part, ...]], currency: str) -> list[dict[str, object]]:
    """Add up the lines' breakdowns by kind, one level deep."""
    totals: dict[str, int] = {}
    for part in itertools.chain.from_iterable(lines):
        totals[part.kind] = totals.get(part.kind, 0) + part.cents
    return [Part(kind, cents).body(currency) for kind, cents in totals.items()]


HANDLERS: dict[str, Handler] = {"finances_2024-06-19.listTransactions": list_transactions}
