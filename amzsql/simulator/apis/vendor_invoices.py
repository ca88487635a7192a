"""Vendor invoices: taken in, and judged when their transaction is processed. Amazon reads none of them back.

Owns the records of kind "vendor-invoice", by the invoice's id.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amzsql.simulator.call import Call, Handler

from .vendor_book import Book
from .vendor_transactions import RETAIL, no_order, opened_for_each

KIND = "vendor-invoice"


def submit_invoices(call: Call) -> bytes:
    """Answer submitInvoices."""
    return opened_for_each(call, RETAIL, "invoices", _take)


def _take(call: Call, invoice: dict[str, Any], at: float) -> Iterator[str]:
    """Keep an invoice, unless something is wrong with it."""
    problems = list(_problems(call, invoice, at))
    yield from problems
    if not problems:
        call.store.records(KIND)[invoice["id"]] = invoice


def _problems(call: Call, invoice: dict[str, Any], at: float) -> Iterator[str]:
    """Yield what is wrong: an id that was used, an order that is not the vendor's, more than was ordered."""
    if invoice["id"] in call.store.records(KIND):
        yield f"Invoice {invoice['id']} has been submitted before."
    book = Book(call.world, call.store, at)
    for item in invoice.get("items") or ():
        number = item.get("purchaseOrderNumber")
        standing = book.find(number) if number else None
        if standing is None:
            if number:
                yield no_order(number)
            continue
        identifiers = {item.get("amazonProductIdentifier"), item.get("vendorProductIdentifier")}
        lines = [p for p in standing.lines if {p.line.sku.asin, p.line.sku.ean} & identifiers]
        if identifiers != {None} and not lines:
            yield f"Purchase order {number} has no such item."
        elif lines and item["invoicedQuantity"]["amount"] > sum(p.line.quantity for p in lines):
            yield f"Purchase order {number}: more is invoiced than was ordered."


HANDLERS: dict[str, Handler] = {"vendorInvoices.submitInvoices": submit_invoices}
