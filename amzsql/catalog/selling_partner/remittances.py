"""What Amazon pays to a vendor or seller, invoice by invoice: Remittances 2026-03-17."""

from amzsql.catalog.model import AccessPath, Entry, Parent, Part, Pushdown

API = "financesRemittance_2026-03-17"
ALL = ("SellingPartner", "SellerCentral", "VendorCentral")

REMITTANCES = Entry(
    "Remittances",
    "One row per payment of Amazon's of the last year; without a filter on PaymentDate those of the last 30 days.",
    schemas=ALL,
    key=("UniquePaymentId", "MarketplaceId"),
    first=("UniquePaymentId", "MarketplaceId", "PaymentDate", "PaymentAmount", "RemittanceStatus"),
    paths=(
        AccessPath(
            f"{API}.getRemittanceHeaders",
            pushdowns=(
                Pushdown("PaymentDate", ">=", "startDate", default="horizon"),
                Pushdown("PaymentDate", "<", "endDate"),
            ),
        ),
    ),
    time_column="PaymentDate",
    typical_rows=100,
    typical_days=365,
    example="SELECT UniquePaymentId, PaymentDate, PaymentAmount FROM Remittances",
)

ITEMS = Entry(
    "RemittanceItems",
    "One row per invoice that a payment settles.",
    schemas=ALL,
    key=("UniquePaymentId", "MarketplaceId", "InvoiceNumber"),
    first=("UniquePaymentId", "MarketplaceId", "InvoiceNumber", "NetAmountPaid"),
    paths=(AccessPath(f"{API}.getRemittance"),),
    parent=Parent(("UniquePaymentId", "MarketplaceId"), "Remittances"),
    typical_rows=1000,
    example="SELECT UniquePaymentId, InvoiceNumber, NetAmountPaid FROM RemittanceItems",
    parts=(
        Part(
            "RemittanceItemBreakdowns",
            "One row per kind of money in what is paid for an invoice.",
            "netAmountPaidBreakdown",
            key=("BreakdownType",),
            example="SELECT InvoiceNumber, BreakdownType, BreakdownAmount FROM RemittanceItemBreakdowns",
        ),
    ),
)

TABLES = (REMITTANCES, ITEMS)
