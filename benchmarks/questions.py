"""The benchmark questions: SQL over a simulated seller of a stated size, with what a hand-written client would do.

Knows how python-amazon-sp-api is used, not how amzsql answers. Sizes are those that the simulator can be asked for
within minutes; the published rates hold for any size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.naive import Client

TODAY = "2026-11-21"
AFTER_V0 = "2027-04-01"
MONTH = "CURRENT_DATE - INTERVAL 30 DAY"
REVENUE = (
    "SELECT SellerSKU, CAST(PurchaseDate AS DATE) AS Day, ItemPriceCurrencyCode, SUM(ItemPriceAmount) AS Revenue "
    "FROM OrderItems WHERE PurchaseDate >= CURRENT_DATE - 90 AND PurchaseDate < CURRENT_DATE GROUP BY 1, 2, 3"
)
"""Q1, revenue by SKU and day of 90 days, which reports answer (UseReports)."""

Bound = Callable[[Any, Any], tuple[int, float]]
"""(calculator, world) -> calls and seconds of the best plan."""


@dataclass(frozen=True)
class Question:
    """A question to a seller of `orders` orders.

    `parameters` makes the values of the statement's question marks out of the simulated world. `naive` asks the same by
    python-amazon-sp-api, call by call as its documentation shows. `bound` gives (calls, seconds) of the best plan
    without reports that the calculator knows, from it and the number of orders. `requests` is the number of calls,
    where it is known beforehand; `exact` says that EXPLAIN must tell it before the run.
    """

    name: str
    sql: str
    orders: int = 2000
    marketplace: str = "US"
    today: str = TODAY
    parameters: Callable[[Any], Sequence[object]] | None = None
    naive: Callable[[Client], object] | None = None
    bound: Bound | None = None
    requests: int | None = None
    exact: bool = False


def order_ids(count: int) -> Callable[[Any], list[object]]:
    """Return a maker of the ids of the newest US orders."""

    def ids(world: Any) -> list[object]:
        newest = (world.head(i) for i in range(world.orders - 1, -1, -1))
        return [world.order_id(h) for h in newest if h.market == 0][:count]

    return ids


def asins(count: int) -> Callable[[Any], list[object]]:
    """Return a maker of ASINs that are sold in the US."""

    def found(world: Any) -> list[object]:
        return [s.asin for s in world.skus() if world.sold_in(s.number, 0)][:count]

    return found


def marks(count: int) -> str:
    """Return a list of question marks."""
    return ", ".join("?" * count)


def us_orders(world: Any) -> int:
    """Return how many orders the seller has in the US."""
    return sum(world.head(i).market == 0 for i in range(world.orders))


def stock(world: Any) -> int:
    """Return how many of the SKUs that Amazon keeps for the seller are sold in the US."""
    return sum(s.channel == 1 and world.sold_in(s.number, 0) for s in world.skus())


def chain(operation: str, per_call: int, rows: Callable[[Any], int]) -> Bound:
    """Return the bound of a chain of pages over so many rows of the world."""

    def bound(calculator: Any, world: Any) -> tuple[int, float]:
        calls = max(1, -(-rows(world) // per_call))
        return calls, calculator.chain(operation, calls)

    return bound


def fixed(operation: str, calls: int) -> Bound:
    """Return the bound of so many calls that need not wait for one another."""
    return lambda calculator, world: (calls, calculator.lb(operation, calls))


def striped(calculator: Any, world: Any) -> tuple[int, float]:
    """Return the bound of asking three operations at once for the items of orders."""
    orders, operations = us_orders(world), ["searchOrders", "getOrderItems", "getOrder.2026"]
    return -(-orders // 100), calculator.stripe(operations, orders)


QUESTIONS = (
    Question(
        "Q2 order items of 30 days",
        "SELECT AmazonOrderId, OrderItemId, SellerSKU, QuantityOrdered, ItemPriceAmount FROM OrderItems "
        f"WHERE PurchaseDate >= {MONTH}",
        naive=lambda c: c.items_of(c.orders(30)),
        bound=chain("searchOrders", 100, us_orders),
    ),
    Question(
        "Q2 order items of 180 days",
        "SELECT AmazonOrderId, OrderItemId, SellerSKU, QuantityOrdered, ItemPriceAmount FROM OrderItems "
        "WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 190 DAY",
        orders=12_000,
        naive=lambda c: c.items_of(c.orders(190)),
        bound=striped,
    ),
    Question(
        "Q3 FBA inventory now",
        "SELECT SellerSKU, TotalQuantity FROM InventorySupply",
        orders=40_000,
        naive=lambda c: c.stock(),
        bound=chain("getInventorySummaries", 50, stock),
    ),
    Question(
        "Q4 featured price of 1,000 ASINs",
        f"SELECT ASIN, PriceLandedPriceAmount FROM CompetitivePrices WHERE ASIN IN ({marks(1000)})",
        orders=20_000,
        parameters=asins(1000),
        naive=lambda c: c.offers(asins(1000)(c.world)),
        bound=fixed("getCompetitivePricing", 50),
        requests=50,
        exact=True,
    ),
    Question(
        "Q6 listings with issues",
        "SELECT SKU, ItemName, Issues FROM ListingsItems WHERE WithIssueSeverity = 'ERROR'",
        orders=20_000,
        naive=lambda c: c.listings(),
    ),
    Question(
        "Q8 orders, items and catalog of 30 days",
        "SELECT o.AmazonOrderId, i.SellerSKU, c.Brand, c.ItemName FROM Orders o "
        "JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId JOIN CatalogItems c ON c.ASIN = i.ASIN "
        f"WHERE o.PurchaseDate >= {MONTH}",
        naive=lambda c: c.catalog({i["ASIN"] for i in c.items_of(c.orders(30))}),
    ),
    Question(
        "Q9 SELECT * FROM Orders LIMIT 10",
        "SELECT * FROM Orders LIMIT 10",
        naive=lambda c: c.orders(700),
        bound=fixed("searchOrders", 1),
        requests=1,
        exact=True,
    ),
    Question(
        "Q9b SELECT * FROM OrderItems LIMIT 10",
        "SELECT * FROM OrderItems LIMIT 10",
        naive=lambda c: c.items_of(c.orders(700)),
        bound=fixed("searchOrders", 1),
        requests=1,
    ),
    Question(
        "Q10 orders by status, 30 days",
        f"SELECT OrderStatus, COUNT(*) FROM Orders WHERE PurchaseDate >= {MONTH} GROUP BY OrderStatus",
        naive=lambda c: c.orders(30),
        bound=chain("getOrders", 100, us_orders),
    ),
    Question(
        "Q11 what changed within the last hour",
        "SELECT o.AmazonOrderId, o.OrderStatus, i.OrderItemId, i.QuantityShipped FROM Orders o "
        "JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId WHERE o.LastUpdateDate >= now() - INTERVAL 1 HOUR",
        naive=lambda c: c.items_of(c.orders(30)),
        bound=fixed("searchOrders", 1),
    ),
    Question(
        "Q12 unshipped orders now, three marketplaces",
        "SELECT AmazonOrderId, MarketplaceId, OrderStatus, LatestShipDate FROM Orders "
        f"WHERE OrderStatus IN ('Unshipped', 'PartiallyShipped') AND PurchaseDate >= {MONTH}",
        marketplace="US,CA,MX",
        naive=lambda c: c.by_marketplace(30),
        bound=fixed("searchOrders", 1),
    ),
    Question(
        "fees by SKU of 14 days",
        "SELECT SellerSKU, BreakdownType, SUM(BreakdownAmount) FROM TransactionItemBreakdowns "
        "WHERE PostedDate >= CURRENT_DATE - INTERVAL 14 DAY GROUP BY SellerSKU, BreakdownType",
        naive=lambda c: c.transactions_of(c.orders(14)),
    ),
    Question(
        "2,000 orders of 30 days joined to their items",
        "SELECT o.AmazonOrderId, o.OrderTotalAmount, i.SellerSKU, i.ItemPriceAmount FROM Orders o "
        f"JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId WHERE o.PurchaseDate >= {MONTH}",
        marketplace="US,CA,MX",
        naive=lambda c: c.items_of(c.orders(30, everywhere=True)),
        bound=chain("searchOrders", 100, lambda world: world.orders),
    ),
    Question(
        "a self-join: each page once",
        "SELECT a.AmazonOrderId, b.OrderStatus FROM Orders a JOIN Orders b ON a.AmazonOrderId = b.AmazonOrderId "
        f"WHERE a.PurchaseDate >= {MONTH}",
        naive=lambda c: (c.orders(30), c.orders(30)),
        bound=chain("getOrders", 100, us_orders),
    ),
    Question(
        "a CTE used twice: each page once",
        f"WITH recent AS (SELECT * FROM Orders WHERE PurchaseDate >= {MONTH}) SELECT * FROM "
        "(SELECT OrderStatus, COUNT(*) AS orders FROM recent GROUP BY OrderStatus) s, "
        "(SELECT SUM(OrderTotalAmount) AS total FROM recent) t",
        naive=lambda c: (c.orders(30), c.orders(30)),
        bound=chain("getOrders", 100, us_orders),
    ),
    Question(
        "120 orders by id",
        "SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM Orders "
        f"WHERE AmazonOrderId IN ({marks(120)})",
        parameters=order_ids(120),
        naive=lambda c: c.orders_by_id(order_ids(120)(c.world)),
        bound=fixed("getOrders", 3),
        requests=3,
        exact=True,
    ),
    Question(
        "120 orders by id, after Orders v0",
        "SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM Orders "
        f"WHERE AmazonOrderId IN ({marks(120)})",
        today=AFTER_V0,
        parameters=order_ids(120),
        naive=lambda c: c.orders_2026_by_id(order_ids(120)(c.world)),
        bound=fixed("getOrder.2026", 120),
        requests=120,
        exact=True,
    ),
)
