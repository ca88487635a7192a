"""A combination of candidates as fetches and scans with their cost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import reduce

from amzsql.plan import cost, data_kiosk, reports, served
from amzsql.plan.candidates import Candidate
from amzsql.plan.nodes import Basis, Documents, FetchPlan, Order, ScanPlan, Situation
from amzsql.plan.ordering import order_of, volume_in_order
from amzsql.plan.pushdown import Request
from amzsql.plan.sharing import Group, fetch_order, grouped
from amzsql.plan.volume import (
    PAGE_ROWS,
    census_of,
    census_of_documents,
    enough,
    keys_for,
    page_of,
    rows_of_documents,
    takes_all,
    volume_of,
    wanted_rows,
)
from amzsql.spapi.model import Operation
from amzsql.sql.binding import Bound, ScanRef
from amzsql.sql.predicate import Domain, disjunction

# What the facts say of an operation that Amazon never answers without a restricted data token.
_ALWAYS = "always"
TOKEN_LIFE, TOKEN_MARGIN = 3600.0, 60.0
"""For how many seconds Amazon takes a restricted data token, and how many before the end it is no longer used."""


def opened(operation: Operation, elements: tuple[str, ...]) -> str:
    """Return the name of what a restricted data token opens: an operation, or parts of its answers."""
    return " ".join((operation.name, *elements))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A combination of candidates, drawn up as fetches with their cost."""

    fetches: tuple[FetchPlan, ...]
    scans: tuple[ScanPlan, ...]
    requests: int
    seconds: float
    rank: int


def draw(bound: Bound, combination: Sequence[Candidate], situation: Situation, scale: float, *, final: bool) -> Drawn:
    """Return a combination as fetches with their cost; its scans and projections only if it is the final one."""
    entries: list[tuple[ScanRef, Request | None, int | None]] = []
    combination = _fed(combination)
    for candidate in combination:
        entries.append((candidate.ref, candidate.request, None))
    for candidate in combination:
        entries += ((ref, request, candidate.ref.number) for ref, request in candidate.parents)
    groups, fed = grouped([(ref, request) for ref, request, _ in entries])
    order = fetch_order(groups, fed)
    sheet = _Sheet(bound, situation, scale, groups, fed)
    unseen = {ref.number for ref, _, child in entries if child is not None}
    few = _few_of_parents(bound, groups, order, fed, unseen)
    for old in order:
        sheet.draw(old, few.get(old))
    fetches = list(sheet.fetches.values())
    scans: tuple[ScanPlan, ...] = ()
    if final:
        fetches = [replace(f, projection=_projection(groups[old], situation)) for old, f in sheet.fetches.items()]
        numbers = {old: f.number for old, f in sheet.fetches.items()}
        scans = tuple(_scan(ref, request, fed, numbers, child) for ref, request, child in entries)
        scans = _renumbered(scans, fetches)
    together = _together(fetches, situation)
    return Drawn(tuple(fetches), scans, sum(f.requests for f in fetches), together, sum(c.rank for c in combination))


def _few_of_parents(
    bound: Bound, groups: list[Group], order: list[int], fed: dict[int, int | None], unseen: Set[int]
) -> dict[int, int]:
    """Return how many rows are thought to be read of each parent, by its group, where a LIMIT needs few children."""
    few: dict[int, int] = {}
    if wanted_rows(bound) is None:
        return few
    for old in reversed(order):
        bind = groups[old].request.bind
        wanted = few.get(old) or enough(groups[old], bound, frozenset())
        feeding = fed.get(bind.scan) if bind is not None and bind.scan in unseen else None
        if wanted is not None and feeding is not None and {r.number for r in groups[feeding].refs} <= unseen:
            few[feeding] = max(few.get(feeding, 0), keys_for(groups[old], wanted))
    return few


def _fed(combination: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates, those that take the keys of a scan which reads nothing reading nothing themselves."""
    found = list(combination)
    changed = True
    while changed:
        nothing = {c.ref.number for c in found if c.request is None}
        changed = False
        for place, candidate in enumerate(found):
            if any(
                r.bind is not None and not r.bind.across and r.bind.scan in nothing for _, r in candidate.all_requests()
            ):
                found[place] = replace(candidate, request=None, parents=())
                changed = True
    return found


def _renumbered(scans: tuple[ScanPlan, ...], fetches: list[FetchPlan]) -> tuple[ScanPlan, ...]:
    """Give every scan its place as its number; expanded parents stand behind the statement's own scans."""
    places = {scan.ref.number: place for place, scan in enumerate(scans)}
    for number, fetch in enumerate(fetches):
        bind = fetch.bind and replace(fetch.bind, scan=places.get(fetch.bind.scan, fetch.bind.scan))
        fetches[number] = replace(fetch, scans=tuple(places[s] for s in fetch.scans), bind=bind)
    return tuple(replace(s, ref=replace(s.ref, number=places[s.ref.number])) for s in scans)


def _scan(
    ref: ScanRef,
    request: Request | None,
    fed: dict[int, int | None],
    numbers: dict[int, int],
    child: int | None,
) -> ScanPlan:
    group = fed[ref.number]
    if request is None or group is None:
        return ScanPlan(ref, None, None, hidden=child is not None, expanded_for=child)
    pushed = tuple(sorted(request.narrowed))
    return ScanPlan(ref, numbers[group], request.path, pushed, hidden=child is not None, expanded_for=child)


class _Sheet:
    """The fetches of a combination as they are drawn one after the other, those first that feed others.

    Attributes:
        fetches: the fetches drawn so far, by the number of their group.
    """

    def __init__(
        self, bound: Bound, situation: Situation, scale: float, groups: list[Group], fed: dict[int, int | None]
    ) -> None:
        self.fetches: dict[int, FetchPlan] = {}
        self._bound = bound
        self._situation = situation
        self._scale = scale
        self._groups = groups
        self._fed = fed
        self._drivers = {g.request.bind.scan for g in groups if g.request.bind is not None}

    def draw(self, place: int, few: int | None) -> None:
        """Draw the fetch of a group. `few`: so many of its rows are thought to be enough, and all may be read."""
        group, number = self._narrowed(self._groups[place]), len(self.fetches)
        wanted = enough(group, self._bound, self._drivers)
        if group.request.documents is not None:
            found = self._of_documents(number, group, group.request.documents, wanted)
        elif group.request.path.declared.query:
            driver = self._driver(group)
            rows, seconds = (driver.rows, driver.seconds) if driver is not None else (0.0, 0.0)
            found = data_kiosk.fetch(number, group, rows, seconds, self._situation, wanted)
        else:
            found = self._of_pages(number, group, wanted, order_of(group, self._drivers, self._situation), few)
            found = self._shared(found, group, few)
        self.fetches[place] = found

    def _narrowed(self, group: Group) -> Group:
        """Return a group that takes keys with what is known of its driver's rows, and Amazon is not asked for."""
        bind, feeding = group.request.bind, self._feeding(group)
        if bind is None or feeding is None:
            return group
        driver = self._groups[feeding]
        # Of keys that several scans give, each takes what any of them leaves.
        said = [_said(r, driver.request.narrowed) for r in driver.refs if r.number in group.drivers]
        where = ((c, d) for c, d in reduce(disjunction, said).items() if not d.is_any)
        return replace(group, request=replace(group.request, bind=replace(bind, where=tuple(where))))

    def _shared(self, fetch: FetchPlan, group: Group, few: int | None) -> FetchPlan:
        """Return a fetch as the pages leave it that other statements have read."""
        drives = any(r.number in self._drivers for r in group.refs)
        order = fetch.order
        enough = order.rows + order.ties if order is not None else fetch.wanted if takes_all(group) else few
        driver = self._driver(group)
        return served.shared(fetch, group, driver, self._situation, enough, _projection, drives=drives)

    def _feeding(self, group: Group) -> int | None:
        """Return the group whose keys a group takes."""
        return self._fed.get(group.request.bind.scan) if group.request.bind is not None else None

    def _driver(self, group: Group) -> FetchPlan | None:
        feeding = self._feeding(group)
        return None if feeding is None else self.fetches[feeding]

    def _of_pages(
        self, number: int, group: Group, wanted: int | None, order: Order | None, few: int | None
    ) -> FetchPlan:
        request, operation, situation = group.request, group.request.operation, self._situation
        page_rows, page_size = page_of(group, situation, order.rows + order.ties if order is not None else wanted)
        rows, calls, basis = self._volume(group, page_rows, wanted or few)
        if few is not None:
            basis = "estimate"
        if order is not None:
            rows, calls, basis = volume_in_order(order, group, page_rows, (rows, calls, basis))
        chains = len(request.partitions) if request.bind is None else calls
        sliced, parts = _sliced(group, wanted), _parts(group, rows)
        if sliced is not None and order is None and parts:
            chains, calls, basis = max(chains, parts), calls + parts, "estimate"
        elements = _elements(group) if situation.restricted else ()
        restricted = bool(elements) or (situation.restricted and operation.restricted == _ALWAYS)
        seconds = self._seconds(group, calls, chains)
        tokens = self._tokens(operation, elements, seconds) if restricted and calls > 0 else 0
        life = operation.paging.token_life if operation.paging else None
        return FetchPlan(
            number,
            operation,
            request.partitions,
            tuple(r.number for r in group.refs),
            page_size,
            page_rows,
            bind=request.bind,
            by_key=request.path.declared.by_key,
            signature=request.signature,
            rows=rows,
            requests=calls + tokens,
            seconds=seconds + situation.latency * tokens,
            basis=basis,
            read_ahead=wanted is None and order is None and life is not None and life < 300,
            census=census_of(group, situation) if order is None else None,
            sliced=sliced,
            wanted=wanted,
            outcome=request.path.declared.outcome,
            order=order,
            restricted=restricted,
            elements=elements,
        )

    def _tokens(self, operation: Operation, elements: tuple[str, ...], seconds: float) -> int:
        """Return how many restricted data tokens a fetch of so many seconds asks for: one an hour.

        Less the one that may be there, or those of the fetches before it, which are for all.
        """
        there = int(opened(operation, elements) in self._situation.admitted)
        there = max((there, *(_hours(f.seconds) for f in self.fetches.values() if f.restricted)))
        return max(0, _hours(seconds) - there)

    def _volume(self, group: Group, page_rows: int, wanted: int | None) -> tuple[float, int, Basis]:
        feeding, signature = self._feeding(group), group.request.signature
        narrowed = self._groups[feeding].request.narrowed if feeding is not None else frozenset[str]()
        at = (page_rows, signature, self._bound, self._situation, self._scale, wanted)
        return volume_of(group, self._driver(group), narrowed, *at)

    def _seconds(self, group: Group, calls: int, chains: int) -> float:
        spent, driver = cost.seconds(calls, chains, group.request.operation, self._situation), self._driver(group)
        return spent if driver is None else max(spent, driver.seconds + self._situation.latency)

    def _of_documents(self, number: int, group: Group, documents: Documents, wanted: int | None) -> FetchPlan:
        """Return the fetch of documents: all of its reports are ordered at once, if the first may not be enough."""
        request, driver = group.request, self._driver(group)
        rows, parts = rows_of_documents(group, self._situation, self._scale), len(request.partitions)
        if request.bind is not None:
            parts = math.ceil(driver.rows) if driver is not None else 1
        few = wanted is not None and takes_all(group) and wanted * parts <= rows
        each = reports.calls(documents, 1 if few else parts, reports.documents_of(documents, request))
        spent = reports.seconds(each, documents.seconds + documents.queue, self._situation)
        return FetchPlan(
            number,
            request.operation,
            request.partitions,
            tuple(r.number for r in group.refs),
            page_rows=PAGE_ROWS,
            signature=request.signature,
            rows=rows,
            requests=sum(each.values()),
            seconds=spent + (driver.seconds if driver is not None else 0.0),
            bind=request.bind,
            census=census_of_documents(group),
            wanted=wanted if few else None,
            documents=replace(documents, calls=tuple(each.items())),
        )


def _said(ref: ScanRef, asked: Set[str]) -> dict[str, Domain]:
    """Return what is known of a scan's rows, of the columns that it reads, beyond what Amazon is asked for."""
    # What the scan does not read is not in the pages that come for it.
    read = {c.name for c in ref.columns} - asked
    return {c: replace(d, keys=frozenset()) for c, d in ref.domains.items() if c in read and not d.some}


def _elements(group: Group) -> tuple[str, ...]:
    """Return the parts of the answers that are read, and that Amazon gives only for a restricted data token."""
    by_field, found = {name.lower(): name for name in group.request.operation.elements}, set[str]()
    if not by_field:
        return ()
    for ref in group.refs:
        path = group.path_of(ref)
        masked = {name for name, _ in path.declared.masked}
        sources = (path.sources[c.name] for c in ref.columns if c.name in masked and c.name in path.sources)
        found |= {step.lower() for s in sources for step in s.path.split(".")}
    return tuple(sorted(by_field[step] for step in found & by_field.keys()))


def _hours(seconds: float) -> int:
    """Return for how many lives of a restricted data token a fetch lasts."""
    return max(1, math.ceil(seconds / (TOKEN_LIFE - TOKEN_MARGIN)))


def _parts(group: Group, rows: float) -> int:
    """Return in how many parts a search is thought to be asked that has more rows than Amazon gives out; else 0."""
    paging = group.request.operation.paging
    most = (paging.max_rows if paging is not None else None) or rows
    return math.ceil(2 * rows / most) if rows > most else 0


def _sliced(group: Group, wanted: int | None) -> tuple[str, str] | None:
    """Return the time by which a search with too many rows is asked in parts; None if a LIMIT ends it before."""
    paging = group.request.operation.paging
    most = paging.max_rows if paging is not None else None
    few = wanted is not None and takes_all(group) and wanted <= (most or 0)
    return group.request.path.declared.sliced if most is not None and not few else None


def _projection(group: Group, situation: Situation) -> tuple[str, tuple[str, ...]] | None:
    """Return the parameter and values that ask for the parts of the answer which the scans' columns need."""
    declared = group.request.path.declared
    if declared.query:
        return data_kiosk.projection(group)
    if declared.projection_parameter is None:
        return None
    wanted: set[str] = set(declared.always)
    prefix = group.request.operation.row_path
    for ref in group.refs:
        path = group.path_of(ref)
        for column in ref.columns:
            source = path.sources.get(column.name)
            if source is not None and source.path:
                below = source.path[len(prefix) :].lstrip(".") if source.path.startswith(prefix) else source.path
                wanted |= {v for v, starts in declared.projections if below.startswith(starts) or _whole(below, starts)}
    wanted = served.with_open_parts(wanted, group, situation)
    ordered = tuple(v for v, _ in declared.projections if v in wanted)
    return (declared.projection_parameter, ordered) if ordered else None


def _whole(below: str, starts: tuple[str, ...]) -> bool:
    """Tell whether a column is the JSON text of something whose parts are asked for one by one."""
    return any(s.startswith(below + "[]") for s in starts)


def _together(fetches: list[FetchPlan], situation: Situation) -> float:
    """Return the seconds of all fetches: those of one bucket wait for one another, others run side by side."""
    by_bucket: dict[str, list[FetchPlan]] = {}
    for fetch in fetches:
        by_bucket.setdefault(fetch.operation.name, []).append(fetch)
    longest = _made_together([f for f in fetches if f.documents is not None], situation)
    for shared in by_bucket.values():
        if shared[0].documents is not None:
            continue
        calls = sum(f.requests for f in shared)
        chains = sum(max(1, len(f.partitions)) for f in shared)
        spent = cost.seconds(calls, chains, shared[0].operation, situation) if len(shared) > 1 else 0.0
        longest = max(longest, spent, *(f.seconds for f in shared))
    return longest


def _made_together(fetches: list[FetchPlan], situation: Situation) -> float:
    """Return the seconds of all fetches of documents, which are made side by side."""
    each: Counter[str] = Counter()
    for fetch in fetches:
        each.update(dict(fetch.documents.calls) if fetch.documents is not None else {})
    waiting = max((f.documents.seconds + f.documents.queue for f in fetches if f.documents is not None), default=0.0)
    return reports.seconds(each, waiting, situation)
