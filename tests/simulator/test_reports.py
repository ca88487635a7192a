"""Reports: ordered, scheduled, made as the clock moves, and downloaded."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from amzsql import spapi
from amzsql.clock import VirtualClock
from amzsql.simulator import Simulator
from amzsql.simulator.accounts import BY_NAME, Account
from amzsql.simulator.call import parse_time
from amzsql.spapi.document_types import ReportType, report_types

from .conftest import CA, US, Client
from .requesting import MODELS, violations

ROOT = "/reports/2021-06-30"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
WEEK = {"dataStartTime": "2026-11-01T00:00:00Z", "dataEndTime": "2026-11-08T00:00:00Z"}
DAY = 86_400


def later(client: Client, seconds: float) -> None:
    """Move the clock."""
    client.clock.wait(client.clock.now() + seconds)


def order(client: Client, kind: str = ORDERS, **details: Any) -> httpx.Response:
    return client.http.post(f"{ROOT}/reports", json={"reportType": kind, "marketplaceIds": [US], **details})


def ordered(client: Client, kind: str = ORDERS, **details: Any) -> str:
    answer = order(client, kind, **details)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["reportId"])


def read(client: Client, report_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.ok(f"{ROOT}/reports/{report_id}")
    return found


def states(client: Client, report_id: str, seconds: int = 600, step: int = 5) -> list[str]:
    """Return the states that a report goes through, without repetition."""
    seen: list[str] = []
    for _ in range(0, seconds, step):
        state = read(client, report_id)["processingStatus"]
        if not seen or seen[-1] != state:
            seen.append(state)
        later(client, step)
    return seen


def finish(client: Client, report_id: str, seconds: float = 3600) -> dict[str, Any]:
    later(client, seconds)
    client.login()
    return read(client, report_id)


def document_of(client: Client, report: dict[str, Any], **query: object) -> dict[str, Any]:
    found: dict[str, Any] = client.ok(f"{ROOT}/documents/{report['reportDocumentId']}", **query)
    return found


def fetch(client: Client, found: dict[str, Any]) -> httpx.Response:
    """Download a document, without a token."""
    with httpx.Client(transport=httpx.WSGITransport(app=client.simulator)) as anybody:
        return anybody.get(found["url"])


def content(client: Client, report: dict[str, Any]) -> bytes:
    found = document_of(client, report)
    body = fetch(client, found).content
    return gzip.decompress(body) if found.get("compressionAlgorithm") == "GZIP" else body


def test_a_report_goes_its_way_as_the_clock_moves(client: Client) -> None:
    report_id = ordered(client, **WEEK)
    first = read(client, report_id)
    assert first == {
        "marketplaceIds": [US],
        "reportId": report_id,
        "reportType": ORDERS,
        "dataStartTime": "2026-11-01T00:00:00Z",
        "dataEndTime": "2026-11-08T00:00:00Z",
        "createdTime": "2026-11-18T11:06:40Z",
        "processingStatus": "IN_QUEUE",
    }
    assert states(client, report_id) == ["IN_QUEUE", "IN_PROGRESS", "DONE"]
    done = read(client, report_id)
    assert first["createdTime"] < done["processingStartTime"] < done["processingEndTime"]
    assert content(client, done).count(b"\n") > 50


def test_times_differ_by_report_and_type_but_not_by_run(make: Callable[..., Client]) -> None:
    def ends(seed: int, kind: str, **details: Any) -> list[str]:
        client = make(seed=seed, throttle="off")
        found = [ordered(client, kind, marketplaceIds=[m], **details) for m in (US, CA)]
        later(client, 7200)
        client.login()
        return [read(client, r)["processingEndTime"] for r in found]

    quick = ends(1, ORDERS, **WEEK)
    assert quick == ends(1, ORDERS, **WEEK)
    assert len(set(quick)) == 2
    assert quick != ends(2, ORDERS, **WEEK)
    options = {"reportOptions": {"reportPeriod": "WEEK"}}
    slow = ends(
        1, "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT", dataStartTime="2026-11-01T00:00:00Z",
        dataEndTime="2026-11-07T00:00:00Z", **options,
    )  # fmt: skip
    assert min(slow) > max(quick)


@pytest.mark.parametrize(
    ("kind", "details", "status"),
    [
        ("GET_NOTHING", {}, 400),
        (SETTLEMENT, {}, 400),
        ("GET_ORDER_REPORT_DATA_SHIPPING", {}, 400),
        ("GET_VENDOR_SALES_REPORT", {}, 403),
        (ORDERS, {"marketplaceIds": ["A1PA6795UKMFR9"]}, 400),
        (ORDERS, {"marketplaceIds": ["A2Q3Y263D00KWC"]}, 403),
        (ORDERS, {"marketplaceIds": []}, 400),
        (ORDERS, {"dataStartTime": "2026-11-01T00:00:00Z", "dataEndTime": "2026-12-01T00:00:00Z"}, 400),
        (ORDERS, {"dataStartTime": "2026-11-02T00:00:00Z", "dataEndTime": "2026-11-01T00:00:00Z"}, 400),
        (ORDERS, {"dataStartTime": "2026-10-01T00:00:00Z", "dataEndTime": "2026-11-01T00:00:00Z"}, 400),
        (ORDERS, {"dataStartTime": "2026-10-02T00:00:00Z", "dataEndTime": "2026-11-01T00:00:00Z"}, 202),
        ("GET_SALES_AND_TRAFFIC_REPORT", {"reportOptions": {"dateGranularity": "YEAR"}}, 400),
        ("GET_SALES_AND_TRAFFIC_REPORT", {"reportOptions": {"granularity": "DAY"}}, 400),
        ("GET_SALES_AND_TRAFFIC_REPORT", {"reportOptions": {"dateGranularity": "DAY"}}, 202),
        ("GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT", {}, 400),
        ("GET_COUPON_PERFORMANCE_REPORT", {"reportOptions": {"campaignStartDateFrom": "2026-01-01T00:00:00Z"}}, 400),
        (
            "GET_PROMOTION_PERFORMANCE_REPORT",
            {"reportOptions": {"promotionStartDateFrom": "gestern", "promotionStartDateTo": "2026-10-31"}},
            400,
        ),
    ],
)
def test_what_amazon_refuses_is_refused(client: Client, kind: str, details: dict[str, Any], status: int) -> None:
    answer = order(client, kind, **details)
    assert answer.status_code == status, answer.text
    if status != 202:
        assert set(answer.json()["errors"][0]) == {"code", "message", "details"}


def test_without_data_a_report_is_cancelled(client: Client) -> None:
    before_all = {"dataStartTime": "2026-01-01T00:00:00Z", "dataEndTime": "2026-01-08T00:00:00Z"}
    report_id = ordered(client, **before_all)
    assert states(client, report_id) == ["IN_QUEUE", "IN_PROGRESS", "CANCELLED"]
    assert "reportDocumentId" not in read(client, report_id)
    old = {"dataStartTime": "2024-01-01T00:00:00Z", "dataEndTime": "2024-01-08T00:00:00Z"}
    for end in (old["dataEndTime"], "2026-11-18T00:00:00Z"):
        beyond = {**old, "dataEndTime": end}
        assert states(client, ordered(client, "GET_SALES_AND_TRAFFIC_REPORT", **beyond))[-1] == "CANCELLED"


@pytest.mark.parametrize(
    ("kind", "seconds", "state"),
    [
        ("GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL", 1700, "CANCELLED"),
        ("GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL", 1900, "DONE"),
        ("GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", 14_000, "CANCELLED"),
        ("GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", 15_000, "DONE"),
        (ORDERS, 300, "DONE"),
    ],
)
def test_a_report_asked_again_too_soon_is_cancelled(client: Client, kind: str, seconds: int, state: str) -> None:
    month = {"dataStartTime": "2026-10-20T00:00:00Z", "dataEndTime": "2026-11-18T00:00:00Z"}
    first = ordered(client, kind, **month)
    assert finish(client, first, seconds)["processingStatus"] == "DONE"
    again = ordered(client, kind, **month)
    other = ordered(client, kind, **{**month, "dataStartTime": "2026-10-21T00:00:00Z"})
    assert finish(client, again)["processingStatus"] == state
    assert read(client, other)["processingStatus"] == "DONE"


def test_only_what_is_in_the_queue_can_be_cancelled(client: Client) -> None:
    queued, running = ordered(client, **WEEK), ordered(client, marketplaceIds=[CA], **WEEK)
    assert client.http.delete(f"{ROOT}/reports/{queued}").status_code == 200
    assert read(client, queued)["processingStatus"] == "CANCELLED"
    later(client, 60)
    assert read(client, running)["processingStatus"] == "IN_PROGRESS"
    assert client.http.delete(f"{ROOT}/reports/{running}").status_code == 400
    assert client.http.delete(f"{ROOT}/reports/{queued}").status_code == 400
    assert finish(client, queued)["processingStatus"] == "CANCELLED"
    assert client.http.delete(f"{ROOT}/reports/1").status_code == 404
    assert client.http.delete(f"{ROOT}/reports/one").status_code == 400


@pytest.mark.parametrize(
    ("period", "off", "on"),
    [
        ("WEEK", ("2026-11-02", "2026-11-08"), ("2026-11-01", "2026-11-07")),
        ("WEEK", ("2026-11-01", "2026-11-08"), ("2026-11-01", "2026-11-14")),
        ("MONTH", ("2026-10-02", "2026-10-31"), ("2026-10-01", "2026-10-31")),
        ("MONTH", ("2026-10-01", "2026-10-30"), ("2026-09-01", "2026-10-31")),
        ("QUARTER", ("2026-08-01", "2026-10-31"), ("2026-07-01", "2026-09-30")),
    ],
)
def test_off_the_borders_of_its_period_a_report_is_fatal_and_says_why(
    client: Client, period: str, off: tuple[str, str], on: tuple[str, str]
) -> None:
    kind, options = "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT", {"reportOptions": {"reportPeriod": period}}
    found = []
    for days in (off, on):
        start, end = (f"{day}T00:00:00Z" for day in days)
        found.append(finish(client, ordered(client, kind, dataStartTime=start, dataEndTime=end, **options)))
    assert found[0]["processingStatus"] == "FATAL"
    assert f"borders of a {period}" in json.loads(content(client, found[0]))["errorDetails"]
    assert found[1]["processingStatus"] != "FATAL"


def test_a_document_is_had_for_five_minutes_without_a_token(client: Client) -> None:
    report = finish(client, ordered(client, **WEEK))
    found = document_of(client, report)
    assert found["compressionAlgorithm"] == "GZIP"
    packed = fetch(client, found)
    assert packed.status_code == 200
    assert "content-encoding" not in packed.headers
    later(client, 299)
    assert fetch(client, found).content == packed.content
    later(client, 2)
    late = fetch(client, found)
    assert (late.status_code, late.headers["content-type"]) == (403, "application/xml")
    unpacked = fetch(client, document_of(client, report, enableContentEncodingUrlHeader="true"))
    assert unpacked.headers["content-encoding"] == "gzip"
    assert unpacked.content == gzip.decompress(packed.content)
    assert client.get(f"{ROOT}/documents/amzn1.spdoc.1.4.na.none").status_code == 404
    assert client.get(f"{ROOT}/documents/none").status_code == 400


def test_restricted_documents_need_a_restricted_data_token(client: Client) -> None:
    kind = "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING"
    report = finish(client, ordered(client, kind, **WEEK))
    assert report["processingStatus"] == "DONE"
    path = f"{ROOT}/documents/{report['reportDocumentId']}"
    assert client.get(path).status_code == 403
    resources = {"restrictedResources": [{"method": "GET", "path": path}]}
    token = client.http.post("/tokens/2021-03-01/restrictedDataToken", json=resources).json()["restrictedDataToken"]
    assert client.http.get(path, headers={"x-amz-access-token": token}).status_code == 200


def test_new_reports_stand_before_the_past_ones(client: Client) -> None:
    def listed(**query: object) -> list[dict[str, Any]]:
        pages = client.pages(f"{ROOT}/reports", "nextToken", "nextToken", alone=True, reportTypes=ORDERS, **query)
        return [r for p in pages for r in p["reports"]]

    before = listed()
    report_id = ordered(client, **WEEK)
    assert listed()[0]["reportId"] == report_id
    assert [r["reportId"] for r in listed(processingStatuses="IN_QUEUE")] == [report_id]
    assert listed()[1:] == before
    # What comes while the pages are read is on none of them.
    token = client.ok(f"{ROOT}/reports", reportTypes=ORDERS, pageSize=1)["nextToken"]
    later(client, 1)
    ordered(client, marketplaceIds=[CA], **WEEK)
    assert client.ok(f"{ROOT}/reports", nextToken=token)["reports"] == before[:1]
    later(client, 91 * DAY)
    client.login()
    assert listed() == []


def test_past_reports_have_documents(make: Callable[..., Client]) -> None:
    client = make(orders=8000, throttle="off")
    kinds = f"{ORDERS},{SETTLEMENT},GET_MERCHANT_LISTINGS_ALL_DATA"
    pages = client.pages(f"{ROOT}/reports", "nextToken", "nextToken", alone=True, reportTypes=kinds)
    rows = [r for p in pages for r in p["reports"]]
    done = [r for r in rows if r["processingStatus"] == "DONE" and r["reportType"] == ORDERS]
    assert content(client, done[0]).count(b"\n") > 50
    assert {r["reportType"] for r in rows} == set(kinds.split(","))
    fatal = next(r for r in rows if r["processingStatus"] == "FATAL")
    assert "errorDetails" in json.loads(content(client, fatal))


def test_accounts_do_not_share_reports(client: Client) -> None:
    report_id = ordered(client, **WEEK)
    past = [r["reportId"] for r in client.ok(f"{ROOT}/reports", reportTypes=f"{ORDERS},{SETTLEMENT}")["reports"]]
    client.login(refresh_token="Atzr|simulator-eu")
    # The other account's own first report has another id.
    ordered(client, "GET_MERCHANT_LISTINGS_ALL_DATA", marketplaceIds=["A1PA6795UKMFR9"])
    for key in (report_id, *past):
        assert client.get(f"{ROOT}/reports/{key}").status_code == 404
    rows = client.ok(f"{ROOT}/reports", reportTypes=ORDERS)["reports"]
    assert {m for r in rows for m in r["marketplaceIds"]} <= {"A1PA6795UKMFR9", "A1F83G8C2ARO7P"}
    client.login(refresh_token="Atzr|simulator-norole")
    assert order(client, **WEEK).status_code == 403
    assert client.ok(f"{ROOT}/reports", reportTypes=ORDERS)["reports"] == []
    client.login(refresh_token="Atzr|simulator-vendor")
    assert order(client, **WEEK).status_code == 403
    assert client.ok(f"{ROOT}/reports", reportTypes="GET_VENDOR_SALES_REPORT")["reports"]


EPR = ["A1PA6795UKMFR9", "A13V1IB3VIYZZH"]


@pytest.mark.parametrize(
    ("account", "kind", "start", "periods", "markets"),
    [
        ("na", "GET_FLAT_FILE_SALES_TAX_DATA", "2026-12-04", ["2026-11-01", "2026-10-01"], [US]),
        ("eu", "GET_EPR_MONTHLY_REPORTS", "2026-12-11", ["2026-11-01", "2026-10-01", "2026-09-01"], EPR),
        ("eu", "GET_EPR_QUARTERLY_REPORTS", "2026-11-19", ["2026-07-01"], EPR),
        ("eu", "GET_EPR_ANNUAL_REPORTS", "2027-01-31", ["2026-01-01"], EPR),
    ],
)
def test_what_amazon_makes_after_a_period_of_the_calendar_is_listed(
    client: Client, account: str, kind: str, start: str, periods: list[str], markets: list[str]
) -> None:
    later(client, parse_time(start) - client.clock.now())
    client.login(refresh_token=f"Atzr|simulator-{account}")
    assert "made by Amazon" in order(client, kind, marketplaceIds=markets[:1]).text
    rows = client.ok(f"{ROOT}/reports", reportTypes=kind, processingStatuses="DONE")["reports"]
    assert sorted({r["dataStartTime"][:10] for r in rows}, reverse=True) == periods
    assert {m for r in rows for m in r["marketplaceIds"]} == set(markets)
    assert all(r["dataEndTime"] < r["createdTime"] <= f"{start}T00:00:00Z" for r in rows)
    assert content(client, rows[0]).count(b"\n") > 2
    assert read(client, rows[0]["reportId"]) == rows[0]


def test_a_month_without_orders_has_no_sales_tax(make: Callable[..., Client]) -> None:
    client = make(orders=0, throttle="off")
    rows = client.ok(f"{ROOT}/reports", reportTypes="GET_FLAT_FILE_SALES_TAX_DATA")["reports"]
    assert {r["processingStatus"] for r in rows} == {"CANCELLED"}


def schedule(client: Client, period: str, kind: str = "GET_ORDER_REPORT_DATA_SHIPPING", **details: Any) -> str:
    body = {"reportType": kind, "marketplaceIds": [US], "period": period, **details}
    answer = client.http.post(f"{ROOT}/schedules", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["reportScheduleId"])


def test_a_schedule_makes_reports_as_the_clock_moves(client: Client) -> None:
    kind = "GET_ORDER_REPORT_DATA_SHIPPING"
    schedule_id = schedule(client, "PT1H", nextReportCreationTime="2026-11-18T12:00:00Z")
    shown = client.ok(f"{ROOT}/schedules/{schedule_id}")
    assert shown == {
        "reportScheduleId": schedule_id,
        "reportType": kind,
        "marketplaceIds": [US],
        "reportOptions": {},
        "period": "PT1H",
        "nextReportCreationTime": "2026-11-18T12:00:00Z",
    }
    assert client.ok(f"{ROOT}/reports", reportTypes=kind)["reports"] == []
    later(client, 3 * 3600)
    client.login()
    rows = client.ok(f"{ROOT}/reports", reportTypes=kind)["reports"]
    assert [r["createdTime"][11:] for r in rows] == ["14:00:00Z", "13:00:00Z", "12:00:00Z"]
    assert [(r["dataStartTime"][11:16], r["dataEndTime"][11:16]) for r in rows[:2]] == [
        ("13:00", "14:00"),
        ("12:00", "13:00"),
    ]
    assert {r["reportScheduleId"] for r in rows} == {schedule_id}
    assert client.ok(f"{ROOT}/schedules/{schedule_id}")["nextReportCreationTime"] == "2026-11-18T15:00:00Z"
    assert client.http.delete(f"{ROOT}/schedules/{schedule_id}").status_code == 200
    assert client.get(f"{ROOT}/schedules/{schedule_id}").status_code == 404
    later(client, 3000)
    assert len(client.ok(f"{ROOT}/reports", reportTypes=kind)["reports"]) == 3


def test_a_schedule_takes_the_place_of_its_like(client: Client) -> None:
    kinds = "GET_ORDER_REPORT_DATA_SHIPPING,GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING"
    first, other = schedule(client, "P1M"), schedule(client, "P1D", marketplaceIds=[CA])
    second = schedule(client, "P1D", "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING")
    rows = client.ok(f"{ROOT}/schedules", reportTypes=kinds)["reportSchedules"]
    assert [r["reportScheduleId"] for r in rows] == [other, second]
    assert client.get(f"{ROOT}/schedules/{first}").status_code == 404
    body = {"reportType": ORDERS, "marketplaceIds": [US], "period": "P1D"}
    assert client.http.post(f"{ROOT}/schedules", json=body).status_code == 400


def test_a_schedule_that_begins_in_the_past_keeps_its_beat(client: Client) -> None:
    for period, following in (("PT15M", "2026-11-18T11:20:00Z"), ("P1M", "2026-12-01T00:05:00Z")):
        key = schedule(client, period, nextReportCreationTime="0001-01-01T00:05:00Z")
        assert client.ok(f"{ROOT}/schedules/{key}")["nextReportCreationTime"][-4:] == following[-4:]
        key = schedule(client, period, nextReportCreationTime="2026-01-01T00:05:00Z")
        assert client.ok(f"{ROOT}/schedules/{key}")["nextReportCreationTime"] == following
    since = {"dataStartTime": "0001-01-01T00:00:00+23:59", "dataEndTime": "2026-01-01T00:00:00Z"}
    assert order(client, "GET_FBA_REIMBURSEMENTS_DATA", **since).status_code == 202


def test_months_of_a_schedule_are_those_of_the_calendar() -> None:
    clock = VirtualClock(1_801_396_800.0)  # 2027-01-31T12:00:00Z
    client = Client(Simulator(clock, throttle="off"), clock)
    schedule(client, "P1M")
    later(client, 60 * DAY)
    client.login()
    rows = client.ok(f"{ROOT}/reports", reportTypes="GET_ORDER_REPORT_DATA_SHIPPING")["reports"]
    assert [r["createdTime"][:10] for r in rows] == ["2027-03-28", "2027-02-28", "2027-01-31"]


def test_same_requests_same_bytes(make: Callable[..., Client]) -> None:
    def run() -> list[Any]:
        client = make(throttle="off")
        report = finish(client, ordered(client, **WEEK))
        schedule(client, "PT5M")
        later(client, 1000)
        found = document_of(client, report)
        return [report, found, fetch(client, found).content, client.ok(f"{ROOT}/reports", reportTypes=ORDERS)]

    assert run() == run()


def _orderable(kind: ReportType, partner: str) -> dict[str, Any]:
    """Return what a report of a type is ordered with."""
    given = {"asin": "B000000000", "currencyCode": "USD", "productType": "MUG"}
    options = {o.name: (*o.values, given.get(o.name, "2026-11-01"))[0] for o in kind.options if o.required}
    if "COUPON" in kind.name:
        options = {
            f"{'coupon' if partner == 'seller' else 'campaign'}StartDate{e}": "2026-11-01" for e in ("From", "To")
        }
    if kind.borders:
        return {"dataStartTime": WEEK["dataStartTime"], "dataEndTime": "2026-11-07T00:00:00Z",
                "reportOptions": {**options, "reportPeriod": "WEEK"}}  # fmt: skip
    return {"dataStartTime": "2026-11-12T00:00:00Z", "dataEndTime": "2026-11-18T00:00:00Z", "reportOptions": options}


@pytest.mark.parametrize("account", ["na", "eu", "fe", "vendor"])
def test_every_type_that_can_be_ordered_is_made_or_cancelled(client: Client, account: str) -> None:
    def login() -> Account:
        client.login(refresh_token=f"Atzr|simulator-{account}")
        return BY_NAME[account]

    partner = login()
    kinds = [k for k in report_types().values() if "request" in k.by and partner.kind in k.partners]
    details = {"marketplaceIds": [partner.home.id]}
    made = {ordered(client, k.name, **details, **_orderable(k, partner.kind)): k for k in kinds}
    later(client, 12 * 3600)
    login()
    ends = {k.name: read(client, report_id) for report_id, k in made.items()}
    assert {r["processingStatus"] for r in ends.values()} == {"DONE", "CANCELLED"}
    done = [k for k in kinds if ends[k.name]["processingStatus"] == "DONE"]
    assert len(done) > len(kinds) * 2 // 3
    for kind in done:
        if not kind.restricted:
            assert content(client, ends[kind.name])


def test_bodies_fit_amazons_model_in_every_state(client: Client) -> None:
    if not MODELS.is_dir():
        pytest.skip("Amazon's models are not here: ../shared/spapi/models")

    def check(operation: str, answer: httpx.Response) -> None:
        assert violations(spapi.operation(f"reports_2021-06-30.{operation}"), answer.status_code, answer.content) == []

    report_id, schedule_id = ordered(client, **WEEK), schedule(client, "PT15M")
    for _ in range(40):
        answer = client.get(f"{ROOT}/reports/{report_id}")
        check("getReport", answer)
        later(client, 10)
    check("getReportDocument", client.get(f"{ROOT}/documents/{answer.json()['reportDocumentId']}"))
    check("getReports", client.get(f"{ROOT}/reports", reportTypes=ORDERS, pageSize=100))
    check("getReportSchedule", client.get(f"{ROOT}/schedules/{schedule_id}"))
    check("getReport", client.get(f"{ROOT}/reports/1"))
    check("cancelReport", client.http.delete(f"{ROOT}/reports/{report_id}"))
