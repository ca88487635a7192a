"""Fulfillment Inbound 2024-03-20: plans, their packing and placement, and the reads of all that belongs to a plan.

Every write but a name is an operation: it is taken at once, shows after half a minute of the clock, and is read by its
id. What comes after the placement is in `inbound_shipments`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from amzsql.simulator.call import Call, Handler, Reply, dump, iso
from amzsql.simulator.resources import Record, find, given, listed
from amzsql.simulator.world import MARKETS

from . import inbound_plans as steps
from . import labels
from .assortment import Shop

API = "fulfillmentInbound_2024-03-20"
_OPERATIONS, _PREP, _COMPLIANCE = "inbound-operation", "inbound-prep", "inbound-compliance"
_LASTS = 30


def plan_of(call: Call) -> Record:
    """Return the plan that the path names."""
    kept = steps.plans(call.store, call.world, call.account)
    return find(kept, "inbound plan", call.path["inboundPlanId"])


def open_plan(call: Call) -> Record:
    """Return the plan that the path names for a change: not cancelled, and no other change under way."""
    plan = plan_of(call)
    steps.check_alive(plan)
    if call.now < plan["busy"]:
        raise steps.refused("Another operation of this inbound plan is in progress.")
    return plan


def begin(
    call: Call, deed: Callable[[], None], plan: Record | None = None, problems: Iterable[str] = (), **beside: str
) -> bytes:
    """Take an operation: its deed is done when it ends, unless it fails with problems. Answers with its id."""
    key, ends, wrong = call.store.uuid("inbound-operation"), call.now + _LASTS, list(problems)
    call.store.records(_OPERATIONS)[key] = {
        "operation": call.operation.operation_id, "ends": ends, "problems": wrong,
    }  # fmt: skip
    if plan is not None:
        plan["busy"] = ends
    if not wrong:
        call.store.later(ends, deed)
    return dump({**beside, "operationId": key})


def get_operation(call: Call) -> bytes:
    """Answer getInboundOperationStatus."""
    key = call.path["operationId"]
    found = find(call.store.records(_OPERATIONS), "operation", key)
    over = call.now >= found["ends"]
    problems = [
        {"code": "FBA_INB_0182", "message": text, "details": text, "severity": "ERROR"} for text in found["problems"]
    ]
    state = ("FAILED" if problems else "SUCCESS") if over else "IN_PROGRESS"
    shown = {"operation": found["operation"], "operationId": key, "operationStatus": state}
    return dump({**shown, "operationProblems": problems if over else []})


# Plans


def create_plan(call: Call) -> bytes:
    """Answer createInboundPlan: the lines must be the seller's own SKUs."""
    body = call.body
    if len(body["destinationMarketplaces"]) != 1:
        raise steps.refused("destinationMarketplaces: a plan has one marketplace.")
    market = call.market("destinationMarketplaces", body["destinationMarketplaces"][0])
    if not body["items"]:
        raise steps.refused("items: a plan has one at least.")
    lines = [line_of(call, market, item) for item in body["items"]]
    steps.plans(call.store, call.world, call.account)
    name = body.get("name") or f"FBA ({iso(int(call.now))[:16].replace('T', ', ')})"
    plan = steps.create(call.store, name, market, body["sourceAddress"], lines, call.now)
    return begin(call, lambda: None, plan, inboundPlanId=plan["id"])


def line_of(call: Call, market: int, item: Record) -> Record:
    """Return a line of a plan for what was asked; refuse SKUs that are not the seller's, and wrong owners."""
    listing = Shop.of(call).listing(item["msku"], market)
    if listing is None:
        raise steps.refused(f"ERROR: {item['msku']} is no MSKU of this seller in this marketplace.")
    if item["quantity"] < 1:
        raise steps.refused(f"ERROR: {item['msku']} has no quantity.")
    category, types = _prep(call, market, item["msku"])
    owners = ["NONE"] if category == "NONE" else ["AMAZON", "SELLER"]
    if item["prepOwner"] not in owners:
        raise steps.refused(
            f"ERROR: prepOwner of {item['msku']} cannot be {item['prepOwner']}. Accepted values: [{', '.join(owners)}]"
        )
    return steps.line(listing.sku, item, types)


def list_plans(call: Call) -> bytes:
    """Answer listInboundPlans: those of a status, the latest first unless asked otherwise."""
    kept, wanted = steps.plans(call.store, call.world, call.account), call.get("status")
    rows = [p for p in kept.values() if not wanted or steps.status(p, call.now) == wanted]
    key = "created" if call.get("sortBy") == "CREATION_TIME" else "updated"
    rows.sort(key=lambda p: (p[key], p["id"]), reverse=call.get("sortOrder") != "ASC")
    return listed(call, rows, lambda p: _summary(call, p))


def get_plan(call: Call) -> bytes:
    """Answer getInboundPlan."""
    plan = plan_of(call)
    chosen = steps.accepted(plan["placements"])
    shown = [s for s in plan["shipments"].values() if chosen is None or s["placement"] == chosen["id"]]
    return dump(
        {
            **_summary(call, plan),
            "packingOptions": [{"packingOptionId": o["id"], "status": o["status"]} for o in plan["packing"].values()],
            "placementOptions": [
                {"placementOptionId": o["id"], "status": o["status"]} for o in plan["placements"].values()
            ],
            "shipments": [{"shipmentId": s["id"], "status": steps.shipment_status(plan, s, call.now)} for s in shown],
        }
    )


def _summary(call: Call, plan: Record) -> Record:
    return {
        "inboundPlanId": plan["id"],
        "name": plan["name"],
        "createdAt": iso(plan["created"]),
        "lastUpdatedAt": iso(plan["updated"]),
        "status": steps.status(plan, call.now),
        "marketplaceIds": [MARKETS[plan["market"]].place.id],
        "sourceAddress": plan["address"],
    }


def rename_plan(call: Call) -> Reply:
    """Answer updateInboundPlanName."""
    plan = plan_of(call)
    steps.check_alive(plan)
    plan["name"], plan["updated"] = call.body["name"], int(call.now)
    return Reply(b"")


def cancel_plan(call: Call) -> bytes:
    """Answer cancelInboundPlan; what has left cannot be called back."""
    plan = open_plan(call)
    if steps.status(plan, call.now) == "SHIPPED":
        raise steps.refused("The inbound plan has been shipped.")
    return begin(call, lambda: plan.update(voided=True, updated=int(call.now) + _LASTS), plan)


def plan_items(call: Call) -> bytes:
    """Answer listInboundPlanItems."""
    return listed(call, plan_of(call)["lines"])


def plan_boxes(call: Call) -> bytes:
    """Answer listInboundPlanBoxes: those of the shipments once they are confirmed, of the packing groups before."""
    plan = plan_of(call)
    confirmed = [s for s in plan["shipments"].values() if s["confirmed"]]
    return listed(call, [b for holder in confirmed or plan["groups"].values() for b in holder["boxes"]])


def plan_pallets(call: Call) -> bytes:
    """Answer listInboundPlanPallets."""
    return listed(call, [p for s in plan_of(call)["shipments"].values() for p in s["pallets"]])


# Packing


def generate_packing(call: Call) -> bytes:
    """Answer generatePackingOptions."""
    plan = open_plan(call)
    if steps.accepted(plan["packing"]):
        raise steps.refused("A packing option has been confirmed.")
    return begin(call, lambda: steps.offer_packing(call.store, plan, call.now + _LASTS), plan)


def list_packing(call: Call) -> bytes:
    """Answer listPackingOptions."""
    return listed(call, list(plan_of(call)["packing"].values()), _packing)


def _packing(option: Record) -> Record:
    weight = {"unit": "LB", "minimum": 1, "maximum": 50}
    shipping = [{"solution": s, "modes": [steps.PARCEL, steps.PALLETS]} for s in (steps.PARTNERED, steps.OWN)]
    return {
        "packingOptionId": option["id"],
        "packingGroups": option["groups"],
        "status": option["status"],
        "expiration": iso(option["until"]),
        "fees": [],
        "discounts": [],
        "supportedShippingConfigurations": [
            {"shippingMode": m, "shippingSolution": s["solution"]}
            for s in shipping
            for m in (steps.PARCEL, steps.PALLETS)
        ],
        "supportedConfigurations": [
            {
                "boxPackingMethods": ["BOX_CONTENT_PROVIDED", "MANUAL_PROCESS", "BARCODE_2D"],
                "boxRequirements": {"weight": weight},
                "shippingRequirements": shipping,
            }
        ],
    }


def confirm_packing(call: Call) -> bytes:
    """Answer confirmPackingOption."""
    plan, key = open_plan(call), call.path["packingOptionId"]
    check_offer(call, plan["packing"], "packing option", key)
    return begin(call, lambda: steps.accept_packing(plan, key, call.now + _LASTS), plan)


def check_offer(call: Call, options: dict[str, Record], what: str, key: str) -> Record:
    """Return an option that may be confirmed; refuse one that was not generated, has expired or has been confirmed."""
    if key not in options:
        raise steps.refused(f"The {what} {key} has not been generated.")
    option = options[key]
    if option.get("status", steps.OFFERED) != steps.OFFERED or call.now >= option["until"]:
        raise steps.refused(f"The {what} {key} is no longer offered.")
    return option


def _group(call: Call) -> Record:
    return find(plan_of(call)["groups"], "packing group", call.path["packingGroupId"])


def group_items(call: Call) -> bytes:
    """Answer listPackingGroupItems."""
    return listed(call, _group(call)["lines"])


def group_boxes(call: Call) -> bytes:
    """Answer listPackingGroupBoxes."""
    return listed(call, _group(call)["boxes"])


def set_packing(call: Call) -> bytes:
    """Answer setPackingInformation: an operation that fails where boxes do not hold what they should."""
    plan, groupings = open_plan(call), call.body["packageGroupings"]
    for grouping in groupings:
        if ("packingGroupId" in grouping) == ("shipmentId" in grouping):
            raise steps.refused("packageGroupings: each names either a packing group or a shipment.")
        if "packingGroupId" in grouping and steps.accepted(plan["packing"]) is None:
            raise steps.refused("No packing option has been confirmed.")
    problems = steps.packing_problems(plan, groupings)

    def deed() -> None:
        steps.pack(call.store, plan, groupings, call.now + _LASTS)
        for shipment in plan["shipments"].values():
            if shipment["confirmed"]:
                steps.name_boxes(shipment)

    return begin(call, deed, plan, problems)


# Placement


def generate_placement(call: Call) -> bytes:
    """Answer generatePlacementOptions."""
    plan = open_plan(call)
    if steps.accepted(plan["placements"]):
        raise steps.refused("A placement option has been confirmed.")
    if steps.accepted(plan["packing"]) and not plan["packed"]:
        raise steps.refused("The packing information has not been set.")
    return begin(call, lambda: steps.offer_placement(call.store, plan, call.now + _LASTS), plan)


def list_placement(call: Call) -> bytes:
    """Answer listPlacementOptions."""
    plan = plan_of(call)
    currency = MARKETS[plan["market"]].place.currency
    return listed(call, list(plan["placements"].values()), lambda o: _placement(o, currency))


def _placement(option: Record, currency: str) -> Record:
    fee = {
        "type": "FEE", "target": "Placement Services", "description": "Placement of all units in one place",
        "value": {"amount": option["fee"] / 100, "code": currency},
    }  # fmt: skip
    return {
        "placementOptionId": option["id"],
        "status": option["status"],
        "expiration": iso(option["until"]),
        "shipmentIds": option["shipments"],
        "fees": [fee] if option["fee"] else [],
        "discounts": [],
    }


def confirm_placement(call: Call) -> bytes:
    """Answer confirmPlacementOption: from then on its shipments are the plan's."""
    plan, key = open_plan(call), call.path["placementOptionId"]
    check_offer(call, plan["placements"], "placement option", key)
    return begin(call, lambda: steps.accept_placement(call.store, plan, key, call.now + _LASTS), plan)


# Items


def _prep(call: Call, market: int, code: str) -> tuple[str, list[str]]:
    """Return (category, types) of a SKU: what the seller set, else what the product needs."""
    kept = call.store.records(_PREP).get(f"{market} {code}")
    if kept is not None:
        return kept["prepCategory"], kept["prepTypes"]
    sku = Shop.of(call).sku(code)
    category, kind = steps.natural_prep(call.world, sku) if sku else ("UNKNOWN", "ITEM_NO_PREP")
    return category, [kind]


def _check_skus(call: Call, market: int, codes: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(codes))
    for code in found:
        if Shop.of(call).listing(code, market) is None:
            raise steps.refused(f"{code} is no MSKU of this seller in this marketplace.")
    return found


def list_prep(call: Call) -> bytes:
    """Answer listPrepDetails."""
    market = call.market("marketplaceId", call.get("marketplaceId"))
    rows = []
    for code in _check_skus(call, market, call.many("mskus")):
        category, types = _prep(call, market, code)
        owner = {"prepOwnerConstraint": "NONE_ONLY"} if category == "NONE" else {}
        rows.append({"msku": code, "prepCategory": category, "prepTypes": types, **owner})
    return dump({"mskuPrepDetails": rows})


def set_prep(call: Call) -> bytes:
    """Answer setPrepDetails."""
    market = call.market("marketplaceId", call.body["marketplaceId"])
    details = call.body["mskuPrepDetails"]
    _check_skus(call, market, (d["msku"] for d in details))
    kept = {f"{market} {d['msku']}": d for d in details}
    return begin(call, lambda: call.store.records(_PREP).update(kept))


def list_compliance(call: Call) -> bytes:
    """Answer listItemComplianceDetails."""
    market = call.market("marketplaceId", call.get("marketplaceId"))
    rows = []
    for code in _check_skus(call, market, call.many("mskus")):
        sku = Shop.of(call).sku(code)
        kept = call.store.records(_COMPLIANCE).get(f"{market} {code}", {})
        if sku is not None:
            known = {"asin": sku.asin, "fnsku": sku.fnsku or sku.asin, "msku": code}
            rows.append({**known, **given(taxDetails=kept.get("taxDetails"))})
    return dump({"complianceDetails": rows})


def update_compliance(call: Call) -> bytes:
    """Answer updateItemComplianceDetails."""
    market, code = call.market("marketplaceId", call.get("marketplaceId")), call.body["msku"]
    _check_skus(call, market, [code])
    details = call.body["taxDetails"]
    kept = call.store.records(_COMPLIANCE)
    return begin(call, lambda: kept.update({f"{market} {code}": {"taxDetails": details}}))


def create_labels(call: Call) -> bytes:
    """Answer createMarketplaceItemLabels."""
    market = call.market("marketplaceId", call.body["marketplaceId"])
    _check_skus(call, market, (q["msku"] for q in call.body["mskuQuantities"]))
    text = "; ".join(f"{q['quantity']} x {q['msku']}" for q in call.body["mskuQuantities"])
    return dump({"documentDownloads": [download(call, text)]})


def download(call: Call, text: str) -> Record:
    """Return a label as Amazon hands it out."""
    return {"downloadType": "URL", "uri": labels.url(call, text), "expiration": iso(int(call.now) + 300)}


_HANDLERS: dict[str, Callable[[Call], Any]] = {
    "getInboundOperationStatus": get_operation,
    "createInboundPlan": create_plan,
    "listInboundPlans": list_plans,
    "getInboundPlan": get_plan,
    "updateInboundPlanName": rename_plan,
    "cancelInboundPlan": cancel_plan,
    "listInboundPlanItems": plan_items,
    "listInboundPlanBoxes": plan_boxes,
    "listInboundPlanPallets": plan_pallets,
    "generatePackingOptions": generate_packing,
    "listPackingOptions": list_packing,
    "confirmPackingOption": confirm_packing,
    "listPackingGroupItems": group_items,
    "listPackingGroupBoxes": group_boxes,
    "setPackingInformation": set_packing,
    "generatePlacementOptions": generate_placement,
    "listPlacementOptions": list_placement,
    "confirmPlacementOption": confirm_placement,
    "listPrepDetails": list_prep,
    "setPrepDetails": set_prep,
    "listItemComplianceDetails": list_compliance,
    "updateItemComplianceDetails": update_compliance,
    "createMarketplaceItemLabels": create_labels,
}
HANDLERS: dict[str, Handler] = {f"{API}.{name}": handler for name, handler in _HANDLERS.items()}
