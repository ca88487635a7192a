"""Token buckets: the published rate and burst, to the millisecond, on a virtual clock; how often the rate is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from amzsql import spapi
from amzsql.simulator.throttle import Plans

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
        assert answer.headers.get("x-amzn-RateLimit-Limit", str(rate.rate)) == str(rate.rate)
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


def test_the_rate_is_told_on_most_answers_and_never_with_a_refusal(make: Callable[..., Client]) -> None:
    client = make(faults=())
    told = []
    for n in range(300):
        client.clock.wait(NOW + n)
        told.append(client.get("/fba/inventory/v1/summaries", granularityType="Marketplace").headers)
    bad = ["x-amzn-ratelimit-limit" in h for h in told]
    assert bad[0]
    assert 200 < sum(bad) < 300
    path = "/products/pricing/v0/price"
    client.get(path, MarketplaceId=US, ItemType="Sku", Skus="x")
    refused = client.get(path, MarketplaceId=US, ItemType="Sku", Skus="x")
    assert refused.status_code == 429
    assert "x-amzn-RateLimit-Limit" not in refused.headers
    assert refused.json()["errors"][0].keys() == {"code", "message", "details"}
    client.http.headers["x-amz-access-token"] = "Atza|none"
    assert "x-amzn-RateLimit-Limit" not in client.get("/sellers/v1/account").headers


def test_applications_have_buckets_of_their_own(make: Callable[..., Client]) -> None:
    client = make()
    path, query = "/products/pricing/v0/price", {"MarketplaceId": US, "ItemType": "Sku", "Skus": "x"}
    assert client.get(path, **query).status_code == 200
    client.login(client_id="amzn1.application-oa2-client.another")
    assert client.get(path, **query).status_code == 200
    assert client.get(path, **query).status_code == 429


def test_sellers_of_an_application_share_what_is_the_applications() -> None:
    operation = spapi.operation("listingsRestrictions_2021-08-01.getListingsRestrictions")
    plans = Plans()
    let_in = [plans.admit(f"pair {n}", "application", operation, NOW) for n in range(150)]
    assert let_in.count(True) == 100
    assert plans.admit("pair 150", "another", operation, NOW)
    assert plans.admit("pair 151", "application", operation, NOW + 0.01)


def test_sales_and_traffic_is_made_once_in_fifteen_minutes_for_all_sellers(make: Callable[..., Client]) -> None:
    client = make()
    body = {
        "reportType": "GET_SALES_AND_TRAFFIC_REPORT", "marketplaceIds": [US],
        "dataStartTime": "2026-11-01T00:00:00Z", "dataEndTime": "2026-11-02T00:00:00Z",
    }  # fmt: skip
    path = "/reports/2021-06-30/reports"
    assert client.http.post(path, json=body).status_code == 202
    client.login(refresh_token="Atzr|another seller")
    assert client.http.post(path, json=body).status_code == 429
    assert client.http.post(path, json={**body, "reportType": "GET_MERCHANT_LISTINGS_ALL_DATA"}).status_code == 202
    client.clock.wait(NOW + 900)
    assert client.http.post(path, json=body).status_code == 202
