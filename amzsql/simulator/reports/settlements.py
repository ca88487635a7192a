"""Rows of settlements: what the transactions of one period of one marketplace add up to, and each of its parts.

The amounts are those of the finances API: an entry's parts add up to what `finances.net` says of its lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from amzsql.simulator.apis import finances
from amzsql.simulator.world import AFN, DAY, MARKETS, Head, Item

from .scope import Cents, Moment, Row, Scope


class Part(NamedTuple):
    """A part of what a line brings: its type, description and amount, and the columns that it has in version 1."""

    type: str
    description: str
    cents: int
    columns: str


def parts(item: Item, head: Head, refund: bool) -> Iterator[Part]:
    """Yield the parts of a line; the last one is what is left of the whole."""
    sign = -1 if refund else 1
    commission = -sign * finances.fees(item.price, item.quantity, head.channel, head.market)[0]
    found = [
        Part("ItemPrice", "Principal", sign * item.price, "price"),
        Part("ItemPrice", "Shipping", sign * item.shipping, "price"),
        Part("Promotion", "Principal", -sign * item.discount, "promotion"),
        Part("ItemFees", "Commission", commission, "itemrelatedfee"),
    ]
    rest = finances.net(item, head, refund) - sum(p.cents for p in found)
    name = "FBAPerUnitFulfillmentFee" if head.channel == AFN else "ShippingHB"
    yield from (p for p in (*found, Part("ItemFees", name, rest, "itemrelatedfee")) if p.cents)


def rows(scope: Scope) -> Iterator[Row]:
    """Yield the total of the period that the report begins in, then its parts; nothing without a transaction."""
    start = max(scope.start, 0) // finances.PERIOD * finances.PERIOD
    ledger = finances.Ledger(scope.book, scope.made)
    entries = ledger.in_settlement((scope.market, start))
    if not entries:
        return
    group = finances.group_id(scope.world, scope.market, start)
    number = finances.settlement_id(group)
    first = {
        "settlementid": number,
        "settlementstartdate": Moment(start),
        "settlementenddate": Moment(start + finances.PERIOD),
        "depositdate": Moment(start + finances.PERIOD + 2 * DAY),
        "totalamount": Cents(ledger.total(scope.market, start)),
        "currency": MARKETS[scope.market].place.currency,
    }
    yield Row(0, start, scope.market, (0,) * 16, values=first)
    for entry in entries:
        if isinstance(entry, finances.Charge):
            yield _of_charge(scope, entry, number)
        else:
            yield from _of_entry(scope, ledger, entry, number)


def _of_charge(scope: Scope, charge: finances.Charge, number: str) -> Row:
    """Return the row of money that is no order's."""
    fee = charge.kind == finances.SERVICE_FEE
    values = {
        "settlementid": number,
        "transactiontype": charge.kind,
        "marketplacename": MARKETS[charge.market].place.sales_channel,
        "posteddate": Moment(charge.posted),
        "posteddatetime": Moment(charge.posted),
        "amounttype": "other-transaction" if fee else "FBA Inventory Reimbursement",
        "amountdescription": "Subscription Fee" if fee else "WAREHOUSE_LOST",
        "amount": Cents(charge.cents),
        "otheramount": Cents(charge.cents),
        "sku": "" if fee else scope.world.sku(charge.sku).code,
    }
    return Row(0, charge.posted, scope.market, (0,) * 16, values=values)


def _of_entry(scope: Scope, ledger: finances.Ledger, entry: finances.Entry, number: str) -> Iterator[Row]:
    head = scope.book.head(entry.order)
    order_id = scope.world.order_id(head)
    about = {
        "settlementid": number,
        "transactiontype": "Refund" if entry.refund else "Order",
        "orderid": order_id,
        "merchantorderid": order_id,
        "adjustmentid": f"R{head.number:09}" if entry.refund else "",
        "shipmentid": "" if entry.refund else entry.shipment,
        "marketplacename": MARKETS[entry.market].place.sales_channel,
        "fulfillmentid": "AFN" if head.channel == AFN else "MFN",
        "posteddate": Moment(entry.posted),
        "posteddatetime": Moment(entry.posted),
    }
    for item in ledger.lines(entry):
        for part in parts(item, head, entry.refund):
            values = about | {
                "amounttype": part.type,
                "amountdescription": part.description,
                "amount": Cents(part.cents),
                f"{part.columns}type": part.description,
                f"{part.columns}amount": Cents(part.cents),
                "orderitemcode": f"{item.number:014}",
                "sku": item.sku.code,
                "quantitypurchased": item.shipped
                if part.description == "Principal" and part.type == "ItemPrice"
                else "",
                "promotionid": f"Save 10% SIM-{item.sku.number % 7}" if part.type == "Promotion" else "",
            }
            yield Row(head.number, entry.posted, entry.market, head.draws, item.sku, head, item, 0, order_id, 0, values)
