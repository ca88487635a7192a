"""Tables of each kind by the command line: all rows and columns in each format, or what they need instead."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from commanding import commanded
from pyarrow import parquet
from rich.console import Console
from typer.testing import Result

from amzsql.catalog import registry, system
from amzsql.catalog.model import Table
from amzsql.cli import output
from amzsql.cli.formats import Format

TODAY = os.environ.get("AMZSQL_TEST_TODAY", "2026-11-21")
WORLD = f"seed=3,orders=60,today={TODAY}"
ASINS = "ASIN IN (SELECT ASIN FROM InventorySupply WHERE ASIN IS NOT NULL ORDER BY ASIN LIMIT 3)"
SKUS = "SKU IN (SELECT SellerSKU FROM InventorySupply ORDER BY SellerSKU LIMIT 3)"
# What the tables are asked that cannot be read whole.
NEEDED = {
    "CatalogItems": ASINS,
    "Feeds": "FeedType = 'JSON_LISTINGS_FEED'",
    "ItemOffers": f"{ASINS} AND ItemCondition = 'New'",
    "ItemOffersOffers": f"{ASINS} AND ItemCondition = 'New'",
    "ListingOffers": f"{SKUS} AND ItemCondition = 'New'",
    "ListingOffersOffers": f"{SKUS} AND ItemCondition = 'New'",
    "OrderMetrics": f"RequestedInterval = '{TODAY}T00:00:00Z--{TODAY}T06:00:00Z' AND Granularity = 'Hour'",
    "ReportList": "ReportType = 'GET_SALES_AND_TRAFFIC_REPORT'",
}
# Tables of every kind: read whole, by a filter, by batches, of parts, of several API versions, without a call.
SAMPLED = (
    *NEEDED,
    "CompetitivePrices",
    "ProductPricing",
    "Orders",
    "OrderItems",
    "OrderProceeds",
    "InventorySupply",
    "ListingsItems",
    "ListingsItemsAttributes",
    "Transactions",
    "TransactionItemBreakdowns",
    "FinancialEventGroups",
    "MarketplaceParticipations",
    "WalletAccountBalances",
    "ReportTypes",
    "SupportCaseContacts",
    "PromotionItems",
)
TABLES = [
    *(registry.table("SellingPartner", name) for name in SAMPLED),
    *(table for table in system.TABLES.values()),
]
EMPTY = ("sys_requests", "sys_writes")
# In all formats: a table of orders, one with JSON, one without a call, one without rows. The others take turns, beside
# the one that says the types of what it holds.
IN_ALL = ("Orders", "ListingsItems", "sys_tables", "sys_requests")

_FOLDER = tempfile.TemporaryDirectory()
_ENV: dict[str, str | None] = {
    **{name: None for name in os.environ if name.upper().startswith("AMZSQL_")},
    "XDG_CONFIG_HOME": f"{_FOLDER.name}/config",
    "XDG_STATE_HOME": f"{_FOLDER.name}/state",
}


def query(*arguments: str) -> Result:
    return commanded("query", "--set", f"Simulator={WORLD}", "--quiet", *arguments, env=_ENV)


def read(text: bytes, form: Format) -> tuple[list[str], int]:
    """Return the names and the number of rows of a result; those of a table for people only as far as it tells."""
    if form is Format.parquet:
        found = parquet.read_table(io.BytesIO(text))
        return found.column_names, found.num_rows
    if form is Format.arrow:
        found = pa.ipc.open_stream(text).read_all()
        return found.column_names, found.num_rows
    if form is Format.csv:
        names, *lines = csv.reader(io.StringIO(text.decode()))
        return names, len(lines)
    if form is Format.table:
        head, last = text.decode().strip().splitlines()[0], text.decode().strip().splitlines()[-1]
        return head.split(), int(last.split()[0].replace(",", ""))
    rows = json.loads(text) if form is Format.json else [json.loads(line) for line in text.splitlines()]
    return list(rows[0]) if rows else [], len(rows)


def formats(table: Table) -> list[Format]:
    every, turn = [*Format], TABLES.index(table)
    if table.name in IN_ALL:
        return every
    others = [f for f in every if f is not Format.parquet]
    return [Format.parquet, others[turn % len(others)]]


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_a_table_in_its_formats(table: Table, tmp_path: Path) -> None:
    sql = f"SELECT * FROM {table.name}"
    if table.name in NEEDED:
        refused = query(sql)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert f"error: {table.name} needs a filter on " in refused.stderr
        assert "For example: SELECT " in refused.stderr
        sql = f"{sql} WHERE {NEEDED[table.name]}"
    counted = set()
    for form in formats(table):
        file = tmp_path / form
        result = query(sql, "--format", form, "--output", str(file))
        assert (result.exit_code, result.output) == (0, ""), result.output
        names, rows = read(file.read_bytes(), form)
        counted.add(rows)
        if rows or form not in (Format.json, Format.jsonl):
            assert names == [c.name for c in table.listed()]
    assert len(counted) == 1
    assert counted != {0} or table.name in EMPTY


def test_what_is_needed_is_asked_of_tables_that_there_are() -> None:
    assert {*NEEDED, *IN_ALL} <= {table.name for table in TABLES}


ODD = ("a", "", None, "日本語", "é\n\x1b[31m", "  two  ", "x" * 300)


@pytest.mark.parametrize("rows", [0, 1, len(ODD)])
def test_a_table_in_a_file_looks_as_on_a_terminal(rows: int) -> None:
    """What is laid out without rich is what rich would draw, where there is room for every line."""
    names, right = ["Name", "Län\tge", "Amount"], [False, False, True]
    values = [(text, ODD[-1 - number], number * 37) for number, text in enumerate(ODD[:rows])]
    console = Console(width=100_000, highlight=False)
    with console.capture() as drawn:
        console.print(output.table(names, right, values))
    plain = [line.rstrip() for line in drawn.get().splitlines()]
    assert output.laid_out(names, right, values).splitlines() == plain
