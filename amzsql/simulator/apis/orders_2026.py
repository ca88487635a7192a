"""Orders API 2026-01-01: the shapes of its answers.

The same orders as v0's, with their lines inside; sections beyond the basics come only when `includedData` names them.
Personal data is shown to an application that has the role for it; for others those fields are absent.
"""

from __future__ import annotations

import functools
from collections.abc import Collection

from amzsql.simulator.call import Call, Handler, amount, iso, not_found, quote
from amzsql.simulator.world import (
    AFN,
    CANCELED,
    DAY,
    MARKETS,
    MFN,
    PARTIAL,
    PENDING,
    SHIPPED,
    UNSHIPPED,
    Head,
    Item,
)

from .order_book import Book, Package
from .order_sections import fulfillment_orders, item_tax, order_tax
from .orders import (
    GIFT_MESSAGE,
    Search,
    bounds,
    buyer_email,
    buyer_name,
    city,
    company,
    gift,
    level,
    page,
    page_size,
    phone,
    premium,
    priced,
    purchase_number,
    replacement,
    street,
    total,
    windows,
)
from .orders_v0 import promotion_id

STATUS = {
    PENDING: "PENDING",
    UNSHIPPED: "UNSHIPPED",
    PARTIAL: "PARTIALLY_SHIPPED",
    SHIPPED: "SHIPPED",
    CANCELED: "CANCELLED",
}
FULFILLED_BY = {MFN: "MERCHANT", AFN: "AMAZON"}
_STATUS_NUMBER = {v: k for k, v in STATUS.items()}
_CHANNEL_NUMBER = {v: k for k, v in FULFILLED_BY.items()}
# A scan of a million orders repeats the same pieces: they are written once.
_KEPT = 50_000
# Stands among the sections where the application may see personal data.
_PERSONAL = "personal"
_LEVELS = ("STANDARD", "EXPEDITED", "NEXT_DAY")
_TIMES = ("createdAfter", "createdBefore", "lastUpdatedAfter", "lastUpdatedBefore")


def search_orders(call: Call) -> bytes:
    """Answer searchOrders."""
    updated, after, before = bounds(call, _TIMES, inclusive=True)
    search = Search(
        updated,
        after,
        before,
        call.markets("marketplaceIds"),
        frozenset(_STATUS_NUMBER.get(s, -1) for s in call.many("fulfillmentStatuses")),
        frozenset(_CHANNEL_NUMBER[c] for c in call.many("fulfilledBy")),
    )
    book, size = Book.of(call), page_size(call, "maxResultsPerPage")
    heads, following = page(book, search, None, call.position, size)
    included = _included(call)
    rows = ",".join([order(book, h, book.items(h), included) for h in heads])
    bound = "lastUpdatedBefore" if updated else "createdBefore"
    limit = iso(int(call.time(bound) or call.now - 120))
    token = ""
    if following is not None:
        token = f',"pagination":{{"nextToken":{quote(call.pages.token(call, following))}}}'
    return f'{{"orders":[{rows}]{token},"{bound}":"{limit}"}}'.encode()


def get_order(call: Call) -> bytes:
    """Answer getOrder."""
    book = Book.of(call)
    head = book.find(call.path["orderId"])
    if head is None:
        raise not_found(f"order {call.path['orderId']}")
    return f'{{"order":{order(book, head, book.items(head), _included(call))}}}'.encode()


def _included(call: Call) -> frozenset[str]:
    """Return the sections that were asked for, and whether the application has the role for personal data."""
    return frozenset((*call.many("includedData"), *((_PERSONAL,) if call.pii_role else ())))


def order(book: Book, head: Head, items: list[Item], included: Collection[str]) -> str:
    """Return an order as JSON, with the sections asked for."""
    world = book.world
    order_id = world.order_id(head)
    currency = MARKETS[head.market].place.currency
    old = replacement(head)
    linked = packages = ""
    if old is not None:
        linked = _linked(world.order_id(world.head(old)))
    lines = ",".join([_item(head, line, n, currency, included) for n, line in enumerate(items)])
    if "PACKAGES" in included and head.shipped and head.channel == MFN:
        packages = _packages(book, head, items, order_id)
    if "FULFILLMENT_ORDERS" in included:
        packages += fulfillment_orders(book, head)
    return (
        f'{{"orderId":"{order_id}","orderAliases":[{{"aliasId":"{order_id}","aliasType":"SELLER_ORDER_ID"}}],'
        f'"createdTime":"{iso(head.created)}","lastUpdatedTime":"{iso(head.updated)}",'
        f"{_sold(head.market, head.prime, head.business, premium(head))}{linked}"
        f'{_sections(head, items, currency, included)},"orderItems":[{lines}]{packages}}}'
    )


@functools.lru_cache(maxsize=_KEPT)
def _sold(market: int, prime: bool, business: bool, has_premium: bool) -> str:
    """Return the programs and the channel of an order."""
    place = MARKETS[market].place
    names = (("PRIME", prime), ("AMAZON_BUSINESS", business), ("PREMIUM", has_premium))
    programs = ",".join(quote(name) for name, has in names if has)
    return (
        f'"programs":[{programs}],"salesChannel":{{"channelName":"AMAZON","marketplaceId":"{place.id}",'
        f'"marketplaceName":"{place.sales_channel}"}}'
    )


def _linked(order_id: str) -> str:
    return f',"associatedOrders":[{{"orderId":"{order_id}","associationType":"REPLACEMENT_ORIGINAL_ID"}}]'


def _sections(head: Head, items: list[Item], currency: str, included: Collection[str]) -> str:
    """Return the sections of an order as a whole, a comma before each."""
    text = ""
    personal = _PERSONAL in included
    if "BUYER" in included and personal:
        text += _buyer(head)
    if "RECIPIENT" in included:
        text += _recipient(head, personal)
    if "PROCEEDS" in included and priced(head):
        text += _proceeds(items, currency)
    if "PAYMENT" in included and priced(head):
        money = _money(currency, total(items))
        text += f',"payment":{{"paymentExecutions":[{{"paymentMethod":"CreditCard","paymentAmount":{money}}}]}}'
    if "TAX" in included and personal:
        text += order_tax(head)
    if "FULFILLMENT" in included:
        text += _fulfillment(head.status, head.channel, level(head), head.created // DAY)
    return text


@functools.lru_cache(maxsize=_KEPT)
def _money(currency: str, cents: int) -> str:
    return f'{{"amount":"{amount(cents)}","currencyCode":"{currency}"}}'


def _buyer(head: Head) -> str:
    company_data = ""
    if head.business:
        company_data = (
            f',"buyerCompanyName":{quote(company(head))},"buyerPurchaseOrderNumber":"{purchase_number(head)}"'
        )
    return f',"buyer":{{"buyerName":{quote(buyer_name(head))},"buyerEmail":"{buyer_email(head)}"{company_data}}}'


def _recipient(head: Head, personal: bool) -> str:
    whose = ""
    if personal:
        whose = f'"name":{quote(buyer_name(head))},"addressLine1":{quote(street(head))},"phone":"{phone(head)}",'
    place = _place(*city(head), MARKETS[head.market].place.country, head.business, personal)
    return f',"recipient":{{"deliveryAddress":{{{whose}{place}}}}}'


@functools.lru_cache(maxsize=_KEPT)
def _place(town: str, state: str, code: str, country: str, business: bool, personal: bool) -> str:
    kind = "COMMERCIAL" if business else "RESIDENTIAL"
    postal = f'"postalCode":"{code}",' if personal else ""
    return (
        f'"city":{quote(town)},"stateOrRegion":{quote(state)},{postal}"countryCode":"{country}","addressType":"{kind}"'
    )


@functools.lru_cache(maxsize=_KEPT)
def _fulfillment(status: int, channel: int, speed: int, day: int) -> str:
    ship_from, ship_by, arrive_from, arrive_by = windows(day, speed)
    return (
        f',"fulfillment":{{"fulfillmentStatus":"{STATUS[status]}","fulfilledBy":"{FULFILLED_BY[channel]}",'
        f'"fulfillmentServiceLevel":"{_LEVELS[speed]}",'
        f'"shipByWindow":{{"earliestDateTime":"{iso(ship_from)}","latestDateTime":"{iso(ship_by)}"}},'
        f'"deliverByWindow":{{"earliestDateTime":"{iso(arrive_from)}","latestDateTime":"{iso(arrive_by)}"}}}}'
    )


def _proceeds(items: list[Item], currency: str) -> str:
    price = shipping = tax = discount = 0
    for line in items:
        price += line.price
        shipping += line.shipping
        tax += line.tax + line.shipping_tax
        discount += line.discount
    return _grand_total(currency, price, shipping, tax, discount)


@functools.lru_cache(maxsize=_KEPT)
def _grand_total(currency: str, price: int, shipping: int, tax: int, discount: int) -> str:
    amounts = (("ITEM", price), ("SHIPPING", shipping), ("TAX", tax), ("DISCOUNT", -discount))
    rows = ",".join(
        f'{{"type":"{kind}","subtotal":{_money(currency, cents)}}}'
        for kind, cents in amounts
        if cents or kind == "ITEM"
    )
    whole = _money(currency, price + shipping + tax - discount)
    return f',"proceeds":{{"grandTotal":{whole},"breakdowns":[{rows}]}}'


def _item(head: Head, line: Item, position: int, currency: str, included: Collection[str]) -> str:
    sku, price, text = line.sku, "", ""
    if priced(head):
        price = f',"price":{{"unitPrice":{_money(currency, line.unit)}}}'
    if price and "PROCEEDS" in included:
        text += _item_proceeds(currency, *line[5:])
    if "PROMOTION" in included and line.discount:
        text += f',"promotion":{{"breakdowns":[{{"promotionId":"{promotion_id(line)}"}}]}}'
    if "TAX" in included:
        text += item_tax(head, line)
    if "CANCELLATION" in included and head.status == CANCELED:
        text += _CANCELLATION
    if "FULFILLMENT" in included:
        left = 0 if head.status in (CANCELED, SHIPPED) else line.quantity - line.shipped
        wrap = _gift(_PERSONAL in included) if gift(head, position) else ""
        text += f',"fulfillment":{{"quantityFulfilled":{line.shipped},"quantityUnfulfilled":{left}{wrap}}}'
    return (
        f'{{"orderItemId":"{line.number:014}","quantityOrdered":{line.quantity},"programs":[],'
        f"{_product(sku.asin, sku.title, sku.code)}{price}}}{text}}}"
    )


_CANCELLATION = ',"cancellation":{"cancellationExecution":{"cancelledBy":"BUYER","cancelReason":"Ordered by mistake"}}'


def _gift(personal: bool) -> str:
    message = f'"giftMessage":"{GIFT_MESSAGE}",' if personal else ""
    return f',"packing":{{"giftOption":{{{message}"giftWrapLevel":"Standard"}}}}'


@functools.lru_cache(maxsize=_KEPT)
def _product(asin: str, title: str, code: str) -> str:
    """Return a line's product but for its price and its end."""
    return (
        f'"product":{{"asin":"{asin}","title":{quote(title)},"sellerSku":{quote(code)},'
        f'"condition":{{"conditionType":"NEW","conditionSubtype":"NEW"}}'
    )


@functools.lru_cache(maxsize=_KEPT)
def _item_proceeds(currency: str, price: int, tax: int, shipping: int, shipping_tax: int, discount: int) -> str:
    rows = [f'{{"type":"ITEM","subtotal":{_money(currency, price)}}}']
    if shipping:
        rows.append(f'{{"type":"SHIPPING","subtotal":{_money(currency, shipping)}}}')
    taxes = [f'{{"subtype":"ITEM","value":{_money(currency, tax)}}}']
    if shipping_tax:
        taxes.append(f'{{"subtype":"SHIPPING","value":{_money(currency, shipping_tax)}}}')
    rows.append(
        f'{{"type":"TAX","subtotal":{_money(currency, tax + shipping_tax)},"detailedBreakdowns":[{",".join(taxes)}]}}'
    )
    if discount:
        less = _money(currency, -discount)
        rows.append(
            f'{{"type":"DISCOUNT","subtotal":{less},"detailedBreakdowns":[{{"subtype":"ITEM","value":{less}}}]}}'
        )
    whole = _money(currency, price + tax + shipping + shipping_tax - discount)
    return f',"proceeds":{{"proceedsTotal":{whole},"breakdowns":[{",".join(rows)}]}}'


def _packages(book: Book, head: Head, items: list[Item], order_id: str) -> str:
    """Return the packages: one that left by itself, and those that the seller confirmed."""
    confirmed = book.packages(head.number)
    sent = {number: quantity for p in confirmed for number, quantity in p.contents}
    rows = ",".join(
        f'{{"orderItemId":"{i.number:014}","quantity":{i.shipped}}}'
        for i in items
        if i.shipped and i.number not in sent
    )
    whole = []
    if rows and not any(p.reference == "1" for p in confirmed):
        state = "DELIVERED" if head.status == SHIPPED else "IN_TRANSIT"
        whole = [
            f'{{"packageReferenceId":"1","createdTime":"{iso(head.shipped - 3600)}",'
            f'"packageStatus":{{"status":"{state}"}},"carrier":"UPS","shipTime":"{iso(head.shipped)}",'
            f'"shippingService":"UPS Ground","trackingNumber":"1Z{order_id.replace("-", "")[-14:]}",'
            f'"packageItems":[{rows}]}}'
        ]
    return f',"packages":[{",".join([*whole, *map(_confirmed, confirmed)])}]'


def _confirmed(package: Package) -> str:
    contents = ",".join(f'{{"orderItemId":"{n:014}","quantity":{q}}}' for n, q in package.contents)
    service = f'"shippingService":{quote(package.service)},' if package.service else ""
    return (
        f'{{"packageReferenceId":{quote(package.reference)},"createdTime":"{iso(package.confirmed)}",'
        f'"packageStatus":{{"status":"SHIPPED"}},"carrier":{quote(package.carrier)},'
        f'"shipTime":"{iso(package.shipped)}",{service}"trackingNumber":{quote(package.tracking)},'
        f'"packageItems":[{contents}]}}'
    )


HANDLERS: dict[str, Handler] = {
    "orders_2026-01-01.searchOrders": search_orders,
    "orders_2026-01-01.getOrder": get_order,
}
