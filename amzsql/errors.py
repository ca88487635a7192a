"""The exceptions of PEP 249 and, below them, what Amazon answers.

    Exception
    ├── Warning
    └── Error
        ├── InterfaceError              misuse of the driver: a closed cursor, a wrong argument
        └── DatabaseError
            ├── DataError               a value that its column cannot hold
            ├── OperationalError        the world: network, throttle, credentials, deadline, budget
            │   ├── Cancelled           cancel() was called
            │   ├── BudgetExceeded      StatementTimeout or MaxRequests; carries .estimate when refused beforehand
            │   ├── AuthError           Login with Amazon refused the credentials
            │   └── ApiError            an answer of Amazon's with a status of 400 and above
            │       ├── AccessDenied    401, 403
            │       ├── Throttled       429
            │       └── ServerError     5xx, and answers that are none
            ├── IntegrityError
            ├── InternalError           a fault of amzsql itself
            ├── ProgrammingError        the statement: unknown names, missing filters, bad syntax
            │   └── BadRequest          400, 404, 413, 415 (an ApiError too)
            └── NotSupportedError

Every message says what, where (table.column or operation) and what to do. Nothing here knows of any other module.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Literal


class Warning(Exception):  # noqa: A001 - PEP 249 names it so
    """Something the user should know: rows that were withheld, a property that does nothing."""


class ResultWarning(UserWarning):
    """What Python's `warnings` tell of a connection or a statement: the texts of `messages`, which few tools show."""


# Who stands between a warning and the line that it is about.
_BETWEEN = frozenset(("amzsql", "amzsql_dialect", "sqlalchemy", "pandas", "polars", "contextlib", "functools"))


def callers_level() -> int:
    """Return the `stacklevel` by which `warnings.warn`, called here, names the line of whoever uses the driver."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and _is_between(frame):
        frame, level = frame.f_back, level + 1
    return level


def _is_between(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__", ""))
    return name.partition(".")[0] in _BETWEEN or frame.f_code.co_filename.startswith("<sqlalchemy")


class Error(Exception):
    """Any error of the driver."""


class InterfaceError(Error):
    """Misuse of the driver itself."""


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row of a statement that writes.

    `row` is its number in the statement, from 0; `key` the columns of its key, as far as they are known. `state`: with
    ``unknown`` Amazon may have carried it out or not. `detail`: why, in Amazon's words where there are any.
    """

    row: int
    key: Mapping[str, Any] = field(hash=False)
    state: Literal["done", "refused", "unknown", "not sent"]
    detail: str = ""


class DatabaseError(Error):
    """An error of the data source.

    Attributes:
        outcomes: what became of each row, where a statement that writes has failed after its first call.
        lastrowid: the key of the last row that an INSERT had added by then, as the cursor tells it too.
    """

    outcomes: tuple[RowOutcome, ...] = ()
    lastrowid: object = None


class DataError(DatabaseError):
    """A value does not fit its column."""


class OperationalError(DatabaseError):
    """The world is not as it should be: network, throttle, credentials, deadline."""


class IntegrityError(DatabaseError):
    """Amazon did not accept a written row."""


class InternalError(DatabaseError):
    """A fault of amzsql itself."""


class ProgrammingError(DatabaseError):
    """The statement is wrong."""


class NotSupportedError(DatabaseError):
    """What was asked for does not exist here."""


class Cancelled(OperationalError):
    """The statement was cancelled."""


class BudgetExceeded(OperationalError):
    """A statement needs, or has used, more calls or seconds than it may.

    Attributes:
        estimate: (requests, seconds on Amazon's clock) that the plan needs, if it was refused beforehand; else None.
    """

    estimate: tuple[int, float] | None = None

    @classmethod
    def beforehand(cls, requests: int, seconds: float, message: str) -> BudgetExceeded:
        """Return the refusal of a plan that needs so much."""
        error = cls(message)
        error.estimate = (requests, seconds)
        return error


class AuthError(OperationalError):
    """Login with Amazon refused the credentials, gives no token now, or there are no credentials.

    Attributes:
        retryable: whether Login with Amazon was not reached or has a fault of its own, so that it may answer later.
    """

    retryable = False


class ApiError(OperationalError):
    """An answer of Amazon's with a status of 400 and above.

    Attributes:
        status: the HTTP status.
        code: Amazon's error code, such as ``QuotaExceeded``, or None.
        operation: the operation asked, such as ``ordersV0.getOrders``.
        request_id: ``x-amzn-RequestId``, for Amazon's support.
        retryable: whether the same request may succeed later.
        hint: what to do.
    """

    retryable = False

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        operation: str = "",
        request_id: str | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.operation = operation
        self.request_id = request_id
        self.hint = hint

    def __str__(self) -> str:
        answered = f"answered {self.status}" if self.status else "gave no answer"
        where = f"{self.operation} {answered}" + (f" {self.code}" if self.code else "")
        parts = [f"{where}: {self.args[0]}"]
        if self.hint:
            parts.append(self.hint)
        if self.request_id:
            parts.append(f"(request id {self.request_id})")
        return " ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        state = {k: v for k, v in self.__dict__.items() if k != "args"}
        return (_rebuild, (type(self), self.args[0], state))


class AccessDenied(ApiError):
    """401 or 403: a role is missing, the region is wrong, or the token is."""


class Throttled(ApiError):
    """429: the quota is used up."""

    retryable = True


class ServerError(ApiError):
    """5xx, or an answer that cannot be read.

    Attributes:
        unsent: whether the request is known not to have reached Amazon.
    """

    retryable = True
    unsent = False


class BadRequest(ApiError, ProgrammingError):
    """400 or 404: Amazon does not accept the request."""


def _rebuild(kind: type[ApiError], message: str, state: dict[str, object]) -> ApiError:
    error = kind(message, status=0)
    error.__dict__.update(state)
    return error


def api_error_class(status: int) -> type[ApiError]:
    """Return the class of an answer by its HTTP status."""
    if status in (401, 403):
        return AccessDenied
    if status == 429:
        return Throttled
    return BadRequest if 400 <= status < 500 and status != 408 else ServerError


def nearest(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean A or B?" for the names nearest to `name`, or an empty string."""
    by_lower = {k.lower(): k for k in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(by_lower[c] for c in close)}?" if close else ""
