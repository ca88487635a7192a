"""`amzsql serve`: what the options say to the server, and what the terminal shows of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amzsql.cli import asking, running
from amzsql.cli.running import say
from amzsql.settings.text import SERVE_PASSWORD

if TYPE_CHECKING:
    from amzsql.connection import Connection
    from amzsql.execute.scratch_space import ScratchSpace


@dataclass(frozen=True, slots=True)
class Login:
    """How clients prove who they are: a user, a password that is asked for, and the files of TLS."""

    user: str | None
    ask: bool
    certificate: Path | None
    key: Path | None


def main(
    name: str | None,
    properties: Sequence[str],
    host: str,
    port: int,
    login: Login,
    *,
    simulator: bool,
    writable: bool,
) -> None:
    """Serve until Ctrl-C."""
    from amzsql.serve import server
    from amzsql.serve.login import Guard

    secret = asking.secret("the password of clients", "Password of clients", needed=True) if login.ask else None
    password = secret.reveal() if secret is not None else os.environ.get(SERVE_PASSWORD) or None
    options = server.Options(host, port, Guard(password, login.user), login.certificate, login.key, writable)
    server.check(options)
    given = [*properties, *([] if writable else ["Readonly=True"])]
    first = running.connect(name, given, simulator=simulator)
    if not first.accounts:
        first.settings.check_credentials()  # else every client would be told so, at its first row
    opener = _opener(name, given, simulator)
    if not server.is_loopback(host) and login.certificate is None:
        say("rows go over the network unencrypted: give --tls-cert and --tls-key", kind="warning")

    def announce(actual: int) -> None:
        kind = "and changes what it is told to" if writable else "read-only"
        typer.echo(f"Serving {first.settings.account}, {kind}, to MySQL's clients on {host}:{actual}. Ctrl-C ends it.")

    say("reading the catalog …")
    server.serve(options, opener, announce)


def _opener(name: str | None, given: Sequence[str], simulator: bool) -> Any:
    """Return what opens a client's connections; what they warn of was said of the first one."""
    import amzsql

    string = running.connection_string(name)
    known: dict[str, Any] = running.assignments(given)
    if simulator:
        known.setdefault("Simulator", "True")

    def opened(*, scratch: ScratchSpace | None = None, **more: Any) -> Connection:
        return amzsql.connect(string, scratch=scratch, **{**known, **more})

    return opened
