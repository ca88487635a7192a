"""`amzsql prefetch`: statements of a file leave their documents in the memo, and the same question is free then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from commanding import commanded
from driving import NOW, SECRETS, rows
from typer.testing import Result

from amzsql.cli import prefetch
from amzsql.clock import VirtualClock
from amzsql.connection import Connection, Runtime
from amzsql.errors import ProgrammingError
from amzsql.execute.report_book import Book
from amzsql.settings import read
from amzsql.simulator import Simulator
from amzsql.state import StateFolder

ORDERS = "REPORT_GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
OCTOBER = f"SELECT * FROM {ORDERS} WHERE DataStartTime >= '2026-10-01' AND DataEndTime < '2026-10-20'"


def run(*arguments: str, **environment: str) -> Result:
    return commanded("prefetch", *arguments, env=environment)


def connected(folder: Path | None, **properties: Any) -> tuple[Connection, Simulator]:
    """Connect to a simulator with a state folder, as a process on another day would have it again."""
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=200)
    settings = read("", **{"Marketplace": "United States", "ReportMemo": "2", **SECRETS, **properties})
    runtime = Runtime(settings, app=simulator, clock=clock)
    runtime.state = StateFolder(folder)
    runtime.book = Book(runtime.state, clock, "shop")
    return Connection(settings, runtime), simulator


def calls(simulator: Simulator) -> list[str]:
    return [r.operation for r in simulator.log if r.operation.startswith(("reports_", "documents."))]


def test_the_documents_of_a_file_are_kept_and_answer_without_a_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connection, _ = connected(tmp_path)
    prefetch.check(connection)
    assert prefetch.fill(connection, [OCTOBER, f"{OCTOBER} LIMIT 1"]) == 0
    said = capsys.readouterr().err
    assert "1 of 2: SELECT" in said
    assert "1 document in the memo" in said
    again, simulator = connected(tmp_path)
    assert len(rows(again, OCTOBER)) > 10
    assert calls(simulator) == []


def test_one_that_fails_does_not_keep_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connection, _ = connected(tmp_path)
    assert prefetch.fill(connection, ["SELECT Nothing FROM Nowhere", OCTOBER]) == 1
    said = capsys.readouterr().err
    assert "error: 1 of 2" in said
    assert "in the memo" in said


def test_without_a_memo_it_says_what_to_set(tmp_path: Path) -> None:
    connection, _ = connected(tmp_path, ReportMemo=0)
    with pytest.raises(ProgrammingError, match="ReportMemo"):
        prefetch.check(connection)
    connection, _ = connected(None)
    with pytest.raises(ProgrammingError, match="in memory"):
        prefetch.check(connection)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' AS a;;\n;", ["SELECT ';' AS a"]),
        ("SELECT 'it''s; so' AS a; SELECT 2;", ["SELECT 'it''s; so' AS a", "SELECT 2"]),
        ("-- one; two\nSELECT 1 -- three; four\n; /* five; */", ["-- one; two\nSELECT 1 -- three; four"]),
        ('SELECT "a;b", [c;d], `e;f` FROM t', ['SELECT "a;b", [c;d], `e;f` FROM t']),
        ("SELECT 4 / 2 - 1; SELECT 1", ["SELECT 4 / 2 - 1", "SELECT 1"]),
        ("-- nothing\n", []),
    ],
)
def test_statements_are_told_apart(text: str, found: list[str]) -> None:
    assert list(prefetch.statements(text)) == found


def test_the_command_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    absent = run(str(tmp_path / "absent.sql"))
    assert (absent.exit_code, absent.stderr.count("\n")) == (2, 1)
    assert "No such file" in absent.stderr
    empty = tmp_path / "empty.sql"
    empty.write_text("-- nothing\n")
    assert "has no statement" in run(str(empty)).stderr
    some = tmp_path / "some.sql"
    some.write_text(OCTOBER)
    in_memory = run(str(some), "--set", "Simulator=True", "--set", "ReportMemo=1")
    assert (in_memory.exit_code, in_memory.stderr.count("\n")) == (2, 1)
    assert "in memory" in in_memory.stderr
    none = run(str(some), "--set", "Simulator=True")
    assert "--set ReportMemo=1" in none.stderr
