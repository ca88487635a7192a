"""The layers: who may import whom, and where each foreign library may be used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A module may import those of its own row and of the rows above it.
ROWS = (
    {"errors", "types", "marketplaces", "clock"},
    {"spapi"},
    {"settings", "state"},
    {"catalog"},
    {"sql", "transport"},
    {"plan"},
    {"execute"},
    {"connection", "cursor", "metadata", "partitions"},
)
LEVEL = {name: number for number, row in enumerate(ROWS) for name in row}

# Neighbours that must not know one another although their rows would allow it.
NEVER = {("transport", "sql"), ("sql", "transport"), ("transport", "catalog"), ("plan", "transport")}

# The simulator is a witness: what it shared with the driver could be wrong on both sides and every test green.
SIMULATOR_MAY = {"simulator", "spapi", "marketplaces", "clock"}
SIMULATOR_FOR = {"simulator", "connection", "cli"}

PLACES = {
    "sqlglot": ("amzsql/sql/", "amzsql/plan/", "amzsql_dialect/", "amzsql/sqlglot_dialect.py"),
    "duckdb": ("amzsql/execute/",),
    "httpx": ("amzsql/transport/",),
    "pyspark": ("amzsql/spark.py",),
    "mysql_mimic": ("amzsql/serve/",),
    "sqlalchemy": ("amzsql_dialect/",),
    "superset": ("amzsql_dialect/superset/spec.py",),
    "typer": ("amzsql/cli.py", "amzsql/cli/", "amzsql/simulator/"),
    "rich": ("amzsql/cli.py", "amzsql/cli/"),
    "keyring": ("amzsql/settings/",),
    "tomlkit": ("amzsql/settings/", "amzsql/cli/"),
    "webbrowser": ("amzsql/connection/", "amzsql/cli/"),
}
# Beyond these nobody could be told: a client of the simulator is answered with a 500, one of MySQL's with error 1105.
EVERY = ("Exception", "BaseException")
BROAD_EXCEPTS = {"amzsql/serve/client.py": 1, "amzsql/simulator/server.py": 1}
SOURCES = sorted(p for top in ("amzsql", "amzsql_dialect") for p in (ROOT / top).rglob("*.py"))


def imported(tree: ast.AST, path: Path) -> Iterator[tuple[str, int]]:
    """Yield (dotted name, line) of every import, relative ones made absolute, also those inside functions."""
    package = path.parent.relative_to(ROOT).parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *(node.module or "").split("."))).strip(".")
            # `from amzsql import errors` names a module, `from amzsql.errors import Error` a thing in it.
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def offences(path: Path, text: str) -> list[str]:
    """Return what a source file imports and may not."""
    name = path.relative_to(ROOT).as_posix()
    parts = path.relative_to(ROOT).with_suffix("").parts
    found = []
    for module, line in imported(ast.parse(text), path):
        top, _, rest = module.partition(".")
        if top in PLACES and not name.startswith(PLACES[top]):
            found.append(f"{name}:{line} imports {top}, whose places are {', '.join(PLACES[top])}")
        target = rest.split(".")[0]
        if top == "amzsql" and target:
            reason = against(parts[0], parts[1] if len(parts) > 1 else "", target)
            found += [f"{name}:{line} {reason}"] if reason else []
    return found


def against(top: str, room: str, target: str) -> str:
    """Return why a module of `room` may not import `target`, or an empty string."""
    inner = target in LEVEL or (ROOT / "amzsql" / target).exists() or (ROOT / "amzsql" / f"{target}.py").exists()
    if not inner:
        return ""
    if top == "amzsql_dialect":
        return f"the dialect imports public names only, not amzsql.{target}"
    if room == "simulator":
        return "" if target in SIMULATOR_MAY else f"the simulator must not import {target}"
    if target == "simulator" and room not in SIMULATOR_FOR:
        return f"{room} must not import the simulator"
    if (room, target) in NEVER:
        return f"{room} must not import {target}"
    if room in LEVEL and LEVEL.get(target, -1) > LEVEL[room]:
        return f"{room} imports {target}, which stands above it"
    return ""


def test_imports_only_downwards() -> None:
    assert len(SOURCES) > 200
    assert [each for path in SOURCES for each in offences(path, path.read_text("utf-8"))] == []


def broad(text: str) -> list[int]:
    """Return the lines of a source that catch every exception."""
    handlers = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ExceptHandler))
    caught = ((h.lineno, h.type.elts if isinstance(h.type, ast.Tuple) else [h.type]) for h in handlers)
    return [line for line, kinds in caught if any(k is None or ast.unparse(k) in EVERY for k in kinds)]


def test_every_exception_is_caught_only_at_a_boundary() -> None:
    found = {p.relative_to(ROOT).as_posix(): len(broad(p.read_text("utf-8"))) for p in SOURCES}
    assert {name: count for name, count in found.items() if count} == BROAD_EXCEPTS


@pytest.mark.parametrize("what", ["", " Exception", " BaseException as error", " (ValueError, Exception)"])
def test_a_broad_except_is_seen(what: str) -> None:
    assert broad(f"try:\n    pass\nexcept{what}:\n    pass") == [3]


def test_every_module_has_its_place() -> None:
    inside = (p.relative_to(ROOT / "amzsql") for p in SOURCES if p.is_relative_to(ROOT / "amzsql"))
    modules = {p.parts[0].removesuffix(".py") for p in inside}
    assert modules - set(LEVEL) <= {"__init__", "__main__", "simulator", "cli", "serve", "spark", "sqlglot_dialect"}


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("amzsql/errors.py", "from .settings import read"),
        ("amzsql/spapi/x.py", "from ..catalog import model"),
        ("amzsql/spapi/x.py", "from amzsql import catalog"),
        ("amzsql/transport/x.py", "import amzsql.sql.binding"),
        ("amzsql/transport/x.py", "from amzsql.catalog.model import Table"),
        ("amzsql/plan/x.py", "def f():\n    from amzsql.transport import session"),
        ("amzsql/plan/x.py", "from .. import execute"),
        ("amzsql/simulator/x.py", "from amzsql.errors import Error"),
        ("amzsql/execute/x.py", "from amzsql.simulator import app"),
        ("amzsql/cursor.py", "import duckdb"),
        ("amzsql/execute/x.py", "from sqlglot import exp"),
        ("amzsql/connection/connection.py", "import httpx"),
        ("amzsql_dialect/base.py", "from amzsql.settings import read"),
        ("amzsql_dialect/base.py", "from amzsql import connection"),
    ],
)
def test_the_check_finds_an_offence(place: str, line: str) -> None:
    assert len(offences(ROOT / place, line)) == 1


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("amzsql/plan/x.py", "from amzsql.sql import binding\nimport sqlglot"),
        ("amzsql/connection/runtime.py", "from ..simulator import app"),
        ("amzsql/simulator/x.py", "from ..clock import VirtualClock\nfrom . import world"),
        ("amzsql_dialect/base.py", "import amzsql\nfrom amzsql import connect\nimport sqlalchemy"),
        ("amzsql/settings/x.py", "from . import text\nfrom .. import errors"),
    ],
)
def test_the_check_lets_the_rest_pass(place: str, line: str) -> None:
    assert offences(ROOT / place, line) == []
