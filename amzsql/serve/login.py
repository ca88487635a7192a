"""Who may come in: a user's password against what a client makes of it and the server's nonce.

Owns the two ways that MySQL's clients prove a password without sending it. Must not know packets nor sockets.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string

NATIVE, SHA2 = "mysql_native_password", "caching_sha2_password"
# Connector/J reads a nonce as ASCII, and a zero ends it.
_LETTERS = string.ascii_letters + string.digits


def nonce() -> bytes:
    """Return what a client is to mix with its password: twenty letters."""
    return "".join(secrets.choice(_LETTERS) for _ in range(20)).encode()


class Guard:
    """Knows the one user and password, or that none are asked for."""

    __slots__ = ("_password", "_user")

    def __init__(self, password: str | None, user: str | None = None) -> None:
        self._password = password.encode() if password else None
        self._user = user

    def __repr__(self) -> str:
        return f"Guard(password={'***' if self._password else None})"

    @property
    def asks(self) -> bool:
        """Whether a password is asked for."""
        return self._password is not None

    def admits(self, user: str, plugin: str, proof: bytes, salt: bytes) -> bool:
        """Tell whether a client knows the password; without one everybody may come in."""
        if self._password is None:
            return True
        expected = _sha2(self._password, salt) if plugin == SHA2 else _native(self._password, salt)
        named = self._user is None or hmac.compare_digest(self._user.encode(), user.encode())
        return hmac.compare_digest(expected, proof) and named


def _xor(one: bytes, two: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, two, strict=True))


def _sha2(password: bytes, salt: bytes) -> bytes:
    once = hashlib.sha256(password).digest()
    return _xor(once, hashlib.sha256(hashlib.sha256(once).digest() + salt).digest())


def _native(password: bytes, salt: bytes) -> bytes:
    once = hashlib.sha1(password, usedforsecurity=False).digest()
    return _xor(once, hashlib.sha1(salt + hashlib.sha1(once).digest()).digest())
