"""Feeds: uploaded, processed as the clock moves, and reported; a feed of listings changes the listings."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest

from amzsql import spapi

from .conftest import CA, US, Client
from .requesting import MODELS, violations
from .test_order_actions import items, unshipped

ROOT = "/feeds/2021-06-30"
LISTINGS = "JSON_LISTINGS_FEED"
FLAT = "POST_FLAT_FILE_FULFILLMENT_DATA"
JSON = "application/json; charset=UTF-8"
SCHEMAS = Path(__file__).parents[3] / "shared" / "spapi" / "schemas" / "feeds"
SELLER = "A3SIMULATEDSELL"


def later(client: Client, seconds: float) -> None:
    """Move the clock."""
    client.clock.wait(client.clock.now() + seconds)


def destination(client: Client, content_type: str = JSON) -> dict[str, str]:
    answer = client.http.post(f"{ROOT}/documents", json={"contentType": content_type})
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found


def upload(client: Client, body: bytes, content_type: str = JSON) -> str:
    """Upload a document, without a token, and return its id."""
    to = destination(client, content_type)
    with httpx.Client(transport=httpx.WSGITransport(app=client.simulator)) as anybody:
        assert anybody.put(to["url"], content=body, headers={"Content-Type": content_type}).status_code == 200
    return to["feedDocumentId"]


def submit(client: Client, document: str, kind: str = LISTINGS, **details: Any) -> httpx.Response:
    body = {"feedType": kind, "marketplaceIds": [US], "inputFeedDocumentId": document, **details}
    return client.http.post(f"{ROOT}/feeds", json=body)


def send(client: Client, body: bytes, kind: str = LISTINGS, content_type: str = JSON) -> str:
    answer = submit(client, upload(client, body, content_type), kind)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["feedId"])


def finish(client: Client, feed_id: str, seconds: float = 600) -> dict[str, Any]:
    later(client, seconds)
    found: dict[str, Any] = client.ok(f"{ROOT}/feeds/{feed_id}")
    return found


def download(client: Client, document: str, **query: object) -> httpx.Response:
    found = client.ok(f"{ROOT}/documents/{document}", **query)
    with httpx.Client(transport=httpx.WSGITransport(app=client.simulator)) as anybody:
        return anybody.get(found["url"])


def report(client: Client, feed: dict[str, Any]) -> bytes:
    return gzip.decompress(download(client, feed["resultFeedDocumentId"]).content)


def message(number: int, sku: str, operation: str = "UPDATE", **more: Any) -> dict[str, Any]:
    found = {"messageId": number, "sku": sku, "operationType": operation, **more}
    return found if operation == "DELETE" else {"productType": "MUG", **found}


def feed(*messages: dict[str, Any], **header: Any) -> bytes:
    head = {"sellerId": SELLER, "version": "2.0", **header}
    return json.dumps({"header": head, "messages": messages}).encode()


def name(text: str) -> dict[str, Any]:
    return {"item_name": [{"value": text, "language_tag": "en_US", "marketplace_id": US}]}


def stock(quantity: int) -> list[dict[str, Any]]:
    return [{"fulfillment_channel_code": "DEFAULT", "quantity": quantity}]


def item(client: Client, sku: str) -> Any:
    path = f"/listings/2021-08-01/items/{SELLER}/{quote(sku, safe='')}"
    return client.get(path, marketplaceIds=US, includedData="attributes,summaries")


def skus(client: Client, count: int) -> list[str]:
    path = f"/listings/2021-08-01/items/{SELLER}"
    rows = client.ok(path, marketplaceIds=US, pageSize=20, sortBy="sku", includedData="summaries")["items"]
    return [r["sku"] for r in rows[:count]]


def test_a_feed_in_another_sellers_name_is_not_processed(client: Client) -> None:
    (sku,) = skus(client, 1)
    written = message(1, sku, "PARTIAL_UPDATE", attributes=name("Taken"))
    done = finish(client, send(client, feed(written, sellerId="A1SIMULATEDEURO")))
    assert done["processingStatus"] == "FATAL"
    assert item(client, sku).json()["summaries"][0]["itemName"] != "Taken"
    assert finish(client, send(client, feed(written, sellerId="A9NOBODYELSE")))["processingStatus"] == "DONE"


def test_accounts_do_not_share_feeds(client: Client) -> None:
    keys = [
        send(client, feed(message(1, "A", "DELETE"))),
        client.ok(f"{ROOT}/feeds", feedTypes=LISTINGS)["feeds"][-1]["feedId"],
    ]
    client.login(refresh_token="Atzr|simulator-eu")
    document = upload(client, feed(message(1, "A", "DELETE")))
    assert submit(client, document, marketplaceIds=["A1PA6795UKMFR9"]).status_code == 202
    assert [client.get(f"{ROOT}/feeds/{k}").status_code for k in keys] == [404, 404]


def test_a_feed_of_listings_changes_them(client: Client) -> None:
    changed, gone, put, untouched = skus(client, 4)
    messages = (
        message(1, changed, "PATCH", patches=[{"op": "replace", "path": "/attributes/item_name", "value": [
            {"value": "Patched", "marketplace_id": US}]}]),
        message(2, gone, "DELETE"),
        message(3, put, "PARTIAL_UPDATE", attributes={"fulfillment_availability": stock(7)}),
        message(4, untouched, "PATCH"),
        message(4, "", "UPDATE"),
        message(6, "NEW-1", "PARTIAL_UPDATE", attributes=name("Not there")),
    )  # fmt: skip
    before = item(client, untouched).json()
    feed_id = send(client, feed(*messages))
    assert item(client, gone).status_code == 200
    done = finish(client, feed_id)
    assert done["processingStatus"] == "DONE"
    assert item(client, changed).json()["attributes"]["item_name"][0]["value"] == "Patched"
    assert item(client, gone).status_code == 404
    assert item(client, put).json()["attributes"]["fulfillment_availability"] == stock(7)
    assert item(client, untouched).json() == before
    told = json.loads(report(client, done))
    assert told["header"] == {"sellerId": SELLER, "version": "2.0", "feedId": feed_id}
    summary = told["summary"]
    counts = [summary[n] for n in ("messagesProcessed", "messagesAccepted", "messagesInvalid", "errors")]
    assert counts == [6, 3, 3, len(told["issues"])]
    assert [(i.get("messageId"), i.get("sku"), i["attributeName"]) for i in told["issues"][:4]] == [
        (4, untouched, "patches"),
        (4, None, "messageId"),
        (4, None, "sku"),
        (4, None, "attributes"),
    ]
    assert told["issues"][-1]["sku"] == "NEW-1"


def price(amount: float) -> list[dict[str, Any]]:
    schedule = [{"schedule": [{"value_with_tax": amount}]}]
    return [{"marketplace_id": US, "currency": "USD", "audience": "ALL", "our_price": schedule}]


def test_ten_thousand_prices_are_changed_at_once(client: Client) -> None:
    listed = {**name("Cup"), "brand": [{"value": "Kiln"}], "condition_type": [{"value": "new_new"}]}
    codes = [f"CUP-{n:03}" for n in range(200)]
    attributes = {**listed, "purchasable_offer": price(99), "fulfillment_availability": stock(3)}
    finish(client, send(client, feed(*(message(n, c, attributes=attributes) for n, c in enumerate(codes, 1)))), 900)

    def changed(number: int) -> dict[str, Any]:
        """Return a message; of each SKU the fiftieth and last has its say, but for two that are wrong."""
        attribute = "no_such_attribute" if number % 200 == 3 else "purchasable_offer"
        code = "NOT-MINE" if number == 7 else codes[number % 200]
        return message(number, code, "PATCH", patches=[
            {"op": "replace", "path": f"/attributes/{attribute}", "value": price(number)}
        ])  # fmt: skip

    body = feed(*map(changed, range(1, 10_001)))
    before = time.process_time()
    done = finish(client, send(client, body), 900)
    told = json.loads(report(client, done))
    assert time.process_time() - before < 5
    assert [i["messageId"] for i in told["issues"]] == sorted((7, *range(3, 10_000, 200)))
    assert (told["summary"]["messagesAccepted"], told["summary"]["messagesInvalid"]) == (9949, 51)
    path = f"/listings/2021-08-01/items/{SELLER}"
    page = client.ok(path, marketplaceIds=US, pageSize=20, sortBy="createdDate", includedData="offers,summaries")
    shown = {i["sku"]: float(i["offers"][0]["price"]["amount"]) for i in page["items"]}
    wanted = {code: float(99 if n == 3 else 9800 + (n or 200)) for n, code in enumerate(codes)}
    assert shown.items() < wanted.items()
    assert len(shown) == 20
    made = client.http.post("/reports/2021-06-30/reports", json={"reportType": MERCHANT, "marketplaceIds": [US]})
    later(client, 1500)
    found = client.ok(f"/reports/2021-06-30/reports/{made.json()['reportId']}")
    address = client.ok(f"/reports/2021-06-30/documents/{found['reportDocumentId']}")
    lines = client.http.get(address["url"]).content
    lines = gzip.decompress(lines) if address.get("compressionAlgorithm") else lines
    header, *rows = [line.split("\t") for line in lines.decode("latin-1").splitlines()]
    prices = {r[header.index("seller-sku")]: float(r[header.index("price")] or 0) for r in rows}
    assert wanted.items() < prices.items()


MERCHANT = "GET_MERCHANT_LISTINGS_ALL_DATA"


def test_it_changes_them_whether_somebody_looks_or_not(client: Client) -> None:
    gone = skus(client, 1)[0]
    send(client, feed(message(1, gone, "DELETE")))
    later(client, 600)
    assert item(client, gone).status_code == 404


def test_the_report_tells_of_the_listings_if_asked(client: Client) -> None:
    sku = skus(client, 1)[0]
    asked = {"includedData": ["summaries", "attributes"], "apiVersion": "2021-08-01"}
    patch = message(1, sku, "PARTIAL_UPDATE", attributes=name("Newer"))
    told = json.loads(report(client, finish(client, send(client, feed(patch, report=asked)))))
    assert told["header"]["report"] == asked
    assert [i["sku"] for i in told["items"]] == [sku]
    assert told["items"][0]["attributes"]["item_name"][0]["value"] == "Newer"
    assert told["summary"]["itemSummary"] == {"items": 1, "errors": 0, "warnings": 0}


def test_reports_fit_amazons_schema(client: Client) -> None:
    schema = SCHEMAS / "listings-feed-processing-report-schema-v2.json"
    if not schema.exists():
        pytest.skip("Amazon's schemas of feeds are not here")
    jsonschema = pytest.importorskip("jsonschema")
    judge = jsonschema.Draft7Validator(json.loads(schema.read_text()))
    example = (SCHEMAS / "listings-feed-schema-v2.example.json").read_bytes()
    past = client.ok(f"{ROOT}/feeds", feedTypes=LISTINGS, processingStatuses="DONE,FATAL")["feeds"]
    ends = set()
    for one in past:
        if client.get(f"{ROOT}/documents/{one['resultFeedDocumentId']}").status_code == 200:
            told = json.loads(report(client, one))
            judge.validate(told)
            failed = bool(told["issues"])
            assert failed is not bool(told["summary"]["messagesAccepted"])
            ends.add((one["processingStatus"], failed))
    assert ends == {("DONE", False), ("FATAL", True)}
    for body, state in ((example, "DONE"), (b"{}", "FATAL"), (feed(message(1, skus(client, 1)[0], "DELETE")), "DONE")):
        done = finish(client, send(client, body))
        assert done["processingStatus"] == state
        judge.validate(json.loads(report(client, done)))
    assert client.get(f"{ROOT}/documents/{past[-1]['resultFeedDocumentId']}").status_code == 404


@pytest.mark.parametrize(
    ("kind", "body", "state"),
    [
        (LISTINGS, b"{", "FATAL"),
        (LISTINGS, b"", "FATAL"),
        (LISTINGS, feed(), "FATAL"),
        (LISTINGS, feed(message(1, "A", "DELETE"), version="1.0"), "FATAL"),
        (LISTINGS, feed(message(1, "A", "DELETE"), report="all"), "FATAL"),
        (LISTINGS, b"[" * 100_000, "FATAL"),
        (LISTINGS, b"\xff", "FATAL"),
        (LISTINGS, feed(*(message(n, "A", "DELETE") for n in range(1, 25_002))), "FATAL"),
        (LISTINGS, feed(message(1, "A", "DELETE")) + b" " * (10 << 20), "FATAL"),
        ("POST_ORDER_FULFILLMENT_DATA", b"<AmazonEnvelope><Message/><Message/></AmazonEnvelope>", "DONE"),
        ("POST_ORDER_FULFILLMENT_DATA", b"<AmazonEnvelope>", "FATAL"),
        ("POST_ORDER_FULFILLMENT_DATA", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "FATAL"),
        (FLAT, b"order-id\tship-date\n1\t2026-11-18\n", "DONE"),
        (FLAT, b"nonsense", "FATAL"),
        (FLAT, b" \n", "FATAL"),
        ("POST_ORDER_FULFILLMENT_DATA", b'<?xml version="1.0" encoding="none"?><a/>', "FATAL"),
        ("UPLOAD_VAT_INVOICE", b"%PDF-1.7", "DONE"),
        ("UPLOAD_VAT_INVOICE", b"GIF89a", "FATAL"),
        ("POST_PRODUCT_DATA", b"<AmazonEnvelope/>", "FATAL"),
    ],
)
def test_what_cannot_be_read_is_fatal(client: Client, kind: str, body: bytes, state: str) -> None:
    done = finish(client, send(client, body, kind, "application/octet-stream"), 2000)
    assert done["processingStatus"] == state
    told = report(client, done)
    if kind.startswith("POST_ORDER"):
        root = ElementTree.fromstring(told)
        assert (root.findtext(".//MessagesProcessed") == "2") == (state == "DONE")
    assert told


@pytest.mark.parametrize(
    "wrong",
    [
        {"attributes": "all"},
        {"attributes": {"item_name": "text"}},
        {"attributes": {"item_name": [{"value": "x", "marketplace_id": ["A"]}]}},
        {"operationType": "PATCH", "patches": ["one"]},
        {"operationType": "PATCH", "patches": [{"op": "move", "path": "/attributes/item_name"}]},
        {"operationType": "PATCH", "patches": [{"op": "merge", "path": "/attributes/purchasable_offer", "value": [1]}]},
        {"operationType": ["UPDATE"]},
        {"messageId": True},
        {"sku": 7},
        {"productType": 7, "attributes": {"item_name": [{"value": "x"}]}},
    ],
)
def test_a_message_of_the_wrong_form_is_an_issue_and_no_more(client: Client, wrong: dict[str, Any]) -> None:
    gone = skus(client, 1)[0]
    body = feed({**message(1, "A"), **wrong}, message(2, gone, "DELETE"))
    told = json.loads(report(client, finish(client, send(client, body))))
    assert told["summary"]["messagesInvalid"] == 1
    assert "ERROR" in {i["severity"] for i in told["issues"]}
    assert item(client, gone).status_code == 404


def test_a_flat_report_counts_its_records(client: Client) -> None:
    done = finish(client, send(client, b"order-id\tship-date\n1\ta\n2\tb\n", FLAT, "text/tab-separated-values"))
    assert b"records processed\t\t2\n" in report(client, done)


def shipment(client: Client, order: dict[str, Any]) -> tuple[str, dict[str, int]]:
    found = client.ok(f"/orders/2026-01-01/orders/{order['AmazonOrderId']}", includedData="PACKAGES,FULFILLMENT")
    contents = {i["orderItemId"]: i["quantity"] for p in found["order"]["packages"] for i in p["packageItems"]}
    return found["order"]["fulfillment"]["fulfillmentStatus"], contents


def test_a_flat_feed_confirms_shipments(client: Client) -> None:
    order = unshipped(client)
    order_id, left = order["AmazonOrderId"], items(client, order)
    first, quantity = next(iter(left.items()))
    header = "order-id\torder-item-id\tquantity\tship-date\tcarrier-code\ttracking-number\tship-method"
    rows = (
        (order_id, first, str(quantity), "2026-11-18", "UPS", "1Z1", "Ground"),
        (order_id, first, "1", "2026-11-18", "UPS", "1Z1", "Ground"),
        ("111-0000000-0000000", "", "", "2026-11-18", "UPS", "1Z2", ""),
        (order_id, "", "", "tomorrow", "UPS", "1Z3", ""),
    )
    body = "\r\n".join([header, *("\t".join(r) for r in rows)]).encode()
    told = report(client, finish(client, send(client, body, FLAT, "text/tab-separated-values"))).decode()
    assert "processed\t\t4\n\tNumber of records successful\t\t1\n" in told
    assert [line.split("\t")[0] for line in told.splitlines() if "\tERROR\t" in line] == ["2", "3", "4"]
    assert shipment(client, order) == ("PARTIALLY_SHIPPED", {first: quantity})
    rest = f"order-id\tship-date\ttracking-number\n{order_id}\t2026-11-18T10:00:00+01:00\t1Z4\n".encode()
    assert b"successful\t\t1\n" in report(client, finish(client, send(client, rest, FLAT, "text/plain")))
    assert shipment(client, order) == ("SHIPPED", left)


def test_an_xml_feed_confirms_shipments(client: Client) -> None:
    order = unshipped(client)
    left = items(client, order)
    lines = "".join(
        f"<Item><AmazonOrderItemCode>{i}</AmazonOrderItemCode><Quantity>{q}</Quantity></Item>" for i, q in left.items()
    )
    fulfilment = (
        f"<OrderFulfillment><AmazonOrderID>{order['AmazonOrderId']}</AmazonOrderID>"
        "<FulfillmentDate>2026-11-18T09:00:00Z</FulfillmentDate><FulfillmentData><CarrierCode>DHL</CarrierCode>"
        f"<ShipperTrackingNumber>JD 1</ShipperTrackingNumber></FulfillmentData>{lines}</OrderFulfillment>"
    )
    messages = "".join(f"<Message><MessageID>{n}</MessageID>{fulfilment}</Message>" for n in (7, 8))
    body = f"<AmazonEnvelope>{messages}</AmazonEnvelope>".encode()
    root = ElementTree.fromstring(
        report(client, finish(client, send(client, body, "POST_ORDER_FULFILLMENT_DATA", "text/xml")))
    )
    counted = [root.findtext(f".//Messages{n}") for n in ("Processed", "Successful", "WithError")]
    assert counted == ["2", "1", "1"]
    assert root.findtext(".//Result/MessageID") == "8"
    assert shipment(client, order) == ("SHIPPED", left)


def test_a_feed_waits_runs_and_ends(client: Client) -> None:
    feed_id = send(client, feed(message(1, "A", "DELETE")))
    seen = []
    for _ in range(60):
        row = client.ok(f"{ROOT}/feeds/{feed_id}")
        assert ("resultFeedDocumentId" in row) == (row["processingStatus"] == "DONE")
        seen.append(row["processingStatus"])
        later(client, 5)
    assert list(dict.fromkeys(seen)) == ["IN_QUEUE", "IN_PROGRESS", "DONE"]
    assert client.ok(f"{ROOT}/feeds", feedTypes=LISTINGS)["feeds"][0]["feedId"] == feed_id


def test_a_feed_that_is_cancelled_does_nothing(client: Client) -> None:
    sku = skus(client, 1)[0]
    feed_id = send(client, feed(message(1, sku, "DELETE")))
    assert client.http.delete(f"{ROOT}/feeds/{feed_id}").status_code == 200
    assert finish(client, feed_id)["processingStatus"] == "CANCELLED"
    assert item(client, sku).status_code == 200
    other = send(client, feed(message(1, sku, "DELETE")))
    later(client, 45)
    assert client.http.delete(f"{ROOT}/feeds/{other}").status_code == 400


def test_an_upload_must_be_what_was_announced_and_in_time(client: Client) -> None:
    to = destination(client)
    wrong = client.http.put(to["url"], content=b"{}", headers={"Content-Type": "text/xml"})
    assert wrong.status_code == 403
    assert download(client, to["feedDocumentId"]).status_code == 404
    assert client.http.get(to["url"]).status_code == 403
    later(client, 301)
    assert client.http.put(to["url"], content=b"{}", headers={"Content-Type": JSON}).status_code == 403
    document = upload(client, b"{}")
    assert download(client, document).content == b"{}"


@pytest.mark.parametrize(
    ("details", "status"),
    [
        ({"feedType": "POST_NOTHING"}, 400),
        ({"inputFeedDocumentId": "amzn1.tortuga.4.na.none"}, 400),
        ({"marketplaceIds": ["A1PA6795UKMFR9"]}, 400),
        ({"marketplaceIds": ["A2Q3Y263D00KWC"]}, 403),
        ({"marketplaceIds": []}, 400),
        ({}, 202),
    ],
)
def test_what_amazon_refuses_is_refused(client: Client, details: dict[str, Any], status: int) -> None:
    document = upload(client, feed(message(1, "A", "DELETE")))
    body = {"feedType": LISTINGS, "marketplaceIds": [US, CA], "inputFeedDocumentId": document, **details}
    assert client.http.post(f"{ROOT}/feeds", json=body).status_code == status


def test_five_feeds_of_listings_in_five_minutes(make: Callable[..., Client]) -> None:
    client = make(orders=400)
    document = upload(client, feed(message(1, "A", "DELETE")))
    assert [submit(client, document).status_code for _ in range(6)] == [202] * 5 + [429]
    assert submit(client, document, FLAT).status_code == 202
    later(client, 301)
    assert submit(client, document).status_code == 202


def test_a_vendor_sends_listings_only(client: Client) -> None:
    client.login(refresh_token="Atzr|simulator-vendor")
    document = upload(client, feed(message(1, "A", "DELETE")))
    assert submit(client, document, FLAT).status_code == 403
    assert submit(client, document).status_code == 202


def test_an_upload_destination_takes_one_file(client: Client) -> None:
    body, path = b"%PDF-1.7", "/uploads/2020-11-01/uploadDestinations/messaging/v1/orders/1/messages/legalDisclosure"
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    query = {"marketplaceIds": US, "contentMD5": digest, "contentType": "application/pdf"}
    answer = client.http.post(path, params=query)
    assert answer.status_code == 201, answer.text
    to = answer.json()["payload"]
    assert to["headers"] == {"Content-MD5": digest, "Content-Type": "application/pdf"}
    assert client.http.put(to["url"], content=b"other", headers=to["headers"]).status_code == 400
    assert client.http.put(to["url"], content=body, headers=to["headers"]).status_code == 200
    kept = client.simulator.partner("na").store.records("upload")[to["uploadDestinationId"]]
    assert kept["body"] == body
    assert client.http.post(path, params={**query, "contentMD5": "x"}).status_code == 400
    assert client.http.post(path, params={**query, "contentMD5": "\u0661"}).status_code == 400


def test_bodies_fit_amazons_model_in_every_state(client: Client) -> None:
    if not MODELS.is_dir():
        pytest.skip("Amazon's models are not here: ../shared/spapi/models")
    feed_id = send(client, b"{}")
    for _ in range(30):
        answer = client.get(f"{ROOT}/feeds/{feed_id}")
        assert violations(spapi.operation("feeds_2021-06-30.getFeed"), 200, answer.content) == []
        later(client, 10)
    refused = client.http.delete(f"{ROOT}/feeds/{feed_id}")
    assert violations(spapi.operation("feeds_2021-06-30.cancelFeed"), refused.status_code, refused.content) == []
