"""What a seller may write to buyers and to Amazon: Messaging v1, Solicitations v1, Support 2025-02-01."""

from amzsql.catalog.model import AccessPath, Entry, Parent

ALL = ("SellingPartner", "SellerCentral", "VendorCentral")
ACTION = (
    ("_links.self.href", "ActionHref"),
    ("_links.self.name", "ActionName"),
    ("_links.schema.", None),
    ("_embedded.schema._links.", None),
    ("_embedded.schema.errors", None),
    ("_embedded.schema.payload", "Schema"),
    ("payload.name", "Name"),
)
# What may be written is asked where the order was placed.
ORDER = Parent(("AmazonOrderId", "MarketplaceId"), "Orders")
SUPPORT = "support_2025-02-01"


def actions(table: str, operation: str, doc: str) -> Entry:
    """Return the table of what may be sent to an order's buyer."""
    return Entry(
        table,
        f"One row per {doc} that Amazon lets the seller send for an order. Without a filter on AmazonOrderId each "
        "order is asked for.",
        key=("AmazonOrderId", "MarketplaceId", "ActionName"),
        first=("AmazonOrderId", "MarketplaceId", "ActionName", "ActionHref"),
        paths=(
            AccessPath(operation, names=(*ACTION, ("errors", None)), parameters=(("amazonOrderId", "AmazonOrderId"),)),
        ),
        parent=ORDER,
        typical_rows=5000,
        example=f"SELECT ActionName FROM {table} WHERE AmazonOrderId = '114-6722448-0446194'",
    )


MESSAGING = actions("MessagingActions", "messaging.getMessagingActionsForOrder", "kind of message")
SOLICITATIONS = actions("SolicitationActions", "solicitations.getSolicitationActionsForOrder", "kind of request")

ATTRIBUTES = Entry(
    "MessagingAttributes",
    "One row per order: the language in which its buyer is written to. Without a filter on AmazonOrderId each order is "
    "asked for.",
    key=("AmazonOrderId", "MarketplaceId"),
    paths=(AccessPath("messaging.GetAttributes", names=(("errors", None),)),),
    parent=ORDER,
    typical_rows=5000,
    example="SELECT BuyerLocale FROM MessagingAttributes WHERE AmazonOrderId = '114-6722448-0446194'",
)

CASES = Entry(
    "SupportCases",
    "One row per case that the account has open or had with Amazon's support.",
    schemas=ALL,
    key=("CaseId",),
    first=("CaseId", "Status", "Subject", "CreatedDate", "LastUpdatedDate"),
    paths=(
        AccessPath(
            f"{SUPPORT}.listCases",
            parameters=(
                ("body.caseFilters.caseStatuses[]", "Status"),
                ("body.caseFilters.createdDate.after", None),
                ("body.caseFilters.createdDate.before", None),
                ("body.caseFilters.lastOutboundDate.after", None),
                ("body.caseFilters.lastOutboundDate.before", None),
                ("body.caseFilters.resolvedDate.after", None),
                ("body.caseFilters.resolvedDate.before", None),
                ("body.caseFilters.primaryEmails[]", "PrimaryEmail"),
                ("body.caseFilters.ccEmails[]", "CcEmail"),
                ("body.caseFilters.subjectKeywords", "SubjectKeywords"),
            ),
        ),
        AccessPath(f"{SUPPORT}.getCase"),
    ),
    typical_rows=50,
    account_unique=True,
    example="SELECT CaseId, Subject, Status FROM SupportCases WHERE Status = 'PENDING_MERCHANT_ACTION'",
)

CONTACTS = Entry(
    "SupportCaseContacts",
    "One row per mail, call or chat of a case.",
    schemas=ALL,
    key=("CaseId", "ContactId"),
    first=("CaseId", "ContactId", "CreatedDate", "Channel"),
    paths=(AccessPath(f"{SUPPORT}.listContacts"),),
    parent=Parent("CaseId", "SupportCases"),
    typical_rows=200,
    account_unique=True,
    example="SELECT CaseId, CreatedDate, EmailContentMessage FROM SupportCaseContacts",
)

TABLES = (MESSAGING, SOLICITATIONS, ATTRIBUTES, CASES, CONTACTS)
