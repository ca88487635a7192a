"""Shipments of other platforms: taken step by step, sent, delivered by the clock; stock that is set is read back."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from .conftest import Client
from .workflows import EXTERNAL, RETURNS, STOCK, Desk, packed


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def of(desk: Desk, status: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.do(f"{EXTERNAL}.getShipments", query={"status": status, **query})["shipments"]
    return found


def get(desk: Desk, key: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.do(f"{EXTERNAL}.getShipment", shipmentId=key)
    return found


def test_a_shipment_is_taken_step_by_step(desk: Desk) -> None:
    shipment = of(desk, "ACCEPTED")[0]
    keys = {"shipmentId": shipment["id"]}
    assert get(desk, shipment["id"]) == shipment
    body = packed(shipment, "1")
    assert desk.ask(f"{EXTERNAL}.createPackages", body=body, **keys).status_code == 400
    desk.do(f"{EXTERNAL}.processShipment", query={"operation": "CONFIRM"}, body={"lineItems": []}, **keys)
    assert shipment["id"] in [s["id"] for s in of(desk, "CONFIRMED")]
    short = packed(shipment, "1")
    short["packages"][0]["packageLineItems"] = []
    assert desk.ask(f"{EXTERNAL}.createPackages", body=short, **keys).status_code == 400
    desk.do(f"{EXTERNAL}.createPackages", body=body, **keys)
    assert get(desk, shipment["id"])["packages"][0]["packageLineItems"] == body["packages"][0]["packageLineItems"]
    assert desk.ask(f"{EXTERNAL}.retrieveInvoice", **keys).status_code == 404
    made = desk.do(f"{EXTERNAL}.generateInvoice", **keys)
    assert desk.do(f"{EXTERNAL}.retrieveInvoice", **keys) == made
    again = {"operation": "REGENERATE"}
    assert (
        desk.ask(f"{EXTERNAL}.generateShipLabels", query=again, body={"packageIds": ["1"]}, **keys).status_code == 400
    )
    labels = desk.do(
        f"{EXTERNAL}.generateShipLabels", query={"operation": "GENERATE"}, body={"packageIds": ["1"]}, **keys
    )
    url = labels["packageShipLabelList"][0]["fileData"]["url"]
    assert desk.client.http.get(url).content.startswith(b"%PDF")
    assert get(desk, shipment["id"])["status"] == "SHIPLABEL_GENERATED"
    desk.do(f"{EXTERNAL}.updatePackageStatus", body={"status": "SHIPPED"}, **keys, packageId="1")
    assert get(desk, shipment["id"])["status"] == "SHIPPED"
    desk.wait(4 * 86_400)
    found = get(desk, shipment["id"])
    assert (found["status"], found["packages"][0]["status"]) == ("DELIVERED", "DELIVERED")


def test_what_is_rejected_is_cancelled(desk: Desk) -> None:
    shipment = of(desk, "ACCEPTED")[0]
    line = {"id": shipment["lineItems"][0]["shipmentLineItemId"], "quantity": 1}
    body = {"lineItems": [{"lineItem": line, "reason": "OUT_OF_STOCK"}]}
    query = {"operation": "REJECT"}
    desk.do(f"{EXTERNAL}.processShipment", query=query, body=body, shipmentId=shipment["id"])
    found = get(desk, shipment["id"])
    assert (found["status"], found["reason"]) == ("CANCELLED", "OUT_OF_STOCK")
    assert found["lineItems"][0]["cancellations"][0]["cancelledQuantity"] == 1
    again = desk.ask(f"{EXTERNAL}.processShipment", query=query, body=body, shipmentId=shipment["id"])
    assert again.status_code == 400


def test_shipments_are_of_one_location(desk: Desk) -> None:
    every = of(desk, "DELIVERED", maxResults="100")
    one = of(desk, "DELIVERED", locationId=every[0]["locationId"], maxResults="100")
    assert [s for s in every if s["locationId"] == every[0]["locationId"]] == one
    assert len(one) < len(every)


def test_returns_are_listed_filtered_and_read(desk: Desk) -> None:
    every = desk.do(f"{RETURNS}.listReturns")["returns"]
    assert len(every) == 5
    assert desk.do(f"{RETURNS}.getReturn", returnId=every[0]["id"]) == every[0]
    processed = desk.do(f"{RETURNS}.listReturns", query={"status": "PROCESSED"})["returns"]
    assert processed == [r for r in every if r["status"] == "PROCESSED"]
    sold = [s["id"] for s in of(desk, "DELIVERED", maxResults="100")]
    assert all(r["marketplaceChannelDetails"]["shipmentId"] in sold for r in every)
    assert desk.ask(f"{RETURNS}.getReturn", returnId="none").status_code == 404


def test_stock_is_set_in_the_order_of_its_numbers(desk: Desk) -> None:
    sku = quote(of(desk, "ACCEPTED")[0]["lineItems"][0]["merchantSku"])

    def batch(kind: str, code: str = sku, **body: int) -> dict[str, Any]:
        one = {"uri": f"/inventory/{kind}?locationId=LOC-SEATTLE&skuId={code}", "method": "POST", "body": body}
        found: dict[str, Any] = desk.do(f"{STOCK}.batchInventory", body={"requests": [one]})["responses"][0]
        return found

    assert batch("update", quantity=9, clientSequenceNumber=5)["body"]["sellableQuantity"] == 9
    assert batch("update", quantity=3, clientSequenceNumber=4)["body"]["sellableQuantity"] == 9
    assert batch("fetch")["body"]["clientSequenceNumber"] == 5
    assert batch("fetch", "NOT-MINE")["status"]["statusCode"] == 400
