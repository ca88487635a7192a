"""A fetch whose rows stand in documents: ordered side by side, waited for, and read one after the other.

A page is one batch of a document's rows, so that demand, LIMIT, several readers and the spool are those of any fetch: a
document is read as far as somebody wants its rows. Owns no way to come by documents; a `Source` does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from typing import Any, Protocol

import pyarrow as pa

from amzsql.clock import Event
from amzsql.execute.context import Context
from amzsql.execute.pages import Page
from amzsql.execute.scan import WORKERS, FetchRun, Tasks
from amzsql.execute.slices import Chain
from amzsql.plan.nodes import FetchPlan

Parameters = Mapping[str, Any]
# As many as Amazon takes orders at once; each waits most of the time.
_WAITING = 15


class Document(Protocol):
    """A document that is there. `told` are parameters that it tells of itself; `made`: when, since the epoch."""

    @property
    def told(self) -> Parameters: ...

    @property
    def made(self) -> float: ...


class Source(Protocol):
    """Where a fetch's documents come from; any of its workers may call it.

    All may wait on the clock, and raise what ends the fetch: Cancelled too, once it was stopped.
    """

    def begin(self, orders: Sequence[Parameters]) -> None:
        """Have documents made for some parameters, waiting for none."""

    def documents(self, order: Parameters) -> Sequence[Any]:
        """Return the documents for some parameters, once they are there; each is a `Document`."""

    def read(self, document: Any) -> Generator[pa.RecordBatch]:
        """Yield a document's rows; closing the generator ends its download."""


class DocumentRun(FetchRun):
    """A running fetch of documents; `source` makes what they come from, of the event that stops the fetch."""

    def __init__(
        self,
        plan: FetchPlan,
        context: Context,
        readers: int,
        source: Callable[[Context, Event], Source],
        tasks: Callable[[FetchRun], Tasks] | None = None,
    ) -> None:
        super().__init__(plan, context, readers, tasks)
        self._source = source(context, self._stop)
        self._turn = context.clock.lock()
        self._begun = False
        self._count = 0

    def _most_workers(self) -> int:
        if self.plan.bind is not None:
            return min(WORKERS, self._context.threads)
        return 1 if self._is_patient() else min(_WAITING, self._context.threads, len(self.plan.partitions)) or 1

    def _is_patient(self) -> bool:
        """Tell whether the first documents may be enough, so that the others are not even ordered."""
        return self.plan.wanted is not None

    @property
    def rows(self) -> int:
        """How many rows the documents had that were read."""
        return self._count

    def _chains(self) -> Generator[Chain]:
        """Yield the partitions that this worker is to have made, all of them ordered first."""
        while not self._stop.is_set():
            with self._gate:
                if self._stop.is_set() or self.error is not None or (self._is_patient() and not self._may_send()):
                    return
                self._begin()
                task = next(self._tasks, None)
            if task is None:
                return
            yield Chain(*task)

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        if not self._is_patient() and self.plan.bind is None:
            with self._context.sending(self.plan.number):
                self._source.begin([dict(p.parameters) for p in self.plan.partitions])

    def _chain(self, chain: Chain) -> None:
        """Wait for the documents of a partition, and read them when it is their turn: one is open at a time."""
        with self._context.sending(self.plan.number):
            documents = self._source.documents(chain.parameters)
        with self._turn:
            for document in documents:
                if self._stop.is_set() or not self._read(document, chain):
                    return

    def _read(self, document: Document, chain: Chain) -> bool:
        """Push a document's rows as they are wanted; False if nobody wants more."""
        told = {**chain.parameters, **document.told}
        if not self._claim():
            return False
        with closing(self._batches(document)) as batches:
            for batch in batches:
                self._count += batch.num_rows
                operation = self.plan.documents.kind if self.plan.documents is not None else self.plan.operation.name
                self._push(Page(None, told, chain.number, operation, document.made, batch))
                if not self._claim():
                    return False
        with self.lock:
            # What was claimed last was not there: another document may have it.
            self._sent -= 1
        return True

    def _batches(self, document: Document) -> Generator[pa.RecordBatch]:
        """Yield a document's rows, noting when they come."""
        with closing(self._source.read(document)) as batches:
            while True:
                with self._context.sending(self.plan.number):
                    batch = next((b for b in batches if b.num_rows), None)
                if batch is None:
                    return
                yield batch
