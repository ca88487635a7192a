"""Superset 6.1 as people use it, by REST and in a real headless Chromium: from the form to a dashboard and a report.

`nox -s superset` installs Superset into an environment of its own and names its interpreter in AMZSQL_SUPERSET. Amazon
is the simulator on a socket, which tells what it was asked. The tests stand in the order of a first day's work.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from supersets import Refused, Rest, serving

PYTHON = os.environ.get("AMZSQL_SUPERSET")
CHROMIUM = os.environ.get("AMZSQL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
# Where pictures are put: those of the docs, if they are to be made anew.
PICTURES = os.environ.get("AMZSQL_PICTURES")
pytestmark = [
    pytest.mark.skipif(PYTHON is None, reason="Superset is installed and driven by nox -s superset"),
    pytest.mark.timeout(1800),
]
ROOT = Path(__file__).parents[1]
FORM = {"username": "amzn1.application-oa2-client.simulated", "password": "s3cret", "access_token": "Atzr|simulator-na"}
JOIN = """SELECT o.AmazonOrderId, o.PurchaseDate, o.OrderStatus, i.SellerSKU, i.QuantityOrdered, i.ItemPriceAmount
FROM Orders o
JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId
WHERE o.PurchaseDate >= CURRENT_DATE - INTERVAL 7 DAY
ORDER BY o.PurchaseDate DESC"""
REPORT = """SELECT OrderStatus, count(*) AS Lines
FROM REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_{}_GENERAL
WHERE DataStartTime >= TIMESTAMP '{}' AND DataEndTime < TIMESTAMP '{}'
GROUP BY OrderStatus"""


def report(days: int, by: str = "ORDER_DATE") -> str:
    """Return the statement on two weeks that began some days ago."""
    since = dt.date.today() - dt.timedelta(days)
    return REPORT.format(by, since, since + dt.timedelta(14))


class Amazon:
    """The simulator on its socket."""

    def __init__(self, url: str) -> None:
        self.url = url

    def asked(self) -> list[dict[str, Any]]:
        """Return what it was asked since it began."""
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/-/requests", timeout=30).json()["requests"]
        return found

    def clock(self, **change: Any) -> None:
        """Stop its clock, or move it."""
        assert httpx.put(f"{self.url}/-/clock", json=change, timeout=30).status_code == 200

    def creations(self) -> list[str]:
        """Return the requests by which something was created."""
        return [
            f"{r['method']} {r['path']}" for r in self.asked() if r["method"] != "GET" and "/auth/" not in r["path"]
        ]


@dataclass(frozen=True)
class Place:
    """A running Superset with its simulator, and the database that was added."""

    rest: Rest
    amazon: Amazon
    home: Path
    database: int


@pytest.fixture(scope="module")
def amazon() -> Iterator[Amazon]:
    command = [sys.executable, "-m", "amzsql.simulator", "--control", "--orders", "500"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield Amazon(next(word for word in line.split() if word.startswith("http")))
        process.terminate()


@pytest.fixture(scope="module")
def rest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rest, Path]]:
    assert PYTHON is not None
    home = tmp_path_factory.mktemp("superset") / "home"
    began = time.monotonic()
    with serving(Path(PYTHON), home) as url:
        print(f"\nSuperset serves after {time.monotonic() - began:.0f} s")
        yield Rest(url), home


@pytest.fixture(scope="module")
def place(rest: tuple[Rest, Path], amazon: Amazon) -> Place:
    # A report that is thought to take two minutes is not waited for at all in SQL Lab.
    given = FORM | {"query": {"Endpoint": amazon.url, "Marketplace": "United States", "ReportTime": "15"}}
    body = {"engine": "amzsql", "driver": "amzsql", "configuration_method": "dynamic_form", "parameters": given}
    rest[0].post("database/validate_parameters/", body)
    made = rest[0].post("database/", body | {"database_name": "Amazon by REST", "expose_in_sqllab": True})
    return Place(rest[0], amazon, rest[1], made["id"])


def test_adding_and_browsing_asks_amazon_nothing(place: Place) -> None:
    rest, one = place.rest, place.database
    listed = [d for d in rest.get("database/available/")["databases"] if d["engine"] == "amzsql"]
    assert [d["name"] for d in listed] == ["Amazon SP-API (amzsql)"]
    shown = json.dumps(rest.get(f"database/{one}/connection"))
    assert "s3cret" not in shown
    assert "simulator-na" not in shown
    tested = {"sqlalchemy_uri": "amzsql://?Simulator=True", "database_name": "another", "extra": "{}"}
    assert rest.post("database/test_connection/", tested) == {"message": "OK"}
    schemas = rest.get(f"database/{one}/schemas/")["result"]
    assert {"SellingPartner", "Marketplace"} <= set(schemas)
    assert "Temp" not in schemas
    for schema in schemas:
        assert rest.get(f"database/{one}/tables/?q=(force:!f,schema_name:{schema})")["count"] > 5
    table = rest.get(f"database/{one}/table_metadata/?name=OrderItems&schema=SellingPartner")
    assert table["foreignKeys"][0]["options"] == {}
    assert any(column["comment"] for column in table["columns"])
    assert "date_trunc" in rest.get(f"database/{one}/function_names/")["function_names"]
    made = rest.post("dataset/", {"database": one, "schema": "SellingPartner", "table_name": "OrderMetrics"})
    assert made["data"]["columns"]
    virtual = {"database": one, "schema": "SellingPartner", "table_name": "Lately", "sql": JOIN}
    assert [c["column_name"] for c in rest.post("dataset/", virtual)["data"]["columns"]][:2] == [
        "AmazonOrderId",
        "PurchaseDate",
    ]
    assert rest.get("sqllab/")["result"]["databases"]
    cost = rest.post(
        "sqllab/estimate/", {"database_id": one, "sql": "SELECT * FROM Orders", "schema": "SellingPartner"}
    )
    assert "Calls" in cost["result"][0]
    assert place.amazon.asked() == []


def test_statements_of_sql_lab(place: Place) -> None:
    rest, one = place.rest, place.database
    found = rest.run(one, JOIN)
    assert found["status"] == "success"
    assert {c["name"]: c["is_dttm"] for c in found["columns"]}["PurchaseDate"]
    assert len(found["data"]) > 50
    before = len(place.amazon.asked())
    preview = rest.get(f"database/{one}/select_star/OrderItems/SellingPartner/")["result"]
    assert len(rest.run(one, preview)["data"]) == 100
    assert len(place.amazon.asked()) - before <= 2
    rest.run(one, 'SELECT * FROM "SellingPartner"."REPORT_GET_MERCHANT_LISTINGS_ALL_DATA" LIMIT 100')
    assert place.amazon.creations() == []
    assert rest.run(one, "SELECT TOP 3 [AmazonOrderId] FROM `Orders`")["query"]["executedSql"].endswith("LIMIT 3")
    assert rest.run(one, "SELECT AmazonOrderId FROM Orders LIMIT 1", schema="Marketplace")["status"] == "success"
    filled = "{% set since = '2026-01-01' %}SELECT * FROM Orders WHERE PurchaseDate >= '{{ since }}' LIMIT 2"
    assert rest.run(one, filled)["query"]["executedSql"].endswith("LIMIT 2")


@pytest.mark.parametrize(
    ("sql", "kind", "said"),
    [
        ("SELECT *\nFROM (Orders", "INVALID_SQL_ERROR", "Error parsing near 'Orders' at line 2:7"),
        ("SELECT Nix FROM Orders", "COLUMN_DOES_NOT_EXIST_ERROR", "There is no column Nix in Orders."),
        ("SELECT * FROM Ordrs", "TABLE_DOES_NOT_EXIST_ERROR", "There is no table Ordrs. Did you mean Orders"),
        ("EXEC CancelReport '1'", "DML_NOT_ALLOWED_ERROR", "This database does not allow for DDL/DML"),
        ("DELETE FROM ListingsItems WHERE SellerSKU = 'a'", "DML_NOT_ALLOWED_ERROR", "This database does not allow"),
    ],
)
def test_what_is_wrong_is_said(place: Place, sql: str, kind: str, said: str) -> None:
    found = place.rest.said(place.database, sql)
    assert (found["error_type"], found["message"][: len(said)]) == (kind, said)


def test_a_statement_is_cancelled_by_another_request(place: Place) -> None:
    rest, amazon = place.rest, place.amazon
    amazon.clock(running=False)
    ended: list[tuple[float, Any]] = []

    def run() -> None:
        try:
            found = rest.run(place.database, report(90), id_="cancelled")["status"]
        except Refused as error:
            found = str(error)
        ended.append((time.monotonic(), found))

    thread = threading.Thread(target=run)
    thread.start()
    progress = ""
    folder = place.home / "state" / "amzsql" / "running"
    while "being made since" not in progress:
        time.sleep(0.3)
        assert thread.is_alive(), ended
        told = rest.get("query/updated_since?q=(last_updated_ms:0)")["result"]
        progress = next((str(q["extra"].get("progress")) for q in told if q["id"] == "cancelled"), "")
    assert len(list(folder.iterdir())) == 1
    rest.post("query/stop", {"client_id": "cancelled"})
    stopped = time.monotonic()
    thread.join(30)
    assert ended[0][1] == "stopped"
    assert ended[0][0] - stopped < 2
    assert list(folder.iterdir()) == []
    amazon.clock(running=True)


def test_a_report_of_ten_minutes(place: Place) -> None:
    place.amazon.clock(running=False)
    began = time.monotonic()
    found = place.rest.said(place.database, report(45))
    assert time.monotonic() - began < 30
    assert found["message"].startswith("Amazon is still making the report GET_FLAT_FILE_ALL_ORDERS_DATA")
    assert "it is not ordered twice" in found["message"]
    place.amazon.clock(advance=600, running=True)
    assert place.rest.run(place.database, report(45))["data"]
    orders = [c for c in place.amazon.creations() if c.startswith("POST") and c.endswith("/reports")]
    assert len(orders) == 2  # the other is the one that nobody waited for


def series(dataset: int) -> dict[str, Any]:
    """Return a chart of orders by day."""
    day = {"timeGrain": "P1D", "columnType": "BASE_AXIS", "sqlExpression": "PurchaseDate", "label": "PurchaseDate",
           "expressionType": "SQL"}  # fmt: skip
    asked = {"columns": [day], "metrics": ["count"], "orderby": [], "row_limit": 1000, "filters": [lately()]}
    shown = {
        "datasource": f"{dataset}__table", "viz_type": "echarts_timeseries_bar", "x_axis": "PurchaseDate",
        "time_grain_sqla": "P1D", "metrics": ["count"], "groupby": [], "row_limit": 1000, "adhoc_filters": [simple()],
        "truncate_metric": True, "show_legend": False, "rich_tooltip": True, "y_axis_format": "SMART_NUMBER",
    }  # fmt: skip
    return chart("Orders a day", dataset, shown, asked | {"extras": {"time_grain_sqla": "P1D"}})


def shares(dataset: int) -> dict[str, Any]:
    """Return a chart of orders by their state."""
    asked = {"columns": ["OrderStatus"], "metrics": ["count"], "orderby": [["count", False]], "row_limit": 100,
             "filters": [lately()]}  # fmt: skip
    shown = {
        "datasource": f"{dataset}__table", "viz_type": "pie", "groupby": ["OrderStatus"], "metric": "count",
        "row_limit": 100, "adhoc_filters": [simple()], "show_labels": True, "label_type": "key_value",
        "number_format": "SMART_NUMBER", "sort_by_metric": True,
    }  # fmt: skip
    return chart("Orders by state", dataset, shown, asked)


def lately() -> dict[str, Any]:
    return {"col": "PurchaseDate", "op": "TEMPORAL_RANGE", "val": "Last month"}


def simple() -> dict[str, Any]:
    return {
        "clause": "WHERE", "expressionType": "SIMPLE", "subject": "PurchaseDate", "operator": "TEMPORAL_RANGE",
        "comparator": "Last month",
    }  # fmt: skip


def chart(name: str, dataset: int, shown: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Return the body that makes a chart."""
    context = {
        "datasource": {"id": dataset, "type": "table"}, "force": False, "queries": [asked], "form_data": shown,
        "result_format": "json", "result_type": "full",
    }  # fmt: skip
    return {
        "slice_name": name, "viz_type": shown["viz_type"], "datasource_id": dataset, "datasource_type": "table",
        "params": json.dumps(shown), "query_context": json.dumps(context),
    }  # fmt: skip


def dashboard(rest: Rest, charts: list[int]) -> int:
    """Make a dashboard of charts in a row; return its id."""
    tiles = {
        f"CHART-{one}": {
            "type": "CHART", "id": f"CHART-{one}", "children": [], "parents": ["ROOT_ID", "GRID_ID", "ROW-1"],
            "meta": {"chartId": one, "width": 6, "height": 50},
        }
        for one in charts
    }  # fmt: skip
    position = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": ["ROW-1"], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": "Orders at Amazon"}},
        "ROW-1": {
            "type": "ROW", "id": "ROW-1", "children": list(tiles), "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        },
        **tiles,
    }  # fmt: skip
    body = {"dashboard_title": "Orders at Amazon", "position_json": json.dumps(position), "published": True}
    made: int = rest.post("dashboard/", body)["id"]
    for one in charts:
        rest.put(f"chart/{one}", {"dashboards": [made]})
    return made


@pytest.fixture(scope="module")
def tiles(place: Place) -> int:
    """Return the id of a dashboard of two charts over Orders."""
    body = {"database": place.database, "schema": "SellingPartner", "table_name": "Orders"}
    made = place.rest.post("dataset/", body)["id"]
    found = place.rest.get(f"dataset/{made}")["result"]
    assert found["main_dttm_col"] == "PurchaseDate"
    assert "count" in {metric["metric_name"] for metric in found["metrics"]}
    return dashboard(place.rest, [place.rest.post("chart/", body)["id"] for body in (series(made), shares(made))])


def test_charts_of_a_dashboard(place: Place, tiles: int) -> None:
    charts = place.rest.get(f"dashboard/{tiles}/charts")["result"]
    assert [c["slice_name"] for c in charts] == ["Orders a day", "Orders by state"]
    found = [place.rest.get(f"chart/{c['id']}/data/")["result"][0] for c in charts]
    assert "DATE_TRUNC('day'" in found[0]["query"]
    assert sum(row["count"] for row in found[0]["data"]) == sum(row["count"] for row in found[1]["data"]) > 100


class Browser:
    """A page in Chromium, and what people do in it."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url
        page.set_default_timeout(180_000)
        # Superset's page wants nothing from elsewhere; a machine without a network must not wait for it.
        page.route("**/*", lambda r: r.continue_() if r.request.url.startswith((url, "data:", "blob:")) else r.abort())

    def login(self) -> None:
        self.page.goto(f"{self.url}/login/")
        self.page.fill("input[name=username], #username", "admin")
        self.page.fill("input[name=password], #password", "admin")
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/superset/welcome/**")

    def picture(self, name: str) -> None:
        """Take a picture for the docs, if they are to be made anew."""
        if PICTURES:
            self.page.wait_for_timeout(1500)
            self.page.screenshot(path=f"{PICTURES}/superset-{name}.png")

    def add(self, name: str, properties: str) -> None:
        """Add a database by the form."""
        page = self.page
        page.goto(f"{self.url}/databaseview/list/")
        page.click("[data-test=btn-create-database]")
        page.click(".available .ant-select")
        page.keyboard.type("Amazon SP")
        page.click(".ant-select-item-option:has-text('Amazon SP-API (amzsql)')")
        for field, value in {**FORM, "database_name": name, "query_input": properties}.items():
            page.fill(f".ant-modal input[name={field}]", value)
            self._leave()
        self.picture("form")
        page.click(".ant-modal-footer button:has-text('Connect')")
        page.click(".ant-modal-footer button:has-text('Finish')")
        page.wait_for_selector(f"td:has-text('{name}')")

    def _leave(self) -> None:
        """Leave a field, which is then checked; until that is over a button takes no click."""
        self.page.click(".ant-modal-title")
        self.page.wait_for_timeout(700)
        self.page.wait_for_load_state("networkidle")

    def lab(self, database: int, sql: str) -> None:
        """Open SQL Lab with a statement."""
        asked = f"dbid={database}&schema=SellingPartner&title=Amazon&sql={quote(sql)}"
        self.page.goto(f"{self.url}/sqllab/?{asked}")
        self.page.wait_for_selector(".ace_line:has-text('SELECT')")

    def run(self) -> None:
        self.page.click("button:has-text('Run')")

    def see(self, text: str) -> None:
        self.page.wait_for_selector(f"text={text}")


@pytest.fixture(scope="module")
def browser(rest: tuple[Rest, Path]) -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="a real browser is driven by nox -s superset")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed here (AMZSQL_CHROMIUM names one)")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        found = Browser(chromium.new_page(viewport={"width": 1200, "height": 760}), rest[0].url)
        found.login()
        yield found
        chromium.close()


def test_the_browser_adds_and_browses_without_a_call(place: Place, browser: Browser) -> None:
    before = len(place.amazon.asked())
    browser.add("Amazon US", f"Endpoint={place.amazon.url}&Marketplace=United States")
    page = browser.page
    browser.lab(place.database, JOIN)
    # The list of databases tells that a cost can be estimated.
    page.click("[data-test=DatabaseSelector]")
    page.click("button:has-text('Cancel')")
    page.click(".EstimateQueryCostButton")
    browser.see("orders_2026-01-01.searchOrders")
    browser.picture("estimate")
    page.click(".ant-modal-close")
    page.click("[role=treeitem]:has-text('SellingPartner')")
    page.fill("input[placeholder='Enter a part of the object name']", "OrderItems")
    page.click("[role=treeitem] >> text=OrderItems >> nth=0")
    browser.see("QuantityOrdered >> nth=0")
    browser.picture("browse")
    assert place.amazon.asked()[before:] == []


def test_the_browser_runs_previews_and_shows_a_dashboard(place: Place, browser: Browser, tiles: int) -> None:
    page = browser.page
    browser.run()
    browser.see("SellerSKU >> nth=1")
    page.wait_for_selector("text=/\\d+ rows/")
    browser.picture("join")
    page.hover("[role=treeitem] >> text=OrderItems >> nth=0")
    page.click("[data-test=pin-SellingPartner-OrderItems]")
    page.click("text=Data preview")
    page.wait_for_selector("text=100 rows")
    assert place.amazon.creations() == [c for c in place.amazon.creations() if c.endswith("/reports")]
    page.goto(f"{browser.url}/superset/dashboard/{tiles}/")
    page.wait_for_function("document.querySelectorAll('canvas').length >= 2")
    browser.picture("dashboard")


def test_the_browser_waits_for_a_report_stops_one_and_gets_it(place: Place, browser: Browser) -> None:
    place.amazon.clock(running=False)
    browser.lab(place.database, report(60, "LAST_UPDATE"))
    browser.run()
    browser.see("being made since")
    browser.picture("progress")
    browser.page.click("button:has-text('Stop')")
    browser.see("Query was stopped")
    browser.run()
    browser.see("Amazon is still making the report")
    browser.picture("report")
    place.amazon.clock(advance=600, running=True)
    browser.run()
    browser.see("Shipped")
    browser.picture("answered")
    assert len([c for c in place.amazon.creations() if c.startswith("POST") and c.endswith("/reports")]) == 3


def test_what_may_be_changed_is_changed_once(place: Place) -> None:
    rest = place.rest
    given = FORM | {"query": {"Endpoint": place.amazon.url, "Marketplace": "United States"}}
    body = {"engine": "amzsql", "driver": "amzsql", "configuration_method": "dynamic_form", "parameters": given}
    one = rest.post("database/", body | {"database_name": "Writable", "expose_in_sqllab": True, "allow_dml": True})[
        "id"
    ]
    before = len(place.amazon.creations())
    insert = (
        "INSERT INTO Destinations (Name, ResourceSqsArn) VALUES ('lab', 'arn:aws:sqs:us-east-2:444455556666:queue')"
    )
    made = rest.run(one, insert)
    assert (made["status"], made["data"]) == ("success", [])
    assert rest.run(one, "SELECT Name FROM Destinations")["data"] == [{"Name": "lab"}]
    done = rest.run(one, "DELETE FROM Destinations WHERE Name = 'lab'; SELECT count(*) AS n FROM Destinations")
    assert done["data"] == [{"n": 0}]
    assert [c.split()[0] for c in place.amazon.creations()[before:]] == ["POST", "DELETE"]
