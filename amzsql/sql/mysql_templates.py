"""Expressions of amzsql's SQL with places for others: how a function of MySQL's is written out.

Owns how arguments are put into their places, and what a call is called. Must not know any function.
"""

from __future__ import annotations

from functools import cache

import sqlglot
from sqlglot import exp

from amzsql.sql.dialect import Amzsql, Node

_PLACES = "abcd"


@cache
def _parsed(template: str) -> Node:
    return sqlglot.parse_one(template, read=Amzsql)


def written(template: str, *given: Node) -> Node:
    """Return a template whose columns a, b, c and d are the arguments."""
    tree = exp.paren(_parsed(template).copy())
    for column in list(tree.find_all(exp.Column)):
        place = _PLACES.find(column.name)
        if 0 <= place < len(given):
            column.replace(given[place].copy() if _is_plain(given[place]) else exp.paren(given[place].copy()))
    return tree


def _is_plain(node: Node) -> bool:
    return isinstance(node, exp.Literal | exp.Column | exp.Func | exp.Paren)


def called(node: Node) -> tuple[str, list[Node]]:
    """Return the name of a call and its arguments, whether the parser knows the function or not."""
    if isinstance(node, exp.Anonymous):
        return str(node.name).upper(), list(node.expressions)
    if not isinstance(node, exp.Func):
        return "", []
    parts = [node.args.get(key) for key in node.arg_types]
    found = [value for part in parts for value in (part if isinstance(part, list) else [part])]
    return str(node.sql_name()), [value for value in found if isinstance(value, Node)]


def is_text(node: Node | None) -> bool:
    """Tell whether a node is a text that is written out."""
    return isinstance(node, exp.Literal) and bool(node.is_string)
