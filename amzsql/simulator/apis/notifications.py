"""Notifications API: destinations, which the application owns, and the subscriptions of the accounts that use it.

Nothing is ever sent: what a subscription would have delivered cannot be seen here.
"""

from __future__ import annotations

from typing import Any

from amzsql.simulator.call import Call, CallError, Handler, dump, invalid, not_found

# Type -> the payload versions that it has.
_VERSIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "ACCOUNT_STATUS_CHANGED", "ANY_OFFER_CHANGED", "B2B_ANY_OFFER_CHANGED", "BRANDED_ITEM_CONTENT_CHANGE",
            "EXTERNAL_FULFILLMENT_SHIPMENT_STATUS_CHANGE", "FBA_INVENTORY_AVAILABILITY_CHANGES",
            "FBA_OUTBOUND_SHIPMENT_STATUS", "FEE_PROMOTION", "FULFILLMENT_ORDER_STATUS", "ITEM_PRODUCT_TYPE_CHANGE",
            "LISTINGS_ITEM_MFN_QUANTITY_CHANGE", "LISTINGS_ITEM_STATUS_CHANGE", "ORDER_CHANGE", "PRICING_HEALTH",
            "PRODUCT_TYPE_DEFINITIONS_CHANGE", "TRANSACTION_UPDATE",
        ),
        ("1.0",),
    ),
    **dict.fromkeys(
        (
            "DETAIL_PAGE_TRAFFIC_EVENT", "FEED_PROCESSING_FINISHED", "ITEM_INVENTORY_EVENT_CHANGE",
            "ITEM_SALES_EVENT_CHANGE", "REPORT_PROCESSING_FINISHED",
        ),
        ("2020-09-04",),
    ),
    "DATA_KIOSK_QUERY_PROCESSING_FINISHED": ("2023-11-15",),
    "LISTINGS_ITEM_ISSUES_CHANGE": ("2023-12-13",),
    "SHIPMENT_TRACKING_MILESTONE_CHANGED": ("2026-01-30",),
}  # fmt: skip
_PAGE = 30
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
    """Answer createSubscription; one for each account, type and payload version."""
    kind, asked = _kind(call.path["notificationType"]), call.body
    version = _version(kind, asked["payloadVersion"])
    _destination(call, asked["destinationId"])
    if any(True for _ in _subscriptions(call, kind, version)):
        raise CallError(409, "Conflict", f"There is a subscription to {kind} {version} already.")
    key = call.application.uuid("subscription")
    call.application.records("subscription")[key] = {
        "subscriptionId": key,
        "account": call.account.name,
        "type": kind,
        **{k: asked[k] for k in ("payloadVersion", "destinationId", "processingDirective") if k in asked},
    }
    return dump({"payload": _shown(call.application.records("subscription")[key])})


def get_subscription(call: Call) -> bytes:
    """Answer getSubscription: that of the newest payload version, unless one is named."""
    kind = _kind(call.path["notificationType"])
    version = _version(kind, call.get("payloadVersion") or _VERSIONS[kind][-1])
    for found in _subscriptions(call, kind, version):
        return dump({"payload": _shown(found)})
    raise not_found(f"subscription to {kind} {version}")


def get_subscriptions(call: Call) -> bytes:
    """Answer getSubscriptions: the account's own to the type that is asked for, page by page."""
    kinds = [_kind(k) for k in call.many("notificationTypes")]
    rows = [s for k in kinds for s in _subscriptions(call, k, call.get("payloadVersion"))]
    size, start = int(call.get("pageSize") or _PAGE), call.position or 0
    payload: Record = {"subscriptions": [_shown(s) for s in rows[start : start + size]]}
    if len(rows) > start + size:
        payload["nextToken"] = call.pages.token(call, start + size)
    return dump({"payload": payload})


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


def _subscriptions(call: Call, kind: str, version: str) -> list[Record]:
    """Return the account's subscriptions to a type; of any payload version if none is named."""
    return [
        s
        for s in call.application.records("subscription").values()
        if s["account"] == call.account.name and s["type"] == kind and version in ("", s["payloadVersion"])
    ]


def _shown(subscription: Record) -> Record:
    return {k: v for k, v in subscription.items() if k not in ("account", "type")}


def _kind(text: str) -> str:
    if text not in _VERSIONS:
        raise invalid(f"notificationType: there is no {text}.")
    return text


def _version(kind: str, text: str) -> str:
    if text not in _VERSIONS[kind]:
        raise invalid(f"payloadVersion: {kind} has {', '.join(_VERSIONS[kind])}, not {text}.")
    return text


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
