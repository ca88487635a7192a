"""Conditions on JSON text: a list is asked for its elements, and what can find nothing is warned of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from catalog_bodies import SELLER, US, entries
from test_catalog_plans import CA, asked, planned

import amzsql
from amzsql.catalog import registry

KIND = "ReportType = 'GET_MERCHANT_LISTINGS_ALL_DATA'"
ALL = f"SELECT ReportId FROM ReportList WHERE {KIND}"


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    """A connection to a small simulated seller in two marketplaces."""
    world = "orders=300,throttle=off,today=2026-11-21"
    with amzsql.connect(Simulator=world, SellerId=SELLER, Marketplace="US,CA") as made:
        yield made


def rows(connection: Any, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    """Return the rows of a statement that gives no warning, sorted."""
    with connection.cursor() as cursor:
        found = sorted(cursor.execute(sql, parameters).fetchall())
        assert not cursor.messages
        return found


def test_the_reference_s_filter_is_amazon_s() -> None:
    """MarketplaceIds is the documented filter of the reports' list: all of its values in one request."""
    (request,) = asked(f"{ALL} AND MarketplaceIds IN ('{US}', '{CA}')")
    assert set(request["marketplaceIds"]) == {US, CA}
    (request,) = asked(f"SELECT * FROM Feeds WHERE FeedType = 'JSON_LISTINGS_FEED' AND MarketplaceIds = '{CA}'")
    assert request["marketplaceIds"] == (CA,)


@pytest.mark.parametrize(
    ("condition", "test"),
    [
        (f"MarketplaceIds = '{US}'", f"MarketplaceIds LIKE '%{US}%'"),
        (f"'{CA}' = MarketplaceIds", f"MarketplaceIds LIKE '%{CA}%'"),
        (f"MarketplaceIds IN ('{US}', '{CA}', NULL)", "MarketplaceIds IS NOT NULL"),
        (f"MarketplaceIds <> '{US}'", f"MarketplaceIds NOT LIKE '%{US}%'"),
        (f"MarketplaceIds NOT IN ('{CA}')", f"MarketplaceIds NOT LIKE '%{CA}%'"),
        (f"(MarketplaceIds = '{US}' OR ReportId = 'x')", f"MarketplaceIds LIKE '%{US}%'"),
        (f"MarketplaceIds = '[\"{US}\"]'", f"MarketplaceIds LIKE '%{US}%'"),
    ],
)
def test_a_list_is_asked_for_its_elements(connection: Any, condition: str, test: str) -> None:
    found = rows(connection, f"{ALL} AND {condition}")
    assert found
    assert found == rows(connection, f"{ALL} AND ({test})")


def test_an_element_may_be_a_parameter(connection: Any) -> None:
    given = rows(connection, f"{ALL} AND MarketplaceIds = ?", (CA,))
    assert given == rows(connection, f"{ALL} AND MarketplaceIds = '{CA}'")


def test_two_elements_of_one_list() -> None:
    """A list may hold both: what is said twice is asked once, and never nothing."""
    made = planned(f"{ALL} AND MarketplaceIds = '{US}' AND MarketplaceIds = '{CA}' LIMIT 5")
    (partition,) = made.fetches[0].partitions
    assert len(partition.get("marketplaceIds")) == 1
    assert made.residual
    assert made.fetches[0].page_size == 100


def test_a_listing_s_status(connection: Any) -> None:
    """In any case, also below a derived table; pushed only where Amazon gives each row once."""
    counted = "SELECT count(*) FROM ListingsItems WHERE"
    wanted = rows(connection, f"{counted} Status LIKE '%BUYABLE%'")
    assert rows(connection, f"{counted} Status = 'buyable'") == wanted
    assert rows(connection, "SELECT count(*) FROM (SELECT Status s FROM ListingsItems) x WHERE s = 'BUYABLE'") == wanted
    (request,) = asked("SELECT SKU FROM ListingsItems WHERE Status = 'buyable'")
    assert request["withStatus"] == ("BUYABLE",)
    assert "withStatus" not in asked("SELECT SKU FROM ListingsItems WHERE Status IN ('BUYABLE', 'DISCOVERABLE')")[0]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT SKU FROM ListingsItems WHERE Status = 'sold'", "Status never holds 'sold'"),
        ("SELECT SKU FROM ListingsItems WHERE Issues = 'bad'", "Issues is JSON text, which 'bad' never equals"),
        ("SELECT OrderItemId FROM OrderItems WHERE PromotionIds IN ('P') AND AmazonOrderId = '1'", "'P' never equals"),
        (f"{ALL} AND MarketplaceIds IN (SELECT MarketplaceId FROM MarketplaceParticipations)", "list_contains"),
        (f"SELECT 1 FROM ReportList r JOIN Orders o ON r.MarketplaceIds = o.MarketplaceId WHERE {KIND}", "from_json"),
    ],
)
def test_what_can_find_nothing_says_so(sql: str, told: str) -> None:
    assert any(told in warning for warning in planned(sql).warnings)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT SKU FROM ListingsItems WHERE Issues = '[]'",
        "SELECT SKU FROM ListingsItems WHERE Issues <> 'null'",
        f"SELECT 1 FROM ReportList a JOIN ReportList b USING (MarketplaceIds) WHERE a.{KIND} AND b.{KIND}",
        f"SELECT 1 FROM ReportList a JOIN ReportList b ON a.MarketplaceIds = b.MarketplaceIds "
        f"WHERE a.{KIND} AND b.{KIND}",
    ],
)
def test_text_may_be_compared_with_text(sql: str) -> None:
    """A whole list is not warned of, and its text is no key to ask by."""
    made = planned(sql)
    assert not made.warnings
    assert all(fetch.bind is None for fetch in made.fetches)


def test_lists_of_texts_are_known_by_the_facts() -> None:
    """Only where every path has one: promotions are texts in one version and objects in the other."""
    found = {
        f"{entry.name}.{column.name}"
        for entry in entries()
        for column in registry.table(entry.schemas[0], entry.name).columns
        if column.elements
    }
    assert {"ReportList.MarketplaceIds", "Feeds.MarketplaceIds", "ListingsItems.Status", "Orders.Programs"} <= found
    assert not {"OrderItems.PromotionIds", "ListingsItems.Issues", "ReportList.MarketplaceId"} & found
