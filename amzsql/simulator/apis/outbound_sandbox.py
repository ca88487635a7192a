"""Fulfillment Outbound in the sandbox: the steps of an order that production leaves to Amazon.

Both versions show what was set. Knows nothing of how an order is planned.
"""

from __future__ import annotations

from collections.abc import Mapping

from amzsql.simulator.call import Call, Handler, Reply, dump, invalid, not_found
from amzsql.simulator.resources import moment

from . import outbound_orders as book
from .outbound import order_of

_STATUSES: Mapping[str, str] = {
    "RECEIVED": book.RECEIVED, "PLANNING": book.PLANNING, "PROCESSING": book.PROCESSING, "COMPLETE": book.COMPLETE,
    "COMPLETE_PARTIAL": book.PARTIAL, "CANCELLED": book.CANCELLED, "UNFULFILLABLE": book.UNFULFILLABLE,
}  # fmt: skip


def submit_status(call: Call) -> bytes:
    """Answer submitFulfillmentOrderStatusUpdate; without a status nothing changes."""
    order, status = order_of(call, call.path["sellerFulfillmentOrderId"]), call.body.get("fulfillmentOrderStatus")
    if status is not None:
        order["set"] = (int(call.now), status)
    return dump({})


def update_status(call: Call) -> Reply:
    """Answer updateOrderStatus of the newer version."""
    order, status = order_of(call, call.path["orderId"]), call.body["status"]
    if status not in _STATUSES:
        raise invalid(f"status: there is no {status}.")
    order["set"] = (int(call.now), _STATUSES[status])
    return Reply(b"")


def update_package(call: Call) -> Reply:
    """Answer updatePackage: of an order that was sent."""
    order, key = order_of(call, call.path["orderId"]), call.path["packageId"]
    if not book.is_sent(order, call.now) or key != book.package_id(order):
        raise not_found(f"package {key}")
    told = {n: v for n, v in call.body.items() if n != "tracking"}
    if "deliveryTime" in told:
        moment(told["deliveryTime"])
    number = call.body.get("tracking", {}).get("carrier", {}).get("trackingNumber")
    order["tracking"] = number or order["tracking"]
    parcel = order.get("parcel", {})
    tracking = {**parcel.get("tracking", {}), **call.body.get("tracking", {})}
    order["parcel"] = {**parcel, **told, "tracking": tracking}
    order["changed"] = int(call.now)
    return Reply(b"")


HANDLERS: dict[str, Handler] = {
    "fulfillmentOutbound_2020-07-01.submitFulfillmentOrderStatusUpdate": submit_status,
    "fulfillmentOutbound_2026-07-04.updateOrderStatus": update_status,
    "fulfillmentOutbound_2026-07-04.updatePackage": update_package,
}
