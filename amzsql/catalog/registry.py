"""(schema, name) -> table. Entries are resolved against the facts when a statement first touches them, never before."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from functools import cache

from amzsql import spapi
from amzsql.catalog.model import AccessPath, Column, ColumnSource, Entry, Table, TablePath
from amzsql.errors import ProgrammingError, nearest
from amzsql.spapi.model import Field, Operation
from amzsql.types import BIGINT, BOOLEAN, DATE, DOUBLE, JSON, MONEY, TIMESTAMP, VARCHAR, SqlType

SCHEMAS = ("SellingPartner", "SellerCentral", "VendorCentral", "Marketplace", "Temp")

# Which module declares which tables: a name is found without importing the others.
MODULES: dict[str, tuple[str, ...]] = {
    "orders": ("Orders", "OrderItems", "OrderMetrics"),
    "inventory": ("InventorySupply",),
    "catalog_items": ("CatalogItems",),
    "listings": ("ListingsItems", "ListingsItemsSummaries", "ListingsItemsIssues", "ListingsItemsOffers"),
    "pricing": (
        "CompetitivePricing",
        "CompetitivePrices",
        "ProductPricing",
        "ItemOffers",
        "ItemOffersOffers",
        "ListingOffers",
        "ListingOffersOffers",
    ),
    "finances": ("Transactions", "TransactionBreakdowns", "TransactionItems", "TransactionItemBreakdowns"),
    "account": ("MarketplaceParticipations",),
    "documents": ("ReportList", "Feeds"),
}

# Columns that every table has beside its own: the connection's name, the path that gave the row, when it was asked.
COMMON = (
    Column("Account", VARCHAR, hidden=True, doc="The connection that the row came through."),
    Column("_Source", VARCHAR, hidden=True, doc="The operation that gave the row."),
    Column("_AsOf", TIMESTAMP, hidden=True, doc="When Amazon gave the row."),
)

_BY_FIELD = {"integer": BIGINT, "boolean": BOOLEAN, "number": DOUBLE, "object": JSON, "array": JSON}
_AMOUNTS = {"amount": "currencycode", "currencyamount": "currencycode"}


def names(schema: str) -> tuple[str, ...]:
    """Return the names of a schema's tables and views, sorted."""
    return tuple(sorted(entry.name for entry in _entries(schema)))


def table(schema: str, name: str) -> Table:
    """Return a table by schema and name, compared without case.

    Raises:
        ProgrammingError: the schema has no such table; the message names the nearest.
    """
    found = find(schema, name)
    if found is None:
        raise ProgrammingError(f"There is no table {name} in schema {schema}.{nearest(name, names(schema))}")
    return found


def find(schema: str, name: str) -> Table | None:
    """Return a table by schema and name, compared without case, or None."""
    for module, tables in MODULES.items():
        for known in tables:
            if known.lower() == name.lower():
                return _table(schema, module, known)
    return None


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
    by_name = {c.name: replace(c, hidden=c.name not in shown) for c in found.columns}
    columns = tuple(by_name[name] for name in ordered)
    return replace(found, columns=columns, by_lower={c.name.lower(): c for c in columns})


def pascal(path: str) -> str:
    """Return a field path as a column name: ``shipByWindow.earliestDateTime`` is ShipByWindowEarliestDateTime."""
    parts = (re.sub(r"\[.*?\]", "", part) for part in path.split("."))
    return "".join(p[:1].upper() + re.sub(r"\W", "", p[1:]) for p in parts if p)


def _entries(schema: str) -> list[Entry]:
    found = []
    for module in MODULES:
        found += [e for e in declared(module).values() if schema in e.schemas]
    return found


@cache
def declared(module: str) -> dict[str, Entry]:
    """Return the entries of a catalog module by name."""
    tables = importlib.import_module(f"amzsql.catalog.selling_partner.{module}").TABLES
    return {entry.name: entry for entry in tables}


@cache
def _table(schema: str, module: str, name: str) -> Table | None:
    entry = declared(module).get(name)
    return resolve(entry, schema) if entry is not None and schema in entry.schemas else None


def resolve(entry: Entry, schema: str) -> Table:
    """Return the table of an entry: its columns, types and sources out of the facts."""
    columns: dict[str, Column] = {}
    paths = []
    for number, declared in enumerate(entry.paths):
        operation = spapi.operation(declared.operation)
        found = _path_columns(declared, operation)
        sources = {source.column: source for source, _ in found}
        paths.append(TablePath(declared, row_path(declared, operation), sources))
        for _, column in found:
            known = columns.get(column.name)
            hidden = known.hidden if known else number > 0 or column.name in entry.hidden
            enum = _merged(known.enum if known else (), column.enum)
            columns[column.name] = Column(column.name, known.type if known else column.type, hidden, enum, column.doc)
    corrected = dict(entry.types)
    for name in columns.keys() & corrected.keys():
        old = columns[name]
        columns[name] = Column(name, corrected[name], old.hidden, old.enum, old.doc)
    for name, column in columns.items():
        columns[name] = _with_elements(column, paths) if column.type == JSON else column
    ordered = _ordered(entry, columns)
    return Table(schema, entry, ordered, tuple(paths), {c.name.lower(): c for c in ordered})


def _with_elements(column: Column, paths: list[TablePath]) -> Column:
    """Return a column of JSON text as a list of plain texts, with their enum, if it is one on every path."""
    sources = [(path, path.sources[column.name].path) for path in paths if column.name in path.sources]
    facts = [all_fields(spapi.operation(path.operation)).get(any_element(at) + "[]") for path, at in sources]
    if not all(fact is not None and fact.type == "string" for fact in facts):
        return column
    enum = tuple(dict.fromkeys(value for fact in facts if fact is not None for value in fact.enum))
    return replace(column, enum=enum, elements=True)


def row_path(declared: AccessPath, operation: Operation) -> str:
    """Return the absolute path of a path's rows."""
    return operation.row_path if declared.row_path is None else declared.row_path


def _ordered(entry: Entry, columns: dict[str, Column]) -> tuple[Column, ...]:
    first = [columns[name] for name in entry.first if name in columns]
    rest = [column for name, column in columns.items() if name not in entry.first]
    return (*first, *rest, *COMMON)


def _merged(known: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return known + tuple(e for e in more if e.lower() not in {k.lower() for k in known})


def _path_columns(declared: AccessPath, operation: Operation) -> list[tuple[ColumnSource, Column]]:
    absolute = row_path(declared, operation)
    renamed, spelt = dict(declared.names), dict(declared.values)
    found: dict[str, tuple[ColumnSource, Column]] = {}
    for leaf, name, kind, enum in _leaves(_below(operation, absolute)):
        column = renamed.get(leaf, name)
        if column is not None and column not in found:
            path = f"{absolute}.{leaf}" if absolute and leaf else absolute + leaf
            found[column] = _source(column, path, kind, enum, spelt.get(column, ()))
    for column, path in declared.extra:
        kind, enum = type_at(operation, path)
        found[column] = _source(column, path, kind, enum, spelt.get(column, ()))
    for column, parameter in declared.from_parameters:
        if column not in found:
            given = operation.parameter(parameter)
            kind = TIMESTAMP if given.format == "date-time" else VARCHAR
            beside = _beside(declared, column, parameter)
            source = ColumnSource(column, parameter=parameter, values=spelt.get(column, ()), given=beside)
            doc = f"What was asked for, by the request's parameter {parameter}."
            found[column] = (source, Column(column, kind, enum=_spelt(given.enum, spelt.get(column, ())), doc=doc))
    return list(found.values())


def _beside(declared: AccessPath, column: str, parameter: str) -> tuple[tuple[str, str], ...]:
    """Return the parameters that tell this column from others which the same parameter narrows."""
    pushdowns = (p for p in declared.pushdowns if (p.column, p.parameter) == (column, parameter))
    return next((p.extras for p in pushdowns), ())


def _source(
    column: str, path: str, kind: SqlType, enum: tuple[str, ...], values: tuple[tuple[str, str], ...]
) -> tuple[ColumnSource, Column]:
    return ColumnSource(column, path, values=values), Column(column, kind, enum=_spelt(enum, values))


def _spelt(enum: tuple[str, ...], values: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    spelling = dict(values)
    return tuple(dict.fromkeys(spelling.get(e, e) for e in enum)) or tuple(sql for _, sql in values)


def all_fields(operation: Operation) -> dict[str, Field]:
    """Return an operation's fields by their absolute path in the body."""
    prefix = operation.row_path
    known = {f"{prefix}.{f.path}" if prefix else f.path: f for f in operation.fields}
    known |= {f.path: f for f in operation.root_fields if f.path not in known}
    return known


def _below(operation: Operation, absolute: str) -> dict[str, Field]:
    """Return the fields below a row path, by their path relative to it."""
    start = absolute + "." if absolute else ""
    return {path[len(start) :]: f for path, f in all_fields(operation).items() if path.startswith(start)}


def _leaves(fields: dict[str, Field]) -> list[tuple[str, str, SqlType, tuple[str, ...]]]:
    """Return (path, column name, type, enum) of each column below a row; an array is one column of JSON text."""
    found: dict[str, tuple[str, str, SqlType, tuple[str, ...]]] = {}
    lower = {path.lower() for path in fields}
    for path, fact in fields.items():
        leaf, is_array = (path[: path.index("[]")], True) if "[]" in path else (path, False)
        if leaf and leaf not in found:
            kind = JSON if is_array else _type_of(fact, _has_currency(leaf.lower(), lower))
            found[leaf] = (leaf, pascal(leaf), kind, () if is_array else fact.enum)
    return list(found.values())


def _has_currency(path: str, known: set[str]) -> bool:
    parent, _, name = path.rpartition(".")
    currency = _AMOUNTS.get(name)
    return currency is not None and (f"{parent}.{currency}" if parent else currency) in known


def _type_of(fact: Field, money: bool) -> SqlType:
    if money:
        return MONEY
    if fact.format == "date-time":
        return TIMESTAMP
    if fact.format == "date":
        return DATE
    return _BY_FIELD.get(fact.type, VARCHAR)


def any_element(path: str) -> str:
    """Return a path with its selectors (``[0]``, ``[type=ITEM]``) as ``[]``, as the facts write it."""
    return re.sub(r"\[[^\]]*\]", "[]", path)


def type_at(operation: Operation, path: str) -> tuple[SqlType, tuple[str, ...]]:
    """Return type and enum of an absolute path; LookupError if the operation has no such field."""
    if path.endswith("#"):
        return BIGINT, ()
    plain = any_element(path)
    known = all_fields(operation)
    if plain in known:
        return _type_of(known[plain], _has_currency(plain.lower(), {p.lower() for p in known})), known[plain].enum
    if any(p.startswith((plain + ".", plain + "[]")) for p in known):
        return JSON, ()
    raise LookupError(f"{operation.name} has no field {path}")
