"""What the catalog's declarations make the planner ask: every example plans, and each trap of Amazon's is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from catalog_bodies import MODULES, SELLER, US, entries, tables
from naming import Case

from amzsql import spapi
from amzsql.catalog import registry, system
from amzsql.catalog.model import Entry, Table
from amzsql.errors import ProgrammingError
from amzsql.plan.nodes import Plan, Situation
from amzsql.plan.planner import plan
from amzsql.sql.binding import bind
from amzsql.sql.statement import parse

CA = "A2EUQ1WTGCTBG2"
NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
SITUATION = Situation(NOW, marketplaces=(US,), seller=SELLER)


def evaluated(expressions: list[str]) -> list[Any]:
    """Return the values of constant expressions."""
    with duckdb.connect() as connection:
        connection.execute("SET timezone='UTC'")
        return [connection.sql(f"SELECT {e}").to_arrow_table().column(0)[0].as_py() for e in expressions]


def planned(sql: str, schema: str = "SellingPartner", **changes: Any) -> Plan:
    """Bind and plan a statement whose tables are in a schema."""
    known = lambda _: list(registry.names(schema))  # noqa: E731
    find = lambda named, table: registry.find(named or schema, table)  # noqa: E731
    bound = bind(parse(sql), (), resolver=find, known=known, evaluator=evaluated, now=NOW, zone=ZoneInfo("UTC"))
    return plan(bound, replace(SITUATION, **changes))


def asked(sql: str, **changes: Any) -> list[dict[str, Any]]:
    """Return the parameters of each request's first page, of the plan's only fetch."""
    (fetch,) = planned(sql, **changes).fetches
    more = {fetch.projection[0]: fetch.projection[1]} if fetch.projection else {}
    return [{"": fetch.operation.operation_id, **dict(p.parameters), **more} for p in fetch.partitions]


def is_left(entry: Entry) -> bool:
    """Tell whether Amazon still has an operation of a table."""
    table = registry.table(entry.schemas[0], entry.name)
    return not all(spapi.operation(path.operation).is_removed(NOW.date()) for path in table.paths)


def left(module: str) -> list[Entry]:
    """Return a module's entries of which Amazon still has an operation."""
    return [entry for entry in entries(module) if is_left(entry)]


@pytest.mark.parametrize("module", MODULES)
def test_every_example_plans(module: str) -> None:
    """An example of the reference pages runs as it stands, whatever the account's marketplaces."""
    for entry in left(module):
        for marketplaces in ((US,), (US, CA)):
            with Case(f"{entry.name} in {len(marketplaces)} marketplaces"):
                made = planned(entry.example, marketplaces=marketplaces, schema=entry.schemas[0])
                assert made.requests >= 1
                assert all("personal data" in warning for warning in made.warnings)


@pytest.mark.parametrize("module", MODULES)
def test_read_whole_or_the_missing_filter_is_named(module: str) -> None:
    """Without a filter a table is read whole, or the error names columns, never a parameter, and gives the example."""
    for entry in left(module):
        with Case(entry.name):
            read_whole_or_named(registry.table(entry.schemas[0], entry.name))


def read_whole_or_named(table: Table) -> None:
    """Read a table without a filter, or hold the error to what it must say."""
    entry = table.entry
    said = ""
    try:
        assert planned(f"SELECT * FROM {entry.schemas[0]}.{entry.name}").requests >= 1
    except ProgrammingError as error:
        said = str(error)
    named, _, example = said.partition(f"{entry.name} needs a filter on ")[2].partition(". For example: ")
    choices = named.removesuffix(", or others").split(", or ") if said else []
    assert all(table.column(column) for choice in choices for column in choice.split(" and ")), said
    assert example == (table.entry.example if said else "")
    assert is_readable(table) == (not said), "sys_accesspaths and the pages say otherwise"


def is_readable(table: Table) -> bool:
    """Tell whether, as sys_accesspaths and the pages say, some path of a table wants no filter that no parent gives."""
    left = [p for p in table.paths if not spapi.operation(p.operation).is_removed(NOW.date())]
    given = [(set(system.parent_columns(table, p)), system.required_columns(p)) for p in left]
    return any(all(set(group) & inherited for group in groups) for inherited, groups in given)


def test_a_parameter_without_its_partners_is_left_to_the_residual() -> None:
    """By the time of a change Amazon lists returns only beside a place and a status, and groups at none at all."""
    returns = "SELECT ReturnId FROM ExternalFulfillmentReturns WHERE LastUpdatedDateTime >= '2026-11-01'"
    place = {"returnLocationId": "L1", "status": "DELIVERED"}
    assert asked(returns) == [{"": "listReturns"}]
    assert planned(returns).residual
    assert asked(f"{returns} AND Status = 'DELIVERED'") == [{"": "listReturns", "status": "DELIVERED"}]
    (whole,) = asked(f"{returns} AND Status = 'DELIVERED' AND ReturnLocationId = 'L1'")
    since = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    assert whole == {"": "listReturns", **place, "lastUpdatedSince": since}


def test_several_single_values_compete_with_reading_all() -> None:
    """Two states are two chains of every window: they are asked for only where that saves calls."""
    both = "SELECT PurchaseOrderNumber FROM VendorOrders WHERE PurchaseOrderState IN ('New', 'Closed')"
    every = asked("SELECT PurchaseOrderNumber FROM VendorOrders")
    assert asked(both) == every
    assert len(every) == 27
    assert planned(both).residual
    many = asked(both, seen={"VendorOrders": 1_000_000})
    assert [r.get("purchaseOrderState") for r in many] == ["Closed"] * 27 + ["New"] * 27
    (one,) = {r.get("purchaseOrderState") for r in asked(both.replace(", 'Closed'", ""))}
    assert one == "New"
    assert {r.get("purchaseOrderState") for r in asked(f"{both} LIMIT 3")} == {"New", "Closed"}


def test_counts_are_of_a_table_and_not_of_a_name() -> None:
    """Orders of schema Marketplace are other rows than those of SellingPartner, which SellerCentral has as well."""
    sql = "SELECT count(*) FROM {}.Orders WHERE PurchaseDate >= '2026-11-01'"
    rows = {s: [planned(sql.format(s), seen={name: n}).fetches[0].rows for name, n in SEEN] for s in SAME}
    assert rows["SellingPartner"] == rows["SellerCentral"]
    assert rows["SellingPartner"][0] == 10 * rows["SellingPartner"][1] > 0
    assert rows["SellingPartner"][2] == rows["SellingPartner"][3]
    assert rows["Marketplace"][0] == rows["Marketplace"][1]
    assert rows["Marketplace"][2] == 10 * rows["Marketplace"][3] > 0
    named = {s: (planned(sql.format(s)).fetches[0].census or ("", 0))[0] for s in SAME}
    assert named == {"SellingPartner": "Orders", "SellerCentral": "Orders", "Marketplace": "Marketplace.Orders"}


SEEN = (("Orders", 500_000), ("Orders", 50_000), ("Marketplace.Orders", 500_000), ("Marketplace.Orders", 50_000))
SAME = ("SellingPartner", "SellerCentral", "Marketplace")


def test_where_amazon_begins_by_itself_all_is_asked_for_or_the_window_is_told() -> None:
    told, wide = set(), set()
    for table in tables():
        for path in table.paths:
            # What Amazon keeps for ninety days, and gives for ninety days, is given whole.
            for window in (w for w in spapi.operation(path.operation).windows if w.unasked not in (None, w.horizon)):
                defaults = {p.default for p in path.declared.pushdowns if p.parameter == window.after}
                (wide if "horizon" in defaults else told).add(table.name)
    assert {"FinanceInvoices", "OutboundFulfillmentOrders"} <= wide
    assert told == {"Invoices", "InvoiceTransactions", "InvoiceExports"}
    for name in told:
        with Case(name):
            column = "GenerateExportStartedAt" if name == "InvoiceExports" else "Date"
            start = f"{name}: without a filter on {column} Amazon gives the last "
            for end in ("", f" WHERE {column} < '2026-11-15'"):
                assert any(w.startswith(start) for w in planned(f"SELECT * FROM {name}{end}").warnings)
            said = planned(f"SELECT * FROM {name} WHERE {column} >= '2026-11-15'").warnings
            assert not any(w.startswith(start) for w in said)


def test_a_window_of_amazons_own_names_the_filter() -> None:
    (warning,) = planned("SELECT Id FROM Invoices").warnings
    last = "without a filter on Date Amazon gives the last 24 hours only. For more, say since when"
    assert warning == f"Invoices: {last}: Date >= '2026-11-11'."
    (exports,) = planned("SELECT ExportId FROM InvoiceExports").warnings
    assert "the last 30 days only" in exports
    (request,) = asked("SELECT Id FROM Invoices WHERE Date < '2026-01-01'")
    assert "dateEnd" not in request, "it would lie before the day at which Amazon begins"
    both = "SELECT a.Id FROM Invoices a JOIN Invoices b ON a.Status = b.Status WHERE b.Date >= '2026-01-01'"
    assert len(planned(both).fetches) == 2, "what begins a day ago does not hold what began before"


def test_a_pseudo_column_without_a_filter_is_warned_of() -> None:
    assert "Orders: BuyerEmail will be NULL" in " ".join(planned("SELECT BuyerEmail FROM Orders").warnings)
    asked_for = planned("SELECT BuyerEmail FROM Orders WHERE BuyerEmail = 'a@b.example'").warnings
    whole = planned("SELECT * FROM Orders").warnings
    assert "will be NULL" not in " ".join([*asked_for, *whole])


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT * FROM CatalogItems", "ASIN, or Keywords, or "),
        ("SELECT * FROM ReportList", "ReportType, or ReportId[.]"),
        ("SELECT * FROM ItemOffers", "ItemCondition[.]"),
        ("SELECT * FROM ItemOffers WHERE ASIN = 'B000000001'", "ItemCondition[.]"),
    ],
)
def test_what_would_do_instead_is_named(sql: str, named: str) -> None:
    with pytest.raises(ProgrammingError, match=f"needs a filter on {named}"):
        planned(sql)


def test_inventory_granularity_follows_the_marketplace() -> None:
    """Amazon wants the marketplace twice, one a request."""
    fixed = {"": "getInventorySummaries", "granularityType": "Marketplace"}
    both = [{**fixed, "marketplaceIds": (m,), "granularityId": m} for m in (US, CA)]
    assert asked("SELECT SellerSKU FROM InventorySupply", marketplaces=(US, CA)) == both
    by_id = f"SELECT SellerSKU FROM InventorySupply WHERE GranularityType = 'Marketplace' AND GranularityId = '{CA}'"
    assert asked(by_id, marketplaces=(US, CA)) == both[1:]


def test_inventory_details_only_where_they_are_asked() -> None:
    """The quantities by state cost a parameter, and only their columns send it."""
    assert "details" not in asked("SELECT TotalQuantity FROM InventorySupply")[0]
    (request,) = asked("SELECT InventoryDetailsFulfillableQuantity FROM InventorySupply")
    assert request["details"] == ("true",)


def test_inventory_since_a_time_is_inside_the_range() -> None:
    """A pseudo-column's value is what was sent, so it must satisfy the filter that sent it."""
    sql = "SELECT SellerSKU FROM InventorySupply WHERE StartDateTime {} '2026-11-01'"
    assert asked(sql.format(">="))[0]["startDateTime"] == dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    assert asked(sql.format(">"))[0]["startDateTime"] == dt.datetime(2026, 11, 1, 0, 0, 1, tzinfo=dt.UTC)


def test_skus_go_fifty_a_request() -> None:
    """A list longer than Amazon's becomes further requests."""
    skus = ", ".join(f"'S{n:03}'" for n in range(120))
    found = asked(f"SELECT SellerSKU FROM InventorySupply WHERE SellerSKU IN ({skus})")
    assert [len(r["sellerSkus"]) for r in found] == [50, 50, 20]


def test_catalog_by_asin_and_by_code() -> None:
    """ASINs go twenty a request; other codes one by one, since the answer does not repeat them."""
    (request,) = asked("SELECT ASIN FROM CatalogItems WHERE ASIN IN ('A', 'B', 'C')")
    assert (request["identifiers"], request["identifiersType"]) == (("A", "B", "C"), "ASIN")
    codes = asked("SELECT ASIN FROM CatalogItems WHERE EAN IN ('1', '2')")
    assert [(r["identifiers"], r["identifiersType"]) for r in codes] == [(("1",), "EAN"), (("2",), "EAN")]


def test_catalog_sends_what_the_columns_need() -> None:
    """Sets of data follow the columns."""
    (request,) = asked("SELECT ASIN, ItemName, SalesRanks FROM CatalogItems WHERE Keywords = 'candle'")
    assert request["includedData"] == ("salesRanks", "summaries")
    assert request["keywords"] == ("candle",)


def test_a_code_wins_over_the_asin() -> None:
    """Identifiers are of one type a request: what cannot be checked afterwards is asked."""
    found = asked("SELECT ASIN FROM CatalogItems WHERE ASIN = 'A' AND EAN IN ('1', '2')")
    assert {r["identifiersType"] for r in found} == {"EAN"}
    with pytest.raises(ProgrammingError, match="EAN and UPC at once"):
        planned("SELECT ASIN FROM CatalogItems WHERE EAN = '1' AND UPC = '2'")


def test_catalog_by_sku_needs_the_seller() -> None:
    """Amazon knows a SKU only of a seller."""
    assert asked("SELECT ASIN FROM CatalogItems WHERE SKU = 'S'")[0]["sellerId"] == SELLER
    with pytest.raises(ProgrammingError, match="property SellerId"):
        planned("SELECT ASIN FROM CatalogItems WHERE SKU = 'S'", seller=None)


def test_listings_need_the_seller() -> None:
    """The error says where Seller Central shows it."""
    with pytest.raises(ProgrammingError, match="Merchant Token"):
        planned("SELECT * FROM ListingsItems", seller=None)
    assert asked("SELECT SKU FROM ListingsItems WHERE SellerId = 'A2OTHER'", seller=None)[0]["sellerId"] == "A2OTHER"


@pytest.mark.parametrize("part", ["Summaries", "Issues", "Offers"])
def test_parts_of_listings_are_asked_for(part: str) -> None:
    """The array whose elements are the rows is always included."""
    (request,) = asked(f"SELECT SKU FROM ListingsItems{part}")
    assert request["includedData"] == (part.lower(),)


def test_prices_by_sku_where_a_sku_is_said() -> None:
    """Asked by ASIN the answer has no SKU, so a filter on SKUs is asked by SKU."""
    (request,) = asked("SELECT * FROM CompetitivePricing WHERE ASIN = 'A' AND SellerSKU = 'S'")
    assert (request["ItemType"], request["Skus"]) == ("Sku", ("S",))
    (request,) = asked("SELECT * FROM ProductPricing WHERE ASIN = 'A'")
    assert (request["ItemType"], request["Asins"], request["MarketplaceId"]) == ("Asin", ("A",), US)


def test_transactions_of_long_times_are_split() -> None:
    """More than 180 days are answered empty by Amazon, so they are asked in pieces."""
    found = asked("SELECT * FROM Transactions WHERE PostedDate >= '2025-11-01' AND PostedDate < '2026-11-01'")
    spans = [r["postedBefore"] - r["postedAfter"] for r in found]
    assert sum(spans, dt.timedelta()) == dt.timedelta(days=365)
    assert max(spans) <= dt.timedelta(days=180)


def test_a_limit_asks_for_the_newest_transactions_first() -> None:
    """Of several windows the last one has the rows most probably: one call where the oldest would be empty."""
    made = planned("SELECT * FROM Transactions LIMIT 10")
    starts = [p.get("postedAfter") for p in made.fetches[0].partitions]
    assert len(starts) > 1
    assert starts == sorted(starts, reverse=True)
    assert made.fetches[0].partitions[0].get("postedBefore") is None


def test_transactions_of_an_order_need_no_time() -> None:
    """The order is enough, and the marketplace is never sent: it hides rows."""
    sql = f"SELECT * FROM Transactions WHERE AmazonOrderId = '1' AND MarketplaceId = '{US}'"
    related = {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": "1"}
    assert asked(sql) == [{"": "listTransactions", **related}]


def test_transactions_and_their_parts_share_an_answer() -> None:
    """The breakdowns are in the answer that gives the transactions."""
    made = planned(
        "SELECT t.TransactionId, b.BreakdownType FROM Transactions t JOIN TransactionBreakdowns b "
        "ON t.TransactionId = b.TransactionId WHERE t.PostedDate >= '2026-11-01'"
    )
    assert len(made.fetches) == 1


def test_upper_bounds_that_include_the_time_stay_to_be_checked() -> None:
    """Orders, listings, reports: Amazon's upper bound includes the time itself; that of finances does not."""
    orders = "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-11-01' AND PurchaseDate < '2026-11-10'"
    assert planned(f"{orders} LIMIT 5").fetches[0].page_size == 100
    assert planned(orders.rpartition(" AND ")[0] + " LIMIT 5").fetches[0].page_size == 5


@pytest.mark.parametrize(("table", "column"), [("ReportList", "ReportId"), ("Feeds", "FeedId")])
def test_one_document_by_its_id(table: str, column: str) -> None:
    """An id is asked for directly, at two a second."""
    (request,) = asked(f"SELECT * FROM {table} WHERE {column} = '7'")
    assert request[column[0].lower() + column[1:]] == "7"


V0_ONLY = (
    ("EasyShipShipmentStatus IN ('Delivered', 'lost')", {"EasyShipShipmentStatuses": ("Delivered", "Lost")}),
    ("IsISPU AND ElectronicInvoiceStatus = 'Accepted'", {"IsISPU": True, "ElectronicInvoiceStatuses": ("Accepted",)}),
    ("StoreChainStoreId = 'ISPU_1'", {"StoreChainStoreId": "ISPU_1"}),
)
BETWEEN = (
    ("{} >= '2026-11-01'", {"{}After": dt.datetime(2026, 11, 1, tzinfo=dt.UTC)}),
    ("{} < '2026-11-05'", {"{}Before": dt.datetime(2026, 11, 5, tzinfo=dt.UTC)}),
)
DELIVERY = tuple(
    (condition.format(column), {name.format(column): value for name, value in sent.items()})
    for column in ("EarliestDeliveryDate", "LatestDeliveryDate")
    for condition, sent in BETWEEN
)


@pytest.mark.parametrize(("condition", "sent"), [*V0_ONLY, *DELIVERY], ids=lambda v: v if isinstance(v, str) else "")
def test_what_only_v0_filters_by_is_asked_there(condition: str, sent: dict[str, Any]) -> None:
    """Amazon's filters of getOrders, each beside the required time, and checked again afterwards."""
    made = planned(f"SELECT AmazonOrderId FROM Orders WHERE {condition} LIMIT 5", orders_api="v0")
    (partition,) = made.fetches[0].partitions
    assert {name: partition.get(name) for name in sent} == sent
    assert partition.get("CreatedAfter") is not None
    assert made.residual is ("StoreChainStoreId" not in condition)
