"""A stand-in for Amazon's Selling Partner API: a WSGI application over a seeded, self-consistent seller.

It knows Amazon's facts, the marketplaces and the clock; never the driver, so that no error of the driver's
repeats itself here.
"""

from .app import Record, Simulator
from .faults import Fault, throttled
from .server import Server, serve
from .world import World

__all__ = ["Fault", "Record", "Server", "Simulator", "World", "serve", "throttled"]
