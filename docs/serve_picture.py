"""Draw the picture of docs/serve.md: `python docs/serve_picture.py` asks a served simulator and writes an SVG.

What is shown was answered: a client of MySQL's asks `amzsql serve` on a socket, with the simulator in Amazon's place.
"""

from __future__ import annotations

import asyncio
import io
import re
import threading
import warnings
from pathlib import Path
from typing import Any

import pymysql
from rich.console import Console

import amzsql
from amzsql.serve.server import Options, Server

PICTURE = Path(__file__).parent / "images" / "serve.svg"
ASKED = (
    "SHOW TABLES LIKE 'OrderI%'",
    "SHOW COLUMNS FROM `OrderItems` LIKE 'ItemPrice%'",
    "SELECT DATE_FORMAT(`PurchaseDate`, '%Y-%m') AS `month`,\n"
    "       COUNT(*) AS `orders`, SUM(`OrderTotalAmount`) AS `total` FROM `Orders`\n"
    "WHERE `OrderTotalCurrencyCode` = 'USD' GROUP BY 1 ORDER BY 1 DESC LIMIT 3",
)


def opened(*, scratch: Any = None, **own: Any) -> amzsql.Connection:
    """Open a connection to the simulator."""
    given = {"Simulator": "orders=2000,today=2026-11-21", "BrowsableSchemas": "SellingPartner,sys", "Readonly": True}
    return amzsql.connect(scratch=scratch, **{**given, **own})


def drawn(console: Console, names: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Show a result as the mysql command line does."""
    cells = [names, *(["NULL" if v is None else str(v) for v in row] for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(names))]
    line = "+" + "+".join("-" * (w + 2) for w in widths) + "+"
    body = ["| " + " | ".join(t.ljust(w) for t, w in zip(row, widths, strict=True)) + " |" for row in cells]
    console.print("\n".join([line, body[0], line, *body[1:], line]) + "\n", markup=False, highlight=False)


def main() -> None:
    """Serve, ask and save what a terminal would show."""
    warnings.simplefilter("ignore")
    loop = asyncio.new_event_loop()
    server = Server(Options(port=0), opened)
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(30)
    console = Console(record=True, file=io.StringIO(), force_terminal=True, width=82, highlight=False)
    with pymysql.connect(host="127.0.0.1", port=server.port, user="me", database="SellingPartner") as connection:
        console.print("$ mysql --host 127.0.0.1 --user me SellingPartner\n", style="bold")
        for text in ASKED:
            console.print("mysql> " + text.replace("\n", "\n    -> ") + ";", style="cyan", markup=False)
            with connection.cursor() as cursor:
                cursor.execute(text)
                drawn(console, [d[0] for d in cursor.description], list(cursor.fetchall()))
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    svg = re.sub(r"\s*@font-face \{.*?\}", "", console.export_svg(title="amzsql serve"), flags=re.DOTALL)
    PICTURE.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
