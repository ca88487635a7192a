"""The chains of pages that a fetch has still to begin, where a search may have more rows than Amazon gives out.

Such a chain is cut in two by a time that every row has, until each part is small enough. Who calls holds the fetch's
lock. Knows nothing of threads or requests.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Nothing of Amazon's is older.
OLDEST = dt.datetime(1995, 1, 1, tzinfo=dt.UTC)
_SHORTEST = dt.timedelta(seconds=2)


@dataclass(slots=True)
class _Whole:
    """How many rows of a chain that was cut have not been seen in its parts."""

    left: int


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of pages: its partition's number and the parameters of its first page; `of`: what it is a part of."""

    number: int
    parameters: dict[str, Any]
    of: _Whole | None = None


class Slices:
    """Cuts chains by the bounds of a time (`bounds`; without them none is ever cut).

    `undecided` counts the chains whose first page has not come: each may still be cut.
    """

    def __init__(self, bounds: tuple[str, str] | None) -> None:
        self._bounds = bounds
        self._parts: deque[Chain] = deque()
        self._ignored = False
        self.undecided = 0

    def take(self) -> Chain | None:
        """Return the next part, if there is one."""
        return self._parts.popleft() if self._parts else None

    def begin(self) -> None:
        """Note that a chain's first page is asked for."""
        self.undecided += self._bounds is not None

    def decide(self, chain: Chain, total: int, most: int, now: dt.datetime) -> bool:
        """Cut a chain of so many rows in a newer and an older part if there are more than Amazon gives out.

        Return whether it was cut. A range of a second is not, nor any once the parts of one were seen to have more rows
        than the whole: then the time does not narrow the search.
        """
        self.undecided -= self._bounds is not None
        if chain.of is not None:
            chain.of.left -= total
            self._ignored = self._ignored or chain.of.left < -most
        halves = self._halves(chain.parameters, now) if total > most and not self._ignored else ()
        whole = _Whole(total)
        # Behind the others: both parts of one are seen before the parts of a part.
        self._parts.extend(Chain(chain.number, half, whole) for half in halves)
        return bool(halves)

    def _halves(self, parameters: Mapping[str, Any], now: dt.datetime) -> tuple[dict[str, Any], ...]:
        if self._bounds is None:
            return ()
        after, before = self._bounds
        low, high = parameters.get(after, OLDEST), parameters.get(before, now)
        if high - low < _SHORTEST:
            return ()
        middle = (low + (high - low) / 2).replace(microsecond=0)
        return {**parameters, after: middle}, {**parameters, before: middle}
