"""A domain -> what one parameter would be sent: values in Amazon's spelling, one end of a range, others' keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from amzsql.catalog.model import Pushdown, TablePath
from amzsql.catalog.spelling import to_amazon
from amzsql.plan.nodes import Situation
from amzsql.spapi.model import Operation
from amzsql.sql.predicate import Domain, KeyOf

# Amazon's times have whole seconds: a bound is moved outward to the next one, so that no row is lost.
_SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Term:
    """A pushdown with what it would send. `values` of a list parameter may be many.

    `keys`: whose keys would do, where the statement gives no values; `origins`: all that would do, even beside values.
    """

    pushdown: Pushdown
    values: tuple[Any, ...] = ()
    keys: KeyOf | None = None
    exact: bool = False
    given: bool = True
    origins: frozenset[KeyOf] = frozenset()


def term_of(
    pushdown: Pushdown, domain: Domain | None, path: TablePath, operation: Operation, situation: Situation
) -> Term | None:
    """Return what a pushdown would send for a domain; None if nothing can be."""
    if domain is None or domain.null:
        return None
    if pushdown.operator == "=":
        return _equal(pushdown, domain, path, operation, situation)
    source = path.sources.get(pushdown.column)
    return _bound(pushdown, domain, operation, situation, source is not None and source.parameter is not None)


def _equal(
    pushdown: Pushdown, domain: Domain, path: TablePath, operation: Operation, situation: Situation
) -> Term | None:
    if domain.values is not None:
        spelling = _spelling(pushdown, path, operation)
        values = {amazon for v in domain.values for amazon in spelling(v)}
        if "" in values and not pushdown.exact:
            return None
        if domain.some and pushdown.longest == 1 and len(values) > 1:
            # A list may hold several of them: its row would come once for each.
            return None
        # Amazon has no empty keys, and takes an empty parameter for none at all.
        values.discard("")
        if pushdown.default == "marketplaces" and situation.marketplaces is not None:
            # Others have no rows here: the account is asked only for those that it takes part in.
            values &= set(situation.marketplaces)
        origins = frozenset() if domain.some else domain.keys
        return Term(pushdown, tuple(sorted(values, key=str)), exact=pushdown.exact, origins=origins)
    if domain.keys:
        return Term(pushdown, keys=min(domain.keys, key=place_of), origins=domain.keys)
    return None


def place_of(key: KeyOf) -> tuple[int, str]:
    """Return what keys are ordered by: the first mention in the statement is taken."""
    return key.scan, key.column


def _spelling(pushdown: Pushdown, path: TablePath, operation: Operation) -> Callable[[Any], Iterator[Any]]:
    """Return a function from SQL's spelling of a value to Amazon's; none for a value the path does not know."""
    source = path.sources.get(pushdown.column)
    amazons = to_amazon(source.values if source else ())
    enum = {e.lower(): e for e in operation.parameter(pushdown.parameter).enum}

    def spelt(value: Any) -> Iterator[Any]:
        for amazon in amazons(value) if isinstance(value, str) else (value,):
            known = enum.get(amazon.lower()) if enum and isinstance(amazon, str) else amazon
            if known is not None:
                yield filled(pushdown.template, known) if known and isinstance(known, str) else known

    return spelt


def filled(template: str, value: Any) -> Any:
    """Return what is sent of a value: itself, or the address that it stands in."""
    return template.format(quote(str(value), safe="")) if template else value


def _bound(pushdown: Pushdown, domain: Domain, operation: Operation, situation: Situation, asked: bool) -> Term | None:
    """Return the term of one end of a range. `asked`: the column's value is the bound that is sent."""
    hull = domain.hull()
    value = hull.low if pushdown.operator == ">=" else hull.high
    if not isinstance(value, dt.datetime):
        return None
    if pushdown.operator == ">=":
        floor = value.replace(microsecond=0)
        if asked and (hull.low_open or floor < value):
            # A pseudo-column must lie within the range itself, or the residual would leave nothing.
            floor = _following(floor)
        return Term(pushdown, (floor,), exact=asked or (pushdown.exact and not hull.low_open and floor == value))
    lag = dt.timedelta(seconds=max((w.lag for w in operation.windows if w.before == pushdown.parameter), default=0.0))
    if asked:
        return Term(pushdown, (_asked_end(value, hull.high_open, situation.now - lag),), exact=True)
    ceiling = value if value.microsecond == 0 else _following(value.replace(microsecond=0))
    exact = pushdown.exact and hull.high_open and ceiling == value
    if not hull.high_open and ceiling == value:
        ceiling = _following(ceiling)
    if pushdown.ahead and ceiling.year < dt.MAXYEAR:
        ceiling += dt.timedelta(seconds=pushdown.ahead)
    if ceiling > situation.now - lag and not _must_be_said(pushdown, operation):
        # Amazon refuses an upper bound so near to now; without one it gives all there is, and the residual cuts it.
        return None
    return Term(pushdown, (ceiling,), exact=exact)


def _must_be_said(pushdown: Pushdown, operation: Operation) -> bool:
    """Tell whether Amazon wants an upper bound of times to come: one that is required, or goes with the lower one."""
    needed = operation.parameter(pushdown.parameter).required or pushdown.parameter in dict(operation.needs).values()
    return needed and pushdown.default is None


def _asked_end(value: dt.datetime, is_open: bool, latest: dt.datetime) -> dt.datetime:
    """Return the upper bound to send for a pseudo-column: one that lies within the range itself, and Amazon takes."""
    floor = value.replace(microsecond=0)
    if is_open and floor == value:
        floor -= _SECOND
    return min(floor, latest.replace(microsecond=0))


def _following(time: dt.datetime) -> dt.datetime:
    """Return the time a second later; the end of all days has none."""
    return time + _SECOND if time.year < dt.MAXYEAR else time


def anchored(terms: list[Term], path: TablePath, operation: Operation) -> list[Term]:
    """Leave out an upper bound that Amazon takes only beside its lower one, which the statement does not give."""
    starts = {n for group in operation.any_of for n in group}
    given = {t.pushdown.parameter for t in terms}
    given |= {p.parameter for p in path.declared.pushdowns if p.default is not None}
    # Where Amazon begins at a time of its own, that would lie behind the upper bound.
    begun = {w.after for w in operation.windows if w.before is not None and w.unasked not in (None, w.horizon)}
    alone = {w.before for w in operation.windows if w.after in {*starts, *begun} and w.after not in given}
    return [t for t in terms if t.pushdown.parameter not in alone or path.sources[t.pushdown.column].parameter]


def half_said(domains: Mapping[str, Domain], terms: list[Term], situation: Situation) -> set[str]:
    """Return the columns of which one end of the range is not sent; a day ahead of now needs none."""
    sent = {(t.pushdown.column, t.pushdown.operator) for t in terms if t.keys is None}
    ranges = {c: domains[c].hull() for c, operator in sent if operator != "="}
    horizon = situation.now + dt.timedelta(days=1)
    low = {c for c, r in ranges.items() if r.low is not None and (c, ">=") not in sent}
    return low | {c for c, r in ranges.items() if r.high is not None and (c, "<") not in sent and r.high < horizon}
