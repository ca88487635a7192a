"""Catalog items: what Amazon's catalog says of the products that the seller offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from amzsql.simulator.call import Call, Handler, dump, invalid, not_found
from amzsql.simulator.world import MARKETS, Market, Sku

from .assortment import Shop

_ROOT = {"displayName": "Home & Kitchen", "classificationId": "1055398"}


def search_items(call: Call) -> bytes:
    """Answer searchCatalogItems: identifiers of one type, or all of the keywords in the title."""
    market, shop = _market(call), Shop.of(call)
    found = [s for s in _candidates(call, shop) if shop.in_catalog(s, market)]
    size, start = int(call.get("pageSize") or 10), call.position or 0
    answer: dict[str, object] = {
        "numberOfResults": len(found),
        "items": [_item(call, s, MARKETS[market]) for s in found[start : start + size]],
    }
    pagination = {}
    if len(found) > start + size:
        pagination["nextToken"] = call.pages.token(call, start + size)
    if start:
        pagination["previousToken"] = call.pages.token(call, max(0, start - size))
    if pagination or _is_old(call):
        answer["pagination"] = pagination
    if call.get("keywords"):
        answer["refinements"] = {"brands": _refinements(found), "classifications": []}
    return dump(answer)


def get_item(call: Call) -> bytes:
    """Answer getCatalogItem."""
    shop = Shop.of(call)
    for market in sorted(call.markets("marketplaceIds")):
        sku = shop.product(call.path["asin"], market)
        if sku is not None:
            return dump(_item(call, sku, MARKETS[market]))
    raise not_found(f"item {call.path['asin']} in this marketplace")


def _market(call: Call) -> int:
    return next(iter(call.markets("marketplaceIds")))


def _candidates(call: Call, shop: Shop) -> list[Sku]:
    if call.get("identifiers"):
        return [s for s in map(shop.sku, by_identifiers(call)) if s is not None]
    words = [w.lower() for k in call.many("keywords") for w in k.split()]
    brands = {b.lower() for b in call.many("brandNames")}
    classes = set(call.many("classificationIds"))
    return [
        s
        for s in shop.products()
        if all(w in s.title.lower() for w in words)
        and (not brands or s.brand.lower() in brands)
        and (not classes or _classification(s)["classificationId"] in classes)
    ]


def by_identifiers(call: Call) -> list[str]:
    """Return the SKUs of the identifiers, in their order; those that name nothing are left out."""
    kind = call.get("identifiersType")
    if not kind:
        raise invalid("identifiersType is required with identifiers.")
    if kind == "SKU" and call.operation.api.startswith("catalog") and not call.get("sellerId"):
        raise invalid("sellerId is required with identifiersType SKU.")
    return Shop.of(call).codes_of(kind, call.many("identifiers"))


def _refinements(found: list[Sku]) -> list[dict[str, object]]:
    counts: dict[str, int] = {}
    for sku in found:
        counts[sku.brand] = counts.get(sku.brand, 0) + 1
    return [{"numberOfResults": n, "brandName": b} for b, n in sorted(counts.items())]


def _classification(sku: Sku) -> dict[str, object]:
    name = sku.product_type.replace("_", " ").title()
    return {"displayName": name, "classificationId": str(3_000_000 + sum(map(ord, name))), "parent": _ROOT}


def _item(call: Call, sku: Sku, market: Market) -> dict[str, object]:
    included = call.many("includedData") or ("summaries",)
    sections = _OLD_SECTIONS if _is_old(call) else _SECTIONS
    return {"asin": sku.asin, **{name: sections[name](sku, market) for name in included if name in sections}}


def _is_old(call: Call) -> bool:
    return call.operation.api == "catalogItems_2020-12-01"


def _summaries(sku: Sku, market: Market) -> object:
    summary = {
        "marketplaceId": market.place.id,
        "adultProduct": False,
        "autographed": False,
        "brand": sku.brand,
        "browseClassification": _classification(sku),
        "color": sku.color,
        "itemClassification": "BASE_PRODUCT",
        "itemName": sku.title,
        "manufacturer": sku.brand,
        "memorabilia": False,
        "modelNumber": sku.asin[4:],
        "packageQuantity": 1,
        "partNumber": f"P{sku.number:05}",
        "tradeInEligible": False,
        "websiteDisplayGroup": "home_display_on_website",
        "websiteDisplayGroupName": "Home",
    }
    return [summary]


def attributes(sku: Sku, market: Market) -> dict[str, object]:
    """Return the free-form attributes of a product."""
    place = market.place
    return {
        "item_name": [{"value": sku.title, "language_tag": place.language, "marketplace_id": place.id}],
        "brand": [{"value": sku.brand, "language_tag": place.language, "marketplace_id": place.id}],
        "color": [{"value": sku.color, "language_tag": place.language, "marketplace_id": place.id}],
    }


def _dimensions(sku: Sku, market: Market) -> object:
    inch, pound = "inches", "pounds"
    size = 4 + sku.number % 17
    item = {
        "height": {"unit": inch, "value": size / 2},
        "length": {"unit": inch, "value": size},
        "width": {"unit": inch, "value": size * 0.75},
        "weight": {"unit": pound, "value": round(size / 7, 2)},
    }
    return [{"marketplaceId": market.place.id, "item": item, "package": item}]


def _identifiers(sku: Sku, market: Market) -> object:
    row = {"identifierType": "EAN", "identifier": sku.ean}
    return [{"marketplaceId": market.place.id, "identifiers": [row]}]


def image(sku: Sku) -> dict[str, object]:
    """Return the main image of a product; the address leads nowhere."""
    return {"link": f"https://images.example.com/{sku.asin}.jpg", "height": 1500, "width": 1500}


def _images(sku: Sku, market: Market) -> object:
    return [{"marketplaceId": market.place.id, "images": [{"variant": "MAIN", **image(sku)}]}]


def _product_types(sku: Sku, market: Market) -> object:
    return [{"marketplaceId": market.place.id, "productType": sku.product_type}]


def _ranks(sku: Sku, market: Market) -> object:
    rank = 100 + sku.number * 37
    classification = _classification(sku)
    own = {"classificationId": classification["classificationId"], "title": classification["displayName"], "rank": rank}
    group = {"websiteDisplayGroup": "home_display_on_website", "title": "Home", "rank": rank * 20}
    return [{"marketplaceId": market.place.id, "classificationRanks": [own], "displayGroupRanks": [group]}]


def _old_summaries(sku: Sku, market: Market) -> object:
    texts = {
        "marketplaceId": market.place.id,
        "brandName": sku.brand,
        "browseNode": _classification(sku)["classificationId"],
        "colorName": sku.color,
        "itemName": sku.title,
        "manufacturer": sku.brand,
        "modelNumber": sku.asin[4:],
    }
    return [texts]


def _old_ranks(sku: Sku, market: Market) -> object:
    rank = 100 + sku.number * 37
    ranks = [
        {"title": _classification(sku)["displayName"], "rank": rank},
        {"title": "Home", "rank": rank * 20},
    ]
    return [{"marketplaceId": market.place.id, "ranks": ranks}]


def categories(call: Call) -> bytes:
    """Answer listCatalogCategories: from a product's own category up to the root; without a product the root alone."""
    market = call.market("MarketplaceId", call.get("MarketplaceId"))
    shop, asin, code = Shop.of(call), call.get("ASIN"), call.get("SellerSKU")
    parent = {"ProductCategoryId": _ROOT["classificationId"], "ProductCategoryName": _ROOT["displayName"]}
    if not asin and not code:
        return dump({"payload": [parent]})
    listed = shop.listing(code, market) if code else None
    sku = (shop.product(asin, market) if asin else None) or (listed.sku if listed is not None else None)
    if sku is None:
        raise not_found(f"product {asin or code} in this marketplace")
    own = _classification(sku)
    row = {"ProductCategoryId": own["classificationId"], "ProductCategoryName": own["displayName"], "parent": parent}
    return dump({"payload": [row]})


_Section = Callable[[Sku, Market], object]
_SECTIONS: Mapping[str, _Section] = MappingProxyType(
    {
        "summaries": _summaries,
        "attributes": attributes,
        "classifications": lambda s, m: [{"marketplaceId": m.place.id, "classifications": [_classification(s)]}],
        "dimensions": _dimensions,
        "identifiers": _identifiers,
        "images": _images,
        "productTypes": _product_types,
        "relationships": lambda _, m: [{"marketplaceId": m.place.id, "relationships": []}],
        "salesRanks": _ranks,
    }
)

# 2020-12-01 has fewer sections, and two of another shape.
_OLD_SECTIONS: Mapping[str, _Section] = MappingProxyType(
    {
        **{n: _SECTIONS[n] for n in ("attributes", "identifiers", "images", "productTypes")},
        "summaries": _old_summaries,
        "salesRanks": _old_ranks,
        "variations": lambda *_: [],
    }
)

HANDLERS: dict[str, Handler] = {
    "catalogItemsV0.listCatalogCategories": categories,
    "catalogItems_2020-12-01.searchCatalogItems": search_items,
    "catalogItems_2020-12-01.getCatalogItem": get_item,
    "catalogItems_2022-04-01.searchCatalogItems": search_items,
    "catalogItems_2022-04-01.getCatalogItem": get_item,
}
