"""A dashboard of eight tiles over Orders and OrderItems, drawn at once by eight threads: what it asks of Amazon.

    python -m benchmarks.dashboard [--orders N]

On a virtual clock at Amazon's published rates, with the pages of one tile serving the others (ShareScans) and without.
"""

from __future__ import annotations

import argparse
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from amzsql.connection import Connection, Runtime
from amzsql.errors import ResultWarning
from amzsql.settings import read

TODAY = "2026-11-22"
SINCE = "PurchaseDate >= '2026-10-20'"
TILES = (
    f"SELECT count(*) FROM Orders WHERE {SINCE}",
    f"SELECT OrderStatus, count(*), sum(OrderTotalAmount) FROM Orders WHERE {SINCE} GROUP BY ALL ORDER BY 1",
    f"SELECT CAST(PurchaseDate AS DATE), count(*) FROM Orders WHERE {SINCE} GROUP BY ALL ORDER BY 1",
    f"SELECT SalesChannel, min(LastUpdateDate) FROM Orders WHERE {SINCE} GROUP BY ALL ORDER BY 1",
    f"SELECT SellerSKU, sum(QuantityOrdered) FROM OrderItems WHERE {SINCE} GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT 10",
    f"SELECT sum(ItemPriceAmount) FROM OrderItems WHERE {SINCE} AND QuantityOrdered > 1",
    "SELECT o.OrderStatus, sum(i.QuantityOrdered) FROM Orders o JOIN OrderItems i USING (AmazonOrderId) "
    f"WHERE o.{SINCE} GROUP BY ALL ORDER BY 1",
    f"SELECT AmazonOrderId, OrderStatus FROM Orders WHERE {SINCE} AND OrderTotalAmount > 50 ORDER BY 1",
)


def side_by_side(statements: Sequence[str], open_one: Callable[[], Connection]) -> list[Any]:
    """Run each statement in a thread and on a connection of its own; return their rows, or what was raised."""
    found: list[Any] = [None] * len(statements)

    def work(number: int) -> None:
        try:
            found[number] = open_one().cursor().execute(statements[number]).fetchall()
        except BaseException as error:
            found[number] = error

    threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(len(statements))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def measure(orders: int) -> list[tuple[str, int, float]]:
    """Return (what was drawn, its requests, its seconds on Amazon's clock)."""
    warnings.simplefilter("ignore", ResultWarning)
    found = []
    for shared in (60, 0):
        options = f"seed=1,orders={orders},today={TODAY}"
        settings = read("", environment={}, Simulator=options, Marketplace="US", ShareScans=shared)
        runtime = Runtime(settings)
        if not shared:
            found.append(("one tile of both tables by itself", *_drawn(TILES[6:7], Runtime(settings))))
        found.append((f"all, ShareScans={shared}", *_drawn(TILES, runtime)))
        found.append((f"again, ShareScans={shared}", *_drawn(TILES, runtime)))
    return found


def _drawn(tiles: Sequence[str], runtime: Runtime) -> tuple[int, float]:
    """Draw some tiles; return the requests and the seconds that took."""
    log, began = runtime.simulator.log, runtime.clock.now()
    before = sum(not r.path.startswith("/auth") for r in log)
    for rows in side_by_side(tiles, lambda: Connection(runtime.settings, runtime)):
        if isinstance(rows, BaseException):
            raise rows
    return sum(not r.path.startswith("/auth") for r in log) - before, runtime.clock.now() - began


def table(figures: Sequence[tuple[str, int, float]]) -> list[str]:
    """Return the figures as a markdown table."""
    lines = ["| tiles | requests | seconds on Amazon's clock |", "|---|---|---|"]
    return lines + [f"| {what} | {calls:,} | {seconds:,.0f} |" for what, calls, seconds in figures]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description="What a dashboard asks.")
    parser.add_argument("--orders", type=int, default=2000, help="how many orders there are (default: 2000)")
    print("\n".join(table(measure(parser.parse_args().orders))))


if __name__ == "__main__":
    main()
