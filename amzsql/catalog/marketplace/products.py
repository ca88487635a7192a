"""MWS's Products: Catalog Items 2022-04-01, asked by words or by codes of one kind."""

from amzsql.catalog.marketplace import SCHEMAS
from amzsql.catalog.model import AccessPath, Branch, Entry, Pushdown
from amzsql.catalog.selling_partner.catalog_items import INCLUDED

OF_SKU = (("identifiersType", "SKU"),)
ASKED = (
    ("MarketplaceASINMarketplaceId", "marketplaceIds"),
    ("SKUIdentifierMarketplaceId", "marketplaceIds"),
    ("SKUIdentifierSelerId", "sellerId"),
    ("SKUIdentifierSellerSKU", "identifiers"),
    ("SearchTerms", "keywords"),
    ("IdType", "identifiersType"),
    ("IdList", "identifiers"),
)
PRODUCTS = Entry(
    "Products",
    "One row per product of Amazon's catalog, as MWS's ListMatchingProducts and GetMatchingProductForId told of it. A "
    "filter on SearchTerms is needed, or on IdType and IdList. Attribute sets, relationships and ranks are the JSON "
    "text of what SP-API knows today.",
    schemas=SCHEMAS,
    key=("MarketplaceASIN", "MarketplaceASINMarketplaceId"),
    first=(
        "MarketplaceASIN",
        *(name for name, _ in ASKED[:4]),
        *("AttributeSets", "Relationships", "SalesRankings"),
        *(name for name, _ in ASKED[4:]),
    ),
    paths=(
        AccessPath(
            "catalogItems_2022-04-01.searchCatalogItems",
            branches=(
                Branch(
                    "items[]",
                    names=(
                        ("asin", "MarketplaceASIN"),
                        ("attributes", "AttributeSets"),
                        ("relationships", "Relationships"),
                        ("salesRanks", "SalesRankings"),
                    ),
                    only=("MarketplaceASIN", "AttributeSets", "Relationships", "SalesRankings"),
                ),
            ),
            from_parameters=ASKED,
            values=(("IdType", (*((k, k) for k in ("ASIN", "UPC", "EAN", "ISBN", "JAN")), ("SKU", "SellerSKU"))),),
            pushdowns=(
                Pushdown("SearchTerms", "=", "keywords", exact=True, longest=1),
                Pushdown("IdType", "=", "identifiersType", exact=True),
                # The answer does not say which of the codes a product was found by: one a request.
                Pushdown("IdList", "=", "identifiers", exact=True, longest=1),
                Pushdown("SKUIdentifierSellerSKU", "=", "identifiers", exact=True, extras=OF_SKU, longest=1),
                Pushdown(
                    "MarketplaceASINMarketplaceId", "=", "marketplaceIds", exact=True, default="marketplaces", longest=1
                ),
                Pushdown("SKUIdentifierMarketplaceId", "=", "marketplaceIds", exact=True, extras=OF_SKU, longest=1),
                Pushdown("SKUIdentifierSelerId", "=", "sellerId", exact=True, extras=OF_SKU, default="seller"),
            ),
            parameters=tuple((n, None) for n in ("locale", "brandNames", "classificationIds", "keywordsLocale")),
            projection_parameter="includedData",
            projections=INCLUDED,
        ),
    ),
    typical_rows=1000,
    example="SELECT * FROM Products WHERE IdType = 'EAN' AND IdList IN ('4006381333931', '4006381333948')",
)

TABLES = (PRODUCTS,)
