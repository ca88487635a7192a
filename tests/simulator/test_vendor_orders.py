"""Vendor orders: searched, acknowledged, processed as the clock moves, and read back."""

from __future__ import annotations

from typing import Any

from .conftest import NOW, Client

ROOT = "/vendor/orders/v1"
DAY = 86_400
Order = dict[str, Any]


def rows(vendor: Client, path: str, name: str, **query: object) -> list[Order]:
    """Read every page of what the vendor APIs list under a name."""
    pages = vendor.pages(path, "nextToken", "payload.pagination.nextToken", **query)
    return [row for page in pages for row in page["payload"][name]]


def orders(vendor: Client, **query: object) -> list[Order]:
    """Read every page of purchase orders."""
    return rows(vendor, f"{ROOT}/purchaseOrders", "orders", **query)


def statuses(vendor: Client, **query: object) -> list[Order]:
    """Read every page of their status."""
    return rows(vendor, f"{ROOT}/purchaseOrdersStatus", "ordersStatus", **query)


def acknowledgement(order: Order, part: int = 1, **changes: Any) -> Order:
    """Accept one `part`-th of every line and reject the rest."""
    items = []
    for item in order["orderDetails"]["items"]:
        ordered = item["orderedQuantity"]["amount"]
        parts = [("Accepted", ordered // part), ("Rejected", ordered - ordered // part)]
        acknowledged = [
            {
                "acknowledgementCode": code,
                "acknowledgedQuantity": {"amount": count, "unitOfMeasure": "Eaches"},
                "rejectionReason": "TemporarilyUnavailable",
            }
            for code, count in parts
        ]
        items.append({**item, "itemAcknowledgements": acknowledged})
    party = order["orderDetails"]["sellingParty"]
    whole = {"purchaseOrderNumber": order["purchaseOrderNumber"], "sellingParty": party, "items": items}
    return {"acknowledgementDate": "2026-11-18T12:00:00Z", **whole, **changes}


def submit(vendor: Client, *asked: Order) -> Order:
    """Acknowledge, wait for Amazon, and return what became of it."""
    answer = vendor.http.post(f"{ROOT}/acknowledgements", json={"acknowledgements": list(asked)})
    assert answer.status_code == 202
    path = f"/vendor/transactions/v1/transactions/{answer.json()['payload']['transactionId']}"
    assert vendor.ok(path)["payload"]["transactionStatus"]["status"] == "Processing"
    vendor.clock.wait(vendor.clock.now() + 90)
    found: Order = vendor.ok(path)["payload"]["transactionStatus"]
    return found


def test_orders_are_paged_sorted_and_searched(vendor: Client) -> None:
    every = orders(vendor, limit=50)
    assert len(every) > 300
    dates = [o["orderDetails"]["purchaseOrderDate"] for o in every]
    assert dates == sorted(dates)
    assert orders(vendor, sortOrder="DESC") == every[::-1]
    assert {o["purchaseOrderState"] for o in every} == {"New", "Acknowledged", "Closed"}
    week = {"createdAfter": "2026-11-02T00:00:00Z", "createdBefore": "2026-11-09T00:00:00Z"}
    there = [o for o in every if week["createdAfter"] <= o["orderDetails"]["purchaseOrderDate"] < week["createdBefore"]]
    assert orders(vendor, **week) == there != []
    for state in ("New", "Closed"):
        expected = [o for o in every if o["purchaseOrderState"] == state]
        assert orders(vendor, purchaseOrderState=state) == expected != []
    one = every[7]
    assert vendor.ok(f"{ROOT}/purchaseOrders/{one['purchaseOrderNumber']}")["payload"] == one
    code = one["orderDetails"]["sellingParty"]["partyId"]
    assert {o["orderDetails"]["sellingParty"]["partyId"] for o in orders(vendor, orderingVendorCode=code)} == {code}
    assert set(orders(vendor, includeDetails="false")[0]) == {"purchaseOrderNumber", "purchaseOrderState"}


def test_changed_orders_are_told_apart(vendor: Client) -> None:
    changed = orders(vendor, isPOChanged="true")
    assert changed == [o for o in orders(vendor) if "purchaseOrderChangedDate" in o["orderDetails"]] != []
    cancelled = orders(vendor, poItemState="Cancelled")
    assert 0 < len(cancelled) < len(changed)
    assert all(any(i["orderedQuantity"]["amount"] == 0 for i in o["orderDetails"]["items"]) for o in cancelled)
    for shown in changed:
        quantities = statuses(vendor, purchaseOrderNumber=shown["purchaseOrderNumber"])[0]["itemStatus"][0][
            "orderedQuantity"
        ]
        first, last = quantities["orderedQuantityDetails"]
        assert last["orderedQuantity"] == quantities["orderedQuantity"]
        left = first["orderedQuantity"]["amount"] - last["cancelledQuantity"]["amount"]
        assert left == last["orderedQuantity"]["amount"] < first["orderedQuantity"]["amount"]
        assert last["updatedDate"] == shown["orderDetails"]["purchaseOrderChangedDate"]
    at = changed[-1]["orderDetails"]["purchaseOrderChangedDate"]
    assert changed[-1] in orders(vendor, changedAfter=at, changedBefore=f"{at[:11]}23:59:59Z")


def test_what_is_acknowledged_is_read_back_and_received(vendor: Client) -> None:
    order = orders(vendor, purchaseOrderState="New")[0]
    number = order["purchaseOrderNumber"]
    assert submit(vendor, acknowledgement(order, part=2))["status"] == "Success"
    assert vendor.ok(f"{ROOT}/purchaseOrders/{number}")["payload"]["purchaseOrderState"] == "Acknowledged"
    shown = statuses(vendor, purchaseOrderNumber=number)[0]
    for item, status in zip(order["orderDetails"]["items"], shown["itemStatus"], strict=True):
        ordered, confirmed = item["orderedQuantity"]["amount"], status["acknowledgementStatus"]
        assert confirmed["acceptedQuantity"]["amount"] == ordered // 2
        assert confirmed["acceptedQuantity"]["amount"] + confirmed["rejectedQuantity"]["amount"] == ordered
        assert status["receivingStatus"]["receiveStatus"] == "NOT_RECEIVED"
    vendor.clock.wait(NOW + 13 * DAY)
    vendor.login(refresh_token="Atzr|simulator-vendor")
    closed = statuses(vendor, purchaseOrderNumber=number)[0]
    assert closed["purchaseOrderStatus"] == "CLOSED"
    assert closed["lastUpdatedDate"] > shown["lastUpdatedDate"]
    assert all(i["receivingStatus"]["receivedQuantity"]["amount"] > 0 for i in closed["itemStatus"])


def test_what_cannot_be_acknowledged_fails(vendor: Client) -> None:
    order = orders(vendor, purchaseOrderState="New")[0]
    wrong = acknowledgement(order)
    wrong["items"][0]["itemAcknowledgements"][0]["acknowledgedQuantity"]["amount"] += 1
    other = {"sellingParty": {"partyId": "OTHER"}}
    for asked in (wrong, acknowledgement(order, purchaseOrderNumber="NONE"), acknowledgement(order, **other)):
        found = submit(vendor, asked)
        assert found["status"] == "Failure"
        assert found["errors"]
    assert orders(vendor, purchaseOrderState="New")[0] == order
    assert vendor.get(f"{ROOT}/purchaseOrders/NONE").status_code == 404
    assert vendor.get("/vendor/transactions/v1/transactions/none").status_code == 404


def test_a_rejected_item_wants_a_reason(vendor: Client) -> None:
    asked = acknowledgement(orders(vendor, purchaseOrderState="New")[0], part=2)
    for item in asked["items"]:
        del item["itemAcknowledgements"][1]["rejectionReason"]
    found = submit(vendor, asked)
    assert found["status"] == "Failure"
    assert all(e["message"].endswith("a rejected item wants a reason.") for e in found["errors"])


def test_only_what_may_be_backordered_is(vendor: Client) -> None:
    new = orders(vendor, purchaseOrderState="New")
    order = next(o for o in new if len({i["isBackOrderAllowed"] for i in o["orderDetails"]["items"]}) == 2)
    asked = acknowledgement(order)
    for item in asked["items"]:
        item["itemAcknowledgements"][0]["acknowledgementCode"] = "Backordered"
    refused = submit(vendor, asked)
    assert refused["status"] == "Failure"
    fixed = [i["itemSequenceNumber"] for i in asked["items"] if not i["isBackOrderAllowed"]]
    number = order["purchaseOrderNumber"]
    told = [f"Purchase order {number}: item {n} cannot be backordered." for n in fixed]
    assert [e["message"] for e in refused["errors"]] == told
    for item in asked["items"]:
        if not item["isBackOrderAllowed"]:
            item["itemAcknowledgements"][0]["acknowledgementCode"] = "Accepted"
    assert submit(vendor, asked)["status"] == "Success"
    shown = {s["itemSequenceNumber"]: s for s in statuses(vendor, purchaseOrderNumber=number)[0]["itemStatus"]}
    accepted = {n: s["acknowledgementStatus"]["acceptedQuantity"]["amount"] for n, s in shown.items()}
    assert [n for n, count in accepted.items() if count] == fixed


def test_statuses_are_searched(vendor: Client) -> None:
    every = statuses(vendor)
    open_ones = statuses(vendor, purchaseOrderStatus="OPEN")
    assert open_ones == [s for s in every if s["purchaseOrderStatus"] == "OPEN"] != []
    for name, part, key in (
        ("itemConfirmationStatus", "acknowledgementStatus", "confirmationStatus"),
        ("itemReceiveStatus", "receivingStatus", "receiveStatus"),
    ):
        for value in {i[part][key] for s in every for i in s["itemStatus"]}:
            expected = [s for s in every if any(i[part][key] == value for i in s["itemStatus"])]
            assert statuses(vendor, **{name: value}) == expected
    place = every[0]["shipToParty"]["partyId"]
    assert {s["shipToParty"]["partyId"] for s in statuses(vendor, shipToPartyId=place)} == {place}


def test_another_seed_has_other_orders(make: Any) -> None:
    found = []
    for seed in (1, 1, 2):
        client = make(seed=seed)
        client.login(refresh_token="Atzr|simulator-vendor")
        found.append(client.ok(f"{ROOT}/purchaseOrders"))
    assert found[0] == found[1] != found[2]
