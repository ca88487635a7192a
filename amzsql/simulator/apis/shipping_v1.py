"""Shipping v1: shipments by Amazon's own carrier, their labels and how far they have come.

A shipment that was created waits for one of its rates; one that is purchased has its labels at once. What is cancelled
is still told of, but has no labels any more. Owns the records of kind "shipping-v1". Knows nothing of v2.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from amzsql.simulator.call import Call, Handler, dump, invalid, iso, not_found
from amzsql.simulator.resources import Record, find, given, moment
from amzsql.simulator.world import DAY, MARKETS

from . import labels

_KIND = "shipping-v1"
# Service -> (price of a container in hundredths, days on the way).
_SERVICES = {
    "Amazon Shipping Ground": (640, 4),
    "Amazon Shipping Standard": (820, 3),
    "Amazon Shipping Premium": (1490, 1),
}
_LIFE = 600
_SPECIFICATION = {"labelFormat": "PNG", "labelStockSize": "4x6"}
# Share of the way -> (event, status).
_ROAD = (
    (0.0, ("ReadyForReceive", "PreTransit")),
    (0.3, ("PickupDone", "InTransit")),
    (0.9, ("OutForDelivery", "OutForDelivery")),
    (1.0, ("Delivered", "Delivered")),
)
_PLACE = ("stateOrRegion", "city", "countryCode", "postalCode")


def account(call: Call) -> bytes:
    """Answer getAccount."""
    return dump({"payload": _shipper(call)})


def _shipper(call: Call) -> Record:
    return {"accountId": f"S{call.account.id_of(100_000_000)}"[:10]}


def rates(call: Call) -> bytes:
    """Answer getRates: of each service that is asked for."""
    body = call.body
    if not body["containerSpecifications"]:
        raise invalid("containerSpecifications: one at least.")
    ships = _ships(call)
    rows = [_bill(call, s, body["containerSpecifications"], ships) for s in dict.fromkeys(body["serviceTypes"])]
    return dump({"payload": {"serviceRates": rows}})


def _ships(call: Call) -> int:
    return moment(call.body["shipDate"]) if "shipDate" in call.body else int(call.now) + DAY


def _bill(
    call: Call, service: str, containers: Sequence[Record], ships: int, weighed: str = "billableWeight"
) -> Record:
    """Return a service's rate; `weighed` is the name that the weight has there."""
    price, days = _SERVICES[service]
    currency = MARKETS[call.world.markets[0]].place.currency
    first, arrives = containers[0]["weight"], ships + days * DAY
    return {
        "serviceType": service,
        "totalCharge": {"value": price * len(containers) / 100, "unit": currency},
        weighed: {"unit": first["unit"], "value": sum(c["weight"]["value"] for c in containers)},
        "promise": {
            "receiveWindow": {"start": iso(ships), "end": iso(ships + 8 * 3600)},
            "deliveryWindow": {"start": iso(arrives - DAY), "end": iso(arrives)},
        },
    }


def create(call: Call) -> bytes:
    """Answer createShipment: rates to choose from, for ten minutes."""
    made = _made(call)
    rows = [
        {
            "rateId": f"{made['id']}-{n}",
            "expirationTime": iso(made["created"] + _LIFE),
            **_accepted(call, made, service),
        }
        for n, service in enumerate(_SERVICES)
    ]
    return dump({"payload": {"shipmentId": made["id"], "eligibleRates": rows}})


def _made(call: Call) -> Record:
    """Return a new shipment, kept under an id of its own."""
    body, kept = call.body, call.store.records(_KIND)
    if not body["containers"]:
        raise invalid("containers: one at least.")
    key = str(10**13 + int(call.store.text(_KIND, 10), 16))
    kept[key] = {
        "id": key, "created": int(call.now), "ships": _ships(call), "service": None, "tracking": {}, "cancelled": None,
        **{n: body[n] for n in ("clientReferenceId", "shipFrom", "shipTo", "containers")},
    }  # fmt: skip
    return kept[key]


def _accepted(call: Call, shipment: Record, service: str) -> Record:
    return _bill(call, service, shipment["containers"], shipment["ships"], "billedWeight")


def purchase_labels(call: Call) -> bytes:
    """Answer purchaseLabels: of a shipment that has none, by a rate that is still good."""
    found, rate = _open(call), call.body["rateId"]
    number = rate.removeprefix(f"{found['id']}-")
    if number not in ("0", "1", "2"):
        raise invalid(f"rateId: there is no rate {rate}.")
    if found["service"] is not None:
        raise invalid("The shipment's labels have been purchased.")
    if call.now > found["created"] + _LIFE:
        raise invalid(f"rateId: {rate} has expired.")
    service = list(_SERVICES)[int(number)]
    _buy(call, found, service)
    payload = {
        "shipmentId": found["id"], "clientReferenceId": found["clientReferenceId"],
        "acceptedRate": _accepted(call, found, service), "labelResults": _labels(found),
    }  # fmt: skip
    return dump({"payload": payload})


def _buy(call: Call, shipment: Record, service: str) -> None:
    shipment["service"] = service
    for container in shipment["containers"]:
        number = 10**11 + int(call.store.text("shipping-v1-tracking", 9), 16)
        shipment["tracking"][f"{number}"] = container["containerReferenceId"]


def _labels(shipment: Record) -> list[Record]:
    return [
        {"containerReferenceId": container, "trackingId": key, "label": _label(shipment, key)}
        for key, container in shipment["tracking"].items()
    ]


def _label(shipment: Record, key: str) -> Record:
    # Whatever the format is called, the picture is a PDF's: nobody prints it.
    picture = base64.b64encode(labels.content(f"{shipment['service']}; {key}")).decode()
    return {"labelStream": picture, "labelSpecification": _SPECIFICATION}


def purchase(call: Call) -> bytes:
    """Answer purchaseShipment: created and labelled at once."""
    made = _made(call)
    _buy(call, made, call.body["serviceType"])
    rate = _bill(call, made["service"], made["containers"], made["ships"])
    return dump({"payload": {"shipmentId": made["id"], "serviceRate": rate, "labelResults": _labels(made)}})


def _found(call: Call) -> Record:
    return find(call.store.records(_KIND), "shipment", call.path["shipmentId"])


def _open(call: Call) -> Record:
    found = _found(call)
    if found["cancelled"] is not None:
        raise invalid("The shipment has been cancelled.")
    return found


def get(call: Call) -> bytes:
    """Answer getShipment: with its rate, once one was accepted."""
    found = _found(call)
    rate = None if found["service"] is None else _accepted(call, found, found["service"])
    told = {n: found[n] for n in ("clientReferenceId", "shipFrom", "shipTo", "containers")}
    payload = {"shipmentId": found["id"], **told, **given(acceptedRate=rate), "shipper": _shipper(call)}
    return dump({"payload": payload})


def label(call: Call) -> bytes:
    """Answer retrieveShippingLabel."""
    found, key = _open(call), call.path["trackingId"]
    if key not in found["tracking"]:
        raise not_found(f"container {key}")
    return dump({"payload": _label(found, key)})


def cancel(call: Call) -> bytes:
    """Answer cancelShipment, while it has not been collected."""
    found = _open(call)
    if found["service"] is not None and call.now >= found["ships"]:
        raise invalid("The shipment has been collected.")
    found["cancelled"] = int(call.now)
    return dump({})


def track(call: Call) -> bytes:
    """Answer getTrackingInformation."""
    key = call.path["trackingId"]
    found = next((s for s in call.store.records(_KIND).values() if key in s["tracking"]), None)
    if found is None:
        raise not_found(f"container {key}")
    whole = _SERVICES[found["service"]][1] * DAY
    events = [(found["ships"] + int(part * whole), what) for part, what in _ROAD]
    events = [(at, what) for at, what in events if at <= call.now]
    if found["cancelled"] is not None:
        events = [(found["cancelled"], ("PickupCancelled", "PickupCancelled"))]
    place = {n: found["shipTo"][n] for n in _PLACE}
    payload = {
        "trackingId": key,
        "summary": {"status": events[-1][1][1] if events else "PreTransit"},
        "promisedDeliveryDate": iso(found["ships"] + whole),
        "eventHistory": [{"eventCode": e, "eventTime": iso(at), "location": place} for at, (e, _) in events],
    }
    return dump({"payload": payload})


HANDLERS: dict[str, Handler] = {
    "shipping.getAccount": account,
    "shipping.getRates": rates,
    "shipping.createShipment": create,
    "shipping.purchaseLabels": purchase_labels,
    "shipping.purchaseShipment": purchase,
    "shipping.getShipment": get,
    "shipping.retrieveShippingLabel": label,
    "shipping.cancelShipment": cancel,
    "shipping.getTrackingInformation": track,
}
