"""The values that a parameter is known to take: its enum, or types that Amazon lists beside its models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from amzsql.spapi import document_types
from amzsql.spapi.model import Operation

_NOTIFICATIONS = ("notificationType", "notificationTypes")
LISTED: Mapping[str, Callable[[], Iterable[str]]] = {
    "reportTypes": lambda: (*document_types.report_types(), *document_types.gone_types()),
    "feedTypes": document_types.feed_types,
    "notificationTypes": document_types.notification_types,
}
"""All types that are known, whoever has them, by the parameter that takes them."""


def known_values(operation: Operation, name: str) -> tuple[str, ...]:
    """Return a parameter's values, of the types of documents those that sellers have; none if any text will do."""
    parameter = operation.parameter(name)
    if parameter.enum:
        return parameter.enum
    if parameter.name in _NOTIFICATIONS:
        return tuple(sorted(document_types.notification_types()))
    if parameter.name == "reportTypes":
        scheduled = operation.operation_id == "getReportSchedules"
        types = document_types.report_types().values()
        return tuple(t.name for t in types if ("schedule" in t.by if scheduled else "seller" in t.partners))
    if parameter.name == "feedTypes":
        return tuple(t.name for t in document_types.feed_types().values() if "seller" in t.partners)
    return ()
