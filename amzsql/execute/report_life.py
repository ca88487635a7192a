"""The life of a report: ordered or found, waited for, downloaded.

Owns which report serves an order. Must not know of tables, nor of what a document holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from amzsql.transport.download import Download

Options = tuple[tuple[str, str], ...]
"""(name, value) of each report option, sorted by name."""


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """What a report is asked for with. `start` and `end` are aware; None leaves them out (Amazon takes now)."""

    type: str
    marketplaces: tuple[str, ...]
    start: datetime | None = None
    end: datetime | None = None
    options: Options = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A report whose document is there. `options` is None where somebody else ordered it."""

    id: str
    type: str
    document: str
    marketplaces: tuple[str, ...]
    created: datetime
    start: datetime | None = None
    end: datetime | None = None
    options: Options | None = None


class Reports(Protocol):
    """The reports of one fetch of a statement; made as `Reports(context, stop)`, any of its threads may call it.

    All wait on the clock and raise Cancelled (`stop`, or the statement's own event), BudgetExceeded (deadline, budget)
    and what `Session.send` raises.
    """

    def begin(self, orders: Iterable[ReportOrder]) -> None:
        """Find or create the report of each order and wait for none; an order that has begun is not begun again."""

    def obtain(self, order: ReportOrder) -> Report | None:
        """Return the report that serves an order, begun if it was not, when it is there.

        None: Amazon cancelled it, there is no data; the warning has been said. OperationalError for a FATAL one.
        """

    def newest(self, order: ReportOrder) -> Report | None:
        """Return the newest report of the type and marketplaces that is there; None if there is none.

        The order's window is not looked at; its options are, where it has some.
        """

    def lookup(self, order: ReportOrder) -> tuple[Report, ...]:
        """Return every report that is there whose window touches the order's, newest first; nothing is created."""

    def open(self, report: Report) -> AbstractContextManager[Download]:
        """Return the report's document to be read inside a `with`, from the memo or from Amazon.

        Leave the `with` by the decoder's error if there is one: only what was read to its end without is kept.
        """
