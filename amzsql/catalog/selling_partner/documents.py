"""The lists of reports and feeds that were asked for, each of the last 90 days; not the documents themselves."""

from amzsql.catalog.model import AccessPath, Entry, Pushdown

# Amazon's upper bound includes the time itself, hence no exact pushdown of it.
CREATED = (
    Pushdown("CreatedTime", ">=", "createdSince", exact=True),
    Pushdown("CreatedTime", "<", "createdUntil"),
    Pushdown("ProcessingStatus", "=", "processingStatuses", exact=True),
    Pushdown("MarketplaceIds", "=", "marketplaceIds"),
    # A report may be of several marketplaces: the column is the one that was asked for, MarketplaceIds has them all.
    Pushdown("MarketplaceId", "=", "marketplaceIds", exact=True, longest=1),
)


def documents(
    table: str, word: str, api: str, schemas: tuple[str, ...], about: tuple[str, ...], rows: int, example: str
) -> Entry:
    """Return the table of one kind of document: listed by type, or one by its id.

    `word` is what Amazon calls one (``Report``), in columns, parameters and operations; `about`: columns to show first.
    """
    id_, type_ = f"{word}Id", f"{word}Type"
    return Entry(
        table,
        f"One row per {word.lower()} of the last 90 days; a filter on {type_} or {id_} is needed.",
        schemas=schemas,
        key=(id_,),
        first=(id_, type_, "ProcessingStatus", "CreatedTime", *about),
        hidden=("MarketplaceId",),
        paths=(
            AccessPath(
                f"{api}.get{word}s",
                from_parameters=(("MarketplaceId", "marketplaceIds"),),
                pushdowns=(Pushdown(type_, "=", f"{word.lower()}Types", exact=True), *CREATED),
            ),
            AccessPath(
                f"{api}.get{word}",
                pushdowns=(Pushdown(id_, "=", f"{word.lower()}Id", exact=True),),
                by_key=True,
            ),
        ),
        time_column="CreatedTime",
        typical_rows=rows,
        typical_days=90,
        account_unique=True,
        example=f"SELECT * FROM {table} WHERE {example}",
    )


REPORT_LIST = documents(
    "ReportList",
    "Report",
    "reports_2021-06-30",
    ("SellingPartner", "SellerCentral", "VendorCentral"),
    ("DataStartTime", "DataEndTime"),
    500,
    "ReportType = 'GET_SALES_AND_TRAFFIC_REPORT' AND ProcessingStatus = 'DONE'",
)
FEEDS = documents(
    "Feeds",
    "Feed",
    "feeds_2021-06-30",
    ("SellingPartner", "SellerCentral"),
    (),
    200,
    "FeedType = 'JSON_LISTINGS_FEED'",
)

TABLES = (REPORT_LIST, FEEDS)
