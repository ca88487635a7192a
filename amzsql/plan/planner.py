"""Bound statement + situation -> plan: which access path each scan takes, which share a fetch, what binds what.

Pure: nothing here calls Amazon, reads a clock or keeps anything. A plan's cost is the seconds until its last row on
Amazon's clock; plans within 10 % or a second of each other are told apart by their calls, then by the newer API.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from amzsql import spapi
from amzsql.catalog import registry
from amzsql.catalog.model import Entry, Parent, Probe, TablePath
from amzsql.errors import ProgrammingError
from amzsql.plan import cost
from amzsql.plan.nodes import (
    STAGED,
    WHOLE,
    Basis,
    Bind,
    FetchPlan,
    Mode,
    Partition,
    Plan,
    ProbePlan,
    ScanPlan,
    Situation,
    StagePlan,
)
from amzsql.plan.pushdown import Request, requests, smallest
from amzsql.spapi.model import Operation
from amzsql.sql.binding import Bound, ScanRef
from amzsql.sql.predicate import Domain, KeyOf

_COMBINATIONS = 3000
_CHOICES = 4
_COMMON = {c.name for c in registry.COMMON}
_SCALES = (0.05, 20.0)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A scan's choice: how it asks (None: it reads nothing), and the parent scan that it is expanded from."""

    ref: ScanRef
    request: Request | None
    rank: int
    parent: ScanRef | None = None
    parent_request: Request | None = None


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A combination of candidates, drawn up as fetches with their cost."""

    fetches: tuple[FetchPlan, ...]
    scans: tuple[ScanPlan, ...]
    requests: int
    seconds: float
    rank: int


def plan(bound: Bound, situation: Situation) -> Plan:
    """Return the cheapest plan.

    Raises:
        ProgrammingError: a filter that is needed is missing, or no path has all the asked columns.
    """
    if bound.staged is None:
        return _planned(bound, situation)
    form, choice = situation.choice[:1], situation.choice[1:]
    told = replace(situation, choice=choice)
    if form == (STAGED,):
        return _staged(bound.staged, told)
    whole = _planned(bound, told)
    if form == (WHOLE,):
        return whole
    staged = _staged(bound.staged, told)
    if not cost.near(staged.seconds, whole.seconds):
        return min(staged, whole, key=lambda p: p.seconds)
    return staged if staged.requests < whole.requests else whole


def _staged(bound: Bound, situation: Situation) -> Plan:
    """Return the plan of a statement whose stages are run first: each planned by itself, with what calls it leaves."""
    choice, stages, rows = list(situation.choice), [], []
    for stage in bound.stages:
        own = [choice.pop(0) for _ in range(_choices(stage.bound, choice))]
        made = plan(stage.bound, replace(situation, choice=tuple(own), staged=()))
        stages.append(StagePlan(stage, made))
        rows.append(min(float(stage.rows), sum(f.rows for f in made.fetches)))
        situation = replace(situation, tokens=_left(made, situation))
    outer = _planned(bound, replace(situation, choice=tuple(choice), staged=tuple(rows)))
    plans = [*(s.plan for s in stages), outer]
    probing = next((p for p in plans if p.probe is not None), outer)
    return replace(
        outer,
        stages=tuple(stages),
        requests=sum(p.requests for p in plans),
        seconds=sum(p.seconds for p in plans),
        basis=_worst(p.basis for p in plans),
        probe=probing.probe,
        undecided=probing.undecided,
        warnings=tuple(dict.fromkeys(w for p in plans for w in p.warnings)),
    )


def _choices(bound: Bound, choice: Sequence[str]) -> int:
    """Return how many of a choice's words, at its beginning, are a statement's."""
    if bound.staged is None or not choice:
        return min(len(choice), len(bound.scans))
    if choice[0] != STAGED:
        return min(len(choice), 1 + len(bound.scans))
    taken = 1
    for stage in bound.staged.stages:
        taken += _choices(stage.bound, choice[taken:])
    return min(len(choice), taken + len(bound.staged.scans))


def _left(made: Plan, situation: Situation) -> dict[str, float]:
    """Return the tokens that each operation has after a plan."""
    found = dict(situation.tokens)
    for fetch in made.every_fetch():
        rate = situation.rate(fetch.operation)
        before = found.get(fetch.operation.name, float(rate.burst))
        after = before - fetch.requests + rate.rate * fetch.seconds
        found[fetch.operation.name] = min(float(rate.burst), max(0.0, after))
    return found


def _planned(bound: Bound, situation: Situation) -> Plan:
    """Return the cheapest plan of a statement in one form."""
    refs = _all_inherited(_with_real_keys(bound.scans))
    choices = [_chosen(_candidates(r, len(refs), situation), r.number, situation) for r in refs]
    combination = _cheapest(bound, choices, situation, 1.0)
    best = _draw(bound, combination, situation, 1.0, final=True)
    probe = None if situation.probed else _probe(bound, best, situation)
    warnings = [*bound.warnings, *(w for r in bound.scans for w in _foreign(r, situation))]
    for scan in best.scans:
        warnings += _scan_warnings(scan, best, situation)
    return Plan(
        bound,
        _mode(bound, best),
        best.fetches,
        best.scans,
        best.requests,
        best.seconds,
        _worst(f.basis for f in best.fetches),
        probe,
        probe is not None and not situation.choice and _undecided(bound, combination, choices, situation),
        _residual(bound, best, situation),
        tuple(dict.fromkeys(warnings)),
    )


# -- candidates ----------------------------------------------------------------------------------------------------


def _with_real_keys(scans: Sequence[ScanRef]) -> list[ScanRef]:
    """Return the scans without the keys of tables that are the driver's own: those rows are not fetched."""
    own = {s.number for s in scans if not s.table.paths}
    return [_without_keys(s, own) for s in scans] if own else list(scans)


def _without_keys(ref: ScanRef, own: set[int]) -> ScanRef:
    domains = {c: replace(d, keys=frozenset(k for k in d.keys if k.scan not in own)) for c, d in ref.domains.items()}
    return replace(ref, domains=domains)


def _all_inherited(scans: Sequence[ScanRef]) -> list[ScanRef]:
    """Return the scans with what they inherit, directly or through one another."""
    refs = list(scans)
    for _ in scans:
        following = [_with_inherited(r, refs) for r in refs]
        if following == refs and all(a.domains == b.domains for a, b in zip(following, refs, strict=True)):
            break
        refs = following
    return refs


def _with_inherited(ref: ScanRef, scans: Sequence[ScanRef]) -> ScanRef:
    """Return the scan with the predicates on a parent's columns of whatever it is joined to by the parent's key.

    Parent and children carry the same values of these columns, so what holds of one holds of all.
    """
    ref = _with_twins(ref, scans)
    found = dict(ref.domains)
    for other in scans:
        for parent, mine, theirs in _families(ref, other):
            if KeyOf(other.number, theirs) in ref.domains.get(mine, Domain()).keys:
                for column in parent.inherits:
                    if column in other.domains and ref.table.column(column) and column != mine:
                        known = found.get(column, Domain(null=True))
                        found[column] = known & replace(other.domains[column], keys=frozenset())
    return replace(ref, domains=found)


def _families(ref: ScanRef, other: ScanRef) -> Iterator[tuple[Parent, str, str]]:
    """Yield (parent, own key column, other's) if two scans are parent and child, or children of one parent."""
    mine, theirs = ref.table.entry.parent, other.table.entry.parent
    if mine is not None and other.table.name == mine.table:
        yield mine, mine.column, mine.parent_column
    if theirs is not None and ref.table.name == theirs.table:
        yield theirs, theirs.parent_column, theirs.column
    if mine is not None and theirs is not None and mine.table == theirs.table:
        yield mine, mine.column, theirs.column


def _with_twins(ref: ScanRef, scans: Sequence[ScanRef]) -> ScanRef:
    """Return the scan with the predicates of scans of the same table that it is joined to on the whole key.

    Such a pair of rows is one row of Amazon's, so what holds of one holds of the other; but for what was asked.
    """
    key = ref.table.entry.key
    found = dict(ref.domains)
    for other in scans:
        twin = other.number != ref.number and other.table.name == ref.table.name
        if key and twin and all(KeyOf(other.number, c) in ref.domains.get(c, Domain()).keys for c in key):
            for column, domain in other.domains.items():
                if column not in key and not ref.table.is_asked(column):
                    found[column] = found.get(column, Domain(null=True)) & domain
    return replace(ref, domains=found)


def _candidates(ref: ScanRef, following: int, situation: Situation) -> list[_Candidate]:
    """Return every way to fill a scan, the newest API first.

    Raises:
        ProgrammingError: there is none.
    """
    if not ref.table.paths or any(d.is_empty for d in ref.domains.values()):
        return [_Candidate(ref, None, 0)]
    found: list[_Candidate] = []
    missing: list[tuple[str, ...]] = []
    uncovered: list[tuple[str, frozenset[str]]] = []
    gone: list[str] = []
    wanted = frozenset(c.name for c in ref.columns) - _COMMON
    for rank, path in enumerate(ref.table.paths):
        operation = spapi.operation(path.operation)
        if operation.is_removed(situation.now.date()):
            if path.covers(wanted):
                gone.append(f"{path.operation} had them until Amazon removed it on {operation.removed}")
            continue
        if not _allowed(operation, situation):
            if path.covers(wanted):
                gone.append(f"{path.operation} has them, but OrdersApi={situation.orders_api} leaves it out")
            continue
        if not path.covers(wanted):
            uncovered.append((path.operation, wanted - path.sources.keys()))
            continue
        for request in requests(ref, path, situation):
            if not request.missing:
                found.append(_Candidate(ref, None if request.empty else request, rank))
            else:
                missing += request.alternatives
                found += _expanded(ref, request, rank, following, situation)
    if not found:
        raise _no_path(ref, missing, uncovered, gone, situation)
    return found


def _allowed(operation: Operation, situation: Situation) -> bool:
    if situation.orders_api == "v0":
        return operation.api != "orders_2026-01-01"
    return not (situation.orders_api == "2026" and operation.api == "ordersV0")


def _expanded(ref: ScanRef, request: Request, rank: int, following: int, situation: Situation) -> Iterator[_Candidate]:
    """Yield the request with its required key taken from the declared parent's rows."""
    parent = ref.table.entry.parent
    if parent is None or request.missing != (parent.column,):
        return
    table = registry.table(ref.table.schema, parent.table)
    key = table.column(parent.parent_column)
    if key is None:
        return
    domains = {c: d for c, d in ref.domains.items() if c in parent.inherits and c != parent.column}
    source = ScanRef(following + ref.number, table, parent.table, (key,), domains)
    bound = replace(
        ref,
        domains={**ref.domains, parent.column: Domain(keys=frozenset({KeyOf(source.number, key.name)}))},
    )
    for again in requests(bound, request.path, situation):
        if not again.missing and again.bind is not None:
            for other in _candidates(source, following, situation):
                if other.request is not None and other.parent is None and other.request.bind is None:
                    yield _Candidate(ref, again, rank, source, other.request)


def _no_path(
    ref: ScanRef,
    missing: list[tuple[str, ...]],
    uncovered: list[tuple[str, frozenset[str]]],
    gone: list[str],
    situation: Situation,
) -> ProgrammingError:
    name, entry = ref.table.name, ref.table.entry
    if missing:
        choices = smallest(missing)
        columns = choices[0]
        if columns == ("sellerId",) or columns == ("SellerId",):
            return ProgrammingError(
                f"{name} needs the property SellerId: the merchant token that Seller Central shows under "
                "Settings > Account Info > Business Information > Merchant Token."
            )
        example = f" For example: {entry.example}" if entry.example else ""
        known = [c for c in choices if all(ref.table.column(column) for column in c)] or [columns]
        more = ", or others" if len(known) > _CHOICES else ""
        named = ", or ".join(" and ".join(c) for c in known[:_CHOICES]) + more
        return ProgrammingError(f"{name} needs a filter on {named}.{example}")
    if uncovered:
        parts = "; ".join(f"{path} lacks {', '.join(sorted(columns))}" for path, columns in uncovered)
        advice = f"{'; '.join(gone)}." if gone else "Ask for them in two statements."
        return ProgrammingError(f"No single access path of {name} has all the asked columns: {parts}. {advice}")
    return ProgrammingError(
        f"{name} has no access path left on {situation.now:%Y-%m-%d}"
        + (f" with OrdersApi={situation.orders_api}." if situation.orders_api != "Auto" else ".")
    )


# -- combinations --------------------------------------------------------------------------------------------------


def _chosen(candidates: list[_Candidate], scan: int, situation: Situation) -> list[_Candidate]:
    """Return the candidates of the access path that the statement took before, if it still has any."""
    if scan >= len(situation.choice):
        return candidates
    kept = [c for c in candidates if c.request is not None and c.request.path.operation == situation.choice[scan]]
    return kept or candidates


def _cheapest(
    bound: Bound, choices: list[list[_Candidate]], situation: Situation, scale: float
) -> tuple[_Candidate, ...]:
    """Return the combination of the fewest calls among those that take nearly the least time."""
    combinations = [c for c in _combinations(choices) if not _cyclic(c)]
    if not combinations:
        raise ProgrammingError("The statement's tables need one another's keys in a circle: add a filter on one.")
    if len(combinations) == 1:
        return combinations[0]
    drawn = [_draw(bound, c, situation, scale, final=False) for c in combinations]
    least = min(d.seconds for d in drawn)
    good = [n for n, d in enumerate(drawn) if cost.near(d.seconds, least)]
    return combinations[min(good, key=lambda n: (drawn[n].requests, drawn[n].rank, drawn[n].seconds))]


def _combinations(choices: list[list[_Candidate]]) -> Iterator[tuple[_Candidate, ...]]:
    """Yield every combination, or, where there are too many, those of the most promising candidates."""
    most = _COMBINATIONS // max(1, len(choices))
    while math.prod(len(c) for c in choices) > most:
        widest = max(choices, key=len)
        choices = [c[: max(1, len(c) - 1)] if c is widest else c for c in choices]
    yield from itertools.product(*choices)


def _cyclic(combination: Sequence[_Candidate]) -> bool:
    binds = {c.ref.number: c.request.bind.scan for c in combination if c.request and c.request.bind and not c.parent}
    for start in binds:
        seen, at = set(), start
        while at in binds:
            if at in seen:
                return True
            seen.add(at)
            at = binds[at]
    return False


# -- drawing -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Group:
    """Scans that read one fetch."""

    request: Request
    refs: list[ScanRef]


def _draw(
    bound: Bound, combination: Sequence[_Candidate], situation: Situation, scale: float, *, final: bool
) -> _Drawn:
    """Return a combination as fetches with their cost; its scans and projections only if it is the final one."""
    entries: list[tuple[ScanRef, Request | None, int | None]] = []
    combination = _fed(combination)
    for candidate in combination:
        entries.append((candidate.ref, candidate.request, None))
    for candidate in combination:
        if candidate.parent is not None:
            entries.append((candidate.parent, candidate.parent_request, candidate.ref.number))
    groups: list[_Group] = []
    fed: dict[int, int | None] = {}
    for ref, request, _ in entries:
        fed[ref.number] = None if request is None else _join_group(groups, ref, request)
    order = _order(groups, fed)
    numbers = {old: new for new, old in enumerate(order)}
    fetches: list[FetchPlan] = []
    for number, old in enumerate(order):
        fetches.append(_fetch(number, groups[old], fetches, fed, numbers, bound, situation, scale))
    scans: tuple[ScanPlan, ...] = ()
    if final:
        fetches = [replace(f, projection=_projection(groups[old])) for f, old in zip(fetches, order, strict=True)]
        scans = tuple(_scan(ref, request, fed, numbers, child) for ref, request, child in entries)
        scans = _renumbered(scans, fetches)
    together = _together(fetches, situation)
    return _Drawn(tuple(fetches), scans, sum(f.requests for f in fetches), together, sum(c.rank for c in combination))


def _fed(combination: Sequence[_Candidate]) -> list[_Candidate]:
    """Return the candidates, those that take the keys of a scan which reads nothing reading nothing themselves."""
    found = list(combination)
    changed = True
    while changed:
        nothing = {c.ref.number for c in found if c.request is None}
        changed = False
        for place, candidate in enumerate(found):
            bind = candidate.request.bind if candidate.request is not None else None
            if bind is not None and bind.scan in nothing:
                found[place] = replace(candidate, request=None, parent=None, parent_request=None)
                changed = True
    return found


def _join_group(groups: list[_Group], ref: ScanRef, request: Request) -> int:
    """Put a scan to the fetch whose parameters contain its own, or widen one that its own contain, or open one."""
    for number, group in enumerate(groups):
        if group.request.operation.key == request.operation.key and _same_bind(group.request.bind, request.bind):
            if _contains(group.request, request):
                group.refs.append(ref)
                return number
            if _contains(request, group.request):
                group.request = request
                group.refs.append(ref)
                return number
    groups.append(_Group(request, [ref]))
    return len(groups) - 1


def _same_bind(one: Bind | None, two: Bind | None) -> bool:
    return one == two


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


def _order(groups: list[_Group], fed: dict[int, int | None]) -> list[int]:
    """Return the groups so that each stands behind the one whose keys bind it."""
    done: list[int] = []
    while len(done) < len(groups):
        for number, group in enumerate(groups):
            bind = group.request.bind
            ready = bind is None or fed.get(bind.scan) in (*done, None)
            if number not in done and ready:
                done.append(number)
    return done


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


def _fetch(
    number: int,
    group: _Group,
    before: list[FetchPlan],
    fed: dict[int, int | None],
    numbers: dict[int, int],
    bound: Bound,
    situation: Situation,
    scale: float,
) -> FetchPlan:
    request, operation = group.request, group.request.operation
    page_rows, page_size = _page(group, bound, situation)
    signature = request.signature
    driver = None
    if request.bind is not None:
        feeding = fed.get(request.bind.scan)
        driver = before[numbers[feeding]] if feeding is not None else None
    rows, calls, basis = _volume(group, driver, page_rows, signature, bound, situation, scale)
    chains = len(request.partitions) if request.bind is None else calls
    sliced, most = _sliced(group, bound), (operation.paging.max_rows if operation.paging is not None else None)
    if sliced is not None and rows > (most or rows):
        parts = math.ceil(2 * rows / (most or rows))
        chains, calls, basis = max(chains, parts), calls + parts, "estimate"
    spent = cost.seconds(calls, chains, operation, situation)
    if driver is not None:
        spent = max(spent, driver.seconds + situation.latency)
    life = operation.paging.token_life if operation.paging else None
    return FetchPlan(
        number,
        operation,
        request.partitions,
        tuple(r.number for r in group.refs),
        page_size,
        page_rows,
        None,
        request.bind,
        request.path.declared.by_key,
        signature,
        rows,
        calls,
        spent,
        basis,
        read_ahead=_wanted_rows(bound) is None and life is not None and life < 300,
        census=_census(group),
        sliced=sliced,
    )


def _sliced(group: _Group, bound: Bound) -> tuple[str, str] | None:
    """Return the time by which a search with too many rows is asked in parts; None if a LIMIT ends it before."""
    paging, wanted = group.request.operation.paging, _wanted_rows(bound)
    most = paging.max_rows if paging is not None else None
    few = wanted is not None and _takes_all(group, bound) and wanted <= (most or 0)
    return group.request.path.declared.sliced if most is not None and not few else None


def _page(group: _Group, bound: Bound, situation: Situation) -> tuple[int, int | None]:
    """Return rows of a page, and what to ask for (None: the operation has no such parameter)."""
    paging, declared = group.request.operation.paging, group.request.path.declared
    if paging is None or paging.size is None:
        known = paging.size_default if paging else None
        return declared.page_rows or known or 100, None
    most = paging.size_max or paging.size_default or 100
    size = min(most, situation.page_size) if situation.page_size else most
    wanted = _wanted_rows(bound)
    if wanted is not None and _takes_all(group, bound):
        size = max(1, min(size, wanted))
    return size, size


def _wanted_rows(bound: Bound) -> int | None:
    shape = bound.shape
    return shape.limit + shape.offset if shape.row_local and shape.limit is not None else None


def _takes_all(group: _Group, bound: Bound) -> bool:
    """Tell whether no residual filter is left, so that each row of the answer is a row of the result."""
    if len(bound.scans) != 1 or len(group.refs) != 1:
        return False
    ref = group.refs[0]
    below = group.request.path.row_path == group.request.operation.row_path
    return ref.complete and below and _said(ref) <= group.request.exact


def _said(ref: ScanRef) -> set[str]:
    return {c for c, d in ref.domains.items() if not d.is_any}


def _residual(bound: Bound, drawn: _Drawn, situation: Situation) -> bool:
    """Tell whether a condition is left to check after the fetch."""
    if not any(_said(s.ref) or not s.ref.complete for s in drawn.scans):
        return False
    if len(bound.scans) != 1 or len(drawn.fetches) != 1 or drawn.scans[0].path is None:
        return True
    scan, fetch = drawn.scans[0], drawn.fetches[0]
    asked = [r for r in requests(scan.ref, drawn.scans[0].path, situation) if r.partitions == fetch.partitions]
    return not (asked and scan.ref.complete and _said(scan.ref) <= asked[0].exact)


def _projection(group: _Group) -> tuple[str, tuple[str, ...]] | None:
    """Return the parameter and values that ask for the parts of the answer which the scans' columns need."""
    declared = group.request.path.declared
    if declared.projection_parameter is None:
        return None
    wanted: set[str] = set(declared.always)
    prefix = group.request.operation.row_path
    for ref in group.refs:
        path = next(p for p in ref.table.paths if p.operation == group.request.path.operation)
        for column in ref.columns:
            source = path.sources.get(column.name)
            if source is not None and source.path:
                below = source.path[len(prefix) :].lstrip(".") if source.path.startswith(prefix) else source.path
                wanted |= {v for v, starts in declared.projections if below.startswith(starts) or _whole(below, starts)}
    ordered = tuple(v for v, _ in declared.projections if v in wanted)
    return (declared.projection_parameter, ordered) if ordered else None


def _whole(below: str, starts: tuple[str, ...]) -> bool:
    """Tell whether a column is the JSON text of something whose parts are asked for one by one."""
    return any(s.startswith(below + "[]") for s in starts)


# -- volume --------------------------------------------------------------------------------------------------------


def _volume(
    group: _Group,
    driver: FetchPlan | None,
    page_rows: int,
    signature: str,
    bound: Bound,
    situation: Situation,
    scale: float,
) -> tuple[float, int, Basis]:
    """Return (rows, calls, basis) of a fetch."""
    request = group.request
    counted = situation.counts.get(signature)
    # A probe's figures are Amazon's, which counts a little differently from what it then gives.
    known: Basis = "estimate" if situation.probed else "exact"
    if request.bind is not None:
        return _bound_volume(group, driver, signature, counted, bound, situation, scale)
    if request.path.declared.by_key or (request.operation.paging is None and _keyed(group)):
        calls = len(request.partitions)
        per_key = request.path.declared.rows_per_key
        listed = math.prod(request.listed.values()) if request.listed else calls
        return (sum(counted) if counted else listed * per_key), calls, "exact"
    if counted is not None and len(counted) == len(request.partitions):
        wanted = _needed_rows(group, bound)
        if wanted is not None:
            return float(sum(counted)), _until(counted, wanted, page_rows), known
        return float(sum(counted)), sum(cost.pages(n, page_rows) for n in counted), known
    if counted is not None:
        each = sum(counted) / max(1, len(request.partitions))
        return float(sum(counted)), len(request.partitions) * cost.pages(each, page_rows), "estimate"
    return _guessed(group, page_rows, bound, situation, scale)


def _needed_rows(group: _Group, bound: Bound) -> int | None:
    """Return how many of the fetch's own rows a LIMIT needs, where no condition is left to check."""
    wanted = _wanted_rows(bound)
    if wanted is None or len(bound.scans) != 1 or len(group.refs) != 1:
        return None
    ref, declared = group.refs[0], group.request.path.declared
    if not ref.complete or not _said(ref) <= group.request.exact:
        return None
    inside = group.request.path.row_path != group.request.operation.row_path
    return math.ceil(wanted / declared.rows_per_parent) if inside else wanted


def _until(counted: tuple[int, ...], wanted: int, page_rows: int) -> int:
    """Return the calls until so many rows have come, partition after partition."""
    calls, have = 0, 0
    for rows in counted:
        needed = min(rows, wanted - have)
        calls += cost.pages(max(1, needed), page_rows)
        have += rows
        if have >= wanted:
            break
    return calls


def _keyed(group: _Group) -> bool:
    return bool(group.request.listed.keys() & set(group.refs[0].table.entry.key))


def _bound_volume(
    group: _Group,
    driver: FetchPlan | None,
    signature: str,
    counted: tuple[int, ...] | None,
    bound: Bound,
    situation: Situation,
    scale: float,
) -> tuple[float, int, Basis]:
    bind = group.request.bind
    assert bind is not None  # asked for bound fetches only
    known = situation.keys.get(signature)
    basis: Basis = "exact" if known is not None else "estimate"
    if known is None and bind.scan < 0:
        keys, most = situation.staged[-1 - bind.scan], bound.stages[-1 - bind.scan].rows
        basis = "at most" if keys == most else "estimate" if keys else "exact"
    else:
        keys = float(known) if known is not None else _distinct(driver, group.refs[0].table.entry, scale)
    times = max(1, len(group.request.partitions))
    calls = math.ceil(keys / bind.chunk) * times
    rows = sum(counted) if counted else keys * group.request.path.declared.rows_per_key
    return float(rows), calls, basis


def _distinct(driver: FetchPlan | None, entry: Entry, scale: float) -> float:
    """Return how many distinct keys a scan's rows are thought to have: at most as many as the bound table has rows."""
    if driver is None:
        return 1.0
    return max(1.0, min(driver.rows, max(1.0, entry.typical_rows * scale)))


def _counted_as(ref: ScanRef, request: Request) -> str:
    """Return the table whose rows a fetch's own rows are: the scan's, or its parent's where these lie inside."""
    parent = ref.table.entry.parent
    inside = request.path.row_path != request.operation.row_path
    return parent.table if inside and parent is not None else ref.table.name


def _census(group: _Group) -> tuple[str, float] | None:
    request, ref = group.request, group.refs[0]
    if request.bind is not None or request.path.declared.by_key or request.listed.keys() - {"MarketplaceId"}:
        return None
    factor = 1.0
    if request.window is not None and ref.table.entry.time_column:
        days = (request.window[1] - request.window[0]).total_seconds() / 86400
        if days < 1.0:
            return None
        factor = ref.table.entry.typical_days / days
    return _counted_as(ref, request), factor


def _guessed(
    group: _Group, page_rows: int, bound: Bound, situation: Situation, scale: float
) -> tuple[float, int, Basis]:
    request, entry = group.request, group.refs[0].table.entry
    seen = situation.seen.get(_counted_as(group.refs[0], request))
    rows = float(seen) if seen is not None else entry.typical_rows * scale / request.path.declared.rows_per_parent
    if request.window is not None and entry.time_column:
        share = (request.window[1] - request.window[0]).total_seconds() / (entry.typical_days * 86400)
        rows *= min(1.0, max(0.0, share))
    key = set(entry.key) & request.listed.keys()
    if key:
        rows = math.prod(request.listed[c] for c in key) * request.path.declared.rows_per_key
    else:
        listed = ((c, n) for c, n in request.listed.items() if c != "MarketplaceId")
        rows *= math.prod(min(1.0, _share(group.refs[0], c) * n) for c, n in listed)
    parts = max(1, len(request.partitions))
    calls = parts * cost.pages(rows / parts, page_rows)
    basis: Basis = "estimate"
    wanted = _wanted_rows(bound)
    if wanted is not None and group.refs[0].number == 0:
        full = _takes_all(group, bound)
        calls = min(calls, cost.pages(wanted if full else wanted * 2, page_rows))
        basis = "exact" if full and calls == 1 and parts == 1 else "estimate"
    elif request.operation.paging is None or (
        key and parts * page_rows >= rows and page_rows >= _longest_chunk(request)
    ):
        basis = "exact"
    return rows, calls, basis


def _share(ref: ScanRef, column: str) -> float:
    """Return which part of the rows is thought to have one value of a column."""
    described = ref.table.column(column)
    return 0.25 if described is not None and described.enum else 0.001


def _longest_chunk(request: Request) -> int:
    lists = [len(v) for p in request.partitions for _, v in p.parameters if isinstance(v, tuple)]
    return max(lists, default=1)


def _together(fetches: list[FetchPlan], situation: Situation) -> float:
    """Return the seconds of all fetches: those of one bucket wait for one another, others run side by side."""
    by_bucket: dict[str, list[FetchPlan]] = {}
    for fetch in fetches:
        by_bucket.setdefault(fetch.operation.name, []).append(fetch)
    longest = 0.0
    for shared in by_bucket.values():
        calls = sum(f.requests for f in shared)
        chains = sum(max(1, len(f.partitions)) for f in shared)
        spent = cost.seconds(calls, chains, shared[0].operation, situation) if len(shared) > 1 else 0.0
        longest = max(longest, spent, *(f.seconds for f in shared))
    return longest


# -- the whole -----------------------------------------------------------------------------------------------------


def _worst(bases: Iterable[Basis]) -> Basis:
    found = set(bases)
    if "estimate" in found:
        return "estimate"
    return "at most" if "at most" in found else "exact"


def _mode(bound: Bound, drawn: _Drawn) -> Mode:
    """Return how the plan runs: page by page, or through the engine over whole streams."""
    if not drawn.fetches:
        return "local"
    shape = bound.shape
    if not shape.row_local:
        return "engine"
    expanded = [s for s in drawn.scans if s.expanded_for is not None]
    if len(drawn.scans) == 1 or (expanded and len(drawn.scans) == 2 and shape.limit is not None):
        return "page"
    if expanded:
        return "engine"
    driver = drawn.scans[0].fetch
    if driver is None:
        return "engine"
    local = all(_joins_by_page(scan, drawn, driver, bound) for scan in drawn.scans[1:])
    return "page" if local else "engine"


def _joins_by_page(scan: ScanPlan, drawn: _Drawn, driver: int, bound: Bound) -> bool:
    if scan.fetch is None:
        return False
    fetch = drawn.fetches[scan.fetch]
    if fetch.bind is not None:
        return fetch.bind.scan == 0 and bound.shape.limit is not None
    parent = scan.ref.table.entry.parent
    if scan.fetch != driver or parent is None or parent.table != drawn.scans[0].ref.table.name:
        return False
    keys = scan.ref.domains.get(parent.column, Domain()).keys
    return KeyOf(0, parent.parent_column) in keys


def _probe(bound: Bound, best: _Drawn, situation: Situation) -> ProbePlan | None:
    """Return the cheap call that tells the count on which an expensive plan's estimate rests, if there is one."""
    if _wanted_rows(bound) is not None or best.seconds < 5.0:
        return None
    fetch = next((f for f in best.fetches if f.basis == "estimate" and f.bind is None), None)
    if fetch is None or fetch.signature in situation.counts:
        return None
    entry = best.scans[fetch.scans[0]].ref.table.entry
    return _make_probe(entry, fetch, best, situation)


def _undecided(
    bound: Bound, chosen: tuple[_Candidate, ...], choices: list[list[_Candidate]], situation: Situation
) -> bool:
    """Tell whether, with another count, another plan would be clearly faster than the chosen one."""
    for scale in _SCALES:
        best = _draw(bound, _cheapest(bound, choices, situation, scale), situation, scale, final=False)
        kept = _draw(bound, chosen, situation, scale, final=False)
        if not cost.near(kept.seconds, best.seconds):
            return True
    return False


def _make_probe(entry: Entry, fetch: FetchPlan, best: _Drawn, situation: Situation) -> ProbePlan | None:
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


def _foreign(ref: ScanRef, situation: Situation) -> Iterator[str]:
    """Yield a warning for marketplaces that the statement names and the connection does not ask."""
    said = ref.domains.get("MarketplaceId", Domain()).values
    asked = any(p.default == "marketplaces" for path in ref.table.paths for p in path.declared.pushdowns)
    others = sorted(set(said or ()) - set(situation.marketplaces or ())) if situation.marketplaces and asked else []
    if others:
        yield (
            f"{ref.table.name}: {', '.join(map(str, others))} is not among the connection's marketplaces "
            f"({', '.join(situation.marketplaces or ())}), so nothing was asked for it. Set the property Marketplace."
        )


def _unasked(scan: ScanPlan, path: TablePath, fetch: FetchPlan) -> Iterator[str]:
    """Yield a warning if pseudo-columns are read that repeat what was asked for, but were not asked for."""
    given = {name for partition in fetch.partitions for name, _ in partition.parameters}
    if fetch.bind is not None:
        given |= {fetch.bind.parameter, *dict(fetch.bind.extras)}
    sources = {c.name: path.sources.get(c.name) for c in scan.ref.columns if c.hidden}
    columns = [name for name, s in sources.items() if s is not None and s.parameter and s.parameter not in given]
    if columns:
        yield (
            f"{scan.ref.table.name}: {', '.join(columns)} will be NULL: Amazon answers nothing there; it takes the "
            "value of a filter, and the statement has none."
        )


def _scan_warnings(scan: ScanPlan, drawn: _Drawn, situation: Situation) -> list[str]:
    if scan.fetch is None or scan.path is None or scan.hidden:
        return []
    found: list[str] = []
    for request in requests(scan.ref, scan.path, situation):
        if request.partitions == drawn.fetches[scan.fetch].partitions:
            found += request.warnings
    found += _unasked(scan, scan.path, drawn.fetches[scan.fetch])
    masked = dict(scan.path.declared.masked)
    by_role: dict[str, list[str]] = {}
    for column in scan.ref.columns:
        if column.name in masked:
            by_role.setdefault(masked[column.name], []).append(column.name)
    for role, columns in by_role.items():
        found.append(
            f"{scan.ref.table.name}: {', '.join(columns)} may be NULL: Amazon gives personal data only to "
            f"applications with the role {role}."
        )
    return found
