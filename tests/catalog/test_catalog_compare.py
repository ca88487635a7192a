"""Newer facts: which tables gain and lose what is told before anybody reads a diff of facts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from amzsql.catalog.compare import differences
from amzsql.spapi import harvest

FACTS = Path(harvest.__file__).parent / "facts"


def changed(folder: Path, api: str, change: Any) -> Path:
    """Return a copy of the facts in which one API version was changed as text."""
    copy = folder / "facts"
    shutil.copytree(FACTS, copy)
    file = copy / f"{api}.json"
    before = file.read_text("utf-8")
    file.write_text(change(before), "utf-8")
    assert file.read_text("utf-8") != before
    return copy


def run(*arguments: object) -> tuple[int, str]:
    """Return (exit code, output) of the command."""
    command = [sys.executable, "-m", "amzsql.catalog.check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_newer_facts_are_told_in_tables(tmp_path: Path) -> None:
    """A field under another name is a column lost and one gained."""
    newer = changed(tmp_path, "sellers", lambda text: text.replace('"isParticipating"', '"takesPart"'))
    code, said = run(FACTS, newer)
    assert code == 1
    assert "SellingPartner.MarketplaceParticipations loses the column ParticipationIsParticipating." in said
    assert "SellingPartner.MarketplaceParticipations gains the column ParticipationTakesPart (BOOLEAN)." in said
    assert all("MarketplaceParticipations" in line for line in said.splitlines()), said


def test_the_same_facts_differ_in_nothing() -> None:
    assert run(FACTS, FACTS) == (0, "Nothing.\n")


def test_a_folder_without_facts_is_an_error(tmp_path: Path) -> None:
    code, said = run(FACTS, tmp_path)
    assert code == 1
    assert str(tmp_path) in said


def table(columns: dict[str, str], *operations: str, problems: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"columns": columns, "operations": list(operations), "problems": list(problems)}


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (table({"A": "VARCHAR"}, "a.one"), ""),
        (table({"A": "BIGINT"}, "a.one"), "S.T.A was VARCHAR and is BIGINT."),
        (table({"A": "VARCHAR"}), "S.T: the operation a.one is gone."),
        (table({"A": "VARCHAR"}, "a.one", problems=("it is odd.",)), "S.T: it is odd."),
    ],
)
def test_each_difference_is_a_sentence(after: dict[str, Any], told: str) -> None:
    before = {"tables": {"S.T": table({"A": "VARCHAR"}, "a.one")}, "reads": ["a.one"]}
    assert " ".join(differences(before, {"tables": {"S.T": after}, "reads": ["a.one"]})) == told


def test_a_new_read_wants_a_table() -> None:
    none: dict[str, Any] = {"tables": {}, "reads": []}
    assert list(differences(none, {"tables": {}, "reads": ["a.two"]})) == [
        "The read a.two is new.",
        "No table reads a.two.",
    ]
