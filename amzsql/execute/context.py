"""What a running statement carries: its clock, deadline, flag of cancellation, budget and figures."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from amzsql.clock import Clock, Event
from amzsql.errors import BudgetExceeded, Cancelled
from amzsql.execute.absent import Absent
from amzsql.execute.masking import Masks
from amzsql.execute.pages import LIMIT
from amzsql.execute.report_book import Book, DocumentRules
from amzsql.execute.report_shared import SharedDocuments
from amzsql.execute.restricted import Admission, Admissions, Resource
from amzsql.execute.shared_pages import Answer, Share
from amzsql.execute.stash import Boundary
from amzsql.transport import Budget, Request, RequestRecord, Response, Session
from amzsql.transport.watch import Watch

THREADS = 64
T = TypeVar("T")
Progress = Callable[[str], None]


@dataclass(slots=True)
class Stats:
    """What a statement has cost so far; `cursor.stats` gives it out.

    `pages` came and `rows` were read from them, before any condition of the statement's. `waited` and `seconds` are on
    Amazon's clock: the sum of all waits of requests, and the time that passed inside the driver; since requests wait
    side by side, `waited` may be more than `seconds`. `sources` counts the requests of each operation asked; `as_of` is
    when the oldest page was asked for, or document ordered, in seconds since the epoch. `planned_requests` and
    `planned_seconds` are the plan's. `kept`: documents that were read to their end and stand in the memo. `shared`: how
    many of the pages another statement had read.
    """

    requests: int = 0
    pages: int = 0
    rows: int = 0
    throttled: int = 0
    waited: float = 0.0
    seconds: float = 0.0
    bytes: int = 0
    sources: dict[str, int] = field(default_factory=dict)
    as_of: float | None = None
    planned_requests: int = 0
    planned_seconds: float = 0.0
    kept: int = 0
    shared: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def record(self, record: RequestRecord) -> None:
        """Count a request."""
        with self._lock:
            self.requests += 1
            self.throttled += record.throttled
            self.waited += record.waited
            self.bytes += record.bytes
            self.sources[record.operation] = self.sources.get(record.operation, 0) + 1
            if record.status == 200 and (self.as_of is None or record.time < self.as_of):
                self.as_of = record.time

    def page(self, *, shared: bool = False) -> None:
        """Count a page that came, or that another statement had read."""
        with self._lock:
            self.pages += 1
            self.shared += shared

    def read(self, rows: int) -> None:
        """Count rows that were read from pages."""
        with self._lock:
            self.rows += rows

    def downloaded(self, size: int) -> None:
        """Count bytes of a document."""
        with self._lock:
            self.bytes += size

    def dated(self, time: float) -> None:
        """Note of when a document, or another statement's page, is that is read."""
        with self._lock:
            self.as_of = time if self.as_of is None else min(self.as_of, time)

    def keep(self) -> None:
        """Count a document that stands in the memo."""
        with self._lock:
            self.kept += 1

    def passed(self, seconds: float) -> None:
        """Count time on Amazon's clock."""
        with self._lock:
            self.seconds += seconds


@dataclass(slots=True)
class Spent:
    """What a fetch has given: rows decoded by its scans, and when it sent first and had its last answer (seconds).

    `sent`: how often it asked. `as_of`: when its oldest page came; `shared`: how many of its pages another statement
    had read.
    """

    rows: int = 0
    sent: int = 0
    began: float | None = None
    ended: float | None = None
    as_of: float | None = None
    shared: int = 0

    @property
    def seconds(self) -> float | None:
        """From the first sending to the last answer; None if there was none."""
        return None if self.began is None or self.ended is None else self.ended - self.began


class Ledger:
    """The process's last requests, and the figures of the statements that sent them."""

    def __init__(self, length: int = 1000) -> None:
        self.recent: deque[RequestRecord] = deque(maxlen=length)
        self._operations: dict[str, None] = {}
        self._local = threading.local()

    def observe(self, record: RequestRecord) -> None:
        """Note a request; it counts for the statement whose thread sent it."""
        self.recent.append(record)
        self._operations[record.operation] = None
        stats = getattr(self._local, "stats", None)
        if stats is not None:
            stats.record(record)

    def operations(self) -> list[str]:
        """Return the names of the operations that were ever asked, in the order of their first request."""
        return list(self._operations)

    @contextmanager
    def counting(self, stats: Stats) -> Iterator[None]:
        """Count the calling thread's requests for a statement while the context lasts."""
        before = getattr(self._local, "stats", None)
        self._local.stats = stats
        try:
            yield
        finally:
            self._local.stats = before


@dataclass(slots=True)
class Context:
    """One statement at run time. `strict_items`: what Amazon refuses of a batch fails the statement. `mixed_currency`:
    what a sum over several currencies does, Warn, Error or Off. `accounts`: the contexts of a group's accounts by their
    names; `absent`: those that the statement goes on without, None where there is no group; `strict_accounts`: without
    none; `threads`: how many a fetch may have. `book` and `rules`: what is remembered of ordered documents, and what
    the properties say of them; `shared`: those that several fetches read. `admissions`: the restricted data tokens of
    the process. `masks`: what takes the place of personal data; None: it is shown. `share`: the pages of other
    statements; None: it reads by itself.
    """

    clock: Clock
    session: Session
    ledger: Ledger
    stats: Stats
    cancelled: Event
    budget: Budget
    account: str
    deadline: float | None = None
    progress: Progress | None = None
    warn: Callable[[str], None] = lambda _: None
    reword: Callable[[str, str], None] = lambda _, __: None
    mixed_currency: str = "Off"
    spool_bytes: int = LIMIT
    strict_items: bool = False
    book: Book | None = None
    rules: DocumentRules = field(default_factory=DocumentRules)
    shared: SharedDocuments | None = None
    accounts: dict[str, Context] = field(default_factory=dict)
    absent: Absent | None = None
    strict_accounts: bool = False
    threads: int = THREADS
    began: float | None = None
    spent: dict[int, Spent] = field(default_factory=dict)
    admissions: Admissions | None = field(default=None, repr=False)
    masks: Masks | None = None
    restricted: tuple[Resource, ...] = ()
    share: Share | None = None
    _depth: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Count the time that passes while the statement's thread is inside the driver; nests."""
        began = self.clock.now()
        if self.began is None:
            self.began = began
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self.stats.passed(self.clock.now() - began)

    def admission(
        self, send: Callable[[Request], Response], stop: Event | None = None, elements: tuple[str, ...] = ()
    ) -> Admission:
        """Return the way to restricted data tokens of a fetch, or of a call, that `stop` ends too."""
        if self.admissions is None:
            self.admissions = Admissions(self.clock)

        watch = partial(self.watch, stop=stop)
        return Admission(self.admissions, self.session.owner, send, watch, elements, self.warn, self.restricted)

    def watch(self, what: str, stop: Event | None = None) -> Watch:
        """Return what bounds the waits of something sent for the statement; `stop` ends them in place of its end."""
        return Watch(self.clock, what, deadline=self.deadline, cancelled=stop or self.cancelled, progress=self.progress)

    def send(
        self,
        request: Request,
        *,
        stop: Event | None = None,
        counts: bool = True,
        sending: Callable[[bool], None] | None = None,
        session: Session | None = None,
    ) -> Response:
        """Send a request for the statement, and return the answer.

        `stop` ends it in place of the statement's end. What `counts` not costs nothing of the budget. `sending` is
        called as the session's is; `session`: another than the statement's, for another endpoint.
        """
        with self.ledger.counting(self.stats):
            return (session or self.session).send(
                request,
                deadline=self.deadline,
                cancelled=stop or self.cancelled,
                progress=self.progress,
                budget=self.budget if counts else None,
                sending=sending,
            )

    def decoded(self, fetch: int, rows: int) -> None:
        """Count rows that a scan has decoded from a fetch's pages."""
        with self._lock:
            self.spent.setdefault(fetch, Spent()).rows += rows

    def dated(self, fetch: int, as_of: float, *, shared: bool) -> None:
        """Note of when a page is that a fetch has, and whether another statement had read it."""
        with self._lock:
            spent = self.spent.setdefault(fetch, Spent())
            spent.as_of = as_of if spent.as_of is None else min(spent.as_of, as_of)
            spent.shared += shared
        self.stats.page(shared=shared)
        if shared:
            self.stats.dated(as_of)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Read no other statement's pages while the context lasts: what is to be written rests on what is read."""
        share, self.share = self.share, None
        try:
            yield
        finally:
            self.share = share

    @contextmanager
    def sending(self, fetch: int) -> Iterator[None]:
        """Note when a fetch sends and has its answer; requests go side by side."""
        began = self.clock.now()
        with self._lock:
            spent = self.spent.setdefault(fetch, Spent())
            spent.sent += 1
            spent.began = began if spent.began is None else min(spent.began, began)
        try:
            yield
        finally:
            ended = self.clock.now()
            with self._lock:
                spent.ended = ended if spent.ended is None else max(spent.ended, ended)

    def check(self) -> None:
        """Raise if the statement was cancelled or is out of time."""
        if self.cancelled.is_set():
            raise Cancelled("The statement was cancelled.")
        if self.deadline is not None and self.clock.now() >= self.deadline:
            raise BudgetExceeded("The statement ran out of time (StatementTimeout). Raise it, or ask for less.")

    def wait(self, *events: Event) -> None:
        """Block until one of the events is set; raise if the statement is cancelled or out of time first."""
        self.check()
        self.clock.wait(self.deadline, self.cancelled, *events)
        self.check()

    def interruptible(self, work: Callable[[], T], stop: Callable[[], None]) -> T:
        """Let an engine work in a thread of its own, so that cancel(), the deadline and Ctrl-C reach this one.

        Not on a virtual clock: there the engine must read its sources as the statement's own actor. `stop` interrupts
        the work, from this thread.
        """
        if self.clock.virtual:
            return work()
        results: list[T] = []
        boundary, done = Boundary(), self.clock.event()

        def run() -> None:
            with boundary:
                results.append(work())
            done.set()

        self.clock.thread(run, "amzsql engine")
        with ExitStack() as undo:
            undo.callback(self._abandon, done, stop)
            self.wait(done)
            undo.pop_all()
        if boundary.error is not None:
            raise boundary.error
        return results[0]

    def _abandon(self, done: Event, stop: Callable[[], None]) -> None:
        """Stop what the engine computes and wait until it has stopped: its thread reads what is then closed."""
        self.cancelled.set()
        while not done.is_set():
            stop()
            self.clock.wait(self.clock.now() + 0.05, done)


def asked_together(request: Request, context: Context, session: Session | None = None) -> Response:
    """Return the answer to a request that tells every statement the same; those that run side by side ask it once.

    `session`: another than the statement's, for another endpoint.
    """
    share = context.share
    if share is None:
        return context.send(request, session=session)

    def send() -> Answer:
        answer = context.send(request, session=session)
        return Answer(answer.body, answer.received_at)

    owner = (session or context.session).owner
    found = share.answer(owner, request.operation, request.parameters, send, context.wait)
    return Response(200, {}, found.body or b"", None, found.as_of, found.as_of)
