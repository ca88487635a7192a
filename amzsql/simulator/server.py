"""The simulator on a socket: a threading HTTP/1.1 server of the standard library, for clients of other processes.

It answers on the loopback interface only, keeps connections open, and if told so compresses
bodies for those who accept it: on one machine that only costs time. Faults of the wire are done here: a body that
stops, a connection that is reset, a slow drip.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import os
import socket
import struct
import traceback
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from amzsql.clock import Clock, RealClock

from . import faults as scenarios
from . import sandbox as sandboxes
from .app import WIRE, Simulator, Throttle
from .spoiled import SILENT

Application = Callable[[Mapping[str, Any], Any], Iterable[bytes]]

_WORTH_COMPRESSING = 1000
MOST_ORDERS = 1_000_000
MOST_PORT = 65_535
YEARS = range(1980, 3000)


class Server(ThreadingHTTPServer):
    """Serves one simulator; `server_port` tells the port that was chosen. `clock` waits where a body is to drip."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, simulator: Application, port: int = 0, *, compress: bool = False, clock: Clock | None = None
    ) -> None:
        self.simulator = simulator
        self.compress = compress
        self.clock = clock or RealClock()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """The address that clients use as endpoint and, with /auth/o2/token, for tokens."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, calls the application, writes answers."""

    protocol_version = "HTTP/1.1"
    server: Server
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def _respond(self) -> None:
        answered: list[Any] = []
        wire: dict[str, Any] = {}
        try:
            environ = {**self._environ(), WIRE: wire}
        except ValueError:
            # As before Amazon's gateway: what is no HTTP is answered with a page, not with JSON.
            self.send_error(400)
            self.close_connection = True
            return
        try:
            body = b"".join(self.server.simulator(environ, lambda *a: answered.extend(a)))
            if wire.get("end") == SILENT:
                self._reset()
                return
            status, headers = answered
        except Exception:  # the boundary: a client of the simulator sees its faults as a 500, the terminal the reason
            traceback.print_exc()
            status, headers, body = (
                "500 Internal Server Error",
                [("Content-Type", "application/json")],
                b'{"errors":[]}',
            )
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        accepted = self.headers.get("Accept-Encoding", "")
        encoded = bool(wire) or any(name == "Content-Encoding" for name, _ in headers)
        if self.server.compress and not encoded and len(body) > _WORTH_COMPRESSING and "gzip" in accepted:
            body = gzip.compress(body, compresslevel=1)
            self.send_header("Content-Encoding", "gzip")
        for name, value in headers:
            if name != "Content-Length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self._write(body, wire)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _respond  # noqa: N815

    def send_response(self, code: int, message: str | None = None) -> None:
        """Send the status alone: the time is the simulated one, and Amazon does not tell what serves it."""
        self.send_response_only(code, message)

    def _write(self, body: bytes, wire: Mapping[str, Any]) -> None:
        """Write a body as the wire's fault wants it: whole, in drops, or its first part and the end."""
        size = wire.get("chunk", len(body) or 1)
        for start in range(0, len(body) if "after" not in wire else 0, size):
            self.wfile.write(body[start : start + size])
            if "chunk" in wire:
                self.wfile.flush()
                self.server.clock.wait(self.server.clock.now() + wire["seconds"])
        if "after" in wire:
            self.wfile.write(body[: wire["after"]])
            self.wfile.flush()
            self.close_connection = True
        if wire.get("end") == "reset":
            self._reset()

    def _reset(self) -> None:
        """End the connection with a reset: what a socket does that is closed and lingers for no time."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def _environ(self) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        body = self._body()
        named: dict[str, str] = {}
        for name, value in self.headers.items():
            key = f"HTTP_{name.upper().replace('-', '_')}"
            named[key] = f"{named[key]},{value}" if key in named else value
        return {
            **named,
            "REQUEST_METHOD": self.command,
            "RAW_URI": self.path,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_AMZ_ACCESS_TOKEN": self.headers.get("x-amz-access-token", ""),
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.server_port),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
        }

    def _body(self) -> bytes:
        """Read a request's body, also one in chunks."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self._read(int(self.headers.get("Content-Length") or "0"))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self._read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(parts)

    def _read(self, size: int) -> bytes:
        if size < 0:
            raise ValueError(size)
        return self.rfile.read(size)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the standard library gives
        """Say nothing: the simulator keeps its own log."""


def check(port: int, orders: int, today: date | None) -> None:
    """Raise ValueError, with one line that names the option, for what cannot be served."""
    if not 0 <= port <= MOST_PORT:
        raise ValueError(f"--port takes 0 to {MOST_PORT}, not {port}; 0 takes a free one.")
    if not 0 <= orders <= MOST_ORDERS:
        raise ValueError(f"--orders takes 0 to {MOST_ORDERS:,}, not {orders:,}.")
    if today is not None and today.year not in YEARS:
        raise ValueError(f"--today takes a day of the years {YEARS[0]} to {YEARS[-1]}, not {today}.")


def _opened(simulator: Simulator, port: int, compress: bool) -> Server:
    try:
        return Server(simulator, port, compress=compress)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ValueError(f"Port {port} is in use: choose another, or 0 for a free one.") from error
        raise ValueError(
            f"Port {port} cannot be had ({error.strerror}): choose another, or 0 for a free one."
        ) from error


def _scenario(path: Path | None, seed: int) -> scenarios.Scenario:
    """Return the faults of a file; ValueError in one line if it cannot be read or is none."""
    if path is None:
        return scenarios.Scenario((), seed)
    try:
        return scenarios.load(path)
    except OSError as error:
        raise ValueError(f"--faults {path}: {error.strerror}.") from error


def _cases(path: Path | None) -> sandboxes.Cases | None:
    """Return the cases of a file; ValueError in one line if it cannot be read or holds none."""
    try:
        return None if path is None else sandboxes.load(path)
    except OSError as error:
        raise ValueError(f"--cases {path}: {error.strerror}.") from error


def serve(
    port: int = 0,
    *,
    seed: int = 1,
    orders: int = 2000,
    today: date | None = None,
    throttle: Throttle | None = None,
    compress: bool = False,
    faults: Path | None = None,
    sandbox: bool = False,
    cases: Path | None = None,
    control: bool = False,
    frozen: bool = False,
    announce: Callable[[str], object] = print,
) -> None:
    """Serve the simulated selling partners on a port of this machine until interrupted; 0 takes a free one.

    `faults` is a scenario's file, `cases` one of sandbox cases, which mean the sandbox; `control` opens the paths below
    /-/. `frozen`: the clock stands; since no bucket fills then, nobody is throttled unless `throttle` says so, which is
    "published" otherwise. `announce` is told the address, once it answers.

    Raises:
        ValueError: the port is in use or cannot be had, an option is beyond its range, or a file is not what it should
            be; the message says which.
    """
    check(port, orders, today)
    simulator = Simulator(
        RealClock(),
        seed=seed,
        orders=orders,
        today=today,
        throttle=throttle or ("off" if frozen else "published"),
        faults=_scenario(faults, seed),
        sandbox=sandbox or cases is not None,
        cases=_cases(cases),
        control=control,
        frozen=frozen,
    )
    with _opened(simulator, port, compress) as server:
        announce(f"Simulated Amazon on {server.url} (tokens: {server.url}/auth/o2/token)")
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
