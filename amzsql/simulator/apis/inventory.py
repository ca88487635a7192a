"""FBA inventory: the stock of the SKUs that Amazon ships, fifty a page."""

from __future__ import annotations

from amzsql.simulator.call import Call, Handler, dump, invalid, iso
from amzsql.simulator.world import AFN, Sku, World

from .assortment import Shop
from .fba_stock import STILL

_PAGE = 50


def get_summaries(call: Call) -> bytes:
    """Answer getInventorySummaries. With startDateTime Amazon ignores the SKUs."""
    markets = call.markets("marketplaceIds")
    if call.get("granularityId") not in call.many("marketplaceIds"):
        raise invalid("granularityId must be the marketplace.")
    shop = Shop.of(call)
    rows = [s for m in sorted(markets) for s in _wanted(call, shop, m) if s.channel == AFN]
    start = call.position or 0
    page = [summary(shop, s, call.flag("details")) for s in rows[start : start + _PAGE]]
    granularity = {"granularityType": "Marketplace", "granularityId": call.get("granularityId")}
    answer: dict[str, object] = {"payload": {"granularity": granularity, "inventorySummaries": page}}
    if len(rows) > start + _PAGE:
        answer["pagination"] = {"nextToken": call.pages.token(call, start + _PAGE)}
    return dump(answer)


def _wanted(call: Call, shop: Shop, market: int) -> list[Sku]:
    since = call.time("startDateTime")
    if since is not None:
        return [row.sku for row in shop.every(market) if _updated(shop, row.sku) >= since]
    codes = call.many("sellerSkus") or ((call.get("sellerSku"),) if call.get("sellerSku") else ())
    if codes:
        return [row.sku for row in (shop.listing(c, market) for c in dict.fromkeys(codes)) if row is not None]
    return [row.sku for row in shop.every(market)]


def _updated(shop: Shop, sku: Sku) -> int:
    return max(sku.updated, shop.moved.get(sku.code, STILL).changed)


def summary(shop: Shop, sku: Sku, details: bool) -> dict[str, object]:
    """Return what getInventorySummaries shows of a SKU as the shop has it, with the details or without."""
    parts, inbound = counts(shop.world, sku)
    moved = shop.moved.get(sku.code, STILL)
    parts["reserved"] += moved.reserved
    inbound = (inbound[0] + moved.working, inbound[1] + moved.shipped, inbound[2] + moved.receiving)
    row: dict[str, object] = {
        "asin": sku.asin,
        "fnSku": sku.fnsku,
        "sellerSku": sku.code,
        "condition": "NewItem",
        "lastUpdatedTime": iso(_updated(shop, sku)),
        "productName": sku.title,
        "totalQuantity": sku.stock + sum(parts.values()) + sum(inbound),
        "stores": [],
    }
    if details:
        row["inventoryDetails"] = _details(sku, parts, inbound, moved.reserved)
    return row


def counts(world: World, sku: Sku) -> tuple[dict[str, int], tuple[int, int, int]]:
    """Return what of a SKU Amazon holds but cannot sell, and what is on its way (working, shipped, receiving)."""
    if world.sku_by_code.get(sku.code, sku).channel != AFN or sku.code not in world.sku_by_code:
        # Amazon has never had any of it.
        return {"reserved": 0, "bad": 0, "lost": 0}, (0, 0, 0)
    r = world.draws("i", sku.number)
    inbound = (r[3] % 60 if r[3] % 3 == 0 else 0, r[4] % 80 if r[4] % 4 == 0 else 0, r[5] % 9)
    return {"reserved": r[0] % 12, "bad": r[1] % 4, "lost": r[2] % 2}, inbound


def _details(sku: Sku, parts: dict[str, int], inbound: tuple[int, int, int], ordered: int) -> dict[str, object]:
    """Return the details; `ordered` of what is reserved is for the seller's own orders."""
    rest = parts["reserved"] - ordered
    pending, transfer = ordered + rest // 2, rest // 4
    lost = [
        {"name": "researchingQuantityInShortTerm", "quantity": parts["lost"]},
        {"name": "researchingQuantityInMidTerm", "quantity": 0},
        {"name": "researchingQuantityInLongTerm", "quantity": 0},
    ]
    return {
        "fulfillableQuantity": sku.stock,
        "inboundWorkingQuantity": inbound[0],
        "inboundShippedQuantity": inbound[1],
        "inboundReceivingQuantity": inbound[2],
        "reservedQuantity": {
            "totalReservedQuantity": parts["reserved"],
            "pendingCustomerOrderQuantity": pending,
            "pendingTransshipmentQuantity": transfer,
            "fcProcessingQuantity": parts["reserved"] - pending - transfer,
        },
        "researchingQuantity": {
            "totalResearchingQuantity": parts["lost"],
            "researchingQuantityBreakdown": lost,
        },
        "unfulfillableQuantity": {
            "totalUnfulfillableQuantity": parts["bad"],
            "customerDamagedQuantity": parts["bad"],
            "warehouseDamagedQuantity": 0,
            "distributorDamagedQuantity": 0,
            "carrierDamagedQuantity": 0,
            "defectiveQuantity": 0,
            "expiredQuantity": 0,
        },
    }


HANDLERS: dict[str, Handler] = {"fbaInventory.getInventorySummaries": get_summaries}
