"""Through the driver: what the declarations promise, seen in rows from the simulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from catalog_bodies import SELLER

import amzsql
from amzsql.connection import Connection
from amzsql.execute.context import Context
from amzsql.plan.nodes import Situation
from amzsql.settings import read
from amzsql.sql.binding import Bound

WORLD = "orders=300,throttle=off,today=2026-11-21"
PROPERTIES = {"Simulator": WORLD, "SellerId": SELLER, "Marketplace": "US,CA"}


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    """A connection to a small simulated seller, without throttle."""
    with amzsql.connect(Simulator=WORLD, SellerId=SELLER, Marketplace="US") as made:
        yield made


def rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@pytest.fixture(scope="module")
def sold(connection: Any) -> list[tuple[Any, ...]]:
    """(SKU, ASIN) of some listings."""
    return rows(connection, "SELECT SKU, ASIN FROM ListingsItems LIMIT 3")


def test_a_sku_means_the_same_everywhere(connection: Any, sold: list[tuple[Any, ...]]) -> None:
    """Stock, listing, catalog and prices of one SKU name one ASIN."""
    sku, asin = sold[0]
    assert rows(connection, f"SELECT ASIN FROM InventorySupply WHERE SellerSKU = '{sku}'") in ([(asin,)], [])
    assert rows(connection, f"SELECT ASIN, SKU FROM CatalogItems WHERE SKU = '{sku}'") == [(asin, sku)]
    for table in ("CompetitivePricing", "CompetitivePrices", "ProductPricing"):
        assert rows(connection, f"SELECT ASIN, SellerSKU FROM {table} WHERE SellerSKU = '{sku}'") == [(asin, sku)]
        assert rows(connection, f"SELECT ASIN, SellerSKU FROM {table} WHERE ASIN = '{asin}'") == [(asin, None)]
        both = f"SELECT ASIN FROM {table} WHERE SellerSKU = '{sku}' AND ASIN = '{asin}'"
        assert rows(connection, both) == [(asin,)]


def test_a_code_is_the_row_s_only_where_it_was_asked(connection: Any, sold: list[tuple[Any, ...]]) -> None:
    """EAN is what was asked for; asked by ASIN it is null."""
    asin = sold[0][1]
    read = "json_extract_string(Identifiers, '$[0].identifiers[0].identifier')"
    ((ean,),) = rows(connection, f"SELECT {read} FROM CatalogItems WHERE ASIN = '{asin}'")
    assert rows(connection, f"SELECT ASIN, EAN FROM CatalogItems WHERE EAN IN ('{ean}', '0')") == [(asin, ean)]
    assert rows(connection, f"SELECT EAN, SKU FROM CatalogItems WHERE ASIN = '{asin}'") == [(None, None)]
    assert rows(connection, f"SELECT 1 FROM CatalogItems WHERE ASIN = '{asin}' AND EAN = '{ean}'") == [(1,)]


def test_parts_of_listings_are_their_arrays(connection: Any) -> None:
    """Summaries, issues and offers are as many as the listings' arrays hold, searched and by SKU."""
    for table, array in (("Summaries", "Summaries"), ("Issues", "Issues"), ("Offers", "Offers")):
        counted = f"SELECT SKU, json_array_length({array}) n FROM ListingsItems"
        wanted = dict(rows(connection, f"SELECT * FROM ({counted}) WHERE n > 0"))
        found = rows(connection, f"SELECT SKU, count(*) FROM ListingsItems{table} GROUP BY SKU")
        assert dict(found) == wanted
        sku = min(wanted)
        assert rows(connection, f"SELECT count(*) FROM ListingsItems{table} WHERE SKU = '{sku}'") == [(wanted[sku],)]


def test_money_adds_up(connection: Any) -> None:
    """A transaction's amount is the sum of its breakdowns; an order's is that of its items, and of their breakdowns."""
    since = "PostedDate >= CURRENT_DATE - INTERVAL 60 DAY"
    whole, orders = "sum(TotalAmount)", "sum(TotalAmount) FILTER (WHERE AmazonOrderId IS NOT NULL)"
    ((count, total, sold),) = rows(connection, f"SELECT count(*), {whole}, {orders} FROM Transactions WHERE {since}")
    assert count > 100
    assert total != sold
    for table, column, wanted in (
        ("TransactionBreakdowns", "BreakdownAmount", total),
        ("TransactionItems", "TotalAmount", sold),
        ("TransactionItemBreakdowns", "BreakdownAmount", sold),
    ):
        assert rows(connection, f"SELECT sum({column}) FROM {table} WHERE {since}") == [(wanted,)]


def test_two_versions_of_the_finances_tell_of_the_same_money(connection: Any) -> None:
    """Fees of the account and lost units, in transactions, in events of their kinds and in their parts."""
    since = "PostedDate >= '2026-09-01' AND PostedDate < '2026-11-01'"
    asked = "PostedAfter >= '2026-09-01' AND PostedBefore <= '2026-11-01'"
    told = f"SELECT count(*), sum(TotalAmount) FROM Transactions WHERE {since} AND TransactionType = '{{}}'"
    for kind, table, column, condition in (
        ("ServiceFee", "ServiceFeeEventFees", "FeeAmount", asked),
        ("Adjustment", "AdjustmentEvents", "AdjustmentAmount", since),
        ("Adjustment", "AdjustmentEventItems", "TotalAmount", since),
    ):
        ((count, total),) = rows(connection, told.format(kind))
        ((found, amount),) = rows(connection, f"SELECT count(*), sum({column}) FROM {table} WHERE {condition}")
        assert found == count > 0
        assert amount == total


def test_an_order_s_transactions(connection: Any) -> None:
    """By order id and by time the rows are the same."""
    since = "PostedDate >= CURRENT_DATE - INTERVAL 60 DAY"
    ((order,),) = rows(connection, f"SELECT AmazonOrderId FROM Transactions WHERE {since} LIMIT 1")
    by_order = rows(connection, f"SELECT TransactionId FROM Transactions WHERE AmazonOrderId = '{order}'")
    assert by_order
    by_time = rows(
        connection, f"SELECT TransactionId FROM Transactions WHERE {since} AND AmazonOrderId || '' = '{order}'"
    )
    assert sorted(by_time) == sorted(by_order)


def test_no_offers_where_a_product_is_unknown(connection: Any, sold: list[tuple[Any, ...]]) -> None:
    """One unknown ASIN of several is a row without an answer, and has no offers; the others have theirs."""
    where = f"WHERE ASIN IN ('{sold[0][1]}', 'B000000000') AND ItemCondition = 'New'"
    found = rows(connection, f"SELECT ASIN, MarketplaceId, Status FROM ItemOffers {where}")
    assert sorted(found) == [("B000000000", "ATVPDKIKX0DER", None), (sold[0][1], "ATVPDKIKX0DER", "Success")]
    assert rows(connection, f"SELECT DISTINCT ASIN FROM ItemOffersOffers {where}") == [(sold[0][1],)]


def test_offers_by_condition(connection: Any, sold: list[tuple[Any, ...]]) -> None:
    """The offers as rows are those of the summary's count."""
    asin = sold[0][1]
    where = f"WHERE ASIN = '{asin}' AND ItemCondition = 'New'"
    ((count,),) = rows(connection, f"SELECT SummaryTotalOfferCount FROM ItemOffers {where}")
    found = rows(connection, f"SELECT OfferNumber FROM ItemOffersOffers {where} ORDER BY 1")
    assert found == [(n,) for n in range(count)]


def test_a_listing_s_offers_are_its_product_s(connection: Any, sold: list[tuple[Any, ...]]) -> None:
    """Asked by SKU Amazon gives the same offers, and says which are the seller's own."""
    sku, asin = sold[0]
    read = "SELECT OfferNumber, SellerId, ListingPriceAmount"
    by_asin = rows(connection, f"{read} FROM ItemOffersOffers WHERE ASIN = '{asin}' AND ItemCondition = 'New'")
    by_sku = rows(connection, f"{read} FROM ListingOffersOffers WHERE SKU = '{sku}' AND ItemCondition = 'New'")
    assert sorted(by_sku) == sorted(by_asin)
    where = f"WHERE SKU IN ('{sku}', 'none') AND ItemCondition = 'New'"
    found = rows(connection, f"SELECT SKU, SummaryTotalOfferCount FROM ListingOffers {where}")
    assert sorted(found) == [(sku, len(by_asin)), ("none", None)]


@pytest.mark.parametrize(
    ("table", "kind", "key"), [("ReportList", "ReportType", "ReportId"), ("Feeds", "FeedType", "FeedId")]
)
def test_documents_by_type_and_by_id(connection: Any, table: str, kind: str, key: str) -> None:
    """A list and a single answer give the same row."""
    types = {"ReportList": "GET_MERCHANT_LISTINGS_ALL_DATA", "Feeds": "JSON_LISTINGS_FEED"}
    listed = rows(connection, f"SELECT * FROM {table} WHERE {kind} = '{types[table]}'")
    assert len(listed) > 1
    assert rows(connection, f"SELECT * FROM {table} WHERE {key} = '{listed[0][0]}'") == [listed[0]]


def test_participations(connection: Any) -> None:
    """The marketplaces of the account, with what they are called."""
    found = dict(rows(connection, "SELECT MarketplaceId, MarketplaceCountryCode FROM MarketplaceParticipations"))
    assert found["ATVPDKIKX0DER"] == "US"


class WithoutPushdown(Connection):
    """A connection whose plans leave every condition to the engine, but for what a path cannot be asked without."""

    def situation(self, bound: Bound, context: Context | None) -> Situation:
        """Return the situation with pushdown off."""
        return replace(super().situation(bound, context), pushdown=False)


CONDITIONS = (
    ("InventorySupply", "SellerSKU IN ({skus}) AND TotalQuantity > 10"),
    ("InventorySupply", "MarketplaceId = '{ca}'"),
    ("InventorySupply", "GranularityId = '{ca}' AND SellerSKU < 'M'"),
    ("InventorySupply", "GranularityId = '{ca}' AND MarketplaceId = '{us}'"),
    ("InventorySupply", "SellerSKU IN ({skus}) AND StartDateTime >= '2026-11-01'"),
    ("InventorySupply", "StartDateTime > '2026-11-10' OR SellerSKU IN ({skus})"),
    ("ListingsItems", "SKU IN ({skus}, 'none')"),
    ("ListingsItems", "ASIN IN ({asins}) AND SKU <> 'x'"),
    ("ListingsItems", "ASIN IN ({asins}) AND SKU IN ({skus})"),
    ("ListingsItems", "LastUpdatedDate >= '2026-11-01' AND LastUpdatedDate < '2026-11-15'"),
    ("ListingsItems", "CreatedDate > '2024-06-01' AND MarketplaceId IN ('{us}')"),
    ("ListingsItems", "FNSKU = 'X000000VOS' OR SKU IN ({skus})"),
    ("ListingsItems", "WithStatus = 'BUYABLE' AND SKU LIKE 'C%'"),
    ("ListingsItemsIssues", "Severity = 'ERROR' AND WithIssueSeverity = 'ERROR'"),
    ("ListingsItemsOffers", "SKU IN ({skus}) AND OfferType = 'B2B'"),
    ("CatalogItems", "ASIN IN ({asins}) AND Color IS NOT NULL"),
    ("CatalogItems", "SKU IN ({skus}) AND ASIN IN ({asins})"),
    ("CatalogItems", "Keywords = 'candle' AND Brand <> 'x'"),
    ("CompetitivePricing", "SellerSKU IN ({skus}) AND MarketplaceId = '{us}'"),
    ("CompetitivePrices", "ASIN IN ({asins}) AND PriceLandedPriceAmount > 1"),
    ("ItemOffersOffers", "ASIN IN ({asins}) AND ItemCondition = 'New' AND MarketplaceId = '{us}'"),
    ("Transactions", "PostedDate >= '2026-10-01' AND PostedDate < '2026-11-01' AND TransactionStatus = 'RELEASED'"),
    ("Transactions", "PostedDate > '2026-11-01' AND MarketplaceId = '{us}'"),
    ("Transactions", "TransactionStatus IN ('DEFERRED', 'nonsense')"),
    ("TransactionItems", "PostedDate >= '2026-11-01' AND SellerSKU IN ({skus})"),
    ("ReportList", "ReportType = 'GET_MERCHANT_LISTINGS_ALL_DATA' AND CreatedTime < '2026-11-01'"),
    ("ReportList", "ReportType IN ('GET_LEDGER_DETAIL_VIEW_DATA') AND ProcessingStatus IN ('DONE', 'FATAL')"),
    ("Feeds", "FeedType = 'JSON_LISTINGS_FEED' AND CreatedTime BETWEEN '2026-09-01' AND '2026-11-10'"),
)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Connection, Connection]]:
    """Connections to the same seller with pushdown and without."""
    with Connection(read("", **PROPERTIES)) as one, WithoutPushdown(read("", **PROPERTIES)) as two:
        yield one, two


@pytest.mark.parametrize(("table", "condition"), CONDITIONS)
def test_pushed_or_not_the_rows_are_the_same(
    both: tuple[Connection, Connection], sold: list[tuple[Any, ...]], table: str, condition: str
) -> None:
    """What Amazon filters by is what the statement says."""
    quoted = [", ".join(f"'{row[at]}'" for row in sold) for at in (0, 1)]
    where = condition.format(skus=quoted[0], asins=quoted[1], us="ATVPDKIKX0DER", ca="A2EUQ1WTGCTBG2")
    pushed, plain = (Counter(rows(connection, f"SELECT * FROM {table} WHERE {where}")) for connection in both)
    assert pushed == plain
    assert pushed or "AND MarketplaceId = '{us}'" in condition or "SKU" in condition


@pytest.mark.parametrize(
    "condition",
    [
        "EarliestDeliveryDate >= '2026-11-10' AND EarliestDeliveryDate < '2026-11-16' AND IsISPU = FALSE",
        "LatestDeliveryDate BETWEEN '2026-11-10' AND '2026-11-16' AND IsISPU IS NOT NULL",
        "LatestDeliveryDate > '2026-11-18' AND EasyShipShipmentStatus IS NULL",
    ],
)
def test_what_only_v0_filters_by_gives_the_same_rows(both: tuple[Connection, Connection], condition: str) -> None:
    pushed, plain = (rows(c, f"SELECT AmazonOrderId FROM Orders WHERE {condition}") for c in both)
    assert sorted(pushed) == sorted(plain)
    assert pushed
