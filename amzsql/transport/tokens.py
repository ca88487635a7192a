"""Where access tokens are kept between statements and processes.

One private JSON file holds the tokens of many connections, each under a key of its own; `memory://` keeps them in the
process. Owns the file's safety (private, atomic, locked, no symlink); knows nothing of Login with Amazon.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from amzsql import state
from amzsql.clock import Clock
from amzsql.errors import AuthError
from amzsql.transport.fork import renew_in_child
from amzsql.transport.watch import Watch

log = logging.getLogger(__name__)
MEMORY = "memory://"
LOCK_POLL = 0.05


class Token(msgspec.Struct, frozen=True, omit_defaults=True):
    """An access token: when it was issued (seconds since the epoch, our clock) and for how many seconds.

    `refresh_token` is set if Amazon handed out a new one.
    """

    access_token: str
    issued_at: float
    expires_in: float
    refresh_token: str | None = None

    def seconds_left(self, now: float) -> float:
        """Return how long the token lives; 0 if it was issued in the future, for then a clock was set back."""
        return self.issued_at + self.expires_in - now if self.issued_at <= now + 60 else 0.0

    def __repr__(self) -> str:
        return f"Token(***, issued_at={self.issued_at:.0f}, expires_in={self.expires_in:.0f})"


class _File(msgspec.Struct):
    version: int = 1
    tokens: dict[str, Token] = {}


class TokenStore(Protocol):
    """Tokens by key. `locked` is held while a token is refreshed, over all processes that share the store."""

    def get(self, key: str) -> Token | None:
        """Return the token of a key, or None."""

    def put(self, key: str, token: Token | None) -> None:
        """Keep a token under a key; None drops it."""

    def all(self) -> Mapping[str, Token]:
        """Return the tokens by their keys."""

    def locked(self, watch: Watch) -> contextlib.AbstractContextManager[None]:
        """Hold the lock of refreshing; `watch` ends the wait for it."""


def token_key(endpoint: str, client_id: str, secret: str) -> str:
    """Return the key of a connection's tokens; it does not tell the secret it was made of."""
    inner = hashlib.sha256(secret.encode()).hexdigest()
    return hashlib.sha256(f"{endpoint}\n{client_id}\n{inner}".encode()).hexdigest()[:32]


def open_store(location: str | Path, clock: Clock) -> TokenStore:
    """Return the store at a location: `memory://` or a file's path."""
    return MemoryTokens(clock) if str(location).lower().startswith(MEMORY) else FileTokens(Path(location).expanduser())


class Gate:
    """A lock of one process that cancel() can end the wait for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.after_fork()
        renew_in_child(self)

    def after_fork(self) -> None:
        """Forget who held the lock in the parent."""
        self._guard = threading.Lock()
        self._free = self._clock.event()
        self._free.set()

    def try_enter(self) -> bool:
        """Take the lock if it is free."""
        with self._guard:
            if not self._free.is_set():
                return False
            self._free.clear()
            return True

    def leave(self) -> None:
        """Free the lock."""
        self._free.set()

    @contextmanager
    def entered(self, watch: Watch) -> Iterator[None]:
        """Hold the lock, waiting for it as `watch` allows."""
        while not self.try_enter():
            watch.await_event(self._free)
        try:
            yield
        finally:
            self.leave()


class MemoryTokens:
    """Tokens of this process."""

    def __init__(self, clock: Clock) -> None:
        self._tokens: dict[str, Token] = {}
        self._gate = Gate(clock)

    def get(self, key: str) -> Token | None:
        """Return the key's token, if there is one."""
        return self._tokens.get(key)

    def put(self, key: str, token: Token | None) -> None:
        """Keep a token, or forget it."""
        if token is None:
            self._tokens.pop(key, None)
        else:
            self._tokens[key] = token

    def all(self) -> Mapping[str, Token]:
        """Return the tokens of this process."""
        return dict(self._tokens)

    def locked(self, watch: Watch) -> contextlib.AbstractContextManager[None]:
        """Hold the store's lock."""
        return self._gate.entered(watch)


class FileTokens:
    """Tokens in a private file, shared by processes; where it cannot be written, tokens live in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._memory: dict[str, Token] = {}
        self._warned = False

    def get(self, key: str) -> Token | None:
        """Return the key's token: the file's, or what the file could not take. AuthError if the file is unsafe."""
        return self._read().tokens.get(key) or self._memory.get(key)

    def put(self, key: str, token: Token | None) -> None:
        """Keep a token, or forget it. The lock is held. A file that cannot be written costs one warning."""
        if token is None:
            self._memory.pop(key, None)
        else:
            self._memory[key] = token
        file = self._read()
        if file.tokens.get(key) == token:
            return
        file.tokens = {k: t for k, t in file.tokens.items() if k != key} | ({key: token} if token else {})
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            state.write_private(self._path, msgspec.json.encode(file))
        except OSError as error:
            self._warn(error)

    def all(self) -> Mapping[str, Token]:
        """Return the file's tokens, and what it could not take."""
        return {**self._memory, **self._read().tokens}

    @contextmanager
    def locked(self, watch: Watch) -> Iterator[None]:
        """Hold the file's lock; the kernel frees it if the process dies. Without a writable folder there is none."""
        import filelock  # only a token on disk needs it

        lock = state.lock(self._path)
        held = False
        while not held:
            try:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                lock.acquire(timeout=0)
                held = True
            except filelock.Timeout:
                watch.pause(watch.clock.now() + LOCK_POLL, "waiting for a token that another process refreshes")
            except OSError as error:
                self._warn(error)
                break
        try:
            yield
        finally:
            if held:
                lock.release()

    def _read(self) -> _File:
        try:
            self._check_folder()
            text = state.read_private(self._path)
        except state.UnsafeFileError as error:
            raise AuthError(f"The token file: {error}. Or name another file in OAuthSettingsLocation.") from None
        except OSError as error:
            self._warn(error)
            text = None
        try:
            return msgspec.json.decode(text or b"{}", type=_File)
        except msgspec.MsgspecError:
            # A half file cannot be ours, we replace files whole; tokens can always be had again.
            return _File()

    def _check_folder(self) -> None:
        folder = self._path.parent
        if os.name != "posix" or not folder.exists():
            return
        mode = folder.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise state.UnsafeFileError(f"others may write into {folder}")

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            log.warning("tokens are not kept: %s cannot be used (%s)", self._path, error.strerror)
