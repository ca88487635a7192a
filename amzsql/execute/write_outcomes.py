"""What has become of each row of a statement that writes: kept in its journal, told by its result or its error.

Owns the words for it. Sends nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from amzsql.catalog.listing_attributes import NOT_LISTED
from amzsql.errors import ApiError, DatabaseError, IntegrityError, OperationalError, RowOutcome
from amzsql.execute.context import Context
from amzsql.execute.journal import Journal
from amzsql.execute.write_rows import RowCall, told_key
from amzsql.transport.retry import redact

State = Literal["not sent", "sending", "sent", "done", "gone", "refused"]
"""``sent``: Amazon took it, and it is not known yet whether it is done; ``gone``: there was nothing to be changed."""
Issues = Sequence[Mapping[str, Any]]

_TOLD: Mapping[str, Literal["done", "refused", "unknown", "not sent"]] = {
    "not sent": "not sent", "sending": "unknown", "sent": "unknown", "done": "done", "gone": "done",
    "refused": "refused",
}  # fmt: skip
_GONE = "It was not there (any more)."
_MOST_WARNINGS = 20
_LOOK = "Whether Amazon has carried {0} out is not known: look before you write {0} again."


class Book:
    """The states of a statement's rows. `what` begins the messages: the verb and the table.

    `carrier` is what Amazon's ids are of, where it is no request: a feed.
    """

    def __init__(
        self, what: str, calls: Sequence[RowCall], journal: Journal, context: Context, carrier: str = ""
    ) -> None:
        self.what = what
        self._carrier = f"{carrier} ".lstrip()
        self.calls = calls
        self.states: list[State] = ["not sent"] * len(calls)
        self.details = [""] * len(calls)
        self.tries = [0] * len(calls)
        self.keys = [dict(call.key) for call in calls]
        self._warned = 0
        self._journal = journal
        self._context = context

    def tell(self, rows: Sequence[int], state: State, told: str = "", issues: Issues = ()) -> None:
        """Note what has become of rows, by their places among the calls; what Amazon says besides becomes warnings.

        `told` is the id of Amazon's request, or feed, or operation.
        """
        if state == "refused" and issues and all(str(issue.get("code")) == NOT_LISTED for issue in issues):
            rows = [row for row in rows if not self._is_absent(row)]
        for row in rows:
            self.states[row] = state
            self.tries[row] += state == "sending"
            self.details[row] = f"Amazon has taken it as {self._carrier}{told}." if state == "sent" and told else ""
        self._journal.note(rows, state, self._context.clock.now(), told or None)
        if state == "refused":
            self.explain(rows, "; ".join(texts(issues)))
        elif issues:
            for row, text in itertools.product(rows, texts(issues)):
                self._warn(row, text)

    def _is_absent(self, row: int) -> bool:
        """Note that what a row was to change is not there; False of a new row, which then is refused."""
        changes = self.calls[row].call.mapping.kind != "insert"
        if changes:
            self.gone(row)
        return changes

    def explain(self, rows: Sequence[int], detail: str) -> None:
        """Say why rows are in their state."""
        for row in rows:
            self.details[row] = redact(detail)

    def learn(self, row: int, key: Mapping[str, Any]) -> None:
        """Note what a row's key turned out to be."""
        self.keys[row].update(key)
        if key:
            self._journal.learn(row, key)

    def gone(self, row: int) -> None:
        """Note that what was to be changed is not there: that counts for nothing, with a warning."""
        self.tell([row], "gone")
        self.details[row] = _GONE
        self._warn(row, f"{_GONE} Nothing was changed.")

    def _warn(self, row: int, text: str) -> None:
        self._warned += 1
        if self._warned <= _MOST_WARNINGS:
            self._context.warn(f"{self.what}, {self.name(row)}: {text}")

    def close(self) -> None:
        """Write no more, and say what was not said row by row."""
        self._journal.close()
        if self._warned > _MOST_WARNINGS:
            self._context.warn(
                f"{self.what}: {self._warned - _MOST_WARNINGS} more warnings of rows are not shown"
                f" ({self.states.count('gone')} rows in all were not there)."
            )
        if self._journal.problem:
            self._context.warn(f"What the statement has written is not kept for sys_writes: {self._journal.problem}.")

    def name(self, row: int) -> str:
        """Return what a message calls a row."""
        key = told_key(self.keys[row]) if self.keys[row] else ""
        if len(self.calls) == 1:
            return key or "the row"
        return f"row {row} ({key})" if key else f"row {row}"

    @property
    def done(self) -> int:
        """How many rows were changed."""
        return self.states.count("done")

    @property
    def failed(self) -> bool:
        """Whether a row is refused or unknown."""
        return any(state in ("refused", "sending", "sent") for state in self.states)

    def outcomes(self) -> tuple[RowOutcome, ...]:
        """Return what has become of each row."""
        return tuple(
            RowOutcome(call.row, key, _TOLD[state], detail)
            for call, key, state, detail in zip(self.calls, self.keys, self.states, self.details, strict=True)
        )

    def error(self) -> IntegrityError | OperationalError:
        """Return the error that tells of rows that were refused, or are unknown, which are no fault of the data."""
        worst = [row for row, state in enumerate(self.states) if state == "refused"]
        said = [self._refused(row) for row in worst[:5]]
        if len(worst) > 5:
            said.append(f"And {len(worst) - 5} more.")
        text = " ".join([f"{self.what}:", *said, *self._unknown(), *self._counts()])
        unknown = any(state in ("sending", "sent") for state in self.states)
        error = OperationalError(text) if unknown else IntegrityError(text)
        error.outcomes = self.outcomes()
        return error

    def tell_in(self, error: DatabaseError) -> None:
        """Tell of the rows in an error that has ended the statement, if anything was sent."""
        if "sending" in self.states or "sent" in self.states:
            if isinstance(error, ApiError):
                error.hint = ""  # not to be tried again before it is known
            cause = redact(str(error))
            self.explain([r for r, s in enumerate(self.states) if s == "sending" and not self.details[r]], cause)
        else:
            cause = ""
        error.outcomes = self.outcomes()
        first = str(error.args[0]) if error.args else ""
        first = first if not first or first.endswith((".", "!", "?")) else f"{first}."
        counts = list(self._counts()) or ["It was not sent."] * (self.states == ["not sent"])
        error.args = (" ".join([first, *self._unknown(cause), *counts]), *error.args[1:])

    def _refused(self, row: int) -> str:
        return f"{_begun(self.name(row))} was refused: {self.details[row] or 'no explanation was given.'}"

    def _unknown(self, cause: str = "") -> Iterator[str]:
        """Yield which rows are unknown and why, unless that is the cause, which is said already."""
        groups: dict[str, list[int]] = {}
        for row, state in enumerate(self.states):
            if state in ("sending", "sent"):
                groups.setdefault(self.details[row], []).append(row)
        for number, (detail, rows) in enumerate(groups.items()):
            if number == 5:
                yield f"And {sum(map(len, list(groups.values())[5:]))} more are unknown."
                return
            name = self.name(rows[0]) if len(rows) == 1 else _ranges(rows)
            why = f" {detail}" if detail and detail != cause else ""
            one = len(rows) == 1
            yield f"{_begun(name)} {'is' if one else 'are'} unknown:{why} {_LOOK.format('it' if one else 'them')}"

    def _counts(self) -> Iterator[str]:
        """Yield which rows are in which state, where there are several."""
        if len(self.calls) == 1:
            return
        for state, told in (("done", "done"), ("gone", "not there"), ("not sent", "not sent")):
            rows = [row for row, each in enumerate(self.states) if each == state]
            if rows:
                yield f"{told.capitalize()}: {_ranges(rows)}."
        yield "error.outcomes tells of each row."


def texts(issues: Issues) -> list[str]:
    """Return issues of Amazon's for a reader."""
    found = []
    for issue in issues:
        attributes = issue.get("attributeNames") or ()
        about = f" ({', '.join(map(str, attributes))})" if attributes else ""
        text = f"{issue.get('code', '')}: {issue.get('message', '')}{about}".strip(": ")
        found.append(redact(text) or "no explanation was given.")
    return found


def _begun(text: str) -> str:
    """Return a text as a sentence begins."""
    return text[:1].upper() + text[1:]


def _ranges(rows: Sequence[int]) -> str:
    """Return row numbers for a reader: ``rows 0 to 36, 40``."""
    parts = []
    for _, group in itertools.groupby(enumerate(rows), lambda pair: pair[1] - pair[0]):
        numbers = [row for _, row in group]
        parts.append(str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}")
    listed = ", ".join(parts[:20]) + (", …" if len(parts) > 20 else "")
    return f"{'row' if len(rows) == 1 else 'rows'} {listed}"
