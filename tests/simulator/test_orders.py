"""Orders: both versions tell the same story, filters do what Amazon says, pages hold every row once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amzsql.clock import VirtualClock
from amzsql.simulator import Simulator, World

from .conftest import BR, CA, MX, NOW, SECTIONS, START, US, Client, orders_2026, orders_v0

STATUS = {
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
}
CHANNEL = {"AMAZON": "AFN", "MERCHANT": "MFN"}
IDS = [US, CA, MX]
_CLOCK = VirtualClock(NOW)
SMALL = Client(Simulator(_CLOCK, orders=150, seed=3, throttle="off"), _CLOCK)
ROWS = orders_v0(SMALL)
NOTHING = {"Amount": "0"}


def money(value: dict[str, str]) -> Decimal:
    return Decimal(value.get("Amount") or value["amount"])


def parts(proceeds: dict[str, Any]) -> dict[str, Decimal]:
    return {b["type"]: Decimal(b["subtotal"]["amount"]) for b in proceeds["breakdowns"]}


def test_default_world_shows_all_its_orders_within_thirty_days(client: Client) -> None:
    month = {"CreatedAfter": "2026-10-19T12:00:00Z"}
    assert len(orders_v0(client, **month)) == 2000
    assert len(client.simulator.log) == 1 + 20


def test_both_versions_show_the_same_orders(client: Client) -> None:
    old = {o["AmazonOrderId"]: o for o in orders_v0(client)}
    new = {o["orderId"]: o for o in orders_2026(client, includedData=SECTIONS)}
    assert list(old) == list(new)
    assert len(old) == 2000
    for order_id, before in old.items():
        after = new[order_id]
        assert before["PurchaseDate"] == after["createdTime"]
        assert before["LastUpdateDate"] == after["lastUpdatedTime"]
        assert before["OrderStatus"] == STATUS[after["fulfillment"]["fulfillmentStatus"]]
        assert before["FulfillmentChannel"] == CHANNEL[after["fulfillment"]["fulfilledBy"]]
        assert before["MarketplaceId"] == after["salesChannel"]["marketplaceId"]
        assert before["SalesChannel"] == after["salesChannel"]["marketplaceName"]
        assert before["IsPrime"] == ("PRIME" in after["programs"])
        assert before["IsBusinessOrder"] == ("AMAZON_BUSINESS" in after["programs"])
        assert before["ShippingAddress"]["City"] == after["recipient"]["deliveryAddress"]["city"]
        assert ("OrderTotal" in before) == ("proceeds" in after) == (before["OrderStatus"] != "Pending")
        if "OrderTotal" in before:
            assert money(before["OrderTotal"]) == money(after["proceeds"]["grandTotal"])
            assert before["OrderTotal"]["CurrencyCode"] == after["proceeds"]["grandTotal"]["currencyCode"]


def test_all_statuses_channels_and_markets_occur(client: Client) -> None:
    rows = orders_v0(client)
    assert {o["OrderStatus"] for o in rows} == set(STATUS.values())
    assert {o["FulfillmentChannel"] for o in rows} == {"AFN", "MFN"}
    assert {o["MarketplaceId"] for o in rows} == {US, CA, MX}


def test_items_of_both_versions_add_up(client: Client) -> None:
    new = {o["orderId"]: o for o in orders_2026(client, includedData=SECTIONS)}
    for before in orders_v0(client)[-300:]:
        after = new[before["AmazonOrderId"]]
        items = client.ok(f"/orders/v0/orders/{before['AmazonOrderId']}/orderItems")["payload"]["OrderItems"]
        assert [i["OrderItemId"] for i in items] == [i["orderItemId"] for i in after["orderItems"]]
        assert before["NumberOfItemsShipped"] == sum(i["QuantityShipped"] for i in items)
        assert before["NumberOfItemsUnshipped"] == sum(
            i["fulfillment"]["quantityUnfulfilled"] for i in after["orderItems"]
        )
        for old, line in zip(items, after["orderItems"], strict=True):
            assert (old["SellerSKU"], old["ASIN"]) == (line["product"]["sellerSku"], line["product"]["asin"])
            assert old["QuantityOrdered"] == line["quantityOrdered"]
            if "OrderTotal" not in before:
                assert "ItemPrice" not in old
                assert "proceeds" not in line
                continue
            amounts = parts(line["proceeds"])
            unit = money(line["product"]["price"]["unitPrice"])
            assert money(old["ItemPrice"]) == amounts["ITEM"] == unit * old["QuantityOrdered"]
            assert money(old["ItemTax"]) + money(old.get("ShippingTax", NOTHING)) == amounts["TAX"]
            # Both leave out what a line does not have.
            assert ("ShippingPrice" in old) == ("SHIPPING" in amounts) == ("ShippingTax" in old)
            assert ("PromotionDiscount" in old) == ("DISCOUNT" in amounts)
            assert money(old.get("PromotionDiscount", NOTHING)) == -amounts.get("DISCOUNT", Decimal(0))
        if "OrderTotal" in before:
            names = ("ItemPrice", "ItemTax", "ShippingPrice", "ShippingTax")
            paid = sum(money(i.get(n, NOTHING)) for i in items for n in names)
            paid -= sum(money(i.get("PromotionDiscount", NOTHING)) for i in items)
            assert paid == money(before["OrderTotal"]) == sum(parts(after["proceeds"]).values())


def test_one_order_by_id_is_the_listed_one(client: Client) -> None:
    row = orders_v0(client, MaxResultsPerPage=100)[7]
    assert client.ok(f"/orders/v0/orders/{row['AmazonOrderId']}")["payload"] == row
    new = orders_2026(client, includedData=SECTIONS)[7]
    assert client.ok(f"/orders/2026-01-01/orders/{new['orderId']}", includedData=SECTIONS)["order"] == new


@pytest.mark.parametrize("order_id", ["111-0000000-0000000", "nonsense", "902-1234567-1234567"])
def test_an_unknown_order_is_404(client: Client, order_id: str) -> None:
    for path in (f"/orders/v0/orders/{order_id}", f"/orders/2026-01-01/orders/{order_id}"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.json()["errors"][0]["code"] == "NotFound"


def test_sections_come_only_when_asked_for(client: Client) -> None:
    plain = orders_2026(client)
    assert not {"proceeds", "fulfillment", "recipient", "payment", "packages"} & {k for o in plain for k in o}
    assert all(
        set(i) <= {"orderItemId", "quantityOrdered", "programs", "product"} for o in plain for i in o["orderItems"]
    )
    some = orders_2026(client, includedData="PROCEEDS")
    assert any("proceeds" in o for o in some)
    assert not any("fulfillment" in o for o in some)


def test_order_ids_take_fifty_at_once(client: Client) -> None:
    rows = orders_v0(client)
    wanted = [o["AmazonOrderId"] for o in rows[::40]]
    found = orders_v0(client, CreatedAfter=None, AmazonOrderIds=",".join(reversed(wanted)))
    assert [o["AmazonOrderId"] for o in found] == wanted
    answer = client.get("/orders/v0/orders", MarketplaceIds=US, AmazonOrderIds=",".join(["111-0000000-0000000"] * 51))
    assert answer.status_code == 400


@pytest.mark.parametrize("size", [1, 3, 7, 50, 75, 100])
def test_pages_hold_every_row_once(size: int) -> None:
    simulator, start = SMALL.simulator, len(SMALL.simulator.log)
    rows = orders_v0(SMALL, MaxResultsPerPage=size)
    assert rows == ROWS
    # Full pages only, and none that is empty at the end.
    assert len(simulator.log) - start == -(-len(ROWS) // size)
    assert [o["orderId"] for o in orders_2026(SMALL, maxResultsPerPage=size)] == [o["AmazonOrderId"] for o in ROWS]


TIMES = st.sampled_from([o["PurchaseDate"] for o in ROWS] + [o["LastUpdateDate"] for o in ROWS] + [START])


@settings(max_examples=60, deadline=None)
@given(
    updated=st.booleans(),
    bounds=st.tuples(TIMES, st.none() | TIMES),
    markets=st.sets(st.sampled_from(IDS), min_size=1),
    statuses=st.sets(st.sampled_from(sorted(STATUS))),
    channels=st.sets(st.sampled_from(sorted(CHANNEL))),
    size=st.integers(7, 100),  # pages of one row are asked for above
)
def test_filters_equal_a_scan(
    updated: bool,
    bounds: tuple[str, str | None],
    markets: set[str],
    statuses: set[str],
    channels: set[str],
    size: int,
) -> None:
    after, before = bounds[0], bounds[1]
    if before is not None and before < after:
        after, before = before, after
    column = "LastUpdateDate" if updated else "PurchaseDate"
    kept = [
        o
        for o in sorted(ROWS, key=lambda o: o[column])
        if o[column] >= after
        and o["MarketplaceId"] in markets
        and (not statuses or o["OrderStatus"] in {STATUS[s] for s in statuses})
        and (not channels or o["FulfillmentChannel"] in {CHANNEL[c] for c in channels})
    ]
    family = "LastUpdated" if updated else "Created"
    old = orders_v0(
        SMALL,
        **{f"{family}After": after, f"{family}Before": before},
        MarketplaceIds=",".join(sorted(markets)),
        OrderStatuses=",".join(sorted(STATUS[s] for s in statuses)) or None,
        FulfillmentChannels=",".join(sorted(CHANNEL[c] for c in channels)) or None,
        MaxResultsPerPage=size,
    )
    # The upper bound is open in v0 and closed in 2026-01-01.
    expected = [o["AmazonOrderId"] for o in kept if before is None or o[column] < before]
    assert sorted(o["AmazonOrderId"] for o in old) == sorted(expected)
    assert [o[column] for o in old] == sorted(o[column] for o in old)
    family = "lastUpdated" if updated else "created"
    new = orders_2026(
        SMALL,
        **{f"{family}After": after, f"{family}Before": before},
        marketplaceIds=",".join(sorted(markets)),
        fulfillmentStatuses=",".join(sorted(statuses)) or None,
        fulfilledBy=",".join(sorted(channels)) or None,
        maxResultsPerPage=size,
    )
    expected = [o["AmazonOrderId"] for o in kept if before is None or o[column] <= before]
    assert sorted(o["orderId"] for o in new) == sorted(expected)


def test_delivery_dates_and_buyers_filter_v0() -> None:
    at = ROWS[20]["EarliestDeliveryDate"]
    expected = [o for o in ROWS if o["EarliestDeliveryDate"] >= at]
    assert orders_v0(SMALL, EarliestDeliveryDateAfter=at) == expected
    assert [o for o in ROWS if o["LatestDeliveryDate"] <= at] == orders_v0(SMALL, LatestDeliveryDateBefore=at)
    assert orders_v0(SMALL, SellerOrderId=ROWS[3]["AmazonOrderId"]) == [ROWS[3]]
    assert orders_v0(SMALL, PaymentMethods="COD") == []
    assert orders_v0(SMALL, IsISPU="true") == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"CreatedAfter": START},
        {"MarketplaceIds": US},
        {"MarketplaceIds": US, "CreatedAfter": START, "LastUpdatedAfter": START},
        {"MarketplaceIds": US, "CreatedAfter": "yesterday"},
        {"MarketplaceIds": US, "CreatedAfter": START, "CreatedBefore": "2026-11-18T11:06:00Z"},
        {"MarketplaceIds": US, "CreatedAfter": START, "CreatedBefore": "2025-01-01T00:00:00Z"},
        {"MarketplaceIds": US, "CreatedAfter": START, "MaxResultsPerPage": 101},
        {"MarketplaceIds": US, "CreatedAfter": START, "Colour": "red"},
        {"MarketplaceIds": "A1PA6795UKMFR9", "CreatedAfter": START},
        {"MarketplaceIds": US, "CreatedAfter": START, "NextToken": "bm90IGEgdG9rZW4="},
    ],
)
def test_a_request_that_breaks_a_rule_is_400(query: dict[str, object]) -> None:
    answer = SMALL.get("/orders/v0/orders", **query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "InvalidInput"


def test_a_marketplace_without_participation_is_403() -> None:
    answer = SMALL.get("/orders/v0/orders", MarketplaceIds=BR, CreatedAfter=START)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "Unauthorized")


def test_a_token_belongs_to_its_filters() -> None:
    query = {"createdAfter": START, "maxResultsPerPage": 10}
    token = SMALL.ok("/orders/2026-01-01/orders", **query)["pagination"]["nextToken"]
    assert all(c in token for c in "+/=")
    path = "/orders/2026-01-01/orders"
    larger = SMALL.ok(path, createdAfter=START, maxResultsPerPage=20, includedData="PROCEEDS", paginationToken=token)
    assert [o["orderId"] for o in larger["orders"]] == [o["AmazonOrderId"] for o in ROWS[10:30]]
    assert SMALL.get(path, **query, fulfilledBy="AMAZON", paginationToken=token).status_code == 400
    assert SMALL.get(path, **query, paginationToken=token[:-6] + "AAAAA=").status_code == 400
    assert SMALL.get(path, **query, paginationToken=token.replace("+", " ")).status_code == 400


def test_v0_wants_the_marketplaces_with_every_token() -> None:
    query = {"MarketplaceIds": f"{US},{CA},{MX}", "CreatedAfter": START, "MaxResultsPerPage": 100}
    token = SMALL.ok("/orders/v0/orders", **query)["payload"]["NextToken"]
    rest = SMALL.ok("/orders/v0/orders", MarketplaceIds=f"{US},{CA},{MX}", NextToken=token)
    assert rest["payload"]["Orders"] == ROWS[100:]
    assert SMALL.get("/orders/v0/orders", NextToken=token).status_code == 400


def test_a_token_of_2026_lives_a_day(make: Callable[..., Client]) -> None:
    client = make(orders=150, throttle="off")
    query = {"createdAfter": START, "maxResultsPerPage": 10}
    token = client.ok("/orders/2026-01-01/orders", **query)["pagination"]["nextToken"]
    client.clock.wait(NOW + 86_400 - 1)
    client.login()
    assert client.get("/orders/2026-01-01/orders", **query, paginationToken=token).status_code == 200
    client.clock.wait(NOW + 86_400 + 1)
    assert client.get("/orders/2026-01-01/orders", **query, paginationToken=token).status_code == 400


def test_the_seed_decides(make: Callable[..., Client]) -> None:
    assert orders_2026(make(orders=60, seed=5)) == orders_2026(make(orders=60, seed=5))
    assert orders_2026(make(orders=60, seed=5)) != orders_2026(make(orders=60, seed=6))


def test_a_world_without_orders(make: Callable[..., Client]) -> None:
    client = make(orders=0)
    assert orders_v0(client) == orders_2026(client, lastUpdatedAfter=START) == []


def test_a_million_orders_are_found_at_once() -> None:
    world = World(int(NOW), orders=1_000_000)
    assert world.days == 730
    for index in (0, 1, 345_678, 999_999):
        head = world.head(index)
        assert world.find_order(world.order_id(head)) == head
        assert world.first_created(head.created) <= index < world.first_created(head.created + 1)
