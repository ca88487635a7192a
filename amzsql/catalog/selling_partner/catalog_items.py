"""Amazon's catalog of products: Catalog Items 2022-04-01, and 2020-12-01 before it."""

from amzsql.catalog.model import AccessPath, Entry, Part, Pushdown

SETS = (
    "attributes",
    "classifications",
    "dimensions",
    "identifiers",
    "images",
    "productTypes",
    "relationships",
    "salesRanks",
    "summaries",
    "vendorDetails",
)
INCLUDED = tuple((name, (name,)) for name in SETS)

# One marketplace is asked at a time, so the first summary is the row's own.
SUMMARY = (
    ("ItemName", "itemName"),
    ("Brand", "brand"),
    ("Manufacturer", "manufacturer"),
    ("ModelNumber", "modelNumber"),
    ("PartNumber", "partNumber"),
    ("Color", "color"),
    ("Size", "size"),
    ("Style", "style"),
    ("PackageQuantity", "packageQuantity"),
    ("ReleaseDate", "releaseDate"),
    ("ItemClassification", "itemClassification"),
    ("BrowseClassificationId", "browseClassification.classificationId"),
    ("BrowseClassificationName", "browseClassification.displayName"),
    ("WebsiteDisplayGroup", "websiteDisplayGroup"),
)

# A product may have several codes of a kind and the answer does not say which one was meant: the column is what was
# asked for, one value a request.
CODES = ("EAN", "GTIN", "ISBN", "JAN", "MINSAN", "SKU", "UPC")
ASKED = (("Keywords", "keywords"), ("BrandNames", "brandNames"), ("ClassificationIds", "classificationIds"))
LOCALE = ("Locale", "locale")
PLACE = Pushdown("MarketplaceId", "=", "marketplaceIds", exact=True, default="marketplaces", longest=1)


def summary(row: str) -> tuple[tuple[str, str], ...]:
    """Return the columns out of the first summary of a row."""
    return tuple((column, f"{row}summaries[0].{path}") for column, path in SUMMARY)


# What the version before calls them; it has no ids of categories, and variations in place of relationships.
EARLIER = (
    ("ItemName", "itemName"),
    ("Brand", "brandName"),
    ("Manufacturer", "manufacturer"),
    ("ModelNumber", "modelNumber"),
    ("Color", "colorName"),
    ("Size", "sizeName"),
    ("Style", "styleName"),
    ("BrowseNode", "browseNode"),
)
EARLIER_SETS = ("identifiers", "images", "productTypes", "salesRanks", "summaries", "variations", "vendorDetails")
EARLIER_API = "catalogItems_2020-12-01"


def earlier(operation: str, row: str, sets: tuple[str, ...]) -> AccessPath:
    """Return a path of the version before, whose rows stand at `row`."""
    return AccessPath(
        f"{EARLIER_API}.{operation}",
        names=(("asin", "ASIN"), ("salesRanks", "Ranks")),
        extra=tuple((column, f"{row}summaries[0].{path}") for column, path in EARLIER),
        parameters=tuple((parameter, column) for column, parameter in ASKED) if row else (),
        projection_parameter="includedData",
        projections=tuple((name, (name,)) for name in sets),
    )


PARTS = (
    Part(
        "CatalogItemsClassifications",
        "One row per category of a product, with those above it as JSON.",
        "classifications[].classifications",
        key=("ClassificationId",),
        names=(("parent", None),),
        extra=tuple(
            (f"Parent{n[0].upper()}{n[1:]}", f"parent.{n}") for n in ("classificationId", "displayName", "parent")
        ),
        first=("ClassificationId", "DisplayName"),
        rows=1.0,
        example="SELECT DisplayName FROM CatalogItemsClassifications WHERE ASIN = 'B00000I18C'",
    ),
    Part(
        "CatalogItemImages",
        "One row per picture of a product and size.",
        "images[].images",
        number="ImageNumber",
        first=("Variant", "Link", "Height", "Width"),
        rows=8.0,
        example="SELECT ASIN, Variant, Link FROM CatalogItemImages WHERE ASIN = 'B00000I18C'",
    ),
    Part(
        "CatalogItemIdentifiers",
        "One row per code of a product: EAN, UPC and so on.",
        "identifiers[].identifiers",
        key=("IdentifierType", "Identifier"),
        rows=3.0,
        example="SELECT IdentifierType, Identifier FROM CatalogItemIdentifiers WHERE ASIN = 'B00000I18C'",
    ),
    Part(
        "CatalogItemSalesRanks",
        "One row per category in which a product has a sales rank.",
        "salesRanks[].classificationRanks",
        key=("ClassificationId",),
        first=("ClassificationId", "Title", "Rank"),
        example="SELECT Title, Rank FROM CatalogItemSalesRanks WHERE ASIN = 'B00000I18C'",
    ),
    Part(
        "CatalogItemDisplayGroupRanks",
        "One row per group of the shop in which a product has a sales rank.",
        "salesRanks[].displayGroupRanks",
        key=("WebsiteDisplayGroup",),
        first=("WebsiteDisplayGroup", "Title", "Rank"),
        rows=1.0,
        example="SELECT Title, Rank FROM CatalogItemDisplayGroupRanks WHERE ASIN = 'B00000I18C'",
    ),
    Part(
        "CatalogItemRelationships",
        "One row per relation of a product to others: its variations, or the packages it comes in.",
        "relationships[].relationships",
        number="RelationshipNumber",
        first=("Type", "ParentAsins", "ChildAsins"),
        rows=1.0,
        example="SELECT Type, ParentAsins, ChildAsins FROM CatalogItemRelationships WHERE ASIN = 'B00000I18C'",
    ),
)

CATALOG_ITEMS = Entry(
    "CatalogItems",
    "One row per product of Amazon's catalog and marketplace; a filter on ASIN, another code or Keywords is needed.",
    schemas=("SellingPartner", "SellerCentral", "VendorCentral"),
    key=("ASIN", "MarketplaceId"),
    first=("ASIN", "MarketplaceId", *(column for column, _ in SUMMARY)),
    hidden=(*CODES, "SellerId", "Locale", "VendorDetails", *(column for column, _ in ASKED)),
    paths=(
        AccessPath(
            "catalogItems_2022-04-01.searchCatalogItems",
            names=(("asin", "ASIN"),),
            extra=summary("items[]."),
            from_parameters=(
                ("MarketplaceId", "marketplaceIds"),
                *((code, "identifiers") for code in CODES),
                *ASKED,
                ("SellerId", "sellerId"),
                LOCALE,
            ),
            pushdowns=(
                Pushdown("ASIN", "=", "identifiers", exact=True, extras=(("identifiersType", "ASIN"),)),
                *(
                    Pushdown(code, "=", "identifiers", exact=True, extras=(("identifiersType", code),), longest=1)
                    for code in CODES
                ),
                *(Pushdown(column, "=", parameter, exact=True, longest=1) for column, parameter in ASKED),
                PLACE,
                Pushdown("SellerId", "=", "sellerId", exact=True, default="seller"),
                Pushdown("Locale", "=", "locale", exact=True),
            ),
            projection_parameter="includedData",
            projections=INCLUDED,
        ),
        AccessPath(
            "catalogItems_2022-04-01.getCatalogItem",
            names=(("asin", "ASIN"),),
            extra=summary(""),
            from_parameters=(("MarketplaceId", "marketplaceIds"), LOCALE),
            pushdowns=(
                Pushdown("ASIN", "=", "asin", exact=True),
                PLACE,
                Pushdown("Locale", "=", "locale", exact=True),
            ),
            projection_parameter="includedData",
            projections=INCLUDED,
            by_key=True,
        ),
        earlier("searchCatalogItems", "items[].", EARLIER_SETS),
        earlier("getCatalogItem", "", ("attributes", *EARLIER_SETS)),
    ),
    typical_rows=1000,
    parts=PARTS,
    example="SELECT ASIN, ItemName, Brand FROM CatalogItems WHERE ASIN IN ('B00000I18C', 'B00OFWQISJ')",
)

TABLES = (CATALOG_ITEMS,)
