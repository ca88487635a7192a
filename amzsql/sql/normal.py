"""Bound tree -> the same query in fewer forms, so that names can be told scope by scope.

A CTE's name stands for one thing only, PIVOT and UNPIVOT stand alone in a block of their own, and a table whose columns
are renamed in FROM is a derived table. Nothing here changes what the statement means. Knows of the catalog only which
columns a table has.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable

from sqlglot import exp

from amzsql.catalog.model import Table
from amzsql.sql.dialect import Node, every

_BESIDE = ("joins", "laterals")


def definition(table: exp.Table) -> exp.CTE | None:
    """Return the CTE that a mention in FROM stands for; None for a table."""
    if table.text("db") or not isinstance(table.this, exp.Identifier):
        return None
    node: Node | None = table
    while node is not None and node.parent is not None:
        found = _named(table.name, _visible(node))
        if found is not None:
            return found
        node = node.parent
    return None


def _visible(node: Node) -> list[exp.CTE]:
    """Return the CTEs that a node's parent adds to what can be seen from the node."""
    parent = node.parent
    if isinstance(parent, exp.With):
        before = parent.expressions[: node.index or 0]
        itself = parent.recursive and isinstance(node.this, exp.SetOperation)
        return [*before, node] if itself and isinstance(node, exp.CTE) else before
    with_ = parent and (parent.args.get("with_") or parent.args.get("with"))
    return with_.expressions if isinstance(with_, exp.With) and with_ is not node else []


def _named(name: str, ctes: list[exp.CTE]) -> exp.CTE | None:
    return next((c for c in reversed(ctes) if c.alias.lower() == name.lower()), None)


def name_ctes_apart(tree: exp.Query) -> None:
    """Rename the CTEs that share their name with another one or with a table that is read."""
    ctes = list(every(tree, exp.CTE))
    if not ctes:
        return
    mentions = [(t, definition(t)) for t in every(tree, exp.Table)]
    tables = {t.name.lower() for t, cte in mentions if cte is None}
    taken = Counter(c.alias.lower() for c in ctes)
    new: dict[int, str] = {}
    for cte in ctes:
        name = cte.alias.lower()
        if taken[name] > 1 or name in tables:
            new[id(cte)] = _free(cte.alias, tables, taken)
    for table, found in mentions:
        if found is not None and id(found) in new:
            if not table.alias:
                table.set("alias", _alias(table.this, table.args.get("alias")))
            table.set("this", exp.to_identifier(new[id(found)], quoted=True))
    for cte in ctes:
        if id(cte) in new:
            cte.args["alias"].set("this", exp.to_identifier(new[id(cte)], quoted=True))


def _free(name: str, tables: set[str], taken: Counter[str]) -> str:
    number = 2
    while f"{name}_{number}".lower() in tables or taken[f"{name}_{number}".lower()]:
        number += 1
    taken[f"{name}_{number}".lower()] += 1
    return f"{name}_{number}"


def _alias(name: Node, old: Node | None = None) -> exp.TableAlias:
    columns = [c.copy() for c in old.args.get("columns") or []] if old is not None else []
    return exp.TableAlias(this=name.copy(), columns=columns or None)


def set_apart(tree: exp.Query, find: Callable[[str, str], Table | None]) -> None:
    """Give each PIVOT, and each table with renamed columns, a block of its own."""
    pivoted: dict[int, Node] = {id(p.parent): p.parent for p in every(tree, exp.Pivot) if p.parent is not None}
    for node in pivoted.values():
        if isinstance(node, exp.Table | exp.Subquery):
            _pivot_apart(node, find)
    for table in list(every(tree, exp.Table)):
        if isinstance(table.this, exp.Identifier) and table.alias_column_names:
            _columns_apart(table)
    for subquery in list(every(tree, exp.Subquery)):
        if isinstance(subquery.this, exp.Table) and subquery.alias:
            _joins_apart(subquery)
    _name_derived(tree)


def _name_derived(tree: exp.Query) -> None:
    """Give each derived table without an alias the name that the engine would, so that its columns can be traced."""
    taken = {str(node.alias_or_name).lower() for node in every(tree, exp.Table, exp.Subquery, exp.CTE)}
    names = (f"unnamed_subquery{number}" for number in itertools.chain(("",), itertools.count(2)))
    for subquery in list(every(tree, exp.Subquery)):
        plain = isinstance(subquery.this, exp.Select | exp.SetOperation) and not subquery.args.get("pivots")
        if plain and not subquery.args.get("alias") and isinstance(subquery.parent, exp.From | exp.Join):
            subquery.set("alias", _alias(exp.to_identifier(next(n for n in names if n not in taken))))


_SCHEMAS = ("main", "system", "pg_catalog")


def read_methods(tree: exp.Query) -> None:
    """Make columns of the names before a method, ``OrderStatus.lower()``, and write lambdas as DuckDB 2 does."""
    if "colon" in exp.Lambda.arg_types:  # sqlglot 28; 30 does so by itself
        for function in every(tree, exp.Lambda):
            function.set("colon", True)
    for dot in list(every(tree, exp.Dot)):
        words: list[Node] = []
        node = dot.this
        while isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
            words, node = [node.expression, *words], node.this
        if isinstance(dot.expression, exp.Func) and isinstance(node, exp.Identifier) and node.name not in _SCHEMAS:
            parts = [node, *words][::-1]
            names = ("this", "table", "db", "catalog")
            dot.set("this", exp.Column(**{k: p.copy() for k, p in zip(names, parts, strict=False)}))


def _pivot_apart(node: exp.Table | exp.Subquery, find: Callable[[str, str], Table | None]) -> None:
    pivots = node.args["pivots"]
    items = _read_by(pivots, node, find) if isinstance(node, exp.Table) else []
    alias = pivots[-1].args.get("alias")
    pivots[-1].set("alias", None)
    node.set("pivots", None)
    outer = exp.Subquery(alias=alias, **_take_beside(node))
    node.replace(outer)
    source: Node = node
    if isinstance(node, exp.Table):
        name = node.args["alias"].this if node.alias else node.this
        source = exp.Subquery(this=exp.select(*items).from_(node, copy=False), alias=_alias(name))
    source.set("pivots", pivots)
    outer.set("this", exp.select("*").from_(source, copy=False))


def _take_beside(node: Node) -> dict[str, list[Node]]:
    """Take what is joined to a source off it."""
    found = {name: node.args[name] for name in _BESIDE if node.args.get(name)}
    for name in found:
        node.set(name, None)
    return found


def _read_by(pivots: list[exp.Pivot], source: exp.Table, find: Callable[[str, str], Table | None]) -> list[Node]:
    """Return the columns of a table that its pivots read: by default all that ``*`` has."""
    table = None
    if definition(source) is None and isinstance(source.this, exp.Identifier):
        table = find(source.text("db"), source.name)
    names = {c.name.lower() for p in pivots for c in p.find_all(exp.Column)}
    named = [c for c in table.columns if c.name.lower() in names] if table is not None else []
    group = pivots[0].args.get("group")
    if len(pivots) == 1 and group is not None and len(named) == len(names) and not _is_wide(pivots[0]):
        return [exp.column(exp.to_identifier(c.name, quoted=True)) for c in named]
    return [exp.Star(), *(exp.column(exp.to_identifier(c.name, quoted=True)) for c in named if c.hidden)]


def _is_wide(pivot: exp.Pivot) -> bool:
    """Tell whether a pivot names columns by a pattern."""
    stars = [s for s in pivot.find_all(exp.Star) if not isinstance(s.parent, exp.Count)]
    functions = [f for f in pivot.find_all(exp.Anonymous) if f.name.lower() == "columns"]
    return bool(stars or functions or pivot.find(exp.Columns))


def _columns_apart(table: exp.Table) -> None:
    alias = table.args["alias"]
    table.set("alias", None)
    outer = exp.Subquery(alias=alias, **_take_beside(table))
    table.replace(outer)
    outer.set("this", exp.select("*").from_(table, copy=False))


def _joins_apart(subquery: exp.Subquery) -> None:
    """Write ``(a JOIN b …) AS c`` as a derived table: its sources cannot be seen from outside."""
    subquery.set("this", exp.select("*").from_(subquery.this, copy=False))
