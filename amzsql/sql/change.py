"""INSERT, UPDATE, DELETE, CREATE TABLE and DROP TABLE: the text of a statement -> what it changes, and by what.

Owns what such a statement may say. Knows neither tables nor how anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from sqlglot import exp

from amzsql.errors import ProgrammingError
from amzsql.sql.dialect import Node
from amzsql.sql.names import conjuncts
from amzsql.sql.statement import (
    FROM_ARGUMENT,
    Kind,
    Parameters,
    Statement,
    check,
    filled,
    kind_of,
    literal,
    parameter_values,
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
    "tables": "DELETE names one table: write DELETE FROM t USING other WHERE ….",
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


def _target(tree: Node | None) -> exp.Table:
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
    table, source = _target(tree.this), tree.args.get("expression")
    alias = table.args.get("alias")
    if alias is not None:  # sqlglot 28 takes the columns behind an alias for the alias'
        raise ProgrammingError(f"INSERT INTO {table.name} takes no alias: write INSERT INTO {table.name} (columns) ….")
    columns = tuple(c.name for c in tree.this.expressions) if isinstance(tree.this, exp.Schema) else ()
    twice = next((c for n, c in enumerate(columns) if c.lower() in {o.lower() for o in columns[:n]}), None)
    if twice is not None:
        raise ProgrammingError(f"INSERT INTO {table.name} names the column {twice} twice.")
    found = Change(kind, verb, *_place(table), tree, text, table.name, columns)
    if tree.args.get("default"):
        return replace(found, rows=((),))
    if isinstance(source, exp.Values) and not tree.args.get(WITH_ARGUMENT):
        return replace(found, rows=_rows(source, table.name, columns))
    return replace(found, query=query_of(_with_ctes(_query(source), tree), text))


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


def _with_ctes(query: exp.Query, tree: Node) -> exp.Query:
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
    table = _target(tree.this)
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
        raise ProgrammingError(f"SET {left.name} = DEFAULT is not available: Amazon tells no defaults. Write NULL.")
    return [(left.name, right)]


def _read_delete(kind: Kind, verb: Verb, tree: Node, text: str) -> Change:
    table, where = _target(tree.this), tree.args.get("where")
    where = where.this if where is not None else None
    return Change(kind, verb, *_place(table), tree, text, table.alias_or_name, where=where)


def _read_create(kind: Kind, verb: Verb, tree: Node, text: str) -> Change:
    table, source = _target(tree.this), tree.args.get("expression")
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
    table = _target(tables[0])
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


# -- what it writes ----------------------------------------------------------------------------------------------------


class Computed:
    """What stands for a value that only the engine can tell."""


COMPUTED = Computed()


def plain(node: Node, values: Mapping[str, Any]) -> Any:
    """Return the value of a literal or a parameter as Python's, COMPUTED if the engine must work it out.

    `values` are those of `parameter_values` for the whole statement. DEFAULT is NULL.
    """
    node = node.unnest()
    if isinstance(node, exp.Placeholder):
        return values[node.name.lower()]
    if isinstance(node, exp.Null) or (isinstance(node, exp.Var) and node.name.upper() == "DEFAULT"):
        return None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.is_string:
        return -_number(node.this.name)
    if isinstance(node, exp.Literal):
        return node.name if node.is_string else _number(node.name)
    return COMPUTED


def columns_of(change: Change, sets: Sequence[Parameters]) -> list[list[Any]] | None:
    """Return the values of VALUES column by column, for each set of parameters; None if the engine must work one out.

    Raises:
        ProgrammingError: too few or too many values, or a name without one.
    """
    found: list[list[Any]] = [[] for _ in change.rows[0]]
    cells = [[_place_of(cell) for cell in row] for row in change.rows]
    places = sum(1 for _ in change.tree.find_all(exp.Placeholder))
    for parameters in sets:
        plainly = isinstance(parameters, list | tuple) and len(parameters) == places
        values = {} if plainly else parameter_values(change.tree, parameters)
        for row, places_of in zip(change.rows, cells, strict=True):
            for column, cell, place in zip(found, row, places_of, strict=True):
                value = parameters[place] if plainly and place >= 0 else plain(cell, values)  # type: ignore[index]
                if value is COMPUTED:
                    return None
                column.append(value)
    return found


def _place_of(cell: Node) -> int:
    """Return the place of the parameter that a cell of VALUES is, by ``?``; -1 if it is none."""
    node = cell.unnest()
    return int(node.name[1:]) if isinstance(node, exp.Placeholder) and node.name.startswith("?") else -1


def _number(text: str) -> int | Decimal:
    return int(text) if text.isdecimal() else Decimal(text)


def values_query(change: Change, values: Mapping[str, Any]) -> Statement:
    """Return the rows of VALUES as a statement that the engine can run."""
    source = change.tree.args["expression"]
    names = [exp.to_identifier(c, quoted=True) for c in change.columns]
    found = filled(source, values)
    for node in found.find_all(exp.Var):
        if node.name.upper() == "DEFAULT" and isinstance(node.parent, exp.Tuple):
            node.replace(exp.null())
    found.set("alias", exp.TableAlias(this=exp.to_identifier("valueslist"), columns=names))
    return query_of(exp.select("*").from_(found), change.text)


def selection(change: Change, outputs: Sequence[tuple[str, Node]], values: Mapping[str, Any]) -> Statement:
    """Return what an UPDATE or DELETE touches as a SELECT of some expressions over its rows, parameters filled in.

    `outputs`: name and expression of each; a column of the target is `column_of(change, name)`.
    """
    tree = change.tree
    target = _target(tree.this).copy()
    joins = list(target.args.pop("joins", None) or [])
    for other, more in _others(tree):
        joins += [exp.Join(this=other), *more]
    if change.elsewhere:
        first, *joins = joins
        target = first.this
    items = [exp.alias_(node.copy(), name, quoted=True) for name, node in outputs]
    select = exp.Select(expressions=items, **{FROM_ARGUMENT: exp.From(this=target)})
    if joins:
        select.set("joins", joins)
    if change.where is not None:
        select.set("where", exp.Where(this=change.where.copy()))
    whole = filled(_with_ctes(select, tree), values)
    return query_of(whole, change.text, "explain" if change.kind == "explain" else "select")


def _others(tree: Node) -> Iterator[tuple[Node, list[Node]]]:
    """Yield the tables that stand beside the target, each with its joins."""
    source = tree.args.get(FROM_ARGUMENT)
    for table in [source.this] if source is not None else tree.args.get("using") or []:
        other = table.copy()
        yield other, list(other.args.pop("joins", None) or []) if isinstance(other, exp.Table) else []


def keyed_elsewhere(change: Change, values: Sequence[Node]) -> tuple[dict[str, Node], Change] | None:
    """Return what columns of the target are equal to, and the statement without its target.

    Only where other tables alone say which rows are meant and what `values` are: WHERE sets columns of the target
    equal to what is not of it, and says nothing else of it. Else None.
    """
    if change.where is None or change.tree.this.args.get("joins") or not any(True for _ in _others(change.tree)):
        return None
    if not all(_is_foreign(node, change.alias) for node in values):
        return None
    equal: dict[str, Node] = {}
    rest: list[Node] = []
    for condition in conjuncts(change.where):
        if _is_foreign(condition, change.alias):
            rest.append(condition)
            continue
        sides = (condition.this, condition.expression) if isinstance(condition, exp.EQ) else (condition, condition)
        own = next((side.unnest() for side in sides if _is_own(side.unnest(), change.alias)), None)
        other = next((side for side in sides if _is_foreign(side, change.alias)), None)
        if own is None or other is None or own.name.lower() in equal:
            return None
        equal[own.name.lower()] = other
    where = exp.and_(*rest) if rest else exp.true()
    return equal, replace(change, where=where, elsewhere=True)


def _is_own(node: Node, alias: str) -> bool:
    return isinstance(node, exp.Column) and node.table.lower() == alias.lower()


def _is_foreign(node: Node, alias: str) -> bool:
    """Tell whether an expression surely says nothing of the target: each of its columns names another table."""
    if node.find(exp.Query) is not None:
        return False
    return all(column.table and column.table.lower() != alias.lower() for column in node.find_all(exp.Column))


def naming(change: Change, columns: Mapping[str, Sequence[Any]]) -> Change:
    """Return a change whose WHERE does nothing but give the values that columns may have."""
    conditions = [
        exp.In(this=column_of(change, name), expressions=[literal(value) for value in dict.fromkeys(values)])
        for name, values in columns.items()
    ]
    return replace(change, where=exp.and_(*conditions))


def column_of(change: Change, name: str) -> Node:
    """Return a column of the target as the statement's own expressions would name it."""
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(change.alias, quoted=True))


def with_values(statement: Statement, values: Mapping[str, Any]) -> Statement:
    """Return a part of a statement with the values of `parameter_values` for the whole in their places."""
    return Statement(statement.kind, filled(statement.tree, values), statement.text)


def output_names(statement: Statement) -> tuple[str, ...]:
    """Return the names of a query's columns; () where a star stands for some of them."""
    listed = statement.tree.selects
    stars = any(isinstance(s, exp.Star) or s.find(exp.Star) is not None for s in listed)
    return () if stars else tuple(s.alias_or_name for s in listed)


def named_values(change: Change, values: Mapping[str, Any]) -> dict[str, list[Any]] | None:
    """Return the values that WHERE lets each column have, by names in lower case, if it does nothing but that.

    None where it says more: another condition, a value that the engine must work out, or other tables.
    """
    others = [FROM_ARGUMENT, "using", WITH_ARGUMENT]
    if change.where is None or any(change.tree.args.get(a) for a in others) or change.tree.this.args.get("joins"):
        return None
    found: dict[str, list[Any]] = {}
    for condition in conjuncts(change.where):
        each = _equal(condition.unnest(), change.alias, values)
        if each is None or each[0] in found:
            return None
        found[each[0]] = each[1]
    return found


def mentions(change: Change, column: str) -> bool:
    """Tell whether WHERE speaks of a column of that name."""
    where = change.where
    return where is not None and any(c.name.lower() == column.lower() for c in where.find_all(exp.Column))


def _equal(node: Node, alias: str, values: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
    """Return a column and the values that a condition lets it have; None for another kind of condition."""
    if isinstance(node, exp.In) and not node.args.get("query") and not node.args.get("unnest"):
        left, items = node.this, [node.args["field"]] if node.args.get("field") is not None else node.expressions
    elif isinstance(node, exp.EQ):
        left, right = node.this, node.expression
        left, items = (left, [right]) if isinstance(left.unnest(), exp.Column) else (right, [left])
    else:
        return None
    column = left.unnest()
    if not isinstance(column, exp.Column) or (column.table and column.table.lower() != alias.lower()):
        return None
    cells = [plain(item, values) for item in items]
    if isinstance(node, exp.In):
        cells = [one for cell in cells for one in (cell if isinstance(cell, list | tuple) else [cell])]
    if any(cell is COMPUTED or isinstance(cell, list | tuple | dict) for cell in cells):
        return None
    return column.name.lower(), list(dict.fromkeys(cell for cell in cells if cell is not None))


def tell_identity(statement: Statement, value: Any) -> Statement:
    """Return a statement with what SCOPE_IDENTITY() stands for: the key that the connection's last INSERT was told."""
    if "IDENTITY" not in statement.text.upper():
        return statement
    tree = statement.tree.copy()
    for node in list(tree.find_all(exp.Anonymous)):
        if node.name.upper() == "SCOPE_IDENTITY" and not node.expressions:
            told = literal(value)
            listed = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
            node.replace(exp.alias_(told, "SCOPE_IDENTITY()", quoted=True) if listed else told)
    return Statement(statement.kind, tree, statement.text)
