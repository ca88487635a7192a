"""Product Pricing v0: the seller's prices and those of the sellers it competes with."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import unquote

from amzsql.simulator.call import Call, CallError, Handler, dump, invalid, iso
from amzsql.simulator.world import AFN, MARKETS, MFN, Market, Sku, local_price

from .assortment import Listing, Shop

_CONDITIONS = ("New", "Used", "Collectible", "Refurbished", "Club")


class Offer(NamedTuple):
    """What one seller asks for a product, in hundredths of the currency."""

    landed: int
    seller: str
    price: int
    shipping: int
    channel: int
    mine: bool


def offers(shop: Shop, sku: Sku, market: int) -> list[Offer]:
    """Return the offers for a product, the cheapest first: the seller's own and up to four others."""
    world = shop.world
    r = world.draws("p", sku.number * 4 + market)
    usual, place = local_price(sku, market), MARKETS[market]
    mine = (one for one in shop.of_asin(sku.asin, market) if one.price is not None and one.condition == "new_new")
    found = [_offer(world.seller_id, one.price or 0, 0, one.sku.channel, True) for one in mine]
    # Nobody else sells what only this seller has.
    for k in range(r[0] % 5 if usual else 0):
        price = place.round(usual * (92 + r[1 + k] % 20) // 100)
        channel = AFN if r[6 + k] % 2 else MFN
        shipping = 0 if channel == AFN else place.round((r[11 + k % 4] % 3) * 199 * place.price // 100)
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


def _asked(call: Call) -> tuple[int, list[tuple[str, str]]]:
    """Return (market, [(name of the key, key)]) of a price request."""
    market = call.market("MarketplaceId", call.get("MarketplaceId"))
    by_asin = call.get("ItemType") == "Asin"
    keys = call.many("Asins" if by_asin else "Skus")
    if not keys:
        raise invalid("Asins or Skus must be given, as ItemType says.")
    return market, [("ASIN" if by_asin else "SellerSKU", key) for key in keys]


def _product(shop: Shop, name: str, key: str, market: int) -> Sku | None:
    """Return the product of an ASIN, or of one of the seller's SKUs."""
    if name == "ASIN":
        return shop.product(key, market)
    listed = shop.listing(key, market)
    return None if listed is None else listed.sku


def _identifiers(call: Call, sku: Sku, market: int, by_asin: bool) -> dict[str, object]:
    place = MARKETS[market].place.id
    own = {"MarketplaceId": place, "SellerId": call.world.seller_id, "SellerSKU": sku.code}
    asin = {"MarketplaceId": place, "ASIN": sku.asin}
    return {"MarketplaceASIN": asin} if by_asin else {"MarketplaceASIN": asin, "SKUIdentifier": own}


def get_pricing(call: Call) -> bytes:
    """Answer getPricing: the seller's own offers."""
    market, asked = _asked(call)
    shop = Shop.of(call)
    condition = call.get("ItemCondition") or "New"
    rows: list[dict[str, object]] = []
    for name, key in asked:
        sku = _product(shop, name, key, market)
        if sku is None:
            rows.append({"status": "ClientError", name: key})
            continue
        own = shop.of_asin(key, market) if name == "ASIN" else [shop.listing(key, market)]
        shown = [o for o in own if o is not None and o.price is not None and _condition(o) == condition]
        product = {
            "Identifiers": _identifiers(call, sku, market, name == "ASIN"),
            "Offers": [_own_offer(o, call.get("OfferType") == "B2B") for o in shown],
        }
        rows.append({"status": "Success", name: key, "Product": product})
    return dump({"payload": rows})


def _condition(listing: Listing) -> str:
    return listing.condition.partition("_")[0].title()


def _own_offer(listing: Listing, business: bool) -> dict[str, object]:
    market, price = MARKETS[listing.market], listing.price or 0
    asked = market.round(price * 95 // 100) if business else price
    return {
        "offerType": "B2B" if business else "B2C",
        "BuyingPrice": _prices(market.place.currency, _offer("", asked, 0, 0, True)),
        "RegularPrice": _money(market.place.currency, price),
        "FulfillmentChannel": "AMAZON" if listing.sku.channel == AFN else "MERCHANT",
        "ItemCondition": _condition(listing),
        "ItemSubCondition": listing.condition.partition("_")[2].title().replace("_", ""),
        "SellerSKU": listing.sku.code,
    }


def get_competitive(call: Call) -> bytes:
    """Answer getCompetitivePricing: the featured offer, how many offer, and the sales rank."""
    market, asked = _asked(call)
    currency = MARKETS[market].place.currency
    rows: list[dict[str, object]] = []
    shop = Shop.of(call)
    for name, key in asked:
        sku = _product(shop, name, key, market)
        if sku is None:
            rows.append({"status": "ClientError", name: key})
            continue
        listed = offers(shop, sku, market)
        featured = [
            {
                "CompetitivePriceId": "1",
                "Price": _prices(currency, best),
                "condition": "New",
                "subcondition": "New",
                "belongsToRequester": best.mine,
            }
            for best in listed[:1]
        ]
        product = {
            "Identifiers": _identifiers(call, sku, market, name == "ASIN"),
            "CompetitivePricing": {
                "CompetitivePrices": featured,
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
    shop = Shop.of(call)
    sku = _product(shop, name, key, market)
    if sku is None:
        raise invalid(f"{key} is an invalid {name} for marketplace {asked['MarketplaceId']}.")
    listed = offers(shop, sku, market) if condition == "New" else []
    identifier = {"MarketplaceId": asked["MarketplaceId"], "ItemCondition": condition}
    return {
        "marketplaceId": asked["MarketplaceId"],
        name: key,
        "ItemCondition": condition,
        "status": "Success" if listed else "NoBuyableOffers",
        "Identifier": {**identifier, "ASIN" if name == "ASIN" else "SellerSKU": key},
        "Summary": _summary(call, sku, listed, MARKETS[market]),
        "Offers": [_offer_row(o, o is listed[0], MARKETS[market].place.currency, name == "SKU") for o in listed],
    }


def _channel(channel: int) -> str:
    return "Amazon" if channel == AFN else "Merchant"


def _summary(call: Call, sku: Sku, listed: list[Offer], market: Market) -> dict[str, object]:
    currency = market.place.currency
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
        "ListPrice": _money(currency, market.round(max(o.price for o in listed) * 110 // 100)),
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
