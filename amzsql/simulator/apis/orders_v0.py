"""Orders API v0: the shapes of its answers and what its parameters mean.

Personal data is shown only to a restricted data token that names its element; without one the keys are absent.
"""

from __future__ import annotations

import functools

from amzsql.simulator.call import Call, Handler, amount, dump, iso, not_found, parse_time, quote
from amzsql.simulator.world import AFN, CANCELED, DAY, MARKETS, MFN, PARTIAL, PENDING, SHIPPED, UNSHIPPED, Head, Item

from .order_book import Book
from .order_sections import item_tax_v0, order_tax_v0
from .orders import (
    GIFT_MESSAGE,
    Search,
    Wanted,
    bounds,
    buyer_email,
    buyer_name,
    city,
    delivery_window,
    gift,
    level,
    page,
    page_size,
    phone,
    premium,
    priced,
    purchase_number,
    regulated,
    replacement,
    street,
    total,
    unshipped,
    windows,
)

STATUS = {
    PENDING: "Pending",
    UNSHIPPED: "Unshipped",
    PARTIAL: "PartiallyShipped",
    SHIPPED: "Shipped",
    CANCELED: "Canceled",
}
CHANNEL = {MFN: "MFN", AFN: "AFN"}
_STATUS_NUMBER = {v: k for k, v in STATUS.items()}
_CHANNEL_NUMBER = {v: k for k, v in CHANNEL.items()}
_LEVELS = (("Std US D2D Dom", "Standard"), ("Exp US D2D Dom", "Expedited"), ("Next US D2D Dom", "NextDay"))
_KEPT = 50_000
_TIMES = ("CreatedAfter", "CreatedBefore", "LastUpdatedAfter", "LastUpdatedBefore")
# Filters that no order of this seller passes.
_BARREN = (
    "EasyShipShipmentStatuses",
    "ElectronicInvoiceStatuses",
    "ActualFulfillmentSupplySourceId",
    "StoreChainStoreId",
)


def get_orders(call: Call) -> bytes:
    """Answer getOrders."""
    size, book = page_size(call, "MaxResultsPerPage"), Book.of(call)
    if call.get("AmazonOrderIds"):
        heads, following = _by_ids(call, book, size)
    else:
        heads, following = page(book, _search(call), _wanted(call), call.position, size)
    rows = ",".join([order(call, h, book.items(h)) for h in heads])
    token = f',"NextToken":{quote(call.pages.token(call, following))}' if following is not None else ""
    asked = "LastUpdatedBefore" if call.get("LastUpdatedAfter") else "CreatedBefore"
    before = iso(int(call.time(asked) or call.now - 120))
    return f'{{"payload":{{"Orders":[{rows}]{token},"{asked}":"{before}"}}}}'.encode()


def _search(call: Call) -> Search:
    statuses = {_STATUS_NUMBER.get(s, -1) for s in call.many("OrderStatuses")}
    channels = {_CHANNEL_NUMBER.get(c, -1) for c in call.many("FulfillmentChannels")}
    updated, after, before = bounds(call, _TIMES, inclusive=False)
    markets = call.markets("MarketplaceIds")
    return Search(updated, after, before, markets, frozenset(statuses), frozenset(channels))


def _by_ids(call: Call, book: Book, size: int) -> tuple[list[Head], int | None]:
    """The orders of up to fifty ids, in the order of their creation."""
    markets = call.markets("MarketplaceIds")
    found = {h for h in map(book.find, call.many("AmazonOrderIds")) if h and h.market in markets}
    start = call.position or 0
    heads = sorted(found)[start : start + size]
    return heads, start + size if len(found) > start + size else None


def _wanted(call: Call) -> Wanted | None:
    """Return the filters beyond those that both versions have, None without any."""
    email, order_id = call.get("BuyerEmail"), call.get("SellerOrderId")
    barren = any(call.get(n) for n in _BARREN) or call.flag("IsISPU")
    methods = call.many("PaymentMethods")
    limits = {n: parse_time(call.get(n)) for n in _DELIVERY if call.get(n)}
    if not (email or order_id or barren or methods or limits):
        return None

    def wanted(head: Head) -> bool:
        if barren or (methods and "Other" not in methods):
            return False
        if (email and buyer_email(head) != email) or (order_id and call.world.order_id(head) != order_id):
            return False
        earliest, latest = delivery_window(head)
        times = {"Earliest": earliest, "Latest": latest}
        return all(
            times[n.partition("Delivery")[0]] >= t if n.endswith("After") else times[n.partition("Delivery")[0]] <= t
            for n, t in limits.items()
        )

    return wanted


_DELIVERY = tuple(f"{a}DeliveryDate{b}" for a in ("Earliest", "Latest") for b in ("After", "Before"))


def order(call: Call, head: Head, items: list[Item]) -> str:
    """Return an order as JSON."""
    market, speed, money = head.market, level(head), ""
    order_id = call.world.order_id(head)
    if priced(head):
        money = f'"OrderTotal":{_money(MARKETS[market].place.currency, total(items))},'
    old = replacement(head)
    replaces = "" if old is None else f'"ReplacedOrderId":"{call.world.order_id(call.world.head(old))}",'
    return (
        f'{{"AmazonOrderId":"{order_id}","SellerOrderId":"{order_id}","PurchaseDate":"{iso(head.created)}",'
        f'"LastUpdateDate":"{iso(head.updated)}",{_state(head.status, head.channel, market, speed)}{money}'
        f'"NumberOfItemsShipped":{sum([i.shipped for i in items])},"NumberOfItemsUnshipped":{unshipped(head, items)},'
        f"{_dispatch(market, speed, head.created // DAY)}"
        f"{_kinds(head.business, head.prime, premium(head))}{replaces}"
        f'"IsReplacementOrder":{_bool(old is not None)},"IsSoldByAB":false,"IsIBA":false,"IsISPU":false,'
        f'"IsAccessPointOrder":false,"HasRegulatedItems":{_bool(regulated(head))},'
        f'"ShippingAddress":{_address(call, head)},"BuyerInfo":{_buyer(call, head)}}}'
    )


# A scan of a million orders repeats the same pieces: they are written once.
@functools.lru_cache(maxsize=_KEPT)
def _state(status: int, channel: int, market: int, speed: int) -> str:
    return (
        f'"OrderStatus":"{STATUS[status]}","FulfillmentChannel":"{CHANNEL[channel]}",'
        f'"SalesChannel":"{MARKETS[market].place.sales_channel}","ShipServiceLevel":"{_LEVELS[speed][0]}",'
    )


@functools.lru_cache(maxsize=_KEPT)
def _dispatch(market: int, speed: int, day: int) -> str:
    ship_from, ship_by, arrive_from, arrive_by = windows(day, speed)
    return (
        '"PaymentMethod":"Other","PaymentMethodDetails":["CreditCard"],'
        f'"MarketplaceId":"{MARKETS[market].place.id}","ShipmentServiceLevelCategory":"{_LEVELS[speed][1]}",'
        f'"OrderType":"StandardOrder","EarliestShipDate":"{iso(ship_from)}","LatestShipDate":"{iso(ship_by)}",'
        f'"EarliestDeliveryDate":"{iso(arrive_from)}","LatestDeliveryDate":"{iso(arrive_by)}",'
    )


@functools.lru_cache(maxsize=8)
def _kinds(business: bool, prime: bool, has_premium: bool) -> str:
    return (
        f'"IsBusinessOrder":{_bool(business)},"IsPrime":{_bool(prime)},'
        f'"IsPremiumOrder":{_bool(has_premium)},"IsGlobalExpressEnabled":false,'
    )


def _bool(value: bool) -> str:
    return "true" if value else "false"


@functools.lru_cache(maxsize=_KEPT)
def _money(currency: str, cents: int) -> str:
    return f'{{"CurrencyCode":"{currency}","Amount":"{amount(cents)}"}}'


def _address(call: Call, head: Head) -> str:
    personal = ""
    if call.pii is not None and "shippingAddress" in call.pii:
        personal = f'"Name":{quote(buyer_name(head))},"AddressLine1":{quote(street(head))},"Phone":"{phone(head)}",'
    return f"{{{personal}{_place(*city(head), MARKETS[head.market].place.country, head.business)}}}"


@functools.lru_cache(maxsize=_KEPT)
def _place(town: str, state: str, code: str, country: str, business: bool) -> str:
    kind = "Commercial" if business else "Residential"
    return (
        f'"City":{quote(town)},"StateOrRegion":{quote(state)},"PostalCode":"{code}",'
        f'"CountryCode":"{country}","AddressType":"{kind}"'
    )


def _buyer(call: Call, head: Head) -> str:
    if call.pii is None or "buyerInfo" not in call.pii:
        return "{}"
    number = ""
    if head.business:
        taxes = dump(order_tax_v0(head)).decode()[1:-1]
        number = f',{taxes},"PurchaseOrderNumber":"{purchase_number(head)}"'
    return f'{{"BuyerEmail":"{buyer_email(head)}","BuyerName":{quote(buyer_name(head))}{number}}}'


def item(call: Call, head: Head, line: Item, position: int) -> str:
    """Return an order's line as JSON; an unpaid order's lines have no money, and none has what it does not cost."""
    currency = MARKETS[head.market].place.currency
    money = promotion = buyer = ""
    if gift(head, position) and call.pii is not None and "buyerInfo" in call.pii:
        buyer = f',"BuyerInfo":{{"GiftMessageText":"{GIFT_MESSAGE}","GiftWrapLevel":"Standard"}}'
    if priced(head):
        money = "".join(
            f'"{name}":{_money(currency, cents)},'
            for name, cents in (
                ("ItemPrice", line.price),
                ("ItemTax", line.tax),
                ("ShippingPrice", line.shipping),
                ("ShippingTax", line.shipping_tax),
                ("PromotionDiscount", line.discount),
            )
            if cents or name in ("ItemPrice", "ItemTax")
        )
    if line.discount:
        promotion = f'"PromotionIds":["{promotion_id(line)}"],'
    return (
        f'{{"ASIN":"{line.sku.asin}","SellerSKU":{quote(line.sku.code)},"OrderItemId":"{line.number:014}",'
        f'"Title":{quote(line.sku.title)},"QuantityOrdered":{line.quantity},"QuantityShipped":{line.shipped},'
        f'"ProductInfo":{{"NumberOfItems":"1"}},{money}{promotion}"IsGift":"{_bool(gift(head, position))}",'
        f'"ConditionId":"New","ConditionSubtypeId":"New","SerialNumberRequired":false,"IsTransparency":false{buyer}'
        f"{item_tax_v0(head, line)}}}"
    )


def promotion_id(line: Item) -> str:
    """Return the id of a line's promotion."""
    return f"Save 10% SIM-{line.sku.number % 7}"


def _head(call: Call, book: Book) -> Head:
    found = book.find(call.path["orderId"])
    if found is None:
        raise not_found(f"order {call.path['orderId']}")
    return found


def get_order(call: Call) -> bytes:
    """Answer getOrder."""
    book = Book.of(call)
    head = _head(call, book)
    return f'{{"payload":{order(call, head, book.items(head))}}}'.encode()


def get_order_items(call: Call) -> bytes:
    """Answer getOrderItems; no order of this seller has more than one page."""
    book = Book.of(call)
    head = _head(call, book)
    rows = ",".join(item(call, head, line, n) for n, line in enumerate(book.items(head)))
    return f'{{"payload":{{"AmazonOrderId":"{call.world.order_id(head)}","OrderItems":[{rows}]}}}}'.encode()


def get_buyer_info(call: Call) -> bytes:
    """Answer getOrderBuyerInfo."""
    head = _head(call, Book.of(call))
    info: dict[str, object] = {"AmazonOrderId": call.world.order_id(head)}
    if call.pii is not None:
        info |= {"BuyerEmail": buyer_email(head), "BuyerName": buyer_name(head)}
        info |= {"PurchaseOrderNumber": purchase_number(head), **order_tax_v0(head)} if head.business else {}
    return dump({"payload": info})


def get_address(call: Call) -> bytes:
    """Answer getOrderAddress."""
    head = _head(call, Book.of(call))
    order_id = call.world.order_id(head)
    return f'{{"payload":{{"AmazonOrderId":"{order_id}","ShippingAddress":{_address(call, head)}}}}}'.encode()


def get_items_buyer_info(call: Call) -> bytes:
    """Answer getOrderItemsBuyerInfo."""
    book = Book.of(call)
    head = _head(call, book)
    rows = []
    for position, line in enumerate(book.items(head)):
        row: dict[str, object] = {"OrderItemId": f"{line.number:014}"}
        if gift(head, position) and call.pii is not None:
            row |= {"GiftMessageText": GIFT_MESSAGE, "GiftWrapLevel": "Standard"}
        rows.append(row)
    return dump({"payload": {"AmazonOrderId": call.world.order_id(head), "OrderItems": rows}})


HANDLERS: dict[str, Handler] = {
    "ordersV0.getOrders": get_orders,
    "ordersV0.getOrder": get_order,
    "ordersV0.getOrderItems": get_order_items,
    "ordersV0.getOrderBuyerInfo": get_buyer_info,
    "ordersV0.getOrderAddress": get_address,
    "ordersV0.getOrderItemsBuyerInfo": get_items_buyer_info,
}
