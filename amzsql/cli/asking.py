"""What the commands on named connections ask of whoever sits before the terminal: secrets are never shown.

Owns prompts and their checks. Knows nothing of files.
"""

from __future__ import annotations

import sys

import typer

from amzsql.cli.running import say
from amzsql.errors import ProgrammingError
from amzsql.settings import Secret, shapes

_TRIES = 3


def secret(name: str, what: str, *, needed: bool = False) -> Secret | None:
    """Ask for a secret, unseen; None if nothing is typed. ProgrammingError after three that cannot be one.

    `name` is the property's, `what` says it in a seller's words.
    """
    hint = "" if needed else " (Enter leaves it out)"
    for _ in range(_TRIES):
        typed = _unseen(f"{what}{hint}")
        if not typed and not needed:
            return None
        wrong = shapes.problem(name, typed)
        if not wrong:
            return Secret(typed)
        say(wrong, kind="error")
    raise ProgrammingError(f"{name}: nothing that could be one was given.")


def _unseen(question: str) -> str:
    """Return a line that the terminal does not show; of a pipe, which shows none, the next."""
    if sys.stdin.isatty():
        typed: str = typer.prompt(question, default="", show_default=False, hide_input=True, err=True)
        return typed.strip()
    typer.echo(f"{question}:", err=True)
    return sys.stdin.readline().strip()


def text(name: str, what: str) -> str:
    """Ask for a value that may be seen; empty if nothing is typed. ProgrammingError after three that cannot be one."""
    for _ in range(_TRIES):
        typed: str = typer.prompt(f"{what} (Enter leaves it out)", default="", show_default=False, err=True).strip()
        wrong = shapes.problem(name, typed) if typed else ""
        if not wrong:
            return typed
        say(wrong, kind="error")
    raise ProgrammingError(f"{name}: nothing that could be one was given.")


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask whether to go on, unless that was said already."""
    return yes or typer.confirm(question, err=True)
