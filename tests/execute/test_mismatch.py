"""What is said of a call with the wrong types: two lines, whatever the engine says."""

from __future__ import annotations

import duckdb
import pytest

from amzsql.errors import ProgrammingError
from amzsql.execute.engine import translated
from amzsql.execute.mismatch import shortened


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("'a'::VARCHAR + 1", "VARCHAR + INTEGER is not available: there is INTEGER + INTEGER, DATE + INTEGER, "),
        ("sum('a'::VARCHAR)", "sum(VARCHAR) is not available: there is sum(DECIMAL), sum(BOOLEAN), "),
        ("round('a', 'b')", "round(VARCHAR, VARCHAR) could mean several things: there is round(SMALLINT, INTEGER), "),
        ("now() - '7'", "TIMESTAMP WITH TIME ZONE - VARCHAR could mean several things: there is TIMESTAMP WITH TIME "),
        (
            "substring(now(), 1)",
            "substring(TIMESTAMP WITH TIME ZONE, INTEGER) is not available: there is substring(VAR",
        ),
        ("-('a'::VARCHAR)", "-(VARCHAR) is not available: there is -(TINYINT), "),
    ],
)
def test_two_lines_are_enough(expression: str, said: str) -> None:
    with pytest.raises(ProgrammingError) as raised, translated({}):
        duckdb.sql(f"SELECT {expression}").fetchall()
    first, second = str(raised.value).split("\n")
    assert first.startswith(said)
    assert len(first) < 320
    assert second == "Write CAST(… AS type) around an argument of another type."


def test_other_messages_stay() -> None:
    assert shortened("Could not convert string 'a' to INT32") == "Could not convert string 'a' to INT32"
