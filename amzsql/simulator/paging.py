"""Tokens: the opaque texts that continue a scan or let a client in.

A token carries its own content, signed, so that the simulator remembers none. A page token is bound to its
operation and to the filters it was given for. Knows nothing of what the pages hold.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from amzsql.spapi.model import Operation, Paging

if TYPE_CHECKING:
    from .call import Call

_SIGNATURE = 12


class Signer:
    """Seals values into tokens that cannot be made elsewhere."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def seal(self, value: object) -> str:
        """Return a token; it holds `+`, `/` and `=`, all of which a URL must escape."""
        plain = json.dumps(value, separators=(",", ":")).encode()
        plain += b" " * ((3 - (len(plain) + 1 + _SIGNATURE + 2) % 3) % 3)
        for nonce in range(256):
            text = self._sealed(plain, nonce)
            if "+" in text and "/" in text:
                break
        return text

    def _sealed(self, plain: bytes, nonce: int) -> str:
        key = hashlib.blake2b(bytes([nonce]), key=self._secret[:32], digest_size=64).digest()
        key *= len(plain) // 64 + 1
        hidden = bytes([nonce]) + _xor(plain, key)
        return base64.b64encode(hidden + self._sign(hidden)).decode()

    def _sign(self, hidden: bytes) -> bytes:
        return hmac.digest(self._secret, hidden, "sha256")[:_SIGNATURE]

    def open(self, token: str) -> Any:
        """Return the value in a token; None for one that was not made here."""
        try:
            raw = base64.b64decode(token, validate=True)
        except (binascii.Error, ValueError):
            return None
        hidden, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
        if not hidden or not hmac.compare_digest(signature, self._sign(hidden)):
            return None
        key = hashlib.blake2b(hidden[:1], key=self._secret[:32], digest_size=64).digest()
        key *= len(hidden) // 64 + 1
        return json.loads(_xor(hidden[1:], key))


def _xor(text: bytes, key: bytes) -> bytes:
    """Return a text with the beginning of a key that is at least as long over it."""
    size = len(text)
    return (int.from_bytes(text, "big") ^ int.from_bytes(key[:size], "big")).to_bytes(size, "big")


# What a client may change from one page to the next.
_FREE = {"orders_2026-01-01.searchOrders": ("includedData",)}
# Amazon wants the marketplaces on every page of these, and nothing else.
_LENIENT = frozenset({"ordersV0.getOrders"})


class Pages:
    """Hands out page tokens and reads them back."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def token(self, call: Call, position: object) -> str:
        """Return the token of the page that begins at a position."""
        paging = _paging(call.operation)
        query = {k: v for k, v in asked(call.operation, call.query, call.body).items() if k != paging.token_in}
        taker = paging.next_operation or call.operation.operation_id
        # Where another operation goes on, what the path says goes with the token.
        path = None if paging.next_operation else dict(call.path)
        return self._signer.seal([f"{call.operation.api}.{taker}", int(call.now), path, query, position])

    def restore(
        self, operation: Operation, path: Mapping[str, str], query: Mapping[str, str], now: float
    ) -> tuple[dict[str, str], Any] | None:
        """Return (filters, position) of the token in a query, None without one; `query` is what `asked` tells.

        Raises ValueError with the reason why Amazon would not accept it.
        """
        if operation.paging is None or not query.get(operation.paging.token_in):
            return None
        paging = operation.paging
        content = self._signer.open(query[paging.token_in])
        if not isinstance(content, list) or len(content) != 5 or content[0] != operation.name:
            raise ValueError(f"{paging.token_in} is not valid.")
        _, issued, where, filters, position = content
        if where not in (None, dict(path)):
            raise ValueError(f"{paging.token_in} was given for another path.")
        life = paging.token_life or 86_400.0
        if now > issued + life:
            raise ValueError(f"{paging.token_in} has expired.")
        given = {k: v for k, v in query.items() if k != paging.token_in}
        if where is not None:
            _check_filters(operation, paging, given, filters)
        free = (paging.size or "", *_FREE.get(operation.name, ()))
        return {**filters, **{k: v for k, v in given.items() if k in free}}, position


def asked(operation: Operation, query: Mapping[str, str], body: Any) -> Mapping[str, str]:
    """Return what a page is asked by, as text: the query, or the body's fields where the token stands among them."""
    paging = operation.paging
    if paging is None or paging.style != "token" or paging.token_in_location != "body":
        return query
    return {k: v if isinstance(v, str) else json.dumps(v, sort_keys=True) for k, v in (body or {}).items()}


def _paging(operation: Operation) -> Paging:
    if operation.paging is None:
        raise ValueError(f"{operation.name} has no pages.")
    return operation.paging


def _check_filters(operation: Operation, paging: Paging, given: dict[str, str], filters: dict[str, str]) -> None:
    """Compare the filters that came with a token to those it was made for."""
    free = {paging.size or "", *_FREE.get(operation.name, ())}
    if paging.alone:
        extra = sorted(set(given) - {*paging.keep, *dict(paging.extra)})
        if extra:
            raise ValueError(f"{paging.token_in} must come without {', '.join(extra)}.")
        return
    names = set(given) if operation.name in _LENIENT else set(given) | set(filters)
    other = sorted(n for n in names - free if given.get(n) != filters.get(n))
    if other:
        raise ValueError(f"{paging.token_in} was given for another {', '.join(other)}.")


def plain_key(seed: int) -> bytes:
    """Return the signing key of a world."""
    return hashlib.sha256(f"amzsql simulator's tokens {seed}".encode()).digest()
