"""The life of a query of Data Kiosk: found or made, waited for, its document downloaded.

Owns which query answers a question, and that nothing is asked of Amazon twice. Must not know of tables, nor of what a
document holds. What is remembered and how long Amazon takes is kept as that of reports is (`report_book`).
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from amzsql import spapi
from amzsql.clock import Event, utc
from amzsql.errors import ApiError, BadRequest, BudgetExceeded, Cancelled, OperationalError, ServerError, Throttled
from amzsql.execute.context import Context
from amzsql.execute.documents.unpack import unpacked
from amzsql.execute.report_book import DAY, Book, looks
from amzsql.execute.report_memo import Memo
from amzsql.spapi.kiosk_query import normal
from amzsql.state import StateFolder
from amzsql.transport import Request, is_not_found
from amzsql.transport.download import Address, Download, download

KIND = "kiosk"
_PART = "kiosk part"
_API = "dataKiosk_2023-11-15"
_ASKED, _MADE, _DONE, _FATAL, _CANCELLED = "ASKED", "MADE", "DONE", "FATAL", "CANCELLED"
_OPEN = ("IN_QUEUE", "IN_PROGRESS")
# Amazon keeps a query and its document for thirty days.
_KEPT = 29 * DAY
# A query that failed is not asked again at once: it would fail again.
_FAILED = 300.0
# One that was never seen to end is looked at again, not made again, for so long.
_PENDING = 2 * DAY
_TRIES = 3
# Where Amazon takes no further query before another one is done: so often it is tried, ever later.
_TURNS, _TURN, _LONGEST_TURN = 40, 20.0, 180.0
_BUSY = re.compile(r"(?i)being processed|in progress|already|concurren|non-?terminal|too many|limit|maximum")
_TEXT = 1 << 16


@dataclass(frozen=True, slots=True)
class Question:
    """What a query is made for. `name` is the query's, `days` what it tells of, for messages.

    `final`: since when answers change no more, in seconds since the epoch; None if they always may. `part` and `token`:
    of an answer that has several documents, which one it is, and what Amazon gave to ask for it.
    """

    name: str
    text: str
    days: str = ""
    final: float | None = None
    part: int = 0
    token: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A query that is done: its document ("" if there are no rows), when it was made, and the token of what follows."""

    id: str
    document: str
    created: float
    following: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is known of the query that answers a question. Without an id: it may have been made, nobody saw."""

    state: str
    created: float
    id: str = ""
    document: str = ""
    following: str = ""
    why: str = ""

    @property
    def over(self) -> bool:
        return self.state in (_DONE, _FATAL, _CANCELLED)

    @property
    def answer(self) -> Answer:
        return Answer(self.id, self.document, self.created, self.following)


class Queries:
    """The queries of one fetch of a statement; any of its threads may call it. `stop` ends the fetch.

    All wait on the clock and raise Cancelled (`stop`, or the statement's own event), BudgetExceeded (deadline, budget)
    and what `Session.send` raises.
    """

    def __init__(self, context: Context, stop: Event | None = None) -> None:
        self._context = context
        self._clock = context.clock
        self._stop = stop
        self._book = context.book or Book(StateFolder(None), context.clock, context.account)
        self._memo = Memo(self._book.state, context.rules, context.clock)
        self._begun: dict[str, _Entry] = {}
        self._listing: list[Mapping[str, Any]] | None = None

    # -- what others call --------------------------------------------------------------------------------------------

    def begin(self, questions: Iterable[Question]) -> None:
        """Find or make the query of each question and wait for none; if Amazon takes no more now, the rest is left."""
        for question in questions:
            if not self._begin(question, patient=False):
                return

    def obtain(self, question: Question) -> Answer:
        """Return the query that answers a question when it is done; OperationalError for one that failed."""
        # Who waits for the same query waits for the first one's answer.
        with self._book.alone(f"wait {self._key(question)}", self._waiting_for(question)):
            entry: _Entry | None = None
            while entry is None:
                self._begin(question, patient=True)
                entry = self._awaited(question)
            return self._settled(question, entry)

    def expected(self, questions: Iterable[Question]) -> float:
        """Return the seconds until some questions are all answered, as far as is known; asks nothing."""
        return max((self._left(question) for question in questions), default=0.0)

    def usual(self, name: str) -> float:
        """Return the seconds that a query of that name usually takes."""
        return self._book.usual(KIND, name, self._context.rules.usual)

    @contextmanager
    def open(self, question: Question, answer: Answer) -> Generator[Download]:
        """Open the answer's document, to be read inside the `with`: from the memo or from Amazon.

        Leave the `with` by the reader's error if there is one: only what was read to its end without is kept.
        """
        key, what = self._book.name(answer.document), f"Data Kiosk query {answer.id} ({question.name})"
        stats = self._context.stats
        stats.dated(answer.created)
        with self._memo.open(key) as kept:
            if kept is not None:
                stats.keep()
                yield kept
                return
        with self._downloaded(what, answer.document) as found:
            counted = replace(found, pieces=self._counted(found.pieces))
            with self._memo.keeping(key, counted, KIND, utc(answer.created)) as teed:
                yield teed
        if self._memo.has(key):
            stats.keep()

    # -- finding and making ------------------------------------------------------------------------------------------

    def _key(self, question: Question) -> str:
        digest = hashlib.sha256(question.text.encode()).hexdigest()
        return self._book.name(question.name, digest, question.part)

    def _begin(self, question: Question, *, patient: bool) -> bool:
        """Find or make the query of a question; False if Amazon takes no further one now, and nobody is to wait."""
        key = self._key(question)
        if key in self._begun:
            return True
        with self._book.alone(key, self._wait, everywhere=True):
            entry = self._known(key)
            if entry is None or not self._serves(question, key, entry):
                lost = entry is not None and not entry.id
                entry = self._found(question, key, fresh=lost) or self._made(question, key, patient=patient)
            if entry is None:
                return False
            self._begun[key] = entry
            return True

    def _left(self, question: Question) -> float:
        usual, entry = self.usual(question.name), self._known(self._key(question))
        if entry is None or not entry.id or not (self._is_young(question, entry.created) or self._is_kept(entry)):
            return usual
        return 0.0 if entry.over else max(0.0, entry.created + usual - self._clock.now())

    def _known(self, key: str) -> _Entry | None:
        plain = self._book.entry(KIND, key)
        return None if plain is None else _Entry(**plain)

    def _note(self, question: Question, key: str, entry: _Entry) -> _Entry:
        until = self._clock.now() + _FAILED if entry.state == _FATAL else entry.created + _KEPT
        self._book.note(KIND, key, {name: getattr(entry, name) for name in _Entry.__slots__}, until=until)
        if question.part and entry.id:
            self._book.note(_PART, self._book.name(entry.id), {"part": question.part}, until=until)
        return entry

    def _serves(self, question: Question, key: str, entry: _Entry) -> bool:
        """Tell whether a query that is known still answers: it is young enough, or tells of what changes no more."""
        if not entry.id or entry.state == _CANCELLED:
            return False
        if self._is_young(question, entry.created) or entry.state == _FATAL or self._is_kept(entry):
            return True
        if entry.over or entry.created < self._clock.now() - _PENDING:
            return False
        # Not seen to end: while Amazon works at it, it takes no other like it.
        looked = self._looked(question, key, entry)
        return looked is not None and not looked.over

    def _is_young(self, question: Question, created: float) -> bool:
        final = question.final is not None and created >= question.final and created >= self._clock.now() - _KEPT
        return final or created >= self._oldest()

    def _is_kept(self, entry: _Entry) -> bool:
        """Tell whether a query's document is in the memo, and young enough to answer from there."""
        oldest = self._clock.now() - self._context.rules.memo_days * DAY
        return entry.state == _DONE and entry.created >= oldest and self._memo.has(self._book.name(entry.document))

    def _oldest(self) -> float:
        return self._clock.now() - self._context.rules.age

    def _found(self, question: Question, key: str, *, fresh: bool = False) -> _Entry | None:
        """Return a query of the same text that others made, or that we did without seeing the answer.

        Amazon does not tell which part of an answer a query is: where there are several of one text, none is taken.
        """
        if question.part:
            return None
        same = [
            row
            for row in self._listed(fresh=fresh)
            if row["processingStatus"] in (*_OPEN, _DONE)
            and normal(str(row.get("query") or "")) == question.text
            and self._book.entry(_PART, self._book.name(str(row["queryId"]))) is None
            and (row["processingStatus"] in _OPEN or self._is_young(question, _time(row)))
        ]
        several = len(same) > 1 and any(row.get("pagination") for row in same)
        if not same or several:
            return None
        best = max(same, key=lambda row: (row["processingStatus"] == _DONE, _time(row)))
        return self._note(question, key, _entry(best))

    def _listed(self, *, fresh: bool) -> list[Mapping[str, Any]]:
        """Return the account's latest queries; asked once for all questions of a fetch."""
        with self._book.alone(f"list {self._book.name(KIND)}", self._wait):
            if fresh or self._listing is None:
                answer = self._send("getQueries", {"processingStatuses": (*_OPEN, _DONE), "pageSize": 100})
                self._listing = list(answer.get("queries") or ())
            return self._listing

    def _made(self, question: Question, key: str, *, patient: bool) -> _Entry | None:
        """Make a query. That it is asked for is noted first: whatever ends us then, it is found again."""
        body = {"query": question.text, **({"paginationToken": question.token} if question.token else {})}
        faults = 0
        for turn in range(_TURNS):
            asked = self._note(question, key, _Entry(_ASKED, self._clock.now()))
            try:
                made = self._send("createQuery", {"body": body})
                return self._note(question, key, replace(asked, state=_MADE, id=str(made["queryId"])))
            except ServerError:
                faults += 1
                if faults == _TRIES:
                    raise
                # It may have been taken all the same.
                self._wait(self._context.session.pause(faults))
                if (found := self._found(question, key, fresh=True)) is not None:
                    return found
            except ApiError as error:
                self._book.forget(KIND, key)
                if not _is_busy(error) or turn == _TURNS - 1:
                    raise
                if (found := self._found(question, key, fresh=turn == 0)) is not None:
                    return found
                if not patient:
                    return None
                self._await_turn(question, turn)
        return None

    def _await_turn(self, question: Question, turn: int) -> None:
        """Wait until Amazon may take a further query: it works at few of an account at a time."""
        pause = min(_LONGEST_TURN, _TURN * 1.3**turn)
        if self._context.progress is not None:
            self._context.progress(f"Data Kiosk works at another query of the account; {question.name} waits its turn")
        self._wait(self._clock.now() + pause)

    # -- waiting -----------------------------------------------------------------------------------------------------

    def _awaited(self, question: Question) -> _Entry | None:
        """Look at the query until Amazon is done with it; None if Amazon does not know it (any more)."""
        key = self._key(question)
        entry = self._begun[key]
        known = self._known(key)
        if known is not None and known.id == entry.id:
            entry = known
        usual = self.usual(question.name)
        schedule = looks(entry.created, self._clock.now(), usual)
        first = True
        while not entry.over:
            self._await_look(next(schedule), question, entry, usual)
            looked = self._looked(question, key, entry, counts=first)
            first = False
            if looked is None:
                del self._begun[key]
                return None
            entry = looked
        self._begun[key] = entry
        return entry

    def _looked(self, question: Question, key: str, entry: _Entry, *, counts: bool = True) -> _Entry | None:
        """Return how far a query is; None if there is none. Of MaxRequests only the first look of each `counts`."""
        try:
            row = self._send("getQuery", {"queryId": entry.id}, counts=counts)
        except ApiError as error:
            if is_not_found(error):
                self._book.forget(KIND, key)
                return None
            raise
        state = str(row["processingStatus"])
        if state not in (_DONE, _FATAL, _CANCELLED):
            return entry
        if state == _DONE and row.get("processingEndTime"):
            self._book.took(KIND, question.name, max(1.0, _seconds(row["processingEndTime"]) - _time(row)))
        told = _entry(row)
        if state == _FATAL and row.get("errorDocumentId"):
            told = replace(told, why=self._complaint(question, told, str(row["errorDocumentId"])))
        return self._note(question, key, told)

    def _await_look(self, until: float, question: Question, entry: _Entry, usual: float) -> None:
        """Wait for the next look, or say when to ask again if the statement's time is up before."""
        now, deadline = self._clock.now(), self._context.deadline
        if deadline is not None and until > deadline:
            raise self._late(question, entry)
        if self._context.progress is not None and until - now >= 1:
            told = f"since {utc(entry.created):%H:%M:%S} UTC, which usually takes about {usual:.0f} s"
            self._context.progress(f"Data Kiosk query {entry.id} ({question.name}) is being made {told}")
        self._wait(until)

    def _waiting_for(self, question: Question) -> Callable[[float | None, Event | None], None]:
        """Return the wait of who wants the same as another statement, whose query is told if the time is up before."""

        def wait(until: float | None, event: Event | None) -> None:
            try:
                self._wait(until, event)
            except BudgetExceeded:
                known = self._known(self._key(question))
                if known is None:
                    raise
                raise self._late(question, known) from None

        return wait

    def _late(self, question: Question, entry: _Entry) -> BudgetExceeded:
        usual = self.usual(question.name)
        again = max(10.0, entry.created + usual - self._clock.now())
        return BudgetExceeded(
            f"Data Kiosk query {entry.id} ({question.name}) is not answered yet: it is being made since "
            f"{utc(entry.created):%H:%M:%S} UTC, which usually takes about {usual:.0f} s. Amazon goes on with it: ask "
            f"the same again in about {again:.0f} s, and it is not made twice. StatementTimeout says how long a "
            "statement waits."
        )

    def _settled(self, question: Question, entry: _Entry) -> Answer:
        if entry.state == _CANCELLED:
            self._book.forget(KIND, self._key(question))
            raise OperationalError(f"Data Kiosk query {entry.id} ({question.name}) was cancelled at Amazon. Ask again.")
        if entry.state == _FATAL:
            raise OperationalError(
                f"Data Kiosk could not answer {question.name}{question.days} (query {entry.id}, FATAL): "
                f"{entry.why or 'no reason was given'}"
            )
        if not entry.document and not question.part:
            self._context.warn(f"Data Kiosk has no data of {question.name}{question.days}: there are no rows.")
        return entry.answer

    def _complaint(self, question: Question, entry: _Entry, document: str) -> str:
        """Return what the document of a query that failed says."""
        what = f"Data Kiosk query {entry.id} ({question.name})"
        with suppress(ApiError, zlib.error, EOFError), self._downloaded(what, document) as found:
            body = b""
            for piece in unpacked(found, what):
                body += piece
                if len(body) > _TEXT:
                    break
            return _said(body)
        return ""

    # -- calls -------------------------------------------------------------------------------------------------------

    @contextmanager
    def _downloaded(self, what: str, document: str) -> Generator[Download]:
        def locate(anew: bool) -> Address:
            known = None if anew else self._book.address(document)
            if known is None:
                known = Address(str(self._send("getDocument", {"documentId": document})["documentUrl"]))
                self._book.remember_address(document, known)
            return known

        context = self._context
        with download(context.session, locate, context.watch(what, self._stop), context.rules.caps) as found:
            yield found

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._context.stats.downloaded(len(piece))
            yield piece

    def _send(self, operation_id: str, parameters: Mapping[str, Any], *, counts: bool = True) -> dict[str, Any]:
        request = Request(spapi.operation(f"{_API}.{operation_id}"), parameters)
        found: dict[str, Any] = self._context.send(request, stop=self._stop, counts=counts).json()
        return found

    def _check(self) -> None:
        if self._stop is not None and self._stop.is_set():
            raise Cancelled("The statement was cancelled.")
        self._context.check()

    def _wait(self, until: float | None, event: Event | None = None) -> None:
        """Wait until a time or an event; raise if the fetch or the statement ends before."""
        context = self._context
        self._check()
        if context.deadline is not None:
            until = context.deadline if until is None else min(until, context.deadline)
        events = (context.cancelled, *(e for e in (self._stop, event) if e is not None))
        context.clock.wait(until, *events)
        self._check()


def _is_busy(error: ApiError) -> bool:
    """Tell whether Amazon takes no further query now, because it works at another one."""
    return isinstance(error, BadRequest | Throttled) and _BUSY.search(str(error.args[0])) is not None


def _entry(row: Mapping[str, Any]) -> _Entry:
    state = str(row["processingStatus"])
    return _Entry(
        state if state in (_DONE, _FATAL, _CANCELLED) else _MADE,
        _time(row),
        str(row["queryId"]),
        str(row.get("dataDocumentId") or ""),
        str((row.get("pagination") or {}).get("nextToken") or ""),
    )


def _time(row: Mapping[str, Any]) -> float:
    return _seconds(row["createdTime"])


def _seconds(text: str) -> float:
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()


def _said(body: bytes) -> str:
    """Return the messages of an error's document, or its text."""
    text = body.decode("utf-8", "replace").strip()
    try:
        errors = json.loads(text)["errors"]
        found = [str(e.get("message") or e.get("code") or e) for e in errors]
    except (ValueError, KeyError, TypeError, AttributeError):
        return text[:500]
    return "; ".join(found)[:500]
