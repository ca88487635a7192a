"""Tables whose rows are facts and no answer of Amazon's: they are read without a call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from amzsql.spapi.document_types import FILES, ReportType, report_types
from amzsql.spapi.report_columns import count_known, forms_of, report_layout

Row = dict[str, object]


def rows(name: str) -> list[Row] | None:
    """Return the rows of a table by its name, compared without case; None if Amazon has them."""
    fill = _FILLED.get(name.lower())
    return None if fill is None else list(fill())


def _report_types() -> Iterator[Row]:
    from amzsql.spapi import roles  # read for whoever asks for roles, and by no other statement

    for kind in report_types().values():
        yield {
            "ReportType": kind.name,
            "Category": kind.category,
            "Format": kind.format,
            "ForSellers": "seller" in kind.partners,
            "ForVendors": "vendor" in kind.partners,
            "CanBeRequested": "request" in kind.by,
            "CanBeScheduled": "schedule" in kind.by,
            "IsRestricted": kind.restricted,
            "LongestDays": _days(kind.longest),
            "ReachesBackDays": _days(kind.horizon),
            "Options": _options(kind),
            "Roles": ", ".join(roles.of_report(kind.name).roles),
            "IsSnapshot": kind.snapshot,
            "RefreshMinutes": None if kind.refresh is None else kind.refresh / 60,
            **_columns(kind),
        }


def _columns(kind: ReportType) -> Row:
    """Return who says which columns a type has, and how many."""
    if kind.format in FILES:
        return {"ColumnsFrom": "file", "KnownColumns": None}
    standing = report_layout(kind.name, forms_of(kind.name)[0]).standing
    told = "Amazon" if standing == "amazon" else standing
    return {"ColumnsFrom": told, "KnownColumns": count_known(kind.name) or None}


def _days(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 86_400


def _options(kind: ReportType) -> str | None:
    """Return a type's options as JSON: the values that each takes, any text where there are none."""
    found = {option.name: list(option.values) for option in kind.options}
    return json.dumps(found) if found else None


_FILLED: Mapping[str, Callable[[], Iterator[Row]]] = {"reporttypes": _report_types}
