"""The control surface: off unless asked for, this machine only; clock, requests, faults, reset."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from amzsql import spapi
from amzsql.clock import VirtualClock
from amzsql.simulator import Fault, Simulator

from .conftest import NOW, START, US, Client

ACCOUNT = "/sellers/v1/account"


@pytest.fixture
def controlled(make: Callable[..., Client]) -> Client:
    return make(control=True)


def test_it_is_off_unless_asked_for(client: Client) -> None:
    for path in ("clock", "requests", "faults", "credentials", "reset"):
        assert client.get(f"/-/{path}").status_code == 404
    found = client.ok("/-/coverage")
    assert found.keys() == {o.name for o in spapi.all_operations()}
    assert set(found.values()) <= {"modelled", "generated"}


def test_it_answers_this_machine_only() -> None:
    simulator = Simulator(VirtualClock(NOW), control=True)

    def status(remote: str) -> str:
        told: list[Any] = []
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/-/clock", "REMOTE_ADDR": remote, "wsgi.input": io.BytesIO()}
        simulator(environ, lambda *a: told.extend(a))
        return str(told[0])

    assert status("127.0.0.1") == "200 OK"
    assert status("::1") == "200 OK"
    assert status("192.0.2.7") == "403 Forbidden"


def test_the_clock_is_read_set_and_advanced(controlled: Client) -> None:
    assert controlled.ok("/-/clock") == {"now": "2026-11-18T11:06:40Z", "seconds": NOW, "running": True}
    moved = controlled.http.put("/-/clock", json={"advance": 3599}).json()
    assert moved["seconds"] == NOW + 3599
    assert controlled.get(ACCOUNT).status_code == 200
    controlled.http.put("/-/clock", json={"advance": 1})
    assert controlled.get(ACCOUNT).status_code == 403
    controlled.http.put("/-/clock", json={"now": "2027-04-01T00:00:00Z"})
    controlled.login()
    assert controlled.ok("/-/clock")["now"] == "2027-04-01T00:00:00Z"
    gone = controlled.get("/orders/v0/orders", MarketplaceIds=US, CreatedAfter=START)
    assert gone.status_code == 404
    controlled.http.put("/-/clock", json={"now": NOW})
    controlled.clock.wait(NOW + 5)
    assert controlled.ok("/-/clock")["seconds"] == NOW + 5


def test_the_clock_is_stopped_and_runs_on(controlled: Client) -> None:
    def told(body: object) -> tuple[float, bool]:
        answer = controlled.http.post("/-/clock", json=body)
        assert answer.status_code == 200, answer.text
        now = controlled.ok("/-/clock")
        assert now == answer.json()
        return now["seconds"] - NOW, now["running"]

    assert told({"running": False}) == (0, False)
    controlled.clock.wait(NOW + 100)
    assert controlled.ok("/-/clock")["seconds"] == NOW
    assert told({"advance": 7}) == (7, False)
    assert told({"running": True}) == (7, True)
    controlled.clock.wait(NOW + 110)
    assert controlled.ok("/-/clock")["seconds"] == NOW + 17
    assert told({"now": NOW + 60, "running": False}) == (60, False)
    refused = controlled.http.post("/-/clock", json={"running": "no"})
    assert (refused.status_code, refused.json()) == (400, {"error": "running must be true or false."})
    refused = controlled.http.post("/-/clock", json={"now": "x"})
    assert refused.json() == {"error": "now must be a time such as 2026-12-01T00:00:00Z, not 'x'."}


@pytest.mark.parametrize(
    "body",
    [
        '{"now": true}',
        '{"advance": "1"}',
        "[]",
        "no json",
        '{"now": "yesterday"}',
        '{"now": 1e300}',
        '{"advance": -1e10}',
        '{"now": "0001-01-01"}',
    ],
)
def test_a_wrong_clock_is_refused_and_stays(controlled: Client, body: str) -> None:
    answer = controlled.http.put("/-/clock", content=body)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert controlled.ok("/-/clock")["seconds"] == NOW


def test_what_was_requested_is_listed(controlled: Client) -> None:
    controlled.ok("/orders/2026-01-01/orders", createdAfter=START, maxResultsPerPage=1)
    controlled.get("/nowhere", a="1")
    found = controlled.ok("/-/requests")["requests"]
    assert [(r["method"], r["operation"], r["path"], r["status"]) for r in found] == [
        ("POST", "lwa.token", "/auth/o2/token", 200),
        ("GET", "orders_2026-01-01.searchOrders", "/orders/2026-01-01/orders", 200),
        ("GET", "", "/nowhere", 404),
    ]
    assert found[1]["query"] == {"createdAfter": START, "maxResultsPerPage": "1"}
    assert found[1]["time"] == NOW
    assert controlled.ok("/-/requests", after=2)["requests"] == found[2:]
    for wrong in ("x", "-1"):
        refused = controlled.get("/-/requests", after=wrong)
        assert (refused.status_code, refused.json()) == (400, {"error": "after must be a whole number."})
    assert controlled.http.delete("/-/requests").status_code == 200
    assert controlled.ok("/-/requests") == {"requests": []}


def test_faults_are_set_read_and_cleared(controlled: Client) -> None:
    wanted = {"seed": 3, "faults": [{"operation": "sellers.*", "kind": "status", "status": 503, "times": 2}]}
    told = controlled.http.put("/-/faults", json=wanted).json()
    assert told == controlled.ok("/-/faults")
    assert told["faults"][0] == wanted["faults"][0] | {"code": "ServiceUnavailable"}  # type: ignore[index,operator]
    assert [controlled.get(ACCOUNT).status_code for _ in range(3)] == [503, 503, 200]
    assert [r["fault"] for r in controlled.ok("/-/requests")["requests"]] == ["", "status", "status", ""]
    controlled.http.put("/-/faults", json=wanted)
    assert controlled.http.delete("/-/faults").json() == {"seed": 1, "faults": []}
    assert controlled.get(ACCOUNT).status_code == 200
    refused = controlled.http.put("/-/faults", json=[{"kind": "503"}, {"kind": "dripp"}])
    told = (refused.status_code, refused.json()["error"])
    assert told == (400, "fault 2: there is no fault 'dripp'; near: drip, drop")


def test_a_reset_forgets_all_and_begins_again(make: Callable[..., Client]) -> None:
    client = make(control=True, today=date(2026, 11, 20), faults=(Fault("sellers.getAccount", "status"),))
    first = client.ok("/-/clock")

    def scene() -> list[Any]:
        client.login()
        path = f"/listings/2021-08-01/items/{client.simulator.world.seller_id}/NEW-SKU"
        body = {"productType": "MUG", "requirements": "LISTING", "attributes": {}}
        before = client.get(path, marketplaceIds=US).status_code
        client.http.put(path, params={"marketplaceIds": US}, json=body)
        bodies = [client.get(ACCOUNT), client.get("/sellers/v1/marketplaceParticipations")]
        client.http.put("/-/clock", json={"advance": 10})
        return [before, *((a.status_code, a.content, a.headers["x-amzn-RequestId"]) for a in bodies)]

    client.http.post("/-/reset")
    once = scene()
    assert once[1][0] == 500
    assert client.http.post("/-/reset").status_code == 200
    assert client.ok("/-/clock") == first
    assert client.ok("/-/requests") == {"requests": []}
    assert scene() == once


def test_the_credentials_that_it_tells_open_what_they_say(controlled: Client) -> None:
    told = controlled.ok("/-/credentials")
    assert {a["name"] for a in told["accounts"]} == {"na", "eu", "fe", "vendor", "norole", "revoked"}
    for account in told["accounts"]:
        form = {"grant_type": "refresh_token", "refresh_token": account["refreshToken"]}
        for application in told["applications"]:
            secrets = {"client_id": application["clientId"], "client_secret": application["clientSecret"]}
            answer = controlled.http.post("/auth/o2/token", data={**form, **secrets})
            good = account["name"] != "revoked" and not application["expired"]
            assert answer.is_success == good


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "clok", 404), ("GET", "", 404), ("PATCH", "clock", 405)]
)
def test_what_is_not_there_is_named(controlled: Client, method: str, path: str, status: int) -> None:
    answer = controlled.http.request(method, f"/-/{path}")
    assert answer.status_code == status
    assert "/-/clock" in json.dumps(answer.json())
