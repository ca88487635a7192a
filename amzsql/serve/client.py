"""One client of the server: its login and its commands, over mysql-mimic's packets.

Owns the order of packets and what becomes of a statement that is killed or whose client has gone. Statements run on a
thread of the client's own, rows are sent as they come. Must not know what a statement means.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from mysql_mimic import packets
from mysql_mimic.constants import DEFAULT_SERVER_CAPABILITIES
from mysql_mimic.types import Capabilities, Commands, ServerStatus, uint_len

import amzsql
from amzsql.errors import Error
from amzsql.serve import login, wire
from amzsql.serve.framing import MOST, Gone, Packets, Reader, TooLong
from amzsql.serve.variables import VERSION
from amzsql.sql import mysql

if TYPE_CHECKING:
    from amzsql.cursor import Cursor
    from amzsql.serve.session import Answer, Session

T = TypeVar("T")
log = logging.getLogger(__name__)

# What a client says of itself and of its statements is not read.
_UNREAD = Capabilities.CLIENT_QUERY_ATTRIBUTES | Capabilities.CLIENT_CONNECT_ATTRS
CAPABILITIES = (
    (DEFAULT_SERVER_CAPABILITIES & ~_UNREAD) | Capabilities.CLIENT_TRANSACTIONS | Capabilities.CLIENT_LONG_FLAG
)
LOGIN_SECONDS = 10.0
_ROWS = 2000
_LOOK = 1.0
_AGAIN = 0.2
_AUTOCOMMIT = ServerStatus.SERVER_STATUS_AUTOCOMMIT
_FAST = b"\x01\x03"  # caching_sha2_password: the password is known, no more is needed
_SWITCH = b"\xfe"
# How a client ends, or its connection does.
_ENDS = (Gone, ConnectionError, ssl.SSLError, TimeoutError)


@dataclass(slots=True)
class Prepared:
    """A prepared statement: its text, its parameters, their types as the client told them, and long values."""

    text: str
    parameters: int
    types: wire.Types = field(default_factory=list)
    long: dict[int, bytearray] = field(default_factory=dict)


class Client:
    """A client from its first packet to its last. `enter` tells whether there is room for one that may come in."""

    def __init__(
        self,
        session: Session,
        reader: Reader,
        writer: asyncio.StreamWriter,
        guard: login.Guard,
        tls: ssl.SSLContext | None,
        enter: Callable[[Client], bool],
    ) -> None:
        self.session = session
        self._reader = reader
        self._writer = writer
        self._packets = Packets(reader, writer)
        self._guard = guard
        self._tls = tls
        self._enter = enter
        self._salt = login.nonce()
        self._capabilities = CAPABILITIES | (Capabilities.CLIENT_SSL if tls else Capabilities(0))
        self._pool = ThreadPoolExecutor(1, f"amzsql client {session.number}")
        self._prepared: dict[int, Prepared] = {}
        self._numbers = itertools.count(1)
        self._task: asyncio.Task[Any] | None = None
        self._killed: bool | None = None  # True: the statement alone
        self._working = False

    async def run(self) -> None:
        """Let the client in and answer until it leaves or is killed."""
        self._task = asyncio.current_task()
        try:
            async with asyncio.timeout(LOGIN_SECONDS):
                admitted = await self._logged_in()
            if admitted:
                self._packets.most = MOST
                while await self._answered(await self._read()):
                    pass
        except wire.ProtocolError as error:
            await self._send(wire.error(1043, "08S01", str(error)))
        except TooLong as error:
            await self._send(wire.error(*wire.TOO_LONG, str(error)))
        except _ENDS:
            log.info("client %d has gone", self.session.number)
        finally:
            self.session.cancel()
            self._pool.submit(self.session.close)
            self._pool.shutdown(wait=False)

    def kill(self, statement: bool) -> None:
        """End the client's statement, or the client; from the loop's thread."""
        if self._task is not None and (self._working or not statement):
            self._killed = statement
            self._task.cancel()

    async def _read(self) -> bytes:
        self._packets.begin()
        return await self._packets.read()

    async def _send(self, *parts: bytes) -> None:
        await self._packets.send(parts)

    # -- login -------------------------------------------------------------------------------------------------------

    async def _logged_in(self) -> bool:
        """Say who serves, hear who comes; False if that is refused, and the client is told."""
        greeting = packets.make_handshake_v10(
            capabilities=self._capabilities,
            server_charset=wire.UTF8,
            server_version=VERSION,
            connection_id=self.session.number,
            auth_data=self._salt + b"\x00",
            status_flags=_AUTOCOMMIT,
            auth_plugin_name=login.SHA2,
        )
        await self._send(greeting)
        found = wire.login_of(await self._packets.read(), self._capabilities)
        if found.encrypted:
            if self._tls is None:
                return await self._denied("TLS was not offered.")
            await self._encrypt(self._tls)
            found = wire.login_of(await self._packets.read(), self._capabilities)
        elif self._tls is not None:
            return await self._denied("This server takes encrypted connections only: turn TLS (SSL) on in the tool.")
        self._capabilities &= found.capabilities
        return await self._let_in(found)

    async def _encrypt(self, tls: ssl.SSLContext) -> None:
        """Speak TLS from here on. Its first bytes may have come with the packet that asks for it."""
        loop, plain = asyncio.get_running_loop(), self._writer.transport
        plain.pause_reading()  # type: ignore[attr-defined]
        begun = self._reader.rest()
        protocol = plain.get_protocol()
        protocol._over_ssl = True  # type: ignore[attr-defined]
        upgrade = asyncio.ensure_future(loop.start_tls(plain, protocol, tls, server_side=True))
        await asyncio.sleep(0)
        if begun:
            # Behind what the upgrade has put into the loop's queue, and before anything is read of the socket.
            loop.call_soon(_feed, plain.get_protocol(), begun)
        made = await upgrade
        self._writer._transport = made  # type: ignore[attr-defined]
        self._reader._transport = made  # type: ignore[attr-defined]

    async def _let_in(self, found: wire.Login) -> bool:
        """Welcome who knows the password; False if he does not, and is told."""
        if not await self._proven(found.user, found.plugin or login.NATIVE, found.proof):
            return await self._denied(f"Access denied for user '{found.user}'.")
        return await self._welcomed(found.user, found.database)

    async def _proven(self, user: str, plugin: str, proof: bytes) -> bool:
        """Tell whether a client knows the password, asking in a way that we know if it came in another."""
        if plugin not in (login.SHA2, login.NATIVE):
            plugin = login.SHA2
            await self._send(_SWITCH + plugin.encode() + b"\x00" + self._salt + b"\x00")
            proof = await self._packets.read()
        proof = proof.rstrip(b"\x00") if len(proof) <= 1 else proof
        admitted = self._guard.admits(user, plugin, proof, self._salt)
        if admitted and plugin == login.SHA2 and proof:
            await self._send(_FAST)
        return admitted

    async def _denied(self, text: str) -> bool:
        await self._send(wire.error(*wire.DENIED, text))
        return False

    async def _welcomed(self, user: str, database: str) -> bool:
        self.session.user = user
        if not self._enter(self):
            await self._send(wire.error(1040, "08004", "There are too many clients already."))
            return False
        if database:
            try:
                await self._work(lambda: self.session.use(database))
            except Error as error:
                await self._send(wire.error(1049, "42000", str(error)))
                return False
        await self._send(self._ok())
        return True

    # -- commands ----------------------------------------------------------------------------------------------------

    async def _answered(self, data: bytes) -> bool:
        """Answer a command; False if the client leaves or is killed."""
        try:
            return await self._command(data[:1], data[1:])
        except Error as error:
            await self._send(wire.error_of(error))
        except wire.ProtocolError as error:
            await self._send(wire.error(*error.code, str(error)))
        except asyncio.CancelledError:
            if self._killed is None or self._task is None:
                raise
            statement, self._killed = self._killed, None
            self._task.uncancel()
            await self._send(wire.error(*wire.KILLED, "The statement was killed."))
            return statement
        except (*_ENDS, TooLong):
            raise
        except Exception:  # the boundary: a fault of ours ends a statement and not a tool's connection; the log has it
            log.exception("client %d: a statement ended in a fault of amzsql serve", self.session.number)
            await self._send(wire.error(*wire.INTERNAL, "An internal error in amzsql serve; its log tells more."))
        finally:
            self.session.rest()
        return True

    async def _command(self, command: bytes, rest: bytes) -> bool:
        number = command[0] if command else -1
        if number == Commands.COM_QUIT:
            return False
        if number == Commands.COM_QUERY:
            text = rest.decode("utf-8", "replace")
            await self._rows(await self._work(lambda: self.session.answer(text)), binary=False)
        elif number == Commands.COM_STMT_PREPARE:
            await self._prepare(rest.decode("utf-8", "replace"))
        elif number == Commands.COM_STMT_EXECUTE:
            await self._execute(rest)
        elif number == Commands.COM_STMT_SEND_LONG_DATA:
            # Nothing answers this command.
            place = int.from_bytes(rest[4:6], "little")
            known = self._prepared.get(int.from_bytes(rest[:4], "little"))
            if known is not None:
                known.long.setdefault(place, bytearray()).extend(rest[6:])
        elif number == Commands.COM_STMT_CLOSE:
            self._prepared.pop(int.from_bytes(rest[:4], "little"), None)
        elif number == Commands.COM_STMT_RESET:
            self._statement(rest).long.clear()
            await self._send(self._ok())
        elif number == Commands.COM_INIT_DB:
            await self._work(lambda: self.session.use(rest.decode("utf-8", "replace")))
            await self._send(self._ok())
        elif number in (Commands.COM_PING, Commands.COM_DEBUG, Commands.COM_SET_OPTION):
            await self._send(self._eof() if number == Commands.COM_SET_OPTION else self._ok())
        elif number == Commands.COM_RESET_CONNECTION:
            self._prepared.clear()
            await self._work(self.session.reset)
            await self._send(self._ok())
        elif number == Commands.COM_CHANGE_USER:
            return await self._changed(rest)
        elif number == Commands.COM_FIELD_LIST:
            await self._fields(rest)
        elif number == Commands.COM_PROCESS_KILL:
            self.session.end(int.from_bytes(rest[:4], "little"), statement=False)
            await self._send(self._ok())
        elif number == Commands.COM_STATISTICS:
            await self._send(b"Uptime: 1  Threads: 1")
        else:
            await self._send(wire.error(*wire.UNKNOWN_COMMAND, f"The command {number} is not answered here."))
        return True

    async def _changed(self, rest: bytes) -> bool:
        """Take another user in the client's place, as pools do; he must know the password as well."""
        found = wire.change_of(rest, self._capabilities)
        self._prepared.clear()
        await self._work(lambda: self.session.reset(database=""))
        return await self._let_in(found)

    async def _fields(self, rest: bytes) -> None:
        """Tell a table's columns, as the mysql command line asks them for its completion."""
        table = rest.split(b"\x00")[0].decode("utf-8", "replace")
        found = amzsql.metadata.table(await self._work(lambda: self.session.database), table)
        columns = [wire.column((c.name, c.type, None, None, None, None, True)) for c in found.columns] if found else []
        # Each ends with its default, of which there is none.
        await self._send(*(c.definition + b"\xfb" for c in columns), self._eof())

    # -- prepared statements -----------------------------------------------------------------------------------------

    async def _prepare(self, text: str) -> None:
        count = mysql.parameters(text)
        described = await self._work(lambda: self.session.schema(text, count))
        number = next(self._numbers)
        self._prepared[number] = Prepared(text, count)
        parts = [wire.prepared(number, count, len(described))]
        for definitions in ([wire.parameter()] * count, [wire.column(d).definition for d in described]):
            parts += definitions
            parts += [self._eof()] if definitions and not self._without_eof else []
        await self._send(*parts)

    def _statement(self, rest: bytes) -> Prepared:
        found = self._prepared.get(int.from_bytes(rest[:4], "little"))
        if found is None:
            text = "There is no such prepared statement: prepare it again."
            raise wire.ProtocolError(text, wire.UNKNOWN_STATEMENT)
        return found

    async def _execute(self, rest: bytes) -> None:
        """Run a prepared statement; a cursor that the client asks for is not opened, and all rows are sent at once."""
        known = self._statement(rest)
        try:
            values, known.types = wire.values(rest[9:], known.parameters, known.types, known.long)
        except (ValueError, ArithmeticError, IndexError, TypeError) as error:
            raise wire.ProtocolError("A value could not be read.") from error
        known.long.clear()
        await self._rows(await self._work(lambda: self.session.answer(known.text, values)), binary=True)

    # -- answers -----------------------------------------------------------------------------------------------------

    async def _rows(self, answer: Answer, *, binary: bool) -> None:
        """Send an answer, its rows as they come."""
        cursor = answer.cursor
        if cursor is None:
            await self._send(self._ok(affected_rows=answer.changed, last_insert_id=answer.identity))
            return
        columns = [wire.column(d) for d in cursor.description or ()]
        head = [uint_len(len(columns)), *(c.definition for c in columns)]
        head += [] if self._without_eof else [self._eof()]
        written = wire.binary_row if binary else wire.text_row
        # The head waits for the first rows: Connector/J loses its place if an error follows upon the columns.
        async for rows in self._batches(cursor):
            await self._packets.send(itertools.chain(head, (written(row, columns) for row in rows)))
            head = []
        await self._send(*head, self._ok(eof=True) if self._without_eof else self._eof())

    async def _batches(self, cursor: Cursor) -> AsyncIterator[list[tuple[Any, ...]]]:
        while rows := await self._work(lambda: self.session.fetch(cursor, _ROWS)):
            yield rows

    async def _work(self, work: Callable[[], T]) -> T:
        """Do what may block on the client's own thread; end it if the client is killed or has gone."""
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        self._working = True
        try:
            while not future.done():
                await asyncio.wait({future}, timeout=_LOOK)
                if not future.done() and self._reader.at_eof():
                    self.session.cancel()
            return future.result()
        except asyncio.CancelledError:
            # Asked again: what had not yet begun when it was asked first does not hear it.
            while not future.done():
                self.session.cancel()
                await asyncio.wait({future}, timeout=_AGAIN)
            if not future.cancelled():
                future.exception()
            raise
        finally:
            self._working = False

    # -- packets -----------------------------------------------------------------------------------------------------

    @property
    def _without_eof(self) -> bool:
        return Capabilities.CLIENT_DEPRECATE_EOF in self._capabilities

    @property
    def _status(self) -> ServerStatus:
        own = _AUTOCOMMIT if self.session.variables.autocommit else ServerStatus(0)
        return own | ServerStatus.SERVER_STATUS_IN_TRANS if self.session.in_transaction else own

    def _ok(self, **more: Any) -> bytes:
        warnings = min(len(self.session.warnings), 65535)
        return bytes(
            packets.make_ok(capabilities=self._capabilities, status_flags=self._status, warnings=warnings, **more)
        )

    def _eof(self) -> bytes:
        warnings = min(len(self.session.warnings), 65535)
        return bytes(packets.make_eof(capabilities=self._capabilities, status_flags=self._status, warnings=warnings))


def _feed(protocol: Any, data: bytes) -> None:
    """Give a protocol that fills buffers some bytes."""
    while data:
        buffer = protocol.get_buffer(len(data))
        part = data[: len(buffer)]
        buffer[: len(part)] = part
        protocol.buffer_updated(len(part))
        data = data[len(part) :]
