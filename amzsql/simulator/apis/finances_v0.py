"""Finances v0: the same money as finances 2024-06-19, in lists of events by kind and in groups by settlement.

Of the 34 lists of events this seller has shipments, refunds, service fees and adjustments; the others are there and
empty, since whatever stood in them would have to be a transaction of 2024-06-19 and part of a settlement too. What is
deferred is not shown before it is released. A window of more than 180 days is answered empty.
"""

from __future__ import annotations

from collections.abc import Sequence

from amzsql import spapi
from amzsql.simulator.call import Call, Handler, dump, invalid, iso
from amzsql.simulator.world import DAY, MARKETS, Head, Item

from .finances import LATE, PERIOD, SERVICE_FEE, Charge, Entry, Ledger, breakdowns, periods
from .order_book import Book
from .orders_v0 import promotion_id

_SHIPMENTS, _REFUNDS = "ShipmentEventList", "RefundEventList"
_LONGEST = 180 * DAY


def _size(call: Call, default: int) -> int:
    size = int(call.get("MaxResultsPerPage") or default)
    if not 1 <= size <= 100:
        raise invalid("MaxResultsPerPage must lie between 1 and 100.")
    return size


def list_groups(call: Call) -> bytes:
    """Answer listFinancialEventGroups: the settlements, the latest first."""
    start, now = call.position or (0, call.now)
    after = call.time("FinancialEventGroupStartedAfter") or 0.0
    before = call.time("FinancialEventGroupStartedBefore") or now
    found = [(g, m, at) for g, (m, at) in periods(call.world, now).items() if after <= at < before]
    found = [] if after and before - after > _LONGEST else found[::-1]
    size, ledger = _size(call, 10), Ledger(Book.of(call), now)
    payload: dict[str, object] = {"FinancialEventGroupList": [_group(ledger, *g) for g in found[start : start + size]]}
    if len(found) > start + size:
        payload["NextToken"] = call.pages.token(call, (start + size, now))
    return dump({"payload": payload})


def _group(ledger: Ledger, group: str, market: int, start: int) -> dict[str, object]:
    currency, end = MARKETS[market].place.currency, start + PERIOD
    total = ledger.total(market, start)
    row: dict[str, object] = {
        "FinancialEventGroupId": group,
        "ProcessingStatus": "Open",
        "OriginalTotal": _money(currency, total),
        "BeginningBalance": _money(currency, 0),
        "FinancialEventGroupStart": iso(start),
    }
    if ledger.now < end + LATE:
        return row
    transfer = {
        "ProcessingStatus": "Closed",
        "FundTransferStatus": "Succeeded",
        "FundTransferDate": iso(end + LATE),
        "TraceId": group[10:24],
        "AccountTail": "381",
        "FinancialEventGroupEnd": iso(end),
    }
    return {**row, **transfer}


def list_events(call: Call) -> bytes:
    """Answer listFinancialEvents: by the time of posting."""
    ledger, start = _state(call)
    after, before = call.time("PostedAfter"), call.time("PostedBefore") or ledger.now
    if after is not None and before < after:
        raise invalid("PostedBefore must not lie before PostedAfter.")
    long = after is not None and before - after > _LONGEST
    return _page(call, ledger, start, [] if long else ledger.posted(after or 0.0, before))


def list_events_of_group(call: Call) -> bytes:
    """Answer listFinancialEventsByGroupId."""
    ledger, start = _state(call)
    period = periods(call.world, ledger.now).get(call.path["eventGroupId"])
    after, before = call.time("PostedAfter") or 0.0, call.time("PostedBefore") or ledger.now
    found = ledger.in_settlement(period)
    return _page(call, ledger, start, [e for e in found if after <= e.posted < before])


def list_events_of_order(call: Call) -> bytes:
    """Answer listFinancialEventsByOrderId."""
    ledger, start = _state(call)
    head = ledger.book.find(call.path["orderId"])
    return _page(call, ledger, start, ledger.of_order(head) if head else [])


def _state(call: Call) -> tuple[Ledger, int]:
    """Return what showed when the scan began, and where its page begins."""
    start, now = call.position or (0, call.now)
    return Ledger(Book.of(call), now), start


def _page(call: Call, ledger: Ledger, start: int, entries: Sequence[Entry | Charge]) -> bytes:
    shown = [e for e in entries if e.state(ledger.now) != "DEFERRED"]
    size = _size(call, 100)
    events: dict[str, list[object]] = {name: [] for name in _lists()}
    for entry in shown[start : start + size]:
        if isinstance(entry, Charge):
            events[f"{entry.kind}EventList"].append(_charged(ledger, entry))
            continue
        events[_REFUNDS if entry.refund else _SHIPMENTS].append(_event(ledger, entry))
    payload: dict[str, object] = {"FinancialEvents": events}
    if len(shown) > start + size:
        payload["NextToken"] = call.pages.token(call, (start + size, ledger.now))
    return dump({"payload": payload})


def _lists() -> tuple[str, ...]:
    """Return the names of the lists of events."""
    return tuple(name for name, _ in spapi.api("financesV0").types["FinancialEvents"].properties)


def _event(ledger: Ledger, entry: Entry) -> dict[str, object]:
    head = ledger.book.head(entry.order)
    order_id = ledger.world.order_id(head)
    items = [_item(i, head, entry.refund) for i in ledger.lines(entry)]
    return {
        "AmazonOrderId": order_id,
        "SellerOrderId": order_id,
        "MarketplaceName": MARKETS[head.market].place.sales_channel,
        "PostedDate": iso(entry.posted),
        "ShipmentItemAdjustmentList" if entry.refund else "ShipmentItemList": items,
    }


def _charged(ledger: Ledger, charge: Charge) -> dict[str, object]:
    """Return the event of money that is no order's; a service fee has no time."""
    place = MARKETS[charge.market].place
    amount = _money(place.currency, charge.cents)
    if charge.kind == SERVICE_FEE:
        return {"FeeReason": "Subscription", "FeeList": [{"FeeType": "Subscription", "FeeAmount": amount}]}
    sku = ledger.world.sku(charge.sku)
    item = {
        "Quantity": "1",
        "PerUnitAmount": amount,
        "TotalAmount": amount,
        "SellerSKU": sku.code,
        "ASIN": sku.asin,
        "ProductDescription": sku.title,
    }
    return {
        "AdjustmentType": "WAREHOUSE_LOST",
        "PostedDate": iso(charge.posted),
        "AdjustmentAmount": amount,
        "AdjustmentItemList": [item],
    }


def _item(line: Item, head: Head, refund: bool) -> dict[str, object]:
    """Return a line's event; its charges, promotions, fees and withheld taxes are the parts of 2024-06-19."""
    currency, sign = MARKETS[head.market].place.currency, -1 if refund else 1
    charges = (("Principal", line.price), ("Tax", line.tax), ("ShippingCharge", line.shipping))
    charged = [_charge(n, sign * c, currency) for n, c in (*charges, ("ShippingTax", line.shipping_tax)) if c]
    withheld = (
        ("MarketplaceFacilitatorTax-Principal", line.tax),
        ("MarketplaceFacilitatorTax-Shipping", line.shipping_tax),
    )
    taxes = [_charge(n, -sign * c, currency) for n, c in withheld if c]
    expenses = next(p for p in breakdowns(line, head, refund) if p.kind == "Expenses").parts[0]
    kind = "Adjustment" if refund else ""
    row: dict[str, object] = {
        "SellerSKU": line.sku.code,
        "OrderItemId": f"{line.number:014}",
        "QuantityShipped": line.shipped,
        f"ItemCharge{kind}List": charged,
        f"ItemFee{kind}List": [{"FeeType": p.kind, "FeeAmount": _money(currency, p.cents)} for p in expenses.parts],
        "ItemTaxWithheldList": [{"TaxCollectionModel": "MarketplaceFacilitator", "TaxesWithheld": taxes}],
    }
    if refund:
        row["OrderAdjustmentItemId"] = f"{line.number + 1:014}"
    if line.discount:
        promotion = {"PromotionType": "PromotionMetaDataDefinitionValue", "PromotionId": promotion_id(line)}
        row[f"Promotion{kind}List"] = [{**promotion, "PromotionAmount": _money(currency, -sign * line.discount)}]
    return row


def _charge(kind: str, cents: int, currency: str) -> dict[str, object]:
    return {"ChargeType": kind, "ChargeAmount": _money(currency, cents)}


def _money(currency: str, cents: int) -> dict[str, object]:
    return {"CurrencyCode": currency, "CurrencyAmount": cents / 100}


HANDLERS: dict[str, Handler] = {
    "financesV0.listFinancialEventGroups": list_groups,
    "financesV0.listFinancialEventsByGroupId": list_events_of_group,
    "financesV0.listFinancialEventsByOrderId": list_events_of_order,
    "financesV0.listFinancialEvents": list_events,
}
