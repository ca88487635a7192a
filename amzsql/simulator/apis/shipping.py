"""Shipping v2: rates for packages, shipments that are bought from them, their labels and how far they have come.

The token of rates carries what was asked for, so that nothing is kept before it is bought. Owns the records of kind
"shipping-shipment". Carriers, their forms and claims are in `carriers`; access points are not known.
"""

from __future__ import annotations

import base64
import functools
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, invalid, iso, not_found
from amzsql.simulator.resources import Record, find, moment, seeded
from amzsql.simulator.store import Records
from amzsql.simulator.world import DAY, MARKETS

from . import labels
from .merchant_fulfillment import order_to_ship

_KIND = "shipping-shipment"
# Service -> (its name, carrier, the carrier's name, price in hundredths, days on the way).
SERVICES = {
    "SWA-STD": ("Amazon Shipping Standard", "AMZN_US", "Amazon Shipping", 640, 4),
    "UPS_PTP_GND": ("UPS Ground", "UPS", "UPS", 910, 5),
    "UPS_PTP_2ND_DAY_AIR": ("UPS 2nd Day Air", "UPS", "UPS", 1860, 2),
}
# Rates and their token are good for ten minutes.
_LIFE = 600
# Share of the way -> (event, status).
_ROAD = (
    (0.0, ("ReadyForReceive", "PreTransit")),
    (0.2, ("PickupDone", "InTransit")),
    (0.5, ("Departed", "InTransit")),
    (0.9, ("OutForDelivery", "OutForDelivery")),
    (1.0, ("Delivered", "Delivered")),
)


def shipments(call: Call) -> Records:
    """Return the shipments by id; at the end of history there is one that UPS has still to collect."""
    return seeded(call.store, _KIND, functools.partial(_begin, call))


def _begin(call: Call) -> None:
    _buy(call, "UPS_PTP_GND", call.world.end + DAY, ["parcel-1"], None, home(call), {})


def home(call: Call) -> Record:
    """Return the address that the account sends from."""
    street, city, state, postcode = call.account.address
    return {
        "name": call.account.business, "addressLine1": street, "city": city, "stateOrRegion": state,
        "postalCode": postcode, "countryCode": call.account.home.country,
    }  # fmt: skip


def rates(call: Call) -> bytes:
    """Answer getRates."""
    body = call.body
    _check(call, body)
    ships = _ships(call, body)
    token = call.signer.seal(
        [call.account.name, int(call.now), ships, _keys(body), body.get("shipTo"), body["shipFrom"]]
    )
    rows = [_rate(call, service, ships, len(body["packages"])) for service in SERVICES]
    return dump({"payload": {"requestToken": token, "rates": rows, "ineligibleRates": []}})


def _check(call: Call, body: Record) -> None:
    """Refuse packages that cannot be sent: none, two of one reference, or for an order that is none of the seller's."""
    keys = _keys(body)
    if not keys or len(set(keys)) < len(keys):
        raise invalid("packages: one at least, each with a packageClientReferenceId of its own.")
    channel = body["channelDetails"]
    if channel["channelType"] == "AMAZON":
        if "amazonOrderDetails" not in channel:
            raise invalid("channelDetails: amazonOrderDetails must be given.")
        order_to_ship(call, channel["amazonOrderDetails"]["orderId"])
    elif "shipTo" not in body:
        raise invalid("shipTo must be given.")


def _keys(body: Record) -> list[str]:
    return [p["packageClientReferenceId"] for p in body.get("packages", ())]


def _ships(call: Call, body: Record) -> int:
    return moment(body["shipDate"]) if "shipDate" in body else int(call.now) + DAY


def _charge(call: Call, service: str, packages: int) -> Record:
    currency = MARKETS[call.world.markets[0]].place.currency
    return {"value": SERVICES[service][3] * packages / 100, "unit": currency}


def _promise(service: str, ships: int) -> Record:
    arrives = ships + SERVICES[service][4] * DAY
    return {
        "pickupWindow": {"start": iso(ships), "end": iso(ships + 8 * 3600)},
        "deliveryWindow": {"start": iso(arrives - DAY), "end": iso(arrives)},
    }


def _rate(call: Call, service: str, ships: int, packages: int) -> Record:
    name, carrier, carrier_name, _, _ = SERVICES[service]
    size = {"width": 4, "length": 6, "unit": "INCH"}
    option = {
        "supportedDPIs": [203, 300], "supportedPageLayouts": ["DEFAULT"], "supportedFileJoiningOptions": [False],
        "supportedDocumentDetails": [{"name": "LABEL", "isMandatory": True}],
    }  # fmt: skip
    documents = [{"format": f, "size": size, "printOptions": [option]} for f in ("PDF", "PNG", "ZPL")]
    return {
        "rateId": f"rate-{service}", "carrierId": carrier, "carrierName": carrier_name, "serviceId": service,
        "serviceName": name, "totalCharge": _charge(call, service, packages), "promise": _promise(service, ships),
        "supportedDocumentSpecifications": documents, "requiresAdditionalInputs": False,
        "paymentType": "PAY_THROUGH_AMAZON",
    }  # fmt: skip


def _asked(call: Call, token: str) -> tuple[int, list[str], Any, Any]:
    """Return (time of shipping, packages, address, sender) of a token of rates; refuse one that is not valid."""
    content = call.signer.open(token)
    if not isinstance(content, list) or len(content) != 6 or content[0] != call.account.name:
        raise invalid("requestToken is not valid.")
    if call.now > content[1] + _LIFE:
        raise invalid("requestToken has expired.")
    return content[2], content[3], content[4], content[5]


def _service_of(rate: str) -> str:
    service = rate.removeprefix("rate-")
    if service not in SERVICES:
        raise invalid(f"rateId: there is no rate {rate}.")
    return service


def inputs(call: Call) -> bytes:
    """Answer getAdditionalInputs: no rate here wants any."""
    _asked(call, call.get("requestToken"))
    _service_of(call.get("rateId"))
    return dump({"payload": {}})


def purchase(call: Call) -> bytes:
    """Answer purchaseShipment: a rate that was given out."""
    body = call.body
    asked = _asked(call, body["requestToken"])
    made = _buy(call, _service_of(body["rateId"]), *asked, body["requestedDocumentSpecification"])
    promise = _promise(made["service"], made["ships"])
    payload = {"shipmentId": made["id"], "packageDocumentDetails": _documents(made), "promise": promise}
    return dump({"payload": payload})


def _buy(call: Call, service: str, ships: int, keys: list[str], address: Any, sender: Any, wanted: Record) -> Record:
    key = call.store.uuid(_KIND)
    packages = {k: "TBA" + str(10**11 + int(call.store.text("shipping-tracking", 9), 16)) for k in keys}
    made = {
        "id": key, "service": service, "ships": ships, "packages": packages, "to": address or {},
        "from": sender or {}, "form": None,
        "format": wanted.get("format", "PDF"), "created": int(call.now), "cancelled": None,
    }  # fmt: skip
    shipments(call)[key] = made
    return made


def direct(call: Call) -> bytes:
    """Answer directPurchaseShipment: Amazon chooses the service."""
    body = call.body
    _check(call, body)
    wanted = body.get("labelSpecifications", {})
    made = _buy(call, "SWA-STD", int(call.now) + DAY, _keys(body), body.get("shipTo"), body.get("shipFrom"), wanted)
    return dump({"payload": {"shipmentId": made["id"], "packageDocumentDetailList": _documents(made)}})


def one_click(call: Call) -> bytes:
    """Answer oneClickShipment: the first of the services that are asked for."""
    body = call.body
    _check(call, body)
    known = [s for s in body["serviceSelection"]["serviceId"] if s in SERVICES]
    if not known:
        raise invalid("serviceSelection: there is none of these services.")
    ships, service = _ships(call, body), known[0]
    made = _buy(call, service, ships, _keys(body), body.get("shipTo"), body["shipFrom"], body["labelSpecifications"])
    name, carrier, carrier_name, _, _ = SERVICES[service]
    payload = {
        "shipmentId": made["id"], "packageDocumentDetails": _documents(made), "promise": _promise(service, ships),
        "carrier": {"id": carrier, "name": carrier_name}, "service": {"id": service, "name": name},
        "totalCharge": _charge(call, service, len(made["packages"])),
    }  # fmt: skip
    return dump({"payload": payload})


def _documents(shipment: Record) -> list[Record]:
    return [_document(shipment, key) for key in shipment["packages"]]


def _document(shipment: Record, key: str, form: str = "") -> Record:
    tracking = shipment["packages"][key]
    # Whatever the format is called, the picture is a PDF's: nobody prints it.
    contents = base64.b64encode(labels.content(f"{SERVICES[shipment['service']][0]}; {tracking}")).decode()
    label = {"type": "LABEL", "format": form or shipment["format"], "contents": contents}
    return {"packageClientReferenceId": key, "packageDocuments": [label], "trackingId": tracking}


def _found(call: Call) -> Record:
    return find(shipments(call), "shipment", call.path["shipmentId"])


def documents(call: Call) -> bytes:
    """Answer getShipmentDocuments."""
    found, key = _found(call), call.get("packageClientReferenceId")
    if found["cancelled"] is not None:
        raise invalid("The shipment has been cancelled.")
    if key not in found["packages"]:
        raise not_found(f"package {key}")
    detail = _document(found, key, call.get("format").upper())
    return dump({"payload": {"shipmentId": found["id"], "packageDocumentDetail": detail}})


def track(call: Call) -> bytes:
    """Answer getTracking."""
    key, carrier = call.get("trackingId"), call.get("carrierId")
    for shipment in shipments(call).values():
        if key in shipment["packages"].values() and SERVICES[shipment["service"]][1] == carrier:
            return dump({"payload": _tracking(call, shipment, key)})
    raise not_found(f"package {key} of {carrier}")


def _tracking(call: Call, shipment: Record, key: str) -> Record:
    ships = shipment["ships"]
    whole = SERVICES[shipment["service"]][4] * DAY
    passed = [(ships + int(part * whole), what) for part, what in _ROAD]
    events = [(at, what) for at, what in passed if at <= call.now]
    if shipment["cancelled"] is not None:
        events = [(shipment["cancelled"], ("PickupCancelled", "PickupCancelled"))]
    names = {"stateOrRegion", "city", "countryCode", "postalCode"}
    place = {k: v for k, v in shipment["to"].items() if k in names}
    rows = [{"eventCode": event, "eventTime": iso(at), "location": place} for at, (event, _) in events]
    status = events[-1][1][1] if events else "PreTransit"
    return {
        "trackingId": key, "alternateLegTrackingId": "", "eventHistory": rows,
        "promisedDeliveryDate": iso(ships + whole), "summary": {"status": status},
    }  # fmt: skip


def cancel(call: Call) -> bytes:
    """Answer cancelShipment, while it has not been collected."""
    found = _found(call)
    if found["cancelled"] is not None:
        raise invalid("The shipment has been cancelled.")
    if call.now >= found["ships"]:
        raise invalid("The shipment has been collected.")
    found["cancelled"] = int(call.now)
    return dump({"payload": {}})


_API = "shippingV2"
HANDLERS: dict[str, Handler] = {
    f"{_API}.getRates": rates,
    f"{_API}.getAdditionalInputs": inputs,
    f"{_API}.purchaseShipment": purchase,
    f"{_API}.directPurchaseShipment": direct,
    f"{_API}.oneClickShipment": one_click,
    f"{_API}.getShipmentDocuments": documents,
    f"{_API}.getTracking": track,
    f"{_API}.cancelShipment": cancel,
}
