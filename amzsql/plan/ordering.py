"""ORDER BY … LIMIT left to Amazon: when a fetch may be asked in order and end with the first rows, and what it saves.

The engine sorts and cuts all the same. What is read of an answer is checked to be in order; see `execute.ordered`.
"""

from __future__ import annotations

from collections.abc import Set

from amzsql.plan import cost
from amzsql.plan.nodes import Basis, Order, Situation
from amzsql.plan.sharing import Group
from amzsql.plan.volume import page_of, said_of
from amzsql.sql.demand import Top
from amzsql.sql.predicate import ANY
from amzsql.types import TIMESTAMP

# Beyond so many rows the order saves little, and they would all wait in memory for the last.
_MOST = 10_000


def order_of(group: Group, drivers: Set[int], situation: Situation) -> Order | None:
    """Return the order in which a fetch is asked, if only its first rows are needed; None if all may be.

    `drivers`: the scans whose keys bind others, so that all of them are read.
    """
    ref, request = group.refs[0], group.request
    top, paging = ref.top, request.operation.paging
    if top is None or paging is None or not situation.pushdown or len(group.refs) > 1 or request.bind is not None:
        return None
    if ref.repeated or ref.number in drivers or top.rows > min(_MOST, paging.max_rows or _MOST):
        return None
    sort = next((s for s in request.path.declared.sorts if s.column == top.column), None)
    asked = () if sort is None else sort.descending if top.descending else sort.ascending
    if sort is None or not asked or (top.nulls_first and sort.nulls):
        return None
    within = ref.domains.get(top.column, ANY)
    if not ref.complete or within.keys or not said_of(ref) <= request.exact | {top.column}:
        return None
    within = ANY if top.column in request.exact else within
    size = page_of(group, situation, None)[1]
    bounds = _bounds(top, group)
    return Order(top.column, top.descending, top.rows, asked, within, top.ties, top.nulls_first, bounds, size)


def _bounds(top: Top, group: Group) -> tuple[str, str] | None:
    """Return the parameters of the column's range, if the partitions are windows of it."""
    path, column = group.request.path, group.refs[0].table.column(top.column)
    ends = {p.operator: p.parameter for p in path.declared.pushdowns if p.column == top.column}
    if ">=" not in ends or "<" not in ends or column is None or column.type != TIMESTAMP:
        return None
    after, before = ends[">="], ends["<"]
    several = len({(p.get(after), p.get(before)) for p in group.request.partitions}) > 1
    return (after, before) if several else None


def volume_in_order(
    order: Order, group: Group, page_rows: int, whole: tuple[float, int, Basis]
) -> tuple[float, int, Basis]:
    """Return (rows, calls, basis) of a fetch that ends with its first rows; `whole` are those of all of it."""
    rows, calls, basis = whole
    parts = len(group.request.partitions)
    each = cost.pages(order.rows + order.ties, page_rows)
    if order.bounds is not None and rows >= parts:
        # One window after the other, until enough rows have come.
        needed = min(parts, max(1, round(order.rows / (rows / parts))))
        return min(rows, float(order.rows)), min(calls, needed * each), "estimate"
    if parts * each >= calls and basis == "exact":
        return whole
    inside = group.request.path.row_path != group.request.operation.row_path
    sure = not (order.ties or inside) and order.within.is_any
    found: Basis = "estimate" if not sure else "exact" if each == 1 else "at most"
    return min(rows, float(parts * each * page_rows)), parts * each, found
