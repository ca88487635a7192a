"""Paths by which a table's rows are read out of a report: which header is which column. Knows nothing of documents."""

from __future__ import annotations

from dataclasses import replace

from amzsql import marketplaces
from amzsql.catalog.model import AccessPath, Alike, ColumnSource, Pushdown, TableBranch, TablePath
from amzsql.catalog.spelling import Spelling

CREATE = "reports_2021-06-30.createReport"
MARKETPLACE, SELLER = "MarketplaceId", "SellerId"
MARKETPLACES, FROM, UNTIL = "marketplaceIds", "dataStartTime", "dataEndTime"
# What nobody asks a report for: the connection knows it.
OWN_SELLER = "sellerId"

# Rows of these headers are the order's own, and so the same in each of its lines.
_ORDER = (
    ("amazon-order-id", "AmazonOrderId"),
    ("purchase-date", "PurchaseDate"),
    ("last-updated-date", "LastUpdateDate"),
    ("order-status", "OrderStatus"),
    ("fulfillment-channel", "FulfillmentChannel"),
)
_OF_ORDERS = (
    *_ORDER,
    ("sales-channel", "SalesChannel"),
    ("merchant-order-id", "SellerOrderId"),
    ("is-business-order", "IsBusinessOrder"),
    ("ship-city", "ShippingAddressCity"),
    ("ship-state", "ShippingAddressStateOrRegion"),
    ("ship-country", "ShippingAddressCountryCode"),
)
# Taxes, discounts and what shipping costs are counted otherwise in the report: they are none of these.
_OF_ITEMS = (
    *_ORDER,
    ("asin", "ASIN"),
    ("sku", "SellerSKU"),
    ("product-name", "Title"),
    ("quantity", "QuantityOrdered"),
    ("item-price", "ItemPriceAmount"),
    ("currency", "ItemPriceCurrencyCode"),
)
_SPELT: tuple[tuple[str, Spelling], ...] = (
    ("OrderStatus", (("Cancelled", "Canceled"), ("Shipping", "PartiallyShipped"))),
    ("FulfillmentChannel", (("Amazon", "AFN"), ("Merchant", "MFN"))),
)
# Amazon calls these reports all but immediate; an hour is on the safe side.
_ORDERED = 3600


def _of_orders(names: tuple[tuple[str, str], ...], *, once: bool) -> tuple[AccessPath, ...]:
    """Return the two paths by reports of all orders: by the time of the order, and of its last change."""
    return tuple(
        AccessPath(
            CREATE,
            names=names,
            values=_SPELT,
            report=f"GET_FLAT_FILE_ALL_ORDERS_DATA_BY_{by}_GENERAL",
            alike=Alike(window, _ORDERED, "sales-channel", once=once),
        )
        for by, window in (("ORDER_DATE", "PurchaseDate"), ("LAST_UPDATE", "LastUpdateDate"))
    )


ORDERS = _of_orders(_OF_ORDERS, once=True)
ORDER_ITEMS = _of_orders(_OF_ITEMS, once=False)

_DETAILS = "InventoryDetails"
# The other report of stock leaves out what is not offered at present.
INVENTORY = (
    AccessPath(
        CREATE,
        names=(
            ("sku", "SellerSKU"),
            ("fnsku", "FNSKU"),
            ("asin", "ASIN"),
            ("product-name", "ProductName"),
            ("afn-total-quantity", "TotalQuantity"),
            ("afn-fulfillable-quantity", f"{_DETAILS}FulfillableQuantity"),
            ("afn-inbound-working-quantity", f"{_DETAILS}InboundWorkingQuantity"),
            ("afn-inbound-shipped-quantity", f"{_DETAILS}InboundShippedQuantity"),
            ("afn-inbound-receiving-quantity", f"{_DETAILS}InboundReceivingQuantity"),
            ("afn-reserved-quantity", f"{_DETAILS}ReservedQuantityTotalReservedQuantity"),
            ("afn-researching-quantity", f"{_DETAILS}ResearchingQuantityTotalResearchingQuantity"),
            ("afn-unsellable-quantity", f"{_DETAILS}UnfulfillableQuantityTotalUnfulfillableQuantity"),
        ),
        report="GET_FBA_MYI_ALL_INVENTORY_DATA",
        alike=Alike(once=True),
    ),
)
LISTINGS = (
    AccessPath(
        CREATE,
        names=(("seller-sku", "SKU"), ("asin1", "ASIN"), ("item-name", "ItemName"), ("open-date", "CreatedDate")),
        report="GET_MERCHANT_LISTINGS_ALL_DATA",
        alike=Alike(once=True),
    ),
)


def resolved(declared: AccessPath, key: tuple[str, ...]) -> TablePath:
    """Return a path with its columns' sources: headers, and what the report was asked for; `key` is the table's."""
    alike, spelt = declared.alike, dict(declared.values)
    assert alike is not None  # declared here
    sources = {c: ColumnSource(c, header, values=spelt.get(c, ())) for header, c in declared.names if c is not None}
    if alike.channel:
        sold = tuple((m.sales_channel, m.id) for m in marketplaces.MARKETPLACES)
        sources[MARKETPLACE] = ColumnSource(MARKETPLACE, alike.channel, values=sold)
    else:
        sources[MARKETPLACE] = ColumnSource(MARKETPLACE, parameter=MARKETPLACES)
    if SELLER in key:
        sources[SELLER] = ColumnSource(SELLER, parameter=OWN_SELLER)
    ends = (Pushdown(alike.window, ">=", FROM), Pushdown(alike.window, "<", UNTIL)) if alike.window else ()
    markets = Pushdown(MARKETPLACE, "=", MARKETPLACES, default="marketplaces")
    whole = replace(declared, pushdowns=(*ends, markets))
    return TablePath(whole, "", sources, (TableBranch("", sources),), every_row=False)
