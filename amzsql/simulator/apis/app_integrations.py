"""App integrations: notifications in a seller's account, made and withdrawn by template. Nobody sees them here.

Owns the records of kind "app-notification".
"""

from __future__ import annotations

from amzsql.simulator.call import Call, Handler, Reply, dump, not_found

KIND = "app-notification"


def create_notification(call: Call) -> bytes:
    """Answer createNotification."""
    if call.body.get("marketplaceId"):
        call.market("marketplaceId", call.body["marketplaceId"])
    key = call.store.uuid(KIND)
    call.store.records(KIND)[key] = {**call.body, "feedback": None}
    return dump({"notificationId": key})


def delete_notifications(call: Call) -> Reply:
    """Answer deleteNotifications: all of one template."""
    kept = call.store.records(KIND)
    for key in [k for k, n in kept.items() if n["templateId"] == call.body["templateId"]]:
        del kept[key]
    return Reply(b"")


def record_feedback(call: Call) -> Reply:
    """Answer recordActionFeedback."""
    key = call.path["notificationId"]
    found = call.store.records(KIND).get(key)
    if found is None:
        raise not_found(f"notification {key}")
    found["feedback"] = call.body["feedbackActionCode"]
    return Reply(b"")


HANDLERS: dict[str, Handler] = {
    "appIntegrations-2024-04-01.createNotification": create_notification,
    "appIntegrations-2024-04-01.deleteNotifications": delete_notifications,
    "appIntegrations-2024-04-01.recordActionFeedback": record_feedback,
}
