"""How many of a table's rows are enough for a block with a LIMIT, wherever in the statement it stands.

Owns where a LIMIT reaches a table's rows as they come: through choices of columns and conditions, not through whatever
must see all rows first; and of which order a block takes the first rows. Knows nothing of pages or requests.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from amzsql.catalog.model import Column
from amzsql.sql.dialect import Node
from amzsql.sql.names import Names, Reference, branches, is_star
from amzsql.sql.stages import is_correlated, number_of

Lineage = Callable[[Reference | Scope | None, str], tuple[Reference, Column] | None]
"""(source, lower-case column) -> the table's column that it is, if it passes through unchanged."""

_BLOCKING = ("group", "having", "qualify", "distinct", "order", "laterals", "pivots", "sample", "windows", "joins")
_KINDS = (exp.AggFunc, exp.Window, exp.Query, exp.Unnest, exp.Explode, exp.Pivot, exp.TableSample, exp.Anonymous)


@dataclass(frozen=True, slots=True)
class Demand:
    """The rows of a source that are enough. `filtered`: a condition outside of its block lets only some pass."""

    rows: int
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class Top:
    """The first `rows` rows of a source by one of its columns are all that its block takes.

    `ties`: further terms of the ORDER BY choose among rows that are equal in it.
    """

    column: str
    descending: bool
    nulls_first: bool
    rows: int
    ties: bool = False


def tops(names: Names, column_of: Lineage) -> dict[int, Top]:
    """Return of which order the first rows are enough of each scan, by its number: ``… FROM t ORDER BY c LIMIT n``."""
    readers = Counter(id(s) for scope in names.scopes for s in names.sources(scope).values())
    found: dict[int, Top] = {}
    for scope in names.scopes:
        order = scope.expression.args.get("order")
        if order is None:
            continue
        reference = _behind(scope, names, readers)
        top = _top(scope, reference, order.expressions, names, column_of) if reference is not None else None
        if reference is not None and top is not None:
            found[reference.number] = top
    return found


def _behind(scope: Scope, names: Names, readers: Mapping[int, int]) -> Reference | None:
    """Return the scan whose rows a block gets one by one, whatever blocks lie between; None if there is none."""
    sources = list(names.sources(scope).values())
    source = sources[0] if len(sources) == 1 else None
    while isinstance(source, Scope):
        block, sources = source.expression, list(names.sources(source).values())
        whole = block.args.get("limit") is None and block.args.get("offset") is None
        through = whole and _is_plain(block) and not _is_kept(block) and readers[id(source)] == 1
        # A condition outside of the block that reads the table is not among those that are known of it.
        if not through or len(sources) != 1 or scope.expression.args.get("where") is not None:
            return None
        scope, source = source, sources[0]
    return source if isinstance(source, Reference) else None


def _top(scope: Scope, reference: Reference, terms: list[Node], names: Names, column_of: Lineage) -> Top | None:
    block = scope.expression
    limit, offset = number_of(block.args.get("limit")), number_of(block.args.get("offset"))
    if limit is None or limit < 1 or offset == -1 or not _is_plain(block, but="order"):
        return None
    if any(term.find(*_KINDS) for term in terms):
        return None
    if scope.parent is not None and is_correlated({id(n) for n in block.walk()}, names):
        return None
    term = _sorted_by(terms[0].this, block.expressions) if isinstance(terms[0], exp.Ordered) else None
    place = names.resolve(term, scope) if term is not None else None
    found = column_of(place[1], place[0]) if place is not None else None
    if found is None or found[0] is not reference:
        return None
    descending, nulls_first = bool(terms[0].args.get("desc")), bool(terms[0].args.get("nulls_first"))
    return Top(found[1].name, descending, nulls_first, limit + (offset or 0), ties=len(terms) > 1)


def _sorted_by(term: Node, items: list[Node]) -> exp.Column | None:
    """Return the column that a term of ORDER BY is: by its name, by an alias or by its place among the items."""
    if isinstance(term, exp.Literal) and not term.is_string:
        place = int(term.name) - 1 if term.name.isdigit() else -1
        if not 0 <= place < len(items) or any(is_star(i) for i in items[: place + 1]):
            return None
        term = items[place].unalias()
    elif isinstance(term, exp.Column) and not term.table:
        if any(item.find(exp.Columns) or _renames(item) for item in items):
            return None
        # An alias goes before a column of that name.
        aliased = [i for i in items if isinstance(i, exp.Alias) and i.alias.lower() == term.name.lower()]
        term = aliased[0].unalias() if aliased else term
    return term if isinstance(term, exp.Column) else None


def _renames(item: Node) -> bool:
    """Tell whether a star gives other values under a column's name: ``* REPLACE (…)``, ``* RENAME (…)``."""
    star = item.find(exp.Star)
    return star is not None and any(star.args.get(a) for a in ("replace", "rename"))


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
    return _is_plain(block)


def _is_plain(block: Node, but: str = "") -> bool:
    """Tell whether a block gives for each row of its source one row or none, each by itself (`but` one part aside)."""
    if not isinstance(block, exp.Select) or any(block.args.get(name) for name in _BLOCKING if name != but):
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
