"""Notifications API: destinations, which the application owns, and the subscriptions of the accounts that use it.

Nothing is ever sent: what a subscription would have delivered cannot be seen here.
"""

from __future__ import annotations

from typing import Any

from amzsql.simulator.call import Call, CallError, Handler, dump, invalid, not_found

# Type -> the version of its payload; none has two. Amazon's models leave both open.
_VERSIONS: dict[str, str] = {
    **dict.fromkeys(
        (
            "ACCOUNT_STATUS_CHANGED", "ANY_OFFER_CHANGED", "B2B_ANY_OFFER_CHANGED", "BRANDED_ITEM_CONTENT_CHANGE",
            "EXTERNAL_FULFILLMENT_SHIPMENT_STATUS_CHANGE", "FBA_INVENTORY_AVAILABILITY_CHANGES",
            "FBA_OUTBOUND_SHIPMENT_STATUS", "FEE_PROMOTION", "FULFILLMENT_ORDER_STATUS", "ITEM_PRODUCT_TYPE_CHANGE",
            "LISTINGS_ITEM_MFN_QUANTITY_CHANGE", "LISTINGS_ITEM_STATUS_CHANGE", "ORDER_CHANGE", "PRICING_HEALTH",
            "PRODUCT_TYPE_DEFINITIONS_CHANGE", "TRANSACTION_UPDATE",
        ),
        "1.0",
    ),
    **dict.fromkeys(
        (
            "DETAIL_PAGE_TRAFFIC_EVENT", "FEED_PROCESSING_FINISHED", "ITEM_INVENTORY_EVENT_CHANGE",
            "ITEM_SALES_EVENT_CHANGE", "REPORT_PROCESSING_FINISHED",
        ),
        "2020-09-04",
    ),
    "DATA_KIOSK_QUERY_PROCESSING_FINISHED": "2023-11-15",
    "LISTINGS_ITEM_ISSUES_CHANGE": "2023-12-13",
    "SHIPMENT_TRACKING_MILESTONE_CHANGED": "2026-01-30",
}  # fmt: skip
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
    if text not in _VERSIONS:
        raise invalid(f"notificationType: there is no {text}.")
    return text


def _check_version(kind: str, text: str) -> None:
    if text != _VERSIONS[kind]:
        raise invalid(f"payloadVersion: {kind} has {_VERSIONS[kind]}, not {text}.")


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
