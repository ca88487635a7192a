"""What sys_tables and sys_tablecolumns say of numbers: when they are final, whose zone and currency they are of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from amzsql.catalog import registry, system
from amzsql.catalog.freshness import change_column, max_lookback, settling_time, time_zone
from amzsql.types import MONEY


def rows(name: str, table: str) -> list[dict[str, Any]]:
    found = system.rows(name, ["SellingPartner"]) or []
    return [dict(r) for r in found if r["TableName"] == table]


@pytest.mark.parametrize(
    ("table", "change", "settling", "lookback"),
    [
        ("Orders", "LastUpdateDate", "2 minutes", "730 days"),
        ("OrderItems", "LastUpdateDate", "2 minutes", "730 days"),
        ("Transactions", None, "48 hours; 30 days", None),
        ("OrderMetrics", None, None, "730 days"),
        ("ReportList", None, None, "90 days"),
        ("InventorySupply", None, None, None),
    ],
)
def test_when_a_tables_rows_are_final(
    table: str, change: str | None, settling: str | None, lookback: str | None
) -> None:
    (row,) = rows("sys_tables", table)
    assert (row["ChangeColumn"], row["SettlingTime"], row["MaxLookback"]) == (change, settling, lookback)


def test_what_an_entry_says_wins_over_what_is_derived() -> None:
    table = registry.table("SellingPartner", "Transactions")
    told = replace(
        table.entry,
        change_column="PostedDate",
        settling="72 hours",
        lookback="2 years",
        zones=(("PostedDate", "Marketplace"),),
    )
    said = replace(table, entry=told)
    assert (change_column(said), settling_time(said), max_lookback(said)) == ("PostedDate", "72 hours", "2 years")
    assert time_zone(said, said.by_lower["posteddate"]) == "Marketplace"


def test_each_change_column_is_a_column_and_narrows() -> None:
    for schema in system.SCHEMAS:
        for name in registry.names(schema):
            table = registry.table(schema, name)
            changed = change_column(table)
            if changed is not None:
                pushed = {p.column for path in table.paths for p in path.declared.pushdowns if p.operator == ">="}
                assert changed in pushed, name


def test_an_amount_has_its_currency_beside_it_on_every_path() -> None:
    for name in registry.names("SellingPartner"):
        table = registry.table("SellingPartner", name)
        for column in table.columns:
            assert column.type == MONEY or not column.currency, (name, column.name)
            for path in table.paths if column.type == MONEY else ():
                if column.name not in path.sources:
                    continue
                parent = path.sources[column.name].path.rpartition(".")[0]
                beside = {c for c, s in path.sources.items() if s.path.rpartition(".")[0] == parent}
                if column.currency:
                    assert column.currency in beside, (name, column.name)
                else:
                    assert not [c for c in beside if c.endswith(("Currency", "CurrencyCode"))], (name, column.name)


def test_zone_and_currency_of_columns() -> None:
    found = {r["ColumnName"]: (r["TimeZone"], r["CurrencyColumn"]) for r in rows("sys_tablecolumns", "Orders")}
    assert found["PurchaseDate"] == ("UTC", None)
    assert found["OrderTotalAmount"] == (None, "OrderTotalCurrencyCode")
    assert found["AmazonOrderId"] == (None, None)
