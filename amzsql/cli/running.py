"""What all commands share: opening a connection, running a statement, and what the terminal says of errors.

Knows the driver's public surface only. Results go to stdout; errors, warnings, progress and figures to stderr.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer

from amzsql.errors import BadRequest, Error, InterfaceError, NotSupportedError, ProgrammingError, ResultWarning

if TYPE_CHECKING:
    from pathlib import Path

    from amzsql.connection import Connection
    from amzsql.cursor import Cursor
    from amzsql.execute.context import Stats
    from amzsql.settings import Property

INTERRUPTED = 130
PIPE_CLOSED = 141
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_NAMED = re.compile(r"[@:]([A-Za-z_]\w*)=(.*)", re.DOTALL)


def say(text: str, *, kind: str = "") -> None:
    """Write a line to stderr, led by its kind (error, warning)."""
    colour = {"error": typer.colors.RED, "warning": typer.colors.YELLOW}.get(kind)
    head = typer.style(f"{kind}: ", fg=colour, bold=True) if kind else ""
    typer.echo(head + printable(" ".join(text.split())), err=True)


def printable(text: str) -> str:
    """Return a text whose control characters are escaped: what Amazon sends must not steer a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@contextmanager
def guarded(debug: bool = False) -> Iterator[None]:
    """Turn what goes wrong inside into one line on stderr and an exit code.

    2: the statement or a property is wrong; 1: Amazon, the network or the disk; 130: Ctrl-C; 141: nobody reads the
    output any more. With `debug` errors are raised as they are.
    """
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        say("cancelled")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # Python flushes stdout once more at exit, which would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(PIPE_CLOSED) from None
    except (Error, OSError) as error:
        if debug:
            raise
        say(_told(error), kind="error")
        raise typer.Exit(_exit_code(error)) from None


def _told(error: Exception) -> str:
    """Return an error's text; the system's without its number."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _exit_code(error: Exception) -> int:
    wrong = isinstance(error, ProgrammingError | NotSupportedError | InterfaceError)
    return 2 if wrong and not isinstance(error, BadRequest) else 1


def connect(name: str | None, properties: Sequence[str], *, simulator: bool = False) -> Connection:
    """Open the connection that the options name; its warnings are said.

    `name` is a named connection, a connection string or a URL; `properties` are ``Name=Value``.
    """
    import amzsql

    # What a statement warns of stands on lines of its own here.
    warnings.filterwarnings("ignore", category=ResultWarning)
    string = connection_string(name)
    given: dict[str, Any] = assignments(properties)
    if simulator:
        given.setdefault("Simulator", "True")
    _warn_of_secrets(string, given)
    connection = amzsql.connect(string, **given)
    for _, text in connection.messages:
        say(text, kind="warning")
    return connection


def connection_string(name: str | None) -> str:
    """Return the connection string of the option --connection."""
    if not name:
        return ""
    return name if "=" in name or name.lower().startswith("amzsql:") else f"Connection={name}"


def opened(properties: Mapping[str, Any]) -> Connection:
    """Open a connection of properties; its warnings are said."""
    import amzsql

    warnings.filterwarnings("ignore", category=ResultWarning)
    connection = amzsql.connect(**properties)
    for _, text in connection.messages:
        say(text, kind="warning")
    return connection


def assignments(texts: Sequence[str]) -> dict[str, Any]:
    """Return what options such as ``--set Name=Value`` say."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise ProgrammingError("--set takes Name=Value, for example --set Marketplace=DE")
        found[name.strip()] = value
    return found


def _warn_of_secrets(string: str, given: Mapping[str, str]) -> None:
    from amzsql.settings import lookup, parse_string

    parsed = {} if string.lower().startswith("amzsql:") else parse_string(string)
    for name, value in {**parsed, **given}.items():
        warn_of_secret(lookup(name, "--set"), value)


def warn_of_secret(known: Property, value: str) -> None:
    """Say where a secret would be better than on the command line."""
    if known.secret and not str(value).startswith("${"):
        say(
            f"{known.name} stands on the command line, where other users of this machine can read it: better in "
            f"the environment (AMZSQL_{known.name.upper()}) or in a named connection.",
            kind="warning",
        )


def parameters(texts: Sequence[str]) -> list[Any] | dict[str, Any] | None:
    """Return the values of --param: a list for ``?``, a mapping where they are given as ``@name=value``."""
    named = [_NAMED.fullmatch(t) for t in texts]
    if texts and all(named):
        return {m.group(1): literal(m.group(2)) for m in named if m is not None}
    if any(named):
        raise ProgrammingError("--param: give either all parameters a name (@name=value) or none")
    return [literal(t) for t in texts] or None


def literal(text: str) -> Any:
    """Return a parameter's value: numbers, true, false and null as such, anything else as text; '…' is always text."""
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1]
    if text.lower() in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text.lower()]
    if _NUMBER.fullmatch(text):
        return Decimal(text) if "." in text else int(text)
    return text


@contextmanager
def running(connection: Connection, *, quiet: bool = False) -> Iterator[Cursor]:
    """Lend a cursor whose progress and warnings are said; Ctrl-C cancels its statement."""
    with connection.cursor() as cursor:
        # Under the simulator's clock nobody waits: what it says of waits would only puzzle.
        if not quiet and not connection.runtime.clock.virtual:
            cursor.progress = say
        try:
            yield cursor
        except KeyboardInterrupt:
            cursor.cancel()
            raise
        finally:
            if not quiet:
                for _, text in cursor.messages:
                    say(text, kind="warning")


def say_written(cursor: Cursor, output: Path | None = None) -> None:
    """Say what a statement without a result has done: on stderr, since it has no rows."""
    count = cursor.rowcount
    done = "done" if count < 0 else f"{count:,} row{'' if count == 1 else 's'} written"
    last = "" if cursor.lastrowid is None else f", {'its' if count == 1 else 'the last'} key {cursor.lastrowid}"
    say(f"{done}{last}" + (f"; it has no result, and {output} is not written" if output is not None else ""))


def figures(rows: int, stats: Stats | None, seconds: float) -> str:
    """Return what a statement cost, in one line."""
    if stats is None:
        return f"{rows} rows"
    throttled = f", {stats.throttled} throttled" if stats.throttled else ""
    sources = ", ".join(f"{name} ×{count}" for name, count in sorted(stats.sources.items()))
    return (
        f"{rows:,} rows, {stats.requests} requests ({stats.planned_requests} planned), {stats.bytes / 1e6:.1f} MB, "
        f"{seconds:.1f} s{throttled}{': ' + sources if sources else ''}"
    )
