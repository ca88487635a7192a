"""How fast the simulator answers in process: pages of 100 orders out of a million.

    python -m benchmarks.serving [--orders N] [--pages N]

Seconds are of the processor, so that other work on the machine counts less. The floor is `json.dumps` of the same
pages, whose contents are known already: what writing them costs at the least.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

# 2026-11-18T11:06:40Z
NOW = 1_795_000_000.0
MARKETPLACE = "ATVPDKIKX0DER"
LOGIN = {"grant_type": "refresh_token", "refresh_token": "Atzr|any", "client_id": "any", "client_secret": "any"}
# API -> (path, filters, parameter of the page token, its way in the body)
SEARCHES = {
    "searchOrders": ("/orders/2026-01-01/orders", {"createdAfter": "2025-01-01T00:00:00Z"}, "paginationToken",
                     ("pagination", "nextToken")),
    "getOrders": ("/orders/v0/orders", {"CreatedAfter": "2025-01-01T00:00:00Z", "MarketplaceIds": MARKETPLACE},
                  "NextToken", ("payload", "NextToken")),
}  # fmt: skip
SIZE = {"searchOrders": "maxResultsPerPage", "getOrders": "MaxResultsPerPage"}
Figure = tuple[str, float, float]
"""(operation, pages a second, how many times longer than the floor)."""


def client(orders: int) -> Callable[..., bytes]:
    """Return a function that asks a simulator of so many orders, logged in."""
    from amzsql.clock import VirtualClock
    from amzsql.simulator import Simulator

    simulator = Simulator(VirtualClock(NOW), orders=orders, throttle="off")
    token = ""

    def ask(method: str, path: str, query: dict[str, Any], body: bytes = b"") -> bytes:
        status: list[str] = []
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": urlencode(query), "SERVER_NAME": "simulator",
            "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "HTTP_X_AMZ_ACCESS_TOKEN": token,
        }  # fmt: skip
        answer = b"".join(simulator(environ, lambda line, _: status.append(line)))
        if not status[0].startswith("200"):
            raise RuntimeError(f"{path}: {status[0]} {answer[:200]!r}")
        return answer

    token = json.loads(ask("POST", "/auth/o2/token", {}, urlencode(LOGIN).encode()))["access_token"]
    return ask


def pages(ask: Callable[..., bytes], operation: str, count: int) -> Figure:
    """Return how fast an operation's pages come, one after the other as a scan asks for them."""
    path, filters, token_in, way = SEARCHES[operation]
    query = {**filters, SIZE[operation]: 100}
    spent = floor = 0.0
    for number in range(count + 2):
        start = time.process_time()
        body = ask("GET", path, query)
        taken = time.process_time() - start
        page = json.loads(body)
        start = time.process_time()
        json.dumps(page)
        if number > 1:
            spent, floor = spent + taken, floor + time.process_time() - start
        query = {**filters, SIZE[operation]: 100, token_in: page[way[0]][way[1]]}
    return operation, count / spent, spent / floor


def memory() -> float:
    """Return the most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)


def table(orders: int, count: int) -> list[str]:
    """Measure in a fresh process; return a markdown table."""
    command = [sys.executable, "-m", "benchmarks.serving", "--orders", str(orders), "--pages", str(count)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def main() -> None:
    """Print one line for each operation."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description="Measure the simulator.")
    parser.add_argument("--orders", type=int, default=1_000_000, help="of how many orders the pages are")
    parser.add_argument("--pages", type=int, default=300, help="how many pages are read")
    options = parser.parse_args()
    ask = client(options.orders)
    print("| pages of 100 orders | pages a second | over json.dumps | memory of the process |\n|---|---|---|---|")
    for operation in SEARCHES:
        name, rate, ratio = pages(ask, operation, options.pages)
        print(f"| {name} | {rate:.0f} | {ratio:.1f} × | {memory():.0f} MB |")


if __name__ == "__main__":
    main()
