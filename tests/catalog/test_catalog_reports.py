"""Types of reports as tables: names, columns and schemas, what is listed, and what is told of those that are gone."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from driving import simulated
from sqlalchemy.dialects import registry as dialects

from amzsql import metadata
from amzsql.catalog import registry, reports, system
from amzsql.catalog.model import Table
from amzsql.catalog.report_rows import ROWS
from amzsql.catalog.report_terms import TERMS
from amzsql.errors import ProgrammingError
from amzsql.spapi.document_types import FILES, gone_types, report_types
from amzsql.spapi.report_columns import report_layout

LISTINGS = "REPORT_GET_MERCHANT_LISTINGS_ALL_DATA"
TRAFFIC = "REPORT_GET_SALES_AND_TRAFFIC_REPORT"
COUPONS = "REPORT_GET_COUPON_PERFORMANCE_REPORT"
ORDERS = "REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
QUERIES = "REPORT_GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT"
SETTLED = "REPORT_GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE"
SCHEMAS = ("SellingPartner", "SellerCentral", "VendorCentral")


def table(name: str, schema: str = "SellingPartner") -> Table:
    found = registry.find(schema, name)
    assert found is not None
    return found


def each() -> Iterator[Table]:
    """Yield every table that is read, in each schema of its own form."""
    for schema in SCHEMAS:
        for name in reports.names(schema):
            found = table(name, schema)
            if found.paths and found.entry.schemas[0] == schema:
                yield found


ALL = list(each())
IDS = [f"{t.schema}.{t.name}" for t in ALL]


def columns(found: Table) -> dict[str, str]:
    return {c.name: system.type_name(c.type) for c in found.columns}


# -- names and schemas -------------------------------------------------------------------------------------------------


def test_every_type_is_a_table_of_those_who_may_have_it() -> None:
    whose = {"seller": "SellerCentral", "vendor": "VendorCentral"}
    for name, kind in report_types().items():
        schemas = {"SellingPartner", *(whose[partner] for partner in kind.partners)}
        assert {s for s in SCHEMAS if registry.find(s, f"REPORT_{name}") is not None} == schemas


def test_further_arrays_are_tables_of_their_own() -> None:
    mains = {f"REPORT_{name}" for name in report_types()}
    further = sorted({t.name for t in ALL} - mains)
    assert f"{TRAFFIC}_SalesAndTrafficByAsin" in further
    assert "REPORT_GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL_OrderItem" in further
    assert "REPORT_GET_V2_SELLER_PERFORMANCE_REPORT_PerformanceMetricsWarningStates" in further
    arrays = {len(report_layout(kind, form).arrays) - 1 for kind, form in (("GET_SALES_AND_TRAFFIC_REPORT", "seller"),)}
    assert arrays == {1}
    for name in further:
        main = next(m for m in sorted(mains, key=len, reverse=True) if name.startswith(f"{m}_"))
        assert report_types()[main.removeprefix("REPORT_")].format in ("JSON", "XML")


def test_names_are_compared_without_case() -> None:
    assert registry.find("SellingPartner", LISTINGS.lower()) is table(LISTINGS)
    assert registry.find("SellingPartner", "REPORT_GET_NOTHING") is None
    assert registry.find("VendorCentral", LISTINGS) is None


def test_the_forms_of_coupons_are_told_apart() -> None:
    assert "CouponId" in columns(table(COUPONS, "SellerCentral"))
    assert "CampaignId" in columns(table(COUPONS, "VendorCentral"))
    assert reports.form_of(table(COUPONS, "VendorCentral")) == "vendor"
    assert reports.form_of(table(COUPONS)) == "seller"
    assert "CampaignStartDateFrom" not in columns(table(COUPONS))
    inner = table(f"{COUPONS}_CouponsAsins", "VendorCentral").paths[0].sources
    assert (inner["CouponId"].path, inner["CampaignId"].path) == ("../couponId", "../../campaignId")


@pytest.mark.parametrize("found", ALL, ids=IDS)
def test_whose_a_table_is(found: Table) -> None:
    partners = report_types()[found.paths[0].declared.report].partners
    expected = None if len(partners) > 1 and "COUPON" not in found.name else reports.form_of(found)
    assert registry.partner(found) == expected


# -- columns -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("found", ALL, ids=IDS)
def test_a_table_has_what_its_documents_have_and_what_they_are_asked_for_with(found: Table) -> None:
    (path,) = found.paths
    kind, form = report_types()[path.declared.report], reports.form_of(found)
    array = next(a for a in report_layout(kind.name, form).arrays if a.path == path.row_path)
    shown = [c.name for c in found.listed()]
    expected = ["name", "content"] if kind.format in FILES else [c.name for c in array.columns]
    assert [path.sources[name].path for name in shown] == expected
    assert len({c.name.lower() for c in found.columns}) == len(found.columns)
    common = {c.name for c in registry.COMMON}
    assert {c.name for c in found.columns} == path.sources.keys() | common
    parameters = {s.parameter for s in path.sources.values() if s.parameter}
    asked = {"dataStartTime", "dataEndTime", "marketplaceIds", "reportOptions"}
    told = {"reportId", "reportDocumentId", "createdTime"}
    options = {f"reportOptions.{o.name}" for o in reports.options_of(kind, form)}
    assert parameters == asked | told | options
    assert found.by_lower["_more"].hidden
    assert (path.operation, path.declared.report) == ("reports_2021-06-30.createReport", kind.name)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("seller-sku", "SellerSku"),
        ("asin", "Asin"),
        ("ASIN", "ASIN"),
        ("TRANSACTION_COMPLETE_DATE", "TransactionCompleteDate"),
        ("Merchant SKU", "MerchantSKU"),
        ("OUR_PRICE Tax Amount", "OurPriceTaxAmount"),
        ("SHIPPING Tax Amount", "ShippingTaxAmount"),
        ("SafeT claim id", "SafeTClaimId"),
        ("Warehouse Transfer In/Out", "WarehouseTransferInOut"),
        ("Supplier part no.", "SupplierPartNo"),
        ("unsellable-0-7-days", "Unsellable0_7Days"),
        ("sellable-365+-days", "Sellable365Days"),
        ("30-day-sales", "_30DaySales"),
        ("出品者SKU", "出品者SKU"),
        ("+", "Column"),
    ],
)
def test_a_header_gives_its_name(header: str, name: str) -> None:
    assert reports.called(header) == name


def test_types_of_columns() -> None:
    orders = columns(table(ORDERS))
    assert (orders["PurchaseDate"], orders["Quantity"], orders["ItemPrice"], orders["Sku"]) == (
        "TIMESTAMP",
        "BIGINT",
        "DECIMAL(18,4)",
        "VARCHAR",
    )
    traffic = columns(table(TRAFFIC))
    assert (traffic["Date"], traffic["TrafficByDateBuyBoxPercentage"]) == ("DATE", "DOUBLE")
    papers = columns(table("REPORT_GET_EASYSHIP_DOCUMENTS"))
    assert (papers["Name"], papers["Content"]) == ("VARCHAR", "BLOB")
    assert table("REPORT_GET_PROMOTION_PERFORMANCE_REPORT").by_lower["status"].enum[0] == "APPROVED"


@pytest.mark.parametrize(
    ("name", "amount", "currency"),
    [
        (ORDERS, "ItemPrice", "Currency"),
        (TRAFFIC, "SalesByDateOrderedProductSalesAmount", "SalesByDateOrderedProductSalesCurrencyCode"),
        ("REPORT_GET_PROMOTION_PERFORMANCE_REPORT", "Revenue", "RevenueCurrencyCode"),
        (COUPONS, "Budget", "CurrencyCode"),
        ("REPORT_GET_VENDOR_REAL_TIME_SALES_REPORT", "OrderedRevenue", "CurrencyCode"),
        ("REPORT_GET_VAT_TRANSACTION_DATA", "VatInvConvertedAmt", "VatInvCurrencyCode"),
        ("REPORT_GET_VAT_TRANSACTION_DATA", "PriceOfItemsVatAmt", "TransactionCurrencyCode"),
        ("REPORT_SC_VAT_TAX_REPORT", "ConvertedTaxAmount", "InvoiceLevelCurrencyCode"),
        (
            "REPORT_GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL_OrderItemItemPriceComponent",
            "Amount",
            "AmountCurrency",
        ),
        # Only the first row of a settlement names its currency.
        ("REPORT_GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2", "Amount", ""),
        (LISTINGS, "Price", ""),
    ],
)
def test_amounts_name_the_column_of_their_currency(name: str, amount: str, currency: str) -> None:
    found = table(name)
    assert str(found.by_lower[amount.lower()].type) == "DECIMAL(18,4)"
    assert found.by_lower[amount.lower()].currency == currency


def test_days_of_analytics_are_the_marketplace_s() -> None:
    shown = system.Shown(("SellerCentral",), reports=True)
    zones = {
        (r["TableName"], r["ColumnName"]): r["TimeZone"] for r in system.rows("sys_tablecolumns", shown=shown) or []
    }
    assert zones[TRAFFIC, "Date"] == "Marketplace"
    assert zones[TRAFFIC, "DataStartTime"] == "UTC"
    assert zones["REPORT_GET_VAT_TRANSACTION_DATA", "TransactionCompleteDate"] is None


def test_every_currency_is_a_column() -> None:
    for found in ALL:
        named = {c.currency for c in found.columns if c.currency}
        assert named <= {c.name for c in found.columns}, found.name
    # A discount may be so many percent.
    assert columns(table(COUPONS))["DiscountAmount"] == "DOUBLE"


def test_a_column_of_the_document_may_be_what_is_asked_for() -> None:
    asin = table(QUERIES).paths[0].sources["Asin"]
    assert (asin.path, asin.parameter) == ("asin", "reportOptions.asin")
    assert not table(QUERIES).by_lower["asin"].hidden
    place = table("REPORT_GET_PROMOTION_PERFORMANCE_REPORT").paths[0].sources["MarketplaceId"]
    assert (place.path, place.parameter) == ("marketplaceId", "marketplaceIds")
    assert {c for group in reports.required_columns(table(QUERIES).paths[0]) for c in group} == {"Asin", "ReportPeriod"}


# -- discovered columns ------------------------------------------------------------------------------------------------


def test_columns_that_were_seen_are_added() -> None:
    name = "GET_STRANDED_INVENTORY_LOADER_DATA"
    assert not table(f"REPORT_{name}").listed()
    found = reports.table(name, ("seller-sku", "Report ID", "quantity", "seller_sku"))
    assert found is not None
    # A name that the table has already is told apart.
    assert [c.name for c in found.listed()] == ["SellerSku", "ReportID2", "Quantity", "SellerSku2"]
    assert {system.type_name(c.type) for c in found.listed()} == {"VARCHAR"}
    assert found.paths[0].sources["SellerSku2"].path == "seller_sku"


def test_new_columns_come_after_the_known_ones() -> None:
    before = [c.name for c in table(LISTINGS).listed()]
    found = reports.with_discovered(table(LISTINGS, "SellerCentral"), ("item-name", "Brand New", "seller-sku"))
    assert [c.name for c in found.listed()] == [*before, "BrandNew"]
    assert found.schema == "SellerCentral"
    path = reports.with_discovered(table(f"{TRAFFIC}_SalesAndTrafficByAsin"), ("trafficByAsin.newFigure",)).paths[0]
    assert path.sources["TrafficByAsinNewFigure"].path == "trafficByAsin.newFigure"
    assert path.row_path == "salesAndTrafficByAsin[]"


# -- what is said of them ----------------------------------------------------------------------------------------------


def test_every_row_is_described_and_every_description_used() -> None:
    used = {t.entry.doc.partition(". ")[0].rstrip(".") for t in ALL}
    assert {f"One row per {text.partition('. ')[0]}" for text in ROWS.values()} == used
    docs = {c.doc for t in ALL for c in t.columns}
    assert [term for term, text in TERMS.items() if text not in docs] == []


@pytest.mark.parametrize("found", ALL, ids=IDS)
def test_its_example_is_planned_without_a_call(found: Table) -> None:
    vendor = "SellerCentral" not in found.entry.schemas
    connection, simulator = simulated(orders=20, Schema=found.schema, SellingPartner="Vendor" if vendor else "Seller")
    with connection:
        steps = connection.cursor().execute(f"EXPLAIN {found.entry.example}").fetchall()
    assert any(found.name in step for step in steps)
    assert not simulator.log


def test_the_counted_list() -> None:
    counted = Counter[str]()
    connection, simulator = simulated(orders=20)
    with connection:
        for told, known in connection.cursor().execute("SELECT ColumnsFrom, KnownColumns FROM ReportTypes"):
            counted[told] += 1
            assert bool(known) == (told in ("Amazon", "others"))
    assert counted == {"Amazon": 21, "others": 56, "unknown": 30, "file": 2}
    assert not simulator.log


# -- what is removed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", gone_types())
def test_a_type_that_is_gone_names_its_successor(name: str) -> None:
    kind = gone_types()[name]
    schema = "SellerCentral" if "seller" in kind.partners else "VendorCentral"
    connection, simulator = simulated(Schema=schema)
    with connection, pytest.raises(ProgrammingError) as error:
        connection.cursor().execute(f"SELECT * FROM REPORT_{name}")
    for successor in kind.instead:
        assert f"REPORT_{successor}" in str(error.value)
        assert registry.find(schema, f"REPORT_{successor}") is not None
    assert kind.instead or "no successor" in str(error.value)
    assert not simulator.log


def test_settlements_of_before_name_their_successor_and_are_still_read() -> None:
    for name in (SETTLED, "REPORT_GET_V2_SETTLEMENT_REPORT_DATA_XML"):
        entry = table(name).entry
        assert f"{SETTLED}_V2" in entry.removed
        assert entry.removed in entry.doc
        assert table(name).paths


# -- what is listed ----------------------------------------------------------------------------------------------------


def listed(**properties: object) -> set[str]:
    connection, simulator = simulated(orders=20, **properties)
    with connection:
        cursor = connection.cursor()
        tables = {
            name
            for (name,) in cursor.execute(
                "SELECT TableName FROM sys_tables WHERE TableName LIKE 'REPORT!_%' ESCAPE '!'"
            )
        }
        columned = cursor.execute("SELECT DISTINCT TableName FROM sys_tablecolumns WHERE ColumnName = 'DataStartTime'")
        having = {name for (name,) in columned}
        read = {t.name for t in ALL}
        assert having & tables == tables & read
    assert not simulator.log
    return tables


def test_they_are_listed_where_they_are_wanted() -> None:
    everything = {name for schema in SCHEMAS for name in reports.names(schema)}
    assert listed() == set()
    assert listed(IncludeReports=True) == everything
    sellers = listed(
        IncludeReports=True, SellingPartner="Seller", Schema="SellerCentral", BrowsableSchemas="SellerCentral"
    )
    assert sellers == set(reports.names("SellerCentral"))
    assert listed(IncludeReports=True, Views=LISTINGS) == {LISTINGS}


def test_columns_that_were_seen_are_listed_from_then_on() -> None:
    name = "REPORT_GET_STRANDED_INVENTORY_LOADER_DATA"
    statement = (
        f"SELECT ColumnName FROM sys_tablecolumns WHERE SchemaName = 'SellerCentral' AND TableName = '{name}' "
        "AND NOT IsHidden ORDER BY Ordinal"
    )
    connection, _ = simulated(orders=20, throttle=None, IncludeReports=True)
    with connection:
        cursor = connection.cursor()
        assert cursor.execute(statement).fetchall() == []
        cursor.execute(f"SELECT * FROM {name}").fetchall()
        seen = [column[0] for column in cursor.description or ()]
        assert "StrandedReason" in seen
        assert [column for (column,) in cursor.execute(statement)] == seen


def test_tools_see_them_where_they_are_wanted() -> None:
    assert LISTINGS not in metadata.tables("SellingPartner")
    assert LISTINGS in metadata.tables("SellingPartner", reports=True)
    assert metadata.exists("SellingPartner", LISTINGS)
    # An installed amzsql is found by its entry point, a checkout is not.
    dialects.register("amzsql", "amzsql_dialect.base", "AmzsqlDialect")
    without, including = (
        sa.create_engine(f"amzsql://?Simulator=True&IncludeReports={value}") for value in (False, True)
    )
    assert LISTINGS not in sa.inspect(without).get_view_names()
    inspector = sa.inspect(including)
    assert LISTINGS in inspector.get_view_names()
    assert "seller-sku" not in {c["name"] for c in inspector.get_columns(LISTINGS)}
    assert "SellerSku" in {c["name"] for c in inspector.get_columns(LISTINGS)}


def test_their_access_paths_are_told() -> None:
    rows = system.rows("sys_accesspaths", shown=system.Shown(("SellerCentral",), reports=True)) or []
    (row,) = (r for r in rows if r["TableName"] == QUERIES)
    assert (row["OperationId"], row["RequiredColumns"]) == ("createReport", "Asin, ReportPeriod")
    assert str(row["PushedColumns"]).startswith("Asin =, DataStartTime >=, DataEndTime <, MarketplaceId =")
    assert (row["Roles"], row["ReportType"]) == ("Brand Analytics", QUERIES.removeprefix("REPORT_"))
    assert not any(r["TableName"] == QUERIES for r in system.rows("sys_accesspaths", ("SellerCentral",)) or [])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("REPORT_GET_MERCHANT_LISTINGS_AL_DATA", f"Did you mean {LISTINGS}"),
        ("GET_MERCHANT_LISTINGS_ALL_DATA", f"are {LISTINGS}."),
        ("REPORT_GET_VENDOR_SALES_REPORT", "It is in SellingPartner and VendorCentral"),
    ],
)
def test_a_name_that_is_none_is_helped(name: str, hint: str) -> None:
    connection, _ = simulated(Schema="SellerCentral")
    with connection, pytest.raises(ProgrammingError) as error:
        connection.cursor().execute(f"SELECT * FROM {name}")
    assert hint in str(error.value)


def test_an_account_of_the_other_kind_is_refused_before_any_call() -> None:
    connection, simulator = simulated(Schema="SellingPartner", SellingPartner="Vendor")
    with connection, pytest.raises(ProgrammingError, match="is a table of sellers, and this connection is a vendor's"):
        connection.cursor().execute(f"SELECT * FROM {LISTINGS}")
    assert not simulator.log


def test_what_documents_hold_is_read_for_whoever_reads_one() -> None:
    """Neither importing nor a statement on another table opens the tables of facts."""
    code = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
import amzsql
with amzsql.connect(Simulator="orders=20,throttle=off") as connection:
    connection.cursor().execute("EXPLAIN SELECT * FROM Orders WHERE PurchaseDate > CURRENT_DATE - 3").fetchall()
    print([name for name in opened if name.endswith(".tsv")])
    connection.cursor().execute("EXPLAIN SELECT * FROM REPORT_GET_AFN_INVENTORY_DATA").fetchall()
    print(any(name.endswith("report_columns.tsv") for name in opened))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split("\n")[:2] == ["[]", "True"]
