"""Vendor shipments: those that a vendor told of, those of the history, their confirmations and transport labels.

Owns the records of kinds "vendor-shipment" (as they were submitted, by the vendor's identifier) and
"vendor-confirmation". A purchase order that was acknowledged within the history was shipped in one shipment.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, iso, parse_time
from amzsql.simulator.reports.writers import pdf
from amzsql.simulator.world import DAY

from .vendor_book import Book, Standing, page, within
from .vendor_orders import quantity, ship_window
from .vendor_transactions import RETAIL, no_order, opened_for_each

SHIPMENT, CONFIRMATION = "vendor-shipment", "vendor-confirmation"
_STEPS = ("Created", "TransportationRequested", "CarrierAssigned", "Shipped")
_WAREHOUSES = ("HALW1", "HALW2")
Body = dict[str, Any]


# What is submitted


def submit_shipments(call: Call) -> bytes:
    """Answer SubmitShipments: new shipments, and those that are cancelled."""
    return opened_for_each(call, RETAIL, "shipments", _take)


def _take(call: Call, asked: Body, at: float) -> Iterator[str]:
    """Keep a shipment, unless something is wrong with it."""
    key, kept = asked["vendorShipmentIdentifier"], call.store.records(SHIPMENT)
    if asked["transactionType"] == "Cancel":
        if key not in kept:
            yield f"Shipment {key} is not known."
        elif kept[key].get("currentShipmentStatus") == "Shipped":
            yield f"Shipment {key} has been shipped."
        else:
            kept[key] = {**kept[key], "transactionType": "Cancel", "transactionDate": asked["transactionDate"]}
        return
    unknown = list(_unknown(call, at, (p.get("purchaseOrderNumber") for p in asked.get("purchaseOrders", ()))))
    yield from unknown
    if not unknown:
        created = {"shipmentCreateDate": iso(int(at)), "currentShipmentStatus": "Created"}
        kept[key] = {**created, "packageLabelCreateDate": iso(int(at)), **asked}


def _unknown(call: Call, at: float, numbers: Iterator[str | None]) -> Iterator[str]:
    """Yield what is wrong with purchase orders that a shipment or an invoice names."""
    book = Book(call.world, call.store, at)
    for number in numbers:
        if number is not None and book.find(number) is None:
            yield no_order(number)


def submit_confirmations(call: Call) -> bytes:
    """Answer SubmitShipmentConfirmations."""
    return opened_for_each(call, RETAIL, "shipmentConfirmations", _confirm)


def _confirm(call: Call, asked: Body, at: float) -> Iterator[str]:
    """Keep a confirmation; what it tells of a shipment that is known shows there."""
    key, kept = asked["shipmentIdentifier"], call.store.records(CONFIRMATION)
    items = (i.get("itemDetails") or {} for i in asked["shippedItems"])
    problems = list(_unknown(call, at, (i.get("purchaseOrderNumber") for i in items)))
    if (key in kept) != (asked["shipmentConfirmationType"] == "Replace"):
        problems.append(f"Shipment {key} has {'been' if key in kept else 'not been'} confirmed before.")
    yield from problems
    if problems:
        return
    kept[key] = dict(asked)
    shipment = call.store.records(SHIPMENT).get(key)
    if shipment is not None:
        shipment.update({"shipmentConfirmDate": asked["shipmentConfirmationDate"], **_shipped(shipment, asked)})


def _shipped(shipment: Body, asked: Body) -> Body:
    """Return what a confirmation changes of a shipment."""
    dates = {k: asked[k] for k in ("shippedDate", "estimatedDeliveryDate") if k in asked}
    changed: Body = {"transportationDetails": {**shipment.get("transportationDetails", {}), **dates}}
    if "shippedDate" in dates:
        changed.update({"currentShipmentStatus": "Shipped", "currentshipmentStatusDate": dates["shippedDate"]})
    return changed


# What is read


# Parameters named so, with After and Before -> where a shipment has that time.
_TIMES = {
    "created": ("shipmentCreateDate",),
    "shipmentConfirmed": ("shipmentConfirmDate",),
    "packageLabelCreated": ("packageLabelCreateDate",),
    "shipped": ("transportationDetails", "shippedDate"),
    "estimatedDelivery": ("transportationDetails", "estimatedDeliveryDate"),
    "shipmentDelivery": ("transportationDetails", "shipmentDeliveryDate"),
    "requestedPickUp": ("collectFreightPickupDetails", "requestedPickUp"),
    "scheduledPickUp": ("collectFreightPickupDetails", "scheduledPickUp"),
}
_TEXTS = {
    "currentShipmentStatus": ("currentShipmentStatus",),
    "vendorShipmentIdentifier": ("vendorShipmentIdentifier",),
    "buyerReferenceNumber": ("buyerReferenceNumber",),
    "buyerWarehouseCode": ("shipToParty", "partyId"),
    "sellerWarehouseCode": ("shipFromParty", "partyId"),
}


def get_shipment_details(call: Call) -> bytes:
    """Answer GetShipmentDetails, in the order of their creation."""
    rows, pagination = page(call, [s for s in _shipments(call) if _wanted(call, s)], most=50)
    return dump({"payload": {"pagination": pagination, "shipments": rows}})


def _wanted(call: Call, shipment: Body) -> bool:
    texts = all(call.get(name) in ("", _at(shipment, path)) for name, path in _TEXTS.items())
    return texts and all(within(call, _time(_at(shipment, path)), name) for name, path in _TIMES.items())


def _at(shipment: Mapping[str, Any], path: tuple[str, ...]) -> str:
    found: Any = shipment
    for name in path:
        found = (found or {}).get(name)
    return found or ""


def _time(text: str) -> float:
    return parse_time(text) if text else 0.0


def _shipments(call: Call) -> list[Body]:
    """Return the shipments of the history and those that were submitted, by the time of their creation."""
    standings = (s for s in Book.of(call).all() if s.order.acknowledged and any(p.accepted for p in s.lines))
    history = [_shipment(s, call.now) for s in standings if s.order.acknowledged + DAY <= call.now]
    return sorted((*history, *call.store.records(SHIPMENT).values()), key=lambda s: _time(s["shipmentCreateDate"]))


def _shipment(standing: Standing, now: float) -> Body:
    """Return the shipment of a purchase order of the history, as it stands."""
    order, created = standing.order, standing.order.acknowledged + DAY
    moments = (created, created + 7200, created + 14_400, created + DAY)
    done = [(step, at) for step, at in zip(_STEPS, moments, strict=True) if at <= now]
    shown: Body = {
        "vendorShipmentIdentifier": f"SHP{order.number}",
        "transactionType": "New",
        "buyerReferenceNumber": f"{order.place + 4_000_000_000}",
        "transactionDate": iso(created),
        "currentShipmentStatus": done[-1][0],
        "currentshipmentStatusDate": iso(done[-1][1]),
        "shipmentStatusDetails": [{"shipmentStatus": s, "shipmentStatusDate": iso(t)} for s, t in done],
        "shipmentCreateDate": iso(created),
        "packageLabelCreateDate": iso(created),
        "shipmentFreightTerm": "Collect",
        "sellingParty": {"partyId": order.vendor},
        "shipFromParty": {"partyId": _WAREHOUSES[order.place % 2]},
        "shipToParty": {"partyId": order.warehouse},
        "collectFreightPickupDetails": {"requestedPickUp": iso(moments[1]), "scheduledPickUp": iso(moments[3])},
        "purchaseOrders": [_contents(standing)],
        "containers": [_carton(standing)],
        "transportationDetails": _transport(standing, moments[3], now),
    }
    if now >= moments[3]:
        shown["shipmentConfirmDate"] = iso(moments[3])
    return shown


def _contents(standing: Standing) -> Body:
    order = standing.order
    items = [
        {
            "itemSequenceNumber": p.line.sequence,
            "buyerProductIdentifier": p.line.sku.asin,
            "vendorProductIdentifier": p.line.sku.ean,
            "shippedQuantity": quantity(p.accepted),
        }
        for p in standing.lines
        if p.accepted
    ]
    window = {"purchaseOrderDate": iso(order.created), "shipWindow": ship_window(order)}
    return {"purchaseOrderNumber": order.number, **window, "items": items}


def _carton(standing: Standing) -> Body:
    order = standing.order
    number = {"containerIdentificationType": "SSCC", "containerIdentificationNumber": f"00{order.place:018}"}
    size = {"length": "24", "width": "16", "height": "12", "unitOfMeasure": "In"}
    identity = {"containerType": "carton", "containerSequenceNumber": "1", "containerIdentifiers": [number]}
    return {**identity, "trackingNumber": _tracking(standing), "dimensions": size}


def _tracking(standing: Standing) -> str:
    return f"1ZHAL{standing.order.place:011}"


def _small(standing: Standing) -> bool:
    return standing.order.place % 3 == 0


def _transport(standing: Standing, shipped: int, now: float) -> Body:
    order = standing.order
    shown: Body = {
        "shipMode": "SmallParcel" if _small(standing) else "LessThanTruckLoad",
        "transportationMode": "Road",
        "estimatedDeliveryDate": iso(order.acknowledged + order.travel),
        "carrierDetails": {"name": "Simulated Freight", "code": "SIMF"},
    }
    if now >= shipped:
        shown["shippedDate"] = iso(shipped)
    if standing.received:
        shown["shipmentDeliveryDate"] = iso(standing.received)
    return shown


def get_shipment_labels(call: Call) -> bytes:
    """Answer GetShipmentLabels: of small parcels, in the order of their labels."""
    found = [label for s in _shipments(call) for label in _label(s) if _wanted_label(call, s)]
    rows, pagination = page(call, found, most=50)
    return dump({"payload": {"pagination": pagination, "transportLabels": rows}})


def _wanted_label(call: Call, shipment: Body) -> bool:
    names = ("buyerReferenceNumber", "vendorShipmentIdentifier", "sellerWarehouseCode")
    texts = all(call.get(name) in ("", _at(shipment, _TEXTS[name])) for name in names)
    return texts and within(call, _time(shipment["packageLabelCreateDate"]), "labelCreated")


def _label(shipment: Body) -> Iterator[Body]:
    """Yield the label of a shipment, if it is one of small parcels that was not cancelled."""
    details = shipment.get("transportationDetails") or {}
    if details.get("shipMode", "SmallParcel") != "SmallParcel" or shipment["transactionType"] == "Cancel":
        return
    key, warehouse = shipment["vendorShipmentIdentifier"], shipment["shipFromParty"]["partyId"]
    tracks = [c.get("trackingNumber") or f"{key}-{n}" for n, c in enumerate(shipment.get("containers") or [{}], 1)]
    information: Body = {
        "vendorDetails": {"sellingParty": shipment["sellingParty"], "vendorShipmentIdentifier": key},
        "shipToParty": shipment["shipToParty"],
        "shipFromParty": shipment["shipFromParty"],
        "warehouseId": warehouse,
        "masterTrackingId": tracks[0],
        "totalLabelCount": len(tracks),
        "shipMode": "SmallParcel",
    }
    if "buyerReferenceNumber" in shipment:
        information["buyerReferenceNumber"] = shipment["buyerReferenceNumber"]
    data = [
        {
            "labelSequenceNumber": n,
            "labelFormat": "PDF",
            "carrierCode": "SIMF",
            "trackingId": track,
            "label": base64.b64encode(pdf([f"Shipment {key}", f"From {warehouse}", f"Tracking {track}"])).decode(),
        }
        for n, track in enumerate(tracks, 1)
    ]
    when = shipment["packageLabelCreateDate"]
    yield {"labelCreateDateTime": when, "shipmentInformation": information, "labelData": data}


HANDLERS: dict[str, Handler] = {
    "vendorShipments.SubmitShipments": submit_shipments,
    "vendorShipments.SubmitShipmentConfirmations": submit_confirmations,
    "vendorShipments.GetShipmentDetails": get_shipment_details,
    "vendorShipments.GetShipmentLabels": get_shipment_labels,
}
