"""Vendor orders: purchase orders by their times and states, their acknowledgement, and how far each line has come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amzsql.simulator.call import Call, Handler, amount, dump, iso, not_found
from amzsql.simulator.world import DAY, MARKETS

from .vendor_book import CLOSED, KIND, NEW, Book, Order, Progress, Standing, page, within
from .vendor_transactions import RETAIL, no_order, opened_for_each

_HORIZON = 183 * DAY
Body = dict[str, Any]


def get_purchase_orders(call: Call) -> bytes:
    """Answer getPurchaseOrders: with details unless they are refused."""
    found = [s for s in Book.of(call).all() if s.order.created >= call.now - _HORIZON and _wanted(call, s)]
    rows, pagination = page(call, found)
    details = call.get("includeDetails").lower() != "false"
    return dump({"payload": {"pagination": pagination, "orders": [_order(s, details) for s in rows]}})


def _wanted(call: Call, standing: Standing) -> bool:
    order = standing.order
    return (
        within(call, order.created, "created")
        and within(call, standing.changed, "changed")
        and call.get("purchaseOrderState") in ("", standing.state)
        and call.get("orderingVendorCode") in ("", order.vendor)
        and (not call.flag("isPOChanged") or bool(standing.changed))
        and (not call.get("poItemState") or any(p.ordered == 0 for p in standing.lines))
    )


def get_purchase_order(call: Call) -> bytes:
    """Answer getPurchaseOrder."""
    number = call.path["purchaseOrderNumber"]
    found = Book.of(call).find(number)
    if found is None:
        raise not_found(f"purchase order {number}")
    return dump({"payload": _order(found, True)})


def _order(standing: Standing, details: bool) -> Body:
    order = standing.order
    shown: Body = {"purchaseOrderNumber": order.number, "purchaseOrderState": standing.state}
    if details:
        shown["orderDetails"] = _details(standing)
    return shown


def _details(standing: Standing) -> Body:
    order = standing.order
    buyer = {"partyId": order.warehouse}
    shown: Body = {
        "purchaseOrderDate": iso(order.created),
        "purchaseOrderStateChangedDate": iso(standing.state_changed),
        "purchaseOrderType": order.kind,
        "paymentMethod": "Consignment" if order.kind == "ConsignedOrder" else "Invoice",
        "buyingParty": buyer,
        "sellingParty": {"partyId": order.vendor},
        "shipToParty": buyer,
        "billToParty": buyer,
        "shipWindow": ship_window(order),
        "items": [_item(order, p) for p in standing.lines],
    }
    if standing.changed:
        shown["purchaseOrderChangedDate"] = iso(standing.changed)
    return shown


def ship_window(order: Order) -> str:
    """Return the days between which an order is to be shipped, as Amazon spells an interval."""
    day = order.created // DAY * DAY
    return f"{iso(day + DAY)}--{iso(day + 8 * DAY)}"


def _item(order: Order, progress: Progress) -> Body:
    line = progress.line
    return {
        "itemSequenceNumber": line.sequence,
        "amazonProductIdentifier": line.sku.asin,
        "vendorProductIdentifier": line.sku.ean,
        "orderedQuantity": quantity(progress.ordered),
        "isBackOrderAllowed": line.backorder,
        **_money(order, progress),
    }


def _money(order: Order, progress: Progress) -> Body:
    currency = MARKETS[order.market].place.currency
    return {
        "netCost": {"currencyCode": currency, "amount": amount(progress.line.net)},
        "listPrice": {"currencyCode": currency, "amount": amount(progress.line.price)},
    }


def quantity(number: int) -> Body:
    """Return a number of units as Amazon spells it."""
    return {"amount": number, "unitOfMeasure": "Eaches", "unitSize": 1}


# Acknowledgements


def submit_acknowledgement(call: Call) -> bytes:
    """Answer submitAcknowledgement: what is acknowledged is judged when the transaction is processed."""
    return opened_for_each(call, RETAIL, "acknowledgements", _acknowledge)


def _acknowledge(call: Call, asked: Body, at: float) -> Iterator[str]:
    """Keep an acknowledgement, unless something is wrong with it."""
    number = asked["purchaseOrderNumber"]
    standing = Book(call.world, call.store, at).find(number)
    if standing is None:
        yield no_order(number)
        return
    if standing.state == CLOSED:
        yield f"Purchase order {number} is closed."
        return
    if asked["sellingParty"]["partyId"] != standing.order.vendor:
        yield f"Purchase order {number} was not placed with {asked['sellingParty']['partyId']}."
        return
    items: dict[str, tuple[int, int]] = {}
    problems = [p for item in asked["items"] for p in _read_item(number, standing, item, items)]
    if problems:
        yield from problems
        return
    kept = {p.line.sequence: (p.accepted, p.rejected) for p in standing.lines}
    call.store.records(KIND)[number] = {"at": standing.acknowledged or int(at), "items": {**kept, **items}}


def _read_item(number: str, standing: Standing, asked: Body, into: dict[str, tuple[int, int]]) -> Iterator[str]:
    """Add (accepted, rejected) of a line, by its number; what is backordered is neither."""
    progress = _line(standing, asked)
    if progress is None:
        yield f"Purchase order {number} has no such item."
        return
    counts = {"Accepted": 0, "Rejected": 0, "Backordered": 0}
    for part in asked["itemAcknowledgements"]:
        given = part["acknowledgedQuantity"]
        counts[part["acknowledgementCode"]] += int(given.get("amount") or 0) * int(given.get("unitSize") or 1)
        if part["acknowledgementCode"] == "Rejected" and not part.get("rejectionReason"):
            yield f"Purchase order {number}: a rejected item wants a reason."
    if counts["Backordered"] and not progress.line.backorder:
        yield f"Purchase order {number}: item {progress.line.sequence} cannot be backordered."
    if sum(counts.values()) != progress.ordered:
        yield f"Purchase order {number}: item {progress.line.sequence} is for {progress.ordered} units."
    into[progress.line.sequence] = (counts["Accepted"], counts["Rejected"])


def _line(standing: Standing, asked: Body) -> Progress | None:
    """Return the line that is meant: by its number, else by the product's identifier."""
    for progress in standing.lines:
        line = progress.line
        if asked.get("itemSequenceNumber"):
            if asked["itemSequenceNumber"].lstrip("0") == line.sequence:
                return progress
        elif line.sku.asin == asked.get("amazonProductIdentifier") or line.sku.ean == asked.get(
            "vendorProductIdentifier"
        ):
            return progress
    return None


# Status


def get_purchase_orders_status(call: Call) -> bytes:
    """Answer getPurchaseOrdersStatus."""
    found = [s for s in Book.of(call).all() if _wanted_status(call, s)]
    rows, pagination = page(call, found)
    return dump({"payload": {"pagination": pagination, "ordersStatus": [_order_status(s) for s in rows]}})


def _wanted_status(call: Call, standing: Standing) -> bool:
    order = standing.order
    confirmation, receipt = call.get("itemConfirmationStatus"), call.get("itemReceiveStatus")
    return (
        within(call, order.created, "created")
        and within(call, standing.updated, "updated")
        and call.get("purchaseOrderNumber") in ("", order.number)
        and call.get("purchaseOrderStatus") in ("", _open(standing))
        and call.get("orderingVendorCode") in ("", order.vendor)
        and call.get("shipToPartyId") in ("", order.warehouse)
        and (not confirmation or any(_confirmation(standing, p) == confirmation for p in standing.lines))
        and (not receipt or any(_receipt(p) == receipt for p in standing.lines))
    )


def _open(standing: Standing) -> str:
    return "CLOSED" if standing.state == CLOSED else "OPEN"


def _confirmation(standing: Standing, progress: Progress) -> str:
    if standing.state == NEW:
        return "UNCONFIRMED"
    if progress.accepted == 0:
        return "REJECTED" if progress.rejected else "UNCONFIRMED"
    return "ACCEPTED" if progress.accepted >= progress.ordered else "PARTIALLY_ACCEPTED"


def _receipt(progress: Progress) -> str:
    if progress.received == 0:
        return "NOT_RECEIVED"
    return "RECEIVED" if progress.received >= progress.accepted else "PARTIALLY_RECEIVED"


def _order_status(standing: Standing) -> Body:
    order = standing.order
    return {
        "purchaseOrderNumber": order.number,
        "purchaseOrderStatus": _open(standing),
        "purchaseOrderDate": iso(order.created),
        "lastUpdatedDate": iso(standing.updated),
        "sellingParty": {"partyId": order.vendor},
        "shipToParty": {"partyId": order.warehouse},
        "itemStatus": [_item_status(standing, p) for p in standing.lines],
    }


def _item_status(standing: Standing, progress: Progress) -> Body:
    line = progress.line
    return {
        "itemSequenceNumber": line.sequence,
        "buyerProductIdentifier": line.sku.asin,
        "vendorProductIdentifier": line.sku.ean,
        **_money(standing.order, progress),
        "orderedQuantity": {
            "orderedQuantity": quantity(progress.ordered),
            "orderedQuantityDetails": _quantities(standing, progress),
        },
        "acknowledgementStatus": _acknowledgement(standing, progress),
        "receivingStatus": _receiving(standing, progress),
    }


def _quantities(standing: Standing, progress: Progress) -> list[Body]:
    """Return what was ordered at first, and what Amazon made of it."""
    first = {"updatedDate": iso(standing.order.created), "orderedQuantity": quantity(progress.line.quantity)}
    if not standing.changed or progress.line.changed is None:
        return [first]
    cancelled = quantity(progress.line.quantity - progress.ordered)
    changed = {"updatedDate": iso(standing.changed), "orderedQuantity": quantity(progress.ordered)}
    return [first, {**changed, "cancelledQuantity": cancelled}]


def _acknowledgement(standing: Standing, progress: Progress) -> Body:
    counts = {"acceptedQuantity": quantity(progress.accepted), "rejectedQuantity": quantity(progress.rejected)}
    shown: Body = {"confirmationStatus": _confirmation(standing, progress), **counts}
    if standing.acknowledged:
        shown["acknowledgementStatusDetails"] = [{"acknowledgementDate": iso(standing.acknowledged), **counts}]
    return shown


def _receiving(standing: Standing, progress: Progress) -> Body:
    shown: Body = {"receiveStatus": _receipt(progress), "receivedQuantity": quantity(progress.received)}
    if progress.received:
        shown["lastReceiveDate"] = iso(standing.received)
    return shown


HANDLERS: dict[str, Handler] = {
    "vendorOrders.getPurchaseOrders": get_purchase_orders,
    "vendorOrders.getPurchaseOrder": get_purchase_order,
    "vendorOrders.submitAcknowledgement": submit_acknowledgement,
    "vendorOrders.getPurchaseOrdersStatus": get_purchase_orders_status,
}
