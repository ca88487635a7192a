"""Connections to a prepared Amazon: the simulator in process with faults, or on a socket that can be made to hang."""

from __future__ import annotations

import gc
import json
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from amzsql.clock import Clock, RealClock, VirtualClock
from amzsql.connection import Connection, Runtime
from amzsql.settings import read
from amzsql.simulator import Fault, Server, Simulator

# 2026-11-18T11:06:40Z
NOW = 1_795_000_000.0
SECRETS = {
    "OAuthClientId": "amzn1.application-oa2-client.tests",
    "OAuthClientSecret": "planted-client-secret",
    "OAuthRefreshToken": "Atzr|planted-refresh-token",
}
ALL_ORDERS = "SELECT * FROM Orders WHERE PurchaseDate >= '2026-01-01'"


def over(app: Callable[..., Any], clock: Clock, **properties: Any) -> Connection:
    """Connect to a WSGI application in Amazon's place."""
    settings = read("", **({"Marketplace": "United States"} | SECRETS | properties))
    return Connection(settings, Runtime(settings, app=app, clock=clock))


def simulated(
    *faults: Fault, orders: int = 250, throttle: Any = "published", **properties: Any
) -> tuple[Connection, Simulator]:
    """Connect to a simulator with faults, on a virtual clock."""
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=orders, faults=faults, throttle=throttle)
    return over(simulator, clock, **properties), simulator


def asked(simulator: Simulator, operation: str) -> list[int]:
    """Return the status of each answer of an operation."""
    return [r.status for r in simulator.log if r.operation.endswith(operation)]


def rows(connection: Connection, statement: str = ALL_ORDERS, parameters: Any = None) -> list[tuple[Any, ...]]:
    """Return a statement's rows."""
    return connection.cursor().execute(statement, parameters).fetchall()


class Regions:
    """Amazon in all regions, with a note of which was asked; `closed` knows no account anywhere."""

    def __init__(self, clock: VirtualClock, closed: bool = False) -> None:
        self.simulator = Simulator(clock, orders=20)
        self.hosts: list[str] = []
        self._closed = closed

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/auth"):
            return self.simulator(environ, start)
        self.hosts.append(environ["HTTP_HOST"])
        if not self._closed:
            return self.simulator(environ, start)
        start("403 Forbidden", [("Content-Type", "application/json")])
        return [json.dumps({"errors": [{"code": "Unauthorized", "message": "Access denied."}]}).encode()]


class Hanging:
    """A simulator whose answers to an operation stay out, from the `nth` call on, until it is released."""

    def __init__(self, simulator: Simulator, operation: str, nth: int = 1) -> None:
        self._simulator, self._path, self._left = simulator, operation, nth
        self.reached = threading.Event()
        self.released = threading.Event()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if self._path in environ["PATH_INFO"]:
            self._left -= 1
            if self._left <= 0:
                self.reached.set()
                self.released.wait(60)
        return self._simulator(environ, start)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application on a socket of this machine; yield its address."""
    with Server(app) as server:
        worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        worker.start()
        try:
            yield server.url
        finally:
            if isinstance(app, Hanging):
                app.released.set()
            server.shutdown()
            worker.join(5)


def over_socket(url: str, **properties: Any) -> Connection:
    """Connect to a socket, with the real clock and nothing on disk."""
    memory = {"StateLocation": "memory://", "OAuthSettingsLocation": "memory://"}
    settings = read("", **({"Marketplace": "United States", "Endpoint": url} | SECRETS | memory | properties))
    return Connection(settings, Runtime(settings))


def real_simulator(orders: int = 250, throttle: Any = "off") -> Simulator:
    """Return a simulator on the real clock, to be served."""
    return Simulator(RealClock(), orders=orders, throttle=throttle)


def workers() -> list[threading.Thread]:
    """Return the threads that work for statements."""
    return [t for t in threading.enumerate() if t.name.startswith("amzsql ")]


def workers_end(seconds: float = 5.0) -> bool:
    """Tell whether all threads of statements end within that time; those that nobody holds any more end first."""
    gc.collect()
    for worker in workers():
        worker.join(seconds)
    frames = sys._current_frames()
    for left in workers():
        print(f"{left.name} is left:", *traceback.format_stack(frames[left.ident or 0])[-6:])
    return not workers()
