"""Listings items: the seller's own offers, their state, issues and prices. A search ends after a thousand."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from amzsql.simulator.call import Call, CallError, Handler, amount, dump, iso, not_found
from amzsql.simulator.world import AFN, MARKETS, Sku, local_price

from .catalog_items import attributes, by_identifiers, image

_SELLER = re.compile(r"A[0-9A-Z]{8,}")


def search_items(call: Call) -> bytes:
    """Answer searchListingsItems."""
    _check_seller(call)
    markets = sorted(call.markets("marketplaceIds"))
    filters = list(_filters(call))
    found = [
        s
        for s in _candidates(call)
        if any(call.world.sold_in(s.number, m) for m in markets) and all(wanted(s) for wanted in filters)
    ]
    found.sort(key=_SORT[call.get("sortBy") or "lastUpdatedDate"], reverse=call.get("sortOrder") != "ASC")
    size, start = int(call.get("pageSize") or 10), call.position or 0
    limit = int(call.operation.paging.max_rows or len(found)) if call.operation.paging else len(found)
    answer: dict[str, object] = {
        "numberOfResults": len(found),
        "items": [_item(call, s, markets) for s in found[start : min(start + size, limit)]],
    }
    pagination = {}
    if min(len(found), limit) > start + size:
        pagination["nextToken"] = call.pages.token(call, start + size)
    if start:
        pagination["previousToken"] = call.pages.token(call, max(0, start - size))
    if pagination:
        answer["pagination"] = pagination
    return dump(answer)


def get_item(call: Call) -> bytes:
    """Answer getListingsItem."""
    _check_seller(call)
    sku = call.world.sku_by_code.get(call.path["sku"])
    markets = [m for m in sorted(call.markets("marketplaceIds")) if sku and call.world.sold_in(sku.number, m)]
    if sku is None or not markets:
        raise not_found(f"SKU {call.path['sku']} in these marketplaces")
    return dump(_item(call, sku, markets))


def _check_seller(call: Call) -> None:
    """Any id of a seller's shape is taken for this seller's."""
    if not _SELLER.fullmatch(call.path["sellerId"]):
        raise CallError(403, "Unauthorized", "Access to requested resource is denied.")


def _candidates(call: Call) -> list[Sku]:
    if call.get("identifiers"):
        return by_identifiers(call)
    # No SKU of this seller is part of a variation or of a package.
    if call.get("variationParentSku") or call.get("packageHierarchySku"):
        return []
    return list(call.world.skus())


def _filters(call: Call) -> Iterator[Callable[[Sku], bool]]:
    """Yield the filters that a search has; read once, since they are asked of every SKU."""
    for name, time in (("created", lambda s: s.created), ("lastUpdated", lambda s: s.updated)):
        after, before = call.time(f"{name}After"), call.time(f"{name}Before")
        if after is not None or before is not None:
            yield functools.partial(_within, time, after or -math.inf, before or math.inf)
    severities, states, barred = (call.many(n) for n in ("withIssueSeverity", "withStatus", "withoutStatus"))
    if severities:
        yield lambda s: severity(s) in severities
    if states:
        yield lambda s: set(states) <= set(status(s))
    if barred:
        yield lambda s: not set(barred) & set(status(s))


def _within(time: Callable[[Sku], int], after: float, before: float, sku: Sku) -> bool:
    return after <= time(sku) <= before


_SORT: Mapping[str, Callable[[Sku], tuple[object, ...]]] = MappingProxyType(
    {
        "sku": lambda s: (s.code,),
        "createdDate": lambda s: (s.created, s.code),
        "lastUpdatedDate": lambda s: (s.updated, s.code),
    }
)


def severity(sku: Sku) -> str:
    """Return the severity of a listing's issue, empty without one."""
    return {0: "ERROR", 1: "WARNING"}.get(sku.issue, "")


def status(sku: Sku) -> list[str]:
    """Return the states of a listing: an error suppresses it, without stock it cannot be bought."""
    if severity(sku) == "ERROR":
        return []
    return ["BUYABLE", "DISCOVERABLE"] if sku.stock else ["DISCOVERABLE"]


def _item(call: Call, sku: Sku, markets: list[int]) -> dict[str, object]:
    here = [m for m in markets if call.world.sold_in(sku.number, m)]
    included = call.many("includedData") or ("summaries",)
    return {"sku": sku.code, **{name: _SECTIONS[name](sku, here) for name in included if name in _SECTIONS}}


def _summaries(sku: Sku, markets: list[int]) -> object:
    return [
        {
            "marketplaceId": MARKETS[m].place.id,
            "asin": sku.asin,
            "productType": sku.product_type,
            "conditionType": "new_new",
            "status": status(sku),
            **({"fnSku": sku.fnsku} if sku.fnsku else {}),
            "itemName": sku.title,
            "createdDate": iso(sku.created),
            "lastUpdatedDate": iso(sku.updated),
            "mainImage": image(sku),
        }
        for m in markets
    ]


def _issues(sku: Sku, markets: list[int]) -> object:
    if not severity(sku):
        return []
    wrong = severity(sku) == "ERROR"
    issue: dict[str, object] = {
        "code": "90220" if wrong else "18299",
        "message": "'size' is missing." if wrong else "The title is longer than we recommend.",
        "severity": severity(sku),
        "attributeNames": ["size" if wrong else "item_name"],
        "categories": ["MISSING_ATTRIBUTE" if wrong else "INVALID_ATTRIBUTE"],
        "marketplaceIds": [MARKETS[m].place.id for m in markets],
    }
    if wrong:
        issue["enforcements"] = {
            "actions": [{"action": "LISTING_SUPPRESSED"}],
            "exemption": {"status": "NOT_EXEMPT"},
        }
    return [issue]


def _offers(sku: Sku, markets: list[int]) -> object:
    rows = []
    for m in markets:
        place = MARKETS[m].place
        audiences = [("B2C", 100, "ALL", "Sell on Amazon")]
        audiences += [("B2B", 95, "B2B", "Sell on Amazon Business")] if sku.number % 4 == 0 else []
        rows += [
            {
                "marketplaceId": place.id,
                "offerType": kind,
                "price": {"currencyCode": place.currency, "amount": amount(local_price(sku, m) * percent // 100)},
                "audience": {"value": audience, "displayName": name},
            }
            for kind, percent, audience, name in audiences
        ]
    return rows


def _availability(sku: Sku, _: list[int]) -> object:
    if sku.channel == AFN:
        return [{"fulfillmentChannelCode": "AMAZON_NA"}]
    return [{"fulfillmentChannelCode": "DEFAULT", "quantity": sku.stock}]


_Section = Callable[[Sku, list[int]], object]
_SECTIONS: Mapping[str, _Section] = MappingProxyType(
    {
        "summaries": _summaries,
        "attributes": lambda s, ms: attributes(s, MARKETS[ms[0]]),
        "issues": _issues,
        "offers": _offers,
        "fulfillmentAvailability": _availability,
        "relationships": lambda _, ms: [{"marketplaceId": MARKETS[m].place.id, "relationships": []} for m in ms],
        "productTypes": lambda s, ms: [
            {"marketplaceId": MARKETS[m].place.id, "productType": s.product_type} for m in ms
        ],
    }
)

HANDLERS: dict[str, Handler] = {
    "listingsItems_2021-08-01.searchListingsItems": search_items,
    "listingsItems_2021-08-01.getListingsItem": get_item,
}
