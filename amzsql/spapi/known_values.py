"""The values that a parameter is known to take: its enum, or types that Amazon lists beside its models."""

from __future__ import annotations

from amzsql.spapi import document_types
from amzsql.spapi.model import Parameter

_NOTIFICATIONS = ("notificationType", "notificationTypes")


def known_values(parameter: Parameter) -> tuple[str, ...]:
    """Return a parameter's values; none if any text will do."""
    if parameter.enum:
        return parameter.enum
    if parameter.name in _NOTIFICATIONS:
        return tuple(sorted(document_types.notification_types()))
    if parameter.name == "reportTypes":
        return tuple(t.name for t in document_types.report_types().values() if "schedule" in t.by)
    return ()
