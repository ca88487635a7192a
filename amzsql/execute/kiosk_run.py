"""A fetch whose rows stand in documents of Data Kiosk: JSON lines, handed on in pages as they are downloaded.

A page is a JSON text as any other answer's: each scan decodes it for its own columns, so that a table and those of its
lists read one document. Owns no query's life (`kiosk_life`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from amzsql.catalog.data_kiosk import ROWS, SHAPES
from amzsql.errors import OperationalError
from amzsql.execute.context import Context
from amzsql.execute.documents.unpack import unpacked
from amzsql.execute.kiosk_life import Answer, Queries, Question
from amzsql.execute.pages import Page
from amzsql.execute.scan import WORKERS, FetchRun, Tasks, parameters_of
from amzsql.execute.slices import Chain
from amzsql.plan.data_kiosk import SECONDS, text_of
from amzsql.plan.nodes import FetchPlan

# As many queries as Amazon takes at once; each waits most of the time.
_WAITING = 15
# Bytes of a page; the first is small, so that a reader has rows soon.
_FIRST, _PAGE = 1 << 16, 1 << 20
_HEAD = b'{"' + ROWS.removesuffix("[]").encode() + b'":['
_NUMBER = re.compile(rb'":\s*-?\d')
_FIGURE = re.compile(rb'":\s*-?[0.]*[1-9]')


class KioskRun(FetchRun):
    """A running fetch of queries: all are made at once, if the first may not be enough, and read one by one."""

    def __init__(
        self,
        plan: FetchPlan,
        context: Context,
        readers: int,
        tasks: Callable[[FetchRun], Tasks] | None = None,
    ) -> None:
        super().__init__(plan, context, readers, tasks)
        self._queries = Queries(context, self._stop)
        self._turn = context.clock.lock()
        self._begun = plan.bind is not None or plan.wanted is not None

    def _most_workers(self) -> int:
        if self.plan.bind is not None:
            return min(WORKERS, self._context.threads)
        return (
            1 if self.plan.wanted is not None else min(_WAITING, self._context.threads, len(self.plan.partitions)) or 1
        )

    def _chains(self) -> Iterator[Chain]:
        """Yield the partitions that this worker is to have answered, all of them asked first."""
        while not self._stop.is_set():
            with self._gate:
                if self._stop.is_set() or self.error is not None:
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
        with self._context.sending(self.plan.number):
            self._queries.begin(_question(parameters_of(self.plan, p)) for p in self.plan.partitions)

    def _chain(self, chain: Chain) -> None:
        """Wait for the answer to a partition, and read its documents when it is their turn: one is open at a time."""
        question: Question | None = _question(chain.parameters)
        figures = _Figures()
        while question is not None:
            with self._context.sending(self.plan.number):
                answer = self._queries.obtain(question)
            with self._turn:
                if not self._read(question, answer, chain, figures):
                    return
            question = _following(question, answer)
        if figures.all_zero:
            self._context.warn(
                f"Data Kiosk gave nothing but zeros for {_question(chain.parameters).name}"
                f"{_question(chain.parameters).days}: Amazon does so too where the data is missing or not allowed. "
                "Compare it with another table."
            )

    def _read(self, question: Question, answer: Answer, chain: Chain, figures: _Figures) -> bool:
        """Push a document's rows as they are wanted; False if nobody wants more."""
        if not answer.document:
            return not self._stop.is_set()
        if not self._claim():
            return False
        what = f"Data Kiosk query {answer.id} ({question.name})"
        with self._queries.open(question, answer) as found:
            for body in bodies(unpacked(found, what), figures, what):
                self._push(Page(body, chain.parameters, chain.number, f"dataKiosk.{question.name}", answer.created))
                if not self._claim():
                    return False
        with self.lock:
            # What was claimed last was not there: another document may have it.
            self._sent -= 1
        return True


def outlook(plan: FetchPlan, context: Context) -> tuple[float, float]:
    """Return the seconds that a fetch's queries usually take, and those until all are answered, as far as is known."""
    queries = Queries(context)
    usual = max((queries.usual(str(p.get("query")).partition(".")[2]) for p in plan.partitions), default=SECONDS)
    if plan.bind is not None:
        return usual, usual
    return usual, queries.expected(_question(parameters_of(plan, p)) for p in plan.partitions)


class _Figures:
    """Whether any figure of an answer is something else than zero."""

    def __init__(self) -> None:
        self._some = False
        self._others = False

    def note(self, line: bytes) -> None:
        """Note a row."""
        if not self._others:
            self._some = self._some or _NUMBER.search(line) is not None
            self._others = _FIGURE.search(line) is not None

    @property
    def all_zero(self) -> bool:
        """Whether there were figures, and all of them are zero."""
        return self._some and not self._others


def bodies(pieces: Iterator[bytes], figures: _Figures, what: str) -> Iterator[bytes]:
    """Yield JSON lines as pages: each an object with a list of rows. OperationalError if the last one is cut."""
    size, waiting = _FIRST, bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= size and (end := waiting.rfind(b"\n")) >= 0:
            whole, waiting = bytes(waiting[:end]), waiting[end + 1 :]
            if body := _body(whole, figures):
                yield body
                size = _PAGE
    rest = bytes(waiting).strip()
    if rest and not rest.endswith(b"}"):
        raise OperationalError(f"{what}: the document ends within a row. No rows are given of what is not whole.")
    if body := _body(rest, figures):
        yield body


def _body(text: bytes, figures: _Figures) -> bytes:
    lines = [line for each in text.removeprefix(b"\xef\xbb\xbf").split(b"\n") if (line := each.strip())]
    for line in lines:
        figures.note(line)
    return _HEAD + b",".join(lines) + b"]}" if lines else b""


def _question(parameters: Mapping[str, Any]) -> Question:
    """Return what a partition's parameters ask."""
    query = str(parameters["query"])
    shape, first, last = SHAPES[query], parameters["startDate"], parameters["endDate"]
    end = dt.datetime.combine(last, dt.time(), dt.UTC) + dt.timedelta(days=shape.settles + 1)
    return Question(
        query.partition(".")[2],
        text_of(parameters, shape),
        f" from {first} to {last}",
        None if shape.ahead else end.timestamp(),
    )


def _following(question: Question, answer: Answer) -> Question | None:
    """Return the question for the next part of an answer, if it has one."""
    if not answer.following:
        return None
    return Question(question.name, question.text, question.days, question.final, question.part + 1, answer.following)
