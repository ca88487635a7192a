"""Blocks of which LIMIT picks the rows: what of a statement may be run first, once, so that its rows' keys bind scans.

Owns which blocks these are and how a tree is cut at them. Each becomes a statement of its own, and what is left reads
its result in the block's place. Knows nothing of domains, costs or requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from amzsql.sql.dialect import Node
from amzsql.sql.names import Names, Reference
from amzsql.sql.normal import definition
from amzsql.sql.statement import FROM_ARGUMENT

WITH_ARGUMENT = "with_" if "with_" in exp.Select.arg_types else "with"
COPY = "copy of a CTE"
_STAGE, _MOVED = "stage", "moved"
_PLAIN = frozenset(("expressions", FROM_ARGUMENT, "where", "order", "limit", "offset", WITH_ARGUMENT, "kind"))
# What in a SELECT's list needs all rows, or makes several of one: then LIMIT cannot come before it.
_BLOCKING = (exp.AggFunc, exp.Window, exp.Unnest, exp.Explode, exp.Anonymous, exp.Columns)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A block that may be run first. `number` is below zero, -1 the first; mentions of one CTE have one number.

    `columns`: its result's lower-case names; `rows`: at most so many; `ctes`: those around it that it alone reads;
    `references`: the numbers of the scans inside.
    """

    number: int
    scope: Scope
    alias: str
    columns: tuple[str, ...]
    rows: int
    ctes: tuple[exp.CTE, ...]
    references: frozenset[int]


def number_of(limit: Node | None) -> int | None:
    """Return the number of a LIMIT or OFFSET, None if there is none, -1 if it is no plain number."""
    if limit is None:
        return None
    value = limit.expression
    if limit.args.get("limit_options") is not None:
        return -1  # LIMIT 50 PERCENT
    if isinstance(value, exp.Literal) and not value.is_string and value.name.isdigit():
        return int(value.name)
    return -1


# -- which -----------------------------------------------------------------------------------------------------------


def candidates(tree: exp.Query, names: Names) -> list[Candidate]:
    """Return the blocks inside a statement that have a LIMIT of their own and hang on nothing around them."""
    found: list[Candidate] = []
    copies: dict[str, int] = {}
    for scope in names.scopes:
        block = scope.expression
        rows = number_of(block.args.get("limit")) if isinstance(block, exp.Query) and block is not tree else None
        if rows is None or rows < 0:
            continue
        ctes = _read_ctes(block, tree)
        inside = _inside(block, ctes or [])
        columns = tuple(names.outputs(scope) or ())
        read = [r for r in names.references if id(r.node) in inside]
        references = frozenset(r.number for r in read)
        if ctes is None or not any(r.table.paths for r in read) or not columns or len(set(columns)) < len(columns):
            continue
        if is_correlated(inside, names):
            continue
        copied, alias = _named(block)
        number = copies.setdefault(alias, -1 - len(found)) if copied else -1 - len(found)
        found.append(Candidate(number, scope, alias, columns, rows, tuple(ctes), references))
    return found


def _named(block: Node) -> tuple[bool, str]:
    """Return whether a block is a copy of a CTE, and what the statement calls it."""
    parent = block.parent
    copied = parent.meta.get(COPY) if isinstance(parent, exp.Subquery) else None
    own = parent.alias if isinstance(parent, exp.Subquery | exp.CTE) else ""
    return copied is not None, str(copied or own or "subquery")


def _inside(block: Node, ctes: list[exp.CTE]) -> set[int]:
    return {id(node) for root in (block, *ctes) for node in root.walk()}


def _read_ctes(block: Node, tree: exp.Query) -> list[exp.CTE] | None:
    """Return the CTEs around a block that it reads, in their order; None if it cannot be run without the others.

    That is so inside a recursive CTE, and where somebody else reads one of them too.
    """
    found: dict[int, exp.CTE] = {}
    waiting = [block]
    while waiting:
        root = waiting.pop()
        with_ = root.find_ancestor(exp.With)
        if with_ is not None and with_.recursive:
            return None
        for table in root.find_all(exp.Table):
            cte = definition(table)
            if cte is None or id(cte) in found or _stands_in(cte, block):
                continue
            if _mentions(cte, tree) > 1:
                return None
            found[id(cte)] = cte
            waiting.append(cte)
    return [c for c in tree.find_all(exp.CTE) if id(c) in found]


def _stands_in(node: Node, root: Node) -> bool:
    here: Node | None = node
    while here is not None and here is not root:
        here = here.parent
    return here is root


def _mentions(cte: exp.CTE, tree: exp.Query) -> int:
    return sum(1 for t in tree.find_all(exp.Table) if t.name.lower() == cte.alias.lower() and definition(t) is cte)


def is_correlated(inside: set[int], names: Names) -> bool:
    """Tell whether a block may name a column of what stands around it."""
    for inner in names.scopes:
        if id(inner.expression) in inside:
            for column in inner.find_all(exp.Column):
                if id(column) in inside and _comes_from_outside(column, inner, inside, names):
                    return True
    return False


def _comes_from_outside(column: exp.Column, inner: Scope, inside: set[int], names: Names) -> bool:
    here: Scope | None = inner
    while here is not None:
        sources = names.sources(here)
        known = names.source_name(column, here) is not None
        row = not column.table and column.name.lower() in sources
        if known or row:
            return id(here.expression) not in inside
        here = here.parent
    return False


# -- setting apart -----------------------------------------------------------------------------------------------------


def set_limited_apart(names: Names) -> bool:
    """Give the rows that a LIMIT picks a block of their own, where subqueries of the SELECT's list hang on each row.

    ``SELECT a, (SELECT … WHERE b = t.a) FROM t ORDER BY c LIMIT 3`` becomes
    ``SELECT a, (…) FROM (SELECT a, c FROM t ORDER BY c LIMIT 3) AS t ORDER BY c LIMIT 3``. True if anything was
    changed; the names must be read again then.
    """
    changed = False
    for scope in names.scopes:
        reference = _sole_source(scope, names)
        if reference is not None and _is_picked_first(scope, reference, names):
            _limited_apart(scope, reference)
            changed = True
    return changed


def _sole_source(scope: Scope, names: Names) -> Reference | None:
    select = scope.expression
    if not isinstance(select, exp.Select) or (number_of(select.args.get("limit")) or 0) < 1:
        return None
    if any(value and name not in _PLAIN for name, value in select.args.items()):
        return None
    sources = list(names.sources(scope).values())
    source = sources[0] if len(sources) == 1 else None
    return source if isinstance(source, Reference) and source.table.paths else None


def _is_picked_first(scope: Scope, reference: Reference, names: Names) -> bool:
    """Tell whether WHERE, ORDER BY and LIMIT hang on the source alone, and a subquery of the list on its rows."""
    select = scope.expression
    items = select.expressions
    where, order = select.args.get("where"), select.args.get("order")
    if (where is not None and where.find(exp.Query, *_BLOCKING)) or (reference.star and _hidden(reference)):
        return False
    if order is not None and not all(_is_of_source(o, scope, names) for o in order.expressions):
        return False
    if any(isinstance(n, _BLOCKING) for item in items for n in _outside_queries(item)):
        return False
    hanging = [c for inner in names.scopes for c in inner.find_all(exp.Column) if _hangs_on(c, inner, scope, names)]
    # An aggregate of the outer row's columns is one of the outer block's, over all rows that LIMIT leaves out.
    return bool(hanging) and not any(c.find_ancestor(*_BLOCKING) is not None for c in hanging)


def _hidden(reference: Reference) -> bool:
    return any(c.hidden for c in reference.used.values())


def _outside_queries(item: Node) -> Iterator[Node]:
    """Yield the nodes of an item but for those inside its subqueries."""
    yield from item.walk(prune=lambda node: isinstance(node, exp.Query))


def _is_of_source(ordered: Node, scope: Scope, names: Names) -> bool:
    aliases = {i.alias.lower() for i in scope.expression.expressions if isinstance(i, exp.Alias)}
    columns = list(ordered.find_all(exp.Column))
    if not columns or ordered.find(exp.Query, *_BLOCKING):
        return False
    return all(names.source_name(c, scope) and (c.table or c.name.lower() not in aliases) for c in columns)


def _hangs_on(column: exp.Column, inner: Scope, outer: Scope, names: Names) -> bool:
    """Tell whether a column inside a subquery is one of the outer block's source."""
    here: Scope | None = inner
    while here is not None and here is not outer:
        if names.source_name(column, here) is not None:
            return False
        here = here.parent
    return here is outer and inner is not outer and names.source_name(column, outer) is not None


def _limited_apart(scope: Scope, reference: Reference) -> None:
    select = scope.expression
    chosen = [exp.column(exp.to_identifier(c.name, quoted=True)) for c in reference.columns]
    picked = exp.Select(expressions=[exp.Star()] if reference.star else chosen)
    picked.set(FROM_ARGUMENT, select.args[FROM_ARGUMENT].copy())
    for name in ("where", "order", "limit", "offset"):
        if select.args.get(name) is not None:
            picked.set(name, select.args[name].copy())
    alias = exp.TableAlias(this=exp.to_identifier(reference.alias, quoted=True))
    select.set(FROM_ARGUMENT, exp.From(this=exp.Subquery(this=picked, alias=alias)))
    select.set("where", None)
    select.set("offset", None)


# -- cutting -----------------------------------------------------------------------------------------------------------


def outermost(found: list[Candidate], used: Mapping[int, set[int]]) -> list[Candidate]:
    """Return the candidates whose keys bind a scan outside of them, without those inside of others.

    `used`: by a candidate's number, the scans that its keys bind.
    """
    wanted = [c for c in found if used.get(c.number, set()) - c.references]
    roots = [c for c in wanted if not any(c is not o and _holds(o, c) for o in wanted)]
    return [replace(c, number=_place(c, roots)) for c in roots]


def _place(candidate: Candidate, roots: list[Candidate]) -> int:
    numbers = list(dict.fromkeys(c.number for c in roots))
    return -1 - numbers.index(candidate.number)


def _holds(outer: Candidate, inner: Candidate) -> bool:
    return any(_stands_in(inner.scope.expression, root) for root in (outer.scope.expression, *outer.ctes))


def alone(candidate: Candidate) -> exp.Query:
    """Return a block as a statement of its own, with the CTEs that it reads."""
    tree = candidate.scope.expression.copy()
    assert isinstance(tree, exp.Query)  # a candidate is a block
    if candidate.ctes:
        own = tree.args.get(WITH_ARGUMENT)
        before = [cte.copy() for cte in candidate.ctes]
        tree.set(WITH_ARGUMENT, exp.With(expressions=[*before, *(own.expressions if own is not None else [])]))
    return tree


def mark(found: list[Candidate]) -> None:
    """Mark the blocks and what goes with them, so that `without` finds them in a copy of the tree."""
    for candidate in found:
        candidate.scope.expression.meta[_STAGE] = candidate.number
        for cte in candidate.ctes:
            cte.meta[_MOVED] = True


def without(tree: exp.Query) -> exp.Query:
    """Return a copy of a marked tree that reads the marked blocks' results in their place."""
    copied: exp.Query = tree.copy()
    for block in [n for n in copied.walk() if isinstance(n, exp.Query) and _STAGE in n.meta]:
        table = exp.Table(this=exp.to_identifier(name_of(block.meta[_STAGE]), quoted=True))
        block.replace(exp.select("*").from_(table, copy=False))
    for cte in [n for n in copied.find_all(exp.CTE) if n.meta.get(_MOVED)]:
        with_ = cte.parent
        cte.pop()
        if isinstance(with_, exp.With) and not with_.expressions:
            with_.pop()
    return copied


def name_of(number: int) -> str:
    """Return a stage's name in the engine."""
    return f"stage_{-1 - number}"
