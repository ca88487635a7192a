"""Rows hold the objects that Arrow itself makes one by one, for every type and with NULLs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from amzsql.execute import objects

LAST = dt.datetime(9999, 12, 31, 23, 59, 59, 999999)
BEFORE = dt.datetime(1969, 12, 31, 23, 59, 59, 999999)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.string(), ["a", None, "é\0", ""]),
        (pa.decimal128(18, 4), [Decimal("1.5000"), None, Decimal("-0.0001"), Decimal("99999999999999.9999")]),
        (pa.decimal128(38, 0), [Decimal(10**38 - 1), None]),
        (pa.timestamp("us", "UTC"), [LAST.replace(tzinfo=dt.UTC), None, BEFORE.replace(tzinfo=dt.UTC)]),
        (pa.timestamp("us"), [LAST, None, dt.datetime(1, 1, 1), BEFORE]),
        (pa.timestamp("s", "Europe/Berlin"), [dt.datetime(2026, 7, 1, tzinfo=dt.UTC), None]),
        (pa.date32(), [dt.date(1, 1, 1), None, dt.date(9999, 12, 31), dt.date(1969, 12, 31)]),
        (pa.int64(), [2**63 - 1, None, -(2**63)]),
        (pa.uint64(), [2**64 - 1, None]),
        (pa.int8(), [1, None]),
        (pa.float64(), [1.5, None, float("inf")]),
        (pa.float32(), [0.1, None]),
        (pa.bool_(), [True, None, False]),
        (pa.null(), [None, None]),
        (pa.binary(), [b"x", None]),
        (pa.list_(pa.timestamp("us", "UTC")), [[LAST.replace(tzinfo=dt.UTC)], None]),
        (pa.time64("us"), [dt.time(1, 2), None]),
    ],
    ids=str,
)
def test_a_column_is_what_arrow_makes_of_it(kind: pa.DataType, values: list[Any]) -> None:
    whole = pa.array(values, kind)
    for column in (whole, whole.slice(1), whole.slice(0, 1), whole.slice(0, 0)):
        found, expected = objects.objects(column), column.to_pylist()
        assert found == expected
        assert [type(value) for value in found] == [type(value) for value in expected]
        assert [str(value)[:19] for value in found] == [str(value)[:19] for value in expected]


def test_times_are_of_the_zone_that_every_library_knows() -> None:
    (found,) = objects.objects(pa.array([LAST.replace(tzinfo=dt.UTC)], pa.timestamp("us", "UTC")))
    assert found.tzinfo is dt.UTC
