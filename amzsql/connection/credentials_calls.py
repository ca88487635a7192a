"""The procedures on a connection's own credentials: GetOAuthAuthorizationURL, GetOAuthAccessToken and their like.

Owns what each needs and gives. Their arguments and results may be secrets: they stand in no message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from amzsql import marketplaces
from amzsql.connection import consent
from amzsql.errors import ProgrammingError
from amzsql.execute.context import Context
from amzsql.settings import Secret
from amzsql.transport.tokens import Token

if TYPE_CHECKING:
    from amzsql.connection.connection import Connection

Rows = Sequence[tuple[Any, ...]]
Given = Mapping[str, Secret]


def run(own: str, given: Given, connection: Connection, context: Context) -> Rows:
    """Run the procedure that is declared so, and return its rows."""
    if own == "credentials.address":
        return _address(given, connection)
    if own == "credentials.refresh":
        return _refreshed(given, connection)
    if own == "credentials.test":
        from amzsql.connection import proving

        return [tuple(each) for each in proving.prove(connection, context)]
    return _redeemed(given, connection, context)


def _address(given: Given, connection: Connection) -> Rows:
    state = given["State"].reveal() if "State" in given else connection.runtime.fresh_key()
    callback = given["CallbackUrl"].reveal() if "CallbackUrl" in given else None
    settings, partner = connection.settings, connection.runtime.partner_kind()
    return [(consent.address(settings, partner, state, callback), state)]


def _redeemed(given: Given, connection: Connection, context: Context) -> Rows:
    code = given.get("Verifier") or connection.settings.oauth_verifier
    if code is None:
        raise ProgrammingError(
            "GetOAuthAccessToken needs Verifier: open the consent page of your application in a browser"
            " (EXEC GetOAuthAuthorizationURL gives its address), and give the code that it returns as spapi_oauth_code."
        )
    callback = given["CallbackUrl"].reveal() if "CallbackUrl" in given else connection.settings.callback_url
    return [_shown(redeem(connection, code, callback, context))]


def redeem(connection: Connection, code: Secret, callback: str, context: Context | None = None) -> Token:
    """Change a code of the consent page into an application's first tokens; AuthError if it is not good."""
    runtime = connection.runtime
    session = runtime.session(runtime.endpoint or marketplaces.REGIONS["NA"].endpoint)
    cancelled = context.cancelled if context is not None else None
    return session.redeem(runtime.application(), code, callback, cancelled=cancelled)


def _refreshed(given: Given, connection: Connection) -> Rows:
    return [_shown(connection.runtime.exchange(given.get("OAuthRefreshToken")))]


def _shown(token: Token) -> tuple[str, str | None, str]:
    return token.access_token, token.refresh_token, f"{token.expires_in:.0f}"
