"""Connections: what they ask of Amazon and when, what they keep, and what they show of themselves."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from driving import ALL_ORDERS, NOW, SECRETS, Regions, asked, over, over_socket, real_simulator, rows, served, simulated

import amzsql
from amzsql.clock import VirtualClock
from amzsql.connection import Connection, Runtime
from amzsql.errors import ApiError, InterfaceError, OperationalError, ProgrammingError
from amzsql.settings import read

PARTICIPATIONS = "getMarketplaceParticipations"


def test_connecting_describing_and_explaining_ask_nothing() -> None:
    connection, simulator = simulated()
    connection.commit()
    connection.rollback()
    assert rows(connection, "EXPLAIN " + ALL_ORDERS)
    assert rows(connection, "SELECT TableName FROM sys_tables WHERE TableName = 'Orders' LIMIT 1") == [("Orders",)]
    assert rows(connection, "SELECT 1") == [(1,)]
    assert simulator.log == []


def test_participations_are_asked_once_and_kept() -> None:
    connection, simulator = simulated(Marketplace="")
    explained = rows(connection, "EXPLAIN " + ALL_ORDERS)
    assert simulator.log == []
    rows(connection)
    rows(connection)
    assert asked(simulator, PARTICIPATIONS) == [200]
    again = Connection(connection.settings, connection.runtime)
    rows(again)
    assert asked(simulator, PARTICIPATIONS) == [200]
    assert len(explained) > len(rows(connection, "EXPLAIN " + ALL_ORDERS))


def test_participations_are_kept_for_other_processes(tmp_path: Path) -> None:
    simulator = real_simulator()
    with served(simulator) as url:
        options = {"Marketplace": "", "StateLocation": str(tmp_path / "state"), "OAuthSettingsLocation": ""}
        for _ in range(2):
            assert rows(over_socket(url, **options))
    assert asked(simulator, PARTICIPATIONS) == [200]


@pytest.mark.parametrize(
    ("region", "tries"),
    [("na", ["na"]), ("eu", ["na", "eu"]), ("fe", ["na", "eu", "fe"])],
)
def test_the_region_is_searched_for(region: str, tries: list[str]) -> None:
    clock = VirtualClock(NOW)
    amazon = Regions(clock)
    connection = over(amazon, clock, Marketplace="", OAuthRefreshToken=f"Atzr|simulator-{region}")
    connection.cursor().execute(ALL_ORDERS).fetchall()
    assert amazon.hosts[: len(tries)] == [f"sellingpartnerapi-{r}.amazon.com" for r in tries]
    assert set(amazon.hosts[len(tries) :]) == {f"sellingpartnerapi-{region}.amazon.com"}


def test_no_region_knows_the_account() -> None:
    clock = VirtualClock(NOW)
    amazon = Regions(clock, closed=True)
    with pytest.raises(OperationalError, match="Marketplace"):
        over(amazon, clock, Marketplace="").cursor().execute(ALL_ORDERS)
    assert len(amazon.hosts) == 3


def test_quota_and_requests_tell_what_happened() -> None:
    connection, _ = simulated(OrdersApi="v0")
    rows(connection, "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-01-01'")
    quota = rows(connection, "SELECT Operation, Rate, Tokens, FullAt > NOW() FROM sys_quota")
    assert quota[0][:2] == ("ordersV0.getOrders", pytest.approx(0.0167))
    assert quota[0][2] < 20
    assert quota[0][3]
    found = rows(connection, "SELECT Operation, Status, Bytes > 0, Throttled FROM sys.sys_requests")
    assert set(found) == {("ordersV0.getOrders", 200, True, False)}
    assert len(found) == 3


def test_quota_lists_every_operation_before_any_is_asked() -> None:
    connection, _ = simulated()
    full = "SELECT Operation FROM sys_quota WHERE Tokens > 0 AND FullAt IS NULL AND Last429 IS NULL"
    listed = [name for (name,) in rows(connection, full)]
    asked = {name for (name,) in rows(connection, "SELECT OperationId FROM sys_accesspaths")}
    assert len(listed) == len(set(listed)) >= len(asked) > 10
    assert {name.split(".")[1] for name in listed} == {name.split(".")[-1] for name in asked}


def test_listing_properties_hide_and_do_not_forbid() -> None:
    connection, _ = simulated(Views="Orders,Feeds", BrowsableSchemas="SellingPartner")
    listed = rows(connection, "SELECT DISTINCT SchemaName, TableName FROM sys_tables WHERE TableType = 'VIEW'")
    assert {r[0] for r in listed} == {"SellingPartner"}
    assert {r[1] for r in listed} <= {"Orders", "Feeds"}
    assert rows(connection, "SELECT SellerSKU FROM OrderItems LIMIT 1")


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"AWSRegion": "us-east-1"}, "AWSRegion is ignored"),
        ({"PoolMaxSize": 5}, "PoolMaxSize is ignored"),
        ({"Tables": "Orders,zzz"}, "^Tables: there is no table or view zzz"),
        ({"Views": "Orderz"}, "^Views: there is no table or view Orderz. Did you mean Orders"),
        ({"BrowsableSchemas": "zzz"}, "^BrowsableSchemas: there is no schema zzz"),
    ],
)
def test_what_connect_has_to_say_is_told_where_it_was_called(properties: dict[str, Any], said: str) -> None:
    with pytest.warns(amzsql.ResultWarning, match=said) as told:
        connection = amzsql.connect("Simulator=orders=10", **properties)
    assert [w.filename for w in told] == [__file__]
    assert [(amzsql.Warning, str(w.message)) for w in told] == connection.messages


def test_names_in_any_case_need_no_warning() -> None:
    names = {"Tables": "orders,sys_tables", "Views": "FEEDS", "BrowsableSchemas": "sellingpartner,SYS"}
    assert amzsql.connect("Simulator=orders=10", **names).messages == []


def test_the_time_zone_is_that_of_dates_without_one() -> None:
    count = "SELECT count(*), min(PurchaseDate) FROM Orders WHERE PurchaseDate >= '2026-11-10' AND OrderStatus <> ''"
    _, utc_first = rows(simulated(orders=2000)[0], count)[0]
    _, first = rows(simulated(orders=2000, TimeZone="Asia/Tokyo")[0], count)[0]
    assert utc_first.isoformat() >= "2026-11-10T00:00"
    assert first.utcoffset() == utc_first.utcoffset() == dt.timedelta(0)
    assert "2026-11-09T15:00" <= first.isoformat() < "2026-11-10"


def test_an_unknown_schema_or_table_names_the_nearest() -> None:
    connection, _ = simulated()
    with pytest.raises(ProgrammingError, match="SellingPartner"):
        rows(connection, "SELECT * FROM SelingPartner.Orders")
    with pytest.raises(ProgrammingError, match="sys_tables"):
        rows(connection, "SELECT * FROM sys.sys_table")


@pytest.mark.parametrize("schema", amzsql.metadata.schemas())
def test_what_is_listed_can_be_asked(schema: str) -> None:
    """A schema that tools see answers, by its name and as the property Schema, with the same table."""
    listed = simulated()[0]
    assert schema in {s for (s,) in rows(listed, "SELECT SchemaName FROM sys_schemas")}
    table = {"VendorCentral": "CatalogItems WHERE ASIN = 'B000000000'"}.get(schema, "Orders LIMIT 3")
    connection, _ = simulated(Schema=schema)
    by_name, by_property = (rows(c, f"SELECT * FROM {n}{table}") for c, n in ((listed, f"{schema}."), (connection, "")))
    assert by_name == by_property


def test_schema_temp_holds_nothing_at_first() -> None:
    connection, _ = simulated()
    with pytest.raises(ProgrammingError, match=r"no table Orders in schema temp. It is in SellingPartner"):
        rows(connection, "SELECT * FROM temp.Orders")
    assert "Temp" not in amzsql.metadata.schemas()


def test_closing() -> None:
    connection, _ = simulated()
    cursor = connection.cursor()
    cursor.execute(ALL_ORDERS)
    connection.close()
    connection.close()
    for use in (connection.cursor, connection.commit, connection.rollback, cursor.fetchone):
        with pytest.raises(InterfaceError):
            use()


def test_connect_on_open_finds_wrong_credentials() -> None:
    def refuse(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("400 Bad Request", [("Content-Type", "application/json")])
        return [b'{"error": "invalid_grant"}']

    settings = read("", Marketplace="Germany", ConnectOnOpen=True, **SECRETS)
    with pytest.raises(OperationalError, match="authoris"):
        Connection(settings, Runtime(settings, app=refuse, clock=VirtualClock(NOW)))


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        ("import amzsql", "duckdb sqlalchemy sqlglot httpx"),
        ("import amzsql; amzsql.connect('Simulator=True')", "sqlalchemy duckdb rich typer pandas"),
    ],
)
def test_imports_come_late(program: str, absent: str) -> None:
    code = f"{program}\nimport sys\nprint([m for m in {absent.split()!r} if m in sys.modules])"
    root = Path(amzsql.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "[]\n"


def test_explain_and_plain_statements_need_no_credentials() -> None:
    connection = amzsql.connect("Marketplace=US;StateLocation=memory://")
    cursor = connection.cursor()
    total = cursor.execute("EXPLAIN SELECT AmazonOrderId FROM Orders LIMIT 10").fetchall()[-1]
    assert total[1] == "Total"
    assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    for statement in ("SELECT AmazonOrderId FROM Orders LIMIT 1", "EXPLAIN ANALYZE SELECT AmazonOrderId FROM Orders"):
        with pytest.raises(amzsql.ProgrammingError, match="credentials: there are none"):
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("account", "marketplaces"),
    [("na", {"ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8"}), ("fe", {"A1VC38T7YXB528", "A39IBJ37TRP1C6"})],
)
def test_the_simulator_has_several_accounts(account: str, marketplaces: set[str]) -> None:
    connection = amzsql.connect(f"Simulator=account={account},orders=200,throttle=off")
    found = rows(connection, "SELECT DISTINCT MarketplaceId FROM Orders WHERE PurchaseDate >= '2000-01-01'")
    assert {m for (m,) in found} == marketplaces


def test_an_account_that_the_simulator_has_not_is_named() -> None:
    with pytest.raises(ProgrammingError, match=r"no account 'vender', but na, .* Did you mean vendor\?"):
        amzsql.connect("Simulator=account=vender")


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ("Simulator=True;Marketplace=DE", r"DE is of another region .* 'na', which sells in US, .*account=eu"),
        ("Simulator=account=fe;Marketplace=US,CA", r"US, CA is of another region .* 'fe', .*Simulator=account=na\."),
    ],
)
def test_a_simulated_account_of_another_region_is_named(properties: str, said: str) -> None:
    with pytest.raises(ProgrammingError, match=said):
        amzsql.connect(properties)


def test_a_marketplace_that_the_account_has_no_part_in_is_named() -> None:
    connection, _ = simulated(Marketplace="DE")
    with pytest.raises(ApiError, match=r"A1PA6795UKMFR9.*\(property Marketplace\)"):
        rows(connection, "SELECT AmazonOrderId FROM Orders LIMIT 1")


def test_a_wrong_seller_is_named() -> None:
    connection, _ = simulated(SellerId="A0WRONG")
    with pytest.raises(ApiError, match=r"sellerId=A0WRONG \(property SellerId\)"):
        rows(connection, "SELECT * FROM ListingsItems LIMIT 1")


def test_functions_that_a_tool_may_offer_answer() -> None:
    names = set(amzsql.metadata.functions())
    assert {"sum", "date_trunc", "marketplace_date", "dateadd", "getdate", "isnull", "row_number", "range"} <= names
    # These are grammar, which nothing lists.
    written = ("coalesce(NULL, 1)", "ifnull(NULL, 1)", "nvl(NULL, 1)", "iif(true, 1, 2)", "cast('1' AS INTEGER)")
    written += ("try_cast('1' AS INTEGER)", "convert(INTEGER, '1')", "extract(MONTH FROM datefromparts(2026, 1, 1))")
    written += ("case WHEN exists(SELECT 1) THEN 1 END", "percentile_cont(0.5) WITHIN GROUP (ORDER BY 1)")
    written += ("percentile_disc(0.5) WITHIN GROUP (ORDER BY 1)",)
    assert {text.partition("(")[0].partition(" ")[0] for text in written} | {"datefromparts", "exists"} <= names
    assert amzsql.connect(Simulator=True).cursor().execute(f"SELECT {', '.join(written)}").fetchall() == [
        (1,) * len(written)
    ]
    assert not names & {"read_csv", "getenv", "query_table", "duckdb_settings", "current_setting", "write_log"}
    connection = amzsql.connect("Simulator=True", defaults={"Schema": "Marketplace"})
    assert connection.settings.schema == "Marketplace"
    assert connection.cursor().execute("SELECT isnull(NULL, upper('a'))").fetchall() == [("A",)]
