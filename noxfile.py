"""The lanes: the suite at the ends of every supported range, with the clock moved, the docs and the figures.

`.ci/run` is what every change must pass; these take longer and are run by name (`nox -s superset_set`).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

nox.options.sessions = ["tests"]
nox.options.default_venv_backend = "venv"

# pandas 2.2 knows SQLAlchemy 1.4 no more.
OLDEST = ("sqlalchemy==1.4.54", "sqlglot==28.10.1", "pyarrow==18.1.0", "pandas<2.2")
# The versions whose counts are frozen in compliance/counts.tsv.
SQLALCHEMY = ("1.4.54", "2.0.58", "2.1.9")
# What runs Superset beside its own package; the versions are in docs/superset-constraints.txt.
SUPERSET = ("apache-superset==6.1.0", "cachetools", "gunicorn")
# After this day Amazon answers no order of the v0 API.
AFTER_V0 = "2027-04-01"


def _suite(session: nox.Session, *pins: str, env: dict[str, str] | None = None) -> None:
    session.install(".[test]", *pins)
    session.run("pytest", *session.posargs, env=env or {})


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """Run the suite with the newest libraries, on every supported Python that is there."""
    _suite(session)


@nox.session
def superset_set(session: nox.Session) -> None:
    """Run the suite with the oldest libraries, which are those that Superset 6.1 pins."""
    _suite(session, *OLDEST)


@nox.session
def sa20(session: nox.Session) -> None:
    """Run the suite with SQLAlchemy 2.0."""
    _suite(session, "sqlalchemy>=2.0,<2.1")


@nox.session
def newest(session: nox.Session) -> None:
    """Run the suite with SQLAlchemy 2.1 and the newest of everything else."""
    _suite(session, "--upgrade", "sqlalchemy>=2.1,<2.2")


@nox.session
@nox.parametrize("version", SQLALCHEMY, ids=[version.rpartition(".")[0] for version in SQLALCHEMY])
def sqlalchemy_suite(session: nox.Session, version: str) -> None:
    """Run SQLAlchemy's own suite over schema Temp; fails if fewer tests pass than before, or more are skipped."""
    session.install(".", "pytest>=8", f"sqlalchemy=={version}")
    session.chdir("compliance")
    session.run("pytest", *session.posargs)


@nox.session
@nox.parametrize(
    "pins", [(), ("sqlalchemy>=2.0,<2.1", "pandas>=2.2,<2.3", "numpy<2.3"), OLDEST], ids=["newest", "2.2", "2.1"]
)
def dataframes(session: nox.Session, pins: tuple[str, ...]) -> None:
    """Read and write data frames with the newest pandas, with 2.2, and with the oldest of all libraries."""
    session.install(".[test]", *pins)
    session.run("pytest", "tests/execute/test_objects.py", "tests/dialect/test_dialect_dataframes.py", *session.posargs)


@nox.session
def dlt(session: nox.Session) -> None:
    """Load tables with dlt's sql_database, by each of its backends, first whole and then what has changed."""
    session.install(".[test]", "dlt[duckdb,sql-database]>=1.31,<2")
    folder = session.create_tmp()
    env = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": folder, "DLT_PROJECT_DIR": folder}
    session.run("pytest", "tests/dialect/test_dialect_dlt.py", *session.posargs, env=env)
    session.run("pytest", "tests/test_docs.py", "-k", "with_their_tool and dlt", *session.posargs, env=env)


@nox.session
def tools(session: nox.Session) -> None:
    """Run the examples of the tools' pages that need no server, and Harlequin's adapter."""
    session.install(".[test]", "great_expectations>=1.24,<2", "harlequin>=2.17,<3")
    env = {"GX_ANALYTICS_ENABLED": "false"}
    session.run("pytest", "tests/dialect/test_dialect_harlequin.py", *session.posargs, env=env)
    session.run("pytest", "tests/test_docs.py", "-k", "with_their_tool and not dlt", *session.posargs, env=env)


@nox.session
def clock_2027(session: nox.Session) -> None:
    """Run the suite on a day after Orders v0."""
    _suite(session, env={"AMZSQL_TEST_TODAY": AFTER_V0})


@nox.session(name="property")
def thorough(session: nox.Session) -> None:
    """Ask a thousand random statements, or AMZSQL_PROPERTY_EXAMPLES, with pushdown, without, and of plain DuckDB."""
    session.install(".[test]")
    env = {"AMZSQL_PROPERTY_EXAMPLES": os.environ.get("AMZSQL_PROPERTY_EXAMPLES", "1000")}
    files = "tests/test_pushdown_property.py", "tests/test_groups_property.py"
    session.run("pytest", *files, "--timeout=7200", *session.posargs, env=env)


@nox.session
def access_paths(session: nox.Session) -> None:
    """Ask every access path of every table: whole, by key, by each pushed column; the suite asks one an operation."""
    session.install(".[test]")
    env = {"AMZSQL_ACCESS_PATHS": "all"}
    session.run("pytest", "tests/test_access_paths.py", *session.posargs, env=env)


@nox.session
def schemathesis(session: nox.Session) -> None:
    """Ask the simulator, for every operation of Amazon's models, what they allow; skipped without the models."""
    session.install(".[test]", "schemathesis>=4.20,<5")
    env = {"AMZSQL_FUZZ_EXAMPLES": "10"}
    session.run("pytest", "tests/simulator/test_models_fuzzed.py", "--timeout=1800", *session.posargs, env=env)


@nox.session
def consent(session: nox.Session) -> None:
    """Let an application in with a real headless Chromium (the system's, or AMZSQL_CHROMIUM), forwarded and pasted."""
    session.install(".[test]", "playwright>=1.45")
    session.run("pytest", "tests/test_consent_browser.py", "-n", "0", *session.posargs)


@nox.session
def whole(session: nox.Session) -> None:
    """Try what the suite tries a part of: MaskPII in all tables and reports, a thousand refreshed tokens."""
    session.install(".[test]")
    files = ("tests/test_masked.py", "tests/catalog/test_masked_pages.py", "tests/transport/test_transport_tokens.py")
    session.run("pytest", *files, "--timeout=1800", *session.posargs, env={"AMZSQL_EVERY": "1"})


@nox.session
def spark(session: nox.Session) -> None:
    """Read through PySpark in local mode, against the simulator on a socket; needs Java 17."""
    session.install(".[test,spark]")
    session.run("pytest", "tests/test_spark.py", "-n", "0", *session.posargs, env={"AMZSQL_SPARK": "1"})


@nox.session(python="3.11")
def superset(session: nox.Session) -> None:
    """Install Superset 6.1 into an environment of its own, start it, and use it by REST and in a headless Chromium.

    AMZSQL_PICTURES names a folder that pictures for the docs are put into.
    """
    home = Path(session.create_tmp()).absolute() / "superset"  # Superset runs in a folder of its own
    python = str(home / "bin" / "python")
    session.run("python", "-m", "venv", "--clear", str(home))
    known = ("-c", "docs/superset-constraints.txt")
    session.run(python, "-m", "pip", "install", "-q", *known, ".", *SUPERSET, "pytest", external=True)
    # The suite's own conftest needs what is not there.
    alone = ("-o", "addopts=", "--noconftest", "-p", "no:cacheprovider", "-q")
    session.run(python, "-m", "pytest", *alone, "tests/test_superset_spec.py", external=True)
    session.install(".[test]", "playwright>=1.45")
    env = {"AMZSQL_SUPERSET": python}
    session.run("pytest", "tests/test_superset_drive.py", "-n", "0", "-s", "--durations=0", *session.posargs, env=env)


@nox.session
def serve(session: nox.Session) -> None:
    """Ask `amzsql serve` with MySQL's own clients: Python's, Node's, and MariaDB's (ODBC, JDBC, shell) if there."""
    session.install(".[test]", "mysql-connector-python>=9", "pyodbc>=5")
    modules = session.create_tmp()
    if shutil.which("npm"):
        session.run("npm", "install", "--no-audit", "--no-fund", "--prefix", modules, "mysql2@3", external=True)
    env = {"NODE_PATH": str(Path(modules) / "node_modules")}
    session.run("pytest", "tests/test_serve.py", "tests/test_serve_clients.py", "-n", "0", *session.posargs, env=env)


@nox.session
def docs(session: nox.Session) -> None:
    """Check that the generated pages are current, and build the site."""
    session.install(".[docs]")
    session.run("python", "docs/generate.py", "--check")
    session.run("mkdocs", "build", "--strict", "--site-dir", session.create_tmp())


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the figures of benchmarks/ and print them as one page."""
    # DuckDB's own fetchall needs pytz.
    session.install(".[test]", "pytz")
    session.run("python", "-m", "benchmarks.run", *session.posargs)
