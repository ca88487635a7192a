"""The same money everywhere: events v0, transactions, groups, payouts and fee estimates agree; prices in 2022-05-01."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from amzsql import spapi

from .conftest import CA, US, Client, orders_v0
from .test_money_and_history import AFTER, DAY, cents, later, related, transactions
from .test_products import PRICING, listings

V0, TRANSFERS = "/finances/v0", "/finances/transfers/2024-06-01"
BATCH = "/batches/products/pricing/2022-05-01"


def events(client: Client, path: str = f"{V0}/financialEvents", **query: object) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for page in client.pages(path, "NextToken", "payload.NextToken", **query):
        for name, rows in page["payload"]["FinancialEvents"].items():
            found.setdefault(name, []).extend(rows)
    return found


def groups(client: Client, **query: object) -> list[dict[str, Any]]:
    pages = client.pages(f"{V0}/financialEventGroups", "NextToken", "payload.NextToken", **query)
    return [g for p in pages for g in p["payload"]["FinancialEventGroupList"]]


def worth(event: dict[str, Any]) -> int:
    """Add up every amount of an event."""
    total = sum(cents_v0(f["FeeAmount"]) for f in event.get("FeeList", []))
    total += cents_v0(event["AdjustmentAmount"]) if "AdjustmentAmount" in event else 0
    for item in event.get("ShipmentItemList", []) + event.get("ShipmentItemAdjustmentList", []):
        for kind in ("", "Adjustment"):
            total += sum(cents_v0(c["ChargeAmount"]) for c in item.get(f"ItemCharge{kind}List", []))
            total += sum(cents_v0(f["FeeAmount"]) for f in item.get(f"ItemFee{kind}List", []))
            total += sum(cents_v0(p["PromotionAmount"]) for p in item.get(f"Promotion{kind}List", []))
        total += sum(cents_v0(c["ChargeAmount"]) for t in item["ItemTaxWithheldList"] for c in t["TaxesWithheld"])
    return total


def cents_v0(money: dict[str, Any]) -> int:
    return round(money["CurrencyAmount"] * 100)


def test_events_are_the_transactions_that_are_not_deferred(client: Client) -> None:
    found = events(client, PostedAfter=AFTER, MaxResultsPerPage=90)
    assert set(found) == {n for n, _ in spapi.api("financesV0").types["FinancialEvents"].properties}
    assert len(found) == 34
    kinds = {"Shipment", "Refund", "ServiceFee", "Adjustment"}
    assert {n for n, rows in found.items() if rows} == {f"{kind}EventList" for kind in kinds}
    rows = [t for t in transactions(client) if t["transactionStatus"] != "DEFERRED"]
    for kind, name in (("Shipment", "ShipmentEventList"), ("Refund", "RefundEventList")):
        new = [
            (related(t, "ORDER_ID"), t["postedDate"], cents(t["totalAmount"]))
            for t in rows
            if t["transactionType"] == kind
        ]
        assert [(e["AmazonOrderId"], e["PostedDate"], worth(e)) for e in found[name]] == new
    for kind in ("ServiceFee", "Adjustment"):
        amounts = [cents(t["totalAmount"]) for t in rows if t["transactionType"] == kind]
        assert [worth(e) for e in found[f"{kind}EventList"]] == amounts != []


def test_events_of_an_order_and_of_a_group(client: Client) -> None:
    refund = events(client, PostedAfter=AFTER)["RefundEventList"][0]
    of_order = events(client, f"{V0}/orders/{refund['AmazonOrderId']}/financialEvents")
    assert of_order["RefundEventList"] == [refund]
    assert len(of_order["ShipmentEventList"]) == 1
    rows = groups(client)
    assert len(rows) == len({g["FinancialEventGroupId"] for g in rows}) >= 6
    starts = [g["FinancialEventGroupStart"] for g in rows]
    assert starts == sorted(starts, reverse=True)
    assert groups(client, MaxResultsPerPage=2) == rows
    for group in rows:
        inside = events(client, f"{V0}/financialEventGroups/{group['FinancialEventGroupId']}/financialEvents")
        assert sum(worth(e) for rows in inside.values() for e in rows) == cents_v0(group["OriginalTotal"])
    assert {g["ProcessingStatus"] for g in rows} == {"Open", "Closed"}
    assert events(client, PostedAfter="2026-05-01T00:00:00Z")["ShipmentEventList"] == []


def test_a_group_closes_and_is_paid_out_by_the_clock(client: Client) -> None:
    group = next(g for g in groups(client) if g["ProcessingStatus"] == "Open")
    expected = client.ok(f"{TRANSFERS}/payouts/expected")["expectedPayouts"]
    assert len(expected) == 3
    before = client.ok(f"{TRANSFERS}/payouts")["payouts"]
    later(client, 20 * DAY)
    closed = next(g for g in groups(client) if g["FinancialEventGroupId"] == group["FinancialEventGroupId"])
    assert (closed["ProcessingStatus"], closed["FundTransferStatus"]) == ("Closed", "Succeeded")
    after = client.ok(f"{TRANSFERS}/payouts")["payouts"]
    new = {p["id"]: p for p in after if p["id"] not in {q["id"] for q in before}}
    assert {p["currentStatus"] for p in new.values()} == {"PAID"}
    amounts = {cents(p["amount"]) for p in new.values()}
    assert cents_v0(closed["OriginalTotal"]) in amounts
    numbers = {r["relatedIdentifierValue"] for p in expected for r in p["relatedIdentifiers"]}
    assert numbers <= set(new)
    assert client.ok(f"{TRANSFERS}/payouts", payoutId=after[0]["id"])["payouts"] == [after[0]]


def test_a_payout_on_demand_takes_what_is_available(client: Client) -> None:
    body = {"marketplaceId": US, "accountType": "STANDARD_ORDERS"}
    (expected,) = client.ok(f"{TRANSFERS}/payouts/expected", marketplaceIds=US)["expectedPayouts"]
    answer = client.http.post(f"{TRANSFERS}/payouts", json=body)
    assert answer.status_code == 200, answer.text
    (payout,) = client.ok(f"{TRANSFERS}/payouts", payoutId=answer.json()["payoutReferenceId"])["payouts"]
    assert (payout["type"], payout["currentStatus"]) == ("ON_DEMAND", "STARTED")
    assert payout["amount"] == expected["amount"]
    assert client.http.post(f"{TRANSFERS}/payouts", json=body).status_code == 400
    (left,) = client.ok(f"{TRANSFERS}/payouts/expected", marketplaceIds=US)["expectedPayouts"]
    assert (cents(left["amount"]), left["status"]) == (0, "NO_PAYOUT_EXPECTED")
    methods = client.ok(f"{TRANSFERS}/paymentMethods", marketplaceId=US, paymentMethodTypes="CARD")["paymentMethods"]
    assert [m["paymentMethodType"] for m in methods] == ["CARD"]


def estimate(price: float, currency: str, market: str, **more: object) -> dict[str, Any]:
    listing = {"ListingPrice": {"CurrencyCode": currency, "Amount": price}}
    return {"FeesEstimateRequest": {"MarketplaceId": market, "PriceToEstimateFees": listing, "Identifier": "x", **more}}


def test_fees_are_those_of_the_transactions(client: Client) -> None:
    checked = 0
    for row in transactions(client)[:80]:
        if row["transactionType"] != "Shipment":
            continue
        for item in row["items"]:
            context, market = item["contexts"][0], row["marketplaceDetails"]["marketplaceId"]
            principal = item["breakdowns"][0]["breakdowns"][0]["breakdownAmount"]
            if context["quantityShipped"] != 1 or market not in (US, CA):
                continue
            body = estimate(principal["currencyAmount"], principal["currencyCode"], market)
            url = f"/products/fees/v0/listings/{quote(context['sku'], safe='')}/feesEstimate"
            result = client.http.post(url, json=body).json()["payload"]["FeesEstimateResult"]
            expenses = next(b for b in item["breakdowns"] if b["breakdownType"] == "Expenses")
            total = result["FeesEstimate"]["TotalFeesEstimate"]["Amount"]
            assert round(total * 100) == -cents(expenses["breakdownAmount"])
            assert total == round(sum(f["FinalFee"]["Amount"] for f in result["FeesEstimate"]["FeeDetailList"]), 2)
            checked += 1
    assert checked > 20


def test_a_batch_of_fees_fails_item_by_item(client: Client) -> None:
    row = listings(client)[0]
    good = {**estimate(10, "USD", US), "IdType": "SellerSKU", "IdValue": row["sku"]}
    requests = [
        good,
        {**good, "IdType": "ASIN", "IdValue": row["summaries"][0]["asin"]},
        {**good, "IdValue": "NO-SUCH"},
    ]
    answer = client.http.post("/products/fees/v0/feesEstimate", json=requests).json()
    assert [r["Status"] for r in answer] == ["Success", "Success", "ClientError"]
    assert answer[0]["FeesEstimate"] == answer[1]["FeesEstimate"]
    assert answer[2]["Error"]["Code"] == "InvalidParameterValue"
    assert client.http.post("/products/fees/v0/feesEstimate", json=[good] * 21).status_code == 400
    wrong = client.http.post("/products/fees/v0/feesEstimate", json=[{**good, **estimate(10, "EUR", US)}]).json()
    assert wrong[0]["Status"] == "ClientError"


def test_japan_has_no_cents(client: Client) -> None:
    japan = "A1VC38T7YXB528"
    client.login(refresh_token="Atzr|simulator-fe")
    rows = transactions(client)
    for row in rows:
        if row["totalAmount"]["currencyCode"] == "JPY":
            parts = [row["totalAmount"], *(b["breakdownAmount"] for b in row["breakdowns"])]
            assert all(cents(p) % 100 == 0 for p in parts)
    found = client.ok(
        "/listings/2021-08-01/items/A2SIMULATEDFARE", marketplaceIds=japan, pageSize=20, includedData="offers"
    )
    prices = [o["price"]["amount"] for i in found["items"] for o in i["offers"]]
    assert prices
    assert all(p.endswith(".00") for p in prices)
    for item in found["items"][:8]:
        url = f"{PRICING}/listings/{quote(item['sku'], safe='')}/offers"
        offers = client.ok(url, MarketplaceId=japan, ItemCondition="New")["payload"]["Offers"]
        assert all(float(o["ListingPrice"]["Amount"]).is_integer() for o in offers)
        assert all(float(o["Shipping"]["Amount"]).is_integer() for o in offers)
    asked = {"sku": found["items"][0]["sku"], "marketplaceId": japan, "method": "GET", "uri": "/products/pricing/x"}
    (one,) = client.http.post(f"{BATCH}/offer/featuredOfferExpectedPrice", json={"requests": [asked]}).json()[
        "responses"
    ]
    (result,) = one["body"]["featuredOfferExpectedPriceResults"]
    for key in ("featuredOfferExpectedPrice", "currentFeaturedOffer"):
        price = result.get(key, {}).get("price", result.get(key, {})).get("listingPrice", {"amount": 0})
        assert float(price["amount"]).is_integer()


def test_expected_prices_beat_the_others(client: Client) -> None:
    rows = listings(client)[:20]
    uri = "/products/pricing/2022-05-01/offer/featuredOfferExpectedPrice"
    asked = [
        {"marketplaceId": US, "sku": s, "method": "GET", "uri": uri} for s in (*(r["sku"] for r in rows), "NO-SUCH")
    ]
    responses = client.http.post(f"{BATCH}/offer/featuredOfferExpectedPrice", json={"requests": asked}).json()[
        "responses"
    ]
    assert [r["status"]["statusCode"] for r in responses] == [200] * 20 + [400]
    assert responses[-1]["body"]["errors"][0]["code"] == "INVALID_SKU"
    states = set()
    for row, response in zip(rows, responses[:-1], strict=True):
        (result,) = response["body"]["featuredOfferExpectedPriceResults"]
        states.add(result["resultStatus"])
        url = f"{PRICING}/items/{row['summaries'][0]['asin']}/offers"
        summary = client.ok(url, MarketplaceId=US, ItemCondition="New")["payload"]["Summary"]
        best = summary["BuyBoxPrices"][0]
        assert result["currentFeaturedOffer"]["price"]["listingPrice"]["amount"] == best["ListingPrice"]["Amount"]
        if result["resultStatus"] == "VALID_FOEP":
            rival = result["competingFeaturedOffer"]["price"]
            landed = rival["listingPrice"]["amount"] + rival["shippingPrice"]["amount"]
            assert result["featuredOfferExpectedPrice"]["listingPrice"]["amount"] < landed
    assert states == {"VALID_FOEP", "NO_COMPETING_OFFERS"}


def test_competitive_summaries(client: Client) -> None:
    asin = listings(client)[0]["summaries"][0]["asin"]
    base = {"marketplaceId": US, "method": "GET", "uri": "/products/pricing/2022-05-01/items/competitiveSummary"}
    sections = ["featuredBuyingOptions", "referencePrices", "lowestPricedOffers", "similarItems"]
    requests = [
        {**base, "asin": asin, "includedData": sections},
        {**base, "asin": "B000000000", "includedData": sections},
    ]
    requests.append({**base, "asin": asin, "includedData": ["similarItems"]})
    answer = client.http.post(f"{BATCH}/items/competitiveSummary", json={"requests": requests}).json()["responses"]
    assert [r["status"]["statusCode"] for r in answer] == [200, 400, 200]
    whole = answer[0]["body"]
    offers = client.ok(f"{PRICING}/items/{asin}/offers", MarketplaceId=US, ItemCondition="New")["payload"]["Offers"]
    lowest = whole["lowestPricedOffers"][0]["offers"]
    assert [o["sellerId"] for o in lowest] == [o["SellerId"] for o in offers]
    assert whole["featuredBuyingOptions"][0]["segmentedFeaturedOffers"][0]["sellerId"] == lowest[0]["sellerId"]
    assert len(whole["referencePrices"]) == 3
    assert set(answer[2]["body"]) == {"asin", "marketplaceId", "similarItems"}
    assert asin not in {i["asin"] for i in whole["similarItems"][0]["items"]}


def test_cancelled_orders_bring_nothing(client: Client) -> None:
    order = orders_v0(client, OrderStatuses="Canceled")[0]
    found = events(client, f"{V0}/orders/{order['AmazonOrderId']}/financialEvents")
    assert not any(found.values())
