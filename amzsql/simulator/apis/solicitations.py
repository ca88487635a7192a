"""Solicitations: a buyer is asked for a review once, from five days after the delivery until thirty.

Owns the records of kind "solicitation", by order.
"""

from __future__ import annotations

from amzsql.simulator.call import Call, Handler, denied, dump
from amzsql.simulator.world import DAY, SHIPPED, Head

from .messaging import actions_body, order_of
from .orders import delivery_window

KIND = "solicitation"
_ROOT = "/solicitations/v1/orders"
_ACTION = "productReviewAndSellerFeedback"
_FROM, _UNTIL = 5 * DAY, 30 * DAY


def _is_open(call: Call, head: Head) -> bool:
    delivered = max(head.shipped, delivery_window(head)[1])
    timely = head.status == SHIPPED and delivered + _FROM <= call.now <= delivered + _UNTIL
    return timely and str(head.number) not in call.store.records(KIND)


def get_actions(call: Call) -> bytes:
    """Answer getSolicitationActionsForOrder."""
    return actions_body(call, _ROOT, "solicitations", [_ACTION] if _is_open(call, order_of(call)) else [])


def solicit(call: Call) -> bytes:
    """Answer createProductReviewAndSellerFeedbackSolicitation: 403 outside the days for it, and a second time."""
    head = order_of(call)
    if not _is_open(call, head):
        raise denied(f"{_ACTION} is not available for order {call.path['amazonOrderId']}.")
    call.store.records(KIND)[str(head.number)] = {"at": call.now}
    return dump({})


HANDLERS: dict[str, Handler] = {
    "solicitations.getSolicitationActionsForOrder": get_actions,
    "solicitations.createProductReviewAndSellerFeedbackSolicitation": solicit,
}
