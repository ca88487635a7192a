"""Direct fulfilment: what customers order and a vendor ships, in both versions, from end to end."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from .conftest import Client

ROOT = "/vendor/directFulfillment"
V1, V2 = "v1", "2021-12-28"
WEEK = {"createdAfter": "2026-11-11T00:00:00Z", "createdBefore": "2026-11-18T00:00:00Z"}
Body = dict[str, Any]


class Vendor:
    """A vendor that asks for a restricted data token wherever Amazon wants one."""

    def __init__(self, client: Client) -> None:
        client.login(refresh_token="Atzr|simulator-vendor")
        self.client = client

    def get(self, path: str, **query: object) -> httpx.Response:
        """Send a GET with a restricted data token for it."""
        asked = {"restrictedResources": [{"method": "GET", "path": f"{ROOT}/{path}"}]}
        token = self.client.http.post("/tokens/2021-03-01/restrictedDataToken", json=asked).json()
        headers = {"x-amz-access-token": token["restrictedDataToken"]}
        return self.client.http.get(f"{ROOT}/{path}", params=query, headers=headers)

    def ok(self, path: str, **query: object) -> Any:
        """Send one that must succeed and return its body, without what v1 puts around."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return body.get("payload", body)

    def rows(self, path: str, name: str, **query: object) -> list[Body]:
        """Read every page of a list."""
        found: list[Body] = []
        token: Body = {}
        while True:
            body = self.ok(path, **query, **token)
            found += body[name]
            token = body["pagination"]
            if not token:
                return found

    def orders(self, version: str = V1, **query: object) -> list[Body]:
        """Read a week's orders."""
        return self.rows(f"orders/{version}/purchaseOrders", "orders", **{**WEEK, **query})

    def outcome(self, path: str, body: Body) -> str:
        """Submit something, wait for Amazon, and return how its transaction ended."""
        answer = self.client.http.post(f"{ROOT}/{path}", json=body)
        assert answer.status_code == 202, answer.text
        given = answer.json()
        key = given.get("payload", given)["transactionId"]
        seen = []
        for _ in range(2):
            for version in (V1, V2):
                found = self.client.ok(f"{ROOT}/transactions/{version}/transactions/{key}")
                seen.append(found.get("payload", found)["transactionStatus"]["status"])
            self.client.clock.wait(self.client.clock.now() + 90)
        assert seen[:2] == ["Processing", "Processing"]
        assert seen[2] == seen[3]
        return str(seen[3])


@pytest.fixture
def vendor(client: Client) -> Vendor:
    """Log in as the vendor."""
    return Vendor(client)


def parties(order: Body) -> Body:
    """Return who ships an order."""
    return {k: order["orderDetails"][k] for k in ("sellingParty", "shipFromParty")}


def acknowledgement(order: Body, code: str = "00") -> Body:
    """Acknowledge an order as a whole."""
    whole = {"vendorOrderNumber": "V-1", "acknowledgementDate": "2026-11-18T12:00:00Z", "itemAcknowledgements": []}
    number = {"purchaseOrderNumber": order["purchaseOrderNumber"], "acknowledgementStatus": {"code": code}}
    return {"orderAcknowledgements": [{**number, **whole, **parties(order)}]}


def test_both_versions_show_the_same_orders(vendor: Vendor) -> None:
    first, second = vendor.orders(V1, limit=40), vendor.orders(V2)
    assert len(first) > 80
    for one, other in zip(first, second, strict=True):
        del other["orderDetails"]["hasCustomizableItems"]
        assert one == other
    number = first[3]["purchaseOrderNumber"]
    assert vendor.ok(f"orders/{V1}/purchaseOrders/{number}") == first[3]
    assert vendor.orders(sortOrder="DESC") == first[::-1]
    for status in ("NEW", "ACCEPTED", "SHIPPED", "CANCELLED"):
        assert vendor.orders(status=status) == [o for o in first if o["orderDetails"]["orderStatus"] == status] != []
    place = first[0]["orderDetails"]["shipFromParty"]
    assert vendor.orders(shipFromPartyId=place["partyId"]) == [
        o for o in first if o["orderDetails"]["shipFromParty"] == place
    ]
    assert set(vendor.orders(includeDetails="false")[0]) == {"purchaseOrderNumber"}


def test_a_window_ends_after_its_start(vendor: Vendor) -> None:
    path = f"orders/{V1}/purchaseOrders"
    turned = {"createdAfter": WEEK["createdBefore"], "createdBefore": WEEK["createdAfter"]}
    assert (vendor.get(path, **WEEK).status_code, vendor.get(path, **turned).status_code) == (200, 400)


def test_a_customer_shows_to_a_restricted_token_alone(vendor: Vendor) -> None:
    assert vendor.orders()[0]["orderDetails"]["shipToParty"]["name"]
    for version in (V1, V2):
        path = f"{ROOT}/orders/{version}/purchaseOrders"
        assert vendor.client.get(path, **WEEK).status_code == 403
    assert vendor.get(f"orders/{V1}/purchaseOrders/DNOTHING0").status_code == 404


@pytest.mark.parametrize(("asked", "shown"), [(V1, V2), (V2, V1)])
def test_an_order_is_shipped_from_end_to_end(vendor: Vendor, asked: str, shown: str) -> None:
    order = vendor.orders(status="NEW")[0]
    number, who = order["purchaseOrderNumber"], parties(order)
    assert vendor.outcome(f"orders/{asked}/acknowledgements", acknowledgement(order)) == "Success"
    assert vendor.outcome(f"orders/{asked}/acknowledgements", acknowledgement(order)) == "Failure"
    assert vendor.ok(f"orders/{shown}/purchaseOrders/{number}")["orderDetails"]["orderStatus"] == "ACCEPTED"
    details = {"shippedDate": "2026-11-18T15:00:00Z", "shipmentStatus": "SHIPPED"}
    confirmation = {"shipmentConfirmations": [{"purchaseOrderNumber": number, "shipmentDetails": details, **who}]}
    item = {"itemSequenceNumber": 1, "shippedQuantity": {"amount": 1, "unitOfMeasure": "Each"}}
    confirmation["shipmentConfirmations"][0]["items"] = [item]
    if vendor.get(f"shipping/{shown}/shippingLabels/{number}").status_code == 404:
        assert vendor.outcome(f"shipping/{asked}/shipmentConfirmations", confirmation) == "Failure"
    request = {"shippingLabelRequests": [{"purchaseOrderNumber": number, **who}]}
    assert vendor.outcome(f"shipping/{asked}/shippingLabels", request) == "Success"
    label = vendor.ok(f"shipping/{shown}/shippingLabels/{number}")
    zpl = base64.b64decode(label["labelData"][0]["content"], validate=True)
    assert zpl.startswith(b"^XA")
    tracking = label["labelData"][0]["trackingNumber"]
    assert tracking.startswith("1ZHAL")
    assert tracking.encode() in zpl
    news = {"trackingNumber": tracking, "statusCode": "D1", "statusDateTime": "2026-11-18T16:00:00Z"}
    place = {"name": "N", "addressLine1": "1", "city": "Reno", "countryCode": "US", "postalCode": "89501"}
    news |= {"statusLocationAddress": place, "reasonCode": "NS"}
    update = {"shipmentStatusUpdates": [{"purchaseOrderNumber": number, "statusUpdateDetails": news, **who}]}
    assert vendor.outcome(f"shipping/{asked}/shipmentStatusUpdates", update) == "Failure"
    assert vendor.get(f"shipping/{shown}/customerInvoices/{number}").status_code == 404
    assert vendor.outcome(f"shipping/{asked}/shipmentConfirmations", confirmation) == "Success"
    assert vendor.ok(f"orders/{shown}/purchaseOrders/{number}")["orderDetails"]["orderStatus"] == "SHIPPED"
    assert vendor.outcome(f"shipping/{asked}/shipmentStatusUpdates", update) == "Success"
    for name in ("packingSlips", "customerInvoices"):
        content = vendor.ok(f"shipping/{shown}/{name}/{number}")["content"]
        assert base64.b64decode(content, validate=True).startswith(b"%PDF")
    today = {"createdAfter": "2026-11-18T10:00:00Z", "createdBefore": "2026-11-19T00:00:00Z"}
    invoices = vendor.rows(f"shipping/{shown}/customerInvoices", "customerInvoices", **today)
    assert number in [i["purchaseOrderNumber"] for i in invoices]


def test_documents_of_a_week_are_listed_by_their_time(vendor: Vendor) -> None:
    states = {o["purchaseOrderNumber"]: o["orderDetails"]["orderStatus"] for o in vendor.orders()}
    for name in ("shippingLabels", "packingSlips", "customerInvoices"):
        rows = vendor.rows(f"shipping/{V1}/{name}", name, limit=30, **WEEK)
        assert rows == vendor.rows(f"shipping/{V2}/{name}", name, **WEEK)
        assert len(rows) > 30
        expected = {"SHIPPED"} if name == "customerInvoices" else {"SHIPPED", "ACCEPTED"}
        assert {states.get(r["purchaseOrderNumber"], "SHIPPED") for r in rows} == expected
        assert len({r["purchaseOrderNumber"] for r in rows}) == len(rows)


def test_an_order_is_refused(vendor: Vendor) -> None:
    order = vendor.orders(status="NEW")[0]
    assert vendor.outcome(f"orders/{V1}/acknowledgements", acknowledgement(order, "02")) == "Success"
    path = f"shipping/{V2}/shippingLabels/{order['purchaseOrderNumber']}"
    token = vendor.client.http.post(
        "/tokens/2021-03-01/restrictedDataToken",
        json={"restrictedResources": [{"method": "POST", "path": f"{ROOT}/{path}"}]},
    ).json()["restrictedDataToken"]
    answer = vendor.client.http.post(f"{ROOT}/{path}", json=parties(order), headers={"x-amz-access-token": token})
    assert answer.status_code == 400
    assert "CANCELLED" in answer.text


def test_labels_are_created_at_once_for_each_container(vendor: Vendor) -> None:
    order = vendor.orders(status="ACCEPTED")[0]
    path = f"shipping/{V2}/shippingLabels/{order['purchaseOrderNumber']}"
    weight = {"unitOfMeasure": "KG", "value": "1"}
    containers = [
        {"containerType": "Carton", "containerIdentifier": k, "weight": weight, "packedItems": []} for k in ("A", "B")
    ]
    containers[1]["trackingNumber"] = "OWN-1"
    asked = {"restrictedResources": [{"method": "POST", "path": f"{ROOT}/{path}"}]}
    token = vendor.client.http.post("/tokens/2021-03-01/restrictedDataToken", json=asked).json()
    made = vendor.client.http.post(
        f"{ROOT}/{path}",
        json={**parties(order), "containers": containers},
        headers={"x-amz-access-token": token["restrictedDataToken"]},
    )
    assert made.status_code == 200, made.text
    assert [d["packageIdentifier"] for d in made.json()["labelData"]] == ["A", "B"]
    assert vendor.ok(path) == made.json()
    first, second = (d["trackingNumber"] for d in made.json()["labelData"])
    assert (first.startswith("1ZHAL"), second) == (True, "OWN-1")


def test_stock_and_invoices_are_judged(vendor: Vendor) -> None:
    order = vendor.orders()[0]
    asin = order["orderDetails"]["items"][0]["buyerProductIdentifier"]

    def stock(product: str) -> Body:
        item = {"buyerProductIdentifier": product, "availableQuantity": {"amount": 5, "unitOfMeasure": "Each"}}
        return {"inventory": {"sellingParty": {"partyId": "HALDN"}, "isFullUpdate": True, "items": [item]}}

    for place, product, status in (("HALW1", asin, "Success"), ("NONE", asin, "Failure"), ("HALW1", "B0", "Failure")):
        assert vendor.outcome(f"inventory/v1/warehouses/{place}/items", stock(product)) == status
    money = {"currencyCode": "USD", "amount": "9.00"}
    quantity = {"amount": 1, "unitOfMeasure": "Each"}
    party = {"partyId": "HALDN"}
    for key, number, status in (
        ("I1", order["purchaseOrderNumber"], "Success"),
        ("I1", order["purchaseOrderNumber"], "Failure"),
        ("I2", "DNOTHING0", "Failure"),
    ):
        item = {
            "itemSequenceNumber": "1",
            "invoicedQuantity": quantity,
            "netCost": money,
            "purchaseOrderNumber": number,
        }
        head = {"invoiceNumber": key, "invoiceDate": "2026-11-18T12:00:00Z", "invoiceTotal": money}
        body = {"invoices": [{**head, "remitToParty": party, "shipFromParty": party, "items": [item]}]}
        assert vendor.outcome("payments/v1/invoices", body) == status
