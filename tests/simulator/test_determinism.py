"""Same seed and day: equal bytes, in another run and in another process, for reads and for what is written."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from amzsql.clock import RealClock, VirtualClock
from amzsql.simulator import Simulator

from .conftest import START
from .sweeping import BEFORE_REMOVALS, Sweep
from .test_server import connected, login, serving

ROOT = Path(__file__).parents[2]


def digest(seed: int = 1) -> str:
    """Return a digest of every answer of a pass over all operations, in the order of their names."""
    clock = VirtualClock(BEFORE_REMOVALS)
    sweep = Sweep(Simulator(clock, seed=seed, orders=200, throttle="off"), clock)
    sweep.run()
    found = hashlib.sha256()
    for key in sorted(sweep.answers):
        answer = sweep.answers[key]
        found.update(f"{key} {answer.status_code} {sorted(answer.headers.items())}".encode() + answer.content)
    return found.hexdigest()


def test_two_runs_in_two_processes_answer_the_same_bytes() -> None:
    code = "from tests.simulator.test_determinism import digest; print(digest())"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT), "TZ": "Asia/Tokyo"}
    other = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=100
    )
    assert other.stdout.strip() == digest()


def test_another_seed_answers_otherwise() -> None:
    assert digest() != digest(seed=2)


class Later(RealClock):
    """The wall's clock, some hours and a part of a second ahead."""

    def now(self) -> float:
        return super().now() + 12_345.678


def over_a_socket(clock: RealClock, *, frozen: bool) -> list[tuple[int, dict[str, str], bytes]]:
    """Return (status, headers, body) of a login, pages, a document and a restricted token, asked over a socket."""
    simulator = Simulator(clock, orders=60, today=date(2026, 11, 20), throttle="off", frozen=frozen)
    seen: list[tuple[int, dict[str, str], bytes]] = []
    with serving(simulator) as server, connected(server.server_port) as connection:
        headers = login(connection)
        seen.append((0, headers, b""))

        def ask(method: str, path: str, body: object = None) -> None:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read().replace(str(server.server_port).encode(), b"PORT")
            told = {n: v for n, v in answer.getheaders() if n != "Content-Length"}
            seen.append((answer.status, told, content))

        ask("GET", f"/orders/2026-01-01/orders?createdAfter={START}&maxResultsPerPage=10")
        ask("POST", "/feeds/2021-06-30/documents", {"contentType": "text/plain"})
        resource = {"method": "GET", "path": "/orders/v0/orders", "dataElements": ["buyerInfo"]}
        ask("POST", "/tokens/2021-03-01/restrictedDataToken", {"restrictedResources": [resource]})
    assert [status for status, _, _ in seen[1:]] == [200, 201, 200]
    return seen


def test_two_servers_of_a_day_whose_clocks_stand_answer_the_same_bytes() -> None:
    once = over_a_socket(RealClock(), frozen=True)
    assert once == over_a_socket(Later(), frozen=True)
    assert {told["Date"] for _, told, _ in once[1:]} == {"Fri, 20 Nov 2026 12:00:00 GMT"}
    assert not any("Server" in told for _, told, _ in once)


def test_a_day_begins_at_noon_and_tokens_hold_whole_seconds() -> None:
    """The clocks differ by hours and a part of a second; within the first second the answers do not."""
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
    found = []
    for start in (1_795_000_000.25, 1_795_033_333.5):
        clock = VirtualClock(start)
        simulator = Simulator(clock, today=date(2026, 11, 20))
        assert simulator.now() == pytest.approx(noon)
        clock.wait(start + 0.125)
        with serving(simulator, clock=clock) as server, connected(server.server_port) as connection:
            found.append(login(connection))
    assert found[0] == found[1]
