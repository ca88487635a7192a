"""The server: who may come in from where, its clients by number, and its end.

Owns the listening socket, TLS and the bound on clients. Must not know what clients say.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import itertools
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from amzsql.errors import OperationalError, ProgrammingError
from amzsql.serve.client import Client
from amzsql.serve.framing import Reader
from amzsql.serve.login import Guard
from amzsql.serve.session import Catalog, Opener, Peers, Session

MOST_CLIENTS = 100
# Who has not yet proved a password takes no place of those who have: of more than these the oldest has to go.
MOST_STRANGERS = 50
_NUMBERS = 1 << 31


@dataclass(frozen=True, slots=True)
class Options:
    """How a server listens. `guard`: who may come in; `certificate` and `key` are PEM files."""

    host: str = "127.0.0.1"
    port: int = 3306
    guard: Guard = Guard(None)  # noqa: RUF009 - it cannot be changed
    certificate: Path | None = None
    key: Path | None = None
    writable: bool = False


def check(options: Options) -> None:
    """Refuse to let anybody of the network in without a password. ProgrammingError says what to do."""
    if not is_loopback(options.host) and not options.guard.asks:
        raise ProgrammingError(
            f"--host {options.host} lets the network in: set a password (--password asks for it, or the environment's"
            " AMZSQL_SERVE_PASSWORD), or leave --host out to serve this machine alone."
        )
    if (options.certificate is None) != (options.key is None):
        raise ProgrammingError("--tls-cert and --tls-key belong together: both are files in PEM form.")


def is_loopback(host: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Server:
    """A server of one account's connections. Use it in one event loop."""

    def __init__(self, options: Options, opener: Opener) -> None:
        check(options)
        self._options = options
        self._opener = opener
        self._catalog = Catalog(opener)
        self._tls = _tls(options)
        self._clients: dict[int, Client] = {}
        self._strangers: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that is listened on."""
        assert self._server is not None  # asked of a server that was started
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. OperationalError if the address is taken."""
        loop, options = asyncio.get_running_loop(), self._options

        def protocol() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(Reader(loop=loop), self._connected, loop=loop)

        try:
            self._server = await loop.create_server(protocol, options.host, options.port)
        except OSError as failure:
            raise OperationalError(
                f"{options.host}:{options.port} cannot be listened on ({failure.strerror or failure}): choose another"
                " --port."
            ) from None

    async def stop(self) -> None:
        """Let nobody in any more, and end all clients and their statements."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def warm(self) -> None:
        """Make information_schema before anybody asks for it; blocks for some seconds."""
        self._catalog.connection().close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert isinstance(reader, Reader)
        task = asyncio.current_task()
        assert task is not None
        try:
            number = next(self._numbers) % _NUMBERS
            peers = Peers(_on(asyncio.get_running_loop(), self._kill), self._listed)
            session = Session(number, self._opener, self._catalog.connection, peers, writable=self._options.writable)
            client = Client(session, reader, writer, self._options.guard, self._tls, self._enter)
            self._strangers[number] = task
            self._tasks.add(task)
            if len(self._strangers) > MOST_STRANGERS:
                self._strangers.pop(next(iter(self._strangers))).cancel()
            try:
                # Killed as it came in, or with the server: there is nobody to be told.
                with contextlib.suppress(asyncio.CancelledError):
                    await client.run()
            finally:
                self._strangers.pop(number, None)
                self._clients.pop(number, None)
                self._tasks.discard(task)
        finally:
            writer.close()

    def _enter(self, client: Client) -> bool:
        """Give a client a place that has proved its password; False if there is none."""
        number = client.session.number
        if number not in self._clients and len(self._clients) >= MOST_CLIENTS:
            return False
        self._strangers.pop(number, None)
        self._clients[number] = client
        return True

    def _listed(self) -> list[Session]:
        return [client.session for client in list(self._clients.values())]

    def _kill(self, number: int, statement: bool) -> None:
        client = self._clients.get(number)
        if client is not None:
            client.kill(statement)


def _on(loop: asyncio.AbstractEventLoop, work: Callable[[int, bool], None]) -> Callable[[int, bool], None]:
    """Return what has the loop's thread do something."""

    def ask(number: int, statement: bool) -> None:
        loop.call_soon_threadsafe(work, number, statement)

    return ask


def _tls(options: Options) -> ssl.SSLContext | None:
    if options.certificate is None or options.key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(options.certificate, options.key)
    except (OSError, ssl.SSLError) as failure:
        raise ProgrammingError(
            f"--tls-cert {options.certificate} with --tls-key {options.key}: {failure}. Both are files in PEM form."
        ) from None
    return context


def serve(options: Options, opener: Opener, announce: Callable[[int], None]) -> None:
    """Serve until Ctrl-C; `announce` is told the port."""

    async def run() -> None:
        server = Server(options, opener)
        await server.start()
        try:
            # Tools give up on a server that lets them wait for its catalog when they connect.
            await asyncio.get_running_loop().run_in_executor(None, server.warm)
            announce(server.port)
            await asyncio.Event().wait()
        finally:
            await server.stop()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())
