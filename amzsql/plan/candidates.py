"""The ways in which one scan can be filled: by which access path, how asked, expanded from which parents.

Owns what is said where there is none. Knows nothing of the other scans' choices, nor of costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from amzsql import spapi
from amzsql.catalog import registry
from amzsql.catalog.model import Parent, TablePath
from amzsql.errors import ProgrammingError
from amzsql.plan.asking import requests
from amzsql.plan.nodes import Situation
from amzsql.plan.pushdown import Request, smallest
from amzsql.spapi.model import Operation
from amzsql.sql.binding import ScanRef
from amzsql.sql.predicate import ANY, Domain, KeyOf

_CHOICES = 4
# A chain of parents may be so long, which is more than any API nests its keys.
_GENERATIONS = 4
_COMMON = {c.name for c in registry.COMMON}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scan's choice: how it asks (None: it reads nothing), and what it is expanded from: its parent, that one's, …

    `narrows`: by keys that are assumed it has not all rows that the statement's own would give, and is the last resort.
    """

    ref: ScanRef
    request: Request | None
    rank: int
    parents: tuple[tuple[ScanRef, Request], ...] = ()
    narrows: bool = False

    def all_requests(self) -> Iterator[tuple[int, Request]]:
        """Yield the number of each scan that asks, the own one first, with its request."""
        if self.request is not None:
            yield self.ref.number, self.request
        yield from ((ref.number, request) for ref, request in self.parents)


def candidates_for(
    ref: ScanRef, following: int, situation: Situation, children: tuple[str, ...] = ()
) -> list[Candidate]:
    """Return every way to fill a scan, the newest API first; `children`: the tables that are expanded from it.

    Raises:
        ProgrammingError: there is none.
    """
    if not ref.table.paths or ref.wanted == 0 or any(d.is_empty for d in ref.domains.values()):
        return [Candidate(ref, None, 0)]
    found: list[Candidate] = []
    missing: list[tuple[str, ...]] = []
    uncovered: list[tuple[str, frozenset[str]]] = []
    gone: list[str] = []
    apart: set[str] = set()
    wanted = _wanted(ref)
    others = ref.table.reports if situation.use_reports else ()
    for rank, path in enumerate((*ref.table.paths, *others)):
        operation = spapi.operation(path.operation)
        if operation.is_removed(situation.now.date()):
            if path.covers(wanted):
                gone.append(f"{path.operation} had {{}} until Amazon removed it on {operation.removed}")
            continue
        if not _allowed(operation, situation):
            if path.covers(wanted):
                gone.append(f"{path.operation} has {{}}, but OrdersApi={situation.orders_api} leaves it out")
            continue
        if not path.covers(wanted):
            if path.declared.alike is not None:
                continue
            uncovered.append((path.operation, wanted - path.sources.keys()))
            continue
        asked = list(requests(ref, path, situation))
        apart |= set() if asked else {c for c in path.declared.withheld if not ref.domains.get(c, ANY).is_any}
        direct = [r for r in asked if not r.missing]
        lacking = [r for r in asked if r.missing]
        found += (Candidate(ref, None if r.empty else r, rank) for r in direct)
        missing += (_own(choice, ref, situation) for r in lacking for choice in r.alternatives)
        lacks = [frozenset(r.missing) for r in lacking if r.bind is None]
        # A table that is its own parent is read one by one only if its list has not all that is asked for.
        if lacks and not (found and _is_own_parent(ref)):
            parent = _lender(ref, min(lacks, key=len), situation)
            source = _source(ref, path, parent, bool(direct), following, situation) if parent is not None else None
            if parent is None or source is None or len(children) >= _GENERATIONS or source.table.name in children:
                continue
            above = _parents(source, following, situation, (*children, ref.table.name))
            found += _expanded(ref, path, rank, parent, source, above, situation)
    if not found:
        raise _no_path(ref, missing, uncovered, gone, apart, situation)
    return found


def lacking(ref: ScanRef, path: TablePath) -> frozenset[str]:
    """Return the columns that a scan reads and a path does not give."""
    return _wanted(ref) - path.sources.keys()


def _wanted(ref: ScanRef) -> frozenset[str]:
    return frozenset(c.name for c in ref.columns) - _COMMON


def _own(choice: tuple[str, ...], ref: ScanRef, situation: Situation) -> tuple[str, ...]:
    """Return what a statement must say itself of some columns that are lacking: a parent's rows give the others."""
    parent = ref.table.entry.parent
    lent = dict(parent.pairs) if parent is not None and situation.find(ref.table.schema, parent.table) else {}
    return tuple(c for c in choice if c not in lent) or choice


def _is_own_parent(ref: ScanRef) -> bool:
    return ref.table.entry.parent is not None and ref.table.entry.above is None


def _allowed(operation: Operation, situation: Situation) -> bool:
    if situation.orders_api == "v0":
        return operation.api != "orders_2026-01-01"
    return not (situation.orders_api == "2026" and operation.api == "ordersV0")


def _lender(ref: ScanRef, missing: frozenset[str], situation: Situation) -> Parent | None:
    """Return the parent whose rows have what is missing; None if none has.

    A part is in the same answer as its whole: what the whole has of its own parent, the part takes from there as well,
    and the whole need not be read for it.
    """
    entry = ref.table.entry
    parent = entry.parent
    while parent is not None and entry.whole is not None:
        owner = situation.find(ref.table.schema, parent.table)
        above = owner.entry.above if owner is not None else None
        if owner is None or above is None or not missing <= dict(above.pairs).keys():
            break
        entry, parent = owner.entry, above
    return parent if parent is not None and missing <= dict(parent.pairs).keys() else None


def _source(
    ref: ScanRef, path: TablePath, parent: Parent, direct: bool, following: int, situation: Situation
) -> ScanRef | None:
    """Return a scan of the parent whose rows have what is missing, with what the statement says of these rows.

    `direct`: other scans' keys give what is missing, so that the parent is to be read without them.
    """
    table = situation.find(ref.table.schema, parent.table)
    pushed = {p.column for p in path.declared.pushdowns}
    pairs = [(own, table.column(other)) for own, other in parent.pairs if own in pushed] if table is not None else []
    columns = tuple(column for _, column in pairs if column is not None)
    if table is None or len(columns) < len(pairs):
        return None
    inherited = {c: c for c in parent.inherits if table.column(c) is not None} | dict(parent.pairs)
    domains = {
        theirs: d if own in dict(pairs) and not direct else replace(d, keys=frozenset())
        for own, theirs in inherited.items()
        if (d := ref.domains.get(own)) is not None
    }
    return ScanRef(following + ref.number, table, parent.table, columns, domains)


def _parents(source: ScanRef, following: int, situation: Situation, children: tuple[str, ...]) -> list[Candidate]:
    """Return every way to read a parent; none if it cannot be read without a filter that the statement lacks."""
    try:
        return candidates_for(source, following, situation, children)
    except ProgrammingError:
        # The child's own error names what is missing.
        return []


def _expanded(
    ref: ScanRef,
    path: TablePath,
    rank: int,
    parent: Parent,
    source: ScanRef,
    above: list[Candidate],
    situation: Situation,
) -> Iterator[Candidate]:
    """Yield the ways to ask a path with what it requires taken from its parent's rows, however these are read."""
    columns = {c.name for c in source.columns}
    keyed = {
        own: replace(ref.domains.get(own, Domain()), null=False, keys=frozenset({KeyOf(source.number, theirs, 1)}))
        for own, theirs in parent.pairs
        if theirs in columns
    }
    for again in requests(replace(ref, domains={**ref.domains, **keyed}), path, situation):
        if not again.missing and again.bind is not None:
            for other in above:
                if other.request is None:
                    yield Candidate(ref, None, rank, narrows=parent.assumed)
                else:
                    yield Candidate(ref, again, rank, ((source, other.request), *other.parents), parent.assumed)


def _no_path(
    ref: ScanRef,
    missing: list[tuple[str, ...]],
    uncovered: list[tuple[str, frozenset[str]]],
    gone: list[str],
    apart: set[str],
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
        keyed = _keyed_apart(ref, known)
        if keyed:
            return ProgrammingError(
                f"{name} takes {' and '.join(keyed)} from the rows of one table, and they are joined to several: join "
                f"both to one, or add a filter on {named}.{example}"
            )
        return ProgrammingError(f"{name} needs a filter on {named}.{example}")
    if uncovered:
        parts = "; ".join(f"{path} lacks {', '.join(sorted(columns))}" for path, columns in uncovered)
        advice = f"{'; '.join(gone)}.".replace("{}", "them") if gone else "Ask for them in two statements."
        return ProgrammingError(f"No single access path of {name} has all the asked columns: {parts}. {advice}")
    if apart:
        return ProgrammingError(
            f"{name} cannot be filtered by {' and '.join(sorted(apart))} at once: Amazon is asked by one of them, and "
            "its answer lacks the others. Filter by one, or join two selections."
        )
    left = f" with OrdersApi={situation.orders_api}" if situation.orders_api != "Auto" else ""
    why = f" {'; '.join(dict.fromkeys(gone))}.".replace("{}", "its rows") if gone else ""
    return ProgrammingError(f"{name} has no access path left on {situation.now:%Y-%m-%d}{left}.{why}")


def _keyed_apart(ref: ScanRef, choices: list[tuple[str, ...]]) -> list[str]:
    """Return the columns that would each do, were the others given, where each has keys of another scan's rows."""
    columns = sorted({c for choice in choices for c in choice if len(choice) == 1})
    keyed = all(ref.domains[c].keys for c in columns) if set(columns) <= ref.domains.keys() else False
    return columns if keyed and len(columns) > 1 else []


def kept(candidates: list[Candidate], scan: int, situation: Situation) -> list[Candidate]:
    """Return the candidates of the access path that the statement took before, if it still has any."""
    if scan >= len(situation.choice):
        return candidates
    kept = [c for c in candidates if c.request is not None and c.request.path.name == situation.choice[scan]]
    return kept or candidates
