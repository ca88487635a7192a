"""Direct fulfilment's stock and invoices: taken in, and judged when their transaction is processed.

Owns the records of kind "direct-invoice", of which none is taken twice; of the stock nothing is kept, since nothing
shows it. Amazon reads neither back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amzsql.simulator.call import Call, Handler

from .direct_fulfillment_book import WAREHOUSES, Book
from .vendor_transactions import DIRECT, no_order, opened, opened_for_each

INVOICE = "direct-invoice"


def submit_inventory_update(call: Call) -> bytes:
    """Answer submitInventoryUpdate."""
    return opened(call, DIRECT, lambda _: _flaws(call))


def _flaws(call: Call) -> Iterator[str]:
    """Yield what is wrong with a stock: a warehouse or products that are not the vendor's."""
    place, update = call.path["warehouseId"], call.body.get("inventory") or {}
    if place not in WAREHOUSES:
        yield f"Warehouse {place} is not one of this vendor."
        return
    for item in update.get("items") or ():
        if not _known(call, item):
            yield f"Product {item.get('buyerProductIdentifier', '')} is not one of this vendor."


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
