"""The simulator on a socket: a threading HTTP/1.1 server of the standard library, for clients of other processes.

It answers on the loopback interface only, keeps connections open, and if told so compresses
bodies for those who accept it: on one machine that only costs time.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import traceback
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from amzsql.clock import RealClock

from .app import Simulator, Throttle

_WORTH_COMPRESSING = 1000
MOST_ORDERS = 1_000_000
MOST_PORT = 65_535
YEARS = range(1980, 3000)


class Server(ThreadingHTTPServer):
    """Serves one simulator; `server_port` tells the port that was chosen."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, simulator: Simulator, port: int = 0, *, compress: bool = False) -> None:
        self.simulator = simulator
        self.compress = compress
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
        try:
            body = b"".join(self.server.simulator(self._environ(), lambda *a: answered.extend(a)))
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
        if self.server.compress and len(body) > _WORTH_COMPRESSING and "gzip" in accepted:
            body = gzip.compress(body, compresslevel=1)
            self.send_header("Content-Encoding", "gzip")
        for name, value in headers:
            if name != "Content-Length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _respond  # noqa: N815

    def _environ(self) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        length = self.headers.get("Content-Length") or "0"
        return {
            "REQUEST_METHOD": self.command,
            "RAW_URI": self.path,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": length,
            "HTTP_X_AMZ_ACCESS_TOKEN": self.headers.get("x-amz-access-token", ""),
            "wsgi.input": io.BytesIO(self.rfile.read(int(length))),
        }

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


def serve(
    port: int = 0,
    *,
    seed: int = 1,
    orders: int = 2000,
    today: date | None = None,
    throttle: Throttle = "published",
    compress: bool = False,
    announce: Callable[[str], object] = print,
) -> None:
    """Serve a simulated seller on a port of this machine until interrupted; 0 takes a free one.

    `announce` is told the address, once it answers.

    Raises:
        ValueError: the port is in use or cannot be had, or an option is beyond its range; the message says which.
    """
    check(port, orders, today)
    simulator = Simulator(RealClock(), seed=seed, orders=orders, today=today, throttle=throttle)
    with _opened(simulator, port, compress) as server:
        announce(f"Simulated Amazon on {server.url} (tokens: {server.url}/auth/o2/token)")
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
