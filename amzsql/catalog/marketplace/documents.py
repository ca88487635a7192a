"""MWS's lists of feeds, report requests and reports, with its words for what they are and how far they came."""

from amzsql.catalog.marketplace import SCHEMAS
from amzsql.catalog.model import AccessPath, Branch, Entry, Pushdown
from amzsql.types import TIMESTAMP

FEEDS, REPORTS = "feeds_2021-06-30", "reports_2021-06-30"

# MWS had no word for what failed as a whole: such a submission was cancelled.
STATUS = (
    ("IN_QUEUE", "_SUBMITTED_"),
    ("IN_PROGRESS", "_IN_PROGRESS_"),
    ("DONE", "_DONE_"),
    ("CANCELLED", "_CANCELLED_"),
    ("FATAL", "_CANCELLED_"),
)
MARKETPLACES = ("marketplaceIds", None)


def listed(type_: str, parameter: str, submitted: str, status: str) -> tuple[Pushdown, ...]:
    """Return what a list is narrowed by; Amazon's upper bound includes the time itself."""
    return (
        Pushdown(type_, "=", parameter, exact=True, default="each"),
        Pushdown(submitted, ">=", "createdSince", exact=True),
        Pushdown(submitted, "<", "createdUntil"),
        Pushdown(status, "=", "processingStatuses"),
    )


FEED_NAMES = (
    ("feedId", "FeedSubmissionId"),
    ("createdTime", "SubmittedDate"),
    ("processingStatus", "FeedProcessingStatus"),
    ("processingStartTime", "StartedProcessingDate"),
    ("processingEndTime", "CompletedProcessingDate"),
)
FEED_PATHS = tuple(
    AccessPath(
        f"{FEEDS}.{operation}",
        names=(*FEED_NAMES, MARKETPLACES),
        values=(("FeedType", "mws"), ("FeedProcessingStatus", STATUS)),
        pushdowns=pushdowns,
        parameters=(MARKETPLACES,) if operation == "getFeeds" else (),
    )
    for operation, pushdowns in (
        ("getFeeds", listed("FeedType", "feedTypes", "SubmittedDate", "FeedProcessingStatus")),
        ("getFeed", (Pushdown("FeedSubmissionId", "=", "feedId", exact=True),)),
    )
)
FEED_LIST = Entry(
    "FeedSubmissionList",
    "One row per feed of the last 90 days, as MWS's GetFeedSubmissionList told of it. Without a filter on FeedType all "
    "known types are asked for.",
    schemas=SCHEMAS,
    key=("FeedSubmissionId",),
    first=(
        *("FeedSubmissionId", "FeedType", "SubmittedDate", "FeedProcessingStatus"),
        *("StartedProcessingDate", "CompletedProcessingDate"),
    ),
    hidden=("ResultFeedDocumentId",),
    paths=FEED_PATHS,
    time_column="SubmittedDate",
    typical_rows=200,
    typical_days=90,
    account_unique=True,
    example="SELECT * FROM FeedSubmissionList WHERE FeedProcessingStatus = '_DONE_'",
)

FEED_RESULT = Entry(
    "FeedSubmissionResult",
    "One row per feed, with the id of its processing report, which MWS's GetFeedSubmissionResult sent itself. The "
    "address of the report is that of FeedDocuments in schema SellingPartner; ResultFeedDocumentId is null while the "
    "feed is processed.",
    schemas=SCHEMAS,
    key=("FeedSubmissionId",),
    first=("FeedSubmissionId", "FeedType", "FeedProcessingStatus", "ResultFeedDocumentId"),
    hidden=("SubmittedDate", "StartedProcessingDate", "CompletedProcessingDate"),
    paths=FEED_PATHS,
    time_column="SubmittedDate",
    typical_rows=200,
    typical_days=90,
    account_unique=True,
    example="SELECT r.FeedSubmissionId, d.Url FROM FeedSubmissionResult r JOIN SellingPartner.FeedDocuments d "
    "ON d.FeedDocumentId = r.ResultFeedDocumentId WHERE r.FeedSubmissionId = '50000000001'",
)

REQUEST_NAMES = (
    ("reportId", "ReportRequestId"),
    ("dataStartTime", "StartDate"),
    ("dataEndTime", "EndDate"),
    ("createdTime", "SubmittedDate"),
    ("processingStatus", "ReportProcessingStatus"),
    ("reportDocumentId", "GeneratedReportId"),
    ("processingStartTime", "StartedProcessingDate"),
    ("processingEndTime", "CompletedDate"),
    ("reportScheduleId", "Scheduled"),
    MARKETPLACES,
)
REQUEST_VALUES = (("ReportType", "mws"), ("ReportProcessingStatus", STATUS), ("Scheduled", "given"))
REPORT_REQUESTS = Entry(
    "ReportRequestList",
    "One row per report that was asked for in the last 90 days, as MWS's GetReportRequestList told of it. Without a "
    "filter on ReportType all known types are asked for.",
    schemas=SCHEMAS,
    key=("ReportRequestId",),
    first=(
        *("ReportRequestId", "ReportType", "StartDate", "EndDate", "Scheduled", "SubmittedDate"),
        *("ReportProcessingStatus", "GeneratedReportId", "StartedProcessingDate", "CompletedDate"),
    ),
    paths=(
        AccessPath(
            f"{REPORTS}.getReports",
            names=REQUEST_NAMES,
            values=REQUEST_VALUES,
            pushdowns=listed("ReportType", "reportTypes", "SubmittedDate", "ReportProcessingStatus"),
            parameters=(MARKETPLACES,),
        ),
        AccessPath(
            f"{REPORTS}.getReport",
            names=REQUEST_NAMES,
            values=REQUEST_VALUES,
            parameters=(("reportId", "ReportRequestId"),),
        ),
    ),
    time_column="SubmittedDate",
    typical_rows=500,
    typical_days=90,
    account_unique=True,
    example="SELECT * FROM ReportRequestList WHERE ReportType = '_GET_FLAT_FILE_OPEN_LISTINGS_DATA_'",
)

ROW = "reports[]"
REPORT_LIST = Entry(
    "ReportList",
    "One row per report of the last 90 days that is ready, as MWS's GetReportList told of it. ReportId is that of its "
    "document. Nothing is ever acknowledged: SP-API has no such word. Without a filter on ReportType all known types "
    "are asked for.",
    schemas=SCHEMAS,
    key=("ReportRequestId",),
    first=("ReportId", "ReportType", "ReportRequestId", "AvailableDate", "Acknowledged", "AcknowledgedDate"),
    types=(("AcknowledgedDate", TIMESTAMP),),
    paths=(
        AccessPath(
            f"{REPORTS}.getReports",
            branches=(
                Branch(
                    ROW,
                    names=(
                        ("reportDocumentId", "ReportId"),
                        ("reportId", "ReportRequestId"),
                        ("processingEndTime", "AvailableDate"),
                    ),
                    constants=(("Acknowledged", False), ("AcknowledgedDate", None)),
                    only=("ReportId", "ReportType", "ReportRequestId", "AvailableDate"),
                ),
            ),
            values=(("ReportType", "mws"),),
            # What was ready by a time had been asked for by then; of what became ready since, nothing follows.
            pushdowns=(
                Pushdown("ReportType", "=", "reportTypes", exact=True, default="each"),
                Pushdown("AvailableDate", "<", "createdUntil"),
            ),
            parameters=(MARKETPLACES, ("createdSince", None)),
            fixed=(("processingStatuses", ("DONE",)),),
        ),
    ),
    typical_rows=500,
    typical_days=90,
    account_unique=True,
    example="SELECT * FROM ReportList WHERE ReportType = '_GET_FLAT_FILE_OPEN_LISTINGS_DATA_'",
)

TABLES = (FEED_LIST, FEED_RESULT, REPORT_REQUESTS, REPORT_LIST)
