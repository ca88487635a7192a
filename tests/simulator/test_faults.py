"""Faults that were ordered strike where and how often they were ordered."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amzsql.clock import VirtualClock
from amzsql.simulator import Fault, Scenario, Simulator, faults, throttled

from .conftest import CREDENTIALS, NOW, START, US, Client
from .test_server import connected, login, serving

PATH = "/orders/2026-01-01/orders"
QUERY = {"createdAfter": START, "maxResultsPerPage": 10}
SEARCH = "orders_2026-01-01.searchOrders"


def spoiled(make: Callable[..., Client], *kinds: Fault) -> Client:
    return make(orders=60, throttle="off", faults=kinds)


def test_an_error_once(make: Callable[..., Client]) -> None:
    client = spoiled(make, Fault(SEARCH, "status", nth=2, status=503, code="ServiceUnavailable"))
    statuses = [client.get(PATH, **QUERY).status_code for _ in range(3)]
    assert statuses == [200, 503, 200]


def test_throttling_with_and_without_header(make: Callable[..., Client]) -> None:
    client = spoiled(make, throttled("orders*", retry_after=7), throttled("orders*", nth=2, header=False))
    first, second, third = (client.get(PATH, **QUERY) for _ in range(3))
    assert (first.status_code, first.headers["Retry-After"], first.headers["x-amzn-RateLimit-Limit"]) == (
        429,
        "7",
        "1000.0",
    )
    assert second.status_code == 429
    assert "x-amzn-RateLimit-Limit" not in second.headers
    assert third.status_code == 200


def test_html_and_half_a_body(make: Callable[..., Client]) -> None:
    client = spoiled(make, Fault(SEARCH, "html"), Fault(SEARCH, "truncate", nth=2))
    page = client.get(PATH, **QUERY)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html")
    half, whole = client.get(PATH, **QUERY).content, client.get(PATH, **QUERY).content
    assert half == whole[: len(half)]
    assert len(half) < len(whole)


def test_a_token_that_expires_within_a_scan(make: Callable[..., Client]) -> None:
    client = spoiled(make, Fault(SEARCH, "expire", nth=2))
    assert client.get(PATH, **QUERY).status_code == 200
    refused = client.get(PATH, **QUERY)
    assert refused.status_code == 403
    assert "expired" in refused.json()["errors"][0]["details"]
    assert client.get(PATH, **QUERY).status_code == 200


def test_a_loop_an_empty_page_and_a_repeated_row(make: Callable[..., Client]) -> None:
    kinds = (Fault(SEARCH, "loop", nth=2), Fault(SEARCH, "empty", nth=3), Fault(SEARCH, "duplicate", nth=5))
    client = spoiled(make, *kinds)
    first = client.ok(PATH, **QUERY)
    token = first["pagination"]["nextToken"]
    second = client.ok(PATH, **QUERY, paginationToken=token)
    assert second["pagination"]["nextToken"] == token
    empty = client.ok(PATH, **QUERY, paginationToken=token)
    assert empty["orders"] == []
    again = client.ok(PATH, **QUERY, paginationToken=empty["pagination"]["nextToken"])
    assert again["orders"] == second["orders"]
    last = client.ok(PATH, **QUERY, paginationToken=again["pagination"]["nextToken"])
    assert last["orders"][0] == again["orders"][-1]
    assert len(last["orders"]) == 11


def test_other_operations_are_spared(make: Callable[..., Client]) -> None:
    client = spoiled(make, Fault(SEARCH, "status"))
    assert client.get("/sellers/v1/account").status_code == 200


# -- on the wire -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def wired(*kinds: Fault, seed: int = 1) -> Iterator[Callable[..., tuple[http.client.HTTPResponse, VirtualClock]]]:
    """Serve a simulator with faults on a socket; the value sends a request over one connection and returns its answer.

    A request is a path or a method with a path; headers and a JSON body may follow.
    """
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=60, throttle="off", faults=Scenario(kinds, seed))
    with serving(simulator, clock=clock) as server, connected(server.server_port) as connection:
        token = login(connection)

        def send(
            path: str, method: str = "GET", body: object = None, **headers: str
        ) -> tuple[http.client.HTTPResponse, VirtualClock]:
            named = {n.replace("_", "-"): v for n, v in headers.items()}
            connection.request(method, path, None if body is None else json.dumps(body), {**token, **named})
            return connection.getresponse(), clock

        yield send


PAGE = f"{PATH}?createdAfter={START}&maxResultsPerPage=10"


def read(send: Callable[..., Any], path: str = PAGE, **more: Any) -> Any:
    """Return the JSON body of an answer that must be good."""
    answer, _ = send(path, **more)
    content = answer.read()
    assert answer.status < 300, content
    return json.loads(content)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (throttled(SEARCH), 429, "QuotaExceeded"),
        (Fault(SEARCH, "status"), 500, "InternalFailure"),
        (Fault(SEARCH, "status", status=503, code="ServiceUnavailable"), 503, "ServiceUnavailable"),
    ],
)
def test_statuses_on_the_wire(fault: Fault, status: int, code: str) -> None:
    with wired(fault) as send:
        answer, _ = send(PAGE)
        assert answer.status == status
        assert json.loads(answer.read())["errors"][0]["code"] == code
        assert len(read(send)["orders"]) == 10


def test_a_429_without_a_header_on_the_wire() -> None:
    with wired(throttled(SEARCH, header=False), throttled(SEARCH, 2)) as send:
        for told in (False, True):
            answer, _ = send(PAGE)
            answer.read()
            assert (answer.status, "x-amzn-RateLimit-Limit" in answer.headers) == (429, told)


def test_a_reset_in_a_body() -> None:
    with wired(Fault(SEARCH, "reset")) as send:
        answer, _ = send(PAGE)
        assert answer.status == 200
        with pytest.raises(ConnectionResetError):
            answer.read()


NAMED = f"/listings/2021-08-01/items/A3SIMULATEDSELL/DONE-1?marketplaceIds={US}"


@pytest.mark.parametrize(
    ("options", "status", "done"),
    [
        ("drop", 0, False),
        ("lost", 0, True),
        ("status; status=500", 500, False),
        ("status; status=500; done=true", 500, True),
        ("429; done=true", 429, True),
    ],
)
def test_a_write_fails_before_or_after_it_is_done(
    make: Callable[..., Client], options: str, status: int, done: bool
) -> None:
    value = [{"value": "Done", "marketplace_id": US}]
    written = {"productType": "MUG", "attributes": dict.fromkeys(("brand", "item_name"), value)}
    written["attributes"]["condition_type"] = [{"value": "new_new"}]
    client = make(throttle="off", orders=10)
    with wired() as send:
        if status:
            answer, clock = send(NAMED, "PUT", written, x_amzsql_fault=options)
            answer.read()
            assert answer.status == status
        else:
            with pytest.raises(ConnectionResetError):
                send(NAMED, "PUT", written, x_amzsql_fault=options)
            with pytest.raises(ConnectionResetError):
                client.http.put(NAMED, json=written, headers={"x-amzsql-fault": options})
            assert client.simulator.log[-1].status == (200 if done else 0)
            client.clock.wait(NOW + 100)
            assert client.http.get(NAMED).status_code == (200 if done else 404)
        answer, clock = send("/sellers/v1/account")
        answer.read()
        clock.wait(NOW + 100)
        assert send(NAMED)[0].status == (200 if done else 404)


def test_a_connection_that_ends_in_a_body() -> None:
    with wired(Fault(SEARCH, "cut")) as send:
        answer, _ = send(PAGE)
        with pytest.raises(http.client.IncompleteRead) as caught:
            answer.read()
        told = int(answer.headers["Content-Length"])
        assert len(caught.value.partial) == told // 2
        assert caught.value.expected == told - told // 2


def test_half_a_body_that_looks_whole_on_the_wire() -> None:
    with wired(Fault(SEARCH, "truncate")) as send:
        answer, _ = send(PAGE)
        half = answer.read()
        assert len(half) == int(answer.headers["Content-Length"])
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            json.loads(half)
        assert json.dumps(read(send), ensure_ascii=False, separators=(",", ":")).encode().startswith(half)


def test_gzip_without_its_end() -> None:
    with wired(Fault(SEARCH, "gzip")) as send:
        answer, _ = send(PAGE)
        packed = answer.read()
        assert answer.headers["Content-Encoding"] == "gzip"
        with pytest.raises(EOFError):
            gzip.decompress(packed)
        assert zlib.decompressobj(31).decompress(packed).startswith(b'{"orders":')


def test_a_slow_drip_takes_the_clocks_time() -> None:
    with wired(Fault(SEARCH, "drip", seconds=2.0, chunk=1000)) as send:
        answer, clock = send(PAGE)
        body = answer.read()
        assert len(json.loads(body)["orders"]) == 10
        # The last drop may still be waited for when the client has it.
        drops = -(-len(body) // 1000)
        assert drops - 1 <= (clock.now() - NOW) / 2.0 <= drops


def test_an_expired_token_on_the_wire() -> None:
    with wired(Fault(SEARCH, "expire", nth=2)) as send:
        token = read(send)["pagination"]["nextToken"]
        second = f"{PAGE}&paginationToken={quote(token, safe='')}"
        answer, _ = send(second)
        assert answer.status == 403
        assert "expired" in json.loads(answer.read())["errors"][0]["details"]
        assert len(read(send, second)["orders"]) == 10


def test_html_on_the_wire() -> None:
    with wired(Fault(SEARCH, "html")) as send:
        answer, _ = send(PAGE)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html")
        assert answer.read().startswith(b"<html>")


@pytest.mark.parametrize("kind", ["duplicate", "empty", "loop"])
def test_broken_pages_on_the_wire(kind: Any) -> None:
    with wired(Fault(SEARCH, kind, nth=2)) as send:
        first = read(send)
        second = f"{PAGE}&paginationToken={quote(first['pagination']['nextToken'], safe='')}"
        page = read(send, second)
        told = page["pagination"]["nextToken"]
        if kind == "duplicate":
            assert page["orders"][0] == first["orders"][-1]
        elif kind == "empty":
            assert (page["orders"], told) == ([], first["pagination"]["nextToken"])
        else:
            assert told == first["pagination"]["nextToken"]


REPORTS = "/reports/2021-06-30/reports"
REPORT = {"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "marketplaceIds": [US]}


@pytest.mark.parametrize(("kind", "status"), [("fatal", "FATAL"), ("stuck", "IN_PROGRESS")])
def test_a_report_that_fails_and_one_that_never_ends(kind: Any, status: str) -> None:
    with wired(Fault("reports_2021-06-30.createReport", kind, nth=2)) as send:
        good, bad = (
            read(send, REPORTS, method="POST", body={**REPORT, "dataStartTime": f"2026-11-0{n}T00:00:00Z"})["reportId"]
            for n in (1, 2)
        )
        answer, clock = send("/sellers/v1/account")
        answer.read()
        clock.wait(NOW + 3000)
        assert read(send, f"{REPORTS}/{good}")["processingStatus"] == "DONE"
        report = read(send, f"{REPORTS}/{bad}")
        assert report["processingStatus"] == status
        listed = read(send, f"{REPORTS}?reportTypes={REPORT['reportType']}")["reports"]
        assert [r["processingStatus"] for r in listed if r["reportId"] == bad] == [status]


def test_the_address_of_a_document_that_is_over() -> None:
    kinds = (
        Fault("reports_2021-06-30.getReportDocument", "expired_url"),
        Fault("documents.get", "expired_url", nth=2),
    )
    with wired(*kinds) as send:
        made = read(send, REPORTS, method="POST", body=REPORT)["reportId"]
        answer, clock = send("/sellers/v1/account")
        answer.read()
        clock.wait(NOW + 3000)
        document = read(send, f"{REPORTS}/{made}")["reportDocumentId"]
        urls = [read(send, f"/reports/2021-06-30/documents/{document}")["url"] for _ in range(3)]
        statuses = []
        for url in urls:
            answer, _ = send(url.partition("/documents")[1] + url.partition("/documents")[2])
            statuses.append((answer.status, b"Request has expired" in answer.read()))
        assert statuses == [(403, True), (403, True), (200, False)]


@pytest.mark.parametrize("kind", ["enum", "field", "missing", "number"])
def test_values_that_do_not_fit_the_model(kind: Any) -> None:
    wanted = {"enum": "fulfillmentStatus", "number": "orderId"}.get(kind, "")
    with wired(Fault(SEARCH, kind, nth=2, property=wanted)) as send:
        good, bad = (read(send, f"{PAGE}&includedData=FULFILLMENT")["orders"] for _ in range(2))
        assert len(good) == len(bad)
        for right, wrong in zip(good, bad, strict=True):
            if kind == "enum":
                assert wrong["fulfillment"]["fulfillmentStatus"] == "SIMULATED_NEW_VALUE"
            elif kind == "field":
                assert wrong["simulatedNewField"]
                assert wrong["orderId"] == right["orderId"]
            elif kind == "missing":
                assert right.keys() - wrong.keys() == {"orderId"}
            else:
                assert isinstance(wrong["orderId"], int | float)


def test_a_real_rate_that_is_lower_than_the_one_told() -> None:
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=10, faults=(Fault("productPricingV0.getPricing", "rate"),))
    with serving(simulator) as server, connected(server.server_port) as connection:
        token = login(connection)

        def status(at: float) -> tuple[int, str | None]:
            clock.wait(NOW + at)
            connection.request("GET", f"/products/pricing/v0/price?MarketplaceId={US}&ItemType=Sku&Skus=x", None, token)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers["x-amzn-RateLimit-Limit"]

        # Told is one call in two seconds; let in is one in forty.
        assert [status(at) for at in (0, 2, 39, 40)] == [(200, "0.5"), (429, None), (429, None), (200, "0.5")]


def test_a_fault_by_header_strikes_that_request_alone() -> None:
    with wired() as send:
        answer, _ = send(PAGE, x_amzsql_fault="503")
        answer.read()
        assert answer.status == 503
        answer, _ = send(PAGE, x_amzsql_fault="status; status=418; code=Teapot")
        assert (answer.status, json.loads(answer.read())["errors"][0]["code"]) == (418, "Teapot")
        assert len(read(send)["orders"]) == 10
        answer, _ = send(PAGE, x_amzsql_fault="trunkate")
        told = json.loads(answer.read())["errors"][0]["message"]
        assert (answer.status, "near: truncate" in told) == (400, True)


def test_a_header_can_repeat_a_row_and_doom_a_report() -> None:
    with wired() as send:
        first = read(send)
        second = f"{PAGE}&paginationToken={quote(first['pagination']['nextToken'], safe='')}"
        assert read(send, second, x_amzsql_fault="duplicate")["orders"][0] == first["orders"][-1]
        made = read(send, REPORTS, method="POST", body=REPORT, x_amzsql_fault="fatal")["reportId"]
        assert read(send, f"{REPORTS}/{made}")["processingStatus"] == "FATAL"


def test_logins_and_documents_are_struck_only_by_name(make: Callable[..., Client]) -> None:
    client = make(
        throttle="off", faults=(Fault("*", "status", times=0), Fault("lwa.token", "status", nth=2, status=503))
    )
    assert client.get("/sellers/v1/account").status_code == 500
    assert client.http.post("/auth/o2/token", data=CREDENTIALS).status_code == 503
    assert client.http.post("/auth/o2/token", data=CREDENTIALS).status_code == 200


# -- scenarios ---------------------------------------------------------------------------------------------------------


def struck(make: Callable[..., Client], seed: int) -> list[int]:
    fault = Fault(SEARCH, "status", times=0, probability=0.3)
    client = make(orders=10, throttle="off", faults=Scenario((fault,), seed))
    return [client.get(PATH, **QUERY).status_code for _ in range(60)]


def test_a_seed_replays_what_chance_strikes(make: Callable[..., Client]) -> None:
    first, again, other = struck(make, 1), struck(make, 1), struck(make, 2)
    assert first == again != other
    assert 8 <= first.count(500) <= 30


TOML = """
seed = 4
[[faults]]
operation = "orders*.searchOrders"
kind = "429"
headers = { Retry-After = "3" }
[[faults]]
kind = "drip"
probability = 0.5
seconds = 1
"""


@pytest.mark.parametrize("form", ["toml", "json", "list"])
def test_a_scenario_is_data(tmp_path: Path, form: str) -> None:
    wanted = Scenario(
        (
            Fault("orders*.searchOrders", "status", status=429, code="QuotaExceeded", headers=(("Retry-After", "3"),)),
            Fault("*", "drip", times=0, probability=0.5, seconds=1.0),
        ),
        4 if form != "list" else 1,
    )
    data = faults.plain(wanted)
    text = {"toml": TOML, "json": json.dumps(data), "list": json.dumps(data["faults"])}[form]
    path = tmp_path / "scenario"
    path.write_text(text, "utf-8")
    assert faults.load(path) == wanted
    assert faults.plain(faults.load(path)) == data


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is neither TOML nor JSON"),
        ("no table", "is neither TOML nor JSON"),
        ('[{"kind": "reste"}]', "fault 1: there is no fault 'reste'; near: reset"),
        ('[{"kind": "zzzz"}]', "there are status, html"),
        ('[{"kind": "reset"}, {"kind": "reset", "tmes": 2}]', "fault 2: there is no option 'tmes'; near: times"),
        ('[{"kind": "status", "status": "x"}]', "status must be an HTTP status, not 'x'"),
        ('[{"kind": "status", "status": 200}]', "status must be an HTTP status from 400 to 599"),
        ('[{"kind": "reset", "probability": 2}]', "probability must be a number from 0 to 1, not 2"),
        ('[{"kind": "reset", "probability": "x"}]', "probability must be a number, not 'x'"),
        ('[{"kind": "nosuch"}]', "there is no fault 'nosuch'; there are status, html"),
        ('[{"kind": "drip", "chunk": 0}]', "chunk must be a whole number from 1 to 1,048,576, not 0"),
        ('[{"operation": "*"}]', "fault 1: kind is missing; there are status, html"),
        ('[{"operation": "no.such", "kind": "429"}]', "there is no operation 'no.such'; names are like sellers."),
        ('[{"operation": "sellers.getAcount", "kind": "429"}]', "'sellers.getAcount'; near: sellers.getAccount"),
        ('[{"operation": "getOrderItem", "kind": "429"}]', "near: ordersV0.getOrderItems"),
        ('[{"operation": "document.get", "kind": "429"}]', "near: documents.get"),
        ('[{"operation": "orders.*", "kind": "429"}]', "there is no operation 'orders.*'"),
        ('[{"kind": "429", "headers": 1}]', "headers must be a table"),
        ('[{"kind": "429", "rate_header": "maybe"}]', "rate_header must be true or false"),
        ("[1]", "it must be a table"),
        ('{"fault": []}', "a scenario has seed and faults, not 'fault'"),
        ('{"faults": {}}', "faults is a list"),
    ],
)
def test_a_wrong_scenario_is_said_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "scenario"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"^[^\n]*$") as caught:
        faults.load(path)
    assert str(caught.value).startswith(str(path))
    assert told in str(caught.value)


def test_a_scenario_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "scenario"
    path.write_bytes(b"\x89PNG\r\n\xff")
    with pytest.raises(ValueError, match=r"no text but TOML or JSON is wanted: \[\[faults\]\] with") as caught:
        faults.load(path)
    assert str(caught.value).startswith(str(path))


def test_a_fault_of_no_operation_is_refused_however_it_is_given(make: Callable[..., Client]) -> None:
    with pytest.raises(ValueError, match=r"no operation 'no\.such'"):
        make(faults=(Fault("no.such", "status"),))
    client = make(control=True, orders=1)
    answer = client.http.put("/-/faults", json=[{"operation": "no.such", "kind": "429"}])
    assert (answer.status_code, "no operation 'no.such'" in answer.json()["error"]) == (400, True)


def test_what_is_refused_of_a_header_tells_its_form(client: Client) -> None:
    for text in ("nosuch", "status=503", "drip; chunk=0"):
        answer = client.http.get("/sellers/v1/account", headers={"x-amzsql-fault": text})
        assert answer.status_code == 400
        assert "`status; status=503; code=Busy`" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("text", "status", "error", "code"),
    [
        ("500", 500, "server_error", "InternalError"),
        ("503", 503, "temporarily_unavailable", "SlowDown"),
        ("429", 429, "slow_down", "SlowDown"),
        ("status; status=418; code=Teapot", 418, "Teapot", "Teapot"),
        ("expire", 0, "invalid_grant", "AccessDenied"),
    ],
)
def test_off_the_api_faults_have_the_shape_of_what_answers_there(
    client: Client, text: str, status: int, error: str, code: str
) -> None:
    headers = {"x-amzsql-fault": text}
    answer = client.http.post("/auth/o2/token", data=CREDENTIALS, headers=headers)
    assert answer.status_code == (status or 400)
    assert answer.json().keys() == {"error", "error_description"}
    assert answer.json()["error"] == error
    made = client.http.post("/feeds/2021-06-30/documents", json={"contentType": "text/plain"}).json()
    for method in ("GET", "PUT"):
        answer = client.http.request(method, made["url"], headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status or 403, "application/xml")
        assert f"<Error><Code>{code}</Code>" in answer.text


WORD = st.sampled_from(
    [*faults.KINDS, "503", "nth", "times", "status", "code", "probability", "chunk", "x", "0", "nan"]
)
HEADERS = st.lists(st.tuples(st.sampled_from(["; ", "=", ";", ""]), WORD | st.text("0aé;=-", max_size=4)), max_size=6)


@given(HEADERS)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_header_breaks_the_simulator(parts: list[tuple[str, str]]) -> None:
    text = "".join(a + b for a, b in parts).strip()
    with contextlib.suppress(ValueError):
        fault = faults.of_header(text)
        again = faults.scenario(faults.plain(Scenario((fault,))))
        assert again.faults == (fault,)


def test_what_a_scenario_is_told_as_means_the_same() -> None:
    odd = (
        Fault("*", "status", status=503, code="InternalFailure"),
        Fault("*", "drip", probability=0.5),
        Fault("lwa.*", "status", probability=0.25, times=3, status=429),
    )
    assert faults.scenario(faults.plain(Scenario(odd, 9))) == Scenario(odd, 9)
