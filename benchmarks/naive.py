"""python-amazon-sp-api as its documentation uses it, on the simulator's virtual clock.

The library's own code runs, its retry and paging decorators included; only its sleep, its sockets and its login are
replaced: sleeping moves the clock, a request calls the simulator and moves the clock by the latency of a call.
"""

from __future__ import annotations

import datetime as dt
import importlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
from sp_api.api import (
    CatalogItemsV20220401,
    FinancesV20240619,
    Inventories,
    ListingsItemsV20210801,
    OrdersV0,
    OrdersV20260101,
    ProductsV0,
)
from sp_api.base import Marketplaces, SellingApiException
from sp_api.base._transport_httpx import HttpxTransport
from sp_api.util import load_all_pages, throttle_retry

from amzsql.simulator import Simulator
from benchmarks.calls import Answer
from benchmarks.questions import Question

LATENCY = 0.3
TOKEN_LIFE = 3000.0
LOGIN = {"grant_type": "refresh_token", "refresh_token": "r", "client_id": "c", "client_secret": "s"}
CREDENTIALS = {"refresh_token": "r", "lwa_app_id": "c", "lwa_client_secret": "s"}


class Clock:
    """Seconds that pass when somebody sleeps or calls."""

    def __init__(self, start: float) -> None:
        self.seconds = start

    def now(self) -> float:
        """Return the time."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds


class Client:
    """The library's clients of one simulated seller, and the questions as a script would ask them."""

    def __init__(self, question: Question) -> None:
        day = dt.date.fromisoformat(question.today)
        self.clock = Clock(dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC).timestamp())
        self.start = self.clock.now()
        self.simulator = Simulator(self.clock, seed=1, orders=question.orders)  # type: ignore[arg-type]
        self.world = self.simulator.world
        self.rows = 0
        self._marketplaces = [Marketplaces[m] for m in question.marketplace.split(",")]
        self._http = httpx.Client(transport=httpx.WSGITransport(app=self._timed))
        self._token, self._renewed = "", 0.0
        for module in ("retry", "load_all_pages"):
            # The package's own names of these are functions: the modules are found by import.
            vars(importlib.import_module(f"sp_api.util.{module}"))["time"] = SimpleNamespace(sleep=self.clock.sleep)

    def _timed(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        answer = self.simulator(environ, start_response)
        self.clock.sleep(LATENCY)
        return answer

    def get_auth(self) -> Any:
        """Return an access token, renewed in time."""
        if not self._token or self.clock.now() - self._renewed > TOKEN_LIFE:
            self._token = self._http.post("https://simulated.invalid/auth/o2/token", data=LOGIN).json()["access_token"]
            self._renewed = self.clock.now()
            self.clock.sleep(-LATENCY)  # logins count on neither side
        return SimpleNamespace(access_token=self._token)

    def _client(self, kind: Any, marketplace: Any = None) -> Any:
        made = kind(
            marketplace=marketplace or self._marketplaces[0],
            credentials=CREDENTIALS,
            auth_token_client_class=lambda **_: self,
        )
        made.endpoint = "https://simulated.invalid"
        made._transport = HttpxTransport(client=self._http)
        return made

    def _pages(
        self, function: Callable[..., Any], token: str, query: dict[str, Any], path: str
    ) -> list[dict[str, Any]]:
        """Return the rows of all pages, by the library's decorators."""
        every = load_all_pages(next_token_param=token)(throttle_retry()(function))
        return [row for page in every(**query) for row in (page.payload or {}).get(path) or []]

    def _each(self, function: Callable[..., Any], calls: Iterable[tuple[Any, ...]], **query: Any) -> list[Any]:
        """Return the payload of one call after another."""
        patient = throttle_retry()(function)
        return [patient(*call, **query).payload for call in calls]

    def _ago(self, days: float) -> str:
        return f"{dt.datetime.fromtimestamp(self.start - days * 86400, dt.UTC):%Y-%m-%dT00:00:00Z}"

    # -- what a script asks --------------------------------------------------------------------------------------------

    def orders(self, days: float, *, everywhere: bool = False) -> list[dict[str, Any]]:
        """Return the orders of some days by getOrders."""
        query: dict[str, Any] = {"CreatedAfter": self._ago(days)}
        if everywhere:
            query["MarketplaceIds"] = ",".join(m.marketplace_id for m in self._marketplaces)
        return self._pages(self._client(OrdersV0).get_orders, "NextToken", query, "Orders")

    def by_marketplace(self, days: float) -> list[dict[str, Any]]:
        """Return the unshipped orders, one marketplace after the other."""
        found = []
        for marketplace in self._marketplaces:
            query = {"CreatedAfter": self._ago(days), "OrderStatuses": "Unshipped,PartiallyShipped"}
            found += self._pages(self._client(OrdersV0, marketplace).get_orders, "NextToken", query, "Orders")
        return found

    def items_of(self, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the items of orders, one call an order."""
        answers = self._each(self._client(OrdersV0).get_order_items, ((o["AmazonOrderId"],) for o in orders))
        return [item for answer in answers for item in answer["OrderItems"]]

    def orders_by_id(self, ids: Iterable[object]) -> list[Any]:
        """Return orders, one call each."""
        return self._each(self._client(OrdersV0).get_order, ((i,) for i in ids))

    def orders_2026_by_id(self, ids: Iterable[object]) -> list[Any]:
        """Return orders, one call each, by the newer API."""
        return self._each(self._client(OrdersV20260101).get_order, ((i,) for i in ids))

    def stock(self) -> list[dict[str, Any]]:
        """Return the inventory."""
        query = {"details": True, "marketplaceIds": self._marketplaces[0].marketplace_id}
        client = self._client(Inventories)
        return self._pages(client.get_inventory_summary_marketplace, "nextToken", query, "inventorySummaries")

    def offers(self, asins: Iterable[object]) -> list[Any]:
        """Return the offers of products, one call each."""
        return self._each(self._client(ProductsV0).get_item_offers, ((a, "New") for a in asins))

    def listings(self) -> list[Any]:
        """Return the listings with issues, of the seller's SKUs asked one by one."""
        skus = (s.code for s in self._sold())
        client = self._client(ListingsItemsV20210801)
        calls = ((self.world.seller_id, sku) for sku in skus)
        return [i for i in self._each(client.get_listings_item, calls, includedData="summaries,issues") if i["issues"]]

    def _sold(self) -> Iterator[Any]:
        return (s for s in self.world.skus() if self.world.sold_in(s.number, 0))

    def catalog(self, asins: Iterable[str]) -> list[Any]:
        """Return products, one call each."""
        calls = ((asin,) for asin in sorted(asins))
        return self._each(self._client(CatalogItemsV20220401).get_catalog_item, calls, includedData="summaries")

    def transactions_of(self, orders: list[dict[str, Any]]) -> list[Any]:
        """Return the transactions of orders, one call an order."""
        patient = throttle_retry()(self._client(FinancesV20240619).list_transactions)
        related = ({"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": o["AmazonOrderId"]} for o in orders)
        return [patient(postedAfter=self._ago(14), **r).payload for r in related]


def ask(question: Question) -> Answer:
    """Ask a question as a script would, and return what it took."""
    assert question.naive is not None  # asked for questions that have a script
    client = Client(question)
    failure = ""
    try:
        question.naive(client)
    except SellingApiException as error:
        failure = f"{type(error).__name__} after {client.clock.now() - client.start:,.0f} s"
    log = [r for r in client.simulator.log if r.path != "/auth/o2/token"]
    refused = sum(r.status == 429 for r in log)
    other = Counter(r.status for r in log) - Counter({200: len(log), 429: len(log)})
    seconds = client.clock.now() - client.start
    by_operation = Counter(r.operation for r in log)
    return Answer(
        len(log), refused, seconds, client.rows, by_operation, (0, ""), None, failure or str(dict(other) or "")
    )
