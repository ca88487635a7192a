"""A plan in parts that can be run elsewhere, one without the others: their rows together are the statement's.

Pure, as plans are. Knows nothing of connections and of how a part is run.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Any

from amzsql.catalog.model import TablePath
from amzsql.catalog.scratch import ScratchTable
from amzsql.errors import ProgrammingError
from amzsql.plan.nodes import FetchPlan, Partition, Plan, ScanPlan, Situation
from amzsql.plan.remarks import asks_marketplaces
from amzsql.spapi.model import Window
from amzsql.sql.binding import ScanRef
from amzsql.sql.narrowed import Condition
from amzsql.sql.predicate import ANY, Domain

Parameters = tuple[tuple[str, Any], ...]
MARKETPLACE = "MarketplaceId"
ONE_CHAIN = "its rows come by one chain of requests, which by_marketplace and days can cut"


@dataclass(frozen=True, slots=True)
class Part:
    """What a part of a statement reads, as data: planned again with it, the statement is that part.

    `conditions` are added to the statement; `partitions`: only these parameter sets of the driving fetch are asked
    (empty: all), which asks `operation`. `now` is the statement's own time, `choice` the access paths that all parts
    take, `marketplaces` those of the account.
    """

    now: dt.datetime
    choice: tuple[str, ...] = ()
    marketplaces: tuple[str, ...] | None = None
    conditions: tuple[Condition, ...] = ()
    operation: str = ""
    partitions: tuple[Parameters, ...] = ()


# The longest window, in days, and the most windows of a statement.
_MOST, _WINDOWS = 36_500, 10_000


@dataclass(frozen=True, slots=True)
class By:
    """What a statement is cut by beside the requests that it takes: each marketplace, windows of so many days."""

    marketplace: bool = False
    days: float | None = None

    def __post_init__(self) -> None:
        days = self.days
        if days is not None and (isinstance(days, bool) or not isinstance(days, int | float) or not 0 < days <= _MOST):
            raise ProgrammingError(f"partitions: days is a number above 0 and at most {_MOST:,}, not {days!r}.")


def why_whole(plan: Plan) -> str:
    """Return what of a statement needs all of its rows, so that it is one part; empty if it can be cut."""
    shape = plan.bound.shape
    if plan.stages or shape.limit is not None or shape.offset:
        return "LIMIT and OFFSET count the rows of the whole result"
    if plan.mode == "local":
        return "no call is needed for its rows"
    if not shape.row_local:
        return "it needs all rows: a sum, ORDER BY, DISTINCT, a window, a subquery, or a join that is not by keys"
    return ""


def _driver(plan: Plan) -> FetchPlan | None:
    """Return the fetch whose partitions cut the statement; None if rows of one partition need those of another."""
    roots = [f for f in plan.fetches if f.bind is None]
    if len(roots) != 1 or not plan.scans or roots[0].order is not None:
        return None
    root = roots[0]
    if root.documents is not None and root.documents.way != "order":
        # The newest report, or those that touch a window, are not one for each partition.
        return None
    if plan.mode == "page":
        return root if all(s.fetch == root.number for s in plan.scans) else None
    # What a parent that is read unseen is asked by may differ from plan to plan.
    seen = len(root.scans) == 1 and root.scans[0] == 0 and not any(s.hidden or s.fetch is None for s in plan.scans)
    return root if seen else None


def variants(plan: Plan, situation: Situation, by: By) -> list[tuple[Condition, ...]]:
    """Return the conditions on its first table that cut a statement, one tuple for each way to narrow it.

    Rows without a marketplace are those of the marketplace that was asked for them, or apart where that is not told.

    Raises:
        ProgrammingError: the table is not asked by marketplace, or has no time that the statement bounds.
    """
    ref = plan.scans[0].ref
    axes: list[list[tuple[Condition, ...]]] = []
    if by.marketplace:
        axes.append(list(_by_marketplace(plan, ref, situation)) or [()])
    if by.days is not None:
        axes.append(list(_by_days(ref, situation, by.days)))
    return [tuple(c for each in combination for c in each) for combination in product(*axes)]


def _by_marketplace(plan: Plan, ref: ScanRef, situation: Situation) -> Iterator[tuple[Condition, ...]]:
    if ref.table.column(MARKETPLACE) is None:
        raise ProgrammingError(f"partitions: {ref.table.name} has no {MARKETPLACE} to be cut by.")
    asked = _first_path(plan)
    if not situation.marketplaces or asked is None or not asks_marketplaces(asked):
        raise ProgrammingError(
            f"partitions: here {ref.table.name} is not asked for by marketplace, so that no part of it could be asked"
            " for alone: leave by_marketplace out."
        )
    said, alone = ref.domains.get(MARKETPLACE, ANY), _driver(plan) is not None
    held = [place for place in situation.marketplaces if said.holds(place)]
    for place in held:
        yield (Condition(ref.alias, MARKETPLACE, "=", place, or_null=alone),)
    if held and not alone and _may_lack_marketplace(plan, ref):
        yield (Condition(ref.alias, MARKETPLACE, "=", None),)


def _first_path(plan: Plan) -> TablePath | None:
    """Return the path by which the first call for the rows of a plan's first table is made."""
    scan = plan.scans[0]
    while scan.fetch is not None and (bind := plan.fetches[scan.fetch].bind) is not None and bind.scan >= 0:
        scan = plan.scans[bind.scan]
    return scan.path


def _may_lack_marketplace(plan: Plan, ref: ScanRef) -> bool:
    """Tell whether a row may have no marketplace: Amazon answers it, and the key is without it."""
    path = plan.scans[0].path
    source = path.sources.get(MARKETPLACE) if path is not None else None
    return MARKETPLACE not in ref.table.entry.key and (source is None or source.parameter is None)


def _by_days(ref: ScanRef, situation: Situation, days: float) -> Iterator[tuple[Condition, ...]]:
    column = ref.table.entry.time_column
    if column is None or ref.table.column(column) is None:
        raise ProgrammingError(f"partitions: {ref.table.name} has no time to be cut by.")
    said: Domain = ref.domains.get(column, ANY)
    low, high = _time(said.low), _time(said.high)
    if said.null and low is not None:
        raise ProgrammingError(
            f"partitions: the statement also takes rows without {column}, which lie in no window: leave days out."
        )
    if low is None or said.values is not None:
        raise ProgrammingError(
            f"partitions: to be cut by days the statement must say since when: {column} >= …, with a constant."
        )
    step, end = dt.timedelta(days=days), min(high or situation.now, situation.now)
    if (end - low) / dt.timedelta(days=1) / days > _WINDOWS:
        raise ProgrammingError(f"partitions: days={days} makes more than {_WINDOWS:,} windows: make them longer.")
    edges = [low]
    while edges[-1] + step < end:
        edges.append(edges[-1] + step)
    for since, until in pairwise([*edges, None]):
        assert since is not None
        after = (Condition(ref.alias, column, ">=", since),)
        yield after if until is None else (*after, Condition(ref.alias, column, "<", until))


def _time(value: Any) -> dt.datetime | None:
    """Return an end of a domain as a time in UTC; None if it is none."""
    return value.astimezone(dt.UTC) if isinstance(value, dt.datetime) and value.tzinfo is not None else None


def cut(plan: Plan, situation: Situation, conditions: tuple[Condition, ...]) -> list[Part]:
    """Return the parts of a plan: one for each partition of the fetch that drives it, as far as those are apart.

    It was planned with the conditions' values alone; where they admit rows without one, it is the partition's
    parameters that say whose those are.
    """
    root = _driver(plan)
    made = Part(situation.now, plan.choice, situation.marketplaces, conditions)
    if root is None or (len(root.partitions) < 2 and not any(c.or_null for c in conditions)):
        return [made]
    scan = plan.scans[root.scans[0]]
    found: dict[Any, Part] = {}
    for place, partition in enumerate(root.partitions):
        borders = list(_borders(partition, root, scan))
        # Parts whose windows meet, and whose rows do not tell on which side they lie, are one.
        together = any(not border.column for border in borders)
        key = _without_times(partition, root) if together else place
        before = found.get(key, replace(made, operation=root.operation.name))
        found[key] = replace(
            before,
            conditions=(*before.conditions, *(() if together else borders)),
            partitions=(*before.partitions, partition.parameters),
        )
    return list(found.values())


def _borders(partition: Partition, root: FetchPlan, scan: ScanPlan) -> Iterator[Condition]:
    """Yield what keeps rows apart where a window meets another: those at the border belong to the later one.

    Amazon may give them for both. The condition has no column where none tells the time of the window.
    """
    if root.documents is not None:
        return  # Their windows are half-open.
    for window in root.operation.windows:
        if window.after is None or window.before is None or window.after == window.before:
            continue
        since, until = partition.get(window.after), partition.get(window.before)
        if until is not None and any(p.get(window.after) == until for p in root.partitions):
            yield Condition(scan.ref.alias, _told_by(window, scan), "<", until, or_null=True)
        if since is not None and any(p.get(window.before) == since for p in root.partitions):
            yield Condition(scan.ref.alias, _told_by(window, scan), ">=", since, or_null=True)


def _told_by(window: Window, scan: ScanPlan) -> str:
    """Return the column by which a window narrows; empty where no row has one (what was asked is not the row's)."""
    path, table = scan.path, scan.ref.table
    assert path is not None  # its fetch has partitions
    names = (p.column for p in path.declared.pushdowns if p.parameter == window.before and p.operator == "<")
    found = next(names, "")
    ahead = any(p.ahead for p in path.declared.pushdowns if p.parameter == window.before)
    source = path.sources.get(found)
    told = table.column(found) is not None and source is not None and source.parameter is None and not ahead
    return found if told else ""


def _without_times(partition: Partition, root: FetchPlan) -> Parameters:
    times = {n for w in root.operation.windows for n in (w.after, w.before)}
    return tuple((n, v) for n, v in partition.parameters if n not in times)


def only(plan: Plan, part: Part) -> Plan:
    """Return a plan of which the driving fetch asks a part's partitions alone, with what that costs.

    Its estimates are the share of the whole's; what it reads tells no counts of whole tables.
    """
    if not part.partitions:
        return plan
    root = _driver(plan)
    assert root is not None  # the part was cut from such a plan
    share = len(part.partitions) / max(1, len(root.partitions))
    fetches = tuple(_shared(f, min(1.0, share)) for f in plan.fetches)
    kept = tuple(Partition(parameters) for parameters in part.partitions)
    fetches = tuple(replace(f, partitions=kept) if f.number == root.number else f for f in fetches)
    requests = sum(f.requests for f in fetches)
    return replace(plan, fetches=fetches, requests=requests, seconds=plan.seconds * min(1.0, share), probe=None)


def _shared(fetch: FetchPlan, share: float) -> FetchPlan:
    requests = math.ceil(fetch.requests * share)
    return replace(fetch, rows=fetch.rows * share, requests=requests, seconds=fetch.seconds * share, census=None)


def has_own_rows(plan: Plan) -> bool:
    """Tell whether a statement reads tables of the connection's own, which no other one has."""
    return any(isinstance(s.ref.table, ScratchTable) for s in plan.every_scan())
