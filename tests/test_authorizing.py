"""From the consent page to the first row: amzsql authorize, InitiateOAuth=GETANDREFRESH, and what goes wrong there."""

from __future__ import annotations

import datetime as dt
import re
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from driving import NOW, SECRETS, over, real_simulator, rows, served, simulated
from test_named import CLIENT, SECRET, Run, content, good, no_keyring, run, store, typed

from amzsql import spapi
from amzsql.clock import VirtualClock
from amzsql.connection import Connection, Runtime, consent
from amzsql.errors import AuthError, OperationalError, ProgrammingError
from amzsql.marketplaces import MARKETPLACES
from amzsql.settings import read
from amzsql.simulator import Simulator
from amzsql.simulator.accounts import APPLICATIONS
from amzsql.spapi import consent_hosts, harvest_consent

__all__ = ["no_keyring", "run"]
APPLICATION, DRAFT = APPLICATIONS[0], APPLICATIONS[1]
CALLBACK = "https://app.example.com/callback"
JSON = ("--format", "json")
HOSTS = Path(__file__).parents[2] / "shared" / "spapi" / "consent_hosts.tsv"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def confirmed(address: str, account: str = "eu", *, deny: bool = False) -> str:
    """Confirm the page as the account's owner does, and return where it leads to."""
    form = httpx.get(address)
    assert form.status_code == 200, form.text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.text))
    action = address.partition("?")[0] + ("?deny=yes" if deny else "")
    answer = httpx.post(action, data={**fields, "account": account})
    return answer.headers["Location"]


class Browser(webbrowser.BaseBrowser):
    """Whoever sits before the browser: confirms, and the callback's page forwards to the port of this machine."""

    def __init__(self, port: int, *, change: Callable[[str], str] = lambda query: query, **how: Any) -> None:
        super().__init__("amzsql-tests")
        self.port, self.change, self.how = port, change, how
        self.opened: list[str] = []
        self.answers: list[httpx.Response] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.opened.append(url)
        threading.Thread(target=self.confirm, args=(url,), daemon=True).start()
        return True

    def confirm(self, url: str) -> None:
        query = self.change(urlsplit(confirmed(url, **self.how)).query)
        self.answers += [httpx.get(f"http://127.0.0.1:{self.port}/favicon.ico")]
        self.answers += [httpx.get(f"http://127.0.0.1:{self.port}/?{query}")]


class Nobody(webbrowser.BaseBrowser):
    """A machine without a browser."""

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        return False


@pytest.fixture
def browsers() -> Iterator[Callable[[webbrowser.BaseBrowser], webbrowser.BaseBrowser]]:
    """Return what puts a browser before all others that the machine has."""
    before = webbrowser._tryorder, dict(webbrowser._browsers)
    webbrowser._tryorder = []

    def put(browser: webbrowser.BaseBrowser) -> webbrowser.BaseBrowser:
        webbrowser._tryorder = []
        webbrowser.register("amzsql-tests", None, browser, preferred=True)
        webbrowser._tryorder = ["amzsql-tests"]
        return browser

    yield put
    webbrowser._tryorder, browsers_before = before
    webbrowser._browsers.clear()
    webbrowser._browsers.update(browsers_before)


def made(run: Run, url: str, application: Any = APPLICATION, *more: str) -> None:
    """Make a connection that lacks nothing but the consent."""
    client = typed(application.client_id, application.client_secret)
    good(run("applications", "add", "mine", "--app-id", application.application_id, typed=client))
    options = ["--set", f"Endpoint={url}", "--set", f"CallbackURL={CALLBACK}", *more]
    good(run("connections", "add", "shop", "-a", "mine", "-m", "DE", "--no-test", *options, typed="\n"))


def test_from_the_page_to_the_first_row_by_forwarding(run: Run, tmp_path: Path, browsers: Any) -> None:
    port = free_port()
    browser = browsers(Browser(port))
    with served(real_simulator()) as url:
        made(run, url)
        said = good(run("authorize", "shop", "--port", str(port)))
        assert "Account: Kupfer & Söhne GmbH (seller)" in said
        assert [a.status_code for a in browser.answers] == [404, 200]
        assert "MarketplaceId" in good(
            run("query", "-c", "shop", "SELECT MarketplaceId FROM MarketplaceParticipations")
        )
    kept = content(tmp_path)
    assert kept["connections"]["shop"]["authorized"] >= dt.date.today() - dt.timedelta(days=1)
    assert kept["connections"]["shop"]["SellerId"] == "A1SIMULATEDEURO"
    assert kept["applications"]["mine"]["kind"] == "Public"
    assert store(tmp_path)["connections.shop.refresh_token"].startswith("Atzr|")
    assert "spapi_oauth_code" not in said


def test_an_address_that_is_pasted(run: Run, browsers: Any) -> None:
    browsers(Nobody("none"))
    with served(real_simulator()) as url:
        made(run, url, DRAFT, "--set", "OAuthAppStatus=Draft")
        state = "pasted"
        address = good(
            run("query", "-c", "shop", f"EXEC GetOAuthAuthorizationURL State = '{state}'", "--format", "json")
        )
        page = re.search(r'https?://[^"]+', address)
        assert page is not None
        assert "version=beta" in page[0]
        code = parse_qs(urlsplit(confirmed(page[0])).query)["spapi_oauth_code"][0]
        result = run("authorize", "shop", "--no-listen", typed=f"\n{code}\n")
        assert "Account: Kupfer" in good(result)
        assert "There is no browser here" in result.stderr
        again = run(
            "authorize", "shop", "--no-listen", "--no-browser", typed=f"{CALLBACK}?state=x&spapi_oauth_code={code}\n"
        )
        assert (again.exit_code, "its state differs" in again.stderr) == (1, True)
        assert code not in again.output


@pytest.mark.parametrize(
    ("browser", "told"),
    [
        ({"deny": True}, "did not let the application in (access_denied)"),
        ({"change": lambda q: q.replace("state=", "state=x")}, "its state differs"),
    ],
)
def test_what_comes_back_wrong_is_said_in_one_line(
    run: Run, tmp_path: Path, browsers: Any, browser: dict[str, Any], told: str
) -> None:
    port = free_port()
    found = browsers(Browser(port, **browser))
    with served(real_simulator()) as url:
        made(run, url)
        result = run("authorize", "shop", "--port", str(port))
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert told in result.stderr
    assert [a.status_code for a in found.answers] == [404, 400]
    assert "refresh_token" not in content(tmp_path)["connections"]["shop"]


def test_what_cannot_be_authorised_is_said_in_one_line(run: Run) -> None:
    with served(real_simulator()) as url, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        made(run, url)
        for options, told in (
            (["--port", str(port)], f"Port {port} of this machine is not free"),
            (["--timeout", "0.05", "--no-browser", "--no-listen"], "Nobody came back from the consent page in time"),
        ):
            result = run("authorize", "shop", *options)
            assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
            assert told in result.stderr
        good(run("connections", "add", "simulated", "--simulator", "-a", "mine", "--no-test", typed="\n"))
        assert "no page for a browser" in run("authorize", "simulated").stderr
        assert "holds no connection 'x'" in run("authorize", "x").stderr


def test_a_draft_without_its_flag_is_told_by_the_pages_code(run: Run) -> None:
    """Amazon shows it on its page alone, and leads nowhere: who waits is told what its code means."""
    with served(real_simulator()) as url:
        made(run, url, DRAFT)
        told = good(run("query", "-c", "shop", "EXEC GetOAuthAuthorizationURL State = 's'", "--format", "json"))
        page = re.search(r'https?://[^"]+', told)
        assert page is not None
        assert "version=beta" not in page[0]
        assert "MD1000" in httpx.get(page[0]).text
        result = run("authorize", "shop", "--timeout", "0.05", "--no-browser", "--no-listen")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "MD1000" in result.stderr
    assert "the application is a draft (OAuthAppStatus=Draft)" in result.stderr


def consenting(simulator: Any, clock: Any, url: str = "", **properties: Any) -> Connection:
    """Connect over the network, or in process, with GETANDREFRESH and no refresh token."""
    given = {
        "OAuthClientId": CLIENT, "OAuthClientSecret": SECRET, "AppId": APPLICATION.application_id, "Marketplace": "DE",
        "InitiateOAuth": "GETANDREFRESH", "OAuthRefreshToken": "", "CallbackURL": CALLBACK,
    }  # fmt: skip
    if not url:
        return over(simulator, clock, **(given | properties))
    settings = read("", Endpoint=url, **(given | properties))
    return Connection(settings, Runtime(settings))


def test_the_driver_asks_the_page_once_and_keeps_what_it_gives(tmp_path: Path, browsers: Any) -> None:
    port = free_port()
    browser = browsers(Browser(port))
    kept = {"StateLocation": str(tmp_path / "state"), "CallbackPort": port}
    with served(real_simulator()) as url:
        first = consenting(None, None, url, **kept)
        assert browser.opened == []
        assert len(rows(first, "SELECT * FROM MarketplaceParticipations")) > 1
        assert first.runtime.authorised() == dt.datetime.now(dt.UTC).date()
        again = consenting(None, None, url, **kept)
        assert len(rows(again, "SELECT * FROM MarketplaceParticipations")) > 1
        # What Amazon calls over is made anew with the refresh token that was kept.
        access = again.runtime.session()._auth
        assert access.renew(spapi.operation("sellers.getAccount"), "x")
        later = consenting(None, None, url, **kept)
        later.runtime.forget_tokens()
    assert len(browser.opened) == 1
    assert "Atzr|" not in (tmp_path / "state" / "tokens.json").read_text("utf-8")


def test_a_code_that_is_given_needs_no_browser(browsers: Any) -> None:
    browsers(Nobody("none"))
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=20)
    client = httpx.Client(transport=httpx.WSGITransport(app=simulator))
    form = client.get(
        rows(consenting(simulator, clock, CallbackURL=CALLBACK), "EXEC GetOAuthAuthorizationURL State = 's'")[0][0]
    )
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.text))
    page = "https://sellercentral-europe.amazon.com/apps/authorize/consent"
    back = client.post(page, data={**fields, "account": "eu"}).headers["Location"]
    assert back.startswith(f"{CALLBACK}?")
    code = parse_qs(urlsplit(back).query)["spapi_oauth_code"][0]
    connection = consenting(simulator, clock, OAuthVerifier=code)
    assert len(rows(connection, "SELECT * FROM MarketplaceParticipations")) > 1
    # An hour later the refresh token that came with it is used: the code is good once.
    clock.wait(NOW + 4000)
    assert len(rows(connection, "SELECT * FROM MarketplaceParticipations")) > 1
    assert [r.status for r in simulator.log if r.operation == "lwa.token"] == [200, 200]


def test_no_browser_and_no_code_say_what_to_do(browsers: Any) -> None:
    browsers(Nobody("none"))
    clock = VirtualClock(NOW)
    with pytest.raises(
        AuthError, match=r"no browser here: amzsql authorize NAME, or open https://sellercentral-europe"
    ):
        rows(consenting(Simulator(clock, orders=20), clock, CallbackPort=free_port()))
    with pytest.raises(ProgrammingError, match="needs AppId"):
        rows(consenting(Simulator(clock, orders=20), clock, AppId=""))
    with pytest.raises(ProgrammingError, match=r"InitiateOAuth=GETANDREFRESH needs OAuthClientSecret"):
        rows(consenting(Simulator(clock, orders=20), clock, OAuthClientSecret=""))


def test_refreshing_by_hand() -> None:
    connection, simulator = simulated(orders=10)
    [(access, refresh, seconds)] = rows(connection, "EXEC RefreshOAuthAccessToken")
    assert (access[:5], refresh, seconds) == ("Atza|", SECRETS["OAuthRefreshToken"], "3600")
    [(_, other, _)] = rows(connection, "EXEC RefreshOAuthAccessToken OAuthRefreshToken = 'Atzr|other'")
    assert other == "Atzr|other"
    with pytest.raises(AuthError, match="was revoked") as failed:
        rows(connection, "EXEC RefreshOAuthAccessToken OAuthRefreshToken = 'Atzr|revoked-canary'")
    assert "canary" not in str(failed.value)
    assert len(rows(connection, "EXPLAIN EXEC RefreshOAuthAccessToken")) == 1
    assert [r.operation for r in simulator.log] == ["lwa.token"] * 3


@pytest.mark.parametrize("partner", ["seller", "vendor"])
def test_every_marketplace_has_its_page(partner: Any) -> None:
    for place in MARKETPLACES:
        host = consent_hosts.host(place.id, partner)
        address = consent.address(read("", Marketplace=place.country, AppId="amzn1.sp.solution.x"), partner, "s t&u")
        assert address.startswith(f"https://{host.name}/apps/authorize/consent?application_id=amzn1.sp.solution.x")
        assert "state=s%20t%26u" in address
        assert "redirect_uri" not in address
    doubted = {p.country for p in MARKETPLACES if not consent_hosts.host(p.id, partner).sure}
    assert "US" not in doubted
    assert "IE" in doubted


@pytest.mark.skipif(not HOSTS.exists(), reason="the table of hosts (../shared) is not beside this checkout")
def test_the_hosts_are_those_of_the_table() -> None:
    assert harvest_consent.harvest(HOSTS.read_text("utf-8")) == harvest_consent.FACTS.read_text("utf-8")


def test_a_host_that_is_none_is_not_drawn() -> None:
    with pytest.raises(ValueError, match="'nowhere' is no host"):
        harvest_consent.harvest("marketplaceId\tsellerHost\tvendorHost\tsource\nX\tnowhere\ta.b\t\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no code"),
        ("https://app.example.com/?state=s", "holds no code"),
        ("https://app.example.com/?state=t&spapi_oauth_code=canary", "its state differs"),
        ("https://app.example.com/?spapi_oauth_code=canary", "its state differs"),
        ("?error=access_denied%3Cscript%3E&state=s", r"\(access_deniedscript\)"),
    ],
)
def test_addresses_that_grant_nothing(text: str, told: str) -> None:
    with pytest.raises(AuthError, match=told) as failed:
        consent.landed(text, "s")
    assert "canary" not in str(failed.value)


def test_a_port_in_use_is_said_by_the_driver_too(browsers: Any) -> None:
    clock = VirtualClock(NOW)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        connection = consenting(Simulator(clock, orders=20), clock, CallbackPort=taken.getsockname()[1])
        with pytest.raises(OperationalError, match=r"is not free .*: name another with CallbackPort"):
            rows(connection)


def test_the_previous_secret_serves_while_amazon_takes_it() -> None:
    good_secret = {"OAuthClientId": CLIENT, "OAuthPreviousSecret": SECRET}
    connection, simulator = simulated(orders=10, **good_secret, OAuthClientSecret="amzn1.oa2-cs.v1.not-yet")
    assert len(rows(connection, "SELECT * FROM MarketplaceParticipations")) > 1
    assert [r.status for r in simulator.log if r.operation == "lwa.token"] == [401, 200]
    wrong, _ = simulated(orders=10, OAuthClientId=CLIENT, OAuthClientSecret="amzn1.oa2-cs.v1.not-yet")
    with pytest.raises(AuthError, match="OAuthClientId or OAuthClientSecret is wrong, or the secret was rotated"):
        rows(wrong, "SELECT * FROM MarketplaceParticipations")


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"OAuthSecretDate": -149}, None),
        ({"OAuthSecretDate": -150}, "client secret is 150 days old, and ends in 30 days: make a new one"),
        ({"OAuthSecretDate": -200}, "client secret is 200 days old, and has ended by now"),
        ({"OAuthAuthorizationDate": -400}, None),
        ({"OAuthAuthorizationDate": -334, "OAuthAppKind": "Public"}, None),
        ({"OAuthAuthorizationDate": -335, "OAuthAppKind": "Public"}, "335 days ago, and that ends in 30 days"),
    ],
)
def test_what_ends_is_warned_of_in_time(properties: dict[str, Any], told: str | None) -> None:
    today = dt.datetime.fromtimestamp(NOW, dt.UTC).date()
    given = {n: today + dt.timedelta(days=v) if isinstance(v, int) else v for n, v in properties.items()}
    connection, _ = simulated(orders=10, **given)
    said = [text for _, text in connection.messages]
    assert [told in text for text in said] == ([True] if told else [])


def test_a_new_secret_comes_to_the_queue_which_is_said() -> None:
    connection, simulator = simulated(orders=10)
    cursor = connection.cursor()
    cursor.execute("EXEC RotateClientSecret")
    assert ["to the queue that is registered" in text for _, text in cursor.messages] == [True]
    assert [r.status for r in simulator.log if "rotateApplicationClientSecret" in r.operation] == [204]
    readonly, simulator = simulated(orders=10, Readonly=True)
    with pytest.raises(ProgrammingError, match="Readonly: nothing was sent"):
        rows(readonly, "EXEC RotateApplicationClientSecret")
    assert simulator.log == []
