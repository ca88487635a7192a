"""What a group of accounts costs: seconds on Amazon's clock against those of one account and of one after the other.

    python -m benchmarks.groups [--accounts N]

One of the accounts was revoked, one lacks the role for orders. Each way begins with full buckets.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

from amzsql.connection.connection import Connection
from amzsql.connection.group import GroupConnection
from amzsql.settings import Given, read, read_group
from benchmarks.questions import TODAY

DAY = "SELECT Account, AmazonOrderId FROM Orders WHERE PurchaseDate >= DATE '{today}' - 1 AND PurchaseDate < '{today}'"
ITEMS = (
    "SELECT o.Account, SUM(i.QuantityOrdered) FROM Orders o JOIN OrderItems i USING (Account, AmazonOrderId)"
    " WHERE o.PurchaseDate >= DATE '{today}' - 7 GROUP BY 1"
)
REPORT = (
    'SELECT Account, COUNT(*) FROM "REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"'
    " WHERE DataStartTime = DATE '{today}' - 8 AND DataEndTime = DATE '{today}' - 1 GROUP BY 1"
)
QUESTIONS = (
    ("yesterday's orders", DAY, {}),
    ("a week's orders with items, by v0", ITEMS, {"OrdersApi": "v0"}),
    ("a week's report of orders", REPORT, {}),
)


@dataclass(frozen=True)
class Cost:
    """Seconds on Amazon's clock: of the group, its slowest account alone, and one account after the other."""

    question: str
    answered: int
    left_out: int
    calls: int
    group: float
    slowest: float
    sum: float
    threads: int
    wall: float


def measure(accounts: int = 40, orders: int = 2000) -> list[Cost]:
    """Ask each question of a group, and of each of its accounts alone."""
    warnings.simplefilter("ignore")
    return [_cost(question, accounts, orders) for question in range(len(QUESTIONS))]


def _cost(number: int, accounts: int, orders: int) -> Cost:
    question, text, properties = QUESTIONS[number]
    statement = text.format(today=TODAY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = _written(folder, accounts, f"seed={number + 1},orders={orders},today={TODAY}")
        each = []
        for account in names[:-2]:
            alone = Connection(read("", Connection=account, environment={}, config_folder=folder, **properties))
            each.append(_asked(alone, statement)[0])
        given = read_group(Given("", {"Connection": "all", **properties}, environment={}, config_folder=folder))
        assert given is not None  # it was just written
        group = GroupConnection(given)
        most, over = [0], threading.Event()
        watcher = threading.Thread(target=_watch, args=(most, over))
        watcher.start()
        began = time.perf_counter()
        try:
            seconds, calls, answered, left_out = _asked(group, statement)
        finally:
            over.set()
            watcher.join()
    wall = time.perf_counter() - began
    return Cost(question, answered, left_out, calls, seconds, max(e for e in each), sum(each), most[0], wall)


def _written(folder: Path, accounts: int, world: str) -> list[str]:
    """Write the connections of a group and return their names; the last two answer nothing."""
    opened = {f"shop-{n}": f"na-{n}" for n in range(1, accounts - 1)} | {"revoked": "revoked", "norole": "norole"}
    lines = [f'[connections.{name}]\nSimulator = "account={account},{world}"\n' for name, account in opened.items()]
    (folder / "connections.toml").write_text("".join(lines) + '[groups.all]\nconnections = ["*"]\n')
    return list(opened)


def _asked(connection: Connection, statement: str) -> tuple[float, int, int, int]:
    """Return a statement's seconds and calls, how many accounts have answered, and how many were left out."""
    cursor = connection.cursor().execute(statement)
    answered = len({row[0] for row in cursor.fetchall()})
    assert cursor.stats is not None  # something was executed
    left_out = sum("is left out" in text for _, text in cursor.messages)
    return cursor.stats.seconds, cursor.stats.requests, answered, left_out


def _watch(most: list[int], over: threading.Event) -> None:
    while not over.wait(0.005):
        most[0] = max(most[0], sum(t.name.startswith("amzsql ") for t in threading.enumerate()))


def table(costs: list[Cost]) -> list[str]:
    """Return the costs as a markdown table."""
    lines = [
        "| question | answered | left out | calls | the group | its slowest account | one after the other | threads |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for c in costs:
        over = " EXCEEDED" if c.group > 1.1 * c.slowest + 1 else ""
        seconds = f"{c.group:,.1f} s{over} | {c.slowest:,.1f} s | {c.sum:,.0f} s"
        lines.append(f"| {c.question} | {c.answered} | {c.left_out} | {c.calls:,} | {seconds} | {c.threads} |")
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.groups", description="What a group of accounts costs.")
    parser.add_argument("--accounts", type=int, default=40, help="two of which do not answer (default: 40)")
    print("\n".join(table(measure(parser.parse_args().accounts))))


if __name__ == "__main__":
    main()
