"""Engines: URLs, secrets, pools, errors, and that nothing local asks Amazon."""

from __future__ import annotations

import logging
import pickle
import subprocess
import sys
import tomllib
import traceback
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc, pool
from sqlalchemy.engine import make_url

import amzsql
from amzsql_dialect.base import AmzsqlDialect

ROOT = Path(__file__).parents[2]
CANARY = "CANARY-b64fd1"
SA14 = sa.__version__.startswith("1.4")


def arguments(url: str) -> Any:
    """Return the connection string that a URL becomes."""
    (text,), keywords = AmzsqlDialect().create_connect_args(make_url(url))
    assert list(keywords) == ["scratch"]
    return text


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("amzsql://", ""),
        ("amzsql://prod", "Connection=prod"),
        ("amzsql+amzsql://prod", "Connection=prod"),
        ("amzsql://?Simulator=True", "Simulator=True"),
        (
            "amzsql://id:s%3Becret@/SellingPartner?Marketplace=United+States&MaxRows=5",
            'OAuthClientId=id;OAuthClientSecret="s;ecret";Schema=SellingPartner;Marketplace=United States;MaxRows=5',
        ),
    ],
)
def test_urls(url: str, text: str) -> None:
    assert arguments(url) == text


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (f"amzsql://?OAuthClientSecret={CANARY}", "OAuthClientSecret is a secret"),
        (f"amzsql://id:x@/?oauth_refresh_token={CANARY}", "OAuthRefreshToken is a secret"),
        ("amzsql://?Marketplce=US", "Did you mean Marketplace"),
        ("amzsql://prod:80", "a port means nothing"),
        ("amzsql://?MaxRows=1&MaxRows=2", "given twice"),
    ],
)
def test_a_wrong_url_is_refused_when_the_engine_is_made(url: str, message: str) -> None:
    with pytest.raises(exc.ArgumentError, match=message) as caught:
        sa.create_engine(url)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_old_sqlalchemy_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "sqlalchemy.py").write_text("__version__ = '1.4.53'")
    found = subprocess.run(
        [sys.executable, "-c", "import amzsql_dialect.base"],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    told = (
        "amzsql runs on SQLAlchemy 1.4.54, 2.0 and 2.1, and 1.4.53 is installed: pip install 'sqlalchemy>=1.4.54,<2.2'"
    )
    assert found.stderr.splitlines()[-1] == f"ImportError: {told}"


def test_connect_args_win_over_the_url() -> None:
    engine = sa.create_engine(
        "amzsql://?Simulator=True&MaxRows=5", connect_args={"max_rows": 3, "TimeZone": "Asia/Tokyo"}
    )
    raw = engine.raw_connection()
    settings = raw.dbapi_connection.settings  # type: ignore[union-attr]
    assert (settings.max_rows, settings.time_zone) == (3, "Asia/Tokyo")
    raw.close()


def test_secrets_are_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    engine = sa.create_engine(
        f"amzsql://id:{CANARY}1@/SellingPartner?Simulator=True",
        connect_args={"OAuthRefreshToken": f"{CANARY}2"},
        echo="debug",
    )
    with engine.connect() as connection:
        shown = [repr(engine), repr(engine.url), repr(connection), repr(engine.pool), engine.pool.status()]
        raw = connection.connection.dbapi_connection
        shown += [repr(raw), repr(raw.settings)]  # type: ignore[union-attr]
        try:
            connection.execute(sa.text("SELECT nothing FROM Orders"))
        except exc.ProgrammingError as error:
            shown += traceback.format_exception(error)
    if not SA14:
        # 1.4 writes the password into str(url), whatever the dialect.
        shown.append(str(engine.url))
    shown += [record.getMessage() for record in caplog.records]
    assert len(shown) > 8
    assert [text for text in shown if CANARY in text] == []


def test_a_connection_with_secrets_cannot_be_pickled() -> None:
    engine = sa.create_engine("amzsql://?Simulator=True", connect_args={"OAuthRefreshToken": CANARY})
    raw = engine.raw_connection()
    with pytest.raises(TypeError):
        pickle.dumps(raw.dbapi_connection)
    raw.close()


def test_a_pickled_url_keeps_what_it_needs_and_shows_no_secret() -> None:
    url = pickle.loads(pickle.dumps(sa.create_engine(f"amzsql://id:{CANARY}@/").url))
    assert CANARY not in repr(url)
    assert url.password == CANARY


@pytest.mark.parametrize("name", ["amzsql", "amzsql.amzsql"])
def test_the_entry_points_lead_to_the_dialect(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    target = project["entry-points"]["sqlalchemy.dialects"][name]
    assert EntryPoint(name, target, "sqlalchemy.dialects").load() is AmzsqlDialect


def test_the_class_loads_neither_engine_nor_network() -> None:
    code = (
        "import sys; from amzsql_dialect.base import AmzsqlDialect; from sqlalchemy.engine import make_url;"
        "AmzsqlDialect().create_connect_args(make_url('amzsql://?Simulator=True'));"
        "print(AmzsqlDialect.name, [m for m in ('duckdb', 'httpx', 'sqlglot', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "amzsql []"


def test_threads_share_an_engine(engine: sa.engine.Engine) -> None:
    def count(_: int) -> int:
        with engine.connect() as connection:
            return int(connection.execute(sa.text("SELECT count(*) FROM Orders")).scalar() or 0)

    with ThreadPoolExecutor(3) as threads:
        assert set(threads.map(count, range(6))) == {300}


def test_both_spellings_of_the_driver() -> None:
    assert AmzsqlDialect.dbapi() is AmzsqlDialect.import_dbapi() is amzsql
    assert (AmzsqlDialect.name, AmzsqlDialect.driver) == ("amzsql", "amzsql")


def test_connecting_pinging_and_ending_ask_nothing(engine: sa.engine.Engine, asked: Any) -> None:
    fresh = sa.create_engine(engine.url, poolclass=pool.NullPool, pool_pre_ping=False)
    statements: list[str] = []
    sa.event.listen(fresh, "before_cursor_execute", lambda *event: statements.append(event[2]))
    for _ in range(3):
        with fresh.connect() as connection:
            assert connection.dialect.do_ping(connection.connection.dbapi_connection)
            with connection.begin():
                pass
            with connection.begin() as transaction:
                transaction.rollback()
    assert statements == []
    assert asked() == []
    assert fresh.dialect.default_schema_name == "SellingPartner"
    assert fresh.dialect.server_version_info == tuple(int(n) for n in amzsql.__version__.split("."))


def test_a_new_connection_keeps_what_the_process_knows(engine: sa.engine.Engine) -> None:
    fresh = sa.create_engine(engine.url, poolclass=pool.NullPool)
    seen = set()
    for _ in range(3):
        with fresh.connect() as connection:
            seen.add(id(connection.connection.dbapi_connection.runtime))  # type: ignore[union-attr]
    assert len(seen) == 1


def test_pre_ping_replaces_a_closed_connection(engine: sa.engine.Engine, asked: Any) -> None:
    pinged = sa.create_engine(engine.url, pool_pre_ping=True, pool_size=1)
    with pinged.connect() as connection:
        first = connection.connection.dbapi_connection
    first.close()  # type: ignore[union-attr]
    with pinged.connect() as connection:
        assert connection.connection.dbapi_connection is not first
    assert asked() == []


def test_a_closed_connection_counts_as_lost(engine: sa.engine.Engine) -> None:
    lone = sa.create_engine(engine.url, pool_size=1)
    with lone.connect() as connection:
        connection.connection.dbapi_connection.close()  # type: ignore[union-attr]
        with pytest.raises(exc.DBAPIError) as caught:
            connection.execute(sa.text("SELECT 1"))
        assert caught.value.connection_invalidated


@pytest.mark.parametrize(
    ("statement", "kind", "driver"),
    [
        ("SELECT nothing FROM Orders", exc.ProgrammingError, amzsql.ProgrammingError),
        ("SELECT 1 FROM Nowhere", exc.ProgrammingError, amzsql.ProgrammingError),
        ("SELEC 1", exc.ProgrammingError, amzsql.ProgrammingError),
        ("INSERT INTO Temp.Nowhere VALUES (1)", exc.ProgrammingError, amzsql.ProgrammingError),
    ],
)
def test_errors_keep_their_class(engine: sa.engine.Engine, statement: str, kind: Any, driver: Any) -> None:
    with engine.connect() as connection, pytest.raises(kind) as caught:
        connection.execute(sa.text(statement))
    assert isinstance(caught.value.orig, driver)


def test_a_refused_budget_is_operational() -> None:
    engine = sa.create_engine("amzsql://?Simulator=orders=300&MaxRequests=1")
    with engine.connect() as connection, pytest.raises(exc.OperationalError) as caught:
        connection.execute(sa.text("SELECT count(*) FROM OrderItems"))
    assert isinstance(caught.value.orig, amzsql.BudgetExceeded)


def test_the_levels_are_those_of_temp(engine: sa.engine.Engine) -> None:
    with engine.connect() as connection:
        assert connection.get_isolation_level() == connection.default_isolation_level == "REPEATABLE READ"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        assert connection.get_isolation_level() == "AUTOCOMMIT"
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1
    with pytest.raises(exc.ArgumentError, match="Valid isolation levels for 'amzsql' are REPEATABLE READ, AUTOCOMMIT"):
        engine.connect().execution_options(isolation_level="SERIALIZABLE")


def test_an_engine_has_a_level_of_its_own() -> None:
    made = sa.create_engine("amzsql://?Simulator=orders=5", isolation_level="AUTOCOMMIT", poolclass=pool.QueuePool)
    with made.connect() as connection:
        assert connection.get_isolation_level() == "AUTOCOMMIT"
        assert connection.execution_options(isolation_level="REPEATABLE READ").get_isolation_level() != "AUTOCOMMIT"
    with made.connect() as connection:  # the same one, put back
        assert connection.get_isolation_level() == "AUTOCOMMIT"
    with pytest.raises(exc.ArgumentError, match="isolation"):
        sa.create_engine("amzsql://?Simulator=orders=5", isolation_level="READ COMMITTED").connect()


def test_a_statement_is_compiled_once(engine: sa.engine.Engine, orders: sa.Table) -> None:
    fresh = sa.create_engine(engine.url)
    with fresh.connect() as connection:
        for number in (1, 2, 3):
            statement = sa.select(orders.c.AmazonOrderId).where(orders.c.OrderStatus == f"S{number}").limit(number)
            connection.execute(statement).fetchall()
    assert len(fresh._compiled_cache) == 1  # type: ignore[arg-type]
    assert AmzsqlDialect.__dict__["supports_statement_cache"] is True


def test_no_variable_of_the_dialect_shows_a_secret_behind_the_question_mark() -> None:
    with pytest.raises(sa.exc.ArgumentError, match="OAuthRefreshToken") as failed:
        sa.create_engine(f"amzsql://id@/?OAuthRefreshToken={CANARY}").connect()
    own = [f for f, _ in traceback.walk_tb(failed.value.__traceback__) if "amzsql_dialect" in f.f_code.co_filename]
    assert own
    assert all(CANARY not in repr(value) for frame in own for value in frame.f_locals.values())
    assert failed.value.__cause__ is failed.value.__context__ is None


def test_a_procedure_is_called(rows: Any, asked: Any) -> None:
    kind = "GET_MERCHANT_LISTINGS_ALL_DATA"
    [(key,)] = rows(sa.text("EXEC RequestReport @ReportType = :kind"), {"kind": kind})
    assert [r.operation for r in asked() if r.operation.startswith("reports")] == ["reports_2021-06-30.createReport"]
    assert kind in rows(sa.text("CALL GetReport(:key)"), {"key": key})[0]
    with pytest.raises(sa.exc.ProgrammingError, match="needs ReportType"):
        rows(sa.text("EXEC RequestReport"))
