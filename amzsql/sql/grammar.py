"""What DuckDB's grammar refuses and sqlglot's parser lets pass: commas, clauses without contents or out of their order.

Reads a statement's tokens from the left, before they are parsed. Knows neither trees nor names; builds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import tokens

from amzsql.errors import ProgrammingError
from amzsql.sql.mistakes import place

TokenType: Any = vars(tokens)["TokenType"]

# Clauses in the order in which they stand in a SELECT.
_CLAUSES = {
    TokenType.WHERE: 1,
    TokenType.GROUP_BY: 2,
    TokenType.HAVING: 3,
    TokenType.WINDOW: 4,
    TokenType.QUALIFY: 5,
    TokenType.ORDER_BY: 7,
    TokenType.LIMIT: 8,
    TokenType.OFFSET: 8,
    TokenType.FETCH: 8,
}
_SAMPLE, _LAST = 6, 8
# One condition follows them, no list.
_CONDITIONS = (TokenType.WHERE, TokenType.HAVING, TokenType.QUALIFY)
_SETS = (TokenType.UNION, TokenType.INTERSECT, TokenType.EXCEPT)
_COMPARISONS = (TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE, TokenType.DPIPE)
_LIKES = (TokenType.LIKE, TokenType.ILIKE, TokenType.BETWEEN, TokenType.IN)
_BRANCHES = (TokenType.WHEN, TokenType.THEN, TokenType.ELSE)
_CASES = (TokenType.CASE, *_BRANCHES, TokenType.END)
_JOINED = (TokenType.AND, TokenType.OR)
# What stands between two others.
_BETWEEN = (TokenType.COMMA, TokenType.IS, *_COMPARISONS, *_LIKES, *_JOINED)
# After these something has to come …
_NEEDY = frozenset(
    (
        *(kind for kind in _CLAUSES if kind not in (TokenType.WINDOW, TokenType.FETCH)),
        *(TokenType.PARTITION_BY, TokenType.ON, TokenType.USING, TokenType.FROM, TokenType.JOIN, TokenType.NOT),
        *_COMPARISONS,
        *_LIKES,
        *_BRANCHES,
        *_JOINED,
    )
)
# … and that does not begin with one of these.
_NO_BEGINNING = frozenset(
    (
        *_CLAUSES,
        *(TokenType.COMMA, TokenType.R_PAREN, TokenType.SEMICOLON, TokenType.PARTITION_BY, TokenType.FROM),
        *(TokenType.ON, TokenType.USING, TokenType.JOIN, TokenType.IS, TokenType.END, *_SETS),
        *_COMPARISONS,
        *_LIKES,
        *_BRANCHES,
        *_JOINED,
    )
)
# Types of which others stand in angle brackets; no type has one of these in it.
_NESTED = (TokenType.ARRAY, TokenType.LIST, TokenType.MAP, TokenType.STRUCT)
_NO_TYPE = (TokenType.SELECT, TokenType.SEMICOLON, *_CLAUSES, *_JOINED, *_SETS)
_OPENERS = frozenset(
    (TokenType.L_PAREN, TokenType.L_BRACE, TokenType.COMMA, TokenType.SELECT, TokenType.DISTINCT, TokenType.ALL)
)
_FILLED = ("USING", "EXCLUDE", "VALUES")
_ENDS = (TokenType.COMMA, TokenType.R_PAREN, TokenType.SEMICOLON)
_LABELLING = (TokenType.DOT, TokenType.ALIAS)
_MISSING = "something is missing after it"
_MISSES = {
    TokenType.ON: "a condition is missing after it",
    TokenType.USING: "columns in parentheses are missing after it",
    TokenType.JOIN: "a table is missing after it",
    TokenType.FROM: "a table is missing after it",
    TokenType.OVER: "a window, in parentheses or by its name, is missing after it",
}
_FORMATTED = re.compile(r"%(?:\(\w+\))?s(?!\w)")


def checked(found: Sequence[Any], sql: str) -> list[Any]:
    """Return the tokens of statements, whose text is `sql`, without the commas behind a list's last item.

    Raises:
        ProgrammingError: something misses its contents, or stands where it cannot, with its place.
    """
    return _Reader(found, sql).kept()


@dataclass(slots=True)
class _Level:
    """What was read inside of one pair of parentheses.

    `opened`: the token before them; `clause`: the last one and `rank` its place; `values`: these are rows of VALUES;
    `cases`: for each CASE that is open, its WHEN whose THEN is still to come.
    """

    opened: Any = None
    clause: Any = None
    rank: int = 0
    values: bool = False
    cases: list[Any] = field(default_factory=list)


class _Reader:
    """Reads tokens from the left."""

    def __init__(self, found: Sequence[Any], sql: str) -> None:
        self._tokens = found
        self._sql = sql
        self._levels = [_Level()]
        self._updates = bool(found) and found[0].token_type == TokenType.UPDATE

    def kept(self) -> list[Any]:
        found: list[Any] = []
        before = None
        labels = False
        types = _in_types(self._tokens)
        for number, (token, following) in enumerate(zip(self._tokens, [*self._tokens[1:], None], strict=True)):
            if token.token_type == TokenType.ALIAS and (following is None or following.token_type in _ENDS):
                raise self._error(token, "a name is missing after it")
            labelled, labels = labels, token.token_type in _LABELLING
            if not labelled and number not in types:
                self._beside(before, token, following)
                self._among(before, token, following)
            self._nest(before, token)
            # A keyword that is used as a name means nothing.
            before = None if labelled or number in types else token
            if not self._ends_a_list(token, following):
                found.append(token)
        return found

    def _error(self, token: Any, why: str) -> ProgrammingError:
        text = " ".join((self._sql[token.start : token.end + 1] or token.text).split())
        return ProgrammingError(
            f"Syntax error {place(token.line, token.col - (token.end - token.start), text)}: {why}."
        )

    def _nest(self, before: Any, token: Any) -> None:
        if token.token_type == TokenType.L_PAREN:
            self._levels.append(_Level(before))
        elif token.token_type == TokenType.R_PAREN and len(self._levels) > 1:
            self._levels.pop()

    # -- neighbours ----------------------------------------------------------------------------------------------------

    def _beside(self, before: Any, token: Any, following: Any) -> None:
        """Refuse a token for those beside it."""
        kind = token.token_type
        if _lacks(token, before, following):
            if following is not None and following.token_type in _BETWEEN:
                raise self._error(following, "something is missing before it")
            raise self._error(token, _MISSES.get(kind, _MISSING))
        if before is None:
            return
        if kind in (TokenType.COMMA, TokenType.MOD) and (before.token_type in _OPENERS or before.token_type in _NEEDY):
            if kind == TokenType.COMMA:
                raise self._error(token, "something is missing before it")
            self._refuse_formatted(token)
        if kind == TokenType.R_PAREN and before.token_type == TokenType.DISTINCT:
            raise self._error(before, _MISSING)
        if kind == TokenType.R_PAREN and before.token_type == TokenType.L_PAREN:
            self._refuse_emptied(token, following)

    def _refuse_emptied(self, token: Any, following: Any) -> None:
        """Refuse empty parentheses where a list has to stand."""
        opened = self._levels[-1].opened
        distinct = opened is not None and opened.token_type == TokenType.ON and _is_distinct_on(self._tokens, opened)
        inserted = following is not None and following.token_type == TokenType.VALUES
        if inserted or distinct or (opened is not None and opened.text.upper() in _FILLED):
            raise self._error(token, "there is nothing in the parentheses")

    def _refuse_formatted(self, token: Any) -> None:
        """Refuse ``%s`` and ``%(name)s``, as other drivers write parameters."""
        found = _FORMATTED.match(self._sql, token.start)
        if found is not None:
            where = place(token.line, token.col, found[0])
            raise ProgrammingError(
                f"Syntax error {where}: write parameters as ?, with a sequence of values, or as @name or :name, with a"
                " mapping."
            )

    def _ends_a_list(self, token: Any, following: Any) -> bool:
        """Tell whether a comma stands behind a list's last item, where sqlglot would not expect it."""
        clause = self._levels[-1].clause
        if token.token_type != TokenType.COMMA or (clause is not None and clause.token_type == TokenType.LIMIT):
            return False
        return following is None or following.token_type in (*_CLAUSES, *_SETS, TokenType.SELECT, TokenType.SEMICOLON)

    # -- clauses -------------------------------------------------------------------------------------------------------

    def _among(self, before: Any, token: Any, following: Any) -> None:
        """Refuse a token for what was read before it in the same parentheses."""
        level, kind = self._levels[-1], token.token_type
        if kind in (TokenType.SELECT, TokenType.SEMICOLON):
            self._levels[-1] = _Level(level.opened)
        elif kind in _SETS:
            if level.rank > _SAMPLE:
                raise self._error(token, f"put the SELECT before it, which has {_word(level.clause)}, in parentheses")
            self._levels[-1] = _Level(level.opened)
        elif kind in _CLAUSES:
            self._enter(level, _CLAUSES[kind], token)
        elif kind == TokenType.USING and following.text.upper() == "SAMPLE":
            self._enter(level, _SAMPLE, token)
        elif kind == TokenType.COMMA and level.clause is not None and level.clause.token_type in _CONDITIONS:
            raise self._error(token, f"{_word(level.clause)} takes one condition: write AND or OR")
        elif kind == TokenType.VALUES:
            level.values = True
        elif kind == TokenType.L_PAREN and level.values and before and before.token_type == TokenType.R_PAREN:
            raise self._error(token, "a comma is missing before it")
        elif kind == TokenType.SET and self._updates and len(self._levels) == 1:
            self._set(level, token, following)
        elif kind in _CASES:
            self._branch(level, token)

    def _enter(self, level: _Level, rank: int, token: Any) -> None:
        again = rank == level.rank and (rank != _LAST or level.clause.token_type == token.token_type)
        if rank < level.rank or again:
            why = "it was said before" if again else f"it has to stand before {_word(level.clause)}"
            raise self._error(token, why)
        level.rank, level.clause, level.values = rank, token, False

    def _set(self, level: _Level, token: Any, following: Any) -> None:
        """Refuse an UPDATE whose first SET is empty, or stands behind its WHERE."""
        self._updates = False
        if level.clause is not None:
            raise self._error(token, f"it has to stand before {_word(level.clause)}")
        if following is None or following.token_type in _NO_BEGINNING:
            raise self._error(token, "column = value is missing after it")

    def _branch(self, level: _Level, token: Any) -> None:
        """Refuse a WHEN without its THEN."""
        if token.token_type == TokenType.CASE:
            level.cases.append(None)
        elif level.cases:
            if token.token_type != TokenType.THEN and level.cases[-1] is not None:
                raise self._error(level.cases[-1], "its THEN is missing")
            level.cases[-1] = token if token.token_type == TokenType.WHEN else None
            if token.token_type == TokenType.END:
                level.cases.pop()


def _in_types(found: Sequence[Any]) -> set[int]:
    """Return the places of the tokens from ``<`` to ``>`` of types such as ``ARRAY<INTEGER>``."""
    places: set[int] = set()
    for start, token in enumerate(found[1:], 1):
        if token.token_type != TokenType.LT or start in places or found[start - 1].token_type not in _NESTED:
            continue
        depth = 0
        for end in range(start, len(found)):
            depth += (found[end].token_type == TokenType.LT) - (found[end].token_type == TokenType.GT)
            if not depth:
                places.update(range(start, end + 1))
            if not depth or found[end].token_type in _NO_TYPE:
                break
    return places


def _lacks(token: Any, before: Any, following: Any) -> bool:
    """Tell whether a token has nothing after it that it needs."""
    kind = token.token_type
    if following is not None and following.token_type not in _NO_BEGINNING:
        return False
    if kind in (TokenType.LT, TokenType.GT) and following is not None and following.start == token.end + 1:
        return following.token_type not in (TokenType.LT, TokenType.GT)  # of << and >>, which are no tokens
    if kind == TokenType.NOT:
        return following is None or following.token_type not in _LIKES
    if kind == TokenType.OVER:
        return before is not None and before.token_type == TokenType.R_PAREN
    return kind in _NEEDY


def _is_distinct_on(found: Sequence[Any], on: Any) -> bool:
    number = next(n for n, token in enumerate(found) if token is on)
    return number > 0 and found[number - 1].token_type == TokenType.DISTINCT


def _word(token: Any) -> str:
    return " ".join(token.text.upper().split())
