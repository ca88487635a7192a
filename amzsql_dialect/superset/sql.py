"""The SQL that Superset writes by itself: time grains, points in time, and what an estimate of cost is asked with.

Must not know Superset: what is here is tested without it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


def _minutes(back: str) -> str:
    """Return the grain that begins so many minutes before a time's own minute.

    What is subtracted is time that passes. TIME_BUCKET counts a TIMESTAMPTZ from midnight in UTC, which is not the
    connection's, and DATE_TRUNC makes one hour of the two where a clock is put back.
    """
    return f"DATE_TRUNC('minute', {{col}}) - INTERVAL '1' MINUTE * {back}"


_MINUTE, _HOUR = "EXTRACT(MINUTE FROM {col})", "EXTRACT(HOUR FROM {col})"
# Clocks are changed before six.
_SIX_HOURS = (
    f"CASE WHEN {_HOUR} < 6 THEN DATE_TRUNC('day', {{col}}) ELSE {_minutes(f'({_HOUR} % 6 * 60 + {_MINUTE})')} END"
)
# ISO durations as Superset names its grains; its weeks are those of DATE_TRUNC, which begin on Monday.
GRAINS: Mapping[str | None, str] = {
    None: "{col}",
    "PT1S": "DATE_TRUNC('second', {col})",
    "PT1M": "DATE_TRUNC('minute', {col})",
    "PT5M": _minutes(f"({_MINUTE} % 5)"),
    "PT10M": _minutes(f"({_MINUTE} % 10)"),
    "PT15M": _minutes(f"({_MINUTE} % 15)"),
    "PT30M": _minutes(f"({_MINUTE} % 30)"),
    "PT1H": _minutes(_MINUTE),
    "PT6H": _SIX_HOURS,
    "P1D": "DATE_TRUNC('day', {col})",
    "P1W": "DATE_TRUNC('week', {col})",
    "1969-12-28T00:00:00Z/P1W": "DATE_TRUNC('week', {col} + INTERVAL '1' DAY) - INTERVAL '1' DAY",
    "1969-12-29T00:00:00Z/P1W": "DATE_TRUNC('week', {col})",
    "P1W/1970-01-03T00:00:00Z": "DATE_TRUNC('week', {col} + INTERVAL '1' DAY) + INTERVAL '5' DAY",
    "P1W/1970-01-04T00:00:00Z": "DATE_TRUNC('week', {col}) + INTERVAL '6' DAY",
    "P1M": "DATE_TRUNC('month', {col})",
    "P3M": "DATE_TRUNC('quarter', {col})",
    "P1Y": "DATE_TRUNC('year', {col})",
}
EPOCH = "TO_TIMESTAMP({col})"
EPOCH_MS = "TO_TIMESTAMP({col} / 1000.0)"
ESTIMATE = "EXPLAIN "
# Where Amazon makes a document first. With Latency=Interactive nobody is refused for it: it is ordered, and read later.
_ORDERED = ("reports_2021-06-30.createReport", "dataKiosk_2023-11-15.createQuery")
# Types that Superset does not know: the beginning of the name, one of that kind, and whether it is a number.
MORE_TYPES = (
    (re.compile(r"^hugeint", re.IGNORECASE), "HUGEINT", True),
    (re.compile(r"^u(tiny|small|big|huge)?int", re.IGNORECASE), "UBIGINT", True),
    (re.compile(r"^tinyint", re.IGNORECASE), "TINYINT", True),
    (re.compile(r"^json", re.IGNORECASE), "JSON", False),
    (re.compile(r"^blob", re.IGNORECASE), "BLOB", False),
    (re.compile(r".*(\[\d*\]$|^(struct|map|union)\()", re.IGNORECASE), "VARCHAR", False),
)


def literal(target_type: str, moment: datetime) -> str | None:
    """Return a point in time as SQL of the type that it is compared with; None for a type that is no time.

    Superset's moments have no zone: they are meant as the connection's property TimeZone says, as its grains are.
    """
    kind = target_type.upper()
    if kind == "DATE":
        return f"DATE '{moment.date().isoformat()}'"
    if kind.startswith(("TIMESTAMP", "DATETIME")):
        return f"TIMESTAMP '{moment.isoformat(sep=' ', timespec='microseconds')}'"
    return None


def cost(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Return what the rows of an EXPLAIN say of a statement's cost, from its last row and the steps before."""
    steps = [dict(zip(names, row, strict=True)) for row in rows]
    total = steps[-1]
    return {
        "requests": total["Requests"],
        "seconds": total["Seconds"],
        "basis": total["Basis"],
        "asked": [step["AccessPath"] for step in steps if step["AccessPath"]],
        "ordered": max((step["Seconds"] for step in steps if step["AccessPath"] in _ORDERED), default=0.0),
    }


def shown(cost: Mapping[str, Any], limit: float | None, *, interactive: bool) -> dict[str, str]:
    """Return a cost in a few words, since Superset's window is narrow.

    `limit` is how many seconds the statement will have (None: no end); `interactive`: whether a document that Amazon
    makes is not waited for any longer.
    """
    found = {
        "Calls": f"{cost['requests']}{_sure(cost['basis'])}",
        "Time": f"{span(cost['seconds'])}{_sure(cost['basis'])}",
    }
    if cost["asked"]:
        found["Operations"] = ", ".join(dict.fromkeys(cost["asked"]))
    if limit is not None and cost["seconds"] > limit:
        if interactive and cost["ordered"] and cost["seconds"] - cost["ordered"] <= limit:
            found["Note"] = (
                f"Amazon makes a document for it: it is ordered; run it again in about {span(cost['ordered'])}"
            )
        else:
            found["Note"] = f"refused here, where a statement has {span(limit)}: narrow its time, or add a LIMIT"
    return found


def span(seconds: float) -> str:
    """Return a time in the unit that people would say it in."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _sure(basis: str) -> str:
    return "" if basis == "exact" else f" ({basis})"
