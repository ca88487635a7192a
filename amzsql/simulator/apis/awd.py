"""Amazon Warehousing and Distribution: what is sent there, kept there, and sent on to Amazon's warehouses.

Orders in, orders out and replenishments are drafts until they are confirmed; then they move with the clock. Stock is
the world's. What is not known of an order is left out.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from amzsql.simulator.call import Call, Handler, Reply, dump, invalid, iso
from amzsql.simulator.resources import Record, find, given, listed, seeded
from amzsql.simulator.store import Records
from amzsql.simulator.world import AFN, DAY, Sku

from . import labels
from .assortment import Shop

_IN, _OUT, _REPLENISH = "awd-inbound", "awd-outbound", "awd-replenishment"
_REGIONS = {"NA": "us-west", "EU": "eu-central", "FE": "jp-east"}
# Days after a shipment left -> its status.
_ROAD = ((0, "SHIPPED"), (2, "IN_TRANSIT"), (5, "DELIVERED"), (6, "RECEIVING"), (9, "CLOSED"))
_SENT = ((0, "CREATED"), (1, "IN_TRANSIT"), (4, "DELIVERED"), (5, "RECEIVING"), (7, "RECEIVED"))
_PAGE = 25
_CHECKED = 60


def _address(call: Call) -> Record:
    street, city, state, postcode = call.account.address
    return {
        "name": call.account.business, "addressLine1": street, "city": city, "stateOrRegion": state,
        "postalCode": postcode, "countryCode": call.account.home.country,
    }  # fmt: skip


def _warehouse(call: Call) -> Record:
    country = call.account.home.country
    return {"name": "AWD", "addressLine1": "2 Storage Road", "stateOrRegion": "", "countryCode": country}


def _products(packages: Iterable[Record]) -> dict[str, int]:
    """Return the units of each SKU in packages, which may hold packages."""
    found: dict[str, int] = {}
    for entry in packages:
        contents = entry["distributionPackage"]["contents"]
        inner = _products(contents.get("packages", ()))
        for product in contents.get("products", ()):
            inner[product["sku"]] = inner.get(product["sku"], 0) + product["quantity"]
        for sku, units in inner.items():
            found[sku] = found.get(sku, 0) + units * entry["count"]
    return found


def _check_skus(call: Call, codes: Iterable[str]) -> None:
    for code in codes:
        if Shop.of(call).listing(code, call.world.markets[0]) is None:
            raise invalid(f"sku: {code} is no SKU of this seller.")


def _rows(call: Call, rows: Iterable[Record], changed: Callable[[Record], int]) -> list[Record]:
    """Return the rows that changed in the time that is asked for, the latest first unless asked otherwise."""
    after, before = call.time("updatedAfter"), call.time("updatedBefore")
    found = [r for r in rows if (after is None or changed(r) >= after) and (before is None or changed(r) <= before)]
    return sorted(found, key=lambda r: (changed(r), r["id"]), reverse=call.get("sortOrder") != "ASCENDING")


# Orders in


def _inbound(call: Call) -> Records:
    return seeded(call.store, _IN, functools.partial(_begin_inbound, call))


def _begin_inbound(call: Call) -> None:
    """Make the orders of the last months; the last is a draft."""
    skus = _kept(call)
    for n in range(8):
        r = call.world.draws("awd", n)
        made = call.world.end - (8 - n) * 6 * DAY + r[0] % DAY
        contents = {"products": [{"sku": skus[r[1] % len(skus)].code, "quantity": 12}]}
        box = {"contents": contents, "measurements": _MEASURES, "type": "CASE"}
        body = {"originAddress": _address(call), "packagesToInbound": [{"count": 4, "distributionPackage": box}]}
        order = _add_inbound(call, body, made)
        if n < 7:
            order["confirmed"] = made + 3600


_WRITTEN = ("originAddress", "packagesToInbound", "externalReferenceId", "preferences")
_MEASURES = {"weight": {"unitOfMeasurement": "POUNDS", "weight": 20.0}}


def _add_inbound(call: Call, body: Record, now: int) -> Record:
    key, shipment = call.store.uuid(_IN), "STAR-" + call.store.text("awd-shipment", 10).upper()
    made = {
        "id": key, "body": body, "created": now, "updated": now, "confirmed": None, "cancelled": None,
        "shipment": shipment, "transport": None,
    }  # fmt: skip
    call.store.records(_IN)[key] = made
    return made


def _inbound_status(order: Record, now: float) -> str:
    if order["cancelled"] is not None:
        return "CANCELLED"
    if order["confirmed"] is None:
        return "DRAFT"
    if now < order["confirmed"] + _CHECKED:
        return "VALIDATING"
    return "CLOSED" if _shipment_status(order, now) == "CLOSED" else "CONFIRMED"


def _shipment_status(order: Record, now: float) -> str:
    """Return the status of an order's shipment: it leaves a day after the order was confirmed."""
    if order["cancelled"] is not None:
        return "CANCELLED"
    left = order["confirmed"] + DAY
    return ["CREATED", *(name for days, name in _ROAD if now >= left + days * DAY)][-1]


def _inbound_changed(order: Record, now: float) -> int:
    if order["confirmed"] is None or order["cancelled"] is not None:
        return int(order["updated"])
    moved = [order["confirmed"] + DAY + days * DAY for days, _ in _ROAD]
    return int(max([order["updated"], order["confirmed"], *(m for m in moved if m <= now)]))


def create_inbound(call: Call) -> bytes:
    """Answer createInbound."""
    _check_skus(call, _products(call.body["packagesToInbound"]))
    _inbound(call)
    return dump({"orderId": _add_inbound(call, call.body, int(call.now))["id"]})


def _inbound_of(call: Call) -> Record:
    return find(_inbound(call), "inbound order", call.path["orderId"])


def _draft(call: Call) -> Record:
    found = _inbound_of(call)
    current = _inbound_status(found, call.now)
    if current != "DRAFT":
        raise invalid(f"The inbound order is {current}.")
    found["updated"] = int(call.now)
    return found


def get_inbound(call: Call) -> bytes:
    """Answer getInbound."""
    found = _inbound_of(call)
    region = found["body"].get("preferences", {}).get("destinationRegion", _REGIONS[call.account.region])
    destination: Record = {"destinationRegion": region, "destinationAddress": _warehouse(call)}
    if found["confirmed"] is not None:
        destination["shipmentId"] = found["shipment"]
    return dump(
        {
            "orderId": found["id"],
            "orderStatus": _inbound_status(found, call.now),
            **found["body"],
            "createdAt": iso(found["created"]),
            "updatedAt": iso(_inbound_changed(found, call.now)),
            "destinationDetails": destination,
        }
    )


def update_inbound(call: Call) -> Reply:
    """Answer updateInbound: a draft is written anew."""
    _check_skus(call, _products(call.body["packagesToInbound"]))
    _draft(call)["body"] = {k: call.body[k] for k in _WRITTEN if k in call.body}
    return Reply(b"")


def confirm_inbound(call: Call) -> Reply:
    """Answer confirmInbound: from now on there is a shipment."""
    _draft(call)["confirmed"] = int(call.now)
    return Reply(b"")


def cancel_inbound(call: Call) -> Reply:
    """Answer cancelInbound, while nothing has left."""
    found = _inbound_of(call)
    gone = found["confirmed"] is not None and _shipment_status(found, call.now) != "CREATED"
    if gone or found["cancelled"] is not None:
        raise invalid(f"The inbound order is {_inbound_status(found, call.now)}.")
    found["cancelled"] = found["updated"] = int(call.now)
    return Reply(b"")


def check_eligibility(call: Call) -> bytes:
    """Answer checkInboundEligibility: packages of the seller's own SKUs are eligible."""
    rows = [_eligibility(call, p) for p in call.body["packagesToInbound"]]
    whole = "ELIGIBLE" if all(r["status"] == "ELIGIBLE" for r in rows) else "INELIGIBLE"
    return dump({"packagesToInbound": rows, "previewedAt": iso(int(call.now)), "status": whole})


def _eligibility(call: Call, package: Record) -> Record:
    market = call.world.markets[0]
    wrong = [c for c in _products([package]) if Shop.of(call).listing(c, market) is None]
    reasons = [{"code": "SKU_NOT_FOUND", "description": f"{c} is no SKU of this seller."} for c in wrong]
    status = "INELIGIBLE" if wrong else "ELIGIBLE"
    return {"packageQuantity": package, "status": status, **given(ineligibilityReasons=reasons or None)}


# Shipments in


def _shipped(call: Call) -> list[Record]:
    return [o for o in _inbound(call).values() if o["confirmed"] is not None]


def _shipment_of(call: Call) -> Record:
    by_id = {o["shipment"]: o for o in _shipped(call)}
    return find(by_id, "inbound shipment", call.path["shipmentId"])


def list_shipments(call: Call) -> bytes:
    """Answer listInboundShipments."""
    wanted = call.get("shipmentStatus")
    found = [o for o in _shipped(call) if wanted in ("", _shipment_status(o, call.now))]
    by_creation = call.get("sortBy") == "CREATED_AT"
    rows = _rows(call, found, lambda o: _inbound_changed(o, call.now))
    if by_creation:
        rows.sort(key=lambda o: (o["created"], o["id"]), reverse=call.get("sortOrder") != "ASCENDING")
    return listed(call, rows, lambda o: _shipment_summary(call, o), _PAGE)


def _shipment_summary(call: Call, order: Record) -> Record:
    return {
        "orderId": order["id"], "shipmentId": order["shipment"], "shipmentStatus": _shipment_status(order, call.now),
        "createdAt": iso(order["confirmed"]), "updatedAt": iso(_inbound_changed(order, call.now)),
        **given(externalReferenceId=order["body"].get("externalReferenceId")),
    }  # fmt: skip


def get_shipment(call: Call) -> bytes:
    """Answer getInboundShipment; the quantities of SKUs only where they are asked for."""
    order = _shipment_of(call)
    status, body = _shipment_status(order, call.now), order["body"]
    share = {"RECEIVING": 0.5, "CLOSED": 1.0}.get(status, 0.0)
    products = _products(body["packagesToInbound"])
    rows = [
        {"sku": c, "expectedQuantity": _units(units), "receivedQuantity": _units(int(units * share))}
        for c, units in products.items()
    ]
    shown: Record = {
        **_shipment_summary(call, order),
        "originAddress": body["originAddress"],
        "destinationAddress": _warehouse(call),
        "destinationRegion": _REGIONS[call.account.region],
        "shipmentContainerQuantities": body["packagesToInbound"],
        "receivedQuantity": [_units(sum(int(u * share) for u in products.values()))],
        "shipBy": iso(order["confirmed"] + 7 * DAY),
    }
    if call.get("skuQuantities") == "SHOW":
        shown["shipmentSkuQuantities"] = rows
    if order["transport"] is not None:
        first = order["transport"]["trackingDetails"][0]
        shown |= {"trackingId": first["bookingId"], **given(carrierCode=first.get("carrierCode"))}
    return dump(shown)


def _units(count: int) -> Record:
    return {"quantity": count, "unitOfMeasurement": "PRODUCT_UNITS"}


def transport(call: Call) -> Reply:
    """Answer updateInboundShipmentTransportDetails."""
    order = _shipment_of(call)
    if not call.body["trackingDetails"]:
        raise invalid("trackingDetails: one must be given.")
    order["transport"], order["updated"] = call.body, int(call.now)
    return Reply(b"")


def shipment_labels(call: Call) -> bytes:
    """Answer getInboundShipmentLabels."""
    order = _shipment_of(call)
    return dump({"labelStatus": "GENERATED", "labelDownloadURL": labels.url(call, order["shipment"])})


def label_pages(call: Call) -> bytes:
    """Answer getLabelPageTypes."""
    _shipment_of(call)
    return dump({"labelStatus": "GENERATED", "pageTypes": ["PLAIN_PAPER", "LETTER_2", "THERMAL"]})


# Stock


def _kept(call: Call) -> list[Sku]:
    """Return the SKUs that are kept there: every fourth of those that Amazon ships."""
    return [s for s in call.world.skus() if s.channel == AFN and s.number % 4 == 0]


def list_inventory(call: Call) -> bytes:
    """Answer listInventory."""
    rows = [s for s in _kept(call) if call.get("sku") in ("", s.code)]
    rows.sort(key=lambda s: s.code, reverse=call.get("sortOrder") == "DESCENDING")
    coming: dict[str, int] = {}
    for order in _shipped(call):
        if _shipment_status(order, call.now) not in ("CLOSED", "CANCELLED"):
            for code, units in _products(order["body"]["packagesToInbound"]).items():
                coming[code] = coming.get(code, 0) + units
    return listed(call, rows, lambda s: _stock(call, s, coming.get(s.code, 0)), _PAGE)


def _stock(call: Call, sku: Sku, coming: int) -> Record:
    r = call.world.draws("awd-stock", sku.number)
    whole = 100 + r[0] % 900
    shown: Record = {"sku": sku.code, "totalOnhandQuantity": whole, "totalInboundQuantity": coming}
    if call.get("details") == "SHOW":
        reserved = r[1] % 100
        shown["inventoryDetails"] = {
            "availableDistributableQuantity": whole - reserved, "reservedDistributableQuantity": reserved,
            "replenishmentQuantity": r[2] % 50,
        }  # fmt: skip
    return shown


# Orders out, and replenishments


def _outgoing(call: Call, kind: str) -> Records:
    return seeded(call.store, kind, functools.partial(_begin_outgoing, call, kind))


def _begin_outgoing(call: Call, kind: str) -> None:
    skus = _kept(call)
    for n in range(6):
        r = call.world.draws(kind, n)
        made = call.world.end - (6 - n) * 7 * DAY + r[0] % DAY
        order = _add_outgoing(call, kind, [{"sku": skus[r[1] % len(skus)].code, "quantity": 24}], {}, made)
        if n < 5:
            order["confirmed"] = made + 3600


def _add_outgoing(call: Call, kind: str, products: list[Record], body: Record, now: int) -> Record:
    key, shipment = call.store.uuid(kind), "FBA" + call.store.text("awd-out", 9).upper()
    made = {
        "id": key, "products": products, "body": body, "created": now, "updated": now, "confirmed": None,
        "shipment": shipment,
    }  # fmt: skip
    call.store.records(kind)[key] = made
    return made


def _outgoing_status(order: Record, now: float) -> str:
    """Return a status: what was asked for is eligible a minute later, what was confirmed is sent a day later."""
    if order["confirmed"] is None:
        return "VALIDATING" if now < order["created"] + _CHECKED else "ELIGIBLE"
    if now < order["confirmed"] + DAY:
        return "CONFIRMED" if now < order["confirmed"] + _CHECKED else "EXECUTING"
    return "SUCCESS" if now >= order["confirmed"] + 8 * DAY else "INVENTORY_OUTBOUND"


def _outgoing_changed(order: Record, now: float) -> int:
    begun = order["confirmed"]
    moved = [order["created"] + _CHECKED] if begun is None else [begun + _CHECKED, begun + DAY, begun + 8 * DAY]
    return int(max([order["updated"], *(m for m in moved if m <= now)]))


def _create(call: Call, kind: str) -> bytes:
    body: Record = call.body or {}
    wanted = [*body.get("products", ()), *body.get("productsToOutbound", ())]
    packed = _products(body.get("packagesToOutbound", ()))
    if not wanted and not packed:
        raise invalid("An order names products or packages.")
    _check_skus(call, [*(p["sku"] for p in wanted), *packed])
    _outgoing(call, kind)
    products = [*wanted, *({"sku": c, "quantity": q} for c, q in packed.items())]
    return dump({"orderId": _add_outgoing(call, kind, products, body, int(call.now))["id"]})


def _find(call: Call, kind: str) -> Record:
    return find(_outgoing(call, kind), "order", call.path["orderId"])


def _confirm(call: Call, kind: str) -> Reply:
    found = _find(call, kind)
    current = _outgoing_status(found, call.now)
    if current != "ELIGIBLE":
        raise invalid(f"The order is {current}.")
    found["confirmed"] = found["updated"] = int(call.now)
    return Reply(b"")


def _list(call: Call, kind: str, show: Callable[[Call, Record], Record]) -> bytes:
    rows = _rows(call, _outgoing(call, kind).values(), lambda o: _outgoing_changed(o, call.now))
    return listed(call, rows, lambda o: show(call, o), _PAGE)


def _times(call: Call, order: Record) -> Record:
    confirmed = order["confirmed"]
    return {
        "orderId": order["id"], "createdAt": iso(order["created"]),
        "updatedAt": iso(_outgoing_changed(order, call.now)),
        **given(confirmedOn=iso(confirmed) if confirmed is not None else None),
    }  # fmt: skip


def _shipments(call: Call, order: Record, whole: bool) -> list[Record]:
    """Return the shipment of an order that was sent."""
    if order["confirmed"] is None or call.now < order["confirmed"] + DAY:
        return []
    left = order["confirmed"] + DAY
    status = [name for days, name in _SENT if call.now >= left + days * DAY][-1]
    shown: Record = {
        "orderId": order["id"], "shipmentId": order["shipment"], "shipmentStatus": status, "createdAt": iso(left),
        "updatedAt": iso(_outgoing_changed(order, call.now)),
    }  # fmt: skip
    if whole:
        products = [{"sku": p["sku"], "quantity": p["quantity"]} for p in order["products"]]
        places = {"originAddress": _warehouse(call), "destinationAddress": {**_warehouse(call), "name": "PHX7"}}
        shown |= {**places, "shipmentProductQuantities": products}
    return [shown]


def _outbound_order(call: Call, order: Record) -> Record:
    sent = _shipments(call, order, True)
    status = _outgoing_status(order, call.now)
    eligible = {} if status == "VALIDATING" else {"eligibleProductsToOutbound": order["products"]}
    return {
        **_times(call, order), "orderStatus": status, "productsToOutbound": order["products"], **eligible,
        **{k: order["body"][k] for k in ("packagesToOutbound", "orderPreferences") if k in order["body"]},
        "outboundShipments": sent, **({"shippedOutboundProducts": order["products"]} if sent else {}),
    }  # fmt: skip


def _replenishment(call: Call, order: Record) -> Record:
    sent = _shipments(call, order, False)
    status = _outgoing_status(order, call.now)
    eligible = {} if status == "VALIDATING" else {"eligibleProducts": order["products"]}
    return {
        **_times(call, order), "status": status, "products": order["products"], **eligible, "outboundShipments": sent,
        **({"shippedProducts": order["products"]} if sent else {}),
    }  # fmt: skip


def update_outbound(call: Call) -> bytes:
    """Answer updateOutbound: what is not yet confirmed is written anew and judged again."""
    found = _find(call, _OUT)
    if found["confirmed"] is not None:
        raise invalid(f"The order is {_outgoing_status(found, call.now)}.")
    body: Any = call.body or {}
    products = [*body.get("productsToOutbound", ())]
    products += [{"sku": c, "quantity": q} for c, q in _products(body.get("packagesToOutbound", ())).items()]
    _check_skus(call, (p["sku"] for p in products))
    found.update(body=body, products=products or found["products"], updated=int(call.now))
    return dump({"orderId": found["id"]})


_API = "awd_2024-05-09"
HANDLERS: dict[str, Handler] = {
    f"{_API}.createInbound": create_inbound,
    f"{_API}.getInbound": get_inbound,
    f"{_API}.updateInbound": update_inbound,
    f"{_API}.confirmInbound": confirm_inbound,
    f"{_API}.cancelInbound": cancel_inbound,
    f"{_API}.checkInboundEligibility": check_eligibility,
    f"{_API}.listInboundShipments": list_shipments,
    f"{_API}.getInboundShipment": get_shipment,
    f"{_API}.updateInboundShipmentTransportDetails": transport,
    f"{_API}.getInboundShipmentLabels": shipment_labels,
    f"{_API}.getLabelPageTypes": label_pages,
    f"{_API}.listInventory": list_inventory,
    f"{_API}.createOutbound": lambda call: _create(call, _OUT),
    f"{_API}.getOutbound": lambda call: dump(_outbound_order(call, _find(call, _OUT))),
    f"{_API}.listOutbounds": lambda call: _list(call, _OUT, _outbound_order),
    f"{_API}.updateOutbound": update_outbound,
    f"{_API}.confirmOutbound": lambda call: _confirm(call, _OUT),
    f"{_API}.createReplenishmentOrder": lambda call: _create(call, _REPLENISH),
    f"{_API}.getReplenishmentOrder": lambda call: dump(_replenishment(call, _find(call, _REPLENISH))),
    f"{_API}.listReplenishmentOrders": lambda call: _list(call, _REPLENISH, _replenishment),
    f"{_API}.confirmReplenishmentOrder": lambda call: _confirm(call, _REPLENISH),
}
