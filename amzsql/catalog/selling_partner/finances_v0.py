"""Financial events: Finances v0, whose one answer has a list for each kind of event.

Amazon gives events no ids. The key is what does not change, the order and the time, with the event's number among those
that share both; an event without a time has its number in the whole answer, which another condition changes.
"""

from dataclasses import replace
from typing import NamedTuple

from amzsql.catalog.model import AccessPath, Branch, Entry, Parent, Part, Pushdown

ALL = "financesV0.listFinancialEvents"
OF_GROUP = "financesV0.listFinancialEventsByGroupId"
OF_ORDER = "financesV0.listFinancialEventsByOrderId"
EVENTS = 25_000

POSTED = (
    Pushdown("PostedDate", ">=", "PostedAfter", default="horizon"),
    Pushdown("PostedDate", "<", "PostedBefore"),
)
# An event without a time lies between the times that were asked for, which no other column tells.
ASKED = (
    Pushdown("PostedAfter", ">=", "PostedAfter", exact=True, default="horizon"),
    Pushdown("PostedBefore", "<", "PostedBefore", exact=True),
)
BOUNDS = (("PostedAfter", "PostedAfter"), ("PostedBefore", "PostedBefore"))
GROUP = Parent("FinancialEventGroupId", "FinancialEventGroups")
SINCE = "SELECT * FROM {} WHERE {} >= CURRENT_DATE - INTERVAL 14 DAY"


FEE = ("FeeType", "FeeAmount", "FeeAmountCurrencyCode")
CHARGE = ("ChargeType", "ChargeAmount", "ChargeAmountCurrencyCode")
# What events of most kinds have, under one name each.
COMMON = (
    *("PostedDate", "AmazonOrderId", "SellerOrderId", "MarketplaceName", "MarketplaceId", "StoreName"),
    *("Amount", "AmountCurrencyCode"),
)


class Kind(NamedTuple):
    """A kind of event: its list's name without EventList, and what is special of it.

    `posted`: the field with the time of posting, if it has one; `of_order`: it names its order; `total`: the field that
    is the event's amount as a whole, if Amazon gives one; `share`: of all events, as a guess.
    """

    name: str
    doc: str
    total: str | None = None
    posted: str | None = "PostedDate"
    of_order: bool = False
    parts: tuple[Part, ...] = ()
    share: float = 0.002

    @property
    def row(self) -> str:
        """The row path of the list."""
        return f"payload.FinancialEvents.{self.name}EventList[]"

    @property
    def key(self) -> tuple[str, ...]:
        """The key of an event among those of its kind."""
        order, time = ("AmazonOrderId",) * self.of_order, ("PostedDate",) * bool(self.posted)
        return (*order, *time, "EventNumber")

    @property
    def number(self) -> tuple[str, str]:
        """The column of the event's number, and its path."""
        shared = (*(("AmazonOrderId",) if self.of_order else ()), *((self.posted,) if self.posted else ()))
        return ("EventNumber", f"{self.row}#{','.join(shared) or '*'}")

    @property
    def names(self) -> tuple[tuple[str, str | None], ...]:
        """The fields that have other names than their own."""
        return (("TransactionPostedDate", "PostedDate"),) if self.posted == "TransactionPostedDate" else ()


def paths(branches: tuple[Branch, ...], asked: tuple[Pushdown, ...], share: float = 1.0) -> tuple[AccessPath, ...]:
    """Return the three ways to get events: by time, of a settlement, of an order. `share`: of all events."""
    bounds = tuple(b for b in BOUNDS if b[0] in {p.column for p in asked})
    group = (("eventGroupId", "FinancialEventGroupId"), ("PostedAfter", None), ("PostedBefore", None))
    order, few = (("orderId", "AmazonOrderId"),), 500 * share
    return (
        AccessPath(ALL, pushdowns=asked, from_parameters=bounds, branches=branches, rows_per_parent=share),
        AccessPath(OF_GROUP, parameters=group, branches=branches, rows_per_parent=share, rows_per_key=few),
        AccessPath(OF_ORDER, parameters=order, branches=branches, by_key=True, one_row_per_key=False),
    )


def table(kind: Kind) -> Entry:
    """Return the table of a kind of event."""
    name, branch = f"{kind.name}Events", Branch(kind.row, names=kind.names, extra=(kind.number,))
    time = "PostedDate" if kind.posted else "PostedAfter"
    return Entry(
        name,
        kind.doc,
        key=kind.key,
        first=kind.key,
        hidden=() if kind.posted else ("PostedAfter", "PostedBefore"),
        paths=paths((branch,), POSTED if kind.posted else ASKED, kind.share),
        parent=GROUP,
        time_column=time,
        typical_rows=max(1, round(EVENTS * kind.share)),
        account_unique=True,
        parts=kind.parts,
        example=SINCE.format(name, time),
    )


def in_view(kind: Kind) -> Branch:
    """Return the events of a kind with the columns that the view of all kinds has."""
    total = ((f"{kind.total}.CurrencyAmount", "Amount"), (f"{kind.total}.CurrencyCode", "AmountCurrencyCode"))
    names = (*kind.names, *(total if kind.total else ()))
    return Branch(kind.row, names, (kind.number, ("Event", kind.row)), (("EventType", kind.name),), only=COMMON)


def numbered(name: str, doc: str, array: str, *first: str, rows: float = 2.0) -> Part:
    """Return the table of an array inside of which a place is all that tells its elements apart."""
    what = name.rpartition("Event")[2].removesuffix("s")
    return Part(name, doc, array, number=f"{what}Number", first=first, rows=rows)


def fees(event: str, array: str = "FeeList") -> Part:
    """Return the table of an event's fees."""
    return numbered(f"{event}EventFees", "One row per fee of such an event.", array, *FEE)


def of_item(event: str) -> tuple[Part, ...]:
    """Return the tables of what an item of an order's event consists of."""
    start = f"{event}EventItem"
    withheld = Part(
        f"{start}TaxesWithheld",
        "One row per tax that Amazon withheld for an item, and the model by which it did.",
        "TaxesWithheld",
        number="TaxNumber",
        first=("TaxCollectionModel", *CHARGE),
    )
    return (
        Part(
            f"{start}Charges",
            "One row per charge to the buyer for an item: its price, tax, shipping, or what is paid back of them.",
            "ItemChargeList",
            others=("ItemChargeAdjustmentList",),
            list="ChargeList",
            number="ChargeNumber",
            first=CHARGE,
        ),
        Part(
            f"{start}Fees",
            "One row per fee of Amazon's for an item, or what is paid back of it.",
            "ItemFeeList",
            others=("ItemFeeAdjustmentList",),
            list="FeeList",
            number="FeeNumber",
            first=FEE,
        ),
        Part(
            f"{start}Promotions",
            "One row per promotion that made an item cheaper, or what is taken back of it.",
            "PromotionList",
            others=("PromotionAdjustmentList",),
            list="PromotionList",
            number="PromotionNumber",
            first=("PromotionType", "PromotionId", "PromotionAmount", "PromotionAmountCurrencyCode"),
            rows=0.2,
        ),
        Part(
            f"{start}TaxWithholdings",
            "One row per model by which Amazon withheld taxes of an item.",
            "ItemTaxWithheldList",
            number="WithholdingNumber",
            gives=("TaxCollectionModel",),
            parts=(withheld,),
            rows=1.0,
        ),
    )


def of_order(event: str) -> tuple[Part, ...]:
    """Return the tables of what an event of an order consists of; the kinds of such events have one shape."""
    start = f"{event}Event"
    return (
        Part(
            f"{start}Items",
            "One row per item of the order in such an event.",
            "ShipmentItemList",
            others=("ShipmentItemAdjustmentList",),
            list="ItemList",
            number="ItemNumber",
            first=("SellerSKU", "OrderItemId", "QuantityShipped"),
            gives=("SellerSKU", "OrderItemId"),
            parts=of_item(event),
            rows=1.7,
        ),
        Part(
            f"{start}Charges",
            "One row per charge to the buyer for the order as a whole.",
            "OrderChargeList",
            others=("OrderChargeAdjustmentList",),
            list="ChargeList",
            number="ChargeNumber",
            first=CHARGE,
        ),
        Part(
            f"{start}Fees",
            "One row per fee for the order or the shipment as a whole.",
            "ShipmentFeeList",
            others=("ShipmentFeeAdjustmentList", "OrderFeeList", "OrderFeeAdjustmentList"),
            list="FeeList",
            number="FeeNumber",
            first=FEE,
        ),
        numbered(
            f"{start}DirectPayments", "One row per payment that the buyer made outside of Amazon.", "DirectPaymentList"
        ),
    )


def order_kind(name: str, doc: str, share: float = 0.002) -> Kind:
    """Return a kind of event that is an order's with its items."""
    return Kind(name, doc, of_order=True, parts=of_order(name), share=share)


KINDS = (
    order_kind("Shipment", "One row per shipment of an order that was paid.", 0.75),
    order_kind("ShipmentSettle", "One row per shipment of an order whose payment was settled later."),
    order_kind("Refund", "One row per refund of an order.", 0.05),
    order_kind("GuaranteeClaim", "One row per refund of an order after a claim under Amazon's guarantee."),
    order_kind("Chargeback", "One row per payment that the buyer's bank took back."),
    Kind(
        "EBTRefundReimbursementOnly",
        "One row per refund of a purchase with food stamps (EBT) that Amazon pays back to the seller.",
        "Amount",
    ),
    Kind(
        "PayWithAmazon",
        "One row per payment with Amazon Pay in another shop.",
        posted="TransactionPostedDate",
        parts=(fees("PayWithAmazon"),),
    ),
    Kind("ServiceProviderCredit", "One row per credit to a provider of services.", "TransactionAmount", posted=None),
    Kind(
        "Retrocharge",
        "One row per tax of an order that was charged, or paid back, afterwards.",
        of_order=True,
        parts=(
            numbered(
                "RetrochargeEventTaxWithholdings", "One row per model of withholding.", "RetrochargeTaxWithheldList"
            ),
        ),
    ),
    Kind(
        "RentalTransaction",
        "One row per rental, its extension, end or purchase.",
        of_order=True,
        parts=(
            numbered("RentalTransactionEventCharges", "One row per charge of a rental.", "RentalChargeList", *CHARGE),
            fees("RentalTransaction", "RentalFeeList"),
        ),
    ),
    Kind(
        "ProductAdsPayment", "One row per invoice for advertisements that was paid.", "transactionValue", "postedDate"
    ),
    Kind(
        "ServiceFee",
        "One row per fee for a service, such as storage or the subscription. It has no time: ask by PostedAfter.",
        posted=None,
        parts=(fees("ServiceFee"),),
        share=0.1,
    ),
    Kind("SellerDealPayment", "One row per fee for a deal.", "totalAmount", "postedDate"),
    Kind(
        "DebtRecovery",
        "One row per debt to Amazon that was paid. It has no time: ask by PostedAfter.",
        "RecoveryAmount",
        posted=None,
        parts=(
            numbered("DebtRecoveryEventItems", "One row per item of a debt that was paid.", "DebtRecoveryItemList"),
            numbered(
                "DebtRecoveryEventChargeInstruments",
                "One row per account or card that paid a debt.",
                "ChargeInstrumentList",
            ),
        ),
    ),
    Kind(
        "LoanServicing",
        "One row per loan that was paid out or back. It has no time: ask by PostedAfter.",
        "LoanAmount",
        posted=None,
    ),
    Kind(
        "Adjustment",
        "One row per correction of the account, such as a reimbursement for lost stock.",
        "AdjustmentAmount",
        parts=(
            numbered(
                "AdjustmentEventItems",
                "One row per item of a correction.",
                "AdjustmentItemList",
                *("SellerSKU", "ASIN", "Quantity", "TotalAmount", "TotalAmountCurrencyCode"),
            ),
        ),
        share=0.05,
    ),
    Kind(
        "SAFETReimbursement",
        "One row per reimbursement after a claim of the seller's (SAFE-T).",
        "ReimbursedAmount",
        parts=(numbered("SAFETReimbursementEventItems", "One row per item of a claim.", "SAFETReimbursementItemList"),),
    ),
    Kind(
        "SellerReviewEnrollmentPayment",
        "One row per fee for a product in Amazon's programme of early reviews.",
        "TotalAmount",
    ),
    Kind("FBALiquidation", "One row per sale of stock to a liquidator."),
    Kind("CouponPayment", "One row per fee for a coupon.", "TotalAmount"),
    Kind(
        "ImagingServicesFee",
        "One row per fee for pictures that Amazon took.",
        parts=(fees("ImagingServicesFee"),),
    ),
    Kind("NetworkComminglingTransaction", "One row per exchange of a unit with the same of another seller's."),
    Kind(
        "AffordabilityExpense",
        "One row per expense for an offer of payment by instalments.",
        "TotalExpense",
        of_order=True,
    ),
    Kind(
        "AffordabilityExpenseReversal",
        "One row per expense for payment by instalments that was taken back.",
        "TotalExpense",
        of_order=True,
    ),
    Kind(
        "RemovalShipment",
        "One row per shipment of stock out of Amazon's warehouses that was charged or sold.",
        parts=(
            numbered(
                "RemovalShipmentEventItems",
                "One row per item of such a shipment.",
                "RemovalShipmentItemList",
                *("FulfillmentNetworkSKU", "Quantity", "Revenue", "RevenueCurrencyCode"),
            ),
        ),
    ),
    Kind(
        "RemovalShipmentAdjustment",
        "One row per correction of a shipment out of Amazon's warehouses.",
        parts=(
            numbered(
                "RemovalShipmentAdjustmentEventItems",
                "One row per item of such a correction.",
                "RemovalShipmentItemAdjustmentList",
                *("FulfillmentNetworkSKU", "AdjustedQuantity", "RevenueAdjustment", "RevenueAdjustmentCurrencyCode"),
            ),
        ),
    ),
    Kind("TrialShipment", "One row per trial order of a product.", of_order=True, parts=(fees("TrialShipment"),)),
    Kind("TDSReimbursement", "One row per tax deducted at source (TDS, India) that was paid back.", "ReimbursedAmount"),
    Kind("AdhocDisbursement", "One row per payout outside of the settlements.", "TransactionAmount"),
    Kind("TaxWithholding", "One row per tax on income that Amazon withheld.", "WithheldAmount"),
    Kind(
        "ChargeRefund",
        "One row per refund of fees, such as the subscription's.",
        parts=(
            numbered(
                "ChargeRefundEventTransactions",
                "One row per charge that was paid back.",
                "ChargeRefundTransactions",
                *CHARGE,
            ),
        ),
    ),
    Kind("FailedAdhocDisbursement", "One row per payout outside of the settlements that failed.", "TransferAmount"),
    Kind("ValueAddedServiceCharge", "One row per charge for a service beside the sale.", "TransactionAmount"),
    Kind("CapacityReservationBilling", "One row per charge for reserved space in warehouses.", "TransactionAmount"),
)

# Kinds that Amazon gives no amount of: theirs are those of their parts.
_NO_TOTAL = sorted(kind.name for kind in KINDS if kind.total is None)

FINANCIAL_EVENTS = Entry(
    "FinancialEvents",
    "One row per event of any kind, whole as JSON. Amount is NULL where an event is no more than the sum of its parts; "
    "events of four kinds have no PostedDate, and are found by PostedAfter and PostedBefore.",
    docs=(
        (
            "Amount",
            "What Amazon says the event comes to as a whole. NULL for kinds that are the sum of their parts, whose own "
            f"tables have the charges and fees (ShipmentEventItemCharges and so on): {', '.join(_NO_TOTAL)}.",
        ),
    ),
    key=("EventType", "AmazonOrderId", "PostedDate", "EventNumber"),
    first=("EventType", "PostedDate", "AmazonOrderId", "EventNumber", "Amount", "AmountCurrencyCode"),
    hidden=("PostedAfter", "PostedBefore"),
    paths=paths(tuple(map(in_view, KINDS)), (*POSTED, replace(ASKED[0], default=None), ASKED[1])),
    parent=GROUP,
    time_column="PostedDate",
    typical_rows=EVENTS,
    account_unique=True,
    example=SINCE.format("FinancialEvents", "PostedAfter"),
)
GROUPS = Entry(
    "FinancialEventGroups",
    "One row per settlement, open or closed, with what it pays out.",
    key=("FinancialEventGroupId",),
    first=("FinancialEventGroupId", "FinancialEventGroupStart", "FinancialEventGroupEnd", "ProcessingStatus"),
    paths=(
        AccessPath(
            "financesV0.listFinancialEventGroups",
            pushdowns=(
                Pushdown("FinancialEventGroupStart", ">=", "FinancialEventGroupStartedAfter", default="horizon"),
                Pushdown("FinancialEventGroupStart", "<", "FinancialEventGroupStartedBefore"),
            ),
        ),
    ),
    time_column="FinancialEventGroupStart",
    typical_rows=60,
    account_unique=True,
    example="SELECT * FROM FinancialEventGroups WHERE ProcessingStatus = 'Open'",
)

TABLES = (FINANCIAL_EVENTS, GROUPS, *map(table, KINDS))
