"""`python -m amzsql.simulator` and `amzsql simulator`: the simulator on a socket. Owns its options."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
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


def parser(program: str) -> argparse.ArgumentParser:
    """Return the parser of the simulator's options; their names are those of `serve`."""
    found = _Parser(prog=program, description="Serve a stand-in for Amazon's SP-API to other processes, until Ctrl-C.")
    add = found.add_argument
    add("--port", type=_number, default=0, help="the port on 127.0.0.1; 0 takes a free one")
    add("--seed", type=_number, default=1, help="which sellers")
    add("--orders", type=_number, default=2000, help="how many orders each has, up to a million")
    add("--today", type=_day, metavar="YYYY-MM-DD", help="the day on which it is; the clock begins at noon, UTC")
    add("--frozen", action="store_true", help="the clock stands until /-/clock moves it; means --throttle off")
    add("--throttle", choices=("published", "off"), help="whether to answer 429 as Amazon does (published)")
    add("--compress", action="store_true", help="compress bodies for clients that accept gzip")
    add("--faults", type=Path, metavar="FILE", help="what goes wrong: a scenario in TOML or JSON")
    add("--sandbox", action="store_true", help="answer as Amazon's sandbox does")
    add("--cases", type=Path, metavar="FILE", help="the sandbox's cases, a JSON object a line; means --sandbox")
    add("--control", action="store_true", help="open the paths below /-/: clock, requests, faults, reset, credentials")
    return found


# Flushed, since who started the simulator reads the port from a pipe.
_print = functools.partial(print, flush=True)


def main(
    arguments: Sequence[str] | None = None,
    *,
    program: str = "python -m amzsql.simulator",
    announce: Callable[[str], object] = _print,
) -> None:
    """Read the command line and serve until interrupted; exit code 2 if that cannot be.

    `announce` is told the address.
    """
    options = parser(program)
    given = vars(options.parse_args(arguments))
    try:
        serve(**given, announce=announce)
    except ValueError as error:
        options.error(str(error))


if __name__ == "__main__":
    main()
