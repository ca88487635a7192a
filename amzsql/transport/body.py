"""Reading an answer's body: all of it or an error, never more than allowed.

httpx takes a truncated gzip stream for a whole one and unpacks fifty megabytes out of fifty kilobytes without a word,
so the bytes are unpacked here.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from amzsql.errors import DataError

if TYPE_CHECKING:
    import httpx

MAX_RATIO = 200
# Below this many bytes no ratio is suspicious.
HARMLESS = 4 << 20
_ENVELOPE_START = b"{"
_NULL = msgspec.Raw(b"null")


class BrokenBodyError(Exception):
    """The body is not whole; the same request may give a whole one."""


class _Envelope(msgspec.Struct):
    payload: msgspec.Raw = _NULL
    errors: msgspec.Raw = _NULL


_object = msgspec.json.Decoder(_Envelope)
_anything = msgspec.json.Decoder(msgspec.Raw)


def read_body(incoming: httpx.Response, max_bytes: int) -> bytes:
    """Return the whole body, unpacked. BrokenBodyError if it is cut off; DataError if it is larger than `max_bytes`."""
    encoding = incoming.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return _joined(incoming.iter_raw(), max_bytes)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BrokenBodyError(f"the answer is packed as {encoding[:20]}, which was not asked for")
    return _unpacked(incoming.iter_raw(), max_bytes)


def _joined(pieces: Iterator[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        _check_size(len(body), max_bytes)
    return bytes(body)


def _unpacked(pieces: Iterator[bytes], max_bytes: int) -> bytes:
    body, packed = bytearray(), 0
    engine = zlib.decompressobj(47)  # gzip or zlib, by its header
    for piece in pieces:
        packed += len(piece)
        left = piece
        while left:
            try:
                body += engine.decompress(left, 1 << 20)
            except zlib.error:
                raise BrokenBodyError("the answer's gzip stream is damaged") from None
            left = engine.unconsumed_tail
            _check_size(len(body), max_bytes)
            if len(body) > max(HARMLESS, packed * MAX_RATIO):
                raise DataError(
                    f"An answer grows more than {MAX_RATIO} times as it is unpacked; it is not read further."
                )
    if not engine.eof and packed:
        body += engine.flush()
        if not engine.eof:
            raise BrokenBodyError("the answer's gzip stream is cut off")
    return bytes(body)


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise DataError(f"An answer is larger than {max_bytes >> 20} MB; ask for fewer rows a page.")


def is_json(body: bytes) -> bool:
    """Tell whether the body is one whole JSON document."""
    return _envelope(body) is not None


def only_errors(body: bytes) -> bool:
    """Tell whether a body with a status of success holds errors instead of a payload, as v0 operations may."""
    envelope = _envelope(body)
    if not isinstance(envelope, _Envelope) or bytes(envelope.errors) in (b"[]", b"null"):
        return False
    return bytes(envelope.payload) == b"null"


def _envelope(body: bytes) -> object | None:
    is_object = body[:64].lstrip().startswith(_ENVELOPE_START)
    try:
        return _object.decode(body) if is_object else _anything.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
