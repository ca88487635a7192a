"""Predicates from scan to scan: what holds of a row holds of its parent, its children and its other mentions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from amzsql.catalog.model import Parent
from amzsql.catalog.whose import ACCOUNT, is_of_one_account
from amzsql.sql.binding import ScanRef
from amzsql.sql.predicate import ANY, Domain, KeyOf, same_row

Pairs = tuple[tuple[str, str], ...]


def with_real_keys(scans: Sequence[ScanRef]) -> list[ScanRef]:
    """Return the scans without the keys of tables that are the driver's own: those rows are not fetched."""
    own = {s.number for s in scans if not s.table.paths}
    return [_without_keys(s, own) for s in scans] if own else list(scans)


def _without_keys(ref: ScanRef, own: set[int]) -> ScanRef:
    domains = {c: replace(d, keys=frozenset(k for k in d.keys if k.scan not in own)) for c, d in ref.domains.items()}
    return replace(ref, domains=domains)


def all_inherited(scans: Sequence[ScanRef], *, many: bool = False) -> list[ScanRef]:
    """Return the scans with what they inherit, directly or through one another.

    `many`: their rows are of several accounts, of which two may have the same key.
    """
    refs = list(scans)
    for _ in scans:
        following = [_with_inherited(r, refs, many) for r in refs]
        if following == refs and all(a.domains == b.domains for a, b in zip(following, refs, strict=True)):
            break
        refs = following
    return refs


def across_accounts(scans: Sequence[ScanRef]) -> list[ScanRef]:
    """Return the scans with their keys telling which may be of other accounts' rows."""
    by_number = {r.number: r for r in scans}

    def told(ref: ScanRef, column: str, key: KeyOf) -> KeyOf:
        other = by_number.get(key.scan)
        own = other is None or _of_one_account(ref, other, [(column, key.column)])
        return key if own else replace(key, across=True)

    def each(ref: ScanRef) -> ScanRef:
        domains = ref.domains.items()
        return replace(
            ref, domains={c: replace(d, keys=frozenset(told(ref, c, k) for k in d.keys)) for c, d in domains}
        )

    return [each(r) for r in scans]


def _of_one_account(ref: ScanRef, other: ScanRef, pairs: Iterable[tuple[str, str]]) -> bool:
    """Tell whether rows that are joined by some columns are of the same account."""
    pairs = list(pairs)
    if any(is_of_one_account(own, theirs) for own, theirs in pairs):
        return True
    if same_row(ref.domains, other.number, [*pairs, (ACCOUNT, ACCOUNT)]):
        return True
    mine, its = (r.domains.get(ACCOUNT, ANY).values for r in (ref, other))
    return mine is not None and mine == its and len(mine) == 1


def _with_account(ref: ScanRef, scans: Sequence[ScanRef]) -> ScanRef:
    """Return the scan with what is said of the account of rows that it shares an id of Amazon's with."""
    domains = dict(ref.domains)
    by_number = {r.number: r for r in scans}
    for column, domain in ref.domains.items():
        for key in domain.keys if not domain.null else ():
            other = by_number.get(key.scan)
            said = other.domains.get(ACCOUNT) if other is not None else None
            if said is not None and is_of_one_account(column, key.column):
                domains[ACCOUNT] = domains.get(ACCOUNT, ANY) & replace(said, keys=frozenset())
    return replace(ref, domains=domains)


def _with_inherited(ref: ScanRef, scans: Sequence[ScanRef], many: bool) -> ScanRef:
    """Return the scan with the predicates on a parent's columns of whatever it is joined to by the parent's key.

    Parent and children carry the same values of these columns, so what holds of one holds of all.
    """
    ref = _with_twins(ref, scans, many)
    if many:
        ref = _with_account(ref, scans)
    found = dict(ref.domains)
    for other in scans:
        for parent, pairs in _families(ref, other):
            if same_row(ref.domains, other.number, pairs) and (not many or _of_one_account(ref, other, pairs)):
                for column in parent.inherits:
                    if column in other.domains and ref.table.column(column) and column not in dict(pairs):
                        known = found.get(column, Domain(null=True))
                        found[column] = known & replace(other.domains[column], keys=frozenset())
    return replace(ref, domains=found)


def _families(ref: ScanRef, other: ScanRef) -> Iterator[tuple[Parent, Pairs]]:
    """Yield (parent, pairs of own and the other's columns) if two are parent and child, or children of one parent."""
    mine, theirs = ref.table.entry.parent, other.table.entry.parent
    if ref.table.schema not in other.table.entry.schemas:
        return
    if mine is not None and other.table.name == mine.table:
        yield mine, mine.pairs
    if theirs is not None and ref.table.name == theirs.table:
        yield theirs, _turned(theirs.pairs)
    if mine is not None and theirs is not None and mine.table == theirs.table:
        yield mine, _siblings(mine.pairs, theirs.pairs)


def _turned(pairs: Pairs) -> Pairs:
    return tuple((two, one) for one, two in pairs)


def _siblings(mine: Pairs, theirs: Pairs) -> Pairs:
    """Return (own column, a sibling's) for each column of the parent that both refer to; none if not all are."""
    other = dict(_turned(theirs))
    return tuple((own, other[c]) for own, c in mine) if other.keys() == dict(_turned(mine)).keys() else ()


def _with_twins(ref: ScanRef, scans: Sequence[ScanRef], many: bool) -> ScanRef:
    """Return the scan with the predicates of scans of the same table that it is joined to on the whole key.

    Such a pair of rows is one row of Amazon's, so what holds of one holds of the other; but for what was asked.
    """
    key = ref.table.entry.key
    found = dict(ref.domains)
    for other in scans:
        twin = other.number != ref.number and ref.table.is_like(other.table)
        pairs = [(c, c) for c in key]
        if twin and same_row(ref.domains, other.number, pairs) and (not many or _of_one_account(ref, other, pairs)):
            for column, domain in other.domains.items():
                if column not in key and not ref.table.is_asked(column):
                    found[column] = found.get(column, Domain(null=True)) & domain
    return replace(ref, domains=found)
