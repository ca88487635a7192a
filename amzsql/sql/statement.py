"""Text -> statement: what kind it is, its tree, and what is refused before anything else looks at it."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeVar

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from amzsql import types
from amzsql.errors import ProgrammingError
from amzsql.sql.dialect import PIVOT_HINT, Amzsql, Node, Token, TokenType, every, joined
from amzsql.sql.mistakes import syntax_error

Kind = Literal["select", "explain", "analyze"]

FROM_ARGUMENT = "from_" if "from_" in exp.Select.arg_types else "from"

_LONE = re.compile("[\ud800-\udfff]")
_TRANSACTION = "A transaction, of tables of Temp alone, begins by itself."
_REFUSED = {
    "MERGE": "Write UPDATE … FROM for rows that are there, and INSERT … SELECT … WHERE NOT EXISTS (…) for new ones.",
    "REPLACE": "Write UPDATE for rows that are there, and INSERT for new ones.",
    "COPY": "Fetch the result and write it with pyarrow or pandas, or use `amzsql query --format parquet`.",
    "ATTACH": "A connection reads one account; other databases cannot be attached.",
    "DETACH": "",
    "PRAGMA": "The engine's settings are locked.",
    "SET": "Settings are properties of the connection.",
    "RESET": "Settings are properties of the connection.",
    "INSTALL": "The engine loads no extensions.",
    "LOAD": "The engine loads no extensions.",
    "EXPORT": "",
    "IMPORT": "",
    "CACHE": "Write the result into a table of your own, for example with pandas' to_sql.",
    "DESCRIBE": "Query sys_tablecolumns, or use `amzsql describe TABLE`.",
    "SHOW": "Query sys_tables.",
    "SUMMARIZE": "",
    "USE": "Write the schema before the table, or set the property Schema.",
    "ALTER": "Amazon's tables cannot be altered; one of Temp is made anew: CREATE OR REPLACE TABLE t AS SELECT ….",
    "TRUNCATE": "Write DELETE FROM t for a table of Temp, DELETE FROM t WHERE TRUE for one of Amazon's.",
    **dict.fromkeys(("BEGIN", "START"), _TRANSACTION),
    **dict.fromkeys(("COMMIT", "END"), f"{_TRANSACTION} Call commit() of the connection."),
    **dict.fromkeys(("ROLLBACK", "ABORT"), f"{_TRANSACTION} Call rollback() of the connection."),
    "SAVEPOINT": "Transactions have no parts here.",
    "VACUUM": "",
    "CHECKPOINT": "",
    "GRANT": "",
    "REVOKE": "",
}
# What may stand in FROM with parentheses: whatever else the engine has there reads files, runs text or tells of itself.
TABLE_FUNCTIONS = frozenset(("generate_series", "range", "repeat", "repeat_row", "unnest", "json_each", "json_tree"))
# What may stand nowhere: files, the environment, settings, logs, text that is run, sequences, waits, the engine itself.
_REFUSED_FUNCTIONS = re.compile(
    r"^(__internal_\w+|read_\w+|\w+_scan|\w+_scan_dumb|scan_\w+|parquet_\w+|sniff_csv|glob|query|query_table|getenv"
    r"|getvariable|which_secret|duckdb_\w+|pragma_\w+|from_substrait\w*|get_substrait\w*|write_log|sleep_ms|stats"
    r"|parse_duckdb_log_message|load_aws_credentials|iceberg_\w+|delta_scan|postgres_\w+|sqlite_\w+|mysql_\w+|set_config"
    r"|current_setting|current_query|current_query_id|current_transaction_id|current_connection_id|txid_current"
    r"|currval|nextval|setval|setseed|in_search_path|index_key|vector_type|get_block_size|enable_\w+|disable_\w+"
    r"|amzsql_\w+|json_(de)?serialize_\w+|json_execute_\w+|pg_(?!typeof$|size_pretty$)\w+|inet_\w+|\w+_privilege"
    r"|\w+_description)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A parsed statement: its kind and the tree of its query, in which parameters still stand as placeholders."""

    kind: Kind
    tree: exp.Query
    text: str

    def reads(self, is_local: Callable[[str, str], bool]) -> bool:
        """Tell whether it mentions a table of Amazon's, or a CTE; `is_local` knows others by schema and name."""
        tables = (t for t in every(self.tree, exp.Table) if isinstance(t.this, exp.Identifier))
        return any(not is_local(t.text("db"), t.name) for t in tables)


def parse(text: str) -> Statement:
    """Parse one statement.

    Raises:
        ProgrammingError: syntax errors, more than one statement, what has no place here.
    """
    kind, text = kind_of(text)
    tokens = tokens_of(text)
    _refuse(tokens)
    if tokens[0].token_type == TokenType.TABLE:  # TABLE t is FROM t, which sqlglot 28 knows too
        first = tokens[0]
        tokens[0] = Token(TokenType.FROM, "FROM", first.line, first.col, first.start, first.end)
    tree = tree_of(tokens, text)
    if not isinstance(tree, exp.Query):
        raise ProgrammingError(f"{tokens[0].text.upper()} is not a statement that runs here: write SELECT or EXPLAIN.")
    check(tree)
    _write_limits(tree)
    return Statement(kind, tree, text)


def query_of(tree: exp.Query, text: str, kind: Kind = "select") -> Statement:
    """Return a query that was found in a larger statement, which has been checked, as a statement of its own."""
    whole = _with_values(tree)
    assert isinstance(whole, exp.Query)
    _write_limits(whole)
    return Statement(kind, whole, text)


def check_text(text: str, name: str) -> None:
    """Refuse half of a character (a lone surrogate), which no encoding has; the message begins with `name`."""
    if not text.isascii() and (found := _LONE.search(text)):
        raise ProgrammingError(f"{name} is no text: it holds half a character ({ascii(found[0])[1:-1]}).")


def tokens_of(text: str) -> list[Any]:
    """Return the tokens of one statement; ProgrammingError if it is none, or several."""
    check_text(text, "The statement")
    try:
        tokens: list[Any] = list(Amzsql().tokenize(text))
    except TokenError as error:
        raise ProgrammingError(syntax_error(text, error)) from error
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if any(t.token_type == TokenType.SEMICOLON for t in tokens):
        raise ProgrammingError("Two statements in one execute: run them one after the other.")
    for number, following in itertools.pairwise([*tokens, *tokens[:1]]):
        if number.token_type == TokenType.NOT and number.text == "!" and not following.text.startswith("~"):
            raise ProgrammingError("Syntax error at !: write factorial(n), or NOT.")
        prefix = number.token_type == TokenType.NUMBER and number.text == "0" and following.start == number.end + 1
        if prefix and following.text[:1].lower() in ("x", "b", "o"):
            # The engine would read 0x1F as 0 AS x1F.
            raise ProgrammingError(f"Syntax error at 0{following.text}: numbers are written in decimal.")
    if not tokens:
        raise ProgrammingError("The statement is empty.")
    return joined(tokens)


TOO_DEEP = (
    "The statement is nested too deeply, or one chain of operators is too long: write many values as IN (…), or read "
    "them from VALUES, and many branches of UNION ALL in several statements."
)
_EXPLAIN = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*EXPLAIN\b(\s+ANALYZE\b)?", re.IGNORECASE | re.DOTALL)


def kind_of(text: str) -> tuple[Kind, str]:
    """Return the statement's kind, and its text with blanks in the place of EXPLAIN [ANALYZE]."""
    found = _EXPLAIN.match(text)
    if not found:
        return "select", text
    # Errors tell where something stands in the statement as it came.
    blanks = re.sub(r"[^\n]", " ", found.group())
    return ("analyze" if found.group(1) else "explain"), blanks + text[found.end() :]


def _refuse(tokens: list[Any]) -> None:
    word = tokens[0].text.upper() if tokens and tokens[0].token_type != TokenType.IDENTIFIER else ""
    if word in _REFUSED:
        raise ProgrammingError(f"{word} is not available here. {_REFUSED[word]}".strip())


def tree_of(tokens: list[Any], text: str) -> Node | None:
    """Return what the tokens of a statement say; ProgrammingError for a syntax error."""
    try:
        trees = Amzsql().parser().parse(_numbered(tokens), text)
    except ParseError as error:
        raise ProgrammingError(syntax_error(text, error)) from error
    except RecursionError:
        raise ProgrammingError(TOO_DEEP) from None
    tree: Node | None = trees[0] if trees else None
    if tree is not None and any(t.text.upper() == "WITHIN" for t in tokens):
        _order_inside(tree)
    return _with_values(tree) if isinstance(tree, exp.Query | exp.Values) else tree


def _order_inside(tree: Node) -> None:
    """Write ``percentile_cont(p) WITHIN GROUP (ORDER BY x)`` as ``quantile_cont(x, p ORDER BY x)``, in place.

    sqlglot would do so as it writes SQL, but only for a plain number.
    """
    for within in list(every(tree, exp.WithinGroup)):
        call, order = within.this, within.expression
        ordered = order.find(exp.Ordered) if order is not None else None
        if ordered is None or not isinstance(call, exp.PercentileCont | exp.PercentileDisc | exp.Mode):
            continue
        order, key = order.copy(), ordered.this.copy()
        if isinstance(call, exp.Mode):
            order.set("this", key)
            call.set("this", order)
        else:
            order.set("this", call.this)
            call.set("this", key)
            call.set("expression", order)
        within.replace(call)


_MODIFIERS = ("order", "limit", "offset")


def _with_values(tree: Node) -> Node:
    """Write VALUES that stand in a query's place as a SELECT from them."""
    for values in list(every(tree, exp.Values)):
        parent = values.parent
        if isinstance(parent, exp.From | exp.Join | exp.Table | exp.Lateral):
            continue
        if isinstance(parent, exp.Subquery) and isinstance(parent.parent, exp.From | exp.Join):
            continue
        copied = values.copy()
        modifiers = {name: copied.args[name].pop() for name in _MODIFIERS if copied.args.get(name)}
        copied.set("alias", exp.TableAlias(this=exp.to_identifier("valueslist")))
        select = exp.Select(expressions=[exp.Star()], **{FROM_ARGUMENT: exp.From(this=copied)}, **modifiers)
        if parent is None:
            return select
        if isinstance(parent, exp.In):
            parent.set("expressions", None)
            parent.set("query", exp.Subquery(this=select))
        else:
            values.replace(select)
    return tree


def _write_limits(tree: Node) -> None:
    """Write FETCH FIRST as the LIMIT that it is, in place: sqlglot's own would lose its PERCENT. LIMIT ALL is none."""
    for limit in list(every(tree, exp.Limit)):
        if isinstance(limit.expression, exp.Column) and limit.expression.sql().upper() == "ALL":
            limit.pop()
    for fetch in list(every(tree, exp.Fetch)):
        count = fetch.args.get("count") or exp.Literal.number(1)
        options = fetch.args.get("limit_options")
        percent = exp.LimitOptions(percent=True) if options and options.args.get("percent") else None
        fetch.replace(exp.Limit(expression=count, limit_options=percent))


def _numbered(tokens: list[Any]) -> list[Any]:
    """Return the tokens with every ``?`` as a named parameter ``?0``, ``?1``: the tree does not keep their order.

    ``:name`` becomes a parameter's token as well: DuckDB's ``alias: expression`` would take ``SELECT :name`` for one.
    """
    found: list[Any] = []
    count = 0
    for number, token in enumerate(tokens):
        place = (token.line, token.col, token.start, token.end)
        if token.token_type == TokenType.PLACEHOLDER:
            found += [Token(TokenType.PARAMETER, "$", *place), Token(TokenType.VAR, f"?{count}", *place)]
            count += 1
        elif _is_named(tokens, number):
            found.append(Token(TokenType.PARAMETER, "$", *place))
        else:
            found.append(token)
    return found


_OPERANDS = (TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER, TokenType.R_PAREN)


def _is_named(tokens: list[Any], number: int) -> bool:
    if tokens[number].token_type != TokenType.COLON or number + 1 >= len(tokens):
        return False
    following = tokens[number + 1]
    adjacent = following.start == tokens[number].end + 1 and following.text[:1].isalpha()
    return adjacent and (number == 0 or tokens[number - 1].token_type not in _OPERANDS)


# The engine's widest integer; beyond it and beyond this many digits it has no type that Arrow knows.
_WIDEST = 1 << 127
_DIGITS = 38
# What sqlglot reads inside of parentheses and what is no query.
_STATEMENTS = (exp.Describe, exp.Summarize, exp.Show, exp.Pragma, exp.Command, exp.Set, exp.Use, exp.DDL, exp.DML)

# What other dialects write after a table, which would be left out without a word.
_OF_OTHERS = ("when", "version", "changes", "system_time", "partition", "hints", "indexed", "pattern", "format")


def check(tree: Node) -> None:
    """Raise ProgrammingError for what has no place in a statement; the tree itself may be one that writes."""
    for node in every(tree, Node):
        if isinstance(node, _STATEMENTS) and node is not tree:
            raise ProgrammingError(
                f"{node.key.upper()} is not available inside of a statement: write SELECT, or query sys_tablecolumns."
            )
        if isinstance(node, exp.Table) and any(node.args.get(name) for name in _OF_OTHERS):
            raise ProgrammingError(f"{node.sql('duckdb')}: Amazon's tables have no versions, partitions or hints.")
        if isinstance(node, exp.Literal) and not node.is_string and _is_too_wide(node.name):
            raise ProgrammingError(
                f"{node.name} is an integer of more than 128 bits: write it as text, or as a DOUBLE."
            )
        name = _function_name(node)
        if name and (not may_call(name) or _is_refused_source(node, name)):
            raise ProgrammingError(
                f"{name}() is not available: a statement reads Amazon's tables; files, the environment and the "
                "engine's settings are out of its reach."
            )
        if isinstance(node, exp.TimestampTrunc | exp.DateTrunc | exp.UnixToTime):
            _refuse_exchanged(node)
        if isinstance(node, exp.LimitOptions) and node.args.get("with_ties"):
            raise ProgrammingError("WITH TIES is not available. Use QUALIFY rank() OVER (ORDER BY …) <= n.")
        if isinstance(node, exp.Select) and not node.expressions:
            raise ProgrammingError("SELECT names no columns: write the columns after it, or SELECT * FROM ….")
        if isinstance(node, exp.Into):
            raise ProgrammingError(
                "SELECT INTO is not available. Fetch the result and write it, or use `amzsql query --format csv`."
            )
        if isinstance(node, exp.Pivot) and not node.args.get("unpivot") and not _has_in_list(node):
            raise ProgrammingError(PIVOT_HINT)


_PARTS = re.compile(
    r"(microsecond|millisecond|second|minute|hour|day|week|month|quarter|year|decade)s?|isoyear|century|millennium",
    re.IGNORECASE,
)


def _refuse_exchanged(node: Node) -> None:
    """Raise ProgrammingError for arguments in the order, or of the kinds, of other databases."""
    given, unit = node.this, node.args.get("unit")
    if isinstance(node, exp.UnixToTime):
        if isinstance(node.args.get("scale"), exp.Literal) and node.args["scale"].is_string:
            raise ProgrammingError(
                "TO_TIMESTAMP takes one number, of seconds since 1970. Write CAST(text AS TIMESTAMP), or "
                "strptime(text, '%Y-%m-%d') with the format of the text."
            )
        return
    part = isinstance(given, exp.Literal) and given.is_string and _PARTS.fullmatch(given.name)
    if part and unit is not None and not _PARTS.fullmatch(unit.name):
        raise ProgrammingError(f"DATE_TRUNC takes the part first, then the time: write date_trunc('{given.name}', …).")


def _is_too_wide(number: str) -> bool:
    return number.isdecimal() and (len(number) > _DIGITS + 1 or int(number) >= _WIDEST)


def _function_name(node: Node) -> str | None:
    if isinstance(node, exp.Anonymous):
        return str(node.name)
    if isinstance(node, exp.Func):
        return str(node.sql_name())
    return None


def may_call(name: str) -> bool:
    """Tell whether a statement may call a function by its name, where values stand."""
    return _REFUSED_FUNCTIONS.match(name) is None


def _is_refused_source(node: Node, name: str) -> bool:
    """Tell whether a function stands in FROM that may not."""
    return isinstance(node.parent, exp.Table | exp.Lateral) and node.arg_key == "this" and not _is_source(node, name)


def _is_source(node: Node, name: str) -> bool:
    return isinstance(node, exp.Unnest | exp.Explode | exp.Posexplode) or name.lower() in TABLE_FUNCTIONS


def _has_in_list(pivot: exp.Pivot) -> bool:
    fields = pivot.args.get("fields") or []
    lists = [f.expressions for f in fields if isinstance(f, exp.In)]
    return all(v and not any(isinstance(n, exp.Query | exp.PivotAny) for n in v) for v in lists) and len(lists) > 0


Parameters = Sequence[Any] | Mapping[str, Any] | None


def with_parameters(tree: exp.Query, parameters: Parameters) -> exp.Query:
    """Return a copy of the tree in which every parameter is a typed literal.

    Raises:
        ProgrammingError: too few or too many values, or a name without one.
    """
    return filled(tree, parameter_values(tree, parameters))


def parameter_values(tree: Node, parameters: Parameters) -> dict[str, Any]:
    """Return the value of each parameter of a tree by its placeholder's name in lower case.

    Raises:
        ProgrammingError: too few or too many values, or a name without one.
    """
    if parameters is not None and not isinstance(parameters, Mapping | Sequence):
        raise ProgrammingError(
            f"The parameters are of type {type(parameters).__name__}: give a sequence for ?, or a mapping for @name."
        )
    places = list(every(tree, exp.Placeholder))
    positional = [p for p in places if p.name.startswith("?")]
    if positional and len(positional) != len(places):
        raise ProgrammingError("Use either ? or named parameters (@name, :name), not both.")
    if isinstance(parameters, Mapping) or (places and not positional):
        return _named_values(places, parameters)
    given = parameters or ()
    if isinstance(given, str | bytes) or len(places) != len(given):
        raise ProgrammingError(f"The statement has {len(places)} parameters, but {len(given)} values are given.")
    return {f"?{n}": types.parameter(value) for n, value in enumerate(given)}


def _named_values(places: list[exp.Placeholder], parameters: Parameters) -> dict[str, Any]:
    if not isinstance(parameters, Mapping) or any(p.name.startswith("?") for p in places):
        raise ProgrammingError("Give a mapping of values for @name and :name, a sequence for ?.")
    values = {str(k).lstrip("@:").lower(): types.parameter(v) for k, v in parameters.items()}
    for place in places:
        if place.name.lower() not in values:
            raise ProgrammingError(f"No value is given for parameter {place.name}.")
    return values


_Tree = TypeVar("_Tree", bound=Node)


def filled(tree: _Tree, values: Mapping[str, Any]) -> _Tree:
    """Return a copy of a tree with the values of `parameter_values` as typed literals in their places."""
    tree = tree.copy()
    places = list(every(tree, exp.Placeholder))
    _substitute([(place, literal(values[place.name.lower()], told(place))) for place in places])
    return tree


def told(place: exp.Placeholder) -> str:
    """Return what a message calls a parameter."""
    return f"Parameter {int(place.name[1:]) + 1 if place.name.startswith('?') else place.name}"


def _substitute(found: list[tuple[exp.Placeholder, Node]]) -> None:
    """Put values in the places of parameters; a list with many of them is written once, not once for each."""
    values = {id(place): value for place, value in found}
    done: set[tuple[int, str]] = set()
    for place, value in found:
        parent, key = place.parent, place.arg_key
        siblings = parent.args.get(key) if parent is not None and key else None
        if parent is None or not isinstance(siblings, list):
            place.replace(value)
        elif (id(parent), str(key)) not in done:
            done.add((id(parent), str(key)))
            parent.set(str(key), [values.get(id(sibling), sibling) for sibling in siblings])
    _spread(value for _, value in found)


def _spread(values: Iterable[Node]) -> None:
    """Write ``column IN ?`` and ``column IN (?)`` with a list as the list of its values, in place."""
    for value in values:
        listed = value.parent
        if not isinstance(value, exp.Array) or not isinstance(listed, exp.In) or isinstance(listed.this, exp.Array):
            continue
        items = [value] if listed.args.get("field") is value else listed.expressions
        spread = [n for item in items for n in (item.expressions if item is value else [item])]
        listed.set("field", None)
        if spread:
            listed.set("expressions", spread)
        else:
            listed.replace(exp.false())


def literal(value: Any, name: str = "A parameter") -> Node:
    """Return a Python value as a typed literal of the tree.

    Raises:
        ProgrammingError: a type, or a number, that the engine has not; the message begins with `name`.
    """
    if isinstance(value, list | tuple):
        return exp.Array(expressions=[literal(v, name) for v in value])
    if isinstance(value, int | float | Decimal):
        return _numeric(value, name)
    if value is None:
        return exp.null()
    if isinstance(value, str):
        check_text(value, name)
        return exp.Literal.string(value)
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return _temporal(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return exp.cast(exp.Literal.string("".join(f"\\x{b:02X}" for b in bytes(value))), "blob")
    scalar = getattr(value, "item", None)
    if callable(scalar) and not getattr(value, "shape", ()):  # numpy's scalars
        return literal(scalar(), name)
    if hasattr(value, "hex") and hasattr(value, "bytes"):  # uuid.UUID
        return exp.Literal.string(str(value))
    raise ProgrammingError(
        f"{name} is of type {type(value).__name__}, which cannot be bound: give text, a number, a date, a time, bytes,"
        " None, or a list of these."
    )


def _temporal(value: dt.date | dt.time | dt.timedelta) -> Node:
    if isinstance(value, dt.datetime):
        return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "timestamptz" if value.tzinfo else "timestamp")
    if isinstance(value, dt.timedelta):
        text = f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
        return exp.cast(exp.Literal.string(text), "interval")
    return exp.cast(exp.Literal.string(value.isoformat()), "date" if isinstance(value, dt.date) else "time")


def _numeric(value: float | Decimal, name: str) -> Node:
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, float):
        return exp.cast(exp.Literal.string(repr(float(value))), "double")
    if isinstance(value, int):
        if not -_WIDEST < value < _WIDEST:
            raise ProgrammingError(f"{name} is an integer of more than 128 bits: give it as text, or as a float.")
        return _number(str(int(value)))
    if not value.is_finite():
        raise ProgrammingError(f"{name} is {value}: give a finite number.")
    text = format(value, "f")
    if sum(ch.isdigit() for ch in text.lstrip("-0.")) > _DIGITS:
        raise ProgrammingError(f"{name} has more than {_DIGITS} digits: round it, or give it as a float.")
    return _number(text)


def _number(text: str) -> Node:
    if text.startswith("-"):
        return exp.Paren(this=exp.Neg(this=exp.Literal.number(text[1:])))
    return exp.Literal.number(text)
