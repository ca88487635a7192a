"""Clients that we did not write do their work on the simulator: Amazon's own SDK and python-amazon-sp-api.

Each is told another address and nothing else. Amazon's SDK reads every answer into its own models.
"""

from __future__ import annotations

import importlib
import io
import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amzsql.clock import VirtualClock
from amzsql.simulator import Server, Simulator

from .conftest import NOW, START, US
from .test_server import serving

SELLER = "A3SIMULATEDSELL"
REPORT = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
WINDOW = {"dataStartTime": "2026-10-20T00:00:00Z", "dataEndTime": "2026-11-10T00:00:00Z"}
WEEK = "2026-10-28T00:00:00Z--2026-11-04T00:00:00Z"
PREVIEW = {
    "productType": "MUG",
    "requirements": "LISTING",
    "attributes": {"item_name": [{"value": "A mug", "marketplace_id": US}]},
}
PRICE = {
    "productType": "MUG",
    "patches": [{"op": "replace", "path": "/attributes/item_name", "value": [{"value": "Mug", "marketplace_id": US}]}],
}
FEES = {
    "FeesEstimateRequest": {
        "MarketplaceId": US,
        "Identifier": "one",
        "IsAmazonFulfilled": True,
        "PriceToEstimateFees": {"ListingPrice": {"CurrencyCode": "USD", "Amount": 20.0}},
    }
}
QUEUE = {"name": "orders", "resourceSpecification": {"sqs": {"arn": "arn:aws:sqs:us-east-2:123456789012:orders"}}}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Simulator(VirtualClock(NOW), orders=300, throttle="off")) as found:
        yield found


def test_the_lines_of_the_docs_lead_python_amazon_sp_api_here(server: Server) -> None:
    pytest.importorskip("sp_api.api", reason="python-amazon-sp-api is not installed")
    page = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text("utf-8")
    lines = next(block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "AccessTokenClient" in block)
    space: dict[str, Any] = {}
    exec(lines.replace("8765", str(server.server_port)), space)
    found = space["client"].get_orders(CreatedAfter=START, MarketplaceIds=[US])
    assert found.payload["Orders"]
    assert [r.operation for r in server.simulator.log] == ["lwa.token", "ordersV0.getOrders"]


def later(server: Server, seconds: float) -> None:
    """Move the simulated time on."""
    clock = server.simulator.clock
    assert isinstance(clock, VirtualClock)
    clock.wait(clock.now() + seconds)


def upload(url: str, body: bytes, content_type: str) -> None:
    """Send a document where Amazon wants it."""
    request = urllib.request.Request(url, body, {"Content-Type": content_type}, method="PUT")
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


def download(url: str) -> bytes:
    """Fetch a document; its address needs no token."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        body: bytes = answer.read()
    return body


def feed_of(sku: str) -> bytes:
    """Return a JSON_LISTINGS_FEED that deletes one SKU."""
    messages = [{"messageId": 1, "sku": sku, "operationType": "DELETE"}]
    return json.dumps({"header": {"sellerId": SELLER, "version": "2.0"}, "messages": messages}).encode()


class Sdk:
    """Amazon's SDK, logged in; `api` returns one of its classes."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._clients: dict[str, Any] = {}

    def client(self, scope: str = "") -> Any:
        from spapi import SPAPIConfig
        from spapi.client import SPAPIClient

        if scope not in self._clients:
            login = {"scope": scope} if scope else {"refresh_token": "Atzr|foreign"}
            config = SPAPIConfig(client_id="amzn1.application-oa2-client.foreign", client_secret="secret", **login)
            url = self._server.url
            self._clients[scope] = SPAPIClient(config, oauth_endpoint=f"{url}/auth/o2/token", endpoint=url)
        return self._clients[scope].api_client

    def api(self, package: str, module: str, name: str, scope: str = "") -> Any:
        found = importlib.import_module(f"spapi.api.{package}.{module}")
        return getattr(found, name)(self.client(scope))


def test_amazons_sdk_reads(server: Server) -> None:
    pytest.importorskip("spapi", reason="amzn-sp-api is not installed")
    sdk = Sdk(server)
    sellers = sdk.api("sellers_v1", "sellers_api", "SellersApi")
    assert {p.marketplace.country_code for p in sellers.get_marketplace_participations().payload} >= {"US", "CA"}
    assert sellers.get_account().payload.business_type == "PRIVATE_LIMITED"
    orders = sdk.api("orders_v0", "orders_v0_api", "OrdersV0Api")
    rows = orders.get_orders([US], created_after=START).payload.orders
    order_id = rows[-1].amazon_order_id
    assert orders.get_order(order_id).payload.purchase_date == rows[-1].purchase_date
    items = orders.get_order_items(order_id).payload.order_items
    assert orders.get_order_buyer_info(order_id).payload.amazon_order_id == order_id
    assert orders.get_order_address(order_id).payload.amazon_order_id == order_id
    newer = sdk.api("orders_v2026_01_01", "search_orders_api", "SearchOrdersApi")
    assert len(newer.search_orders(created_after=START).orders) == 100
    same = sdk.api("orders_v2026_01_01", "get_order_api", "GetOrderApi").get_order(order_id).order
    assert sum(i.quantity_ordered for i in same.order_items) == sum(i.quantity_ordered for i in items)
    metrics = sdk.api("sales_v1", "sales_api", "SalesApi").get_order_metrics([US], WEEK, "Total")
    assert metrics.payload[0].order_count > 0
    stock = sdk.api("fba_inventory_v1", "fba_inventory_api", "FbaInventoryApi")
    assert stock.get_inventory_summaries("Marketplace", US, [US], details=True).payload.inventory_summaries
    listings = sdk.api("listings_items_v2021_08_01", "listings_api", "ListingsApi")
    listed = listings.search_listings_items(SELLER, [US], page_size=20).items
    assert listings.get_listings_item(SELLER, listed[0].sku, [US]).sku == listed[0].sku
    asin = listed[0].summaries[0].asin
    catalog = sdk.api("catalogitems_v2022_04_01", "catalog_api", "CatalogApi")
    assert catalog.get_catalog_item(asin, [US]).asin == asin
    assert catalog.search_catalog_items([US], identifiers=[asin], identifiers_type="ASIN").items[0].asin == asin
    restrictions = sdk.api("listings_restrictions_v2021_08_01", "listings_restrictions_api", "ListingsRestrictionsApi")
    assert restrictions.get_listings_restrictions(asin, SELLER, [US]).restrictions is not None
    types = sdk.api("product_type_definitions_v2020_09_01", "definitions_api", "DefinitionsApi")
    assert types.search_definitions_product_types([US]).product_types
    assert types.get_definitions_product_type("MUG", [US]).product_type == "MUG"
    pricing = sdk.api("product_pricing_v0", "product_pricing_api", "ProductPricingApi")
    assert pricing.get_pricing(US, "Asin", asins=[asin]).payload[0].asin == asin
    assert pricing.get_competitive_pricing(US, "Asin", asins=[asin]).payload[0].asin == asin
    assert pricing.get_item_offers(US, "New", asin).payload.asin == asin
    fees = sdk.api("product_fees_v0", "fees_api", "FeesApi")
    assert fees.get_my_fees_estimate_for_asin(asin, FEES).payload.fees_estimate_result.status == "Success"
    finances = sdk.api("finances_v2024_06_19", "finances_v2024_api", "FinancesV2024Api")
    assert finances.list_transactions(posted_after="2026-10-20T00:00:00Z").payload.transactions
    older = sdk.api("finances_v0", "finances_v0_api", "FinancesV0Api")
    assert older.list_financial_event_groups().payload.financial_event_group_list
    assert older.list_financial_events(posted_after="2026-10-20T00:00:00Z").payload.financial_events
    assert {r.status for r in server.simulator.log} == {200}


def test_amazons_sdk_writes(server: Server) -> None:
    pytest.importorskip("spapi", reason="amzn-sp-api is not installed")
    sdk = Sdk(server)
    listings = sdk.api("listings_items_v2021_08_01", "listings_api", "ListingsApi")
    sku = listings.search_listings_items(SELLER, [US]).items[0].sku
    preview = listings.put_listings_item(SELLER, sku, [US], PREVIEW, mode="VALIDATION_PREVIEW")
    assert preview.status in ("VALID", "INVALID")
    patched = listings.patch_listings_item(SELLER, sku, [US], PRICE)
    assert patched.status == "ACCEPTED", patched.issues
    reports = sdk.api("reports_v2021_06_30", "reports_api", "ReportsApi")
    made = reports.create_report({"reportType": REPORT, "marketplaceIds": [US], **WINDOW}).report_id
    assert reports.get_report(made).processing_status in ("IN_QUEUE", "IN_PROGRESS")
    later(server, 1500)
    done = reports.get_report(made)
    assert done.processing_status == "DONE"
    document = reports.get_report_document(done.report_document_id)
    assert download(document.url)
    feeds = sdk.api("feeds_v2021_06_30", "feeds_api", "FeedsApi")
    place = feeds.create_feed_document({"contentType": "application/json; charset=UTF-8"})
    upload(place.url, feed_of(sku), "application/json; charset=UTF-8")
    specification = {"feedType": "JSON_LISTINGS_FEED", "marketplaceIds": [US]}
    feed = feeds.create_feed({**specification, "inputFeedDocumentId": place.feed_document_id}).feed_id
    later(server, 1500)
    ended = feeds.get_feed(feed)
    assert ended.processing_status == "DONE"
    result = feeds.get_feed_document(ended.result_feed_document_id)
    assert b"summary" in download(result.url) or result.compression_algorithm == "GZIP"
    tokens = sdk.api("tokens_v2021_03_01", "tokens_api", "TokensApi")
    resource = {"method": "GET", "path": "/orders/v0/orders", "dataElements": ["buyerInfo"]}
    assert tokens.create_restricted_data_token({"restrictedResources": [resource]}).restricted_data_token
    grantless = sdk.api("notifications_v1", "notifications_api", "NotificationsApi", "sellingpartnerapi::notifications")
    queue = grantless.create_destination(QUEUE).payload.destination_id
    assert grantless.get_destination(queue).payload.destination_id == queue
    notifications = sdk.api("notifications_v1", "notifications_api", "NotificationsApi")
    wanted = {"payloadVersion": "1.0", "destinationId": queue}
    subscribed = notifications.create_subscription("ORDER_CHANGE", wanted).payload.subscription_id
    assert notifications.get_subscription("ORDER_CHANGE").payload.subscription_id == subscribed
    assert all(200 <= r.status < 300 for r in server.simulator.log)


class Library:
    """python-amazon-sp-api, logged in; `api` returns one of its classes."""

    def __init__(self, server: Server) -> None:
        from sp_api.auth import AccessTokenClient

        class Login(AccessTokenClient):  # type: ignore[misc]
            scheme = "http://"
            host = f"127.0.0.1:{server.server_port}"

        self._url, self._login = server.url, Login

    def api(self, name: str) -> Any:
        credentials = {"refresh_token": "Atzr|x", "lwa_app_id": "app", "lwa_client_secret": "secret"}
        found = getattr(importlib.import_module("sp_api.api"), name)
        made = found(credentials=credentials, auth_token_client_class=self._login)
        made.endpoint = self._url
        return made


def test_python_amazon_sp_api_reads(server: Server) -> None:
    pytest.importorskip("sp_api", reason="python-amazon-sp-api is not installed")
    from sp_api.base import Granularity

    library = Library(server)
    sellers = library.api("Sellers")
    assert len(sellers.get_marketplace_participation().payload) == 4
    assert sellers.get_account().payload["sellingPlan"] == "PROFESSIONAL"
    orders = library.api("OrdersV0")
    rows = orders.get_orders(CreatedAfter=START).payload["Orders"]
    order_id = rows[-1]["AmazonOrderId"]
    assert orders.get_order(order_id).payload["AmazonOrderId"] == order_id
    assert orders.get_order_items(order_id).payload["OrderItems"]
    assert orders.get_order_address(order_id).payload["AmazonOrderId"] == order_id
    assert orders.get_order_buyer_info(order_id).payload["AmazonOrderId"] == order_id
    newer = library.api("OrdersV20260101")
    assert len(newer.search_orders(createdAfter=START, marketplaceIds=[US]).payload["orders"]) == 100
    assert newer.get_order(order_id).payload["order"]["orderId"] == order_id
    week = ("2026-10-28T00:00:00Z", "2026-11-04T00:00:00Z")
    assert library.api("Sales").get_order_metrics(week, Granularity.TOTAL).payload[0]["orderCount"] > 0
    assert library.api("Inventories").get_inventory_summary_marketplace(details=True).payload["inventorySummaries"]
    listings = library.api("ListingsItemsV20210801")
    listed = listings.search_listings_items(SELLER, marketplaceIds=[US], pageSize=20).payload["items"]
    sku, asin = listed[0]["sku"], listed[0]["summaries"][0]["asin"]
    assert listings.get_listings_item(SELLER, sku, marketplaceIds=[US]).payload["sku"] == sku
    catalog = library.api("CatalogItemsV20220401")
    assert catalog.get_catalog_item(asin, marketplaceIds=[US]).payload["asin"] == asin
    assert catalog.search_catalog_items(keywords="mug", marketplaceIds=[US]).payload["items"]
    restrictions = library.api("ListingsRestrictions")
    found = restrictions.get_listings_restrictions(asin=asin, sellerId=SELLER, marketplaceIds=[US])
    assert "restrictions" in found.payload
    types = library.api("ProductTypeDefinitions")
    assert types.search_definitions_product_types(marketplaceIds=[US]).payload["productTypes"]
    assert types.get_definitions_product_type("MUG", marketplaceIds=[US]).payload["productType"] == "MUG"
    prices = library.api("ProductsV0")
    assert prices.get_product_pricing_for_asins([asin]).payload[0]["ASIN"] == asin
    assert prices.get_competitive_pricing_for_asins([asin]).payload[0]["ASIN"] == asin
    assert prices.get_item_offers(asin, "New").payload["ASIN"] == asin
    fees = library.api("ProductFees").get_product_fees_estimate_for_asin(asin, 20.0).payload
    assert fees["FeesEstimateResult"]["Status"] == "Success"
    money = library.api("FinancesV20240619")
    assert money.list_transactions(postedAfter="2026-10-20T00:00:00Z").payload["transactions"]
    older = library.api("FinancesV0")
    assert older.list_financial_event_groups().payload["FinancialEventGroupList"]
    assert older.list_financial_events(PostedAfter="2026-10-20T00:00:00Z").payload["FinancialEvents"]
    assert {r.status for r in server.simulator.log} == {200}


def test_python_amazon_sp_api_writes(server: Server) -> None:
    pytest.importorskip("sp_api", reason="python-amazon-sp-api is not installed")
    library = Library(server)
    reports = library.api("Reports")
    made = reports.create_report(reportType=REPORT, marketplaceIds=[US], **WINDOW).payload["reportId"]
    later(server, 1500)
    done = reports.get_report(made).payload
    assert done["processingStatus"] == "DONE"
    document = reports.get_report_document(done["reportDocumentId"], download=True).payload["document"]
    assert document.startswith("amazon-order-id\t")
    listings = library.api("ListingsItemsV20210801")
    sku = listings.search_listings_items(SELLER, marketplaceIds=[US]).payload["items"][0]["sku"]
    assert listings.patch_listings_item(SELLER, sku, marketplaceIds=[US], body=PRICE).payload["status"] == "ACCEPTED"
    feeds = library.api("FeedsV20210630")
    place, feed = feeds.submit_feed("JSON_LISTINGS_FEED", io.BytesIO(feed_of(sku)), "application/json")
    assert place.payload["feedDocumentId"]
    later(server, 1500)
    ended = feeds.get_feed(feed.payload["feedId"]).payload
    assert ended["processingStatus"] == "DONE"
    assert "summary" in str(feeds.get_feed_result_document(ended["resultFeedDocumentId"]))
    assert all(200 <= r.status < 300 for r in server.simulator.log)
