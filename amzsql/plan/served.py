"""What the pages of other statements save a fetch: which of them serve it, and which calls are left."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from amzsql.catalog import live
from amzsql.plan import cost
from amzsql.plan.nodes import FetchPlan, ScanPlan, Situation
from amzsql.plan.shared import Asked, Key, Served, SharedChain, Sharing, bound_name
from amzsql.plan.sharing import Group, own_parameters

Projection = tuple[str, tuple[str, ...]] | None
Remarks = Iterator[tuple[str, str]]


def shared(
    fetch: FetchPlan,
    group: Group,
    driver: FetchPlan | None,
    situation: Situation,
    enough: int | None,
    projection: Callable[[Group, Situation], Projection],
    *,
    drives: bool,
) -> FetchPlan:
    """Return a fetch as the pages that are there leave it; as it is, if its pages are not shared.

    `driver`: whose keys bind it; `drives`: its own keys bind others. `enough`: so many rows of the answer are.
    """
    known = situation.shared
    if known is None or live.is_live(fetch.operation):
        return fetch
    # Rows beyond those that are asked for would be asked for their children, or take a place among the first.
    same = drives or fetch.order is not None or fetch.sliced is not None
    kind = fetch.elements if fetch.restricted else None
    told = replace(fetch, sharing=Sharing(_own(group), _assumed(fetch, group), same, kind))
    if not any(c.operation == fetch.operation.key for c in known.chains):
        return told
    asked = replace(told, projection=projection(group, situation))
    if fetch.bind is not None:
        since = known.bound.get(key) if (key := _bound_key(asked, driver)) is not None else None
        return told if since is None else _without_calls(told, since)
    found = known.serving(asked_of(asked, known.seconds, cuts=True)) if fetch.partitions else None
    return told if found is None else _served(told, found, situation, None if found.wider else enough)


def _without_calls(fetch: FetchPlan, since: float) -> FetchPlan:
    assert fetch.sharing is not None  # called for such fetches
    sharing = replace(fetch.sharing, all_there=True, since=since)
    return replace(fetch, requests=0, seconds=0.0, basis="exact", sharing=sharing)


def _served(fetch: FetchPlan, found: Served, situation: Situation, enough: int | None) -> FetchPlan:
    """Return a fetch of which some chains, or all, are there or coming."""
    assert fetch.sharing is not None  # called for such fetches
    parts = 1 if found.alone else len(fetch.partitions)
    since = min(c.as_of for c in found.parts.values())
    fetch = replace(fetch, sharing=replace(fetch.sharing, served=found, since=since))
    if len(found.parts) == parts and all(c.complete for c in found.parts.values()):
        return _without_calls(fetch, since)
    left = _calls_left(fetch, found, parts, enough)
    if not left and all(not c.whole for c in found.parts.values()):
        return replace(fetch, requests=0, seconds=0.0)
    # What is coming comes no sooner than it would be asked for.
    spent = cost.seconds(max(left, 1), parts, fetch.operation, situation)
    return replace(fetch, requests=left, seconds=min(fetch.seconds, spent) if left else fetch.seconds, basis="estimate")


def _own(group: Group) -> frozenset[str]:
    """Return the parameters that must be equal: whose value rows repeat, or of which no condition cuts what is more."""
    return group.request.unsaid | own_parameters(*map(group.path_of, group.refs))


def _assumed(fetch: FetchPlan, group: Group) -> frozenset[str]:
    """Return the parameters that nobody said: what was cut into windows tells one part of the rows from another."""
    each = [dict(p.parameters) for p in fetch.partitions]
    return frozenset(n for n in group.request.assumed if all(e.get(n) == each[0].get(n) for e in each))


def included(projection: Projection) -> frozenset[str]:
    """Return the parts of an answer that are asked for."""
    return frozenset(projection[1]) if projection is not None else frozenset()


def with_open_parts(wanted: set[str], group: Group, situation: Situation) -> set[str]:
    """Return the parts of an answer to ask for, so that the pages serve statements that read other columns."""
    if situation.shared is None or live.is_live(group.request.operation):
        return wanted
    return wanted | set(live.parts(group.request.path.declared, group.request.operation))


def asked_of(fetch: FetchPlan, known_seconds: float, *, cuts: bool) -> Asked:
    """Return what a fetch asks for, as it is looked for among the chains that there are."""
    sharing = fetch.sharing
    assert sharing is not None  # asked of fetches whose pages are shared
    ordered = fetch.order.parameters if fetch.order is not None else ()
    return Asked(
        fetch.operation,
        tuple(dict((*p.parameters, *ordered)) for p in fetch.partitions),
        included(fetch.projection),
        sharing.kind,
        fetch.page_size,
        sharing.own,
        sharing.assumed,
        cuts=cuts,
        same=sharing.same,
        slack=dt.timedelta(seconds=known_seconds),
    )


def _calls_left(fetch: FetchPlan, found: Served, parts: int, enough: int | None) -> int:
    """Return how many of a fetch's calls are left to make."""
    each = fetch.requests / parts
    left = 0.0
    for number in range(parts):
        chain = found.parts.get(number)
        left += each if chain is None else _of_chain(chain, each, fetch.page_rows, enough)
    return math.ceil(left - 1e-9)


def _of_chain(chain: SharedChain, calls: float, page_rows: int, enough: int | None) -> float:
    if chain.has_all or (enough is not None and chain.pages * (chain.size or page_rows) >= enough):
        return 0.0
    # There is a token, and so at least one page more.
    return max(1.0, calls - chain.pages)


def _bound_key(fetch: FetchPlan, driver: FetchPlan | None) -> tuple[Key, frozenset[int]] | None:
    told = driver.sharing if driver is not None else None
    if fetch.sharing is None or told is None or told.served is None or not told.all_there:
        return None
    where = fetch.bind.where if fetch.bind is not None else ()
    name = bound_name(fetch.signature, where, included(fetch.projection), fetch.sharing.kind)
    return name, frozenset(c.number for c in told.served.parts.values())


def remarks(plan_fetches: Sequence[FetchPlan], scans: Sequence[ScanPlan], situation: Situation) -> Remarks:
    """Return for each fetch that pages of other statements serve (its tables, of when they are)."""
    for fetch in plan_fetches:
        since = fetch.sharing.since if fetch.sharing is not None else None
        if since is None:
            continue
        tables = ", ".join(dict.fromkeys(scans[n].ref.table.name for n in fetch.scans))
        ago = max(0.0, situation.now.timestamp() - since)
        left = "" if not fetch.requests else ", and is gone on with"
        yield tables, f"what was read {ago:.0f} s ago serves it (ShareScans){left}"
