"""What rows and data frames cost: 300,000 rows of five columns, as tuples, as Arrow, and by pandas and polars.

    python -m benchmarks.frames [--rows N]

The rows stand in a scratch table, so that no call is in the figures, and in a plain DuckDB connection of the same
process, whose own `fetchall` is the measure of ours. Each figure is the least of five runs; the two that are compared
take turns. DuckDB reads times with a zone with the help of pytz: without it only times without one are compared.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import time
from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import registry

COLUMNS = {
    "AmazonOrderId": "VARCHAR",
    "PurchaseDate": "TIMESTAMP WITH TIME ZONE",
    "OrderStatus": "VARCHAR",
    "OrderTotalAmount": "DECIMAL(18,4)",
    "NumberOfItemsShipped": "BIGINT",
}
MADE = """
SELECT printf('%03d-%07d-%07d', 100 + i % 50, i * 7919 % 10000000, i) AS AmazonOrderId,
  (TIMESTAMP '2026-01-01' + to_milliseconds(i * 97001)) AT TIME ZONE 'UTC' AS PurchaseDate,
  CASE i % 4 WHEN 0 THEN 'Shipped' WHEN 1 THEN 'Pending' WHEN 2 THEN 'Canceled' ELSE 'Unshipped' END AS OrderStatus,
  CASE WHEN i % 10 = 0 THEN NULL ELSE (i * 37 % 100000 / 100.0)::DECIMAL(18,4) END AS OrderTotalAmount,
  (i % 7)::BIGINT AS NumberOfItemsShipped
FROM range({rows}) AS numbers(i)"""
EVERY = "SELECT * FROM Rows_"
NO_ZONE = (
    "SELECT AmazonOrderId, PurchaseDate::TIMESTAMP AS PurchaseDate, OrderStatus, OrderTotalAmount, NumberOfItemsShipped"
    " FROM Rows_"
)
Figure = tuple[str, str, float, float]
"""(what, against what, its seconds, the ratio of the two)."""


def measure(rows: int = 300_000, repeats: int = 5) -> list[Figure]:
    """Return every figure; the ratio of `fetchall` is at most 1.0."""
    registry.register("amzsql", "amzsql_dialect.base", "AmzsqlDialect")
    engine = sa.create_engine("amzsql://?Simulator=orders=1")
    with engine.begin() as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        connection.exec_driver_sql(f"CREATE TABLE Rows_ ({columns})")
        connection.exec_driver_sql("INSERT INTO Rows_ " + MADE.format(rows=rows))
    with duckdb.connect() as plain:
        plain.execute("SET TimeZone = 'UTC'")
        plain.execute("CREATE TABLE Rows_ AS " + MADE.format(rows=rows))
        found = [_against_duckdb(engine, plain, rows, zone, repeats) for zone in (True, False)]
    return [f for f in found if f is not None] + _frames(engine, rows, repeats)


def _against_duckdb(
    engine: sa.engine.Engine, plain: duckdb.DuckDBPyConnection, rows: int, zone: bool, repeats: int
) -> Figure | None:
    if zone and importlib.util.find_spec("pytz") is None:
        return None
    cursor, sql = _driver(engine).cursor(), EVERY if zone else NO_ZONE
    mine, theirs = _turns(lambda: cursor.execute(sql).fetchall(), lambda: plain.execute(sql).fetchall(), repeats)
    assert sorted(cursor.execute(sql).fetchall()[:9]) == sorted(plain.execute(sql).fetchall()[:9])
    return f"fetchall, times {'with' if zone else 'without'} a zone", "DuckDB's own fetchall", mine, mine / theirs


def _frames(engine: sa.engine.Engine, rows: int, repeats: int) -> list[Figure]:
    """Return what each way to a frame takes against the Arrow one."""
    driver = _driver(engine)

    def cursor() -> Any:
        return driver.cursor().execute(EVERY)

    assert len(pd.read_sql(EVERY, engine)) == len(cursor().fetch_df()) == rows
    ways: dict[str, Callable[[], Any]] = {
        "fetch_arrow_table()": lambda: cursor().fetch_arrow_table(),
        "fetch_arrow_table().to_pandas()": lambda: cursor().fetch_df(),
        "fetch_polars()": lambda: cursor().fetch_polars(),
        "fetchall()": lambda: cursor().fetchall(),
        "pandas.read_sql(sql, engine)": lambda: pd.read_sql(EVERY, engine),
        "pandas.read_sql(sql, engine, coerce_float=False)": lambda: pd.read_sql(EVERY, engine, coerce_float=False),
        "polars.read_database(sql, engine)": lambda: pl.read_database(EVERY, engine),
    }
    base = "fetch_arrow_table().to_pandas()"
    spent = {way: _turns(work, ways[base], repeats) for way, work in ways.items()}
    return [(way, base, mine, mine / theirs) for way, (mine, theirs) in spent.items() if way != base]


def _driver(engine: sa.engine.Engine) -> Any:
    """Return a connection of the driver that sees the engine's scratch tables."""
    return engine.raw_connection().dbapi_connection


def _turns(mine: Callable[[], Any], theirs: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Return the least seconds of each of the two, run in turns."""
    spent: tuple[list[float], list[float]] = [], []
    for _ in range(repeats):
        for each, work in zip(spent, (mine, theirs), strict=True):
            gc.collect()
            began = time.perf_counter()
            result = work()
            each.append(time.perf_counter() - began)
            del result
    return min(spent[0]), min(spent[1])


def table(figures: Sequence[Figure]) -> list[str]:
    """Return figures as a markdown table."""
    lines = ["| what | seconds | against | ratio |", "|---|---|---|---|"]
    return lines + [f"| {what} | {seconds:.2f} | {base} | {ratio:.2f} × |" for what, base, seconds, ratio in figures]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.frames", description="Measure rows and data frames.")
    parser.add_argument("--rows", type=int, default=300_000, help="how many rows are read (default: 300000)")
    print("\n".join(table(measure(parser.parse_args().rows))))


if __name__ == "__main__":
    main()
