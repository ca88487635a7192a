"""What several of Amazon's sources tell of the same thing: money, orders and what the seller did with them."""

from __future__ import annotations

import gzip
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from amzsql.simulator.accounts import APPLICATIONS

from .conftest import SECTIONS, US, Client, orders_2026, orders_v0
from .test_money import cents_v0, events, worth
from .test_money_and_history import DAY, cents, later, related, transactions
from .test_order_actions import confirm, items, unshipped
from .workflows import OUTBOUND, SHOP_ADDRESS, Desk, outbound_order, stock

SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
ALL_ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
BY_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
NOW_TEXT = "2026-11-18T11:06:00Z"
REPORTS = "/reports/2021-06-30"


def download(client: Client, document_id: str) -> list[dict[str, str]]:
    """Return the rows of a flat file."""
    found = client.ok(f"{REPORTS}/documents/{document_id}")
    answer = client.http.get(found["url"])
    body = gzip.decompress(answer.content) if "compressionAlgorithm" in found else answer.content
    names, *lines = body.decode(answer.headers["content-type"].rpartition("=")[2]).splitlines()
    return [dict(zip(names.split("\t"), line.split("\t"), strict=True)) for line in lines]


def ordered(client: Client, kind: str, start: str, market: str = US) -> list[dict[str, str]]:
    """Order a report up to now, wait for it and return its rows; none if it is cancelled."""
    body = {"reportType": kind, "marketplaceIds": [market], "dataStartTime": start}
    answer = client.http.post(f"{REPORTS}/reports", json=body)
    assert answer.status_code == 202, answer.text
    later(client, 3600)
    found = client.ok(f"{REPORTS}/reports/{answer.json()['reportId']}")
    return download(client, found["reportDocumentId"]) if "reportDocumentId" in found else []


def settlements(client: Client) -> list[dict[str, Any]]:
    pages = client.pages(f"{REPORTS}/reports", "nextToken", "nextToken", alone=True, reportTypes=SETTLEMENT)
    return [r for p in pages for r in p["reports"] if r["processingStatus"] == "DONE"]


def hundredths(text: str) -> int:
    return int(Decimal(text.replace(",", ".")) * 100)


def check_settlement(client: Client, report: dict[str, Any]) -> Counter[str]:
    """Compare a settlement with transactions, events and its group, order by order; return what orders brought."""
    total, *rows = download(client, report["reportDocumentId"])
    pages = client.pages("/finances/v0/financialEventGroups", "NextToken", "payload.NextToken", MaxResultsPerPage=100)
    groups = {g["FinancialEventGroupId"]: g for p in pages for g in p["payload"]["FinancialEventGroupList"]}
    (group,) = (g for g in groups if str(int(g[:10], 16)) == total["settlement-id"])
    told, shown, listed = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        told[row["order-id"]] += hundredths(row["amount"])
    for t in transactions(client, relatedIdentifierName="FINANCIAL_EVENT_GROUP_ID", relatedIdentifierValue=group):
        shown[related(t, "ORDER_ID") or ""] += cents(t["totalAmount"])
    inside = events(client, f"/finances/v0/financialEventGroups/{group}/financialEvents")
    for event in (e for found in inside.values() for e in found):
        listed[event.get("AmazonOrderId", "")] += worth(event)
    assert told == shown == listed
    assert hundredths(total["total-amount"]) == cents_v0(groups[group]["OriginalTotal"]) == sum(told.values())
    if total["currency"] == "JPY":
        assert all(hundredths(r["amount"]) % 100 == 0 for r in rows)
    return told


@pytest.mark.parametrize(("account", "home"), [("na", "USD"), ("eu", "EUR"), ("fe", "JPY")])
def test_settlements_agree_with_transactions_and_events_while_the_clock_moves(
    client: Client, account: str, home: str
) -> None:
    client.login(refresh_token=f"Atzr|simulator-{account}")
    before = settlements(client)
    later(client, 20 * DAY)
    client.login(refresh_token=f"Atzr|simulator-{account}")
    after = settlements(client)
    # Two periods ended meanwhile; deferred money was released into the later one.
    assert {r["reportId"] for r in before} < {r["reportId"] for r in after}
    newest = sorted(after, key=lambda r: str(r["dataEndTime"]))[-4:]
    currencies = {download(client, r["reportDocumentId"])[0]["currency"] for r in newest}
    assert home in currencies
    assert all(check_settlement(client, r) for r in newest)


def test_a_settlement_that_ended_does_not_grow(client: Client) -> None:
    order = unshipped(client)
    before = {r["reportId"]: download(client, r["reportDocumentId"]) for r in settlements(client)}
    # The seller names a day of a settlement that was paid.
    assert confirm(client, order, items(client, order), shipDate="2026-10-25T09:00:00Z").status_code == 204
    for record in settlements(client):
        assert download(client, record["reportDocumentId"]) == before[record["reportId"]]
    later(client, 40 * DAY)
    client.login()
    of_order = {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": order["AmazonOrderId"]}
    (shipment,) = (t for t in transactions(client, **of_order) if t["transactionType"] == "Shipment")
    assert shipment["postedDate"] == "2026-11-18T11:06:40Z"
    new = [r for r in settlements(client) if r["reportId"] not in before]
    brought = [c for r in new if order["AmazonOrderId"] in (c := check_settlement(client, r))]
    assert len(brought) == 1


def counts(client: Client, order: dict[str, Any]) -> tuple[int, int, Decimal]:
    """Return (orders, units, sales) of the day when an order was bought, as metrics count them."""
    day = order["PurchaseDate"][:10]
    interval = f"{day}T00:00:00Z--{day}T23:59:59Z"
    (row,) = client.ok(
        "/sales/v1/orderMetrics", marketplaceIds=order["MarketplaceId"], interval=interval, granularity="Total"
    )["payload"]
    return row["orderCount"], row["unitCount"], Decimal(row["totalSales"]["amount"])


def test_a_refused_pick_up_is_cancelled_everywhere(client: Client) -> None:
    order = unshipped(client)
    order_id, start = order["AmazonOrderId"], order["PurchaseDate"]
    rows = client.ok(f"/orders/v0/orders/{order_id}/orderItems")["payload"]["OrderItems"]
    price = sum((Decimal(i["ItemPrice"]["Amount"]) for i in rows), Decimal(0))
    units = sum(i["QuantityOrdered"] for i in rows)
    before = counts(client, order)
    body = {"marketplaceId": order["MarketplaceId"], "shipmentStatus": "RefusedPickup"}
    assert client.http.post(f"/orders/v0/orders/{order_id}/shipment", json=body).status_code == 204
    after = counts(client, order)
    assert (before[0] - after[0], before[1] - after[1], before[2] - after[2]) == (1, units, price)
    mine = [r for r in ordered(client, ALL_ORDERS, start) if r["amazon-order-id"] == order_id]
    assert [(r["order-status"], int(r["quantity"])) for r in mine] == [
        ("Cancelled", i["QuantityOrdered"]) for i in rows
    ]
    assert order_id in {r["amazon-order-id"] for r in ordered(client, BY_UPDATE, NOW_TEXT)}


def test_a_confirmed_shipment_is_in_the_reports_and_changes_no_metric(client: Client) -> None:
    order = unshipped(client)
    order_id, start = order["AmazonOrderId"], order["PurchaseDate"]
    before = counts(client, order)
    assert confirm(client, order, items(client, order)).status_code == 204
    assert counts(client, order) == before
    mine = [r for r in ordered(client, ALL_ORDERS, start) if r["amazon-order-id"] == order_id]
    assert {r["order-status"] for r in mine} == {"Shipped"}
    assert order_id in {r["amazon-order-id"] for r in ordered(client, BY_UPDATE, NOW_TEXT)}


def test_multi_channel_orders_are_in_the_reports_of_all_orders_and_nowhere_else(client: Client) -> None:
    desk = Desk(client)
    sku = next(code for code, units in stock(desk) if units > 5)
    desk.do(f"{OUTBOUND}.createFulfillmentOrder", body=outbound_order("SHOP-NEW", sku, 2))
    listed = desk.do(f"{OUTBOUND}.listAllFulfillmentOrders", query={"queryStartDate": "2026-10-11T00:00:00Z"})
    orders = listed["payload"]["fulfillmentOrders"]
    recent = {o["sellerFulfillmentOrderId"] for o in orders if o["receivedDate"] >= "2026-11-11"}
    assert len(recent) > 2
    states = []
    for seconds in (3600, 3 * DAY):
        later(client, seconds)
        rows = [r for r in ordered(client, ALL_ORDERS, "2026-11-11T00:00:00Z") if r["amazon-order-id"][:3] == "S01"]
        assert {r["sales-channel"] for r in rows} == {"Non-Amazon"}
        assert {r["merchant-order-id"] for r in rows} == recent
        (mine,) = (r for r in rows if r["merchant-order-id"] == "SHOP-NEW")
        assert (mine["sku"], mine["quantity"], mine["item-price"]) == (sku, "2", "")
        assert mine["ship-city"] == SHOP_ADDRESS["city"]
        states.append(mine["order-status"])
    assert states == ["Unshipped", "Shipped"]
    assert mine["amazon-order-id"] not in {o["AmazonOrderId"] for o in orders_v0(client)}


def test_taxes_are_the_same_in_both_versions_of_orders_and_in_the_finances(client: Client) -> None:
    role = next(a for a in APPLICATIONS if a.pii == "shown")
    anybody = orders_2026(client, includedData=SECTIONS)
    client.login(client_id=role.client_id, client_secret=role.client_secret)
    rows = {o["orderId"]: o for o in orders_2026(client, includedData=SECTIONS)}
    # The company is personal data; that a line was taxed is not.
    assert not any("tax" in o for o in anybody)
    assert [[i.get("tax") for i in o["orderItems"]] for o in anybody] == [
        [i.get("tax") for i in o["orderItems"]] for o in rows.values()
    ]
    shown = orders_v0(client)
    some = [o for o in shown if o["OrderStatus"] == "Shipped" and o["IsBusinessOrder"]][:5]
    some += [o for o in shown if o["OrderStatus"] == "Pending"][:3] + [o for o in shown if not o["IsBusinessOrder"]][:5]
    for old in some:
        new = rows[old["AmazonOrderId"]]
        path = f"/orders/v0/orders/{old['AmazonOrderId']}"
        for one, line in zip(client.ok(f"{path}/orderItems")["payload"]["OrderItems"], new["orderItems"], strict=True):
            taxed = any(Decimal(one.get(n, {"Amount": "0"})["Amount"]) for n in ("ItemTax", "ShippingTax"))
            assert ("TaxCollection" in one) == ("tax" in line) == taxed
            if taxed:
                (collected,) = line["tax"]["taxCollections"]
                assert collected["responsibleParty"] == one["TaxCollection"]["ResponsibleParty"]
        withheld = [i["ItemTaxWithheldList"] for e in tax_events(client, path) for i in e["ShipmentItemList"]]
        assert all(w[0]["TaxCollectionModel"] == "MarketplaceFacilitator" for w in withheld)
        company = [r["legalName"] for r in new.get("tax", {}).get("taxRegistrations", [])]
        buyer = Desk(client).do("ordersV0.getOrderBuyerInfo", orderId=old["AmazonOrderId"])["payload"]
        assert company == ([buyer["BuyerTaxInfo"]["CompanyLegalName"]] if old["IsBusinessOrder"] else [])
    assert not {"tax", "fulfillmentOrders"} & orders_2026(client)[0].keys()


def tax_events(client: Client, path: str) -> list[dict[str, Any]]:
    return events(client, path.replace("/orders/v0", "/finances/v0") + "/financialEvents")["ShipmentEventList"]


def test_what_easy_ship_collects_is_a_fulfilment_order(client: Client) -> None:
    desk, order = Desk(client), unshipped(client)
    body = {"amazonOrderId": order["AmazonOrderId"], "marketplaceId": order["MarketplaceId"]}
    size = {"length": 10.0, "width": 10.0, "height": 10.0, "unit": "cm"}
    asked = {**body, "packageDimensions": size, "packageWeight": {"value": 100.0, "unit": "g"}}
    slot = desk.do("easyShip_2022-03-23.listHandoverSlots", body=asked)["timeSlots"][0]
    made = desk.do("easyShip_2022-03-23.createScheduledPackage", body={**body, "packageDetails": {
        "packageTimeSlot": slot}})  # fmt: skip
    path = f"/orders/2026-01-01/orders/{order['AmazonOrderId']}"
    assert "fulfillmentOrders" not in client.ok(path, includedData=SECTIONS)["order"]
    later(client, 3 * DAY)
    found = client.ok(path, includedData=SECTIONS)["order"]
    assert found["fulfillmentOrders"] == [{"fulfillmentOrderId": made["scheduledPackageId"]["packageId"]}]


def test_each_shipment_of_an_order_is_paid_by_itself(client: Client) -> None:
    order = unshipped(client)
    (first, quantity), *rest = items(client, order).items()
    assert confirm(client, order, {first: quantity}).status_code == 204
    later(client, 4 * DAY)
    of_order = {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": order["AmazonOrderId"]}
    paid = [t for t in transactions(client, **of_order) if t["transactionType"] == "Shipment"]
    assert len(paid) == 1
    # It was shipped in a settlement that has ended when the rest follows.
    later(client, 20 * DAY)
    before = {r["reportId"]: download(client, r["reportDocumentId"]) for r in settlements(client)}
    more = {"packageReferenceId": "8", "shipDate": "2026-11-18T09:00:00Z"}
    assert confirm(client, order, dict(rest), **more).status_code == 204
    later(client, 40 * DAY)
    shipments = [t for t in transactions(client, **of_order) if t["transactionType"] == "Shipment"]
    assert [cents(t["totalAmount"]) for t in shipments[:1]] == [cents(t["totalAmount"]) for t in paid]
    assert [len(t["items"]) for t in shipments] == [1, len(rest)]
    assert len({related(t, "SHIPMENT_ID") for t in shipments}) == 2
    after = settlements(client)
    for record in after:
        if record["reportId"] in before:
            assert download(client, record["reportDocumentId"]) == before[record["reportId"]]
    holding = [r for r in after if order["AmazonOrderId"] in check_settlement(client, r)]
    assert len(holding) == 2
