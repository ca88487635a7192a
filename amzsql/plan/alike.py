"""A scan of a table whose rows a report has too -> the reports to ask for. Owns when a report may stand for the table.

A report is asked for by a window alone, and for all of the connection's marketplaces if it holds a region's rows, so
that many statements ask for the same one; what else a statement says is left to the residual.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from amzsql import spapi
from amzsql.catalog.model import Alike, TablePath
from amzsql.catalog.report_paths import MARKETPLACE, OWN_SELLER
from amzsql.plan import report_windows, reports
from amzsql.plan.nodes import Documents, Partition, Situation
from amzsql.plan.pushdown import Request
from amzsql.plan.report_windows import Part, Said
from amzsql.spapi.document_types import report_types
from amzsql.sql.binding import ScanRef

_SECOND = dt.timedelta(seconds=1)


def requests(ref: ScanRef, path: TablePath, situation: Situation) -> Iterator[Request]:
    """Yield the request for reports that have a scan's rows; none where they would not have them all."""
    alike, kind = path.declared.alike, report_types()[path.declared.report]
    assert alike is not None  # asked for such paths only
    if obstacle(ref, path, situation)[1]:
        return
    window = _window(ref, alike) if alike.window else None
    parts: list[Part] = [(None, None)]
    warnings: list[str] = []
    if window is not None:
        parts, warnings = report_windows.parts(kind, Said(*window), situation.now)
    markets = _markets(ref, situation)
    of_region = kind.rows == "region"
    sent = [situation.marketplaces or ("",)] if of_region else [(m,) for m in markets or ("",)]
    found = tuple(_partition(kind.name, start, end, m) for start, end in parts for m in sent)
    narrowed = {c for c in (alike.window, MARKETPLACE) if c in ref.domains and not ref.domains[c].is_any}
    said = ref.domains.get(MARKETPLACE)
    yield Request(
        path,
        spapi.operation(path.operation),
        found,
        frozenset(narrowed),
        warnings=tuple(warnings),
        listed={MARKETPLACE: len(said.values)} if said is not None and said.values else {},
        window=window,
        documents=replace(_documents(path, alike, markets, situation), looks=reports.looks(kind, sent, situation)),
    )


def _documents(path: TablePath, alike: Alike, markets: tuple[str, ...] | None, situation: Situation) -> Documents:
    known = situation.report_seconds
    return Documents(
        path.declared.report,
        "order",
        asked=((OWN_SELLER, situation.seller),) if not alike.channel else (),
        seconds=known.get(path.declared.report, known.get("", reports.SECONDS)),
        markets=markets if alike.channel else None,
    )


def obstacle(ref: ScanRef, path: TablePath, situation: Situation) -> tuple[int, str]:
    """Return why the report of a path would not have all rows of a scan, ("" if it would), the graver the less."""
    alike, kind = path.declared.alike, report_types()[path.declared.report]
    assert alike is not None  # asked for such paths only
    if ref.table.schema == "VendorCentral" and "vendor" not in kind.partners:
        return 0, f"Amazon gives {kind.name} to sellers only."
    if kind.name in situation.denied:
        return 4, f"Amazon refused reports {kind.name} to this account within the last hour (403): it lacks the role."
    if not alike.window:
        return 5, ""
    window = _window(ref, alike)
    if window is None:
        return (
            2,
            f"{kind.name} needs both ends of a window: {alike.window} >= … AND {alike.window} < …, with constants.",
        )
    age = dt.timedelta(seconds=max(alike.lag, situation.report_age))
    if window[1] > situation.now - age:
        return 3, (
            f"{kind.name} is sure to have what is {_hours(age)} old (ReportAge, an hour at least): let the window end "
            f"at {situation.now - age:%Y-%m-%d %H:%M} UTC or before."
        )
    return 5, ""


def _hours(age: dt.timedelta) -> str:
    hours = age.total_seconds() / 3600
    return "an hour" if hours == 1 else f"{hours:g} hours"


def _window(ref: ScanRef, alike: Alike) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the whole seconds around what a statement says of the time; None if it lacks an end."""
    domain = ref.domains.get(alike.window)
    if domain is None or domain.is_any or domain.null:
        return None
    hull = domain.hull()
    if not isinstance(hull.low, dt.datetime) or not isinstance(hull.high, dt.datetime):
        return None
    low, high = hull.low.replace(microsecond=0), hull.high.replace(microsecond=0)
    if high != hull.high or not hull.high_open:
        high += _SECOND
    return (low, high) if low < high else None


def _markets(ref: ScanRef, situation: Situation) -> tuple[str, ...] | None:
    """Return the marketplaces whose rows are asked for; None while the connection's are unknown and none is said."""
    said = ref.domains.get(MARKETPLACE)
    known = situation.marketplaces
    if said is None or said.values is None or said.null:
        return known
    return tuple(m for m in known if m in said.values) if known else tuple(sorted(map(str, said.values)))


def _partition(kind: str, start: dt.datetime | None, end: dt.datetime | None, markets: tuple[str, ...]) -> Partition:
    found = ((reports.TYPE, kind), (reports.MARKETPLACES, markets), (reports.FROM, start), (reports.UNTIL, end))
    return Partition(tuple((n, v) for n, v in found if v is not None))
