"""What MySQL's clients ask of a server's catalog: information_schema as scratch tables, and SHOW as queries over them.

Owns which of MySQL's tables and columns there are and what of amzsql's catalog stands in them. Must not know the
protocol; nothing here asks Amazon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from amzsql.errors import ProgrammingError
from amzsql.sql.mysql import SCHEMA, unquoted

_KINDS = """CASE WHEN DataTypeName LIKE 'DECIMAL%' THEN 'decimal' WHEN DataTypeName LIKE 'TIMESTAMP%' THEN 'datetime'
 WHEN DataTypeName = 'BOOLEAN' THEN 'tinyint' WHEN DataTypeName = 'JSON' THEN 'longtext'
 WHEN DataTypeName = 'INTEGER' THEN 'int' WHEN DataTypeName = 'BLOB' THEN 'longblob' ELSE lower(DataTypeName) END"""
_TYPES = """CASE WHEN DataTypeName LIKE 'DECIMAL%' THEN lower(DataTypeName) WHEN DataTypeName LIKE 'TIMESTAMP%'
 THEN 'datetime(6)' WHEN DataTypeName = 'BOOLEAN' THEN 'tinyint(1)' WHEN DataTypeName = 'VARCHAR' THEN 'varchar(16383)'
 WHEN DataTypeName = 'JSON' THEN 'longtext' WHEN DataTypeName = 'INTEGER' THEN 'int'
 WHEN DataTypeName = 'BLOB' THEN 'longblob' ELSE lower(DataTypeName) END"""
_TEXT = "DataTypeName IN ('VARCHAR', 'JSON')"
_TIME = "TIMESTAMPTZ '2000-01-01 00:00:00+00'"
# A column of a primary key that leads to another table as well is two rows.
_KEYS = """SELECT k.SchemaName, k.TableName, k.ColumnName, k.ForeignKeyName, b.IsForeignKey,
 NOT b.IsForeignKey AS IsKey, CASE WHEN b.IsForeignKey THEN k.ReferencedSchemaName END AS ReferencedSchemaName,
 CASE WHEN b.IsForeignKey THEN k.ReferencedTableName END AS ReferencedTableName,
 CASE WHEN b.IsForeignKey THEN k.ReferencedColumnName END AS ReferencedColumnName, row_number() OVER (PARTITION BY
 k.SchemaName, k.TableName, b.IsForeignKey, CASE WHEN b.IsForeignKey THEN k.ForeignKeyName END ORDER BY c.Ordinal)
 AS place
 FROM sys_keycolumns k JOIN (VALUES (false), (true)) AS b(IsForeignKey) ON CASE WHEN b.IsForeignKey THEN k.IsForeignKey
 ELSE k.IsKey END JOIN sys_tablecolumns c ON c.SchemaName = k.SchemaName AND c.TableName = k.TableName
 AND c.ColumnName = k.ColumnName"""
# Each of MySQL's tables as a query over amzsql's own, but those in Temp, which are these themselves; those that have no
# rows here as their columns.
_QUERIES = {
    "SCHEMATA": """SELECT 'def' AS "CATALOG_NAME", SchemaName AS "SCHEMA_NAME", 'utf8mb4' AS
 "DEFAULT_CHARACTER_SET_NAME", 'utf8mb4_bin' AS "DEFAULT_COLLATION_NAME", NULL::VARCHAR AS "SQL_PATH",
 'NO' AS "DEFAULT_ENCRYPTION" FROM sys_schemas UNION ALL
 SELECT 'def', 'information_schema', 'utf8mb4', 'utf8mb4_bin', NULL, 'NO'""",
    "TABLES": f"""SELECT 'def' AS "TABLE_CATALOG", SchemaName AS "TABLE_SCHEMA", TableName AS "TABLE_NAME",
 CASE WHEN SchemaName = 'sys' THEN 'SYSTEM VIEW' ELSE 'BASE TABLE' END AS "TABLE_TYPE", 'amzsql' AS "ENGINE",
 10::BIGINT AS "VERSION", 'Dynamic' AS "ROW_FORMAT", NULL::BIGINT AS "TABLE_ROWS", NULL::BIGINT AS "AVG_ROW_LENGTH",
 0::BIGINT AS "DATA_LENGTH", NULL::BIGINT AS "MAX_DATA_LENGTH", 0::BIGINT AS "INDEX_LENGTH", 0::BIGINT AS "DATA_FREE",
 NULL::BIGINT AS "AUTO_INCREMENT", {_TIME} AS "CREATE_TIME", NULL::TIMESTAMPTZ AS "UPDATE_TIME",
 NULL::TIMESTAMPTZ AS "CHECK_TIME", 'utf8mb4_bin' AS "TABLE_COLLATION", NULL::BIGINT AS "CHECKSUM",
 '' AS "CREATE_OPTIONS", coalesce(Description, '') AS "TABLE_COMMENT" FROM sys_tables
 WHERE SchemaName <> 'Temp'""",
    "COLUMNS": f"""SELECT 'def' AS "TABLE_CATALOG", SchemaName AS "TABLE_SCHEMA", TableName AS "TABLE_NAME",
 ColumnName AS "COLUMN_NAME", Ordinal AS "ORDINAL_POSITION", NULL::VARCHAR AS "COLUMN_DEFAULT",
 CASE WHEN IsNullable THEN 'YES' ELSE 'NO' END AS "IS_NULLABLE", {_KINDS} AS "DATA_TYPE",
 CASE WHEN {_TEXT} THEN 16383 END::BIGINT AS "CHARACTER_MAXIMUM_LENGTH",
 CASE WHEN {_TEXT} THEN 65532 END::BIGINT AS "CHARACTER_OCTET_LENGTH", NumericPrecision AS "NUMERIC_PRECISION",
 NumericScale AS "NUMERIC_SCALE", CASE WHEN DataTypeName LIKE 'TIMESTAMP%' THEN 6 END::BIGINT AS "DATETIME_PRECISION",
 CASE WHEN {_TEXT} THEN 'utf8mb4' END AS "CHARACTER_SET_NAME",
 CASE WHEN {_TEXT} THEN 'utf8mb4_bin' END AS "COLLATION_NAME", {_TYPES} AS "COLUMN_TYPE",
 CASE WHEN IsKey THEN 'PRI' ELSE '' END AS "COLUMN_KEY", '' AS "EXTRA", 'select' AS "PRIVILEGES",
 coalesce(Description, '') AS "COLUMN_COMMENT", '' AS "GENERATION_EXPRESSION", NULL::BIGINT AS "SRS_ID"
 FROM sys_tablecolumns WHERE NOT IsHidden AND SchemaName <> 'Temp'""",
    "KEY_COLUMN_USAGE": f"""SELECT 'def' AS "CONSTRAINT_CATALOG", SchemaName AS "CONSTRAINT_SCHEMA",
 CASE WHEN IsKey THEN 'PRIMARY' ELSE ForeignKeyName END AS "CONSTRAINT_NAME", 'def' AS "TABLE_CATALOG",
 SchemaName AS "TABLE_SCHEMA", TableName AS "TABLE_NAME", ColumnName AS "COLUMN_NAME", place AS "ORDINAL_POSITION",
 CASE WHEN IsForeignKey THEN place END AS "POSITION_IN_UNIQUE_CONSTRAINT",
 ReferencedSchemaName AS "REFERENCED_TABLE_SCHEMA", ReferencedTableName AS "REFERENCED_TABLE_NAME",
 ReferencedColumnName AS "REFERENCED_COLUMN_NAME" FROM ({_KEYS}) AS k""",
    "TABLE_CONSTRAINTS": f"""SELECT DISTINCT 'def' AS "CONSTRAINT_CATALOG", SchemaName AS "CONSTRAINT_SCHEMA",
 CASE WHEN IsKey THEN 'PRIMARY' ELSE ForeignKeyName END AS "CONSTRAINT_NAME", SchemaName AS "TABLE_SCHEMA",
 TableName AS "TABLE_NAME", CASE WHEN IsKey THEN 'PRIMARY KEY' ELSE 'FOREIGN KEY' END AS "CONSTRAINT_TYPE",
 'NO' AS "ENFORCED" FROM ({_KEYS}) AS k""",
    "REFERENTIAL_CONSTRAINTS": f"""SELECT DISTINCT 'def' AS "CONSTRAINT_CATALOG", SchemaName AS "CONSTRAINT_SCHEMA",
 ForeignKeyName AS "CONSTRAINT_NAME", 'def' AS "UNIQUE_CONSTRAINT_CATALOG",
 ReferencedSchemaName AS "UNIQUE_CONSTRAINT_SCHEMA", 'PRIMARY' AS "UNIQUE_CONSTRAINT_NAME", 'NONE' AS "MATCH_OPTION",
 'NO ACTION' AS "UPDATE_RULE", 'NO ACTION' AS "DELETE_RULE", TableName AS "TABLE_NAME",
 ReferencedTableName AS "REFERENCED_TABLE_NAME" FROM ({_KEYS}) AS k WHERE IsForeignKey""",
    "STATISTICS": f"""SELECT 'def' AS "TABLE_CATALOG", SchemaName AS "TABLE_SCHEMA", TableName AS "TABLE_NAME",
 0::BIGINT AS "NON_UNIQUE", SchemaName AS "INDEX_SCHEMA", 'PRIMARY' AS "INDEX_NAME", place AS "SEQ_IN_INDEX",
 ColumnName AS "COLUMN_NAME", 'A' AS "COLLATION", NULL::BIGINT AS "CARDINALITY", NULL::BIGINT AS "SUB_PART",
 NULL::VARCHAR AS "PACKED", '' AS "NULLABLE", 'BTREE' AS "INDEX_TYPE", '' AS "COMMENT", '' AS "INDEX_COMMENT",
 'YES' AS "IS_VISIBLE", NULL::VARCHAR AS "EXPRESSION" FROM ({_KEYS}) AS k WHERE IsKey""",
    "ENGINES": """SELECT 'amzsql' AS "ENGINE", 'DEFAULT' AS "SUPPORT", 'The Selling Partner API' AS "COMMENT",
 'NO' AS "TRANSACTIONS", 'NO' AS "XA", 'NO' AS "SAVEPOINTS" """,
    "CHARACTER_SETS": """SELECT 'utf8mb4' AS "CHARACTER_SET_NAME", 'utf8mb4_bin' AS "DEFAULT_COLLATE_NAME",
 'UTF-8 Unicode' AS "DESCRIPTION", 4::BIGINT AS "MAXLEN" """,
    "COLLATION_CHARACTER_SET_APPLICABILITY": """SELECT * FROM (VALUES ('utf8mb4_bin', 'utf8mb4'),
 ('utf8mb4_general_ci', 'utf8mb4'), ('binary', 'binary')) AS c("COLLATION_NAME", "CHARACTER_SET_NAME")""",
    "COLLATIONS": """SELECT * FROM (VALUES ('utf8mb4_bin', 'utf8mb4', 46::BIGINT, '', 'Yes', 1::BIGINT, 'PAD SPACE'),
 ('utf8mb4_general_ci', 'utf8mb4', 45, 'Yes', 'Yes', 1, 'PAD SPACE'), ('binary', 'binary', 63, 'Yes', 'Yes', 1,
 'NO PAD')) AS c("COLLATION_NAME", "CHARACTER_SET_NAME", "ID", "IS_DEFAULT", "IS_COMPILED", "SORTLEN",
 "PAD_ATTRIBUTE")""",
}
_OF_A_CLIENT = "CHARACTER_SET_CLIENT COLLATION_CONNECTION DATABASE_COLLATION"
_MEASURES = "CHARACTER_MAXIMUM_LENGTH CHARACTER_OCTET_LENGTH NUMERIC_PRECISION NUMERIC_SCALE DATETIME_PRECISION"
_SIZES = "TABLE_ROWS AVG_ROW_LENGTH DATA_LENGTH MAX_DATA_LENGTH INDEX_LENGTH DATA_FREE"
_EMPTY = {
    "VIEWS": "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE DEFINER SECURITY_TYPE"
    " CHARACTER_SET_CLIENT COLLATION_CONNECTION",
    "ROUTINES": "SPECIFIC_NAME ROUTINE_CATALOG ROUTINE_SCHEMA ROUTINE_NAME ROUTINE_TYPE DATA_TYPE"
    f" {_MEASURES} CHARACTER_SET_NAME COLLATION_NAME DTD_IDENTIFIER ROUTINE_BODY ROUTINE_DEFINITION EXTERNAL_NAME"
    " EXTERNAL_LANGUAGE PARAMETER_STYLE IS_DETERMINISTIC SQL_DATA_ACCESS SQL_PATH SECURITY_TYPE CREATED LAST_ALTERED"
    f" SQL_MODE ROUTINE_COMMENT DEFINER {_OF_A_CLIENT}",
    "PARAMETERS": "SPECIFIC_CATALOG SPECIFIC_SCHEMA SPECIFIC_NAME ORDINAL_POSITION PARAMETER_MODE PARAMETER_NAME"
    f" DATA_TYPE {_MEASURES} CHARACTER_SET_NAME COLLATION_NAME DTD_IDENTIFIER ROUTINE_TYPE",
    "TRIGGERS": "TRIGGER_CATALOG TRIGGER_SCHEMA TRIGGER_NAME EVENT_MANIPULATION EVENT_OBJECT_CATALOG"
    " EVENT_OBJECT_SCHEMA EVENT_OBJECT_TABLE ACTION_ORDER ACTION_CONDITION ACTION_STATEMENT ACTION_ORIENTATION"
    " ACTION_TIMING ACTION_REFERENCE_OLD_TABLE ACTION_REFERENCE_NEW_TABLE ACTION_REFERENCE_OLD_ROW"
    f" ACTION_REFERENCE_NEW_ROW CREATED SQL_MODE DEFINER {_OF_A_CLIENT}",
    "EVENTS": "EVENT_CATALOG EVENT_SCHEMA EVENT_NAME DEFINER TIME_ZONE EVENT_BODY EVENT_DEFINITION EVENT_TYPE"
    " EXECUTE_AT INTERVAL_VALUE INTERVAL_FIELD SQL_MODE STARTS ENDS STATUS ON_COMPLETION CREATED LAST_ALTERED"
    f" LAST_EXECUTED EVENT_COMMENT ORIGINATOR {_OF_A_CLIENT}",
    "CHECK_CONSTRAINTS": "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME CHECK_CLAUSE",
    "PARTITIONS": "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME PARTITION_NAME SUBPARTITION_NAME PARTITION_ORDINAL_POSITION"
    " SUBPARTITION_ORDINAL_POSITION PARTITION_METHOD SUBPARTITION_METHOD PARTITION_EXPRESSION"
    f" SUBPARTITION_EXPRESSION PARTITION_DESCRIPTION {_SIZES} CREATE_TIME UPDATE_TIME CHECK_TIME CHECKSUM"
    " PARTITION_COMMENT NODEGROUP TABLESPACE_NAME",
    "PLUGINS": "PLUGIN_NAME PLUGIN_VERSION PLUGIN_STATUS PLUGIN_TYPE PLUGIN_TYPE_VERSION PLUGIN_LIBRARY"
    " PLUGIN_LIBRARY_VERSION PLUGIN_AUTHOR PLUGIN_DESCRIPTION PLUGIN_LICENSE LOAD_OPTION",
    "PROCESSLIST": "ID USER HOST DB COMMAND TIME STATE INFO",
    "USER_PRIVILEGES": "GRANTEE TABLE_CATALOG PRIVILEGE_TYPE IS_GRANTABLE",
    "SCHEMA_PRIVILEGES": "GRANTEE TABLE_CATALOG TABLE_SCHEMA PRIVILEGE_TYPE IS_GRANTABLE",
    "TABLE_PRIVILEGES": "GRANTEE TABLE_CATALOG TABLE_SCHEMA TABLE_NAME PRIVILEGE_TYPE IS_GRANTABLE",
    "COLUMN_PRIVILEGES": "GRANTEE TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME PRIVILEGE_TYPE IS_GRANTABLE",
    "KEYWORDS": "WORD RESERVED",
    "FILES": "FILE_ID FILE_NAME FILE_TYPE TABLESPACE_NAME LOGFILE_GROUP_NAME ENGINE INITIAL_SIZE EXTENT_SIZE EXTRA",
}
# The columns of these that are no texts: tools count with them.
_KINDS_OF_EMPTY = {
    "BIGINT": f"{_MEASURES} {_SIZES} ORDINAL_POSITION ACTION_ORDER PARTITION_ORDINAL_POSITION"
    " SUBPARTITION_ORDINAL_POSITION CHECKSUM ORIGINATOR ID TIME RESERVED FILE_ID INITIAL_SIZE EXTENT_SIZE",
    "TIMESTAMPTZ": "CREATED LAST_ALTERED EXECUTE_AT STARTS ENDS LAST_EXECUTED CREATE_TIME UPDATE_TIME CHECK_TIME",
}
_KIND_OF = {name: kind for kind, names in _KINDS_OF_EMPTY.items() for name in names.split()}
NAMES = frozenset({*_QUERIES, *_EMPTY})


def check(tables: Iterable[str]) -> None:
    """Raise ProgrammingError for a table that information_schema does not have here."""
    for name in tables:
        if name not in NAMES:
            raise ProgrammingError(f"{SCHEMA} has no table {name}, but {', '.join(sorted(NAMES))}.")


def definitions() -> Iterator[str]:
    """Yield the statements that make information_schema, as tables of schema Temp."""
    for name, query in _QUERIES.items():
        yield f'CREATE TABLE Temp."{name}" AS {query}'
    for name, columns in _EMPTY.items():
        yield f'CREATE TABLE Temp."{name}" ({", ".join(_defined(column) for column in columns.split())})'
    yield f'CREATE TABLE Temp."AMZSQL_CREATED" AS {_CREATED}'


def _defined(column: str) -> str:
    return f'"{column}" {_KIND_OF.get(column, "VARCHAR")}'


@dataclass(frozen=True, slots=True)
class Shown:
    """A SHOW statement as a query over information_schema, in amzsql's SQL: its rows are then filtered and cut.

    `like`: the column that LIKE is about, and `pattern` what it says. `where` and `limit` are MySQL's text, or empty.
    `table`: the schema and the table that it is about, if it is about one.
    """

    query: str
    like: str = ""
    pattern: str = ""
    where: str = ""
    limit: str = ""
    table: tuple[str, str] | None = None


_NAME = r"(?:`(?:[^`]|``)+`|\"[^\"]+\"|[\w$]+)"
_TAIL = re.compile(
    r"(?:\s+LIKE\s+(?P<like>'(?:[^'\\]|\\.|'')*'|\"[^\"]*\"))?(?:\s+WHERE\s+(?P<where>.*?))?"
    r"(?:\s+LIMIT\s+(?P<limit>\d+(?:\s*,\s*\d+)?(?:\s+OFFSET\s+\d+)?))?\s*;?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_FROM = rf"(?:\s+(?:FROM|IN)\s+(?P<table>{_NAME}(?:\.{_NAME})?))(?:\s+(?:FROM|IN)\s+(?P<db>{_NAME}))?"
_OF = rf"(?:\s+(?:FROM|IN)\s+(?P<db>{_NAME}))?"
_FIELDS = (
    '"COLUMN_NAME" AS "Field", "COLUMN_TYPE" AS "Type", "IS_NULLABLE" AS "Null", "COLUMN_KEY" AS "Key",'
    ' "COLUMN_DEFAULT" AS "Default", "EXTRA" AS "Extra"'
)
_FULL = (
    '"COLUMN_NAME" AS "Field", "COLUMN_TYPE" AS "Type", "COLLATION_NAME" AS "Collation",'
    ' "IS_NULLABLE" AS "Null", "COLUMN_KEY" AS "Key", "COLUMN_DEFAULT" AS "Default", "EXTRA" AS "Extra",'
    ' "PRIVILEGES" AS "Privileges", "COLUMN_COMMENT" AS "Comment"'
)
_INDEXES = (
    '"TABLE_NAME" AS "Table", "NON_UNIQUE" AS "Non_unique", "INDEX_NAME" AS "Key_name",'
    ' "SEQ_IN_INDEX" AS "Seq_in_index", "COLUMN_NAME" AS "Column_name", "COLLATION" AS "Collation",'
    ' "CARDINALITY" AS "Cardinality", "SUB_PART" AS "Sub_part", "PACKED" AS "Packed", "NULLABLE" AS "Null",'
    ' "INDEX_TYPE" AS "Index_type", "COMMENT" AS "Comment", "INDEX_COMMENT" AS "Index_comment",'
    ' "IS_VISIBLE" AS "Visible", "EXPRESSION" AS "Expression"'
)
_STATUS = (
    '"TABLE_NAME" AS "Name", "ENGINE" AS "Engine", "VERSION" AS "Version", "ROW_FORMAT" AS "Row_format",'
    ' "TABLE_ROWS" AS "Rows", "AVG_ROW_LENGTH" AS "Avg_row_length", "DATA_LENGTH" AS "Data_length",'
    ' "MAX_DATA_LENGTH" AS "Max_data_length", "INDEX_LENGTH" AS "Index_length", "DATA_FREE" AS "Data_free",'
    ' "AUTO_INCREMENT" AS "Auto_increment", "CREATE_TIME" AS "Create_time", "UPDATE_TIME" AS "Update_time",'
    ' "CHECK_TIME" AS "Check_time", "TABLE_COLLATION" AS "Collation", "CHECKSUM" AS "Checksum",'
    ' "CREATE_OPTIONS" AS "Create_options", "TABLE_COMMENT" AS "Comment"'
)
_QUOTED = "'''' || replace(replace({}, '\\', '\\\\'), '''', '''''') || ''''"
# What SHOW CREATE TABLE says of each table, written once: tools that draw a whole schema ask for every one.
_CREATED = f"""SELECT c.TABLE_SCHEMA, c.TABLE_NAME, 'CREATE TABLE `' || c.TABLE_NAME || '` (' || chr(10) || c.lines ||
 coalesce(k.lines, '') || chr(10) || ') ENGINE=amzsql DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin' || CASE WHEN
 t.TABLE_COMMENT = '' THEN '' ELSE ' COMMENT=' || {_QUOTED.format("t.TABLE_COMMENT")} END AS written FROM (
 SELECT TABLE_SCHEMA, TABLE_NAME, string_agg('  `' || COLUMN_NAME || '` ' || COLUMN_TYPE || CASE WHEN IS_NULLABLE = 'NO'
 THEN ' NOT NULL' ELSE '' END || CASE WHEN COLUMN_COMMENT = '' THEN '' ELSE ' COMMENT ' ||
 {_QUOTED.format("COLUMN_COMMENT")} END, ',' || chr(10) ORDER BY ORDINAL_POSITION) || coalesce(',' || chr(10) ||
 '  PRIMARY KEY (' || string_agg('`' || COLUMN_NAME || '`', ', ' ORDER BY ORDINAL_POSITION) FILTER (COLUMN_KEY = 'PRI')
 || ')', '') AS lines FROM Temp."COLUMNS" GROUP BY TABLE_SCHEMA, TABLE_NAME) AS c JOIN Temp."TABLES" AS t
 ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME LEFT JOIN (SELECT TABLE_SCHEMA, TABLE_NAME,
 string_agg(',' || chr(10) || line, '' ORDER BY line) AS lines FROM (SELECT TABLE_SCHEMA, TABLE_NAME,
 '  CONSTRAINT `' || CONSTRAINT_NAME || '` FOREIGN KEY (' || string_agg('`' || COLUMN_NAME || '`', ', '
 ORDER BY ORDINAL_POSITION) || ') REFERENCES `' || max(REFERENCED_TABLE_NAME) || '` (' ||
 string_agg('`' || REFERENCED_COLUMN_NAME || '`', ', '
 ORDER BY ORDINAL_POSITION) || ')' AS line FROM Temp."KEY_COLUMN_USAGE" WHERE REFERENCED_TABLE_NAME IS NOT NULL
 GROUP BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME) AS f GROUP BY TABLE_SCHEMA, TABLE_NAME) AS k
 ON k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME"""
_CREATED_OF = (
    'SELECT TABLE_NAME AS "{{}}", written AS "Create {{}}" FROM Temp."AMZSQL_CREATED" WHERE lower(TABLE_SCHEMA) ='
    " lower({db}) AND lower(TABLE_NAME) = lower({table})"
)
# What follows SHOW -> the query, the column of LIKE. {db}, {table}: literals.
_FORMS: tuple[tuple[str, str, str], ...] = (
    (r"(?:DATABASES|SCHEMAS)", 'SELECT SCHEMA_NAME AS "Database" FROM Temp."SCHEMATA" ORDER BY 1', "Database"),
    (
        rf"(?:EXTENDED\s+)?FULL\s+TABLES{_OF}",
        'SELECT TABLE_NAME AS "Tables_in_{place}", TABLE_TYPE AS "Table_type" FROM Temp."TABLES"'
        " WHERE lower(TABLE_SCHEMA) = lower({db}) ORDER BY 1",
        "Tables_in_{place}",
    ),
    (
        rf"(?:EXTENDED\s+)?TABLES{_OF}",
        'SELECT TABLE_NAME AS "Tables_in_{place}" FROM Temp."TABLES" WHERE lower(TABLE_SCHEMA) = lower({db})'
        " ORDER BY 1",
        "Tables_in_{place}",
    ),
    (
        rf"TABLE\s+STATUS{_OF}",
        f'SELECT {_STATUS} FROM Temp."TABLES" WHERE lower(TABLE_SCHEMA) = lower({{db}}) ORDER BY 1',
        "Name",
    ),
    (
        rf"(?:EXTENDED\s+)?FULL\s+(?:COLUMNS|FIELDS){_FROM}",
        f'SELECT {_FULL} FROM Temp."COLUMNS" WHERE lower(TABLE_SCHEMA) = lower({{db}}) AND lower(TABLE_NAME) ='
        " lower({table}) ORDER BY ORDINAL_POSITION",
        "Field",
    ),
    (
        rf"(?:EXTENDED\s+)?(?:COLUMNS|FIELDS){_FROM}",
        f'SELECT {_FIELDS} FROM Temp."COLUMNS" WHERE lower(TABLE_SCHEMA) = lower({{db}}) AND lower(TABLE_NAME) ='
        " lower({table}) ORDER BY ORDINAL_POSITION",
        "Field",
    ),
    (
        rf"(?:EXTENDED\s+)?(?:INDEX|INDEXES|KEYS){_FROM}",
        f'SELECT {_INDEXES} FROM Temp."STATISTICS" WHERE lower(TABLE_SCHEMA) = lower({{db}}) AND lower(TABLE_NAME) ='
        " lower({table}) ORDER BY SEQ_IN_INDEX",
        "Key_name",
    ),
    (
        rf"CREATE\s+TABLE\s+(?P<table>{_NAME}(?:\.{_NAME})?)",
        _CREATED_OF.replace("{{}}", "Table"),
        "Table",
    ),
    (
        rf"CREATE\s+VIEW\s+(?P<table>{_NAME}(?:\.{_NAME})?)",
        _CREATED_OF.replace("{{}}", "View"),
        "View",
    ),
    (
        rf"CREATE\s+(?:DATABASE|SCHEMA)\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<db>{_NAME})",
        "SELECT SCHEMA_NAME AS \"Database\", 'CREATE DATABASE `' || SCHEMA_NAME || '`' AS \"Create Database\""
        ' FROM Temp."SCHEMATA" WHERE lower(SCHEMA_NAME) = lower({db})',
        "Database",
    ),
    (
        r"(?:STORAGE\s+)?ENGINES",
        'SELECT ENGINE AS "Engine", SUPPORT AS "Support", COMMENT AS "Comment", TRANSACTIONS AS "Transactions", XA,'
        ' SAVEPOINTS AS "Savepoints" FROM Temp."ENGINES"',
        "Engine",
    ),
    (
        r"(?:CHARACTER\s+SET|CHARSET)",
        'SELECT CHARACTER_SET_NAME AS "Charset", DESCRIPTION AS "Description", DEFAULT_COLLATE_NAME AS'
        ' "Default collation", MAXLEN AS "Maxlen" FROM Temp."CHARACTER_SETS"',
        "Charset",
    ),
    (
        r"COLLATION",
        'SELECT COLLATION_NAME AS "Collation", CHARACTER_SET_NAME AS "Charset", ID AS "Id", IS_DEFAULT AS "Default",'
        ' IS_COMPILED AS "Compiled", SORTLEN AS "Sortlen", PAD_ATTRIBUTE AS "Pad_attribute" FROM Temp."COLLATIONS"',
        "Collation",
    ),
    (
        r"PLUGINS",
        'SELECT PLUGIN_NAME AS "Name", PLUGIN_STATUS AS "Status", PLUGIN_TYPE AS "Type", PLUGIN_LIBRARY AS "Library",'
        ' PLUGIN_LICENSE AS "License" FROM Temp."PLUGINS"',
        "Name",
    ),
    (
        rf"TRIGGERS{_OF}",
        'SELECT TRIGGER_NAME AS "Trigger", EVENT_MANIPULATION AS "Event", EVENT_OBJECT_TABLE AS "Table",'
        ' ACTION_STATEMENT AS "Statement", ACTION_TIMING AS "Timing", CREATED AS "Created" FROM Temp."TRIGGERS"',
        "Table",
    ),
    (
        rf"EVENTS{_OF}",
        'SELECT EVENT_SCHEMA AS "Db", EVENT_NAME AS "Name", DEFINER AS "Definer", EVENT_TYPE AS "Type", STATUS AS'
        ' "Status" FROM Temp."EVENTS"',
        "Name",
    ),
    (
        r"(?:PROCEDURE|FUNCTION)\s+STATUS",
        'SELECT ROUTINE_SCHEMA AS "Db", ROUTINE_NAME AS "Name", ROUTINE_TYPE AS "Type", DEFINER AS "Definer",'
        ' LAST_ALTERED AS "Modified", CREATED AS "Created", ROUTINE_COMMENT AS "Comment" FROM Temp."ROUTINES"',
        "Name",
    ),
    (
        r"GRANTS(?:\s+FOR\s+.*)?",
        "SELECT 'GRANT SELECT ON *.* TO ''amzsql''@''%''' AS \"Grants for amzsql@%\"",
        "Grants for amzsql@%",
    ),
    (
        r"PRIVILEGES",
        "SELECT 'Select' AS \"Privilege\", 'Tables' AS \"Context\", 'To read rows' AS \"Comment\"",
        "Privilege",
    ),
)
_COMPILED = tuple((re.compile(form, re.IGNORECASE | re.DOTALL), query, like) for form, query, like in _FORMS)


def literal(text: str) -> str:
    """Return a text as a literal of amzsql's SQL."""
    return "'" + text.replace("'", "''") + "'"


def show(text: str, database: str) -> Shown | None:
    """Return what follows SHOW as a query; None if it is no SHOW that the catalog answers."""
    for form, query, like in _COMPILED:
        found = form.match(text)
        tail = _TAIL.match(text, found.end()) if found else None
        if found and tail:
            named = found.groupdict()
            parts = [unquoted(p) for p in re.findall(_NAME, named.get("table") or "")]
            place = unquoted(named.get("db") or "") or (parts[0] if len(parts) > 1 else database)
            said = {
                "db": literal(place),
                "place": place.replace('"', '""'),
                "table": literal(parts[-1] if parts else ""),
            }
            shown = tailed(_filled(query, said), _filled(like, said), tail)
            return replace(shown, table=(place, parts[-1])) if parts else shown
    return None


def tail_of(text: str) -> re.Match[str] | None:
    """Return the LIKE, WHERE and LIMIT of a SHOW, which is all that is left of it; None if there is more."""
    return _TAIL.match(text)


def tailed(query: str, like: str, tail: re.Match[str]) -> Shown:
    """Return a query with a SHOW's LIKE, WHERE and LIMIT."""
    pattern = tail["like"] or ""
    return Shown(query, like, pattern[1:-1].replace("''", "'"), tail["where"] or "", tail["limit"] or "")


def _filled(text: str, said: dict[str, str]) -> str:
    for name, value in said.items():
        text = text.replace("{" + name + "}", value)
    return text
