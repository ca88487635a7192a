"""Shipments that are bought from rates: labelled, tracked as the clock moves, cancelled before they are collected."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from .conftest import Client
from .workflows import SHIPPING, Desk, one_click_of, parcels, purchase_of, unshipped

DAY = 86_400


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def rates(desk: Desk, **change: Any) -> dict[str, Any]:
    found: dict[str, Any] = desk.do(f"{SHIPPING}.getRates", body={**parcels("p-1", "p-2"), **change})["payload"]
    return found


def test_a_rate_is_bought_and_its_packages_arrive(desk: Desk) -> None:
    offered = rates(desk)
    bought = desk.do(f"{SHIPPING}.purchaseShipment", body=purchase_of(offered, 2))["payload"]
    rate = offered["rates"][2]
    assert bought["promise"] == rate["promise"]
    details = bought["packageDocumentDetails"]
    assert [d["packageClientReferenceId"] for d in details] == ["p-1", "p-2"]
    assert base64.b64decode(details[0]["packageDocuments"][0]["contents"]).startswith(b"%PDF")
    keys, query = {"shipmentId": bought["shipmentId"]}, {"packageClientReferenceId": "p-2"}
    again = desk.do(f"{SHIPPING}.getShipmentDocuments", query=query, **keys)["payload"]
    assert again["packageDocumentDetail"] == details[1]
    query = {"trackingId": details[1]["trackingId"], "carrierId": rate["carrierId"]}
    seen = []
    for _ in range(28):
        found = desk.do(f"{SHIPPING}.getTracking", query=query)["payload"]
        seen.append(found["summary"]["status"])
        desk.wait(DAY // 8)
    assert list(dict.fromkeys(seen)) == ["PreTransit", "InTransit", "OutForDelivery", "Delivered"]
    assert found["promisedDeliveryDate"] == rate["promise"]["deliveryWindow"]["end"]
    assert desk.ask(f"{SHIPPING}.cancelShipment", **keys).status_code == 400


def test_what_is_cancelled_in_time_has_no_documents_any_more(desk: Desk) -> None:
    bought = desk.do(f"{SHIPPING}.oneClickShipment", body=one_click_of("UPS_PTP_GND"))["payload"]
    assert bought["carrier"]["id"] == "UPS"
    keys = {"shipmentId": bought["shipmentId"]}
    desk.do(f"{SHIPPING}.cancelShipment", **keys)
    assert desk.ask(f"{SHIPPING}.cancelShipment", **keys).status_code == 400
    query = {"packageClientReferenceId": "p-1"}
    assert desk.ask(f"{SHIPPING}.getShipmentDocuments", query=query, **keys).status_code == 400
    query = {"trackingId": bought["packageDocumentDetails"][0]["trackingId"], "carrierId": "UPS"}
    assert desk.do(f"{SHIPPING}.getTracking", query=query)["payload"]["summary"]["status"] == "PickupCancelled"


def test_rates_expire_and_are_none_that_was_not_given_out(desk: Desk) -> None:
    body = purchase_of(rates(desk))
    for wrong in ({"rateId": "rate-none"}, {"requestToken": "none"}):
        assert desk.ask(f"{SHIPPING}.purchaseShipment", body={**body, **wrong}).status_code == 400
    desk.wait(601)
    late = desk.ask(f"{SHIPPING}.purchaseShipment", body=body)
    assert (late.status_code, "expired" in late.text) == (400, True)


def test_an_order_of_amazons_must_be_the_sellers_to_ship(desk: Desk) -> None:
    order = unshipped(desk)[0]["AmazonOrderId"]
    channel = {"channelType": "AMAZON", "amazonOrderDetails": {"orderId": order}}
    assert len(rates(desk, channelDetails=channel)["rates"]) == 3
    channel["amazonOrderDetails"] = {"orderId": "111-0000000-0000000"}
    body = {**parcels("p-1"), "channelDetails": channel}
    assert desk.ask(f"{SHIPPING}.getRates", body=body).status_code == 400
    assert desk.ask(f"{SHIPPING}.getRates", body=parcels("p-1", "p-1")).status_code == 400
