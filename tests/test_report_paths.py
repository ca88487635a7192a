"""Reports that answer for other tables: the same rows as pages give, and only where they are sure to be there."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from driving import asked, rows, simulated

from amzsql.catalog import registry
from amzsql.errors import AccessDenied
from amzsql.execute.alike_rows import AlikeRows
from amzsql.marketplaces import MARKETPLACES
from amzsql.simulator import Fault, Simulator
from amzsql.spapi.document_types import report_types
from amzsql.spapi.report_columns import report_layout
from amzsql.types import TIMESTAMP, VARCHAR

BY_DATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
BY_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
STOCK, LISTINGS = "GET_FBA_MYI_ALL_INVENTORY_DATA", "GET_MERCHANT_LISTINGS_ALL_DATA"
ORDER = (
    "AmazonOrderId, PurchaseDate, LastUpdateDate, OrderStatus, FulfillmentChannel, SalesChannel, MarketplaceId, "
    "ShippingAddressCity, ShippingAddressStateOrRegion, ShippingAddressCountryCode"
)
ITEM = (
    "AmazonOrderId, ASIN, SellerSKU, Title, QuantityOrdered, ItemPriceAmount, ItemPriceCurrencyCode, PurchaseDate, "
    "LastUpdateDate, OrderStatus, FulfillmentChannel, MarketplaceId"
)
STOCKED = (
    "SellerSKU, MarketplaceId, ASIN, FNSKU, ProductName, TotalQuantity, InventoryDetailsFulfillableQuantity, "
    "InventoryDetailsInboundWorkingQuantity, InventoryDetailsInboundShippedQuantity, "
    "InventoryDetailsInboundReceivingQuantity, InventoryDetailsReservedQuantityTotalReservedQuantity, "
    "InventoryDetailsResearchingQuantityTotalResearchingQuantity, "
    "InventoryDetailsUnfulfillableQuantityTotalUnfulfillableQuantity"
)
# Two reports, and the world's latest orders.
DATED = "{0} >= '2026-09-25' AND {0} < '2026-11-18'"
US, CANADA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
# Reports that take no time are faster than pages in the smallest world.
AT_ONCE: dict[str, Any] = {"UseReports": True, "ReportTime": 1, "Marketplace": "US, CA", "SellerId": "A3SIMULATEDSELL"}


def both(statement: str, **properties: Any) -> tuple[list[Any], list[Any], Simulator]:
    """Return the rows of a statement by reports and by pages, sorted, and the simulator that made the reports."""
    by_report, simulator = simulated(orders=400, **AT_ONCE | properties)
    by_pages, _ = simulated(orders=400, **AT_ONCE | properties | {"UseReports": False, "OrdersApi": "Auto"})
    return sorted(rows(by_report, statement), key=repr), sorted(rows(by_pages, statement), key=repr), simulator


def ordered(simulator: Simulator) -> int:
    """Return how many reports were ordered."""
    return sum(r.operation.endswith(".createReport") for r in simulator.log)


@pytest.mark.parametrize("markets", ["US", "US, CA", "US, CA, MX"])
@pytest.mark.parametrize(
    ("statement", "report", "properties"),
    [
        (f"SELECT {ORDER} FROM Orders WHERE {DATED.format('PurchaseDate')}", BY_DATE, {"OrdersApi": "v0"}),
        (f"SELECT {ORDER} FROM Orders WHERE {DATED.format('LastUpdateDate')}", BY_UPDATE, {"OrdersApi": "v0"}),
        (f"SELECT {ITEM} FROM OrderItems WHERE {DATED.format('PurchaseDate')}", BY_DATE, {"OrdersApi": "v0"}),
        (f"SELECT {ITEM} FROM OrderItems WHERE {DATED.format('LastUpdateDate')}", BY_UPDATE, {"OrdersApi": "v0"}),
        (f"SELECT {STOCKED} FROM InventorySupply", STOCK, {}),
        ("SELECT SKU, ASIN, MarketplaceId, SellerId, ItemName, CreatedDate FROM ListingsItems", LISTINGS, {}),
    ],
)
def test_reports_and_pages_give_the_same_rows(
    statement: str, report: str, properties: dict[str, Any], markets: str
) -> None:
    told = statement.replace("SELECT ", "SELECT _Source, ", 1)
    by_report, by_pages, simulator = both(told, **properties, Marketplace=markets)
    assert len(by_report) > 100
    assert {row[0] for row in by_report} == {report}
    assert [row[1:] for row in by_report] == sorted((row[1:] for row in by_pages), key=repr)
    # Two windows of the whole region, or one of each marketplace.
    assert ordered(simulator) == (2 if "orders" in report.lower() else len(markets.split(", ")))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT AmazonOrderId FROM Orders WHERE {0} ORDER BY PurchaseDate DESC, AmazonOrderId LIMIT 5",
        "SELECT COUNT(*), MIN(PurchaseDate), MAX(LastUpdateDate) FROM Orders WHERE {0}",
        "SELECT OrderStatus, COUNT(*) FROM Orders WHERE {0} AND SalesChannel = 'Amazon.ca' GROUP BY 1",
        "SELECT COUNT(*) FROM Orders WHERE PurchaseDate BETWEEN '2026-10-01' AND '2026-11-16T10:00:00'",
        "SELECT COUNT(*) FROM Orders WHERE PurchaseDate > '2026-10-01T03:04:05.5' AND PurchaseDate <= '2026-11-16'",
        "SELECT ItemPriceCurrencyCode, SUM(ItemPriceAmount) FROM OrderItems WHERE {0} AND ASIN LIKE 'B%' GROUP BY 1",
        "SELECT COUNT(*), SUM(TotalQuantity) FROM OrderItems JOIN InventorySupply USING (SellerSKU, MarketplaceId) "
        "WHERE {0}",
        f"SELECT COUNT(*) FROM Orders WHERE {{0}} AND MarketplaceId = '{US}' UNION ALL "
        f"SELECT COUNT(*) FROM Orders WHERE {{0}} AND MarketplaceId = '{CANADA}'",
    ],
)
def test_any_statement_has_the_same_answer(statement: str) -> None:
    by_report, by_pages, simulator = both(statement.format(DATED.format("PurchaseDate")), OrdersApi="v0")
    assert by_report == by_pages
    assert ordered(simulator) > 0


def test_what_was_sold_elsewhere_is_in_the_report_and_no_order() -> None:
    connection, _ = simulated(orders=400, **AT_ONCE, OrdersApi="v0")
    view = f"REPORT_{BY_DATE} WHERE DataStartTime >= '2026-09-25' AND DataEndTime < '2026-11-18'"
    beside = rows(connection, f"SELECT DISTINCT AmazonOrderId FROM {view} AND SalesChannel = 'Non-Amazon'")
    kinds = {row[0][:3] for row in beside}
    assert kinds == {"REM", "S01"}
    # How long the reports took is known by now, and pages would be faster.
    connection, _ = simulated(orders=400, **AT_ONCE, OrdersApi="v0")
    taken = rows(connection, f"SELECT AmazonOrderId, _Source FROM Orders WHERE {DATED.format('PurchaseDate')}")
    assert {source for _, source in taken} == {BY_DATE}
    assert not {i for i, _ in taken} & {row[0] for row in beside}


def test_rows_of_other_marketplaces_are_left_out() -> None:
    statement = f"SELECT DISTINCT MarketplaceId, _Source FROM Orders WHERE {DATED.format('PurchaseDate')}"
    alone, simulator = simulated(orders=400, **AT_ONCE | {"Marketplace": "US", "OrdersApi": "v0"})
    assert rows(alone, statement) == [(US, BY_DATE)]
    assert ordered(simulator) == 2
    connection, _ = simulated(orders=400, **AT_ONCE, OrdersApi="v0")
    assert rows(connection, f"{statement} AND MarketplaceId = '{CANADA}'") == [(CANADA, BY_DATE)]


COVERED = "AmazonOrderId, OrderStatus"
AT_MIDNIGHT = DATED.format("PurchaseDate")


@pytest.mark.parametrize(
    ("columns", "condition", "properties"),
    [
        (COVERED, AT_MIDNIGHT, {"UseReports": False}),
        # Slower than pages.
        (COVERED, AT_MIDNIGHT, {"ReportTime": 120}),
        # A column that the report has not.
        (f"{COVERED}, OrderTotalAmount", AT_MIDNIGHT, {}),
        # Not over, or not long enough: now is 11:06:40.
        (COVERED, "PurchaseDate >= '2026-09-25'", {}),
        (COVERED, "PurchaseDate >= '2026-09-25' AND PurchaseDate < '2026-11-18 10:30'", {}),
        (COVERED, AT_MIDNIGHT, {"ReportAge": 86400}),
        # No window.
        (COVERED, "PurchaseDate < '2026-11-18'", {}),
        (COVERED, "AmazonOrderId = '111-0118405-4521960'", {}),
    ],
)
def test_pages_are_read_where_a_report_is_not_sure_to_do(
    columns: str, condition: str, properties: dict[str, Any]
) -> None:
    connection, simulator = simulated(orders=400, **AT_ONCE | {"OrdersApi": "v0"} | properties)
    rows(connection, f"SELECT {columns} FROM Orders WHERE {condition}")
    assert ordered(simulator) == 0


def test_a_report_that_may_be_younger_answers() -> None:
    connection, simulator = simulated(orders=400, **AT_ONCE, OrdersApi="v0", ReportAge=60)
    rows(connection, f"SELECT {COVERED} FROM Orders WHERE PurchaseDate >= '2026-11-01' AND PurchaseDate < '2026-11-18'")
    assert ordered(simulator) == 1


def test_the_choice_is_kept_for_a_statement() -> None:
    statement = f"SELECT {COVERED} FROM Orders WHERE {AT_MIDNIGHT}"
    connection, simulator = simulated(orders=400, **AT_ONCE, OrdersApi="v0")
    found = rows(connection, statement)
    assert ordered(simulator) == 2
    # How long the reports took is known by now: another statement reads pages.
    assert sorted(rows(connection, f"{statement} AND OrderStatus <> 'none'")) == sorted(found)
    assert len(asked(simulator, ".getOrders")) > 1
    before = len(simulator.log)
    assert rows(connection, statement) == found
    assert [r for r in simulator.log[before:] if r.operation.startswith("orders")] == []


def test_orders_and_their_items_are_two_fetches_of_one_report() -> None:
    join = (
        "SELECT o.AmazonOrderId, i.SellerSKU, i.ItemPriceAmount, o.OrderStatus FROM Orders o JOIN OrderItems i "
        f"USING (AmazonOrderId) WHERE {DATED.format('o.PurchaseDate')}"
    )
    by_report, by_pages, simulator = both(join, OrdersApi="v0")
    assert by_report == by_pages
    assert ordered(simulator) == 2
    assert [r.operation for r in simulator.log].count("documents.get") == 2


def test_a_line_comes_once_wherever_its_like_stands() -> None:
    table = registry.table("SellingPartner", "Orders")
    path = table.reports[0]
    assert path.declared.alike is not None
    reader = AlikeRows(table, path, path.declared.alike, (US,))
    names = ("AmazonOrderId", "PurchaseDate", "MarketplaceId", "OrderStatus")
    first, after = dt.datetime(2026, 11, 1, tzinfo=dt.UTC), dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
    second = dt.timedelta(seconds=1)

    def batch(*lines: tuple[str, dt.datetime | None, str | None, str]) -> pa.RecordBatch:
        kinds = (VARCHAR, TIMESTAMP, VARCHAR, VARCHAR)
        columns = zip(*lines, strict=True)
        arrays = [pa.array(list(c), k.arrow) for c, k in zip(columns, kinds, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, names=list(names))

    lines = batch(
        ("1", first, "Amazon.com", "Cancelled"),
        ("2", first - second, "Amazon.com", "Shipped"),
        ("3", after - second, "Amazon.com", "Shipping"),
        ("1", first, "Amazon.com", "Cancelled"),
        ("4", after, "Amazon.com", "Shipped"),
        ("5", first, "Amazon.ca", "Shipped"),
        ("6", first, "Non-Amazon US", "Shipped"),
        ("7", first, None, "Shipped"),
        ("8", None, "Amazon.com", "Pending"),
    )
    taken = reader.taken(lines, (first, after), "")
    assert taken.column("AmazonOrderId").to_pylist() == ["1", "3"]
    assert taken.column("OrderStatus").to_pylist() == ["Canceled", "PartiallyShipped"]
    assert taken.column("MarketplaceId").to_pylist() == [US, US]
    again = batch(("3", after - second, "Amazon.com", "Shipped"), ("9", first, "Amazon.com", "Shipped"))
    assert reader.taken(again, (first, after), "").column("AmazonOrderId").to_pylist() == ["9"]


def test_explain_shows_the_report() -> None:
    connection, _ = simulated(orders=400, **AT_ONCE, OrdersApi="v0")
    step = rows(connection, f"EXPLAIN SELECT {COVERED} FROM Orders WHERE {AT_MIDNIGHT}")[0]
    assert step[1:3] == ("Report", "Orders")
    assert f"reportType={BY_DATE}" in step[4]


@pytest.mark.parametrize(
    ("columns", "condition", "properties", "why"),
    [
        (
            COVERED,
            AT_MIDNIGHT,
            {"ReportTime": 120},
            f"With {BY_DATE} the statement would take 121 s and 7 requests; this",
        ),
        (
            f"{COVERED}, OrderTotalAmount",
            AT_MIDNIGHT,
            {},
            f"{BY_DATE} has no OrderTotalAmount, or counts it otherwise.",
        ),
        (COVERED, "PurchaseDate >= '2026-09-25'", {}, f"{BY_DATE} needs both ends of a window: PurchaseDate >= …"),
        (COVERED, "LastUpdateDate >= '2026-11-01' AND LastUpdateDate < '2026-11-18 10:30'", {}, f"{BY_UPDATE} is sure"),
        (
            COVERED,
            AT_MIDNIGHT,
            {"ReportAge": 86400},
            "24 hours old (ReportAge, an hour at least): let the window end at ",
        ),
        (COVERED, AT_MIDNIGHT, {"UseReports": False}, None),
        (COVERED, AT_MIDNIGHT, {}, None),
    ],
)
def test_explain_remarks_why_no_report_is_taken(
    columns: str, condition: str, properties: dict[str, Any], why: str | None
) -> None:
    connection, _ = simulated(orders=400, **AT_ONCE | {"OrdersApi": "v0"} | properties)
    steps = rows(connection, f"EXPLAIN SELECT {columns} FROM Orders WHERE {condition}")
    remarks = [(table, text) for _, node, table, _, text, *_ in steps if node == "Remark"]
    assert [table for table, _ in remarks] == ([] if why is None else ["Orders"])
    assert why is None or why in remarks[0][1]
    assert steps[-1][1] == "Total"


def test_pages_are_read_where_amazon_refuses_the_report() -> None:
    statement = f"SELECT {COVERED} FROM Orders WHERE {AT_MIDNIGHT}"
    refused = Fault("reports_2021-06-30.createReport", "status", times=0, status=403, code="Unauthorized")
    connection, simulator = simulated(refused, orders=400, **AT_ONCE, OrdersApi="v0")
    cursor = connection.cursor().execute(statement)
    found = cursor.fetchall()
    (warning,) = [str(text) for _, text in cursor.messages]
    assert f"Amazon refuses the reports that were to answer ({BY_DATE})" in warning
    assert sorted(found) == sorted(rows(simulated(orders=400, **AT_ONCE | {"UseReports": False})[0], statement))
    before = ordered(simulator)
    assert len(rows(connection, f"{statement} AND OrderStatus <> 'none'")) == len(found)
    assert ordered(simulator) == before
    steps = rows(connection, f"EXPLAIN {statement} AND OrderStatus <> 'some'")
    assert [text for _, node, _, _, text, *_ in steps if node == "Remark" and "(403)" in text]
    # What names the report itself is told.
    with pytest.raises(AccessDenied):
        rows(connection, f"SELECT * FROM REPORT_{BY_DATE} WHERE DataStartTime >= '2026-11-01'")


def test_each_marketplace_is_told_by_a_sales_channel_of_its_own() -> None:
    assert len({m.sales_channel for m in MARKETPLACES}) == len(MARKETPLACES)


@pytest.mark.parametrize("name", ["Orders", "OrderItems", "InventorySupply", "ListingsItems"])
def test_what_is_declared_is_in_the_report_and_in_the_table(name: str) -> None:
    table = registry.table("SellingPartner", name)
    assert table.reports
    for path in table.reports:
        alike = path.declared.alike
        assert alike is not None
        headers = {c.name for array in report_layout(path.declared.report).arrays for c in array.columns}
        read = {source.path for source in path.sources.values() if source.path}
        assert read <= headers
        assert {*path.sources, alike.window or name} - {name} <= {c.name for c in table.columns}
        kind = report_types()[path.declared.report]
        assert bool(alike.window) is not kind.snapshot
        # What holds a region's rows tells of each where it was sold; else the marketplace is what was asked for.
        assert bool(alike.channel) is (kind.rows == "region")
        # Rows of one order are one by their key; a line of it has none in the report.
        assert not alike.once or set(table.entry.key) <= path.sources.keys()
