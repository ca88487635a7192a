"""What may be shared between statements, and what must be asked each time.

Never shared is what is polled until it is done, what is offered to one caller for a short time (rates, quotes, slots),
and addresses of documents, which are over within minutes. Those that hold for an hour, or for good, are shared.
"""

from __future__ import annotations

from amzsql.catalog.model import AccessPath
from amzsql.spapi.model import Operation

LIVE_APIS = frozenset(
    (
        "dataKiosk_2023-11-15",
        "feeds_2021-06-30",
        "reports_2021-06-30",
        "tokens_2021-03-01",
        "uploads_2020-11-01",
        "vendorTransactionStatus",
        "vendorDirectFulfillmentTransactionsV1",
        "vendorDirectFulfillmentTransactions_2021-12-28",
    )
)
LIVE = frozenset(
    (
        # What becomes of something that was handed in.
        "InvoicesApiModel_2024-06-19.getGovernmentInvoiceStatus",
        "InvoicesApiModel_2024-06-19.getInvoicesExport",
        "InvoicesApiModel_2024-06-19.getInvoicesExports",
        "aplusContent_2020-11-01.validateContentDocumentAsinRelations",
        "deliveryShipmentInvoiceV2022-07-01.getInvoiceStatus",
        "fulfillmentInbound_2024-03-20.getInboundOperationStatus",
        "shipmentInvoicingV0.getInvoiceStatus",
        # Addresses of documents.
        "InvoicesApiModel_2024-06-19.getGovernmentInvoiceDocument",
        "InvoicesApiModel_2024-06-19.getInvoicesDocument",
        "awd_2024-05-09.getInboundShipmentLabels",
        "fulfillmentInboundV0.getBillOfLading",
        "fulfillmentInboundV0.getLabels",
        "fulfillmentInbound_2024-03-20.getDeliveryChallanDocument",
        "support_2025-02-01.listContacts",
        # What is offered to who asked, for a while.
        "easyShip_2022-03-23.listHandoverSlots",
        "fulfillmentOutbound_2020-07-01.getFulfillmentPreview",
        "fulfillmentOutbound_2026-07-04.getOffers",
        "fulfillmentOutbound_2026-07-04.getOrderPreview",
        "merchantFulfillmentV0.getAdditionalSellerInputs",
        "merchantFulfillmentV0.getEligibleShipmentServices",
        "sellerWallet_2024-03-01.getTransferPreview",
        "services.getFixedSlotCapacity",
        "services.getRangeSlotCapacity",
        "shipping.getRates",
        "shippingV2.getRates",
    )
)
APART = frozenset(("dataKiosk_2023-11-15", "notifications", "reports_2021-06-30"))
"""APIs that change nothing but what they show themselves."""
NOTHING = frozenset(("tokens_2021-03-01", "uploads_2020-11-01"))
"""APIs that change nothing that is shown."""


def is_live(operation: Operation) -> bool:
    """Tell whether an operation must be asked each time."""
    return operation.api in LIVE_APIS or operation.name in LIVE


_VENDORS = frozenset(("vendorDetails", "procurement"))


def parts(declared: AccessPath, operation: Operation) -> tuple[str, ...]:
    """Return the parts of an answer that may be asked for without being read.

    They cost no call, and whoever reads others of them is served by the same pages. Left out is what needs a role, or
    an account of the other kind, and a choice of one.
    """
    if declared.projection_parameter is None or operation.parameter(declared.projection_parameter).type != "array":
        return ()
    guarded = _VENDORS | {kind.upper() for kind, _ in operation.personal}
    return tuple(value for value, _ in declared.projections if value not in guarded)
