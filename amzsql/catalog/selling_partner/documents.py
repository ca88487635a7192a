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

REPORT_LIST = Entry(
    "ReportList",
    "One row per report of the last 90 days; a filter on ReportType or ReportId is needed.",
    schemas=("SellingPartner", "SellerCentral", "VendorCentral"),
    key=("ReportId",),
    first=("ReportId", "ReportType", "ProcessingStatus", "CreatedTime", "DataStartTime", "DataEndTime"),
    hidden=("MarketplaceId",),
    paths=(
        AccessPath(
            "reports_2021-06-30.getReports",
            from_parameters=(("MarketplaceId", "marketplaceIds"),),
            pushdowns=(Pushdown("ReportType", "=", "reportTypes", exact=True), *CREATED),
        ),
        AccessPath(
            "reports_2021-06-30.getReport",
            pushdowns=(Pushdown("ReportId", "=", "reportId", exact=True),),
            by_key=True,
        ),
    ),
    time_column="CreatedTime",
    typical_rows=500,
    typical_days=90,
    account_unique=True,
    example="SELECT * FROM ReportList WHERE ReportType = 'GET_SALES_AND_TRAFFIC_REPORT' AND ProcessingStatus = 'DONE'",
)

FEEDS = Entry(
    "Feeds",
    "One row per feed of the last 90 days; a filter on FeedType or FeedId is needed.",
    key=("FeedId",),
    first=("FeedId", "FeedType", "ProcessingStatus", "CreatedTime"),
    hidden=("MarketplaceId",),
    paths=(
        AccessPath(
            "feeds_2021-06-30.getFeeds",
            from_parameters=(("MarketplaceId", "marketplaceIds"),),
            pushdowns=(Pushdown("FeedType", "=", "feedTypes", exact=True), *CREATED),
        ),
        AccessPath(
            "feeds_2021-06-30.getFeed",
            pushdowns=(Pushdown("FeedId", "=", "feedId", exact=True),),
            by_key=True,
        ),
    ),
    time_column="CreatedTime",
    typical_rows=200,
    typical_days=90,
    account_unique=True,
    example="SELECT * FROM Feeds WHERE FeedType = 'JSON_LISTINGS_FEED'",
)

TABLES = (REPORT_LIST, FEEDS)
