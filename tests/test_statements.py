# ruff: noqa: E501 - statements are read best on one line
"""SELECTs through the driver against the simulator: what they cost, what is refused and how, what the engine can do."""

from __future__ import annotations

import datetime as dt
import decimal
import os
import uuid
from dataclasses import replace
from typing import Any

import pytest

import amzsql
from amzsql.connection import Connection
from amzsql.plan.planner import plan

TODAY = os.environ.get("AMZSQL_TEST_TODAY", "2026-11-21")
AFTER_V0 = "2027-04-01"
ALL = "ATVPDKIKX0DER,A2EUQ1WTGCTBG2,A1AM78C64UM0Y8"
SIMULATED = {"Marketplace": ALL}
_seeds = iter(range(1000, 100_000))


def fresh(orders: int = 60, today: str = TODAY, **properties: object) -> Connection:
    """Return a connection to a world of its own: full buckets, an empty log."""
    return amzsql.connect(Simulator=f"seed={next(_seeds)},orders={orders},today={today}", **{**SIMULATED, **properties})


@pytest.fixture(scope="module")
def connection() -> Connection:
    """A small world that tests share: they read, and look at rows only."""
    return fresh()


def rows(connection: Connection, sql: str, parameters: object = None) -> list[tuple]:
    cursor = connection.cursor()
    cursor.execute(sql, parameters)
    return cursor.fetchall()


def asked(connection: Connection) -> list[tuple[str, int]]:
    """Return (operation, status) of the calls that the simulator answered, tokens aside."""
    return [(r.operation, r.status) for r in connection.runtime.simulator.log if r.operation != "lwa.token"]


def pages(connection: Connection) -> list[tuple[str, int]]:
    """Return the calls for rows: those that only count beforehand aside."""
    return [call for call in asked(connection) if call[0] != "sales.getOrderMetrics"]


def explained(connection: Connection, sql: str) -> int:
    """Return the requests that EXPLAIN announces."""
    cursor = connection.cursor()
    cursor.execute(f"EXPLAIN {sql}")
    names = [d[0] for d in cursor.description]
    return cursor.fetchall()[-1][names.index("Requests")]


# -- what it must show -------------------------------------------------------------------------------------------------


def test_limit_10_is_one_request_of_ten_rows() -> None:
    connection = fresh(orders=200)
    assert explained(connection, "SELECT * FROM Orders LIMIT 10") == 1
    assert asked(connection) == []
    assert len(rows(connection, "SELECT * FROM Orders LIMIT 10")) == 10
    assert asked(connection) == [("orders_2026-01-01.searchOrders", 200)]
    (call,) = [r for r in connection.runtime.simulator.log if r.operation != "lwa.token"]
    assert call.query["maxResultsPerPage"] == "10"


def test_thirty_days_of_orders_with_their_items_take_at_most_21_requests() -> None:
    connection = fresh(orders=2000)
    sql = (
        "SELECT o.AmazonOrderId, i.OrderItemId, i.QuantityOrdered FROM Orders o "
        "JOIN OrderItems i ON o.AmazonOrderId = i.AmazonOrderId WHERE o.PurchaseDate >= CURRENT_DATE - INTERVAL 30 DAY"
    )
    found = rows(connection, sql)
    calls = asked(connection)
    assert len({order for order, *_ in found}) == 2000
    assert len(calls) <= 21
    assert {status for _, status in calls} == {200}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a.AmazonOrderId, b.OrderStatus FROM Orders a JOIN Orders b ON a.AmazonOrderId = b.AmazonOrderId",
        "WITH o AS (SELECT * FROM Orders) SELECT a.AmazonOrderId FROM o a LEFT JOIN o b USING (AmazonOrderId)",
        "WITH o AS (SELECT AmazonOrderId AS k FROM Orders) SELECT k FROM o WHERE k IN (SELECT max(k) FROM o)",
        "SELECT AmazonOrderId FROM Orders UNION ALL SELECT AmazonOrderId FROM Orders",
        "SELECT o.AmazonOrderId, i.SellerSKU FROM Orders o LEFT JOIN OrderItems i USING (AmazonOrderId)",
    ],
)
def test_each_page_is_requested_once(sql: str) -> None:
    connection = fresh(orders=250, OrdersApi="2026")
    assert rows(connection, sql)
    assert len(pages(connection)) == 3


def of_ids(connection: Connection, count: int) -> str:
    world = connection.runtime.simulator.world
    ids = ", ".join(f"'{world.order_id(world.head(n))}'" for n in range(count))
    return (
        f"SELECT AmazonOrderId, OrderStatus, PurchaseDate, OrderTotalAmount FROM Orders WHERE AmazonOrderId IN ({ids})"
    )


@pytest.mark.skipif(TODAY >= "2027-03-27", reason="Orders v0 is gone")
def test_120_ids_take_three_requests() -> None:
    connection = fresh(orders=200)
    sql = of_ids(connection, 120)
    assert explained(connection, sql) == 3
    assert len(rows(connection, sql)) == 120
    assert len(asked(connection)) <= 3


def test_120_ids_after_v0_take_120_requests_and_explain_says_so() -> None:
    connection = fresh(orders=200, today=AFTER_V0)
    sql = of_ids(connection, 120)
    assert explained(connection, sql) == 120
    assert len(rows(connection, sql)) == 120
    calls = asked(connection)
    assert len(calls) == 120
    assert not [name for name, _ in calls if name.startswith("ordersV0")]


def test_the_first_row_comes_after_one_page() -> None:
    connection = fresh(orders=500)
    cursor = connection.cursor()
    cursor.execute("SELECT AmazonOrderId FROM Orders")
    assert cursor.fetchone() is not None
    assert len(pages(connection)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 30 DAY",
        "SELECT o.AmazonOrderId, i.SellerSKU FROM Orders o JOIN OrderItems i USING (AmazonOrderId)",
        "SELECT OrderStatus, count(*) FROM Orders GROUP BY 1",
    ],
)
def test_explain_with_the_true_counts_is_what_happened(sql: str) -> None:
    connection = fresh(orders=350, OrdersApi="2026")
    cursor = connection.cursor()
    cursor.execute(sql)
    made = cursor._result.plan
    cursor.fetchall()
    counts = {fetch.signature: (350,) for fetch in made.fetches}
    again = plan(made.bound, replace(connection.situation(made.bound, None), now=made.bound.now, counts=counts))
    assert len(pages(connection)) == 4
    assert (again.requests, again.basis) == (4, "exact")


# -- rows that LIMIT picks ---------------------------------------------------------------------------------------------

ORDERS_3 = "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate < CURRENT_DATE"
COUNTED = "(SELECT count(*) FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId)"


def split(connection: Connection) -> tuple[int, int]:
    """Return the calls that gave pages of orders, and those that asked for the items of one order."""
    names = [name for name, status in pages(connection) if status == 200]
    keyed = sum(name.endswith(("getOrder", "getOrderItems")) for name in names)
    return len(names) - keyed, keyed


@pytest.mark.parametrize(
    "api", ["Auto", pytest.param("v0", marks=pytest.mark.skipif(TODAY >= "2027-03-27", reason="Orders v0 is gone"))]
)
@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT AmazonOrderId FROM OrderItems WHERE AmazonOrderId IN ({ORDERS_3} LIMIT 3)",
        f"SELECT o.AmazonOrderId FROM ({ORDERS_3} LIMIT 3) o JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId",
        f"WITH o AS ({ORDERS_3} LIMIT 3) SELECT AmazonOrderId FROM o LEFT JOIN OrderItems i USING (AmazonOrderId)",
        f"WITH o AS ({ORDERS_3} LIMIT 3) SELECT AmazonOrderId FROM o JOIN o p USING (AmazonOrderId) JOIN OrderItems USING (AmazonOrderId)",
        f"SELECT AmazonOrderId FROM ({ORDERS_3} LIMIT 3) o WHERE {COUNTED} > 0",
        f"SELECT o.AmazonOrderId, {COUNTED} FROM Orders o WHERE o.PurchaseDate < CURRENT_DATE LIMIT 3",
        f"SELECT o.AmazonOrderId, {COUNTED} FROM Orders o WHERE o.PurchaseDate < CURRENT_DATE LIMIT 2 OFFSET 1",
    ],
)  # fmt: skip
def test_only_the_keys_of_what_limit_picks_are_asked_for(sql: str, api: str) -> None:
    connection = fresh(orders=400, OrdersApi=api)
    announced = explained(connection, sql)
    found = {order for order, *_ in rows(connection, sql)}
    count = 2 if "OFFSET" in sql else 3
    assert len(found) == count
    assert split(connection) == (1, count)
    assert announced == 1 + count


@pytest.mark.skipif(TODAY >= "2027-03-27", reason="Orders v0 is gone")
@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT AmazonOrderId FROM OrderItems WHERE AmazonOrderId IN ({ORDERS_3} ORDER BY PurchaseDate DESC LIMIT 3)",
        f"SELECT o.AmazonOrderId, {COUNTED} FROM Orders o WHERE o.PurchaseDate < CURRENT_DATE ORDER BY o.PurchaseDate DESC LIMIT 3",
    ],
)
def test_the_keys_are_those_of_the_last_orders(sql: str) -> None:
    connection = fresh(orders=400, OrdersApi="v0")
    last = {order for (order,) in rows(connection, f"{ORDERS_3} ORDER BY PurchaseDate DESC LIMIT 3")}
    connection.runtime.simulator.log.clear()
    assert {order for order, *_ in rows(connection, sql)} == last
    assert split(connection) == (4, 3)


@pytest.mark.skipif(TODAY >= "2027-03-27", reason="Orders v0 is gone")
def test_the_choice_of_what_runs_first_is_kept_for_a_day() -> None:
    connection = fresh(orders=400, OrdersApi="v0")
    sql = f"SELECT ASIN FROM OrderItems WHERE AmazonOrderId IN ({ORDERS_3} LIMIT 3)"
    made = []
    for _ in range(2):
        cursor = connection.cursor().execute(sql)
        made.append(cursor._result.plan.choice)
        cursor.fetchall()
    assert made == [("staged", "ordersV0.getOrders", "ordersV0.getOrderItems")] * 2


def test_what_limit_picks_may_be_nothing() -> None:
    connection = fresh()
    sql = "SELECT ASIN FROM OrderItems WHERE AmazonOrderId IN (SELECT AmazonOrderId FROM Orders WHERE OrderStatus = 'Delivered' LIMIT 3)"
    assert rows(connection, sql) == []
    assert asked(connection) == []


# -- budgets -----------------------------------------------------------------------------------------------------------


def test_two_years_of_orders_are_refused_when_the_budget_forbids_them() -> None:
    connection = fresh(orders=20_000, MaxRequests=20)
    with pytest.raises(
        amzsql.OperationalError, match=r"about (19|20)\d requests.*20 requests \(MaxRequests\).*PurchaseDate"
    ):
        rows(connection, "SELECT * FROM Orders")
    assert pages(connection) == []


def test_two_years_of_orders_are_refused_when_there_is_no_time() -> None:
    connection = fresh(orders=20_000, StatementTimeout=60)
    with pytest.raises(amzsql.OperationalError, match=r"on Amazon's clock.*60 s \(StatementTimeout\).*LIMIT"):
        rows(connection, "SELECT * FROM Orders")
    assert pages(connection) == []


@pytest.mark.parametrize(
    "api", ["2026", pytest.param("v0", marks=pytest.mark.skipif(TODAY >= "2027-03-27", reason="Orders v0 is gone"))]
)
def test_a_probe_s_count_serves_whatever_path_is_taken_and_what_is_estimated_later(api: str) -> None:
    connection = fresh(orders=2000, OrdersApi=api, MaxRequests=5)
    sql = "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 30 DAY"
    assert explained(connection, sql) == 9
    with pytest.raises(amzsql.OperationalError, match=r"about 20 requests"):
        rows(connection, sql)
    assert pages(connection) == []
    assert explained(connection, sql) == 20
    connection.settings = replace(connection.settings, max_requests=0)
    found = Connection(connection.settings, connection.runtime)
    assert len(rows(found, sql)) == 2000
    assert len(pages(connection)) == 20


def test_computing_takes_no_time_on_a_virtual_clock() -> None:
    connection = fresh(StatementTimeout=0.001)
    cursor = connection.cursor().execute("SELECT count(*) FROM range(3000) a, range(3000) b WHERE a.range < b.range")
    assert cursor.fetchall() == [(4_498_500,)]
    assert cursor.stats.seconds == 0


def test_what_fits_the_budget_runs() -> None:
    assert len(rows(fresh(MaxRequests=1), "SELECT * FROM Orders LIMIT 5")) == 5


# -- bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM Ordres", "no table Ordres.*Did you mean Orders"),
        (
            "SELECT * FROM InboundPlan",
            "no table InboundPlan. It is in SellerCentral: write SellerCentral.InboundPlan, or",
        ),
        ("SELECT * FROM SellerCentral.VendorOrders", "no table VendorOrders in schema SellerCentral. It is in Selling"),
        ("SELECT * FROM SelingPartner.Orders", "no schema SelingPartner.*SellingPartner"),
        ("SELECT OrderStats FROM Orders", "no column OrderStats in Orders.*OrderStatus"),
        ("SELECT o.PurchaseDat FROM Orders o", "no column PurchaseDat.*PurchaseDate"),
        ("SELECT x.PurchaseDate FROM Orders o", "no table or alias x"),
        ("SELECT summ(OrderTotalAmount) FROM Orders", "(?s)summ.*sum"),
        ("SELECT * FROM OrderMetrics", "OrderMetrics needs a filter on .*For example: SELECT"),
        ("SELECT 1; SELECT 2", "Two statements"),
        ("SELECT * FROM read_csv('/etc/passwd')", "(?i)read_csv.*not available"),
        ("SELECT * FROM '/etc/passwd'", "no table"),
        ("COPY Orders TO 'x.csv'", "COPY is not available"),
        ("ATTACH 'x.db'", "ATTACH is not available"),
        ("PRAGMA version", "PRAGMA is not available"),
        ("SET threads = 1", "SET is not available"),
        ("INSTALL httpfs", "INSTALL is not available"),
        ("SELECT getenv('HOME')", "getenv.*not available.*environment"),
        ("SELECT current_setting('threads')", "current_setting.*not available.*settings"),
        ("SELECT * FROM duckdb_settings()", "duckdb_settings.*not available"),
        ("SELECT * INTO x FROM Orders", "INTO is not available|Syntax error"),
        ("", "empty"),
        ("   ;", "empty"),
        ("-- nothing", "empty"),
        ("SELEC 1", "Syntax error|is not a statement"),
        ("SELECT (1", "Syntax error"),
        ("SELECT 'open", "Syntax error"),
        ("SELECT list_value(1, 2)[1]", "list_extract"),
        ("SELECT [1, 2]", "list_value"),
        ("PIVOT Orders ON OrderStatus USING count(*)", "IN list"),
        ("SELECT * FROM Orders o, OrderItems o", "Two tables are called o"),
        ("SELECT SellerOrderId, Programs FROM Orders", "No single access path of Orders"),
    ],
)
def test_bad_input_says_what_is_wrong(sql: str, message: str) -> None:
    connection = fresh()
    with pytest.raises(amzsql.ProgrammingError, match=message):
        rows(connection, sql)
    assert asked(connection) == []


def test_an_unknown_enum_value_warns_and_asks_nothing() -> None:
    connection = fresh()
    cursor = connection.cursor()
    cursor.execute("SELECT AmazonOrderId FROM Orders WHERE OrderStatus = 'Delivered'")
    assert cursor.fetchall() == []
    assert "'Delivered'" in str(cursor.messages[0][1])
    assert asked(connection) == []


def test_masked_columns_warn_with_the_role(connection: Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("SELECT BuyerInfoBuyerName FROM Orders LIMIT 3")
    assert cursor.fetchall() == [(None,)] * 3
    assert "Tax Remittance" in str(cursor.messages[0][1])


@pytest.mark.parametrize(
    ("api", "warned"),
    [
        ("2026", ["OrderItems: BuyerInfoGiftMessageText", "Orders: ShippingAddressPostalCode"]),
        pytest.param("v0", ["OrderItems"], marks=pytest.mark.skipif(TODAY >= "2027-03-27", reason="Orders v0 is gone")),
    ],
)
def test_a_gift_message_and_the_newer_postal_code_are_personal_data(api: str, warned: list[str]) -> None:
    cursor = amzsql.connect("Simulator=orders=40", Marketplace="US", OrdersApi=api).cursor()
    cursor.execute("SELECT ShippingAddressPostalCode FROM Orders LIMIT 1").fetchall()
    cursor.execute("SELECT BuyerInfoGiftMessageText FROM OrderItems LIMIT 1").fetchall()
    told = sorted(str(text) for _, text in cursor.connection.messages if "personal data" in str(text))
    assert len(told) == len(warned)
    assert all(text.startswith(start) for text, start in zip(told, warned, strict=True))


def test_too_many_tables_are_refused(connection: Connection) -> None:
    mentions = ", ".join(f"Orders o{n}" for n in range(41))
    with pytest.raises(amzsql.ProgrammingError, match="41 tables; 40"):
        rows(connection, f"SELECT count(*) FROM {mentions}")


# -- every SELECT that the engine runs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("SELECT AmazonOrderId, row_number() OVER (ORDER BY PurchaseDate) n FROM Orders", 60),
        ("SELECT AmazonOrderId FROM Orders QUALIFY row_number() OVER (PARTITION BY MarketplaceId ORDER BY PurchaseDate) = 1", 3),
        ("SELECT MarketplaceId, count(*) FROM Orders GROUP BY GROUPING SETS ((MarketplaceId), ())", None),
        ("SELECT MarketplaceId, count(*) FROM Orders GROUP BY ROLLUP (MarketplaceId)", 4),
        ("SELECT MarketplaceId, count(*) FROM Orders GROUP BY ALL", 3),
        ("PIVOT (SELECT MarketplaceId, FulfillmentChannel FROM Orders) ON FulfillmentChannel IN ('AFN', 'MFN') USING count(*)", 3),
        ("SELECT * FROM (SELECT MarketplaceId, FulfillmentChannel, OrderTotalAmount FROM Orders) "
         "PIVOT (sum(OrderTotalAmount) FOR FulfillmentChannel IN ('AFN', 'MFN'))", 3),
        ("UNPIVOT (SELECT AmazonOrderId, PurchaseDate, LastUpdateDate FROM Orders) ON PurchaseDate, LastUpdateDate INTO NAME k VALUE v", 120),
        ("SELECT o.AmazonOrderId, x.n FROM Orders o, LATERAL (SELECT count(*) n FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId) x", 60),
        ("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n, (SELECT count(*) FROM Orders) FROM r", 5),
        ("WITH RECURSIVE r(k, n) AS (SELECT min(AmazonOrderId), 1 FROM Orders UNION ALL "
         "SELECT (SELECT min(AmazonOrderId) FROM Orders WHERE AmazonOrderId > r.k), n + 1 FROM r WHERE n < 4) SELECT * FROM r", 4),
        ("SELECT a.AmazonOrderId, b.AmazonOrderId FROM Orders a ASOF JOIN Orders b ON a.PurchaseDate > b.PurchaseDate", 59),
        ("SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v(n, t)", 2),
        ("VALUES (1), (2)", 2),
        ("FROM Orders SELECT AmazonOrderId", 60),
        ("FROM Orders", 60),
        ("SELECT COLUMNS('.*Date$') FROM Orders", 60),
        ("SELECT * EXCLUDE (OrderStatus) FROM Orders", 60),
        ("SELECT * REPLACE (lower(OrderStatus) AS OrderStatus) FROM Orders", 60),
        ("SELECT * RENAME (OrderStatus AS s) FROM Orders", 60),
        ("SELECT max(COLUMNS(*)) FROM (SELECT PurchaseDate, LastUpdateDate FROM Orders)", 1),
        ("SELECT DISTINCT ON (MarketplaceId) MarketplaceId, PurchaseDate FROM Orders ORDER BY MarketplaceId, PurchaseDate", 3),
        ("SELECT TOP 3 AmazonOrderId FROM Orders", 3),
        ("SELECT `AmazonOrderId`, [OrderStatus], \"PurchaseDate\" FROM [SellingPartner].[Orders] LIMIT 2", 2),
        ("SELECT CData.SellingPartner.Orders.AmazonOrderId FROM CData.SellingPartner.Orders LIMIT 2", 2),
        ("SELECT AmazonOrderId, OrderTotalAmount * 2 AS twice FROM Orders WHERE twice > 0 LIMIT 2", 2),
        ("SELECT AmazonOrderId FROM Orders NATURAL JOIN (SELECT AmazonOrderId FROM OrderItems)", None),
        ("SELECT AmazonOrderId AS k FROM Orders UNION BY NAME SELECT OrderItemId AS i FROM OrderItems", None),
        ("SELECT list_filter(list_value(1, 2, 3), x -> x > 1), AmazonOrderId FROM Orders LIMIT 2", 2),
        ("SELECT u.v FROM Orders, unnest(list_value(1, 2)) AS u(v)", 120),
        ("SELECT json_extract_string(Programs, '$[0]') FROM Orders", 60),
        ("SELECT count(*) FILTER (WHERE OrderStatus = 'shipped') FROM Orders", 1),
        ("SELECT string_agg(AmazonOrderId, ',' ORDER BY PurchaseDate) FROM Orders", 1),
        ("SELECT DATEADD(day, -7, GETDATE()), ISNULL(NULL, 1), EOMONTH(PurchaseDate) FROM Orders LIMIT 1", 1),
        ("SELECT AmazonOrderId FROM Orders ORDER BY PurchaseDate DESC LIMIT 50 PERCENT", 30),
        ("SELECT (SELECT max(PurchaseDate) FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId) FROM Orders o", 60),
        ("SELECT AmazonOrderId FROM Orders POSITIONAL JOIN (SELECT OrderItemId FROM OrderItems) i", None),
        ("TABLE Orders", 60),
        ("SELECT 'é', '日本', AmazonOrderId AS \"número\" FROM Orders LIMIT 1", 1),
        ("(SELECT AmazonOrderId FROM Orders LIMIT 2) UNION ALL (SELECT AmazonOrderId FROM Orders LIMIT 3)", 5),
        ("SELECT AmazonOrderId FROM Orders LIMIT 5 OFFSET 58", 2),
        ("SELECT 1 WHERE EXISTS (FROM Orders)", 1),
    ],
)  # fmt: skip
def test_the_engine_s_selects_run(connection: Connection, sql: str, count: int | None) -> None:
    found = rows(connection, sql)
    assert found if count is None else len(found) == count


def test_nesting_may_be_deep(connection: Connection) -> None:
    sql = "SELECT AmazonOrderId FROM Orders"
    for depth in range(12):
        sql = f"SELECT AmazonOrderId FROM ({sql}) t{depth} WHERE AmazonOrderId <> '{depth}'"
    assert len(rows(connection, sql)) == 60
    condition = "(" * 12 + "PurchaseDate IS NOT NULL" + ")" * 12
    assert len(rows(connection, f"SELECT AmazonOrderId FROM Orders WHERE {condition}")) == 60


def test_a_thousand_ids(connection: Connection) -> None:
    sql = of_ids(connection, 60).removesuffix(")")
    more = ", ".join(f"'no-{n}'" for n in range(940))
    assert len(rows(connection, f"{sql}, {more}) AND PurchaseDate IS NOT NULL")) == 60


def test_results_do_not_depend_on_the_page_size() -> None:
    world = f"seed=5,orders=60,today={TODAY}"
    sql = (
        "SELECT o.AmazonOrderId, i.OrderItemId FROM Orders o LEFT JOIN OrderItems i USING (AmazonOrderId) ORDER BY ALL"
    )
    found = [rows(amzsql.connect(Simulator=world, Marketplace=ALL, Pagesize=size), sql) for size in (0, 1, 7, 100)]
    assert found[0]
    assert all(f == found[0] for f in found)


# -- parameters --------------------------------------------------------------------------------------------------------

MOMENT = dt.datetime(2026, 11, 3, 4, 5, 6, 789000)


@pytest.mark.parametrize(
    ("value", "back"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (-7, -7),
        (2**62, 2**62),
        (1.5, 1.5),
        (float("inf"), float("inf")),
        (decimal.Decimal("-12.3400"), decimal.Decimal("-12.3400")),
        ("it's", "it's"),
        ('日本 \\ " ` [x] ? :y @z', '日本 \\ " ` [x] ? :y @z'),
        ("", ""),
        (MOMENT, MOMENT),
        (MOMENT.replace(tzinfo=dt.UTC), MOMENT.replace(tzinfo=dt.UTC)),
        (dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
        (dt.time(1, 2, 3), dt.time(1, 2, 3)),
        (b"\x00\xffab", b"\x00\xffab"),
        ([1, 2], [1, 2]),
        (["a", None], ["a", None]),
        (uuid.UUID(int=5), str(uuid.UUID(int=5))),
    ],
)
def test_parameters_keep_their_type(connection: Connection, value: object, back: object) -> None:
    assert rows(connection, "SELECT ? AS x", (value,)) == [(back,)]
    assert rows(connection, "SELECT :x AS x", {"x": value}) == [(back,)]
    assert rows(connection, "SELECT @x AS x", {"@x": value}) == [(back,)]


@pytest.mark.parametrize(
    ("sql", "parameters", "message"),
    [
        ("SELECT ?", (), "1 parameters, but 0"),
        ("SELECT ?", (1, 2), "1 parameters, but 2"),
        ("SELECT :a", {"b": 1}, "No value is given for parameter a"),
        ("SELECT ?, :a", {"a": 1}, "not both"),
        ("SELECT ?", {"a": 1}, "mapping|sequence"),
        ("SELECT :a", (1,), "mapping"),
        ("SELECT ?", (object(),), "type object, which cannot be bound"),
        ("SELECT ?", (decimal.Decimal("NaN"),), "finite"),
        ("SELECT ?", "a", "1 parameters"),
    ],
)
def test_wrong_parameters(connection: Connection, sql: str, parameters: object, message: str) -> None:
    with pytest.raises(amzsql.ProgrammingError, match=message):
        rows(connection, sql, parameters)


def test_parameters_are_pushed_and_values_are_no_text() -> None:
    connection = fresh()
    since = dt.datetime.fromisoformat(TODAY) - dt.timedelta(days=5)
    sql = "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= ? AND OrderStatus = ? LIMIT ?"
    assert len(rows(connection, sql, (since, "shipped", 2))) == 2
    call = connection.runtime.simulator.log[-1]
    assert call.query["createdAfter"] == f"{since:%Y-%m-%dT%H:%M:%SZ}"
    assert (call.query["fulfillmentStatuses"], call.query["maxResultsPerPage"]) == ("SHIPPED", "2")
    assert rows(connection, "SELECT AmazonOrderId FROM Orders WHERE AmazonOrderId = ?", ("x' OR '1'='1",)) == []


def test_one_text_with_other_parameters_is_another_statement(connection: Connection) -> None:
    sql = "SELECT count(*) FROM Orders WHERE MarketplaceId = ?"
    found = [rows(connection, sql, (m,))[0][0] for m in (*ALL.split(","), "nowhere")]
    assert sum(found) == 60
    assert found[0] > found[1]
    assert found[3] == 0


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo", "Europe/Berlin"])
def test_days_are_those_of_the_zone(zone: str) -> None:
    """A filter by day gives what the engine makes of the whole table."""
    connection = fresh(orders=300, TimeZone=zone)
    day = dt.date.fromisoformat(TODAY) - dt.timedelta(days=6)
    whole = rows(connection, "SELECT CAST(PurchaseDate AS DATE) FROM Orders")
    for condition in (f"CAST(PurchaseDate AS DATE) = '{day}'", f"PurchaseDate::DATE = DATE '{day}'"):
        assert rows(connection, f"SELECT count(*) FROM Orders WHERE {condition}") == [(whole.count((day,)),)]
    following = day + dt.timedelta(days=1)
    between = f"PurchaseDate >= '{day}' AND PurchaseDate < TIMESTAMP '{following} 00:00:00'"
    assert rows(connection, f"SELECT count(*) FROM Orders WHERE {between}") == [(whole.count((day,)),)]


# -- EXPLAIN ANALYZE ---------------------------------------------------------------------------------------------------


def analyzed(connection: Connection, sql: str) -> list[dict]:
    """Return the steps that EXPLAIN ANALYZE gives, each by its columns' names."""
    cursor = connection.cursor()
    cursor.execute(f"EXPLAIN ANALYZE {sql}")
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.skipif(TODAY >= "2027-03-27", reason="Orders v0 is gone")
@pytest.mark.parametrize("order", ["", " ORDER BY i.ASIN"], ids=["page by page", "engine"])
def test_analyze_tells_the_rows_and_seconds_of_each_fetch(order: str) -> None:
    connection = fresh(OrdersApi="v0")
    orders = rows(connection, "SELECT AmazonOrderId FROM Orders")
    items = rows(connection, "SELECT ASIN FROM OrderItems")
    sql = f"SELECT o.AmazonOrderId, i.ASIN FROM Orders o JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId{order}"
    steps = analyzed(connection, sql)
    told = {s["AccessPath"]: s for s in steps if s["AccessPath"]}
    assert told["ordersV0.getOrders"]["ActualRows"] == len(orders)
    assert told["ordersV0.getOrderItems"]["ActualRows"] == len(items) > len(orders)
    assert told["ordersV0.getOrderItems"]["ActualSeconds"] > 10  # 60 orders, one call in two seconds, 30 at once
    assert told["ordersV0.getOrderItems"]["ActualSeconds"] <= steps[-1]["ActualSeconds"]
    assert [s["ActualRows"] for s in steps if s["Node"] in ("Engine", "Page by page")] == [None]
    assert steps[-1]["ActualRows"] == len(items)


@pytest.mark.skipif(TODAY >= "2027-03-27", reason="Orders v0 is gone")
def test_analyze_tells_what_ran_first() -> None:
    connection = fresh(OrdersApi="v0")
    sql = f"SELECT ASIN FROM OrderItems WHERE AmazonOrderId IN ({ORDERS_3} LIMIT 3)"
    steps = analyzed(connection, sql)
    assert [(s["Node"], s["ActualRequests"]) for s in steps[:3]] == [("Fetch", 1), ("Stage", None), ("Bind join", 3)]
    assert steps[0]["ActualRows"] >= 3
    assert steps[1]["ActualRows"] is None
    assert steps[2]["ActualRows"] == steps[-1]["ActualRows"] >= 3


@pytest.mark.skipif(TODAY >= "2027-03-27", reason="Orders v0 is gone")
def test_analyze_tells_the_rows_of_a_hidden_parent() -> None:
    connection = fresh(OrdersApi="v0")
    steps = analyzed(connection, "SELECT count(*) FROM OrderItems")
    parent, bound = (next(s for s in steps if s["Node"] == node) for node in ("Parent", "Bind join"))
    assert parent["ActualRows"] == 60
    assert bound["ActualRows"] > 60


@pytest.mark.parametrize(
    ("sql", "parameters", "names"),
    [
        ("SELECT ?, ? + 1", ["secret", 5], ["?", "? + 1"]),
        ("SELECT @a", {"a": "secret"}, ["@a"]),
        ("SELECT GETDATE(), ? AS x", ["secret"], ["CURRENT_TIMESTAMP", "x"]),
        ("SELECT OrderStatus = 'SHIPPED', count(*) FROM Orders GROUP BY 1", None, ["OrderStatus = 'SHIPPED'", "count_star()"]),
    ],
)  # fmt: skip
def test_no_value_stands_in_a_name(connection: Connection, sql: str, parameters: Any, names: list[str]) -> None:
    cursor = connection.cursor().execute(sql, parameters)
    assert [d[0] for d in cursor.description or []] == names


CANCELED = "SELECT count(*) FROM Orders x WHERE x.OrderStatus = 'Canceled'"


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (f"({CANCELED})", "(SELECT COUNT(*) FROM Orders AS x WHERE x.OrderStatus = 'Canceled')"),
        ("EXISTS(SELECT 1 FROM Orders WHERE OrderStatus = 'Shipped')", None),
        ("count(*) IN (SELECT count(*) FROM Orders WHERE OrderStatus = 'Shipped')", None),
        (f"CASE WHEN min(o.OrderStatus) = 'Shipped' OR any_value(o.OrderStatus) = 'Shipped' THEN ({CANCELED}) END", None),
        ("(SELECT * FROM (SELECT count(*) FROM Orders))", "(SELECT * FROM (SELECT COUNT(*) FROM Orders))"),
    ],
)  # fmt: skip
def test_a_subquery_among_the_columns_needs_no_name(connection: Connection, item: str, name: str | None) -> None:
    cursor = connection.cursor().execute(f"SELECT {item} FROM Orders o")
    found = cursor.fetchall()
    assert name is None or cursor.description[0][0] == name
    assert "scan_" not in cursor.description[0][0]
    assert found == rows(connection, f"SELECT {item} AS n FROM Orders o")


@pytest.mark.parametrize(
    ("sql", "requests"),
    [
        ("SELECT count(*) FROM (SELECT AmazonOrderId FROM Orders LIMIT 10)", 1),
        ("SELECT * FROM (SELECT TOP 10 AmazonOrderId, PurchaseDate FROM Orders) x ORDER BY 2", 1),
        ("WITH t AS (SELECT OrderStatus FROM Orders LIMIT 10) SELECT OrderStatus, count(*) FROM t GROUP BY 1", 1),
        ("SELECT * FROM (SELECT AmazonOrderId FROM Orders LIMIT 10) AS virtual_table LIMIT 1000", 1),
        ("SELECT * FROM (SELECT AmazonOrderId FROM Orders) AS virtual_table LIMIT 10", 1),
        ("SELECT AmazonOrderId FROM Orders UNION ALL SELECT OrderItemId FROM OrderItems LIMIT 3", 1),
        ("SELECT count(*) FROM (SELECT AmazonOrderId FROM Orders LIMIT 100 OFFSET 50)", 2),
        ("SELECT count(*) FROM (SELECT AmazonOrderId FROM Orders WHERE OrderTotalAmount > 0 LIMIT 10)", 1),
        ("SELECT count(*) FROM (SELECT * FROM ListingsItems LIMIT 3)", 1),
        ("SELECT count(*) FROM (SELECT * FROM InventorySupply LIMIT 3)", 1),
    ],
)  # fmt: skip
def test_a_limit_inside_is_counted(sql: str, requests: int) -> None:
    connection = fresh(orders=900, Marketplace="US", MaxRequests=requests)
    assert explained(connection, sql) == requests
    assert rows(connection, sql)
    assert len(pages(connection)) == requests


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM (SELECT AmazonOrderId FROM Orders ORDER BY OrderTotalAmount LIMIT 3)",
        "SELECT * FROM (SELECT DISTINCT OrderStatus FROM Orders) LIMIT 300",
        "SELECT * FROM (SELECT AmazonOrderId, row_number() OVER (ORDER BY PurchaseDate) FROM Orders) LIMIT 3",
        "SELECT * FROM (SELECT count(*) FROM Orders) LIMIT 3",
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM Orders i WHERE i.OrderStatus = o.s LIMIT 3)) FROM (VALUES ('Shipped')) o(s)",
        "SELECT o.AmazonOrderId FROM Orders o ANTI JOIN (SELECT AmazonOrderId FROM Orders LIMIT 3) x USING (AmazonOrderId)",
        "WITH t AS MATERIALIZED (SELECT AmazonOrderId FROM Orders) SELECT * FROM t LIMIT 3",
    ],
)  # fmt: skip
def test_a_limit_that_needs_all_rows_promises_nothing(sql: str) -> None:
    connection = fresh(orders=900, Marketplace="US")
    planned = explained(connection, sql)
    assert rows(connection, sql)
    assert planned >= len(pages(connection)) > 1


def test_no_more_keys_are_bound_than_a_limit_picks_though_the_table_was_small_when_it_was_last_read() -> None:
    connection = fresh(Marketplace="US")
    connection.count({"ListingsItems": 12})
    chosen = "SELECT ASIN FROM ListingsItems LIMIT 10"
    sql = f"SELECT ASIN FROM CatalogItems WHERE ASIN IN ({chosen})"
    assert explained(connection, sql) == 2
    assert rows(connection, sql)
    assert len(asked(connection)) == 2


@pytest.mark.parametrize("condition", ["ASIN = ({0})", "({0}) = ASIN"])
def test_a_scalar_subquery_binds_a_column(condition: str) -> None:
    connection = fresh(Marketplace="US")
    chosen = condition.format("SELECT ASIN FROM ListingsItems LIMIT 1")
    assert rows(connection, f"SELECT DISTINCT ASIN FROM ItemOffers WHERE {chosen} AND ItemCondition = 'New'")
    assert [o for o, _ in asked(connection)] == [
        "listingsItems_2021-08-01.searchListingsItems",
        "productPricingV0.getItemOffers",
    ]


def test_a_scalar_subquery_of_several_rows_is_an_error_still() -> None:
    connection = fresh()
    one = rows(connection, "SELECT AmazonOrderId FROM Orders LIMIT 1")[0][0]
    with pytest.raises(amzsql.DataError, match="More than one row"):
        rows(
            connection,
            f"SELECT * FROM OrderItems WHERE AmazonOrderId = '{one}' AND AmazonOrderId = (SELECT AmazonOrderId FROM Orders)",
        )


@pytest.mark.skipif(TODAY >= "2027-03-27", reason="Orders v0 is gone")
@pytest.mark.parametrize(
    ("condition", "given"),
    [
        ("IN ?", lambda ids: [ids]),
        ("IN (?)", lambda ids: [tuple(ids)]),
        ("IN @ids", lambda ids: {"ids": ids}),
        ("IN (@ids)", lambda ids: {"ids": ids}),
        ("IN ('none', :ids)", lambda ids: {"ids": ids}),
        ("= ANY(?)", lambda ids: [ids]),
    ],
)
def test_a_list_for_in_is_asked_for(condition: str, given: Any) -> None:
    connection = fresh(orders=900)
    ids = [i for (i,) in rows(connection, "SELECT AmazonOrderId FROM Orders LIMIT 3")]
    before = len(pages(connection))
    found = rows(connection, f"SELECT AmazonOrderId FROM Orders WHERE AmazonOrderId {condition}", given(ids))
    assert sorted(i for (i,) in found) == sorted(ids)
    assert len(pages(connection)) == before + 1


def test_an_empty_list_for_in_has_no_rows(connection: Connection) -> None:
    before = len(pages(connection))
    for condition in ("IN (?)", "= ANY(?)"):
        assert rows(connection, f"SELECT AmazonOrderId FROM Orders WHERE AmazonOrderId {condition}", [[]]) == []
    assert len(pages(connection)) == before
    assert rows(connection, "SELECT 1 WHERE 1 NOT IN ?", [[]]) == [(1,)]
    assert rows(connection, "SELECT 1 WHERE 1 <> ALL(?) AND 2 <> ALL(?)", [[], [1, 3]]) == [(1,)]
    assert rows(connection, "SELECT 1 = ANY(?), 1 <> ALL(?)", [[2, None], [2, None]]) == [(None, None)]


@pytest.mark.parametrize("condition", ["< '2020-01-01'", "BETWEEN '2019-01-01' AND '2019-12-31'"])
def test_what_lies_before_amazons_reach_is_said(connection: Connection, condition: str) -> None:
    with pytest.warns(amzsql.ResultWarning, match="reaches 730 days back: rows with PurchaseDate before 20"):
        assert rows(connection, f"SELECT AmazonOrderId FROM Orders WHERE PurchaseDate {condition}") == []


def test_a_range_that_holds_nothing_is_no_warning(connection: Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("SELECT AmazonOrderId FROM Orders WHERE PurchaseDate > '2030-01-01'")
    cursor.execute("SELECT AmazonOrderId FROM Orders WHERE PurchaseDate < '2020-01-01' AND PurchaseDate > '2021-01-01'")
    assert not cursor.messages


@pytest.mark.parametrize("sql", ["SELECT FROM Orders", "SELECT 1 WHERE EXISTS (SELECT FROM OrderItems)"])
def test_a_selection_of_no_columns_is_refused(connection: Connection, sql: str) -> None:
    before = len(pages(connection))
    with pytest.raises(amzsql.ProgrammingError, match="SELECT names no columns"):
        rows(connection, sql)
    assert len(pages(connection)) == before


@pytest.mark.parametrize(("word", "operator"), [("OR", "="), ("AND", "<>")])
def test_a_long_chain_of_conditions_works(word: str, operator: str) -> None:
    connection = fresh(Marketplace="US", orders=100)
    everything = rows(connection, "SELECT AmazonOrderId FROM Orders")
    chain = f" {word} ".join(f"AmazonOrderId {operator} '{n}'" for n in ["x" * 19] * 1500 + [everything[0][0]])
    found = rows(connection, f"SELECT AmazonOrderId FROM Orders WHERE {chain}")
    assert set(found) == ({everything[0]} if word == "OR" else set(everything[1:]))


@pytest.mark.parametrize(
    "sql",
    [
        " UNION ALL ".join(["SELECT 1"] * 900),
        f"SELECT {'1 + ' * 1200}1",
        f"SELECT {'NOT ' * 1100}true",
        f"SELECT {'(' * 400}1{')' * 400}",
    ],
    ids=["union", "sum", "not", "brackets"],
)
def test_what_is_nested_too_deeply_is_said(connection: Connection, sql: str) -> None:
    with pytest.raises(amzsql.ProgrammingError, match="nested too deeply") as told:
        rows(connection, sql)
    assert "SET " not in str(told.value)


def test_no_message_advises_a_setting(connection: Connection) -> None:
    with pytest.raises(amzsql.DataError, match="More than one row") as told:
        rows(connection, "SELECT (SELECT AmazonOrderId FROM Orders)")
    assert "SET " not in str(told.value)
    assert str(told.value).endswith(".")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            "PurchaseDate > 'yesterday'",
            "Orders.PurchaseDate is a TIMESTAMP WITH TIME ZONE .* with 'yesterday'.*CURRENT_DATE",
        ),
        ("PurchaseDate BETWEEN '2026-01-01' AND 'now-ish'", "Orders.PurchaseDate .*'now-ish'"),
        ("PurchaseDate IN ('2026-01-01', 'then')", "Orders.PurchaseDate .*'then'"),
        ("OrderTotalAmount > 'abc'", r"Orders.OrderTotalAmount is a DECIMAL\(18,4\) .* with 'abc'.*Write a number"),
        ("'abc' < o.OrderTotalAmount", "Orders.OrderTotalAmount"),
    ],
)
def test_a_text_that_is_no_value_of_its_column_is_told_by_name(
    connection: Connection, condition: str, message: str
) -> None:
    with pytest.raises(amzsql.DataError, match=message):
        rows(connection, f"SELECT count(*) FROM Orders o WHERE {condition}")


def test_a_number_written_as_text_is_a_number(connection: Connection) -> None:
    found = rows(connection, "SELECT count(*) FROM Orders WHERE OrderTotalAmount > '20.5'")
    assert found == rows(connection, "SELECT count(*) FROM Orders WHERE OrderTotalAmount > 20.5") != [(0,)]


def test_a_count_of_some_values_is_remembered() -> None:
    connection = fresh(orders=1500, Marketplace="US")
    sql = "SELECT count(*) FROM Orders WHERE OrderStatus = 'Shipped'"
    [(shipped,)] = rows(connection, sql)
    calls = len(pages(connection))
    assert calls >= 8
    assert explained(connection, sql) == calls
    assert shipped > 100 * (calls - 1)


def test_rows_that_lie_in_few_days_are_not_spread_over_years() -> None:
    connection = fresh(orders=1500, Marketplace="US")
    everything = rows(connection, "SELECT PurchaseDate FROM Orders")
    calls = len(pages(connection))
    recent = "SELECT count(*) FROM Orders WHERE PurchaseDate >= CURRENT_DATE - INTERVAL 30 DAY"
    assert len(everything) > 1000
    planned = explained(connection, recent)
    rows(connection, recent)
    happened = len(pages(connection)) - calls
    assert happened <= planned + 1
    assert planned <= calls


def test_values_that_a_column_never_holds_are_told_in_one_warning() -> None:
    """One warning for each would take time by the square of their number."""
    cursor = fresh().cursor()
    values = [f"v{number}" for number in range(3000)]
    cursor.execute(f"EXPLAIN SELECT AmazonOrderId FROM Orders WHERE OrderStatus IN ({', '.join('?' * 3000)})", values)
    told = [str(text) for _, text in cursor.messages if "never holds" in str(text)]
    assert len(told) == 1
    assert (
        "never holds 'v0', 'v1', 'v2', 'v3', 'v4' or 2995 more, so nothing was asked for them; it holds Pend" in told[0]
    )


def test_what_a_statement_asks_of_its_connection_is_the_connections(connection: Connection) -> None:
    """The engine would tell its own schema and user."""
    account = connection.settings.account
    sql = "SELECT current_schema(), lower(current_schema()) AS s, current_user, session_user"
    assert rows(connection, sql) == [("SellingPartner", "sellingpartner", account, account)]
    cursor = connection.cursor()
    cursor.execute("SELECT current_schema(), current_user")
    assert [d[0] for d in cursor.description] == ["current_schema()", "current_user"]
    assert rows(fresh(Schema="Marketplace"), "SELECT current_schema()") == [("Marketplace",)]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM information_schema.tables", r"information_schema\. Query sys_tables .* sys_tablecolumns"),
        ("SELECT i.Nope FROM Orders o JOIN OrderItems i USING (AmazonOrderId)", r"no column i\.Nope in OrderItems"),
        ("SELECT o.Nope FROM Orders o", r"no column Nope in Orders"),
        ("SELECT date_trunc(PurchaseDate, 'month') FROM Orders", r"part first.* write date_trunc\('month', …\)"),
        (
            "SELECT TO_TIMESTAMP('2026-01-01', 'YYYY')",
            r"seconds since 1970\. Write CAST\(text AS TIMESTAMP\), or strptime",
        ),
        ("SELECT AmazonOrderId + 1 FROM Orders", r"^VARCHAR \+ INTEGER is not available: [^\n]*\nWrite CAST[^\n]*$"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(connection: Connection, sql: str, said: str) -> None:
    with pytest.raises(amzsql.ProgrammingError, match=said):
        connection.cursor().execute(sql).fetchall()
