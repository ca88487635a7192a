"""Promotions 2025-12-01: what the seller offers for less, as a function of the seed; nothing is written.

Each marketplace has a few, begun over the last two months or about to begin; the clock decides how far each has come.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, invalid, iso, not_found
from amzsql.simulator.resources import Record, cut
from amzsql.simulator.world import DAY, MARKETS, Sku

_EACH = 14
_TYPES = ("PRICE_DISCOUNT", "DEAL", "COUPON", "BASKET_BUILDING")
_COUPONS = ("STANDARD", "SUBSCRIBE_AND_SAVE", "REORDER_REWARDS")
_PAGE = 10


def search(call: Call) -> bytes:
    """Answer searchPromotions: those that fit all filters, the latest created first."""
    rows = [p for market in sorted(call.markets("marketplaceIds")) for p in _promotions(call, market) if _fits(call, p)]
    rows.sort(key=lambda p: (-p["created"], p["id"]))
    page, token = cut(call, rows, _PAGE)
    pagination = {} if token is None else {"pagination": {"nextToken": token}}
    shown = [_shown(call, p, details="includedData" in call.query) for p in page]
    return dump({"totalResults": len(rows), **pagination, "promotions": shown})


def _promotions(call: Call, market: int) -> Iterator[Record]:
    sold = [s for s in call.world.skus() if call.world.sold_in(s.number, market)]
    for number in range(_EACH):
        r = call.world.draws("promotion", market * _EACH + number)
        created = call.world.end - 60 * DAY + r[0] % (58 * DAY)
        start = created + DAY + r[1] % (10 * DAY)
        first = r[2] % len(sold)
        yield {
            "id": f"{r[3]:08x}-{r[4] % 65536:04x}-{market:02d}{number:02d}",
            "market": market,
            "created": created,
            "start": start,
            "end": start + DAY * (2 + r[5] % 20),
            "cancelled": r[6] % 8 == 0,
            "type": _TYPES[r[7] % len(_TYPES)],
            "coupon": _COUPONS[r[8] % len(_COUPONS)],
            "percent": 5 + 5 * (r[9] % 8),
            "skus": sold[first : first + 1 + r[10] % 12],
        }


def _status(promotion: Record, now: float) -> str:
    if promotion["cancelled"]:
        return "CANCELLED"
    if now < promotion["start"]:
        return "UPCOMING"
    return "RUNNING" if now < promotion["end"] else "EXPIRED"


def _updated(promotion: Record, now: float) -> int:
    """Return when a promotion last changed: it was created, began or ended."""
    created: int = promotion["created"]
    if promotion["cancelled"]:
        return created + 3600
    return max(t for t in (created, promotion["start"], promotion["end"]) if t <= max(now, created))


def _fits(call: Call, promotion: Record) -> bool:
    asked = {
        "statuses": {_status(promotion, call.now)},
        "promotionTypes": {promotion["type"]},
        "asins": {s.asin for s in promotion["skus"]},
        "skus": {s.code for s in promotion["skus"]},
    }
    times = {
        "startDate": promotion["start"],
        "endDate": promotion["end"],
        "updateDate": _updated(promotion, call.now),
    }
    return all(not call.many(n) or has & set(call.many(n)) for n, has in asked.items()) and all(
        (call.time(f"{n}After") or at) <= at <= (call.time(f"{n}Before") or at) for n, at in times.items()
    )


def _shown(call: Call, promotion: Record, *, details: bool) -> Record:
    coupon = promotion["type"] == "COUPON"
    currency = MARKETS[promotion["market"]].place.currency
    budget = {"type": "AMOUNT", "value": 100 * promotion["percent"], "currencyCode": currency}
    return {
        "promotionId": promotion["id"],
        "promotionTitle": f"{promotion['percent']} % off {promotion['skus'][0].title}",
        "promotionType": promotion["type"],
        **({"couponType": promotion["coupon"], "budget": budget} if coupon else {}),
        "marketplaceId": MARKETS[promotion["market"]].place.id,
        "trackingId": f"T-{promotion['id']}",
        "status": _status(promotion, call.now),
        "schedule": {"startDate": iso(promotion["start"]), "endDate": iso(promotion["end"])},
        "selection": {**_selection(promotion), **({"selectionDetails": _details(promotion)} if details else {})},
        "benefit": {"discount": {"type": "PERCENTAGE_OFF", "percentOff": promotion["percent"]}, "perCustomerUses": 1},
        "createdDate": iso(promotion["created"]),
        "lastUpdatedDate": iso(_updated(promotion, call.now)),
    }


def _selection(promotion: Record) -> Record:
    return {"selectionId": f"S-{promotion['id']}", "revisionId": 1, "type": "ITEMS"}


def _details(promotion: Record) -> Record:
    return {"items": [_item(promotion, s) for s in promotion["skus"]]}


def _item(promotion: Record, sku: Sku) -> Record:
    discount = {"type": "PERCENTAGE_OFF", "percentOff": promotion["percent"]}
    benefit = {"type": "DISCOUNTED_PRICE", "discount": discount, "perCustomerUses": 1}
    return {"asin": sku.asin, "sku": sku.code, "benefit": benefit}


def _found(call: Call) -> Record:
    asked = call.path["promotionId"]
    for market in call.world.markets:
        for promotion in _promotions(call, market):
            if promotion["id"] == asked:
                return promotion
    raise not_found(f"promotion {asked}")


def get(call: Call) -> bytes:
    """Answer getPromotion: the same as in the list."""
    return dump(_shown(call, _found(call), details="includedData" in call.query))


def selection(call: Call) -> bytes:
    """Answer getSelection: a page of the promotion's products."""
    promotion = _found(call)
    known = _selection(promotion)
    if call.path["selectionId"] != known["selectionId"]:
        raise not_found(f"selection {call.path['selectionId']}")
    if call.get("revisionId") != str(known["revisionId"]):
        raise invalid(f"The selection has no revision {call.get('revisionId')}.")
    page, token = cut(call, promotion["skus"], _PAGE)
    details: dict[str, Any] = {"items": [_item(promotion, s) for s in page]}
    if token is not None:
        details["pagination"] = {"nextToken": token}
    return dump({"selection": {**known, "selectionDetails": details}})


HANDLERS: dict[str, Handler] = {
    "promotions_2025-12-01.searchPromotions": search,
    "promotions_2025-12-01.getPromotion": get,
    "promotions_2025-12-01.getSelection": selection,
}
