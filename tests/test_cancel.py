"""A statement ends when it is told to: while a page hangs, a token is awaited, the engine computes, or nobody reads."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from driving import (
    ALL_ORDERS,
    Hanging,
    over_socket,
    real_simulator,
    rows,
    served,
    simulated,
    workers,
    workers_end,
)

import amzsql
from amzsql.errors import Cancelled, InterfaceError
from amzsql.simulator import throttled

RECENT = "SELECT AmazonOrderId FROM Orders WHERE PurchaseDate >= '2026-01-01'"
# A cross join of 40,000 million pairs: it takes the engine minutes, and a moment to stop.
COMPUTES = (
    "SELECT count(*) FROM Orders o, range(4000000) a(n), range(10000) b(m) WHERE md5((n + m)::VARCHAR) = o.SalesChannel"
)


def later(work: Callable[[], Any], ready: threading.Event) -> threading.Thread:
    """Do some work in a thread, once it is time."""

    def run() -> None:
        ready.wait(30)
        work()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_a_call_that_is_cancelled_may_have_been_carried_out() -> None:
    hanging = Hanging(real_simulator(orders=20), "/reports/")
    with served(hanging) as url:
        cursor = over_socket(url).cursor()
        later(cursor.cancel, hanging.reached)
        with pytest.raises(Cancelled, match=r"It may have been sent\..*carried it out is not known"):
            cursor.execute("EXEC CancelReport '17'")


def test_cancel_while_the_first_page_hangs() -> None:
    hanging = Hanging(real_simulator(), "/orders/")
    with served(hanging) as url:
        cursor = over_socket(url).cursor()
        told: list[float] = []
        later(lambda: (told.append(time.monotonic()), cursor.cancel()), hanging.reached)
        with pytest.raises(Cancelled):
            cursor.execute(ALL_ORDERS)
        assert time.monotonic() - told[0] < 1
        assert workers_end()
        hanging.released.set()
        assert cursor.execute(RECENT).fetchone() is not None
        assert rows(cursor.connection, "SELECT 1") == [(1,)]


def test_cancel_while_a_later_page_hangs() -> None:
    hanging = Hanging(real_simulator(), "/orders/", nth=2)
    with served(hanging) as url:
        cursor = over_socket(url).cursor()
        cursor.execute(RECENT)
        assert cursor.fetchmany(100)
        told: list[float] = []
        later(lambda: (told.append(time.monotonic()), cursor.cancel()), hanging.reached)
        with pytest.raises(Cancelled):
            cursor.fetchall()
        assert time.monotonic() - told[0] < 1
        with pytest.raises(Cancelled):
            cursor.fetchone()
        assert workers_end()


def test_cancel_while_a_token_is_awaited() -> None:
    with served(real_simulator(throttle="published")) as url:
        connection = over_socket(url, OrdersApi="2026", Pagesize=1)
        cursor, waits = connection.cursor(), threading.Event()
        cursor.progress = lambda _: waits.set()
        told: list[float] = []
        later(lambda: (told.append(time.monotonic()), cursor.cancel()), waits)
        with pytest.raises(Cancelled):
            cursor.execute(RECENT).fetchall()
        assert time.monotonic() - told[0] < 1
        assert workers_end()


def test_cancel_while_the_engine_computes() -> None:
    with served(real_simulator()) as url:
        cursor = over_socket(url).cursor()
        cursor.execute(COMPUTES)
        told: list[float] = []
        timer = threading.Timer(0.3, lambda: (told.append(time.monotonic()), cursor.cancel()))
        timer.start()
        with pytest.raises(Cancelled):
            cursor.fetchall()
        assert time.monotonic() - told[0] < 1
        timer.join()
        assert workers_end()
        assert cursor.execute("SELECT count(*) FROM Orders WHERE PurchaseDate >= '2026-01-01'").fetchone()


@pytest.mark.parametrize("statement", [RECENT, RECENT + " ORDER BY OrderTotalAmount"])
def test_cancel_between_fetches(statement: str) -> None:
    connection, _ = simulated()
    cursor = connection.cursor()
    cursor.execute(statement)
    assert cursor.fetchone()
    cursor.cancel()
    with pytest.raises(Cancelled):
        cursor.fetchone()
    assert workers_end()
    assert len(cursor.execute(RECENT).fetchall()) > 200


def test_cancel_of_what_is_over_does_nothing() -> None:
    connection, _ = simulated()
    cursor = connection.cursor()
    cursor.cancel()
    cursor.execute(RECENT).fetchall()
    cursor.cancel()
    assert cursor.fetchall() == []


def test_cancel_out_of_the_progress_callback() -> None:
    connection, _ = simulated(throttled("*.searchOrders", 2, retry_after=9))
    cursor = connection.cursor()
    cursor.progress = lambda _: cursor.cancel()
    cursor.execute(ALL_ORDERS)
    with pytest.raises(Cancelled):
        cursor.fetchall()
    assert workers_end()


def test_an_error_of_the_progress_callback_is_raised() -> None:
    connection, _ = simulated(throttled("*.searchOrders", 2, retry_after=9))
    cursor = connection.cursor()

    def fails(_: str) -> None:
        raise LookupError("the window is closed")

    cursor.progress = fails
    cursor.execute(ALL_ORDERS)
    with pytest.raises(LookupError, match="window"):
        cursor.fetchall()
    assert workers_end()


# -- Ctrl-C --------------------------------------------------------------------------------------------------------


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt: a suite that a shell runs in the background inherits it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.usefixtures("ctrl_c")
def test_keyboard_interrupt_while_a_page_hangs() -> None:
    hanging = Hanging(real_simulator(), "/orders/", nth=2)
    with served(hanging) as url:
        cursor = over_socket(url).cursor()
        cursor.execute(RECENT)
        later(lambda: os.kill(os.getpid(), signal.SIGINT), hanging.reached)
        with pytest.raises(KeyboardInterrupt):
            cursor.fetchall()
        with pytest.raises(Cancelled):
            cursor.fetchone()
        assert workers_end()
        hanging.released.set()
        assert len(cursor.execute(RECENT).fetchall()) > 200


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.usefixtures("ctrl_c")
def test_keyboard_interrupt_that_another_thread_receives() -> None:
    # The system may hand a process's signal to any of its threads: the main thread is then not woken by it.
    hanging = Hanging(real_simulator(), "/orders/", nth=2)
    with served(hanging) as url:
        cursor = over_socket(url).cursor()
        cursor.execute(RECENT)
        later(lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT), hanging.reached)
        with pytest.raises(KeyboardInterrupt):
            cursor.fetchall()
        assert workers_end()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.usefixtures("ctrl_c")
def test_keyboard_interrupt_while_the_engine_computes() -> None:
    with served(real_simulator()) as url:
        cursor = over_socket(url).cursor()
        cursor.execute(COMPUTES)
        timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            cursor.fetchall()
        timer.join()
        assert workers_end()
        assert rows(cursor.connection, "SELECT 1") == [(1,)]


# -- closing and forgetting ----------------------------------------------------------------------------------------

STATEMENTS = {
    "pages": RECENT,
    "engine": RECENT + " ORDER BY PurchaseDate",
    "joined": "SELECT o.AmazonOrderId, i.SellerSKU FROM Orders o JOIN OrderItems i "
    "ON i.AmazonOrderId = o.AmazonOrderId WHERE o.PurchaseDate >= '2026-01-01'",
}


@pytest.mark.parametrize("how", ["cursor", "connection", "execute", "forget", "forget unread"])
@pytest.mark.parametrize("name", STATEMENTS)
@pytest.mark.parametrize("clock", ["virtual", "real"])
def test_no_worker_outlives_its_statement(name: str, how: str, clock: str) -> None:
    if clock == "virtual":
        _abandon(simulated(throttle="off")[0], STATEMENTS[name], how)
    else:
        with served(real_simulator(orders=3000)) as url:
            _abandon(over_socket(url), STATEMENTS[name], how)
    assert workers_end()


def _abandon(connection: Any, statement: str, how: str) -> None:
    cursor = connection.cursor()
    cursor.execute(statement)
    assert workers()
    if how != "forget unread":
        assert cursor.fetchone()
    if how == "cursor":
        cursor.close()
    elif how == "connection":
        connection.close()
        with pytest.raises(InterfaceError):
            cursor.fetchone()
    elif how == "execute":
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    else:
        del cursor
        gc.collect()
    assert workers_end()


def test_a_reader_of_a_closed_result_does_not_end_as_if_all_were_read() -> None:
    connection, _ = simulated()
    cursor = connection.cursor()
    reader = cursor.execute(RECENT).fetch_record_batch()
    assert reader.read_next_batch().num_rows == 100
    cursor.execute("SELECT 1")
    with pytest.raises((InterfaceError, OSError), match="closed"):
        reader.read_all()


SHUTDOWN = """
import amzsql
cursors = [amzsql.connect({0!r}).cursor().execute(statement) for statement in {1!r}]
print(*(len(cursor.fetchmany(5)) for cursor in cursors), flush=True)
"""


def test_the_interpreter_ends_with_open_cursors() -> None:
    program = SHUTDOWN.format("Simulator=orders=3000", [*STATEMENTS.values()])
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(amzsql.__file__).parents[1],
    )
    assert (done.stdout, done.stderr, done.returncode) == ("5 5 5\n", "", 0)
