"""MySQL's times: formats, differences, parts and intervals as MySQL counts them -> amzsql's SQL.

Owns weeks, zones and units of several parts. Must not know sessions.
"""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp

from amzsql.errors import NotSupportedError
from amzsql.sql.dialect import Node
from amzsql.sql.mysql_templates import called, is_text, written

SUNDAY = "(CAST(a AS DATE) - CAST(DAYOFWEEK(CAST(a AS DATE)) AS INTEGER))"
_WEDNESDAY = f"({SUNDAY} + 3)"
_YEARWEEK = f"CAST(STRFTIME({SUNDAY}, '%Y%U') AS BIGINT)"
# WEEK's modes: which day begins a week, and which week is a year's first.
_WEEKS = {
    "0": "CAST(STRFTIME(CAST(a AS DATE), '%U') AS BIGINT)",
    "1": "CASE WHEN ISOYEAR(CAST(a AS DATE)) < YEAR(CAST(a AS DATE)) THEN 0 WHEN ISOYEAR(CAST(a AS DATE)) >"
    " YEAR(CAST(a AS DATE)) THEN 53 ELSE WEEKOFYEAR(CAST(a AS DATE)) END",
    "2": f"CAST(STRFTIME({SUNDAY}, '%U') AS BIGINT)",
    "3": "WEEKOFYEAR(CAST(a AS DATE))",
    "5": "CAST(STRFTIME(CAST(a AS DATE), '%W') AS BIGINT)",
    "6": f"CAST((DAYOFYEAR({_WEDNESDAY}) - 1) // 7 + 1 AS BIGINT)",
}
_YEARS_AND_WEEKS = {
    **dict.fromkeys("02", _YEARWEEK),
    **dict.fromkeys("13", "CAST(STRFTIME(CAST(a AS DATE), '%G%V') AS BIGINT)"),
}
# What takes a time here, and a text as well in MySQL.
_OF_TIMES = frozenset(
    ("HOUR", "MINUTE", "SECOND", "LAST_DAY", "QUARTER", "DAYNAME", "MONTHNAME", "TIMESTAMP_ADD", "DATE_ADD", "DATE_SUB")
)
_OF_THE_DAY = frozenset(("HOUR", "MINUTE", "SECOND"))
# Letters of a format that strftime has not, as the parser leaves them: its %W is MySQL's %u.
_LETTERS = {
    "%X": f"STRFTIME({SUNDAY}, '%Y')",
    "%V": f"STRFTIME({SUNDAY}, '%U')",
    "%x": "STRFTIME(a, '%G')",
    "%v": "STRFTIME(a, '%V')",
    "%W": f"LPAD(CAST({_WEEKS['1']} AS VARCHAR), 2, '0')",
    "%D": "CAST(DAY(a) AS VARCHAR) || CASE WHEN DAY(a) IN (1, 21, 31) THEN 'st' WHEN DAY(a) IN (2, 22) THEN 'nd' WHEN"
    " DAY(a) IN (3, 23) THEN 'rd' ELSE 'th' END",
}
_OTHERS = rf"(?:%-?[^-{''.join(letter[1] for letter in _LETTERS)}]|[^%]|%$)+"
_PIECES = re.compile("|".join((*_LETTERS, _OTHERS)), re.DOTALL)
_DAY_AND_TIME = "STRFTIME({}, '%d %H:%M:%S.%f')"
# Whole months from one time to another: the last one counts once its day and its time of day are reached.
_MONTHS = (
    "((YEAR({l}) - YEAR({f})) * 12 + MONTH({l}) - MONTH({f}) - CASE WHEN "
    f"{_DAY_AND_TIME.format('{l}')} < {_DAY_AND_TIME.format('{f}')}"
    " THEN 1 ELSE 0 END)"
)
_MONTHS_BETWEEN = (
    f"CASE WHEN b >= a THEN {_MONTHS.format(f='a', l='b')} // {{n}} ELSE -({_MONTHS.format(f='b', l='a')} // {{n}}) END"
)
_MONTHS_IN = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
# Parts of a unit that has several -> how they are spelt, and how many of the last fit into each.
_PARTS = {
    "YEAR": ("%Y", 12),
    "MONTH": ("%m", 1),
    "DAY": ("%d", 24),
    "HOUR": ("%H", 60),
    "MINUTE": ("%M", 60),
    "SECOND": ("%S", 1_000_000),
    "MICROSECOND": ("%f", 1),
}
_ORDER = list(_PARTS)
_REST = "(TIMESTAMP '2000-01-01' + TO_MICROSECONDS(CAST(ROUND(CAST(ABS(a) AS DOUBLE) * 1000000) AS BIGINT)))"
_HOURS = "CAST(CAST(FLOOR(ABS(a)) AS BIGINT) // 3600 AS VARCHAR)"
# Seconds as MySQL spells a time, which may be of many hours: -26:00:00.5.
_SIGNED_TIME = (
    f"CASE WHEN a < 0 THEN '-' ELSE '' END || LPAD({_HOURS}, CAST(GREATEST(2, LENGTH({_HOURS})) AS INTEGER), '0') ||"
    f" CASE WHEN a = FLOOR(a) THEN STRFTIME({_REST}, ':%M:%S') ELSE STRFTIME({_REST}, ':%M:%S.%f') END"
)

_ADDED = {
    "TIMESTAMP": "CAST(a AS TIMESTAMP) + CAST(b AS INTERVAL)",
    "ADDTIME": "CAST(a AS TIMESTAMP) + CAST(b AS INTERVAL)",
    "SUBTIME": "CAST(a AS TIMESTAMP) - CAST(b AS INTERVAL)",
}


def weeks(tree: Node) -> None:
    """Write the first day of a week as such: STR_TO_DATE(CONCAT(YEARWEEK(x), ' Sunday'), '%X%V %W')."""
    for made in list(tree.find_all(exp.StrToDate)):
        name, given = called(made.this.expressions[0]) if made.this.expressions else ("", [])
        if name == "YEARWEEK" and str(made.args["format"].name).startswith("%X%V"):
            made.replace(exp.Anonymous(this="AMZSQL_FIRST_OF_WEEK", expressions=[given[0].copy()]))


def of_times(node: Node) -> Node | None:
    """Return a node that counts or spells a time as amzsql says it; None if it does neither."""
    name, given = called(node)
    if isinstance(node, exp.DateAdd | exp.DateSub | exp.Add | exp.Sub):
        return _shifted(node)
    if isinstance(node, exp.TimeToStr):
        return _spelt(node)
    if isinstance(node, exp.Extract):
        return _part(str(node.name).upper(), node.expression)
    if name == "MICROSECOND" and len(given) == 1:
        return _part(name, given[0])
    if name in _OF_TIMES and is_text(given[0]):
        return type(node)(**{**node.args, "this": _cast(given[0], day=name in _OF_THE_DAY)})
    if isinstance(node, exp.Week) or name == "YEARWEEK":
        return _week(_WEEKS if isinstance(node, exp.Week) else _YEARS_AND_WEEKS, given)
    if isinstance(node, exp.ConvertTimezone):
        return _zoned(node.args["timestamp"], str(node.args["source_tz"].name), str(node.args["target_tz"].name))
    if isinstance(node, exp.UnixToTime) and node.args.get("format"):
        moment = exp.cast(exp.UnixToTime(this=node.this.copy()), "timestamp")
        return exp.TimeToStr(this=moment, format=node.args["format"].copy())
    return _counted(node, name, given)


def _counted(node: Node, name: str, given: list[Node]) -> Node | None:
    """Return a difference of two times, or a time that is made of numbers."""
    if isinstance(node, exp.TimestampDiff):
        return _difference(str(node.args["unit"].name).upper(), node.expression, node.this)
    if isinstance(node, exp.DateDiff):
        first = node.expression.copy()
        for zero in first.find_all(exp.Literal):
            # TO_DAYS, as the parser reads it: MySQL counts no day 0 of the year 0.
            zero.replace(exp.Literal.string("0000-01-02") if zero.name == "0000-01-01" else zero.copy())
        return exp.DateDiff(this=exp.cast(node.this.copy(), "date"), expression=exp.cast(first, "date"))
    if name == "TIMEDIFF" and len(given) == 2:
        return written(_SIGNED_TIME, exp.paren(exp.Sub(this=_seconds(given[0]), expression=_seconds(given[1]))))
    if name == "SEC_TO_TIME" and len(given) == 1:
        return written(_SIGNED_TIME, given[0])
    if name in _ADDED and len(given) == 2:
        return written(_ADDED[name], *given)
    if name in ("ADDDATE", "SUBDATE") and len(given) == 2:
        many = given[1].copy()
        many = many if isinstance(many, exp.Interval) else exp.Interval(this=many, unit=exp.var("DAY"))
        kind = exp.Add if name == "ADDDATE" else exp.Sub
        return exp.paren(kind(this=exp.cast(given[0].copy(), "timestamp"), expression=many))
    if name == "TIME_FORMAT" and len(given) == 2:
        at = written("CAST('2000-01-01 ' || CAST(a AS TEXT) AS TIMESTAMP)", given[0])
        return _spelt(exp.TimeToStr(this=at, format=_format(given[1])))
    return None


# -- differences and intervals -----------------------------------------------------------------------------------------


def _difference(unit: str, first: Node, last: Node) -> Node:
    """Return how many whole units lie between two times."""
    times = [exp.cast(t.copy(), "timestamp") for t in (first, last)]
    if unit in _MONTHS_IN:
        return written(_MONTHS_BETWEEN.replace("{n}", str(_MONTHS_IN[unit])), *times)
    return exp.Anonymous(this="DATE_SUB", expressions=[exp.Literal.string(unit), *times])


def _shifted(node: Node) -> Node:
    """Add an interval to what is a time in MySQL, but a text here."""
    made = node.copy()
    holder = made if isinstance(made, exp.DateAdd | exp.DateSub) else made.expression
    adds = holder is made or isinstance(holder, exp.Interval)
    if not adds:
        return node
    unit = str(getattr(holder.args.get("unit"), "name", "")).upper()
    if "_" in unit:
        many, one = _whole(holder.this if holder is not made else made.expression, unit)
        holder.set("unit", exp.var(one))
        holder.set("expression" if holder is made else "this", many)
    if is_text(made.this) or isinstance(made.this, exp.TimeToStr | exp.Concat):
        made.set("this", exp.cast(made.this.copy(), "timestamp"))
    return made


def _whole(said: Node, unit: str) -> tuple[Node, str]:
    """Return '1:30' HOUR_MINUTE as 90 and MINUTE."""
    largest, _, smallest = unit.partition("_")
    units = _ORDER[_ORDER.index(largest) : _ORDER.index(smallest) + 1]
    text = str(said.this) if isinstance(said, exp.Literal) else ""
    numbers = re.findall(r"\d+", text)
    if not 0 < len(numbers) <= len(units):
        raise NotSupportedError(f"INTERVAL {said.sql(dialect='mysql')} {unit}: write its numbers out, '1:30'.")
    if smallest == "MICROSECOND":
        numbers[-1] = numbers[-1].ljust(6, "0")
    total = 0
    for number, part in zip(["0"] * (len(units) - len(numbers)) + numbers, units, strict=True):
        total += int(number)
        if part != smallest:
            total *= _PARTS[part][1]
    total = -total if text.lstrip().startswith("-") else total
    return exp.Literal.string(str(total)), smallest


def _part(unit: str, time: Node) -> Node:
    """Return a part of a time; one of several parts is their digits, one behind the other."""
    largest, _, smallest = unit.partition("_")
    if unit == "MICROSECOND":
        return written("CAST(STRFTIME(a, '%f') AS BIGINT)", _cast(time))
    if smallest and largest in _PARTS and smallest in _PARTS:
        letters = "".join(_PARTS[u][0] for u in _ORDER[_ORDER.index(largest) : _ORDER.index(smallest) + 1])
        return written(f"CAST(STRFTIME(a, '{letters}') AS BIGINT)", _cast(time))
    return exp.Extract(this=exp.var(unit), expression=_cast(time, day=unit in _OF_THE_DAY) if is_text(time) else time)


def _cast(time: Node, *, day: bool = False) -> Node:
    """Return what is a time in MySQL as one; as a time of the day, if that may be and it is none of a date."""
    return exp.cast(time.copy(), "time" if day and _of_day(time) else "timestamp")


def _of_day(node: Node) -> bool:
    """Tell whether a node is a time of the day, without a date."""
    if is_text(node):
        return bool(re.fullmatch(r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?", str(node.name)))
    kinds = exp.CurrentTime, exp.UtcTime, exp.Time, exp.TimeFromParts
    inner = node.unnest()
    return isinstance(inner, kinds) or (isinstance(inner, exp.Cast) and bool(inner.args["to"].is_type("time")))


def _seconds(time: Node) -> Node:
    """Return a time, or a time of the day, in seconds."""
    return exp.func("EPOCH", _cast(time, day=True), dialect="duckdb")


# -- spelling ----------------------------------------------------------------------------------------------------------


def _spelt(node: Node) -> Node:
    """Return DATE_FORMAT as strftime's, and what that has not by itself."""
    time, form = node.this, node.args["format"]
    time = exp.cast(time.copy(), "timestamp") if is_text(time) else time
    pieces = _PIECES.findall(str(form.name)) if is_text(form) else []
    if not any(piece in _LETTERS for piece in pieces):
        return exp.TimeToStr(this=time.copy(), format=form.copy())
    found: list[Node] = []
    for piece in pieces:
        plain = exp.TimeToStr(this=time.copy(), format=exp.Literal.string(piece))
        found.append(written(_LETTERS[piece], exp.cast(time.copy(), "timestamp")) if piece in _LETTERS else plain)
    whole = found[0]
    for piece in found[1:]:
        whole = exp.DPipe(this=whole, expression=piece)
    return exp.paren(whole)


def _format(text: Node) -> Node:
    """Return a format of MySQL's as strftime's."""
    tree = sqlglot.parse_one("SELECT DATE_FORMAT(x, {})".format(text.sql(dialect="mysql")), read="mysql")
    found = tree.find(exp.TimeToStr)
    assert found is not None  # that is what DATE_FORMAT is
    return found.args["format"].copy()  # type: ignore[no-any-return]


def _week(modes: dict[str, str], given: list[Node]) -> Node:
    mode = str(given[1].name) if len(given) > 1 else "0"
    if mode not in modes:
        told = ", ".join(sorted(modes))
        raise NotSupportedError(f"Weeks are counted by the modes {told} here, but not by {mode or given[1].sql()}.")
    return written(modes[mode], given[0])


# -- zones -------------------------------------------------------------------------------------------------------------

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
            found = written("a + b * INTERVAL '1' MINUTE", found, exp.Literal.number(minutes))
        else:
            template = "a AT TIME ZONE b AT TIME ZONE 'UTC'" if sign == "-" else "a AT TIME ZONE 'UTC' AT TIME ZONE b"
            found = written(template, found, exp.Literal.string(zone))
    return found
