"""What a vendor sends to Amazon's customers himself: direct fulfilment orders, shipping papers and transactions.

Each in version 2021-12-28 and in v1, which answer alike.
"""

from amzsql.catalog.model import AccessPath, Entry, Outcome, Part, Sort, WriteMapping
from amzsql.catalog.selling_partner.vendor_orders import VENDORS
from amzsql.types import DOUBLE

ORDERS_APIS = ("vendorDirectFulfillmentOrders_2021-12-28", "vendorDirectFulfillmentOrdersV1")
SHIPPING_APIS = ("vendorDirectFulfillmentShipping_2021-12-28", "vendorDirectFulfillmentShippingV1")
TRANSACTION_APIS = ("vendorDirectFulfillmentTransactions_2021-12-28", "vendorDirectFulfillmentTransactionsV1")
DETAILS = (("orderDetails.", ""),)
BY_CREATION = Sort("OrderDate", (("sortOrder", "ASC"),), (("sortOrder", "DESC"),), nulls=False)
TAXES = "One row per tax in {}."
# What a submission comes to is told later, by its transaction.
DONE = Outcome(
    "transactionStatus.status",
    done=("Success",),
    failed=("Failure",),
    issues="transactionStatus.errors.errors[]",
    operation="vendorDirectFulfillmentTransactions_2021-12-28.getTransactionStatus",
    parameter="transactionId",
    told="transactionId",
)


ORDERS = Entry(
    "VendorDirectFulfillmentOrders",
    "One row per order of a customer that the vendor ships himself. A filter OrderDate >= t, or one on "
    "PurchaseOrderNumber, is needed.",
    schemas=VENDORS,
    key=("PurchaseOrderNumber",),
    first=("PurchaseOrderNumber", "OrderDate", "OrderStatus", "CustomerOrderNumber"),
    paths=tuple(
        path
        for api in ORDERS_APIS
        for path in (
            AccessPath(
                f"{api}.getOrders",
                names=DETAILS,
                parameters=(
                    ("createdAfter", "OrderDate"),
                    ("createdBefore", "OrderDate"),
                    ("status", "OrderStatus"),
                    ("shipFromPartyId", "ShipFromPartyPartyId"),
                    ("includeDetails", None),
                ),
                page_rows=100,
                sorts=(BY_CREATION,),
            ),
            AccessPath(f"{api}.getOrder", names=DETAILS),
        )
    ),
    time_column="OrderDate",
    typical_rows=5000,
    account_unique=True,
    example="SELECT PurchaseOrderNumber, OrderDate, OrderStatus FROM VendorDirectFulfillmentOrders "
    "WHERE OrderDate >= CURRENT_DATE - INTERVAL 7 DAY",
    writes=(
        WriteMapping(
            "update",
            "vendorDirectFulfillmentOrders_2021-12-28.submitAcknowledgement",
            element="orderAcknowledgements[]",
            sets=(("OrderStatus", "ACCEPTED"),),
            outcome=DONE,
        ),
        WriteMapping(
            "update",
            "vendorDirectFulfillmentShipping_2021-12-28.submitShipmentConfirmations",
            element="shipmentConfirmations[]",
            inputs=(("Items", None), ("ShipmentItems", "Items"), ("*", "ShipmentDetails*")),
            fixed=(("ShipmentDetailsShipmentStatus", "SHIPPED"),),
            sets=(("OrderStatus", "SHIPPED"),),
            outcome=DONE,
        ),
    ),
    parts=(
        Part(
            "VendorDirectFulfillmentOrderTaxes",
            TAXES.format("the total of such an order"),
            "orderDetails.taxTotal.taxLineItem",
            number="TaxNumber",
            types=(("TaxRate", DOUBLE),),
            first=("Type",),
            rows=1.0,
        ),
        Part(
            "VendorDirectFulfillmentOrderItems",
            "One row per line of such an order.",
            "orderDetails.items",
            key=("ItemSequenceNumber",),
            first=("BuyerProductIdentifier", "VendorProductIdentifier", "Title", "OrderedQuantityAmount"),
            rows=1.3,
            parts=(
                Part(
                    "VendorDirectFulfillmentOrderItemTaxes",
                    TAXES.format("the price of a line"),
                    "taxDetails.taxLineItem",
                    number="TaxNumber",
                    types=(("TaxRate", DOUBLE),),
                    first=("Type",),
                    rows=1.0,
                ),
            ),
        ),
    ),
)


def papers(operation: str, many: str, party: str, unread: tuple[str, ...] = ()) -> tuple[AccessPath, ...]:
    """Return the paths of what goes with a shipment: by the time of its creation, in weeks, and by its order.

    `unread`: columns that are written only.
    """
    return tuple(
        path
        for api in SHIPPING_APIS
        for path in (
            AccessPath(
                f"{api}.{many}",
                parameters=(
                    ("createdAfter", "CreatedDate"),
                    ("createdBefore", "CreatedDate"),
                    ("shipFromPartyId", party),
                ),
                page_rows=100,
                constants=tuple((column, None) for column in unread),
            ),
            AccessPath(f"{api}.{operation}", constants=tuple((column, None) for column in unread)),
        )
    )


NEEDED = "A filter CreatedDate >= t, or one on PurchaseOrderNumber, is needed."

LABELS = Entry(
    "VendorShippingLabels",
    f"One row per direct fulfilment order with the labels of its packages. {NEEDED}",
    schemas=VENDORS,
    kind="table",
    key=("PurchaseOrderNumber",),
    first=("PurchaseOrderNumber", "SellingPartyPartyId", "ShipFromPartyPartyId", "LabelFormat"),
    last=("Containers",),
    paths=papers("getShippingLabel", "getShippingLabels", "ShipFromPartyPartyId", ("Containers",)),
    docs=(
        ("Containers", "What labels are asked for, when they are made. Always NULL: Amazon does not give it again."),
    ),
    time_column="CreatedDate",
    typical_rows=5000,
    account_unique=True,
    example="SELECT PurchaseOrderNumber, LabelFormat FROM VendorShippingLabels "
    "WHERE CreatedDate >= CURRENT_DATE - INTERVAL 14 DAY",
    writes=(WriteMapping("insert", "vendorDirectFulfillmentShipping_2021-12-28.createShippingLabels"),),
    parts=(
        Part(
            "VendorShippingLabelData",
            f"One row per label of a package: its tracking number, and the label itself in Base64. {NEEDED}",
            "labelData",
            number="LabelNumber",
            first=("PackageIdentifier", "TrackingNumber", "ShipMethod"),
            rows=1.2,
        ),
    ),
)

INVOICES = Entry(
    "VendorCustomerInvoices",
    f"One row per direct fulfilment order with the invoice to its customer in Base64. {NEEDED}",
    schemas=VENDORS,
    key=("PurchaseOrderNumber",),
    paths=papers("getCustomerInvoice", "getCustomerInvoices", "ShipFromPartyId"),
    time_column="CreatedDate",
    typical_rows=5000,
    account_unique=True,
    example="SELECT PurchaseOrderNumber FROM VendorCustomerInvoices "
    "WHERE CreatedDate >= CURRENT_DATE - INTERVAL 14 DAY",
)

SLIPS = Entry(
    "VendorPackingSlips",
    f"One row per direct fulfilment order with its packing slip in Base64. {NEEDED}",
    schemas=VENDORS,
    key=("PurchaseOrderNumber",),
    paths=papers("getPackingSlip", "getPackingSlips", "ShipFromPartyId"),
    time_column="CreatedDate",
    typical_rows=5000,
    account_unique=True,
    example="SELECT PurchaseOrderNumber, ContentType FROM VendorPackingSlips "
    "WHERE CreatedDate >= CURRENT_DATE - INTERVAL 14 DAY",
)

TRANSACTIONS = Entry(
    "VendorDirectFulfillmentTransactions",
    "One row per submission for direct fulfilment (acknowledgement, label, shipment, stock, invoice): how it went. A "
    "filter on TransactionId is needed.",
    schemas=VENDORS,
    key=("TransactionId",),
    paths=tuple(
        AccessPath(f"{api}.getTransactionStatus", names=names)
        for api, names in zip(TRANSACTION_APIS, ((("errors.errors", "Errors"),), ()), strict=True)
    ),
    typical_rows=1,
    account_unique=True,
    example="SELECT Status FROM VendorDirectFulfillmentTransactions WHERE TransactionId = 'x'",
    parts=(
        Part(
            "VendorDirectFulfillmentTransactionErrors",
            "One row per error of such a submission.",
            "errors.errors",
            others=("errors",),
            number="ErrorNumber",
        ),
    ),
)

TABLES = (ORDERS, LABELS, INVOICES, SLIPS, TRANSACTIONS)
