"""Whose rows are: the column Account, tables as a group of accounts shows them, and ids that one account alone has."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from amzsql.catalog.model import Table
from amzsql.spapi.records import changed

ACCOUNT = "Account"
# Ids that Amazon makes and gives out once. What sellers choose (SKUs, their own order ids), what is the same for all
# (ASINs, marketplaces) and mere numbers two accounts may share.
_ONCE = frozenset(
    name.lower()
    for name in (
        "AmazonOrderId",
        "OrderItemId",
        "ReportId",
        "ReportDocumentId",
        "ReportScheduleId",
        "FeedId",
        "FeedDocumentId",
        "QueryId",
        "FinancialEventGroupId",
        "InboundPlanId",
        "ShipmentId",
        "ServiceJobId",
        "SubscriptionId",
        "UniquePaymentId",
    )
)


def is_of_one_account(column: str, other: str) -> bool:
    """Tell whether rows with the same value in two columns are of the same account: it is an id given out once."""
    return {column.lower(), other.lower()} <= _ONCE


@lru_cache(maxsize=1024)
def of_group(table: Table, accounts: tuple[str, ...]) -> Table:
    """Return a table as a group of accounts shows it: the column Account first, with their names as its values."""
    own = table.column(ACCOUNT)
    if own is None or not table.paths:
        return table
    # Values of an enum are compared without case, which names that differ in nothing else would not bear.
    apart = len({name.lower() for name in accounts}) == len(accounts)
    shown = changed(own, hidden=False, enum=accounts if apart else ())
    columns = (shown, *(c for c in table.columns if c is not own))
    return replace(table, columns=columns, by_lower={c.name.lower(): c for c in columns})


def keyed_by_account(table: Table, accounts: tuple[str, ...]) -> Table:
    """Return a group's table with the account in its key, for whoever is told of keys."""
    found = of_group(table, accounts)
    if found is table or not table.entry.key:
        return found
    return replace(found, entry=replace(table.entry, key=(ACCOUNT, *table.entry.key)))
