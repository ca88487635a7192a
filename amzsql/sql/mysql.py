"""MySQL's text -> what is asked: which kind of statement, and the same in amzsql's SQL.

Owns the translation between the two dialects. Must not know the protocol, connections nor what any statement answers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from sqlglot import exp
from sqlglot.dialects.mysql import MySQL
from sqlglot.errors import ErrorLevel, ParseError, TokenError

from amzsql.errors import ProgrammingError
from amzsql.sql import mysql_assigning, mysql_functions, mysql_meaning, mysql_times
from amzsql.sql.dialect import Amzsql, Node, TokenType
from amzsql.sql.mistakes import syntax_error

Kind = Literal[
    "query", "metadata", "change", "raw", "set", "use", "show", "kill", "begin", "commit", "rollback", "none"
]
Value = Callable[[str], Any]
"""The name of a function or a variable -> its value. KeyError if it has none."""
_NOTHING: dict[str, Any] = {}
SCHEMA = "information_schema"
# Up to here a float is as exact as an integer.
_EXACT = 1 << 53
# An alias of MySQL's has no more characters.
_LONGEST = 256
# MySQL has no OFFSET without LIMIT: who wants all rows writes 18446744073709551615.
_EVERYTHING = 1 << 62

_SPACE = r"(?:\s|--(?:\s[^\n]*)?(?:\n|$)|#[^\n]*(?:\n|$)|/\*.*?\*/)*"
_FIRST = re.compile(rf"{_SPACE}(?P<word>[A-Za-z]+)\b", re.DOTALL)
_DESCRIBED = re.compile(
    r"(?P<table>(?:`[^`]+`|[\w$]+)(?:\.(?:`[^`]+`|[\w$]+))?)(?:\s+(?P<column>`[^`]+`|'[^']*'|[\w$]+))?"
)
# What follows EXPLAIN and is no table.
_EXPLAINED = re.compile(r"(?:SELECT|INSERT|UPDATE|DELETE|WITH|ANALYZE|EXTENDED|PARTITIONS|TABLE)\b", re.IGNORECASE)
_LEADING = re.compile(_SPACE, re.DOTALL)
# Statements that other programs send around their own and that change nothing here.
_IDLE = frozenset(("LOCK", "UNLOCK", "FLUSH", "ANALYZE", "OPTIMIZE", "SAVEPOINT", "RELEASE", "DEALLOCATE", "RESET"))
_NO_STATEMENT = "{} is not a statement that runs here: write SELECT or EXPLAIN."
_FUNCTIONS = {
    "DATABASE": "database",
    "SCHEMA": "database",
    "CURRENTSCHEMA": "database",
    "CURRENTDATABASE": "database",
    "VERSION": "version",
    "CURRENTVERSION": "version",
    "USER": "user",
    "CURRENTUSER": "user",
    "SESSIONUSER": "user",
    "SYSTEMUSER": "user",
    "CONNECTIONID": "connection_id",
    "LASTINSERTID": "last_insert_id",
    "ROWCOUNT": "row_count",
    "FOUNDROWS": "found_rows",
    "CURRENTROLE": "role",
}


_Parser: Any = MySQL.Parser  # sqlglot 28 makes it where no types are seen


class _MySQL(MySQL):
    """MySQL whose parser says nothing by itself: what is no statement here is refused by whoever asked for the tree."""

    class Parser(_Parser):  # type: ignore[misc, unused-ignore]
        """What a parser warns of goes to nobody who could read it."""

        def _warn_unsupported(self) -> None:
            pass


class _Ansi(_MySQL):
    """MySQL with the mode ANSI_QUOTES: double quotes hold names."""

    class Tokenizer(_MySQL.Tokenizer):
        """Quotes of names and of texts."""

        IDENTIFIERS = ["`", '"']
        QUOTES = ["'"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement: its kind, its text in amzsql's SQL (of `set`, `use`, `show` and `kill`: what follows the word).

    `tables`: those of information_schema that it reads, in upper case. `warning`: what does not hold as in MySQL.
    `target`: the schema, if it is said, and the table of a statement that changes one.
    """

    kind: Kind
    text: str = ""
    tables: frozenset[str] = frozenset()
    warning: str = ""
    target: tuple[str, str] = ("", "")

    @property
    def changes(self) -> bool:
        """Whether the statement may change something; a call may."""
        return self.kind == "change" or (self.kind == "raw" and not self.text.startswith("EXPLAIN"))


def read(
    text: str,
    values: Sequence[Any] = (),
    *,
    database: str = "",
    ansi: bool = False,
    value: Value = _NOTHING.__getitem__,
    most: int | None = None,
) -> Asked:
    """Return what a statement of MySQL's asks; `values` stand in place of its question marks.

    A query without a LIMIT of its own gets `most` rows.

    Raises:
        ProgrammingError: it cannot be read, and where.
    """
    first = _FIRST.match(text)
    if first is None:
        return Asked("none" if not text[_end_of_space(text) :].strip(" ;\n\t(") else "query", text)
    word, rest = first["word"].upper(), text[first.end() :].strip().rstrip(";").strip()
    if word in ("SET", "USE", "SHOW", "KILL"):
        return Asked(word.lower(), _with_values(rest, values))  # type: ignore[arg-type]
    tells = word in ("DESCRIBE", "DESC", "EXPLAIN")
    described = _DESCRIBED.fullmatch(rest) if tells and not _EXPLAINED.match(rest) else None
    if described:
        column = unquoted(described["column"] or "").strip("'").replace("'", "''")
        return Asked("show", f"COLUMNS FROM {described['table']}" + f" LIKE '{column}'" * bool(column))
    if tells:
        analyze = re.match(r"ANALYZE\b", rest, re.IGNORECASE)
        inner = re.sub(
            r"^(?:(?:ANALYZE|EXTENDED|PARTITIONS)\b\s*)?(?:FORMAT\s*=\s*\w+\s*)?", "", rest, flags=re.IGNORECASE
        )
        found = read(inner, values, database=database, ansi=ansi, value=value)
        return Asked("raw", f"EXPLAIN {'ANALYZE ' if analyze else ''}{found.text}")
    if word in ("EXEC", "EXECUTE", "CALL"):
        return Asked("raw", _with_values(text, values))
    if word in ("BEGIN", "START", "COMMIT", "ROLLBACK"):
        return Asked("begin" if word in ("BEGIN", "START") else word.lower())  # type: ignore[arg-type]
    if word in _IDLE:
        return Asked("none")
    if word == "LOAD":
        raise ProgrammingError(_NO_STATEMENT.format(word))
    return _translated(text, values, database, ansi, value, most)


def _end_of_space(text: str) -> int:
    found = _LEADING.match(text)
    return found.end() if found else 0


def _translated(text: str, values: Sequence[Any], database: str, ansi: bool, value: Value, most: int | None) -> Asked:
    tree, names = _parsed(text, values, ansi)
    if isinstance(tree, exp.Command):
        raise ProgrammingError(_NO_STATEMENT.format(str(tree.this).upper()))
    _totals(tree)
    for source in list(tree.find_all(exp.From)):
        if isinstance(source.this, exp.Table) and source.this.name.upper() == "DUAL" and not source.this.text("db"):
            source.pop()
    _name_outputs(tree, names)
    assigned = mysql_assigning.settled(tree, lambda table: (table.text("db") or database).lower() == SCHEMA)
    _fill(tree, value)
    mysql_times.weeks(tree)
    tree = mysql_meaning.everywhere(mysql_meaning.everywhere(tree, mysql_meaning.meant), mysql_functions.respelt)
    mysql_meaning.without_groups(tree)
    metadata = _metadata(tree, database)
    query = isinstance(tree, exp.Query)
    if isinstance(tree, exp.Query) and most is not None and not tree.args.get("limit"):
        tree = tree.limit(most)
    _without_what_is_nothing(tree)
    kind: Kind = "metadata" if metadata else "query" if query else "change"
    changed = None if query else tree.find(exp.Table)
    target = (changed.text("db"), changed.name) if changed is not None else ("", "")
    text = tree.sql(dialect=Amzsql, comments=False, unsupported_level=ErrorLevel.IGNORE)
    return Asked(kind, text, metadata, _lost(assigned), target)


def _without_what_is_nothing(tree: Node) -> None:
    """Take away what means nothing here: limits beyond all rows, hints, locks."""
    for query in tree.find_all(exp.Query):
        for name in ("hint", "locks"):
            query.set(name, None)
        limit = query.args.get("limit")
        most = limit.expression if isinstance(limit, exp.Limit) else None
        if isinstance(most, exp.Literal) and most.name.isdecimal() and int(most.name) >= _EVERYTHING:
            query.set("limit", None)


def _lost(assigned: frozenset[str]) -> str:
    told = ", ".join(f"@{name}" for name in sorted(assigned))
    return f"{told}: := holds within a row of this statement and is forgotten after it; SET keeps a value." * bool(told)


def _totals(tree: Node) -> None:
    """Write GROUP BY … WITH ROLLUP as GROUP BY ROLLUP (…)."""
    for group in tree.find_all(exp.Group):
        if any(not total.expressions for total in group.args.get("rollup") or ()):
            group.set("rollup", [exp.Rollup(expressions=group.expressions)])
            group.set("expressions", [])


def _parsed(text: str, values: Sequence[Any], ansi: bool) -> tuple[Node, list[str]]:
    """Return the tree of one statement with its values, and how its result's columns were written.

    Raises:
        ProgrammingError: it cannot be read.
    """
    dialect = _Ansi() if ansi else _MySQL()
    try:
        tokens = list(dialect.tokenize(text))
        if sum(t.token_type == TokenType.PLACEHOLDER for t in tokens) != len(values):
            raise ProgrammingError(f"The statement has other parameters than the {len(values)} values that were given.")
        while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
            tokens.pop()
        trees = [
            tree
            for tree in dialect.parser().parse(_numbered(mysql_assigning.readable(tokens)), text)
            if tree is not None
        ]
    except (ParseError, TokenError) as error:
        raise ProgrammingError(syntax_error(text, error)) from None
    except RecursionError:
        raise ProgrammingError("The statement is nested too deeply.") from None
    if len(trees) != 1:
        raise ProgrammingError("Two statements at once: send them one after the other.")
    (tree,) = trees
    for place in list(tree.find_all(exp.Placeholder)):
        if place.name.startswith("amzsql"):
            place.replace(_literal(values[int(place.name[6:])]))
    return tree, _written_columns(tokens, text)


_ENDS = (TokenType.FROM, TokenType.WHERE, TokenType.LIMIT, TokenType.ORDER_BY, TokenType.GROUP_BY, TokenType.UNION)


def _written_columns(tokens: list[Any], text: str) -> list[str]:
    """Return what stands between SELECT and FROM, cut at its commas; nothing of a statement that begins otherwise."""
    if not tokens or tokens[0].token_type != TokenType.SELECT:
        return []
    found, depth, start = [], 0, tokens[0].end + 1
    for token in tokens[1:]:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if not depth and (token.token_type == TokenType.COMMA or token.token_type in _ENDS):
            found.append(text[start : token.start].strip())
            start = token.end + 1
            if token.token_type != TokenType.COMMA:
                return found
    return [*found, text[start : tokens[-1].end + 1].strip()]


def _numbered(tokens: list[Any]) -> list[Any]:
    """Return the tokens with each ``?`` as ``:amzsql0``, ``:amzsql1``: the tree does not keep their order."""
    found: list[Any] = []
    count = 0
    for token in tokens:
        if token.token_type != TokenType.PLACEHOLDER:
            found.append(token)
            continue
        place = (token.line, token.col, token.start, token.end)
        made = type(token)
        found += [made(TokenType.COLON, ":", *place), made(TokenType.VAR, f"amzsql{count}", *place)]
        count += 1
    return found


def parameters(text: str) -> int:
    """Return how many question marks of a statement stand for values. ProgrammingError if it has no tokens."""
    return len(_marks(text))


def _marks(text: str) -> list[Any]:
    """Return the question marks of a statement that stand for values; also of a call, which has no other tokens."""
    first = _FIRST.match(text)
    if first is not None and first["word"].upper() in ("EXEC", "EXECUTE", "CALL"):
        text = " " * first.end() + text[first.end() :]
    try:
        return [t for t in _MySQL().tokenize(text) if t.token_type == TokenType.PLACEHOLDER]
    except (ParseError, TokenError) as error:
        raise ProgrammingError(syntax_error(text, error)) from None


def _with_values(text: str, values: Sequence[Any]) -> str:
    """Return a call with its values: it has a grammar of its own, whose question marks stand apart."""
    if not values:
        return text
    parts, at = [], 0
    marks = _marks(text)
    if len(marks) != len(values):
        raise ProgrammingError(f"The call has other parameters than the {len(values)} values that were given.")
    for token, value in zip(marks, values, strict=True):
        parts += [text[at : token.start], _literal(value).sql(dialect=Amzsql)]
        at = token.end + 1
    return "".join([*parts, text[at:]])


def _literal(value: Any) -> Node:
    """Return a value as a literal of the tree."""
    if value is None:
        return exp.null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)  # whole numbers of JavaScript come as floats, also for LIMIT
    if isinstance(value, int | float | Decimal):
        number = exp.Literal.number(format(abs(value), "f") if isinstance(value, Decimal) else abs(value))
        return exp.Neg(this=number) if value < 0 else number
    if isinstance(value, dt.datetime):
        return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "timestamp")
    if isinstance(value, dt.date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    return exp.HexString(this=value.hex()) if isinstance(value, bytes) else exp.Literal.string(str(value))


def _name_outputs(tree: Node, names: Sequence[str]) -> None:
    """Give the result's columns the names that MySQL would: what was written, or else what was read."""
    select = tree
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    items = list(select.expressions) if isinstance(select, exp.Select) else []
    for number, item in enumerate(items):
        if not isinstance(item, exp.Alias | exp.Column | exp.Star):
            name = names[number] if len(names) == len(items) else item.sql(dialect="mysql")
            item.replace(exp.alias_(item.copy(), name[:_LONGEST], quoted=True))


def _fill(tree: Node, value: Value) -> None:
    """Put the session's values into the tree: its functions, system variables and those that the client made."""
    for node in list(tree.find_all(exp.Func, exp.SessionParameter, exp.Parameter)):
        name = _asked_of_session(node)
        if not name:
            continue
        try:
            found = _literal(value(name))
        except KeyError:
            raise ProgrammingError(f"Unknown system variable '{name.removeprefix('@@')}'.") from None
        node.replace(found)


def _asked_of_session(node: Node) -> str:
    if isinstance(node, exp.SessionParameter):
        return f"@@{node.name}"
    if isinstance(node, exp.Parameter):
        return f"@{node.name}"
    if node.args.get("this") is not None and not isinstance(node, exp.Anonymous):
        return ""
    name = str(node.name) if isinstance(node, exp.Anonymous) else str(node.sql_name())  # type: ignore[attr-defined]
    return "" if node.expressions else _FUNCTIONS.get(name.upper().replace("_", ""), "")


def _metadata(tree: Node, database: str) -> frozenset[str]:
    """Return the tables of information_schema that a statement reads, and name them as they stand in schema Temp.

    Names are alike in any case there: so says MySQL's collation of them.
    """
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    tables = [t for t in tree.find_all(exp.Table) if t.name and (t.text("db") or t.name.lower() not in ctes)]
    inside = [t for t in tables if (t.text("db") or database).lower() == SCHEMA]
    if not inside:
        return frozenset()
    if len(inside) != len(tables) or not isinstance(tree, exp.Query):
        raise ProgrammingError(f"{SCHEMA} is read by itself, and not changed: ask for the other tables apart.")
    for table in inside:
        name = table.name.upper()
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
        table.set("this", exp.to_identifier(name, quoted=True))
        table.set("db", exp.to_identifier("Temp"))
        table.set("catalog", None)
    for column in tree.find_all(exp.Column):
        column.set("db", None)
    mysql_meaning.in_any_case(tree)
    return frozenset(table.name for table in inside)


def unquoted(name: str) -> str:
    """Return a name without its quotes."""
    quote = name[:1]
    return name[1:-1].replace(quote * 2, quote) if quote in ("`", '"') and name[-1:] == quote else name


_COMPARED = frozenset(
    (TokenType.EQ, TokenType.NEQ, TokenType.LIKE, TokenType.IN, TokenType.NOT, TokenType.IS, TokenType.RLIKE)
)
_NO_NAMES = frozenset((TokenType.STRING, TokenType.NUMBER, TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.IS))


def condition(text: str) -> str:
    """Return what follows WHERE in a SHOW, in amzsql's SQL; columns of it are named like words (Key, Default)."""
    prefix = "SELECT 1 WHERE "
    try:
        tokens = list(_MySQL().tokenize(prefix + text))
        for at, token in enumerate(tokens[3:-1], 3):
            if (
                tokens[at + 1].token_type in _COMPARED
                and token.token_type not in _NO_NAMES
                and token.text[-1:].isalnum()
            ):
                tokens[at] = type(token)(
                    TokenType.IDENTIFIER, token.text, token.line, token.col, token.start, token.end
                )
        (tree,) = _MySQL().parser().parse(tokens, prefix + text)
    except (ParseError, TokenError) as error:
        raise ProgrammingError(syntax_error(prefix + text, error)) from None
    if tree is None:
        raise ProgrammingError("Something is missing after WHERE.")
    return str(tree.args["where"].this.sql(dialect=Amzsql))


_ASSIGNMENT = re.compile(
    r"(?:(?:GLOBAL|SESSION|LOCAL|PERSIST|PERSIST_ONLY)\s+|@@(?:(?:global|session|local)\.)?)?"
    r"(?P<own>@)?(?P<name>`[^`]+`|[\w.$]+)\s*:?=\s*(?P<value>.+)",
    re.IGNORECASE | re.DOTALL,
)
_NAMES = re.compile(r"(?:NAMES|CHARACTER\s+SET|CHARSET)\s+(?P<set>'[^']*'|\"[^\"]*\"|\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Expression:
    """A value that must be worked out: MySQL's text of it."""

    text: str


def assignments(text: str) -> list[tuple[bool, str, str | int | Expression | None]]:
    """Return what follows SET as (whether the client made the variable, its name, its value).

    Raises:
        ProgrammingError: it cannot be read.
    """
    if re.match(r"(?:(?:SESSION|GLOBAL|LOCAL)\s+)?TRANSACTION\b", text, re.IGNORECASE):
        access = re.search(r"\bREAD\s+(?P<access>ONLY|WRITE)\b", text, re.IGNORECASE)
        only = int(access["access"].upper() == "ONLY") if access else 0
        return [(False, name, only) for name in ("transaction_read_only", "tx_read_only")] if access else []
    names = _NAMES.match(text)
    if names:
        given = names["set"].strip("'\"")
        return [(False, f"character_set_{end}", given) for end in ("client", "connection", "results")]
    found = []
    for part in _parts(text):
        said = _ASSIGNMENT.fullmatch(part.strip())
        if said is None:
            raise ProgrammingError(f"Syntax error in SET at {part.strip()[:40]!r}: write SET name = value.")
        found.append((bool(said["own"]), unquoted(said["name"]), _plain_value(said["value"].strip())))
    return found


def _parts(text: str) -> list[str]:
    """Return a text cut at its commas, but not at those in parentheses and texts."""
    cuts, depth = [-1], 0
    try:
        for token in _MySQL().tokenize(text):
            depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
            if token.token_type == TokenType.COMMA and not depth:
                cuts.append(token.start)
    except (ParseError, TokenError) as error:
        raise ProgrammingError(syntax_error(text, error)) from None
    return [text[a + 1 : b] for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def _plain_value(text: str) -> str | int | Expression | None:
    if re.fullmatch(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"", text, re.DOTALL):
        return text[1:-1].replace("\\'", "'").replace("''", "'")
    if text.upper() == "NULL":
        return None
    if re.fullmatch(r"-?\d{1,20}", text):
        return int(text)
    return text if re.fullmatch(r"[\w-]+", text) else Expression(text)
