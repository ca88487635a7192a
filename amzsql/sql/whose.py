"""Of which account a statement on a group is that changes something or calls a procedure. Knows no tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from amzsql.errors import ProgrammingError
from amzsql.sql.call import Call, bound_arguments
from amzsql.sql.change import Change
from amzsql.sql.dialect import Node
from amzsql.sql.names import conjuncts
from amzsql.sql.statement import Parameters, parameter_values
from amzsql.sql.touched import equal_to, plain

_ACCOUNT = "account"


def account_of_change(change: Change, sets: Sequence[Parameters]) -> tuple[str, Change]:
    """Return the account whose rows a statement changes, and the statement without it.

    Raises:
        ProgrammingError: it says none, or several.
    """
    if change.verb == "insert":
        names, rest = _inserted(change, sets)
    else:
        names, rest = _touched(change, sets)
    return _only(names, _advice(change)), rest


def _inserted(change: Change, sets: Sequence[Parameters]) -> tuple[list[Any], Change]:
    """Return the accounts that an INSERT's rows name, and the INSERT without that column."""
    place = next((n for n, c in enumerate(change.columns) if c.lower() == _ACCOUNT), None)
    if place is None or not (change.rows or _is_plain(change)):
        return [], change
    each = [parameter_values(change.tree, parameters) for parameters in sets]
    columns = change.columns[:place] + change.columns[place + 1 :]
    if change.query is not None:
        listed = change.query.tree.selects
        names = [plain(listed[place].unalias(), values) for values in each]
        tree = change.query.tree.copy()
        tree.set("expressions", tree.selects[:place] + tree.selects[place + 1 :])
        return names, replace(change, columns=columns, query=replace(change.query, tree=tree))
    names = [plain(row[place], values) for values in each for row in change.rows]
    rows = tuple(row[:place] + row[place + 1 :] for row in change.rows)
    return names, replace(change, columns=columns, rows=rows)


def _is_plain(change: Change) -> bool:
    """Tell whether an INSERT's rows are of one SELECT that lists an expression for each column."""
    tree = change.query.tree if change.query is not None else None
    return isinstance(tree, exp.Select) and not tree.args.get("distinct") and len(tree.selects) == len(change.columns)


def _touched(change: Change, sets: Sequence[Parameters]) -> tuple[list[Any], Change]:
    """Return the accounts that WHERE names, and the statement without that condition."""
    conditions = list(conjuncts(change.where))
    names: list[Any] = []
    rest: list[Node] = []
    for condition in conditions:
        said = [n for parameters in sets for n in _named(condition, change, parameters)]
        names += said
        rest += [] if said else [condition.copy()]
    # A statement that says nothing but the account means all rows of it, and has said WHERE.
    whole = exp.true() if names else None
    return names, replace(change, where=exp.and_(*rest) if rest else whole)


def _named(condition: Node, change: Change, parameters: Parameters) -> Iterator[Any]:
    equal = equal_to(condition.unnest(), change.alias, parameter_values(change.tree, parameters))
    if equal is not None and equal[0] == _ACCOUNT:
        yield from equal[1]


def others_of(change: Change) -> Iterator[tuple[str, str]]:
    """Yield schema and name of each table that a change mentions beside its target; its CTEs are none."""
    target = change.tree.this
    target = target.this if isinstance(target, exp.Schema) else target
    own = {cte.alias.lower() for cte in change.tree.find_all(exp.CTE)}
    for table in change.tree.find_all(exp.Table):
        if table is not target and (table.db or table.name.lower() not in own):
            yield table.db, table.name


def account_of_call(call: Call, parameters: Sequence[Any] | Mapping[str, Any] | None) -> tuple[str, Call]:
    """Return the account that a procedure is called for, and the call without that argument, its values in place.

    Raises:
        ProgrammingError: it says none.
    """
    arguments = bound_arguments(call, parameters)
    names = [value for name, value in arguments if name is not None and name.lower() == _ACCOUNT]
    kept = tuple((n, v) for n, v in arguments if n is None or n.lower() != _ACCOUNT)
    advice = f"EXEC {call.name} @Account = '…', …"
    return _only(names, advice), replace(call, arguments=kept)


def _only(names: Sequence[Any], advice: str) -> str:
    found = list(dict.fromkeys(names))
    if len(found) == 1 and isinstance(found[0], str):
        return found[0]
    several = "names several" if len(found) > 1 else "does not say which"
    raise ProgrammingError(
        f"The connection is a group's, and the statement {several}: it is of one account. Write {advice}"
    )


def _advice(change: Change) -> str:
    name = change.name
    if change.verb == "insert":
        return f"INSERT INTO {name} (Account, …) VALUES ('…', …), or SELECT '…', … FROM …."
    verb = "DELETE FROM" if change.verb == "delete" else "UPDATE"
    return f"{verb} {name} … WHERE {change.alias or name}.Account = '…' AND …"
