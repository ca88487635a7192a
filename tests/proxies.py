"""Proxies and servers of this machine that a connection goes through: HTTP and SOCKS 5, with passwords, with TLS."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import trustme
from driving import served

from amzsql.simulator import Server

USER, PASSWORD = "agent", "pass w%rd: canary"


class _Proxy(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    seen: list[str]
    password: str | None


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes to and fro until one of both ends."""
    pairs = {one: other, other: one}
    with contextlib.suppress(OSError):
        while True:
            ready, _, _ = select.select(list(pairs), [], [], 20)
            pending = [s for s in pairs if isinstance(s, ssl.SSLSocket) and s.pending()]
            for each in {*ready, *pending}:
                data = each.recv(65536)
                if not data:
                    return
                pairs[each].sendall(data)
            if not ready:
                return


class _Http(socketserver.BaseRequestHandler):
    """CONNECT, and requests by their whole address."""

    server: _Proxy

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self._answer()

    def _answer(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            more = self.request.recv(65536)
            if not more:
                return
            head += more
        line, *rest = head.decode("latin-1").split("\r\n")
        method, target, _ = line.split(" ")
        self.server.seen.append(f"{method} {target}")
        wanted = f"{USER}:{self.server.password}"
        told = next((h.partition(": ")[2] for h in rest if h.lower().startswith("proxy-authorization")), "")
        if self.server.password is not None and told != "Basic " + base64.b64encode(wanted.encode()).decode():
            self.request.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port))) as there:
                self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                _relay(self.request, there)
            return
        host, _, path = target.removeprefix("http://").partition("/")
        name, _, port = host.partition(":")
        with socket.create_connection((name, int(port))) as there:
            # One request for each connection: the next has another address.
            kept = ["Connection: close", *(h for h in rest if not h.lower().startswith(("proxy-", "connection")))]
            there.sendall("\r\n".join([f"{method} /{path} HTTP/1.1", *kept]).encode("latin-1"))
            _relay(self.request, there)


class _Socks(socketserver.BaseRequestHandler):
    """SOCKS 5 with a user and a password; names are looked up here."""

    server: _Proxy

    def _take(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.request.recv(count - len(data))
            if not more:
                raise ConnectionError("gone")
            data += more
        return data

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self._answer()

    def _answer(self) -> None:
        _, count = self._take(2)
        methods = self._take(count)
        if self.server.password is None:
            self.request.sendall(b"\x05\x00")
        elif 2 not in methods:
            self.request.sendall(b"\x05\xff")
            return
        else:
            self.request.sendall(b"\x05\x02")
            user = self._take(self._take(2)[1])
            password = self._take(self._take(1)[0])
            good = (user.decode(), password.decode()) == (USER, self.server.password)
            self.request.sendall(b"\x01" + (b"\x00" if good else b"\x01"))
            if not good:
                return
        _, _, _, kind = self._take(4)
        host = self._take(self._take(1)[0]).decode() if kind == 3 else socket.inet_ntoa(self._take(4))
        (port,) = struct.unpack("!H", self._take(2))
        self.server.seen.append(f"SOCKS {host}:{port}")
        with socket.create_connection((host, port)) as there:
            self.request.sendall(b"\x05\x00\x00\x01" + socket.inet_aton("127.0.0.1") + struct.pack("!H", port))
            _relay(self.request, there)


@contextmanager
def proxy(kind: str, *, password: str | None = PASSWORD, tls: ssl.SSLContext | None = None) -> Iterator[_Proxy]:
    """Run a proxy of a kind (http, socks) on this machine."""
    with _Proxy(("127.0.0.1", 0), _Socks if kind == "socks" else _Http) as server:
        server.seen, server.password = [], password
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        worker.start()
        try:
            yield server
        finally:
            server.shutdown()
            worker.join(5)


class Authority:
    """A certificate authority of one's own, with a context for a server on this machine."""

    def __init__(self, *names: str) -> None:
        self.names = names or ("localhost", "127.0.0.1")
        self.authority = trustme.CA()
        self.pem = self.authority.cert_pem.bytes().decode()

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*self.names).configure_cert(context)
        return context


@contextmanager
def served_encrypted(app: Any, authority: Authority) -> Iterator[str]:
    """Serve an application with TLS; yield its address."""
    with Server(app) as server:
        server.socket = authority.context().wrap_socket(server.socket, server_side=True)
        worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        worker.start()
        try:
            yield f"https://localhost:{server.server_port}"
        finally:
            server.shutdown()
            worker.join(5)


__all__ = ["PASSWORD", "USER", "Authority", "proxy", "served", "served_encrypted"]
