"""Having the account's owner let the application in while a statement waits: InitiateOAuth=GETANDREFRESH.

Owns the browser and the wait. What the page is told and what it returns is `consent`'s.
"""

from __future__ import annotations

import webbrowser

from amzsql.connection import consent
from amzsql.errors import AuthError
from amzsql.settings import Secret, Settings
from amzsql.spapi.model import Partner
from amzsql.transport.watch import Watch

WAIT_SECONDS = 600.0
"""How long somebody may take to log in and confirm."""


def code(settings: Settings, partner: Partner, state: str, watch: Watch) -> tuple[Secret, str]:
    """Return a code of the consent page and where it returned to: OAuthVerifier, or the browser's.

    Raises:
        AuthError: there is no browser here, it was denied, or nobody came back in time.
        ProgrammingError: AppId or Marketplace is missing.
    """
    if settings.oauth_verifier is not None:
        return settings.oauth_verifier, settings.callback_url
    address = consent.address(settings, partner, state)
    name = settings.connection or "NAME"
    arrival = consent.Arrival(watch.clock, state)
    with consent.listening(arrival, settings.callback_port) as port:
        if not webbrowser.open(address):
            raise AuthError(
                f"The account's owner has to let the application in, and there is no browser here: amzsql authorize"
                f" {name}, or open {address} elsewhere and give the code that it returns as OAuthVerifier."
            )
        if watch.progress is not None:
            watch.progress(f"waiting for the consent page in the browser, which returns to port {port}: {address}")
        await_arrival(arrival, watch, WAIT_SECONDS)
    return arrival.result().code, settings.callback_url


def await_arrival(arrival: consent.Arrival, watch: Watch, seconds: float) -> None:
    """Wait until something came back, the time is over, or the statement is."""
    until = watch.clock.now() + seconds
    if watch.deadline is not None:
        until = min(until, watch.deadline)
    watch.clock.wait(until, arrival.event, *(() if watch.cancelled is None else (watch.cancelled,)))
    watch.check_cancelled()
