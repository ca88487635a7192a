"""What a statement costs without network: warm, the first of a process, the import, and all that can be queried.

    python -m benchmarks.overhead

Medians in milliseconds; imports are timed in fresh processes, amzsql's against pyarrow's in turns. Reflection is
that of every column of every schema in a fresh process, in processor time, against the decoding of all packaged facts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

IMPORT = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
FIRST = (
    "import time, amzsql; c = amzsql.connect('Simulator=orders=30', Marketplace='US').cursor(); "
    "t = time.perf_counter(); c.execute('SELECT 1').fetchall(); print(time.perf_counter() - t)"
)
REFLECTED = """
import time, msgspec
from pathlib import Path
from amzsql import metadata, spapi
facts = [file.read_bytes() for file in (Path(spapi.__file__).parent / "facts").glob("*.json")]
t = time.process_time()
for each in facts * 10: msgspec.json.decode(each)
decoded, t = (time.process_time() - t) / 10, time.process_time()
for schema in metadata.schemas():
    for name in metadata.tables(schema): metadata.table(schema, name)
print(time.process_time() - t, decoded)
"""
INSPECTED = """
import time
import sqlalchemy as sa
engine = sa.create_engine("amzsql://?Simulator=orders=30")
engine.connect().close()
t = time.process_time()
inspector = sa.inspect(engine)
for schema in inspector.get_schema_names():
    # Table by table, as SQLAlchemy 1.4 knows no other way.
    for name in [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]:
        for what in ("columns", "pk_constraint", "foreign_keys", "indexes", "unique_constraints", "table_comment"):
            getattr(inspector, f"get_{what}")(name, schema=schema)
print(time.process_time() - t)
"""
LOADED = "import sys, amzsql; print(sorted({'duckdb', 'sqlalchemy'} & set(sys.modules)))"
FIVE = "EXPLAIN SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount, MarketplaceId FROM Orders LIMIT 10"
Figure = tuple[str, float, float, str]
"""(what, measured, limit, unit)."""


def fresh(code: str) -> str:
    """Run code in a fresh process and return what it prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def widest() -> str:
    """Return the name of the table with the most listed columns."""
    from amzsql.catalog import registry

    tables = [registry.table("SellingPartner", name) for name in registry.names("SellingPartner")]
    return max(tables, key=lambda t: len(t.listed())).name


def warm(sql: str, repeats: int = 30) -> float:
    """Return the median milliseconds of a statement that has run before."""
    import amzsql

    cursor = amzsql.connect("Simulator=orders=30", Marketplace="US").cursor()
    spent = []
    for _ in range(repeats + 3):
        start = time.perf_counter()
        cursor.execute(sql).fetchall()
        spent.append((time.perf_counter() - start) * 1000)
    return median(spent[3:])


def imports(repeats: int = 9) -> float:
    """Return how much longer `import amzsql` takes than `import pyarrow`."""
    fresh(IMPORT.format("amzsql")), fresh(IMPORT.format("pyarrow"))
    pairs = [(float(fresh(IMPORT.format("amzsql"))), float(fresh(IMPORT.format("pyarrow")))) for _ in range(repeats)]
    return median(mine / theirs for mine, theirs in pairs)


def reflection(repeats: int = 5) -> tuple[float, float]:
    """Return the milliseconds in which a fresh process lists all tables and columns, and their ratio to the floor."""
    pairs = [tuple(map(float, fresh(REFLECTED).split())) for _ in range(repeats)]
    return median(found for found, _ in pairs) * 1000, median(found / floor for found, floor in pairs)


def inspected(repeats: int = 5) -> float:
    """Return the milliseconds in which an Inspector of a fresh process tells all of all tables."""
    return median(float(fresh(INSPECTED)) for _ in range(repeats)) * 1000


def measure() -> list[Figure]:
    """Return every figure with its limit."""
    reflected, ratio = reflection()
    return [
        ("warm SELECT 1", warm("SELECT 1"), 10, "ms"),
        ("warm EXPLAIN of five columns", warm(FIVE), 10, "ms"),
        (f"warm EXPLAIN of * of {widest()}", warm(f"EXPLAIN SELECT * FROM {widest()}"), 40, "ms"),
        ("first SELECT 1 of a process", median(float(fresh(FIRST)) * 1000 for _ in range(5)), 500, "ms"),
        ("all tables and columns, cold", reflected, 1000, "ms"),
        ("all that SQLAlchemy's Inspector tells, cold", inspected(), 1000, "ms"),
        ("all tables and columns ÷ decoding the facts", ratio, 120, "×"),
        ("import amzsql ÷ import pyarrow", imports(), 1.3, "×"),
        ("heavy modules (duckdb, sqlalchemy) loaded by the import", float(fresh(LOADED).count("'") / 2), 0, ""),
    ]


def table(figures: list[Figure]) -> list[str]:
    """Return the figures as a markdown table."""
    lines = ["| what | limit | measured |", "|---|---|---|"]
    return lines + [
        f"| {what} | {limit:g} {unit}".rstrip() + f" | {found:.3g} {unit}".rstrip() + " |"
        for what, found, limit, unit in figures
    ]


def main() -> None:
    """Print the table."""
    print("\n".join(table(measure())))


if __name__ == "__main__":
    main()
