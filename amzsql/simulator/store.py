"""What was written to the simulator: records by kind and id, one store for each selling partner and application.

Owns ids and the lock; never what a record means. Ids are numbered and drawn from the seed, so that the same requests
in the same order are answered with the same bytes.
"""

from __future__ import annotations

import hashlib
import heapq
import threading
import uuid
from collections.abc import Callable
from typing import Any

Records = dict[str, dict[str, Any]]
Deed = Callable[[], None]


class Store:
    """Records by kind and id, in the order of their creation. Hold `lock` over whatever reads or writes it."""

    def __init__(self, name: str) -> None:
        self.lock = threading.RLock()
        self._name = name
        self._kinds: dict[str, Records] = {}
        self._counts: dict[str, int] = {}
        self._due: list[tuple[float, int, Deed]] = []

    def records(self, kind: str) -> Records:
        """Return the records of a kind by id; a new dictionary at the first call."""
        return self._kinds.setdefault(kind, {})

    def count(self, kind: str) -> int:
        """Return the next number of a kind, from 1 on."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return self._counts[kind]

    def later(self, when: float, deed: Deed) -> None:
        """Have something done as soon as the clock stands at `when` or later: a feed that is processed, say."""
        heapq.heappush(self._due, (when, self.count("deed"), deed))

    def settle(self, now: float) -> None:
        """Do what is due, in the order of time; called before anything reads the store."""
        while self._due and self._due[0][0] <= now:
            heapq.heappop(self._due)[2]()

    def text(self, kind: str, length: int = 12) -> str:
        """Return a new id of lower-case hexadecimal digits, at most 64."""
        return self._digest(kind).hex()[:length]

    def uuid(self, kind: str) -> str:
        """Return a new id that looks like a random UUID."""
        return str(uuid.UUID(bytes=self._digest(kind)[:16], version=4))

    def _digest(self, kind: str) -> bytes:
        return hashlib.sha256(f"{self._name} {kind} {self.count(kind)}".encode()).digest()
