"""What createReport and createReportSchedule would refuse: said before the call, in the words of the views.

Knows nothing of procedures beyond their names, nor of whose account it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amzsql.errors import ProgrammingError, nearest
from amzsql.execute.report_calls import API
from amzsql.plan.report_options import check_given
from amzsql.spapi.document_types import gone_types, report_types

_WAYS = {f"{API}.createReport": "request", f"{API}.createReportSchedule": "schedule"}


def report_type_of(operation: str, body: object) -> str:
    """Return the report type that a request orders; "" for any other request."""
    ordered = operation in _WAYS and isinstance(body, Mapping)
    return str(body.get("reportType", "")) if ordered and isinstance(body, Mapping) else ""


def check_order(called: str, operation: str, body: Mapping[str, Any]) -> None:
    """Refuse an order of a report that Amazon would refuse, whatever the account is.

    Raises:
        ProgrammingError: there is no such type, it does not come that way, or its options do not fit.
    """
    name, way = str(body.get("reportType", "")), _WAYS[operation]
    gone, kind = gone_types().get(name), report_types().get(name)
    if gone is not None:
        instead = f" Read {' or '.join(gone.instead)}." if gone.instead else ""
        raise ProgrammingError(f"{called}: Amazon makes no reports {name} any more.{instead}")
    if kind is None:
        raise ProgrammingError(f"{called}: there is no report type {name}.{nearest(name, report_types())}")
    if way not in kind.by:
        other = {"request": "when it is asked for", "schedule": "by a schedule (CreateReportSchedule)"}
        how = other[kind.by[0]] if kind.by else "by itself: the view reads what is there"
        raise ProgrammingError(f"{called}: Amazon makes {name} only {how}.")
    if kind.options:
        check_given(called, kind, body.get("reportOptions") or {})
