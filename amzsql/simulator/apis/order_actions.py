"""What a seller does with an order: confirms its shipment, hands it over in a store, verifies a prescription.

These stay in v0 when its reading operations are removed. What they change is read back in both versions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from amzsql.simulator.call import Call, CallError, Handler, Reply, dump, invalid, iso, not_found, parse_time
from amzsql.simulator.world import AFN, CANCELED, MARKETS, PENDING, Head, Item

from .order_book import Book, Package
from .orders import regulated

_REASONS = (
    ("reject_product", "The medicine does not suit the animal."),
    ("reject_weight", "The weight does not match the order."),
    ("reject_age", "The animal is too young."),
)
_PRESCRIPTION = (
    "prescriptionId", "expirationDate", "writtenQuantity", "totalRefillsAuthorized", "refillsRemaining", "clinicId",
    "usageInstructions",
)  # fmt: skip


def _found(call: Call, book: Book) -> Head:
    head = book.find(call.path["orderId"])
    if head is None:
        raise not_found(f"order {call.path['orderId']}")
    return head


def _check_marketplace(call: Call, head: Head) -> None:
    if call.body.get("marketplaceId") != MARKETS[head.market].place.id:
        raise invalid("marketplaceId is not that of the order.")


def confirm_shipment(call: Call) -> Reply:
    """Answer confirmShipment: the units of a package count as shipped at once."""
    book = Book.of(call)
    head = _found(call, book)
    _check_marketplace(call, head)
    detail = call.body["packageDetail"]
    check_shippable(head)
    reference = str(detail["packageReferenceId"])
    shipped = parse_time(str(detail["shipDate"]))
    if shipped > call.now + 86_400:
        raise invalid("shipDate lies in the future.")
    package = Package(
        reference,
        str(detail.get("carrierName") or detail["carrierCode"]),
        str(detail.get("shippingMethod") or ""),
        str(detail["trackingNumber"]),
        int(shipped),
        int(call.now),
        tuple(contents(book, head, reference, detail["orderItems"])),
    )
    book.confirm(head.number, package, call.now)
    return Reply(b"")


def check_shippable(head: Head) -> None:
    """Refuse an order that the seller has not, or not now, to ship."""
    if head.channel == AFN:
        raise invalid("The order is fulfilled by Amazon.")
    if head.status in (PENDING, CANCELED):
        raise invalid("The order is not to be shipped: it is pending or cancelled.")


def contents(book: Book, head: Head, reference: str, rows: list[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """Yield (item's number, quantity) of a package; refuse what is not left to ship."""
    before = {n: q for p in book.packages(head.number) if p.reference == reference for n, q in p.contents}
    items: Mapping[str, Item] = {f"{i.number:014}": i for i in book.items(head)}
    for row in rows:
        item = items.get(str(row["orderItemId"]))
        if item is None:
            raise invalid(f"orderItemId {row['orderItemId']} is not part of the order.")
        quantity = int(row["quantity"])
        if not 1 <= quantity <= item.quantity - item.shipped + before.get(item.number, 0):
            raise invalid(f"quantity {quantity} of {row['orderItemId']} is not left to be shipped.")
        yield item.number, quantity


def update_shipment_status(call: Call) -> Reply:
    """Answer updateShipmentStatus: a buyer who collects an order has it, one who refuses it cancels it."""
    book = Book.of(call)
    head = _found(call, book)
    _check_marketplace(call, head)
    if head.status == CANCELED:
        raise invalid("The order is cancelled.")
    book.pick_up(head.number, str(call.body["shipmentStatus"]), call.now)
    return Reply(b"")


def get_regulated_info(call: Call) -> bytes:
    """Answer getOrderRegulatedInfo; an order that is not regulated has nothing to verify."""
    book = Book.of(call)
    head = _found(call, book)
    needed = regulated(head)
    texts = (("pet_prescription_name", "Name", "Bello"), ("pet_prescription_species", "Species", "Dog"))
    fields = [{"FieldId": i, "FieldLabel": label, "FieldType": "Text", "FieldValue": v} for i, label, v in texts]
    payload = {
        "AmazonOrderId": book.world.order_id(head),
        "RequiresDosageLabel": False,
        "RegulatedInformation": {"Fields": fields if needed else []},
        "RegulatedOrderVerificationStatus": _verification(book.verification(head.number), needed),
    }
    return dump({"payload": payload})


def _verification(given: Mapping[str, Any], needed: bool) -> dict[str, object]:
    status = given.get("status") or ("Pending" if needed else "Approved")
    open_still = status == "Pending"
    row: dict[str, object] = {
        "Status": status,
        "RequiresMerchantAction": open_still,
        "ValidRejectionReasons": [_reason(*r) for r in _REASONS] if open_still else [],
    }
    if status == "Rejected":
        row["RejectionReason"] = _reason(*next(r for r in _REASONS if r[0] == given["rejectionReasonId"]))
    if given.get("externalReviewerId"):
        row |= {"ExternalReviewerId": given["externalReviewerId"], "ReviewDate": given["reviewed"]}
    return row


def _reason(identifier: str, description: str) -> dict[str, str]:
    return {"RejectionReasonId": identifier, "RejectionReasonDescription": description}


def update_verification_status(call: Call) -> Reply:
    """Answer updateVerificationStatus: approved or rejected, once; every fault of the request is told."""
    book = Book.of(call)
    head = _found(call, book)
    given = call.body["regulatedOrderVerificationStatus"]
    faults = list(_faults(given))
    if faults:
        raise CallError(400, "InvalidInput", " ".join(faults))
    if given.get("status") and book.verification(head.number).get("status"):
        raise invalid("The order was verified before.")
    kept = {n: given[n] for n in ("status", "externalReviewerId", "rejectionReasonId") if given.get(n)}
    book.verify(head.number, {**kept, "reviewed": iso(int(call.now))}, call.now)
    return Reply(b"")


def _faults(given: Mapping[str, Any]) -> Iterator[str]:
    status, details = given.get("status"), given.get("verificationDetails") or {}
    if status is not None and status not in ("Approved", "Rejected"):
        yield "status must be Approved or Rejected."
    if status == "Rejected" and given.get("rejectionReasonId") not in {r[0] for r in _REASONS}:
        yield "rejectionReasonId is missing or not known."
    if not given.get("externalReviewerId"):
        yield "externalReviewerId is missing."
    prescription = details.get("prescriptionDetail")
    if prescription is not None and status == "Rejected":
        yield "prescriptionDetail is not for a rejected order."
    absent = [n for n in _PRESCRIPTION if n not in prescription] if prescription is not None else []
    if absent:
        yield f"prescriptionDetail lacks {', '.join(absent)}."


HANDLERS: dict[str, Handler] = {
    "ordersV0.confirmShipment": confirm_shipment,
    "ordersV0.updateShipmentStatus": update_shipment_status,
    "ordersV0.getOrderRegulatedInfo": get_regulated_info,
    "ordersV0.updateVerificationStatus": update_verification_status,
}
