"""How long a page takes to become a record batch, measured against orjson.loads of the same bytes.

    python benchmarks/decode.py

Prints, for each page shape, two ratios and their bound; exits with 1 if the first exceeds it. The first compares the
least of a few runs in a row; for the second, single runs take turns, so that each also pays for the cache and heap that
the other left behind. The bodies are made here, as sparse as Amazon's are, or are the simulator's own.
"""

# ruff: noqa: SIM905 - names in a string read better than eighty quotes

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import httpx
import orjson

from amzsql.catalog import registry
from amzsql.clock import VirtualClock
from amzsql.execute.decode import Decoder, Output
from amzsql.simulator import Simulator
from amzsql.types import BIGINT, BOOLEAN, JSON, MONEY, TIMESTAMP, VARCHAR, SqlType

ADDRESS = "Name CompanyName AddressLine1 AddressLine2 AddressLine3 City County District StateOrRegion Municipality"
ADDRESS += " PostalCode CountryCode Phone AddressType"
EXTENDED = "StreetName StreetNumber Complement Neighborhood"
V0: dict[str, SqlType] = {
    **dict.fromkeys(
        (
            "AmazonOrderId SellerOrderId OrderStatus FulfillmentChannel SalesChannel OrderChannel ShipServiceLevel"
            " OrderTotal.CurrencyCode PaymentMethod MarketplaceId ShipmentServiceLevelCategory EasyShipShipmentStatus"
            " CbaDisplayableShippingLabel OrderType ReplacedOrderId BuyerInvoicePreference SellerDisplayName"
            " BuyerTaxInformation.BuyerLegalCompanyName BuyerTaxInformation.BuyerBusinessAddress"
            " BuyerTaxInformation.BuyerTaxRegistrationId BuyerTaxInformation.BuyerTaxOffice"
            " FulfillmentInstruction.FulfillmentSupplySourceId BuyerInfo.BuyerEmail BuyerInfo.BuyerName"
            " BuyerInfo.BuyerCounty BuyerInfo.PurchaseOrderNumber BuyerInfo.BuyerTaxInfo.CompanyLegalName"
            " AutomatedShippingSettings.AutomatedCarrier ElectronicInvoiceStatus"
        ).split(),
        VARCHAR,
    ),
    **{f"ShippingAddress.{n}": VARCHAR for n in ADDRESS.split()},
    **{f"DefaultShipFromLocationAddress.{n}": VARCHAR for n in ADDRESS.split()},
    **{f"ShippingAddress.ExtendedFields.{n}": VARCHAR for n in EXTENDED.split()},
    **dict.fromkeys(
        (
            "PurchaseDate LastUpdateDate EarliestShipDate LatestShipDate EarliestDeliveryDate LatestDeliveryDate"
            " PromiseResponseDueDate"
        ).split(),
        TIMESTAMP,
    ),
    **dict.fromkeys(
        (
            "IsBusinessOrder IsPrime IsPremiumOrder IsGlobalExpressEnabled IsReplacementOrder IsSoldByAB IsIBA IsISPU"
            " IsAccessPointOrder HasRegulatedItems"
        ).split(),
        BOOLEAN,
    ),
    "OrderTotal.Amount": MONEY,
    "NumberOfItemsShipped": BIGINT,
    "NumberOfItemsUnshipped": BIGINT,
    "PaymentMethodDetails": JSON,
}
PARTS = ("ITEM", "SHIPPING", "TAX", "DISCOUNT")
ORDER: dict[str, SqlType] = {
    "orderId": VARCHAR,
    "orderAliases": JSON,
    "createdTime": TIMESTAMP,
    "lastUpdatedTime": TIMESTAMP,
    "programs": JSON,
    "associatedOrders": JSON,
    "packages": JSON,
    "packages[0].carrier": VARCHAR,
    "packages[0].trackingNumber": VARCHAR,
    "proceeds.grandTotal.amount": MONEY,
    "proceeds.grandTotal.currencyCode": VARCHAR,
    "fulfillment.shipByWindow.earliestDateTime": TIMESTAMP,
    "fulfillment.shipByWindow.latestDateTime": TIMESTAMP,
    "fulfillment.deliverByWindow.earliestDateTime": TIMESTAMP,
    "fulfillment.deliverByWindow.latestDateTime": TIMESTAMP,
    **{f"salesChannel.{n}": VARCHAR for n in "channelName marketplaceId marketplaceName".split()},
    **{f"buyer.{n}": VARCHAR for n in "buyerName buyerEmail buyerCompanyName buyerPurchaseOrderNumber".split()},
    **{f"fulfillment.{n}": VARCHAR for n in "fulfillmentStatus fulfilledBy fulfillmentServiceLevel".split()},
    **{
        f"recipient.deliveryAddress.{n[0].lower() + n[1:]}": VARCHAR
        for n in [*ADDRESS.split(), *EXTENDED.split(), "dropBoxLocation", "instructions"]
    },
    **{f"merchantAddress.{n[0].lower() + n[1:]}": VARCHAR for n in [*ADDRESS.split(), *EXTENDED.split()]},
}
ITEM: dict[str, SqlType] = {
    "orderItemId": VARCHAR,
    "quantityOrdered": BIGINT,
    "fulfillment.quantityFulfilled": BIGINT,
    "fulfillment.quantityUnfulfilled": BIGINT,
    **{
        f"product.{n}": VARCHAR
        for n in "asin title sellerSku condition.conditionType condition.conditionSubtype".split()
    },
    "product.price.unitPrice.amount": MONEY,
    "product.price.unitPrice.currencyCode": VARCHAR,
    "product.serialNumbers": JSON,
    "proceeds.proceedsTotal.amount": MONEY,
    **{f"proceeds.breakdowns[type={p}].subtotal.amount": MONEY for p in PARTS},
    **{f"cancellation.cancellationRequest.{n}": VARCHAR for n in ("requester", "cancelReason")},
    "measurement.unit": VARCHAR,
    "expense.pointsCost.pointsGranted.pointsNumber": BIGINT,
}


def _order_id(rng: random.Random) -> str:
    return f"{rng.randrange(100, 999)}-{rng.randrange(10**6, 10**7)}-{rng.randrange(10**6, 10**7)}"


def _time(rng: random.Random) -> str:
    return f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}T{rng.randrange(24):02}:10:{rng.randrange(60):02}Z"


def _sample(rng: random.Random, kind: SqlType, name: str) -> Any:
    samples: dict[str, Callable[[], Any]] = {
        "BOOLEAN": lambda: rng.random() < 0.2,
        "BIGINT": lambda: rng.randrange(1, 5),
        MONEY.name: lambda: f"{rng.randrange(100, 20000) / 100:.2f}",
        TIMESTAMP.name: lambda: _time(rng),
        "JSON": lambda: [{"name": name, "value": "Standard"}],
    }
    if "OrderId" in name or name == "orderId":
        return _order_id(rng)
    return samples.get(kind.name, lambda: f"{name.rpartition('.')[2]} {rng.randrange(1000)}")()


# Groups that most orders lack; all else is there.
RARE = (
    "BuyerTaxInformation",
    "FulfillmentInstruction",
    "ExtendedFields",
    "DefaultShipFrom",
    "EasyShip",
    "Cba",
    "Replaced",
)
RARE += (
    "merchantAddress",
    "cancellation",
    "measurement",
    "expense",
    "serialNumbers",
    "associatedOrders",
    "orderAliases",
)
RARE += (
    "AddressLine2",
    "AddressLine3",
    "addressLine2",
    "addressLine3",
    "County",
    "District",
    "Municipality",
    "Promise",
)


def _fill(rng: random.Random, columns: dict[str, SqlType]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for path, kind in columns.items():
        if "[" in path or (any(r in path for r in RARE) and rng.random() < 0.97):
            continue
        *parents, leaf = path.split(".")
        at = record
        for parent in parents:
            at = at.setdefault(parent, {})
        at[leaf] = _sample(rng, kind, path)
    return record


def v0_page(seed: int, orders: int = 100) -> bytes:
    """Return a getOrders body."""
    rng = random.Random(seed)
    return orjson.dumps({"payload": {"Orders": [_fill(rng, V0) for _ in range(orders)], "NextToken": "x" * 300}})


def search_page(seed: int, orders: int = 100) -> bytes:
    """Return a searchOrders body: orders with one to three items."""
    rng = random.Random(seed)
    found = []
    for _ in range(orders):
        order = _fill(rng, ORDER)
        order["packages"] = [{"carrier": "UPS", "trackingNumber": "1Z" + str(rng.random())}]
        order["orderItems"] = [_item(rng) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        found.append(order)
    return orjson.dumps({"orders": found, "pagination": {"nextToken": "x" * 300}})


def _item(rng: random.Random) -> dict[str, Any]:
    item = _fill(rng, ITEM)
    item.setdefault("proceeds", {})["breakdowns"] = [
        {"type": part, "subtotal": {"amount": f"{rng.randrange(1, 9999) / 100:.2f}", "currencyCode": "USD"}}
        for part in PARTS[: rng.randrange(1, 5)]
    ]
    return item


def outputs(prefix: str, columns: dict[str, SqlType]) -> list[Output]:
    """Return a column for each path below the prefix."""
    return [Output(path, f"{prefix}.{path}", kind) for path, kind in columns.items()]


ITEMS = [
    *outputs("orders[].orderItems[]", ITEM),
    Output("AmazonOrderId", "orders[].orderId", VARCHAR),
    Output("PurchaseDate", "orders[].createdTime", TIMESTAMP),
    Output("Number", "orders[].orderItems[]#", BIGINT),
]
FIVE = ["AmazonOrderId", "OrderStatus", "PurchaseDate", "OrderTotal.Amount", "OrderTotal.CurrencyCode"]
FIVE_2026 = ["orderId", "fulfillment.fulfillmentStatus", "createdTime", "proceeds.grandTotal.amount"]
FIVE_2026 += ["proceeds.grandTotal.currencyCode"]
CASES: list[tuple[str, Callable[[int], bytes], str, list[Output]]] = [
    ("getOrders, all columns", v0_page, "payload.Orders[]", outputs("payload.Orders[]", V0)),
    ("searchOrders, all columns", search_page, "orders[]", outputs("orders[]", ORDER)),
    ("searchOrders, items", search_page, "orders[].orderItems[]", ITEMS),
    ("getOrders, 5 columns", v0_page, "payload.Orders[]", outputs("payload.Orders[]", {n: V0[n] for n in FIVE})),
    ("searchOrders, 5 columns", search_page, "orders[]", outputs("orders[]", {n: ORDER[n] for n in FIVE_2026})),
]


FIVE_OF_TABLE = ["AmazonOrderId", "OrderStatus", "PurchaseDate", "OrderTotalAmount", "OrderTotalCurrencyCode"]


def simulated(columns: list[str]) -> tuple[str, list[Output]]:
    """Return the row path and the columns of getOrders as the table Orders reads it; none named: all."""
    table = registry.table("SellingPartner", "Orders")
    path = next(p for p in table.paths if p.operation.endswith("getOrders"))
    wanted = [c for c in table.columns if c.name in path.sources and (not columns or c.name in columns)]
    sources = [(c, path.sources[c.name]) for c in wanted]
    return path.row_path, [Output(c.name, source.path, c.type, source.values) for c, source in sources]


def simulated_pages(count: int) -> list[bytes]:
    """Return the first pages of getOrders that the simulator answers."""
    http = httpx.Client(
        transport=httpx.WSGITransport(app=Simulator(VirtualClock(1_795_000_000.0), orders=5000, throttle="off")),
        base_url="https://simulator.test",
    )
    login = {"grant_type": "refresh_token", "refresh_token": "any", "client_id": "any", "client_secret": "any"}
    http.headers["x-amz-access-token"] = http.post("/auth/o2/token", data=login).json()["access_token"]
    asked = {"MarketplaceIds": "ATVPDKIKX0DER", "CreatedAfter": "2026-01-01T00:00:00Z"}
    pages: list[bytes] = []
    while len(pages) < count:
        answer = http.get("/orders/v0/orders", params=asked)
        pages.append(answer.raise_for_status().content)
        asked["NextToken"] = orjson.loads(answer.content)["payload"]["NextToken"]
    return pages


def _best(call: Callable[[], object], runs: int = 7) -> float:
    """Return the least seconds of a few runs in a row."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def ratio(decoder: Decoder, pages: list[bytes], repeats: int = 30) -> tuple[float, float]:
    """Return decode's time divided by orjson's: by the least of a few runs in a row, and by single runs in turns.

    Either way the two take turns, so that a slower minute of the machine falls on both.
    """

    def ours() -> object:
        return decoder.decode(pages)

    def theirs() -> object:
        return [orjson.loads(page) for page in pages]

    settled = median(_best(ours) / _best(theirs) for _ in range(repeats))
    single = [(_best(ours, 1), _best(theirs, 1)) for _ in range(3 * repeats)]
    return settled, median(a for a, _ in single) / median(b for _, b in single)


def cases() -> list[tuple[str, list[bytes], str, list[Output]]]:
    """Return each case: its name, five pages, row path and columns."""
    simulator = simulated_pages(5)
    found = [(name, [make(seed) for seed in range(5)], row_path, columns) for name, make, row_path, columns in CASES]
    for name, names in (("all columns", []), ("5 columns", FIVE_OF_TABLE)):
        found.append((f"getOrders of the simulator, {name}", simulator, *simulated(names)))
    return found


def measure() -> list[tuple[str, float, float, float]]:
    """Return (case, ratio of settled runs, ratio of single runs, bound) for each case."""
    results = []
    for name, pages, row_path, columns in cases():
        decoder = Decoder(row_path, columns)
        few = len(columns) <= 5
        label = f"{name} ({len(columns)}, {len(pages[0]) // 1000} kB)"
        results.append((f"{label}, 1 page", *ratio(decoder, pages[:1]), 0.5 if few else 2.5))
        results.append((f"{label}, 5 pages", *ratio(decoder, pages), 0.5 if few else 2.0))
    return results


def main() -> int:
    """Print the table; 1 if a bound is exceeded."""
    results = measure()
    for name, found, single, bound in results:
        mark = "" if found <= bound else "   EXCEEDED"
        print(f"{name:62} {found:5.2f} x orjson.loads, in single runs {single:5.2f}, at most {bound}{mark}")
    return int(any(found > bound for _, found, _, bound in results))


if __name__ == "__main__":
    sys.exit(main())
