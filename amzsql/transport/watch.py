"""What may end a wait: the statement's deadline, and cancel().

Owns how the transport blocks: everything in this package that waits does so through a `Watch`. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable

from amzsql.clock import Clock, Event
from amzsql.errors import BudgetExceeded, Cancelled


class Watch:
    """The waits of one request: until when they may last and who may end them.

    `what` names the operation in messages; `waited` counts the seconds spent in `pause`.
    """

    __slots__ = ("cancelled", "clock", "deadline", "progress", "waited", "what")

    def __init__(
        self,
        clock: Clock,
        what: str,
        *,
        deadline: float | None = None,
        cancelled: Event | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self.clock = clock
        self.what = what
        self.deadline = deadline
        self.cancelled = cancelled
        self.progress = progress
        self.waited = 0.0

    def check(self) -> None:
        """Raise Cancelled or BudgetExceeded if the statement is over."""
        self.check_cancelled()
        if self.deadline is not None and self.clock.now() > self.deadline:
            raise BudgetExceeded(f"{self.what}: the statement's time is up (StatementTimeout)")

    def check_cancelled(self) -> None:
        """Raise Cancelled if the statement was cancelled."""
        if self.cancelled is not None and self.cancelled.is_set():
            raise Cancelled(f"{self.what}: the statement was cancelled")

    def pause(self, until: float, why: str, *also: Event) -> bool:
        """Wait until that time or one of the events; True for an event. A wait past the deadline is refused at once."""
        self.check()
        start = self.clock.now()
        if self.deadline is not None and until > self.deadline:
            left = max(0.0, self.deadline - start)
            raise BudgetExceeded(
                f"{self.what}: {why}, the next call is possible in {until - start:.0f} s, "
                f"but the statement has {left:.0f} s left. Raise StatementTimeout, or ask for less."
            )
        if self.progress is not None and until - start >= 1.0:
            self.progress(f"{self.what.rpartition('.')[2]} {why}, next call in {until - start:.0f} s")
        events = also if self.cancelled is None else (*also, self.cancelled)
        met = self.clock.wait(until, *events)
        self.waited += self.clock.now() - start
        self.check()
        return met

    def linger(self, until: float) -> None:
        """Let a time pass that the work itself takes; the statement's end cuts it short."""
        self.clock.wait(
            until if self.deadline is None else min(until, self.deadline),
            *(() if self.cancelled is None else (self.cancelled,)),
        )
        self.check()

    def await_event(self, event: Event) -> None:
        """Wait for an event, as long as the statement lasts."""
        self.check()
        start = self.clock.now()
        events = (event,) if self.cancelled is None else (event, self.cancelled)
        self.clock.wait(self.deadline, *events)
        self.waited += self.clock.now() - start
        self.check()
