"""Inbound plans: what a seller sends to Amazon's warehouses, step by step, and how far it has come at a moment.

A plan holds its lines, packing options with their groups, placement options with their shipments, and what was offered
and chosen for each shipment. Whether a step may be taken is judged here; who asks, and how a body is spelled, is not
known here. Times are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from amzsql.simulator.accounts import Account
from amzsql.simulator.call import CallError
from amzsql.simulator.resources import seeded
from amzsql.simulator.store import Records, Store
from amzsql.simulator.world import AFN, DAY, MARKETS, Sku, World

Record = dict[str, Any]
KIND = "inbound-plan"
OFFERED, ACCEPTED, EXPIRED = "OFFERED", "ACCEPTED", "EXPIRED"
PARTNERED, OWN = "AMAZON_PARTNERED_CARRIER", "USE_YOUR_OWN_CARRIER"
PARCEL, PALLETS = "GROUND_SMALL_PARCEL", "FREIGHT_LTL"
WINDOW_FIRST = "CONFIRMED_DELIVERY_WINDOW"
# Days after a shipment left -> its status.
_ROAD = ((0, "SHIPPED"), (1, "IN_TRANSIT"), (3, "DELIVERED"), (4, "CHECKED_IN"), (5, "RECEIVING"), (12, "CLOSED"))
_HISTORY = 14
_PREPS = (
    ("NONE", "ITEM_NO_PREP"), ("NONE", "ITEM_NO_PREP"), ("FRAGILE", "ITEM_BUBBLEWRAP"), ("SHARP", "ITEM_BOXING"),
    ("NONE", "ITEM_NO_PREP"), ("TEXTILE", "ITEM_POLYBAGGING"),
)  # fmt: skip
# Country -> the warehouses that receive there.
_WAREHOUSES = {
    "US": (
        ("PHX7", "Phoenix", "AZ", "85043"), ("ABE2", "Breinigsville", "PA", "18031"),
        ("ONT8", "Moreno Valley", "CA", "92551"),
    ),
    "CA": (("YYZ4", "Brampton", "ON", "L6Y 0B2"), ("YVR2", "Delta", "BC", "V3M 5Y3")),
    "MX": (("MEX1", "Cuautitlán Izcalli", "MEX", "54730"),),
    "DE": (("LEJ1", "Leipzig", "SN", "04347"), ("DTM2", "Dortmund", "NW", "44145")),
    "GB": (("BHX4", "Coventry", "", "CV5 9DQ"),),
    "JP": (("KIX2", "茨木市", "大阪府", "567-0000"),),
}  # fmt: skip


def refused(message: str) -> CallError:
    """Return the refusal of a step that cannot be taken now."""
    return CallError(400, "BadRequest", message)


def plans(store: Store, world: World, account: Account) -> Records:
    """Return the account's plans by id, those of the past among them."""
    return seeded(store, KIND, lambda: _history(store, world, account))


def shipments(kept: Records) -> Iterator[tuple[Record, Record]]:
    """Yield (plan, shipment) of every shipment that was confirmed."""
    for plan in kept.values():
        yield from ((plan, s) for s in plan["shipments"].values() if s["confirmed"])


def status(plan: Record, now: float) -> str:
    """Return a plan's status: it is shipped when all of its shipments are."""
    if plan["voided"]:
        return "VOIDED"
    left = [shipment_status(plan, s, now) for s in plan["shipments"].values() if s["confirmed"]]
    gone = left and all(s not in ("WORKING", "READY_TO_SHIP") for s in left)
    return "SHIPPED" if gone else "ACTIVE"


def shipment_status(plan: Record, shipment: Record, now: float) -> str:
    """Return a shipment's status at a moment."""
    if plan["voided"]:
        return "CANCELLED"
    if not shipment["confirmed"]:
        return "UNCONFIRMED"
    if shipment["transport"] is None:
        return "WORKING"
    if shipment["leaves"] is None or now < shipment["leaves"]:
        return "READY_TO_SHIP"
    return [name for days, name in _ROAD if now >= shipment["leaves"] + days * DAY][-1]


def updated(plan: Record, shipment: Record, now: float) -> int:
    """Return when a shipment was last changed, by somebody or by being on the way."""
    moved = [shipment["leaves"] + days * DAY for days, _ in _ROAD if shipment["leaves"] is not None]
    return int(max([plan["updated"], *(m for m in moved if m <= now)]))


def received(quantity: int, state: str) -> int:
    """Return how much of a line Amazon has received."""
    return {"RECEIVING": quantity // 2, "CLOSED": quantity}.get(state, 0)


def natural_prep(world: World, sku: Sku) -> tuple[str, str]:
    """Return (category, type) of what a product needs before it is sent."""
    return _PREPS[world.draws("prep", sku.number)[0] % len(_PREPS)]


def line(sku: Sku, given: Mapping[str, Any], prep_types: Sequence[str]) -> Record:
    """Return a line of a plan as Amazon shows it."""
    shown = {"asin": sku.asin, "fnsku": sku.fnsku or sku.asin, "msku": sku.code}
    preps = [{"prepOwner": given["prepOwner"], "prepType": t} for t in prep_types if given["prepOwner"] != "NONE"]
    more = {k: given[k] for k in ("expiration", "manufacturingLotCode") if k in given}
    return {
        **shown,
        "labelOwner": given["labelOwner"],
        "prepInstructions": preps,
        "quantity": given["quantity"],
        **more,
    }


# Steps


def create(store: Store, name: str, market: int, address: Record, lines: list[Record], now: float) -> Record:
    """Keep a new plan and return it."""
    key = "wf" + store.uuid(KIND)
    made: Record = {
        "id": key, "name": name, "market": market, "address": address, "lines": lines, "created": int(now),
        "updated": int(now), "voided": False, "busy": 0.0, "packing": {}, "groups": {}, "placements": {},
        "shipments": {}, "transports": {}, "packed": False,
    }  # fmt: skip
    store.records(KIND)[key] = made
    return made


def check_alive(plan: Record) -> None:
    """Refuse a step of a plan that was cancelled."""
    if plan["voided"]:
        raise refused("The inbound plan is voided.")


def offer_packing(store: Store, plan: Record, now: float) -> None:
    """Offer one way of packing: each group holds what may travel in one box."""
    for option in plan["packing"].values():
        option["status"] = EXPIRED
    halves = [plan["lines"][::2], plan["lines"][1::2]] if len(plan["lines"]) > 3 else [plan["lines"]]
    groups = {"pg" + store.uuid("inbound-part"): {"lines": lines, "boxes": []} for lines in halves}
    plan["groups"].update(groups)
    key = "po" + store.uuid("inbound-part")
    plan["packing"][key] = {"id": key, "status": OFFERED, "groups": list(groups), "until": int(now) + 7 * DAY}
    plan["updated"] = int(now)


def accept_packing(plan: Record, key: str, now: float) -> None:
    """Accept a packing option."""
    plan["packing"][key]["status"] = ACCEPTED
    plan["updated"] = int(now)


def accepted(options: Mapping[str, Record]) -> Record | None:
    """Return the option that was accepted, None before that."""
    return next((o for o in options.values() if o["status"] == ACCEPTED), None)


def packing_problems(plan: Record, groupings: Iterable[Record]) -> list[str]:
    """Return why boxes do not hold what their group or shipment has; none if they do."""
    problems = []
    for grouping in groupings:
        holder = _holder(plan, grouping)
        wanted = _sums((i["msku"], i["quantity"]) for i in holder["lines"])
        boxes = [b for b in grouping["boxes"] if b["contentInformationSource"] == "BOX_CONTENT_PROVIDED"]
        held = _sums((i["msku"], i["quantity"] * b["quantity"]) for b in boxes for i in b.get("items", ()))
        if boxes and held != wanted:
            wrong = sorted(k for k in wanted.keys() | held.keys() if wanted.get(k) != held.get(k))
            problems.append(f"The boxes do not hold the quantities of {', '.join(wrong)}.")
    return problems


def pack(store: Store, plan: Record, groupings: Iterable[Record], now: float) -> None:
    """Put boxes into the groups or shipments that groupings name; what was in them before is gone."""
    for grouping in groupings:
        holder = _holder(plan, grouping)
        lines = {i["msku"]: i for i in holder["lines"]}
        holder["boxes"] = [
            _box(store, lines, box) for box in grouping["boxes"] for _ in range(min(box["quantity"], 200))
        ]
    plan["packed"], plan["updated"] = True, int(now)


def _holder(plan: Record, grouping: Record) -> Record:
    key = grouping.get("packingGroupId") or grouping.get("shipmentId") or ""
    found: Record | None = plan["groups"].get(key) or plan["shipments"].get(key)
    if found is None:
        raise refused(f"The plan has no packing group or shipment {key}.")
    return found


def _box(store: Store, lines: Mapping[str, Record], given: Record) -> Record:
    items = [{**lines[i["msku"]], "quantity": i["quantity"]} for i in given.get("items", ()) if i["msku"] in lines]
    kept = {k: given[k] for k in ("contentInformationSource", "dimensions", "weight")}
    return {"packageId": "pk" + store.uuid("inbound-part"), "quantity": 1, **kept, "items": items}


def _sums(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, quantity in pairs:
        found[key] = found.get(key, 0) + quantity
    return found


def offer_placement(store: Store, plan: Record, now: float) -> None:
    """Offer to send all to one warehouse, for a fee, and where there are several lines or boxes, to two for none."""
    for option in plan["placements"].values():
        option["status"] = EXPIRED
    boxes = [b for g in _accepted_groups(plan) for b in g["boxes"]]
    shares: list[list[tuple[list[Record], list[Record]]]] = [[(plan["lines"], boxes)]]
    halves = (boxes[::2], boxes[1::2])
    if len(boxes) > 1 and all(b["items"] for b in boxes):
        shares.append([(_lines_of(half), half) for half in halves])
    elif len(boxes) != 1 and len(plan["lines"]) > 1:
        shares.append([(plan["lines"][n::2], half) for n, half in enumerate(halves)])
    for number, share in enumerate(shares):
        key = "pl" + store.uuid("inbound-part")
        made = [_shipment(store, plan, key, n, *part) for n, part in enumerate(share)]
        units = sum(i["quantity"] for i in plan["lines"])
        fee = 0 if number else 30 * units
        plan["placements"][key] = {
            "id": key, "status": OFFERED, "shipments": made, "fee": fee, "until": int(now) + 7 * DAY,
        }  # fmt: skip
    plan["updated"] = int(now)


def _accepted_groups(plan: Record) -> list[Record]:
    option = accepted(plan["packing"])
    return [plan["groups"][g] for g in option["groups"]] if option else []


def _lines_of(boxes: Iterable[Record]) -> list[Record]:
    found: dict[str, Record] = {}
    for item in (i for b in boxes for i in b["items"]):
        had = found.get(item["msku"], {"quantity": 0})["quantity"]
        found[item["msku"]] = {**item, "quantity": had + item["quantity"]}
    return list(found.values())


def _shipment(store: Store, plan: Record, placement: str, number: int, lines: list[Record], boxes: list[Record]) -> str:
    key = "sh" + store.uuid("inbound-part")
    country = MARKETS[plan["market"]].place.country
    known = _WAREHOUSES.get(country) or _abroad(plan["market"])
    warehouse, city, state, postcode = known[number % len(known)]
    address = {"name": warehouse, "addressLine1": "1 Fulfillment Way", "city": city, "postalCode": postcode}
    plan["shipments"][key] = {
        "id": key, "placement": placement, "name": f"{plan['name']}-{warehouse}", "confirmed": "", "lines": lines,
        "boxes": [dict(b) for b in boxes], "pallets": [], "warehouse": warehouse, "source": plan["address"],
        "to": {**address, "countryCode": country, **({"stateOrProvinceCode": state} if state else {})},
        "transport": None, "windows": {}, "window": None, "ready": None, "contact": None, "freight": None,
        "tracking": None, "leaves": None, "dated": 0, "slots": {}, "appointments": [], "previews": {}, "reference": "",
    }  # fmt: skip
    return key


def _abroad(market: int) -> tuple[tuple[str, str, str, str], ...]:
    """Return the one warehouse of a country without a list of them."""
    place = MARKETS[market]
    return ((f"X{place.place.country}1", *place.addresses[0]),)


def accept_placement(store: Store, plan: Record, key: str, now: float) -> None:
    """Accept a placement option: its shipments get the ids that labels show."""
    for option in plan["placements"].values():
        option["status"] = ACCEPTED if option["id"] == key else EXPIRED
    for shipment in (plan["shipments"][s] for s in plan["placements"][key]["shipments"]):
        shipment["confirmed"] = "FBA15" + store.text("inbound-confirmation", 7).upper()
        shipment["dated"] = int(now)
        shipment["reference"] = store.text("inbound-reference", 8).upper()
        name_boxes(shipment)
    plan["updated"] = int(now)


def name_boxes(shipment: Record) -> None:
    """Give the boxes of a confirmed shipment the ids that their labels show."""
    for number, box in enumerate(shipment["boxes"], 1):
        box["boxId"] = f"{shipment['confirmed']}U{number:06}"


def offer_transport(
    store: Store, plan: Record, configurations: Iterable[Record], ready: Mapping[str, int], now: float
) -> None:
    """Offer carriers for shipments: Amazon's partner with a quote, and the seller's own; freight for pallets."""
    for asked in configurations:
        shipment = plan["shipments"][asked["shipmentId"]]
        shipment["ready"] = ready[shipment["id"]]
        shipment["contact"] = asked.get("contactInformation", shipment["contact"])
        shipment["freight"] = asked.get("freightInformation", shipment["freight"])
        pallets = asked.get("pallets", ())
        shipment["pallets"] = [
            {"packageId": "pk" + store.uuid("inbound-part"), **p, "quantity": 1}
            for p in pallets
            for _ in range(min(p["quantity"], 50))
        ]
        plan["transports"] = {k: t for k, t in plan["transports"].items() if t["shipment"] != shipment["id"]}
        for mode in (PARCEL, *([PALLETS] if pallets else [])):
            for solution in (PARTNERED, OWN):
                key = "to" + store.uuid("inbound-part")
                plan["transports"][key] = {
                    "id": key, "shipment": shipment["id"], "mode": mode, "solution": solution,
                    "cost": 900 + 35 * sum(i["quantity"] for i in shipment["lines"]), "until": int(now) + 2 * DAY,
                }  # fmt: skip
    plan["updated"] = int(now)


def accept_transport(store: Store, plan: Record, selections: Iterable[Record], now: float) -> None:
    """Accept a carrier for each shipment; Amazon's partner comes when it is ready, and tracks its parcels."""
    for chosen in selections:
        shipment = plan["shipments"][chosen["shipmentId"]]
        option = plan["transports"][chosen["transportationOptionId"]]
        shipment["transport"] = option
        shipment["contact"] = chosen.get("contactInformation", shipment["contact"])
        if option["solution"] == PARTNERED:
            shipment["leaves"] = max(int(now), shipment["ready"])
            items = [
                _tracked(box["boxId"], "1Z" + store.text("inbound-tracking", 16).upper()) for box in shipment["boxes"]
            ]
            shipment["tracking"] = {"spdTrackingDetail": {"spdTrackingItems": items}}
    plan["updated"] = int(now)


def _tracked(box: str, number: str) -> Record:
    return {"boxId": box, "trackingId": number, "trackingNumberValidationStatus": "VALIDATED"}


def track(plan: Record, shipment: Record, given: Record, now: float) -> None:
    """Keep the tracking numbers that the seller's own carrier gave; the shipment is on its way when it is ready."""
    kept = dict(given)
    if "spdTrackingDetail" in given:
        items = given["spdTrackingDetail"]["spdTrackingItems"]
        kept["spdTrackingDetail"] = {"spdTrackingItems": [_tracked(i["boxId"], i["trackingId"]) for i in items]}
    shipment["tracking"] = kept
    shipment["leaves"] = max(int(now), shipment["ready"] or 0)
    plan["updated"] = int(now)


def offer_windows(store: Store, plan: Record, shipment: Record, now: float) -> None:
    """Offer a fortnight of days on which the warehouse takes a shipment."""
    first = max(int(now), shipment["ready"] or 0) // DAY * DAY + 5 * DAY
    shipment["windows"] = {
        key: {"id": key, "start": first + n * DAY, "end": first + (n + 7) * DAY, "until": int(now) + DAY}
        for n, key in enumerate("dw" + store.uuid("inbound-part") for _ in range(14))
    }
    plan["updated"] = int(now)


def offer_slots(store: Store, plan: Record, shipment: Record, since: float, now: float) -> None:
    """Offer hours at which the seller may bring a shipment himself."""
    first = int(max(now, since)) // DAY * DAY + DAY
    times = [first + day * DAY + hour * 3600 for day in range(5) for hour in (8, 11, 14)]
    keys = ["aa" + store.uuid("inbound-part") for _ in times]
    shipment["slots"] = {
        k: {"id": k, "start": t, "end": t + 3600, "until": int(now) + DAY} for k, t in zip(keys, times, strict=True)
    }
    plan["updated"] = int(now)


# The plans that are there from the start


def _history(store: Store, world: World, account: Account) -> None:
    """Make the plans of the last two months, each as far as its age and number have it."""
    skus = [s for s in world.skus() if s.channel == AFN and world.sold_in(s.number, world.markets[0])]
    street, city, state, postcode = account.address
    address = {
        "name": account.business, "addressLine1": street, "city": city, "stateOrProvinceCode": state,
        "countryCode": account.home.country, "postalCode": postcode, "phoneNumber": "+1 206-555-0100",
    }  # fmt: skip
    for n in range(_HISTORY):
        r = world.draws("inbound", n)
        made = world.end - (_HISTORY - n) * 4 * DAY - r[0] % (3 * DAY)
        lines = [
            _drawn_line(world, skus[(n * 7 + k * 3) % len(skus)], 6 * (1 + r[1 + k] % 20)) for k in range(1 + r[9] % 4)
        ]
        plan = create(store, f"FBA restock {n + 1}", world.markets[0], address, lines, made)
        if n % 7 == 5:
            plan["voided"], plan["updated"] = True, made + 3600
        elif n < _HISTORY - 2:
            _run(store, plan, made)


def _drawn_line(world: World, sku: Sku, quantity: int) -> Record:
    category, kind = natural_prep(world, sku)
    owner = "NONE" if category == "NONE" else "SELLER"
    return line(sku, {"labelOwner": "SELLER", "prepOwner": owner, "quantity": quantity}, [kind])


def _run(store: Store, plan: Record, made: int) -> None:
    """Take a plan through every step, within a few hours of its making."""
    offer_packing(store, plan, made + 600)
    accept_packing(plan, next(iter(plan["packing"])), made + 900)
    size = {"unitOfMeasurement": "IN", "length": 18, "width": 14, "height": 12}
    box = {
        "contentInformationSource": "BOX_CONTENT_PROVIDED",
        "dimensions": size,
        "weight": {"unit": "LB", "value": 31},
    }
    boxes = {k: [{**box, "quantity": 1, "items": [i]} for i in g["lines"]] for k, g in plan["groups"].items()}
    pack(store, plan, [{"packingGroupId": k, "boxes": held} for k, held in boxes.items()], made + 1800)
    offer_placement(store, plan, made + 2400)
    option = list(plan["placements"].values())[-1]
    accept_placement(store, plan, option["id"], made + 3000)
    ready = dict.fromkeys(option["shipments"], made + DAY)
    offer_transport(store, plan, [{"shipmentId": s} for s in ready], ready, made + 3600)
    partnered = {t["shipment"]: k for k, t in plan["transports"].items() if t["solution"] == PARTNERED}
    chosen = [{"shipmentId": s, "transportationOptionId": partnered[s]} for s in ready]
    accept_transport(store, plan, chosen, made + 4200)
