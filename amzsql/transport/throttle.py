"""Amazon's token buckets, kept on our side so that no call goes out that would be answered 429.

A bucket is one timestamp, the time at which it is full again (GCRA): a call moves it 1/rate further, and a call may
start when the bucket would be full within (burst - 1)/rate. Buckets live in a store that processes share. Knows
nothing of HTTP or of the planner.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from amzsql.clock import Clock
from amzsql.spapi.model import Rate
from amzsql.state import Bucket
from amzsql.transport.fork import renew_in_child
from amzsql.transport.watch import Watch

# A clock's rounding must not make a call arrive before its token: a call that waits starts this much later (s).
GUARD = 0.001
# What a 429 without a rate header does to the rate, how far it can fall, and how long (s) that is believed.
SLOWDOWN, FLOOR, MEMORY = 0.75, 0.1, 3600.0
# A header's rate is best effort: nonsense is not followed.
LOWEST, HIGHEST = 1e-5, 1e5

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Fill:
    """What a planner may count on: calls at once (a fraction counts), then `rate` calls a second, at most `burst`."""

    tokens: float
    rate: float
    burst: int


class BucketStore(Protocol):
    """Where buckets live; the change is atomic over all processes that share the store."""

    def update_bucket(self, key: str, change: Callable[[Bucket | None], Bucket]) -> Bucket:
        """Replace a bucket by `change` of it, which may get None, and return it."""


class MemoryStore:
    """Buckets of this process only."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}
        self.after_fork()
        renew_in_child(self)

    def after_fork(self) -> None:
        """Forget the parent's lock."""
        self._lock = threading.Lock()

    def update_bucket(self, key: str, change: Callable[[Bucket | None], Bucket]) -> Bucket:
        """Replace a bucket by `change` of it and return it."""
        with self._lock:
            bucket = change(self._buckets.get(key))
            self._buckets[key] = bucket
        return bucket


class Buckets:
    """The buckets of all operations, by (application, account, operation).

    `reserve`: tokens left in every bucket for other programs. `rate_share`: the fraction of every rate and burst that
    is ours.
    """

    def __init__(
        self, clock: Clock, state: BucketStore | None = None, reserve: int = 0, rate_share: float = 1.0
    ) -> None:
        self._clock = clock
        self._store = state or MemoryStore()
        self._reserve = reserve
        self._share = rate_share
        self.after_fork()
        renew_in_child(self)

    def after_fork(self) -> None:
        """Forget the parent's lock and who waited."""
        self._lock = threading.Lock()
        self._queues: dict[Key, list[object]] = {}

    def acquire(self, key: Key, rate: Rate, watch: Watch) -> float:
        """Take a token, waiting for it as `watch` allows; return the time at which it was taken.

        Waiters of one process are served in order, and each knows when its turn comes.
        """
        ticket = object()
        with self._lock:
            self._queues.setdefault(key, []).append(ticket)
        try:
            while (start := self._take(key, rate, ticket)) > self._clock.now():
                watch.pause(start, "throttled")
            return start
        finally:
            with self._lock:
                self._queues[key].remove(ticket)

    def peek(self, key: Key, rate: Rate) -> float:
        """Return the tokens in the bucket now, between 0 and its burst."""
        bucket, pace = self._look(key, rate)
        return pace.tokens(bucket.value, self._clock.now())

    def fill(self, key: Key, rate: Rate) -> Fill:
        """Return what a planner may count on: the tokens without the reserve and without those already waited for."""
        bucket, pace = self._look(key, rate)
        reserve = pace.burst - pace.usable
        tokens = pace.tokens(bucket.value, self._clock.now()) - reserve - len(self._queues.get(key, ()))
        return Fill(tokens, pace.rate, pace.usable)

    def look(self, key: Key, rate: Rate) -> Bucket:
        """Return what is remembered of the bucket."""
        return self._look(key, rate)[0]

    def learn(self, key: Key, rate: Rate, told: float | None) -> None:
        """Follow the rate that Amazon's header tells, in both directions."""
        if told is None or not LOWEST <= told <= HIGHEST:
            return
        if self._look(key, rate)[0].rate == told:
            return
        self._change(key, rate, lambda b: self._rescaled(b, rate, told))

    def penalise(self, key: Key, rate: Rate, told: float | None = None) -> None:
        """Remember a 429 although we had a token: somebody else uses the bucket, so it is empty.

        Without a told rate the second 429 within a bucket's refill also lowers the rate for an hour.
        """
        now = self._clock.now()

        def change(bucket: Bucket) -> Bucket:
            pace = self._pace(bucket, rate)
            again = bucket.last_429 is not None and now - bucket.last_429 < pace.burst / pace.rate
            if told is None and again:
                slower = max(pace.whole * SLOWDOWN, rate.rate * FLOOR)
                bucket = self._rescaled(bucket, rate, slower)
                pace = self._pace(bucket, rate)
            return replace(bucket, value=now + pace.burst / pace.rate, last_429=now)

        self.learn(key, rate, told)
        self._change(key, rate, change)

    def postpone(self, key: Key, rate: Rate, seconds: float) -> None:
        """Remember a 429 of a bucket that is seldom full: others took its token, and it may be asked again then."""
        now = self._clock.now()

        def change(bucket: Bucket) -> Bucket:
            pace = self._pace(bucket, rate)
            return replace(
                bucket, value=now + min(seconds, 1 / pace.rate) + (pace.usable - 1) / pace.rate, last_429=now
            )

        self._change(key, rate, change)

    def _take(self, key: Key, rate: Rate, ticket: object) -> float:
        """Take a token if there is one for this ticket too; return when it may start."""
        with self._lock:
            ahead = self._queues[key].index(ticket)
        start = now = self._clock.now()

        def change(bucket: Bucket) -> Bucket:
            nonlocal start
            pace = self._pace(bucket, rate)
            ready = bucket.value - (pace.usable - 1 - ahead) / pace.rate
            if ready > now:
                start = ready + GUARD
                return bucket
            start = now
            return replace(bucket, value=max(bucket.value, now) + 1 / pace.rate)

        self._change(key, rate, change)
        return start

    def _look(self, key: Key, rate: Rate) -> tuple[Bucket, _Pace]:
        bucket = self._change(key, rate, lambda b: b)
        return bucket, self._pace(bucket, rate)

    def _change(self, key: Key, rate: Rate, change: Callable[[Bucket], Bucket]) -> Bucket:
        now = self._clock.now()

        def sane(stored: Bucket | None) -> Bucket:
            bucket = stored or Bucket(0.0)
            slowed = bucket.rate is not None and bucket.rate < rate.rate and bucket.last_429 is not None
            if slowed and (bucket.last_429 or 0.0) + MEMORY < now:
                bucket = replace(self._rescaled(bucket, rate, rate.rate), rate=None)
            # Further ahead than an empty bucket can be: the clock was set back.
            pace = self._pace(bucket, rate)
            return change(replace(bucket, value=min(bucket.value, now + pace.burst / pace.rate)))

        return self._store.update_bucket("|".join(key), sane)

    def _pace(self, bucket: Bucket, rate: Rate) -> _Pace:
        whole = bucket.rate or rate.rate
        burst = max(1, int(rate.burst * self._share))
        return _Pace(whole, whole * self._share, burst, max(1, burst - self._reserve))

    def _rescaled(self, bucket: Bucket, rate: Rate, told: float) -> Bucket:
        """Return the bucket under another rate, with as many tokens missing as before."""
        now = self._clock.now()
        missing = max(0.0, bucket.value - now) * (bucket.rate or rate.rate)
        return replace(bucket, value=now + missing / told, rate=told)


@dataclass(frozen=True, slots=True)
class _Pace:
    """A bucket as this process may use it: Amazon's whole rate, our rate, our burst, and what the reserve leaves."""

    whole: float
    rate: float
    burst: int
    usable: int

    def tokens(self, full_at: float, now: float) -> float:
        return min(float(self.burst), max(0.0, self.burst - (full_at - now) * self.rate))
