"""`amzsql authorize`: the consent of an account's owner, from the page in the browser to a saved refresh token.

Owns what the terminal says and takes meanwhile. The page and the listener are `connection.consent`'s.
"""

from __future__ import annotations

import sys
import threading
import webbrowser

import typer

from amzsql.cli import keeping, making, trial
from amzsql.cli.keeping import Keeper
from amzsql.cli.running import say
from amzsql.connection import consent
from amzsql.connection.asking_consent import await_arrival
from amzsql.connection.credentials_calls import redeem
from amzsql.errors import ProgrammingError
from amzsql.settings import Secret
from amzsql.transport.watch import Watch


def authorize(keeper: Keeper, name: str, *, port: int | None, browser: bool, listen: bool, seconds: float) -> None:
    """Have a named connection's application let in, and save what that gives."""
    named = keeper.named()
    if name not in named.connections:
        raise ProgrammingError(keeping.absent("connections", name, named.connections, keeper.folder))
    lacking = [n for n in keeping.missing(named, name) if n != "OAuthRefreshToken"]
    if lacking:
        raise ProgrammingError(f"{name} lacks {', '.join(lacking)}: amzsql connections edit {name}")
    connection = trial.opened(keeper, name, {"OAuthRefreshToken": None})
    settings, runtime = connection.settings, connection.runtime
    if settings.simulator is not None:
        raise ProgrammingError(
            "The simulator inside of the process has no page for a browser: start amzsql simulator, and give the"
            " connection its address as Endpoint."
        )
    state = runtime.fresh_key()
    address = consent.address(settings, runtime.partner_kind(), state)
    arrival = consent.Arrival(runtime.clock, state)
    watch = Watch(runtime.clock, "authorize")
    if listen:
        with consent.listening(arrival, settings.callback_port if port is None else port) as where:
            _ask(address, arrival, browser, f"or let that page forward to http://127.0.0.1:{where}/")
            await_arrival(arrival, watch, seconds)
    else:
        _ask(address, arrival, browser, "")
        await_arrival(arrival, watch, seconds)
    found = arrival.result()
    token = redeem(connection, found.code, settings.callback_url)
    if token.refresh_token is None:
        raise ProgrammingError("Login with Amazon gave no refresh token for the code: begin again.")
    own: dict[str, object] = {
        "OAuthRefreshToken": Secret(token.refresh_token), "OAuthAuthorizationDate": making.today(),
    }  # fmt: skip
    if found.partner and runtime.partner_kind() == "seller" and not settings.seller_id:
        own["SellerId"] = found.partner
    for line in trial.told(trial.shown(keeper, name, own)):
        typer.echo(line)
    keeper.save("connections", name, own)
    application = named.connections[name].get("application")
    if isinstance(application, str) and settings.oauth_app_kind != "Public":
        # Only such an application has a consent page, and its authorisations end after a year.
        keeper.save("applications", application, {"OAuthAppKind": "Public"})
    typer.echo(f"Saved: the refresh token of {name}, authorised on {making.today()}.")


def _ask(address: str, arrival: consent.Arrival, browser: bool, forwarded: str) -> None:
    """Show the page, and take an address that is pasted while it is waited for."""
    typer.echo(f"Have the account's owner open this page and confirm:\n{address}")
    if browser and not webbrowser.open(address):
        say("There is no browser here: open the page elsewhere.")
    typer.echo(f"Then paste the address that Amazon leads to{', ' if forwarded else ''}{forwarded}:")
    sys.stdout.flush()
    threading.Thread(target=_read, args=(arrival,), name="amzsql paste", daemon=True).start()


def _read(arrival: consent.Arrival) -> None:
    """Take the first line that is typed."""
    for line in iter(sys.stdin.readline, ""):
        if line.strip():
            arrival.tell(line)
            return
