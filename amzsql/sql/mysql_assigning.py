"""What MySQL says and no parser of it reads everywhere: assignments within a SELECT, and the escapes of ODBC.

Owns ``@name := value``, worked out within a row, and ``{fn now()}``, ``{d '2026-11-22'}``. Must not know sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlglot import exp

from amzsql.errors import NotSupportedError
from amzsql.sql.dialect import Node, TokenType

_ASSIGN = "AMZSQL_ASSIGN"
# Where the value of an assignment ends, outside of parentheses: := binds weaker than all else.
_ENDS = frozenset(
    (
        TokenType.COMMA,
        TokenType.SEMICOLON,
        TokenType.WHEN,
        TokenType.THEN,
        TokenType.ELSE,
        TokenType.END,
        TokenType.ALIAS,
        TokenType.FROM,
        TokenType.WHERE,
        TokenType.GROUP_BY,
        TokenType.HAVING,
        TokenType.ORDER_BY,
        TokenType.LIMIT,
        TokenType.UNION,
        TokenType.R_PAREN,
    )
)
# {d '2026-11-22'} and the like -> the type of its literal; what else stands in braces means what it says.
_LITERALS = {"D": TokenType.DATE, "T": TokenType.TIME, "TS": TokenType.TIMESTAMP}
_PLAIN = frozenset(("FN", "OJ", "ESCAPE"))


def _made(like: Any, kind: Any, text: str) -> Any:
    return type(like)(kind, text, like.line, like.col, like.start, like.end)


def readable(tokens: list[Any]) -> list[Any]:
    """Return a statement's tokens in a form that a parser of MySQL reads: no hints, ODBC's escapes, assignments."""
    return _with_calls(_without_braces(_without_hints(tokens)))


# What MySQL is told about how to do it, behind SELECT.
_HINTS = frozenset(
    ("SQL_NO_CACHE", "SQL_CACHE", "SQL_SMALL_RESULT", "SQL_BIG_RESULT", "SQL_BUFFER_RESULT", "HIGH_PRIORITY")
)


def _without_hints(tokens: list[Any]) -> list[Any]:
    found: list[Any] = []
    for token in tokens:
        last = found[-1].token_type if found else None
        word = token.text.upper() if token.token_type != TokenType.IDENTIFIER else ""
        begins = last in (TokenType.SELECT, TokenType.DISTINCT, TokenType.ALL)
        if begins and (word in _HINTS or word == "STRAIGHT_JOIN"):
            continue
        if begins and word == "SQL_CALC_FOUND_ROWS":
            raise NotSupportedError("SQL_CALC_FOUND_ROWS counts what LIMIT leaves out: ask SELECT COUNT(*) beside it.")
        found.append(_made(token, TokenType.JOIN, "JOIN") if word == "STRAIGHT_JOIN" else token)
    return found


def _without_braces(tokens: list[Any]) -> list[Any]:
    found: list[Any] = []
    open_braces = 0
    following = iter(range(len(tokens)))
    for at in following:
        token = tokens[at]
        word = tokens[at + 1].text.upper() if at + 1 < len(tokens) else ""
        if token.token_type == TokenType.L_BRACE and (word in _LITERALS or word in _PLAIN):
            open_braces += 1
            next(following)
            if word in _LITERALS:
                found.append(_made(tokens[at + 1], _LITERALS[word], _LITERALS[word].name))
            elif word == "ESCAPE":
                found.append(tokens[at + 1])
        elif token.token_type == TokenType.R_BRACE and open_braces:
            open_braces -= 1
        else:
            found.append(token)
    return found


def _with_calls(tokens: list[Any]) -> list[Any]:
    """Write each ``@name := value`` as a call, which a parser takes anywhere."""
    found: list[Any] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.token_type == TokenType.PARAMETER and _kind(tokens, at + 2) == TokenType.COLON_EQ:
            end = _end_of_value(tokens, at + 3)
            found += [_made(token, TokenType.VAR, _ASSIGN), _made(token, TokenType.L_PAREN, "(")]
            found += [_made(token, TokenType.STRING, tokens[at + 1].text.lower()), _made(token, TokenType.COMMA, ",")]
            found += [*_with_calls(tokens[at + 3 : end]), _made(tokens[end - 1], TokenType.R_PAREN, ")")]
            at = end
        else:
            found.append(token)
            at += 1
    return found


def _kind(tokens: list[Any], at: int) -> Any:
    return tokens[at].token_type if at < len(tokens) else None


def _end_of_value(tokens: list[Any], start: int) -> int:
    """Return where the value that begins at a token ends."""
    depth = 0
    for at in range(start, len(tokens)):
        kind = tokens[at].token_type
        if not depth and kind in _ENDS:
            return at
        depth += (kind in (TokenType.L_PAREN, TokenType.CASE)) - (kind in (TokenType.R_PAREN, TokenType.END))
    return len(tokens)


# -- assignments -------------------------------------------------------------------------------------------------------


def settled(tree: Node, cheap: Callable[[Node], bool]) -> frozenset[str]:
    """Work the assignments of a tree out, each within its row, and return the variables' names.

    `cheap`: whether all columns of a table are read as easily as some.

    Raises:
        NotSupportedError: one goes from row to row, or from one part of the statement to another.
    """
    names = frozenset(str(call.expressions[0].name) for call in tree.find_all(exp.Anonymous) if _assigns(call))
    selects = list(tree.find_all(exp.Select)) if names else []
    for select in selects:
        row = _Row(names, select, cheap)
        select.set("expressions", [row.worked(item) for item in select.expressions])
        row.close()
    left = [str(call.expressions[0].name) for call in tree.find_all(exp.Anonymous) if _assigns(call)]
    if len(selects) > 1 or (selects and _source(selects[0]) is not None):
        left += [str(read.name) for read in tree.find_all(exp.Parameter) if str(read.name).lower() in names]
    if left:
        raise _refusal(left[0])
    return names


def _refusal(name: str) -> NotSupportedError:
    return NotSupportedError(
        f"@{name} := … carries a value from row to row or between parts of a statement, which is not done here: write"
        " a window function (row_number() OVER (…), sum(x) OVER (…)), or SET the variable beforehand."
    )


def _source(select: Node) -> Node | None:
    """Return what a SELECT reads; sqlglot 30 keeps it under another name than 28."""
    return select.args.get("from_") or select.args.get("from")


def _assigns(node: Node) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.name).upper() == _ASSIGN


class _Row:
    """The variables of a row, as the items of its SELECT are gone through from left to right, as MySQL does.

    A variable's value becomes a column of the table that is read, if it is one table: written out at each place where
    the variable is read, the statements of ODBC's drivers grow until they take seconds.
    """

    def __init__(self, names: frozenset[str], select: Node, cheap: Callable[[Node], bool]) -> None:
        self._names = names
        self._known: dict[str, Node] = {}
        self._select = select
        self._branches = 0
        self._columns: list[tuple[str, Node]] = []
        source = _source(select)
        self._alone = source is None
        whole = any(isinstance(item, exp.Star) or item.name == "*" for item in select.expressions)
        single = source is not None and isinstance(source.this, exp.Table) and not select.args.get("joins")
        self._table: Node | None = source.this if source and single and not whole and cheap(source.this) else None

    def worked(self, node: Node) -> Node:
        """Return an expression's value, and note what it assigns."""
        if isinstance(node, exp.Parameter) and str(node.name).lower() in self._names:
            return self._read(node, str(node.name).lower())
        if _assigns(node):
            name, value = str(node.expressions[0].name), self.worked(node.expressions[1])
            self._known[name] = exp.paren(value)
            return self._known[name].copy()
        if isinstance(node, exp.Case):
            return self._case(node.this, [(i.this, i.args["true"]) for i in node.args["ifs"]], node.args.get("default"))
        if isinstance(node, exp.If):
            return self._case(None, [(node.this, node.args["true"])], node.args.get("false"))
        if isinstance(node, exp.Select):
            return node
        for key, value in list(node.args.items()):
            if isinstance(value, Node):
                node.set(key, self.worked(value))
            elif isinstance(value, list):
                node.set(key, [self.worked(v) if isinstance(v, Node) else v for v in value])
        return node

    def _read(self, node: Node, name: str) -> Node:
        if name in self._known:
            return self._known[name].copy()
        if self._alone:
            return node
        raise _refusal(name)

    def _case(self, asked: Node | None, pairs: list[tuple[Node, Node]], default: Node | None) -> Node:
        """Work a CASE out: each variable that its branches assign is the same CASE of their values afterwards."""
        asked = self.worked(asked) if asked is not None else None
        before, conditions, branches, after = self._known, [], [], []
        self._branches += 1
        for condition, value in [*pairs, (None, default if default is not None else exp.null())]:
            if condition is not None:
                conditions.append(self.worked(condition))
            self._known = dict(before)
            branches.append(self.worked(value))
            after.append(self._known)
            self._known = before
        self._branches -= 1

        def of(values: Iterable[Node]) -> Node:
            *given, last = values
            ifs = [exp.If(this=c.copy(), true=v.copy()) for c, v in zip(conditions, given, strict=True)]
            return exp.Case(this=asked.copy() if asked is not None else None, ifs=ifs, default=last.copy())

        result = of(branches)
        for name in sorted({name for own in after for name in own if own[name] is not before.get(name)}):
            if any(name not in own for own in after):
                raise _refusal(name)
            same = all(own[name] == branch for own, branch in zip(after, branches, strict=True))
            self._known[name] = self._kept(name, exp.paren(of(own[name] for own in after)))
            result = self._known[name].copy() if same else result
        return result

    def _kept(self, name: str, value: Node) -> Node:
        """Return what stands for a value from here on: a column that it becomes, or itself."""
        if self._table is None or self._branches:
            return value
        column = f"@{name}{len(self._columns)}"
        self._columns.append((column, value))
        return exp.column(column, quoted=True)

    def close(self) -> None:
        """Have the table give the columns that the values became."""
        for column, value in self._columns:
            table = self._table
            assert table is not None  # there are columns of a table only
            alias = table.alias_or_name
            select = exp.select("*", exp.alias_(value, column, quoted=True)).from_(table.copy())
            made = select.subquery(exp.to_identifier(alias, quoted=True))
            table.replace(made)
            self._table = made
