"""The accounts of a group that a statement goes on without, and why. Knows neither plans nor rows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

from amzsql.errors import (
    BudgetExceeded,
    Cancelled,
    DatabaseError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

# What is of the whole statement, whoever came upon it.
_OF_ALL = (BudgetExceeded, Cancelled)
_OF_ONE = (OperationalError, ProgrammingError, NotSupportedError)


class Absent:
    """The accounts that a statement goes on without. `accounts`: those that it touches; `strict`: without none.

    `warn` is told of each. Thread-safe.

    Attributes:
        refused: those that may not read the reports which were to answer, though perhaps what these stand for.
    """

    def __init__(self, accounts: Collection[str], warn: Callable[[str], None], *, strict: bool) -> None:
        self._accounts = frozenset(accounts)
        self._warn = warn
        self._strict = strict
        self.refused: set[str] = set()
        self._errors: dict[str, DatabaseError] = {}
        self._lock = threading.Lock()

    def __contains__(self, account: str) -> bool:
        return account in self._errors

    def leave_out(self, account: str, error: DatabaseError) -> None:
        """Go on without an account that has failed.

        Raises:
            DatabaseError: the error, if the statement may not go on without (OnAccountError=Raise), if it is not one
            account's, or if no account is left.
        """
        if isinstance(error, _OF_ALL) or not isinstance(error, _OF_ONE):
            raise error
        if self._strict:
            raise of_account(error, account)
        with self._lock:
            if account in self._errors:
                return
            self._errors[account] = error
            left = self._accounts - self._errors.keys()
        if not left:
            raise self._of_all(error)
        self._warn(f"The account {account} is left out: {error}")

    def _of_all(self, error: DatabaseError) -> DatabaseError:
        """Return the error of a statement that no account answers: the first one's, if all have the same."""
        texts = {str(e) for e in self._errors.values()}
        if len(texts) == 1:
            return error
        told = "; ".join(f"{name}: {e}" for name, e in self._errors.items())
        return OperationalError(f"No account answers. {told}")


def of_account(error: DatabaseError, account: str, *, whole: bool = True) -> DatabaseError:
    """Return an error that names its account; not `whole`: some of its rows have been handed on already."""
    said = f"account {account}: {error.args[0] if error.args else ''}"
    if not whole:
        said += f" Some of its rows were read before; WHERE Account <> '{account}' leaves it out."
    error.args = (said, *error.args[1:])
    return error
