"""Shipping v2 around the shipments: accounts with carriers, the forms by which they collect, claims and feedback.

Owns the records of kinds "carrier-account", "collection-form" and "shipping-claim". A form takes along all of a
carrier's shipments that no form had yet; until then they are listed as not manifested.
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Iterator

from amzsql.simulator.call import Call, Handler, Reply, dump, invalid, iso, not_found, parse_time
from amzsql.simulator.resources import Record, fill, find, seeded
from amzsql.simulator.store import Records
from amzsql.simulator.world import DAY

from . import labels, shipping

_ACCOUNT, _FORM, _CLAIM = "carrier-account", "collection-form", "shipping-claim"
# Carrier -> its name.
_CARRIERS = {"AMZN_US": "Amazon Shipping", "UPS": "UPS", "FEDEX": "FedEx", "USPS": "USPS"}
_TYPES = ("SHIPPER_ACCOUNT", "SHIPPER_ACCOUNT_WITH_INVOICE")
_INPUTS = (("accountNumber", "Account number"), ("postalCode", "Postal code"))


# Accounts


def _accounts(call: Call) -> Records:
    """Return the linked accounts; one with UPS is there from the start."""
    return seeded(call.store, _ACCOUNT, functools.partial(_link, call, "UPS"))


def _link(call: Call, carrier: str) -> Record:
    key = call.store.uuid(_ACCOUNT)
    call.store.records(_ACCOUNT)[key] = {"accountId": key, "carrierId": carrier}
    return call.store.records(_ACCOUNT)[key]


def accounts(call: Call) -> bytes:
    """Answer getCarrierAccounts."""
    return dump({"activeAccounts": list(_accounts(call).values())})


def inputs(call: Call) -> bytes:
    """Answer getCarrierAccountFormInputs: what each carrier wants to know of an account."""
    asked = [
        fill(call, "CarrierAccountInput", name, name=name, groupName=title, isMandatory=True, isHidden=False)
        for name, title in _INPUTS
    ]
    types = [{"accountType": t, "carrierAccountInputs": asked} for t in _TYPES]
    rows = [{"carrierId": carrier, "linkableAccountTypes": types} for carrier in _CARRIERS]
    return dump({"linkableCarriersList": rows})


def link(call: Call) -> bytes:
    """Answer linkCarrierAccount, by either method."""
    _accounts(call)
    made = _link(call, _carrier(call.path["carrierId"]))
    return dump({"registrationStatus": "ACTIVE", "accountId": made["accountId"]})


def _carrier(carrier: str) -> str:
    if carrier not in _CARRIERS:
        raise invalid(f"carrierId: there is no carrier {carrier}.")
    return carrier


def unlink(call: Call) -> bytes:
    """Answer unlinkCarrierAccount."""
    key, carrier = call.body.get("accountId", ""), _carrier(call.path["carrierId"])
    if find(_accounts(call), "account", key)["carrierId"] != carrier:
        raise not_found(f"account {key} with {carrier}")
    del _accounts(call)[key]
    return dump({"isUnlinked": True})


# Collection


def _forms(call: Call) -> Records:
    return seeded(call.store, _FORM, lambda: _begin(call))


def _begin(call: Call) -> None:
    """Make the forms of the last days: one a day."""
    for days in (3, 2, 1):
        _add(call, "UPS", shipping.home(call), call.world.end - days * DAY)


def _add(call: Call, carrier: str, address: Record, now: int) -> Record:
    key = call.store.uuid(_FORM)
    made = {"id": key, "carrier": carrier, "address": address, "created": now}
    call.store.records(_FORM)[key] = made
    return made


def generate(call: Call) -> bytes:
    """Answer generateCollectionForm: for what the carrier has to collect, from one address or from all."""
    carrier, address = _carrier(call.body["carrierId"]), call.body.get("shipFromAddress")
    _forms(call)
    taken = [s for s in _waiting(call, carrier) if address in (None, s["from"])]
    made = _add(call, carrier, address or (taken[0]["from"] if taken else shipping.home(call)), int(call.now))
    for shipment in taken:
        shipment["form"] = made["id"]
    return dump({"collectionsFormDocument": _document(made)})


def _waiting(call: Call, carrier: str) -> Iterator[Record]:
    for shipment in shipping.shipments(call).values():
        mine = shipping.SERVICES[shipment["service"]][1] == carrier
        if mine and shipment["cancelled"] is None and shipment["form"] is None:
            yield shipment


def _document(form: Record) -> Record:
    picture = labels.content(f"{_CARRIERS[form['carrier']]}; {form['id']}")
    return {"base64EncodedContent": base64.b64encode(picture).decode(), "documentFormat": "application/pdf"}


def form(call: Call) -> bytes:
    """Answer getCollectionForm."""
    found = find(_forms(call), "collection form", call.path["collectionFormId"])
    return dump({"collectionsFormDocument": _document(found)})


def history(call: Call) -> bytes:
    """Answer getCollectionFormHistory, the latest first."""
    body = call.body
    span = body.get("dateRange", {})
    after, before = (parse_time(span[n]) if n in span else None for n in ("startDate", "endDate"))
    rows = [
        {
            "carrierName": _CARRIERS[f["carrier"]], "creationDate": iso(f["created"]), "generationStatus": "Completed",
            "collectionFormId": f["id"], "shipFromAddress": f["address"],
        }
        for f in sorted(_forms(call).values(), key=lambda f: -f["created"])
        if body.get("carrierId") in (None, f["carrier"])
        and body.get("shipFromAddress") in (None, f["address"])
        and (after is None or f["created"] >= after)
        and (before is None or f["created"] <= before)
    ]  # fmt: skip
    shown = {"collectionFormsHistoryRecordList": rows[: body.get("maxResults")]}
    return dump({**shown, "lastRefreshedDate": iso(int(call.now))})


def unmanifested(call: Call) -> bytes:
    """Answer getUnmanifestedShipments: where which carrier has something to collect."""
    rows = []
    for carrier, name in _CARRIERS.items():
        places = {json.dumps(s["from"], sort_keys=True): s["from"] for s in _waiting(call, carrier)}
        if places:
            last = max((f["created"] for f in _forms(call).values() if f["carrier"] == carrier), default=None)
            dated = {} if last is None else {"lastManifestDate": iso(last)}
            told = [{"address": address, **dated} for address in places.values()]
            rows.append({"carrierId": carrier, "carrierName": name, "unmanifestedShipmentLocationList": told})
    return dump({"unmanifestedCarrierInformationList": rows})


# What is told of shipments


def claim(call: Call) -> bytes:
    """Answer createClaim."""
    _check_known(call)
    key = call.store.uuid(_CLAIM)
    call.store.records(_CLAIM)[key] = dict(call.body)
    return dump({"claimId": key})


def feedback(call: Call) -> Reply:
    """Answer submitNdrFeedback: heard, and nothing comes of it."""
    _check_known(call)
    return Reply(b"")


def _check_known(call: Call) -> None:
    key = call.body["trackingId"]
    if not any(key in s["packages"].values() for s in shipping.shipments(call).values()):
        raise not_found(f"package {key}")


_API = "shippingV2"
HANDLERS: dict[str, Handler] = {
    f"{_API}.getCarrierAccounts": accounts,
    f"{_API}.getCarrierAccountFormInputs": inputs,
    f"{_API}.linkCarrierAccount": link,
    f"{_API}.unlinkCarrierAccount": unlink,
    f"{_API}.generateCollectionForm": generate,
    f"{_API}.getCollectionForm": form,
    f"{_API}.getCollectionFormHistory": history,
    f"{_API}.getUnmanifestedShipments": unmanifested,
    f"{_API}.createClaim": claim,
    f"{_API}.submitNdrFeedback": feedback,
}
