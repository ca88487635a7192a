"""Money booked for and against the seller: Finances 2024-06-19, whole and by its parts."""

from amzsql.catalog.model import AccessPath, Entry, Parent, Pushdown

LIST = "finances_2024-06-19.listTransactions"
ROW = "payload.transactions[]"
TOTAL = (("totalAmount.currencyAmount", "TotalAmount"), ("totalAmount.currencyCode", "TotalAmountCurrencyCode"))
NAMES = (
    ("marketplaceDetails.marketplaceId", "MarketplaceId"),
    ("marketplaceDetails.marketplaceName", "MarketplaceName"),
    *TOTAL,
)
BREAKDOWN_NAMES = (
    ("breakdownAmount.currencyAmount", "BreakdownAmount"),
    ("breakdownAmount.currencyCode", "BreakdownAmountCurrencyCode"),
)

RELATED = ROW + ".relatedIdentifiers[relatedIdentifierName={}].relatedIdentifierValue"
IDENTIFIERS = (
    ("AmazonOrderId", RELATED.format("ORDER_ID")),
    ("FinancialEventGroupId", RELATED.format("FINANCIAL_EVENT_GROUP_ID")),
)

# marketplaceId is not pushed: with it Amazon leaves out orders that US sellers ship themselves.
PUSHED = (
    Pushdown("PostedDate", ">=", "postedAfter", exact=True, default="horizon"),
    Pushdown("PostedDate", "<", "postedBefore", exact=True),
    Pushdown("TransactionStatus", "=", "transactionStatus", exact=True),
    Pushdown("AmazonOrderId", "=", "relatedIdentifierValue", extras=(("relatedIdentifierName", "ORDER_ID"),)),
    Pushdown(
        "FinancialEventGroupId",
        "=",
        "relatedIdentifierValue",
        extras=(("relatedIdentifierName", "FINANCIAL_EVENT_GROUP_ID"),),
    ),
)

# The transaction's columns that its parts carry, so that a filter on it reaches them.
CARRIED = (
    ("TransactionId", f"{ROW}.transactionId"),
    ("PostedDate", f"{ROW}.postedDate"),
    ("TransactionType", f"{ROW}.transactionType"),
    ("TransactionStatus", f"{ROW}.transactionStatus"),
    ("MarketplaceId", f"{ROW}.marketplaceDetails.marketplaceId"),
    *IDENTIFIERS,
)
INHERITED = tuple(column for column, _ in CARRIED if column != "TransactionId")
TRANSACTION = Parent("TransactionId", "Transactions", "TransactionId", inherits=INHERITED)
CONTEXT = "items[].contexts[contextType=ProductContext]"
PRODUCT = (
    ("ASIN", f"{ROW}.{CONTEXT}.asin"),
    ("SellerSKU", f"{ROW}.{CONTEXT}.sku"),
    ("QuantityShipped", f"{ROW}.{CONTEXT}.quantityShipped"),
    ("FulfillmentNetwork", f"{ROW}.{CONTEXT}.fulfillmentNetwork"),
)
LINE_NUMBER = ("ItemNumber", f"{ROW}.items[]#")

TRANSACTIONS = Entry(
    "Transactions",
    "One row per transaction: a shipment, refund, fee, transfer and so on. Amazon books up to two days late.",
    key=("TransactionId",),
    first=(
        "TransactionId",
        "PostedDate",
        "TransactionType",
        "TransactionStatus",
        "TotalAmount",
        "TotalAmountCurrencyCode",
        "AmazonOrderId",
        "MarketplaceId",
    ),
    paths=(AccessPath(LIST, names=NAMES, extra=IDENTIFIERS, pushdowns=PUSHED),),
    time_column="PostedDate",
    typical_rows=20_000,
    account_unique=True,
    example="SELECT * FROM Transactions WHERE PostedDate >= CURRENT_DATE - INTERVAL 14 DAY",
)

BREAKDOWNS = Entry(
    "TransactionBreakdowns",
    "One row per kind of charge in a transaction's amount; what it consists of in turn is JSON.",
    key=("TransactionId", "BreakdownNumber"),
    first=("TransactionId", "PostedDate", "BreakdownNumber", "BreakdownType", "BreakdownAmount"),
    paths=(
        AccessPath(
            LIST,
            row_path=f"{ROW}.breakdowns[]",
            names=BREAKDOWN_NAMES,
            extra=(*CARRIED, ("BreakdownNumber", f"{ROW}.breakdowns[]#")),
            pushdowns=PUSHED,
            rows_per_parent=3.0,
        ),
    ),
    parent=TRANSACTION,
    time_column="PostedDate",
    typical_rows=60_000,
    account_unique=True,
    example="SELECT BreakdownType, SUM(BreakdownAmount) FROM TransactionBreakdowns "
    "WHERE PostedDate >= CURRENT_DATE - INTERVAL 14 DAY GROUP BY BreakdownType",
)

ITEMS = Entry(
    "TransactionItems",
    "One row per item of a transaction.",
    key=("TransactionId", "ItemNumber"),
    first=("TransactionId", "PostedDate", "ItemNumber", "ASIN", "SellerSKU", "TotalAmount", "TotalAmountCurrencyCode"),
    paths=(
        AccessPath(
            LIST,
            row_path=f"{ROW}.items[]",
            names=TOTAL,
            extra=(*CARRIED, *PRODUCT, LINE_NUMBER),
            pushdowns=PUSHED,
            rows_per_parent=1.7,
        ),
    ),
    parent=TRANSACTION,
    time_column="PostedDate",
    typical_rows=34_000,
    account_unique=True,
    example="SELECT SellerSKU, SUM(TotalAmount) FROM TransactionItems "
    "WHERE PostedDate >= CURRENT_DATE - INTERVAL 14 DAY GROUP BY SellerSKU",
)

ITEM_BREAKDOWNS = Entry(
    "TransactionItemBreakdowns",
    "One row per kind of charge in the amount of a transaction's item; what it consists of in turn is JSON.",
    key=("TransactionId", "ItemNumber", "BreakdownNumber"),
    first=("TransactionId", "PostedDate", "ItemNumber", "BreakdownNumber", "BreakdownType", "BreakdownAmount"),
    paths=(
        AccessPath(
            LIST,
            row_path=f"{ROW}.items[].breakdowns[]",
            names=BREAKDOWN_NAMES,
            extra=(*CARRIED, *PRODUCT, LINE_NUMBER, ("BreakdownNumber", f"{ROW}.items[].breakdowns[]#")),
            pushdowns=PUSHED,
            rows_per_parent=5.0,
        ),
    ),
    parent=TRANSACTION,
    time_column="PostedDate",
    typical_rows=100_000,
    account_unique=True,
    example="SELECT SellerSKU, BreakdownType, SUM(BreakdownAmount) FROM TransactionItemBreakdowns "
    "WHERE PostedDate >= CURRENT_DATE - INTERVAL 14 DAY GROUP BY SellerSKU, BreakdownType",
)

TABLES = (TRANSACTIONS, BREAKDOWNS, ITEMS, ITEM_BREAKDOWNS)
