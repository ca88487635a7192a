"""Inventory, catalog, listings and prices: the same SKUs seen from four sides."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from .conftest import CA, MX, NOW, US, Client, orders_2026

INVENTORY = "/fba/inventory/v1/summaries"
LISTINGS = "/listings/2021-08-01/items/A3SIMULATEDSELL"
CATALOG = "/catalog/2022-04-01/items"
PRICING = "/products/pricing/v0"


def stock(client: Client, market: str = US, **query: object) -> list[dict[str, Any]]:
    base = {"granularityType": "Marketplace", "granularityId": market, "marketplaceIds": market}
    pages = client.pages(INVENTORY, "nextToken", "pagination.nextToken", **{**base, **query})
    return [r for p in pages for r in p["payload"]["inventorySummaries"]]


def listings(client: Client, market: str = US, **query: object) -> list[dict[str, Any]]:
    base = {"marketplaceIds": market, "pageSize": 20}
    pages = client.pages(LISTINGS, "pageToken", "pagination.nextToken", **{**base, **query})
    return [r for p in pages for r in p["items"]]


def batch(client: Client, kind: str, *uris: str) -> list[dict[str, Any]]:
    request = {"method": "GET", "MarketplaceId": US, "ItemCondition": "New"}
    answer = client.http.post(f"/batches{PRICING}/{kind}", json={"requests": [{**request, "uri": u} for u in uris]})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["responses"])


def test_inventory_pages_by_fifty(client: Client) -> None:
    rows = stock(client)
    assert len(rows) == 150 == len({r["sellerSku"] for r in rows})
    assert len(client.simulator.log) == 1 + 3
    assert "inventoryDetails" not in rows[0]
    assert 0 < len(stock(client, CA)) < len(rows)


def test_inventory_adds_up(client: Client) -> None:
    for row in stock(client, details="true"):
        d = row["inventoryDetails"]
        inbound = sum(d[f"inbound{k}Quantity"] for k in ("Working", "Shipped", "Receiving"))
        reserved = d["reservedQuantity"]
        assert reserved["totalReservedQuantity"] == sum(v for k, v in reserved.items() if k != "totalReservedQuantity")
        whole = d["fulfillableQuantity"] + inbound + reserved["totalReservedQuantity"]
        whole += d["researchingQuantity"]["totalResearchingQuantity"]
        assert row["totalQuantity"] == whole + d["unfulfillableQuantity"]["totalUnfulfillableQuantity"]


def test_inventory_of_skus_and_since(client: Client) -> None:
    rows = stock(client)
    some = [r["sellerSku"] for r in rows[::20]]
    assert [r["sellerSku"] for r in stock(client, sellerSkus=",".join(some))] == some
    at = sorted(r["lastUpdatedTime"] for r in rows)[100]
    # With a start the SKUs are ignored, as Amazon ignores them.
    since = stock(client, startDateTime=at, sellerSkus=some[0])
    assert since == [r for r in rows if r["lastUpdatedTime"] >= at]


def test_the_inventory_token_lives_thirty_seconds(make: Callable[..., Client]) -> None:
    client = make()
    base = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US}
    token = client.ok(INVENTORY, **base)["pagination"]["nextToken"]
    client.clock.wait(NOW + 29)
    assert client.get(INVENTORY, **base, nextToken=token).status_code == 200
    client.clock.wait(NOW + 31)
    late = client.get(INVENTORY, **base, nextToken=token)
    assert late.status_code == 400
    assert "expired" in late.json()["errors"][0]["message"]


def test_inventory_refuses_two_marketplaces(client: Client) -> None:
    both = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": f"{US},{CA}"}
    assert client.get(INVENTORY, **both).status_code == 400
    other = {"granularityType": "Marketplace", "granularityId": CA, "marketplaceIds": US}
    assert client.get(INVENTORY, **other).status_code == 400


def test_listings_are_every_sku_once(client: Client) -> None:
    rows = listings(client)
    assert len(rows) == 200 == len({r["sku"] for r in rows})
    summaries = [r["summaries"][0] for r in rows]
    assert [s["lastUpdatedDate"] for s in summaries] == sorted((s["lastUpdatedDate"] for s in summaries), reverse=True)
    assert {r["sellerSku"] for r in stock(client)} == {r["sku"] for r in rows if "fnSku" in r["summaries"][0]}


def test_listings_sort(client: Client) -> None:
    skus = [r["sku"] for r in listings(client, sortBy="sku", sortOrder="ASC")]
    assert skus == sorted(skus)
    assert [r["sku"] for r in listings(client, sortBy="sku", sortOrder="DESC")] == skus[::-1]
    created = [r["summaries"][0]["createdDate"] for r in listings(client, sortBy="createdDate", sortOrder="ASC")]
    assert created == sorted(created)


def test_listings_filters_equal_a_scan(client: Client) -> None:
    sections = "summaries,issues,offers,fulfillmentAvailability"
    rows = listings(client, includedData=sections)
    worst = {r["sku"]: (r["issues"] or [{"severity": ""}])[0]["severity"] for r in rows}
    states = {r["sku"]: r["summaries"][0]["status"] for r in rows}
    assert {"ERROR", "WARNING", ""} == set(worst.values())

    def found(**query: object) -> set[str]:
        return {r["sku"] for r in listings(client, **query)}

    assert found(withIssueSeverity="ERROR") == {s for s, w in worst.items() if w == "ERROR"}
    assert found(withIssueSeverity="ERROR,WARNING") == {s for s, w in worst.items() if w}
    assert found(withStatus="BUYABLE") == {s for s, v in states.items() if "BUYABLE" in v}
    assert found(withoutStatus="BUYABLE") == {s for s, v in states.items() if "BUYABLE" not in v}
    at = sorted(r["summaries"][0]["createdDate"] for r in rows)[60]
    assert found(createdAfter=at) == {r["sku"] for r in rows if r["summaries"][0]["createdDate"] >= at}
    assert found(lastUpdatedBefore=at) == {r["sku"] for r in rows if r["summaries"][0]["lastUpdatedDate"] <= at}
    asins = [r["summaries"][0]["asin"] for r in rows[:3]]
    assert found(identifiers=",".join(asins), identifiersType="ASIN") == {r["sku"] for r in rows[:3]}
    assert client.get(LISTINGS, marketplaceIds=US, identifiers="x").status_code == 400


def test_listings_end_after_a_thousand(make: Callable[..., Client]) -> None:
    client = make(orders=15_000, throttle="off")
    first = client.ok(LISTINGS, marketplaceIds=US, pageSize=20)
    assert first["numberOfResults"] == 1500
    rows = listings(client)
    assert len(rows) == 1000 == len({r["sku"] for r in rows})


def test_a_listing_by_sku_whatever_it_holds(client: Client) -> None:
    rows = {r["sku"]: r for r in listings(client)}
    odd = {c for c in "/+% " if any(c in s for s in rows)}
    assert odd == set("/+% ")
    for sku, row in rows.items():
        assert client.ok(f"{LISTINGS}/{quote(sku, safe='')}", marketplaceIds=US) == row
    assert client.get(f"{LISTINGS}/NO-SUCH", marketplaceIds=US).status_code == 404
    assert client.get("/listings/2021-08-01/items/nobody", marketplaceIds=US).status_code == 403


def test_a_listing_in_two_marketplaces_has_two_summaries(client: Client) -> None:
    rows = listings(client, f"{US},{CA}", includedData="summaries,offers")
    assert len(rows) == 200
    assert {len(r["summaries"]) for r in rows} == {1, 2}
    assert {o["price"]["currencyCode"] for r in rows for o in r["offers"]} == {"USD", "CAD"}


def test_catalog_finds_identifiers_and_words(client: Client) -> None:
    rows = listings(client)
    asins = [r["summaries"][0]["asin"] for r in rows[:20]]
    query = {"marketplaceIds": US, "identifiers": ",".join(asins), "identifiersType": "ASIN"}
    found = client.ok(CATALOG, **query, pageSize=20)
    assert [i["asin"] for i in found["items"]] == asins
    assert found["numberOfResults"] == 20
    assert "pagination" not in found
    words = client.pages(
        CATALOG, "pageToken", "pagination.nextToken", marketplaceIds=US, keywords="mug,red", pageSize=1
    )
    items = [i for p in words for i in p["items"]]
    titles = [r["summaries"][0]["itemName"] for r in rows]
    expected = {t for t in titles if "mug" in t.lower() and "red" in t.lower()}
    assert {i["summaries"][0]["itemName"] for i in items} == expected
    assert expected


@pytest.mark.parametrize(
    "query",
    [
        {"marketplaceIds": US},
        {"marketplaceIds": US, "keywords": "a", "identifiers": "B0", "identifiersType": "ASIN"},
        {"marketplaceIds": US, "identifiers": "B0"},
        {"marketplaceIds": US, "identifiers": "B0", "identifiersType": "SKU"},
        {"marketplaceIds": f"{US},{CA}", "keywords": "a"},
        {"marketplaceIds": US, "keywords": "a", "pageSize": 21},
    ],
)
def test_catalog_refuses(client: Client, query: dict[str, object]) -> None:
    assert client.get(CATALOG, **query).status_code == 400


def test_one_catalog_item(client: Client) -> None:
    asin = listings(client)[0]["summaries"][0]["asin"]
    item = client.ok(f"{CATALOG}/{asin}", marketplaceIds=US, includedData="summaries,salesRanks")
    assert set(item) == {"asin", "summaries", "salesRanks"}
    assert client.get(f"{CATALOG}/B000000000", marketplaceIds=US).status_code == 404


def test_prices_are_the_listings_and_what_buyers_paid(client: Client) -> None:
    rows = listings(client, MX, includedData="summaries,offers")
    offered = {r["sku"]: r["offers"][0]["price"]["amount"] for r in rows}
    skus = list(offered)[:20]
    answer = client.ok(f"{PRICING}/price", MarketplaceId=MX, ItemType="Sku", Skus=",".join(skus))
    for row in answer["payload"]:
        price = row["Product"]["Offers"][0]["BuyingPrice"]["ListingPrice"]
        assert math.isclose(price["Amount"], float(offered[row["SellerSKU"]]))
        assert price["CurrencyCode"] == "MXN"
    sold = [i["product"] for o in orders_2026(client, marketplaceIds=MX) for i in o["orderItems"]]
    assert sold
    assert all(p["price"]["unitPrice"]["amount"] == offered[p["sellerSku"]] for p in sold if "price" in p)


def test_competitive_prices_are_the_featured_offers(client: Client) -> None:
    asins = [r["summaries"][0]["asin"] for r in listings(client)[:20]]
    answer = client.ok(f"{PRICING}/competitivePrice", MarketplaceId=US, ItemType="Asin", Asins=",".join(asins))
    uris = [f"{PRICING}/items/{a}/offers" for a in asins]
    for row, one in zip(answer["payload"], batch(client, "itemOffers", *uris), strict=True):
        summary = one["body"]["payload"]["Summary"]
        (price,) = row["Product"]["CompetitivePricing"]["CompetitivePrices"]
        assert price["Price"]["LandedPrice"] == summary["BuyBoxPrices"][0]["LandedPrice"]
        assert row["Product"]["CompetitivePricing"]["NumberOfOfferListings"][0]["Count"] == summary["TotalOfferCount"]
        single = client.ok(f"{PRICING}/items/{row['ASIN']}/offers", MarketplaceId=US, ItemCondition="New")
        assert single["payload"] == one["body"]["payload"]
        assert len(single["payload"]["Offers"]) == summary["TotalOfferCount"]


def test_unknown_products_fail_one_by_one(client: Client) -> None:
    sku = listings(client)[0]["sku"]
    answer = client.ok(f"{PRICING}/price", MarketplaceId=US, ItemType="Sku", Skus=f"{sku},NO-SUCH")
    assert [r["status"] for r in answer["payload"]] == ["Success", "ClientError"]
    uris = [f"{PRICING}/listings/{quote(s, safe='')}/offers" for s in (sku, "NO-SUCH")]
    responses = batch(client, "listingOffers", *uris)
    assert [r["status"]["statusCode"] for r in responses] == [200, 400]
    assert responses[1]["body"]["errors"][0]["code"] == "InvalidInput"
    assert client.get(f"{PRICING}/items/B000000000/offers", MarketplaceId=US, ItemCondition="New").status_code == 400
    used = client.ok(f"{PRICING}/listings/{quote(sku, safe='')}/offers", MarketplaceId=US, ItemCondition="Used")
    assert used["payload"]["status"] == "NoBuyableOffers"
