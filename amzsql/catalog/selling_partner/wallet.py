"""Seller Wallet's accounts and transfers: Seller Wallet 2024-03-01."""

from amzsql.catalog.model import AccessPath, Entry, Parent, Part, WriteMapping
from amzsql.types import MONEY

API = "sellerWallet_2024-03-01"
ACCOUNT = Parent(("AccountId", "MarketplaceId"), "WalletAccounts")
FEES = Part(
    "WalletTransactionFees",
    "One row per fee of a transfer.",
    "transferRateDetails.fees",
    key=("FeeId",),
    first=("FeeType", "FeeAmount", "FeeAmountCurrencyCode"),
    rows=1.0,
)

ACCOUNTS = Entry(
    "WalletAccounts",
    "One row per bank account in the seller's wallet and marketplace.",
    key=("AccountId", "MarketplaceId"),
    first=("AccountId", "MarketplaceId", "AccountCountryCode", "AccountCurrency"),
    paths=(AccessPath(f"{API}.listAccounts", page_rows=20), AccessPath(f"{API}.getAccount")),
    typical_rows=3,
    example="SELECT AccountId, AccountCurrency, BankName FROM WalletAccounts",
)

BALANCES = Entry(
    "WalletAccountBalances",
    "One row per kind of balance of a wallet's account.",
    key=("AccountId", "MarketplaceId", "BalanceType"),
    first=("AccountId", "MarketplaceId", "BalanceType", "BalanceAmount", "BalanceCurrency"),
    types=(("BalanceAmount", MONEY),),
    paths=(AccessPath(f"{API}.listAccountBalances", page_rows=20),),
    parent=ACCOUNT,
    typical_rows=6,
    example="SELECT BalanceType, BalanceAmount, BalanceCurrency FROM WalletAccountBalances",
)

TRANSACTIONS = Entry(
    "WalletTransactions",
    "One row per transfer between a wallet's accounts.",
    key=("TransactionId", "MarketplaceId"),
    first=("TransactionId", "MarketplaceId", "AccountId", "TransactionRequestDate", "TransactionStatus"),
    paths=(AccessPath(f"{API}.listAccountTransactions"), AccessPath(f"{API}.getTransaction")),
    parent=ACCOUNT,
    typical_rows=200,
    example="SELECT TransactionId, TransactionStatus, TransactionFinalAmount FROM WalletTransactions",
    writes=(
        WriteMapping(
            "insert",
            f"{API}.createTransaction",
            inputs=(
                ("TransactionSourceAccountAccountId", "SourceAccountId"),
                ("TransactionDestinationAccountAccountId", "DestinationAccountId"),
                ("TransactionRequestAmount", "SourceAmountCurrencyAmount"),
                ("TransactionRequestAmountCurrencyCode", "SourceAmountCurrencyCode"),
            ),
            result=(("TransactionId", "TransactionTransactionId"),),
        ),
    ),
    parts=(FEES,),
)

SCHEDULES = Entry(
    "WalletTransferSchedules",
    "One row per transfer that repeats or is planned.",
    key=("TransferScheduleId", "MarketplaceId"),
    first=("TransferScheduleId", "MarketplaceId", "AccountId", "TransferScheduleStatus"),
    paths=(AccessPath(f"{API}.listTransferSchedules"), AccessPath(f"{API}.getTransferSchedule")),
    parent=ACCOUNT,
    typical_rows=10,
    example="SELECT TransferScheduleId, TransferScheduleStatus FROM WalletTransferSchedules",
    writes=(
        WriteMapping(
            "insert",
            f"{API}.createTransferSchedule",
            inputs=(
                ("TransactionSourceAccountAccountId", "SourceAccountId"),
                ("TransactionSourceAccountBankAccountCurrency", "SourceCurrencyCode"),
                ("TransactionDestinationAccountAccountId", "DestinationAccountId"),
            ),
        ),
        WriteMapping("update", f"{API}.updateTransferSchedule", whole=True),
        WriteMapping("delete", f"{API}.deleteScheduleTransaction", sets=(("TransferScheduleStatus", "DELETED"),)),
    ),
)

PREVIEW = Entry(
    "WalletTransferPreview",
    "One row: what a transfer of an amount between two countries would give, and at which rate. Filters on both "
    "countries, both currencies and BaseAmount are needed.",
    key=(
        "MarketplaceId",
        "SourceCountryCode",
        "SourceCurrencyCode",
        "DestinationCountryCode",
        "DestinationCurrencyCode",
        "BaseAmount",
    ),
    types=(("BaseAmount", MONEY),),
    paths=(AccessPath(f"{API}.getTransferPreview", by_key=True),),
    typical_rows=1,
    example="SELECT TransferAmount FROM WalletTransferPreview WHERE SourceCountryCode = 'US' AND "
    "SourceCurrencyCode = 'USD' AND DestinationCountryCode = 'CA' AND DestinationCurrencyCode = 'CAD' AND "
    "BaseAmount = 100",
)

TABLES = (ACCOUNTS, BALANCES, TRANSACTIONS, SCHEDULES, PREVIEW)
