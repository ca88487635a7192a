"""Tables that are asked by the seller's own products where a statement names none: which rows they then have.

A statement that names products, or joins to some, has those; whatever narrows it takes no other row away.
"""

from __future__ import annotations

from typing import Any

import pytest
from driving import rows, simulated

CA = "A2EUQ1WTGCTBG2"
TABLES = {"CompetitivePricing": "SellerSKU", "ListingsRestrictions": "Asin", "FeaturedOfferExpectedPrices": "SKU"}
SELLS = {"Marketplace": "US,CA,MX", "SellerId": "A3SIMULATEDSELL"}


def connected(**properties: Any) -> Any:
    return simulated(throttle="off", orders=60, **SELLS, **properties)[0]


@pytest.mark.parametrize("table", TABLES)
def test_a_filter_gives_the_rows_of_the_whole_that_pass_it(table: str) -> None:
    connection = connected(ShareScans=0)
    statement = f"SELECT {TABLES[table]}, MarketplaceId FROM {table}"
    whole = rows(connection, statement)
    there = rows(connection, f"{statement} WHERE MarketplaceId = '{CA}'")
    assert sorted(there) == sorted(row for row in whole if row[1] == CA)
    assert 0 < len(there) < len(whole)


@pytest.mark.parametrize("share", [0, 60])
def test_a_join_asks_by_its_own_keys_whatever_was_read_before(share: int) -> None:
    connection = connected(ShareScans=share)
    joined = (
        "SELECT l.SKU, p.ASIN, p.MarketplaceId FROM ListingsItems l JOIN CompetitivePricing p ON l.ASIN = p.ASIN"
        f" WHERE l.MarketplaceId = '{CA}'"
    )
    expected = rows(connected(ShareScans=0), joined)
    # Its pages by SKU are there now, and cost nothing: they lack the ASIN of what is not sold in a marketplace.
    assert rows(connection, "SELECT count(*) FROM CompetitivePricing WHERE ASIN IS NULL") != [(0,)]
    assert sorted(rows(connection, joined)) == sorted(expected)
    assert {row[2] for row in expected} > {CA}


def test_keys_in_a_circle_are_begun_with_the_assumed() -> None:
    connection = connected()
    statement = "SELECT count(*) FROM CompetitivePricing p JOIN ProductPricing q ON p.ASIN = q.ASIN"
    assert rows(connection, statement)[0][0] > 0
