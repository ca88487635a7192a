"""Schema Marketplace at the wire: a statement written for MWS has the shape, the words and the rows of then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driving import NOW, simulated

import amzsql
from amzsql import metadata
from amzsql.catalog import registry, spelling
from amzsql.catalog.check import problems
from amzsql.connection import Connection, Runtime
from amzsql.errors import ProgrammingError
from amzsql.execute.decode import Decoder, Output
from amzsql.settings import read
from amzsql.types import BOOLEAN, VARCHAR

OPTIONS = {"Simulator": "orders=300,throttle=off,today=2026-11-21", "Marketplace": "US", "SellerId": "A3SIMULATEDSELL"}
REFERENCE = Path(__file__).parents[2] / "shared" / "reference" / "connector.json"
VIEWS = registry.names("Marketplace")
REPORTS = "reports_2021-06-30"
FEEDS = "feeds_2021-06-30"
LISTINGS = "_GET_MERCHANT_LISTINGS_ALL_DATA_"

# What the answers of MWS had, in their order, where the reference's pages do not tell.
FIELDS = {
    "FeedSubmissionList": "FeedSubmissionId FeedType SubmittedDate FeedProcessingStatus StartedProcessingDate "
    "CompletedProcessingDate",
    "ReportRequestList": "ReportRequestId ReportType StartDate EndDate Scheduled SubmittedDate ReportProcessingStatus "
    "GeneratedReportId StartedProcessingDate CompletedDate",
    "ReportList": "ReportId ReportType ReportRequestId AvailableDate Acknowledged AcknowledgedDate",
    "InventorySupply": "UID FNSKU SellerSKU ASIN Condition TotalSupplyQuantity InStockSupplyQuantity "
    "EarliestAvailability_TimepointType EarliestAvailability_DateTime",
    "Products": "MarketplaceASIN MarketplaceASINMarketplaceId SKUIdentifierMarketplaceId SKUIdentifierSelerId "
    "SKUIdentifierSellerSKU AttributeSets Relationships SalesRankings SearchTerms IdType IdList",
}
# What a view cannot be read without.
NEEDED = {"Products": "WHERE SearchTerms = 'Candle'"}
WHOLE = [f"SELECT * FROM {view} {NEEDED.get(view, '')}" for view in VIEWS]


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    with amzsql.connect(Schema="Marketplace", **OPTIONS) as made:
        yield made


def run(connection: Any, sql: str) -> tuple[Any, list[tuple[Any, ...]]]:
    """Return the cursor of a statement that was read to its end, and its rows."""
    cursor = connection.cursor()
    cursor.execute(sql)
    return cursor, cursor.fetchall()


def rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    """Return a statement's rows, sorted."""
    return sorted(run(connection, sql)[1], key=str)


def sent(connection: Any, sql: str) -> str:
    """Return what the first fetch of a statement sends, as EXPLAIN tells it."""
    return str(run(connection, f"EXPLAIN {sql}")[1][0][4])


def warned(cursor: Any) -> str:
    return " ".join(text for _, text in cursor.messages)


# -- names -----------------------------------------------------------------------------------------------------------


def test_the_ten_views_are_there() -> None:
    assert "Marketplace" in metadata.schemas()
    assert len(VIEWS) == 10
    for view in VIEWS:
        table = registry.table("Marketplace", view)
        assert table.entry.kind == "view"
        assert problems(table.entry) == []


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference's facts are not beside the checkout")
def test_they_are_the_references() -> None:
    """Names, documented columns in their order, the inferred ones, and filters, which are pushed."""
    known = [e for e in json.loads(REFERENCE.read_text("utf-8"))["entities"] if "Marketplace" in e["schemas"]]
    assert {e["name"] for e in known} == set(VIEWS)
    for entity in known:
        table = registry.table("Marketplace", entity["name"])
        documented = [c["name"] for c in entity["columns"]]
        assert [c.name for c in table.listed()][: len(documented)] == documented
        assert {c["name"] for c in entity["columns_inferred"]} <= {c.name for c in table.columns}
        pushed = {p.column for path in table.paths for p in path.declared.pushdowns}
        assert {f["column"] for f in entity["filters"]} <= pushed


@pytest.mark.parametrize("view", FIELDS)
def test_star_has_the_old_shape(connection: Any, view: str) -> None:
    cursor, _ = run(connection, f"SELECT * FROM {view} {NEEDED.get(view, '')} LIMIT 1")
    assert [d[0] for d in cursor.description] == FIELDS[view].split()


def test_tools_see_the_schema(connection: Any) -> None:
    listed = rows(connection, "SELECT TableName, TableType FROM sys_tables WHERE SchemaName = 'Marketplace'")
    assert listed == [(view, "VIEW") for view in VIEWS]
    asked = rows(connection, "SELECT DISTINCT TableName FROM sys_accesspaths WHERE SchemaName = 'Marketplace'")
    assert asked == [(view,) for view in VIEWS]
    assert set(metadata.tables("marketplace")) == set(VIEWS)


# -- whole views -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sql", WHOLE)
def test_a_view_is_read_whole(connection: Any, sql: str) -> None:
    """There are rows, each once, asked with the parameters that EXPLAIN told."""
    cursor, found = run(connection, sql)
    assert found
    assert len(set(found)) == len(found)
    operations = {step[3] for step in run(connection, f"EXPLAIN {sql}")[1] if step[3]}
    assert set(cursor.stats.sources) == operations


@pytest.mark.parametrize(
    ("sql", "requests"),
    [
        (f"SELECT * FROM ReportRequestList WHERE ReportType = '{LISTINGS}'", 1),
        ("SELECT * FROM ReportRequestList WHERE ReportRequestId = '50000020414'", 1),
        ("SELECT * FROM FeedSubmissionList WHERE FeedSubmissionId IN ('70000010221', '70000010210')", 2),
        ("SELECT * FROM InventorySupply WHERE SellerSKU = 'CAN-00000'", 1),
        ("SELECT * FROM InboundShipments WHERE ShipmentStatus IN ('CLOSED', 'WORKING')", 1),
        ("SELECT * FROM Products WHERE IdType = 'SellerSKU' AND IdList IN ('CAN-00000', 'EXE-00004')", 2),
        ("SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-11-15'", 1),
    ],
)
def test_explain_tells_the_requests(connection: Any, sql: str, requests: int) -> None:
    """As many are made, and as many are announced."""
    cursor, found = run(connection, sql)
    assert found
    assert sum(cursor.stats.sources.values()) == requests
    assert run(connection, f"EXPLAIN {sql}")[1][-1][7] == requests


# -- words -----------------------------------------------------------------------------------------------------------


def test_types_and_states_go_out_as_amazons(connection: Any) -> None:
    """Of two states that MWS had one word for, both are asked for."""
    where = f"ReportType = '{LISTINGS}' AND ReportProcessingStatus IN ('_CANCELLED_', '_DONE_')"
    told = sent(connection, f"SELECT * FROM ReportRequestList WHERE {where} AND SubmittedDate >= '2026-10-01'")
    assert "reportTypes=GET_MERCHANT_LISTINGS_ALL_DATA" in told
    assert "processingStatuses=CANCELLED,DONE,FATAL" in told
    assert "createdSince=2026-10-01T00:00:00Z" in told


def test_types_and_states_come_in_as_mwss(connection: Any) -> None:
    found = rows(connection, "SELECT DISTINCT ReportType, ReportProcessingStatus FROM ReportRequestList")
    assert all(t.startswith("_GET_") and t.endswith("_") for t, _ in found)
    assert (
        {"_DONE_", "_CANCELLED_"} <= {s for _, s in found} <= {"_SUBMITTED_", "_IN_PROGRESS_", "_DONE_", "_CANCELLED_"}
    )
    found = rows(connection, "SELECT DISTINCT FeedType, FeedProcessingStatus FROM FeedSubmissionList")
    assert "_JSON_LISTINGS_FEED_" in {t for t, _ in found}
    assert {"_DONE_", "_CANCELLED_"} <= {s for _, s in found}


@pytest.mark.parametrize(
    ("condition", "meant"),
    [
        ("ReportType = 'GET_MERCHANT_LISTINGS_ALL_DATA'", LISTINGS),
        ("ReportType = '_'", "___"),
        ("ReportProcessingStatus = '_DONE_NO_DATA_'", "_CANCELLED_, _DONE_"),
    ],
)
def test_a_word_that_is_none_is_warned_of(connection: Any, condition: str, meant: str) -> None:
    cursor, found = run(connection, f"SELECT * FROM ReportRequestList WHERE {condition}")
    assert found == []
    assert not cursor.stats.sources
    assert meant in warned(cursor)


def test_a_known_word_beside_an_unknown_one_is_asked(connection: Any) -> None:
    """As in the statements of then that waited for either end of a report."""
    both = "ReportProcessingStatus IN ('_DONE_', '_DONE_NO_DATA_')"
    cursor, found = run(connection, f"SELECT count(*) FROM ReportRequestList WHERE {both}")
    assert found == rows(connection, "SELECT count(*) FROM ReportRequestList WHERE ReportProcessingStatus = '_DONE_'")
    assert found[0][0] > 0
    assert "_DONE_NO_DATA_" in warned(cursor)


def test_rules_of_spelling() -> None:
    """What is absent stays so, but for whether it is given; a page without any value is read as well."""
    outputs = [
        Output("Type", "rows[].type", VARCHAR, "mws"),
        Output("Scheduled", "rows[].schedule", BOOLEAN, "given"),
        Output("When", "rows[].units", VARCHAR, "availability"),
    ]
    decoder = Decoder("rows[]", outputs)
    page = {"rows": [{"type": "GET_X", "schedule": "1", "units": 3}, {"type": "GET_Y", "units": 0}, {}]}
    assert [tuple(r.values()) for r in decoder.decode([json.dumps(page).encode()]).to_pylist()] == [
        ("_GET_X_", True, "Immediately"),
        ("_GET_Y_", False, "Unknown"),
        (None, False, None),
    ]
    assert decoder.decode([b'{"rows": [{}]}']).to_pylist() == [{"Type": None, "Scheduled": False, "When": None}]


@pytest.mark.parametrize(
    ("text", "amazons"), [("_A_", ("A",)), ("_A_B_", ("A_B",)), ("A", ()), ("_A", ()), ("__", ()), ("_", ()), ("", ())]
)
def test_underscores_go_both_ways(text: str, amazons: tuple[str, ...]) -> None:
    assert spelling.to_amazon("mws")(text) == amazons
    assert all(spelling.to_sql("mws")([value]) == [text] for value in amazons)


# -- the same rows as SellingPartner's -------------------------------------------------------------------------------

NOW_REPORTS = (
    "SellingPartner.ReportList WHERE ReportType IN ('GET_MERCHANT_LISTINGS_ALL_DATA', 'GET_SALES_AND_TRAFFIC_REPORT')"
)
THEN_TYPES = f"ReportType IN ('{LISTINGS}', '_GET_SALES_AND_TRAFFIC_REPORT_')"
WORDS = (
    "CASE ProcessingStatus WHEN 'IN_QUEUE' THEN '_SUBMITTED_' WHEN 'FATAL' THEN '_CANCELLED_' "
    "ELSE '_' || ProcessingStatus || '_' END"
)


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (
            "SELECT AmazonOrderId, PurchaseDate, OrderStatus, OrderTotalAmount, ShippingAddressCity FROM Orders "
            "WHERE OrderStatus = 'Shipped'",
            "SELECT AmazonOrderId, PurchaseDate, OrderStatus, OrderTotalAmount, ShippingAddressCity "
            "FROM SellingPartner.Orders WHERE OrderStatus = 'Shipped'",
        ),
        (
            "SELECT AmazonOrderId, OrderItemId, ASIN, QuantityOrdered, ItemPriceAmount FROM OrderItems",
            "SELECT AmazonOrderId, OrderItemId, ASIN, QuantityOrdered, ItemPriceAmount FROM SellingPartner.OrderItems",
        ),
        (
            "SELECT SellerSKU, FNSKU, TotalSupplyQuantity, InStockSupplyQuantity FROM InventorySupply",
            "SELECT SellerSKU, FNSKU, TotalQuantity, InventoryDetailsFulfillableQuantity "
            "FROM SellingPartner.InventorySupply",
        ),
        (
            "SELECT ReportRequestId, ReportType, StartDate, SubmittedDate, ReportProcessingStatus, GeneratedReportId, "
            f"CompletedDate FROM ReportRequestList WHERE {THEN_TYPES}",
            f"SELECT ReportId, '_' || ReportType || '_', DataStartTime, CreatedTime, {WORDS}, ReportDocumentId, "
            f"ProcessingEndTime FROM {NOW_REPORTS}",
        ),
        (
            f"SELECT ReportId, ReportRequestId, AvailableDate FROM ReportList WHERE {THEN_TYPES}",
            f"SELECT ReportDocumentId, ReportId, ProcessingEndTime FROM {NOW_REPORTS} AND ProcessingStatus = 'DONE'",
        ),
        (
            "SELECT FeedSubmissionId, SubmittedDate, FeedProcessingStatus FROM FeedSubmissionList "
            "WHERE FeedType = '_JSON_LISTINGS_FEED_'",
            f"SELECT FeedId, CreatedTime, {WORDS} FROM SellingPartner.Feeds WHERE FeedType = 'JSON_LISTINGS_FEED'",
        ),
        (
            "SELECT MarketplaceASIN, AttributeSets, Relationships, SalesRankings FROM Products "
            "WHERE SearchTerms = 'Candle'",
            "SELECT ASIN, Attributes, Relationships, SalesRanks FROM SellingPartner.CatalogItems "
            "WHERE Keywords = 'Candle'",
        ),
    ],
    ids=lambda sql: sql.partition("FROM ")[2].split()[0],
)
def test_the_values_are_sellingpartners(connection: Any, then: str, now: str) -> None:
    found = rows(connection, then)
    assert found
    assert found == rows(connection, now)


def test_names_of_two_schemas_are_two_tables(connection: Any) -> None:
    """ReportId is a document's here and a report's there: a join on it is no join of a table with itself."""
    joined = (
        "SELECT count(*) FROM ReportList l JOIN SellingPartner.ReportList s ON {} "
        f"WHERE l.{THEN_TYPES} AND s.ReportType = 'GET_SALES_AND_TRAFFIC_REPORT' AND s.ProcessingStatus = 'DONE'"
    )
    assert rows(connection, joined.format("s.ReportId = l.ReportId")) == [(0,)]
    ready = rows(connection, f"SELECT count(*) FROM {NOW_REPORTS} AND ProcessingStatus = 'DONE'")[0][0]
    same = rows(connection, joined.format("s.ReportId = l.ReportRequestId"))[0][0]
    assert 0 < same < ready
    twice = "SELECT count(*) FROM ReportList l JOIN Marketplace.ReportRequestList r ON l.ReportId = r.GeneratedReportId"
    assert rows(connection, twice) == rows(connection, "SELECT count(*) FROM ReportList")


def test_the_choice_of_paths_is_a_schemas_own() -> None:
    """The same text under two schemas asks two tables."""
    kind = "GET_SALES_AND_TRAFFIC_REPORT"
    sql = f"SELECT * FROM ReportList WHERE ReportType IN ('{kind}', '_{kind}_')"
    shapes = []
    for schema in ("SellingPartner", "Marketplace", "SellingPartner"):
        with amzsql.connect(Schema=schema, **OPTIONS) as made:
            cursor, found = run(made, sql)
            assert found
            shapes.append([d[0] for d in cursor.description])
    assert shapes[0] == shapes[2] != shapes[1]


# -- filters ---------------------------------------------------------------------------------------------------------


def test_stock_by_sku_and_by_time(connection: Any) -> None:
    sql = "SELECT SellerSKU FROM InventorySupply WHERE "
    assert rows(connection, sql + "SellerSKU = 'CAN-00000'") == [("CAN-00000",)]
    assert "sellerSkus=CAN-00000" in sent(connection, sql + "SellerSKU = 'CAN-00000'")
    since = "QueryStartDateTime = '2026-11-01T00:00:00Z'"
    assert "startDateTime=2026-11-01T00:00:00Z" in sent(connection, sql + since)
    changed = rows(connection, sql + since)
    assert changed == rows(
        connection, "SELECT SellerSKU FROM SellingPartner.InventorySupply WHERE StartDateTime >= '2026-11-01T00:00:00Z'"
    )
    assert 0 < len(changed) < len(rows(connection, "SELECT SellerSKU FROM InventorySupply"))


def test_when_stock_can_be_had(connection: Any) -> None:
    found = rows(
        connection, "SELECT InStockSupplyQuantity > 0, EarliestAvailability_TimepointType FROM InventorySupply"
    )
    assert {(True, "Immediately")} <= set(found) <= {(True, "Immediately"), (False, "Unknown")}
    assert rows(connection, "SELECT count(EarliestAvailability_DateTime) FROM InventorySupply") == [(0,)]
    assert rows(connection, "SELECT count(DISTINCT UID) = count(*) FROM InventorySupply") == [(True,)]


@pytest.mark.parametrize(
    ("type_", "column"), [("ASIN", "ASIN"), ("SellerSKU", "SellerSKU"), ("sellersku", "SellerSKU")]
)
def test_products_by_codes(connection: Any, type_: str, column: str) -> None:
    """A product says by which of the codes it was found, and a seller's SKU only where that was asked for."""
    codes = [code for (code,) in run(connection, f"SELECT {column} FROM InventorySupply LIMIT 3")[1]]
    listed = ", ".join(f"'{code}'" for code in codes)
    columns = (
        "IdList, MarketplaceASINMarketplaceId, SKUIdentifierSellerSKU, SKUIdentifierMarketplaceId, SKUIdentifierSelerId"
    )
    cursor, found = run(connection, f"SELECT {columns} FROM Products WHERE IdType = '{type_}' AND IdList IN ({listed})")
    us = "ATVPDKIKX0DER"
    sku = column == "SellerSKU"
    assert sorted(found) == sorted(
        (code, us, code if sku else None, us if sku else None, OPTIONS["SellerId"] if sku else None) for code in codes
    )
    assert sum(cursor.stats.sources.values()) == 3


def test_products_need_words_or_codes_of_a_kind(connection: Any) -> None:
    for where in ("", "WHERE IdList = 'B000000000'", "WHERE IdType = 'ASIN'"):
        with pytest.raises(ProgrammingError, match="Products needs a filter on"):
            run(connection, f"SELECT * FROM Products {where}")
    cursor, found = run(connection, "SELECT * FROM Products WHERE IdType = 'GCID' AND IdList = 'x'")
    assert found == []
    assert "never holds 'GCID'" in warned(cursor)
    assert "keywords=Candle" in sent(connection, "SELECT * FROM Products WHERE SearchTerms = 'Candle'")


def test_shipments_by_id_state_and_time(connection: Any) -> None:
    sql = "SELECT ShipmentId, ShipmentStatus FROM InboundShipments"
    whole = rows(connection, sql)
    one, state = whole[0]
    assert rows(connection, f"{sql} WHERE ShipmentId = '{one}'") == [(one, state)]
    assert f"ShipmentIdList={one}" in sent(connection, f"{sql} WHERE ShipmentId = '{one}'")
    assert rows(connection, f"{sql} WHERE ShipmentStatus = '{state}'") == [r for r in whole if r[1] == state]
    assert f"ShipmentStatusList={state}" in sent(connection, f"{sql} WHERE ShipmentStatus = '{state}'")
    since = f"{sql} WHERE LastUpdatedAfter >= '2024-01-01'"
    assert "QueryType=DATE_RANGE" in sent(connection, since)
    assert rows(connection, since) == whole
    before = rows(connection, f"{since} AND LastUpdatedBefore <= '2026-11-20'")
    assert set(before) < set(whole)
    assert before


def test_items_of_shipments(connection: Any) -> None:
    """By their shipment, by time, and without either those of all shipments: the same rows."""
    whole = rows(connection, "SELECT * FROM InboundShipmentItems")
    assert len({row[:2] for row in whole}) == len(whole) > 1
    of_one = f"WHERE ShipmentId = '{whole[0][0]}'"
    assert rows(connection, f"SELECT * FROM InboundShipmentItems {of_one}") == [r for r in whole if r[0] == whole[0][0]]
    since = "WHERE LastUpdatedAfter >= '2024-01-01'"
    assert rows(connection, f"SELECT * FROM InboundShipmentItems {since}") == whole


def test_reports_that_are_ready(connection: Any) -> None:
    assert rows(connection, "SELECT DISTINCT Acknowledged, AcknowledgedDate FROM ReportList") == [(False, None)]
    assert rows(connection, "SELECT * FROM ReportList WHERE Acknowledged") == []
    sql = f"SELECT ReportId FROM ReportList WHERE ReportType = '{LISTINGS}' AND AvailableDate < '2026-11-01'"
    told = sent(connection, sql)
    assert "processingStatuses=DONE" in told
    assert "createdUntil=2026-11-01T00:00:00Z" in told
    assert rows(connection, "SELECT count(*) FROM ReportRequestList WHERE Scheduled IS NULL") == [(0,)]


def test_the_result_of_a_feed_leads_to_its_document(connection: Any) -> None:
    one = rows(
        connection, "SELECT max(FeedSubmissionId) FROM FeedSubmissionList WHERE FeedProcessingStatus = '_DONE_'"
    )[0][0]
    cursor, found = run(
        connection,
        "SELECT r.FeedSubmissionId, r.FeedType, d.Url FROM FeedSubmissionResult r JOIN SellingPartner.FeedDocuments d "
        f"ON d.FeedDocumentId = r.ResultFeedDocumentId WHERE r.FeedSubmissionId = '{one}'",
    )
    assert [(row[0], row[1]) for row in found] == [(one, "_JSON_LISTINGS_FEED_")]
    assert found[0][2].startswith("https://")
    assert cursor.stats.sources == {f"{FEEDS}.getFeed": 1, f"{FEEDS}.getFeedDocument": 1}


def test_columns_of_orders_that_only_v0_has_answer_by_name(connection: Any) -> None:
    cursor, found = run(connection, "SELECT PaymentMethod FROM Orders WHERE PurchaseDate >= '2026-11-15'")
    assert found
    assert set(cursor.stats.sources) == {"ordersV0.getOrders"}
    assert registry.find("Marketplace", "Orders").column("Programs") is None  # type: ignore[union-attr]


@pytest.mark.parametrize("view", ["Orders", "OrderItems"])
@pytest.mark.parametrize(("api", "asked"), [("2026", "orders_2026-01-01."), ("v0", "ordersV0.")])
def test_orders_are_read_with_either_version(view: str, api: str, asked: str) -> None:
    with amzsql.connect(Schema="Marketplace", OrdersApi=api, **OPTIONS) as made:
        cursor, found = run(made, f"SELECT * FROM {view} LIMIT 3")
    assert found
    assert all(operation.startswith(asked) for operation in cursor.stats.sources)


@pytest.mark.parametrize("view", ["Orders", "OrderItems"])
def test_orders_outlive_v0(view: str) -> None:
    """The shape is the same when Amazon has removed the version that it is drawn from."""
    shapes = []
    for today in ("2026-11-21", "2027-04-01"):
        with amzsql.connect(Schema="Marketplace", **OPTIONS | {"Simulator": f"orders=99,today={today}"}) as made:
            cursor, found = run(made, f"SELECT * FROM {view} LIMIT 3")
            assert found
            shapes.append([d[0] for d in cursor.description])
    assert shapes[0] == shapes[1]
    assert not any("ordersV0" in operation for operation in cursor.stats.sources)


def test_it_is_a_sellers_schema() -> None:
    """A vendor's account is told so before any call."""
    options = OPTIONS | {"Simulator": "account=vendor,throttle=off", "SellingPartner": "Vendor"}
    with amzsql.connect(Schema="Marketplace", **options) as made, pytest.raises(ProgrammingError, match="of sellers"):
        run(made, "SELECT * FROM InventorySupply")


def test_a_type_that_nobody_knows_is_said() -> None:
    with amzsql.connect(Schema="Marketplace", **OPTIONS) as made:
        cursor, found = run(made, "SELECT * FROM ReportRequestList WHERE ReportType = '_GET_MERCHANT_LISTING_DATA_'")
        assert not found
        assert "no type _GET_MERCHANT_LISTING_DATA_ is known" in cursor.messages[0][1]
        assert "Did you mean _GET_MERCHANT_LISTINGS_DATA_" in cursor.messages[0][1]
        cursor, found = run(made, f"SELECT * FROM ReportRequestList WHERE ReportType = '{LISTINGS}'")
        assert (bool(found), cursor.messages) == (True, [])


# -- credentials -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("MWSAuthToken=amzn.mws.x;SellerId=A1", "MWSAuthToken"),
        ("AWSAccessKeyId=AKIA;AWSSecretKey=x;MWSAuthToken=y", "MWSAuthToken, AWSAccessKeyId, AWSSecretKey"),
    ],
)
def test_a_connection_of_mws_says_how_to_move(given: str, named: str) -> None:
    """It is made, with a warning, and plans; the first statement that needs Amazon tells what is missing."""
    settings = read(f"{given};Marketplace=US;Schema=Marketplace;StateLocation=memory://", environment={})
    assert any("MWSAuthToken is ignored" in text for text in settings.warnings)
    connection = Connection(settings, Runtime(settings))
    assert run(connection, "EXPLAIN SELECT * FROM InventorySupply")[1]
    with pytest.raises(ProgrammingError) as error:
        run(connection, "SELECT * FROM InventorySupply")
    for part in (named, "2024-03-31", "OAuthRefreshToken", "docs/marketplace.md"):
        assert part in str(error.value)
    assert "amzn.mws.x" not in str(error.value)


def test_mwss_properties_do_no_harm_beside_real_ones() -> None:
    connection, simulator = simulated(MWSAuthToken="x", Schema="Marketplace")
    assert run(connection, "SELECT SellerSKU FROM InventorySupply LIMIT 1")[1]
    assert simulator.log
    assert connection.runtime.clock.now() > NOW
