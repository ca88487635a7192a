"""FBA inventory: the stock of the SKUs that Amazon ships, fifty a page; in the sandbox items come and go by calls."""

from __future__ import annotations

from amzsql.simulator.call import Call, Handler, dump, invalid, iso, not_found
from amzsql.simulator.world import AFN, MARKETS, Sku, World

from .assortment import Shop
from .fba_stock import ADDED, STILL

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


# The sandbox


def create_item(call: Call) -> bytes:
    """Answer createInventoryItem: a SKU that Amazon is to keep, none of it yet."""
    code, market = call.body["sellerSku"], call.market("marketplaceId", call.body["marketplaceId"])
    if Shop.of(call).listing(code, market) is not None:
        raise invalid(f"sellerSku: there is a SKU {code} already.")
    channel = "AMAZON_JP" if call.account.region == "FE" else f"AMAZON_{call.account.region}"
    given = {
        "item_name": [{"value": call.body["productName"], "marketplace_id": MARKETS[market].place.id}],
        "fulfillment_availability": [{"fulfillment_channel_code": channel}],
    }
    Shop.of(call).submit(code, market, "PRODUCT", given, delay=0)
    return dump({})


def delete_item(call: Call) -> bytes:
    """Answer deleteInventoryItem: the listing and its stock are gone."""
    code, market = call.path["sellerSku"], call.market("marketplaceId", call.get("marketplaceId"))
    _kept(call, code, market)
    Shop.of(call).submit(code, market, "", None, delay=0)
    call.store.records(ADDED).pop(code, None)
    return dump({})


def add_stock(call: Call) -> bytes:
    """Answer addInventory: of each SKU so many units more, all or none; a token is taken once."""
    token, items = call.headers.get("x-amzn-idempotency-token", ""), call.body.get("inventoryItems", [])
    done = call.store.records("sandbox-stock-token")
    for item in items:
        if item["quantity"] < 1:
            raise invalid(f"quantity: {item['quantity']} is no number of units.")
        _kept(call, item["sellerSku"], call.market("marketplaceId", item["marketplaceId"]))
    for item in items if token not in done else ():
        added = call.store.records(ADDED).setdefault(item["sellerSku"], {"units": 0})
        added |= {"units": added["units"] + item["quantity"], "at": int(call.now)}
    done[token] = {}
    return dump({})


def _kept(call: Call, code: str, market: int) -> None:
    listing = Shop.of(call).listing(code, market)
    if listing is None or listing.sku.channel != AFN:
        raise not_found(f"SKU {code} that Amazon keeps")


HANDLERS: dict[str, Handler] = {
    "fbaInventory.getInventorySummaries": get_summaries,
    "fbaInventory.createInventoryItem": create_item,
    "fbaInventory.deleteInventoryItem": delete_item,
    "fbaInventory.addInventory": add_stock,
}
