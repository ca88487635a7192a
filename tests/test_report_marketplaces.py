"""Reports of several marketplaces: what they add up to, beside what one marketplace's reports do."""

from __future__ import annotations

from typing import Any

import pytest

import amzsql
from amzsql.connection import Connection

WINDOW = "DataStartTime >= '2026-11-01' AND DataEndTime < '2026-11-15'"
SEVERAL, ONE = "DE,FR,IT,ES", "DE"
CENTRAL = {"A1PA6795UKMFR9", "A13V1IB3VIYZZH", "APJ6JRA9NG5V4", "A1RKKUPIHCS9HS"}


def europe(marketplaces: str) -> Connection:
    return amzsql.connect(
        Simulator="orders=200,today=2026-11-21,account=eu",
        SellerId="A3SIMULATEDSELL",
        Marketplace=marketplaces,
        StateLocation="memory://",
    )


def ask(connection: Connection, sql: str) -> tuple[list[tuple[Any, ...]], str]:
    """Return the rows of a statement, and what it said."""
    cursor = connection.cursor()
    cursor.execute(sql)
    rows = cursor.fetchall()
    return rows, " ".join(str(text) for _, text in cursor.messages)


@pytest.mark.parametrize(
    ("report", "what", "where"),
    [
        ("GET_LEDGER_DETAIL_VIEW_DATA", "sum(abs(Quantity))", WINDOW),
        ("GET_LEDGER_SUMMARY_VIEW_DATA", "sum(EndingWarehouseBalance)", WINDOW),
        ("GET_FBA_FULFILLMENT_INBOUND_NONCOMPLIANCE_DATA", "0", WINDOW),
        ("GET_FBA_REIMBURSEMENTS_DATA", "sum(AmountTotal)", WINDOW),
        ("GET_FBA_STORAGE_FEE_CHARGES_DATA", "0", WINDOW),
        ("GET_V2_SELLER_PERFORMANCE_REPORT", "0", "1 = 1"),
        ("GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL", "sum(Quantity)", WINDOW),
    ],
)
def test_what_holds_the_rows_of_the_region_adds_up_to_the_same(report: str, what: str, where: str) -> None:
    sql = f"SELECT count(*), {what} FROM REPORT_{report} WHERE {where}"
    of_all, _ = ask(europe(SEVERAL), sql)
    of_one, _ = ask(europe(ONE), sql)
    assert of_all == of_one
    assert of_all[0][0] > 0


def test_feedback_is_told_by_the_marketplace_it_was_given_in() -> None:
    sql = f"SELECT MarketplaceId, OrderId FROM REPORT_GET_SELLER_FEEDBACK_DATA WHERE {WINDOW}"
    of_all, said = ask(europe(SEVERAL), sql)
    of_one, _ = ask(europe(ONE), sql)
    assert {place for place, _ in of_all} <= CENTRAL
    assert len({order for _, order in of_all}) == len(of_all) > len(of_one) > 0
    assert sorted(order for place, order in of_all if place == "A1PA6795UKMFR9") == sorted(o for _, o in of_one)
    assert "Amazon does not say whether it holds that one's rows alone" in said


def test_stock_that_marketplaces_share_is_not_added_up_in_silence() -> None:
    sql = "SELECT sum(AfnTotalQuantity) FROM REPORT_GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA WHERE Sku IS NOT NULL"
    [(of_all,)], said = ask(europe(SEVERAL), sql)
    [(of_one,)], alone = ask(europe(ONE), sql)
    assert of_all > of_one > 0
    assert "added up over marketplaces the same units count more than once" in said
    _, said = ask(europe(SEVERAL), "SELECT count(*) FROM REPORT_GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT")
    assert "Ask for one MarketplaceId where that matters, or tell rows apart by Country." in said
    assert "more than once" not in alone


def test_settlements_without_a_window_are_the_newest_of_each_marketplace() -> None:
    settlements = "REPORT_GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
    sql = f"SELECT MarketplaceId, count(DISTINCT ReportId), count(*), sum(Amount) FROM {settlements} GROUP BY 1"
    of_all, said = ask(europe(SEVERAL), sql)
    of_one, alone = ask(europe(ONE), sql)
    assert {row[0] for row in of_all} == CENTRAL
    assert {row[1] for row in of_all} == {1}
    assert [row for row in of_all if row[0] == "A1PA6795UKMFR9"] == of_one
    assert "the newest document of each marketplace is read: report" in said
    assert all(f"({country}), of 2026-" in said for country in SEVERAL.split(","))
    assert "the newest document is read: report" in alone
