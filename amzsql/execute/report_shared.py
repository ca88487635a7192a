"""Documents that several fetches of one statement read, each other rows of them: downloaded once, to a private file.

Whoever opens one first downloads it whole, so that nobody waits for what another wants of it. Knows nothing of reports.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import IO

from amzsql.errors import Cancelled
from amzsql.execute.report_book import Book, Wait
from amzsql.transport.download import Download

_PIECE = 1 << 18
_OVER = "The statement is over."


@dataclass(slots=True)
class _Whole:
    """A document that was downloaded to its end."""

    told: Download
    file: IO[bytes]


class SharedDocuments:
    """The documents of one statement.

    `types`: of which several fetches read; `limit`: bytes that are held in memory, of each.
    """

    def __init__(self, types: frozenset[str], limit: int) -> None:
        self.types = types
        self._limit = limit
        self._lock = threading.Lock()
        self._whole: dict[str, _Whole] = {}
        self._closed = False

    @contextmanager
    def open(
        self, key: str, load: Callable[[], AbstractContextManager[Download]], book: Book, wait: Wait
    ) -> Generator[Download]:
        """Open a document, downloaded by `load` if nobody has yet; any number of threads read it side by side."""
        with book.alone(f"share {id(self)} {key}", wait):
            whole = self._whole.get(key)
            if whole is None:
                with load() as found:
                    whole = _Whole(found, self._filled(found.pieces))
                self._keep(key, whole)
        yield replace(whole.told, pieces=self._pieces(whole.file))

    def close(self) -> None:
        """Drop the documents."""
        with self._lock:
            self._closed = True
            for whole in self._whole.values():
                whole.file.close()
            self._whole.clear()

    def _keep(self, key: str, whole: _Whole) -> None:
        with self._lock:
            if self._closed:
                whole.file.close()
                raise Cancelled(_OVER)
            self._whole[key] = whole

    def _filled(self, pieces: Iterator[bytes]) -> IO[bytes]:
        with ExitStack() as undo:
            file: IO[bytes] = undo.enter_context(tempfile.SpooledTemporaryFile(max_size=self._limit))
            for piece in pieces:
                file.write(piece)
            undo.pop_all()
        return file

    def _pieces(self, file: IO[bytes]) -> Iterator[bytes]:
        at = 0
        while True:
            with self._lock:
                if self._closed:
                    raise Cancelled(_OVER)
                file.seek(at)
                piece = file.read(_PIECE)
            if not piece:
                return
            at += len(piece)
            yield piece
