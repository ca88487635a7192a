"""Faults that were ordered strike where and how often they were ordered."""

from __future__ import annotations

from collections.abc import Callable

from amzsql.simulator import Fault, throttled

from .conftest import START, Client

PATH = "/orders/2026-01-01/orders"
QUERY = {"createdAfter": START, "maxResultsPerPage": 10}
SEARCH = "orders_2026-01-01.searchOrders"


def spoiled(make: Callable[..., Client], *faults: Fault) -> Client:
    return make(orders=60, throttle="off", faults=faults)


def test_an_error_once(make: Callable[..., Client]) -> None:
    client = spoiled(make, Fault(SEARCH, "status", nth=2, status=503, code="ServiceUnavailable"))
    statuses = [client.get(PATH, **QUERY).status_code for _ in range(3)]
    assert statuses == [200, 503, 200]


def test_throttling_with_and_without_header(make: Callable[..., Client]) -> None:
    client = spoiled(make, throttled("orders*", retry_after=7), throttled("orders*", nth=2, header=False))
    first, second, third = (client.get(PATH, **QUERY) for _ in range(3))
    assert (first.status_code, first.headers["Retry-After"], first.headers["x-amzn-RateLimit-Limit"]) == (
        429,
        "7",
        "1000.0",
    )
    assert second.status_code == 429
    assert "x-amzn-RateLimit-Limit" not in second.headers
    assert third.status_code == 200


def test_html_and_half_a_body(make: Callable[..., Client]) -> None:
    client = spoiled(make, Fault(SEARCH, "html"), Fault(SEARCH, "truncate", nth=2))
    page = client.get(PATH, **QUERY)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html")
    half, whole = client.get(PATH, **QUERY).content, client.get(PATH, **QUERY).content
    assert half == whole[: len(half)]
    assert len(half) < len(whole)


def test_a_token_that_expires_within_a_scan(make: Callable[..., Client]) -> None:
    client = spoiled(make, Fault(SEARCH, "expire", nth=2))
    assert client.get(PATH, **QUERY).status_code == 200
    refused = client.get(PATH, **QUERY)
    assert refused.status_code == 403
    assert "expired" in refused.json()["errors"][0]["details"]
    assert client.get(PATH, **QUERY).status_code == 200


def test_a_loop_an_empty_page_and_a_repeated_row(make: Callable[..., Client]) -> None:
    kinds = (Fault(SEARCH, "loop", nth=2), Fault(SEARCH, "empty", nth=3), Fault(SEARCH, "duplicate", nth=5))
    client = spoiled(make, *kinds)
    first = client.ok(PATH, **QUERY)
    token = first["pagination"]["nextToken"]
    second = client.ok(PATH, **QUERY, paginationToken=token)
    assert second["pagination"]["nextToken"] == token
    empty = client.ok(PATH, **QUERY, paginationToken=token)
    assert empty["orders"] == []
    again = client.ok(PATH, **QUERY, paginationToken=empty["pagination"]["nextToken"])
    assert again["orders"] == second["orders"]
    last = client.ok(PATH, **QUERY, paginationToken=again["pagination"]["nextToken"])
    assert last["orders"][0] == again["orders"][-1]
    assert len(last["orders"]) == 11


def test_other_operations_are_spared(make: Callable[..., Client]) -> None:
    client = spoiled(make, Fault(SEARCH, "status"))
    assert client.get("/sellers/v1/account").status_code == 200
