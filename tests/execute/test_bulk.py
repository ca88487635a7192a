"""Requests of one listing each -> the feeds that carry them."""

import json

from amzsql import spapi
from amzsql.execute.bulk import fits, waves
from amzsql.transport import Request

API = "listingsItems_2021-08-01"
BODIES = {
    "putListingsItem": {"productType": "SHIRT", "requirements": "LISTING", "attributes": {"brand": [{"value": "B"}]}},
    "patchListingsItem": {"productType": "SHIRT", "patches": [{"op": "delete", "path": "/attributes/brand"}]},
    "deleteListingsItem": None,
}


def request(name: str, sku: str, *places: str, seller: str = "S1", filler: str = "") -> Request:
    body = BODIES[name]
    if filler and body is not None:
        body = {**body, "attributes": {"brand": [{"value": filler}]}}
    parameters = {"sellerId": seller, "sku": sku, "marketplaceIds": places or ("ATVPDKIKX0DER",)}
    return Request(spapi.operation(f"{API}.{name}"), parameters, body)


def test_a_message_says_what_its_request_would() -> None:
    given = [request(name, f"K{n}") for n, name in enumerate(BODIES)]
    ((batch,),) = [wave.batches for wave in waves(given)]
    told = json.loads(batch.feed.body)
    assert told["header"] == {"sellerId": "S1", "version": "2.0"}
    assert told["messages"] == [
        {"messageId": 1, "sku": "K0", "operationType": "UPDATE", **BODIES["putListingsItem"]},
        {"messageId": 2, "sku": "K1", "operationType": "PATCH", **BODIES["patchListingsItem"]},
        {"messageId": 3, "sku": "K2", "operationType": "DELETE"},
    ]
    assert (batch.rows, batch.skus, batch.feed.marketplaces) == ((0, 1, 2), ("K0", "K1", "K2"), ("ATVPDKIKX0DER",))


def test_rows_are_shared_out_by_marketplace_and_what_comes_twice_comes_later() -> None:
    given = [
        request("patchListingsItem", "A"),
        request("patchListingsItem", "B", "A1PA6795UKMFR9"),
        request("deleteListingsItem", "A"),
        request("patchListingsItem", "C"),
    ]
    found = [[(batch.feed.marketplaces, batch.rows) for batch in wave.batches] for wave in waves(given)]
    assert found == [[(("ATVPDKIKX0DER",), (0, 3)), (("A1PA6795UKMFR9",), (1,))], [(("ATVPDKIKX0DER",), (2,))]]


def test_no_feed_is_larger_than_amazon_takes() -> None:
    many = waves([request("deleteListingsItem", f"K{n}") for n in range(25_001)])
    assert [len(batch.rows) for batch in many[0].batches] == [25_000, 1]
    wide = waves([request("putListingsItem", f"K{n}", filler="x" * 3_000_000) for n in range(8)])
    assert [len(batch.rows) for batch in wide[0].batches] == [3, 3, 2]
    for batch in (*many[0].batches, *wide[0].batches):
        assert len(batch.feed.body) <= 10 << 20
        numbers = [message["messageId"] for message in json.loads(batch.feed.body)["messages"]]
        assert numbers == list(range(1, len(batch.rows) + 1))


def test_what_is_no_write_of_a_listing_goes_by_itself() -> None:
    preview = request("putListingsItem", "A")
    assert fits(preview)
    assert not fits(Request(preview.operation, {**preview.parameters, "mode": "VALIDATION_PREVIEW"}, preview.body))
    assert not fits(Request(spapi.operation("notifications.deleteDestination"), {"destinationId": "1"}))
