"""Messaging: which messages Amazon lets a seller send about an order, each of them once.

Owns the records of kind "message", by order and action. What is sent reaches nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from amzsql.simulator.call import Call, Handler, Reply, denied, dump, invalid, not_found
from amzsql.simulator.world import CANCELED, DAY, MARKETS, MFN, PENDING, SHIPPED, Head

from .order_book import Book
from .uploads import KIND as UPLOAD

KIND = "message"
_ROOT = "/messaging/v1/orders"
# So long after an order's latest turn its buyer may be written to.
_OPEN = 30 * DAY
# Operation -> the action it stands for.
_ACTIONS = {
    "confirmCustomizationDetails": "confirmCustomizationDetails",
    "createConfirmDeliveryDetails": "confirmDeliveryDetails",
    "createLegalDisclosure": "legalDisclosure",
    "createConfirmOrderDetails": "confirmOrderDetails",
    "createConfirmServiceDetails": "confirmServiceDetails",
    "CreateWarranty": "warranty",
    "createDigitalAccessKey": "digitalAccessKey",
    "createUnexpectedProblem": "unexpectedProblem",
    "sendInvoice": "invoice",
}


def order_of(call: Call) -> Head:
    """Return the order that a call is about; refuse one that is not the account's, or of another marketplace."""
    markets, order_id = call.markets("marketplaceIds"), call.path["amazonOrderId"]
    head = Book.of(call).find(order_id)
    if head is None or head.market not in markets:
        raise not_found(f"order {order_id} in the marketplaces named")
    return head


def actions_body(call: Call, root: str, part: str, actions: Iterable[str]) -> bytes:
    """Return actions as links that are embedded in each other, as Amazon does it."""
    base = f"{root}/{call.path['amazonOrderId']}"
    query = f"?marketplaceIds={call.get('marketplaceIds')}"
    links = [{"href": f"{base}/{part}/{name}{query}", "name": name} for name in actions]
    embedded = [_action(link, f"{base}/{part}/{link['name']}/schema") for link in links]
    own = {"self": {"href": base + query}, "actions": links}
    return dump({"_links": own, "_embedded": {"actions": embedded}})


def _action(link: dict[str, str], schema: str) -> dict[str, Any]:
    links = {"self": link, "schema": {"href": schema, "name": link["name"]}}
    return {"_links": links, "payload": {"name": link["name"]}}


def actions(call: Call, head: Head) -> list[str]:
    """Return what may be sent about an order now, less what has been sent."""
    if head.status in (PENDING, CANCELED) or call.now > max(head.updated, head.shipped, head.created) + _OPEN:
        return []
    found = ["legalDisclosure"]
    if head.status == SHIPPED:
        found += ["warranty", "invoice"]
        found += ["digitalAccessKey"] if head.draws[14] % 16 == 3 else []
        found += ["confirmServiceDetails"] if head.draws[14] % 16 == 5 else []
    elif head.channel == MFN:
        found += ["confirmOrderDetails", "confirmDeliveryDetails", "unexpectedProblem"]
        found += ["confirmCustomizationDetails"] if head.draws[14] % 3 == 0 else []
    sent = call.store.records(KIND)
    return [a for a in sorted(found) if f"{head.number} {a}" not in sent]


def get_actions(call: Call) -> bytes:
    """Answer getMessagingActionsForOrder."""
    return actions_body(call, _ROOT, "messages", actions(call, order_of(call)))


def get_attributes(call: Call) -> bytes:
    """Answer GetAttributes: the buyer's language."""
    return dump({"buyer": {"locale": MARKETS[order_of(call).market].place.language.replace("_", "-")}})


def send(call: Call) -> Reply:
    """Answer what sends a message: 403 unless Amazon offers the action, and a second time."""
    head, action = order_of(call), _ACTIONS[call.operation.operation_id]
    if action not in actions(call, head):
        raise denied(f"{action} is not available for order {call.path['amazonOrderId']}.")
    body = call.body or {}
    for attachment in body.get("attachments") or ():
        if "body" not in call.store.records(UPLOAD).get(attachment["uploadDestinationId"], {}):
            raise invalid(f"There is no upload {attachment['uploadDestinationId']}.")
    call.store.records(KIND)[f"{head.number} {action}"] = {"at": call.now, "body": body}
    return Reply(dump({}))


HANDLERS: dict[str, Handler] = {
    "messaging.getMessagingActionsForOrder": get_actions,
    "messaging.GetAttributes": get_attributes,
    **{f"messaging.{name}": send for name in _ACTIONS},
}
