"""Amazon's token buckets: one for each operation and account. Knows the published rates and the time, nothing else."""

from __future__ import annotations

import threading

from amzsql.spapi.model import Operation

# A client that waits exactly until the next token may arrive this much early, by the rounding of floating point.
_ROUNDING = 0.001


class Buckets:
    """Counts calls against the published rates."""

    def __init__(self) -> None:
        self._full_at: dict[tuple[str, tuple[str, str, str]], float] = {}
        self._lock = threading.Lock()

    def take(self, account: str, operation: Operation, now: float) -> bool:
        """Take a token if there is one; a call without one takes none."""
        key, rate = (account, operation.key), operation.rate
        with self._lock:
            full_at = max(now, self._full_at.get(key, 0.0))
            if full_at - now > (rate.burst - 1) / rate.rate + _ROUNDING:
                return False
            self._full_at[key] = full_at + 1 / rate.rate
            return True
