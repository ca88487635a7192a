"""A statement as tasks: the union of their rows, what they carry, and who may read them."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from driving import NOW, SECRETS, over, over_socket, real_simulator, served, simulated

import amzsql
from amzsql.clock import VirtualClock
from amzsql.errors import BudgetExceeded, NotSupportedError, ProgrammingError
from amzsql.settings import PROPERTIES, read
from amzsql.simulator import Simulator

HALF_A_YEAR = dt.timedelta(days=180)
SINCE = "WHERE PurchaseDate >= '2026-06-01'"
# Statement, how it is cut beside its requests, how many tasks; the account sells in three marketplaces.
CUT: list[tuple[str, dict[str, Any], int]] = [
    (f"SELECT AmazonOrderId, MarketplaceId, OrderTotalAmount FROM Orders {SINCE}", {}, 1),
    (f"SELECT * FROM Orders {SINCE}", {"by_marketplace": True}, 3),
    (
        "SELECT AmazonOrderId, upper(OrderStatus) AS s FROM Orders WHERE PurchaseDate BETWEEN '2026-01-01' AND"
        " '2026-11-01' AND MarketplaceId IN ('ATVPDKIKX0DER', 'A2EUQ1WTGCTBG2') AND OrderStatus <> 'Canceled'",
        {"by_marketplace": True, "days": 100},
        8,
    ),
    ("SELECT * FROM Transactions", {}, 5),
    ("SELECT * FROM ShipmentEventItems WHERE PostedDate >= '2025-12-01'", {}, 2),
    # Its windows meet, and its rows have no time that tells on which side they lie.
    ("SELECT * FROM ServiceFeeEvents", {}, 1),
    # Each window is answered with the same rows.
    ("SELECT * FROM FinanceInvoices WHERE IssueDate >= '2026-06-01'", {}, 6),
    ("SELECT SKU, MarketplaceId FROM ListingsItems", {}, 3),
    ("SELECT SellerSKU, MarketplaceId FROM CompetitivePricing", {"by_marketplace": True}, 3),
    (f"SELECT * FROM OrderItems {SINCE}", {"by_marketplace": True}, 3),
    (
        "SELECT o.AmazonOrderId, i.ASIN, i.ItemPriceAmount FROM Orders o LEFT JOIN OrderItems i ON"
        " i.AmazonOrderId = o.AmazonOrderId WHERE o.PurchaseDate >= '2026-09-01'",
        {"by_marketplace": True, "days": 45},
        6,
    ),
    (
        "SELECT * FROM REPORT_GET_SALES_AND_TRAFFIC_REPORT WHERE DataStartTime >= '2026-11-01'"
        " AND DataEndTime < '2026-11-05'",
        {},
        3,
    ),
    (f"SELECT count(*) AS n FROM Orders {SINCE}", {"by_marketplace": True}, 1),
    (f"SELECT AmazonOrderId FROM Orders {SINCE} ORDER BY 1", {}, 1),
    (f"SELECT AmazonOrderId FROM Orders {SINCE} LIMIT 7", {"days": 1}, 1),
    (f"SELECT AmazonOrderId FROM Orders {SINCE} UNION ALL SELECT SKU FROM ListingsItems", {}, 1),
    ("SELECT 1 AS one", {}, 1),
]


def account(**properties: Any) -> amzsql.Connection:
    """Return a connection to the simulator in process, of an account in three marketplaces."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return amzsql.connect(
            Simulator="orders=300,today=2026-11-21,throttle=off", SellerId="A3SIMULATEDSELL", **properties
        )


def union(tasks: amzsql.Partitions, connection: amzsql.Connection | None = None) -> pa.Table:
    """Return the rows of all tasks, each sent through a pickle."""
    sent = [pickle.loads(pickle.dumps(task)) for task in tasks]
    return pa.Table.from_batches([b for task in sent for b in amzsql.read(task, connection)], tasks.schema)


def in_order(table: pa.Table) -> list[str]:
    """Return a table's rows in an order of their own."""
    return sorted(map(repr, table.to_pylist()))


@pytest.mark.parametrize(("statement", "by", "tasks"), CUT, ids=[f"{n} {s[7:30]}" for n, (s, _, _) in enumerate(CUT)])
def test_the_tasks_have_the_rows_of_the_statement(statement: str, by: dict[str, Any], tasks: int) -> None:
    with account() as connection:
        whole = connection.cursor().execute(statement).fetch_arrow_table()
        found = connection.partitions(statement, **by)
        assert len(found) == tasks
        assert (tasks == 1) == bool(found.reason)
        assert found.schema == whole.schema
        assert in_order(union(found)) == in_order(whole)
        assert whole.num_rows > 0


def test_a_row_on_the_border_of_two_windows_is_in_one_task() -> None:
    with account() as connection:
        times = connection.cursor().execute("SELECT PostedDate FROM Transactions ORDER BY 1 DESC LIMIT 9").fetchall()
        for (time,) in times[::4]:
            # Amazon takes 180 days at once: the second window begins when this row was posted.
            statement, since = "SELECT TransactionId FROM Transactions WHERE PostedDate >= ?", time - HALF_A_YEAR
            whole = connection.cursor().execute(statement, [since]).fetch_arrow_table()
            found = connection.partitions(statement, [since])
            assert len(found) == 2
            assert any(time == value for task in found for p in task.part.partitions for _, value in p)
            assert in_order(union(found, connection)) == in_order(whole)


def test_a_schema_and_the_tasks_ask_nothing_but_the_marketplaces_once() -> None:
    connection, simulator = simulated(Marketplace="")
    found = connection.partitions(f"SELECT * FROM Orders {SINCE}", by_marketplace=True)
    assert found.schema.field("OrderTotalAmount").type == pa.decimal128(18, 4)
    assert simulator.log == []
    assert len(found) == 3
    assert [r.operation for r in simulator.log] == ["lwa.token", "sellers.getMarketplaceParticipations"]
    # Parameters are the statement's own, as they were when it was cut.
    given = ["2026-06-01"]
    later = connection.partitions("SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= ?", given)
    given[0] = "2026-11-17"
    assert later[0].parameters == ("2026-06-01",)


def test_a_filter_on_the_marketplace_leaves_its_tasks_alone() -> None:
    connection, simulator = simulated(Marketplace="US,CA,MX,BR", throttle="off")
    statement = f"SELECT AmazonOrderId, MarketplaceId FROM Orders {SINCE}"
    assert len(connection.partitions(statement, by_marketplace=True)) == 4
    two = connection.partitions(
        f"{statement} AND MarketplaceId IN ('ATVPDKIKX0DER', 'A2EUQ1WTGCTBG2')", by_marketplace=True
    )
    before = len(simulator.log)
    places = [set(pa.Table.from_batches(task.read(connection))["MarketplaceId"].to_pylist()) for task in two]
    assert places == [{"ATVPDKIKX0DER"}, {"A2EUQ1WTGCTBG2"}]
    told = [r.query.get("marketplaceIds", r.query.get("MarketplaceIds")) for r in simulator.log[before:]]
    assert list(dict.fromkeys(filter(None, told))) == ["ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"]


class WithoutMarketplace:
    """A simulator whose answers lack the marketplace of every third order, as orders from elsewhere do."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        told: list[Any] = []
        body = b"".join(self._simulator(environ, lambda *given: told.extend(given)))
        if b"arketplaceId" in body:
            answer = json.loads(body)
            for order in (*answer.get("orders", ()), *answer.get("payload", {}).get("Orders", ())):
                if int(order.get("orderId", order.get("AmazonOrderId"))[-1]) % 3 == 0:
                    order.pop("MarketplaceId", None)
                    order.get("salesChannel", {}).pop("marketplaceId", None)
            body = json.dumps(answer).encode()
        start(told[0], [(n, v) for n, v in told[1] if n.lower() != "content-length"])
        return [body]


@pytest.mark.parametrize(
    ("api", "statement", "tasks"),
    [
        ("2026", "SELECT AmazonOrderId, MarketplaceId FROM Orders WHERE PurchaseDate >= '2026-06-01'", 3),
        ("v0", "SELECT AmazonOrderId, MarketplaceId FROM Orders WHERE PurchaseDate >= '2026-06-01'", 3),
        ("2026", "SELECT OrderItemId, MarketplaceId FROM OrderItems WHERE PurchaseDate >= '2026-10-01'", 3),
        # Two fetches without keys of the other's: each task may read them otherwise.
        (
            "v0",
            "SELECT o.AmazonOrderId, o.MarketplaceId FROM Orders o JOIN Orders p ON p.AmazonOrderId = o.AmazonOrderId"
            " WHERE o.PurchaseDate >= '2026-10-01' AND p.PurchaseDate >= '2026-09-01'",
            4,
        ),
    ],
)
def test_a_row_without_a_marketplace_is_in_one_task(api: str, statement: str, tasks: int) -> None:
    clock = VirtualClock(NOW)
    simulator = WithoutMarketplace(Simulator(clock, orders=100, throttle="off"))
    connection = over(simulator, clock, Marketplace="US,CA,MX", OrdersApi=api, ShareScans=0)
    whole = connection.cursor().execute(statement).fetch_arrow_table()
    assert 0 < whole["MarketplaceId"].null_count < whole.num_rows
    found = connection.partitions(statement, by_marketplace=True)
    assert len(found) == tasks
    assert in_order(union(found, connection)) == in_order(whole)


def test_a_task_holds_no_secret() -> None:
    planted = {p.name: f"canary0{p.name.lower()}" for p in PROPERTIES if p.secret and p.status == "active"}
    planted["OAuthRefreshToken"] = "Atzr|canary0refresh"
    given: dict[str, Any] = planted | {
        "Marketplace": "US",
        "ProxyServer": "proxy.invalid",
        "ProxyUser": "me",
        "MaxRequests": 9,
    }
    settings = read("", **given | {"OAuthClientId": "amzn1.application-oa2-client.tests", "StateLocation": "memory://"})
    connection = amzsql.Connection(settings)
    (task,) = connection.partitions(f"SELECT AmazonOrderId FROM Orders {SINCE}")
    sent = pickle.dumps(task) + repr(task).encode() + repr(task.properties).encode()
    assert b"proxy.invalid" in sent
    for secret in planted.values():
        assert secret.encode() not in sent
        assert base64.b64encode(secret.encode())[:12] not in sent
    assert dict(task.properties)["MaxRequests"] == 9
    assert len(sent) < 4000


def test_a_task_is_read_elsewhere_with_the_secrets_of_there(tmp_path: Path) -> None:
    """Another process, with the secrets in its environment, asks the same Amazon over a socket."""
    reading = (
        "import sys, pickle, amzsql\n"
        "tasks = pickle.load(open(sys.argv[1], 'rb'))\n"
        "print(sum(b.num_rows for t in tasks for b in amzsql.read(t)))\n"
    )
    simulator = real_simulator(orders=60)
    with served(simulator) as url, over_socket(url) as connection:
        whole = connection.cursor().execute("SELECT AmazonOrderId FROM Orders").fetchall()
        found = connection.partitions("SELECT AmazonOrderId FROM Orders", by_marketplace=True)
        (tmp_path / "tasks").write_bytes(pickle.dumps(list(found)))
        plain = {k: v for k, v in os.environ.items() if not k.startswith("AMZSQL_")}
        plain |= {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        there = plain | {f"AMZSQL_{name.upper()}": value for name, value in SECRETS.items()}
        command = [sys.executable, "-W", "ignore", "-c", reading, str(tmp_path / "tasks")]
        done = subprocess.run(command, env=there, capture_output=True, text=True, timeout=60)
        assert done.stdout.strip() == str(len(whole)), done.stderr
        other = there | {"AMZSQL_OAUTHREFRESHTOKEN": "Atzr|of-somebody-else"}
        before = len(simulator.log)
        refused = subprocess.run(command, env=other, capture_output=True, text=True, timeout=60)
        missing = subprocess.run(command, env=plain, capture_output=True, text=True, timeout=60)
        assert "another account" in refused.stderr
        assert "AMZSQL_OAUTHREFRESHTOKEN" in missing.stderr
        assert len(simulator.log) == before


def test_what_cannot_be_cut_says_why_and_what_to_do() -> None:
    with account() as connection:
        connection.cursor().execute("CREATE TABLE mine (a INTEGER)")
        with pytest.raises(NotSupportedError, match="connection's own"):
            len(connection.partitions("SELECT * FROM mine"))
        with pytest.raises(ProgrammingError, match="Only a SELECT"):
            _ = connection.partitions("EXEC GetAccount").schema
        for days in ("x", "7", 0, -1, True, float("nan"), float("inf")):
            with pytest.raises(ProgrammingError, match=r"days is a number above 0 and at most 36,500, not "):
                connection.partitions("SELECT * FROM Orders", days=days)  # type: ignore[arg-type]
        with pytest.raises(ProgrammingError, match="more than 10,000 windows"):
            len(connection.partitions("SELECT * FROM Orders WHERE PurchaseDate >= '2026-01-01'", days=1e-9))
        with pytest.raises(ProgrammingError, match=r"since when: PurchaseDate >= "):
            len(connection.partitions("SELECT * FROM Orders", days=7))
        with pytest.raises(ProgrammingError, match="no MarketplaceId"):
            len(connection.partitions("SELECT * FROM FinancialEventGroups", by_marketplace=True))
        # Its rows have a marketplace, or none, and Amazon is not asked for those of one.
        with pytest.raises(ProgrammingError, match="Transactions is not asked for by marketplace"):
            len(connection.partitions("SELECT * FROM Transactions", by_marketplace=True))
        either = "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-06-01' OR PurchaseDate IS NULL"
        with pytest.raises(ProgrammingError, match="without PurchaseDate"):
            len(connection.partitions(either, days=7))
        with pytest.raises(ProgrammingError, match=r"connection\.partitions\(\)"):
            next(amzsql.read("SELECT 1"))  # type: ignore[arg-type]


def test_each_task_has_the_limits_of_a_statement() -> None:
    statement = f"SELECT AmazonOrderId FROM Orders {SINCE}"
    with account() as connection:
        whole = connection.cursor().execute(statement).fetchall()
    with account(MaxRequests=2) as connection:
        with pytest.raises(BudgetExceeded):
            connection.cursor().execute(statement)
        found = connection.partitions(statement, days=10)
        cursors = [connection.cursor().execute_task(task) for task in found]
        assert sorted(row for cursor in cursors for row in cursor.fetchall()) == sorted(whole)
        assert max(cursor.stats.requests for cursor in cursors if cursor.stats) <= 2
