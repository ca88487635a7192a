"""What a report is asked for with, and which reports that are there are the same. Asks nothing, remembers nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from amzsql.execute.report_calls import Listed, time_of
from amzsql.plan.report_windows import has_days
from amzsql.spapi.document_types import report_types

Options = tuple[tuple[str, str], ...]
"""(name, value) of each report option, sorted by name."""

# A start or end that nobody gave is told as the time of creation.
_UNSAID = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """What a report is asked for with. `start` and `end` are aware; None leaves them out (Amazon takes now)."""

    type: str
    marketplaces: tuple[str, ...]
    start: datetime | None = None
    end: datetime | None = None
    options: Options = ()

    @property
    def body(self) -> Mapping[str, object]:
        """The body of createReport."""
        window = {"dataStartTime": self.start, "dataEndTime": self.end}
        return {
            "reportType": self.type,
            "marketplaceIds": list(self.marketplaces),
            **{name: time for name, time in window.items() if time is not None},
            **({"reportOptions": dict(self.options)} if self.options else {}),
        }

    def __str__(self) -> str:
        ends = [time.strftime("%Y-%m-%d %H:%M") if time else "now" for time in (self.start, self.end)]
        return f"{self.type}{f' from {ends[0]} to {ends[1]} UTC' if self.start or self.end else ''}"


@dataclass(frozen=True, slots=True)
class Report:
    """A report whose document is there. `options` is None where somebody else ordered it."""

    id: str
    type: str
    document: str
    marketplaces: tuple[str, ...]
    created: datetime
    start: datetime | None = None
    end: datetime | None = None
    options: Options | None = None


def order_of_body(body: Mapping[str, Any]) -> ReportOrder:
    """Return what a body of createReport orders."""
    start, end = (_moment(body.get(name)) for name in ("dataStartTime", "dataEndTime"))
    given = body.get("reportOptions") or {}
    options = tuple(sorted((str(name), str(value)) for name, value in given.items()))
    return ReportOrder(str(body["reportType"]), tuple(body.get("marketplaceIds") or ()), start, end, options)


def _moment(given: Any) -> datetime | None:
    return given if isinstance(given, datetime) else time_of(given)


def has_options(report_type: str) -> bool:
    """Tell whether a type takes options, which Amazon does not tell of a report."""
    kind = report_types().get(report_type)
    return kind is None or bool(kind.options)


def is_same(found: Listed, order: ReportOrder) -> bool:
    """Tell whether a report was ordered with the same marketplaces and window."""
    places = not found.marketplaces or set(found.marketplaces) == set(order.marketplaces)
    return places and _fits(found.start, order.start, found) and _fits(found.end, order.end, found)


def _fits(told: datetime | None, asked: datetime | None, found: Listed) -> bool:
    if asked is None:
        return told is None or abs(told - found.created) <= _UNSAID
    return told is not None and border_of(found.type, told) == border_of(found.type, asked)


def border_of(report_type: str, time: datetime | None) -> int | None:
    """Return an end of a window as far as it matters to a type: its second, or its day."""
    if time is None:
        return None
    kind = report_types().get(report_type)
    days = kind is not None and has_days(kind)
    return round(time.timestamp()) // 86400 if days else round(time.timestamp())


def touches(report: Report, order: ReportOrder) -> bool:
    """Tell whether the data of a report may lie in the order's window; what is not told may."""
    early = order.start is not None and report.end is not None and report.end < order.start
    late = order.end is not None and report.start is not None and report.start >= order.end
    return not (early or late)
