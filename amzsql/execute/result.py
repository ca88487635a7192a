"""A running statement's result: its batches as they are asked for, and how it ends. Knows nothing of its text."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from functools import partial
from types import TracebackType

import pyarrow as pa

from amzsql.errors import Cancelled, InterfaceError
from amzsql.execute.context import Context, Spent
from amzsql.execute.reaper import watch
from amzsql.execute.stream import Run
from amzsql.plan.nodes import Plan


class Result:
    """A running statement's result: its schema and its batches. Belongs to one thread; `cancel` may come from any.

    `json`: the places of columns whose text is a table's JSON. `following`: a procedure's next result.
    """

    def __init__(
        self,
        schema: pa.Schema,
        batches: Generator[pa.RecordBatch, None, None],
        context: Context,
        run: Run | None,
        plan: Plan | None,
        json: frozenset[int] = frozenset(),
        following: Result | None = None,
    ) -> None:
        self.schema = schema
        self.json = json
        self.following = following
        self.stats = context.stats
        self.plan = plan
        self._batches = batches
        self._context = context
        self._run = run
        self._pid = os.getpid()
        self._finished = False
        self._closed = False
        self._failed: Exception | None = None
        self._reading = False
        self._watch = None if run is None else watch(self, partial(_end, batches, run))

    def next_batch(self) -> pa.RecordBatch | None:
        """Return the next batch that has rows, or None at the end. After an error it raises that error again."""
        self.check()
        if self._finished:
            return None
        context = self._context
        self._reading = True
        with ExitStack() as undo:
            undo.push(self._left)
            undo.enter_context(context.inside())
            undo.enter_context(context.ledger.counting(context.stats))
            if self._run is not None:
                context.check()
            batch = next((b for b in self._batches if b.num_rows), None)
        if batch is None:
            self._finished = True
            self.close()
        return batch

    def _left(self, _kind: object, error: BaseException | None, _trace: TracebackType | None) -> None:
        """Note that the reading is over, and end the statement if by an error: Ctrl-C also."""
        self._reading = False
        if error is not None:
            self._failed = error if isinstance(error, Exception) else Cancelled("The statement was interrupted.")
            self.close()

    def check(self) -> None:
        """Raise if there is nothing to be read any more: after an error, cancel(), close() or in a forked child."""
        if self._failed is not None:
            raise self._failed
        if self._finished:
            return
        if self._run is not None and self._context.cancelled.is_set():
            self._failed = Cancelled("The statement was cancelled.")
            self.close()
            raise self._failed
        if self._pid != os.getpid():
            raise InterfaceError("The cursor belongs to the parent process: execute the statement again in this one.")
        if self._closed:
            raise InterfaceError("The result was closed, by another execute() or by close(), before it was read.")

    def spent(self) -> Iterator[tuple[str, Spent]]:
        """Return what each fetch of the plan has given so far with its account, in EXPLAIN's order."""
        return iter(()) if self._run is None else self._run.spent()

    def cancel(self) -> None:
        """End the statement, from any thread."""
        context, run = self._context, self._run
        context.cancelled.set()
        if run is None or self._closed or self._pid != os.getpid():
            return
        run.stop()

    def close(self) -> None:
        """Stop what still runs; if another thread reads, it stops at once by itself."""
        self._closed = True
        if self._watch is not None:
            self._watch.detach()
        if self._run is None or self._pid != os.getpid():
            return
        if self._reading:
            self.cancel()
        else:
            _end(self._batches, self._run)


def _end(batches: Generator[pa.RecordBatch, None, None], run: Run) -> None:
    batches.close()
    # A generator that was never begun closes nothing.
    run.close()
