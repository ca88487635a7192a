"""Windows and options of reports: what is asked for, and what is refused before any call."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from amzsql.errors import ProgrammingError
from amzsql.plan.report_options import Options, options_of
from amzsql.plan.report_windows import Said, border, check_borders, following, parts, said
from amzsql.spapi.document_types import ReportOption, ReportType, report_types
from amzsql.sql.predicate import ANY, NOTHING, Domain

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
ORDERS = report_types()["GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"]
TRAFFIC = report_types()["GET_SALES_AND_TRAFFIC_REPORT"]


def day(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def at_least(text: str, *, above: bool = False) -> Domain:
    return Domain(low=day(text), low_open=above)


def below(text: str, *, up_to: bool = False) -> Domain:
    return Domain(high=day(text), high_open=not up_to)


def between(one: str, other: str) -> Domain:
    return Domain(low=day(one), high=day(other))


SECOND = dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("start", "end", "due"),
    [
        (at_least("2026-08-01"), below("2026-11-01"), ("2026-08-01", "2026-11-01", "2026-10-31T23:59:59")),
        (
            at_least("2026-08-01"),
            below("2026-10-31", up_to=True),
            ("2026-08-01", "2026-10-31", "2026-10-31"),
        ),
        (Domain.of(day("2026-08-01")), Domain.of(day("2026-09-01")), ("2026-08-01", "2026-09-01", "2026-09-01")),
        (between("2026-08-01", "2026-08-05"), None, ("2026-08-01", "2026-08-05", "2026-08-05")),
        (None, between("2026-08-01", "2026-08-05"), ("2026-08-01", "2026-08-05", "2026-08-05")),
        (at_least("2026-08-01", above=True), None, ("2026-08-01T00:00:01", None, None)),
        (at_least("2026-08-01T10:00:00.5"), None, ("2026-08-01T10:00:01", None, None)),
        (at_least("2026-08-01"), below("2026-08-02T00:00:00.5"), ("2026-08-01", "2026-08-02T00:00:01", "2026-08-02")),
        (Domain.of(day("2026-08-01")), None, ("2026-08-01", None, None)),
        (None, below("2026-11-01"), (None, "2026-11-01", "2026-10-31T23:59:59")),
    ],
)
def test_what_a_statement_says_is_a_half_open_window(
    start: Domain | None, end: Domain | None, due: tuple[str | None, ...]
) -> None:
    found = said("R", start, end)
    assert found is not None
    assert (found.start, found.end, found.last) == tuple(None if d is None else day(d) for d in due)


def test_the_values_of_the_columns_fulfil_what_the_statement_says_of_them() -> None:
    start, end = at_least("2026-08-01T00:00:00.25", above=True), below("2026-11-01")
    found = said("R", start, end)
    assert found is not None
    assert start.holds(found.first)
    assert end.holds(found.last)


@pytest.mark.parametrize("domain", [None, ANY, Domain(high=day("2026-01-01"), null=True)])
def test_a_condition_that_lets_null_pass_is_no_window(domain: Domain | None) -> None:
    assert said("R", domain, None) is None


def test_two_windows_and_none_are_refused() -> None:
    with pytest.raises(ProgrammingError, match="the statement says several of DataStartTime"):
        said("R", Domain.of(day("2026-08-01"), day("2026-08-02")), None)
    with pytest.raises(ProgrammingError, match=r"ends .2026-07-31 23:59:59. before it begins"):
        said("R", at_least("2026-08-02"), below("2026-08-01"))
    assert NOTHING.is_empty


# -- windows that are sent ---------------------------------------------------------------------------------------------


def window(start: str | None, end: str | None) -> Said:
    found = said("R", None if start is None else at_least(start), None if end is None else below(end))
    assert found is not None
    return found


def test_a_long_window_is_split_without_gap_and_the_newest_comes_first() -> None:
    found, warnings = parts(ORDERS, window("2026-08-01", "2026-11-01"), NOW)
    assert not warnings
    assert len(found) == 4
    assert found[0] == (day("2026-10-30"), day("2026-11-01"))
    assert found[-1][0] == day("2026-08-01")
    assert [one[0] for one in found[:-1]] == [other[1] for other in found[1:]]
    assert max(end - start for start, end in found if start and end) <= dt.timedelta(seconds=ORDERS.longest or 0)


def test_an_end_that_is_not_over_is_left_to_amazon() -> None:
    assert parts(ORDERS, window("2026-11-15", "2026-12-01"), NOW) == ([(day("2026-11-15"), None)], [])
    assert parts(ORDERS, window("2026-11-15", None), NOW) == ([(day("2026-11-15"), None)], [])
    assert [end for _, end in parts(ORDERS, window("2026-10-01", None), NOW)[0]] == [None, day("2026-10-31")]


def test_of_whole_days_the_last_one_is_sent() -> None:
    [(_, end)], _ = parts(TRAFFIC, window("2026-10-01", "2026-11-01"), NOW)
    assert end == day("2026-10-31T23:59:59")


def test_what_lies_beyond_the_reach_is_left_out_with_a_warning() -> None:
    [(start, _)], [told] = parts(TRAFFIC, window("2020-01-01", "2026-11-01"), NOW)
    # The order may have to wait for its turn: the first whole day that is still in reach then.
    assert start == day("2024-11-21")
    assert "731 days back: what lies before 2024-11-21 00:00 UTC" in told
    late = dt.datetime(2026, 11, 21, 23, 30, tzinfo=dt.UTC)
    assert parts(TRAFFIC, window("2024-11-21", "2026-11-01"), late)[0][0][0] == day("2024-11-22")
    assert parts(TRAFFIC, window("2020-01-01", "2021-01-01"), NOW)[0] == []
    found, [told] = parts(ORDERS, window("2026-12-01", None), NOW)
    assert found == []
    assert "lies ahead" in told


# -- borders -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "one", "due", "after"),
    [
        ("DAY", "2026-10-28", "2026-10-28", "2026-10-29"),
        ("WEEK", "2026-10-28", "2026-10-25", "2026-11-01"),
        ("WEEK", "2026-10-25", "2026-10-25", "2026-11-01"),
        ("MONTH", "2026-12-31", "2026-12-01", "2027-01-01"),
        ("QUARTER", "2026-12-31", "2026-10-01", "2027-01-01"),
        ("YEAR", "2026-12-31", "2026-01-01", "2027-01-01"),
    ],
)
def test_periods_begin_on_their_borders(period: str, one: str, due: str, after: str) -> None:
    found = border(dt.date.fromisoformat(one), period)
    assert (found.isoformat(), following(found, period).isoformat()) == (due, after)


@pytest.mark.parametrize(
    ("period", "start", "end", "told"),
    [
        ("WEEK", "2026-10-28", "2026-11-08", "on 2026-10-25 or on 2026-11-01, not on 2026-10-28"),
        ("WEEK", "2026-10-25", "2026-11-07", "before 2026-11-01 or before 2026-11-08, not before 2026-11-07"),
        ("MONTH", "2026-10-01", "2026-10-15", "it ends before 2026-11-01, not before 2026-10-15"),
        (
            "MONTH",
            "2026-10-01",
            "2026-12-01",
            "the last one is not over. Write DataStartTime >= '2026-10-01' AND DataEndTime < '2026-11-01'",
        ),
        (
            "MONTH",
            "2026-10-01",
            None,
            "say where it ends. Write DataStartTime >= '2026-10-01' AND DataEndTime < '2026-11-01'",
        ),
        ("MONTH", None, "2026-11-01", "needs DataStartTime"),
    ],
)
def test_a_window_off_the_borders_is_refused_with_the_nearest(
    period: str, start: str | None, end: str | None, told: str
) -> None:
    with pytest.raises(ProgrammingError, match=told):
        check_borders("R", period, window(start, end), NOW)


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [("WEEK", "2026-10-25", "2026-11-08"), ("MONTH", "2026-09-01", "2026-11-01"), ("DAY", "2026-10-25", "2026-10-27")],
)
def test_a_window_of_whole_periods_passes(period: str, start: str, end: str) -> None:
    check_borders("R", period, window(start, end), NOW)
    last_day = replace(window(start, end), end=day(end) - dt.timedelta(days=1), closed=True)
    check_borders("R", period, last_day, NOW)


# -- options -----------------------------------------------------------------------------------------------------------

KIND = ReportType(
    "GET_X",
    "Order",
    frozenset({"seller"}),
    "TSV",
    ("request",),
    options=(ReportOption("period", ("DAY", "WEEK"), required=True), ReportOption("free")),
)
COLUMNS = {"period": "Period", "free": "Free"}


def options(**domains: Domain) -> list[Options]:
    return options_of("R", KIND, COLUMNS, domains, all_needed=True)


def test_each_value_of_an_option_is_a_report() -> None:
    found = options(Period=Domain.of("WEEK", "DAY"), Free=Domain.of("x"))
    assert [o.given for o in found] == [(("free", "x"), ("period", p)) for p in ("DAY", "WEEK")]


def test_options_stand_in_a_text_of_json_too() -> None:
    [found] = options(ReportOptions=Domain.of('{"period": "DAY", "free": true}'))
    assert found == Options((("free", "true"), ("period", "DAY")), '{"period": "DAY", "free": true}')


@pytest.mark.parametrize(
    ("domains", "told"),
    [
        ({}, r"needs a filter on Period \(DAY, WEEK\), such as Period = 'DAY'"),
        ({"Period": Domain.of("MONTH")}, "Period is one of DAY, WEEK, not 'MONTH'"),
        ({"Period": Domain.of("Day")}, "Period is one of DAY, WEEK, not 'Day'. Did you mean DAY"),
        ({"Period": Domain(low="A")}, "takes constants"),
        ({"ReportOptions": Domain.of("x")}, "JSON text of an object, such as"),
        (
            {"ReportOptions": Domain.of('{"perid": "DAY"}')},
            "no option 'perid': it has period, free. Did you mean period",
        ),
        ({"ReportOptions": Domain.of('{"period": ["DAY"]}')}, "period takes a text"),
        (
            {"ReportOptions": Domain.of('{"period": "DAY"}'), "Period": Domain.of("WEEK")},
            "says period=DAY, and its own",
        ),
    ],
)
def test_options_that_the_type_does_not_have_are_refused(domains: dict[str, Domain], told: str) -> None:
    with pytest.raises(ProgrammingError, match=told):
        options(**domains)
