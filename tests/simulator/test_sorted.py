"""Whatever operation takes an order answers in it, over all of its pages, either way."""

from __future__ import annotations

from typing import Any

import pytest

from amzsql import spapi
from amzsql.simulator import apis

from .conftest import US, Client

WEEK = {"createdAfter": "2026-11-09T00:00:00Z", "createdBefore": "2026-11-15T00:00:00Z"}
# Operation -> (what else it is asked, by the parameter that chooses the order, where the value stands in a row).
SORTED: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "InvoicesApiModel_2024-06-19.getInvoices": (
        {"marketplaceId": US, "dateStart": "2026-11-01T00:00:00Z", "dateEnd": "2026-11-15T00:00:00Z"},
        {"": "date"},
    ),
    "awd_2024-05-09.listInboundShipments": ({}, {"sortBy=CREATED_AT": "createdAt", "sortBy=UPDATED_AT": "updatedAt"}),
    "awd_2024-05-09.listInventory": ({}, {"": "sku"}),
    "awd_2024-05-09.listOutbounds": ({}, {"": "updatedAt"}),
    "awd_2024-05-09.listReplenishmentOrders": ({}, {"": "updatedAt"}),
    "fulfillmentInbound_2024-03-20.listInboundPlans": (
        {},
        {"sortBy=CREATION_TIME": "createdAt", "sortBy=LAST_UPDATED_TIME": "lastUpdatedAt"},
    ),
    "listingsItems_2021-08-01.searchListingsItems": (
        {"sellerId": "A3SIMULATEDSELL", "marketplaceIds": US},
        {
            "sortBy=createdDate": "summaries.0.createdDate",
            "sortBy=lastUpdatedDate": "summaries.0.lastUpdatedDate",
            "sortBy=sku": "sku",
        },
    ),
    "services.getServiceJobs": (
        {"marketplaceIds": US, "createdAfter": "2026-01-01T00:00:00Z"},
        {"sortField=JOB_DATE": "createTime", "sortField=JOB_STATUS": "serviceJobStatus"},
    ),
    "vendorOrders.getPurchaseOrders": ({}, {"": "orderDetails.purchaseOrderDate"}),
    "vendorOrders.getPurchaseOrdersStatus": ({}, {"": "purchaseOrderDate"}),
    "vendorShipments.GetShipmentDetails": ({}, {"": "shipmentCreateDate"}),
    "vendorShipments.GetShipmentLabels": ({}, {"": "labelCreateDateTime"}),
    "vendorDirectFulfillmentOrdersV1.getOrders": (WEEK, {"": "orderDetails.orderDate"}),
    "vendorDirectFulfillmentOrders_2021-12-28.getOrders": (WEEK, {"": "orderDetails.orderDate"}),
    "vendorDirectFulfillmentShippingV1.getShippingLabels": (WEEK, {"": ""}),
    "vendorDirectFulfillmentShippingV1.getCustomerInvoices": (WEEK, {"": ""}),
    "vendorDirectFulfillmentShippingV1.getPackingSlips": (WEEK, {"": ""}),
    "vendorDirectFulfillmentShipping_2021-12-28.getShippingLabels": (WEEK, {"": ""}),
    "vendorDirectFulfillmentShipping_2021-12-28.getCustomerInvoices": (WEEK, {"": ""}),
    "vendorDirectFulfillmentShipping_2021-12-28.getPackingSlips": (WEEK, {"": ""}),
}


def rows(client: Client, name: str, query: dict[str, str]) -> list[Any]:
    """Read the rows of all pages."""
    operation = spapi.operation(name)
    paging = operation.paging
    assert paging is not None
    path = operation.path
    for parameter in list(query):
        if f"{{{parameter}}}" in path:
            path = path.replace(f"{{{parameter}}}", query[parameter])
            query = {k: v for k, v in query.items() if k != parameter}
    found = []
    for page in client.pages(path, paging.token_in, paging.token_out, alone=paging.alone, **query):
        found += at(page, operation.row_path.removesuffix("[]"))
    return found


def restricted(client: Client, path: str) -> None:
    """Go on with a restricted data token for a path."""
    asked = {"restrictedResources": [{"method": "GET", "path": path}]}
    token = client.http.post("/tokens/2021-03-01/restrictedDataToken", json=asked).json()
    client.http.headers["x-amz-access-token"] = token["restrictedDataToken"]


def at(value: Any, path: str) -> Any:
    for step in filter(None, path.split(".")):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def ways(name: str) -> tuple[str, str]:
    """Return what an operation calls ascending and descending."""
    enum = spapi.operation(name).parameter("sortOrder").enum
    return next(e for e in enum if e.startswith("ASC")), next(e for e in enum if e.startswith("DESC"))


@pytest.mark.parametrize(
    ("name", "by", "path"),
    [(name, by, path) for name, (_, orders) in SORTED.items() for by, path in orders.items()],
)
def test_rows_come_in_the_order_that_is_asked_for(client: Client, name: str, by: str, path: str) -> None:
    if name.startswith("vendor"):
        client.login(refresh_token="Atzr|simulator-vendor")
    if name.startswith("vendorDirectFulfillment"):
        restricted(client, spapi.operation(name).path)
    query = dict(SORTED[name][0])
    if by:
        query |= dict([by.split("=")])
    up, down = ways(name)
    ascending, descending = (rows(client, name, {**query, "sortOrder": way}) for way in (up, down))
    assert len(ascending) > 1
    if path:
        values = [at(row, path) for row in ascending]
        assert values == sorted(values)
        assert len(set(values)) > 1
        assert [at(row, path) for row in descending] == values[::-1]
    else:
        assert descending == ascending[::-1]


def test_every_modelled_operation_with_an_order_is_asked() -> None:
    modelled = {name for name, how in apis.coverage().items() if how == "modelled"}
    found = {o.name for o in spapi.all_operations() if o.has_parameter("sortOrder")} & modelled
    assert {n for n in found if not n.startswith("support_")} == SORTED.keys()
