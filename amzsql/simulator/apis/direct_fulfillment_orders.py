"""Direct fulfilment orders: the same ones in both versions of the API, and their acknowledgement.

Whoever reads them holds a restricted data token, since a customer's name and address stand in every order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from amzsql.simulator.call import Call, Handler, amount, dump, invalid, iso, not_found
from amzsql.simulator.world import MARKETS, Item

from .direct_fulfillment_book import ACCEPTED, CANCELLED, NEW, VENDOR, Book, Order
from .orders import GIFT_MESSAGE, buyer_name, city, delivery_window, gift, phone, premium, ship_window, street
from .vendor_transactions import DIRECT, no_order, opened_for_each

_API = "vendorDirectFulfillmentOrders"
_METHODS = ("UPS_GROUND", "UPS_2ND", "FEDEX_GROUND")
Body = dict[str, Any]


def wrapped(call: Call, body: Body) -> bytes:
    """Return a body in the shape of its API version: the first ones have a payload around."""
    return dump(body if call.operation.api.endswith("_2021-12-28") else {"payload": body})


def window(call: Call) -> tuple[float, float]:
    """Return the window of creation, both ends of which Amazon wants."""
    after, before = call.time("createdAfter") or 0.0, call.time("createdBefore") or call.now
    if before < after:
        raise invalid("createdBefore must not lie before createdAfter.")
    return after, before


def cut(call: Call, found: list[Order]) -> tuple[list[Order], Body]:
    """Return a page of the orders found, oldest first, and its pagination."""
    if call.get("sortOrder") == "DESC":
        found = found[::-1]
    start = call.position or 0
    end = start + int(call.get("limit") or 100)
    return found[start:end], {"nextToken": call.pages.token(call, end)} if len(found) > end else {}


def find(call: Call, number: str) -> Order:
    """Return the order of a number; refuse one that names nothing."""
    found = Book.of(call).find(number)
    if found is None:
        raise not_found(f"purchase order {number}")
    return found


def get_orders(call: Call) -> bytes:
    """Answer getOrders: with details unless they are refused."""
    size, descending = int(call.get("limit") or 100), call.get("sortOrder") == "DESC"
    walk = Book.of(call).between(*window(call), descending=descending, start=call.position)
    rows = list(itertools.islice((o for o in walk if _wanted(call, o)), size + 1))
    pagination = {"nextToken": call.pages.token(call, rows[size].head.number)} if len(rows) > size else {}
    plain = call.get("includeDetails").lower() == "false"
    shown = [{"purchaseOrderNumber": o.number} if plain else _order(call, o) for o in rows[:size]]
    return wrapped(call, {"pagination": pagination, "orders": shown})


def _wanted(call: Call, order: Order) -> bool:
    return call.get("status") in ("", order.status) and call.get("shipFromPartyId") in ("", order.warehouse)


def get_order(call: Call) -> bytes:
    """Answer getOrder."""
    return wrapped(call, _order(call, find(call, call.path["purchaseOrderNumber"])))


def _order(call: Call, order: Order) -> Body:
    head, items = order.head, call.world.items(order.head)
    details: Body = {
        "customerOrderNumber": call.world.order_id(head),
        "orderDate": iso(head.created),
        "orderStatus": order.status,
        "shipmentDetails": _shipment(order),
        "taxTotal": {"taxLineItem": [_tax(head.market, sum(map(net, items)))]},
        "sellingParty": {"partyId": VENDOR},
        "shipFromParty": {"partyId": order.warehouse},
        "shipToParty": address(order),
        "billToParty": {"partyId": f"AMZN-{MARKETS[head.market].place.country}"},
        "items": [_item(order, n, item) for n, item in enumerate(items)],
    }
    if call.operation.api.endswith("_2021-12-28"):
        details["hasCustomizableItems"] = False
    return {"purchaseOrderNumber": order.number, "orderDetails": details}


def method(order: Order) -> str:
    """Return how an order is to be shipped."""
    return _METHODS[order.head.draws[13] % len(_METHODS)]


def _shipment(order: Order) -> Body:
    head = order.head
    dates = {"requiredShipDate": iso(ship_window(head)[1]), "promisedDeliveryDate": iso(delivery_window(head)[1])}
    return {
        "isPriorityShipment": premium(head),
        "isScheduledDeliveryShipment": False,
        "isPslipRequired": True,
        "isGift": gift(head, 0),
        "shipMethod": method(order),
        "shipmentDates": dates,
        "messageToCustomer": "Thank you for your order.",
    }


def address(order: Order) -> Body:
    """Return whom and where an order goes to: personal data."""
    town, state, code = city(order.head)
    return {
        "name": buyer_name(order.head),
        "addressLine1": street(order.head),
        "city": town,
        "stateOrRegion": state,
        "postalCode": code,
        "countryCode": MARKETS[order.head.market].place.country,
        "phone": phone(order.head),
    }


def net(item: Item) -> int:
    """Return what Amazon pays the vendor for a line."""
    return item.unit * 60 // 100 * item.quantity


def _money(market: int, cents: int) -> Body:
    return {"currencyCode": MARKETS[market].place.currency, "amount": amount(cents)}


def _tax(market: int, cents: int) -> Body:
    rate = MARKETS[market].tax
    return {
        "taxRate": f"{rate / 10_000:.4f}",
        "taxAmount": _money(market, cents * rate // 10_000),
        "taxableAmount": _money(market, cents),
        "type": "TOTAL",
    }


def _item(order: Order, position: int, item: Item) -> Body:
    market = order.head.market
    shown: Body = {
        "itemSequenceNumber": str(position + 1),
        "buyerProductIdentifier": item.sku.asin,
        "vendorProductIdentifier": item.sku.ean,
        "title": item.sku.title,
        "orderedQuantity": {"amount": item.quantity, "unitOfMeasure": "Each"},
        "netPrice": _money(market, net(item) // item.quantity),
        "taxDetails": {"taxLineItem": [_tax(market, net(item))]},
        "totalPrice": _money(market, net(item)),
    }
    if gift(order.head, position):
        shown["giftDetails"] = {"giftMessage": GIFT_MESSAGE, "giftWrapId": "GIFT-1"}
    return shown


# Acknowledgements

# Everything is shipped; all other codes cancel an order or a part of it.
_WHOLE = "00"


def submit_acknowledgement(call: Call) -> bytes:
    """Answer submitAcknowledgement: judged when the transaction is processed."""
    return opened_for_each(call, DIRECT, "orderAcknowledgements", _acknowledge)


def _acknowledge(call: Call, asked: Body, _: float) -> Iterator[str]:
    book, number = Book.of(call), asked["purchaseOrderNumber"]
    order = book.find(number)
    if order is None:
        yield no_order(number)
    elif order.status != NEW:
        yield f"Purchase order {number} is {order.status}."
    elif asked["shipFromParty"]["partyId"] != order.warehouse:
        yield f"Purchase order {number} is to be shipped from {order.warehouse}."
    else:
        whole = asked["acknowledgementStatus"].get("code", _WHOLE) == _WHOLE
        book.write(order, status=ACCEPTED if whole else CANCELLED)


_BY_NAME: dict[str, Handler] = {
    "getOrders": get_orders,
    "getOrder": get_order,
    "submitAcknowledgement": submit_acknowledgement,
}
HANDLERS: dict[str, Handler] = {f"{_API}{v}.{n}": h for v in ("V1", "_2021-12-28") for n, h in _BY_NAME.items()}
