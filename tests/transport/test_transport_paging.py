"""Every paging style, against the facts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amzsql import spapi
from amzsql.errors import OperationalError
from amzsql.spapi import Operation
from amzsql.transport import TokenGuard, next_operation, next_parameters, total_rows

TOKEN = "a+b/c=="
PAGED = [o for name in spapi.apis() for o in spapi.api(name).operations if o.paging]


def page(path: str, value: object) -> bytes:
    body: Any = value
    for step in reversed(path.split(".")):
        body = {"noise": [{"deep": {"nextToken": "no"}}], step: body}
    return json.dumps(body).encode()


def test_the_facts_hold_all_paged_operations() -> None:
    assert len(PAGED) >= 70


@pytest.mark.parametrize(
    "operation", [o for o in PAGED if o.paging and o.paging.style == "token"], ids=lambda o: o.name
)
def test_the_token_goes_where_the_operation_takes_it(operation: Operation) -> None:
    assert operation.paging
    target = next_operation(operation)
    assert target.paging
    first: dict[str, object] = {p.name: "x" for p in operation.parameters if p.location != "body"}
    first.pop(operation.paging.token_parameter, None)
    found = next_parameters(operation, first, page(operation.paging.token_out, TOKEN))
    assert found is not None
    assert found[target.paging.token_parameter] == TOKEN
    assert all(target.has_parameter(name) for name in found)
    for nothing in (None, ""):
        assert next_parameters(operation, first, page(operation.paging.token_out, nothing)) is None
    for body in (b"{}", b'{"payload": null}', b"[]", b"null"):
        assert next_parameters(operation, first, body) is None


@pytest.mark.parametrize(
    ("name", "first", "body", "second"),
    [
        (
            "ordersV0.getOrders",
            {"MarketplaceIds": ("A",), "CreatedAfter": datetime(2026, 1, 1, tzinfo=UTC)},
            {"payload": {"Orders": [], "NextToken": TOKEN}},
            {"MarketplaceIds": ("A",), "CreatedAfter": datetime(2026, 1, 1, tzinfo=UTC), "NextToken": TOKEN},
        ),
        (
            "reports_2021-06-30.getReports",
            {"reportTypes": ("R",), "pageSize": 100},
            {"reports": [], "nextToken": TOKEN},
            {"nextToken": TOKEN},
        ),
        (
            "fulfillmentInboundV0.getShipments",
            {"QueryType": "DATE_RANGE", "MarketplaceId": "A", "LastUpdatedAfter": "x"},
            {"payload": {"ShipmentData": [], "NextToken": TOKEN}},
            {"QueryType": "NEXT_TOKEN", "MarketplaceId": "A", "NextToken": TOKEN},
        ),
        (
            "fulfillmentInboundV0.getShipmentItemsByShipmentId",
            {"shipmentId": "FBA1", "MarketplaceId": "A"},
            {"payload": {"ItemData": [], "NextToken": TOKEN}},
            {"QueryType": "NEXT_TOKEN", "MarketplaceId": "A", "NextToken": TOKEN},
        ),
        (
            "catalogItems_2022-04-01.searchCatalogItems",
            {"keywords": ("x",)},
            {"numberOfResults": 9, "pagination": {"nextToken": TOKEN, "previousToken": "p"}, "items": []},
            {"keywords": ("x",), "pageToken": TOKEN},
        ),
        (
            "support_2025-02-01.listCases",
            {"body.maxResults": 50, "body.caseFilters.subjectKeywords": "x"},
            {"cases": [], "nextToken": TOKEN},
            {"body.maxResults": 50, "body.caseFilters.subjectKeywords": "x", "body.nextToken": TOKEN},
        ),
        (
            "financesRemittance_2026-03-17.getRemittance",
            {"uniquePaymentId": "1", "marketplaceId": "A"},
            {"remittanceItems": [], "nextTokenForLineItems": TOKEN},
            {"uniquePaymentId": "1", "marketplaceId": "A", "nextTokenForLineItems": TOKEN},
        ),
    ],
)
def test_what_goes_with_the_token(name: str, first: dict, body: Any, second: dict) -> None:
    assert next_parameters(spapi.operation(name), first, json.dumps(body).encode()) == second


def test_the_odd_one_goes_on_elsewhere() -> None:
    odd = spapi.operation("fulfillmentInboundV0.getShipmentItemsByShipmentId")
    assert next_operation(odd).name == "fulfillmentInboundV0.getShipmentItems"
    orders = spapi.operation("ordersV0.getOrders")
    assert next_operation(orders) is orders


OFFERS = spapi.operation("replenishment-2022-11-07.listOffers")


@given(total=st.integers(0, 50), size=st.integers(1, 20), told=st.booleans())
def test_offsets_reach_every_row_once(total: int, size: int, told: bool) -> None:
    first = {"body.pagination.limit": size, "body.pagination.offset": 0, "body.filters.marketplaceId": "A"}
    parameters: dict[str, Any] | None = first
    rows: list[int] = []
    pages = 0
    while parameters is not None:
        assert parameters["body.filters.marketplaceId"] == "A"
        start = parameters["body.pagination.offset"]
        found = list(range(total))[start : start + size]
        rows += found
        pages += 1
        totals = {"pagination": {"totalResults": total}} if told else {}
        parameters = next_parameters(OFFERS, parameters, json.dumps({"offers": found} | totals).encode())
    assert rows == list(range(total))
    assert pages <= total // size + 1


def test_totals() -> None:
    search = spapi.operation("catalogItems_2022-04-01.searchCatalogItems")
    assert total_rows(search, b'{"items": [], "numberOfResults": 120}') == 120
    assert total_rows(search, b'{"items": []}') is None
    assert total_rows(search, b'{"numberOfResults": "many"}') is None
    assert total_rows(OFFERS, b'{"offers": [], "pagination": {"totalResults": 7}}') == 7


def test_a_token_that_comes_back_is_an_error() -> None:
    operation = spapi.operation("ordersV0.getOrders")
    guard = TokenGuard(operation)
    guard.check({"MarketplaceIds": ("A",)})
    guard.check({"NextToken": "one"})
    guard.check({"NextToken": "two"})
    with pytest.raises(OperationalError, match=r"ordersV0\.getOrders handed out the same page token twice"):
        guard.check({"NextToken": "one"})


def test_a_token_in_the_body_that_comes_back_is_an_error() -> None:
    guard = TokenGuard(spapi.operation("support_2025-02-01.listCases"))
    for fields in ({}, {}, {"body.nextToken": "one"}, {"body.nextToken": "two"}):
        guard.check(fields)
    with pytest.raises(OperationalError, match="the same page token twice"):
        guard.check({"body.nextToken": "one"})
