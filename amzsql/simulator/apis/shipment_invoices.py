"""Invoices that sellers hand in for shipments: those of Brazil's fulfilment centres, and those for deliveries.

A shipment is one of an order that was shipped; its id is the one that the reports show. Brazil has none of its own
here, so any marketplace's are answered. Owns the records of kind "shipment-invoice", by API and order. An invoice is
accepted a minute after it came, or found wrong where its content does not have the MD5 announced.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from amzsql.simulator.call import Call, Handler, amount, dump, invalid, iso
from amzsql.simulator.world import MARKETS, SHIPPED, Head, Item

from .order_book import Book
from .orders import buyer_name, city, gift, street

KIND = "shipment-invoice"
_CHECKED = 60
_BRAZIL, _DELIVERY = "shipmentInvoicingV0", "deliveryShipmentInvoiceV2022-07-01"
Body = dict[str, Any]


def shipment_id(head: Head) -> str:
    """Return the id of an order's shipment, as reports show it."""
    return f"S{head.number:09}"


def _by_shipment(call: Call, key: str) -> Head:
    """Return the shipped order of a shipment; refuse an id that names none, with 400 as Amazon does."""
    number = int(key[1:]) if re.fullmatch(r"S[0-9]{9}", key) else call.world.orders
    head = Book.of(call).head(number) if number < call.world.orders else None
    if head is None or head.status != SHIPPED:
        raise invalid(f"{key} is no shipment.")
    return head


def _by_query(call: Call) -> Head:
    """Return the order that a delivery's parameters name: by its id, or by its shipment's."""
    if call.get("shipmentId"):
        return _by_shipment(call, call.get("shipmentId"))
    head = Book.of(call).find(call.get("orderId")) if call.get("orderId") else None
    if head is None or head.status != SHIPPED:
        raise invalid("One of orderId and shipmentId must name what was shipped.")
    return head


# Status


def _keep(call: Call, head: Head, content: str, md5: str) -> bytes:
    key = f"{call.operation.api} {head.number}"
    call.store.records(KIND)[key] = {"at": call.now, "right": _has_md5(content, md5)}
    return dump({})


def _has_md5(content: str, md5: str) -> bool:
    """Tell whether an invoice in Base64 has an MD5, which comes in digits or in Base64."""
    try:
        digest = hashlib.md5(base64.b64decode(content, validate=True), usedforsecurity=False).digest()
    except ValueError:
        return False
    return md5 in (digest.hex(), base64.b64encode(digest).decode())


def _status(call: Call, head: Head) -> str:
    record = call.store.records(KIND).get(f"{call.operation.api} {head.number}")
    if record is None:
        return "NotFound"
    if call.now < record["at"] + _CHECKED:
        return "Processing"
    return "Accepted" if record["right"] else "Errored"


def submit_for_shipment(call: Call) -> bytes:
    """Answer submitInvoice of Brazil."""
    head = _by_shipment(call, call.path["shipmentId"])
    return _keep(call, head, call.body["InvoiceContent"], call.body["ContentMD5Value"])


def status_of_shipment(call: Call) -> bytes:
    """Answer getInvoiceStatus of Brazil."""
    head = _by_shipment(call, call.path["shipmentId"])
    shown = {"AmazonShipmentId": shipment_id(head), "InvoiceStatus": _status(call, head)}
    return dump({"payload": {"Shipments": shown}})


def submit_for_delivery(call: Call) -> bytes:
    """Answer submitInvoice of deliveries."""
    call.market("marketplaceId", call.body["marketplaceId"])
    return _keep(call, _by_query(call), call.body["invoiceContent"], call.body["contentMD5Value"])


def status_of_delivery(call: Call) -> bytes:
    """Answer getInvoiceStatus of deliveries."""
    call.market("marketplaceId", call.get("marketplaceId"))
    head = _by_query(call)
    keys = {"amazonOrderId": call.world.order_id(head), "amazonShipmentId": shipment_id(head)}
    return dump({**keys, "invoiceStatus": _status(call, head)})


# Details


def get_details(call: Call) -> bytes:
    """Answer getShipmentDetails, which wants a restricted data token."""
    head = _by_shipment(call, call.path["shipmentId"])
    place, items = MARKETS[head.market].place, Book.of(call).items(head)
    town, state, code = city(head)
    address = {
        "Name": buyer_name(head),
        "AddressLine1": street(head),
        "City": town,
        "StateOrRegion": state,
        "PostalCode": code,
        "CountryCode": place.country,
        "AddressType": "Residential",
    }
    paid = {"CurrencyCode": place.currency, "Amount": amount(sum(i.total for i in items))}
    payload: Body = {
        "AmazonOrderId": call.world.order_id(head),
        "AmazonShipmentId": shipment_id(head),
        "PurchaseDate": iso(head.created),
        "ShippingAddress": address,
        "PaymentMethodDetails": ["CreditCard"],
        "Payments": [{"PaymentMethod": "CreditCard", "PaymentValue": paid}],
        "MarketplaceId": place.id,
        "SellerId": call.world.seller_id,
        "BuyerName": buyer_name(head),
        "SellerDisplayName": call.account.business,
        "ShipmentItems": [_item(head, n, i) for n, i in enumerate(items)],
    }
    return dump({"payload": payload})


def _item(head: Head, position: int, item: Item) -> Body:
    def money(cents: int) -> Body:
        return {"CurrencyCode": MARKETS[head.market].place.currency, "Amount": amount(cents)}

    shown: Body = {
        "ASIN": item.sku.asin,
        "SellerSKU": item.sku.code,
        "OrderItemId": f"{item.number:014}",
        "Title": item.sku.title,
        "QuantityOrdered": item.quantity,
        "ItemPrice": money(item.price),
        "ShippingPrice": money(item.shipping),
        "PromotionDiscount": money(item.discount),
    }
    return {**shown, "GiftWrapPrice": money(0)} if gift(head, position) else shown


HANDLERS: dict[str, Handler] = {
    f"{_BRAZIL}.getShipmentDetails": get_details,
    f"{_BRAZIL}.submitInvoice": submit_for_shipment,
    f"{_BRAZIL}.getInvoiceStatus": status_of_shipment,
    f"{_DELIVERY}.submitInvoice": submit_for_delivery,
    f"{_DELIVERY}.getInvoiceStatus": status_of_delivery,
}
