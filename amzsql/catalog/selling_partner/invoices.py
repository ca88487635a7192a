"""Tax invoices of sellers in Brazil and elsewhere: Invoices 2024-06-19, delivery and shipment invoicing."""

from amzsql.catalog.model import AccessPath, Entry, Parent, Part, Pushdown, WriteMapping

API = "InvoicesApiModel_2024-06-19"
DATES = (
    Pushdown("Date", ">=", "dateStart"),
    Pushdown("Date", "<", "dateEnd"),
    Pushdown("Status", "=", "statuses", exact=True),
)

INVOICES = Entry(
    "Invoices",
    "One row per tax invoice of the seller. Without a filter on Date Amazon gives those of the last day.",
    key=("Id", "MarketplaceId"),
    first=("Id", "MarketplaceId", "Date", "InvoiceType", "TransactionType", "Status", "ExternalInvoiceId"),
    paths=(
        AccessPath(f"{API}.getInvoices", pushdowns=DATES),
        AccessPath(f"{API}.getInvoice", parameters=(("invoiceId", "Id"),)),
    ),
    time_column="Date",
    typical_rows=1000,
    example="SELECT Id, Date, Status FROM Invoices WHERE Date >= CURRENT_DATE - INTERVAL 30 DAY",
    parts=(
        Part(
            "InvoiceTransactions",
            "One row per order, shipment or other business that an invoice is about.",
            "transactionIds",
            key=("Name", "TransactionId"),
            names=(("id", "TransactionId"),),
            rows=1.0,
            example="SELECT Id, Name, TransactionId FROM InvoiceTransactions "
            "WHERE Date >= CURRENT_DATE - INTERVAL 30 DAY",
        ),
    ),
)

EXPORTS = Entry(
    "InvoiceExports",
    "One row per export of invoices that was asked for, with its documents. Without a filter on "
    "GenerateExportStartedAt Amazon gives those of the last thirty days.",
    key=("ExportId", "MarketplaceId"),
    first=("ExportId", "MarketplaceId", "Status", "GenerateExportStartedAt", "GenerateExportFinishedAt"),
    paths=(
        AccessPath(
            f"{API}.getInvoicesExports",
            pushdowns=(
                Pushdown("GenerateExportStartedAt", ">=", "dateStart"),
                Pushdown("GenerateExportStartedAt", "<", "dateEnd"),
            ),
        ),
    ),
    typical_rows=20,
    example="SELECT ExportId, Status, InvoicesDocumentIds FROM InvoiceExports "
    "WHERE GenerateExportStartedAt >= CURRENT_DATE - INTERVAL 90 DAY",
    writes=(WriteMapping("insert", f"{API}.createInvoicesExport"),),
)

EXPORT = Entry(
    "InvoiceExportStatus",
    "One row per export of invoices, by its id. Without a filter on ExportId the exports of the last "
    "thirty days are looked up.",
    key=("ExportId",),
    first=("ExportId", "Status"),
    paths=(AccessPath(f"{API}.getInvoicesExport"),),
    parent=Parent("ExportId", "InvoiceExports"),
    typical_rows=20,
    account_unique=True,
    example="SELECT Status, InvoicesDocumentIds FROM InvoiceExportStatus WHERE ExportId = 'x'",
)

DOCUMENTS = Entry(
    "InvoiceDocuments",
    "One row per document of an export: the address that it can be loaded from for a while. A filter on "
    "InvoicesDocumentId is needed.",
    key=("InvoicesDocumentId",),
    paths=(AccessPath(f"{API}.getInvoicesDocument"),),
    typical_rows=20,
    account_unique=True,
    example="SELECT InvoicesDocumentUrl FROM InvoiceDocuments WHERE InvoicesDocumentId = 'x'",
)

ATTRIBUTES = Entry(
    "InvoiceAttributes",
    "One row per marketplace: the types, statuses and identifiers that its invoices know, as JSON.",
    key=("MarketplaceId",),
    paths=(AccessPath(f"{API}.getInvoicesAttributes"),),
    typical_rows=1,
    example="SELECT InvoiceTypeOptions FROM InvoiceAttributes",
)


def governmental(table: str, operation: str, doc: str, what: str, *writes: WriteMapping) -> Entry:
    """Return a table of the invoice that a tax office wants of a shipment."""
    return Entry(
        table,
        f"One row per shipment: {doc}. Filters on ShipmentId, TransactionType and InvoiceType are needed.",
        key=("ShipmentId", "MarketplaceId", "TransactionType", "InvoiceType"),
        paths=(AccessPath(f"{API}.{operation}", by_key=True),),
        typical_rows=1,
        example=f"SELECT {what} FROM {table} WHERE ShipmentId = 'x' AND TransactionType = 'INBOUND' "
        "AND InvoiceType = 'SHIPMENT'",
        writes=writes,
    )


STATUS = governmental(
    "GovernmentInvoiceStatus",
    "getGovernmentInvoiceStatus",
    "how far its invoice for the tax office is",
    "Status",
    WriteMapping("insert", f"{API}.createGovernmentInvoice"),
)
DOCUMENT = governmental(
    "GovernmentInvoiceDocuments", "getGovernmentInvoiceDocument", "its invoice for the tax office", "InvoiceDocumentUrl"
)

DELIVERY = Entry(
    "DeliveryInvoiceStatus",
    "One row per delivery: what became of the invoice that the seller sent for it. Filters on InvoiceType, ProgramType "
    "and OrderId or ShipmentId are needed.",
    key=("MarketplaceId", "OrderId", "ShipmentId", "InvoiceType", "ProgramType"),
    paths=(
        AccessPath("deliveryShipmentInvoiceV2022-07-01.getInvoiceStatus", names=(("errors", "Errors"),), by_key=True),
    ),
    typical_rows=1,
    example="SELECT InvoiceStatus FROM DeliveryInvoiceStatus WHERE OrderId = '114-6722448-0446194' "
    "AND InvoiceType = 'Outbound' AND ProgramType = 'SelfShip'",
    writes=(WriteMapping("insert", "deliveryShipmentInvoiceV2022-07-01.submitInvoice"),),
)

SHIPMENT = Entry(
    "ShipmentInvoicingDetails",
    "One row per FBA shipment of a marketplace where sellers invoice themselves (Brazil): buyer, payment and items. A "
    "filter on AmazonShipmentId is needed.",
    key=("AmazonShipmentId",),
    first=("AmazonShipmentId", "AmazonOrderId", "PurchaseDate"),
    paths=(AccessPath("shipmentInvoicingV0.getShipmentDetails", parameters=(("shipmentId", "AmazonShipmentId"),)),),
    typical_rows=1,
    account_unique=True,
    example="SELECT AmazonOrderId, PurchaseDate FROM ShipmentInvoicingDetails WHERE AmazonShipmentId = 'S000000000'",
    parts=(
        Part(
            "ShipmentInvoicingItems",
            "One row per item of such a shipment.",
            "ShipmentItems",
            number="ItemNumber",
            example="SELECT SellerSKU FROM ShipmentInvoicingItems WHERE AmazonShipmentId = 'S000000000'",
        ),
    ),
)

SHIPMENT_STATUS = Entry(
    "ShipmentInvoiceStatus",
    "One row per FBA shipment: what became of the invoice that the seller sent. A filter on AmazonShipmentId is "
    "needed.",
    key=("AmazonShipmentId",),
    paths=(AccessPath("shipmentInvoicingV0.getInvoiceStatus", parameters=(("shipmentId", "AmazonShipmentId"),)),),
    typical_rows=1,
    account_unique=True,
    example="SELECT InvoiceStatus FROM ShipmentInvoiceStatus WHERE AmazonShipmentId = 'S000000000'",
    writes=(WriteMapping("insert", "shipmentInvoicingV0.submitInvoice", inputs=(("AmazonShipmentId", "ShipmentId"),)),),
)

TABLES = (
    INVOICES,
    EXPORTS,
    EXPORT,
    DOCUMENTS,
    ATTRIBUTES,
    STATUS,
    DOCUMENT,
    DELIVERY,
    SHIPMENT,
    SHIPMENT_STATUS,
)
