"""SQLAlchemy's own suite, as far as it is written down: its counts, the reasons of what is skipped, and their page."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from amzsql_dialect.requirements import CLOSED, OPEN, Reason

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/sqlalchemy.md").read_text()
# What each version must pass at least, whatever is frozen.
LEAST = {"1.4": 250, "2.0": 350, "2.1": 350}


def test_the_page_shows_the_frozen_counts() -> None:
    passed: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for line in (ROOT / "compliance/counts.tsv").read_text().splitlines()[1:]:
        version, _, ok, not_run = line.split("\t")
        passed[version] += int(ok)
        skipped[version] += int(not_run)
    shown = re.findall(r"^\| SQLAlchemy ([\d.]+) \| ([\d,]+) \| ([\d,]+) \| 0 \|$", PAGE, re.MULTILINE)
    assert [(v, int(p.replace(",", "")), int(s.replace(",", ""))) for v, p, s in shown] == [
        (version, passed[version], skipped[version]) for version in sorted(passed, reverse=True)
    ]
    assert {version.rpartition(".")[0] for version in passed} == LEAST.keys()
    assert all(passed[version] >= LEAST[version.rpartition(".")[0]] for version in passed)
    lanes = (ROOT / "noxfile.py").read_text()
    assert all(f'"{version}"' in lanes for version in passed)


def test_whatever_does_not_apply_has_a_reason_that_the_page_tells() -> None:
    assert not set(OPEN) & CLOSED.keys()
    tree = ast.parse((ROOT / "compliance/inapplicable.py").read_text())
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used = {reason for reason in Reason if reason in CLOSED.values() or reason.name in named}
    assert used == set(Reason)
    rows = dict(re.findall(r"^\| `([A-Z_0-9]+)` \| (.+) \|$", PAGE, re.MULTILINE))
    assert rows == {reason.name: reason.value for reason in Reason}
