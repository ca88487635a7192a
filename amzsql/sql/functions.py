"""The functions that amzsql adds to DuckDB's, as nodes of the tree: what they are called and what they take.

The engine has them as macros. Knows nothing of tables or zones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from amzsql.errors import ProgrammingError, nearest

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node
else:
    Node = exp.Expression

# Parts of a time, the shortest first, by the names that are understood.
PARTS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century", "millennium")
_DATE_USAGE = "MARKETPLACE_DATE takes a time and a marketplace: MARKETPLACE_DATE(PurchaseDate, MarketplaceId)."
_TRUNC_USAGE = (
    "MARKETPLACE_TRUNC takes a part, a time and a marketplace: MARKETPLACE_TRUNC('month', PurchaseDate, MarketplaceId)."
)


class MarketplaceDate(exp.ConvertTimezone):
    """``MARKETPLACE_DATE(time, marketplace)``: the calendar date there."""

    arg_types = {"this": True, "expression": True}
    _sql_names = ["MARKETPLACE_DATE"]


class MarketplaceTrunc(exp.ConvertTimezone):
    """``MARKETPLACE_TRUNC(part, time, marketplace)``: the local time there, cut to a part; it has no zone."""

    arg_types = {"unit": True, "this": True, "expression": True}
    _sql_names = ["MARKETPLACE_TRUNC"]


LOCAL = (MarketplaceDate, MarketplaceTrunc)


def marketplace_date(args: list[Node]) -> Node:
    """Read the arguments of MARKETPLACE_DATE. Raises ProgrammingError."""
    if len(args) != 2:
        raise ProgrammingError(_DATE_USAGE)
    return MarketplaceDate(this=args[0], expression=args[1])


def marketplace_trunc(args: list[Node]) -> Node:
    """Read the arguments of MARKETPLACE_TRUNC; the part is a bare word or a text. Raises ProgrammingError."""
    if len(args) != 3:
        raise ProgrammingError(_TRUNC_USAGE)
    part = args[0].name.lower()
    plain = isinstance(args[0], exp.Column | exp.Literal | exp.Var)
    if not plain or part.removesuffix("s") not in PARTS:
        raise ProgrammingError(f"{args[0].sql()} is no part of a time.{nearest(part, PARTS)} {_TRUNC_USAGE}")
    return MarketplaceTrunc(unit=exp.Literal.string(part.removesuffix("s")), this=args[1], expression=args[2])


FUNCTIONS: dict[str, Any] = {"MARKETPLACE_DATE": marketplace_date, "MARKETPLACE_TRUNC": marketplace_trunc}
