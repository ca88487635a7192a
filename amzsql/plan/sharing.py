"""Which scans read one fetch, and in which order fetches feed one another."""

from __future__ import annotations

from dataclasses import dataclass

from amzsql.plan.pushdown import Request
from amzsql.sql.binding import ScanRef


@dataclass(slots=True)
class Group:
    """Scans that read one fetch."""

    request: Request
    refs: list[ScanRef]


def join_group(groups: list[Group], ref: ScanRef, request: Request) -> int:
    """Put a scan to the fetch whose parameters contain its own, or widen one that its own contain, or open one."""
    for number, group in enumerate(groups):
        if group.request.operation.key == request.operation.key and group.request.bind == request.bind:
            if _contains(group.request, request):
                group.refs.append(ref)
                return number
            if _contains(request, group.request):
                group.request = request
                group.refs.append(ref)
                return number
    groups.append(Group(request, [ref]))
    return len(groups) - 1


def _contains(outer: Request, inner: Request) -> bool:
    """Tell whether one request's partitions give all rows of the other's."""
    if outer.partitions == inner.partitions:
        return True
    if len(outer.partitions) != 1 or len(inner.partitions) != 1:
        return False
    one, two = dict(outer.partitions[0].parameters), dict(inner.partitions[0].parameters)
    # A pseudo-column has the value that was asked for: another request's rows would have another, or none.
    asked = {s.parameter for r in (outer, inner) for s in r.path.sources.values()} - {None}
    if any(one.get(name) != two.get(name) for name in asked if name is not None):
        return False
    after = {w.after for w in outer.operation.windows}
    before = {w.before for w in outer.operation.windows}
    for name, value in one.items():
        if name not in two:
            return False
        mine = two[name]
        if name in after:
            if mine < value:
                return False
        elif name in before:
            if mine > value:
                return False
        elif isinstance(value, tuple) and isinstance(mine, tuple):
            if not set(mine) <= set(value):
                return False
        elif mine != value:
            return False
    return True


def fetch_order(groups: list[Group], fed: dict[int, int | None]) -> list[int]:
    """Return the groups so that each stands behind the one whose keys bind it."""
    done: list[int] = []
    while len(done) < len(groups):
        for number, group in enumerate(groups):
            bind = group.request.bind
            ready = bind is None or fed.get(bind.scan) in (*done, None)
            if number not in done and ready:
                done.append(number)
    return done
