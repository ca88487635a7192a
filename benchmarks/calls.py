"""Calls and seconds per question, on a virtual clock at Amazon's published rates.

    python -m benchmarks.calls [--no-naive] [NAME …]

The same simulated seller is asked by amzsql and by python-amazon-sp-api; the best plan without reports that the
planning calculator knows stands beside, where the calculator is at hand.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amzsql.connection import Connection, Runtime
from amzsql.errors import ResultWarning
from amzsql.plan.nodes import Plan
from amzsql.settings import read
from benchmarks.questions import QUESTIONS, Question

LOGIN = "/auth/o2/token"
CALCULATOR = Path(__file__).resolve().parents[2] / "shared" / "planning" / "model.py"


@dataclass(frozen=True)
class Answer:
    """What a question took: calls by operation, those that were refused, seconds on the virtual clock, rows."""

    calls: int
    refused: int
    seconds: float
    rows: int
    by_operation: Counter[str]
    explained: tuple[int, str]
    plan: Plan | None
    failure: str = ""


def connected(question: Question) -> Connection:
    """Return a connection to a fresh simulated seller with full buckets."""
    options = f"seed=1,orders={question.orders},today={question.today}"
    settings = read("", environment={}, Simulator=options, Marketplace=question.marketplace)
    return Connection(settings, Runtime(settings))


def parameters(question: Question, connection: Connection) -> list[object]:
    """Return the values of a question's question marks."""
    return list(question.parameters(connection.runtime.simulator.world)) if question.parameters else []


def ask(question: Question, connection: Connection | None = None) -> Answer:
    """Explain a question, then run it to its last row."""
    connection = connection or connected(question)
    runtime, values = connection.runtime, parameters(question, connection)
    cursor = connection.cursor()
    total = cursor.execute(f"EXPLAIN {question.sql}", values).fetchall()[-1]
    start = runtime.clock.now()
    cursor.execute(question.sql, values)
    rows = cursor.fetch_arrow_table().num_rows
    log = [r for r in runtime.simulator.log if r.path != LOGIN]
    assert cursor.stats is not None  # a statement was run
    return Answer(
        len(log),
        sum(r.status == 429 for r in log),
        runtime.clock.now() - start,
        rows,
        Counter(r.operation for r in log),
        (total[7], total[9]),
        cursor._result.plan if cursor._result is not None else None,
    )


def calculator() -> Any:
    """Return the planning calculator as a module, or None where it is absent."""
    if not CALCULATOR.is_file():
        return None
    spec = importlib.util.spec_from_file_location("planning_calculator", CALCULATOR)
    assert spec is not None  # the file is there
    assert spec.loader is not None  # as it is for any file
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(names: list[str], *, naive: bool = True) -> list[dict[str, Any]]:
    """Return a record of figures for each question whose name contains one of `names` (all without any)."""
    warnings.simplefilter("ignore", ResultWarning)  # what Amazon withholds is no figure
    model, found = calculator(), []
    for question in QUESTIONS:
        if names and not any(n.lower() in question.name.lower() for n in names):
            continue
        connection = connected(question)
        mine = ask(question, connection)
        bound = (
            question.bound(model, connection.runtime.simulator.world) if question.bound and model is not None else None
        )
        theirs = None
        if naive and question.naive is not None:
            from benchmarks.naive import ask as ask_naively

            theirs = ask_naively(question)
        found.append({"question": question, "amzsql": mine, "naive": theirs, "bound": bound})
    return found


def table(records: list[dict[str, Any]]) -> list[str]:
    """Return the figures as a markdown table."""
    lines = [
        "| question | orders | rows | calls | 429s | seconds | EXPLAIN before | naive calls | naive 429s "
        "| naive seconds | naive ÷ amzsql | best without reports | amzsql ÷ best |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for record in records:
        question, mine, theirs, bound = record["question"], record["amzsql"], record["naive"], record["bound"]
        cells = [
            question.name,
            f"{question.orders:,}",
            f"{mine.rows:,}",
            mine.calls,
            mine.refused,
            f"{mine.seconds:,.1f}",
        ]
        cells += [f"{mine.explained[0]:,} ({mine.explained[1]})"]
        if theirs is None:
            cells += ["", "", "", ""]
        else:
            ratio = "fails" if theirs.failure else f"{theirs.seconds / max(mine.seconds, 0.3):,.1f}"
            cells += [f"{theirs.calls:,}", f"{theirs.refused:,}", f"{theirs.seconds:,.1f}", ratio]
        cells += [f"{bound[0]:,} calls, {bound[1]:,.1f} s", f"{mine.seconds / bound[1]:.2f}"] if bound else ["", ""]
        lines.append("| " + " | ".join(str(c) for c in cells) + " |")
    return lines


def main() -> None:
    """Print the table."""
    names = [a for a in sys.argv[1:] if not a.startswith("-")]
    print("\n".join(table(measure(names, naive="--no-naive" not in sys.argv))))


if __name__ == "__main__":
    main()
