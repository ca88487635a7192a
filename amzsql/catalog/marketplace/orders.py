"""MWS's Orders and OrderItems: the columns that Orders v0 took over from it, whichever version answers."""

from __future__ import annotations

from dataclasses import replace

from amzsql import spapi
from amzsql.catalog.columns import leaves
from amzsql.catalog.marketplace import SCHEMAS
from amzsql.catalog.model import AccessPath, Branch, Entry, Parent
from amzsql.catalog.selling_partner.orders import CARRIED, INHERITED
from amzsql.catalog.selling_partner.orders import ORDER_ITEMS as ITEMS_NOW
from amzsql.catalog.selling_partner.orders import ORDERS as ORDERS_NOW


def _old(path: AccessPath, known: frozenset[str]) -> AccessPath:
    """Return a path with the columns of those names only."""
    if path.operation.startswith("ordersV0."):
        return path
    row = spapi.operation(path.operation).row_path if path.row_path is None else path.row_path
    only = Branch(row, path.names, path.extra, only=tuple(sorted(known)))
    return replace(path, row_path=None, names=(), extra=(), branches=(only,))


def _as_then(entry: Entry, api: str, kept: tuple[str, ...] = ()) -> Entry:
    """Return a table of today's with what an operation of Orders v0 answers, and the columns `kept`."""
    operation = spapi.operation(f"ordersV0.{api}")
    known = frozenset((*kept, *(name for _, name, _, _ in leaves(operation, operation.row_path))))
    paths = tuple(_old(path, known) for path in entry.paths)
    first = tuple(name for name in entry.first if name in known)
    return replace(entry, schemas=SCHEMAS, paths=paths, parts=(), first=first)


ORDERS = _as_then(ORDERS_NOW, "getOrders")
ORDER_ITEMS = replace(
    _as_then(ITEMS_NOW, "getOrderItems", tuple(name for name, _ in CARRIED)),
    parent=Parent("AmazonOrderId", "Orders", inherits=INHERITED),
)

TABLES = (ORDERS, ORDER_ITEMS)
