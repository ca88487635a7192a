"""A report is found, or ordered once; waited for on the clock; and remembered by whoever asks next."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise, takewhile
from typing import Any

import pytest
from reporting import LEDGER, LISTINGS, NOW, OCTOBER, ORDERS, RETURNS, US, Desk, day, desk, side_by_side

from amzsql.errors import (
    AccessDenied,
    BudgetExceeded,
    Cancelled,
    DataError,
    OperationalError,
    ProgrammingError,
    ServerError,
)
from amzsql.execute.report_book import looks
from amzsql.execute.report_life import Reports
from amzsql.execute.report_order import Report, ReportOrder
from amzsql.simulator import Fault
from amzsql.transport.download import Caps

CREATE, LIST, LOOK, ADDRESS = "createReport", "getReports", "getReport", "getReportDocument"
BORDERS = "GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT"
SHIPPING = "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING"
SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
SHORT = ReportOrder(LEDGER, (US,), day(1), day(2), (("aggregatedByTimePeriod", "DAILY"),))


def obtained(d: Desk, order: ReportOrder = OCTOBER, **options: Any) -> Report | None:
    with d.clock.actor():
        return d.reports(**options).obtain(order)


def read(d: Desk, report: Report | None, **options: Any) -> bytes:
    with d.clock.actor():
        return d.read(report, **options)


def foreign(d: Desk, order: ReportOrder) -> str:
    """Order a report as other software of the account would."""
    with d.clock.actor():
        return desk_of(d).reports()._calls.create(order.body)


def desk_of(d: Desk) -> Desk:
    """Return another host's desk at the same account: it knows nothing of what this one remembers."""
    other = desk()
    return Desk(d.simulator, d.clock, d.session, other.book)


def later(d: Desk, seconds: float) -> None:
    d.clock.wait(d.clock.now() + seconds)


# -- ordering and waiting --------------------------------------------------------------------------------------------


def test_a_report_is_ordered_waited_for_and_read() -> None:
    d = desk()
    report = obtained(d)
    assert read(d, report).startswith(b"amazon-order-id\t")
    assert d.asked()[:2] == [LIST, CREATE]
    assert set(d.asked()[2:-1]) == {LOOK}
    assert d.asked()[-1] == ADDRESS
    assert report is not None
    assert (report.start, report.end, report.options) == (day(1), day(20), ())
    assert "usually takes about 2 min" in d.told[0]
    assert d.stats.bytes == len(read(d, report))


@pytest.mark.parametrize("usual", [20.0, 120.0, 1800.0])
def test_looks_are_few_and_find_it_soon(usual: float) -> None:
    for percent in range(5, 206):
        end = NOW + usual * percent / 100
        times = list(takewhile(lambda at: at < end, looks(NOW, NOW, usual)))  # noqa: B023 - used at once
        found = next(at for at in looks(NOW, NOW, usual) if at >= end)
        assert len(times) + 1 <= 8
        late = (found - end) / usual
        assert late <= (0.23 if 55 < percent <= 106 else 0.45) + 1e-9 or found - end < 2


def test_a_report_that_takes_far_longer_is_looked_for_ever_less() -> None:
    times = [at for at, _ in zip(looks(NOW, NOW, 120.0), range(60), strict=False)]
    gaps = [b - a for a, b in pairwise(times)]
    assert min(gaps) >= 2
    assert max(gaps) == 900
    assert times[-1] - NOW > 8 * 3600


def test_what_was_ordered_before_is_looked_at_at_once() -> None:
    assert next(looks(NOW, NOW + 100, 120.0)) == NOW + 100
    assert next(looks(NOW, NOW + 5, 120.0)) == NOW + 36


def test_how_long_a_type_takes_is_learnt() -> None:
    d = desk()
    first = obtained(d)
    assert first is not None
    record = d.simulator.store_of("na").records("report")[first.id]
    took = record["ends"] - record["created"]
    assert d.book.usual("report", ORDERS) == pytest.approx(took, abs=1)
    assert d.book.usual("report", RETURNS) == 120


def test_several_windows_are_one_listing_and_made_side_by_side() -> None:
    d = desk()
    orders = [ReportOrder(ORDERS, (US,), day(n), day(n + 5)) for n in (10, 15, 20, 25)]
    reports, found = d.reports(), []
    with d.clock.actor():
        reports.begin(orders)
    assert d.clock.now() - NOW < 5
    side_by_side(d.clock, *(lambda o=o: found.append(reports.obtain(o)) for o in orders))
    assert len({r.id for r in found}) == 4
    assert (len(d.asked(LIST)), len(d.asked(CREATE))) == (1, 4)
    assert d.clock.now() - NOW < 1.15 * 130


def test_two_threads_that_ask_the_same_order_it_once() -> None:
    d, found = desk(), []
    side_by_side(d.clock, *[lambda: found.append(d.reports().obtain(OCTOBER))] * 3)
    assert len({r.id for r in found}) == 1
    assert (len(d.asked(CREATE)), len(d.asked(LIST))) == (1, 1)
    assert len(d.asked(LOOK)) <= 8


# -- nothing is asked twice ------------------------------------------------------------------------------------------


def test_the_same_question_again_costs_no_call() -> None:
    d = desk()
    first = obtained(d)
    body, before = read(d, first), d.asked()
    later(d, 60)
    assert read(d, obtained(d)) == body
    assert d.asked() == before
    later(d, 600)
    assert read(d, obtained(d)) == body
    assert d.asked() == [*before, ADDRESS]


def test_another_window_or_place_or_option_is_another_question() -> None:
    d = desk()
    obtained(d)
    obtained(d, replace(OCTOBER, end=day(21)))
    assert len(d.asked(CREATE)) == 2
    obtained(d, SHORT)
    obtained(d, replace(SHORT, options=(("aggregatedByTimePeriod", "WEEKLY"),)))
    assert len(d.asked(CREATE)) == 4


def test_what_was_made_for_a_statement_serves_all_of_it_whatever_the_age() -> None:
    d = desk()
    context = d.context(age=0.0)
    with d.clock.actor(), context.inside():
        first = Reports(context).obtain(OCTOBER)
        second = Reports(context).obtain(OCTOBER)
    assert first == second
    assert len(d.asked(CREATE)) == 1
    assert obtained(d, age=0.0) != first


def test_what_is_too_old_is_ordered_anew() -> None:
    d = desk()
    first = obtained(d)
    later(d, 3700)
    second = obtained(d, age=7200.0)
    assert first is not None
    assert second is not None
    assert second.id == first.id
    third = obtained(d)
    assert third is not None
    assert third.id != first.id


def test_within_the_time_that_amazon_refuses_the_last_one_is_used_whatever_the_age() -> None:
    d = desk()
    order = ReportOrder(RETURNS, (US,), day(1, 8), day(1, 11))
    first = obtained(d, order, age=0.0)
    later(d, 3 * 3600)
    second = obtained(d, order, age=0.0)
    assert first is not None
    assert second is not None
    assert second.id == first.id
    assert len(d.asked(CREATE)) == 1


def test_what_other_software_ordered_serves_where_the_type_has_no_options() -> None:
    d = desk()
    theirs = foreign(d, OCTOBER)
    later(d, 300)
    report = obtained(d)
    assert report is not None
    assert (report.id, report.options) == (theirs, ())
    assert (d.asked(CREATE), d.asked(LIST), d.asked(LOOK)) == ([CREATE], [LIST], [])


def test_what_other_software_is_having_made_is_waited_for() -> None:
    d = desk()
    theirs = foreign(d, OCTOBER)
    later(d, 5)
    report = obtained(d)
    assert report is not None
    assert report.id == theirs
    assert len(d.asked(CREATE)) == 1


@pytest.mark.parametrize("rule", [False, True])
def test_of_a_type_with_options_only_by_property(rule: bool) -> None:
    d = desk()
    order = ReportOrder(LISTINGS, (US,), options=(("custom", "true"),))
    theirs = foreign(d, order)
    later(d, 300)
    report = obtained(d, order, foreign=rule)
    assert report is not None
    assert (report.id == theirs) is rule
    assert report.options == (None if rule else order.options)
    assert len(d.asked(LIST)) == (1 if rule else 0)


def test_where_amazon_refuses_on_account_of_other_software_s_it_is_said() -> None:
    d = desk()
    theirs = foreign(d, SHORT)
    later(d, 300)
    assert obtained(d, SHORT) is None
    assert theirs in d.warnings[0]
    assert "ForeignReports=True" in d.warnings[0]
    assert "within 4 h" in d.warnings[0]


@pytest.mark.parametrize(
    "other",
    [
        replace(OCTOBER, start=day(2)),
        replace(OCTOBER, end=day(19)),
        replace(OCTOBER, marketplaces=("A2EUQ1WTGCTBG2",)),
        replace(OCTOBER, marketplaces=(US, "A2EUQ1WTGCTBG2")),
        replace(OCTOBER, type="GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"),
    ],
)
def test_what_is_not_the_same_does_not_serve(other: ReportOrder) -> None:
    d = desk()
    theirs = foreign(d, other)
    later(d, 300)
    report = obtained(d)
    assert report is not None
    assert report.id != theirs


def test_a_snapshot_that_is_there_serves() -> None:
    d = desk()
    order = ReportOrder("GET_MERCHANT_LISTINGS_INACTIVE_DATA", (US,))
    theirs = foreign(d, order)
    later(d, 300)
    report = obtained(d, order)
    assert report is not None
    assert report.id == theirs


# -- answers in time -------------------------------------------------------------------------------------------------


def test_out_of_time_it_says_when_to_ask_again_and_goes_on_being_made() -> None:
    d = desk()
    with pytest.raises(BudgetExceeded) as caught:
        obtained(d, seconds=20, interactive=True)
    said = str(caught.value)
    report_id = next(iter(d.simulator.store_of("na").records("report")))
    for part in (report_id, ORDERS, "since 11:06:40 UTC", "usually takes about 2 min", "ask the same again"):
        assert part in said
    assert d.clock.now() - NOW < 20
    later(d, 150)
    report = obtained(d, seconds=20, interactive=True)
    assert report is not None
    assert report.id == report_id
    assert (len(d.asked(CREATE)), len(d.asked(LIST)), len(d.asked(LOOK))) == (1, 1, 1)


def test_it_is_looked_at_once_more_just_before_the_deadline() -> None:
    d = desk(Fault("*.createReport", "stuck"))
    with pytest.raises(BudgetExceeded):
        obtained(d, seconds=60)
    assert [round(r.time - NOW) for r in d.simulator.log if r.operation.endswith("getReport")] == [37, 59]
    assert d.clock.now() <= NOW + 60


def test_asked_again_while_it_is_made_nothing_is_ordered() -> None:
    d = desk()
    for _ in range(4):
        with pytest.raises(BudgetExceeded):
            obtained(d, seconds=6)
        later(d, 2)
    assert (len(d.asked(CREATE)), len(d.asked(LIST))) == (1, 1)


def test_cancel_ends_the_wait() -> None:
    d = desk()
    context = d.context()

    def wait() -> None:
        with pytest.raises(Cancelled):
            Reports(context).obtain(OCTOBER)

    def cancel() -> None:
        d.clock.wait(NOW + 15)
        context.cancelled.set()

    side_by_side(d.clock, wait, cancel)
    assert d.clock.now() < NOW + 16
    again = obtained(d)
    assert again is not None
    assert len(d.asked(CREATE)) == 1


def test_the_end_of_a_fetch_ends_its_wait() -> None:
    d = desk()
    stop = d.clock.event()

    def wait() -> None:
        with pytest.raises(Cancelled):
            Reports(d.context(), stop).obtain(OCTOBER)

    def end() -> None:
        d.clock.wait(NOW + 15)
        stop.set()

    side_by_side(d.clock, wait, end)
    assert d.clock.now() < NOW + 16


def test_who_waits_for_a_statement_that_is_cancelled_goes_on_by_itself() -> None:
    d = desk()
    first, found = d.context(), []

    def one() -> None:
        with pytest.raises(Cancelled):
            Reports(first).obtain(OCTOBER)

    def cancel() -> None:
        d.clock.wait(NOW + 15)
        first.cancelled.set()

    side_by_side(d.clock, one, lambda: found.append(d.reports().obtain(OCTOBER)), cancel)
    assert found[0] is not None
    assert len(d.asked(CREATE)) == 1


def test_a_budget_of_requests_holds_and_further_looks_are_free() -> None:
    d = desk()
    with pytest.raises(BudgetExceeded, match="MaxRequests"):
        obtained(d, requests=2)
    assert d.asked() == [LIST, CREATE]
    assert obtained(d, requests=1) is not None
    assert len(d.asked(LOOK)) > 1


def test_one_in_a_hurry_that_waits_for_another_statement_is_told_the_same() -> None:
    d, said = desk(), []

    def hurry() -> None:
        d.clock.wait(NOW + 5)
        with pytest.raises(BudgetExceeded) as caught:
            d.reports(seconds=10).obtain(OCTOBER)
        said.append(str(caught.value))

    side_by_side(d.clock, lambda: d.reports().obtain(OCTOBER), hurry)
    assert "is not there yet: being made since 11:06:40 UTC" in said[0]


def test_one_that_takes_hours_is_waited_for_and_serves_when_it_comes() -> None:
    d = desk(Fault("*.createReport", "stuck"))
    for _ in range(3):
        with pytest.raises(BudgetExceeded):
            obtained(d, seconds=20)
        later(d, 3 * 3600)
    assert len(d.asked(CREATE)) == 1
    record = next(iter(d.simulator.store_of("na").records("report").values()))
    d.simulator._spoiler._doomed.clear()
    record["ends"] = int(d.clock.now())
    report = obtained(d)
    again = obtained(d)
    assert report is not None
    assert again == report
    assert report.created.timestamp() == pytest.approx(NOW, abs=2)
    assert len(d.asked(CREATE)) == 1


def test_one_that_never_comes_is_given_up_after_two_days() -> None:
    d = desk(Fault("*.createReport", "stuck"))
    with pytest.raises(OperationalError, match="still not there after 48 h"):
        obtained(d)
    assert 2 * 86400 < d.clock.now() - NOW < 2 * 86400 + 1000
    assert obtained(d) is not None
    assert len(d.asked(CREATE)) == 2


def test_what_another_version_noted_does_no_harm() -> None:
    d = desk()
    obtained(d)
    key = d.reports()._key(OCTOBER)
    plain = dict(d.book.entry("report", key) or {})
    d.book.note("report", key, {**plain, "colour": "blue"})
    assert obtained(d) is not None
    d.book.note("report", key, {"colour": "blue"})
    assert obtained(d) is not None
    assert len(d.asked(CREATE)) == 1


# -- what Amazon says no to ------------------------------------------------------------------------------------------


def test_cancelled_is_no_rows_and_a_warning_and_not_asked_again() -> None:
    d = desk()
    empty = ReportOrder(ORDERS, (US,), day(1, 1), day(2, 1))
    assert (
        obtained(d, replace(empty, start=datetime(2020, 1, 1, tzinfo=UTC), end=datetime(2020, 1, 2, tzinfo=UTC)))
        is None
    )
    assert "Amazon cancelled report" in d.warnings[0]
    assert "2020-01-01" in d.warnings[0]
    assert "no rows" in d.warnings[0]
    before = d.asked()
    assert (
        obtained(d, replace(empty, start=datetime(2020, 1, 1, tzinfo=UTC), end=datetime(2020, 1, 2, tzinfo=UTC)))
        is None
    )
    assert d.asked() == before
    assert len(d.warnings) == 2


@pytest.mark.parametrize("wait", [0, 600])
def test_what_amazon_cancelled_for_coming_too_soon_is_answered_by_the_one_before(wait: float) -> None:
    d, order = desk(), ReportOrder("GET_AFN_INVENTORY_DATA", (US,))
    theirs = foreign(d, order)
    ours = foreign(d, order)
    d.reports().adopt(order.body, ours)
    later(d, wait)
    report = obtained(d, order)
    assert report is not None
    assert report.id == theirs
    assert d.warnings == []
    assert len(d.asked(CREATE)) == 2
    assert obtained(d, order) == report


def test_what_has_no_data_is_looked_for_once_for_all_windows() -> None:
    d = desk()
    orders = [ReportOrder(RETURNS, (US,), datetime(2020, 1, n, tzinfo=UTC), datetime(2020, 1, n + 1, tzinfo=UTC))
              for n in range(1, 9)]  # fmt: skip
    with d.clock.actor():
        life = d.reports()
        life.begin(orders)
        assert [life.obtain(order) for order in orders] == [None] * 8
    assert len(d.asked(CREATE)) == 8
    assert len(d.asked("getReports")) <= 3


def test_fatal_is_an_error_with_its_document_s_words_and_not_tried_again_at_once() -> None:
    d = desk()
    order = ReportOrder(BORDERS, (US,), day(6), day(9), (("reportPeriod", "WEEK"),))
    for _ in range(2):
        with pytest.raises(OperationalError, match="must lie on the borders of a WEEK") as caught:
            obtained(d, order)
        assert "FATAL" in str(caught.value)
    assert len(d.asked(CREATE)) == 1
    later(d, 400)
    with pytest.raises(OperationalError, match="borders"):
        obtained(d, order)
    assert len(d.asked(CREATE)) == 2


def test_fatal_without_a_document_is_an_error_too() -> None:
    d = desk(Fault("*.createReport", "fatal"))
    with pytest.raises(OperationalError, match="no reason was given"):
        obtained(d)


def test_what_somebody_cancelled_in_the_queue_is_ordered_anew() -> None:
    d = desk()
    with d.clock.actor():
        d.reports().begin([OCTOBER])
    first = next(iter(d.simulator.store_of("na").records("report").values()))
    first["stopped"] = d.clock.now()
    report = obtained(d)
    assert report is not None
    assert report.id != first["reportId"]
    assert d.warnings == []
    assert len(d.asked(CREATE)) == 2


def test_cancelled_while_a_statement_waits_it_gives_no_rows() -> None:
    d, found = desk(), []

    def cancel() -> None:
        d.clock.wait(NOW + 5)
        next(iter(d.simulator.store_of("na").records("report").values()))["stopped"] = d.clock.now()

    side_by_side(d.clock, lambda: found.append(d.reports().obtain(OCTOBER)), cancel)
    assert found == [None]
    assert len(d.asked(CREATE)) == 1


def test_what_a_call_of_its_own_ordered_is_ours_with_its_options() -> None:
    d = desk()
    with d.clock.actor():
        reports = d.reports()
        report_id = reports._calls.create(SHORT.body)
        told = {**SHORT.body, "dataStartTime": "2026-10-01T00:00:00Z"}
        reports.adopt(told, report_id)
        reports.adopt(told, None)
    report = obtained(d, SHORT)
    assert report is not None
    assert (report.id, report.options) == (report_id, SHORT.options)


def test_a_type_that_cannot_be_requested_is_refused_before_any_call() -> None:
    d = desk()
    with pytest.raises(ProgrammingError, match="by itself"):
        obtained(d, ReportOrder(SETTLEMENT, (US,)))
    with pytest.raises(ProgrammingError, match="schedule"):
        obtained(d, ReportOrder("GET_ORDER_REPORT_DATA_TAX", (US,)))
    assert d.asked() == []


def test_documents_with_personal_data_name_what_they_need() -> None:
    d = desk()
    report = obtained(d, ReportOrder(SHIPPING, (US,), day(10, 11), day(18, 11)))
    with pytest.raises(AccessDenied, match="IncludeRestrictedData=True"):
        read(d, report)


def test_documents_with_personal_data_are_read_with_a_token_of_their_own() -> None:
    d = desk()
    report = obtained(d, ReportOrder(SHIPPING, (US,), day(10, 11), day(18, 11)))
    assert b"recipient-name" in read(d, report, restricted=True)
    tokens = [r.operation for r in d.simulator.log if r.operation.startswith("tokens_")]
    assert tokens == ["tokens_2021-03-01.createRestrictedDataToken"]


# -- orders of which no answer was seen ------------------------------------------------------------------------------


class Lossy:
    """A simulator of whose answers to an operation the first is lost: `instead` comes in its place."""

    def __init__(self, simulator: Any, instead: Callable[[Any], Iterable[bytes]], times: int = 1) -> None:
        self._simulator, self._instead, self._left = simulator, instead, times

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        creates = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith("/reports")
        if not creates or self._left == 0:
            return self._simulator(environ, start)
        self._left -= 1
        list(self._simulator(environ, lambda *_: None))
        return self._instead(start)


def broken(start: Any) -> Iterable[bytes]:
    start("500 Internal Server Error", [("content-type", "application/json")])
    return [b'{"errors": [{"code": "InternalFailure", "message": "Lost."}]}']


def killed(_: Any) -> Iterable[bytes]:
    raise SystemExit(9)


@pytest.mark.parametrize("order", [OCTOBER, SHORT], ids=lambda o: o.type)
def test_an_order_that_was_taken_though_the_answer_is_an_error_is_found(order: ReportOrder) -> None:
    d = desk(app=lambda simulator: Lossy(simulator, broken))
    report = obtained(d, order)
    assert report is not None
    assert report.options == order.options
    assert len(d.asked(CREATE)) == 1


def test_an_order_that_was_not_taken_is_sent_again() -> None:
    d = desk(Fault("*.createReport", "status", status=500))
    assert obtained(d) is not None
    assert d.asked()[:4] == [LIST, CREATE, LIST, CREATE]


def test_after_three_faults_it_is_an_error() -> None:
    d = desk(Fault("*.createReport", "status", status=500, times=0))
    with pytest.raises(ServerError):
        obtained(d)
    assert len(d.asked(CREATE)) == 3


@pytest.mark.parametrize("order", [OCTOBER, SHORT], ids=lambda o: o.type)
def test_a_process_that_dies_while_it_orders_leaves_an_order_that_is_found(order: ReportOrder) -> None:
    d = desk(app=lambda simulator: Lossy(simulator, killed))
    with pytest.raises(SystemExit):
        obtained(d, order)
    report = obtained(d, order)
    assert report is not None
    assert len(d.asked(CREATE)) == 1


def test_a_refused_order_leaves_nothing_behind() -> None:
    d = desk(Fault("*.createReport", "status", status=403))
    with pytest.raises(AccessDenied):
        obtained(d)
    assert obtained(d) is not None
    assert len(d.asked(LIST)) == 2


# -- what is only looked for -----------------------------------------------------------------------------------------


def test_the_newest_that_is_there() -> None:
    d = desk()
    first = obtained(d)
    second = obtained(d, replace(OCTOBER, start=day(2)))
    assert first is not None
    assert second is not None
    with d.clock.actor():
        found = d.reports().newest(ReportOrder(ORDERS, (US,)))
        none = d.reports().newest(ReportOrder("GET_EPR_MONTHLY_REPORTS", ("A1PA6795UKMFR9",)))
    assert found is not None
    assert found.id == second.id
    assert none is None
    assert len(d.asked(CREATE)) == 2


def test_the_newest_with_options_is_one_of_ours() -> None:
    d = desk()
    mine = obtained(d, SHORT)
    later(d, 60)
    foreign(d, replace(SHORT, options=(("aggregatedByTimePeriod", "WEEKLY"),)))
    later(d, 300)
    with d.clock.actor():
        asked = d.reports().newest(ReportOrder(LEDGER, (US,), options=SHORT.options))
        any_of_them = d.reports().newest(ReportOrder(LEDGER, (US,)))
    assert mine is not None
    assert asked is not None
    assert any_of_them is not None
    assert (asked.id, asked.options) == (mine.id, SHORT.options)
    assert any_of_them.options is None


def test_settlements_of_a_window_are_all_that_touch_it() -> None:
    d = desk()
    window = ReportOrder(SETTLEMENT, (US,), day(1, 9), day(1, 11))
    with d.clock.actor():
        found = d.reports().lookup(window)
        second_half = d.reports().lookup(replace(window, start=day(23)))
        ancient = d.reports().lookup(replace(window, start=day(1, 1)))
    assert [(r.start, r.end) for r in found] == [(day(22), day(5, 11)), (day(8), day(22))]
    assert {r.marketplaces for r in found} == {(US,)}
    assert second_half == found[:1]
    assert ancient == found
    assert CREATE not in d.asked()


def test_by_its_id() -> None:
    d = desk()
    report = obtained(d)
    assert report is not None
    theirs = foreign(d, replace(OCTOBER, start=day(3)))
    with d.clock.actor():
        assert d.reports().named(report.id) == report
        assert d.reports().named(theirs) is None
        assert d.reports().named("50999999999") is None


# -- documents -------------------------------------------------------------------------------------------------------


def test_an_address_that_is_over_is_asked_for_again() -> None:
    d = desk(Fault("*.getReportDocument", "expired_url"))
    body = read(d, obtained(d))
    assert body.startswith(b"amazon-order-id")
    assert len(d.asked(ADDRESS)) == 2


def test_an_address_that_is_refused_for_ever_is_an_error_without_it() -> None:
    d = desk(Fault("documents.get", "expired_url", times=0))
    report = obtained(d)
    with pytest.raises(AccessDenied) as caught:
        read(d, report)
    assert "AccessDenied" in str(caught.value)
    assert "Signature" not in str(caught.value)
    assert len(d.asked(ADDRESS)) == 3


def test_a_kept_address_that_is_over_is_replaced() -> None:
    d = desk(Fault("documents.get", "expired_url", nth=2))
    report = obtained(d)
    body = read(d, report)
    assert read(d, report) == body
    assert len(d.asked(ADDRESS)) == 2


def test_a_document_that_is_cut_off_once_comes_whole() -> None:
    whole = desk()
    d = desk(Fault("documents.get", "cut"))
    assert read(d, obtained(d)) == read(whole, obtained(whole))
    assert d.downloads() == 2


def test_a_document_that_is_always_cut_off_is_an_error() -> None:
    d = desk(Fault("documents.get", "cut", times=0))
    report = obtained(d)
    with pytest.raises(OperationalError, match="cut off after"):
        read(d, report)


def test_a_document_beyond_the_cap_is_an_error() -> None:
    d = desk()
    report = obtained(d)
    with pytest.raises(DataError, match="MaxReportSize"):
        read(d, report, caps=Caps(packed=1000))


def test_listings_have_no_window() -> None:
    d = desk()
    report = obtained(d, ReportOrder(LISTINGS, (US,)))
    assert gzip.decompress(read(d, report)).startswith(b"item-name\t")
