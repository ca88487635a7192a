"""Access tokens: renewed in time, once, by one thread and one process; kept in a safe file."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import stat
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from transport_fakes import ENDPOINT, EXPIRED, FAST, OK, START, Bench, bench, side_by_side

from amzsql import spapi
from amzsql.clock import RealClock, VirtualClock
from amzsql.errors import AuthError
from amzsql.transport import Buckets, LwaAuth, Request, Session, StaticAuth, open_store
from amzsql.transport.tokens import Token, token_key
from amzsql.transport.watch import Watch

POSIX = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")
DOWN = (503, {}, b"")
# Each writes a file to the disk; the lane `whole` tries a thousand.
ROUNDS = 500 if os.environ.get("AMZSQL_EVERY") else 20


def lwa(clock: Any, store: Any = None, refresh: str = "Atzr|one", **options: Any) -> LwaAuth:
    known = {"client_id": "client", "client_secret": "secret", "refresh_token": refresh, "endpoint": ENDPOINT}
    return LwaAuth(clock=clock, store=store, **(known | options))


def ask(setup: Bench, at: float = 0.0) -> str:
    """Send one request at a time from the start; return the token it bore."""
    with setup.clock.actor():
        setup.clock.wait(START + at)
        setup.session.send(Request(FAST, {"id": "1"}))
    return setup.amazon.asked[-1].headers["x-amz-access-token"]


def test_a_token_serves_until_ten_minutes_before_its_end() -> None:
    setup = bench()
    assert [ask(setup, at) for at in (0, 2990, 3010, 3020)] == ["Atza|token1"] * 2 + ["Atza|token2"] * 2


def test_a_living_token_serves_while_lwa_is_down() -> None:
    setup = bench()
    ask(setup)
    setup.amazon.logins = [DOWN] * 50
    assert ask(setup, 3010) == "Atza|token1"
    asked = len(setup.amazon.login_forms)
    assert ask(setup, 3011) == "Atza|token1"
    assert len(setup.amazon.login_forms) == asked  # not asked again at once
    with pytest.raises(AuthError, match="gives no token") as caught:
        ask(setup, 3590)
    assert type(caught.value) is AuthError
    assert caught.value.retryable


def test_actors_refresh_once() -> None:
    setup = bench(logins=[DOWN])
    side_by_side(setup.clock, [lambda: setup.session.send(Request(FAST, {"id": "1"})) and None] * 8)
    assert len(setup.amazon.login_forms) == 2
    assert {a.headers["x-amz-access-token"] for a in setup.amazon.asked} == {"Atza|token2"}


def test_a_given_access_token_serves_first_and_is_replaced_when_it_ends() -> None:
    clock = VirtualClock(START)
    setup = bench(OK, EXPIRED, OK, auth=lwa(clock, access_token="Atza|given"))
    assert [ask(setup), ask(setup)] == ["Atza|given", "Atza|token1"]


def test_off_mode_needs_no_login() -> None:
    setup = bench(auth=StaticAuth("Atza|given"))
    assert ask(setup) == "Atza|given"
    assert setup.amazon.login_forms == []


def test_operations_without_a_seller_use_the_application() -> None:
    setup = bench((200, {}, b"{}"))
    operation = spapi.operation("notifications.getDestinations")
    with setup.clock.actor():
        setup.session.send(Request(operation, {}))
        setup.session.send(Request(FAST, {"id": "1"}))
    assert [f["grant_type"] for f in setup.amazon.login_forms] == ["client_credentials", "refresh_token"]
    assert setup.amazon.login_forms[0]["scope"] == "sellingpartnerapi::notifications"
    assert [a.headers["x-amz-access-token"] for a in setup.amazon.asked] == ["Atza|token1", "Atza|token2"]


def test_a_token_that_is_granted_again_is_not_asked_for_with_each_request() -> None:
    same = (200, {}, json.dumps({"access_token": "Atza|same", "expires_in": 3600}).encode())
    setup = bench(OK, EXPIRED, OK, logins=[same] * 9)
    assert [ask(setup) for _ in range(4)] == ["Atza|same"] * 4
    assert len(setup.amazon.login_forms) == 2


def test_no_refresh_token_says_which_property() -> None:
    with pytest.raises(AuthError, match="OAuthRefreshToken"):
        ask(bench(auth=lwa(VirtualClock(START), refresh="")))


def test_no_refresh_token_leaves_no_secret_in_the_traceback() -> None:
    with pytest.raises(AuthError) as caught:
        ask(bench(auth=lwa(VirtualClock(START), refresh="", client_secret="canary" + "0")))
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    assert "canary0" not in "".join(told)
    assert not caught.value.retryable


@pytest.mark.parametrize("token", ["Atza|\u00e9", "Atza|a\r\nhost: evil", " Atza|a", ""])
def test_a_granted_token_that_no_header_can_carry_is_none(token: str) -> None:
    granted = (200, {}, json.dumps({"access_token": token}).encode())
    setup = bench(logins=[granted])
    assert ask(setup) == "Atza|token2"


def test_a_revoked_token_is_dropped_from_the_file(tmp_path: Path) -> None:
    store = open_store(tmp_path / "tokens.json", VirtualClock(START))
    setup = bench(auth=lwa(VirtualClock(START), store))
    ask(setup)
    assert json.loads((tmp_path / "tokens.json").read_text())["tokens"]
    setup.amazon.answers = [EXPIRED]
    setup.amazon.logins = [(400, {}, b'{"error": "invalid_grant"}')]
    with pytest.raises(AuthError, match="invalid_grant"):
        ask(setup)
    assert json.loads((tmp_path / "tokens.json").read_text()).get("tokens", {}) == {}


def test_a_clock_set_back_makes_a_token_suspect() -> None:
    assert Token("t", START, 3600).seconds_left(START - 86400) == 0
    assert Token("t", START, 3600).seconds_left(START + 600) == 3000


def test_connections_share_a_file_and_never_a_token(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    clock = VirtualClock(START)
    tokens = []
    for refresh in ("Atzr|one", "Atzr|two"):
        setup = bench(auth=lwa(clock, open_store(path, clock), refresh))
        setup.amazon.logins = [(200, {}, json.dumps({"access_token": "for " + refresh}).encode())]
        tokens.append(ask(setup))
    assert tokens == ["for Atzr|one", "for Atzr|two"]
    again = bench(auth=lwa(clock, open_store(path, clock), "Atzr|one"))
    assert ask(again) == "for Atzr|one"
    assert again.amazon.login_forms == []
    text = path.read_text()
    assert len(json.loads(text)["tokens"]) == 2
    assert "secret" not in text
    assert '"Atzr|one"' not in text


def test_two_connections_keep_apart_over_many_refreshes(tmp_path: Path) -> None:
    """In one file, as those of the default location: each request goes with a token of its own connection."""
    path, clocks = tmp_path / "tokens.json", [VirtualClock(START), VirtualClock(START)]
    setups = [
        bench(auth=lwa(clock, open_store(path, clock), refresh), clock=clock)
        for clock, refresh in zip(clocks, ("Atzr|one", "Atzr|two"), strict=True)
    ]
    for number in range(ROUNDS):
        for name, setup in zip(("one", "two"), setups, strict=True):
            mine = f"Atza|{name} {number}"
            setup.amazon.logins = [(200, {}, json.dumps({"access_token": mine, "expires_in": 3600}).encode())]
            assert ask(setup, 3601.0 * number) == mine
    forms = [[f["refresh_token"] for f in setup.amazon.login_forms] for setup in setups]
    assert forms == [["Atzr|one"] * ROUNDS, ["Atzr|two"] * ROUNDS]
    assert len(json.loads(path.read_text())["tokens"]) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(f.name for f in tmp_path.iterdir()) == ["tokens.json", "tokens.json.lock"]


@POSIX
def test_a_full_disk_costs_logins_and_leaves_the_file_whole(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    import resource

    clock = VirtualClock(START)
    setup = bench(auth=lwa(clock, open_store(tmp_path / "tokens.json", clock)), clock=clock)
    first, before = ask(setup), (tmp_path / "tokens.json").read_text()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limit[1]))
    try:
        second, third = ask(setup, 3601), ask(setup, 3700)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert first != second == third
    assert (tmp_path / "tokens.json").read_text() == before
    assert sorted(f.name for f in tmp_path.iterdir()) == ["tokens.json", "tokens.json.lock"]
    assert len([r for r in caplog.records if "tokens are not kept" in r.getMessage()]) == 1
    assert ask(setup, 7300) not in (first, second)
    assert (tmp_path / "tokens.json").read_text() != before


def test_a_rotated_refresh_token_is_used_from_then_on(tmp_path: Path) -> None:
    clock = VirtualClock(START)
    auth = lwa(clock, open_store(tmp_path / "t.json", clock))
    setup = bench(auth=auth)
    answer = {"access_token": "Atza|a", "expires_in": 3600, "refresh_token": "Atzr|rotated"}
    setup.amazon.logins = [(200, {}, json.dumps(answer).encode())]
    ask(setup)
    setup.amazon.answers = [EXPIRED, OK]
    ask(setup)
    assert [f["refresh_token"] for f in setup.amazon.login_forms] == ["Atzr|one", "Atzr|rotated"]


@POSIX
def test_the_file_is_private_and_unsafe_files_are_refused(tmp_path: Path) -> None:
    clock, key = VirtualClock(START), token_key("e", "c", "r")
    path = tmp_path / "folder" / "tokens.json"
    store, token = open_store(path, clock), Token("t", START, 3600)
    with store.locked(Watch(clock, "x")):
        store.put(key, token)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert store.get(key) == token
    assert "t'" not in repr(token)
    path.chmod(0o644)
    with pytest.raises(AuthError, match=r"chmod 600.*OAuthSettingsLocation"):
        store.get(key)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    with pytest.raises(AuthError, match="symlink"):
        open_store(link, clock).get(key)
    with pytest.raises(AuthError, match="not a file"):
        open_store(tmp_path / "folder", clock).get(key)


def test_a_damaged_file_costs_one_login(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.touch(mode=0o600)
    path.write_bytes(b'{"version": 1, "tok')
    clock = VirtualClock(START)
    setup = bench(auth=lwa(clock, open_store(path, clock)))
    assert ask(setup) == "Atza|token1"
    assert json.loads(path.read_text())["tokens"]


def test_a_place_that_cannot_be_written_costs_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    clock = VirtualClock(START)
    setup = bench(auth=lwa(clock, open_store(tmp_path / "file" / "tokens.json", clock)))
    assert [ask(setup), ask(setup)] == ["Atza|token1"] * 2
    assert len([r for r in caplog.records if "tokens are not kept" in r.getMessage()]) == 1


class _Login(BaseHTTPRequestHandler):
    """Login with Amazon and one operation on a loopback socket; counts the logins."""

    logins = 0
    lock = threading.Lock()
    # While `hold` is unset no login is answered; `held` tells that one waits.
    hold = threading.Event()
    held = threading.Event()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        with self.lock:
            type(self).logins += 1
        self.held.set()
        self.hold.wait(90)
        with contextlib.suppress(OSError):
            self._answer(b'{"access_token": "Atza|fresh", "expires_in": 3600}')

    def do_GET(self) -> None:
        self._answer(b'{"payload": {"things": []}}')

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def login() -> Iterator[str]:
    _Login.logins = 0
    _Login.held.clear()
    _Login.hold.set()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Login) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _refresh(url: str, folder: str, results: multiprocessing.Queue) -> None:
    clock = RealClock()
    auth = lwa(clock, open_store(Path(folder) / "tokens.json", clock), url=url + "/auth/o2/token")
    session = Session(endpoint=url, clock=clock, auth=auth, buckets=Buckets(clock))
    results.put(session.send(Request(FAST, {"id": "1"})).status)
    session.close()


def test_eight_processes_refresh_once(login: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    workers = [context.Process(target=_refresh, args=(login, str(tmp_path), results)) for _ in range(8)]
    for worker in workers:
        worker.start()
    assert [results.get(timeout=90) for _ in workers] == [200] * 8
    for worker in workers:
        worker.join(30)
    assert _Login.logins == 1


@pytest.mark.skipif(os.name != "posix", reason="what SIGKILL leaves behind is tried where it exists")
def test_a_process_killed_while_it_refreshes_leaves_nothing_in_the_way(login: str, tmp_path: Path) -> None:
    _Login.hold.clear()
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    victim = context.Process(target=_refresh, args=(login, str(tmp_path), results))
    victim.start()
    try:
        assert _Login.held.wait(90)  # it holds the lock, and waits for its token
        victim.kill()
        victim.join(30)
    finally:
        _Login.hold.set()
    clock = RealClock()
    auth = lwa(clock, open_store(tmp_path / "tokens.json", clock), url=login + "/auth/o2/token")
    with contextlib.closing(Session(endpoint=login, clock=clock, auth=auth, buckets=Buckets(clock))) as session:
        assert session.send(Request(FAST, {"id": "1"}), deadline=clock.now() + 30).status == 200
    assert sorted(f.name for f in tmp_path.iterdir()) == ["tokens.json", "tokens.json.lock"]
    assert stat.S_IMODE((tmp_path / "tokens.json").stat().st_mode) == 0o600
    assert json.loads((tmp_path / "tokens.json").read_text())["tokens"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_opens_connections_of_its_own(login: str, tmp_path: Path) -> None:
    clock = RealClock()
    auth = lwa(clock, open_store("memory://", clock), url=login + "/auth/o2/token")
    session = Session(endpoint=login, clock=clock, auth=auth, buckets=Buckets(clock))
    assert session.send(Request(FAST, {"id": "1"})).status == 200
    session._lock.acquire()  # held by another thread at the fork
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if session.send(Request(FAST, {"id": "1"})).status == 200 else 1)
        finally:
            os._exit(2)
    session._lock.release()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert session.send(Request(FAST, {"id": "1"})).status == 200
    session.close()
