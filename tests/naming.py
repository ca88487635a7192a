"""Many cases in one test, of which one that fails is named.

What differs in a name only is a case and not a test: a thousand tests of a millisecond take seconds to be told apart.
"""

from __future__ import annotations

from types import TracebackType


class Case:
    """Name what is looked at, for whatever is raised meanwhile."""

    def __init__(self, what: object) -> None:
        self.what = what

    def __enter__(self) -> None:
        """Begin the case."""

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        """Add the name to what was raised."""
        if error is not None:
            error.add_note(f"in the case of {self.what}")
