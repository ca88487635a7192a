"""Statements over reports answer within their time, and ask nothing twice; also where the process is killed."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from driving import NOW, SECRETS, asked, over, real_simulator, rows, served, simulated

from amzsql.clock import VirtualClock
from amzsql.connection import Connection
from amzsql.errors import BudgetExceeded
from amzsql.simulator import Simulator
from amzsql.spapi.document_types import report_types

US = "ATVPDKIKX0DER"
ROOT = Path(__file__).parents[1]
ORDERS = "REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
LISTINGS = "REPORT_GET_MERCHANT_LISTINGS_ALL_DATA"
COUNT = f"SELECT COUNT(*) FROM {ORDERS} WHERE DataStartTime >= '2026-10-19' AND DataEndTime < '2026-11-18'"
CREATE, LIST, LOOK, ADDRESS = "createReport", "getReports", "getReport", "getReportDocument"


def calls(simulator: Simulator, *, polls: bool = False) -> list[str]:
    """Return the calls of the API in order; looking whether a report is there is a poll."""
    names = [r.operation.rpartition(".")[2] for r in simulator.log if r.operation.startswith("reports_")]
    return [n for n in names if polls or n != LOOK]


def later(connection: Connection, seconds: float) -> None:
    clock = connection.runtime.clock
    clock.wait(clock.now() + seconds)


def test_cold_it_is_found_or_ordered_looked_at_and_loaded() -> None:
    connection, simulator = simulated()
    began = connection.runtime.clock.now()
    assert rows(connection, COUNT)[0][0] > 50
    assert calls(simulator) == [LIST, CREATE, ADDRESS]
    assert len(asked(simulator, LOOK)) <= 8
    record = next(iter(simulator.store_of("na").records("report").values()))
    took = record["ends"] - record["created"]
    assert connection.runtime.clock.now() - began <= 1.2 * took + 3


def test_the_same_question_again_is_at_most_two_calls() -> None:
    connection, simulator = simulated()
    first = rows(connection, COUNT)
    later(connection, 1800)
    before = len(calls(simulator, polls=True))
    assert rows(connection, COUNT) == first
    assert calls(simulator, polls=True)[before:] == [ADDRESS]


def test_columns_and_filters_of_the_rows_are_no_other_question() -> None:
    connection, simulator = simulated()
    rows(connection, COUNT)
    rows(connection, COUNT.replace("COUNT(*)", "Sku, SUM(Quantity)") + " AND OrderStatus = 'Shipped' GROUP BY Sku")
    assert calls(simulator).count(CREATE) == 1


def test_in_a_hurry_it_says_when_to_ask_again() -> None:
    connection, simulator = simulated(Latency="Interactive", StatementTimeout=25)
    clock = connection.runtime.clock
    for _ in range(3):
        began = clock.now()
        with pytest.raises(BudgetExceeded, match="ask the same again in about") as caught:
            rows(connection, COUNT)
        assert clock.now() - began < 25
    report_id = next(iter(simulator.store_of("na").records("report")))
    assert f"Report {report_id}" in str(caught.value)
    assert "usually takes about 2 min" in str(caught.value)
    assert calls(simulator) == [LIST, CREATE]
    later(connection, 150)
    began = clock.now()
    assert rows(connection, COUNT)[0][0] > 50
    assert clock.now() - began < 3
    assert calls(simulator) == [LIST, CREATE, ADDRESS]


def test_otherwise_what_takes_too_long_is_refused_before_any_call() -> None:
    connection, simulator = simulated(StatementTimeout=25)
    with pytest.raises(BudgetExceeded, match="Latency=Interactive"):
        rows(connection, COUNT)
    assert calls(simulator) == []


def test_what_is_there_already_is_not_refused() -> None:
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=250)
    patient = over(simulator, clock)
    first = rows(patient, COUNT)
    hasty = Connection(over(simulator, clock, StatementTimeout=25).settings, patient.runtime)
    assert rows(hasty, COUNT) == first


def test_several_windows_are_made_side_by_side() -> None:
    connection, simulator = simulated()
    clock = connection.runtime.clock
    began = clock.now()
    rows(connection, COUNT.replace("2026-10-19", "2026-08-20"))
    assert calls(simulator).count(CREATE) == 3
    assert calls(simulator).count(LIST) == 1
    assert clock.now() - began < 160


TRAFFIC = "SELECT count(*) FROM REPORT_GET_SALES_AND_TRAFFIC_REPORT WHERE DataStartTime >= '2026-11-{}'"


def test_a_type_that_is_made_once_in_a_quarter_of_an_hour_is_ordered_when_it_is_its_turn() -> None:
    connection, simulator = simulated()
    rows(connection, TRAFFIC.format("01"))
    cursor = connection.cursor()
    cursor.execute(TRAFFIC.format("02"))
    assert cursor.fetchone() is not None
    ordered = [r.status for r in simulator.log if r.operation.endswith(CREATE)]
    assert ordered == [202, 202]
    assert cursor.stats.throttled == 0
    assert 800 < cursor.stats.seconds < 1.05 * cursor.stats.planned_seconds
    # What is there is not waited for.
    began = connection.runtime.clock.now()
    hasty = Connection(replace(connection.settings, statement_timeout=25), connection.runtime)
    rows(hasty, TRAFFIC.format("02"))
    assert connection.runtime.clock.now() - began < 5


def test_whose_turn_comes_too_late_is_told_when_before_any_call() -> None:
    connection, simulator = simulated()
    rows(connection, TRAFFIC.format("01"))
    before = len(calls(simulator, polls=True))
    began = connection.runtime.clock.now()
    limited = Connection(replace(connection.settings, statement_timeout=300), connection.runtime)
    with pytest.raises(BudgetExceeded, match="Latency=Interactive"):
        rows(limited, TRAFFIC.format("02"))
    hasty = Connection(replace(connection.settings, statement_timeout=25, latency="Interactive"), connection.runtime)
    for _ in range(2):
        with pytest.raises(BudgetExceeded, match=r"one order of this type in 15 min.*same again in about 1[34] min"):
            rows(hasty, TRAFFIC.format("02"))
    assert calls(simulator, polls=True)[before:] == []
    assert connection.runtime.clock.now() - began < 10
    later(connection, 900)
    assert rows(connection, TRAFFIC.format("02"))[0][0] > 10


@pytest.mark.parametrize("seconds", [None, 60])
def test_an_order_that_other_software_gave_is_waited_for_and_known(seconds: int | None) -> None:
    connection, simulator = simulated()
    other = over(
        simulator, connection.runtime.clock, OAuthRefreshToken="Atzr|simulator-eu", Marketplace="DE", SellerId="X"
    )
    other.cursor().execute(f"{TRAFFIC.format('01')} LIMIT 1")
    limits = {"statement_timeout": seconds, "latency": "Interactive"} if seconds else {}
    cursor = Connection(replace(connection.settings, **limits), connection.runtime).cursor()
    began = connection.runtime.clock.now()
    if seconds is not None:
        for tries in (1, 1):
            with pytest.raises(BudgetExceeded, match=r"throttled|same again in about [123] min"):
                cursor.execute(TRAFFIC.format("02"))
            # Known from then on: nobody asks again before it may be taken.
            assert [r.status for r in simulator.log if r.operation.endswith(CREATE)].count(429) == tries
    later(connection, 0 if seconds is None else 300)
    assert rows(connection, TRAFFIC.format("02"))[0][0] > 10
    statuses = [r.status for r in simulator.log if r.operation.endswith(CREATE)]
    assert statuses.count(202) == 2
    assert 0 < statuses.count(429) <= 7
    assert connection.runtime.clock.now() - began < 1300


@pytest.mark.parametrize(
    ("name", "end", "options", "condition"),
    [
        (
            "GET_LEDGER_SUMMARY_VIEW_DATA",
            "2026-11-01",
            '{"aggregatedByTimePeriod": "DAILY"}',
            "DataEndTime < '2026-11-01' AND AggregatedByTimePeriod = 'DAILY'",
        ),
        # Of whole days the last one is named, at whatever time of it.
        (
            "GET_SALES_AND_TRAFFIC_REPORT",
            "2026-10-31",
            '{"dateGranularity": "WEEK", "asinGranularity": "SKU"}',
            "DataEndTime < '2026-11-01' AND AsinGranularity = 'SKU' AND DateGranularity = 'WEEK'",
        ),
        (
            "GET_PROMOTION_PERFORMANCE_REPORT",
            "2026-11-01",
            '{"promotionStartDateFrom": "2026-10-01T00:00:00Z", "promotionStartDateTo": "2026-10-31T23:59:59Z"}',
            "DataEndTime < '2026-11-01'",
        ),
    ],
)
@pytest.mark.parametrize("market", ["US", "US, CA"])
def test_what_was_requested_by_name_is_what_the_view_reads(
    name: str, end: str, options: str, condition: str, market: str
) -> None:
    connection, simulator = simulated(Marketplace=market)
    connection.cursor().execute(
        "EXEC RequestReport @ReportType = ?, @DataStartTime = '2026-10-01', @DataEndTime = ?, @ReportOptions = ?",
        [name, end, options],
    )
    if report_types()[name].rows == "marketplace":
        # It holds the rows of the first one.
        condition += f" AND MarketplaceId = '{US}'"
    told = rows(
        connection,
        f"SELECT DISTINCT ReportId FROM REPORT_{name} WHERE DataStartTime >= '2026-10-01' AND {condition}",
    )
    assert told == [(next(iter(simulator.store_of("na").records("report"))),)]
    assert calls(simulator) == [CREATE, ADDRESS]


# -- killed ----------------------------------------------------------------------------------------------------------

_CHANCE = random.Random(11)
_SKUS = [f"SKU-{_CHANCE.getrandbits(96):x}" for _ in range(60_000)]
TSV = ("seller-sku\tquantity\n" + "".join(f"{sku}\t{n % 7}\n" for n, sku in enumerate(_SKUS))).encode()
BODY = gzip.compress(TSV, 1)


class Storage:
    """Hands out one document; of the first download only the half, and then nothing more."""

    def __init__(self) -> None:
        self.halfway, self.released = threading.Event(), threading.Event()
        self.url, self.asked = "", 0

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked += 1
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain;charset=UTF-8")
        handler.send_header("Content-Length", str(len(BODY)))
        handler.end_headers()
        if self.asked > 1:
            handler.wfile.write(BODY)
            return
        handler.wfile.write(BODY[: len(BODY) // 2])
        handler.wfile.flush()
        self.halfway.set()
        self.released.wait(60)
        handler.close_connection = True


@contextmanager
def storing() -> Iterator[Storage]:
    storage = Storage()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            storage.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    storage.url = f"http://127.0.0.1:{server.server_port}/document"
    worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    worker.start()
    try:
        yield storage
    finally:
        storage.released.set()
        server.shutdown()
        server.server_close()
        worker.join(5)


def elsewhere(simulator: Simulator, url: str) -> Callable[..., Iterable[bytes]]:
    """Return the simulator with its documents in another storage."""

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if "/documents/" not in environ["PATH_INFO"]:
            return simulator(environ, start)
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"reportDocumentId": "d", "url": url, "compressionAlgorithm": "GZIP"}).encode()]

    return app


_READER = """
import sys, amzsql
url, folder, *secrets = sys.argv[1:]
connection = amzsql.connect(
    Endpoint=url, Marketplace="US", StateLocation=folder, OAuthSettingsLocation="memory://", ReportMemo=7,
    OAuthAccessTokenURL=f"{url}/auth/o2/token", **dict(zip(secrets[::2], secrets[1::2])))
cursor = connection.cursor()
cursor.execute("SELECT COUNT(*), COUNT(DISTINCT SellerSku), CAST(SUM(Quantity) AS BIGINT) FROM %s")
print(cursor.fetchall()[0])
"""


def test_killed_during_a_download_the_next_process_reads_right_rows(tmp_path: Path) -> None:
    simulator = real_simulator(orders=20)
    with storing() as storage, served(elsewhere(simulator, storage.url)) as url:
        given = [part for pair in SECRETS.items() for part in pair]
        command = [sys.executable, "-c", _READER % LISTINGS, url, str(tmp_path), *given]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as first:
            assert storage.halfway.wait(60)
            first.kill()
        assert not list((tmp_path / "documents").glob("*.doc"))
        again = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT)
    quantity = sum(n % 7 for n in range(len(_SKUS)))
    assert again.stdout.strip() == f"({len(_SKUS)}, {len(_SKUS)}, {quantity})", again.stderr
    assert storage.asked == 2
    (kept,) = (tmp_path / "documents").iterdir()
    assert kept.suffix == ".doc"
    assert kept.read_bytes().endswith(BODY)
