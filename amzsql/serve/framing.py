"""Packets on a socket: their heads, their numbers, and payloads that take several of them.

Owns how long a packet and a payload may be. Must not know what is in them.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable

_FULL = 0xFFFFFF
_BUFFERED = 1 << 18
_head = struct.Struct("<I").pack
BEFORE_LOGIN = 1 << 16
MOST = 1 << 26
"""How long a client's payload may be before and after its login, in bytes; MySQL's own default is the same."""


class Gone(Exception):
    """The client has gone, or says what nobody can read."""


class TooLong(Exception):
    """A client's payload is longer than may be."""


class Reader(asyncio.StreamReader):
    """A stream of a client's bytes that gives out what has come, for whoever reads on in its place."""

    def rest(self) -> bytes:
        """Return what has come and was not read."""
        found = bytes(self._buffer)  # type: ignore[attr-defined]
        self._buffer.clear()  # type: ignore[attr-defined]
        return found


class Packets:
    """The packets of one client; a payload of 0xFFFFFF bytes or more goes on in the next, until a shorter one."""

    def __init__(self, reader: Reader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._buffer = bytearray()
        self._number = 0
        self.most = BEFORE_LOGIN

    def begin(self) -> None:
        """Count from 0 again: a command begins."""
        self._number = 0

    async def read(self) -> bytes:
        """Return the next payload.

        Raises:
            Gone: the client has closed the connection, or its packets have other numbers.
            TooLong: the payload is longer than `most` bytes.
        """
        parts: list[bytes] = []
        while True:
            try:
                head = await self._reader.readexactly(4)
                size = int.from_bytes(head[:3], "little")
                if head[3] != self._next():
                    raise Gone
                if size + sum(map(len, parts)) > self.most:
                    raise TooLong(f"A packet of more than {self.most} bytes (max_allowed_packet) came.")
                parts.append(await self._reader.readexactly(size))
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                raise Gone from error
            if size < _FULL:
                return parts[0] if len(parts) == 1 else b"".join(parts)

    async def send(self, payloads: Iterable[bytes]) -> None:
        """Send payloads, and wait as long as the client does not read."""
        for payload in payloads:
            self._put(payload)
            if len(self._buffer) >= _BUFFERED:
                await self._flush()
        await self._flush()

    def _put(self, payload: bytes) -> None:
        start = 0
        while len(payload) - start >= _FULL:
            self._buffer += _head(_FULL | self._next() << 24)
            self._buffer += payload[start : start + _FULL]
            start += _FULL
        self._buffer += _head(len(payload) - start | self._next() << 24)
        self._buffer += payload[start:] if start else payload

    def _next(self) -> int:
        number = self._number
        self._number = (number + 1) % 256
        return number

    async def _flush(self) -> None:
        if self._buffer:
            self._writer.write(bytes(self._buffer))
            self._buffer.clear()
        await self._writer.drain()
