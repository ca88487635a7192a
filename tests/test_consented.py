"""GetOAuthAccessToken: from the code of the consent page to a connection of the account that gave it."""

from __future__ import annotations

import re
import traceback
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from driving import NOW, over, rows

from amzsql.clock import VirtualClock
from amzsql.connection import Connection
from amzsql.errors import AuthError, ProgrammingError
from amzsql.simulator import Simulator
from amzsql.simulator.accounts import APPLICATIONS

APPLICATION = APPLICATIONS[0]
CALLBACK = "https://app.example.com/callback"
SECRETS = {"OAuthClientId": APPLICATION.client_id, "OAuthClientSecret": APPLICATION.client_secret}


def consented(simulator: Simulator, account: str = "eu") -> str:
    """Confirm the consent page as an account does, and return the code that the application is told."""
    client = httpx.Client(transport=httpx.WSGITransport(app=simulator), base_url="https://simulator.test")
    asked = {"application_id": APPLICATION.application_id, "state": "s"}
    form = client.get("/apps/authorize/consent", params=asked)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.text))
    answer = client.post("/apps/authorize/consent", data={**fields, "account": account})
    return parse_qs(urlsplit(answer.headers["Location"]).query)["spapi_oauth_code"][0]


def opened() -> tuple[Connection, Simulator, VirtualClock]:
    """Connect as an application that has no account's token yet."""
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=20)
    return over(simulator, clock, **SECRETS, OAuthRefreshToken="", Marketplace="DE", Readonly=True), simulator, clock


def test_a_code_becomes_tokens_that_open_the_account() -> None:
    connection, simulator, clock = opened()
    cursor = connection.cursor()
    cursor.execute("EXEC GetOAuthAccessToken @Verifier = ?, @CallbackUrl = ?", [consented(simulator), CALLBACK])
    assert [d[0] for d in cursor.description or ()] == ["OAuthAccessToken", "OAuthRefreshToken", "ExpiresIn"]
    [(access, refresh, seconds)] = cursor.fetchall()
    assert (access[:5], refresh[:5], seconds) == ("Atza|", "Atzr|", "3600")
    account = over(simulator, clock, **SECRETS, OAuthRefreshToken=refresh, Marketplace="DE")
    assert rows(account, "SELECT count(*) FROM MarketplaceParticipations")[0][0] > 1


def test_a_code_that_is_no_good_is_told_without_being_shown() -> None:
    connection, simulator, _ = opened()
    code = consented(simulator)
    for _ in range(2):
        given = [code, "https://other.example.com/"]
        with pytest.raises(AuthError, match=r"refused the code: invalid_grant .*good once, for five minutes") as raised:
            rows(connection, "EXEC GetOAuthAccessToken @Verifier = ?, @CallbackUrl = ?", given)
        assert code not in str(raised.value)
        assert SECRETS["OAuthClientSecret"] not in "".join(traceback.format_exception(raised.value))
    assert [r.status for r in simulator.log if r.operation == "lwa.token"] == [400, 400]


def test_what_is_missing_is_asked_for() -> None:
    connection, simulator, _ = opened()
    with pytest.raises(ProgrammingError, match="needs Verifier: open the consent page"):
        rows(connection, "EXEC GetOAuthAccessToken AuthMode = 'APP'")
    nobody = over(simulator, VirtualClock(NOW), OAuthClientId="", OAuthClientSecret="", OAuthRefreshToken="")
    with pytest.raises(ProgrammingError, match="need OAuthClientId and OAuthClientSecret"):
        rows(nobody, "EXEC GetOAuthAccessToken Verifier = 'x'")
    assert len(rows(connection, "EXPLAIN EXEC GetOAuthAccessToken")) == 1
    assert simulator.log == []
