"""Listings that were written are read back a minute later, in every API that shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from .conftest import CA, NOW, US, Client
from .test_products import CATALOG, LISTINGS, PRICING, listings, stock

ALL = "summaries,attributes,issues,offers,fulfillmentAvailability,productTypes"
OLD = LISTINGS.replace("2021-08-01", "2020-09-01")


def at(sku: str) -> str:
    return f"{LISTINGS}/{quote(sku, safe='')}"


def offer(price: float, currency: str = "USD") -> list[dict[str, Any]]:
    return [{"currency": currency, "our_price": [{"schedule": [{"value_with_tax": price}]}]}]


def mug(**more: Any) -> dict[str, Any]:
    attributes = {
        "item_name": [{"value": "Tin Mug"}],
        "brand": [{"value": "Northlake"}],
        "condition_type": [{"value": "new_new"}],
        "purchasable_offer": offer(21.5),
        "fulfillment_availability": [{"fulfillment_channel_code": "DEFAULT", "quantity": 9}],
    }
    return {"productType": "MUG", "requirements": "LISTING", "attributes": {**attributes, **more}}


def replace(name: str, value: object) -> dict[str, Any]:
    return {"productType": "PRODUCT", "patches": [{"op": "replace", "path": f"/attributes/{name}", "value": value}]}


def send(client: Client, method: str, url: str, body: object = None, **query: object) -> dict[str, Any]:
    answer: httpx.Response = client.http.request(
        method, url, json=body, params={"marketplaceIds": US, **{k: str(v) for k, v in query.items()}}
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def later(client: Client, seconds: float = 60) -> None:
    """Let time pass; an access token lives an hour."""
    client.clock.wait(client.clock.now() + seconds)


def test_a_new_listing_shows_after_a_minute(client: Client) -> None:
    receipt = send(client, "PUT", at("NEW/1 +%"), mug())
    assert receipt["status"] == "ACCEPTED"
    assert receipt["sku"] == "NEW/1 +%"
    assert receipt["issues"] == []
    later(client, 59)
    assert client.get(at("NEW/1 +%"), marketplaceIds=US).status_code == 404
    later(client, 1)
    row = client.ok(at("NEW/1 +%"), marketplaceIds=US, includedData=ALL)
    assert row["summaries"][0]["itemName"] == "Tin Mug"
    assert row["summaries"][0]["status"] == ["BUYABLE", "DISCOVERABLE"]
    assert row["offers"][0]["price"] == {"currencyCode": "USD", "amount": "21.50"}
    assert row["fulfillmentAvailability"] == [{"fulfillmentChannelCode": "DEFAULT", "quantity": 9}]
    assert row["attributes"]["brand"] == [{"value": "Northlake", "marketplace_id": US}]
    assert len(listings(client)) == 201
    assert listings(client)[0]["sku"] == "NEW/1 +%"
    # Another marketplace knows nothing of it.
    assert client.get(at("NEW/1 +%"), marketplaceIds=CA).status_code == 404
    asin = row["summaries"][0]["asin"]
    assert client.ok(f"{CATALOG}/{asin}", marketplaceIds=US)["summaries"][0]["itemName"] == "Tin Mug"
    found = client.ok(LISTINGS, marketplaceIds=US, identifiers=asin, identifiersType="ASIN")
    assert [r["sku"] for r in found["items"]] == ["NEW/1 +%"]


def test_a_patched_price_and_stock_show_everywhere(client: Client) -> None:
    rows = listings(client, includedData="summaries,fulfillmentAvailability,attributes")
    own = next(r for r in rows if "quantity" in r["fulfillmentAvailability"][0] and "/" not in r["sku"])
    sku, asin = own["sku"], own["summaries"][0]["asin"]
    patches = [
        {"op": "replace", "path": "/attributes/purchasable_offer", "value": offer(77.77)},
        {"op": "merge", "path": "/attributes/fulfillment_availability", "value": [{"quantity": 3}]},
    ]
    assert send(client, "PATCH", at(sku), {"productType": "PRODUCT", "patches": patches})["status"] == "ACCEPTED"
    later(client)
    row = client.ok(at(sku), marketplaceIds=US, includedData=ALL)
    assert row["offers"][0]["price"]["amount"] == "77.77"
    assert row["fulfillmentAvailability"] == [{"fulfillmentChannelCode": "DEFAULT", "quantity": 3}]
    assert row["summaries"][0]["itemName"] == own["summaries"][0]["itemName"]
    assert row["summaries"][0]["productType"] == own["summaries"][0]["productType"]
    (price,) = client.ok(f"{PRICING}/price", MarketplaceId=US, ItemType="Sku", Skus=sku)["payload"]
    assert price["Product"]["Offers"][0]["RegularPrice"]["Amount"] == 77.77
    seen = client.ok(f"{PRICING}/items/{asin}/offers", MarketplaceId=US, ItemCondition="New")["payload"]["Offers"]
    (mine,) = [o for o in seen if o["SellerId"] == "A3SIMULATEDSELL"]
    assert mine["ListingPrice"]["Amount"] == 77.77


def test_a_deleted_listing_is_gone_its_product_stays(client: Client) -> None:
    sku = stock(client)[0]["sellerSku"]
    asin = client.ok(at(sku), marketplaceIds=US)["summaries"][0]["asin"]
    assert send(client, "DELETE", at(sku))["status"] == "ACCEPTED"
    assert client.get(at(sku), marketplaceIds=US).status_code == 200
    later(client)
    assert client.get(at(sku), marketplaceIds=US).status_code == 404
    assert sku not in {r["sellerSku"] for r in stock(client)}
    assert len(listings(client)) == 199
    (price,) = client.ok(f"{PRICING}/price", MarketplaceId=US, ItemType="Sku", Skus=sku)["payload"]
    assert price["status"] == "ClientError"
    assert client.ok(f"{CATALOG}/{asin}", marketplaceIds=US)["asin"] == asin
    seen = client.ok(f"{PRICING}/items/{asin}/offers", MarketplaceId=US, ItemCondition="New")["payload"]
    assert "A3SIMULATEDSELL" not in {o["SellerId"] for o in seen["Offers"]}


def test_who_ships_can_change(client: Client) -> None:
    rows = listings(client, includedData="fulfillmentAvailability")
    sku = next(r["sku"] for r in rows if "quantity" in r["fulfillmentAvailability"][0])
    before = {r["sellerSku"] for r in stock(client)}
    body = replace("fulfillment_availability", [{"fulfillment_channel_code": "AMAZON_NA"}])
    assert send(client, "PATCH", at(sku), body)["status"] == "ACCEPTED"
    later(client)
    (new,) = [r for r in stock(client, details="true") if r["sellerSku"] not in before]
    assert new["sellerSku"] == sku
    assert new["inventoryDetails"]["fulfillableQuantity"] == 0


def test_what_is_wrong_is_told_and_changes_nothing(client: Client) -> None:
    body = mug()
    del body["attributes"]["brand"]
    receipt = send(client, "PUT", at("BAD"), body)
    assert receipt["status"] == "INVALID"
    (issue,) = receipt["issues"]
    assert (issue["code"], issue["severity"], issue["attributeNames"]) == ("90220", "ERROR", ["brand"])
    sku = listings(client)[0]["sku"]
    for wrong in (
        replace("fake_attribute", [{"value": 1}]),
        replace("fulfillment_availability", [{"fulfillment_channel_code": "DEFAULT", "quantity": -1}]),
        replace("purchasable_offer", offer(-5)),
        replace("purchasable_offer", offer(5, "EUR")),
        replace("item_name", [{"value": "x", "marketplace_id": CA}]),
        replace("a/b", [{"value": 1}]),
        {**replace("item_name", [{"value": "x"}]), "productType": "NO_SUCH"},
        {
            "productType": "PRODUCT",
            "patches": [{"op": "merge", "path": "/attributes/brand", "value": [{"value": "x"}]}],
        },
    ):
        assert send(client, "PATCH", at(sku), wrong)["status"] == "INVALID", wrong
    assert send(client, "PATCH", at("NO-SUCH"), replace("brand", [{"value": "x"}]))["issues"][0]["code"] == "13013"
    before = client.ok(at(sku), marketplaceIds=US, includedData=ALL)
    later(client)
    assert client.ok(at(sku), marketplaceIds=US, includedData=ALL) == before
    assert client.get(at("BAD"), marketplaceIds=US).status_code == 404


def test_a_preview_keeps_nothing(client: Client) -> None:
    query = {"mode": "VALIDATION_PREVIEW", "includedData": "issues,identifiers"}
    known = listings(client)[0]["summaries"][0]["asin"]
    body = mug(merchant_suggested_asin=[{"value": known}])
    receipt = send(client, "PUT", at("PREVIEW"), body, **query)
    assert receipt["status"] == "VALID"
    assert receipt["identifiers"] == [{"marketplaceId": US, "asin": known}]
    del body["attributes"]["item_name"]
    assert send(client, "PUT", at("PREVIEW"), body, **query)["status"] == "INVALID"
    later(client)
    assert client.get(at("PREVIEW"), marketplaceIds=US).status_code == 404


def test_an_issue_goes_when_its_attribute_comes(client: Client) -> None:
    sku = listings(client, withIssueSeverity="ERROR")[0]["sku"]
    assert client.ok(at(sku), marketplaceIds=US)["summaries"][0]["status"] == []
    send(client, "PATCH", at(sku), replace("size", [{"value": "M"}]))
    later(client)
    row = client.ok(at(sku), marketplaceIds=US, includedData="summaries,issues")
    assert row["issues"] == []
    assert "DISCOVERABLE" in row["summaries"][0]["status"]


def test_attributes_are_deleted_by_patch(client: Client) -> None:
    sku = listings(client)[0]["sku"]
    body = {"productType": "PRODUCT", "patches": [{"op": "delete", "path": "/attributes/purchasable_offer"}]}
    assert send(client, "PATCH", at(sku), body)["status"] == "ACCEPTED"
    later(client)
    row = client.ok(at(sku), marketplaceIds=US, includedData=ALL)
    assert row["offers"] == []
    assert "BUYABLE" not in row["summaries"][0]["status"]
    assert "purchasable_offer" not in row["attributes"]


def test_two_patches_in_a_row_both_count(client: Client) -> None:
    sku = listings(client)[0]["sku"]
    send(client, "PATCH", at(sku), replace("brand", [{"value": "One"}]))
    later(client, 30)
    send(client, "PATCH", at(sku), replace("color", [{"value": "Teal"}]))
    later(client, 30)
    first = client.ok(at(sku), marketplaceIds=US, includedData="attributes")["attributes"]
    assert (first["brand"][0]["value"], first["color"][0]["value"] == "Teal") == ("One", False)
    later(client, 30)
    both = client.ok(at(sku), marketplaceIds=US, includedData="attributes")["attributes"]
    assert (both["brand"][0]["value"], both["color"][0]["value"]) == ("One", "Teal")


def test_the_older_version_writes_the_same_listings(client: Client) -> None:
    receipt = send(client, "PUT", f"{OLD}/OLD-1", mug())
    assert set(receipt) == {"sku", "status", "submissionId", "issues"}
    body = mug()
    del body["attributes"]["item_name"]
    (issue,) = send(client, "PUT", f"{OLD}/OLD-2", body)["issues"]
    assert issue["attributeName"] == "item_name"
    later(client)
    assert client.ok(at("OLD-1"), marketplaceIds=US)["summaries"][0]["itemName"] == "Tin Mug"
    send(client, "DELETE", f"{OLD}/OLD-1")
    later(client)
    assert client.get(at("OLD-1"), marketplaceIds=US).status_code == 404


def test_an_account_sees_only_its_own(client: Client) -> None:
    send(client, "PUT", at("MINE"), mug())
    later(client)
    other = Client(client.simulator, client.clock, refresh_token="Atzr|simulator-norole")
    assert other.get("/listings/2021-08-01/items/A4SIMULATEDNORO/MINE", marketplaceIds=US).status_code == 404


@pytest.mark.parametrize("other", ["A1SIMULATEDEURO", "A4SIMULATEDNORO", "AMZNVENDOR01"])
def test_the_id_of_another_seller_is_refused(client: Client, other: str) -> None:
    sku = listings(client)[0]["sku"]
    for version in ("2021-08-01", "2020-09-01"):
        path = f"/listings/{version}/items/{other}/{quote(sku, safe='')}"
        for method, body in (("PUT", mug()), ("PATCH", replace("brand", [])), ("DELETE", None)):
            refused = client.http.request(method, path, params={"marketplaceIds": US}, json=body)
            assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "Unauthorized")
    ours = {"marketplaceIds": US}
    assert client.get(f"/listings/2021-08-01/items/{other}/{quote(sku, safe='')}", **ours).status_code == 403
    assert client.get(f"/listings/2021-08-01/items/{other}", **ours).status_code == 403
    query = {**ours, "sellerId": other, "asin": "B000000000"}
    assert client.get("/listings/2021-08-01/restrictions", **query).status_code == 403
    # Whose id is not listed is taken for the caller.
    assert client.ok(f"/listings/2021-08-01/items/A9NOBODYELSE/{quote(sku, safe='')}", **ours)["sku"] == sku


def test_restrictions(client: Client) -> None:
    asins = [r["summaries"][0]["asin"] for r in listings(client)[:12]]
    path, base = "/listings/2021-08-01/restrictions", {"sellerId": "A3SIMULATEDSELL", "marketplaceIds": US}
    reasons = {
        r["reasonCode"]
        for asin in asins
        for row in client.ok(path, **base, asin=asin)["restrictions"]
        for r in row["reasons"]
    }
    assert reasons == {"APPROVAL_REQUIRED", "NOT_ELIGIBLE"}
    assert client.ok(path, **base, asin=asins[0], conditionType="new_new") == {"restrictions": []}
    (missing,) = client.ok(path, **base, asin="B000000000")["restrictions"]
    assert missing["reasons"][0]["reasonCode"] == "ASIN_NOT_FOUND"


def test_product_types_and_their_schema(client: Client) -> None:
    path = "/definitions/2020-09-01/productTypes"
    names = {t["name"] for t in client.ok(path, marketplaceIds=US)["productTypes"]}
    assert {r["summaries"][0]["productType"] for r in listings(client)} <= names
    assert [t["name"] for t in client.ok(path, marketplaceIds=US, keywords="mug")["productTypes"]] == ["MUG"]
    definition = client.ok(f"{path}/MUG", marketplaceIds=US, requirements="LISTING")
    link = definition["schema"]["link"]["resource"]
    schema = httpx.Client(transport=client.http._transport).get(link).json()
    assert set(schema["required"]) == {"item_name", "brand", "condition_type"}
    listed = client.ok(at(listings(client)[0]["sku"]), marketplaceIds=US, includedData="attributes")["attributes"]
    assert set(listed) <= set(schema["properties"])
    jsonschema = pytest.importorskip("jsonschema", reason="the schema is checked with jsonschema")
    jsonschema.Draft201909Validator(schema).validate(listed)
    assert not jsonschema.Draft201909Validator(schema).is_valid({**listed, "fake": []})
    assert client.get(f"{path}/NO_SUCH", marketplaceIds=US).status_code == 404
    client.clock.wait(NOW + 8 * 86_400)
    assert httpx.Client(transport=client.http._transport).get(link).status_code == 403


def test_the_older_catalogs_show_the_same_products(make: Callable[..., Client]) -> None:
    # 2026-06-15: v0's categories had not been removed by then.
    client = make(1_781_524_800.0, throttle="off")
    asin = listings(client)[0]["summaries"][0]["asin"]
    old = "/catalog/2020-12-01/items"
    new = client.ok(f"{CATALOG}/{asin}", marketplaceIds=US, includedData="summaries,salesRanks,images")
    one = client.ok(f"{old}/{asin}", marketplaceIds=US, includedData="summaries,salesRanks,images")
    assert one["summaries"][0]["itemName"] == new["summaries"][0]["itemName"]
    assert one["summaries"][0]["brandName"] == new["summaries"][0]["brand"]
    assert one["images"] == new["images"]
    ranks = new["salesRanks"][0]
    both = [*ranks["classificationRanks"], *ranks["displayGroupRanks"]]
    assert [r["rank"] for r in one["salesRanks"][0]["ranks"]] == [r["rank"] for r in both]
    query = {"marketplaceIds": US, "keywords": "mug,red"}
    found = [i["asin"] for i in client.ok(old, **query)["items"]]
    assert found
    assert found == [i["asin"] for i in client.ok(CATALOG, **query)["items"]]
    (row,) = client.ok("/catalog/v0/categories", MarketplaceId=US, ASIN=asin)["payload"]
    own = new["summaries"][0]["browseClassification"]
    assert (row["ProductCategoryId"], row["ProductCategoryName"]) == (own["classificationId"], own["displayName"])
    assert client.ok("/catalog/v0/categories", MarketplaceId=US)["payload"] == [row["parent"]]
    assert client.get("/catalog/v0/categories", MarketplaceId=US, ASIN="B000000000").status_code == 404
