"""Amazon's catalog of products: Catalog Items 2022-04-01."""

from amzsql.catalog.model import AccessPath, Entry, Pushdown

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
    ),
    typical_rows=1000,
    example="SELECT ASIN, ItemName, Brand FROM CatalogItems WHERE ASIN IN ('B000000001', 'B000000002')",
)

TABLES = (CATALOG_ITEMS,)
