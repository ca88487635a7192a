"""The benchmarks run: small ones of each kind, and the one command of all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks import calls, streaming

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> str:
    """Run a module of the benchmarks in a process of its own, and return what it prints."""
    command = [sys.executable, "-m", *arguments]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=100)
    assert "failed" not in found.stderr
    return found.stdout


def test_the_one_command_is_there() -> None:
    assert "--orders" in run("benchmarks.run", "--help")
    for page in ("noxfile.py", "docs/benchmarks.md"):
        assert "benchmarks.run" in (ROOT / page).read_text("utf-8")


def test_every_reader_reads_all_orders() -> None:
    lines = run("benchmarks.streaming", "--orders", "300").splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [c[:3] for c in cells] == [[reader, "300", "3"] for reader in streaming.READERS]


def test_a_question_stands_beside_its_comparison() -> None:
    records = calls.measure(["Q9 "])
    assert [(r["amzsql"].calls, r["amzsql"].refused, r["naive"].failure) for r in records] == [(1, 0, "")]
    assert calls.table(records)[-1].startswith("| Q9 SELECT")


def test_the_simulator_serves_page_after_page() -> None:
    lines = run("benchmarks.serving", "--orders", "2000", "--pages", "3").splitlines()[2:]
    assert [line.split(" | ")[0] for line in lines] == ["| searchOrders", "| getOrders"]
