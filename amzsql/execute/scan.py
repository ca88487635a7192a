"""One fetch at run time: partitions -> pages, by worker threads, handed to each scan that reads them.

Workers ask only for pages that somebody will read: one for `execute`, then one ahead of the reader. A fetch with
several readers, or whose page tokens die soon, is read ahead to its end and kept for the slower ones, unless a LIMIT
ends it. An error stops the fetch and is raised, as itself, where the rows are read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Protocol

from amzsql.clock import Event, Worker, utc
from amzsql.errors import AccessDenied, ApiError, Cancelled
from amzsql.execute.context import Context
from amzsql.execute.outcomes import refusals, refused
from amzsql.execute.pages import Page, Pages
from amzsql.execute.restricted import Admission, needed
from amzsql.execute.shared_pages import Answer, Link, Share
from amzsql.execute.slices import Chain, Slices
from amzsql.execute.stash import Boundary
from amzsql.plan.nodes import FetchPlan, Partition
from amzsql.plan.served import asked_of
from amzsql.plan.shared import Asked
from amzsql.plan.terms import filled
from amzsql.spapi.model import Operation
from amzsql.transport import Request, Response, TokenGuard, is_not_found, next_operation, next_parameters, total_rows

WORKERS = 4
_ALL = 1 << 60
_NOT_FOUND = 404
# So many keys that Amazon does not take for such are said one by one.
_NAMED = 3


class Reader:
    """One scan's view of a fetch: its pages in the order they come."""

    def __init__(self, fetch: FetchRun, context: Context, number: int) -> None:
        self._fetch = fetch
        self._context = context
        self._number = number
        self.changed = context.clock.event()
        self.taken = 0
        self.closed = False

    @property
    def waiting(self) -> int:
        """The pages that have come and were not read."""
        return self._fetch.pages.waiting(self._number)

    def next(self) -> Page | None:
        """Return the next page, waiting for it; None at the end."""
        while True:
            self._context.check()
            with self._fetch.lock:
                if self.waiting:
                    self.taken += 1
                    return self._fetch.pages.take(self._number)
                if self._fetch.error is not None:
                    raise self._fetch.error
                if self._fetch.finished or self.closed:
                    return None
                self.changed.clear()
                self._fetch.asked(self.taken + 1)
            self._context.wait(self.changed)

    def ready(self) -> bool:
        """Tell whether `next` would answer without waiting."""
        with self._fetch.lock:
            return self._is_ready()

    def ask(self) -> bool:
        """Tell whether `next` would answer without waiting; if not, the next page is wanted and sets `changed`."""
        with self._fetch.lock:
            if self._is_ready():
                return True
            self.changed.clear()
            self._fetch.asked(self.taken + 1)
            return False

    def _is_ready(self) -> bool:
        return bool(self.waiting) or self._fetch.error is not None or self._fetch.finished or self.closed

    def first(self) -> None:
        """Wait until the first page has come, or an error, which is raised; take nothing."""
        while True:
            with self._fetch.lock:
                if self.waiting or self.taken or self._fetch.finished:
                    return
                if self._fetch.error is not None:
                    raise self._fetch.error
                self.changed.clear()
            self._context.wait(self.changed)

    def close(self) -> None:
        """Read no more; the fetch ends with its last reader."""
        with self._fetch.lock:
            self.closed = True
            self._fetch.pages.drop(self._number)
        self.changed.set()
        self._fetch.reader_closed()


Tasks = Iterator[tuple[int, dict[str, Any]]]
"""(partition number, parameters) of each chain of pages; may block."""


class Judge(Protocol):
    """What ends the chains of a fetch that Amazon answers in order."""

    def goes_on(self, page: Page, *, last: bool, cut: bool) -> bool:
        """Note a page and tell whether the next one of its chain is needed.

        `last`: there is none; `cut`: Amazon has more rows than it gives out.
        """


class FetchRun:
    """A running fetch. `judge`: what ends its chains before their last page.

    `cuts`: rows beyond those that are asked for are cut by who reads them. `chains`: the numbers of those that other
    statements may share.
    """

    def __init__(
        self,
        plan: FetchPlan,
        context: Context,
        readers: int,
        tasks: Callable[[FetchRun], Tasks] | None = None,
        judge: Judge | None = None,
        *,
        cuts: bool = True,
    ) -> None:
        self.plan = plan
        self.lock = threading.Lock()
        self.error: BaseException | None = None
        self.finished = False
        self.keys = 0
        self.complete = False
        self.pages = Pages(readers, context.spool_bytes)
        self.readers = [Reader(self, context, number) for number in range(readers)]
        self._context = context
        self._tasks = tasks(self) if tasks is not None else iter(enumerate(_parameters(plan)))
        self._judge = judge
        self._gate = context.clock.lock()
        self._stop = context.clock.event()
        self._admission: Admission | None = None
        if plan.restricted:
            self._admission = context.admission(self._exchange, self._stop, plan.elements)
        self._demand = context.clock.event()
        self._allowed = 1
        self._sent = 0
        self._foreign = 0
        self._invalid = 0
        self._slices = Slices(plan.sliced if judge is None else None)
        self._decided = context.clock.event()
        self._running = 0
        self._started = False
        self._workers: list[Worker] = []
        self._share = context.share if plan.sharing is not None else None
        self._asked = asked_of(plan, self._share.seconds, cuts=cuts) if self._share is not None else None
        self._links: dict[int, Link] = {}
        self.chains: list[int] = []
        if self._share is not None and self._asked is not None and plan.bind is None and plan.partitions and readers:
            self._take_over(self._share, self._asked)

    def start(self) -> None:
        """Start the workers; they ask for the first page and then wait until more is wanted."""
        if self._started:
            return
        self._started = True
        whole = self.plan.wanted is None and (self.plan.read_ahead or len(self.readers) > 1)
        if whole or self.plan.bind is not None:
            self._allowed = _ALL
        self._running = self._most_workers()
        for number in range(self._running):
            name = f"amzsql {self.plan.operation.operation_id} {number}"
            self._workers.append(self._context.clock.thread(self._work, name))

    def _take_over(self, share: Share, asked: Asked) -> None:
        """Take what other statements have read, so that it is there when its turn comes."""
        claimed = share.pages.claim(self._context.session.owner, asked, share, whole=self._reads_all)
        if claimed is None:
            return
        found, self._links = claimed
        if found.alone and len(self.plan.partitions) > 1:
            # It has the rows of all partitions, which would come once for each else.
            self._tasks = iter([(0, parameters_of(self.plan, self.plan.partitions[0]))])

    @property
    def _reads_all(self) -> bool:
        return self.plan.wanted is None and self._judge is None

    def _most_workers(self) -> int:
        """Return how many workers there is something for at a time."""
        many = self.plan.bind is not None or len(self.plan.partitions) > 1 or self.plan.sliced is not None
        # Windows of the time that the rows are sorted by come one after the other: the first may be enough.
        alone = self.plan.order is not None and self.plan.order.bounds is not None
        return min(WORKERS, self._context.threads) if many and not alone else 1

    def asked(self, page: int) -> None:
        """Note that a reader waits for a page, counted from 1; from the second on, one more is fetched ahead.

        Where a LIMIT says how many rows are enough, no page is that they may not reach. The lock is held.
        """
        few = self.plan.wanted is not None and page * self.plan.page_rows >= self.plan.wanted
        allowed = page if page < 2 or few else page + 1
        if allowed > self._allowed:
            self._allowed = allowed
            self._demand.set()

    @property
    def is_own(self) -> bool:
        """Whether it has asked for all of its pages itself: others' may have other rows beside."""
        return not self._foreign

    @property
    def rows(self) -> int:
        """About how many rows a fetch that was read to its end has: each chain's last page is taken for half full."""
        chains = max(1, len(self.plan.partitions))
        return max(0, round((self._sent - chains / 2) * self.plan.page_rows))

    def reader_closed(self) -> None:
        """Stop if nobody reads any more."""
        if all(r.closed for r in self.readers):
            self.stop()

    def stop(self) -> None:
        """Stop the workers; a request on its way is given up."""
        self._stop.set()
        for link in list(self._links.values()):
            link.close()
        self._demand.set()
        self._decided.set()

    def join(self) -> None:
        """Wait until the stopped workers have ended."""
        for worker in self._workers:
            worker.join()

    # -- workers -----------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        boundary = Boundary()
        with boundary, self._context.ledger.counting(self._context.stats):
            for chain in self._chains():
                self._chain(chain)
        stopped = isinstance(boundary.error, Cancelled) and self._stop.is_set()
        if boundary.error is not None and not stopped:
            self._fail(boundary.error)
        self._leave()

    def _chains(self) -> Iterator[Chain]:
        """Yield the chains that this worker is to fetch."""
        while not self._stop.is_set():
            with self._gate:
                # Closed over the loop: a reader may have stopped while this worker waited for its turn.
                if self._stop.is_set() or self.error is not None:
                    return
                if not self._may_send():
                    return
                chain = self._following()
            if chain is None:
                return
            yield chain

    def _following(self) -> Chain | None:
        """Return the next chain, parts first; waits while a first page may still be cut. None at the end."""
        while not self._stop.is_set():
            with self.lock:
                chain = self._slices.take()
            if chain is None:
                task = next(self._tasks, None)
                chain = Chain(*task) if task is not None else None
            with self.lock:
                # Another worker may have cut its chain since.
                chain = chain or self._slices.take()
                if chain is not None:
                    self._sent += 1
                    self._slices.begin()
                if chain is not None or not self._slices.undecided:
                    return chain
                self._decided.clear()
            self._context.clock.wait(None, self._decided, self._stop)
        return None

    def _chain(self, chain: Chain) -> None:
        """Fetch the pages of one chain, one after the other."""
        link = self._linked(chain)
        if link is None:
            self._follow(chain, chain.parameters, None)
            return
        self.chains.append(link.number)
        with closing(link):
            self._follow(chain, self._first_of(link, chain), link)

    def _follow(self, chain: Chain, first: dict[str, Any], link: Link | None) -> None:
        """Fetch the pages of one chain from the parameters of its first page on."""
        operation, guard = self.plan.operation, TokenGuard(self.plan.operation)
        following: dict[str, Any] | None = first
        total = 0
        while following is not None:
            page, shared = self._page(operation, following, chain, link)
            if following is first:
                total = self._total(operation, page)
                if self._is_cut(chain, total, page.as_of):
                    return
            upcoming = next_parameters(operation, following, page.body) if page.body is not None else None
            if upcoming is not None:
                guard.check(upcoming)
                operation = next_operation(operation)
            else:
                if link is not None:
                    link.end()
                if self._judge is None:
                    self._warn_of_cap(operation, total)
            needed = self._is_needed(page, operation, total, last=upcoming is None)
            self._push(page, shared=shared)
            following = upcoming if needed else None
            if following is not None and not self._claim():
                return

    # -- pages of other statements -------------------------------------------------------------------------------------

    def _linked(self, chain: Chain) -> Link | None:
        """Return the way along a chain that other statements share; None: its pages are this statement's own."""
        share, asked = self._share, self._asked
        if share is None or asked is None:
            return None
        found = self._links.pop(chain.number, None) if chain.of is None else None
        if found is not None:
            return found
        wanted = {n: v for n, v in chain.parameters.items() if n not in self._passing()}
        lone = len(asked.partitions) == 1 and self.plan.bind is None and chain.of is None
        one = replace(asked, partitions=(wanted,), same=asked.same or not lone)
        owner, bound = self._context.session.owner, self.plan.bind is not None
        return share.pages.open(owner, one, share, whole=self._reads_all, bound=bound)

    def _passing(self) -> set[str | None]:
        """Return the parameters that make no difference to which rows come."""
        paging, projection = self.plan.operation.paging, self.plan.projection
        found: set[str | None] = {projection[0]} if projection is not None else set()
        if paging is not None:
            found |= {paging.size_parameter, paging.token_parameter if paging.style == "offset" else None}
        return found

    def _first_of(self, link: Link, chain: Chain) -> dict[str, Any]:
        """Return the parameters of a shared chain's first page: what follows is asked as it began."""
        found = dict(link.parameters) | {n: v for n, v in chain.parameters.items() if n in self._passing()}
        size = self.plan.operation.paging.size_parameter if self.plan.operation.paging is not None else None
        if size is not None and link.size is not None:
            found[size] = link.size
        if self.plan.projection is not None:
            found[self.plan.projection[0]] = link.included(self.plan.projection[1])
        return found

    def _page(
        self, operation: Operation, following: dict[str, Any], chain: Chain, link: Link | None
    ) -> tuple[Page, bool]:
        """Return the next page of a chain, and whether another statement has asked for it."""
        if link is None:
            return self._send(operation, following, chain), False
        found = link.next(self._await_other)
        if found is None:
            page = self._send(operation, following, chain)
            if not page.own:
                link.add(Answer(page.body, page.as_of))
            return page, False
        if found.body is not None:
            self._see_to_refusals(operation, found.body)
        return Page(found.body, chain.parameters, chain.number, operation.name, found.as_of), True

    def _await_other(self, event: Event) -> None:
        """Wait for a page that another statement asks for."""
        self._context.clock.wait(None, event, self._stop)
        if self._stop.is_set():
            raise Cancelled("The statement is over.")

    def _is_needed(self, page: Page, operation: Operation, total: int, *, last: bool) -> bool:
        """Tell whether what follows a page is needed."""
        most = operation.paging.max_rows if operation.paging is not None else None
        return self._judge is None or self._judge.goes_on(page, last=last, cut=most is not None and total > most)

    @staticmethod
    def _total(operation: Operation, page: Page) -> int:
        """Return how many rows there are, where Amazon tells it and gives out only so many; else 0."""
        if operation.paging is None or operation.paging.max_rows is None or page.body is None:
            return 0
        return total_rows(operation, page.body) or 0

    def _is_cut(self, chain: Chain, total: int, now: float) -> bool:
        """Cut a chain that has more rows than Amazon gives out in two, in whose place its parts then come."""
        paging = self.plan.operation.paging
        most = paging.max_rows if paging is not None else None
        with self.lock:
            cut = self._slices.decide(chain, total, most or _ALL, utc(now))
            self._sent -= cut
        self._decided.set()
        self._demand.set()
        return cut

    def _warn_of_cap(self, operation: Operation, total: int) -> None:
        """Say so if Amazon gave out fewer rows than there are."""
        most = operation.paging.max_rows if operation.paging is not None else None
        if most is not None and total > most:
            self._context.warn(
                f"{operation.name} has {total:,} rows but gives out {most:,} of them: the others are missing. "
                "Narrow the statement, by dates for example, and add up the parts."
            )

    def _send(self, operation: Operation, parameters: dict[str, Any], chain: Chain) -> Page:
        context = self._context
        request = Request(operation, parameters)
        try:
            with context.sending(self.plan.number):
                admission = self._admission
                answer = self._exchange(request) if admission is None else admission.sent(request, self._exchange)
        except ApiError as error:
            # Asked for by a key in the path, what is not there is no row.
            keyed = self.plan.by_key or "{" in operation.path
            if keyed and is_not_found(error):
                if error.status != _NOT_FOUND:
                    self._note_invalid(error)
                invalid = error.status != _NOT_FOUND
                return Page(None, chain.parameters, chain.number, operation.name, context.clock.now(), own=invalid)
            if isinstance(error, AccessDenied) and operation.restricted == "always" and not self.plan.restricted:
                error.hint = needed(operation, error.hint)
            raise
        self._see_to_refusals(operation, answer.body)
        return Page(answer.body, chain.parameters, chain.number, operation.name, answer.received_at)

    def _note_invalid(self, error: ApiError) -> None:
        """Say which keys Amazon takes for none; of many the first are said, and the others counted."""
        said = f"{error.operation} has no row: {error.args[0]!s}"
        more = "{} has no rows for {} more keys, which Amazon does not take for such."
        with self.lock:
            self._invalid += 1
            others = self._invalid - _NAMED
        if others <= 0:
            self._context.warn(said)
        elif others == 1:
            self._context.warn(more.format(error.operation, others))
        else:
            self._context.reword(*(more.format(error.operation, n) for n in (others - 1, others)))

    def _exchange(self, request: Request) -> Response:
        return self._context.send(request, stop=self._stop)

    def _see_to_refusals(self, operation: Operation, body: bytes) -> None:
        """Say so, or fail, if Amazon refused some elements of a batch that it answered."""
        words = refusals(body, self.plan.outcome) if self.plan.outcome is not None else ""
        if words and self._context.strict_items:
            raise refused(operation.name, words)
        if words:
            self._context.warn(f"{operation.name}: {words}. Their columns are NULL, their lists have no rows.")

    def _may_send(self) -> bool:
        """Wait until a further page is wanted; False if nobody wants one any more."""
        while not self._stop.is_set():
            with self.lock:
                if self._sent < self._allowed:
                    return True
                self._demand.clear()
            self._context.clock.wait(None, self._demand, self._stop)
        return False

    def _claim(self) -> bool:
        with self._gate:
            if not self._may_send():
                return False
            with self.lock:
                self._sent += 1
            return True

    def _push(self, page: Page, *, shared: bool = False) -> None:
        with self.lock:
            self.pages.append(page)
            self._foreign += shared
        self._context.dated(self.plan.number, page.as_of, shared=shared)
        self._tell()

    def _tell(self) -> None:
        for reader in self.readers:
            reader.changed.set()

    def _fail(self, error: BaseException) -> None:
        with self.lock:
            self.error = self.error or error
        self.stop()
        self._tell()

    def _leave(self) -> None:
        with self.lock:
            self._running -= 1
            self.finished = self._running == 0 and self.error is None
            self.complete = self.finished and not self._stop.is_set()
        self._tell()


def _parameters(plan: FetchPlan) -> Iterator[dict[str, Any]]:
    for partition in plan.partitions:
        yield parameters_of(plan, partition)


def parameters_of(plan: FetchPlan, partition: Partition) -> dict[str, Any]:
    """Return the parameters of a partition's first page."""
    found = dict(partition.parameters)
    paging = plan.operation.paging
    if plan.page_size is not None and paging is not None and paging.size_parameter is not None:
        found[paging.size_parameter] = plan.page_size
    if paging is not None and paging.style == "offset":
        found[paging.token_parameter] = 0
    if plan.order is not None:
        found.update(plan.order.parameters)
    if plan.projection is not None:
        found[plan.projection[0]] = plan.projection[1]
    return found


Key = tuple[Any, ...]
"""What one row of another scan binds: a value for each of the bind's keys."""


def bound_parameters(plan: FetchPlan, keys: Sequence[Key]) -> Iterator[dict[str, Any]]:
    """Yield the parameters that ask for some keys: one set for each partition that the keys are combined with."""
    bind = plan.bind
    assert bind is not None  # called for bound fetches only
    for partition in plan.partitions or (Partition(()),):
        found = parameters_of(plan, partition)
        for place, key in enumerate(bind.keys):
            values = tuple(filled(key.template, k[place]) for k in keys)
            found[key.parameter] = values if key.is_list else values[0]
            found.update(key.extras)
        yield found
