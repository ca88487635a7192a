"""What Amazon orders from a vendor for its own stock, and what became of it: Vendor Orders v1, its transactions."""

from amzsql.catalog.model import AccessPath, Entry, Outcome, Part, Sort, WriteMapping

VENDORS = ("SellingPartner", "VendorCentral")
BY_CREATION = Sort("PurchaseOrderDate", (("sortOrder", "ASC"),), (("sortOrder", "DESC"),), nulls=False)
CREATED = (("createdAfter", "PurchaseOrderDate"), ("createdBefore", "PurchaseOrderDate"))
ORDER = (("orderDetails.", ""), ("orderDetails.sellingParty.partyId", "SellerPartyId"))
# What a submission comes to is told later, by its transaction.
DONE = Outcome(
    "payload.transactionStatus.status",
    done=("Success",),
    failed=("Failure",),
    issues="payload.transactionStatus.errors[]",
    operation="vendorTransactionStatus.getTransaction",
    parameter="transactionId",
    told="payload.transactionId",
)


ORDERS = Entry(
    "VendorOrders",
    "One row per order that Amazon places with the vendor; Amazon reaches six months back.",
    schemas=VENDORS,
    key=("PurchaseOrderNumber",),
    first=("PurchaseOrderNumber", "PurchaseOrderDate", "PurchaseOrderChangedDate", "PurchaseOrderState"),
    paths=(
        AccessPath(
            "vendorOrders.getPurchaseOrders",
            names=ORDER,
            parameters=(
                *CREATED,
                ("changedAfter", "PurchaseOrderChangedDate"),
                ("changedBefore", "PurchaseOrderChangedDate"),
                ("orderingVendorCode", "SellerPartyId"),
                ("includeDetails", None),
            ),
            sorts=(BY_CREATION,),
        ),
        AccessPath("vendorOrders.getPurchaseOrder", names=ORDER),
    ),
    time_column="PurchaseOrderDate",
    typical_rows=2000,
    typical_days=183,
    account_unique=True,
    # Only orders that Amazon changed after it had placed them have such a time.
    change_column="",
    example="SELECT PurchaseOrderNumber, PurchaseOrderDate, PurchaseOrderState FROM VendorOrders "
    "WHERE PurchaseOrderDate >= CURRENT_DATE - INTERVAL 7 DAY",
    writes=(
        WriteMapping(
            "update",
            "vendorOrders.submitAcknowledgement",
            element="acknowledgements[]",
            inputs=(("SellerPartyId", "SellingPartyPartyId"), ("OrderItemAcknowledgements", "Items"), ("Items", None)),
            sets=(("PurchaseOrderState", "Acknowledged"),),
            outcome=DONE,
        ),
    ),
    parts=(
        Part(
            "VendorOrderItems",
            "One row per line of an order that Amazon places with the vendor.",
            "orderDetails.items",
            key=("ItemSequenceNumber",),
            first=(
                "PurchaseOrderState",
                "SellerPartyId",
                "PurchaseOrderDate",
                "PurchaseOrderChangedDate",
                "VendorProductIdentifier",
                "AmazonProductIdentifier",
            ),
            rows=5.0,
            example="SELECT PurchaseOrderNumber, VendorProductIdentifier, OrderedQuantityAmount, NetCostAmount "
            "FROM VendorOrderItems WHERE PurchaseOrderDate >= CURRENT_DATE - INTERVAL 7 DAY",
        ),
    ),
)

STATUS = Entry(
    "VendorOrderStatus",
    "One row per order that Amazon places with the vendor: whether it is open, and as JSON how far each line is.",
    schemas=VENDORS,
    key=("PurchaseOrderNumber",),
    first=("PurchaseOrderNumber", "PurchaseOrderDate", "LastUpdatedDate", "PurchaseOrderStatus"),
    paths=(
        AccessPath(
            "vendorOrders.getPurchaseOrdersStatus",
            parameters=(
                *CREATED,
                ("orderingVendorCode", "SellingPartyPartyId"),
                ("shipToPartyId", "ShipToPartyPartyId"),
            ),
            sorts=(BY_CREATION,),
        ),
    ),
    time_column="PurchaseOrderDate",
    typical_rows=2000,
    typical_days=183,
    account_unique=True,
    example="SELECT PurchaseOrderNumber, PurchaseOrderStatus FROM VendorOrderStatus WHERE PurchaseOrderStatus = 'OPEN'",
    parts=(
        Part(
            "VendorOrderStatusItems",
            "One row per line of such an order: what is ordered, confirmed and received.",
            "itemStatus",
            key=("ItemSequenceNumber",),
            first=("BuyerProductIdentifier", "VendorProductIdentifier"),
            names=(
                ("orderedQuantity.", ""),
                ("acknowledgementStatus.", ""),
                ("receivingStatus.", ""),
            ),
            rows=5.0,
            example="SELECT PurchaseOrderNumber, BuyerProductIdentifier, ConfirmationStatus, ReceivedQuantityAmount "
            "FROM VendorOrderStatusItems WHERE LastUpdatedDate >= CURRENT_DATE - INTERVAL 7 DAY",
            parts=(
                Part(
                    "VendorOrderStatusQuantities",
                    "One row per change of what is ordered of a line.",
                    "orderedQuantity.orderedQuantityDetails",
                    number="QuantityNumber",
                    first=("UpdatedDate",),
                    rows=1.0,
                ),
                Part(
                    "VendorOrderStatusAcknowledgements",
                    "One row per answer of the vendor to a line: what he accepts and rejects.",
                    "acknowledgementStatus.acknowledgementStatusDetails",
                    number="AcknowledgementNumber",
                    first=("AcknowledgementDate",),
                    rows=1.0,
                ),
            ),
        ),
    ),
)

TRANSACTIONS = Entry(
    "VendorTransactions",
    "One row per submission of a vendor to Amazon (acknowledgement, shipment, invoice): how it went. A filter on "
    "TransactionId is needed.",
    schemas=VENDORS,
    key=("TransactionId",),
    paths=(AccessPath("vendorTransactionStatus.getTransaction"),),
    typical_rows=1,
    account_unique=True,
    example="SELECT Status FROM VendorTransactions WHERE TransactionId = 'x'",
    parts=(Part("VendorTransactionErrors", "One row per error of such a submission.", "errors", number="ErrorNumber"),),
)

TABLES = (ORDERS, STATUS, TRANSACTIONS)
