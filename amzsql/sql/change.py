"""INSERT, UPDATE, DELETE, CREATE TABLE and DROP TABLE: the text of a statement -> what it changes, and by what.

Owns what such a statement may say. Knows neither tables nor how anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlglot import exp

from amzsql.errors import ProgrammingError
from amzsql.sql.dialect import Node
from amzsql.sql.statement import (
    FROM_ARGUMENT,
    Kind,
    Statement,
    check,
    kind_of,
    query_of,
    tokens_of,
    tree_of,
)

Verb = Literal["insert", "update", "delete", "create", "drop"]
SCRATCH, SUFFIX = "Temp", "#TEMP"
WITH_ARGUMENT = "with_" if "with_" in exp.Select.arg_types else "with"

_SPACE = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_START = re.compile(
    rf"{_SPACE}(?:EXPLAIN\b{_SPACE}(?:ANALYZE\b{_SPACE})?)?"
    r"(?:INSERT|UPDATE|DELETE|CREATE|DROP|WITH(?=.*\b(?:INSERT|UPDATE|DELETE)\b))\b",
    re.IGNORECASE | re.DOTALL,
)
_ARGUMENTS: Mapping[type[Node], tuple[Verb, frozenset[str]]] = {
    exp.Insert: ("insert", frozenset(("this", "expression", "by_name", "default", WITH_ARGUMENT))),
    exp.Update: ("update", frozenset(("this", "expressions", FROM_ARGUMENT, "where", WITH_ARGUMENT))),
    exp.Delete: ("delete", frozenset(("this", "using", "where", WITH_ARGUMENT))),
    exp.Create: ("create", frozenset(("this", "kind", "expression", "exists", "properties", "replace"))),
    exp.Drop: ("drop", frozenset(("this", "tables", "kind", "exists", "temporary"))),
}
_INSTEAD = {
    "conflict": "ON CONFLICT is not available: write UPDATE for the rows that are there, and INSERT for the others.",
    "alternative": "INSERT OR … is not available: write UPDATE for the rows that are there, and INSERT for the others.",
    "overwrite": "INSERT OVERWRITE is not available: write DELETE, then INSERT.",
    "returning": "RETURNING is not available: cursor.lastrowid and SELECT SCOPE_IDENTITY() tell the new key; read"
    " changed rows with SELECT.",
    "order": "ORDER BY is not available here: write WHERE key IN (SELECT key … ORDER BY … LIMIT n).",
    "limit": "LIMIT is not available here: write WHERE key IN (SELECT key … LIMIT n).",
    "tables": "DELETE says FROM before its table: write DELETE FROM t WHERE …, or with others DELETE FROM t USING other"
    " WHERE ….",
}
_DDL = (
    f"Tables can be made in schema {SCRATCH}, or as name{SUFFIX}; Amazon's own cannot be created, altered or dropped."
)


@dataclass(frozen=True, slots=True)
class Change:
    """A parsed statement that changes something. Parameters still stand as placeholders in every tree of it.

    `schema` is "" where none is written. `scratch`: the target is a scratch table, by its name or schema, or because
    CREATE makes no others. `alias`: what the statement calls the target. `columns`: those that INSERT lists, or CREATE
    defines; () where INSERT goes by the names of its query's columns, or CREATE TABLE … AS. `rows`: those of VALUES
    (one, without any values, for DEFAULT VALUES); `query`: the SELECT of INSERT and of CREATE TABLE … AS. `assignments`
    and `where`: those of UPDATE and DELETE.
    `exists`: IF [NOT] EXISTS is said; `renewed`: OR REPLACE. `elsewhere`: what it touches is told by its other tables.
    `tree`: the whole.
    """

    kind: Kind
    verb: Verb
    schema: str
    name: str
    scratch: bool
    tree: Node = field(hash=False, compare=False)
    text: str
    alias: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Node, ...], ...] = field(default=(), hash=False, compare=False)
    query: Statement | None = None
    assignments: tuple[tuple[str, Node], ...] = field(default=(), hash=False, compare=False)
    where: Node | None = field(default=None, hash=False, compare=False)
    exists: bool = False
    renewed: bool = False
    elsewhere: bool = False


def parse_change(text: str) -> Change | None:
    """Return a statement as a change; None if it is a statement of another kind.

    Raises:
        ProgrammingError: a syntax error, or what cannot be said here, with what to write instead.
    """
    if _START.match(text) is None:
        return None
    kind, text = kind_of(text)
    tree = tree_of(tokens_of(text), text)
    if isinstance(tree, exp.Query):
        return None
    if tree is None or type(tree) not in _ARGUMENTS:
        raise ProgrammingError(f"Syntax error: {' '.join(text.split())[:60]} … is no statement that runs here. {_DDL}")
    verb, allowed = _ARGUMENTS[type(tree)]
    _refuse(tree, verb, allowed)
    check(tree)
    return _READERS[verb](kind, verb, tree, text)


def _refuse(tree: Node, verb: Verb, allowed: frozenset[str]) -> None:
    """Raise ProgrammingError for a clause that has no place in the statement."""
    if verb in ("create", "drop") and tree.args.get("kind") != "TABLE":
        raise ProgrammingError(f"{verb.upper()} {tree.args.get('kind') or ''} is not available. {_DDL}")
    for name, value in tree.args.items():
        if value and name not in allowed:
            word = f"{verb.upper()} with {name.strip('_').upper()} is not available here."
            raise ProgrammingError(_INSTEAD.get(name, word))


def target_of(tree: Node | None) -> exp.Table:
    """Return the table that a statement changes."""
    table = tree.this if isinstance(tree, exp.Schema) else tree
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        raise ProgrammingError("The statement names no table that could be changed.")
    return table


def _place(table: exp.Table) -> tuple[str, str, bool]:
    """Return a target's schema and name, and whether they are those of a scratch table."""
    schema = table.text("db")
    named = table.name.upper().endswith(SUFFIX)
    if named and schema and schema.lower() != SCRATCH.lower():
        raise ProgrammingError(f"{table.name} is a scratch table, and those are in schema {SCRATCH}, not in {schema}.")
    return schema, table.name, named or schema.lower() == SCRATCH.lower()


def _read_insert(kind: Kind, verb: Verb, tree: Node, text: str) -> Change:
    table, source = target_of(tree.this), tree.args.get("expression")
    alias = table.args.get("alias")
    if alias is not None:  # sqlglot 28 takes the columns behind an alias for the alias'
        raise ProgrammingError(f"INSERT INTO {table.name} takes no alias: write INSERT INTO {table.name} (columns) ….")
    listed = tree.this.expressions if isinstance(tree.this, exp.Schema) else []
    columns = tuple(c.name for c in listed)
    apart = next((c.name for c in listed if isinstance(c, exp.ColumnDef) and c.args.get("kind") is not None), None)
    if apart is not None:
        raise ProgrammingError(f"INSERT INTO {table.name}: a comma is missing after the column {apart}.")
    twice = next((c for n, c in enumerate(columns) if c.lower() in {o.lower() for o in columns[:n]}), None)
    if twice is not None:
        raise ProgrammingError(f"INSERT INTO {table.name} names the column {twice} twice.")
    found = Change(kind, verb, *_place(table), tree, text, table.name, columns)
    if tree.args.get("default"):
        return replace(found, rows=((),))
    if isinstance(source, exp.Values) and not tree.args.get(WITH_ARGUMENT):
        return replace(found, rows=_rows(source, table.name, columns))
    return replace(found, query=query_of(with_ctes(_query(source), tree), text))


def _rows(values: exp.Values, name: str, columns: Sequence[str]) -> tuple[tuple[Node, ...], ...]:
    found = tuple(tuple(r.expressions) if isinstance(r, exp.Tuple) else (r.unnest(),) for r in values.expressions)
    for number, row in enumerate(found):
        if len(row) != len(columns or found[0]):
            told = f"{len(columns or found[0])} columns"
            raise ProgrammingError(f"INSERT INTO {name}: row {number} has {len(row)} values for {told}.")
    return found


def _query(source: Node | None) -> exp.Query:
    """Return the query that INSERT or CREATE takes its rows from."""
    if isinstance(source, exp.Subquery) and not any(source.args.get(a) for a in ("alias", "limit", "order", "joins")):
        return _query(source.this)
    if isinstance(source, exp.Values):
        source = exp.select("*").from_(_named(source))
    if not isinstance(source, exp.Query):
        raise ProgrammingError("Syntax error: VALUES or a SELECT was expected.")
    return source.copy()


def _named(values: exp.Values) -> exp.Values:
    values = values.copy()
    values.set("alias", exp.TableAlias(this=exp.to_identifier("valueslist")))
    return values


def with_ctes(query: exp.Query, tree: Node) -> exp.Query:
    """Return a query with the CTEs that stand at the beginning of the whole statement."""
    with_ = tree.args.get(WITH_ARGUMENT)
    if with_ is None:
        return query
    own = query.args.get(WITH_ARGUMENT)
    both = with_.copy()
    if own is not None:
        both.set("expressions", [*both.expressions, *own.expressions])
        both.set("recursive", both.args.get("recursive") or own.args.get("recursive"))
    query.set(WITH_ARGUMENT, both)
    return query


def _read_update(kind: Kind, verb: Verb, tree: Node, text: str) -> Change:
    table = target_of(tree.this)
    alias = table.alias_or_name
    assignments = [a for item in tree.expressions for a in _assigned(item, alias)]
    names = [name.lower() for name, _ in assignments]
    for name, _ in assignments:
        if names.count(name.lower()) > 1:
            raise ProgrammingError(f"UPDATE {table.name} sets the column {name} twice.")
    where = tree.args.get("where")
    return Change(
        kind, verb, *_place(table), tree, text, alias,
        assignments=tuple(assignments), where=where.this if where is not None else None,
    )  # fmt: skip


def _assigned(item: Node, alias: str) -> list[tuple[str, Node]]:
    """Return the column and value of one assignment; of several for ``(a, b) = (1, 2)``."""
    left, right = item.this, item.args.get("expression")
    if not isinstance(item, exp.EQ) or right is None:
        raise ProgrammingError(f"Syntax error at {item.sql('duckdb')}: SET takes column = value.")
    if isinstance(left, exp.Tuple):
        if not isinstance(right, exp.Tuple) or len(left.expressions) != len(right.expressions):
            raise ProgrammingError("SET (a, b) = … takes as many values in parentheses: write a = …, b = ….")
        pairs = zip(left.expressions, right.expressions, strict=True)
        return [a for one, other in pairs for a in _assigned(exp.EQ(this=one.copy(), expression=other.copy()), alias)]
    if not isinstance(left, exp.Column) or left.args.get("catalog") is not None:
        raise ProgrammingError(f"Syntax error at {left.sql('duckdb')}: SET takes column = value.")
    if left.table and left.table.lower() != alias.lower():
        raise ProgrammingError(f"UPDATE {alias} sets columns of {alias} only, not {left.table}.{left.name}.")
    if isinstance(right, exp.Column) and right.sql().upper() == "DEFAULT":
        raise ProgrammingError(f"SET {left.name} = DEFAULT is not available: Amazon tells no defaults.")
    return [(left.name, right)]


def _read_delete(kind: Kind, verb: Verb, tree: Node, text: str) -> Change:
    table, where = target_of(tree.this), tree.args.get("where")
    where = where.this if where is not None else None
    return Change(kind, verb, *_place(table), tree, text, table.alias_or_name, where=where)


def _read_create(kind: Kind, verb: Verb, tree: Node, text: str) -> Change:
    table, source = target_of(tree.this), tree.args.get("expression")
    schema, name, scratch = _place(table)
    properties = tree.args.get("properties")
    for each in properties.expressions if properties is not None else ():
        if not isinstance(each, exp.TemporaryProperty):
            raise ProgrammingError(f"CREATE TABLE {name}: {each.sql('duckdb')} is not available.")
    if schema and not scratch:
        raise ProgrammingError(f"CREATE TABLE {schema}.{name} is not available. {_DDL}")
    parts = tree.this.expressions if isinstance(tree.this, exp.Schema) else []
    columns = tuple(c.name for c in parts if isinstance(c, exp.ColumnDef | exp.Identifier))
    query = query_of(_query(source), text) if source is not None else None
    if query is None and not columns:
        raise ProgrammingError(f"CREATE TABLE {name} names no columns: write them in parentheses, or AS SELECT ….")
    return Change(
        kind,
        verb,
        schema,
        name,
        True,
        tree,
        text,
        name,
        columns,
        query=query,
        exists=bool(tree.args.get("exists")),
        renewed=bool(tree.args.get("replace")),
    )


def _read_drop(kind: Kind, verb: Verb, tree: Node, text: str) -> Change:
    tables = tree.args.get("tables") or [tree.this]
    if len(tables) != 1:
        raise ProgrammingError("DROP TABLE takes one table: drop them one after the other.")
    table = target_of(tables[0])
    schema, name, scratch = _place(table)
    if schema and not scratch:
        raise ProgrammingError(f"DROP TABLE {schema}.{name} is not available. {_DDL}")
    return Change(kind, verb, schema, name, scratch, tree, text, name, exists=bool(tree.args.get("exists")))


_READERS: Mapping[Verb, Callable[[Kind, Verb, Node, str], Change]] = {
    "insert": _read_insert,
    "update": _read_update,
    "delete": _read_delete,
    "create": _read_create,
    "drop": _read_drop,
}
