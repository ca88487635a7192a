"""Local time: what the engine says is what is pushed down, over every change of the clock in every marketplace."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from naming import Case

from amzsql.execute.engine import Engines
from amzsql.marketplaces import MARKETPLACES, Marketplace
from amzsql.sql.functions import PARTS
from amzsql.sql.local import ANYWHERE, Places, around, cut, moments, zones_of

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
OPERATORS = ("=", "<", "<=", ">", ">=")


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    engines = Engines()
    yield engines
    engines.close()


def every(start: dt.datetime, end: dt.datetime, step: dt.timedelta) -> list[dt.datetime]:
    return [start + n * step for n in range(int((end - start) / step))]


def utc(*when: int) -> dt.datetime:
    return dt.datetime(*when, tzinfo=dt.UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize("place", MARKETPLACES, ids=lambda m: m.country)
def test_the_engine_and_the_pushdown_know_the_same_zones(place: Marketplace, engines: Engines) -> None:
    times, local = hours_of(place.timezone)
    table = pa.table({"t": times, "m": pa.repeat(place.id, len(times))})

    class Source:
        schema = table.schema

        def batches(self) -> Iterator[pa.RecordBatch]:
            yield from table.to_batches()

    with engines.lend(threads=1) as engine:
        sql = "SELECT MARKETPLACE_TRUNC('microsecond', t, m) AS at, MARKETPLACE_DATE(t, m) AS day FROM s"
        found = pa.Table.from_batches(list(engine.stream(sql, {"s": Source()}, 8192)))
    assert found.column("at").combine_chunks().equals(local)
    assert found.column("day").combine_chunks().equals(local.cast(pa.date32()))


@functools.cache
def hours_of(zone: str) -> tuple[pa.Array, pa.Array]:
    """Return each hour of six years, and what Python says that it is in a zone."""
    times = every(utc(2023, 1, 1), utc(2029, 1, 1), HOUR)
    local = [t.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for t in times]
    return pa.array(times, pa.timestamp("us", "UTC")), pa.array(local, pa.timestamp("us"))


# Around changes of the clock: Europe, both of the US's, London's from 01:00, Australia's, Brazil's last ones (at
# midnight), Mexico's last one, Egypt's (at midnight); and Japan, where none is.
CHANGES = [
    ("Europe/Berlin", utc(2026, 3, 29), 23),
    ("Europe/Berlin", utc(2026, 10, 25), 25),
    ("Europe/London", utc(2026, 3, 29), 23),
    ("Europe/London", utc(2026, 10, 25), 25),
    ("America/Los_Angeles", utc(2026, 3, 8), 23),
    ("America/Los_Angeles", utc(2026, 11, 1), 25),
    ("Australia/Sydney", utc(2026, 4, 5), 25),
    ("America/Sao_Paulo", utc(2018, 11, 4), 23),
    ("America/Sao_Paulo", utc(2019, 2, 16), 25),
    ("America/Sao_Paulo", utc(2026, 11, 1), 24),
    ("America/Mexico_City", utc(2022, 4, 3), 23),
    ("America/Mexico_City", utc(2026, 4, 5), 24),
    ("Africa/Cairo", utc(2026, 4, 24), 23),
    ("Africa/Cairo", utc(2026, 10, 29), 25),
    ("Asia/Tokyo", utc(2026, 3, 29), 24),
    ("Asia/Kolkata", utc(2026, 3, 29), 24),
]


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_a_day_has_its_own_length(zone: str, day: dt.datetime, hours: int) -> None:
    found = moments("=", day.replace(tzinfo=None), "day", zone)
    assert found is not None
    inside = [t for t in every(day - DAY, day + 2 * DAY, HOUR / 2) if t.astimezone(ZoneInfo(zone)).date() == day.date()]
    assert len(inside) == 2 * hours
    assert all(found[0].holds(t) for t in inside)
    assert found[0].high == inside[-1] + HOUR / 2
    if found[1]:
        assert found[0].low == inside[0]


@pytest.mark.parametrize(("zone", "day", "_hours"), CHANGES)
def test_a_range_holds_all_for_which_the_condition_does(zone: str, day: dt.datetime, _hours: int) -> None:
    for part in ("microsecond", "hour", "day", "week", "month"):
        for operator in OPERATORS:
            with Case(f"{operator} {part}"):
                holds_all(operator, part, zone, day)


def holds_all(operator: str, part: str, zone: str, day: dt.datetime) -> None:
    compare = {"=": dt.datetime.__eq__, "<": dt.datetime.__lt__, "<=": dt.datetime.__le__}
    compare |= {">": dt.datetime.__gt__, ">=": dt.datetime.__ge__}
    times = every(day - 2 * DAY, day + 3 * DAY, HOUR / 2)
    values = every(day.replace(tzinfo=None) - DAY, day.replace(tzinfo=None) + 2 * DAY, HOUR * 1.5)
    there = [(time, cut(time.astimezone(ZoneInfo(zone)).replace(tzinfo=None), part)) for time in times]
    for value in values:
        found = moments(operator, value, part, zone)
        assert found is not None
        domain, exact = found
        inside = {time for time in times if domain.holds(time)}
        wanted = {time for time, local in there if compare[operator](local, value)}
        assert inside == wanted if exact else inside >= wanted, (value, inside ^ wanted)


@pytest.mark.parametrize(("zone", "day", "_hours"), CHANGES)
def test_a_range_holds_all_that_the_engine_cuts_so(zone: str, day: dt.datetime, _hours: int, engines: Engines) -> None:
    """DATE_TRUNC gives a moment again; where a local time has two, the range holds whichever the engine means."""
    for part in ("minute", "hour", "day", "month"):
        with Case(part):
            holds_all_that_is_cut(part, zone, day, engines)


def holds_all_that_is_cut(part: str, zone: str, day: dt.datetime, engines: Engines) -> None:
    times = every(day - 2 * DAY, day + 3 * DAY, HOUR / 2)
    with engines.lend(threads=1, timezone=zone) as engine:
        cuts = engine.values([f"date_trunc('{part}', TIMESTAMPTZ '{time}')" for time in times])
    both = [(time, c.astimezone(dt.UTC)) for time, c in zip(times, cuts, strict=True) if isinstance(c, dt.datetime)]
    assert len(both) == len(times)
    for value in {*(c for _, c in both[::2]), *times[::7]}:
        for operator, compare in (("=", dt.datetime.__eq__), ("<", dt.datetime.__lt__), (">", dt.datetime.__gt__)):
            found = around(operator, value, part, zone)
            assert found is not None
            assert all(found[0].holds(time) for time, c in both if compare(c, value)), (operator, value)


def test_whole_days_are_exact_but_where_midnight_is_left_out() -> None:
    for zone in ("Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo"):
        for n in range(365):
            found = moments("=", dt.datetime(2026, 1, 1) + n * DAY, "day", zone)
            assert found is not None
            assert found[1]
    cairo = moments("=", dt.datetime(2026, 4, 24), "day", "Africa/Cairo")
    assert cairo is not None
    assert not cairo[1]


@pytest.mark.parametrize("part", PARTS)
def test_cut_as_the_engine_does(part: str, engines: Engines) -> None:
    times = [dt.datetime(y, m, 17, 13, 14, 15, 16) for y in (1999, 2000, 2026) for m in range(1, 13)]
    with engines.lend(threads=1) as engine:
        assert engine.values([f"date_trunc('{part}', TIMESTAMP '{t}')" for t in times]) == [cut(t, part) for t in times]


def test_beyond_the_calendar_nothing_is_said() -> None:
    assert moments("=", dt.datetime.max, "day", "Europe/Berlin") is None
    assert moments("<=", dt.datetime(9999, 12, 31), "year", "UTC") is None
    assert moments(">=", dt.datetime(1, 1, 1), "day", "Asia/Tokyo") is None


def test_zones_of_what_is_known() -> None:
    assert zones_of(["A1PA6795UKMFR9", "A1F83G8C2ARO7P", "nowhere"]) == {"Europe/Berlin", "Europe/London"}
    assert Places(("A1VC38T7YXB528",), "FE").asked() == {"Asia/Tokyo"}
    assert Places(None, "FE").asked() == {"Asia/Tokyo", "Asia/Singapore", "Australia/Sydney"}
    assert ANYWHERE.zones() == {m.timezone for m in MARKETPLACES}
