"""What people have written statements against stays: tables, columns, their types, and the order of `*`.

`public_schema.tsv` holds every table's columns: schema, table, column, type and place in `*` (none where `*` leaves it
out). New columns go last in `*`. What is removed, moved or becomes another type needs a line in docs/changes.md that
names it, as `Schema.Table.Column`, `Table.Column` or `Table`.

AMZSQL_UPDATE_SCHEMA=1 pytest tests/test_public_schema.py        writes the file, if every change has its line
AMZSQL_UPDATE_SCHEMA=force pytest tests/test_public_schema.py    writes it, for what was never released
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from amzsql.catalog import registry, system

FILE = Path(__file__).parent / "public_schema.tsv"
CHANGES = Path(__file__).parents[1] / "docs" / "changes.md"
HEAD = "schema\ttable\tcolumn\ttype\tposition\n"
UPDATE = "AMZSQL_UPDATE_SCHEMA"

Name = tuple[str, str, str]
Columns = Mapping[Name, tuple[str, str]]
"""(schema, table, column) -> (type, place in `*`)."""


def current() -> dict[Name, tuple[str, str]]:
    """Return the columns of the catalog, reports among it; those that every table has are left out."""
    common = {c.name for c in registry.COMMON}
    found = {}
    for schema in system.SCHEMAS:
        for name in registry.names(schema, reports=True):
            table = registry.table(schema, name)
            if table.paths and table.paths[0].declared.report and table.entry.schemas[0] != schema:
                continue  # a report is the same in each schema that has it
            places = {c.name: str(n) for n, c in enumerate(table.listed(), 1)}
            for column in table.columns:
                if column.name not in common:
                    kind = system.type_name(column.type)
                    found[schema, table.name, column.name] = (kind, places.get(column.name, ""))
    return found


def frozen() -> dict[Name, tuple[str, str]]:
    """Return the columns of the file."""
    lines = FILE.read_text("utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return {(schema, table, column): (kind, place) for schema, table, column, kind, place in rows}


def text(columns: Columns) -> str:
    """Return the file's text: tables by name, their columns in the order of `*`, then the others by name."""
    order = sorted(columns.items(), key=lambda item: (*item[0][:2], int(item[1][1] or 10**6), item[0][2]))
    return HEAD + "".join("\t".join((*name, *what)) + "\n" for name, what in order)


def broken(before: Columns, after: Columns) -> Iterator[tuple[Name, str]]:
    """Yield what a statement of before would notice."""
    last: dict[tuple[str, str], int] = {}
    for name, (_, place) in before.items():
        last[name[:2]] = max(last.get(name[:2], 0), int(place or 0))
    for name, (kind, place) in before.items():
        if name not in after:
            yield name, "is gone"
            continue
        now, there = after[name]
        if now != kind:
            yield name, f"was {kind} and is {now}"
        if place and there != place:
            yield name, f"was column {place} of * and is {there or 'none'}"
    for name, (_, place) in after.items():
        if name[:2] in last and name not in before and place and int(place) <= last[name[:2]]:
            yield name, f"is new and column {place} of *, before older ones"


def unsaid(found: Iterable[tuple[Name, str]], changes: str) -> list[str]:
    """Return what of it no line of the changes names."""
    told = set(re.findall(r"`([\w.]+)`", changes))
    return [
        f"{'.'.join(name)} {what}"
        for name, what in found
        if not told & {".".join(name), ".".join(name[1:]), ".".join(name[:2]), name[1]}
    ]


def test_nothing_public_changes_unsaid() -> None:
    found = current()
    wrong = unsaid(broken(frozen(), found), CHANGES.read_text("utf-8"))
    assert wrong == [], (
        f"{len(wrong)} changes without a line in docs/changes.md, or {UPDATE}=1 if it was never released"
    )


def test_the_file_is_current() -> None:
    """New columns are in the file too, so that they cannot go unseen."""
    found = text(current())
    before = frozen() if FILE.exists() else {}
    wrong = unsaid(broken(before, current()), CHANGES.read_text("utf-8"))
    if os.environ.get(UPDATE) == "force" or (os.environ.get(UPDATE) and not wrong):
        FILE.write_text(found, "utf-8")
    missing = sorted(set(found.splitlines()) - set(FILE.read_text("utf-8").splitlines()))
    assert missing == [], f"run {UPDATE}=1 pytest {Path(__file__).name}"
    assert FILE.read_text("utf-8") == found, f"run {UPDATE}=1 pytest {Path(__file__).name}"


OLD = {("S", "T", "A"): ("VARCHAR", "1"), ("S", "T", "B"): ("BIGINT", "2"), ("S", "T", "H"): ("VARCHAR", "")}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({("S", "T", "A"): None}, ["S.T.A is gone"]),
        ({("S", "T", "B"): ("VARCHAR", "2")}, ["S.T.B was BIGINT and is VARCHAR"]),
        ({("S", "T", "B"): ("BIGINT", "")}, ["S.T.B was column 2 of * and is none"]),
        ({("S", "T", "C"): ("VARCHAR", "1")}, ["S.T.C is new and column 1 of *, before older ones"]),
        ({("S", "T", "C"): ("VARCHAR", "3"), ("S", "U", "A"): ("VARCHAR", "1")}, []),
        ({("S", "T", "H"): ("VARCHAR", "3")}, []),
        ({("S", "T", "C"): ("VARCHAR", "")}, []),
    ],
)
def test_what_breaks_is_found(changed: dict[Name, tuple[str, str] | None], told: list[str]) -> None:
    after = {name: what for name, what in {**OLD, **changed}.items() if what is not None}
    assert unsaid(broken(OLD, after), "") == told
    named = "".join(f"- `{'.'.join(name[1:])}` is another\n" for name in changed)
    assert unsaid(broken(OLD, after), named) == []
