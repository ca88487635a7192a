"""Prices, the seller's own and those it competes with: Product Pricing v0."""

from amzsql.catalog.model import AccessPath, Entry, Parent, Part, Pushdown

# Without a product or SKU the prices are those of the seller's own listings.
OWN_SKUS = Parent((("SellerSKU", "SKU"),), "ListingsItems", assumed=True)
OWN_ITEMS = {c: Parent(c, "ListingsItems", assumed=True) for c in ("ASIN", "SKU")}
PLACE = Pushdown("MarketplaceId", "=", "MarketplaceId", exact=True, default="marketplaces")
BY_ASIN = Pushdown("ASIN", "=", "Asins", extras=(("ItemType", "Asin"),))
BY_SKU = Pushdown("SellerSKU", "=", "Skus", extras=(("ItemType", "Sku"),))
CUSTOMER = (("CustomerType", "CustomerType"),)
CONDITION = (("ItemCondition", "ItemCondition"), ("OfferType", "OfferType"))
IDENTIFIERS = "payload[].Product.Identifiers."
REPLACED = (("ASIN", None), ("SellerSKU", None), ("Product.Identifiers.MarketplaceASIN.ASIN", None))
PRICES = "payload[].Product.CompetitivePricing.CompetitivePrices[]"


def products(
    operation: str, asked: tuple[tuple[str, str], ...], row_path: str | None = None, number: str | None = None
) -> tuple[AccessPath, ...]:
    """Return the paths of a price list: asked by ASIN and by SKU.

    By SKU the answer has the ASIN only among the product's identifiers; by ASIN it has no SKU. Of what Amazon refuses
    it tells no more than which it was. `asked`: further parameters that are columns; `number`: the column of a row's
    place among those of its product.
    """
    place = ((number, f"{row_path}#"),) if number else ()
    pushdowns = (PLACE, *(Pushdown(column, "=", parameter, exact=True) for column, parameter in asked))
    return tuple(
        AccessPath(
            operation,
            row_path=row_path,
            names=() if row_path else REPLACED,
            extra=(("ASIN", asin), ("SellerSKU", "payload[].SellerSKU"), *place),
            from_parameters=(("MarketplaceId", "MarketplaceId"), *asked),
            parameters=(("Asins", None), ("Skus", None)),
            pushdowns=(by, *pushdowns),
            withheld=withheld,
            outcome=("payload[].status", f"payload[].{by.column}"),
        )
        for by, asin, withheld in (
            (BY_ASIN, "payload[].ASIN", ("SellerSKU",)),
            (BY_SKU, f"{IDENTIFIERS}MarketplaceASIN.ASIN", ()),
        )
    )


COMPETITIVE_PRICING = Entry(
    "CompetitivePricing",
    "One row per product: the featured prices, how many offer it, and its sales ranks. Without a filter on ASIN or "
    "SellerSKU those of the seller's listings.",
    key=("ASIN", "SellerSKU", "MarketplaceId"),
    first=("ASIN", "SellerSKU", "MarketplaceId", "Status"),
    hidden=("CustomerType",),
    paths=products("productPricingV0.getCompetitivePricing", CUSTOMER),
    parent=OWN_SKUS,
    typical_rows=1000,
    example="SELECT * FROM CompetitivePricing WHERE ASIN IN ('B00000I18C', 'B00OFWQISJ')",
)

COMPETITIVE_PRICES = Entry(
    "CompetitivePrices",
    "One row per competitive price of a product. Without a filter on ASIN or SellerSKU those of the seller's listings.",
    key=("ASIN", "SellerSKU", "MarketplaceId", "PriceNumber"),
    first=(
        "ASIN",
        "SellerSKU",
        "MarketplaceId",
        "PriceNumber",
        "CompetitivePriceId",
        "Condition",
        "PriceLandedPriceAmount",
        "PriceLandedPriceCurrencyCode",
    ),
    hidden=("CustomerType",),
    paths=products("productPricingV0.getCompetitivePricing", CUSTOMER, PRICES, "PriceNumber"),
    parent=OWN_SKUS,
    typical_rows=1000,
    example="SELECT ASIN, PriceLandedPriceAmount FROM CompetitivePrices WHERE SellerSKU = 'CAN-00000'",
)

PRODUCT_PRICING = Entry(
    "ProductPricing",
    "One row per product with the seller's own offers of it. Without a filter on ASIN or SellerSKU those of all "
    "listings.",
    key=("ASIN", "SellerSKU", "MarketplaceId"),
    first=("ASIN", "SellerSKU", "MarketplaceId", "Status"),
    hidden=("ItemCondition", "OfferType"),
    paths=products("productPricingV0.getPricing", CONDITION),
    parent=OWN_SKUS,
    typical_rows=1000,
    example="SELECT ASIN, ProductOffers FROM ProductPricing WHERE SellerSKU IN ('CAN-00000', 'EXE-00004')",
)


def offers(table: str, word: str, column: str, parameter: str, where: str) -> Entry:
    """Return the table of what there is of a product or SKU in a condition, one by one or twenty a request.

    `word`: what Amazon calls one, in the operations' names and addresses; `column`: what it is asked by, and
    `parameter`.
    """
    unique = (column, "MarketplaceId", "ItemCondition")
    address = f"/products/pricing/v0/{word.lower()}s/{{}}/offers"
    each, asked_by = "body.requests[].", (parameter, "MarketplaceId", "ItemCondition")
    return Entry(
        table,
        f"One row per {word.lower()}, marketplace and condition: the summary of its offers, and the twenty cheapest as "
        f"JSON. A filter on ItemCondition is needed; without one on {column} the seller's listings are asked for.",
        key=unique,
        first=(*unique, "Status", "SummaryTotalOfferCount"),
        hidden=("SKU" if column == "ASIN" else "ASIN", "CustomerType"),
        paths=(
            AccessPath(
                f"productPricingV0.get{word}Offers",
                row_path="payload",
                from_parameters=CUSTOMER,
                parameters=((parameter, column),),
                by_key=True,
            ),
            AccessPath(
                f"productPricingV0.get{word}OffersBatch",
                row_path="responses[].body",
                # One that is refused has no payload: which it was is said by the request that the answer repeats.
                names=(
                    ("payload.", ""),
                    *((f"payload.{name}", None) for name in (column, "marketplaceId", "ItemCondition")),
                    ("errors", None),
                ),
                extra=tuple(
                    (name, f"responses[].request.{asked}") for name, asked in zip(unique, asked_by, strict=True)
                ),
                from_parameters=(("CustomerType", f"{each}CustomerType"),),
                parameters=((f"{each}headers", None), (f"{each}uri", column)),
                pushdowns=(Pushdown(column, "=", f"{each}uri", template=address),),
                needs=tuple(each + name for name in ("uri", "ItemCondition", "MarketplaceId")),
                fixed=((f"{each}method", "GET"),),
                batch=f"{each}uri",
                outcome=("responses[].status.statusCode", "responses[].body.errors[0].message"),
            ),
        ),
        parent=OWN_ITEMS[column],
        typical_rows=1000,
        example=f"SELECT * FROM {table} WHERE {where}",
        parts=(
            Part(
                f"{table}Offers",
                f"One row per offer of a {word.lower()}, the twenty cheapest. A filter on ItemCondition is needed.",
                "Offers",
                others=("payload.Offers",),
                number="OfferNumber",
                first=("SellerId", "ListingPriceAmount"),
                rows=5.0,
                example=f"SELECT SellerId, ListingPriceAmount FROM {table}Offers WHERE {where}",
            ),
        ),
    )


ITEM_OFFERS = offers("ItemOffers", "Item", "ASIN", "Asin", "ASIN = 'B00000I18C' AND ItemCondition = 'New'")
LISTING_OFFERS = offers("ListingOffers", "Listing", "SKU", "SellerSKU", "SKU = 'CAN-00000' AND ItemCondition = 'New'")

EACH = "body.requests[]."
COMPETITIVE_SUMMARY = Entry(
    "CompetitiveSummary",
    "One row per product: what is featured, what it is compared with and what is cheapest, as JSON. Without a filter "
    "on ASIN those of the seller's listings. Amazon grants two requests a minute, of twenty products each.",
    key=("ASIN", "MarketplaceId"),
    first=("ASIN", "MarketplaceId"),
    paths=(
        AccessPath(
            "productPricing_2022-05-01.getCompetitiveSummary",
            row_path="responses[].body",
            names=(("asin", "ASIN"), ("errors", None)),
            parameters=((f"{EACH}lowestPricedOffersInputs", None),),
            fixed=(
                (f"{EACH}uri", "/products/pricing/2022-05-01/items/competitiveSummary"),
                (f"{EACH}method", "GET"),
                (
                    f"{EACH}includedData[]",
                    ("featuredBuyingOptions", "referencePrices", "lowestPricedOffers", "similarItems"),
                ),
            ),
            batch=f"{EACH}asin",
            outcome=("responses[].status.statusCode", "responses[].body.errors[0].message"),
        ),
    ),
    parent=OWN_ITEMS["ASIN"],
    typical_rows=1000,
    example="SELECT ASIN, ReferencePrices FROM CompetitiveSummary WHERE ASIN IN ('B00000I18C', 'B00OFWQISJ')",
    parts=(
        Part(
            "ReferencePrices",
            "One row per price that a product is compared with.",
            "referencePrices",
            key=("Name",),
            first=("Name", "PriceAmount", "PriceCurrencyCode"),
            example="SELECT ASIN, Name, PriceAmount FROM ReferencePrices WHERE ASIN = 'B00000I18C'",
        ),
        Part(
            "FeaturedBuyingOptions",
            "One row per way to buy a product at its featured price.",
            "featuredBuyingOptions",
            key=("BuyingOptionType",),
            rows=1.0,
            example="SELECT ASIN, BuyingOptionType FROM FeaturedBuyingOptions WHERE ASIN = 'B00000I18C'",
            parts=(
                Part(
                    "FeaturedOffers",
                    "One row per offer that is featured, by kind of customer.",
                    "segmentedFeaturedOffers",
                    number="OfferNumber",
                    first=("SellerId", "ListingPriceAmount", "ListingPriceCurrencyCode"),
                    example="SELECT ASIN, SellerId, ListingPriceAmount FROM FeaturedOffers WHERE ASIN = 'B00000I18C'",
                ),
            ),
        ),
        Part(
            "LowestPricedOffers",
            "One row per condition with the cheapest offers of a product as JSON.",
            "lowestPricedOffers",
            number="ListNumber",
            rows=1.0,
            example="SELECT ASIN, Offers FROM LowestPricedOffers WHERE ASIN = 'B00000I18C'",
        ),
    ),
)

EXPECTED_PRICE = Entry(
    "FeaturedOfferExpectedPrices",
    "One row per SKU: the price at which the offer would be featured, with the offers it competes with as JSON. "
    "Without a filter on SKU those of all listings; forty go into one request, of which Amazon grants two a minute.",
    key=("SKU", "MarketplaceId"),
    first=("SKU", "MarketplaceId"),
    paths=(
        AccessPath(
            "productPricing_2022-05-01.getFeaturedOfferExpectedPriceBatch",
            names=(
                ("request.sku", "SKU"),
                ("request.marketplaceId", "MarketplaceId"),
                ("status.statusCode", "StatusCode"),
                ("headers", None),
                ("body.errors", None),
                ("body.featuredOfferExpectedPriceResults", "Results"),
            ),
            parameters=(
                (f"{EACH}sku", "SKU"),
                (f"{EACH}headers", None),
                (f"{EACH}body", None),
                *(
                    (f"{EACH}segment.segmentDetails.{field}", None)
                    for field in (
                        "glanceViewWeightPercentage",
                        "sampleLocation.postalCode.countryCode",
                        "sampleLocation.postalCode.value",
                    )
                ),
            ),
            needs=(f"{EACH}sku", f"{EACH}marketplaceId"),
            fixed=(
                (f"{EACH}uri", "/products/pricing/2022-05-01/offer/featuredOfferExpectedPrice"),
                (f"{EACH}method", "GET"),
            ),
            batch=f"{EACH}sku",
            outcome=("responses[].status.statusCode", "responses[].body.errors[0].message"),
        ),
    ),
    parent=OWN_ITEMS["SKU"],
    typical_rows=1000,
    example="SELECT SKU, Results FROM FeaturedOfferExpectedPrices WHERE SKU IN ('CAN-00000', 'EXE-00004')",
    parts=(
        Part(
            "FeaturedOfferExpectedPriceResults",
            "One row per price at which the offer would be featured.",
            "body.featuredOfferExpectedPriceResults",
            number="ResultNumber",
            first=("FeaturedOfferExpectedPriceListingPriceAmount", "ResultStatus"),
            rows=1.0,
            example="SELECT SKU, ResultStatus FROM FeaturedOfferExpectedPriceResults WHERE SKU = 'CAN-00000'",
        ),
    ),
)

TABLES = (
    COMPETITIVE_PRICING,
    COMPETITIVE_PRICES,
    PRODUCT_PRICING,
    ITEM_OFFERS,
    LISTING_OFFERS,
    COMPETITIVE_SUMMARY,
    EXPECTED_PRICE,
)
