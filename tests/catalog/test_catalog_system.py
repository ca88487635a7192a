"""The metadata tables: their declarations, and the rows that need no connection."""

from __future__ import annotations

import pytest

from amzsql import spapi
from amzsql.catalog import registry, system
from amzsql.errors import ProgrammingError
from amzsql.settings import PROPERTIES

NAMES = (
    "sys_schemas",
    "sys_tables",
    "sys_tablecolumns",
    "sys_keycolumns",
    "sys_procedures",
    "sys_procedureparameters",
    "sys_connection_props",
    "sys_accesspaths",
    "sys_quota",
    "sys_requests",
    "sys_writes",
    "sys_tablewrites",
)


def test_found_without_case() -> None:
    """All are there, in any case, and nothing else."""
    assert system.names() == NAMES
    assert system.find("SYS_Tables") is system.find("sys_tables") is not None
    assert system.find("sys_nothing") is None


@pytest.mark.parametrize("name", NAMES)
def test_rows_have_the_declared_columns(name: str) -> None:
    """Each row fills each column by its type; a key's columns are never null and tell rows apart."""
    table, rows = system.find(name), system.rows(name)
    assert table is not None
    if rows is None:
        assert name in ("sys_quota", "sys_requests", "sys_writes")
        return
    makers = {"BIGINT": int, "BOOLEAN": bool, "DOUBLE": (int, float), "VARCHAR": str}
    for row in rows:
        assert list(row) == [c.name for c in table.columns] or set(row) == {c.name for c in table.columns}
        for column in table.columns:
            assert row[column.name] is None or isinstance(row[column.name], makers[column.type.name])
    keys = [tuple(row[k] for k in table.entry.key) for row in rows]
    assert None not in {part for key in keys for part in key}
    assert not table.entry.key or len(set(keys)) == len(keys)


def test_tables_are_those_of_the_schemas_shown() -> None:
    """A connection that shows one schema sees its tables and the metadata tables."""
    rows = system.rows("sys_tables", ["VendorCentral"]) or []
    assert {r["SchemaName"] for r in rows} == {"VendorCentral", "sys"}
    assert {r["TableName"] for r in rows if r["SchemaName"] == "VendorCentral"} == set(registry.names("VendorCentral"))


def test_columns_stand_in_order() -> None:
    """Ordinals count from 1 in the order of the table."""
    rows = [
        r for r in system.rows("sys_tablecolumns") or [] if (r["SchemaName"], r["TableName"]) == ("sys", "sys_quota")
    ]
    assert [(r["Ordinal"], r["ColumnName"]) for r in rows[:3]] == [(1, "Account"), (2, "Operation"), (3, "Rate")]
    money = {r["ColumnName"]: r for r in system.rows("sys_tablecolumns", ["SellingPartner"]) or []}["OrderTotalAmount"]
    assert (money["DataTypeName"], money["NumericPrecision"], money["NumericScale"]) == ("DECIMAL(18,4)", 18, 4)


def test_only_the_asked_columns_are_told() -> None:
    """A column that is asked for alone says what it says among all; what is costly to tell is left out."""
    table, whole = system.find("sys_tablecolumns"), system.rows("sys_tablecolumns", ("SellingPartner",)) or []
    assert table is not None
    always = {"CatalogName", "SchemaName", "TableName", "Ordinal"}
    for column in (c.name for c in table.columns):
        rows = system.rows("sys_tablecolumns", shown=system.Shown(("SellingPartner",), columns=(column,))) or []
        assert [row[column] for row in rows] == [row[column] for row in whole]
        assert {name for row in rows for name in row} == always | {column}


def test_keys_and_references() -> None:
    """An item's order id is part of its key and refers to the order."""
    rows = system.rows("sys_keycolumns", ["SellingPartner"]) or []
    of_items = {r["ColumnName"]: r for r in rows if r["TableName"] == "OrderItems"}
    assert set(of_items) == {"AmazonOrderId", "OrderItemId"}
    assert of_items["AmazonOrderId"]["ReferencedTableName"] == "Orders"
    assert of_items["OrderItemId"]["IsForeignKey"] is False


def test_access_paths_are_the_facts() -> None:
    """Rates are Amazon's; what a filter must give is named."""
    rows = system.rows("sys_accesspaths", ["SellingPartner"]) or []
    tables = (registry.table("SellingPartner", name) for name in registry.names("SellingPartner"))
    assert len(rows) == sum(len(table.paths) + len(table.reports) for table in tables)
    for row in rows:
        operation = spapi.operation(f"{row['ApiName']}.{row['OperationId']}")
        assert (row["Rate"], row["Burst"]) == (operation.rate.rate, operation.rate.burst)
    needed = {(r["TableName"], r["OperationId"]): r["RequiredColumns"] for r in reversed(rows)}
    assert needed["Orders", "searchOrders"] == ""
    assert needed["ItemOffers", "getItemOffers"] == "ItemCondition"
    assert needed["ReportList", "getReports"] == "ReportType"
    assert str(needed["CatalogItems", "searchCatalogItems"]).startswith("ASIN | EAN | ")
    by_report = {(r["TableName"], r["ReportType"]): r for r in rows if r["ReportType"] is not None}
    assert {table for table, _ in by_report} == {"Orders", "OrderItems", "InventorySupply", "ListingsItems"}
    orders = by_report["Orders", "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"]
    assert (orders["OperationId"], orders["RequiredColumns"]) == ("createReport", "PurchaseDate")
    assert orders["PushedColumns"] == "PurchaseDate >=, PurchaseDate <, MarketplaceId ="
    assert by_report["ListingsItems", "GET_MERCHANT_LISTINGS_ALL_DATA"]["RequiredColumns"] == ""


def test_what_a_parent_gives_is_not_required() -> None:
    """Boxes of inbound plans are read without a filter, plan by plan; a parent that needs a filter gives nothing."""
    rows = system.rows("sys_accesspaths") or []
    said = {
        (r["TableName"], r["OperationId"]): (r["RequiredColumns"], r["ParentColumns"], r["ParentTable"]) for r in rows
    }
    assert said["InboundPlanBoxes", "listInboundPlanBoxes"] == ("", "InboundPlanId", "InboundPlan")
    assert said["CatalogItemImages", "getCatalogItem"] == ("ASIN", None, None)
    assert said["VendorOrders", "getPurchaseOrder"] == ("PurchaseOrderNumber", None, None)


def test_a_table_of_another_schema_is_found() -> None:
    assert registry.elsewhere("inboundplan") == (
        " It is in SellerCentral: write SellerCentral.InboundPlan, or connect with Schema=SellerCentral."
    )
    with pytest.raises(ProgrammingError, match="It is in SellingPartner and VendorCentral: write Sell"):
        registry.table("SellerCentral", "VendorOrders")
    assert registry.elsewhere("nonsense") == ""


def test_pseudo_columns_are_marked() -> None:
    """What was asked for is no column of Amazon's answer; where the request's own marketplace is listed it is one."""
    table = registry.table("SellingPartner", "CatalogItems")
    assert system.is_pseudo(table, "EAN")
    assert not system.is_pseudo(table, "ASIN")
    assert not system.is_pseudo(table, "MarketplaceId")


def test_connection_properties_without_values() -> None:
    """Every property is there; no row holds a connection's value."""
    rows = system.rows("sys_connection_props") or []
    assert [r["Name"] for r in rows] == [p.name for p in PROPERTIES]
    assert {r["Name"] for r in rows if r["Sensitivity"] == "SECRET"} == {p.name for p in PROPERTIES if p.secret}
