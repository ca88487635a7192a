"""Token buckets: the published rate and burst, to the millisecond, on a virtual clock."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from amzsql import spapi

from .conftest import NOW, START, US, Client

ORDERS = {"createdAfter": START, "maxResultsPerPage": 1}


@pytest.mark.parametrize(
    ("operation", "path", "query"),
    [
        ("orders_2026-01-01.searchOrders", "/orders/2026-01-01/orders", ORDERS),
        ("ordersV0.getOrders", "/orders/v0/orders", {"MarketplaceIds": US, "CreatedAfter": START}),
        ("sellers.getMarketplaceParticipations", "/sellers/v1/marketplaceParticipations", {}),
        (
            "productPricingV0.getPricing",
            "/products/pricing/v0/price",
            {"MarketplaceId": US, "ItemType": "Sku", "Skus": "x"},
        ),
    ],
)
def test_burst_then_rate(make: Callable[..., Client], operation: str, path: str, query: dict[str, object]) -> None:
    client = make()
    rate = spapi.operation(operation).rate
    for _ in range(rate.burst):
        answer = client.get(path, **query)
        assert answer.status_code == 200
        assert answer.headers["x-amzn-RateLimit-Limit"] == str(rate.rate)
    refused = client.get(path, **query)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (429, "QuotaExceeded")
    # The refused call has taken nothing, so the next token comes when it would have come anyway.
    client.clock.wait(NOW + 1 / rate.rate - 0.01)
    assert client.get(path, **query).status_code == 429
    client.clock.wait(NOW + 1 / rate.rate)
    assert client.get(path, **query).status_code == 200
    assert client.get(path, **query).status_code == 429


def test_operations_and_accounts_have_buckets_of_their_own(make: Callable[..., Client]) -> None:
    client = make()
    path = "/products/pricing/v0/price"
    query = {"MarketplaceId": US, "ItemType": "Sku", "Skus": "x"}
    assert client.get(path, **query).status_code == 200
    assert client.get(path, **query).status_code == 429
    assert client.get("/products/pricing/v0/competitivePrice", **query).status_code == 200
    client.login()
    assert client.get(path, **query).status_code == 429
    client.login(refresh_token="Atzr|another seller")
    assert client.get(path, **query).status_code == 200


def test_throttle_off_says_so(make: Callable[..., Client]) -> None:
    client = make(throttle="off")
    answers = [client.get("/orders/2026-01-01/orders", **ORDERS) for _ in range(50)]
    assert {(a.status_code, a.headers["x-amzn-RateLimit-Limit"]) for a in answers} == {(200, "1000.0")}


def test_a_malformed_request_takes_a_token(make: Callable[..., Client]) -> None:
    client = make()
    path = "/products/pricing/v0/price"
    assert client.get(path, MarketplaceId=US).status_code == 400
    assert client.get(path, MarketplaceId=US, ItemType="Sku", Skus="x").status_code == 429
