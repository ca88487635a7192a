"""What a sweep does about orders: of each message one, where an order allows it, and appointments of service jobs."""

from __future__ import annotations

from .conftest import US
from .workflows import Doer

_MESSAGES = {
    "confirmCustomizationDetails": "confirmCustomizationDetails",
    "confirmDeliveryDetails": "createConfirmDeliveryDetails",
    "legalDisclosure": "createLegalDisclosure",
    "confirmOrderDetails": "createConfirmOrderDetails",
    "confirmServiceDetails": "createConfirmServiceDetails",
    "warranty": "CreateWarranty",
    "digitalAccessKey": "createDigitalAccessKey",
    "unexpectedProblem": "createUnexpectedProblem",
    "invoice": "sendInvoice",
}


def contact(sweep: Doer) -> None:
    """Write to the buyers of orders until each message was sent once, and ask one for a review.

    Where the world is small no order allows some of it.
    """
    left, asked = dict(_MESSAGES), False
    query = {"marketplaceIds": US}
    wanted = {"MarketplaceIds": US, "CreatedAfter": "2026-05-01T00:00:00Z"}
    for status in ("Unshipped", "Shipped"):
        found = sweep.do("ordersV0.getOrders", query={**wanted, "OrderStatuses": status})["payload"]["Orders"]
        for order in (o["AmazonOrderId"] for o in found):
            keys = {"amazonOrderId": order}
            offers = sweep.do("messaging.getMessagingActionsForOrder", query=query, **keys)["_embedded"]["actions"]
            for name in sorted({a["payload"]["name"] for a in offers} & left.keys()):
                sweep.do(f"messaging.{left.pop(name)}", body={}, query=query, **keys)
            offers = sweep.do("solicitations.getSolicitationActionsForOrder", query=query, **keys)["_embedded"][
                "actions"
            ]
            if offers and not asked:
                name = "solicitations.createProductReviewAndSellerFeedbackSolicitation"
                sweep.do(name, query=query, **keys)
                asked = True


def appointments(sweep: Doer) -> None:
    """Make an appointment of a service job, move it, keep it, and give another job up."""
    query = {"marketplaceIds": US, "createdAfter": "2026-01-01T00:00:00Z", "sortOrder": "DESC"}
    jobs = sweep.do("services.getServiceJobs", query=query)["payload"]["jobs"]
    job = next((j["serviceJobId"] for j in jobs if j["serviceJobStatus"] == "PENDING_SCHEDULE"), None)
    other = next((j["serviceJobId"] for j in jobs if j["serviceJobStatus"] == "NOT_SERVICED"), None)
    if job is None or other is None:
        return
    body = {"appointmentTime": {"startTime": "2026-09-01T10:00:00Z"}}
    made = sweep.do("services.addAppointmentForServiceJobByServiceJobId", body=body, serviceJobId=job)
    keys = {"serviceJobId": job, "appointmentId": made["appointmentId"]}
    body = {**body, "rescheduleReasonCode": "R1"}
    made = sweep.do("services.rescheduleAppointmentForServiceJobByServiceJobId", body=body, **keys)
    keys["appointmentId"] = made["appointmentId"]
    sweep.do("services.assignAppointmentResources", body={"resources": [{"resourceId": "TECH1"}]}, **keys)
    sweep.do("services.setAppointmentFulfillmentData", body={}, **keys)
    sweep.do("services.getAppointmmentSlotsByJobId", query={"marketplaceIds": US}, serviceJobId=job)
    sweep.do("services.completeServiceJobByServiceJobId", serviceJobId=job)
    query = {"cancellationReasonCode": "V1"}
    sweep.do("services.cancelServiceJobByServiceJobId", query=query, serviceJobId=other)


def publication(sweep: Doer) -> None:
    """Have A+ Content about a product reviewed, and other content suspended."""
    api, query = "aplusContent_2020-11-01", {"marketplaceId": US}
    rows = sweep.do(f"{api}.searchContentDocuments", query=query)["contentMetadataRecords"]
    keys = {r["contentMetadata"]["status"]: r["contentReferenceKey"] for r in rows}
    key = keys["APPROVED"]
    wanted = {**query, "includedDataSet": "CONTENTS,METADATA"}
    found = sweep.do(f"{api}.getContentDocument", query=wanted, contentReferenceKey=key)["contentRecord"]
    body = {"contentDocument": found["contentDocument"]}
    made = sweep.do(f"{api}.createContentDocument", query=query, body=body)
    sweep.do(f"{api}.updateContentDocument", query=query, body=body, **made)
    asins = sweep.do(f"{api}.listContentDocumentAsinRelations", query=query, contentReferenceKey=key)
    asin = asins["asinMetadataSet"][0]["asin"]
    sweep.do(f"{api}.postContentDocumentAsinRelations", query=query, body={"asinSet": [asin]}, **made)
    sweep.do(f"{api}.searchContentPublishRecords", query={**query, "asin": asin})
    sweep.do(f"{api}.postContentDocumentSuspendSubmission", query=query, contentReferenceKey=key)
    sweep.do(f"{api}.postContentDocumentApprovalSubmission", query=query, contentReferenceKey=keys["DRAFT"])


def invoicing(sweep: Doer) -> None:
    """Look at an invoice, and hand in invoices for an order that was shipped."""
    issued = {"marketplaceId": US, "dateStart": "2026-06-01T00:00:00Z"}
    known = sweep.do("InvoicesApiModel_2024-06-19.getInvoices", query=issued)["invoices"][0]["id"]
    sweep.do("InvoicesApiModel_2024-06-19.getInvoice", query={"marketplaceId": US}, invoiceId=known)
    wanted = {"MarketplaceIds": US, "CreatedAfter": "2026-05-01T00:00:00Z", "OrderStatuses": "Shipped"}
    order = sweep.do("ordersV0.getOrders", query=wanted)["payload"]["Orders"][0]["AmazonOrderId"]
    query = {"orderId": order, "marketplaceId": US, "invoiceType": "Outbound", "programType": "EasyShip"}
    found = sweep.do("deliveryShipmentInvoiceV2022-07-01.getInvoiceStatus", query=query)
    body = {"invoiceContent": "PGludm9pY2UvPg==", "contentMD5Value": "0" * 32, "marketplaceId": US}
    body |= {"invoiceType": "Outbound", "programType": "EasyShip"}
    sweep.do("deliveryShipmentInvoiceV2022-07-01.submitInvoice", query={"orderId": order}, body=body)
    key = {"shipmentId": found["amazonShipmentId"]}
    sweep.do("shipmentInvoicingV0.getShipmentDetails", **key)
    body = {"InvoiceContent": "PGludm9pY2UvPg==", "ContentMD5Value": "0" * 32}
    sweep.do("shipmentInvoicingV0.submitInvoice", body=body, **key)
    sweep.do("shipmentInvoicingV0.getInvoiceStatus", **key)
