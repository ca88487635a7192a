"""A scan of a table whose rows a report has too -> the reports to ask for. Owns when a report may stand for the table.

A report is asked for by a window alone, and for all of the connection's marketplaces if it holds a region's rows, so
that many statements ask for the same one; what else a statement says is left to the residual.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

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
    if ref.table.schema == "VendorCentral" and "vendor" not in kind.partners:
        return
    window = _window(ref, alike, situation) if alike.window else None
    if alike.window and window is None:
        return
    parts: list[Part] = [(None, None)]
    warnings: list[str] = []
    if window is not None:
        parts, warnings = report_windows.parts(kind, Said(*window), situation.now)
    markets = _markets(ref, situation)
    sent = [situation.marketplaces or ("",)] if alike.channel else [(m,) for m in markets or ("",)]
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
        documents=_documents(path, alike, markets, situation),
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


def _window(ref: ScanRef, alike: Alike, situation: Situation) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the whole seconds around what a statement says of the time; None if they are not long enough over."""
    domain = ref.domains.get(alike.window)
    if domain is None or domain.is_any or domain.null:
        return None
    hull = domain.hull()
    if not isinstance(hull.low, dt.datetime) or not isinstance(hull.high, dt.datetime):
        return None
    low, high = hull.low.replace(microsecond=0), hull.high.replace(microsecond=0)
    if high != hull.high or not hull.high_open:
        high += _SECOND
    age = dt.timedelta(seconds=max(alike.lag, situation.report_age))
    return (low, high) if low < high <= situation.now - age else None


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
