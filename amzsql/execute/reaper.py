"""Ends what a program dropped without closing: a cursor that is collected in the middle of a scan.

The garbage collector may run anywhere, also where a lock is held, so it only says what to end; a thread of its own does
it. Knows nothing of what it ends.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import weakref
from collections.abc import Callable
from typing import Any

from amzsql.errors import Error

_lock = threading.Lock()
_dropped: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
_thread: threading.Thread | None = None


def watch(owner: object, close: Callable[[], None]) -> weakref.finalize[..., Any]:
    """Call `close`, which must not refer to the owner, some time after the owner was collected, or at exit.

    Returns the watch, to be detached once the owner was closed.
    """
    global _thread
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_reap, name="amzsql-reaper", daemon=True)
            _thread.start()
    return weakref.finalize(owner, _drop, close, os.getpid())


def _drop(close: Callable[[], None], pid: int) -> None:
    # The threads of a parent process do not exist in its child: there is nothing to end.
    if pid != os.getpid():
        return
    if threading.main_thread().is_alive():
        _dropped.put(close)
    else:
        # The interpreter is about to end, and its daemon threads with it: nobody else will.
        close()


def _reap() -> None:
    while True:
        close = _dropped.get()
        with contextlib.suppress(Error):
            close()
        del close


def _after_fork() -> None:
    global _lock, _dropped, _thread
    _lock, _dropped, _thread = threading.Lock(), queue.SimpleQueue(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
