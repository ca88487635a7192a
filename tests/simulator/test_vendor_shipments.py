"""Vendor shipments and invoices: the history and what is submitted, judged and read back."""

from __future__ import annotations

import base64
from typing import Any

from .conftest import Client
from .test_vendor_orders import orders, rows, statuses

ROOT = "/vendor/shipping/v1"
Body = dict[str, Any]


def shipments(vendor: Client, **query: object) -> list[Body]:
    """Read every page of shipments."""
    return rows(vendor, f"{ROOT}/shipments", "shipments", **query)


def outcome(vendor: Client, path: str, body: Body) -> Body:
    """Submit something, wait for Amazon, and return its transaction."""
    answer = vendor.http.post(path, json=body)
    assert answer.status_code == 202, answer.text
    vendor.clock.wait(vendor.clock.now() + 90)
    key = answer.json()["payload"]["transactionId"]
    found: Body = vendor.ok(f"/vendor/transactions/v1/transactions/{key}")["payload"]["transactionStatus"]
    return found


def shipment(order: Body, key: str = "MINE-1", **changes: Any) -> Body:
    """Make a shipment of a purchase order."""
    details = order["orderDetails"]
    return {
        "vendorShipmentIdentifier": key,
        "transactionType": "New",
        "transactionDate": "2026-11-18T12:00:00Z",
        "sellingParty": details["sellingParty"],
        "shipFromParty": {"partyId": "HALW1"},
        "shipToParty": details["shipToParty"],
        "purchaseOrders": [{"purchaseOrderNumber": order["purchaseOrderNumber"]}],
        **changes,
    }


def confirmation(order: Body, kind: str = "Original") -> Body:
    """Make the confirmation of that shipment."""
    parties = {k: v for k, v in shipment(order).items() if k.endswith("Party")}
    given = {"amount": 1, "unitOfMeasure": "Eaches"}
    number = {"purchaseOrderNumber": order["purchaseOrderNumber"]}
    item = {"itemSequenceNumber": "1", "shippedQuantity": given, "itemDetails": number}
    dates = {"shipmentConfirmationDate": "2026-11-18T13:00:00Z", "shippedDate": "2026-11-18T12:30:00Z"}
    return {
        "shipmentIdentifier": "MINE-1",
        "shipmentConfirmationType": kind,
        **dates,
        **parties,
        "shippedItems": [item],
    }


def test_the_history_was_shipped(vendor: Client) -> None:
    every = shipments(vendor)
    created = [s["shipmentCreateDate"] for s in every]
    assert created == sorted(created)
    known = {s["purchaseOrderNumber"]: s for s in statuses(vendor)}
    for one in every:
        status = known[one["purchaseOrders"][0]["purchaseOrderNumber"]]
        accepted = [i["acknowledgementStatus"]["acceptedQuantity"]["amount"] for i in status["itemStatus"]]
        shipped = [i["shippedQuantity"]["amount"] for i in one["purchaseOrders"][0]["items"]]
        assert shipped == [a for a in accepted if a]
        delivered = one["transportationDetails"].get("shipmentDeliveryDate")
        assert (delivered is not None) == (status["purchaseOrderStatus"] == "CLOSED")
    place = every[0]["shipToParty"]["partyId"]
    assert shipments(vendor, buyerWarehouseCode=place) == [s for s in every if s["shipToParty"]["partyId"] == place]
    since = "2026-11-01T00:00:00Z"
    late = [s for s in every if s["transportationDetails"].get("shippedDate", "") >= since]
    assert shipments(vendor, shippedAfter=since) == late != []


def test_a_shipment_is_read_back_confirmed_and_labelled(vendor: Client) -> None:
    order = orders(vendor)[-1]
    assert outcome(vendor, f"{ROOT}/shipments", {"shipments": [shipment(order)]})["status"] == "Success"
    (found,) = shipments(vendor, vendorShipmentIdentifier="MINE-1")
    assert found["currentShipmentStatus"] == "Created"
    path, body = f"{ROOT}/shipmentConfirmations", {"shipmentConfirmations": [confirmation(order)]}
    assert outcome(vendor, path, {"shipmentConfirmations": [confirmation(order, "Replace")]})["status"] == "Failure"
    assert outcome(vendor, path, body)["status"] == "Success"
    assert outcome(vendor, path, body)["status"] == "Failure"
    (found,) = shipments(vendor, vendorShipmentIdentifier="MINE-1")
    assert found["currentShipmentStatus"] == "Shipped"
    assert found["shipmentConfirmDate"] == "2026-11-18T13:00:00Z"
    labels = vendor.ok(f"{ROOT}/transportLabels", vendorShipmentIdentifier="MINE-1")["payload"]["transportLabels"]
    assert base64.b64decode(labels[0]["labelData"][0]["label"], validate=True).startswith(b"%PDF")
    assert len(vendor.ok(f"{ROOT}/transportLabels", limit=5)["payload"]["transportLabels"]) == 5


def test_a_shipment_of_nothing_fails_and_one_may_be_cancelled(vendor: Client) -> None:
    order = orders(vendor)[-1]
    wrong = shipment(order, purchaseOrders=[{"purchaseOrderNumber": "NONE"}])
    cancel = shipment(order, transactionType="Cancel")
    for asked in (wrong, cancel):
        assert outcome(vendor, f"{ROOT}/shipments", {"shipments": [asked]})["status"] == "Failure"
    assert shipments(vendor, vendorShipmentIdentifier="MINE-1") == []
    for asked in (shipment(order), cancel):
        assert outcome(vendor, f"{ROOT}/shipments", {"shipments": [asked]})["status"] == "Success"
    assert shipments(vendor, vendorShipmentIdentifier="MINE-1")[0]["transactionType"] == "Cancel"


def test_invoices_are_judged(vendor: Client) -> None:
    order = orders(vendor)[0]
    item = order["orderDetails"]["items"][0]

    def invoice(number: str, key: str, amount: int) -> Body:
        line = {
            "itemSequenceNumber": 1,
            "amazonProductIdentifier": item["amazonProductIdentifier"],
            "invoicedQuantity": {"amount": amount, "unitOfMeasure": "Eaches"},
            "netCost": item["netCost"],
            "purchaseOrderNumber": number,
        }
        head = {"invoiceType": "Invoice", "id": key, "date": "2026-11-18T12:00:00Z", "invoiceTotal": item["netCost"]}
        return {"invoices": [{**head, "remitToParty": {"partyId": "HALDN"}, "items": [line]}]}

    number = order["purchaseOrderNumber"]
    tries = [
        (invoice(number, "I1", 1), "Success"),
        (invoice(number, "I1", 1), "Failure"),
        (invoice("NONE", "I2", 1), "Failure"),
        (invoice(number, "I3", 10_000), "Failure"),
    ]
    for body, status in tries:
        assert outcome(vendor, "/vendor/payments/v1/invoices", body)["status"] == status
