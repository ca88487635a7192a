"""When a table's rows are final: by which column changes are found, how long Amazon corrects, how far back it reaches.

Derived from the facts where the entry says nothing. What a time or a currency is of is told here too, for the metadata.
"""

from __future__ import annotations

import re

from amzsql import spapi
from amzsql.catalog.model import Column, Table, TablePath
from amzsql.types import TIMESTAMP

_CHANGED = re.compile(r"(?i)updat|chang|modif")
# Amazon books late, and corrects what it has booked when a month is closed.
_BY_API = (("finances", "48 hours; 30 days"),)
_DAY = 86400


def change_column(table: Table) -> str | None:
    """Return the time by which Amazon gives the rows that changed since, or None."""
    if table.entry.change_column is not None:
        return table.entry.change_column or None
    for path in table.paths:
        for pushdown in path.declared.pushdowns:
            column = table.column(pushdown.column)
            is_time = pushdown.operator == ">=" and column is not None and column.type == TIMESTAMP
            if is_time and _CHANGED.search(pushdown.column) and path.sources[pushdown.column].parameter is None:
                return pushdown.column
    return None


def settling_time(table: Table) -> str | None:
    """Return after how long rows are whole, and after which they change once more: ``48 hours; 30 days``."""
    if table.entry.settling:
        return table.entry.settling
    for path in table.paths:
        for prefix, time in _BY_API:
            if path.operation.startswith(prefix):
                return time
    lag = max((w.lag for p in table.paths for w in spapi.operation(p.operation).windows), default=0.0)
    return f"{lag / 60:.0f} minutes" if lag else None


def max_lookback(table: Table) -> str | None:
    """Return how far back Amazon gives rows by the table's time, by the path that reaches furthest; None: not known."""
    if table.entry.lookback:
        return table.entry.lookback
    reaches = [reach for path in table.paths for reach in _reaches(path, table.entry.time_column)]
    known = [reach for reach in reaches if reach is not None]
    return f"{max(known) / _DAY:.0f} days" if known and len(known) == len(reaches) else None


def _reaches(path: TablePath, column: str | None) -> list[float | None]:
    """Return how many seconds back each parameter reaches that narrows the time from below; None: without end."""
    operation = spapi.operation(path.operation)
    names = {p.parameter for p in path.declared.pushdowns if p.operator == ">=" and p.column == column}
    if column is None:
        names = {w.after for w in operation.windows if w.after is not None and w.after == w.before}
    found: list[float | None] = []
    for name in sorted(names):
        horizons = [w.horizon for w in operation.windows if w.after == name and w.horizon]
        found.append(max(horizons, default=None))
    return found


def time_zone(table: Table, column: Column) -> str | None:
    """Return the zone that a column's times are in: UTC, or as the entry says it of a date."""
    return dict(table.entry.zones).get(column.name, "UTC" if column.type == TIMESTAMP else None)
