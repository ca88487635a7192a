"""Runs can be repeated; cursors, threads and forked processes share a connection without harm."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from driving import ALL_ORDERS, asked, over_socket, real_simulator, rows, served, simulated, workers_end

from amzsql.errors import InterfaceError
from amzsql.simulator import Fault, throttled

JOINED = (
    "SELECT o.AmazonOrderId, i.SellerSKU, o.OrderTotalAmount FROM Orders o JOIN OrderItems i "
    "ON i.AmazonOrderId = o.AmazonOrderId WHERE o.PurchaseDate >= '2026-06-01' ORDER BY 1, 2"
)
STATEMENTS = [
    ALL_ORDERS,
    JOINED,
    "SELECT SellerSKU, count(*) FROM OrderItems WHERE AmazonOrderId IN "
    "(SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-10-01') GROUP BY ALL ORDER BY 1",
]
FAULTS = (throttled("*.searchOrders", 2), Fault("*", "status", 3), Fault("*", "expire", 4))


@pytest.mark.parametrize("api", ["Auto", "v0"])
@pytest.mark.parametrize("statement", STATEMENTS[1:])
def test_a_run_can_be_repeated_to_the_second(statement: str, api: str) -> None:
    logs = []
    for _ in range(3):
        connection, simulator = simulated(*FAULTS, OrdersApi=api)
        found = rows(connection, statement)
        logs.append((found, simulator.log, connection.runtime.clock.now()))
    assert logs[0] == logs[1] == logs[2]
    assert len(logs[0][1]) > 3


def test_two_cursors_take_turns() -> None:
    connection, simulator = simulated()
    one, two = connection.cursor(), connection.cursor()
    one.execute(ALL_ORDERS)
    two.execute(JOINED)
    found: tuple[list[Any], list[Any]] = ([], [])
    for _ in range(300):
        for cursor, into in zip((one, two), found, strict=True):
            into.extend(cursor.fetchmany(7))
    assert found[0] == rows(simulated()[0], ALL_ORDERS)
    assert found[1] == rows(simulated()[0], JOINED)
    assert 429 not in asked(simulator, "searchOrders")


def from_threads(connection: Any, count: int = 4) -> list[Any]:
    """Run every statement in each of some threads, each with a cursor of its own."""
    found: list[Any] = [None] * count

    def work(number: int) -> None:
        try:
            found[number] = [rows(connection, s) for s in STATEMENTS]
        except BaseException as error:
            found[number] = error

    threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_threads_share_a_connection_on_a_virtual_clock() -> None:
    connection, simulator = simulated(throttle="off")
    expected = [rows(simulated(throttle="off")[0], s) for s in STATEMENTS]
    assert from_threads(connection) == [expected] * 4
    assert 429 not in asked(simulator, "searchOrders")
    assert workers_end()


def test_threads_share_a_connection_over_a_socket() -> None:
    with served(real_simulator()) as url:
        expected = [rows(over_socket(url), s) for s in STATEMENTS]
        assert all(expected)
        assert from_threads(over_socket(url)) == [expected] * 4
        assert workers_end()


def in_child(work: Callable[[], bool]) -> bool:
    """Run some work in a forked child and tell whether it returned True."""
    child = os.fork()
    if not child:
        code = 1
        try:
            code = 0 if work() else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
def test_a_forked_child_uses_the_connection_and_so_does_its_parent(tmp_path: Any) -> None:
    with served(real_simulator()) as url:
        connection = over_socket(url, StateLocation=str(tmp_path / "state"), OAuthSettingsLocation="")
        expected = rows(connection, JOINED)
        assert expected
        assert in_child(lambda: rows(connection, JOINED) == expected and len(from_threads(connection, 2)) == 2)
        assert rows(connection, JOINED) == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
def test_a_cursor_of_the_parent_says_so_in_the_child() -> None:
    with served(real_simulator()) as url:
        connection = over_socket(url)
        cursor = connection.cursor()
        cursor.execute(ALL_ORDERS)
        first = cursor.fetchmany(100)

        def work() -> bool:
            try:
                cursor.fetchall()
            except InterfaceError as error:
                cursor.close()
                return "parent" in str(error) and len(rows(connection, ALL_ORDERS)) > 100
            return False

        assert in_child(work)
        assert len(first + cursor.fetchall()) > 200
