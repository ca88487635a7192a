"""Objects that start anew in a forked child: a lock that another thread held at the fork would never be freed there."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    """An object with process-local state."""

    def after_fork(self) -> None:
        """Begin anew in the child."""


_objects: weakref.WeakSet[Forkable] = weakref.WeakSet()


def renew_in_child(thing: Forkable) -> None:
    """Call `thing.after_fork()` in every child forked from now on."""
    _objects.add(thing)


def _renew() -> None:
    for thing in list(_objects):
        thing.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
