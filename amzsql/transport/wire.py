"""Sockets that a deadline or cancel() can interrupt.

httpx has a timeout for each read and none for the whole, and a thread inside recv() cannot be called back. So the
sockets here never block: they poll in short slices and ask the thread's `Guard` in between. Knows nothing of Amazon.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpcore
import httpx

from amzsql.transport.guard import current
from amzsql.transport.network import Network, Proxy

T = TypeVar("T")
SocketOptions = Iterable[Any]
Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)
SLICE = 0.1
PIECE = 65536


def _check() -> None:
    guard = current()
    if guard is not None:
        guard.check()


def _await(sock: socket.socket, event: int) -> None:
    """Wait until the socket is ready, asking the guard every tenth of a second."""
    with Selector() as selector:
        selector.register(sock, event)
        while not selector.select(SLICE):
            _check()


def _until_ready(sock: socket.socket, action: Callable[[], T], event: int) -> T:
    """Run a non-blocking action, again whenever the socket becomes ready."""
    while True:
        _check()
        try:
            return action()
        except ssl.SSLWantReadError:
            _await(sock, selectors.EVENT_READ)
        except ssl.SSLWantWriteError:
            _await(sock, selectors.EVENT_WRITE)
        except BlockingIOError:
            _await(sock, event)


def _send_all(buffer: bytes, send: Callable[[memoryview], int]) -> None:
    """Send a buffer piece by piece; WriteError if the connection breaks."""
    left = memoryview(buffer)
    try:
        while left:
            left = left[send(left[:PIECE]) :]
    except OSError as error:
        raise httpcore.WriteError(_text(error)) from None


class Stream(httpcore.NetworkStream):
    """A non-blocking socket behind httpcore's blocking interface."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the guard decides
        """Return what has come, `max_bytes` at most; ReadError if the connection breaks."""
        try:
            return _until_ready(self._sock, lambda: self._sock.recv(max_bytes), selectors.EVENT_READ)
        except OSError as error:
            raise httpcore.ReadError(_text(error)) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the guard decides
        """Send all of a buffer; WriteError if the connection breaks."""
        _send_all(buffer, lambda piece: _until_ready(self._sock, lambda: self._sock.send(piece), selectors.EVENT_WRITE))

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the guard decides
    ) -> httpcore.NetworkStream:
        """Return the stream encrypted; ConnectError if the server's certificate is not accepted."""
        if isinstance(self._sock, ssl.SSLSocket):
            # A socket is encrypted once: what goes through an encrypted proxy is encrypted in memory.
            return Inner(self, ssl_context, server_hostname)
        try:
            secure = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname, do_handshake_on_connect=False)
        except OSError as error:
            self.close()
            raise httpcore.ConnectError(_text(error)) from None
        with closing_on_error(secure):
            try:
                _until_ready(secure, secure.do_handshake, selectors.EVENT_READ)
            except OSError as error:
                raise httpcore.ConnectError(_text(error)) from None
        return Stream(secure)

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks of a socket, or None."""
        if info == "is_readable":
            with Selector() as selector:
                selector.register(self._sock, selectors.EVENT_READ)
                return bool(selector.select(0))
        if info == "ssl_object":
            return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
        return self._sock if info == "socket" else None


class Inner(httpcore.NetworkStream):
    """A stream encrypted inside of another that is: what a tunnel through an encrypted proxy carries."""

    def __init__(self, outer: Stream, context: ssl.SSLContext, server_hostname: str | None) -> None:
        self._outer = outer
        self._coming, self._going = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._coming, self._going, server_hostname=server_hostname)
        try:
            self._driven(self._tls.do_handshake)
        except OSError as error:
            raise httpcore.ConnectError(_text(error)) from None

    def _driven(self, action: Callable[[], T]) -> T:
        """Run an action of TLS, and carry to and fro what it gives and needs."""
        while True:
            try:
                result = action()
            except ssl.SSLWantReadError:
                self._flush()
                data = self._outer.read(PIECE)
                if data:
                    self._coming.write(data)
                else:
                    self._coming.write_eof()
                continue
            self._flush()
            return result

    def _flush(self) -> None:
        if data := self._going.read():
            self._outer.write(data)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the guard decides
        """Return what has come, `max_bytes` at most; ReadError if the connection breaks."""
        try:
            return self._driven(lambda: self._tls.read(max_bytes))
        except ssl.SSLZeroReturnError:
            return b""
        except OSError as error:
            raise httpcore.ReadError(_text(error)) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the guard decides
        """Send all of a buffer; WriteError if the connection breaks."""
        _send_all(buffer, lambda piece: self._driven(lambda: self._tls.write(piece)))

    def close(self) -> None:
        """Close the socket."""
        self._outer.close()

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks of a socket, or None."""
        return self._tls if info == "ssl_object" else self._outer.get_extra_info(info)


class Backend(httpcore.NetworkBackend):
    """Opens such sockets; `whose` is said of the host that it connects to, such as ``the proxy``."""

    def __init__(self, whose: str = "") -> None:
        self._whose = whose

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the guard decides
        local_address: str | None = None,  # noqa: ARG002 - never set by us
        socket_options: SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers; ConnectError if none does."""
        problem = f"{host} has no address"
        for family, kind, protocol, _, address in _resolve(host, port):
            sock = socket.socket(family, kind, protocol)
            try:
                with closing_on_error(sock):
                    _connect(sock, address)
            except OSError as error:
                problem = _text(error)
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for option in socket_options or ():
                sock.setsockopt(*option)
            return Stream(sock)
        raise httpcore.ConnectError(f"{self._whose}: {problem}" if self._whose else problem)


@contextmanager
def closing_on_error(sock: socket.socket) -> Iterator[None]:
    """Close the socket if the block does not come to its end, for whatever reason."""
    with contextlib.ExitStack() as stack:
        stack.callback(sock.close)
        yield
        stack.pop_all()


def _connect(sock: socket.socket, address: Any) -> None:
    sock.setblocking(False)
    code = sock.connect_ex(address)
    if code in (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN):
        _await(sock, selectors.EVENT_WRITE)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def _resolve(host: str, port: int) -> list[Any]:
    """Look the name up in a thread of its own: getaddrinfo cannot be interrupted."""
    found: list[Any] = []
    problem: list[OSError] = []

    def look_up() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            problem.append(error)

    worker = threading.Thread(target=look_up, name="amzsql-resolve", daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(SLICE)
        _check()
    if problem:
        raise httpcore.ConnectError(f"{host}: {_text(problem[0])}")
    return found


def _text(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


class WireTransport(httpx.HTTPTransport):
    """httpx's transport over these sockets, with as many connections as there are threads."""

    def __init__(self, verify: ssl.SSLContext | bool = True, proxy: Proxy | None = None) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=30.0)
        if proxy is None:
            super().__init__(verify=verify, limits=limits)
        else:
            super().__init__(verify=verify, limits=limits, proxy=_way(proxy, verify))
        self._pool._network_backend = Backend(str(proxy) if proxy is not None else "")


def _way(proxy: Proxy, verify: ssl.SSLContext | bool) -> httpx.Proxy:
    """Return a proxy as httpx has it, with its password."""
    auth = (proxy.user, proxy.password.reveal() if proxy.password is not None else "") if proxy.user else None
    encrypted = verify if proxy.scheme == "https" and isinstance(verify, ssl.SSLContext) else None
    return httpx.Proxy(proxy.url, auth=auth, ssl_context=encrypted)


class NetworkTransport(httpx.BaseTransport):
    """Each host by its way: straight, or through a proxy."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._verify = _trusted(network.certificate)
        self._ways: dict[Proxy | None, WireTransport] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request the way of its host."""
        proxy = self._network.proxy_of(request.url.host, request.url.scheme)
        with self._lock:
            if proxy not in self._ways:
                self._ways[proxy] = WireTransport(self._verify, proxy)
            way = self._ways[proxy]
        return way.handle_request(request)

    def close(self) -> None:
        """Close all connections."""
        for way in self._ways.values():
            way.close()


def _trusted(certificate: str) -> ssl.SSLContext:
    """Return whose certificates are taken: the usual authorities', and those of the property SSLServerCert."""
    context = httpx.create_ssl_context()
    if certificate.startswith("-----"):
        context.load_verify_locations(cadata=certificate)
    elif certificate:
        context.load_verify_locations(cafile=certificate)
    if certificate:
        # A server's own certificate is taken too, not only that of who signed it; and companies' authorities lack what
        # newer Pythons want of public ones.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
