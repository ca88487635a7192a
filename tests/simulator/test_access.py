"""Login, tokens, personal data and the order of the gates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import AFTER_V0, CREDENTIALS, NOW, START, US, Client, orders_v0

PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


@pytest.mark.parametrize("kind", ["data", "json"])
def test_login_takes_forms_and_json(client: Client, kind: str) -> None:
    answer = client.http.post("/auth/o2/token", **{kind: CREDENTIALS})  # type: ignore[arg-type]
    body = answer.json()
    assert answer.status_code == 200
    assert body["access_token"].startswith("Atza|")
    assert (body["token_type"], body["expires_in"], body["refresh_token"]) == ("bearer", 3600, "Atzr|any")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"refresh_token": "Atzr|revoked"}, 400, "invalid_grant"),
        ({"refresh_token": "Atzr|simulator-ue"}, 400, "invalid_grant"),
        ({"client_secret": "a wrong one"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "sellingpartnerapi::migration"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "profile"}, 400, "invalid_scope"),
        ({"grant_type": "authorization_code"}, 400, "invalid_request"),
    ],
)
def test_login_refuses(client: Client, change: dict[str, str], status: int, code: str) -> None:
    answer = client.http.post("/auth/o2/token", data={**CREDENTIALS, **change})
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert answer.json()["error_description"]


def test_a_missing_an_unknown_and_an_expired_token_are_403(client: Client) -> None:
    assert client.get(PARTICIPATIONS).status_code == 200
    client.clock.wait(NOW + 3599)
    assert client.get(PARTICIPATIONS).status_code == 200
    client.clock.wait(NOW + 3600)
    expired = client.get(PARTICIPATIONS)
    assert error(expired) == (403, "Unauthorized")
    assert "expired" in expired.json()["errors"][0]["details"]
    client.http.headers["x-amz-access-token"] = "Atza|made+up/token="
    assert error(client.get(PARTICIPATIONS)) == (403, "Unauthorized")
    del client.http.headers["x-amz-access-token"]
    missing = client.get(PARTICIPATIONS)
    assert error(missing) == (403, "Unauthorized")
    assert "missing" in missing.json()["errors"][0]["message"]


def test_an_application_alone_sees_no_seller(client: Client) -> None:
    client.login(grant_type="client_credentials", scope="sellingpartnerapi::notifications")
    assert client.get(PARTICIPATIONS).status_code == 403
    assert client.get("/notifications/v1/destinations").status_code == 200
    client.login()
    assert client.get("/notifications/v1/destinations").status_code == 403


NOTIFICATIONS = "sellingpartnerapi::notifications"
ROTATION = "sellingpartnerapi::client_credential:rotation"


@pytest.mark.parametrize(
    ("scope", "destinations", "rotation"),
    [(NOTIFICATIONS, 200, 403), (ROTATION, 403, 204), (f"{NOTIFICATIONS} {ROTATION}", 200, 204)],
)
def test_a_grantless_operation_needs_its_own_scope(
    client: Client, scope: str, destinations: int, rotation: int
) -> None:
    client.login(grant_type="client_credentials", scope=scope)
    assert client.get("/notifications/v1/destinations").status_code == destinations
    assert client.http.post("/applications/2023-11-30/clientSecret").status_code == rotation


def test_a_grantless_token_has_no_refresh_token(client: Client) -> None:
    form = {**CREDENTIALS, "grant_type": "client_credentials", "scope": NOTIFICATIONS}
    assert client.http.post("/auth/o2/token", data=form).json().keys() == {"access_token", "token_type", "expires_in"}


def restricted(client: Client, *resources: dict[str, object]) -> Any:
    answer = client.http.post("/tokens/2021-03-01/restrictedDataToken", json={"restrictedResources": list(resources)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_personal_data_needs_a_restricted_token(client: Client) -> None:
    plain = orders_v0(client)[0]
    assert plain["BuyerInfo"] == {}
    assert not {"Name", "AddressLine1", "Phone"} & set(plain["ShippingAddress"])
    elements = ["buyerInfo", "shippingAddress"]
    token = restricted(client, {"method": "GET", "path": "/orders/v0/orders", "dataElements": elements})
    assert token["expiresIn"] == 3600
    client.http.headers["x-amz-access-token"] = token["restrictedDataToken"]
    shown = orders_v0(client)[0]
    assert shown["BuyerInfo"]["BuyerName"]
    assert shown["ShippingAddress"]["AddressLine1"]
    assert client.get(f"/orders/v0/orders/{plain['AmazonOrderId']}").status_code == 403


def test_a_restricted_token_shows_only_its_elements(client: Client) -> None:
    path = "/orders/v0/orders/{orderId}"
    token = restricted(client, {"method": "GET", "path": path, "dataElements": ["buyerInfo"]})
    order_id = orders_v0(client)[0]["AmazonOrderId"]
    client.http.headers["x-amz-access-token"] = token["restrictedDataToken"]
    shown = client.ok(f"/orders/v0/orders/{order_id}")["payload"]
    assert shown["BuyerInfo"]["BuyerEmail"]
    assert "Name" not in shown["ShippingAddress"]


def test_whole_operations_are_restricted_by_path(client: Client) -> None:
    order_id = orders_v0(client)[0]["AmazonOrderId"]
    path = f"/orders/v0/orders/{order_id}/address"
    assert "Name" not in client.ok(path)["payload"]["ShippingAddress"]
    token = restricted(client, {"method": "GET", "path": path})
    client.http.headers["x-amz-access-token"] = token["restrictedDataToken"]
    assert client.ok(path)["payload"]["ShippingAddress"]["Name"]


ORDERS = {"method": "GET", "path": "/orders/v0/orders"}
DOCUMENTS = "/reports/2021-06-30/documents"


@pytest.mark.parametrize(
    "resources",
    [
        [],
        [{"method": "GET", "path": "/x"}],
        [{"method": "GET", "path": PARTICIPATIONS}],
        [{**ORDERS, "method": "POST"}],
        [{**ORDERS, "dataElements": ["shoeSize"]}],
        [{"method": "GET", "path": "/orders/v0/orders/{orderId}/address", "dataElements": ["buyerInfo"]}],
        [{"method": "GET", "path": f"{DOCUMENTS}/{{reportDocumentId}}"}],
        [ORDERS] * 51,
    ],
)
def test_a_restricted_token_for_what_cannot_be_had_is_400(client: Client, resources: list[object]) -> None:
    answer = client.http.post("/tokens/2021-03-01/restrictedDataToken", json={"restrictedResources": resources})
    assert error(answer) == (400, "InvalidInput")


def test_fifty_resources_fit_one_token(client: Client) -> None:
    order_id = orders_v0(client)[0]["AmazonOrderId"]
    paths = [f"/orders/v0/orders/111-0000000-00000{n}/address" for n in range(10, 58)]
    named = [{"method": "GET", "path": p} for p in (*paths, f"/orders/v0/orders/{order_id}/address", f"{DOCUMENTS}/x")]
    client.http.headers["x-amz-access-token"] = restricted(client, *named)["restrictedDataToken"]
    assert client.ok(f"/orders/v0/orders/{order_id}/address")["payload"]["ShippingAddress"]["Name"]
    assert client.get(f"/orders/v0/orders/{order_id}/buyerInfo").status_code == 403
    assert client.get(PARTICIPATIONS).status_code == 403


def test_a_restricted_token_is_for_its_method_and_its_hour(client: Client) -> None:
    token = restricted(client, ORDERS)["restrictedDataToken"]
    assert token.startswith("Atz.sprdt|")
    client.http.headers["x-amz-access-token"] = token
    query = {"MarketplaceIds": US, "CreatedAfter": START}
    client.clock.wait(NOW + 3599)
    assert client.get("/orders/v0/orders", **query).status_code == 200
    client.clock.wait(NOW + 3600)
    assert "expired" in client.get("/orders/v0/orders", **query).json()["errors"][0]["details"]


def test_a_restricted_token_can_be_made_for_another_application(make: Callable[..., Client]) -> None:
    client = make()
    body: dict[str, object] = {"restrictedResources": [ORDERS]}
    path = "/tokens/2021-03-01/restrictedDataToken"
    own = client.http.post(path, json=body).json()["restrictedDataToken"]
    other = client.http.post(path, json={**body, "targetApplication": "amzn1.sp.solution.other"}).json()
    query = {"MarketplaceIds": US, "CreatedAfter": START}
    client.http.headers["x-amz-access-token"] = own
    assert [client.get("/orders/v0/orders", **query).status_code for _ in range(21)] == [200] * 20 + [429]
    client.http.headers["x-amz-access-token"] = other["restrictedDataToken"]
    assert client.get("/orders/v0/orders", **query).status_code == 200
    client.login()
    assert error(client.http.post(path, json={**body, "targetApplication": "x"})) == (400, "InvalidInput")


@pytest.mark.parametrize(
    ("account", "path", "resource"),
    [
        ("na", "/orders/v0/orders/111-2222222-3333333/regulatedInfo", "/orders/v0/orders/{orderId}/regulatedInfo"),
        ("na", "/mfn/v0/shipments/x", "/mfn/v0/shipments/x"),
        (
            "vendor",
            "/vendor/directFulfillment/orders/v1/purchaseOrders/x",
            "/vendor/directFulfillment/orders/v1/purchaseOrders/{purchaseOrderNumber}",
        ),
    ],
)
def test_what_is_restricted_as_a_whole_wants_a_restricted_token(
    client: Client, account: str, path: str, resource: str
) -> None:
    client.login(refresh_token=f"Atzr|simulator-{account}")
    assert error(client.get(path)) == (403, "Unauthorized")
    token = restricted(client, {"method": "GET", "path": resource})
    client.http.headers["x-amz-access-token"] = token["restrictedDataToken"]
    assert client.get(path).status_code != 403


def test_what_does_not_exist_is_404(client: Client) -> None:
    for path in ("/", "/orders/v7/orders", "/orders/v0"):
        assert error(client.get(path)) == (404, "NotFound")


@pytest.mark.parametrize(
    ("account", "path", "status"),
    [
        ("na", "/vendor/orders/v1/purchaseOrders", 403),
        ("vendor", "/vendor/orders/v1/purchaseOrders", 200),
        ("vendor", "/orders/2026-01-01/orders?createdAfter=2026-11-01T00:00:00Z", 403),
        ("vendor", "/finances/transfers/wallet/2024-03-01/accounts?marketplaceId=ATVPDKIKX0DER", 403),
        ("na", "/finances/transfers/wallet/2024-03-01/accounts?marketplaceId=ATVPDKIKX0DER", 200),
        ("norole", "/orders/2026-01-01/orders?createdAfter=2026-11-01T00:00:00Z", 403),
        ("norole", PARTICIPATIONS, 200),
    ],
)
def test_an_account_is_answered_what_is_for_it(client: Client, account: str, path: str, status: int) -> None:
    client.login(refresh_token=f"Atzr|simulator-{account}")
    assert client.http.get(path).status_code == status


def test_accounts_see_their_own_region_and_data(client: Client) -> None:
    found = {}
    for account in ("na", "eu", "fe"):
        client.login(refresh_token=f"Atzr|simulator-{account}")
        shops = client.ok(PARTICIPATIONS)["payload"]
        found[account] = {s["marketplace"]["id"] for s in shops}
        orders = client.ok("/orders/2026-01-01/orders", createdAfter=START)["orders"]
        assert {o["salesChannel"]["marketplaceId"] for o in orders} <= found[account]
    assert not found["na"] & found["eu"] | found["eu"] & found["fe"]
    refused = client.get("/catalog/2022-04-01/items", marketplaceIds=US, keywords="mug")
    assert refused.status_code == 400
    assert client.http.get(PARTICIPATIONS, headers={"host": "sellingpartnerapi-na.amazon.com"}).status_code == 403
    assert client.http.get(PARTICIPATIONS, headers={"host": "sellingpartnerapi-fe.amazon.com"}).status_code == 200


def test_a_shop_of_the_region_where_the_account_takes_no_part_is_denied(client: Client) -> None:
    client.login(refresh_token="Atzr|simulator-eu")
    for shop in ("A21TJRUUN4KGV", "A33AVAJ2PDY3EV"):  # India and Turkey
        assert error(client.get("/catalog/2022-04-01/items", marketplaceIds=shop, keywords="mug")) == (
            403,
            "Unauthorized",
        )
    assert error(client.get("/catalog/2022-04-01/items", marketplaceIds="A00", keywords="mug")) == (400, "InvalidInput")


def test_a_misspelt_refresh_token_is_told_those_that_there_are(client: Client) -> None:
    told = client.http.post("/auth/o2/token", data={**CREDENTIALS, "refresh_token": "Atzr|simulator-ue"}).json()
    assert "Atzr|simulator-eu, Atzr|simulator-fe" in told["error_description"]


def test_an_account_without_a_role_gets_no_restricted_token_for_it(client: Client) -> None:
    client.login(refresh_token="Atzr|simulator-norole")
    orders = {"method": "GET", "path": "/orders/v0/orders", "dataElements": ["buyerInfo"]}
    shipment = {"method": "GET", "path": "/mfn/v0/shipments/{shipmentId}"}
    path = "/tokens/2021-03-01/restrictedDataToken"
    for resources, status in (([orders], 400), ([shipment, orders], 400), ([shipment], 200)):
        assert client.http.post(path, json={"restrictedResources": resources}).status_code == status


def test_a_user_agent_that_is_too_long_is_refused(client: Client) -> None:
    for length, status in ((500, 200), (501, 400)):
        answer = client.http.get(PARTICIPATIONS, headers={"User-Agent": "a" * length})
        assert answer.status_code == status
    assert "500 characters, not 501" in answer.json()["errors"][0]["message"]


def test_an_empty_object_is_no_body(client: Client) -> None:
    """Where none is taken; where one is wanted it is one that lacks what it must hold."""
    path = "/inbound/fba/2024-03-20/inboundPlans/none/placementOptions/none/confirmation"
    for options in ({"json": {}}, {"content": b""}, {}):
        answer = client.http.post(path, **options)  # type: ignore[arg-type]
        assert "body" not in answer.text
        assert answer.status_code == 400 or answer.status_code == 404
    assert "takes no body" in client.http.post(path, json={"a": 1}).text
    assert "missing" in client.http.post("/feeds/2021-06-30/documents", json={}).text


def test_a_limit_is_told_once(client: Client) -> None:
    answer = client.get("/catalog/2022-04-01/items", marketplaceIds=US, keywords="mug", pageSize=50)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].count("20") == 1


def test_a_revoked_grant_gives_no_token(client: Client) -> None:
    answer = client.http.post("/auth/o2/token", data={**CREDENTIALS, "refresh_token": "Atzr|simulator-revoked"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_every_answer_has_a_request_id_of_its_own(client: Client) -> None:
    seen = [client.get(p).headers["x-amzn-RequestId"] for p in (PARTICIPATIONS, "/nowhere", PARTICIPATIONS)]
    assert len(set(seen)) == 3


@pytest.mark.parametrize("start", [1_806_105_599.0, AFTER_V0])
def test_orders_v0_ends_on_2027_03_27(make: Callable[..., Client], start: float) -> None:
    client = make(start, throttle="off")
    answer = client.get("/orders/v0/orders", MarketplaceIds=US, CreatedAfter="2027-01-01T00:00:00Z")
    assert answer.status_code == (200 if start < AFTER_V0 else 404)
    assert client.get("/orders/2026-01-01/orders", createdAfter="2027-01-01T00:00:00Z").status_code == 200


def test_today_moves_the_world_and_its_rules(make: Callable[..., Client]) -> None:
    from datetime import date

    client = make(throttle="off", today=date(2027, 4, 1))
    assert client.get("/orders/v0/orders", MarketplaceIds=US, CreatedAfter=START).status_code == 404
    found = client.ok("/orders/2026-01-01/orders", createdAfter="2027-03-31T00:00:00Z")
    assert found["orders"][-1]["createdTime"].startswith("2027-04-01")


def test_the_log_tells_no_secrets(client: Client) -> None:
    orders_v0(client, MaxResultsPerPage=100)
    log = client.simulator.log
    assert log[0].operation == "lwa.token"
    assert [r.operation for r in log[1:]] == ["ordersV0.getOrders"] * 20
    assert log[1].query["MaxResultsPerPage"] == "100"
    assert log[2].query["NextToken"] == "…"
    assert "Atz" not in repr(log)
