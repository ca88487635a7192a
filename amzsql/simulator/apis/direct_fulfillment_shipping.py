"""Direct fulfilment shipping: labels, packing slips, customer invoices, and what the vendor tells of its shipments.

Both versions of the API read the same orders. A label exists once it was asked for; a packing slip exists with it, a
customer's invoice once the order was shipped. Labels are ZPL, the other documents PDF, all of them in Base64.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

from amzsql.simulator.call import Call, Handler, amount, dump, invalid, iso, not_found, parse_time
from amzsql.simulator.reports.writers import pdf

from .direct_fulfillment_book import CANCELLED, DELIVERED, VENDOR, Book, Order
from .direct_fulfillment_orders import address, cut, find, method, net, window, wrapped
from .vendor_transactions import DIRECT, no_order, opened_for_each

_API = "vendorDirectFulfillmentShipping"
Body = dict[str, Any]
Show = Callable[[Call, Order], Body]


# Documents


def _zpl(lines: list[str]) -> str:
    fields = "".join(f"^FO40,{40 + 40 * n}^A0N,28,28^FD{line}^FS" for n, line in enumerate(lines))
    return base64.b64encode(f"^XA^CI28{fields}^XZ".encode()).decode()


def _pdf(lines: list[str]) -> str:
    return base64.b64encode(pdf(lines)).decode()


def _to(order: Order) -> list[str]:
    where = address(order)
    return [where["name"], where["addressLine1"], f"{where['city']} {where['stateOrRegion']} {where['postalCode']}"]


def _label(_: Call, order: Order) -> Body:
    containers = order.containers or ({},)
    return {
        "purchaseOrderNumber": order.number,
        "sellingParty": {"partyId": VENDOR},
        "shipFromParty": {"partyId": order.warehouse},
        "labelFormat": "ZPL",
        "labelData": [_package(order, n, c) for n, c in enumerate(containers, 1)],
    }


def _package(order: Order, position: int, container: Body) -> Body:
    tracking = container.get("trackingNumber") or f"1ZHAL{order.head.number:010}{position}"
    return {
        "packageIdentifier": container.get("containerIdentifier") or f"PKG{position:03}",
        "trackingNumber": tracking,
        "shipMethod": container.get("shipMethod") or method(order),
        "shipMethodName": (container.get("shipMethod") or method(order)).replace("_", " ").title(),
        "content": _zpl([*_to(order), f"PO {order.number}", tracking]),
    }


def _slip(call: Call, order: Order) -> Body:
    lines = [f"{i.quantity} x {i.sku.title} ({i.sku.asin})" for i in call.world.items(order.head)]
    content = _pdf([f"Packing slip {order.number}", *_to(order), *lines])
    return {"purchaseOrderNumber": order.number, "content": content, "contentType": "application/pdf"}


def _invoice(call: Call, order: Order) -> Body:
    items = call.world.items(order.head)
    lines = [f"{i.quantity} x {i.sku.title}: {amount(net(i))}" for i in items]
    total = f"Total {amount(sum(map(net, items)))}"
    content = _pdf([f"Invoice {order.number}", iso(order.shipped)[:10], *_to(order), *lines, total])
    return {"purchaseOrderNumber": order.number, "content": content}


def _listed(call: Call, found: list[Order], name: str, show: Show) -> bytes:
    wanted = [o for o in found if call.get("shipFromPartyId") in ("", o.warehouse)]
    rows, pagination = cut(call, wanted)
    return wrapped(call, {"pagination": pagination, name: [show(call, o) for o in rows]})


def _one(call: Call, exists: Callable[[Order], int], what: str, show: Show) -> bytes:
    order = find(call, call.path["purchaseOrderNumber"])
    if not exists(order):
        raise not_found(f"{what} for purchase order {order.number}")
    return wrapped(call, show(call, order))


def get_labels(call: Call) -> bytes:
    """Answer getShippingLabels, by the time at which the labels were made."""
    return _listed(call, Book.of(call).labelled(*window(call)), "shippingLabels", _label)


def get_label(call: Call) -> bytes:
    """Answer getShippingLabel."""
    return _one(call, lambda o: o.labelled, "shipping label", _label)


def get_slips(call: Call) -> bytes:
    """Answer getPackingSlips."""
    return _listed(call, Book.of(call).labelled(*window(call)), "packingSlips", _slip)


def get_slip(call: Call) -> bytes:
    """Answer getPackingSlip."""
    return _one(call, lambda o: o.labelled, "packing slip", _slip)


def get_invoices(call: Call) -> bytes:
    """Answer getCustomerInvoices, by the time at which the orders were shipped."""
    return _listed(call, Book.of(call).shipped(*window(call)), "customerInvoices", _invoice)


def get_invoice(call: Call) -> bytes:
    """Answer getCustomerInvoice."""
    return _one(call, lambda o: o.shipped, "customer invoice", _invoice)


def create_labels(call: Call) -> bytes:
    """Answer createShippingLabels: at once; what has been shipped is given its labels again."""
    book, order = Book.of(call), find(call, call.path["purchaseOrderNumber"])
    if order.status == CANCELLED:
        raise invalid(f"Purchase order {order.number} is {order.status}.")
    if order.status != DELIVERED:
        book.write(order, labelled=int(call.now), containers=call.body.get("containers") or [])
    return wrapped(call, _label(call, find(call, order.number)))


def create_container_label(call: Call) -> bytes:
    """Answer createContainerLabel: for packages of one carrier."""
    tracking = f"SWA{call.store.text('container-label').upper()}"
    packages = [p["packageTrackingNumber"] for p in call.body["packages"]]
    content = _zpl([tracking, call.body["vendorContainerId"], *packages])
    label = {"containerTrackingNumber": tracking, "content": content, "format": "ZPL"}
    return dump({"containerLabel": label})


# What is submitted


def _submitter(name: str, take: Callable[[Book, Order, Body, float], Iterator[str]]) -> Handler:
    """Make the handler of a submission: a list of things, each of which is about one purchase order."""

    def judge(call: Call, asked: Body, at: float) -> Iterator[str]:
        book, number = Book.of(call), asked["purchaseOrderNumber"]
        order = book.find(number)
        if order is None:
            yield no_order(number)
        else:
            yield from take(book, order, asked, at)

    return lambda call: opened_for_each(call, DIRECT, name, judge)


def _ended(order: Order) -> Iterator[str]:
    """Yield why nothing more can be done with an order."""
    if order.status in (CANCELLED, DELIVERED):
        yield f"Purchase order {order.number} is {order.status}."


def _request_label(book: Book, order: Order, asked: Body, at: float) -> Iterator[str]:
    problems = list(_ended(order))
    yield from problems
    if not problems:
        book.write(order, labelled=int(at), containers=asked.get("containers") or [])


def _confirm(book: Book, order: Order, asked: Body, _: float) -> Iterator[str]:
    problems = list(_ended(order))
    details = asked["shipmentDetails"]
    if not problems and details["shipmentStatus"] == "SHIPPED" and not order.labelled:
        problems.append(f"Purchase order {order.number} has no shipping label.")
    yield from problems
    if problems:
        return
    if details["shipmentStatus"] == "SHIPPED":
        book.write(order, status=DELIVERED, shipped=int(parse_time(details["shippedDate"])))
    else:
        book.write(order, status=CANCELLED)


def _update(_: Book, order: Order, asked: Body, __: float) -> Iterator[str]:
    """Judge news of a shipment. Amazon shows them to the customer, and to nobody here."""
    if order.status != DELIVERED:
        tracking = asked["statusUpdateDetails"]["trackingNumber"]
        yield f"Purchase order {order.number} has no shipment with tracking number {tracking}."


_BY_NAME: dict[str, Handler] = {
    "getShippingLabels": get_labels,
    "getShippingLabel": get_label,
    "getPackingSlips": get_slips,
    "getPackingSlip": get_slip,
    "getCustomerInvoices": get_invoices,
    "getCustomerInvoice": get_invoice,
    "submitShippingLabelRequest": _submitter("shippingLabelRequests", _request_label),
    "submitShipmentConfirmations": _submitter("shipmentConfirmations", _confirm),
    "submitShipmentStatusUpdates": _submitter("shipmentStatusUpdates", _update),
}
HANDLERS: dict[str, Handler] = {
    **{f"{_API}{v}.{n}": h for v in ("V1", "_2021-12-28") for n, h in _BY_NAME.items()},
    f"{_API}_2021-12-28.createShippingLabels": create_labels,
    f"{_API}_2021-12-28.createContainerLabel": create_container_label,
}
