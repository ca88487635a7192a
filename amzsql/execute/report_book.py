"""What is remembered of documents that were ordered: by the state folder, for all statements and processes.

Owns who may order a thing now (one at a time), how long things of a kind usually take, and the addresses of documents
while they live. Must not know what is ordered: a thing is a kind and a text that names it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from amzsql.state import StateFolder, lock, private_folder
from amzsql.transport.download import Caps
from amzsql.transport.fork import renew_in_child

if TYPE_CHECKING:
    import filelock

    from amzsql.clock import Clock, Event
    from amzsql.transport.download import Address

DAY = 86400.0
# Amazon forgets reports after that time; so do we.
KEPT = 90 * DAY
# An address lives for five minutes; one of our memory's must still be good when it is asked.
ADDRESS_LIFE = 240.0
# For so long a table is not read out of reports that Amazon refused.
DENIED = 3600.0
# Seconds that the making of a document takes before any of its kind was seen.
USUAL = 120.0
# How much the last one counts in what is usual.
_SHARE = 0.3
_LOCKS = 64
_POLL = 0.25


@dataclass(frozen=True, slots=True)
class DocumentRules:
    """What a connection's properties say of documents that are ordered.

    `age`: seconds that one may be old and still serve. `foreign`: whether one serves of which nobody tells the options.
    `interactive`: whether a statement would rather say when to ask again. `memo_days` and `memo_bytes`: for how long
    and how much is kept on the disk. `usual`: seconds that one takes of a type of which none was timed.
    `restricted`: whether documents with personal data are asked for, with a token for each.
    """

    age: float = 3600.0
    foreign: bool = False
    interactive: bool = False
    caps: Caps = field(default_factory=Caps)
    memo_days: float = 0.0
    memo_bytes: int = 1 << 30
    usual: float = USUAL
    restricted: bool = False


Wait = Callable[[float | None, "Event | None"], None]
"""Block until a time or an event; raises if the statement is over."""


class Book:
    """The orders of one account (`owner`), as all its statements know them."""

    def __init__(self, state: StateFolder, clock: Clock, owner: str) -> None:
        self._state = state
        self._clock = clock
        self._owner = owner
        self.after_fork()
        renew_in_child(self)

    def after_fork(self) -> None:
        """Forget the parent's lock and what its threads had begun."""
        self._lock = threading.Lock()
        self._busy: dict[str, Event] = {}
        self._addresses: dict[str, tuple[float, Address]] = {}

    @property
    def state(self) -> StateFolder:
        """The folder that all is kept in."""
        return self._state

    def name(self, *parts: object) -> str:
        """Return the key of a thing of this account."""
        return json.dumps([self._owner, *parts])

    # -- what was ordered --------------------------------------------------------------------------------------------

    def entry(self, kind: str, key: str) -> Mapping[str, Any] | None:
        """Return what is noted of a thing, or None."""
        found = self._state.noted(kind, key, now=self._clock.now())
        return None if found is None else json.loads(found.text)

    def note(self, kind: str, key: str, entry: Mapping[str, Any], *, until: float | None = None) -> None:
        """Note a thing for as long as Amazon keeps it, or until the given time."""
        now = self._clock.now()
        self._state.note(kind, key, json.dumps(dict(entry)), at=now, until=until or now + KEPT)

    def forget(self, kind: str, key: str) -> None:
        """Drop what is noted of a thing."""
        self._state.forget(kind, key)

    # -- what is refused ---------------------------------------------------------------------------------------------

    def deny(self, report_type: str) -> None:
        """Note that Amazon gives the account no reports of a type, so that no table is read out of them for a while."""
        self.note("denied", self.name(report_type), {}, until=self._clock.now() + DENIED)

    def is_denied(self, report_type: str) -> bool:
        """Tell whether Amazon refused reports of a type a while ago."""
        return self.entry("denied", self.name(report_type)) is not None

    # -- one at a time -----------------------------------------------------------------------------------------------

    @contextmanager
    def alone(self, key: str, wait: Wait, *, everywhere: bool = False) -> Iterator[None]:
        """Let one statement at a time see to a thing; with `everywhere` one of all processes that share the folder."""
        while True:
            with self._lock:
                other = self._busy.get(key)
                if other is None:
                    mine = self._busy[key] = self._clock.event()
                    break
            wait(None, other)
        try:
            if everywhere:
                with self._locked(key, wait):
                    yield
            else:
                yield
        finally:
            with self._lock:
                del self._busy[key]
            mine.set()

    @contextmanager
    def _locked(self, key: str, wait: Wait) -> Iterator[None]:
        """Hold one of the folder's locks; the system frees it if the process dies."""
        guard = self._guard(key)
        if guard is None:
            yield
            return
        while not _taken(guard):
            wait(self._clock.now() + _POLL, None)
        try:
            yield
        finally:
            guard.release()

    def _guard(self, key: str) -> filelock.BaseFileLock | None:
        """Return the lock of a key; None where only this process can ask: in memory, or on a clock of its own."""
        file = self._state.file("orders")
        if file is None or self._clock.virtual:
            return None
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % _LOCKS
        try:
            return lock(private_folder(file) / f"{number:02}")
        except OSError:
            return None

    # -- how long it takes -------------------------------------------------------------------------------------------

    def usual(self, kind: str, name: str, unseen: float = USUAL) -> float:
        """Return how many seconds the making of such a document usually takes; `unseen` if none was timed yet."""
        found = self._state.noted(f"{kind} time", self.name(name), now=self._clock.now())
        return unseen if found is None else float(found.text)

    def took(self, kind: str, name: str, seconds: float) -> None:
        """Note how long one took."""
        known = self._state.noted(f"{kind} time", self.name(name), now=self._clock.now())
        usual = seconds if known is None else (1 - _SHARE) * float(known.text) + _SHARE * seconds
        self._state.note(f"{kind} time", self.name(name), f"{usual:.1f}", at=self._clock.now())

    # -- addresses ---------------------------------------------------------------------------------------------------

    def address(self, document: str) -> Address | None:
        """Return where a document is, if that was told in the last minutes; in memory only."""
        until, found = self._addresses.get(document, (0.0, None))
        return found if until > self._clock.now() else None

    def remember_address(self, document: str, address: Address) -> None:
        """Keep where a document is while its address lives."""
        now = self._clock.now()
        self._addresses = {k: v for k, v in self._addresses.items() if v[0] > now}
        self._addresses[document] = (now + ADDRESS_LIFE, address)


def _taken(guard: filelock.BaseFileLock) -> bool:
    import filelock

    try:
        guard.acquire(timeout=0)
    except filelock.Timeout:
        return False
    return True


# When to look, in parts of the usual time: often where the end is likely, then ever less. Eight looks are enough for
# what takes twice as long as usual.
_LOOKS = (0.3, 0.55, 0.78, 0.94, 1.06, 1.28, 1.6, 2.05)
_GROWTH = 1.25
_LONGEST = 900.0
_SHORTEST = 2.0


def looks(began: float, now: float, usual: float) -> Iterator[float]:
    """Yield the times at which to look whether a document is there, of which the making began at `began`.

    The first is now if one was due already: a report that an earlier statement ordered may long be there.
    """
    last = now
    if now >= began + usual * _LOOKS[0]:
        yield now
    for at in _planned(usual):
        if began + at >= last + _SHORTEST:
            last = began + at
            yield last


def _planned(usual: float) -> Iterator[float]:
    yield from (usual * part for part in _LOOKS)
    at = usual * _LOOKS[-1]
    while True:
        at += min(_LONGEST, at * (_GROWTH - 1))
        yield at
