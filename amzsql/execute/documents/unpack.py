"""Downloaded pieces -> the document's own bytes: gzip of one or several members, or as they are.

Owns unpacking and its limits: of any piece no more than a MB is unpacked at once. Whether a document is packed is told
by its first bytes, since what carries it may have unpacked it on the way. The extra `fast` unpacks in half of the time.
Knows nothing of what the bytes mean.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterator
from typing import Any

from amzsql.errors import OperationalError
from amzsql.transport.download import Download

MAGIC = b"\x1f\x8b"
_PIECE = 1 << 20
_GZIP = 31


def _inflater() -> Any:
    """Return the module that unpacks: the extra's, which has the same names, or Python's own."""
    try:
        return importlib.import_module("isal.isal_zlib")
    except ImportError:
        return zlib


_ZLIB = _inflater()


def unpacked(download: Download, what: str) -> Iterator[bytes]:
    """Yield a document's bytes, unpacked, in pieces of at most some MB.

    `what` names it in errors. Raises OperationalError for a packed document that is damaged or ends too early,
    DataError for one that is larger than its caps.
    """
    start, pieces = b"", iter(download.pieces)
    for piece in pieces:
        start += piece
        if len(start) >= len(MAGIC):
            break
    if start[:2] == MAGIC:
        yield from _Gzip(download, what).read(_chained(start, pieces))
        return
    size = 0
    for piece in _chained(start, pieces):
        size += len(piece)
        download.caps.check(what, size, size)
        for at in range(0, len(piece), _PIECE):
            yield piece[at : at + _PIECE]


def _chained(start: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield start
    yield from pieces


class _Gzip:
    """Unpacks the members of a gzip file, one after the other."""

    def __init__(self, download: Download, what: str) -> None:
        self._caps = download.caps
        self._what = what
        self._packed = self._unpacked = 0
        self._member = _ZLIB.decompressobj(_GZIP)

    def read(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what the pieces unpack to."""
        between = b""
        for piece in pieces:
            self._packed += len(piece)
            data = between + piece
            while data or not self._member.eof:
                if self._member.eof:
                    # Zeros may fill up the end of a file; anything else begins another member.
                    data = data.lstrip(b"\0")
                    if len(data) < len(MAGIC) or data[:2] != MAGIC:
                        break
                    self._member = _ZLIB.decompressobj(_GZIP)
                yield from self._inflated(data)
                data = self._member.unused_data
                if not self._member.eof:
                    break
            between = data
            self._suspect(between, MAGIC[: len(between)])
        if not self._member.eof or between:
            raise self._damaged("it ends too early")

    def _suspect(self, between: bytes, magic: bytes) -> None:
        if between[:2] != magic:
            raise self._damaged("something else follows its end")

    def _inflated(self, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                piece = self._member.decompress(data, _PIECE)
            except _ZLIB.error as error:
                raise self._damaged(str(error)) from error
            self._unpacked += len(piece)
            self._caps.check(self._what, self._packed, self._unpacked)
            if piece:
                yield piece
            data = self._member.unconsumed_tail
            # What does not fit the piece may stand in the unpacker itself, with nothing left of the data.
            if self._member.eof or (not data and len(piece) < _PIECE):
                return

    def _damaged(self, how: str) -> OperationalError:
        return OperationalError(f"{self._what} cannot be unpacked: {how}. Run the statement again to download it anew.")
