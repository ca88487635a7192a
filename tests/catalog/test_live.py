"""What statements do not share: above all addresses of documents, which open nothing after some seconds or minutes."""

from __future__ import annotations

import re

import pytest
from driving import asked, rows, simulated

from amzsql import spapi
from amzsql.catalog.live import is_live

ADDRESS = re.compile(r"(url|uri|link|href)s?(\[\])?$", re.IGNORECASE)
# Operations whose addresses hold for good, or for an hour and more; whoever adds one has looked.
LASTING = {
    "aplusContent_2020-11-01.getMedia": "pictures",
    "aplusContent_2020-11-01.listContentDocumentAsinRelations": "pictures",
    "catalogItems_2020-12-01.getCatalogItem": "pictures and lists of best sellers",
    "catalogItems_2020-12-01.searchCatalogItems": "pictures and lists of best sellers",
    "catalogItems_2022-04-01.getCatalogItem": "pictures and lists of best sellers",
    "catalogItems_2022-04-01.searchCatalogItems": "pictures and lists of best sellers",
    "externalFulfillmentShipments_2024-09-11.retrieveShippingOptions": "a map",
    "fulfillmentOutbound_2020-07-01.getFulfillmentOrder": "proof of delivery, an hour; a page for returns",
    "fulfillmentOutbound_2020-07-01.getPackageTrackingDetails": "a carrier's page",
    "fulfillmentOutbound_2026-07-04.getOrder": "a carrier's page, a photo",
    "fulfillmentOutbound_2026-07-04.listOrders": "a carrier's page, a photo",
    "listingsItems_2021-08-01.getListingsItem": "pictures",
    "listingsItems_2021-08-01.searchListingsItems": "pictures",
    "messaging.getMessagingActionsForOrder": "the API's own paths",
    "ordersV0.getOrderItems": "what the buyer has customized",
    "ordersV0.getOrderItemsBuyerInfo": "what the buyer has customized",
    "orders_2026-01-01.getOrder": "what the buyer has customized",
    "orders_2026-01-01.searchOrders": "what the buyer has customized",
    "solicitations.getSolicitationActionsForOrder": "the API's own paths",
    "tracking_2026-01-30.getShipmentTracking": "a carrier's page",
    "vendorDirectFulfillmentOrders_2021-12-28.getOrder": "what the buyer has customized",
    "vendorDirectFulfillmentOrders_2021-12-28.getOrders": "what the buyer has customized",
}


def test_addresses_that_end_are_never_shared() -> None:
    with_addresses = {
        operation.name: is_live(operation)
        for operation in spapi.all_operations()
        if operation.read
        and any(ADDRESS.search(f.path) for f in (*operation.fields, *operation.parent_fields, *operation.root_fields))
    }
    assert {name for name, live in with_addresses.items() if not live} == set(LASTING)


@pytest.mark.parametrize(
    ("table", "columns", "operation"),
    [
        ("AwdInboundShipmentLabels", "LabelDownloadURL", "getInboundShipmentLabels"),
        ("InboundBillOfLading", "DownloadURL", "getBillOfLading"),
    ],
)
def test_an_address_is_asked_for_each_time(table: str, columns: str, operation: str) -> None:
    connection, simulator = simulated(ShareScans=600)
    parent = {"AwdInboundShipmentLabels": "AwdInboundShipments", "InboundBillOfLading": "InboundShipments"}[table]
    [[shipment]] = rows(connection, f"SELECT min(ShipmentId) FROM {parent}")
    for _ in range(2):
        rows(connection, f"SELECT {columns} FROM {table} WHERE ShipmentId = '{shipment}'")
    assert len(asked(simulator, operation)) == 2
    before = len(simulator.log)
    rows(connection, f"SELECT min(ShipmentId) FROM {parent}")
    assert len(simulator.log) == before
