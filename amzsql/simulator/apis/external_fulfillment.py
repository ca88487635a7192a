"""External Fulfillment: the shipments, returns and stock of a location that ships for Amazon's orders elsewhere.

A shipment is confirmed or rejected, packed, labelled and sent by the seller, and delivered by the clock. What is not
known of a shipment or return (addresses, charges, requirements) is made from its id.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from amzsql.simulator.call import Call, Handler, Reply, dump, invalid, iso, not_found
from amzsql.simulator.resources import Record, fill, find, given, listed, seeded
from amzsql.simulator.store import Records
from amzsql.simulator.world import DAY, MARKETS, MFN

from . import labels

_SHIPMENTS, _RETURNS, _STOCK = "external-shipment", "external-return", "external-stock"
_LOCATIONS = ("LOC-SEATTLE", "LOC-PORTLAND")
_DELIVERED = 3 * DAY


# Shipments


def _shipments(call: Call) -> Records:
    return seeded(call.store, _SHIPMENTS, functools.partial(_begin_shipments, call))


def _begin_shipments(call: Call) -> None:
    """Make the shipments of the last weeks; the latest wait to be confirmed, the others were sent."""
    market = call.world.markets[0]
    skus = [s for s in call.world.skus() if s.channel == MFN and call.world.sold_in(s.number, market)]
    for n in range(16):
        r = call.world.draws("external", n)
        made = call.world.end - (16 - n) * 2 * DAY + r[0] % DAY - DAY
        key = call.store.uuid(_SHIPMENTS)
        lines = [{"id": f"{key[:8]}-1", "sku": skus[r[1] % len(skus)].code, "units": 1 + r[2] % 3, "rejected": 0}]
        record: Record = {
            "id": key, "location": _LOCATIONS[n % 2], "market": market, "lines": lines, "created": made,
            "updated": made, "status": "ACCEPTED", "packages": {}, "sent": None, "invoice": None, "reason": None,
        }  # fmt: skip
        if n < 10:
            record["sent"] = record["updated"] = made + DAY // 2
            package = {"id": "1", "status": "SHIPPED", "label": None, **_plain_package(lines)}
            record["packages"] = {"1": package}
        call.store.records(_SHIPMENTS)[key] = record


def _plain_package(lines: list[Record]) -> Record:
    size = {"value": "20", "dimensionUnit": "CM"}
    return {
        "dimensions": {"length": size, "width": size, "height": size},
        "weight": {"value": "500", "weightUnit": "G"},
        "packageLineItems": [{"packageLineItemId": line["id"], "quantity": line["units"]} for line in lines],
    }


def _status(shipment: Record, now: float) -> str:
    if shipment["sent"] is None:
        return str(shipment["status"])
    return "DELIVERED" if now >= shipment["sent"] + _DELIVERED else "SHIPPED"


def _changed(shipment: Record, now: float) -> int:
    sent = shipment["sent"]
    return int(sent + _DELIVERED) if sent is not None and now >= sent + _DELIVERED else int(shipment["updated"])


def _between(call: Call, after: str, before: str) -> Callable[[float], bool]:
    """Return the filter by a pair of time parameters."""
    since, until = call.time(after), call.time(before)
    return lambda at: (since is None or at >= since) and (until is None or at <= until)


def list_shipments(call: Call) -> bytes:
    """Answer getShipments: those in a state, the latest changed first."""
    within = _between(call, "lastUpdatedAfter", "lastUpdatedBefore")
    rows = [
        s
        for s in _shipments(call).values()
        if _status(s, call.now) == call.get("status")
        and call.get("locationId") in ("", s["location"])
        and call.get("marketplaceId") in ("", MARKETS[s["market"]].place.id)
        and call.get("channelName") in ("", "MFN")
        and within(_changed(s, call.now))
    ]
    rows.sort(key=lambda s: (-_changed(s, call.now), s["id"]))
    return listed(call, rows, lambda s: _shown(call, s))


def get_shipment(call: Call) -> bytes:
    """Answer getShipment."""
    return dump(_shown(call, _found(call)))


def _found(call: Call) -> Record:
    return find(_shipments(call), "shipment", call.path["shipmentId"])


def _shown(call: Call, shipment: Record) -> Record:
    units = sum(line["units"] for line in shipment["lines"])
    lines = [
        fill(
            call, "ShipmentLineItem", line["id"], shipmentLineItemId=line["id"], merchantSku=line["sku"],
            numberOfUnits=line["units"], cancellations=_cancellations(shipment, line),
        )
        for line in shipment["lines"]
    ]  # fmt: skip
    info = fill(call, "ShipmentInfo", f"{shipment['id']} info", numberOfUnits=units, shipmentType="NEW")
    info.pop("originalShipmentInfo", None)
    hidden = ("subStatus", "reason", "invoiceInfo", "packages")
    made = fill(call, "Shipment", shipment["id"])
    place = {"marketplaceId": MARKETS[shipment["market"]].place.id, "channelName": "MFN"}
    packages = [_package(shipment, p, call.now) for p in shipment["packages"].values()]
    return {
        **{k: v for k, v in made.items() if k not in hidden},
        "id": shipment["id"],
        "locationId": shipment["location"],
        "marketplaceAttributes": {**place, "merchantId": call.world.seller_id},
        "shipmentInfo": info,
        "status": _status(shipment, call.now),
        "lineItems": lines,
        "creationDateTime": iso(shipment["created"]),
        "lastUpdatedDateTime": iso(_changed(shipment, call.now)),
        **given(packages=packages or None, reason=shipment["reason"], invoiceInfo=_invoice_info(shipment)),
    }


def _cancellations(shipment: Record, line: Record) -> list[Record]:
    if not line["rejected"]:
        return []
    at, kind = iso(shipment["updated"]), "SELLER_REJECTED"
    return [{"cancelledQuantity": line["rejected"], "cancelledTimestamp": at, "cancellationType": kind}]


def _invoice_info(shipment: Record) -> Record | None:
    made = shipment["invoice"]
    return None if made is None else {"invoiceId": f"INV-{shipment['id'][:8]}", "creationDateTime": iso(made)}


def _package(shipment: Record, package: Record, now: float) -> Record:
    shown = {k: v for k, v in package.items() if k != "label"}
    return {**shown, "status": _status(shipment, now) if package["status"] == "SHIPPED" else package["status"]}


def _touch(call: Call, *states: str) -> Record:
    """Return the shipment of the path for a change; refuse one that is in no state for it."""
    found = _found(call)
    current = _status(found, call.now)
    if current not in states:
        raise invalid(f"The shipment is {current}.")
    found["updated"] = int(call.now)
    return found


def process(call: Call) -> Reply:
    """Answer processShipment: what is rejected is cancelled, the rest confirmed."""
    found = _touch(call, "CREATED", "ACCEPTED")
    if call.get("operation") == "CONFIRM":
        found["status"] = "CONFIRMED"
        return Reply(b"")
    lines = {line["id"]: line for line in found["lines"]}
    for asked in (call.body or {}).get("lineItems", ()):
        line = lines.get(asked["lineItem"]["id"])
        if line is None:
            raise invalid(f"lineItems: the shipment has no line {asked['lineItem']['id']}.")
        line["rejected"] = min(line["units"], asked["lineItem"].get("quantity", line["units"]))
        found["reason"] = asked.get("reason")
    found["status"] = "CANCELLED"
    return Reply(b"")


def create_packages(call: Call) -> Reply:
    """Answer createPackages: all units of a confirmed shipment, in packages of different ids."""
    found = _touch(call, "CONFIRMED", "PACKAGE_CREATED")
    packages = call.body["packages"]
    held: dict[str, int] = {}
    for item in (i for p in packages for i in p["packageLineItems"]):
        held[item["packageLineItemId"]] = held.get(item["packageLineItemId"], 0) + item["quantity"]
    if held != {line["id"]: line["units"] for line in found["lines"]}:
        raise invalid("packages: they do not hold the units of the shipment.")
    if len({p["id"] for p in packages}) < len(packages):
        raise invalid("packages: each id is given once.")
    found["packages"] = {p["id"]: {**p, "status": "CREATED", "label": None} for p in packages}
    found["status"] = "PACKAGE_CREATED"
    return Reply(b"")


def update_package(call: Call) -> Reply:
    """Answer updatePackage."""
    found = _touch(call, "PACKAGE_CREATED", "PICKUP_SLOT_RETRIEVED", "INVOICE_GENERATED")
    kept = find(found["packages"], "package", call.path["packageId"])
    kept.update({k: v for k, v in call.body.items() if k not in ("id", "status")})
    return Reply(b"")


def update_package_status(call: Call) -> Reply:
    """Answer updatePackageStatus: when the last package is sent, so is the shipment."""
    found = _touch(call, "SHIPLABEL_GENERATED")
    find(found["packages"], "package", call.path["packageId"])["status"] = "SHIPPED"
    if all(p["status"] == "SHIPPED" for p in found["packages"].values()):
        found["sent"] = int(call.now)
    return Reply(b"")


def options(call: Call) -> bytes:
    """Answer retrieveShippingOptions."""
    found = _touch(call, "PACKAGE_CREATED", "PICKUP_SLOT_RETRIEVED", "INVOICE_GENERATED")
    find(found["packages"], "package", call.get("packageId"))
    found["status"] = "PICKUP_SLOT_RETRIEVED" if found["invoice"] is None else found["status"]
    rows = [_option(call, n) for n in (1, 2)]
    return dump({"shippingOptions": rows, "recommendedShippingOption": rows[0]})


def _option(call: Call, number: int) -> Record:
    start = int(call.now) // DAY * DAY + number * DAY + 10 * 3600
    window = {"startTime": start, "endTime": start + 4 * 3600, "handoverMethod": "PICKUP"}
    key = f"option-{number}"
    return {"shippingOptionId": key, "shipBy": "MARKETPLACE", "carrierName": "Amazon", "pickupWindow": window}


def generate_invoice(call: Call) -> bytes:
    """Answer generateInvoice."""
    found = _touch(call, "PACKAGE_CREATED", "PICKUP_SLOT_RETRIEVED", "INVOICE_GENERATED")
    found["invoice"], found["status"] = int(call.now), "INVOICE_GENERATED"
    return dump({"document": _invoice(found)})


def retrieve_invoice(call: Call) -> bytes:
    """Answer retrieveInvoice."""
    found = _found(call)
    if found["invoice"] is None:
        raise not_found(f"invoice of shipment {found['id']}")
    return dump({"document": _invoice(found)})


def _invoice(shipment: Record) -> Record:
    content = base64.b64encode(labels.content(f"Invoice INV-{shipment['id'][:8]}")).decode()
    return {"format": "PDF", "content": content}


def ship_labels(call: Call) -> bytes:
    """Answer generateShipLabels: each package by itself; REGENERATE wants a label that is there."""
    again = call.get("operation") == "REGENERATE"
    states = ("PACKAGE_CREATED", "PICKUP_SLOT_RETRIEVED", "INVOICE_GENERATED", "SHIPLABEL_GENERATED")
    found = _touch(call, *states)
    body: Mapping[str, Any] = call.body or {}
    wanted = body.get("packageIds") or list(found["packages"])
    rows = []
    for key in wanted:
        package = find(found["packages"], "package", key)
        if again and package["label"] is None:
            raise invalid(f"Package {key} has no label.")
        own = body.get("courierSupportedAttributes")
        made = own or {"carrierName": "Amazon", "trackingId": "TBA" + call.store.text("external-tracking", 12).upper()}
        package["label"], package["status"] = made, "SHIPLABEL_GENERATED"
        file = {"url": labels.url(call, made["trackingId"])}
        rows.append({"packageId": key, "shipLabelMetadata": made, "fileData": file, "status": "SUCCESS"})
    if all(p["label"] for p in found["packages"].values()):
        found["status"] = "SHIPLABEL_GENERATED"
    return dump({"packageShipLabelList": rows})


# The sandbox


def create_shipment(call: Call) -> bytes:
    """Answer createSandboxShipment: one that waits to be confirmed, of one line or two."""
    body, kept = call.body, _shipments(call)
    market, key = call.market("marketplaceId", body["marketplaceId"]), call.store.uuid(_SHIPMENTS)
    count, units = (2 if body.get(n) == "MULTIPLE" else 1 for n in ("lineItemCount", "quantityCount"))
    codes = [s.code for s in call.world.skus() if s.channel == MFN and call.world.sold_in(s.number, market)][:count]
    now = int(call.now)
    kept[key] = {
        "id": key, "location": body["locationId"], "market": market, "created": now, "updated": now,
        "lines": [{"id": f"{key[:8]}-{n}", "sku": c, "units": units, "rejected": 0} for n, c in enumerate(codes, 1)],
        "status": "ACCEPTED", "packages": {}, "sent": None, "invoice": None, "reason": None,
    }  # fmt: skip
    return dump({"shipmentId": key})


def update_shipment(call: Call) -> Reply:
    """Answer updateSandboxShipment: sent, delivered or cancelled at once; what else may change is not known here."""
    found, status = _found(call), call.body.get("updates", {}).get("status")
    if status in ("SHIPPED", "DELIVERED"):
        found["sent"] = int(call.now) - (_DELIVERED if status == "DELIVERED" else 0)
    elif status == "CANCELLED":
        found["status"], found["sent"] = status, None
    found["updated"] = int(call.now)
    return Reply(b"")


# Returns


def _returns(call: Call) -> Records:
    return seeded(call.store, _RETURNS, functools.partial(_begin_returns, call))


def _begin_returns(call: Call) -> None:
    """Make returns of what was delivered."""
    for n, shipment in enumerate(s for s in _shipments(call).values() if s["sent"] is not None):
        if n % 2 == 0:
            key = call.store.uuid(_RETURNS)
            at = shipment["sent"] + _DELIVERED + DAY
            record = {"id": key, "shipment": shipment, "created": at, "rma": f"RMA-{key[:8]}"}
            call.store.records(_RETURNS)[key] = record


_WAY = ((0, "CREATED"), (1, "PICKED_FROM_CUSTOMER"), (2, "IN_TRANSIT"), (4, "DELIVERED"), (6, "PROCESSED"))


def _state(record: Record, now: float) -> tuple[str, int]:
    """Return a return's status and since when it has it."""
    found = [(name, record["created"] + days * DAY) for days, name in _WAY]
    return ([f for f in found if f[1] <= now] or found[:1])[-1]


def list_returns(call: Call) -> bytes:
    """Answer listReturns, the latest changed first."""
    created = _between(call, "createdSince", "createdUntil")
    changed = _between(call, "lastUpdatedSince", "lastUpdatedUntil")
    after = _between(call, "lastUpdatedAfter", "lastUpdatedBefore")
    rows = [
        r
        for r in _returns(call).values()
        if r["created"] <= call.now
        and call.get("status") in ("", _state(r, call.now)[0])
        and call.get("rmaId") in ("", r["rma"])
        and call.get("returnLocationId") in ("", r["shipment"]["location"])
        and created(r["created"])
        and changed(_state(r, call.now)[1])
        and after(_state(r, call.now)[1])
    ]
    rows.sort(key=lambda r: (-_state(r, call.now)[1], r["id"]))
    return listed(call, rows, lambda r: _return(call, r))


def get_return(call: Call) -> bytes:
    """Answer getReturn."""
    return dump(_return(call, find(_returns(call), "return", call.path["returnId"])))


def _return(call: Call, record: Record) -> Record:
    shipment, (status, since) = record["shipment"], _state(record, call.now)
    line, place = shipment["lines"][0], MARKETS[shipment["market"]].place
    details = {
        "marketplaceChannel": {"marketplaceName": place.id, "channelName": "MFN"}, "merchantId": call.world.seller_id,
        "shipmentId": shipment["id"], "returnLocationId": shipment["location"], "channelSku": line["sku"],
    }  # fmt: skip
    tracking = {"carrierName": "Amazon", "trackingId": f"TBA{record['id'][:8].upper()}"}
    return {
        "id": record["id"], "returnLocationId": shipment["location"], "merchantSku": line["sku"],
        "returnType": "CUSTOMER", "returnSubType": "NORMAL", "numberOfUnits": line["units"], "status": status,
        "fulfillmentLocationId": shipment["location"], "creationDateTime": iso(record["created"]),
        "lastUpdatedDateTime": iso(since), "marketplaceChannelDetails": details,
        "returnMetadata": {"returnReason": "UNWANTED_ITEM", "rmaId": record["rma"]},
        "returnShippingInfo": {"reverseTrackingInfo": tracking},
    }  # fmt: skip


# Stock


def inventory(call: Call) -> bytes:
    """Answer batchInventory: each request by itself, an update of the stock of a location or a look at it."""
    requests = (call.body or {}).get("requests")
    if not requests:
        raise invalid("requests: one at least must be given.")
    return dump({"responses": [_one(call, r) for r in requests]})


def _one(call: Call, request: Record) -> Record:
    path, _, rest = request["uri"].partition("?")
    query = {k: v[0] for k, v in parse_qs(rest).items()}
    location = query.get("locationId", "")
    sku = call.world.sku_by_code.get(query.get("skuId", ""))
    asked = request.get("body") or {}
    if sku is None or not location:
        wrong = {"actionableErrors": [{"errorType": "INVALID_REQUEST", "errorSubType": "UNKNOWN_SKU_OR_LOCATION"}]}
        return {"status": {"statusCode": 400, "reasonPhrase": "Bad Request"}, "body": wrong}
    kept = call.store.records(_STOCK).setdefault(f"{location} {sku.code}", {"quantity": sku.stock, "number": 0})
    number = asked.get("clientSequenceNumber", 0)
    # A request that was overtaken by a later one changes nothing.
    if path.endswith("update") and number >= kept["number"]:
        kept.update(quantity=asked.get("quantity", kept["quantity"]), number=number)
    body = {
        "clientSequenceNumber": kept["number"], "locationId": location, "skuId": sku.code,
        "sellableQuantity": kept["quantity"], "reservedQuantity": 0,
        **({"marketplaceAttributes": asked["marketplaceAttributes"]} if "marketplaceAttributes" in asked else {}),
    }  # fmt: skip
    return {"status": {"statusCode": 200, "reasonPhrase": "Success"}, "body": body}


_API = "externalFulfillmentShipments_2024-09-11"
HANDLERS: dict[str, Handler] = {
    f"{_API}.getShipments": list_shipments,
    f"{_API}.getShipment": get_shipment,
    f"{_API}.processShipment": process,
    f"{_API}.createPackages": create_packages,
    f"{_API}.updatePackage": update_package,
    f"{_API}.updatePackageStatus": update_package_status,
    f"{_API}.retrieveShippingOptions": options,
    f"{_API}.generateInvoice": generate_invoice,
    f"{_API}.retrieveInvoice": retrieve_invoice,
    f"{_API}.generateShipLabels": ship_labels,
    f"{_API}.createSandboxShipment": create_shipment,
    f"{_API}.updateSandboxShipment": update_shipment,
    "externalFulfillmentReturns_2024-09-11.listReturns": list_returns,
    "externalFulfillmentReturns_2024-09-11.getReturn": get_return,
    "externalFulfillmentInventory_2024-09-11.batchInventory": inventory,
}
