"""`python -m amzsql.simulator`: the simulator on a socket."""

from __future__ import annotations

import argparse
import functools
from datetime import date

from .server import serve


def main() -> None:
    """Read the command line and serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m amzsql.simulator", description="A stand-in for Amazon's SP-API.")
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=1, help="which seller")
    parser.add_argument("--orders", type=int, default=2000, help="how many orders, up to a million")
    parser.add_argument("--today", type=date.fromisoformat, default=None, help="the day on which it is, YYYY-MM-DD")
    parser.add_argument("--throttle", choices=("published", "off"), default="published", help="whether to answer 429")
    parser.add_argument("--compress", action="store_true", help="compress bodies for clients that accept gzip")
    options = parser.parse_args()
    # Flushed, since who started the simulator reads the port from a pipe.
    serve(**vars(options), announce=functools.partial(print, flush=True))


if __name__ == "__main__":
    main()
