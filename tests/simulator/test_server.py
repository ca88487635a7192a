"""The simulator on a socket, asked by clients that know nothing of amzsql."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from amzsql.clock import VirtualClock
from amzsql.simulator import Server, Simulator

from .conftest import CREDENTIALS, NOW, START, US


@contextlib.contextmanager
def serving(simulator: Simulator, **options: Any) -> Iterator[Server]:
    with Server(simulator, **options) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def login(connection: http.client.HTTPConnection) -> dict[str, str]:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/auth/o2/token", urlencode(CREDENTIALS), form)
    answer = connection.getresponse()
    assert answer.status == 200
    return {"x-amz-access-token": json.loads(answer.read())["access_token"]}


def test_one_connection_serves_all_pages() -> None:
    with serving(Simulator(VirtualClock(NOW), orders=250, throttle="off")) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
        headers = login(connection)
        socket, query, seen = connection.sock, {"createdAfter": START}, []
        while True:
            connection.request("GET", f"/orders/2026-01-01/orders?{urlencode(query)}", headers=headers)
            answer = connection.getresponse()
            body = json.loads(answer.read())
            seen += [o["orderId"] for o in body["orders"]]
            if "pagination" not in body:
                break
            query["paginationToken"] = body["pagination"]["nextToken"]
        assert connection.sock is socket is not None
        connection.close()
    assert len(seen) == len(set(seen)) == 250


@pytest.mark.parametrize("compress", [False, True])
def test_bodies_are_compressed_for_those_who_accept_it(compress: bool) -> None:
    simulator = Simulator(VirtualClock(NOW), orders=50)
    with serving(simulator, compress=compress) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
        headers = {**login(connection), "Accept-Encoding": "gzip"}
        connection.request("GET", f"/orders/2026-01-01/orders?createdAfter={START}", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
    assert answer.headers["Content-Encoding"] == ("gzip" if compress else None)
    assert len(json.loads(gzip.decompress(body) if compress else body)["orders"]) == 50


def test_the_command_prints_its_address() -> None:
    command = [sys.executable, "-m", "amzsql.simulator", "--port", "0", "--orders", "30", "--today", "2027-04-01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().partition("127.0.0.1:")[2].split()[0])
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            headers = login(connection)
            connection.request("GET", f"/orders/v0/orders?MarketplaceIds={US}&CreatedAfter={START}", headers=headers)
            assert connection.getresponse().status == 404
            connection.close()
        finally:
            process.terminate()


def test_python_amazon_sp_api_reads_orders_items_and_inventory() -> None:
    sp_api = pytest.importorskip("sp_api.api", reason="python-amazon-sp-api is not installed")
    from sp_api.auth import AccessTokenClient
    from sp_api.util import load_all_pages

    simulator = Simulator(VirtualClock(NOW), orders=230, throttle="off")
    with serving(simulator) as server:

        class Login(AccessTokenClient):  # type: ignore[misc]
            scheme = "http://"
            host = f"127.0.0.1:{server.server_port}"

        credentials = {"refresh_token": "Atzr|x", "lwa_app_id": "app", "lwa_client_secret": "secret"}

        def client(kind: Any, **options: Any) -> Any:
            made = kind(credentials=credentials, auth_token_client_class=Login, **options)
            made.endpoint = server.url
            return made

        orders = client(sp_api.OrdersV0)
        inventories = client(sp_api.Inventories)

        @load_all_pages(throttle_by_seconds=0)
        def all_orders(**query: Any) -> Any:
            return orders.get_orders(**query)

        @load_all_pages(throttle_by_seconds=0, next_token_param="nextToken")
        def all_stock(**query: Any) -> Any:
            return inventories.get_inventory_summary_marketplace(**query)

        rows = [o for page in all_orders(CreatedAfter=START) for o in page.payload["Orders"]]
        items = [i for o in rows for i in orders.get_order_items(o["AmazonOrderId"]).payload["OrderItems"]]
        stock = [s for page in all_stock() for s in page.payload["inventorySummaries"]]
    world = simulator.world
    heads = [h for h in map(world.head, range(world.orders)) if h.market == 0]
    assert [o["AmazonOrderId"] for o in rows] == [world.order_id(h) for h in heads]
    assert [i["OrderItemId"] for i in items] == [f"{i.number:014}" for h in heads for i in world.items(h)]
    assert len(stock) == len({s["sellerSku"] for s in stock}) == 150
    assert {r.status for r in simulator.log} == {200}
