"""What writing costs: calls, seconds on Amazon's clock and CPU of price updates, against a call for each row.

    python -m benchmarks.writes [--orders N]

A call for each row is what a hand-written client of the Listings Items API does: five a second at most.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import amzsql
from benchmarks.questions import TODAY

UPDATE = "UPDATE ListingsItems SET Price = ? WHERE SKU = ?"
POLL = "feeds_2021-06-30.getFeed"
BESIDES_POLLS = 10
SELLER = "A3SIMULATEDSELL"


@dataclass(frozen=True)
class Cost:
    """What an update of some rows cost. `seconds` are Amazon's clock's, `cpu` ours, the simulator's in them."""

    way: str
    rows: int
    calls: int
    polls: int
    seconds: float
    cpu: float


def measure(orders: int = 100_000) -> list[Cost]:
    """Update the price of each listing by a feed, and of 200 listings by feed and by call; check what was written."""
    found = [_update(orders, "feed", {}, None), _update(orders, "feed", {}, 200)]
    return [*found, _update(orders, "a call for each row", {"FeedRows": 0}, 200)]


def _update(orders: int, way: str, properties: dict[str, Any], most: int | None) -> Cost:
    connection = amzsql.connect(
        Simulator=f"orders={orders},today={TODAY}",
        Marketplace="US",
        SellerId=SELLER,
        StateLocation="memory://",
        **properties,
    )
    cursor = connection.cursor()
    assert connection.runtime.simulator is not None  # the property says so
    skus = [sku.code for sku in connection.runtime.simulator.world.skus()][:most]
    given = {sku: Decimal(number % 90 + 10) for number, sku in enumerate(skus)}
    began = time.process_time()
    cursor.executemany(UPDATE, [(price, sku) for sku, price in given.items()])
    cpu = time.process_time() - began
    stats = cursor.stats
    assert stats is not None  # something was executed
    polls = stats.sources.get(POLL, 0)
    cost = Cost(way, len(skus), stats.requests - polls, polls, stats.seconds, cpu)
    if cursor.rowcount != len(skus):
        raise RuntimeError(f"{cursor.rowcount} of {len(skus)} rows were written")
    connection.close()
    return cost


def table(costs: list[Cost]) -> list[str]:
    """Return the costs as a markdown table."""
    lines = [
        "| rows | way | calls besides polls | polls | seconds on Amazon's clock | CPU |",
        "|---|---|---|---|---|---|",
    ]
    for cost in costs:
        over = " EXCEEDED" if cost.way == "feed" and cost.calls > BESIDES_POLLS else ""
        lines.append(
            f"| {cost.rows:,} | {cost.way} | {cost.calls:,}{over} | {cost.polls} | {cost.seconds:,.0f} |"
            f" {cost.cpu:.1f} s |"
        )
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.writes", description="What writing costs.")
    parser.add_argument(
        "--orders", type=int, default=100_000, help="of the simulated seller, who has a tenth as many SKUs"
    )
    print("\n".join(table(measure(parser.parse_args().orders))))


if __name__ == "__main__":
    main()
