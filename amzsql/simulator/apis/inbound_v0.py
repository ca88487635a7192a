"""Fulfillment Inbound v0: what remains of it, the reads. Its shipments are those of the confirmed inbound plans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amzsql.simulator.call import Call, Handler, dump, invalid, not_found
from amzsql.simulator.resources import Record
from amzsql.simulator.world import MARKETS

from . import inbound_plans as steps
from . import labels
from .assortment import Shop

_PAGE = 50
_PREPS = {
    "ITEM_BUBBLEWRAP": "BubbleWrapping", "ITEM_BOXING": "Boxing", "ITEM_POLYBAGGING": "Polybagging",
    "ITEM_TAPING": "Taping", "ITEM_LABELING": "Labeling", "ITEM_BLACK_SHRINKWRAP": "BlackShrinkWrapping",
    "ITEM_HANG_GARMENT": "HangGarment", "ITEM_SETCREAT": "SetCreation", "ITEM_RMOVHANG": "RemoveFromHanger",
    "ITEM_DEBUNDLE": "Debundle", "ITEM_SUFFOSTK": "SuffocationStickering", "ITEM_CAP_SEALING": "CapSealing",
    "ITEM_SETSTK": "SetStickering", "ITEM_BLANKSTK": "BlankStickering", "ITEM_SIOC": "ShipsInProductPackaging",
}  # fmt: skip
Pair = tuple[Record, Record]


def get_shipments(call: Call) -> bytes:
    """Answer getShipments: by ids or states (SHIPMENT), or by the time of the last change (DATE_RANGE)."""
    market = call.market("MarketplaceId", call.get("MarketplaceId"))
    ids, states = call.many("ShipmentIdList"), call.many("ShipmentStatusList")
    if call.get("QueryType") == "SHIPMENT" and not ids and not states:
        raise invalid("Either ShipmentIdList or ShipmentStatusList must be given.")
    rows = [
        (plan, s)
        for plan, s in _between(call, market)
        if (not ids or s["confirmed"] in ids) and (not states or set(states) & _states(plan, s, call.now))
    ]
    start = call.position or 0
    payload: Record = {"ShipmentData": [_shipment(call, *pair) for pair in rows[start : start + _PAGE]]}
    if len(rows) > start + _PAGE:
        payload["NextToken"] = call.pages.token(call, start + _PAGE)
    return dump({"payload": payload})


def _all(call: Call) -> list[Pair]:
    return list(steps.shipments(steps.plans(call.store, call.world, call.account)))


def _between(call: Call, market: int) -> list[Pair]:
    after, before = call.time("LastUpdatedAfter"), call.time("LastUpdatedBefore")
    if call.get("QueryType") != "DATE_RANGE":
        after = before = None
    return [
        (plan, s)
        for plan, s in _all(call)
        if plan["market"] == market
        and (after is None or after <= steps.updated(plan, s, call.now))
        and (before is None or steps.updated(plan, s, call.now) <= before)
    ]


def _states(plan: Record, shipment: Record, now: float) -> set[str]:
    """Return the states by which a shipment is found: what is ready to be shipped is still shown as WORKING."""
    found = steps.shipment_status(plan, shipment, now)
    return {found, _shown(found)}


def _shown(state: str) -> str:
    return "WORKING" if state == "READY_TO_SHIP" else state


def _shipment(call: Call, plan: Record, shipment: Record) -> Record:
    owners = {line["labelOwner"] for line in shipment["lines"]}
    prep = "AMAZON_LABEL" if "AMAZON" in owners else "SELLER_LABEL" if "SELLER" in owners else "NO_LABEL"
    return {
        "ShipmentId": shipment["confirmed"],
        "ShipmentName": shipment["name"],
        "ShipFromAddress": _address(shipment["source"]),
        "DestinationFulfillmentCenterId": shipment["warehouse"],
        "ShipmentStatus": _shown(steps.shipment_status(plan, shipment, call.now)),
        "LabelPrepType": prep,
        "AreCasesRequired": False,
        "BoxContentsSource": "INTERACTIVE" if shipment["boxes"] else "NONE",
    }


def _address(address: Record) -> Record:
    names = {
        "Name": "name", "AddressLine1": "addressLine1", "AddressLine2": "addressLine2", "City": "city",
        "DistrictOrCounty": "districtOrCounty", "CountryCode": "countryCode", "PostalCode": "postalCode",
    }  # fmt: skip
    shown = {new: address[old] for new, old in names.items() if old in address}
    # The 2024 API takes longer counties than v0 can show.
    if "DistrictOrCounty" in shown:
        shown["DistrictOrCounty"] = shown["DistrictOrCounty"][:25]
    return {**shown, "StateOrProvinceCode": address.get("stateOrProvinceCode", "")}


def get_items(call: Call) -> bytes:
    """Answer getShipmentItems; also goes on with the items of one shipment."""
    return _items(call, _between(call, call.market("MarketplaceId", call.get("MarketplaceId"))))


def get_items_of_shipment(call: Call) -> bytes:
    """Answer getShipmentItemsByShipmentId."""
    return _items(call, [_found(call)])


def _items(call: Call, pairs: Sequence[Pair]) -> bytes:
    """Return a page of lines; a token knows the shipment that it began with, if there was one."""
    shipment, start = call.position or ("", 0)
    shipment = shipment or call.path.get("shipmentId", "")
    if shipment:
        pairs = [(plan, s) for plan, s in _all(call) if s["confirmed"] == shipment]
    rows = [(plan, s, line) for plan, s in pairs for line in s["lines"]]
    payload: Record = {"ItemData": [_item(call, *row) for row in rows[start : start + _PAGE]]}
    if len(rows) > start + _PAGE:
        payload["NextToken"] = call.pages.token(call, [shipment, start + _PAGE])
    return dump({"payload": payload})


def _item(call: Call, plan: Record, shipment: Record, line: Record) -> Record:
    state = steps.shipment_status(plan, shipment, call.now)
    preps = [
        {"PrepInstruction": _PREPS.get(p["prepType"], "NoPrep"), "PrepOwner": p["prepOwner"]}
        for p in line["prepInstructions"]
    ]
    return {
        "ShipmentId": shipment["confirmed"],
        "SellerSKU": line["msku"],
        "FulfillmentNetworkSKU": line["fnsku"],
        "QuantityShipped": line["quantity"],
        "QuantityReceived": steps.received(line["quantity"], state),
        "QuantityInCase": 0,
        "PrepDetailsList": preps,
    }


def _found(call: Call) -> Pair:
    """Return the shipment of the path, by the id that its labels show."""
    key = call.path["shipmentId"]
    for plan, shipment in _all(call):
        if shipment["confirmed"] == key:
            return plan, shipment
    raise not_found(f"shipment {key}")


def get_labels(call: Call) -> bytes:
    """Answer getLabels."""
    _, shipment = _found(call)
    boxes = ", ".join(b["boxId"] for b in shipment["boxes"][:40])
    text = f"{call.get('LabelType')} {call.get('PageType')}; {shipment['confirmed']}; {boxes}"
    return dump({"payload": {"DownloadURL": labels.url(call, text)}})


def get_bill_of_lading(call: Call) -> bytes:
    """Answer getBillOfLading; only what travels as freight with Amazon's partner has one."""
    _, shipment = _found(call)
    transport = shipment["transport"]
    if transport is None or transport["solution"] != steps.PARTNERED:
        raise invalid("The shipment has no carrier of Amazon's.")
    return dump({"payload": {"DownloadURL": labels.url(call, f"Bill of lading; {shipment['confirmed']}")}})


def get_prep_instructions(call: Call) -> bytes:
    """Answer getPrepInstructions; what is not the seller's or not in the catalog is listed apart."""
    country = call.get("ShipToCountryCode")
    market = next((n for n in call.world.markets if MARKETS[n].place.country == country), None)
    if market is None:
        raise invalid(f"ShipToCountryCode: {country} is no country of this seller's marketplaces.")
    shop = Shop.of(call)
    skus, asins = call.many("SellerSKUList"), call.many("ASINList")
    if not skus and not asins:
        raise invalid("Either SellerSKUList or ASINList must be given.")
    found = {c: shop.listing(c, market) for c in skus}
    products = {a: shop.product(a, market) for a in asins}
    known: dict[str, list[Any]] = {
        "SKUPrepInstructionsList": [{"SellerSKU": c, **_prep(call, f.sku)} for c, f in found.items() if f is not None],
        "InvalidSKUList": [{"SellerSKU": c, "ErrorReason": "DoesNotExist"} for c, f in found.items() if f is None],
        "ASINPrepInstructionsList": [_prep(call, p) for p in products.values() if p is not None],
        "InvalidASINList": [{"ASIN": a, "ErrorReason": "InvalidASIN"} for a, p in products.items() if p is None],
    }
    payload = {name: rows for name, rows in known.items() if rows}
    return dump({"payload": payload})


def _prep(call: Call, sku: Any) -> Record:
    category, kind = steps.natural_prep(call.world, sku)
    needed = [] if category == "NONE" else [_PREPS[kind]]
    guidance = "SeePrepInstructionsList" if needed else "NoAdditionalPrepRequired"
    return {
        "ASIN": sku.asin,
        "BarcodeInstruction": "RequiresFNSKULabel" if sku.fnsku else "CanUseOriginalBarcode",
        "PrepGuidance": guidance,
        "PrepInstructionList": [*needed, "Labeling"] if sku.fnsku else needed,
    }


HANDLERS: dict[str, Handler] = {
    "fulfillmentInboundV0.getShipments": get_shipments,
    "fulfillmentInboundV0.getShipmentItems": get_items,
    "fulfillmentInboundV0.getShipmentItemsByShipmentId": get_items_of_shipment,
    "fulfillmentInboundV0.getLabels": get_labels,
    "fulfillmentInboundV0.getBillOfLading": get_bill_of_lading,
    "fulfillmentInboundV0.getPrepInstructions": get_prep_instructions,
}
