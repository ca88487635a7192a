"""What a sweep writes to buyers: of each message one, about an order that allows it."""

from __future__ import annotations

from .conftest import US
from .workflows import Doer

_MESSAGES = {
    "confirmCustomizationDetails": "confirmCustomizationDetails",
    "confirmDeliveryDetails": "createConfirmDeliveryDetails",
    "legalDisclosure": "createLegalDisclosure",
    "confirmOrderDetails": "createConfirmOrderDetails",
    "confirmServiceDetails": "createConfirmServiceDetails",
    "warranty": "CreateWarranty",
    "digitalAccessKey": "createDigitalAccessKey",
    "unexpectedProblem": "createUnexpectedProblem",
    "invoice": "sendInvoice",
}


def contact(sweep: Doer) -> None:
    """Write to the buyers of orders until each message was sent once, and ask one for a review.

    Where the world is small no order allows some of it.
    """
    left, asked = dict(_MESSAGES), False
    query = {"marketplaceIds": US}
    wanted = {"MarketplaceIds": US, "CreatedAfter": "2026-05-01T00:00:00Z"}
    for status in ("Unshipped", "Shipped"):
        found = sweep.do("ordersV0.getOrders", query={**wanted, "OrderStatuses": status})["payload"]["Orders"]
        for order in (o["AmazonOrderId"] for o in found):
            keys = {"amazonOrderId": order}
            offers = sweep.do("messaging.getMessagingActionsForOrder", query=query, **keys)["_embedded"]["actions"]
            for name in sorted({a["payload"]["name"] for a in offers} & left.keys()):
                sweep.do(f"messaging.{left.pop(name)}", body={}, query=query, **keys)
            offers = sweep.do("solicitations.getSolicitationActionsForOrder", query=query, **keys)["_embedded"][
                "actions"
            ]
            if offers and not asked:
                name = "solicitations.createProductReviewAndSellerFeedbackSolicitation"
                sweep.do(name, query=query, **keys)
                asked = True
