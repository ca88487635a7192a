"""The cheap call that tells a count on which a plan's estimate rests."""

from __future__ import annotations

import datetime as dt

from amzsql import spapi
from amzsql.catalog.model import Entry, Probe
from amzsql.plan.drawing import Drawn
from amzsql.plan.nodes import FetchPlan, Partition, ProbePlan, Situation
from amzsql.plan.volume import wanted_rows
from amzsql.spapi.model import Operation
from amzsql.sql.binding import Bound, ScanRef
from amzsql.sql.predicate import Domain


def probe_for(bound: Bound, best: Drawn, situation: Situation) -> ProbePlan | None:
    """Return the cheap call that tells the count on which an expensive plan's estimate rests, if there is one."""
    if wanted_rows(bound) is not None or best.seconds < 5.0:
        return None
    fetch = next((f for f in best.fetches if f.basis == "estimate" and f.bind is None), None)
    if fetch is None or fetch.signature in situation.counts:
        return None
    entry = best.scans[fetch.scans[0]].ref.table.entry
    return _make_probe(entry, fetch, best, situation)


def _make_probe(entry: Entry, fetch: FetchPlan, best: Drawn, situation: Situation) -> ProbePlan | None:
    declared = entry.probe
    if declared is None or not situation.marketplaces or len(situation.marketplaces) > 3:
        return None
    operation = spapi.operation(declared.operation)
    span = _probed_span(declared, operation, best.scans[fetch.scans[0]].ref, situation)
    if span is None:
        return None
    interval = f"{span[0]:%Y-%m-%dT%H:%M:%SZ}--{span[1]:%Y-%m-%dT%H:%M:%SZ}"
    partitions = tuple(
        Partition((*declared.fixed, (declared.interval, interval), (declared.marketplaces, (m,))))
        for m in situation.marketplaces
    )
    return ProbePlan(operation, partitions, declared.field, fetch.signature, len(fetch.partitions))


def _probed_span(
    declared: Probe, operation: Operation, ref: ScanRef, situation: Situation
) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the time range that the probe counts: what the statement says, within what the probe reaches."""
    reach = max((w.horizon or 0.0 for w in operation.windows), default=0.0) or 730 * 86400.0
    oldest = (situation.now - dt.timedelta(seconds=reach) + dt.timedelta(hours=1)).replace(microsecond=0)
    said = ref.domains.get(declared.column, Domain()).hull()
    start, end = max(said.low or oldest, oldest), min(said.high or situation.now, situation.now)
    # Amazon takes whole seconds, and a range of none is an error.
    return (start, end) if end - start >= dt.timedelta(minutes=1) else None
