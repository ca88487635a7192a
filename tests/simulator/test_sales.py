"""Order metrics are the sums of the orders."""

from __future__ import annotations

import itertools
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from .conftest import MX, SECTIONS, US, Client, orders_2026

PATH = "/sales/v1/orderMetrics"
ZONE = "America/Los_Angeles"
WEEK = "2026-10-28T00:00:00-07:00--2026-11-04T00:00:00-08:00"


def metrics(client: Client, **query: object) -> list[dict[str, Any]]:
    base = {"marketplaceIds": US, "interval": WEEK, "granularity": "Total", "granularityTimeZone": ZONE}
    return list(client.ok(PATH, **{**base, **query})["payload"])


def counted(client: Client, interval: str, market: str = US) -> list[dict[str, Any]]:
    """The orders of an interval that metrics count: all but the cancelled."""
    after, before = (datetime.fromisoformat(t).timestamp() for t in interval.split("--"))
    return [
        o
        for o in orders_2026(client, includedData=SECTIONS)
        if after <= datetime.fromisoformat(o["createdTime"]).timestamp() < before
        and o["salesChannel"]["marketplaceId"] == market
        and o["fulfillment"]["fulfillmentStatus"] != "CANCELLED"
    ]


def sums(orders: list[dict[str, Any]], sku: str | None = None) -> tuple[int, int, int, Decimal]:
    lines = [(o["orderId"], i) for o in orders for i in o["orderItems"] if sku in (None, i["product"]["sellerSku"])]
    sales = sum(
        (Decimal(i["product"]["price"]["unitPrice"]["amount"]) * i["quantityOrdered"] for _, i in lines), Decimal()
    )
    return len({o for o, _ in lines}), len(lines), sum(i["quantityOrdered"] for _, i in lines), sales


def told(row: dict[str, Any]) -> tuple[int, int, int, Decimal]:
    return row["orderCount"], row["orderItemCount"], row["unitCount"], Decimal(row["totalSales"]["amount"])


def test_total_is_the_sum_of_the_orders(client: Client) -> None:
    orders = counted(client, WEEK)
    (row,) = metrics(client)
    assert told(row) == sums(orders)
    assert row["orderCount"] > 300
    assert Decimal(row["averageUnitPrice"]["amount"]) == round(sums(orders)[3] / sums(orders)[2], 2)


@pytest.mark.parametrize(
    ("granularity", "rows"), [("Hour", 7 * 24 + 1), ("Day", 7), ("Week", 2), ("Month", 2), ("Year", 1)]
)
def test_every_granularity_adds_up_to_the_total(client: Client, granularity: str, rows: int) -> None:
    found = metrics(client, granularity=granularity)
    assert len(found) == rows
    for row in found:
        assert told(row) == sums(counted(client, row["interval"])) if granularity == "Day" else True
    total = told(metrics(client)[0])
    assert tuple(sum(c, start=type(c[0])()) for c in zip(*map(told, found), strict=True)) == total
    # Seamless: each row begins where the one before ends.
    bounds = [r["interval"].split("--") for r in found]
    assert all(a[1] == b[0] for a, b in itertools.pairwise(bounds))


def test_sku_asin_network_and_buyer_narrow(client: Client) -> None:
    orders = counted(client, WEEK)
    product = orders[0]["orderItems"][0]["product"]
    by_sku = metrics(client, sku=product["sellerSku"])[0]
    assert told(by_sku) == sums(orders, product["sellerSku"])
    assert metrics(client, asin=product["asin"])[0] == by_sku
    networks = [told(metrics(client, fulfillmentNetwork=n)[0])[0] for n in ("AFN", "MFN")]
    buyers = [told(metrics(client, buyerType=b)[0])[0] for b in ("B2B", "B2C")]
    assert sum(networks) == sum(buyers) == len(orders)
    assert all(networks + buyers)
    assert told(metrics(client, marketplaceIds=MX)[0]) == pytest.approx(sums(counted(client, WEEK, MX)))


@pytest.mark.parametrize(
    "change",
    [
        {"interval": "2026-10-28--2026-11-04"},
        {"interval": "2026-11-04T00:00:00Z--2026-10-28T00:00:00Z"},
        {"granularityTimeZone": "UTC"},
        {"granularityTimeZone": "Mars/Olympus"},
        {"granularityTimeZone": "x" * 5000},
        {"granularity": "Day", "granularityTimeZone": None},
        {"granularity": "Hour", "interval": "2026-08-28T00:00:00-07:00--2026-08-29T00:00:00-07:00"},
        {"interval": "2022-08-28T00:00:00-07:00--2022-08-29T00:00:00-07:00"},
        {"sku": "a", "asin": "b"},
        {"marketplaceIds": None},
    ],
)
def test_a_question_that_breaks_a_rule_is_400(client: Client, change: dict[str, object]) -> None:
    base = {"marketplaceIds": US, "interval": WEEK, "granularity": "Total", "granularityTimeZone": ZONE}
    assert client.get(PATH, **{**base, **change}).status_code == 400
