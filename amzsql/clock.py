"""Time, and everything a thread of the driver may block on.

Two clocks share one interface. `RealClock` is the wall clock. `VirtualClock` belongs to the in-process simulator: it
stands still while anybody works and jumps when all wait, so that a wait of three minutes costs nothing.

A thread that works for a statement is an *actor*: a scan's worker (`clock.thread`) or the statement's own thread while
it is inside the driver (`with clock.actor()`). Under the virtual clock one actor runs at a time; of those that can go
on, the one with the earliest (time, actor number) does. That makes a run deterministic. Whatever an actor can block on
is made by the clock (`event`, `lock`, `wait`), and nothing is held across a wait but a clock lock.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol


class Event(Protocol):
    """A flag that an actor can wait for."""

    def set(self) -> None:
        """Set the flag and wake who waits for it."""

    def clear(self) -> None:
        """Unset the flag."""

    def is_set(self) -> bool:
        """Tell whether the flag is set."""


class Worker(Protocol):
    """A started thread."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for the thread's end, `timeout` seconds at most."""

    def is_alive(self) -> bool:
        """Tell whether the thread still runs."""


class Clock(Protocol):
    """What the driver asks of time. Seconds are since the epoch, in UTC."""

    virtual: bool

    def now(self) -> float:
        """Return the present time."""

    def event(self) -> Event:
        """Return a new, unset event."""

    def lock(self) -> AbstractContextManager[Any]:
        """Return a lock that may be held across `wait`."""

    def wait(self, until: float | None, *events: Event) -> bool:
        """Block until the time `until` or until one of the events is set; True if one is set."""

    def actor(self) -> AbstractContextManager[None]:
        """Make the calling thread an actor while the context lasts; nests."""

    def thread(self, target: Callable[[], None], name: str) -> Worker:
        """Start a daemon thread that is an actor until it ends."""


def utc(seconds: float) -> datetime:
    """Return the time as an aware datetime in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


# A signal wakes only the thread that the system gives it to, yet only the main thread runs its handler: one that slept
# without end would not notice Ctrl-C.
_LONGEST_SLEEP = 0.5


class RealClock:
    """The wall clock; events and locks are the threading module's."""

    virtual = False

    def __init__(self) -> None:
        self._condition = threading.Condition()
        _real_clocks.add(self)

    def now(self) -> float:
        """Return the present time."""
        return time.time()

    def event(self) -> Event:
        """Return a new, unset event."""
        return _RealEvent(self._condition)

    def lock(self) -> AbstractContextManager[Any]:
        """Return a lock of the threading module."""
        return threading.Lock()

    def wait(self, until: float | None, *events: Event) -> bool:
        """Block until the time `until` or until one of the events is set; True if one is set."""
        # The deadline is kept on the monotonic clock: a wall clock that is set back must not lengthen a wait.
        end = None if until is None else time.monotonic() + max(0.0, until - time.time())
        with self._condition:
            while not any(e.is_set() for e in events):
                left = math.inf if end is None else end - time.monotonic()
                if left <= 0:
                    return False
                self._condition.wait(min(left, _LONGEST_SLEEP))
            return True

    @contextmanager
    def actor(self) -> Iterator[None]:
        """Do nothing: here threads run by themselves."""
        yield

    def thread(self, target: Callable[[], None], name: str) -> Worker:
        """Start a daemon thread."""
        worker = threading.Thread(target=target, name=name, daemon=True)
        worker.start()
        return worker


_real_clocks: weakref.WeakSet[RealClock] = weakref.WeakSet()
_forking: list[RealClock] = []


def _before_fork() -> None:
    """Hold every clock: a lock that another thread held at the fork would never be freed in the child."""
    _forking.extend(_real_clocks)
    for clock in _forking:
        clock._condition.acquire()


def _after_fork() -> None:
    while _forking:
        _forking.pop()._condition.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


class _RealEvent:
    """An event whose setting wakes the waiters of its clock."""

    def __init__(self, condition: threading.Condition) -> None:
        self._condition = condition
        self._flag = False

    def set(self) -> None:
        with self._condition:
            self._flag = True
            self._condition.notify_all()

    def clear(self) -> None:
        self._flag = False

    def is_set(self) -> bool:
        return self._flag


class _Actor:
    """One registered thread: its number, what tells it of its turn, and while it waits, until when and for what."""

    __slots__ = ("events", "number", "state", "turn", "until")

    def __init__(self, number: int, lock: threading.Lock) -> None:
        self.number = number
        self.turn = threading.Condition(lock)
        self.state = "ready"
        self.until = math.inf
        self.events: tuple[Event, ...] = ()

    def due(self, now: float) -> float:
        """Return the earliest time at which the actor can go on; infinite if only an event can wake it."""
        if self.state == "ready" or any(e.is_set() for e in self.events):
            return now
        return max(now, self.until)


class VirtualClock:
    """A clock that jumps to the earliest wake-up when every actor waits.

    Workers run only while some statement's thread is inside the driver (`actor`); between two fetches they stand still,
    so that how far they read ahead does not depend on how fast the caller is.
    """

    virtual = True

    def __init__(self, start: float) -> None:
        self._now = float(start)
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._actors: dict[int, _Actor] = {}
        self._running: _Actor | None = None
        self._inside = 0
        self._depth = threading.local()

    def now(self) -> float:
        """Return the simulated time."""
        return self._now

    def event(self) -> Event:
        """Return a new, unset event."""
        return _VirtualEvent(self)

    def lock(self) -> AbstractContextManager[Any]:
        """Return a lock that lets time pass for who waits for it."""
        return _VirtualLock(self)

    def wait(self, until: float | None, *events: Event) -> bool:
        """Hand over to the next actor until the time `until` has come or an event is set; True if one is set."""
        with self._registered(), self._lock:
            me = self._actors[threading.get_ident()]
            me.state, me.until, me.events = "waiting", math.inf if until is None else until, events
            self._hand_over(me)
            self._await_turn(me)
            met = any(e.is_set() for e in events)
            me.state, me.until, me.events = "ready", math.inf, ()
            return met

    @contextmanager
    def actor(self) -> Iterator[None]:
        """Make the calling thread an actor; workers run only while one is inside."""
        depth = getattr(self._depth, "value", 0)
        self._depth.value = depth + 1
        try:
            if depth:
                yield
            else:
                with self._statement():
                    yield
        finally:
            self._depth.value = depth

    def thread(self, target: Callable[[], None], name: str) -> Worker:
        """Start a daemon thread that runs when it is its turn, until it ends."""
        actor = _Actor(next(self._numbers), self._lock)
        done = self.event()

        def run() -> None:
            with self._lock:
                self._actors[threading.get_ident()] = actor
                self._actors.pop(-1 - actor.number, None)
                self._await_turn(actor)
            self._depth.value = 1
            try:
                target()
            finally:
                done.set()
                self._leave(actor)

        # Until the new thread has registered itself, it is listed under a key of its own to keep its place.
        with self._lock:
            self._actors[-1 - actor.number] = actor
        worker = threading.Thread(target=run, name=name, daemon=True)
        worker.start()
        return _VirtualWorker(self, worker, done)

    @contextmanager
    def _registered(self) -> Iterator[None]:
        if threading.get_ident() in self._actors:
            yield
        else:
            with self.actor():
                yield

    @contextmanager
    def _statement(self) -> Iterator[None]:
        me = _Actor(next(self._numbers), self._lock)
        with self._lock:
            self._actors[threading.get_ident()] = me
            self._inside += 1
            self._await_turn(me)
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
            self._leave(me)

    def _leave(self, me: _Actor) -> None:
        with self._lock:
            self._actors = {k: a for k, a in self._actors.items() if a is not me}
            self._hand_over(me)

    def _hand_over(self, me: _Actor) -> None:
        if self._running is me:
            self._running = None
        self._choose()

    def _choose(self) -> None:
        """Let the next actor run, moving time forward if all wait. The condition is held."""
        if self._running is not None or not self._inside or not self._actors:
            return
        due, _, actor = min(((a.due(self._now), a.number, a) for a in self._actors.values()), key=lambda x: x[:2])
        if due < math.inf:
            self._now = max(self._now, due)
            self._running = actor
            # Only the one whose turn it is: of many workers all others would wake for nothing.
            actor.turn.notify()

    def _await_turn(self, me: _Actor) -> None:
        self._choose()
        while self._running is not me:
            me.turn.wait()

    def _event_set(self) -> None:
        self._choose()


class _VirtualEvent:
    """An event of a virtual clock; setting it from outside wakes a clock on which all wait."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._flag = False

    def set(self) -> None:
        with self._clock._lock:
            self._flag = True
            self._clock._event_set()

    def clear(self) -> None:
        self._flag = False

    def is_set(self) -> bool:
        return self._flag


class _VirtualLock:
    """A lock that lets virtual time pass while it is awaited."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._free = clock.event()
        self._free.set()

    def __enter__(self) -> _VirtualLock:
        with self._clock._registered():
            while True:
                self._clock.wait(None, self._free)
                with self._clock._lock:
                    if self._free.is_set():
                        self._free.clear()
                        return self

    def __exit__(self, *_: object) -> None:
        self._free.set()


class _VirtualWorker:
    """A thread of a virtual clock: joining it lets time pass."""

    def __init__(self, clock: VirtualClock, worker: threading.Thread, done: Event) -> None:
        self._clock = clock
        self._worker = worker
        self._done = done

    def join(self, timeout: float | None = None) -> None:
        self._clock.wait(None if timeout is None else self._clock.now() + timeout, self._done)

    def is_alive(self) -> bool:
        return not self._done.is_set()
