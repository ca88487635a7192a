"""Rows of reports about products: listings, stock and its movements, fees, and what Amazon recommends.

Listings come from the seller's assortment, quantities from the inventory that getInventorySummaries shows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from amzsql.simulator.apis import inventory
from amzsql.simulator.apis.assortment import Listing, Shop
from amzsql.simulator.world import AFN, DAY, MARKETS, MFN, Sku

from . import orders
from .fields import PRODUCT, fixed
from .scope import Cents, Fields, Moment, Row, Scope, Source


def _row(scope: Scope, listing: Listing, values: Mapping[str, object]) -> Row:
    draws = scope.world.draws("i", listing.sku.number)
    return Row(
        listing.sku.number, scope.made, listing.market, draws, listing.sku, price=listing.price or 0, values=values
    )


def _listing(scope: Scope, listing: Listing) -> Row:
    """Return a listing's row: Amazon leaves the quantity of what it ships itself empty."""
    mine = listing.sku.channel == MFN
    region = MARKETS[listing.market].place.region
    values = {
        "quantity": listing.sku.stock if mine else "",
        "pendingquantity": 0 if mine else "",
        "fulfillmentchannel": "DEFAULT" if mine else "AMAZON_JP" if region == "FE" else f"AMAZON_{region}",
        "status": "Active" if "BUYABLE" in listing.status else "Inactive",
        "price": "" if listing.price is None else Cents(listing.price),
    }
    return _row(scope, listing, values)


def listings(*states: str) -> Source:
    """Return the listings of the marketplace, all or those that are Active or Inactive."""

    def source(scope: Scope) -> Iterator[Row]:
        rows = (_listing(scope, one) for one in scope.shop.every(scope.market))
        return (r for r in rows if not states or r.values["status"] in states)

    return source


def in_stock(scope: Scope) -> Iterator[Row]:
    """Yield the active listings with a quantity of their own."""
    return (r for r in listings("Active")(scope) if r.values["quantity"])


def suppressed(scope: Scope) -> Iterator[Row]:
    """Yield the listings that an issue keeps from being found."""
    for one in scope.shop.every(scope.market):
        if one.severity == "ERROR":
            values = {
                "status": "Search Suppressed",
                "reason": "Missing info",
                "issuedescription": "'size' is missing.",
                "statuschangedate": Moment(one.sku.updated),
            }
            yield _row(scope, one, values)


def gone(scope: Scope) -> Iterator[Row]:
    """Yield listings that were closed: one SKU in fifty has such a predecessor."""
    for one in scope.shop.every(scope.market):
        if one.sku.number % 50 == 7:
            old = one.sku._replace(code=f"{one.sku.code}-OLD", stock=0)
            yield _row(scope, one._replace(sku=old), {"quantity": 0})


def products(scope: Scope) -> Iterator[Row]:
    """Yield every listing of the marketplace without more."""
    return (_row(scope, one, {}) for one in scope.shop.every(scope.market))


LISTING: Fields = MappingProxyType(
    {
        **PRODUCT,
        "itemdescription": lambda _, r: f"{r.sku.title}. {r.sku.color}.",
        "listingid": lambda _, r: f"{r.number:04}{r.draws[9] % 10**7:07}",
        "opendate": lambda _, r: Moment(r.sku.created),
        "itemismarketplace": fixed("y"),
        "productidtype": fixed("1"),
        "productid": lambda _, r: r.sku.asin,
        "itemcondition": fixed("11"),
        "willshipinternationally": fixed("1"),
        "expeditedshipping": fixed("N"),
        "merchantshippinggroup": fixed("Migrated Template"),
        "businessprice": lambda _, r: Cents(r.price * 95 // 100) if r.number % 4 == 0 else "",
        "estimatedreferralfeeperitem": lambda _, r: Cents(r.price * 15 // 100),
        "imageurl": fixed(""),
        **dict.fromkeys((f"quantitylowerbound{n}" for n in range(1, 6)), fixed("")),
        **dict.fromkeys((f"quantityprice{n}" for n in range(1, 6)), fixed("")),
        **dict.fromkeys((f"progressivelowerbound{n}" for n in range(1, 4)), fixed("")),
        **dict.fromkeys((f"progressiveprice{n}" for n in range(1, 4)), fixed("")),
        **dict.fromkeys(
            ("quantitypricetype", "progressivepricetype", "zshopshippingfee", "itemnote", "bidforfeaturedplacement"),
            fixed(""),
        ),
        **dict.fromkeys((f"{c}offerstatus" for c in ("uk", "fr", "de", "it", "es")), fixed("Active")),
        "paneustatus": fixed("Enrolled"),
        **dict.fromkeys((f"{c}eligibility" for c in ("ca", "mx", "br")), fixed("Eligible")),
    }
)


# Stock


def stock(every: int = 1) -> Source:
    """Return what Amazon holds of each SKU of the marketplace, or of every n-th."""

    def source(scope: Scope) -> Iterator[Row]:
        shop = scope.shop
        for one in _held(scope, every):
            yield _row(scope, one, quantities(shop, one.sku))

    return source


def region(every: int = 1) -> Source:
    """Return what Amazon holds of each SKU of the region, or of every n-th, whatever marketplace was asked for."""

    def source(scope: Scope) -> Iterator[Row]:
        shop = scope.shop
        for one in _everywhere(scope, every):
            yield _row(scope, one, quantities(shop, one.sku))

    return source


def planned(scope: Scope) -> Iterator[Row]:
    """Yield what Amazon holds of each SKU of the marketplace, and what of it was shipped in the last 90 days."""
    units: dict[tuple[int, int], int] = {}
    cents: dict[tuple[int, int], int] = {}
    for row in orders.shipments(orders.is_afn)(dataclasses.replace(scope, start=scope.made - 90 * DAY, end=scope.made)):
        for days in (d for d in _LOOKS if row.market == scope.market and row.at >= scope.made - d * DAY):
            key = (row.sku.number, days)
            units[key] = units.get(key, 0) + row.item.shipped
            cents[key] = cents.get(key, 0) + row.item.price
    for row in stock()(scope):
        sold: dict[str, object] = {
            "unitssoldlast30days": units.get((row.number, 30), 0),
            "saleslast30days": Cents(cents.get((row.number, 30), 0)),
        }
        for days in _LOOKS:
            sold[f"unitsshippedt{days}"] = units.get((row.number, days), 0)
            sold[f"salesshippedlast{days}days"] = Cents(cents.get((row.number, days), 0))
        yield row._replace(values={**row.values, **sold})


_LOOKS = (7, 30, 60, 90)


def transfers(scope: Scope) -> Iterator[Row]:
    """Yield what Amazon moved between its warehouses in the window."""
    for row in events("st", 9)(scope):
        quantity = 1 + row.draws[2] % 20
        values = {
            "quantity": quantity, "transactiontype": "FC Transfer", "invoicedate": Moment(row.at),
            "taxablevalue": Cents(row.price * quantity), "invoicevalue": Cents(row.price * quantity),
            "transactionid": f"FCT{row.number:010}", "shipfromfc": "LEJ1", "shiptofc": "PHX7", "shiptocity": "",
            "shiptostate": "", "shiptopostalcode": "",
        }  # fmt: skip
        yield row._replace(values=values)


def _held(scope: Scope, every: int) -> Iterator[Listing]:
    return (o for o in scope.shop.every(scope.market) if o.sku.channel == AFN and o.sku.number // 2 % every == 0)


def _everywhere(scope: Scope, every: int) -> Iterator[Listing]:
    """Yield once each SKU of the region that Amazon holds, or every n-th: as it is sold where it is sold first."""
    known = set[str]()
    for market in scope.world.markets:
        for one in _held(dataclasses.replace(scope, market=market), every):
            if one.sku.code not in known:
                known.add(one.sku.code)
                yield one


def quantities(shop: Shop, sku: Sku) -> dict[str, object]:
    """Return the quantities of a SKU by the names that reports have for them."""
    shown: dict[str, Any] = inventory.summary(shop, sku, True)
    parts = shown["inventoryDetails"]
    reserved, bad = parts["reservedQuantity"], parts["unfulfillableQuantity"]["totalUnfulfillableQuantity"]
    free, held = parts["fulfillableQuantity"], reserved["totalReservedQuantity"]
    working, sent, arriving = (parts[f"inbound{n}Quantity"] for n in ("Working", "Shipped", "Receiving"))
    lost = parts["researchingQuantity"]["totalResearchingQuantity"]
    return {
        **dict.fromkeys(
            ("afnfulfillablequantity", "quantityavailable", "quantityforlocalfulfillment", "fulfillableqty",
             "available", "sellablequantity", "invage0to90days", "afnfulfillablequantitylocal",
             "averagequantityonhand", "afnonhandbuyablequantity"),
            free,
        ),
        "afnwarehousequantity": free + held + bad,
        "afntotalquantity": shown["totalQuantity"],
        "totalunits": shown["totalQuantity"],
        **dict.fromkeys(("afnunsellablequantity", "unfulfillablequantity", "unsellablequantity",
                         "unfulfillableqty", "unfulfillable"), bad),
        **dict.fromkeys(("afnreservedquantity", "reservedqty", "reservedquantity"), held),
        **dict.fromkeys(("reservedcustomerorders", "customerorder"), reserved["pendingCustomerOrderQuantity"]),
        **dict.fromkeys(("reservedfctransfers", "fctransfer", "afnfctransferquantity"),
                        reserved["pendingTransshipmentQuantity"]),
        **dict.fromkeys(("reservedfcprocessing", "fcprocessing"), reserved["fcProcessingQuantity"]),
        **dict.fromkeys(("afninboundworkingquantity", "inboundworking", "working"), working),
        **dict.fromkeys(("afninboundshippedquantity", "inboundshipped", "shipped", "inboundshippedqty"), sent),
        **dict.fromkeys(("afninboundreceivingquantity", "inboundreceived", "receiving"), arriving),
        **dict.fromkeys(("inbound", "inboundquantity"), working + sent + arriving),
        "afnresearchingquantity": lost,
    }  # fmt: skip


STOCK: Fields = MappingProxyType(
    {
        **PRODUCT,
        "warehouseconditioncode": fixed("SELLABLE"),
        "conditiontype": fixed("NewItem"),
        "mfnlistingexists": fixed("No"),
        "mfnfulfillablequantity": fixed(""),
        "afnlistingexists": fixed("Yes"),
        **dict.fromkeys(
            ("afnreservedfuturesupply", "afnfuturesupplybuyable", "afnfulfillablequantityremote"), fixed(0)
        ),
        "program": fixed("FBA"),
        **dict.fromkeys(("eligibleforinventorydiscount", "qualifiesforinventorydiscount"), fixed("N")),
        "performancemeasurementunit": fixed("Units"),
        "problemtype": fixed("Label missing"),
        "store": fixed(""),
        "alert": fixed(""),
        "recommendedaction": fixed("No excess inventory"),
        "producttier": fixed("Large Standard-Size"),
        **dict.fromkeys(("productsizetier", "unitstoragesize"), fixed("Large Standard-Size")),
        "storagetype": fixed("Standard"),
        "dangerousgoodsstoragetype": fixed("--"),
        "monthofcharge": lambda s, _: s.day(s.start).strftime("%Y-%m"),
        "estimatedreferralfeeperunit": lambda _, r: Cents(r.price * 15 // 100),
        **dict.fromkeys(
            ("expectedfulfillmentfeeperunit", "estimatedpickpackfeeperunit"),
            lambda _, r: Cents(350 * MARKETS[r.market].price // 100),
        ),
        "estimatedfeetotal": lambda _, r: Cents(r.price * 15 // 100 + 350 * MARKETS[r.market].price // 100),
        "primaryaction": fixed("Edit listing"),
        "statusprimary": fixed("Stranded"),
        "strandedreason": fixed("Listing closed"),
        "quantity": lambda _, r: r.sku.stock,
    }
)


def ledger(scope: Scope) -> Iterator[Row]:
    """Yield what moved in the window: shipments and the receipts that make up for them, returns and their disposal."""
    for row in orders.shipments(orders.is_afn)(scope):
        for kind, sign in (("Shipments", -1), ("Receipts", 1)):
            yield _moved(row, kind, sign * row.item.shipped, row.order_id)
    for row in orders.refunds(AFN)(scope):
        for kind, sign in (("CustomerReturns", 1), ("Adjustments", -1)):
            yield _moved(row, kind, sign * row.item.shipped, row.order_id)


def _moved(row: Row, kind: str, quantity: int, reference: str) -> Row:
    values = {
        "eventtype": kind,
        "quantity": quantity,
        "referenceid": reference,
        "reconciledquantity": 0,
        "unreconciledquantity": 0,
        "disposition": "SELLABLE",
        "reason": "" if kind != "Adjustments" else "D",
    }
    return row._replace(values=values)


def ledger_summary(scope: Scope) -> Iterator[Row]:
    """Yield the balance of every SKU over the window: what came and went is what the detailed view tells."""
    sums: dict[int, dict[str, int]] = {}
    for row in ledger(scope):
        own = sums.setdefault(row.sku.number, {})
        kind, quantity = str(row.values["eventtype"]), row.values["quantity"]
        own[kind] = own.get(kind, 0) + (quantity if isinstance(quantity, int) else 0)
    for one in _everywhere(scope, 1):
        own = sums.get(one.sku.number, {})
        values: dict[str, object] = {
            "startingwarehousebalance": one.sku.stock,
            "endingwarehousebalance": one.sku.stock,
            "receipts": own.get("Receipts", 0),
            "customershipments": own.get("Shipments", 0),
            "customerreturns": own.get("CustomerReturns", 0),
            "disposed": own.get("Adjustments", 0),
            "disposition": "SELLABLE",
            "date": Moment(scope.end - 1),
            **_STILL,
        }
        yield _row(scope, one, values)


_STILL = dict.fromkeys(
    ("intransitbetweenwarehouses", "vendorreturns", "warehousetransferinout", "found", "lost", "damaged",
     "otherevents", "unknownevents"), 0,
)  # fmt: skip


_WEEK = 7 * DAY
# What happened to stock now and then: one SKU in so many, at a time within the window.


def events(kind: str, every: int, values: Mapping[str, object] = MappingProxyType({})) -> Source:
    """Return one event a week for every n-th SKU that Amazon holds in the region, on a day that it decides."""

    def source(scope: Scope) -> Iterator[Row]:
        for one in _everywhere(scope, every):
            first = max(scope.start, scope.world.start)
            phase = scope.world.draws(kind, one.sku.number)[0]
            for at in range(first + (phase - first) % _WEEK, scope.end, _WEEK):
                number = one.sku.number * 10_000 + at // _WEEK
                draws = scope.world.draws(kind, number)
                yield Row(number, at, one.market, draws, one.sku, price=one.price or 0, values=values)

    return source


def reimbursements(scope: Scope) -> Iterator[Row]:
    """Yield what Amazon paid in the window for stock that it lost."""
    for row in events("rb", 12)(scope):
        units = 1 + row.draws[2] % 3
        values = {
            "approvaldate": Moment(row.at),
            "reimbursementid": f"{row.draws[3] % 10**10:010}",
            "caseid": "",
            "amazonorderid": "",
            "reason": ("Lost_Warehouse", "Damaged_Warehouse")[row.draws[4] & 1],
            "amountperunit": Cents(row.price),
            "amounttotal": Cents(row.price * units),
            "quantityreimbursedcash": units,
            "quantityreimbursedinventory": 0,
            "quantityreimbursedtotal": units,
            "originalreimbursementid": "",
            "originalreimbursementtype": "",
        }
        yield row._replace(values=values)


def removal_orders(scope: Scope) -> Iterator[Row]:
    """Yield the removal orders of the window: those that the reports of all orders hold."""
    for row in orders.removals(scope, DAY):
        if scope.start <= row.head.created < scope.end:
            done = row.head.shipped > 0
            asked = row.item.quantity
            values = {
                "requestdate": Moment(row.head.created),
                "removaldate": Moment(row.head.created),
                "lastupdateddate": Moment(row.head.updated),
                "shipmentdate": Moment(row.head.shipped) if done else "",
                "ordertype": "Return",
                "orderstatus": "Completed" if done else "Planning",
                "disposition": "Sellable",
                "requestedquantity": asked,
                "cancelledquantity": 0,
                "disposedquantity": 0,
                "shippedquantity": asked if done else 0,
                "quantityshipped": asked if done else 0,
                "inprocessquantity": 0 if done else asked,
                "removalfee": Cents(50 * asked),
            }
            yield row._replace(values=values)


def removal_shipments(scope: Scope) -> Iterator[Row]:
    """Yield the removal orders of the window that were shipped."""
    return (r for r in removal_orders(scope) if r.head.shipped)


def estimated(scope: Scope) -> Iterator[Row]:
    """Yield the fees of every product of the marketplace that Amazon ships."""
    return (_row(scope, one, {}) for one in _held(scope, 1))


def overage(scope: Scope) -> Iterator[Row]:
    """Yield the one charge for too much stock that the window brings."""
    values = {"volumeunit": "cubic feet", "storagetype": "Standard", "currencycode": scope.place.place.currency}
    yield Row(0, scope.start, scope.market, scope.world.draws("ov", scope.start // DAY), values=values)
