"""RequestReport, GetReport, DownloadReport, CancelReport and schedules, through the whole driver."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import asked, rows, simulated

from amzsql.connection import Connection
from amzsql.errors import BadRequest, OperationalError, ProgrammingError, ResultWarning
from amzsql.simulator import Fault, Simulator

LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"

TERMS = "GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT"
WEEKS = 'ReportOptions = \'{"reportPeriod": "WEEK"}\', DataStartTime'


def requested(connection: Connection, *, wait: float = 600) -> str:
    """Ask for a report, let some time pass, and return its id."""
    [(key,)] = rows(connection, "EXEC RequestReport ?", [LISTINGS])
    clock = connection.runtime.clock
    with clock.actor():
        clock.wait(clock.now() + wait)
    return str(key)


def counted(simulator: Simulator) -> list[str]:
    return [r.operation.partition(".")[2] for r in simulator.log if r.operation.startswith("reports")]


def test_a_report_is_downloaded_by_its_id() -> None:
    connection, simulator = simulated(orders=20)
    key = requested(connection)
    cursor = connection.cursor().execute("EXEC DownloadReport ?", [key])
    found = cursor.fetch_arrow_table()
    assert "SellerSku" in found.column_names
    assert found.num_rows > 0
    assert counted(simulator) == ["createReport", "getReport", "getReport", "getReportDocument"]
    same = f"SELECT SellerSku FROM REPORT_{LISTINGS} WHERE ReportId = '{key}' ORDER BY 1"
    assert rows(connection, same) == [(s,) for s in sorted(found["SellerSku"].to_pylist())]


def test_what_is_not_there_yet_says_so() -> None:
    connection, _ = simulated(orders=20)
    key = requested(connection, wait=0)
    with pytest.raises(OperationalError, match=rf"Report {key} .*still being made \(IN_QUEUE\).*REPORT_{LISTINGS}"):
        rows(connection, "EXEC DownloadReport ?", [key])
    with pytest.raises(BadRequest, match="404"):
        rows(connection, "EXEC DownloadReport '17'")


def test_what_failed_is_an_error_and_what_was_cancelled_is_empty() -> None:
    connection, _ = simulated(Fault("*.createReport", "fatal"), orders=20)
    key = requested(connection)
    with pytest.raises(OperationalError, match=rf"Report {key} .*FATAL"):
        rows(connection, "EXEC DownloadReport ?", [key])
    other = requested(connection, wait=0)
    assert rows(connection, "EXEC CancelReport ?", [other]) == [(True,)]
    cursor = connection.cursor()
    with pytest.warns(ResultWarning, match="was cancelled"):
        cursor.execute("EXEC DownloadReport ?", [other])
    assert cursor.fetchall() == []


def test_a_document_is_saved_where_a_property_says(tmp_path: Path) -> None:
    connection, simulator = simulated(orders=20, DownloadFolder=str(tmp_path))
    key = requested(connection)
    [(told, file, size)] = rows(connection, "EXEC DownloadReport ?, SaveAs = 'all listings.tsv'", [key])
    assert (told, file) == (key, str(tmp_path / "all listings.tsv"))
    text = Path(file).read_bytes()
    assert len(text) == size
    assert text.startswith(b"item-name\t")
    before = len(counted(simulator))
    with pytest.raises(ProgrammingError, match=r"all listings\.tsv is there already"):
        rows(connection, "EXEC DownloadReport ?, SaveAs = 'all listings.tsv'", [key])
    assert len(counted(simulator)) == before
    assert [p.name for p in tmp_path.iterdir()] == ["all listings.tsv"]


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "/x", ".hidden", "a..b", "c:x", "", "x\n", "-x", "a" * 300])
def test_a_name_is_no_path(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    connection, simulator = simulated(orders=20, DownloadFolder=str(folder))
    with pytest.raises(ProgrammingError, match="plain name of a file"):
        rows(connection, "EXEC DownloadReport '17', SaveAs = ?", [name])
    assert counted(simulator) == []
    assert sorted(tmp_path.rglob("*")) == [folder]


def test_sql_alone_writes_no_file(tmp_path: Path) -> None:
    without, simulator = simulated(orders=20)
    with pytest.raises(ProgrammingError, match="the property DownloadFolder"):
        rows(without, "EXEC DownloadReport '17', SaveAs = 'x.tsv'")
    nowhere, _ = simulated(orders=20, DownloadFolder=str(tmp_path / "none"))
    with pytest.raises(ProgrammingError, match="there is no folder"):
        rows(nowhere, "EXEC DownloadReport '17', SaveAs = 'x.tsv'")
    assert counted(simulator) == []


def test_a_document_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    fault = Fault("documents.get", "truncate", times=0)
    connection, simulator = simulated(fault, orders=20, DownloadFolder=str(tmp_path), MaxRetries=0)
    key = requested(connection)
    with pytest.raises(OperationalError):
        rows(connection, "EXEC DownloadReport ?, SaveAs = 'x.tsv'", [key])
    assert list(tmp_path.iterdir()) == []
    assert len(asked(simulator, "getReportDocument")) >= 1


def test_a_report_that_amazon_makes_no_sooner_is_not_asked_for_again() -> None:
    connection, simulator = simulated(orders=20)
    ask, stock = "EXEC RequestReport ReportType = 'GET_AFN_INVENTORY_DATA'", "REPORT_GET_AFN_INVENTORY_DATA"
    [(first,)] = rows(connection, ask)
    with pytest.warns(ResultWarning, match=rf"asked for 0 min ago \({first}\).* nothing was sent"):
        assert rows(connection, ask) == [(first,)]
    assert len(asked(simulator, "createReport")) == 1
    assert rows(connection, f"SELECT count(*) > 0, max(ReportId) FROM {stock}") == [(True, first)]
    clock = connection.runtime.clock
    with clock.actor():
        clock.wait(clock.now() + 1900)
    assert rows(connection, ask) != [(first,)]
    assert len(asked(simulator, "createReport")) == 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("RequestReport 'GET_MERCHANT_LISTINGS_ALL'", "no report type GET_MERCHANT_LISTINGS_ALL.*_ALL_DATA"),
        ("RequestReport 'GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2'", "only by itself"),
        ("RequestReport 'GET_ORDER_REPORT_DATA_SHIPPING'", r"only by a schedule \(CreateReportSchedule\)"),
        ("CreateReportSchedule 'GET_MERCHANT_LISTINGS_ALL_DATA', Period = 'P1D'", "only when it is asked for"),
        ("RequestReport 'GET_FBA_INVENTORY_AGED_DATA'", "any more. Read GET_FBA_INVENTORY_PLANNING_DATA"),
        ("RequestReport 'GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT'", "needs the report option reportPeriod"),
        (
            "RequestReport 'GET_SALES_AND_TRAFFIC_REPORT', ReportOptions = '{\"dateGranularity\": \"HOUR\"}'",
            "dateGranularity is one of DAY, WEEK, MONTH, not 'HOUR'",
        ),
        (
            f"RequestReport '{TERMS}', {WEEKS} = '2026-10-25', DataEndTime = '2026-11-06'",
            "'2026-10-25', DataEndTime = '2026-11-07'",
        ),
        (
            f"RequestReport '{TERMS}', {WEEKS} = '2026-10-25', DataEndTime = '2026-11-07'",
            f"one WEEK, .* is 2 of them.* read REPORT_{TERMS}",
        ),
        (
            "RequestReport 'GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL', DataStartTime = '2026-10-01', "
            "DataEndTime = '2026-11-15T12:00:00Z'",
            "holds 30 days at most, .* to DataEndTime has 45.5. .* read REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER",
        ),
        (
            "RequestReport 'GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL', DataStartTime = '2026-10-18'",
            "has 31.5",
        ),
        ("RequestReport 'GET_COUPON_PERFORMANCE_REPORT'", "couponStartDateFrom and couponStartDateTo or campaignStart"),
        ("RequestReport 'GET_VENDOR_SALES_REPORT'", "is a report of vendors, and this connection is a seller's"),
    ],
)
def test_what_amazon_would_not_make_is_refused_before_the_call(call: str, words: str) -> None:
    connection, simulator = simulated(orders=20, SellingPartner="Seller")
    with pytest.raises(ProgrammingError, match=words):
        rows(connection, f"EXEC {call}")
    assert counted(simulator) == []


def test_what_a_call_was_given_is_no_filter() -> None:
    connection, _ = simulated(orders=20)
    [(key,)] = rows(connection, "EXEC RequestReport ?", [LISTINGS])
    rows(connection, "EXEC CancelReport ?", [key])
    with pytest.raises(BadRequest) as raised:
        rows(connection, "EXEC CancelReport ?", [key])
    assert "filter" not in str(raised.value)
    assert raised.value.hint == "Check the values that the call was given."


def test_schedules_come_and_go() -> None:
    connection, _ = simulated(orders=20)
    kind = "GET_FBA_STORAGE_FEE_CHARGES_DATA"
    [(key,)] = rows(connection, "EXEC CreateReportSchedule @ReportType = ?, @Period = 'P1D'", [kind])
    told = f"SELECT ReportScheduleId, Period FROM ReportSchedules WHERE ReportType = '{kind}'"
    assert rows(connection, told) == [(key, "P1D")]
    assert rows(connection, "EXEC CancelReportSchedule ?", [key]) == [(True,)]
    assert rows(connection, told) == []
