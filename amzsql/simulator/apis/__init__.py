"""What the operations answer, a module for each part of Amazon's API. An operation without a handler is generated.

A module holds HANDLERS (operation's name -> handler) and may hold DOCUMENTS (kind -> maker of documents). It is loaded
when the first operation of one of its API versions is called.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from amzsql import spapi
from amzsql.simulator.call import Handler
from amzsql.simulator.documents import Maker

# API version -> the modules that answer its operations.
MODULES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "aplusContent_2020-11-01": ("a_plus", "a_plus_media"),
        "appIntegrations-2024-04-01": ("app_integrations",),
        "application_2023-11-30": ("application",),
        "catalogItems_2020-12-01": ("catalog_items",),
        "awd_2024-05-09": ("awd",),
        "catalogItems_2022-04-01": ("catalog_items",),
        "catalogItemsV0": ("catalog_items",),
        "dataKiosk_2023-11-15": ("data_kiosk",),
        "definitionsProductTypes_2020-09-01": ("product_types",),
        "deliveryShipmentInvoiceV2022-07-01": ("shipment_invoices",),
        "easyShip_2022-03-23": ("easy_ship",),
        "externalFulfillmentInventory_2024-09-11": ("external_fulfillment",),
        "externalFulfillmentReturns_2024-09-11": ("external_fulfillment",),
        "externalFulfillmentShipments_2024-09-11": ("external_fulfillment",),
        "fbaInventory": ("inventory",),
        "feeds_2021-06-30": ("feeds",),
        "finances_2024-06-19": ("finances",),
        "financesRemittance_2026-03-17": ("remittances",),
        "financesV0": ("finances_v0",),
        "fulfillmentInbound_2024-03-20": ("inbound", "inbound_shipments"),
        "fulfillmentInboundV0": ("inbound_v0",),
        "fulfillmentOutbound_2020-07-01": ("outbound", "outbound_sandbox"),
        "fulfillmentOutbound_2026-07-04": ("outbound_2026", "outbound_sandbox"),
        "InvoicesApiModel_2024-06-19": ("invoices", "government_invoices"),
        "listingsItems_2020-09-01": ("listings",),
        "listingsItems_2021-08-01": ("listings",),
        "listingsRestrictions_2021-08-01": ("restrictions",),
        "merchantFulfillmentV0": ("merchant_fulfillment",),
        "messaging": ("messaging",),
        "notifications": ("notifications",),
        "orders_2026-01-01": ("orders_2026",),
        "ordersV0": ("orders_v0", "order_actions"),
        "productFeesV0": ("fees",),
        "productPricing_2022-05-01": ("pricing_2022",),
        "productPricingV0": ("pricing",),
        "promotions_2025-12-01": ("promotions",),
        "replenishment-2022-11-07": ("replenishment",),
        "reports_2021-06-30": ("reports",),
        "sales": ("sales",),
        "sellers": ("sellers",),
        "sellerWallet_2024-03-01": ("wallet",),
        "services": ("services", "service_capacity"),
        "shipmentInvoicingV0": ("shipment_invoices",),
        "solicitations": ("solicitations",),
        "shipping": ("shipping_v1",),
        "shippingV2": ("shipping", "carriers"),
        "supplySources_2020-07-01": ("supply_sources",),
        "support_2025-02-01": ("support",),
        "tracking_2026-01-30": ("tracking",),
        "transfers_2024-06-01": ("transfers",),
        "uploads_2020-11-01": ("uploads",),
        "vendorDirectFulfillmentInventoryV1": ("direct_fulfillment_submissions",),
        "vendorDirectFulfillmentOrders_2021-12-28": ("direct_fulfillment_orders",),
        "vendorDirectFulfillmentOrdersV1": ("direct_fulfillment_orders",),
        "vendorDirectFulfillmentPaymentsV1": ("direct_fulfillment_submissions",),
        "vendorDirectFulfillmentShipping_2021-12-28": ("direct_fulfillment_shipping",),
        "vendorDirectFulfillmentShippingV1": ("direct_fulfillment_shipping",),
        "vendorDirectFulfillmentTransactions_2021-12-28": ("vendor_transactions",),
        "vendorDirectFulfillmentTransactionsV1": ("vendor_transactions",),
        "vendorInvoices": ("vendor_invoices",),
        "vendorOrders": ("vendor_orders",),
        "vendorShipments": ("vendor_shipments",),
        "vendorTransactionStatus": ("vendor_transactions",),
    }
)
# Kind of document -> the module that makes it.
DOCUMENTS: Mapping[str, str] = MappingProxyType(
    {
        "feed-document": "feeds",
        "feed-document-encoded": "feeds",
        "government-invoice": "government_invoices",
        "invoices-document": "invoices",
        "label": "labels",
        "product-type-meta-schema": "product_types",
        "product-type-schema": "product_types",
        "query-document": "data_kiosk",
        "report-document": "reports",
        "report-document-encoded": "reports",
    }
)


@functools.cache
def _load(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{name}")


def handler(operation: str) -> Handler | None:
    """Return the handler of an operation (``ordersV0.getOrders``), None if its answers are generated."""
    for module in MODULES.get(operation.partition(".")[0], ()):
        found: Handler | None = _load(module).HANDLERS.get(operation)
        if found is not None:
            return found
    return None


def maker(kind: str) -> Maker:
    """Return the maker of a kind of documents; KeyError if there is none."""
    found: Maker = _load(DOCUMENTS[kind]).DOCUMENTS[kind]
    return found


def coverage() -> dict[str, str]:
    """Return of every operation whether it is "modelled" or "generated"; sorted by name."""
    names = sorted({o.name for o in spapi.all_operations()})
    return {name: "modelled" if handler(name) else "generated" for name in names}
