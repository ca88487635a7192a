"""The cheap call that tells a count on which a plan's estimate rests."""

from __future__ import annotations

from amzsql import spapi
from amzsql.plan.drawing import Drawn
from amzsql.plan.nodes import Partition, ProbePlan, Situation
from amzsql.plan.volume import probed_span, wanted_rows
from amzsql.sql.binding import Bound, ScanRef


def probe_for(bound: Bound, best: Drawn, situation: Situation) -> ProbePlan | None:
    """Return the cheap call that tells the count on which a plan's estimate rests, if there is one."""
    if wanted_rows(bound) is not None:
        return None
    # What comes without a call is not worth one.
    guessed = (f for f in best.fetches if f.basis == "estimate" and f.bind is None and f.requests)
    fetch = next((f for f in guessed if f.wanted is None and f.order is None), None)
    if fetch is None or fetch.signature in situation.counts:
        return None
    return _make_probe(best.scans[fetch.scans[0]].ref, situation)


def _make_probe(ref: ScanRef, situation: Situation) -> ProbePlan | None:
    entry, declared = ref.table.entry, ref.table.entry.probe
    if declared is None or not situation.marketplaces or len(situation.marketplaces) > 3:
        return None
    span = probed_span(declared, ref, situation)
    if span is None:
        return None
    interval = f"{span[0]:%Y-%m-%dT%H:%M:%SZ}--{span[1]:%Y-%m-%dT%H:%M:%SZ}"
    partitions = tuple(
        Partition((*declared.fixed, (declared.interval, interval), (declared.marketplaces, (m,))))
        for m in situation.marketplaces
    )
    days = (span[1] - span[0]).total_seconds() / 86400
    name = ref.table.identity
    census = (name, entry.typical_days / days) if days >= 1.0 else None
    return ProbePlan(spapi.operation(declared.operation), partitions, declared.field, name, span, census)
