"""The way to an operation: by name, by method and path, and how little is read for it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError
from datetime import date

import pytest

from amzsql import spapi
from amzsql.spapi.model import Rate


def test_every_api_and_operation_is_there() -> None:
    assert len(spapi.apis()) == 70
    operations = list(spapi.all_operations())
    assert len(operations) == 384
    assert len({o.key for o in operations}) == 384


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("ordersV0.getOrders", Rate(0.0167, 20)),
        ("ordersV0.getOrderItems", Rate(0.5, 30)),
        ("orders_2026-01-01.searchOrders", Rate(0.0056, 20)),
        ("sales.getOrderMetrics", Rate(0.5, 15)),
        ("fbaInventory.getInventorySummaries", Rate(2, 2)),
        ("definitionsProductTypes_2020-09-01.searchDefinitionsProductTypes", Rate(5, 10)),
        ("reports_2021-06-30.createReport", Rate(0.0167, 15)),
        ("supplySources_2020-07-01.getSupplySource", Rate(1, 1, known=False)),
        ("fulfillmentInbound_2024-03-20.listPrepDetails", Rate(1, 1, known=False)),
    ],
)
def test_rates(name: str, rate: Rate) -> None:
    assert spapi.operation(name).rate == rate


def test_a_default_rate_stands_for_every_operation_without_one() -> None:
    unknown = [o for o in spapi.all_operations() if not o.rate.known]
    assert len(unknown) == 78
    assert {(o.rate.rate, o.rate.burst) for o in unknown} == {(1.0, 1)}


def test_paging_of_every_style() -> None:
    inventory = spapi.operation("fbaInventory.getInventorySummaries").paging
    assert inventory is not None
    assert (inventory.token_in, inventory.token_out) == ("nextToken", "pagination.nextToken")
    assert (inventory.token_life, inventory.size, inventory.size_default) == (30, None, 50)
    search = spapi.operation("orders_2026-01-01.searchOrders").paging
    assert search is not None
    assert (search.size, search.size_default, search.size_max, search.token_life) == (
        "maxResultsPerPage",
        100,
        100,
        86400,
    )
    reports = spapi.operation("reports_2021-06-30.getReports").paging
    assert reports is not None
    assert reports.alone
    assert not reports.keep
    shipments = spapi.operation("fulfillmentInboundV0.getShipments").paging
    assert shipments is not None
    assert shipments.extra == (("QueryType", "NEXT_TOKEN"),)
    assert shipments.keep == ("MarketplaceId",)
    items = spapi.operation("fulfillmentInboundV0.getShipmentItemsByShipmentId").paging
    assert items is not None
    assert (items.token_in, items.next_operation) == ("", "getShipmentItems")
    offers = spapi.operation("replenishment-2022-11-07.listOffers").paging
    assert offers is not None
    assert (offers.style, offers.token_in, offers.token_in_location) == ("offset", "pagination.offset", "body")
    assert spapi.operation("ordersV0.getOrder").paging is None


def test_fields_hold_everything_below_a_row() -> None:
    fields = {f.path: f for f in spapi.operation("orders_2026-01-01.searchOrders").fields}
    assert fields["orderItems[].product.asin"].type == "string"
    assert fields["createdTime"].format == "date-time"
    assert "SHIPPED" in fields["fulfillment.fulfillmentStatus"].enum


def test_fields_beside_the_rows() -> None:
    search = spapi.operation("catalogItems_2022-04-01.searchCatalogItems")
    assert "numberOfResults" in {f.path for f in search.parent_fields}
    assert "pagination.nextToken" in {f.path for f in search.root_fields}
    assert not any(f.path.startswith("items") for f in search.root_fields)
    offers = spapi.operation("productPricingV0.getItemOffers")
    assert offers.row_path == "payload.Offers[]"
    assert "Summary.TotalOfferCount" in {f.path for f in offers.parent_fields}


def test_recursion_is_cut_and_marked() -> None:
    fields = spapi.operation("catalogItems_2022-04-01.searchCatalogItems").fields
    marked = {f.path: f.format for f in fields if (f.format or "").startswith("recursive:")}
    assert marked == {
        "classifications[].classifications[].parent": "recursive:ItemBrowseClassification",
        "summaries[].browseClassification.parent": "recursive:ItemBrowseClassification",
    }


def test_operations_with_several_arrays() -> None:
    events = spapi.operation("financesV0.listFinancialEvents")
    assert events.row_kind == "multi"
    assert len(events.multi_rows) == 34
    refunds = spapi.api("financesV0").row_fields(events, "payload.FinancialEvents.RefundEventList[]")
    assert "ShipmentItemAdjustmentList[].SellerSKU" in {f.path for f in refunds}


def test_access() -> None:
    assert spapi.operation("ordersV0.getOrders").restricted == "dataElements"
    assert spapi.operation("ordersV0.getOrderAddress").restricted == "always"
    parts = {o.name for o in spapi.all_operations() if o.elements}
    assert parts == {o.name for o in spapi.all_operations() if o.restricted == "dataElements"}
    assert spapi.operation("ordersV0.getOrders").elements == ("buyerInfo", "buyerTaxInformation", "shippingAddress")
    assert spapi.operation("notifications.getDestinations").grantless == "sellingpartnerapi::notifications"
    assert dict(spapi.operation("ordersV0.getOrders").personal).keys() == {"buyer", "recipient"}
    assert spapi.operation("productPricingV0.getItemOffersBatch").read
    assert not spapi.operation("feeds_2021-06-30.createFeed").read
    assert spapi.operation("fbaInventory.addInventory").sandbox_only


def test_removal() -> None:
    removed = {o.name for o in spapi.api("ordersV0").operations if o.is_removed(date(2027, 3, 27))}
    assert removed == {
        f"ordersV0.{n}"
        for n in (
            "getOrders",
            "getOrder",
            "getOrderBuyerInfo",
            "getOrderAddress",
            "getOrderItems",
            "getOrderItemsBuyerInfo",
        )
    }
    assert not spapi.operation("ordersV0.getOrders").is_removed(date(2027, 3, 26))


def test_body_shapes() -> None:
    create = spapi.operation("reports_2021-06-30.createReport")
    body = create.parameter("body")
    assert body.required_fields == ("marketplaceIds", "reportType")
    assert "reportType" in {f.path for f in body.fields}
    shape = spapi.api(create.api).body(create)
    assert shape is not None
    assert shape.property("dataStartTime") == spapi.Shape("string", format="date-time")


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("ordersV0.getOrdrs", "ordersV0.getOrders"),
        ("ordersv0.getorders", "ordersV0.getOrders"),
        ("orders_2026-01-01.searchOrder", "orders_2026-01-01.searchOrders"),
    ],
)
def test_unknown_operations_name_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(LookupError, match=near):
        spapi.operation(wrong)


def test_unknown_api_names_the_nearest() -> None:
    with pytest.raises(LookupError, match="fbaInventory"):
        spapi.api("fbaInventry")


def test_an_ambiguous_id_needs_its_method_and_path() -> None:
    with pytest.raises(LookupError, match="PUT"):
        spapi.operation("shippingV2.linkCarrierAccount")
    path = "/shipping/v2/carrierAccounts/{carrierId}"
    assert spapi.operation(f"shippingV2.linkCarrierAccount PUT {path}").method == "PUT"
    with pytest.raises(LookupError, match="no operation"):
        spapi.operation(f"shippingV2.linkCarrierAccount GET {path}")


def test_match_finds_operation_and_path_parameters() -> None:
    found = spapi.match("get", "/orders/v0/orders/902-1%2F2/orderItems")
    assert found is not None
    operation, parameters = found
    assert operation.name == "ordersV0.getOrderItems"
    assert parameters == {"orderId": "902-1/2"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/orders/v0/nothing"),
        ("DELETE", "/orders/v0/orders"),
        ("GET", "/orders/v0/orders/"),
        ("GET", "/orders/v0/orders//orderItems"),
        ("GET", "orders"),
        ("GET", ""),
    ],
)
def test_match_of_nothing(method: str, path: str) -> None:
    assert spapi.match(method, path) is None


def test_every_operation_is_matched_by_its_own_path() -> None:
    for operation in spapi.all_operations():
        path = operation.path.replace("{", "x").replace("}", "y")
        found = spapi.match(operation.method, path)
        assert found is not None
        assert found[0] is operation


def test_operations_are_frozen() -> None:
    operation = spapi.operation("ordersV0.getOrders")
    with pytest.raises(FrozenInstanceError):
        operation.path = "/"  # type: ignore[misc]


def test_only_the_api_that_is_asked_for_is_read() -> None:
    # In a process of its own: this one has read them all.
    program = """
import sys
opened = []
sys.addaudithook(lambda event, a: opened.append(str(a[0])) if event == "open" and str(a[0]).endswith(".json") else None)
from amzsql import spapi
assert not opened, opened
spapi.apis()
spapi.operation("ordersV0.getOrders")
spapi.operation("ordersV0.getOrder")
spapi.match("GET", "/sellers/v1/account")
print(*[name.replace("\\\\", "/").rpartition("/")[2] for name in opened])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["index.json", "ordersV0.json", "sellers.json"]


def test_whom_an_api_is_for() -> None:
    of = {name: spapi.api(name).partner for name in spapi.apis()}
    assert {name for name, kind in of.items() if kind == "vendor"} == {n for n in of if n.startswith("vendor")}
    assert {of[name] for name in ("ordersV0", "sellers", "fbaInventory", "productFeesV0")} == {"seller"}
    assert {of[name] for name in ("reports_2021-06-30", "catalogItems_2022-04-01", "replenishment-2022-11-07")} == {
        None
    }
