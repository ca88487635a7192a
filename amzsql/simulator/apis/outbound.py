"""Fulfillment Outbound 2020-07-01: multi-channel orders, their shipments, tracking and returns, features."""

from __future__ import annotations

from typing import Any

from amzsql.simulator.call import Call, Handler, amount, dump, invalid, iso, not_found, parse_time
from amzsql.simulator.resources import Record, find, given
from amzsql.simulator.world import AFN, DAY, MARKETS, Sku

from . import outbound_orders as book
from .assortment import Shop
from .fba_stock import free

PAGE = 20
# What changed within so many seconds is listed where no time is asked for.
_LATELY = 36 * 3600
_KEPT = ("codSettings", "deliveryWindow", "notificationEmails", "featureConstraints", "paymentInformation")
_LINE_KEPT = (
    "giftMessage", "displayableComment", "fulfillmentNetworkSku", "perUnitDeclaredValue", "perUnitPrice", "perUnitTax",
)  # fmt: skip
_FEES = {"Standard": 695, "Expedited": 945, "Priority": 1420, "ScheduledDelivery": 1150}
_REASONS = {
    "CR-DEFECTIVE": "The product does not work.", "CR-NOT_AS_DESCRIBED": "The product is not as described.",
    "CR-UNWANTED_ITEM": "The buyer has changed his mind.", "CR-DAMAGED_BY_CARRIER": "It was damaged on the way.",
}  # fmt: skip
_FEATURES = {
    "BLANK_BOX": ("Ships in a box without Amazon's brand.", 3),
    "BLOCK_AMZL": ("Is not delivered by Amazon Logistics.", 1),
    "SIGNATURE_CONFIRMATION": ("Is signed for.", 4),
}


def order_of(call: Call, key: str) -> Record:
    """Return an order by the seller's id."""
    return find(book.orders(call.store, call.world, call.account), "fulfillment order", key)


def market_of(call: Call, marketplace_id: str | None) -> int:
    """Return the number of a marketplace: the account's first where none is named."""
    return call.world.markets[0] if marketplace_id is None else call.market("marketplaceId", marketplace_id)


def stocked(call: Call, market: int, code: str) -> Sku:
    """Return a SKU that Amazon keeps for the seller; refuse any other."""
    listing = Shop.of(call).listing(code, market)
    if listing is None or listing.sku.channel != AFN:
        raise invalid(f"sellerSku: {code} is no SKU that Amazon keeps for this seller.")
    return listing.sku


# Previews


def preview(call: Call) -> bytes:
    """Answer getFulfillmentPreview: one for each speed that is asked for."""
    market = market_of(call, call.body.get("marketplaceId"))
    speeds = call.body.get("shippingSpeedCategories") or ["Standard", "Expedited", "Priority"]
    skus = {i["sellerSku"]: stocked(call, market, i["sellerSku"]) for i in call.body["items"]}
    rows = [_preview(call, market, speed, skus) for speed in speeds]
    return dump({"payload": {"fulfillmentPreviews": rows}})


def _preview(call: Call, market: int, speed: str, skus: dict[str, Sku]) -> Record:
    items = call.body["items"]
    short = [i for i in items if i["quantity"] > skus[i["sellerSku"]].stock]
    shown = {"shippingSpeedCategory": speed, "isFulfillable": not short, "isCODCapable": False}
    names = ("sellerSku", "quantity", "sellerFulfillmentOrderItemId")
    if short:
        rows = [{**{n: i[n] for n in names}, "itemUnfulfillableReasons": ["InsufficientInventory"]} for i in short]
        more: Record = {"unfulfillablePreviewItems": rows, "orderUnfulfillableReasons": ["InsufficientInventory"]}
    else:
        units, currency = sum(i["quantity"] for i in items), MARKETS[market].place.currency
        fee = {"currencyCode": currency, "value": amount(_FEES[speed] + 150 * (units - 1))}
        more = {
            "estimatedShippingWeight": {"unit": "POUNDS", "value": str(units)},
            "estimatedFees": [{"name": "FBAPerUnitFulfillmentFee", "amount": fee}],
            "fulfillmentPreviewShipments": [
                {**_interval(call, speed), "fulfillmentPreviewItems": [{n: i[n] for n in names} for i in items]}
            ],
        }
    return {**shown, "marketplaceId": MARKETS[market].place.id, **more}


def _interval(call: Call, speed: str) -> Record:
    ships, arrives = book.SPEEDS[speed]
    day = int(call.now)
    return {
        "earliestShipDate": iso(day + ships * DAY),
        "latestShipDate": iso(day + ships * DAY + 6 * 3600),
        "earliestArrivalDate": iso(day + (arrives - 1) * DAY),
        "latestArrivalDate": iso(day + arrives * DAY),
    }


def delivery_offers(call: Call) -> bytes:
    """Answer deliveryOffers: none for what is not in stock."""
    sku = stocked(call, call.world.markets[0], call.body["product"]["productIdentifier"]["merchantSku"])
    asked = call.body["product"].get("amount", {}).get("value", "1")
    if not asked.replace(".", "", 1).isdecimal():
        raise invalid(f"amount: {asked} is no number.")
    until = iso(int(call.now) + 3600)
    offers = []
    for speed in ("Standard", "Expedited") if float(asked) <= sku.stock else ():
        day = int(call.now) + book.SPEEDS[speed][1] * DAY
        message = {"text": f"Delivered by {iso(day)[:10]}", "locale": "en_US"}
        offers.append(
            {
                "expiresAt": until,
                "dateRange": {"earliest": iso(day - DAY), "latest": iso(day)},
                "policy": {"message": message},
            }
        )
    return dump({"payload": {"deliveryOffers": offers}})


# Orders


def create(call: Call) -> bytes:
    """Answer createFulfillmentOrder."""
    body = call.body
    market = market_of(call, body.get("marketplaceId"))
    kept = book.orders(call.store, call.world, call.account)
    if body["sellerFulfillmentOrderId"] in kept:
        raise invalid(f"sellerFulfillmentOrderId: there is an order {body['sellerFulfillmentOrderId']} already.")
    _check_lines(call, market, body["items"])
    order = {
        "id": body["sellerFulfillmentOrderId"], "market": market, "speed": body["shippingSpeedCategory"],
        "action": body.get("fulfillmentAction", "Ship"), "policy": body.get("fulfillmentPolicy", "FillOrKill"),
        "address": body["destinationAddress"], "display": body["displayableOrderId"],
        "dated": int(parse_time(body["displayableOrderDate"])), "comment": body["displayableOrderComment"],
        "lines": [_line(i) for i in body["items"]], "channel": "", "more": {k: body[k] for k in _KEPT if k in body},
    }  # fmt: skip
    book.add(call.store, order, call.now, free(call.store, call.world, call.now))
    return dump({})


def _check_lines(call: Call, market: int, items: list[Record]) -> None:
    if not items:
        raise invalid("items: an order has one at least.")
    if len({i["sellerFulfillmentOrderItemId"] for i in items}) < len(items):
        raise invalid("items: each sellerFulfillmentOrderItemId is given once.")
    for item in items:
        stocked(call, market, item["sellerSku"])
        _check_quantity(item)


def _check_quantity(item: Record) -> None:
    if item["quantity"] < 1:
        raise invalid(f"items: {item['sellerFulfillmentOrderItemId']} has no quantity.")


def _line(item: Record) -> Record:
    more = {k: item[k] for k in _LINE_KEPT if k in item}
    key = item["sellerFulfillmentOrderItemId"]
    return {"id": key, "sku": item["sellerSku"], "quantity": item["quantity"], "more": more}


def update(call: Call) -> bytes:
    """Answer updateFulfillmentOrder: what is not yet processed can be changed, and shipped if it was on hold."""
    order, body = order_of(call, call.path["sellerFulfillmentOrderId"]), call.body
    lines = {line["id"]: line for line in order["lines"]}
    for item in body.get("items", ()):
        if item["sellerFulfillmentOrderItemId"] not in lines:
            raise invalid(f"items: the order has no item {item['sellerFulfillmentOrderItemId']}.")
        _check_quantity(item)
    dated = parse_time(body["displayableOrderDate"]) if "displayableOrderDate" in body else order["dated"]
    change(order, call.now)
    for item in body.get("items", ()):
        line = lines[item["sellerFulfillmentOrderItemId"]]
        line["quantity"] = item["quantity"]
        line["more"] |= {k: item[k] for k in _LINE_KEPT if k in item}
    names = {
        "speed": "shippingSpeedCategory", "policy": "fulfillmentPolicy", "address": "destinationAddress",
        "display": "displayableOrderId", "comment": "displayableOrderComment",
    }  # fmt: skip
    order.update({mine: body[name] for mine, name in names.items() if name in body})
    order["dated"] = int(dated)
    order["more"] |= {k: body[k] for k in _KEPT if k in body}
    release(order, body.get("fulfillmentAction"), call.now)
    book.plan(order, free(call.store, call.world, call.now))
    return dump({})


def change(order: Record, now: float) -> None:
    """Mark an order as changed; refuse one that is being processed or over."""
    current = book.status(order, now)
    if current not in book.OPEN:
        raise invalid(f"The order cannot be changed: it is {current}.")
    order["changed"] = int(now)


def release(order: Record, action: str | None, now: float) -> None:
    """Ship an order that was on hold, or hold one that is to be shipped."""
    if action == "Ship" and order["released"] is None:
        order["action"], order["released"] = "Ship", int(now)
    elif action == "Hold":
        order["action"], order["released"] = "Hold", None


def cancel(call: Call) -> bytes:
    """Answer cancelFulfillmentOrder."""
    return cancelled(call, call.path["sellerFulfillmentOrderId"])


def cancelled(call: Call, key: str) -> bytes:
    """Cancel an order that can still be changed."""
    order = order_of(call, key)
    change(order, call.now)
    order["cancelled"] = int(call.now)
    return dump({})


def list_orders(call: Call) -> bytes:
    """Answer listAllFulfillmentOrders: those that changed since a time, in the last 36 hours if none is given."""
    rows, start = changed_since(call, call.time("queryStartDate")), call.position or 0
    payload: Record = {"fulfillmentOrders": [_order(call, o) for o in rows[start : start + PAGE]]}
    if len(rows) > start + PAGE:
        payload["nextToken"] = call.pages.token(call, start + PAGE)
    return dump({"payload": payload})


def changed_since(call: Call, since: float | None) -> list[Record]:
    """Return the orders that changed since a time, in the last 36 hours if none is given; the latest first."""
    since = call.now - _LATELY if since is None else since
    kept = book.orders(call.store, call.world, call.account)
    return [o for o in book.sort(kept.values()) if book.updated(o, call.now) >= since]


def get_order(call: Call) -> bytes:
    """Answer getFulfillmentOrder."""
    order = order_of(call, call.path["sellerFulfillmentOrderId"])
    authorised = [_authorisation(order, r) for r in order["returns"]]
    return dump(
        {
            "payload": {
                "fulfillmentOrder": _order(call, order),
                "fulfillmentOrderItems": [_item(call, order, line) for line in order["lines"]],
                "fulfillmentShipments": [_shipment(call, order)] if book.has_shipment(order, call.now) else [],
                "returnItems": [_return(call, r) for r in order["returns"]],
                "returnAuthorizations": authorised,
                **given(paymentInformation=order["more"].get("paymentInformation")),
            }
        }
    )


def _order(call: Call, order: Record) -> Record:
    return {
        "sellerFulfillmentOrderId": order["id"],
        "marketplaceId": MARKETS[order["market"]].place.id,
        "displayableOrderId": order["display"],
        "displayableOrderDate": iso(order["dated"]),
        "displayableOrderComment": order["comment"],
        "shippingSpeedCategory": order["speed"],
        "destinationAddress": {k: v for k, v in order["address"].items() if k != "email"},
        "fulfillmentAction": order["action"],
        "fulfillmentPolicy": order["policy"],
        "receivedDate": iso(order["received"]),
        "fulfillmentOrderStatus": book.status(order, call.now),
        "statusUpdatedDate": iso(book.history(order, call.now)[-1][0]),
        **{k: v for k, v in order["more"].items() if k != "paymentInformation"},
    }


def _item(call: Call, order: Record, line: Record) -> Record:
    lost = line["quantity"] - line["filled"]
    known = order["released"] is not None
    sku = Shop.of(call).sku(line["sku"])
    return {
        "sellerSku": line["sku"],
        "sellerFulfillmentOrderItemId": line["id"],
        "quantity": line["quantity"],
        "fulfillmentNetworkSku": sku.fnsku if sku is not None else "",
        "orderItemDisposition": "Sellable",
        "cancelledQuantity": line["quantity"] if book.status(order, call.now) == book.CANCELLED else 0,
        "unfulfillableQuantity": lost if book.status(order, call.now) in (book.UNFULFILLABLE, book.PARTIAL) else 0,
        **given(
            estimatedShipDate=iso(book.shipped(order)) if known else None,
            estimatedArrivalDate=iso(book.arrives(order)) if known else None,
        ),
        **line["more"],
    }


def _shipment(call: Call, order: Record) -> Record:
    sent = book.is_sent(order, call.now)
    lines = [line for line in order["lines"] if line["filled"]]
    package = {
        "packageNumber": order["package"], "carrierCode": "Amazon", "trackingNumber": order["tracking"],
        "amazonFulfillmentTrackingNumber": order["tracking"], "estimatedArrivalDate": iso(book.arrives(order)),
    }  # fmt: skip
    return {
        "amazonShipmentId": order["shipment"],
        "fulfillmentCenterId": "ABE2",
        "fulfillmentShipmentStatus": "SHIPPED" if sent else "PENDING",
        "shippingDate": iso(book.shipped(order)),
        "estimatedArrivalDate": iso(book.arrives(order)),
        "fulfillmentShipmentItem": [
            {
                "sellerSku": line["sku"],
                "sellerFulfillmentOrderItemId": line["id"],
                "quantity": line["filled"],
                **({"packageNumber": order["package"]} if sent else {}),
            }
            for line in lines
        ],
        **({"fulfillmentShipmentPackage": [package]} if sent else {}),
    }


def track(call: Call) -> bytes:
    """Answer getPackageTrackingDetails."""
    number = call.get("packageNumber")
    kept = book.orders(call.store, call.world, call.account)
    order = book.by_package(kept, int(number), call.now)
    if order is None:
        raise not_found(f"package {number}")
    found = book.events(order, call.now)
    address = order["address"]
    place = {
        "city": address.get("city", ""), "state": address.get("stateOrRegion", ""), "country": address["countryCode"],
    }  # fmt: skip
    rows = [
        {"eventDate": iso(at), "eventAddress": place, "eventCode": event, "eventDescription": text}
        for at, _, event, text in reversed(found)
    ]
    payload = {
        "packageNumber": order["package"], "trackingNumber": order["tracking"], "carrierCode": "Amazon",
        "shipDate": iso(book.shipped(order)), "estimatedArrivalDate": iso(book.arrives(order)),
        "shipToAddress": place, "currentStatus": found[-1][1], "currentStatusDescription": found[-1][3],
        "trackingEvents": rows, "customerTrackingLink": "https://www.swiship.com/track",
    }  # fmt: skip
    return dump({"payload": payload})


# Returns


def reasons(call: Call) -> bytes:
    """Answer listReturnReasonCodes."""
    stocked(call, market_of(call, call.get("marketplaceId") or None), call.get("sellerSku"))
    rows = [{"returnReasonCode": k, "description": v, "translatedDescription": v} for k, v in _REASONS.items()]
    return dump({"payload": {"reasonCodeDetails": rows}})


def create_return(call: Call) -> bytes:
    """Answer createFulfillmentReturn: what was sent can be returned once; the rest is listed as invalid."""
    order = order_of(call, call.path["sellerFulfillmentOrderId"])
    taken: list[Record] = []
    wrong: list[Record] = []
    for item in call.body["items"]:
        why = _wrong_return(call, order, item)
        if why:
            reason = {"invalidItemReasonCode": why[0], "description": why[1]}
            keys = {k: item[k] for k in ("sellerReturnItemId", "sellerFulfillmentOrderItemId")}
            wrong.append({**keys, "invalidItemReason": reason})
        else:
            made = {**item, "asked": int(call.now), "authorisation": call.store.uuid("outbound-return")}
            order["returns"].append(made)
            taken.append(made)
    payload = {
        "returnItems": [_return(call, r) for r in taken],
        "invalidReturnItems": wrong,
        "returnAuthorizations": [_authorisation(order, r) for r in taken],
    }
    return dump({"payload": payload})


def _wrong_return(call: Call, order: Record, item: Record) -> tuple[str, str] | None:
    """Return (code, sentence) why an item cannot be returned, None if it can."""
    line = next((line for line in order["lines"] if line["id"] == item["sellerFulfillmentOrderItemId"]), None)
    if line is None or item["returnReasonCode"] not in _REASONS:
        return "InvalidValues", "The order has no such item, or there is no such reason."
    if any(r["sellerReturnItemId"] == item["sellerReturnItemId"] for r in order["returns"]):
        return "DuplicateRequest", "An item of this id is being returned."
    if not book.is_sent(order, call.now) or item["amazonShipmentId"] != order["shipment"]:
        return "NoCompletedShipItems", "The item has not been sent in this shipment."
    if sum(r["sellerFulfillmentOrderItemId"] == line["id"] for r in order["returns"]) >= line["filled"]:
        return "NoReturnableQuantity", "All of this item is being returned."
    return None


def _return(call: Call, item: Record) -> Record:
    status = book.returned(item, call.now)
    processed = {"returnReceivedCondition": "Sellable", "fulfillmentCenterId": "ABE2"} if status != "New" else {}
    return {
        "sellerReturnItemId": item["sellerReturnItemId"],
        "sellerFulfillmentOrderItemId": item["sellerFulfillmentOrderItemId"],
        "amazonShipmentId": item["amazonShipmentId"],
        "sellerReturnReasonCode": item["returnReasonCode"],
        "status": status,
        "statusChangedDate": iso(item["asked"] + (7 * DAY if status != "New" else 0)),
        "returnAuthorizationId": item["authorisation"],
        **given(returnComment=item.get("returnComment")),
        **processed,
    }


def _authorisation(order: Record, item: Record) -> Record:
    centre = {
        "name": "Amazon Returns", "addressLine1": "1 Fulfillment Way", "city": "Breinigsville", "stateOrRegion": "PA",
        "postalCode": "18031", "countryCode": MARKETS[order["market"]].place.country,
    }  # fmt: skip
    return {
        "returnAuthorizationId": item["authorisation"],
        "fulfillmentCenterId": "ABE2",
        "returnToAddress": centre,
        "amazonRmaId": item["authorisation"][:8].upper(),
        "rmaPageURL": f"https://www.example.com/rma/{item['authorisation']}",
    }


# Features


def features(call: Call) -> bytes:
    """Answer getFeatures."""
    call.market("marketplaceId", call.get("marketplaceId"))
    rows = [
        {"featureName": name, "featureDescription": text, "sellerEligible": True}
        for name, (text, _) in _FEATURES.items()
    ]
    return dump({"payload": {"features": rows}})


def _eligible(call: Call, sku: Sku) -> bool:
    """Tell whether a SKU has the feature of the path."""
    return sku.channel == AFN and sku.number % _every(call) == 0


def _every(call: Call) -> int:
    name = call.path["featureName"]
    if name not in _FEATURES:
        raise invalid(f"featureName: there is no {name}.")
    return _FEATURES[name][1]


def _feature_sku(sku: Sku) -> Record:
    return {"sellerSku": sku.code, "fnSku": sku.fnsku, "asin": sku.asin, "skuCount": sku.stock}


def feature_inventory(call: Call) -> bytes:
    """Answer getFeatureInventory: the SKUs in stock that have the feature."""
    market = call.market("marketplaceId", call.get("marketplaceId"))
    _every(call)
    rows = [row.sku for row in Shop.of(call).every(market) if row.sku.stock and _eligible(call, row.sku)]
    start, size = call.position or 0, 50
    shown = [{**_feature_sku(s), "overlappingSkus": []} for s in rows[start : start + size]]
    payload: Record = {
        "marketplaceId": call.get("marketplaceId"), "featureName": call.path["featureName"], "featureSkus": shown,
    }  # fmt: skip
    if len(rows) > start + size:
        payload["nextToken"] = call.pages.token(call, start + size)
    return dump({"payload": payload})


def feature_sku(call: Call) -> bytes:
    """Answer getFeatureSKU."""
    market = call.market("marketplaceId", call.get("marketplaceId"))
    _every(call)
    listing = Shop.of(call).listing(call.path["sellerSku"], market)
    if listing is None:
        raise not_found(f"SKU {call.path['sellerSku']}")
    eligible = _eligible(call, listing.sku)
    payload: dict[str, Any] = {
        "marketplaceId": call.get("marketplaceId"), "featureName": call.path["featureName"], "isEligible": eligible,
        **_feature_sku(listing.sku), **({} if eligible else {"ineligibleReasons": ["NOT_ELIGIBLE"]}),
    }  # fmt: skip
    return dump({"payload": payload})


API = "fulfillmentOutbound_2020-07-01"
HANDLERS: dict[str, Handler] = {
    f"{API}.getFulfillmentPreview": preview,
    f"{API}.deliveryOffers": delivery_offers,
    f"{API}.createFulfillmentOrder": create,
    f"{API}.updateFulfillmentOrder": update,
    f"{API}.cancelFulfillmentOrder": cancel,
    f"{API}.listAllFulfillmentOrders": list_orders,
    f"{API}.getFulfillmentOrder": get_order,
    f"{API}.getPackageTrackingDetails": track,
    f"{API}.listReturnReasonCodes": reasons,
    f"{API}.createFulfillmentReturn": create_return,
    f"{API}.getFeatures": features,
    f"{API}.getFeatureInventory": feature_inventory,
    f"{API}.getFeatureSKU": feature_sku,
}
