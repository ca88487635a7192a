"""Groups: many accounts side by side, each with its own tokens and rows; what one of them lacks costs no other."""

from __future__ import annotations

import os
import re
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from driving import workers
from grouping import ALONE, alone, joined, rows, written
from typer.testing import CliRunner

from amzsql.cli.commands import app
from amzsql.errors import BudgetExceeded, OperationalError, ProgrammingError
from amzsql.settings import Given, Settings, read_group
from amzsql.simulator import Fault
from amzsql.simulator.faults import Scenario

YESTERDAY = (
    "SELECT Account, AmazonOrderId, OrderStatus FROM Orders WHERE PurchaseDate >= '2026-11-20' AND PurchaseDate <"
    " '2026-11-21'"
)
pytestmark = pytest.mark.filterwarnings("ignore::amzsql.errors.ResultWarning")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return the user's configuration folder, which is another one while the test lasts."""
    before = {name: os.environ.get(name) for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    os.environ.update(XDG_CONFIG_HOME=str(tmp_path / "config"), XDG_STATE_HOME=str(tmp_path / "state"))
    folder = tmp_path / "config" / "amzsql"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def forty(folder: Path) -> Path:
    accounts = {f"shop-{n:02}": f"na-{n}" for n in range(1, 39)}
    return written(folder, accounts | {"gone": "revoked", "bare": "norole"})


def texts(connection: object) -> list[str]:
    return [text for _, text in connection.messages]  # type: ignore[attr-defined]


def test_forty_accounts_take_as_long_as_the_slowest_and_two_that_fail_are_named(tmp_path: Path) -> None:
    folder = forty(tmp_path)
    one = alone(folder, "shop-07")
    expected = one.cursor().execute(YESTERDAY)
    mine = {row[1:] for row in expected.fetchall()}
    slowest = expected.stats.seconds
    connection = joined(folder)
    cursor = connection.cursor().execute(YESTERDAY)
    found = cursor.fetchall()
    assert len({row[0] for row in found}) == 38
    assert {row[1:] for row in found if row[0] == "shop-07"} == mine
    assert max(Counter(row[1] for row in found).values()) == 1
    assert cursor.stats.seconds <= slowest + 0.5
    left_out = [text for _, text in cursor.messages if "is left out" in text]
    assert len(left_out) == 2
    assert any(t.startswith("The account gone is left out: ") and "revoked" in t for t in left_out)
    assert any(t.startswith("The account bare is left out: ") and "403" in t for t in left_out)


def test_no_row_stands_under_another_name(tmp_path: Path) -> None:
    folder = written(tmp_path, {"a": "na-1", "b": "eu", "c": "fe-2"})
    found = rows(joined(folder), "SELECT Account, AmazonOrderId FROM Orders")
    for name in "abc":
        own = {row[0] for row in rows(alone(folder, name), "SELECT AmazonOrderId FROM Orders")}
        assert own == {order for account, order in found if account == name}


@pytest.mark.parametrize(
    "condition",
    [
        "Account = 'a'",
        "Account IN ('a', 'nobody')",
        "Account NOT IN ('b', 'gone')",
        "Account = 'A' OR Account = 'nobody'",
        "o.Account = 'a' AND EXISTS (SELECT 1 FROM OrderItems i WHERE i.AmazonOrderId = o.AmazonOrderId)",
    ],
)
def test_a_filter_on_the_account_asks_no_other(tmp_path: Path, condition: str) -> None:
    connection = joined(written(tmp_path, {"a": "na-1", "b": "eu", "gone": "revoked"}))
    found = rows(connection, f"SELECT DISTINCT Account FROM Orders o WHERE {condition}")
    assert found == [("a",)]
    asked = {member.name: len(member.runtime.ledger.recent) for member in connection.members}
    assert asked.pop("a") > 0
    assert set(asked.values()) == {0}


def test_a_join_on_an_order_id_carries_the_filter_to_the_other_table(tmp_path: Path) -> None:
    connection = joined(written(tmp_path, {"a": "na-1", "b": "eu"}))
    sql = (
        "SELECT i.Account, COUNT(*) FROM Orders o JOIN OrderItems i ON i.AmazonOrderId = o.AmazonOrderId WHERE"
        " o.Account = 'b' AND o.PurchaseDate >= '2026-11-10' GROUP BY 1"
    )
    assert [row[0] for row in rows(connection, sql)] == ["b"]
    assert not connection.members[0].runtime.ledger.recent


def test_one_failing_account_fails_the_statement_if_that_is_wanted(tmp_path: Path) -> None:
    connection = joined(forty(tmp_path), OnAccountError="Raise")
    with pytest.raises(OperationalError, match=r"account (gone|bare)"):
        rows(connection, YESTERDAY)
    assert len(rows(connection, f"{YESTERDAY} AND Account IN ('shop-01', 'shop-02')")) > 0


def test_where_no_account_answers_the_statement_fails(tmp_path: Path) -> None:
    connection = joined(written(tmp_path, {"gone": "revoked", "bare": "norole"}))
    with pytest.raises(OperationalError, match="No account answers"):
        rows(connection, YESTERDAY)


def test_what_changes_something_is_of_one_account_that_is_named(tmp_path: Path) -> None:
    connection = joined(written(tmp_path, {"a": "na-1", "b": "eu"}), Readonly="False")
    [(sku,)] = rows(connection, "SELECT SKU FROM ListingsItemsSummaries WHERE Account = 'b' LIMIT 1")
    before = [len(m.runtime.ledger.recent) for m in connection.members]
    for statement in (
        f"DELETE FROM ListingsItems WHERE SKU = '{sku}'",
        f"DELETE FROM ListingsItems WHERE SKU = '{sku}' AND Account IN ('a', 'b')",
        "EXEC GetFeedDocument FeedDocumentId = 'x'",
    ):
        with pytest.raises(ProgrammingError, match=r"is of one account\. Write .*Account = '…'"):
            connection.cursor().execute(statement)
    with pytest.raises(ProgrammingError, match=r"INSERT INTO ListingsItems \(Account, …\)"):
        connection.cursor().execute("INSERT INTO ListingsItems (SKU) VALUES ('x')")
    with pytest.raises(ProgrammingError, match="no account c"):
        connection.cursor().execute(f"DELETE FROM ListingsItems WHERE SKU = '{sku}' AND Account = 'c'")
    assert [len(m.runtime.ledger.recent) for m in connection.members] == before
    cursor = connection.cursor().execute("DELETE FROM ListingsItems WHERE Account = ? AND SKU = ?", ["b", sku])
    assert cursor.rowcount >= 1
    found = rows(connection, "EXEC TestConnection @Account = 'a'")
    assert any(row[0] == "Account" and "Northlake" in row[2] for row in found)


def test_a_change_in_a_group_reads_no_rows_of_other_accounts_unseen(tmp_path: Path) -> None:
    """Within the account that is named, a subquery would find none of the others' rows, and NOT IN delete all."""
    connection = joined(written(tmp_path, {"a": "na-1", "b": "eu"}), Readonly="False")
    cursor = connection.cursor()
    arn = "arn:aws:sqs:us-east-1:444455556666:queue"
    cursor.execute(f"INSERT INTO Destinations (Account, Name, ResourceSqsArn) VALUES ('a', 'keep', '{arn}')")
    assert rows(connection, "SELECT SCOPE_IDENTITY()") == [(cursor.lastrowid,)]
    cursor.execute(
        "CREATE TABLE names AS SELECT Name || '2' AS Name FROM Destinations WHERE Account = 'a' AND Name = 'keep'"
    )
    cursor.execute(
        f"INSERT INTO Destinations (Account, Name, ResourceSqsArn) SELECT ?, Name, '{arn}2' FROM names", ["b"]
    )
    both = rows(connection, "SELECT Account, Name FROM Destinations WHERE Name LIKE 'keep%' ORDER BY 1, 2")
    # They are the application's, and its accounts see the same.
    assert both == [("a", "keep"), ("a", "keep2"), ("b", "keep"), ("b", "keep2")]
    before = [len(m.runtime.ledger.recent) for m in connection.members]
    for statement in (
        "DELETE FROM Destinations WHERE Account = 'a' AND Name NOT IN (SELECT Name FROM Destinations)",
        "DELETE FROM Destinations USING Destinations d WHERE Destinations.Account = 'a' AND d.Name = Destinations.Name",
        "WITH d AS (SELECT Name FROM Destinations) DELETE FROM Destinations WHERE Account = 'a' AND Name IN (FROM d)",
        "INSERT INTO Destinations (Account, Name) SELECT 'a', Name FROM Destinations WHERE Account = 'b'",
    ):
        with pytest.raises(
            ProgrammingError, match="no further rows of Amazon's, here Destinations: first CREATE TABLE"
        ):
            connection.cursor().execute(statement)
    assert [len(m.runtime.ledger.recent) for m in connection.members] == before
    cursor.execute("DELETE FROM Destinations WHERE Account = 'a' AND Name || '2' IN (SELECT Name FROM names)")
    assert cursor.rowcount == 1
    cursor.execute("DELETE FROM Destinations WHERE Account = 'b'")
    assert cursor.rowcount >= 1
    assert rows(connection, "SELECT Name FROM Destinations WHERE Account = 'b' OR Name = 'keep'") == []


def test_an_incomplete_connection_is_named_and_the_others_answer(tmp_path: Path) -> None:
    more = '[connections.new]\nmarketplaces = ["nowhere"]\n'
    connection = joined(written(tmp_path, {"a": "na-1", "b": "eu"}, more=more))
    assert any(t.startswith("The account new cannot be asked: ") for t in texts(connection))
    cursor = connection.cursor().execute("SELECT DISTINCT Account FROM Orders ORDER BY 1")
    assert cursor.fetchall() == [("a",), ("b",)]
    assert any(t.startswith("The account new is left out: ") for t in texts(cursor))
    assert [(f.item, f.state) for f in connection.prove() if f.state == "failed"] == [("new: Connection", "failed")]


def test_budgets_hold_over_all_accounts_and_are_refused_before_any_call(tmp_path: Path) -> None:
    folder = written(tmp_path, {f"s{n}": f"na-{n}" for n in range(1, 11)})
    connection = joined(folder, MaxRequests=9)
    with pytest.raises(BudgetExceeded, match="MaxRequests") as refused:
        rows(connection, YESTERDAY)
    assert refused.value.estimate is not None
    assert refused.value.estimate[0] == 20
    assert not any(m.runtime.ledger.recent for m in connection.members)
    assert rows(joined(folder, MaxRequests=9), f"{YESTERDAY} AND Account IN ('s1', 's2', 's3')")
    # Seconds are the slowest account's: ten side by side have the time that one has.
    cursor = joined(folder, StatementTimeout=3).cursor().execute(YESTERDAY)
    assert len({row[0] for row in cursor.fetchall()}) == 10
    # Seven are asked for their marketplaces first: of three these are known.
    assert cursor.stats.planned_requests == cursor.stats.requests == 17
    assert cursor.stats.planned_seconds < 1


def test_explain_names_the_accounts_and_asks_nothing(tmp_path: Path) -> None:
    connection = joined(written(tmp_path, {"a": "na-1", "b": "na-2", "c": "eu"}))
    cursor = connection.cursor().execute(f"EXPLAIN {YESTERDAY}")
    names = [d[0] for d in cursor.description or []]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    asked = [row for row in found if row["Node"] == "Account"]
    assert [(row["Account"], row["Requests"], row["Basis"]) for row in asked] == [("a, b, c", 3, "estimate")]
    assert not any(m.runtime.ledger.recent for m in connection.members)
    rows(connection, YESTERDAY)
    cursor.execute(f"EXPLAIN ANALYZE {YESTERDAY}")
    names = [d[0] for d in cursor.description or []]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    fetches = {row["Account"]: row for row in found if row["Node"] == "Fetch"}
    assert {a: (r["Requests"], r["ActualRequests"]) for a, r in fetches.items()} == {"a, b": (2, 2), "c": (1, 1)}
    assert found[-1]["ActualRequests"] == 3
    assert found[-1]["ActualRows"] == sum(r["ActualRows"] for r in fetches.values())


def test_quota_and_requests_tell_the_account(tmp_path: Path) -> None:
    connection = joined(written(tmp_path, {"a": "na-1", "b": "na-2"}))
    rows(connection, f"{YESTERDAY} AND Account = 'b'")
    full = "SELECT Account, Tokens FROM sys_quota WHERE Operation = 'orders_2026-01-01.searchOrders' ORDER BY 1"
    (_, one), (_, other) = rows(connection, full)
    assert one > other
    assert rows(connection, "SELECT DISTINCT Account FROM sys_requests") == [("b",)]


def test_a_group_is_reflected_without_a_call(tmp_path: Path) -> None:
    connection = joined(written(tmp_path, {"a": "na-1", "b": "eu"}))
    before = [len(m.runtime.ledger.recent) for m in connection.members]
    orders, items = connection.describe("", "Orders"), connection.describe("", "OrderItems")
    assert orders is not None
    assert items is not None
    assert orders.columns[0].name == "Account"
    assert orders.columns[0].values == ("a", "b")
    assert orders.primary_key == ("Account", "AmazonOrderId")
    [reference] = items.foreign_keys
    assert (reference.columns, reference.table_columns) == (("Account", "AmazonOrderId"), ("Account", "AmazonOrderId"))
    assert [len(m.runtime.ledger.recent) for m in connection.members] == before


def test_tables_of_the_connection_join_the_accounts(tmp_path: Path) -> None:
    connection = joined(written(tmp_path, {"a": "na-1", "b": "eu"}))
    cursor = connection.cursor()
    cursor.execute(f"CREATE TABLE wanted AS SELECT Account, AmazonOrderId FROM ({YESTERDAY}) LIMIT 3")
    wanted = set(rows(connection, "SELECT Account, AmazonOrderId FROM wanted"))
    assert len(wanted) == 3
    sql = "SELECT o.Account, o.AmazonOrderId FROM wanted w JOIN Orders o ON o.AmazonOrderId = w.AmazonOrderId"
    assert set(rows(connection, sql)) == wanted


def test_cancelling_ends_the_fetches_of_all_accounts(tmp_path: Path) -> None:
    connection = joined(written(tmp_path, {"a": "na-1", "b": "eu"}), Pagesize=5)
    cursor = connection.cursor().execute("SELECT Account, AmazonOrderId FROM Orders")
    cursor.fetchone()
    cursor.cancel()
    with pytest.raises(OperationalError, match="cancelled"):
        cursor.fetchall()
    assert not workers()


def test_many_accounts_take_few_threads(tmp_path: Path) -> None:
    connection = joined(written(tmp_path, {f"s{n}": f"na-{n}" for n in range(1, 61)}, "orders=30,today=2026-11-21"))
    most, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.002):
            most[0] = max(most[0], len(workers()))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        sql = "SELECT o.Account, COUNT(*) FROM Orders o JOIN OrderItems i USING (Account, AmazonOrderId) GROUP BY 1"
        assert len(rows(connection, sql)) == 60
    finally:
        over.set()
        watcher.join()
    # Each of the two fetches of an account has a thread, and not four where there are so many.
    assert 0 < most[0] <= 130


@pytest.mark.parametrize(("mask", "given"), [("Hash", "Off"), ("Null", "Off"), ("Off", "Hash")])
def test_what_one_account_masks_is_masked_in_the_group(tmp_path: Path, mask: str, given: str) -> None:
    """By all ways to it: the strictest of the group and its connections holds for all of them."""
    folder = written(tmp_path, {"a": "na-1", "b": "na-2"})
    file = folder / "connections.toml"
    file.write_text(file.read_text().replace('[connections."b"]\n', f"[connections.\"b\"]\nMaskPII = '{mask}'\n"))
    properties = {"MaskPII": given} if given != "Off" else {}
    connection = joined(folder, IncludeRestrictedData=True, OrdersApi="v0", **properties)
    found = rows(connection, "SELECT Account, BuyerInfoBuyerEmail FROM Orders WHERE PurchaseDate >= '2026-11-10'")
    assert {account for account, _ in found} == {"a", "b"}
    assert not any("@" in (email or "") for _, email in found)
    assert any(email for _, email in found) is (mask != "Null")
    with pytest.raises(ProgrammingError, match="under MaskPII"):
        rows(connection, "EXEC RefreshOAuthAccessToken @OAuthRefreshToken = 'Atzr|a', @Account = 'a'")


def test_a_group_has_nothing_but_connections(tmp_path: Path) -> None:
    """A property there would do nothing, without a word."""
    folder = written(tmp_path, {"a": "na-1"}, more="MaskPII = 'Hash'\n")
    with pytest.raises(ProgrammingError, match="has MaskPII, and a group has nothing but connections"):
        joined(folder)


@pytest.mark.parametrize(
    "own", ["OAuthRefreshToken", "OAuthClientId", "OAuthClientSecret", "SellerId", "Marketplace", "Simulator"]
)
def test_what_is_of_one_account_is_refused_beside_a_group(tmp_path: Path, own: str) -> None:
    folder = written(tmp_path, {"a": "na-1", "b": "eu"})
    with pytest.raises(ProgrammingError, match=f"{own} is of one account, and all is a group") as refused:
        joined(folder, **{own: "True" if own == "Simulator" else "CANARY"})
    assert "CANARY" not in str(refused.value)


def test_a_connection_that_is_gone_is_named_and_the_others_answer(tmp_path: Path) -> None:
    folder = written(tmp_path, {"a": "na-1"}, more='[groups.some]\nconnections = ["a", "gone", "old-*"]\n')
    connection = joined(folder, "some")
    assert [row[0] for row in rows(connection, "SELECT DISTINCT Account FROM Orders")] == ["a"]
    assert any("gone" in text and "cannot be asked" in text for text in texts(connection))
    with pytest.raises((OperationalError, ProgrammingError), match="gone"):
        rows(joined(folder, "some", OnAccountError="Raise"), "SELECT Account FROM Orders")


def test_one_account_under_two_names_is_told(tmp_path: Path) -> None:
    own = 'OAuthClientId = "x"\nOAuthClientSecret = "y"\nOAuthRefreshToken = "Atzr|CANARY"\n'
    folder = written(tmp_path, {}, more=f"[connections.b]\n{own}[connections.c]\n{own}")
    [told] = [text for text in texts(joined(folder)) if "same account" in text]
    assert told.startswith("c has the refresh token of b: ")
    assert "CANARY" not in told


def test_the_environment_of_one_account_is_none_of_a_groups(tmp_path: Path) -> None:
    """A connection without a token would read another account's rows under its own name."""
    folder = written(tmp_path, {"a": "na-1"}, more='[connections.bare]\nOAuthClientId = "x"\nOAuthClientSecret = "y"\n')
    environment = {**ALONE, "AMZSQL_OAUTHREFRESHTOKEN": "Atzr|of-one", "AMZSQL_MARKETPLACE": "DE"}
    group = read_group(Given("", {"Connection": "all"}, environment=environment, config_folder=folder))
    assert group is not None
    [a, bare] = [settings for _, settings in group.accounts if isinstance(settings, Settings)]
    assert (a.marketplace, bare.marketplace, bare.oauth_refresh_token) == ((), (), None)


def test_an_engine_and_the_command_line_read_a_group(home: Path) -> None:
    written(home, {"a": "na-1", "b": "eu", "gone": "revoked"})
    sqlalchemy.dialects.registry.register("amzsql", "amzsql_dialect.base", "AmzsqlDialect")
    engine = sqlalchemy.create_engine("amzsql://all", connect_args={"OnAccountError": "Warn"})
    table = sqlalchemy.Table("Orders", sqlalchemy.MetaData(), autoload_with=engine)
    assert [c.name for c in table.primary_key.columns] == ["Account", "AmazonOrderId"]
    wanted = sqlalchemy.select(table.c.Account, sqlalchemy.func.count()).group_by(table.c.Account)
    with engine.connect() as connection:
        counted = {row[0]: row[1] for row in connection.execute(wanted)}
    assert counted.keys() == {"a", "b"}
    sql = "SELECT Account, COUNT(*) AS n FROM Orders GROUP BY 1 ORDER BY 1"
    asked = CliRunner().invoke(app, ["query", "--connection", "all", "--format", "csv", sql], prog_name="amzsql")
    assert asked.stdout.splitlines() == ["Account,n", *(f"{a},{n}" for a, n in sorted(counted.items()))]
    assert "The account gone is left out: " in " ".join(asked.stderr.split())
    tested = CliRunner().invoke(app, ["test", "all"], prog_name="amzsql")
    assert tested.exit_code == 1
    assert "ok        a: Account: Northlake Outfitters 1" in tested.stdout
    assert "failed    gone: Token: " in tested.stdout
    quota = CliRunner().invoke(app, ["quota", "--connection", "all"], prog_name="amzsql", env={"COLUMNS": "200"})
    assert {line.split()[0] for line in quota.stdout.splitlines() if "searchOrders" in line} == {"a", "b", "gone"}


def test_the_group_of_the_page_on_accounts_answers(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[1] / "docs" / "accounts.md").read_text("utf-8")
    section = page.partition("## Many accounts as one: groups")[2]
    settings, program = re.search(r"```toml\n(.*?)```.*?```python\n(.*?)```", section, re.DOTALL).groups()  # type: ignore[union-attr]
    (home / "connections.toml").write_text(settings)
    exec(compile(program, "docs/accounts.md", "exec"), {})
    said = capsys.readouterr().out
    assert "('north', " in said
    assert "('europe', " in said
    assert "The account old-client is left out: " in said
    assert "revoked" in said


def test_a_host_uses_its_share_and_leaves_a_reserve(tmp_path: Path) -> None:
    folder = written(tmp_path, {"a": "na-1"})
    full = "SELECT Tokens FROM sys_quota WHERE Operation = 'orders_2026-01-01.searchOrders'"
    tokens = {
        name: rows(alone(folder, "a", **properties), full)[0][0]
        for name, properties in (("all", {}), ("half", {"RateShare": 0.5}), ("less", {"Reserve": 5}))
    }
    assert tokens["half"] == tokens["all"] / 2
    assert tokens["less"] == tokens["all"] - 5


@pytest.mark.parametrize(
    ("condition", "pairs"),
    [
        ("TRUE", [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]),
        ("i.Account = 'a'", [("a", "a"), ("a", "b")]),
        ("c.Account = 'a'", [("a", "a"), ("b", "a")]),
        ("i.Account = c.Account", [("a", "a"), ("b", "b")]),
    ],
)
def test_keys_that_accounts_may_share_bind_across_them(
    tmp_path: Path, condition: str, pairs: list[tuple[str, str]]
) -> None:
    # One seller under two names: whatever one has, the other has as well.
    connection = joined(written(tmp_path, {"a": "na-1", "b": "na-1"}))
    sql = (
        "SELECT i.Account, c.Account, COUNT(*), COUNT(DISTINCT c.ASIN) FROM OrderItems i JOIN CatalogItems c ON"
        " c.ASIN = i.ASIN AND c.MarketplaceId = i.MarketplaceId WHERE i.PurchaseDate >= '2026-11-20' AND "
    )
    found = rows(connection, f"{sql}{condition} GROUP BY 1, 2 ORDER BY 1, 2")
    assert [row[:2] for row in found] == pairs
    assert len({row[2:] for row in found}) == 1
    assert found[0][2] > 5


def test_an_account_that_may_not_order_reports_is_read_by_pages(tmp_path: Path) -> None:
    folder = written(tmp_path, {"a": "na-1", "b": "na-2"}, "orders=6000,today=2026-11-21")
    sql = (
        "SELECT Account, COUNT(*), MIN(AmazonOrderId) FROM Orders WHERE PurchaseDate >= '2026-09-20' AND"
        " PurchaseDate < '2026-11-20' GROUP BY 1 ORDER BY 1"
    )
    connection = joined(folder, UseReports="True", ReportTime=1, OrdersApi="v0")
    refused = Fault("reports_2021-06-30.createReport", "status", status=403, code="Unauthorized")
    connection.members[0].runtime.simulator.scenario = Scenario((refused,))
    cursor = connection.cursor().execute(sql)
    found = cursor.fetchall()
    assert found == rows(joined(folder, OrdersApi="v0"), sql)
    assert any("Pages are read instead" in text for text in texts(cursor))
    assert not any("is left out" in text for text in texts(cursor))
    # The other account's reports have answered.
    assert cursor.stats.sources["reports_2021-06-30.getReportDocument"] > 0
    assert cursor.stats.sources["ordersV0.getOrders"] > 0
