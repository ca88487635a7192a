"""A stand-in for Amazon's Selling Partner API: a WSGI application over a seeded, self-consistent seller.

It knows Amazon's facts, the marketplaces and the clock; never the driver, so that no error of the driver's repeats
itself here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .app import Record, Simulator
from .faults import Fault, Scenario, throttled
from .world import World

if TYPE_CHECKING:
    from .server import Server, serve

__all__ = ["Fault", "Record", "Scenario", "Server", "Simulator", "World", "serve", "throttled"]


def __getattr__(name: str) -> object:
    """Load the server only for who serves: in process it is not needed."""
    if name in ("Server", "serve"):
        from . import server

        return getattr(server, name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
