"""The compliance tests of PEP 249 (package dbapi-compliance), run against the driver with its simulator.

A test that does not run needs a reason out of `Why`; how many run and how many do not is frozen below.
"""

from __future__ import annotations

import enum
from typing import Any

import pytest

import amzsql

dbapi20 = pytest.importorskip("dbapi20", reason="the package dbapi-compliance is not installed")


class Why(enum.Enum):
    """Why a compliance test cannot run."""

    SCRATCH_TABLES = "it creates a table, and this version has no scratch tables"
    NO_SECOND_RESULT = "it makes a procedure of its own with two results; the driver's tests read Amazon's"
    CLOSES_TWICE = "it wants a second close() to fail; here it does nothing, which PEP 249 allows as well"
    LEFT_TO_THE_DRIVER = "the suite leaves it to the driver's own tests"


NOT_RUN = {
    "test_cursor_isolation": Why.SCRATCH_TABLES,
    "test_description": Why.SCRATCH_TABLES,
    "test_rowcount": Why.SCRATCH_TABLES,
    "test_close": Why.SCRATCH_TABLES,
    "test_execute": Why.SCRATCH_TABLES,
    "test_executemany": Why.SCRATCH_TABLES,
    "test_fetchone": Why.SCRATCH_TABLES,
    "test_fetchmany": Why.SCRATCH_TABLES,
    "test_fetchall": Why.SCRATCH_TABLES,
    "test_mixedfetch": Why.SCRATCH_TABLES,
    "test_setinputsizes": Why.SCRATCH_TABLES,
    "test_setoutputsize_basic": Why.SCRATCH_TABLES,
    "test_None": Why.SCRATCH_TABLES,
    "test_nextset": Why.NO_SECOND_RESULT,
    "test_non_idempotent_close": Why.CLOSES_TWICE,
    "test_setoutputsize": Why.LEFT_TO_THE_DRIVER,
}


class TestCompliance(dbapi20.DatabaseAPI20Test):  # type: ignore[misc]
    """The suite's own tests."""

    driver = amzsql
    connect_args = ("Simulator=orders=10",)
    connect_kw_args: dict[str, Any] = {}
    # It would call a procedure of a database that lower-cases text.
    lower_func = None

    def setUp(self) -> None:
        why = NOT_RUN.get(self._testMethodName)
        if why is not None:
            self.skipTest(why.value)

    def tearDown(self) -> None:
        """Drop nothing: nothing was created."""


def _tests() -> set[str]:
    return {name for name in dir(dbapi20.DatabaseAPI20Test) if name.startswith("test_")}


def test_every_test_is_known() -> None:
    assert len(_tests()) == 36
    assert len(NOT_RUN) == 16
    assert set(NOT_RUN) <= _tests()
