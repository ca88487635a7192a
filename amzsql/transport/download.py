"""A document behind an address that Amazon hands out for five minutes, as a stream of bytes.

Owns that its bytes come whole, each once, or not at all: an address that is over is asked for anew, a connection that
breaks is taken up where it broke. Must not know what kinds of documents there are, nor unpack them: pieces come as they
were downloaded. The address is a secret: it stands in no message.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from amzsql.errors import AccessDenied, DataError, OperationalError, api_error_class
from amzsql.transport.guard import Guard

if TYPE_CHECKING:
    from amzsql.transport.incoming import Incoming
    from amzsql.transport.session import Session
    from amzsql.transport.watch import Watch

# Below this many bytes no ratio is suspicious.
HARMLESS = 4 << 20
# An address that was handed out just now and is refused again is not over: something else is wrong.
RENEWALS = 2
_LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_CODE = re.compile(rb"<Code>\s*(\w{1,60})\s*</Code>")


@dataclass(frozen=True, slots=True)
class Caps:
    """How large a document may be: bytes as downloaded, bytes unpacked, and the ratio of the two. None: no limit."""

    packed: int | None = None
    unpacked: int | None = None
    ratio: int | None = 200

    def check(self, what: str, packed: int, unpacked: int = 0) -> None:
        """Raise DataError if a document has grown too large; `what` names it, the figures are of what was read."""
        for limit, size, how in ((self.packed, packed, ""), (self.unpacked, unpacked, " once unpacked")):
            if limit is not None and size > limit:
                raise DataError(
                    f"{what} is larger than {limit >> 20} MB{how} (MaxReportSize); it is not read further. Ask for a "
                    "shorter window, or raise MaxReportSize."
                )
        if self.ratio is not None and unpacked > max(HARMLESS, packed * self.ratio):
            raise DataError(
                f"{what} grows more than {self.ratio} times as it is unpacked (MaxReportRatio); it is not read further."
            )


@dataclass(frozen=True, slots=True)
class Address:
    """Where a document is, for a few minutes, and how it is packed (GZIP or empty)."""

    url: str = field(repr=False)
    compression: str = ""


@dataclass(frozen=True, slots=True)
class Download:
    """A document that is being read.

    `media_type` is its Content-Type as told, parameters included (empty if none was); `compression` is GZIP or empty.
    `pieces` gives its bytes as downloaded, once: to the end, or an error; it is read by the thread that opened the
    document, since a broken connection waits on the clock. `caps` is for whoever unpacks them.
    """

    media_type: str
    compression: str
    pieces: Iterator[bytes]
    caps: Caps = Caps()


Locate = Callable[[bool], Address]
"""Return the address of a document; True asks for another one than before."""


@contextmanager
def download(session: Session, locate: Locate, watch: Watch, caps: Caps = Caps()) -> Generator[Download]:
    """Open a document; its pieces can be read while the context lasts.

    Raises Cancelled, BudgetExceeded, DataError (too large), AccessDenied and other ApiErrors by the storage's status,
    OperationalError (it cannot be had whole); reading the pieces does too.
    """
    reading = _Reading(session, locate, watch, caps)
    try:
        reading.open()
        yield Download(reading.media_type, reading.compression, reading.pieces(), caps)
    finally:
        reading.close()


class _Reading:
    """One document while it is read: what has come of it, and what is tried when no more comes."""

    def __init__(self, session: Session, locate: Locate, watch: Watch, caps: Caps) -> None:
        self._session = session
        self._locate = locate
        self._watch = watch
        self._caps = caps
        self._address = locate(False)
        self._incoming: Incoming | None = None
        self._total: int | None = None
        self._tag = ""
        self._given = 0
        self._sum = 0
        self._faults = 0
        self._renewed = 0
        self.media_type = ""
        self.compression = self._address.compression

    def open(self) -> None:
        """Ask for the document from where it broke off, until there is an answer."""
        while True:
            self.close()
            incoming = self._incoming = self._session.stream(self._address, self._watch, self._given, self._tag)
            self._watch.check()
            if incoming.status == 0:
                self._pause(incoming.problem, fatal=incoming.fatal)
            elif incoming.status in (200, 206):
                if self._begun(incoming):
                    return
                self._pause("the storage answered with another part than was asked for")
            else:
                self._refused(incoming)

    def pieces(self) -> Generator[bytes]:
        """Yield the bytes from the first to the last."""
        while True:
            piece = self._read()
            if piece:
                self._note(piece)
                yield piece
            elif self._ended():
                return
            else:
                self.open()

    def close(self) -> None:
        """Close the connection."""
        if self._incoming is not None:
            incoming, self._incoming = self._incoming, None
            incoming.close()

    def _read(self) -> bytes:
        incoming = self._incoming
        if incoming is None:
            raise OperationalError(f"{self._watch.what}: the document was closed before it was read.")
        piece = incoming.read()
        self._watch.check()
        return piece

    def _note(self, piece: bytes) -> None:
        self._given += len(piece)
        self._sum = zlib.crc32(piece, self._sum)
        self._faults = self._renewed = 0
        self._caps.check(f"{self._watch.what}: the document", self._given)

    def _ended(self) -> bool:
        """Tell whether the document is whole; if not, wait before it is asked for again, or raise."""
        incoming = self._incoming
        problem = "" if incoming is None else incoming.problem
        if self._total is not None and self._given > self._total:
            raise OperationalError(f"{self._watch.what}: the document is longer than the storage said.")
        if not problem and (self._total is None or self._given == self._total):
            return True
        said = "" if self._total is None else f" of {self._total:,}"
        self._pause(f"the document was cut off after {self._given:,}{said} bytes{f' ({problem})' if problem else ''}")
        return False

    def _begun(self, incoming: Incoming) -> bool:
        """Take up an answer at the byte that is wanted next; False if it has another part."""
        headers = incoming.headers
        self.media_type = self.media_type or headers.get("content-type", "")
        if headers.get("content-encoding", "").strip().lower() in ("gzip", "x-gzip"):
            self.compression = "GZIP"
        length = _number(headers.get("content-length"))
        if incoming.status == 206:
            found = _RANGE.fullmatch(headers.get("content-range", "").strip())
            if found is None or int(found[1]) != self._given:
                return False
            total = None if found[2] == "*" else int(found[2])
            self._check_same(total, headers.get("etag", ""))
            return True
        self._check_same(length, headers.get("etag", ""))
        self._caps.check(f"{self._watch.what}: the document", length or 0)
        return self._skipped(incoming)

    def _check_same(self, total: int | None, tag: str) -> None:
        """Raise if this is another document than the one that was begun."""
        changed = self._total is not None and total is not None and total != self._total
        if self._given and (changed or (self._tag and tag and tag != self._tag)):
            raise OperationalError(f"{self._watch.what}: the document changed while it was read. Ask again.")
        self._total = self._total if total is None else total
        self._tag = tag or self._tag

    def _skipped(self, incoming: Incoming) -> bool:
        """Pass over the bytes that were given already; they must be the same."""
        left, seen = self._given, 0
        while left:
            piece = incoming.read()
            self._watch.check()
            if not piece:
                return False
            seen = zlib.crc32(piece[:left], seen)
            if len(piece) > left:
                incoming.unread(piece[left:])
            left = max(0, left - len(piece))
        if seen != self._sum:
            raise OperationalError(f"{self._watch.what}: the document changed while it was read. Ask again.")
        return True

    def _refused(self, incoming: Incoming) -> None:
        """Get another address for one that is over, wait after a passing fault, or raise."""
        status, body = incoming.status, incoming.read()
        if 300 <= status < 400:
            raise OperationalError(
                f"{self._watch.what}: the storage answered {status}, a redirect. Redirects are not followed: check the "
                "proxy."
            )
        code = _CODE.search(body)
        said = code[1].decode() if code is not None else "no code"
        if status == 403 and self._renewed < RENEWALS:
            self._renewed += 1
            self._address = self._locate(True)
            self.compression = self.compression or self._address.compression
            return
        if status in (408, 429) or status >= 500:
            self._pause(f"the storage answered {status} ({said})")
            return
        raise self._error(status, said)

    def _error(self, status: int, code: str) -> OperationalError:
        kind = api_error_class(status)
        hint = "The address is refused although it is new." if kind is AccessDenied else "It may have been deleted."
        return kind("the storage gives no document.", status=status, code=code, operation=self._watch.what, hint=hint)

    def _pause(self, problem: str, *, fatal: bool = False) -> None:
        """Wait before another try, or raise if there is none left."""
        self.close()
        self._watch.check()
        self._faults += 1
        tries = self._session.tries
        if fatal or self._faults > tries:
            told = f" (tried {self._faults} times)" if self._faults > 1 else ""
            raise OperationalError(f"{self._watch.what}: {problem}{told}. No rows are given of what is not whole.")
        self._watch.pause(self._session.pause(self._faults), "download failed and is tried again")


def usable(address: Address) -> str:
    """Return why an address may not be asked, or an empty text: documents come encrypted, but on this machine."""
    try:
        parts = urlsplit(address.url)
        host = parts.hostname or ""
    except ValueError:
        return "it is none"
    if parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL):
        return ""
    return "it is not https"


def patience(watch: Watch, timeout: float) -> Callable[[], Guard]:
    """Return what makes the guard of each wait for the network: as long as a request may take, without any byte."""

    def guard() -> Guard:
        ends = watch.clock.now() + timeout
        return Guard(watch.clock, min(ends, watch.deadline or math.inf), watch.cancelled, watch.what)

    return guard


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else None
