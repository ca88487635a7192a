"""What MySQL means by what both dialects can say: the tree of its statement -> one that means the same here.

Owns the backslash of LIKE, HAVING without groups, and names that are alike in any case. Must not know sessions nor
which tables there are.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from amzsql.sql.dialect import Node


def _part(node: Node, name: str) -> Node:
    part = node.args[name]
    assert isinstance(part, Node)  # a cast, an introducer and a collation are of something
    return part


def everywhere(tree: Node, change: Callable[[Node], Node]) -> Node:
    """Return a tree in which each node is changed, inner ones first."""
    for node in reversed(list(tree.walk())):
        changed = change(node)
        if changed is not node and node is not tree:
            node.replace(changed)
        elif changed is not node:
            tree = changed
    return tree


def meant(node: Node) -> Node:
    """Return a node as MySQL means it."""
    if isinstance(node, exp.Like | exp.ILike) and _has_backslash(node):
        return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))
    if isinstance(node, exp.Cast) and _plain_cast(node):
        return _part(node, "this")
    if isinstance(node, exp.Introducer):
        return _part(node, "expression")
    if isinstance(node, exp.Collate):
        alike = str(node.expression.name).lower().endswith("_ci")
        return exp.Collate(this=node.this.copy(), expression=exp.var("NOCASE")) if alike else _part(node, "this")
    if isinstance(node, exp.Upper | exp.Lower) and isinstance(node.this, exp.Case | exp.If):
        return type(node)(this=exp.cast(node.this.copy(), "text"))
    return node


def _has_backslash(like: Node) -> bool:
    """Tell whether a backslash stands before something in a pattern that names no other character for that."""
    texts = (text for text in like.expression.find_all(exp.Literal) if text.is_string)
    return not isinstance(like.parent, exp.Escape) and any("\\" in str(text.name) for text in texts)


def _plain_cast(cast: Node) -> bool:
    """Tell whether a cast says only how texts are compared or spelt: BINARY x, CONVERT(x USING utf8mb4)."""
    kind = cast.args["to"]
    if isinstance(kind, exp.CharacterSet) or getattr(kind.this, "name", "") == "CHARACTER_SET":
        return True
    return bool(kind.is_type("binary")) and not kind.expressions


def without_groups(tree: Node) -> None:
    """Move a HAVING that no grouping stands before into WHERE: it may name the columns of the result."""
    for select in tree.find_all(exp.Select):
        having = select.args.get("having")
        if (
            having is None
            or select.args.get("group")
            or any(i.find(exp.AggFunc) for i in (*select.expressions, having))
        ):
            continue
        named = {item.alias.lower(): item.this for item in select.expressions if isinstance(item, exp.Alias)}
        select.set("having", None)
        for column in list(having.find_all(exp.Column)):
            if not column.table and column.name.lower() in named:
                column.replace(exp.paren(named[column.name.lower()].copy()))
        select.where(having.this, copy=False)


def in_any_case(tree: Node) -> None:
    """Compare texts without their case, as information_schema does, wherever one of them is written out."""
    for like in list(tree.find_all(exp.Like)):
        like.replace(exp.ILike(this=like.this, expression=like.expression))
    for node in list(tree.find_all(exp.EQ, exp.NEQ, exp.NullSafeEQ)):
        if _is_text(node.this) or _is_text(node.expression):
            node.set("this", _lowered(node.this))
            node.set("expression", _lowered(node.expression))
    for among in list(tree.find_all(exp.In)):
        if any(_is_text(value) for e in among.expressions for value in (e.expressions or [e])):
            among.set("this", _lowered(among.this))
            among.set("expressions", [_lowered(e) for e in among.expressions])
    for case in list(tree.find_all(exp.Case)):
        if case.this and any(_is_text(i.this) for i in case.args["ifs"]):
            case.set("this", _lowered(case.this))
            for branch in case.args["ifs"]:
                branch.set("this", _lowered(branch.this))


def _is_text(node: Node) -> bool:
    return isinstance(node, exp.Literal) and bool(node.is_string)


def _lowered(node: Node) -> Node:
    if isinstance(node, exp.Tuple):
        return exp.Tuple(expressions=[_lowered(part) for part in node.expressions])
    if _is_text(node):
        return exp.Literal.string(str(node.name).lower())
    return node if isinstance(node, exp.Null | exp.Lower) else exp.Lower(this=exp.cast(node.copy(), "text"))
