"""amzsql purge: what is kept on the disk is shown, and deleted once that is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from amzsql.cli import asking
from amzsql.cli.running import say
from amzsql.connection import purging
from amzsql.settings import read
from amzsql.state import shared

_UNITS = ("bytes", "KB", "MB", "GB")


def purge(properties: Mapping[str, Any], *, tokens: bool, look: bool, yes: bool) -> None:
    """Empty the state folder that the properties, or the environment, name; `look`: only say what there is."""
    state = shared(read("", **properties).state_location)
    where = state.path or "memory"
    found = purging.purge(state, tokens=tokens, only_look=True)
    for each in found:
        typer.echo(f"{each.number:>6}  {_size(each.bytes):>9}  {each.what}")
    if not found:
        typer.echo(f"There is nothing to delete in {where}.")
        return
    if look:
        typer.echo(f"Nothing was deleted in {where}.")
        return
    if unknown := purging.unknown_writes(state):
        say(
            f"of {unknown} rows it is not known whether Amazon has written them, and the journals alone tell which: see"
            " sys_writes first.",
            kind="warning",
        )
    if not asking.confirmed(f"Delete all of this in {where}?", yes=yes):
        return
    purging.purge(state, tokens=tokens)
    left = "" if tokens else " Access tokens stay (--tokens deletes them)."
    typer.echo(
        f"Deleted in {where}.{left} Connections and their secrets stay: amzsql logout, amzsql connections remove."
    )


def _size(number: int) -> str:
    """Return a number of bytes for a reader; a KB has 1024, as in the properties."""
    power = min((number.bit_length() - 1) // 10, len(_UNITS) - 1) if number else 0
    return f"{number / 1024**power:.1f} {_UNITS[power]}" if power else f"{number} {_UNITS[0]}"
