"""Notifications API: destinations, which the application owns, and the subscriptions of the accounts that use it.

Nothing is ever sent: what a subscription would have delivered cannot be seen here.
"""

from __future__ import annotations

from typing import Any

from amzsql.simulator.call import Call, CallError, Handler, dump, invalid, not_found
from amzsql.spapi.document_types import notification_types

Record = dict[str, Any]


def create_destination(call: Call) -> bytes:
    """Answer createDestination; one name and one queue each, EventBridge names its source itself."""
    asked = call.body["resourceSpecification"]
    if len(asked) != 1:
        raise invalid("resourceSpecification must name either sqs or eventBridge.")
    resource = dict(asked)
    kept = call.application.records("destination")
    if "eventBridge" in asked:
        bridge = asked["eventBridge"]
        name = f"aws.partner/sellingpartnerapi.amazon.com/{bridge['accountId']}/{call.application.text('source')}"
        resource = {"eventBridge": {**bridge, "name": name}}
    if any(d["name"] == call.body["name"] or d["resource"] == resource for d in kept.values()):
        raise CallError(409, "Conflict", "A destination of this name or resource exists already.")
    made = {"destinationId": call.application.uuid("destination"), "name": call.body["name"], "resource": resource}
    kept[made["destinationId"]] = made
    return dump({"payload": made})


def get_destinations(call: Call) -> bytes:
    """Answer getDestinations."""
    return dump({"payload": list(call.application.records("destination").values())})


def get_destination(call: Call) -> bytes:
    """Answer getDestination."""
    return dump({"payload": _destination(call, call.path["destinationId"])})


def delete_destination(call: Call) -> bytes:
    """Answer deleteDestination; one that is subscribed to stays."""
    key = _destination(call, call.path["destinationId"])["destinationId"]
    if any(s["destinationId"] == key for s in call.application.records("subscription").values()):
        raise CallError(409, "Conflict", f"Destination {key} has subscriptions.")
    del call.application.records("destination")[key]
    return dump({})


def _destination(call: Call, key: str) -> Record:
    found = call.application.records("destination").get(key)
    if found is None:
        raise not_found(f"destination {key}")
    return found


def create_subscription(call: Call) -> bytes:
    """Answer createSubscription; one for each account and type."""
    kind, asked = _kind(call.path["notificationType"]), call.body
    _check_version(kind, asked["payloadVersion"])
    _destination(call, asked["destinationId"])
    if _subscription(call, kind) is not None:
        raise CallError(409, "Conflict", f"There is a subscription to {kind} already.")
    key = call.application.uuid("subscription")
    call.application.records("subscription")[key] = {
        "subscriptionId": key,
        "account": call.account.name,
        "type": kind,
        **{k: asked[k] for k in ("payloadVersion", "destinationId", "processingDirective") if k in asked},
    }
    return dump({"payload": _shown(call.application.records("subscription")[key])})


def get_subscription(call: Call) -> bytes:
    """Answer getSubscription."""
    kind = _kind(call.path["notificationType"])
    if call.get("payloadVersion"):
        _check_version(kind, call.get("payloadVersion"))
    found = _subscription(call, kind)
    if found is None:
        raise not_found(f"subscription to {kind}")
    return dump({"payload": _shown(found)})


def get_subscriptions(call: Call) -> bytes:
    """Answer getSubscriptions: the account's own to the type that is asked for; there is never a second page."""
    rows = [_subscription(call, _kind(k)) for k in call.many("notificationTypes")]
    version = call.get("payloadVersion")
    shown = [_shown(s) for s in rows if s is not None and version in ("", s["payloadVersion"])]
    return dump({"payload": {"subscriptions": shown}})


def get_subscription_by_id(call: Call) -> bytes:
    """Answer getSubscriptionById."""
    return dump({"payload": _shown(_by_id(call))})


def delete_subscription(call: Call) -> bytes:
    """Answer deleteSubscriptionById."""
    del call.application.records("subscription")[_by_id(call)["subscriptionId"]]
    return dump({})


def _by_id(call: Call) -> Record:
    kind, key = _kind(call.path["notificationType"]), call.path["subscriptionId"]
    found = call.application.records("subscription").get(key)
    if found is None or found["type"] != kind:
        raise not_found(f"subscription {key} to {kind}")
    return found


def _subscription(call: Call, kind: str) -> Record | None:
    """Return the account's subscription to a type, or None."""
    kept = call.application.records("subscription").values()
    return next((s for s in kept if (s["account"], s["type"]) == (call.account.name, kind)), None)


def _shown(subscription: Record) -> Record:
    return {k: v for k, v in subscription.items() if k not in ("account", "type")}


def _kind(text: str) -> str:
    if text not in notification_types():
        raise invalid(f"notificationType: there is no {text}.")
    return text


def _check_version(kind: str, text: str) -> None:
    if text != notification_types()[kind]:
        raise invalid(f"payloadVersion: {kind} has {notification_types()[kind]}, not {text}.")


HANDLERS: dict[str, Handler] = {
    "notifications.createDestination": create_destination,
    "notifications.getDestinations": get_destinations,
    "notifications.getDestination": get_destination,
    "notifications.deleteDestination": delete_destination,
    "notifications.createSubscription": create_subscription,
    "notifications.getSubscription": get_subscription,
    "notifications.getSubscriptions": get_subscriptions,
    "notifications.getSubscriptionById": get_subscription_by_id,
    "notifications.deleteSubscriptionById": delete_subscription,
}
