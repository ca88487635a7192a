"""Pages of live reads that the statements of a process share for a short time: kept, joined, gone on with, forgotten.

A chain of pages is read by any number of fetches, each at its own place. Whoever needs the next page first asks Amazon
for it, the others wait; so a chain whose reader left goes on with the next one, from its token. Which chain serves what
is decided by `plan.shared`. Pages may hold personal data: they are in memory only, packed, and are dropped when their
time is over, or at once when something is written. Knows nothing of tables or of who may see what: a pool is one
account's, and chains that restricted data tokens opened serve only fetches that ask with the same.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from amzsql.clock import Clock, Event
from amzsql.plan.shared import Asked, Key, Known, Served, SharedChain, key_of, serving
from amzsql.spapi.model import Operation
from amzsql.transport.fork import renew_in_child

LIMIT = 64 * 1024 * 1024
"""So many bytes of packed pages are kept for an account; the least recently read give way."""
_CODEC = "zstd"
# Between two pages of a statement that is reading no request is on its way.
_PAUSE = 1.0
_SWEEP = 1.0

Place = tuple[str, tuple[str, str, str]]
"""Whose session asks (`Session.owner`), and the key of the operation."""
Wait = Callable[[Event], None]
"""Blocks until an event is set; raises if the statement is over before."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Amazon answered to one request; no body: there is no such row. `as_of`: when it came."""

    body: bytes | None = field(repr=False)
    as_of: float


@dataclass(frozen=True, slots=True)
class _Kept:
    """A packed answer and the size that it had."""

    packed: bytes | None = field(repr=False)
    size: int
    as_of: float


@dataclass(slots=True)
class Reading:
    """One statement that reads: when its last page came, and how many of its requests are on their way.

    What it has read is kept until a time after its last page: its result is no younger as a whole.
    """

    last: float
    asking: int = 0


@dataclass(slots=True, eq=False)
class _Chain:
    """A chain of pages; `told` is how planners see it. Its pool's lock is held whenever it is looked at.

    `place` and `key`: whose it is and of which operation, and what it was asked with but for its times.
    """

    told: SharedChain
    place: Place
    key: Key
    token_life: float | None
    reading: Reading
    seconds: float
    pages: list[_Kept] = field(default_factory=list)
    events: dict[int, Event] = field(default_factory=dict)
    whole: int = 0
    bytes: int = 0
    asking: bool = False
    dropped: bool = False

    def is_there(self, now: float, seconds: float) -> bool:
        """Tell whether it serves a statement that takes pages of so many seconds."""
        if self.asking:
            return True
        if self.reading.asking == 0 and now >= self.reading.last + min(seconds, self.seconds):
            return False
        lives = self.token_life is None or not self.pages or now < self.pages[-1].as_of + self.token_life
        return self.told.complete or lives

    def is_over(self, now: float) -> bool:
        """Tell whether it serves nobody any more."""
        return not self.asking and not self.reading.asking and now >= self.reading.last + self.seconds

    def seen(self, now: float) -> SharedChain:
        """Return it as planners see it: one whose reader pauses may have to be gone on with."""
        comes = self.whole > 0 and (self.asking or self.reading.asking > 0 or now < self.reading.last + _PAUSE)
        return replace(self.told, whole=comes) if comes and not self.told.complete else self.told


class Link:
    """One fetch's way along a chain. Belongs to one thread."""

    def __init__(self, pool: SharedPages, chain: _Chain, reading: Reading, event: Event, *, whole: bool) -> None:
        self._pool = pool
        self._chain = chain
        self._reading = reading
        self._event = event
        self._whole = whole
        self._place = 0
        self._asking = False
        self._closed = False
        # Its pages belong to the statement that opened it; to one that has joined if that goes on with it.
        self._joined = chain.asking

    @property
    def number(self) -> int:
        """The chain's number."""
        return self._chain.told.number

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What the chain's first page was asked with, but for what `Asked` leaves out."""
        return self._chain.told.parameters

    @property
    def size(self) -> int | None:
        """The rows of its pages."""
        return self._chain.told.size

    def included(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Return the parts of the answer that the chain's pages are asked with, those that are wanted first."""
        all_parts = self._chain.told.included
        return (*wanted, *sorted(all_parts - set(wanted)))

    def next(self, wait: Wait) -> Answer | None:
        """Return the next page, waiting for it if another fetch asks for it; None: it is this one's to ask for."""
        kept = self._pool._next(self)
        while kept is _WAIT:
            wait(self._event)
            kept = self._pool._next(self)
        if kept is None:
            return None
        return Answer(_unpacked(kept), kept.as_of)

    def add(self, answer: Answer) -> None:
        """Keep the page that was this one's to ask for."""
        packed = None if answer.body is None else pa.compress(answer.body, _CODEC, asbytes=True)
        self._pool._add(self, _Kept(packed, len(answer.body or b""), answer.as_of))

    def end(self) -> None:
        """Note that there is no further page."""
        self._pool._end(self)

    def close(self) -> None:
        """Leave the chain; who waits for the page that this one was to ask for asks itself."""
        if not self._closed:
            self._closed = True
            self._pool._leave(self)


_WAIT = _Kept(None, 0, 0.0)


def _unpacked(kept: _Kept) -> bytes | None:
    if kept.packed is None:
        return None
    found: bytes = pa.decompress(kept.packed, kept.size, _CODEC, asbytes=True)
    return found


class SharedPages:
    """The pages of one account. Thread-safe; its lock is never held while anybody waits.

    Attributes:
        bytes: of the packed pages that are kept now.
    """

    def __init__(self, clock: Clock, limit: int = LIMIT) -> None:
        self._clock = clock
        self._limit = limit
        self._numbers = itertools.count(1)
        self.after_fork()
        renew_in_child(self)

    def after_fork(self) -> None:
        """Begin with nothing: what the parent read is its own."""
        self.bytes = 0
        self._lock = threading.Lock()
        self._chains: OrderedDict[int, _Chain] = OrderedDict()
        self._by_operation: dict[Place, dict[int, _Chain]] = {}
        self._by_key: dict[tuple[Place, Key], dict[int, _Chain]] = {}
        self._bound: dict[tuple[Key, frozenset[int]], tuple[int, ...]] = {}
        self._swept = 0.0
        self._sweeping = False

    def __repr__(self) -> str:
        return f"<SharedPages: {len(self._chains)} chains, {self.bytes} bytes>"

    def __len__(self) -> int:
        return len(self._chains)

    # -- looking -----------------------------------------------------------------------------------------------------

    def known(self, owner: str, operations: Iterable[Operation], seconds: float) -> Known:
        """Return what a planner may count on that an account has of some operations."""
        now = self._clock.now()
        with self._lock:
            self._sweep(now)
            mine = (c for o in operations for c in self._by_operation.get((owner, o.key), {}).values())
            found = tuple(c.seen(now) for c in mine if c.is_there(now, seconds) and (c.pages or c.asking))
            bound = {}
            for name, numbers in self._bound.items():
                chains = [self._chains.get(n) for n in numbers]
                there = [c for c in chains if c is not None and c.told.complete and c.is_there(now, seconds)]
                if len(there) == len(numbers):
                    bound[name] = min((c.told.as_of for c in there), default=now)
        return Known(seconds, found, bound)

    def note_bound(self, name: Key, drivers: frozenset[int], chains: Iterable[int]) -> None:
        """Note that a bound fetch was read to its end, whose keys stand in the rows of some chains."""
        with self._lock:
            self._bound[name, drivers] = tuple(chains)

    # -- reading -----------------------------------------------------------------------------------------------------

    def claim(self, owner: str, asked: Asked, share: Share, *, whole: bool) -> tuple[Served, dict[int, Link]] | None:
        """Return what serves a fetch by now, with a way along each chain; None if nothing does."""
        now = self._clock.now()
        with self._lock:
            self._sweep(now)
            chains = self._by_operation.get((owner, asked.operation.key), {}).values()
            found = serving(asked, [c.seen(now) for c in chains if c.is_there(now, share.seconds)])
            if found is None:
                return None
            each = {n: self._link(self._chains[c.number], share, whole=whole) for n, c in found.parts.items()}
        return found, each

    def open(self, owner: str, asked: Asked, share: Share, *, whole: bool, bound: bool) -> Link:
        """Return a way along a chain that serves the one partition that is asked for: one that is there, or a new one.

        `whole`: its reader wants all rows; `bound`: another scan's keys are among the parameters.
        """
        now = self._clock.now()
        wanted = asked.partitions[0]
        place, key = (owner, asked.operation.key), key_of(asked.operation, wanted, asked.assumed)
        with self._lock:
            self._sweep(now)
            same = self._by_key.get((place, key), {})
            chains = self._by_operation.get(place, {}) if asked.widely and not bound else same
            found = serving(asked, [c.seen(now) for c in chains.values() if c.is_there(now, share.seconds)])
            if found is not None:
                return self._link(self._chains[found.parts[0].number], share, whole=whole)
            told = SharedChain(
                next(self._numbers),
                asked.operation.key,
                dict(wanted),
                asked.included,
                asked.kind,
                asked.size,
                as_of=now,
                bound=bound,
                assumed=asked.assumed,
            )
            life = asked.operation.paging.token_life if asked.operation.paging is not None else None
            chain = _Chain(told, place, key, life, share.reading, share.seconds)
            self._chains[told.number] = chain
            self._by_operation.setdefault(place, {})[told.number] = chain
            self._by_key.setdefault((place, key), {})[told.number] = chain
            return self._link(chain, share, whole=whole)

    def _link(self, chain: _Chain, share: Share, *, whole: bool) -> Link:
        link = Link(self, chain, share.reading, share.clock.event(), whole=whole)
        chain.events[id(link)] = link._event
        chain.whole += whole
        self._chains.move_to_end(chain.told.number)
        return link

    def _next(self, link: Link) -> _Kept | None:
        """Return the next page of a way, None if it is its to ask for, or _WAIT."""
        chain = link._chain
        with self._lock:
            if link._place < len(chain.pages):
                link._place += 1
                return chain.pages[link._place - 1]
            if not chain.asking:
                chain.asking = link._asking = True
                link._reading.asking += 1
                return None
            link._event.clear()
            return _WAIT

    def _add(self, link: Link, kept: _Kept) -> None:
        chain = link._chain
        with self._lock:
            self._asked(link)
            if link._joined:
                chain.reading = link._reading
            link._reading.last = max(link._reading.last, kept.as_of)
            if chain.dropped and len(chain.events) == 1:
                # Nobody else can come to it.
                chain.pages.clear()
            else:
                chain.pages.append(kept)
                link._place += 1
                told = chain.told
                first = kept.as_of if not told.pages else min(told.as_of, kept.as_of)
                chain.told = replace(told, pages=told.pages + 1, as_of=first)
                size = len(kept.packed or b"")
                chain.bytes += size
                self.bytes += 0 if chain.dropped else size
            waiting = list(chain.events.values())
            self._shrink()
        self._tell(waiting)
        self._watch()

    def _asked(self, link: Link) -> None:
        if link._asking:
            link._asking = link._chain.asking = False
            link._reading.asking -= 1

    def _end(self, link: Link) -> None:
        with self._lock:
            chain = link._chain
            if not chain.dropped and link._place == len(chain.pages):
                chain.told = replace(chain.told, complete=True)

    def _leave(self, link: Link) -> None:
        chain = link._chain
        with self._lock:
            self._asked(link)
            chain.events.pop(id(link), None)
            chain.whole -= link._whole
            if not chain.pages and not chain.events and not chain.dropped:
                self._drop(chain)
            waiting = list(chain.events.values())
        self._tell(waiting)

    @staticmethod
    def _tell(waiting: Iterable[Event]) -> None:
        for event in waiting:
            event.set()

    # -- forgetting --------------------------------------------------------------------------------------------------

    def forget(self, api: str | None = None) -> None:
        """Serve nobody with what was read so far, of one API or of all: something was written."""
        with self._lock:
            for chain in [c for c in self._chains.values() if api in (None, c.told.operation[0])]:
                self._drop(chain)

    def _sweep(self, now: float) -> None:
        """Drop what is over; all are looked at once in a while only. The lock is held."""
        if self._swept <= now < self._swept + _SWEEP:
            return
        self._swept = now
        for chain in [c for c in self._chains.values() if c.is_over(now)]:
            self._drop(chain)
        self._bound = {k: v for k, v in self._bound.items() if all(n in self._chains for n in v)}

    def _shrink(self) -> None:
        while self.bytes > self._limit:
            unread = next((c for c in self._chains.values() if not c.events), None)
            self._drop(unread or next(iter(self._chains.values())))

    def _drop(self, chain: _Chain) -> None:
        """Let nobody come to a chain any more; who reads it reads on. The lock is held."""
        number = chain.told.number
        chain.dropped = True
        self.bytes -= chain.bytes
        _remove(self._by_operation, chain.place, number)
        _remove(self._by_key, (chain.place, chain.key), number)
        del self._chains[number]

    def _watch(self) -> None:
        """See to it that pages are dropped at their time, if no statement comes by; on a virtual clock none passes."""
        with self._lock:
            if self._sweeping or self._clock.virtual or not self._chains:
                return
            self._sweeping = True
        self._clock.thread(self._sweep_on, "amzsql-pages")

    def _sweep_on(self) -> None:
        while True:
            now = self._clock.now()
            with self._lock:
                self._swept = 0.0
                self._sweep(now)
                if not self._chains:
                    self._sweeping = False
                    return
                until = min(c.reading.last + c.seconds for c in self._chains.values())
            self._clock.wait(max(until, now + _SWEEP))


def _remove(index: dict[Any, dict[int, _Chain]], key: Any, number: int) -> None:
    chains = index.get(key, {})
    chains.pop(number, None)
    if not chains:
        index.pop(key, None)


@dataclass(frozen=True, slots=True)
class Share:
    """What a statement has of its account's pages: for how many seconds they are shared, and that it reads."""

    pages: SharedPages
    clock: Clock
    seconds: float
    reading: Reading

    @classmethod
    def of(cls, pages: SharedPages, clock: Clock, seconds: float) -> Share | None:
        """Return the share of a statement that begins to read now; None for one that reads by itself."""
        return cls(pages, clock, seconds, Reading(clock.now())) if seconds else None

    def answer(
        self, owner: str, operation: Operation, parameters: Mapping[str, Any], send: Callable[[], Answer], wait: Wait
    ) -> Answer:
        """Return the answer to a request that has no pages, from who has asked it or by `send`."""
        asked = Asked(operation, (dict(parameters),), same=True)
        with closing(self.pages.open(owner, asked, self, whole=False, bound=True)) as link:
            found = link.next(wait)
            if found is None:
                found = send()
                link.add(found)
                link.end()
            return found
