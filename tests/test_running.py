"""A statement is cancelled from anywhere: another connection, another process, the command line."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from commanding import commanded
from driving import ALL_ORDERS, Hanging, over_socket, real_simulator, served, simulated, workers_end

from amzsql.connection import Connection
from amzsql.errors import Cancelled, ProgrammingError

# Cancels what it is told by another process.
CHILD = """
import sys, amzsql
folder, statement = sys.argv[1:]
connection = amzsql.connect(StateLocation=folder)
assert [r.id for r in connection.running()] == [statement]
print(connection.cancel_statement(statement), connection.cancel_statement(statement))
"""


@pytest.fixture
def hanging() -> Iterator[tuple[str, Hanging]]:
    amazon = Hanging(real_simulator(orders=20), "/orders/")
    with served(amazon) as url:
        yield url, amazon


def files(folder: Path) -> list[Path]:
    """Return the files of statements that run."""
    return sorted((folder / "running").glob("*"))


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait for a condition."""
    event, end = threading.Event(), time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        event.wait(0.02)


def started(cursor: Any) -> tuple[threading.Thread, list[BaseException]]:
    """Run a statement in a thread; what it raises is put into a list."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            cursor.execute(
                "SELECT * FROM Orders WHERE PurchaseDate >= '2026-01-01' AND AmazonOrderId <> 'O''Neil' -- me"
            )
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, raised


def kept(url: str, folder: Path, **properties: Any) -> Connection:
    return over_socket(url, StateLocation=str(folder), **properties)


@pytest.mark.parametrize("way", ["process", "command", "connection", "file"])
def test_a_statement_is_cancelled_from_elsewhere(way: str, hanging: tuple[str, Hanging], tmp_path: Path) -> None:
    url, amazon = hanging
    folder = tmp_path / "state"
    cursor = kept(url, folder, Connection="").cursor()
    thread, raised = started(cursor)
    assert amazon.reached.wait(20)
    [file] = files(folder)
    assert file.stem == cursor.statement_id
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert json.loads(file.read_bytes())["text"] == (
        "SELECT * FROM Orders WHERE PurchaseDate >= … AND AmazonOrderId <> … …"
    )
    if way == "process":
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(folder), cursor.statement_id], capture_output=True, text=True, timeout=60
        )
        assert (done.stdout, done.stderr) == ("True False\n", "")
    elif way == "command":
        listed = commanded("running", "--set", f"StateLocation={folder}", env={"COLUMNS": "200"})
        assert cursor.statement_id in listed.output
        assert commanded("cancel", cursor.statement_id, "--set", f"StateLocation={folder}").exit_code == 0
    elif way == "connection":
        # Of the same process: at once, without the file.
        assert kept(url, folder, OrdersApi="v0").cancel_statement(cursor.statement_id)
    else:
        file.unlink()
    told = time.monotonic()
    thread.join(20)
    assert [type(e) for e in raised] == [Cancelled]
    assert time.monotonic() - told < 1
    assert files(folder) == []
    assert workers_end()


def test_a_statement_is_noted_until_its_rows_are_read(hanging: tuple[str, Hanging], tmp_path: Path) -> None:
    url, amazon = hanging
    amazon.released.set()
    folder = tmp_path / "state"
    connection = kept(url, folder)
    cursor = connection.cursor()
    cursor.execute(ALL_ORDERS)
    assert [r.text for r in connection.running()] == ["SELECT * FROM Orders WHERE PurchaseDate >= …"]
    cursor.fetchall()
    assert connection.running() == []
    cursor.execute(ALL_ORDERS)
    connection.close()
    assert files(folder) == []
    connection = kept(url, folder)
    cursor = connection.cursor()
    with pytest.raises(ProgrammingError):
        cursor.execute("SELECT Nothing FROM Orders")
    assert files(folder) == []
    assert not connection.cancel_statement(cursor.statement_id)
    cursor.execute(ALL_ORDERS)
    # Nobody can read on, or cancel, what is forgotten.
    del cursor
    until(lambda: files(folder) == [])
    assert workers_end()


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    with served(real_simulator(orders=20)) as url:
        folder = tmp_path / "state"
        connection = kept(url, folder)
        cursor = connection.cursor().execute(ALL_ORDERS)
        [file] = files(folder)
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        left = json.loads(file.read_bytes()) | {"process": ended.pid}
        for name, text in (("1-0123456789abcdef", json.dumps(left)), ("2-0123456789abcdef", '{"acc')):
            (file.parent / f"{name}.json").write_text(text)
            (file.parent / f"{name}.json").chmod(0o600)
        assert [r.process for r in connection.running()] == [os.getpid()]
        assert len(files(folder)) == 2
        cursor.close()


def test_only_ids_name_statements(tmp_path: Path) -> None:
    with served(real_simulator(orders=20)) as url:
        (tmp_path / "kept.json").write_text("{}")
        connection = kept(url, tmp_path / "state")
        for wrong in ("../kept", "../../kept", "", "x", "1-0123456789abcdef/../../../kept", "1-0123456789ABCDEF"):
            assert not connection.cancel_statement(wrong)
        assert (tmp_path / "kept.json").exists()
        asked = commanded("cancel", "1-0123456789abcdef", "--set", f"StateLocation={tmp_path / 'state'}")
        assert asked.exit_code == 2
        assert "no statement 1-0123456789abcdef runs" in asked.stderr


def test_the_simulator_in_process_has_its_statements_in_memory() -> None:
    connection, _ = simulated()
    cursor = connection.cursor()
    cursor.execute(ALL_ORDERS)
    assert connection.running() == []
    assert connection.cancel_statement(cursor.statement_id)
    with pytest.raises(Cancelled):
        cursor.fetchall()
    assert not connection.cancel_statement(cursor.statement_id)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_without_a_writable_folder_statements_run_all_the_same(tmp_path: Path) -> None:
    with served(real_simulator(orders=20)) as url:
        folder = tmp_path / "state"
        connection = kept(url, folder)
        connection.cursor().execute("SELECT 1").fetchall()
        (folder / "running").chmod(0o500)
        assert connection.cursor().execute("SELECT 1").fetchall() == [(1,)]
