"""The demo: real questions through the whole stack, against the simulator in this process. Needs no account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from amzsql.cli import running
from amzsql.cli.output import table
from amzsql.clock import RealClock
from amzsql.connection import Connection

# Enough orders that a quarter of them takes longer than the bursts that Amazon grants.
SIMULATOR = "orders=6000"
US = "ATVPDKIKX0DER"
WIDTH = 110
_EXPLAINED = ("Step", "Node", "Table", "AccessPath", "Rows", "Requests", "Seconds", "Basis")


@dataclass(frozen=True, slots=True)
class Question:
    """A question for people, and its statement."""

    title: str
    sql: str


MONTHS = f"""SELECT CAST(date_trunc('month', PurchaseDate) AS DATE) AS Month,
       count(*) AS Orders, sum(OrderTotalAmount) AS Total
FROM Orders
WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 90 DAY AND MarketplaceId = '{US}'
GROUP BY ALL
ORDER BY Month"""


QUESTIONS = (
    Question(
        "Which orders came in since yesterday?",
        """SELECT AmazonOrderId, PurchaseDate, OrderStatus, OrderTotalAmount, OrderTotalCurrencyCode AS Currency
FROM Orders
WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 1 DAY
LIMIT 5""",
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
    ),
    Question(
        "What has become of this week's orders?",
        """SELECT OrderStatus, FulfillmentChannel, count(*) AS Orders
FROM Orders
WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 7 DAY
GROUP BY ALL
ORDER BY Orders DESC, OrderStatus, FulfillmentChannel""",
    ),
    Question(
        "What do these two orders hold? (asked by their ids)",
        """SELECT AmazonOrderId, OrderItemId, SellerSKU, QuantityOrdered, ItemPriceAmount
FROM OrderItems
WHERE AmazonOrderId IN ({ids})""",
    ),
    Question(
        "What is nearly sold out?",
        f"""SELECT SellerSKU, InventoryDetailsFulfillableQuantity AS Fulfillable, TotalQuantity
FROM InventorySupply
WHERE MarketplaceId = '{US}' AND InventoryDetailsFulfillableQuantity BETWEEN 1 AND 10
ORDER BY Fulfillable, SellerSKU
LIMIT 5""",
    ),
    Question(
        "What would the months of a quarter cost? (EXPLAIN asks Amazon nothing)",
        f"EXPLAIN {MONTHS}",
    ),
    Question("And the months themselves", MONTHS),
)
PICTURED = (QUESTIONS[1], *QUESTIONS[-2:])


def main() -> None:
    """Run the demo on the terminal."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    run(console)


def run(console: Console, questions: Sequence[Question] = QUESTIONS) -> None:
    """Ask the questions and print their answers.

    Raises:
        Error: a question failed.
    """
    connection = running.connect(None, [f"Simulator={SIMULATOR}"])
    console.print(
        Text.assemble(
            ("amzsql demo", "bold"),
            ": a made-up seller in this process stands in for Amazon and keeps to Amazon's rate limits. ",
            "Its clock is virtual: a wait of a minute takes no time here.",
        )
    )
    ids: list[str] = []
    for number, question in enumerate(questions, 1):
        sql = question.sql.replace("{ids}", ", ".join(f"'{i}'" for i in ids[:2]))
        rows = ask(connection, console, f"{number}. {question.title}", sql)
        ids = ids or [str(row[0]) for row in rows]
    console.print()
    answered, yours = f"{len(questions)} questions answered. ", "amzsql query --simulator 'SELECT …'"
    console.print(Text.assemble((answered, "bold"), "Now your own: ", (yours, "cyan")))


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
    minutes = f" ({seconds / 60:.0f} min)" if seconds >= 120 else ""
    return (
        f"{requests} request{plural}, {seconds:,.1f} s{minutes} on Amazon's clock "
        f"(virtual: it took {here:.1f} s here), {throttled} throttled"
    )
