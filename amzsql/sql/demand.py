"""How many of a table's rows are enough for a block with a LIMIT, wherever in the statement it stands.

Owns where a LIMIT reaches a table's rows as they come: through choices of columns and conditions, not through whatever
must see all rows first. Knows nothing of pages or requests.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from amzsql.sql.dialect import Node
from amzsql.sql.names import Names, Reference, branches
from amzsql.sql.stages import is_correlated, number_of

_BLOCKING = ("group", "having", "qualify", "distinct", "order", "laterals", "pivots", "sample", "windows", "joins")
_KINDS = (exp.AggFunc, exp.Window, exp.Query, exp.Unnest, exp.Explode, exp.Pivot, exp.TableSample, exp.Anonymous)


@dataclass(frozen=True, slots=True)
class Demand:
    """The rows of a source that are enough. `filtered`: a condition outside of its block lets only some pass."""

    rows: int
    filtered: bool = False


def demands(names: Names) -> dict[int, Demand]:
    """Return what is enough of each scan, by its number; a scan of which all rows may be needed is not in it."""
    pushed: dict[int, list[Demand | None]] = defaultdict(list)
    found: dict[int, Demand] = {}
    for scope in reversed(names.scopes):
        asked = pushed.get(id(scope), [])
        # A block that is read more than once is computed whole.
        own = _of_block(scope, asked[0] if len(asked) == 1 else None, names)
        for branch in branches(scope):
            pushed[id(branch)].append(own)
        if not isinstance(scope.expression, exp.Select):
            continue
        sources = names.sources(scope).values()
        passed = own if len(sources) == 1 else None
        for source in sources:
            if isinstance(source, Scope):
                where = scope.expression.args.get("where") is not None
                pushed[id(source)].append(passed and Demand(passed.rows, passed.filtered or where))
            elif isinstance(source, Reference) and passed is not None:
                found[source.number] = passed
    return found


def _of_block(scope: Scope, asked: Demand | None, names: Names) -> Demand | None:
    """Return what a block needs of its source, if that comes through as it is read."""
    block = scope.expression
    if not _comes_through(block) or _is_kept(block):
        return None
    limit, offset = number_of(block.args.get("limit")), number_of(block.args.get("offset"))
    if limit == -1 or offset == -1:
        return None
    if limit is None:
        return asked and Demand(asked.rows + (offset or 0), asked.filtered)
    if scope.parent is not None and is_correlated({id(n) for n in block.walk()}, names):
        return None
    fewer = asked is not None and not asked.filtered and asked.rows < limit
    return Demand((asked.rows if asked is not None and fewer else limit) + (offset or 0))


def _comes_through(block: Node) -> bool:
    if isinstance(block, exp.SetOperation):
        plain = isinstance(block, exp.Union) and block.args.get("distinct") is False
        return plain and not block.args.get("order")
    if not isinstance(block, exp.Select) or any(block.args.get(name) for name in _BLOCKING):
        return False
    where = block.args.get("where")
    parts = [*block.expressions, *([where] if where is not None else [])]
    return not any(part.find(*_KINDS) for part in parts)


def _is_kept(block: Node) -> bool:
    """Tell whether a block is computed whole whoever reads it: a recursive CTE, or one that asks to be materialized."""
    cte = block.parent
    if not isinstance(cte, exp.CTE):
        return False
    with_ = cte.parent
    return bool(cte.args.get("materialized")) or (isinstance(with_, exp.With) and bool(with_.recursive))
