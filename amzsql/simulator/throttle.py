"""Amazon's usage plans: token buckets by application, account and operation, and how often the rate is told.

Knows the published rates and the time, nothing else of a call. Whichever of a call's buckets is empty refuses it, and
then none of them loses a token.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from amzsql.spapi.model import Operation, Rate

# A client that waits exactly until the next token may arrive this much early, by the rounding of floating point.
_ROUNDING = 0.001
SANDBOX = Rate(5.0, 15)
# All accounts of an application together, for each operation of these APIs.
_APPLICATION_WIDE: Mapping[str, Rate] = MappingProxyType(
    {"definitionsProductTypes_2020-09-01": Rate(100.0, 100), "listingsRestrictions_2021-08-01": Rate(100.0, 100)}
)
# All accounts of an application together, for reports of a type: since April 2026 one in fifteen minutes.
_REPORT_TYPES: Mapping[str, Rate] = MappingProxyType({"GET_SALES_AND_TRAFFIC_REPORT": Rate(1 / 900, 1)})
# Statuses on which Amazon tells the rate at all, and of how many such answers it forgets one.
_TOLD_ON = frozenset({400, 404})
_FORGOTTEN = 10

Key = tuple[str, ...]


class Buckets:
    """Token buckets that are full when they are first asked."""

    def __init__(self) -> None:
        self._full_at: dict[Key, float] = {}
        self._lock = threading.Lock()

    def take(self, plans: Mapping[Key, Rate], now: float) -> bool:
        """Take a token of each bucket if all have one; a call without one takes none."""
        with self._lock:
            full = {key: max(now, self._full_at.get(key, 0.0)) for key in plans}
            if any(full[k] - now > (r.burst - 1) / r.rate + _ROUNDING for k, r in plans.items()):
                return False
            self._full_at.update({key: full[key] + 1 / rate.rate for key, rate in plans.items()})
            return True


class Plans:
    """The usage plans of all operations."""

    def __init__(self, *, sandbox: bool = False) -> None:
        self._buckets = Buckets()
        self._sandbox = sandbox
        self._told: dict[str, int] = {}
        self._lock = threading.Lock()

    def rate(self, operation: Operation) -> Rate:
        """Return an operation's rate for one application and account."""
        return SANDBOX if self._sandbox else operation.rate

    def admit(self, account: str, application: str, operation: Operation, now: float, slowdown: float = 1.0) -> bool:
        """Take a token for a call; False if there is none. `account` tells pairs of account and application apart."""
        rate = self.rate(operation)
        plans: dict[Key, Rate] = {(account, *operation.key): Rate(rate.rate / slowdown, rate.burst)}
        wide = _APPLICATION_WIDE.get(operation.api)
        if wide is not None and not self._sandbox:
            plans[("application", application, *operation.key)] = wide
        return self._buckets.take(plans, now)

    def admit_content(self, application: str, operation: Operation, body: Any, now: float) -> bool:
        """Take a token from the bucket that what is ordered has of its own."""
        plans = {} if self._sandbox else dict(_own(application, operation, body))
        return not plans or self._buckets.take(plans, now)

    def tells(self, operation: Operation, status: int) -> bool:
        """Tell whether an answer carries the rate: Amazon means to on 20x, 400 and 404, and sometimes does not."""
        if status >= 300 and status not in _TOLD_ON:
            return False
        with self._lock:
            count = self._told[operation.name] = self._told.get(operation.name, 0) + 1
        # The first answer tells it: who asks once should learn it.
        return count == 1 or hashlib.sha256(f"{operation.name} {count}".encode()).digest()[0] % _FORGOTTEN != 0


def _own(application: str, operation: Operation, body: Any) -> Iterator[tuple[Key, Rate]]:
    if operation.name == "reports_2021-06-30.createReport" and isinstance(body, dict):
        kind = str(body.get("reportType", ""))
        if kind in _REPORT_TYPES:
            yield ("report type", application, kind), _REPORT_TYPES[kind]
