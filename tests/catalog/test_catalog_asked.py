"""Pseudo-columns: a row says what it was asked by, once for each value, whoever else reads the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from catalog_bodies import SELLER
from test_catalog_plans import planned

import amzsql

WEEK = "RequestedInterval = '2026-11-01T00:00:00Z--2026-11-08T00:00:00Z' AND {0}.Granularity = 'Total'"
METRICS = "FROM OrderMetrics a JOIN OrderMetrics b ON a.Interval = b.Interval AND a.MarketplaceId = b.MarketplaceId"


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    """A connection to a small simulated seller."""
    with amzsql.connect(Simulator="orders=300,throttle=off,today=2026-11-21", SellerId=SELLER, Marketplace="US") as c:
        yield c


def read(connection: Any, sql: str) -> tuple[list[tuple[Any, ...]], str]:
    """Return the rows of a statement, sorted, and its warnings."""
    with connection.cursor() as cursor:
        found = sorted(cursor.execute(sql).fetchall())
        return found, " ".join(text for _, text in cursor.messages)


def test_a_row_comes_once_for_each_value_and_says_so(connection: Any) -> None:
    """A listing that is both is counted for both, as if each were asked alone."""
    grouped = "SELECT WithStatus, count(*) FROM ListingsItems WHERE WithStatus IN ({}) GROUP BY 1"
    both, warned = read(connection, grouped.format("'BUYABLE', 'DISCOVERABLE'"))
    each = [read(connection, grouped.format(f"'{status}'")) for status in ("BUYABLE", "DISCOVERABLE")]
    assert both == [row for rows, _ in each for row in rows]
    assert len(both) == 2
    assert "once for each value of WithStatus" in warned
    assert "again on a later page" not in warned
    assert not any(text for _, text in each)


def test_values_that_no_row_shares_give_no_warning(connection: Any) -> None:
    """Reports of one marketplace each: none comes twice."""
    kind = "ReportType = 'GET_MERCHANT_LISTINGS_ALL_DATA'"
    us_and_ca = "MarketplaceId IN ('ATVPDKIKX0DER', 'A2EUQ1WTGCTBG2')"
    sql = f"SELECT ReportId, MarketplaceId FROM ReportList WHERE {kind} AND {us_and_ca}"
    with amzsql.connect(Simulator="orders=300,throttle=off,today=2026-11-21", Marketplace="US,CA") as made:
        found, warned = read(made, sql)
    assert len({row[0] for row in found}) == len(found) > 1
    assert not warned


def test_what_one_scan_was_asked_by_is_not_said_of_its_twin(connection: Any) -> None:
    """The figures of businesses beside those of consumers: one row each, and not one that is both."""
    where = " AND ".join(f"{s}.{WEEK.format(s)}" for s in ("a", "b"))
    sql = f"SELECT a.OrderCount, b.OrderCount {METRICS} WHERE {where} AND a.BuyerType = 'B2B' AND b.BuyerType = 'B2C'"
    joined, _ = read(connection, sql)
    single = "SELECT OrderCount FROM OrderMetrics a WHERE a.{} AND BuyerType = '{}'"
    alone = [read(connection, single.format(WEEK.format("a"), kind))[0][0][0] for kind in ("B2B", "B2C")]
    assert joined == [tuple(alone)]


def test_a_wider_answer_does_not_say_what_was_asked(connection: Any) -> None:
    """All listings hold the buyable ones, but not that they were asked for as such."""
    joined = "SELECT count(*) FROM ListingsItems a JOIN ListingsItems b ON a.SKU = b.SKU WHERE b.WithStatus = 'BUYABLE'"
    alone = "SELECT count(*) FROM ListingsItems WHERE WithStatus = 'BUYABLE'"
    assert read(connection, joined) == read(connection, alone)
    union = "SELECT SKU FROM ListingsItems UNION ALL SELECT SKU FROM ListingsItems WHERE WithStatus = 'BUYABLE'"
    assert len(planned(union).fetches) == 2
