"""Draw the picture of docs/quotas-for-bi.md: `python docs/quotas_picture.py` asks a simulator and writes an SVG.

Calls and times are what the statements took on the simulated clock, with the quotas that Amazon publishes.
"""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from picture import saved
from rich.console import Console

import amzsql
from amzsql import Connection

PICTURE = Path(__file__).parent / "images" / "quotas-for-bi.svg"
DAYS = (7, 14, 30, 60, 90)
TILES = (
    ("orders a day", "SELECT PurchaseDate::DATE AS day, count(*) FROM Orders WHERE {} GROUP BY day"),
    ("by status", "SELECT OrderStatus, count(*) FROM Orders WHERE {} GROUP BY 1"),
    ("turnover", "SELECT sum(OrderTotalAmount) FROM Orders WHERE {} AND OrderStatus <> 'Canceled'"),
    ("items sold", "SELECT SellerSKU, sum(QuantityOrdered) FROM OrderItems WHERE {} GROUP BY 1"),
)
BAR = 34


@contextmanager
def opened(share: int) -> Iterator[Connection]:
    """Open a connection to a simulator of its own; in a state folder of its own, all jars are full."""
    with tempfile.TemporaryDirectory() as folder:
        place = {"StateLocation": folder, "ShareScans": share}
        with amzsql.connect(Simulator="orders=5000,today=2026-11-21", Marketplace="US", **place) as connection:
            yield connection


def since(days: int) -> str:
    """Return the time range of a chart."""
    return f"PurchaseDate >= CURRENT_DATE - {days}"


def span(seconds: float) -> str:
    """Return a time as people say it."""
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.0f} min"


def windows(console: Console) -> None:
    """Show what one chart costs by its time range, each with full jars."""
    console.print("One chart, by its time range, when the jars are full\n", style="bold")
    console.print("    days   orders   calls        time", style="dim", highlight=False)
    found = []
    for days in DAYS:
        with opened(share=0) as connection:
            cursor = connection.cursor()
            [(orders,)] = cursor.execute(f"SELECT count(*) FROM Orders WHERE {since(days)}").fetchall()
            found.append((days, orders, cursor.stats.requests, cursor.stats.seconds))
    longest = max(seconds for *_, seconds in found)
    for days, orders, calls, seconds in found:
        bar = "█" * round(BAR * seconds / longest) or "▏"
        console.print(f"    {days:>4} {orders:>8,} {calls:>7} {span(seconds):>11}  [cyan]{bar}[/]", highlight=False)


def tiles(console: Console) -> None:
    """Show what each tile of a dashboard costs after the one before, and all of them drawn again."""
    console.print("\nFour tiles of one dashboard, one after the other, each over 14 days\n", style="bold")
    console.print("    tile             calls        time", style="dim", highlight=False)
    with opened(share=60) as connection:
        cursor = connection.cursor()
        for heading in ("", "drawn again"):
            if heading:
                console.print(f"    {heading}", style="dim")
            for name, sql in TILES:
                cursor.execute(sql.format(since(14))).fetchall()
                console.print(f"    {name:<14} {cursor.stats.requests:>7} {span(cursor.stats.seconds):>11}")


def main() -> None:
    """Ask, and save what a terminal would show."""
    warnings.simplefilter("ignore")
    console = Console(record=True, file=io.StringIO(), force_terminal=True, width=78, highlight=False)
    windows(console)
    tiles(console)
    saved(console, "what charts cost", PICTURE)


if __name__ == "__main__":
    main()
