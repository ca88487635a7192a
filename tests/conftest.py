"""What holds for the whole suite: the day, how often garbage is looked for, no shared pages, no limit of time.

The day is today's, or AMZSQL_TEST_TODAY (a date), so that it can be run after Orders v0. Only the process's own clock
is moved, and it goes on; processes that a test starts have the machine's.
"""

from __future__ import annotations

import datetime as dt
import gc
import os
from collections.abc import Iterator

import pytest
import time_machine
from hypothesis import HealthCheck, settings

TODAY = os.environ.get("AMZSQL_TEST_TODAY")
# A statement is tested for what it asks by itself; tests of shared pages say ShareScans.
os.environ.setdefault("AMZSQL_SHARESCANS", "0")
# How long an example takes is the machine's business: no test fails for it.
settings.register_profile("suite", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


def pytest_collection_finish() -> None:
    """Leave what was collected out of every search for garbage: thousands of tests and the catalog stay anyway."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_unconfigure() -> None:
    """Let the interpreter find everything again when it ends: what stays frozen is told as leaked."""
    gc.unfreeze()


@pytest.fixture(autouse=True, scope="session")
def _today() -> Iterator[None]:
    if not TODAY:
        yield
        return
    noon = dt.datetime.combine(dt.date.fromisoformat(TODAY), dt.time(12), dt.UTC)
    with time_machine.travel(noon, tick=True):
        yield
