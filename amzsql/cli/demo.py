"""The demo: real questions through the whole stack, against the simulator in this process. Needs no account."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

import amzsql
from amzsql.catalog import registry
from amzsql.cli.output import table
from amzsql.clock import RealClock
from amzsql.connection import Connection

US = "ATVPDKIKX0DER"
WIDTH = 110
_EXPLAINED = ("Step", "Node", "Table", "AccessPath", "Rows", "Requests", "Seconds", "Basis")


@dataclass(frozen=True, slots=True)
class Question:
    """A question for people, its statement, and the tables that it needs."""

    title: str
    sql: str
    tables: tuple[str, ...]


QUESTIONS = (
    Question(
        "Which orders came in since yesterday?",
        """SELECT AmazonOrderId, PurchaseDate, OrderStatus, OrderTotalAmount, OrderTotalCurrencyCode AS Currency
FROM Orders
WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 1 DAY
LIMIT 5""",
        ("Orders",),
    ),
    Question(
        "Which products earned most in the last 30 days?",
        f"""SELECT i.SellerSKU, any_value(i.Title) AS Title,
       sum(i.QuantityOrdered) AS Units, sum(i.ItemPriceAmount) AS Revenue
FROM Orders AS o
JOIN OrderItems AS i ON i.AmazonOrderId = o.AmazonOrderId
WHERE o.PurchaseDate >= CURRENT_DATE - INTERVAL 30 DAY AND o.MarketplaceId = '{US}'
GROUP BY i.SellerSKU
ORDER BY Revenue DESC, i.SellerSKU
LIMIT 5""",
        ("Orders", "OrderItems"),
    ),
    Question(
        "What has become of this week's orders?",
        """SELECT OrderStatus, FulfillmentChannel, count(*) AS Orders
FROM Orders
WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 7 DAY
GROUP BY ALL
ORDER BY Orders DESC, OrderStatus, FulfillmentChannel""",
        ("Orders",),
    ),
    Question(
        "What do these two orders hold? (asked by their ids)",
        """SELECT AmazonOrderId, OrderItemId, SellerSKU, QuantityOrdered, ItemPriceAmount
FROM OrderItems
WHERE AmazonOrderId IN ({ids})""",
        ("OrderItems",),
    ),
    Question(
        "What is nearly sold out?",
        f"""SELECT SellerSKU, InventoryDetailsFulfillableQuantity AS Fulfillable, TotalQuantity
FROM InventorySupply
WHERE MarketplaceId = '{US}' AND InventoryDetailsFulfillableQuantity BETWEEN 1 AND 10
ORDER BY Fulfillable, SellerSKU
LIMIT 5""",
        ("InventorySupply",),
    ),
    Question(
        "And what would all orders of a year cost? (EXPLAIN asks Amazon nothing)",
        """EXPLAIN SELECT AmazonOrderId, OrderTotalAmount
FROM Orders
WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 365 DAY""",
        ("Orders",),
    ),
)


def run(connection: Connection, console: Console) -> int:
    """Ask every question and print its answer; return how many were asked.

    Raises:
        Error: a question failed.
    """
    known = registry.names("SellingPartner")
    asked = [q for q in QUESTIONS if set(q.tables) <= set(known)]
    console.print(
        Text.assemble(
            ("amzsql demo", "bold"),
            " · a made-up seller in this process stands in for Amazon and keeps to Amazon's rate limits. ",
            "Its clock is virtual: a wait of a minute takes no time here.",
        )
    )
    ids: list[str] = []
    for number, question in enumerate(asked, 1):
        sql = question.sql.replace("{ids}", ", ".join(f"'{i}'" for i in ids[:2]))
        rows = ask(connection, console, f"{number}. {question.title}", sql)
        ids = ids or [str(row[0]) for row in rows]
    console.print()
    answered, yours = f"{len(asked)} questions answered. ", "amzsql query --simulator 'SELECT …'"
    console.print(Text.assemble((answered, "bold"), "Now your own: ", (yours, "cyan")))
    return len(asked)


def ask(connection: Connection, console: Console, title: str, sql: str) -> list[tuple[Any, ...]]:
    """Print a question with its statement, its rows and what it cost; return the rows."""
    console.print()
    console.print(Text(title, style="bold"))
    console.print(Syntax(sql, "sql", theme="ansi_dark", background_color="default", word_wrap=True))
    real, amazon = RealClock(), connection.runtime.clock
    here, started = real.now(), amazon.now()
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall()
        described = cursor.description or []
        stats = cursor.stats
    spent, here = amazon.now() - started, real.now() - here
    kept = [n for n, d in enumerate(described) if not sql.startswith("EXPLAIN") or d[0] in _EXPLAINED]
    right = [described[n][1] in ("BIGINT", "DOUBLE") or described[n][1].startswith("DECIMAL") for n in kept]
    console.print(table([described[n][0] for n in kept], right, [[row[n] for n in kept] for row in rows]))
    requests, throttled = (stats.requests, stats.throttled) if stats is not None else (0, 0)
    console.print(Text(cost(requests, spent, here, throttled), style="dim"))
    return rows


def cost(requests: int, seconds: float, here: float, throttled: int) -> str:
    """Return what a statement cost, in one line."""
    plural = "" if requests == 1 else "s"
    return (
        f"{requests} request{plural}, {seconds:.1f} s on Amazon's clock (virtual: it took {here:.1f} s here), "
        f"{throttled} throttled"
    )


def main(svg: Path | None = None) -> None:
    """Run the demo on the terminal, and write it as a picture if told so."""
    console = Console(record=svg is not None, highlight=False)
    if not console.is_terminal or svg is not None:
        console.width = WIDTH
    run(amzsql.connect("Simulator=True"), console)
    if svg is not None:
        svg.parent.mkdir(parents=True, exist_ok=True)
        console.save_svg(str(svg), title="amzsql demo")
