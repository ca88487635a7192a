"""A client of the simulator: WSGI in process, no driver between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from amzsql.clock import VirtualClock
from amzsql.simulator import Simulator

# 2026-11-18T11:06:40Z, and a day after the removal of Orders v0.
NOW = 1_795_000_000.0
AFTER_V0 = 1_806_573_600.0
CREDENTIALS = {
    "grant_type": "refresh_token",
    "refresh_token": "Atzr|any",
    "client_id": "amzn1.application-oa2-client.any",
    "client_secret": "any",
}


class Client:
    """An HTTP client that is logged in."""

    def __init__(self, simulator: Simulator, clock: VirtualClock, **credentials: str) -> None:
        self.simulator, self.clock = simulator, clock
        self.http = httpx.Client(transport=httpx.WSGITransport(app=simulator), base_url="https://simulator.test")
        self.login(**credentials)

    def login(self, **credentials: str) -> None:
        """Fetch a new access token."""
        answer = self.http.post("/auth/o2/token", data={**CREDENTIALS, **credentials})
        self.http.headers["x-amz-access-token"] = answer.json()["access_token"]

    def get(self, path: str, **query: object) -> httpx.Response:
        """Send a GET; values of None are left out."""
        return self.http.get(path, params={k: str(v) for k, v in query.items() if v is not None})

    def ok(self, path: str, **query: object) -> Any:
        """Send a GET that must succeed and return its body."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, path: str, token_in: str, token_out: str, alone: bool = False, **query: object) -> Iterator[Any]:
        """Yield the bodies of all pages."""
        while True:
            body = self.ok(path, **query)
            yield body
            token: Any = body
            for key in token_out.split("."):
                token = (token or {}).get(key)
            if token is None:
                return
            query = {token_in: token} if alone else {**query, token_in: token}


@pytest.fixture
def client() -> Client:
    """The default world without throttle."""
    clock = VirtualClock(NOW)
    return Client(Simulator(clock, throttle="off"), clock)


@pytest.fixture
def vendor(client: Client) -> Client:
    """The default world, logged in as the vendor."""
    client.login(refresh_token="Atzr|simulator-vendor")
    return client


@pytest.fixture
def make() -> Callable[..., Client]:
    """Make a client of a world with the given options."""

    def make_client(start: float = NOW, **options: Any) -> Client:
        clock = VirtualClock(start)
        return Client(Simulator(clock, **options), clock)

    return make_client


US, CA, MX, BR = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8", "A2Q3Y263D00KWC"
SECTIONS = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS"
START = "2026-01-01T00:00:00Z"


def orders_v0(client: Client, **query: object) -> list[dict[str, Any]]:
    """Read every order with v0."""
    if not query.keys() & {"CreatedAfter", "LastUpdatedAfter"}:
        query["CreatedAfter"] = START
    query.setdefault("MarketplaceIds", f"{US},{CA},{MX}")
    pages = client.pages("/orders/v0/orders", "NextToken", "payload.NextToken", **query)
    return [o for p in pages for o in p["payload"]["Orders"]]


def orders_2026(client: Client, **query: object) -> list[dict[str, Any]]:
    """Read every order with 2026-01-01."""
    if not query.keys() & {"createdAfter", "lastUpdatedAfter"}:
        query["createdAfter"] = START
    pages = client.pages("/orders/2026-01-01/orders", "paginationToken", "pagination.nextToken", **query)
    return [o for p in pages for o in p["orders"]]
