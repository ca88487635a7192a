"""The feeds of ours that Amazon still works on: which SKUs or orders they touch, and how many were sent lately.

So that no later write overtakes an earlier one, and no feed is sent into a refusal that is known beforehand. Kept in
the account's book, for all processes that share the state folder; of a SKU only a hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from amzsql.errors import BudgetExceeded
from amzsql.execute.context import Context
from amzsql.execute.report_book import DAY, Book
from amzsql.spapi.document_types import feed_types
from amzsql.state import StateFolder

_KIND = "feeds running"
# A feed that nobody looked after for so long is over, whatever became of it.
_FORGOTTEN = 3 * DAY
_HASH = 6
# Amazon's clock is not ours. (s)
_GUARD = 1.0


class Running:
    """The running feeds of a statement's account."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._book = context.book or Book(StateFolder(None), context.clock, context.account)
        self._key = self._book.name("feeds")

    def touching(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the ids of the feeds that work on any of some SKUs or orders, each with one; the oldest first."""
        wanted = {_hashed(key): key for key in keys}
        touched = ((feed, wanted.keys() & entry["keys"]) for feed, entry in self._known()["feeds"].items())
        return {feed: min(wanted[each] for each in hashes) for feed, hashes in touched if hashes}

    def begin(self, feed: str, keys: Iterable[str]) -> None:
        """Note a feed that was sent."""
        entry = {"at": self._context.clock.now(), "keys": sorted({_hashed(key) for key in keys})}
        with self._changing() as known:
            known["feeds"][feed] = entry

    def end(self, feed: str) -> None:
        """Forget a feed that Amazon is done with."""
        with self._changing() as known:
            known["feeds"].pop(feed, None)

    def send(self, feed_type: str, make: Callable[[], str]) -> str:
        """Wait until one more feed of a type is taken, make it, and return its id.

        Amazon counts those of some types in a window of time, which no bucket of tokens can be held to.
        """
        kind = feed_types().get(feed_type)
        if kind is None or kind.quota is None:
            return make()
        most, seconds = kind.quota
        context = self._context
        with self._book.alone(f"{self._key} {feed_type}", self._wait, everywhere=True):
            times = self._times(feed_type, seconds)
            if len(times) >= most:
                until = times[-most] + seconds + _GUARD
                self._turned(feed_type, until)
            with self._changing() as known:
                known["times"][feed_type] = [*self._times(feed_type, seconds), context.clock.now()]
            return make()

    def _turned(self, feed_type: str, until: float) -> None:
        """Wait for the next feed's turn, or refuse it if the statement is over before."""
        context = self._context
        rest = until - context.clock.now()
        said = f"the next {feed_type} is taken in {rest:.0f} s"
        if context.deadline is not None and until > context.deadline:
            raise BudgetExceeded(f"{said[0].upper()}{said[1:]}, and the statement ends before (StatementTimeout).")
        if context.progress is not None:
            context.progress(said)
        self._wait(until, None)

    def turn(self, feed_type: str) -> float:
        """Return the seconds until one more feed of a type is taken."""
        kind = feed_types().get(feed_type)
        if kind is None or kind.quota is None:
            return 0.0
        most, seconds = kind.quota
        times = self._times(feed_type, seconds)
        return max(0.0, times[-most] + seconds - self._context.clock.now()) if len(times) >= most else 0.0

    def _times(self, feed_type: str, seconds: float) -> list[float]:
        earliest = self._context.clock.now() - seconds
        return [t for t in self._known()["times"].get(feed_type, ()) if t > earliest]

    def _wait(self, until: float | None, event: Any) -> None:
        context = self._context
        context.check()
        times = [t for t in (until, context.deadline) if t is not None]
        events = (context.cancelled,) if event is None else (context.cancelled, event)
        context.clock.wait(min(times, default=None), *events)
        context.check()

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        with self._book.alone(self._key, self._wait, everywhere=True):
            known = self._known()
            yield known
            self._book.note(_KIND, self._key, known)

    def _known(self) -> dict[str, Any]:
        found: Mapping[str, Any] = self._book.entry(_KIND, self._key) or {}
        oldest = self._context.clock.now() - _FORGOTTEN
        feeds = {feed: entry for feed, entry in found.get("feeds", {}).items() if entry["at"] > oldest}
        return {"feeds": feeds, "times": dict(found.get("times", {}))}


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[: 2 * _HASH]
