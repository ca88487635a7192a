"""Product Pricing v0: the seller's prices and those of the sellers it competes with."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import unquote

from amzsql.simulator.call import Call, CallError, Handler, dump, invalid, iso
from amzsql.simulator.world import AFN, MARKETS, MFN, Sku, World, local_price

_CONDITIONS = ("New", "Used", "Collectible", "Refurbished", "Club")


class Offer(NamedTuple):
    """What one seller asks for a product, in hundredths of the currency."""

    landed: int
    seller: str
    price: int
    shipping: int
    channel: int
    mine: bool


def offers(world: World, sku: Sku, market: int) -> list[Offer]:
    """Return the offers for a product, the cheapest first: the seller's own and up to four others."""
    r = world.draws("p", sku.number * 4 + market)
    own = local_price(sku, market)
    found = [_offer(world.seller_id, own, 0, sku.channel, True)]
    for k in range(r[0] % 5):
        price = own * (92 + r[1 + k] % 20) // 100
        channel = AFN if r[6 + k] % 2 else MFN
        shipping = 0 if channel == AFN else (r[11 + k % 4] % 3) * 199 * MARKETS[market].price // 100
        found.append(_offer(f"A{r[1 + k]:010X}RVL", price, shipping, channel, False))
    return sorted(found)


def _offer(seller: str, price: int, shipping: int, channel: int, mine: bool) -> Offer:
    return Offer(price + shipping, seller, price, shipping, channel, mine)


def _money(currency: str, cents: int) -> dict[str, object]:
    return {"CurrencyCode": currency, "Amount": cents / 100}


def _prices(currency: str, offer: Offer) -> dict[str, object]:
    return {
        "LandedPrice": _money(currency, offer.landed),
        "ListingPrice": _money(currency, offer.price),
        "Shipping": _money(currency, offer.shipping),
    }


def _asked(call: Call) -> tuple[int, list[tuple[str, str, Sku | None]]]:
    """Return (market, [(name of the key, key, SKU if it is sold there)]) of a price request."""
    market = call.market("MarketplaceId", call.get("MarketplaceId"))
    by_asin = call.get("ItemType") == "Asin"
    keys = call.many("Asins" if by_asin else "Skus")
    if not keys:
        raise invalid("Asins or Skus must be given, as ItemType says.")
    lookup = call.world.sku_by_asin if by_asin else call.world.sku_by_code
    rows = []
    for key in keys:
        sku = lookup.get(key)
        sold = sku is not None and call.world.sold_in(sku.number, market)
        rows.append(("ASIN" if by_asin else "SellerSKU", key, sku if sold else None))
    return market, rows


def _identifiers(call: Call, sku: Sku, market: int, by_asin: bool) -> dict[str, object]:
    place = MARKETS[market].place.id
    own = {"MarketplaceId": place, "SellerId": call.world.seller_id, "SellerSKU": sku.code}
    asin = {"MarketplaceId": place, "ASIN": sku.asin}
    return {"MarketplaceASIN": asin} if by_asin else {"MarketplaceASIN": asin, "SKUIdentifier": own}


def get_pricing(call: Call) -> bytes:
    """Answer getPricing: the seller's own offers."""
    market, asked = _asked(call)
    currency = MARKETS[market].place.currency
    business = call.get("OfferType") == "B2B"
    condition = call.get("ItemCondition") or "New"
    rows: list[dict[str, object]] = []
    for name, key, sku in asked:
        if sku is None:
            rows.append({"status": "ClientError", name: key})
            continue
        price = local_price(sku, market)
        own = {
            "offerType": "B2B" if business else "B2C",
            "BuyingPrice": _prices(currency, _offer("", price * 95 // 100 if business else price, 0, 0, True)),
            "RegularPrice": _money(currency, price),
            "FulfillmentChannel": "AMAZON" if sku.channel == AFN else "MERCHANT",
            "ItemCondition": "New",
            "ItemSubCondition": "New",
            "SellerSKU": sku.code,
        }
        product = {
            "Identifiers": _identifiers(call, sku, market, name == "ASIN"),
            "Offers": [own] if condition == "New" else [],
        }
        rows.append({"status": "Success", name: key, "Product": product})
    return dump({"payload": rows})


def get_competitive(call: Call) -> bytes:
    """Answer getCompetitivePricing: the featured offer, how many offer, and the sales rank."""
    market, asked = _asked(call)
    currency = MARKETS[market].place.currency
    rows: list[dict[str, object]] = []
    for name, key, sku in asked:
        if sku is None:
            rows.append({"status": "ClientError", name: key})
            continue
        listed = offers(call.world, sku, market)
        featured = {
            "CompetitivePriceId": "1",
            "Price": _prices(currency, listed[0]),
            "condition": "New",
            "subcondition": "New",
            "belongsToRequester": listed[0].mine,
        }
        product = {
            "Identifiers": _identifiers(call, sku, market, name == "ASIN"),
            "CompetitivePricing": {
                "CompetitivePrices": [featured],
                "NumberOfOfferListings": [
                    {"Count": len(listed), "condition": "New"},
                    {"Count": len(listed), "condition": "Any"},
                ],
            },
            "SalesRankings": _ranks(sku),
        }
        rows.append({"status": "Success", name: key, "Product": product})
    return dump({"payload": rows})


def _ranks(sku: Sku) -> list[dict[str, object]]:
    return [{"ProductCategoryId": "home_display_on_website", "Rank": (100 + sku.number * 37) * 20}]


def get_item_offers(call: Call) -> bytes:
    """Answer getItemOffers."""
    asked = {"MarketplaceId": call.get("MarketplaceId"), "ItemCondition": call.get("ItemCondition")}
    return dump({"payload": _offers_of(call, "ASIN", call.path["Asin"], asked)})


def get_listing_offers(call: Call) -> bytes:
    """Answer getListingOffers."""
    asked = {"MarketplaceId": call.get("MarketplaceId"), "ItemCondition": call.get("ItemCondition")}
    return dump({"payload": _offers_of(call, "SKU", call.path["SellerSKU"], asked)})


def _offers_of(call: Call, name: str, key: str, asked: dict[str, str]) -> dict[str, object]:
    """Return the payload of an offers answer, for an ASIN or a SKU."""
    market, condition = call.market("MarketplaceId", asked["MarketplaceId"]), asked["ItemCondition"]
    if condition not in _CONDITIONS:
        raise invalid(f"ItemCondition: {condition} is no condition.")
    lookup = call.world.sku_by_asin if name == "ASIN" else call.world.sku_by_code
    sku = lookup.get(key)
    if sku is None or not call.world.sold_in(sku.number, market):
        raise invalid(f"{key} is an invalid {name} for marketplace {asked['MarketplaceId']}.")
    listed = offers(call.world, sku, market) if condition == "New" else []
    identifier = {"MarketplaceId": asked["MarketplaceId"], "ItemCondition": condition}
    return {
        "marketplaceId": asked["MarketplaceId"],
        name: key,
        "ItemCondition": condition,
        "status": "Success" if listed else "NoBuyableOffers",
        "Identifier": {**identifier, "ASIN" if name == "ASIN" else "SellerSKU": key},
        "Summary": _summary(call, sku, listed, MARKETS[market].place.currency),
        "Offers": [_offer_row(o, o is listed[0], MARKETS[market].place.currency, name == "SKU") for o in listed],
    }


def _channel(channel: int) -> str:
    return "Amazon" if channel == AFN else "Merchant"


def _summary(call: Call, sku: Sku, listed: list[Offer], currency: str) -> dict[str, object]:
    if not listed:
        return {"TotalOfferCount": 0}
    counts = [(c, [o for o in listed if o.channel == c]) for c in (AFN, MFN)]
    numbers = [{"condition": "new", "fulfillmentChannel": _channel(c), "OfferCount": len(o)} for c, o in counts if o]
    lowest = [
        {"condition": "new", "fulfillmentChannel": _channel(c), **_prices(currency, o[0])} for c, o in counts if o
    ]
    featured = {"condition": "New", **_prices(currency, listed[0]), "sellerId": listed[0].seller}
    return {
        "TotalOfferCount": len(listed),
        "NumberOfOffers": numbers,
        "LowestPrices": lowest,
        "BuyBoxPrices": [featured],
        "ListPrice": _money(currency, max(o.price for o in listed) * 110 // 100),
        "SalesRankings": _ranks(sku),
        "BuyBoxEligibleOffers": numbers,
        "OffersAvailableTime": iso(call.world.end),
    }


def _offer_row(offer: Offer, winner: bool, currency: str, own_known: bool) -> dict[str, object]:
    row: dict[str, object] = {"MyOffer": offer.mine} if own_known else {}
    return {
        **row,
        "SubCondition": "new",
        "SellerId": offer.seller,
        "SellerFeedbackRating": {"SellerPositiveFeedbackRating": 90 + len(offer.seller) % 10, "FeedbackCount": 812},
        "ShippingTime": {"minimumHours": 0, "maximumHours": 24, "availabilityType": "NOW"},
        "ListingPrice": _money(currency, offer.price),
        "Shipping": _money(currency, offer.shipping),
        "ShipsFrom": {"State": "WA", "Country": "US"},
        "IsFulfilledByAmazon": offer.channel == AFN,
        "PrimeInformation": {"IsPrime": offer.channel == AFN, "IsNationalPrime": offer.channel == AFN},
        "IsBuyBoxWinner": winner,
        "IsFeaturedMerchant": True,
    }


def get_item_offers_batch(call: Call) -> bytes:
    """Answer getItemOffersBatch."""
    return _batch(call, "ASIN", "Asin", "/products/pricing/v0/items/")


def get_listing_offers_batch(call: Call) -> bytes:
    """Answer getListingOffersBatch."""
    return _batch(call, "SKU", "SellerSKU", "/products/pricing/v0/listings/")


def _batch(call: Call, name: str, parameter: str, prefix: str) -> bytes:
    """Answer up to twenty requests, each with a status of its own."""
    requests = call.body.get("requests") if isinstance(call.body, dict) else None
    if not isinstance(requests, list) or not 1 <= len(requests) <= 20:
        raise invalid("requests must hold 1 to 20 requests.")
    return dump({"responses": [_one(call, name, parameter, prefix, r) for r in requests]})


def _one(call: Call, name: str, parameter: str, prefix: str, request: dict[str, Any]) -> dict[str, object]:
    uri = str(request.get("uri"))
    key = unquote(uri.removeprefix(prefix).removesuffix("/offers"))
    asked = {n: str(request.get(n, "")) for n in ("MarketplaceId", "ItemCondition")}
    try:
        if not uri.startswith(prefix) or not uri.endswith("/offers"):
            raise invalid(f"uri: {uri} is not the path of one product's offers.")
        body: dict[str, object] = {"payload": _offers_of(call, name, key, asked)}
        status: dict[str, object] = {"statusCode": 200, "reasonPhrase": "OK"}
    except CallError as error:
        body = {"errors": [{"code": error.code, "message": error.message}]}
        status = {"statusCode": error.status, "reasonPhrase": "Bad Request" if error.status == 400 else "Forbidden"}
    kept: dict[str, object] = {
        n: request[n] for n in ("MarketplaceId", "ItemCondition", "CustomerType") if n in request
    }
    return {"status": status, "body": body, "request": {**kept, parameter: key}}


HANDLERS: dict[str, Handler] = {
    "productPricingV0.getPricing": get_pricing,
    "productPricingV0.getCompetitivePricing": get_competitive,
    "productPricingV0.getItemOffers": get_item_offers,
    "productPricingV0.getListingOffers": get_listing_offers,
    "productPricingV0.getItemOffersBatch": get_item_offers_batch,
    "productPricingV0.getListingOffersBatch": get_listing_offers_batch,
}
