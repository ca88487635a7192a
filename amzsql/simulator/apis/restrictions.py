"""Listings restrictions: for which products and conditions the seller needs an approval."""

from __future__ import annotations

from amzsql.simulator.call import Call, Handler, check_own, dump
from amzsql.simulator.world import MARKETS

from .assortment import Shop


def get_restrictions(call: Call) -> bytes:
    """Answer getListingsRestrictions: some products need an approval if they are used; none may be collectible."""
    check_own(call, call.get("sellerId"))
    rows = [r for m in sorted(call.markets("marketplaceIds")) for r in _rows(call, m)]
    return dump({"restrictions": rows})


def _rows(call: Call, market: int) -> list[dict[str, object]]:
    sku = Shop.of(call).product(call.get("asin"), market)
    place = MARKETS[market].place
    if sku is None:
        reason = {"message": "The product is not in the catalog.", "reasonCode": "ASIN_NOT_FOUND"}
        return [{"marketplaceId": place.id, "reasons": [reason]}]
    rows: list[dict[str, object]] = []
    if sku.number % 3 == 0:
        link = {
            "resource": f"https://sellercentral.{place.sales_channel.lower()}/hz/approvalrequest?asin={sku.asin}",
            "verb": "GET",
            "title": "Ask for approval.",
            "type": "text/html",
        }
        reason_of_used = {
            "message": "Used ones need an approval.",
            "reasonCode": "APPROVAL_REQUIRED",
            "links": [link],
        }
        rows.append({"marketplaceId": place.id, "conditionType": "used_good", "reasons": [reason_of_used]})
    never = {"message": "Collectibles are not for this product.", "reasonCode": "NOT_ELIGIBLE"}
    rows.append({"marketplaceId": place.id, "conditionType": "collectible_good", "reasons": [never]})
    asked = call.get("conditionType")
    return [r for r in rows if not asked or r["conditionType"] == asked]


HANDLERS: dict[str, Handler] = {"listingsRestrictions_2021-08-01.getListingsRestrictions": get_restrictions}
