"""Constant expressions -> Python values of a column's type.

Literals are read here; whatever must be computed is collected and handed to an evaluator (the engine) in one go, so
that a constant means in a pushdown what it means in the residual filter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from amzsql.sql.dialect import Node, every
from amzsql.types import BOOLEAN, DATE, TIMESTAMP, SqlType

Evaluator = Callable[[Sequence[str]], list[Any]]
"""SQL expressions without columns -> their values; an Exception stands for one that failed."""

UNKNOWN: Final = object()

_TEXT = ("VARCHAR", "JSON")
# A time without a zone; no column has this type, but what local times are compared with.
LOCAL_TIME: Final = SqlType("TIMESTAMP", pa.timestamp("us"))


class Constants:
    """The values of a statement's constants, evaluated in batches."""

    def __init__(self, timezone: ZoneInfo) -> None:
        self._zone = timezone
        self._values: dict[str, Any] = {}
        self._asked: dict[str, None] = {}

    def value(self, node: Node, kind: SqlType) -> Any:
        """Return a constant as a value of that type, None for NULL, or UNKNOWN (at least until `evaluate` ran)."""
        node = node.unnest()
        if isinstance(node, exp.Null):
            return None
        quick = self._quick(node, kind)
        if quick is not UNKNOWN:
            return quick
        if not is_constant(node):
            return UNKNOWN
        text = self._text(node, kind)
        if text not in self._values:
            self._asked[text] = None
            return UNKNOWN
        return self._fitting(self._values[text], kind)

    def is_misfit(self, node: Node, kind: SqlType) -> bool:
        """Tell whether a text stands where the engine would have to read another type from it, and cannot."""
        node = node.unnest()
        text = isinstance(node, exp.Literal) and node.is_string
        return text and isinstance(self._values.get(self._text(node, kind)), Exception)

    def evaluate(self, evaluator: Evaluator) -> bool:
        """Evaluate what was asked for since; False if there was nothing."""
        asked, self._asked = list(self._asked), {}
        if asked:
            self._values.update(zip(asked, _evaluated(asked, evaluator), strict=True))
        return bool(asked)

    def _text(self, node: Node, kind: SqlType) -> str:
        sql = node.sql(dialect="duckdb", unsupported_level=ErrorLevel.IGNORE)
        text = isinstance(node, exp.Literal) and node.is_string
        if kind in (TIMESTAMP, DATE, LOCAL_TIME) or (kind.name not in _TEXT and text):
            return f"CAST({sql} AS {kind.name})"
        return sql

    def _quick(self, node: Node, kind: SqlType) -> Any:
        if isinstance(node, exp.Boolean) and kind == BOOLEAN:
            return bool(node.this)
        if isinstance(node, exp.Literal):
            return self._literal(node, kind)
        if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.is_string:
            inner = self._literal(node.this, kind)
            return -inner if isinstance(inner, Decimal) else UNKNOWN
        if kind == TIMESTAMP and isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal):
            return self._time(node.this.name) if _is_plain_cast(node) else UNKNOWN
        return UNKNOWN

    def _literal(self, node: exp.Literal, kind: SqlType) -> Any:
        if node.is_string:
            if kind.name in _TEXT:
                return node.name
            return self._time(node.name) if kind == TIMESTAMP else UNKNOWN
        # A number compared with text makes the engine cast the column: no single text stands for it.
        return UNKNOWN if kind.name in _TEXT or kind == BOOLEAN else _decimal(node.name)

    def _time(self, text: str) -> Any:
        try:
            parsed = dt.datetime.fromisoformat(text.strip())
        except ValueError:
            return UNKNOWN
        zoned = parsed if parsed.tzinfo else parsed.replace(tzinfo=self._zone)
        try:
            first, second = (zoned.replace(fold=fold).astimezone(dt.UTC) for fold in (0, 1))
        except OverflowError:
            return UNKNOWN
        # Of a local time that comes twice or never the engine says which moment it is.
        return first if first == second else UNKNOWN

    def _fitting(self, value: Any, kind: SqlType) -> Any:
        if value is None:
            return None
        if kind == TIMESTAMP:
            return value.astimezone(dt.UTC) if isinstance(value, dt.datetime) and value.tzinfo else UNKNOWN
        if kind == LOCAL_TIME:
            return value if isinstance(value, dt.datetime) and value.tzinfo is None else UNKNOWN
        if kind == DATE:
            return value if isinstance(value, dt.date) else UNKNOWN
        if kind == BOOLEAN:
            return value if isinstance(value, bool) else UNKNOWN
        if kind.name in _TEXT:
            return value if isinstance(value, str) else UNKNOWN
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return UNKNOWN
        return _decimal(str(value))


def _evaluated(asked: list[str], evaluator: Evaluator) -> list[Any]:
    """Return the values of some expressions; a time beyond Python's years is not known."""
    try:
        return evaluator(asked)
    except OverflowError:
        return [UNKNOWN] if len(asked) == 1 else [v for text in asked for v in _evaluated([text], evaluator)]


def _is_plain_cast(node: exp.Cast) -> bool:
    """Tell whether a text is cast to a date or time that says just what the text says: no time or zone is dropped."""
    text = node.this.name.strip()
    if node.to.this == exp.DataType.Type.DATE:
        return len(text) == 10
    if node.to.this == exp.DataType.Type.TIMESTAMPTZ:
        return True
    try:
        return bool(node.to.this == exp.DataType.Type.TIMESTAMP) and dt.datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _decimal(text: str) -> Any:
    try:
        return Decimal(text)
    except InvalidOperation:
        return UNKNOWN


def is_constant(node: Node) -> bool:
    """Tell whether an expression holds no column, subquery, aggregate or window, and always gives the same value."""
    blocking = (exp.Column, exp.Query, exp.Subquery, exp.AggFunc, exp.Window, exp.Placeholder, exp.Rand, exp.Star)
    volatile = ("random", "uuid", "gen_random_uuid", "setseed", "nextval", "currval", "hash", "unnest")
    if isinstance(node, exp.Literal):
        return True
    for child in every(node, *blocking, exp.Anonymous):
        if isinstance(child, blocking) or child.name.lower() in volatile:
            return False
    return True


_LOCALLY = tuple(vars(exp)[name] for name in ("Localtimestamp", "LocalTimestamp") if name in vars(exp))
_NOWS = (exp.CurrentDate, exp.CurrentTime, exp.CurrentDatetime, exp.CurrentTimestamp, exp.Anonymous, *_LOCALLY)
_NOW_NAMES = {"now", "get_current_timestamp", "transaction_timestamp", "today", "current_localtimestamp"}


def fix_now(tree: Node, now: dt.datetime, zone: ZoneInfo) -> None:
    """Replace every "now" of a tree by the statement's own time, in place."""
    local = now.astimezone(zone)
    for node in list(every(tree, *_NOWS)):
        if isinstance(node, exp.CurrentDate) or (isinstance(node, exp.Anonymous) and node.name.lower() == "today"):
            node.replace(exp.cast(exp.Literal.string(local.date().isoformat()), "date"))
        elif isinstance(node, exp.CurrentTime):
            node.replace(exp.cast(exp.Literal.string(local.time().isoformat()), "time"))
        elif _is_local_now(node):
            node.replace(exp.cast(exp.Literal.string(local.replace(tzinfo=None).isoformat(sep=" ")), "timestamp"))
        elif _is_now(node):
            node.replace(exp.cast(exp.Literal.string(now.isoformat(sep=" ")), "timestamptz"))


def _is_now(node: Node) -> bool:
    return isinstance(node, exp.CurrentTimestamp) or (
        isinstance(node, exp.Anonymous) and node.name.lower() in _NOW_NAMES
    )


def _is_local_now(node: Node) -> bool:
    named = isinstance(node, exp.Anonymous) and node.name.lower() == "current_localtimestamp"
    return named or isinstance(node, (*_LOCALLY, exp.CurrentDatetime))
