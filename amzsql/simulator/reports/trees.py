"""Columns as a tree: what JSON and XML nest is written as a path, `a.b[].c`; a row fills the tree.

Owns the nesting and the children of a row; knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from amzsql.simulator.world import local_price

from . import orders
from .facts import Column
from .fields import cell_of
from .scope import ABSENT, Cents, Field, Fields, Row, Scope, plain

# What XML repeats without saying so in the path.
REPEATED = frozenset({"OrderItem", "Item", "Component", "Fee"})
Children = Callable[[Scope, Row], Iterable[Row]]


@dataclass(slots=True)
class Node:
    """A place in the tree: a value (`made`) of a kind, or a branch; `many` says that it is a list."""

    many: bool = False
    kind: str = ""
    made: Field | None = None
    branches: dict[str, Node] = field(default_factory=dict)


def tree(columns: Iterable[Column], known: Fields, *, repeats: frozenset[str] = frozenset()) -> Node:
    """Return the tree of some columns; `repeats` names branches that are lists without `[]`."""
    root = Node()
    for column in columns:
        at = root
        for part in column.name.split("."):
            name = part.removesuffix("[]")
            at = at.branches.setdefault(name, Node())
            at.many = at.many or part.endswith("[]") or name in repeats
        at.kind, at.made = column.kind, cell_of(column, known)
    return root


def filled(node: Node, scope: Scope, row: Row, value: Callable[[object, str], object], name: str = "") -> object:
    """Return what a row makes of a node: values through `value`, branches as dictionaries, lists as lists."""
    if node.made is not None:
        found = node.made(scope, row)
        if node.many:
            return [value(v, node.kind) for v in (found if isinstance(found, tuple) else (found,))]
        return value(found, node.kind)
    if node.many:
        return [_branches(node, scope, child, value) for child in children(name, scope, row)]
    if row.values.get(plain(name)) is ABSENT:
        return ABSENT
    return _branches(node, scope, row, value)


def _branches(node: Node, scope: Scope, row: Row, value: Callable[[object, str], object]) -> dict[str, object]:
    found = ((name, filled(child, scope, row, value, name)) for name, child in node.branches.items())
    return {name: inner for name, inner in found if inner is not ABSENT}


def children(name: str, scope: Scope, row: Row) -> Iterator[Row]:
    """Yield the rows of a list in a row: what is declared, else two products of the marketplace."""
    declared = _CHILDREN.get(name)
    if declared is not None:
        yield from declared(scope, row)
        return
    for n in range(2):
        number = (row.number * 2 + n) * 7 % scope.world.sku_count
        sku = scope.world.sku(number)
        dated = {k: v for k, v in row.values.items() if k.endswith("date")}
        yield row._replace(number=number, sku=sku, price=local_price(sku, row.market), values=dated)


def _lines(scope: Scope, row: Row) -> Iterator[Row]:
    """The lines of an order, as its first line has them."""
    if row.values:
        yield from orders.beside(scope, row)
        return
    yield from orders.rows_of(scope.book, row.head, row.at)


def _components(_: Scope, row: Row) -> Iterator[Row]:
    item = row.item
    named = (
        ("Principal", item.price),
        ("Tax", item.tax),
        ("Shipping", item.shipping),
        ("ShippingTax", item.shipping_tax),
    )
    for name, cents in named:
        if cents or name == "Principal":
            yield row._replace(values={plain("Component.Type"): name, plain("Amount.value"): Cents(cents)})


def _fees(_: Scope, row: Row) -> Iterator[Row]:
    yield row._replace(
        values={plain("Fee.Type"): "Commission", plain("Amount.value"): Cents(-row.item.price * 15 // 100)}
    )


def _same(_: Scope, row: Row) -> Iterator[Row]:
    yield row


_CHILDREN: Mapping[str, Children] = MappingProxyType(
    {"OrderItem": _lines, "Item": _lines, "Component": _components, "Fee": _fees, "coupons": _same}
)
