"""What is paid out: Transfers 2024-06-01, and the balances and sums behind it, Finances 2024-06-19."""

from amzsql.catalog.model import AccessPath, Entry, Part, Pushdown, WriteMapping
from amzsql.types import DATE

TRANSFERS, FINANCES = "transfers_2024-06-01", "finances_2024-06-19"
PARTNER = (
    ("partnerMetadata.partnerId", "PartnerId"),
    ("partnerMetadata.accountType", "AccountType"),
    ("partnerMetadata.marketplaceId", "MarketplaceId"),
)
ACCOUNT = ("MarketplaceId", "AccountType")
SETTLEMENT = "{}.relatedIdentifiers[relatedIdentifierName=SETTLEMENT_ID].relatedIdentifierValue"
BY_SETTLEMENT = (("relatedIdentifierName", "SETTLEMENT_ID"),)

BALANCES = Entry(
    "Balances",
    "One row per kind of balance of an account in a marketplace: now, or at the end of the day AsOfDate.",
    key=(*ACCOUNT, "BalanceType"),
    first=(*ACCOUNT, "BalanceType", "Amount", "AmountCurrencyCode", "AsOfDate"),
    types=(("AsOfDate", DATE),),
    paths=(AccessPath(f"{FINANCES}.listBalances", names=PARTNER),),
    typical_rows=10,
    example="SELECT MarketplaceId, Amount FROM Balances WHERE BalanceType = 'AVAILABLE'",
)
SUMMARIES = Entry(
    "TransactionSummaries",
    "One row per account in a marketplace: what a time brought in all. PeriodStart and PeriodEnd are days, both "
    "included; without them, or a SettlementId, Amazon chooses.",
    key=(*ACCOUNT, "PeriodStart", "PeriodEnd"),
    first=(*ACCOUNT, "PeriodStart", "PeriodEnd", "NetProceeds", "NetProceedsCurrencyCode"),
    hidden=("SettlementId",),
    types=(("PeriodStart", DATE), ("PeriodEnd", DATE)),
    paths=(
        AccessPath(
            f"{FINANCES}.listSummary",
            names=PARTNER,
            from_parameters=(("SettlementId", "relatedIdentifierValue"),),
            pushdowns=(Pushdown("SettlementId", "=", "relatedIdentifierValue", exact=True, extras=BY_SETTLEMENT),),
        ),
    ),
    typical_rows=10,
    example="SELECT * FROM TransactionSummaries WHERE PeriodStart = '2026-10-01' AND PeriodEnd = '2026-10-31'",
    parts=(
        Part(
            "TransactionSummaryBreakdowns",
            "One row per kind of charge in such a sum; what it consists of in turn is JSON.",
            "breakdowns",
            number="BreakdownNumber",
            first=("BreakdownType", "BreakdownAmount", "BreakdownAmountCurrencyCode"),
            rows=3.0,
        ),
    ),
)
PAYOUTS = Entry(
    "Payouts",
    "One row per payout to the seller's bank account or card.",
    key=("PayoutId",),
    first=("PayoutId", "CreationDate", "CurrentStatus", "Amount", "AmountCurrencyCode", *ACCOUNT, "SettlementId"),
    paths=(
        AccessPath(
            f"{TRANSFERS}.listPayouts",
            names=(("id", "PayoutId"), *PARTNER),
            extra=(("SettlementId", SETTLEMENT.format("payouts[]")),),
            pushdowns=(
                Pushdown("CreationDate", ">=", "createdAfter"),
                Pushdown("CreationDate", "<", "createdBefore"),
            ),
        ),
    ),
    time_column="CreationDate",
    typical_rows=150,
    account_unique=True,
    example="SELECT * FROM Payouts WHERE CreationDate >= CURRENT_DATE - INTERVAL 90 DAY",
    writes=(
        WriteMapping("insert", "transfers_2024-06-01.initiatePayout", result=(("PayoutId", "PayoutReferenceId"),)),
    ),
    parts=(
        Part(
            "PayoutStatuses",
            "One row per status that a payout has had, and when it came to it.",
            "statusHistory",
            number="StatusNumber",
            first=("Status", "LastUpdatedDate"),
        ),
    ),
)
EXPECTED = Entry(
    "ExpectedPayouts",
    "One row per payout that is to come.",
    key=(*ACCOUNT, "PeriodStartDate"),
    first=(*ACCOUNT, "PeriodStartDate", "PeriodEndDate", "ScheduledDate", "Amount", "AmountCurrencyCode", "Status"),
    paths=(
        AccessPath(
            f"{TRANSFERS}.listExpectedPayouts",
            names=PARTNER,
            extra=(("SettlementId", SETTLEMENT.format("expectedPayouts[]")),),
        ),
    ),
    typical_rows=5,
    example="SELECT MarketplaceId, ScheduledDate, Amount FROM ExpectedPayouts",
)
METHODS = Entry(
    "PaymentMethods",
    "One row per bank account, card or wallet that the seller has named.",
    key=("MarketplaceId", "PaymentMethodId"),
    first=("MarketplaceId", "PaymentMethodId", "PaymentMethodType", "AssignmentType", "Tail", "CountryCode"),
    paths=(AccessPath(f"{TRANSFERS}.getPaymentMethods", page_rows=20),),
    typical_rows=5,
    example="SELECT PaymentMethodType, Tail FROM PaymentMethods WHERE AssignmentType IS NOT NULL",
)

TABLES = (BALANCES, SUMMARIES, PAYOUTS, EXPECTED, METHODS)
