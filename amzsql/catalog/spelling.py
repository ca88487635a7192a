"""How a column's values are spelt: pairs of Amazon's word and SQL's, or a named rule where no list can hold them all.

Knows of no table, request or answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amzsql.types import BIGINT, BOOLEAN, VARCHAR, SqlType

Pairs = tuple[tuple[str, str], ...]
Spelling = Pairs | str
"""(Amazon's, SQL's) of each value that is spelt otherwise, or the name of a rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Turns any value of Amazon's into SQL's, and back if `amazon` is given: None stands for no value of Amazon's.

    `doc` says what the column then holds. `reads` is the type in which Amazon's value is read, `gives` that of the
    column. `of_nothing`: what an absent value is in SQL.
    """

    sql: Callable[[Any], Any]
    doc: str
    amazon: Callable[[str], str | None] | None = None
    reads: SqlType = VARCHAR
    gives: SqlType = VARCHAR
    of_nothing: object = None


def _unwrapped(value: str) -> str | None:
    return value[1:-1] if len(value) > 2 and value[0] == value[-1] == "_" else None


RULES: Mapping[str, Rule] = {
    # MWS wrote the types of reports and feeds between underscores: _GET_FLAT_FILE_OPEN_LISTINGS_DATA_.
    "mws": Rule("_{}_".format, "Between underscores, as MWS wrote it.", _unwrapped),
    # Whether there is a value at all.
    "given": Rule(lambda _: True, "True where Amazon names one, else false.", gives=BOOLEAN, of_nothing=False),
    # When stock can be had: MWS also knew of stock to come, of which SP-API says nothing.
    "availability": Rule(
        lambda units: "Immediately" if units > 0 else "Unknown",
        "Immediately where there are units to ship, else Unknown.",
        reads=BIGINT,
    ),
}


def rule_of(spelling: Spelling) -> Rule | None:
    """Return the rule of a spelling; None for pairs."""
    return RULES[spelling] if isinstance(spelling, str) else None


def pairs_of(spelling: Spelling) -> Pairs:
    """Return the pairs of a spelling; none for a rule."""
    return () if isinstance(spelling, str) else spelling


def to_sql(spelling: Spelling) -> Callable[[Sequence[Any]], list[Any]]:
    """Return a function from a column of Amazon's values to SQL's."""
    rule = rule_of(spelling)
    if rule is None:
        known: Any = dict(pairs_of(spelling))
        return lambda values: list(map(known.get, values, values))
    return lambda values: [rule.of_nothing if value is None else rule.sql(value) for value in values]


def to_amazon(spelling: Spelling) -> Callable[[str], tuple[str, ...]]:
    """Return a function from SQL's spelling of a value to those of Amazon's, without regard to case; none if unknown.

    Several of Amazon's values may be one of SQL's.
    """
    rule = rule_of(spelling)
    if rule is not None:
        back = rule.amazon or (lambda _: None)
        return lambda value: tuple(v for v in (back(value),) if v is not None)
    known: dict[str, tuple[str, ...]] = {}
    for amazons, sqls in pairs_of(spelling):
        known[sqls.lower()] = (*known.get(sqls.lower(), ()), amazons)
    return lambda value: known.get(value.lower(), ()) if known else (value,)
