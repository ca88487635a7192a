"""Rows of reports about orders: their lines, shipments, returns, and the orders that only reports know.

Orders come from the world, so that a report shows what getOrders shows. Multi-channel orders are those of Fulfillment
Outbound, removal orders are this module's own: no operation of the Orders API shows either of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from types import MappingProxyType

from amzsql.simulator.apis import finances
from amzsql.simulator.apis import outbound_orders as outbound
from amzsql.simulator.apis.order_book import Book
from amzsql.simulator.world import AFN, CANCELED, DAY, MFN, PENDING, SHIPPED, UNSHIPPED, Head, Item, local_price

from .scope import NO_SKU, Cents, Moment, Row, Scope, Source

# An order ships within 64 hours, and changes for the last time at most five days after that.
_SHIPS = 3 * DAY
_CHANGES = 8 * DAY
_REFUNDS = 20 * DAY
_REMOVAL = 97
_BESIDE = MappingProxyType({"saleschannel": "Non-Amazon", "currency": ""})
_OUTBOUND = {
    outbound.RECEIVED: PENDING, outbound.PLANNING: PENDING, outbound.PROCESSING: UNSHIPPED,
    outbound.COMPLETE: SHIPPED, outbound.PARTIAL: SHIPPED, outbound.CANCELLED: CANCELED,
    outbound.UNFULFILLABLE: CANCELED,
}  # fmt: skip
Wanted = Callable[[Head], bool]


def rows_of(book: Book, head: Head, at: int) -> Iterator[Row]:
    """Yield the lines of an order."""
    order_id = book.world.order_id(head)
    for position, item in enumerate(book.items(head)):
        yield Row(head.number, at, head.market, head.draws, item.sku, head, item, position, order_id, item.unit)


def _heads(scope: Scope, before: int = 0) -> Iterator[Head]:
    """Yield the orders bought in the window, and up to `before` seconds earlier."""
    world = scope.world
    return map(scope.book.head, range(world.first_created(scope.start - before), world.first_created(scope.end)))


def _moving(scope: Scope, before: int) -> Iterator[Head]:
    """Yield the orders to which something may have happened in the window: late where the seller did it."""
    book = scope.book
    yield from (h for h in _heads(scope, before) if not book.is_written(h.number))
    yield from book.written()


def by_date(scope: Scope) -> Iterator[Row]:
    """Yield the lines of all orders bought in the window, of the whole region, and those that only reports know."""
    for head in _heads(scope):
        yield from rows_of(scope.book, head, head.created)
    yield from _others(scope, lambda r: r.head.created, 0)


def by_update(scope: Scope) -> Iterator[Row]:
    """Yield the lines of all orders changed in the window, of the whole region, and those that only reports know."""
    for head in _moving(scope, _CHANGES):
        if scope.start <= head.updated < scope.end:
            yield from rows_of(scope.book, head, head.updated)
    yield from _others(scope, lambda r: r.head.updated, _CHANGES)


def _others(scope: Scope, time: Callable[[Row], int], before: int) -> Iterator[Row]:
    for row in itertools.chain(multi_channel(scope), removals(scope, before)):
        if scope.start <= time(row) < scope.end:
            yield row


def multi_channel(scope: Scope) -> Iterator[Row]:
    """Yield the lines of all multi-channel orders: Amazon ships them for a sale that was made elsewhere."""
    partner = scope.partner
    for order in outbound.orders(partner.store, scope.world, partner.account).values():
        yield from _multi(scope, order)


def _multi(scope: Scope, order: outbound.Record) -> Iterator[Row]:
    """Yield the lines of a multi-channel order as it stood when the report was made."""
    world, number, address = scope.world, order["package"], order["address"]
    draws, sent = world.draws("mc", number), outbound.is_sent(order, scope.made)
    status = _OUTBOUND[outbound.status(order, scope.made)]
    times = order["received"], outbound.updated(order, scope.made), outbound.shipped(order) if sent else 0
    head = Head(number, *times, order["market"], AFN, status, draws)
    values = {
        **_BESIDE,
        "merchantorderid": order["id"],
        "shipservicelevel": order["speed"],
        "shipcity": address.get("city") or "",
        "shipstate": address.get("stateOrRegion") or "",
        "shippostalcode": address.get("postalCode") or "",
        "shipcountry": address.get("countryCode") or "",
    }
    order_id = f"S01-{draws[4] % 10**7:07}-{number % 10**7:07}"
    for position, line in enumerate(order["lines"]):
        sku = world.sku_by_code.get(line["sku"]) or NO_SKU._replace(code=line["sku"])
        shipped = line["filled"] if sent else 0
        item = Item(number * 100 + position, sku, line["quantity"], shipped, 0, 0, 0, 0, 0, 0)
        price = local_price(sku, head.market)
        yield Row(number, head.created, head.market, draws, sku, head, item, position, order_id, price, values)


def beside(scope: Scope, row: Row) -> Iterator[Row]:
    """Yield the lines of an order that only reports know, by its first one."""
    mine = [r for r in multi_channel(scope) if r.order_id == row.order_id]
    yield from mine or [row]


def removals(scope: Scope, before: int = 0) -> Iterator[Row]:
    """Yield removal orders of about the window: stock that the seller takes back."""
    first = scope.world.first_created(scope.start - before - DAY)
    for number in range(first + -first % _REMOVAL, scope.world.first_created(scope.end), _REMOVAL):
        yield _removal(scope, number)


def _removal(scope: Scope, number: int) -> Row:
    """Return a removal order beside an order of the world: without money, shipped a day later."""
    world, draws = scope.world, scope.world.draws("ro", number)
    created = world.created(number) + 60
    shipped = created + DAY
    done = shipped < world.latest
    sku = world.sku(draws[0] % (world.sku_count // 4) * 4)
    head = Head(
        number, created, min(shipped, world.latest), shipped if done else 0, world.markets[0], AFN,
        SHIPPED if done else UNSHIPPED, draws,
    )  # fmt: skip
    quantity = 1 + draws[1] % 40
    item = Item(number, sku, quantity, quantity if done else 0, 0, 0, 0, 0, 0, 0)
    price = local_price(sku, head.market)
    return Row(number, created, head.market, draws, sku, head, item, 0, f"REM{number:07}", price, _BESIDE)


def lines(wanted: Wanted) -> Source:
    """Return the lines of the orders bought in the window that are wanted."""

    def source(scope: Scope) -> Iterator[Row]:
        for head in filter(wanted, _heads(scope)):
            yield from rows_of(scope.book, head, head.created)

    return source


def shipments(wanted: Wanted) -> Source:
    """Return the shipped lines of the orders shipped in the window that are wanted."""

    def source(scope: Scope) -> Iterator[Row]:
        for head in _moving(scope, _SHIPS):
            if head.shipped and scope.start <= head.shipped < scope.end and wanted(head):
                yield from (r for r in rows_of(scope.book, head, head.shipped) if r.item.shipped)

    return source


def promotions(scope: Scope) -> Iterator[Row]:
    """Yield the lines that Amazon shipped in the window and that were sold with a discount."""
    return (r for r in shipments(is_afn)(scope) if r.item.discount)


def refunds(channel: int, lead: int = DAY) -> Source:
    """Return the lines that came back in the window: those whose refund is posted `lead` seconds later."""

    def source(scope: Scope) -> Iterator[Row]:
        ledger = finances.Ledger(scope.book, scope.made)
        for head in _moving(scope, _REFUNDS):
            if head.channel != channel or not head.shipped:
                continue
            for entry in ledger.entries(head):
                if entry.refund and scope.start <= entry.posted - lead < scope.end:
                    back = {i.number for i in ledger.lines(entry)}
                    yield from (r for r in rows_of(scope.book, head, entry.posted - lead) if r.item.number in back)

    return source


def replacements(scope: Scope) -> Iterator[Row]:
    """Yield the shipped lines of orders that replace another one."""
    for row in shipments(lambda h: h.channel == AFN and h.draws[14] % 64 == 0 and h.number > 0)(scope):
        old = scope.world.order_id(scope.world.head(row.number - 1))
        yield row._replace(values={"originalamazonorderid": old, "replacementcustomerorderid": row.order_id})


def feedback(scope: Scope) -> Iterator[Row]:
    """Yield what the marketplace's buyers said in the window: one in twelve does, four days after shipping."""
    for head in _moving(scope, _CHANGES):
        at = head.shipped + 4 * DAY
        told = head.shipped and head.market == scope.market and head.draws[12] % 12 == 0
        if told and scope.start <= at < scope.end:
            stars = (5, 5, 5, 4, 4, 3, 2, 1)[head.draws[12] >> 4 & 7]
            said = ("Not as described.", "Slow.", "It is fine.", "Good.", "Great, thank you!")[stars - 1]
            values = {"rating": stars, "comments": said, "response": "", "orderid": scope.world.order_id(head)}
            yield Row(head.number, at, head.market, head.draws, head=head, values=values)


def holds(scope: Scope) -> Iterator[Row]:
    """Yield the transactions whose money is held back at the end of the window."""
    ledger = finances.Ledger(scope.book, scope.made)
    for head in _moving(scope, _SHIPS):
        for entry in ledger.entries(head):
            if entry.state(scope.made) == "DEFERRED" and scope.start <= entry.posted < scope.end:
                items = ledger.lines(entry)
                values = {
                    "transactiontype": "Order Payment",
                    "amount": Cents(sum(finances.net(i, head, entry.refund) for i in items)),
                    "holdreason": "Delivery date policy",
                    "releasedate": Moment(entry.posted + 7 * DAY),
                }
                order_id = scope.world.order_id(head)
                yield Row(
                    head.number, entry.posted, head.market, head.draws, head=head, order_id=order_id, values=values
                )


def is_afn(head: Head) -> bool:
    """Want what Amazon ships."""
    return head.channel == AFN


def is_mfn(head: Head) -> bool:
    """Want what the seller ships, once it is paid."""
    return head.channel == MFN and head.status not in (PENDING, CANCELED)


def is_waiting(head: Head) -> bool:
    """Want what the seller has to ship."""
    return is_mfn(head) and head.status != SHIPPED


def is_pending(head: Head) -> bool:
    """Want what is not paid."""
    return head.status == PENDING


def is_all(_: Head) -> bool:
    """Want everything."""
    return True


def is_business(head: Head) -> bool:
    """Want what businesses bought."""
    return head.business


def is_private(head: Head) -> bool:
    """Want what consumers bought."""
    return not head.business
