"""What may be sold and how it is described: product types, restrictions, categories, vehicles, reviews."""

from amzsql.catalog.model import AccessPath, Entry, Parent, Part, Pushdown
from amzsql.types import TIMESTAMP

ALL = ("SellingPartner", "SellerCentral", "VendorCentral")
TYPES = "definitionsProductTypes_2020-09-01"
FEEDBACK = "customerFeedback_2024-06-01"

PRODUCT_TYPES = Entry(
    "ProductTypes",
    "One row per product type of a marketplace, all of them or those that fit keywords or an item's name.",
    schemas=ALL,
    key=("Name", "MarketplaceId"),
    first=("Name", "MarketplaceId", "DisplayName"),
    paths=(
        AccessPath(f"{TYPES}.searchDefinitionsProductTypes", parameters=(("keywords", "Keywords"),), page_rows=2000),
    ),
    typical_rows=2000,
    example="SELECT Name, DisplayName FROM ProductTypes WHERE Keywords = 'luggage'",
)

DEFINITIONS = Entry(
    "ProductTypeDefinitions",
    "One row per product type: where its schema of attributes lies and which version it is. A filter on ProductType is "
    "needed; a seller's own id may narrow it.",
    schemas=ALL,
    key=("ProductType", "MarketplaceId"),
    first=("ProductType", "MarketplaceId", "DisplayName", "SchemaLinkResource"),
    paths=(
        AccessPath(
            f"{TYPES}.getDefinitionsProductType",
            names=(("productTypeVersion.version", "ProductTypeVersion"),),
            pushdowns=(Pushdown("SellerId", "=", "sellerId", exact=True),),
            from_parameters=(("SellerId", "sellerId"),),
        ),
    ),
    typical_rows=100,
    example="SELECT ProductType, SchemaLinkResource FROM ProductTypeDefinitions WHERE ProductType = 'LUGGAGE'",
)

RESTRICTIONS = Entry(
    "ListingsRestrictions",
    "One row per condition in which the seller may not list a product, with the reasons. Without a filter on "
    "Asin his listings are looked at.",
    key=("Asin", "MarketplaceId", "ConditionType"),
    first=("Asin", "MarketplaceId", "ConditionType"),
    paths=(AccessPath("listingsRestrictions_2021-08-01.getListingsRestrictions"),),
    parent=Parent((("Asin", "ASIN"),), "ListingsItems", assumed=True),
    typical_rows=1000,
    example="SELECT ConditionType, Reasons FROM ListingsRestrictions WHERE Asin = 'B00000I18C'",
    parts=(
        Part(
            "ListingsRestrictionReasons",
            "One row per reason of a restriction, with what can be done about it.",
            "reasons",
            number="ReasonNumber",
            first=("ReasonCode", "Message"),
            rows=1.0,
            example="SELECT ReasonCode, Message FROM ListingsRestrictionReasons WHERE Asin = 'B00000I18C'",
        ),
    ),
)

CATEGORIES = Entry(
    "CatalogCategories",
    "One row per category of a product, with its parents as JSON. A filter on ASIN or SellerSKU is needed. "
    "CatalogItemsClassifications has replaced it.",
    key=("ProductCategoryId", "MarketplaceId"),
    first=("ProductCategoryId", "MarketplaceId", "ProductCategoryName"),
    paths=(
        AccessPath("catalogItemsV0.listCatalogCategories", parameters=(("SellerSKU", None),), needs=("ASIN",)),
        AccessPath("catalogItemsV0.listCatalogCategories", parameters=(("ASIN", None),), needs=("SellerSKU",)),
    ),
    typical_rows=5,
    example="SELECT ProductCategoryId, ProductCategoryName FROM CatalogCategories WHERE ASIN = 'B00000I18C'",
)

VEHICLES = Entry(
    "Vehicles",
    "One row per vehicle that Amazon's parts finder knows. A filter on VehicleType (CAR, MOTORBIKE) is needed.",
    key=("MarketplaceId", "VehicleType", "Make", "Model", "VariantName", "BodyStyle", "DriveType", "Energy"),
    first=("MarketplaceId", "VehicleType", "Make", "Model", "VariantName"),
    types=(("LastProcessedDate", TIMESTAMP),),
    paths=(AccessPath("vehicles_2024-11-01.getVehicles"),),
    typical_rows=10_000,
    example="SELECT Make, Model, VariantName FROM Vehicles WHERE VehicleType = 'CAR'",
)


def topics(table: str, operation: str, key: str, array: str, doc: str, example: str) -> tuple[Entry, ...]:
    """Return tables of what reviews praise and what they criticise about a product or a category.

    `array`: where the two lists stand.
    """
    sides = (("Positive", "praise"), ("Negative", "criticise"))
    return tuple(
        Entry(
            f"{table}{side}Topics",
            f"One row per topic that reviews {verb}{doc} A filter on {key} is needed.",
            schemas=ALL,
            key=(key, "MarketplaceId", "Topic"),
            first=(key, "MarketplaceId", "Topic"),
            paths=(
                AccessPath(
                    f"{FEEDBACK}.{operation}",
                    row_path=f"{array}.{side.lower()}Topics[]",
                    extra=(
                        (key, key[0].lower() + key[1:]),
                        ("MarketplaceId", "marketplaceId"),
                        ("CountryCode", "countryCode"),
                        ("StartDate", "dateRange.startDate"),
                        ("EndDate", "dateRange.endDate"),
                    ),
                    fixed=(("sortBy", "MENTIONS"),) if operation.endswith("Topics") else (),
                    by_key=True,
                    one_row_per_key=False,
                    rows_per_key=10.0,
                ),
            ),
            typical_rows=10,
            example=f"SELECT Topic FROM {table}{side}Topics WHERE {example}",
        )
        for side, verb in sides
    )


REVIEWS = (
    *topics("ItemReview", "getItemReviewTopics", "Asin", "topics", " about a product.", "Asin = 'B00000I18C'"),
    *topics(
        "ItemReviewTrend",
        "getItemReviewTrends",
        "Asin",
        "reviewTrends",
        " about a product, month by month.",
        "Asin = 'B00000I18C'",
    ),
    *topics(
        "BrowseNodeReview",
        "getBrowseNodeReviewTopics",
        "BrowseNodeId",
        "topics",
        " about the products of a category.",
        "BrowseNodeId = '1'",
    ),
    *topics(
        "BrowseNodeReviewTrend",
        "getBrowseNodeReviewTrends",
        "BrowseNodeId",
        "reviewTrends",
        " about the products of a category, month by month.",
        "BrowseNodeId = '1'",
    ),
)


def node(table: str, doc: str, operation: str, key: tuple[str, ...], example: str) -> Entry:
    """Return a table of a category by its browse node, or of the category of a product."""
    return Entry(
        table,
        doc,
        schemas=ALL,
        key=key,
        first=key,
        paths=(AccessPath(f"{FEEDBACK}.{operation}", one_row_per_key=operation == "getItemBrowseNode"),),
        typical_rows=10,
        example=example,
    )


NODES = (
    node(
        "ItemBrowseNodes",
        "One row per product: the category that its reviews are compared within. A filter on Asin is needed.",
        "getItemBrowseNode",
        ("Asin", "MarketplaceId"),
        "SELECT BrowseNodeId, DisplayName FROM ItemBrowseNodes WHERE Asin = 'B00000I18C'",
    ),
    node(
        "BrowseNodeReturnTopics",
        "One row per reason for which the products of a category are returned. A filter on BrowseNodeId is needed.",
        "getBrowseNodeReturnTopics",
        ("BrowseNodeId", "MarketplaceId", "Topic"),
        "SELECT Topic FROM BrowseNodeReturnTopics WHERE BrowseNodeId = '1'",
    ),
    node(
        "BrowseNodeReturnTrends",
        "One row per reason for which the products of a category are returned, with its months as JSON. A filter on "
        "BrowseNodeId is needed.",
        "getBrowseNodeReturnTrends",
        ("BrowseNodeId", "MarketplaceId", "Topic"),
        "SELECT Topic, TrendMetrics FROM BrowseNodeReturnTrends WHERE BrowseNodeId = '1'",
    ),
)

TABLES = (PRODUCT_TYPES, DEFINITIONS, RESTRICTIONS, CATEGORIES, VEHICLES, *REVIEWS, *NODES)
