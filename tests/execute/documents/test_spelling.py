"""How values are spelt: numbers, dates and times of all marketplaces, and what is an error rather than a guess."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amzsql.execute.documents.spelling import Misfit, Speller
from amzsql.types import BIGINT, BOOLEAN, DATE, DOUBLE, MONEY, TIMESTAMP, SqlType

LEDGER = "GET_LEDGER_DETAIL_VIEW_DATA"


def values(kind: SqlType, country: str, *texts: str | None, report_type: str = "") -> list[object]:
    speller = Speller(kind, country, report_type)
    return list(speller.convert(pa.array(texts, pa.string())).to_pylist())


def one(kind: SqlType, country: str, text: str, report_type: str = "") -> object:
    return values(kind, country, text, report_type=report_type)[0]


@pytest.mark.parametrize(
    ("country", "text", "value"),
    [
        ("US", "12.5", "12.5"), ("US", "1,234.56", "1234.56"), ("US", "1,234", "1234"), ("US", "-0.0001", "-0.0001"),
        ("US", "$1,234,567.80", "1234567.8"), ("US", "(12.50)", "-12.5"), ("US", "12.50-", "-12.5"),
        ("US", "+3", "3"), ("US", ".5", "0.5"), ("US", "1e3", "1000"), ("US", "USD 12.50", "12.5"),
        ("DE", "12.5", "12.5"), ("DE", "12,5", "12.5"), ("DE", "1.234,56", "1234.56"), ("DE", "1,234", "1.234"),
        ("DE", "1.234.567,8", "1234567.8"), ("DE", "12,50 €", "12.5"), ("DE", "−3,00", "-3"),
        ("DE", "0,1234", "0.1234"), ("FR", "1 234,56", "1234.56"), ("FR", "1\u202f234,56", "1234.56"),
        ("PL", "1234,5 PLN", "1234.5"),
        ("JP", "¥1,234", "1234"), ("JP", "1234", "1234"), ("IN", "1,23,456.70", "123456.7"),
        ("", "7,25", "7.25"), ("US", "99999999999999.9999", "99999999999999.9999"),
        ("US", "0.30000000000000004", "0.3"), ("US", "12.339999999999998", "12.34"),
    ],
)  # fmt: skip
def test_money(country: str, text: str, value: str) -> None:
    assert one(MONEY, country, text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["x", "1.2.3", "1,2,3", "12.34567", "1e99", "--1", "1.5.", "1,23", "NaN", "inf", "12 kg", "0x10"]
)
def test_no_money(text: str) -> None:
    if text == "1,23":
        assert one(MONEY, "US", text) == Decimal("1.23")
        return
    with pytest.raises(Misfit) as caught:
        values(MONEY, "US", "1", None, text)
    assert (caught.value.row, caught.value.text) == (2, text)


def test_nothing_is_null_in_a_number_and_text_in_a_text() -> None:
    assert values(MONEY, "US", "", "--", "N/A", " ", None, "1") == [None] * 5 + [Decimal(1)]
    assert values(BIGINT, "US", "-", "3") == [None, 3]


def test_a_column_with_decimal_commas_groups_by_points() -> None:
    assert values(MONEY, "DE", "1.234", "5,25") == [Decimal(1234), Decimal("5.25")]
    assert values(MONEY, "DE", "1.234") == [Decimal("1.234")]
    assert values(BIGINT, "DE", "1.234", "7") == [1234, 7]


@given(st.decimals(-(10**13), 10**13, places=4), st.sampled_from(["US", "DE", "FR", "JP"]))
@settings(deadline=None)
def test_money_is_exact(value: Decimal, country: str) -> None:
    plain = f"{value:f}"
    assert one(MONEY, country, plain) == value
    grouped = f"{value:,.4f}"
    assert one(MONEY, "US", grouped) == value
    assert one(MONEY, "DE", grouped.translate(str.maketrans(",.", ".,"))) == value


def test_other_numbers() -> None:
    assert values(BIGINT, "US", "1", "1,000", "2.0", "-9223372036854775808") == [1, 1000, 2, -(2**63)]
    for text in ("1.5", "9223372036854775808", "many"):
        with pytest.raises(Misfit):
            one(BIGINT, "US", text)
    assert values(DOUBLE, "DE", "12,5%", "1.234,5", "3") == [12.5, 1234.5, 3.0]
    assert values(BOOLEAN, "US", "true", "FALSE", "Yes", "n", "1", "") == [True, False, True, False, True, None]
    with pytest.raises(Misfit):
        one(BOOLEAN, "US", "maybe")


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("US", "2026-01-31"), ("US", "01/31/2026"), ("US", "01/31/26"), ("CA", "31/01/26"), ("GB", "31/01/2026"),
        ("DE", "31.01.2026"), ("DE", "31.01.26"), ("DE", "31.1.2026"), ("NL", "31-01-26"), ("NL", "31-01-2026"),
        ("SE", "26-01-31"), ("JP", "26/01/31"), ("JP", "2026/01/31"), ("US", "31-Jan-2026 UTC"), ("US", "Jan 31, 2026"),
        ("US", "31 January 2026"), ("US", "20260131"), ("DE", "2026-01-31T23:59:59+00:00"), ("US", "31-01-2026"),
        ("FR", "31/01/2026 10:00:00 CET"), ("IN", "31/01/2026"), ("US", "31-JAN-2026"),
    ],
)  # fmt: skip
def test_dates(country: str, text: str) -> None:
    assert one(DATE, country, text) == dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("country", "text", "value"),
    [
        ("US", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"),
        ("US", "2026-01-02T03:04:05.678+00:00", "2026-01-02T03:04:05.678+00:00"),
        ("US", "2026-01-02T03:04:05+0530", "2026-01-01T21:34:05+00:00"),
        ("US", "2026-01-02 03:04:05 PST", "2026-01-02T11:04:05+00:00"),
        ("US", "2026-07-02 03:04:05 PDT", "2026-07-02T10:04:05+00:00"),
        ("DE", "02/01/2026 03:04:05 MEZ", "2026-01-02T02:04:05+00:00"),
        ("DE", "02.01.2026 03:04:05 UTC", "2026-01-02T03:04:05+00:00"),
        ("GB", "02/07/2026 03:04:05 BST", "2026-07-02T02:04:05+00:00"),
        ("JP", "2026/01/02 03:04:05 JST", "2026-01-01T18:04:05+00:00"),
        ("BR", "2026-01-02 03:04:05 -03", "2026-01-02T06:04:05+00:00"),
        ("AE", "02/01/2026 03:04:05 +04", "2026-01-01T23:04:05+00:00"),
        ("IN", "02/01/2026 03:04:05 IST", "2026-01-01T21:34:05+00:00"),
        ("IE", "02/07/2026 03:04:05 IST", "2026-07-02T02:04:05+00:00"),
        ("AU", "2026/01/02 03:04:05 AEDT", "2026-01-01T16:04:05+00:00"),
        ("US", "Jan 2, 2026 3:04:05 PM PST", "2026-01-02T23:04:05+00:00"),
        ("DE", "2 Jan 2026 12:04:05 AM GMT+1", "2026-01-01T23:04:05+00:00"),
        ("US", "2026-01-02 03:04:05", "2026-01-02T03:04:05+00:00"),
        ("DE", "02.01.2026", "2026-01-02T00:00:00+00:00"),
    ],
)
def test_times(country: str, text: str, value: str) -> None:
    assert one(TIMESTAMP, country, text) == dt.datetime.fromisoformat(value)


@pytest.mark.parametrize(
    "text",
    ["32.01.2026", "2026-02-30", "13/13/2026", "today", "10:00", "2026-01-01 25:00:00", "01.01.2026 10:00:00 XYZ"],
)
def test_no_times(text: str) -> None:
    for kind in (DATE, TIMESTAMP):
        with pytest.raises(Misfit) as caught:
            values(kind, "DE", "01.01.2026", text)
        assert caught.value.row == 1


def test_what_a_date_leaves_open_is_told_by_type_by_the_others_or_by_the_country() -> None:
    assert one(DATE, "US", "02/01/2026") == dt.date(2026, 2, 1)
    assert one(DATE, "DE", "02/01/2026") == dt.date(2026, 1, 2)
    assert one(DATE, "DE", "02/01/2026", LEDGER) == dt.date(2026, 2, 1)
    assert values(DATE, "DE", "02/01/2026", "01/13/2026") == [dt.date(2026, 2, 1), dt.date(2026, 1, 13)]
    assert values(DATE, "US", "02/01/2026", "13/01/2026") == [dt.date(2026, 1, 2), dt.date(2026, 1, 13)]


def test_dates_that_contradict_one_another_are_an_error() -> None:
    with pytest.raises(Misfit) as caught:
        values(DATE, "US", "02/13/2026", "13/02/2026")
    assert caught.value.text in ("02/13/2026", "13/02/2026")


def test_a_proof_that_comes_too_late_is_an_error() -> None:
    speller = Speller(DATE, "DE", "")
    assert speller.convert(pa.array(["02/01/2026"])).to_pylist() == [dt.date(2026, 1, 2)]
    assert speller.convert(pa.array(["14/01/2026"])).to_pylist() == [dt.date(2026, 1, 14)]
    with pytest.raises(Misfit):
        speller.convert(pa.array(["01/14/2026"]))


ORDERS = {"US": "%m/%d/%Y", "GB": "%d/%m/%Y", "DE": "%d.%m.%Y", "JP": "%Y/%m/%d", "SE": "%Y-%m-%d"}


@given(st.lists(st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)), min_size=1), st.sampled_from(sorted(ORDERS)))
@settings(deadline=None)
def test_dates_of_a_country(days: list[dt.date], country: str) -> None:
    assert values(DATE, country, *(day.strftime(ORDERS[country]) for day in days)) == days
