"""The reference pages of tables, drawn from the catalog and the facts; `generate.py` writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

import write_pages

from amzsql import spapi
from amzsql.catalog import modules, registry, system
from amzsql.catalog.freshness import change_column, max_lookback, settling_time
from amzsql.catalog.model import Column, Entry, Pushdown, Table, TablePath
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
    "data_kiosk": "Data Kiosk",
    "marketplace.orders": "MWS, orders",
    "marketplace.fulfillment": "MWS, stock and shipments to Amazon",
    "marketplace.products": "MWS, products",
    "marketplace.documents": "MWS, feeds and reports",
}

LISTED = (*modules.MODULES, *modules.DRAWN)

_INTRODUCTION = """
# Tables

Every table is virtual: its rows come from Amazon when a statement asks for them. Its page names

- the **access paths**: the operations of Amazon's that can give its rows, with the rate that Amazon publishes (calls a
  second, and calls at once from a full bucket), the roles of which any one opens it, the filters that one needs, and
  the columns by which Amazon filters: `= (20)` takes twenty values a request, `=` one; longer lists become further
  requests. The driver chooses the cheapest; `EXPLAIN` shows which. Any other condition works too, on this side.
- the **columns**, in the order of `*`. A hidden column answers by name only. A *pseudo-column* holds what was asked for
  and not what Amazon answered: it is null unless the statement filters by it.

Lists and objects are JSON text. Where a list holds plain texts, `=`, `<>` and `IN` ask for one of them
(`MarketplaceIds = 'A1PA6795UKMFR9'`), unless they compare with the text of a list (`'["A1PA6795UKMFR9"]'`).

Besides its own every table has the hidden columns `Account` (the connection), `_Source` (the operation that gave the
row) and `_AsOf` (when). Where a marketplace is asked for and a statement names none, the connection's are asked.
"""


def pages() -> dict[str, Callable[[], str]]:
    """Return the pages by file name: an index, and one for each table."""
    found: dict[str, Callable[[], str]] = {"tables/index.md": _index}
    for module in LISTED:
        for entry in registry.declared(module).values():
            found[f"tables/{page(entry)}"] = partial(_page, entry)
    return found


@cache
def page(entry: Entry) -> str:
    """Return the file of a table's page; where names mean different things, the schema stands in it."""
    alike = [e for m in LISTED for e in registry.declared(m).values() if e.name == entry.name]
    schema = "" if len(alike) == 1 or alike[0] is entry else f"-{entry.schemas[-1].lower()}"
    return f"{entry.name.lower()}{schema}.md"


def navigation() -> str:
    """Return the lines of the site's navigation below Tables: the tables in groups."""
    lines = ["      - tables/index.md\n"]
    for module in LISTED:
        lines.append(f"      - {_title(module)}:\n")
        lines += [f"          - {e.name}: tables/{page(e)}\n" for e in registry.declared(module).values()]
    return "".join(lines)


def _title(module: str) -> str:
    return TITLES.get(module, module.rpartition(".")[2].replace("_", " ").capitalize())


def _index() -> str:
    parts = [HEAD, _INTRODUCTION.lstrip("\n")]
    for module in LISTED:
        parts.append(f"\n## {_title(module)}\n\n| table | one row | schemas |\n|---|---|---|\n")
        for entry in registry.declared(module).values():
            parts.append(f"| [{entry.name}]({page(entry)}) | {entry.doc} | {', '.join(entry.schemas)} |\n")
    return "".join(parts)


def _page(entry: Entry) -> str:
    return "".join((HEAD, *_table(registry.table(entry.schemas[0], entry.name))))


def _table(table: Table) -> Iterator[str]:
    entry = table.entry
    yield f"# {table.name}\n\n{entry.doc}\n\n"
    if entry.removed:
        yield f"Amazon has removed its operations: a statement that reads it is refused. {entry.removed}\n\n"
        yield f"Schemas: {', '.join(entry.schemas)}.\n"
        yield from _columns(table)
        yield from write_pages.section(table)
        return
    yield f"```sql\n{entry.example}\n```\n\n"
    yield f"A {entry.kind} of the schemas {', '.join(entry.schemas)}. Key: {_code(entry.key)}."
    if (above := entry.above) is not None:
        parent = registry.find(entry.schemas[0], above.table)
        for own, other in above.pairs:
            there = f"[{above.table}]({page(parent.entry)})" if parent is not None else above.table
            yield f" `{own}` refers to `{other}` of {there}."
    yield from _freshness(table)
    yield "\n\n| path | operation | calls/s | at once | roles | needs a filter on | Amazon filters by |\n"
    yield "|---|---|---|---|---|---|---|\n"
    for number, path in enumerate(table.paths, 1):
        yield _path(number, table, path)
    yield from _columns(table)
    yield from write_pages.section(table)


def _freshness(table: Table) -> Iterator[str]:
    """Yield when rows are final, how far back they reach, and by which column changes are found."""
    if settled := settling_time(table):
        yield f" Rows are final after {settled}."
    if reach := max_lookback(table):
        yield f" Amazon reaches back {reach}."
    if column := change_column(table):
        yield f" `{column}` tells what has changed since a time."


def _columns(table: Table) -> Iterator[str]:
    yield "\n| column | type | paths | |\n|---|---|---|---|\n"
    masked = {column: _roles(path, kind) for path in table.paths for column, kind in path.declared.masked}
    for column in table.columns:
        if column not in registry.COMMON:
            yield _column(table, column, masked.get(column.name, ""))


def _roles(path: TablePath, kind: str) -> str:
    """Return the roles of which one shows a kind of personal data."""
    return " or ".join(dict(spapi.operation(path.operation).personal)[kind])


def _path(number: int, table: Table, path: TablePath) -> str:
    operation, inherited = spapi.operation(path.operation), system.parent_columns(table, path)
    groups = system.required_columns(path)
    needs = " and ".join(" or ".join(f"`{c}`" for c in group) for group in groups if not set(group) & set(inherited))
    if inherited and table.entry.parent is not None:
        # Whoever filters by them saves the reading of the parent, and must not.
        needs += f"{'; ' if needs else ''}{_code(inherited)}, else of each row of {table.entry.parent.table}"
    pushed: dict[str, list[str]] = {}
    for pushdown in path.declared.pushdowns:
        pushed.setdefault(pushdown.column, []).append(_operator(pushdown, operation, path))
    filters = ", ".join(f"`{column}` {' '.join(operators)}" for column, operators in pushed.items())
    rate = operation.rate
    roles = " or ".join(system.roles_opening(operation))
    return f"| {number} | {_operation(operation)} | {rate.rate:g} | {rate.burst} | {roles} | {needs} | {filters} |\n"


def _operator(pushdown: Pushdown, operation: Operation, path: TablePath) -> str:
    """Return an operator; of a list, how many values go in one request."""
    if path.declared.query:
        many = f"= ({pushdown.longest})" if pushdown.longest else "="
        return many if pushdown.operator == "=" else {">=": "≥", "<": "≤"}[pushdown.operator]
    parameter = operation.parameter(pushdown.parameter)
    longest = pushdown.longest or parameter.max_items or 50
    many = parameter.type == "array" and not pushdown.also and longest > 1
    return f"= ({longest})" if many else {"=": "=", ">=": "≥", "<": "<"}[pushdown.operator]


def _operation(operation: Operation) -> str:
    removed = f", removed {operation.removed}" if operation.removed else ""
    return f"{operation.operation_id} ({operation.version}){removed}"


def _column(table: Table, column: Column, role: str) -> str:
    filled = [str(n) for n, path in enumerate(table.paths, 1) if _fills(path, column.name)]
    notes = [column.doc.removesuffix(".")] if column.doc and not system.is_pseudo(table, column.name) else []
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
