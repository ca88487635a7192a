"""What calls cost on Amazon's clock: token buckets from their present fill, a latency for each call."""

from __future__ import annotations

import math

from amzsql.plan.nodes import Situation
from amzsql.spapi.model import Operation

NEAR_SECONDS = 1.0
NEAR_RATIO = 0.1


def pages(rows: float, page_rows: int) -> int:
    """Return the calls that a partition of so many rows takes: at least one."""
    return max(1, math.ceil(rows / page_rows))


def seconds(calls: int, chains: int, operation: Operation, situation: Situation) -> float:
    """Return the seconds until the last answer of `calls` calls that run in so many chains side by side.

    The n-th call starts when the bucket has its token, and after the call before it in its chain.
    """
    if calls <= 0:
        return 0.0
    rate = situation.rate(operation)
    tokens = situation.tokens.get(operation.name, float(rate.burst))
    side = max(1, min(chains, situation.side_by_side))
    by_latency = math.ceil(calls / side) * situation.latency
    by_tokens = max(0.0, (calls - tokens) / rate.rate) + situation.latency
    return max(by_latency, by_tokens)


def near(one: float, other: float) -> bool:
    """Tell whether two plans take so nearly the same time that calls decide."""
    return abs(one - other) <= max(NEAR_SECONDS, NEAR_RATIO * max(one, other))
