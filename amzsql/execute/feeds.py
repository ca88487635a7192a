"""Keys that bind across the accounts of a group: those of all accounts' rows, read once for all that are asked by them.

An account whose rows cannot be read lends no keys: why, is told where its own rows are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from amzsql.errors import BudgetExceeded, Cancelled, DatabaseError
from amzsql.execute.context import Context
from amzsql.execute.fetches import Bound, Fetches
from amzsql.execute.rows import as_they_come
from amzsql.execute.scan import Key, Reader
from amzsql.plan.nodes import Bind, Plan


class Feeds:
    """The feeds of a statement's plan, each of a scan and some of its columns. `fetches` is told before they are read.

    Attributes:
        wanted: of which scans keys are read, by which columns.
        fetches: those of all accounts.
    """

    def __init__(self, plan: Plan, context: Context) -> None:
        binds = [f.bind for p in plan.each for f in p.fetches if f.bind is not None and f.bind.across]
        self.wanted: tuple[Bound, ...] = tuple(dict.fromkeys((b.scan, b.columns) for b in binds))
        self.fetches: Sequence[Fetches] = ()
        self._context = context
        self._lock = context.clock.lock()
        self._feeds: dict[Bound, _Feed] = {}

    def keys(self, bind: Bind) -> Iterator[list[Key]]:
        """Yield the keys that a bind takes, whoever's rows they are of, as they come."""
        with self._lock:
            # Accounts whose plans bind alike share what is read.
            key = (bind.scan, bind.columns)
            if key not in self._feeds:
                # What only some binds take is told apart when they are read.
                every = replace(bind, keys=tuple(replace(k, among=None) for k in bind.keys))
                self._feeds[key] = _Feed(key, every, self.fetches, self._context)
            feed = self._feeds[key]
        return feed.read(bind)


class _Feed:
    """The distinct keys of all accounts' rows so far; whoever wants more reads them for all."""

    def __init__(self, key: Bound, bind: Bind, fetches: Sequence[Fetches], context: Context) -> None:
        self._context = context
        self._lock = context.clock.lock()
        self._keys: dict[Key, None] = {}
        self._known: list[Key] = []
        self._more: Iterator[list[Key]] | None = self._merged(key, bind, fetches)

    def read(self, bind: Bind) -> Iterator[list[Key]]:
        """Yield the keys from the first on."""
        at = 0
        while True:
            with self._lock:
                while at == len(self._known) and self._more is not None:
                    self._pull()
                fresh = self._known[at:]
            if not fresh:
                return
            at += len(fresh)
            yield [k for k in fresh if all(b.among is None or v in b.among for b, v in zip(bind.keys, k, strict=True))]

    def _pull(self) -> None:
        keys = next(self._more, None) if self._more is not None else None
        if keys is None:
            self._more = None
            return
        fresh = [k for k in keys if k not in self._keys]
        self._keys.update(dict.fromkeys(fresh))
        self._known += fresh

    def _merged(self, key: Bound, bind: Bind, fetches: Sequence[Fetches]) -> Iterator[list[Key]]:
        readers: dict[Fetches, Reader] = {f: reader for f in fetches if (reader := f.lent(key)) is not None}
        each = {f: f.keys_of(key, bind) for f in readers}
        for lender in as_they_come(readers, self._context):
            try:
                keys = next(each[lender], None)
            except (Cancelled, BudgetExceeded):
                raise
            except DatabaseError:
                keys = None
            if keys is None:
                del readers[lender]
            else:
                yield keys
