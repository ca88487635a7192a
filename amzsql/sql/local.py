"""Local time: what a moment is called in a zone, and which moments bear a local name.

Owns in which zones a row may lie, and the range of moments that a condition on a truncated local time leaves. Days of
23 and 25 hours have their own length; where a local time comes twice or never, a range holds whatever the engine could
mean. Knows nothing of requests.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlglot import exp

from amzsql import marketplaces
from amzsql.catalog.model import Column, Table
from amzsql.sql.dialect import Node, every
from amzsql.sql.functions import LOCAL
from amzsql.sql.predicate import Domain

MARKETPLACE_ID = "MarketplaceId"


@dataclass(frozen=True, slots=True)
class Places:
    """Where a statement's rows may come from: the connection's marketplaces and region; None while not known."""

    marketplaces: tuple[str, ...] | None = None
    region: str | None = None

    def zones(self) -> frozenset[str]:
        """Return the zones of all marketplaces of the region: whatever a row may hold."""
        known = [m for m in marketplaces.MARKETPLACES if self.region in (None, m.region)]
        return frozenset(m.timezone for m in known)

    def asked(self) -> frozenset[str]:
        """Return the zones of the marketplaces that are asked."""
        return self.zones() if self.marketplaces is None else zones_of(self.marketplaces)


ANYWHERE = Places()


def zones_of(ids: Iterable[object]) -> frozenset[str]:
    """Return the zones of some marketplaces by their ids or sales channels; one that is not known has none."""
    found = (marketplaces.told_as(str(i)) for i in ids)
    return frozenset(m.timezone for m in found if m is not None)


def is_asked_only(table: Table, time: Column) -> bool:
    """Tell whether each path that narrows a table by a time asks for the connection's marketplaces and no others."""
    for path in table.paths:
        pushed = path.declared.pushdowns
        narrows = any(p.column == time.name for p in pushed)
        if narrows and not any(p.column == MARKETPLACE_ID and p.default == "marketplaces" for p in pushed):
            return False
    return True


def spell_marketplaces(tree: Node) -> None:
    """Write the marketplaces that functions of local time name by code or country as their ids, in place.

    Raises:
        ProgrammingError: there is no such marketplace.
    """
    for node in every(tree, *LOCAL):
        named = node.expression.unnest()
        if isinstance(named, exp.Literal):
            named.replace(exp.Literal.string(marketplaces.find(named.name).id))


# -- ranges ----------------------------------------------------------------------------------------------------------


def moments(operator: str, local: dt.datetime, part: str, zone: str) -> tuple[Domain, bool] | None:
    """Return the moments whose local time, cut to a part, compares so with a local time; and whether just these.

    `local` has no zone. None where no range says it, or one would end beyond the calendar.
    """
    aligned, there = cut(local, part), ZoneInfo(zone)
    try:
        low, high = _ends(operator, local, aligned, part)
        lows = [] if low is None else _both(low, there)
        highs = [] if high is None else _both(high, there)
    except (OverflowError, ValueError):
        return None
    exact = aligned == local and all(len(set(end)) < 2 for end in (lows, highs))
    return Domain(low=min(lows, default=None), high=max(highs, default=None), high_open=bool(highs)), exact


def around(operator: str, moment: dt.datetime, part: str, zone: str) -> tuple[Domain, bool] | None:
    """Return what `moments` does where the cut time is a moment again, as DATE_TRUNC gives it, compared with one.

    Where the clock changes, the engine may choose either moment that a cut time's name has: an hour more is held.
    """
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if zone == "UTC":
        return moments(operator, local, part, zone)
    try:
        low, high = moment - _HOUR, max(_both(_next(cut(local, part), part), ZoneInfo(zone))) + _HOUR
    except (OverflowError, ValueError):
        return None
    if operator in (">", ">="):
        return Domain(low=low), False
    return Domain(low=None if operator in ("<", "<=") else low, high=high, high_open=True), False


_HOUR = dt.timedelta(hours=1)


def _ends(
    operator: str, local: dt.datetime, aligned: dt.datetime, part: str
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return from which local time on and before which one a comparison of cut times holds, at most."""
    if operator in ("=", "<=>"):
        return aligned, _next(aligned, part)
    if operator == ">":
        return _next(aligned, part), None
    if operator == ">=":
        return (local if aligned == local else _next(aligned, part)), None
    return None, local if operator == "<" and aligned == local else _next(aligned, part)


def _both(local: dt.datetime, zone: ZoneInfo) -> list[dt.datetime]:
    """Return the moments that a local time may mean; one that the clock leaves out means two as well."""
    return [local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1)]


_STARTS = {"microsecond": 6, "second": 5, "minute": 4, "hour": 3, "day": 2, "month": 1, "year": 0}


def cut(local: dt.datetime, part: str) -> dt.datetime:
    """Return a local time cut to a part, as date_trunc does."""
    if part == "week":
        return cut(local, "day") - dt.timedelta(days=local.weekday())
    if part == "quarter":
        return cut(local, "month").replace(month=local.month - (local.month - 1) % 3)
    if part in _YEARS:
        return cut(local, "year").replace(year=max(1, local.year // _YEARS[part] * _YEARS[part]))
    kept = _STARTS[part] + 1
    fields = (local.year, local.month, local.day, local.hour, local.minute, local.second, local.microsecond)
    return dt.datetime(*(*fields[:kept], *(1, 1, 1, 0, 0, 0, 0)[kept:]))  # type: ignore[arg-type]


_YEARS = {"decade": 10, "century": 100, "millennium": 1000}
_MONTHS = {"month": 1, "quarter": 3, "year": 12, **{part: 12 * years for part, years in _YEARS.items()}}
_STEPS = {
    "microsecond": dt.timedelta(microseconds=1),
    "second": dt.timedelta(seconds=1),
    "minute": dt.timedelta(minutes=1),
    "hour": dt.timedelta(hours=1),
    "day": dt.timedelta(days=1),
    "week": dt.timedelta(days=7),
}


def _next(aligned: dt.datetime, part: str) -> dt.datetime:
    """Return where the following part begins. Raises OverflowError or ValueError beyond the calendar."""
    if part in _STEPS:
        return aligned + _STEPS[part]
    months = aligned.month - 1 + _MONTHS[part]
    return aligned.replace(year=aligned.year + months // 12, month=months % 12 + 1)
