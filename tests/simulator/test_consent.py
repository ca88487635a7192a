"""From the consent page to a seller's data: the page, its refusals, the code, the tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from amzsql.simulator.accounts import APPLICATIONS, BY_NAME, Application

from .conftest import NOW, START, Client

PATH = "/apps/authorize/consent"
PUBLIC, DRAFT, PRIVATE, NOPII, EXPIRED = APPLICATIONS
CALLBACK = "https://app.example.com/callback"


def page(
    client: Client, application: Application | str = PUBLIC, host: str = "simulator.test", **query: str
) -> httpx.Response:
    name = application if isinstance(application, str) else application.application_id
    return client.http.get(PATH, params={"application_id": name, "state": "s&1", **query}, headers={"host": host})


def confirmed(
    client: Client, account: str = "eu", application: Application | str = PUBLIC, **query: str
) -> dict[str, str]:
    """Open the page, send its form, and return what the application is told."""
    form = page(client, application, **query)
    assert form.status_code == 200, form.text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.text))
    answer = client.http.post(PATH, data={**fields, "state": "s&1", "account": account})
    assert answer.status_code == 302, answer.text
    to = urlsplit(answer.headers["Location"])
    assert f"{to.scheme}://{to.netloc}{to.path}" == query.get("redirect_uri", CALLBACK)
    return {name: values[0] for name, values in parse_qs(to.query).items()}


def redeem(client: Client, code: str, application: Application = PUBLIC, **more: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, **more}
    secrets = {"client_id": application.client_id, "client_secret": application.client_secret}
    return client.http.post("/auth/o2/token", data={**secrets, **form})


def test_a_consent_opens_the_account_that_gave_it(client: Client) -> None:
    told = confirmed(client, "eu")
    assert told.keys() == {"spapi_oauth_code", "state", "selling_partner_id"}
    assert (told["state"], told["selling_partner_id"]) == ("s&1", BY_NAME["eu"].partner_id)
    tokens = redeem(client, told["spapi_oauth_code"], redirect_uri=CALLBACK).json()
    assert tokens.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert tokens["access_token"].startswith("Atza|")
    assert tokens["refresh_token"].startswith("Atzr|")
    credentials = {"client_id": PUBLIC.client_id, "client_secret": PUBLIC.client_secret}
    client.login(refresh_token=tokens["refresh_token"], **credentials)
    shops = client.ok("/sellers/v1/marketplaceParticipations")["payload"]
    assert "DE" in {s["marketplace"]["countryCode"] for s in shops}


def test_a_code_is_good_once_for_five_minutes_and_its_client(client: Client) -> None:
    first, second, third = (confirmed(client)["spapi_oauth_code"] for _ in range(3))
    assert redeem(client, first).status_code == 200
    assert redeem(client, first).json()["error"] == "invalid_grant"
    assert redeem(client, second, NOPII).json()["error"] == "invalid_grant"
    assert redeem(client, second, redirect_uri="https://other.example.com/").json()["error"] == "invalid_grant"
    client.clock.wait(NOW + 299)
    assert redeem(client, second).status_code == 200
    client.clock.wait(NOW + 300)
    assert redeem(client, third).json()["error"] == "invalid_grant"
    assert redeem(client, "made up").json()["error"] == "invalid_grant"
    assert redeem(client, "").json()["error"] == "invalid_request"


def test_a_refresh_token_is_its_applications_alone(client: Client) -> None:
    token = redeem(client, confirmed(client)["spapi_oauth_code"]).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token}
    foreign = {"client_id": NOPII.client_id, "client_secret": NOPII.client_secret}
    answer = client.http.post("/auth/o2/token", data={**form, **foreign})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("application", "query", "code"),
    [
        (DRAFT, {}, "MD1000"),
        (DRAFT, {"version": "alpha"}, "MD1000"),
        (PRIVATE, {}, "MD5100"),
        (PRIVATE, {"version": "beta"}, "MD5100"),
        (PUBLIC, {"redirect_uri": "https://localhost/callback"}, "MD5101"),
        (PUBLIC, {"redirect_uri": "http://localhost:8080/callback"}, "MD5101"),
        (PUBLIC, {"redirect_uri": "http://app.example.com/callback"}, "MD5101"),
        (PUBLIC, {"redirect_uri": "https://app.example.com/other"}, "MD5101"),
        ("amzn1.sp.solution.unlisted", {"redirect_uri": "https://127.0.0.1/"}, "MD5101"),
        ("amzn1.sp.solution.unlisted", {}, "MD5101"),
        ("amzn1.sp.solution.unlisted", {"redirect_uri": "https://[broken"}, "MD5101"),
        (PUBLIC.client_id, {}, "MD1000"),
        ("", {}, "MD1000"),
    ],
)
def test_amazons_refusals(client: Client, application: Application | str, query: dict[str, str], code: str) -> None:
    answer = page(client, application, **query)
    assert answer.status_code == 400
    assert f"Error Code: {code}" in answer.text
    assert "<form" not in answer.text
    sent = client.http.post(
        PATH, params={"application_id": getattr(application, "application_id", application), **query}
    )
    assert sent.status_code == 400


@pytest.mark.parametrize(
    ("application", "query"),
    [
        (DRAFT, {"version": "beta"}),
        (PUBLIC, {"redirect_uri": f"{CALLBACK}/public"}),
        ("amzn1.sp.solution.unlisted", {"redirect_uri": "https://any.example.org/back"}),
    ],
)
def test_what_amazon_lets_in(client: Client, application: Application | str, query: dict[str, str]) -> None:
    code = confirmed(client, "na", application, **query)["spapi_oauth_code"]
    assert redeem(client, code, application if isinstance(application, Application) else NOPII).status_code == 200


@pytest.mark.parametrize(
    ("host", "accounts"),
    [
        ("sellercentral.amazon.com", {"na", "norole"}),
        ("sellercentral-europe.amazon.com", {"eu"}),
        ("sellercentral.amazon.pl", {"eu"}),
        ("sellercentral.amazon.co.jp", {"fe"}),
        ("vendorcentral.amazon.com", {"vendor"}),
        ("127.0.0.1", {"na", "eu", "fe", "vendor", "norole"}),
    ],
)
def test_who_can_be_logged_in_at_a_host(client: Client, host: str, accounts: set[str]) -> None:
    assert set(re.findall(r'<option value="(\w+)"', page(client, host=host).text)) == accounts


def test_another_hosts_account_cannot_consent(client: Client) -> None:
    data = {"application_id": PUBLIC.application_id, "account": "vendor"}
    assert client.http.post(PATH, data=data, headers={"host": "sellercentral.amazon.com"}).status_code == 400


def test_the_page_repeats_nothing_as_markup(client: Client) -> None:
    text = page(client, state='"><script>alert(1)</script>').text
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert client.http.put(PATH).status_code == 405


def test_listed_applications_want_their_own_secret_in_time(client: Client) -> None:
    def login(application: Application, secret: str) -> tuple[int, str]:
        form = {"grant_type": "refresh_token", "refresh_token": "Atzr|x", "client_id": application.client_id}
        answer = client.http.post("/auth/o2/token", data={**form, "client_secret": secret})
        return answer.status_code, answer.json().get("error", "")

    assert login(PUBLIC, PUBLIC.client_secret) == (200, "")
    assert login(PUBLIC, "another") == (401, "invalid_client")
    assert login(EXPIRED, EXPIRED.client_secret) == (401, "invalid_client")


def test_an_application_without_the_role_sees_no_personal_data(make: Callable[..., Client]) -> None:
    seen = {}
    for application in (PUBLIC, NOPII):
        client = make(throttle="off")
        client.login(client_id=application.client_id, client_secret=application.client_secret)
        orders = client.ok("/orders/2026-01-01/orders", createdAfter=START, includedData="BUYER,RECIPIENT")["orders"]
        seen[application.name] = {
            name
            for o in orders
            for part in (o.get("buyer", {}), o.get("recipient", {}).get("deliveryAddress", {}))
            for name in part
        }
        asked = {"restrictedResources": [{"method": "GET", "path": "/orders/v0/orders", "dataElements": ["buyerInfo"]}]}
        answer = client.http.post("/tokens/2021-03-01/restrictedDataToken", json=asked)
        assert answer.status_code == (200 if application.pii == "shown" else 400)
    personal = {"buyerName", "buyerEmail", "name", "addressLine1", "phone"}
    assert personal <= seen["public"]
    assert not personal & seen["nopii"]
    assert "city" in seen["nopii"]
