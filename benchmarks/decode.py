"""How long a page takes to become a record batch, measured against orjson.loads of the same bytes.

    python benchmarks/decode.py

Prints, for each page shape, the median ratio of repeats and its bound; exits with 1 if one is exceeded.
The bodies are made here, as sparse as Amazon's are.
"""

# ruff: noqa: SIM905 - names in a string read better than eighty quotes

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import orjson

from amzsql.execute.decode import Decoder, Output
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


def _best(call: Callable[[], object], runs: int = 7) -> float:
    """Return the least seconds of a few runs in a row."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def ratio(decoder: Decoder, pages: list[bytes], repeats: int = 30) -> float:
    """Return the median of decode time divided by orjson's.

    The two take turns by a few runs each, so that a slower minute of the machine falls on both. By single runs each
    would also pay for the cache and the heap that the other left behind: then the ratios are a quarter higher.
    """
    return median(
        _best(lambda: decoder.decode(pages)) / _best(lambda: [orjson.loads(page) for page in pages])
        for _ in range(repeats)
    )


def measure() -> list[tuple[str, float, float]]:
    """Return (case, ratio, bound) for each case."""
    results = []
    for name, make, row_path, columns in CASES:
        decoder = Decoder(row_path, columns)
        pages = [make(seed) for seed in range(5)]
        few = len(columns) <= 5
        label = f"{name} ({len(columns)}, {len(pages[0]) // 1000} kB)"
        results.append((f"{label}, 1 page", ratio(decoder, pages[:1]), 0.5 if few else 2.5))
        results.append((f"{label}, 5 pages", ratio(decoder, pages), 0.5 if few else 2.0))
    return results


def main() -> int:
    """Print the table; 1 if a bound is exceeded."""
    results = measure()
    for name, found, bound in results:
        print(f"{name:55} {found:5.2f} x orjson.loads, at most {bound}{'' if found <= bound else '   EXCEEDED'}")
    return int(any(found > bound for _, found, bound in results))


if __name__ == "__main__":
    sys.exit(main())
