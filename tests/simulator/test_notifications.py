"""Notifications: destinations of the application, subscriptions of the accounts that use it."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Client

ROOT = "/notifications/v1"
SCOPE = {"grant_type": "client_credentials", "scope": "sellingpartnerapi::notifications"}
ARN = "arn:aws:sqs:us-east-2:123456789012:"


def queue(name: str) -> dict[str, Any]:
    return {"name": name, "resourceSpecification": {"sqs": {"arn": ARN + name}}}


@pytest.fixture
def destination(client: Client) -> str:
    """Create a destination and log in as the default seller."""
    client.login(**SCOPE)
    made = client.http.post(f"{ROOT}/destinations", json=queue("orders")).json()["payload"]
    client.login()
    found: str = made["destinationId"]
    return found


def subscribe(client: Client, destination: str, kind: str = "ORDER_CHANGE", version: str = "1.0") -> Any:
    asked = {"payloadVersion": version, "destinationId": destination}
    return client.http.post(f"{ROOT}/subscriptions/{kind}", json=asked)


def test_destinations_are_the_applications(client: Client, destination: str) -> None:
    client.login(**SCOPE)
    assert [d["destinationId"] for d in client.ok(f"{ROOT}/destinations")["payload"]] == [destination]
    assert client.http.post(f"{ROOT}/destinations", json=queue("orders")).status_code == 409
    bridge = {"name": "bus", "resourceSpecification": {"eventBridge": {"region": "us-east-1", "accountId": "12"}}}
    made = client.http.post(f"{ROOT}/destinations", json=bridge).json()["payload"]
    assert made["resource"]["eventBridge"]["name"].startswith("aws.partner/")
    client.login(**SCOPE, client_id="amzn1.application-oa2-client.another")
    assert client.ok(f"{ROOT}/destinations")["payload"] == []
    assert client.get(f"{ROOT}/destinations/{destination}").status_code == 404


def test_a_subscription_is_read_back_by_its_account_alone(client: Client, destination: str) -> None:
    made = subscribe(client, destination).json()["payload"]
    assert client.ok(f"{ROOT}/subscriptions/ORDER_CHANGE")["payload"] == made
    assert subscribe(client, destination).status_code == 409
    client.login(refresh_token="Atzr|simulator-eu")
    assert client.get(f"{ROOT}/subscriptions/ORDER_CHANGE").status_code == 404
    assert subscribe(client, destination).status_code == 200
    client.login(**SCOPE)
    by_id = f"{ROOT}/subscriptions/ORDER_CHANGE/{made['subscriptionId']}"
    assert client.ok(by_id)["payload"] == made
    assert client.http.delete(f"{ROOT}/destinations/{destination}").status_code == 409
    assert client.http.delete(by_id).status_code == 200
    assert client.get(by_id).status_code == 404


def test_subscriptions_are_listed_by_type(client: Client, destination: str) -> None:
    kinds = ("ORDER_CHANGE", "ANY_OFFER_CHANGED", "FEE_PROMOTION")
    made = [subscribe(client, destination, k).json()["payload"] for k in kinds[:2]]
    listed = [client.ok(f"{ROOT}/subscriptions", notificationTypes=k)["payload"]["subscriptions"] for k in kinds]
    assert listed == [[made[0]], [made[1]], []]
    for version, found in (("1.0", [made[0]]), ("2.0", [])):
        listed = client.ok(f"{ROOT}/subscriptions", notificationTypes=kinds[0], payloadVersion=version)
        assert listed == {"payload": {"subscriptions": found}}
    assert client.get(f"{ROOT}/subscriptions", notificationTypes=",".join(kinds)).status_code == 400


@pytest.mark.parametrize(
    ("kind", "version", "status"),
    [("NO_SUCH", "1.0", 400), ("ORDER_CHANGE", "7.0", 400), ("REPORT_PROCESSING_FINISHED", "2020-09-04", 200)],
)
def test_types_and_versions_are_judged(client: Client, destination: str, kind: str, version: str, status: int) -> None:
    assert subscribe(client, destination, kind, version).status_code == status
    assert subscribe(client, "none").status_code == 404


def test_the_version_of_a_subscription_is_judged_when_it_is_read(client: Client, destination: str) -> None:
    made = subscribe(client, destination).json()["payload"]
    path = f"{ROOT}/subscriptions/ORDER_CHANGE"
    assert client.ok(path, payloadVersion="1.0")["payload"] == made
    assert client.get(path, payloadVersion="2.0").status_code == 400
    assert client.get(f"{ROOT}/subscriptions/PRICING_HEALTH").status_code == 404
    client.login(**SCOPE)
    assert client.ok(f"{path}/{made['subscriptionId']}")["payload"] == made
    assert client.get(f"{ROOT}/subscriptions/ANY_OFFER_CHANGED/{made['subscriptionId']}").status_code == 404
