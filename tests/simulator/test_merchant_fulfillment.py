"""Labels and collections of orders that the seller ships: bought, read back, cancelled; they ship the order."""

from __future__ import annotations

import base64
import gzip
import hashlib
from typing import Any

import pytest

from .conftest import US, Client
from .workflows import EASY, MERCHANT, Desk, merchant_details, unshipped

DAY = 86_400


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def body_of(desk: Desk, order: str, **change: Any) -> dict[str, Any]:
    return {
        "ShipmentRequestDetails": {**merchant_details(desk, order), **change},
        "ShippingServiceId": "USPS_PTP_PRI",
    }


def body_address(body: dict[str, Any]) -> dict[str, Any]:
    """Return where a package is sent from."""
    found: dict[str, Any] = body["ShipmentRequestDetails"]["ShipFromAddress"]
    return found


def status(desk: Desk, order: str) -> str:
    found = desk.do("ordersV0.getOrder", orderId=order)["payload"]["OrderStatus"]
    return str(found)


def test_a_label_is_bought_read_back_and_given_back(desk: Desk) -> None:
    order = unshipped(desk)[0]["AmazonOrderId"]
    body = body_of(desk, order)
    asked = {"ShipmentRequestDetails": body["ShipmentRequestDetails"]}
    offers = desk.do(f"{MERCHANT}.getEligibleShipmentServices", body=asked)["payload"]["ShippingServiceList"]
    offer = next(o for o in offers if o["ShippingServiceId"] == "USPS_PTP_PRI")
    body["ShippingServiceOfferId"] = offer["ShippingServiceOfferId"]
    made = desk.do(f"{MERCHANT}.createShipment", body=body)["payload"]
    assert (made["Status"], made["ShippingService"]["Rate"]) == ("Purchased", offer["Rate"])
    assert status(desk, order) == "Shipped"
    keys = {"shipmentId": made["ShipmentId"]}
    assert desk.do(f"{MERCHANT}.getShipment", **keys)["payload"] == made
    document = made["Label"]["FileContents"]
    plain = gzip.decompress(base64.b64decode(document["Contents"]))
    assert plain.startswith(b"%PDF")
    assert base64.b64encode(hashlib.md5(plain, usedforsecurity=False).digest()).decode() == document["Checksum"]
    assert desk.do(f"{MERCHANT}.cancelShipment", **keys)["payload"]["Status"] == "RefundPending"
    assert desk.ask(f"{MERCHANT}.cancelShipment", **keys).status_code == 400
    desk.wait(DAY)
    assert desk.do(f"{MERCHANT}.getShipment", **keys)["payload"]["Status"] == "RefundApplied"


def test_without_a_restricted_token_nothing_is_told(desk: Desk) -> None:
    order = unshipped(desk)[0]["AmazonOrderId"]
    key = desk.do(f"{MERCHANT}.createShipment", body=body_of(desk, order))["payload"]["ShipmentId"]
    assert desk.client.get(f"/mfn/v0/shipments/{key}").status_code == 403


def test_services_are_there_in_time(desk: Desk) -> None:
    order = unshipped(desk)[0]["AmazonOrderId"]
    found = []
    for due in ("2026-11-21T12:00:00Z", "2027-01-01T00:00:00Z"):
        details = merchant_details(desk, order) | {"MustArriveByDate": due}
        answer = desk.do(f"{MERCHANT}.getEligibleShipmentServices", body={"ShipmentRequestDetails": details})
        found.append([s["CarrierName"] for s in answer["payload"]["ShippingServiceList"]])
    assert found == [["USPS", "FedEx"], ["USPS", "UPS", "FedEx"]]


def test_what_is_no_label_of_the_sellers_is_refused(desk: Desk) -> None:
    order = unshipped(desk)[0]["AmazonOrderId"]
    body = body_of(desk, order)
    items = body["ShipmentRequestDetails"]["ItemList"]
    wrong = [
        body_of(desk, order, AmazonOrderId="111-0000000-0000000"),
        body_of(desk, order, ItemList=[{**items[0], "Quantity": 900}]),
        body_of(desk, order, ItemList=[{**items[0], "OrderItemId": "1"}]),
        body_of(desk, order, ItemList=[items[0], items[0]]),
        body_of(desk, order, ItemList=[{**items[0], "Quantity": 0}]),
        body_of(desk, order, ItemList=[]),
        body | {"ShippingServiceId": "PIGEON"},
        body | {"ShippingServiceOfferId": "another"},
    ]
    assert [desk.ask(f"{MERCHANT}.createShipment", body=b).status_code for b in wrong] == [400] * 8
    offers = [{"ShipmentRequestDetails": b["ShipmentRequestDetails"]} for b in wrong[:6]]
    assert [desk.ask(f"{MERCHANT}.getEligibleShipmentServices", body=b).status_code for b in offers] == [400] * 6
    asked = {"OrderId": order, "ShippingServiceId": "PIGEON", "ShipFromAddress": body_address(body)}
    refused = desk.ask(f"{MERCHANT}.getAdditionalSellerInputs", body=asked)
    assert (refused.status_code, "PIGEON" in refused.text) == (400, True)
    desk.do(f"{MERCHANT}.getAdditionalSellerInputs", body=asked | {"ShippingServiceId": "USPS_PTP_PRI"})
    desk.do(f"{MERCHANT}.createShipment", body=body)
    assert desk.ask(f"{MERCHANT}.createShipment", body=body).status_code == 400


def slots(desk: Desk, order: str) -> list[dict[str, Any]]:
    size = {"length": 12, "width": 20, "height": 10, "unit": "cm"}
    weight = {"value": 500, "unit": "g"}
    body = {"amazonOrderId": order, "marketplaceId": US, "packageDimensions": size, "packageWeight": weight}
    found: list[dict[str, Any]] = desk.do(f"{EASY}.listHandoverSlots", body=body)["timeSlots"]
    return found


def test_a_package_is_scheduled_moved_and_collected(desk: Desk) -> None:
    order = unshipped(desk)[0]["AmazonOrderId"]
    offered = slots(desk, order)
    query = {"amazonOrderId": order, "marketplaceId": US}
    body = {**query, "packageDetails": {"packageTimeSlot": offered[0]}}
    made = desk.do(f"{EASY}.createScheduledPackage", body=body)
    assert made["packageDimensions"]["length"] == 12
    assert desk.do(f"{EASY}.getScheduledPackage", query=query) == made
    again = desk.ask(f"{EASY}.createScheduledPackage", body=body)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (400, "ScheduledPackageAlreadyExists")
    change = {"scheduledPackageId": made["scheduledPackageId"], "packageTimeSlot": offered[2]}
    moved = {"marketplaceId": US, "updatePackageDetailsList": [change]}
    desk.do(f"{EASY}.updateScheduledPackages", body=moved)
    seen = []
    for _ in range(8):
        package = desk.do(f"{EASY}.getScheduledPackage", query=query)
        seen.append((package["packageStatus"], status(desk, order)))
        desk.wait(DAY)
    assert package["packageTimeSlot"] == offered[2]
    assert seen[0] == ("ReadyForPickup", "Unshipped")
    assert seen[-1] == ("Delivered", "Shipped")
    assert {order for package, order in seen if package != "ReadyForPickup"} == {"Shipped"}
    assert len(set(seen)) >= 5
    assert desk.ask(f"{EASY}.updateScheduledPackages", body=moved).status_code == 400


def test_of_many_orders_each_is_judged_by_itself(desk: Desk) -> None:
    order = unshipped(desk)[0]["AmazonOrderId"]
    details = [{"amazonOrderId": order}, {"amazonOrderId": "111-0000000-0000000"}]
    body = {"marketplaceId": US, "orderScheduleDetailsList": details, "labelFormat": "PDF"}
    answer = desk.do(f"{EASY}.createScheduledPackageBulk", body=body)
    assert [p["scheduledPackageId"]["amazonOrderId"] for p in answer["scheduledPackages"]] == [order]
    assert [r["amazonOrderId"] for r in answer["rejectedOrders"]] == ["111-0000000-0000000"]
    assert desk.client.http.get(answer["printableDocumentsUrl"]).content.startswith(b"%PDF")
    wrong = {"amazonOrderId": order, "marketplaceId": US, "packageDetails": {"packageTimeSlot": {"slotId": "slot-1"}}}
    assert desk.ask(f"{EASY}.createScheduledPackage", body=wrong).status_code == 400
