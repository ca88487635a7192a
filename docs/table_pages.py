"""The reference pages of tables, drawn from the catalog and the facts; `generate.py` writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from amzsql import spapi
from amzsql.catalog import registry, system
from amzsql.catalog.model import Column, Pushdown, Table, TablePath
from amzsql.spapi.model import Operation

HEAD = "<!-- Written by docs/generate.py: edit what it is drawn from. -->\n"
TITLES = {
    "orders": "Orders",
    "inventory": "Inventory",
    "catalog_items": "Catalog items",
    "listings": "Listings",
    "pricing": "Prices",
    "finances": "Finances",
    "finances_v0": "Financial events",
    "payouts": "Balances and payouts",
    "finance_invoices": "Invoices with Amazon",
    "account": "Account",
    "documents": "Reports and feeds",
}

_INTRODUCTION = """
# Tables

Every table is virtual: its rows come from Amazon when a statement asks for them. A page names, for each table,

- the **access paths**: the operations of Amazon's that can give its rows, with the rate that Amazon publishes (calls a
  second, and calls at once from a full bucket), the filters that one needs, and the columns by which Amazon filters:
  `= (20)` takes twenty values a request, `=` one; longer lists become further requests. The driver chooses the
  cheapest; `EXPLAIN` shows which. Any other condition works too, on this side.
- the **columns**, in the order of `*`. A hidden column answers by name only. A *pseudo-column* holds what was asked for
  and not what Amazon answered: it is null unless the statement filters by it.

Lists and objects are JSON text. Where a list holds plain texts, `=`, `<>` and `IN` ask for one of them
(`MarketplaceIds = 'A1PA6795UKMFR9'`), unless they compare with the text of a list (`'["A1PA6795UKMFR9"]'`).

Besides its own every table has the hidden columns `Account` (the connection), `_Source` (the operation that gave the
row) and `_AsOf` (when). Where a marketplace is asked for and a statement names none, the connection's are asked.

| table | one row | schemas |
|---|---|---|
"""


def pages() -> dict[str, Callable[[], str]]:
    """Return the pages by file name: an index, and one for each module of the catalog."""
    found: dict[str, Callable[[], str]] = {"tables/index.md": _index}
    for module in registry.MODULES:
        found[f"tables/{module}.md"] = partial(_page, module)
    return found


def _index() -> str:
    parts = [HEAD, _INTRODUCTION.lstrip("\n")]
    for module in registry.MODULES:
        for table in _tables(module):
            link = f"[{table.name}]({module}.md#{table.name.lower()})"
            parts.append(f"| {link} | {table.entry.doc} | {', '.join(table.entry.schemas)} |\n")
    return "".join(parts)


def _tables(module: str) -> Iterator[Table]:
    for entry in registry.declared(module).values():
        yield registry.table(entry.schemas[0], entry.name)


def _page(module: str) -> str:
    parts = [HEAD, f"# {TITLES.get(module, module.replace('_', ' ').capitalize())}\n"]
    for table in _tables(module):
        parts += _table(table)
    return "".join(parts)


def _table(table: Table) -> Iterator[str]:
    entry = table.entry
    yield f"\n## {table.name}\n\n{entry.doc}\n\n"
    if entry.removed:
        yield f"Amazon has removed its operations: a statement that reads it is refused. {entry.removed}\n\n"
        yield f"Schemas: {', '.join(entry.schemas)}.\n"
        yield from _columns(table)
        return
    yield f"```sql\n{entry.example}\n```\n\n"
    yield f"Key: {_code(entry.key)}. Schemas: {', '.join(entry.schemas)}."
    if entry.above is not None:
        for own, other in entry.above.pairs:
            yield f" `{own}` refers to `{entry.above.table}.{other}`."
    yield "\n\n| path | operation | calls/s | at once | needs a filter on | Amazon filters by |\n"
    yield "|---|---|---|---|---|---|\n"
    for number, path in enumerate(table.paths, 1):
        yield _path(number, path)
    yield from _columns(table)


def _columns(table: Table) -> Iterator[str]:
    yield "\n| column | type | paths | |\n|---|---|---|---|\n"
    masked = {column: _roles(path, kind) for path in table.paths for column, kind in path.declared.masked}
    for column in table.columns:
        if column not in registry.COMMON:
            yield _column(table, column, masked.get(column.name, ""))


def _roles(path: TablePath, kind: str) -> str:
    """Return the roles of which one shows a kind of personal data."""
    return " or ".join(dict(spapi.operation(path.operation).personal)[kind])


def _path(number: int, path: TablePath) -> str:
    operation = spapi.operation(path.operation)
    needs = " and ".join(" or ".join(f"`{c}`" for c in group) for group in system.required_columns(path))
    pushed: dict[str, list[str]] = {}
    for pushdown in path.declared.pushdowns:
        pushed.setdefault(pushdown.column, []).append(_operator(pushdown, operation))
    filters = ", ".join(f"`{column}` {' '.join(operators)}" for column, operators in pushed.items())
    rate = operation.rate
    return f"| {number} | {_operation(operation)} | {rate.rate:g} | {rate.burst} | {needs} | {filters} |\n"


def _operator(pushdown: Pushdown, operation: Operation) -> str:
    """Return an operator; of a list, how many values go in one request."""
    parameter = operation.parameter(pushdown.parameter)
    longest = pushdown.longest or parameter.max_items or 50
    many = parameter.type == "array" and not pushdown.also and longest > 1
    return f"= ({longest})" if many else {"=": "=", ">=": "≥", "<": "<"}[pushdown.operator]


def _operation(operation: Operation) -> str:
    removed = f", removed {operation.removed}" if operation.removed else ""
    return f"{operation.operation_id} ({operation.version}){removed}"


def _column(table: Table, column: Column, role: str) -> str:
    filled = [str(n) for n, path in enumerate(table.paths, 1) if _fills(path, column.name)]
    notes = []
    if system.is_pseudo(table, column.name):
        notes.append("pseudo-column")
    elif column.hidden:
        notes.append("hidden")
    if column.elements:
        notes.append("a list: `=` and `IN` ask for one of its elements")
    if column.enum:
        notes.append(", ".join(f"`{value}`" for value in column.enum))
    if role:
        notes.append(f"only with the role {role}")
    where = "" if len(filled) == len(table.paths) else ", ".join(filled)
    return f"| {column.name} | {system.type_name(column.type)} | {where} | {'; '.join(notes)} |\n"


def _fills(path: TablePath, column: str) -> bool:
    return column in path.sources and column not in path.declared.withheld


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
