"""What a plan warns of: marketplaces that are not asked, values that are not given, personal data that is masked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from amzsql import spapi
from amzsql.catalog.model import ColumnSource, TablePath
from amzsql.catalog.spelling import to_amazon, to_sql
from amzsql.errors import nearest
from amzsql.plan import reports
from amzsql.plan.asking import requests
from amzsql.plan.drawing import Drawn
from amzsql.plan.nodes import FetchPlan, ScanPlan, Situation
from amzsql.spapi.known_values import LISTED
from amzsql.sql.binding import ScanRef
from amzsql.sql.predicate import Domain


def foreign(ref: ScanRef, situation: Situation) -> Iterator[str]:
    """Yield a warning for marketplaces that the statement names and the connection does not ask."""
    said = ref.domains.get("MarketplaceId", Domain()).values
    asked = any(asks_marketplaces(path) for path in ref.table.paths)
    others = sorted(set(said or ()) - set(situation.marketplaces or ())) if situation.marketplaces and asked else []
    if others:
        yield not_asked(ref.table.name, others, situation.marketplaces or ())


def not_asked(table: str, others: Sequence[object], places: Sequence[str]) -> str:
    """Return the warning for marketplaces that a connection does not ask."""
    return (
        f"{table}: {', '.join(map(str, others))} is not among the connection's marketplaces "
        f"({', '.join(places)}), so nothing was asked for it. Set the property Marketplace."
    )


def asks_marketplaces(path: TablePath) -> bool:
    """Tell whether a path is asked for the connection's marketplaces where a statement names none."""
    return bool(path.declared.report) or any(p.default == "marketplaces" for p in path.declared.pushdowns)


def _unasked(scan: ScanPlan, path: TablePath, fetch: FetchPlan) -> Iterator[str]:
    """Yield a warning if pseudo-columns are read that repeat what was asked for, but were not asked for."""
    given = {name for partition in fetch.partitions for name, _ in partition.parameters}
    if fetch.bind is not None:
        given |= {name for k in fetch.bind.keys for name in (k.parameter, *dict(k.extras))}
    if fetch.documents is not None:
        given |= set(reports.TOLD)
    sources = {c.name: path.sources.get(c.name) for c in scan.ref.columns if c.hidden}
    columns = [name for name, s in sources.items() if s is not None and s.parameter and s.parameter not in given]
    if columns:
        yield (
            f"{scan.ref.table.name}: {', '.join(columns)} will be NULL: Amazon answers nothing there; it takes the "
            "value of a filter, and the statement has none."
        )


def _undated(ref: ScanRef, path: TablePath) -> Iterator[str]:
    """Yield a warning for the kinds of rows that a condition on the table's time leaves out, since they have none."""
    time = ref.table.entry.time_column
    said = ref.domains.get(time or "", Domain())
    if time is None or said.is_any or said.null:
        return
    sources = [list(b.sources.values()) for b in path.branches if time not in b.sources]
    kinds = [s.constant for each in sources for s in each if isinstance(s.constant, str) and _may_be(ref, s)]
    if kinds:
        bounds = {p.parameter for p in path.declared.pushdowns if p.column == time}
        others = [p.column for p in path.declared.pushdowns if p.parameter in bounds and p.column != time]
        yield (
            f"{ref.table.name}: {', '.join(kinds)} have no {time}, and a condition on it leaves them out. Filter by "
            f"{' and '.join(others)} instead."
        )


def _may_be(ref: ScanRef, source: ColumnSource) -> bool:
    """Tell whether a statement asks for rows of a constant's branch."""
    values = ref.domains.get(source.column, Domain()).values
    return values is None or str(source.constant).lower() in {str(v).lower() for v in values}


def nothing_asked(ref: ScanRef, situation: Situation) -> list[str]:
    """Return why nothing is asked for a scan, if it is beyond what Amazon gives."""
    if any(d.is_empty for d in ref.domains.values()):
        return []
    wanted = frozenset(c.name for c in ref.columns) & {n for p in ref.table.paths for n in p.sources}
    for path in (p for p in ref.table.paths if p.covers(wanted)):
        found = [w for request in requests(ref, path, situation) if request.empty for w in request.warnings]
        if found:
            return found
    return []


def scan_warnings(scan: ScanPlan, drawn: Drawn, situation: Situation) -> list[str]:
    """Return what a scan of the plan may be missing, and why."""
    if scan.hidden:
        return list(_windowed(scan, drawn, situation))
    if scan.fetch is None or scan.path is None:
        return nothing_asked(scan.ref, situation)
    found: list[str] = []
    for request in requests(scan.ref, scan.path, situation):
        if request.partitions == drawn.fetches[scan.fetch].partitions:
            found += request.warnings
    found += _unasked(scan, scan.path, drawn.fetches[scan.fetch])
    found += _undated(scan.ref, scan.path)
    found += _unlisted(scan.ref, scan.path)
    return [*found, *_windowed(scan, drawn, situation)]


def _unlisted(ref: ScanRef, path: TablePath) -> Iterator[str]:
    """Yield a warning for each type that a statement asks for and nobody lists; it is asked for all the same."""
    operation = spapi.operation(path.operation)
    for pushdown in path.declared.pushdowns:
        listed = LISTED.get(pushdown.parameter)
        values = ref.domains.get(pushdown.column, Domain()).values
        if listed is None or not values or path.declared.report or not operation.has_parameter(pushdown.parameter):
            continue
        known, source = set(listed()), path.sources.get(pushdown.column)
        back = to_amazon(source.values if source is not None else ())
        for value in sorted(str(v) for v in values):
            if known.isdisjoint(back(value)):
                spelt = to_sql(source.values)(sorted(known)) if source is not None else sorted(known)
                yield (
                    f"{ref.table.name}: no type {value} is known, and Amazon answers nothing for one that it does not "
                    f"know.{nearest(value, spelt)}"
                )


def _windowed(scan: ScanPlan, drawn: Drawn, situation: Situation) -> Iterator[str]:
    """Yield a warning where Amazon is not told since when and gives the rows of a window of its own only."""
    if scan.fetch is None or scan.path is None:
        return
    fetch = drawn.fetches[scan.fetch]
    for window in fetch.operation.windows:
        told = all(partition.get(window.after or "") is not None for partition in fetch.partitions)
        whole = window.unasked is not None and window.unasked == window.horizon
        if window.unasked is None or told or whole:
            continue
        hours = round(window.unasked / 3600)
        last = f"{hours} hours" if hours < 72 else f"{hours // 24} days"
        since = (situation.now - dt.timedelta(seconds=10 * window.unasked)).date()
        columns = [p.column for p in scan.path.declared.pushdowns if p.parameter == window.after]
        parent = "" if scan.expanded_for is None else f" (read for {drawn.scans[scan.expanded_for].ref.table.name})"
        yield (
            f"{scan.ref.table.name}{parent}: without a filter on {' or '.join(columns)} Amazon gives the last {last} "
            f"only. For more, say since when: {columns[0]} >= '{since}'."
        )


def masked(scan: ScanPlan) -> list[tuple[list[str], str]]:
    """Return (columns, warning) of each kind of personal data among the columns that are read."""
    if scan.path is None or scan.hidden:
        return []
    kinds = dict(scan.path.declared.masked)
    by_kind: dict[str, list[str]] = {}
    for column in scan.ref.columns:
        if column.name in kinds:
            by_kind.setdefault(kinds[column.name], []).append(column.name)
    if not by_kind:
        return []
    roles = dict(spapi.operation(scan.path.operation).personal)
    told = (
        "{}: {} may be NULL: Amazon gives personal data only to applications with the role {}.".format(
            scan.ref.table.name, ", ".join(columns), " or ".join(roles[kind])
        )
        for kind, columns in by_kind.items()
    )
    return list(zip(by_kind.values(), told, strict=True))
