"""How many rows a fetch gives and how many calls it takes: counted, told by its keys, or guessed."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterator, Set

from amzsql import spapi
from amzsql.catalog.model import Entry, Probe, Table
from amzsql.plan import cost
from amzsql.plan.nodes import Basis, Bind, FetchPlan, Find, Situation, Span
from amzsql.plan.pushdown import Request
from amzsql.plan.sharing import Group
from amzsql.sql.binding import Bound, ScanRef
from amzsql.sql.predicate import Domain

_MOST_ENUMS = 4
# The part of the rows that is thought to have one value of a column of many.
_RARE = 0.001
# The part that is thought to have one of some values, and to lie in a range: what databases assume of columns that
# they know nothing of.
_SOME, _RANGE = 0.1, 1 / 3
# The rows of a document of which none was read yet.
_ROWS_OF_DOCUMENT = 10_000
PAGE_ROWS = 8192
"""The rows of a document that are handed on at once, about."""


def volume_of(
    group: Group,
    driver: FetchPlan | None,
    narrowed: Set[str],
    page_rows: int,
    signature: str,
    bound: Bound,
    situation: Situation,
    scale: float,
    wanted: int | None,
) -> tuple[float, int, Basis]:
    """Return (rows, calls, basis) of a fetch of which `wanted` rows are enough.

    `driver`: the fetch whose keys bind it, of which `narrowed` are the columns that its parameters express.
    """
    request = group.request
    counted = situation.counts.get(signature)
    # A probe's figures are Amazon's, which counts a little differently from what it then gives; and rows make no pages
    # where nobody says how many a page has.
    known: Basis = "estimate" if situation.probed or not _page_is_told(request, counted) else "exact"
    if request.bind is not None:
        return _bound_volume(group, driver, narrowed, page_rows, counted, bound, situation, scale, wanted)
    if request.path.declared.by_key or (request.operation.paging is None and _keyed(group)):
        calls = len(request.partitions)
        per_key = request.path.declared.rows_per_key
        listed = math.prod(request.listed.values()) if request.listed else calls
        if not _in_pages(request):
            return (sum(counted) if counted else listed * per_key), calls, "exact"
        if counted is None:
            return listed * per_key, calls, "estimate"
    if counted is not None and len(counted) == len(request.partitions):
        needed = _needed_rows(group, wanted)
        if needed is not None:
            return float(sum(counted)), _until(request, counted, needed, page_rows), known
        return float(sum(counted)), sum(_pages(request, n, page_rows) for n in counted), known
    if counted is not None:
        each = sum(counted) / max(1, len(request.partitions))
        return float(sum(counted)), len(request.partitions) * _pages(request, each, page_rows), "estimate"
    return _guessed(group, page_rows, situation, scale, wanted)


def _needed_rows(group: Group, wanted: int | None) -> int | None:
    """Return how many of the fetch's own rows a LIMIT needs, where no condition is left to check."""
    if wanted is None or not all(r.complete and said_of(r) <= group.request.exact for r in group.refs):
        return None
    inside = not group.request.path.every_row
    return math.ceil(wanted / group.request.path.declared.rows_per_parent) if inside else wanted


def _until(request: Request, counted: tuple[int, ...], wanted: int, page_rows: int) -> int:
    """Return the calls until so many rows have come, partition after partition."""
    calls, have = 0, 0
    for rows in counted:
        needed = min(rows, wanted - have)
        calls += _pages(request, max(1, needed), page_rows)
        have += rows
        if have >= wanted:
            break
    return calls


def _pages(request: Request, rows: float, page_rows: int) -> int:
    """Return the calls that so many rows of one partition take: one where Amazon gives all in one answer."""
    return cost.pages(rows, page_rows) if request.operation.paging is not None else 1


def _in_pages(request: Request) -> bool:
    """Tell whether what one key has may come in several pages."""
    return request.operation.paging is not None and not request.path.declared.one_row_per_key


def _page_is_told(request: Request, counted: tuple[int, ...] | None) -> bool:
    """Tell whether the facts say how many rows a page has, or there is but one a partition."""
    paging = request.operation.paging
    told = paging is None or paging.size or paging.size_default or request.path.declared.page_rows
    return bool(told) or max(counted or (), default=0) <= 1


def _keyed(group: Group) -> bool:
    return bool(group.request.listed.keys() & set(group.refs[0].table.entry.key))


def _bound_volume(
    group: Group,
    driver: FetchPlan | None,
    narrowed: Set[str],
    page_rows: int,
    counted: tuple[int, ...] | None,
    bound: Bound,
    situation: Situation,
    scale: float,
    wanted: int | None,
) -> tuple[float, int, Basis]:
    bind, declared = group.request.bind, group.request.path.declared
    assert bind is not None  # asked for bound fetches only
    known = situation.keys.get(group.request.signature)
    basis: Basis = "exact" if known is not None else "estimate"
    if known is None and bind.scan < 0:
        keys, most = situation.staged[-1 - bind.scan], bound.stages[-1 - bind.scan].rows
        basis = "at most" if keys == most else "estimate" if keys else "exact"
    else:
        keys = (
            float(known) if known is not None else _distinct(driver, narrowed, bind, group.refs[0].table.entry, scale)
        )
    times = max(1, len(group.request.partitions))
    # A page holds the operation's own rows, of which the table's are a part.
    own = bind.chunk * declared.rows_per_key / declared.rows_per_parent
    each = 1 if declared.by_key else _pages(group.request, own, page_rows)
    asked = keys if wanted is None else min(keys, keys_for(group, wanted))
    calls = math.ceil(asked / bind.chunk) * times * each
    rows = sum(counted) if counted else keys * declared.rows_per_key
    return float(rows), calls, basis if each == 1 and asked == keys and not _in_pages(group.request) else "estimate"


def keys_for(group: Group, wanted: int) -> int:
    """Return how many keys are thought to give so many rows of a fetch that is asked by them."""
    rows = wanted if takes_all(group) else 2 * wanted
    return max(1, math.ceil(rows / group.request.path.declared.rows_per_key))


def _distinct(driver: FetchPlan | None, narrowed: Set[str], bind: Bind, entry: Entry, scale: float) -> float:
    """Return how many distinct keys a scan's rows are thought to have.

    Those of a parent are as many as it has rows; others at most as many as the bound table has. Of rows that bind with
    some values only, few are thought to have them, unless no others were asked for.
    """
    if driver is None:
        return 1.0
    rows = driver.rows
    for key in bind.keys:
        if key.among is not None and key.column not in narrowed:
            rows = min(rows, len(key.among) * max(1.0, _RARE * rows))
    for _, domain in bind.where:
        rows *= _RANGE if domain.values is None else min(1.0, _SOME * len(domain.values))
    if entry.parent is not None and {k.target for k in bind.keys} <= dict(entry.parent.pairs).keys():
        return max(1.0, rows)
    return max(1.0, min(rows, entry.typical_rows * scale))


def _counted_as(ref: ScanRef, request: Request, situation: Situation) -> Table:
    """Return the table whose rows a fetch's own rows are: the scan's, or the one that they are parts of parts of."""
    found = ref.table
    if request.path.every_row:
        return found
    for whole in itertools.islice(lineage(ref.table, situation.find), 1, None):
        same = next((p for p in whole.paths if p.operation == request.path.operation), None)
        if same is None:
            break
        found = whole
        if same.every_row:
            break
    return found


def rows_of_documents(group: Group, situation: Situation, scale: float) -> float:
    """Return how many rows the documents of a fetch are thought to have, by how long the asked window is."""
    ref = group.refs[0]
    entry, seen = ref.table.entry, situation.seen.get(ref.table.identity)
    if group.request.path.declared.alike is not None:
        told = _metered(ref, group.request, situation)
        if told is not None:
            return float(told)
        seen = round(entry.typical_rows * scale) if seen is None else seen
    if seen is None:
        return _ROWS_OF_DOCUMENT * scale * len(group.request.partitions)
    days = _days_of(group.request)
    return float(seen) if days is None else max(1.0, seen * days / max(1, entry.typical_days))


def census_of_documents(group: Group) -> tuple[str, float] | None:
    """Return what documents that are read to their end tell of a table: see `FetchPlan.census`."""
    table, days = group.refs[0].table, _days_of(group.request)
    whole = group.request.listed.keys() <= {"MarketplaceId"} and (days is None or days >= 1.0)
    return (table.identity, 1.0 if days is None else table.entry.typical_days / days) if whole else None


def _days_of(request: Request) -> float | None:
    """Return how many days the asked window has, if there is one."""
    return None if request.window is None else (request.window[1] - request.window[0]).total_seconds() / 86400


def census_of(group: Group, situation: Situation) -> tuple[str, float] | None:
    """Return what a fetch that is read to its end tells of a table: see `FetchPlan.census`."""
    request, ref = group.request, group.refs[0]
    if request.bind is not None or request.path.declared.by_key:
        return None
    listed = request.listed.keys() - {"MarketplaceId"}
    if listed and (len(group.refs) > 1 or not listed <= _enums(ref)):
        return None
    factor = 1.0
    if request.window is not None and ref.table.entry.time_column:
        days = (request.window[1] - request.window[0]).total_seconds() / 86400
        if days < 1.0:
            return None
        factor = ref.table.entry.typical_days / days
    return _filtered(_counted_as(ref, request, situation).identity, ref, listed), factor


def _enums(ref: ScanRef) -> set[str]:
    """Return the columns of few values of which a statement names some; which marketplaces it asks is no filter."""
    found = (ref.table.column(c) for c, d in ref.domains.items() if d.values and not d.null)
    return {c.name for c in found if c is not None and c.enum and c.name != "MarketplaceId"}


def _filtered(table: str, ref: ScanRef, columns: Set[str]) -> str:
    """Return the name under which the count of a table's rows is kept that have some values."""
    each = (f"{c}={','.join(sorted(map(str, ref.domains[c].values or ())))}" for c in sorted(columns))
    return " ".join((table, *each))


def lineage(table: Table, find: Find) -> Iterator[Table]:
    """Yield a table, its parent, that one's, and so on."""
    seen: set[str] = set()
    at: Table | None = table
    while at is not None and at.name not in seen:
        seen.add(at.name)
        yield at
        at = find(at.schema, at.entry.parent.table) if at.entry.parent is not None else None


def counted_names(bound: Bound, find: Find) -> set[str]:
    """Return the names of all counts that may serve the estimates of a statement; `find` gives a parent's table."""
    found: set[str] = set()
    for ref in bound.scans:
        enums = sorted(_enums(ref))[:_MOST_ENUMS]
        tables = {table.identity for table in lineage(ref.table, find)}
        for size in range(len(enums) + 1):
            chosen = itertools.combinations(enums, size)
            found |= {_filtered(t, ref, set(c)) for c in chosen for t in tables}
    return found | {days_of(name) for name in found}


def days_of(name: str) -> str:
    """Return the name under which is kept over how many days the rows of a count lay, if that is known."""
    return f"{name} days"


def probed_span(declared: Probe, ref: ScanRef, situation: Situation) -> Span | None:
    """Return the time range that a probe counts: what the statement says, within what the probe reaches."""
    windows = spapi.operation(declared.operation).windows
    reach = max((w.horizon or 0.0 for w in windows), default=0.0) or 730 * 86400.0
    oldest = (situation.now - dt.timedelta(seconds=reach) + dt.timedelta(hours=1)).replace(microsecond=0)
    said = ref.domains.get(declared.column, Domain()).hull()
    start, end = max(said.low or oldest, oldest), min(said.high or situation.now, situation.now)
    # Amazon takes whole seconds, and a range of none is an error.
    return (start, end) if end - start >= dt.timedelta(minutes=1) else None


def _metered(ref: ScanRef, request: Request, situation: Situation) -> int | None:
    """Return how many rows of a fetch's own kind a probe has told of just the time that the request asks for."""
    if not situation.metered:
        return None
    table = _counted_as(ref, request, situation)
    probe = table.entry.probe
    span = probed_span(probe, ref, situation) if probe is not None else None
    if probe is None or span is None:
        return None
    ranges = {p.column for p in request.path.declared.pushdowns if p.operator != "="} & request.narrowed
    said = ref.domains.get(probe.column, Domain()).hull()
    asked = {probe.column} if said.low is not None or said.high is not None else set()
    return situation.metered.get((table.identity, span)) if ranges == asked else None


def _all_rows(group: Group, situation: Situation, scale: float) -> tuple[float, bool]:
    """Return how many rows of a fetch's own kind there are thought to be, and whether only those of its lists."""
    request, ref = group.request, group.refs[0]
    told = _metered(ref, request, situation)
    if told is not None:
        return float(told), False
    entry, table = ref.table.entry, _counted_as(ref, request, situation).identity
    listed = request.listed.keys() - {"MarketplaceId"}
    name = _filtered(table, ref, listed) if listed and len(group.refs) == 1 and listed <= _enums(ref) else table
    name = name if name in situation.seen else table
    seen = situation.seen.get(name)
    rows = float(seen) if seen is not None else entry.typical_rows * scale / request.path.declared.rows_per_parent
    if request.window is not None and entry.time_column:
        span = min(situation.seen.get(days_of(name), entry.typical_days), entry.typical_days)
        share = (request.window[1] - request.window[0]).total_seconds() / (max(1, span) * 86400)
        rows *= min(1.0, max(0.0, share))
    return rows, name != table


def _guessed(
    group: Group, page_rows: int, situation: Situation, scale: float, wanted: int | None
) -> tuple[float, int, Basis]:
    request, entry = group.request, group.refs[0].table.entry
    rows, filtered = _all_rows(group, situation, scale)
    # A marketplace or a seller alone is no row's key.
    asked_anyway = {p.column for p in request.path.declared.pushdowns if p.default in ("marketplaces", "seller")}
    key = (set(entry.key) & request.listed.keys()) - asked_anyway
    if key:
        rows = math.prod(request.listed[c] for c in key) * request.path.declared.rows_per_key
    elif not filtered:
        listed = ((c, n) for c, n in request.listed.items() if c != "MarketplaceId")
        rows *= math.prod(min(1.0, _share(group.refs[0], c) * n) for c, n in listed)
    parts = max(1, len(request.partitions))
    calls = parts * _pages(request, rows / parts, page_rows)
    basis: Basis = "estimate"
    if wanted is not None:
        full = takes_all(group)
        calls = min(calls, _pages(request, wanted if full else wanted * 2, page_rows))
        basis = "exact" if full and calls == 1 and parts == 1 else "estimate"
    elif request.operation.paging is None or (
        # Of a part of the key there may be any number of rows.
        key == set(entry.key) - asked_anyway and parts * page_rows >= rows and page_rows >= _longest_chunk(request)
    ):
        basis = "exact"
    return rows, calls, basis


def _share(ref: ScanRef, column: str) -> float:
    """Return which part of the rows is thought to have one value of a column."""
    described = ref.table.column(column)
    return 0.25 if described is not None and described.enum else _RARE


def _longest_chunk(request: Request) -> int:
    lists = [len(v) for p in request.partitions for _, v in p.parameters if isinstance(v, tuple)]
    return max(lists, default=1)


def page_of(group: Group, situation: Situation, wanted: int | None) -> tuple[int, int | None]:
    """Return rows of a page if so many are wanted, and what to ask for (None: the operation has no such parameter)."""
    paging, declared = group.request.operation.paging, group.request.path.declared
    if paging is None or paging.size is None:
        known = paging.size_default if paging else None
        return declared.page_rows or known or 100, None
    most = paging.size_max or paging.size_default or 100
    size = min(most, situation.page_size) if situation.page_size else most
    # The rows of one key may be more than are wanted in all, and its further pages are not left out.
    if wanted is not None and takes_all(group) and group.request.bind is None:
        least = group.request.operation.parameter(paging.size_parameter or "").minimum or 1
        size = max(int(least), min(size, wanted))
    return size, size


def wanted_rows(bound: Bound) -> int | None:
    """Return how many rows of a row-local statement are enough, if its LIMIT says so."""
    shape = bound.shape
    return shape.limit + shape.offset if shape.row_local and shape.limit is not None else None


def enough(group: Group, bound: Bound, drivers: Set[int]) -> int | None:
    """Return how many rows that pass the conditions are enough of a fetch; None if all may be needed.

    `drivers`: the scans whose keys bind others, so that all of them are read unless the statement runs page by page.
    """
    whole = wanted_rows(bound)
    if whole is not None:
        return whole if group.refs[0].number == 0 else None
    each = [None if r.number in drivers or r.repeated else r.wanted for r in group.refs]
    known = [rows for rows in each if rows is not None]
    return max(known) if len(known) == len(each) else None


def takes_all(group: Group) -> bool:
    """Tell whether no residual filter is left, so that each row of the answer is a row that was wanted."""
    return group.request.path.every_row and all(r.complete and said_of(r) <= group.request.exact for r in group.refs)


def said_of(ref: ScanRef) -> set[str]:
    """Return the columns of which a statement says something."""
    return {c for c, d in ref.domains.items() if not d.is_any}
