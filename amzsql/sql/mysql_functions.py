"""MySQL's functions that are named, counted or typed otherwise here: the tree of its statement -> one of amzsql's.

Owns what the parser hands through as it is or takes for something else, but times. Must not know sessions.
"""

from __future__ import annotations

from sqlglot import exp

from amzsql.errors import NotSupportedError
from amzsql.sql import mysql_times
from amzsql.sql.dialect import Node
from amzsql.sql.mysql_templates import called, is_text, written

_COUNTED = (
    "CAST(CASE WHEN a IS NULL THEN NULL WHEN JSON_TYPE(a) = 'ARRAY' THEN JSON_ARRAY_LENGTH(a) WHEN JSON_TYPE(a) ="
    " 'OBJECT' THEN LEN(JSON_KEYS(a)) ELSE 1 END AS BIGINT)"
)
# (name, how many arguments) -> the same in amzsql's SQL, whose columns a, b and c are the arguments.
_TEMPLATES = {
    ("DAY_OF_WEEK", 1): "DAYOFWEEK(CAST(a AS DATE)) + 1",
    ("WEEKDAY", 1): "(DAYOFWEEK(CAST(a AS DATE)) + 6) % 7",
    ("AMZSQL_FIRST_OF_WEEK", 1): mysql_times.SUNDAY,
    ("MID", 2): "SUBSTRING(a, b)",
    ("MID", 3): "SUBSTRING(a, b, c)",
    ("REGEXP_SUBSTR", 2): "NULLIF(REGEXP_EXTRACT(a, b), '')",
    ("JSON_UNQUOTE", 1): "JSON_EXTRACT_STRING(a, '$')",
    ("JSON_LENGTH", 1): _COUNTED,
    ("JSON_ARRAYAGG", 1): "JSON_GROUP_ARRAY(a)",
    ("QUOTE", 1): "COALESCE('''' || REPLACE(REPLACE(a, '\\', '\\\\'), '''', '\\''') || '''', 'NULL')",
    ("FIND_IN_SET", 2): "COALESCE(LIST_POSITION(STRING_SPLIT(b, ','), a), 0)",
    ("STRCMP", 2): "CASE WHEN a = b THEN 0 WHEN a < b THEN -1 WHEN a > b THEN 1 END",
    ("OCTET_LENGTH", 1): "STRLEN(CAST(a AS VARCHAR))",
    ("OCT", 1): "TO_BASE(a, 8)",
    ("TIME_TO_SEC", 1): "CAST(EPOCH(CAST(a AS TIME)) AS BIGINT)",
    ("TIME", 1): "CAST(CAST(a AS TIMESTAMP) AS TIME)",
    ("CURTIME", 0): "CURRENT_TIME",  # sqlglot 28 does not know it
    ("SYSDATE", 0): "CAST(CURRENT_TIMESTAMP AS TIMESTAMP)",
    ("FROM_DAYS", 1): "DATE '1970-01-01' + CAST(a - 719528 AS INTEGER)",
    ("UNIX_TIMESTAMP", 0): "CAST(EPOCH(CAST(CURRENT_TIMESTAMP AS TIMESTAMPTZ)) AS BIGINT)",
    ("UNIX_TIMESTAMP", 1): "CAST(EPOCH(CAST(a AS TIMESTAMPTZ)) AS BIGINT)",
    ("MAKEDATE", 2): "(MAKE_DATE(a, 1, 1) + CAST(b - 1 AS INTEGER))",
    ("FLOOR", 1): "CAST(FLOOR(a) AS BIGINT)",
    ("CEIL", 1): "CAST(CEIL(a) AS BIGINT)",
}
# Those that have no equal here: what the engine says of them would name others.
_WITHOUT_EQUAL = (
    "AES_DECRYPT AES_ENCRYPT BENCHMARK COMPRESS CRC32 EXPORT_SET GET_LOCK INET_ATON INET_NTOA JSON_SEARCH LOAD_FILE"
    " MAKE_SET PERIOD_ADD PERIOD_DIFF RELEASE_LOCK SLEEP SOUNDEX TO_SECONDS UNCOMPRESS WEIGHT_STRING"
)
_NONE = frozenset(_WITHOUT_EQUAL.split())
_COUNTS = exp.Add | exp.Sub | exp.Mul | exp.Div | exp.IntDiv | exp.Mod | exp.Neg
_TRUTHS = exp.Predicate | exp.Boolean | exp.Not | exp.And | exp.Or | exp.Xor
_PREFIXES = {"16": "0x", "2": "0b", "10": ""}


def respelt(node: Node) -> Node:
    """Return a node as amzsql says it; to be used on inner ones first.

    Raises:
        NotSupportedError: it calls a function that has no equal here.
    """
    if isinstance(node, _COUNTS):
        _counting(node)
    if isinstance(node, exp.Div) and not isinstance(node.expression, exp.Nullif):
        zero = exp.Nullif(this=exp.paren(node.expression.copy()), expression=exp.Literal.number(0))
        return exp.Div(this=node.this.copy(), expression=zero)
    found = mysql_times.of_times(node)
    if found is not None:
        return found
    name, given = called(node)
    if name in _NONE:
        raise NotSupportedError(f"MySQL's function {name} has no equal here.")
    template = _TEMPLATES.get((name, len(given)))
    return written(template, *given) if template else _other(node, name, given)


def _counting(node: Node) -> None:
    """Count with what is true as 1, as MySQL does: (a > b) + 0."""
    for key in ("this", "expression"):
        part = node.args.get(key)
        if isinstance(part, Node) and isinstance(part.unnest(), _TRUTHS):
            node.set(key, exp.cast(part.copy(), "int"))


def _other(node: Node, name: str, given: list[Node]) -> Node:
    if isinstance(node, exp.Length) and node.args.get("binary"):
        inner = node.this.unnest()
        raw = isinstance(inner, exp.HexString | exp.Unhex) or (
            isinstance(inner, exp.Cast) and inner.args["to"].is_type("blob", "binary", "varbinary")
        )
        return written("OCTET_LENGTH(a)" if raw else "STRLEN(CAST(a AS VARCHAR))", node.this)
    if isinstance(node, exp.NumberToStr):
        return _grouped(node)
    if isinstance(node, exp.JSONKeys) and len(given) == 1:
        return written("TO_JSON(JSON_KEYS(a))", node.this)
    if name == "JSON_LENGTH" and len(given) == 2:
        return written(_COUNTED, written("JSON_EXTRACT(a, b)", *given))
    if name == "CONV" and len(given) == 3:
        number, prefix, base = given[0], _PREFIXES.get(str(given[1].name)), given[2]
        if prefix is None or not str(base.name).isdecimal():
            raise NotSupportedError("CONV takes numbers of base 2, 10 or 16 here, and a base that is written out.")
        return written("TO_BASE(CAST(b || CAST(a AS VARCHAR) AS BIGINT), c)", number, exp.Literal.string(prefix), base)
    if name in ("FIELD", "ELT") and len(given) > 1:
        values = exp.Anonymous(this="LIST_VALUE", expressions=[v.copy() for v in given[1:]])
        template = "COALESCE(LIST_POSITION(b, a), 0)" if name == "FIELD" else "LIST_EXTRACT(b, a)"
        return written(template, given[0], values)
    if name == "SUBSTRING_INDEX" and len(given) == 3:
        bounds = "c, -1" if isinstance(given[2], exp.Neg) else "1, c"
        return written(f"ARRAY_TO_STRING(LIST_SLICE(STRING_SPLIT(a, b), {bounds}), b)", *given)
    return node


def _grouped(node: Node) -> Node:
    """Return FORMAT, which rounds a half away from zero."""
    culture = node.args.get("culture")
    if culture is not None and str(culture.name).lower() not in ("en_us", "en_gb"):
        raise NotSupportedError(f"FORMAT groups digits as en_US does here, not as {culture.name or culture.sql()}.")
    digits = node.args["format"].name if is_text(node.args["format"]) else ""
    places = exp.Literal.number(digits) if digits.isdecimal() else node.args["format"].copy()
    return exp.NumberToStr(this=written("ROUND(a, b)", node.this, places), format=places.copy())
