"""Invoices that the seller has the tax office issue for what he sends: asked for, and issued a minute later.

Owns the records of kind "government-invoice", by what an invoice is for. Nobody checks the shipment: those of every API
are taken.
"""

from __future__ import annotations

from typing import Any

from amzsql.simulator import documents
from amzsql.simulator.call import Call, Handler, Reply, dump, invalid, not_found
from amzsql.simulator.documents import Partner
from amzsql.simulator.http import Answer
from amzsql.simulator.reports.writers import pdf
from amzsql.simulator.resources import Record

_KIND = "government-invoice"
_PROCESSING = 60
_NAMES = ("marketplaceId", "transactionType", "shipmentId", "invoiceType", "inboundPlanId")


def _key(asked: Any) -> str:
    return "~".join(str(asked.get(name) or "") for name in _NAMES)


def create(call: Call) -> Reply:
    """Answer createGovernmentInvoice; an invoice is asked for once."""
    call.market("marketplaceId", call.body["marketplaceId"])
    kept, key = call.store.records(_KIND), _key(call.body)
    if key in kept:
        raise invalid("The invoice has been asked for already.")
    kept[key] = {"asked": call.body, "at": int(call.now), "number": f"{call.store.count(_KIND):09}"}
    return Reply(b"")


def _found(call: Call, *, issued: bool = False) -> Record:
    key = _key({**call.query, **call.path})
    found = call.store.records(_KIND).get(key)
    if found is None or (issued and not _done(found, call.now)):
        raise not_found("invoice for this shipment")
    return found


def _done(invoice: Record, now: float) -> bool:
    return now >= float(invoice["at"] + _PROCESSING)


def status(call: Call) -> bytes:
    """Answer getGovernmentInvoiceStatus."""
    found = _found(call)
    if not _done(found, call.now):
        return dump({"status": "PROCESSING"})
    return dump({"status": "SUCCESS", "invoiceExternalDocumentId": found["number"]})


def document(call: Call) -> bytes:
    """Answer getGovernmentInvoiceDocument, once the invoice is issued."""
    key = _key(_found(call, issued=True)["asked"])
    return dump({"invoiceDocument": {"invoiceDocumentUrl": documents.url(call, _KIND, key)}})


def _picture(partner: Partner, key: str) -> Answer | None:
    found = partner.store.records(_KIND).get(key)
    if found is None:
        return None
    lines = [f"{name}: {value}" for name, value in found["asked"].items() if name in _NAMES]
    return Answer(200, pdf([f"Invoice {found['number']}", *lines]), content_type="application/pdf")


_API = "InvoicesApiModel_2024-06-19"
HANDLERS: dict[str, Handler] = {
    f"{_API}.createGovernmentInvoice": create,
    f"{_API}.getGovernmentInvoiceStatus": status,
    f"{_API}.getGovernmentInvoiceDocument": document,
}
DOCUMENTS = {_KIND: _picture}
