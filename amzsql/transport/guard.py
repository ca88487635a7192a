"""Until when a thread's exchange may last, and what ends it sooner. Knows nothing of sockets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from amzsql.clock import Clock, Event
from amzsql.errors import Cancelled


class Guard:
    """Until when one exchange may last, and the flag that ends it sooner."""

    __slots__ = ("cancelled", "clock", "expires", "what")

    def __init__(self, clock: Clock, expires: float, cancelled: Event | None, what: str) -> None:
        self.clock = clock
        self.expires = expires
        self.cancelled = cancelled
        self.what = what

    def check(self) -> None:
        """Raise Cancelled, or a timeout of httpcore's."""
        if self.cancelled is not None and self.cancelled.is_set():
            raise Cancelled(f"{self.what}: the statement was cancelled")
        if self.clock.now() > self.expires:
            import httpcore  # here already: an exchange is going on

            raise httpcore.ReadTimeout("no complete answer in time")


_thread = threading.local()


@contextmanager
def guarded(guard: Guard) -> Iterator[None]:
    """Put the thread's sockets under the guard while the context lasts."""
    before = current()
    _thread.guard = guard
    try:
        yield
    finally:
        _thread.guard = before


def current() -> Guard | None:
    """Return the guard that the thread is under."""
    guard: Guard | None = getattr(_thread, "guard", None)
    return guard


def exchanging() -> bool:
    """Tell whether the thread is inside an exchange of the driver's."""
    return current() is not None
