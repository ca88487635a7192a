"""Exceptions that are raised in one place and belong to another: kept as they are, and raised where somebody waits."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Stash:
    """Keeps the first exception that passes through it: what calls the work may lose its type."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: TracebackType | None) -> bool | None:
        if self.error is None and error is not None and not isinstance(error, GeneratorExit):
            self.error = error
        return None


class Boundary(Stash):
    """The end of a thread: nobody is above who could catch an exception, so it is kept and goes no further."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: TracebackType | None) -> bool | None:
        super().__exit__(kind, error, traceback)
        return True
