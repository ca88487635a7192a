"""Tax invoices 2024-06-19: an invoice for every order that went out, and the exports of invoices.

Amazon has them in Brazil; here every marketplace has. An invoice is issued when its order ships; six hours later the
authorities have authorised or refused it. A list, a single answer and an export say the same of an invoice. Owns the
records of kind "invoice-export". What the seller has the authorities issue is in
`government_invoices`.
"""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from amzsql.simulator import documents
from amzsql.simulator.call import Call, Handler, Reply, dump, invalid, iso, not_found, parse_time
from amzsql.simulator.documents import Partner
from amzsql.simulator.http import Answer
from amzsql.simulator.resources import Record, given, listed, seeded
from amzsql.simulator.store import Records
from amzsql.simulator.world import DAY, MARKETS, PARTIAL, SHIPPED, Head

from .order_book import Book
from .shipment_invoices import shipment_id

API = "InvoicesApiModel_2024-06-19"
_EXPORT, _DOCUMENT = "invoice-export", "invoices-document"
_TYPE, _TRANSACTION = "SALE", "CUSTOMER_SHIPMENT"
_PROCESSING, _AUTHORISED, _REJECTED = "PROCESSING", "AUTHORIZED", "REJECTED"
# Longer than this after its purchase no order ships for the first time.
_LATEST = 4 * DAY
_CHECKED = 6 * 3600
_FIRST = 40_000_000_000
_PAGE = 50
_ADDRESS_LIFE = 30
# Seconds after an export was asked for -> how far it is.
_STEPS = ((60, "DONE"), (10, "PROCESSING"), (0, "REQUESTED"))


# Invoices


def _issued(source: Call | Partner, market: int, after: float, before: float) -> Iterator[Record]:
    """Yield the invoices of a marketplace that were issued in a time, both ends within, in the order of the orders."""
    book = Book.of(source)
    latest = min(before, source.now)
    first, last = source.world.first_created(after - _LATEST), source.world.first_created(latest + 1)
    for head in book.heads(first, last):
        # What was written to an order after its usual time is found below.
        if not book.is_written(head.number) and _is_invoiced(head, market, after, latest):
            yield _invoice(source, head)
    for head in book.written():
        if _is_invoiced(head, market, after, latest):
            yield _invoice(source, head)


def _is_invoiced(head: Head, market: int, after: float, before: float) -> bool:
    return head.market == market and head.status in (PARTIAL, SHIPPED) and after <= head.shipped <= before


def _invoice(source: Call | Partner, head: Head) -> Record:
    r = source.world.draws("invoice", head.number)
    status = _REJECTED if r[0] % 20 == 0 else _AUTHORISED
    if source.now < head.shipped + _CHECKED:
        status = _PROCESSING
    refused = status == _REJECTED
    return given(
        id=source.account.id_of(_FIRST + head.number),
        date=iso(head.shipped),
        status=status,
        invoiceType=_TYPE,
        transactionType=_TRANSACTION,
        series=str(1 + head.market),
        externalInvoiceId=f"{head.number + 1:09}" if status == _AUTHORISED else None,
        errorCode=f"{200 + r[1] % 90}" if refused else None,
        govResponse="The buyer's tax registration is not active." if refused else None,
        transactionIds=[
            {"name": "ORDER_ID", "id": source.world.order_id(head)},
            {"name": "SHIPMENT_ID", "id": shipment_id(head)},
        ],
    )


_COLUMNS = ("invoiceType", "transactionType", "series", "externalInvoiceId")


def _fits(invoice: Record, asked: Record) -> bool:
    """Tell whether an invoice is what the filters of a list or an export ask for."""
    identifier = asked.get("transactionIdentifier")
    return (
        all(not asked.get(name) or invoice.get(name) == asked[name] for name in _COLUMNS)
        and (not asked.get("statuses") or invoice["status"] in asked["statuses"])
        and (not identifier or identifier in invoice["transactionIds"])
    )


def invoices(call: Call) -> bytes:
    """Answer getInvoices: those of the last day, if no time is asked for; the latest first unless asked otherwise."""
    market = call.market("marketplaceId", call.get("marketplaceId"))
    name, identifier = call.get("transactionIdentifierName"), call.get("transactionIdentifierId")
    if bool(name) != bool(identifier):
        raise invalid("transactionIdentifierName and transactionIdentifierId go together.")
    asked: Record = {n: call.get(n) for n in _COLUMNS} | {"statuses": call.many("statuses")}
    if name:
        asked["transactionIdentifier"] = {"name": name, "id": identifier}
    rows = [i for i in _issued(call, market, *_time(call, DAY)) if _fits(i, asked)]
    rows.sort(key=lambda i: (i["date"], i["id"]), reverse=call.get("sortOrder") != "ASC")
    return listed(call, rows, default=_PAGE)


def _time(call: Call, usual: int) -> tuple[float, float]:
    """Return the time asked for; `usual` seconds up to now where nothing is said."""
    after, before = call.time("dateStart"), call.time("dateEnd")
    return call.now - usual if after is None else after, call.now if before is None else before


def invoice(call: Call) -> bytes:
    """Answer getInvoice: the same as in the list."""
    market, key = call.market("marketplaceId", call.get("marketplaceId")), call.path["invoiceId"]
    number = int(key) - int(call.account.id_of(_FIRST)) if key.isdecimal() and len(key) < 20 else -1
    head = Book.of(call).head(number) if 0 <= number < call.world.orders else None
    if head is None or not _is_invoiced(head, market, 0, call.now):
        raise not_found(f"invoice {key}")
    return dump({"invoice": _invoice(call, head)})


def attributes(call: Call) -> bytes:
    """Answer getInvoicesAttributes: the values that invoices have."""
    call.market("marketplaceId", call.get("marketplaceId"))
    statuses = ((_PROCESSING, "With the authorities"), (_AUTHORISED, "Authorised"), (_REJECTED, "Refused"))
    found = {
        "invoiceStatusOptions": statuses,
        "invoiceTypeOptions": ((_TYPE, "Sale"),),
        "transactionIdentifierNameOptions": (("ORDER_ID", "The order"), ("SHIPMENT_ID", "The order's shipment")),
        "transactionTypeOptions": ((_TRANSACTION, "Shipment to a customer"),),
    }
    shown = {name: [{"value": v, "description": d} for v, d in options] for name, options in found.items()}
    return dump({"invoicesAttributes": shown})


# Exports


def _exports(source: Call | Partner) -> Records:
    return seeded(source.store, _EXPORT, functools.partial(_begin, source))


def _begin(source: Call | Partner) -> None:
    """Make the exports of the last weeks: one a week in each marketplace, of the week before."""
    for market in source.world.markets:
        for week in range(3, 0, -1):
            at = source.world.end - week * 7 * DAY + 3600
            asked = {"marketplaceId": MARKETS[market].place.id, "dateStart": iso(at - 7 * DAY), "dateEnd": iso(at)}
            _add(source, asked, at)


def _add(source: Call | Partner, asked: Record, at: int) -> str:
    key = source.store.uuid(_EXPORT)
    _exports(source)[key] = {"id": key, "at": at, "asked": asked}
    return key


def _status(export: Record, now: float) -> str:
    return next((status for after, status in _STEPS if now >= export["at"] + after), "REQUESTED")


def _shown(export: Record, now: float) -> Record:
    status = _status(export, now)
    done = status == "DONE"
    return given(
        exportId=export["id"],
        status=status,
        generateExportStartedAt=iso(export["at"]),
        generateExportFinishedAt=iso(export["at"] + _STEPS[0][0]) if done else None,
        invoicesDocumentIds=[export["id"]] if done else [],
    )


def create_export(call: Call) -> Reply:
    """Answer createInvoicesExport: of the invoices of the last day, if no time is asked for."""
    asked = {name: value for name, value in call.body.items() if value}
    call.market("marketplaceId", call.body["marketplaceId"])
    now = int(call.now)
    asked = {"dateStart": iso(now - DAY), "dateEnd": iso(now), **asked}
    if parse_time(asked["dateStart"]) > parse_time(asked["dateEnd"]):
        raise invalid("dateStart must not lie after dateEnd.")
    return Reply(dump({"exportId": _add(call, asked, now)}))


def exports(call: Call) -> bytes:
    """Answer getInvoicesExports: those asked for in the last thirty days, unless a time is given; the latest first."""
    call.market("marketplaceId", call.get("marketplaceId"))
    after, before = _time(call, 30 * DAY)
    rows = [
        e
        for e in _exports(call).values()
        if e["asked"]["marketplaceId"] == call.get("marketplaceId") and after <= e["at"] <= before
    ]
    shown = [_shown(e, call.now) for e in sorted(rows, key=lambda e: (-e["at"], e["id"]))]
    return listed(call, [e for e in shown if call.get("status") in ("", e["status"])])


def _export(source: Call | Partner, what: str, key: str) -> Record:
    found = _exports(source).get(key)
    if found is None or found["at"] > source.now:
        raise not_found(f"{what} {key}")
    return found


def export(call: Call) -> bytes:
    """Answer getInvoicesExport: the same as in the list."""
    return dump({"export": _shown(_export(call, "export", call.path["exportId"]), call.now)})


def document(call: Call) -> bytes:
    """Answer getInvoicesDocument: the address of an export's archive, which lives half a minute."""
    key = call.path["invoicesDocumentId"]
    if _status(_export(call, "document", key), call.now) != "DONE":
        raise not_found(f"document {key}")
    address = documents.url(call, _DOCUMENT, key, life=_ADDRESS_LIFE)
    return dump({"invoicesDocument": {"invoicesDocumentId": key, "invoicesDocumentUrl": address}})


def archive(partner: Partner, key: str) -> Answer | None:
    """Return an export's archive: a file of XML for each invoice."""
    found = _exports(partner).get(key)
    if found is None:
        return None
    asked = found["asked"]
    market = next(n for n in partner.world.markets if MARKETS[n].place.id == asked["marketplaceId"])
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as zipped:
        for row in _issued(partner, market, parse_time(asked["dateStart"]), parse_time(asked["dateEnd"])):
            if _fits(row, asked):
                # Without a time of its own the archive is the same bytes whenever it is made.
                zipped.writestr(zipfile.ZipInfo(f"{row['id']}.xml"), _xml(row))
    return Answer(200, held.getvalue(), content_type="application/zip")


def _xml(row: Record) -> str:
    def element(name: str, value: Any) -> str:
        return f"<{name}>{escape(str(value))}</{name}>"

    known = "".join(element(name, value) for name, value in row.items() if name != "transactionIds")
    about = "".join(element(t["name"], t["id"]) for t in row["transactionIds"])
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<invoice>{known}{about}</invoice>\n'


HANDLERS: dict[str, Handler] = {
    f"{API}.getInvoices": invoices,
    f"{API}.getInvoice": invoice,
    f"{API}.getInvoicesAttributes": attributes,
    f"{API}.createInvoicesExport": create_export,
    f"{API}.getInvoicesExports": exports,
    f"{API}.getInvoicesExport": export,
    f"{API}.getInvoicesDocument": document,
}
DOCUMENTS = {_DOCUMENT: archive}
