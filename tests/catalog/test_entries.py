"""Entries are short: what an entry says again and again is a rule that the catalog lacks."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import amzsql.catalog

MEDIAN = 15
FOLDER = Path(amzsql.catalog.__file__).parent


def lengths() -> Iterator[tuple[str, int]]:
    """Yield (name, lines) of each table that is declared: an entry without its parts, a part without its own."""
    for file in sorted(FOLDER.glob("*/*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _called(node) in ("Entry", "Part"):
                name = next((a.value for a in node.args if isinstance(a, ast.Constant)), file.stem)
                inside = sum(
                    _lines(n) for n in ast.walk(node) if n is not node and _is_part(n) and not _deeper(node, n)
                )
                yield f"{file.stem}.{name}", _lines(node) - inside


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _is_part(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _called(node) == "Part"


def _deeper(top: ast.AST, part: ast.AST) -> bool:
    """Tell whether a part stands inside of another part of the same entry."""
    return any(
        other is not top and other is not part and part in ast.walk(other) for other in ast.walk(top) if _is_part(other)
    )


def _lines(node: ast.AST) -> int:
    assert isinstance(node, ast.Call)
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_the_median_entry_is_short() -> None:
    found = dict(lengths())
    longest = sorted(found.items(), key=lambda pair: -pair[1])[:5]
    print(f"{len(found)} entries, median {statistics.median(found.values())} lines; the longest: {longest}")
    assert len(found) > 100
    assert statistics.median(found.values()) <= MEDIAN
