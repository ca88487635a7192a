"""Parameters: what Python's values become, and which are refused, with their place."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from amzsql.errors import ProgrammingError
from amzsql.sql.statement import parse, with_parameters


def bound(text: str, parameters: Any) -> str:
    """Return a statement with its parameters as DuckDB reads it."""
    return with_parameters(parse(text).tree, parameters).sql("duckdb")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (dt.timedelta(days=-1, seconds=2, microseconds=3), "CAST('-1 days 2 seconds 3 microseconds' AS INTERVAL)"),
        (dt.date(2026, 1, 2), "CAST('2026-01-02' AS DATE)"),
        (dt.time(1, 2), "CAST('01:02:00' AS TIME)"),
        (2**127 - 1, str(2**127 - 1)),
        (-(2**127) + 1, f"(-{2**127 - 1})"),
        (Decimal("0." + "0" * 5 + "1" * 38), "0." + "0" * 5 + "1" * 38),
        (True, "TRUE"),
        (None, "NULL"),
    ],
)
def test_bound(value: Any, text: str) -> None:
    assert bound("SELECT ?", (value,)) == f"SELECT {text}"


@pytest.mark.parametrize(
    ("text", "parameters", "said"),
    [
        ("SELECT ?, ?", (1, {"a": 1}), "^Parameter 2 is of type dict"),
        ("SELECT @a, @B", {"a": 1, "b": object()}, "^Parameter B is of type object"),
        ("SELECT ?", ([1, {2}],), "^Parameter 1 is of type set"),
        ("SELECT ?", (10**39,), "^Parameter 1 is an integer of more than 128 bits"),
        ("SELECT ?", (-(10**39),), "^Parameter 1 is an integer of more than 128 bits"),
        ("SELECT ?", (Decimal(10) ** 50,), "^Parameter 1 has more than 38 digits"),
        ("SELECT ?", (Decimal("NaN"),), "^Parameter 1 is NaN"),
        ("SELECT ?", 5, "^The parameters are of type int"),
        ("SELECT ?", {1}, "^The parameters are of type set"),
        ("SELECT ?", b"a", "1 parameters, but 1 values|^The statement has"),
    ],
)
def test_refused(text: str, parameters: Any, said: str) -> None:
    with pytest.raises(ProgrammingError, match=said):
        bound(text, parameters)


def test_half_a_character_is_refused() -> None:
    for text, parameters, told in (
        ("SELECT ?", ["a\ud800"], r"Parameter 1 is no text: it holds half a character \(\\ud800\)"),
        ("SELECT '\udfff'", None, "The statement is no text"),
    ):
        with pytest.raises(ProgrammingError, match=told):
            bound(text, parameters)


def test_an_array_of_numpy_is_refused() -> None:
    numpy = pytest.importorskip("numpy")
    assert bound("SELECT ?", (numpy.int64(7),)) == "SELECT 7"
    with pytest.raises(ProgrammingError, match="Parameter 1 is of type ndarray"):
        bound("SELECT ?", (numpy.array([1, 2]),))


def test_times_of_numpy_are_times() -> None:
    numpy = pytest.importorskip("numpy")
    moment, span = numpy.datetime64("2026-11-21T08:00", "ns"), numpy.timedelta64(90, "s")
    assert bound("SELECT ?", (moment,)) == "SELECT CAST('2026-11-21 08:00:00' AS TIMESTAMP)"
    assert bound("SELECT ?", (span,)) == "SELECT CAST('0 days 90 seconds 0 microseconds' AS INTERVAL)"
    assert bound("SELECT ?, ?", (numpy.datetime64("NaT"), numpy.timedelta64("NaT"))) == "SELECT NULL, NULL"


def test_what_is_no_query_is_refused_without_a_word_on_stderr(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ProgrammingError, match="PREPARE is not a statement that runs here"):
        parse("PREPARE x AS SELECT 1")
    assert capfd.readouterr().err == caplog.text == ""
