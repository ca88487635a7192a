"""Direct fulfilment's stock and invoices: taken in, and judged when their transaction is processed.

Owns the records of kinds "direct-stock" (by warehouse and product) and "direct-invoice"; Amazon reads neither back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amzsql.simulator.call import Call, Handler

from .direct_fulfillment_book import WAREHOUSES, Book
from .vendor_transactions import DIRECT, no_order, opened, opened_for_each

STOCK, INVOICE = "direct-stock", "direct-invoice"


def submit_inventory_update(call: Call) -> bytes:
    """Answer submitInventoryUpdate: a full one replaces the warehouse's stock."""
    place, update = call.path["warehouseId"], call.body.get("inventory") or {}

    def work(_: float) -> Iterator[str]:
        if place not in WAREHOUSES:
            yield f"Warehouse {place} is not one of this vendor."
            return
        items = update.get("items") or ()
        unknown = [i for i in items if not _known(call, i)]
        yield from (f"Product {i.get('buyerProductIdentifier', '')} is not one of this vendor." for i in unknown)
        kept = call.store.records(STOCK).setdefault(place, {})
        if update.get("isFullUpdate"):
            kept.clear()
        for item in (i for i in items if i not in unknown):
            key = item.get("buyerProductIdentifier") or item["vendorProductIdentifier"]
            kept[key] = item["availableQuantity"].get("amount", 0)

    return opened(call, DIRECT, work)


def _known(call: Call, item: dict[str, Any]) -> bool:
    """Tell whether the vendor has a product: by its ASIN, or by any number that is its own."""
    asin = item.get("buyerProductIdentifier")
    return asin in call.world.sku_by_asin if asin else bool(item.get("vendorProductIdentifier"))


def submit_invoice(call: Call) -> bytes:
    """Answer submitInvoice."""
    return opened_for_each(call, DIRECT, "invoices", _take)


def _take(call: Call, invoice: dict[str, Any], _: float) -> Iterator[str]:
    """Keep an invoice, unless something is wrong with it."""
    kept, key = call.store.records(INVOICE), invoice["invoiceNumber"]
    numbers = dict.fromkeys(i["purchaseOrderNumber"] for i in invoice["items"])
    problems = [f"Invoice {key} has been submitted before."] if key in kept else []
    problems += [no_order(n) for n in numbers if Book.of(call).find(n) is None]
    yield from problems
    if not problems:
        kept[key] = invoice


HANDLERS: dict[str, Handler] = {
    "vendorDirectFulfillmentInventoryV1.submitInventoryUpdate": submit_inventory_update,
    "vendorDirectFulfillmentPaymentsV1.submitInvoice": submit_invoice,
}
