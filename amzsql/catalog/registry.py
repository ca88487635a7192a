"""(schema, name) -> table. Entries are resolved against the facts when a statement first touches them, never before."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import ModuleType

from amzsql import spapi
from amzsql.catalog import derive, report_paths
from amzsql.catalog.columns import (
    branches,
    currency_of,
    every_row,
    of_answer,
    of_branch,
    places,
    row_path,
    with_asked,
    with_elements,
)
from amzsql.catalog.glossary import description
from amzsql.catalog.model import AccessPath, Column, Entry, Table, TableBranch, TablePath
from amzsql.catalog.modules import DRAWN, MODULES
from amzsql.errors import ProgrammingError, nearest
from amzsql.spapi.model import Partner
from amzsql.spapi.records import changed
from amzsql.types import JSON, MONEY, TIMESTAMP, VARCHAR

SCHEMAS = ("SellingPartner", "SellerCentral", "VendorCentral", "Marketplace", "Temp")
# How the names of all tables of reports begin.
REPORT = "REPORT_"
_UNQUALIFIED = re.compile(r"\b(FROM|JOIN) (\w+)(?![\w.])")

# Columns that every table has beside its own: the connection's name, the path that gave the row, when it was asked.
COMMON = (
    Column("Account", VARCHAR, hidden=True, doc="The connection that the row came through."),
    Column("_Source", VARCHAR, hidden=True, doc="The operation that gave the row."),
    Column("_AsOf", TIMESTAMP, hidden=True, doc="When Amazon gave the row."),
)


def names(schema: str, *, reports: bool = False) -> tuple[str, ...]:
    """Return the names of a schema's tables and views, sorted; those of `reports` too if they are asked for."""
    found = [entry.name for entry in _entries(schema)]
    return tuple(sorted([*found, *_reports().names(schema)] if reports else found))


def table(schema: str, name: str) -> Table:
    """Return a table by schema and name, compared without case.

    Raises:
        ProgrammingError: the schema has no such table; the message names the nearest.
    """
    found = find(schema, name)
    if found is None:
        hint = elsewhere(name) or report_hint(name) or nearest(name, names(schema))
        raise ProgrammingError(f"There is no table {name} in schema {schema}.{hint}")
    return found


def elsewhere(name: str) -> str:
    """Return in which schemas there is a table, as the sentence of an error and how to ask there; "" if in none."""
    tables = [found for schema in SCHEMAS if (found := find(schema, name)) is not None]
    if not tables:
        return ""
    named = " and ".join(t.schema for t in tables)
    first = tables[0]
    return f" It is in {named}: write {first.schema}.{first.name}, or connect with Schema={first.schema}."


def report_hint(name: str) -> str:
    """Return which table of a report may be meant by a name that is none, or "": it is a type's, or misspelt."""
    if elsewhere(REPORT + name):
        return f" The rows of reports of that type are {REPORT}{name.upper()}."
    return nearest(name, [n for schema in SCHEMAS for n in _reports().names(schema)]) if _is_report(name) else ""


def find(schema: str, name: str) -> Table | None:
    """Return a table by schema and name, compared without case, or None."""
    if _is_report(name):
        of_report: Table | None = _reports().find(schema, name)
        return of_report
    places = _places().get(name.lower(), ())
    return next((found for module, known in places if (found := _table(schema, module, known)) is not None), None)


def _is_report(name: str) -> bool:
    return name[: len(REPORT)].upper() == REPORT


def _reports() -> ModuleType:
    from amzsql.catalog import reports  # what is known of documents is read for whoever reads one

    return reports


@cache
def _places() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return (module, name) of each table by its name in small letters; schemas may have different ones."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for module, tables in (*MODULES.items(), *DRAWN.items()):
        for name in tables:
            found[name.lower()] = (*found.get(name.lower(), ()), (module, name))
    return found


def partner(table: Table) -> Partner | None:
    """Return whose a table is, if Amazon gives it to sellers only or to vendors only."""
    if _is_report(table.name):
        kind: Partner | None = _reports().partner_of(table)
        return kind
    kinds = {_partner(path) for path in table.paths}
    return kinds.pop() if len(kinds) == 1 else None


def _partner(path: TablePath) -> Partner | None:
    if path.declared.query:
        from amzsql.catalog import data_kiosk

        return data_kiosk.partner_of(path.declared)
    return spapi.api(spapi.operation(path.operation).api).partner


@cache
def without(schema: str, name: str, api: str) -> Table | None:
    """Return a table as it is where one API is not asked: `*` shows what the newest of the other paths fills.

    The columns of that API's paths still answer by name, if only with an error that says which path has them.
    """
    found = find(schema, name)
    if found is None:
        return None
    paths = tuple(p for p in found.entry.paths if not p.operation.startswith(f"{api}."))
    if len(paths) == len(found.entry.paths) or not paths:
        return found
    narrowed = resolve(replace(found.entry, paths=paths), found.schema)
    shown = {c.name for c in narrowed.listed()}
    first = [c.name for c in narrowed.columns]
    ordered = [*first, *(c.name for c in found.columns if c.name not in first)]
    by_name = {c.name: changed(c, hidden=c.name not in shown) for c in found.columns}
    columns = tuple(by_name[name] for name in ordered)
    return replace(found, columns=columns, by_lower={c.name.lower(): c for c in columns})


def _entries(schema: str) -> list[Entry]:
    places = (*MODULES.items(), *DRAWN.items())
    found = [(declared(module), listed) for module, listed in places if listed]
    return [e for entries, listed in found for name, e in entries.items() if name in listed and schema in e.schemas]


@cache
def declared(module: str) -> dict[str, Entry]:
    """Return the entries of a catalog module by name, their parts among them."""
    tables = importlib.import_module(f"amzsql.catalog.{_package(module)}").TABLES
    return {entry.name: _shown(entry) for whole in tables for entry in (whole, *derive.parts(whole))}


def _shown(entry: Entry) -> Entry:
    """Return an entry whose example runs on any connection: one of another schema than the usual names it."""
    if SCHEMAS[0] in entry.schemas:
        return entry
    named = _UNQUALIFIED.sub(rf"\1 {entry.schemas[0]}.\2", entry.example)
    return replace(entry, example=named)


def _package(module: str) -> str:
    return module if "." in module or module in DRAWN else f"selling_partner.{module}"


@cache
def _table(schema: str, module: str, name: str) -> Table | None:
    entry = declared(module).get(name)
    if entry is None or schema not in entry.schemas:
        return None
    # A table is the same in every schema that has it.
    first = _table(entry.schemas[0], module, name) if schema != entry.schemas[0] else None
    return resolve(entry, schema) if first is None else replace(first, schema=schema)


@cache
def resolve(entry: Entry, schema: str) -> Table:
    """Return the table of an entry: its columns, types and sources out of the facts."""
    if entry.paths and entry.paths[0].query:
        from amzsql.catalog import data_kiosk  # its facts are read for whoever reads its tables

        return data_kiosk.resolve(entry, schema)
    if entry.whole is not None:
        entry = derive.part_of(entry, resolve(entry.whole, schema))
    columns = {column.name: column for column in entry.columns}
    paths = []
    for number, declared in enumerate(entry.paths):
        path, found = _resolved(declared, entry)
        paths.append(path)
        for column in found:
            known, kind, enum = columns.get(column.name), column.type, column.enum
            if known is None:
                hidden = number > 0 or column.name in entry.hidden or _is_derived(column, path, declared, entry)
            else:
                kind, hidden, enum = known.type, known.hidden, _merged(known.enum, enum)
            doc = column.doc or description(column.name)
            columns[column.name] = changed(column, type=kind, hidden=hidden, enum=enum, doc=doc)
    corrected = dict(entry.types)
    for name in columns.keys() & corrected.keys():
        columns[name] = changed(columns[name], type=corrected[name])
    columns |= {name: changed(columns[name], doc=doc) for name, doc in entry.docs if name in columns}
    at: list[Mapping[str, str]] = []
    for name, column in columns.items():
        if column.type == JSON:
            sources = [(spapi.operation(p.operation), p.sources[name].path) for p in paths if name in p.sources]
            columns[name] = with_elements(column, sources)
        if column.type == MONEY:
            at = at or [places(p.sources.values()) for p in paths]
            paid = [(p.sources[name], there) for p, there in zip(paths, at, strict=True) if name in p.sources]
            columns[name] = changed(column, currency=currency_of(paid))
    ordered = _ordered(entry, columns)
    others = tuple(report_paths.resolved(p, entry.key) for p in entry.reports)
    return Table(schema, entry, ordered, tuple(paths), {c.name.lower(): c for c in ordered}, others)


def _resolved(declared: AccessPath, entry: Entry) -> tuple[TablePath, list[Column]]:
    """Return a path with its sources, and its columns: what it does not say is derived first."""
    operation, corrected = spapi.operation(declared.operation), dict(entry.types)
    answered = of_answer(declared, operation)
    known = {name: column for name, (_, column) in answered.items()}
    known |= {n: changed(known[n], type=corrected[n]) for n in known.keys() & corrected.keys()}
    whole = derive.completed(declared, operation, known)
    found = with_asked(answered, whole, operation)
    asked = {s.column: s for s, _ in found if s.parameter is not None}
    arrays = ((b.row_path, of_branch(b, whole, operation)) for b in branches(whole, operation))
    resolved = tuple(TableBranch(row, asked | {name: s for name, (s, _) in own.items()}) for row, own in arrays)
    sources = {s.column: s for s, _ in found}
    path = TablePath(whole, row_path(whole, operation), sources, resolved, every_row(whole, operation))
    return path, [c for _, c in found]


def _is_derived(column: Column, path: TablePath, declared: AccessPath, entry: Entry) -> bool:
    """Tell whether a column is what was asked for and nobody named it: `*` does not show such."""
    if path.sources[column.name].parameter is None:
        return False
    return column.name not in {*(name for name, _ in declared.from_parameters), *entry.key, *entry.first}


def _ordered(entry: Entry, columns: dict[str, Column]) -> tuple[Column, ...]:
    leading = entry.first if set(entry.first) & set(entry.key) else (*entry.key, *entry.first)
    first = [columns[name] for name in leading if name in columns]
    rest = [column for name, column in columns.items() if name not in leading and name not in entry.last]
    last = [columns[name] for name in entry.last if name in columns]
    return (*first, *rest, *last, *COMMON)


def _merged(known: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    spelt = {k.lower() for k in known}
    return known + tuple(e for e in more if e.lower() not in spelt)
