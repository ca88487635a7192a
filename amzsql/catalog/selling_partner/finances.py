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

BREAKDOWN_FIRST = ("BreakdownType", "BreakdownAmount")

RELATED = ROW + ".relatedIdentifiers[relatedIdentifierName={}].relatedIdentifierValue"
IDENTIFIERS = (
    ("AmazonOrderId", RELATED.format("ORDER_ID")),
    ("FinancialEventGroupId", RELATED.format("FINANCIAL_EVENT_GROUP_ID")),
)

# With it Amazon leaves out orders that US sellers ship themselves.
UNSENT = (("marketplaceId", None),)
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
TRANSACTION = Parent("TransactionId", "Transactions", inherits=INHERITED)
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
    paths=(AccessPath(LIST, names=NAMES, extra=IDENTIFIERS, pushdowns=PUSHED, parameters=UNSENT),),
    time_column="PostedDate",
    typical_rows=20_000,
    account_unique=True,
    example="SELECT * FROM Transactions WHERE PostedDate >= CURRENT_DATE - INTERVAL 14 DAY",
)


def part(
    table: str,
    doc: str,
    array: str,
    names: tuple[tuple[str, str], ...],
    extra: tuple[tuple[str, str], ...],
    first: tuple[str, ...],
    total: tuple[str, str],
    rows: float,
) -> Entry:
    """Return a table whose rows are the elements of an array inside each transaction, in their places.

    `extra`: columns beside the transaction's; the places among them are part of the key. `first`: what `*` shows behind
    the key. `total`: the columns of the example, and what it adds up by them; `rows`: expected per transaction.
    """
    places = tuple(column for column, path in extra if path.endswith("#"))
    by, amount = total
    return Entry(
        table,
        doc,
        key=("TransactionId", *places),
        first=("TransactionId", "PostedDate", *places, *first),
        paths=(
            AccessPath(
                LIST,
                row_path=f"{ROW}.{array}[]",
                names=names,
                extra=(*CARRIED, *extra),
                pushdowns=PUSHED,
                parameters=UNSENT,
                rows_per_parent=rows,
            ),
        ),
        parent=TRANSACTION,
        time_column="PostedDate",
        typical_rows=round(TRANSACTIONS.typical_rows * rows),
        account_unique=True,
        example=f"SELECT {by}, SUM({amount}) FROM {table} "
        f"WHERE PostedDate >= CURRENT_DATE - INTERVAL 14 DAY GROUP BY {by}",
    )


BREAKDOWNS = part(
    "TransactionBreakdowns",
    "One row per kind of charge in a transaction's amount; what it consists of in turn is JSON.",
    "breakdowns",
    BREAKDOWN_NAMES,
    (("BreakdownNumber", f"{ROW}.breakdowns[]#"),),
    BREAKDOWN_FIRST,
    ("BreakdownType", "BreakdownAmount"),
    3.0,
)
ITEMS = part(
    "TransactionItems",
    "One row per item of a transaction.",
    "items",
    TOTAL,
    (*PRODUCT, LINE_NUMBER),
    ("ASIN", "SellerSKU", "TotalAmount", "TotalAmountCurrencyCode"),
    ("SellerSKU", "TotalAmount"),
    1.7,
)
ITEM_BREAKDOWNS = part(
    "TransactionItemBreakdowns",
    "One row per kind of charge in the amount of a transaction's item; what it consists of in turn is JSON.",
    "items[].breakdowns",
    BREAKDOWN_NAMES,
    (*PRODUCT, LINE_NUMBER, ("BreakdownNumber", f"{ROW}.items[].breakdowns[]#")),
    BREAKDOWN_FIRST,
    ("SellerSKU, BreakdownType", "BreakdownAmount"),
    5.0,
)

TABLES = (TRANSACTIONS, BREAKDOWNS, ITEMS, ITEM_BREAKDOWNS)
