"""The day on which the suite runs: today's, or AMZSQL_TEST_TODAY (a date), so that it can be run after Orders v0.

Only the process's own clock is moved, and it goes on; processes that a test starts have the machine's.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator

import pytest
import time_machine

TODAY = os.environ.get("AMZSQL_TEST_TODAY")


@pytest.fixture(autouse=True, scope="session")
def _today() -> Iterator[None]:
    if not TODAY:
        yield
        return
    noon = dt.datetime.combine(dt.date.fromisoformat(TODAY), dt.time(12), dt.UTC)
    with time_machine.travel(noon, tick=True):
        yield
