"""Conditions on columns of JSON text: ``MarketplaceIds = 'X'`` asks whether a list has the element X.

The text of a list never equals one of its elements, so that the comparison as it is written would find nothing and not
say so. Where it cannot be read as a question for an element either, a warning says what to write.
"""

from __future__ import annotations

import re

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from amzsql.catalog.model import Column
from amzsql.sql.collect import Collector
from amzsql.sql.comparisons import is_element
from amzsql.sql.dialect import Node
from amzsql.sql.names import Names, Reference
from amzsql.types import JSON

_LIST = '["VARCHAR"]'
_JSON = re.compile(r'\s*([\[{"]|-?\d|(true|false|null)\s*$)')


def ask_for_elements(names: Names, collector: Collector) -> list[str]:
    """Rewrite the conditions on elements of lists, in place; return a warning for each that can find nothing."""
    warnings: list[str] = []
    for scope in names.scopes:
        for node in list(scope.find_all(exp.EQ, exp.NEQ, exp.In)):
            for column, others in _sides(node):
                found = _described(column, scope, names, collector)
                if found is not None and found[1].type == JSON:
                    if not any(_is_json(other, scope, names, collector) for other in others):
                        warnings += _condition(node, column, others, *found, collector)
                    break
    return warnings


def _sides(node: Node) -> list[tuple[exp.Column, list[Node]]]:
    """Return (column, what it is compared with) for each side of a comparison that is a column."""
    if isinstance(node, exp.In):
        sides = [(node.this, [node.args["query"]] if node.args.get("query") else list(node.expressions))]
    else:
        sides = [(node.this, [node.expression]), (node.expression, [node.this])]
    return [(one.unnest(), others) for one, others in sides if isinstance(one.unnest(), exp.Column) and others]


def _described(column: exp.Column, scope: Scope, names: Names, collector: Collector) -> tuple[Reference, Column] | None:
    place = names.resolve(column, scope)
    return collector.column_of(place[1], place[0]) if place is not None else None


def _is_json(node: Node, scope: Scope, names: Names, collector: Collector) -> bool:
    found = _described(node, scope, names, collector) if isinstance(node, exp.Column) else None
    return found is not None and found[1].type == JSON


def _condition(
    node: Node, tree: exp.Column, others: list[Node], reference: Reference, column: Column, collector: Collector
) -> list[str]:
    name = f"{reference.table.name}.{column.name}"
    if column.elements and any(isinstance(other.unnest(), exp.Column | exp.Query) for other in others):
        return [
            f"{name} is the JSON text of a list, which a column of single values never equals: "
            f"write list_contains(from_json({column.name}, '{_LIST}'), …)."
        ]
    values = [collector.comparisons.constant(other, column) for other in others]
    texts = [value for value in values if isinstance(value, str)]
    if column.elements and texts and all(v is None or is_element(v) for v in values):
        _rewrite(node, tree, [_spelt(v, column) for v in texts], has_null=len(texts) < len(values))
        return []
    return [
        f"{name} is JSON text, which {text!r} never equals: compare a part of it, "
        f"such as json_extract_string({column.name}, '$[0]')."
        for text in texts
        if not _JSON.match(text)
    ]


def _spelt(value: str, column: Column) -> str:
    return next((known for known in column.enum if known.lower() == value.lower()), value)


def _rewrite(node: Node, column: exp.Column, texts: list[str], *, has_null: bool) -> None:
    read = exp.Anonymous(this="from_json", expressions=[column.copy(), exp.Literal.string(_LIST)])
    wanted = exp.Array(expressions=[exp.Literal.string(text) for text in texts])
    found: Node = exp.Anonymous(this="list_has_any", expressions=[read, wanted])
    if has_null:
        found = exp.Or(this=found, expression=exp.Null())
    node.replace(exp.Not(this=exp.Paren(this=found)) if isinstance(node, exp.NEQ) else exp.Paren(this=found))
