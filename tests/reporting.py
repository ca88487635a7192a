"""Reports of the simulator, asked for as a statement's fetch does: in process, on a virtual clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amzsql.clock import RealClock, VirtualClock
from amzsql.execute.context import Context, Ledger, Stats
from amzsql.execute.report_book import Book, DocumentRules
from amzsql.execute.report_life import Reports
from amzsql.execute.report_order import Report, ReportOrder
from amzsql.simulator import Fault, Simulator
from amzsql.state import StateFolder
from amzsql.transport import Buckets, Budget, LwaAuth, Session, in_process

# 2026-11-18T11:06:40Z
NOW = 1_795_000_000.0
US, CA, MX = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
LEDGER = "GET_LEDGER_SUMMARY_VIEW_DATA"
RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"


def day(number: int, month: int = 10) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


OCTOBER = ReportOrder(ORDERS, (US,), day(1), day(20))


@dataclass
class Desk:
    """One account of a simulator; each `reports()` is a statement's, as far as they know of one another."""

    simulator: Simulator
    clock: VirtualClock
    session: Session
    book: Book
    warnings: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    stats: Stats = field(default_factory=Stats)

    def context(self, *, seconds: float | None = None, requests: int | None = None, **rules: Any) -> Context:
        return Context(
            self.clock,
            self.session,
            Ledger(),
            self.stats,
            self.clock.event(),
            Budget(requests),
            "shop",
            deadline=None if seconds is None else self.clock.now() + seconds,
            progress=self.told.append,
            warn=self.warnings.append,
            book=self.book,
            rules=DocumentRules(**rules),
        )

    def reports(self, **options: Any) -> Reports:
        return Reports(self.context(**options))

    def asked(self, operation: str = "") -> list[str]:
        """Return the operations of the API that were asked, in order, or the times of one."""
        names = [r.operation.rpartition(".")[2] for r in self.simulator.log if r.operation.startswith("reports_")]
        return [n for n in names if operation in ("", n)]

    def downloads(self) -> int:
        return sum(r.operation == "documents.get" for r in self.simulator.log)

    def read(self, report: Report | None, **options: Any) -> bytes:
        assert report is not None
        with self.reports(**options).open(report) as found:
            return b"".join(found.pieces)


def desk(*faults: Fault, folder: Path | None = None, app: Any = None, **options: Any) -> Desk:
    clock = VirtualClock(NOW)
    simulator = Simulator(clock, orders=200, faults=faults, **options)
    auth = LwaAuth(
        clock=clock,
        client_id="client",
        client_secret="secret",
        refresh_token="Atzr|any",
        endpoint="https://simulator.invalid",
    )
    session = Session(
        endpoint="https://simulator.invalid",
        clock=clock,
        auth=auth,
        buckets=Buckets(clock),
        transport=in_process(app(simulator) if app is not None else simulator),
        latency=0.3,
    )
    return Desk(simulator, clock, session, Book(StateFolder(folder), clock, "shop"))


def side_by_side(clock: VirtualClock, *works: Callable[[], None]) -> None:
    """Run works as actors of the clock and wait for all; the first error is raised here."""
    problems: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as problem:
                problems.append(problem)

        return run

    with clock.actor():
        workers = [clock.thread(guarded(w), f"work{i}") for i, w in enumerate(works)]
        for worker in workers:
            worker.join()
    if problems:
        raise problems[0]


@dataclass
class Orderer:
    """A process of its own: the real clock, a socket, a state folder that others use too."""

    reports: Reports

    def begun(self, order: ReportOrder) -> str:
        """Order a report, or find it ordered, and return its id."""
        self.reports.begin([order])
        return next(iter(self.reports._begun.values())).id


def over_socket(url: str, folder: Path) -> Orderer:
    clock = RealClock()
    login = f"{url}/auth/o2/token"
    auth = LwaAuth(clock=clock, client_id="c", client_secret="s", refresh_token="Atzr|any", endpoint=url, url=login)
    session = Session(endpoint=url, clock=clock, auth=auth, buckets=Buckets(clock))
    book = Book(StateFolder(folder), clock, "shop")
    context = Context(clock, session, Ledger(), Stats(), clock.event(), Budget(None), "shop", book=book)
    return Orderer(Reports(context))
