"""Prices, the seller's own and those it competes with: Product Pricing v0."""

from amzsql.catalog.model import AccessPath, Entry, Pushdown

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

    By SKU the answer has the ASIN only among the product's identifiers; by ASIN it has no SKU. `asked`: further
    parameters that are columns; `number`: the column of a row's place among those of its product.
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
            pushdowns=(by, *pushdowns),
            withheld=withheld,
        )
        for by, asin, withheld in (
            (BY_ASIN, "payload[].ASIN", ("SellerSKU",)),
            (BY_SKU, f"{IDENTIFIERS}MarketplaceASIN.ASIN", ()),
        )
    )


COMPETITIVE_PRICING = Entry(
    "CompetitivePricing",
    "One row per product: the featured prices, how many offer it, and its sales ranks. A filter on ASIN or SellerSKU "
    "is needed.",
    key=("ASIN", "SellerSKU", "MarketplaceId"),
    first=("ASIN", "SellerSKU", "MarketplaceId", "Status"),
    hidden=("CustomerType",),
    paths=products("productPricingV0.getCompetitivePricing", CUSTOMER),
    typical_rows=1000,
    example="SELECT * FROM CompetitivePricing WHERE ASIN IN ('B000000001', 'B000000002')",
)

COMPETITIVE_PRICES = Entry(
    "CompetitivePrices",
    "One row per competitive price of a product. A filter on ASIN or SellerSKU is needed.",
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
    typical_rows=1000,
    example="SELECT ASIN, PriceLandedPriceAmount FROM CompetitivePrices WHERE SellerSKU = 'SKU-1'",
)

PRODUCT_PRICING = Entry(
    "ProductPricing",
    "One row per product with the seller's own offers of it. A filter on ASIN or SellerSKU is needed.",
    key=("ASIN", "SellerSKU", "MarketplaceId"),
    first=("ASIN", "SellerSKU", "MarketplaceId", "Status"),
    hidden=("ItemCondition", "OfferType"),
    paths=products("productPricingV0.getPricing", CONDITION),
    typical_rows=1000,
    example="SELECT ASIN, ProductOffers FROM ProductPricing WHERE SellerSKU IN ('SKU-1', 'SKU-2')",
)

OFFERS_OF = (
    PLACE,
    Pushdown("ASIN", "=", "Asin"),
    Pushdown("ItemCondition", "=", "ItemCondition", exact=True),
    Pushdown("CustomerType", "=", "CustomerType", exact=True),
)

ITEM_OFFERS = Entry(
    "ItemOffers",
    "One row per product, marketplace and condition: the summary of its offers, and the twenty cheapest as JSON. "
    "Filters on ASIN and ItemCondition are needed.",
    key=("ASIN", "MarketplaceId", "ItemCondition"),
    first=("ASIN", "MarketplaceId", "ItemCondition", "Status", "SummaryTotalOfferCount"),
    hidden=("SKU", "CustomerType"),
    paths=(
        AccessPath(
            "productPricingV0.getItemOffers",
            row_path="payload",
            from_parameters=CUSTOMER,
            pushdowns=OFFERS_OF,
            by_key=True,
        ),
    ),
    typical_rows=1000,
    example="SELECT * FROM ItemOffers WHERE ASIN = 'B000000001' AND ItemCondition = 'New'",
)

ITEM_OFFERS_OFFERS = Entry(
    "ItemOffersOffers",
    "One row per offer of a product, the twenty cheapest. Filters on ASIN and ItemCondition are needed.",
    key=("ASIN", "MarketplaceId", "ItemCondition", "OfferNumber"),
    first=("ASIN", "MarketplaceId", "ItemCondition", "OfferNumber", "SellerId", "ListingPriceAmount"),
    hidden=("CustomerType",),
    paths=(
        AccessPath(
            "productPricingV0.getItemOffers",
            row_path="payload.Offers[]",
            extra=(
                ("ASIN", "payload.ASIN"),
                ("MarketplaceId", "payload.marketplaceId"),
                ("ItemCondition", "payload.ItemCondition"),
                ("OfferNumber", "payload.Offers[]#"),
            ),
            from_parameters=CUSTOMER,
            pushdowns=OFFERS_OF,
            by_key=True,
            one_row_per_key=False,
            rows_per_key=5.0,
        ),
    ),
    typical_rows=5000,
    example="SELECT SellerId, ListingPriceAmount FROM ItemOffersOffers WHERE ASIN = 'B000000001' "
    "AND ItemCondition = 'New'",
)

TABLES = (COMPETITIVE_PRICING, COMPETITIVE_PRICES, PRODUCT_PRICING, ITEM_OFFERS, ITEM_OFFERS_OFFERS)
