"""What the tables of schema Temp stand in: an engine instance that several connections may share.

Owns its life. What is in it, and how it is asked, is `execute.scratch`'s.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

CATALOG = "memory"


class ScratchSpace:
    """What holds the tables of schema Temp: connections that are given the same one share them. Thread-safe.

    Nothing is opened before the first table is made. The tables are in memory, and gone with the object; a forked child
    begins with none.
    """

    def __init__(self, memory_limit: str = "") -> None:
        self._memory_limit = memory_limit
        self._lock = threading.Lock()
        self._root: duckdb.DuckDBPyConnection | None = None
        self._pid = os.getpid()
        self._end: weakref.finalize[..., ScratchSpace] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no table was ever made in it."""
        return self._root is None or self._pid != os.getpid()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to the instance."""
        with self._lock:
            # Late: a dialect has a space for each of its engines, whether or not it ever connects.
            from amzsql.catalog.scratch import SCHEMA
            from amzsql.execute.engine import inherited, instance

            if self._pid != os.getpid():
                inherited.append(self._root)
                self._root, self._end, self._pid = None, None, os.getpid()
            if self._root is None:
                folder = tempfile.mkdtemp(prefix=f"amzsql-temp-{os.getpid()}-")
                self._root = instance(Path(folder), self._memory_limit, [f'CREATE SCHEMA {CATALOG}."{SCHEMA}"'])
                self._end = weakref.finalize(self, _discard, self._root, folder, self._pid)
            return self._root.cursor()

    def close(self) -> None:
        """Forget the tables."""
        with self._lock:
            if self._end is not None and self._pid == os.getpid():
                self._end()
            self._root, self._end = None, None


def _discard(root: duckdb.DuckDBPyConnection, folder: str, pid: int) -> None:
    if pid == os.getpid():
        root.close()
        shutil.rmtree(folder, ignore_errors=True)
