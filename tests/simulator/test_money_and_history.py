"""Transactions follow from the orders; reports and feeds are lists with a past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import CA, START, US, Client, orders_2026, orders_v0

PATH = "/finances/2024-06-19/transactions"
REPORTS = "/reports/2021-06-30/reports"
FEEDS = "/feeds/2021-06-30/feeds"
DAY = 86_400
AFTER = "2026-10-01T00:00:00Z"
TYPES = (
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL,GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL,"
    "GET_MERCHANT_LISTINGS_ALL_DATA,GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA,GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2,"
    "GET_SALES_AND_TRAFFIC_REPORT,GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA,GET_LEDGER_DETAIL_VIEW_DATA"
)


def transactions(client: Client, **query: object) -> list[dict[str, Any]]:
    if not query.keys() & {"postedAfter", "relatedIdentifierName"}:
        query["postedAfter"] = AFTER
    pages = client.pages(PATH, "nextToken", "payload.nextToken", **query)
    return [t for p in pages for t in p["payload"]["transactions"]]


def later(client: Client, seconds: float) -> None:
    client.clock.wait(client.clock.now() + seconds)
    client.login()


def related(row: dict[str, Any], name: str) -> str | None:
    values = {r["relatedIdentifierName"]: r["relatedIdentifierValue"] for r in row["relatedIdentifiers"]}
    return values.get(name)


def cents(money: dict[str, Any]) -> int:
    return round(money["currencyAmount"] * 100)


def adds_up(part: dict[str, Any]) -> bool:
    below = part["breakdowns"]
    return not below or (
        sum(cents(b["breakdownAmount"]) for b in below) == cents(part["breakdownAmount"]) and all(map(adds_up, below))
    )


def test_every_shipped_order_has_a_transaction(client: Client) -> None:
    shipped = [o["AmazonOrderId"] for o in orders_v0(client) if o["NumberOfItemsShipped"]]
    # Two days late: what was shipped last is not there yet.
    assert len(shipped) - len([t for t in transactions(client) if t["transactionType"] == "Shipment"]) > 50
    later(client, 2 * DAY + 3600)
    rows = transactions(client)
    shipments = [t for t in rows if t["transactionType"] == "Shipment"]
    assert sorted(related(t, "ORDER_ID") or "" for t in shipments) == sorted(shipped)
    refunds = [t for t in rows if t["transactionType"] == "Refund"]
    assert 5 < len(refunds) < 80
    assert len({t["transactionId"] for t in rows}) == len(rows)
    posted = [t["postedDate"] for t in rows]
    assert posted == sorted(posted)


def test_nothing_of_the_last_two_days_and_deferred_money_is_released_by_the_clock(client: Client) -> None:
    rows = transactions(client)
    assert max(t["postedDate"] for t in rows) < "2026-11-16T11:06:40Z"
    held = [t for t in rows if t["transactionStatus"] == "DEFERRED"]
    assert held
    assert not any(related(t, "FINANCIAL_EVENT_GROUP_ID") for t in held)
    later(client, 7 * DAY)
    grown = {t["transactionId"]: t for t in transactions(client)}
    assert {t["transactionId"] for t in rows} < set(grown)
    for row in held:
        released = grown[row["transactionId"]]
        assert released["transactionStatus"] == "DEFERRED_RELEASED"
        assert released["totalAmount"] == row["totalAmount"]
        assert related(released, "FINANCIAL_EVENT_GROUP_ID")


def test_a_scan_keeps_its_window_while_the_clock_runs(client: Client) -> None:
    whole = transactions(client)
    found: list[dict[str, Any]] = []
    for page in client.pages(PATH, "nextToken", "payload.nextToken", postedAfter=AFTER):
        found += page["payload"]["transactions"]
        client.clock.wait(client.clock.now() + 120)
    assert found == whole


def test_a_confirmed_shipment_is_paid_two_days_later(client: Client) -> None:
    order = orders_v0(client, OrderStatuses="Unshipped", FulfillmentChannels="MFN")[0]
    order_id = order["AmazonOrderId"]
    items = client.ok(f"/orders/v0/orders/{order_id}/orderItems")["payload"]["OrderItems"]
    detail = {
        "packageReferenceId": "1",
        "carrierCode": "UPS",
        "trackingNumber": "1Z",
        "shipDate": "2026-11-18T11:00:00Z",
        "orderItems": [{"orderItemId": i["OrderItemId"], "quantity": i["QuantityOrdered"]} for i in items],
    }
    body = {"marketplaceId": order["MarketplaceId"], "packageDetail": detail}
    sent = client.http.post(f"/orders/v0/orders/{order_id}/shipmentConfirmation", json=body)
    assert sent.status_code == 204, sent.text
    of_order = {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": order_id}
    assert transactions(client, **of_order) == []
    later(client, 2 * DAY + 3600)
    (row,) = transactions(client, **of_order)
    assert row in transactions(client)
    assert len(row["items"]) == len(items)


def test_balances_are_what_the_transactions_leave(client: Client) -> None:
    (row,) = client.ok("/finances/2024-06-19/balances", marketplaceIds=US)["balances"]
    assert row["balanceType"] == "TOTAL"
    parts = {b["balanceType"]: b for b in row["balances"]}
    assert cents(row["amount"]) == sum(cents(b["amount"]) for b in row["balances"])
    us = [t for t in transactions(client) if t["marketplaceDetails"]["marketplaceId"] == US]
    held = [t for t in us if t["transactionStatus"] == "DEFERRED"]
    assert cents(parts["RESERVED"]["amount"]) == sum(cents(t["totalAmount"]) for t in held)
    groups: dict[str | None, list[dict[str, Any]]] = {}
    for row in us:
        groups.setdefault(related(row, "FINANCIAL_EVENT_GROUP_ID"), []).append(row)
    open_now = max((g for name, g in groups.items() if name), key=lambda g: max(t["postedDate"] for t in g))
    assert cents(parts["AVAILABLE"]["amount"]) == sum(cents(t["totalAmount"]) for t in open_now)
    assert len(client.ok("/finances/2024-06-19/balances")["balances"]) == 3
    deferred = client.ok("/finances/2024-06-19/balances", marketplaceIds=US, balanceType="DEFERRED")["balances"]
    assert deferred[0]["amount"] == parts["RESERVED"]["amount"]


def test_summaries_are_the_sums_of_the_transactions(client: Client) -> None:
    days = {"periodStart": "2026-11-01", "periodEnd": "2026-11-10"}
    (row,) = client.ok("/finances/2024-06-19/summary", marketplaceIds=CA, **days)["summaries"]
    rows = transactions(client, postedAfter="2026-11-01T00:00:00Z", postedBefore="2026-11-11T00:00:00Z")
    canadian = [t for t in rows if t["marketplaceDetails"]["marketplaceId"] == CA]
    assert canadian
    assert cents(row["netProceeds"]) == sum(cents(t["totalAmount"]) for t in canadian)
    assert cents(row["netProceeds"]) == sum(cents(b["breakdownAmount"]) for b in row["breakdowns"])


def test_amounts_add_up_at_every_level(client: Client) -> None:
    for row in transactions(client):
        whole = cents(row["totalAmount"])
        assert not row["items"] or whole == sum(cents(i["totalAmount"]) for i in row["items"])
        assert whole == sum(cents(b["breakdownAmount"]) for b in row["breakdowns"])
        assert (whole < 0) == (row["transactionType"] in ("Refund", "ServiceFee"))
        for item in row["items"]:
            assert cents(item["totalAmount"]) == sum(cents(b["breakdownAmount"]) for b in item["breakdowns"])
            assert all(map(adds_up, item["breakdowns"]))


def test_principal_is_the_orders_price(client: Client) -> None:
    prices = {
        (o["orderId"], i["product"]["sellerSku"], i["quantityOrdered"]): i["product"]["price"]["unitPrice"]["amount"]
        for o in orders_2026(client)
        for i in o["orderItems"]
        if "price" in i["product"]
    }
    for row in transactions(client)[:300]:
        for item in row["items"]:
            context = item["contexts"][0]
            quantity = context["quantityShipped"]
            unit = prices[related(row, "ORDER_ID") or "", context["sku"], quantity]
            principal = item["breakdowns"][0]["breakdowns"][0]
            assert principal["breakdownType"] == "OurPricePrincipal"
            assert abs(cents(principal["breakdownAmount"])) == round(float(unit) * 100) * quantity


def test_by_order_settlement_status_and_marketplace(client: Client) -> None:
    rows = transactions(client)
    refund = next(t for t in rows if t["transactionType"] == "Refund")
    order_id = related(refund, "ORDER_ID")
    both = transactions(client, relatedIdentifierName="ORDER_ID", relatedIdentifierValue=order_id)
    assert [t["transactionType"] for t in both] == ["Shipment", "Refund"]
    group = related(refund, "FINANCIAL_EVENT_GROUP_ID")
    settled = transactions(client, relatedIdentifierName="FINANCIAL_EVENT_GROUP_ID", relatedIdentifierValue=group)
    assert settled == [t for t in rows if related(t, "FINANCIAL_EVENT_GROUP_ID") == group]
    states = {t["transactionStatus"] for t in rows}
    assert states == {"RELEASED", "DEFERRED", "DEFERRED_RELEASED"}
    for state in states:
        assert transactions(client, postedAfter=AFTER, transactionStatus=state) == [
            t for t in rows if t["transactionStatus"] == state
        ]
    assert transactions(client, postedAfter=AFTER, marketplaceId=CA) == [
        t for t in rows if t["marketplaceDetails"]["marketplaceId"] == CA
    ]


def test_with_a_marketplace_what_us_sellers_ship_themselves_is_missing(client: Client) -> None:
    channels = {o["AmazonOrderId"]: o["FulfillmentChannel"] for o in orders_v0(client)}
    of_us = [t for t in transactions(client) if t["marketplaceDetails"]["marketplaceId"] == US]
    shown = transactions(client, postedAfter=AFTER, marketplaceId=US)
    assert shown == [t for t in of_us if channels.get(related(t, "ORDER_ID") or "", "AFN") == "AFN"]
    assert len(shown) < len(of_us)


def test_windows_are_half_open_and_too_long_ones_empty(make: Callable[..., Client]) -> None:
    client = make(orders=400, throttle="off")
    rows = transactions(client)
    at = rows[100]["postedDate"]
    assert transactions(client, postedAfter=AFTER, postedBefore=at) + transactions(client, postedAfter=at) == rows
    assert transactions(client, postedAfter="2026-05-25T00:00:00Z") == rows
    assert transactions(client, postedAfter="2026-05-20T00:00:00Z") == []


def test_transactions_need_a_start_or_an_identifier(client: Client) -> None:
    assert client.get(PATH).status_code == 400
    assert client.get(PATH, relatedIdentifierName="INVOICE_ID", relatedIdentifierValue="1").status_code == 400


def reports(client: Client, **query: object) -> list[dict[str, Any]]:
    pages = client.pages(REPORTS, "nextToken", "nextToken", alone=True, **{"reportTypes": TYPES, **query})
    return [r for p in pages for r in p["reports"]]


@pytest.mark.parametrize("size", [None, 1, 7, 100])
def test_report_tokens_come_alone(client: Client, size: int | None) -> None:
    rows = reports(client, pageSize=size)
    assert 30 < len(rows) == len({r["reportId"] for r in rows})
    created = [r["createdTime"] for r in rows]
    assert created == sorted(created, reverse=True)
    if size == 1:
        token = client.ok(REPORTS, reportTypes=TYPES)["nextToken"]
        assert client.get(REPORTS, reportTypes=TYPES, nextToken=token).status_code == 400


def test_report_filters_equal_a_scan(client: Client) -> None:
    rows = reports(client)
    states = {r["processingStatus"] for r in rows}
    assert {"DONE", "CANCELLED", "FATAL", "IN_PROGRESS"} == states
    for state in states:
        assert reports(client, processingStatuses=state) == [r for r in rows if r["processingStatus"] == state]
    kind = rows[0]["reportType"]
    assert reports(client, reportTypes=kind) == [r for r in rows if r["reportType"] == kind]
    at = rows[9]["createdTime"]
    assert reports(client, createdSince=at) == rows[:10]
    assert reports(client, createdUntil=at) == rows[9:]
    assert reports(client, marketplaceIds=CA) == [r for r in rows if r["marketplaceIds"] == [CA]]
    assert client.ok(f"{REPORTS}/{rows[3]['reportId']}") == rows[3]
    assert client.get(f"{REPORTS}/1").status_code == 404
    assert client.get(REPORTS, createdSince=START).status_code == 400


def test_feeds(client: Client) -> None:
    kinds = "JSON_LISTINGS_FEED,POST_FLAT_FILE_FULFILLMENT_DATA,UPLOAD_VAT_INVOICE"
    rows = [r for p in client.pages(FEEDS, "nextToken", "nextToken", alone=True, feedTypes=kinds) for r in p["feeds"]]
    assert 15 <= len(rows) == len({r["feedId"] for r in rows})
    assert client.ok(f"{FEEDS}/{rows[0]['feedId']}") == rows[0]


def test_participations(client: Client) -> None:
    rows = client.ok("/sellers/v1/marketplaceParticipations")["payload"]
    active = {r["marketplace"]["countryCode"]: r["participation"]["isParticipating"] for r in rows}
    assert active == {"US": True, "CA": True, "MX": True, "BR": False}
    assert client.ok("/sellers/v1/account")["payload"]["marketplaceParticipationList"] == rows
