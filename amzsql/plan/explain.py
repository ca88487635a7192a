"""A plan as rows: what EXPLAIN shows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from amzsql.catalog.scratch import ScratchTable
from amzsql.plan import data_kiosk, reports
from amzsql.plan.nodes import LATENCY, PARTICIPATIONS, BoundKey, Documents, FetchPlan, Partition, Plan, ScanPlan
from amzsql.plan.whose import worst

COLUMNS = (
    ("Step", "BIGINT"),
    ("Node", "VARCHAR"),
    ("Table", "VARCHAR"),
    ("AccessPath", "VARCHAR"),
    ("Parameters", "VARCHAR"),
    ("Residual", "VARCHAR"),
    ("Rows", "BIGINT"),
    ("Requests", "BIGINT"),
    ("Seconds", "DOUBLE"),
    ("Basis", "VARCHAR"),
)

GROUP_COLUMNS = (*COLUMNS, ("Account", "VARCHAR"))
"""Of a group's plan: each step tells whose it is."""

FETCHES = frozenset(("Fetch", "Shared fetch", "Bind join", "Parent", "Report", "Query"))
"""The nodes that stand for a fetch, in the order of the plan's fetches."""


def rows(plan: Plan, *, participations: bool = False) -> list[tuple[Any, ...]]:
    """Return the plan's steps, the total last.

    `participations`: the account's marketplaces are unknown, so that one call more is needed to learn them.
    """
    steps = [*_before(plan, participations=participations), *_steps(plan)]
    ends = (_result(plan), _total(plan, steps, unknown=participations))
    return [(number, *row) for number, row in enumerate((*steps, *ends), 1)]


Actual = Callable[[str, tuple[Any, ...]], tuple[Any, ...]]
"""(account, step) -> what is told beside the step: its requests, and what `Happened`."""
Happened = tuple[int | None, float | None, int | None, float | None]
"""The rows of a step, its seconds, how many of its pages other statements had read, and how old its oldest page is."""
_NOTHING = (None,) * 5


def group_rows(plan: Plan, *, unknown: Collection[str] = (), actual: Actual | None = None) -> list[tuple[Any, ...]]:
    """Return the steps of a group's plan with their accounts, the total last: those that differ in nothing are one.

    Their rows and calls add up, their seconds are the slowest account's. `unknown`: the accounts whose marketplaces are
    not known.
    """
    found: dict[tuple[Any, ...], list[tuple[str, tuple[Any, ...]]]] = {}
    for account in plan.accounts:
        for row in [*_before(account.plan, participations=account.account in unknown), *_steps(account.plan)]:
            # What is the driver's own is read once, whoever's the others are.
            own = row[0] in ("Metadata", "Scratch", "Stage", "Remark")
            more = actual(account.account, row) if actual is not None and not own else _NOTHING
            found.setdefault(row[:5], []).append(("" if own else account.account, (*row[5:], *more)))
    steps = [_merged(step, each, wide=actual is not None) for step, each in found.items()]
    blank = _NOTHING if actual is not None else ()
    ends = ((*row, "", *blank) for row in (_result(plan), _total(plan, steps, unknown=bool(unknown))))
    return [(number, *row) for number, row in enumerate((*steps, *ends), 1)]


def _merged(step: tuple[Any, ...], each: Sequence[tuple[str, tuple[Any, ...]]], *, wide: bool) -> tuple[Any, ...]:
    """Return the same step of several accounts as one."""
    rows, calls, seconds, bases, asked, came, *more = zip(*(told for _, told in each), strict=True)
    took, shared, ages = more
    accounts = list(dict.fromkeys(account for account, _ in each if account))
    told = (_sum(rows) if accounts else rows[0], sum(calls), max(seconds), worst(bases), ", ".join(accounts))
    return (*step, *told, *((_sum(asked), _sum(came), _most(took), _sum(shared), _most(ages)) * wide))


def _most(values: Iterable[float | None]) -> float | None:
    return max((v for v in values if v is not None), default=None)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def _before(plan: Plan, *, participations: bool) -> Iterator[tuple[Any, ...]]:
    """Yield what is asked before anything else."""
    if participations:
        yield ("Account", "MarketplaceParticipations", PARTICIPATIONS, "", "", None, 1, LATENCY, "estimate")
    if plan.probe is not None and plan.undecided:
        calls, name = len(plan.probe.partitions), plan.probe.operation.name
        yield ("Probe", "", name, parameters(plan.probe.partitions[0]), "", None, calls, LATENCY, "exact")


def _steps(plan: Plan) -> Iterator[tuple[Any, ...]]:
    """Yield the steps that give a plan's rows, its stages first."""
    for stage in plan.stages:
        yield from _steps(stage.plan)
        sql = _shown(stage.plan)
        yield ("Stage", stage.stage.alias, "", "", sql, stage.stage.rows, 0, 0.0, "at most")
    for fetch in plan.fetches:
        yield _fetch(plan, fetch)
    for scan in plan.scans:
        if scan.fetch is None and not scan.hidden:
            own = "Scratch" if isinstance(scan.ref.table, ScratchTable) else "Metadata"
            node = own if scan.ref.table.is_local else "Nothing"
            yield (node, scan.ref.table.name, "", "", "", None, 0, 0.0, "exact")
    for table, why in plan.remarks:
        yield ("Remark", table, "", why, "", None, 0, 0.0, "exact")


def _fetch(plan: Plan, fetch: FetchPlan) -> tuple[Any, ...]:
    scans = [plan.scans[n] for n in fetch.scans]
    node = "Bind join" if fetch.bind is not None else ("Fetch" if len(scans) == 1 else "Shared fetch")
    if scans[0].expanded_for is not None:
        node = "Parent"
    if fetch.documents is not None:
        node = "Report"
    if data_kiosk.is_query(fetch):
        node = "Query"
    tables = ", ".join(dict.fromkeys(s.ref.table.name for s in scans))
    return (
        node,
        tables,
        fetch.operation.name,
        _asked(plan, fetch),
        "; ".join(filter(None, (_residual(plan, s) for s in scans))),
        round(fetch.rows),
        fetch.requests,
        round(fetch.seconds, 1),
        fetch.basis,
    )


def _asked(plan: Plan, fetch: FetchPlan) -> str:
    if fetch.documents is not None:
        return _reports(plan, fetch, fetch.documents)
    parts = _keys(plan, fetch)
    if fetch.partitions and fetch.partitions[0].parameters:
        parts.append(parameters(fetch.partitions[0]))
    if fetch.order is not None:
        parts.append(", ".join(f"{name}={value}" for name, value in fetch.order.parameters))
    if fetch.page_size is not None and fetch.operation.paging is not None:
        parts.append(f"{fetch.operation.paging.size}={fetch.page_size}")
    if fetch.projection is not None:
        parts.append(f"{fetch.projection[0]}={','.join(fetch.projection[1])}")
    more = f" … ×{len(fetch.partitions)}" if len(fetch.partitions) > 1 else ""
    return ", ".join(parts) + more + data_kiosk.told(fetch)


def _keys(plan: Plan, fetch: FetchPlan) -> list[str]:
    """Return the parameters that take other rows' keys."""
    bind = fetch.bind
    if bind is None:
        return []
    whose = "all accounts' " if bind.across else ""
    source = plan.scans[bind.scan].ref.table.name if bind.scan >= 0 else plan.stages[-1 - bind.scan].stage.alias
    parts = [f"{k.parameter}=<{whose}{source}.{k.column}{_among(k)}>" for k in bind.keys]
    parts[-1] += f" ({bind.chunk} each)" if len(bind.keys) == 1 and bind.keys[0].is_list else ""
    return parts


def _reports(plan: Plan, fetch: FetchPlan, documents: Documents) -> str:
    """Return what reports are asked for, what calls that takes, and how often each may be looked at meanwhile."""
    each = dict(documents.calls)
    told = [f"{name.partition('.')[2]} {count}" for name, count in each.items()]
    if reports.CREATE in each:
        told[-2] += f" (and at most {reports.POLLS} polls each in {documents.seconds:.0f} s)"
    if documents.way == "newest":
        new = "a new one if there is none (getReports, createReport and getReport once more each)"
        told.append(new if documents.orders else "an error if there is none")
    asked = ", ".join((*_keys(plan, fetch), _windows(fetch)))
    return f"{asked}; {documents.way}: {', '.join(told)}"


def _windows(fetch: FetchPlan) -> str:
    """Return the partitions as text: each parameter with its values, a window from its first to its last second."""
    found: dict[str, list[str]] = {}
    for partition in fetch.partitions:
        for name, value in partition.parameters:
            values = found.setdefault(name, [])
            if _value(value) not in values:
                values.append(_value(value))
    ends = {reports.FROM: min, reports.UNTIL: max}
    many = len(fetch.partitions)
    if reports.FROM in found and any(p.get(reports.UNTIL) is None for p in fetch.partitions):
        found[reports.UNTIL] = ["now"]
    shown = [f"{n}={ends[n](v) if n in ends else ','.join(v)}" for n, v in found.items()]
    return ", ".join(shown) + (f" … ×{many}" if many > 1 else "")


def _among(key: BoundKey) -> str:
    return "" if key.among is None else f" in {_value(tuple(sorted(key.among, key=str)))}"


def parameters(partition: Partition) -> str:
    """Return a partition's parameters as text; long lists are cut."""
    return ", ".join(f"{name}={_value(value)}" for name, value in partition.parameters)


def _value(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, tuple):
        shown = ",".join(str(v) for v in value[:3])
        return shown if len(value) <= 3 else f"{shown},… ({len(value)})"
    return str(value)


def _residual(plan: Plan, scan: ScanPlan) -> str:
    """Return the conditions on a scan that the request does not express."""
    said = (c for c, d in sorted(scan.ref.domains.items()) if not replace(d, keys=frozenset()).is_any)
    columns = [c for c in said if c not in scan.pushed]
    return ", ".join(columns) if plan.residual else ""


def _result(plan: Plan) -> tuple[Any, ...]:
    how = {"local": "Engine", "page": "Page by page", "engine": "Engine"}[plan.mode]
    residual = _shown(plan) if plan.mode == "engine" or plan.residual else ""
    limit = plan.bound.shape.limit
    count = limit if limit is not None and plan.mode == "page" else None
    return (how, "", "", "", residual, count, 0, 0.0, "exact")


def _total(plan: Plan, steps: Iterable[tuple[Any, ...]], *, unknown: bool) -> tuple[Any, ...]:
    """Return the row of a plan's figures, with what is asked before; `unknown`: some marketplaces are not known."""
    extra = sum(step[6] for step in steps if step[0] in ("Account", "Probe"))
    spent = round(plan.seconds + LATENCY * bool(extra), 1)
    basis = "estimate" if unknown or plan.undecided else plan.basis
    return ("Total", "", "", "", "", None, plan.requests + extra, spent, basis)


def _shown(plan: Plan) -> str:
    """Return the engine's SQL for a reader: the scans' own names mean nothing to one, the statement's are left."""
    sql = re.sub(r'"scan_\d+" AS ', "", plan.bound.sql)
    for stage in plan.stages:
        sql = sql.replace(f'"{stage.stage.name}"', stage.stage.alias)
    return sql[:2000]
