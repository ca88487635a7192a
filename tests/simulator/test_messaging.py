"""Messages and solicitations: what Amazon offers for an order, and each of it once."""

from __future__ import annotations

import base64
import hashlib

import pytest

from .conftest import MX, NOW, US, Client, orders_v0

MESSAGING, SOLICITATIONS = "/messaging/v1/orders", "/solicitations/v1/orders"
DAY = 86_400


def offered(client: Client, root: str, order: str, market: str = US) -> list[str]:
    """Return the actions that are offered."""
    body = client.ok(f"{root}/{order}", marketplaceIds=market)
    names = [a["payload"]["name"] for a in body["_embedded"]["actions"]]
    assert names == [link["name"] for link in body["_links"]["actions"]]
    return names


def send(client: Client, order: str, action: str, body: object = None) -> int:
    """Send a message about an order of the United States."""
    path = f"{MESSAGING}/{order}/messages/{action}"
    return client.http.post(path, params={"marketplaceIds": US}, json=body or {}).status_code


def ids(client: Client, status: str, channel: str = "MFN") -> list[str]:
    """Return orders of the United States in a state."""
    found = orders_v0(client, OrderStatuses=status, FulfillmentChannels=channel, MarketplaceIds=US)
    return [o["AmazonOrderId"] for o in found]


def test_a_message_is_sent_once(client: Client) -> None:
    order = ids(client, "Unshipped")[-1]
    assert "confirmOrderDetails" in offered(client, MESSAGING, order)
    assert "warranty" not in offered(client, MESSAGING, order)
    assert send(client, order, "confirmOrderDetails", {"text": "Red or blue?"}) == 201
    assert "confirmOrderDetails" not in offered(client, MESSAGING, order)
    assert send(client, order, "confirmOrderDetails", {"text": "Red?"}) == 403
    assert send(client, order, "warranty") == 403
    assert client.ok(f"{MESSAGING}/{order}/attributes", marketplaceIds=US) == {"buyer": {"locale": "en-US"}}


def test_orders_of_others_and_of_other_marketplaces_are_not_found(client: Client) -> None:
    order = ids(client, "Shipped")[-1]
    assert client.get(f"{MESSAGING}/{order}", marketplaceIds=MX).status_code == 404
    client.login(refresh_token="Atzr|simulator-norole")
    for root in (MESSAGING, SOLICITATIONS):
        assert client.get(f"{root}/{order}", marketplaceIds=US).status_code == 404
        assert client.get(f"{root}/000-0000000-0000000", marketplaceIds=US).status_code == 404


def test_nothing_is_offered_for_what_is_cancelled_or_long_past(client: Client) -> None:
    assert offered(client, MESSAGING, ids(client, "Canceled")[-1]) == []
    order = ids(client, "Shipped")[-1]
    assert "invoice" in offered(client, MESSAGING, order)
    client.clock.wait(NOW + 60 * DAY)
    client.login()
    assert offered(client, MESSAGING, order) == []


def test_an_attachment_was_uploaded(client: Client) -> None:
    order, content = ids(client, "Shipped")[-1], b"%PDF-1.4"
    md5 = base64.b64encode(hashlib.md5(content).digest()).decode()
    query = {"marketplaceIds": US, "contentMD5": md5, "contentType": "application/pdf"}
    path = "/uploads/2020-11-01/uploadDestinations/messaging"
    upload = client.http.post(path, params=query).json()["payload"]
    body = {"attachments": [{"uploadDestinationId": upload["uploadDestinationId"], "fileName": "invoice.pdf"}]}
    assert send(client, order, "invoice", body) == 400
    assert client.http.put(upload["url"], content=content, headers=upload["headers"]).status_code == 200
    assert send(client, order, "invoice", body) == 201


@pytest.mark.parametrize("channel", ["MFN", "AFN"])
def test_a_review_is_asked_for_once_and_in_time(client: Client, channel: str) -> None:
    order = ids(client, "Shipped", channel)[-1]
    query = {"marketplaceIds": US}
    path = f"{SOLICITATIONS}/{order}/solicitations/productReviewAndSellerFeedback"
    assert offered(client, SOLICITATIONS, order) == []
    assert client.http.post(path, params=query).status_code == 403
    client.clock.wait(NOW + 14 * DAY)
    client.login()
    assert offered(client, SOLICITATIONS, order) == ["productReviewAndSellerFeedback"]
    assert client.http.post(path, params=query).status_code == 201
    assert client.http.post(path, params=query).status_code == 403
    assert offered(client, SOLICITATIONS, order) == []


def test_an_app_tells_a_seller_something(client: Client) -> None:
    root = "/appIntegrations/2024-04-01/notifications"
    made = client.http.post(root, json={"templateId": "T1", "notificationParameters": {"amount": 1}})
    path = f"{root}/{made.json()['notificationId']}/feedback"
    done = {"feedbackActionCode": "SELLER_ACTION_COMPLETED"}
    assert client.http.post(path, json=done).status_code == 204
    gone = {"templateId": "T1", "deletionReason": "INCORRECT_CONTENT"}
    assert client.http.post(f"{root}/deletion", json=gone).status_code == 204
    assert client.http.post(path, json=done).status_code == 404


def test_an_application_rotates_its_secret(client: Client) -> None:
    path = "/applications/2023-11-30/clientSecret"
    assert client.http.post(path).status_code == 403
    client.login(grant_type="client_credentials", scope="sellingpartnerapi::client_credential:rotation")
    answer = client.http.post(path)
    assert (answer.status_code, answer.content) == (204, b"")
