"""Feeds that confirm shipments: each record of a flat file, each message of an XML feed is a package of an order.

Owns how the two are read; whether an order can be shipped is judged as confirmShipment judges it. Knows nothing of a
feed's states and of its processing report.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree import ElementTree

from amzsql.simulator.call import CallError, invalid, parse_time
from amzsql.simulator.documents import Partner

from .feed_contents import Issue, Malformed, Result, lines, xml_root
from .order_actions import check_shippable, contents
from .order_book import Book, Package

FEEDS = frozenset({"POST_FLAT_FILE_FULFILLMENT_DATA", "POST_ORDER_FULFILLMENT_DATA"})
_REFUSED = "18028"


class _Told(NamedTuple):
    """What a feed says of one package; without `items` it holds all that is left of the order."""

    number: int
    order: str
    shipped: str
    carrier: str
    method: str
    tracking: str
    items: list[dict[str, Any]]


def process(partner: Partner, kind: str, body: bytes) -> Result:
    """Confirm the packages of a feed in the format TSV or XML; Malformed if it cannot be read."""
    result = Result()
    for told in _flat(body) if kind == "TSV" else _xml(body):
        result.messages += 1
        try:
            _confirm(partner, told)
        except CallError as error:
            result.invalid += 1
            result.issues.append(_issue(told, error.message))
    return result


def _issue(told: _Told, message: str) -> Issue:
    return {"messageId": told.number, "code": _REFUSED, "severity": "ERROR", "message": message}


def _confirm(partner: Partner, told: _Told) -> None:
    """Keep one package, or raise the CallError that says what is wrong with it."""
    book = Book.of(partner)
    head = book.find(told.order)
    if head is None:
        raise invalid(f"order-id {told.order} is not known.")
    check_shippable(head)
    shipped = parse_time(told.shipped)
    if shipped > partner.now + 86_400:
        raise invalid("The ship date lies in the future.")
    left = [i for i in book.items(head) if i.shipped < i.quantity]
    items = told.items or [{"orderItemId": f"{i.number:014}", "quantity": i.quantity - i.shipped} for i in left]
    if not items:
        raise invalid("Nothing of the order is left to be shipped.")
    taken = {p.reference for p in book.packages(head.number)}
    # By the first number an order's package goes that left by itself.
    reference = next(str(n) for n in itertools.count(2) if str(n) not in taken)
    package = Package(
        reference, told.carrier, told.method, told.tracking, int(shipped), int(partner.now),
        tuple(contents(book, head, reference, items)),
    )  # fmt: skip
    book.confirm(head.number, package, partner.now)


def _flat(body: bytes) -> Iterator[_Told]:
    names, *rows = ([cell.strip() for cell in line.decode("utf-8", "replace").split("\t")] for line in lines(body))
    if "order-id" not in names:
        raise Malformed("The feed has no column order-id.")
    for number, cells in enumerate(rows, 1):
        row = dict(zip(names, cells, strict=False))
        item = row.get("order-item-id", "")
        yield _Told(
            number,
            row.get("order-id", ""),
            row.get("ship-date", ""),
            row.get("carrier-name") or row.get("carrier-code") or "",
            row.get("ship-method", ""),
            row.get("tracking-number", ""),
            [_item(item, row.get("quantity", ""))] if item else [],
        )


def _item(item: str, quantity: str) -> dict[str, Any]:
    # What is no number is a quantity that nobody has left to ship.
    return {"orderItemId": item, "quantity": int(quantity) if quantity.isdecimal() and len(quantity) < 9 else 0}


def _xml(body: bytes) -> Iterator[_Told]:
    for number, message in enumerate(xml_root(body).iter("Message"), 1):
        identifier = _text(message, "MessageID")
        data = "OrderFulfillment/FulfillmentData/"
        yield _Told(
            int(identifier) if identifier.isdecimal() and len(identifier) < 19 else number,
            _text(message, "OrderFulfillment/AmazonOrderID") or _text(message, "OrderFulfillment/MerchantOrderID"),
            _text(message, "OrderFulfillment/FulfillmentDate"),
            _text(message, f"{data}CarrierName") or _text(message, f"{data}CarrierCode"),
            _text(message, f"{data}ShippingMethod"),
            _text(message, f"{data}ShipperTrackingNumber"),
            [
                _item(_text(i, "AmazonOrderItemCode"), _text(i, "Quantity"))
                for i in message.iterfind("OrderFulfillment/Item")
            ],
        )


def _text(element: ElementTree.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
