"""The metadata tables, schema ``sys``: their columns, and the rows of those that catalog and settings fill alone.

What a run knows (sys_quota, sys_requests) is declared here and filled by whoever runs it. Must not know of accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

from amzsql import spapi
from amzsql.catalog import personal, procedures, registry, writes
from amzsql.catalog.derive import required_fields
from amzsql.catalog.freshness import change_column, max_lookback, settling_time, time_zone
from amzsql.catalog.model import Column, Entry, Table, TablePath, WriteMapping
from amzsql.catalog.procedures import Procedure
from amzsql.catalog.scratch import SCHEMA as SCRATCH
from amzsql.catalog.scratch import ScratchTable
from amzsql.settings import PROPERTIES
from amzsql.spapi.model import Operation
from amzsql.types import BIGINT, BLOB, BOOLEAN, DATE, DOUBLE, JSON, MONEY, TIMESTAMP, VARCHAR, SqlType

if TYPE_CHECKING:
    from amzsql.spapi.roles import Grant

SCHEMA = "sys"
CATALOG = "amzsql"
# How a role is marked that no source names.
GUESS = " (guess)"
SCHEMAS = tuple(s for s in registry.SCHEMAS if s != "Temp")

Row = dict[str, object]

# The numbers that JDBC gives to types, which tools of the reference's family expect beside the names.
_JDBC = {VARCHAR: 12, JSON: -1, BOOLEAN: 16, BIGINT: -5, DOUBLE: 8, MONEY: 3, DATE: 91, TIMESTAMP: 2014, BLOB: -3}
_OTHERS = (
    ("TINYINT", -6), ("SMALLINT", 5), ("INTEGER", 4), ("FLOAT", 6), ("DECIMAL", 3), ("TIMESTAMP", 93), ("TIME", 92),
)  # fmt: skip
_PRECISION: Mapping[SqlType, tuple[int | None, int | None]] = {MONEY: (18, 4), BIGINT: (19, 0), DOUBLE: (15, None)}

# Name, what it holds, how many of the first columns are the key, the columns: VARCHAR, or "Name TYPE".
_DECLARED: tuple[tuple[str, str, int, str], ...] = (
    ("sys_schemas", "One row per schema.", 2, "CatalogName, SchemaName"),
    (
        "sys_tables",
        "One row per table or view.",
        3,
        "CatalogName, SchemaName, TableName, TableType, Description, IsUpdateable BOOLEAN, Roles, "
        "ChangeColumn, SettlingTime, MaxLookback",
    ),
    (
        "sys_tablecolumns",
        "One row per column.",
        4,
        "CatalogName, SchemaName, TableName, ColumnName, DataTypeName, DataType BIGINT, Length BIGINT, "
        "NumericPrecision BIGINT, NumericScale BIGINT, IsNullable BOOLEAN, Description, Ordinal BIGINT, "
        "IsAutoIncrement, IsGeneratedColumn, IsHidden BOOLEAN, IsArray BOOLEAN, IsReadOnly BOOLEAN, IsKey BOOLEAN, "
        "ColumnType, TimeZone, CurrencyColumn, PersonalData",
    ),
    (
        "sys_keycolumns",
        "One row per column of a key, or of a reference to another table's key.",
        4,
        "CatalogName, SchemaName, TableName, ColumnName, IsKey BOOLEAN, IsForeignKey BOOLEAN, PrimaryKeyName, "
        "ForeignKeyName, ReferencedCatalogName, ReferencedSchemaName, ReferencedTableName, ReferencedColumnName",
    ),
    (
        "sys_procedures",
        "One row per procedure: documented by the reference connector, or of our own; IsReadOnly where a call changes "
        "nothing at Amazon.",
        3,
        "CatalogName, SchemaName, ProcedureName, Description, ProcedureType, DocumentedBy, IsReadOnly BOOLEAN, "
        "OperationId, Method, Path, ApiName, ApiVersion, Roles",
    ),
    (
        "sys_procedureparameters",
        "One row per input (IN) or column of a result (RESULT) of a procedure; ResultSet is the result's number.",
        0,
        "CatalogName, SchemaName, ProcedureName, ColumnName, Direction, DataTypeName, DataType BIGINT, Length BIGINT, "
        "NumericPrecision BIGINT, NumericScale BIGINT, IsNullable BOOLEAN, IsRequired BOOLEAN, IsArray BOOLEAN, "
        "Description, Ordinal BIGINT, ResultSet BIGINT",
    ),
    (
        "sys_connection_props",
        "One row per connection property.",
        1,
        "Name, ShortDescription, Type, Default, Values, Category, Sensitivity, Status, Ordinal BIGINT",
    ),
    (
        "sys_accesspaths",
        "One row per way to get a table's rows. Several columns of RequiredColumns joined by | are alternatives; those "
        "of ParentColumns need no filter either: without one they are read from each row of ParentTable. Where there "
        "is a ReportType, the rows stand in a report of that type: of a REPORT_ view always, of another table with "
        "UseReports=True.",
        0,
        "SchemaName, TableName, OperationId, Method, Path, ApiName, ApiVersion, Rate DOUBLE, Burst BIGINT, Roles, "
        "RequiredColumns, PushedColumns, ParentColumns, ParentTable, ReportType",
    ),
    (
        "sys_quota",
        "One row per operation that a table asks: calls a second, and how many are granted at once now.",
        2,
        "Account, Operation, Rate DOUBLE, LearnedRate DOUBLE, Tokens DOUBLE, FullAt TIMESTAMP, Last429 TIMESTAMP",
    ),
    (
        "sys_requests",
        "The last thousand requests of the process.",
        0,
        "Account, Operation, StartedAt TIMESTAMP, Status BIGINT, Seconds DOUBLE, WaitedSeconds DOUBLE, "
        "Throttled BOOLEAN, Bytes BIGINT",
    ),
    (
        "sys_writes",
        "One row per row that a statement changed, or was to change, in the last days: done, refused, not sent, or "
        "unknown where Amazon may have carried it out or not.",
        3,
        "Account, Statement, RowNumber BIGINT, Verb, SchemaName, TableName, RowKey JSON, State, ChangedAt TIMESTAMP, "
        "RequestId",
    ),
    (
        "sys_tablewrites",
        "One row per column or input that an INSERT, UPDATE or DELETE of a table takes: IsColumn is false where it "
        "answers in these only, IsKey where it names the row, and SetTo is the one value that an UPDATE may give it.",
        0,
        "CatalogName, SchemaName, TableName, Kind, OperationId, Method, Path, ColumnName, DataTypeName, "
        "IsColumn BOOLEAN, IsKey BOOLEAN, IsRequired BOOLEAN, IsArray BOOLEAN, SetTo, Description, Ordinal BIGINT",
    ),
)
_TYPES = {"BIGINT": BIGINT, "BOOLEAN": BOOLEAN, "DOUBLE": DOUBLE, "JSON": JSON, "TIMESTAMP": TIMESTAMP}


def _declared(name: str, doc: str, keys: int, text: str) -> Table:
    columns = []
    for each in text.split(", "):
        column, _, kind = each.partition(" ")
        columns.append(Column(column, _TYPES.get(kind, VARCHAR)))
    entry = Entry(name, doc, (), tuple(c.name for c in columns[:keys]), schemas=(SCHEMA,), typical_rows=1000)
    return Table(SCHEMA, entry, tuple(columns), (), {c.name.lower(): c for c in columns})


TABLES: Mapping[str, Table] = {name: _declared(name, *rest) for name, *rest in _DECLARED}  # type: ignore[arg-type]


def names() -> tuple[str, ...]:
    """Return the names of the metadata tables."""
    return tuple(TABLES)


def find(name: str) -> Table | None:
    """Return a metadata table by name, compared without case, or None."""
    return TABLES.get(name.lower())


@dataclass(frozen=True, slots=True)
class Shown:
    """What a connection shows: which schemas, whether types of reports are listed, and a table as it knows it.

    `own`: the tables that are its own. `columns`: those that are asked for of the rows; None: all.
    """

    schemas: Sequence[str] = SCHEMAS
    reports: bool = False
    seen: Callable[[Table], Table] = lambda table: table
    own: Sequence[ScratchTable] = ()
    columns: Collection[str] | None = None

    def asks(self, column: str) -> bool:
        """Tell whether a column is asked for."""
        return self.columns is None or column in self.columns


def rows(name: str, schemas: Sequence[str] = SCHEMAS, shown: Shown | None = None) -> list[Row] | None:
    """Return the rows of a metadata table by column; None where the run has to fill it.

    `shown` is what a connection shows: by default all of `schemas` but the tables of reports. What is costly to tell
    and not asked for is left out.
    """
    fill = _FILLED.get(name.lower())
    return None if fill is None else list(fill(shown or Shown(schemas)))


# -- rows out of the catalog ---------------------------------------------------------------------------------------


def _tables(shown: Shown) -> Iterator[Table]:
    for schema in shown.schemas:
        for name in registry.names(schema, reports=shown.reports):
            yield shown.seen(registry.table(schema, name))
    yield from shown.own


def _sys_schemas(shown: Shown) -> Iterator[Row]:
    for schema in (*shown.schemas, SCRATCH, SCHEMA):
        yield {"CatalogName": CATALOG, "SchemaName": schema}


def _sys_tables(shown: Shown) -> Iterator[Row]:
    for table in (*_tables(shown), *TABLES.values()):
        yield {
            **_named(table),
            "TableType": "SYSTEM TABLE" if table.schema == SCHEMA else table.entry.kind.upper(),
            "Description": table.entry.doc,
            "IsUpdateable": bool(table.writes) or isinstance(table, ScratchTable),
            "Roles": ", ".join(roles_of(table)),
            "ChangeColumn": change_column(table),
            "SettlingTime": settling_time(table),
            "MaxLookback": max_lookback(table),
        }


def _named(table: Table) -> Row:
    return {"CatalogName": CATALOG, "SchemaName": table.schema, "TableName": table.name}


def _sys_tablecolumns(shown: Shown) -> Iterator[Row]:
    told = [(name, tell) for name, tell in _OF_COLUMN.items() if shown.asks(name)]
    for table in (*_tables(shown), *TABLES.values()):
        kinds = _personal(table) if shown.asks("PersonalData") else None
        for ordinal, column in enumerate(table.columns, 1):
            row = {**_named(table), "Ordinal": ordinal, **{name: tell(table, column) for name, tell in told}}
            yield row if kinds is None else {**row, "PersonalData": kinds.get(column.name)}


@lru_cache(maxsize=4096)
def _personal(table: Table) -> Mapping[str, str]:
    return {} if table.is_local or isinstance(table, ScratchTable) else personal.kinds(table)


def _is_nullable(table: Table, column: Column) -> bool:
    return column.name in table.nullable if isinstance(table, ScratchTable) else column.name not in table.entry.key


def _is_counting(table: Table, column: Column) -> str:
    return "YES" if isinstance(table, ScratchTable) and column.name in table.counting else "NO"


def _is_read_only(table: Table, column: Column) -> bool:
    return column.hidden if isinstance(table, ScratchTable) else not writes.is_written(table, column.name)


def _jdbc(kind: SqlType) -> int:
    """Return the number of a type; of those that only scratch tables have, by the beginning of its name."""
    found = _JDBC.get(kind)
    if found is None:
        found = next((number for name, number in _OTHERS if kind.name.startswith(name)), 1111)
    return found


def _precision(kind: SqlType) -> tuple[int | None, int | None]:
    if pa.types.is_decimal(kind.arrow):
        return kind.arrow.precision, kind.arrow.scale
    return _PRECISION.get(kind, (None, None))


def is_pseudo(table: Table, column: str) -> bool:
    """Tell whether a column's value is what was asked for, and not what Amazon answered."""
    if not table.by_lower[column.lower()].hidden:
        return False
    sources = [path.sources[column] for path in table.paths if column in path.sources]
    return bool(sources) and all(s.parameter is not None for s in sources)


# What sys_tablecolumns tells of a column.
_OF_COLUMN: Mapping[str, Callable[[Table, Column], object]] = {
    "ColumnName": lambda _, column: column.name,
    "DataTypeName": lambda _, column: str(column.type),
    "DataType": lambda _, column: _jdbc(column.type),
    "Length": lambda _, __: None,
    "NumericPrecision": lambda _, column: _precision(column.type)[0],
    "NumericScale": lambda _, column: _precision(column.type)[1],
    "IsNullable": _is_nullable,
    "Description": lambda _, column: column.doc or None,
    "IsAutoIncrement": _is_counting,
    "IsGeneratedColumn": lambda _, __: "NO",
    "IsHidden": lambda _, column: column.hidden,
    "IsArray": lambda _, __: False,
    "IsReadOnly": _is_read_only,
    "IsKey": lambda table, column: column.name in table.entry.key,
    "ColumnType": lambda table, column: "PSEUDOCOLUMN" if is_pseudo(table, column.name) else "COLUMN",
    "TimeZone": time_zone,
    "CurrencyColumn": lambda _, column: column.currency or None,
}


def _sys_keycolumns(shown: Shown) -> Iterator[Row]:
    for table in _tables(shown):
        parent = table.entry.above
        referred = dict(parent.pairs) if parent is not None else {}
        for column in table.entry.key:
            row: Row = dict.fromkeys(c.name for c in TABLES["sys_keycolumns"].columns)
            row |= {**_named(table), "ColumnName": column, "IsKey": True, "IsForeignKey": False}
            row["PrimaryKeyName"] = f"PK_{table.name}"
            if parent is not None and column in referred:
                row |= {"IsForeignKey": True, "ForeignKeyName": f"FK_{table.name}_{parent.table}"}
                row |= {"ReferencedCatalogName": CATALOG, "ReferencedSchemaName": table.schema}
                row |= {"ReferencedTableName": parent.table, "ReferencedColumnName": referred[column]}
            yield row


def _sys_accesspaths(shown: Shown) -> Iterator[Row]:
    for table in _tables(shown):
        for path in (*table.paths, *table.reports):
            operation, inherited = spapi.operation(path.operation), parent_columns(table, path)
            needed = (group for group in required_columns(path) if not set(group) & set(inherited))
            yield {
                "SchemaName": table.schema,
                "TableName": table.name,
                "OperationId": operation.operation_id,
                "Method": operation.method,
                "Path": operation.path,
                "ApiName": operation.api,
                "ApiVersion": operation.version,
                "Rate": operation.rate.rate,
                "Burst": operation.rate.burst,
                "Roles": ", ".join(roles_of_path(path)),
                "RequiredColumns": ", ".join(" | ".join(group) for group in needed),
                "PushedColumns": ", ".join(pushed_columns(path)),
                "ParentColumns": ", ".join(inherited) or None,
                "ParentTable": table.entry.parent.table if table.entry.parent and inherited else None,
                "ReportType": path.declared.report or None,
            }


def roles_opening(operation: Operation) -> tuple[str, ...]:
    """Return the roles of which any one opens an operation, a guessed one as ``Pricing (guess)``; none if unknown.

    What is asked for in the application's own name, and so needs none, is ``(grantless)``.
    """
    from amzsql.spapi import roles  # read for whoever asks for roles, and by no other statement

    if operation.grantless:
        return ("(grantless)",)
    return _named_roles(roles.of_operation(operation.name))


def roles_of_path(path: TablePath) -> tuple[str, ...]:
    """Return the roles of which any one opens an access path: those of its operation, or of its type of report."""
    if not path.declared.report:
        return roles_opening(spapi.operation(path.operation))
    from amzsql.spapi import roles

    return _named_roles(roles.of_report(path.declared.report))


def _named_roles(grant: Grant) -> tuple[str, ...]:
    return tuple(role + GUESS for role in grant.roles) if grant.guess else grant.roles


def roles_of(table: Table) -> tuple[str, ...]:
    """Return the roles that open some access path of a table, in alphabetical order; a known one is not guessed too."""
    found = {role for path in table.paths for role in roles_of_path(path)}
    return tuple(sorted(role for role in found if role.removesuffix(GUESS) not in found - {role}))


def required_columns(path: TablePath) -> tuple[tuple[str, ...], ...]:
    """Return the columns without a filter on which a path cannot be asked; of each group one will do."""
    if path.declared.alike is not None:
        return ((path.declared.alike.window,),) if path.declared.alike.window else ()
    if path.declared.report:
        from amzsql.catalog import reports  # what is known of documents is read for whoever asks for reports

        return reports.required_columns(path)
    if path.declared.query:
        from amzsql.catalog import data_kiosk

        return data_kiosk.required_columns(path.declared)
    operation, pushdowns = spapi.operation(path.operation), path.declared.pushdowns
    given = {name for name, _ in path.declared.fixed}
    for pushdown in pushdowns:
        if pushdown.default is not None:
            given |= {pushdown.parameter, *pushdown.also}
    demanded = [(p.name,) for p in operation.parameters if p.required and p.location != "body"]
    demanded += [(name,) for name in required_fields(path.declared, operation)]
    found: dict[tuple[str, ...], None] = {}
    for group in (*demanded, *operation.any_of):
        columns = _setting(path, set(group))
        # What no column sets is sent of itself: which parts of the answer are wanted.
        if columns and not given & set(group):
            found[columns] = None
    return tuple(found)


def parent_columns(table: Table, path: TablePath) -> tuple[str, ...]:
    """Return the required columns of a path that its table's parent gives, where that can be read without a filter."""
    parent = table.entry.parent
    needed = {column for group in required_columns(path) for column in group}
    columns = tuple(own for own, _ in parent.pairs if own in needed) if parent is not None else ()
    source = registry.find(table.schema, parent.table) if parent is not None and columns else None
    if parent is None or source is None:
        return ()
    read = frozenset(other for own, other in parent.pairs if own in columns)
    return columns if _is_listed(source, read, frozenset({table.name})) else ()


def _is_listed(table: Table, read: frozenset[str], below: frozenset[str]) -> bool:
    """Tell whether some columns of a table can be read without a filter; `below`: the tables that this is asked for."""
    for path in table.paths:
        if path.covers(read) and not spapi.operation(path.operation).removed:
            inherited = parent_columns(table, path) if table.name not in below else ()
            if all(set(group) & set(inherited) for group in required_columns(path)):
                return True
    return False


def _setting(path: TablePath, parameters: set[str]) -> tuple[str, ...]:
    """Return the columns a filter on which sets one of the parameters."""
    columns = (
        p.column
        for p in path.declared.pushdowns
        if parameters & {p.parameter, *p.also, *(name for name, _ in p.extras)}
    )
    return tuple(dict.fromkeys(columns))


def pushed_columns(path: TablePath) -> tuple[str, ...]:
    """Return the columns with their operators that Amazon filters by: ``PurchaseDate >=``."""
    return tuple(dict.fromkeys(f"{p.column} {p.operator}" for p in path.declared.pushdowns))


# -- rows out of the writes ----------------------------------------------------------------------------------------


def _sys_tablewrites(shown: Shown) -> Iterator[Row]:
    for table in _tables(shown):
        for chosen in table.writes:
            operation = spapi.operation(chosen.operation)
            of_write: Row = {**_named(table), "Kind": chosen.kind.upper(), "OperationId": operation.operation_id}
            of_write |= {"Method": operation.method, "Path": operation.path}
            for ordinal, row in enumerate(_taken(table, chosen), 1):
                yield {**of_write, **row, "Ordinal": ordinal}


def _taken(table: Table, chosen: WriteMapping) -> Iterator[Row]:
    """Yield what a write takes: what names the row, then what it may set."""
    known, needed = writes.inputs(table, chosen), writes.required(table, chosen)
    keys = () if chosen.kind == "insert" else writes.keys(table, chosen)
    given = () if chosen.kind == "delete" else writes.settable(table, chosen)
    fixed = dict(chosen.sets) if chosen.kind == "update" else {}
    for name in dict.fromkeys((*keys, *given)):
        each, column = known.get(name), table.column(name)
        kind = each.type if each is not None else VARCHAR
        yield {
            "ColumnName": name,
            "DataTypeName": str(kind),
            "IsColumn": column is not None and (name in fixed or name in writes.call(table, chosen).columns),
            "IsKey": name in keys,
            "IsRequired": name in needed or name in fixed,
            "IsArray": each is not None and each.is_list,
            "SetTo": fixed.get(name),
            "Description": (each.doc if each is not None else "") or (column.doc if column is not None else "") or None,
        }


# -- rows out of the procedures ------------------------------------------------------------------------------------


def _sys_procedures(shown: Shown) -> Iterator[Row]:
    for each in procedures.every(shown.schemas):
        operation = spapi.operation(each.operation) if each.operation else None
        yield {
            **_of_procedure(each),
            "Description": f"{each.doc} Amazon has removed it. {each.removed}" if each.removed else each.doc,
            "ProcedureType": "PROCEDURE",
            "DocumentedBy": "reference" if each.documented else "amzsql",
            "IsReadOnly": not each.writes,
            "OperationId": operation.operation_id if operation is not None else None,
            "Method": operation.method if operation is not None else None,
            "Path": operation.path if operation is not None else None,
            "ApiName": operation.api if operation is not None else None,
            "ApiVersion": operation.version if operation is not None else None,
            "Roles": ", ".join(roles_opening(operation)) if operation is not None else None,
        }


def _of_procedure(each: Procedure) -> Row:
    return {"CatalogName": CATALOG, "SchemaName": each.schema, "ProcedureName": each.name}


def _sys_procedureparameters(shown: Shown) -> Iterator[Row]:
    for each in procedures.every(shown.schemas):
        for ordinal, given in enumerate(each.inputs, 1):
            needed = given.required and given.default is None
            row = _parameter(given.name, given.type, ordinal) | {"IsRequired": needed, "IsNullable": not needed}
            yield {**_of_procedure(each), **row, "Direction": "IN", "IsArray": given.is_list, "Description": given.doc}
        for number, result in enumerate(each.sets, 1):
            for ordinal, column in enumerate(result.columns, 1):
                row = _parameter(column.name, column.type, ordinal) | {"IsRequired": False, "IsNullable": True}
                yield {**_of_procedure(each), **row, "Direction": "RESULT", "IsArray": False, "ResultSet": number}


def _parameter(name: str, kind: SqlType, ordinal: int) -> Row:
    precision, scale = _PRECISION.get(kind, (None, None))
    return {
        "ColumnName": name,
        "DataTypeName": str(kind),
        "DataType": _JDBC[kind],
        "Length": None,
        "NumericPrecision": precision,
        "NumericScale": scale,
        "Description": None,
        "Ordinal": ordinal,
        "ResultSet": None,
    }


# -- rows out of the settings --------------------------------------------------------------------------------------


def _sys_connection_props(_: Shown) -> Iterator[Row]:
    for ordinal, known in enumerate(PROPERTIES, 1):
        default = "" if known.default in (None, "", ()) else str(known.default)
        yield {
            "Name": known.name,
            "ShortDescription": known.doc,
            "Type": known.kind,
            "Default": known.shown or default,
            "Values": ", ".join(known.choices),
            "Category": known.category,
            "Sensitivity": "SECRET" if known.secret else "NONE",
            "Status": known.status,
            "Ordinal": ordinal,
        }


_FILLED: Mapping[str, Callable[[Shown], Iterator[Row]]] = {
    "sys_schemas": _sys_schemas,
    "sys_tables": _sys_tables,
    "sys_tablecolumns": _sys_tablecolumns,
    "sys_keycolumns": _sys_keycolumns,
    "sys_procedures": _sys_procedures,
    "sys_procedureparameters": _sys_procedureparameters,
    "sys_tablewrites": _sys_tablewrites,
    "sys_connection_props": _sys_connection_props,
    "sys_accesspaths": _sys_accesspaths,
}


def type_name(kind: SqlType) -> str:
    """Return a type as the reference pages print it."""
    return "TIMESTAMP" if kind == TIMESTAMP else str(kind)
