"""Through proxies, with certificates of one's own, into a log file: the network properties of a connection."""

from __future__ import annotations

import os
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from driving import SECRETS, Hanging, over_socket, real_simulator, rows
from proxies import PASSWORD, USER, Authority, proxy, served, served_encrypted

from amzsql.connection import Connection
from amzsql.connection.ways import network_of
from amzsql.errors import AuthError, Error, NotSupportedError, OperationalError, ProgrammingError
from amzsql.settings import read
from amzsql.simulator import Fault, Scenario

ASKED = "SELECT * FROM MarketplaceParticipations"
PROXY = {"ProxyUser": USER, "ProxyPassword": PASSWORD}
FIREWALL = {"FirewallUser": USER, "FirewallPassword": PASSWORD}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def amazon(authority: Authority) -> Iterator[str]:
    with served_encrypted(real_simulator(20), authority) as url:
        yield url


def through(url: str, server: Any, authority: Authority | None, **properties: Any) -> Connection:
    """Connect through a proxy; which properties name it follows from what is given."""
    host, port = server.server_address if server is not None else ("", 0)
    way = {"ProxyServer": host, "ProxyPort": port}
    if "FirewallType" in properties:
        way = {"FirewallServer": host, "FirewallPort": port}
    way = way if server is not None else {}
    cert = {"SSLServerCert": authority.pem} if authority is not None else {}
    options = {"OAuthAccessTokenURL": f"{url}/auth/o2/token", "MaxRetries": 0, **way, **cert, **properties}
    return over_socket(url, **options)


@pytest.mark.parametrize(
    ("kind", "properties", "said"),
    [
        ("http", PROXY, "CONNECT localhost:"),
        ("http", {**FIREWALL, "FirewallType": "TUNNEL"}, "CONNECT localhost:"),
        ("socks", {**FIREWALL, "FirewallType": "SOCKS5"}, "SOCKS localhost:"),
    ],
)
def test_through_a_proxy_with_a_password(
    amazon: str, authority: Authority, kind: str, properties: dict[str, str], said: str
) -> None:
    with proxy(kind) as server:
        connection = through(amazon, server, authority, **properties)
        assert len(rows(connection, ASKED)) > 1
        assert server.seen[0].startswith(said)
        network = {f.item: f.detail for f in connection.prove()}["Network"]
    assert f"127.0.0.1:{server.server_address[1]} as agent" in network
    assert "canary" not in network


def test_the_way_to_the_proxy_may_be_encrypted_too(amazon: str, authority: Authority) -> None:
    with proxy("http", tls=authority.context()) as server:
        connection = through(amazon, server, authority, **PROXY, ProxySSLType="ALWAYS")
        # More than one record of TLS, and more than one request over the same connection.
        assert len(rows(connection, "SELECT * FROM Orders WHERE PurchaseDate >= '2026-01-01'")) > 10
        assert {line.partition(":")[0] for line in server.seen} == {"CONNECT localhost"}
        plain = through(amazon, server, authority, **PROXY, Timeout=2)
        with pytest.raises(Error) as failed:
            rows(plain, ASKED)
    assert "canary" not in str(failed.value)


def test_without_encryption_the_whole_address_is_asked_of_the_proxy() -> None:
    with served(real_simulator(20)) as url, proxy("http") as server:
        connection = through(url, server, None, **PROXY, MaxRetries=3, RetryWait=0)
        assert len(rows(connection, ASKED)) > 1
        assert f"POST {url}/auth/o2/token" in server.seen


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("http", {"ProxyUser": USER, "ProxyPassword": "canary-wrong"}),
        ("http", {**PROXY, "ProxyAuthScheme": "NONE"}),
        ("socks", {"FirewallType": "SOCKS5", "FirewallUser": USER, "FirewallPassword": "canary-wrong"}),
    ],
)
def test_a_proxy_that_refuses_is_said_without_its_password(
    amazon: str, authority: Authority, kind: str, properties: dict[str, str]
) -> None:
    with proxy(kind) as server:
        with pytest.raises(AuthError, match=r"the proxy refused: .*\(ProxyUser and ProxyPassw") as failed:
            rows(through(amazon, server, authority, **properties), ASKED)
        assert "canary" not in str(failed.value)


def test_a_proxy_that_is_not_there_is_named(amazon: str, authority: Authority) -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    with pytest.raises(AuthError, match=rf"the proxy 127.0.0.1:{port}: Connection refused.* Check ProxyServer"):
        rows(through(amazon, None, authority, ProxyServer="127.0.0.1", ProxyPort=port, **PROXY), ASKED)


def test_hosts_that_go_without_the_proxy(amazon: str, authority: Authority) -> None:
    for pattern in ("localhost", "other.example; LOCAL*", ".localhost"):
        with proxy("http") as server:
            assert len(rows(through(amazon, server, authority, ProxyExceptions=pattern), ASKED)) > 1
            assert server.seen == []


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set variables of the environment, which proxies are found by."""
    before = {n: os.environ.get(n) for n in (*values, "no_proxy", "NO_PROXY", "https_proxy", "all_proxy")}
    for name in before:
        os.environ.pop(name, None)
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def test_the_systems_proxy_is_used_when_asked_for(amazon: str, authority: Authority) -> None:
    with proxy("http", password="x") as server:
        port = server.server_address[1]
        with environment(https_proxy=f"http://{USER}:x@127.0.0.1:{port}"):
            assert len(rows(through(amazon, None, authority), ASKED)) > 1
            assert server.seen == []
            connection = through(amazon, None, authority, ProxyAutoDetect=True)
            assert len(rows(connection, ASKED)) > 1
            assert len(rows(connection, ASKED)) > 1
            assert [line.partition(":")[0] for line in server.seen] == ["CONNECT localhost"]
            assert ":x@" not in repr(connection.runtime.network)
            assert ":x@" not in repr(connection.runtime.network.proxy_of("localhost"))
        asked = len(server.seen)
        with environment(https_proxy=f"http://127.0.0.1:{port}", no_proxy="localhost"):
            assert len(rows(through(amazon, None, authority, ProxyAutoDetect=True), ASKED)) > 1
        assert len(server.seen) == asked


def test_a_certificate_of_ones_own(amazon: str, authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(AuthError, match=r"certificate is not taken .*give the certificate of its authority as SSLSer"):
        rows(through(amazon, None, None), ASKED)
    file = tmp_path / "ca.pem"
    file.write_text(authority.pem, "utf-8")
    for given in (str(file), authority.pem, authority.pem.replace("\n", "\\n")):
        assert len(rows(through(amazon, None, None, SSLServerCert=given), ASKED)) > 1
    with pytest.raises(AuthError, match="certificate is not taken"):
        rows(through(amazon, None, Authority()), ASKED)
    # That of another host is not taken either, whoever signed it.
    elsewhere = Authority("elsewhere.example")
    mismatch = pytest.raises(AuthError, match=r"certificate is not taken .*Hostname mismatch")
    with served_encrypted(real_simulator(20), elsewhere) as url, mismatch:
        rows(through(url, None, elsewhere), ASKED)


def test_a_servers_own_certificate_may_be_pinned(authority: Authority) -> None:
    one = authority.authority.issue_cert("localhost")
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    one.configure_cert(context)

    class Pinned(Authority):
        def __init__(self) -> None:
            super().__init__()
            self.pem = one.cert_chain_pems[0].bytes().decode()

        def context(self) -> ssl.SSLContext:
            return context

    pinned = Pinned()
    with served_encrypted(real_simulator(20), pinned) as url:
        assert len(rows(through(url, None, pinned), ASKED)) > 1


@pytest.mark.parametrize(
    ("properties", "error", "told"),
    [
        ({"SSLServerCert": "*"}, ProgrammingError, "would take anybody for Amazon"),
        ({"SSLServerCert": "ab:" * 19 + "cd"}, ProgrammingError, "is a thumbprint or a key"),
        ({"SSLServerCert": "/no/such.pem"}, ProgrammingError, "names a file that is not there"),
        ({"SSLServerCert": "-----BEGIN CERTIFICATE-----canary"}, ProgrammingError, "must be a certificate in PEM form"),
        ({"FirewallType": "SOCKS4", "FirewallServer": "x"}, NotSupportedError, "use SOCKS5"),
        ({"FirewallType": "SOCKS5"}, ProgrammingError, "needs FirewallServer"),
        ({"FirewallServer": "x"}, ProgrammingError, "FirewallServer needs FirewallType"),
        ({"FirewallType": "TUNNEL", "FirewallServer": "x", "ProxyServer": "y"}, ProgrammingError, "are two ways"),
        ({"ProxyServer": "http://x:80"}, ProgrammingError, "ProxyServer is a host, such as proxy.example.com"),
        ({"ProxyServer": "user:canary@x"}, ProgrammingError, "ProxyServer is a host"),
        ({"ProxyAuthScheme": "DIGEST"}, NotSupportedError, "the proxy's question that DIGEST answers: have the proxy"),
        ({"ProxyAuthScheme": "NEGOTIATE"}, NotSupportedError, "tickets of a Windows or Kerberos logon"),
        ({"ProxyAuthScheme": "NTLM"}, NotSupportedError, "needs a Windows logon.* have the proxy take BASIC"),
        ({"ProxyAuthScheme": "PROPRIETARY"}, NotSupportedError, "nobody says how such a proxy asks"),
        ({"ProxySSLType": "NEVER"}, NotSupportedError, "use AUTO"),
        ({"ProxyPassword": "canary\n"}, ProgrammingError, "holds a line break"),
        ({"ProxyPort": 0}, ProgrammingError, "the least value is 1"),
        ({"MaxLogFileSize": "much"}, ProgrammingError, "must be a size such as 100MB"),
        ({"Verbosity": 6}, ProgrammingError, "the greatest value is 5"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(properties: dict[str, Any], error: type[Error], told: str) -> None:
    with pytest.raises(error, match=told) as failed:
        read("", environment={}, **properties)
    assert "canary" not in str(failed.value)


def test_ports_follow_the_kind_of_firewall() -> None:
    ways = [network_of(read("", environment={}, FirewallType=k, FirewallServer="f")) for k in ("SOCKS5", "TUNNEL")]
    assert [w.proxy.url for w in ways if w.proxy is not None] == ["socks5://f:1080", "http://f:80"]
    said = network_of(read("", environment={}, FirewallType="TUNNEL", FirewallServer="f", FirewallPort=3128)).proxy
    assert said is not None
    assert said.url == "http://f:3128"
    assert network_of(read("", environment={}, ProxyServer="p")).way("x") == "through the proxy p:80"
    assert read("", environment={}, ProxyPassword="ä b").proxy_password is not None


def test_a_request_that_takes_too_long_ends() -> None:
    app = Hanging(real_simulator(20), "/sellers/v1/marketplaceParticipations")
    with served(app) as url:
        connection = through(url, None, None, Timeout=0.3)
        with pytest.raises(OperationalError, match="within the time allowed \\(Timeout\\)"):
            rows(connection, ASKED)


# -- the log file ------------------------------------------------------------------------------------------------------


def logged(tmp_path: Path, **properties: Any) -> list[str]:
    """Return the lines of a log file after a statement, a call, an error and a warning."""
    file = tmp_path / f"log-{properties['Verbosity']}.txt"
    simulator = real_simulator(20)
    simulator.scenario = Scenario(
        (Fault("fbaInventory.getInventorySummaries", "status", times=9, status=403, code="Unauthorized"),)
    )
    with served(simulator) as url:
        options = {"Logfile": str(file), "RTK": "x", **properties}
        connection = over_socket(url, **options)
        rows(connection, ASKED)
        rows(connection, "EXEC RefreshOAuthAccessToken OAuthRefreshToken = 'Atzr|canary'")
        with pytest.raises(Error):
            rows(connection, "SELECT 'Atza|canary' AS a, * FROM InventorySupply")
        with pytest.raises(ProgrammingError):
            rows(connection, "SELECT Nothing FROM Orders")
    return file.read_text("utf-8").splitlines()


def test_what_is_logged(tmp_path: Path) -> None:
    few, more, most = (logged(tmp_path, Verbosity=n) for n in (1, 2, 3))
    assert [line.split()[1] for line in few] == ["INFO", "EXEC", "EXEC", "EXEC", "EXEC"]
    assert "RTK is ignored" in few[0]
    assert few[1].endswith(f"ok: {ASKED}")
    assert few[2].endswith("ok: EXEC RefreshOAuthAccessToken …")
    assert "AccessDenied" in few[3]
    assert "ProgrammingError" in few[4]
    assert any("HTTP default sellers.getMarketplaceParticipations 200" in line for line in more)
    assert not any(" OAUT " in line for line in more)
    assert sum("OAUT default a token by refresh_token: 200" in line for line in most) == 2
    secrets = (*SECRETS.values(), "canary", "Atza|")
    assert [line for line in (*few, *more, *most) for secret in secrets if secret in line] == []
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_modules_are_chosen(tmp_path: Path) -> None:
    assert {line.split()[1] for line in logged(tmp_path, Verbosity=5, LogModules="HTTP;OAUT")} == {"HTTP", "OAUT"}
    with pytest.raises(ProgrammingError, match="LogModules: there is no module META, but EXEC, HTTP"):
        over_socket("http://127.0.0.1:1", LogModules="META")


def test_a_log_file_turns_over_and_old_ones_go(tmp_path: Path) -> None:
    file = tmp_path / "log.txt"
    with served(real_simulator(20)) as url:
        options = {"Logfile": str(file), "MaxLogFileSize": "300B", "MaxLogFileCount": 2}
        one, other = over_socket(url, **options), over_socket(url, **options, MaxRetries=1)
        threads = [threading.Thread(target=rows, args=(c, ASKED)) for c in (one, other) * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log.txt", "log.txt.1"]
    assert all(line.endswith(ASKED) for p in tmp_path.iterdir() for line in p.read_text("utf-8").splitlines())


def test_a_log_file_that_cannot_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProgrammingError, match=r"Logfile: .* cannot be written: No such file"):
        over_socket("http://127.0.0.1:1", Logfile=str(tmp_path / "no" / "log.txt"))
