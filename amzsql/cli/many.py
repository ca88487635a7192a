"""`amzsql connections import`: many connections out of one table, each tried on its own.

Owns the reading of the file. Its errors name lines, and never repeat a value.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from amzsql.cli import keeping, making, trial
from amzsql.cli.keeping import Keeper
from amzsql.cli.running import say
from amzsql.errors import Error, ProgrammingError
from amzsql.settings import Secret, folder, key


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file: its number, the connection's name, its application and properties."""

    line: int
    name: str
    application: str | None
    properties: Mapping[str, object]


def bring_in(keeper: Keeper, file: Path, application: str | None, *, test: bool) -> bool:
    """Make the connections of a file; False if one of them was refused.

    Raises:
        ProgrammingError: the file cannot be read, or a line cannot be right; nothing was saved.
    """
    rows = _rows(file, application)
    _check(keeper, rows)
    saved = 0
    for row in rows:
        words = {"application": row.application} if row.application else {}
        try:
            lacking = trial.lacking(keeper, row.name, row.properties, words)
            said = ", ".join(lacking) and f"incomplete: lacks {', '.join(lacking)}"
            if test and not lacking:
                account = trial.shown(keeper, row.name, row.properties, words)
                said = f"{', '.join(account.shops) or account.kind}, {account.region}"
            keeper.save("connections", row.name, row.properties, **words)
        except Error as error:
            say(f"line {row.line}, {row.name}: not saved: {error}", kind="error")
            continue
        saved += 1
        typer.echo(f"{row.name}: saved{f' ({said})' if said else ''}")
    typer.echo(f"{saved} of {len(rows)} connections saved in {keeper.named().path}.")
    return saved == len(rows)


def _rows(file: Path, application: str | None) -> list[Row]:
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise ProgrammingError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ProgrammingError(f"{file} is not text in UTF-8: save it as such.") from None
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    lines = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        table = [(lines.line_num, line) for line in lines if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise ProgrammingError(f"{file}, line {lines.line_num}: {error}") from None
    if not table:
        raise ProgrammingError(f"{file} is empty: it needs a line of names and a line for each connection.")
    columns = [_column(name) for name in table[0][1]]
    if "name" not in columns:
        raise ProgrammingError(f"{file}: its first line needs the column name, and one for each property.")
    return [_row(file, number, columns, cells, application) for number, cells in table[1:]]


def _column(name: str) -> str:
    """Return what a column holds: name, application, or a property by its documented name."""
    plain = key(name)
    return plain if plain in ("name", "application") else keeping.known(name).name


def _row(file: Path, number: int, columns: list[str], cells: list[str], application: str | None) -> Row:
    if len(cells) != len(columns):
        raise ProgrammingError(f"{file}, line {number}: it has {len(cells)} cells, and the first line {len(columns)}.")
    found: dict[str, object] = {c: v.strip() for c, v in zip(columns, cells, strict=True) if v.strip()}
    name = str(found.pop("name", ""))
    own = str(found.pop("application", "") or application or "") or None
    for column, value in found.items():
        if keeping.known(column).secret and not str(value).startswith("${"):
            found[column] = Secret(str(value))
        elif column == "Marketplace":
            found[column] = str(value).replace(";", ",").split(",")
    return Row(number, name, own, found)


def _check(keeper: Keeper, rows: list[Row]) -> None:
    """Refuse a file of which a line cannot be right, naming all such lines."""
    named = keeper.named()
    seen: set[str] = set()
    wrong = []
    for row in rows:
        try:
            folder.check_name(row.name)
            making.checked(row.properties)
            for name, value in row.properties.items():
                keeping.written(keeping.known(name), value)
        except Error as error:
            wrong.append(f"line {row.line}: {error}")
        if row.name in seen or row.name in named.connections:
            wrong.append(f"line {row.line}: there is a connection {row.name} already")
        if row.application is not None and row.application not in named.applications:
            wrong.append(f"line {row.line}: there is no application {row.application}: amzsql applications add")
        seen.add(row.name)
    if wrong:
        raise ProgrammingError(f"Nothing was saved. {'; '.join(wrong)}")
