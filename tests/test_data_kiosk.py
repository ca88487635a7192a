"""The tables of Data Kiosk through the whole driver: rows, refusals before any call, and the life of a query."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from driving import NOW, SECRETS, over, rows, simulated

from amzsql.catalog import data_kiosk, registry
from amzsql.catalog.data_kiosk import ROWS
from amzsql.catalog.model import ColumnSource
from amzsql.clock import VirtualClock
from amzsql.connection import Connection, Runtime
from amzsql.errors import ApiError, BudgetExceeded, Cancelled, DataError, OperationalError, ProgrammingError
from amzsql.execute.report_book import Book
from amzsql.settings import read
from amzsql.simulator import Fault, Simulator
from amzsql.state import StateFolder
from amzsql.types import DATE, JSON, MONEY

US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
BY_DATE = (
    "SELECT StartDate, SalesUnitsOrdered FROM SalesAndTrafficByDate "
    "WHERE StartDate >= '2026-11-02' AND StartDate < '2026-11-15'"
)
# More of these rows than one document holds.
MANY = "SELECT Msku, StartDate, SalesUnitsOrdered FROM Economics WHERE StartDate >= '2026-10-20'"
CREATE, LIST, GET, LOAD = "createQuery", "getQueries", "getQuery", "getDocument"


def asked(simulator: Simulator, operation: str) -> int:
    """Return how often an operation of Data Kiosk was called."""
    return sum(r.operation == f"dataKiosk_2023-11-15.{operation}" for r in simulator.log)


def made(simulator: Simulator, account: str = "na") -> list[dict[str, Any]]:
    """Return what the simulator keeps of each query that was made, in their order."""
    return list(simulator.store_of(account).records("query").values())


def warnings(connection: Connection) -> list[str]:
    return [str(text) for _, text in connection.messages]


def vendor(**properties: Any) -> tuple[Connection, Simulator]:
    return simulated(throttle="off", OAuthRefreshToken="Atzr|simulator-vendor", SellingPartner="Vendor", **properties)


# -- rows --------------------------------------------------------------------------------------------------------------

PAST = "StartDate >= '2026-10-25' AND EndDate <= '2026-11-14'"
COMING = "StartDate = '2026-11-20' AND EndDate = '2026-12-20'"


def statement(name: str, simulator: Simulator) -> str:
    """Return a statement that reads all columns of a table."""
    table = registry.table("SellingPartner", name)
    shape = data_kiosk.shape_of(table.entry.paths[0])
    skus = [s for s in simulator.world.skus() if s.fnsku][:3]
    where = COMING if shape.ahead else PAST
    if shape.marketplaces == "filters":
        where += f" AND ChildAsin IN ({', '.join(repr(s.asin) for s in skus)})"
    if shape.marketplaces == "one":
        where += f" AND Msku IN ({', '.join(repr(s.code) for s in skus)})"
    hidden = [c.name for c in table.columns if c.hidden and table.paths[0].sources.get(c.name) and not is_asked(c.name)]
    return f"SELECT *{''.join(f', {name}' for name in hidden)} FROM {name} WHERE {where}"


def is_asked(column: str) -> bool:
    return column in {a.column for s in data_kiosk.SHAPES.values() for a in s.asked} or column == "Products"


def below(row: Any, steps: list[str], at: dict[str, Any], path: str) -> Iterator[dict[str, Any]]:
    """Yield what stands on the way to each element of nested lists: the objects by their path."""
    at = {**at, path: row}
    if not steps:
        yield at
        return
    first, *rest = steps
    for element in value_at(row, first) or []:
        yield from below(element, rest, at, f"{path}.{first}[]")


def value_at(row: Any, path: str) -> Any:
    for step in path.split("."):
        row = row.get(step) if isinstance(row, dict) else None
    return row


def expected(source: ColumnSource, at: dict[str, Any], kind: Any) -> Any:
    holder = max((p for p in at if source.path.startswith(f"{p}.")), key=len)
    value = value_at(at[holder], source.path[len(holder) + 1 :])
    if value is None:
        return None
    if kind == MONEY:
        return Decimal(str(value)).quantize(Decimal("0.0001"))
    if kind == DATE:
        return dt.date.fromisoformat(value)
    return value


@pytest.mark.parametrize("name", data_kiosk.NAMES)
def test_every_column_of_a_table_has_what_the_document_has(name: str) -> None:
    is_vendor = registry.partner(registry.table("SellingPartner", name)) == "vendor"
    connection, simulator = vendor() if is_vendor else simulated(throttle="off")
    found = connection.cursor().execute(statement(name, simulator))
    got = found.fetchall()
    table = registry.table("SellingPartner", name)
    path = table.paths[0]
    columns = [d[0] for d in found.description or ()]
    queries = made(simulator, "vendor" if is_vendor else "na")
    lines = [json.loads(line) for query in queries for line in query["body"].splitlines()]
    steps = [s.lstrip(".") for s in path.row_path.removeprefix(ROWS).split("[]") if s]
    due = [at for line in lines for at in below(line, steps, {}, ROWS)]
    # What the simulated vendor is told of demands to come is nothing.
    assert len(got) == len(due)
    assert (len(got) > 3) is not (name == "VendorAnalyticsForecasts")
    kinds = [table.by_lower[column.lower()].type for column in columns]
    want = [[expected(path.sources[c], at, k) for c, k in zip(columns, kinds, strict=True)] for at in due]
    have = [[json.loads(v) if k == JSON and v else v for v, k in zip(row, kinds, strict=True)] for row in got]
    # Two queries are read in the order in which they are answered.
    assert sorted(have, key=repr) == sorted(want, key=repr)
    filled = [n for n, column in enumerate(columns) if any(row[n] is not None for row in got)]
    assert len(filled) >= 0.7 * len(columns) or not got


def test_sales_by_date_are_those_of_the_orders() -> None:
    connection, _ = simulated(throttle="off")
    kiosk = rows(connection, BY_DATE.replace("SalesUnitsOrdered", "SalesUnitsOrdered, SalesOrderedProductSalesAmount"))
    orders = rows(
        connection,
        "SELECT UnitCount, TotalSalesAmount FROM OrderMetrics WHERE Granularity = 'Day' AND "
        "RequestedInterval = '2026-11-02T00:00:00-08:00--2026-11-15T00:00:00-08:00' AND "
        "GranularityTimeZone = 'America/Los_Angeles'",
    )
    assert [row[1:] for row in kiosk] == orders
    assert [row[0] for row in kiosk] == [dt.date(2026, 11, day) for day in range(2, 15)]


def test_products_and_periods_add_up() -> None:
    connection, simulator = simulated(throttle="off")
    days = "StartDate >= '2026-11-01' AND EndDate <= '2026-11-14'"
    total = rows(connection, f"SELECT SUM(SalesUnitsOrdered) FROM SalesAndTrafficByDate WHERE {days}")[0][0]
    assert total > 100
    for grain in ("SKU", "CHILD", "PARENT"):
        by = f"SELECT SUM(SalesUnitsOrdered) FROM SalesAndTrafficByAsin WHERE {days} AND AggregateBy = '{grain}'"
        assert rows(connection, by) == [(total,)]
    weeks = rows(
        connection,
        f"SELECT AggregateBy, StartDate, EndDate, SalesUnitsOrdered FROM SalesAndTrafficByDate WHERE {days} AND "
        "AggregateBy IN ('week', 'DAY') ORDER BY 1, 2",
    )
    assert len(weeks) == 14 + 2
    assert sum(row[3] for row in weeks if row[0] == "WEEK") == sum(row[3] for row in weeks if row[0] == "DAY") == total
    fees = (
        "SELECT e.Msku, e.SalesOrderedProductSalesAmount, SUM(f.TotalAmount) FROM Economics e JOIN EconomicsFees f "
        f"USING (Msku, StartDate, EndDate, MarketplaceId) WHERE e.{days.replace('AND ', 'AND e.')} AND "
        f"f.{days.replace('AND ', 'AND f.')} AND e.AggregateByDate = 'RANGE' AND f.AggregateByDate = 'RANGE' "
        "GROUP BY ALL"
    )
    before = asked(simulator, CREATE)
    found = rows(connection, fees)
    assert len(found) > 20
    assert all(0 < fee < sold for _, sold, fee in found)
    # Both tables are read from one document.
    assert asked(simulator, CREATE) == before + 1


def test_several_marketplaces_are_one_query() -> None:
    connection, simulator = simulated(throttle="off", Marketplace="US,CA")
    days = "StartDate = '2026-11-10'"
    both = rows(connection, f"SELECT MarketplaceId, SalesUnitsOrdered FROM SalesAndTrafficByDate WHERE {days}")
    assert {row[0] for row in both} == {US, CA}
    assert asked(simulator, CREATE) == 1
    one = rows(
        connection,
        f"SELECT MarketplaceId, SalesUnitsOrdered FROM SalesAndTrafficByDate WHERE {days} AND MarketplaceId = '{CA}'",
    )
    assert one == [row for row in both if row[0] == CA]
    assert made(simulator)[1]["root"].fields[0].arguments["marketplaceIds"] == [CA]


def test_trends_take_thirty_products_a_query_and_marketplace() -> None:
    connection, simulator = simulated(throttle="off", Marketplace="US,CA")
    asins = list(dict.fromkeys(s.asin for s in simulator.world.skus()))[:31]
    listed = ", ".join(f"'{a}'" for a in asins)
    where = "WHERE StartDate >= '2026-11-02' AND StartDate < '2026-11-15'"
    found = rows(
        connection,
        f"SELECT ChildAsin, MarketplaceId, SUM(SalesUnitsOrdered) FROM SalesAndTrafficTrends {where} "
        f"AND ChildAsin IN ({listed}) GROUP BY ALL",
    )
    arguments = [q["root"].fields[0].arguments for q in made(simulator)]
    assert [[len(f["asins"]) for f in a["filters"]] for a in arguments] == [[30, 30], [1, 1]]
    by_asin = rows(
        connection,
        "SELECT ChildAsin, MarketplaceId, SalesUnitsOrdered FROM SalesAndTrafficByAsin WHERE StartDate = '2026-11-02' "
        f"AND EndDate = '2026-11-14' AND AggregateBy = 'CHILD' AND ChildAsin IN ({listed})",
    )
    assert sorted(found) == sorted(by_asin)
    assert len(found) > 20


def test_trends_take_the_products_of_another_table() -> None:
    connection, simulator = simulated(throttle="off", SellerId="A3SIMULATEDSELL")
    found = rows(
        connection,
        "SELECT i.ASIN, t.StartDate, t.SalesUnitsOrdered FROM InventorySupply i JOIN SalesAndTrafficTrends t "
        "ON t.ChildAsin = i.ASIN WHERE t.StartDate >= '2026-11-02' AND t.StartDate < '2026-11-15'",
    )
    assert len(found) > 50
    assert all(len(q["root"].fields[0].arguments["filters"][0]["asins"]) <= 30 for q in made(simulator))


def test_a_simulation_is_told_for_each_action() -> None:
    connection, simulator = simulated(throttle="off")
    sku = next(s for s in simulator.world.skus() if s.fnsku)
    products = json.dumps([{"identifier": {"type": "MSKU", "value": sku.code}, "inputContext": {"unitPerCarton": 4}}])
    where = f"WHERE {COMING} AND Products = '{products}'"
    found = rows(connection, f"SELECT Msku, ActionType, FeeTypeName FROM EconomicsSimulationFees {where}")
    assert sorted(found) == [(sku.code, "AWD", "AWD"), (sku.code, "SIPP", "SIPP")]
    context = made(simulator)[0]["root"].fields[0].arguments["products"][0]["inputContext"]
    assert context == {"unitPerCarton": 4}


SUMS = {
    # What is grouped by -> the periods and products that Amazon is asked for.
    "Msku": ("RANGE", "MSKU"),
    "ParentAsin": ("RANGE", "PARENT_ASIN"),
    "ChildAsin, MarketplaceId": ("RANGE", "CHILD_ASIN"),
    "DATE_TRUNC('month', StartDate)": ("MONTH", "PARENT_ASIN"),
    "EXTRACT(year FROM StartDate), QUARTER(EndDate)": ("MONTH", "PARENT_ASIN"),
    "StartDate": ("DAY", "PARENT_ASIN"),
    "Fnsku, EXTRACT(day FROM EndDate)": ("DAY", "MSKU"),
}


@pytest.mark.parametrize("keys", SUMS)
def test_amazon_adds_up_where_a_statement_only_does_that(keys: str) -> None:
    connection, simulator = simulated(throttle="off", orders=1500)
    where = "WHERE StartDate >= '2026-10-01' AND EndDate <= '2026-10-31'"
    sums = "SUM(SalesUnitsOrdered), SUM(NetProceedsTotalAmount) AS left, SUM(SalesOrderedProductSalesAmount)"
    sql = f"SELECT {keys}, {sums} FROM Economics {where}"
    added = rows(connection, f"{sql} GROUP BY ALL HAVING SUM(SalesUnitsOrdered) > 2 ORDER BY ALL")
    assert asked_for(simulator) == SUMS[keys]
    each = rows(
        connection,
        f"{sql} AND AggregateByDate = 'DAY' AND AggregateByProductId = 'MSKU' "
        "GROUP BY ALL HAVING SUM(SalesUnitsOrdered) > 2 ORDER BY ALL",
    )
    assert asked_for(simulator) == ("DAY", "MSKU")
    assert added == each
    assert added


SOLD = "SUM(SalesUnitsOrdered), SUM(SalesOrderedProductSalesAmount)"
SHIPPED = "SUM(ShippedOrdersShippedUnitsWithRevenueUnits), SUM(ShippedOrdersShippedUnitsWithRevenueValueAmount)"
MONTHS = "StartDate >= '2026-09-01' AND EndDate <= '2026-10-31'"
WEEKS = "StartDate >= '2026-11-01' AND StartDate < '2026-11-15'"
# (table, what is added up, by what, of which days, in which periods Amazon is asked)
ELSEWHERE = [
    ("SalesAndTrafficByDate", SOLD, "MONTH(StartDate)", MONTHS, "MONTH"),
    ("SalesAndTrafficByDate", SOLD, "MarketplaceId", MONTHS, "MONTH"),
    ("SalesAndTrafficByDate", SOLD, "1 = 1", WEEKS, "WEEK"),
    ("SalesAndTrafficByDate", SOLD, "DATE_TRUNC('week', StartDate)", WEEKS, "DAY"),
    ("SalesAndTrafficByDate", "SUM(TrafficSessions)", "MarketplaceId", WEEKS, "DAY"),
    ("SalesAndTrafficByDate", SOLD, "MarketplaceId", WEEKS.replace("15", "16"), "DAY"),
    ("SalesAndTrafficTrends", SOLD, "ChildAsin, YEAR(EndDate)", MONTHS, "MONTH"),
    ("VendorAnalyticsManufacturing", SHIPPED, "Asin, DATE_TRUNC('quarter', StartDate)", MONTHS, "MONTH"),
    ("VendorAnalyticsManufacturing", SHIPPED, "Asin", WEEKS, "WEEK"),
    ("VendorAnalyticsSourcingTotals", SHIPPED, "MarketplaceId", WEEKS, "WEEK"),
    ("VendorAnalyticsManufacturing", "SUM(ProductAvailabilitySellableOnHandInventoryUnits)", "Asin", WEEKS, "DAY"),
    ("VendorAnalyticsManufacturing", SHIPPED, "ProductTitle", WEEKS, "DAY"),
]


@pytest.mark.parametrize(("table", "sums", "keys", "days", "unit"), ELSEWHERE)
def test_what_may_be_added_up_is_asked_for_in_whole_periods(
    table: str, sums: str, keys: str, days: str, unit: str
) -> None:
    connection, simulator = vendor(orders=1500) if "Vendor" in table else simulated(throttle="off", orders=1500)
    argument, where = "aggregateBy", f"WHERE {days}"
    if table == "SalesAndTrafficTrends":
        asins = [s.asin for s in simulator.world.skus()][:5]
        argument, where = "dateAggregation", f"{where} AND ChildAsin IN ({', '.join(map(repr, asins))})"
    sql = f"SELECT {keys}, {sums} FROM {table} {where}"
    added = rows(connection, f"{sql} GROUP BY ALL ORDER BY ALL")
    column = next(a.column for a in data_kiosk.shape_of(registry.table("SellingPartner", table).entry.paths[0]).asked)
    each = rows(connection, f"{sql} AND {column} = 'DAY' GROUP BY ALL ORDER BY ALL")
    account = "vendor" if "Vendor" in table else "na"
    asked = [query["root"].fields[0] for query in made(simulator, account)]
    periods = [field.arguments[argument] for field in asked]
    assert periods == ([unit, "DAY"] if unit != "DAY" else ["DAY"])
    assert added == each
    assert any(value for row in added for value in row[-2:])


def asked_for(simulator: Simulator) -> tuple[str, str]:
    by = made(simulator)[-1]["root"].fields[0].arguments["aggregateBy"]
    return by["date"], by["productId"]


NOT_ADDED_UP = (
    "SELECT Msku, AVG(SalesUnitsOrdered) FROM Economics {} GROUP BY Msku",
    "SELECT Msku, SUM(SalesUnitsOrdered), COUNT(*) FROM Economics {} GROUP BY Msku",
    "SELECT Msku, SUM(DISTINCT SalesUnitsOrdered) FROM Economics {} GROUP BY Msku",
    "SELECT Msku, SUM(SalesUnitsOrdered) FILTER (SalesUnitsOrdered > 1) FROM Economics {} GROUP BY Msku",
    "SELECT Msku, SUM(SalesUnitsOrdered) FROM Economics {} AND SalesUnitsOrdered > 1 GROUP BY Msku",
    "SELECT Msku, SUM(SalesUnitsOrdered * 2) FROM Economics {} GROUP BY Msku",
    "SELECT Msku, SUM(NetProceedsPerUnitAmount) FROM Economics {} GROUP BY Msku",
    "SELECT Msku, SUM(SalesUnitsOrdered) OVER () FROM Economics {}",
    "SELECT Msku, list(ParentAsin), SUM(SalesUnitsOrdered) FROM Economics {} GROUP BY Msku",
    "SELECT DISTINCT Msku FROM Economics {}",
    "SELECT Msku, SUM(SalesUnitsOrdered) FROM Economics {} AND EXTRACT(day FROM StartDate) <> 5 GROUP BY Msku",
    "SELECT Msku, SUM(SalesUnitsOrdered) FROM Economics WHERE StartDate IN ('2026-11-02', '2026-11-09') GROUP BY Msku",
    "SELECT Identifier, Msku, SUM(TotalAmount) FROM EconomicsFees {} GROUP BY ALL",
)


@pytest.mark.parametrize("sql", NOT_ADDED_UP)
def test_what_is_more_than_a_sum_is_read_by_day_and_offer(sql: str) -> None:
    connection, simulator = simulated(throttle="off")
    assert rows(connection, sql.format("WHERE StartDate >= '2026-11-02' AND EndDate <= '2026-11-08'"))
    assert asked_for(simulator) == ("DAY", "MSKU")


def test_sales_of_parents_are_asked_for_but_not_their_visits() -> None:
    connection, simulator = simulated(throttle="off")
    for figure, grain in (("SalesUnitsOrdered", "PARENT"), ("TrafficSessions", "SKU")):
        sql = f"SELECT ParentAsin, SUM({figure}) FROM SalesAndTrafficByAsin WHERE StartDate = '2026-11-02' GROUP BY 1"
        assert rows(connection, sql)
        assert made(simulator)[-1]["root"].fields[0].arguments["aggregateBy"] == grain


# -- what is refused before any call -----------------------------------------------------------------------------------

TABLE = "SELECT SalesUnitsOrdered FROM SalesAndTrafficByDate WHERE "
REFUSED = {
    "a period that is none": (
        TABLE + "AggregateBy = 'WEEKLY' AND StartDate >= '2026-10-04'",
        "DAY or MONTH or WEEK, and",
    ),
    "a fee that is none": (
        f"SELECT * FROM EconomicsPreviewFees WHERE {COMING} AND FeeType IN ('X')",
        "FeeType is asked",
    ),
    "no days": ("SELECT * FROM SalesAndTrafficByDate LIMIT 3", "needs a filter on StartDate. For example: SELECT "),
    "no beginning": (TABLE + "EndDate <= '2026-11-01'", "needs a filter on StartDate"),
    "no product": ("SELECT * FROM SalesAndTrafficTrends WHERE StartDate = '2026-11-01'", "a filter on ChildAsin"),
    "no offer": (f"SELECT * FROM EconomicsSimulation WHERE {COMING}", "Msku, or ChildAsin, or Fnsku"),
    "week's beginning": (
        TABLE + "AggregateBy = 'WEEK' AND StartDate >= '2026-10-07'",
        "StartDate >= '2026-10-04' and StartDate >= '2026-10-11'",
    ),
    "week's end": (
        TABLE + "AggregateBy = 'WEEK' AND StartDate >= '2026-10-04' AND EndDate <= '2026-10-07'",
        "EndDate <= '2026-10-03' and EndDate <= '2026-10-10'",
    ),
    "end of its beginnings": (
        TABLE + "AggregateBy = 'MONTH' AND StartDate >= '2026-09-01' AND StartDate < '2026-10-07'",
        "StartDate < '2026-10-01' and StartDate < '2026-11-01'",
    ),
    "beginning of its ends": (
        TABLE + "AggregateBy = 'MONTH' AND EndDate >= '2026-09-07' AND StartDate < '2026-10-01'",
        "EndDate >= '2026-08-31' and EndDate >= '2026-09-30'",
    ),
    "a week's last day": (
        TABLE + "AggregateBy = 'WEEK' AND StartDate >= '2026-10-04' AND EndDate = '2026-10-07'",
        "EndDate = '2026-10-07' lies within one. The nearest borders are EndDate = '2026-10-03' and EndDate = '",
    ),
    "an end before the beginning": (
        TABLE + "StartDate >= '2026-11-12' AND EndDate <= '2026-11-10'",
        "the days end (2026-11-10) before they begin (2026-11-12)",
    ),
    "too far back": (
        "SELECT * FROM SalesAndTrafficByAsin WHERE StartDate >= '2023-01-01'",
        "gives no days before 2024-11-18",
    ),
    "too far ahead": (
        "SELECT * FROM EconomicsPreview WHERE StartDate = '2026-11-20' AND EndDate = '2027-11-20'",
        "gives no days after 2027-03-18",
    ),
    "what is past": (
        "SELECT * FROM EconomicsPreview WHERE StartDate = '2026-11-01' AND EndDate = '2026-12-01'",
        "gives no days before 2026-11-18",
    ),
    "no JSON": (f"SELECT * FROM EconomicsSimulation WHERE {COMING} AND Products = 'x'", "Products is no JSON"),
    "strange JSON": (
        f"SELECT * FROM EconomicsSimulation WHERE {COMING} AND Products = '[{{\"sku\": 1}}]'",
        "products has no sku",
    ),
    "a vendor's": ("SELECT * FROM SellingPartner.VendorAnalyticsSourcing", "a table of vendors"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_asked_is_refused_before_any_call(name: str) -> None:
    sql, says = REFUSED[name]
    connection, simulator = simulated(SellingPartner="Seller")
    with pytest.raises(ProgrammingError) as refused:
        rows(connection, sql)
    assert says in str(refused.value)
    assert simulator.log == []


ALIGNED = {
    "StartDate >= '2026-10-04' AND EndDate <= '2026-10-17'": ("2026-10-04", "2026-10-17"),
    "StartDate >= '2026-10-04' AND StartDate < '2026-10-18'": ("2026-10-04", "2026-10-17"),
    "StartDate BETWEEN '2026-10-04' AND '2026-10-11'": ("2026-10-04", "2026-10-17"),
    "StartDate IN ('2026-10-04', '2026-10-11')": ("2026-10-04", "2026-10-17"),
    "StartDate = '2026-10-04'": ("2026-10-04", "2026-10-10"),
    "StartDate > '2026-10-03' AND EndDate < '2026-10-18'": ("2026-10-04", "2026-10-17"),
    "EndDate = '2026-10-10'": ("2026-10-04", "2026-10-10"),
    # A week that is not over has no row yet.
    "StartDate >= '2026-10-25'": ("2026-10-25", "2026-11-14"),
    "StartDate >= '2026-10-25' AND StartDate < '2026-11-22'": ("2026-10-25", "2026-11-14"),
}


@pytest.mark.parametrize("where", ALIGNED)
def test_weeks_that_are_named_are_asked_for(where: str) -> None:
    connection, simulator = simulated(throttle="off")
    found = rows(
        connection, f"SELECT StartDate, EndDate FROM SalesAndTrafficByDate WHERE {where} AND AggregateBy = 'WEEK'"
    )
    first, last = (dt.date.fromisoformat(day) for day in ALIGNED[where])
    arguments = made(simulator)[0]["root"].fields[0].arguments
    assert (arguments["startDate"], arguments["endDate"]) == ALIGNED[where]
    known = max(first, dt.date(2026, 10, 18))
    assert [row[0] for row in found] == [known + dt.timedelta(days=n) for n in range(0, (last - known).days, 7)]


def test_days_that_amazon_does_not_give_are_told() -> None:
    connection, simulator = simulated(throttle="off")
    rows(connection, TABLE + "StartDate >= '2023-01-01' AND StartDate < '2025-01-01'")
    assert made(simulator)[0]["root"].fields[0].arguments["startDate"] == "2024-11-18"
    assert any("no days before 2024-11-18" in text for text in warnings(connection))
    rows(connection, TABLE + "StartDate >= '2026-11-01' AND StartDate < '2026-12-01' AND AggregateBy = 'MONTH'")
    assert any("a month has a row when it is over" in text for text in warnings(connection))
    assert rows(connection, TABLE + "StartDate >= '2027-11-12'") == []
    assert any("holds nothing from 2027-11-12 on, which lies ahead" in text for text in warnings(connection))
    assert asked(simulator, CREATE) == 1


# -- the life of a query -----------------------------------------------------------------------------------------------


def test_a_question_takes_few_calls_and_the_same_again_fewer() -> None:
    connection, simulator = simulated()
    cursor = connection.cursor()
    first = cursor.execute(BY_DATE).fetchall()
    assert (asked(simulator, LIST), asked(simulator, CREATE), asked(simulator, LOAD)) == (1, 1, 1)
    assert asked(simulator, GET) <= 8
    assert cursor.stats is not None
    assert cursor.stats.seconds < 1.3 * (made(simulator)[0]["ends"] - made(simulator)[0]["created"])
    before = len(simulator.log)
    assert rows(connection, BY_DATE) == first
    # The document is downloaded again, and nothing else.
    assert [r.operation for r in simulator.log[before:]] == ["documents.get"]


def test_looking_again_is_not_among_the_requests_that_a_statement_may_send() -> None:
    connection, simulator = simulated(MaxRequests="4")
    assert len(rows(connection, BY_DATE)) == 13
    assert asked(simulator, GET) > 2
    other, simulator = simulated(MaxRequests="3")
    with pytest.raises(BudgetExceeded, match="MaxRequests"):
        rows(other, BY_DATE)
    assert simulator.log == []


def test_another_process_finds_the_query_that_was_made() -> None:
    connection, simulator = simulated()
    first = rows(connection, BY_DATE)
    other = over(simulator, connection.runtime.clock)
    assert rows(other, BY_DATE) == first
    assert (asked(simulator, CREATE), asked(simulator, LIST)) == (1, 2)


def test_kept_documents_answer_without_a_call(tmp_path: Path) -> None:
    def process(clock: VirtualClock, simulator: Simulator) -> Connection:
        settings = read("", **{"Marketplace": "US", "ReportMemo": "2", **SECRETS})
        runtime = Runtime(settings, app=simulator, clock=clock)
        runtime.state = StateFolder(tmp_path)
        runtime.book = Book(runtime.state, clock, "shop")
        return Connection(settings, runtime)

    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=250)
    first = rows(process(clock, simulator), BY_DATE)
    clock.wait(clock.now() + 86400)
    before = len(simulator.log)
    assert rows(process(clock, simulator), BY_DATE) == first
    assert len(simulator.log) == before
    clock.wait(clock.now() + 86400)
    assert rows(process(clock, simulator), BY_DATE) == first
    assert asked(simulator, CREATE) == 2


def test_a_query_that_runs_already_is_waited_for() -> None:
    """Amazon takes no second query of the same text at a time."""
    connection, simulator = simulated()
    cursor = connection.cursor()
    rows(connection, "SELECT MarketplaceId FROM MarketplaceParticipations")
    text = (
        "query { analytics_salesAndTraffic_2024_04_24 { salesAndTrafficByDate(aggregateBy: DAY, "
        'endDate: "2026-11-14", marketplaceIds: ["ATVPDKIKX0DER"], startDate: "2026-11-02") '
        "{ marketplaceId sales { unitsOrdered } startDate } } }"
    )
    token = simulator.log[-1]
    assert token.status == 200
    ask(simulator, text)
    found = cursor.execute(BY_DATE).fetchall()
    assert len(found) == 13
    assert asked(simulator, CREATE) == 1


def ask(simulator: Simulator, text: str) -> None:
    """Make a query as another application of the seller would."""
    with httpx.Client(transport=httpx.WSGITransport(app=simulator), base_url="https://simulator.invalid") as client:
        form = {"grant_type": "refresh_token", "refresh_token": "Atzr|planted-refresh-token", "client_id": "x"}
        token = client.post("/auth/o2/token", data=form | {"client_secret": "y"}).json()["access_token"]
        headers = {"x-amz-access-token": token}
        answer = client.post("/dataKiosk/2023-11-15/queries", json={"query": text}, headers=headers)
        assert answer.status_code == 202, answer.text


def test_an_answer_grows_old_unless_its_days_are_long_past() -> None:
    connection, simulator = simulated(throttle="off", ReportAge="7200")
    clock = connection.runtime.clock
    past = BY_DATE.replace("2026-11-02", "2026-10-25").replace("2026-11-15", "2026-11-01")
    for sql in (BY_DATE, past):
        rows(connection, sql)
    clock.wait(clock.now() + 6000)
    for sql in (BY_DATE, past):
        rows(connection, sql)
    assert asked(simulator, CREATE) == 2
    clock.wait(clock.now() + 6000)
    for sql in (BY_DATE, past):
        rows(connection, sql)
    assert asked(simulator, CREATE) == 3
    clock.wait(clock.now() + 29 * 86400)
    rows(connection, past)
    assert asked(simulator, CREATE) == 4


def test_what_a_statement_did_not_wait_for_is_there_for_the_next() -> None:
    connection, simulator = simulated(Fault("*.getQuery", "stuck", 1, times=12), StatementTimeout="150")
    says = r"query \d+ \(salesAndTrafficByDate\) is not answered yet.*ask the same.*is not made twice"
    with pytest.raises(BudgetExceeded, match=says):
        rows(connection, BY_DATE)
    clock = connection.runtime.clock
    clock.wait(clock.now() + 600)
    while True:
        try:
            assert len(rows(connection, BY_DATE)) == 13
        except BudgetExceeded:
            continue
        break
    assert asked(simulator, CREATE) == 1


def test_a_statement_that_has_no_time_to_wait_says_so_before_any_call_and_reads_what_is_there() -> None:
    connection, simulator = simulated(StatementTimeout="40")
    with pytest.raises(BudgetExceeded, match="needs about 4 requests and 2 min"):
        rows(connection, BY_DATE)
    assert simulator.log == []
    quick, other = simulated(StatementTimeout="20", Latency="Interactive")
    with pytest.raises(BudgetExceeded, match=r"salesAndTrafficByDate\) is not answered yet"):
        rows(quick, BY_DATE)
    clock = quick.runtime.clock
    clock.wait(clock.now() + 200)
    assert len(rows(quick, BY_DATE)) == 13
    assert asked(other, CREATE) == 1
    clock.wait(clock.now() + 200)
    assert len(rows(quick, BY_DATE)) == 13


def test_cancel_ends_the_wait_and_the_query_goes_on() -> None:
    connection, simulator = simulated()
    cursor = connection.cursor()

    def told(text: str) -> None:
        if "is being made" in text:
            cursor.cancel()

    cursor.progress = told
    with pytest.raises(Cancelled):
        cursor.execute(BY_DATE)
    assert asked(simulator, CREATE) == 1
    assert len(rows(connection, BY_DATE)) == 13
    assert asked(simulator, CREATE) == 1


def test_a_query_that_somebody_cancels_is_an_error_and_made_anew() -> None:
    connection, simulator = simulated()
    cursor = connection.cursor()

    def told(text: str) -> None:
        if "is being made" in text and made(simulator)[0]["stopped"] is None:
            made(simulator)[0]["stopped"] = simulator.now()

    cursor.progress = told
    with pytest.raises(OperationalError, match="was cancelled at Amazon"):
        cursor.execute(BY_DATE)
    cursor.progress = None
    assert len(rows(connection, BY_DATE)) == 13
    assert asked(simulator, CREATE) == 2


def test_a_query_that_fails_says_why_and_is_not_made_again_at_once() -> None:
    connection, simulator = simulated(Fault("*.createQuery", "fatal"))
    for _ in range(2):
        with pytest.raises(
            OperationalError, match=r"could not answer salesAndTrafficByDate from 2026-11-02 to .*FATAL"
        ):
            rows(connection, BY_DATE)
    assert asked(simulator, CREATE) == 1
    clock = connection.runtime.clock
    clock.wait(clock.now() + 400)
    assert len(rows(connection, BY_DATE)) == 13


def test_no_data_is_no_rows_and_a_warning() -> None:
    connection, simulator = simulated()
    sql = "SELECT * FROM SalesAndTrafficByAsin WHERE StartDate = '2025-03-01' AND EndDate = '2025-03-31'"
    assert rows(connection, sql) == []
    assert any("no data of salesAndTrafficByAsin from 2025-03-01 to 2025-03-31" in t for t in warnings(connection))
    assert rows(connection, sql) == []
    assert asked(simulator, CREATE) == 1


def test_nothing_but_zeros_is_told() -> None:
    connection, _ = simulated(orders=3, throttle="off")
    days = rows(connection, BY_DATE)
    assert warnings(connection) == []
    empty = next(day for day, units in days if units == 0)
    assert rows(connection, f"{TABLE} StartDate = '{empty}'") == [(0,)]
    assert any("nothing but zeros for salesAndTrafficByDate" in text for text in warnings(connection))
    other, _ = simulated(throttle="off")
    rows(other, BY_DATE)
    assert warnings(other) == []


PASSING = {
    "address over": Fault("documents.get", "expired_url", 1),
    "address over when it is told": Fault("*.getDocument", "expired_url", 1),
    "connection cut": Fault("documents.get", "cut", 1),
    "500 while it is made": Fault("*.createQuery", "status", 1),
    "429 while it is looked at": Fault("*.getQuery", "status", 2, status=429),
    "503 on the storage": Fault("documents.get", "status", 1, status=503),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_changes_no_row(name: str) -> None:
    good, _ = simulated()
    connection, simulator = simulated(PASSING[name])
    assert rows(connection, BY_DATE) == rows(good, BY_DATE)
    assert len(made(simulator)) == 1


@pytest.mark.parametrize("kind", ["truncate", "gzip"])
def test_a_document_that_is_not_whole_gives_an_error(kind: Any) -> None:
    connection, _ = simulated(Fault("documents.get", kind, 1, times=0))
    with pytest.raises((OperationalError, DataError)):
        rows(connection, BY_DATE)


def test_an_answer_of_several_documents_is_read_to_its_end() -> None:
    connection, simulator = simulated(orders=4000, throttle="off")
    cursor = connection.cursor()
    assert len(cursor.execute(f"{MANY} LIMIT 10").fetchall()) == 10
    assert asked(simulator, CREATE) == 1
    found = cursor.execute(MANY).fetchall()
    parts = len(made(simulator))
    assert 1000 * (parts - 1) < len(found) <= 1000 * parts
    assert parts > 1
    assert len(set(found)) == len(found)
    assert asked(simulator, CREATE) == parts
    # All parts are known, and asked for again by nobody.
    assert cursor.execute(MANY).fetchall() == found
    assert asked(simulator, CREATE) == parts
    # Another process cannot tell which part a query is: it makes its own.
    other = over(simulator, connection.runtime.clock)
    assert rows(other, MANY) == found
    assert asked(simulator, CREATE) == 2 * parts


class OneAtATime:
    """Amazon that works at one query of an account at a time."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator, self.refused = simulator, 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        creates = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith("/queries")
        if creates and any(q["ends"] > self.simulator.now() for q in made(self.simulator)):
            self.refused += 1
            start("400 Bad Request", [("Content-Type", "application/json")])
            text = "The maximum number of non-terminal queries is reached."
            return [json.dumps({"errors": [{"code": "InvalidInput", "message": text}]}).encode()]
        return self.simulator(environ, start)


def test_queries_wait_their_turn_where_amazon_takes_one_at_a_time() -> None:
    clock = VirtualClock(NOW)
    app = OneAtATime(Simulator(clock, orders=250))
    connection = over(app, clock)
    found = rows(
        connection,
        "SELECT AggregateBy, StartDate, SalesUnitsOrdered FROM SalesAndTrafficByDate WHERE "
        "StartDate >= '2026-11-01' AND EndDate <= '2026-11-14' AND AggregateBy IN ('DAY', 'WEEK')",
    )
    assert len(found) == 16
    assert app.refused > 0
    times = [(q["created"], q["ends"]) for q in made(app.simulator)]
    assert len(times) == 2
    assert times[0][1] <= times[1][0]


def test_what_amazon_refuses_otherwise_is_an_error() -> None:
    connection, _ = simulated(Fault("*.createQuery", "status", 1, times=0, status=400))
    with pytest.raises(ApiError, match="createQuery answered 400"):
        rows(connection, BY_DATE)


# -- what is told ------------------------------------------------------------------------------------------------------


def test_explain_asks_nothing_and_shows_the_query_and_its_cost() -> None:
    connection, simulator = simulated()
    found = rows(connection, f"EXPLAIN {BY_DATE}")
    step = found[0]
    assert (step[1], step[2], step[3]) == ("Query", "SalesAndTrafficByDate", "dataKiosk_2023-11-15.createQuery")
    for part in (
        "salesAndTrafficByDate",
        "startDate=2026-11-02",
        "endDate=2026-11-14",
        "sales.unitsOrdered",
        "8 polls",
    ):
        assert part in step[4]
    assert step[6:8] == (13, 4)
    assert 120 <= step[8] < 125
    assert simulator.log == []
    analyzed = rows(connection, f"EXPLAIN ANALYZE {BY_DATE}")
    assert analyzed[0][11] == 13


def test_how_long_a_query_takes_is_learned() -> None:
    connection, simulator = simulated(ReportTime="600")
    assert 600 <= rows(connection, f"EXPLAIN {BY_DATE}")[0][8] < 605
    rows(connection, BY_DATE)
    took = made(simulator)[0]["ends"] - made(simulator)[0]["created"]
    assert took <= rows(connection, f"EXPLAIN {BY_DATE}")[0][8] < took + 5


def test_rows_say_where_they_come_from() -> None:
    connection, simulator = simulated()
    cursor = connection.cursor()
    statement = BY_DATE.replace("SELECT StartDate", "SELECT _Source, _AsOf, StartDate")
    source, at, day, _ = cursor.execute(statement).fetchall()[0]
    assert source == "dataKiosk.salesAndTrafficByDate"
    assert at.timestamp() == made(simulator)[0]["created"]
    assert day == dt.date(2026, 11, 2)


def test_tables_are_listed_for_whose_they_are() -> None:
    connection, _ = vendor()
    with pytest.raises(ProgrammingError, match="a table of sellers"):
        rows(connection, "SELECT * FROM SellingPartner.Economics")
    read = "SELECT StartDate FROM VendorAnalyticsSourcingTotals WHERE StartDate = '2026-11-10'"
    assert set(rows(connection, read)) == {(dt.date(2026, 11, 10),)}
    sellers, vendors = (set(registry.names(s)) & set(data_kiosk.NAMES) for s in ("SellerCentral", "VendorCentral"))
    assert sellers | vendors == set(data_kiosk.NAMES)
    assert not sellers & vendors
    assert all(name.startswith("VendorAnalytics") for name in vendors)


def test_statements_that_want_the_same_at_once_share_the_query() -> None:
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=250)
    connection = over(simulator, clock)
    found: list[list[tuple[Any, ...]]] = []
    threads = [threading.Thread(target=lambda: found.append(rows(connection, BY_DATE))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 3
    assert found[0] == found[1] == found[2]
    assert asked(simulator, CREATE) == 1
