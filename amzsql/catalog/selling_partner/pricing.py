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
            parameters=(("Asins", None), ("Skus", None)),
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


def offers(
    table: str, operation: str, key: tuple[str, str], product: tuple[str, ...], what: str, example: str
) -> tuple[Entry, Entry]:
    """Return two tables of one answer: what there is of a product or SKU in a condition, and its offers as rows.

    `key`: the column that it is asked by, and the parameter; `product`: the columns that the answer may hold beside it.
    """
    column, parameter = key
    unique = (column, "MarketplaceId", "ItemCondition")
    pushed = (
        PLACE,
        Pushdown(column, "=", parameter),
        Pushdown("ItemCondition", "=", "ItemCondition", exact=True),
        Pushdown("CustomerType", "=", "CustomerType", exact=True),
    )
    asked = f"Filters on {column} and ItemCondition are needed."
    summary = Entry(
        table,
        f"One row per {what}, marketplace and condition: the summary of its offers, and the twenty cheapest as JSON. "
        + asked,
        key=unique,
        first=(*unique, "Status", "SummaryTotalOfferCount"),
        hidden=(*product, "CustomerType"),
        paths=(AccessPath(operation, row_path="payload", from_parameters=CUSTOMER, pushdowns=pushed, by_key=True),),
        typical_rows=1000,
        example=f"SELECT * FROM {table} WHERE {example}",
    )
    rows = Entry(
        f"{table}Offers",
        f"One row per offer of a {what}, the twenty cheapest. {asked}",
        key=(*unique, "OfferNumber"),
        first=(*unique, "OfferNumber", "SellerId", "ListingPriceAmount"),
        hidden=("CustomerType",),
        paths=(
            AccessPath(
                operation,
                row_path="payload.Offers[]",
                extra=(
                    (column, f"payload.{column}"),
                    ("MarketplaceId", "payload.marketplaceId"),
                    ("ItemCondition", "payload.ItemCondition"),
                    ("OfferNumber", "payload.Offers[]#"),
                ),
                from_parameters=CUSTOMER,
                pushdowns=pushed,
                by_key=True,
                one_row_per_key=False,
                rows_per_key=5.0,
            ),
        ),
        typical_rows=5000,
        example=f"SELECT SellerId, ListingPriceAmount FROM {table}Offers WHERE {example}",
    )
    return summary, rows


ITEM_OFFERS = offers(
    "ItemOffers",
    "productPricingV0.getItemOffers",
    ("ASIN", "Asin"),
    ("SKU",),
    "product",
    "ASIN = 'B000000001' AND ItemCondition = 'New'",
)
LISTING_OFFERS = offers(
    "ListingOffers",
    "productPricingV0.getListingOffers",
    ("SKU", "SellerSKU"),
    ("ASIN",),
    "listing",
    "SKU = 'SKU-1' AND ItemCondition = 'New'",
)

TABLES = (COMPETITIVE_PRICING, COMPETITIVE_PRICES, PRODUCT_PRICING, *ITEM_OFFERS, *LISTING_OFFERS)
