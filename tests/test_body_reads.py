"""Reads that take a body: inputs as filters, batches filled from lists and joins, what becomes of refused elements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import amzsql
from amzsql import spapi
from amzsql.errors import OperationalError, ProgrammingError
from amzsql.transport.bodies import body_of

OPTIONS = {"Simulator": "orders=300,throttle=off,today=2026-11-21", "Marketplace": "US", "SellerId": "A3SIMULATEDSELL"}
ID = "FeesEstimateIdentifier"
PRICED = (
    f"{ID}IsAmazonFulfilled AND {ID}PriceToEstimateFeesListingPriceAmount = 19.99 "
    f"AND {ID}PriceToEstimateFeesListingPriceCurrencyCode = 'USD'"
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    with amzsql.connect(**OPTIONS) as made:
        yield made


def run(connection: Any, sql: str) -> Any:
    """Return the cursor of a statement that was read to its end, its rows in `rows`."""
    cursor = connection.cursor()
    cursor.execute(sql)
    return cursor, cursor.fetchall()


def test_a_list_fills_batches(connection: Any) -> None:
    """Every SKU of a join is asked, twenty a request, and the answers say the price that was asked."""
    _, listed = run(connection, "SELECT SKU FROM ListingsItems LIMIT 45")
    skus = ", ".join(f"'{sku}'" for (sku,) in listed)
    cursor, rows = run(
        connection,
        f"SELECT {ID}IdValue, {ID}PriceToEstimateFeesListingPriceAmount, FeesEstimateTotalFeesEstimateAmount "
        f"FROM FeesEstimate WHERE {ID}IdType = 'SellerSKU' AND {ID}IdValue IN ({skus}) AND {PRICED}",
    )
    assert {row[0] for row in rows} == {sku for (sku,) in listed}
    assert {str(row[1]) for row in rows} == {"19.9900"}
    assert all(row[2] > 0 for row in rows)
    assert cursor.stats.sources == {"productFeesV0.getMyFeesEstimates": 3}


@pytest.mark.parametrize(("table", "key"), [("ItemOffers", "ASIN"), ("ListingOffers", "SKU")])
def test_keys_of_a_join_stand_in_addresses(connection: Any, table: str, key: str) -> None:
    """Products are asked by an address in a batch: another table's keys fill it as a statement's own values do."""
    listed = f"(SELECT {key} FROM ListingsItems)"
    cursor, rows = run(connection, f"SELECT {key} FROM {table} WHERE ItemCondition = 'New' AND {key} IN {listed}")
    _, keys = run(connection, f"SELECT DISTINCT {key} FROM ListingsItems")
    assert sorted(rows) == sorted(keys)
    assert any("/" in value for (value,) in keys) or key == "ASIN"
    (operation,) = cursor.stats.sources.keys() - {"listingsItems_2021-08-01.searchListingsItems"}
    assert operation.endswith("OffersBatch")
    assert cursor.stats.sources[operation] == -(-len(keys) // 20)
    some = ", ".join(f"'{value}'" for (value,) in keys[:2])
    both = f"SELECT {key} FROM {table} WHERE ItemCondition = 'New' AND {key} IN ({some}) AND {key} IN {listed}"
    assert sorted(run(connection, both)[1]) == sorted(keys[:2])


def test_parts_of_an_estimate_add_up(connection: Any) -> None:
    """The kinds of fees are rows of their own, from one answer with the total."""
    where = f"WHERE {ID}IdType = 'SellerSKU' AND {ID}IdValue IN (SELECT SKU FROM ListingsItems LIMIT 3) AND {PRICED}"
    _, totals = run(connection, f"SELECT sum(FeesEstimateTotalFeesEstimateAmount) FROM FeesEstimate {where}")
    _, parts = run(connection, f"SELECT sum(FinalFeeAmount), min(FeeNumber) FROM FeesEstimateDetails {where}")
    assert parts == [(*totals[0], 0)]


def test_what_is_refused_is_said(connection: Any) -> None:
    """An element that Amazon refuses is a row without its answer, and a warning that says which and why."""
    where = f"WHERE {ID}IdType = 'SellerSKU' AND {ID}IdValue IN ('none', 'nothing') AND {PRICED}"
    cursor, rows = run(connection, f"SELECT Status, FeesEstimateTotalFeesEstimateAmount FROM FeesEstimate {where}")
    assert rows == [("ClientError", None)] * 2
    (said,) = [str(message) for _, message in cursor.messages]
    assert "2 of 2 were refused" in said
    assert "none is no SellerSKU" in said


def test_a_key_that_amazon_does_not_take_for_one_is_said(connection: Any) -> None:
    """One alone is asked without a batch and is no row; a 404 is none without a word."""
    asked = "SELECT ASIN FROM ItemOffers WHERE ItemCondition = 'New' AND ASIN "
    cursor, found = run(connection, f"{asked} = 'NOPE'")
    assert found == []
    assert ["NOPE is an invalid ASIN for marketplace ATVPDKIKX0DER" in m for _, m in cursor.messages] == [True]
    cursor, found = run(connection, "SELECT AmazonOrderId FROM Orders WHERE AmazonOrderId = '111-0000000-0000000'")
    assert (found, cursor.messages) == ([], [])


def test_what_is_refused_of_a_list_in_an_address_is_said(connection: Any) -> None:
    cursor, found = run(connection, "SELECT ASIN, Status FROM CompetitivePricing WHERE ASIN IN ('B00000I18C', 'NOPE')")
    assert sorted(found) == [("B00000I18C", "Success"), ("NOPE", "ClientError")]
    assert ["1 of 2 were refused: ClientError: NOPE." in m for _, m in cursor.messages] == [True]


def test_what_is_refused_fails_where_asked_to() -> None:
    where = f"WHERE {ID}IdType = 'SellerSKU' AND {ID}IdValue = 'none' AND {PRICED}"
    with amzsql.connect(**OPTIONS, OnItemError="Raise") as strict, pytest.raises(OperationalError) as error:
        run(strict, f"SELECT Status FROM FeesEstimate {where}")
    assert "1 of 1 were refused" in str(error.value)
    assert "OnItemError=Warn" in str(error.value)


def test_what_is_missing_is_named(connection: Any) -> None:
    """Without the inputs that the body needs there is no call."""
    before = len(run(connection, "SELECT * FROM sys_requests")[1])
    with pytest.raises(ProgrammingError, match=f"needs a filter on .*{ID}PriceToEstimateFeesListingPriceAmount"):
        run(connection, f"SELECT * FROM FeesEstimate WHERE {ID}IdType = 'ASIN' AND {ID}IdValue = 'B000000001'")
    assert len(run(connection, "SELECT * FROM sys_requests")[1]) == before


SUMMARY = spapi.operation("productPricing_2022-05-01.getCompetitiveSummary")
PREVIEW = spapi.operation("fulfillmentOutbound_2020-07-01.getFulfillmentPreview")


def test_each_value_of_a_batch_is_an_element() -> None:
    fields = {
        "body.requests[].asin": ("A", "B"),
        "body.requests[].marketplaceId": ("US",),
        "body.requests[].includedData[]": ("referencePrices", "similarItems"),
        "body.requests[].method": "GET",
    }
    each = {"marketplaceId": "US", "includedData": ["referencePrices", "similarItems"], "method": "GET"}
    made = json.loads(json.dumps(body_of(SUMMARY, fields)))
    assert made == {"requests": [{"asin": "A", **each}, {"asin": "B", **each}]}


def test_lists_of_objects_are_json() -> None:
    fields = {"body.address.name": "N", "body.items": '[{"sellerSku": "S", "quantity": 2}]'}
    assert body_of(PREVIEW, fields) == {"address": {"name": "N"}, "items": [{"sellerSku": "S", "quantity": 2}]}
    with pytest.raises(ProgrammingError, match="items takes JSON text"):
        body_of(PREVIEW, {"body.items": "[{"})


def test_numbers_that_amazon_is_asked_by_one_at_a_time_are_named(connection: Any) -> None:
    with pytest.raises(ProgrammingError, match="cannot be filtered by Id and TrackingNumber at once") as error:
        run(connection, "SELECT * FROM ShipmentTracking WHERE Id = 'X' AND TrackingNumber = 'Y'")
    assert "Filter by one, or join two selections." in str(error.value)
    with pytest.raises(ProgrammingError, match=r"left on 2026-11-21\. .*had its rows until Amazon removed it on 2026"):
        run(connection, "SELECT * FROM CatalogCategories WHERE ASIN = 'B00000I18C'")
