"""Listings items: the seller's own offers, their state, issues and prices. A search ends after a thousand."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from amzsql.simulator.call import Call, Handler, amount, check_own, denied, dump, iso, not_found
from amzsql.simulator.world import MARKETS

from . import submissions
from .assortment import Listing, Shop, attributes, availability
from .catalog_items import by_identifiers, image

_SELLER = re.compile(r"A[0-9A-Z]{8,}")
_SENTENCES = MappingProxyType({"ERROR": "'size' is missing.", "WARNING": "The title is longer than we recommend."})


def search_items(call: Call) -> bytes:
    """Answer searchListingsItems."""
    _check_seller(call)
    markets = sorted(call.markets("marketplaceIds"))
    filters = list(_filters(call))
    found = [rows for rows in _candidates(call, markets) if all(wanted(rows[0]) for wanted in filters)]
    sort = _SORT[call.get("sortBy") or "lastUpdatedDate"]
    found.sort(key=lambda rows: sort(rows[0]), reverse=call.get("sortOrder") != "ASC")
    size, start = int(call.get("pageSize") or 10), call.position or 0
    limit = int(call.operation.paging.max_rows or len(found)) if call.operation.paging else len(found)
    answer: dict[str, object] = {
        "numberOfResults": len(found),
        "items": [_item(call, rows) for rows in found[start : min(start + size, limit)]],
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
    rows = _of_code(Shop.of(call), call.path["sku"], sorted(call.markets("marketplaceIds")))
    if not rows:
        raise not_found(f"SKU {call.path['sku']} in these marketplaces")
    return dump(_item(call, rows))


def put_item(call: Call) -> bytes:
    """Answer putListingsItem."""
    return _submitted(call, submissions.put)


def patch_item(call: Call) -> bytes:
    """Answer patchListingsItem."""
    return _submitted(call, submissions.patch)


def delete_item(call: Call) -> bytes:
    """Answer deleteListingsItem."""
    return _submitted(call, submissions.delete)


def _submitted(call: Call, submit: Callable[[submissions.Submission], submissions.Result]) -> bytes:
    """Return a submission's answer: identifiers only where they are asked for, issues as the version spells them."""
    _check_seller(call)
    markets, preview = sorted(call.markets("marketplaceIds")), call.get("mode") == "VALIDATION_PREVIEW"
    asked = submissions.Submission(Shop.of(call), call.path["sku"], tuple(markets), call.body or {}, preview)
    result = submit(asked)
    included = call.many("includedData") or ("issues",)
    kept: dict[str, object] = {n: v for n, v in result.items() if n not in ("issues", "identifiers")}
    if call.operation.api == "listingsItems_2020-09-01":
        kept["issues"] = [_old_issue(i) for i in result["issues"]]
        return dump(kept)
    return dump(kept | {n: result[n] for n in ("issues", "identifiers") if n in included})


def _old_issue(issue: submissions.Issue) -> dict[str, object]:
    old: dict[str, object] = {n: issue[n] for n in ("code", "message", "severity")}
    return old | ({"attributeName": issue["attributeNames"][0]} if issue["attributeNames"] else {})


def _check_seller(call: Call) -> None:
    """Refuse what has not a seller's shape, and what is known as another's."""
    if not _SELLER.fullmatch(call.path["sellerId"]):
        raise denied()
    check_own(call, call.path["sellerId"])


def _of_code(shop: Shop, code: str, markets: Sequence[int]) -> list[Listing]:
    return [one for one in (shop.listing(code, m) for m in markets) if one is not None]


def _candidates(call: Call, markets: Sequence[int]) -> Iterator[list[Listing]]:
    """Yield for each SKU its listings in the marketplaces that were asked for."""
    shop = Shop.of(call)
    # No SKU of this seller is part of a variation or of a package.
    if call.get("variationParentSku") or call.get("packageHierarchySku"):
        return
    if call.get("identifiers"):
        codes: Iterator[str] = iter(by_identifiers(call))
    else:
        codes = shop.codes()
    for code in codes:
        rows = _of_code(shop, code, markets)
        if rows:
            yield rows


def _filters(call: Call) -> Iterator[Callable[[Listing], bool]]:
    """Yield the filters that a search has; read once, since they are asked of every SKU."""
    for name, time in (("created", lambda s: s.sku.created), ("lastUpdated", lambda s: s.sku.updated)):
        after, before = call.time(f"{name}After"), call.time(f"{name}Before")
        if after is not None or before is not None:
            yield functools.partial(_within, time, after or -math.inf, before or math.inf)
    severities, states, barred = (call.many(n) for n in ("withIssueSeverity", "withStatus", "withoutStatus"))
    if severities:
        yield lambda s: s.severity in severities
    if states:
        yield lambda s: set(states) <= set(s.status)
    if barred:
        yield lambda s: not set(barred) & set(s.status)


def _within(time: Callable[[Listing], int], after: float, before: float, row: Listing) -> bool:
    return after <= time(row) <= before


_SORT: Mapping[str, Callable[[Listing], tuple[object, ...]]] = MappingProxyType(
    {
        "sku": lambda s: (s.sku.code,),
        "createdDate": lambda s: (s.sku.created, s.sku.code),
        "lastUpdatedDate": lambda s: (s.sku.updated, s.sku.code),
    }
)


def _item(call: Call, rows: list[Listing]) -> dict[str, object]:
    included = call.many("includedData") or ("summaries",)
    return {"sku": rows[0].sku.code, **{name: _SECTIONS[name](rows) for name in included if name in _SECTIONS}}


def _summaries(rows: list[Listing]) -> object:
    return [
        {
            "marketplaceId": MARKETS[row.market].place.id,
            "asin": row.sku.asin,
            "productType": row.sku.product_type,
            "conditionType": row.condition,
            "status": row.status,
            **({"fnSku": row.sku.fnsku} if row.sku.fnsku else {}),
            "itemName": row.sku.title,
            "createdDate": iso(row.sku.created),
            "lastUpdatedDate": iso(row.sku.updated),
            "mainImage": _image(row),
        }
        for row in rows
    ]


def _image(row: Listing) -> dict[str, object]:
    """Return the main image: the one that was submitted, else the product's own."""
    given = (row.written or {}).get("main_product_image_locator") or [{}]
    link = given[0].get("media_location")
    return {**image(row.sku), "link": link} if isinstance(link, str) else image(row.sku)


def _issues(rows: list[Listing]) -> object:
    """Return the issues, each with the marketplaces that have it."""
    return [_issue(s, [r for r in rows if r.severity == s]) for s in dict.fromkeys(r.severity for r in rows) if s]


def _issue(severity: str, rows: list[Listing]) -> dict[str, object]:
    wrong = severity == "ERROR"
    issue: dict[str, object] = {
        "code": "90220" if wrong else "18299",
        "message": _SENTENCES[severity],
        "severity": severity,
        "attributeNames": ["size" if wrong else "item_name"],
        "categories": ["MISSING_ATTRIBUTE" if wrong else "INVALID_ATTRIBUTE"],
        "marketplaceIds": [MARKETS[r.market].place.id for r in rows],
    }
    if wrong:
        issue["enforcements"] = {
            "actions": [{"action": "LISTING_SUPPRESSED"}],
            "exemption": {"status": "NOT_EXEMPT"},
        }
    return issue


def _offers(rows: list[Listing]) -> object:
    """Return the offers: every fourth SKU has one for businesses, five percent below."""
    offers: list[dict[str, object]] = []
    for row in rows:
        market = MARKETS[row.market]
        audiences = [("B2C", 100, "ALL", "Sell on Amazon")]
        audiences += [("B2B", 95, "B2B", "Sell on Amazon Business")] if row.sku.number % 4 == 0 else []
        for kind, percent, audience, name in audiences if row.price is not None else ():
            price = amount(market.round((row.price or 0) * percent // 100))
            offers.append(
                {
                    "marketplaceId": market.place.id,
                    "offerType": kind,
                    "price": {"currencyCode": market.place.currency, "amount": price},
                    "audience": {"value": audience, "displayName": name},
                }
            )
    return offers


def _availability(row: Listing) -> dict[str, object]:
    stocked = availability(row)
    counted = {"quantity": stocked["quantity"]} if "quantity" in stocked else {}
    return {"fulfillmentChannelCode": stocked["fulfillment_channel_code"], **counted}


_Section = Callable[[list[Listing]], object]
_SECTIONS: Mapping[str, _Section] = MappingProxyType(
    {
        "summaries": _summaries,
        "attributes": lambda rows: attributes(rows[0]),
        "issues": _issues,
        "offers": _offers,
        "fulfillmentAvailability": lambda rows: [_availability(rows[0])],
        "relationships": lambda rows: [
            {"marketplaceId": MARKETS[r.market].place.id, "relationships": []} for r in rows
        ],
        "productTypes": lambda rows: [
            {"marketplaceId": MARKETS[r.market].place.id, "productType": r.sku.product_type} for r in rows
        ],
    }
)

HANDLERS: dict[str, Handler] = {
    "listingsItems_2021-08-01.searchListingsItems": search_items,
    "listingsItems_2021-08-01.getListingsItem": get_item,
    "listingsItems_2021-08-01.putListingsItem": put_item,
    "listingsItems_2021-08-01.patchListingsItem": patch_item,
    "listingsItems_2021-08-01.deleteListingsItem": delete_item,
    "listingsItems_2020-09-01.putListingsItem": put_item,
    "listingsItems_2020-09-01.patchListingsItem": patch_item,
    "listingsItems_2020-09-01.deleteListingsItem": delete_item,
}
