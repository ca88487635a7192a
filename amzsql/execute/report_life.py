"""The life of a report: found or ordered, waited for, downloaded.

Owns which report serves an order, and that nothing is asked of Amazon twice. Must not know of tables, nor of what a
document holds.
"""

from __future__ import annotations

import gzip
import math
import threading
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec

from amzsql.clock import Event, utc
from amzsql.errors import ApiError, BudgetExceeded, OperationalError, ProgrammingError, ServerError, nearest
from amzsql.execute.context import Context
from amzsql.execute.report_book import DAY, Book, looks
from amzsql.execute.report_calls import CANCELLED, DONE, FATAL, Calls, Listed
from amzsql.execute.report_choice import Choice
from amzsql.execute.report_memo import Memo, may_be_kept
from amzsql.execute.report_order import (
    Options,
    Report,
    ReportOrder,
    border_of,
    has_options,
    is_same,
    order_of_body,
    touches,
)
from amzsql.spapi.document_types import ReportType, report_types
from amzsql.state import StateFolder
from amzsql.transport import is_not_found
from amzsql.transport.download import Address, Download, download
from amzsql.transport.retry import redact

KIND, OPTIONS = "report", "report options"
# The states of a report that we know of: it was asked for but no answer was seen; it is being made.
ASKED, MADE = "ASKED", "MADE"
# Clocks of two hosts differ, and Amazon tells whole seconds.
SKEW = 60.0
# One that was never seen to end is waited for, not ordered again, for so long.
_PENDING = 2 * DAY
# A report that failed is not asked for again at once: it would fail again, and cost one of fifteen calls.
_FAILED = 300.0
_TRIES = 3
# A look takes a moment: the last one before the deadline must come back in time. (s)
_LAST = 1.0
# So early, in parts of the usual time, no report is expected to be there.
_EARLY = 0.25
_TEXT = 1 << 16
_ANY = Choice()
# So many windows without data are named each.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is known of the report that serves an order. `created` and `ended` are in seconds since the epoch.

    Without an id it was asked for, and nobody saw the answer. `ended`: when Amazon was done with it, 0 if it was not
    seen to be. `why`: what a FATAL one says.
    """

    state: str
    created: float
    id: str = ""
    document: str = ""
    foreign: bool = False
    why: str = ""
    ended: float = 0.0

    @property
    def over(self) -> bool:
        """Whether Amazon is done with it."""
        return self.state in (DONE, CANCELLED, FATAL)


class Reports:
    """The reports of one fetch of a statement; any of its threads may call it. `stop` ends the fetch.

    `choice`: what those must be that answer, whatever their age; where none is, one is ordered if that would be.

    All wait on the clock and raise Cancelled (`stop`, or the statement's own event), BudgetExceeded (deadline, budget)
    and what `Session.send` raises.
    """

    def __init__(self, context: Context, stop: Event | None = None, choice: Choice = _ANY) -> None:
        self._choice = choice
        self._context = context
        self._clock = context.clock
        self._calls = Calls(context, stop)
        self._book = context.book or Book(StateFolder(None), context.clock, context.account)
        self._memo = Memo(self._book.state, context.rules, self._clock)
        self._begun: dict[str, _Entry] = {}
        self._looks: set[str] = set()
        self._empty, self._counting = 0, threading.Lock()
        self._ordered: set[str] = set()
        self._listings: dict[tuple[str, tuple[str, ...]], tuple[float, list[Listed]]] = {}

    # -- what others call --------------------------------------------------------------------------------------------

    def begin(self, orders: Iterable[ReportOrder]) -> None:
        """Find or create the report of each order and wait for none; an order that has begun is not begun again."""
        for order in orders:
            self._begin(order)

    def obtain(self, order: ReportOrder) -> Report | None:
        """Return the report that serves an order, begun if it was not, when it is there.

        None: Amazon cancelled it, there is no data; the warning has been said. OperationalError for a FATAL one.
        """
        # Who waits for the same report takes what the first one was told.
        key = self._key(order)

        def wait(until: float | None, event: Event | None) -> None:
            try:
                self._calls.wait(until, event)
            except BudgetExceeded:
                raise self._late(order, self._known(key)) from None

        with self._book.alone(f"wait {key}", wait):
            self._begin(order)
            return self._settled(order, self._awaited(order))

    def expected(self, orders: Iterable[ReportOrder]) -> float:
        """Return the seconds until the reports of some orders are all there, as far as is known; asks nothing."""
        longest, ahead = 0.0, 0
        for order in orders:
            entry = self._known(self._key(order))
            known = entry is not None and self._serves(order, entry)
            longest = max(longest, self._left(order) + (0.0 if known else self._turn(order, ahead)))
            ahead += not known
        return longest

    def adopt(self, body: Mapping[str, Any], report_id: str | None) -> None:
        """Take a report that was ordered by a call of its own, with that body of createReport, for one of ours."""
        if report_id:
            order, made = order_of_body(body), _Entry(MADE, self._clock.now(), report_id)
            self._note(self._key(order), made, order.options)
            kind = report_types().get(order.type)
            if kind is not None and kind.rows == "marketplace" and "rows" not in kind.doubt:
                # It holds the rows of the first one, which a view asks for by itself.
                self._note(self._key(replace(order, marketplaces=order.marketplaces[:1])), made)

    def standing(self, body: Mapping[str, Any]) -> tuple[str, float] | None:
        """Return the report that stands for that body of createReport, and the seconds since: Amazon makes none sooner.

        None: one may be asked for. Only what was ordered from here is known; nothing is asked.
        """
        order = order_of_body(body)
        kind, entry = report_types().get(order.type), self._known(self._key(order))
        if kind is None or not kind.refresh or entry is None or not entry.id or entry.state in (CANCELLED, FATAL):
            return None
        passed = self._clock.now() - entry.created
        return (entry.id, passed) if passed < kind.refresh else None

    def newest(self, order: ReportOrder) -> Report | None:
        """Return the newest report of the type and marketplaces that is there; None if there is none.

        The order's window is not looked at; its options are, where it has some.
        """
        wanted = (order.options, None) if self._context.rules.foreign else (order.options,)
        since = self._choice.since
        listed = self._calls.list(order.type, order.marketplaces, since=since, states=(DONE,))
        found = (r for r in self._reports(listed, order) if self._choice.takes(r.created, r.document))
        return next((r for r in found if not order.options or r.options in wanted), None)

    def newest_of_each(self, order: ReportOrder) -> tuple[Report, ...]:
        """Return the newest report that is there of each marketplace, of a type that Amazon makes by itself."""
        found: dict[tuple[str, ...], Report] = {}
        for report in self._reports(self._calls.list(order.type, order.marketplaces, states=(DONE,)), order):
            if self._choice.takes(report.created, report.document):
                found.setdefault(report.marketplaces, report)
        return tuple(found.values())

    def lookup(self, order: ReportOrder) -> tuple[Report, ...]:
        """Return every report that is there whose window touches the order's, newest first; nothing is created."""
        # What tells of a time is made after it.
        since = None if order.start is None else order.start.timestamp()
        found = self._calls.list(order.type, order.marketplaces, since=since, states=(DONE,))
        return tuple(r for r in self._reports(found, order) if touches(r, order))

    def named(self, report_id: str) -> Report | None:
        """Return a report by its id; None if it is not there (yet)."""
        try:
            found = self._calls.get(report_id)
        except ApiError as error:
            if is_not_found(error):
                return None
            raise
        return self._report(found) if found.state == DONE and found.document else None

    @contextmanager
    def open(self, report: Report) -> Generator[Download]:
        """Open the report's document, to be read inside the `with`: from the memo or from Amazon.

        Leave the `with` by the decoder's error if there is one: only what was read to its end without is kept.
        """
        self._context.stats.dated(report.created.timestamp())
        key = self._book.name(report.document)
        if not (self._memo.on and may_be_kept(report.type, report.marketplaces)):
            with self._read_by_all(report) as found:
                yield found
            return
        with self._memo.open(key) as kept:
            if kept is not None:
                self._context.stats.keep()
                yield kept
                return
        with self._read_by_all(report) as found, self._memo.keeping(key, found, report.type, report.created) as teed:
            yield teed
        if self._memo.has(key):
            self._context.stats.keep()

    # -- ordering ----------------------------------------------------------------------------------------------------

    def _key(self, order: ReportOrder) -> str:
        window = [border_of(order.type, t) for t in (order.start, order.end)]
        return self._book.name(order.type, sorted(order.marketplaces), window, order.options)

    def _begin(self, order: ReportOrder) -> None:
        key = self._key(order)
        if key in self._begun:
            return
        _check_requestable(order)
        with self._book.alone(key, self._calls.wait, everywhere=True):
            entry = self._known(key)
            if entry is None or not self._serves(order, entry):
                entry = self._found(order, key, entry) or self._created(order, key)
            self._begun[key] = entry

    def _usual(self, order: ReportOrder) -> float:
        return self._book.usual(KIND, order.type, self._context.rules.usual)

    def _left(self, order: ReportOrder) -> float:
        usual = self._usual(order)
        entry = self._known(self._key(order))
        if entry is None or not self._serves(order, entry):
            return usual
        return 0.0 if entry.over else max(0.0, entry.created + usual - self._clock.now())

    def _turn(self, order: ReportOrder, ahead: int = 0) -> float:
        """Return the seconds until Amazon takes an order, after some of ours, where its type has a rate of its own."""
        kind = report_types().get(order.type)
        if kind is None or kind.every is None:
            return 0.0
        return self._context.session.turn(order.type) + ahead * kind.every

    def _check_choice(self, order: ReportOrder) -> None:
        """Refuse to order a report that would not be what the statement wants."""
        if self._choice and not self._choice.takes(self._clock.now(), ""):
            what = "CreatedTime" if self._choice.document is None else "ReportDocumentId"
            raise ProgrammingError(
                f"{order}: no report of this window, these marketplaces and options is there that the condition on "
                f"{what} lets in, and one that is made now would not be either. Leave out the condition; ReportList "
                "has the reports that are there, and ReportId = '…' reads one of them."
            )

    def _check_turn(self, order: ReportOrder) -> None:
        """Refuse to wait for a turn that comes after the statement's end, before anything is sent."""
        turn, deadline = self._turn(order), self._context.deadline
        if deadline is not None and self._clock.now() + turn > deadline:
            every = _span(report_types()[order.type].every or 0.0)
            raise BudgetExceeded(
                f"{order}: Amazon takes one order of this type in {every}, of all accounts of an application. Ask the "
                f"same again in about {_span(max(1.0, turn))}. StatementTimeout says how long a statement waits."
            )

    def _known(self, key: str) -> _Entry | None:
        plain = self._book.entry(KIND, key)
        # Another version of the driver may have written it.
        known = {name: plain[name] for name in _Entry.__slots__ if name in plain} if plain is not None else {}
        return _Entry(**known) if "state" in known and "created" in known else None

    def _note(self, key: str, entry: _Entry, options: Options | None = None) -> _Entry:
        until = self._clock.now() + _FAILED if entry.state == FATAL else None
        self._book.note(KIND, key, {name: getattr(entry, name) for name in _Entry.__slots__}, until=until)
        if options is not None and entry.id:
            self._book.note(OPTIONS, self._book.name(entry.id), dict(options))
        return entry

    def _serves(self, order: ReportOrder, entry: _Entry) -> bool:
        """Tell whether a report that is known still serves: it is young, still made, or its document in the memo."""
        if not entry.id:
            return False
        if self._choice:
            return self._choice.takes(entry.created, entry.document) and entry.state not in (CANCELLED, FATAL)
        now, days = self._clock.now(), self._context.rules.memo_days
        if max(entry.created, entry.ended) >= self._oldest(order):
            return True
        if not entry.over:
            return entry.created >= now - _PENDING
        kept = entry.state == DONE and entry.created >= now - days * DAY
        return kept and self._memo.has(self._book.name(entry.document))

    def _oldest(self, order: ReportOrder) -> float:
        """Return since when a report must have been made to serve: Amazon does not make it again sooner.

        What was made for the statement serves all of it.
        """
        kind, now = report_types().get(order.type), self._clock.now()
        if self._choice:
            return self._choice.since or 0.0
        refresh = kind.refresh if kind is not None else None
        began = self._context.began
        return min(now - max(self._context.rules.age, refresh or 0.0), now if began is None else began)

    def _found(self, order: ReportOrder, key: str, lost: _Entry | None) -> _Entry | None:
        """Return a report that somebody else ordered, or that we did without seeing the answer."""
        lost = lost if lost is not None and not lost.id else None
        shared = self._context.rules.foreign or not has_options(order.type)
        if lost is None and not shared and not self._choice:
            return None
        oldest = self._oldest(order)
        found = [r for r in self._listed(order, after=0.0 if lost is None else math.inf) if r.made >= oldest]
        if lost is not None and not shared:
            found = [r for r in found if r.created.timestamp() >= lost.created - SKEW]
        if self._choice:
            ours = shared or lost is not None
            found = [r for r in found if ours or self._options(r.type, r.id) == order.options]
            found = [r for r in found if self._choice.takes(r.created, r.document or "")]
        fitting = sorted((r for r in found if is_same(r, order)), key=lambda r: (r.state == DONE, r.created))
        if not fitting:
            return None
        best = fitting[-1]
        entry = _Entry(
            DONE if best.state == DONE else MADE,
            best.created.timestamp(),
            best.id,
            best.document or "",
            foreign=lost is None,
            ended=best.made if best.state == DONE else 0.0,
        )
        if self._choice:
            # Whoever says nothing of that is answered by the latest one.
            return entry
        known = order.options if lost is not None or not has_options(order.type) else None
        return self._note(key, entry, known)

    def _listed(self, order: ReportOrder, *, after: float = 0.0) -> list[Listed]:
        """Return the reports of the type that serve if they fit; asked once for all orders of a fetch.

        What was there `after` a time is asked again, if that was not done since.
        """
        place = (order.type, tuple(sorted(order.marketplaces)))
        with self._book.alone(f"list {self._book.name(*place)}", self._calls.wait):
            at, found = self._listings.get(place, (-1.0, []))
            if at < after or at < 0:
                at, since = self._clock.now(), self._oldest(order) - SKEW
                found = list(self._calls.list(order.type, order.marketplaces, since=since))
                self._listings[place] = (at, found)
            return found

    def _created(self, order: ReportOrder, key: str) -> _Entry:
        """Order a report. That it is asked for is noted first: whatever ends us then, it is found again."""
        self._check_choice(order)
        self._check_turn(order)
        for attempt in range(1, _TRIES + 1):
            asked = self._note(key, _Entry(ASKED, self._clock.now()))
            try:
                report_id = self._calls.create(order.body)
            except ServerError as error:
                # It may have been taken all the same: who asks again at once has two, or the second is cancelled.
                if attempt == _TRIES or error.status == 501:
                    raise
                self._calls.wait(self._context.session.pause(attempt))
                found = self._found(order, key, asked)
                if found is not None:
                    return found
            except ApiError:
                self._book.forget(KIND, key)
                raise
            else:
                self._ordered.add(key)
                return self._note(key, _Entry(MADE, self._clock.now(), report_id), order.options)
        raise AssertionError("the last try has returned or raised")

    # -- waiting -----------------------------------------------------------------------------------------------------

    def _awaited(self, order: ReportOrder) -> _Entry:
        """Look at the report until Amazon is done with it."""
        key = self._key(order)
        entry = self._begun[key]
        known = self._known(key)
        if known is not None and known.id == entry.id:
            entry = known
        usual = self._usual(order)
        schedule = looks(entry.created, self._clock.now(), usual)
        while not entry.over:
            self._wait(next(schedule), order, entry, usual)
            before, entry = entry, self._looked(order, key, entry)
            if entry.id != before.id:
                schedule = looks(entry.created, self._clock.now(), usual)
            if not entry.over and entry.created < self._clock.now() - _PENDING:
                raise OperationalError(
                    f"Report {entry.id} ({order}) is still not there after {_span(_PENDING)}. Asked again, another is "
                    "ordered."
                )
        self._begun[key] = entry
        return entry

    def _looked(self, order: ReportOrder, key: str, entry: _Entry) -> _Entry:
        try:
            found = self._calls.get(entry.id, again=key in self._looks)
            self._looks.add(key)
        except ApiError as error:
            if is_not_found(error):
                self._book.forget(KIND, key)
            raise
        if found.state not in (DONE, CANCELLED, FATAL):
            return entry
        told = replace(entry, state=found.state, created=found.created.timestamp(), ended=found.made)
        instead = self._instead(order, told) if found.state == CANCELLED else None
        if instead is None and found.state == CANCELLED and found.started is None and key not in self._ordered:
            # Nobody looked for data: somebody cancelled what an earlier statement ordered.
            with self._book.alone(key, self._calls.wait, everywhere=True):
                return self._created(order, key)
        if found.state == DONE and found.ended is not None:
            self._book.took(KIND, order.type, max(1.0, (found.ended - found.created).total_seconds()))
        why = self._complaint(found) if found.state == FATAL and found.document else ""
        return self._note(key, instead or replace(told, document=found.document or "", why=why))

    def _instead(self, order: ReportOrder, cancelled: _Entry) -> _Entry | None:
        """Return the report on whose account Amazon may have cancelled ours: the same, asked for just before it.

        It may still be made; it is that of others, or of a call of our own.
        """
        kind = report_types().get(order.type)
        if kind is None or not kind.refresh:
            return None
        listed = self._listed(order, after=cancelled.created + 1)
        found = sorted(
            (r for r in listed if r.id != cancelled.id and is_same(r, order)),
            key=lambda r: (r.state == DONE, r.created),
        )
        if not found:
            return None
        shared = self._context.rules.foreign or not kind.options
        fitting = [r for r in found if shared or self._options(r.type, r.id) == order.options]
        if fitting:
            best = fitting[-1]
            there, created = best.state == DONE, best.created.timestamp()
            ended = best.made if there else 0.0
            return _Entry(DONE if there else MADE, created, best.id, best.document or "", foreign=True, ended=ended)
        best = found[-1]
        why = (
            f"Other software ordered one of the same window at {best.created:%H:%M} UTC ({best.id}), and Amazon does "
            f"not make it again within {_span(kind.refresh)}: with ForeignReports=True that one answers."
        )
        return replace(cancelled, why=why)

    def _wait(self, until: float, order: ReportOrder, entry: _Entry, usual: float) -> None:
        """Wait for the next look; where the deadline comes before, for a last one, or say when to ask again."""
        now, deadline = self._clock.now(), self._context.deadline
        if deadline is not None and until > deadline:
            last = deadline - _LAST
            if last - now < 2 * _LAST or last < entry.created + usual * _EARLY:
                raise self._late(order, entry)
            until = last
        if self._context.progress is not None and until - now >= 1:
            self._context.progress(f"report {entry.id} ({order.type}) {_making(entry, usual)}")
        self._calls.wait(until)

    def _late(self, order: ReportOrder, entry: _Entry | None) -> BudgetExceeded:
        """Return what says when to ask again for a report that is not there in time."""
        if entry is None or not entry.id:
            return BudgetExceeded(f"{order}: there was no time to order the report. Ask again.")
        usual = self._usual(order)
        again = max(10.0, entry.created + usual - self._clock.now())
        return BudgetExceeded(
            f"Report {entry.id} ({order}) is not there yet: {_making(entry, usual)}. It goes on being made at Amazon: "
            f"ask the same again in about {_span(again)}, and it is not ordered twice. StatementTimeout says how long "
            "a statement waits."
        )

    # -- the end -----------------------------------------------------------------------------------------------------

    def _settled(self, order: ReportOrder, entry: _Entry) -> Report | None:
        """Return the report that is there; None, with a warning, for one without data; raise for one that failed."""
        if entry.state == CANCELLED:
            self._tell_cancelled(order, entry)
            return None
        if entry.state == FATAL or not entry.document:
            raise OperationalError(
                f"{order}: Amazon could not make report {entry.id} (FATAL): {entry.why or 'no reason was given'}. "
                "Check the window and the options, or ask again later."
            )
        options, created = self._options(order.type, entry.id), utc(entry.created)
        # What was not said is told by Amazon as the time of the order.
        return Report(
            entry.id,
            order.type,
            entry.document,
            order.marketplaces,
            created,
            order.start or created,
            order.end or created,
            order.options if not entry.foreign and options is None else options,
        )

    def _tell_cancelled(self, order: ReportOrder, entry: _Entry) -> None:
        """Say that a report is cancelled; of many without a reason the first are named and the others counted."""
        with self._counting:
            if not entry.why:
                self._empty += 1
            if entry.why or self._empty <= _NAMED:
                why = entry.why or "as a rule, there is no data in it"
                self._context.warn(f"{order}: Amazon cancelled report {entry.id}: {why}. It gives no rows.")
                return
            text = (
                "{}: Amazon cancelled {} more of its reports, in which there is no data as a rule. They give no rows."
            )
            more = self._empty - _NAMED
            if more > 1:
                self._context.reword(text.format(order.type, more - 1), text.format(order.type, more))
            else:
                self._context.warn(text.format(order.type, more))

    def _complaint(self, found: Listed) -> str:
        """Return what the document of a report that failed says."""
        report = self._report(found)
        with suppress(ApiError, zlib.error, OSError, EOFError), self._downloaded(report) as document:
            body = b""
            for piece in document.pieces:
                body += piece
                if len(body) > _TEXT:
                    break
            if document.compression or body[:2] == b"\x1f\x8b":
                body = gzip.decompress(body)
            return _said(body)
        return ""

    def _options(self, report_type: str, report_id: str) -> Options | None:
        """Return the options of a report as far as they are known."""
        if not has_options(report_type):
            return ()
        known = self._book.entry(OPTIONS, self._book.name(report_id))
        return None if known is None else tuple(sorted(known.items()))

    def _report(self, found: Listed) -> Report:
        return Report(
            found.id,
            found.type,
            found.document or "",
            found.marketplaces,
            found.created,
            found.start,
            found.end,
            self._options(found.type, found.id),
        )

    def _reports(self, found: Iterable[Listed], order: ReportOrder) -> Iterator[Report]:
        """Yield those that are there and tell of no other marketplaces than the order's."""
        asked = set(order.marketplaces)
        for listed in found:
            if listed.document and (not asked or set(listed.marketplaces) <= asked):
                yield self._report(listed)

    # -- documents ---------------------------------------------------------------------------------------------------

    def _read_by_all(self, report: Report) -> AbstractContextManager[Download]:
        """Open a document for whoever reads it in the statement: downloaded once where several fetches do."""
        shared = self._context.shared
        if shared is None or report.type not in shared.types:
            return self._downloaded(report)
        return shared.open(report.document, partial(self._downloaded, report), self._book, self._calls.wait)

    @contextmanager
    def _downloaded(self, report: Report) -> Generator[Download]:
        context, document = self._context, report.document

        def locate(anew: bool) -> Address:
            known = None if anew else self._book.address(document)
            if known is None:
                known = self._calls.address(document, report.type)
                self._book.remember_address(document, known)
            return known

        watch = self._calls.watch(f"Report {report.id} ({report.type})")
        with download(context.session, locate, watch, context.rules.caps) as found:
            yield replace(found, pieces=self._counted(found.pieces))

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._context.stats.downloaded(len(piece))
            yield piece


def _making(entry: _Entry, usual: float) -> str:
    return f"being made since {utc(entry.created):%H:%M:%S} UTC, usually takes about {_span(usual)}"


def _check_requestable(order: ReportOrder) -> None:
    kind: ReportType | None = report_types().get(order.type)
    if kind is None:
        raise ProgrammingError(f"There is no report type {order.type}.{nearest(order.type, report_types())}")
    if "request" not in kind.by:
        how = "only by a schedule (createReportSchedule)" if kind.by else "by itself"
        raise ProgrammingError(f"{order.type} cannot be requested: Amazon makes it {how}. Ask for what is there.")


def _said(body: bytes) -> str:
    """Return what a document says in plain words, in one line."""
    text = body.decode("utf-8", "replace")
    with suppress(msgspec.MsgspecError):
        told = msgspec.json.decode(body)
        if isinstance(told, dict) and isinstance(told.get("errorDetails"), str):
            text = told["errorDetails"]
    return redact(" ".join(text.split()))[:500].rstrip(".")


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"
