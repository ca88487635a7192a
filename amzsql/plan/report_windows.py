"""The window of a report: what a statement says of DataStartTime and DataEndTime -> the windows that are asked for.

Owns how long and how old a window may be and where it may begin and end. Knows nothing of options but the period whose
borders a window must keep, nor of requests.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from amzsql.errors import ProgrammingError
from amzsql.spapi.document_types import ReportType
from amzsql.sql.predicate import Domain

START, END = "DataStartTime", "DataEndTime"
FORM = f"{START} >= … AND {END} < …"
"""How a statement says a window."""
_SECOND, _DAY = dt.timedelta(seconds=1), dt.timedelta(days=1)
# Amazon counts how far back a window reaches when the order comes, which may have to wait for its turn.
_INSIDE = dt.timedelta(hours=2)
_STEPS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_BEGINNINGS = {
    "WEEK": "weeks, from Sunday to Saturday",
    "MONTH": "months",
    "QUARTER": "quarters",
    "YEAR": "years",
}

Part = tuple[dt.datetime | None, dt.datetime | None]
"""(start, end) of one report; None is left to Amazon, who takes now."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a statement says of a report's window.

    `end` is where it ends, as a whole second that is not in it, unless `closed`: then it is the last one. `first` and
    `last` are the values that the columns have, which the statement's own conditions let pass; None: it says nothing.
    """

    start: dt.datetime | None
    end: dt.datetime | None
    closed: bool = False
    first: dt.datetime | None = None
    last: dt.datetime | None = None

    @property
    def final(self) -> dt.datetime | None:
        """Return the last second of the window."""
        return self.end if self.closed or self.end is None else self.end - _SECOND


def said(name: str, start: Domain | None, end: Domain | None) -> Said | None:
    """Return the window that a statement says; None if it says none.

    Raises:
        ProgrammingError: there are several, or it ends before it begins.
    """
    for column, domain in ((START, start), (END, end)):
        if domain is not None and (domain.loose or (domain.values is not None and len(domain.values) > 1)):
            raise ProgrammingError(
                f"{name} is asked for one window at a time, and the statement says several of {column}. Write {START} "
                f">= … AND {END} < …, and put two selections together by UNION ALL."
            )
    one, other = _range(start), _range(end)
    if one is None and other is None:
        return None
    low, low_open = _lower(one, other)
    high, high_open = _upper(one, other)
    first = None if low is None else _following(low) if low_open or low.microsecond else low
    last = None if high is None else _before(high, high_open)
    if first is not None and last is not None and first > last:
        raise ProgrammingError(f"{name}: the window ends ({last:%Y-%m-%d %H:%M:%S}) before it begins ({first}).")
    _check_told(name, (START, start, first), (END, end, last))
    ends = None if last is None else last + _SECOND if high_open else last
    return Said(first, ends, not high_open, first, last)


def _check_told(name: str, *each: tuple[str, Domain | None, dt.datetime | None]) -> None:
    """Refuse conditions that the values of the columns, which are the window's ends, would not fulfil."""
    for column, domain, value in each:
        if domain is not None and value is not None and not domain.null and not domain.holds(value):
            raise ProgrammingError(
                f"{name}: {column} is where the window {'begins' if column == START else 'ends'} "
                f"({value:%Y-%m-%d %H:%M:%S}), and the statement says otherwise as well. Write {FORM}."
            )


def check_plain(name: str, window: Said | None, domains: Mapping[str, Domain], vague: Collection[str]) -> None:
    """Refuse conditions on a window's columns that no window can be made of.

    `vague`: the columns of which conditions speak that their domains say nothing of.

    Raises:
        ProgrammingError: there is one, and no document would be the one that it means.
    """
    for column in (START, END):
        domain = domains.get(column)
        lets_null = domain is not None and domain.null and not domain.is_any
        range_of_none = domain is not None and not domain.is_any and not domain.keys and window is None
        bound = domain is not None and domain.keys
        if lets_null or range_of_none or (window is None and column in vague and not bound):
            raise ProgrammingError(
                f"{name}: the statement's condition on {column} makes no window that could be asked for. Write {FORM}, "
                "with constants; without any condition on the two the newest document that is there is read."
            )


def check_now(name: str, end: Domain | None, now: dt.datetime) -> None:
    """Refuse an end that is asked to lie ahead: a window without an upper bound ends now."""
    if end is not None and not end.is_any and not end.holds(now):
        raise ProgrammingError(f"{name}: the window ends now, and {END} is asked to lie ahead. Write {FORM}.")


def check_snapshot(name: str, window: Said, now: dt.datetime) -> None:
    """Refuse a window that is over, of a report that tells what is there now."""
    if window.last is not None and window.last < now.replace(hour=0, minute=0, second=0, microsecond=0):
        raise ProgrammingError(
            f"{name} tells what is there when it is made, and knows no window of the past: leave out {START} and "
            f"{END}. Documents that were made before are read by ReportId."
        )


def _range(domain: Domain | None) -> Domain | None:
    """Return the range that a domain lies in, if it says anything that a window can be made of."""
    if domain is None or domain.null:
        return None
    hull = domain.hull()
    return hull if isinstance(hull.low, dt.datetime) or isinstance(hull.high, dt.datetime) else None


def _lower(start: Domain | None, end: Domain | None) -> tuple[dt.datetime | None, bool]:
    """Return the window's lower bound, and whether it is open: what is said of the end alone bounds the start too."""
    if start is not None and start.low is not None:
        return start.low, start.low_open
    return (end.low, end.low_open) if end is not None and not _is_point(end) else (None, False)


def _upper(start: Domain | None, end: Domain | None) -> tuple[dt.datetime | None, bool]:
    if end is not None and end.high is not None:
        return end.high, end.high_open
    return (start.high, start.high_open) if start is not None and not _is_point(start) else (None, False)


def _is_point(domain: Domain) -> bool:
    return bool(domain.low == domain.high)


def _before(high: dt.datetime, is_open: bool) -> dt.datetime:
    floor = high.replace(microsecond=0)
    return floor - _SECOND if is_open and floor == high else floor


def _following(time: dt.datetime) -> dt.datetime:
    return time.replace(microsecond=0) + _SECOND


def has_days(kind: ReportType) -> bool:
    """Tell whether a report's data are whole days, of which the end of its window is the last."""
    return kind.borders or (kind.category.startswith("Analytics") and "REAL_TIME" not in kind.name)


def of_days(asked: Said, zone: str) -> Said:
    """Return a window of days as Amazon is told of it: in UTC, whatever the zone is of the days that are meant."""
    local = ZoneInfo(zone)
    start = None if asked.start is None else _midnight(asked.start.astimezone(local).date())
    end = None if asked.final is None else _midnight(asked.final.astimezone(local).date() + _DAY)
    return replace(asked, start=start, end=end, closed=False)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def parts(kind: ReportType, asked: Said, now: dt.datetime, period: str = "") -> tuple[list[Part], list[str]]:
    """Return the windows of the reports that together give a window, the newest first, and what to warn of.

    A window that reaches further back than Amazon does begins where it ends; one that lies ahead has no part. `period`
    is that of the reports, of a type that holds one each.
    """
    start, warnings = asked.start, list[str]()
    end = asked.final if has_days(kind) else asked.end
    if end is not None and end > now:
        end = None
    oldest = _oldest(now - dt.timedelta(seconds=kind.horizon)) if kind.horizon is not None else None
    if oldest is not None and start is not None and start < oldest:
        days = round((kind.horizon or 0) / _DAY.total_seconds())
        warnings.append(
            f"{kind.name} reaches {days} days back: what lies before {oldest:%Y-%m-%d %H:%M} UTC is not given."
        )
        start = oldest
    if start is not None and end is not None and asked.start == start >= end:
        after = start.date() + _DAY
        raise ProgrammingError(
            f"{kind.name}: the window ends where it begins, {start:%Y-%m-%d %H:%M:%S}. Write {END} < "
            f"'{after}' for the day."
        )
    if start is not None and start >= (end or now):
        ahead = [f"{kind.name} holds nothing from {start:%Y-%m-%d %H:%M} UTC on, which lies ahead."]
        return [], warnings or ahead
    if kind.single and start is not None and end is not None:
        return list(_periods(start, end, period)), warnings
    return list(_split(kind, start, end, now)), warnings


def _periods(start: dt.datetime, last: dt.datetime, period: str) -> Iterator[Part]:
    """Yield each period of a window that begins and ends on borders, to its last second."""
    begins = [start.date()]
    while (after := following(begins[-1], period)) <= last.date():
        begins.append(after)
    for day in reversed(begins):
        yield _midnight(day), _midnight(following(day, period)) - _SECOND


def _oldest(reach: dt.datetime) -> dt.datetime:
    """Return the first midnight that is still in reach when the order has waited for its turn."""
    inside = reach + _INSIDE
    midnight = _midnight(inside.date())
    return midnight if midnight == inside else midnight + _DAY


def _split(kind: ReportType, start: dt.datetime | None, end: dt.datetime | None, now: dt.datetime) -> Iterator[Part]:
    if kind.longest is None or start is None:
        yield start, end
        return
    step, begins = dt.timedelta(seconds=kind.longest), [start]
    while (end or now) - begins[-1] > step:
        begins.append(begins[-1] + step)
    ends = [*begins[1:], end]
    yield from reversed(list(zip(begins, ends, strict=True)))


# -- borders -----------------------------------------------------------------------------------------------------------


def write_window(first: dt.date, after: dt.date) -> str:
    """Return how a statement says a window of whole days."""
    return f"Write {START} >= '{first}' AND {END} < '{after}'."


def check_borders(
    name: str,
    period: str,
    asked: Said,
    now: dt.datetime,
    write: Callable[[dt.date, dt.date], str] = write_window,
) -> None:
    """Refuse a window that does not begin and end on borders of a period, naming the nearest ones that do.

    `write` tells how a window is said, by its first day and the day after its last.

    Raises:
        ProgrammingError: it does not, or its last period is not over.
    """
    if asked.start is None:
        raise ProgrammingError(f"{name} needs {START} as well: the first day of its {_BEGINNINGS.get(period, 'days')}.")
    words = f"{name} holds whole {_BEGINNINGS.get(period, 'days')} (ReportPeriod = '{period}')"
    first, latest = asked.start.date(), border(now.date(), period)
    if asked.final is None:
        raise ProgrammingError(f"{words}: say where it ends. {write(*_whole(first, latest, period, latest))}")
    after = asked.final.date() + _DAY
    fit = write(*_whole(first, after, period, latest))
    if border(first, period) != first:
        low = border(first, period)
        raise ProgrammingError(f"{words}: it begins on {low} or on {following(low, period)}, not on {first}. {fit}")
    if border(after, period) != after:
        low = border(after, period)
        ends = f"before {low} or before {following(low, period)}" if low > first else f"before {following(low, period)}"
        raise ProgrammingError(f"{words}: it ends {ends}, not before {after}. {fit}")
    if after > latest:
        raise ProgrammingError(f"{words}: the last one is not over. {fit}")


def _whole(first: dt.date, after: dt.date, period: str, latest: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first day and the day after the last of the whole periods that a window touches and that are over."""
    fit = border(after, period)
    fit = min(latest, fit if fit == after else following(fit, period))
    return min(border(first, period), border(fit - _DAY, period)), fit


def border(day: dt.date, period: str) -> dt.date:
    """Return the last day up to a day on which a period begins."""
    if period == "WEEK":
        return day - dt.timedelta(days=(day.weekday() + 1) % 7)
    months = _STEPS.get(period)
    return day if months is None else day.replace(month=(day.month - 1) // months * months + 1, day=1)


def following(day: dt.date, period: str) -> dt.date:
    """Return the first day after a border on which the next period begins."""
    if period == "WEEK":
        return day + dt.timedelta(days=7)
    months = _STEPS.get(period)
    if months is None:
        return day + dt.timedelta(days=1)
    count = day.month - 1 + months
    return day.replace(year=day.year + count // 12, month=count % 12 + 1)
