"""What Orders v0 gives order by order: buyer, address, gift texts, prescriptions."""

from amzsql.catalog.model import AccessPath, Entry, Parent, WriteMapping
from amzsql.catalog.selling_partner.orders import MASKED_ADDRESS

BUYER = tuple((name, "buyer") for name in ("BuyerEmail", "BuyerName", "BuyerTaxInfoCompanyLegalName"))
GIFT = (("GiftMessageText", "recipient"), ("BuyerCustomizedInfoCustomizedURL", "recipient"))
ORDER = Parent("AmazonOrderId", "Orders")


def detail(
    table: str,
    operation: str,
    doc: str,
    *more: str,
    masked: tuple[tuple[str, str], ...] = (),
    writes: tuple[WriteMapping, ...] = (),
) -> Entry:
    """Return a table that is read order by order; `more`: what tells its rows apart beside the order."""
    return Entry(
        table,
        f"One row per {doc}. Without a filter on AmazonOrderId every order is asked for, a call each.",
        key=("AmazonOrderId", *more),
        first=("AmazonOrderId", *more),
        paths=(AccessPath(f"ordersV0.{operation}", parameters=(("orderId", "AmazonOrderId"),), masked=masked),),
        parent=ORDER,
        typical_rows=20_000,
        account_unique=True,
        example=f"SELECT * FROM {table} WHERE AmazonOrderId = '114-6722448-0446194'",
        writes=writes,
    )


BUYER_INFO = detail("OrderBuyerInfo", "getOrderBuyerInfo", "order: who bought it", masked=BUYER)
ADDRESS = detail("OrderAddress", "getOrderAddress", "order: where it goes", masked=MASKED_ADDRESS)
ITEMS_BUYER_INFO = detail(
    "OrderItemsBuyerInfo",
    "getOrderItemsBuyerInfo",
    "line of an order: its gift wrap and what the buyer had changed",
    "OrderItemId",
    masked=GIFT,
)
REGULATED = detail(
    "OrderRegulatedInfo",
    "getOrderRegulatedInfo",
    "order that needs a prescription or a check",
    writes=(
        WriteMapping(
            "update",
            "ordersV0.updateVerificationStatus",
            inputs=(
                ("AmazonOrderId", "OrderId"),
                (
                    "RegulatedOrderVerificationStatusRejectionReasonRejectionReasonId",
                    "RegulatedOrderVerificationStatusRejectionReasonId",
                ),
            ),
        ),
    ),
)

TABLES = (BUYER_INFO, ADDRESS, ITEMS_BUYER_INFO, REGULATED)
