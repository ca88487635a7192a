"""The functions of the reference connector, and of SQL Server whose words it has, read as DuckDB's own.

What DuckDB has by the same name and meaning does not stand here. Knows nothing of tables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from amzsql.errors import ProgrammingError

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node
else:
    Node = exp.Expression

_Read = Callable[[list[Any]], Node]
_PARSED: Any = DuckDB.Parser.FUNCTIONS
# Parts of a time that are functions: a text in them is a time.
_PARTS = ("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DAYOFMONTH", "DAYOFWEEK", "DAYOFYEAR")


def _unit(node: Node | None) -> Node | None:
    """Return a date unit as a plain word, whether it was written bare or as a string."""
    return exp.var(node.name.upper()) if node is not None else None


def _time(node: Node | None) -> Node | None:
    """Return a text as the time that it says; DuckDB does not guess what a text is."""
    return exp.cast(node, "timestamptz") if isinstance(node, exp.Literal) and node.is_string else node


def _call(name: str, *args: Node | None) -> Node:
    return exp.Anonymous(this=name, expressions=list(args))


def _part_of(name: str) -> _Read:
    read = _PARSED[name]

    def of_time(args: list[Any]) -> Node:
        found: Node = read([_time(args[0]), *args[1:]] if args else args)
        return found

    return of_time


def _date_add(args: list[Any]) -> Node:
    unit, amount, base = (*args, None, None, None)[:3]
    step = exp.Interval(this=exp.Paren(this=amount), unit=_unit(unit))
    return exp.Paren(this=exp.Add(this=base, expression=step))


def _date_part(args: list[Any]) -> Node:
    unit, base = (*args, None, None)[:2]
    name = exp.Literal.string(unit.name.lower()) if unit is not None else None
    return _call("date_part", name, _time(base))


def _date_name(args: list[Any]) -> Node:
    unit, base = (*args, None, None)[:2]
    word = unit.name.lower() if unit is not None else ""
    if word in ("month", "weekday", "dw", "mm"):
        return _call("monthname" if word in ("month", "mm") else "dayname", _time(base))
    return exp.cast(_date_part(args), "text")


def _now(_: list[Any]) -> Node:
    return exp.CurrentTimestamp()


def _ago(unit: str, amount: int = 1) -> _Read:
    """Return LAST_WEEK() and its like: the day that lies so long before today."""

    def read(args: list[Any]) -> Node:
        if args:
            raise ProgrammingError(f"LAST_{unit}() takes no arguments: it is the day one {unit.lower()} before today.")
        step = exp.Interval(this=exp.Literal.string(str(amount)), unit=exp.var("MONTH" if unit == "QUARTER" else unit))
        return exp.cast(exp.Paren(this=exp.Sub(this=exp.CurrentDate(), expression=step)), "date")

    return read


def _end_of_month(args: list[Any]) -> Node:
    base = args[0] if len(args) < 2 else _date_add([exp.var("MONTH"), args[1], _time(args[0])])
    return _call("last_day", _time(base))


def _index_of(args: list[Any]) -> Node:
    return _call("strpos", *args)


def _from_unixtime(args: list[Any]) -> Node:
    return _call("to_timestamp", *args)


def _is_date(args: list[Any]) -> Node:
    when = exp.TryCast(this=args[0] if args else None, to=exp.DataType.build("timestamptz"))
    return exp.Paren(this=exp.Not(this=exp.Is(this=when, expression=exp.Null())))


def _split(args: list[Any]) -> Node:
    """Read ``SPLIT(text, separator, n)`` as the n-th part; without n it is DuckDB's, the list of all."""
    found: Node = _call("split_part", *args) if len(args) == 3 else _PARSED["SPLIT"](args)
    return found


def _datetime_from_parts(args: list[Any]) -> Node:
    """Read DATETIME2FROMPARTS(year, month, day, hour, minute, second, fraction, precision)."""
    if len(args) != 8:
        raise ProgrammingError(
            "DATETIME2FROMPARTS takes a year, month, day, hour, minute, second, fraction and precision."
        )
    fraction = exp.Div(this=args[6], expression=exp.Pow(this=exp.Literal.number(10), expression=args[7]))
    return _call("make_timestamp", *args[:5], exp.Add(this=args[5], expression=fraction))


DIALECT_FUNCTIONS: dict[str, Any] = {
    **{name: _part_of(name) for name in _PARTS if name in _PARSED},
    "DATEADD": _date_add,
    "DATEPART": _date_part,
    "DATENAME": _date_name,
    "DATETIME2FROMPARTS": _datetime_from_parts,
    "EOMONTH": _end_of_month,
    "FROMUNIXTIME": _from_unixtime,
    "FROM_UNIXTIME": _from_unixtime,
    "GETDATE": _now,
    "GETUTCDATE": _now,
    "INDEXOF": _index_of,
    "ISDATE": _is_date,
    "ISNULL": lambda args: exp.Coalesce(this=args[0], expressions=args[1:]),
    "LAST_MONTH": _ago("MONTH"),
    "LAST_QUARTER": _ago("QUARTER", 3),
    "LAST_WEEK": _ago("WEEK"),
    "LAST_YEAR": _ago("YEAR"),
    "SPLIT": _split,
    "SYSDATETIME": _now,
    "SYSUTCDATETIME": _now,
}
