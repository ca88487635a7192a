"""A query with further conditions on one of its tables, as data: what a part of it reads may then be said elsewhere.

Knows neither plans nor catalog.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlglot import exp

from amzsql.sql.dialect import Node
from amzsql.sql.statement import Statement, literal


@dataclass(frozen=True, slots=True)
class Condition:
    """What the rows of a table, called `alias` in the statement, must be; `or_null`: those without a value also are.

    Equal to None: without a value.
    """

    alias: str
    column: str
    operator: Literal["=", ">=", "<"]
    value: str | dt.datetime | None
    or_null: bool = False


_OPERATORS: dict[str, type[exp.Binary]] = {"=": exp.EQ, ">=": exp.GTE, "<": exp.LT}


def narrowed(statement: Statement, conditions: Sequence[Condition]) -> Statement:
    """Return a SELECT of one block whose WHERE also has these conditions; `statement` stays as it is."""
    if not conditions:
        return statement
    tree = statement.tree.copy()
    assert isinstance(tree, exp.Select)  # asked of row-local statements only
    before = tree.args.get("where")
    whole = [exp.Paren(this=before.this)] if before is not None else []
    tree.set("where", exp.Where(this=exp.and_(*whole, *map(_written, conditions))))
    return replace(statement, tree=tree)


def _written(condition: Condition) -> Node:
    def column() -> exp.Column:
        return exp.column(
            exp.to_identifier(condition.column, quoted=True), table=exp.to_identifier(condition.alias, quoted=True)
        )

    lacks = exp.Is(this=column(), expression=exp.null())
    if condition.value is None:
        return lacks
    made: Node = _OPERATORS[condition.operator](this=column(), expression=literal(condition.value))
    return exp.paren(exp.or_(made, lacks)) if condition.or_null else made
