"""Invoices for shipments: handed in, checked a minute later, and of each API its own."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from .conftest import US, Client, orders_v0

BRAZIL, DELIVERY = "/fba/outbound/brazil/v0/shipments", "/delivery/2022-07-01/invoice"
CONTENT = b"<invoice/>"
Body = dict[str, Any]


@pytest.fixture
def order(client: Client) -> Body:
    """Return an order that was shipped."""
    return orders_v0(client, OrderStatuses="Shipped", MarketplaceIds=US)[-1]


def status(client: Client, order: str) -> Body:
    """Return how an invoice for a delivery has come."""
    query = {"orderId": order, "marketplaceId": US, "invoiceType": "Outbound", "programType": "EasyShip"}
    found: Body = client.ok(f"{DELIVERY}/status", **query)
    return found


@pytest.mark.parametrize(("digest", "end"), [(hashlib.md5(CONTENT).hexdigest(), "Accepted"), ("0" * 32, "Errored")])
def test_an_invoice_is_checked_after_a_minute(client: Client, order: Body, digest: str, end: str) -> None:
    key = order["AmazonOrderId"]
    found = status(client, key)
    assert found["invoiceStatus"] == "NotFound"
    shipment, content = found["amazonShipmentId"], base64.b64encode(CONTENT).decode()
    kinds = {"invoiceType": "Outbound", "programType": "EasyShip", "marketplaceId": US}
    body = {"invoiceContent": content, "contentMD5Value": digest, **kinds}
    assert client.http.post(DELIVERY, params={"orderId": key}, json=body).status_code == 200
    body = {"InvoiceContent": content, "ContentMD5Value": digest}
    assert client.ok(f"{BRAZIL}/{shipment}/invoice/status")["payload"]["Shipments"]["InvoiceStatus"] == "NotFound"
    assert client.http.post(f"{BRAZIL}/{shipment}/invoice", json=body).status_code == 200
    for expected in ("Processing", end):
        assert status(client, key)["invoiceStatus"] == expected
        shown = client.ok(f"{BRAZIL}/{shipment}/invoice/status")["payload"]["Shipments"]
        assert shown == {"AmazonShipmentId": shipment, "InvoiceStatus": expected}
        client.clock.wait(client.clock.now() + 61)


@pytest.mark.parametrize("content", ["x", "\u0661"])
def test_an_invoice_that_is_no_base64_is_wrong(client: Client, order: Body, content: str) -> None:
    kinds = {"invoiceType": "Outbound", "programType": "EasyShip", "marketplaceId": US}
    body = {"invoiceContent": content, "contentMD5Value": "0" * 32, **kinds}
    assert client.http.post(DELIVERY, params={"orderId": order["AmazonOrderId"]}, json=body).status_code == 200
    client.clock.wait(client.clock.now() + 61)
    assert status(client, order["AmazonOrderId"])["invoiceStatus"] == "Errored"


def test_a_shipment_is_its_order(client: Client, order: Body) -> None:
    shipment = status(client, order["AmazonOrderId"])["amazonShipmentId"]
    path = f"{BRAZIL}/{shipment}"
    assert client.get(path).status_code == 403
    asked = {"restrictedResources": [{"method": "GET", "path": path}]}
    token = client.http.post("/tokens/2021-03-01/restrictedDataToken", json=asked).json()["restrictedDataToken"]
    payload = client.http.get(path, headers={"x-amz-access-token": token}).json()["payload"]
    assert payload["AmazonOrderId"] == order["AmazonOrderId"]
    assert payload["Payments"][0]["PaymentValue"] == order["OrderTotal"]
    items = client.ok(f"/orders/v0/orders/{order['AmazonOrderId']}/orderItems")["payload"]["OrderItems"]
    assert [i["OrderItemId"] for i in payload["ShipmentItems"]] == [i["OrderItemId"] for i in items]
    assert [i["ItemPrice"] for i in payload["ShipmentItems"]] == [i["ItemPrice"] for i in items]


@pytest.mark.parametrize("shipment", ["S999999999", "nothing", "S１２３４５６７８９"])
def test_what_is_no_shipment_is_refused(client: Client, shipment: str) -> None:
    assert client.get(f"{BRAZIL}/{shipment}/invoice/status").status_code == 400
