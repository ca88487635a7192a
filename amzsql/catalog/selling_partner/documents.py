"""The lists of reports and feeds that were asked for, each of the last 90 days; not the documents themselves."""

from amzsql.catalog.model import AccessPath, Column, Entry, Parent, Pushdown, WriteMapping
from amzsql.types import BIGINT, BOOLEAN, DOUBLE, JSON, VARCHAR

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
        writes=(
            WriteMapping("insert", f"{api}.create{word}"),
            WriteMapping("delete", f"{api}.cancel{word}", sets=(("ProcessingStatus", "CANCELLED"),), direct=True),
        ),
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

ALL = ("SellingPartner", "SellerCentral", "VendorCentral")


def addresses(table: str, operation: str, id_: str, doc: str, *writes: WriteMapping) -> Entry:
    """Return the table of the addresses from which documents can be loaded, each for some minutes."""
    return Entry(
        table,
        f"One row per document of a {doc}: the address that it can be loaded from for a few minutes. A filter on {id_} "
        "is needed.",
        schemas=ALL,
        key=(id_,),
        paths=(AccessPath(operation, parameters=(("enableContentEncodingUrlHeader", None),)),),
        typical_rows=1,
        account_unique=True,
        example=f"SELECT * FROM {table} WHERE {id_} = 'x'",
        writes=writes,
    )


REPORT_DOCUMENTS = addresses("ReportDocuments", "reports_2021-06-30.getReportDocument", "ReportDocumentId", "report")
FEED_DOCUMENTS = addresses(
    "FeedDocuments",
    "feeds_2021-06-30.getFeedDocument",
    "FeedDocumentId",
    "feed",
    WriteMapping("insert", "feeds_2021-06-30.createFeedDocument"),
)
KIOSK_DOCUMENTS = Entry(
    "DataKioskDocuments",
    "One row per document of a Data Kiosk query: the address that it can be loaded from for a few minutes. "
    "Without a filter on DocumentId the documents of all queries that Amazon still has.",
    schemas=ALL,
    key=("DocumentId",),
    paths=(AccessPath("dataKiosk_2023-11-15.getDocument"),),
    parent=Parent((("DocumentId", "DataDocumentId"),), "DataKioskQueries"),
    typical_rows=50,
    account_unique=True,
    example="SELECT DocumentUrl FROM DataKioskDocuments WHERE DocumentId = 'x'",
)

SCHEDULES = Entry(
    "ReportSchedules",
    "One row per report that Amazon makes again and again for the account. Without a filter on ReportType every type "
    "that can be scheduled is asked for.",
    schemas=ALL,
    kind="table",
    key=("ReportScheduleId",),
    first=("ReportScheduleId", "ReportType", "Period", "NextReportCreationTime"),
    paths=(
        AccessPath(
            "reports_2021-06-30.getReportSchedules",
            pushdowns=(Pushdown("ReportType", "=", "reportTypes", exact=True, default="each"),),
            page_rows=100,
        ),
        AccessPath("reports_2021-06-30.getReportSchedule"),
    ),
    typical_rows=10,
    account_unique=True,
    example="SELECT ReportType, Period, NextReportCreationTime FROM ReportSchedules",
    writes=(
        WriteMapping(
            "insert",
            "reports_2021-06-30.createReportSchedule",
            apart=("ReportType", "MarketplaceIds"),
            note="Amazon has one schedule of a type and its marketplaces: a further one takes its place.",
        ),
        WriteMapping("delete", "reports_2021-06-30.cancelReportSchedule", direct=True),
    ),
)

KIOSK_QUERIES = Entry(
    "DataKioskQueries",
    "One row per Data Kiosk query of the last 90 days.",
    schemas=ALL,
    key=("QueryId",),
    first=("QueryId", "ProcessingStatus", "CreatedTime", "DataDocumentId", "ErrorDocumentId"),
    paths=(
        AccessPath("dataKiosk_2023-11-15.getQueries", names=(("pagination.nextToken", None),)),
        AccessPath("dataKiosk_2023-11-15.getQuery", names=(("pagination.nextToken", None),)),
    ),
    time_column="CreatedTime",
    typical_rows=100,
    typical_days=90,
    account_unique=True,
    example="SELECT QueryId, ProcessingStatus FROM DataKioskQueries WHERE ProcessingStatus = 'DONE'",
    writes=(
        WriteMapping("insert", "dataKiosk_2023-11-15.createQuery"),
        WriteMapping(
            "delete", "dataKiosk_2023-11-15.cancelQuery", sets=(("ProcessingStatus", "CANCELLED"),), direct=True
        ),
    ),
)

REPORT_TYPES = Entry(
    "ReportTypes",
    "One row per type of report that Amazon makes, with how it is asked for; read without a call.",
    schemas=ALL,
    paths=(),
    key=("ReportType",),
    columns=(
        Column("ReportType", VARCHAR),
        Column("Category", VARCHAR),
        Column("Format", VARCHAR),
        Column("ForSellers", BOOLEAN),
        Column("ForVendors", BOOLEAN),
        Column("CanBeRequested", BOOLEAN, doc="False where Amazon makes it by itself or by a schedule only."),
        Column("CanBeScheduled", BOOLEAN),
        Column("IsRestricted", BOOLEAN, doc="Whether its document holds personal data."),
        Column("LongestDays", DOUBLE, doc="Between the start and the end of its data."),
        Column("ReachesBackDays", DOUBLE, doc="How far back the start of its data may lie."),
        Column("Options", JSON, doc="The values that each option takes; any text where there are none."),
        Column("Roles", VARCHAR, doc="Any of them opens it."),
        Column("IsSnapshot", BOOLEAN, doc="Whether it tells what is there when it is made, and needs no window."),
        Column("RefreshMinutes", DOUBLE, doc="Asked for again within that time, Amazon makes none."),
        Column(
            "ColumnsFrom", VARCHAR, doc="Who says which columns it has.", enum=("Amazon", "others", "unknown", "file")
        ),
        Column("KnownColumns", BIGINT, doc="How many columns of its documents are known, those of all arrays."),
    ),
    typical_rows=120,
    account_unique=True,
    example="SELECT ReportType, Format FROM ReportTypes WHERE CanBeScheduled",
)

TABLES = (
    REPORT_LIST,
    REPORT_TYPES,
    FEEDS,
    SCHEDULES,
    REPORT_DOCUMENTS,
    FEED_DOCUMENTS,
    KIOSK_QUERIES,
    KIOSK_DOCUMENTS,
)
