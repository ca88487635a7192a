"""What a statement may not call: the engine's own functions that reach files, settings or text that is run."""

from __future__ import annotations

import re

import duckdb
import pytest

from amzsql.errors import Error, ProgrammingError
from amzsql.sql.statement import TABLE_FUNCTIONS, parse

SOURCES = (
    "SELECT * FROM {}('x', 1)",
    "SELECT * FROM Orders o, LATERAL {}(o.OrderItems, 1)",
    "SELECT * FROM system.main.{}('x', 1)",
    "SELECT * FROM Orders WHERE EXISTS (SELECT 1 FROM \"{}\"('x', 1))",
)
VALUES = ("SELECT {}('x')", "SELECT main.{}('x')", "SELECT 'x'.{}()", "SELECT [{}]('x') FROM Orders")
# Parts of names that tell of files, settings, text that is run, waiting or the engine's insides.
TELLING = re.compile(
    r"sql|serialize|setting|env|file(?!name)|log_|_log|scan|variable|sleep|secret|query|internal|transaction_id|txid"
    r"|connection|pg_|inet_|privilege|search_path|setval|nextval|currval|seed|index_key|block_size"
)
HARMLESS = {"pg_typeof", "pg_size_pretty", "format_pg_type", "map_to_pg_oid"}


def functions(*kinds: str) -> list[str]:
    """Return the names of the installed engine's functions of some kinds."""
    found = duckdb.connect().execute("SELECT DISTINCT function_name, function_type FROM duckdb_functions()").fetchall()
    return sorted({name for name, kind in found if kind in kinds and re.fullmatch(r"\w+", name)})


def refused(statement: str) -> bool:
    """Tell whether a statement is refused for a function that it calls."""
    try:
        parse(statement)
    except Error as error:
        return re.match(r"\w+\(\) is not available", str(error)) is not None
    return False


@pytest.mark.parametrize("name", functions("table", "table_macro"))
def test_only_allowed_functions_stand_in_from(name: str) -> None:
    assert [refused(s.format(name)) for s in SOURCES] == [name not in TABLE_FUNCTIONS] * len(SOURCES)


@pytest.mark.parametrize("name", [n for n in functions("scalar", "macro", "pragma") if TELLING.search(n)])
def test_values_do_not_tell_of_the_engine(name: str) -> None:
    assert [refused(s.format(name)) for s in VALUES] == [name not in HARMLESS] * len(VALUES)


def test_text_is_not_run() -> None:
    inner = "json_serialize_sql('SELECT * FROM duckdb_settings()')"
    assert refused(f"SELECT * FROM json_execute_serialized_sql({inner})")
    assert refused("SELECT * FROM a_function_of_the_next_version('x')")


def test_what_is_allowed_parses() -> None:
    parse("SELECT * FROM range(3), generate_series(1, 2), repeat('x', 2), unnest(list_value(1)) u(v), json_each('[1]')")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("FROM (SUMMARIZE duckdb_settings)", "SUMMARIZE is not available"),
        ("SELECT * FROM (DESCRIBE Orders)", "DESCRIBE is not available"),
        ("WITH x AS (PRAGMA version) SELECT * FROM x", "PRAGMA is not available"),
        ("WITH x AS (DELETE FROM Orders) SELECT 1", "DELETE is not available|Syntax error"),
        ("SELECT * FROM Orders AT (VERSION => 1)", "no versions"),
        ("SELECT * FROM Orders FOR SYSTEM_TIME AS OF '2026-01-01'", "no versions|Syntax error"),
        (f"SELECT {10**39}", "more than 128 bits"),
        (f"SELECT {2**127}", "more than 128 bits"),
    ],
)
def test_what_is_no_query_is_refused_inside_of_one(statement: str, said: str) -> None:
    with pytest.raises(ProgrammingError, match=said):
        parse(statement)


def test_the_widest_integer_is_a_number() -> None:
    parse(f"SELECT {2**127 - 1}, 1e39, 0.{'1' * 60}")
