"""What a statement says of one column: a domain of values, a range, whether NULL may be in it, and whose keys bind it.

Domains only ever widen: an expression that is not understood says nothing, so that a pushdown derived from a domain
asks for a superset of the rows and the residual filter cuts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class KeyOf:
    """The values of a column of another scan: `scan` is its number in the statement.

    A number below zero is that of a stage, -1 the first: a block that is run before the others. `row`: what tells the
    mentions of a scan's rows apart; keys of the same one are those of one row together, but for 0: of whichever row.
    `across`: they may be of another account's rows than those that they bind.
    """

    scan: int
    column: str
    row: int = 0
    across: bool = False


@dataclass(frozen=True, slots=True)
class Domain:
    """The values a column may take. `values` None means any; bounds None means open-ended.

    `null`: NULL may be among them. `keys`: the values are also among those of these columns (all of them). `some`: the
    column is a list, and one of its elements is among `values`; of two such conditions only the shorter is kept.
    `loose`: of the alternatives that it was put together from each goes with other values of other columns.
    """

    values: frozenset[Any] | None = None
    low: Any = None
    low_open: bool = False
    high: Any = None
    high_open: bool = False
    null: bool = False
    keys: frozenset[KeyOf] = frozenset()
    some: bool = False
    loose: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, *values: Any) -> Domain:
        """Return the domain of just these values."""
        return cls(values=frozenset(values))

    @property
    def is_any(self) -> bool:
        """Tell whether the domain says nothing but perhaps that NULL is out."""
        return self.values is None and self.low is None and self.high is None and not self.keys

    @property
    def is_empty(self) -> bool:
        """Tell whether no value is in the domain."""
        if self.null:
            return False
        if self.values is not None:
            return not self.values
        return self._crossed()

    def _crossed(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return bool(self.low > self.high or (self.low == self.high and (self.low_open or self.high_open)))

    def holds(self, value: Any) -> bool:
        """Tell whether a value other than NULL is in the domain (`keys` aside)."""
        if self.values is not None and value not in self.values:
            return False
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return not (self.high is not None and (value > self.high or (self.high_open and value == self.high)))

    def __and__(self, other: Domain) -> Domain:
        met = self._met(other)
        return replace(met, loose=True) if self.loose or other.loose else met

    def _met(self, other: Domain) -> Domain:
        if self.some or other.some:
            shorter = min((d for d in (self, other) if d.values is not None), key=lambda d: len(d.values or ()))
            return replace(shorter, null=self.null and other.null, keys=self.keys | other.keys)
        low, low_open = _tighter(self.low, self.low_open, other.low, other.low_open, upper=False)
        high, high_open = _tighter(self.high, self.high_open, other.high, other.high_open, upper=True)
        both = Domain(None, low, low_open, high, high_open, self.null and other.null, self.keys | other.keys)
        values = _both(self.values, other.values)
        if values is None:
            return both
        kept = frozenset(v for v in values if both.holds(v))
        return Domain(values=kept, null=both.null, keys=both.keys)

    def __or__(self, other: Domain) -> Domain:
        joined = self._joined(other)
        return replace(joined, loose=True) if self.loose or other.loose else joined

    def _joined(self, other: Domain) -> Domain:
        null, keys = self.null or other.null, _common(self.keys, other.keys)
        if self.values is not None and other.values is not None:
            return Domain(values=self.values | other.values, null=null, keys=keys, some=self.some or other.some)
        one, two = self.hull(), other.hull()
        if one.values is not None:
            return replace(two, null=null, keys=keys)
        if two.values is not None:
            return replace(one, null=null, keys=keys)
        low, low_open = _wider(one.low, one.low_open, two.low, two.low_open, upper=False)
        high, high_open = _wider(one.high, one.high_open, two.high, two.high_open, upper=True)
        return Domain(None, low, low_open, high, high_open, null, keys)

    def hull(self) -> Domain:
        """Return the smallest range that holds the domain; an empty list of values stays as it is."""
        if not self.values:
            return self
        low, high = min(self.values), max(self.values)
        return Domain(low=low, high=high, null=self.null, keys=self.keys)


ANY = Domain(null=True)
NOTHING = Domain(values=frozenset())


def same_row(domains: Mapping[str, Domain], scan: int, pairs: Iterable[tuple[str, str]]) -> bool:
    """Tell whether columns take their values from one row of another scan, by (column, the other's column)."""
    each = [{k.row for k in _keys(domains, own) if (k.scan, k.column) == (scan, other)} for own, other in pairs]
    if len(each) == 1:
        return bool(each[0])
    return bool(each) and bool(set.intersection(*each) - {0})


def _keys(domains: Mapping[str, Domain], column: str) -> frozenset[KeyOf]:
    return domains[column].keys if column in domains else frozenset()


def _common(one: frozenset[KeyOf], two: frozenset[KeyOf]) -> frozenset[KeyOf]:
    """Return the keys that are in both; where only their rows differ, each may be of either."""
    both = one & two
    places = {(k.scan, k.column) for k in one} & {(k.scan, k.column) for k in two}
    return both | {KeyOf(*place) for place in places - {(k.scan, k.column) for k in both}}


def _both(one: frozenset[Any] | None, two: frozenset[Any] | None) -> frozenset[Any] | None:
    if one is None or two is None:
        return two if one is None else one
    return one & two


def _tighter(a: Any, a_open: bool, b: Any, b_open: bool, *, upper: bool) -> tuple[Any, bool]:
    if a is None or b is None:
        return (b, b_open) if a is None else (a, a_open)
    if a == b:
        return a, a_open or b_open
    return (a, a_open) if (a < b) == upper else (b, b_open)


def _wider(a: Any, a_open: bool, b: Any, b_open: bool, *, upper: bool) -> tuple[Any, bool]:
    if a is None or b is None:
        return None, False
    if a == b:
        return a, a_open and b_open
    return (a, a_open) if (a > b) == upper else (b, b_open)


Domains = dict[str, Domain]


def conjunction(one: Domains, two: Domains) -> Domains:
    """Return what both sets of domains say together."""
    return {c: _meet(one.get(c), two.get(c)) for c in [*one, *(c for c in two if c not in one)]}


def disjunction(one: Domains, two: Domains) -> Domains:
    """Return what holds if either set of domains does: only columns of which both speak."""
    return alternatives(one, two)


K = TypeVar("K")


def alternatives(one: Mapping[K, Domain], two: Mapping[K, Domain]) -> dict[K, Domain]:
    """Return what holds if either of two sets of domains does, saying of which columns the values go together."""
    differ = {c for c in {*one, *two} if one.get(c) != two.get(c)}
    either = {c: one[c] | two[c] for c in one if c in two}
    return {c: replace(d, loose=True) if c in differ and len(differ) > 1 else d for c, d in either.items()}


def _meet(one: Domain | None, two: Domain | None) -> Domain:
    if one is None or two is None:
        return one or two or ANY
    return one & two
