"""Multi-channel orders: both versions show the same ones, they move with the clock, are tracked and returned."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import US, Client
from .workflows import OUTBOUND, OUTBOUND_2026, SHOP_ADDRESS, Desk, outbound_order, outbound_order_2026, stock

EVER = "2026-01-01T00:00:00Z"


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def sku(desk: Desk) -> str:
    return next(code for code, units in stock(desk) if units > 5)


def old(desk: Desk, key: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.do(f"{OUTBOUND}.getFulfillmentOrder", sellerFulfillmentOrderId=key)["payload"]
    return found


def new(desk: Desk, key: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.do(f"{OUTBOUND_2026}.getOrder", orderId=key)["order"]
    return found


def every(desk: Desk) -> tuple[list[str], list[str]]:
    """Return the ids of all orders, by the older and by the newer version, over all pages."""
    found: tuple[list[str], list[str]] = ([], [])
    query = {"queryStartDate": EVER}
    while True:
        payload = desk.do(f"{OUTBOUND}.listAllFulfillmentOrders", query=query)["payload"]
        found[0].extend(o["sellerFulfillmentOrderId"] for o in payload["fulfillmentOrders"])
        if "nextToken" not in payload:
            break
        query = {"queryStartDate": EVER, "nextToken": payload["nextToken"]}
    query = {"updatedAfter": EVER}
    while True:
        body = desk.do(f"{OUTBOUND_2026}.listOrders", query=query)
        found[1].extend(o["orderId"] for o in body["orders"])
        if "pagination" not in body:
            return found
        query = {"updatedAfter": EVER, "pageToken": body["pagination"]["nextToken"]}


def test_an_order_moves_with_the_clock_in_both_versions(desk: Desk) -> None:
    desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=outbound_order("A-1", sku(desk), 2))
    seen = []
    for seconds in (0, 61, 600, 2 * 86_400):
        desk.wait(seconds)
        seen.append((old(desk, "A-1")["fulfillmentOrder"]["fulfillmentOrderStatus"], new(desk, "A-1")["status"]))
    assert seen == [
        ("Received", "PROCESSING"), ("Planning", "PROCESSING"), ("Processing", "PROCESSING"), ("Complete", "COMPLETE"),
    ]  # fmt: skip
    parcel, package = old(desk, "A-1")["fulfillmentShipments"][0], new(desk, "A-1")["shipments"][0]
    assert parcel["amazonShipmentId"] == package["amazonShipmentId"]
    tracking = parcel["fulfillmentShipmentPackage"][0]
    assert package["packages"][0]["tracking"]["carrier"]["trackingNumber"] == tracking["trackingNumber"]
    states = []
    for seconds in (0, 216_000, 86_400):
        desk.wait(seconds)
        query = {"packageNumber": str(tracking["packageNumber"])}
        states.append(desk.do(f"{OUTBOUND}.getPackageTrackingDetails", query=query)["payload"]["currentStatus"])
    assert states == ["IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"]


def held(desk: Desk, code: str) -> tuple[int, int, int]:
    """Return what can be sold of a SKU, what is reserved, and the whole."""
    query = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US, "details": "true"}
    row = desk.do("fbaInventory.getInventorySummaries", query={**query, "sellerSkus": code})["payload"]
    (shown,) = row["inventorySummaries"]
    details = shown["inventoryDetails"]
    reserved = details["reservedQuantity"]
    parts = [reserved[f"{n}Quantity"] for n in ("pendingCustomerOrder", "pendingTransshipment", "fcProcessing")]
    assert sum(parts) == reserved["totalReservedQuantity"]
    return details["fulfillableQuantity"], reserved["totalReservedQuantity"], shown["totalQuantity"]


def test_an_order_reserves_its_units_and_takes_them_away_when_it_is_shipped(desk: Desk) -> None:
    code = sku(desk)
    every(desk)
    free, reserved, whole = held(desk, code)
    desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=outbound_order("B-1", code, 2))
    assert held(desk, code) == (free - 2, reserved + 2, whole)
    desk.do(f"{OUTBOUND_2026}.createOrder", body=outbound_order_2026("B-2", code))
    one = held(desk, code)[1] - reserved - 2
    assert one > 0
    desk.do(f"{OUTBOUND}.cancelFulfillmentOrder", sellerFulfillmentOrderId="B-2")
    assert held(desk, code) == (free - 2, reserved + 2, whole)
    desk.wait(2 * 86_400)
    assert held(desk, code) == (free - 2, reserved, whole - 2)
    assert dict(stock(desk))[code] == free - 2


def test_what_is_promised_once_cannot_be_promised_again(desk: Desk) -> None:
    code = sku(desk)
    free, _, _ = held(desk, code)
    desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=outbound_order("B-3", code, free))
    assert held(desk, code)[0] == 0
    # An order that asks for less sets free what it had.
    line = {"sellerFulfillmentOrderItemId": "line-1", "quantity": free - 1}
    desk.do(f"{OUTBOUND}.updateFulfillmentOrder", body={"items": [line]}, sellerFulfillmentOrderId="B-3")
    assert held(desk, code)[0] == 1
    for key in ("B-4", "B-5"):
        desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=outbound_order(key, code))
    desk.wait(700)
    states = [old(desk, f"B-{n}")["fulfillmentOrder"]["fulfillmentOrderStatus"] for n in (3, 4, 5)]
    assert states == ["Processing", "Processing", "Unfulfillable"]
    assert held(desk, code)[0] == 0


def test_both_versions_list_the_same_orders_the_new_ones_first(desk: Desk) -> None:
    before = every(desk)
    assert before[0] == before[1]
    assert len(set(before[0])) == 24
    desk.do(f"{OUTBOUND_2026}.createOrder", body=outbound_order_2026("A-2", sku(desk), channel="SHOP"))
    assert every(desk)[0] == ["A-2", *before[0]]
    lately = desk.do(f"{OUTBOUND}.listAllFulfillmentOrders")["payload"]["fulfillmentOrders"]
    assert 1 <= len(lately) < len(before[0])
    assert new(desk, "A-2")["channel"] == "SHOP"
    assert old(desk, "A-2")["fulfillmentOrder"]["destinationAddress"] == SHOP_ADDRESS


def test_what_changed_in_the_last_36_hours_is_listed_unless_asked_otherwise(desk: Desk) -> None:
    desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=outbound_order("C-1", sku(desk)))
    desk.do(f"{OUTBOUND}.cancelFulfillmentOrder", sellerFulfillmentOrderId="C-1")
    for seconds, listed in ((36 * 3600 - 1, True), (2, False)):
        desk.wait(seconds)
        older = desk.do(f"{OUTBOUND}.listAllFulfillmentOrders")["payload"]["fulfillmentOrders"]
        newer = desk.do(f"{OUTBOUND_2026}.listOrders")["orders"]
        assert ("C-1" in {o["sellerFulfillmentOrderId"] for o in older}) is listed
        assert ("C-1" in {o["orderId"] for o in newer}) is listed


def test_an_order_on_hold_waits_can_be_changed_and_is_let_go(desk: Desk) -> None:
    body = outbound_order("A-3", sku(desk), fulfillmentAction="Hold")
    desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=body)
    desk.wait(86_400)
    assert old(desk, "A-3")["fulfillmentOrder"]["fulfillmentOrderStatus"] == "Received"
    change = {"items": [{"sellerFulfillmentOrderItemId": "line-1", "quantity": 3}], "displayableOrderComment": "Soon"}
    desk.do(f"{OUTBOUND}.updateFulfillmentOrder", body=change, sellerFulfillmentOrderId="A-3")
    desk.wait(700)
    assert old(desk, "A-3")["fulfillmentOrder"]["fulfillmentOrderStatus"] == "Received"
    desk.do(f"{OUTBOUND_2026}.updateOrder", body={"fulfillmentConfiguration": {"action": "SHIP"}}, orderId="A-3")
    desk.wait(700)
    found = old(desk, "A-3")
    assert found["fulfillmentOrder"]["displayableOrderComment"] == "Soon"
    assert found["fulfillmentOrder"]["fulfillmentOrderStatus"] == "Processing"
    assert new(desk, "A-3")["lineItems"][0]["amount"]["value"] == "3.0"
    refused = desk.ask(f"{OUTBOUND}.cancelFulfillmentOrder", sellerFulfillmentOrderId="A-3")
    assert (refused.status_code, "Processing" in refused.text) == (400, True)


def test_an_order_is_cancelled_while_it_is_planned(desk: Desk) -> None:
    desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=outbound_order("A-4", sku(desk)))
    desk.do(f"{OUTBOUND_2026}.cancelOrder", orderId="A-4")
    desk.wait(86_400)
    assert old(desk, "A-4")["fulfillmentOrder"]["fulfillmentOrderStatus"] == "Cancelled"
    assert new(desk, "A-4")["status"] == "CANCELLED"
    assert desk.ask(f"{OUTBOUND_2026}.cancelOrder", orderId="A-4").status_code == 400


@pytest.mark.parametrize(
    ("policy", "status", "unfulfillable"),
    [("FillOrKill", "Unfulfillable", 4000), ("FillAllAvailable", "CompletePartialled", None)],
)
def test_more_than_is_in_stock(desk: Desk, policy: str, status: str, unfulfillable: int | None) -> None:
    code, units = next((c, u) for c, u in stock(desk) if u > 5)
    body = outbound_order("A-5", code, 4000, fulfillmentPolicy=policy)
    desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=body)
    desk.wait(3 * 86_400)
    found = old(desk, "A-5")
    assert found["fulfillmentOrder"]["fulfillmentOrderStatus"] == status
    assert found["fulfillmentOrderItems"][0]["unfulfillableQuantity"] == (unfulfillable or 4000 - units)
    preview = {"address": SHOP_ADDRESS, "items": body["items"], "shippingSpeedCategories": ["Standard"]}
    shown = desk.do(f"{OUTBOUND}.getFulfillmentPreview", body=preview)["payload"]["fulfillmentPreviews"]
    assert [p["isFulfillable"] for p in shown] == [False]


def test_what_is_refused(desk: Desk) -> None:
    desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=outbound_order("A-6", sku(desk)))
    for body in (outbound_order("A-6", sku(desk)), outbound_order("A-7", "NOT-MINE")):
        assert desk.ask(f"{OUTBOUND}.createFulfillmentOrder", body=body).status_code == 400
    elsewhere = {"origin": {"countryCode": "FR"}}
    newer = [
        outbound_order_2026("A-6", sku(desk)), outbound_order_2026("A-7", "NOT-MINE"),
        outbound_order_2026("A-7", sku(desk), **elsewhere),
        outbound_order_2026("A-7", sku(desk), fulfillmentConfiguration={"serviceLevel": {"serviceTiers": ["ROCKET"]}}),
    ]  # fmt: skip
    assert [desk.ask(f"{OUTBOUND_2026}.createOrder", body=b).status_code for b in newer] == [400] * 4
    assert desk.ask(f"{OUTBOUND_2026}.getOrder", orderId="A-7").status_code == 404
    assert desk.ask(f"{OUTBOUND}.getPackageTrackingDetails", query={"packageNumber": "1"}).status_code == 404


def test_a_change_that_is_refused_changes_nothing(desk: Desk) -> None:
    body = outbound_order("A-9", sku(desk), fulfillmentAction="Hold")
    desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=body)
    before = old(desk, "A-9")
    desk.wait(60)
    good = {"sellerFulfillmentOrderItemId": "line-1", "quantity": 3}
    for wrong in ({"sellerFulfillmentOrderItemId": "line-9", "quantity": 1}, {**good, "quantity": 0}):
        change = {"items": [good, wrong]}
        refused = desk.ask(f"{OUTBOUND}.updateFulfillmentOrder", body=change, sellerFulfillmentOrderId="A-9")
        assert (refused.status_code, "items: " in refused.text) == (400, True)
    assert old(desk, "A-9") == before


def test_an_order_is_sent_from_the_marketplace_of_its_origin(desk: Desk) -> None:
    code = sku(desk)
    wanted = {"serviceLevel": {"serviceTiers": ["PRIORITY"]}, "action": "HOLD", "policy": "FILL_ALL"}
    body = outbound_order_2026("A-10", code, origin={"countryCode": "US"}, fulfillmentConfiguration=wanted)
    desk.do(f"{OUTBOUND_2026}.createOrder", body=body)
    shown = new(desk, "A-10")
    assert shown["fulfillmentConfiguration"] == wanted
    assert old(desk, "A-10")["fulfillmentOrder"]["marketplaceId"] == US
    assert old(desk, "A-10")["fulfillmentOrder"]["fulfillmentAction"] == "Hold"
    assert shown["lineItems"][0]["product"]["productIdentifier"]["amazonSku"] == code


def test_nothing_is_offered_of_what_is_sold_out(desk: Desk) -> None:
    code = sku(desk)
    held_back = outbound_order("A-11", code, held(desk, code)[0])
    asked = {
        "origin": {"countryCode": "US"}, "destination": {"deliveryAddress": SHOP_ADDRESS},
        "items": [{"productIdentifier": {"amazonSku": code}}],
    }  # fmt: skip
    (before,) = desk.do(f"{OUTBOUND_2026}.getOffers", body=asked)["offerResults"]
    assert (len(before["offers"]), before["constraints"]) == (2, [])
    desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=held_back)
    (after,) = desk.do(f"{OUTBOUND_2026}.getOffers", body=asked)["offerResults"]
    assert after["offers"] == []
    assert after["constraints"][0]["code"] == "ItemQuantityNotAvailable"


def test_what_was_sent_is_returned_once(desk: Desk) -> None:
    desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=outbound_order("A-8", sku(desk)))
    item = {
        "sellerReturnItemId": "back-1", "sellerFulfillmentOrderItemId": "line-1", "amazonShipmentId": "none",
        "returnReasonCode": "CR-DEFECTIVE",
    }  # fmt: skip
    keys = {"sellerFulfillmentOrderId": "A-8"}

    def send(**change: str) -> dict[str, Any]:
        body = {"items": [{**item, **change}]}
        found: dict[str, Any] = desk.do(f"{OUTBOUND}.createFulfillmentReturn", body=body, **keys)["payload"]
        return found

    early = send()["invalidReturnItems"][0]["invalidItemReason"]["invalidItemReasonCode"]
    assert early == "NoCompletedShipItems"
    desk.wait(3 * 86_400)
    item["amazonShipmentId"] = old(desk, "A-8")["fulfillmentShipments"][0]["amazonShipmentId"]
    (begun,) = send()["returnItems"]
    assert (begun["status"], "returnReceivedCondition" in begun) == ("New", False)
    again = send(sellerReturnItemId="back-2")["invalidReturnItems"][0]["invalidItemReason"]
    assert again["invalidItemReasonCode"] == "NoReturnableQuantity"
    desk.wait(8 * 86_400)
    found = old(desk, "A-8")
    (ended,) = found["returnItems"]
    assert (ended["status"], ended["returnReceivedCondition"]) == ("Processed", "Sellable")
    assert ended["statusChangedDate"] > begun["statusChangedDate"]
    assert found["returnAuthorizations"][0]["returnAuthorizationId"] == found["returnItems"][0]["returnAuthorizationId"]


def test_a_features_inventory_agrees_with_its_skus(desk: Desk) -> None:
    query = {"marketplaceId": US}
    keys = {"featureName": "BLANK_BOX"}
    rows = desk.do(f"{OUTBOUND}.getFeatureInventory", query=query, **keys)["payload"]["featureSkus"]
    one = desk.do(f"{OUTBOUND}.getFeatureSKU", query=query, **keys, sellerSku=rows[0]["sellerSku"])["payload"]
    assert (one["isEligible"], one["skuCount"]) == (True, rows[0]["skuCount"])
    assert dict(stock(desk))[rows[0]["sellerSku"]] == rows[0]["skuCount"]
    assert desk.ask(f"{OUTBOUND}.getFeatureInventory", query=query, featureName="NONE").status_code == 400
