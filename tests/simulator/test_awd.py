"""Storage and distribution: orders are drafted, confirmed and move with the clock; stock agrees with them."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Client
from .workflows import AWD, Desk, cases

DAY = 86_400
ORIGIN = {"name": "Robin Marsh", "addressLine1": "500 Harbor Way", "stateOrRegion": "WA", "countryCode": "US"}


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def stock(desk: Desk, sku: str = "") -> dict[str, Any]:
    query = {"sku": sku, "details": "SHOW"} if sku else {}
    found: dict[str, Any] = desk.do(f"{AWD}.listInventory", query=query)["inventory"][0]
    return found


def test_an_order_in_is_confirmed_travels_and_is_received(desk: Desk) -> None:
    sku = stock(desk)["sku"]
    before = stock(desk, sku)["totalInboundQuantity"]
    body = {"originAddress": ORIGIN, "packagesToInbound": cases(sku), "externalReferenceId": "spring"}
    key = desk.do(f"{AWD}.createInbound", body=body)["orderId"]
    found = desk.do(f"{AWD}.getInbound", orderId=key)
    assert (found["orderStatus"], found["packagesToInbound"]) == ("DRAFT", cases(sku))
    more = {**found, "packagesToInbound": cases(sku, 5)}
    desk.do(f"{AWD}.updateInbound", body=more, orderId=key)
    desk.do(f"{AWD}.confirmInbound", orderId=key)
    assert desk.ask(f"{AWD}.updateInbound", body=more, orderId=key).status_code == 400
    assert stock(desk, sku)["totalInboundQuantity"] == before + 30
    shipment = desk.do(f"{AWD}.getInbound", orderId=key)["destinationDetails"]["shipmentId"]
    carrier = {"carrierCode": {"carrierCodeType": "SCAC", "carrierCodeValue": "UPSN"}, "bookingId": "B-7"}
    body = {"trackingDetails": [carrier]}
    desk.do(f"{AWD}.updateInboundShipmentTransportDetails", body=body, shipmentId=shipment)
    seen = []
    for _ in range(12):
        one = desk.do(f"{AWD}.getInboundShipment", query={"skuQuantities": "SHOW"}, shipmentId=shipment)
        seen.append(one["shipmentStatus"])
        rows = desk.do(f"{AWD}.listInboundShipments", query={"shipmentStatus": one["shipmentStatus"]})["shipments"]
        assert shipment in [r["shipmentId"] for r in rows]
        desk.wait(DAY)
    states = ["CREATED", "SHIPPED", "IN_TRANSIT", "DELIVERED", "RECEIVING", "CLOSED"]
    assert list(dict.fromkeys(seen)) == states
    assert one["trackingId"] == "B-7"
    assert one["shipmentSkuQuantities"][0]["receivedQuantity"]["quantity"] == 30
    assert desk.do(f"{AWD}.getInbound", orderId=key)["orderStatus"] == "CLOSED"
    assert desk.ask(f"{AWD}.cancelInbound", orderId=key).status_code == 400


def test_a_draft_is_cancelled_and_strange_skus_are_refused(desk: Desk) -> None:
    sku = stock(desk)["sku"]
    key = desk.do(f"{AWD}.createInbound", body={"originAddress": ORIGIN, "packagesToInbound": cases(sku)})["orderId"]
    desk.do(f"{AWD}.cancelInbound", orderId=key)
    assert desk.do(f"{AWD}.getInbound", orderId=key)["orderStatus"] == "CANCELLED"
    assert desk.ask(f"{AWD}.confirmInbound", orderId=key).status_code == 400
    strange = {"originAddress": ORIGIN, "packagesToInbound": cases("NOT-MINE")}
    assert desk.ask(f"{AWD}.createInbound", body=strange).status_code == 400
    packages = {"packagesToInbound": [*cases(sku), *cases("NOT-MINE")]}
    judged = desk.do(f"{AWD}.checkInboundEligibility", body=packages)
    assert judged["status"] == "INELIGIBLE"
    assert [p["status"] for p in judged["packagesToInbound"]] == ["ELIGIBLE", "INELIGIBLE"]


@pytest.mark.parametrize(
    ("create", "field", "read", "status", "confirm"),
    [
        ("createOutbound", "productsToOutbound", "getOutbound", "orderStatus", "confirmOutbound"),
        ("createReplenishmentOrder", "products", "getReplenishmentOrder", "status", "confirmReplenishmentOrder"),
    ],
)
def test_an_order_out_is_judged_confirmed_and_sent(
    desk: Desk, create: str, field: str, read: str, status: str, confirm: str
) -> None:
    body = {field: [{"sku": stock(desk)["sku"], "quantity": 6}]}
    key = desk.do(f"{AWD}.{create}", body=body)["orderId"]
    assert desk.ask(f"{AWD}.{confirm}", orderId=key).status_code == 400
    desk.wait(61)
    desk.do(f"{AWD}.{confirm}", orderId=key)
    seen = []
    for seconds in (0, 61, DAY, 8 * DAY):
        desk.wait(seconds)
        found = desk.do(f"{AWD}.{read}", orderId=key)
        seen.append((found[status], [s["shipmentStatus"] for s in found["outboundShipments"]]))
    assert seen == [
        ("CONFIRMED", []), ("EXECUTING", []), ("INVENTORY_OUTBOUND", ["CREATED"]), ("SUCCESS", ["RECEIVED"]),
    ]  # fmt: skip


def test_lists_are_sorted_by_their_last_change(desk: Desk) -> None:
    rows = desk.do(f"{AWD}.listOutbounds", query={"maxResults": "4"})
    second = desk.do(f"{AWD}.listOutbounds", query={"maxResults": "4", "nextToken": rows["nextToken"]})
    times = [o["updatedAt"] for o in (*rows["outboundOrders"], *second["outboundOrders"])]
    assert len(times) == 6
    assert times == sorted(times, reverse=True)
    late = desk.do(f"{AWD}.listOutbounds", query={"updatedAfter": times[2]})["outboundOrders"]
    assert [o["updatedAt"] for o in late] == times[:3]
