"""The simulator on a socket, asked by clients that know nothing of amzsql."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from amzsql.clock import VirtualClock
from amzsql.simulator import Server, Simulator
from amzsql.simulator import __main__ as command

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


@contextlib.contextmanager
def connected(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def commanded(*options: str) -> Iterator[http.client.HTTPConnection]:
    """Run the command on a free port and yield a connection to it."""
    command = [sys.executable, "-m", "amzsql.simulator", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().partition("127.0.0.1:")[2].split()[0])
            with connected(port) as connection:
                yield connection
        finally:
            process.terminate()


def login(connection: http.client.HTTPConnection) -> dict[str, str]:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/auth/o2/token", urlencode(CREDENTIALS), form)
    answer = connection.getresponse()
    assert answer.status == 200
    return {"x-amz-access-token": json.loads(answer.read())["access_token"]}


def test_one_connection_serves_all_pages() -> None:
    simulator = Simulator(VirtualClock(NOW), orders=250, throttle="off")
    with serving(simulator) as server, connected(server.server_port) as connection:
        headers = login(connection)
        kept, query, seen = connection.sock, {"createdAfter": START}, []
        while True:
            connection.request("GET", f"/orders/2026-01-01/orders?{urlencode(query)}", headers=headers)
            answer = connection.getresponse()
            body = json.loads(answer.read())
            seen += [o["orderId"] for o in body["orders"]]
            if "pagination" not in body:
                break
            query["paginationToken"] = body["pagination"]["nextToken"]
        assert connection.sock is kept is not None
    assert len(seen) == len(set(seen)) == 250


@pytest.mark.parametrize("compress", [False, True])
def test_bodies_are_compressed_for_those_who_accept_it(compress: bool) -> None:
    simulator = Simulator(VirtualClock(NOW), orders=50)
    with serving(simulator, compress=compress) as server, connected(server.server_port) as connection:
        headers = {**login(connection), "Accept-Encoding": "gzip"}
        connection.request("GET", f"/orders/2026-01-01/orders?createdAfter={START}", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
    assert answer.headers["Content-Encoding"] == ("gzip" if compress else None)
    assert len(json.loads(gzip.decompress(body) if compress else body)["orders"]) == 50


def test_the_command_prints_its_address() -> None:
    with commanded("--orders", "30", "--today", "2027-04-01") as connection:
        headers = login(connection)
        connection.request("GET", f"/orders/v0/orders?MarketplaceIds={US}&CreatedAfter={START}", headers=headers)
        assert connection.getresponse().status == 404


def test_two_processes_of_a_day_whose_clocks_stand_answer_the_same_bytes() -> None:
    seen = []
    for _ in range(2):
        with commanded("--orders", "30", "--today", "2026-11-20", "--frozen") as connection:
            headers = login(connection)
            path = f"/orders/2026-01-01/orders?createdAfter={START}&maxResultsPerPage=10"
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            seen.append((headers, answer.status, answer.getheaders(), answer.read()))
    assert seen[0][1] == 200
    assert seen[0] == seen[1]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/sellers/v1/account", "/nowhere"])
def test_methods_that_no_operation_has_are_refused_as_before_amazons_gateway(method: str, path: str) -> None:
    with serving(Simulator(VirtualClock(NOW), orders=1)) as server, connected(server.server_port) as connection:
        headers = login(connection)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        assert (answer.status, answer.headers["Content-Type"]) == (404, "application/json")
        assert answer.headers["Server"] is None
        if method == "HEAD":
            assert (body, int(answer.headers["Content-Length"]) > 0) == (b"", True)
        else:
            assert json.loads(body)["errors"][0]["code"] == "NotFound"
        connection.request("GET", "/sellers/v1/account", headers=headers)
        assert connection.getresponse().status == 200


def test_a_request_arrives_whole() -> None:
    """Headers, a body in chunks, and the address of a document that leads back to this server."""
    simulator = Simulator(VirtualClock(NOW), orders=10, throttle="off")
    with serving(simulator) as server, connected(server.server_port) as connection:
        headers = login(connection)
        parts = [b'{"contentType": ', b'"text/plain"}']
        path = "/feeds/2021-06-30/documents"
        connection.request("POST", path, iter(parts), headers, encode_chunked=True)
        answer = connection.getresponse()
        document = json.loads(answer.read())
        assert answer.status == 201, document
        assert document["url"].startswith(f"{server.url}/")
        upload = document["url"].removeprefix(server.url)
        connection.request("PUT", upload, b"rows", {"Content-Type": "text/plain"})
        assert connection.getresponse().read() == b""
        host = {**headers, "Host": "sellingpartnerapi-eu.amazon.com"}
        connection.request("GET", "/sellers/v1/account", headers=host)
        assert connection.getresponse().status == 403


@pytest.mark.parametrize(
    "header", ["Content-Length: many", "Content-Length: -1", "Transfer-Encoding: chunked\r\n\r\nzz\r\n"]
)
def test_what_is_no_http_is_answered_with_a_page(header: str) -> None:
    with (
        serving(Simulator(VirtualClock(NOW), orders=1)) as server,
        socket.create_connection(("127.0.0.1", server.server_port), timeout=20) as peer,
    ):
        peer.sendall(f"POST /sellers/v1/account HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode())
        told = b""
        while part := peer.recv(4096):
            told += part
    assert told.startswith(b"HTTP/1.1 400 ")
    assert b"<html" in told


@pytest.mark.parametrize(
    ("option", "content", "told"),
    [
        ("--faults", None, "No such file or directory."),
        ("--faults", "[[faults]]\nkind = 'resett'", "fault 1: there is no fault 'resett'; near: reset"),
        ("--cases", None, "No such file or directory."),
        ("--cases", "{}", ":1 is no sandbox case: it needs api"),
        ("--nonsense", "", "unrecognized arguments: --nonsense"),
    ],
)
def test_a_wrong_option_is_one_line(
    tmp_path: Path, option: str, content: str | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(SystemExit) as ended:
        command.main([option, str(path)])
    text = capsys.readouterr().err
    assert ended.value.code == 2
    assert text.startswith("error: ")
    assert text.count("\n") == 1
    assert told in text


def test_the_command_serves_faults_cases_and_control(tmp_path: Path) -> None:
    scenario, cases = tmp_path / "faults.toml", tmp_path / "cases.jsonl"
    scenario.write_text('[[faults]]\noperation = "sellers.*"\nkind = "503"\n', "utf-8")
    case = {
        "api": "sellers", "method": "GET", "path": "/sellers/v1/account", "request": {}, "status": 200,
        "response": {"of": "a case"},
    }  # fmt: skip
    cases.write_text(json.dumps(case), "utf-8")
    with commanded("--faults", str(scenario), "--cases", str(cases), "--control") as connection:
        headers = login(connection)
        seen = []
        for path in ("/sellers/v1/account", "/sellers/v1/account", "/-/requests"):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            seen.append((answer.status, json.loads(answer.read())))
    assert seen[0][0] == 503
    assert seen[1] == (200, {"of": "a case"})
    assert [r["status"] for r in seen[2][1]["requests"]] == [200, 503, 200]


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
