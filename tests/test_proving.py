"""amzsql test, EXEC TestConnection: each trial says in words what is right, wrong or not granted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from driving import NOW, SECRETS, Regions, asked, over, rows, simulated

from amzsql import spapi
from amzsql.clock import VirtualClock
from amzsql.connection import Connection
from amzsql.connection.proving import PROBES
from amzsql.simulator import Fault, Simulator
from amzsql.simulator.accounts import APPLICATIONS, BY_NAME


def findings(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return item → (state, detail) of EXEC TestConnection, which says the same as the connection itself."""
    found = [tuple(each) for each in rows(connection, "EXEC TestConnection")]
    assert [(item, state) for item, state, _ in found] == [(f.item, f.state) for f in connection.prove()]
    return {item: (state, detail) for item, state, detail in found}


def as_account(name: str, **properties: Any) -> Connection:
    clock = VirtualClock(NOW)
    given = {"OAuthRefreshToken": BY_NAME[name].refresh_token, "Marketplace": ""}
    return over(Simulator(clock, orders=20), clock, **(given | properties))


def test_all_is_well() -> None:
    connection = as_account("eu", OAuthSecretDate="2026-10-19")
    found = findings(connection)
    assert found.pop("Clock") == ("ok", "this machine's clock agrees with Amazon's")
    assert found.pop("Account") == ("ok", "Kupfer & Söhne GmbH, a seller's, region Europe, Middle East, India")
    assert found.pop("Marketplaces")[1].startswith("Germany (EUR), United Kingdom (GBP), France (EUR)")
    assert found.pop("Client secret") == ("ok", "30 days old; Amazon ends it after 180")
    assert "60 minutes left" in found.pop("Token")[1]
    assert found.pop("Personal data")[1].startswith("may be read with IncludeRestrictedData=True")
    assert "regions in turn" in found.pop("Network")[1]
    assert {state for state, _ in found.values()} == {"ok"}
    assert len(found) == len([p for p in PROBES if p.partner == "seller"])


def test_a_vendor() -> None:
    found = findings(as_account("vendor", SellingPartner="Vendor", Marketplace="US,CA"))
    assert found["Account"] == ("ok", "a vendor's, region North America; Amazon does not tell its name")
    assert found["Marketplaces"] == ("ok", "United States (USD), Canada (CAD)")
    assert found["Purchase orders"] == ("ok", "may be read")
    assert "Orders" not in found


def test_roles_that_are_missing_are_named() -> None:
    found = findings(as_account("norole"))
    state, detail = found["Orders"]
    assert (state, "lacks one of 12 roles, such as" in detail) == ("missing", True)
    assert found["Role: Product Listing"][0] == "ok"
    application = next(a for a in APPLICATIONS if a.name == "nopii")
    secrets = {"OAuthClientId": application.client_id, "OAuthClientSecret": application.client_secret}
    assert findings(as_account("na", **secrets))["Personal data"][0] == "missing"


@pytest.mark.parametrize(
    ("properties", "item", "told"),
    [
        ({"OAuthRefreshToken": "Atzr|revoked"}, "Token", "The refresh token was revoked, is mistyped"),
        ({"OAuthClientSecret": "wrong"}, "Token", "OAuthClientId or OAuthClientSecret is wrong"),
        ({"OAuthRefreshToken": "", "OAuthAccessToken": ""}, "Token", "needs OAuthAccessToken"),
        ({"Marketplace": "DE"}, "Account", "of the region North America, and Marketplace names Germany: name one of"),
        ({"Marketplace": "US,BR"}, "Marketplaces", "Marketplace names Brazil, where the account does not sell: it"),
    ],
)
def test_what_is_wrong_is_said(properties: dict[str, str], item: str, told: str) -> None:
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=20)
    given = {"OAuthRefreshToken": BY_NAME["na"].refresh_token} | properties
    found = findings(over(simulator, clock, **given))
    assert found[item][0] == "failed"
    assert told in found[item][1]
    assert [i for i, (state, _) in found.items() if state == "failed"] == [item]
    assert not any(SECRETS["OAuthClientSecret"] in detail for _, detail in found.values())


def test_an_access_token_alone() -> None:
    giver, simulator = simulated(orders=10)
    [(access, _, _)] = rows(giver, "EXEC RefreshOAuthAccessToken")
    given = {"OAuthClientId": "", "OAuthClientSecret": "", "OAuthRefreshToken": "", "OAuthAccessToken": access}
    found = findings(over(simulator, giver.runtime.clock, **given))
    assert found["Token"][1].startswith("access token, not renewed (InitiateOAuth=OFF)")
    assert found["Account"][0] == "ok"


def test_the_secret_before_is_told_of() -> None:
    client = APPLICATIONS[0]
    secrets = {"OAuthClientId": client.client_id, "OAuthPreviousSecret": client.client_secret}
    found = findings(as_account("na", **secrets, OAuthClientSecret="amzn1.oa2-cs.v1.not-yet"))
    assert found["Token"][0] == "warning"
    assert "takes the one before" in found["Token"][1]


def test_what_ends_is_told_of() -> None:
    day = dt.datetime.fromtimestamp(NOW, dt.UTC).date() - dt.timedelta(days=340)
    found = findings(as_account("na", OAuthSecretDate=day, OAuthAuthorizationDate=day, OAuthAppKind="Public"))
    assert found["Client secret"][0] == "warning"
    assert found["Authorisation"][0] == "warning"
    assert "ends in 25 days" in found["Authorisation"][1]


def test_faults_are_no_missing_roles() -> None:
    connection, simulator = simulated(Fault("orders_2026-01-01.getOrder", "status", times=99, status=500), orders=10)
    assert findings(connection)["Orders"] == (
        "not known",
        "could not be tried now: Amazon's quota is used up, or it has a fault",
    )
    assert set(asked(simulator, "getOrder")) == {500}


class Behind:
    """A simulator whose clock is not this machine's."""

    def __init__(self, simulator: Simulator, seconds: float) -> None:
        self._simulator, self._seconds = simulator, seconds

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        from email.utils import formatdate, parsedate_to_datetime

        def told(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            moved = {
                n: formatdate(parsedate_to_datetime(v).timestamp() + self._seconds, usegmt=True) if n == "Date" else v
                for n, v in headers
            }
            return start(status, list(moved.items()), *more)

        return self._simulator(environ, told)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-300.0, "299 s ahead of Amazon's"), (300.0, "300 s behind Amazon's"), (30.0, "agrees with Amazon's")],
)
def test_a_clock_that_is_wrong(seconds: float, told: str) -> None:
    clock = VirtualClock(NOW)
    found = findings(over(Behind(Simulator(clock, orders=10), seconds), clock))
    assert told in found["Clock"][1]


def test_the_region_is_found_first() -> None:
    clock = VirtualClock(NOW)
    regions = Regions(clock)
    assert findings(over(regions, clock, Marketplace=""))["Account"][0] == "ok"


@pytest.mark.parametrize(("partner", "account"), [("seller", "na"), ("vendor", "vendor")])
def test_probes_change_nothing_and_are_answered(partner: str, account: str) -> None:
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=20)
    kind = {"SellingPartner": "Vendor", "Marketplace": "US"} if partner == "vendor" else {"Marketplace": ""}
    found = list(over(simulator, clock, OAuthRefreshToken=BY_NAME[account].refresh_token, **kind).prove())
    assert {f.state for f in found} == {"ok"}
    mine = {p.operation for p in PROBES if p.partner == partner}
    assert all(spapi.operation(name).read for name in mine)
    answered = {r.operation: r.status for r in simulator.log if r.operation in mine}
    assert answered.keys() == mine
    # There is no such order; what is wrong with a shipment's id is said once the role is there.
    assert {s for n, s in answered.items() if "getInvoiceStatus" not in n} <= {200, 404}
