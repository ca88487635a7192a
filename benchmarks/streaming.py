"""A scan of many orders, all columns, from a simulator in another process without throttle.

    python -m benchmarks.streaming [--orders N] [amzsql|floor|sp_api …]

Each reader runs in a process of its own and tells rows a second, seconds until the first row, pages before it, and how
far its memory rose above its start. `floor` is a bare loop of httpx and orjson that keeps nothing; `sp_api` is
python-amazon-sp-api with its pages put into one pandas frame, which is how it is used.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LOGIN = {"grant_type": "refresh_token", "refresh_token": "r", "client_id": "c", "client_secret": "s"}
MARKETPLACE = "ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8"
SETS = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS"
# A little less than the two years that Amazon answers.
REACH = dt.timedelta(days=729, hours=23)
READERS = ("amzsql", "floor", "sp_api")


def oldest() -> str:
    """Return the time from which on orders are asked for."""
    return f"{dt.datetime.now(dt.UTC) - REACH:%Y-%m-%dT%H:%M:%SZ}"


def resident() -> int:
    """Return the process's resident memory in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


class Peak:
    """The highest memory seen, looked at fifty times a second."""

    def __init__(self) -> None:
        self.start = self.most = resident()
        self._stop = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.most = max(self.most, resident())

    def above(self) -> float:
        """Stop watching, and return MB above the start."""
        self._stop.set()
        return (max(self.most, resident()) - self.start) / 1e6


def read_amzsql(url: str, first: Callable[[], None]) -> tuple[int, int]:
    """Stream the scan as record batches and drop each; return (rows, requests)."""
    import amzsql

    connection = amzsql.connect(
        f"Endpoint={url};OAuthAccessTokenURL={url}/auth/o2/token;StateLocation=memory://;OAuthSettingsLocation=memory://",
        OAuthClientId="c", OAuthClientSecret="s", OAuthRefreshToken="r", Marketplace="US,CA,MX",
    )  # fmt: skip
    cursor = connection.cursor()
    cursor.execute("SELECT * FROM Orders")
    rows = 0
    for batch in cursor.fetch_record_batch():
        if not rows:
            first()
        rows += batch.num_rows
    assert cursor.stats is not None  # a statement was run
    return rows, cursor.stats.requests


def read_floor(url: str, first: Callable[[], None]) -> tuple[int, int]:
    """Ask for the pages one after the other, parse them and drop them."""
    import httpx
    import orjson

    with httpx.Client(base_url=url) as http:
        http.headers["x-amz-access-token"] = http.post("/auth/o2/token", data=LOGIN).json()["access_token"]
        query = {
            "createdAfter": oldest(),
            "marketplaceIds": MARKETPLACE,
            "includedData": SETS,
            "maxResultsPerPage": "100",
        }
        rows = requests = 0
        token: str | None = ""
        while token is not None:
            page = orjson.loads(http.get("/orders/2026-01-01/orders", params=query).content)
            if not rows:
                first()
            rows, requests = rows + len(page["orders"]), requests + 1
            token = page.get("pagination", {}).get("nextToken")
            query["paginationToken"] = token or ""
    return rows, requests


def read_sp_api(url: str, first: Callable[[], None]) -> tuple[int, int]:
    """Read all pages by python-amazon-sp-api's own paging into one pandas frame."""
    import pandas
    from sp_api.api import OrdersV20260101
    from sp_api.auth import AccessTokenClient
    from sp_api.util import load_all_pages

    class Login(AccessTokenClient):
        scheme = "http://"
        host = url.removeprefix("http://")

    credentials = {"refresh_token": "r", "lwa_app_id": "c", "lwa_client_secret": "s"}
    client = OrdersV20260101(credentials=credentials, auth_token_client_class=Login)
    client.endpoint = url

    @load_all_pages(throttle_by_seconds=0, next_token_param="paginationToken")
    def pages(**query: object) -> object:
        return client.search_orders(**query)

    frames, requests = [], 0
    query = {"createdAfter": oldest(), "marketplaceIds": MARKETPLACE, "includedData": SETS, "maxResultsPerPage": 100}
    for page in pages(**query):
        if not frames:
            first()
        frames.append(pandas.json_normalize(page.payload["orders"]))
        requests += 1
    return len(pandas.concat(frames)), requests


@contextmanager
def simulator(orders: int) -> Iterator[str]:
    """Serve a simulated seller from another process; give its address."""
    command = [sys.executable, "-m", "amzsql.simulator", "--port", "0", "--orders", str(orders), "--throttle", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # it is piped
        try:
            yield process.stdout.readline().split(" on ")[1].split()[0]
        finally:
            process.terminate()


def warm(reader: str) -> None:
    """Import what the reader needs, so that its memory is not counted as the scan's."""
    if reader == "amzsql":
        import amzsql

        amzsql.connect("Simulator=orders=30", Marketplace="US").cursor().execute("SELECT * FROM Orders").fetchall()
    elif reader == "sp_api":
        import pandas
        import sp_api.api

        del pandas, sp_api
    else:
        import httpx
        import orjson

        del httpx, orjson


def one(reader: str, url: str) -> dict[str, float]:
    """Run one reader in this process and return its figures."""
    warm(reader)
    peak, started = Peak(), time.perf_counter()
    firsts: list[float] = []
    rows, requests = globals()[f"read_{reader}"](url, lambda: firsts.append(time.perf_counter() - started))
    seconds = time.perf_counter() - started
    return {"rows": rows, "requests": requests, "seconds": seconds, "first": firsts[0], "memory": peak.above()}


def measure(orders: int, readers: tuple[str, ...] = READERS) -> dict[str, dict[str, float]]:
    """Return each reader's figures over the same simulator; one that fails has none."""
    found = {}
    with simulator(orders) as url:
        for reader in readers:
            command = [sys.executable, "-m", "benchmarks.streaming", "--one", reader, "--url", url]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{reader} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            else:
                found[reader] = json.loads(done.stdout)
    return found


def table(found: dict[str, dict[str, float]]) -> list[str]:
    """Return the figures as a markdown table."""
    lines = [
        "| reader | rows | requests | rows/s | first row after | memory above start |",
        "|---|---|---|---|---|---|",
    ]
    for reader, f in found.items():
        speed = f"{f['rows'] / f['seconds']:,.0f}"
        cells = [reader, f"{f['rows']:,}", f"{f['requests']:,}", speed, f"{f['first']:.2f} s", f"{f['memory']:.0f} MB"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    """Print the table, or one reader's figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("readers", nargs="*", default=READERS)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--one")
    parser.add_argument("--url")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options.one, options.url)))
    else:
        print("\n".join(table(measure(options.orders, tuple(options.readers)))))


if __name__ == "__main__":
    main()
