"""Chains that are cut by time: the parts hold the whole, and cutting ends."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from amzsql.execute.slices import OLDEST, Chain, Slices

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
BOUNDS = ("after", "before")
# Rows of one moment cannot be told apart by time: more of them than Amazon gives out end the cutting, with a warning.
times = st.lists(
    st.datetimes(OLDEST.replace(tzinfo=None), NOW.replace(tzinfo=None)), min_size=1, max_size=60, unique=True
)


def inside(chain: Chain, time: dt.datetime) -> bool:
    return chain.parameters.get("after", OLDEST) <= time <= chain.parameters.get("before", NOW)


def read(rows: list[dt.datetime], most: int) -> tuple[list[Chain], int]:
    """Return the chains that are read, and how many were asked for."""
    slices, asked = Slices(BOUNDS), 0
    kept, following = [], Chain(0, {"sku": "x"})
    while following is not None:
        asked += 1
        slices.begin()
        total = sum(inside(following, row) for row in rows)
        if not slices.decide(following, total, most, NOW):
            kept.append(following)
        following = slices.take()  # type: ignore[assignment]
    assert slices.undecided == 0
    return kept, asked


@given(times.map(lambda rows: [row.replace(tzinfo=dt.UTC) for row in rows]), st.integers(1, 20))
def test_every_row_is_in_a_part_that_is_small_enough(rows: list[dt.datetime], most: int) -> None:
    kept, asked = read(rows, most)
    assert all(any(inside(chain, row) for chain in kept) for row in rows)
    assert all(chain.parameters["sku"] == "x" and chain.number == 0 for chain in kept)
    for chain in kept:
        short = chain.parameters.get("before", NOW) - chain.parameters.get("after", OLDEST) < dt.timedelta(seconds=2)
        assert short or sum(inside(chain, row) for row in rows) <= most
    assert asked <= 1 + 60 * len(rows)


def test_the_newest_part_comes_first() -> None:
    slices = Slices(BOUNDS)
    assert slices.decide(Chain(0, {}), 5000, 1000, NOW)
    newer, older = slices.take(), slices.take()
    assert newer is not None
    assert older is not None
    assert newer.parameters == {"after": older.parameters["before"]}


def test_without_bounds_nothing_is_cut() -> None:
    slices = Slices(None)
    slices.begin()
    assert slices.undecided == 0
    assert not slices.decide(Chain(0, {}), 5000, 1000, NOW)


def test_a_time_that_does_not_narrow_ends_the_cutting() -> None:
    """Both parts have as many rows as the whole: it would go on for ever."""
    slices = Slices(BOUNDS)
    assert slices.decide(Chain(0, {}), 5000, 1000, NOW)
    newer, older = slices.take(), slices.take()
    assert newer is not None
    assert older is not None
    assert slices.decide(newer, 5000, 1000, NOW)
    assert not slices.decide(older, 5000, 1000, NOW)
    part = slices.take()
    assert part is not None
    assert not slices.decide(part, 5000, 1000, NOW)
