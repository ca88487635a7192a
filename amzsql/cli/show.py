"""What `tables`, `describe`, `test`, `quota` and `explain` print."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from amzsql import marketplaces, spapi
from amzsql.catalog import registry, system
from amzsql.catalog.model import Pushdown, Table, TablePath
from amzsql.cli.output import table
from amzsql.cli.running import printable
from amzsql.errors import ProgrammingError, nearest
from amzsql.spapi.model import Operation

if TYPE_CHECKING:
    from amzsql.connection import Connection
    from amzsql.cursor import Cursor

DEFAULT_SCHEMA = "SellingPartner"
_NAMED = 5


def console() -> Console:
    """Return the console; in a pipe nothing is cut to a terminal's width."""
    found = Console(highlight=False)
    if not found.is_terminal:
        found.width = 200
    return found


def tables(pattern: str, schema: str | None) -> None:
    """Print the tables whose name fits."""
    spelt = _schema(schema)
    reports = registry.REPORT.lower() in pattern.lower()
    names = system.names() if spelt == system.SCHEMA else registry.names(spelt, reports=reports)
    wanted = pattern if any(c in pattern for c in "*?[") else f"*{pattern}*"
    fitting = [n for n in names if fnmatch.fnmatch(n.lower(), wanted.lower())]
    if not fitting:
        hint = _fitting_elsewhere(wanted) or nearest(pattern, names)
        raise ProgrammingError(f"No table of schema {spelt} fits {pattern}.{hint}")
    rows = []
    for name in fitting:
        found = _table(spelt, name)
        rows.append((name, found.entry.kind, len(found.columns), found.entry.doc))
    console().print(table(("Table", "Kind", "Columns", "Rows"), (False, False, True, False), rows))


def _fitting_elsewhere(wanted: str) -> str:
    """Return the schema with the most tables whose name fits, as the sentence of an error; "" if there is none."""
    found = {s: [n for n in registry.names(s) if fnmatch.fnmatch(n.lower(), wanted.lower())] for s in registry.SCHEMAS}
    most = max(found, key=lambda schema: len(found[schema]))
    if not found[most]:
        return ""
    named = ", ".join(found[most][:_NAMED]) + (", …" if len(found[most]) > _NAMED else "")
    return f" Schema {most} has {named}: add --schema {most}."


def describe(name: str, schema: str | None) -> None:
    """Print a table: its columns, key, access paths and an example."""
    schema_part, _, bare = name.rpartition(".")
    found = _table(schema_part or schema, bare)
    out = console()
    out.print(Text.assemble((f"{found.schema}.{found.name}", "bold"), f" ({found.entry.kind}). {found.entry.doc}"))
    if found.entry.key:
        out.print(Text(f"Key: {', '.join(found.entry.key)}"))
    out.print(
        table(("Column", "Type", "Key", "In *", "Values"), (False,) * 5, [_column(found, c) for c in found.columns])
    )
    for number, path in enumerate(found.paths, 1):
        out.print(_path(number, found, path), soft_wrap=True)
    if found.entry.removed and not found.paths:
        out.print(Text(f"\nAmazon has removed its operations. {found.entry.removed}"))
    elif not found.paths:
        out.print(Text("\nIt tells of amzsql itself: nothing is asked of Amazon."))
    if found.entry.example:
        out.print(Text("\nExample", style="bold"))
        out.print(Syntax(found.entry.example, "sql", theme="ansi_dark", background_color="default", word_wrap=True))


def _table(schema: str | None, name: str) -> Table:
    """Return a table by its name; those of metadata answer without a schema too, as they do in SQL."""
    bare = name.strip('"`[] ')
    spelt = _schema(schema)
    known = system.find(bare) if schema is None or spelt == system.SCHEMA else None
    if known is not None:
        return known
    found = registry.find(spelt, bare)
    if found is None:
        known_here = registry.names(spelt) if spelt != system.SCHEMA else ()
        near = registry.elsewhere(bare) or registry.report_hint(bare)
        near = near or nearest(bare, [*known_here, *system.names()])
        raise ProgrammingError(f"There is no table {bare} in schema {spelt}.{near} See amzsql tables.")
    return found


def _column(found: Table, column: Any) -> tuple[str, str, str, str, str]:
    values = ", ".join(column.enum[:6]) + (", …" if len(column.enum) > 6 else "")
    key = "key" if column.name in found.entry.key else ""
    return (column.name, column.type.name, key, "" if column.hidden else "yes", values)


def _path(number: int, found: Table, path: TablePath) -> Text:
    operation = spapi.operation(path.operation)
    pushed = ", ".join(f"{column} {' '.join(o)}" for column, o in _operators(path.declared.pushdowns).items()) or "none"
    parts: list[str | tuple[str, str]] = [
        (f"\nAccess path {number}: {operation.name}", "bold"),
        f"  {operation.method} {operation.path}",
        f"\n  rate {rate(operation.rate.rate)}, burst {operation.rate.burst}",
        "" if operation.rate.known else " (assumed: Amazon states none)",
        f", {_page(operation, path)}",
        f"\n  filters it needs: {required(found, path)}",
        f"\n  filters it passes to Amazon: {pushed}",
    ]
    if operation.removed is not None:
        parts.append(f"\n  Amazon removes it on {operation.removed:%Y-%m-%d}")
    if path.declared.note:
        parts.append(f"\n  {path.declared.note}")
    return Text.assemble(*parts)


def _page(operation: Operation, path: TablePath) -> str:
    if operation.paging is None:
        return "one answer"
    size = operation.paging.size_max or path.declared.page_rows or operation.paging.size_default
    return f"pages of up to {size} rows" if size else "in pages"


def _operators(pushdowns: tuple[Pushdown, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pushdown in pushdowns:
        operators = found.setdefault(pushdown.column, [])
        if pushdown.operator not in operators:
            operators.append(pushdown.operator)
    return found


def required(found: Table, path: TablePath) -> str:
    """Return the filters without which a path cannot be asked; alternatives as ``A or B``, and what a parent gives."""
    inherited, parent = system.parent_columns(found, path), found.entry.parent
    needed = [" or ".join(g) for g in system.required_columns(path) if not set(g) & set(inherited)]
    if inherited and parent is not None:
        needed.append(f"{' and '.join(inherited)} (else of each row of {parent.table})")
    return ", ".join(needed) or "none"


def rate(calls: float) -> str:
    """Return a rate as people say it: ``2 a second``, ``1 in 60 s``."""
    return f"{calls:g} a second" if calls >= 1 else f"1 in {1 / calls:.3g} s"


def proof(connection: Connection) -> bool:
    """Print what became of each trial of a connection, as it comes; False if one failed."""
    if not connection.accounts:
        connection.settings.check_credentials()  # without any there is nothing to try
    colours = {"ok": "green", "warning": "yellow", "failed": "red", "missing": "yellow", "not known": "dim"}
    out, well = console(), True
    for item, state, detail in connection.prove():
        well &= state != "failed"
        out.print(
            Text.assemble((f"{state:<9}", colours[state]), f" {printable(item)}: {printable(detail)}"), soft_wrap=True
        )
    return well


def quota(connection: Connection) -> None:
    """Print the token bucket of each operation that a table asks."""
    rows = []
    for account in connection.each():
        account.settings.check_credentials()  # buckets are an account's: without one there are none
        rows += [(account.settings.account, *row) for row in _buckets(account)]
    names = ("Account", "Operation", "Calls left", "Rate", "Burst", "Full in s", "")
    own = 0 if connection.accounts else 1
    console().print(table(names[own:], (False, False, True, True, True, True, False)[own:], [r[own:] for r in rows]))


def _buckets(connection: Connection) -> Iterator[tuple[object, ...]]:
    """Yield the rows of an account's buckets."""
    runtime = connection.runtime
    session = runtime.session(runtime.endpoint or marketplaces.REGIONS["NA"].endpoint)
    for name in sorted({p.operation for t in _all_tables() for p in t.paths}):
        operation = spapi.operation(name)
        fill = session.fill(operation)
        full = max(0.0, (fill.burst - fill.tokens) / fill.rate)
        learned = "" if fill.rate == operation.rate.rate else f"Amazon states {rate(operation.rate.rate)}"
        yield name, f"{fill.tokens:.1f}", rate(fill.rate), fill.burst, f"{full:.0f}", learned


def running(connection: Connection) -> None:
    """Print the statements that run."""
    now = connection.runtime.clock.now()
    rows = [(r.id, r.account, r.process, f"{now - r.began:.0f}", r.text) for r in connection.running()]
    names = ("Id", "Account", "Process", "Seconds", "Statement")
    console().print(table(names, (False, False, True, True, False), rows))


def _all_tables() -> list[Table]:
    return [registry.table(DEFAULT_SCHEMA, name) for name in registry.names(DEFAULT_SCHEMA)]


def plan(cursor: Cursor) -> None:
    """Print the rows of an EXPLAIN: the steps as a table, what is asked and computed below."""
    names = [d[0] for d in cursor.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    short = [n for n in names if n not in ("Parameters", "Residual")]
    right = [n in ("Step", "Rows", "Requests", "Seconds") or n.startswith("Actual") for n in short]
    out = console()
    out.print(table(short, right, [[row[n] for n in short] for row in rows]))
    for row in rows:
        for what in ("Parameters", "Residual"):
            if row[what]:
                out.print(Text.assemble((f"{row['Step']} {what}: ", "bold"), row[what]), soft_wrap=True)


def _schema(name: str | None) -> str:
    wanted = (name or DEFAULT_SCHEMA).strip('"`[] ')
    for known in (*registry.SCHEMAS, system.SCHEMA):
        if known.lower() == wanted.lower():
            return known
    raise ProgrammingError(f"There is no schema {wanted}.{nearest(wanted, registry.SCHEMAS)}")
