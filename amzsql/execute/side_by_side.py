"""Work for several accounts at once, by a bounded number of threads. Knows neither plans nor rows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

from amzsql.errors import DatabaseError
from amzsql.execute.context import Context
from amzsql.execute.stash import Boundary

T = TypeVar("T")
# So many at most: each waits for Amazon most of the time.
_MOST = 64


def side_by_side(context: Context, works: Mapping[str, Callable[[], T]]) -> dict[str, T | DatabaseError]:
    """Do some work for each account and return what it gave, or its error, in the order of `works`.

    Raises:
        Cancelled, BudgetExceeded: the statement was cancelled or is out of time meanwhile.
        Exception: what is no DatabaseError, of the first account that met it.
    """
    if len(works) < 2:
        return {name: _done(work) for name, work in works.items()}
    found: dict[str, T | DatabaseError] = {}
    left, lock = list(works.items())[::-1], threading.Lock()
    boundary, over = Boundary(), context.clock.event()
    running = min(_MOST, len(works))

    def run() -> None:
        nonlocal running
        with boundary:
            while not context.cancelled.is_set():
                with lock:
                    if not left:
                        break
                    name, work = left.pop()
                found[name] = _done(work)
        with lock:
            running -= 1
            last = running == 0
        if last:
            over.set()

    for number in range(running):
        context.clock.thread(run, f"amzsql accounts {number}")
    context.wait(over)
    if boundary.error is not None:
        raise boundary.error
    return {name: found[name] for name in works}


def _done(work: Callable[[], T]) -> T | DatabaseError:
    try:
        return work()
    except DatabaseError as error:
        return error
