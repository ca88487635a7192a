"""Every field that the simulator writes is one that Amazon's facts know, of the type they say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from amzsql import spapi
from amzsql.spapi.model import Shape

from .conftest import CA, MX, SECTIONS, START, US, Client, orders_v0

TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}
KEYS = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US}
LISTED = "summaries,attributes,issues,offers,fulfillmentAvailability,relationships,productTypes"
IN_CATALOG = "attributes,classifications,dimensions,identifiers,images,productTypes,relationships,salesRanks,summaries"
WEEK = "2026-10-28T00:00:00Z--2026-11-04T00:00:00Z"
SELLER = "A3SIMULATEDSELL"
KINDS = "GET_MERCHANT_LISTINGS_ALL_DATA,GET_SALES_AND_TRAFFIC_REPORT,GET_LEDGER_DETAIL_VIEW_DATA"
QUERIES: dict[str, dict[str, object]] = {
    "ordersV0.getOrders": {"MarketplaceIds": f"{US},{CA},{MX}", "CreatedAfter": START},
    "orders_2026-01-01.searchOrders": {"createdAfter": START, "includedData": SECTIONS},
    "orders_2026-01-01.getOrder": {"includedData": SECTIONS},
    "sales.getOrderMetrics": {"marketplaceIds": US, "interval": WEEK, "granularity": "Total"},
    "fbaInventory.getInventorySummaries": {**KEYS, "details": "true"},
    "catalogItems_2022-04-01.searchCatalogItems": {"marketplaceIds": US, "keywords": "a", "includedData": IN_CATALOG},
    "catalogItems_2022-04-01.getCatalogItem": {"marketplaceIds": US, "includedData": IN_CATALOG},
    "listingsItems_2021-08-01.searchListingsItems": {"marketplaceIds": US, "pageSize": 20, "includedData": LISTED},
    "listingsItems_2021-08-01.getListingsItem": {"marketplaceIds": f"{US},{CA}", "includedData": LISTED},
    "productPricingV0.getPricing": {"MarketplaceId": US, "ItemType": "Asin"},
    "productPricingV0.getCompetitivePricing": {"MarketplaceId": US, "ItemType": "Asin"},
    "productPricingV0.getItemOffers": {"MarketplaceId": US, "ItemCondition": "New"},
    "productPricingV0.getListingOffers": {"MarketplaceId": US, "ItemCondition": "New"},
    "finances_2024-06-19.listTransactions": {"postedAfter": "2026-10-01T00:00:00Z"},
    "reports_2021-06-30.getReports": {"reportTypes": KINDS},
    "feeds_2021-06-30.getFeeds": {"feedTypes": "JSON_LISTINGS_FEED,UPLOAD_VAT_INVOICE"},
}

NAMES = {
    *QUERIES,
    "ordersV0.getOrder",
    "ordersV0.getOrderItems",
    "ordersV0.getOrderBuyerInfo",
    "ordersV0.getOrderAddress",
    "ordersV0.getOrderItemsBuyerInfo",
    "sellers.getMarketplaceParticipations",
    "sellers.getAccount",
    "reports_2021-06-30.getReport",
    "feeds_2021-06-30.getFeed",
}


def strange(types: Any, shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of a body that its shape does not know, or knows as something else."""
    shape = types.resolve(shape)
    if shape.type in TYPES and (
        not isinstance(value, TYPES[shape.type]) or (isinstance(value, bool) and shape.type != "boolean")
    ):
        yield f"{path} is no {shape.type}"
    elif shape.type == "array" and shape.items is not None:
        for item in value:
            yield from strange(types, shape.items, item, f"{path}[]")
    elif shape.type == "object" and shape.properties:
        for name in shape.required:
            if name not in value:
                yield f"{path}.{name} is missing"
        for name, child in value.items():
            known = shape.property(name) or shape.values
            if known is None:
                yield f"{path}.{name} is not known"
            else:
                yield from strange(types, known, child, f"{path}.{name}")
    elif shape.enum and value not in shape.enum:
        yield f"{path} cannot be {value}"


def problems(operation: Any, body: Any) -> set[str]:
    version = spapi.api(operation.api)
    shape = version.response(operation)
    assert shape is not None
    return set(strange(version.types, shape, body))


def bodies(client: Client, name: str) -> Iterator[Any]:
    """Ask an operation with keys that name something; all pages."""
    operation = spapi.operation(name)
    rows = orders_v0(client)
    order_ids = [rows[0], *[r for r in rows if r["IsReplacementOrder"]][:1], *rows[-30:]]
    listed = client.ok(f"/listings/2021-08-01/items/{SELLER}", marketplaceIds=f"{US},{CA}", pageSize=20)["items"]
    asins = [r["summaries"][0]["asin"] for r in listed]
    found = {
        "orderId": [r["AmazonOrderId"] for r in order_ids],
        "asin": asins,
        "Asin": asins,
        "sku": [r["sku"] for r in listed],
        "SellerSKU": [r["sku"] for r in listed],
        "sellerId": [SELLER],
        "reportId": [r["reportId"] for r in client.ok("/reports/2021-06-30/reports", reportTypes=KINDS)["reports"]],
        "feedId": [r["feedId"] for r in client.ok("/feeds/2021-06-30/feeds", feedTypes="JSON_LISTINGS_FEED")["feeds"]],
    }
    query = dict(QUERIES.get(name, {}))
    if query.get("ItemType"):
        query["Asins"] = ",".join(asins)
    keys = [p.name for p in operation.parameters if p.location == "path"]
    fill = {"sellerId": SELLER}
    for value in found[keys[-1]] if keys else [""]:
        path = operation.path
        for key in keys:
            path = path.replace(f"{{{key}}}", quote(fill.get(key, value), safe=""))
        if operation.paging is None or not operation.paging.token_out:
            yield client.ok(path, **query)
        else:
            yield from client.pages(
                path, operation.paging.token_in, operation.paging.token_out, operation.paging.alone, **query
            )


@pytest.mark.parametrize("name", sorted(NAMES))
def test_fields_are_known(client: Client, name: str) -> None:
    operation = spapi.operation(name)
    seen = list(bodies(client, name))
    assert seen
    assert set().union(*(problems(operation, b) for b in seen)) == set()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("productPricingV0.getItemOffersBatch", "/products/pricing/v0/items/{}/offers"),
        ("productPricingV0.getListingOffersBatch", "/products/pricing/v0/listings/{}/offers"),
    ],
)
def test_fields_of_batches_are_known(client: Client, name: str, path: str) -> None:
    operation = spapi.operation(name)
    listed = client.ok(f"/listings/2021-08-01/items/{SELLER}", marketplaceIds=US, pageSize=19)["items"]
    keys = [r["summaries"][0]["asin"] if "items" in path else r["sku"] for r in listed] + ["NO-SUCH"]
    request = {"method": "GET", "MarketplaceId": US, "ItemCondition": "New", "CustomerType": "Consumer"}
    asked = {"requests": [{**request, "uri": path.format(quote(k, safe=""))} for k in keys]}
    answer = client.http.post(operation.path, content=json.dumps(asked))
    assert answer.status_code == 200
    assert problems(operation, answer.json()) == set()


def test_restricted_token_fields_are_known(client: Client) -> None:
    operation = spapi.operation("tokens_2021-03-01.createRestrictedDataToken")
    asked = {"restrictedResources": [{"method": "GET", "path": "/orders/v0/orders/{orderId}/address"}]}
    assert problems(operation, client.http.post(operation.path, json=asked).json()) == set()
