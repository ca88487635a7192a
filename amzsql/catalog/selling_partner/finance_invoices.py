"""Invoices between Amazon and its partners: Finances Invoices 2026-06-25."""

from amzsql.catalog.model import AccessPath, Entry, Parent, Pushdown

API = "financesInvoices_2026-06-25"
KEY = ("MarketplaceId", "InvoiceIdentifier")
# An answer has the first 600 lines of an invoice.
FIRST_LINES = (("nextTokenForLineItems", None),)

INVOICES = Entry(
    "FinanceInvoices",
    "One row per invoice between the partner and Amazon: who bills whom, the amount, and how far it is paid.",
    schemas=("SellingPartner", "SellerCentral", "VendorCentral"),
    key=KEY,
    first=(*KEY, "IssueDate", "DueDate", "InvoiceNumber", "InvoiceType", "InvoiceStatus", "InvoiceAmount"),
    paths=(
        AccessPath(
            f"{API}.getInvoiceHeaders",
            pushdowns=(
                Pushdown("IssueDate", ">=", "fromIssueDate", default="horizon"),
                Pushdown("IssueDate", "<", "toIssueDate", default="now"),
                Pushdown("LastUpdatedDate", ">=", "invoicesModifiedAfter"),
            ),
        ),
        AccessPath(f"{API}.getInvoice", row_path="invoiceHeader", by_key=True, parameters=FIRST_LINES),
    ),
    time_column="IssueDate",
    typical_rows=500,
    example="SELECT * FROM FinanceInvoices WHERE IssueDate >= CURRENT_DATE - INTERVAL 60 DAY",
)
ITEMS = Entry(
    "FinanceInvoiceItems",
    "One row per line of an invoice, up to its 600th.",
    schemas=INVOICES.schemas,
    key=(*KEY, "LineItemId"),
    first=(*KEY, "LineItemId", "Quantity", "UnitCost", "UnitCostCurrencyCode", "TotalAmount"),
    paths=(
        AccessPath(
            f"{API}.getInvoice",
            row_path="invoiceItems[]",
            parameters=FIRST_LINES,
            by_key=True,
            one_row_per_key=False,
            rows_per_key=10.0,
        ),
    ),
    parent=Parent("InvoiceIdentifier", "FinanceInvoices", inherits=("MarketplaceId",)),
    typical_rows=5000,
    example="SELECT * FROM FinanceInvoiceItems WHERE InvoiceIdentifier = 'INV-202505001~ABCDEF'",
)

TABLES = (INVOICES, ITEMS)
