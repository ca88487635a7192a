"""Draw sessions of Python for the pages: `python docs/session_pictures.py` writes docs/images/….svg.

Each statement is run, against the simulator, and the picture shows what it printed. Names choose some of the pictures
(`python docs/session_pictures.py sqlalchemy`); that of Spark needs PySpark and Java.
"""

from __future__ import annotations

import code
import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from picture import saved
from rich.console import Console
from rich.text import Text

IMAGES = Path(__file__).parent / "images"
WIDTH = 112
PLACE = "Simulator=orders=2000,today=2026-11-21"

SESSIONS: Mapping[str, tuple[str, ...]] = {
    "sqlalchemy": (
        "import sqlalchemy as sa",
        f'engine = sa.create_engine("amzsql://?{PLACE}&Marketplace=US")',
        "orders = sa.Table('Orders', sa.MetaData(), autoload_with=engine)",
        "orders.c.OrderTotalAmount.type, orders.primary_key.columns.keys()",
        "status, total = orders.c.OrderStatus, sa.func.sum(orders.c.OrderTotalAmount)",
        "query = (sa.select(status, sa.func.count(), total).where(orders.c.PurchaseDate >= '2026-11-01')\n"
        "    .group_by(status).order_by(status))",
        "with engine.connect() as connection:\n    for row in connection.execute(query):\n        print(row)\n",
    ),
    "dataframes": (
        "import pandas as pd",
        "from sqlalchemy import create_engine",
        f'engine = create_engine("amzsql://?{PLACE}&Marketplace=US")',
        'recent = "SELECT AmazonOrderId, PurchaseDate, OrderTotalAmount FROM Orders WHERE PurchaseDate >= ?"',
        "orders = pd.read_sql(recent, engine, params=('2026-11-20',))",
        "orders.head(3)",
        "orders.head(3).to_sql('picked', engine, index=False)",
        'pd.read_sql("SELECT Title, QuantityOrdered FROM OrderItems JOIN picked USING (AmazonOrderId)", engine)',
    ),
    "polars-duckdb": (
        "import amzsql, duckdb",
        f'cursor = amzsql.connect("{PLACE};Marketplace=US").cursor()',
        'recent = "SELECT AmazonOrderId, OrderStatus, OrderTotalAmount FROM Orders WHERE PurchaseDate >= @since"',
        "cursor.execute(recent, {'since': '2026-11-20'}).fetch_polars().head(3)",
        "week = cursor.execute(recent, {'since': '2026-11-14'})",
        'duckdb.sql("SELECT OrderStatus, count(*), sum(OrderTotalAmount) FROM week GROUP BY ALL ORDER BY ALL")',
    ),
    "spark": (
        "from amzsql.spark import AmzsqlDataSource",
        "spark.dataSource.register(AmzsqlDataSource)",
        f"orders = (spark.read.format('amzsql').option('simulator', '{PLACE.partition('=')[2]}')\n"
        "    .option('marketplace', 'US,CA,MX').option('dbtable', 'Orders')\n"
        "    .option('columns', 'AmazonOrderId,MarketplaceId,PurchaseDate,OrderTotalAmount')\n"
        "    .option('byMarketplace', 'true').load())",
        "recent = orders.filter(\"PurchaseDate >= '2026-11-01'\")",
        "recent.rdd.getNumPartitions()",
        "recent.groupBy('MarketplaceId').sum('OrderTotalAmount').show()",
    ),
}


def shown(statements: tuple[str, ...], names: Mapping[str, Any]) -> str:
    """Return what a session shows that runs some statements with some names known."""
    interpreter, said = code.InteractiveInterpreter(dict(names)), io.StringIO()
    for statement in statements:
        said.write(">>> " + statement.rstrip().replace("\n", "\n... ") + "\n")
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            if interpreter.runsource(statement, symbol="single"):
                raise SystemExit(f"This is no whole statement: {statement}")
        said.write("" if said.getvalue().endswith("\n") else "\n")
    if "Traceback" in said.getvalue():
        raise SystemExit(said.getvalue())
    return said.getvalue()


def drawn(name: str, text: str) -> None:
    """Save a session as a picture; what was typed is in colour."""
    console = Console(record=True, file=io.StringIO(), force_terminal=True, width=WIDTH, highlight=False)
    for line in text.rstrip().splitlines():
        typed = line.startswith((">>> ", "... "))
        if len(line) > WIDTH:
            raise SystemExit(f"This line is wider than the picture: {line}")
        console.print(Text(line, style="cyan" if typed else ""))
    saved(console, f"python: {name}", IMAGES / f"{name}.svg")


def main() -> None:
    """Draw the pictures that are named, or all."""
    warnings.simplefilter("ignore")
    for name in sys.argv[1:] or SESSIONS:
        if name == "spark":
            with _spark() as spark:
                drawn(name, shown(SESSIONS[name], {"spark": spark}))
        else:
            drawn(name, shown(SESSIONS[name], {}))


@contextlib.contextmanager
def _spark() -> Iterator[Any]:
    """Yield a session of Spark's in local mode, as its own shell has one."""
    from pyspark.sql import SparkSession

    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    builder = SparkSession.builder.master("local[2]").config("spark.driver.host", "127.0.0.1")
    builder = builder.config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
    spark = builder.config("spark.sql.python.filterPushdown.enabled", "true").getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
