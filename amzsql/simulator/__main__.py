"""`python -m amzsql.simulator`: the simulator on a socket."""

from __future__ import annotations

import argparse
import functools
from datetime import date
from typing import NoReturn

from .server import serve


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage in front."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message}\n")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"takes a day such as 2027-04-01, not {text!r}") from None


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"takes a whole number, not {text!r}") from None


def main() -> None:
    """Read the command line and serve until interrupted; exit code 2 if that cannot be."""
    parser = _Parser(prog="python -m amzsql.simulator", description="A stand-in for Amazon's SP-API.")
    parser.add_argument("--port", type=_number, default=0, help="the port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--seed", type=_number, default=1, help="which seller")
    parser.add_argument("--orders", type=_number, default=2000, help="how many orders, up to a million")
    parser.add_argument("--today", type=_day, default=None, help="the day on which it is, YYYY-MM-DD")
    parser.add_argument("--throttle", choices=("published", "off"), default="published", help="whether to answer 429")
    parser.add_argument("--compress", action="store_true", help="compress bodies for clients that accept gzip")
    options = parser.parse_args()
    # Flushed, since who started the simulator reads the port from a pipe.
    try:
        serve(**vars(options), announce=functools.partial(print, flush=True))
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
