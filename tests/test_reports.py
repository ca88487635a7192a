"""Views of reports through the driver: what is asked at the wire, what comes back, and what is refused before that."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from driving import NOW, over, rows

from amzsql.clock import VirtualClock
from amzsql.connection import Connection
from amzsql.errors import BudgetExceeded, ProgrammingError
from amzsql.simulator import Fault, Simulator

ORDERS = "REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
TRAFFIC = "REPORT_GET_SALES_AND_TRAFFIC_REPORT"
BY_ASIN = f"{TRAFFIC}_SalesAndTrafficByAsin"
ALL_LISTINGS = "REPORT_GET_MERCHANT_LISTINGS_ALL_DATA"
PROMOTIONS = "REPORT_GET_PROMOTION_PERFORMANCE_REPORT"
LISTINGS = "REPORT_GET_FLAT_FILE_OPEN_LISTINGS_DATA"
SETTLEMENTS = "REPORT_GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
REPEATS = "REPORT_GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT"
# Nobody knows its columns.
UNKNOWN = "REPORT_GET_FBA_FULFILLMENT_CUSTOMER_TAXES_DATA"
NOVEMBER = "DataStartTime >= '2026-11-01' AND DataEndTime < '2026-11-18'"
US, CANADA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"


class Amazon:
    """A simulator, with a note of what reports it was asked to make."""

    def __init__(self, *faults: Fault, orders: int = 2000) -> None:
        self.clock = VirtualClock(NOW)
        self.simulator = Simulator(self.clock, orders=orders, faults=faults)
        self.orders: list[dict[str, Any]] = []
        self._app: Callable[..., Any] = self.simulator

    def serve(self, app: Callable[..., Any]) -> None:
        """Answer by an application that stands before the simulator."""
        self._app = app

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith("/reports"):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            self.orders.append(json.loads(body))
            environ["wsgi.input"] = io.BytesIO(body)
        return self._app(environ, start)

    def connection(self, **properties: Any) -> Connection:
        return over(self, self.clock, **properties)

    def calls(self) -> list[str]:
        """Return the operations that were asked, polls aside."""
        names = [r.operation.rpartition(".")[2] for r in self.simulator.log if r.operation.startswith("reports_")]
        return [n for n in names if n != "getReport"]

    def windows(self) -> list[tuple[str | None, str | None]]:
        """Return the windows that were asked for, in days where they begin and end with one."""
        each = ((o.get("dataStartTime"), o.get("dataEndTime")) for o in self.orders)
        return [(_short(start), _short(end)) for start, end in each]


def _short(time: str | None) -> str | None:
    return None if time is None else time.removesuffix("Z").removesuffix("T00:00:00")


def told(connection: Connection) -> str:
    return " ".join(text for _, text in connection.messages)


def day(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


# -- windows -----------------------------------------------------------------------------------------------------------


def test_a_window_is_a_report_whose_rows_are_read(amazon: Amazon) -> None:
    found = rows(amazon.connection(), f"SELECT AmazonOrderId, PurchaseDate FROM {ORDERS} WHERE {NOVEMBER}")
    assert len(found) > 500
    assert day("2026-11-01") <= min(row[1] for row in found)
    assert max(row[1] for row in found) < day("2026-11-18")
    assert amazon.calls() == ["getReports", "createReport", "getReportDocument"]
    assert amazon.windows() == [("2026-11-01", "2026-11-18")]


def test_a_long_window_is_several_reports_made_side_by_side(amazon: Amazon) -> None:
    window = "DataStartTime >= '2026-08-01' AND DataEndTime < '2026-11-01'"
    cursor = amazon.connection().cursor()
    cursor.execute(f"SELECT count(*), count(DISTINCT ReportId) FROM {ORDERS} WHERE {window}")
    assert cursor.fetchone()[0] > 0
    assert sorted(amazon.windows()) == [
        ("2026-08-01", "2026-08-31"),
        ("2026-08-31", "2026-09-30"),
        ("2026-09-30", "2026-10-30"),
        ("2026-10-30", "2026-11-01"),
    ]
    assert amazon.calls().count("getReports") == 1
    # One after the other they would take four times as long.
    assert cursor.stats.seconds < 200


def test_ninety_days_take_ten_calls_beside_the_polls(amazon: Amazon) -> None:
    sql = f"""
        SELECT Sku, CAST(PurchaseDate AS DATE) AS Day, sum(ItemPrice) FROM {ORDERS}
        WHERE DataStartTime >= '2026-08-20' AND DataEndTime < '2026-11-18' GROUP BY 1, 2
    """
    cursor = amazon.connection().cursor()
    assert cursor.execute(sql).fetchall()
    polls = cursor.stats.sources["reports_2021-06-30.getReport"]
    assert cursor.stats.requests - polls + 3 <= 10
    assert polls <= 3 * 9
    assert cursor.stats.seconds < 1.15 * cursor.stats.planned_seconds


def test_rows_carry_what_the_report_was_asked_for(amazon: Amazon) -> None:
    columns = "DataStartTime, DataEndTime, MarketplaceId, ReportOptions, CreatedTime, _Source"
    sql = f"SELECT DISTINCT {columns}, ReportId <> ReportDocumentId FROM {ORDERS} WHERE {NOVEMBER}"
    [(start, end, marketplace, options, ordered, source, has_document)] = rows(amazon.connection(), sql)
    assert (start, end) == (day("2026-11-01"), day("2026-11-17T23:59:59"))
    assert (marketplace, options, source, has_document) == (US, "{}", ORDERS.removeprefix("REPORT_"), True)
    assert abs((ordered - dt.datetime.fromtimestamp(NOW, dt.UTC)).total_seconds()) < 10


@pytest.mark.parametrize(
    ("condition", "due"),
    [
        ("DataStartTime = '2026-11-01' AND DataEndTime = '2026-11-04'", ("2026-11-01", "2026-11-04")),
        ("DataStartTime BETWEEN '2026-11-01' AND '2026-11-04'", ("2026-11-01", "2026-11-04")),
        ("DataStartTime >= '2026-11-01' AND DataEndTime <= '2026-11-04'", ("2026-11-01", "2026-11-04")),
        ("DataStartTime >= CURRENT_DATE - INTERVAL 3 DAY", ("2026-11-15", None)),
        ("DataStartTime >= '2026-11-15' AND DataEndTime < '2027-01-01'", ("2026-11-15", None)),
        ("TRUE GROUP BY DataStartTime HAVING DataStartTime >= '2026-11-15' AND count(*) > 1", ("2026-11-15", None)),
    ],
)
def test_ways_to_say_a_window(amazon: Amazon, condition: str, due: tuple[str, str | None]) -> None:
    assert rows(amazon.connection(), f"SELECT count(*) FROM {ORDERS} WHERE {condition}")[0][0] > 0
    assert amazon.windows() == [due]


@pytest.mark.parametrize(
    ("zone", "due"),
    [("UTC", ("2026-11-01", "2026-11-14T23:59:59")), ("America/Los_Angeles", ("2026-11-01", "2026-11-14T23:59:59"))],
)
def test_days_are_those_that_the_statement_means(amazon: Amazon, zone: str, due: tuple[str, str]) -> None:
    window = "DataStartTime >= '2026-11-01' AND DataEndTime < '2026-11-15'"
    assert rows(amazon.connection(TimeZone=zone), f"SELECT count(*) FROM {TRAFFIC} WHERE {window}") == [(14,)]
    assert amazon.windows() == [due]
    amazon.orders.clear()
    sql = f"SELECT count(*) FROM {REPEATS} WHERE {window} AND ReportPeriod = 'WEEK'"
    assert rows(amazon.connection(TimeZone=zone), sql)[0][0] > 0
    assert amazon.windows() == [due]


@pytest.mark.parametrize("more", ["", " AND DataEndTime > '2026-11-05'", " AND DataEndTime IS NOT NULL"])
def test_a_window_that_is_not_over_ends_when_its_reports_are_ordered(amazon: Amazon, more: str) -> None:
    columns = "min(DataStartTime), min(DataEndTime), max(DataEndTime), count(*)"
    sql = f"SELECT {columns} FROM {ORDERS} WHERE DataStartTime >= '2026-10-05'{more}"
    [(start, first, last, count)] = rows(amazon.connection(), sql)
    assert len(amazon.orders) == 2
    assert count > 1000
    assert start == day("2026-10-05")
    assert abs((last - dt.datetime.fromtimestamp(NOW, dt.UTC)).total_seconds()) < 60
    assert first == (last if "05" in more else day("2026-11-04"))


def test_one_day_is_a_window_of_days(amazon: Amazon) -> None:
    for condition in ("DataEndTime <= '2026-11-03'", "DataEndTime = '2026-11-03'"):
        sql = f"SELECT count(*) FROM {TRAFFIC} WHERE DataStartTime >= '2026-11-03' AND {condition}"
        assert rows(amazon.connection(), sql) == [(1,)]
    assert amazon.windows()[0] == ("2026-11-03", "2026-11-03T23:59:59")


def test_windows_without_data_are_counted_in_one_sentence(amazon: Amazon) -> None:
    connection = amazon.connection()
    cursor = connection.cursor()
    sql = f"SELECT count(*) FROM {ORDERS} WHERE DataStartTime >= '2012-01-01' AND DataEndTime < '2012-09-01'"
    assert cursor.execute(sql).fetchall() == [(0,)]
    assert len(amazon.orders) == 9
    texts = [text for _, text in cursor.messages if "cancelled" in text]
    assert len(texts) == 4
    assert "Amazon cancelled 6 more of its reports" in texts[-1]
    assert [text for _, text in connection.messages if "cancelled" in text] == texts


def test_the_parts_of_a_window_give_the_rows_of_the_whole(amazon: Amazon) -> None:
    connection = amazon.connection()
    whole = rows(connection, f"SELECT AmazonOrderId, Sku, PurchaseDate FROM {ORDERS} WHERE {NOVEMBER}")
    halves = ("'2026-11-01' AND DataEndTime < '2026-11-09'", "'2026-11-09' AND DataEndTime < '2026-11-18'")
    each = [f"SELECT AmazonOrderId, Sku, PurchaseDate FROM {ORDERS} WHERE DataStartTime >= {half}" for half in halves]
    assert sorted(rows(connection, " UNION ALL ".join(each))) == sorted(whole)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        (
            f"SELECT * FROM {ORDERS} WHERE DataEndTime < '2026-11-01'",
            "needs DataStartTime as well. For example",
        ),
        (f"SELECT * FROM {ORDERS} WHERE DataStartTime IN ('2026-11-01', '2026-11-02')", "one window at a time"),
        *(
            (f"SELECT count(*) FROM {ORDERS} WHERE {condition}", "makes no window that could be asked for. Write Data")
            for condition in (
                "DataStartTime >= '2026-11-05' OR DataStartTime < '2026-10-05'",
                "DataStartTime <> '2026-11-05'",
                "DataStartTime IS NULL",
                "DataStartTime > CreatedTime - INTERVAL 5 DAY",
                "DataStartTime >= '2026-11-05' AND (DataEndTime < '2026-11-09' OR DataEndTime IS NULL)",
                f"EXISTS (SELECT 1 FROM ReportList l WHERE l.ReportId = 'x' AND l.CreatedTime < {ORDERS}.DataEndTime)",
            )
        ),
        *(
            (
                f"SELECT count(*) FROM ({table}) t WHERE {condition}",
                "makes no window that could be asked for. Write Data",
            )
            for table, condition in (
                (f"SELECT DataStartTime AS f FROM {ORDERS}", "f <> '2026-11-05'"),
                (f"SELECT *, DataStartTime AS f FROM {ORDERS}", "f > PurchaseDate - INTERVAL 5 DAY"),
                (f"SELECT DataStartTime + INTERVAL 1 DAY AS f FROM {ORDERS}", "f > '2026-11-05'"),
                (f"SELECT DataStartTime AS f FROM {ORDERS} UNION ALL SELECT NOW()", "f <> '2026-11-05'"),
            )
        ),
        (
            f"SELECT 1 FROM {ORDERS} WHERE DataStartTime >= '2026-11-01' AND DataStartTime < '2026-11-05'"
            " AND DataEndTime > '2026-11-10'",
            "DataEndTime is where the window ends .2026-11-04 23:59:59.",
        ),
        (
            f"SELECT 1 FROM {ORDERS} WHERE DataStartTime >= '2026-11-01' AND DataEndTime > '2027-01-01'",
            "DataEndTime is asked to lie ahead",
        ),
        (
            f"SELECT 1 FROM {ORDERS} WHERE DataStartTime = '2026-11-03' AND DataEndTime <= '2026-11-03'",
            "ends where it begins, 2026-11-03 00:00:00. Write DataEndTime < '2026-11-04'",
        ),
        (
            f"SELECT 1 FROM {LISTINGS} WHERE DataStartTime >= '2026-11-01' AND DataEndTime <= '2026-11-07'",
            "tells what is there when it is made, and knows no window of the past",
        ),
        (
            f"SELECT * FROM {PROMOTIONS} WHERE {NOVEMBER} AND PromotionStartDateFrom = 'gestern'"
            " AND PromotionStartDateTo = '2026-10-31'",
            "PromotionStartDateFrom is a date such as '2026-10-01' or a time .*, not 'gestern'",
        ),
        (
            f"SELECT * FROM {PROMOTIONS} WHERE {NOVEMBER} AND PromotionStartDateFrom = '2026-11-01'"
            " AND PromotionStartDateTo = '2026-10-31'",
            "PromotionStartDateFrom .2026-11-01. lies after its end",
        ),
        (
            f"SELECT * FROM {ORDERS} WHERE ({NOVEMBER})"
            " OR (DataStartTime >= '2026-09-01' AND DataEndTime < '2026-09-04')",
            "one window at a time",
        ),
        (
            f"WITH r AS (SELECT *, DataStartTime AS f, DataEndTime AS t FROM {ORDERS}) SELECT 1 FROM r AS a, r AS b"
            " WHERE a.f >= '2026-11-01' AND a.t < '2026-11-03' AND b.f >= '2026-09-01' AND b.t < '2026-09-04'",
            "one window at a time",
        ),
        (f"SELECT * FROM {TRAFFIC} WHERE {NOVEMBER} AND DateGranularity = 'HOUR'", "is one of DAY, WEEK, MONTH"),
        (
            "SELECT * FROM REPORT_GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT WHERE ReportPeriod = 'WEEK' AND"
            f" DataStartTime >= '2026-11-01' AND DataEndTime < '2026-11-08' AND Asin = '{'B00000I18C ' * 19}'",
            "Asin takes 200 characters, not 209",
        ),
        *(
            (f"SELECT * FROM {TRAFFIC} WHERE {NOVEMBER} AND ({condition})", "takes constants, by = or IN, not a range")
            for condition in (
                "DateGranularity <> 'DAY'",
                "DateGranularity LIKE 'D%'",
                "ReportOptions LIKE '%DAY%'",
                "DateGranularity = 'DAY' OR SalesByDateUnitsOrdered > 3",
            )
        ),
        (
            f"SELECT * FROM {TRAFFIC} WHERE {NOVEMBER} AND ReportOptions = '{{\"x\": 1}}'",
            "no option 'x': it has date",
        ),
        (
            f"SELECT * FROM {ORDERS} WHERE {NOVEMBER} AND ReportOptions = '{{\"x\": 1}}'",
            "no option 'x': it has none",
        ),
        (f"SELECT * FROM {REPEATS} WHERE {NOVEMBER}", r"needs a filter on ReportPeriod .WEEK, MONTH, QUARTER."),
        (
            f"SELECT * FROM {REPEATS} WHERE {NOVEMBER} AND ReportPeriod = 'WEEK'",
            "it ends before 2026-11-15 or before 2026-11-22, not before 2026-11-18",
        ),
        (
            f"SELECT * FROM {PROMOTIONS} WHERE {NOVEMBER} AND PromotionStartDateFrom = '2026-11-01'",
            r"needs a window .DataStartTime >= … AND DataEndTime < ….*, or a filter on PromotionStartDateTo",
        ),
        (
            f"SELECT * FROM {ORDERS} WHERE {NOVEMBER} AND MarketplaceId IN ('{US}', '{CANADA}')",
            "holds the rows of the whole region, whatever it is asked for: filter by SalesChannel, and by one",
        ),
        (
            f"SELECT * FROM {TRAFFIC} t JOIN Orders o ON t.DateGranularity = o.OrderStatus WHERE t.{NOVEMBER}",
            "takes constants",
        ),
    ],
)
def test_what_a_type_does_not_know_is_refused_before_any_call(amazon: Amazon, sql: str, told: str) -> None:
    connection = amazon.connection(Marketplace="United States,Canada")
    with pytest.raises(ProgrammingError, match=told):
        rows(connection, sql)
    assert amazon.calls() == []


@pytest.mark.parametrize(
    ("name", "period", "begins"),
    [
        ("SEARCH_TERMS", "WEEK", ["2026-10-18", "2026-10-25", "2026-11-01"]),
        ("SEARCH_CATALOG_PERFORMANCE", "QUARTER", ["2026-04-01", "2026-07-01"]),
        ("SEARCH_QUERY_PERFORMANCE", "MONTH", ["2026-07-01", "2026-08-01", "2026-09-01"]),
        ("MARKET_BASKET", "WEEK", None),
    ],
)
def test_what_holds_one_period_is_a_report_for_each(
    amazon: Amazon, name: str, period: str, begins: list[str] | None
) -> None:
    ends = {"WEEK": ("2026-10-18", "2026-11-08"), "MONTH": ("2026-07-01", "2026-10-01")}
    first, after = ends.get(period, ("2026-04-01", "2026-10-01"))
    asin = " AND Asin = 'B00000I18C'" if "QUERY" in name else ""
    table = f"REPORT_GET_BRAND_ANALYTICS_{name}_REPORT"
    window = f"DataStartTime >= '{first}' AND DataEndTime < '{after}' AND ReportPeriod = '{period}'{asin}"
    plan = rows(amazon.connection(), f"EXPLAIN SELECT count(*) FROM {table} WHERE {window}")
    assert f"createReport {len(begins or [1])}, " in plan[0][4]
    each = f"SELECT DataStartTime, max(DataEndTime), count(DISTINCT ReportId) FROM {table} WHERE {window}"
    found = rows(amazon.connection(), f"{each} GROUP BY 1 ORDER BY 1")
    assert sorted(start for start, _ in amazon.windows()) == (begins or [first])
    last = [day(d) - dt.timedelta(seconds=1) for d in (*(begins or [first])[1:], after)]
    assert sorted(end for _, end in amazon.windows()) == [f"{d:%Y-%m-%dT%H:%M:%S}" for d in last]
    # Rows tell their own period; those of a report of several have columns that do.
    due = [(day(b), e, 1) for b, e in zip(begins or [first], last, strict=True)]
    assert found == (due if period == "WEEK" and begins else found)
    assert {each[0] for each in found} <= {each[0] for each in due}
    assert len(found) > 0 or period != "WEEK"


@pytest.mark.parametrize(
    ("condition", "window", "options"),
    [
        (
            "DataStartTime >= '2026-10-01' AND DataEndTime < '2026-11-01'",
            ("2026-10-01", "2026-11-01"),
            ("2026-10-01T00:00:00Z", "2026-10-31T23:59:59Z"),
        ),
        (
            "PromotionStartDateFrom = '2026-10-01' AND PromotionStartDateTo = '2026-10-31'",
            ("2026-10-01", "2026-10-31T23:59:59"),
            ("2026-10-01", "2026-10-31"),
        ),
        (
            "DataStartTime >= '2026-09-01' AND DataEndTime < '2026-11-01'"
            ' AND ReportOptions = \'{"promotionStartDateFrom": "2026-10-01", "promotionStartDateTo": "2026-10-31"}\'',
            ("2026-09-01", "2026-11-01"),
            ("2026-10-01", "2026-10-31"),
        ),
    ],
)
def test_dates_among_the_options_and_the_window_give_one_another(
    amazon: Amazon, condition: str, window: tuple[str, str], options: tuple[str, str]
) -> None:
    [(count, first, last)] = rows(
        amazon.connection(),
        f"SELECT count(*), min(PromotionStartDateFrom), max(PromotionStartDateTo) FROM {PROMOTIONS} WHERE {condition}",
    )
    assert count > 1
    assert (first, last) == options
    assert amazon.windows() == [window]
    given = amazon.orders[0]["reportOptions"]
    assert (given["promotionStartDateFrom"], given["promotionStartDateTo"]) == options


# -- options and marketplaces ------------------------------------------------------------------------------------------


def test_each_value_of_an_option_is_a_report(amazon: Amazon) -> None:
    sql = f"SELECT AsinGranularity, count(*) FROM {BY_ASIN} WHERE {NOVEMBER} AND AsinGranularity IN ('SKU', 'PARENT')"
    found = dict(rows(amazon.connection(), f"{sql} GROUP BY 1"))
    assert found["SKU"] >= found["PARENT"] > 0
    assert {o["reportOptions"]["asinGranularity"] for o in amazon.orders} == {"PARENT", "SKU"}


@pytest.mark.parametrize(
    ("condition", "due"),
    [
        ("Custom = TRUE", "true"),
        ("FALSE = Custom", "false"),
        ("Custom IN (TRUE)", "true"),
        ("Custom", "true"),
        ("NOT Custom", "false"),
        ("Custom IS TRUE", "true"),
        ("Custom = 'true'", "true"),
    ],
)
def test_an_option_of_true_and_false_is_compared_with_either(amazon: Amazon, condition: str, due: str) -> None:
    sql = f"SELECT count(*), min(Custom) FROM {ALL_LISTINGS} WHERE {condition}"
    [(count, told)] = rows(amazon.connection(), sql)
    assert count > 100
    assert told == due
    assert [o["reportOptions"] for o in amazon.orders] == [{"custom": due}]


def test_options_that_go_together_are_told_apart_by_the_rows(amazon: Amazon) -> None:
    either = "(AsinGranularity = 'SKU' AND Sku IS NULL) OR (AsinGranularity = 'CHILD' AND Sku IS NULL)"
    sql = f"SELECT DISTINCT AsinGranularity FROM {BY_ASIN} WHERE {NOVEMBER} AND ({either}) ORDER BY 1"
    assert rows(amazon.connection(), sql) == [("CHILD",)]


def test_a_report_of_listings_is_asked_for_each_marketplace_and_others_for_all(amazon: Amazon) -> None:
    connection = amazon.connection(Marketplace="United States,Canada")
    found = rows(connection, f"SELECT MarketplaceId, count(*) FROM {LISTINGS} WHERE Price > 0 GROUP BY 1")
    assert {marketplace for marketplace, _ in found} == {US, CANADA}
    assert sorted(o["marketplaceIds"] for o in amazon.orders) == [[CANADA], [US]]
    rows(connection, f"SELECT count(*) FROM {ORDERS} WHERE {NOVEMBER}")
    assert amazon.orders[-1]["marketplaceIds"] == [US, CANADA]
    assert "whole region" not in told(connection)
    rows(connection, f"SELECT count(*) FROM {ORDERS} WHERE {NOVEMBER} AND MarketplaceId = '{CANADA}'")
    assert amazon.orders[-1]["marketplaceIds"] == [CANADA]
    assert "holds the rows of the whole region, whatever marketplace it is asked for" in told(connection)
    assert "only says which it was. Filter by SalesChannel." in told(connection)


@pytest.mark.parametrize("options", ["", " AND DateGranularity = 'DAY'"])
def test_when_a_report_was_asked_for_decides_which_answers(amazon: Amazon, options: str) -> None:
    connection = amazon.connection()
    window = f"{TRAFFIC if options else ORDERS} WHERE {NOVEMBER}{options}"

    def answering(condition: str) -> Any:
        [(report, count)] = rows(connection, f"SELECT max(ReportId), count(*) FROM {window}{condition}")
        assert count > 10
        return report

    def later(seconds: float) -> str:
        with amazon.clock.actor():
            amazon.clock.wait(amazon.clock.now() + seconds)
        return f"{dt.datetime.fromtimestamp(amazon.clock.now(), dt.UTC):%Y-%m-%d %H:%M:%S}"

    first, between = answering(""), later(1800)
    assert answering("") == first
    assert answering(f" AND CreatedTime < '{between}'") == first
    second = answering(f" AND CreatedTime > '{between}'")
    assert second != first
    later(1800)
    # Whoever says nothing is answered by the latest, and any of them is found again, whatever its age.
    assert answering("") == second
    later(86400)
    assert answering(f" AND CreatedTime < '{between}'") == first
    assert answering(f" AND CreatedTime BETWEEN '{between}' AND '2026-11-18 20:00'") == second
    assert len(amazon.orders) == 2
    before = len(amazon.calls())
    for condition, why in (
        ("CreatedTime < '2026-11-01'", "no report of this window.* the condition on CreatedTime lets in"),
        ("ReportDocumentId = 'none'", "the condition on ReportDocumentId lets in"),
        ("CreatedTime > '2027-01-01'", "CreatedTime is asked to lie ahead"),
    ):
        with pytest.raises(ProgrammingError, match=why):
            answering(f" AND {condition}")
    assert set(amazon.calls()[before:]) == {"getReports"}
    assert rows(connection, f"SELECT 1 FROM {window} AND ReportId = '{first}' AND CreatedTime > '{between}'") == []
    assert f"leave out every report that would answer ({first}, asked for at 2026-11-18 11:06:4" in told(connection)


# -- without a window --------------------------------------------------------------------------------------------------


def test_without_a_window_the_newest_document_is_read(amazon: Amazon) -> None:
    connection = amazon.connection()
    rows(connection, f"SELECT 1 FROM {ORDERS} WHERE {NOVEMBER} LIMIT 1")
    [(start, end, count)] = rows(connection, f"SELECT min(DataStartTime), max(DataEndTime), count(*) FROM {ORDERS}")
    assert (start, end) == (day("2026-11-01"), day("2026-11-18"))
    assert "the newest document is read: report 50000030008, of 2026-11-01 00:00 to 2026-11-18 00:00" in told(
        connection
    )
    assert count > 500
    assert amazon.calls().count("createReport") == 1


def test_a_snapshot_that_is_not_there_is_asked_for(amazon: Amazon) -> None:
    assert len(rows(amazon.connection(), f"SELECT Sku, Price FROM {LISTINGS}")) > 100
    assert amazon.windows() == [(None, None)]


def test_how_old_a_snapshot_is_is_said_and_one_of_today_is_had_by_its_condition(amazon: Amazon) -> None:
    connection = amazon.connection()
    [(first, count)] = rows(connection, f"SELECT max(ReportId), count(*) FROM {ALL_LISTINGS}")
    assert amazon.orders == []
    assert "days old. CreatedTime >= CURRENT_DATE takes one of today, or has it made." in told(connection)
    [(second, again)] = rows(
        connection, f"SELECT max(ReportId), count(*) FROM {ALL_LISTINGS} WHERE CreatedTime >= CURRENT_DATE"
    )
    assert (len(amazon.orders), count > 100, again > 100) == (1, True, True)
    assert second != first
    assert rows(connection, f"SELECT DISTINCT ReportId FROM {ALL_LISTINGS}") == [(second,)]


@pytest.mark.parametrize("sql", [f"SELECT * FROM {LISTINGS} LIMIT 5", f"SELECT TOP 5 * FROM {LISTINGS}"])
def test_a_preview_asks_for_no_report(amazon: Amazon, sql: str) -> None:
    with pytest.raises(ProgrammingError, match=r"no document of it is there. Without LIMIT, or with a"):
        rows(amazon.connection(), sql)
    assert amazon.calls() == ["getReports"]


@pytest.mark.parametrize("end", ["LIMIT 0", "WHERE 1 = 0", "WHERE FALSE"])
def test_who_only_asks_for_the_columns_needs_no_call(amazon: Amazon, end: str) -> None:
    cursor = amazon.connection().cursor()
    cursor.execute(f"SELECT * FROM {LISTINGS} {end}")
    assert [column[0] for column in cursor.description][:3] == ["Sku", "Asin", "Price"]
    assert cursor.fetchall() == []
    rows(amazon.connection(), f"SELECT count(*) FROM {LISTINGS} a JOIN Orders b ON a.Sku = b.AmazonOrderId {end}")
    assert amazon.calls() == []


def test_what_needs_a_window_and_has_no_document_is_refused_with_an_example() -> None:
    amazon = Amazon()
    name = "REPORT_GET_DATE_RANGE_FINANCIAL_HOLDS_DATA"
    with pytest.raises(ProgrammingError, match=rf"no document of it is there. Ask for a window: SELECT \* FROM {name}"):
        rows(amazon.connection(), f"SELECT DataStartTime FROM {name}")
    assert amazon.orders == []


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("COUPON_PERFORMANCE_REPORT", "na"),
        ("COUPON_PERFORMANCE_REPORT", "vendor"),
        ("PROMOTION_PERFORMANCE_REPORT", "na"),
    ],
)
def test_an_example_has_all_that_is_needed_and_runs(name: str, account: str) -> None:
    amazon = Amazon()
    who = {"OAuthRefreshToken": "Atzr|simulator-vendor", "SellingPartner": "Vendor"} if account == "vendor" else {}
    connection = amazon.connection(**who)
    with pytest.raises(ProgrammingError, match="Ask for a window: ") as refused:
        rows(connection, f"SELECT * FROM REPORT_GET_{name} LIMIT 1")
    rows(connection, str(refused.value).partition("Ask for a window: ")[2])
    assert len(amazon.orders) == 1


def test_what_cannot_be_asked_for_is_looked_up(amazon: Amazon) -> None:
    connection = amazon.connection()
    window = "DataStartTime >= '2026-10-01' AND DataEndTime < '2026-11-01'"
    [(reports, rows_of_all, start)] = rows(
        connection, f"SELECT count(DISTINCT ReportId), count(*), min(DataStartTime) FROM {SETTLEMENTS} WHERE {window}"
    )
    assert reports > 1
    assert start == day("2026-10-01")
    assert set(amazon.calls()) == {"getReports", "getReportDocument"}
    [(newest,)] = rows(connection, f"SELECT count(DISTINCT ReportId) FROM {SETTLEMENTS}")
    assert newest == 1
    assert rows_of_all > 0


def test_a_report_is_read_by_its_id(amazon: Amazon) -> None:
    connection = amazon.connection()
    [(report,)] = rows(connection, f"SELECT DISTINCT ReportId FROM {ORDERS} WHERE {NOVEMBER}")
    amazon.simulator.log.clear()
    [(count, start)] = rows(
        connection, f"SELECT count(*), min(DataStartTime) FROM {ORDERS} WHERE ReportId = '{report}'"
    )
    assert count > 500
    assert start == day("2026-11-01")
    assert "getReports" not in amazon.calls()


def test_a_report_that_is_not_there_is_said(amazon: Amazon) -> None:
    connection = amazon.connection()
    assert rows(connection, f"SELECT count(*) FROM {ORDERS} WHERE ReportId = '123'") == [(0,)]
    assert "there is no report 123 of this account" in told(connection)


@pytest.mark.parametrize("limit", ["", " LIMIT 3"])
def test_a_report_is_read_by_the_ids_of_other_rows(amazon: Amazon, limit: str) -> None:
    connection = amazon.connection()
    for window in (NOVEMBER, "DataStartTime >= '2026-10-20' AND DataEndTime < '2026-10-25'"):
        rows(connection, f"SELECT count(*) FROM {ORDERS} WHERE {window}")
    sql = f"""
        SELECT l.ReportId, r.ReportId, r.DataStartTime = l.DataStartTime FROM ReportList l
        JOIN {ORDERS} r ON r.ReportId = l.ReportId
        WHERE l.ReportType = '{ORDERS.removeprefix("REPORT_")}' AND l.ProcessingStatus = 'DONE'
          AND l.CreatedTime >= '2026-11-18'
    """
    found = rows(connection, sql + limit)
    assert {one == other and same for one, other, same in found} == {True}
    assert len(found) == 3 if limit else len({one for one, _, _ in found}) == 2
    explained = rows(connection, f"EXPLAIN {sql}")
    assert "reportId=<ReportList.ReportId>" in explained[1][4]
    assert "named: getReport" in explained[1][4]


# -- as any table ------------------------------------------------------------------------------------------------------


def test_limit_ends_the_reading_and_orders_no_more_than_it_needs(amazon: Amazon) -> None:
    window = "DataStartTime >= '2026-09-01' AND DataEndTime < '2026-11-18'"
    assert len(rows(amazon.connection(), f"SELECT AmazonOrderId FROM {ORDERS} WHERE {window} LIMIT 5")) == 5
    assert amazon.windows() == [("2026-10-31", "2026-11-18")]


def test_a_report_is_joined_grouped_and_ordered(amazon: Amazon) -> None:
    sql = f"""
        SELECT r.OrderStatus, o.OrderStatus, count(*) FROM {ORDERS} r
        JOIN Orders o ON o.AmazonOrderId = r.AmazonOrderId
        WHERE r.DataStartTime >= '2026-11-10' AND r.DataEndTime < '2026-11-11' AND r.SalesChannel <> 'Non-Amazon'
        GROUP BY 1, 2 ORDER BY 3 DESC
    """
    found = rows(amazon.connection(), sql)
    assert found
    assert all(one in (other, "Cancelled", "Shipping") for one, other, _ in found)


def test_mentions_of_one_report_share_it(amazon: Amazon) -> None:
    sql = f"""
        SELECT (SELECT count(*) FROM {ORDERS} WHERE {NOVEMBER}),
               (SELECT max(PurchaseDate) FROM {ORDERS} WHERE {NOVEMBER})
    """
    assert rows(amazon.connection(), sql)[0][0] > 500
    assert amazon.calls() == ["getReports", "createReport", "getReportDocument"]


def test_arrays_of_one_document_are_downloaded_together(amazon: Amazon) -> None:
    connection = amazon.connection()
    one = f"SELECT sum(TrafficByDateSessions) FROM {TRAFFIC} WHERE {NOVEMBER}"
    other = f"SELECT sum(TrafficByAsinSessions) FROM {BY_ASIN} WHERE {NOVEMBER}"
    found = rows(connection, f"{one} UNION ALL {other}")
    assert [r.operation for r in amazon.simulator.log].count("documents.get") == 1
    assert amazon.calls() == ["createReport", "getReportDocument"]
    assert found == [*rows(connection, one), *rows(connection, other)]
    windows = (f"{t}.DataStartTime >= '2026-11-01' AND {t}.DataEndTime < '2026-11-18'" for t in "ab")
    joined = f"SELECT count(*) FROM {TRAFFIC} a CROSS JOIN {BY_ASIN} b WHERE {' AND '.join(windows)}"
    before = [r.operation for r in amazon.simulator.log].count("documents.get")
    [(count,)] = rows(connection, joined)
    assert count > 100
    assert [r.operation for r in amazon.simulator.log].count("documents.get") == before + 1


def test_the_same_question_again_takes_no_new_report(amazon: Amazon) -> None:
    connection = amazon.connection()
    sql = f"SELECT count(*) FROM {ORDERS} WHERE {NOVEMBER}"
    first = rows(connection, sql)
    amazon.simulator.log.clear()
    assert rows(connection, sql) == first
    assert len(amazon.calls()) <= 2
    assert "createReport" not in amazon.calls()


# -- what it costs -----------------------------------------------------------------------------------------------------


def test_explain_makes_no_call_and_shows_what_would_be_made(amazon: Amazon) -> None:
    window = "DataStartTime >= '2026-08-01' AND DataEndTime < '2026-10-30'"
    found = rows(amazon.connection(), f"EXPLAIN SELECT * FROM {ORDERS} WHERE {window}")
    node, table, _, parameters = found[0][1:5]
    assert (node, table) == ("Report", ORDERS)
    assert "dataStartTime=2026-08-01T00:00:00Z, dataEndTime=2026-10-30T00:00:00Z … ×3" in parameters
    assert (
        "getReports 1, createReport 3, getReport 3 (and at most 8 polls each in 120 s), getReportDocument 3"
        in parameters
    )
    assert found[-1][7:9] == (10, 121.5)
    assert amazon.simulator.log == []


@pytest.mark.parametrize(
    ("table", "condition"),
    [
        (ORDERS, "DataStartTime >= '2026-09-01' AND DataEndTime < '2026-11-18'"),
        (f"{TRAFFIC}", f"{NOVEMBER} AND DateGranularity IN ('DAY', 'WEEK') AND MarketplaceId = '{US}'"),
        ("REPORT_GET_SELLER_FEEDBACK_DATA", NOVEMBER),
        ("REPORT_GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", f"{NOVEMBER} AND CreatedTime > '2026-11-01'"),
        (SETTLEMENTS, "DataStartTime >= '2026-10-01' AND DataEndTime < '2026-11-18'"),
    ],
)
def test_explain_tells_the_calls_that_are_made(amazon: Amazon, table: str, condition: str) -> None:
    connection = amazon.connection(Marketplace="United States,Canada")
    statement = f"SELECT count(*) FROM {table} WHERE {condition}"
    [step, *_] = rows(connection, f"EXPLAIN {statement}")
    rows(connection, statement)
    made = amazon.calls()
    for name in ("getReports", "createReport"):
        assert (f"{name} {made.count(name)}" in step[4]) or (made.count(name) == 0 and name not in step[4]), step[4]


def test_explain_analyze_counts_what_a_report_took(amazon: Amazon) -> None:
    found = rows(amazon.connection(), f"EXPLAIN ANALYZE SELECT count(*) FROM {ORDERS} WHERE {NOVEMBER}")
    made = [r for r in amazon.simulator.log if r.operation.startswith("reports_")]
    assert found[0][10] == found[-1][10] == len(made)
    assert found[0][11] > 500
    assert found[0][12] == pytest.approx(found[-1][12], abs=1)


def test_how_long_a_report_takes_is_said_and_then_learned(amazon: Amazon) -> None:
    sql = f"SELECT count(*) FROM {ORDERS} WHERE {NOVEMBER}"
    connection = amazon.connection(ReportTime=600)
    assert rows(connection, f"EXPLAIN {sql}")[-1][8] == 601.5
    rows(connection, sql)
    assert rows(connection, f"EXPLAIN {sql}")[-1][8] < 200


@pytest.mark.parametrize(
    ("limits", "told"),
    [({"MaxRequests": 3}, r"4 requests and 2 min .*3 requests .MaxRequests."), ({"StatementTimeout": 60}, "60 s")],
)
def test_what_costs_too_much_is_refused_before_any_call(amazon: Amazon, limits: dict[str, Any], told: str) -> None:
    with pytest.raises(BudgetExceeded, match=told):
        rows(amazon.connection(**limits), f"SELECT * FROM {ORDERS} WHERE {NOVEMBER}")
    assert amazon.calls() == []


# -- columns that are not known ----------------------------------------------------------------------------------------


def test_columns_that_nobody_knows_are_those_of_the_document(amazon: Amazon) -> None:
    connection = amazon.connection()
    cursor = connection.cursor()
    cursor.execute(f"SELECT * FROM {UNKNOWN} WHERE {NOVEMBER}")
    names = [column[0] for column in cursor.description]
    assert len(names) > 3
    assert cursor.fetchall()
    assert amazon.calls().count("createReport") == 1
    amazon.simulator.log.clear()
    assert rows(connection, f"SELECT {names[0]}, {names[1].lower()} FROM {UNKNOWN} WHERE {NOVEMBER}")
    assert amazon.calls().count("getReportDocument") <= 1


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM REPORT_GET_PAN_EU_OFFER_STATUS", "A statement that names columns"),
        (
            f"SELECT * FROM REPORT_GET_ORDER_REPORT_DATA_INVOICING WHERE {NOVEMBER}",
            "Amazon makes it by itself, or by a schedule",
        ),
    ],
)
def test_where_there_is_no_document_to_look_at_it_is_said_why(amazon: Amazon, sql: str, told: str) -> None:
    with pytest.raises(ProgrammingError, match=told):
        rows(amazon.connection(), sql)


@pytest.mark.parametrize("what", ["count(*)", "count(*), max(ReportId)", "Asin"])
@pytest.mark.parametrize(
    ("source", "told_of"),
    [
        ("REPORT_GET_PAN_EU_OFFER_STATUS", "Amazon cancelled report"),
        (f"REPORT_GET_ORDER_REPORT_DATA_INVOICING WHERE {NOVEMBER}", "Amazon makes it by itself, or by a schedule"),
    ],
)
def test_what_needs_no_columns_has_no_rows_where_there_is_no_document(
    amazon: Amazon, what: str, source: str, told_of: str
) -> None:
    connection = amazon.connection()
    found = rows(connection, f"SELECT {what} FROM {source}")
    assert found == {"count(*)": [(0,)], "count(*), max(ReportId)": [(0, None)], "Asin": []}[what]
    assert told_of in told(connection)
    assert amazon.calls().count("createReport") <= 1


def test_explain_says_that_columns_are_not_known(amazon: Amazon) -> None:
    connection = amazon.connection()
    for columns in ("*", "Anything, ReportId"):
        assert rows(connection, f"EXPLAIN SELECT {columns} FROM {UNKNOWN} WHERE {NOVEMBER}")[0][1] == "Report"
    assert "not known before a document was read" in told(connection)
    assert amazon.simulator.log == []


class Widened:
    """A simulator whose flat files have a column that nobody knows."""

    def __init__(self, simulator: Callable[..., Any]) -> None:
        self._simulator = simulator

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        kept: list[Any] = []
        body = b"".join(self._simulator(environ, lambda *told: kept.extend(told)))
        status, headers = kept[0], dict(kept[1])
        if headers.get("Content-Type", "").startswith("text/plain"):
            packed = body[:2] == b"\x1f\x8b"
            first, *others = (gzip.decompress(body) if packed else body).splitlines()
            lines = [first + b"\tGift-Rating", *(line + b"\t5" for line in others)]
            body = b"\r\n".join((*lines, b""))
            body = gzip.compress(body) if packed else body
            headers["Content-Length"] = str(len(body))
        start(status, list(headers.items()))
        return [body]


def test_a_new_column_stands_aside_once_and_is_one_from_then_on() -> None:
    amazon = Amazon()
    amazon.serve(Widened(amazon.simulator))
    connection = amazon.connection()
    assert rows(connection, f"SELECT DISTINCT _More FROM {ORDERS} WHERE {NOVEMBER}") == [('{"Gift-Rating":"5"}',)]
    assert "columns that were not known: Gift-Rating" in told(connection)
    assert rows(connection, f"SELECT DISTINCT GiftRating, _More FROM {ORDERS} WHERE {NOVEMBER}") == [("5", None)]
    cursor = connection.cursor()
    cursor.execute(f"SELECT * FROM {ORDERS} WHERE {NOVEMBER} LIMIT 1")
    assert cursor.description[-1][0] == "GiftRating"


def test_a_seller_is_told_that_a_type_is_for_vendors(amazon: Amazon) -> None:
    with pytest.raises(ProgrammingError, match="is a table of vendors, and this connection is a seller's"):
        rows(amazon.connection(SellingPartner="Seller"), "SELECT * FROM REPORT_GET_VENDOR_TRAFFIC_REPORT")
    assert amazon.simulator.log == []
