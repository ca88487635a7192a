"""Fulfillment Inbound 2024-03-20: shipments, their carriers, delivery windows, appointments and late changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from amzsql.simulator.call import Call, Handler, Reply, dump, iso, not_found
from amzsql.simulator.resources import Record, find, given, listed, moment
from amzsql.simulator.world import DAY, MARKETS

from . import inbound_plans as steps
from .inbound import API, begin, check_offer, download, line_of, open_plan, plan_of

_LASTS = 30


def _shipment_of(call: Call, plan: Record) -> Record:
    return find(plan["shipments"], "shipment", call.path["shipmentId"])


def _confirmed(call: Call, plan: Record) -> Record:
    """Return the shipment of the path for a change that needs its placement confirmed."""
    shipment = _shipment_of(call, plan)
    if not shipment["confirmed"]:
        raise steps.refused("The placement option of this shipment has not been confirmed.")
    return shipment


def get_shipment(call: Call) -> bytes:
    """Answer getShipment."""
    plan = plan_of(call)
    found = _shipment_of(call, plan)
    window, transport = found["window"], found["transport"]
    dates = {"start": iso(found["ready"]), "end": iso(found["ready"] + 7 * DAY)} if found["ready"] else None
    appointments = [_appointment(a) for a in found["appointments"]]
    return dump(
        {
            "shipmentId": found["id"],
            "placementOptionId": found["placement"],
            "name": found["name"],
            "status": steps.shipment_status(plan, found, call.now),
            "source": {"sourceType": "SELLER_FACILITY", "address": found["source"]},
            "destination": {
                "destinationType": "AMAZON_WAREHOUSE", "address": found["to"], "warehouseId": found["warehouse"],
            },
            **({"shipmentConfirmationId": found["confirmed"]} if found["confirmed"] else {}),
            **({"amazonReferenceId": found["reference"]} if found["reference"] else {}),
            **given(
                selectedTransportationOptionId=transport["id"] if transport else None,
                selectedDeliveryWindow=_chosen_window(window) if window else None,
                dates={"readyToShipWindow": dates} if dates else None,
                trackingDetails=found["tracking"],
                contactInformation=found["contact"],
                freightInformation=found["freight"],
                selfShipAppointmentDetails=appointments or None,
            ),
        }
    )  # fmt: skip


def items(call: Call) -> bytes:
    """Answer listShipmentItems."""
    return listed(call, _shipment_of(call, plan_of(call))["lines"])


def boxes(call: Call) -> bytes:
    """Answer listShipmentBoxes."""
    return listed(call, _shipment_of(call, plan_of(call))["boxes"])


def pallets(call: Call) -> bytes:
    """Answer listShipmentPallets."""
    return listed(call, _shipment_of(call, plan_of(call))["pallets"])


def rename(call: Call) -> Reply:
    """Answer updateShipmentName."""
    plan = plan_of(call)
    steps.check_alive(plan)
    _shipment_of(call, plan)["name"] = call.body["name"]
    plan["updated"] = int(call.now)
    return Reply(b"")


def move_source(call: Call) -> bytes:
    """Answer updateShipmentSourceAddress; once a carrier is confirmed it knows where to come."""
    plan = open_plan(call)
    shipment = _shipment_of(call, plan)
    if shipment["transport"]:
        raise steps.refused("The transportation option of this shipment has been confirmed.")
    return begin(call, lambda: shipment.update(source=call.body["address"]), plan)


def track(call: Call) -> bytes:
    """Answer updateShipmentTrackingDetails: for the seller's own carrier, once that is confirmed."""
    plan = open_plan(call)
    shipment = _confirmed(call, plan)
    if shipment["transport"] is None or shipment["transport"]["solution"] != steps.OWN:
        raise steps.refused("No carrier of the seller's own has been confirmed for this shipment.")
    details = call.body["trackingDetails"]
    if not details:
        raise steps.refused("trackingDetails: either spdTrackingDetail or ltlTrackingDetail must be given.")
    known = {b["boxId"] for b in shipment["boxes"]}
    parcels = details.get("spdTrackingDetail", {}).get("spdTrackingItems", ())
    strange = [p["boxId"] for p in parcels if p["boxId"] not in known]
    if strange:
        raise steps.refused(f"spdTrackingItems: the shipment has no box {strange[0]}.")
    return begin(call, lambda: steps.track(plan, shipment, details, call.now + _LASTS), plan)


def challan(call: Call) -> bytes:
    """Answer getDeliveryChallanDocument."""
    shipment = _shipment_of(call, plan_of(call))
    return dump({"documentDownload": download(call, f"Delivery challan {shipment['confirmed'] or shipment['id']}")})


# Transportation


def generate_transport(call: Call) -> bytes:
    """Answer generateTransportationOptions for shipments of one placement option."""
    plan, body = open_plan(call), call.body
    placement = plan["placements"].get(body["placementOptionId"])
    if placement is None:
        raise steps.refused(f"The placement option {body['placementOptionId']} has not been generated.")
    configurations = body["shipmentTransportationConfigurations"]
    for asked in configurations:
        if asked["shipmentId"] not in placement["shipments"]:
            raise steps.refused(f"The placement option has no shipment {asked['shipmentId']}.")
        if plan["shipments"][asked["shipmentId"]]["transport"]:
            raise steps.refused(f"The transportation option of {asked['shipmentId']} has been confirmed.")
    ready = {a["shipmentId"]: moment(a["readyToShipWindow"]["start"]) for a in configurations}
    at = call.now + _LASTS
    return begin(call, lambda: steps.offer_transport(call.store, plan, configurations, ready, at), plan)


def list_transport(call: Call) -> bytes:
    """Answer listTransportationOptions of a placement option or of a shipment."""
    plan, placement, shipment = plan_of(call), call.get("placementOptionId"), call.get("shipmentId")
    rows = [
        t
        for t in plan["transports"].values()
        if shipment in ("", t["shipment"]) and placement in ("", plan["shipments"][t["shipment"]]["placement"])
    ]
    currency = MARKETS[plan["market"]].place.currency
    return listed(call, rows, lambda t: _transport(t, currency))


def _transport(option: Record, currency: str) -> Record:
    partnered = option["solution"] == steps.PARTNERED
    quote = {"cost": {"amount": option["cost"] / 100, "code": currency}, "expiration": iso(option["until"])}
    freight = option["mode"] == steps.PALLETS
    carrier = {"name": "ABF Freight", "alphaCode": "ABFS"} if freight else {"name": "UPS", "alphaCode": "UPSN"}
    return {
        "transportationOptionId": option["id"],
        "shipmentId": option["shipment"],
        "shippingMode": option["mode"],
        "shippingSolution": option["solution"],
        "carrier": carrier if partnered else {"name": "Other", "alphaCode": "OTHER"},
        "preconditions": [] if partnered else [steps.WINDOW_FIRST],
        **given(quote=quote if partnered else None),
    }


def confirm_transport(call: Call) -> bytes:
    """Answer confirmTransportationOptions: for all shipments of the placement that was confirmed, at once."""
    plan, selections = open_plan(call), call.body["transportationSelections"]
    placement = steps.accepted(plan["placements"])
    if placement is None:
        raise steps.refused("No placement option has been confirmed.")
    if sorted(s["shipmentId"] for s in selections) != sorted(placement["shipments"]):
        raise steps.refused("transportationSelections: one is wanted for each shipment of the placement option.")
    for chosen in selections:
        option = check_offer(call, plan["transports"], "transportation option", chosen["transportationOptionId"])
        shipment = plan["shipments"][chosen["shipmentId"]]
        if option["shipment"] != shipment["id"]:
            raise steps.refused(f"The transportation option {option['id']} is for another shipment.")
        if shipment["transport"]:
            raise steps.refused(f"The transportation option of {shipment['id']} has been confirmed.")
        if option["solution"] == steps.OWN and shipment["window"] is None:
            raise steps.refused(f"The delivery window of {shipment['id']} has not been confirmed.")
    return begin(call, lambda: steps.accept_transport(call.store, plan, selections, call.now + _LASTS), plan)


# Delivery windows


def generate_windows(call: Call) -> bytes:
    """Answer generateDeliveryWindowOptions."""
    plan = open_plan(call)
    shipment = _shipment_of(call, plan)
    return begin(call, lambda: steps.offer_windows(call.store, plan, shipment, call.now + _LASTS), plan)


def list_windows(call: Call) -> bytes:
    """Answer listDeliveryWindowOptions."""
    rows = list(_shipment_of(call, plan_of(call))["windows"].values())
    return listed(call, rows, lambda w: {**_window(w), "validUntil": iso(w["until"])})


def _window(window: Record) -> Record:
    return {
        "deliveryWindowOptionId": window["id"],
        "availabilityType": "AVAILABLE",
        "startDate": iso(window["start"]),
        "endDate": iso(window["end"]),
    }


def _chosen_window(window: Record) -> Record:
    return {**_window(window), "editableUntil": iso(window["start"] - DAY)}


def confirm_window(call: Call) -> bytes:
    """Answer confirmDeliveryWindowOptions."""
    plan = open_plan(call)
    shipment = _shipment_of(call, plan)
    key = call.path["deliveryWindowOptionId"]
    window = check_offer(call, shipment["windows"], "delivery window option", key)
    return begin(call, lambda: shipment.update(window=window), plan)


# Appointments


def generate_slots(call: Call) -> bytes:
    """Answer generateSelfShipAppointmentSlots."""
    plan = open_plan(call)
    shipment = _confirmed(call, plan)
    desired = (call.body or {}).get("desiredStartDate")
    since = call.now if desired is None else moment(desired)
    return begin(call, lambda: steps.offer_slots(call.store, plan, shipment, since, call.now + _LASTS), plan)


def list_slots(call: Call) -> bytes:
    """Answer getSelfShipAppointmentSlots."""
    return listed(call, list(_shipment_of(call, plan_of(call))["slots"].values()), _slot)


def _slot(slot: Record) -> Record:
    return {"slotId": slot["id"], "slotTime": _hours(slot)}


def _hours(slot: Record) -> Record:
    return {"startTime": iso(slot["start"]), "endTime": iso(slot["end"])}


def schedule(call: Call) -> bytes:
    """Answer scheduleSelfShipAppointment; a later appointment takes the place of the earlier, for a reason."""
    plan = open_plan(call)
    shipment = _confirmed(call, plan)
    slot = check_offer(call, shipment["slots"], "appointment slot", call.path["slotId"])
    valid = [a for a in shipment["appointments"] if a["status"] == "ARRIVAL_SCHEDULED"]
    if valid and "reasonComment" not in (call.body or {}):
        raise steps.refused("reasonComment: an appointment is moved for a reason.")
    for earlier in valid:
        earlier["status"] = "CANCELLED"
    number = 10_000_000 + call.store.count("inbound-appointment")
    made = {"number": number, "slot": slot, "status": "ARRIVAL_SCHEDULED"}
    shipment["appointments"].append(made)
    plan["updated"] = int(call.now)
    return dump({"selfShipAppointmentDetails": _appointment(made)})


def _appointment(record: Record) -> Record:
    hours = _hours(record["slot"])
    return {"appointmentId": record["number"], "appointmentSlotTime": hours, "appointmentStatus": record["status"]}


def cancel_appointment(call: Call) -> bytes:
    """Answer cancelSelfShipAppointment."""
    plan = open_plan(call)
    valid = [a for a in _confirmed(call, plan)["appointments"] if a["status"] == "ARRIVAL_SCHEDULED"]
    if not valid:
        raise steps.refused("The shipment has no appointment.")
    return begin(call, lambda: valid[-1].update(status="CANCELLED"), plan)


# Changes after the carrier was confirmed


def generate_preview(call: Call) -> bytes:
    """Answer generateShipmentContentUpdatePreviews."""
    plan = open_plan(call)
    shipment = _confirmed(call, plan)
    if shipment["transport"] is None:
        raise steps.refused("The transportation option of this shipment has not been confirmed.")
    lines = [line_of(call, plan["market"], i) for i in call.body["items"]]
    grouping = {"shipmentId": shipment["id"], "boxes": call.body["boxes"]}
    key = "cp" + call.store.uuid("inbound-part")
    made = {"id": key, "asked": call.body, "lines": lines, "grouping": grouping, "until": int(call.now) + 2 * DAY}
    return begin(call, lambda: shipment["previews"].update({key: made}), plan)


def list_previews(call: Call) -> bytes:
    """Answer listShipmentContentUpdatePreviews."""
    plan = plan_of(call)
    shipment = _shipment_of(call, plan)
    return listed(call, list(shipment["previews"].values()), lambda p: _preview(plan, shipment, p))


def get_preview(call: Call) -> bytes:
    """Answer getShipmentContentUpdatePreview."""
    plan = plan_of(call)
    shipment = _shipment_of(call, plan)
    found = shipment["previews"].get(call.path["contentUpdatePreviewId"])
    if found is None:
        raise not_found(f"content update preview {call.path['contentUpdatePreviewId']}")
    return dump(_preview(plan, shipment, found))


def _preview(plan: Record, shipment: Record, preview: Record) -> Record:
    return {
        "contentUpdatePreviewId": preview["id"],
        "expiration": iso(preview["until"]),
        "requestedUpdates": {"boxes": preview["asked"]["boxes"], "items": preview["asked"]["items"]},
        "transportationOption": _transport(shipment["transport"], MARKETS[plan["market"]].place.currency),
    }


def confirm_preview(call: Call) -> bytes:
    """Answer confirmShipmentContentUpdatePreview: the shipment's lines and boxes become those that were asked for."""
    plan = open_plan(call)
    shipment = _confirmed(call, plan)
    preview = check_offer(call, shipment["previews"], "content update preview", call.path["contentUpdatePreviewId"])

    def deed() -> None:
        shipment["lines"] = preview["lines"]
        steps.pack(call.store, plan, [preview["grouping"]], call.now + _LASTS)
        steps.name_boxes(shipment)
        del shipment["previews"][preview["id"]]

    return begin(call, deed, plan)


_HANDLERS: dict[str, Callable[[Call], Any]] = {
    "getShipment": get_shipment,
    "listShipmentItems": items,
    "listShipmentBoxes": boxes,
    "listShipmentPallets": pallets,
    "updateShipmentName": rename,
    "updateShipmentSourceAddress": move_source,
    "updateShipmentTrackingDetails": track,
    "getDeliveryChallanDocument": challan,
    "generateTransportationOptions": generate_transport,
    "listTransportationOptions": list_transport,
    "confirmTransportationOptions": confirm_transport,
    "generateDeliveryWindowOptions": generate_windows,
    "listDeliveryWindowOptions": list_windows,
    "confirmDeliveryWindowOptions": confirm_window,
    "generateSelfShipAppointmentSlots": generate_slots,
    "getSelfShipAppointmentSlots": list_slots,
    "scheduleSelfShipAppointment": schedule,
    "cancelSelfShipAppointment": cancel_appointment,
    "generateShipmentContentUpdatePreviews": generate_preview,
    "listShipmentContentUpdatePreviews": list_previews,
    "getShipmentContentUpdatePreview": get_preview,
    "confirmShipmentContentUpdatePreview": confirm_preview,
}
HANDLERS: dict[str, Handler] = {f"{API}.{name}": handler for name, handler in _HANDLERS.items()}
