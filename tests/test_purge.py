"""amzsql purge: what is kept on the disk is gone, what a running statement or a person needs is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from commanding import commanded

from amzsql.clock import RealClock
from amzsql.connection import purging
from amzsql.connection.running import Running
from amzsql.execute import journal
from amzsql.execute.masking import masks_of
from amzsql.execute.report_book import DocumentRules
from amzsql.execute.report_memo import Memo
from amzsql.state import StateFolder

SECRET = "113-1535095-6319967"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


def filled(folder: Path) -> StateFolder:
    """Return a state folder with something of each kind, as the driver leaves it."""
    state = StateFolder(folder)
    state.remember_count(f"orders of {SECRET}", 12, at=1.0)
    state.note("authorised", "account", "2026-01-01", at=1.0)
    keys = [{"AmazonOrderId": SECRET}]
    kept = journal.begin(
        state, account="shop", verb="insert", schema="SellingPartner", table="Orders", keys=keys, at=1.0, mark="a"
    )
    kept.note([0], journal.SENDING, 2.0)
    kept.close()
    masks_of(state)
    (folder / "documents").mkdir(mode=0o700)
    (folder / "documents" / "a.doc").write_text(SECRET)
    (folder / "documents" / f"b.{os.getpid()}.part").write_text("being written")
    (folder / "tokens.json").write_text('{"tokens": {}}')
    return state


def dead() -> int:
    """Return the number of a process that is gone."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def names(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and not p.name.startswith("state.")}


def test_what_is_kept_is_said_and_deleted(folder: Path) -> None:
    filled(folder).close()
    (folder / "documents" / "a.doc").write_bytes(SECRET.encode().ljust(1536))
    told = commanded("purge", "--set", f"StateLocation={folder}", "--dry-run")
    assert told.exit_code == 0
    assert "     1     1.5 KB  documents of reports" in told.stdout
    assert "Nothing was deleted" in told.stdout
    assert {"documents/a.doc", "personal.key"} <= names(folder)

    done = commanded("purge", "--set", f"StateLocation={folder}", "--yes")
    assert done.exit_code == 0
    assert "of 1 rows it is not known whether Amazon has written them" in done.stderr
    for word in ("counts of rows", "documents", "journals", "key of hashes", "Access tokens stay"):
        assert word in done.stdout
    assert names(folder) == {f"documents/b.{os.getpid()}.part", "tokens.json"}
    left = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert SECRET.encode() not in left
    state = StateFolder(folder)
    assert state.noted("authorised", "account", now=2.0) is not None
    assert purging.purge(state) == []
    assert "nothing to delete" in commanded("purge", "--set", f"StateLocation={folder}", "--yes").stdout


def test_tokens_go_only_if_told(folder: Path) -> None:
    filled(folder).close()
    assert commanded("purge", "--set", f"StateLocation={folder}", stdin="n\n").exit_code == 0
    assert {"tokens.json", "documents/a.doc"} <= names(folder)
    assert commanded("purge", "--set", f"StateLocation={folder}", "--tokens", "--yes").exit_code == 0
    assert "tokens.json" not in names(folder)


def test_a_running_statement_is_left_alone(folder: Path) -> None:
    """Its file and its results are; those of processes that were killed are not."""
    state = filled(folder)
    told = {"account": "shop", "began": 1.0, "text": "SELECT …"}
    ours = Running(state, RealClock(), "shop")
    assert ours.entries() == []
    (folder / "running").mkdir(mode=0o700, exist_ok=True)
    host = os.uname().nodename
    for name, process in (("1-aaaaaaaaaaaaaaaa", os.getpid()), ("2-bbbbbbbbbbbbbbbb", dead())):
        text = json.dumps({**told, "process": process, "host": host})
        path = folder / "running" / f"{name}.json"
        path.touch(mode=0o600)
        path.write_text(text)
    live = Path(tempfile.mkdtemp(prefix=f"amzsql-{os.getpid()}-"))
    killed = Path(tempfile.mkdtemp(prefix=f"amzsql-temp-{dead()}-"))
    (killed / "spilled").write_text(SECRET)
    found = {each.what for each in purging.purge(state)}
    assert {"statements of processes that are gone", "results and copies that killed processes left"} <= found
    assert {p.name[:1] for p in (folder / "running").iterdir()} == {"1"}
    assert live.exists()
    assert not killed.exists()
    live.rmdir()


def test_what_is_purged_while_it_is_used_costs_a_call_and_no_more(folder: Path) -> None:
    state = filled(folder)
    memo = Memo(state, DocumentRules(memo_days=1), RealClock())
    purging.purge(state)
    assert not memo.has("a")
    state.remember_count("again", 1, at=3.0)
    assert state.count("again", now=4.0) == 1
