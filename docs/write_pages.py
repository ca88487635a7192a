"""What the reference pages of tables say of writing: which call, what it takes, and a statement."""

from __future__ import annotations

from collections.abc import Iterator

from amzsql import spapi
from amzsql.catalog import system, writes
from amzsql.catalog.model import Table, WriteMapping


def section(table: Table) -> Iterator[str]:
    """Yield the section on writing a table; nothing where it is read only."""
    if table.entry.instead:
        yield f"\n## Writing\n\n{table.entry.instead}\n"
    if not table.writes:
        return
    yield "\n## Writing\n"
    for chosen in table.writes:
        yield f"\n```sql\n{writes.example(table, chosen)}\n```\n\n{' '.join(filter(None, _told(table, chosen)))}\n"


def _told(table: Table, chosen: WriteMapping) -> Iterator[str]:
    operation = spapi.operation(chosen.operation)
    roles = " or ".join(system.roles_opening(operation))
    yield f"{chosen.kind.upper()} calls {operation.operation_id} ({operation.version})"
    yield f"for each row: {operation.rate.rate:g} a second, {operation.rate.burst} at once; {roles or 'any role'}."
    if chosen.kind != "insert":
        yield f"It names a row by {_code(writes.keys(table, chosen))}."
    needed = writes.required(table, chosen)
    if chosen.kind == "insert":
        yield from _taken("It needs", needed)
    fixed = [f"`{column} = '{value}'`" for column, value in chosen.sets]
    if fixed:
        yield f"The row stays, with {' and '.join(fixed)}." if chosen.kind == "delete" else ""
    if chosen.kind != "delete":
        named = (*needed, *(c for c, _ in chosen.sets)) if chosen.kind == "insert" else tuple(c for c, _ in chosen.sets)
        known = [n for n in writes.settable(table, chosen) if n not in named]
        columns = writes.call(table, chosen).columns
        yield from _taken("It takes", tuple(n for n in known if n in columns))
        yield from _taken("It takes, though they are no columns,", tuple(n for n in known if n not in columns))
    if chosen.whole:
        yield "What is not assigned is sent as it is read."
    if told := tuple(writes.result(table, chosen)) if chosen.kind == "insert" else ():
        yield f"Amazon's answer tells {_code(told)}."
    if chosen.outcome is not None and chosen.outcome.operation:
        yield f"What becomes of it is asked of {spapi.operation(chosen.outcome.operation).operation_id}."
    if operation.sandbox_only and "sandbox" not in chosen.note:
        yield "Amazon has it in its sandbox only."
    yield chosen.note


def _taken(how: str, names: tuple[str, ...]) -> Iterator[str]:
    if names:
        yield f"{how} {_code(names)}."


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
