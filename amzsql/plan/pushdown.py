"""Domains -> parameters: every way in which one access path can be asked for a scan's rows."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from amzsql import spapi
from amzsql.catalog.derive import required_fields
from amzsql.catalog.model import Pushdown, TableBranch, TablePath
from amzsql.errors import ProgrammingError
from amzsql.plan.nodes import Bind, BoundKey, Documents, Partition, Situation
from amzsql.plan.terms import Term, anchored, half_said, place_of, term_of
from amzsql.spapi.known_values import known_values
from amzsql.spapi.model import Operation, Window
from amzsql.sql.binding import ScanRef
from amzsql.sql.predicate import Domain, KeyOf

_FAR_BACK = dt.timedelta(days=730)
_CHOICES = 64
_SCANS = 4
# Of so many terms each choice is weighed with and without them.
_SPARED = 3
# What is sent for a time of which a statement says nothing.
_MOMENTS = ("horizon", "now")

Keyed = tuple[tuple[Term, KeyOf], ...]
"""Terms with the keys that they take, all of one scan."""


@dataclass(frozen=True)
class Request:
    """One way to ask: partitions, or a bind; what it takes exactly; what is missing.

    `narrowed`: the columns whose domain the parameters express; `exact`: those expressed without a superset;
    `alternatives`: each smallest set of columns that would do for what is missing; `documents`: rows stand in these.
    `assumed`: times that nobody said; `unsaid`: other parameters of which the statement says nothing.
    """

    path: TablePath
    operation: Operation
    partitions: tuple[Partition, ...]
    narrowed: frozenset[str] = frozenset()
    exact: frozenset[str] = frozenset()
    bind: Bind | None = None
    missing: tuple[str, ...] = ()
    alternatives: tuple[tuple[str, ...], ...] = ()
    warnings: tuple[str, ...] = ()
    listed: Mapping[str, int] = field(default_factory=dict, hash=False)
    window: tuple[dt.datetime, dt.datetime] | None = None
    assumed: frozenset[str] = frozenset()
    documents: Documents | None = None
    unsaid: frozenset[str] = frozenset()

    @cached_property
    def signature(self) -> str:
        """What identifies the request, whatever its columns and page size."""
        bind = f" bind {'+'.join(map(_bound_as, self.bind.keys))}" if self.bind else ""
        parts = ";".join(",".join(self._told(k, v) for k, v in p.parameters) for p in self.partitions[:50])
        return f"{self.operation.name}{bind} {len(self.partitions)} {parts}"

    def _told(self, name: str, value: Any) -> str:
        """Return a parameter as text; a time that was assumed moves with the clock and is left out."""
        return f"{name}=" if name in self.assumed else f"{name}={value}"

    @property
    def empty(self) -> bool:
        """Tell whether nothing needs to be asked: no value that the path knows can match."""
        return not self.partitions and self.bind is None


def _bound_as(key: BoundKey) -> str:
    among = "" if key.among is None else f"({','.join(sorted(map(str, key.among))[:50])})"
    return f"{key.parameter}<{key.column}{among}"


def requests(ref: ScanRef, path: TablePath, situation: Situation) -> Iterator[Request]:
    """Yield every way to ask a path for a scan's rows: one for each choice among parameters that exclude each other.

    Raises:
        ProgrammingError: the statement says something of two pseudo-columns that cannot be asked in one request.
    """
    operation = spapi.operation(path.operation)
    if any(not ref.domains[c].is_any for c in path.declared.withheld if c in ref.domains):
        return
    domains = ref.domains if situation.pushdown else _needed(ref.domains, operation, path)
    terms = [t for p in path.declared.pushdowns if (t := term_of(p, domains.get(p.column), path, operation, situation))]
    terms = anchored(terms, path, operation)
    # A pseudo-column has the value that was asked for: what is said of one must be asked, or no row would be left.
    asked = {t.pushdown.column for t in terms if t.keys is None and path.sources[t.pushdown.column].parameter}
    seen: set[frozenset[tuple[str, str]]] = set()
    for chosen in _compatible(terms, operation):
        names = frozenset((t.pushdown.column, t.pushdown.parameter) for t in chosen)
        if names not in seen and asked <= {column for column, _ in names}:
            seen.add(names)
            for request in _with_binds(ref, path, operation, chosen, situation):
                yield replace(request, exact=request.exact - half_said(domains, chosen, situation))
    if not seen:
        raise ProgrammingError(
            f"{ref.table.name} cannot be filtered by {' and '.join(sorted(asked))} at once: Amazon takes one of them a "
            "request. Filter by one, or join two selections."
        )


def _needed(domains: Mapping[str, Domain], operation: Operation, path: TablePath) -> dict[str, Domain]:
    """Return the domains without which the path cannot be asked at all, for running with pushdown off."""
    required = {p.name for p in operation.parameters if p.required} | {n for g in operation.any_of for n in g}
    columns = {p.column for p in path.declared.pushdowns if required & {p.parameter, *_beside(p)} and p.default is None}
    sourced = {c for c, s in path.sources.items() if s.parameter is not None}
    return {c: d for c, d in domains.items() if c in columns | sourced}


# -- choices -------------------------------------------------------------------------------------------------------


def _compatible(terms: list[Term], operation: Operation) -> Iterator[list[Term]]:
    """Yield the largest sets of terms in which no two parameters exclude each other or are the same."""
    pairs = {frozenset(pair) for group in operation.exclusive for pair in itertools.combinations(group, 2)}

    def clash(one: Term, two: Term) -> bool:
        a, b = one.pushdown.parameter, two.pushdown.parameter
        return one is not two and (a == b or frozenset((a, b)) in pairs)

    tied = [t for t in terms if any(clash(t, other) for other in terms)]
    free = [t for t in terms if not any(t is other for other in tied)]
    if not tied:
        yield free
        return
    best: list[list[Term]] = []
    for size in range(len(tied), 0, -1):
        for chosen in itertools.combinations(tied, size):
            clashing = any(clash(a, b) for a, b in itertools.combinations(chosen, 2))
            if not clashing and not any(all(any(t is o for o in b) for t in chosen) for b in best):
                best.append(list(chosen))
    for chosen_terms in best:
        yield free + chosen_terms


def _with_binds(
    ref: ScanRef, path: TablePath, operation: Operation, chosen: list[Term], situation: Situation
) -> Iterator[Request]:
    """Yield the request without other scans' keys, and one for each way in which those could bind it."""
    valued = [t for t in chosen if t.keys is None]
    takers = [t for t in chosen if t.origins and _takes_keys(t, path, operation)]
    bound = [t for t in takers if t.keys is not None and t.keys.scan != ref.number]
    asked = _asked_by_keys(path, operation, bound)
    if not asked:
        yield from _asked(ref, path, operation, valued, (), situation)
    if asked or situation.pushdown or path.declared.by_key or _is_required(operation, bound):
        for keyed in _keyed(ref, path, operation, takers):
            if asked and not any(t.pushdown.parameter in asked for t, _ in keyed):
                continue
            rest = [t for t in valued if not any(t is k for k, _ in keyed)]
            yield from _asked(ref, path, operation, rest, keyed, situation)


def _asked_by_keys(path: TablePath, operation: Operation, bound: list[Term]) -> set[str]:
    """Return the parameters of joined pseudo-columns: without the keys these are NULL, and no row would match."""
    required = {p.name for p in operation.parameters if p.required} | set(required_fields(path.declared, operation))
    asked = {t.pushdown.parameter for t in bound if path.sources[t.pushdown.column].parameter is not None}
    return asked - required


def _keyed(ref: ScanRef, path: TablePath, operation: Operation, takers: list[Term]) -> Iterator[Keyed]:
    """Yield the terms that take one scan's keys: several required ones together, from its rows; else each alone."""
    required = {p.name for p in operation.parameters if p.required} | set(required_fields(path.declared, operation))
    required |= {name for group in operation.any_of for name in group}
    together = _together(ref, [t for t in takers if t.pushdown.parameter in required])
    yield from together
    paired = {(id(term), key.scan) for keyed in together for term, key in keyed}
    for term in takers:
        if term.keys is None:
            continue
        keys = {k.scan: k for k in sorted(term.origins, key=place_of, reverse=True) if k.scan != ref.number}
        # What must be given is taken from wherever it can be had; what only narrows, from its first mention.
        ways = _SCANS if term.pushdown.parameter in required else 1
        for scan in sorted(keys)[:ways]:
            if (id(term), scan) not in paired:
                yield ((term, keys[scan]),)


def _together(ref: ScanRef, required: list[Term]) -> list[Keyed]:
    """Return the terms that the rows of one scan's mention give together; at least one of them has no values."""
    rows: dict[tuple[int, int], dict[int, KeyOf]] = {}
    for place, term in enumerate(required):
        for key in sorted(term.origins, key=place_of):
            if key.row and key.scan != ref.number:
                rows.setdefault((key.scan, key.row), {}).setdefault(place, key)
    found: dict[tuple[tuple[int, int, str], ...], Keyed] = {}
    for _, keys in sorted(rows.items()):
        keyed = tuple((required[place], key) for place, key in sorted(keys.items()))
        if len(keyed) > 1 and any(term.keys is not None for term, _ in keyed):
            found.setdefault(tuple((place, *place_of(key)) for place, key in sorted(keys.items())), keyed)
    return list(found.values())


def _takes_keys(term: Term, path: TablePath, operation: Operation) -> bool:
    """Tell whether a parameter takes a column's values as they are read, and narrows much: no enum, no marketplace."""
    pushdown = term.pushdown
    source = path.sources.get(pushdown.column)
    spelt = bool(operation.parameter(pushdown.parameter).enum) or (source is not None and bool(source.values))
    # A statement's own values stand in their addresses already: keys are not compared with those.
    addressed = bool(pushdown.template) and term.keys is None
    return not (pushdown.also or addressed or spelt or pushdown.default is not None)


def _is_required(operation: Operation, terms: list[Term]) -> bool:
    return any(operation.parameter(t.pushdown.parameter).required for t in terms)


def _asked(
    ref: ScanRef, path: TablePath, operation: Operation, valued: list[Term], keyed: Keyed, situation: Situation
) -> Iterator[Request]:
    """Yield the request of some terms, then those without terms that ask for the same again for each of their values.

    One read of all may be fewer calls. What a left out term would have kept away is left to the residual.
    """
    whole = _request(path, operation, valued, keyed, situation)
    yield whole
    if whole.missing or len(whole.partitions) < 2 or not situation.pushdown:
        return
    many = [t for t in valued if _is_spared(t, ref, path, operation)][:_SPARED]
    for size in range(1, len(many) + 1):
        for spared in itertools.combinations(many, size):
            rest = [t for t in valued if not any(t is s for s in spared)]
            fewer = _request(path, operation, rest, keyed, situation)
            if not fewer.missing and fewer.assumed == whole.assumed:
                yield fewer


def _is_spared(term: Term, ref: ScanRef, path: TablePath, operation: Operation) -> bool:
    """Tell whether a path can do without a term of several values, which takes a request for each.

    Not without one of a key: how many rows that has is known, and how many the table has is not.
    """
    pushdown = term.pushdown
    if pushdown.operator != "=" or len(term.values) < 2 or pushdown.also or _longest(pushdown, operation) > 1:
        return False
    if pushdown.column in ref.table.entry.key or path.sources[pushdown.column].parameter is not None:
        return False
    if operation.paging is not None and operation.paging.max_rows is not None:
        # Amazon gives only the first rows of a search that is too wide.
        return False
    names = {pushdown.parameter, *_beside(pushdown)}
    defaulted = {p.parameter for p in path.declared.pushdowns if p.default is not None}
    return not names & (defaulted | {n for group in operation.any_of for n in group})


def _without(
    lone: list[Term], path: TablePath, operation: Operation, terms: list[Term], keyed: Keyed, situation: Situation
) -> Request:
    """Return the request without some of its terms, whose columns are then left to the residual."""
    rest = [t for t in terms if not any(t is other for other in lone)]
    request = _request(path, operation, rest, keyed, situation)
    return replace(request, exact=request.exact - {t.pushdown.column for t in lone})


def _lone(terms: list[Term], settled: set[str], path: TablePath, operation: Operation) -> list[Term]:
    """Return the terms beside which Amazon wants a parameter that nobody gives, but for those of pseudo-columns."""
    wanting = {name for name, other in operation.needs if other not in settled}

    def is_lone(term: Term) -> bool:
        own = {term.pushdown.parameter, *_beside(term.pushdown)}
        own |= {f"{name}={value}" for name, value in term.pushdown.extras}
        own |= {f"{term.pushdown.parameter}={value}" for value in term.values}
        return bool(own & wanting) and path.sources[term.pushdown.column].parameter is None

    return [t for t in terms if t.given and is_lone(t)] if wanting else []


def _request(path: TablePath, operation: Operation, terms: list[Term], keyed: Keyed, situation: Situation) -> Request:
    bound, said = [term for term, _ in keyed], terms
    given = {t.pushdown.parameter: t for t in (*terms, *bound)}
    defaults = list(_defaults(path, operation, given, situation))
    terms = [*terms, *defaults]
    settled = {t.pushdown.parameter for t in (*terms, *bound)}
    settled |= {name for name, _ in path.declared.fixed}
    if path.declared.always and path.declared.projection_parameter:
        settled.add(path.declared.projection_parameter)
    settled |= {n for t in (*terms, *bound) for n in (_beside(t.pushdown) if t.given else t.pushdown.also)}
    lone = _lone(said, settled, path, operation)
    if lone and not (fewer := _without(lone, path, operation, said, keyed, situation)).missing:
        return fewer
    missing, alternatives = _missing(path, operation, settled, [*terms, *bound])
    real = [t for t in terms if t.given]
    partitions, warnings, window = _partitions(path, operation, terms, situation)
    empty = any(not t.values for t in real) or any(t.keys is None and not t.values for t in bound)
    return Request(
        path,
        operation,
        () if empty else partitions,
        frozenset(t.pushdown.column for t in (*real, *bound)),
        _exact_columns(real, path),
        _bind(keyed, operation) if keyed and not empty else None,
        missing,
        alternatives,
        tuple(warnings),
        listed={t.pushdown.column: len(t.values) for t in real if t.pushdown.operator == "="},
        window=window,
        assumed=frozenset(t.pushdown.parameter for t in defaults if t.pushdown.default in _MOMENTS),
        unsaid=frozenset(t.pushdown.parameter for t in defaults if t.pushdown.default not in _MOMENTS),
    )


def _beside(pushdown: Pushdown) -> tuple[str, ...]:
    """Return the parameters that a pushdown sets beside its own."""
    return (*pushdown.also, *(name for name, _ in pushdown.extras))


def _exact_columns(terms: list[Term], path: TablePath) -> frozenset[str]:
    """Return the columns of which only rows come that have what was asked for.

    Rows of a branch that does not fill a column come whatever was asked of it, and have NULL there.
    """
    by_column: dict[str, list[bool]] = {}
    for term in terms:
        by_column.setdefault(term.pushdown.column, []).append(term.exact)
    filled = (c for c in by_column if all(_is_filled(c, branch) for branch in path.branches))
    return frozenset(c for c in filled if all(by_column[c]))


def _is_filled(column: str, branch: TableBranch) -> bool:
    source = branch.sources.get(column)
    return source is not None and bool(source.path or source.parameter)


def _bind(keyed: Keyed, operation: Operation) -> Bind:
    keys = tuple(_bound_key(term, key, operation) for term, key in keyed)
    chunk = _longest(keyed[0][0].pushdown, operation) if len(keys) == 1 else 1
    return Bind(keyed[0][1].scan, keys, chunk, any(key.across for _, key in keyed))


def _bound_key(term: Term, key: KeyOf, operation: Operation) -> BoundKey:
    pushdown = term.pushdown
    is_list = operation.parameter(pushdown.parameter).type == "array"
    among = frozenset(term.values) if term.keys is None else None
    return BoundKey(key.column, pushdown.column, pushdown.parameter, is_list, pushdown.extras, among, pushdown.template)


def _longest(pushdown: Pushdown, operation: Operation) -> int:
    parameter = operation.parameter(pushdown.parameter)
    if parameter.type != "array" or pushdown.also:
        return 1
    return pushdown.longest or parameter.max_items or 50


# -- defaults ------------------------------------------------------------------------------------------------------


def _defaults(path: TablePath, operation: Operation, given: Mapping[str, Term], situation: Situation) -> Iterator[Term]:
    """Yield what is sent for parameters of which the statement says nothing."""
    for pushdown in path.declared.pushdowns:
        if pushdown.default is not None and pushdown.parameter not in given:
            values = _default(pushdown, operation, given, situation)
            if values:
                yield Term(pushdown, values, given=False)


def _default(
    pushdown: Pushdown, operation: Operation, given: Mapping[str, Term], situation: Situation
) -> tuple[Any, ...]:
    if pushdown.default == "marketplaces":
        return situation.marketplaces or ("",)
    if pushdown.default == "seller":
        return (situation.seller,) if situation.seller else ()
    if pushdown.default == "each":
        return known_values(operation, pushdown.parameter)
    if pushdown.default == "now":
        lag = max((w.lag for w in operation.windows if w.before == pushdown.parameter), default=0.0)
        return ((situation.now - dt.timedelta(seconds=lag)).replace(microsecond=0),)
    # One range of times is enough: what changed since then is not also asked for by when it was made.
    others = {str(w.after) for w in operation.windows} - {pushdown.parameter}
    names = {pushdown.parameter} | others | {n for g in operation.any_of if pushdown.parameter in g for n in g}
    clash = {n for pair in operation.exclusive if pushdown.parameter in pair for n in pair}
    before = {w.before for w in operation.windows if w.after == pushdown.parameter} - {None}
    asked = given.keys() | {name for term in given.values() for name in _beside(term.pushdown)}
    if names & asked or ((clash - before) & given.keys()):
        return ()
    return (_horizon(pushdown.parameter, operation, situation),)


def _horizon(parameter: str, operation: Operation, situation: Situation) -> dt.datetime:
    """Return the oldest time that Amazon answers, a little inside of it."""
    reach = next((w.horizon for w in operation.windows if w.after == parameter and w.horizon), None)
    back = dt.timedelta(seconds=reach) if reach else _FAR_BACK
    return (situation.now - back + dt.timedelta(minutes=5)).replace(microsecond=0)


def _missing(
    path: TablePath, operation: Operation, settled: set[str], terms: list[Term]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the columns that a filter must give before the path can be asked, and each smallest choice of such."""
    needed: list[tuple[str, ...]] = [
        (p.name,) for p in operation.parameters if p.required and p.location != "body" and p.name not in settled
    ]
    needed += [(name,) for name in required_fields(path.declared, operation) if name not in settled]
    needed += [tuple(group) for group in operation.any_of if not settled & set(group)]
    sent = settled | {f"{name}={value}" for t in terms if t.given for name, value in t.pushdown.extras}
    sent |= {f"{t.pushdown.parameter}={value}" for t in terms for value in t.values}
    needed += [(other,) for name, other in operation.needs if name in sent and other not in settled]
    ways = [_ways(path, group) for group in needed]
    # Ways to give one parameter are few, and so are parameters; the bound only keeps a product from growing.
    choices = [tuple(dict.fromkeys(way)) for way in itertools.islice(itertools.product(*ways), _CHOICES)]
    return choices[0], smallest(choices)


def _ways(path: TablePath, group: tuple[str, ...]) -> list[str]:
    """Return the columns that give one of some parameters, one of each first; a parameter's name if no column does."""
    pushdowns = path.declared.pushdowns
    each = [[p.column for p in pushdowns if p.parameter == name] for name in group]
    found = [c for turn in itertools.zip_longest(*each) for c in turn if c is not None]
    found += [p.column for name in group for p in pushdowns if name in _beside(p)]
    return list(dict.fromkeys(found)) or [group[0]]


def smallest(choices: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return the sets of columns that hold no other of the sets, the shortest first."""
    found: list[tuple[str, ...]] = []
    for choice in sorted(choices, key=len):
        if not any(set(other) <= set(choice) for other in found):
            found.append(choice)
    return tuple(found)


# -- partitions ----------------------------------------------------------------------------------------------------


def _partitions(
    path: TablePath, operation: Operation, terms: list[Term], situation: Situation
) -> tuple[tuple[Partition, ...], list[str], tuple[dt.datetime, dt.datetime] | None]:
    fixed: list[tuple[str, Any]] = list(path.declared.fixed)
    axes: list[list[tuple[tuple[str, Any], ...]]] = []
    times: dict[str, dt.datetime] = {}
    for term in terms:
        name = term.pushdown.parameter
        if term.pushdown.operator == "=":
            # What is sent of itself says nothing of the columns that the extras tell apart.
            extras = term.pushdown.extras if term.given else ()
            axes.append([(*pairs, *extras) for pairs in _chunks(term, operation)])
        else:
            times[name] = term.values[0]
    windows, warnings, window = _windows(operation, times, terms, situation)
    axes.append(windows)
    found = [Partition(tuple(fixed) + tuple(itertools.chain.from_iterable(c))) for c in itertools.product(*axes)]
    return tuple(found), warnings, window


def _chunks(term: Term, operation: Operation) -> list[tuple[tuple[str, Any], ...]]:
    """Return the parameters of each request: a list's values in full chunks, others one by one."""
    name, also = term.pushdown.parameter, term.pushdown.also
    is_list = operation.parameter(name).type == "array"
    if also or not is_list:
        return [((name, (v,) if is_list else v), *((other, v) for other in also)) for v in term.values]
    size = _longest(term.pushdown, operation)
    return [((name, term.values[i : i + size]),) for i in range(0, len(term.values), size)]


def _windows(
    operation: Operation, times: dict[str, dt.datetime], terms: list[Term], situation: Situation
) -> tuple[list[tuple[tuple[str, Any], ...]], list[str], tuple[dt.datetime, dt.datetime] | None]:
    """Return the time parameters of each partition: one window, or several where Amazon answers no longer one.

    The newest comes first: a LIMIT is then satisfied by what most probably has rows.
    """
    rules = _rules(operation, times)
    free = tuple((n, v) for n, v in times.items() if not any(n in (r.after, r.before) for r in rules))
    warnings: list[str] = []
    axes, spans = [], []
    for rule in rules:
        found, told, span = _split(rule, times, terms, operation, situation)
        axes.append(found)
        warnings += told
        spans.append(span)
    windows = [(*free, *itertools.chain.from_iterable(each)) for each in itertools.product(*axes)]
    return windows, warnings, spans[0] if spans else _said(terms, situation)


def _said(terms: list[Term], situation: Situation) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the first range of times that is sent, where Amazon states no limits of it."""
    low = next((t for t in terms if t.pushdown.operator == ">="), None)
    if low is None:
        return None
    ends = (t.values[0] for t in terms if t.pushdown.operator == "<" and t.pushdown.column == low.pushdown.column)
    return low.values[0], min(next(ends, situation.now), situation.now)


def _rules(operation: Operation, times: Mapping[str, dt.datetime]) -> list[Window]:
    """Return the limits of the times that are sent, of each pair of parameters the first."""
    found: dict[tuple[str | None, str | None], Window] = {}
    for window in operation.windows:
        if {window.after, window.before} & times.keys():
            found.setdefault((window.after, window.before), window)
    return list(found.values())


def _split(
    rule: Window, times: dict[str, dt.datetime], terms: list[Term], operation: Operation, situation: Situation
) -> tuple[list[tuple[tuple[str, Any], ...]], list[str], tuple[dt.datetime, dt.datetime]]:
    """Return one pair of times, or as many as Amazon's longest makes of it, what to warn of, and all their span."""
    warnings = _reach(rule, times, terms, operation, situation)
    after, before = times.get(rule.after or ""), times.get(rule.before or "")
    window = (after or situation.now - _FAR_BACK, before or situation.now)
    if after is not None and after >= (before or situation.now):
        return [], warnings or _too_old(rule, times, terms, operation, situation), window
    own = {n: v for n, v in times.items() if n in (rule.after, rule.before)}
    if rule.longest is None or after is None:
        return [tuple(own.items())], warnings, window
    step, start, found = dt.timedelta(seconds=rule.longest), after, []
    while (before or situation.now) - start > step:
        found.append({str(rule.after): start, str(rule.before): start + step})
        start += step
    found.append({**own, str(rule.after): start})
    return [tuple(w.items()) for w in reversed(found)], warnings, window


def _reach(
    rule: Window, times: dict[str, dt.datetime], terms: list[Term], operation: Operation, situation: Situation
) -> list[str]:
    """Move a lower bound to what Amazon still answers, in place, and say so if the statement asked for more."""
    if rule.horizon is None or rule.after not in times:
        return []
    oldest = _horizon(rule.after, operation, situation)
    if times[rule.after] >= oldest:
        return []
    times[rule.after] = oldest
    term = next(t for t in terms if t.pushdown.parameter == rule.after)
    return [_beyond_reach(term, oldest, operation, situation)] if term.given else []


def _too_old(
    rule: Window, times: Mapping[str, dt.datetime], terms: list[Term], operation: Operation, situation: Situation
) -> list[str]:
    """Say so if all of what the statement asks for lies before the time at which its lower bound begins by default."""
    oldest, before = _horizon(str(rule.after), operation, situation), times.get(rule.before or "")
    term = next((t for t in terms if t.pushdown.parameter == rule.before), None)
    if term is None or before is None or before > oldest:
        return []
    return [_beyond_reach(term, oldest, operation, situation)]


def _beyond_reach(term: Term, oldest: dt.datetime, operation: Operation, situation: Situation) -> str:
    days = (situation.now - oldest + dt.timedelta(minutes=5)).days
    return (
        f"{operation.name} reaches {days} days back: rows with {term.pushdown.column} before "
        f"{oldest:%Y-%m-%d %H:%M} UTC are not given by Amazon."
    )
