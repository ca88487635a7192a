"""Blocks that only add up one table's rows: by what, and which columns, so that Amazon may add up in their place.

A block of sums gives the same whether its rows come one by one or added up already, as long as nothing else of a row
is read than what the sums are grouped by. Knows nothing of which figures may be added up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from amzsql.sql.currency import BIT, MIXED
from amzsql.sql.dialect import Node
from amzsql.sql.names import Names, Reference

_OTHERS = ("distinct", "qualify", "windows", "joins", "laterals", "pivots", "sample")
# By which functions sums over money are watched for several currencies: equal rows change nothing of them.
_WATCH = frozenset(("MIN", "MAX", "BIT_OR"))
_COMPARED = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_TRUNCATED = (exp.DateTrunc, exp.TimestampTrunc)
# What is the same of all days of a month.
_OF_MONTHS = frozenset(("MONTH", "QUARTER", "YEAR"))


@dataclass(frozen=True, slots=True)
class Grouping:
    """What a block of sums reads of its one table: `summed` columns, and `keys` that are read as they are.

    `months`: columns of which only the month, quarter or year is read; `filtered`: those of its conditions, and
    `compared` those of them that these only compare with constants.
    """

    summed: frozenset[str]
    keys: frozenset[str]
    months: frozenset[str]
    filtered: frozenset[str]
    compared: frozenset[str]


def groupings(names: Names, wanted: Callable[[Reference], bool]) -> dict[int, Grouping]:
    """Return the grouping of each wanted scan that is alone in a block of sums, by its number."""
    found: dict[int, Grouping] = {}
    for scope in names.scopes:
        sources = list(names.sources(scope).values())
        source = sources[0] if len(sources) == 1 else None
        if isinstance(source, Reference) and wanted(source):
            grouping = _grouping(scope, source, names)
            if grouping is not None:
                found[source.number] = grouping
    return found


def _grouping(scope: Scope, source: Reference, names: Names) -> Grouping | None:
    block = scope.expression
    if not isinstance(block, exp.Select) or any(block.args.get(name) for name in _OTHERS) or source.star:
        return None
    group = block.args.get("group")
    if group is not None and any(group.args.get(name) for name in ("rollup", "cube", "grouping_sets")):
        return None
    inside = [node for node in block.walk() if node is not block]
    if any(isinstance(node, exp.Query | exp.Window) or _is_other(node) for node in inside):
        return None
    found: dict[str, set[str]] = {kind: set() for kind in ("summed", "keys", "months", "filtered", "told")}
    for column in scope.find_all(exp.Column):
        place = names.resolve(column, scope)
        known = source.table.column(place[0]) if place is not None and place[1] is source else None
        kind = _use(column, block) if known is not None else ""
        if kind is None:
            return None
        if known is not None and kind:
            found[kind].add(known.name)
    if not found["summed"] or (group is None and (found["keys"] or found["months"])):
        return None
    by_name = {c.name: c for c in source.table.columns}
    if not found["told"] <= {by_name[name].currency for name in found["summed"]} | found["summed"]:
        return None
    summed, keys, months, filtered = (frozenset(found[kind]) for kind in ("summed", "keys", "months", "filtered"))
    return Grouping(summed, keys, months, filtered, filtered - _judged(block, scope, source, names))


def _judged(block: exp.Select, scope: Scope, source: Reference, names: Names) -> set[str]:
    """Return the columns of a block's conditions that these do more with than compare them with constants."""
    where = block.args.get("where")
    found: set[str] = set()
    for part in _conjuncts(where.this) if where is not None else ():
        columns = list(part.find_all(exp.Column))
        if isinstance(part, _COMPARED) and len(columns) == 1 and part.this.unnest() is columns[0]:
            continue
        places = (names.resolve(column, scope) for column in columns)
        known = (source.table.column(place[0]) for place in places if place is not None and place[1] is source)
        found |= {column.name for column in known if column is not None}
    return found


def _conjuncts(condition: Node) -> Iterator[Node]:
    bare = condition.unnest()
    if isinstance(bare, exp.And):
        yield from _conjuncts(bare.left)
        yield from _conjuncts(bare.right)
    else:
        yield bare


def _is_watch(node: Node | None) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.upper() in _WATCH


def _is_other(node: Node) -> bool:
    """Tell whether a node is an aggregate, or may be one, that is no sum."""
    if isinstance(node, exp.Anonymous):
        return node.name.upper() not in (*_WATCH, MIXED, BIT)
    return isinstance(node, exp.AggFunc) and not isinstance(node, exp.Sum)


def _unit(node: Node | None) -> str:
    """Return to what a node cuts a day, or which part of it it takes; "" if it does neither."""
    if isinstance(node, _TRUNCATED):
        return str(node.args["unit"].name).upper()
    if isinstance(node, exp.Extract):
        return str(node.this.name).upper()
    return type(node).__name__.upper() if isinstance(node, exp.Month | exp.Quarter | exp.Year) else ""


def _use(column: exp.Column, block: Node) -> str | None:
    """Return what a column is read for; None if for something that rows which are added up do not have."""
    if (where := block.args.get("where")) is not None and column.find_ancestor(exp.Where) is where:
        return "filtered"
    above = column.parent
    while isinstance(above, exp.Paren):
        above = above.parent
    if isinstance(above, exp.Sum):
        return None if isinstance(above.parent, exp.Filter) else "summed"
    if _unit(above) in _OF_MONTHS:
        return "months"
    while above is not None and above is not block:
        if isinstance(above, exp.Sum):
            return None
        if _is_watch(above):
            return "told"
        above = above.parent
    return "keys"
