"""Through the driver: what the declarations promise, seen in rows from the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from catalog_bodies import SELLER

import amzsql


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    """A connection to a small simulated seller, without throttle."""
    with amzsql.connect(Simulator="orders=300,throttle=off", SellerId=SELLER, Marketplace="US") as made:
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
    """A transaction's amount is the sum of its breakdowns, of its items, and of their breakdowns."""
    since = "PostedDate >= CURRENT_DATE - INTERVAL 60 DAY"
    total = rows(connection, f"SELECT count(*), sum(TotalAmount) FROM Transactions WHERE {since}")[0]
    assert total[0] > 100
    for table, column in (
        ("TransactionBreakdowns", "BreakdownAmount"),
        ("TransactionItems", "TotalAmount"),
        ("TransactionItemBreakdowns", "BreakdownAmount"),
    ):
        assert rows(connection, f"SELECT sum({column}) FROM {table} WHERE {since}") == [(total[1],)]


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


def test_offers_by_condition(connection: Any, sold: list[tuple[Any, ...]]) -> None:
    """The offers as rows are those of the summary's count."""
    asin = sold[0][1]
    where = f"WHERE ASIN = '{asin}' AND ItemCondition = 'New'"
    ((count,),) = rows(connection, f"SELECT SummaryTotalOfferCount FROM ItemOffers {where}")
    found = rows(connection, f"SELECT OfferNumber FROM ItemOffersOffers {where} ORDER BY 1")
    assert found == [(n,) for n in range(count)]


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
