"""No secret is seen but in the private token file: not in logs, errors, tracebacks, reprs, pickles, warnings."""

from __future__ import annotations

import json
import logging
import os
import pickle
import stat
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from driving import ALL_ORDERS, over_socket, real_simulator, served

import amzsql
from amzsql.clock import RealClock
from amzsql.errors import Error
from amzsql.settings import PROPERTIES, read
from amzsql.simulator import Fault, Scenario

PLANTED = {
    "OAuthClientSecret": "amzn1.oa2-cs.v1.canary0secret",
    "OAuthRefreshToken": "Atzr|canary0refresh",
    "OAuthAccessToken": "Atza|canary0access",
}
# Every other secret that a connection takes, whether it is used or not.
OTHERS = {p.name: f"canary0{p.name.lower()}" for p in PROPERTIES if p.secret and p.name not in PLANTED}
OTHERS = {n: v for n, v in OTHERS.items() if n not in {p.name for p in PROPERTIES if p.status == "planned"}}
SIGNED = "https://example.invalid/document?X-Amz-Signature=canary0signature"
FAULTS = {
    "login": [],
    "denied": [Fault("*", "status", times=99, status=403, code="Unauthorized")],
    "expired": [Fault("*", "expire", times=99)],
    "broken": [Fault("*", "truncate", times=99)],
    "html": [Fault("*", "html", times=99)],
    "throttled": [Fault("*", "status", times=999, status=429, code="QuotaExceeded")],
    "fails": [Fault("*", "status", 2, times=99)],
    "bad request": [Fault("*", "status", times=99, status=400, code="InvalidInput")],
}


class Telling:
    """A simulator that repeats the tokens and a presigned URL in whatever it refuses, and may refuse to log in."""

    def __init__(self, faults: Iterable[Fault], *, login: bool) -> None:
        self.simulator = real_simulator()
        self.simulator.scenario = Scenario(tuple(faults))
        self._login = login

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        told = f"token {environ['HTTP_X_AMZ_ACCESS_TOKEN']} {PLANTED['OAuthRefreshToken']} {SIGNED}"
        if environ["PATH_INFO"].startswith("/auth") and not self._login:
            start("401 Unauthorized", [("Content-Type", "application/json")])
            return [json.dumps({"error": "invalid_client", "error_description": told}).encode()]
        parts: list[Any] = []
        body = b"".join(self.simulator(environ, lambda *a: parts.extend(a)))
        if not parts[0].startswith("200"):
            body = body.replace(b"A fault that was asked for.", told.encode())
        start(parts[0], [h for h in parts[1] if h[0] != "Content-Length"])
        return [body]


class Keep(logging.Handler):
    """Keeps every record of every logger."""

    def __init__(self) -> None:
        super().__init__(0)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.args!r} {record.__dict__!r}")


@pytest.fixture
def logged() -> Iterator[Keep]:
    keep, root = Keep(), logging.getLogger()
    level = root.level
    root.addHandler(keep)
    root.setLevel(0)
    yield keep
    root.removeHandler(keep)
    root.setLevel(level)


def chain(error: BaseException | None) -> Iterator[str]:
    """Yield all that tools show of an exception: its texts and the variables of its frames, with what caused it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield repr(error)
        yield repr(error.__dict__)
        yield "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("name", FAULTS)
def test_no_canary_is_seen(name: str, tmp_path: Path, logged: Keep) -> None:
    app = Telling(FAULTS[name], login=name != "login")
    seen: list[str] = []
    with served(app) as url, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        state = tmp_path / "state"
        options = {"StateLocation": str(state), "OAuthSettingsLocation": "", "MaxRetries": 2, "RetryWait": 0}
        options |= {"Logfile": str(tmp_path / "log.txt"), "Verbosity": 5}
        # The access token is known to live, so that it is sent.
        options |= {"OAuthTokenTimestamp": int(RealClock().now() * 1000)} if name != "login" else {}
        connection = over_socket(url, **(PLANTED | OTHERS | options))
        cursor = connection.cursor()
        with pytest.raises(Error) as failed:
            cursor.execute(ALL_ORDERS).fetchall()
        seen += chain(failed.value)
        seen += [f"{w.message}" for w in caught]
        runtime = connection.runtime
        for thing in (connection, cursor, runtime, runtime.session(), runtime.session()._auth, connection.settings):
            seen += [repr(thing), str(thing)]
            seen += _pickled(thing)
        seen += _pickled(failed.value)
        seen += [
            repr(cursor.messages),
            repr(connection.messages),
            repr(cursor.stats),
            repr(list(runtime.ledger.recent)),
        ]
        connection.close()
    seen += logged.lines
    lines = (tmp_path / "log.txt").read_text("utf-8")
    assert " EXEC " in lines
    assert " OAUT " in lines or name != "login"
    seen += [lines]
    tokens = {"canary0", *_access_tokens(state)}
    shown = [
        (token, text[max(0, text.find(token) - 200) :][:300]) for text in seen for token in tokens if token in text
    ]
    assert shown == []
    _check_folder(state)


def _pickled(thing: object) -> list[str]:
    try:
        return [pickle.dumps(thing).decode("latin-1")]
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        return [str(error)]


def _access_tokens(state: Path) -> set[str]:
    """Return the access tokens that were kept, which must not be seen either."""
    file = state / "tokens.json"
    text = file.read_text() if file.exists() else ""
    return {part for part in text.replace('"', " ").split() if part.startswith("Atza|")}


def _check_folder(state: Path) -> None:
    assert stat.S_IMODE(state.stat().st_mode) & 0o077 == 0
    for file in state.rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file
        if file.is_file() and file.name != "tokens.json":
            assert b"canary0" not in file.read_bytes(), file
    if os.name == "posix":
        assert state.stat().st_uid == os.geteuid()


def own_variables(error: BaseException | None) -> Iterator[tuple[str, str]]:
    """Yield each variable of the driver's own frames in a traceback, and in those of what caused it, as text."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if "amzsql" in Path(frame.f_code.co_filename).parent.parts[-2:]:
                for name, value in frame.f_locals.items():
                    yield f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_name}:{name}", repr(value)
        error = error.__cause__ or error.__context__


STRING = ";".join(f'{name}="{value}"' for name, value in PLANTED.items())
FAILURES: dict[str, tuple[str, dict[str, Any]]] = {
    "unknown property": ("", {"NoSuchProperty": "x"}),
    "misspelt secret": ("", {"OAuthClientSecrets": "canary0"}),
    "in the string": (STRING, {"Endpoint": "ftp://nowhere"}),
    "unknown in the string": (f"{STRING};NoSuch=1", {}),
    "endpoint": ("", {"Endpoint": "http://example.invalid"}),
    "planned": ("", {"CacheConnection": "canary0"}),
    "proxy": ("", {"ProxyServer": "me:canary0@x", "ProxyPassword": "canary0", "FirewallPassword": "canary0"}),
    "password": ("", {"ProxyServer": "x", "ProxyPassword": "canary0\n"}),
    "variable": ("", {"SellerId": "${AMZSQL_NO_SUCH}"}),
    "connection": ("", {"Connection": "no such"}),
    "url": ("amzsql://id:canary0@shop:99/", {}),
    "url's query": ("amzsql://id:canary0@/?OAuthRefreshToken=canary0", {}),
    "characters": ("", {"OAuthAccessToken": "canary0\r\n"}),
    "foreign characters": ("", {"OAuthClientSecret": "canary0é"}),
    "simulated account": ("", {"Simulator": "account=none"}),
    "obsolete": ("", {"AWSSecretKey": "canary0", "MaxRows": "many"}),
}


@pytest.mark.parametrize("name", FAILURES)
def test_no_variable_of_a_failing_connect_shows_a_secret(name: str) -> None:
    string, properties = FAILURES[name]
    planted = {} if string else PLANTED
    if name == "simulated account":  # a refresh token would tell which
        planted = {k: v for k, v in PLANTED.items() if k != "OAuthRefreshToken"}
    with pytest.raises(Error) as failed:
        amzsql.connect(string, **(planted | {"StateLocation": "memory://"} | properties))
    found = list(own_variables(failed.value))
    assert found
    assert [place for place, text in found if "canary0" in text] == []
    assert "canary0" not in str(failed.value)


def test_no_variable_shows_the_environment_or_what_references_stand_for() -> None:
    secrets = {"AMZSQL_OAUTHREFRESHTOKEN": PLANTED["OAuthRefreshToken"], "ZONE": "canary0"}
    with pytest.raises(Error, match="TimeZone") as failed:
        read(environment=secrets, variables=dict(secrets), TimeZone="${ZONE}")
    found = list(own_variables(failed.value))
    assert found
    assert [place for place, text in found if "canary0" in text] == []


@pytest.mark.parametrize("login", [True, False])
def test_no_variable_of_a_failing_connect_on_open_shows_a_secret(login: bool, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with served(Telling(FAULTS["denied"], login=login)) as url, pytest.raises(Error) as failed:
        amzsql.connect(
            f"Endpoint={url};StateLocation={state};Marketplace=US;InitiateOAuth=REFRESH;{STRING}", ConnectOnOpen=True
        )
    tokens = {"canary0", *_access_tokens(state)}
    found = list(own_variables(failed.value))
    assert len(found) > 10
    assert [place for place, text in found if any(token in text for token in tokens)] == []
