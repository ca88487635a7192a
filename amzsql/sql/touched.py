"""What a statement that changes something touches and writes: its values, and its rows as a SELECT of their own.

Knows neither tables nor how anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlglot import exp

from amzsql.sql.change import WITH_ARGUMENT, Change, target_of, with_ctes
from amzsql.sql.dialect import Node, every
from amzsql.sql.names import conjuncts
from amzsql.sql.statement import FROM_ARGUMENT, Parameters, Statement, filled, literal, parameter_values, query_of


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
    places = sum(1 for _ in every(change.tree, exp.Placeholder))
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
    # Not its name: of a statement with many rows every step counts.
    return int(node.this[1:]) if isinstance(node, exp.Placeholder) and str(node.this).startswith("?") else -1


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
    target = target_of(tree.this).copy()
    joins = list(target.args.pop("joins", None) or [])
    for other, more in _others(tree):
        joins += [exp.Join(this=other), *more]
    if change.elsewhere:
        first, *joins = joins
        target = first.this
    # Not alias_(): a subquery would take the name for that of a table.
    items = [exp.Alias(this=node.copy(), alias=exp.to_identifier(name, quoted=True)) for name, node in outputs]
    select = exp.Select(expressions=items, **{FROM_ARGUMENT: exp.From(this=target)})
    if joins:
        select.set("joins", joins)
    if change.where is not None:
        select.set("where", exp.Where(this=change.where.copy()))
    whole = filled(with_ctes(select, tree), values)
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
    if not all(is_foreign(node, change.alias) for node in values):
        return None
    equal: dict[str, Node] = {}
    rest: list[Node] = []
    for condition in conjuncts(change.where):
        if is_foreign(condition, change.alias):
            rest.append(condition)
            continue
        sides = (condition.this, condition.expression) if isinstance(condition, exp.EQ) else (condition, condition)
        own = next((side.unnest() for side in sides if _is_own(side.unnest(), change.alias)), None)
        other = next((side for side in sides if is_foreign(side, change.alias)), None)
        if own is None or other is None or own.name.lower() in equal:
            return None
        equal[own.name.lower()] = other
    where = exp.and_(*rest) if rest else exp.true()
    return equal, replace(change, where=where, elsewhere=True)


def _is_own(node: Node, alias: str) -> bool:
    return isinstance(node, exp.Column) and node.table.lower() == alias.lower()


def is_foreign(node: Node, alias: str) -> bool:
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
        each = equal_to(condition.unnest(), change.alias, values)
        if each is None or each[0] in found:
            return None
        found[each[0]] = each[1]
    return found


def mentions(change: Change, column: str) -> bool:
    """Tell whether WHERE speaks of a column of that name."""
    where = change.where
    return where is not None and any(c.name.lower() == column.lower() for c in where.find_all(exp.Column))


def equal_to(node: Node, alias: str, values: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
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


_SESSION = re.compile(r"IDENTITY|CURRENT_SCHEMA|CURRENT_USER|SESSION_USER", re.IGNORECASE)


def tell_session(statement: Statement, identity: Any, schema: str, user: str) -> Statement:
    """Return a statement with what it asks of its connection.

    SCOPE_IDENTITY() is the key that its last INSERT was told, current_schema() its `schema`, and current_user `user`:
    the engine would tell its own.
    """
    if not _SESSION.search(statement.text):
        return statement
    tree = statement.tree.copy()
    for node in list(tree.find_all(exp.Anonymous, exp.CurrentSchema, exp.CurrentUser, exp.SessionUser)):
        name, value = _of_session(node, identity, schema, user)
        if name:
            told = literal(value)
            listed = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
            node.replace(exp.alias_(told, name, quoted=True) if listed else told)
    return Statement(statement.kind, tree, statement.text)


def _of_session(node: Node, identity: Any, schema: str, user: str) -> tuple[str, Any]:
    """Return what a call that tells of the connection is called, and what it tells; "" if it is another call."""
    if isinstance(node, exp.Anonymous):
        found = node.name.upper() == "SCOPE_IDENTITY" and not node.expressions
        return ("SCOPE_IDENTITY()", identity) if found else ("", None)
    if isinstance(node, exp.CurrentSchema):
        return "current_schema()", schema
    return ("current_user" if isinstance(node, exp.CurrentUser) else "session_user"), user
