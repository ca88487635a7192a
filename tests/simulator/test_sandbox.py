"""Sandbox mode: Amazon's own cases are answered as Amazon says, and the rest by the rules of the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from amzsql import spapi
from amzsql.simulator import Simulator, sandbox
from amzsql.spapi.model import Operation

from .conftest import NOW, US, Client

CASES = Path(__file__).parents[3] / "shared" / "spapi" / "sandbox_cases.jsonl"
CASE = {
    "api": "sellers", "method": "GET", "path": "/sellers/v1/account", "request": {}, "status": 200,
    "response": {"payload": {"businessType": "SOLE"}},
}  # fmt: skip
CATALOG = {"api": "catalogItems_2022-04-01", "method": "GET", "path": "/catalog/2022-04-01/items/{asin}"}


def file(tmp_path: Path, *cases: dict[str, Any]) -> Path:
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(map(json.dumps, cases)), "utf-8")
    return path


def boxed(make: Callable[..., Client], path: Path | None = None) -> Client:
    return make(sandbox=True, throttle="off", cases=None if path is None else sandbox.load(path))


def filled(operation: Operation, request: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Return the path and the query of a case; what it does not say of its path is anything."""
    path, query = operation.path, {}
    for p in operation.parameters:
        value = request.get(p.name)
        text = ",".join(map(str, value)) if isinstance(value, list) else None if value is None else str(value)
        if p.location == "path":
            path = path.replace("{" + p.name + "}", quote(text or "anything", safe=""))
        elif p.location == "query" and text is not None:
            query[p.name] = text
    return path, query


@pytest.mark.skipif(not CASES.exists(), reason="Amazon's sandbox cases are not beside the project")
def test_amazons_cases_are_answered_as_amazon_says(make: Callable[..., Client]) -> None:
    client = boxed(make, CASES)
    seller = client.http.headers["x-amz-access-token"]
    wrong = []
    rows = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    for row in rows:
        operation = spapi.api(row["api"]).find(row["method"], row["path"])
        client.http.headers["x-amz-access-token"] = seller
        if operation.grantless is not None:
            client.login(grant_type="client_credentials", scope=operation.grantless)
        path, query = filled(operation, row["request"])
        answer = client.http.request(row["method"], path, params=query, json=row["request"].get("body"))
        expected = None if row["status"] == 204 else row["response"]
        if (answer.status_code, answer.json() if answer.content else None) != (row["status"], expected):
            wrong.append((operation.name, row["request"]))
    assert len(rows) == 646
    # Two operations have two answers each to a request without parameters; the first is given.
    assert wrong == [("sellers.getAccount", {}), ("shipping.getAccount", {})]


def test_the_most_specific_case_wins(make: Callable[..., Client], tmp_path: Path) -> None:
    general = {**CATALOG, "request": {"asin": "B01"}, "status": 200, "response": {"asin": "B01"}}
    special = {**CATALOG, "request": {"asin": "B01", "marketplaceIds": [US]}, "status": 403, "response": {"errors": []}}
    client = boxed(make, file(tmp_path, general, special))
    path = "/catalog/2022-04-01/items/"
    assert client.get(path + "B01", includedData="summaries").json() == {"asin": "B01"}
    assert client.get(path + "B01", marketplaceIds=f"{US},A2EUQ1WTGCTBG2").status_code == 403
    unmet = client.get(path + "B02", marketplaceIds=US)
    assert (unmet.status_code, unmet.json()["errors"][0]["code"]) == (400, "InvalidInput")


def test_a_body_must_hold_what_the_case_holds(make: Callable[..., Client], tmp_path: Path) -> None:
    order = {"api": "feeds_2021-06-30", "method": "POST", "path": "/feeds/2021-06-30/feeds"}
    wanted = {"body": {"feedType": "A", "marketplaceIds": ["M1", "M2"]}}
    case = {**order, "request": wanted, "status": 202, "response": {"feedId": "1"}}
    client = boxed(make, file(tmp_path, case))
    path = order["path"]
    full = {"feedType": "A", "marketplaceIds": ["M1", "M2"], "inputFeedDocumentId": "x"}
    assert client.http.post(path, json=full).json() == {"feedId": "1"}
    assert client.http.post(path, json={**full, "marketplaceIds": ["M1"]}).status_code == 400
    assert client.http.post(path, content=b"no json").status_code == 400


def test_headers_of_a_case_come_with_it(make: Callable[..., Client], tmp_path: Path) -> None:
    told = {"responseHeaders": {"Location": {"value": "here"}}}
    client = boxed(make, file(tmp_path, {**CASE, "extra": told}))
    assert client.get("/sellers/v1/account").headers["Location"] == "here"


def test_without_cases_the_sandbox_answers_everything(make: Callable[..., Client]) -> None:
    client = boxed(make)
    only = [o for o in spapi.all_operations() if o.sandbox_only]
    assert len(only) == 12
    outside = make(throttle="off")
    for operation in only:
        body = BODIES.get(operation.operation_id)
        # Nothing is called "anything": what is kept by its key is answered, but not found.
        inside = operation.success if "{" not in operation.path else (*operation.success, 404)
        for asked, wanted in ((client, inside), (outside, (404,))):
            login = {"grant_type": "client_credentials", "scope": operation.grantless} if operation.grantless else {}
            account = "vendor" if operation.api.startswith("vendor") else "na"
            asked.login(refresh_token=f"Atzr|simulator-{account}", **login)
            path, _ = filled(operation, {"notificationType": "ANY_OFFER_CHANGED"})
            query = {p.name: US for p in operation.parameters if p.location == "query" and p.required}
            answer = asked.http.request(operation.method, path, params=query, json=body, headers=IDEMPOTENT)
            assert answer.status_code in wanted, f"{operation.name} {answer.text}"
            assert ("exists in the sandbox only" in answer.text) is (asked is outside)
    client.login()
    assert client.get("/sellers/v1/account").status_code == 200


IDEMPOTENT = {"x-amzn-idempotency-token": "1", "x-amzn-fulfillment-service-id": "1"}
BODIES: dict[str, Any] = {
    "createSandboxLocation": {"merchantIds": ["A1"], "marketplaceId": US, "locationName": "A shop"},
    "createSandboxShipment": {
        "locationId": "L1",
        "marketplaceId": US,
        "marketplaceChannel": "MFN",
        "shippingType": "SELF",
    },
    "updateSandboxShipment": {"updateType": "SHIPMENT_STATUS_CHANGE", "updates": {"status": "SHIPPED"}},
    "createInventoryItem": {"sellerSku": "A", "marketplaceId": US, "productName": "B"},
    "addInventory": {"inventoryItems": [{"sellerSku": "A", "marketplaceId": US, "quantity": 1}]},
    "submitFulfillmentOrderStatusUpdate": {"fulfillmentOrderStatus": "New"},
    "updateOrderStatus": {"status": "PLANNING"},
    "updatePackage": {"status": "IN_TRANSIT"},
    "sendTestNotification": {"destinationId": "x"},
    "generateOrderScenarios": {
        "orders": [{"sellingParty": {"partyId": "999US"}, "shipFromParty": {"partyId": "ABCD"}}]
    },
}


def test_the_sandbox_has_a_rate_of_its_own(make: Callable[..., Client]) -> None:
    client = make(sandbox=True)
    answers = [client.get("/sellers/v1/account") for _ in range(16)]
    assert [a.status_code for a in answers] == [200] * 15 + [429]
    assert answers[0].headers["x-amzn-RateLimit-Limit"] == "5.0"
    client.clock.wait(NOW + 0.2)
    assert client.get("/sellers/v1/account").status_code == 200


def test_the_sandbox_wants_a_token(make: Callable[..., Client], tmp_path: Path) -> None:
    client = boxed(make, file(tmp_path, CASE))
    del client.http.headers["x-amz-access-token"]
    assert client.get("/sellers/v1/account").status_code == 403


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe\x00", "is no text"),
        (b"{", ":1 is no JSON"),
        (b"\n[]", ":2 is no sandbox case"),
        (b'{"api": "sellers"}', "it needs api, method"),
        (b"", "holds no sandbox case"),
    ],
)
def test_a_file_that_holds_no_cases_is_said_in_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "cases"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"^[^\n]*$") as caught:
        sandbox.load(path)
    assert told in str(caught.value)


def test_cases_do_not_change_production(tmp_path: Path) -> None:
    from amzsql.clock import VirtualClock

    clock = VirtualClock(NOW)
    client = Client(Simulator(clock, cases=sandbox.load(file(tmp_path, CASE))), clock)
    assert client.get("/sellers/v1/account").json() != CASE["response"]
