"""What goes wrong at Amazon's or on the way, through the whole driver: the rows of a good day, or an error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from driving import ALL_ORDERS, NOW, asked, over, rows, simulated

from amzsql.clock import VirtualClock
from amzsql.errors import (
    AccessDenied,
    AuthError,
    BudgetExceeded,
    DataError,
    OperationalError,
    ServerError,
    Throttled,
)
from amzsql.simulator import Fault, Simulator, throttled

ORDERS = "searchOrders"
JOINED = (
    "SELECT o.AmazonOrderId, i.OrderItemId, i.SellerSKU FROM Orders o JOIN OrderItems i "
    "ON i.AmazonOrderId = o.AmazonOrderId WHERE o.PurchaseDate >= '2026-01-01'"
)


def good(statement: str = ALL_ORDERS) -> list[tuple[Any, ...]]:
    return rows(simulated()[0], statement)


HEALED = {
    "429 with the rate": throttled("*.searchOrders", 2),
    "429 without a header": throttled("*.searchOrders", 2, header=False),
    "429 with Retry-After": throttled("*.searchOrders", 2, retry_after=7),
    "429 at once": throttled("*.searchOrders", 1),
    "500 once": Fault("*.searchOrders", "status", 2),
    "503 twice": Fault("*.searchOrders", "status", 2, times=2, status=503),
    "HTML with 200": Fault("*.searchOrders", "html", 2),
    "truncated": Fault("*.searchOrders", "truncate", 3),
    "expired token": Fault("*.searchOrders", "expire", 2),
    "empty page with a token": Fault("*.searchOrders", "empty", 1),
    "row of the page before": Fault("*.searchOrders", "duplicate", 2, times=9),
}


@pytest.mark.parametrize("statement", [ALL_ORDERS, JOINED, ALL_ORDERS + " ORDER BY AmazonOrderId"])
@pytest.mark.parametrize("name", HEALED)
def test_a_fault_that_passes_changes_no_row(name: str, statement: str) -> None:
    connection, simulator = simulated(HEALED[name])
    assert rows(connection, statement) == good(statement)
    if HEALED[name].kind != "duplicate":
        assert len(asked(simulator, ORDERS)) > len(asked_on_a_good_day(statement))


def asked_on_a_good_day(statement: str) -> list[int]:
    connection, simulator = simulated()
    rows(connection, statement)
    return asked(simulator, ORDERS)


def test_expired_token_costs_one_refresh() -> None:
    connection, simulator = simulated(HEALED["expired token"])
    rows(connection)
    assert [r.operation for r in simulator.log].count("lwa.token") == 2
    assert asked(simulator, ORDERS).count(403) == 1


def test_throttled_is_counted_and_told() -> None:
    connection, _ = simulated(HEALED["429 with Retry-After"])
    cursor, lines = connection.cursor(), []
    cursor.progress = lines.append
    cursor.execute(ALL_ORDERS).fetchall()
    assert cursor.stats is not None
    assert cursor.stats.throttled == 1
    assert cursor.stats.waited >= 7
    assert cursor.stats.seconds >= cursor.stats.waited
    assert any("searchOrders throttled, next call in" in line for line in lines), lines


def test_rows_of_several_duplicated_pages_come_once() -> None:
    connection, _ = simulated(HEALED["row of the page before"], OrdersApi="2026")
    ids = [r[0] for r in rows(connection, "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-01-01'")]
    assert len(ids) == len(set(ids)) > 200
    assert any("each key is given once" in text for _, text in connection.messages)


def test_duplicates_go_although_the_key_is_not_asked_for() -> None:
    statement = "SELECT OrderTotalAmount, PurchaseDate FROM Orders WHERE PurchaseDate >= '2026-01-01'"
    connection, _ = simulated(HEALED["row of the page before"], OrdersApi="2026")
    assert rows(connection, statement) == good(statement)


FATAL: dict[str, tuple[tuple[Fault, ...], type[OperationalError], str]] = {
    "a token that repeats": ((Fault("*.searchOrders", "loop", 2, times=99),), OperationalError, "same page token"),
    "403 for good": (
        (Fault("*.searchOrders", "status", 2, times=99, status=403, code="Unauthorized"),),
        AccessDenied,
        "role",
    ),
    "expired for good": ((Fault("*.searchOrders", "expire", 2, times=99),), AccessDenied, "403"),
    "500 for good": ((Fault("*.searchOrders", "status", 2, times=99),), ServerError, "tried 6 times"),
    "429 for good": (tuple(throttled("*.searchOrders", n) for n in range(2, 99)), Throttled, "tried"),
    "HTML for good": ((Fault("*.searchOrders", "html", 2, times=99),), ServerError, "not JSON"),
}


@pytest.mark.parametrize("name", FATAL)
def test_a_fault_that_stays_is_an_error_after_the_rows_already_read(name: str) -> None:
    faults, kind, said = FATAL[name]
    connection, _ = simulated(*faults)
    cursor = connection.cursor()
    cursor.execute(ALL_ORDERS)
    assert len(cursor.fetchmany(100)) == 100
    with pytest.raises(kind, match=said):
        cursor.fetchall()
    with pytest.raises(kind, match=said):
        cursor.fetchone()
    assert rows(connection, "SELECT 1") == [(1,)]


def test_an_error_of_the_first_page_comes_with_execute() -> None:
    connection, simulator = simulated(Fault("*.searchOrders", "status", times=99, status=403, code="Unauthorized"))
    with pytest.raises(AccessDenied) as caught:
        connection.cursor().execute(ALL_ORDERS)
    error = caught.value
    assert (error.status, error.code, error.retryable) == (403, "Unauthorized", False)
    assert error.operation.endswith("searchOrders")
    assert error.request_id
    assert len(asked(simulator, ORDERS)) == 1


class Scripted:
    """A simulator before which another application may answer."""

    def __init__(self, clock: VirtualClock, before: Callable[[str], tuple[int, bytes] | None]) -> None:
        self.simulator = Simulator(clock, orders=120)
        self._before = before

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        answer = self._before(environ["PATH_INFO"])
        if answer is None:
            return self.simulator(environ, start)
        start(f"{answer[0]} X", [("Content-Type", "application/json")])
        return [answer[1]]


def scripted(before: Callable[[str], tuple[int, bytes] | None], **properties: Any) -> Any:
    clock = VirtualClock(NOW)
    return over(Scripted(clock, before), clock, **properties)


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [(400, "invalid_grant", "authoris"), (401, "invalid_client", "OAuthClientSecret")],
)
def test_refused_credentials_end_at_once_and_say_what_to_do(status: int, code: str, said: str) -> None:
    logins = []

    def before(path: str) -> tuple[int, bytes] | None:
        if not path.startswith("/auth"):
            return None
        logins.append(path)
        return status, json.dumps({"error": code, "error_description": "no"}).encode()

    connection = scripted(before)
    with pytest.raises(AuthError, match=said) as caught:
        connection.cursor().execute(ALL_ORDERS)
    assert "planted" not in str(caught.value)
    assert len(logins) == 1


def test_login_that_fails_once_is_tried_again() -> None:
    logins = []

    def before(path: str) -> tuple[int, bytes] | None:
        if path.startswith("/auth"):
            logins.append(path)
        return (500, b"") if path.startswith("/auth") and len(logins) == 1 else None

    assert len(rows(scripted(before))) == 96
    assert len(logins) == 2


@pytest.mark.parametrize("api", ["v0", "2026"])
def test_what_a_key_does_not_find_is_no_row(api: str) -> None:
    connection, _ = simulated(OrdersApi=api)
    known = rows(connection, "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-01-01'")[0][0]
    found = rows(
        connection,
        "SELECT AmazonOrderId FROM OrderItems WHERE AmazonOrderId IN ('999-0000000-0000000', ?)",
        (known,),
    )
    assert {r[0] for r in found} == {known}


def answering(change: Callable[[dict[str, Any]], None]) -> Any:
    """Connect to a simulator whose orders are changed before they are answered."""
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=120)

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        parts: list[Any] = []
        body = b"".join(simulator(environ, lambda *a: parts.extend(a)))
        if environ["PATH_INFO"].endswith("/orders"):
            page = json.loads(body)
            for order in page.get("orders", []):
                change(order)
            body = json.dumps(page).encode()
        start(parts[0], [h for h in parts[1] if h[0] != "Content-Length"])
        return [body]

    return over(app, clock, OrdersApi="2026")


def test_unknown_fields_enums_and_nulls_are_no_error() -> None:
    def change(order: dict[str, Any]) -> None:
        order["brandNew"] = {"deep": [1]}
        order["fulfillment"] = {"fulfillmentStatus": "TELEPORTED"}
        order["proceeds"] = None
        order["salesChannel"] = None

    found = rows(
        answering(change), "SELECT OrderStatus, OrderTotalAmount FROM Orders WHERE PurchaseDate >= '2026-01-01'"
    )
    assert found == [("TELEPORTED", None)] * 96


def test_money_that_does_not_fit_names_its_column() -> None:
    def change(order: dict[str, Any]) -> None:
        if "proceeds" in order:
            order["proceeds"] = {"grandTotal": {"amount": "12345678901234567890.5", "currencyCode": "USD"}}

    with pytest.raises(DataError, match=r"Orders\.OrderTotalAmount"):
        rows(answering(change), "SELECT OrderTotalAmount FROM Orders WHERE PurchaseDate >= '2026-01-01'")


# -- budgets -------------------------------------------------------------------------------------------------------


def test_a_plan_beyond_its_budget_is_refused_before_the_first_call() -> None:
    statement = "SELECT SellerSKU FROM OrderItems WHERE AmazonOrderId IN ('1','2','3','4')"
    for limits, said in (({"MaxRequests": 1}, "MaxRequests"), ({"StatementTimeout": 0.2}, "StatementTimeout")):
        connection, simulator = simulated(OrdersApi="v0", **limits)
        with pytest.raises(BudgetExceeded, match=said) as caught:
            connection.cursor().execute(statement)
        assert simulator.log == []
        assert caught.value.estimate is not None
        assert caught.value.estimate[0] == 4


def test_an_estimate_beyond_the_budget_is_probed_and_refused_with_advice() -> None:
    connection, simulator = simulated(orders=600, MaxRequests=5)
    cursor = connection.cursor()
    with pytest.raises(BudgetExceeded, match=r"PurchaseDate >= CURRENT_DATE"):
        cursor.execute("SELECT * FROM Orders WHERE PurchaseDate >= '2024-12-01'")
    # The figures tell what the refusal has cost.
    assert cursor.stats is not None
    assert cursor.stats.requests == 1
    assert list(cursor.stats.sources) == ["sales.getOrderMetrics"]
    assert asked(simulator, ORDERS) == []
    assert len(asked(simulator, "getOrderMetrics")) == 1


def test_requests_that_run_out_later_end_after_the_rows_already_read() -> None:
    connection, simulator = simulated(Fault("*.searchOrders", "status", 2, times=4), MaxRequests=5)
    cursor = connection.cursor()
    cursor.execute("SELECT * FROM Orders WHERE PurchaseDate >= '2026-11-01'")
    assert len(cursor.fetchmany(100)) == 100
    with pytest.raises(BudgetExceeded, match="MaxRequests"):
        cursor.fetchone()
    assert len(asked(simulator, ORDERS)) == 5


def test_a_wait_that_the_deadline_cannot_survive_is_refused_at_once() -> None:
    connection, _ = simulated(throttled("*.searchOrders", 2, retry_after=500), StatementTimeout=100)
    cursor = connection.cursor()
    cursor.execute("SELECT * FROM Orders WHERE PurchaseDate >= '2026-11-01'")
    assert len(cursor.fetchmany(100)) == 100
    before = connection.runtime.clock.now()
    with pytest.raises(BudgetExceeded, match=r"next call is possible in 50\d s"):
        cursor.fetchall()
    assert connection.runtime.clock.now() - before < 10


def test_the_deadline_covers_fetching_too() -> None:
    connection, _ = simulated(StatementTimeout=100)
    cursor = connection.cursor()
    cursor.execute("SELECT * FROM Orders WHERE PurchaseDate >= '2026-11-01'")
    clock = connection.runtime.clock
    clock.wait(clock.now() + 101)
    with pytest.raises(BudgetExceeded, match="StatementTimeout"):
        cursor.fetchall()


def test_max_rows_ends_with_a_warning() -> None:
    connection, _ = simulated(MaxRows=150)
    cursor = connection.cursor()
    assert len(cursor.execute(ALL_ORDERS).fetchall()) == 150
    assert "MaxRows" in str(cursor.messages[-1][1])
    assert len(cursor.execute(ALL_ORDERS + " LIMIT 170").fetchall()) == 170
    assert not any("MaxRows" in str(text) for _, text in cursor.messages)
