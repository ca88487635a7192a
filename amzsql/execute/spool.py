"""Batches kept so that several readers can read them, each at its own pace.

Owns where they are: in memory up to a limit, beyond it in one private file of Arrow IPC messages. Blocking is not its
work: a reader asks for a batch by its number and is told that it is not there yet.
"""

from __future__ import annotations

import os
import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pyarrow as pa

LIMIT = 64 * 1024 * 1024


class Spool:
    """A growing list of batches of one schema. One thread appends, any number read."""

    def __init__(self, limit_bytes: int = LIMIT, folder: str | None = None) -> None:
        self._limit = limit_bytes
        self._folder = folder
        self._lock = threading.Lock()
        self._kept: list[pa.RecordBatch] = []
        self._bytes = 0
        self._file: IO[bytes] | None = None
        # Where each batch beyond the kept ones stands in the file: offset and length.
        self._places: list[tuple[int, int]] = []
        self._schema: pa.Schema | None = None
        self._end: weakref.finalize[..., Spool] | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._kept) + len(self._places)

    @property
    def spilled(self) -> bool:
        """Whether batches went to the file."""
        return bool(self._places)

    def append(self, batch: pa.RecordBatch) -> None:
        """Add a batch at the end. Raises OSError if the disk is full, ValueError if the spool is closed."""
        with self._lock:
            if self._closed:
                raise ValueError("the spool is closed")
            self._schema = self._schema or batch.schema
            # Once something was spilled all that follows is, or the order would be lost.
            if not self._places and self._bytes + batch.nbytes <= self._limit:
                self._kept.append(batch)
                self._bytes += batch.nbytes
            else:
                self._spill(batch)

    def batch(self, number: int) -> pa.RecordBatch | None:
        """Return the batch of a number from 0, or None while it is not there."""
        with self._lock:
            if self._closed:
                raise ValueError("the spool is closed")
            if number < len(self._kept):
                return self._kept[number]
            if number >= len(self):
                return None
            offset, length = self._places[number - len(self._kept)]
            assert self._file is not None
            self._file.seek(offset)
            message = self._file.read(length)
        return pa.ipc.read_record_batch(pa.py_buffer(message), self._schema)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Iterate over the batches that are there, with those appended meanwhile."""
        number = 0
        while (batch := self.batch(number)) is not None:
            yield batch
            number += 1

    def close(self) -> None:
        """Forget the batches and delete the file; happens by itself when the spool is dropped."""
        with self._lock:
            self._closed = True
            self._kept, self._places = [], []
            if self._end is not None:
                self._end()

    def _spill(self, batch: pa.RecordBatch) -> None:
        if self._file is None:
            self._file = self._open()
        # A message written by itself: a slice is cut to its own rows, and a reader needs no other message.
        message = batch.serialize()
        offset = self._file.seek(0, os.SEEK_END)
        self._file.write(message)
        self._places.append((offset, message.size))

    def _open(self) -> IO[bytes]:
        number, name = tempfile.mkstemp(prefix=f"amzsql-{os.getpid()}-", suffix=".arrow", dir=self._folder)
        file = os.fdopen(number, "w+b")
        self._end = weakref.finalize(self, _delete, file, name, os.getpid())
        return file


def _delete(file: IO[bytes], name: str, pid: int) -> None:
    file.close()
    # A forked child has the same object, but the file is its parent's.
    if pid == os.getpid():
        Path(name).unlink(missing_ok=True)
