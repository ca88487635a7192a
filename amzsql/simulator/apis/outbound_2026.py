"""Fulfillment Outbound 2026-07-04: the orders of the older version, in the newer one's words."""

from __future__ import annotations

from amzsql.simulator.call import Call, Handler, amount, dump, invalid, iso
from amzsql.simulator.resources import Record
from amzsql.simulator.world import DAY, MARKETS

from . import outbound_orders as book
from .fba_stock import free
from .outbound import PAGE, cancelled, change, changed_since, order_of, release, stocked

_TIERS = {"STANDARD": "Standard", "EXPEDITED": "Expedited", "PRIORITY": "Priority", "SCHEDULED": "ScheduledDelivery"}
_ACTIONS = {"SHIP": "Ship", "HOLD": "Hold"}
_POLICIES = {"FILL_OR_KILL": "FillOrKill", "FILL_ALL": "FillAll", "FILL_ALL_AVAILABLE": "FillAllAvailable"}
_STATUSES = {
    book.COMPLETE: "COMPLETE", book.PARTIAL: "COMPLETE_PARTIAL", book.CANCELLED: "CANCELLED",
    book.UNFULFILLABLE: "UNFULFILLABLE",
}  # fmt: skip
_FEES = {"STANDARD": 695, "EXPEDITED": 945, "PRIORITY": 1420, "SCHEDULED": 1150}


def _market(call: Call, country: str | None) -> int:
    """Return the marketplace of the country that an order is sent from: the account's first where none is named."""
    if country is None:
        return call.world.markets[0]
    for number in call.world.markets:
        if MARKETS[number].place.country == country:
            return number
    raise invalid(f"origin: {country} is no country of this seller's marketplaces.")


def _mine(known: dict[str, str], what: str, text: str) -> str:
    if text not in known:
        raise invalid(f"{what}: there is no {text}.")
    return known[text]


def _theirs(known: dict[str, str], text: str) -> str:
    return next(k for k, v in known.items() if v == text)


def _units(amount_: Record) -> int:
    """Return the number of units of an amount, which Amazon writes as a decimal text."""
    try:
        value = float(amount_["value"])
    except ValueError as error:
        raise invalid(f"amount: {amount_['value']} is no number.") from error
    if not 1 <= value < 1e6 or value != int(value):
        raise invalid(f"amount: {amount_['value']} is no number of units.")
    return int(value)


def _eaches(count: int) -> Record:
    return {"unit": "EACHES", "value": f"{count}.0"}


def create(call: Call) -> bytes:
    """Answer createOrder."""
    body = call.body
    market = _market(call, body.get("origin", {}).get("countryCode"))
    if body["orderId"] in book.orders(call.store, call.world, call.account):
        raise invalid(f"orderId: there is an order {body['orderId']} already.")
    if not body["lineItems"]:
        raise invalid("lineItems: an order has one at least.")
    wanted = body.get("fulfillmentConfiguration", {})
    tiers = wanted.get("serviceLevel", {}).get("serviceTiers") or ["STANDARD"]
    lines = [_line(call, market, item) for item in body["lineItems"]]
    order = {
        "id": body["orderId"], "market": market, "speed": _mine(_TIERS, "serviceTiers", tiers[0]),
        "action": _mine(_ACTIONS, "action", wanted.get("action", "SHIP")),
        "policy": _mine(_POLICIES, "policy", wanted.get("policy", "FILL_OR_KILL")),
        "address": body["destination"]["deliveryAddress"], "display": body["orderId"], "dated": int(call.now),
        "comment": body["destination"].get("deliveryNotes", "Thank you."), "lines": lines,
        "channel": body.get("channel", ""), "more": {},
        "services": wanted.get("services"), "payments": body.get("paymentInformation"),
    }  # fmt: skip
    made = book.add(call.store, order, call.now, free(call.store, call.world, call.now))
    return dump({"order": _order(call, made, shipments=False)})


def _line(call: Call, market: int, item: Record) -> Record:
    code = item["product"]["productIdentifier"]["amazonSku"]
    stocked(call, market, code)
    declared = item["product"].get("perUnitDeclaredValue")
    more = {}
    if declared is not None:
        more = {"perUnitDeclaredValue": {"currencyCode": declared["currencyCode"], "value": declared["amount"]}}
    return {"id": item["lineItemId"], "sku": code, "quantity": _units(item["amount"]), "more": more}


def get_order(call: Call) -> bytes:
    """Answer getOrder."""
    return dump({"order": _order(call, order_of(call, call.path["orderId"]), call.get("shipments") != "EXCLUDE")})


def list_orders(call: Call) -> bytes:
    """Answer listOrders: those that changed since a time, in the last 36 hours if none is given."""
    rows = changed_since(call, call.time("updatedAfter"))
    start, shipments = call.position or 0, call.get("shipments") != "EXCLUDE"
    body: Record = {"orders": [_order(call, o, shipments) for o in rows[start : start + PAGE]]}
    if len(rows) > start + PAGE:
        body["pagination"] = {"nextToken": call.pages.token(call, start + PAGE)}
    return dump(body)


def _order(call: Call, order: Record, shipments: bool) -> Record:
    configuration: Record = {
        "serviceLevel": {"serviceTiers": [_theirs(_TIERS, order["speed"])]},
        "action": _theirs(_ACTIONS, order["action"]),
        "policy": _theirs(_POLICIES, order["policy"]),
    }
    if order.get("services"):
        configuration["services"] = order["services"]
    shown: Record = {
        "orderId": order["id"],
        "receiveTime": iso(order["received"]),
        "status": _STATUSES.get(book.status(order, call.now), "PROCESSING"),
        "statusUpdateTime": iso(book.history(order, call.now)[-1][0]),
        "fulfillmentConfiguration": configuration,
        "origin": {"countryCode": MARKETS[order["market"]].place.country},
        "destination": {"deliveryAddress": order["address"]},
        "lineItems": [_item(call, order, line) for line in order["lines"]],
    }
    if order["channel"]:
        shown["channel"] = order["channel"]
    if order.get("payments"):
        shown["paymentInformation"] = order["payments"]
    if shipments:
        shown["shipments"] = [_shipment(call, order)] if book.has_shipment(order, call.now) else []
    return shown


def _item(call: Call, order: Record, line: Record) -> Record:
    current = book.status(order, call.now)
    product: Record = {"productIdentifier": {"amazonSku": line["sku"]}}
    declared = line["more"].get("perUnitDeclaredValue")
    if declared is not None:
        product["perUnitDeclaredValue"] = {"currencyCode": declared["currencyCode"], "amount": declared["value"]}
    lost = line["quantity"] - line["filled"] if current in (book.UNFULFILLABLE, book.PARTIAL) else 0
    return {
        "lineItemId": line["id"],
        "product": product,
        "amount": _eaches(line["quantity"]),
        "cancelledAmount": _eaches(line["quantity"] if current == book.CANCELLED else 0),
        "unfulfillableAmount": _eaches(lost),
    }


def _shipment(call: Call, order: Record) -> Record:
    sent, package = book.is_sent(order, call.now), book.package_id(order)
    items = [
        {
            "productIdentifier": {"amazonSku": line["sku"]}, "lineItemId": line["id"],
            "amount": _eaches(line["filled"]), "shipmentItemId": f"{order['shipment']}-{n}",
            **({"packageId": package} if sent else {}),
        }
        for n, line in enumerate((line for line in order["lines"] if line["filled"]), 1)
    ]  # fmt: skip
    shown: Record = {
        "amazonShipmentId": order["shipment"],
        "amazonFacility": {"facilityId": "ABE2"},
        "status": "SHIPPED" if sent else "PROCESSING",
        "items": items,
        "serviceLevel": {"serviceTier": _theirs(_TIERS, order["speed"])},
    }
    if sent:
        tracking = {"trackingNumber": order["tracking"], "carrierCode": "Amazon"}
        shown["shipTime"] = iso(book.shipped(order))
        shown["deliveryTime"] = iso(book.arrives(order))
        told = order.get("parcel", {})
        shown["packages"] = [
            {
                "packageId": package,
                "status": book.events(order, call.now)[-1][1],
                "deliveryTime": iso(book.arrives(order)),
                "shipmentItemIds": [i["shipmentItemId"] for i in items],
                **told,
                "tracking": {
                    "carrier": tracking, "amazon": {"trackingNumber": order["tracking"]}, **told.get("tracking", {}),
                },
            }
        ]  # fmt: skip
    return shown


def update(call: Call) -> bytes:
    """Answer updateOrder: it holds an order or lets it go."""
    order = order_of(call, call.path["orderId"])
    action = (call.body or {}).get("fulfillmentConfiguration", {}).get("action")
    mine = None if action is None else _mine(_ACTIONS, "action", action)
    change(order, call.now)
    release(order, mine, call.now)
    return dump({})


def cancel(call: Call) -> bytes:
    """Answer cancelOrder."""
    return cancelled(call, call.path["orderId"])


def preview(call: Call) -> bytes:
    """Answer getOrderPreview: one shipment of what is in stock, and why the rest is in none."""
    body = call.body
    market = _market(call, body.get("origin", {}).get("countryCode"))
    tiers = body.get("fulfillmentConfiguration", {}).get("serviceLevel", {}).get("serviceTiers")
    tiers = tiers or ["STANDARD", "EXPEDITED"]
    held: list[Record] = []
    short: list[Record] = []
    for item in body["lineItems"]:
        product = item["product"]["productIdentifier"]
        enough = _units(item["amount"]) <= stocked(call, market, product["amazonSku"]).stock
        (held if enough else short).append({"productIdentifier": product, "amount": item["amount"]})
    units = sum(_units(i["amount"]) for i in held)
    planned = {
        "estimatedShippingWeight": {"unit": "LB", "value": f"{units}.0"},
        "items": held,
        "offers": [_offer(call, market, tier, units, bool(body.get("excludeEstimatedFees"))) for tier in tiers],
    }
    return dump({"plannedShipments": [planned] if held else [], "constraints": [_constraint(i) for i in short]})


def _offer(call: Call, market: int, tier: str, units: int, without_fees: bool) -> Record:
    ships, arrives = book.SPEEDS[_mine(_TIERS, "serviceTiers", tier)]
    now, currency = int(call.now), MARKETS[market].place.currency
    level = {
        "serviceTier": tier,
        "deliveryInterval": {"startTime": iso(now + (arrives - 1) * DAY), "endTime": iso(now + arrives * DAY)},
        "shipInterval": {"startTime": iso(now + ships * DAY), "endTime": iso(now + ships * DAY + 6 * 3600)},
    }
    price = {"currencyCode": currency, "amount": amount(_FEES[tier] + 150 * (units - 1))}
    rollup = [{"type": "MCFTransportationFee", "value": price}]
    fees = {} if without_fees else {"estimatedPrice": {"rollupPrices": rollup, "totalPrice": price}}
    return {"fulfillmentConfiguration": {"serviceLevel": level}, **fees}


def _constraint(item: Record) -> Record:
    code = item["productIdentifier"]["amazonSku"]
    return {
        "message": f"There is not enough of {code}.",
        "type": "ValidationError",
        "code": "ItemQuantityNotAvailable",
        "details": [{"type": "amazonSku", "value": code}],
    }


def offers(call: Call) -> bytes:
    """Answer getOffers: none for what is not in stock."""
    body = call.body
    market = _market(call, body["origin"]["countryCode"])
    tiers = body.get("fulfillmentConfiguration", {}).get("serviceLevel", {}).get("serviceTiers")
    results = []
    for item in body["items"]:
        identifier = item.get("productIdentifier")
        if identifier is None:
            raise invalid("items: productIdentifier must be given.")
        found = stocked(call, market, identifier["amazonSku"]).stock > 0
        wanted = (tiers or ["STANDARD", "EXPEDITED"]) if found else []
        results.append(
            {
                "item": item,
                "offers": [_delivery(call, tier) for tier in wanted],
                "constraints": [] if found else [_constraint(item)],
            }
        )
    return dump({"offerResults": results})


def _delivery(call: Call, tier: str) -> Record:
    arrives, now = book.SPEEDS[_mine(_TIERS, "serviceTiers", tier)][1], int(call.now)
    interval = {"startTime": iso(now + (arrives - 1) * DAY), "endTime": iso(now + arrives * DAY)}
    level = {"serviceTier": tier, "deliveryInterval": interval}
    return {"expiryTime": iso(now + 3600), "fulfillmentConfiguration": {"serviceLevel": level}}


API = "fulfillmentOutbound_2026-07-04"
HANDLERS: dict[str, Handler] = {
    f"{API}.createOrder": create,
    f"{API}.getOrder": get_order,
    f"{API}.listOrders": list_orders,
    f"{API}.updateOrder": update,
    f"{API}.cancelOrder": cancel,
    f"{API}.getOrderPreview": preview,
    f"{API}.getOffers": offers,
}
