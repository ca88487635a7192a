"""The SQL that amzsql reads: DuckDB's, with the reference connector's quotes, TOP, parameters and functions.

Double quotes, backticks and brackets quote identifiers; so ``[ ]`` is never a list or a subscript. `@name` and `:name`
are parameters. What DuckDB spells differently (GETDATE, DATEADD with a bare unit, ISNULL) is read here and generated as
DuckDB's own.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sqlglot import exp, tokens
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError, TokenError
from sqlglot.parser import binary_range_parser

from amzsql.errors import ProgrammingError
from amzsql.sql.dialect_functions import DIALECT_FUNCTIONS
from amzsql.sql.functions import FUNCTIONS
from amzsql.sql.grammar import checked
from amzsql.sql.mistakes import parse_error, place

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

    Node: TypeAlias = Expr
else:
    Node = exp.Expression  # sqlglot 30 types its nodes by another name than 28

_Kind = TypeVar("_Kind", bound=Node)
# What no other node hangs on: every second node of a statement is one.
_LEAVES = (exp.Identifier, exp.Literal)

# Two names that sqlglot gives out but does not list as its own.
Token: Any = vars(tokens)["Token"]
TokenType: Any = vars(tokens)["TokenType"]
_Parser: Any = DuckDB.Parser

_LIST_HINT = (
    "Brackets quote identifiers here, so they are no list and no subscript. "
    "Write list_value(1, 2) for a list and list_extract(x, 1) for an element."
)

# Words of DuckDB 2 that a column's name must be quoted for, of which sqlglot 28 knows a part.
_WORDS = frozenset(
    """
    anti asc asof at authorization binary check collation columns concurrently create cross desc describe end false
    freeze full generated glob group ilike in inner is isnull join lambda lateral left like map natural notnull null
    outer overlaps pivot pivot_longer pivot_wider positional qualify right semi show similar struct summarize
    tablesample true try_cast tuple unpack unpivot verbose
    """.split()  # noqa: SIM905 - a list would be a screen long
)

_CALLED = re.compile(r"\s*(?:[\w\"`\[\]]+\s*\.\s*)?[\"`\[]?(\w+)")

# The units of an interval's text, and those that sqlglot and DuckDB have as words of their own as well.
_UNIT = re.compile(
    r"millenniums?|millennia|millenium|mils?|century|centuries|cent|c|decades?|decs?|years?|yrs?|y|quarters?|months?"
    r"|mons?|weeks?|w|days?|d|dayofmonth|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s|milliseconds?|mseconds?"
    r"|msecs?|ms|microseconds?|useconds?|usecs?|us|ago",
    re.IGNORECASE,
)
_PLAIN_INTERVAL = re.compile(
    r"\s*-?\d+(\s+(year|quarter|month|week|day|hour|minute|second|millisecond|microsecond)s?)?\s*", re.IGNORECASE
)

PIVOT_HINT = "PIVOT needs an IN list: without one, every row would have to be read to know the columns."


def every(tree: Node, *kinds: type[_Kind]) -> Iterator[_Kind]:
    """Yield the nodes of some kinds in a tree, breadth first: `find_all` in a third of the time."""
    found: list[Node] = [tree]
    for node in found:
        if isinstance(node, kinds):
            yield node
        if isinstance(node, _LEAVES):
            continue
        for value in node.args.values():
            if isinstance(value, list):
                found += [v for v in value if isinstance(v, Node)]
            elif isinstance(value, Node):
                found.append(value)


def engine_sql(tree: Node, **options: Any) -> str:
    """Return a tree as the engine reads it; its names that are words of the engine's are quoted from now on."""
    for name in every(tree, exp.Identifier):
        if not name.quoted and name.this.lower() in _WORDS:
            name.set("quoted", True)
    return str(tree.sql("duckdb", **options))


class Amzsql(DuckDB):
    """The sqlglot dialect of amzsql."""

    def parse(self, sql: str, **opts: Any) -> list[Any]:
        """Parse statements for other tools: whatever is wrong is sqlglot's ParseError, with its place."""
        try:
            found: list[Any] = super().parse(sql, **opts)
        except (ParseError, TokenError, ProgrammingError) as error:
            raise parse_error(sql, error) from error
        return found

    class Tokenizer(DuckDB.Tokenizer):
        """Brackets and backticks quote names; TOP is a keyword."""

        IDENTIFIERS = ['"', "`", ("[", "]")]
        KEYWORDS = {**DuckDB.Tokenizer.KEYWORDS, "TOP": TokenType.TOP}
        KEYWORDS.pop("?::", None)  # a parameter and its cast

    class Parser(_Parser):  # type: ignore[misc, unused-ignore]
        """The functions of other dialects, as DuckDB spells them."""

        _joins_open = 0

        FUNCTIONS = {
            **DuckDB.Parser.FUNCTIONS,
            **FUNCTIONS,
            **DIALECT_FUNCTIONS,
            # To sqlglot 28 it is no aggregate.
            "LIST": exp.ArrayAgg.from_arg_list,
        }
        RANGE_PARSERS = {
            **DuckDB.Parser.RANGE_PARSERS,
            # The regular expression need not match all of the text: so since DuckDB 2, which sqlglot 28 does not know.
            TokenType.TILDE: binary_range_parser(exp.RegexpLike),
        }
        NO_PAREN_FUNCTION_PARSERS = {
            **DuckDB.Parser.NO_PAREN_FUNCTION_PARSERS,
            "@": lambda self: _at(self),
        }

        def parse(self, raw_tokens: list[Any], sql: Any = None) -> list[Any]:
            """Parse tokens; ProgrammingError for what DuckDB refuses, and where brackets would be a list."""
            refuse_subscripts(raw_tokens, sql or "")
            called = bool(raw_tokens) and is_call(raw_tokens[0])
            found: list[Any] = super().parse(joined(raw_tokens if called else checked(raw_tokens, sql or "")), sql)
            return found

        def _parse_statement(self) -> Any:
            """Read the call of a procedure as a command; if it may change something, tools find an UPDATE in it."""
            if self._curr is None or not is_call(self._curr):
                return super()._parse_statement()
            text = self.sql[self._curr.end + 1 : self._tokens[-1].end + 1]
            found = exp.Command(this=self._curr.text.upper(), expression=exp.Literal.string(text.strip()))
            self._advance(len(self._tokens) - self._index)
            name = called_name(text)
            if writes(name):
                found.set("changes", exp.Update(this=exp.to_table(name or "procedure", dialect="duckdb")))
            return found

        def _warn_unsupported(self) -> None:
            """Say nothing: what is no query is refused by whoever asked for the tree."""

        def _parse_range(self, this: Any = None, **how: Any) -> Any:
            """Read ``text CONTAINS part`` too, the reference's word for the function contains."""
            this = this or self._parse_bitwise()
            negated = _is_word(self._curr, "NOT") and _is_word(self._next, "CONTAINS")
            if this is None or not (negated or _is_word(self._curr, "CONTAINS")):
                return super()._parse_range(this, **how)
            self._advance(2 if negated else 1)
            part = exp.Anonymous(this="contains", expressions=[this, self._parse_bitwise()])
            return exp.Not(this=part) if negated else part

        def _parse_join(self, *how: Any, **named: Any) -> Any:
            """Refuse a join without a condition, which would be one of every row with every row."""
            begin = self._index
            self._joins_open += 1
            try:
                join = super()._parse_join(*how, **named)
            finally:
                self._joins_open -= 1
            read = self._tokens[begin : self._index]
            token = next((t for t in read if t.token_type == TokenType.JOIN), None)
            if not isinstance(join, exp.Join) or token is None:
                return join
            condition = _condition_of(read) if _takes_none(join) else None
            if condition is not None and self._joins_open:
                # It is that of the join around it: a JOIN b CROSS JOIN c ON ….
                self._retreat(begin + condition)
                join.set("on", None)
                join.set("using", None)
            refuse_join(join, token, read)
            return join

        def _parse_interval(self, *how: Any, **named: Any) -> Any:
            """Read all that DuckDB takes for an interval: sqlglot knows some of its units, and no ``ago``."""
            token = self._next
            if not _is_word(self._curr, "INTERVAL") or token is None or token.token_type != TokenType.STRING:
                return super()._parse_interval(*how, **named)
            refuse_units(token)
            if _PLAIN_INTERVAL.fullmatch(token.text):
                return super()._parse_interval(*how, **named)
            self._advance(2)
            return exp.cast(exp.Literal.string(token.text), "interval")

        def _parse_convert(self, strict: bool, safe: bool | None = None) -> Any:
            """Read ``CONVERT(type, value)``, as the reference and SQL Server write it, beside MySQL's order."""
            before = self._index
            kind = self._parse_types(allow_identifiers=False)
            if kind is None or not self._match(TokenType.COMMA):
                self._retreat(before)
                return super()._parse_convert(strict, safe)
            return exp.Cast(this=self._parse_assignment(), to=kind)

        def _parse_simplified_pivot(self, is_unpivot: bool | None = None) -> Any:
            """Read ``PIVOT t ON …`` and ``UNPIVOT t ON …`` as the SELECT that they are short for."""
            source = self._parse_table()
            self._match(TokenType.ON)
            pivot = _unpivot(self) if is_unpivot else _pivot(self)
            if not isinstance(source, exp.Table | exp.Subquery):
                source = exp.Subquery(this=exp.select("*").from_(source))
            source.set("pivots", [*(source.args.get("pivots") or []), pivot])
            select = exp.select("*").from_(source)
            return self._parse_query_modifiers(self._parse_set_operations(self._parse_query_modifiers(select)))


def _is_word(token: Any, word: str) -> bool:
    """Tell whether a token is a bare word."""
    return token is not None and token.token_type != TokenType.IDENTIFIER and token.text.upper() == word


def is_call(token: Any) -> bool:
    """Tell whether a statement that begins with a token calls a procedure."""
    return token.token_type != TokenType.IDENTIFIER and token.text.upper() in ("EXEC", "EXECUTE", "CALL")


def called_name(text: str) -> str:
    """Return the procedure that is named at the beginning of what follows EXEC, without its schema."""
    found = _CALLED.match(text)
    return found[1] if found is not None else ""


def writes(procedure: str) -> bool:
    """Tell whether a procedure may change something; of one that is not known, it may."""
    from amzsql.catalog import procedures  # needs all facts, which no query does

    schemas = procedures.schemas_of(procedure)
    return not schemas or procedures.procedure(schemas[0], procedure).writes


_FREE = ("CROSS", "NATURAL", "POSITIONAL")


def _parts(join: exp.Join) -> tuple[str, str, str]:
    """Return the side, the kind and the method of a join."""
    side, kind, method = (str(join.args.get(name) or "").upper() for name in ("side", "kind", "method"))
    return side, kind, method


def _takes_none(join: exp.Join) -> str:
    """Return the word by which a join takes no condition; "" if it takes one."""
    return next((word for word in _FREE if word in _parts(join)), "")


def _condition_of(read: list[Any]) -> int | None:
    """Return the place of the ON or USING of a join among its tokens."""
    depth = 0
    for number, token in enumerate(read):
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth == 0 and token.token_type in (TokenType.ON, TokenType.USING):
            return number
    return None


def refuse_join(join: exp.Join, token: Any, read: list[Any]) -> None:
    """Raise ProgrammingError for a join that misses its condition, or has one too many.

    `read` are its tokens, `token` is its JOIN.
    """
    side, kind, _ = _parts(join)
    free, using = _takes_none(join), bool(join.args.get("using"))
    where = place(token.line, token.col - (token.end - token.start), token.text)
    if free and (using or join.args.get("on") is not None):
        raise ProgrammingError(f"Syntax error {where}: {free} JOIN takes no condition: write JOIN … ON ….")
    if kind == "OUTER" and not side:
        raise ProgrammingError(f"Syntax error {where}: write LEFT, RIGHT or FULL before OUTER JOIN.")
    if side and kind in ("INNER", "SEMI", "ANTI"):
        raise ProgrammingError(f"Syntax error {where}: a join is {side} or {kind}, not both.")
    if not free and not using and join.args.get("on") is None:
        raise ProgrammingError(
            f"Syntax error {where}: ON with a condition, or USING (columns), is missing after "
            f"{join.this.alias_or_name}. CROSS JOIN is a join without one."
        )
    number = _condition_of(read) if using else None
    if number is not None and read[number + 1].token_type != TokenType.L_PAREN:
        bare = read[number + 1]
        where = place(bare.line, bare.col - (bare.end - bare.start), bare.text)
        raise ProgrammingError(f"Syntax error {where}: write the columns of USING in parentheses.")


def refuse_units(token: Any) -> None:
    """Raise ProgrammingError for an interval's text with a unit that DuckDB does not know."""
    unknown = [word for word in re.findall(r"[A-Za-z]+", token.text) if not _UNIT.fullmatch(word)]
    if unknown:
        where = place(token.line, token.col - (token.end - token.start), f"'{token.text}'")
        raise ProgrammingError(
            f"Syntax error {where}: {unknown[0]} is no unit of an interval. Units are year, quarter, month, week, day, "
            "hour, minute, second, millisecond and microsecond."
        )


def _pivot(parser: Any) -> exp.Pivot:
    """Read what follows ``PIVOT t ON``."""
    fields = parser._parse_csv(lambda: _pivot_header(parser))
    using = (
        parser._parse_csv(parser._parse_expression) if parser._match(TokenType.USING) else [exp.Count(this=exp.Star())]
    )
    return exp.Pivot(
        expressions=using,
        fields=fields,
        unpivot=False,
        group=parser._parse_group(),
    )


def _pivot_header(parser: Any) -> Node:
    before = parser._index
    parser._parse_column()
    if not parser._match(TokenType.IN, advance=False):
        raise ProgrammingError(PIVOT_HINT)
    parser._retreat(before)
    found: Node = parser._parse_pivot_in()
    return found


def _unpivot(parser: Any) -> exp.Pivot:
    """Read what follows ``UNPIVOT t ON``."""
    columns = parser._parse_csv(parser._parse_expression)
    into = parser._parse_unpivot_columns()
    name = exp.to_identifier(into.this.name if into else "name")
    values = [exp.to_identifier(v.name) for v in into.expressions] if into else [exp.to_identifier("value")]
    items = [exp.PivotAlias(this=c.this, alias=c.args["alias"]) if isinstance(c, exp.Alias) else c for c in columns]
    named = values if len(values) == 1 else [exp.Tuple(expressions=values)]
    return exp.Pivot(expressions=named, fields=[exp.In(this=name, expressions=items)], unpivot=True)


def _at(parser: Any) -> Node:
    """Read ``@name`` as a parameter; an ``@`` that stands apart is DuckDB's absolute value."""
    token, following = parser._prev, parser._curr
    if following is not None and following.token_type == TokenType.VAR and following.start == token.end + 1:
        parser._advance()
        return exp.Placeholder(this=following.text)
    return exp.Abs(this=parser._parse_bitwise())


def refuse_subscripts(found: list[Any], sql: str) -> None:
    """Raise ProgrammingError for a bracket that follows an expression without a space: ``x[1]``."""
    ends = (TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN, TokenType.STRING, TokenType.NUMBER)
    for before, token in itertools.pairwise(found):
        bracketed = token.token_type == TokenType.IDENTIFIER and sql[token.start : token.start + 1] == "["
        if bracketed and before.token_type in ends and before.end + 1 == token.start:
            where = place(token.line, token.col - (token.end - token.start), f"[{token.text}]")
            raise ProgrammingError(f"Syntax error {where}: {_LIST_HINT}")


def joined(tokens: list[Any]) -> list[Any]:
    """Return the tokens with each ``name#TEMP`` as one name, and ``@@IDENTITY`` as the function that it is."""
    found: list[Any] = []
    for token in tokens:
        before = found[-2:]
        adjacent = len(before) == 2 and before[0].end + 1 == before[1].start and before[1].end + 1 == token.start
        if adjacent and before[1].token_type == TokenType.HASH and token.text.upper() == "TEMP":
            first = before[0]
            found[-2:] = [
                Token(TokenType.IDENTIFIER, f"{first.text}#TEMP", first.line, first.col, first.start, token.end)
            ]
        elif adjacent and [t.text for t in before] == ["@", "@"] and token.text.upper() == "IDENTITY":
            place = (token.line, token.col, token.start, token.end)
            kinds = ((TokenType.VAR, "SCOPE_IDENTITY"), (TokenType.L_PAREN, "("), (TokenType.R_PAREN, ")"))
            found[-2:] = [Token(kind, text, *place) for kind, text in kinds]
        else:
            found.append(token)
    return found


def list_hint(name: str) -> str:
    """Return what to write instead, for an identifier that looks like the inside of a list literal."""
    looks_listed = any(ch in name for ch in ",'") or not name.strip() or name.strip().isdigit()
    return f" {_LIST_HINT}" if looks_listed else ""
