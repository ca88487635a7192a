"""MySQL's functions that are named, counted or typed otherwise here: the tree of its statement -> one of amzsql's.

Owns what the parser hands through as it is or takes for something else. Must not know sessions.
"""

from __future__ import annotations

import re
from functools import cache

import sqlglot
from sqlglot import exp

from amzsql.errors import NotSupportedError
from amzsql.sql.dialect import Amzsql, Node

# (name, how many arguments) -> the same in amzsql's SQL, whose columns a, b and c are the arguments.
_SUNDAY = "(CAST(a AS DATE) - CAST(DAYOFWEEK(CAST(a AS DATE)) AS INTEGER))"
_WEDNESDAY = f"({_SUNDAY} + 3)"
_TEMPLATES = {
    ("DAY_OF_WEEK", 1): "DAYOFWEEK(CAST(a AS DATE)) + 1",
    ("WEEKDAY", 1): "(DAYOFWEEK(CAST(a AS DATE)) + 6) % 7",
    ("YEARWEEK", 1): f"CAST(STRFTIME({_SUNDAY}, '%Y%U') AS BIGINT)",
    ("AMZSQL_FIRST_OF_WEEK", 1): _SUNDAY,
    ("MID", 3): "SUBSTRING(a, b, c)",
    ("REGEXP_SUBSTR", 2): "NULLIF(REGEXP_EXTRACT(a, b), '')",
    ("JSON_UNQUOTE", 1): "JSON_EXTRACT_STRING(a, '$')",
    ("FIND_IN_SET", 2): "COALESCE(LIST_POSITION(STRING_SPLIT(b, ','), a), 0)",
    ("STRCMP", 2): "CASE WHEN a = b THEN 0 WHEN a < b THEN -1 WHEN a > b THEN 1 END",
    ("TIME_TO_SEC", 1): "CAST(EPOCH(CAST(a AS TIME)) AS BIGINT)",
    ("TIME", 1): "CAST(CAST(a AS TIMESTAMP) AS TIME)",
    ("UNIX_TIMESTAMP", 0): "CAST(EPOCH(CAST(CURRENT_TIMESTAMP AS TIMESTAMPTZ)) AS BIGINT)",
    ("UNIX_TIMESTAMP", 1): "CAST(EPOCH(CAST(a AS TIMESTAMPTZ)) AS BIGINT)",
    ("MAKEDATE", 2): "(MAKE_DATE(a, 1, 1) + CAST(b - 1 AS INTEGER))",
    ("TIMEDIFF", 2): "CAST((CAST(a AS TIMESTAMP) - CAST(b AS TIMESTAMP)) AS VARCHAR)",
    ("FLOOR", 1): "CAST(FLOOR(a) AS BIGINT)",
    ("CEIL", 1): "CAST(CEIL(a) AS BIGINT)",
}
# WEEK's modes: which day begins a week, and which week is a year's first.
_WEEKS = {
    "0": "CAST(STRFTIME(CAST(a AS DATE), '%U') AS BIGINT)",
    "1": "CASE WHEN ISOYEAR(CAST(a AS DATE)) < YEAR(CAST(a AS DATE)) THEN 0 WHEN ISOYEAR(CAST(a AS DATE)) >"
    " YEAR(CAST(a AS DATE)) THEN 53 ELSE WEEKOFYEAR(CAST(a AS DATE)) END",
    "2": f"CAST(STRFTIME({_SUNDAY}, '%U') AS BIGINT)",
    "3": "WEEKOFYEAR(CAST(a AS DATE))",
    "5": "CAST(STRFTIME(CAST(a AS DATE), '%W') AS BIGINT)",
    "6": f"CAST((DAYOFYEAR({_WEDNESDAY}) - 1) // 7 + 1 AS BIGINT)",
}
_YEARS_AND_WEEKS = {
    **dict.fromkeys("02", _TEMPLATES["YEARWEEK", 1]),
    **dict.fromkeys("13", "CAST(STRFTIME(CAST(a AS DATE), '%G%V') AS BIGINT)"),
}
# What takes a time here, and a text as well in MySQL.
_OF_TIMES = frozenset(("HOUR", "MINUTE", "SECOND", "LAST_DAY", "QUARTER", "DAYNAME", "MONTHNAME", "TIMESTAMP_ADD"))
_WHOLE_YEAR_MONTH = "CAST(STRFTIME(CAST(a AS TIMESTAMP), '%Y%m') AS BIGINT)"


@cache
def _parsed(template: str) -> Node:
    return sqlglot.parse_one(template, read=Amzsql)


def _written(template: str, *given: Node) -> Node:
    """Return a template with its arguments."""
    tree = exp.paren(_parsed(template).copy())
    for column in list(tree.find_all(exp.Column)):
        place = "abc".find(column.name)
        if 0 <= place < len(given):
            column.replace(given[place].copy() if _is_plain(given[place]) else exp.paren(given[place].copy()))
    return tree


def _is_plain(node: Node) -> bool:
    return isinstance(node, exp.Literal | exp.Column | exp.Func | exp.Paren)


def called(node: Node) -> tuple[str, list[Node]]:
    """Return the name of a call and its arguments, whether the parser knows the function or not."""
    if isinstance(node, exp.Anonymous):
        return str(node.name).upper(), list(node.expressions)
    if not isinstance(node, exp.Func):
        return "", []
    parts = [node.args.get(key) for key in node.arg_types]
    found = [value for part in parts for value in (part if isinstance(part, list) else [part])]
    return str(node.sql_name()), [value for value in found if isinstance(value, Node)]


def weeks(tree: Node) -> None:
    """Write the first day of a week as such: STR_TO_DATE(CONCAT(YEARWEEK(x), ' Sunday'), '%X%V %W')."""
    for made in list(tree.find_all(exp.StrToDate)):
        name, given = called(made.this.expressions[0]) if made.this.expressions else ("", [])
        if name == "YEARWEEK" and str(made.args["format"].name).startswith("%X%V"):
            made.replace(exp.Anonymous(this="AMZSQL_FIRST_OF_WEEK", expressions=[given[0].copy()]))


def respelt(node: Node) -> Node:
    """Return a node as amzsql says it; to be used on inner ones first."""
    if isinstance(node, exp.Div) and not isinstance(node.expression, exp.Nullif):
        zero = exp.Nullif(this=exp.paren(node.expression.copy()), expression=exp.Literal.number(0))
        return exp.Div(this=node.this.copy(), expression=zero)
    if isinstance(node, exp.DateAdd | exp.DateSub | exp.Add | exp.Sub):
        return _shifted(node)
    if isinstance(node, exp.TimeToStr) and isinstance(node.this, exp.Literal):
        return exp.TimeToStr(this=exp.cast(node.this.copy(), "timestamp"), format=node.args["format"].copy())
    if isinstance(node, exp.Extract) and str(node.name).upper() == "YEAR_MONTH":
        return _written(_WHOLE_YEAR_MONTH, node.expression)
    if isinstance(node, exp.Extract) and _is_text(node.expression):
        return exp.Extract(this=node.this.copy(), expression=exp.cast(node.expression.copy(), "timestamp"))
    name, given = called(node)
    if name in _OF_TIMES and _is_text(given[0]):
        given[0].replace(exp.cast(given[0].copy(), "timestamp"))
        return node
    template = _TEMPLATES.get((name, len(given)))
    return _written(template, *given) if template else _other(node, name, given)


def _is_text(node: Node) -> bool:
    return isinstance(node, exp.Literal) and bool(node.is_string)


def _shifted(node: Node) -> Node:
    """Add an interval to what is a time in MySQL, but a text here."""
    adds = isinstance(node, exp.DateAdd | exp.DateSub) or isinstance(node.expression, exp.Interval)
    if adds and (_is_text(node.this) or isinstance(node.this, exp.TimeToStr | exp.Concat)):
        node.set("this", exp.cast(node.this.copy(), "timestamp"))
    return node


def _other(node: Node, name: str, given: list[Node]) -> Node:
    if isinstance(node, exp.Week) or name == "YEARWEEK":
        return _week(_WEEKS if isinstance(node, exp.Week) else _YEARS_AND_WEEKS, given)
    if isinstance(node, exp.ConvertTimezone):
        return _zoned(node.args["timestamp"], str(node.args["source_tz"].name), str(node.args["target_tz"].name))
    if isinstance(node, exp.UnixToTime) and node.args.get("format"):
        moment = exp.cast(exp.UnixToTime(this=node.this.copy()), "timestamp")
        return exp.TimeToStr(this=moment, format=node.args["format"].copy())
    if isinstance(node, exp.TimestampDiff):
        times = [exp.cast(t.copy(), "timestamp") for t in (node.expression, node.this)]
        return exp.Anonymous(this="DATE_SUB", expressions=[exp.Literal.string(node.args["unit"].name), *times])
    if isinstance(node, exp.DateDiff):
        return exp.DateDiff(
            this=exp.cast(node.this.copy(), "date"), expression=exp.cast(node.expression.copy(), "date")
        )
    if name in ("ADDDATE", "SUBDATE") and len(given) == 2:
        many = given[1].copy()
        many = many if isinstance(many, exp.Interval) else exp.Interval(this=many, unit=exp.var("DAY"))
        kind = exp.Add if name == "ADDDATE" else exp.Sub
        return exp.paren(kind(this=exp.cast(given[0].copy(), "timestamp"), expression=many))
    if name == "TIME_FORMAT" and len(given) == 2:
        at = _written("CAST('2000-01-01 ' || CAST(a AS TEXT) AS TIMESTAMP)", given[0])
        return exp.TimeToStr(this=at, format=_format(given[1]))
    return _listed(node, name, given)


def _listed(node: Node, name: str, given: list[Node]) -> Node:
    """Say with lists what MySQL says of positions."""
    if name in ("FIELD", "ELT") and len(given) > 1:
        values = exp.Anonymous(this="LIST_VALUE", expressions=[v.copy() for v in given[1:]])
        template = "COALESCE(LIST_POSITION(b, a), 0)" if name == "FIELD" else "LIST_EXTRACT(b, a)"
        return _written(template, given[0], values)
    if name == "SUBSTRING_INDEX" and len(given) == 3:
        bounds = "c, -1" if isinstance(given[2], exp.Neg) else "1, c"
        return _written(f"ARRAY_TO_STRING(LIST_SLICE(STRING_SPLIT(a, b), {bounds}), b)", *given)
    return node


def _week(modes: dict[str, str], given: list[Node]) -> Node:
    mode = str(given[1].name) if len(given) > 1 else "0"
    if mode not in modes:
        told = ", ".join(sorted(modes))
        raise NotSupportedError(f"Weeks are counted by the modes {told} here, but not by {mode or given[1].sql()}.")
    return _written(modes[mode], given[0])


def _format(text: Node) -> Node:
    """Return a format of MySQL's as strftime's."""
    tree = sqlglot.parse_one("SELECT DATE_FORMAT(x, {})".format(text.sql(dialect="mysql")), read="mysql")
    found = tree.find(exp.TimeToStr)
    assert found is not None  # that is what DATE_FORMAT is
    return found.args["format"].copy()  # type: ignore[no-any-return]


_UTC = frozenset(("utc", "system", "+00:00", "-00:00", "gmt", "etc/utc"))


def _zoned(time: Node, source: str, target: str) -> Node:
    """Return a time of one zone as another's: their names, offsets or SYSTEM, which is UTC here."""
    found: Node = exp.cast(time.copy(), "timestamp")
    for zone, sign in ((source, "-"), (target, "+")):
        offset = re.fullmatch(r"(?P<sign>[+-])(?P<hours>\d{1,2}):(?P<minutes>\d\d)", zone)
        if zone.lower() in _UTC:
            continue
        if offset:
            minutes = int(offset["hours"]) * 60 + int(offset["minutes"])
            minutes = -minutes if (offset["sign"] == "-") != (sign == "-") else minutes
            found = _written("a + b * INTERVAL '1' MINUTE", found, exp.Literal.number(minutes))
        else:
            template = "a AT TIME ZONE b AT TIME ZONE 'UTC'" if sign == "-" else "a AT TIME ZONE 'UTC' AT TIME ZONE b"
            found = _written(template, found, exp.Literal.string(zone))
    return found
