"""Merchant Fulfillment v0: labels that the seller buys for orders he ships himself.

A label is for units of an order that are left to be shipped; buying it ships them. What is cancelled is refunded a day
later.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, invalid, iso, parse_time
from amzsql.simulator.resources import Record, find, moment
from amzsql.simulator.world import AFN, DAY, MARKETS, PARTIAL, UNSHIPPED, Head

from . import labels
from .order_book import Book, Package
from .orders import buyer_email, buyer_name, city, phone, street

_KIND = "merchant-shipment"
# Id -> (name, carrier, base price, price of an ounce in hundredths, days on the way).
_SERVICES = {
    "USPS_PTP_PRI": ("USPS Priority Mail", "USPS", 780, 6, 3),
    "UPS_PTP_GND": ("UPS Ground", "UPS", 910, 4, 5),
    "FEDEX_PTP_EXPRESS_SAVER": ("FedEx Express Saver", "FedEx", 1640, 9, 2),
}
_FORMATS = {"PDF": "application/pdf", "PNG": "image/png", "ZPL203": "application/zpl", "ZPL300": "application/zpl"}
_REFUND = DAY


def eligible(call: Call) -> bytes:
    """Answer getEligibleShipmentServices: those that are there in time."""
    details = call.body["ShipmentRequestDetails"]
    head = order_to_ship(call, details["AmazonOrderId"])
    _contents(call, head, details["ItemList"])
    services = [_service(call, head, details, key) for key in _SERVICES]
    due = details.get("MustArriveByDate")
    if due:
        services = [s for s in services if parse_time(s["LatestEstimatedDeliveryDate"]) <= parse_time(due)]
    empty: dict[str, list[Any]] = {
        "RejectedShippingServiceList": [], "TemporarilyUnavailableCarrierList": [],
        "TermsAndConditionsNotAcceptedCarrierList": [],
    }  # fmt: skip
    return dump({"payload": {"ShippingServiceList": services, **empty}})


def order_to_ship(call: Call, order_id: str) -> Head:
    """Return an order that the seller has to ship himself; refuse any other."""
    head = Book.of(call).find(order_id)
    if head is None:
        raise invalid(f"AmazonOrderId: there is no order {order_id}.")
    if head.channel == AFN or head.status not in (UNSHIPPED, PARTIAL):
        raise invalid(f"AmazonOrderId: the seller has nothing to ship of order {order_id}.")
    return head


def _contents(call: Call, head: Head, rows: list[Record]) -> tuple[tuple[int, int], ...]:
    """Return (order item's number, quantity) of a package; refuse what is not left to ship."""
    items = {f"{i.number:014}": i for i in Book.of(call).items(head)}
    if not rows:
        raise invalid("ItemList: a package holds one item at least.")
    left = {key: item.quantity - item.shipped for key, item in items.items()}
    for row in rows:
        key, count = row["OrderItemId"], row["Quantity"]
        if key not in items:
            raise invalid(f"ItemList: the order has no item {key}.")
        if not 1 <= count <= left[key]:
            raise invalid(f"ItemList: {count} of {key} are not left to be shipped.")
        left[key] -= count
    return tuple((items[row["OrderItemId"]].number, row["Quantity"]) for row in rows)


def _service(call: Call, head: Head, details: Record, key: str) -> Record:
    """Return a service as it is offered for a package."""
    name, carrier, base, ounce, days = _SERVICES[key]
    weight = details["Weight"]
    ounces = weight["Value"] / (28.35 if weight["Unit"] == "g" else 1)
    rate = {"CurrencyCode": MARKETS[head.market].place.currency, "Amount": round((base + ounce * ounces) / 100, 2)}
    ships = moment(details["ShipDate"]) if "ShipDate" in details else int(call.now)
    offer = hashlib.sha256(
        f"{call.account.name} {details['AmazonOrderId']} {key} {rate['Amount']}".encode()
    ).hexdigest()
    options = details["ShippingServiceOptions"]
    return {
        "ShippingServiceName": name, "CarrierName": carrier, "ShippingServiceId": key,
        "ShippingServiceOfferId": offer[:40], "ShipDate": iso(ships),
        "EarliestEstimatedDeliveryDate": iso(ships + (days - 1) * DAY),
        "LatestEstimatedDeliveryDate": iso(ships + days * DAY), "Rate": rate, "RateWithAdjustments": rate,
        "ShippingServiceOptions": options, "AvailableLabelFormats": list(_FORMATS),
        "RequiresAdditionalSellerInputs": False,
    }  # fmt: skip


def inputs(call: Call) -> bytes:
    """Answer getAdditionalSellerInputs: no service here wants any."""
    order_to_ship(call, call.body["OrderId"])
    _check_service(call.body["ShippingServiceId"])
    return dump({"payload": {"ShipmentLevelFields": [], "ItemLevelFieldsList": []}})


def _check_service(key: str) -> None:
    if key not in _SERVICES:
        raise invalid(f"ShippingServiceId: there is no service {key}.")


def create(call: Call) -> bytes:
    """Answer createShipment: the label is bought, and the units in the package are shipped."""
    details, service = call.body["ShipmentRequestDetails"], call.body["ShippingServiceId"]
    head = order_to_ship(call, details["AmazonOrderId"])
    contents = _contents(call, head, details["ItemList"])
    _check_service(service)
    offered = _service(call, head, details, service)
    if call.body.get("ShippingServiceOfferId") not in (None, "", offered["ShippingServiceOfferId"]):
        raise invalid("ShippingServiceOfferId: the offer has expired or is for another package.")
    key = call.store.uuid(_KIND)
    tracking = "9400" + str(10**17 + int(call.store.text("merchant-tracking", 14), 16) % 10**17)
    made = {
        "id": key, "details": details, "service": offered, "tracking": tracking, "created": int(call.now),
        "cancelled": None, "market": head.market, "to": _recipient(head),
    }  # fmt: skip
    call.store.records(_KIND)[key] = made
    now = int(call.now)
    package = Package(key, offered["CarrierName"], offered["ShippingServiceName"], tracking, now, now, contents)
    Book.of(call).confirm(head.number, package, call.now)
    return dump({"payload": _shown(call, made)})


def _recipient(head: Head) -> Record:
    town, state, code = city(head)
    return {
        "Name": buyer_name(head)[:30], "AddressLine1": street(head), "Email": buyer_email(head), "City": town,
        **({"StateOrProvinceCode": state} if state else {}), "PostalCode": code,
        "CountryCode": MARKETS[head.market].place.country, "Phone": phone(head),
    }  # fmt: skip


def get(call: Call) -> bytes:
    """Answer getShipment."""
    return dump({"payload": _shown(call, _found(call))})


def cancel(call: Call) -> bytes:
    """Answer cancelShipment: the refund is under way."""
    found = _found(call)
    if found["cancelled"] is not None:
        raise invalid("The shipment has been cancelled.")
    found["cancelled"] = int(call.now)
    return dump({"payload": _shown(call, found)})


def _found(call: Call) -> Record:
    return find(call.store.records(_KIND), "shipment", call.path["shipmentId"])


def _status(call: Call, shipment: Record) -> str:
    if shipment["cancelled"] is None:
        return "Purchased"
    return "RefundPending" if call.now < shipment["cancelled"] + _REFUND else "RefundApplied"


def _shown(call: Call, shipment: Record) -> Record:
    details = shipment["details"]
    declared = details["ShippingServiceOptions"].get("DeclaredValue")
    currency = MARKETS[shipment["market"]].place.currency
    return {
        "ShipmentId": shipment["id"],
        **{k: details[k] for k in ("AmazonOrderId", "SellerOrderId", "ItemList", "ShipFromAddress") if k in details},
        "ShipToAddress": shipment["to"],
        "PackageDimensions": details["PackageDimensions"],
        "Weight": details["Weight"],
        "Insurance": declared or {"CurrencyCode": currency, "Amount": 0.0},
        "ShippingService": shipment["service"],
        "Label": _label(shipment),
        "Status": _status(call, shipment),
        "TrackingId": shipment["tracking"],
        "CreatedDate": iso(shipment["created"]),
        "LastUpdatedDate": iso(shipment["cancelled"] or shipment["created"]),
    }


def _label(shipment: Record) -> Record:
    """Return the label: the file is packed, then spelled in Base64; the checksum is the file's own."""
    asked = shipment["details"]["ShippingServiceOptions"].get("LabelFormat", "PDF")
    shape = asked if asked in _FORMATS else "PDF"
    # Whatever the format is called, the picture is a PDF's: nobody prints it.
    body = labels.content(f"{shipment['service']['ShippingServiceName']}; {shipment['tracking']}")
    contents = base64.b64encode(gzip.compress(body, mtime=0)).decode()
    checksum = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    return {
        "Dimensions": {"Length": 6, "Width": 4, "Unit": "inches"},
        "FileContents": {"Contents": contents, "FileType": _FORMATS[shape], "Checksum": checksum},
        "LabelFormat": shape,
    }


HANDLERS: dict[str, Handler] = {
    "merchantFulfillmentV0.getEligibleShipmentServices": eligible,
    "merchantFulfillmentV0.getAdditionalSellerInputs": inputs,
    "merchantFulfillmentV0.createShipment": create,
    "merchantFulfillmentV0.getShipment": get,
    "merchantFulfillmentV0.cancelShipment": cancel,
}
