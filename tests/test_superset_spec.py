"""The engine spec within Superset's own process, where Superset is installed; see `nox -s superset`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driving import SECRETS, real_simulator, served

from amzsql.simulator import Simulator

pytest.importorskip("superset.app", reason="Superset is installed by nox -s superset, in an environment of its own")

HERE = {"StateLocation": "memory://"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home: Path = tmp_path_factory.mktemp("superset")
    config = home / "superset_config.py"
    config.write_text('SECRET_KEY = "for a test"\nSQLALCHEMY_DATABASE_URI = "sqlite://"\n')
    (home / "amzsql").mkdir()
    (home / "amzsql" / "connections.toml").write_text('[connections.kept]\nMarketplace = "US"\n')
    places = {"SUPERSET_HOME": str(home), "XDG_CONFIG_HOME": str(home), "SUPERSET_CONFIG_PATH": str(config)}
    os.environ |= places
    from superset.app import create_app

    made = create_app()
    with made.app_context():
        yield made


@pytest.fixture
def spec(app: Any) -> Any:
    from superset.db_engine_specs import get_engine_spec

    return get_engine_spec("amzsql", "amzsql")


def database(uri: str, *, dml: bool = False, extra: Any = None, **args: Any) -> Any:
    """Return a database of Superset's that nobody saves."""
    from superset.models.core import Database

    found = Database(database_name="Amazon", extra=json.dumps(extra or {}), allow_dml=dml)
    found.set_sqlalchemy_uri(uri)
    found.encrypted_extra = json.dumps({"connect_args": HERE | args})
    return found


@pytest.fixture
def amazon(app: Any) -> Iterator[tuple[Simulator, Any]]:
    """The simulator on a socket, and a database of it that may be changed."""
    simulator = real_simulator(orders=100)
    with served(simulator) as url:
        yield simulator, database("amzsql://", dml=True, Endpoint=url, Marketplace="US", **SECRETS)


def settings(found: Any, **more: Any) -> Any:
    with found.get_raw_connection(**more) as connection:
        return connection.dbapi_connection.settings


def test_the_entry_point_is_found_with_its_form(spec: Any) -> None:
    from superset.db_engine_specs import get_available_engine_specs

    assert spec.__name__ == "AmzsqlEngineSpec"
    assert get_available_engine_specs()[spec] == {"amzsql"}
    fields = spec.parameters_json_schema()["properties"]
    assert sorted(fields) == ["access_token", "account", "default_schema", "password", "query", "username"]
    assert spec.metadata["logo"].startswith("data:image/svg+xml;base64,PHN2Z")
    assert spec.get_public_information()["supports_file_upload"] is False


def test_secrets_of_the_form_reach_the_driver_and_nobody_else(spec: Any) -> None:
    uri = spec.build_sqlalchemy_uri({"username": "me", "password": "s/e@c", "access_token": "Atzr|a:b", "query": {}})
    found = database(uri, SellerId="A1")
    assert found.sqlalchemy_uri == "amzsql://me:XXXXXXXXXX@"
    given = settings(found)
    assert (given.oauth_client_secret.reveal(), given.oauth_refresh_token.reveal()) == ("s/e@c", "Atzr|a:b")
    assert (given.oauth_client_id, given.seller_id) == ("me", "A1")
    shown = found.parameters
    assert (shown["password"], shown["access_token"]) == ("XXXXXXXXXX", "XXXXXXXXXX")
    assert spec.build_sqlalchemy_uri(shown) == found.sqlalchemy_uri
    masked = json.loads(found.masked_encrypted_extra)
    assert masked == {"connect_args": {"SellerId": "XXXXXXXXXX", "StateLocation": "XXXXXXXXXX"}}
    again = spec.unmask_encrypted_extra(found.encrypted_extra, found.masked_encrypted_extra)
    assert json.loads(again) == json.loads(found.encrypted_extra)
    with found.get_sqla_engine() as engine:
        assert "Atzr" not in repr(engine)
        assert "s/e@c" not in repr(engine)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({}, {"missing": ["username", "password", "access_token"]}),
        ({"access_token": "x"}, {"missing": ["username", "password"]}),
        ({"account": "nowhere"}, {"invalid": ["account"]}),
        ({"query": {"Simulater": "True"}}, {"invalid": ["query_input"]}),
        ({"access_token": "new", "password": "XXXXXXXXXX"}, {"invalid": ["password", "access_token"]}),
        ({"query": {"Simulator": "True"}}, None),
        ({"username": "a", "password": "b", "access_token": "c"}, None),
        ({"username": "a", "password": "XXXXXXXXXX", "access_token": "XXXXXXXXXX"}, None),
    ],
)
def test_the_form_is_checked_without_a_call(spec: Any, parameters: Any, told: Any) -> None:
    found = spec.validate_parameters({"parameters": parameters})
    assert [{k: v for k, v in error.extra.items() if k != "issue_codes"} for error in found] == ([told] if told else [])


@pytest.mark.parametrize(
    ("uri", "kind", "said"),
    [
        ("amzsql://", "CONNECTION_ACCESS_DENIED_ERROR", "credentials: there are none. Name a connection"),
        ("amzsql://a:b@", "CONNECTION_ACCESS_DENIED_ERROR", "credentials: InitiateOAuth=OFF needs OAuthAccessToken"),
        ("amzsql://nowhere", "CONNECTION_UNKNOWN_DATABASE_ERROR", "Connection: "),
        ("amzsql://?Simulator=True", None, ""),
        ("amzsql://a:b%20Atzr|c@", None, ""),
        ("amzsql://kept", None, ""),
    ],
)
def test_testing_a_connection_tells_what_is_missing(spec: Any, uri: str, kind: str | None, said: str) -> None:
    from superset.commands.database.test_connection import TestConnectionDatabaseCommand
    from superset.exceptions import SupersetErrorsException

    extra = {"engine_params": {"connect_args": HERE}}
    command = TestConnectionDatabaseCommand({"sqlalchemy_uri": uri, "extra": json.dumps(extra)})
    if kind is None:
        command.run()
        return
    with pytest.raises(SupersetErrorsException) as raised:
        command.run()
    [error] = raised.value.errors
    assert (error.error_type.name, error.message[: len(said)]) == (kind, said), error.message


def test_statements_end_before_superset_does(spec: Any) -> None:
    from superset.utils.core import QuerySource

    simulated = "amzsql://?Simulator=True"
    page, lab = settings(database(simulated)), settings(database(simulated), source=QuerySource.SQL_LAB)
    assert (page.statement_timeout, page.latency, page.readonly) == (55, "Interactive", True)
    assert (lab.statement_timeout, lab.latency) == (25, "Interactive")
    assert not settings(database(simulated, dml=True)).readonly
    given = settings(database(simulated + "&StatementTimeout=7"), source=QuerySource.SQL_LAB)
    assert (given.statement_timeout, given.latency) == (7, "Interactive")
    assert settings(database(simulated, Latency="Batch")).latency == "Batch"
    extra = {"engine_params": {"connect_args": {"MaxRows": 5}}}
    kept = settings(database(simulated, extra=extra), source=QuerySource.SQL_LAB)
    assert (kept.max_rows, kept.statement_timeout) == (5, 25)


def test_a_worker_has_time(spec: Any) -> None:
    from celery import Celery

    from amzsql_dialect.superset.spec import suiting_properties

    def suiting() -> dict[str, Any]:
        return suiting_properties(in_lab=True)

    task = Celery(set_as_current=False).task(suiting)
    assert task()["Latency"] == "Interactive"
    assert task.apply().get() == {"Latency": "Batch", "StatementTimeout": 6 * 3600 - 60}


def test_the_schema_that_is_picked_is_asked(spec: Any) -> None:
    found = database("amzsql://?Simulator=True")
    assert settings(found).schema == "SellingPartner"
    assert settings(found, schema="Marketplace").schema == "Marketplace"
    with found.get_inspector() as inspector:
        assert "SellingPartner" in spec.get_schema_names(inspector)
        assert "Temp" not in spec.get_schema_names(inspector)


@pytest.mark.parametrize(
    ("script", "changes"),
    [
        ("SELECT * FROM [Orders] o JOIN `OrderItems` i USING (AmazonOrderId)", False),
        ("EXPLAIN SELECT 1", False),
        ("UPDATE ListingsItems SET Price = 1 WHERE SellerSKU = 'a'", True),
        ("EXEC CancelReport '1'", True),
        ("EXEC NoSuchProcedure a = 1", True),
        ("SELECT 1; CALL CancelFeed('1')", True),
    ],
)
def test_what_changes_something_is_seen(spec: Any, script: str, changes: bool) -> None:
    from superset.sql.parse import SQLScript

    assert SQLScript(script, "amzsql").has_mutation() == changes


def test_a_low_limit_stays(spec: Any) -> None:
    from amzsql_dialect.superset.spec import _with_own_limit

    rewritten = "SELECT\n  *\nFROM Orders\nLIMIT 1001"
    assert _with_own_limit(rewritten, "SELECT * FROM Orders LIMIT 7", 1000) == "SELECT\n  *\nFROM Orders\nLIMIT 7"
    assert _with_own_limit(rewritten, "SELECT 1 LIMIT 2; SELECT * FROM Orders LIMIT 7", 1000).endswith("LIMIT 7")
    for written in (
        "SELECT * FROM Orders",
        "SELECT * FROM Orders LIMIT 5000",
        "SELECT * FROM {{ x }}",
        "SELECT 1 LIMIT 7",
    ):
        assert _with_own_limit(rewritten, written, 1000) == rewritten


def test_a_low_limit_stays_in_a_template(spec: Any) -> None:
    from celery import Celery

    from amzsql_dialect.superset.spec import _filled_in, _with_own_limit

    written = "{% set day = 1 %}SELECT * FROM Orders LIMIT {{ day }}"

    def run(query_id: int, rendered: str) -> str:
        return _with_own_limit("SELECT\n  *\nFROM Orders\nLIMIT 1001", _filled_in(written), 1000)

    task = Celery(set_as_current=False).task(run)
    assert run(1, "").endswith("LIMIT 1001")
    assert task.apply(args=(1, "SELECT * FROM Orders LIMIT 1")).get().endswith("LIMIT 1")
    assert spec.get_limit_from_sql("SELECT * FROM Orders LIMIT 2") == 2
    assert run(1, "").endswith("LIMIT 2")
    assert spec.get_limit_from_sql("SELECT * FROM OrderItems LIMIT 2") == 2
    assert run(1, "").endswith("LIMIT 1001")


def test_what_changes_something_has_no_rows_and_what_follows_is_run(spec: Any, amazon: Any) -> None:
    from superset.result_set import SupersetResultSet

    def run(sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        spec.execute(cursor, sql, found)
        rows = spec.fetch_data(cursor, 1001)
        made = SupersetResultSet(rows, cursor.description, spec)
        assert made.size == len(rows)
        return [column["column_name"] for column in made.columns], rows

    simulator, found = amazon
    with found.get_raw_connection() as connection:
        cursor = connection.cursor()
        arn = "arn:aws:sqs:us-east-2:444455556666:queue"
        assert run(f"INSERT INTO Destinations (Name, ResourceSqsArn) VALUES ('lab', '{arn}')") == ([], [])
        assert run("SELECT Name FROM Destinations WHERE Name = 'lab'") == (["Name"], [("lab",)])
        assert run("DELETE FROM Destinations WHERE Name = 'lab'") == ([], [])
        assert run("SELECT Name FROM Destinations WHERE Name = 'lab'") == (["Name"], [])
        assert run("CREATE TABLE Temp.kept AS SELECT 1 AS one") == ([], [])
        assert run("UPDATE Temp.kept SET one = 2") == ([], [])
        assert run("SELECT one FROM Temp.kept") == (["one"], [(2,)])
    assert [r.operation for r in simulator.log if r.operation.endswith("createDestination")] == [
        "notifications.createDestination"
    ]


def test_the_columns_of_a_virtual_dataset_ask_amazon_nothing(amazon: Any) -> None:
    from superset.connectors.sqla.utils import get_columns_description

    simulator, found = amazon
    sql = """WITH sold AS (SELECT o.PurchaseDate, i.SellerSKU, i.ItemPriceAmount FROM Orders o JOIN OrderItems i
    USING (AmazonOrderId)) SELECT SellerSKU, max(PurchaseDate) AS last, sum(ItemPriceAmount) AS sum FROM sold
    GROUP BY SellerSKU ORDER BY 3 LIMIT 10"""
    columns = get_columns_description(found, None, "SellingPartner", sql)
    assert [(column["column_name"], column["is_dttm"]) for column in columns] == [
        ("SellerSKU", False),
        ("last", True),
        ("sum", False),
    ]
    assert simulator.log == []


def test_errors_have_superset_s_kinds(spec: Any) -> None:
    [found] = spec.extract_errors(Exception("amzsql error: Syntax error in line 1, column 9, at 1: ) was expected."))
    assert found.error_type.name == "SYNTAX_ERROR"
    assert found.message == "Syntax error in line 1, column 9, at 1: ) was expected."
    throttled = "amzsql error: ordersV0.getOrders answered 429 QuotaExceeded: The quota is used up; try again later."
    assert spec.extract_errors(Exception(throttled))[0].message.startswith("Throttled: Amazon's quota of ordersV0.getO")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("TIMESTAMP WITH TIME ZONE", "TEMPORAL"),
        ("DECIMAL(18,4)", "NUMERIC"),
        ("HUGEINT", "NUMERIC"),
        ("UINTEGER", "NUMERIC"),
        ("JSON", "STRING"),
        ("BLOB", "STRING"),
        ("VARCHAR[]", "STRING"),
        ("BOOLEAN", "BOOLEAN"),
    ],
)
def test_every_type_is_known(spec: Any, name: str, kind: str) -> None:
    assert spec.get_column_spec(name).generic_type.name == kind
