"""The reference pages of reports, drawn from the facts and the catalog; `generate.py` writes them.

The guide, `reports.md`, is written by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from amzsql.catalog import reports, system
from amzsql.catalog.model import Column, Table
from amzsql.spapi import roles
from amzsql.spapi.document_types import FILES, ReportType, gone_types, report_types
from amzsql.spapi.report_columns import count_known, forms_of, report_layout

HEAD = "<!-- Written by docs/generate.py: edit what it is drawn from. -->\n"
# Pages by the beginnings of the categories on them.
GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "analytics": ("Analytics", ("Analytics",)),
    "listings": ("Listings", ("Inventory", "Browse tree", "Amazon Business", "B2B")),
    "orders": ("Orders and returns", ("Order", "Returns", "Easy Ship", "Performance")),
    "fba": ("Fulfilled by Amazon", ("FBA",)),
    "money": ("Settlements, taxes and duties", ("Settlement", "Payment", "Tax", "Invoice data", "Regulatory")),
}
_STANDING = {"amazon": "Amazon", "others": "others", "unknown": "unknown"}
_DAY = 86_400

_INDEX = """
# Types of reports

Each type is a view, `REPORT_<type>`, listed where `IncludeReports=True` and always there by name. [How they are
read](../reports.md) is told elsewhere; these pages say what each has.

**Where columns come from.** *Amazon*: its own schema of the report. *Others*: public programs that read such reports
have named them; Amazon's documents may have more (`_More`) or fewer. *Unknown*: nobody has, and they are read from the
newest document's header when a statement asks for them. *File*: the document is no table; it is one row with its name
and content.
"""


def pages() -> dict[str, Callable[[], str]]:
    """Return the pages by file name: the list of types, and one for each group of categories."""
    found: dict[str, Callable[[], str]] = {"reports/types.md": _index}
    return found | {f"reports/{name}.md": partial(_group, name) for name in GROUPS}


def navigation() -> str:
    """Return the lines of the site's navigation."""
    lines = ["  - Reports:\n", "      - reports.md\n", "      - Types: reports/types.md\n"]
    return "".join((*lines, *(f"      - {title}: reports/{name}.md\n" for name, (title, _) in GROUPS.items())))


def _index() -> str:
    return "".join((HEAD, _INDEX.lstrip("\n"), *_counts(), *_types(), *_gone()))


def _counts() -> Iterator[str]:
    """Yield how many types there are of each standing."""
    counts = Counter(_standing(kind) for kind in report_types().values())
    columns = Counter[str]()
    for kind in report_types().values():
        columns[_standing(kind)] += count_known(kind.name)
    yield "\n| columns from | types | columns |\n|---|---|---|\n"
    for standing in ("Amazon", "others", "unknown", "file"):
        yield f"| {standing} | {counts[standing]} | {columns[standing] or ''} |\n"
    yield f"| all | {counts.total()} | {columns.total()} |\n"


def _standing(kind: ReportType) -> str:
    return "file" if kind.format in FILES else _STANDING[report_layout(kind.name, forms_of(kind.name)[0]).standing]


def _tables(kind: ReportType) -> list[Table]:
    """Return a type's tables, each once."""
    found: dict[tuple[str, tuple[str, ...]], Table] = {}
    for schema in ("SellerCentral", "VendorCentral"):
        for name in reports.names(schema):
            table = reports.find(schema, name)
            if table is not None and table.paths and table.paths[0].declared.report == kind.name:
                found.setdefault((table.name, table.entry.schemas), table)
    return sorted(found.values(), key=lambda table: (len(table.entry.schemas) == 1, table.name))


def _types() -> Iterator[str]:
    yield "\n## All types\n\n| type | who | format | columns | from | options |\n|---|---|---|---|---|---|\n"
    for kind in report_types().values():
        who = " and ".join(f"{partner}s" for partner in sorted(kind.partners))
        options = ", ".join(f"`{o.name}`{' (needed)' if o.required else ''}" for o in kind.options)
        link = f"[{kind.name}]({_page(kind)}.md#{_anchor(_tables(kind)[0].name)})"
        yield f"| {link} | {who} | {kind.format} | {count_known(kind.name) or ''} | {_standing(kind)} | {options} |\n"


def _page(kind: ReportType) -> str:
    return next(name for name, (_, starts) in GROUPS.items() if kind.category.startswith(starts))


def _anchor(heading: str) -> str:
    return heading.lower()


def _gone() -> Iterator[str]:
    yield "\n## Types that Amazon has removed or renamed\n\n"
    yield "A statement that reads one is refused, and told what to read.\n"
    yield "\n| type | read instead |\n|---|---|\n"
    for kind in gone_types().values():
        yield f"| {kind.name} | {', '.join(kind.instead)} |\n"


def _group(name: str) -> str:
    parts = [HEAD, f"# Reports: {GROUPS[name][0].lower()}\n"]
    kinds = [kind for kind in report_types().values() if _page(kind) == name]
    for category in dict.fromkeys(kind.category for kind in kinds):
        for kind in (kind for kind in kinds if kind.category == category):
            parts += [part for table in _tables(kind) for part in _table(kind, table)]
    return "".join(parts)


def _table(kind: ReportType, table: Table) -> Iterator[str]:
    entry = table.entry
    yield f"\n## {table.name}\n\n{entry.doc}\n\n```sql\n{entry.example}\n```\n\n"
    yield f"Schemas {', '.join(entry.schemas)}. {kind.category}, {kind.format}; columns from {_standing(kind)}."
    yield "".join(f" {sentence}" for sentence in _limits(kind))
    yield "\n"
    asked = [c for c in table.columns if _option(table, c)]
    if asked:
        yield f"\nOptions: {', '.join(_asked(table, column) for column in asked)}.\n"
    shown = [c for c in table.columns if not c.hidden]
    if shown:
        yield "\n| column | type | in the document | |\n|---|---|---|---|\n"
        yield from (_column(table, column) for column in shown)


def _limits(kind: ReportType) -> Iterator[str]:
    if found := roles.of_report(kind.name).roles:
        yield f"Roles: {' or '.join(found)}."
    if kind.restricted:
        yield "It holds personal data."
    if kind.horizon:
        yield f"It reaches {kind.horizon / _DAY:.0f} days back."
    if kind.refresh:
        yield f"Amazon makes it once in {_time(kind.refresh)}."
    if kind.borders:
        yield "Its windows begin and end on borders of ReportPeriod."


def _time(seconds: float) -> str:
    return f"{seconds / 3600:.0f} hours" if seconds > 3600 else f"{seconds / 60:.0f} minutes"


def _option(table: Table, column: Column) -> bool:
    source = table.paths[0].sources.get(column.name)
    return source is not None and (source.parameter or "").startswith(reports.OPTION)


def _asked(table: Table, column: Column) -> str:
    group = next((g for g in reports.required_columns(table.paths[0]) if g[0] == column.name), ())
    needed = "" if not group else ", needed" if len(group) == 1 else ", needed without a window"
    values = f" ({', '.join(column.enum)})" if column.enum else ""
    return f"`{column.name}`{values}{needed}"


def _column(table: Table, column: Column) -> str:
    path = table.paths[0].sources[column.name].path.replace("|", "\\|")
    notes = [column.doc] if column.doc else []
    if column.enum:
        notes.append(", ".join(f"`{value}`" for value in column.enum))
    if column.currency:
        notes.append(f"in `{column.currency}`")
    return f"| {column.name} | {system.type_name(column.type)} | {path} | {'; '.join(notes)} |\n"
