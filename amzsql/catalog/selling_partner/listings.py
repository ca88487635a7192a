"""The seller's own offers: Listings Items 2021-08-01, whole and by their parts."""

from amzsql.catalog import report_paths
from amzsql.catalog.model import AccessPath, Entry, Outcome, Part, Pushdown, Sort, WriteMapping

SCHEMAS = ("SellingPartner", "SellerCentral", "VendorCentral")
SEARCH = "listingsItems_2021-08-01.searchListingsItems"
GET = "listingsItems_2021-08-01.getListingsItem"
PUT, PATCH, DELETE = (f"listingsItems_2021-08-01.{verb}ListingsItem" for verb in ("put", "patch", "delete"))
# What Amazon takes shows some time later; what it refuses it says at once.
TAKEN = Outcome("status", done=("ACCEPTED", "VALID"), failed=("INVALID",), issues="issues[]")
SETS = (
    "summaries",
    "attributes",
    "issues",
    "offers",
    "fulfillmentAvailability",
    "procurement",
    "relationships",
    "productTypes",
)
INCLUDED = tuple((name, (name,)) for name in SETS)
CREATED = ("createdAfter", "createdBefore")
# Without the summary's columns there is nothing for them to narrow.
DATES = tuple((name, None) for name in (*CREATED, "lastUpdatedAfter", "lastUpdatedBefore"))

# Not by SKU: how Amazon compares texts is not said.
SORTS = tuple(
    Sort(column, (("sortBy", by), ("sortOrder", "ASC")), (("sortBy", by), ("sortOrder", "DESC")), nulls=False)
    for column, by in (("CreatedDate", "createdDate"), ("LastUpdatedDate", "lastUpdatedDate"))
)

# One marketplace is asked at a time, so the first summary is the row's own.
SUMMARY = (
    ("ASIN", "asin"),
    ("FNSKU", "fnSku"),
    ("ItemName", "itemName"),
    ("ProductType", "productType"),
    ("ConditionType", "conditionType"),
    ("Status", "status"),
    ("CreatedDate", "createdDate"),
    ("LastUpdatedDate", "lastUpdatedDate"),
    ("MainImageLink", "mainImage.link"),
)
# What is written by these names: the price for consumers, and the stock that the seller counts.
OFFERED = (
    ("Price", "offers[offerType=B2C].price.amount"),
    ("PriceCurrency", "offers[offerType=B2C].price.currencyCode"),
    ("Quantity", "fulfillmentAvailability[0].quantity"),
)

# Pseudo-columns: their value is what was asked for, one value a request.
CODES = ("EAN", "GTIN", "ISBN", "JAN", "MINSAN", "UPC")
ASKED = (
    ("WithStatus", "withStatus"),
    ("WithoutStatus", "withoutStatus"),
    ("WithIssueSeverity", "withIssueSeverity"),
    ("VariationParentSKU", "variationParentSku"),
    ("PackageHierarchySKU", "packageHierarchySku"),
)
COMMON = (("SellerId", "sellerId"), ("MarketplaceId", "marketplaceIds"), ("IssueLocale", "issueLocale"))
PSEUDO = (*CODES, *(column for column, _ in ASKED), "IssueLocale")

ACCOUNT = (
    Pushdown("SellerId", "=", "sellerId", exact=True, default="seller"),
    Pushdown("MarketplaceId", "=", "marketplaceIds", exact=True, default="marketplaces", longest=1),
    Pushdown("IssueLocale", "=", "issueLocale", exact=True),
)
BY_SKU = (Pushdown("SKU", "=", "identifiers", exact=True, extras=(("identifiersType", "SKU"),)),)
BY_SUMMARY = (
    Pushdown("ASIN", "=", "identifiers", extras=(("identifiersType", "ASIN"),)),
    Pushdown("FNSKU", "=", "identifiers", extras=(("identifiersType", "FNSKU"),)),
    Pushdown("CreatedDate", ">=", "createdAfter"),
    Pushdown("CreatedDate", "<", "createdBefore"),
    Pushdown("LastUpdatedDate", ">=", "lastUpdatedAfter"),
    Pushdown("LastUpdatedDate", "<", "lastUpdatedBefore"),
    Pushdown("Status", "=", "withStatus", longest=1),
)
BY_ASKED = (
    *(Pushdown(code, "=", "identifiers", exact=True, extras=(("identifiersType", code),), longest=1) for code in CODES),
    *(Pushdown(column, "=", parameter, exact=True, longest=1) for column, parameter in ASKED),
)
FROM_SEARCH = (*COMMON, *((code, "identifiers") for code in CODES), *ASKED)


def offered(row: str) -> tuple[tuple[str, str], ...]:
    """Return the columns of a row's price and stock."""
    return tuple((column, f"{row}{path}") for column, path in OFFERED)


def summary(row: str) -> tuple[tuple[str, str], ...]:
    """Return the columns out of the first summary of a row."""
    return tuple((column, f"{row}summaries[0].{path}") for column, path in SUMMARY)


def part(
    name: str, doc: str, number: str | None, first: tuple[str, ...], rows: float, typical: int, example: tuple[str, str]
) -> Entry:
    """Return a table whose rows are the elements of one array of each item.

    `number` is the column of the element's place, None where there is one a marketplace: the summaries. `first`: what
    `*` shows behind the key; `rows`: expected per item; `example`: what it selects, and its condition.
    """
    array, summed = name.lower(), number is None
    fields = (("asin", "ASIN"), ("fnSku", "FNSKU")) if summed else ()
    place = ((number, f"items[].{array}[]#"),) if number else ()
    table = f"ListingsItems{name}"
    selected, where = example
    return Entry(
        table,
        doc,
        schemas=SCHEMAS,
        key=("SellerId", "SKU", "MarketplaceId", *(column for column, _ in place)),
        first=("SKU", "MarketplaceId", "SellerId", *(column for column, _ in place), *first),
        hidden=PSEUDO,
        paths=(
            AccessPath(
                SEARCH,
                row_path=f"items[].{array}[]",
                names=fields,
                extra=(("SKU", "items[].sku"), *place),
                from_parameters=FROM_SEARCH,
                parameters=() if summed else DATES,
                pushdowns=(*BY_SKU, *(BY_SUMMARY if summed else ()), *BY_ASKED, *ACCOUNT),
                always=(array,),
                rows_per_parent=rows,
                rows_per_key=rows,
                projection_parameter="includedData",
                projections=INCLUDED,
                sliced=CREATED,
                sorts=SORTS if summed else (),
            ),
            AccessPath(
                GET,
                row_path=f"{array}[]",
                names=fields,
                extra=(("SKU", "sku"), *((column, f"{array}[]#") for column, _ in place)),
                from_parameters=COMMON,
                pushdowns=(Pushdown("SKU", "=", "sku", exact=True), *ACCOUNT),
                always=(array,),
                by_key=True,
                one_row_per_key=False,
                rows_per_key=rows,
                projection_parameter="includedData",
                projections=INCLUDED,
            ),
        ),
        typical_rows=typical,
        example=f"SELECT SKU, {selected} FROM {table} WHERE {where}",
    )


LISTINGS_ITEMS = Entry(
    "ListingsItems",
    "One row per SKU and marketplace that the seller offers. Amazon ends a search after a thousand: more are asked for "
    "by the time of their creation, in parts.",
    kind="table",
    schemas=SCHEMAS,
    key=("SellerId", "SKU", "MarketplaceId"),
    first=("SKU", "MarketplaceId", "SellerId", *(column for column, _ in SUMMARY)),
    last=tuple(column for column, _ in OFFERED),
    docs=(
        ("Price", "What consumers are asked for it."),
        ("Quantity", "The stock that the seller counts himself; NULL where Amazon keeps it."),
    ),
    hidden=(*PSEUDO, "Procurement"),
    paths=(
        AccessPath(
            SEARCH,
            names=(("sku", "SKU"),),
            extra=(*summary("items[]."), *offered("items[].")),
            from_parameters=FROM_SEARCH,
            pushdowns=(*BY_SKU, *BY_SUMMARY, *BY_ASKED, *ACCOUNT),
            projection_parameter="includedData",
            projections=INCLUDED,
            sliced=CREATED,
            sorts=SORTS,
        ),
        AccessPath(
            GET,
            names=(("sku", "SKU"),),
            extra=(*summary(""), *offered("")),
            from_parameters=COMMON,
            pushdowns=(Pushdown("SKU", "=", "sku", exact=True), *ACCOUNT),
            projection_parameter="includedData",
            projections=INCLUDED,
            by_key=True,
        ),
    ),
    reports=report_paths.LISTINGS,
    typical_rows=1000,
    example="SELECT SKU, ASIN, ItemName, Status FROM ListingsItems WHERE SKU IN ('CAN-00000', 'EXE-00004')",
    writes=(
        WriteMapping(
            "insert",
            PUT,
            patch="listing",
            outcome=TAKEN,
            note="Columns that are parts of the attributes are put among those that are given as JSON text. A SKU that "
            "is there already is overwritten, all of it: Amazon's call puts a whole listing, and does not tell an old "
            "one from a new.",
            example="INSERT INTO ListingsItems (SKU, ProductType, Attributes, Price) VALUES (?, ?, ?, 19.9)",
        ),
        WriteMapping(
            "update",
            PATCH,
            patch="listing",
            outcome=TAKEN,
            direct=True,
            note="Each becomes a patch of an attribute, as does each attribute that Attributes has; a text or image "
            "that is assigned NULL is taken away, prices and stock cannot be, which need no more than the SKU; "
            "other attributes need the listing's type, which is read unless WHERE names it.",
            example="UPDATE ListingsItems SET Price = 19.9, Quantity = 5 WHERE SKU = 'CAN-00000'",
        ),
        WriteMapping("delete", DELETE, outcome=TAKEN),
    ),
    parts=(
        Part(
            "ListingsItemsAttributes",
            "One row per attribute of a listing, with its values as JSON text, as the product type's schema has them.",
            "attributes.{}",
            number="AttributeName",
            first=("Value",),
            hidden=("ASIN", "FNSKU", "CreatedDate", "LastUpdatedDate", "Status"),
            rows=20.0,
            example="SELECT SKU, AttributeName, Value FROM ListingsItemsAttributes WHERE SKU = 'CAN-00000'",
            writes=(
                WriteMapping(
                    "insert",
                    PATCH,
                    patch="attribute",
                    outcome=TAKEN,
                    note="Of an attribute that is there already the values given take the place of those it has.",
                ),
                WriteMapping("update", PATCH, patch="attribute", outcome=TAKEN),
                WriteMapping("delete", PATCH, patch="attribute", outcome=TAKEN),
            ),
        ),
    ),
)

SUMMARIES = part(
    "Summaries",
    "One row per SKU and marketplace: what the listing is and whether it can be bought.",
    None,
    ("ASIN", "Status", "CreatedDate", "LastUpdatedDate"),
    1.0,
    1000,
    ("Status", "LastUpdatedDate >= CURRENT_DATE - INTERVAL 7 DAY"),
)
ISSUES = part(
    "Issues",
    "One row per issue of a listing, with what Amazon does about it.",
    "IssueNumber",
    ("Severity", "Code", "Message"),
    0.2,
    200,
    ("Severity, Message", "WithIssueSeverity = 'ERROR'"),
)
OFFERS = part(
    "Offers",
    "One row per offer of a listing: its price for consumers or for businesses.",
    "OfferNumber",
    ("OfferType", "PriceAmount", "PriceCurrencyCode"),
    1.2,
    1200,
    ("OfferType, PriceAmount", "SKU = 'CAN-00000'"),
)

TABLES = (LISTINGS_ITEMS, SUMMARIES, ISSUES, OFFERS)
