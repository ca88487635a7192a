"""Names of result columns that the statement does not name: what is written in their place keeps what it replaced."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import ErrorLevel, exp
from sqlglot.optimizer.scope import Scope

from amzsql.sql.dialect import Node


def unnamed_item(whole: Node, scope: Scope) -> Node | None:
    """Return the item of the block's SELECT that a node stands in, if it has no name."""
    here: Node | None = whole
    while here is not None and here.parent is not scope.expression:
        here = here.parent
    in_list = here is not None and here.arg_key == "expressions" and isinstance(scope.expression, exp.Select)
    return here if in_list and not isinstance(here, exp.Alias | exp.Aliases) else None


def name_item(node: Node, scope: Scope, name: str) -> None:
    """Name the item of a block's SELECT that a node stands in, in place."""
    item = node
    while item.parent is not None and item.parent is not scope.expression:
        item = item.parent
    alias = exp.Alias(this=exp.null(), alias=exp.to_identifier(name, quoted=True))
    item.replace(alias)
    alias.set("this", item)


def engine_name(item: Node, scope: Scope) -> str:
    """Return what the engine would call an item of a block that has no name: ``sum((a * b))``."""
    windows = scope.expression.args.get("windows") or []
    copied = exp.Paren(this=item.copy())
    for window in list(copied.find_all(exp.Window)):
        _spell_window(window, windows)
    for node in reversed(list(copied.find_all(exp.Binary))):
        if not isinstance(node.parent, exp.Paren) and not isinstance(node, exp.Dot):
            node.replace(exp.Paren(this=node.copy()))
    for count in list(copied.find_all(exp.Count)):
        if isinstance(count.this, exp.Star):
            count.replace(exp.Anonymous(this="count_star"))
    for case in copied.find_all(exp.Case):
        case.set("default", exp.Paren(this=case.args["default"]) if case.args.get("default") else exp.null())
        for branch in case.args["ifs"]:
            branch.set("this", exp.Paren(this=branch.this))
            branch.set("true", exp.Paren(this=branch.args["true"]))
    whole = copied if isinstance(item, exp.Binary) else copied.this
    text = str(whole.sql("duckdb", normalize_functions="lower", unsupported_level=ErrorLevel.IGNORE))
    for ours, engines in _SPELLINGS:
        text = text.replace(ours, engines)
    return text


_SPELLINGS = (("coalesce(", "COALESCE("), ("FILTER(WHERE", "FILTER (WHERE"), ("CASE WHEN", "CASE  WHEN"))


def _spell_window(window: exp.Window, windows: Sequence[Node]) -> None:
    """Write a window's definition in the place of its name, in place."""
    name = window.args.get("alias")
    named = next((w for w in windows if name is not None and w.name.lower() == name.name.lower()), None)
    if named is not None:
        window.set("alias", None)
        for part in ("partition_by", "order", "spec"):
            if named.args.get(part) and not window.args.get(part):
                value = named.args[part]
                window.set(part, [v.copy() for v in value] if isinstance(value, list) else value.copy())
