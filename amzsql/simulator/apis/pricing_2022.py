"""Product Pricing 2022-05-01: the price at which an offer would be featured, and a product's competition.

Both are batches whose requests each have a status of their own; the offers are those of v0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amzsql.simulator.call import Call, CallError, Handler, dump, invalid
from amzsql.simulator.world import AFN, MARKETS

from .assortment import Shop
from .pricing import Offer, offers

_MOST_EXPECTED, _MOST_SUMMARIES = 40, 20
_SIMILAR = 5


def expected_prices(call: Call) -> bytes:
    """Answer getFeaturedOfferExpectedPriceBatch."""
    return dump({"responses": [_expected(call, r) for r in _requests(call, _MOST_EXPECTED)]})


def _requests(call: Call, most: int) -> list[dict[str, Any]]:
    rows = call.body.get("requests") if isinstance(call.body, dict) else None
    if not isinstance(rows, list) or not 1 <= len(rows) <= most:
        raise invalid(f"requests must hold 1 to {most} requests.")
    return rows


def _expected(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
    asked = {n: request[n] for n in ("marketplaceId", "sku", "segment") if n in request}
    status, body = _judged(lambda: _expected_body(call, str(request["marketplaceId"]), str(request["sku"])))
    return {"request": asked, "status": status, "headers": {}, "body": body}


def _judged(answer: Callable[[], dict[str, object]]) -> tuple[dict[str, object], dict[str, object]]:
    """Return (status line, body) of one request of a batch."""
    try:
        body = answer()
    except CallError as error:
        errors = [{"code": error.code, "message": error.message}]
        return {"statusCode": error.status, "reasonPhrase": "Client Error"}, {"errors": errors}
    return {"statusCode": 200, "reasonPhrase": "Success"}, body


def _expected_body(call: Call, marketplace_id: str, code: str) -> dict[str, object]:
    market, shop = call.market("marketplaceId", marketplace_id), Shop.of(call)
    listed = shop.listing(code, market)
    if listed is None:
        raise CallError(400, "INVALID_SKU", f"The SKU {code} is not listed in this marketplace.")
    found = offers(shop, listed.sku, market)
    others = [o for o in found if not o.mine]
    place = MARKETS[market]
    result: dict[str, object] = {"resultStatus": "NO_COMPETING_OFFERS"}
    if others:
        best = min(others)
        # A little below the best of the others, shipping and all.
        price = place.round(max(place.unit, best.landed - max(place.unit, best.landed // 100)))
        result = {
            "resultStatus": "VALID_FOEP",
            "featuredOfferExpectedPrice": {"listingPrice": _money(place.place.currency, price)},
            "competingFeaturedOffer": _featured(listed.sku.asin, market, best),
        }
    if found:
        result["currentFeaturedOffer"] = _featured(listed.sku.asin, market, found[0])
    mine = {"asin": listed.sku.asin, "sku": code, "marketplaceId": marketplace_id, "sellerId": call.world.seller_id}
    mine["fulfillmentType"] = "AFN" if listed.sku.channel == AFN else "MFN"
    return {"offerIdentifier": mine, "featuredOfferExpectedPriceResults": [result]}


def _featured(asin: str, market: int, offer: Offer) -> dict[str, object]:
    place = MARKETS[market].place
    identifier = {
        "asin": asin,
        "marketplaceId": place.id,
        "sellerId": offer.seller,
        "fulfillmentType": "AFN" if offer.channel == AFN else "MFN",
    }
    price = {
        "listingPrice": _money(place.currency, offer.price),
        "shippingPrice": _money(place.currency, offer.shipping),
    }
    return {"offerIdentifier": identifier, "condition": "New", "price": price}


def _money(currency: str, cents: int) -> dict[str, object]:
    return {"currencyCode": currency, "amount": cents / 100}


def summaries(call: Call) -> bytes:
    """Answer getCompetitiveSummary."""
    return dump({"responses": [_summary(call, r) for r in _requests(call, _MOST_SUMMARIES)]})


def _summary(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
    asin, marketplace_id = str(request["asin"]), str(request["marketplaceId"])
    status, body = _judged(lambda: _sections(call, asin, marketplace_id, request))
    return {"status": status, "body": {"asin": asin, "marketplaceId": marketplace_id, **body}}


def _sections(call: Call, asin: str, marketplace_id: str, request: Mapping[str, Any]) -> dict[str, object]:
    market, shop = call.market("marketplaceId", marketplace_id), Shop.of(call)
    sku = shop.product(asin, market)
    if sku is None:
        raise CallError(400, "InvalidInput", f"{asin} is no product of this marketplace.")
    found, asked = offers(shop, sku, market), request.get("includedData") or ()
    body: dict[str, object] = {}
    if "featuredBuyingOptions" in asked:
        segment = {"customerMembership": "DEFAULT", "segmentDetails": {"glanceViewWeightPercentage": 100}}
        best = [{**_offer(o, market), "featuredOfferSegments": [segment]} for o in found[:1]]
        body["featuredBuyingOptions"] = [{"buyingOptionType": "New", "segmentedFeaturedOffers": best}] if best else []
    if "referencePrices" in asked:
        body["referencePrices"] = _references(found, market)
    if "lowestPricedOffers" in asked:
        inputs = request.get("lowestPricedOffersInputs") or [{"itemCondition": "New", "offerType": "Consumer"}]
        body["lowestPricedOffers"] = [_lowest(found, market, i) for i in inputs]
    if "similarItems" in asked:
        similar = (s for s in call.world.skus() if s.product_type == sku.product_type and s.asin != asin)
        near = [s.asin for s in similar if call.world.sold_in(s.number, market)][:_SIMILAR]
        body["similarItems"] = [{"items": [{"asin": a} for a in near]}]
    return body


def _lowest(found: list[Offer], market: int, asked: Mapping[str, Any]) -> dict[str, object]:
    shown = found if asked.get("itemCondition") == "New" else []
    kept = {n: asked[n] for n in ("itemCondition", "offerType") if n in asked}
    return {"lowestPricedOffersInput": kept, "offers": [_offer(o, market) for o in shown]}


def _references(found: list[Offer], market: int) -> list[dict[str, object]]:
    place = MARKETS[market]
    if not found:
        return []
    prices = (("CompetitivePriceThreshold", 103), ("CompetitivePrice", 100), ("WasPrice", 112))
    best = found[0].landed
    return [
        {"name": name, "price": _money(place.place.currency, place.round(best * percent // 100))}
        for name, percent in prices
    ]


def _offer(offer: Offer, market: int) -> dict[str, object]:
    currency = MARKETS[market].place.currency
    return {
        "sellerId": offer.seller,
        "condition": "New",
        "subCondition": "New",
        "fulfillmentType": "AFN" if offer.channel == AFN else "MFN",
        "listingPrice": _money(currency, offer.price),
        "shippingOptions": [{"shippingOptionType": "DEFAULT", "price": _money(currency, offer.shipping)}],
        "primeDetails": {"eligibility": "NATIONAL" if offer.channel == AFN else "NONE"},
    }


HANDLERS: dict[str, Handler] = {
    "productPricing_2022-05-01.getFeaturedOfferExpectedPriceBatch": expected_prices,
    "productPricing_2022-05-01.getCompetitiveSummary": summaries,
}
