"""What can be queried, for tools: schemas, tables, columns and keys out of the packaged catalog.

Owns a small public view of the catalog in plain records, so that dialects and adapters need nothing inside. Nothing
here asks Amazon, and a table is resolved only when it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from amzsql.catalog import registry
from amzsql.catalog.model import Column, Table
from amzsql.spapi.records import Record


@dataclass(frozen=True, slots=True)
class Identity:
    """How a column that is GENERATED … AS IDENTITY counts; with `always` it takes no value."""

    start: int
    increment: int
    minvalue: int
    maxvalue: int
    cycle: bool
    always: bool


class ColumnInfo(Record, frozen=True):
    """A column: its name, its SQL type name such as ``DECIMAL(18,4)``, what it holds and the values of its enum.

    `nullable`: it may be null, as Amazon leaves out what it likes but keys. Of a scratch table also its `default`, as
    SQL, whether it is `counting` by itself, and how, if it was declared as an `identity`.
    """

    name: str
    type: str
    doc: str
    values: tuple[str, ...] = ()
    nullable: bool = True
    default: str | None = None
    counting: bool = False
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns of a table that hold the key of another table of the same schema."""

    columns: tuple[str, ...]
    table: str
    table_columns: tuple[str, ...]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What a scratch table keeps: an index or a unique constraint of some columns, or a check (its SQL in `text`)."""

    kind: Literal["index", "unique", "check"]
    name: str | None
    columns: tuple[str, ...]
    unique: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table: its names in their documented spelling, what it holds, the columns that `*` shows, and its keys.

    `kind` is what the reference calls it: hardly anything can be written to, so nearly everything is a view. `rules`:
    those of a scratch table, `key_name` what the primary key of one is called.
    """

    schema: str
    name: str
    kind: Literal["table", "view"]
    doc: str
    columns: tuple[ColumnInfo, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    rules: tuple[Rule, ...] = ()
    key_name: str | None = None


def schemas() -> tuple[str, ...]:
    """Return the names of the schemas that hold anything, the default one first."""
    return tuple(s for s in registry.SCHEMAS if registry.names(s))


def tables(schema: str, *, reports: bool = False) -> tuple[str, ...]:
    """Return the names of a schema's tables and views, sorted; none for a schema that does not exist.

    `reports`: types of reports are listed too. They can be queried whether they are or not.
    """
    spelt = _spelt(schema)
    return registry.names(spelt, reports=reports) if spelt else ()


def table(schema: str, name: str) -> TableInfo | None:
    """Return a table or view by schema and name, compared without case; None if there is none."""
    spelt = _spelt(schema)
    found = registry.find(spelt, name) if spelt else None
    return _info(found.schema, found.name) if found is not None else None


def exists(schema: str, name: str) -> bool:
    """Tell whether there is such a table or view, for any text."""
    return name.lower() in {known.lower() for known in tables(schema)} or table(schema, name) is not None


@cache
def functions() -> tuple[str, ...]:
    """Return the names of the functions that a statement may call, sorted, for tools that complete what is typed."""
    from amzsql.execute import functions as of_engine  # opens an engine

    return of_engine.names()


def _spelt(schema: str) -> str | None:
    return next((s for s in registry.SCHEMAS if s.lower() == schema.lower()), None)


@cache
def _info(schema: str, name: str) -> TableInfo:
    return info(registry.table(schema, name))


def info(found: Table) -> TableInfo:
    """Return what tools are told of a table of the catalog."""
    columns = tuple(_column(c, nullable=c.name not in found.entry.key) for c in found.listed())
    shown = {c.name for c in columns}
    key = found.entry.key if set(found.entry.key) <= shown else ()
    foreign = _foreign_keys(found, shown)
    return TableInfo(found.schema, found.name, found.entry.kind, found.entry.doc, columns, key, foreign)


def _column(column: Column, *, nullable: bool) -> ColumnInfo:
    return ColumnInfo(column.name, column.type.name, column.doc, column.enum, nullable)


def _foreign_keys(found: Table, shown: set[str]) -> tuple[ForeignKey, ...]:
    """Return the table's reference to its parent, where the columns that it names are the parent's whole key.

    Columns that `*` leaves out are not reflected (`shown` are), and nothing refers by them.
    """
    parent = found.entry.parent
    above = registry.find(found.schema, parent.table) if parent is not None else None
    pairs = parent.pairs if parent is not None else ()
    if above is None or above.name == found.name or {theirs for _, theirs in pairs} != set(above.entry.key):
        return ()
    own = {theirs: ours for ours, theirs in pairs}
    if not shown.issuperset(own.values()) or any(above.by_lower[name.lower()].hidden for name in own):
        return ()
    return (ForeignKey(tuple(own[k] for k in above.entry.key), above.name, above.entry.key),)
