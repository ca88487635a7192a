"""What the seller does with an order is read back in both versions, and found by its new time."""

from __future__ import annotations

from typing import Any

import pytest

from amzsql.simulator.accounts import APPLICATIONS

from .conftest import NOW, SECTIONS, START, Client, orders_2026, orders_v0

V0, NEW = "/orders/v0/orders", "/orders/2026-01-01/orders"


def confirm(client: Client, order: dict[str, Any], quantities: dict[str, int], **more: Any) -> Any:
    detail = {
        "packageReferenceId": "7",
        "carrierCode": "FedEx",
        "trackingNumber": "TR-1",
        "shipDate": "2026-11-18T09:00:00Z",
        "orderItems": [{"orderItemId": i, "quantity": q} for i, q in quantities.items()],
        **more,
    }
    body = {"marketplaceId": order["MarketplaceId"], "packageDetail": detail}
    return client.http.post(f"{V0}/{order['AmazonOrderId']}/shipmentConfirmation", json=body)


def items(client: Client, order: dict[str, Any]) -> dict[str, int]:
    rows = client.ok(f"{V0}/{order['AmazonOrderId']}/orderItems")["payload"]["OrderItems"]
    return {i["OrderItemId"]: i["QuantityOrdered"] - i["QuantityShipped"] for i in rows}


def unshipped(client: Client) -> dict[str, Any]:
    rows = orders_v0(client, OrderStatuses="Unshipped", FulfillmentChannels="MFN")
    return next(o for o in rows if len(items(client, o)) > 1)


def test_a_confirmed_package_ships_the_order(client: Client) -> None:
    order = unshipped(client)
    order_id, left = order["AmazonOrderId"], items(client, order)
    first = next(iter(left))
    assert confirm(client, order, {first: left[first]}).status_code == 204
    partly = client.ok(f"{V0}/{order_id}")["payload"]
    assert partly["OrderStatus"] == "PartiallyShipped"
    assert partly["NumberOfItemsShipped"] == left[first]
    assert partly["LastUpdateDate"] == "2026-11-18T11:06:40Z"
    rest = {i: q for i, q in left.items() if i != first}
    assert confirm(client, order, rest, packageReferenceId="8", shippingMethod="Ground").status_code == 204
    whole = client.ok(f"{V0}/{order_id}")["payload"]
    assert (whole["OrderStatus"], whole["NumberOfItemsUnshipped"]) == ("Shipped", 0)
    new = client.ok(f"{NEW}/{order_id}", includedData=SECTIONS)["order"]
    assert new["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    packages = {p["packageReferenceId"]: p for p in new["packages"]}
    assert set(packages) == {"7", "8"}
    assert packages["7"]["packageItems"] == [{"orderItemId": first, "quantity": left[first]}]
    assert packages["8"]["shippingService"] == "Ground"
    assert sum(i["fulfillment"]["quantityUnfulfilled"] for i in new["orderItems"]) == 0


def test_it_is_found_where_it_now_stands(client: Client) -> None:
    order = unshipped(client)
    order_id = order["AmazonOrderId"]
    before = [o["AmazonOrderId"] for o in orders_v0(client, LastUpdatedAfter=START)]
    confirm(client, order, items(client, order))
    client.clock.wait(NOW + 180)
    assert order_id not in {o["AmazonOrderId"] for o in orders_v0(client, OrderStatuses="Unshipped")}
    after = [o["AmazonOrderId"] for o in orders_v0(client, LastUpdatedAfter=START, MaxResultsPerPage=7)]
    assert after == [*(o for o in before if o != order_id), order_id]
    assert [o["orderId"] for o in orders_2026(client, lastUpdatedAfter="2026-11-18T11:06:00Z")] == [order_id]
    created = orders_2026(client, fulfillmentStatuses="SHIPPED", includedData="FULFILLMENT")
    assert order_id in {o["orderId"] for o in created}


def test_what_cannot_be_shipped_is_refused(client: Client) -> None:
    order = unshipped(client)
    left = items(client, order)
    first = next(iter(left))
    assert confirm(client, order, {first: left[first] + 1}).status_code == 400
    assert confirm(client, order, {"00000000000000": 1}).status_code == 400
    assert confirm(client, {**order, "MarketplaceId": "A1PA6795UKMFR9"}, left).status_code == 400
    assert confirm(client, {**order, "AmazonOrderId": "111-0000000-0000000"}, left).status_code == 404
    for status, channel in (("Unshipped", "AFN"), ("Canceled", "MFN"), ("Pending", "MFN")):
        other = orders_v0(client, OrderStatuses=status, FulfillmentChannels=channel)[0]
        assert confirm(client, other, items(client, other)).status_code == 400
    assert client.ok(f"{V0}/{order['AmazonOrderId']}")["payload"] == order
    # The same package once more is a correction, not another one.
    assert confirm(client, order, left).status_code == 204
    assert confirm(client, order, left, trackingNumber="TR-2").status_code == 204
    new = client.ok(f"{NEW}/{order['AmazonOrderId']}", includedData="PACKAGES")["order"]
    assert [p["trackingNumber"] for p in new["packages"]] == ["TR-2"]


@pytest.mark.parametrize(("status", "shown"), [("PickedUp", "Shipped"), ("RefusedPickup", "Canceled")])
def test_a_pick_up_ends_an_order(client: Client, status: str, shown: str) -> None:
    order = unshipped(client)
    url = f"{V0}/{order['AmazonOrderId']}/shipment"
    body = {"marketplaceId": order["MarketplaceId"], "shipmentStatus": "ReadyForPickup"}
    assert client.http.post(url, json=body).status_code == 204
    assert client.ok(f"{V0}/{order['AmazonOrderId']}")["payload"]["OrderStatus"] == "Unshipped"
    assert client.http.post(url, json={**body, "shipmentStatus": status}).status_code == 204
    assert client.ok(f"{V0}/{order['AmazonOrderId']}")["payload"]["OrderStatus"] == shown
    new = client.ok(f"{NEW}/{order['AmazonOrderId']}", includedData="PACKAGES")["order"]
    assert [p["shipTime"] for p in new.get("packages", ())] == ([new["lastUpdatedTime"]] if shown == "Shipped" else [])
    assert client.http.post(url, json={**body, "shipmentStatus": "Eaten"}).status_code == 400


def test_a_prescription_is_verified_once(client: Client) -> None:
    order = next(o for o in orders_v0(client) if o["HasRegulatedItems"])
    url = f"{V0}/{order['AmazonOrderId']}/regulatedInfo"
    reader = Client(client.simulator, client.clock)
    resource = {"method": "GET", "path": "/orders/v0/orders/{orderId}/regulatedInfo"}
    token = reader.http.post("/tokens/2021-03-01/restrictedDataToken", json={"restrictedResources": [resource]}).json()
    reader.http.headers["x-amz-access-token"] = token["restrictedDataToken"]
    payload = reader.ok(url)["payload"]
    assert payload["RegulatedOrderVerificationStatus"]["Status"] == "Pending"
    reason = payload["RegulatedOrderVerificationStatus"]["ValidRejectionReasons"][0]
    given = {"status": "Rejected", "rejectionReasonId": reason["RejectionReasonId"], "externalReviewerId": "dr"}
    for wrong in ({"status": "Cancelled"}, {"rejectionReasonId": "none"}):
        body = {"regulatedOrderVerificationStatus": {**given, **wrong}}
        assert client.http.patch(url, json=body).status_code == 400
    assert client.http.patch(url, json={"regulatedOrderVerificationStatus": given}).status_code == 204
    status = reader.ok(url)["payload"]["RegulatedOrderVerificationStatus"]
    assert (status["Status"], status["RejectionReason"], status["RequiresMerchantAction"]) == (
        "Rejected",
        reason,
        False,
    )
    assert client.http.patch(url, json={"regulatedOrderVerificationStatus": given}).status_code == 400


def test_the_new_version_shows_buyers_to_applications_with_the_role(client: Client) -> None:
    role = next(a for a in APPLICATIONS if a.pii == "shown")
    client.login(client_id=role.client_id, client_secret=role.client_secret)
    with_role = orders_2026(client, includedData="BUYER,RECIPIENT")
    assert all(o["buyer"]["buyerName"] for o in with_role)
    assert {"name", "addressLine1", "phone", "postalCode"} <= set(with_role[0]["recipient"]["deliveryAddress"])
    assert any(o["buyer"].get("buyerPurchaseOrderNumber") for o in with_role)
    without = next(a for a in APPLICATIONS if a.pii == "never")
    other = Client(client.simulator, client.clock, client_id=without.client_id, client_secret=without.client_secret)
    rows = orders_2026(other, includedData="BUYER,RECIPIENT")
    assert [o["orderId"] for o in rows] == [o["orderId"] for o in with_role]
    assert not any("buyer" in o for o in rows)
    assert not {"name", "addressLine1", "phone", "postalCode"} & set(rows[0]["recipient"]["deliveryAddress"])
