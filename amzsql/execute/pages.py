"""The pages of one fetch, from when they come until its last reader has read them.

Owns where the bodies wait: in memory up to a limit, beyond it in one unnamed private file. Each body is kept once, for
all readers. Knows nothing of threads: who calls holds the fetch's lock.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import IO, Any

import pyarrow as pa

from amzsql.errors import OperationalError

LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: its body, the parameters it was asked with, and when it came. No body: there is no such row.

    A page of a document has a batch of its rows in place of a body. `own`: it is not for other statements.
    """

    body: bytes | None = field(repr=False)
    parameters: Mapping[str, Any] = field(repr=False)
    partition: int
    operation: str
    as_of: float
    batch: pa.RecordBatch | None = field(default=None, repr=False)
    own: bool = False

    @property
    def size(self) -> int:
        """The bytes of what it holds."""
        return self.batch.nbytes if self.batch is not None else len(self.body or b"")


@dataclass(frozen=True, slots=True)
class _Place:
    """A page whose body, or batch of the `schema`, stands in the file."""

    page: Page
    offset: int
    length: int
    schema: pa.Schema | None = None


class Pages:
    """A growing list of pages with a number of readers, each at a place of its own.

    Attributes:
        in_memory: the bytes of the bodies that are kept in memory now; never above the limit by more than a body.
        most: the most that were.
        in_file: the bytes of the bodies that stand in the file.
    """

    def __init__(self, readers: int, limit_bytes: int = LIMIT) -> None:
        self.in_memory = 0
        self.most = 0
        self.in_file = 0
        self._limit = limit_bytes
        self._kept: deque[Page | _Place] = deque()
        self._first = 0
        self._next: dict[int, int] = dict.fromkeys(range(readers), 0)
        self._file: IO[bytes] | None = None

    def append(self, page: Page) -> None:
        """Add a page for every reader that still reads. Raises OperationalError if it cannot be written to the disk."""
        if not self._next:
            return
        size = page.size
        if not size or not self.in_memory or self.in_memory + size <= self._limit:
            self.in_memory += size
            self.most = max(self.most, self.in_memory)
            self._kept.append(page)
        elif page.batch is not None:
            # A message written by itself: a slice is cut to its own rows.
            place = self._written(replace(page, batch=None), page.batch.serialize().to_pybytes())
            self._kept.append(replace(place, schema=page.batch.schema))
        else:
            self._kept.append(self._written(page, page.body or b""))

    def waiting(self, reader: int) -> int:
        """Return how many pages have come that the reader has not read."""
        at = self._next.get(reader)
        return 0 if at is None else self._first + len(self._kept) - at

    def take(self, reader: int) -> Page:
        """Return the reader's next page; one must be waiting."""
        kept = self._kept[self._next[reader] - self._first]
        self._next[reader] += 1
        page = self._read(kept) if isinstance(kept, _Place) else kept
        self._release()
        return page

    def drop(self, reader: int) -> None:
        """Forget a reader; what only it would have read is freed."""
        self._next.pop(reader, None)
        self._release()

    def close(self) -> None:
        """Free everything."""
        self._next = {}
        self._release()

    def _release(self) -> None:
        """Free the pages that every reader has passed."""
        passed = min(self._next.values(), default=self._first + len(self._kept))
        while self._first < passed:
            page = self._kept.popleft()
            self._first += 1
            if isinstance(page, _Place):
                self.in_file -= page.length
            else:
                self.in_memory -= page.size
        if not self.in_file and self._file is not None:
            # Nobody can want what stands in it: closing an unnamed file frees its space.
            self._file.close()
            self._file = None

    def _written(self, page: Page, body: bytes) -> _Place:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="amzsql-", buffering=0)  # noqa: SIM115 - closed by _release
            offset = self._file.seek(0, 2)
            written = 0
            while written < len(body):
                written += self._file.write(body[written:])
        except OSError as error:
            raise OperationalError(
                f"Pages that wait to be read cannot be written to the temporary folder: {error.strerror}. "
                "Free some space there, or ask for less."
            ) from error
        self.in_file += len(body)
        return _Place(replace(page, body=None), offset, len(body))

    def _read(self, place: _Place) -> Page:
        assert self._file is not None  # a place is in the file
        self._file.seek(place.offset)
        parts: list[bytes] = []
        left = place.length
        while left:
            part = self._file.read(left)
            if not part:
                raise OperationalError("The temporary file of pages that wait to be read was cut by another program.")
            parts.append(part)
            left -= len(part)
        body = b"".join(parts)
        if place.schema is None:
            return replace(place.page, body=body)
        return replace(place.page, batch=pa.ipc.read_record_batch(pa.py_buffer(body), place.schema))
