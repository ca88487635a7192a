"""Which scans read one fetch, and in which order fetches feed one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from amzsql.catalog.model import TablePath
from amzsql.plan.nodes import Bind
from amzsql.plan.pushdown import Request
from amzsql.plan.shared import contains
from amzsql.sql.binding import ScanRef


@dataclass(slots=True)
class Group:
    """Scans that read one fetch. `drivers`: the scans whose keys they each take, which read the same rows."""

    request: Request
    refs: list[ScanRef]
    drivers: set[int] = field(default_factory=set)

    def path_of(self, ref: ScanRef) -> TablePath:
        """Return the path by which one of its scans reads the fetch: scans of several tables may read it."""
        return next(p for p in ref.table.paths if p.operation == self.request.path.operation)


def grouped(asked: Sequence[tuple[ScanRef, Request | None]]) -> tuple[list[Group], dict[int, int | None]]:
    """Return the fetches of some scans, and each scan's place among them (None: it reads nothing)."""
    groups: list[Group] = []
    fed: dict[int, int | None] = {ref.number: None for ref, request in asked if request is None}
    feeding: dict[int, tuple[ScanRef, Request]] = {r.number: (r, q) for r, q in asked if q is not None}

    def same_keys(one: Bind | None, two: Bind | None) -> bool:
        """Tell whether two binds take the same keys: of one scan, or of two that read the same rows."""
        if one is None or two is None or one.scan == two.scan:
            return one == two
        a, b = feeding.get(one.scan), feeding.get(two.scan)
        if a is None or b is None or fed[one.scan] != fed[two.scan] or replace(one, scan=two.scan) != two:
            return False
        return a[0].table == b[0].table and a[1].path == b[1].path

    waiting = [(ref, request) for ref, request in asked if request is not None]
    while waiting:
        later = []
        for ref, request in waiting:
            if request.bind is None or request.bind.scan in fed or request.bind.scan not in feeding:
                fed[ref.number] = place = _join(groups, ref, request, same_keys)
                groups[place].drivers |= {request.bind.scan} if request.bind is not None else set()
            else:
                later.append((ref, request))
        waiting = later
    return groups, fed


def _join(
    groups: list[Group], ref: ScanRef, request: Request, same_keys: Callable[[Bind | None, Bind | None], bool]
) -> int:
    """Put a scan to the fetch whose parameters contain its own, or widen one that its own contain, or open one."""
    for number, group in enumerate(groups):
        alike = group.request.operation.key == request.operation.key and _of_one_document(group.request, request)
        if alike and same_keys(group.request.bind, request.bind):
            if _contains(group.request, request):
                group.refs.append(ref)
                return number
            if _contains(request, group.request):
                # The keys stay those of whoever came first, since these are the same.
                group.request = replace(request, bind=group.request.bind)
                group.refs.append(ref)
                return number
    groups.append(Group(request, [ref]))
    return len(groups) - 1


def _of_one_document(one: Request, two: Request) -> bool:
    """Tell whether two requests read the same rows of the same documents, if they read any."""
    if one.documents is None or two.documents is None:
        return one.documents is two.documents
    alike = one.path.declared.alike is None and two.path.declared.alike is None
    same = one.path.row_path == two.path.row_path if alike else one.path.declared == two.path.declared
    return one.documents == two.documents and same


def _contains(outer: Request, inner: Request) -> bool:
    """Tell whether one request's partitions give all rows of the other's."""
    if outer.partitions == inner.partitions:
        return True
    if len(outer.partitions) != 1 or len(inner.partitions) != 1:
        return False
    one, two = dict(outer.partitions[0].parameters), dict(inner.partitions[0].parameters)
    return contains(outer.operation, own_parameters(outer.path, inner.path), one, two)


def own_parameters(*paths: TablePath) -> frozenset[str]:
    """Return the parameters whose value the rows of paths repeat: those of pseudo-columns."""
    return frozenset(s.parameter for path in paths for s in path.sources.values() if s.parameter is not None)


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
