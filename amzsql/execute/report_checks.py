"""What createReport and createReportSchedule would refuse: said before the call, in the words of the views.

Knows nothing of procedures beyond their names, nor of whose account it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from amzsql.errors import ProgrammingError, nearest
from amzsql.execute.report_calls import API, time_of
from amzsql.plan.report_options import check_given
from amzsql.plan.report_windows import Said, check_borders, parts
from amzsql.spapi.document_types import ReportType, gone_types, report_types

_ENDS = ("dataStartTime", "dataEndTime")
_WAYS = {f"{API}.createReport": "request", f"{API}.createReportSchedule": "schedule"}


def report_type_of(operation: str, body: object) -> str:
    """Return the report type that a request orders; "" for any other request."""
    ordered = operation in _WAYS and isinstance(body, Mapping)
    return str(body.get("reportType", "")) if ordered and isinstance(body, Mapping) else ""


def check_order(called: str, operation: str, body: Mapping[str, Any], now: dt.datetime) -> None:
    """Refuse an order of a report that Amazon would refuse, whatever the account is.

    Raises:
        ProgrammingError: there is no such type, it does not come that way, its options do not fit, or its window is no
            whole period of them.
    """
    name, way = str(body.get("reportType", "")), _WAYS[operation]
    gone, kind = gone_types().get(name), report_types().get(name)
    if gone is not None:
        instead = f" Read {' or '.join(gone.instead)}." if gone.instead else ""
        raise ProgrammingError(f"{called}: Amazon makes no reports {name} any more.{instead}")
    if kind is None:
        raise ProgrammingError(f"{called}: ReportType: there is no report type {name}.{nearest(name, report_types())}")
    if way not in kind.by:
        other = {"request": "when it is asked for", "schedule": "by a schedule (CreateReportSchedule)"}
        how = other[kind.by[0]] if kind.by else "by itself: the view reads what is there"
        raise ProgrammingError(f"{called}: Amazon makes {name} only {how}.")
    options = body.get("reportOptions") or {}
    if kind.options:
        check_given(called, kind, options)
    if kind.borders and way == "request":
        check_window(called, kind, body, str(options.get("reportPeriod") or "DAY"), now)
    if way == "request":
        _check_length(called, kind, body, now)


def _given(first: dt.date, after: dt.date) -> str:
    """Return how a call names a window of whole days."""
    return f"Give DataStartTime = '{first}', DataEndTime = '{after - dt.timedelta(days=1)}'."


def check_window(called: str, kind: ReportType, body: Mapping[str, Any], period: str, now: dt.datetime) -> None:
    """Refuse a window that is not whole periods, or several where a report holds one; none is left to Amazon."""
    start, last = _ends(body)
    if start is None and last is None:
        return
    said = Said(start, last, closed=True)
    check_borders(called, period, said, now, _given)
    reports = parts(kind, said, now, period)[0]
    if kind.single and len(reports) > 1:
        raise ProgrammingError(
            f"{called}: a report of {kind.name} holds one {period}, and the window is {len(reports)} of them. Ask for "
            f"each, or read REPORT_{kind.name}, which does."
        )


def _check_length(called: str, kind: ReportType, body: Mapping[str, Any], now: dt.datetime) -> None:
    """Refuse a window that is longer than a report may be, where that is known; one without an end ends now."""
    start, last = _ends(body)
    if kind.longest is None or start is None:
        return
    length = min(last or now, now) - start
    if length > dt.timedelta(seconds=kind.longest):
        most, days = round(kind.longest / 86400), length.total_seconds() / 86400
        raise ProgrammingError(
            f"{called}: a report of {kind.name} holds {most} days at most, and the window from DataStartTime to "
            f"DataEndTime has {days:.1f}. Ask for each part, or read REPORT_{kind.name}, which does."
        )


def _ends(body: Mapping[str, Any]) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return when an order's window begins and ends, each as far as it is said."""
    start, last = (t if isinstance(t := body.get(n), dt.datetime) else time_of(t) for n in _ENDS)
    return start, last
